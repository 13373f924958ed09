"""The audit: every printed share beside its recomputed value, sums that should close, quoted counts.

A verdict is about a number, never about who said it. A share that cannot be recomputed is no error: most
often its base, or the count behind it, was not published. What is compared with what stands in
``data/published/shares.csv`` and ``identities.csv``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from kik_analysis import project
from kik_analysis.evidence.display import expect
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.evidence.table import Table, tabled
from kik_analysis.facts import derivation
from kik_analysis.facts.claims import Claims, agrees, limits, substituted, value
from kik_analysis.facts.claims import claims as published
from kik_analysis.facts.history import NO_CONTACT_SHARE, Rows, funnel_no_contact
from kik_analysis.facts.numbers import by_name, expression, known_claim, rows
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.reading.records import column, filled, one_of
from kik_analysis.statistics import rounding

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

    ``claim``: the printed share. ``expression``: over claims; empty where the counts were not published.
    ``people``: the claim with the number of people that it is a share of, where that is small enough for
    GRIM. ``left_out``: why the claim, in the unit share, prints no share of anything counted; empty for those
    audited.
    """

    claim: str = column(lambda cell: filled(known_claim(cell)))
    expression: str = column(expression)
    people: str = column(known_claim)
    left_out: str = column()


@dataclass(frozen=True)
class Identity:
    """A row of one of the tables below: what is computed, and the claim that it is compared with, if any."""

    table: str = column(one_of("identities", "quoted_counts", "reach_rates"))
    name: str = column(filled)
    expression: str = column(lambda cell: filled(expression(cell)))
    stated: str = column(known_claim)

    @property
    def value(self) -> float:
        """Return what the claims give; they are read."""
        return float(derivation.evaluate(self.expression, value))

    @property
    def range(self) -> tuple[float, float]:
        """Return what the wording of the claims leaves open."""
        low, high = derivation.enclose(self.expression, lambda name: limits(published()[name]))
        return float(low), float(high)

    @property
    def claims(self) -> tuple[str, ...]:
        """Return the claims that the row rests on."""
        return tuple(filter(None, (*derivation.ids(self.expression), self.stated)))


def shares(*, every: bool = False) -> tuple[Share, ...]:
    """Return the printed shares in the documents, in order; with ``every`` those left out too."""
    found = rows(project.data("published", "shares.csv"), Share, "claim")
    return tuple(share for share in found if every or not share.left_out)


def _identities(table: str) -> Iterator[Identity]:
    found = rows(project.data("published", "identities.csv"), Identity)
    return (one for one in found if one.table == table)


@dataclass(frozen=True)
class Finding:
    """A printed share with its verdict; ``recomputed`` is the nearest existing share for GRIM, or None."""

    share: Share
    recomputed: float | None
    verdict: Verdict


def examine(share: Share) -> Finding:
    """Return the verdict on one printed share.

    ``share``: which share, and where it would follow from. DataError when a claim it names does not exist or
    has no value.
    """
    printed = published()[share.claim]
    if share.expression:
        recomputed = float(derivation.evaluate(share.expression, value))
        agreed = agrees(recomputed, printed)
        return Finding(share, recomputed, Verdict.RECOMPUTES if agreed else Verdict.DOES_NOT_RECOMPUTE)
    if share.people:
        people = int(value(share.people))
        if not rounding.counts(printed.number, people):
            nearest = rounding.nearest(printed.number, people) / people
            return Finding(share, nearest, Verdict.IMPOSSIBLE_DENOMINATOR)
    return Finding(share, None, Verdict.NOT_DERIVABLE)


def findings() -> dict[str, Finding]:
    """Return the finding on each printed share, by claim."""
    return {share.claim: examine(share) for share in shares()}


def numbers(finding: Finding) -> dict[str, Number]:
    """Return the named numbers that the explanation of a finding shows, by placeholder."""
    share, name = finding.share, f"audit.{finding.share.claim}"

    def printed() -> Estimate:
        return published()[share.claim].estimate.times(PERCENT)

    named = partial(measure, computation=f"{__name__}.numbers")
    found = {
        "printed": named(f"{name}.printed", printed, unit="percent"),
        "range": named(f"{name}.range", printed, unit="percent", decimals=1),
    }
    if finding.recomputed is not None:
        recomputed = lambda: PERCENT * (examine(share).recomputed or 0)  # noqa: E731
        found["recomputed"] = named(f"{name}.recomputed", recomputed, unit="percent", decimals=2)
    if share.people:
        nearest = lambda: rounding.nearest(value(share.claim), int(value(share.people)))  # noqa: E731
        found["people"] = measure("audit.people_asked", lambda: value(share.people), unit="persons")
        found["nearest"] = named(f"{name}.nearest", nearest, unit="persons")
    if share.claim == NO_CONTACT_SHARE:
        found["no_contact"] = funnel_no_contact()
    if share.claim == NOT_SPOKEN:
        others = ("figure1.not_spoken", "figure1.not_spoken_share", "audit.not_spoken_per_invitation")
        found |= by_name(*others)
        found["per_invitation"] = found.pop("not_spoken_per_invitation")
    return found


