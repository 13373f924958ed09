"""Power of a stepped wedge: clusters cross over to the treatment one step after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.proportions import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def wedge(steps: int, clusters_per_step: int, *, baseline: int = 1, per_step: int = 1) -> Floats:
    """Return the treatment table of a stepped wedge: one row per cluster, one column per period.

    Parameters
    ----------
    steps
        Number of cross-over moments.
    clusters_per_step
        Clusters that cross over at each of them.
    baseline
        Periods before the first cross-over.
    per_step
        Periods after each cross-over.

    Raises
    ------
    ParameterError
        When an argument is no whole number of at least 1.
    """
    moments = arguments.count("steps", steps, low=1)
    many = arguments.count("clusters_per_step", clusters_per_step, low=1)
    before = arguments.count(
        "baseline", baseline, low=1, hint="a wedge starts with a period in which none is treated"
    )
    each = arguments.count("per_step", per_step, low=1)
    starts = before + each * np.arange(moments)
    rows = (np.arange(before + each * moments)[None, :] >= starts[:, None]).astype(np.float64)
    return np.repeat(rows, many, axis=0)


def wedge_variance(treatment: ArrayLike, within: float, between: float) -> float:
    """Return the variance of the treatment effect: Hussey and Hughes (2007), eq. 8.

    Parameters
    ----------
    treatment
        Shape (clusters, periods), 1 where treated; shares are allowed.
    within
        Variance of one cluster-period mean around its cluster (their sigma squared).
    between
        Variance between clusters (their tau squared).

    Raises
    ------
    ParameterError
        When a variance is out of range or the table is not one of clusters by periods.
    ModelError
        When the table cannot tell the treatment from time.
    """
    table = np.asarray(treatment, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all() or table.min() < 0.0 or table.max() > 1.0:
        raise ParameterError(
            f"treatment has shape {table.shape}: it must be a table of clusters by periods with values in "
            "[0, 1]; "
            "build it with wedge()"
        )
    sigma = arguments.positive("within", within)
    tau = arguments.not_negative("between", between)
    clusters, periods = table.shape
    u = table.sum()
    w = (table.sum(axis=0) ** 2).sum()
    v = (table.sum(axis=1) ** 2).sum()
    top = clusters * sigma * (sigma + periods * tau)
    bottom = (clusters * u - w) * sigma + (u * u + clusters * periods * u - periods * w - clusters * v) * tau
    if bottom <= 1e-12 * top:
        raise ModelError(
            "treatment: every cluster is treated at the same moments, so the effect cannot be told from "
            "time; "
            "let some clusters cross over later"
        )
    return float(top / bottom)


def wedge_power(
    effect: float, treatment: ArrayLike, within: float, between: float, *, alpha: float = 0.05
) -> float:
    """Return the power of a Wald test for any treatment table: Hussey and Hughes (2007), eq. 7, both tails.

    Parameters
    ----------
    effect
        True effect, in the unit whose square the variances have.
    treatment, within, between
        As in :func:`wedge_variance`.
    alpha
        Significance level.

    Raises
    ------
    ParameterError, ModelError
        As :func:`wedge_variance`.
    """
    from scipy.special import ndtr

    size = abs(arguments.real("effect", effect)) / float(np.sqrt(wedge_variance(treatment, within, between)))
    z = normal_quantile(1.0 - arguments.alpha_level(alpha))
    return float(min(1.0, ndtr(size - z) + ndtr(-size - z)))


def stepped_wedge(
    p1: float,
    p2: float,
    clusters_per_step: float,
    steps: float,
    size: float,
    icc: float,
    *,
    baseline: int = 1,
    per_step: int = 1,
    alpha: float = 0.05,
) -> float:
    """Return the power of a stepped wedge for a share, new people in every period.

    Parameters
    ----------
    p1, p2
        True shares, treated and control; strictly between 0 and 1.
    clusters_per_step, steps
        Clusters that cross over at each moment, and number of moments.
    size
        People per cluster and period.
    icc
        Intracluster correlation in 0..1, of the total variance taken at the mean of both shares.
    baseline, per_step
        Periods before the first, and after each cross-over.
    alpha
        Significance level.

    Returns
    -------
    float
        Power in 0..1 (normal reference: meant for some ten clusters and more).

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    p1, p2 = arguments.between("p1", p1), arguments.between("p2", p2)
    people = arguments.inside(
        "size", size, 1.0, np.inf, open_high=True, hint="give people per cluster and period"
    )
    correlation = arguments.icc_value(icc)
    moments = arguments.count("steps", steps, low=1)
    if moments < 2 and int(clusters_per_step) == clusters_per_step:
        raise ModelError(
            f"steps is {moments}: with one moment every cluster crosses over at once and the effect "
            "cannot be told from "
            "time; use at least 2 steps"
        )
    middle = (p1 + p2) / 2.0
    total = middle * (1.0 - middle)
    table = wedge(
        moments,
        arguments.count("clusters_per_step", clusters_per_step, low=1),
        baseline=baseline,
        per_step=per_step,
    )
    if correlation == 1.0:  # nobody differs within a cluster: one person says as much as all
        return 1.0 if p1 != p2 else arguments.alpha_level(alpha)
    return wedge_power(p1 - p2, table, total * (1.0 - correlation) / people, total * correlation, alpha=alpha)
