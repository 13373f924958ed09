"""Power of a two-stage design: those who do not answer the first letter are drawn again for the second.

The simplest sequential multiple-assignment design: a first letter by lot; whoever it does not reach is
drawn, one to one, for a firm second letter or a repeat of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.statistics import arguments
from kik_analysis.statistics.power_proportions import Simulated, simulated_share, z_power
from kik_analysis.statistics.proportions import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Power of the three questions that a two-stage letter design answers.

    Attributes
    ----------
    first_letter
        Power to tell the two first letters apart.
    second_letter
        Power to tell the firm letter from the repeat, among those whom the first did not reach.
    path
        Power to tell the path "new letter, then firm" from "usual letter, then repeat".
    reached_treated, reached_control
        Expected share reached on these two paths.
    people_second
        Expected number of people drawn again.
    """

    first_letter: float
    second_letter: float
    path: float
    reached_treated: float
    reached_control: float
    people_second: float


def _path_variance(first: float, second: float) -> float:
    """Return the variance per person of a path's reach, people weighted by the inverse chance of their path.

    Whoever the first letter reaches is on both paths (weight 1), the others are on this one with chance 1/2
    (weight 2): Murphy (2005); Nahum-Shani et al. (2012). With ``m = first + (1 - first) second`` the weighted
    mean has variance ``first (1-m)^2 + 2 (1-first) [second (1-m)^2 + (1-second) m^2]`` per person.
    """
    p, q = first, second
    mean = p + (1.0 - p) * q
    return p * (1.0 - mean) ** 2 + 2.0 * (1.0 - p) * (q * (1.0 - mean) ** 2 + (1.0 - q) * mean**2)


def two_stage_letters(
    first1: float, first2: float, firm: float, repeat: float, n1: float, n2: float, *, alpha: float = 0.05
) -> TwoStage:
    """Return the power of a two-stage letter design, two-sided.

    Parameters
    ----------
    first1, first2
        Share reached by the new first letter (treated) and by the usual one (control).
    firm, repeat
        Share reached by the firm second letter and by a repeat, among those not reached before.
    n1, n2
        People drawn for the new and for the usual first letter.
    alpha
        Significance level.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    p1, p2 = arguments.share("first1", first1), arguments.share("first2", first2)
    q1, q2 = arguments.share("firm", firm), arguments.share("repeat", repeat)
    size1, size2 = arguments.count("n1", n1, low=1), arguments.count("n2", n2, low=1)
    alpha = arguments.alpha_level(alpha)
    again = size1 * (1.0 - p1) + size2 * (1.0 - p2)
    second = float(z_power(q1, q2, again / 2.0, again / 2.0, alpha)) if again > 0.0 else 0.0
    reach1, reach2 = p1 + (1.0 - p1) * q1, p2 + (1.0 - p2) * q2
    variance = _path_variance(p1, q1) / size1 + _path_variance(p2, q2) / size2
    return TwoStage(
        first_letter=float(z_power(p1, p2, size1, size2, alpha)),
        second_letter=second,
        path=_wald_power(reach1 - reach2, variance, alpha),
        reached_treated=reach1,
        reached_control=reach2,
        people_second=again,
    )


def _wald_power(gap: float, variance: float, alpha: float) -> float:
    from scipy.special import ndtr

    if variance == 0.0:
        return float(gap != 0.0)
    size, z = abs(gap) / np.sqrt(variance), normal_quantile(1.0 - alpha)
    return float(min(1.0, ndtr(size - z) + ndtr(-size - z)))


def simulated_two_stage_letters(
    first1: float,
    first2: float,
    firm: float,
    repeat: float,
    n1: float,
    n2: float,
    *,
    alpha: float = 0.05,
    draws: int = 10_000,
    seed: int = 0,
) -> Simulated:
    """Return the simulated power for the path comparison; see :func:`two_stage_letters`.

    Per draw: first letters, second lots and second answers, the weighted means of both paths, and a Wald test
    with the variance estimated from that draw.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    two_stage_letters(first1, first2, firm, repeat, n1, n2, alpha=alpha)  # checks
    many = arguments.count("draws", draws, low=1)
    rng = np.random.default_rng(arguments.count("seed", seed))
    mean1, variance1 = _drawn_path(rng, many, int(n1), first1, firm)
    mean2, variance2 = _drawn_path(rng, many, int(n2), first2, repeat)
    z = normal_quantile(1.0 - alpha)
    rejected = np.abs(mean1 - mean2) > z * np.sqrt(variance1 + variance2)
    return simulated_share(int(rejected.sum()), many)


def _drawn_path(
    rng: np.random.Generator, draws: int, n: int, first: float, second: float
) -> tuple[Floats, Floats]:
    """Return the weighted mean reach of one path and its estimated variance, per draw."""
    reached = rng.binomial(n, first, draws)
    on_path = rng.binomial(n - reached, 0.5)
    later = rng.binomial(on_path, second)
    weight = reached + 2.0 * on_path
    safe = np.maximum(weight, 1.0)
    mean = (reached + 2.0 * later) / safe
    squares = reached * (1.0 - mean) ** 2 + 4.0 * (later * (1.0 - mean) ** 2 + (on_path - later) * mean**2)
    return mean, squares / safe**2
