"""Power and sample size for two means with one standard deviation."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import ArrayLike

from kik_analysis.errors import ModelError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.power.search import first

#: Points per segment of the integral, chance left out at each end, standard errors around the step.
NODES, TAIL, REACH = 80, 1e-18, 9.0


@lru_cache(maxsize=1)
def _gauss() -> tuple[arg.Floats, arg.Floats]:
    """Points and weights on 0..1 (Gauss and Legendre)."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return (points + 1.0) / 2.0, weights / 2.0


def noncentral_t_power(shift: ArrayLike, df: float, alpha: float, *, widen: float = 1.0) -> arg.Floats:
    """Return the chance that a t statistic with noncentrality ``shift`` passes its two-sided limit.

    ``widen`` multiplies the limit: the standard error that the test uses over the true one.

    Given the estimated spread S (in units of the true one) the statistic passes with chance
    ``Phi(shift - limit S) + Phi(-shift - limit S)``; this is its mean over S, where ``df S^2`` is chi-square
    (Johnson, Kotz and Balakrishnan 1995, eq. 31.1), by Gauss-Legendre in segments around the step of Phi.
    scipy's noncentral t is not used: it answers NaN where the further tail is tiny (df 396, shift 5.17).
    """
    from scipy.special import gammainccinv, gammaincinv, ndtr, stdtrit

    limit = -float(stdtrit(df, alpha / 2.0)) * widen
    size = np.abs(np.asarray(shift, dtype=np.float64))[..., np.newaxis]
    low, high = (float(np.sqrt(2.0 * end(df / 2.0, TAIL) / df)) for end in (gammaincinv, gammainccinv))
    bulk = np.broadcast_to(np.array([low, (low + high) / 2.0, high]), (*size.shape[:-1], 3))
    step = np.concatenate([size - REACH, size, size + REACH], axis=-1) / limit
    ends = np.sort(np.clip(np.concatenate([step, bulk], axis=-1), low, high), axis=-1)
    points, weights = _gauss()
    widths = np.diff(ends, axis=-1)[..., np.newaxis]
    spread = ends[..., :-1, np.newaxis] + widths * points
    # the density of S up to a factor, so that its largest value is 1; the factor follows from the sum
    mode = np.sqrt(max(df - 1.0, 0.0) / df)
    rise = (df - 1.0) * np.log(spread / mode) if mode > 0.0 else 0.0
    mass = np.exp(rise - df * (spread * spread - mode * mode) / 2.0) * widths * weights
    inside = size[..., np.newaxis]
    passes = ndtr(inside - limit * spread) + ndtr(-inside - limit * spread)
    power: arg.Floats = np.sum(mass * passes, axis=(-2, -1)) / np.sum(mass, axis=(-2, -1))
    return np.clip(power, 0.0, 1.0)


def _power(standardised: float, n1: int, n2: int, alpha: float) -> float:
    return float(noncentral_t_power(standardised / np.sqrt(1.0 / n1 + 1.0 / n2), n1 + n2 - 2, alpha))


@arg.checked
def means(
    effect: arg.Real, sd: arg.Positive, n1: arg.Group, n2: arg.Group, *, alpha: arg.Alpha = 0.05
) -> float:
    """Return the power of the two-sided two-sample t test (noncentral t; Cohen 1988, chapter 2).

    Parameters
    ----------
    effect, sd
        True difference in means, treated minus control, and standard deviation within each group (above 0),
        in one unit.
    n1, n2
        Group sizes; together at least 3.
    """
    if n1 + n2 < 3:
        raise ModelError(
            f"n1 is {n1} and n2 is {n2}: two people leave nothing to estimate the spread from; add at "
            "least one"
        )
    return _power(effect / sd, n1, n2, alpha)


@arg.checked
def means_sample_size(
    effect: arg.Real,
    sd: arg.Positive,
    *,
    power: arg.Target = 0.8,
    alpha: arg.Alpha = 0.05,
    ratio: arg.Positive = 1.0,
) -> tuple[int, int]:
    """Return the smallest groups that tell two means apart with the asked power.

    Parameters
    ----------
    effect, sd, power, alpha
        As in :func:`means`, and the target power (above alpha).
    ratio
        Control over treated; the control group is rounded up.

    Returns
    -------
    tuple of int
        Sizes of the treated and the control group.
    """
    if effect == 0.0:
        raise ModelError(
            "effect is 0: no number of people finds a difference that is not there; give another effect"
        )

    def reached(n: int) -> bool:
        control = ceil(n * ratio)
        return n + control >= 3 and _power(effect / sd, n, control, alpha) >= power

    size = first(reached, f"effect is {effect:g} and sd is {sd:g}: power {power:g}")
    return size, ceil(size * ratio)
