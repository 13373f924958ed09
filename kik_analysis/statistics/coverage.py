"""How often an interval holds the truth (0..1), by adding up every possible outcome (no simulation)."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import Difference, Endless, difference_limits, limits
from kik_analysis.statistics.populations import count_limits, log_choose

__all__ = ["difference", "population", "proportion"]

#: Room for a truth that lies exactly on a limit, which rounding may put on either side.
EDGE = 1e-12
_REMEDY = "ask for a smaller group: coverage at this size is nominal"


def binomial_pmf(n: int, p: float | arg.Floats) -> arg.Floats:
    """Return the chances of 0..n successes, one row per value of ``p`` (shape ``(*p.shape, n + 1)``)."""
    from scipy.special import xlog1py, xlogy

    k = np.arange(n + 1, dtype=np.float64)
    rates = np.asarray(p, dtype=np.float64)[..., None]
    chances: arg.Floats = np.exp(log_choose(n, k) + xlogy(k, rates) + xlog1py(n - k, -rates))
    return chances


@arg.checked
def proportion(
    n: arg.Some, p: arg.Shares, *, method: Endless = "wilson", confidence: arg.Confidence = 0.95
) -> arg.Floats:
    """Return the coverage of the interval for one share, in the shape of ``p``.

    ``n``, ``p``: sample size, and true shares in 0..1, any shape. ``method``: one of the methods of
    ``intervals.proportion`` for an endless population.
    """
    truth = np.asarray(p)
    arg.fits((n + 1.0) * truth.size, f"n is {n}: coverage of {truth.size} shares", _REMEDY)
    low, high = limits(np.arange(n + 1.0), np.full(n + 1, float(n)), method, confidence)
    held = (low <= truth[..., None] + EDGE) & (truth[..., None] <= high + EDGE)
    return np.asarray((binomial_pmf(n, truth) * held).sum(axis=-1))


@arg.checked
def difference(
    n1: arg.Group,
    n2: arg.Group,
    p1: arg.Shares,
    p2: arg.Shares,
    *,
    method: Difference = "newcombe",
    confidence: arg.Confidence = 0.95,
) -> arg.Floats:
    """Return the coverage of the interval for a difference, in the shape that the true shares broadcast to.

    ``method`` is one of the methods of ``intervals.difference``.
    """
    arg.fits((n1 + 1.0) * (n2 + 1.0), f"n1 is {n1} and n2 is {n2}: coverage", _REMEDY)
    x1, x2 = np.meshgrid(np.arange(n1 + 1.0), np.arange(n2 + 1.0), indexing="ij")
    low, high = difference_limits(x1, np.full_like(x1, n1), x2, np.full_like(x2, n2), method, confidence)
    truth1, truth2 = arg.alike(p1=p1, p2=p2)
    result = np.empty(truth1.shape)
    for place in np.ndindex(truth1.shape):
        delta = truth1[place] - truth2[place]
        held = (low <= delta + EDGE) & (delta <= high + EDGE)
        result[place] = binomial_pmf(n1, truth1[place]) @ held @ binomial_pmf(n2, truth2[place])
    return result


@arg.checked
def population(
    population: arg.Some,
    n: Annotated[int, arg.whole(1, of="population")],
    *,
    confidence: arg.Confidence = 0.95,
) -> arg.Floats:
    """Return the coverage of the hypergeometric interval for each true count 0..population.

    ``population``, ``n``: people in all, and people drawn without return (at most all).
    """
    arg.fits((population + 1.0) * (n + 1.0), f"population is {population} and n is {n}: coverage", _REMEDY)
    ends = [count_limits(x, n, population, confidence) for x in range(n + 1)]
    low, high = np.array(ends, dtype=np.float64).T
    have, seen = np.meshgrid(np.arange(population + 1.0), np.arange(n + 1.0), indexing="ij")
    possible = (seen <= have) & (n - seen <= population - have)
    k, m = np.where(possible, seen, 0.0), np.where(possible, have, 0.0)
    logs = log_choose(m, k) + log_choose(population - m, np.where(possible, n - seen, 0.0))
    chances = np.where(possible, np.exp(logs - log_choose(population, n)), 0.0)
    return np.asarray((chances * ((low <= have) & (have <= high))).sum(axis=1))
