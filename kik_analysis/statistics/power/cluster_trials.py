"""Power of comparisons whose lots fall on clusters (teams, districts) instead of people."""

from __future__ import annotations

from math import comb
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.interval import two_sided
from kik_analysis.statistics.power.proportions import Simulated, simulated
from kik_analysis.statistics.power.search import smallest
from kik_analysis.statistics.power.t_test import noncentral_t_power
from kik_analysis.statistics.tests import TIE, assignment_table

Clusters = Annotated[
    int,
    arg.Whole(2, hint="one cluster cannot be told from its treatment; add clusters (people will not help)"),
]
#: Up to this many assignments all are gone through per draw; else so many random ones, the seen one included.
FULL_ENUMERATION, RANDOM_ASSIGNMENTS = 20_000, 2_000
#: Numbers held at once.
BATCH = 4_000_000


@arg.checked
def design_effect(size: arg.Size, icc: arg.Icc, *, cv: arg.Spread = 0.0) -> float:
    """Return by how much clustering inflates the variance (Eldridge, Ashby and Kerry 2006, eq. 7).

    ``1 + ((1 + cv^2) size - 1) icc``; for equal clusters the classical ``1 + (size - 1) icc`` (Kish 1965).

    Parameters
    ----------
    size
        Mean number of people per cluster, at least 1.
    icc
        Intracluster correlation in 0..1.
    cv
        Coefficient of variation of cluster sizes, at least 0.

    Returns
    -------
    float
        At least 1.

    Examples
    --------
    >>> round(design_effect(114, 0.02), 2)
    3.26
    """
    return 1.0 + ((1.0 + cv * cv) * size - 1.0) * icc


@arg.checked
def false_positive_rate(
    size: arg.Size, icc: arg.Icc, *, cv: arg.Spread = 0.0, alpha: arg.Alpha = 0.05
) -> float:
    """Return how often a person-level z test rejects a true null when lots fell on clusters.

    The person-level test takes the variance too small by the design effect, so that its z is too wide by
    the square root: ``2 (1 - Phi(z / sqrt(deff)))``. A large-sample result; :func:`simulated_clusters`
    with ``method="person"`` gives it for few clusters.

    Parameters
    ----------
    size, icc, cv
        As in :func:`design_effect`.

    Returns
    -------
    float
        Chance in 0..1, at least ``alpha``.

    Examples
    --------
    >>> round(false_positive_rate(114, 0.02), 2)
    0.28
    """
    from scipy.special import ndtr

    return float(2.0 * ndtr(-two_sided(alpha) / np.sqrt(design_effect(size, icc, cv=cv))))


def _t_power(p1: float, p2: float, k1: int, k2: int, inflation: float, alpha: float) -> float:
    """Power of the t test on cluster shares; ``inflation`` is the design effect over the cluster size.

    The test pools the spread of both arms; the difference varies with each arm's own. With unequal arms
    these two standard errors differ, so that the limit is widened by their ratio.
    """
    spread1, spread2 = inflation * p1 * (1.0 - p1), inflation * p2 * (1.0 - p2)
    own, df = spread1 / k1 + spread2 / k2, k1 + k2 - 2
    if own == 0.0:
        return float(p1 != p2)
    pooled = ((k1 - 1) * spread1 + (k2 - 1) * spread2) / df * (1.0 / k1 + 1.0 / k2)
    shift = abs(p1 - p2) / float(np.sqrt(own))
    return float(noncentral_t_power(shift, df, alpha, widen=float(np.sqrt(pooled / own))))


