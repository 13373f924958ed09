"""The published history as tables: both figures of the letter of 2019, its funnel, and what happened when.

Counts come from claims and from nothing else. Where words leave a count open ("somewhat over 1,000") its
range stands beside it; whom the letter does not account for is a row of its own, never spread over the
others; unique people behind the invitations are a range without a point.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kik_analysis import project
from kik_analysis.evidence.number import Estimate, number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import tabled
from kik_analysis.facts import bounds
from kik_analysis.facts.claims import agrees, claims, estimate, limits, value
from kik_analysis.facts.numbers import known_claim, rows
from kik_analysis.facts.numbers import number as named
from kik_analysis.facts.precision import Precision, last_day, period
from kik_analysis.reading.records import column, filled, one_of
from kik_analysis.statistics import rounding
from kik_analysis.statistics.rounding import half_up

GROUP, SPOKEN, NOT_APPROACHED, DECLINED_OR_WIJ, NOT_REACHED = "L040", "L042", "L051", "L057", "L058"
NOT_APPROACHED_TEXT, DECLINED_OR_WIJ_TEXT = "L047", "L044"
SUPPORT, HELP, OWN_GOALS, NO_QUESTION = "L048", "L049", "L0491", "L0492"
FOLLOWUP = {"support": SUPPORT, "help": HELP, "own_goals": OWN_GOALS, "no_question": NO_QUESTION}
"""Figure 2, Vervolg (what followed a conversation): category -> claim, in the order of the letter."""
UNACCOUNTED = "not_accounted_for"
INVITATIONS, CONVERSATIONS, NO_CONTACT_SHARE = "L010", "L011", "L013"
PEOPLE = ("people_invited", "people_spoken")
"""Quantities of the bounds that the funnel shows: unique people behind invitations and conversations."""


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
"""Figure 1, Bereik (how far the group had been reached), in the order of the letter."""
_VARIANTS = {
    "figure": (NOT_APPROACHED, DECLINED_OR_WIJ),
    "text_backlog": (NOT_APPROACHED_TEXT, DECLINED_OR_WIJ),
    "text_both": (NOT_APPROACHED_TEXT, DECLINED_OR_WIJ_TEXT),
}
Rows = Iterator[tuple[object, ...]]


@tabled()
def figure1_reach() -> Rows:
    """Return Figure 1: one row per category, its share recomputed beside the printed one."""
    for one in REACH:
        share, printed = value(one.count) / value(GROUP), claims()[one.share]
        sources = (one.count, GROUP, one.share)
        yield one.name, value(one.count), share, printed.number, agrees(share, printed), sources


@tabled()
def figure1_variants() -> Rows:
    """Return what Figure 1 adds up to with its own numbers and with the rounded ones of the running text."""
    for name, (backlog, declined) in _VARIANTS.items():
        parts = (SPOKEN, backlog, declined, NOT_REACHED)
        total = sum(map(value, parts))
        yield name, value(backlog), value(declined), total, value(GROUP) - total, (*parts, GROUP)


@tabled(exceptions={(UNACCOUNTED, "persons"): Evidence.RECOMPUTED})
def figure2_followup() -> Rows:
    """Return Figure 2: the four printed numbers with what their wording leaves open, and the remainder."""
    for category, name in FOLLOWUP.items():
        claim = claims()[name]
        yield category, claim.number, *limits(claim), str(claim.precision), name
    rest, sources = named("figure2.unaccounted"), (SPOKEN, *FOLLOWUP.values())
    yield UNACCOUNTED, rest.value, rest.low, rest.high, str(Precision.DERIVED), sources


def no_contact() -> Estimate:
    """Return the invitations without contact: the whole numbers that are printed as this share (GRIM)."""
    claim, invitations = claims()[NO_CONTACT_SHARE], int(value(INVITATIONS))
    counts = rounding.counts_between(*limits(claim), invitations)
    return Estimate(half_up(claim.number * invitations), counts[0], counts[-1])


def declined() -> Estimate:
    """Return the invitations that were declined: what is left of all invitations."""
    rest, missed = value(INVITATIONS) - value(CONVERSATIONS), no_contact()
    central, low, high = (rest - (part or 0) for part in (missed.value, missed.high, missed.low))
    return Estimate(central, low, high)


def end() -> datetime.date:
    """Return the last day that the funnel covers."""
    return last_day(claims()[INVITATIONS].as_of)


funnel_no_contact = number("funnel.no_contact", unit="invitations")(no_contact)
funnel_declined = number("funnel.declined", unit="invitations")(declined)


@number("funnel.people_invited", unit="persons")
def funnel_people_invited() -> Estimate:
    """Return how many different people were invited: a range, as the letter gives no number."""
    return bounds.bound("people_invited").estimate()


@number("funnel.people_spoken", unit="persons")
def funnel_people_spoken() -> Estimate:
    """Return how many different people were spoken to: a range, as the letter gives no number."""
    return bounds.bound("people_spoken").estimate()


@tabled(
    exceptions={
        (step, column): Evidence.PUBLISHED
        for step in ("invitations", "conversations")
        for column in ("count", "low", "high")
    }
)
def funnel_2015_2019() -> Rows:
    """Return the funnel in invitations, and the unique people behind it as ranges."""
    missed = (NO_CONTACT_SHARE, INVITATIONS)
    steps = [
        ("invitations", "invitations", estimate(INVITATIONS), (INVITATIONS,)),
        ("conversations", "conversations", estimate(CONVERSATIONS), (CONVERSATIONS,)),
        ("declined", "invitations", declined(), (*missed, CONVERSATIONS)),
        ("no_contact", "invitations", no_contact(), missed),
    ]
    for name in PEOPLE:
        found = bounds.bound(name)
        steps.append((name, found.unit, found.estimate(), found.claims))
    for step, unit, one, sources in steps:
        yield step, unit, one.value, one.low, one.high, sources


class Sort(StrEnum):
    """What kind of thing an event is."""

    DOCUMENT = "document"
    PHASE = "phase"
    COUNT = "count"


class Status(StrEnum):
    """On whose word it stands."""

    OBSERVED = "observed"
    """Published by the body that counted, decided or wrote it."""
    QUOTED = "quoted"
    """Said by others, or known from a mention alone."""
    ANNOUNCED = "announced"
    """Intended at the time of writing; whether it came about is another matter."""


@dataclass(frozen=True)
class Event:
    """One thing on the timeline.

    ``name``, ``sort``, ``status``: what it is; the sentence stands under ``history.event.<name>``. ``claim``:
    says when it began (or happened), and how many. ``until``: says when it ended, where that is another
    claim. ``ended``: false for what had not ended (or not begun) when its claim was written.
    """

    name: str = column()
    sort: str = column(one_of(*Sort))
    status: str = column(one_of(*Status))
    claim: str = column(lambda cell: filled(known_claim(cell)))
    until: str = column(known_claim)
    ended: bool = column(lambda cell: one_of("yes", "no")(cell) == "yes")


def events() -> tuple[Event, ...]:
    """Return the timeline (``data/published/events.csv``).

    A debate whose day is not printed takes the date of its document.
    """
    return rows(project.data("published", "events.csv"), Event, "name")


def _days(event: Event) -> tuple[datetime.date, datetime.date, str]:
    """Return first day, last day and how precisely the words give them.

    What had not ended when it was written down is followed up to that day: nobody says what came later.
    """
    claim = claims()[event.claim]
    undated = event.sort == Sort.DOCUMENT and claim.unit != "date"
    found = period(claim.date if undated else claim.as_of)
    until = claims()[event.until] if event.until else claim
    written = period(until.date)
    assert written.last is not None
    if not event.ended:
        return found.first, written.last, found.words
    if event.until:
        return found.first, period(until.as_of).first, found.words
    last = written.last if found.last is None else found.last
    # nothing can have been counted after the day on which it was written down
    return found.first, last if event.status == Status.ANNOUNCED else min(last, written.last), found.words


@tabled()
def timeline() -> Iterator[tuple[object, ...]]:
    """Return documents, phases and counts with their first and last day.

    ``known_to`` says how precisely the words give the dates: to the day, month, season or year. Where
    ``ended`` is false, ``end`` is the day up to which a document follows it.
    """
    for event in events():
        claim = claims()[event.claim]
        first, last, words = _days(event)
        count = (claim.number, claim.unit) if event.sort == Sort.COUNT else (None, None)
        sources = (event.claim, event.until) if event.until else event.claim
        yield event.name, event.sort, event.status, first, last, event.ended, words, *count, sources
