"""Limits in a finite population against going through every possible count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kik_analysis.statistics import intervals

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
@settings(deadline=None, max_examples=60)
def test_counts_are_those_that_no_tail_rejects(draw, confidence):
    x, n, population = draw
    interval = intervals.count(x, n, population, confidence=confidence)
    assert (interval.low, interval.high) == scanned(x, n, population, confidence)


@given(draw=DRAW)
@settings(deadline=None, max_examples=60)
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
