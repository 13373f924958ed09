"""Power with lots on clusters: the formula against drawing teams, and what the messages say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from kik_analysis.statistics import power
from kik_analysis.statistics.power import cluster_trials
from kik_analysis.statistics.power.cluster_trials import noncentral_t_power


def error(share, draws):
    """Monte Carlo error of a share of draws; never 0: a draw is added to each side for it."""
    smoothed = (share * draws + 1) / (draws + 2)
    return (smoothed * (1 - smoothed) / draws) ** 0.5


@pytest.mark.parametrize(
    ("p1", "p2", "k1", "k2", "size", "icc"),
    [
        (0.3, 0.2, 3, 8, 114, 0.02),
        (0.3, 0.2, 8, 8, 50, 0.03),
        (0.45, 0.3, 6, 12, 60, 0.05),
        (0.2, 0.2, 5, 5, 80, 0.04),
    ],
)
def test_the_formula_is_what_drawing_teams_gives(p1, p2, k1, k2, size, icc):
    drawn = power.clusters(p1, p2, k1, k2, size, icc, draws=20_000, seed=1, method="drawn")
    # shares are not quite normal with few teams: a quarter of a point of room besides the Monte Carlo error
    assert power.clusters(p1, p2, k1, k2, size, icc) == pytest.approx(
        drawn, abs=0.0025 + 4 * error(drawn, 20_000)
    )


def test_unequal_teams_cost_power():
    equal, unequal = (power.clusters(0.3, 0.2, 5, 6, 100, 0.03, cv=cv) for cv in (0.0, 0.5))
    assert unequal < equal
    drawn = power.clusters(0.3, 0.2, 5, 6, 100, 0.03, cv=0.5, draws=15_000, seed=2, method="drawn")
    assert unequal <= drawn + 4 * error(drawn, 15_000)
    assert drawn < equal


@given(icc=st.floats(0, 0.5), size=st.integers(2, 300), k=st.integers(2, 30))
def test_more_alike_means_less_power_and_more_of_anything_means_more(icc, size, k):
    here = power.clusters(0.3, 0.2, k, k, size, icc)
    assert 0.0 <= here <= 1.0
    assert power.clusters(0.3, 0.2, k, k, size, icc + 0.05) <= here + 1e-12
    assert power.clusters(0.3, 0.2, k, k, size + 10, icc) >= here - 1e-12
    assert power.clusters(0.3, 0.2, k + 1, k + 1, size, icc) >= here - 1e-12


def test_without_an_effect_the_power_is_alpha():
    assert power.clusters(0.2, 0.2, 3, 8, 114, 0.02) == pytest.approx(0.05)
    assert power.clusters(0.2, 0.2, 3, 3, 114, 0.02, alpha=0.1) == pytest.approx(0.1)


def test_three_against_three_can_never_reach_five_per_cent_by_permutation():
    assert power.clusters(0.9, 0.1, 3, 3, 100, 0.01, method="permutation") == 0.0
    assert power.clusters(0.9, 0.1, 4, 4, 100, 0.01, method="permutation") > 0.99


def test_the_permutation_test_keeps_its_level():
    for k1, k2 in ((3, 8), (5, 6)):
        drawn = power.clusters(0.2, 0.2, k1, k2, 114, 0.02, method="permutation", draws=10_000, seed=4)
        assert drawn <= 0.05 + 4 * error(drawn, 10_000)


def test_permutation_by_random_assignments_agrees_with_all(monkeypatch):
    arguments = (0.32, 0.2, 5, 6, 80, 0.03)
    full = power.clusters(*arguments, method="permutation", draws=4_000, seed=5)
    monkeypatch.setattr("kik_analysis.statistics.power.cluster_trials.FULL_ENUMERATION", 10)
    some = power.clusters(*arguments, method="permutation", draws=4_000, seed=5)
    assert some == pytest.approx(full, abs=0.02)


def test_ignoring_the_clusters_claims_far_too_often():
    """28 per cent false positives instead of 5, at 114 people per team and an icc of .02."""
    assert power.false_positive_rate(114, 0.02) == pytest.approx(0.28, abs=0.005)
    drawn = power.clusters(0.2, 0.2, 30, 30, 114, 0.02, method="person", draws=10_000, seed=6)
    room = 0.005 + 4 * error(drawn, 10_000)
    assert drawn == pytest.approx(power.false_positive_rate(114, 0.02), abs=room)
    assert power.false_positive_rate(114, 0.0) == pytest.approx(0.05)


def test_design_effect_with_unequal_sizes_is_the_weighted_size():
    """Eldridge's formula is 1 + (sum m^2 / sum m - 1) icc for actual sizes."""
    sizes = np.array([40, 80, 114, 160, 300])
    cv = sizes.std() / sizes.mean()
    weighted = (sizes**2).sum() / sizes.sum()
    assert power.design_effect(sizes.mean(), 0.03, cv=cv) == pytest.approx(1 + (weighted - 1) * 0.03)


# ---- stepped wedge


def gls_variance(each, steps, within, between):
    """Variance of the effect by generalised least squares on the full covariance matrix."""
    clusters, periods = each * steps, steps + 1
    table = np.repeat(np.triu(np.ones((steps, periods)), 1), each, axis=0)
    design = np.column_stack([table.ravel(), np.tile(np.eye(periods), (clusters, 1))])
    covariance = np.kron(np.eye(clusters), within * np.eye(periods) + between)
    return np.linalg.inv(design.T @ np.linalg.inv(covariance) @ design)[0, 0]


@given(steps=st.integers(2, 6), each=st.integers(1, 4), within=st.floats(0.001, 5), between=st.floats(0, 5))
def test_the_closed_form_is_generalised_least_squares(steps, each, within, between):
    found = cluster_trials.wedge_variance(each, steps, within, between)
    assert found == pytest.approx(gls_variance(each, steps, within, between), rel=1e-6)


def test_stepped_wedge_of_shares():
    here = power.stepped_wedge(0.3, 0.2, 2, 4, 20, 0.05)
    total = 0.25 * 0.75
    variance = cluster_trials.wedge_variance(2, 4, total * 0.95 / 20, total * 0.05)
    assert here == pytest.approx(power.type_s_m(0.1, variance**0.5).power)
    assert power.stepped_wedge(0.2, 0.3, 2, 4, 20, 0.05) == pytest.approx(here)
    assert power.stepped_wedge(0.3, 0.2, 3, 4, 20, 0.05) > here
    assert power.stepped_wedge(0.2, 0.2, 2, 4, 20, 0.05) == pytest.approx(0.05)


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
    found = [noncentral_t_power(shift, df, alpha) for shift in np.linspace(0, 40, 201)]
    assert found[0] == pytest.approx(alpha, rel=1e-9)
    assert np.all(np.diff(found) >= -1e-13)
