"""GRIM against trying every total with decimals, and against the example of its authors."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import ParameterError
from kik_analysis.statistics.grim import counts, counts_between, grim, nearest

HUNDREDTHS = st.integers(0, 999).map(lambda k: f"{k / 100:.2f}")


def prints_as(total: int, n: int, unit: Decimal) -> set[Decimal]:
    """The ways in which a person would round a mean to whole units, a tie either way."""
    return {
        (Decimal(total) / n / unit).quantize(Decimal(1), rounding=way) * unit
        for way in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    }


@given(value=HUNDREDTHS, n=st.integers(1, 120))
def test_totals_are_those_that_print_as_the_value(value, n):
    result = grim(value, n)
    by_hand = [total for total in range(12 * n) if Decimal(value) in prints_as(total, n, Decimal("0.01"))]
    assert list(result.totals) == by_hand
    assert bool(result) == result.consistent == bool(by_hand)


@given(value=HUNDREDTHS, n=st.integers(1, 99))
def test_the_nearest_values_can_occur_and_nothing_lies_between(value, n):
    result = grim(value, n)
    below, above = grim(f"{result.below:.2f}", n), grim(f"{result.above:.2f}", n)
    assert below
    assert above
    # what can be printed in between is the other rounding of a five that one of the two was rounded from
    for other in range(round(result.below * 100) + 1, round(result.above * 100)):
        assert set(grim(f"{other / 100:.2f}", n).totals) <= {*below.totals, *above.totals}


@given(people=st.integers(1, 60), percent=st.integers(0, 100), step=st.sampled_from([1, 5, 10]))
def test_counts_are_those_that_round_to_the_printed_share(people, percent, step):
    printed = percent // step * step
    by_hand = [k for k in range(people + 1) if printed in prints_as(100 * k, people, Decimal(step))]
    assert list(counts(printed / 100, people, step / 100)) == by_hand


@given(people=st.integers(1, 200), limits=st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
def test_counts_between_are_those_with_a_share_between(people, limits):
    low, high = (Fraction(k, 1000) for k in sorted(limits))
    by_hand = [k for k in range(people + 1) if low <= Fraction(k, people) < high + (high == 1)]
    assert list(counts_between(float(low), float(high), people)) == by_hand


@given(people=st.integers(1, 80), percent=st.integers(0, 100))
def test_nearest_is_no_farther_than_any_other_and_the_lower_of_two(people, percent):
    gaps = [abs(Fraction(k, people) - Fraction(percent, 100)) for k in range(people + 1)]
    assert nearest(percent / 100, people) == gaps.index(min(gaps))


def test_the_example_of_the_authors():
    assert (grim("5.19", 28).below, grim("5.19", 28).above) == (5.18, 5.21)
    assert grim("2.84", 32)
    assert not grim("2.84", 16)


def test_eighty_and_sixty_per_cent_of_twenty_nine():
    assert not grim("0.80", 29)
    assert grim("0.80", 30)
    assert counts(0.8, 29) == counts(0.6, 29) == ()
    assert counts(0.8, 29, 0.05) == (23,)
    assert counts(0.6, 29, 0.05) == (17, 18)
    assert counts(0.8, 29, 0.1) == (22, 23, 24)
    assert (nearest(0.8, 29), nearest(0.6, 29)) == (23, 17)


def test_a_printed_zero_is_never_guessed():
    """0.8 is printed as 0.8 or as 0.80: as a number it needs to be told how many digits there were."""
    assert grim("0.80", 29) == grim(0.80, 29, decimals=2) == grim("0.8", 29, decimals=2)
    assert grim("0.8", 29)
    with pytest.raises(ParameterError, match="how many digits"):
        grim(0.80, 29)


def test_one_hundred_people_can_give_any_whole_percentage():
    assert all(grim(f"{k / 100:.2f}", 100) for k in range(101))
    assert all(counts(k / 100, 100) for k in range(101))
