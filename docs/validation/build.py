"""Published values and values from R beside our own: reads the tables of this folder, writes its page.

The tables are data: which function, with which arguments, what was printed where. Nothing here knows a
single value. Run ``python docs/validation/build.py``; a test holds README.md and coverage.csv equal to it.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
from collections import Counter
from decimal import Decimal
from functools import cached_property
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis.errors import DataError
from kik_analysis.statistics import estimates, intervals, power

HERE = Path(__file__).resolve().parent


def _beside(name: str) -> Any:
    """Load a module that stands in this folder."""
    spec = importlib.util.spec_from_file_location(f"validation_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


coverage = _beside("coverage")
MODULES = {"intervals": intervals, "power": power, "estimates": estimates, "coverage": coverage}
#: How ours may be compared: within half a unit of the last printed digit, or as the next whole number up.
RULES = ("printed", "rounded-up")
SIZES = (6, 10, 29, 50, 100)
PAIRS = ((6, 6), (10, 10), (10, 20), (29, 50))
SHARES = np.linspace(0.001, 0.999, 999)
COARSE = np.linspace(0.01, 0.99, 50)


def call(function: str, arguments: dict[str, Any]) -> Any:
    """Call a public function by name; an argument ``{"call": NAME, "arguments": ...}`` is computed first."""
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
    for name, index in re.findall(r"\.?([a-z_][a-z0-9_]*)|\[(\d+)\]", result):
        value = getattr(value, name) if name else value[int(index)]
    return float(value)


class Row:
    """One row of a table: the cells by column, and our value for it."""

    def __init__(self, cells: dict[str, str]) -> None:
        self.cells = cells

    def __getattr__(self, column: str) -> str:
        return self.cells[column]

    @cached_property
    def ours(self) -> float:
        """Our value."""
        return computed(self.function, self.arguments, self.result)

    @property
    def functions(self) -> set[str]:
        """The functions that the row uses, those inside its arguments included."""
        inner = {value["call"] for value in json.loads(self.arguments).values() if isinstance(value, dict)}
        return {self.function, *inner}


class Example(Row):
    """One value of one published example."""

    @property
    def target(self) -> float:
        """The printed value; TRUE and FALSE count as 1 and 0."""
        return float({"TRUE": 1, "FALSE": 0}.get(self.printed, self.printed))

    def agrees(self, ours: float) -> bool:
        """Whether our value rounds to the printed one."""
        if self.cells.get("rule") == "rounded-up":
            return ours == ceil(self.target)
        if self.printed in ("TRUE", "FALSE"):
            return ours == self.target
        digits = int(Decimal(self.printed).as_tuple().exponent)
        return abs(ours - self.target) <= 0.5 * 10.0**digits * (1.0 + 1e-9)  # room for the spacing of floats

    @property
    def key(self) -> tuple[str, ...]:
        """What makes one example: several values of one call count once."""
        return (self.source, self.place, self.function, self.arguments)


class Agreement(Row):
    """One value that R computed."""

    @property
    def agrees(self) -> bool:
        """Whether ours differs by at most the tolerance, relative to R's value where that is above 1."""
        theirs = float(self.value)
        gap = abs(self.ours - theirs) / max(1.0, abs(theirs)) if isfinite(self.ours) else np.inf
        return self.ours == theirs or gap <= float(self.tolerance)


