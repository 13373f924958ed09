"""GRIM: can a printed share come from whole people at all? (Brown and Heathers 2017).

The test of granularity: of *n* people only the shares k/n exist, so a share printed to whole percents is
impossible when no k/n rounds to it. An impossible share is a finding about a number, and rounding is the
first explanation to look at: a speaker who rounds to fives or tens says nothing false. Source: "The GRIM
test", Social Psychological and Personality Science 8, 363-369. All exact: decimals are fractions as written;
a five behind the last digit may have been rounded up or down.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from kik_analysis.errors import ParameterError
from kik_analysis.statistics.rounding import written

PERCENT = Fraction(1, 100)
#: Steps of rounding that people use: whole percents in print, fives and tens in speech.
STEPS = (PERCENT, 5 * PERCENT, 10 * PERCENT)


def counts(share: float | Fraction, people: int, step: float | Fraction = PERCENT) -> tuple[int, ...]:
    """Return every number of people that rounds to a printed share, none when no whole number does.

    ``share`` is a fraction of one, a float taken as the decimal that was written; ``people`` how many it is
    of (at least 1), ``step`` to what it was rounded. Else ParameterError, here and below.
    """
    printed, half = _share(share, people), written(step) / 2
    first, last = ceil((printed - half) * people), floor((printed + half) * people)
    return tuple(range(max(first, 0), min(last, people) + 1))


def counts_between(low: float | Fraction, high: float | Fraction, people: int) -> range:
    """Return the numbers of people whose share lies in [low, high); at a ``high`` of one in [low, 1]."""
    lower, upper = _share(low, people), _share(high, people)
    return range(ceil(lower * people), people + 1 if upper == 1 else ceil(upper * people))


def nearest(share: float | Fraction, people: int) -> int:
    """Return the number of people whose share is nearest to the printed one, the lower of two."""
    return ceil(_share(share, people) * people - Fraction(1, 2))


def _share(share: float | Fraction, people: int) -> Fraction:
    printed = written(share)
    wrong = "a share needs people to be a share of"
    if people < 1:
        raise ParameterError(f"people is {people}: it must be at least 1; {wrong}")
    if not 0 <= printed <= 1:
        wrong = "give a fraction, not a percentage"
        raise ParameterError(f"share is {float(printed):g}: it must lie in [0, 1]; {wrong}")
    return printed
