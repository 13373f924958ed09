"""The engine draws from the distribution that an independent process model leads to.

It is a model in SimPy, written from ``docs/model.md``. Ten statistics named beforehand
(``agreement.STATISTICS``) per scenario; fixed seeds; all z-scores of this module together are judged at one
in ten thousand.
"""

from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity import engine
from kik_analysis.capacity.compiled import Compiled, check
from tests.capacity import agreement, lumpable
from tests.oracle import town

Moments = tuple[Any, Any, int]
INVENTED = {f.__name__: f for f in agreement.SCENARIOS}
FAMILY = (len(INVENTED) + len(lumpable.NAMES)) * len(agreement.STATISTICS)


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


@pytest.mark.parametrize("name", INVENTED)
def test_the_process_model_agrees(name: str, proof: bool) -> None:
    size, weeks, replications = (1.0, 104, 100) if proof else (0.1, 40, 8)
    c = INVENTED[name](size, weeks)
    agree(calendar(c, 400, 23), process_model(c, replications, 24))


@pytest.mark.long(every=7)
@pytest.mark.parametrize("name", lumpable.NAMES)
def test_the_process_model_agrees_on_a_tenth_of_the_base(name: str, proof: bool) -> None:
    """The base and variants of it; the contact stop begins within the run."""
    weeks, replications = (104, 400) if proof else (30, 5)
    c = lumpable.variant(name, weeks)
    agree(calendar(c, 400, 27), process_model(c, replications, 25))
