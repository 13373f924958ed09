"""Chances of counts, and limits in a *finite* population: how many of N have a trait, by n drawn from it.

No mainstream Python library has these (statsmodels issue 6878). The limits are whole persons.
"""

from __future__ import annotations

import numpy as np

from kik_analysis.statistics import arguments as arg

#: Relative room inside which a tail counts as exactly alpha / 2: sums of floats cannot tell them apart.
TIE = 1e-9


def log_choose(n: float | arg.Floats, k: float | arg.Floats) -> arg.Floats:
    """Return the logarithm of the binomial coefficient, by log-gamma."""
    from scipy.special import gammaln

    n, k = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), dtype=np.float64)


def binomial_pmf(n: int, p: float | arg.Floats) -> arg.Floats:
    """Return the chances of 0..n successes, one row per value of ``p`` (shape ``(*p.shape, n + 1)``)."""
    from scipy.special import xlog1py, xlogy

    k = np.arange(n + 1, dtype=np.float64)
    rates = np.asarray(p, dtype=np.float64)[..., None]
    chances: arg.Floats = np.exp(log_choose(n, k) + xlogy(k, rates) + xlog1py(n - k, -rates))
    return chances


def fewest(x: int, n: int, population: int, confidence: float) -> int:
    """Return the fewest people with the trait that are compatible with ``x`` of ``n``.

    The smallest K with ``P(X >= x | K) > alpha / 2`` (equal tails; Konijn 1973, p. 79; Wright 1991), found by
    bisection because the tail rises with K.
    """
    if x == 0:
        return 0
    from scipy.special import gammaln

    arg.fits(n, f"n is {n}: the exact limits", "use method 'clopper-pearson', which is as good at this size")
    target = (1.0 - confidence) / 2.0 * (1.0 + TIE)
    k = np.arange(x, n + 1, dtype=np.float64)
    fixed = -gammaln(k + 1.0) - gammaln(n - k + 1.0) - float(log_choose(population, n))

    def tail(have: int) -> float:
        """P(X >= x) when ``have`` people have the trait; only the k that can occur are summed."""
        without = population - have
        possible = slice(max(0, n - without - x), max(0, min(n, have) - x + 1))
        seen = k[possible]
        logs = gammaln(have + 1.0) + gammaln(without + 1.0) + fixed[possible]
        logs = logs - gammaln(have - seen + 1.0) - gammaln(without - n + seen + 1.0)
        return float(np.exp(logs).sum())

    low, high = x, population - n + x
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if tail(middle) > target else (middle + 1, high)
    return low


def count_limits(x: int, n: int, population: int, confidence: float) -> tuple[int, int]:
    """Return the fewest and the most people with the trait in the whole population."""
    return fewest(x, n, population, confidence), population - fewest(n - x, n, population, confidence)
