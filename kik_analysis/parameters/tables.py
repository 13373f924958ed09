"""The small tables beside the catalogue: units, names of segments and choices, priors, renamed keys.

They are read without a record of reads: what a computation rests on is a parameter's value, which the
scenario records, never the wording of a unit.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError

UNITS, NAMES, PRIORS = "units.csv", "names.csv", "priors.csv"
RENAMED, REFUSED, UNUSED = "renamed.csv", "refused.csv", "priors_unused.csv"
_LANGUAGES = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit from the closed list, with the words readers see and the family that draws come from."""

    name: str
    nl_one: str
    nl_many: str
    en_one: str
    en_many: str
    family: str

    def words(self, lang: str, value: float = 0) -> str:
        """Return the unit's word for a value in ``nl`` or ``en``; empty for shares and counts."""
        one = value == 1
        if lang == "nl":
            return self.nl_one if one else self.nl_many
        return self.en_one if one else self.en_many


@dataclass(frozen=True, slots=True)
class Prior:
    """One row of ``priors.csv``: a number from outside the source documents, or own judgement.

    ``low`` and ``high`` are the 5th and 95th percentile; the three are empty for a row without numbers.
    """

    id: str
    low: str
    central: str
    high: str
    unit: str
    source_title: str
    source_url: str
    quote: str
    confidence: str
    note: str
    line: int


def read_rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """Return a table's rows as text, each with its line under ``line``.

    Raises
    ------
    DataError
        When the file cannot be read, or its columns are not those expected.
    """
    shown = f"params/{path.name}"
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{shown}: not UTF-8 text; save the file as UTF-8") from None
    expected = list(columns)
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[dict[str, str]] = []
    try:
        header = next(reader, [])
        if header != expected:
            raise DataError(f"{shown}:1: columns (got {', '.join(header)}; expected {', '.join(expected)})")
        for cells in reader:
            if len(cells) != len(expected):
                raise DataError(
                    f"{shown}:{reader.line_num}: cells (got {len(cells)}; expected {len(expected)})"
                )
            rows.append(dict(zip(expected, cells, strict=True)) | {"line": str(reader.line_num)})
    except csv.Error as error:
        raise DataError(f"{shown}:{reader.line_num}: not a table with commas ({error})") from None
    return rows


def _unique(rows: list[dict[str, str]], key: str, file: str) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        if not row[key]:
            raise DataError(f"params/{file}:{row['line']}: {key} is empty")
        if row[key] in seen:
            raise DataError(
                f"params/{file}:{row['line']}: {row[key]} already stands on line {seen[row[key]]}"
            )
        seen[row[key]] = row["line"]


@functools.lru_cache(maxsize=8)
def units(folder: Path) -> dict[str, Unit]:
    """Return the closed list of units by name."""
    rows = read_rows(folder / UNITS, ("unit", "nl_one", "nl_many", "en_one", "en_many", "family"))
    _unique(rows, "unit", UNITS)
    return {
        row["unit"]: Unit(
            row["unit"], row["nl_one"], row["nl_many"], row["en_one"], row["en_many"], row["family"]
        )
        for row in rows
    }


@functools.lru_cache(maxsize=8)
def names(folder: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Return, by list (``segment``, ``queue`` ...), the names in it with their Dutch and English words."""
    lists: dict[str, dict[str, tuple[str, str]]] = {}
    for row in read_rows(folder / NAMES, ("list", "name", "nl", "en")):
        members = lists.setdefault(row["list"], {})
        if row["name"] in members or not all(row.values()):
            raise DataError(
                f"params/{NAMES}:{row['line']}: {row['list']} {row['name']} is double or not full"
            )
        members[row["name"]] = (row["nl"], row["en"])
    return lists


def segments() -> tuple[str, ...]:
    """Return the names of the segments, in the order of ``names.csv``."""
    return tuple(names(project.params())["segment"])


@functools.lru_cache(maxsize=8)
def priors(folder: Path) -> dict[str, Prior]:
    """Return the priors by id, guarded: numbers in order, a confidence, a source or "own judgement".

    Raises
    ------
    DataError
        With the line of the first row that is wrong.
    """
    columns = (
        "id",
        "low",
        "central",
        "high",
        "unit",
        "source_title",
        "source_url",
        "quote",
        "confidence",
        "note",
    )
    rows = read_rows(folder / PRIORS, columns)
    _unique(rows, "id", PRIORS)
    for row in rows:
        where = f"params/{PRIORS}:{row['line']}: {row['id']}"
        if row["confidence"] not in ("A", "B", "C"):
            raise DataError(f"{where}: confidence (got {row['confidence']}; expected A, B or C)")
        if not (row["unit"] and row["source_title"]):
            raise DataError(f"{where}: unit and source_title must be given")
        if row["confidence"] == "A" and not row["quote"]:
            raise DataError(f"{where}: confidence A without a quote")
        given = [row[name] for name in ("low", "central", "high") if row[name]]
        if row["unit"] == "month":
            ordered = given == sorted(given)
        else:
            try:
                ordered = (numbers := [float(text) for text in given]) == sorted(numbers)
            except ValueError:
                raise DataError(f"{where}: low, central and high must be numbers") from None
        if not ordered:
            raise DataError(f"{where}: low, central and high are not in order")
    return {row["id"]: Prior(**{name: row[name] for name in columns}, line=int(row["line"])) for row in rows}


@functools.lru_cache(maxsize=8)
def renamed(folder: Path) -> dict[str, str]:
    """Return old paths that still work for one release, with their new path."""
    rows = read_rows(folder / RENAMED, ("old", "new", "until_version"))
    _unique(rows, "old", RENAMED)
    return {row["old"]: row["new"] for row in rows}


@functools.lru_cache(maxsize=8)
def refused(folder: Path) -> dict[str, str]:
    """Return words that no parameter will ever hold, with the reason in English."""
    rows = read_rows(folder / REFUSED, ("word", "reason_nl", "reason_en"))
    _unique(rows, "word", REFUSED)
    return {row["word"]: row["reason_en"] for row in rows}


@functools.lru_cache(maxsize=8)
def priors_unused(folder: Path) -> dict[str, str]:
    """Return the priors that no parameter uses, with the reason."""
    rows = read_rows(folder / UNUSED, ("id", "reason"))
    _unique(rows, "id", UNUSED)
    return {row["id"]: row["reason"] for row in rows}


@functools.lru_cache(maxsize=8)
def claims(file: Path) -> dict[str, dict[str, str]]:
    """Return the published claims by id as text, without a record of reads; empty when there is no file.

    Whether a source exists is a question of wording; a computation that *uses* a claim reads it through
    ``facts.claims``, which records it.
    """
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row for row in csv.DictReader(stream)}
