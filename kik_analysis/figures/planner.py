"""What the planner on the page needs: its grid, and the same as a plain table for who has no scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity import euros
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Channel
from kik_analysis.capacity.layers import simulated
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.table import Column, tabulate
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.runs import count, inside
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import grid as planning

if TYPE_CHECKING:
    import polars as pl


def _columns(*days: Column) -> tuple[Column, ...]:
    shares = (Column(name, "decimal", "share", decimals=4) for name in ("share", "share_q10", "share_q90"))
    return (
        Column("fte", "decimal", "fte", decimals=1, shown=1),
        Column("minutes", "decimal", "minutes", decimals=1),
        Column("phone", "decimal", "share", decimals=2),
        *days,
        *shares,
        Column("backlog", "decimal", "persons", decimals=1),
        Column("gone", "whole", "weeks"),
    )


def prices(scenario: Scenario) -> dict[str, Number]:
    """Return what a post costs a year, with its range, and the year of the prices."""

    def read(found: Any) -> Any:
        scenario.timeline(euros.PRICE)
        return found

    return {
        "euros": measure("planner.euros", lambda: read(euros.post(scenario)), unit="euros"),
        "prices": measure("planner.prices", lambda: read(float(euros.price_level(scenario))), unit="year"),
    }


def by_phone(scenario: Scenario) -> float:
    """Return how many in a hundred follow-up contacts are by telephone at the end of the run."""
    c = compile_scenario(scenario)
    return round(PERCENT * float(c.channel[c.period[-1], 1, :, Channel.PHONE].mean()))


def planner(scenario: Scenario, *, replications: int | None = None) -> tuple[Exhibit, Exhibit]:
    """Return the planner's exhibits: a table of the end of the run, and every point of its grid.

    ``scenario``, ``replications``: the scenario, and futures of every point; by default as many as the
    planner's own table says.
    """
    import polars as pl

    replications = replications or planning.futures()
    columns = _columns(Column("week", "date"))
    key = (*planning.AXES, "week")

    def build() -> pl.DataFrame:
        return planning.grid(scenario, replications=replications).select(one.name for one in columns)

    points = replace(simulated(lambda: tabulate("planner_grid", build, columns, key=key)), place="workbook")
    minutes = planning.axes(scenario)["minutes"][1]
    end = points.frame["week"].max()
    shown = points.frame.filter((pl.col("week") == end) & (pl.col("minutes") == minutes)).drop("week")
    kept = tuple(one for one in points.columns if one.name != "week")
    table = replace(points, name="planner", frame=shown, columns=kept, key=planning.AXES, place="page")
    place = f"{planning.__name__}.grid"
    worst = measure("planner.error", lambda: PERCENT * planning.error(scenario, points.frame), unit="points")
    numbers = {
        "inside": inside(table, "planner.inside"),
        "replications": count(f"{scenario.name}/planner", replications, table.reads, place),
        "error": replace(worst, decimals=1, reads=table.reads, evidence=table.columns[3].evidence),
        "minutes": table.at(0, "minutes", "planner.minutes"),
        "phone": measure("planner.phone", lambda: by_phone(scenario), unit="percent"),
        "own": measure("planner.own", lambda: planning.own(scenario), unit="fte"),
        **prices(scenario),
    }
    first = Exhibit("planner", "planner.planner", table, numbers, {"end": end})
    return first, Exhibit("planner_grid", "planner.grid", points)
