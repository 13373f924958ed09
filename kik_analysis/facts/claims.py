"""The published claims: ``data/published/claims.csv``, guarded when loaded and recorded when read."""

from __future__ import annotations

import functools
import re
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
from kik_analysis.evidence.reads import note
from kik_analysis.facts import derivation
from kik_analysis.facts.documents import load_documents
from kik_analysis.facts.precision import DATE, UNITS, Precision, is_whole
from kik_analysis.facts.rows import DAY, Problems, Row, nearest, parse_number, read_rows

if TYPE_CHECKING:
    import polars as pl

FILE = "claims.csv"
SEASON = "(?: spring| summer| autumn| end| start)?"
AS_OF = re.compile(rf"(?:(?:before|from|circa) )?{DAY}{SEASON}(?:(?:\.\.| or ){DAY}{SEASON})?")
"""``2019-10-10``, ``2015..2019-07`` (a period), ``2019-10 or 2019-07`` (not said which), ``from 2021``,
``circa 2015``, ``before 2020 summer``."""


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

    Attributes
    ----------
    id
        ``L`` letter of 2019, ``D`` debate, ``W`` letter of 2016, ``Z`` board proposal; then a number.
    document, place, date
        Document id, section or time mark, and the document's date.
    subject
        Short name in English, unique.
    statement_en, statement_nl
        The statement in our own words.
    value, unit
        The number as printed and its unit; a share is a fraction of one. None for a claim without a
        number, for a range (``between``) and for a date (which stands in ``as_of``).
    as_of
        The day or period that the statement is about.
    precision
        How the number is worded.
    low, high
        Interval that the wording leaves open; None for a limit that does not exist.
    reason, reason_nl
        Why the interval is this one; empty for a claim without a number.
    kind, derivation, note
        What it is about; how it follows from other claims; remarks.
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
        """Return ``recomputed`` for a number that is not printed anywhere, else ``published``."""
        return Evidence.RECOMPUTED if self.precision is Precision.DERIVED else Evidence.PUBLISHED

    @property
    def number(self) -> int | float:
        """Return the value.

        Raises
        ------
        DataError
            When the claim has none.
        """
        if self.value is None:
            raise DataError(f"claim {self.id} ({self.subject}) has no value; read low and high, or as_of")
        return self.value

    @property
    def limits(self) -> tuple[int | float | None, int | float | None]:
        """Return low and high."""
        return self.low, self.high


COLUMNS = tuple(Claim.__dataclass_fields__)
NUMBERS = ("value", "low", "high")
_MAY_BE_EMPTY = {*NUMBERS, "unit", "reason", "reason_nl", "derivation", "note"}


class UnknownClaimError(DataError, KeyError):
    """A claim id that does not exist."""


class Claims(Mapping[str, Claim]):
    """The claims by id; looking one up records the read, looking over the ids records the list."""

    def __init__(self, rows: Mapping[str, Claim]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, name: str) -> Claim:
        try:
            claim = self._rows[name]
        except (KeyError, TypeError):
            self._note_list()
            raise UnknownClaimError(f"no claim {name}{nearest(str(name), self._rows)}") from None
        note("claim", name, asdict(claim), claim.evidence)
        return claim

    def _note_list(self) -> None:
        note("listing", f"data/published/{FILE}", list(self._rows))

    def __iter__(self) -> Iterator[str]:
        self._note_list()
        return iter(self._rows)

    def __len__(self) -> int:
        self._note_list()
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        self._note_list()
        return name in self._rows

    def ids(self) -> tuple[str, ...]:
        """Return all ids in the order of the file, without reading a claim."""
        return tuple(self)

    def replace(self, name: str, **changes: Any) -> Claims:
        """Return a copy in which one claim has other fields; nothing is read or checked."""
        return Claims({**self._rows, name: replace(self._rows[name], **changes)})

    def derived(self, name: str) -> tuple[derivation.Derivation, ...]:
        """Return the derivations of a claim, parsed; the claim is read."""
        return derivation.parse(self[name].derivation)

    def frame(self) -> pl.DataFrame:
        """Return all claims as a polars frame with the columns of the file; every claim is read."""
        import polars as pl

        rows = [{**asdict(self[name]), **dict.fromkeys(NUMBERS)} | self._floats(name) for name in self]
        return pl.DataFrame(rows, schema_overrides=dict.fromkeys(NUMBERS, pl.Float64), orient="row")

    def _floats(self, name: str) -> dict[str, float | None]:
        claim = self._rows[name]
        parts = {column: getattr(claim, column) for column in NUMBERS}
        return {column: None if part is None else float(part) for column, part in parts.items()}


