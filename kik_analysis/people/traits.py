"""What the letters do not say of people: segment, age, duration of benefit, district, activity, referral.

A chain of cross-tables with exact margins, people matched at random within what two tables share: reach and
follow-up x segment, segment x age, age and least duration x duration, reach x district. Two cells cannot
be: somebody called active and over sixty stands in the oldest band, and nobody has been on benefit for
longer than since the youngest age or for less long than the first invitation shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kik_analysis.facts.claims import value
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.people.crosstables import CrossTable, counts, cross, match
from kik_analysis.people.histories import Flags, Integers
from kik_analysis.people.margins import AGE, DISTRICT, DURATION, Margins
from kik_analysis.people.register import ACTIVITY
from kik_analysis.people.targets import FOLLOW_UP, REACH, Targets
from kik_analysis.statistics.rounding import shared_out, written

OLDEST_ACTIVE = "active_60_plus"
SEGMENTS_OF = {
    "support": ("seeks_participation",),
    "help": ("seeks_participation",),
    "own_goals": ("own_goals",),
    "no_question": (OLDEST_ACTIVE, "health_limited", "no_question"),
    "not_accounted_for": ("unknown",),
}
"""Segments that people in a category of Figure 2 can have; everybody else can have any."""
CLASSES = (*FOLLOW_UP, *REACH[1:])
"""The spoken by Figure 2, the others by Figure 1."""
LEFT = ("left",)
DAYS_IN_YEAR = 365.25
GROUP_RULE = "L035"


def in_days(years: float) -> int:
    """Return the whole days in a number of years."""
    return int(years * DAYS_IN_YEAR)


def least_days() -> int:
    """Return the fewest days on benefit of somebody in the group: more than the year of its definition."""
    return in_days(value(GROUP_RULE)) + 1


def segment_counts(scenario: Scenario, people: int) -> dict[str, int]:
    """Return how many of so many people each segment gets: central shares, largest remainders."""
    cells = scenario.value("people.segment_share").cells
    shares = [written(float(str(steps[0].amount.central))) for _, steps in cells]
    return dict(zip((name for name, _ in cells), shared_out(people, shares), strict=True))


def assign(
    scenario: Scenario,
    margins: Margins,
    classes: Sequence[str],
    class_of: Integers,
    least: Integers,
    random: np.random.Generator,
) -> tuple[dict[str, Integers], tuple[CrossTable, ...]]:
    """Give people a segment, an age band, a benefit duration and a district.

    ``scenario``, ``margins``: shares of segments; shares of the other three. ``classes``, ``class_of``: names
    of the classes, and the class of each person. ``least``: fewest days on benefit that a person's history
    allows. ``random``: random numbers. Returns (n,) codes by name: ``segment`` in the order of the scenario,
    ``age_band``, ``duration_band`` and ``district`` in the order of the margins, and ``days`` on benefit at
    the reference day; and the cross-tables that they came from. ModelError when margins contradict each
    other; which ones is named.
    """
    n, ages = len(class_of), margins.of(AGE)
    segments = segment_counts(scenario, n)
    names = tuple(segments)
    people = counts(class_of, classes)
    mask = np.array([[segment in SEGMENTS_OF.get(one, names) for segment in names] for one in classes])
    first = cross("class x segment", people, segments, mask)
    segment = match(first, class_of, random)
    last = np.arange(len(ages)) == len(ages) - 1
    mask = np.array([last | (one != OLDEST_ACTIVE) for one in names])
    second = cross("segment x age_band", counts(segment, names), margins.counts(AGE, n), mask)
    age = match(second, segment, random)
    third, duration, low, high = _durations(margins, age, least, random)
    fourth = cross("class x district", people, margins.counts(DISTRICT, n))
    district = match(fourth, class_of, random)
    days = low + np.floor(random.random(n) * (high - low + 1)).astype(np.int64)
    found = {"segment": segment, AGE: age, DURATION: duration, DISTRICT: district, "days": days}
    return found, (first, second, third, fourth)


def _durations(
    margins: Margins, age: Integers, least: Integers, random: np.random.Generator
) -> tuple[CrossTable, Integers, Integers, Integers]:
    """Return the table of (age, shortest band) x duration; the band, fewest and most days of each person.

    Nobody has been on benefit for longer than since the youngest age, or for less long than ``least``.
    """
    ages, durations = margins.of(AGE), margins.of(DURATION)
    youngest, width = ages[0].begin or 0.0, len(durations)
    begin = np.array([in_days(one.begin or 0.0) + 1 for one in durations])
    end = np.array([in_days(one.end or 0.0) for one in durations])
    cap = np.array([in_days((one.end or youngest) - youngest) for one in ages])
    row, band = age * width + np.searchsorted(end, least, side="left"), np.arange(width)
    names = [f"{one.category}, at least {two.category}" for one in ages for two in durations]
    can = np.array([(band >= floor) & (begin <= most) for most in cap for floor in range(width)])
    table = cross("age_band x duration_band", counts(row, names), margins.counts(DURATION, len(age)), can)
    duration = match(table, row, random)
    low = np.maximum(begin[duration], least)
    high = np.maximum(np.minimum(end[duration], cap[age]), low)
    return table, duration, low, high


def activity(aims: Targets, class_of: Integers, oldest: Flags, random: np.random.Generator) -> Integers:
    """Give everybody ever spoken to an activity, with as many active, and wanting to be, as printed.

    ``aims``: the numbers, on the base of all people ever spoken to. ``class_of``: (n,) position in
    :data:`FOLLOW_UP`, beyond it for people who left. ``oldest``: (n,) who is in the segment of active people
    over sixty: they are active. ``random``: random numbers. Nobody without a question wants to be active.
    """
    row = np.where(oldest, 0, np.where(class_of == FOLLOW_UP.index("no_question"), 1, 2))
    rows = counts(row, (OLDEST_ACTIVE, "no_question", "other"))
    wanted = (aims.active, aims.wants, len(class_of) - aims.active - aims.wants)
    mask = np.array([[True, False, False], [True, False, True], [True, True, True]])
    table = cross("follow_up x activity", rows, dict(zip(ACTIVITY, wanted, strict=True)), mask)
    return match(table, row, random)


def referred(aims: Targets, class_of: Integers, random: np.random.Generator) -> Flags:
    """Choose who was ever referred: all in support or help, then at random, those without a question last."""
    help_codes = [FOLLOW_UP.index("support"), FOLLOW_UP.index("help")]
    last = class_of == FOLLOW_UP.index("no_question")
    rank = np.where(np.isin(class_of, help_codes), 0, np.where(last, 2, 1))
    order = np.lexsort([random.random(len(class_of)), rank])
    out = np.zeros(len(class_of), dtype=np.bool_)
    out[order[: aims.referred]] = True
    return out
