"""Rows of a CSV file of ours, each with its line, and every problem in it at once."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kik_analysis.errors import DataError

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
DAY = r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"


@dataclass
class Problems:
    """Collects what is wrong with a file; the lines come out in the order of the file."""

    file: str
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, key: str, what: str, got: str = "", expected: str = "") -> None:
        """Add one problem: where, what is wrong, what stands there, what may stand there."""
        sides = [f"got {_short(got)}"] if got else []
        sides += [f"expected {expected}"] if expected else []
        tail = f" ({'; '.join(sides)})" if sides else ""
        self._found.append((line, f"{self.file}:{line}: {key}: {what}{tail}"))

    def raise_any(self) -> None:
        """Raise all problems found so far as one DataError; do nothing when there are none."""
        if self._found:
            raise DataError(text for _, text in sorted(self._found, key=lambda one: one[0]))


@dataclass(frozen=True)
class Row:
    """One row: its line in the file and its cells by column name."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean NAME?`` for the nearest known name, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name}: not UTF-8 text (byte {error.start}); save the file as UTF-8"
        ) from None


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
        header = tuple(next(reader, ()))
        if header != columns:
            _header(header, columns, problems)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(columns):
                rows.append(Row(line, dict(zip(columns, cells, strict=True))))
            else:
                name = cells[0] if cells and cells[0] else "row"
                problems.add(line, name, "wrong number of cells", str(len(cells)), str(len(columns)))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(reader.line_num, "row", f"not readable as CSV: {error}")
        problems.raise_any()
    return rows


def _header(header: tuple[str, ...], columns: tuple[str, ...], problems: Problems) -> None:
    for name in columns:
        if name not in header:
            problems.add(1, name, "missing column", "", f"the columns {', '.join(columns)}")
    for name in header:
        if name not in columns:
            problems.add(1, name or "(empty)", f"unknown column{nearest(name, columns)}")
        elif header.count(name) > 1:
            problems.add(1, name, "column stands there twice")
    if set(header) == set(columns) and len(header) == len(columns):
        problems.add(1, "columns", "in another order", ", ".join(header), ", ".join(columns))
    problems.raise_any()


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
