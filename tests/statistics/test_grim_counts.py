"""GRIM against trying every total with decimal arithmetic."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kik_analysis.statistics import estimates


def totals_by_hand(value: str, n: int) -> list[int]:
    """Every whole total whose mean is printed as ``value``, a five rounded up or down."""
    printed = Decimal(value)
    unit = Decimal(1).scaleb(printed.as_tuple().exponent)
    return [
        total
        for total in range(0, 12 * n)
        if printed
        in {(Decimal(total) / n).quantize(unit, rounding=way) for way in (ROUND_HALF_UP, ROUND_HALF_DOWN)}
    ]


@given(hundredths=st.integers(0, 999), n=st.integers(1, 120))
@settings(deadline=None, max_examples=150)
def test_totals_are_those_that_print_as_the_value(hundredths, n):
    value = f"{hundredths / 100:.2f}"
    result = estimates.grim(value, n)
    assert list(result.totals) == totals_by_hand(value, n)
    assert bool(result) == result.consistent == bool(result.totals)


@given(hundredths=st.integers(0, 999), n=st.integers(1, 99))
@settings(deadline=None, max_examples=80)
def test_the_nearest_values_can_occur_and_nothing_lies_between(hundredths, n):
    value = f"{hundredths / 100:.2f}"
    result = estimates.grim(value, n)
    assert estimates.grim(f"{result.below:.2f}", n)
    assert estimates.grim(f"{result.above:.2f}", n)
    # what can be printed in between is the other rounding of a five that one of the two was rounded from
    nearest = {
        *estimates.grim(f"{result.below:.2f}", n).totals,
        *estimates.grim(f"{result.above:.2f}", n).totals,
    }
    for other in range(round(result.below * 100) + 1, round(result.above * 100)):
        assert set(estimates.grim(f"{other / 100:.2f}", n).totals) <= nearest


@pytest.mark.parametrize("share", ["0.80", "0.60"])
def test_eighty_and_sixty_per_cent_of_twenty_nine_cannot_be(share):
    assert not estimates.grim(share, 29)
    assert estimates.grim(share, 30)


def test_trailing_zeros_count_and_can_be_given():
    assert estimates.grim(0.8, 29)
    assert not estimates.grim(0.8, 29, decimals=2)
    assert estimates.grim(0.8, 29, decimals=2).below == 0.79


def test_items_multiply_the_people():
    assert not estimates.grim("2.84", 16)
    assert estimates.grim("2.84", 16, items=2)
    assert estimates.grim("2.84", 16, items=2).n == 32


def test_one_hundred_people_can_give_any_whole_percentage():
    assert all(estimates.grim(f"{k / 100:.2f}", 100) for k in range(101))
