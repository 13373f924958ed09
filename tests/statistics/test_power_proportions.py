"""Power of two shares and what a result is worth: formula, enumeration, integrals and plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.proportion import power_proportions_2indep

from kik_analysis.statistics import power
from kik_analysis.statistics.power.proportions import region

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
def test_fisher_never_claims_too_often_and_the_formula_claims_alpha(p, n1, n2, alpha):
    assert power.two_proportions(p, p, n1, n2, alpha=alpha, method="fisher") <= alpha + 1e-12
    assert power.two_proportions(p, p, n1, n2, alpha=alpha) == pytest.approx(alpha)


@pytest.mark.parametrize("method", ["z", "exact", "fisher"])
def test_power_rises_with_the_effect(method):
    curve = [power.two_proportions(0.2 + d, 0.2, 60, 90, method=method) for d in np.linspace(0, 0.6, 25)]
    assert (np.diff(curve) > 0).all()
    assert 0.0 <= curve[0] <= curve[-1] <= 1.0


@pytest.mark.parametrize("alpha", [1e-6, 1e-9, 1e-12])
def test_a_tiny_alpha_keeps_its_power(alpha):
    """Limits come from alpha itself, not from 1 - alpha, which has no such digits."""
    assert power.two_proportions(0.3, 0.3, 400, 500, alpha=alpha) == pytest.approx(alpha, rel=1e-6)
    assert power.type_s_m(1e-9, 1.0, alpha=alpha).power == pytest.approx(alpha, rel=1e-6)
    assert power.two_proportions(0.9, 0.2, 400, 500, alpha=alpha) > 0.999


@pytest.mark.parametrize("method", ["z", "exact", "fisher"])
@pytest.mark.parametrize("base", [0.2, 0.5, 0.7])
def test_the_smallest_effect_has_just_the_asked_power(method, base):
    effect = power.minimum_detectable_effect(base, 200, 300, method=method)
    assert effect > 0
    assert power.two_proportions(base + effect, base, 200, 300, method=method) == pytest.approx(0.8, abs=1e-9)


def test_a_region_is_kept_and_cannot_be_written_on():
    kept = region("fisher", 30, 40, 0.05)
    assert region("fisher", 30, 40, 0.05) is kept
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = True


@given(effect=st.floats(0.01, 6), se=st.floats(0.1, 3))
def test_type_s_and_m_are_integrals_of_the_estimate(effect, se):
    result = power.type_s_m(effect, se)
    z, d = stats.norm.isf(0.025), effect / se
    reach = (d - 12, min(d, -z) if d < -z else -z, z, max(d, z) + 12)
    size = integrate.quad(lambda x: -x * stats.norm.pdf(x, d), min(reach[0], -z - 12), -z)[0]
    size += integrate.quad(lambda x: x * stats.norm.pdf(x, d), z, reach[3], points=[max(d, z)])[0]
    assert result.power == pytest.approx(stats.norm.sf(z, d) + stats.norm.cdf(-z, d))
    assert result.type_s == pytest.approx(stats.norm.cdf(-z, d) / result.power, abs=1e-9)
    assert result.type_m == pytest.approx(size / result.power / d, rel=1e-6)
    assert result.type_m >= 1.0
    assert power.type_s_m(-effect, se) == result


def test_far_and_near_effects_have_their_limits():
    far = power.type_s_m(1e300, 1e-300)
    assert (far.power, far.type_s, far.type_m) == (1.0, 0.0, 1.0)
    assert power.type_s_m(1e-300, 1e300).type_s == pytest.approx(0.5)
