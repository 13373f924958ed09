"""Rows of a CSV file of ours, each with its line; what is wrong with the file goes to one collector."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from kik_analysis.errors import DataError
from kik_analysis.reading.problems import Place, Problems, did_you_mean, name, shown

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
DAY = r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
"""A date, a month or a year in ISO notation."""


@dataclass(frozen=True)
class Row:
    """One row: where it stands, and its cells by column name."""

    file: str
    line: int
    cells: dict[str, str]
    column: int = 0

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(
        self, problems: Problems, column: str, what: str, *, got: str | None = None, expected: str = ""
    ) -> None:
        """Add a problem with one cell; ``got`` is the cell unless given."""
        key = f"{name(self['id'])}.{column}" if self.cells.get("id") else column
        cell = self.cells.get(column, "") if got is None else got
        problems.add(self, what, key=key, got=shown(cell) if cell else "", expected=expected)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        message = f"{path.name}: not UTF-8 text (byte {error.start}); save the file as UTF-8"
        raise DataError(message) from None


def read_rows(path: Path, columns: tuple[str, ...], problems: Problems) -> list[Row]:
    """Return the rows of a CSV file with exactly these columns, in this order.

    Parameters
    ----------
    path
        The file: UTF-8, comma, first line the column names.
    columns
        The names the file must have.
    problems
        Receives rows with too few or too many cells; these are left out of the result.

    Raises
    ------
    DataError
        When the file cannot be read or its columns are not these: no row can then be judged.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[Row] = []
    try:
        _header(path.name, tuple(next(reader, ())), columns, problems)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(columns):
                rows.append(Row(path.name, line, dict(zip(columns, cells, strict=True))))
            else:
                key = name(cells[0]) if cells and cells[0] else "row"
                got, expected = str(len(cells)), str(len(columns))
                problems.add(
                    Place(path.name, line), "wrong number of cells", key=key, got=got, expected=expected
                )
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(Place(path.name, reader.line_num), f"not readable as CSV: {error}")
        problems.raise_if_any(DataError)
    return rows


def _header(file: str, header: tuple[str, ...], columns: tuple[str, ...], problems: Problems) -> None:
    place = Place(file, 1)
    for column in columns:
        if column not in header:
            expected = f"the columns {', '.join(columns)}"
            problems.add(place, "missing column", key=column, expected=expected)
    for column in dict.fromkeys(header):
        key = name(column)
        if column not in columns:
            problems.add(place, f"unknown column{did_you_mean(column, columns)}", key=key)
        elif header.count(column) > 1:
            problems.add(place, "column stands there twice", key=key)
    if not problems and header != columns:
        problems.add(place, "columns in another order", got=", ".join(header), expected=", ".join(columns))
    problems.raise_if_any(DataError)


def parse_number(text: str) -> int | float | None:
    """Return a cell as a number (point, no thousands sign), None for an empty cell.

    Raises
    ------
    ValueError
        For anything else.
    """
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text) if "." in text else int(text)


def both_or_none(row: Row, columns: tuple[str, str], problems: Problems) -> None:
    """Add a problem when a text stands in one language only."""
    if bool(row[columns[0]].strip()) != bool(row[columns[1]].strip()):
        missing = columns[0] if not row[columns[0]].strip() else columns[1]
        row.wrong(problems, missing, "empty, while the other language is there", expected="a text")


def not_twice(row: Row, column: str, seen: dict[str, int], problems: Problems) -> None:
    """Add a problem when an earlier row has the same cell; remember this one."""
    if row[column] in seen:
        row.wrong(problems, column, f"stands on line {seen[row[column]]} too", expected="one of its own")
    elif row[column]:
        seen[row[column]] = row.line
