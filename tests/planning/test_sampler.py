"""The sampler finds posteriors whose answers are known, whatever the number of workers."""

import numpy as np
import pytest
from scipy import stats

from kik_analysis.planning import calibration

ASKED = {"starts": 4, "particles": 1000, "sweeps": 200}


def pool(found):
    return np.concatenate([one.points for one in found])


def test_a_correlated_normal_has_its_mean_covariance_and_evidence():
    noise, data = np.array([[0.5, 0.45], [0.45, 0.5]]), np.array([1.0, -2.0])
    made = stats.multivariate_normal(data, noise)
    found = calibration.populations(lambda x: made.logpdf(x), 2, seed=("normal", 1), **ASKED)
    # the standard normal prior times the likelihood, in closed form
    covariance = np.linalg.inv(np.eye(2) + np.linalg.inv(noise))
    points = pool(found)
    assert points.mean(0) == pytest.approx(covariance @ np.linalg.solve(noise, data), abs=0.04)
    assert np.cov(points.T) == pytest.approx(covariance, abs=0.03)
    evidence = stats.multivariate_normal(np.zeros(2), np.eye(2) + noise).logpdf(data)
    assert [one.log_evidence for one in found] == pytest.approx([evidence] * 4, abs=0.25)
    assert max(calibration.rhat(np.stack([one.points[:, k] for one in found])) for k in range(2)) < 1.01


def banana(x):
    """A ridge y = x^2 with spread .1, flat along x: under the prior x stays standard normal but for y's."""
    return -0.5 * ((x[:, 1] - x[:, 0] ** 2) / 0.1) ** 2


def test_a_banana_has_the_moments_of_a_fine_grid():
    found = calibration.populations(banana, 2, seed=("banana", 1), **ASKED)
    points = pool(found)
    x, y = np.meshgrid(np.linspace(-5, 5, 1001), np.linspace(-2, 12, 2801), indexing="ij")
    grid = np.stack([x.ravel(), y.ravel()], 1)
    w = np.exp(banana(grid) - 0.5 * (grid**2).sum(1))
    w /= w.sum()
    for power in (1, 2):
        assert (points**power).mean(0) == pytest.approx(w @ grid**power, abs=0.05)
    assert np.mean(np.abs(points[:, 0]) > 1) == pytest.approx(w @ (np.abs(grid[:, 0]) > 1), abs=0.03)


SHARE, APART, WIDE = 0.7, 2.5, 0.15


def two_modes(x):
    """Modes of known weight, seventeen standard deviations apart, in three coordinates."""
    modes = [(SHARE, -APART / 2), (1 - SHARE, APART / 2)]
    logs = [np.log(w) - 0.5 * (((x - m) / WIDE) ** 2).sum(1) for w, m in modes]
    return np.logaddexp(*logs) + 0.5 * (x**2).sum(1)  # the prior taken away: the posterior is the mixture


def test_every_unselected_start_finds_both_modes_at_their_weights():
    found = calibration.populations(two_modes, 3, starts=4, particles=1600, sweeps=60, seed=("two", 1))
    left = [np.mean(one.points[:, 0] < 0) for one in found]
    assert left == pytest.approx([SHARE] * 4, abs=0.08)
    assert calibration.pooled(found) @ left == pytest.approx(SHARE, abs=0.05)


def test_the_same_to_the_bit_whatever_the_workers():
    few, key = {"particles": 200, "sweeps": 20}, ("same", 5)
    made = [calibration.populations(banana, 2, starts=3, seed=key, workers=w, **few) for w in (1, 3)]
    for one, other in zip(*made, strict=True):
        assert np.array_equal(one.points, other.points)
        assert one.log_evidence == other.log_evidence
    again = calibration.temper(banana, 2, seed=("same", 6, 0), **few)
    assert not np.array_equal(again.points, made[0][0].points)


def test_r_hat_tells_another_place_and_another_width():
    rng = np.random.default_rng(3)
    chains = rng.standard_normal((4, 1000))
    assert calibration.rhat(chains) < 1.01
    assert calibration.rhat(chains + np.array([[0], [0], [0], [1]])) > 1.05
    assert calibration.rhat(chains * np.array([[1], [1], [1], [3]])) > 1.05
    assert calibration.rhat(chains**3) == pytest.approx(calibration.rhat(chains), abs=0.002)  # by rank
