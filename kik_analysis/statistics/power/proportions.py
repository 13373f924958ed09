"""Power and smallest detectable effect for two shares, and what a significant estimate is worth.

A *region* is the set of tables that a test rejects, booleans of shape ``(n1 + 1, n2 + 1)``. It does not
depend on the true shares, so one serves a whole curve: each point is two binomial vectors and a product.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import binomial_pmf, log_choose, two_sided
from kik_analysis.statistics.tests import TIE

#: Tests of two shares: z by formula; fisher and the z test (exact) by going through all tables.
Method = Literal["z", "fisher", "exact"]
#: Relative room inside which R's fisher.test counts two tables as equally likely.
EQUALLY_LIKELY = 1e-7


def z_power(p1: float, p2: float, n1: int, n2: int, alpha: float) -> float:
    """Return the power of the two-sided z test: Fleiss, Levin and Paik (2003), eq. 4.12-4.14, both tails.

    Pooled standard error under the null, unpooled under the alternative. Where neither group can vary and
    the shares are equal the test never rejects.
    """
    gap, pooled = abs(p1 - p2), (n1 * p1 + n2 * p2) / (n1 + n2)
    null = two_sided(alpha) * sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    se = sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2)
    if se == 0.0:
        return float(gap > null)
    return min(1.0, float(scipy.special.ndtr((gap - null) / se) + scipy.special.ndtr((-gap - null) / se)))


def z_region(n1: int, n2: int, alpha: float) -> NDArray[np.bool_]:
    """Return the tables that the z test with pooled variance rejects, both tails."""
    x1, x2 = np.arange(n1 + 1.0)[:, None], np.arange(n2 + 1.0)[None, :]
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)
    gap = (x1 * n2 - x2 * n1) / (n1 * n2)
    z = np.divide(gap, np.sqrt(variance), out=np.zeros_like(gap), where=variance > 0.0)
    return np.asarray(np.abs(z) >= two_sided(alpha) * (1.0 - TIE))


def fisher_region(n1: int, n2: int, alpha: float) -> NDArray[np.bool_]:
    """Return the tables that Fisher's two-sided test (ordered by probability) rejects.

    For each total of successes the tables are sorted by probability and added up from the rarest, equally
    likely ones together, until the sum passes ``alpha``.
    """
    region = np.zeros((n1 + 1, n2 + 1), dtype=np.bool_)
    ways1, ways2, ways = (log_choose(n, np.arange(n + 1.0)) for n in (n1, n2, n1 + n2))
    for total in range(n1 + n2 + 1):
        least, most = max(0, total - n2), min(n1, total)
        x1 = np.arange(least, most + 1)
        chance = np.exp(ways1[least : most + 1] + ways2[total - x1] - ways[total])
        order = np.argsort(chance, kind="stable")
        rising = chance[order]
        tail = np.cumsum(rising)
        # p of each table: the tail up to and including all that are as likely as it is
        ends = np.searchsorted(rising, rising * (1.0 + EQUALLY_LIKELY), side="right") - 1
        rejected = x1[order[tail[ends] <= alpha * (1.0 + TIE)]]
        region[rejected, total - rejected] = True
    return region


@lru_cache(maxsize=8)
def region(method: str, n1: int, n2: int, alpha: float) -> NDArray[np.bool_]:
    """Return the tables that a test (``fisher``, else z) rejects, kept for the next point of a curve."""
    subject = f"n1 is {n1} and n2 is {n2}: exact power"
    arg.fits((n1 + 1.0) * (n2 + 1.0), subject, "use method 'z', which is as good at this size")
    found = (fisher_region if method == "fisher" else z_region)(n1, n2, alpha)
    found.flags.writeable = False
    return found


def _power_function(method: str, n1: int, n2: int, alpha: float) -> Callable[[float, float], float]:
    if method == "z":
        return lambda p1, p2: z_power(p1, p2, n1, n2, alpha)
    rejected = region(method, n1, n2, alpha)
    return lambda p1, p2: min(1.0, float(binomial_pmf(n1, p1) @ (rejected @ binomial_pmf(n2, p2))))


@arg.checked
def two_proportions(
    p1: arg.Share,
    p2: arg.Share,
    n1: arg.Group,
    n2: arg.Group,
    *,
    alpha: arg.Alpha = 0.05,
    method: Method = "z",
) -> float:
    """Return the power to tell two shares apart.

    ``method``: ``z``: closed form; pooled standard error under the null, unpooled under the alternative, both
    tails. ``exact``: the same z test, its rejections added up over all tables. ``fisher``: Fisher's test,
    ordered by probability, added up over all tables.

    Examples
    --------
    >>> round(two_proportions(0.25, 0.2, 500, 757), 3)
    0.553
    """
    return _power_function(method, n1, n2, alpha)(p1, p2)


@arg.checked
def minimum_detectable_effect(
    base: arg.Share,
    n1: arg.Group,
    n2: arg.Group,
    *,
    power: arg.Target = 0.8,
    alpha: arg.Alpha = 0.05,
    method: Method = "z",
) -> float:
    """Return by how much the treated share must lie above ``base`` to be found with the asked power.

    ``method``: as in :func:`two_proportions`.
    """
    from scipy.optimize import brentq

    function, room = _power_function(method, n1, n2, alpha), 1.0 - base

    def power_of(size: float) -> float:
        return function(min(1.0, base + size), base)

    most = power_of(room)
    if most < power:
        raise ModelError(
            f"power is {power:g}: with n1 = {n1} and n2 = {n2} even the largest effect ({base:g} to 1) is "
            f"found with power {most:.3f}; enlarge the groups or ask for a power below that"
        )
    if most == power:
        return room
    return float(brentq(lambda size: power_of(size) - power, 0.0, room, xtol=1e-13))


@dataclass(frozen=True, slots=True)
class TypeSM:
    """What a significant result is worth.

    ``power``, ``type_s``: chance of a significant result, and chance that a significant estimate has the
    wrong sign. ``type_m``: expected size of a significant estimate over the true effect (the exaggeration),
    at least 1.
    """

    power: float
    type_s: float
    type_m: float


@arg.checked
def type_s_m(effect: arg.Real, se: arg.Positive, *, alpha: arg.Alpha = 0.05) -> TypeSM:
    """Return power, type S and type M error of a normal estimate (Gelman and Carlin 2014).

    In closed form (Lu, Qiu and Deng 2019): with ``d = |effect| / se`` and z the two-sided limit,
    ``E|estimate|`` beyond the limits is ``d [P(Z > z-d) - P(Z > z+d)] + phi(z-d) + phi(z+d)``, per se.

    ``effect``, ``se``: true effect, not 0 (of nothing no estimate has a right sign), and standard error of
    its estimate, above 0, in one unit.

    Examples
    --------
    >>> result = type_s_m(0.1, 3.28)
    >>> round(result.power, 2), round(result.type_s, 2), round(result.type_m)
    (0.05, 0.46, 77)
    """
    if effect == 0.0:
        wrong = (
            "it must not be 0, an estimate of nothing has no right sign; give the smallest effect of interest"
        )
        raise ParameterError(f"effect is 0: {wrong}")
    z, d = two_sided(alpha), min(max(abs(effect) / se, 1e-300), 1e6)  # beyond, squares overflow
    right, wrong_sign = float(scipy.special.ndtr(d - z)), float(scipy.special.ndtr(-d - z))
    heights = (np.exp(-0.5 * (z - d) ** 2) + np.exp(-0.5 * (z + d) ** 2)) / np.sqrt(2.0 * np.pi)
    mean_size = d * (right - wrong_sign) + float(heights)
    both = right + wrong_sign
    return TypeSM(both, wrong_sign / both, mean_size / both / d)
