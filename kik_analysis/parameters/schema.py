"""A JSON Schema of scenario files, generated from the catalogue: editors complete keys and show meanings.

``make docs`` writes it. The schema is a help while typing: bounds between parameters and overlaps of changes
are checked by ``kik check``.
"""

from collections.abc import Iterable
from typing import Any

from kik_analysis.parameters.catalogue import CONFIDENCES, Catalogue, Entry, plain, units
from kik_analysis.parameters.changes import ACTIONS
from kik_analysis.parameters.files import FORMAT
from kik_analysis.parameters.shapes import METADATA, OTHER, RANGE

PLACE = ("schema", "scenario.schema.json")
Schema = dict[str, Any]
_DATE: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_BESIDE: Schema = {word: {"$ref": f"#/definitions/{word}"} for word in METADATA}


def _mapping(properties: Schema, required: Iterable[str] = (), least: int = 0) -> Schema:
    """Return the schema of a mapping with these keys and no others."""
    result: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    result |= {"required": list(required)} if required else {}
    return result | ({"minProperties": least} if least else {})


def _value(properties: Schema, required: Iterable[str] = (), least: int = 0) -> Schema:
    """Return the schema of a value, beside which source, confidence and note may stand."""
    return _mapping({**properties, **_BESIDE}, required, least)


def schema(book: Catalogue) -> Schema:
    """Return the JSON Schema (draft 7) of scenario files for a catalogue."""
    words: Schema = {"anyOf": [_TEXT, _mapping({"nl": _TEXT, "en": _TEXT}, least=1)]}
    head: Schema = {
        "format": {"const": FORMAT},
        "kind": {"const": "scenario"},
        **dict.fromkeys(("title", "reason", "place", "district_team"), words),
        "source": {"$ref": "#/definitions/source"},
        "note": _TEXT,
        "baseline": {**_TEXT, "description": "the file that this one is compared with"},
        "published": {"const": "none", "description": "leave out what rests on the published history"},
        "extends": {"type": "string", "minLength": 1, "description": "the file that this one changes"},
    }
    shared: Schema = {
        "source": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
        "confidence": {"enum": list(CONFIDENCES)},
        "note": {"type": "string"},
    }
    sections: Schema = {section: {} for section in book.sections}
    for entry in book:
        shared |= _parameter(book, entry)
        sections[entry.section][entry.name] = {"$ref": f"#/definitions/{entry.path}"}
    named = {name: {"anyOf": [_mapping(keys), {"type": "null"}]} for name, keys in sections.items()}
    called: Schema = {"name": {"type": "string", "pattern": "^[A-Za-z_]+$"}}
    entries: list[Schema] = []
    for action, given in ACTIONS.items():
        paths = [e.path for e in book if e.dated and (action == "set" or e.numeric)]
        keys = {**called, action: {"enum": paths}, given: {}, "from": _DATE, "until": _DATE}
        entries.append(_value(keys, (action, given, "from")))
    entries.append(_value({**called, "drop": {"const": True}}, ("name", "drop")))
    changes = {"type": "array", "minItems": 1, "items": {"anyOf": entries}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario of Kansen in Kaart",
        "definitions": shared,
        **_mapping({**head, **named, "changes": changes}),
    }


def _parameter(book: Catalogue, entry: Entry) -> Schema:
    """Return the schemas of one parameter by name: of each shape that repeats, and of its own."""

    def part(word: str) -> Schema:
        return {"$ref": f"#/definitions/{entry.path}.{word}"}

    each: Schema = {"enum": list(entry.choices)}
    least, most = max(1, len(entry.choices) - 1), len(entry.choices)
    limits = (("minimum", entry.minimum), ("maximum", entry.maximum))
    given = {key: plain(limit) for key, limit in limits if isinstance(limit, int | float)}
    by_type: dict[str, Schema] = {
        "number": {"type": "number", **given},
        "whole": {"type": "integer", **given},
        "date": _DATE,
        "switch": {"type": "boolean"},
        "choice": each,
        "order": {"type": "array", "items": each, "uniqueItems": True, "minItems": least, "maxItems": most},
    }
    atom = by_type[entry.type]
    amounts = [atom, *([_value(dict.fromkeys(RANGE, atom), RANGE)] if entry.measured else [])]
    found: Schema = {f"{entry.path}.amount": {"anyOf": amounts}}
    ways = [part("amount")]
    if entry.keys:
        ways = [_value(dict.fromkeys(entry.keys, part("amount")), least=1)]
        ways += [{"enum": list(entry.keys)}] if entry.composition else []
    if entry.dated:
        each_day = {"anyOf": list(ways)} if entry.keys else part("amount")
        ways.append({**_value({}, least=1), "patternProperties": {_DATE["pattern"]: each_day}})
    if entry.per_segment:
        found[f"{entry.path}.cell"] = {"anyOf": list(ways)}
        cells = _mapping(dict.fromkeys((*book.segments, OTHER), part("cell")), least=1)
        ways.append(_value({"per_segment": cells}, ("per_segment",)))
    found[f"{entry.path}.bare"] = {"anyOf": ways}
    unit = units()[entry.unit] if entry.unit else None
    said = [f"({unit.nl_many} / {unit.en_many})"] if unit and unit.nl_many else []
    found[entry.path] = {
        "title": f"{entry.title_nl} / {entry.title_en}",
        "description": "\n".join([entry.meaning_nl, entry.meaning_en, *said]),
        "anyOf": [part("bare"), _value({"value": part("bare")}, ("value",))],
    }
    return found
