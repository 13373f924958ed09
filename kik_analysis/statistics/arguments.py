"""Checks of arguments, one sentence each: the value, the allowed range, what to change.

Statistics is a room without a domain: every number comes in as an argument, so this is the only place
where a wrong one can be stopped before it becomes a plausible answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from kik_analysis.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def show(value: object) -> str:
    """Return a value as a reader would type it, long arrays shortened."""
    if isinstance(value, np.ndarray) and value.size > 4:
        return f"an array of {value.size} values"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    return repr(value)


def _floats(name: str, value: ArrayLike, allowed: str) -> Floats:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} is {show(value)}: it must be {allowed}; give a number") from None
    missing = np.isnan(array)
    if missing.any():
        raise ParameterError(
            f"{name} is NaN: it must be {allowed}; leave the missing value out or fill it in first"
        )
    return array


def _first(array: Floats, wrong: NDArray[np.bool_]) -> str:
    """Name the first wrong value, with its place when there are several."""
    if array.ndim == 0:
        return show(float(array))
    place = int(np.flatnonzero(wrong)[0])
    return f"{show(float(array.reshape(-1)[place]))} (value {place} of {array.size})"


def counts(name: str, value: ArrayLike, *, low: int = 0, hint: str = "") -> Floats:
    """Return whole numbers of at least ``low``, as floats.

    Parameters
    ----------
    name
        What the caller calls the argument.
    value
        One number or an array of any shape.
    low
        Smallest allowed value.
    hint
        What to change; a general remark when empty.

    Raises
    ------
    ParameterError
        When a value is missing, not whole, infinite or below ``low``.
    """
    allowed = f"a whole number of at least {low}"
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size and value.min() >= low:
        return value.astype(np.float64)  # whole already: one look instead of four
    array = _floats(name, value, allowed)
    wrong = ~np.isfinite(array) | (array != np.floor(array)) | (array < low)
    if wrong.any():
        remedy = hint or "count whole persons (or teams, or events)"
        raise ParameterError(f"{name} is {_first(array, wrong)}: it must be {allowed}; {remedy}")
    return array


def count(name: str, value: ArrayLike, *, low: int = 0, hint: str = "") -> int:
    """Return one whole number of at least ``low``; see :func:`counts`."""
    array = counts(name, value, low=low, hint=hint)
    if array.ndim:
        raise ParameterError(
            f"{name} holds {array.size} values: it must be one whole number; pass them one by one"
        )
    return int(array)


def successes_of(name: str, successes: ArrayLike, n_name: str, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return successes and trials, checked against each other (0 <= successes <= n, n >= 1)."""
    trials = counts(n_name, n, low=1, hint="without a single observation there is no interval and no test")
    hits = counts(name, successes)
    try:
        hits, trials = np.broadcast_arrays(hits, trials)
    except ValueError:
        raise ParameterError(
            f"{name} has shape {hits.shape} and {n_name} has shape {trials.shape}: the shapes must match; "
            "give one n, or one for each"
        ) from None
    wrong = hits > trials
    if wrong.any():
        room = f"0..{int(trials)}" if trials.ndim == 0 else f"0..{n_name}"
        raise ParameterError(
            f"{name} is {_first(hits, wrong)} but {n_name} is {_first(trials, wrong)}: {name} must lie in "
            f"{room}; lower {name} or raise {n_name}"
        )
    return hits, trials


def inside(
    name: str,
    value: ArrayLike,
    low: float,
    high: float,
    *,
    open_low: bool = False,
    open_high: bool = False,
    hint: str,
) -> float:
    """Return one number inside a range, its ends excluded where ``open_low`` or ``open_high`` says so.

    Raises
    ------
    ParameterError
        When the value is missing, outside the range, or not a single number.
    """
    left, right = ("(" if open_low else "["), (")" if open_high else "]")
    allowed = f"in {left}{show(low)}, {show(high)}{right}"
    array = _floats(name, value, allowed)
    if array.ndim:
        raise ParameterError(
            f"{name} holds {array.size} values: it must be one number {allowed}; pass them one by one"
        )
    number = float(array)
    below = number <= low if open_low else number < low
    above = number >= high if open_high else number > high
    if below or above:
        raise ParameterError(f"{name} is {show(number)}: it must lie {allowed}; {hint}")
    return number


def share(name: str, value: ArrayLike) -> float:
    """Return a share in 0..1."""
    return inside(name, value, 0.0, 1.0, hint="give a fraction, 0.2 for twenty per cent")


def between(name: str, value: ArrayLike) -> float:
    """Return a share strictly between 0 and 1 (a rate at 0 or 1 has no variance to test against)."""
    return inside(
        name,
        value,
        0.0,
        1.0,
        open_low=True,
        open_high=True,
        hint="choose a rate that can still vary, such as 0.2",
    )


def confidence_level(value: ArrayLike) -> float:
    """Return a confidence level strictly between 0 and 1."""
    return inside(
        "confidence",
        value,
        0.0,
        1.0,
        open_low=True,
        open_high=True,
        hint="use 0.95 for a 95 per cent interval",
    )


def alpha_level(value: ArrayLike) -> float:
    """Return a significance level strictly between 0 and 1."""
    return inside(
        "alpha", value, 0.0, 1.0, open_low=True, open_high=True, hint="use 0.05 for a test at 5 per cent"
    )


def power_target(value: ArrayLike, alpha: float) -> float:
    """Return a target power strictly between ``alpha`` and 1 (below alpha no data at all would do)."""
    return inside(
        "power",
        value,
        alpha,
        1.0,
        open_low=True,
        open_high=True,
        hint="ask for a power above alpha and below 1, such as 0.8",
    )


def positive(name: str, value: ArrayLike, *, hint: str = "give a number above 0") -> float:
    """Return one finite number above 0."""
    return inside(name, value, 0.0, np.inf, open_low=True, open_high=True, hint=hint)


def not_negative(name: str, value: ArrayLike, *, hint: str = "give 0 or more") -> float:
    """Return one finite number of at least 0."""
    return inside(name, value, 0.0, np.inf, open_high=True, hint=hint)


def real(name: str, value: ArrayLike, *, hint: str = "give a finite number") -> float:
    """Return one finite number."""
    return inside(name, value, -np.inf, np.inf, open_low=True, open_high=True, hint=hint)


def icc_value(value: ArrayLike) -> float:
    """Return an intracluster correlation in 0..1."""
    return inside(
        "icc",
        value,
        0.0,
        1.0,
        hint="0 means that people in one cluster are no more alike than others, 1 that they are all the same",
    )


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return a word from a closed list; a misspelt one gets the nearest known word.

    Raises
    ------
    ParameterError
        When the word is not in the list.
    """
    words = tuple(allowed)
    if isinstance(value, str) and value in words:
        return value
    import difflib

    near = difflib.get_close_matches(str(value), words, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"choose {words[0]!r}"
    raise ParameterError(f"{name} is {show(value)}: it must be one of {', '.join(words)}; {remedy}")


def observations(name: str, values: ArrayLike, *, at_least: int) -> Floats:
    """Return a flat array of finite observations, at least ``at_least`` of them."""
    array = _floats(name, values, "finite numbers").reshape(-1)
    wrong = ~np.isfinite(array)
    if wrong.any():
        raise ParameterError(f"{name} holds {_first(array, wrong)}: every value must be finite; leave it out")
    if array.size < at_least:
        raise ParameterError(
            f"{name} holds {array.size} value{'' if array.size == 1 else 's'}: it must hold at least "
            f"{at_least}; "
            "observe more of them, or use a method that needs fewer"
        )
    return array
