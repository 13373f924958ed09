"""Integer tables for random decisions: thresholds, geometric and Poisson distributions.

Made with integer arithmetic only, so that no logarithm or exponential of a platform's C library enters and
every machine makes the same choices.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.errors import ModelError

ONE = 1 << 32  #: probability 1 on the scale of one 32-bit word
_BITS = 63  # waiting times and numbers of arrivals are drawn from 63 bits, which an int64 holds
_TOP = (1 << _BITS) - 1
_PRECISION = 256  # bits; far more than the 63 that are kept

Thresholds = npt.NDArray[np.int64]


def threshold(p: Any) -> Thresholds:
    """Integer threshold of probabilities: an event happens when a 32-bit word is below it.

    ModelError a probability is below 0, above 1 or not a number.
    """
    values = np.asarray(p, dtype=np.float64)
    if not bool(np.all((values >= 0) & (values <= 1))):
        bad = values[~((values >= 0) & (values <= 1))].flat[0]
        raise ModelError(f"probability: got {bad:g}; expected 0 to 1")
    return np.asarray(np.rint(values * ONE), dtype=np.int64)


def cumulative(p: Any) -> Thresholds:
    """Cumulative thresholds along the last axis; the last one is certain whatever the rounding."""
    values = np.asarray(p, dtype=np.float64)
    out = threshold(np.minimum(np.cumsum(values, axis=-1), 1.0))
    # From the last category with any probability on, the threshold is one: rounding never adds a category.
    possible = (values > 0).astype(np.int64)
    after = np.flip(np.cumsum(np.flip(possible, -1), axis=-1), -1) - possible
    out[after == 0] = ONE
    return out


def geometric(p: float, horizon: int) -> Thresholds:
    """Survival table of a geometric waiting time.

    Entry m-1 is P(X > m) on a scale of 2**63, m = 1..horizon, with P(X = m) = p (1-p)**(m-1). A 63-bit
    uniform u gives X = 1 + number of entries above u; below the last entry X lies beyond the horizon.
    """
    stay = ONE - int(threshold(p))
    out, survival = [], 1 << _PRECISION
    for _ in range(horizon):
        survival = (survival * stay) >> 32
        out.append(min(survival >> (_PRECISION - _BITS), _TOP))
    return np.array(out, dtype=np.int64)


def poisson(mean: float) -> Thresholds:
    """Cumulative table of a Poisson number: X = number of entries at or below a 63-bit uniform u.

    Built outward from the mode by the ratio mean / k and divided by its own sum, so no exponential is used.
    """
    if not 0 <= mean < 1e7:
        raise ModelError(f"mean number of arrivals per week: got {mean:g}; expected 0 to 10,000,000")
    exact = Fraction(mean)
    mode, one = int(mean), 1 << _PRECISION
    up, k = [one], mode
    while up[-1] and exact:
        k += 1
        up.append(up[-1] * exact.numerator // (exact.denominator * k))
    down, k, value = [], mode, one
    while k > 0 and value:
        value = value * k * exact.denominator // exact.numerator
        down.append(value)
        k -= 1
    weights = [0] * k + down[::-1] + up
    total, running, out = sum(weights), 0, []
    for weight in weights:
        running += weight
        out.append(min((running << _BITS) // total, _TOP))
        if out[-1] == _TOP:
            break
    return np.array(out, dtype=np.int64)
