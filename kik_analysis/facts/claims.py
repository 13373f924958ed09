"""The published claims: ``data/published/claims.csv``, guarded when loaded and recorded when read."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.display import Display
from kik_analysis.evidence.number import Estimate
from kik_analysis.evidence.reads import note
from kik_analysis.facts import derivation
from kik_analysis.facts.documents import documents, load_documents
from kik_analysis.facts.periods import AS_OF
from kik_analysis.facts.precision import DATE, UNITS, Precision, is_whole
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.records import DAY, Row, WrongCell, not_twice, parse_number, read_rows

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Claim", "Claims", "Kind", "Precision", "claims", "documents", "load_claims", "substituted"]

FILE = "claims.csv"
NUMBERS = ("value", "low", "high")
"""The columns that hold numbers."""
YEAR = re.compile(r"(19|20)\d\d")
"""A year has four digits: 20171 is the year 2017 with the mark of note 1 glued to it."""
_MAY_BE_EMPTY = frozenset({*NUMBERS, "unit", "reason", "reason_nl", "derivation", "note"})


class Kind(StrEnum):
    """What a claim is about."""

    COUNT = "count"
    SHARE = "share"
    RULE = "rule"
    DURATION = "duration"
    DATE = "date"
    CAPACITY = "capacity"
    DESIGN = "design"
    FREQUENCY = "frequency"
    COST = "cost"


@dataclass(frozen=True)
class Claim:
    """One statement in one document, with what its wording leaves open.

    ``id``: ``L`` letter of 2019, ``D`` debate, ``W`` letter of 2016, ``Z`` board proposal; then a number.
    ``document``, ``place``, ``date``: document id, section or time mark, and the document's date.
    ``subject``: short name in English, unique. ``statement_en``, ``statement_nl``: the statement in our own
    words. ``value``, ``unit``: the number as printed and its unit; a share is a fraction of one. The value is
    None for a claim without a number, for a range (``between``) and for a date (which stands in ``as_of``).
    ``as_of``: the day or period that the statement is about. ``precision``: how the number is worded.
    ``low``, ``high``: interval that the wording leaves open; None for a limit that does not exist.
    ``reason``, ``reason_nl``: why the interval is this one; empty for a claim without a number. ``kind``,
    ``derivation``, ``note``: what it is about; how it follows from other claims; remarks.
    """

    id: str
    document: str
    place: str
    date: str
    subject: str
    statement_en: str
    statement_nl: str
    value: int | float | None
    unit: str
    as_of: str
    precision: Precision
    low: int | float | None
    high: int | float | None
    reason: str
    reason_nl: str
    kind: Kind
    derivation: str
    note: str

    @property
    def exact(self) -> bool:
        """Tell whether the number is printed to the last unit."""
        return self.precision is Precision.EXACT and self.value is not None

    @property
    def quantitative(self) -> bool:
        """Tell whether the claim holds a number, a limit or a range."""
        return any(part is not None for part in (self.value, self.low, self.high))

    @property
    def evidence(self) -> Evidence:
        """Return ``recomputed`` for a number that is printed nowhere, else ``published``."""
        return Evidence.RECOMPUTED if self.precision is Precision.DERIVED else Evidence.PUBLISHED

    @property
    def number(self) -> int | float:
        """Return the value; raise DataError when the claim has none."""
        if self.value is None:
            raise DataError(f"claim {self.id} ({self.subject}) has no value; read low and high, or as_of")
        return self.value

    def cell(self, column: str) -> str:
        """Return a field as it stands in the file; empty where there is none."""
        part = getattr(self, column)
        return "" if part is None else str(part)

    @property
    def limits(self) -> tuple[int | float | None, int | float | None]:
        """Return low and high."""
        return self.low, self.high


COLUMNS = tuple(Claim.__dataclass_fields__)
"""The columns of ``claims.csv``, in order."""
Numbers = dict[str, int | float | None]
Wrong = Iterator[tuple[str, str, str]]
"""What is wrong in a row: column, what, and what is expected."""


def _wrong_words(row: Row, dates: Mapping[str, str]) -> Wrong:
    if not derivation.CLAIM_ID.fullmatch(row["id"]):
        what = "not a claim id" if row["id"] else "empty"
        yield "id", what, "a capital letter and three or four digits"
    if row["document"] not in dates:
        yield "document", "unknown document", f"one of {', '.join(dates)}"
    elif row["date"] != dates[row["document"]]:
        yield "date", "not the document's date", f"{dates[row['document']]}, as in its row"
    for column in COLUMNS:
        if column not in _MAY_BE_EMPTY | {"id", "document", "date"} and not row[column].strip():
            yield column, "empty", "a text"
    if row["as_of"] and not AS_OF.fullmatch(row["as_of"]):
        yield "as_of", "not a date or period", "such as 2019-10, 2015..2019-07 or 2019-10 or 2019-07"
    for column, closed in (("precision", list(Precision)), ("kind", list(Kind)), ("unit", sorted(UNITS))):
        if row[column] and row[column] not in closed:
            yield (
                column,
                f"unknown {column}{did_you_mean(row[column], closed)}",
                f"one of {', '.join(closed)}",
            )


def _numbers(row: Row, problems: Problems) -> Numbers:
    found: Numbers = {}
    for column in NUMBERS:
        try:
            found[column] = parse_number(row[column])
        except WrongCell as error:
            row.wrong(problems, column, error.what, expected=f"{error.expected} and no sign for thousands")
    return found


def _wrong_numbers(row: Row, numbers: Numbers) -> Wrong:
    precision, unit = Precision(row["precision"]), row["unit"]
    value, low, high = (numbers[column] for column in NUMBERS)
    if precision is Precision.NONE or unit == DATE:
        for column in NUMBERS:
            if row[column]:
                of = "a date" if unit == DATE else "a claim of precision n/a"
                yield column, f"{of} has no {column}", "an empty cell"
    elif precision is Precision.BETWEEN:
        if row["value"]:
            yield "value", "two numbers are named", "an empty cell"
        yield from ((end, "empty", "the number that is named") for end in ("low", "high") if not row[end])
    elif value is None:
        yield "value", "empty", f"a number, as the precision is {precision}"
    if precision is not Precision.NONE:
        for column in ("reason", "reason_nl"):
            if not row[column].strip():
                yield column, "empty", "why the interval is this one"
    if low is not None and high is not None and low > high:
        yield "low", "above high", f"{row['high']} at most"
    elif value is not None:
        # more than a hundred begins at 101, so there the value itself lies outside
        under = low is not None and value < low and precision is not Precision.MORE_THAN
        if under or (high is not None and value > high):
            yield "value", "outside low..high", f"{row['low'] or 'no limit'} to {row['high'] or 'no limit'}"
    if not unit and any(number is not None for number in numbers.values()):
        yield "unit", "empty", "the unit of the number"
    if unit == DATE and not re.fullmatch(DAY, row["as_of"]):
        yield "as_of", "not one date", "YYYY-MM-DD, YYYY-MM or YYYY"
    for column, number in numbers.items():
        if unit == "year" and number is not None and not YEAR.fullmatch(row[column]):
            yield column, "not a year", "a year of four digits"
        elif is_whole(unit) and isinstance(number, float):
            yield column, f"not a whole number of {unit}", "a whole number"


def _derivation(row: Row, ids: frozenset[str], problems: Problems) -> None:
    try:
        named = dict.fromkeys(name for one in derivation.parse(row["derivation"]) for name in one.ids)
    except DataError as error:
        row.wrong(problems, "derivation", str(error), got="")
        return
    for name in named:
        if name not in ids:
            row.wrong(problems, "derivation", f"unknown claim {name}{did_you_mean(name, ids)}")


class UnknownClaimError(DataError, KeyError):
    """A claim id that does not exist."""

    def __str__(self) -> str:
        return "\n".join(self.lines)  # a KeyError would show its sentence in quotes


class Claims(Display, Mapping[str, Claim]):
    """The claims by id; looking one up records the read, looking over the ids records the list."""

    def __init__(self, rows: Mapping[str, Claim]) -> None:
        self._rows = dict(rows)
        self._noted: dict[str, dict[str, Any]] = {}
        self._list = list(rows)

    def __getitem__(self, name: str) -> Claim:
        claim = self._rows.get(name) if isinstance(name, str) else None
        if claim is None:
            self._note_list()
            raise UnknownClaimError(f"no claim {name}{did_you_mean(str(name), self._rows)}")
        if name not in self._noted:
            self._noted[name] = asdict(claim)
        note("claim", name, self._noted[name], claim.evidence)
        return claim

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the claims: how many, and from which documents."""
        documents = Counter(claim.document for claim in self._rows.values())
        return "published claims", [("claims", len(self._rows)), *documents.items()]

    def _note_list(self) -> None:
        note("listing", f"data/published/{FILE}", self._list)

    def __iter__(self) -> Iterator[str]:
        self._note_list()
        return iter(self._rows)

    def __len__(self) -> int:
        self._note_list()
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        self._note_list()
        return name in self._rows

    def __bool__(self) -> bool:
        # without this, asking "is there anything" would record the whole list
        return bool(self._rows)

    def ids(self) -> tuple[str, ...]:
        """Return all ids in the order of the file, without reading a claim."""
        return tuple(self)

    def replace(self, name: str, **changes: Any) -> Claims:
        """Return a copy in which one claim has other fields; nothing is read or checked.

        DataError when there is no such claim.
        """
        if name not in self._rows:
            raise UnknownClaimError(f"no claim {name}{did_you_mean(name, self._rows)}")
        return Claims({**self._rows, name: replace(self._rows[name], **changes)})

    def derived(self, name: str) -> tuple[derivation.Derivation, ...]:
        """Return the derivations of a claim, parsed; the claim is read."""
        return derivation.parse(self[name].derivation)

    def frame(self) -> pl.DataFrame:
        """Return all claims as a polars frame with the columns of the file; every claim is read.

        Value, low and high are floats, null where there is none; the other columns are text.
        """
        import polars as pl

        rows = [asdict(self[name]) for name in self]
        for row in rows:
            row.update({column: None if row[column] is None else float(row[column]) for column in NUMBERS})
            row.update({column: str(row[column]) for column in ("precision", "kind")})
        return pl.DataFrame(rows, schema_overrides=dict.fromkeys(NUMBERS, pl.Float64))


