"""Intervals for shares, differences, counts and rates; public as ``kik.intervals``.

Numbers give one :class:`~kik_analysis.statistics.interval.Interval`; arrays give one that holds arrays of the
shape they broadcast to. Every method is written as its *lower* limit; the upper one is its reflection
(``high(x) = 1 - low(n - x)``; for a difference ``high(1, 2) = -low(2, 1)``), so that symmetry holds by
construction. Coverage of every method, by exact enumeration, stands in ``docs/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics import populations
from kik_analysis.statistics.interval import Interval, two_sided

__all__ = ["Interval", "count", "difference", "poisson", "proportion"]

#: Methods for one share that assume an endless population.
Endless = Literal["wilson", "wilson-corrected", "clopper-pearson", "jeffreys", "mid-p", "agresti-coull"]
Finite = Literal["hypergeometric", "beta-binomial"]
Difference = Literal["newcombe", "newcombe-corrected", "miettinen-nurminen", "mee", "agresti-caffo"]
Sizes = Annotated[
    ArrayLike, arg.Whole(1, hint="without a single observation there is no interval and no test", array=True)
]
#: Halvings that bring a bracket of width 1 below the spacing of floats.
BISECTIONS = 60


# ---- one share


def wilson(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower score limit of Wilson (1927), in a form without cancellation.

    The usual ``(c - d) / (2 (n + z^2))`` with ``c = 2x + z^2`` and ``d = z sqrt(z^2 + 4x(1 - x/n))`` is
    multiplied by ``(c + d) / (c + d)``; the result is exactly 0 at x = 0.
    """
    z = two_sided(1.0 - confidence)
    root = np.asarray(1.0 - x / n)  # worked on in place: a million limits are a matter of memory traffic
    root *= x
    root *= 4.0
    root += z * z
    np.sqrt(root, out=root)
    root *= z
    root += 2.0 * x
    root += z * z
    root *= n
    low: arg.Floats = 2.0 * x * x / root
    return low


