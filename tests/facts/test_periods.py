"""From the words of a date to the days that they leave open."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import DataError
from kik_analysis.facts.claims import claims
from kik_analysis.facts.precision import AS_OF, last_day, period


@pytest.mark.parametrize(
    ("words", "first", "last", "known", "lasting"),
    [
        ("2019-10-10", "2019-10-10", "2019-10-10", "day", False),
        ("2020-02", "2020-02-01", "2020-02-29", "month", False),
        ("2015", "2015-01-01", "2015-12-31", "year", False),
        ("2020 spring", "2020-03-01", "2020-05-31", "season", False),
        ("2019 end", "2019-10-01", "2019-12-31", "season", False),
        ("2015..2019-07", "2015-01-01", "2019-07-31", "year", True),
        ("2019-10 or 2019-07", "2019-07-01", "2019-10-31", "month", False),
        ("before 2020 summer", "2020-05-31", "2020-05-31", "season", False),
        ("circa 2015", "2015-01-01", "2015-12-31", "year", False),
        ("from 2021", "2021-01-01", None, "year", True),
    ],
)
def test_words_of_the_claims(words, first, last, known, lasting):
    found = period(words)
    assert AS_OF.fullmatch(words)
    assert found.first.isoformat() == first
    assert (found.last.isoformat() if found.last else None) == last
    assert (found.words, found.lasting) == (known, lasting)


@given(day=st.dates(datetime.date(1990, 1, 1), datetime.date(2040, 12, 31)))
def test_a_day_lies_in_its_month_and_its_year(day):
    for words in (day.isoformat(), f"{day:%Y-%m}", f"{day:%Y}"):
        found = period(words)
        assert found.first <= day <= found.last
    assert period(day.isoformat()).first == last_day(day.isoformat()) == day


def test_every_claim_has_days():
    for name in claims():
        found = period(claims()[name].as_of)
        assert found.last is None or found.first <= found.last, name


@pytest.mark.parametrize("words", ["", "soon", "2019-13", "2019-02-30", "10-10-2019", "2019 winter"])
def test_other_words_are_refused(words):
    with pytest.raises(DataError, match="not a date"):
        period(words)


def test_what_has_not_ended_has_no_last_day():
    with pytest.raises(DataError, match="no last day"):
        last_day("from 2021")


@pytest.mark.parametrize(
    "text", ["20171", "2019-13", "2019-10-32", "summer 2018", "2015..", "now", "2015...2016"]
)
def test_dates_and_periods_that_the_guard_refuses(text):
    assert not AS_OF.fullmatch(text)
