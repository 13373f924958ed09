"""The audit: every printed share beside its recomputed value, and a verdict on the number.

A verdict is about a number, never about who said it. A share that cannot be recomputed is no error: most
often its base, or the count behind it, was not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Estimate, Number, measure, number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts import derivation
from kik_analysis.facts.claims import claims
from kik_analysis.facts.funnel import NO_CONTACT_SHARE, funnel_no_contact
from kik_analysis.facts.reach import figure1_not_spoken, figure1_not_spoken_share
from kik_analysis.facts.values import PERCENT, agrees, value
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.statistics import grim

if TYPE_CHECKING:
    import polars as pl


NOT_SPOKEN = "L024"
"""Words a share of people, where the share of invitations fits."""


class Verdict(StrEnum):
    """What can be said of a printed number."""

    RECOMPUTES = "recomputes"
    """The published counts give a share that is printed like this."""
    DOES_NOT_RECOMPUTE = "does_not_recompute"
    """They give one that would be printed otherwise."""
    NOT_DERIVABLE = "not_derivable"
    """The counts that it would follow from were not published."""
    IMPOSSIBLE_DENOMINATOR = "impossible_denominator"
    """No whole number of the people asked gives it at the printed precision (GRIM)."""


@dataclass(frozen=True)
class Share:
    """A printed share and where it would follow from.

    Attributes
    ----------
    claim
        The printed share.
    expression
        Over claims; empty where the counts were not published.
    people
        The claim with the number of people that it is a share of, where that is small enough for GRIM.
    """

    claim: str
    expression: str = ""
    people: str = ""


SHARES = (
    Share("L003"),
    Share("L012", "L011/L010"),
    Share("L013"),
    Share("L015"),
    Share("L017"),
    Share("L019"),
    Share("L024", "1-L042/L040"),
    Share("L043", "L042/L040"),
    Share("L045", "L057/L040"),
    Share("L046", "L058/L040"),
    Share("L0471", "L051/L040"),
    Share("D008"),
    Share("D019", people="D018"),
    Share("D020", people="D018"),
    Share("D036"),
)
"""Every printed share in the documents, in the order of the claims."""

LEFT_OUT = {
    "L014": "not printed: the remainder of other shares",
    "L055": "an expectation (everybody), no finding",
    "L070": "an aim (everybody), no finding",
    "D026": "a request (every participant), no finding",
}
"""Claims in the unit share that print no share of anything counted, and why; ``D056`` has no value."""


@dataclass(frozen=True)
class Finding:
    """A printed share with its verdict; ``recomputed`` is the nearest existing share for GRIM, or None."""

    share: Share
    recomputed: float | None
    verdict: Verdict


def examine(share: Share) -> Finding:
    """Return the verdict on one printed share.

    Parameters
    ----------
    share
        Which share, and where it would follow from.

    Raises
    ------
    DataError
        When a claim it names does not exist or has no value.
    """
    printed = claims()[share.claim]
    if share.expression:
        recomputed = float(derivation.evaluate(share.expression, value))
        agreed = agrees(recomputed, printed)
        return Finding(share, recomputed, Verdict.RECOMPUTES if agreed else Verdict.DOES_NOT_RECOMPUTE)
    if share.people:
        people = int(value(share.people))
        if not grim.counts(printed.number, people):
            nearest = grim.nearest(printed.number, people) / people
            return Finding(share, nearest, Verdict.IMPOSSIBLE_DENOMINATOR)
    return Finding(share, None, Verdict.NOT_DERIVABLE)


def numbers(finding: Finding) -> dict[str, Number]:
    """Return the named numbers that the explanation of a finding shows, by placeholder."""
    share, name = finding.share, f"audit.{finding.share.claim}"
    where = f"{__name__}.numbers"

    def printed() -> Estimate:
        claim = claims()[share.claim]
        limits = (None if part is None else PERCENT * part for part in claim.limits)
        return Estimate(PERCENT * claim.number, *limits)

    found = {
        "printed": measure(f"{name}.printed", printed, unit="percent", computation=where),
        "range": measure(f"{name}.range", printed, unit="percent", decimals=1, computation=where),
    }
    if finding.recomputed is not None:
        found["recomputed"] = measure(
            f"{name}.recomputed",
            lambda: PERCENT * _recomputed(share),
            unit="percent",
            decimals=2,
            computation=where,
        )
    if share.people:
        found |= _grim(share, name, where)
    if share.claim == NO_CONTACT_SHARE:
        found["no_contact"] = funnel_no_contact()
    if share.claim == NOT_SPOKEN:
        found |= {
            "not_spoken": figure1_not_spoken(),
            "not_spoken_share": figure1_not_spoken_share(),
            "per_invitation": measure(
                "audit.not_spoken_per_invitation",
                lambda: PERCENT * float(derivation.evaluate("1-L011/L010", value)),
                unit="percent",
                decimals=1,
                computation=where,
            ),
        }
    return found


def _recomputed(share: Share) -> float:
    found = examine(share).recomputed
    assert found is not None
    return found


def _grim(share: Share, name: str, where: str) -> dict[str, Number]:
    def nearest() -> float:
        return grim.nearest(value(share.claim), int(value(share.people)))

    return {
        "people": measure(
            "audit.people_asked", lambda: value(share.people), unit="persons", computation=where
        ),
        "nearest": measure(f"{name}.nearest", nearest, unit="persons", computation=where),
    }


def explanation(finding: Finding, lang: Lang) -> sentences.Text:
    """Return why a printed share has its verdict, its numbers on record.

    A sentence of the claim's own (``audit.explanation.<claim>.<verdict>``) goes before the general one of
    the verdict; with other claims the verdict changes, and the sentence with it.
    """
    own = f"audit.explanation.{finding.share.claim}.{finding.verdict}"
    key = own if sentences.has(own) else f"audit.explanation.{finding.verdict}"
    return sentences.text(key, lang, **numbers(finding))


def _audit() -> pl.DataFrame:
    import polars as pl

    rows = []
    for share in SHARES:
        printed, finding = claims()[share.claim], examine(share)
        rows.append(
            {
                "claim": share.claim,
                "printed": printed.number,
                "recomputed": finding.recomputed,
                "low": printed.low,
                "high": printed.high,
                "verdict": str(finding.verdict),
                **{f"explanation_{lang}": explanation(finding, lang).plain for lang in LANGUAGES},
            }
        )
    return pl.DataFrame(rows)


def audit() -> Table:
    """Return the audit, one row per printed share.

    ``low`` and ``high`` are the shares that would be printed like this: a share recomputes when it lies
    between them (the lower one included). Where no whole number of people gives the printed share,
    ``recomputed`` is the nearest share that does exist.
    """
    columns = (
        Column("claim", words="audit.share"),
        Column("printed", "decimal", "share", evidence=Evidence.PUBLISHED),
        Column("recomputed", "decimal", "share", shown=2),
        Column("low", "decimal", "share", shown=1, evidence=Evidence.BOUNDED),
        Column("high", "decimal", "share", shown=1, evidence=Evidence.BOUNDED),
        Column("verdict", words="audit.verdict"),
        Column("explanation_nl"),
        Column("explanation_en"),
    )
    prose = {
        (share.claim, f"explanation_{lang}"): explanation(examine(share), lang)
        for share in SHARES
        for lang in LANGUAGES
    }
    return tabulate("percentage_audit", _audit, columns, prose=prose)


def findings() -> dict[str, Finding]:
    """Return the finding on each printed share, by claim."""
    return {share.claim: examine(share) for share in SHARES}


def _with(verdict: Verdict) -> float:
    return sum(finding.verdict is verdict for finding in findings().values())


@number("audit.shares_printed", unit="count")
def shares_printed() -> float:
    """Return how many shares are printed."""
    return len(findings())


@number("audit.shares_recompute", unit="count")
def shares_recompute() -> float:
    """Return how many of them agree when recomputed."""
    return _with(Verdict.RECOMPUTES)


@number("audit.shares_differ", unit="count")
def shares_differ() -> float:
    """Return how many do not agree."""
    return _with(Verdict.DOES_NOT_RECOMPUTE)


@number("audit.shares_impossible", unit="count")
def shares_impossible() -> float:
    """Return how many no whole number of people gives."""
    return _with(Verdict.IMPOSSIBLE_DENOMINATOR)


@number("audit.shares_not_derivable", unit="count")
def shares_not_derivable() -> float:
    """Return how many cannot be recomputed, as counts are missing."""
    return _with(Verdict.NOT_DERIVABLE)
