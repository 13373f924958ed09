"""Designs in time: a stepped wedge (Hussey and Hughes 2007), and the columns of an interrupted series."""

from __future__ import annotations

from math import sqrt

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.power.proportions import type_s_m


@arg.checked
def wedge(
    steps: arg.Moments, clusters_per_step: arg.Some, *, baseline: arg.Moments = 1, per_step: arg.Moments = 1
) -> arg.Floats:
    """Return the treatment table of a stepped wedge, shape (clusters, periods), 1 where treated.

    ``steps``, ``clusters_per_step``: number of cross-over moments, and clusters that cross over at each.
    ``baseline``, ``per_step``: periods before the first cross-over, and after each.
    """
    periods = baseline + per_step * steps
    many = f"clusters_per_step is {clusters_per_step}: the table"
    arg.fits(steps * clusters_per_step * periods, many, "use fewer")
    starts = baseline + per_step * np.arange(steps)
    rows = (np.arange(periods)[None, :] >= starts[:, None]).astype(np.float64)
    return np.repeat(rows, clusters_per_step, axis=0)


@arg.checked
def wedge_variance(treatment: arg.Shares, within: arg.Positive, between: arg.NotNegative) -> float:
    """Return the variance of the treatment effect, in the unit of ``within`` (Hussey and Hughes 2007, eq. 8).

    ``treatment``: shape (clusters, periods), 1 where treated; shares are allowed. ``within``, ``between``:
    variance of one cluster-period mean around its cluster (their sigma squared), above 0, and between
    clusters (their tau squared). ``type_s_m(effect, sqrt(variance))`` gives the power of its test.
    """
    table = np.asarray(treatment)
    if table.ndim != 2 or not table.size:
        shape = "it must be a table of clusters by periods with values in [0, 1]; build it with wedge()"
        raise ParameterError(f"treatment has shape {table.shape}: {shape}")
    many, periods = table.shape
    u = table.sum()
    w, v = (table.sum(axis=0) ** 2).sum(), (table.sum(axis=1) ** 2).sum()
    top = many * within * (within + periods * between)
    bottom = (many * u - w) * within + (u * u + many * periods * u - periods * w - many * v) * between
    if bottom <= 1e-12 * top:
        raise ModelError(
            "treatment: every cluster is treated at the same moments, so the effect cannot be told from "
            "time; let some clusters cross over later"
        )
    return float(top / bottom)


@arg.checked
def stepped_wedge(
    p1: arg.Rate,
    p2: arg.Rate,
    clusters_per_step: arg.Some,
    steps: arg.Moments,
    size: arg.Size,
    icc: arg.Icc,
    *,
    baseline: arg.Moments = 1,
    per_step: arg.Moments = 1,
    alpha: arg.Alpha = 0.05,
) -> float:
    """Return the power of a stepped wedge for a share, new people in every period (Hussey and Hughes, eq. 7).

    The reference is normal: meant for some ten clusters and more. Shares lie strictly between 0 and 1;
    ``icc`` is of the total variance taken at the mean of both.

    ``clusters_per_step``, ``steps``, ``baseline``, ``per_step``: as in :func:`wedge`.
    """
    if steps < 2:
        raise ModelError(
            f"steps is {steps}: with one moment every cluster crosses over at once and the effect cannot "
            "be told from time; use at least 2 steps"
        )
    total = (p1 + p2) / 2.0 * (1.0 - (p1 + p2) / 2.0)
    table = wedge(steps, clusters_per_step, baseline=baseline, per_step=per_step)
    if p1 == p2 or icc == 1.0:  # at 1 nobody differs within a cluster: one person says as much as all
        return 1.0 if p1 != p2 else alpha
    variance = wedge_variance(table, total * (1.0 - icc) / size, total * icc)
    return min(1.0, type_s_m(p1 - p2, sqrt(variance), alpha=alpha).power)


def series_columns(before: int, after: int) -> arg.Floats:
    """Return the regressors of a segmented regression (Wagner et al. 2002), one row per moment.

    Columns: intercept; time from the first moment; step, 1 from the first moment after the change; time since
    that moment, 0 at it, so that the step is the change at the first moment after.
    """
    time = np.arange(before + after, dtype=np.float64)
    step = (time >= before).astype(np.float64)
    return np.column_stack([np.ones_like(time), time, step, step * (time - before)])
