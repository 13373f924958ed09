"""A JSON Schema of scenario files, generated from the catalogue: editors complete keys and show meanings.

``python -m kik_analysis.parameters.schema`` writes ``params/schema/scenario.schema.json``; a test holds the
file equal to what this module generates. The schema is a help while typing: bounds between parameters and
overlaps of changes are checked by ``kik check``.
"""

from __future__ import annotations

import json

from kik_analysis import project
from kik_analysis.parameters.catalogue import Catalogue, Entry, catalogue
from kik_analysis.parameters.changes import change_schemas
from kik_analysis.parameters.header import FORMAT
from kik_analysis.parameters.shapes import DATE, Schema, definitions, mapping_schema
from kik_analysis.parameters.vocabulary import CONFIDENCES

PLACE = ("schema", "scenario.schema.json")
_TEXT: Schema = {"type": "string", "minLength": 1}


def schema(book: Catalogue) -> Schema:
    """Return the JSON Schema (draft 7) of scenario files for a catalogue."""
    words: Schema = {"anyOf": [_TEXT, mapping_schema({"nl": _TEXT, "en": _TEXT}, least=1)]}
    head: Schema = {
        "format": {"const": FORMAT},
        "kind": {"const": "scenario"},
        "title": words,
        "reason": words,
        "source": {"$ref": "#/definitions/source"},
        "note": _TEXT,
        "baseline": {**_TEXT, "description": "the file that this one is compared with"},
        "published": {"const": "none", "description": "leave out what rests on the published history"},
        "place": words,
        "district_team": words,
        "extends": {"type": "string", "minLength": 1, "description": "the file that this one changes"},
    }
    changes = {"type": "array", "minItems": 1, "items": {"anyOf": change_schemas(book)}}
    shared: Schema = {
        "source": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
        "confidence": {"enum": list(CONFIDENCES)},
        "note": {"type": "string"},
    }
    for entry in book:
        found, ways = definitions(book, entry, _atom(entry))
        title = f"{entry.title_nl} / {entry.title_en}"
        shared |= found
        shared[entry.path] = {"title": title, "description": _description(book, entry), "anyOf": ways}
    sections = {section: _section(book, section) for section in book.sections}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario of Kansen in Kaart",
        "definitions": shared,
        **mapping_schema({**head, **sections, "changes": changes}),
    }


def schema_text() -> str:
    """Return the schema of the project's catalogue as the text of its file."""
    return json.dumps(schema(catalogue()), ensure_ascii=False, indent=1) + "\n"


def _section(book: Catalogue, section: str) -> Schema:
    keys = {e.name: {"$ref": f"#/definitions/{e.path}"} for e in book if e.section == section}
    return {"anyOf": [mapping_schema(keys), {"type": "null"}]}


def _description(book: Catalogue, entry: Entry) -> str:
    unit = book.unit(entry) if entry.unit else None
    words = [f"({unit.nl_many} / {unit.en_many})"] if unit and unit.nl_many else []
    return "\n".join([entry.meaning_nl, entry.meaning_en, *words])


def _atom(entry: Entry) -> Schema:
    """Return the schema of one value of a parameter."""
    count = len(entry.choices)
    each: Schema = {"enum": list(entry.choices)}
    listed = {
        "type": "array",
        "items": each,
        "uniqueItems": True,
        "minItems": max(1, count - 1),
        "maxItems": count,
    }
    limits = {"minimum": entry.minimum, "maximum": entry.maximum}
    given = {key: _number(value) for key, value in limits.items() if isinstance(value, int | float)}
    by_type: dict[str, Schema] = {
        "number": {"type": "number", **given},
        "whole": {"type": "integer", **given},
        "date": {"type": "string", "pattern": DATE},
        "switch": {"type": "boolean"},
        "choice": each,
        "order": listed,
    }
    return by_type[entry.type]


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def main() -> None:
    """Write the schema beside the parameters."""
    path = project.params(*PLACE)
    path.parent.mkdir(exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
