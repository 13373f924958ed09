"""Names, units and places of everything that is recorded each week, and what of it is published."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kik_analysis.capacity.compiled import GROUP, Compiled, State
from kik_analysis.errors import DataError
from kik_analysis.evidence import display

ALL = "all"  #: segment name of the total


@dataclass(frozen=True)
class Measure:
    """One measure: a recorded whole number times a scale.

    ``name``, ``unit``: as in the tables. ``scale``: recorded number times this is the measure (shares are
    recorded in parts per million). ``column``: place within its block. ``summed``: over a quarter: added up
    (events, minutes) instead of taken at its end.
    """

    name: str
    unit: str
    scale: float
    column: int
    summed: bool = False


#: States that add up to ``group_size``.
GROUP_STATES = tuple(State(number).name.lower() for number in GROUP)
#: Events of a week, in the order of recording.
EVENTS = (
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
    "outcome_own_goals",
    "outcome_no_question",
    "follow_up_invitations",
    "home_visits",
    "office_talks",
    "phone_talks",
    "mails_answered",
    "by_colleague",
)
#: What minutes are spent on, and the names of those minutes, which add up to ``minutes_used``.
TASK_NAMES = (
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
TASKS = tuple(f"minutes_{name}" for name in TASK_NAMES)
#: Three words of reach, each a share of the group (``_52_weeks``) and a number of people (``_persons``).
REACH = ("approached", "contact", "spoken")
_BESIDE = ("outside_services", "group_size", "in_support", "backlog")
_PERSONS = (*GROUP_STATES, *_BESIDE, *(f"{word}_persons" for word in REACH))
SHARES = tuple(f"{word}_52_weeks" for word in REACH)
#: Names of one release ago, and those that stand now.
EARLIER = {"offered_52_weeks": "approached_52_weeks", "reached_52_weeks": "spoken_52_weeks"}
_COUNTED = {
    "persons": ("arrivals", "exits", "returns"),
    "invitations": ("invitations", "follow_up_invitations"),
    "conversations": ("conversations", "first_conversations", "home_visits", "office_talks", "phone_talks"),
}
_UNITS = {name: unit for unit, names in _COUNTED.items() for name in names}
_WAITING = len(_PERSONS) + len(SHARES)
_EVENT = _WAITING + 3
_TIME = ("minutes_available", "minutes_used", "minutes_lost", "minutes_debt", "minutes_promised", *TASKS)
#: Measures of people (a block of columns per segment, and one for all), and of the team (one block).
PEOPLE = (
    *(Measure(name, "persons", 1, k) for k, name in enumerate(_PERSONS)),
    *(Measure(name, "share", 1e-6, len(_PERSONS) + k) for k, name in enumerate(SHARES)),
    Measure("waiting", "persons", 1, _WAITING),
    Measure("waited", "weeks", 1, _WAITING + 1),
    Measure("mean_wait_weeks", "weeks", 1e-3, _WAITING + 2),
    *(Measure(name, _UNITS.get(name, "count"), 1, _EVENT + k, summed=True) for k, name in enumerate(EVENTS)),
)
TEAM = (
    *(Measure(name, "minutes", 1, k, name not in _TIME[3:5]) for k, name in enumerate(_TIME)),
    Measure("hours_available", "hours", 1 / 60, 0, summed=True),
    Measure("hours_used", "hours", 1 / 60, 1, summed=True),
)
WIDTH_PEOPLE, WIDTH_TEAM = _EVENT + len(EVENTS), len(_TIME)
#: How people stand, in the order in which it is told.
STANDING = (*GROUP_STATES, "group_size", "in_support", "backlog", "outside_services", *SHARES)
#: What ``capacity_weekly.csv`` and ``capacity_quarterly.csv`` hold, in this order.
PUBLISHED = (
    *STANDING,
    "invitations",
    "conversations",
    "minutes_used",
    "minutes_available",
    "hours_used",
    "hours_available",
    "mean_wait_weeks",
)
#: Measures that these tables also hold for each segment.
BY_SEGMENT = ("overdue", "group_size", *SHARES)

_EARLIER = tuple(replace(m, name=old) for old, new in EARLIER.items() for m in PEOPLE if m.name == new)
#: Every measure that can be asked for by its name, the earlier names included.
KNOWN = {measure.name: measure for measure in (*PEOPLE, *_EARLIER, *TEAM)}

Place = tuple[str, Measure, int]


def places(compiled: Compiled) -> tuple[Place, ...]:
    """Segment, measure and column of everything in the record; the total comes after the segments."""
    segments = compiled.segments if len(compiled.segments) > 1 else ()
    blocks = [(name, k * WIDTH_PEOPLE) for k, name in enumerate((*segments, ALL))]
    people = [(name, m, first + m.column) for name, first in blocks for m in (*PEOPLE, *_EARLIER)]
    return (*people, *((ALL, m, len(blocks) * WIDTH_PEOPLE + m.column) for m in TEAM))


def place(compiled: Compiled, measure: str, segment: str = ALL) -> int:
    """Column of one measure in the record.

    DataError no such measure, or not for that segment.
    """
    return chosen(compiled, (measure,), segment)[0][2]


def chosen(c: Compiled, measures: Iterable[str] | None, segment: str | None = ALL) -> tuple[Place, ...]:
    """Return the places of some measures.

    ``c``: the scenario. ``measures``: their names; default those that are published. ``segment``: its name,
    ``all`` for the whole group, None for the whole group and every segment. DataError no such measure or
    segment; the sentence has the known ones.
    """
    names = set(PUBLISHED if measures is None else display.name_list(measures, "measures"))
    if unknown := names - set(KNOWN):
        known = ", ".join(m.name for m in (*PEOPLE, *TEAM))
        raise DataError(f"no measure {', '.join(sorted(unknown))}; known: {known}")
    if not isinstance(segment, str | None) or segment not in (None, ALL, *c.segments):
        raise DataError(f"no segment {segment}; known: {', '.join((ALL, *c.segments))}")
    segment = ALL if c.segments == (segment,) else segment
    found = tuple(p for p in places(c) if p[1].name in names and segment in (None, p[0]))
    if measures is not None and (absent := names - {m.name for _, m, _ in found}):
        raise DataError(f"{', '.join(sorted(absent))}: of the whole team, not of segment {segment}")
    return found