def explanation(finding: Finding, lang: Lang) -> sentences.Text:
    """Return why a printed share has its verdict, its numbers on record.

    A sentence of the claim's own (``audit.explanation.<claim>.<verdict>``) goes before the general one of
    the verdict; with other claims the verdict changes, and the sentence with it.
    """
    own = f"audit.explanation.{finding.share.claim}.{finding.verdict}"
    key = own if sentences.has(own) else f"audit.explanation.{finding.verdict}"
    return sentences.text(key, lang, **numbers(finding))


@tabled()
def percentage_audit() -> Rows:
    """Return the audit of the claims in force, one row per printed share."""
    for name, finding in findings().items():
        printed, why = published()[name], (explanation(finding, lang).plain for lang in LANGUAGES)
        yield name, printed.number, finding.recomputed, *printed.limits, str(finding.verdict), *why


def audit(claims: Claims | None = None) -> Table:
    """Return the audit, one row per printed share.

    ``claims``: other claims than the published ones, for example ``kik.claims().replace("L043",
    value=0.58)``. ``low`` and ``high`` are the shares that would be printed like this: a share recomputes
    when it lies between them (the lower one included). Where no whole number of people gives the printed
    share, ``recomputed`` is the nearest share that does exist.
    """
    expect(claims, Claims | None, "audit: claims", "claims", "kik.claims")
    with substituted(claims):
        prose = {
            (name, f"explanation_{lang}"): explanation(finding, lang)
            for name, finding in findings().items()
            for lang in LANGUAGES
        }
        return replace(percentage_audit(), prose=prose)


def counted() -> dict[str, Number]:
    """Return how many shares are printed, and how many have each verdict, by the last part of their ids."""

    def having(verdict: Verdict | None) -> float:
        return sum(verdict in (None, finding.verdict) for finding in findings().values())

    recompute, differ, underivable, impossible = Verdict
    verdicts = {"printed": None, "recompute": recompute, "differ": differ}
    verdicts |= {"impossible": impossible, "not_derivable": underivable}
    count = partial(measure, unit="count", computation=f"{__name__}.counted")
    named = {name: count(f"audit.shares_{name}", partial(having, one)) for name, one in verdicts.items()}
    return {f"shares_{name}": number for name, number in named.items()}


class Closes(StrEnum):
    """Whether a sum gives the number that it should."""

    HOLDS = "holds"
    WITHIN_ROUNDING = "within_rounding"
    """Not with the numbers as printed, yet with numbers that would be printed like them."""
    DOES_NOT_HOLD = "does_not_hold"


@tabled()
def identities() -> Rows:
    """Return the sums that should close: computed, as stated in the letter, and the difference."""
    for one in _identities("identities"):
        computed, stated, (low, high) = one.value, value(one.stated), one.range
        closes = Closes.WITHIN_ROUNDING if low <= stated <= high else Closes.DOES_NOT_HOLD
        closes = Closes.HOLDS if computed == stated else closes
        sums = (round(part) for part in (computed, low, high, stated, stated - computed))
        yield one.name, *sums, str(closes), one.claims


@tabled()
def quoted_counts() -> Rows:
    """Return the counts quoted in the debate beside the nearest ones that the letter gives.

    ``computed`` for people hard to reach is what would be left if the pilot reached all whom it invited:
    a static difference. It is no test of the quoted count, which has another date and another definition.
    """
    for one in _identities("quoted_counts"):
        computed, printed = one.value, published()[one.stated]
        low, high = sorted(abs(limit - computed) for limit in limits(printed))
        counts = (printed.number, computed, abs(printed.number - computed), low, high)
        yield one.stated, one.name, *counts, str(Verdict.NOT_DERIVABLE), one.claims


@tabled()
def reach_rates() -> Rows:
    """Return the share of invitations that led to a conversation beside the share of people spoken to.

    The latter holds when nobody in the backlog was approached before; without that condition everybody may
    have been, and it is at least that of the whole group.
    """
    for one in _identities("reach_rates"):
        yield one.name, one.value, one.name, one.claims


@tabled()
def grim_checks() -> Rows:
    """Return which numbers of people give the shares of a small group, by how they may be rounded."""
    for share, step in ((one, step) for one in shares() if one.people for step in rounding.STEPS):
        printed, people = value(share.claim), int(value(share.people))
        found = rounding.counts(printed, people, step)
        ends = (found[0], found[-1]) if found else (None, None)
        sources = (share.claim, share.people)
        yield share.claim, float(step), printed, people, bool(found), *ends, sources
