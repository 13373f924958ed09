"""Power of comparisons whose lots fall on clusters (teams, districts) or moments instead of people.

Formulas inflate the variance by the design effect; draws go through the same comparison team by team.
"""

from math import comb, sqrt
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from kik_analysis.errors import ModelError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import two_sided
from kik_analysis.statistics.power.proportions import type_s_m
from kik_analysis.statistics.power.sequential import gauss_nodes
from kik_analysis.statistics.tests import TIE, assignment_table

#: Up to this many assignments all are gone through per draw; else so many random ones, the seen one included.
FULL_ENUMERATION, RANDOM_ASSIGNMENTS = 20_000, 2_000
#: Numbers held at once.
BATCH = 4_000_000
#: Points per segment of the integral, chance left out at each end, standard errors around the step.
NODES, TAIL, REACH = 80, 1e-18, 9.0


@arg.checked
def design_effect(size: arg.Size, icc: arg.Icc, *, cv: arg.Spread = 0.0) -> float:
    """Return by how much clustering inflates the variance (Eldridge, Ashby and Kerry 2006, eq. 7).

    ``1 + ((1 + cv^2) size - 1) icc``; for equal clusters the classical ``1 + (size - 1) icc`` (Kish 1965).

    Examples
    --------
    >>> round(design_effect(114, 0.02), 2)
    3.26
    """
    return 1.0 + ((1.0 + cv * cv) * size - 1.0) * icc


@arg.checked
def false_positive_rate(size: arg.Size, icc: arg.Icc, *, alpha: arg.Alpha = 0.05) -> float:
    """Return how often (0..1) a person-level z test rejects a true null when lots fell on clusters.

    The person-level test takes the variance too small by the design effect, so that its z is too wide by
    the square root: ``2 (1 - Phi(z / sqrt(deff)))``. A large-sample result; :func:`clusters` with
    ``method="person"`` gives it for few clusters.

    Examples
    --------
    >>> round(false_positive_rate(114, 0.02), 2)
    0.28
    """
    return float(2.0 * scipy.special.ndtr(-two_sided(alpha) / np.sqrt(design_effect(size, icc))))


def noncentral_t_power(shift: float, df: float, alpha: float, *, widen: float = 1.0) -> float:
    """Return the chance that a t statistic with noncentrality ``shift`` passes its two-sided limit.

    ``widen`` multiplies the limit: the standard error that the test uses over the true one.

    Given the estimated spread S (in units of the true one) the statistic passes with chance
    ``Phi(shift - limit S) + Phi(-shift - limit S)``; this is its mean over S, where ``df S^2`` is chi-square
    (Johnson, Kotz and Balakrishnan 1995, eq. 31.1), by Gauss-Legendre in segments around the step of Phi.
    scipy's noncentral t is not used: it answers NaN where the further tail is tiny (df 396, shift 5.17).
    """
    limit, size = -float(scipy.special.stdtrit(df, alpha / 2.0)) * widen, abs(shift)
    both = scipy.special.gammaincinv, scipy.special.gammainccinv
    low, high = (float(np.sqrt(2.0 * end(df / 2.0, TAIL) / df)) for end in both)
    step = [(size + away) / limit for away in (-REACH, 0.0, REACH)]
    ends = np.sort(np.clip([low, (low + high) / 2.0, high, *step], low, high))
    points, weights = gauss_nodes(NODES)
    widths = np.diff(ends)[:, np.newaxis]
    spread = ends[:-1, np.newaxis] + widths * ((points + 1.0) / 2.0)
    # the density of S up to a factor, so that its largest value is 1; the factor follows from the sum
    mode = np.sqrt(max(df - 1.0, 0.0) / df)
    rise = (df - 1.0) * np.log(spread / mode) if mode > 0.0 else 0.0
    mass = np.exp(rise - df * (spread * spread - mode * mode) / 2.0) * widths * (weights / 2.0)
    passes = scipy.special.ndtr(size - limit * spread) + scipy.special.ndtr(-size - limit * spread)
    return float(np.clip(np.sum(mass * passes) / np.sum(mass), 0.0, 1.0))


