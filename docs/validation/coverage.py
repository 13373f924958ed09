"""How often an interval holds the truth (0..1), by adding up every possible outcome (no simulation)."""

import numpy as np

from kik_analysis.statistics.intervals import (
    binomial_pmf,
    count_limits,
    difference_limits,
    limits,
    log_choose,
)

__all__ = ["difference", "population", "proportion"]

#: Room for a truth that lies exactly on a limit, which rounding may put on either side.
EDGE = 1e-12


def proportion(n, p, *, method="wilson", confidence=0.95):
    """Return the coverage of the interval for one share, in the shape of the true shares ``p``."""
    truth = np.asarray(p, dtype=float)
    low, high = limits(np.arange(n + 1.0), np.full(n + 1, float(n)), method, confidence)
    held = (low <= truth[..., None] + EDGE) & (truth[..., None] <= high + EDGE)
    return (binomial_pmf(n, truth) * held).sum(axis=-1)


def difference(n1, n2, p1, p2, *, method="newcombe", confidence=0.95):
    """Return the coverage of the interval for a difference, in the shape of the true shares."""
    x1, x2 = np.meshgrid(np.arange(n1 + 1.0), np.arange(n2 + 1.0), indexing="ij")
    low, high = difference_limits(x1, np.full_like(x1, n1), x2, np.full_like(x2, n2), method, confidence)
    truth1, truth2 = np.broadcast_arrays(p1, p2)
    chance1, chance2, result = binomial_pmf(n1, truth1), binomial_pmf(n2, truth2), np.empty(truth1.shape)
    for place in np.ndindex(truth1.shape):
        delta = truth1[place] - truth2[place]
        held = (low <= delta + EDGE) & (delta <= high + EDGE)
        result[place] = chance1[place] @ held @ chance2[place]
    return result


def population(population, n, *, confidence=0.95):
    """Return the coverage of the hypergeometric interval for each true count 0..population."""
    ends = [count_limits(x, n, population, confidence) for x in range(n + 1)]
    low, high = np.array(ends, dtype=float).T
    have, seen = np.meshgrid(np.arange(population + 1.0), np.arange(n + 1.0), indexing="ij")
    possible = (seen <= have) & (n - seen <= population - have)
    k, m = np.where(possible, seen, 0.0), np.where(possible, have, 0.0)
    logs = log_choose(m, k) + log_choose(population - m, np.where(possible, n - seen, 0.0))
    chances = np.where(possible, np.exp(logs - log_choose(population, n)), 0.0)
    return (chances * ((low <= have) & (have <= high))).sum(axis=1)
