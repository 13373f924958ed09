"""Sums that should close, quoted counts that cannot be derived, and two rates that are easily confused."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Estimate, number
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table, tabulate
from kik_analysis.facts import followup, funnel, reach
from kik_analysis.facts.audit import SHARES, Verdict
from kik_analysis.facts.claims import Claim, claims
from kik_analysis.facts.values import PERCENT, limits, total, value
from kik_analysis.statistics import grim

if TYPE_CHECKING:
    import polars as pl

REFERRED, ACTIVE, WANTS = "L020", "L017", "L019"
DECLINED_OR_NO_SHOW, HARD_TO_REACH, PILOT = "D009", "D012", "L056"


class Closes(StrEnum):
    """Whether a sum gives the number that it should."""

    HOLDS = "holds"
    WITHIN_ROUNDING = "within_rounding"
    """Not with the numbers as printed, yet with numbers that would be printed like them."""
    DOES_NOT_HOLD = "does_not_hold"


def closes(computed: Estimate, stated: float) -> Closes:
    """Tell whether a computed number is the stated one, exactly or within the rounding of its parts."""
    if computed.value == stated:
        return Closes.HOLDS
    assert computed.low is not None
    assert computed.high is not None
    return Closes.WITHIN_ROUNDING if computed.low <= stated <= computed.high else Closes.DOES_NOT_HOLD


def _sum(names: tuple[str, ...]) -> Estimate:
    """Return the sum of the printed numbers, and what their wording leaves open."""
    open_to = [limits(claims()[name]) for name in names]
    return Estimate(total(names), sum(low for low, _ in open_to), sum(high for _, high in open_to))


def wanting() -> Estimate:
    """Return how many would like to do something if both shares are of all conversations."""
    active, wants, base = claims()[ACTIVE], claims()[WANTS], value(funnel.CONVERSATIONS)

    def product(active_share: float, wants_share: float) -> float:
        return wants_share * (1 - active_share) * base

    (active_low, active_high), (wants_low, wants_high) = limits(active), limits(wants)
    return Estimate(
        product(active.number, wants.number), product(active_high, wants_low), product(active_low, wants_high)
    )


_FIGURE = (reach.SPOKEN, reach.NOT_APPROACHED, reach.DECLINED_OR_WIJ, reach.NOT_REACHED)
_TEXT = (reach.SPOKEN, reach.NOT_APPROACHED_TEXT, reach.DECLINED_OR_WIJ, reach.NOT_REACHED)


def _identities() -> pl.DataFrame:
    import polars as pl

    followup_parts = tuple(followup.FOLLOWUP.values())
    shares = (ACTIVE, WANTS, funnel.CONVERSATIONS)
    rows = []
    for name, computed, stated, sources in (
        ("figure_one", _sum(_FIGURE), reach.GROUP, _FIGURE),
        ("figure_one_text", _sum(_TEXT), reach.GROUP, _TEXT),
        ("figure_two", _sum(followup_parts), reach.SPOKEN, followup_parts),
        ("referred", wanting(), REFERRED, shares),
    ):
        rows.append(
            {
                "identity": name,
                "computed": computed.value,
                "low": computed.low,
                "high": computed.high,
                "stated": value(stated),
                "difference": value(stated) - (computed.value or 0),
                "closes": str(closes(computed, value(stated))),
                "claims": CLAIM_SEPARATOR.join((*sources, stated)),
            }
        )
    rounded = pl.col("computed", "low", "high", "difference").round()
    return pl.DataFrame(rows).with_columns(rounded)


def identities() -> Table:
    """Return the sums that should close: computed, as stated in the letter, and the difference."""
    columns = (
        Column("identity", words="audit.identity"),
        Column("computed", "whole", "persons"),
        Column("low", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("high", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("stated", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("difference", "whole", "persons"),
        Column("closes", words="audit.closes"),
        Column("claims"),
    )
    return tabulate("identities", _identities, columns)


FRAME = (reach.DECLINED_OR_WIJ, reach.NOT_REACHED)
"""Whom the pilot "less noncommittal" could choose from, people known to WIJ included."""


def _quoted() -> pl.DataFrame:
    import polars as pl

    frame, pilot = total(FRAME), value(PILOT)
    rows = []
    for quote, start, computed, sources in (
        (DECLINED_OR_NO_SHOW, "letter", frame, FRAME),
        (HARD_TO_REACH, "letter", frame - pilot, (*FRAME, PILOT)),
        (HARD_TO_REACH, "debate", value(DECLINED_OR_NO_SHOW) - pilot, (DECLINED_OR_NO_SHOW, PILOT)),
    ):
        printed: Claim = claims()[quote]
        low, high = limits(printed)
        gap = sorted(abs(limit - computed) for limit in (low, high))
        rows.append(
            {
                "claim": quote,
                "start": start,
                "printed": printed.number,
                "computed": computed,
                "difference": abs(printed.number - computed),
                "low": gap[0],
                "high": gap[1],
                "verdict": str(Verdict.NOT_DERIVABLE),
                "claims": CLAIM_SEPARATOR.join((*sources, quote)),
            }
        )
    return pl.DataFrame(rows)


def quoted_counts() -> Table:
    """Return the counts quoted in the debate beside the nearest ones that the letter gives.

    ``computed`` for people hard to reach is what would be left if the pilot reached all whom it invited:
    a static difference. It is no test of the quoted count, which has another date and another definition.
    """
    columns = (
        Column("claim"),
        Column("start", words="audit.start"),
        Column("printed", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("computed", "whole", "persons"),
        Column("difference", "whole", "persons"),
        Column("low", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("high", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("verdict", words="audit.verdict"),
        Column("claims"),
    )
    return tabulate("quoted_counts", _quoted, columns, key=("claim", "start"))


def per_person(*, none_approached_before: bool) -> float:
    """Return the share of people approached who were spoken to, of the current group.

    Parameters
    ----------
    none_approached_before
        True when nobody in the backlog was approached before; without that condition everybody may have
        been, and the share is at least that of the whole group.
    """
    backlog = value(reach.NOT_APPROACHED) if none_approached_before else 0
    return value(reach.SPOKEN) / (value(reach.GROUP) - backlog)


def _rates() -> pl.DataFrame:
    import polars as pl

    invitation = value(funnel.CONVERSATIONS) / value(funnel.INVITATIONS)
    people = (reach.SPOKEN, reach.GROUP)
    rows = [
        ("per_invitation", invitation, (funnel.CONVERSATIONS, funnel.INVITATIONS)),
        ("per_person", per_person(none_approached_before=True), (*people, reach.NOT_APPROACHED)),
        ("per_person_floor", per_person(none_approached_before=False), people),
    ]
    return pl.DataFrame(
        [
            {"rate": name, "share": share, "condition": name, "claims": CLAIM_SEPARATOR.join(sources)}
            for name, share, sources in rows
        ]
    )


def reach_rates() -> Table:
    """Return the share of invitations that led to a conversation beside the share of people spoken to."""
    columns = (
        Column("rate", words="audit.rate"),
        Column("share", "decimal", "share", shown=1),
        Column("condition", words="audit.condition"),
        Column("claims"),
    )
    return tabulate("reach_rates", _rates, columns)


def _grim() -> pl.DataFrame:
    import polars as pl

    rows = []
    for share in (one for one in SHARES if one.people):
        printed, people = value(share.claim), int(value(share.people))
        for step in grim.STEPS:
            found = grim.counts(printed, people, step)
            rows.append(
                {
                    "claim": share.claim,
                    "step": float(step),
                    "printed": printed,
                    "people": people,
                    "possible": bool(found),
                    "low": found[0] if found else None,
                    "high": found[-1] if found else None,
                    "claims": CLAIM_SEPARATOR.join((share.claim, share.people)),
                }
            )
    return pl.DataFrame(rows)


def grim_checks() -> Table:
    """Return which numbers of people give the shares of a small group, by how they may be rounded."""
    columns = (
        Column("claim"),
        Column("step", "decimal", "share"),
        Column("printed", "decimal", "share", evidence=Evidence.PUBLISHED),
        Column("people", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("possible", "boolean"),
        Column("low", "whole", "persons"),
        Column("high", "whole", "persons"),
        Column("claims"),
    )
    return tabulate("grim_checks", _grim, columns, key=("claim", "step"))


@number("audit.per_person", unit="percent", decimals=1)
def audit_per_person() -> float:
    """Return the share of people approached who were spoken to, if nobody in the backlog was approached."""
    return PERCENT * per_person(none_approached_before=True)


@number("audit.per_person_floor", unit="percent", decimals=1)
def audit_per_person_floor() -> float:
    """Return the least that this share can be."""
    return PERCENT * per_person(none_approached_before=False)


@number("audit.frame", unit="persons")
def audit_frame() -> float:
    """Return how many people the pilot could choose from."""
    return total(FRAME)


@number("audit.pilot", unit="persons")
def audit_pilot() -> float:
    """Return how many people the pilot invited."""
    return value(PILOT)


@number("audit.declined_or_no_show", unit="persons")
def audit_declined_or_no_show() -> float:
    """Return how many declined or did not turn up, as quoted in the debate."""
    return value(DECLINED_OR_NO_SHOW)


@number("audit.hard_to_reach", unit="persons")
def audit_hard_to_reach() -> float:
    """Return how many are hard to reach, as quoted in the debate."""
    return value(HARD_TO_REACH)


@number("audit.frame_gap", unit="persons")
def audit_frame_gap() -> float:
    """Return by how many the quoted count exceeds that of the letter."""
    return value(DECLINED_OR_NO_SHOW) - total(FRAME)


@number("audit.left_by_pilot", unit="persons")
def audit_left_by_pilot() -> Estimate:
    """Return how many fewer are quoted than the pilot can have left, from either starting point."""
    least = total(FRAME) - value(PILOT) - value(HARD_TO_REACH)
    most = value(DECLINED_OR_NO_SHOW) - value(PILOT) - value(HARD_TO_REACH)
    return Estimate(None, least, most)


@number("audit.referred", unit="persons")
def audit_referred() -> float:
    """Return how many were referred."""
    return value(REFERRED)


@number("audit.wanting", unit="persons")
def audit_wanting() -> Estimate:
    """Return how many would like to do something, if the shares are of all conversations."""
    return wanting()
