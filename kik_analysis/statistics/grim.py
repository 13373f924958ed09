"""GRIM: can a printed mean or share come from whole people at all? (Brown and Heathers 2017).

The test of granularity: of *n* people only the shares k/n exist, so a share printed to whole percents is
impossible when no k/n rounds to it. An impossible share is a finding about a number, and rounding is the
first explanation to look at: a speaker who rounds to fives or tens says nothing false. Source: "The GRIM
test", Social Psychological and Personality Science 8, 363-369. All exact: decimals are fractions as written;
a five behind the last digit may have been rounded up or down.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor
from typing import Annotated

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.rounding import half_up, written

PERCENT = Fraction(1, 100)
#: Steps of rounding that people use: whole percents in print, fives and tens in speech.
STEPS = (PERCENT, 5 * PERCENT, 10 * PERCENT)


@dataclass(frozen=True, slots=True)
class Grim:
    """Outcome of the check; true when the printed value can occur.

    ``consistent``: whether some whole number of people gives the printed value. ``totals``: the whole totals
    that do, empty when none does. ``below``, ``above``: the nearest values that can occur, with the same
    digits; equal to the printed value when it can. ``n``: the number of people it was checked against.
    """

    consistent: bool
    totals: tuple[int, ...]
    below: float
    above: float
    n: int

    def __bool__(self) -> bool:
        return self.consistent


@arg.checked
def grim(
    value: str | int | float | Decimal,
    n: arg.Some,
    *,
    decimals: Annotated[int, arg.whole(0, 100)] | None = None,
) -> Grim:
    """Check a printed mean or share against the number of people it is about.

    ``value``: the printed value; a percentage as a share. Text keeps its digits (``"0.80"``); a float does
    not, so that it needs ``decimals``: digits printed behind the point. ``n``: number of people.

    Examples
    --------
    >>> result = grim("0.80", 29)
    >>> bool(result), result.below, result.above
    (False, 0.79, 0.83)
    """
    number, places = _printed(value, decimals)
    unit = Fraction(1, 10**places)
    totals = tuple(_totals(number, unit, n))
    # whole people next to the printed value, rounded as it was, without going through a binary float
    ends = (number * n,) * 2 if totals else (floor(number * n), ceil(number * n))
    below, above = (float(half_up(Fraction(end) / n / unit) * unit) for end in ends)
    return Grim(bool(totals), totals, below, above, n)


def counts(share: float | Fraction, people: int, step: float | Fraction = PERCENT) -> tuple[int, ...]:
    """Return every number of people that rounds to a printed share, none when no whole number does.

    ``share`` is a fraction of one, a float taken as the decimal that was written; ``people`` how many it is
    of (at least 1), ``step`` to what it was rounded. Else ParameterError, here and below.
    """
    printed = _share(share, people)
    return tuple(k for k in _totals(printed, written(step), people) if 0 <= k <= people)


def counts_between(low: float | Fraction, high: float | Fraction, people: int) -> range:
    """Return the numbers of people whose share lies in [low, high); at a ``high`` of one in [low, 1]."""
    lower, upper = _share(low, people), _share(high, people)
    return range(ceil(lower * people), people + 1 if upper == 1 else ceil(upper * people))


def nearest(share: float | Fraction, people: int) -> int:
    """Return the number of people whose share is nearest to the printed one, the lower of two."""
    return ceil(_share(share, people) * people - Fraction(1, 2))


def _totals(number: Fraction, unit: Fraction, size: int) -> range:
    """Whole totals over ``size`` that are printed as ``number`` to steps of ``unit``, a tie either way."""
    return range(ceil((number - unit / 2) * size), floor((number + unit / 2) * size) + 1)


def _share(share: float | Fraction, people: int) -> Fraction:
    printed = written(share)
    wrong = "a share needs people to be a share of"
    if people < 1:
        raise ParameterError(f"people is {people}: it must be at least 1; {wrong}")
    if not 0 <= printed <= 1:
        wrong = "give a fraction, not a percentage"
        raise ParameterError(f"share is {float(printed):g}: it must lie in [0, 1]; {wrong}")
    return printed


def _printed(value: str | int | float | Decimal, decimals: int | None) -> tuple[Fraction, int]:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    shown = max(0, -int(number.as_tuple().exponent)) if number.is_finite() else 0
    wrong = ""
    if not number.is_finite():
        wrong = "it must be a printed number; write it with a decimal point"
    elif decimals is None and isinstance(value, float):
        wrong = (
            "a float does not say how many digits were printed (0.8 or 0.80); give it as text, or decimals"
        )
    elif decimals is not None and shown > decimals:
        wrong = f"it must have at most that many decimals as decimals says ({decimals}); raise decimals"
    if wrong:
        raise ParameterError(f"value is {value!r}: {wrong}")
    return Fraction(number), shown if decimals is None else decimals
