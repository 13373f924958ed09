"""What the client council asks: which rules the calculation followed, and how vulnerable people fare in it.

A rule is checked on what the scenario says, in every week and for everybody; that the engine keeps to it is
tested elsewhere. What is told about people is a number of made-up people, never anything about one person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kik_analysis.answers import wording
from kik_analysis.answers.runs import STOP, Runs
from kik_analysis.capacity.compiled import YEAR
from kik_analysis.capacity.layers import simulated
from kik_analysis.evidence.number import Estimate
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table, tabulate
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

Rule = Callable[[Scenario], bool | None]
APPROACHES = ("policy.approach_first", "policy.approach_declined", "policy.approach_not_reached")
ONCE_A_YEAR = ("active_60_plus", "health_limited")
GROUPS = {"declined": "declined", "not_reached": "not_reached", "known_to_wij": "known_to_wij"}
"""People the council asks about, by the state that they are in at the end of the run."""
LIMITED = "health_limited"


def _all(scenario: Scenario, path: str, *parts: str) -> set[object]:
    """Return every central value that a parameter has, of some parts or of all, dated changes included."""
    found = scenario.timeline(path).amounts()
    return {amount.central for part, _, amount in found if not parts or part in parts}


def _whole(values: set[object]) -> Iterator[float]:
    return (float(one) for one in values if isinstance(one, int | float))


def _no_visits(scenario: Scenario) -> bool | None:
    """Tell whether nobody is visited while the stop lasts; None where there is none."""
    named = [one for one in scenario.changes if one.name == STOP and one.path.startswith("policy.channel")]
    ways = (scenario.at(one.path, one.start, "home") for one in named)
    return all(way == 0 for way in ways) if named else None


RULES: Mapping[str, tuple[Rule, str]] = {
    "voluntary": (lambda s: all(_all(s, path) == {"voluntary"} for path in APPROACHES), "L022 L034"),
    "due_within_a_year": (lambda s: max(_whole(_all(s, "policy.interval_weeks"))) <= YEAR, "L030 D032"),
    "once_a_year_60_plus_and_health": (
        lambda s: set(_whole(_all(s, "policy.interval_weeks", *ONCE_A_YEAR))) == {YEAR},
        "D013 D014",
    ),
    "no_double_contact": (lambda s: _all(s, "policy.wij_rule") == {"not_invited"}, "L044 L077"),
    "contact_stop": (_no_visits, "D038 D039"),
    "open_cohort": (lambda s: max(_whole(_all(s, "people.inflow_per_week"))) > 0, "L037"),
    "fixed_contact_person": (lambda s: s["team.organisation"] != "pooled", "L032"),
}
"""Rule -> whether a scenario follows it, and the claims that it stands in."""


def rules(scenario: Scenario) -> Table:
    """Return each rule, and whether the scenario followed it; empty where it is about nothing here."""

    def build() -> pl.DataFrame:
        import polars as pl

        known = scenario.header.published
        return pl.DataFrame(
            {
                "rule": list(RULES),
                "followed": pl.Series([check(scenario) for check, _ in RULES.values()], dtype=pl.Boolean),
                "claims": [claims if known else "" for _, claims in RULES.values()],
            }
        )

    claims = (Column("claims", hidden=not scenario.header.published),)
    columns = (Column("rule", words="council.rule"), Column("followed", "boolean"), *claims)
    assert CLAIM_SEPARATOR == " "
    return tabulate("council_rules", build, columns, key=("rule",))


def people(runs: Runs) -> Table:
    """Return how many decline, are not reached or are known to WIJ, and how those limited by health fare."""

    def row(group: str, found: Estimate, approached: Estimate, spoken: Estimate) -> dict[str, object]:
        ends = {"persons": found, "approached": approached, "spoken": spoken}
        return {"group": group} | {
            f"{k}_{e}": getattr(v, e) for k, v in ends.items() for e in ("low", "high")
        }

    def build() -> pl.DataFrame:
        import polars as pl

        none = Estimate(None)
        rows = []
        for group, state in GROUPS.items():
            found = wording.estimate(runs.at(state))
            ends = (wording.about(one) for one in (found.value, found.low, found.high))
            rows.append(row(group, Estimate(*ends), none, none))
        for group, part in ((LIMITED, LIMITED), ("all", None)):
            shares = [wording.estimate(runs.promised(way, part)) for way in ("approached", "spoken")]
            rows.append(row(group, none, *shares))
        schema = dict.fromkeys(list(rows[0])[1:], pl.Float64)
        return pl.DataFrame(rows, schema_overrides=schema).select(column.name for column in columns)

    ways = ("approached", "spoken")
    shares = (
        Column(f"{way}_{end}", "decimal", "share", decimals=4) for way in ways for end in ("low", "high")
    )
    counts = (Column(f"persons_{end}", "decimal", "persons", decimals=0) for end in ("low", "high"))
    columns = (Column("group", words="council.group"), *counts, *shares)
    return replace(
        simulated(lambda: tabulate("council_people", build, columns, key=("group",))),
        computation=f"{__name__}.people",
    )
