"""How large is an overlap that cannot be linked: bounds, capture-recapture, and a count with noise."""

from __future__ import annotations

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.interval import Bounds, Estimate, Interval
from kik_analysis.statistics.proportions import normal_quantile


def frechet(first: float, second: float, population: float) -> Bounds:
    """Return the smallest and largest overlap of two groups in one population (Frechet 1940).

    ``max(0, first + second - population)`` to ``min(first, second)``: nothing else follows from two unlinked
    lists.

    Parameters
    ----------
    first, second
        Sizes of the two groups.
    population
        Size of the population that holds both.

    Raises
    ------
    ParameterError
        When a size is no whole number or a group is larger than the population.

    Examples
    --------
    >>> tuple(frechet(70, 50, 100))
    (20.0, 50.0)
    """
    whole = arguments.count("population", population)
    sizes = []
    for name, value in (("first", first), ("second", second)):
        size = arguments.count(name, value)
        if size > whole:
            raise ParameterError(
                f"{name} is {size} but population is {whole}: {name} must lie in 0..{whole}; "
                "raise population or lower the group"
            )
        sizes.append(size)
    return Bounds(float(max(0, sum(sizes) - whole)), float(min(sizes)), "frechet")


def chapman(n1: float, n2: float, m: float, *, confidence: float = 0.95) -> Estimate:
    """Return how many there are in all, from two lists and the number on both (Chapman 1951; Seber 1970).

    ``(n1+1)(n2+1)/(m+1) - 1`` with Seber's variance ``(n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)^2 (m+2))``. It
    assumes that being on one list says nothing about being on the other; where one list refers to the other
    the result is too low.

    Parameters
    ----------
    n1, n2
        People on the first and on the second list.
    m
        People on both.
    confidence
        Confidence of the normal limits; the lower one is at least the number of people seen.

    Returns
    -------
    Estimate
        Interval with its standard error ``se``.

    Raises
    ------
    ParameterError
        When a number is not whole or ``m`` is larger than a list.

    Examples
    --------
    >>> round(chapman(10, 15, 5).estimate, 1)
    28.3
    """
    first, second = arguments.count("n1", n1), arguments.count("n2", n2)
    both = arguments.count("m", m)
    level = arguments.confidence_level(confidence)
    if both > min(first, second):
        raise ParameterError(
            f"m is {both} but the lists hold {first} and {second}: m must lie in 0..{min(first, second)}; "
            "nobody can be on both lists without being on each"
        )
    total = (first + 1) * (second + 1) / (both + 1) - 1.0
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    se = float(np.sqrt(variance))
    reach = normal_quantile(level) * se
    seen = float(first + second - both)
    return Estimate(max(seen, total - reach), max(seen, total + reach), total, "chapman", level, se)


def noisy_count(count: float, *, epsilon: float, seed: int) -> float:
    """Return a count with Laplace noise, safe to publish (Dwork, McSherry, Nissim and Smith 2006).

    Parameters
    ----------
    count
        The true count; adding or leaving out one person changes it by 1.
    epsilon
        Privacy budget, above 0: smaller is safer and noisier.
    seed
        Seed of the noise. A published count needs one that nobody can guess.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    true = arguments.count("count", count)
    scale = 1.0 / arguments.positive("epsilon", epsilon, hint="a budget such as 1 is common")
    rng = np.random.default_rng(arguments.count("seed", seed))
    return true + float(rng.laplace(0.0, scale))


def noisy_count_interval(
    noisy: float, *, epsilon: float, confidence: float = 0.95, most: float | None = None
) -> Interval:
    """Return limits for the true count behind a noisy one.

    Laplace noise passes ``log(1 / alpha) / epsilon`` with chance alpha (Dwork and Roth 2014, fact 3.7).

    Parameters
    ----------
    noisy
        The published count.
    epsilon
        The privacy budget it was made with.
    confidence
        Strictly between 0 and 1.
    most
        Largest possible count, when known; the limits stay inside 0..most.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    seen = arguments.real("noisy", noisy)
    budget = arguments.positive("epsilon", epsilon, hint="give the budget that the count was made with")
    level = arguments.confidence_level(confidence)
    ceiling = np.inf if most is None else float(arguments.count("most", most))
    reach = float(-np.log1p(-level)) / budget
    low, high = (float(np.clip(value, 0.0, ceiling)) for value in (seen - reach, seen + reach))
    return Interval(low, high, float(np.clip(seen, 0.0, ceiling)), "laplace", level)
