"""Looking more than once, and what a significant result is worth: theory against drawing and integrals."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kik_analysis.statistics import power
from kik_analysis.statistics.power.cluster_trials import noncentral_t_power
from kik_analysis.statistics.power.sequential import Boundary

KINDS = get_args(Boundary)


# ---- group sequential
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


# ---- what a significant result is worth
@given(effect=st.floats(0.01, 6), se=st.floats(0.1, 3))
@settings(deadline=None, max_examples=60)
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


def noncentral_t_by_hand(shift, df, alpha):
    limit = stats.t.isf(alpha / 2, df)

    def inside(spread):
        density = 2 * spread * df * stats.chi2.pdf(df * spread**2, df)
        chance = stats.norm.cdf(shift - limit * spread) + stats.norm.cdf(-shift - limit * spread)
        return density * chance

    ends = [np.sqrt(end(1e-17, df) / df) for end in (stats.chi2.ppf, stats.chi2.isf)]
    steps = [(shift + gap) / limit for gap in (-9, -4, 0, 4, 9)]
    points = [point for point in steps if ends[0] < point < ends[1]]
    return integrate.quad(inside, *ends, points=points, epsabs=1e-13, epsrel=1e-12, limit=500)[0]


# at the first four scipy's noncentral t has no answer for the further tail, or for both
@pytest.mark.parametrize(
    ("shift", "df", "alpha"),
    [(5.17, 396, 0.001), (19.1, 1, 0.001), (23.8, 2, 0.001), (16.7, 1, 0.05), (0.0, 1, 0.05), (2.8, 9, 0.05),
     (0.5, 3, 0.01), (8.0, 367, 0.05), (1.0, 2000, 0.05)],
)  # fmt: skip
def test_noncentral_t_is_the_mean_over_the_spread(shift, df, alpha):
    assert noncentral_t_power(shift, df, alpha) == pytest.approx(
        noncentral_t_by_hand(shift, df, alpha), abs=1e-11
    )


@pytest.mark.parametrize("df", [1, 2, 5, 30, 400])
@pytest.mark.parametrize("alpha", [0.1, 0.05, 0.001])
def test_more_effect_is_never_less_power(df, alpha):
    found = [noncentral_t_power(shift, df, alpha) for shift in np.linspace(0, 40, 801)]
    assert found[0] == pytest.approx(alpha, rel=1e-9)
    assert np.all(np.diff(found) >= -1e-13)