class _Checker:
    """Checks the rows of one file; every problem goes to ``problems``."""

    def __init__(self, problems: Problems, documents: Mapping[str, str], ids: frozenset[str]) -> None:
        self.problems = problems
        self.documents = documents
        self.ids = ids
        self.seen: dict[str, int] = {}
        self.subjects: dict[str, int] = {}

    def row(self, row: Row) -> Claim | None:
        """Return the claim in a row; None when something in it is wrong."""
        name = row["id"]
        found: list[tuple[str, str, str, str]] = []
        self._identity(row, found)
        numbers = self._texts(row, found)
        if not found:
            self._number(row, numbers, found)
            self._derivation(row, found)
        for column, what, got, expected in found:
            self.problems.add(row.line, f"{name}.{column}" if name else column, what, got, expected)
        if found:
            return None
        typed = {"precision": Precision(row["precision"]), "kind": Kind(row["kind"])}
        return Claim(**{**row.cells, **numbers, **typed})  # type: ignore[arg-type]

    def _identity(self, row: Row, found: list[tuple[str, str, str, str]]) -> None:
        name = row["id"]
        if not name:
            found.append(("id", "empty", "", "a letter and three or four digits"))
        elif not derivation.CLAIM_ID.fullmatch(name):
            found.append(("id", "not a claim id", name, "a letter and three or four digits"))
        elif name in self.seen:
            found.append(("id", f"stands on line {self.seen[name]} too", name, "an id of its own"))
        self.seen.setdefault(name, row.line)
        subject = row["subject"]
        if subject and subject in self.subjects:
            other = self.subjects[subject]
            found.append(("subject", f"stands on line {other} too", subject, "a name of its own"))
        self.subjects.setdefault(subject, row.line)
        if row["document"] not in self.documents:
            known = f"one of {', '.join(self.documents)}"
            found.append(("document", "unknown document", row["document"], known))
        elif row["date"] != self.documents[row["document"]]:
            expected = f"{self.documents[row['document']]}, as in documents.csv"
            found.append(("date", "not the document's date", row["date"], expected))

    def _texts(
        self, row: Row, found: list[tuple[str, str, str, str]]
    ) -> dict[str, int | float | None]:
        for column in COLUMNS[1:]:
            if column not in _MAY_BE_EMPTY and column != "document" and not row[column].strip():
                found.append((column, "empty", "", "a text"))
        for column, closed in (("precision", Precision), ("kind", Kind)):
            if row[column] and row[column] not in set(closed):
                found.append((column, f"unknown {column}", row[column], f"one of {', '.join(closed)}"))
        if row["unit"] and row["unit"] not in UNITS:
            expected = f"one of {', '.join(sorted(UNITS))}"
            found.append(("unit", "unknown unit", row["unit"], expected))
        if row["as_of"] and not AS_OF.fullmatch(row["as_of"]):
            found.append(("as_of", "not a date or period", row["as_of"], "such as 2019-10 or 2015..2019-07"))
        numbers: dict[str, int | float | None] = {}
        for column in NUMBERS:
            try:
                numbers[column] = parse_number(row[column])
            except ValueError:
                found.append((column, "not a number", row[column], "digits, with a point for decimals"))
        return numbers

    def _number(
        self,
        row: Row,
        numbers: dict[str, int | float | None],
        found: list[tuple[str, str, str, str]],
    ) -> None:
        value, low, high = (numbers[column] for column in NUMBERS)
        unit, precision = row["unit"], Precision(row["precision"])
        some = any(part is not None for part in (value, low, high))
        if unit == DATE or precision is Precision.NONE:
            for column in NUMBERS:
                if row[column]:
                    kind = "a date" if unit == DATE else "a claim without a number"
                    found.append((column, f"{kind} has no {column}", row[column], "an empty cell"))
            if unit == DATE and not re.fullmatch(DAY, row["as_of"]):
                found.append(("as_of", "not one date", row["as_of"], "YYYY-MM-DD, YYYY-MM or YYYY"))
        elif not unit:
            found.append(("unit", "empty", "", "the unit of the number"))
        elif precision is Precision.BETWEEN:
            if value is not None or low is None or high is None:
                found.append(("precision", "between needs low and high and no value", "", ""))
        elif value is None:
            found.append(("value", "empty", "", f"a number, as precision is {precision}"))
        if low is not None and high is not None and low > high:
            found.append(("low", "above high", row["low"], f"{row['high']} at most"))
        elif value is not None:
            below, above = low is not None and value < low, high is not None and value > high
            if (below or above) and precision is not Precision.MORE_THAN:
                between = f"{row['low'] or 'no limit'} to {row['high'] or 'no limit'}"
                found.append(("value", "outside low..high", row["value"], between))
        if is_whole(unit):
            for column in NUMBERS:
                if isinstance(numbers[column], float):
                    found.append((column, f"not a whole number of {unit}", row[column], "a whole number"))
        if unit == "year" and value is not None and not re.fullmatch(r"(19|20)\d\d", row["value"]):
            found.append(("value", "not a year", row["value"], "a year of four digits"))
        for column in ("reason", "reason_nl"):
            if (some or unit == DATE) and not row[column].strip():
                found.append((column, "empty", "", "why the interval is this one"))

    def _derivation(self, row: Row, found: list[tuple[str, str, str, str]]) -> None:
        try:
            derived = derivation.parse(row["derivation"])
        except DataError as error:
            found.append(("derivation", str(error), "", ""))
            return
        for name in dict.fromkeys(name for one in derived for name in one.ids):
            if name not in self.ids:
                found.append(("derivation", f"unknown claim {name}{nearest(name, self.ids)}", "", ""))


