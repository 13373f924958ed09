"""The cohort engine, the calendar engine and the independent process model draw from one distribution.

Ten statistics named beforehand (``agreement.STATISTICS``) per scenario; fixed seeds; all z-scores of this
module together are judged at one in ten thousand. Everyday runs are small; ``--proof`` runs the sizes of the
published claim: 695 people and one post for two years against 400 replications of the process model, and
the base at its full size for five years.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity import cohort, fluid, individuals
from kik_analysis.capacity.check import check
from kik_analysis.capacity.cohort_tables import check as same_structure
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity import agreement, cohort_runs, lumpable
from tests.oracle import town

Moments = tuple[Any, Any, int]
INVENTED = {f.__name__: f for f in agreement.SCENARIOS}
NAMES = (*lumpable.NAMES, *INVENTED)
#: Scenarios with the process model, and the base once more: with hours to spare, and at full size.
FAMILY = (len(NAMES) + len(INVENTED) + 1 + 2) * len(agreement.STATISTICS)
EACH = 100  # rows of the cohort engine for each scenario


def agree(one: Moments, two: Moments) -> None:
    z = agreement.z_scores(one, two)
    assert np.abs(z).max() < agreement.limit(FAMILY), dict(zip(agreement.STATISTICS, z.round(1), strict=True))


def calendar(c: Compiled, replications: int, seed: int) -> Moments:
    return agreement.of_totals(c, individuals.simulate(c, replications=replications, seed=seed, workers=1))


def process_model(c: Compiled, replications: int, seed: int) -> Moments:
    check(c)
    runs = town.simulate(c, replications, seed)
    people = {name: runs[name] for name in town.PEOPLE}
    return agreement.moments(c, people, {name: runs[name] for name in town.TEAM})


def scenario(name: str, proof: bool) -> Compiled:
    """The same town for both engines; variants of the base see the contact stop of 2020 begin."""
    if name in INVENTED:
        return INVENTED[name](*((1.0, 104) if proof else (0.2, 30)))
    return lumpable.variant(name, 156 if proof else lumpable.WEEKS)


def _groups(cases: dict[str, Compiled]) -> list[list[str]]:
    """Scenarios that can run as draws of one run of the cohort engine, which costs little more than one."""
    groups: list[list[str]] = []
    for name, c in cases.items():
        for group in groups:
            try:
                same_structure([cases[group[0]], c])
            except ModelError:
                continue
            group.append(name)
            break
        else:
            groups.append([name])
    return groups


@cache
def cohort_moments(proof: bool) -> dict[str, Moments]:
    """Every scenario with the cohort engine."""
    cases, out = {name: scenario(name, proof) for name in NAMES}, {}
    for seed, group in enumerate(_groups(cases)):
        draw = np.repeat(np.arange(len(group)), EACH)
        counts = cohort.run([cases[name] for name in group], draw, 220 + seed, 0, len(draw))
        for k, name in enumerate(group):
            rows = slice(k * EACH, (k + 1) * EACH)
            people = {n: v[rows] for n, v in counts.people.items()}
            out[name] = agreement.moments(cases[name], people, {n: v[rows] for n, v in counts.team.items()})
    return out


@pytest.mark.parametrize("name", NAMES)
def test_calendar_and_cohort_agree(name: str, proof: bool) -> None:
    agree(cohort_moments(proof)[name], calendar(scenario(name, proof), 300, 21))


def test_the_variants_differ_and_none_is_empty(proof: bool) -> None:
    """Each variant moves something: otherwise it would test nothing that the base does not."""
    found = cohort_moments(proof)
    base = found["base"]
    assert (base[0] > 0).all()
    for name in lumpable.NAMES[1:]:
        error = np.sqrt((base[1] + found[name][1]) / EACH)
        z = np.abs(found[name][0] - base[0]) / np.where(error > 0, error, 1.0)
        assert z.max() > 6, (name, z.round(1))


@pytest.mark.parametrize("name", INVENTED)
def test_cohort_and_process_model_agree(name: str, proof: bool) -> None:
    size, weeks, replications = (1.0, 104, 100) if proof else (0.1, 40, 12)
    c = INVENTED[name](size, weeks)
    rows = cohort_runs.simulate(c, replications=200, seed=23)
    agree(agreement.of_totals(c, rows), process_model(c, replications, 24))


def test_all_agree_with_the_process_model_on_a_tenth_of_the_base(proof: bool) -> None:
    weeks, replications = (104, 400) if proof else (30, 10)
    c = lumpable.variant("base", weeks)
    oracle = process_model(c, replications, 25)
    rows = cohort_runs.simulate(c, replications=3 * EACH, seed=26)
    agree(agreement.of_totals(c, rows), oracle)
    agree(calendar(c, 500, 27), oracle)


def test_all_three_agree_where_hours_are_ample(proof: bool) -> None:
    """The fluid mean has no error of its own: z-scores in errors of the others.

    Without limits, so that the heap of letters after the contact stop (from week 91 on) fits too.
    """
    base = lumpable.variant("base", 104 if proof else lumpable.WEEKS)
    none = np.full(base.weeks, -1)
    c = base.replace(minutes_available=np.full(base.weeks, 10**6), promise_limit=none, talk_limit=none)
    mean = fluid.mean(c)
    people = {name: values[0][None] for name, values in mean.people.items()}
    team = {name: values[0][None] for name, values in mean.team.items()}
    exact = agreement.values(c, people, team)[:, 0]
    rows = agreement.of_totals(c, cohort_runs.simulate(c, replications=200, seed=29))
    for found in (calendar(c, 1000, 28), rows):
        z = (found[0] - exact) / np.sqrt(found[1] / found[2])
        assert np.abs(z).max() < agreement.limit(FAMILY), z.round(1)


def test_calendar_and_cohort_agree_on_the_base_itself(proof: bool) -> None:
    """6,953 people and nine posts; five years in the long form."""
    c = compile_scenario(load_scenario().replace({"run.weeks": 260 if proof else 12}))
    rows = cohort_runs.simulate(c, replications=cohort.BLOCK if proof else 60, seed=29)
    agree(agreement.of_totals(c, rows), calendar(c, 500 if proof else 200, 30))
