"""Power, sample size and smallest detectable effect for two shares, treated before control.

A *region* is the set of tables that a test rejects, booleans of shape ``(n1 + 1, n2 + 1)``. It does not
depend on the true shares, so one serves a whole curve: each point is two binomial vectors and a product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.coverage import binomial_pmf
from kik_analysis.statistics.interval import two_sided
from kik_analysis.statistics.populations import log_choose
from kik_analysis.statistics.power.search import first, smallest
from kik_analysis.statistics.tests import TIE, pooled_z

#: Tests of two shares: z by formula; fisher and the z test (exact) by going through all tables.
Method = Literal["z", "fisher", "exact"]
#: Largest group for which exact methods search a sample size.
LARGEST_EXACT = 5_000
#: Relative room inside which R's fisher.test counts two tables as equally likely.
EQUALLY_LIKELY = 1e-7


@dataclass(frozen=True, slots=True)
class Simulated:
    """A power found by drawing lots; as a number, that power.

    Attributes
    ----------
    power, mc_error : float
        Share of the draws in which the test rejected, and its standard error (never 0: one draw is added to
        each side for it).
    draws : int
        Number of draws.
    """

    power: float
    mc_error: float
    draws: int

    def __float__(self) -> float:
        return self.power


def simulated(rejected: NDArray[np.bool_]) -> Simulated:
    """Return the share of draws that rejected."""
    draws = rejected.size
    smoothed = (int(rejected.sum()) + 1.0) / (draws + 2.0)
    return Simulated(float(rejected.mean()), float(np.sqrt(smoothed * (1.0 - smoothed) / draws)), draws)


def z_power(p1: ArrayLike, p2: ArrayLike, n1: ArrayLike, n2: ArrayLike, alpha: float) -> arg.Floats:
    """Return the power of the two-sided z test: Fleiss, Levin and Paik (2003), eq. 4.12-4.14, both tails.

    Pooled standard error under the null, unpooled under the alternative; arrays broadcast. Where neither
    group can vary and the shares are equal the test never rejects.
    """
    from scipy.special import ndtr

    p1, p2, n1, n2 = (np.asarray(value, dtype=np.float64) for value in (p1, p2, n1, n2))
    gap = np.abs(p1 - p2)
    pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
    null = two_sided(alpha) * np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    se = np.sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (gap - null) / se, (-gap - null) / se
    both = ndtr(np.where(np.isnan(near), -np.inf, near)) + ndtr(np.where(np.isnan(far), -np.inf, far))
    return np.asarray(np.minimum(both, 1.0))


def _fit(n1: int, n2: int) -> None:
    subject = f"n1 is {n1} and n2 is {n2}: exact power"
    arg.fits((n1 + 1.0) * (n2 + 1.0), subject, "use method 'z', which is as good at this size")


@lru_cache(maxsize=4)
def z_region(n1: int, n2: int, alpha: float) -> NDArray[np.bool_]:
    """Return the tables that the z test with pooled variance rejects, both tails."""
    _fit(n1, n2)
    region: NDArray[np.bool_] = np.abs(pooled_z(n1, n2)) >= two_sided(alpha) * (1.0 - TIE)
    region.flags.writeable = False
    return region


@lru_cache(maxsize=4)
def fisher_region(n1: int, n2: int, alpha: float) -> NDArray[np.bool_]:
    """Return the tables that Fisher's two-sided test (ordered by probability) rejects.

    For each total of successes the tables are sorted by probability and added up from the rarest, equally
    likely ones together, until the sum passes ``alpha``.
    """
    _fit(n1, n2)
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
    region.flags.writeable = False
    return region


def _power_function(method: str, n1: int, n2: int, alpha: float) -> Callable[[float, float], float]:
    if method == "z":
        return lambda p1, p2: float(z_power(p1, p2, n1, n2, alpha))
    region = (fisher_region if method == "fisher" else z_region)(n1, n2, alpha)
    return lambda p1, p2: min(1.0, float(binomial_pmf(n1, p1) @ (region @ binomial_pmf(n2, p2))))


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
    """Return the power to tell two shares apart, two-sided.

    Parameters
    ----------
    p1, p2
        True shares in 0..1, treated and control.
    n1, n2
        Group sizes, treated and control.
    method
        ``z``: closed form; pooled standard error under the null, unpooled under the alternative, both tails.
        ``exact``: the same z test, its rejections added up over all tables.
        ``fisher``: Fisher's test, ordered by probability, added up over all tables.

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
    direction: Literal["up", "down"] = "up",
) -> float:
    """Return the smallest difference from ``base`` that is found with the asked power.

    Parameters
    ----------
    base
        Share in the control group.
    n1, n2
        Group sizes, treated and control.
    power, alpha, method
        Target power (above alpha), significance level, and method of :func:`two_proportions`.
    direction
        ``up`` (the treated share is higher) or ``down``.

    Returns
    -------
    float
        Treated minus control: positive for ``up``, negative for ``down``.
    """
    sign, room = (1.0, 1.0 - base) if direction == "up" else (-1.0, base)
    function = _power_function(method, n1, n2, alpha)
    return sign * smallest(
        lambda size: function(min(1.0, max(0.0, base + sign * size)), base),
        power,
        room,
        f"with n1 = {n1} and n2 = {n2} even the largest effect ({base:g} to {base + sign * room:g})",
        "enlarge the groups or ask for a power below that",
    )


