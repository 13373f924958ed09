"""Both languages' notation, as the letters print it."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.language import notation

OCTOBER = datetime.date(2019, 10, 10)


@pytest.mark.parametrize(
    ("value", "places", "nl", "en"),
    [
        (6953, 0, "6.953", "6,953"),
        (0.5, 1, "0,5", "0.5"),
        (0.5, 0, "1", "1"),
        (1.5, 0, "2", "2"),
        (2.5, 0, "3", "3"),
        (1234567.891, 2, "1.234.567,89", "1,234,567.89"),
        (-0.2, 0, "0", "0"),
        (0.285, 2, "0,29", "0.29"),
    ],
)
def test_numbers(value, places, nl, en):
    assert notation.decimal(value, "nl", places) == nl
    assert notation.decimal(value, "en", places) == en


def test_percent_has_no_space():
    assert notation.percent(56.65, "nl") == "57%"
    assert notation.percent(56.65, "nl", 1) == "56,7%"


def test_dates():
    assert notation.date(OCTOBER, "nl") == "10 oktober 2019"
    assert notation.date(OCTOBER, "en") == "10 October 2019"
    assert notation.short_date(OCTOBER, "nl") == "10-10-2019"


def test_span_and_year():
    assert notation.span(38.3, 51.5, "percent", 1, "nl") == "38,3\N{EN DASH}51,5%"
    assert notation.shown(2015, "year", 0, "nl") == "2015"


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_rounding_is_half_up_and_within_half_a_unit(value, places):
    result = notation.rounded(value, places)
    assert abs(result - Decimal(repr(value))) <= Decimal(5).scaleb(-places - 1)
    assert str(result) not in ("-0", "-0.0")
