"""GRIM against counting with decimals, and against the example of its authors."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import DataError
from kik_analysis.facts import grim


def rounds_to(people: int, of: int, printed: int, step: int) -> bool:
    """Round like a person would, to steps of whole percents; a tie may go either way."""
    steps = Decimal(100 * people) / Decimal(of) / step
    return printed in {
        int(steps.quantize(Decimal(1), rounding=way)) * step for way in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    }


@given(people=st.integers(1, 60), percent=st.integers(0, 100))
def test_counts_are_those_that_round_to_the_printed_percent(people, percent):
    counted = tuple(k for k in range(people + 1) if rounds_to(k, people, percent, 1))
    assert grim.counts(percent / 100, people) == counted
    assert grim.possible(percent / 100, people) == bool(counted)


@given(people=st.integers(1, 60), tens=st.integers(0, 10))
def test_counts_with_rounding_to_tens(people, tens):
    counted = tuple(k for k in range(people + 1) if rounds_to(k, people, 10 * tens, 10))
    assert grim.counts(tens / 10, people, 0.1) == counted


@given(people=st.integers(1, 200), limits=st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
def test_counts_between_are_those_with_a_share_between(people, limits):
    low, high = sorted(limits)
    counted = [
        k
        for k in range(people + 1)
        if Fraction(low, 1000) <= Fraction(k, people)
        and (Fraction(k, people) < Fraction(high, 1000) or (high == 1000))
    ]
    assert list(grim.counts_between(low / 1000, high / 1000, people)) == counted


@given(people=st.integers(1, 80), percent=st.integers(0, 100))
def test_nearest_is_no_farther_than_any_other(people, percent):
    nearest = grim.nearest(percent / 100, people)
    gaps = [abs(Fraction(k, people) - Fraction(percent, 100)) for k in range(people + 1)]
    assert gaps[nearest] == min(gaps)


def test_authors_example():
    # Brown and Heathers 2017: a mean of 5.19 of 28 whole numbers cannot be, 5.18 and 5.21 can
    assert not grim.possible(0.19, 28)
    assert grim.possible(0.18, 28)
    assert grim.possible(0.21, 28)


def test_a_hundred_people_make_every_whole_percent_possible():
    assert all(grim.possible(percent / 100, 100) for percent in range(101))


def test_eighty_and_sixty_percent_of_twenty_nine():
    assert grim.counts(0.8, 29) == grim.counts(0.6, 29) == ()
    assert grim.counts(0.8, 29, 0.05) == (23,)
    assert grim.counts(0.6, 29, 0.05) == (17, 18)
    assert grim.counts(0.8, 29, 0.1) == (22, 23, 24)
    assert (grim.nearest(0.8, 29), grim.nearest(0.6, 29)) == (23, 17)


def test_bases_are_the_groups_of_which_both_shares_exist():
    by_hand = tuple(
        n
        for n in range(1, 30)
        if all(any(rounds_to(k, n, percent, 1) for k in range(n + 1)) for percent in (80, 60))
    )
    assert grim.bases((0.8, 0.6), 29) == by_hand == (5, 10, 15, 20, 25)


@pytest.mark.parametrize(("share", "people"), [(0.5, 0), (0.5, -3), (1.2, 10), (-0.1, 10)])
def test_what_is_no_share_of_people_is_refused(share, people):
    with pytest.raises(DataError, match="share"):
        grim.counts(share, people)
