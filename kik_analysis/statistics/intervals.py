"""Intervals for shares, differences and counts; public as ``kik.intervals``.

Numbers give one :class:`Interval`; arrays give one that holds arrays of the shape they broadcast to. Every
method is written as its *lower* limit; the upper one is its reflection (``high(x) = 1 - low(n - x)``; for a
difference ``high(1, 2) = -low(2, 1)``), so that symmetry holds by construction: a new method is one function
and its name. Limits in a *finite* population are whole persons; no mainstream Python library has these
(statsmodels issue 6878). Coverage of every method, by exact enumeration, stands in ``docs/validation``.
"""

import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments as arg

__all__ = ["Interval", "count", "difference", "proportion"]

#: Methods for one share that assume an endless population.
Endless = Literal["wilson", "clopper-pearson", "jeffreys", "mid-p"]
Difference = Literal["newcombe", "miettinen-nurminen"]
#: Halvings that bring a bracket of width 1 below the spacing of floats.
BISECTIONS = 60
#: Relative room inside which a tail counts as exactly alpha / 2: sums of floats cannot tell them apart.
TIE = 1e-9


def two_sided(alpha: float) -> float:
    """Return the standard normal limit that is passed on either side with chance ``alpha``: 1.96 for .05."""
    return float(-scipy.special.ndtri(alpha / 2.0))


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval, or many of one method where arrays came in; unpacks to ``(low, high)``.

    ``low``, ``high``, ``estimate``: limits and point estimate, in the unit of the quantity; bounds have no
    estimate (NaN). ``method``: name of the method, as it was asked for. ``confidence``: between 0 and 1; 1
    for bounds that hold for certain under their assumptions.
    """

    low: Any
    high: Any
    estimate: Any
    method: str
    confidence: float

    def __iter__(self) -> Iterator[Any]:
        yield self.low
        yield self.high

    @property
    def width(self) -> Any:
        """Distance between the limits."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Estimate(Interval):
    """An interval with the standard error ``se`` it was made from, in the unit of the estimate."""

    se: float


def log_choose(n: float | arg.Floats, k: float | arg.Floats) -> arg.Floats:
    """Return the logarithm of the binomial coefficient, by log-gamma."""
    n, k = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    gammaln = scipy.special.gammaln
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), dtype=np.float64)


def binomial_pmf(n: int, p: float | arg.Floats) -> arg.Floats:
    """Return the chances of 0..n successes, one row per value of ``p`` (shape ``(*p.shape, n + 1)``)."""
    k = np.arange(n + 1, dtype=np.float64)
    rates, special = np.asarray(p, dtype=np.float64)[..., None], scipy.special
    return np.asarray(np.exp(log_choose(n, k) + special.xlogy(k, rates) + special.xlog1py(n - k, -rates)))


def fewest(x: int, n: int, population: int, confidence: float) -> int:
    """Return the fewest people with the trait that are compatible with ``x`` of ``n``.

    The smallest K with ``P(X >= x | K) > alpha / 2`` (equal tails; Konijn 1973, p. 79; Wright 1991), found by
    bisection because the tail rises with K.
    """
    if x == 0:
        return 0
    arg.fits(n, f"n is {n}: the exact limits", "use method 'clopper-pearson', which is as good at this size")
    target = (1.0 - confidence) / 2.0 * (1.0 + TIE)
    k, gammaln = np.arange(x, n + 1, dtype=np.float64), scipy.special.gammaln
    fixed = -gammaln(k + 1.0) - gammaln(n - k + 1.0) - float(log_choose(population, n))

    def tail(have: int) -> float:
        """P(X >= x) when ``have`` people have the trait; only the k that can occur are summed."""
        without = population - have
        possible = slice(max(0, n - without - x), max(0, min(n, have) - x + 1))
        seen = k[possible]
        logs = gammaln(have + 1.0) + gammaln(without + 1.0) + fixed[possible]
        logs = logs - gammaln(have - seen + 1.0) - gammaln(without - n + seen + 1.0)
        return float(np.exp(logs).sum())

    return x + bisect.bisect_right(range(x, population - n + x), target, key=tail)


def count_limits(x: int, n: int, population: int, confidence: float) -> tuple[int, int]:
    """Return the fewest and the most people with the trait in the whole population."""
    return fewest(x, n, population, confidence), population - fewest(n - x, n, population, confidence)


