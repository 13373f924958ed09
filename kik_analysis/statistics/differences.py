"""Limits for a difference between two independent shares, first minus second, over whole arrays at once.

Every method is written as its lower limit; the upper limit follows by exchanging the groups:
``high(1, 2) = -low(2, 1)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.statistics import proportions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Lower = Callable[[Floats, Floats, Floats, Floats, float], Floats]


def newcombe_low(x1: Floats, n1: Floats, x2: Floats, n2: Floats, confidence: float) -> Floats:
    """Lower hybrid score limit: Newcombe (1998b), method 10 (square-and-add of Wilson limits)."""
    return _square_and_add(x1, n1, x2, n2, "wilson", confidence)


def newcombe_corrected_low(x1: Floats, n1: Floats, x2: Floats, n2: Floats, confidence: float) -> Floats:
    """Lower hybrid score limit with continuity correction: Newcombe (1998b), method 11."""
    return _square_and_add(x1, n1, x2, n2, "wilson-corrected", confidence)


def _square_and_add(x1: Floats, n1: Floats, x2: Floats, n2: Floats, method: str, confidence: float) -> Floats:
    p1, p2 = x1 / n1, x2 / n2
    low1 = proportions.LOWER[method](x1, n1, confidence)
    high2 = 1.0 - proportions.LOWER[method](n2 - x2, n2, confidence)
    return np.maximum(p1 - p2 - np.hypot(p1 - low1, high2 - p2), -1.0)


def agresti_caffo_low(x1: Floats, n1: Floats, x2: Floats, n2: Floats, confidence: float) -> Floats:
    """Lower limit of Agresti and Caffo (2000): Wald with one success and one failure added per group."""
    p1, p2 = (x1 + 1.0) / (n1 + 2.0), (x2 + 1.0) / (n2 + 2.0)
    se = np.sqrt(p1 * (1.0 - p1) / (n1 + 2.0) + p2 * (1.0 - p2) / (n2 + 2.0))
    return np.clip(p1 - p2 - proportions.normal_quantile(confidence) * se, -1.0, 1.0)


def constrained_shares(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, delta: Floats
) -> tuple[Floats, Floats]:
    """Return the likeliest shares of both groups when their difference is held at ``delta``.

    The closed form of Miettinen and Nurminen (1985, appendix I) in the notation of Farrington and
    Manning (1990, p. 1453). statsmodels 0.15 has a wrong coefficient here (its issue 10269).
    """
    ratio = n2 / n1
    p1, p2 = x1 / n1, x2 / n2
    a = 1.0 + ratio
    b = -(1.0 + ratio + p1 + ratio * p2 + delta * (ratio + 2.0))
    c = delta * delta + delta * (2.0 * p1 + ratio + 1.0) + p1 + ratio * p2
    d = -p1 * delta * (1.0 + delta)
    third = b / (3.0 * a)
    v = third**3 - b * c / (6.0 * a * a) + d / (2.0 * a)
    u = np.sqrt(np.maximum(third * third - c / (3.0 * a), 0.0))
    u = np.where(v < 0.0, -u, u)
    cube = u**3
    cosine = np.clip(np.divide(v, cube, out=np.ones_like(cube), where=cube != 0.0), -1.0, 1.0)
    share1 = 2.0 * u * np.cos((np.pi + np.arccos(cosine)) / 3.0) - third
    share1 = np.clip(share1, np.maximum(0.0, delta), np.minimum(1.0, 1.0 + delta))
    return share1, np.clip(share1 - delta, 0.0, 1.0)


def _score_low(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, confidence: float, variance_factor: Floats
) -> Floats:
    z = proportions.normal_quantile(confidence)
    seen = x1 / n1 - x2 / n2
    left, right = np.full_like(seen, -1.0), seen.copy()
    for _ in range(proportions.BISECTIONS):
        delta = (left + right) / 2.0
        share1, share2 = constrained_shares(x1, n1, x2, n2, delta)
        variance = (share1 * (1.0 - share1) / n1 + share2 * (1.0 - share2) / n2) * variance_factor
        beyond = (seen - delta) > z * np.sqrt(variance)
        left, right = np.where(beyond, delta, left), np.where(beyond, right, delta)
    return (left + right) / 2.0


def miettinen_nurminen_low(x1: Floats, n1: Floats, x2: Floats, n2: Floats, confidence: float) -> Floats:
    """Lower score limit of Miettinen and Nurminen (1985), variance multiplied by N / (N - 1)."""
    total = n1 + n2
    return _score_low(x1, n1, x2, n2, confidence, total / (total - 1.0))


def mee_low(x1: Floats, n1: Floats, x2: Floats, n2: Floats, confidence: float) -> Floats:
    """Lower score limit of Mee (1984): Miettinen and Nurminen's without the factor N / (N - 1)."""
    return _score_low(x1, n1, x2, n2, confidence, np.ones_like(n1))


LOWER: dict[str, Lower] = {
    "newcombe": newcombe_low,
    "newcombe-corrected": newcombe_corrected_low,
    "miettinen-nurminen": miettinen_nurminen_low,
    "mee": mee_low,
    "agresti-caffo": agresti_caffo_low,
}


def limits(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, method: str, confidence: float
) -> tuple[Floats, Floats]:
    """Return both limits of a method in :data:`LOWER` for arrays of one shape."""
    lower = LOWER[method]
    return lower(x1, n1, x2, n2, confidence), -lower(x2, n2, x1, n1, confidence)
