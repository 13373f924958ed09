"""The search for the smallest fte, against brute force on futures whose thresholds are known."""

import math

import numpy as np
import pytest

from kik_analysis.planning import thresholds

RNG = np.random.default_rng(7)
KNOWN = RNG.normal(11, 1.2, 400)  # of each future


def rising(jobs):
    """Share that rises with posts and passes .9 at the future's threshold."""
    return np.array([0.9 + 0.02 * (fte - KNOWN[r]) for r, fte in jobs])


def waving(jobs):
    """The same with waves: more posts may keep less."""
    return np.array([0.9 + 0.02 * (fte - KNOWN[r]) + 0.04 * math.sin(2 * fte + r) for r, fte in jobs])


@pytest.mark.parametrize("probability", [0.5, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("futures", [40, 137])
def test_quantile_of_thresholds_is_that_of_brute_force(probability, futures):
    """Bisection by rank finds the order statistic to within its resolution, and nothing below it suffices."""
    found = thresholds.by_rank(rising, futures, 0.9, probability, 0, 32)
    exact = np.sort(KNOWN[:futures])[math.ceil(probability * futures) - 1]
    assert exact <= found.fte <= exact + thresholds.FINEST
    assert (rising([(r, found.fte) for r in range(futures)]) >= 0.9).mean() >= probability
    assert found.low <= found.fte <= found.high


def test_interval_covers_the_quantile():
    """Order statistics around the rank hold the true quantile in about 95 of 100 samples."""
    true, inside = 11 + 1.2 * 1.2815515655446004, 0
    for k in range(200):
        own = np.random.default_rng(k).normal(11, 1.2, 60)
        low, _, high = (np.sort(own)[rank] for rank in thresholds.ranks(60, 0.9))
        inside += low <= true <= high
    assert inside >= 183  # 95 % less three standard deviations of 200 tries


def test_only_futures_in_doubt_are_run():
    """Common random numbers make the search cheap: far fewer runs than a table of all numbers of posts."""
    runs = []

    def counted(jobs):
        runs.extend(jobs)
        return rising(jobs)

    thresholds.by_rank(counted, 100, 0.9, 0.9, 0, 32)
    assert len(runs) < 100 * 10  # a grid of sixteenths up to 32 would take 51,200


def test_waves_are_noticed_and_fitted():
    """Where more posts may keep less, the rising fit passes p near where brute force does."""
    grid, kept = thresholds.pilot(waving, 0.9, 8, 16)
    assert not thresholds.is_monotone(kept)
    assert thresholds.is_monotone(thresholds.pilot(rising, 0.9, 8, 16)[1])
    low, high = thresholds.window(grid, kept, 0.9)
    found = thresholds.by_fit(waving, 200, 0.9, 0.9, low, high)
    fine = np.linspace(low, high, 400)
    shares = [(waving([(r, fte) for r in range(200)]) >= 0.9).mean() for fte in fine]
    exact = thresholds.passes(fine, np.array(shares), 0.9)
    assert abs(found.fte - exact) <= 2 * (high - low) / 8
    assert found.low <= found.fte <= found.high


def test_neighbourhood_finds_a_narrow_peak_and_a_ceiling():
    """A share that rises to a peak and falls again: kept near the peak, or kept nowhere."""

    def peak(jobs):
        return np.array([0.9 - 0.004 * abs(fte - 15) for _, fte in jobs])

    kept = thresholds.neighbourhood(peak, 0.894, 0.9, 700)
    assert kept.low < 15 - 1.5 <= kept.high <= 16.5
    never = thresholds.neighbourhood(peak, 0.95, 0.9, 700)
    assert math.isinf(never.high)
    assert 13 < never.best < 17


def test_every_threshold_of_draws_that_differ():
    """Thresholds far apart are all found to within their resolution; one that does not exist is infinite."""
    far = np.array([0.01, 0.4, 3, 9, 9.5, 40, 200, 1e9])

    def evaluate(jobs):
        return np.array([1.0 if fte >= far[r] else 0.0 for r, fte in jobs])

    found = thresholds.each(evaluate, len(far), 0.5, 9.0, 700.0)
    assert math.isinf(found[-1])
    assert (found[:-1] >= far[:-1]).all()
    assert (found[:-1] - far[:-1] <= np.maximum(1 / 4, found[:-1] / 48)).all()
