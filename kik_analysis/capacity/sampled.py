"""A result that kept every run: exact quantiles, for a few dozen draws of the parameters.

Histograms of 64 bins serve thousands of runs. Of a few dozen runs that lie far apart they would make the
bands rough, and everything still fits in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import individuals
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.results import CHANCE_AND_PARAMETERS, QUANTILES, Result
from kik_analysis.capacity.uncertainty import spread
from kik_analysis.parameters.scenario import Scenario

Numbers = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Sampled(Result):
    """A result of which every record is at hand.

    Attributes
    ----------
    records
        What each replication recorded: (replications, weeks then quarters then the whole run, columns).
    """

    records: npt.NDArray[np.int64] | None = None

    def shares(self, part: str, whole: str) -> npt.NDArray[np.float64]:
        """Share of one measure in another over the whole run, by replication; 0 of nothing is 0."""
        assert self.records is not None
        above, below = (self.records[:, -1, place(self.compiled, name)] for name in (part, whole))
        return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)

    @cached_property
    def _exact(self) -> Numbers:
        assert self.records is not None
        n = len(self.records)
        found: Numbers = {"mean": self.records.mean(axis=0)}
        found["mean_error"] = self.records.std(axis=0, ddof=1) / np.sqrt(n)
        found |= zip(_names(), np.quantile(self.records, QUANTILES, axis=0), strict=True)
        return found

    def _numbers(self, errors: bool) -> Numbers:
        assert self.records is not None
        out = dict(self._exact)
        for name, q in zip(_names() if errors else (), QUANTILES, strict=False):
            # half the distance between the quantiles a binomial standard deviation to either side
            d = float(np.sqrt(q * (1 - q) / len(self.records)))
            low, high = np.quantile(self.records, (max(q - d, 0), min(q + d, 1)), axis=0)
            out[f"{name}_error"] = (high - low) / 2
        return out


def _names() -> Sequence[str]:
    return [f"q{round(100 * q):02d}" for q in QUANTILES]


def over_parameters(scenario: Scenario, *, draws: int, seed: int, workers: int | None = None) -> Sampled:
    """Run a scenario once for each draw of its uncertain parameters.

    Parameters
    ----------
    scenario
        The scenario.
    draws
        Draws, at least two; together they cover the ranges evenly (``uncertainty.spread``).
    seed
        Of the draws and of the futures.
    workers
        Threads; the numbers do not depend on it.
    """
    compiled = compile_scenario(scenario)
    drawn = [compile_scenario(scenario, at) for at in spread(scenario, seed, draws)]
    records = individuals.samples(
        drawn.__getitem__, slice(None), replications=draws, seed=seed, workers=workers
    )
    return Sampled(compiled, "calendar", seed, draws, CHANCE_AND_PARAMETERS, None, None, records)
