"""Power of any estimate that is normal with a known standard error, and what its significance exaggerates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.interval import two_sided


def wald_power(effect: float, se: float, alpha: float) -> float:
    """Return the power of a two-sided z test, both tails; without spread any effect is found."""
    from scipy.special import ndtr

    if se == 0.0:
        return float(effect != 0.0)
    size, z = abs(effect) / se, two_sided(alpha)
    return float(min(1.0, ndtr(size - z) + ndtr(-size - z)))


@dataclass(frozen=True, slots=True)
class TypeSM:
    """What a significant result is worth.

    Attributes
    ----------
    power : float
        Chance of a significant result.
    type_s : float
        Chance that a significant estimate has the wrong sign.
    type_m : float
        Expected size of a significant estimate over the true effect (the exaggeration).
    """

    power: float
    type_s: float
    type_m: float


@arg.checked
def type_s_m(effect: arg.Real, se: arg.Positive, *, alpha: arg.Alpha = 0.05) -> TypeSM:
    """Return power, type S and type M error of a normal estimate (Gelman and Carlin 2014).

    In closed form (Lu, Qiu and Deng 2019): with ``d = |effect| / se`` and z the two-sided limit,
    ``E|estimate|`` beyond the limits is ``d [P(Z > z-d) - P(Z > z+d)] + phi(z-d) + phi(z+d)``, per se.

    Parameters
    ----------
    effect
        True effect, not 0 (of nothing no estimate has a right sign).
    se
        Standard error of the estimate, in the unit of the effect; above 0.

    Returns
    -------
    TypeSM
        Chances in 0..1, and the exaggeration (at least 1).

    Examples
    --------
    >>> result = type_s_m(0.1, 3.28)
    >>> round(result.power, 2), round(result.type_s, 2), round(result.type_m)
    (0.05, 0.46, 77)
    """
    from scipy.special import ndtr

    if effect == 0.0:
        raise ParameterError(
            "effect is 0: it must not be 0, an estimate of nothing has no right sign; give the smallest "
            "effect of interest"
        )
    z, d = two_sided(alpha), abs(effect) / se
    right, wrong = float(ndtr(d - z)), float(ndtr(-d - z))
    heights = (np.exp(-0.5 * (z - d) ** 2) + np.exp(-0.5 * (z + d) ** 2)) / np.sqrt(2.0 * np.pi)
    mean_size = d * (right - wrong) + float(heights)
    return TypeSM(right + wrong, wrong / (right + wrong), mean_size / (right + wrong) / d)
