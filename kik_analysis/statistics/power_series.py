"""Power of an interrupted series: one group, measured before and after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.power_means import noncentral_t_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Which coefficient is tested.
TARGETS = ("level", "slope")


def series_columns(before: int, after: int, *, trend: bool = True, slope_change: bool = True) -> Floats:
    """Return the regressors of a segmented regression (Wagner et al. 2002), one row per moment.

    Columns: intercept; time from the first moment (with ``trend``); step, 1 from the first moment after the
    change; time since that moment, 0 at it (with ``slope_change``), so that the step is the change at the
    first moment after.

    Raises
    ------
    ParameterError
        When a number of moments is no whole number of at least 1.
    """
    first = arguments.count("before", before, low=1)
    total = first + arguments.count("after", after, low=1)
    time = np.arange(total, dtype=np.float64)
    step = (time >= first).astype(np.float64)
    columns = [np.ones(total)]
    if trend:
        columns.append(time)
    columns.append(step)
    if slope_change:
        columns.append(step * (time - first))
    return np.column_stack(columns)


def _inverse_ar1(total: int, rho: float) -> Floats:
    """Return the inverse of the AR(1) correlation matrix ``rho^|i-j|``, which is tridiagonal."""
    inverse = np.diag(np.full(total, 1.0 + rho * rho))
    inverse[0, 0] = inverse[-1, -1] = 1.0
    side = np.arange(total - 1)
    inverse[side, side + 1] = inverse[side + 1, side] = -rho
    if total == 1:
        return np.ones((1, 1))
    result: Floats = inverse / (1.0 - rho * rho)
    return result


def series_errors(
    before: int,
    after: int,
    *,
    rho: float = 0.0,
    sd: float = 1.0,
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

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When there are too few moments for the model.
    """
    columns = series_columns(before, after, trend=trend, slope_change=slope_change)
    total, terms = columns.shape
    spread = arguments.positive("sd", sd)
    correlation = arguments.inside(
        "rho",
        rho,
        -1.0,
        1.0,
        open_low=True,
        open_high=True,
        hint="a series must forget: use 0 for independent moments",
    )
    if total <= terms or (trend and before < 2) or (slope_change and after < 2):
        raise ModelError(
            f"before is {before} and after is {after}: too few moments for a model of {terms} terms; "
            "measure at least "
            "2 moments on either side and one more than there are terms, or drop the trend"
        )
    information = columns.T @ _inverse_ar1(total, correlation) @ columns
    errors = spread * np.sqrt(np.diag(np.linalg.inv(information)))
    place = 2 if trend else 1
    return float(errors[place]), float(errors[place + 1]) if slope_change else float("nan")


def interrupted_series(
    change: float,
    sd: float,
    before: int,
    after: int,
    *,
    rho: float = 0.0,
    target: str = "level",
    trend: bool = True,
    slope_change: bool = True,
    alpha: float = 0.05,
) -> float:
    """Return the power to see a change in level (or slope) in an interrupted series, two-sided.

    Parameters
    ----------
    change
        True change: of the level at the first moment after, or of the slope per moment.
    sd
        Standard deviation of one moment around its line.
    before, after
        Moments before and after the change.
    rho
        Correlation of neighbouring moments.
    target
        ``level`` or ``slope``.
    trend, slope_change
        As in :func:`series_errors`.
    alpha
        Significance level.

    Returns
    -------
    float
        Power in 0..1; t reference with moments minus terms degrees of freedom, ``rho`` taken as known.

    Raises
    ------
    ParameterError, ModelError
        As :func:`series_errors`, and when the slope is tested in a model without a change of slope.
    """
    size = arguments.real("change", change)
    target = arguments.one_of("target", target, TARGETS)
    if target == "slope" and not slope_change:
        raise ParameterError(
            "target is 'slope' but slope_change is False: the model has no such term; set slope_change"
        )
    level, slope = series_errors(before, after, rho=rho, sd=sd, trend=trend, slope_change=slope_change)
    df = before + after - (2 + int(trend) + int(slope_change))
    error = level if target == "level" else slope
    return float(noncentral_t_power(size / error, df, arguments.alpha_level(alpha)))


def autocorrelation_factor(
    before: int, after: int, rho: float, *, trend: bool = True, slope_change: bool = True
) -> float:
    """Return by how much autocorrelation widens the standard error of the change in level.

    Parameters and errors as in :func:`series_errors`; 1 means no difference.
    """
    with_it, _ = series_errors(before, after, rho=rho, trend=trend, slope_change=slope_change)
    without, _ = series_errors(before, after, trend=trend, slope_change=slope_change)
    return with_it / without