@arg.checked
def clusters(
    p1: arg.Share,
    p2: arg.Share,
    clusters1: Clusters,
    clusters2: Clusters,
    size: arg.Size,
    icc: arg.Icc,
    *,
    cv: arg.Spread = 0.0,
    alpha: arg.Alpha = 0.05,
    method: Literal["t", "permutation"] = "t",
    draws: arg.Draws = 10_000,
    seed: arg.Count = 0,
) -> float:
    """Return the power to tell two shares apart when whole clusters are treated, two-sided.

    Parameters
    ----------
    p1, p2
        True shares, treated and control.
    clusters1, clusters2
        Number of clusters per arm, treated and control; at least 2 each.
    size
        Mean number of people per cluster.
    icc
        Intracluster correlation in 0..1.
    cv
        Coefficient of variation of cluster sizes.
    method
        ``t``: t test on cluster shares, noncentral t with clusters - 2 degrees of freedom, variance inflated
        by :func:`design_effect` (Donner and Klar 2000; Eldridge et al. 2006). With unequal sizes it is a
        little low, because :func:`design_effect` is made for a test that weighs people, not clusters.
        ``permutation``: the exact permutation test on cluster shares, by simulation; power is 0 where the
        number of assignments cannot give a p of ``alpha``.
    draws, seed
        Of the simulation; the t method takes none.
    """
    if method == "t":
        return _t_power(p1, p2, clusters1, clusters2, design_effect(size, icc, cv=cv) / size, alpha)
    arms = (p1, p2, clusters1, clusters2, size, icc)
    return simulated_clusters(*arms, cv=cv, alpha=alpha, method=method, draws=draws, seed=seed).power


@arg.checked
def clusters_minimum_detectable_effect(
    base: arg.Share,
    clusters1: Clusters,
    clusters2: Clusters,
    size: arg.Size,
    icc: arg.Icc,
    *,
    cv: arg.Spread = 0.0,
    power: arg.Target = 0.8,
    alpha: arg.Alpha = 0.05,
) -> float:
    """Return the smallest rise from ``base`` that a cluster comparison finds with the asked power (by ``t``).

    Parameters
    ----------
    base
        Share in the control clusters.
    clusters1, clusters2, size, icc, cv, alpha
        As in :func:`clusters`.

    Returns
    -------
    float
        Treated minus control, above 0.
    """
    inflation = design_effect(size, icc, cv=cv) / size
    # the variance of the treated share shrinks towards 1, so the largest effect has the largest power
    return smallest(
        lambda rise: _t_power(min(1.0, base + rise), base, clusters1, clusters2, inflation, alpha),
        power,
        1.0 - base,
        f"with {clusters1} and {clusters2} clusters even a rise from {base:g} to 1",
        "add more teams, not more people",
    )


@arg.checked
def simulated_clusters(
    p1: arg.Share,
    p2: arg.Share,
    clusters1: arg.Some,
    clusters2: arg.Some,
    size: arg.Size,
    icc: arg.Icc,
    *,
    cv: arg.Spread = 0.0,
    alpha: arg.Alpha = 0.05,
    method: Literal["t", "permutation", "person"] = "t",
    draws: arg.Draws = 10_000,
    seed: arg.Count = 0,
) -> Simulated:
    """Return the share of simulated cluster comparisons that reject, two-sided.

    Cluster shares follow a Beta distribution with the asked mean and intracluster correlation, successes a
    binomial one; cluster sizes are gamma with mean ``size`` and variation ``cv``, rounded, at least 1.

    Parameters
    ----------
    p1, p2, clusters1, clusters2, size, icc, cv, alpha
        As in :func:`clusters`.
    method
        ``t`` or ``permutation`` (on cluster shares; one cluster in an arm will do), or ``person``: the z test
        that ignores the clusters, for showing what goes wrong.
    draws, seed
        Number of comparisons drawn, and their seed.

    Returns
    -------
    Simulated
        Power with its Monte Carlo error.
    """
    if min(clusters1, clusters2) == 1 and method != "permutation":
        raise ParameterError(
            f"clusters1 is {clusters1} and clusters2 is {clusters2}: each arm must have at least 2 "
            "clusters; add clusters"
        )
    units = clusters1 + clusters2
    arg.fits(
        draws * units,
        f"draws is {draws} and there are {units} clusters: the simulation",
        "ask for fewer draws",
    )
    rng = np.random.default_rng(seed)
    people = _sizes(rng, (draws, units), size, cv)
    rates = [_rates(rng, (draws, k), p, icc) for k, p in ((clusters1, p1), (clusters2, p2))]
    successes = rng.binomial(people, np.concatenate(rates, axis=1)).astype(np.float64)
    if method == "person":
        return simulated(_person_rejects(successes, people, clusters1, alpha))
    if method == "t":
        return simulated(_t_rejects(successes / people, clusters1, alpha))
    return simulated(_permutation_rejects(successes / people, clusters1, alpha, rng))


