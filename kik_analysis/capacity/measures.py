"""Names, units and places of everything that is recorded each week."""

from __future__ import annotations

from dataclasses import dataclass

from kik_analysis.capacity.compiled import Compiled

ALL = "all"  #: segment name of the total


@dataclass(frozen=True)
class Measure:
    """One measure: a recorded whole number times a scale.

    Attributes
    ----------
    name, unit
        As in the tables.
    scale
        Recorded number times this is the measure (shares are recorded in parts per million).
    column
        Place within its block.
    team
        Of the team (one block), or of people (a block per segment and one for all).
    summed
        Over a quarter: added up (events, minutes) instead of taken at its end.
    """

    name: str
    unit: str
    scale: float
    column: int
    team: bool = False
    summed: bool = False


_STATES = (
    "never_invited",
    "invited",
    "appointment",
    "in_contact",
    "overdue",
    "declined",
    "not_reached",
    "known_to_wij",
    "in_support",
    "outside_services",
    "group_size",
    "reached_persons",
    "offered_persons",
)
_EVENTS = (
    "arrivals",
    "exits",
    "returns",
    "invitations",
    "letters",
    "accepted",
    "refused",
    "unanswered",
    "missed",
    "conversations",
    "first_conversations",
    "outcome_support",
    "outcome_outside",
)
_TASKS = (
    "letter",
    "next_letter",
    "reminder_call",
    "travel",
    "conversation",
    "registration",
    "missed",
    "handover",
    "initiative",
    "overrun",
)
_UNITS = {
    "invitations": "invitations",
    "conversations": "conversations",
    "first_conversations": "conversations",
    "arrivals": "persons",
    "exits": "persons",
    "returns": "persons",
}

PEOPLE: tuple[Measure, ...] = (
    *(Measure(name, "persons", 1, k) for k, name in enumerate(_STATES)),
    Measure("reached_52_weeks", "share", 1e-6, 13),
    Measure("offered_52_weeks", "share", 1e-6, 14),
    Measure("waiting", "persons", 1, 15),
    Measure("waited", "weeks", 1, 16),
    Measure("mean_wait_weeks", "weeks", 1e-3, 17),
    *(Measure(name, _UNITS.get(name, "count"), 1, 18 + k, summed=True) for k, name in enumerate(_EVENTS)),
)
TEAM: tuple[Measure, ...] = (
    Measure("minutes_available", "minutes", 1, 0, True, True),
    Measure("minutes_used", "minutes", 1, 1, True, True),
    Measure("minutes_lost", "minutes", 1, 2, True, True),
    Measure("minutes_debt", "minutes", 1, 3, True, False),
    Measure("minutes_promised", "minutes", 1, 4, True, False),
    *(Measure(f"minutes_{name}", "minutes", 1, 5 + k, True, True) for k, name in enumerate(_TASKS)),
    Measure("hours_available", "hours", 1 / 60, 0, True, True),
    Measure("hours_used", "hours", 1 / 60, 1, True, True),
)
#: States that add up to ``group_size``.
GROUP_STATES: tuple[str, ...] = _STATES[:9]
#: What minutes are spent on; names of those minutes, which add up to ``minutes_used``.
TASK_NAMES: tuple[str, ...] = _TASKS
TASKS: tuple[str, ...] = tuple(f"minutes_{name}" for name in _TASKS)
#: Events of a week, in the order of recording.
EVENTS: tuple[str, ...] = _EVENTS
WIDTH_PEOPLE = 18 + len(_EVENTS)
WIDTH_TEAM = 5 + len(_TASKS)


def places(compiled: Compiled) -> tuple[tuple[str, Measure, int], ...]:
    """Segment, measure and column of the record, for every row of the weekly table."""
    segments = compiled.segments if len(compiled.segments) > 1 else ()
    blocks = [
        *((name, k * WIDTH_PEOPLE) for k, name in enumerate(segments)),
        (ALL, len(segments) * WIDTH_PEOPLE),
    ]
    people = [(name, m, first + m.column) for name, first in blocks for m in PEOPLE]
    team = (len(segments) + 1) * WIDTH_PEOPLE
    return (*people, *((ALL, m, team + m.column) for m in TEAM))


def place(compiled: Compiled, measure: str, segment: str = ALL) -> int:
    """Column of one measure in the record.

    Raises
    ------
    KeyError
        No such measure for that segment.
    """
    if segment != ALL and len(compiled.segments) == 1:
        segment = ALL
    for name, m, column in places(compiled):
        if name == segment and m.name == measure:
            return column
    raise KeyError(f"{measure} of segment {segment}")
