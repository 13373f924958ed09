"""The published claims: ``data/published/claims.csv``, guarded when loaded and recorded when read.

``documents.csv`` beside it names the documents they stand in, ``corrections.csv`` what was put right after a
second reading: what stood in the first version of the list, what stands there now, why, and where that was
checked. Kinds of corrections are those of the guide to revisions of the British statistics office.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.display import Display
from kik_analysis.evidence.number import Estimate
from kik_analysis.evidence.reads import Evidence, moved, note
from kik_analysis.facts import derivation
from kik_analysis.facts.precision import AS_OF, DATE, UNITS, WHOLE_UNITS, Precision, interval
from kik_analysis.reading import records
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.records import DAY, Wrong, WrongCell, column, filled, matching, one_of

DOCUMENTS = "documents.csv"
_ID = "[a-z]+_(19|20)[0-9]{2}(_[a-z])?"
_date = matching(DAY, "not a date", "YYYY-MM-DD, YYYY-MM or YYYY")


@dataclass(frozen=True)
class Document:
    """One document (or one transcription of it), in Dutch and English; functions and bodies, never persons.

    ``id`` is the short name used in the other files; ``date`` is ISO, the month alone where the day is not
    printed, and ``date_note`` what it rests on then; ``reference`` is empty when none is printed; ``what`` is
    the kind of document, ``transcription`` the state of the text that was read.
    """

    id: str = column(matching(_ID, "not a document id", "a name such as letter_2019"))
    title_nl: str = column(filled)
    title_en: str = column(filled)
    date: str = column(lambda cell: _date(filled(cell)))
    date_note_nl: str = column()
    date_note_en: str = column()
    reference: str = column()
    author_nl: str = column(filled)
    author_en: str = column(filled)
    what_nl: str = column(filled)
    what_en: str = column(filled)
    transcription_nl: str = column(filled)
    transcription_en: str = column(filled)


@functools.lru_cache
def load_documents(path: Path) -> dict[str, Document]:
    """Return a file of documents by id; DataError with one line for every problem."""
    notes = "date_note_nl", "date_note_en"
    found = records.read(path, Document, unique=("id",), check=lambda one: records.both_or_none(one, *notes))
    return {one.id: one for one in found}


def documents() -> dict[str, Document]:
    """Return the published documents by id; the read is on record."""
    found = dict(load_documents(project.data("published", DOCUMENTS)))
    note("file", f"data/published/{DOCUMENTS}", found)
    return found


FILE = "claims.csv"
NUMBERS = ("value", "low", "high")
"""The columns that hold numbers."""
KINDS = ("count", "share", "rule", "duration", "date", "capacity", "design", "frequency", "cost")
"""What a claim is about."""
YEAR = re.compile(r"(19|20)\d\d")
"""A year has four digits: 20171 is the year 2017 with the mark of note 1 glued to it."""


def _derivation(cell: str) -> str:
    try:
        derivation.parse(cell)
    except DataError as error:
        raise WrongCell(str(error), got="") from None
    return cell


_id = matching(derivation.CLAIM_ID, "not a claim id", "a capital letter and three or four digits")
_as_of = matching(AS_OF, "not a date or period", "such as 2019-10, 2015..2019-07 or 2019-10 or 2019-07")
_unit = one_of(*sorted(UNITS), what="unknown unit")
_precision, _kind = one_of(*Precision, what="unknown precision"), one_of(*KINDS, what="unknown kind")


@dataclass(frozen=True, repr=False)
class Claim(Display):
    """One statement in one document, with what its wording leaves open.

    ``id``: ``L`` letter of 2019, ``D`` debate, ``W`` letter of 2016, ``Z`` board proposal; then a number.
    ``document``, ``place``, ``date``: document id, section or time mark, and the document's date.
    ``subject``: short name in English, unique. ``statement``: in our own words. ``value``, ``unit``: the
    number as printed and its unit; a share is a fraction of one. The value is None for a claim without a
    number, for a range (``between``) and for a date, which stands in ``as_of``: the day or period that the
    statement is about. ``precision``: how the number is worded; ``low``, ``high``: the interval that the
    wording leaves open, None for a limit that does not exist; ``reason``: why it is this one. ``kind``,
    ``derivation``, ``note``: what it is about; how it follows from other claims; remarks.
    """

    id: str = column(_id)
    document: str = column()
    place: str = column(filled)
    date: str = column()
    subject: str = column(filled)
    statement_en: str = column(filled)
    statement_nl: str = column(filled)
    value: int | float | None = column(records.parse_number)
    unit: str = column(lambda cell: _unit(cell) if cell else cell)
    as_of: str = column(lambda cell: _as_of(filled(cell)))
    precision: Precision = column(lambda cell: Precision(_precision(filled(cell))))  # noqa: RUF009
    low: int | float | None = column(records.parse_number)
    high: int | float | None = column(records.parse_number)
    reason: str = column()
    reason_nl: str = column()
    kind: str = column(lambda cell: _kind(filled(cell)))
    derivation: str = column(_derivation)
    note: str = column()

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the claim: its number and range, where it stands, what it says."""
        low, high = ("no limit" if end is None else end for end in self.limits)
        ranged = "" if low == high else f" ({low} to {high})"
        number = "" if self.value is None else f"{self.value} "
        said = f"{number}{self.unit}{ranged}" if self.quantitative else self.as_of
        rest = ("statement_en", "as_of", "precision", "reason", "derivation", "note")
        rows = ((name, value) for name in rest if (value := getattr(self, name)))
        return f"{self.id}: {said}, {self.document}, {self.place}", [*rows]

    @property
    def quantitative(self) -> bool:
        """Tell whether the claim holds a number, a limit or a range."""
        return any(part is not None for part in (self.value, self.low, self.high))

    @property
    def evidence(self) -> Evidence:
        """Return ``recomputed`` for a number that is printed nowhere, else ``published``."""
        return Evidence.RECOMPUTED if self.precision is Precision.DERIVED else Evidence.PUBLISHED

    @property
    def range_evidence(self) -> Evidence:
        """Return ``published`` where the limits are printed, else ``bounded``: our reading of the words."""
        printed = (Precision.EXACT, Precision.BETWEEN, Precision.AT_LEAST, Precision.AT_MOST)
        return Evidence.PUBLISHED if self.precision in printed else Evidence.BOUNDED

    @property
    def estimate(self) -> Estimate:
        """Return the number, if any, with what its wording leaves open."""
        return Estimate(self.value, self.low, self.high, range_evidence=self.range_evidence)

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

    def times(self, factor: float) -> "Claim":
        """Return the claim with its numbers times a factor (a nought becomes it); times 0: without words."""
        words = {one.name: "?" for one in fields(self) if one.name not in ("id", "precision", *NUMBERS)}
        parts = {end: part for end in NUMBERS if (part := getattr(self, end)) is not None}
        moved = {end: type(part)(part * factor or factor) for end, part in parts.items()}
        return replace(self, **(moved if factor else words))

    @property
    def limits(self) -> tuple[int | float | None, int | float | None]:
        """Return low and high."""
        return self.low, self.high


