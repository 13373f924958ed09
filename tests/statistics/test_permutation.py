"""Tests that rest on the assignment: every assignment, the smallest p, and what chance may do."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import estimates, permutation

VALUES = st.lists(st.integers(-20, 20), min_size=1, max_size=5)


@given(treated=VALUES, control=VALUES, alternative=st.sampled_from(["two-sided", "greater", "less"]))
@settings(deadline=None)
def test_every_assignment_is_counted(treated, control, alternative):
    values, k = np.array(treated + control, dtype=float), len(treated)
    gaps = []
    for chosen in combinations(range(values.size), k):
        mask = np.zeros(values.size, dtype=bool)
        mask[list(chosen)] = True
        gaps.append(values[mask].mean() - values[~mask].mean())
    gaps = np.array(gaps)
    extent = {"two-sided": abs(gaps), "greater": gaps, "less": -gaps}[alternative]
    result = estimates.permutation_test(treated, control, alternative=alternative)
    assert result.exact
    assert result.assignments == len(gaps)
    assert result.p_value == pytest.approx((extent >= extent[0] - 1e-9).mean())
    assert result.smallest_p == pytest.approx((extent >= extent.max() - 1e-9).mean())
    assert result.statistic == pytest.approx(gaps[0])


def test_three_of_eleven_districts_have_165_assignments():
    result = estimates.permutation_test([9, 10, 11], range(8))
    assert result.assignments == 165
    assert result.smallest_p == result.p_value == pytest.approx(1 / 165)


def test_three_against_three_cannot_reach_five_per_cent():
    assert estimates.permutation_test([7, 8, 9], [1, 2, 3]).smallest_p == pytest.approx(0.1)


def test_p_values_are_uniform_over_the_assignments():
    """The share of assignments with p at most alpha is at most alpha: the test is exact."""
    values = np.random.default_rng(1).normal(size=9)
    p = [
        estimates.permutation_test(values[list(c)], np.delete(values, list(c))).p_value
        for c in combinations(range(9), 3)
    ]
    for alpha in (0.05, 0.1, 0.5):
        assert np.mean(np.array(p) <= alpha + 1e-12) <= alpha + 1e-12


def test_random_assignments_agree_with_all_of_them(monkeypatch):
    rng = np.random.default_rng(2)
    treated, control = rng.normal(0.6, 1, 9), rng.normal(0, 1, 10)
    assert comb(19, 9) <= permutation.FULL_ENUMERATION
    full = estimates.permutation_test(treated, control)
    monkeypatch.setattr(permutation, "FULL_ENUMERATION", 1000)
    drawn = estimates.permutation_test(treated, control, draws=20_000, seed=3)
    assert drawn.drawn == 20_000
    assert not drawn.exact
    assert drawn.p_value == pytest.approx(full.p_value, abs=4 * np.sqrt(full.p_value / 20_000))
    again = estimates.permutation_test(treated, control, draws=20_000, seed=3)
    assert again == drawn


def test_random_assignments_never_give_zero():
    result = estimates.permutation_test(np.arange(100, 130), np.arange(40), draws=99)
    assert result.p_value == pytest.approx(0.01)


def test_too_many_assignments_ask_for_draws_and_few_refuse_them():
    with pytest.raises(ParameterError, match="give draws"):
        estimates.permutation_test(range(20), range(20))
    with pytest.raises(ParameterError, match="leave draws out"):
        estimates.permutation_test([1, 2], [3, 4], draws=100)


@given(seed=st.integers(0, 10_000), k1=st.integers(2, 6), k2=st.integers(2, 6))
@settings(deadline=None, max_examples=30)
def test_cluster_t_is_students(seed, k1, k2):
    rng = np.random.default_rng(seed)
    treated, control = rng.random(k1), rng.random(k2)
    ours = estimates.cluster_t(treated, control, confidence=0.9)
    theirs = stats.ttest_ind(treated, control)
    limits = theirs.confidence_interval(0.9)
    assert (ours.statistic, ours.p_value, ours.df) == pytest.approx(
        (theirs.statistic, theirs.pvalue, k1 + k2 - 2)
    )
    assert tuple(ours) == pytest.approx((limits.low, limits.high))


def test_cluster_t_without_any_spread():
    assert estimates.cluster_t([0.2, 0.2], [0.2, 0.2]).p_value == 1.0
    assert estimates.cluster_t([0.3, 0.3], [0.2, 0.2]).p_value == 0.0


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(deadline=None)
def test_adjusted_p_values_are_those_of_their_definitions(p):
    holm, bh, m = estimates.holm(p), estimates.benjamini_hochberg(p), len(p)
    rising = sorted(range(m), key=lambda i: p[i])
    for rank, place in enumerate(rising):
        stepped = max((m - j) * p[rising[j]] for j in range(rank + 1))
        assert holm[place] == pytest.approx(min(1.0, stepped))
        shared = min(m / (j + 1) * p[rising[j]] for j in range(rank, m))
        assert bh[place] == pytest.approx(min(1.0, shared))
    assert (holm >= bh - 1e-12).all()
    assert (bh >= np.array(p) - 1e-12).all()


def test_adjusted_p_values_are_statsmodels():
    p = [0.012, 0.0004, 0.3, 0.04, 0.04, 0.9]
    assert estimates.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert estimates.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
