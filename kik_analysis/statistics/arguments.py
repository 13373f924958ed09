"""Kinds of arguments, read by one decorator: each wrong value is one sentence with what is allowed.

Statistics is a room without a domain: every number comes in as an argument, so this is the only place where
a wrong one can be stopped before it becomes a plausible answer. A function says in its annotations which
kind of value it takes (``p1: Share``); :func:`checked` holds the values against the kinds and adds to the
docstring what is the same everywhere: arguments that mean the same in every function, and the errors. A
sentence gives the value, the allowed range, and what to change. Truth values, texts and dates are no numbers.
"""

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real as RealNumber
from types import NoneType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.reading.problems import nearest

Floats = NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")

#: Largest whole number (floats hold every one up to here), and numbers one call may hold at once (400 MB).
LARGEST, ROOM = 10**15, 50_000_000
#: What the same name means in every function; a docstring says it only where it means more.
COMMON = {
    "p1": "True share among the treated, in 0..1.",
    "p2": "True share among the controls, in 0..1.",
    "x1": "Successes in the treated group; whole people.",
    "n1": "Size of the treated group, at least 1.",
    "x2": "Successes in the control group; whole people.",
    "n2": "Size of the control group, at least 1.",
    "base": "True share among the controls, in 0..1.",
    "clusters1": "Number of treated clusters (teams, districts).",
    "clusters2": "Number of control clusters.",
    "size": "Mean number of people per cluster (and period), at least 1.",
    "icc": "Intracluster correlation in 0..1: the share of the variance that lies between clusters.",
    "cv": "Standard deviation of cluster sizes over their mean; 0 for equal ones.",
    "alternative": "``two-sided``, ``greater`` or ``less`` (treated against control).",
    "alpha": "Significance level, two-sided; from 1e-12 up to 1.",
    "confidence": "Strictly between 0 and 1.",
    "power": "Target power, above alpha and below 1.",
    "draws": "Number of draws of the simulation.",
    "seed": "Seed of the draws.",
}
RAISES = """
    Raises
    ------
    ParameterError
        When an argument is missing, no number, or outside its range: one sentence says which and what to do.
    ModelError
        When the arguments are possible one by one, yet what they ask for cannot be computed or reached.
    """


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Hold the arguments of a function against the kinds in its annotations, then against each other."""
    signature = inspect.signature(function)

    @functools.cache
    def kinds() -> dict[str, tuple[Kind, bool]]:
        hints = get_type_hints(function, include_extras=True)
        return {name: kind for name, hint in hints.items() if name != "return" and (kind := _kind_of(hint))}

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # Python's own sentence, which names the function
        given.apply_defaults()
        values = given.arguments
        for name, (kind, optional) in kinds().items():
            if not optional or values[name] is not None:
                values[name] = kind._read(name, values[name])
        for name, (kind, _) in kinds().items():
            if isinstance(kind, Within) and values[name] is not None:
                kind._relate(name, values)
        return function(*given.args, **given.kwargs)

    plain = [one.replace(annotation=_plain(one.annotation)) for one in signature.parameters.values()]
    wrapper.__signature__ = signature.replace(parameters=plain)  # type: ignore[attr-defined]
    doc = (function.__doc__ or "").rstrip()
    head, *rest = re.split(r"(?=\n\n    (?:Returns|Examples)\n)", doc, maxsplit=1)
    said = [n for n in signature.parameters if re.search(rf"``{n}``(, ``\w+``)*:", head)]
    common = [name for name in signature.parameters if name in COMMON and name not in said]
    title = "\n    Parameters\n    ----------\n" if common else ""
    added = "".join(f"    {name}\n        {COMMON[name]}\n" for name in common)
    wrapper.__doc__ = f"{head}\n{title}{added}".rstrip() + "".join(rest) + "\n" + RAISES
    return wrapper


def show(value: object) -> str:
    """Return a value as a reader would type it, long ones shortened."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    try:
        text = repr(value).replace("\n", " ")
    except ValueError:  # a whole number with thousands of digits
        return "a number too long to show"
    return text if len(text) <= 60 else f"{text[:57]}..."


def fits(numbers: float, subject: str, remedy: str) -> None:
    """Refuse a computation that would hold more numbers (tables, draws, people) than there is room for."""
    if numbers > ROOM:
        raise ModelError(f"{subject} would go through {numbers:.0f} numbers, at most {ROOM} fit; {remedy}")


