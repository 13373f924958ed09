"""Assumed margins of the synthetic register: ``params/margins.csv``, guarded, all problems at once.

The letters print no ages, durations or districts, and not how many people have left. What the register
needs of these stands here as an assumption with a range, a source and a confidence, never in code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.reads import note
from kik_analysis.reading import records
from kik_analysis.reading.problems import Place, Problems
from kik_analysis.reading.records import Rule, Wrong, WrongCell, column, matching, one_of
from kik_analysis.reading.storage import bytes_digest
from kik_analysis.statistics.rounding import shared_out, written

FILE = "margins.csv"
AGE, DURATION, DISTRICT, LEFT = "age_band", "duration_band", "district", "left"
SHARED = (AGE, DURATION, DISTRICT)
"""Variables whose central shares add up to the whole group."""
BANDS = (AGE, DURATION)
LEFT_PARTS = ("spoken", "invited")
ENCODING = "cp1252"
"""What municipal extracts are written in: names must fit."""


def _number(highest: float) -> Rule:
    def read(cell: str) -> float:
        number = -1 if not cell or not records.NUMBER.fullmatch(cell) else float(cell)
        if not 0 <= number <= highest:
            raise WrongCell("not usable", f"a number from 0 to {highest:g}, with a point")
        return number

    return read


def _category(cell: str) -> str:
    if cell.encode(ENCODING, "ignore").decode(ENCODING) != cell:
        expected = "letters that a municipal extract (Windows-1252) can hold"
        raise WrongCell("has a character that no extract can hold", expected)
    if not cell:
        raise WrongCell("empty", "a name")
    return cell


_share, _years = _number(1.0), _number(100.0)
_why = matching(r"(?s).*\S.*", "empty", "why this number, in one sentence")


@dataclass(frozen=True)
class Margin:
    """One assumed share.

    ``variable``, ``category``: what it is a share of, and of which category. ``begin``, ``end``: limits of a
    band in years, the upper one excluded; None for what is no band. ``low``, ``central``, ``high``: the
    share, a fraction of one, with its range. ``source``, ``confidence``, ``note_nl``, ``note_en``: claim or
    prior (empty: own judgement), ``A`` to ``C``, remark. ``line``: line in the file.
    """

    variable: str = column(one_of(*SHARED, LEFT, what="unknown"))
    category: str = column(_category)
    begin: float | None = column(lambda cell: _years(cell) if cell else None, "from")
    end: float | None = column(lambda cell: _years(cell) if cell else None, "to")
    low: float = column(_share)
    central: float = column(_share)
    high: float = column(_share)
    source: str = column()
    confidence: str = column(one_of("A", "B", "C", what="unknown"))
    note_nl: str = column(_why)
    note_en: str = column(_why)
    line: int = 0

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


def _wrong(row: Margin) -> Wrong:
    if row.variable in BANDS:
        limits = (name for name, end in (("from", row.begin), ("to", row.end)) if end is None)
        yield from ((name, "not usable", "a number from 0 to 100, with a point") for name in limits)
    if not row.low <= row.central <= row.high:
        yield "central", "not between low and high", f"{row.low:g} to {row.high:g}"
    if row.begin is not None and row.end is not None and not row.begin < row.end:
        yield "to", "not above from", f"more than {row.begin:g}"


def _together(rows: Sequence[Margin], problems: Problems) -> None:
    """Check what rows say together: shares of one, bands that join, nobody left out."""

    def wrong(row: Margin, key: str, what: str, got: str, expected: str) -> None:
        problems.add(Place(FILE, row.line), what, key=key, got=got, expected=expected)

    for variable in SHARED:
        mine = [row for row in rows if row.variable == variable]
        if not mine:
            problems.add(Place(FILE, 1), "no row of this variable", key=variable)
            continue
        total = sum((written(row.central) for row in mine), Fraction(0))
        if total != 1:
            what = f"the central shares of lines {mine[0].line} to {mine[-1].line} contradict each other"
            wrong(mine[-1], variable, what, f"together {float(total):g}", "together 1")
        for row in mine:
            if row.central == 0:
                key, what = f"{variable}.{row.category}", "nobody in it; leave the row out"
                wrong(row, key, what, "0", "more than 0")
        for one, two in pairwise(mine) if variable in BANDS else ():
            if one.end != two.begin:
                key, what = f"{variable}.{two.category}", "does not begin where the band above ends"
                wrong(two, key, what, f"{two.begin:g}", f"{one.end:g}")
    for part in set(LEFT_PARTS) - {row.category for row in rows if row.variable == LEFT}:
        problems.add(Place(FILE, 1), f"the row {part} is missing", key=LEFT)


def load_margins(path: Path | None = None) -> Margins:
    """Read a file of margins; by default the project's ``params/margins.csv``.

    DataError with every problem in the file, one line each.
    """
    file, problems = project.params(FILE) if path is None else path, Problems()
    pair = ("variable", "category")
    rows = records.read(file, Margin, label=".".join(pair), unique=(pair,), check=_wrong)
    _together(rows, problems)
    problems.raise_if_any(DataError)
    note("file", project.relative(file), bytes_digest(file.read_bytes()), Evidence.ASSUMED)
    return Margins(tuple(rows))
