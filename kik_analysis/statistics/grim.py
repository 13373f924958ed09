"""GRIM: can a printed mean or share come from whole people at all? (Brown and Heathers 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments


@dataclass(frozen=True, slots=True)
class Grim:
    """Outcome of the check.

    Attributes
    ----------
    consistent
        Whether some whole number of people gives the printed value.
    totals
        The whole totals that do (people, or points on a scale), empty when none does.
    below, above
        The nearest values that can occur, with the same digits; equal to the printed value when it can.
    n
        The number of people (times items) it was checked against.
    """

    consistent: bool
    totals: tuple[int, ...]
    below: float
    above: float
    n: int

    def __bool__(self) -> bool:
        return self.consistent


def _printed(value: float | str, decimals: int | None) -> tuple[Decimal, int]:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ParameterError(
            f"value is {value!r}: it must be a printed number; write it with a decimal point"
        ) from None
    if not number.is_finite():
        raise ParameterError(
            f"value is {value}: it must be a finite number; leave the check out where none is printed"
        )
    exponent = number.as_tuple().exponent
    shown = max(0, -int(exponent))
    places = shown if decimals is None else arguments.count("decimals", decimals)
    if shown > places:
        raise ParameterError(
            f"value is {value} but decimals is {places}: the value must have at most that many decimals; "
            "raise decimals"
        )
    return number, places


def grim(value: float | str, n: float, *, decimals: int | None = None, items: int = 1) -> Grim:
    """Check a printed mean or share against the number of people it is about.

    Parameters
    ----------
    value
        The printed value; a percentage as a share. Give text (``"0.80"``) when the last digit is a zero.
    n
        Number of people.
    decimals
        Digits printed behind the point; counted from ``value`` when left out.
    items
        Whole-number items averaged per person.

    Returns
    -------
    Grim
        A five may have been rounded up or down.

    Raises
    ------
    ParameterError
        When ``n`` is not a whole number of at least 1, or ``value`` is no number or has too many digits.

    Examples
    --------
    >>> result = grim("0.80", 29)
    >>> bool(result), result.below, result.above
    (False, 0.79, 0.83)
    """
    size = arguments.count("n", n, low=1) * arguments.count("items", items, low=1)
    number, places = _printed(value, decimals)
    unit = Decimal(1).scaleb(-places)
    half = Fraction(1, 2 * 10**places)
    exact = Fraction(number)
    first, last = ceil((exact - half) * size), floor((exact + half) * size)
    # a total exactly between two printed values may have been rounded either way
    totals = tuple(range(first, last + 1))
    if totals:
        return Grim(True, totals, float(number), float(number), size)
    return Grim(
        False, (), _shown(floor(exact * size), size, unit), _shown(ceil(exact * size), size, unit), size
    )


def _shown(total: int, size: int, unit: Decimal) -> float:
    """Round ``total / size`` half up without going through a binary float."""
    return float(floor(Fraction(total, size) / Fraction(unit) + Fraction(1, 2)) * unit)
