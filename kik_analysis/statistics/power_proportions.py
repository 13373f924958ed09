"""Power, sample size and smallest detectable effect for two shares, treated before control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments, regions
from kik_analysis.statistics.proportions import BISECTIONS, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: Tests of two shares whose power can be asked for.
METHODS = ("z", "fisher", "exact")
#: Largest group that a sample-size search goes up to.
LARGEST = 100_000_000
#: Largest group for which exact methods search a sample size.
LARGEST_EXACT = 5_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """A power found by drawing lots.

    Attributes
    ----------
    power
        Share of the draws in which the test rejected.
    mc_error
        Standard error of that share, from the number of draws.
    draws
        Number of draws.
    """

    power: float
    mc_error: float
    draws: int

    def __float__(self) -> float:
        return self.power


@dataclass(frozen=True, slots=True)
class Plan:
    """A comparison of two shares, filled in.

    Attributes
    ----------
    base, effect
        Share in the control group, and treated minus control.
    n1, n2
        Group sizes, treated first.
    power
        Power by the method asked for.
    alpha, method
        Significance level and method (``z``, ``fisher`` or ``exact``).
    closed_form, exact, fisher
        Power of the z test by formula, of the z test by enumeration, and of Fisher's test by enumeration.
    simulated
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
    exact: float
    fisher: float
    simulated: Simulated

    @property
    def treated(self) -> float:
        """Share in the treated group."""
        return self.base + self.effect


def z_power(p1: ArrayLike, p2: ArrayLike, n1: ArrayLike, n2: ArrayLike, alpha: float) -> Floats:
    """Return the power of the two-sided z test: Fleiss, Levin and Paik (2003), eq. 4.12-4.14, both tails.

    Pooled standard error under the null, unpooled under the alternative; arrays broadcast. Where neither
    group can vary and the shares are equal the test never rejects.
    """
    p1, p2, n1, n2 = (np.asarray(value, dtype=np.float64) for value in (p1, p2, n1, n2))
    from scipy.special import ndtr

    gap = np.abs(p1 - p2)
    pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
    null = normal_quantile(1.0 - alpha) * np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    se = np.sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (gap - null) / se, (-gap - null) / se
    both = ndtr(np.where(np.isnan(near), -np.inf, near)) + ndtr(np.where(np.isnan(far), -np.inf, far))
    result: Floats = np.minimum(both, 1.0)
    return result


def _power_function(method: str, n1: int, n2: int, alpha: float) -> Callable[[float, float], float]:
    if method == "z":
        return lambda p1, p2: float(z_power(p1, p2, n1, n2, alpha))
    region = (regions.fisher_region if method == "fisher" else regions.z_region)(n1, n2, alpha)
    return lambda p1, p2: regions.chance_of(region, p1, p2)


def _groups(n1: float, n2: float) -> tuple[int, int]:
    hint = "each group needs at least one person"
    return arguments.count("n1", n1, low=1, hint=hint), arguments.count("n2", n2, low=1, hint=hint)


