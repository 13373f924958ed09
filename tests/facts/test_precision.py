"""From words to intervals and days: the rules, and every row of claims.csv held against them."""

import datetime
import math
from ast import literal_eval
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import DataError
from kik_analysis.facts.claims import claims
from kik_analysis.facts.derivation import enclose, parse
from kik_analysis.facts.precision import (
    AS_OF,
    WHOLE_UNITS,
    Precision,
    interval,
    last_day,
    period,
    rounded_to,
    rounding_step,
    wide_interval,
)

CLAIMS = claims()
ALL = [CLAIMS[name] for name in CLAIMS]
QUANTITATIVE = [claim for claim in ALL if claim.quantitative]

LINES = (Path(__file__).parent / "wordings.txt").read_text(encoding="utf-8").splitlines()
WORDINGS = [line.split(" | ") for line in LINES if not line.startswith("#")]


@pytest.mark.parametrize(("value", "wording", "unit", "narrow", "wide"), WORDINGS)
def test_words_give_the_interval_agreed_on(value, wording, unit, narrow, wide):
    number, precision = literal_eval(value), Precision(wording)
    assert interval(number, precision, unit) == literal_eval(narrow)
    assert wide_interval(number, precision, unit) == literal_eval(wide)


def test_no_number_has_no_interval_and_two_numbers_have_no_rule():
    assert interval(None, Precision.NONE, "") == (None, None)
    assert interval(None, Precision.EXACT, "date") == (None, None)
    assert interval(None, Precision.BETWEEN, "years") is None
    assert interval(5, Precision.DERIVED, "persons") is None


def test_a_wording_that_needs_a_number_says_so():
    with pytest.raises(DataError, match="circa needs a value"):
        interval(None, Precision.CIRCA, "persons")


@given(st.integers(1, 4000), st.sampled_from([1, 10, 50, 100, 1000]))
def test_rounding_interval_holds_exactly_the_counts_that_round_there(multiple, step):
    value = multiple * step
    low, high = rounded_to(value, step, "persons")
    # an independent, slow rounding half up
    around = range(max(0, value - 2 * step), value + 2 * step + 1)
    rounds_there = [n for n in around if math.floor(Fraction(n, step) + Fraction(1, 2)) * step == value]
    assert (low, high) == (rounds_there[0], rounds_there[-1])


@given(st.integers(0, 100), st.fractions(0, 1))
def test_a_share_lies_in_the_half_open_interval_when_it_prints_as_that_percentage(percent, share):
    low, high = interval(percent / 100, Precision.ROUNDED, "share")
    inside = Fraction(str(low)) <= share < Fraction(str(high))
    assert inside == (math.floor(share * 100 + Fraction(1, 2)) == percent)


@given(
    st.integers(1, 10**6),
    st.sampled_from(
        [p for p in Precision if p not in (Precision.BETWEEN, Precision.DERIVED, Precision.NONE)]
    ),
    st.sampled_from(["persons", "years"]),
)
def test_the_wide_reading_holds_the_narrow_one(value, wording, unit):
    low, high = interval(value, wording, unit)
    wide_low, wide_high = wide_interval(value, wording, unit)
    assert wide_low <= low
    assert wide_high is None if high is None else wide_high >= high
    if wording is not Precision.MORE_THAN:
        assert low <= value
        assert high is None or value <= high


STEPS = {7000: 1000, 600: 100, 500: 100, 1750: 50, 150: 50, 50: 10, 30: 10, 15: 1, 1757: 1, 2: 1}


@pytest.mark.parametrize(("value", "step"), STEPS.items())
def test_the_step_of_rounding_is_read_from_the_digits(value, step):
    assert rounding_step(value, "persons") == step
    assert rounding_step(value / 10**4, "share") == 0.01


def test_the_letter_writes_its_own_1757_as_1750_so_tens_would_be_too_narrow():
    figure, text = CLAIMS["L051"].value, CLAIMS["L047"]
    assert text.low <= figure <= text.high
    low, high = rounded_to(text.value, 10, "persons")
    assert not low <= figure <= high


@pytest.mark.parametrize("claim", QUANTITATIVE, ids=lambda claim: claim.id)
def test_every_row_has_the_interval_of_its_wording(claim):
    limits = interval(claim.value, claim.precision, claim.unit)
    if claim.precision is Precision.DERIVED:
        ((expression, _),) = parse(claim.derivation)
        low, high = enclose(expression, lambda name: CLAIMS[name].limits)
        # outwards to the whole person or to the four decimals of a share
        digits = 1 if claim.unit in WHOLE_UNITS else 10**4
        limits = (
            float(Fraction(math.floor(low * digits), digits)),
            float(Fraction(math.ceil(high * digits), digits)),
        )
    elif claim.precision is Precision.BETWEEN:
        assert claim.value is None
        assert claim.low < claim.high
        limits = claim.limits
    assert claim.limits == limits
    assert claim.reason
    assert claim.reason_nl


def test_numbers_that_no_rule_fills_are_few_and_say_so_themselves():
    derived = {claim.id for claim in ALL if claim.precision is Precision.DERIVED}
    between = {claim.id for claim in ALL if claim.precision is Precision.BETWEEN}
    assert derived == {"L014", "L0493"}
    assert between == {"L009", "D007", "D037", "D053", "Z014"}


def test_counted_units_hold_whole_numbers_only():
    for claim in QUANTITATIVE:
        if claim.unit in WHOLE_UNITS:
            assert all(part is None or isinstance(part, int) for part in (claim.value, *claim.limits)), (
                claim.id
            )


def test_claims_without_a_number_have_no_limits():
    plain = [claim for claim in ALL if claim.precision is Precision.NONE]
    assert len(plain) > 70
    for claim in plain:
        assert (claim.value, claim.low, claim.high, claim.unit) == (None, None, None, ""), claim.id


_, *PERIODS = Path(__file__).with_name("periods.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", PERIODS)
def test_words_of_the_claims(case):
    words, first, last, known, lasting = map(str.strip, case.split("|"))
    found = period(words)
    assert AS_OF.fullmatch(words)
    assert found.first.isoformat() == first
    assert (found.last.isoformat() if found.last else "") == last
    assert (found.words, found.lasting) == (known, bool(lasting))


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