def wilson_corrected(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower score limit with continuity correction: Newcombe (1998a), method 4."""
    z = two_sided(1.0 - confidence)
    root = z * np.sqrt(np.maximum(z * z - 2.0 - 1.0 / n + 4.0 * x / n * (n - x + 1.0), 0.0))
    return np.where(x == 0, 0.0, (2.0 * x + z * z - 1.0 - root) / (2.0 * (n + z * z)))


def clopper_pearson(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower exact limit of Clopper and Pearson (1934), as a Beta(x, n - x + 1) quantile."""
    return np.where(x == 0, 0.0, posterior(np.maximum(x, 1.0), n, confidence, 0.0, 1.0))


def jeffreys(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower limit under Jeffreys' prior Beta(1/2, 1/2), 0 at x = 0: Brown, Cai and DasGupta (2001), eq. 8."""
    return np.where(x == 0, 0.0, posterior(x, n, confidence, 0.5, 0.5))


def posterior(x: arg.Floats, n: arg.Floats, confidence: float, a: float, b: float) -> arg.Floats:
    """Lower equal-tailed limit of the posterior Beta(a + x, b + n - x)."""
    from scipy.special import betaincinv

    return np.asarray(betaincinv(a + x, b + n - x, (1.0 - confidence) / 2.0), dtype=np.float64)


def mid_p(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower mid-p limit: solves ``P(X > x) + P(X = x) / 2 = alpha / 2`` (Berry and Armitage 1995).

    With ``P(X >= k | p) = I_p(k, n - k + 1)`` the left side is the mean of two incomplete beta functions.
    """
    from scipy.special import betainc

    target = (1.0 - confidence) / 2.0
    last = x >= n
    rest = np.where(last, 1.0, n - x)  # a stand-in where P(X >= n + 1) = 0

    def too_low(p: arg.Floats) -> arg.Floats:
        above = np.where(last, 0.0, betainc(x + 1.0, rest, p))
        return np.asarray((above + betainc(np.maximum(x, 1.0), n - x + 1.0, p)) / 2.0 < target)

    return np.where(x == 0, 0.0, _halved(too_low, np.zeros_like(x), np.ones_like(x)))


def agresti_coull(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower limit of Agresti and Coull (1998): Wald with z^2/2 successes and failures added; cut off at 0."""
    z = two_sided(1.0 - confidence)
    size = n + z * z
    middle = (x + z * z / 2.0) / size
    return np.maximum(middle - z * np.sqrt(middle * (1.0 - middle) / size), 0.0)


def _halved(too_low: Callable[[arg.Floats], arg.Floats], left: arg.Floats, right: arg.Floats) -> arg.Floats:
    """Return for each place where ``too_low`` ends, by bisection of all places at once."""
    for _ in range(BISECTIONS):
        middle = (left + right) / 2.0
        below = too_low(middle)
        left, right = np.where(below, middle, left), np.where(below, right, middle)
    return (left + right) / 2.0


LOWER: dict[str, Callable[[arg.Floats, arg.Floats, float], arg.Floats]] = {
    "wilson": wilson,
    "wilson-corrected": wilson_corrected,
    "clopper-pearson": clopper_pearson,
    "jeffreys": jeffreys,
    "mid-p": mid_p,
    "agresti-coull": agresti_coull,
}


def limits(x: arg.Floats, n: arg.Floats, method: str, confidence: float) -> tuple[arg.Floats, arg.Floats]:
    """Return both limits of a method in :data:`LOWER` for arrays of one shape."""
    lower = LOWER[method]
    return lower(x, n, confidence), 1.0 - lower(n - x, n, confidence)


# ---- a difference of two shares


def square_and_add(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, confidence: float, method: str = "wilson"
) -> arg.Floats:
    """Lower hybrid score limit: Newcombe (1998b), methods 10 (and 11, with continuity correction)."""
    p1, p2 = x1 / n1, x2 / n2
    low1 = LOWER[method](x1, n1, confidence)
    high2 = 1.0 - LOWER[method](n2 - x2, n2, confidence)
    return np.maximum(p1 - p2 - np.hypot(p1 - low1, high2 - p2), -1.0)


def agresti_caffo(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, confidence: float
) -> arg.Floats:
    """Lower limit of Agresti and Caffo (2000): Wald with one success and one failure added per group."""
    p1, p2 = (x1 + 1.0) / (n1 + 2.0), (x2 + 1.0) / (n2 + 2.0)
    se = np.sqrt(p1 * (1.0 - p1) / (n1 + 2.0) + p2 * (1.0 - p2) / (n2 + 2.0))
    return np.clip(p1 - p2 - two_sided(1.0 - confidence) * se, -1.0, 1.0)


def constrained_shares(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, delta: arg.Floats
) -> tuple[arg.Floats, arg.Floats]:
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


def score(
    x1: arg.Floats,
    n1: arg.Floats,
    x2: arg.Floats,
    n2: arg.Floats,
    confidence: float,
    *,
    corrected: bool = True,
) -> arg.Floats:
    """Lower score limit: Miettinen and Nurminen (1985), variance times N / (N - 1); without it Mee (1984)."""
    z, total = two_sided(1.0 - confidence), n1 + n2
    factor = total / (total - 1.0) if corrected else np.ones_like(total)
    seen = x1 / n1 - x2 / n2

    def too_low(delta: arg.Floats) -> arg.Floats:
        share1, share2 = constrained_shares(x1, n1, x2, n2, delta)
        variance = (share1 * (1.0 - share1) / n1 + share2 * (1.0 - share2) / n2) * factor
        return np.asarray((seen - delta) > z * np.sqrt(variance))

    return _halved(too_low, np.full_like(seen, -1.0), seen.copy())


LOWER_DIFFERENCE: dict[str, Callable[..., arg.Floats]] = {
    "newcombe": square_and_add,
    "newcombe-corrected": partial(square_and_add, method="wilson-corrected"),
    "miettinen-nurminen": score,
    "mee": partial(score, corrected=False),
    "agresti-caffo": agresti_caffo,
}


def difference_limits(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, method: str, confidence: float
) -> tuple[arg.Floats, arg.Floats]:
    """Return both limits of a method in :data:`LOWER_DIFFERENCE` for arrays of one shape."""
    lower = LOWER_DIFFERENCE[method]
    return lower(x1, n1, x2, n2, confidence), -lower(x2, n2, x1, n1, confidence)


# ---- the public face


@arg.checked
def proportion(
    successes: Annotated[ArrayLike, arg.Whole(of="n", array=True)],
    n: Sizes,
    *,
    method: Endless | Finite = "wilson",
    population: arg.Some | None = None,
    confidence: arg.Confidence = 0.95,
    prior: arg.Prior | None = None,
) -> Interval:
    """Return an interval for the share behind ``successes`` out of ``n``.

    Parameters
    ----------
    successes, n
        Whole numbers, ``0 <= successes <= n``; numbers or arrays that broadcast.
    method
        ``wilson`` (Wilson 1927), ``wilson-corrected`` (Newcombe 1998a, method 4), ``clopper-pearson``
        (1934), ``jeffreys`` (Brown, Cai and DasGupta 2001), ``mid-p`` (Berry and Armitage 1995),
        ``agresti-coull`` (1998), ``beta-binomial`` (posterior under ``prior``), or ``hypergeometric``
        (exact, equal tails, for a draw without return from ``population``).
    population
        Size of the finite population; needed by ``hypergeometric``, allowed for ``beta-binomial`` (which then
        predicts the unseen people), refused by the methods that would ignore it.
    prior
        ``(a, b)`` of the Beta prior, both above 0; needed by ``beta-binomial`` only.

    Returns
    -------
    Interval
        Limits as shares; ``estimate`` is ``successes / n`` (for ``beta-binomial`` the posterior mean).

    Examples
    --------
    >>> low, high = proportion(4, 4, method="clopper-pearson")
    >>> round(low, 3), high
    (0.398, 1.0)
    """
    x, size = np.asarray(successes), np.asarray(n)
    _check_prior_and_population(method, population, prior)
    if method in LOWER:
        return _interval(*limits(x, size, method, confidence), x / size, method, confidence)
    a, b = prior or (0.0, 0.0)
    estimate = (x + a) / (size + a + b)
    if population is None:
        low, high = posterior(x, size, confidence, a, b), 1.0 - posterior(size - x, size, confidence, b, a)
        return _interval(low, high, estimate, method, confidence)
    if population < size.max():
        raise ParameterError(
            f"population is {population} but n is {size.max():.0f}: a draw without return is at most the "
            f"whole population; raise population to at least {size.max():.0f} or lower n"
        )
    ends = np.empty((2, *x.shape))
    for place in np.ndindex(x.shape):
        drawn = int(x[place]), int(size[place]), population, confidence
        ends[:, *place] = (
            populations.predicted_limits(*drawn, a, b) if prior else populations.count_limits(*drawn)
        )
    if prior:
        estimate = (x + (population - size) * estimate) / population
    return _interval(ends[0] / population, ends[1] / population, estimate, method, confidence)


def _interval(
    low: arg.Floats, high: arg.Floats, estimate: arg.Floats, method: str, confidence: float
) -> Interval:
    if np.ndim(low) == 0:
        return Interval(float(low), float(high), float(estimate), method, confidence)
    return Interval(low, high, estimate, method, confidence)


def _check_prior_and_population(
    method: str, population: float | None, prior: tuple[float, float] | None
) -> None:
    if prior is not None and method != "beta-binomial":
        raise ParameterError(
            f"prior is ({prior[0]:g}, {prior[1]:g}) but method is {method!r}: only 'beta-binomial' has "
            "one; drop it or change method"
        )
    if prior is None and method == "beta-binomial":
        raise ParameterError(
            "prior is None: method 'beta-binomial' needs the two numbers (a, b) of a Beta prior, both "
            "above 0; give (1, 1) for a flat one"
        )
    if population is not None and method in LOWER:
        raise ParameterError(
            f"population is {population} but method {method!r} assumes an endless one: "
            "use method 'hypergeometric' (or 'beta-binomial'), or leave population out"
        )
    if population is None and method == "hypergeometric":
        raise ParameterError(
            "population is None: method 'hypergeometric' needs the size of the population (at least n); "
            "give it, or use 'clopper-pearson' for an endless one"
        )


@arg.checked
def count(
    successes: Annotated[int, arg.Whole(of="n")],
    n: Annotated[int, arg.Whole(1, hint="with nobody observed nothing can be said")],
    population: arg.Some,
    *,
    method: Finite = "hypergeometric",
    confidence: arg.Confidence = 0.95,
    prior: arg.Prior | None = None,
) -> Interval:
    """Return an interval for the number of people with a trait in a finite population.

    Parameters
    ----------
    successes, n
        People with the trait, out of the ``n`` drawn without return.
    population
        All people, the ``n`` included.
    method
        ``hypergeometric`` (exact) or ``beta-binomial`` (needs ``prior``).
    confidence, prior
        As in :func:`proportion`.

    Returns
    -------
    Interval
        Limits in whole persons; ``estimate`` is ``population * successes / n`` (or the posterior mean).
    """
    shares = proportion(
        successes, n, method=method, population=population, confidence=confidence, prior=prior
    )
    low, high = (float(round(share * population)) for share in shares)
    return Interval(low, high, shares.estimate * population, method, confidence)


@arg.checked
def difference(
    x1: Annotated[ArrayLike, arg.Whole(of="n1", array=True)],
    n1: Sizes,
    x2: Annotated[ArrayLike, arg.Whole(of="n2", array=True)],
    n2: Sizes,
    *,
    method: Difference = "newcombe",
    confidence: arg.Confidence = 0.95,
) -> Interval:
    """Return an interval for ``x1/n1 - x2/n2``, treated before control.

    Parameters
    ----------
    x1, n1, x2, n2
        Successes and size of the treated group, then of the control group; numbers or arrays that broadcast.
    method
        ``newcombe`` (Newcombe 1998b, method 10), ``newcombe-corrected`` (method 11),
        ``miettinen-nurminen`` (1985), ``mee`` (1984), ``agresti-caffo`` (2000).

    Returns
    -------
    Interval
        Limits inside [-1, 1].
    """
    groups = arg.alike(x1=np.asarray(x1), n1=np.asarray(n1), x2=np.asarray(x2), n2=np.asarray(n2))
    seen = groups[0] / groups[1] - groups[2] / groups[3]
    x1, n1, x2, n2 = groups
    return _interval(*difference_limits(x1, n1, x2, n2, method, confidence), seen, method, confidence)


@arg.checked
def poisson(
    events: arg.Count, exposure: arg.Positive = 1.0, *, confidence: arg.Confidence = 0.95
) -> Interval:
    """Return an exact interval for a rate: ``events`` per unit of ``exposure`` (Garwood 1936).

    Parameters
    ----------
    events
        Whole number of events seen.
    exposure
        Person-years, weeks or whatever the rate is per; above 0.

    Returns
    -------
    Interval
        Limits of the rate, gamma quantiles over the exposure.
    """
    from scipy.special import gammainccinv, gammaincinv

    tail = (1.0 - confidence) / 2.0
    low = float(gammaincinv(events, tail)) if events else 0.0
    high = float(gammainccinv(events + 1.0, tail))
    return Interval(low / exposure, high / exposure, events / exposure, "garwood", confidence)
