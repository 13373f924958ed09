"""Power of two shares: formula, enumeration and simulation against each other and against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import power_proportions_2indep

from kik_analysis.errors import ModelError
from kik_analysis.statistics import power
from kik_analysis.statistics.power.proportions import fisher_region

SHARE = st.floats(0.02, 0.98)


def slow_power(p1, p2, n1, n2, alpha, rejects):
    """Add up the chances of every table that a test rejects, one by one."""
    total = 0.0
    for a in range(n1 + 1):
        for b in range(n2 + 1):
            if rejects(a, n1, b, n2, alpha):
                total += stats.binom.pmf(a, n1, p1) * stats.binom.pmf(b, n2, p2)
    return total


def z_rejects(a, n1, b, n2, alpha):
    pooled = (a + b) / (n1 + n2)
    if pooled in (0.0, 1.0):
        return False
    z = (a / n1 - b / n2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return abs(z) >= stats.norm.isf(alpha / 2) * (1 - 1e-9)


def fisher_rejects(a, n1, b, n2, alpha):
    return stats.fisher_exact([[a, n1 - a], [b, n2 - b]]).pvalue <= alpha * (1 + 1e-9)


@pytest.mark.parametrize(
    ("n1", "n2", "p1", "p2", "alpha"),
    [(6, 6, 0.8, 0.2, 0.05), (9, 14, 0.5, 0.2, 0.1), (4, 11, 0.3, 0.3, 0.2)],
)
@pytest.mark.parametrize(("method", "rejects"), [("exact", z_rejects), ("fisher", fisher_rejects)])
def test_exact_power_is_the_sum_over_all_tables(n1, n2, p1, p2, alpha, method, rejects):
    ours = power.two_proportions(p1, p2, n1, n2, alpha=alpha, method=method)
    assert ours == pytest.approx(slow_power(p1, p2, n1, n2, alpha, rejects), abs=1e-12)


@given(
    p1=SHARE,
    p2=SHARE,
    n1=st.integers(5, 900),
    n2=st.integers(5, 900),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
)
@settings(deadline=None, max_examples=60)
def test_the_formula_is_statsmodels_where_groups_differ(p1, p2, n1, n2, alpha):
    theirs = power_proportions_2indep(p1 - p2, p2, n1, ratio=n2 / n1, alpha=alpha).power
    assert power.two_proportions(p1, p2, n1, n2, alpha=alpha) == pytest.approx(theirs, abs=1e-9)


def test_treated_comes_before_control():
    """Arms swapped in the sizes only change the power (statsmodels issue 8049)."""
    assert power.two_proportions(0.05, 0.2, 100, 300) != pytest.approx(
        power.two_proportions(0.05, 0.2, 300, 100)
    )
    assert power.two_proportions(0.05, 0.2, 100, 300) == pytest.approx(
        power.two_proportions(0.2, 0.05, 300, 100)
    )


@given(p=SHARE, n1=st.integers(1, 60), n2=st.integers(1, 60), alpha=st.sampled_from([0.01, 0.05, 0.2]))
@settings(deadline=None, max_examples=40)
def test_fisher_never_claims_too_often_and_the_formula_claims_alpha(p, n1, n2, alpha):
    assert power.two_proportions(p, p, n1, n2, alpha=alpha, method="fisher") <= alpha + 1e-12
    assert power.two_proportions(p, p, n1, n2, alpha=alpha) == pytest.approx(alpha)


@pytest.mark.parametrize("method", ["z", "exact", "fisher"])
def test_power_rises_with_the_effect(method):
    curve = [power.two_proportions(0.2 + d, 0.2, 60, 90, method=method) for d in np.linspace(0, 0.6, 25)]
    assert (np.diff(curve) > 0).all()
    assert 0.0 <= curve[0] <= curve[-1] <= 1.0


@pytest.mark.parametrize(
    ("p1", "p2", "n1", "n2"), [(0.25, 0.2, 500, 757), (0.8, 0.2, 6, 6), (0.3, 0.3, 40, 25)]
)
def test_simulated_power_agrees_within_its_own_error(p1, p2, n1, n2):
    plan = power.plan(p2, effect=p1 - p2, n1=n1, n2=n2, draws=100_000, seed=11)
    drawn = plan.simulated
    assert float(drawn) == drawn.power == pytest.approx(plan.exact, abs=4 * drawn.mc_error)
    assert drawn == power.plan(p2, effect=p1 - p2, n1=n1, n2=n2, draws=100_000, seed=11).simulated
    assert 0 < drawn.mc_error < 0.002


def test_a_plan_for_small_effects_goes_without_the_tables_that_do_not_fit():
    plan = power.plan(0.1, effect=0.005, power=0.8)
    assert (plan.n1, plan.n2, plan.exact, plan.fisher) == (57_763, 57_763, None, None)
    assert plan.simulated.power == pytest.approx(plan.power, abs=4 * plan.simulated.mc_error)
    with pytest.raises(ModelError, match="use method 'z'"):
        power.plan(0.1, effect=0.005, n1=57_763, method="fisher")


@pytest.mark.parametrize("alpha", [1e-6, 1e-9, 1e-12])
def test_a_tiny_alpha_keeps_its_power(alpha):
    """Limits come from alpha itself, not from 1 - alpha, which has no such digits."""
    assert power.two_proportions(0.3, 0.3, 400, 500, alpha=alpha) == pytest.approx(alpha, rel=1e-6)
    assert power.means(0.0, 1.0, 40, 50, alpha=alpha) == pytest.approx(alpha, rel=1e-4)
    assert power.type_s_m(1e-9, 1.0, alpha=alpha).power == pytest.approx(alpha, rel=1e-6)
    assert power.two_proportions(0.9, 0.2, 400, 500, alpha=alpha) > 0.999


@pytest.mark.parametrize("method", ["z", "exact", "fisher"])
@pytest.mark.parametrize(("base", "direction"), [(0.2, "up"), (0.2, "down"), (0.5, "up"), (0.9, "down")])
def test_the_smallest_effect_has_just_the_asked_power(method, base, direction):
    effect = power.minimum_detectable_effect(base, 200, 300, method=method, direction=direction)
    assert (effect > 0) == (direction == "up")
    assert power.two_proportions(base + effect, base, 200, 300, method=method) == pytest.approx(0.8, abs=1e-9)


@pytest.mark.parametrize(
    ("p1", "p2", "ratio", "target"),
    [(0.3, 0.2, 1, 0.8), (0.25, 0.2, 1.5, 0.9), (1.0, 0.4, 2, 0.8), (0.1, 0.5, 0.5, 0.95)],
)
def test_the_sample_size_is_the_smallest_that_does(p1, p2, ratio, target):
    n1, n2 = power.sample_size(p1, p2, power=target, ratio=ratio)
    assert n2 == np.ceil(n1 * ratio)
    assert power.two_proportions(p1, p2, n1, n2) >= target
    assert n1 == 1 or power.two_proportions(p1, p2, n1 - 1, np.ceil((n1 - 1) * ratio)) < target


@pytest.mark.parametrize("method", ["exact", "fisher"])
def test_exact_sample_sizes_reach_the_target_for_the_first_time(method):
    n1, n2 = power.sample_size(0.6, 0.2, method=method)
    assert power.two_proportions(0.6, 0.2, n1, n2, method=method) >= 0.8
    assert all(power.two_proportions(0.6, 0.2, n, n, method=method) < 0.8 for n in range(n1 - 6, n1))


def test_one_call_fills_in_what_is_missing():
    known = power.plan(0.2, effect=0.06, n1=500, n2=757)
    assert (known.n1, known.n2, known.treated) == (500, 757, pytest.approx(0.26))
    assert known.closed_form == known.power == power.two_proportions(0.26, 0.2, 500, 757)
    assert known.exact == pytest.approx(known.simulated.power, abs=4 * known.simulated.mc_error)
    assert known.fisher < known.exact
    effect = power.plan(0.2, n1=500, n2=757, power=0.8)
    assert effect.effect == pytest.approx(power.minimum_detectable_effect(0.2, 500, 757))
    size = power.plan(0.2, effect=0.1, power=0.9, ratio=2)
    assert (size.n1, size.n2) == power.sample_size(0.3, 0.2, power=0.9, ratio=2)
    down = power.plan(0.2, effect=-0.1, power=0.8, method="fisher")
    assert down.power == down.fisher >= 0.8


def test_a_region_is_kept_and_cannot_be_written_on():
    region = fisher_region(30, 40, 0.05)
    assert fisher_region(30, 40, 0.05) is region
    with pytest.raises(ValueError, match="read-only"):
        region[0, 0] = True


def test_means_invert():
    n1, n2 = power.means_sample_size(9.5, 12.0, power=0.9, ratio=1.5)
    fewer = power.means(9.5, 12.0, n1 - 1, np.ceil((n1 - 1) * 1.5))
    assert power.means(9.5, 12.0, n1, n2) >= 0.9 > fewer


def test_power_of_means_by_drawing():
    rng = np.random.default_rng(8)
    a, b = rng.normal(0.7, 1, (20_000, 14)), rng.normal(0, 1, (20_000, 22))
    share = (stats.ttest_ind(a, b, axis=1).pvalue < 0.05).mean()
    assert share == pytest.approx(power.means(0.7, 1, 14, 22), abs=4 * 0.5 / np.sqrt(20_000))
