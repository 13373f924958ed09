"""Limits for one share of a large (infinite) population, every method over whole arrays at once.

Each method is written once, as its *lower* limit; the upper limit is the reflection
``high(x) = 1 - low(n - x)``, so that symmetry holds by construction. statsmodels has most of these right
(the tests compare), but importing it costs more than a second and its limits are not held inside [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Lower = Callable[[Floats, Floats, float], Floats]

#: Halvings that bring a bracket of width 1 below the spacing of floats.
BISECTIONS = 60


def normal_quantile(confidence: float) -> float:
    """Return the two-sided standard normal quantile, 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(-ndtri((1.0 - confidence) / 2.0))


def wilson_low(x: Floats, n: Floats, confidence: float) -> Floats:
    """Lower score limit of Wilson (1927), in a form without cancellation.

    The usual ``(c - d) / (2 (n + z^2))`` with ``c = 2x + z^2`` and ``d = z sqrt(z^2 + 4x(1 - x/n))`` is
    multiplied by ``(c + d) / (c + d)``; the result is exactly 0 at x = 0.
    """
    z = normal_quantile(confidence)
    root = np.asarray(1.0 - x / n)  # worked on in place: a million limits are a matter of memory traffic
    root *= x
    root *= 4.0
    root += z * z
    np.sqrt(root, out=root)
    root *= z
    root += 2.0 * x
    root += z * z
    root *= n
    low: Floats = 2.0 * x * x / root
    return low


def wilson_corrected_low(x: Floats, n: Floats, confidence: float) -> Floats:
    """Lower score limit with continuity correction: Newcombe (1998a), method 4."""
    z = normal_quantile(confidence)
    p = x / n
    root = z * np.sqrt(np.maximum(z * z - 2.0 - 1.0 / n + 4.0 * p * (n - x + 1.0), 0.0))
    low = (2.0 * x + z * z - 1.0 - root) / (2.0 * (n + z * z))
    return np.where(x == 0, 0.0, low)


def clopper_pearson_low(x: Floats, n: Floats, confidence: float) -> Floats:
    """Lower exact limit of Clopper and Pearson (1934), as a Beta(x, n - x + 1) quantile."""
    from scipy.special import betaincinv

    low = betaincinv(np.maximum(x, 1.0), n - x + 1.0, (1.0 - confidence) / 2.0)
    return np.where(x == 0, 0.0, low)


def jeffreys_low(x: Floats, n: Floats, confidence: float) -> Floats:
    """Lower limit under Jeffreys' prior Beta(1/2, 1/2), 0 at x = 0: Brown, Cai and DasGupta (2001), eq. 8."""
    return np.where(x == 0, 0.0, beta_low(x, n, confidence, 0.5, 0.5))


def beta_low(x: Floats, n: Floats, confidence: float, a: float, b: float) -> Floats:
    """Lower equal-tailed limit of the posterior Beta(a + x, b + n - x)."""
    from scipy.special import betaincinv

    low: Floats = np.asarray(betaincinv(a + x, b + n - x, (1.0 - confidence) / 2.0), dtype=np.float64)
    return low


def mid_p_low(x: Floats, n: Floats, confidence: float) -> Floats:
    """Lower mid-p limit: solves ``P(X > x) + P(X = x) / 2 = alpha / 2`` (Berry and Armitage 1995).

    With ``P(X >= k | p) = I_p(k, n - k + 1)`` the left side is the mean of two incomplete beta functions.
    """
    from scipy.special import betainc

    target = (1.0 - confidence) / 2.0
    left, right = np.zeros_like(x), np.ones_like(x)
    last = x >= n
    rest = np.where(last, 1.0, n - x)  # a stand-in where P(X >= n + 1) = 0
    for _ in range(BISECTIONS):
        middle = (left + right) / 2.0
        above = np.where(last, 0.0, betainc(x + 1.0, rest, middle))
        reach = betainc(np.maximum(x, 1.0), n - x + 1.0, middle)
        small = (above + reach) / 2.0 < target
        left, right = np.where(small, middle, left), np.where(small, right, middle)
    return np.where(x == 0, 0.0, (left + right) / 2.0)


def agresti_coull_low(x: Floats, n: Floats, confidence: float) -> Floats:
    """Lower limit of Agresti and Coull (1998): Wald with z^2/2 successes and failures added; cut off at 0."""
    z = normal_quantile(confidence)
    size = n + z * z
    middle = (x + z * z / 2.0) / size
    return np.maximum(middle - z * np.sqrt(middle * (1.0 - middle) / size), 0.0)


LOWER: dict[str, Lower] = {
    "wilson": wilson_low,
    "wilson-corrected": wilson_corrected_low,
    "clopper-pearson": clopper_pearson_low,
    "jeffreys": jeffreys_low,
    "mid-p": mid_p_low,
    "agresti-coull": agresti_coull_low,
}


def limits(x: Floats, n: Floats, method: str, confidence: float) -> tuple[Floats, Floats]:
    """Return both limits of a method in :data:`LOWER` for arrays of one shape."""
    lower = LOWER[method]
    return lower(x, n, confidence), 1.0 - lower(n - x, n, confidence)


def beta_limits(x: Floats, n: Floats, confidence: float, a: float, b: float) -> tuple[Floats, Floats]:
    """Return both equal-tailed posterior limits under the prior Beta(a, b)."""
    return beta_low(x, n, confidence, a, b), 1.0 - beta_low(n - x, n, confidence, b, a)
