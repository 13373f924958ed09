"""Was the announced pilot enough? What the published before and after say about it, as sharp bounds.

Before: the people of Figure 1 who declined, are known to WIJ or were not reached, or the number of the
debate. After: those "not or hardly reachable". Between them lie the pilot, everyone else, people who left and
people who came. Under each reading the limits are those of all worlds in whole people that agree with the
numbers (partial identification: Manski 2003); a p-value would need a comparison that was never drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table, tabulate
from kik_analysis.facts.claims import claims, value
from kik_analysis.facts.periods import last_day, period
from kik_analysis.statistics.identification import Interval, interval
from kik_analysis.statistics.linear_system import (
    DEFINITION,
    ONE,
    Constraint,
    Form,
    System,
    Variable,
    between,
)

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.parameters.scenario import Scenario

PILOT, LATER, BACKLOG = "L056", "D012", "L051"
FIGURE, DEBATE = ("L057", "L058"), ("D009",)
EXITS, ACCEPTED, USUAL = "people.exit_rate", "contact.acceptance_first", "contact.second_letter_conversion"
YEAR = 365.25
FATES = ("reached", "left", "still")
"""What can have become of somebody: spoken to, gone from the group, still not reached."""


@dataclass(frozen=True)
class Reading:
    """One way to read the numbers.

    Attributes
    ----------
    name
        Under ``pilots.reading`` in the texts.
    first
        Claims that add up to the number before.
    exact
        Whether the round number after is taken at its word.
    exits, newcomers
        Whether people left the group at the yearly rate, and whether people of the backlog joined the count
        because they declined.
    usual
        Whether those outside the pilot came as people do elsewhere after a further letter.
    nested
        Whether the later group is counted among the people of the first.
    """

    name: str
    first: tuple[str, ...] = FIGURE
    exact: bool = False
    exits: bool = False
    newcomers: bool = False
    usual: bool = False
    nested: bool = True


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


def _people(*claim_ids: str) -> int:
    return int(sum(map(value, claim_ids)))


def _limit(scenario: Scenario, path: str, end: str) -> float:
    return float(getattr(scenario.value(path), end))


def left(reading: Reading, scenario: Scenario) -> tuple[int, int]:
    """Return the fewest and the most people of the first count who left before the later one.

    The yearly rate acts over the shortest and the longest time that the dates leave open.
    """
    before = [period(claims()[one].as_of) for one in reading.first]
    first, last = (
        min(one.first for one in before),
        max(last_day(claims()[one].as_of) for one in reading.first),
    )
    after = period(claims()[LATER].as_of)
    shortest = max((after.first - last).days, 0) / YEAR
    longest = (last_day(claims()[LATER].as_of) - first).days / YEAR
    gone = [
        1 - (1 - _limit(scenario, EXITS, end)) ** years
        for end, years in (("low", shortest), ("high", longest))
    ]
    size = _people(*reading.first)
    return math.floor(size * gone[0]), math.ceil(size * gone[1])


def worlds(reading: Reading, scenario: Scenario) -> System:
    """Return all worlds in whole people that agree with the published numbers under a reading."""
    size, pilot = _people(*reading.first), _people(PILOT)
    parts = {"pilot": pilot, "rest": size - pilot}
    names = [f"{part}_{fate}" for part in parts for fate in FATES]
    rows = [
        Constraint(
            DEFINITION,
            Form.of({f"{part}_{fate}": 1 for fate in FATES}, -people),
            "==",
        )
        for part, people in parts.items()
    ]
    gone = Form.of({f"{part}_left": 1 for part in parts})
    rows += between("exits", gone, *(left(reading, scenario) if reading.exits else (0, 0)))
    most = 0
    if reading.newcomers:
        most = math.ceil(value(BACKLOG) * (1 - _limit(scenario, ACCEPTED, "low")))
    rows += between("newcomers", Form.of("new"), 0, most)
    if reading.nested:
        later = claims()[LATER]
        ends = (later.value, later.value) if reading.exact else later.limits
        still = Form.of({"pilot_still": 1, "rest_still": 1, "new": 1})
        rows += between(LATER, still, *ends)
    if reading.usual:
        low, high = (_limit(scenario, USUAL, end) * parts["rest"] for end in ("low", "high"))
        rows += between("usual", Form.of("rest_reached"), math.floor(low), math.ceil(high))
    return System(tuple(Variable(name) for name in (*names, "new")), tuple(rows))


def limits(reading: Reading, scenario: Scenario) -> dict[str, Interval | None]:
    """Return the sharp limits under a reading.

    ``share``: of the pilot's people who were spoken to. ``difference``: that share less the share of those
    outside the pilot. ``outside``: people who, on balance, are no longer unreached for another reason than
    the pilot; None where the later group need not be part of the first.
    """
    system = worlds(reading, scenario)
    pilot, rest = _people(PILOT), _people(*reading.first) - _people(PILOT)
    reached = Form.of("pilot_reached")
    forms = {
        "share": (reached, Form.of({}, pilot)),
        "difference": (Form.of({"pilot_reached": rest, "rest_reached": -pilot}), Form.of({}, rest * pilot)),
    }
    found: dict[str, Interval | None] = {name: interval(system, *of) for name, of in forms.items()}
    gone = Form.of({"rest_reached": 1, "rest_left": 1, "pilot_left": 1, "new": -1})
    found["outside"] = interval(system, gone, ONE) if reading.nested else None
    return found


def enough(scenario: Scenario) -> Table:
    """Return what can be concluded under each reading: one row each, limits only.

    Columns: ``reading``, ``share_low``, ``share_high``, ``difference_low``, ``difference_high``,
    ``outside_low``, ``outside_high``, ``claims``.
    """

    def build() -> pl.DataFrame:
        import polars as pl

        rows = []
        for reading in READINGS:
            row: dict[str, object] = {"reading": reading.name}
            for name, found in limits(reading, scenario).items():
                row[f"{name}_low"], row[f"{name}_high"] = (None, None) if found is None else tuple(found)
            used = (*reading.first, PILOT, *((LATER,) if reading.nested else ()))
            row["claims"] = CLAIM_SEPARATOR.join((*used, *((BACKLOG,) if reading.newcomers else ())))
            rows.append(row)
        return pl.DataFrame(rows)

    def pair(name: str, kind: str, unit: str) -> list[Column]:
        return [
            Column(f"{name}_{end}", kind, unit, decimals=4, evidence=Evidence.BOUNDED)  # type: ignore[arg-type]
            for end in ("low", "high")
        ]

    columns = (
        Column("reading", words="pilots.reading"),
        *pair("share", "decimal", "share"),
        *pair("difference", "decimal", "share"),
        *pair("outside", "whole", "persons"),
        Column("claims"),
    )
    assumed = {(one.name, f"{name}_{end}"): Evidence.ASSUMED for one in READINGS if one.exits or one.usual
               for name in ("share", "difference", "outside") for end in ("low", "high")}  # fmt: skip
    return tabulate("pilot_enough", build, columns, exceptions=assumed)


def decided(scenario: Scenario) -> Number:
    """Return under how many readings it is known that the pilot did better, or worse, than the rest."""

    def compute() -> float:
        ends = [tuple(limits(reading, scenario)["difference"] or (None, None)) for reading in READINGS]
        return float(sum((low or 0.0) > 0 or (high or 0.0) < 0 for low, high in ends))

    return measure("pilots.enough.decided", compute, unit="count", computation=f"{__name__}.decided")


def readings(scenario: Scenario) -> Number:
    """Return how many readings there are."""

    def compute() -> float:
        return float(sum(bool(limits(reading, scenario)) for reading in READINGS))

    return measure("pilots.enough.readings", compute, unit="count", computation=f"{__name__}.readings")
