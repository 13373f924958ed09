"""Random draws on counts, for all replications of a block at once.

Textbook draws (binomial, multinomial, hypergeometric, geometric, Poisson); where only few people are
concerned they are made person by person, which is the same distribution and cheaper. Numbers come from
NumPy's Philox (Salmon et al. 2011), one stream per block of replications.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Later than any week of a run.
LATE = 1 << 20
_CERTAIN = 1 - 2.0**-53  # the largest probability below one: what is certain fails to happen once in 10**16


def hazard(p: Array) -> Array:
    """-log(1 - p): what makes the number of weeks to an event the whole part of an exponential, plus one."""
    return np.asarray(-np.log1p(-np.minimum(p, _CERTAIN)))


class Chance:
    """Draws for one block of replications; they depend on seed and block and on nothing else."""

    def __init__(self, seed: int, block: int) -> None:
        self.rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, block])))

    def split(self, n: Array, p: Array) -> Array:
        """Divide people over categories: n (e,), p (K, e) adding up to 1 -> (K, e)."""
        total = int(n.sum())
        if total > 4 * len(n):
            p = np.maximum(p, 0.0)
            return np.asarray(self.rng.multinomial(n, (p / p.sum(axis=0)).T).T)
        single = total == len(n)
        entry = np.arange(len(n)) if single else np.repeat(np.arange(len(n)), n)
        edge = np.cumsum(p, axis=0)
        u = self.rng.random(len(entry))
        u *= edge[-1] if single else edge[-1][entry]
        category = np.zeros(len(entry), dtype=np.int64)
        for step in edge[:-1]:
            category += u >= (step if single else step[entry])
        return np.bincount(category * len(n) + entry, minlength=len(p) * len(n)).reshape(len(p), len(n))

    def binomial(self, n: Array, p: Array) -> Array:
        """Successes among n, each with probability p: (e,)."""
        if n.sum() == len(n):  # nobody is in company
            return (self.rng.random(len(n)) < p).astype(np.int64)
        return np.asarray(self.rng.binomial(n, p))

    def weeks(self, p: Array) -> Array:
        """Geometric number of weeks until an event with weekly probability p: 1, 2, ..., ``LATE``."""
        rate = hazard(p)
        time = self.rng.standard_exponential(len(p))
        late = time >= LATE * rate
        return np.where(late, LATE, time / np.where(late, 1.0, rate)).astype(np.int64) + ~late

    def weeks_within(self, p: Array, most: Array) -> Array:
        """The same, given that the event happens within ``most`` weeks."""
        rate = hazard(p)
        below = -np.expm1(-rate * most)
        time = -np.log1p(-self.rng.random(len(p)) * below)
        return np.asarray(np.minimum((time / rate).astype(np.int64) + 1, most))

    def arrivals(self, mean: Array, fixed: Array, p: Array, rows: int) -> Array:
        """People coming in by category: mean and fixed (rows or 1,), p (K, rows or 1) -> (K, rows)."""
        number = self.rng.poisson(np.broadcast_to(mean, rows)) + fixed
        share = np.broadcast_to((p / p.sum(axis=0)).T, (rows, len(p)))
        return np.asarray(self.rng.multinomial(number, share).T)

    def order_statistic(self, place: Array, n: Array) -> Array:
        """Position, uniform on (0, 1), of number ``place`` (from 1) among n."""
        return np.asarray(self.rng.beta(place, n - place + 1))

    def points(self, length: float) -> Array:
        """Events of a Poisson process of rate one on (0, length), in order."""
        points = np.cumsum(self.rng.standard_exponential(int(length + 4 * length**0.5) + 16))
        while points[-1] < length:
            more = np.cumsum(self.rng.standard_exponential(1000)) + points[-1]
            points = np.concatenate([points, more])
        return points[: np.searchsorted(points, length)]
