"""The one reader of small CSV tables: rows with their line, or records with a rule for each column.

What is wrong goes to one collector. A table is UTF-8 (a byte order mark is no mistake), has commas, and its
first line names exactly the columns that are asked for.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from kik_analysis.errors import DataError
from kik_analysis.reading import storage
from kik_analysis.reading.problems import Place, Problems, did_you_mean, name, shown, thousands

SIZE_LIMIT = 50_000_000
DIGITS_LIMIT = 40
QUANTITIES = {"value", "low", "central", "high", "min", "max"}  # whatever the table
EMPTY_END = re.compile(r"\r?\n[,\s]*\Z")  # Excel leaves rows of commas after the last one
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
DAY = r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
"""A date, a month or a year in ISO notation."""

T = TypeVar("T")
Rule = Callable[[str], Any]
"""Makes a cell a value; raises :class:`WrongCell` when it cannot be one."""
Wrong = Iterator[tuple[str, str, str]]
"""What is wrong in a row: column, what, and what is expected."""


class WrongCell(ValueError):  # noqa: N818
    """A cell that a rule refuses: what is wrong, what may stand there, and what did (by default the cell)."""

    def __init__(self, what: str, expected: str = "", got: str | None = None) -> None:
        self.what, self.expected, self.got = what, expected, got
        super().__init__(what)


@dataclass(frozen=True)
class Row(Place):
    """One row: where it stands, its cells by column name, and how messages name it."""

    cells: dict[str, str] = field(default_factory=dict)
    label: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(
        self, problems: Problems, column: str, what: str, *, got: str | None = None, expected: str = ""
    ) -> None:
        """Add a problem with one cell; ``got`` is the cell unless given."""
        label = self.label or self.cells.get("id", "")
        cell = self.cells.get(column, "") if got is None else got
        key = f"{name(label)}.{column}" if label else column
        problems.add(self, what, key=key, got=shown(cell) if cell else "", expected=expected)


def read_rows(
    path: Path, columns: tuple[str, ...], problems: Problems, *, shown_as: str = "", key: str = ""
) -> list[Row]:
    """Return the rows of a CSV file with exactly these columns, in this order.

    ``path``: the file: UTF-8, comma, first line the column names. ``columns``: the names the file must have.
    ``problems``: receives rows with too few or too many cells; these are left out of the result.
    ``shown_as``: how messages name the file; by default its name. ``key``: the column by which messages name
    a row; by default ``id`` where there is one. DataError when the file cannot be read or its columns are not
    these: no row can then be judged.
    """
    file = shown_as or path.name
    text = storage.read_text(path, file, problems, SIZE_LIMIT)
    if text is None:
        problems.raise_if_any(DataError)
    reader = csv.reader(io.StringIO(EMPTY_END.sub("\n", text or ""), newline=""), strict=True)
    rows: list[Row] = []
    try:
        _header(file, tuple(next(reader, ())), columns, problems)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(columns):
                named = dict(zip(columns, cells, strict=True))
                label = ".".join(named.get(part, "") for part in key.split("."))
                rows.append(Row(file, line, 0, named, label))
                for column in columns if storage.hidden("".join(cells)) else QUANTITIES.intersection(columns):
                    if storage.hidden(cell := named[column]):
                        rows[-1].wrong(problems, column, "a character that cannot be seen; remove it")
                    elif column in QUANTITIES and (twofold := thousands(cell)):
                        rows[-1].wrong(problems, column, twofold)
            else:
                label = name(cells[0]) if cells and cells[0] else "row"
                got, expected = str(len(cells)), str(len(columns))
                place = Place(file, line)
                problems.add(place, "wrong number of cells", key=label, got=got, expected=expected)
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(Place(file, reader.line_num), f"not readable as CSV: {error}")
        problems.raise_if_any(DataError)
    return rows


def _header(file: str, header: tuple[str, ...], columns: tuple[str, ...], problems: Problems) -> None:
    place, expected = Place(file, 1), f"the columns {', '.join(columns)}"
    if len(header) == 1 < len(columns) and any(sign in header[0] for sign in ";\t"):
        sign = "semicolons" if ";" in header[0] else "tabs"
        problems.add(place, f"cells are separated by {sign}; save the file with commas", expected=expected)
    elif not header:
        problems.add(place, "the file is empty", expected=expected)
    elif 2 * len(set(header) & set(columns)) < len(columns):
        problems.add(place, "the first line does not name the columns", expected=expected)
    problems.raise_if_any(DataError)
    for column in columns:
        if column not in header:
            problems.add(place, "missing column", key=column, expected=expected)
    for column in dict.fromkeys(header):
        if column not in columns:
            problems.add(place, f"unknown column{did_you_mean(column, columns)}", key=name(column))
        elif header.count(column) > 1:
            problems.add(place, "column stands there twice", key=name(column))
    if not problems and header != columns:
        problems.add(place, "columns in another order", got=", ".join(header), expected=", ".join(columns))
    problems.raise_if_any(DataError)


def column(rule: Rule = str, name: str = "", **how: Any) -> Any:
    """Return the field of a record that is read from a column, by default the one of its own name."""
    return field(metadata={"rule": rule, "column": name}, **how)


def columns(record: type) -> tuple[str, ...]:
    """Return the columns of a record, in the order of the file."""
    return tuple(f.metadata["column"] or f.name for f in fields(record) if "rule" in f.metadata)


def read(
    path: Path,
    record: type[T],
    *,
    shown_as: str = "",
    key: str = "",
    label: str = "",
    unique: tuple[str | tuple[str, ...], ...] = (),
    check: Callable[[T], Wrong] | None = None,
) -> list[T]:
    """Return the rows of a table as records; DataError with one line for every cell that breaks its rule.

    ``path``, ``shown_as``: the file, and how messages name it. ``record``: a dataclass whose fields are
    declared with :func:`column`, in the order of the file; a field ``line`` receives the line. ``key``: the
    column that is filled, another in every row (as those in ``unique``, one by one or together), and that
    names a row in messages, unless ``label`` does. ``check``: what is wrong with a row whose cells are right.
    """
    problems, found = Problems(), []
    described = fields(record)  # type: ignore[arg-type]
    spec = {f.metadata["column"] or f.name: f for f in described if "rule" in f.metadata}
    lined = any(f.name == "line" for f in described)
    seen: dict[Any, int] = {}
    for row in read_rows(path, tuple(spec), problems, shown_as=shown_as, key=label or key):
        before, values = len(problems), {"line": row.line} if lined else {}
        for one in (key, *unique) if key else unique:
            together = one if isinstance(one, tuple) else (one,)
            cells = together, *(row[part] for part in together)
            if cells in seen:
                what = f"stands on line {seen[cells]} too"
                row.wrong(problems, together[-1], what, expected="one of its own")
            elif all(cells):
                seen[cells] = row.line
        for cell, part in spec.items():
            try:
                values[part.name] = part.metadata["rule"](filled(row[cell]) if cell == key else row[cell])
            except WrongCell as error:
                row.wrong(problems, cell, error.what, got=error.got, expected=error.expected)
        if len(problems) == before:
            found.append(record(**values))
            for cell, what, expected in check(found[-1]) if check else ():
                row.wrong(problems, cell, what, expected=expected)
    problems.raise_if_any(DataError)
    return found


def filled(text: str) -> str:
    """Return a cell that must hold something."""
    if not text.strip():
        raise WrongCell("empty", "a text")
    return text


def words(text: str) -> tuple[str, ...]:
    """Return the words of a cell, parted by spaces."""
    return tuple(text.split())


def one_of(*known: str, what: str = "not one of the words") -> Rule:
    """Return the rule of a cell that holds one of a few words."""

    def read_word(text: str) -> str:
        if text not in known:
            raise WrongCell(f"{what}{did_you_mean(text, known)}", f"one of {', '.join(known)}")
        return text

    return read_word


def matching(pattern: str | re.Pattern[str], what: str, expected: str) -> Rule:
    """Return the rule of a cell that has a pattern as a whole; an empty one is called that."""

    def read_text(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise WrongCell(what if text else "empty", expected)
        return text

    return read_text


def parse_number(text: str) -> int | float | None:
    """Return a cell as a number (point, no thousands sign), None for an empty cell.

    WrongCell for anything else; a ValueError.
    """
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise WrongCell("not a number", "digits, with a point for decimals and no sign for thousands")
    if len(text) > DIGITS_LIMIT:
        raise WrongCell(f"a number of {len(text)} characters is too long")
    return float(text) if "." in text else int(text)


def both_or_none(record: object, *names: str) -> Wrong:
    """Yield what is wrong when a text stands in one language only."""
    texts = {name: getattr(record, name).strip() for name in names}
    if any(texts.values()):
        missing: Iterable[str] = (name for name, text in texts.items() if not text)
        yield from ((name, "empty, while the other language is there", "a text") for name in missing)
