"""Outcomes seen only in those spoken to: bounds in the place of a plain comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.interval import Bounds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LeeBounds(Bounds):
    """Bounds for the effect on those whose outcome would be seen either way.

    Attributes
    ----------
    trimmed
        Share of the seen outcomes trimmed away, in the group where more is seen.
    trimmed_group
        ``treated``, ``control``, or ``none`` when equally much is seen.
    """

    trimmed: float
    trimmed_group: str


def _scale(lowest: float, highest: float) -> tuple[float, float]:
    low, high = arguments.real("lowest", lowest), arguments.real("highest", highest)
    if low >= high:
        raise ParameterError(
            f"lowest is {low:g} and highest is {high:g}: lowest must be below highest; give the ends of "
            "the scale"
        )
    return low, high


def _group(name: str, outcomes: ArrayLike, n: float, at_least: int) -> tuple[Floats, int]:
    seen = arguments.observations(f"{name} outcomes", outcomes, at_least=at_least)
    size = arguments.count(f"n of {name}", n, low=1)
    if seen.size > size:
        raise ParameterError(
            f"n of {name} is {size} but {seen.size} outcomes were seen: n must be at least {seen.size}; "
            "n counts everyone drawn, seen or not"
        )
    return seen, size


def manski(outcomes: ArrayLike, n: float, *, lowest: float = 0.0, highest: float = 1.0) -> Bounds:
    """Return the smallest and largest mean that unseen outcomes allow (Manski 1989).

    Everyone unseen is given the lowest, then the highest outcome.

    Parameters
    ----------
    outcomes
        Outcomes of those seen; may be empty.
    n
        Everyone, seen or not.
    lowest, highest
        Ends of the scale; 0 and 1 for yes and no.

    Raises
    ------
    ParameterError
        When an outcome lies outside the scale, or more were seen than there are.

    Examples
    --------
    >>> tuple(manski([1, 1, 0], 4))
    (0.5, 0.75)
    """
    low, high = _scale(lowest, highest)
    seen, size = _group("the group", outcomes, n, 0)
    outside = (seen < low) | (seen > high)
    if outside.any():
        raise ParameterError(
            f"outcomes holds {seen[outside][0]:g}: every outcome must lie in [{low:g}, {high:g}]; "
            "correct it or widen the scale"
        )
    unseen = size - seen.size
    total = float(seen.sum())
    return Bounds((total + unseen * low) / size, (total + unseen * high) / size, "manski")


def manski_effect(
    treated: ArrayLike, n1: float, control: ArrayLike, n2: float, *, lowest: float = 0.0, highest: float = 1.0
) -> Bounds:
    """Return the smallest and largest effect that unseen outcomes allow, treated minus control.

    Parameters
    ----------
    treated, control
        Outcomes of those seen in either group.
    n1, n2
        Everyone drawn for either group.
    lowest, highest
        Ends of the scale.

    Raises
    ------
    ParameterError
        As :func:`manski`.
    """
    first = manski(treated, n1, lowest=lowest, highest=highest)
    second = manski(control, n2, lowest=lowest, highest=highest)
    return Bounds(first.low - second.high, first.high - second.low, "manski")


def lee(treated: ArrayLike, n1: float, control: ArrayLike, n2: float) -> LeeBounds:
    """Return bounds for the effect on those who would be seen either way (Lee 2009).

    Assumes that treatment changes whether one is seen in one direction only. The group in which more is seen
    is trimmed to the other's share: its highest, then its lowest outcomes are left out. An outcome at the
    edge is left out in part, so that ties (yes and no) need no lots.

    Parameters
    ----------
    treated, control
        Outcomes of those seen in either group; at least one each.
    n1, n2
        Everyone drawn for either group.

    Raises
    ------
    ParameterError
        When more were seen than there are, or none in a group.

    Examples
    --------
    >>> bounds = lee([1, 1, 1, 0, 0], 10, [1, 0, 0, 0], 10)
    >>> round(bounds.low, 4), round(bounds.high, 4)
    (0.25, 0.5)
    """
    first, size1 = _group("treated", treated, n1, 1)
    second, size2 = _group("control", control, n2, 1)
    seen1, seen2 = first.size / size1, second.size / size2
    if first.size * size2 == second.size * size1:
        gap = float(first.mean() - second.mean())
        return LeeBounds(gap, gap, "lee", 0.0, "none")
    if seen1 > seen2:
        share = 1.0 - seen2 / seen1
        low, high = _trimmed_means(first, share)
        middle = float(second.mean())
        return LeeBounds(low - middle, high - middle, "lee", share, "treated")
    share = 1.0 - seen1 / seen2
    low, high = _trimmed_means(second, share)
    middle = float(first.mean())
    return LeeBounds(middle - high, middle - low, "lee", share, "control")


def _trimmed_means(values: Floats, share: float) -> tuple[float, float]:
    """Return the means without the highest and without the lowest ``share`` of the values."""
    kept = (1.0 - share) * values.size
    rising = np.sort(values)
    return _mean_of_first(rising, kept), _mean_of_first(rising[::-1], kept)


def _mean_of_first(values: Floats, kept: float) -> float:
    weights = np.clip(kept - np.arange(values.size), 0.0, 1.0)
    return float(values @ weights / kept)
