"""Decimals as they were written, and the whole numbers behind them: half up, by largest remainders, GRIM.

The test of granularity (Brown and Heathers 2017, "The GRIM test", Social Psychological and Personality
Science 8, 363-369) asks whether a printed share can come from whole people: of *n* people only the shares k/n
exist, so a share printed to whole percents is impossible when no k/n rounds to it. An impossible share is a
finding about a number, and rounding is the first explanation to look at: a speaker who rounds to fives or
tens says nothing false. All exact: a five behind the last digit may have been rounded up or down.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from kik_analysis.errors import ParameterError


def written(number: float | Fraction) -> Fraction:
    """Return a number as the decimal that was written: 0.955 is 191/200, not the nearest float."""
    return Fraction(Decimal(repr(number)) if isinstance(number, float) else number)


def half_up(number: float | Fraction) -> int:
    """Return the nearest whole number, halves upwards."""
    if isinstance(number, float) and abs(number) < 1e6 and abs(number % 1 - 0.5) > 1e-6:
        return floor(number + 0.5)  # no half in sight: the decimal that was written says the same
    return floor(written(number) + Fraction(1, 2))


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