@arg.checked
def clusters(
    p1: arg.Share,
    p2: arg.Share,
    clusters1: arg.Clusters,
    clusters2: arg.Clusters,
    size: arg.Size,
    icc: arg.Icc,
    *,
    cv: arg.Spread = 0.0,
    alpha: arg.Alpha = 0.05,
    method: Literal["t", "drawn", "permutation", "person"] = "t",
    draws: arg.Draws = 10_000,
    seed: arg.Count = 0,
) -> float:
    """Return the power to tell two shares apart when whole clusters are treated, at least 2 per arm.

    ``method``: ``t``: t test on cluster shares, noncentral t with clusters - 2 degrees of freedom, variance
    inflated by :func:`design_effect` (Donner and Klar 2000; Eldridge et al. 2006). With unequal sizes it is a
    little low, because :func:`design_effect` is made for a test that weighs people, not clusters. The others
    are by simulation: ``drawn``, the same t test; ``permutation``, the exact permutation test on cluster
    shares, whose power is 0 where the number of assignments cannot give a p of ``alpha``; ``person``, the z
    test that ignores the clusters, for showing what goes wrong.

    In a simulation cluster shares follow a Beta distribution with the asked mean and intracluster
    correlation, successes a binomial one; cluster sizes are gamma with mean ``size`` and variation ``cv``,
    rounded, at least 1.
    """
    if method == "t":
        # the test pools the spread of both arms, the difference varies with each own: so the limit is widened
        inflation = design_effect(size, icc, cv=cv) / size
        spread1, spread2 = inflation * p1 * (1.0 - p1), inflation * p2 * (1.0 - p2)
        own, df = spread1 / clusters1 + spread2 / clusters2, clusters1 + clusters2 - 2
        if own == 0.0:
            return float(p1 != p2)
        pooled = (
            ((clusters1 - 1) * spread1 + (clusters2 - 1) * spread2) / df * (1.0 / clusters1 + 1.0 / clusters2)
        )
        shift = abs(p1 - p2) / float(np.sqrt(own))
        return noncentral_t_power(shift, df, alpha, widen=float(np.sqrt(pooled / own)))
    units = clusters1 + clusters2
    many = f"draws is {draws} and there are {units} clusters: the simulation"
    arg.fits(draws * units, many, "ask for fewer draws")
    rng = np.random.default_rng(seed)
    people = np.full((draws, units), round(size), dtype=np.int64)
    if cv > 1e-9:  # less is lost in rounding
        drawn = rng.gamma(1.0 / (cv * cv), size * cv * cv, (draws, units))
        people = np.maximum(np.rint(drawn), 1.0).astype(np.int64)
    rates = [_rates(rng, (draws, k), p, icc) for k, p in ((clusters1, p1), (clusters2, p2))]
    successes = rng.binomial(people, np.concatenate(rates, axis=1)).astype(np.float64)
    if method == "person":
        x1, x2 = successes[:, :clusters1].sum(axis=1), successes[:, clusters1:].sum(axis=1)
        n1, n2 = people[:, :clusters1].sum(axis=1), people[:, clusters1:].sum(axis=1)
        pooled = (x1 + x2) / (n1 + n2)
        se = np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
        rejected = np.asarray(np.abs(x1 / n1 - x2 / n2) > two_sided(alpha) * se)
    elif method == "drawn":
        shares = successes / people
        first_arm, second = shares[:, :clusters1], shares[:, clusters1:]
        k2, df = second.shape[1], shares.shape[1] - 2
        squares = first_arm.var(axis=1) * clusters1 + second.var(axis=1) * k2
        se = np.sqrt(squares / df * (1.0 / clusters1 + 1.0 / k2))
        gap = np.abs(first_arm.mean(axis=1) - second.mean(axis=1))
        rejected = np.asarray(gap > -float(scipy.special.stdtrit(df, alpha / 2.0)) * se)
    else:
        rejected = _permutation_rejects(successes / people, clusters1, alpha, rng)
    return float(rejected.mean())


