"""An interval: two limits, the estimate between them, the method and the confidence they were made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval; unpacks to ``(low, high)``.

    Attributes
    ----------
    low, high
        Limits, in the unit of the quantity.
    estimate
        Point estimate of the same quantity.
    method
        Name of the method, as it was asked for.
    confidence
        Confidence (for a method with a prior: posterior probability) between 0 and 1.
    """

    low: float
    high: float
    estimate: float
    method: str
    confidence: float

    def __iter__(self) -> Iterator[float]:
        yield self.low
        yield self.high

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.high - self.low


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Many intervals of one method, as arrays of one shape; unpacks to ``(low, high)``.

    Attributes
    ----------
    low, high, estimate
        Arrays of the shape that the arguments broadcast to.
    method, confidence
        As in :class:`Interval`.
    """

    low: Floats
    high: Floats
    estimate: Floats
    method: str
    confidence: float

    def __iter__(self) -> Iterator[Floats]:
        yield self.low
        yield self.high

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, place: int | tuple[int, ...]) -> Interval:
        return Interval(
            float(self.low[place]),
            float(self.high[place]),
            float(self.estimate[place]),
            self.method,
            self.confidence,
        )

    @property
    def width(self) -> Floats:
        """Distance between the limits, per interval."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Estimate(Interval):
    """An interval with the standard error it was made from.

    Attributes
    ----------
    se
        Standard error of ``estimate``, in its unit.
    """

    se: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that hold for certain under the stated assumptions; unpacks to ``(low, high)``.

    Attributes
    ----------
    low, high
        Smallest and largest value that the data allow.
    method
        Name of the bounds.
    """

    low: float
    high: float
    method: str

    def __iter__(self) -> Iterator[float]:
        yield self.low
        yield self.high

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.high - self.low


def as_interval(
    low: Floats, high: Floats, estimate: Floats, method: str, confidence: float
) -> Interval | Intervals:
    """Return one :class:`Interval` for scalars and :class:`Intervals` for arrays."""
    low, high, estimate = np.asarray(low), np.asarray(high), np.asarray(estimate)
    if low.ndim == 0:
        return Interval(float(low), float(high), float(estimate), method, confidence)
    return Intervals(low, high, estimate, method, confidence)
