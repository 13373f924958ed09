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
from kik_analysis.reading.storage import bytes_digest

FOLDER = "exhibits"


@dataclass(frozen=True)
class Stored:
    """An exhibit as a notebook published it.

    ``name``, ``key``, ``notebook``, ``order``: name of its files, prefix of its sentences, stem of its
    notebook, place within it (from one). ``drawings``, ``narrow``: its figure as a page shows it, by
    language: without what the page says in words; the same for a phone, where it fits there; else empty.
    ``texts``: its sentences: ``texts[lang][part]``. ``numbers``: the named numbers in its sentences and
    labels. ``dates``, ``names``: dates, and names with digits, that its sentences may show: ``dates[lang]``,
    ``names``. ``table``, ``csv``: the data behind it, or None (the rows of a table that stands in its CSV
    alone are left out); digest of the CSV, empty without a table.
    """

    name: str
    key: str
    notebook: str
    order: int
    drawings: Mapping[Lang, str]
    narrow: Mapping[Lang, str]
    texts: Mapping[Lang, Mapping[str, Text]]
    numbers: tuple[Number, ...]
    dates: Mapping[Lang, tuple[str, ...]]
    names: tuple[str, ...]
    table: Table | None
    csv: str

    @property
    def drawn(self) -> bool:
        """Tell whether it has a figure."""
        return bool(self.drawings)


def as_json(
    exhibit: Exhibit, notebook: str, order: int, drawings: Mapping[Lang, str], narrow: Mapping[Lang, str]
) -> str:
    """Return an exhibit as JSON text: sentences in both languages, numbers, typed rows."""
    words, table = exhibit.words.values(), exhibit.table
    days = [one for one in words if isinstance(one, datetime.date)]
    record = {
        "name": exhibit.name,
        "key": exhibit.key,
        "notebook": notebook,
        "order": order,
        "drawings": dict(drawings),
        "narrow": dict(narrow),
        "texts": {lang: {part: exhibit.text(part, lang) for part in PARTS} for lang in LANGUAGES},
        "numbers": list(exhibit.numbers.values()),
        "dates": {lang: [notation.date(day, lang) for day in days] for lang in LANGUAGES},
        "names": [one.text for one in words if isinstance(one, Ref)],
        "table": None,
        "csv": "",
    }
    if table is not None:
        made = {one.name: getattr(table, one.name) for one in dataclasses.fields(table)}
        made["frame"] = list(table.frame.iter_rows()) if table.place != "file" else []
        # JSON has no keys of two parts
        made |= {name: [[*cell, one] for cell, one in made[name].items()] for name in ("exceptions", "prose")}
        record |= {"table": made, "csv": bytes_digest(table.csv().encode())}
    return json.dumps(record, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else dataclasses.asdict(value)


def _text(record: Mapping[str, Any]) -> Text:
    return Text(record["plain"], record["html"], tuple(record["numbers"]))


def _table(record: dict[str, Any]) -> Table:
    import polars as pl

    columns = tuple(Column(**{**one, "evidence": Evidence(one["evidence"])}) for one in record["columns"])
    names = [column.name for column in columns]
    frame = pl.DataFrame(record["frame"], schema=names, orient="row", infer_schema_length=None)
    days = [one.name for one in columns if one.kind == "date" and frame[one.name].dtype == pl.String]
    made = {
        "columns": columns,
        # the table itself gives the other columns their types
        "frame": frame.with_columns(pl.col(days).str.to_date()),
        "key": tuple(record["key"]),
        "reads": tuple(record["reads"]),
        "exceptions": {(row, column): Evidence(kind) for row, column, kind in record["exceptions"]},
        "prose": {(row, column): _text(one) for row, column, one in record["prose"]},
    }
    return Table(**{**record, **made})


def read(path: Path) -> Stored:
    """Return the exhibit that a file holds.

    RunError when the file is not what :func:`as_json` writes.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        texts = record["texts"].items()
        made = {
            "texts": {lang: {part: _text(one) for part, one in parts.items()} for lang, parts in texts},
            "numbers": tuple(Number.from_json(one) for one in record["numbers"]),
            "table": _table(record["table"]) if record["table"] else None,
        }
        return Stored(**{**record, **made})
    except (KeyError, TypeError, ValueError) as error:
        place = f"{FOLDER}/{path.parent.name}/{path.name}"
        raise RunError(f"{place}: no exhibit as publish writes it ({error!r})") from None


def read_all(staging: Path) -> tuple[Stored, ...]:
    """Return all exhibits in a staging folder, by notebook and by order within it."""
    paths = sorted((staging / FOLDER).glob("*/*.json"))
    return tuple(sorted((read(path) for path in paths), key=lambda one: (one.notebook, one.order, one.name)))