def two_proportions(
    p1: float, p2: float, n1: float, n2: float, *, alpha: float = 0.05, method: str = "z"
) -> float:
    """Return the power to tell two shares apart, two-sided.

    Parameters
    ----------
    p1, p2
        True shares, treated and control.
    n1, n2
        Group sizes, treated and control.
    alpha
        Significance level.
    method
        ``z``: closed form; pooled standard error under the null, unpooled under the alternative, both tails.
        ``exact``: the same z test, its rejections added up over all tables.
        ``fisher``: Fisher's test, ordered by probability, added up over all tables.

    Returns
    -------
    float
        Power in 0..1.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When the groups are too large to go through all tables.

    Examples
    --------
    >>> round(two_proportions(0.25, 0.2, 500, 757), 3)
    0.553
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    size1, size2 = _groups(n1, n2)
    alpha = arguments.alpha_level(alpha)
    method = arguments.one_of("method", method, METHODS)
    return _power_function(method, size1, size2, alpha)(p1, p2)


def simulated_two_proportions(
    p1: float,
    p2: float,
    n1: float,
    n2: float,
    *,
    alpha: float = 0.05,
    method: str = "exact",
    draws: int = 100_000,
    seed: int = 0,
) -> Simulated:
    """Return the power by drawing both groups' totals many times.

    Parameters
    ----------
    p1, p2, n1, n2, alpha
        As in :func:`two_proportions`.
    method
        ``exact`` (the z test) or ``fisher``.
    draws, seed
        Number of draws and their seed.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    size1, size2 = _groups(n1, n2)
    alpha = arguments.alpha_level(alpha)
    method = arguments.one_of("method", method, ("exact", "fisher"))
    many = arguments.count("draws", draws, low=1)
    rng = np.random.default_rng(arguments.count("seed", seed))
    region = (regions.fisher_region if method == "fisher" else regions.z_region)(size1, size2, alpha)
    hits = region[rng.binomial(size1, p1, many), rng.binomial(size2, p2, many)]
    return simulated_share(int(hits.sum()), many)


def simulated_share(rejected: int, draws: int) -> Simulated:
    """Return a simulated power with its standard error, never 0 (one draw is added to each side for it)."""
    smoothed = (rejected + 1.0) / (draws + 2.0)
    return Simulated(rejected / draws, float(np.sqrt(smoothed * (1.0 - smoothed) / draws)), draws)


def minimum_detectable_effect(
    base: float,
    n1: float,
    n2: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    method: str = "z",
    direction: str = "up",
) -> float:
    """Return the smallest difference from ``base`` that is found with the asked power.

    Parameters
    ----------
    base
        Share in the control group.
    n1, n2
        Group sizes, treated and control.
    power, alpha, method
        Target power, significance level, and method of :func:`two_proportions`.
    direction
        ``up`` (the treated share is higher) or ``down``.

    Returns
    -------
    float
        Treated minus control: positive for ``up``, negative for ``down``.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When even the largest possible effect is not found that often.
    """
    base = arguments.share("base", base)
    size1, size2 = _groups(n1, n2)
    alpha = arguments.alpha_level(alpha)
    target = arguments.power_target(power, alpha)
    method = arguments.one_of("method", method, METHODS)
    direction = arguments.one_of("direction", direction, ("up", "down"))
    room = 1.0 - base if direction == "up" else base
    sign = 1.0 if direction == "up" else -1.0
    function = _power_function(method, size1, size2, alpha)

    def reached(size: float) -> float:
        return function(min(1.0, max(0.0, base + sign * size)), base)

    most = reached(room)
    if most < target:
        raise ModelError(
            f"power is {target:g}: with n1 = {size1} and n2 = {size2} even the largest effect ({base:g} to "
            f"{base + sign * room:g}) is found with power {most:.3f}; enlarge the groups or ask for a "
            "power below that"
        )
    return sign * smallest(reached, target, room)


def smallest(reached: Callable[[float], float], target: float, room: float) -> float:
    """Return the smallest x in (0, room] where ``reached`` is at least ``target``, by bisection."""
    left, right = 0.0, room
    for _ in range(BISECTIONS):
        middle = (left + right) / 2.0
        if reached(middle) < target:
            left = middle
        else:
            right = middle
        if right - left <= 1e-12 * room:
            break
    return right


