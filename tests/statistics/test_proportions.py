"""Intervals for one share: inside their range, symmetric, monotone, and what their definitions say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint

from kik_analysis.statistics import intervals, proportions
from kik_analysis.statistics.interval import Interval, Intervals

METHODS = tuple(proportions.LOWER)
OF = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCE = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.9999])


@given(of=OF, confidence=CONFIDENCE, method=st.sampled_from(METHODS))
@settings(deadline=None)
def test_limits_hold_the_estimate_and_stay_inside(of, confidence, method):
    x, n = of
    interval = intervals.proportion(x, n, method=method, confidence=confidence)
    assert 0.0 <= interval.low <= interval.high <= 1.0
    assert interval.estimate == x / n
    if confidence >= 0.9:
        assert x / n in interval


@given(of=OF, confidence=CONFIDENCE, method=st.sampled_from(METHODS))
@settings(deadline=None)
def test_exchanging_success_and_failure_mirrors_the_interval(of, confidence, method):
    x, n = of
    low, high = intervals.proportion(x, n, method=method, confidence=confidence)
    mirrored = intervals.proportion(n - x, n, method=method, confidence=confidence)
    assert (low, high) == pytest.approx((1.0 - mirrored.high, 1.0 - mirrored.low), abs=1e-15)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 6, 29, 250])
def test_limits_rise_with_successes(method, n):
    many = intervals.proportion(np.arange(n + 1), n, method=method)
    assert isinstance(many, Intervals)
    assert (np.diff(many.low) > 0.0).all() or (method == "agresti-coull" and (np.diff(many.low) >= 0).all())
    assert (np.diff(many.high) > 0.0).all() or (method == "agresti-coull" and (np.diff(many.high) >= 0).all())


@pytest.mark.parametrize("method", METHODS)
def test_more_confidence_is_wider(method):
    widths = [
        intervals.proportion(7, 29, method=method, confidence=level).width for level in (0.8, 0.9, 0.95, 0.99)
    ]
    assert widths == sorted(widths)
    assert len(set(widths)) == len(widths)


@pytest.mark.parametrize("method", METHODS)
def test_an_array_gives_what_its_elements_give(method):
    x, n = np.array([[0, 3], [6, 4]]), np.array([[6, 9], [6, 50]])
    many = intervals.proportion(x, n, method=method, confidence=0.9)
    for place in np.ndindex(x.shape):
        one = intervals.proportion(int(x[place]), int(n[place]), method=method, confidence=0.9)
        assert many[place] == one


@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        ("wilson", "wilson"),
        ("clopper-pearson", "beta"),
        ("jeffreys", "jeffreys"),
        ("agresti-coull", "agresti_coull"),
    ],
)
def test_statsmodels_agrees_where_it_is_right(method, theirs):
    n = 37
    for x in range(1, n):
        low, high = proportion_confint(x, n, alpha=0.1, method=theirs)
        assert tuple(intervals.proportion(x, n, method=method, confidence=0.9)) == pytest.approx(
            (max(low, 0.0), min(high, 1.0)), abs=1e-12
        )


@given(of=OF, confidence=CONFIDENCE)
@settings(deadline=None)
def test_wilson_limits_are_just_significant_by_the_score_test(of, confidence):
    x, n = of
    z = stats.norm.isf((1.0 - confidence) / 2.0)
    for limit in intervals.proportion(x, n, confidence=confidence):
        if 0.0 < limit < 1.0:
            assert (x / n - limit) ** 2 == pytest.approx(
                z * z * limit * (1.0 - limit) / n, rel=1e-7, abs=1e-14
            )


@given(of=OF, confidence=CONFIDENCE)
@settings(deadline=None)
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


def test_nothing_or_everything_seen_reaches_the_end():
    for method in METHODS:
        assert intervals.proportion(0, 29, method=method).low == 0.0
        assert intervals.proportion(29, 29, method=method).high == 1.0


def test_zero_successes_at_extreme_confidence():
    confidence = 1.0 - 1e-12
    low, high = intervals.proportion(0, 10, method="clopper-pearson", confidence=confidence)
    assert low == 0.0
    assert high == pytest.approx(1.0 - ((1.0 - confidence) / 2.0) ** 0.1, rel=1e-9)


def test_four_of_four():
    assert intervals.proportion(4, 4, method="clopper-pearson").low == pytest.approx(0.025**0.25, rel=1e-12)


@pytest.mark.parametrize("prior", [(0.5, 0.5), (1.0, 1.0), (2.0, 9.0)])
def test_posterior_limits_are_beta_quantiles(prior):
    interval = intervals.proportion(7, 29, method="beta-binomial", prior=prior, confidence=0.9)
    posterior = stats.beta(prior[0] + 7, prior[1] + 22)
    assert tuple(interval) == pytest.approx((posterior.ppf(0.05), posterior.ppf(0.95)), rel=1e-9)
    assert interval.estimate == pytest.approx(posterior.mean())


def test_jeffreys_is_the_half_half_prior_away_from_the_ends():
    for x in range(1, 29):
        assert tuple(intervals.proportion(x, 29, method="jeffreys")) == pytest.approx(
            tuple(intervals.proportion(x, 29, method="beta-binomial", prior=(0.5, 0.5))), rel=1e-12
        )


def test_an_interval_is_frozen_and_unpacks():
    interval = intervals.proportion(3, 6)
    low, high = interval
    assert (low, high) == (interval.low, interval.high)
    assert interval == Interval(low, high, 0.5, "wilson", 0.95)
    with pytest.raises(AttributeError):
        interval.low = 0.0


def test_the_corrected_score_limit_solves_the_corrected_equation():
    """Newcombe's method 4 is the root of |p - x/n| - 1/(2n) = z sqrt(p(1-p)/n)."""
    x, n, z = 7, 29, stats.norm.isf(0.025)

    def gap(p):
        return abs(p - x / n) - 0.5 / n - z * np.sqrt(p * (1 - p) / n)

    low, high = intervals.proportion(x, n, method="wilson-corrected")
    assert low == pytest.approx(optimize.brentq(gap, 1e-9, x / n - 0.5 / n), abs=1e-10)
    assert high == pytest.approx(optimize.brentq(gap, x / n + 0.5 / n, 1 - 1e-9), abs=1e-10)
