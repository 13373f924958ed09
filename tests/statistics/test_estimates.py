"""What cannot be linked or asked: estimates that hold on average, by drawing lists and answers."""

import numpy as np
import pytest

from kik_analysis.statistics import estimates


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
    held = np.array([f.low <= total <= f.high for f in found]) @ chance
    assert held == pytest.approx(0.95, abs=0.015)


def test_chapman_is_never_below_the_people_seen():
    complete = estimates.chapman(50, 40, 40)
    assert (complete.low, complete.se) == (50.0, 0.0)
    assert estimates.chapman(5, 5, 0).low == 10.0


# ---- randomised response


@pytest.mark.parametrize("design", [{"truth": 4 / 6, "forced_yes": 1 / 6}, {"truth": 0.5, "forced_yes": 0.5}])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_hidden_answers_give_the_share_back(design, share):
    n, draws = 800, 3_000
    answers = np.random.default_rng(2).binomial(n, design["forced_yes"] + design["truth"] * share, draws)
    told = {yes: estimates.randomised_response(int(yes), n, **design) for yes in np.unique(answers)}
    found = [told[yes] for yes in answers]
    assert np.mean([f.low <= share <= f.high for f in found]) == pytest.approx(0.95, abs=0.015)
    assert all(0.0 <= f.low <= f.estimate <= f.high <= 1.0 for f in found)
    inside = [f for f in found if 0 < f.estimate < 1]
    if len(inside) == draws:
        assert np.mean([f.estimate for f in found]) == pytest.approx(share, abs=0.005)
        assert np.std([f.estimate for f in found]) == pytest.approx(np.mean([f.se for f in found]), rel=0.05)


def test_always_honest_is_an_ordinary_share():
    honest = estimates.randomised_response(30, 100, truth=1, forced_yes=0)
    assert (honest.estimate, honest.se) == pytest.approx((0.3, np.sqrt(0.3 * 0.7 / 100)))
