"""A JSON Schema of identification files, generated from the reader's own lists: help while typing.

``python -m kik_analysis.facts.identification_schema`` writes ``params/schema/identification.schema.json``;
a test holds the file equal to what this module generates. Names that have to exist are checked by
``kik check``.
"""

from __future__ import annotations

import json
from typing import Any, get_args

from kik_analysis import project
from kik_analysis.facts.identification_file import FORMAT, KIND, NAME, UNITS
from kik_analysis.facts.identification_nodes import LANGUAGES, READINGS, RELATIONS
from kik_analysis.facts.statements import Side

PLACE = ("schema", "identification.schema.json")
Schema = dict[str, Any]
_WORDS: Schema = {"type": "string", "minLength": 1, "pattern": r"^[^0-9]*$"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_FORM: Schema = {"$ref": "#/definitions/form"}


def _object(properties: Schema, required: tuple[str, ...], description: str = "") -> Schema:
    shape: Schema = {"type": "object", "properties": properties, "required": list(required)}
    return {**shape, "additionalProperties": False} | ({"description": description} if description else {})


def _named(item: Schema) -> Schema:
    return {"type": "object", "patternProperties": {NAME.pattern.replace(r"\Z", "$"): item}} | {
        "additionalProperties": False
    }


def _statement(*, own: bool, claimed: bool) -> Schema:
    """Return the shape of a statement that may compare a form itself, name a claim, or either."""
    shapes = []
    if own:
        limits = {name: {"anyOf": [{"type": "number"}, _FORM]} for name in RELATIONS}
        some = [{"required": [name]} for name in RELATIONS]
        shapes.append({**_object({"of": _FORM, **limits}, ("of",)), "anyOf": some})
    if claimed:
        named: Schema = {
            "claim": {**_TEXT, "description": "id in claims.csv; its low and high hold for the form"},
            "of": _FORM,
            "per": {**_FORM, "description": "what a claimed share is a share of"},
            "side": {"enum": list(get_args(Side))},
            "reading": {"enum": list(READINGS)},
        }
        shapes.append(_object(named, ("claim", "of")))
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def schema() -> Schema:
    """Return the JSON Schema (draft 7) of identification files."""
    words = dict.fromkeys(LANGUAGES, _WORDS)
    flag = {"type": "boolean"}
    variable = _object({**words, "whole": flag, "signed": flag}, LANGUAGES)
    constraints = {"type": "array", "minItems": 1, "items": _statement(own=True, claimed=True)}
    assumption = _object(
        {**words, "why": _TEXT, "constraints": constraints, "on": flag}, (*LANGUAGES, "why", "constraints")
    )
    names = {"type": "array", "items": _TEXT}
    given = {"type": "array", "minItems": 1, "items": names}
    quantity = _object(
        {**words, "unit": {"enum": list(UNITS)}, "of": _FORM, "per": _FORM, "given": given},
        (*LANGUAGES, "unit", "of", "given"),
    )
    sections: Schema = {
        "format": {"const": FORMAT},
        "kind": {"const": KIND},
        "title": _object(dict(words), LANGUAGES),
        "extends": {**_TEXT, "description": "the file that this one adds to"},
        "variables": _named(variable),
        "definitions": {"type": "array", "items": _statement(own=True, claimed=False)},
        "claims": {"type": "array", "items": _statement(own=False, claimed=True)},
        "assumptions": _named(assumption),
        "quantities": _named(quantity),
    }
    factors = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number"}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Identification file of Kansen in Kaart",
        "definitions": {"form": {"anyOf": [_TEXT, factors]}},
        **_object(sections, ("format", "kind")),
    }


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the schema's file."""
    project.params(*PLACE).write_text(schema_text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
