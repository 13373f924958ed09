"""Intervals for shares, differences and finite populations: inside their range, symmetric, as defined."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kik_analysis.statistics import intervals
from kik_analysis.statistics.intervals import Interval

SHARE_METHODS = get_args(intervals.Endless)
GAP_METHODS = get_args(intervals.Difference)

OF = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCE = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.9999])


@given(of=OF, confidence=CONFIDENCE, method=st.sampled_from(SHARE_METHODS))
def test_limits_hold_the_estimate_and_stay_inside(of, confidence, method):
    x, n = of
    interval = intervals.proportion(x, n, method=method, confidence=confidence)
    assert 0.0 <= interval.low <= interval.high <= 1.0
    assert interval.estimate == x / n
    if confidence >= 0.9:
        assert interval.low <= x / n <= interval.high


@given(of=OF, confidence=CONFIDENCE, method=st.sampled_from(SHARE_METHODS))
def test_exchanging_success_and_failure_mirrors_the_interval(of, confidence, method):
    x, n = of
    low, high = intervals.proportion(x, n, method=method, confidence=confidence)
    mirrored = intervals.proportion(n - x, n, method=method, confidence=confidence)
    assert (low, high) == pytest.approx((1.0 - mirrored.high, 1.0 - mirrored.low), abs=1e-15)


@pytest.mark.parametrize("method", SHARE_METHODS)
@pytest.mark.parametrize("n", [1, 2, 6, 29, 250])
def test_limits_rise_with_successes(method, n):
    many = intervals.proportion(np.arange(n + 1), n, method=method)
    assert (np.diff(many.low) > 0.0).all()
    assert (np.diff(many.high) > 0.0).all()


@pytest.mark.parametrize("method", SHARE_METHODS)
def test_more_confidence_is_wider(method):
    widths = [
        intervals.proportion(7, 29, method=method, confidence=level).width for level in (0.8, 0.9, 0.95, 0.99)
    ]
    assert widths == sorted(widths)
    assert len(set(widths)) == len(widths)


@pytest.mark.parametrize("method", SHARE_METHODS)
def test_an_array_gives_what_its_elements_give(method):
    x, n = np.array([[0, 3], [6, 4]]), np.array([[6, 9], [6, 50]])
    many = intervals.proportion(x, n, method=method, confidence=0.9)
    for place in np.ndindex(x.shape):
        one = intervals.proportion(int(x[place]), int(n[place]), method=method, confidence=0.9)
        assert (many.low[place], many.high[place], many.estimate[place]) == (*one, one.estimate)


@given(of=OF, confidence=CONFIDENCE)
def test_wilson_limits_are_just_significant_by_the_score_test(of, confidence):
    x, n = of
    z = stats.norm.isf((1.0 - confidence) / 2.0)
    for limit in intervals.proportion(x, n, confidence=confidence):
        if 0.0 < limit < 1.0:
            assert (x / n - limit) ** 2 == pytest.approx(
                z * z * limit * (1.0 - limit) / n, rel=1e-7, abs=1e-14
            )


@given(of=OF, confidence=CONFIDENCE)
def test_exact_and_mid_p_limits_leave_half_of_alpha_in_each_tail(of, confidence):
    x, n = of
    tail = (1.0 - confidence) / 2.0
    low, high = intervals.proportion(x, n, method="clopper-pearson", confidence=confidence)
    if x > 0:
        assert stats.binom.sf(x - 1, n, low) == pytest.approx(tail, rel=1e-6)
    if x < n:
        assert stats.binom.cdf(x, n, high) == pytest.approx(tail, rel=1e-6)
    low, high = intervals.proportion(x, n, method="mid-p", confidence=confidence)
    if x > 0:
        assert stats.binom.sf(x, n, low) + stats.binom.pmf(x, n, low) / 2 == pytest.approx(tail, rel=1e-6)
    if x < n:
        assert stats.binom.cdf(x - 1, n, high) + stats.binom.pmf(x, n, high) / 2 == pytest.approx(
            tail, rel=1e-6
        )


def test_zero_successes_at_extreme_confidence():
    confidence = 1.0 - 1e-12
    low, high = intervals.proportion(0, 10, method="clopper-pearson", confidence=confidence)
    assert low == 0.0
    assert high == pytest.approx(1.0 - ((1.0 - confidence) / 2.0) ** 0.1, rel=1e-9)


def test_an_interval_is_frozen_and_unpacks():
    interval = intervals.proportion(3, 6)
    low, high = interval
    assert (low, high) == (interval.low, interval.high)
    assert interval == Interval(low, high, 0.5, "wilson", 0.95)
    with pytest.raises(AttributeError):
        interval.low = 0.0


# ---- differences
GROUP = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(first=GROUP, second=GROUP, delta=st.floats(-0.99, 0.99))
def test_constrained_shares_solve_the_likelihood_equation(first, second, delta):
    (x1, n1), (x2, n2) = first, second
    arrays = [np.asarray(float(value)) for value in (x1, n1, x2, n2)]
    p, q = (float(value) for value in intervals.constrained_shares(*arrays, np.asarray(delta)))
    assert p - q == pytest.approx(delta, abs=1e-12)
    assert 0.0 <= p <= 1.0
    assert 0.0 <= q <= 1.0
    if min(p, q, 1 - p, 1 - q) > 1e-5:
        slope = (x1 - n1 * p) / (p * (1 - p)) + (x2 - n2 * q) / (q * (1 - q))
        curve = n1 / (p * (1 - p)) + n2 / (q * (1 - q))
        assert abs(slope / curve) < 1e-6


@given(
    first=GROUP,
    second=GROUP,
    method=st.sampled_from(GAP_METHODS),
    confidence=st.sampled_from([0.8, 0.95, 0.99]),
)
def test_limits_stay_inside_and_hold_the_difference(first, second, method, confidence):
    interval = intervals.difference(*first, *second, method=method, confidence=confidence)
    assert -1.0 <= interval.low <= interval.high <= 1.0
    assert interval.low <= interval.estimate <= interval.high or interval.estimate == pytest.approx(
        interval.low
    )


@given(first=GROUP, second=GROUP, method=st.sampled_from(GAP_METHODS))
def test_exchanging_the_groups_turns_the_sign(first, second, method):
    low, high = intervals.difference(*first, *second, method=method)
    turned = intervals.difference(*second, *first, method=method)
    assert (low, high) == pytest.approx((-turned.high, -turned.low), abs=1e-13)


@given(first=GROUP, second=GROUP, method=st.sampled_from(GAP_METHODS))
def test_exchanging_success_and_failure_turns_the_sign(first, second, method):
    (x1, n1), (x2, n2) = first, second
    low, high = intervals.difference(x1, n1, x2, n2, method=method)
    turned = intervals.difference(n1 - x1, n1, n2 - x2, n2, method=method)
    assert (low, high) == pytest.approx((-turned.high, -turned.low), abs=1e-9)


@pytest.mark.parametrize("method", GAP_METHODS)
@pytest.mark.parametrize(("n1", "n2"), [(6, 6), (10, 25), (31, 8)])
def test_limits_rise_with_treated_successes(method, n1, n2):
    x1, x2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    many = intervals.difference(x1, n1, x2, n2, method=method)
    for limits in many:
        assert (np.diff(limits, axis=0) >= -1e-12).all()
        assert (np.diff(limits, axis=1) <= 1e-12).all()


def test_one_control_group_for_many_arms():
    many = intervals.difference([1, 2, 3], 10, 4, 20)
    assert [*zip(many.low, many.high, strict=True)] == [
        tuple(intervals.difference(x, 10, 4, 20)) for x in (1, 2, 3)
    ]


DRAW = st.integers(1, 90).flatmap(
    lambda population: st.integers(1, population).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(population))
    )
)


def scanned(x: int, n: int, population: int, confidence: float) -> tuple[int, int]:
    """Every count that neither one-sided test rejects, a tail of exactly alpha / 2 counting as rejected."""
    tail = (1.0 - confidence) / 2.0
    left = [
        have
        for have in range(x, population - n + x + 1)
        if stats.hypergeom.sf(x - 1, population, have, n) > tail * (1 + 1e-9)
        and stats.hypergeom.cdf(x, population, have, n) > tail * (1 + 1e-9)
    ]
    return left[0], left[-1]


@given(draw=DRAW, confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_counts_are_those_that_no_tail_rejects(draw, confidence):
    x, n, population = draw
    interval = intervals.count(x, n, population, confidence=confidence)
    assert (interval.low, interval.high) == scanned(x, n, population, confidence)


@given(draw=DRAW)
def test_shares_are_counts_over_the_population_and_mirror(draw):
    x, n, population = draw
    shares = intervals.proportion(x, n, method="hypergeometric", population=population)
    counts = intervals.count(x, n, population)
    assert (shares.low * population, shares.high * population) == pytest.approx((counts.low, counts.high))
    other = intervals.count(n - x, n, population)
    assert (counts.low, counts.high) == (population - other.high, population - other.low)
    assert counts.low >= x
    assert counts.high <= population - (n - x)


def test_everyone_asked_leaves_no_doubt():
    assert tuple(intervals.proportion(3, 8, method="hypergeometric", population=8)) == (3 / 8, 3 / 8)


def test_a_large_population_is_an_endless_one():
    finite = intervals.proportion(4, 29, method="hypergeometric", population=2_000_000)
    assert tuple(finite) == pytest.approx(
        tuple(intervals.proportion(4, 29, method="clopper-pearson")), abs=2e-6
    )


def test_arrays_of_draws():
    many = intervals.proportion([0, 3, 6], [6, 6, 6], method="hypergeometric", population=50)
    assert [*zip(many.low, many.high, strict=True)] == [
        tuple(intervals.proportion(x, 6, method="hypergeometric", population=50)) for x in (0, 3, 6)
    ]