def read_claims(path: Path) -> dict[str, Claim]:
    """Return the claims in a file by id; the ``documents.csv`` beside it names the documents.

    ``path``: a CSV with the columns of :class:`Claim`. DataError with every problem in the file, one line
    each: ``claims.csv:12: L042.value: not a number ...``.
    """
    dates = {name: one.date for name, one in load_documents(path.with_name("documents.csv")).items()}
    problems = Problems()
    rows = read_rows(path, COLUMNS, problems)
    ids = frozenset(row["id"] for row in rows)
    seen: dict[str, dict[str, int]] = {"id": {}, "subject": {}}
    found: dict[str, Claim] = {}
    for row in rows:
        before = len(problems)
        for column, known in seen.items():
            not_twice(row, column, known, problems)
        wrong = list(_wrong_words(row, dates))
        numbers = _numbers(row, problems)
        if not wrong and len(problems) == before:
            wrong = list(_wrong_numbers(row, numbers))
        for column, what, expected in wrong:
            row.wrong(problems, column, what, expected=expected)
        _derivation(row, ids, problems)
        if not problems:
            typed = {"precision": Precision(row["precision"]), "kind": Kind(row["kind"])}
            found[row["id"]] = Claim(**{**row.cells, **numbers, **typed})  # type: ignore[arg-type]
    problems.raise_if_any(DataError)
    return found


