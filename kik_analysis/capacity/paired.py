"""Paired differences: what one number per future is in one scenario less what it is in another.

Every range of a comparison is the middle four fifths of the pairs (``LOW`` to ``HIGH``). A difference is told
as more or less when that range reaches at least what ``statistics.clear_share`` or ``clear_persons`` asks for
to one side, and not to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kik_analysis.parameters.scenario import Scenario

#: Share of the pairs between ``low`` and ``high``, and the quantiles that these are.
INTERVAL, LOW, HIGH = 0.8, 0.1, 0.9
#: What is told of each difference, in this order.
DIFFERENCE = ("base", "other", "difference", "low", "high", "error", "variance_ratio")
#: The least difference that is told, by the unit of the measure; of every other unit whatever is not nothing.
CLEAR = {"share": "statistics.clear_share", "persons": "statistics.clear_persons"}


@dataclass(frozen=True)
class Told:
    """A difference as a reader is told it.

    ``how``: ``more``, ``less``, or ``same``: none that is clear. ``low``, ``high``: how much more or less, at
    the two ends of the middle four fifths of the pairs, from nought up; of ``same`` what lies farthest away.
    """

    how: Literal["more", "less", "same"]
    low: float
    high: float


def told(low: float, high: float, least: float = 0.0) -> Told:
    """Return how a difference is told, from the ends of its range.

    ``low``, ``high``: the ends, below zero where it is less. ``least``: the least that counts.
    """
    if high >= least and low > -least:
        return Told("more", max(low, 0.0), high)
    if low <= -least and high < least:
        return Told("less", max(-high, 0.0), -low)
    return Told("same", 0.0, max(-low, high))


def clear(scenario: Scenario, unit: str, base: npt.NDArray[Any], other: npt.NDArray[Any]) -> Told:
    """Return how the difference of two scenarios is told.

    ``scenario``: says what is clear. ``unit``: of the measure: ``share`` (0 to 1), ``persons``, or another.
    ``base``, ``other``: one number per future, of the same futures.
    """
    low, high = np.quantile(other - base, (LOW, HIGH)).tolist()
    return told(low, high, float(scenario.value(CLEAR[unit]).central) if unit in CLEAR else 0.0)  # type: ignore[arg-type]


def paired(base: npt.NDArray[Any], other: npt.NDArray[Any]) -> dict[str, float | None]:
    """Return means, the mean difference of the pairs, its range, its error and the variance ratio.

    ``base``, ``other``: one number per future, of the same futures.
    """
    difference = other - base
    variances = [one.var(ddof=min(1, len(one) - 1)) for one in (base, other, difference)]
    low, high = np.quantile(difference, (LOW, HIGH)).tolist()
    ratio = float((variances[0] + variances[1]) / variances[2]) if variances[2] > 0 else None
    error = float(np.sqrt(variances[2] / len(difference)))
    means = (float(one.mean()) for one in (base, other, difference))
    return dict(zip(DIFFERENCE, (*means, low, high, error, ratio), strict=True))
