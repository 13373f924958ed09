"""Names, units and places of everything that is recorded each week, and what of it is published.

Each measure is a row of ``measures.csv``, in the order of recording.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kik_analysis.capacity.compiled import Compiled
from kik_analysis.errors import DataError
from kik_analysis.evidence import display
from kik_analysis.reading.records import column as cell
from kik_analysis.reading.records import filled, one_of, read

ALL = "all"  #: segment name of the total
BLOCKS = ("people", "team")  #: a block of columns per segment, and one for all; and one of the team


@dataclass(frozen=True)
class Measure:
    """One measure: a recorded whole number times a scale.

    ``name``, ``unit``: as in the tables. ``block``: one of ``BLOCKS``. ``kind``: ``state`` (these add up to
    ``group_size``), ``person``, ``share`` of the group, ``wait``, ``event`` or ``time``; ``task``: what
    minutes are spent on, which add up to ``minutes_used``; ``earlier``: a name of one release ago.
    ``scale``: recorded number times this is the measure (shares are recorded in parts per million).
    ``recorded``: the measure whose number it is too, or empty. ``summed``: over a quarter: added up (events,
    minutes) instead of taken at its end. ``published``: place in ``capacity_weekly.csv`` and
    ``capacity_quarterly.csv``; 0 is not there. ``by_segment``: whether these hold it for each segment too.
    ``column``: place within its block.
    """

    name: str = cell(filled, "measure")
    block: str = cell(one_of(*BLOCKS))
    kind: str = cell(one_of("state", "person", "share", "wait", "event", "earlier", "time", "task"))
    unit: str = cell(filled)
    scale: float = cell(lambda text: 1 / int(text), "per")
    recorded: str = cell()
    summed: bool = cell(bool)
    published: int = cell(lambda text: int(text or 0))
    by_segment: bool = cell(bool)
    column: int = 0


_ROWS = read(Path(__file__).parents[1] / "measures.csv", Measure, key="measure")
_OWN = {block: [one.name for one in _ROWS if one.block == block and not one.recorded] for block in BLOCKS}
#: Every measure that can be asked for by its name, the earlier names included.
KNOWN = {one.name: replace(one, column=_OWN[one.block].index(one.recorded or one.name)) for one in _ROWS}
PEOPLE, TEAM = (
    tuple(one for one in KNOWN.values() if one.block == block and one.kind != "earlier") for block in BLOCKS
)
WIDTH_PEOPLE, WIDTH_TEAM = map(len, _OWN.values())
GROUP_STATES, SHARES, EVENTS, TASKS = (
    tuple(one.name for one in _ROWS if one.kind == kind) for kind in ("state", "share", "event", "task")
)
#: Three words of reach, each a share of the group (``_52_weeks``) and a number of people (``_persons``).
REACH = tuple(name.partition("_")[0] for name in SHARES)
#: What ``capacity_weekly.csv`` and ``capacity_quarterly.csv`` hold, in this order; and how people stand.
PUBLISHED = tuple(one.name for one in sorted(_ROWS, key=lambda one: one.published) if one.published)
STANDING = tuple(name for name in PUBLISHED if KNOWN[name].kind in ("state", "person", "share"))
#: Measures that these tables also hold for each segment.
BY_SEGMENT = tuple(name for name in PUBLISHED if KNOWN[name].by_segment)

Place = tuple[str, Measure, int]


def places(compiled: Compiled) -> tuple[Place, ...]:
    """Segment, measure and column of everything in the record; the total comes after the segments."""
    segments = compiled.segments if len(compiled.segments) > 1 else ()
    blocks = [(name, k * WIDTH_PEOPLE) for k, name in enumerate((*segments, ALL))]
    every = [one for one in KNOWN.values() if one.block == "people"]
    people = [(name, m, first + m.column) for name, first in blocks for m in every]
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
