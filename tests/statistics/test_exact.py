"""Exact tests of two shares against going through every table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kik_analysis.errors import ModelError
from kik_analysis.statistics import estimates, exact

GROUP = st.integers(1, 14).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def all_tables(n1, n2):
    return np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")


def largest_chance(region, n1, n2):
    """The largest chance of a region over a fine grid of common shares."""
    shares = np.linspace(0, 1, 8001)
    first = stats.binom.pmf(np.arange(n1 + 1), n1, shares[:, None])
    second = stats.binom.pmf(np.arange(n2 + 1), n2, shares[:, None])
    return ((first @ region) * second).sum(axis=1).max()


@given(first=GROUP, second=GROUP)
@settings(deadline=None, max_examples=50)
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


@given(first=GROUP, second=GROUP, alternative=st.sampled_from(exact.ALTERNATIVES))
@settings(deadline=None, max_examples=30)
def test_barnard_is_the_worst_case_over_the_common_share(first, second, alternative):
    (x1, n1), (x2, n2) = first, second
    a, b = all_tables(n1, n2)
    # z squared times a constant, in whole numbers: no rounding can part tables that tie
    gap, spread = a * n2 - b * n1, (a + b) * (n1 + n2 - a - b)
    seen_gap, seen_spread = gap[x1, x2], spread[x1, x2]
    sign = np.sign(gap)
    square = np.where(spread > 0, gap**2 / np.where(spread > 0, spread, 1), 0.0)
    z = sign * np.sqrt(square)
    seen = np.sign(seen_gap) * np.sqrt(seen_gap**2 / seen_spread) if seen_spread else 0.0
    extent = {"two-sided": abs(z), "greater": z, "less": -z}[alternative]
    level = {"two-sided": abs(seen), "greater": seen, "less": -seen}[alternative]
    ours = estimates.barnard(x1, n1, x2, n2, alternative=alternative).p_value
    assert ours >= largest_chance(extent >= level - 1e-9, n1, n2) - 1e-12
    assert ours == pytest.approx(largest_chance(extent >= level - 1e-9, n1, n2), abs=2e-6)


@given(first=GROUP, second=GROUP)
@settings(deadline=None, max_examples=25)
def test_boschloo_is_never_larger_than_fisher_and_is_the_worst_case(first, second):
    (x1, n1), (x2, n2) = first, second
    a, b = all_tables(n1, n2)
    p = stats.hypergeom.sf(a - 1, n1 + n2, a + b, n1)
    ours = estimates.boschloo(x1, n1, x2, n2, alternative="greater").p_value
    assert ours <= estimates.fisher(x1, n1, x2, n2, alternative="greater").p_value + 1e-9
    assert ours == pytest.approx(largest_chance(p <= p[x1, x2] * (1 + 1e-9), n1, n2), abs=2e-5)


@pytest.mark.parametrize("test", [estimates.fisher, estimates.barnard, estimates.boschloo])
def test_exchanging_the_groups_exchanges_the_sides(test):
    assert test(7, 12, 4, 15).p_value == pytest.approx(test(4, 15, 7, 12).p_value, abs=1e-6)
    assert test(7, 12, 4, 15, alternative="greater").p_value == pytest.approx(
        test(4, 15, 7, 12, alternative="less").p_value, abs=1e-6
    )
    assert float(test(7, 12, 4, 15)) == test(7, 12, 4, 15).p_value


@pytest.mark.parametrize("test", [estimates.fisher, estimates.barnard, estimates.boschloo])
@pytest.mark.parametrize("table", [(0, 6, 0, 8), (6, 6, 8, 8)])
def test_without_variation_nothing_can_be_found(test, table):
    assert test(*table).p_value == pytest.approx(1.0)


def test_mirrored_tables_tie():
    """scipy 1.17 compares the statistics of mirrored tables as floats and gives .0437 here."""
    assert estimates.barnard(7, 22, 14, 22).p_value == pytest.approx(0.0487844, abs=1e-6)


def test_no_test_of_the_level_rejects_too_often():
    """Boschloo and Barnard at 5 per cent over all tables of 8 and 9: the worst case is at most 5 per cent."""
    n1, n2 = 8, 9
    for test in (estimates.barnard, estimates.boschloo):
        region = np.array(
            [[test(a, n1, b, n2).p_value <= 0.05 for b in range(n2 + 1)] for a in range(n1 + 1)]
        )
        assert region.any()
        assert largest_chance(region, n1, n2) <= 0.05 + 1e-6


def test_a_table_too_large_says_what_to_use():
    with pytest.raises(ModelError, match="use fisher"):
        estimates.barnard(3, 4000, 5, 4000)
