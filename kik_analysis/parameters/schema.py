"""A JSON Schema of scenario files, generated from the catalogue: editors complete keys and show meanings.

``python -m kik_analysis.parameters.schema`` writes ``params/schema/scenario.schema.json``; a test holds the
file equal to what this module generates. The schema is a help while typing: bounds between parameters and
overlaps of changes are checked by ``kik check``.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from kik_analysis import project
from kik_analysis.parameters.catalogue import Catalogue, Entry, catalogue
from kik_analysis.parameters.files import FORMAT
from kik_analysis.parameters.origins import CONFIDENCES
from kik_analysis.parameters.shapes import OTHER, RANGE

PLACE = ("schema", "scenario.schema.json")
DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
Schema = dict[str, Any]

_METADATA: Schema = {
    "source": {"$ref": "#/definitions/source"},
    "confidence": {"$ref": "#/definitions/confidence"},
    "note": {"$ref": "#/definitions/note"},
}
_TEXT: Schema = {"type": "string", "minLength": 1}


def schema(book: Catalogue) -> Schema:
    """Return the JSON Schema (draft 7) of scenario files for a catalogue."""
    sections = {section: _section(book, section) for section in book.sections}
    head: Schema = {
        "format": {"const": FORMAT},
        "kind": {"const": "scenario"},
        "title": {"anyOf": [_TEXT, _object({"nl": _TEXT, "en": _TEXT}, least=1)]},
        "reason": _TEXT,
        "note": _TEXT,
        "extends": {"type": "string", "minLength": 1, "description": "the file that this one changes"},
    }
    changes = {"type": "array", "items": {"anyOf": [_change(book, "set"), _change(book, "add")]}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario of Kansen in Kaart",
        "definitions": {
            "source": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
            "confidence": {"enum": list(CONFIDENCES)},
            "note": {"type": "string"},
            **{name: part for entry in book for name, part in _definitions(book, entry).items()},
        },
        **_object({**head, **sections, "changes": changes}),
    }


def schema_text() -> str:
    """Return the schema of the project's catalogue as the text of its file."""
    return json.dumps(schema(catalogue()), ensure_ascii=False, indent=1) + "\n"


def _object(properties: Schema, required: tuple[str, ...] = (), least: int = 0) -> Schema:
    result: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        result["required"] = list(required)
    if least:
        result["minProperties"] = least
    return result


def _section(book: Catalogue, section: str) -> Schema:
    entries = [entry for entry in book if entry.section == section]
    keys = {entry.name: {"$ref": f"#/definitions/{entry.path}"} for entry in entries}
    return {"anyOf": [_object(keys), {"type": "null"}]}


def _definitions(book: Catalogue, entry: Entry) -> Schema:
    """Return the shapes that one parameter has; those that repeat by name of their own."""
    atom = _atom(entry)
    ranged = [_range(atom)] if entry.numeric or entry.type == "date" else []
    amount: Schema = {"$ref": f"#/definitions/{entry.path}.amount"}
    parts: Schema = {f"{entry.path}.amount": {"anyOf": [atom, *ranged]}}
    dated = [_dated(amount)] if entry.dated else []
    shapes = [amount, *dated]
    if entry.keys:
        shapes = [_object({**dict.fromkeys(entry.keys, amount), **_METADATA}, least=1)]
    if entry.per_segment:
        cell: Schema = {"$ref": f"#/definitions/{entry.path}.cell"}
        parts[f"{entry.path}.cell"] = {"anyOf": [amount, *dated]}
        inside = _object(dict.fromkeys((*book.segments, OTHER), cell), least=1)
        shapes.append(_object({"per_segment": inside, **_METADATA}, ("per_segment",)))
    parts[f"{entry.path}.bare"] = {"anyOf": shapes}
    bare: Schema = {"$ref": f"#/definitions/{entry.path}.bare"}
    parts[entry.path] = {
        "title": f"{entry.title_nl} / {entry.title_en}",
        "description": _description(book, entry),
        "anyOf": [bare, _object({"value": bare, **_METADATA}, ("value",))],
    }
    return parts


def _description(book: Catalogue, entry: Entry) -> str:
    parts = [entry.meaning_nl, entry.meaning_en]
    words = (book.unit(entry).nl_many, book.unit(entry).en_many) if entry.unit else ("", "")
    if words[0]:
        parts.append(f"({words[0]} / {words[1]})")
    return "\n".join(parts)


def _atom(entry: Entry) -> Schema:
    match entry.type:
        case "number" | "whole":
            result: Schema = {"type": "integer" if entry.type == "whole" else "number"}
            if entry.minimum is not None and not isinstance(entry.minimum, datetime.date):
                result["minimum"] = _number(entry.minimum)
            if entry.maximum is not None and not isinstance(entry.maximum, datetime.date):
                result["maximum"] = _number(entry.maximum)
            return result
        case "date":
            return {"type": "string", "pattern": DATE}
        case "switch":
            return {"type": "boolean"}
        case "order":
            count = len(entry.choices)
            items: Schema = {"enum": list(entry.choices)}
            return {
                "type": "array",
                "items": items,
                "uniqueItems": True,
                "minItems": count,
                "maxItems": count,
            }
        case _:
            return {"enum": list(entry.choices)}


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _range(atom: Schema) -> Schema:
    return _object({**dict.fromkeys(RANGE, atom), **_METADATA}, RANGE)


def _dated(amount: Schema) -> Schema:
    result = _object({**_METADATA}, least=1)
    result["patternProperties"] = {DATE: amount}
    return result


def _change(book: Catalogue, action: str) -> Schema:
    paths = [e.path for e in book if e.dated and (action == "set" or e.numeric)]
    date: Schema = {"type": "string", "pattern": DATE}
    given = "to" if action == "set" else "amount"
    properties = {action: {"enum": paths}, given: {}, "from": date, "until": date, **_METADATA}
    return _object(properties, (action, given, "from"))


def main() -> None:
    """Write the schema beside the parameters."""
    path = project.params(*PLACE)
    path.parent.mkdir(exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
