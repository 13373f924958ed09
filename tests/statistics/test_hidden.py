"""What cannot be linked or seen: bounds that hold for every completion, estimates that hold on average."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kik_analysis.statistics import estimates


# ---- overlap
@given(sizes=st.integers(0, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.integers(0, n), st.just(n))))
def test_frechet_is_every_overlap_that_can_be_made(sizes):
    first, second, population = sizes
    people = range(population)
    overlaps = {
        sum(a and b for a, b in zip(in_first, in_second, strict=True))
        for in_first in [tuple(i < first for i in people)]
        for in_second in product((False, True), repeat=population)
        if sum(in_second) == second
    }
    bounds = estimates.frechet(first, second, population)
    assert tuple(bounds) == (min(overlaps), max(overlaps))
    assert bounds.width == bounds.high - bounds.low
    assert bounds.low in bounds


def test_chapman_by_drawing_two_lists():
    rng = np.random.default_rng(1)
    total, n1, n2, draws = 1000, 300, 250, 40_000
    both = rng.hypergeometric(n1, total - n1, n2, draws)
    found = [estimates.chapman(n1, n2, int(m)) for m in np.unique(both)]
    chance = np.array([(both == m).mean() for m in np.unique(both)])
    centre = np.array([f.estimate for f in found]) @ chance
    assert centre == pytest.approx(total, rel=0.005)
    spread = np.sqrt(np.array([(f.estimate - centre) ** 2 for f in found]) @ chance)
    assert np.sqrt(np.array([f.se**2 for f in found]) @ chance) == pytest.approx(spread, rel=0.03)
    held = np.array([total in f for f in found]) @ chance
    assert held == pytest.approx(0.95, abs=0.015)


def test_chapman_is_never_below_the_people_seen():
    complete = estimates.chapman(50, 40, 40)
    assert (complete.low, complete.se) == (50.0, 0.0)
    assert estimates.chapman(5, 5, 0).low == 10.0


# ---- randomised response
DESIGNS = [
    {"design": "forced", "truth": 4 / 6, "forced_yes": 1 / 6},
    {"design": "forced", "truth": 0.5, "forced_yes": 0.5},
    {"design": "warner", "probability": 0.7},
    {"design": "warner", "probability": 0.2},
]


def yes_share(design: dict, share: float) -> float:
    """The chance of yes, person by person: what the die says, then what the person is."""
    if design["design"] == "warner":
        return design["probability"] * share + (1 - design["probability"]) * (1 - share)
    return design["forced_yes"] + design["truth"] * share


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_hidden_answers_give_the_share_back(design, share):
    rng = np.random.default_rng(2)
    n, draws = 800, 3_000
    found = [
        estimates.randomised_response(int(yes), n, **design)
        for yes in rng.binomial(n, yes_share(design, share), draws)
    ]
    assert np.mean([f.low <= share <= f.high for f in found]) == pytest.approx(0.95, abs=0.015)
    assert all(0.0 <= f.low <= f.estimate <= f.high <= 1.0 for f in found)
    inside = [f for f in found if 0 < f.estimate < 1]
    if len(inside) == draws:
        assert np.mean([f.estimate for f in found]) == pytest.approx(share, abs=0.005)
        assert np.std([f.estimate for f in found]) == pytest.approx(np.mean([f.se for f in found]), rel=0.05)


def test_always_honest_is_an_ordinary_share():
    honest = estimates.randomised_response(30, 100, design="forced", truth=1, forced_yes=0)
    assert (honest.estimate, honest.se) == pytest.approx((0.3, np.sqrt(0.3 * 0.7 / 100)))


# ---- unseen outcomes
@given(seen=st.lists(st.integers(0, 1), max_size=5), unseen=st.integers(0, 4))
def test_manski_is_every_mean_that_can_be(seen, unseen):
    if not seen and not unseen:
        return
    means = [np.mean(seen + list(rest)) for rest in product((0, 1), repeat=unseen)]
    assert tuple(estimates.manski(seen, len(seen) + unseen)) == pytest.approx((min(means), max(means)))


def test_manski_effect_is_the_widest_difference():
    treated, control = estimates.manski([1, 1, 0], 5), estimates.manski([1, 0, 0], 6)
    effect = estimates.manski_effect([1, 1, 0], 5, [1, 0, 0], 6)
    assert tuple(effect) == pytest.approx((treated.low - control.high, treated.high - control.low))
    assert tuple(estimates.manski([20, 35], 3, lowest=0, highest=60)) == pytest.approx((55 / 3, 115 / 3))


@given(seed=st.integers(0, 5_000))
@settings(deadline=None, max_examples=40)
def test_lee_bounds_hold_the_effect_on_those_seen_either_way(seed):
    """People have both outcomes; treatment only ever makes one seen: the bounds hold for the always-seen."""
    rng = np.random.default_rng(seed)
    always, only = rng.integers(20, 60), rng.integers(0, 30)
    with_it, without = rng.normal(1, 2, always), rng.normal(0, 2, always)
    extra = rng.normal(rng.normal(0, 3), 1, only)
    n = int(always + only + rng.integers(0, 20))
    bounds = estimates.lee(np.concatenate([with_it, extra]), n, without, n)
    effect = with_it.mean() - without.mean()
    assert bounds.low - 1e-9 <= effect <= bounds.high + 1e-9
    assert bounds.trimmed == pytest.approx(only / (always + only))
    assert bounds.trimmed_group == ("treated" if only else "none")


@given(seed=st.integers(0, 5_000))
@settings(deadline=None, max_examples=30)
def test_lee_trims_whole_people_like_dropping_them(seed):
    rng = np.random.default_rng(seed)
    treated, control = np.sort(rng.normal(size=12)), rng.normal(size=8)
    bounds = estimates.lee(treated, 20, control, 20)
    assert tuple(bounds) == pytest.approx(
        (treated[:8].mean() - control.mean(), treated[4:].mean() - control.mean())
    )
    turned = estimates.lee(control, 20, treated, 20)
    assert tuple(turned) == pytest.approx((-bounds.high, -bounds.low))
    assert turned.trimmed_group == "control"


def test_lee_with_ties_needs_no_lots():
    bounds = estimates.lee([1, 1, 1, 0, 0], 10, [1, 0, 0], 10)
    # three of five are kept: at least one and at most all three said yes
    assert tuple(bounds) == pytest.approx((1 / 3 - 1 / 3, 1 - 1 / 3))
