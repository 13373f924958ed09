"""Figure 1 of the letter of 2019, Bereik: how far the group had been reached, as named numbers."""

from __future__ import annotations

from dataclasses import dataclass

from kik_analysis.evidence.number import Estimate, number
from kik_analysis.facts.values import PERCENT, estimate, total, value

GROUP, SPOKEN, NOT_APPROACHED, DECLINED_OR_WIJ, NOT_REACHED = "L040", "L042", "L051", "L057", "L058"
NOT_APPROACHED_TEXT, DECLINED_OR_WIJ_TEXT = "L047", "L044"


@dataclass(frozen=True)
class Category:
    """A category of Figure 1: its name, and the claims with its count and its printed share."""

    name: str
    count: str
    share: str


REACH = (
    Category("spoken", SPOKEN, "L043"),
    Category("not_yet_approached", NOT_APPROACHED, "L0471"),
    Category("declined_or_wij", DECLINED_OR_WIJ, "L045"),
    Category("not_reached", NOT_REACHED, "L046"),
)
"""In the order of the letter."""


def share_of_group(claim: str) -> float:
    """Return a count of Figure 1 as a share of the whole group."""
    return value(claim) / value(GROUP)


@number("figure1.group", unit="persons")
def figure1_group() -> float:
    """Return the size of the group."""
    return value(GROUP)


@number("figure1.spoken", unit="persons")
def figure1_spoken() -> float:
    """Return how many of the group were spoken to."""
    return value(SPOKEN)


@number("figure1.not_yet_approached", unit="persons")
def figure1_not_yet_approached() -> float:
    """Return how many were not yet approached, as in Figure 1."""
    return value(NOT_APPROACHED)


@number("figure1.declined_or_wij", unit="persons")
def figure1_declined_or_wij() -> float:
    """Return how many declined or were known to WIJ; how many of each is not published."""
    return value(DECLINED_OR_WIJ)


@number("figure1.not_reached", unit="persons")
def figure1_not_reached() -> float:
    """Return with how many no contact could be made."""
    return value(NOT_REACHED)


@number("figure1.spoken_share", unit="percent", decimals=1)
def figure1_spoken_share() -> float:
    """Return the share of the group that was spoken to."""
    return PERCENT * share_of_group(SPOKEN)


@number("figure1.not_yet_approached_share", unit="percent", decimals=1)
def figure1_not_yet_approached_share() -> float:
    """Return the share of the group that was not yet approached."""
    return PERCENT * share_of_group(NOT_APPROACHED)


@number("figure1.declined_or_wij_share", unit="percent", decimals=1)
def figure1_declined_or_wij_share() -> float:
    """Return the share of the group that declined or was known to WIJ."""
    return PERCENT * share_of_group(DECLINED_OR_WIJ)


@number("figure1.not_reached_share", unit="percent", decimals=1)
def figure1_not_reached_share() -> float:
    """Return the share of the group with whom no contact could be made."""
    return PERCENT * share_of_group(NOT_REACHED)


@number("figure1.not_spoken", unit="persons")
def figure1_not_spoken() -> float:
    """Return how many of the group were not spoken to."""
    return value(GROUP) - value(SPOKEN)


@number("figure1.not_spoken_share", unit="percent", decimals=1)
def figure1_not_spoken_share() -> float:
    """Return the share of the group that was not spoken to."""
    return PERCENT * (1 - share_of_group(SPOKEN))


@number("figure1.not_yet_approached_text", unit="persons")
def figure1_not_yet_approached_text() -> float:
    """Return the same count as the running text rounds it."""
    return value(NOT_APPROACHED_TEXT)


@number("figure1.declined_or_wij_text", unit="persons")
def figure1_declined_or_wij_text() -> Estimate:
    """Return the same count as the running text words it, with what the words leave open."""
    return estimate(DECLINED_OR_WIJ_TEXT)


@number("figure1.sum", unit="persons")
def figure1_sum() -> float:
    """Return the sum of the four categories of Figure 1."""
    return total((SPOKEN, NOT_APPROACHED, DECLINED_OR_WIJ, NOT_REACHED))


@number("figure1.sum_text", unit="persons")
def figure1_sum_text() -> float:
    """Return the sum with the running text's rounded count of people not yet approached."""
    return total((SPOKEN, NOT_APPROACHED_TEXT, DECLINED_OR_WIJ, NOT_REACHED))


@number("figure1.text_short", unit="persons")
def figure1_text_short() -> float:
    """Return by how many that sum falls short of the group."""
    return value(GROUP) - total((SPOKEN, NOT_APPROACHED_TEXT, DECLINED_OR_WIJ, NOT_REACHED))
