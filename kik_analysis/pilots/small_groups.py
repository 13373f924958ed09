"""What a small group can tell: the groups named in the debate and the proposals, and the width of a margin.

Every margin is a best case: it holds if the people asked had been drawn by lot, which no source says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure, number
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table, tabulate
from kik_analysis.facts.claims import value
from kik_analysis.statistics import grim, intervals

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.parameters.scenario import Scenario
    from kik_analysis.statistics.interval import Interval

ASKED, OUT_OF_SIGHT = "D018", "D004"
ALL_AGREE, PARTICIPANTS = "D021", "Z021"
QUOTED = {"circumstances": "D019", "private_problems": "D020"}
POSSIBLE = ("participants_all", "participants_some", "participants_none")
"""Outcomes that the participants could have had: all, as many as not, none."""
LAST = 100
"""Where the curve of widths ends: from there a margin shrinks slowly."""


def central(scenario: Scenario, path: str) -> float:
    """Return a number of the scenario; the read is on record."""
    found = scenario[path]
    assert isinstance(found, float | int)
    return float(found)


def _exact(yes: int, people: int, scenario: Scenario) -> Interval:
    level = central(scenario, "statistics.confidence")
    return intervals.proportion(yes, people, method="clopper-pearson", confidence=level)


def _drawn(yes: int, scenario: Scenario) -> Interval:
    """Return the limits for everyone out of sight, if those asked had been drawn from them by lot."""
    level = central(scenario, "statistics.confidence")
    return intervals.count(yes, int(value(ASKED)), int(value(OUT_OF_SIGHT)), confidence=level)


def _row(group: str, yes: int, people: int, low: float, high: float, claims: str) -> dict[str, object]:
    return {
        "group": group,
        "yes": yes,
        "people": people,
        "share": yes / people,
        "low": low,
        "high": high,
        "claims": claims,
    }


def _rows(scenario: Scenario) -> list[dict[str, object]]:
    asked, everyone = int(value(ASKED)), value(OUT_OF_SIGHT)
    rows: list[dict[str, object]] = []
    for group, claim in QUOTED.items():
        yes = grim.nearest(value(claim), asked)
        low, high = _drawn(yes, scenario)
        sources = CLAIM_SEPARATOR.join((claim, ASKED, OUT_OF_SIGHT))
        rows.append(_row(group, yes, asked, low / everyone, high / everyone, sources))
    people = int(value(ALL_AGREE))
    low, high = _exact(people, people, scenario)
    rows.append(_row("other_officials", people, people, low, high, ALL_AGREE))
    people = int(value(PARTICIPANTS))
    for group, yes in zip(POSSIBLE, (people, people // 2, 0), strict=True):
        low, high = _exact(yes, people, scenario)
        rows.append(_row(group, yes, people, low, high, PARTICIPANTS))
    return rows


def small_groups(scenario: Scenario) -> Table:
    """Return what each small group says, with the margin that a draw by lot would have left.

    For the people asked in the study: exact limits in the population that was out of sight (equal tails). For
    the others: Clopper-Pearson. Outcomes of the participants are not published; those rows say what they
    could show at most.
    """

    def build() -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(_rows(scenario))

    columns = (
        Column("group", words="small_numbers.group"),
        Column("yes", "whole", "persons"),
        Column("people", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("share", "decimal", "share"),
        Column("low", "decimal", "share", evidence=Evidence.ASSUMED),
        Column("high", "decimal", "share", evidence=Evidence.ASSUMED),
        Column("claims"),
    )
    assumed = {(group, name): Evidence.ASSUMED for group in POSSIBLE for name in ("yes", "share")}
    said = {("other_officials", "yes"): Evidence.PUBLISHED}
    return tabulate("small_groups", build, columns, key=("group",), exceptions=assumed | said)


@number("small_numbers.asked", unit="persons")
def asked() -> float:
    """Return how many people were asked in the study."""
    return value(ASKED)


@number("small_numbers.out_of_sight", unit="persons")
def out_of_sight() -> float:
    """Return how many people were out of sight, as said in the debate."""
    return value(OUT_OF_SIGHT)


def confidence(scenario: Scenario) -> Number:
    """Return the confidence of every margin."""

    def compute() -> float:
        return PERCENT * central(scenario, "statistics.confidence")

    return measure("small_numbers.confidence", compute, unit="percent")


def everyone(scenario: Scenario) -> Number:
    """Return for how many of all people it would hold, had the people asked been drawn by lot."""

    def compute() -> Estimate:
        found = _drawn(grim.nearest(value(QUOTED["circumstances"]), int(value(ASKED))), scenario)
        return Estimate(None, found.low, found.high)

    return measure("small_numbers.everyone", compute, unit="persons")


def _width(people: int, scenario: Scenario) -> float:
    """Return the width of the margin where it is widest, in percentage points: as many yes as no."""
    return PERCENT * float(_exact(people // 2, people, scenario).width)


def interval_width(scenario: Scenario) -> Table:
    """Return the width of the margin for every number of people, from the smallest group named on."""

    def build() -> pl.DataFrame:
        import polars as pl

        numbers = range(int(value(ALL_AGREE)), LAST + 1)
        return pl.DataFrame({"people": list(numbers), "width": [_width(n, scenario) for n in numbers]})

    columns = (
        Column("people", "whole", "persons", evidence=Evidence.ASSUMED),
        Column("width", "decimal", "percentage_points", decimals=2, evidence=Evidence.ASSUMED),
    )
    return tabulate("interval_width", build, columns)


def marked() -> tuple[int, int, int]:
    """Return the sizes of the groups that were named, the smallest first."""
    sizes = sorted(int(value(claim)) for claim in (ALL_AGREE, PARTICIPANTS, ASKED))
    return sizes[0], sizes[1], sizes[2]


def size_of_population(scenario: Scenario) -> dict[str, Number]:
    """Return how little it matters out of how many people a small group was drawn: two widths, in points."""

    def endless() -> float:
        people = int(value(ASKED))
        return PERCENT * float(_exact(people // 2, people, scenario).width)

    def finite() -> float:
        return PERCENT * float(_drawn(int(value(ASKED)) // 2, scenario).width) / value(OUT_OF_SIGHT)

    unit = "percentage_points"
    found = (
        measure("small_numbers.width_endless", endless, unit=unit, decimals=1),
        measure("small_numbers.width_finite", finite, unit=unit, decimals=1),
    )
    return {one.id.rpartition(".")[2]: one for one in found}