@arg.checked
def sample_size(
    p1: arg.Share,
    p2: arg.Share,
    *,
    power: arg.Target = 0.8,
    alpha: arg.Alpha = 0.05,
    ratio: arg.Positive = 1.0,
    method: Method = "z",
) -> tuple[int, int]:
    """Return the smallest groups that tell two shares apart with the asked power.

    Parameters
    ----------
    p1, p2
        True shares, treated and control.
    power, alpha, method
        As in :func:`minimum_detectable_effect`.
    ratio
        Size of the control group over that of the treated group; the control group is rounded up.

    Returns
    -------
    tuple of int
        Sizes of the treated and the control group. Exact power goes up in saw teeth: for ``fisher`` and
        ``exact`` this is the first size that reaches the target, larger ones may dip below it again.
    """
    differ(p1, p2)

    def reached(size: int, method: str = "z") -> bool:
        return _power_function(method, size, ceil(size * ratio), alpha)(p1, p2) >= power

    size = first(reached, f"p1 is {p1:g} and p2 is {p2:g}: power {power:g}")
    if method != "z":
        exact = range(max(1, int(size * 0.7) - 5), LARGEST_EXACT + 1)
        found = next((n for n in exact if reached(n, method)), None)
        if found is None:
            raise ModelError(
                f"p1 is {p1:g} and p2 is {p2:g}: more than {LARGEST_EXACT} people per group are needed, "
                f"too many to go through every table; use method 'z' (which gives {size})"
            )
        size = found
    return size, ceil(size * ratio)


def differ(p1: float, p2: float) -> None:
    """Refuse to look for a difference that is not there."""
    if p1 == p2:
        raise ModelError(
            f"p1 and p2 are both {p1:g}: no number finds a difference that is not there; give shares that "
            "differ"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A comparison of two shares, filled in.

    Attributes
    ----------
    base, effect : float
        Share in the control group, and treated minus control.
    n1, n2 : int
        Group sizes, treated first.
    power : float
        Power by the method asked for.
    alpha, method
        Significance level and method (``z``, ``fisher`` or ``exact``).
    closed_form, exact, fisher : float
        Power of the z test by formula, of the z test by enumeration, and of Fisher's test by enumeration; the
        last two are None where there are too many tables to go through.
    simulated : Simulated
        Power of the z test by simulation, with its own error.
    """

    base: float
    effect: float
    n1: int
    n2: int
    power: float
    alpha: float
    method: str
    closed_form: float
    exact: float | None
    fisher: float | None
    simulated: Simulated

    @property
    def treated(self) -> float:
        """Share in the treated group."""
        return self.base + self.effect


@arg.checked
def plan(
    base: arg.Share,
    *,
    effect: arg.Real | None = None,
    n1: arg.Group | None = None,
    n2: arg.Group | None = None,
    ratio: arg.Positive = 1.0,
    power: arg.Target | None = None,
    alpha: arg.Alpha = 0.05,
    method: Method = "z",
    draws: arg.Draws = 10_000,
    seed: arg.Count = 0,
) -> Plan:
    """Fill in the one missing part of a comparison, and give its power three ways.

    Leave out exactly one: ``effect`` (gives the smallest detectable one, upward), ``n1`` (gives the sample
    size) or ``power``.

    Parameters
    ----------
    base, effect
        Share in the control group, and treated minus control.
    n1, n2
        Group sizes; ``n2`` defaults to ``ratio * n1`` rounded up.
    ratio
        Control over treated, used where ``n2`` is not given.
    power, alpha, method
        As in :func:`minimum_detectable_effect`.
    draws, seed
        Of the simulated power.

    Returns
    -------
    Plan
        All parts, and the power by formula, enumeration and simulation.
    """
    missing = [name for name, value in (("effect", effect), ("n1", n1), ("power", power)) if value is None]
    if len(missing) != 1:
        raise ParameterError(
            f"{' and '.join(missing) or 'none'} left out: exactly one of effect, n1 and power must be "
            "None; leave out the one you want to know"
        )
    if effect is not None and not -1e-12 <= base + effect <= 1.0 + 1e-12:
        raise ParameterError(
            f"effect is {effect:g} and base is {base:g}: their sum is the treated share and must lie in "
            "[0, 1]; give a smaller effect"
        )
    if n1 is None and n2 is not None:
        raise ParameterError(f"n2 is {n2} but n1 is left out: n2 must be left out too; give ratio instead")

    def treated(effect: float) -> float:
        return min(1.0, max(0.0, base + effect))

    if n1 is None and effect is not None and power is not None:
        n1, n2 = sample_size(treated(effect), base, power=power, alpha=alpha, ratio=ratio, method=method)
    assert n1 is not None
    n2 = ceil(n1 * ratio) if n2 is None else n2
    if effect is None and power is not None:
        effect = minimum_detectable_effect(base, n1, n2, power=power, alpha=alpha, method=method)
    assert effect is not None
    few = (n1 + 1) * (n2 + 1) <= arg.ROOM
    ways = {
        name: two_proportions(treated(effect), base, n1, n2, alpha=alpha, method=name)
        for name in ("z", "exact", "fisher")
        if few or name in ("z", method)
    }
    rng = np.random.default_rng(seed)
    x1, x2 = rng.binomial(n1, treated(effect), draws), rng.binomial(n2, base, draws)
    pooled = (x1 + x2) / (n1 + n2)
    limit = two_sided(alpha) * np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    drawn = simulated((np.abs(x1 / n1 - x2 / n2) >= limit * (1.0 - TIE)) & (limit > 0.0))
    return Plan(
        base=base,
        effect=effect,
        n1=n1,
        n2=n2,
        power=ways[method],
        alpha=alpha,
        method=method,
        closed_form=ways["z"],
        exact=ways.get("exact"),
        fisher=ways.get("fisher"),
        simulated=drawn,
    )
