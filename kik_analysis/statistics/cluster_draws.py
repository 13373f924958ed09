"""Simulated cluster comparisons: team totals drawn, then three analyses of the same draws."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.exact import TIE
from kik_analysis.statistics.permutation import assignment_table
from kik_analysis.statistics.power_proportions import Simulated, simulated_share
from kik_analysis.statistics.proportions import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Analyses: t test and permutation test on cluster shares, and the wrong one, on persons as if independent.
METHODS = ("t", "permutation", "person")
#: Up to this many assignments all are gone through per draw.
FULL_ENUMERATION = 20_000
#: Otherwise this many random ones, the seen assignment included.
RANDOM_ASSIGNMENTS = 2_000
#: Numbers held at once.
BATCH = 4_000_000


def simulated_clusters(
    p1: float,
    p2: float,
    clusters1: float,
    clusters2: float,
    size: float,
    icc: float,
    *,
    cv: float = 0.0,
    alpha: float = 0.05,
    method: str = "t",
    draws: int = 10_000,
    seed: int = 0,
) -> Simulated:
    """Return the share of simulated cluster comparisons that reject, two-sided.

    Cluster shares follow a Beta distribution with the asked mean and intracluster correlation, successes a
    binomial one; cluster sizes are gamma with mean ``size`` and variation ``cv``, rounded, at least 1.

    Parameters
    ----------
    p1, p2, clusters1, clusters2, size, icc, cv, alpha
        As in ``clusters``.
    method
        ``t`` or ``permutation`` (on cluster shares), or ``person``: the z test that ignores the clusters, for
        showing what goes wrong.
    draws, seed
        Number of comparisons drawn, and their seed.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    number1, number2 = (
        arguments.count("clusters1", clusters1, low=1),
        arguments.count("clusters2", clusters2, low=1),
    )
    if min(number1, number2) == 1 and method != "permutation":
        raise ParameterError(
            f"clusters1 is {number1} and clusters2 is {number2}: each arm must have at least 2 clusters; "
            "add clusters"
        )
    mean = arguments.inside(
        "size", size, 1.0, np.inf, open_high=True, hint="give the mean number of people per cluster"
    )
    spread = arguments.not_negative("cv", cv, hint="give 0 when all clusters have one size")
    correlation, alpha = arguments.icc_value(icc), arguments.alpha_level(alpha)
    method = arguments.one_of("method", method, METHODS)
    many = arguments.count("draws", draws, low=1)
    rng = np.random.default_rng(arguments.count("seed", seed))
    people = _sizes(rng, (many, number1 + number2), mean, spread)
    rates = np.concatenate(
        [_rates(rng, (many, number1), p1, correlation), _rates(rng, (many, number2), p2, correlation)], axis=1
    )
    successes = rng.binomial(people, rates).astype(np.float64)
    if method == "person":
        rejected = _person_rejects(successes, people, number1, alpha)
    elif method == "t":
        rejected = _t_rejects(successes / people, number1, alpha)
    else:
        rejected = _permutation_rejects(successes / people, number1, alpha, rng)
    return simulated_share(int(rejected.sum()), many)


def _sizes(rng: np.random.Generator, shape: tuple[int, int], mean: float, cv: float) -> NDArray[np.int64]:
    if cv == 0.0:
        return np.full(shape, round(mean), dtype=np.int64)
    drawn = rng.gamma(1.0 / (cv * cv), mean * cv * cv, shape)
    return np.maximum(np.rint(drawn), 1.0).astype(np.int64)


def _rates(rng: np.random.Generator, shape: tuple[int, int], p: float, icc: float) -> Floats:
    if icc == 0.0 or p in (0.0, 1.0):
        return np.full(shape, p)
    if icc == 1.0:  # everyone in a cluster is the same
        return (rng.random(shape) < p).astype(np.float64)
    return rng.beta(p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc, shape)


def _person_rejects(
    successes: Floats, people: NDArray[np.int64], number1: int, alpha: float
) -> NDArray[np.bool_]:
    x1, x2 = successes[:, :number1].sum(axis=1), successes[:, number1:].sum(axis=1)
    n1, n2 = people[:, :number1].sum(axis=1), people[:, number1:].sum(axis=1)
    pooled = (x1 + x2) / (n1 + n2)
    se = np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    rejects: NDArray[np.bool_] = np.abs(x1 / n1 - x2 / n2) > normal_quantile(1.0 - alpha) * se
    return rejects


def _t_rejects(shares: Floats, number1: int, alpha: float) -> NDArray[np.bool_]:
    from scipy.special import stdtrit

    first, second = shares[:, :number1], shares[:, number1:]
    df = shares.shape[1] - 2
    squares = first.var(axis=1) * number1 + second.var(axis=1) * second.shape[1]
    se = np.sqrt(squares / df * (1.0 / number1 + 1.0 / second.shape[1]))
    gap = np.abs(first.mean(axis=1) - second.mean(axis=1))
    rejects: NDArray[np.bool_] = gap > float(stdtrit(df, 1.0 - alpha / 2.0)) * se
    return rejects


def _permutation_rejects(
    shares: Floats, number1: int, alpha: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    weights = _assignment_weights(shares.shape[1], number1, rng)
    assignments = weights.shape[1]
    rejected = np.empty(len(shares), dtype=np.bool_)
    step = max(1, BATCH // assignments)
    for start in range(0, len(shares), step):
        part = shares[start : start + step]
        gaps = np.abs((part - part.mean(axis=1, keepdims=True)) @ weights)
        as_far = (gaps >= gaps[:, :1] - TIE).sum(axis=1)
        rejected[start : start + step] = as_far <= alpha * assignments * (1.0 + TIE)
    return rejected


def _assignment_weights(units: int, number1: int, rng: np.random.Generator) -> Floats:
    """Return one column per assignment, the seen one (the first units treated) in front."""
    if comb(units, number1) <= FULL_ENUMERATION:
        chosen = assignment_table(units, number1)
    else:
        keys = rng.random((RANDOM_ASSIGNMENTS, units))
        keys[0] = np.arange(units) / units
        chosen = np.argsort(keys, axis=1)[:, :number1]
    treated = np.zeros((units, len(chosen)), dtype=np.bool_)
    treated[chosen.T, np.arange(len(chosen))] = True
    return np.where(treated, 1.0 / number1, -1.0 / (units - number1))