def _sizes(rng: np.random.Generator, shape: tuple[int, int], mean: float, cv: float) -> NDArray[np.int64]:
    if cv == 0.0:
        return np.full(shape, round(mean), dtype=np.int64)
    drawn = rng.gamma(1.0 / (cv * cv), mean * cv * cv, shape)
    return np.maximum(np.rint(drawn), 1.0).astype(np.int64)


def _rates(rng: np.random.Generator, shape: tuple[int, int], p: float, icc: float) -> arg.Floats:
    if icc == 0.0 or p in (0.0, 1.0):
        return np.full(shape, p)
    if icc == 1.0:  # everyone in a cluster is the same
        return (rng.random(shape) < p).astype(np.float64)
    return rng.beta(p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc, shape)


def _person_rejects(
    successes: arg.Floats, people: NDArray[np.int64], k1: int, alpha: float
) -> NDArray[np.bool_]:
    x1, x2 = successes[:, :k1].sum(axis=1), successes[:, k1:].sum(axis=1)
    n1, n2 = people[:, :k1].sum(axis=1), people[:, k1:].sum(axis=1)
    pooled = (x1 + x2) / (n1 + n2)
    se = np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    return np.asarray(np.abs(x1 / n1 - x2 / n2) > two_sided(alpha) * se)


def _t_rejects(shares: arg.Floats, k1: int, alpha: float) -> NDArray[np.bool_]:
    from scipy.special import stdtrit

    first_arm, second = shares[:, :k1], shares[:, k1:]
    k2, df = second.shape[1], shares.shape[1] - 2
    squares = first_arm.var(axis=1) * k1 + second.var(axis=1) * k2
    se = np.sqrt(squares / df * (1.0 / k1 + 1.0 / k2))
    gap = np.abs(first_arm.mean(axis=1) - second.mean(axis=1))
    return np.asarray(gap > -float(stdtrit(df, alpha / 2.0)) * se)


def _permutation_rejects(
    shares: arg.Floats, k1: int, alpha: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    weights = _assignment_weights(shares.shape[1], k1, rng)
    assignments = weights.shape[1]
    rejected = np.empty(len(shares), dtype=np.bool_)
    step = max(1, BATCH // assignments)
    for start in range(0, len(shares), step):
        part = shares[start : start + step]
        gaps = np.abs((part - part.mean(axis=1, keepdims=True)) @ weights)
        as_far = (gaps >= gaps[:, :1] - TIE).sum(axis=1)
        rejected[start : start + step] = as_far <= alpha * assignments * (1.0 + TIE)
    return rejected


def _assignment_weights(units: int, k1: int, rng: np.random.Generator) -> arg.Floats:
    """Return one column per assignment, the seen one (the first units treated) in front."""
    if comb(units, k1) <= FULL_ENUMERATION:
        chosen = assignment_table(units, k1)
    else:
        keys = rng.random((RANDOM_ASSIGNMENTS, units))
        keys[0] = np.arange(units) / units
        chosen = np.argsort(keys, axis=1)[:, :k1]
    treated = np.zeros((units, len(chosen)), dtype=np.bool_)
    treated[chosen.T, np.arange(len(chosen))] = True
    return np.where(treated, 1.0 / k1, -1.0 / (units - k1))
