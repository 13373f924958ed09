"""The small tables beside the catalogue: units, names of segments and choices, priors, renamed keys.

They are read without a record of reads: what a computation rests on is a parameter's value, which the
scenario records, never the wording of a unit.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.reading.problems import Place, Problems, nearest
from kik_analysis.reading.records import column, filled, one_of, read

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
    line: int = 0


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
    line: int = 0

    @property
    def wrong(self) -> str:
        """Return what is wrong with the numbers or the quote; nothing when they are right."""
        given = [text for text in (self.low, self.central, self.high) if text]
        try:
            numbers = given if self.unit == "month" else [float(text) for text in given]
        except ValueError:
            return "low, central and high must be numbers"
        if numbers != sorted(numbers):
            return "low, central and high are not in order"
        return "confidence A without a quote" if self.confidence == "A" and not self.quote else ""


@dataclass(frozen=True, slots=True)
class _Renamed:
    old: str = column()
    new: str = column(filled)
    until_version: str = column()


@dataclass(frozen=True, slots=True)
class _Refused:
    word: str = column()
    reason_nl: str = column(filled)
    reason_en: str = column(filled)


@functools.lru_cache(maxsize=64)
def _rows(folder: Path, stem: str, record: type[T], key: str = "") -> tuple[T, ...]:
    return tuple(read(folder / f"{stem}.csv", record, shown_as=f"params/{stem}.csv", key=key))


def units(folder: Path) -> dict[str, Unit]:
    """Return the closed list of units by name."""
    return {row.name: row for row in _rows(folder, "units", Unit, "unit")}


@functools.lru_cache(maxsize=8)
def names(folder: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Return, by list (``segment``, ``queue`` ...), the names in it with their Dutch and English words."""
    lists: dict[str, dict[str, tuple[str, str]]] = {}
    for row in _rows(folder, "names", Name):
        members = lists.setdefault(row.list, {})
        if row.name in members:
            raise DataError(f"params/names.csv:{row.line}: {row.list} {row.name} stands there twice")
        members[row.name] = (row.nl, row.en)
    return lists


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ``"; did you mean X?"`` for a misspelt name of a list, or its Dutch word (``thuis``)."""
    among, said = tuple(known), word.replace("_", " ").casefold()
    lists = names(project.params()).values()
    found = (one for each in lists for one, (dutch, _) in each.items() if one in among and _says(dutch, said))
    return f"; did you mean {prefix}{near}?" if (near := next(found, nearest(word, among))) else ""


def _says(dutch: str, word: str) -> bool:
    return dutch == word or word in dutch.split()


@functools.lru_cache(maxsize=8)
def priors(folder: Path) -> dict[str, Prior]:
    """Return the priors by id, guarded: numbers in order, a confidence, a source or "own judgement".

    DataError with the line of every row that is wrong.
    """
    problems = Problems()
    rows = _rows(folder, "priors", Prior, "id")
    for row in rows:
        if row.wrong:
            problems.add(Place("params/priors.csv", row.line), row.wrong, key=row.id)
    problems.raise_if_any(DataError)
    return {row.id: row for row in rows}


def renamed(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return old paths that still work for one release, with their new path, or paths."""
    return {row.old: tuple(row.new.split()) for row in _rows(folder, "renamed", _Renamed, "old")}


def why_refused(folder: Path, key: str) -> str:
    """Return why a key can be no parameter, in English; empty when no refused word is in it."""
    rows = _rows(folder, "refused", _Refused, "word")
    return next((row.reason_en for row in rows if row.word in key.lower()), "")


@functools.lru_cache(maxsize=8)
def claims(file: Path) -> dict[str, dict[str, str]]:
    """Return the published claims by id as text, without a record of reads; empty when there is no file.

    Whether a source exists is a question of wording; a computation that *uses* a claim reads it through
    ``facts.claims``, which records it and guards the file.
    """
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return {row["id"]: row for row in csv.DictReader(stream) if "id" in row}