def wilson(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower score limit of Wilson (1927), in a form without cancellation.

    The usual ``(c - d) / (2 (n + z^2))`` with ``c = 2x + z^2`` and ``d = z sqrt(z^2 + 4x(1 - x/n))`` is
    multiplied by ``(c + d) / (c + d)``; the result is exactly 0 at x = 0.
    """
    z = two_sided(1.0 - confidence)
    low: arg.Floats = 2.0 * x * x / ((np.sqrt((1.0 - x / n) * x * 4.0 + z * z) * z + 2.0 * x + z * z) * n)
    return low


def clopper_pearson(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower exact limit of Clopper and Pearson (1934), as a Beta(x, n - x + 1) quantile."""
    return np.where(x == 0, 0.0, _beta(np.maximum(x, 1.0), n - np.maximum(x, 1.0) + 1.0, confidence))


def jeffreys(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower limit under Jeffreys' prior Beta(1/2, 1/2), 0 at x = 0: Brown, Cai and DasGupta (2001), eq. 8."""
    return np.where(x == 0, 0.0, _beta(0.5 + x, 0.5 + n - x, confidence))


def _beta(a: arg.Floats, b: arg.Floats, confidence: float) -> arg.Floats:
    return np.asarray(scipy.special.betaincinv(a, b, (1.0 - confidence) / 2.0), dtype=np.float64)


def mid_p(x: arg.Floats, n: arg.Floats, confidence: float) -> arg.Floats:
    """Lower mid-p limit: solves ``P(X > x) + P(X = x) / 2 = alpha / 2`` (Berry and Armitage 1995).

    With ``P(X >= k | p) = I_p(k, n - k + 1)`` the left side is the mean of two incomplete beta functions.
    """
    target = (1.0 - confidence) / 2.0
    last = x >= n
    rest = np.where(last, 1.0, n - x)  # a stand-in where P(X >= n + 1) = 0

    def too_low(p: arg.Floats) -> arg.Floats:
        above = np.where(last, 0.0, scipy.special.betainc(x + 1.0, rest, p))
        return np.asarray((above + scipy.special.betainc(np.maximum(x, 1.0), n - x + 1.0, p)) / 2.0 < target)

    return np.where(x == 0, 0.0, _halved(too_low, np.zeros_like(x), np.ones_like(x)))


def _halved(too_low: Callable[[arg.Floats], arg.Floats], left: arg.Floats, right: arg.Floats) -> arg.Floats:
    """Return for each place where ``too_low`` ends, by bisection of all places at once."""
    for _ in range(BISECTIONS):
        middle = (left + right) / 2.0
        below = too_low(middle)
        left, right = np.where(below, middle, left), np.where(below, right, middle)
    return (left + right) / 2.0


LOWER: dict[str, Callable[[arg.Floats, arg.Floats, float], arg.Floats]] = {
    "wilson": wilson, "clopper-pearson": clopper_pearson, "jeffreys": jeffreys, "mid-p": mid_p,
}  # fmt: skip


def limits(x: arg.Floats, n: arg.Floats, method: str, confidence: float) -> tuple[arg.Floats, arg.Floats]:
    """Return both limits of a method in :data:`LOWER` for arrays of one shape."""
    lower = LOWER[method]
    return lower(x, n, confidence), 1.0 - lower(n - x, n, confidence)


def newcombe(x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, confidence: float) -> arg.Floats:
    """Lower hybrid score limit from two Wilson limits: Newcombe (1998b), method 10."""
    p1, p2 = x1 / n1, x2 / n2
    low1, high2 = wilson(x1, n1, confidence), 1.0 - wilson(n2 - x2, n2, confidence)
    return np.maximum(p1 - p2 - np.hypot(p1 - low1, high2 - p2), -1.0)


def constrained_shares(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, delta: arg.Floats
) -> tuple[arg.Floats, arg.Floats]:
    """Return the likeliest shares of both groups when their difference is held at ``delta``.

    The closed form of Miettinen and Nurminen (1985, appendix I) in the notation of Farrington and
    Manning (1990, p. 1453). statsmodels 0.15 has a wrong coefficient here (its issue 10269).
    """
    ratio, p1, p2 = n2 / n1, x1 / n1, x2 / n2
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


def miettinen_nurminen(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, confidence: float
) -> arg.Floats:
    """Lower score limit of Miettinen and Nurminen (1985): variance times N / (N - 1)."""
    z, total = two_sided(1.0 - confidence), n1 + n2
    factor, seen = total / (total - 1.0), x1 / n1 - x2 / n2

    def too_low(delta: arg.Floats) -> arg.Floats:
        share1, share2 = constrained_shares(x1, n1, x2, n2, delta)
        variance = (share1 * (1.0 - share1) / n1 + share2 * (1.0 - share2) / n2) * factor
        return np.asarray((seen - delta) > z * np.sqrt(variance))

    return _halved(too_low, np.full_like(seen, -1.0), seen.copy())


LOWER_DIFFERENCE: dict[str, Callable[..., arg.Floats]] = {
    "newcombe": newcombe,
    "miettinen-nurminen": miettinen_nurminen,
}


def difference_limits(
    x1: arg.Floats, n1: arg.Floats, x2: arg.Floats, n2: arg.Floats, method: str, confidence: float
) -> tuple[arg.Floats, arg.Floats]:
    """Return both limits of a method in :data:`LOWER_DIFFERENCE` for arrays of one shape."""
    lower = LOWER_DIFFERENCE[method]
    return lower(x1, n1, x2, n2, confidence), -lower(x2, n2, x1, n1, confidence)


def _interval(low: Any, high: Any, estimate: Any, method: str, confidence: float) -> Interval:
    if np.ndim(low) == 0:
        low, high, estimate = float(low), float(high), float(estimate)
    return Interval(low, high, estimate, method, confidence)


@arg.checked
def proportion(
    successes: Annotated[ArrayLike, arg.whole(of="n", array=True)],
    n: arg.Sizes,
    *,
    method: Literal[Endless, "hypergeometric"] = "wilson",
    population: arg.Some | None = None,
    confidence: arg.Confidence = 0.95,
) -> Interval:
    """Return an interval for the share behind ``successes`` out of ``n``; limits as shares.

    ``successes``, ``n``: whole numbers, ``0 <= successes <= n``; numbers or arrays that broadcast.
    ``method``: ``wilson`` (Wilson 1927), ``clopper-pearson`` (1934), ``jeffreys`` (Brown, Cai and DasGupta
    2001), ``mid-p`` (Berry and Armitage 1995), or ``hypergeometric`` (exact, equal tails, for a draw without
    return from ``population``). ``population``: size of the finite population; needed by ``hypergeometric``,
    refused where it would be ignored.

    Examples
    --------
    >>> low, high = proportion(4, 4, method="clopper-pearson")
    >>> round(low, 3), high
    (0.398, 1.0)
    """
    x, size = np.asarray(successes), np.asarray(n)
    if (population is None) != (method in LOWER):
        raise ParameterError(
            f"population is {population} but method {method!r} assumes an endless one: "
            "use method 'hypergeometric', or leave population out"
            if method in LOWER
            else "population is None: method 'hypergeometric' needs the size of the population (at least n); "
            "give it, or use 'clopper-pearson' for an endless one"
        )
    if population is None:
        return _interval(*limits(x, size, method, confidence), x / size, method, confidence)
    if population < size.max():
        raise ParameterError(
            f"population is {population} but n is {size.max():.0f}: a draw without return is at most the "
            f"whole population; raise population to at least {size.max():.0f} or lower n"
        )
    ends = np.empty((2, *x.shape))
    for place in np.ndindex(x.shape):
        ends[:, *place] = count_limits(int(x[place]), int(size[place]), population, confidence)
    low, high = ends / population
    return _interval(low, high, x / size, method, confidence)


@arg.checked
def count(
    successes: Annotated[int, arg.whole(of="n")],
    n: Annotated[int, arg.whole(1, hint="with nobody observed nothing can be said")],
    population: arg.Some,
    *,
    confidence: arg.Confidence = 0.95,
) -> Interval:
    """Return the exact interval for how many of a finite population have a trait; limits in whole people.

    ``successes``, ``n``: people with the trait, out of the ``n`` drawn without return. ``population``: all
    people, the ``n`` included.
    """
    shares = proportion(successes, n, method="hypergeometric", population=population, confidence=confidence)
    low, high = (float(round(share * population)) for share in shares)
    return Interval(low, high, shares.estimate * population, "hypergeometric", confidence)


@arg.checked
def difference(
    x1: arg.Firsts,
    n1: arg.Sizes,
    x2: arg.Seconds,
    n2: arg.Sizes,
    *,
    method: Difference = "newcombe",
    confidence: arg.Confidence = 0.95,
) -> Interval:
    """Return an interval for ``x1/n1 - x2/n2``, treated before control; limits inside [-1, 1].

    Numbers or arrays that broadcast; ``method`` is ``newcombe`` (Newcombe 1998b, method 10) or
    ``miettinen-nurminen`` (1985).
    """
    a, m, b, k = arg.alike(x1=x1, n1=n1, x2=x2, n2=n2)
    return _interval(*difference_limits(a, m, b, k, method, confidence), a / m - b / k, method, confidence)
