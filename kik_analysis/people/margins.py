"""Assumed margins of the synthetic register: ``params/margins.csv``, guarded, all problems at once.

The letters print no ages, durations or districts, and not how many people have left. What the register
needs of these stands here as an assumption with a range, a source and a confidence, never in code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.reads import note
from kik_analysis.reading.digest import bytes_digest
from kik_analysis.reading.problems import Place, Problems, did_you_mean
from kik_analysis.reading.records import Row, parse_number, read_rows
from kik_analysis.statistics.rounding import shared_out, written

FILE = "margins.csv"
AGE, DURATION, DISTRICT, LEFT = "age_band", "duration_band", "district", "left"
SHARED = (AGE, DURATION, DISTRICT)
"""Variables whose central shares add up to the whole group."""
BANDS = (AGE, DURATION)
LEFT_PARTS = ("spoken", "invited")
COLUMNS = (
    *("variable", "category", "from", "to", "low", "central", "high"),
    *("source", "confidence", "note_nl", "note_en"),
)
CONFIDENCE = ("A", "B", "C")
ENCODING = "cp1252"
"""What municipal extracts are written in: names must fit."""


@dataclass(frozen=True)
class Margin:
    """One assumed share.

    ``variable``, ``category``: what it is a share of, and of which category. ``begin``, ``end``: limits of a
    band in years, the upper one excluded; None for what is no band. ``low``, ``central``, ``high``: the
    share, a fraction of one, with its range. ``source``, ``confidence``, ``note_nl``, ``note_en``: claim or
    prior (empty: own judgement), ``A`` to ``C``, remark. ``line``: line in the file.
    """

    variable: str
    category: str
    begin: float | None
    end: float | None
    low: float
    central: float
    high: float
    source: str
    confidence: str
    note_nl: str
    note_en: str
    line: int

    @property
    def label(self) -> str:
        """Return how a message names it."""
        return f"params/{FILE}:{self.line} {self.variable} {self.category}"


@dataclass(frozen=True)
class Margins:
    """All assumed margins by variable, in the order of the file."""

    rows: tuple[Margin, ...]

    def of(self, variable: str) -> tuple[Margin, ...]:
        """Return the rows of a variable."""
        return tuple(row for row in self.rows if row.variable == variable)

    def counts(self, variable: str, people: int) -> dict[str, int]:
        """Return how many of so many people each category gets: central shares, largest remainders."""
        rows = self.of(variable)
        shared = shared_out(people, [written(row.central) for row in rows])
        return {row.category: count for row, count in zip(rows, shared, strict=True)}

    def one(self, variable: str, category: str) -> Margin:
        """Return one row.

        DataError when it is not there.
        """
        for row in self.rows:
            if (row.variable, row.category) == (variable, category):
                return row
        raise DataError(f"params/{FILE}: no row {variable} {category}")


def _number(row: Row, column: str, problems: Problems, highest: float) -> float | None:
    try:
        value = parse_number(row[column])
    except ValueError:
        value = None
    if value is None or not 0 <= value <= highest:
        row.wrong(problems, column, "not usable", expected=f"a number from 0 to {highest:g}, with a point")
        return None
    return float(value)


def _margin(row: Row, problems: Problems) -> Margin | None:
    before, variable = len(problems), row["variable"]
    if variable not in (*SHARED, LEFT):
        near = did_you_mean(variable, (*SHARED, LEFT))
        row.wrong(problems, "variable", f"unknown{near}", expected=", ".join((*SHARED, LEFT)))
    if not row["category"]:
        row.wrong(problems, "category", "empty", expected="a name")
    elif row["category"].encode(ENCODING, "ignore").decode(ENCODING) != row["category"]:
        expected = "letters that a municipal extract (Windows-1252) can hold"
        row.wrong(problems, "category", "has a character that no extract can hold", expected=expected)
    low, central, high = (_number(row, name, problems, 1.0) for name in ("low", "central", "high"))
    band = variable in BANDS
    begin, end = (
        _number(row, name, problems, 100.0) if band or row[name] else None for name in ("from", "to")
    )
    if row["confidence"] not in CONFIDENCE:
        row.wrong(problems, "confidence", "unknown", expected=", ".join(CONFIDENCE))
    for column in ("note_nl", "note_en"):
        if not row[column].strip():
            row.wrong(problems, column, "empty", expected="why this number, in one sentence")
    if len(problems) > before or low is None or central is None or high is None:
        return None
    if not low <= central <= high:
        got, expected = f"{low:g}, {central:g}, {high:g}", "low <= central <= high"
        row.wrong(problems, "central", "not between low and high", got=got, expected=expected)
    if begin is not None and end is not None and not begin < end:
        row.wrong(problems, "to", "not above from", expected=f"more than {begin:g}")
    words = (row["source"], row["confidence"], row["note_nl"], row["note_en"])
    return Margin(variable, row["category"], begin, end, low, central, high, *words, row.line)


def _together(rows: Sequence[Margin], problems: Problems) -> None:
    """Check what rows say together: shares of one, bands that join, nobody left out."""

    def wrong(row: Margin, what: str, key: str, got: str, expected: str) -> None:
        problems.add(Place(FILE, row.line), what, key=key, got=got, expected=expected)

    for variable in SHARED:
        mine = [row for row in rows if row.variable == variable]
        if not mine:
            problems.add(Place(FILE, 1), "no row of this variable", key=variable)
            continue
        total = sum((written(row.central) for row in mine), Fraction(0))
        if total != 1:
            what = f"the central shares of lines {mine[0].line} to {mine[-1].line} contradict each other"
            wrong(mine[-1], what, variable, f"together {float(total):g}", "together 1")
        for row in mine:
            if row.central == 0:
                key = f"{variable}.{row.category}"
                wrong(row, "nobody in it; leave the row out", key, "0", "more than 0")
        for one, two in pairwise(mine) if variable in BANDS else ():
            if one.end != two.begin:
                what, key = "does not begin where the band above ends", f"{variable}.{two.category}"
                wrong(two, what, key, f"{two.begin:g}", f"{one.end:g}")
    have = {row.category for row in rows if row.variable == LEFT}
    for part in LEFT_PARTS:
        if part not in have:
            problems.add(Place(FILE, 1), f"the row {part} is missing", key=LEFT)


def load_margins(path: Path | None = None) -> Margins:
    """Read a file of margins; by default the project's ``params/margins.csv``.

    DataError with every problem in the file, one line each.
    """
    file = project.params(FILE) if path is None else path
    problems = Problems()
    rows, seen = [], dict[str, int]()
    for cells in read_rows(file, COLUMNS, problems):
        row = replace(cells, cells={**cells.cells, "id": f"{cells['variable']}.{cells['category']}"})
        if row["id"] in seen:
            row.wrong(
                problems, "category", f"stands on line {seen[row['id']]} too", expected="one of its own"
            )
        seen.setdefault(row["id"], row.line)
        if (margin := _margin(row, problems)) is not None:
            rows.append(margin)
    if not problems:
        _together(rows, problems)
    problems.raise_if_any(DataError)
    note("file", project.relative(file), bytes_digest(file.read_bytes()), Evidence.ASSUMED)
    return Margins(tuple(rows))
