"""What happened when, 2015-2023: documents, phases and counts, each with the claim that says so."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kik_analysis import project
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, tabled
from kik_analysis.facts.claims import claims
from kik_analysis.facts.numbers import known_claim, rows
from kik_analysis.facts.periods import period
from kik_analysis.reading.records import column, filled, one_of


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


@tabled(
    Column("event", words="history.event"),
    Column("kind", words="history.kind"),
    Column("status", words="history.status"),
    Column("start", "date"),
    Column("end", "date"),
    Column("ended", "boolean", hidden=True),
    Column("known_to", words="history.known_to"),
    Column("count", "whole", "count", evidence=Evidence.PUBLISHED),
    Column("unit", words="tables.unit"),
    Column("claims"),
)
def timeline() -> Iterator[tuple[object, ...]]:
    """Return documents, phases and counts with their first and last day.

    ``known_to`` says how precisely the words give the dates: to the day, month, season or year. Where
    ``ended`` is false, ``end`` is the day up to which a document follows it.
    """
    for event in events():
        claim = claims()[event.claim]
        first, last, words = _days(event)
        count = (claim.number, claim.unit) if event.sort == Sort.COUNT else (None, None)
        sources = CLAIM_SEPARATOR.join(name for name in (event.claim, event.until) if name)
        yield event.name, event.sort, event.status, first, last, event.ended, words, *count, sources
