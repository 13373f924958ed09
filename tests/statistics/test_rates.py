"""Poisson counts, ratios of rates, and nothing seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kik_analysis.statistics import intervals


@given(
    events=st.integers(0, 500), exposure=st.floats(0.1, 1e4), confidence=st.sampled_from([0.8, 0.95, 0.99])
)
@settings(deadline=None)
def test_garwood_leaves_half_of_alpha_in_each_tail(events, exposure, confidence):
    interval = intervals.poisson(events, exposure, confidence=confidence)
    tail = (1.0 - confidence) / 2.0
    assert stats.poisson.cdf(events, interval.high * exposure) == pytest.approx(tail, rel=1e-6)
    if events:
        assert stats.poisson.sf(events - 1, interval.low * exposure) == pytest.approx(tail, rel=1e-6)
    else:
        assert interval.low == 0.0
    assert interval.estimate == events / exposure


def test_garwood_holds_the_mean_at_least_as_often_as_it_says():
    counts = np.arange(0, 120)
    limits = np.array([tuple(intervals.poisson(int(k))) for k in counts])
    for mean in np.linspace(0.05, 40, 400):
        held = (limits[:, 0] <= mean) & (mean <= limits[:, 1])
        assert (stats.poisson.pmf(counts, mean) * held).sum() >= 0.95 - 1e-9


@given(first=st.integers(0, 60), second=st.integers(0, 60), method=st.sampled_from(intervals.RATIO_METHODS))
@settings(deadline=None)
def test_exchanging_the_groups_inverts_the_ratio(first, second, method):
    low, high = intervals.rate_ratio(first, 3.0, second, 7.0, method=method)
    turned = intervals.rate_ratio(second, 7.0, first, 3.0, method=method)
    assert low == pytest.approx(1.0 / turned.high if np.isfinite(turned.high) else 0.0, rel=1e-6)
    assert (1.0 / high if np.isfinite(high) else 0.0) == pytest.approx(turned.low, rel=1e-6)


def test_the_ratio_limits_are_just_significant_by_the_conditional_test():
    low, high = intervals.rate_ratio(11, 800, 23, 3011)
    for limit, side in ((low, "greater"), (high, "less")):
        share = limit * 800 / (limit * 800 + 3011)
        assert stats.binomtest(11, 34, share, alternative=side).pvalue == pytest.approx(0.025, rel=1e-6)


def test_no_events_in_a_group():
    none = intervals.rate_ratio(0, 10, 5, 10)
    assert (none.low, none.estimate) == (0.0, 0.0)
    assert np.isinf(intervals.rate_ratio(5, 10, 0, 10).high)
    both = intervals.rate_ratio(0, 10, 0, 10)
    assert (both.low, both.high) == (0.0, np.inf)
    assert np.isnan(both.estimate)


def test_the_rule_of_three_is_the_exact_limit_for_many_people_only():
    six, many = intervals.rule_of_three(6), intervals.rule_of_three(3000)
    assert (round(six.rule, 2), round(six.exact, 2)) == (0.50, 0.39)
    assert many.rule == pytest.approx(many.exact, rel=0.002)
    assert intervals.rule_of_three(2).rule == 1.0
    for n in (1, 6, 29):
        seen = intervals.rule_of_three(n, confidence=0.9)
        assert (1.0 - seen.exact) ** n == pytest.approx(0.1)
        assert seen.exact_two_sided == pytest.approx(
            intervals.proportion(0, n, method="clopper-pearson", confidence=0.9).high
        )
