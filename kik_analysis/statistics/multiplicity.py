"""Several outcomes at once: p-values adjusted for looking more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def _p_values(values: ArrayLike) -> Floats:
    array = arguments.observations("p_values", values, at_least=1)
    wrong = (array < 0.0) | (array > 1.0)
    if wrong.any():
        raise ParameterError(
            f"p_values holds {array[wrong][0]:.6g}: every p-value must lie in [0, 1]; check where it came "
            "from"
        )
    return array


def holm(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted to guard against a single false claim among all (Holm 1979).

    Parameters
    ----------
    p_values
        One per outcome, in any order.

    Returns
    -------
    numpy.ndarray
        Adjusted values, in the order given; an outcome counts when its adjusted value is at most alpha.

    Raises
    ------
    ParameterError
        When a value is missing or outside [0, 1].

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    raw = _p_values(p_values)
    order = np.argsort(raw, kind="stable")
    steps = raw[order] * np.arange(raw.size, 0, -1)
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted to hold the share of false claims (Benjamini and Hochberg 1995).

    Parameters and errors as in :func:`holm`.
    """
    from scipy.stats import false_discovery_control

    adjusted: Floats = np.asarray(false_discovery_control(_p_values(p_values), method="bh"), dtype=np.float64)
    return adjusted
