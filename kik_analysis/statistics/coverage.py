"""How often an interval holds the truth, by adding up every possible outcome (no simulation)."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics import populations
from kik_analysis.statistics.intervals import Difference, Endless, difference_limits, limits

__all__ = ["difference", "population", "proportion"]

#: Room for a truth that lies exactly on a limit, which rounding may put on either side.
EDGE = 1e-12
_REMEDY = "ask for a smaller group: coverage at this size is nominal"


def binomial_pmf(n: int, p: float | arg.Floats) -> arg.Floats:
    """Return the chances of 0..n successes, one row per value of ``p`` (shape ``(*p.shape, n + 1)``)."""
    from scipy.special import xlog1py, xlogy

    k = np.arange(n + 1, dtype=np.float64)
    rates = np.asarray(p, dtype=np.float64)[..., None]
    chances: arg.Floats = np.exp(populations.log_choose(n, k) + xlogy(k, rates) + xlog1py(n - k, -rates))
    return chances


def _all_limits(n: int, truths: arg.Floats, method: str, confidence: float) -> tuple[arg.Floats, arg.Floats]:
    arg.fits((n + 1.0) * truths.size, f"n is {n}: coverage of {truths.size} shares", _REMEDY)
    return limits(np.arange(n + 1.0), np.full(n + 1, float(n)), method, confidence)


@arg.checked
def proportion(
    n: arg.Some, p: arg.Shares, *, method: Endless = "wilson", confidence: arg.Confidence = 0.95
) -> arg.Floats:
    """Return the chance that the interval for one share holds the true share.

    Parameters
    ----------
    n
        Sample size, at least 1.
    p
        True shares in 0..1, any shape.
    method
        One of the methods of ``intervals.proportion`` for an endless population.

    Returns
    -------
    numpy.ndarray
        Coverage in 0..1, in the shape of ``p``.
    """
    truth = np.asarray(p)
    low, high = _all_limits(n, truth, method, confidence)
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
    """Return the chance that the interval for a difference holds the true difference.

    Parameters
    ----------
    n1, n2
        Group sizes, treated first.
    p1, p2
        True shares in 0..1; numbers or arrays that broadcast.
    method
        One of the methods of ``intervals.difference``.

    Returns
    -------
    numpy.ndarray
        Coverage in 0..1, in the shape of the shares.
    """
    arg.fits((n1 + 1.0) * (n2 + 1.0), f"n1 is {n1} and n2 is {n2}: coverage", _REMEDY)
    x1, x2 = np.meshgrid(np.arange(n1 + 1.0), np.arange(n2 + 1.0), indexing="ij")
    low, high = difference_limits(x1, np.full_like(x1, n1), x2, np.full_like(x2, n2), method, confidence)
    truth1, truth2 = arg.alike(p1=np.asarray(p1), p2=np.asarray(p2))
    result = np.empty(truth1.shape)
    for place in np.ndindex(truth1.shape):
        delta = truth1[place] - truth2[place]
        held = (low <= delta + EDGE) & (delta <= high + EDGE)
        result[place] = binomial_pmf(n1, truth1[place]) @ held @ binomial_pmf(n2, truth2[place])
    return result


@arg.checked
def population(
    population: arg.Some,
    n: Annotated[int, arg.Whole(1, of="population")],
    *,
    confidence: arg.Confidence = 0.95,
) -> arg.Floats:
    """Return the chance that the hypergeometric interval holds the true count, for each count 0..population.

    Parameters
    ----------
    population, n
        People in all, and people drawn without return (at most all).

    Returns
    -------
    numpy.ndarray
        Coverage in 0..1, shape (population + 1,).
    """
    arg.fits((population + 1.0) * (n + 1.0), f"population is {population} and n is {n}: coverage", _REMEDY)
    ends = [populations.count_limits(x, n, population, confidence) for x in range(n + 1)]
    low, high = np.array(ends, dtype=np.float64).T
    have, seen = np.meshgrid(np.arange(population + 1.0), np.arange(n + 1.0), indexing="ij")
    possible = (seen <= have) & (n - seen <= population - have)
    k, m = np.where(possible, seen, 0.0), np.where(possible, have, 0.0)
    rest = np.where(possible, n - seen, 0.0)
    logs = populations.log_choose(m, k) + populations.log_choose(population - m, rest)
    chances = np.where(possible, np.exp(logs - populations.log_choose(population, n)), 0.0)
    return np.asarray((chances * ((low <= have) & (have <= high))).sum(axis=1))
