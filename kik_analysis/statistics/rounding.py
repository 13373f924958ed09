"""Decimals as they were written, and whole numbers made of them: half up, and by largest remainders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def written(number: float | Fraction) -> Fraction:
    """Return a number as the decimal that was written: 0.955 is 191/200, not the nearest float."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def half_up(number: float | Fraction) -> int:
    """Return the nearest whole number, halves upwards."""
    if isinstance(number, float) and abs(number) < 1e6 and abs(number % 1 - 0.5) > 1e-6:
        return math.floor(number + 0.5)  # no half in sight: the decimal that was written says the same
    return math.floor(written(number) + Fraction(1, 2))


def shared_out(total: int, shares: Sequence[Fraction | int]) -> list[int]:
    """Divide a whole number by shares, largest remainders first, the earlier one in a tie (Hamilton)."""
    whole = sum(shares)
    if not whole:
        return [0] * len(shares)
    out, left = map(list, zip(*(divmod(total * share, whole) for share in shares), strict=True))
    order = sorted(range(len(shares)), key=lambda k: (-left[k], k))
    for k in order[: total - sum(out)]:
        out[k] += 1
    return out