def sample_size(
    p1: float, p2: float, *, power: float = 0.8, alpha: float = 0.05, ratio: float = 1.0, method: str = "z"
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

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When the shares are equal or so close that no size within reach will do.
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    alpha = arguments.alpha_level(alpha)
    target = arguments.power_target(power, alpha)
    ratio = arguments.positive(
        "ratio", ratio, hint="give control over treated, such as 1.5 for 750 against 500"
    )
    method = arguments.one_of("method", method, METHODS)
    if p1 == p2:
        raise ModelError(
            f"p1 and p2 are both {p1:g}: no number of people finds a difference that is not there; "
            "give shares that differ"
        )

    def reached(size: int) -> bool:
        return float(z_power(p1, p2, size, ceil(size * ratio), alpha)) >= target

    by_formula = _first_size(reached, p1, p2, target)
    if method == "z":
        return by_formula, ceil(by_formula * ratio)
    for size in range(max(1, int(by_formula * 0.7) - 5), LARGEST_EXACT + 1):
        if _power_function(method, size, ceil(size * ratio), alpha)(p1, p2) >= target:
            return size, ceil(size * ratio)
    raise ModelError(
        f"p1 is {p1:g} and p2 is {p2:g}: more than {LARGEST_EXACT} people per group are needed, too many "
        "to go "
        f"through every table; use method 'z' (which gives {by_formula})"
    )


def _first_size(reached: Callable[[int], bool], p1: float, p2: float, target: float) -> int:
    high = 1
    while not reached(high):
        high *= 2
        if high > LARGEST:
            raise ModelError(
                f"p1 is {p1:g} and p2 is {p2:g}: power {target:g} needs more than {LARGEST} people per "
                "group; "
                "look for a larger difference or ask for less power"
            )
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def plan(
    base: float,
    *,
    effect: float | None = None,
    n1: float | None = None,
    n2: float | None = None,
    ratio: float = 1.0,
    power: float | None = None,
    alpha: float = 0.05,
    method: str = "z",
    draws: int = 10_000,
    seed: int = 0,
) -> Plan:
    """Fill in the one missing part of a comparison, and give its power three ways.

    Leave out exactly one: ``effect`` (gives the smallest detectable one, upward), ``n1`` (gives the sample
    size) or ``power``.

    Parameters
    ----------
    base
        Share in the control group.
    effect
        Treated minus control.
    n1, n2
        Group sizes; ``n2`` defaults to ``ratio * n1`` rounded up.
    ratio
        Control over treated, used where ``n2`` is not given.
    power, alpha, method
        As in :func:`minimum_detectable_effect`.
    draws, seed
        Of the simulated power.

    Raises
    ------
    ParameterError
        When not exactly one part is left out, or an argument is outside its range.
    ModelError
        When the target can never be reached.
    """
    missing = [name for name, value in (("effect", effect), ("n1", n1), ("power", power)) if value is None]
    if len(missing) != 1:
        raise ParameterError(
            f"{'none' if not missing else ' and '.join(missing)} left out: exactly one of effect, n1 and "
            "power must "
            "be None; leave out the one you want to know"
        )
    base = arguments.share("base", base)
    ratio = arguments.positive("ratio", ratio, hint="give control over treated")
    if n1 is None and n2 is not None:
        raise ParameterError(f"n2 is {arguments.show(n2)} but n1 is left out: give ratio instead of n2")
    if n1 is None:
        size1, size2 = sample_size(
            base + float(effect or 0.0), base, power=power or 0.8, alpha=alpha, ratio=ratio, method=method
        )
    else:
        size1 = arguments.count("n1", n1, low=1)
        size2 = arguments.count("n2", ceil(size1 * ratio) if n2 is None else n2, low=1)
    if effect is None:
        effect = minimum_detectable_effect(base, size1, size2, power=power or 0.8, alpha=alpha, method=method)
    treated = min(1.0, max(0.0, base + effect)) if -1e-12 < base + effect < 1 + 1e-12 else base + effect
    ways = {name: two_proportions(treated, base, size1, size2, alpha=alpha, method=name) for name in METHODS}
    drawn = simulated_two_proportions(treated, base, size1, size2, alpha=alpha, draws=draws, seed=seed)
    return Plan(
        base=base,
        effect=float(effect),
        n1=size1,
        n2=size2,
        power=ways[arguments.one_of("method", method, METHODS)],
        alpha=float(alpha),
        method=method,
        closed_form=ways["z"],
        exact=ways["exact"],
        fisher=ways["fisher"],
        simulated=drawn,
    )