COLUMNS = records.columns(Claim)
"""The columns of ``claims.csv``, in order."""


def _wrong(one: Claim, dates: Mapping[str, str], ids: frozenset[str]) -> Wrong:
    """Yield what is wrong between the cells of a claim."""
    if one.document not in dates:
        yield "document", "unknown document", f"one of {', '.join(dates)}"
    elif one.date != dates[one.document]:
        yield "date", "not the document's date", f"{dates[one.document]}, as in its row"
    value, low, high, unit = one.value, one.low, one.high, one.unit
    numbers = {end: number for end in NUMBERS if (number := getattr(one, end)) is not None}
    if one.precision is Precision.NONE or unit == DATE:
        of = "a date" if unit == DATE else "a claim of precision n/a"
        yield from ((end, f"{of} has no {end}", "an empty cell") for end in numbers)
    elif one.precision is Precision.BETWEEN:
        if value is not None:
            yield "value", "two numbers are named", "an empty cell"
        missing = (end for end in ("low", "high") if end not in numbers)
        yield from ((end, "empty", "the number that is named") for end in missing)
    elif value is None:
        yield "value", "empty", f"a number, as the precision is {one.precision}"
    if one.precision is not Precision.NONE:
        reasons = (name for name in ("reason", "reason_nl") if not getattr(one, name).strip())
        yield from ((name, "empty", "why the interval is this one") for name in reasons)
    if low is not None and high is not None and low > high:
        yield "low", "above high", f"{high} at most"
    elif value is not None:
        # more than a hundred begins at 101, so there the value itself lies outside
        under = low is not None and value < low and one.precision is not Precision.MORE_THAN
        if under or (high is not None and value > high):
            ends = ("no limit" if end is None else str(end) for end in (low, high))
            yield "value", "outside low..high", " to ".join(ends)
    if not unit and numbers:
        yield "unit", "empty", "the unit of the number"
    if unit == DATE and not re.fullmatch(DAY, one.as_of):
        yield "as_of", "not one date", "YYYY-MM-DD, YYYY-MM or YYYY"
    for end, number in numbers.items():
        if unit == "year" and not YEAR.fullmatch(str(number)):
            yield end, "not a year", "a year of four digits"
        elif unit in WHOLE_UNITS and isinstance(number, float):
            yield end, f"not a whole number of {unit}", "a whole number"
        elif number < 0 or (unit == "share" and number > 1):
            yield end, "outside what is possible", "a fraction of one" if unit == "share" else "not below 0"
    named = (derivation.ids(expression) for expression, _ in derivation.parse(one.derivation))
    for name in dict.fromkeys(chain.from_iterable(named)):
        if name not in ids:
            yield "derivation", f"unknown claim {name}{did_you_mean(name, ids)}", ""


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
        other, factor = moved.get()
        return claim.times(factor) if other == name else claim

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the claims: how many, and from which documents."""
        documents = Counter(claim.document for claim in self._rows.values())
        return f"{len(self._rows)} published claims", [*documents.items()]

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

    def replace(self, name: str, **changes: Any) -> "Claims":
        """Return a copy in which one claim has other fields; nothing is read.

        ``changes``: fields, held against the same rules as a row of the file. A value without both ends
        brings those that its wording leaves open (``precision.interval``): 0.58 is 0.575 to 0.585.
        DataError when there is no such claim or field, or with one line for everything that is wrong.
        """
        rules = {one.name: one.metadata["rule"] for one in fields(Claim) if one.name != "id"}
        for one in changes:
            if one not in rules:
                raise DataError(f"claim {name}: no field {one}{did_you_mean(one, rules)}")
        if not isinstance(name, str) or name not in self._rows:
            raise UnknownClaimError(f"no claim {name}{did_you_mean(str(name), self._rows)}")
        wrong: list[tuple[str, str, str]] = []
        for one, given in changes.items():
            given = int(given) if isinstance(given, float) and given.is_integer() else given
            try:
                changes[one] = rules[one]("" if given is None else str(given))
            except WrongCell as error:
                wrong.append((one, error.what, error.expected))
        made = replace(self._rows[name], **changes)
        if not wrong and "value" in changes and made.value is not None and not {"low", "high"} <= {*changes}:
            if ends := interval(made.value, made.precision, made.unit):
                made = replace(made, **{"low": ends[0], "high": ends[1]} | changes)
            else:
                wrong.append(("value", f"a {made.precision} number's words say no range", "low and high too"))
        dates = {one.document: one.date for one in self._rows.values()}
        if wrong := wrong or [*_wrong(made, dates, frozenset(self._rows))]:
            raise DataError(
                f"claim {name}: {one}: {what} (got {changes.get(one, made.cell(one))}"
                f"{'; expected ' if expected else ''}{expected})"
                for one, what, expected in wrong
            )
        return Claims({**self._rows, name: made})


def read_claims(path: Path) -> dict[str, Claim]:
    """Return the claims in a file by id; the ``documents.csv`` beside it names the documents.

    DataError with every problem in the file, one line each: ``claims.csv:12: L042.value: not a number ...``.
    """
    dates = {name: one.date for name, one in load_documents(path.with_name("documents.csv")).items()}
    ids = frozenset(row["id"] for row in records.read_rows(path, COLUMNS, Problems()))
    unique = ("id", "subject")
    found = records.read(path, Claim, unique=unique, check=lambda one: _wrong(one, dates, ids))
    return {one.id: one for one in found}


ledger = functools.lru_cache(maxsize=8)(read_claims)
"""The claims of :func:`read_claims`, read once in a process and off the record of reads."""
#: Off the record, which then does not depend on who happened to load the file first.
_loaded = functools.lru_cache(lambda path: Claims(ledger(path)))
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
    return claims()[claim].estimate


def agrees(share: float, printed: Claim) -> bool:
    """Tell whether a share lies where a printed one, rounded half up, leaves it."""
    low, high = limits(printed)
    return low <= share < high or share == low == high


CORRECTIONS = "corrections.csv"
WHY = ("mistake", "better_data", "recalculation")
"""Why something changed."""


@dataclass(frozen=True)
class Correction:
    """One field (a column of ``claims.csv``) of one claim that was put right; ``now`` is what stands there.

    ``reason`` says why, ``document`` and ``place`` where it was checked.
    """

    claim: str = column()
    field: str = column(one_of(*COLUMNS, what="unknown field"))
    was: str = column()
    now: str = column()
    reason: str = column(filled)
    reason_nl: str = column(filled)
    kind: str = column(one_of(*WHY, what="unknown kind"))
    document: str = column()
    place: str = column(filled)


@functools.lru_cache
def load_corrections(path: Path) -> tuple[Correction, ...]:
    """Return a file of corrections, checked with the ``claims.csv`` and ``documents.csv`` beside it.

    DataError with every problem, one line each.
    """
    claims = ledger(path.with_name("claims.csv"))
    documents = tuple(load_documents(path.with_name("documents.csv")))

    def check(one: Correction) -> Wrong:
        if one.document not in documents:
            yield "document", "unknown document", f"one of {', '.join(documents)}"
        if one.claim not in claims:
            yield "claim", f"unknown claim{did_you_mean(one.claim, claims)}", "an id in claims.csv"
        elif (holds := claims[one.claim].cell(one.field)) != one.now:
            yield "now", "not what claims.csv holds", holds or "an empty cell"
        if one.was == one.now:
            yield "was", "nothing was corrected", "another text than in now"

    return tuple(records.read(path, Correction, label="claim", unique=(("claim", "field"),), check=check))


def corrections() -> tuple[Correction, ...]:
    """Return the corrections in the order of the claims; the read is on record."""
    found = load_corrections(project.data("published", CORRECTIONS))
    note("file", f"data/published/{CORRECTIONS}", found)
    return found
