"""Looking more than once, series, two letters, non-compliance, priors: theory against drawing."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kik_analysis.statistics import power
from kik_analysis.statistics.power.designs import series_columns
from kik_analysis.statistics.power.sequential import Boundary
from kik_analysis.statistics.power.t_test import noncentral_t_power

KINDS = get_args(Boundary)


# ---- group sequential
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("looks", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_all_looks_together_spend_alpha(kind, looks, alpha):
    design = power.group_sequential(looks, kind=kind, alpha=alpha)
    assert len(design) == len(list(design)) == looks
    assert design.spent[-1] == pytest.approx(alpha, abs=1e-9)
    assert list(design.spent) == sorted(design.spent)
    assert power.sequential_power(design, 0.0) == pytest.approx(alpha, abs=1e-9)
    assert design.nominal == pytest.approx(2 * stats.norm.sf(design.bounds))


def test_one_look_is_the_ordinary_test():
    for kind in KINDS:
        design = power.group_sequential(1, kind=kind)
        assert design[0] == pytest.approx(1.959964, abs=1e-6)
        assert power.sequential_power(design, 2.8) == pytest.approx(
            stats.norm.sf(1.959964 - 2.8) + stats.norm.cdf(-1.959964 - 2.8), abs=1e-6
        )
        assert power.inflation_factor(design) == pytest.approx(1.0, abs=1e-9)
        assert power.expected_share(design, 2.8) == 1.0


def test_shapes_of_the_limits():
    assert len(set(np.round(power.group_sequential(4, kind="pocock").bounds, 9))) == 1
    bounds = np.array(power.group_sequential(4, kind="obrien-fleming").bounds)
    assert bounds * np.sqrt([1, 2, 3, 4]) == pytest.approx(np.full(4, bounds[-1] * 2))


@pytest.mark.parametrize("kind", ["pocock", "lan-demets-obrien-fleming"])
def test_limits_at_unequal_moments_by_drawing(kind):
    fractions = (0.2, 0.55, 1.0)
    design = power.group_sequential(3, kind=kind, fractions=fractions)
    rng = np.random.default_rng(3)
    draws, drift = 200_000, 2.5
    steps = np.diff([0.0, *fractions])
    for shift, expected in ((0.0, 0.05), (drift, power.sequential_power(design, drift))):
        score = np.cumsum(rng.normal(shift * steps, np.sqrt(steps), (draws, 3)), axis=1)
        crossed = np.abs(score / np.sqrt(fractions)) >= design.bounds
        assert crossed.any(axis=1).mean() == pytest.approx(expected, abs=4 * np.sqrt(0.25 / draws))
    when = np.where(crossed.any(axis=1), np.array(fractions)[crossed.argmax(axis=1)], 1.0)
    assert when.mean() == pytest.approx(power.expected_share(design, drift), abs=0.004)


@pytest.mark.parametrize("kind", KINDS)
def test_looking_costs_people_at_most_and_saves_people_on_average(kind):
    design = power.group_sequential(4, kind=kind)
    factor = power.inflation_factor(design, power=0.9)
    assert 1.0 < factor < 1.3
    drift = np.sqrt(factor) * (stats.norm.isf(0.025) + stats.norm.isf(0.1))
    assert power.sequential_power(design, drift) == pytest.approx(0.9, abs=1e-3)
    assert power.expected_share(design, drift) * factor < 1.0


def test_looks_close_together_still_spend_alpha():
    """Looks .005 apart, the closest allowed: by drawing, all together claim no more than alpha."""
    fractions = tuple(np.linspace(0.905, 1.0, 20))
    design = power.group_sequential(20, fractions=fractions)
    steps = np.diff([0.0, *fractions])
    score = np.cumsum(np.random.default_rng(11).normal(0, np.sqrt(steps), (200_000, 20)), axis=1)
    claimed = (np.abs(score / np.sqrt(fractions)) >= design.bounds).any(axis=1).mean()
    assert claimed == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 200_000))


# ---- interrupted series
def test_the_step_is_the_change_at_the_first_moment_after():
    assert series_columns(2, 3).tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 2, 1, 0],
        [1, 3, 1, 1],
        [1, 4, 1, 2],
    ]


@given(
    before=st.integers(3, 40),
    after=st.integers(3, 40),
    rho=st.floats(-0.9, 0.9),
    trend=st.booleans(),
    slope=st.booleans(),
)
@settings(deadline=None, max_examples=50)
def test_errors_are_generalised_least_squares_on_the_full_matrix(before, after, rho, trend, slope):
    design = series_columns(before, after, trend=trend, slope_change=slope)
    total = before + after
    correlation = rho ** np.abs(np.subtract.outer(np.arange(total), np.arange(total)))
    covariance = np.linalg.inv(design.T @ np.linalg.inv(correlation) @ design) * 9.0
    level, change = power.series_errors(before, after, rho=rho, sd=3.0, trend=trend, slope_change=slope)
    place = 1 + int(trend)
    assert level == pytest.approx(np.sqrt(covariance[place, place]), rel=1e-6)
    if slope:
        assert change == pytest.approx(np.sqrt(covariance[-1, -1]), rel=1e-6)
    else:
        assert np.isnan(change)


def test_memory_widens_the_error_and_lowers_the_power():
    errors = [power.series_errors(24, 12, rho=rho)[0] for rho in (0.0, 0.2, 0.4, 0.6)]
    assert min(errors[1:]) > 1.1 * errors[0]  # not rising for ever: what forgets nothing shows a step at once
    assert power.interrupted_series(2, 1, 24, 12, rho=0.4) < power.interrupted_series(2, 1, 24, 12)
    assert power.interrupted_series(0, 1, 24, 12, rho=0.4) == pytest.approx(0.05)
    assert power.interrupted_series(0.2, 1, 24, 12, target="slope") > 0.05


def test_without_trend_and_memory_it_is_a_comparison_of_means():
    level, _ = power.series_errors(24, 12, sd=2.0, trend=False, slope_change=False)
    assert level == pytest.approx(2.0 * np.sqrt(1 / 24 + 1 / 12))
    assert power.interrupted_series(1.5, 2.0, 24, 12, trend=False, slope_change=False) == pytest.approx(
        power.means(1.5, 2.0, 24, 12)
    )


# ---- two letters
@pytest.mark.parametrize("rates", [(0.3, 0.2, 0.25, 0.15), (0.25, 0.2, 0.2, 0.2), (0.2, 0.2, 0.3, 0.3)])
def test_paths_by_drawing_letters(rates):
    """First letters, second lots and answers drawn; a Wald test on the weighted means of both paths."""
    rng, draws = np.random.default_rng(7), 60_000
    gap, variance = np.zeros(draws), np.zeros(draws)
    for sign, n, first, second in ((1, 500, rates[0], rates[2]), (-1, 757, rates[1], rates[3])):
        reached = rng.binomial(n, first, draws)
        on_path = rng.binomial(n - reached, 0.5)
        later = rng.binomial(on_path, second)
        weight = reached + 2 * on_path
        mean = (reached + 2 * later) / weight
        squares = reached * (1 - mean) ** 2 + 4 * (later * (1 - mean) ** 2 + (on_path - later) * mean**2)
        gap, variance = gap + sign * mean, variance + squares / weight**2
    found = (np.abs(gap) > stats.norm.isf(0.025) * np.sqrt(variance)).mean()
    assert power.two_stage_letters(*rates, 500, 757).path == pytest.approx(
        found, abs=0.003 + 4 * np.sqrt(0.25 / draws)
    )


def test_two_letters_add_up():
    design = power.two_stage_letters(0.3, 0.2, 0.25, 0.15, 500, 757)
    assert (design.reached_treated, design.reached_control) == pytest.approx((0.475, 0.32))
    assert design.people_second == pytest.approx(500 * 0.7 + 757 * 0.8)
    assert design.first_letter == power.two_proportions(0.3, 0.2, 500, 757)
    # whoever the first letter reaches needs no second lot: the path is then an ordinary comparison
    alone = power.two_stage_letters(1.0, 1.0, 0.5, 0.5, 50, 50)
    assert (alone.people_second, alone.second_letter) == (0.0, 0.0)


# ---- non-compliance
def test_doing_as_the_lot_said_changes_nothing():
    assert power.noncompliance(0.3, 0.2, 500, 757, uptake1=1) == power.two_proportions(0.3, 0.2, 500, 757)


# ---- priors, and what a significant result is worth
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
    found = noncentral_t_power(np.linspace(0, 40, 801), df, alpha)
    assert found[0] == pytest.approx(alpha, rel=1e-9)
    assert np.all(np.diff(found) >= -1e-13)
