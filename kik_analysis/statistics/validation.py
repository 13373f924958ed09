"""Published values and values from R, computed again with our own functions.

The tables themselves are data (``docs/validation``): which function, with which arguments, what was printed
where. Nothing here knows a single value.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, isfinite
from typing import Any

from kik_analysis.errors import DataError
from kik_analysis.statistics import estimates, intervals, power

MODULES = {"intervals": intervals, "power": power, "estimates": estimates}
#: How ours may be compared: within half a unit of the last printed digit, or as the next whole number up.
RULES = ("printed", "rounded-up")
_STEP = re.compile(r"\.?([a-z_][a-z0-9_]*)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Example:
    """One value of one published example.

    Attributes
    ----------
    source, place
        Where it was printed.
    function, arguments, result
        Our function, its arguments, and which part of its result is meant.
    printed
        The value as printed, digits and all.
    rule
        One of :data:`RULES`.
    """

    source: str
    place: str
    function: str
    arguments: str
    result: str
    printed: str
    rule: str

    @property
    def target(self) -> float:
        """The printed value; TRUE and FALSE count as 1 and 0."""
        if self.printed in ("TRUE", "FALSE"):
            return float(self.printed == "TRUE")
        return float(self.printed)

    @property
    def tolerance(self) -> float:
        """Half a unit of the last printed digit, with room for the spacing of floats."""
        if self.printed in ("TRUE", "FALSE"):
            return 0.0
        exponent = Decimal(self.printed).as_tuple().exponent
        return 0.5 * 10.0 ** int(exponent) * (1.0 + 1e-9)

    def ours(self) -> float:
        """Return our value."""
        return computed(self.function, self.arguments, self.result)

    def agrees(self, ours: float) -> bool:
        """Whether our value rounds to the printed one."""
        if self.rule == "rounded-up":
            return ours == ceil(self.target)
        return abs(ours - self.target) <= self.tolerance

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes one example: several values of one call count once."""
        return (self.source, self.place, self.function, self.arguments)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One value that R computed.

    Attributes
    ----------
    call
        The R expression.
    function, arguments, result
        As in :class:`Example`.
    value
        R's value.
    tolerance
        Largest relative difference (absolute below 1), from how R finds the value.
    """

    call: str
    function: str
    arguments: str
    result: str
    value: float
    tolerance: float

    def ours(self) -> float:
        """Return our value."""
        return computed(self.function, self.arguments, self.result)

    def difference(self, ours: float) -> float:
        """Return the difference, relative to R's value where that is above 1."""
        if ours == self.value:
            return 0.0
        return abs(ours - self.value) / max(1.0, abs(self.value)) if isfinite(ours) else float("inf")

    def agrees(self, ours: float) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference(ours) <= self.tolerance


def _rows(text: str, columns: tuple[str, ...], name: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != columns:
        raise DataError(
            f"{name}:1: columns: wrong (got {reader.fieldnames}; expected {', '.join(columns)}); "
            "restore the first line"
        )
    return list(reader)


def examples(text: str) -> list[Example]:
    """Read the table of published values.

    Parameters
    ----------
    text
        CSV with the columns ``source, place, function, arguments, result, printed, rule``.

    Raises
    ------
    DataError
        When a column is missing or a rule is unknown.
    """
    columns = ("source", "place", "function", "arguments", "result", "printed", "rule")
    found = [Example(**row) for row in _rows(text, columns, "examples.csv")]
    for line, example in enumerate(found, start=2):
        if example.rule not in RULES:
            raise DataError(
                f"examples.csv:{line}: rule: unknown (got {example.rule!r}; expected {' or '.join(RULES)})"
            )
    return found


def agreements(text: str) -> list[Agreement]:
    """Read the table of values from R.

    Parameters
    ----------
    text
        CSV with the columns ``call, function, arguments, result, value, tolerance``.

    Raises
    ------
    DataError
        When a column is missing.
    """
    columns = ("call", "function", "arguments", "result", "value", "tolerance")
    return [
        Agreement(
            row["call"],
            row["function"],
            row["arguments"],
            row["result"],
            float(row["value"]),
            float(row["tolerance"]),
        )
        for row in _rows(text, columns, "r.csv")
    ]


def disagreements(text: str) -> list[dict[str, str]]:
    """Read the table of printed values that ours are known to differ from, with the reason.

    Parameters
    ----------
    text
        CSV with the columns ``source, place, function, arguments, result, printed, reason``.

    Raises
    ------
    DataError
        When a column is missing.
    """
    columns = ("source", "place", "function", "arguments", "result", "printed", "reason")
    return _rows(text, columns, "disagreements.csv")


def call(function: str, arguments: Mapping[str, Any]) -> Any:
    """Call one of our public functions by name, ``intervals.proportion``.

    An argument of the form ``{"call": NAME, "arguments": {...}}`` is computed first.

    Raises
    ------
    DataError
        When there is no such function.
    """
    module, _, name = function.partition(".")
    if module not in MODULES or name not in MODULES[module].__all__:
        raise DataError(f"{function}: no such function; it must be a public name of {', '.join(MODULES)}")
    ready = {
        key: call(value["call"], value["arguments"]) if isinstance(value, dict) and "call" in value else value
        for key, value in arguments.items()
    }
    return getattr(MODULES[module], name)(**ready)


def computed(function: str, arguments: str, result: str) -> float:
    """Return one number: what the call gives, or the part that ``result`` names (``bounds[0]``, ``[1]``)."""
    value = call(function, json.loads(arguments))
    for name, index in _STEP.findall(result):
        value = getattr(value, name) if name else value[int(index)]
    return float(value)


def public_functions() -> set[str]:
    """Return every public function, ``intervals.proportion`` and so on (classes and constants left out)."""
    return {
        f"{module}.{name}"
        for module, members in MODULES.items()
        for name in members.__all__
        if name.islower() and callable(getattr(members, name))
    }


def functions_of(function: str, arguments: str) -> set[str]:
    """Return the functions that one row uses, those inside its arguments included."""
    inner = {value["call"] for value in json.loads(arguments).values() if isinstance(value, dict)}
    return {function, *inner}
