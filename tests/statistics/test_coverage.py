"""How often the intervals hold the truth, added up over every outcome (no simulation)."""

import numpy as np
import pytest
from scipy import stats
from test_validation import build

from kik_analysis.statistics import intervals

coverage = build.coverage

SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 29, 40, 60, 100)
SHARES = np.linspace(0.0005, 0.9995, 1999)
GRID = np.linspace(0.01, 0.99, 50)


def around_limits(n: int, method: str) -> np.ndarray:
    """Shares just past every limit, where coverage is smallest."""
    low, high = intervals.proportion(np.arange(n + 1), n, method=method)
    edges = np.concatenate([low, high])
    near = np.concatenate([edges - 1e-9, edges, edges + 1e-9, SHARES])
    return near[(near > 0.0) & (near < 1.0)]


@pytest.mark.parametrize("n", SIZES)
def test_clopper_pearson_never_falls_below_nominal(n):
    held = coverage.proportion(n, around_limits(n, "clopper-pearson"), method="clopper-pearson")
    assert held.min() >= 0.95 - 1e-9


@pytest.mark.parametrize("confidence", [0.8, 0.99])
def test_clopper_pearson_at_other_confidences(confidence):
    for n in (3, 6, 29):
        held = coverage.proportion(n, SHARES, method="clopper-pearson", confidence=confidence)
        assert held.min() >= confidence - 1e-9


@pytest.mark.parametrize(
    ("population", "n"), [(7, 3), (20, 6), (50, 6), (50, 49), (60, 29), (100, 60), (200, 29), (300, 10)]
)
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_hypergeometric_never_falls_below_nominal_for_any_count(population, n, confidence):
    held = coverage.population(population, n, confidence=confidence)
    assert held.shape == (population + 1,)
    assert held.min() >= confidence - 1e-9


@pytest.mark.parametrize(("method", "smallest"), [("wilson", 0.832), ("jeffreys", 0.868), ("mid-p", 0.912)])
def test_mean_coverage_is_nominal_and_the_dips_are_where_they_belong(method, smallest):
    """Wilson dips to .83 at n = 6 and tends to .838 (Brown, Cai and DasGupta 2001): that is the method."""
    sizes = [n for n in SIZES if n >= 5]
    means = [coverage.proportion(n, SHARES, method=method).mean() for n in sizes]
    assert np.mean(means) == pytest.approx(0.95, abs=0.015)
    least = min(
        coverage.proportion(n, around_limits(n, method), method=method).min() for n in (6, 10, 29, 50)
    )
    assert least == pytest.approx(smallest, abs=0.002)


@pytest.mark.parametrize(("method", "smallest"), [("newcombe", 0.869), ("miettinen-nurminen", 0.886)])
def test_mean_coverage_of_differences_is_nominal_and_its_dips_are_known(method, smallest):
    p1, p2 = np.meshgrid(GRID, GRID, indexing="ij")
    held = [
        coverage.difference(n1, n2, p1, p2, method=method)
        for n1, n2 in ((6, 6), (10, 10), (10, 20), (29, 29), (25, 50))
    ]
    assert np.mean([values.mean() for values in held]) == pytest.approx(0.95, abs=0.015)
    assert min(values.min() for values in held) == pytest.approx(smallest, abs=0.002)


def test_coverage_is_what_drawing_lots_gives():
    rng = np.random.default_rng(4)
    n, p, draws = 29, 0.13, 200_000
    many = intervals.proportion(rng.binomial(n, p, draws), n)
    held = ((many.low <= p) & (p <= many.high)).mean()
    assert held == pytest.approx(float(coverage.proportion(n, p)), abs=4 * np.sqrt(0.05 / draws))


def test_chances_of_all_outcomes():
    shares = np.array([0.0, 0.2, 1.0])
    chances = intervals.binomial_pmf(9, shares)
    assert chances == pytest.approx(stats.binom.pmf(np.arange(10), 9, shares[:, None]), abs=1e-14)
