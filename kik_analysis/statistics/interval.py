"""An interval: two limits, the estimate between them, the method and the confidence they were made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


def two_sided(alpha: float) -> float:
    """Return the standard normal limit that is passed on either side with chance ``alpha``: 1.96 for .05."""
    from scipy.special import ndtri

    return float(-ndtri(alpha / 2.0))


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

    def __contains__(self, value: float) -> bool:
        return bool(self.low <= value <= self.high)

    def __getitem__(self, place: int | tuple[int, ...]) -> Interval:
        """Return one of many."""
        low, high, estimate = (float(array[place]) for array in (self.low, self.high, self.estimate))
        return Interval(low, high, estimate, self.method, self.confidence)

    @property
    def width(self) -> Any:
        """Distance between the limits."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Estimate(Interval):
    """An interval with the standard error ``se`` it was made from, in the unit of the estimate."""

    se: float
