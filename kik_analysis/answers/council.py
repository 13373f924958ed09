"""What the client council asks: which rules the calculation kept, and how vulnerable people fare in it.

The rules are those that the engine is checked by, event by event, in this very run
(:mod:`kik_analysis.capacity.rule_checks`). What is told about people is a number of made-up people, never
anything about one person.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kik_analysis.answers import wording
from kik_analysis.answers.runs import Runs
from kik_analysis.capacity.layers import simulated
from kik_analysis.capacity.rule_checks import check
from kik_analysis.capacity.simulate import simulate
from kik_analysis.evidence.number import Estimate
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

GROUPS = ("declined", "not_reached", "known_to_wij")
"""States at the end of the run that the council asks about."""
LIMITED = "health_limited"


def rules(scenario: Scenario) -> Table:
    """Return each rule, how often it was checked in a run of the scenario, and whether it was kept.

    ``scenario``: one future of it is simulated, event by event. A rule that it does not switch on is kept
    nowhere. RunError when a rule is broken.
    """
    import polars as pl

    known = scenario.header.published

    def build() -> pl.DataFrame:
        found = check(scenario, simulate(scenario, replications=1))
        kept = pl.when(pl.col("checked") > 0).then(pl.col("violations") == 0)
        claims = pl.col("claims") if known else pl.lit("")
        return found.select("rule", "checked", kept.alias("kept"), claims.alias("claims"))

    columns = (
        Column("rule", words="caseload.rules"),
        Column("checked", "whole", "count"),
        Column("kept", "boolean"),
        Column("claims", hidden=not known),
    )
    return simulated(lambda: tabulate("council_rules", build, columns, key=("rule",)))


def people(runs: Runs) -> Table:
    """Return how many decline, are not reached or are known to WIJ, and how those limited by health fare."""

    def row(group: str, **found: Estimate) -> dict[str, object]:
        ends = ("low", "high")
        return {"group": group} | {f"{k}_{end}": getattr(v, end) for k, v in found.items() for end in ends}

    def build() -> pl.DataFrame:
        import polars as pl

        none = Estimate(None)
        rows = []
        for state in GROUPS:
            found = wording.estimate(runs.at(state))
            ends = Estimate(*(wording.about(one) for one in (found.value, found.low, found.high)))
            rows.append(row(state, persons=ends, approached=none, spoken=none))
        for group, part in ((LIMITED, LIMITED), ("all", None)):
            shares = {way: wording.estimate(runs.promised(way, part)) for way in ("approached", "spoken")}
            rows.append(row(group, persons=none, **shares))
        return pl.DataFrame(rows, schema_overrides=dict.fromkeys(list(rows[0])[1:], pl.Float64))

    def pair(name: str, unit: str, decimals: int) -> tuple[Column, ...]:
        return tuple(Column(f"{name}_{end}", "decimal", unit, decimals=decimals) for end in ("low", "high"))

    shares = (*pair("approached", "share", 4), *pair("spoken", "share", 4))
    columns = (Column("group", words="council.group"), *pair("persons", "persons", 0), *shares)
    table = simulated(lambda: tabulate("council_people", build, columns, key=("group",)))
    return replace(table, computation=f"{__name__}.people")
