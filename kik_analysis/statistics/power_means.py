"""Power, sample size and smallest detectable effect for two means with one standard deviation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.power_proportions import LARGEST, smallest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


NODES, TAIL, REACH = 80, 1e-18, 9.0
"""Points per segment of the integral, chance left out at each end, standard errors around the step."""


@lru_cache(maxsize=1)
def _gauss() -> tuple[Floats, Floats]:
    """Return points and weights on 0..1 (Gauss and Legendre)."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return (points + 1.0) / 2.0, weights / 2.0


def noncentral_t_power(shift: ArrayLike, df: float, alpha: float, *, widen: float = 1.0) -> Floats:
    """Return the chance that a t statistic with noncentrality ``shift`` passes its two-sided limit.

    ``widen`` multiplies the limit: the standard error that the test uses over the true one.

    Given the estimated spread S (in units of the true one) the statistic passes with chance
    ``Phi(shift - limit S) + Phi(-shift - limit S)``; this is its mean over S, where ``df S^2`` is chi-square
    (Johnson, Kotz and Balakrishnan 1995, eq. 31.1), by Gauss-Legendre in segments around the step of Phi.
    scipy's noncentral t is not used: it answers NaN where the further tail is tiny (df 396, shift 5.17).
    """
    from scipy.special import gammainccinv, gammaincinv, ndtr, stdtrit

    limit = float(stdtrit(df, 1.0 - alpha / 2.0)) * widen
    size = np.abs(np.asarray(shift, dtype=np.float64))[..., np.newaxis]
    low, high = (float(np.sqrt(2.0 * end(df / 2.0, TAIL) / df)) for end in (gammaincinv, gammainccinv))
    step = np.concatenate([size - REACH, size, size + REACH], axis=-1) / limit
    ends = np.sort(np.clip(np.concatenate([step, _bulk(size, low, high)], axis=-1), low, high), axis=-1)
    points, weights = _gauss()
    widths = np.diff(ends, axis=-1)[..., np.newaxis]
    spread = ends[..., :-1, np.newaxis] + widths * points
    # the density of S up to a factor, so that its largest value is 1; the factor follows from the sum
    mode = np.sqrt(max(df - 1.0, 0.0) / df)
    rise = (df - 1.0) * np.log(spread / mode) if mode > 0.0 else 0.0
    mass = np.exp(rise - df * (spread * spread - mode * mode) / 2.0) * widths * weights
    inside = size[..., np.newaxis]
    passes = ndtr(inside - limit * spread) + ndtr(-inside - limit * spread)
    power: Floats = np.sum(mass * passes, axis=(-2, -1)) / np.sum(mass, axis=(-2, -1))
    return np.clip(power, 0.0, 1.0)


def _bulk(size: Floats, low: float, high: float) -> Floats:
    """Return the ends and the middle of the range of S, once for every shift."""
    return np.broadcast_to(np.array([low, (low + high) / 2.0, high]), (*size.shape[:-1], 3))


def means(effect: float, sd: float, n1: float, n2: float, *, alpha: float = 0.05) -> float:
    """Return the power of the two-sided two-sample t test (noncentral t; Cohen 1988, chapter 2).

    Parameters
    ----------
    effect
        True difference in means, treated minus control, in the unit of ``sd``.
    sd
        Standard deviation within each group, above 0.
    n1, n2
        Group sizes; together at least 3.
    alpha
        Significance level.

    Returns
    -------
    float
        Power in 0..1.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    effect = arguments.real("effect", effect)
    sd = arguments.positive("sd", sd, hint="outcomes that do not vary need no test")
    size1, size2 = arguments.count("n1", n1, low=1), arguments.count("n2", n2, low=1)
    alpha = arguments.alpha_level(alpha)
    if size1 + size2 < 3:
        raise ModelError(
            f"n1 is {size1} and n2 is {size2}: two people leave nothing to estimate the spread from; add "
            "at least one"
        )
    return _power(abs(effect) / sd, size1, size2, alpha)


def _power(standardised: float, n1: int, n2: int, alpha: float) -> float:
    return float(noncentral_t_power(standardised / np.sqrt(1.0 / n1 + 1.0 / n2), n1 + n2 - 2, alpha))


def means_minimum_detectable_effect(
    sd: float, n1: float, n2: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the smallest difference in means that is found with the asked power, in the unit of ``sd``.

    Parameters and errors as in :func:`means`, with ``power`` above ``alpha`` and below 1.
    """
    means(0.0, sd, n1, n2, alpha=alpha)  # checks
    target = arguments.power_target(power, alpha)
    size1, size2 = int(n1), int(n2)
    room = 1.0
    while _power(room, size1, size2, alpha) < target:
        room *= 2.0
    return float(sd) * smallest(lambda size: _power(size, size1, size2, alpha), target, room)


def means_sample_size(
    effect: float, sd: float, *, power: float = 0.8, alpha: float = 0.05, ratio: float = 1.0
) -> tuple[int, int]:
    """Return the smallest groups that tell two means apart with the asked power.

    Parameters
    ----------
    effect, sd, power, alpha
        As in :func:`means`.
    ratio
        Control over treated; the control group is rounded up.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When the effect is 0 or too small for any size within reach.
    """
    effect = arguments.real("effect", effect)
    sd = arguments.positive("sd", sd, hint="outcomes that do not vary need no test")
    alpha = arguments.alpha_level(alpha)
    target = arguments.power_target(power, alpha)
    ratio = arguments.positive("ratio", ratio, hint="give control over treated")
    if effect == 0.0:
        raise ModelError(
            "effect is 0: no number of people finds a difference that is not there; give another effect"
        )
    size = abs(effect) / sd

    def reached(n: int) -> bool:
        control = int(np.ceil(n * ratio))
        return n + control >= 3 and _power(size, n, control, alpha) >= target

    high = 2
    while not reached(high):
        high *= 2
        if high > LARGEST:
            raise ModelError(
                f"effect is {effect:g} and sd is {sd:g}: power {target:g} needs more than {LARGEST} "
                "people per group; "
                "look for a larger effect or ask for less power"
            )
    low = high // 2 if high > 2 else 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high, int(np.ceil(high * ratio))
