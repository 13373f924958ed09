"""GRIM against trying every number of people with decimals."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.statistics.rounding import counts, counts_between, nearest


def prints_as(total: int, n: int, unit: Decimal) -> set[Decimal]:
    """The ways in which a person would round a mean to whole units, a tie either way."""
    return {
        (Decimal(total) / n / unit).quantize(Decimal(1), rounding=way) * unit
        for way in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    }


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


def test_eighty_and_sixty_per_cent_of_twenty_nine():
    assert counts(0.8, 30) == (24,)
    assert counts(0.8, 29) == counts(0.6, 29) == ()
    assert counts(0.8, 29, 0.05) == (23,)
    assert counts(0.6, 29, 0.05) == (17, 18)
    assert counts(0.8, 29, 0.1) == (22, 23, 24)
    assert (nearest(0.8, 29), nearest(0.6, 29)) == (23, 17)


def test_one_hundred_people_can_give_any_whole_percentage():
    assert all(counts(k / 100, 100) for k in range(101))
