"""Reading claims as numbers: the value, what the wording leaves open, whether a share agrees with print."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kik_analysis.errors import DataError
from kik_analysis.evidence.number import Estimate, Number
from kik_analysis.facts.claims import Claim, claims

PERCENT = 100.0
"""From a share of one to percent."""


def value(claim: str) -> float:
    """Return a claim's number; the read is on record."""
    return claims()[claim].number


def total(names: Iterable[str]) -> float:
    """Return the sum of several claims' numbers."""
    return sum(value(name) for name in names)


def limits(claim: Claim) -> tuple[float, float]:
    """Return the least and the most that a claim's wording leaves open.

    Raises
    ------
    DataError
        When one of them does not exist: nothing can then be summed.
    """
    if claim.low is None or claim.high is None:
        raise DataError(f"claim {claim.id} ({claim.subject}) has no {'low' if claim.low is None else 'high'}")
    return claim.low, claim.high


def estimate(claim: str) -> Estimate:
    """Return a claim's number with what its wording leaves open."""
    found = claims()[claim]
    return Estimate(found.number, found.low, found.high)


def agrees(share: float, printed: Claim) -> bool:
    """Tell whether a share lies where a printed one, rounded half up, leaves it."""
    low, high = limits(printed)
    return low <= share < high or share == low == high


def scaled(found: Estimate, factor: float) -> Estimate:
    """Return an estimate and its limits in another unit."""

    def part(number: float | None) -> float | None:
        return None if number is None else factor * number

    return Estimate(part(found.value), part(found.low), part(found.high))


def by_name(*functions: Callable[[], Number]) -> dict[str, Number]:
    """Return named numbers by the last part of their ids: the placeholders of sentences."""
    found = [function() for function in functions]
    return {one.id.rpartition(".")[2]: one for one in found}
