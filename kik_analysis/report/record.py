"""What a notebook hands over to the report: one exhibit as JSON, written there and read here."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kik_analysis.errors import RunError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table
from kik_analysis.figures.exhibit import PARTS, Exhibit
from kik_analysis.language import notation
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text

FOLDER = "exhibits"


@dataclass(frozen=True)
class Stored:
    """An exhibit as a notebook published it.

    Attributes
    ----------
    name, key, notebook, order
        Name of its files, prefix of its sentences, stem of its notebook, place within it (from one).
    drawn
        True when it has a figure.
    texts
        Its sentences: ``texts[lang][part]``.
    numbers
        The named numbers in its sentences and labels.
    known
        Dates and names with digits that its sentences may show: ``known[lang]``.
    table
        The data behind it, or None.
    """

    name: str
    key: str
    notebook: str
    order: int
    drawn: bool
    texts: Mapping[Lang, Mapping[str, Text]]
    numbers: tuple[Number, ...]
    known: Mapping[Lang, tuple[str, ...]]
    table: Table | None


def _text(text: Text) -> dict[str, Any]:
    return {"plain": text.plain, "html": text.html, "numbers": list(text.numbers)}


def _table(table: Table) -> dict[str, Any]:
    rows = [
        [value.isoformat() if isinstance(value, datetime.date) else value for value in row]
        for row in (table.frame.iter_rows() if table.place != "file" else ())
    ]
    return {
        "name": table.name,
        "columns": [dataclasses.asdict(column) for column in table.columns],
        "rows": rows,
        "key": list(table.key),
        "reads": list(table.reads),
        "computation": table.computation,
        "place": table.place,
        "exceptions": [[row, column, str(kind)] for (row, column), kind in table.exceptions.items()],
        "prose": [
            [row, column, {"plain": one.plain, "html": one.html, "numbers": list(one.numbers)}]
            for (row, column), one in table.prose.items()
        ],
    }


def _known(exhibit: Exhibit, lang: Lang) -> list[str]:
    dates = [notation.date(one, lang) for one in exhibit.words.values() if isinstance(one, datetime.date)]
    return dates + [one.text for one in exhibit.words.values() if isinstance(one, Ref)]


def as_json(exhibit: Exhibit, notebook: str, order: int) -> str:
    """Return an exhibit as JSON text: sentences in both languages, numbers, typed rows."""
    record = {
        "name": exhibit.name,
        "key": exhibit.key,
        "notebook": notebook,
        "order": order,
        "drawn": exhibit.draw is not None,
        "texts": {lang: {part: _text(exhibit.text(part, lang)) for part in PARTS} for lang in LANGUAGES},
        "numbers": [number.as_json() for number in exhibit.numbers.values()],
        "known": {lang: _known(exhibit, lang) for lang in LANGUAGES},
        "table": _table(exhibit.table) if exhibit.table is not None else None,
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def _restore_text(record: Mapping[str, Any]) -> Text:
    return Text(record["plain"], record["html"], tuple(record["numbers"]))


def _restore_table(record: Mapping[str, Any]) -> Table:
    import polars as pl

    columns = tuple(Column(**{**one, "evidence": Evidence(one["evidence"])}) for one in record["columns"])
    types: dict[str, Any] = {
        "text": pl.String,
        "whole": pl.Int64,
        "decimal": pl.Float64,
        "boolean": pl.Boolean,
        "date": pl.Date,
    }
    series = []
    for place, column in enumerate(columns):
        values = [row[place] for row in record["rows"]]
        if column.kind == "date":
            values = [datetime.date.fromisoformat(value) if value else None for value in values]
        series.append(pl.Series(column.name, values, dtype=types[column.kind]))
    return Table(
        name=record["name"],
        frame=pl.DataFrame(series),
        columns=columns,
        key=tuple(record["key"]),
        reads=tuple(record["reads"]),
        computation=record["computation"],
        place=record["place"],
        exceptions={(row, column): Evidence(kind) for row, column, kind in record["exceptions"]},
        prose={(row, column): _restore_text(one) for row, column, one in record["prose"]},
    )


def read(path: Path) -> Stored:
    """Return the exhibit that a file holds.

    Raises
    ------
    RunError
        When the file is not what :func:`as_json` writes.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Stored(
            name=record["name"],
            key=record["key"],
            notebook=record["notebook"],
            order=record["order"],
            drawn=record["drawn"],
            texts={
                lang: {part: _restore_text(one) for part, one in record["texts"][lang].items()}
                for lang in LANGUAGES
            },
            numbers=tuple(Number.from_json(one) for one in record["numbers"]),
            known={lang: tuple(record["known"][lang]) for lang in LANGUAGES},
            table=_restore_table(record["table"]) if record["table"] is not None else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        place = f"{FOLDER}/{path.parent.name}/{path.name}"
        raise RunError(f"{place}: no exhibit as publish writes it ({error!r})") from None


def read_all(staging: Path) -> tuple[Stored, ...]:
    """Return all exhibits in a staging folder, by notebook and by order within it."""
    paths = sorted((staging / FOLDER).glob("*/*.json"))
    return tuple(sorted((read(path) for path in paths), key=lambda one: (one.notebook, one.order, one.name)))
