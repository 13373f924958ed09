"""Intervals for shares, differences, counts and rates; public as ``kik.intervals``.

Scalars give one :class:`~kik_analysis.statistics.interval.Interval`, arrays give
:class:`~kik_analysis.statistics.interval.Intervals` of the shape they broadcast to. Coverage of every method,
by exact enumeration, stands in ``docs/validation``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments, differences, populations, proportions, rates
from kik_analysis.statistics.coverage import (
    difference_coverage,
    expected_width,
    population_coverage,
    proportion_coverage,
)
from kik_analysis.statistics.interval import Interval, Intervals, as_interval
from kik_analysis.statistics.rates import NothingSeen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "DIFFERENCE_METHODS",
    "PROPORTION_METHODS",
    "RATIO_METHODS",
    "Interval",
    "Intervals",
    "count",
    "difference",
    "difference_coverage",
    "expected_width",
    "poisson",
    "population_coverage",
    "proportion",
    "proportion_coverage",
    "rate_ratio",
    "rule_of_three",
]

#: Methods of :func:`proportion`.
PROPORTION_METHODS = (*proportions.LOWER, "beta-binomial", "hypergeometric")
#: Methods of :func:`difference`.
DIFFERENCE_METHODS = tuple(differences.LOWER)
#: Methods of :func:`rate_ratio`: limits of the binomial share behind the ratio.
RATIO_METHODS = ("exact", "mid-p")


@overload
def proportion(
    successes: float,
    n: float,
    *,
    method: str = ...,
    population: float | None = ...,
    confidence: float = ...,
    prior: tuple[float, float] | None = ...,
) -> Interval: ...
@overload
def proportion(
    successes: ArrayLike,
    n: ArrayLike,
    *,
    method: str = ...,
    population: float | None = ...,
    confidence: float = ...,
    prior: tuple[float, float] | None = ...,
) -> Interval | Intervals: ...
def proportion(
    successes: ArrayLike,
    n: ArrayLike,
    *,
    method: str = "wilson",
    population: float | None = None,
    confidence: float = 0.95,
    prior: tuple[float, float] | None = None,
) -> Interval | Intervals:
    """Return an interval for the share behind ``successes`` out of ``n``.

    Parameters
    ----------
    successes, n
        Whole numbers, ``0 <= successes <= n``; scalars or arrays that broadcast.
    method
        ``wilson`` (Wilson 1927), ``wilson-corrected`` (Newcombe 1998a, method 4), ``clopper-pearson``
        (1934), ``jeffreys`` (Brown, Cai and DasGupta 2001), ``mid-p`` (Berry and Armitage 1995),
        ``agresti-coull`` (1998), ``beta-binomial`` (posterior under ``prior``), or ``hypergeometric``
        (exact, equal tails, for a draw without return from ``population``).
    population
        Size of the finite population; needed by ``hypergeometric``, allowed for ``beta-binomial`` (which then
        predicts the unseen people), refused by the methods that would ignore it.
    confidence
        Strictly between 0 and 1.
    prior
        ``(a, b)`` of the Beta prior, both above 0; needed by ``beta-binomial`` only.

    Returns
    -------
    Interval or Intervals
        Limits as shares; ``estimate`` is ``successes / n`` (for ``beta-binomial`` the posterior mean).

    Raises
    ------
    ParameterError
        When an argument is outside its range, or the method needs or refuses ``population`` or ``prior``.

    Examples
    --------
    >>> low, high = proportion(4, 4, method="clopper-pearson")
    >>> round(low, 3), high
    (0.398, 1.0)
    """
    method = arguments.one_of("method", method, PROPORTION_METHODS)
    confidence = arguments.confidence_level(confidence)
    x, size = arguments.successes_of("successes", successes, "n", n)
    _check_prior_and_population(method, population, prior)
    if method in proportions.LOWER:
        low, high = proportions.limits(x, size, method, confidence)
        return as_interval(low, high, x / size, method, confidence)
    a, b = _beta_prior(prior) if method == "beta-binomial" else (0.0, 0.0)
    estimate = (x + a) / (size + a + b)
    if population is None:
        low, high = proportions.beta_limits(x, size, confidence, a, b)
        return as_interval(low, high, estimate, method, confidence)
    whole = _population_size(population, size)
    low, high = _count_limits(x, size, whole, confidence, (a, b) if method == "beta-binomial" else None)
    if method == "beta-binomial":
        estimate = (x + (whole - size) * estimate) / whole
    return as_interval(low / whole, high / whole, estimate, method, confidence)


def count(
    successes: float,
    n: float,
    population: float,
    *,
    method: str = "hypergeometric",
    confidence: float = 0.95,
    prior: tuple[float, float] | None = None,
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

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    arguments.one_of("method", method, ("hypergeometric", "beta-binomial"))
    shares = proportion(
        successes, n, method=method, population=population, confidence=confidence, prior=prior
    )
    whole = float(population)
    return Interval(
        float(round(shares.low * whole)),
        float(round(shares.high * whole)),
        shares.estimate * whole,
        method,
        shares.confidence,
    )


@overload
def difference(
    x1: float, n1: float, x2: float, n2: float, *, method: str = ..., confidence: float = ...
) -> Interval: ...
@overload
def difference(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, method: str = ..., confidence: float = ...
) -> Interval | Intervals: ...
def difference(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    method: str = "newcombe",
    confidence: float = 0.95,
) -> Interval | Intervals:
    """Return an interval for ``x1/n1 - x2/n2``, treated before control.

    Parameters
    ----------
    x1, n1
        Successes and size of the treated group; scalars or arrays that broadcast.
    x2, n2
        Successes and size of the control group.
    method
        ``newcombe`` (Newcombe 1998b, method 10), ``newcombe-corrected`` (method 11),
        ``miettinen-nurminen`` (1985), ``mee`` (1984), ``agresti-caffo`` (2000).
    confidence
        Strictly between 0 and 1.

    Returns
    -------
    Interval or Intervals
        Limits inside [-1, 1].

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    method = arguments.one_of("method", method, DIFFERENCE_METHODS)
    confidence = arguments.confidence_level(confidence)
    treated, size1 = arguments.successes_of("x1", x1, "n1", n1)
    control, size2 = arguments.successes_of("x2", x2, "n2", n2)
    try:
        treated, size1, control, size2 = np.broadcast_arrays(treated, size1, control, size2)
    except ValueError:
        raise ParameterError(
            f"the treated group has shape {treated.shape} and the control group {control.shape}: "
            "the shapes must match; give one control group, or one for each"
        ) from None
    low, high = differences.limits(treated, size1, control, size2, method, confidence)
    return as_interval(low, high, treated / size1 - control / size2, method, confidence)