def _rates(rng: np.random.Generator, shape: tuple[int, int], p: float, icc: float) -> arg.Floats:
    if icc == 0.0 or p in (0.0, 1.0):
        return np.full(shape, p)
    if icc == 1.0:  # everyone in a cluster is the same
        return (rng.random(shape) < p).astype(np.float64)
    return rng.beta(p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc, shape)


def _permutation_rejects(
    shares: arg.Floats, k1: int, alpha: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Go through the assignments, one column of weights each, the seen one (the first treated) in front."""
    units = shares.shape[1]
    if comb(units, k1) <= FULL_ENUMERATION:
        chosen = assignment_table(units, k1)
    else:
        keys = rng.random((RANDOM_ASSIGNMENTS, units))
        keys[0] = np.arange(units) / units
        chosen = np.argsort(keys, axis=1)[:, :k1]
    treated = np.zeros((units, len(chosen)), dtype=np.bool_)
    treated[chosen.T, np.arange(len(chosen))] = True
    weights = np.where(treated, 1.0 / k1, -1.0 / (units - k1))
    rejected = np.empty(len(shares), dtype=np.bool_)
    step = max(1, BATCH // len(chosen))
    for start in range(0, len(shares), step):
        part = shares[start : start + step]
        gaps = np.abs((part - part.mean(axis=1, keepdims=True)) @ weights)
        as_far = (gaps >= gaps[:, :1] - TIE).sum(axis=1)
        rejected[start : start + step] = as_far <= alpha * len(chosen) * (1.0 + TIE)
    return rejected


def wedge_variance(clusters_per_step: int, steps: int, within: float, between: float) -> float:
    """Return the variance of the effect in a stepped wedge (Hussey and Hughes 2007, eq. 8).

    One period before the first cross-over and one after each. ``within``, ``between``: variance of one
    cluster-period mean around its cluster (their sigma squared), and between clusters (their tau squared).
    """
    many, periods = clusters_per_step * steps, steps + 1
    u = many * periods / 2.0
    v = u * (2.0 * steps + 1.0) / 3.0
    w = clusters_per_step * v
    top = many * within * (within + periods * between)
    bottom = (many * u - w) * within + (u * u + many * periods * u - periods * w - many * v) * between
    return top / bottom


@arg.checked
def stepped_wedge(
    p1: arg.Rate,
    p2: arg.Rate,
    clusters_per_step: arg.Some,
    steps: arg.Moments,
    size: arg.Size,
    icc: arg.Icc,
    *,
    alpha: arg.Alpha = 0.05,
) -> float:
    """Return the power of a stepped wedge for a share, new people in every period (Hussey and Hughes, eq. 7).

    The reference is normal: meant for some ten clusters and more. Shares lie strictly between 0 and 1;
    ``icc`` is of the total variance taken at the mean of both. One period before the first cross-over, and
    one after each.

    ``clusters_per_step``, ``steps``: clusters that cross over at each moment, and number of these moments.
    """
    if steps < 2:
        raise ModelError(
            f"steps is {steps}: with one moment every cluster crosses over at once and the effect cannot "
            "be told from time; use at least 2 steps"
        )
    if p1 == p2 or icc == 1.0:  # at 1 nobody differs within a cluster: one person says as much as all
        return 1.0 if p1 != p2 else alpha
    total = (p1 + p2) / 2.0 * (1.0 - (p1 + p2) / 2.0)
    variance = wedge_variance(clusters_per_step, steps, total * (1.0 - icc) / size, total * icc)
    return min(1.0, type_s_m(p1 - p2, sqrt(variance), alpha=alpha).power)


def series_columns(before: int, after: int) -> arg.Floats:
    """Return the regressors of a segmented regression (Wagner et al. 2002), one row per moment.

    Columns: intercept; time from the first moment; step, 1 from the first moment after the change; time since
    that moment, 0 at it, so that the step is the change at the first moment after.
    """
    time = np.arange(before + after, dtype=np.float64)
    step = (time >= before).astype(np.float64)
    return np.column_stack([np.ones_like(time), time, step, step * (time - before)])
