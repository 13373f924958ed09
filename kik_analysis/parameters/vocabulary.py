"""The small tables beside the catalogue: units, names of segments and choices, priors, renamed keys.

They are read without a record of reads: what a computation rests on is a parameter's value, which the
scenario records, never the wording of a unit.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.facts.claims import COLUMNS
from kik_analysis.reading.problems import Problems, nearest
from kik_analysis.reading.records import NUMBER, Wrong, column, filled, one_of, read, read_rows, words

CONFIDENCES = ("A", "B", "C")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit from the closed list, with the words readers see and the family that draws come from."""

    name: str = column(name="unit")
    nl_one: str = column()
    nl_many: str = column()
    en_one: str = column()
    en_many: str = column()
    family: str = column()

    def words(self, lang: str, value: float = 0) -> str:
        """Return the unit's word for a value in ``nl`` or ``en``; empty for shares and counts."""
        one, many = (self.nl_one, self.nl_many) if lang == "nl" else (self.en_one, self.en_many)
        return one if value == 1 else many


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a list (``segment``, ``queue`` ...) with its words."""

    list: str = column(filled)
    name: str = column(filled)
    nl: str = column(filled)
    en: str = column(filled)


@dataclass(frozen=True, slots=True)
class Prior:
    """One row of ``priors.csv``: a number from outside the source documents, or own judgement.

    ``low`` and ``high`` are the 5th and 95th percentile; the three are empty for a row without numbers.
    """

    id: str = column()
    low: str = column()
    central: str = column()
    high: str = column()
    unit: str = column(filled)
    source_title: str = column(filled)
    source_url: str = column()
    quote: str = column()
    confidence: str = column(one_of(*CONFIDENCES))
    note: str = column()


@dataclass(frozen=True, slots=True)
class _Renamed:
    old: str = column()
    new: tuple[str, ...] = column(words)
    until_version: str = column()


@dataclass(frozen=True, slots=True)
class _Refused:
    word: str = column()
    reason: str = column(filled)


def _numbers(row: Prior) -> Wrong:
    """Yield what is wrong with the numbers or the quote of a prior."""
    given = {cell: text for cell in ("low", "central", "high") if (text := getattr(row, cell))}
    months = row.unit == "month"
    strange = [cell for cell, text in given.items() if not (months or NUMBER.fullmatch(text))]
    numbers = list(given.values()) if months or strange else [float(text) for text in given.values()]
    if strange:
        yield strange[0], "low, central and high must be numbers", ""
    elif numbers != sorted(numbers):
        yield "low", "low, central and high are not in order", ""
    if row.confidence == "A" and not row.quote:
        yield "quote", "confidence A without a quote", ""


@functools.lru_cache(maxsize=64)
def _rows(folder: Path, stem: str, record: type[T], key: str = "", **rules: Any) -> dict[str, T]:
    """Return the rows of a table of ``params/`` by their key, or by their place in it."""
    rows = read(folder / f"{stem}.csv", record, shown_as=f"params/{stem}.csv", key=key, **rules)
    field = "name" if record is Unit else key
    return {getattr(row, field) if field else str(at): row for at, row in enumerate(rows)}


def units(folder: Path) -> dict[str, Unit]:
    """Return the closed list of units by name."""
    return _rows(folder, "units", Unit, "unit")


@functools.lru_cache(maxsize=8)
def names(folder: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Return, by list (``segment``, ``queue`` ...), the names in it with their Dutch and English words."""
    lists: dict[str, dict[str, tuple[str, str]]] = {}
    for row in _rows(folder, "names", Name, unique=(("list", "name"),)).values():
        lists.setdefault(row.list, {})[row.name] = (row.nl, row.en)
    return lists


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ``"; did you mean X?"`` for a misspelt name of a list, or its Dutch word (``thuis``)."""
    among, said = tuple(known), word.replace("_", " ").casefold()
    dutch = ((one, nl) for each in names(project.params()).values() for one, (nl, _) in each.items())
    found = (one for one, nl in dutch if one in among and (nl == said or said in nl.split()))
    return f"; did you mean {prefix}{near}?" if (near := next(found, nearest(word, among))) else ""


def priors(folder: Path) -> dict[str, Prior]:
    """Return the priors by id, guarded: numbers in order, a confidence, a source or "own judgement"."""
    return _rows(folder, "priors", Prior, "id", check=_numbers)


def renamed(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return old paths that still work for one release, with their new path, or paths."""
    return {old: row.new for old, row in _rows(folder, "renamed", _Renamed, "old").items()}


def why_refused(folder: Path, key: str) -> str:
    """Return why a key can be no parameter, in English; empty when no refused word is in it."""
    rows = _rows(folder, "refused", _Refused, "word").values()
    return next((row.reason for row in rows if row.word in key.lower()), "")


@functools.lru_cache(maxsize=8)
def claims(file: Path) -> dict[str, dict[str, str]]:
    """Return the published claims by id as text, without a record of reads; none where there is no file.

    Whether a source exists is a question of wording; a computation that *uses* a claim reads it through
    ``facts.claims``, which records it and guards the file.
    """
    if not file.is_file():
        return {}
    problems = Problems()
    rows = read_rows(file, COLUMNS, problems)
    problems.raise_if_any(DataError)
    return {row["id"]: row.cells for row in rows}
