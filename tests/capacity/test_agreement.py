"""The engine draws from the distribution that two other roads lead to.

One is an independent process model in SimPy, written from ``docs/model.md``; the other an engine of counts
that this house once had: its last numbers are kept in ``tests/back/cohort.json`` and hold as long as
the compiled scenarios are the same. Ten statistics named beforehand (``agreement.STATISTICS``) per scenario;
fixed seeds; all z-scores of this module together are judged at one in ten thousand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity import engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled, check
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity import agreement, lumpable
from tests.oracle import town

Moments = tuple[Any, Any, int]
KEPT = json.loads((Path(__file__).parents[1] / "back" / "cohort.json").read_text(encoding="utf-8"))[
    "scenarios"
]
INVENTED = {f.__name__: f for f in agreement.SCENARIOS}
FULL_SIZE = "full size"
FAMILY = (len(KEPT) + len(INVENTED) + 1) * len(agreement.STATISTICS)


def agree(one: Moments, two: Moments) -> None:
    z = agreement.z_scores(one, two)
    assert np.abs(z).max() < agreement.limit(FAMILY), dict(zip(agreement.STATISTICS, z.round(1), strict=True))


def calendar(c: Compiled, replications: int, seed: int) -> Moments:
    return agreement.of_totals(c, engine.simulate(c, replications=replications, seed=seed, workers=1))


def process_model(c: Compiled, replications: int, seed: int) -> Moments:
    check(c)
    runs = town.simulate(c, replications, seed)
    people = {name: runs[name] for name in town.PEOPLE}
    return agreement.moments(c, people, {name: runs[name] for name in town.TEAM})


def scenario(name: str) -> Compiled:
    """The scenario that the engine of counts ran; variants of the base see the contact stop begin."""
    if name == FULL_SIZE:
        return compile_scenario(load_scenario().replace({"run.weeks": 12}))
    return INVENTED[name](0.2, 30) if name in INVENTED else lumpable.variant(name)


@pytest.mark.parametrize("name", KEPT)
def test_the_numbers_of_the_engine_of_counts_hold(name: str) -> None:
    kept, c = KEPT[name], scenario(name)
    assert c.digest() == kept["digest"], "the model changed: what was kept speaks of another scenario"
    found = (np.array(kept["mean"]), np.array(kept["variance"]), kept["replications"])
    agree(calendar(c, 200 if name == FULL_SIZE else 300, 21), found)


def test_the_variants_differ_and_none_is_empty() -> None:
    """Each variant moves something: otherwise it would test nothing that the base does not."""
    base = KEPT["base"]
    assert min(base["mean"]) > 0
    for name in lumpable.NAMES[1:]:
        error = np.sqrt((np.array(base["variance"]) + KEPT[name]["variance"]) / base["replications"])
        z = np.abs(np.array(KEPT[name]["mean"]) - base["mean"]) / np.where(error > 0, error, 1.0)
        assert z.max() > 6, (name, z.round(1))


@pytest.mark.parametrize("name", INVENTED)
def test_the_process_model_agrees(name: str, proof: bool) -> None:
    size, weeks, replications = (1.0, 104, 100) if proof else (0.1, 40, 12)
    c = INVENTED[name](size, weeks)
    agree(calendar(c, 400, 23), process_model(c, replications, 24))


def test_the_process_model_agrees_on_a_tenth_of_the_base(proof: bool) -> None:
    weeks, replications = (104, 400) if proof else (30, 10)
    c = lumpable.variant("base", weeks)
    agree(calendar(c, 500, 27), process_model(c, replications, 25))
