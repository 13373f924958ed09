"""Figure 2 of the letter of 2019, Vervolg: what followed a conversation, and whom it leaves out."""

from __future__ import annotations

from kik_analysis.evidence.number import Estimate, number
from kik_analysis.facts.claims import claims
from kik_analysis.facts.reach import SPOKEN
from kik_analysis.facts.values import PERCENT, estimate, limits, scaled, total, value

SUPPORT, HELP, OWN_GOALS, NO_QUESTION = "L048", "L049", "L0491", "L0492"
FOLLOWUP = {"support": SUPPORT, "help": HELP, "own_goals": OWN_GOALS, "no_question": NO_QUESTION}
"""Category -> claim, in the order of the letter."""
UNACCOUNTED = "not_accounted_for"


def remainder() -> Estimate:
    """Return how many of those spoken to stand in no category, if the categories do not overlap."""
    parts = [claims()[name] for name in FOLLOWUP.values()]
    spoken = value(SPOKEN)
    least = sum(limits(part)[0] for part in parts)
    most = sum(limits(part)[1] for part in parts)
    return Estimate(spoken - sum(part.number for part in parts), spoken - most, spoken - least)


@number("figure2.support", unit="persons")
def figure2_support() -> float:
    """Return how many of those spoken to receive support (a programme)."""
    return value(SUPPORT)


@number("figure2.help", unit="persons")
def figure2_help() -> float:
    """Return how many were put in touch with social help."""
    return value(HELP)


@number("figure2.own_goals", unit="persons")
def figure2_own_goals() -> Estimate:
    """Return how many pursue goals of their own."""
    return estimate(OWN_GOALS)


@number("figure2.no_question", unit="persons")
def figure2_no_question() -> Estimate:
    """Return how many have no question for support."""
    return estimate(NO_QUESTION)


@number("figure2.unaccounted", unit="persons")
def figure2_unaccounted() -> Estimate:
    """Return how many of those spoken to stand in none of the four categories."""
    return remainder()


@number("figure2.unaccounted_share", unit="percent", decimals=1)
def figure2_unaccounted_share() -> Estimate:
    """Return the same as a share of those spoken to."""
    return scaled(remainder(), PERCENT / value(SPOKEN))


@number("figure2.accounted", unit="persons")
def figure2_accounted() -> float:
    """Return the sum of the four printed numbers."""
    return total(tuple(FOLLOWUP.values()))
