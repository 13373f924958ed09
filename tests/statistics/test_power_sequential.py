"""Looking more than once: the level holds over all looks, by theory, by drawing and by adding up."""

from itertools import product
from typing import get_args

import numpy as np
import pytest
from scipy import stats

from kik_analysis.statistics import intervals, power
from kik_analysis.statistics.estimates import confidence_sequence, e_process
from kik_analysis.statistics.power.sequential import Boundary


def runs(share1, share2, many, people=500, seed=1):
    """Answers of both arms, one person of each per look."""
    rng = np.random.default_rng(seed)
    return (rng.random((2, many, people)) < np.array([share1, share2])[:, None, None]).astype(np.int64)


@pytest.mark.parametrize(("treated", "control"), [(0.1, 0.1), (0.3, 0.3), (0.5, 0.5), (0.6, 0.3)])
def test_whoever_looks_after_every_person_is_misled_no_more_often_than_promised(treated, control, proof):
    """500 people per arm, alpha .05, any moment of stopping; 2,000 runs, and 20,000 in the proof."""
    misled = dict.fromkeys(("e-process", "asymptotic"), 0)
    many, t = 20_000 if proof else 2_000, np.arange(1, 501)
    for part in range(many // 500):
        first, second = runs(treated, control, 500, seed=part)
        if treated == control:
            misled["e-process"] += (e_process(first, 1, second, 1).max(axis=1) >= 20).sum()
        x1, x2 = first.cumsum(axis=1), second.cumsum(axis=1)
        low, high = confidence_sequence(x1, t, x2, t, planned=500)
        missed = (low > treated - control) | (high < treated - control)
        misled["asymptotic"] += missed.any(axis=1).sum()
    room = 2 * np.sqrt(0.05 * 0.95 / many)
    assert all(count / many <= 0.05 - room for count in misled.values()), misled
    assert misled["asymptotic"] > 0


@pytest.mark.parametrize("share", [0.05, 0.4, 0.9])
def test_expected_evidence_without_a_difference_is_one_at_most(share):
    """All outcomes of three blocks of unequal sizes added up: no share makes evidence out of nothing."""
    sizes = ((1, 2), (2, 1), (2, 2))
    groups = [range(n + 1) for block in sizes for n in block]
    x = np.array(list(product(*groups)))
    chance = np.prod([stats.binom.pmf(x[:, i], groups[i][-1], share) for i in range(6)], axis=0)
    evidence = e_process(x[:, ::2], [m for m, _ in sizes], x[:, 1::2], [k for _, k in sizes])
    assert chance.sum() == pytest.approx(1.0)
    assert (chance @ evidence <= 1.0 + 1e-12).all()


def test_a_real_difference_is_found_and_weeks_may_be_blocks():
    first, second = runs(0.45, 0.2, 400)
    found = (e_process(first, 1, second, 1)[:, -1] >= 20).mean()
    weekly = e_process(
        first.reshape(400, 50, 10).sum(axis=2), 10, second.reshape(400, 50, 10).sum(axis=2), 10
    )
    assert found > 0.95
    assert (weekly[:, -1] >= 20).mean() == pytest.approx(found, abs=0.03)
    assert e_process(0, 0, 0, 0).tolist() == [1.0]


def test_the_limits_are_those_of_the_printed_formulas():
    """Waudby-Smith et al. (2024), for pairs, as they write them."""
    t, best, a = 300, 250, 0.05
    x1, x2 = 99, 60
    ends = -2 * np.log(a) + np.log(1 - 2 * np.log(a))
    p1, p2 = (x1 + 1) / (t + 2), (x2 + 1) / (t + 2)
    r2 = ends / best
    spread = p1 * (1 - p1) + p2 * (1 - p2)
    approximate = np.sqrt(spread * 2 * (t * r2 + 1) / (t * t * r2) * np.log(np.sqrt(t * r2 + 1) / a))
    found = confidence_sequence(x1, t, x2, t, planned=2 * best)
    assert tuple(found) == pytest.approx((0.13 - approximate, 0.13 + approximate))


def test_before_thirty_per_arm_the_limits_say_nothing():
    assert tuple(confidence_sequence(9, 29, 3, 40, planned=500)) == (-1.0, 1.0)
    assert confidence_sequence(9, 30, 3, 40, planned=500).width < 2.0
    assert tuple(confidence_sequence(0, 0, 0, 0, planned=500)) == (-1.0, 1.0)
    assert confidence_sequence(0, 200, 0, 200, planned=500).width > 0.01  # nobody yet is no certainty


def test_the_price_of_looking_is_a_half_wider_interval():
    looking = confidence_sequence(150, 500, 150, 500, planned=500).width
    once = intervals.difference(150, 500, 150, 500).width
    assert 1.4 < looking / once < 1.7


KINDS = get_args(Boundary)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("looks", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_all_looks_together_spend_alpha(kind, looks, alpha):
    design = power.group_sequential(looks, kind=kind, alpha=alpha)
    assert len(design.bounds) == looks
    assert design.spent[-1] == pytest.approx(alpha, abs=1e-9)
    assert list(design.spent) == sorted(design.spent)
    assert design.nominal == pytest.approx(2 * stats.norm.sf(design.bounds))


def test_one_look_is_the_ordinary_test_and_more_have_their_shape():
    assert [power.group_sequential(1, kind=kind).bounds[0] for kind in KINDS] == pytest.approx([1.959964] * 2)
    assert len(set(np.round(power.group_sequential(4, kind="pocock").bounds, 9))) == 1
    bounds = np.array(power.group_sequential(4, kind="obrien-fleming").bounds)
    assert bounds * np.sqrt([1, 2, 3, 4]) == pytest.approx(np.full(4, bounds[-1] * 2))
