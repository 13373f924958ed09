"""How fast the statistics are, beside their targets and beside what one would write without them.

Run ``python -m benchmarks.statistics``. Times are the best of several; ratios say how often ours fits into
the target, or into the other way of doing the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kik_analysis.statistics import estimates, intervals, power
from kik_analysis.statistics.power.proportions import region

REPEATS = 5


@dataclass(frozen=True)
class Row:
    """One measured task: seconds of ours, and either a target or another way's seconds."""

    task: str
    seconds: float
    beside: str
    other: float

    @property
    def ratio(self) -> float:
        return self.other / self.seconds

    def __str__(self) -> str:
        ours, other = f"{self.seconds * 1e3:.3f} ms", f"{self.other * 1e3:.3f} ms"
        return f"{self.task:<54} {ours:>12}   {self.beside:<34} {other:>14} {self.ratio:>8.1f} x"


def best(work: Callable[[], Any], repeats: int = REPEATS, before: Callable[[], Any] | None = None) -> float:
    """Return the shortest of several runs; ``before`` (such as emptying a cache) is not counted."""
    times = []
    for _ in range(repeats):
        if before is not None:
            before()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def slow_fisher(p1: float, p2: float, n1: int, n2: int) -> float:
    """Fisher's power the plain way: one call of scipy's test per table."""
    from scipy.stats import binom, fisher_exact

    total = 0.0
    for a in range(n1 + 1):
        for b in range(n2 + 1):
            if fisher_exact([[a, n1 - a], [b, n2 - b]]).pvalue <= 0.05:
                total += binom.pmf(a, n1, p1) * binom.pmf(b, n2, p2)
    return total


def targets() -> list[Row]:
    """Return the three tasks with a promised time."""
    rng = np.random.default_rng(0)
    x, n = rng.integers(0, 101, 1_000_000), np.full(1_000_000, 100)
    clear = region.cache_clear
    return [
        Row(
            "Fisher power, 500 against 757, all tables",
            best(lambda: power.two_proportions(0.25, 0.2, 500, 757, method="fisher"), before=clear),
            "target",
            0.5,
        ),
        Row("a million Wilson intervals", best(lambda: intervals.proportion(x, n)), "target", 0.2),
        Row(
            "hypergeometric interval, 29 of 7,000",
            best(lambda: intervals.count(23, 29, 7000)),
            "target",
            0.005,
        ),
        Row(
            "hypergeometric interval, 3,500 of 7,000",
            best(lambda: intervals.count(1700, 3500, 7000)),
            "target",
            0.005,
        ),
    ]


def beside_others() -> list[Row]:
    """Return tasks beside another way of doing the same."""
    from scipy.stats import permutation_test
    from statsmodels.stats.proportion import proportion_confint

    rng = np.random.default_rng(0)
    x, n = rng.integers(0, 101, 1_000_000), np.full(1_000_000, 100)
    treated, control = rng.normal(size=8), rng.normal(size=9)

    def gap(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return a.mean(axis=axis) - b.mean(axis=axis)

    return [
        Row(
            "a million Wilson intervals",
            best(lambda: intervals.proportion(x, n)),
            "statsmodels",
            best(lambda: proportion_confint(x, n, method="wilson")),
        ),
        Row(
            "Fisher power, 30 against 40, all tables",
            best(
                lambda: power.two_proportions(0.5, 0.2, 30, 40, method="fisher"),
                before=region.cache_clear,
            ),
            "one scipy test per table",
            best(lambda: slow_fisher(0.5, 0.2, 30, 40), repeats=1),
        ),
        Row(
            "permutation test, 24,310 assignments",
            best(lambda: estimates.permutation_test(treated, control)),
            "scipy, all assignments",
            best(
                lambda: permutation_test((treated, control), gap, n_resamples=np.inf, vectorized=True),
                repeats=2,
            ),
        ),
        Row(
            "20,000 draws of 11 teams, permutation test of each",
            best(
                lambda: power.clusters(0.3, 0.2, 3, 8, 114, 0.02, method="permutation", draws=20_000),
                repeats=3,
            ),
            "20,000 t tests of the same draws",
            best(
                lambda: power.clusters(0.3, 0.2, 3, 8, 114, 0.02, method="drawn", draws=20_000),
                repeats=3,
            ),
        ),
        Row(
            "power curve, 60 effects, all tables of 500 and 757",
            best(
                lambda: [
                    power.two_proportions(0.2 + d, 0.2, 500, 757, method="fisher")
                    for d in np.linspace(0, 0.2, 60)
                ],
                repeats=2,
                before=region.cache_clear,
            ),
            "60 times the first point",
            60
            * best(
                lambda: power.two_proportions(0.25, 0.2, 500, 757, method="fisher"),
                before=region.cache_clear,
            ),
        ),
    ]


def start() -> dict[str, float]:
    """Make what is measured, small."""
    return {"one Wilson interval": best(lambda: intervals.proportion(1, 2), 1)}


def main() -> int:
    """Print all rows; return 1 when a promised time was missed."""
    intervals.proportion(1, 2)  # scipy is loaded once, before anything is timed
    promised = targets()
    for row in [*promised, *beside_others()]:
        print(row)
    return int(any(row.ratio < 1.0 for row in promised))


if __name__ == "__main__":
    raise SystemExit(main())
