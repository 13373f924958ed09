"""The cohort engine, the calendar engine and the independent process model draw from one distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kik_analysis.capacity import individuals
from kik_analysis.capacity.check import check
from kik_analysis.capacity.compiled import Compiled
from tests.capacity import agreement, cohort_runs
from tests.oracle import town

Scenario = Callable[[float, int], Compiled]
_ALL = pytest.mark.parametrize("scenario", agreement.SCENARIOS, ids=lambda f: f.__name__)
_FAMILY = 2 * len(agreement.SCENARIOS) * len(agreement.STATISTICS)


def cohort_moments(c: Compiled, replications: int, seed: int) -> tuple[object, object, int]:
    return agreement.of_totals(c, cohort_runs.simulate(c, replications=replications, seed=seed))


def oracle_moments(c: Compiled, replications: int, seed: int) -> tuple[object, object, int]:
    check(c)
    runs = town.simulate(c, replications, seed)
    people = {name: runs[name] for name in town.PEOPLE}
    return agreement.moments(c, people, {name: runs[name] for name in town.TEAM})


@_ALL
def test_calendar_and_cohort_agree(scenario: Scenario) -> None:
    c = scenario(0.3, 78)
    calendar = agreement.of_totals(c, individuals.simulate(c, replications=600, seed=21, workers=1))
    z = agreement.z_scores(cohort_moments(c, 600, 22), calendar)
    assert np.abs(z).max() < agreement.limit(_FAMILY), dict(
        zip(agreement.STATISTICS, z.round(1), strict=True)
    )


@_ALL
def test_cohort_and_process_model_agree(scenario: Scenario) -> None:
    c = scenario(0.1, 60)
    z = agreement.z_scores(cohort_moments(c, 600, 23), oracle_moments(c, 60, 24))
    assert np.abs(z).max() < agreement.limit(_FAMILY), dict(
        zip(agreement.STATISTICS, z.round(1), strict=True)
    )


@pytest.mark.slow
@_ALL
def test_all_agree_with_the_process_model_at_one_tenth_size(scenario: Scenario, proof: bool) -> None:
    """695 people, 1 FTE of hours, 104 weeks; 400 replications of the process model in the long form."""
    c, n = scenario(1.0, 104), 400 if proof else 60
    oracle = oracle_moments(c, n, 25)
    for other in (
        cohort_moments(c, 500, 26),
        agreement.of_totals(c, individuals.simulate(c, replications=500, seed=27, workers=1)),
    ):
        z = agreement.z_scores(other, oracle)
        assert np.abs(z).max() < agreement.limit(2 * 40), dict(
            zip(agreement.STATISTICS, z.round(1), strict=True)
        )
