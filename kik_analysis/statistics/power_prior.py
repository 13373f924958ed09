"""Power before and after the fact: averaged over a prior, and what a significant result exaggerates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments, regions
from kik_analysis.statistics.populations import log_choose
from kik_analysis.statistics.proportions import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Tests whose assurance can be asked for, all by enumeration.
METHODS = ("exact", "fisher")


@dataclass(frozen=True, slots=True)
class TypeSM:
    """What a significant result is worth.

    Attributes
    ----------
    power
        Chance of a significant result.
    type_s
        Chance that a significant estimate has the wrong sign.
    type_m
        Expected size of a significant estimate over the true effect (the exaggeration).
    """

    power: float
    type_s: float
    type_m: float


def type_s_m(effect: float, se: float, *, alpha: float = 0.05) -> TypeSM:
    """Return power, type S and type M error of a normal estimate (Gelman and Carlin 2014).

    In closed form (Lu, Qiu and Deng 2019): with ``d = |effect| / se`` and z the two-sided limit,
    ``E|estimate|`` beyond the limits is ``d [P(Z > z-d) - P(Z > z+d)] + phi(z-d) + phi(z+d)``, per se.

    Parameters
    ----------
    effect
        True effect, not 0 (of nothing no estimate has a right sign).
    se
        Standard error of the estimate, in the unit of the effect; above 0.
    alpha
        Significance level.

    Raises
    ------
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> result = type_s_m(0.1, 3.28)
    >>> round(result.power, 2), round(result.type_s, 2), round(result.type_m)
    (0.05, 0.46, 77)
    """
    from scipy.special import ndtr

    size = abs(arguments.real("effect", effect))
    error = arguments.positive("se", se, hint="give the standard error of the estimate")
    if size == 0.0:
        raise ParameterError(
            "effect is 0: it must not be 0, an estimate of nothing has no right sign; give the smallest "
            "effect of interest"
        )
    z = normal_quantile(1.0 - arguments.alpha_level(alpha))
    d = size / error
    right, wrong = float(ndtr(d - z)), float(ndtr(-d - z))
    power = right + wrong
    heights = (np.exp(-0.5 * (z - d) ** 2) + np.exp(-0.5 * (z + d) ** 2)) / np.sqrt(2.0 * np.pi)
    mean_size = d * (right - wrong) + float(heights)
    return TypeSM(power, wrong / power, mean_size / power / d)


def _prior(name: str, prior: tuple[float, float]) -> tuple[float, float]:
    if np.shape(prior) != (2,):
        raise ParameterError(
            f"{name} is {prior}: it must be the two numbers (a, b) of a Beta prior; give (1, 1) for flat"
        )
    hint = "both numbers of a Beta prior are above 0"
    return arguments.positive(f"{name} a", prior[0], hint=hint), arguments.positive(
        f"{name} b", prior[1], hint=hint
    )


def beta_binomial_pmf(n: int, a: float, b: float) -> Floats:
    """Return the chances of 0..n successes when the share is drawn from Beta(a, b) (Skellam 1948)."""
    from scipy.special import betaln

    k = np.arange(n + 1, dtype=np.float64)
    chances: Floats = np.exp(log_choose(n, k) + betaln(a + k, b + n - k) - betaln(a, b))
    return chances


def assurance(
    prior1: tuple[float, float],
    prior2: tuple[float, float],
    n1: float,
    n2: float,
    *,
    alpha: float = 0.05,
    method: str = "exact",
) -> float:
    """Return the chance of a significant difference, averaged over Beta priors for both shares.

    O'Hagan, Stevens and Campbell (2005), without simulation: under a Beta prior each group's count is
    Beta-binomial, so the average power is a sum over all tables.

    Parameters
    ----------
    prior1, prior2
        ``(a, b)`` of the Beta prior of the treated and of the control share.
    n1, n2
        Group sizes.
    alpha
        Significance level, two-sided.
    method
        ``exact`` (the z test) or ``fisher``.

    Returns
    -------
    float
        Assurance in 0..1.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When the groups are too large to go through all tables.
    """
    a1, b1 = _prior("prior1", prior1)
    a2, b2 = _prior("prior2", prior2)
    size1, size2 = arguments.count("n1", n1, low=1), arguments.count("n2", n2, low=1)
    alpha = arguments.alpha_level(alpha)
    method = arguments.one_of("method", method, METHODS)
    region = (regions.fisher_region if method == "fisher" else regions.z_region)(size1, size2, alpha)
    first, second = beta_binomial_pmf(size1, a1, b1), beta_binomial_pmf(size2, a2, b2)
    return min(1.0, float(first @ (region @ second)))


def assurance_normal(
    mean: float, sd: float, se: float, *, alpha: float = 0.05, two_sided: bool = True
) -> float:
    """Return the chance of a significant positive estimate when the effect has a normal prior.

    O'Hagan, Stevens and Campbell (2005), eq. 3: ``Phi((mean - z se) / sqrt(sd^2 + se^2))``.

    Parameters
    ----------
    mean, sd
        Prior mean and standard deviation of the effect; ``sd`` may be 0, which gives the power.
    se
        Standard error of the estimate.
    alpha
        Significance level.
    two_sided
        Whether alpha is split over both sides; the claim counted is the positive one.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    from scipy.special import ndtr, ndtri

    centre = arguments.real("mean", mean)
    spread = arguments.not_negative("sd", sd)
    error = arguments.positive("se", se, hint="give the standard error of the estimate")
    level = arguments.alpha_level(alpha) / (2.0 if two_sided else 1.0)
    return float(ndtr((centre + float(ndtri(level)) * error) / np.hypot(spread, error)))