def load_claims(path: Path) -> Claims:
    """Return a file of claims, read by :func:`read_claims`, so that looking one up is on record."""
    return Claims(read_claims(path))


@functools.lru_cache
def _loaded(path: Path) -> Claims:
    # read off the record: each claim is recorded when it is looked up, so that the record does not depend
    # on who happened to load the file first
    return load_claims(path)


_instead: ContextVar[Claims | None] = ContextVar("claims_instead", default=None)


def claims() -> Claims:
    """Return the project's published claims; raise DataError without a project or when the file is wrong."""
    other = _instead.get()
    return _loaded(project.data("published", FILE)) if other is None else other


@contextmanager
def substituted(other: Claims | None) -> Iterator[None]:
    """Let :func:`claims` return other claims, if any, until the block ends: what if this had been printed?"""
    token = _instead.set(_instead.get() if other is None else other)
    try:
        yield
    finally:
        _instead.reset(token)


def value(claim: str) -> int | float:
    """Return a claim's number; the read is on record."""
    return claims()[claim].number


def limits(claim: Claim) -> tuple[int | float, int | float]:
    """Return the least and the most that a claim's wording leaves open.

    DataError when one of them does not exist: nothing can then be summed.
    """
    if claim.low is None or claim.high is None:
        raise DataError(f"claim {claim.id} ({claim.subject}) has no {'low' if claim.low is None else 'high'}")
    return claim.low, claim.high


def estimate(claim: str) -> Estimate:
    """Return a claim's number with what its wording leaves open."""
    found = claims()[claim]
    return Estimate(found.number, found.low, found.high)


def agrees(share: float, printed: Claim) -> bool:
    """Tell whether a share lies where a printed one, rounded half up, leaves it."""
    low, high = limits(printed)
    return low <= share < high or share == low == high