def alike(**arrays: object) -> list[Floats]:
    """Return arrays of floats, broadcast to one shape."""
    floats = {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
    try:
        return list(np.broadcast_arrays(*floats.values()))
    except ValueError:
        shapes = " and ".join(f"{name} has shape {array.shape}" for name, array in floats.items())
        what = f"{shapes}: the shapes must match; give one number for all, or one for each"
        raise ParameterError(what) from None


def _numbers(name: str, value: object, allowed: str) -> Floats:
    parts = value if isinstance(value, (list, tuple)) else (value,)
    flat = [one for part in parts for one in (part if isinstance(part, (list, tuple)) else (part,))]
    remedy = "give 1 and 0 for yes and no" if any(isinstance(v, (bool, np.bool_)) for v in flat) else ""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and all(isinstance(one, (RealNumber, Decimal)) for one in array.flat):
            array = array.astype(np.float64)
        if array.dtype.kind not in "iuf":
            remedy = remedy or "give a number"
    except OverflowError:
        remedy = "give a smaller number"
    except (TypeError, ValueError):
        remedy = "give one number, or rows of equal length"
    if remedy:
        raise ParameterError(f"{name} is {show(value)}: it must be {allowed}; {remedy}")
    floats: Floats = array.astype(np.float64)
    if np.isnan(floats).any():
        what = f"{name} is NaN: it must be {allowed}; leave the missing value out or fill it in first"
        raise ParameterError(what)
    return floats


def _first(array: Floats, wrong: NDArray[np.bool_]) -> str:
    """Name the first wrong value, with its place when there are several."""
    if array.ndim == 0:
        return show(float(array))
    place = int(np.flatnonzero(wrong)[0])
    return f"{show(float(array.reshape(-1)[place]))} (value {place} of {array.size})"


@dataclass(frozen=True)
class Within:
    """A number (or array) in a range, its ends as brackets; ``above`` names one below, ``of`` one above."""

    low: float
    high: float
    hint: str
    ends: str = "[]"
    above: str = ""
    of: str = ""
    array: bool = False
    whole: bool = False

    def _range(self, beyond: bool = False) -> str:
        if self.whole:
            return f"a whole number of at least {self.low}" + (f" and at most {self.high}" if beyond else "")
        return f"in {self.ends[0]}{show(self.low)}, {show(self.high)}{self.ends[1]}"

    def _read(self, name: str, value: Any) -> Any:
        allowed = self._range()
        array = _numbers(name, value, allowed if self.whole else f"a number {allowed}")
        if self.array and not array.size:
            raise ParameterError(f"{name} holds no values: it must hold {allowed}; give one or more")
        wrong = (array <= self.low) if self.ends[0] == "(" else (array < self.low)
        wrong = wrong | ((array >= self.high) if self.ends[1] == ")" else (array > self.high))
        if self.whole:
            wrong = wrong | (array != np.floor(array))
        if wrong.any():
            allowed = f"{'be' if self.whole else 'lie'} {self._range(bool((array > self.high).any()))}"
            raise ParameterError(f"{name} is {_first(array, wrong)}: it must {allowed}; {self.hint}")
        if array.ndim and not self.array:
            one = "one whole number" if self.whole else f"one number {allowed}"
            raise ParameterError(f"{name} holds {array.size} values: it must be {one}; pass them one by one")
        return array if self.array else int(array) if self.whole else float(array)

    def _relate(self, name: str, given: dict[str, Any]) -> None:
        """Hold a value against the other arguments, all of them checked."""
        if self.above and given[name] <= (low := given[self.above]):
            allowed = f"({show(low)}, {show(self.high)})"
            raise ParameterError(f"{name} is {show(given[name])}: it must lie in {allowed}; {self.hint}")
        if not self.of:
            return
        part, whole = alike(**{key: given[key] for key in (name, self.of)})
        wrong = part > whole
        if wrong.any():
            room = f"0..{int(whole)}" if whole.ndim == 0 else f"0..{self.of}"
            raise ParameterError(
                f"{name} is {_first(part, wrong)} but {self.of} is {_first(whole, wrong)}: {name} must lie "
                f"in {room}; lower {name} or raise {self.of}"
            )
        if self.array:
            given[name], given[self.of] = part, whole


def whole(low: int = 0, high: int = LARGEST, hint: str = "", **more: Any) -> Within:
    """Return the kind of a whole number, of at most the argument that ``of`` names."""
    return Within(low, high, hint or "count whole persons (or teams, or events)", whole=True, **more)


@dataclass(frozen=True)
class Outcomes:
    """Finite observations in a flat array, at least so many."""

    least: int = 1
    hint: str = "observe more of them, or use a method that needs fewer"
    low: float = -np.inf
    high: float = np.inf

    def _read(self, name: str, value: Any) -> Any:
        array = _numbers(name, value, "finite numbers").reshape(-1)
        wrong = ~np.isfinite(array) | (array < self.low) | (array > self.high)
        if wrong.any():
            allowed = f"lie in [{self.low:g}, {self.high:g}]" if np.isfinite(self.low) else "be finite"
            what = f"every value must {allowed}; check where it came from"
            raise ParameterError(f"{name} holds {_first(array, wrong)}: {what}")
        if array.size < self.least:
            many = f"{array.size} value{'' if array.size == 1 else 's'}"
            raise ParameterError(f"{name} holds {many}: it must hold at least {self.least}; {self.hint}")
        return array


@dataclass(frozen=True)
class Choice:
    """A word from a closed list (``Literal``); a misspelt one gets the nearest known word."""

    words: tuple[str, ...]

    def _read(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        near = nearest(show(value).strip("'[]"), self.words)
        remedy = f"did you mean {near!r}?" if near else f"choose {self.words[0]!r}"
        words = ", ".join(self.words)
        raise ParameterError(f"{name} is {show(value)}: it must be one of {words}; {remedy}")


Kind = Within | Outcomes | Choice
"""What an argument may be: reads a value into the form that functions compute with."""


def _kind_of(hint: Any) -> tuple[Kind, bool] | None:
    """Return the kind in an annotation, if any, and whether None may be passed instead."""
    if get_origin(hint) is Annotated:
        return next(one for one in hint.__metadata__ if isinstance(one, Kind)), False
    if get_origin(hint) is Literal:
        return Choice(get_args(hint)), False
    parts = [part for part in get_args(hint) if part is not NoneType]
    found = _kind_of(parts[0]) if len(parts) == 1 else None
    return found and (found[0], True)


def _plain(hint: Any) -> Any:
    """Return an annotation as whoever looks a function up reads it: without its kind."""
    kind, optional = _kind_of(hint) or (None, False)
    if isinstance(kind, Within) and not kind.array:
        one: Any = int if kind.whole else float
        return one | None if optional else one
    return hint if kind is None or isinstance(kind, Choice) else "ArrayLike"


# The kinds that the functions share. A share is a fraction: 0.2 for twenty per cent.
_FRACTION, _TARGET = "give a fraction, 0.2 for twenty per cent", "ask for a power above alpha, such as 0.8"
_ICC = "0: people in one cluster are no more alike than others; 1: they are all the same"
_SPREAD = "give the standard deviation of sizes over their mean, 0 if equal"
_ALONE = "one cluster cannot be told from its treatment; add clusters (people will not help)"
_NOBODY = "without a single observation there is no interval and no test"
Share = Annotated[float, Within(0.0, 1.0, _FRACTION)]
Rate = Annotated[float, Within(0.0, 1.0, "choose a rate that can still vary, such as 0.2", "()")]
Confidence = Annotated[float, Within(1e-12, 1.0, "use 0.95 for a 95 per cent interval", "[)")]
Alpha = Annotated[float, Within(1e-12, 1.0, "use 0.05 for a test at 5 per cent", "[)")]
Target = Annotated[float, Within(0.0, 1.0, _TARGET, "()", above="alpha")]
Positive = Annotated[float, Within(0.0, np.inf, "give a finite number above 0", "()")]
Real = Annotated[float, Within(-np.inf, np.inf, "give a finite number", "()")]
Icc = Annotated[float, Within(0.0, 1.0, _ICC)]
Size = Annotated[float, Within(1.0, 1e9, "give the mean number of people per cluster")]
Spread = Annotated[float, Within(0.0, 1e3, _SPREAD)]
Count = Annotated[int, whole()]
Some = Annotated[int, whole(1)]
Group = Annotated[int, whole(1, hint="each group needs at least one person")]
Clusters = Annotated[int, whole(2, hint=_ALONE)]
Moments = Annotated[int, whole(1, 2_000, "count periods or moments of measurement")]
Draws = Annotated[int, whole(1, 10**8, "10000 draws are usual")]
First = Annotated[int, whole(of="n1")]
Second = Annotated[int, whole(of="n2")]
Firsts = Annotated[ArrayLike, whole(of="n1", array=True)]
Seconds = Annotated[ArrayLike, whole(of="n2", array=True)]
Sizes = Annotated[ArrayLike, whole(1, hint=_NOBODY, array=True)]
