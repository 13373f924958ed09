"""The guard at the door of ``claims.csv``: every row is checked, every problem is named with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kik_analysis.errors import DataError
from kik_analysis.facts import derivation
from kik_analysis.facts.claim import COLUMNS, NUMBERS, Claim, Kind
from kik_analysis.facts.documents import load_documents
from kik_analysis.facts.precision import DATE, UNITS, Precision, is_whole
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.records import DAY, Row, not_twice, parse_number, read_rows

_SEASON = "(?: spring| summer| autumn| end| start)?"
AS_OF = re.compile(rf"(?:(?:before|from|circa) )?{DAY}{_SEASON}(?:(?:\.\.| or ){DAY}{_SEASON})?")
"""``2019-10-10``, ``2015..2019-07`` (a period), ``2019-10 or 2019-07`` (not said which), ``from 2021``,
``circa 2015``, ``before 2020 summer``."""

YEAR = re.compile(r"(19|20)\d\d")
"""A year has four digits: 20171 is the year 2017 with the mark of note 1 glued to it."""

_MAY_BE_EMPTY = frozenset({*NUMBERS, "unit", "reason", "reason_nl", "derivation", "note"})
_ID = "a capital letter and three or four digits"

Numbers = dict[str, int | float | None]


class Guard:
    """Checks the rows of one file.

    Parameters
    ----------
    problems
        Receives what is wrong.
    documents
        Document ids and their dates.
    ids
        All claim ids in the file, for derivations.
    """

    def __init__(self, problems: Problems, documents: Mapping[str, str], ids: frozenset[str]) -> None:
        self.problems = problems
        self.documents = documents
        self.ids = ids
        self._seen: dict[str, dict[str, int]] = {"id": {}, "subject": {}}

    def claim(self, row: Row) -> Claim | None:
        """Return the claim in a row; None when something in it is wrong."""
        before = len(self.problems)
        self._identity(row)
        self._texts(row)
        self._closed_lists(row)
        numbers = self._numbers(row)
        if len(self.problems) == before:
            self._wording(row, numbers)
            self._order(row, numbers)
            self._unit(row, numbers)
        self._derivation(row)
        if len(self.problems) > before:
            return None
        typed = {"precision": Precision(row["precision"]), "kind": Kind(row["kind"])}
        return Claim(**{**row.cells, **numbers, **typed})  # type: ignore[arg-type]

    def _identity(self, row: Row) -> None:
        if not derivation.CLAIM_ID.fullmatch(row["id"]):
            row.wrong(self.problems, "id", "not a claim id" if row["id"] else "empty", expected=_ID)
        for column, seen in self._seen.items():
            not_twice(row, column, seen, self.problems)
        date = self.documents.get(row["document"])
        if date is None:
            expected = f"one of {', '.join(self.documents)}"
            row.wrong(self.problems, "document", "unknown document", expected=expected)
        elif row["date"] != date:
            row.wrong(self.problems, "date", "not the document's date", expected=f"{date}, as in its row")

    def _texts(self, row: Row) -> None:
        for column in COLUMNS:
            if column not in _MAY_BE_EMPTY | {"id", "document", "date"} and not row[column].strip():
                row.wrong(self.problems, column, "empty", expected="a text")
        if row["as_of"] and not AS_OF.fullmatch(row["as_of"]):
            expected = "such as 2019-10, 2015..2019-07 or 2019-10 or 2019-07"
            row.wrong(self.problems, "as_of", "not a date or period", expected=expected)

    def _closed_lists(self, row: Row) -> None:
        for column, closed in (
            ("precision", tuple(Precision)),
            ("kind", tuple(Kind)),
            ("unit", sorted(UNITS)),
        ):
            if row[column] and row[column] not in closed:
                what = f"unknown {column}{did_you_mean(row[column], closed)}"
                row.wrong(self.problems, column, what, expected=f"one of {', '.join(closed)}")

    def _numbers(self, row: Row) -> Numbers:
        numbers: Numbers = {}
        for column in NUMBERS:
            try:
                numbers[column] = parse_number(row[column])
            except ValueError:
                expected = "digits, with a point for decimals and no sign for thousands"
                row.wrong(self.problems, column, "not a number", expected=expected)
        return numbers

    def _wording(self, row: Row, numbers: Numbers) -> None:
        precision, date = Precision(row["precision"]), row["unit"] == DATE
        if precision is Precision.NONE or date:
            for column in NUMBERS:
                if row[column]:
                    what = f"a date has no {column}" if date else f"a claim of precision n/a has no {column}"
                    row.wrong(self.problems, column, what, expected="an empty cell")
        elif precision is Precision.BETWEEN:
            if row["value"]:
                row.wrong(self.problems, "value", "two numbers are named", expected="an empty cell")
            for column in ("low", "high"):
                if not row[column]:
                    row.wrong(self.problems, column, "empty", expected="the number that is named")
        elif numbers["value"] is None:
            expected = f"a number, as the precision is {precision}"
            row.wrong(self.problems, "value", "empty", expected=expected)
        if precision is not Precision.NONE:
            for column in ("reason", "reason_nl"):
                if not row[column].strip():
                    row.wrong(self.problems, column, "empty", expected="why the interval is this one")

    def _order(self, row: Row, numbers: Numbers) -> None:
        value, low, high = (numbers[column] for column in NUMBERS)
        if low is not None and high is not None and low > high:
            row.wrong(self.problems, "low", "above high", expected=f"{row['high']} at most")
        elif value is not None:
            # more than a hundred begins at 101, so there the value itself lies outside
            under = low is not None and value < low and row["precision"] != Precision.MORE_THAN
            if under or (high is not None and value > high):
                expected = f"{row['low'] or 'no limit'} to {row['high'] or 'no limit'}"
                row.wrong(self.problems, "value", "outside low..high", expected=expected)

    def _unit(self, row: Row, numbers: Numbers) -> None:
        unit = row["unit"]
        if not unit and any(number is not None for number in numbers.values()):
            row.wrong(self.problems, "unit", "empty", expected="the unit of the number")
        if unit == DATE and not re.fullmatch(DAY, row["as_of"]):
            row.wrong(self.problems, "as_of", "not one date", expected="YYYY-MM-DD, YYYY-MM or YYYY")
        for column, number in numbers.items():
            if unit == "year" and number is not None and not YEAR.fullmatch(row[column]):
                row.wrong(self.problems, column, "not a year", expected="a year of four digits")
            elif is_whole(unit) and isinstance(number, float):
                row.wrong(self.problems, column, f"not a whole number of {unit}", expected="a whole number")

    def _derivation(self, row: Row) -> None:
        try:
            derived = derivation.parse(row["derivation"])
        except DataError as error:
            row.wrong(self.problems, "derivation", str(error), got="")
            return
        for name in dict.fromkeys(name for one in derived for name in one.ids):
            if name not in self.ids:
                what = f"unknown claim {name}{did_you_mean(name, self.ids)}"
                row.wrong(self.problems, "derivation", what)


def read_claims(path: Path) -> dict[str, Claim]:
    """Read a file of claims; the ``documents.csv`` beside it names the documents.

    Parameters
    ----------
    path
        A CSV with the columns of :class:`Claim`.

    Returns
    -------
    dict
        Claims by id, in the order of the file.

    Raises
    ------
    DataError
        With every problem in the file, one line each: ``claims.csv:12: L042.value: not a number ...``.
    """
    documents = load_documents(path.with_name("documents.csv"))
    problems = Problems()
    rows = read_rows(path, COLUMNS, problems)
    dates = {name: document.date for name, document in documents.items()}
    guard = Guard(problems, dates, frozenset(row["id"] for row in rows))
    found = [guard.claim(row) for row in rows]
    problems.raise_if_any(DataError)
    return {claim.id: claim for claim in found if claim is not None}
