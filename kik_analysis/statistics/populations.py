"""Limits for a share of a *finite* population: how many of N have a trait, seen in n drawn without return.

No mainstream Python library has these (statsmodels issue 6878). The limits are whole persons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Relative room inside which a tail counts as exactly alpha / 2: sums of floats cannot tell them apart.
TIE = 1e-9


def log_choose(n: float | Floats, k: float | Floats) -> Floats:
    """Return the logarithm of the binomial coefficient, by log-gamma."""
    from scipy.special import gammaln

    n, k = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    value: Floats = np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), dtype=np.float64)
    return value


class _Upper:
    """P(X >= x) as a function of the number K of people with the trait."""

    def __init__(self, x: int, n: int, population: int) -> None:
        from scipy.special import gammaln

        self._gammaln = gammaln
        self._k = np.arange(x, n + 1, dtype=np.float64)
        self._fixed = -gammaln(self._k + 1.0) - gammaln(n - self._k + 1.0) - float(log_choose(population, n))
        self._n, self._population = n, population

    def __call__(self, have: int) -> float:
        without = self._population - have
        first, last = max(int(self._k[0]), self._n - without), min(self._n, have)
        if last < first:
            return 0.0
        offset = int(self._k[0])
        part = slice(first - offset, last - offset + 1)
        k = self._k[part]
        constant = self._gammaln(have + 1.0) + self._gammaln(without + 1.0)
        logs = constant + self._fixed[part]
        logs = logs - self._gammaln(have - k + 1.0) - self._gammaln(without - self._n + k + 1.0)
        return float(np.exp(logs).sum())


def fewest(x: int, n: int, population: int, confidence: float) -> int:
    """Return the fewest people with the trait that are compatible with ``x`` of ``n``.

    The smallest K with ``P(X >= x | K) > alpha / 2`` (equal tails; Konijn 1973, p. 79; Wright 1991), found by
    bisection because the tail rises with K.
    """
    if x == 0:
        return 0
    target = (1.0 - confidence) / 2.0 * (1.0 + TIE)
    tail = _Upper(x, n, population)
    low, high = x, population - n + x
    while low < high:
        middle = (low + high) // 2
        if tail(middle) > target:
            high = middle
        else:
            low = middle + 1
    return low


def count_limits(x: int, n: int, population: int, confidence: float) -> tuple[int, int]:
    """Return the fewest and the most people with the trait in the whole population."""
    return fewest(x, n, population, confidence), population - fewest(n - x, n, population, confidence)


def predicted_count_limits(
    x: int, n: int, population: int, confidence: float, a: float, b: float
) -> tuple[int, int]:
    """Return equal-tailed limits for the count under a Beta(a, b) prior on the share.

    Given the sample, the number among the ``population - n`` unseen people is Beta-binomial
    (Skellam 1948); the limits are its quantiles plus ``x``.
    """
    from scipy.special import betaln

    rest = population - n
    k = np.arange(rest + 1, dtype=np.float64)
    logs = log_choose(rest, k) + betaln(a + x + k, b + n - x + rest - k) - betaln(a + x, b + n - x)
    below = np.cumsum(np.exp(logs))
    below /= below[-1]
    tail = (1.0 - confidence) / 2.0
    low = int(np.searchsorted(below, tail * (1.0 - TIE)))
    high = int(np.searchsorted(below, (1.0 - tail) * (1.0 - TIE / 100.0)))
    return x + low, x + min(high, rest)