def table(name: str, kind: type[Row], columns: str, folder: Path = HERE) -> list[Any]:
    """Read a table; a missing column or an unknown rule is refused with its line."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != columns.split():
            raise DataError(f"{name}:1: columns: wrong (got {reader.fieldnames}; expected {columns})")
        rows = [kind(cells) for cells in reader]
    for line, row in enumerate(rows, start=2):
        if row.cells.get("rule", "printed") not in RULES:
            raise DataError(f"{name}:{line}: rule: unknown (got {row.rule!r}; expected {' or '.join(RULES)})")
    return rows


def examples(folder: Path = HERE) -> list[Example]:
    """Return the published values."""
    return table("examples.csv", Example, "source place function arguments result printed rule", folder)


def agreements() -> list[Agreement]:
    """Return the values from R."""
    return table("r.csv", Agreement, "call function arguments result value tolerance")


def disagreements() -> list[Example]:
    """Return the printed values that ours are known to differ from, with the reason."""
    return table("disagreements.csv", Example, "source place function arguments result printed reason")


def public_functions() -> set[str]:
    """Return every public function, ``intervals.proportion`` and so on."""
    faces = {name: face for name, face in MODULES.items() if face is not coverage}
    return {f"{module}.{name}" for module, face in faces.items() for name in face.__all__ if name.islower()}


# ---- the page


def _just_outside(limits: np.ndarray) -> np.ndarray:
    """Return shares on either side of every limit: coverage is smallest just past one."""
    edges = np.concatenate([limits - 1e-9, limits + 1e-9])
    return edges[(edges > 0.0) & (edges < 1.0)]


def _of_shares(method: str, n: int) -> tuple[str, float, float]:
    edges = _just_outside(np.concatenate([*intervals.proportion(np.arange(n + 1), n, method=method)]))
    held = [coverage.proportion(n, at, method=method) for at in (SHARES, np.concatenate([SHARES, edges]))]
    return str(n), float(held[0].mean()), float(held[1].min())


def _of_differences(method: str, n1: int, n2: int) -> tuple[str, float, float]:
    p1, p2 = np.meshgrid(COARSE, COARSE, indexing="ij")
    held = coverage.difference(n1, n2, p1, p2, method=method)
    return f"{n1} and {n2}", float(held.mean()), float(held.min())


def _of_populations(population: int, n: int) -> tuple[str, float, float]:
    held = coverage.population(population, n)
    return f"{n} of {population}", float(held.mean()), float(held.min())


def coverage_csv() -> str:
    """Return mean and smallest coverage of every interval, per size and over all sizes."""
    lines = ["interval,method,n,mean,smallest"]

    def add(kind: str, method: str, rows: list[tuple[str, float, float]]) -> None:
        lines.extend(f"{kind},{method},{n},{mean:.4f},{least:.4f}" for n, mean, least in rows)

    def over_all(rows: list[tuple[str, float, float]]) -> tuple[str, float, float]:
        return "all of these", float(np.mean([row[1] for row in rows])), min(row[2] for row in rows)

    shares = ("clopper-pearson", "wilson", "jeffreys", "mid-p")
    for kind, methods, of, sizes in (
        ("one share", shares, _of_shares, [(n,) for n in SIZES]),
        ("difference", intervals.LOWER_DIFFERENCE, _of_differences, PAIRS),
    ):
        for method in methods:
            rows = [of(method, *size) for size in sizes]
            add(kind, method, [*rows, over_all(rows)])
    populations = ((50, 6), (200, 29), (500, 29))
    add("finite population", "hypergeometric", [_of_populations(*size) for size in populations])
    return "\n".join(lines) + "\n"


def _shown(value: float, printed: str, sign: str = "") -> str:
    """Return our value with two digits more than the printed one (none that a processor decides)."""
    places = len(printed.partition(".")[2]) + 2
    return f"{round(value, places) + 0.0:{sign}.{places}f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows))


def _published(example: Example) -> tuple[str, ...]:
    way = [str(v) for k, v in json.loads(example.arguments).items() if k in ("method", "kind")]
    truth = example.printed in ("TRUE", "FALSE")
    gap = _shown(example.ours - example.target, example.printed, "+")
    return (
        example.source,
        example.place,
        " ".join([f"`{re.sub('^(intervals|power|estimates)[.]', '', example.function)}`", *way]),
        f"`{example.result}`" if example.result else "",
        example.printed,
        str(bool(example.ours)).upper() if truth else _shown(example.ours, example.printed),
        gap if example.rule == "printed" else "rounded up",
    )


def _from_r(rows: list[Agreement]) -> list[tuple[str, ...]]:
    wrong = [row for row in rows if not row.agrees]
    if wrong:
        raise SystemExit(f"{wrong[0].call}: R gives {wrong[0].value}, ours is {wrong[0].ours}")
    count = Counter(row.function for row in rows)
    room = {name: max(float(row.tolerance) for row in rows if row.function == name) for name in count}
    return [(f"`{name}`", str(count[name]), f"{room[name]:.0e}") for name in sorted(count)]


def readme(coverage_text: str) -> str:
    """Return the whole page."""
    printed, from_r = examples(), agreements()
    head = ("source", "place", "function", "part", "printed", "ours", "difference")
    why = [(d.source, d.place, d.printed, _shown(d.ours, d.printed), d.reason) for d in disagreements()]
    held = [tuple(line.split(",")) for line in coverage_text.splitlines()]
    return (
        (HERE / "page.md")
        .read_text(encoding="utf-8")
        .format(
            examples=len({example.key for example in printed}),
            values=len(printed),
            sources=len({example.source for example in printed}),
            r_values=len(from_r),
            published=_table(head, [_published(example) for example in printed]),
            from_r=_table(("function", "values", "all within"), _from_r(from_r)),
            disagreements=_table(("source", "place", "printed", "ours", "why"), why),
            coverage=_table(held[0], held[1:]),
        )
    )


def files() -> dict[str, str]:
    """Return the generated files by name."""
    text = coverage_csv()
    return {"coverage.csv": text, "README.md": readme(text)}


if __name__ == "__main__":
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")
