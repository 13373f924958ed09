"""How often an interval holds the truth, by adding up every possible outcome (no simulation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.statistics import arguments, differences, populations, proportions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: Room for a truth that lies exactly on a limit, which rounding may put on either side.
EDGE = 1e-12


def binomial_pmf(n: int, p: float | Floats) -> Floats:
    """Return the chances of 0..n successes, one row per value of ``p`` (shape ``(*p.shape, n + 1)``)."""
    from scipy.special import gammaln, xlog1py, xlogy

    k = np.arange(n + 1, dtype=np.float64)
    rates = np.asarray(p, dtype=np.float64)[..., None]
    choose = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    chances: Floats = np.exp(choose + xlogy(k, rates) + xlog1py(n - k, -rates))
    return chances


def _all_limits(n: int, method: str, confidence: float) -> tuple[Floats, Floats]:
    x = np.arange(n + 1, dtype=np.float64)
    return proportions.limits(x, np.full(n + 1, float(n)), method, confidence)


def proportion_coverage(n: int, p: ArrayLike, *, method: str = "wilson", confidence: float = 0.95) -> Floats:
    """Return the chance that the interval for one share holds the true share.

    Parameters
    ----------
    n
        Sample size.
    p
        True shares, any shape.
    method
        One of the methods for an endless population.
    confidence
        Nominal confidence.

    Returns
    -------
    numpy.ndarray
        Coverage in 0..1, in the shape of ``p``.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    size = arguments.count("n", n, low=1)
    method = arguments.one_of("method", method, proportions.LOWER)
    low, high = _all_limits(size, method, arguments.confidence_level(confidence))
    truth = np.asarray(p, dtype=np.float64)
    held = (low <= truth[..., None] + EDGE) & (truth[..., None] <= high + EDGE)
    total: Floats = (binomial_pmf(size, truth) * held).sum(axis=-1)
    return total


def expected_width(n: int, p: ArrayLike, *, method: str = "wilson", confidence: float = 0.95) -> Floats:
    """Return the mean width of the interval for one share, over all outcomes.

    Parameters and errors as in :func:`proportion_coverage`.
    """
    size = arguments.count("n", n, low=1)
    method = arguments.one_of("method", method, proportions.LOWER)
    low, high = _all_limits(size, method, arguments.confidence_level(confidence))
    width: Floats = binomial_pmf(size, np.asarray(p, dtype=np.float64)) @ (high - low)
    return width


def difference_coverage(
    n1: int, n2: int, p1: ArrayLike, p2: ArrayLike, *, method: str = "newcombe", confidence: float = 0.95
) -> Floats:
    """Return the chance that the interval for a difference holds the true difference.

    Parameters
    ----------
    n1, n2
        Group sizes, treated first.
    p1, p2
        True shares, of one shape.
    method
        One of the methods for a difference.
    confidence
        Nominal confidence.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    size1, size2 = arguments.count("n1", n1, low=1), arguments.count("n2", n2, low=1)
    method = arguments.one_of("method", method, differences.LOWER)
    confidence = arguments.confidence_level(confidence)
    x1, x2 = np.meshgrid(np.arange(size1 + 1.0), np.arange(size2 + 1.0), indexing="ij")
    low, high = differences.limits(
        x1, np.full_like(x1, size1), x2, np.full_like(x2, size2), method, confidence
    )
    truth1, truth2 = np.broadcast_arrays(np.asarray(p1, dtype=np.float64), np.asarray(p2, dtype=np.float64))
    result = np.empty(truth1.shape)
    for place in np.ndindex(truth1.shape):
        delta = truth1[place] - truth2[place]
        held = (low <= delta + EDGE) & (delta <= high + EDGE)
        result[place] = binomial_pmf(size1, truth1[place]) @ held @ binomial_pmf(size2, truth2[place])
    return result


def population_coverage(population: int, n: int, *, confidence: float = 0.95) -> Floats:
    """Return the chance that the hypergeometric interval holds the true count, for each count 0..population.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    whole = arguments.count("population", population, low=1)
    size = arguments.count("n", n, low=1)
    confidence = arguments.confidence_level(confidence)
    limits = [populations.count_limits(x, size, whole, confidence) for x in range(size + 1)]
    low, high = np.array(limits, dtype=np.float64).T
    have, seen = np.meshgrid(np.arange(whole + 1.0), np.arange(size + 1.0), indexing="ij")
    possible = (seen <= have) & (size - seen <= whole - have)
    k, m = np.where(possible, seen, 0.0), np.where(possible, have, 0.0)
    rest = np.where(possible, size - seen, 0.0)
    logs = populations.log_choose(m, k) + populations.log_choose(whole - m, rest)
    chances = np.where(possible, np.exp(logs - populations.log_choose(whole, size)), 0.0)
    total: Floats = (chances * ((low <= have) & (have <= high))).sum(axis=1)
    return total