def poisson(events: float, exposure: float = 1.0, *, confidence: float = 0.95) -> Interval:
    """Return an exact interval for a rate: ``events`` per unit of ``exposure`` (Garwood 1936).

    Parameters
    ----------
    events
        Whole number of events seen.
    exposure
        Person-years, weeks or whatever the rate is per; above 0.
    confidence
        Strictly between 0 and 1.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    seen = arguments.count("events", events, hint="count whole events")
    time = arguments.positive("exposure", exposure, hint="give the time or the number of people observed")
    confidence = arguments.confidence_level(confidence)
    low, high = rates.garwood_limits(np.asarray(float(seen)), confidence)
    return Interval(float(low) / time, float(high) / time, seen / time, "garwood", confidence)


def rate_ratio(
    events1: float,
    exposure1: float,
    events2: float,
    exposure2: float,
    *,
    method: str = "exact",
    confidence: float = 0.95,
) -> Interval:
    """Return an interval for the ratio of two Poisson rates, treated over control.

    Parameters
    ----------
    events1, exposure1
        Events and exposure of the treated group.
    events2, exposure2
        Events and exposure of the control group.
    method
        ``exact`` (Clopper-Pearson on the share of events that are the treated group's) or ``mid-p``.
    confidence
        Strictly between 0 and 1.

    Returns
    -------
    Interval
        ``high`` is infinite when the control group has no events; ``estimate`` is then infinite, or NaN when
        there are no events at all.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    method = arguments.one_of("method", method, RATIO_METHODS)
    confidence = arguments.confidence_level(confidence)
    first = arguments.count("events1", events1, hint="count whole events")
    second = arguments.count("events2", events2, hint="count whole events")
    time1 = arguments.positive("exposure1", exposure1, hint="give the time or the number of people observed")
    time2 = arguments.positive("exposure2", exposure2, hint="give the time or the number of people observed")
    share = "clopper-pearson" if method == "exact" else "mid-p"
    low, high = rates.ratio_limits(
        np.asarray(float(first)), time1, np.asarray(float(second)), time2, share, confidence
    )
    nothing = np.inf if first else np.nan
    estimate = first / time1 / (second / time2) if second else nothing
    return Interval(float(low), float(high), float(estimate), method, confidence)


def rule_of_three(n: float, *, confidence: float = 0.95) -> NothingSeen:
    """Return what "none of n" leaves possible: 3/n beside the exact limits it approximates.

    Parameters
    ----------
    n
        People observed, at least 1.
    confidence
        Strictly between 0 and 1; the rule itself is made for 0.95.

    Raises
    ------
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> seen = rule_of_three(6)
    >>> round(seen.rule, 2), round(seen.exact, 2)
    (0.5, 0.39)
    """
    size = arguments.count("n", n, low=1, hint="with nobody observed nothing can be said")
    return rates.nothing_seen(size, arguments.confidence_level(confidence))


def _check_prior_and_population(
    method: str, population: float | None, prior: tuple[float, float] | None
) -> None:
    if prior is not None and method != "beta-binomial":
        raise ParameterError(
            f"prior is {prior} but method is {method!r}: only 'beta-binomial' has a prior; drop it or "
            "change method"
        )
    if population is not None and method in proportions.LOWER:
        raise ParameterError(
            f"population is {arguments.show(population)} but method {method!r} assumes an endless one: "
            "use method 'hypergeometric' (or 'beta-binomial'), or leave population out"
        )
    if population is None and method == "hypergeometric":
        raise ParameterError(
            "population is None: method 'hypergeometric' needs the size of the population (at least n); "
            "give it, or use 'clopper-pearson' for an endless one"
        )


def _beta_prior(prior: tuple[float, float] | None) -> tuple[float, float]:
    if prior is None or np.shape(prior) != (2,):
        raise ParameterError(
            f"prior is {prior}: method 'beta-binomial' needs the two numbers (a, b) of a Beta prior, both "
            "above 0; "
            "give (1, 1) for a flat one"
        )
    hint = "give (1, 1) for a flat prior"
    return arguments.positive("prior a", prior[0], hint=hint), arguments.positive(
        "prior b", prior[1], hint=hint
    )


def _population_size(population: float, n: np.ndarray) -> int:
    whole = arguments.count("population", population, low=1)
    largest = int(n.max())
    if whole < largest:
        raise ParameterError(
            f"population is {whole} but n is {largest}: a draw without return is at most the whole "
            "population; "
            f"raise population to at least {largest} or lower n"
        )
    return whole


def _count_limits(
    x: np.ndarray, n: np.ndarray, population: int, confidence: float, prior: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.empty(x.shape), np.empty(x.shape)
    for place in np.ndindex(x.shape):
        hits, size = int(x[place]), int(n[place])
        if prior is None:
            low[place], high[place] = populations.count_limits(hits, size, population, confidence)
        else:
            low[place], high[place] = populations.predicted_count_limits(
                hits, size, population, confidence, *prior
            )
    return low, high
