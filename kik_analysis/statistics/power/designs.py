"""Power of other designs: stepped wedge, interrupted series, two letters in turn, and non-compliance."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Annotated, Literal

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.power.normal import wald_power
from kik_analysis.statistics.power.proportions import Method, two_proportions, z_power
from kik_analysis.statistics.power.t_test import noncentral_t_power

#: Numbers of periods, steps or moments: more make tables that no design needs.
Moments = Annotated[int, arg.Whole(1, 2_000, "count periods or moments of measurement")]


# ---- stepped wedge


@arg.checked
def wedge(
    steps: Moments, clusters_per_step: arg.Some, *, baseline: Moments = 1, per_step: Moments = 1
) -> arg.Floats:
    """Return the treatment table of a stepped wedge.

    Parameters
    ----------
    steps, clusters_per_step
        Number of cross-over moments, and clusters that cross over at each.
    baseline, per_step
        Periods before the first cross-over, and after each.

    Returns
    -------
    numpy.ndarray
        Shape (clusters, periods), 1 where treated.
    """
    periods = baseline + per_step * steps
    arg.fits(
        steps * clusters_per_step * periods,
        f"clusters_per_step is {clusters_per_step}: the table",
        "use fewer",
    )
    starts = baseline + per_step * np.arange(steps)
    rows = (np.arange(periods)[None, :] >= starts[:, None]).astype(np.float64)
    return np.repeat(rows, clusters_per_step, axis=0)


@arg.checked
def wedge_variance(treatment: arg.Shares, within: arg.Positive, between: arg.NotNegative) -> float:
    """Return the variance of the treatment effect: Hussey and Hughes (2007), eq. 8.

    Parameters
    ----------
    treatment
        Shape (clusters, periods), 1 where treated; shares are allowed.
    within
        Variance of one cluster-period mean around its cluster (their sigma squared), above 0.
    between
        Variance between clusters (their tau squared).

    Returns
    -------
    float
        Variance, in the unit of ``within``; ``type_s_m(effect, sqrt(variance))`` gives the power of its test.
    """
    table = np.asarray(treatment)
    if table.ndim != 2 or not table.size:
        raise ParameterError(
            f"treatment has shape {table.shape}: it must be a table of clusters by periods with values in "
            "[0, 1]; build it with wedge()"
        )
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
    steps: Moments,
    size: arg.Size,
    icc: arg.Icc,
    *,
    baseline: Moments = 1,
    per_step: Moments = 1,
    alpha: arg.Alpha = 0.05,
) -> float:
    """Return the power of a stepped wedge for a share, new people in every period (Hussey and Hughes, eq. 7).

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

    Returns
    -------
    float
        Power in 0..1 (normal reference: meant for some ten clusters and more).
    """
    if steps < 2:
        raise ModelError(
            f"steps is {steps}: with one moment every cluster crosses over at once and the effect cannot "
            "be told from time; use at least 2 steps"
        )
    total = (p1 + p2) / 2.0 * (1.0 - (p1 + p2) / 2.0)
    table = wedge(steps, clusters_per_step, baseline=baseline, per_step=per_step)
    if icc == 1.0:  # nobody differs within a cluster: one person says as much as all
        return 1.0 if p1 != p2 else alpha
    variance = wedge_variance(table, total * (1.0 - icc) / size, total * icc)
    return wald_power(p1 - p2, sqrt(variance), alpha)


# ---- interrupted series


def series_columns(before: int, after: int, *, trend: bool = True, slope_change: bool = True) -> arg.Floats:
    """Return the regressors of a segmented regression (Wagner et al. 2002), one row per moment.

    Columns: intercept; time from the first moment (with ``trend``); step, 1 from the first moment after the
    change; time since that moment, 0 at it (with ``slope_change``), so that the step is the change at the
    first moment after.
    """
    time = np.arange(before + after, dtype=np.float64)
    step = (time >= before).astype(np.float64)
    columns = np.column_stack([np.ones_like(time), time, step, step * (time - before)])
    return columns[:, [True, trend, True, slope_change]]


@arg.checked
def series_errors(
    before: Moments,
    after: Moments,
    *,
    rho: arg.Correlation = 0.0,
    sd: arg.Positive = 1.0,
    trend: bool = True,
    slope_change: bool = True,
) -> tuple[float, float]:
    """Return the standard errors of the change in level and in slope, by generalised least squares.

    Aitken (1935) with AR(1) errors of known ``rho``: the diagonal of ``sd^2 (X' R^-1 X)^-1``.

    Parameters
    ----------
    before, after
        Moments before and after the change.
    rho
        Correlation of neighbouring moments, strictly between -1 and 1.
    sd
        Standard deviation of one moment around its line, in the unit of the outcome.
    trend, slope_change
        Whether the model has a trend, and a change of trend.

    Returns
    -------
    tuple of float
        Error of the change in level, and of the change in slope per moment (NaN without ``slope_change``).
    """
    columns = series_columns(before, after, trend=trend, slope_change=slope_change)
    total, terms = columns.shape
    if total <= terms or (trend and before < 2) or (slope_change and after < 2):
        raise ModelError(
            f"before is {before} and after is {after}: too few moments for a model of {terms} terms; "
            "measure at least 2 moments on either side and one more than there are terms, or drop the trend"
        )
    # the inverse of the correlation matrix rho^|i-j| is tridiagonal
    inverse = np.diag(np.full(total, 1.0 + rho * rho))
    inverse[0, 0] = inverse[-1, -1] = 1.0
    inverse -= rho * (np.eye(total, k=1) + np.eye(total, k=-1))
    information = columns.T @ (inverse / (1.0 - rho * rho)) @ columns
    errors = sd * np.sqrt(np.diag(np.linalg.inv(information)))
    place = 2 if trend else 1
    return float(errors[place]), float(errors[place + 1]) if slope_change else float("nan")


@arg.checked
def interrupted_series(
    change: arg.Real,
    sd: arg.Positive,
    before: Moments,
    after: Moments,
    *,
    rho: arg.Correlation = 0.0,
    target: Literal["level", "slope"] = "level",
    trend: bool = True,
    slope_change: bool = True,
    alpha: arg.Alpha = 0.05,
) -> float:
    """Return the power to see a change in level (or slope) in an interrupted series, two-sided.

    Parameters
    ----------
    change
        True change: of the level at the first moment after, or of the slope per moment.
    sd, before, after, rho, trend, slope_change
        As in :func:`series_errors`.
    target
        ``level`` or ``slope``.

    Returns
    -------
    float
        Power in 0..1; t reference with moments minus terms degrees of freedom, ``rho`` taken as known.
    """
    if target == "slope" and not slope_change:
        raise ParameterError(
            "target is 'slope' but slope_change is False: the model has no such term; set slope_change"
        )
    errors = series_errors(before, after, rho=rho, sd=sd, trend=trend, slope_change=slope_change)
    df = before + after - (2 + int(trend) + int(slope_change))
    return float(noncentral_t_power(change / errors[target == "slope"], df, alpha))


# ---- two letters in turn


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Power of the three questions that a two-stage letter design answers.

    Attributes
    ----------
    first_letter : float
        Power to tell the two first letters apart.
    second_letter : float
        Power to tell the firm letter from the repeat, among those whom the first did not reach.
    path : float
        Power to tell the path "new letter, then firm" from "usual letter, then repeat".
    reached_treated, reached_control : float
        Expected share reached on these two paths.
    people_second : float
        Expected number of people drawn again.
    """

    first_letter: float
    second_letter: float
    path: float
    reached_treated: float
    reached_control: float
    people_second: float


def _path_variance(p: float, q: float) -> float:
    """Variance per person of a path's reach, people weighted by the inverse chance of their path.

    Whoever the first letter reaches is on both paths (weight 1), the others are on this one with chance 1/2
    (weight 2): Murphy (2005); Nahum-Shani et al. (2012). With ``m = p + (1 - p) q`` the weighted
    mean has variance ``p (1-m)^2 + 2 (1-p) [q (1-m)^2 + (1-q) m^2]`` per person.
    """
    mean = p + (1.0 - p) * q
    return p * (1.0 - mean) ** 2 + 2.0 * (1.0 - p) * (q * (1.0 - mean) ** 2 + (1.0 - q) * mean**2)


@arg.checked
def two_stage_letters(
    first1: arg.Share,
    first2: arg.Share,
    firm: arg.Share,
    repeat: arg.Share,
    n1: arg.Group,
    n2: arg.Group,
    *,
    alpha: arg.Alpha = 0.05,
) -> TwoStage:
    """Return the power of a two-stage letter design, two-sided.

    The simplest sequential multiple-assignment design: a first letter by lot; whoever it does not reach is
    drawn, one to one, for a firm second letter or a repeat of the first.

    Parameters
    ----------
    first1, first2
        Share reached by the new first letter (treated) and by the usual one (control).
    firm, repeat
        Share reached by the firm second letter and by a repeat, among those not reached before.
    n1, n2
        People drawn for the new and for the usual first letter.

    Returns
    -------
    TwoStage
        Powers in 0..1, and what to expect of the second stage.
    """
    again = n1 * (1.0 - first1) + n2 * (1.0 - first2)
    reach1, reach2 = first1 + (1.0 - first1) * firm, first2 + (1.0 - first2) * repeat
    variance = _path_variance(first1, firm) / n1 + _path_variance(first2, repeat) / n2
    return TwoStage(
        first_letter=float(z_power(first1, first2, n1, n2, alpha)),
        second_letter=float(z_power(firm, repeat, again / 2.0, again / 2.0, alpha)) if again > 0.0 else 0.0,
        path=wald_power(reach1 - reach2, sqrt(variance), alpha),
        reached_treated=reach1,
        reached_control=reach2,
        people_second=again,
    )


# ---- dilution


@arg.checked
def noncompliance(
    p1: arg.Share,
    p2: arg.Share,
    n1: arg.Group,
    n2: arg.Group,
    *,
    uptake1: arg.Share,
    uptake2: arg.Share = 0.0,
    alpha: arg.Alpha = 0.05,
    method: Method = "z",
) -> float:
    """Return the power by intention to treat when not everyone does as the lot said, two-sided.

    The effect shrinks to ``(uptake1 - uptake2) (p1 - p2)``, so that ``1 / (uptake1 - uptake2)^2`` times more
    people are needed (Lachin 1981).

    Parameters
    ----------
    p1, p2
        Share with and without the treatment, for those whose treatment follows the lot.
    n1, n2
        People drawn for treatment and for control; all are counted where they were drawn.
    uptake1, uptake2
        Share of the treated group, and of the control group, that gets the treatment.
    alpha, method
        As in ``two_proportions``.
    """
    first, second = (p2 + uptake * (p1 - p2) for uptake in (uptake1, uptake2))
    return two_proportions(first, second, n1, n2, alpha=alpha, method=method)
