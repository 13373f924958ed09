"""What a reader is told of every simulation: how many runs, which part of them a band holds, whose posts."""

from __future__ import annotations

from dataclasses import replace

from kik_analysis.answers.wording import places
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.results import QUANTILES
from kik_analysis.capacity.team import FTE
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.simulations import entry
from kik_analysis.evidence.table import Table
from kik_analysis.parameters.scenario import Scenario


def stated(name: str, value: float, unit: str, table: Table, place: str, decimals: int = 0) -> Number:
    """Return a number about a table that no cell of it holds; it rests on what the table rests on."""
    return Number(name, value, None, None, unit, decimals, table.evidence, table.reads, place)


def inside(table: Table, name: str) -> Number:
    """Return the share of the runs inside the bands that figures draw, in percent: q10 to q90."""
    value = PERCENT * (QUANTILES[3] - QUANTILES[1])
    return stated(name, value, "percent", table, "kik_analysis.capacity.results.QUANTILES")


def count(name: str, number: int, reads: tuple[str, ...], place: str) -> Number:
    """Return how many runs a simulation had: the entry that says what the numbers made of it rest on.

    ``name``: the simulation's name on record. ``number``: replications or draws. ``reads``: everything it
    read. ``place``: module and function.
    """
    assumed = any(read.startswith("parameter:") for read in reads)  # a simulation reads what is assumed
    kind = Evidence.ASSUMED if assumed else Evidence.SIMULATED
    return Number(entry(name), float(number), None, None, "count", 0, kind, reads, place)


def own_posts(scenario: Scenario) -> Number:
    """Return the scenario's own number of posts at the end of its run, dated changes included."""
    last = Reader(scenario).mondays[-1]
    end = float(scenario.at(FTE, last))  # type: ignore[arg-type]

    def compute() -> float:
        # without a change on that day the number rests on the value alone, not on changes long past
        undated = scenario.value(FTE).at(last).central == end
        return end if undated else float(scenario.at(FTE, last))  # type: ignore[arg-type]

    found = measure("caseload.fte", compute, unit="fte")
    return replace(found, decimals=places(found.value or 0.0, 2))
