"""Where a power is first reached: one search for sizes, one for effects."""

from __future__ import annotations

from collections.abc import Callable

from kik_analysis.errors import ModelError

#: Largest group that a search goes up to.
MOST = 100_000_000


def first(reached: Callable[[int], bool], wanted: str, unit: str = "people per group", least: int = 1) -> int:
    """Return the smallest whole number that does, by doubling and halving; once reached it must stay reached.

    Raises
    ------
    ModelError
        When no number up to 100 million does; ``wanted`` and ``unit`` say of what.
    """
    high = least
    while not reached(high):
        high *= 2
        if high > MOST:
            raise ModelError(
                f"{wanted} needs more than {MOST} {unit}; look for a larger difference or ask for less power"
            )
    low = high // 2 if high > least else least - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def smallest(
    power_of: Callable[[float], float], target: float, most: float, wanted: str, remedy: str
) -> float:
    """Return the smallest effect in (0, most] that has the asked power.

    Raises
    ------
    ModelError
        When even ``most`` has less; ``wanted`` says of what, ``remedy`` what to change.
    """
    from scipy.optimize import brentq

    largest = power_of(most)
    if largest < target:
        raise ModelError(f"power is {target:g}: {wanted} is found with power {largest:.3f}; {remedy}")
    if largest == target:
        return most
    return float(brentq(lambda effect: power_of(effect) - target, 0.0, most, xtol=1e-13))
