"""GRIM: can a printed share of a small number of people come from whole people at all?

The test of granularity of Brown and Heathers (2017, "The GRIM test", Social Psychological and Personality
Science 8, 363-369), for shares: of *n* people only the shares k/n exist, so a share printed to a step
of one percent is impossible when no k/n rounds to it. An impossible share is a finding about a number, and
rounding is the first explanation to look at: a speaker who rounds to fives or tens says nothing false.
"""

from __future__ import annotations

from fractions import Fraction

from kik_analysis.errors import DataError

PERCENT = Fraction(1, 100)
STEPS = (PERCENT, 5 * PERCENT, 10 * PERCENT)
"""Steps of rounding that people use: whole percents in print, fives and tens in speech."""


def _exact(number: float | Fraction) -> Fraction:
    """Return a number as the decimal that was written, not as its nearest binary fraction."""
    return number if isinstance(number, Fraction) else Fraction(str(number))


def _check(share: Fraction, people: int) -> None:
    if people < 1:
        raise DataError(f"a share needs people to be a share of (got {people}; expected at least 1)")
    if not 0 <= share <= 1:
        raise DataError(f"a share is a fraction of one (got {float(share)}; expected 0 to 1)")


def counts_between(low: float | Fraction, high: float | Fraction, people: int) -> range:
    """Return the whole numbers of people whose share lies in [low, high).

    Parameters
    ----------
    low, high
        Limits of the share, fractions of one; the upper one lies outside, except at one.
    people
        How many people the share is of.

    Returns
    -------
    range
        Empty when no whole number fits.

    Raises
    ------
    DataError
        When there are no people, or a limit is no share.
    """
    lower, upper = _exact(low), _exact(high)
    _check(lower, people)
    _check(upper, people)
    first = (lower * people).__ceil__()
    last = people if upper == 1 else (upper * people).__ceil__() - 1
    return range(first, last + 1)


def counts(share: float | Fraction, people: int, step: float | Fraction = PERCENT) -> tuple[int, ...]:
    """Return every number of people that rounds to a printed share; half a step may round either way.

    Parameters
    ----------
    share
        The printed share, a fraction of one.
    people
        How many people it is of.
    step
        To what the share was rounded, a fraction of one: one hundredth for whole percents.

    Raises
    ------
    DataError
        When there are no people, or the share is none.
    """
    printed, width = _exact(share), _exact(step)
    _check(printed, people)
    return tuple(k for k in range(people + 1) if abs(Fraction(k, people) - printed) <= width / 2)


def possible(share: float | Fraction, people: int, step: float | Fraction = PERCENT) -> bool:
    """Tell whether a whole number of people gives the printed share (GRIM)."""
    return bool(counts(share, people, step))


def nearest(share: float | Fraction, people: int) -> int:
    """Return the number of people whose share lies nearest to the printed one; the lower of two."""
    printed = _exact(share)
    _check(printed, people)
    return min(range(people + 1), key=lambda k: (abs(Fraction(k, people) - printed), k))


def bases(
    shares: tuple[float | Fraction, ...], at_most: int, step: float | Fraction = PERCENT
) -> tuple[int, ...]:
    """Return the numbers of people, up to ``at_most``, of which all the printed shares are possible.

    A part of the people may have been asked: these are the parts that would explain the numbers.
    """
    return tuple(n for n in range(1, at_most + 1) if all(possible(share, n, step) for share in shares))
