"""What planners keep: a scenario by quarter, the sum on one page, and whether the model keeps the rules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from kik_analysis.answers.first import baseline
from kik_analysis.capacity import euros, team, verification
from kik_analysis.capacity import plain_sum as sums
from kik_analysis.capacity.layers import simulated
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.results import Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.table import Column, tabulate
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters.scenario import Scenario

MEASURES = (
    "group_size", "arrivals", "returns", "exits", "conversations", "overdue", "never_invited", "hours_used",
    "hours_available",
)  # fmt: skip
COLUMNS = (
    Column("scenario", words="caseload.quarters.of"),
    Column("quarter", "date"),
    *(Column(name, "decimal", "persons", decimals=1) for name in ("begin", "came", "left")),
    Column("talks", "decimal", "conversations", decimals=1),
    *(Column(name, "decimal", "persons", decimals=1) for name in ("overdue", "end")),
    *(Column(name, "decimal", "hours", decimals=1) for name in ("hours_needed", "hours_available")),
    Column("fte", "decimal", "fte", decimals=2, shown=1),
    *(Column(name, "decimal", "euros", decimals=0) for name in ("euros", "low", "high")),
)


beside = baseline
"""The scenario that one is compared with, or None."""


def _table(name: str, scenario: Scenario, replications: int | None) -> pl.DataFrame:
    result, reader = simulate(scenario, replications=replications), Reader(scenario)
    rows = result.quarterly(measures=MEASURES).select("quarter", "measure", "mean")
    wide = rows.pivot("measure", index="quarter", values="mean", maintain_order=True)
    size, came = pl.col("group_size"), pl.col("arrivals") + pl.col("returns")
    begin = size.shift(1, fill_value=result.before()["group_size"])
    days = [*(max(day, scenario.start) for day in wide["quarter"].to_list()), scenario.end]
    posts = pl.Series("fte", [float(reader.exact(team.FTE, day)) for day in days[:-1]])
    parts = [euros.costs(scenario, *both) for both in itertools.pairwise(days)]
    paid = [one[euros.STRUCTURAL] + one[euros.INCIDENTAL] for one in parts]
    ranges = zip(*map(euros.between, paid), strict=True)
    each = pl.col("hours_used") / pl.max_horizontal("conversations", pl.lit(1.0))
    return wide.select(
        pl.lit(name).alias("scenario"),
        "quarter",
        begin.alias("begin"),
        came.alias("came"),
        # who left the group for services outside left it too
        (begin + came - size).alias("left"),
        pl.col("conversations").alias("talks"),
        "overdue",
        size.alias("end"),
        # what was done, and what waiting people would take at the hours that a talk took
        (pl.col("hours_used") + (pl.col("overdue") + pl.col("never_invited")) * each).alias("hours_needed"),
        "hours_available",
        posts,
        pl.Series("euros", [float(one[euros.CENTRE, euros.CENTRE]) for one in paid]),
        *(pl.Series(side, ends) for side, ends in zip(("low", "high"), ranges, strict=True)),
    )


def quarters(scenario: Scenario, base: Scenario | None = None, *, replications: int | None = None) -> Exhibit:
    """Return a scenario by quarter, with what it is compared with below it.

    ``scenario``, ``base``: the scenario, and its baseline where it has one. ``replications``: futures; by
    default as many as the scenario says.
    """

    def build() -> pl.DataFrame:
        both = {"own": scenario, "base": base}
        return pl.concat([_table(name, one, replications) for name, one in both.items() if one is not None])

    table = simulated(lambda: tabulate("quarters", build, COLUMNS, key=("scenario", "quarter")))
    told = {"euros": {lang: euros.words(scenario, lang) for lang in LANGUAGES}}
    return Exhibit("quarters", "caseload.quarters", replace(table, place="workbook"), {}, told)


def plain_sum(scenario: Scenario) -> Exhibit:
    """Return the sum on one page: from contract hours to people per fte, with the range of the assumptions.

    ``scenario``: the scenario; dated values are those of the last week of its run.
    """
    day = Reader(scenario).mondays[-1]
    columns = (
        Column("step", words="caseload.sum"),
        *(Column(name, "decimal", "", decimals=4, shown=1) for name in ("value", "low", "high")),
        Column("unit", words="tables.unit"),
        Column("formula", hidden=True),
    )

    def build() -> Iterator[tuple[object, ...]]:
        found = sums.ranges(scenario, day)
        for step in sums.steps():
            size = PERCENT if step.unit == "share" else 1
            ends = (size * one if math.isfinite(one) else None for one in found[step.key])
            yield step.key, *ends, step.unit, step.formula

    table = tabulate("plain_sum", build, columns, key=("step",))
    return Exhibit("plain_sum", "caseload.plain_sum", table, {}, {"day": day})


def plain_sum_inputs(scenario: Scenario) -> Exhibit:
    """Return the parameters that the sum on one page starts from: the workbook's formulas point to them."""
    day = Reader(scenario).mondays[-1]
    columns = (Column("path"), Column("value", "decimal", "", decimals=6, shown=3))

    def build() -> Iterator[tuple[object, ...]]:
        yield from sums.inputs(scenario, day).items()

    table = replace(tabulate("plain_sum_inputs", build, columns, key=("path",)), place="workbook")
    return Exhibit("plain_sum_inputs", "caseload.plain_sum_inputs", table, {}, {"day": day})


def rule_checks(scenario: Scenario, result: Result) -> Exhibit:
    """Return how often each rule of the letters was checked, and how often it was broken.

    ``scenario``, ``result``: the scenario and its simulation.
    """
    columns = (
        Column("rule", words="caseload.rules"),
        Column("scenario", hidden=True),
        *(Column(name, "whole", "count") for name in ("checked", "violations")),
        Column("claims"),
    )
    table = simulated(
        lambda: tabulate(
            "rule_checks", lambda: verification.check_rules(scenario, result), columns, key=("rule",)
        )
    )
    # the page for the client council tells the same in its own words
    return Exhibit("rule_checks", "caseload.rules", replace(table, place="workbook"))
