"""Simulation-based calibration of a declared sub-model (Talts, Betancourt, Simpson, Vehtari and Gelman 2018).

Four assumptions are free, the others stay at their central values: acceptance, staff of the second window,
the shares of hours for repeated invitations and for follow-ups. A truth is drawn from the prior, counts are
made from it with the errors of the targets, and the posterior of those counts is sampled as in the real fit.
The rank of the truth among the draws is uniform if prior, likelihood and sampler belong together.
``calibration.csv`` holds the ranks of the last run, ``python -m benchmarks calibration`` makes it anew (about
a minute).
"""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import chisquare

from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning import calibration, history, measurement
from kik_analysis.planning.history import PATHS, Prior

FREE = ("accept", "staff_second", "again_share", "follow_share")
TRUTHS, DRAWS, BINS, SEED = 200, 99, 20, 2019
STORED = Path(__file__).with_suffix(".csv")


def ranks(truths: int = TRUTHS) -> np.ndarray:
    """Return the rank of every truth among the draws of its posterior, 0 to DRAWS: truths by FREE."""
    scenario = load_scenario()
    prior, calendar, given = Prior(scenario), history.Calendar(scenario), measurement.published(scenario)
    at = [list(PATHS).index(name) for name in FREE]

    def outputs(places: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(places), len(PATHS)))
        whole[:, at] = places
        values = prior.values(whole)
        values[:, list(PATHS).index("bought")] = 0
        return history.run(values, calendar)[0]

    def one(k: int) -> list[int]:
        rng = calibration.generator(SEED, "truth", k)
        truth = rng.standard_normal((1, len(FREE)))
        centre = measurement.logs(outputs(truth), given.ratios)[0]
        seen = replace(given, centre=rng.multivariate_normal(centre, given.covariance))
        found = calibration.temper(
            lambda z: seen.likelihood(outputs(z)),
            len(FREE),
            particles=4 * (DRAWS + 1),
            sweeps=40,
            seed=(SEED, k),
        )
        chosen = found.points[np.arange(DRAWS) * len(found.points) // DRAWS]
        return [int(n) for n in (chosen < truth).sum(0)]

    with ThreadPoolExecutor(2) as pool:
        return np.array(list(pool.map(one, range(truths))))


def start() -> dict[str, float]:
    """Make what is measured, small."""
    scenario = load_scenario()
    ratios, months = measurement.published(scenario).ratios, history.Calendar(scenario).days
    found = {"counts": len(ratios), "months": len(months), "assumptions": len(Prior(scenario).ranges)}
    return report(stored()) | found


def report(found: np.ndarray) -> dict[str, float]:
    """Return the p-value of uniform ranks per assumption (chi-squared over BINS)."""
    shares = {
        name: np.bincount(found[:, k] * BINS // (DRAWS + 1), minlength=BINS) for k, name in enumerate(FREE)
    }
    return {name: float(chisquare(counts).pvalue) for name, counts in shares.items()}


def stored() -> np.ndarray:
    """Return the ranks of the last run."""
    with STORED.open(encoding="utf-8", newline="") as stream:
        return np.array([[int(cell) for cell in row] for row in list(csv.reader(stream))[1:]])


def main() -> None:
    """Run, store the ranks, and say how uniform they are."""
    found = ranks()
    with STORED.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FREE)
        writer.writerows(found.tolist())
    for name, p in report(found).items():
        print(
            f"{name}: mean rank {found[:, FREE.index(name)].mean():.1f} of {DRAWS / 2:.1f}, p = {p:.3f}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
