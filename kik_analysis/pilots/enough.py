"""Was the announced pilot enough? What the published before and after say about it, as sharp bounds.

Before: the people of Figure 1 who declined, are known to WIJ or were not reached, or the number of the
debate. After: those "not or hardly reachable". Between them lie the pilot, everyone else, people who left and
people who came. Under each reading the limits are those of all worlds in whole people that agree with the
numbers (partial identification: Manski 2003); a p-value would need a comparison that was never drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, tabled
from kik_analysis.facts.claims import claims, value
from kik_analysis.facts.periods import last_day, period
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.statistics.identification import Interval, interval
from kik_analysis.statistics.linear_system import DEFINITION, Constraint, Form, System, Variable, between

PILOT, LATER, BACKLOG = "L056", "D012", "L051"
FIGURE, DEBATE = ("L057", "L058"), ("D009",)
EXITS, ACCEPTED, USUAL = "people.exit_rate", "contact.acceptance_first", "contact.second_letter_conversion"
YEAR = 365.25
FATES = ("reached", "left", "still")
"""What can have become of somebody: spoken to, gone from the group, still not reached."""
ASKED = {"share": "share", "difference": "share", "outside": "persons"}
"""What is bounded, with its unit: the share of the pilot's people who were spoken to; that share less that of
everyone else; people who, on balance, are no longer unreached for another reason than the pilot."""


@dataclass(frozen=True)
class Reading:
    """One way to read the numbers; ``name`` is in the texts under ``pilots.reading``.

    ``first`` names the claims that add up to the number before; ``exact`` takes the round number after at its
    word; with ``exits`` people left the group at the yearly rate; with ``newcomers`` people of the backlog
    joined the count as they declined; as ``usual`` those outside the pilot came as people do elsewhere after
    a further letter; not ``nested``: the later group need not be part of the first.
    """

    name: str
    first: tuple[str, ...] = FIGURE
    exact: bool = False
    exits: bool = False
    newcomers: bool = False
    usual: bool = False
    nested: bool = True

    @property
    def claims(self) -> tuple[str, ...]:
        """Return the claims that it rests on."""
        used = {LATER: self.nested, BACKLOG: self.newcomers}
        return (*self.first, PILOT, *(claim for claim, holds in used.items() if holds))


READINGS = (
    Reading("closed_exact", exact=True),
    Reading("closed"),
    Reading("closed_debate", DEBATE),
    Reading("exits", exits=True),
    Reading("exits_debate", DEBATE, exits=True),
    Reading("newcomers", exits=True, newcomers=True),
    Reading("usual", exits=True, newcomers=True, usual=True),
    Reading("not_nested", nested=False),
)


def _sizes(reading: Reading) -> tuple[int, int]:
    """Return how many people are in the pilot, and how many of the first count are not."""
    pilot = int(value(PILOT))
    return pilot, int(sum(map(value, reading.first))) - pilot


def _ends(scenario: Scenario, path: str) -> tuple[float, float]:
    found = scenario.value(path)
    return float(found.low), float(found.high)  # type: ignore[arg-type]


def left(reading: Reading, scenario: Scenario) -> tuple[int, int]:
    """Return the fewest and the most people of the first count who left before the later one.

    The yearly rate acts over the shortest and the longest time that the dates leave open.
    """
    dates = [claims()[one].as_of for one in reading.first]
    after = claims()[LATER].as_of
    shortest = max((period(after).first - max(map(last_day, dates))).days, 0)
    longest = (last_day(after) - min(period(one).first for one in dates)).days
    low, high = _ends(scenario, EXITS)
    stay = (1.0 - low) ** (shortest / YEAR), (1.0 - high) ** (longest / YEAR)
    size = sum(_sizes(reading))
    return math.floor(size * (1.0 - stay[0])), math.ceil(size * (1.0 - stay[1]))


def worlds(reading: Reading, scenario: Scenario) -> System:
    """Return all worlds in whole people that agree with the published numbers under a reading."""
    sizes = dict(zip(("pilot", "rest"), _sizes(reading), strict=True))
    rows = [
        Constraint(DEFINITION, Form.of({f"{part}_{fate}": 1 for fate in FATES}, -people), "==")
        for part, people in sizes.items()
    ]
    gone = Form.of({f"{part}_left": 1 for part in sizes})
    rows += between("exits", gone, *(left(reading, scenario) if reading.exits else (0, 0)))
    most = math.ceil(value(BACKLOG) * (1.0 - _ends(scenario, ACCEPTED)[0])) if reading.newcomers else 0
    rows += between("newcomers", Form.of("new"), 0, most)
    if reading.nested:
        later = claims()[LATER]
        ends = (later.value, later.value) if reading.exact else later.limits
        rows += between(LATER, Form.of({"pilot_still": 1, "rest_still": 1, "new": 1}), *ends)
    if reading.usual:
        low, high = (end * sizes["rest"] for end in _ends(scenario, USUAL))
        rows += between("usual", Form.of("rest_reached"), math.floor(low), math.ceil(high))
    names = (*(f"{part}_{fate}" for part in sizes for fate in FATES), "new")
    return System(tuple(map(Variable, names)), tuple(rows))


def limits(reading: Reading, scenario: Scenario) -> dict[str, Interval | None]:
    """Return the sharp limits of what is :data:`ASKED`; no ``outside`` where groups are not nested."""
    system, (pilot, rest) = worlds(reading, scenario), _sizes(reading)
    gap = Form.of({"pilot_reached": rest, "rest_reached": -pilot})
    gone = Form.of({"rest_reached": 1, "rest_left": 1, "pilot_left": 1, "new": -1})
    return {
        "share": interval(system, Form.of("pilot_reached"), Form.of({}, pilot)),
        "difference": interval(system, gap, Form.of({}, rest * pilot)),
        "outside": interval(system, gone) if reading.nested else None,
    }


_BOUNDED = tuple(
    Column(f"{name}_{end}", "whole" if unit == "persons" else "decimal", unit, 4, evidence=Evidence.BOUNDED)
    for name, unit in ASKED.items()
    for end in ("low", "high")
)


@tabled(
    Column("reading", words="pilots.reading"),
    *_BOUNDED,
    Column("claims"),
    exceptions={
        (one.name, cell.name): Evidence.ASSUMED for one in READINGS if one.exits for cell in _BOUNDED
    },
)
def pilot_enough(scenario: Scenario) -> Iterator[tuple[object, ...]]:
    """Return what can be concluded under each reading: one row each, a low and a high of what is asked."""
    for reading in READINGS:
        ends = (end for one in limits(reading, scenario).values() for end in (one or (None, None)))
        yield reading.name, *ends, CLAIM_SEPARATOR.join(reading.claims)


def counted(scenario: Scenario) -> dict[str, Number]:
    """Return how many readings there are, and under how many it is known whether the pilot did better."""

    def found() -> list[Interval | None]:
        return [limits(reading, scenario)["difference"] for reading in READINGS]

    def readings() -> float:
        return float(len(found()))

    def decided() -> float:
        ends = [one for one in found() if one is not None]
        return float(sum((low or 0.0) > 0.0 or (high or 0.0) < 0.0 for low, high in ends))

    return {
        one.__name__: measure(f"pilots.enough.{one.__name__}", one, unit="count")
        for one in (readings, decided)
    }
