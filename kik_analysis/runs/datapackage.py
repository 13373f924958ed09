"""``tables/datapackage.json``: every CSV of a result described as a Frictionless Tabular Data Package.

The description comes from the same columns that fix the tables, so it cannot differ from them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kik_analysis import __version__
from kik_analysis.evidence.table import Column, Table
from kik_analysis.language import sentences
from kik_analysis.reading.storage import file_digest
from kik_analysis.report.publish import read_all

FILE = "datapackage.json"
_TYPES = {"text": "string", "whole": "integer", "decimal": "number", "date": "date", "boolean": "boolean"}


def _field(table: Table, column: Column) -> dict[str, Any]:
    keys = (f"tables.{table.name}.{column.name}", f"tables.column.{column.name}")
    titles = [sentences.template(key, "en") for key in keys if sentences.has(key)]
    found: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind]}
    found["title"] = (titles or [column.name])[0]
    if column.numeric:
        found |= {"unit": column.unit, "evidence": str(column.evidence)}
    return found | ({"constraints": {"required": True}} if column.name in table.key else {})


def write(staging: Path) -> None:
    """Write the description of all tables that notebooks published into a staging folder, beside them."""
    tables: dict[str, Any] = {}
    for stored in read_all(staging):
        table = stored.table
        if table is None or table.name in tables:
            continue
        path = staging / "tables" / f"{table.name}.csv"
        tables[table.name] = {
            "name": table.name.replace("_", "-"),
            "path": path.name,
            "profile": "tabular-data-resource",
            "title": stored.texts["en"]["title"].plain,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": path.stat().st_size,
            "hash": f"sha256:{file_digest(path)}",
            "schema": {
                "fields": [_field(table, column) for column in table.columns],
                "primaryKey": list(table.key),
                "missingValues": [""],
            },
        }
    whole = {
        "name": "kansen-in-kaart",
        "profile": "tabular-data-package",
        "title": "Kansen in Kaart: tables",
        "version": __version__,
        "licenses": [{"name": "EUPL-1.2", "title": "European Union Public Licence 1.2"}],
        "resources": [tables[name] for name in sorted(tables)],
    }
    content = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    (staging / "tables" / FILE).write_text(content, encoding="utf-8", newline="\n")
