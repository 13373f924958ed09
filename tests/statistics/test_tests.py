"""Tests against going through every table and every assignment."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kik_analysis.statistics import estimates, tests

GROUP = st.integers(1, 14).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(first=GROUP, second=GROUP)
def test_fisher_adds_up_the_tables_that_are_no_likelier(first, second):
    (x1, n1), (x2, n2) = first, second
    total = x1 + x2
    k = np.arange(max(0, total - n2), min(n1, total) + 1)
    chance = stats.hypergeom.pmf(k, n1 + n2, total, n1)
    seen = chance[k == x1][0]
    assert estimates.fisher(x1, n1, x2, n2).p_value == pytest.approx(
        chance[chance <= seen * (1 + 1e-7)].sum()
    )
    assert estimates.fisher(x1, n1, x2, n2, alternative="greater").p_value == pytest.approx(
        chance[k >= x1].sum()
    )


def test_exchanging_the_groups_exchanges_the_sides():
    test = estimates.fisher
    assert test(7, 12, 4, 15).p_value == pytest.approx(test(4, 15, 7, 12).p_value, abs=1e-6)
    assert test(7, 12, 4, 15, alternative="greater").p_value == pytest.approx(
        test(4, 15, 7, 12, alternative="less").p_value, abs=1e-6
    )


@pytest.mark.parametrize("table", [(0, 6, 0, 8), (6, 6, 8, 8)])
def test_without_variation_nothing_can_be_found(table):
    assert estimates.fisher(*table).p_value == pytest.approx(1.0)


# ---- assignments and clusters
VALUES = st.lists(st.integers(-20, 20), min_size=1, max_size=5)


@given(treated=VALUES, control=VALUES, alternative=st.sampled_from(["two-sided", "greater", "less"]))
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
    assert result.p_value == pytest.approx((extent >= extent[0] - 1e-9).mean())


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
    assert comb(19, 9) <= tests.FULL_ENUMERATION
    full = estimates.permutation_test(treated, control)
    monkeypatch.setattr(tests, "FULL_ENUMERATION", 1000)
    drawn = estimates.permutation_test(treated, control, draws=20_000, seed=3)
    assert drawn.p_value * 20_001 == pytest.approx(round(drawn.p_value * 20_001))
    assert drawn.p_value == pytest.approx(full.p_value, abs=4 * np.sqrt(full.p_value / 20_000))
    assert estimates.permutation_test(treated, control, draws=20_000, seed=3) == drawn


def test_random_assignments_never_give_zero():
    result = estimates.permutation_test(np.arange(100, 130), np.arange(40), draws=99)
    assert result.p_value == pytest.approx(0.01)
    assert estimates.permutation_test([1e308] * 2, [-1e308] * 2).p_value == pytest.approx(2 / 6)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_are_those_of_their_definition(p):
    ours, m = estimates.holm(p), len(p)
    rising = sorted(range(m), key=lambda i: p[i])
    for rank, place in enumerate(rising):
        assert ours[place] == pytest.approx(min(1.0, max((m - j) * p[rising[j]] for j in range(rank + 1))))
