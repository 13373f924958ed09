"""What cannot be linked, asked or seen: an overlap, an answer that chance hides, outcomes of the unseen.

Bounds hold for certain under their assumptions: confidence 1, no estimate (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.interval import Estimate, Interval, two_sided
from kik_analysis.statistics.intervals import Endless, limits

Part = Annotated[int, arg.whole(of="population")]
_BOTH = "nobody can be on both lists without being on each"


def _bounds(low: float, high: float, method: str) -> Interval:
    return Interval(float(low), float(high), nan, method, 1.0)


@arg.checked
def frechet(first: Part, second: Part, population: arg.Count) -> Interval:
    """Return the smallest and largest overlap of two groups in a population, in whole people (Frechet 1940).

    ``max(0, first + second - population)`` to ``min(first, second)``: nothing else follows from two lists
    that are not linked.

    ``first``, ``second``, ``population``: sizes of the two groups, and of the population that holds both.

    Examples
    --------
    >>> tuple(frechet(70, 50, 100))
    (20.0, 50.0)
    """
    return _bounds(max(0, first + second - population), min(first, second), "frechet")


@arg.checked
def chapman(
    n1: arg.Count,
    n2: arg.Count,
    m: Annotated[int, arg.whole(hint=_BOTH)],
    *,
    confidence: arg.Confidence = 0.95,
) -> Estimate:
    """Return how many there are in all, from two lists and the number on both (Chapman 1951; Seber 1970).

    ``(n1+1)(n2+1)/(m+1) - 1`` with Seber's variance ``(n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)^2 (m+2))``, normal
    limits, the lower one at least the people seen. It assumes that being on one list says nothing about being
    on the other; where one list refers to the other the result is too low.

    ``n1``, ``n2``, ``m``: people on the first list, on the second, and on both.

    Examples
    --------
    >>> round(chapman(10, 15, 5).estimate, 1)
    28.3
    """
    if m > min(n1, n2):
        held = f"m is {m} but the lists hold {n1} and {n2}: m must lie in 0..{min(n1, n2)}"
        raise ParameterError(f"{held}; {_BOTH}")
    total = (n1 + 1) * (n2 + 1) / (m + 1) - 1.0
    se = float(np.sqrt((n1 + 1) * (n2 + 1) / (m + 1) ** 2 * (n1 - m) * (n2 - m) / (m + 2)))
    reach = two_sided(1.0 - confidence) * se
    seen = float(n1 + n2 - m)
    return Estimate(max(seen, total - reach), max(seen, total + reach), total, "chapman", confidence, se)


@arg.checked
def randomised_response(
    yes: Annotated[int, arg.whole(of="n")],
    n: arg.Some,
    *,
    design: Literal["forced", "warner"] = "forced",
    truth: arg.Share | None = None,
    forced_yes: arg.Share | None = None,
    probability: arg.Share | None = None,
    method: Endless = "wilson",
    confidence: arg.Confidence = 0.95,
) -> Estimate:
    """Return the share with a trait, inside [0, 1], from answers that chance has hidden.

    ``se`` is that of the moment estimator, ``sqrt(yes_share (1 - yes_share) / n) / |slope|``.

    ``yes``, ``n``: people who answered yes, of all who answered. ``design``: ``forced`` (Boruch 1971): with
    chance ``truth`` one answers honestly, with chance ``forced_yes`` yes whatever the truth, else no.
    ``warner`` (Warner 1965): with chance ``probability`` one answers the question, else its opposite.
    ``truth``, ``forced_yes``: chances of the forced design; ``truth`` above 0, ``truth + forced_yes`` at most
    1. ``probability``: chance of Warner's design, not 1/2. ``method``: interval for the share of yes (see
    ``intervals.proportion``), carried over to the trait and cut off.

    Examples
    --------
    >>> result = randomised_response(250, 1000, design="warner", probability=0.8)
    >>> round(result.estimate, 4)
    0.0833
    """
    start, slope = (_warner if design == "warner" else _forced)(truth, forced_yes, probability)
    share = yes / n
    ends = limits(np.asarray(float(yes)), np.asarray(float(n)), method, confidence)
    carried = [min(1.0, max(0.0, (float(value) - start) / slope)) for value in (*ends, share)]
    se = float(np.sqrt(share * (1.0 - share) / n)) / abs(slope)
    return Estimate(min(carried[:2]), max(carried[:2]), carried[2], design, confidence, se)


def _warner(truth: float | None, forced_yes: float | None, probability: float | None) -> tuple[float, float]:
    """The share of yes as a line in the share with the trait: its start and its slope."""
    if probability is None or truth is not None or forced_yes is not None:
        raise ParameterError(
            f"probability is {probability}: design 'warner' needs probability, the chance of the question "
            "as it stands, and neither truth nor forced_yes; give it, for example 0.7"
        )
    if probability == 0.5:
        raise ModelError(
            "probability is 0.5: both questions are equally likely, so that the answers say nothing; "
            "choose another, such as 0.7"
        )
    return 1.0 - probability, 2.0 * probability - 1.0


def _forced(truth: float | None, forced_yes: float | None, probability: float | None) -> tuple[float, float]:
    if truth is None or forced_yes is None or probability is not None:
        raise ParameterError(
            f"truth is {truth} and forced_yes is {forced_yes}: design 'forced' needs both chances and no "
            "probability; for one die (1: yes, 6: no) give truth=4/6, forced_yes=1/6"
        )
    if truth == 0.0:
        raise ModelError("truth is 0: with no honest answers nothing can be learned; give a chance above 0")
    if truth + forced_yes > 1.0 + 1e-12:
        both = f"truth is {truth:g} and forced_yes is {forced_yes:g}"
        raise ParameterError(f"{both}: together they must be at most 1; lower one of them")
    return forced_yes, truth


@arg.checked
def manski(
    outcomes: Annotated[ArrayLike, arg.Outcomes(0, of="n")],
    n: arg.Some,
    *,
    lowest: arg.Real = 0.0,
    highest: arg.Real = 1.0,
) -> Interval:
    """Return the smallest and largest mean that unseen outcomes allow, in their unit (Manski 1989).

    ``outcomes``, ``n``: outcomes of those seen (may be empty), and everyone, seen or not. ``lowest``,
    ``highest``: ends of the scale, which the unseen are given in turn; 0 and 1 for yes and no.

    Examples
    --------
    >>> tuple(manski([1, 1, 0], 4))
    (0.5, 0.75)
    """
    return _bounds(*_means("outcomes", outcomes, n, lowest, highest), "manski")


@arg.checked
def manski_effect(
    treated: Annotated[ArrayLike, arg.Outcomes(0, of="n1")],
    n1: arg.Some,
    control: Annotated[ArrayLike, arg.Outcomes(0, of="n2")],
    n2: arg.Some,
    *,
    lowest: arg.Real = 0.0,
    highest: arg.Real = 1.0,
) -> Interval:
    """Return the smallest and largest effect that unseen outcomes allow, treated minus control.

    ``treated``, ``n1``, ``control``, ``n2``: outcomes of those seen in either group, and everyone drawn for
    it. ``lowest``, ``highest``: as in :func:`manski`.
    """
    low1, high1 = _means("treated", treated, n1, lowest, highest)
    low2, high2 = _means("control", control, n2, lowest, highest)
    return _bounds(low1 - high2, high1 - low2, "manski")


def _means(name: str, outcomes: ArrayLike, size: int, lowest: float, highest: float) -> tuple[float, float]:
    """Smallest and largest mean, the unseen given either end of the scale."""
    seen = np.asarray(outcomes)
    if lowest >= highest:
        ends = f"lowest is {lowest:g} and highest is {highest:g}"
        raise ParameterError(f"{ends}: lowest must be below highest; give the ends of the scale")
    outside = seen[(seen < lowest) | (seen > highest)]
    if outside.size:
        scale = f"every outcome must lie in [{lowest:g}, {highest:g}]"
        raise ParameterError(f"{name} holds {outside[0]:g}: {scale}; correct it or widen the scale")
    total, unseen = float(seen.sum()), size - seen.size
    return (total + unseen * lowest) / size, (total + unseen * highest) / size


@dataclass(frozen=True, slots=True)
class Lee(Interval):
    """Bounds for the effect on those whose outcome would be seen either way.

    ``trimmed``: share of the seen outcomes trimmed away, in the group where more is seen. ``trimmed_group``:
    ``treated``, ``control``, or ``none`` when equally much is seen.
    """

    trimmed: float
    trimmed_group: str


@arg.checked
def lee(
    treated: Annotated[ArrayLike, arg.Outcomes(of="n1")],
    n1: arg.Some,
    control: Annotated[ArrayLike, arg.Outcomes(of="n2")],
    n2: arg.Some,
) -> Lee:
    """Return bounds for the effect on those who would be seen either way, treated minus control (Lee 2009).

    Assumes that treatment changes whether one is seen in one direction only. The group in which more is seen
    is trimmed to the other's share: its highest, then its lowest outcomes are left out. An outcome at the
    edge is left out in part, so that ties (yes and no) need no lots.

    ``treated``, ``n1``, ``control``, ``n2``: outcomes of those seen in either group (at least one), and
    everyone drawn for it.

    Examples
    --------
    >>> bounds = lee([1, 1, 1, 0, 0], 10, [1, 0, 0, 0], 10)
    >>> round(bounds.low, 4), round(bounds.high, 4)
    (0.25, 0.5)
    """
    first, second = np.asarray(treated), np.asarray(control)
    seen1, seen2 = first.size * n2, second.size * n1  # the shares seen, on one denominator
    trimmed = 1.0 - min(seen1, seen2) / max(seen1, seen2)
    group = "none" if seen1 == seen2 else "treated" if seen1 > seen2 else "control"
    low1, high1 = _trimmed_means(first, trimmed if group == "treated" else 0.0)
    low2, high2 = _trimmed_means(second, trimmed if group == "control" else 0.0)
    return Lee(low1 - high2, high1 - low2, nan, "lee", 1.0, trimmed, group)


def _trimmed_means(values: arg.Floats, share: float) -> tuple[float, float]:
    """Return the means without the highest and without the lowest ``share`` of the values."""
    kept = (1.0 - share) * values.size
    weights = np.clip(kept - np.arange(values.size), 0.0, 1.0) / kept
    rising = np.sort(values)
    return float(rising @ weights), float(rising[::-1] @ weights)