def load_claims(path: Path) -> Claims:
    """Read a file of claims; the ``documents.csv`` beside it names the documents.

    Parameters
    ----------
    path
        A CSV with the columns of :class:`Claim`.

    Raises
    ------
    DataError
        With every problem in the file, one line each: ``claims.csv:12: L042.value: not a number ...``.
    """
    documents = load_documents(path.with_name("documents.csv"))
    problems = Problems(path.name)
    rows = read_rows(path, COLUMNS, problems)
    dates = {name: document.date for name, document in documents.items()}
    checker = _Checker(problems, dates, frozenset(row["id"] for row in rows))
    found = [checker.row(row) for row in rows]
    problems.raise_any()
    return Claims({claim.id: claim for claim in found if claim is not None})


@functools.lru_cache
def _loaded(path: Path) -> Claims:
    # read without recording: each claim is recorded when it is looked up, so that the record does not
    # depend on who happened to load the file first
    return load_claims(path)


_instead: ContextVar[Claims | None] = ContextVar("claims_instead", default=None)


def claims() -> Claims:
    """Return the project's published claims.

    Raises
    ------
    DataError
        When no project is found or the file is wrong.
    """
    other = _instead.get()
    return _loaded(project.data("published", FILE)) if other is None else other


@contextmanager
def substituted(other: Claims) -> Iterator[None]:
    """Let :func:`claims` return other claims until the block ends: what if this had been printed?"""
    token = _instead.set(other)
    try:
        yield
    finally:
        _instead.reset(token)
