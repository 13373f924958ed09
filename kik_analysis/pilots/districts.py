"""What a few districts can tell: a comparison in which nothing happens, analysed as if people were drawn.

The lots fall on teams (or districts), and people under one team are alike. A test that counts people as if
each had been drawn takes that likeness for an effect.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Literal

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number, measure, number
from kik_analysis.evidence.reads import note
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts.claims import value
from kik_analysis.pilots.less_noncommittal import FRAME
from kik_analysis.pilots.small_groups import central
from kik_analysis.statistics import power

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.parameters.scenario import Scenario

DISTRICTS = "W004"
LIKENESS, TEAMS = "pilots.icc_team", "pilots.wij_teams"
BASE = "contact.acceptance_first"
STEPS, DRAWS = 10, 20_000


def _teams(scenario: Scenario) -> tuple[int, int, int]:
    """Return treated teams, other teams, and people per team when the frame is spread evenly."""
    treated, teams = int(value(DISTRICTS)), int(central(scenario, TEAMS))
    return treated, teams - treated, round(sum(map(value, FRAME)) / teams)


def _sham(method: Literal["t", "person"], likenesses: list[float], scenario: Scenario) -> list[float]:
    """Return how often a test finds an effect in drawn comparisons where there is none, per likeness."""
    treated, others, people = _teams(scenario)
    base, alpha = central(scenario, BASE), central(scenario, "statistics.alpha")
    found = [
        power.simulated_clusters(
            base, base, treated, others, people, likeness, alpha=alpha, method=method, draws=DRAWS
        ).power
        for likeness in likenesses
    ]
    note("simulation", f"sham_run/{method}", [likenesses, DRAWS, found], Evidence.SIMULATED)
    return found


def sham_run(scenario: Scenario) -> Table:
    """Return how often an effect is found where there is none, per likeness of people under one team.

    ``person`` is the large-sample formula of a test on persons; ``person_drawn`` and ``teams_drawn`` are
    shares of drawn comparisons that reject, by that test and by the t test on team shares.
    """

    def build() -> pl.DataFrame:
        import polars as pl

        most = scenario.value(LIKENESS).high
        assert isinstance(most, float)
        likenesses = [most * step / STEPS for step in range(STEPS + 1)]
        _, _, people = _teams(scenario)
        alpha = central(scenario, "statistics.alpha")
        return pl.DataFrame(
            {
                "likeness": likenesses,
                "person": [power.false_positive_rate(people, one, alpha=alpha) for one in likenesses],
                "person_drawn": _sham("person", likenesses, scenario),
                "teams_drawn": _sham("t", likenesses, scenario),
            }
        )

    columns = (
        Column("likeness", "decimal", "ratio", decimals=4, shown=2, evidence=Evidence.ASSUMED),
        Column("person", "decimal", "share", decimals=4, evidence=Evidence.ASSUMED),
        Column("person_drawn", "decimal", "share", decimals=4, evidence=Evidence.SIMULATED),
        Column("teams_drawn", "decimal", "share", decimals=4, shown=1, evidence=Evidence.SIMULATED),
    )
    return tabulate("sham_run", build, columns)


@number("districts.treated", unit="districts")
def districts_treated() -> float:
    """Return how many districts the pilot with debt help ran in."""
    return value(DISTRICTS)


def numbers(scenario: Scenario) -> dict[str, Number]:
    """Return the numbers that the sentences show."""

    def ways() -> float:
        return float(comb(int(central(scenario, TEAMS)), int(value(DISTRICTS))))

    def smallest() -> float:
        return PERCENT / ways()

    def alpha() -> float:
        return PERCENT * central(scenario, "statistics.alpha")

    here = f"{__name__}.numbers"
    found = (
        measure("districts.teams", lambda: central(scenario, TEAMS), unit="count", computation=here),
        measure("districts.people", lambda: float(_teams(scenario)[2]), unit="persons", computation=here),
        measure("districts.ways", ways, unit="count", computation=here),
        measure("districts.smallest_p", smallest, unit="percent", decimals=1, computation=here),
        measure("districts.alpha", alpha, unit="percent", computation=here),
    )
    return {one.id.rpartition(".")[2]: one for one in found}
