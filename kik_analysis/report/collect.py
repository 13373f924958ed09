"""Collects every number a reader sees: named numbers, cells of tables, claims and parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kik_analysis.errors import RunError
from kik_analysis.evidence import simulations
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts.claims import Claim
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.report.meta import Meta, Setting
from kik_analysis.report.record import Stored

FILE = "numbers.json"
MOST_DECIMALS = 6
SHARES = frozenset({"share", "share_per_year"})
"""Units of fractions that readers see in percent."""
_LABEL = re.compile(r'id="n:([^"]*?)(?:#\d+)?"')


def decimals(*values: float | None) -> int:
    """Return how many decimals show all the given values exactly, six at most."""
    longest = 0
    for value in values:
        if value is not None:
            _, _, tail = f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")
            longest = max(longest, len(tail))
    return longest


def _as_written(
    name: str, parts: Mapping[str, float | None], unit: str, evidence: Evidence, read: str
) -> Number | None:
    """Return a number that is shown with as many decimals as its source gives; a share in percent."""
    if all(part is None for part in parts.values()):
        return None
    in_percent = unit in SHARES
    factor = 100.0 if in_percent else 1.0
    # a share of 0.57 is 57 percent, not 56.99999999999999
    scaled = {
        part: value if value is None or factor == 1.0 else round(value * factor, MOST_DECIMALS + 2)
        for part, value in parts.items()
    }
    return Number(
        id=name,
        value=scaled.get("value"),
        low=scaled.get("low"),
        high=scaled.get("high"),
        unit="percent" if in_percent else unit,
        decimals=decimals(*scaled.values()),
        evidence=evidence,
        reads=(read,),
        computation="",
    )


@dataclass(frozen=True)
class Written:
    """A number as its source has it: the value, and the range beside it, which may need more decimals."""

    value: Number | None
    range: Number | None

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Return the numbers that are there."""
        return tuple(one for one in (self.value, self.range) if one is not None)


def _written(
    name: str, source: Claim | Setting, value: float | None, evidence: Evidence, read: str
) -> Written:
    limits: dict[str, float | None] = {"low": source.low, "high": source.high}
    if source.low == source.high == value:
        limits = {}
    return Written(
        _as_written(name, {"value": value}, source.unit, evidence, read),
        _as_written(f"{name}/range", limits, source.unit, evidence, read),
    )


def of_claim(claim: Claim) -> Written:
    """Return a claim's number as the list of claims shows it."""
    return _written(f"claim/{claim.id}", claim, claim.value, claim.evidence, f"claim:{claim.id}")


def of_setting(setting: Setting) -> Written:
    """Return a parameter's number as the table of parameters shows it; a text or a date has none."""
    is_number = isinstance(setting.value, int | float) and not isinstance(setting.value, bool)
    value = setting.value if is_number else None
    name, read = f"parameter/{setting.address}", f"parameter:{setting.path}"
    return _written(name, setting, value, setting.evidence, read)  # type: ignore[arg-type]


def labels(svg: str) -> set[str]:
    """Return the ids of the numbers that a figure's labels show."""
    return {found.replace("&amp;", "&") for found in _LABEL.findall(svg)}


def _hidden_cells(table: Table, wanted: set[str]) -> Iterable[Number]:
    """Yield the cells of columns that no page shows, yet a figure does."""
    for column in table.columns:
        if column.hidden and column.numeric:
            for row in range(table.frame.height):
                number = table.cell(row, column)
                if number is not None and number.id in wanted:
                    yield number


def of_exhibit(stored: Stored, staging: Path) -> Iterable[Number]:
    """Yield the numbers that an exhibit shows: in sentences, in its table, as labels of its figure."""
    yield from stored.numbers
    if stored.table is None:
        return
    yield from stored.table.cells()
    wanted: set[str] = set()
    if stored.drawn:
        for lang in LANGUAGES:
            wanted |= labels((staging / "figures" / f"{stored.name}.{lang}.svg").read_text(encoding="utf-8"))
    yield from _hidden_cells(stored.table, wanted)


def collect(exhibits: Iterable[Stored], staging: Path, meta: Meta) -> dict[str, Number]:
    """Return every number by id, sorted.

    Raises
    ------
    RunError
        When two exhibits give one id to different numbers; the message names the id and both values.
    """
    found: dict[str, Number] = {}
    origin: dict[str, str] = {}

    def add(number: Number, where: str) -> None:
        known = found.setdefault(number.id, number)
        if known != number:
            raise RunError(
                f"number {number.id}: {origin[number.id]} says {_short(known)}, {where} says "
                f"{_short(number)}; one id is one number"
            )
        origin.setdefault(number.id, where)

    for stored in exhibits:
        for number in of_exhibit(stored, staging):
            add(number, f"{stored.notebook}/{stored.name}")
    for claim in meta.claims:
        for number in of_claim(claim).numbers:
            add(number, "the list of claims")
    for setting in meta.settings:
        for number in of_setting(setting).numbers:
            add(number, "the parameters")
    return dict(sorted(found.items()))


def _short(number: Number) -> str:
    limits = "" if number.low is None and number.high is None else f" ({number.low} to {number.high})"
    return f"{number.value}{limits} {number.unit}, {number.decimals} decimals, {number.evidence}"


def write(numbers: Mapping[str, Number], path: Path) -> None:
    """Write the numbers as JSON: an object by id, sorted; what a simulation read stands in one place."""
    rows = simulations.shorten({name: number.as_json() for name, number in sorted(numbers.items())})
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def read(path: Path) -> dict[str, Number]:
    """Return the numbers that :func:`write` wrote."""
    rows = simulations.complete(json.loads(path.read_text(encoding="utf-8")))
    return {name: Number.from_json(row) for name, row in rows.items()}
