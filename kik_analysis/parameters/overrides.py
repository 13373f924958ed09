"""Values given in a call or with ``--set``: read by the rules of files, and owned by whoever gave them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from numbers import Integral, Real
from typing import Any

from kik_analysis.errors import ParameterError
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.files import Layer, reader_for
from kik_analysis.parameters.remarks import Remark, renamed
from kik_analysis.parameters.values import Value
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import Place, Problems, name, shown
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence

OVERRIDES = "override"


def overrides_layer(overrides: Any, problems: Problems) -> Layer:
    """Return values given in a call, by path, as a layer of their own.

    ``overrides``: path to a value: a number, text, date, list, or a dictionary with one of the five shapes.
    ``problems``: receives what is wrong. ParameterError when ``overrides`` is no dictionary.
    """
    if not isinstance(overrides, AnyMapping):
        got = f"got {shown(overrides)}; expected " + "{'team.fte': 12}"
        raise ParameterError(f"overrides: not a dictionary of paths and values ({got})")
    reader = reader_for(OVERRIDES, problems)
    values: dict[str, Value] = {}
    remarks: list[Remark] = []
    old_names = vocabulary.renamed(reader.catalogue.folder)
    for path, given in overrides.items():
        node = given if isinstance(given, Scalar | Sequence | Mapping) else _node(given)
        what, expected = "", ""
        if node is None:
            what = f"a value of type {type(given).__name__} cannot be used"
            expected = "a number, text, date or dictionary"
        elif (paths := old_names.get(path, (path,)))[0] not in reader.catalogue:
            reason = vocabulary.why_refused(reader.catalogue.folder, str(path))
            hint = reader.catalogue.did_you_mean(str(path))
            what = f"not a parameter: {reason}" if reason else f"unknown parameter{hint}"
        else:
            remarks += [renamed(path, paths, OVERRIDES)] if path in old_names else []
            for one in paths:
                key = Scalar(one, one, OVERRIDES, 0, 0)
                value = reader.read(reader.catalogue[one], node, one, place=key)
                values |= {one: value} if value is not None else {}
        if what:
            problems.add(Place(OVERRIDES), what, key=name(str(path)), expected=expected)
    return Layer(OVERRIDES, OVERRIDES, values, remarks=tuple(remarks))


def _node(value: Any, depth: int = 0) -> Node | None:
    """Return a Python value as a node of a file; None for what no file can hold."""
    if depth > yaml.DEPTH_LIMIT or isinstance(value, datetime.datetime | bytes):
        return None
    if not isinstance(value, bool) and isinstance(value, Integral):
        value = int(value)
    elif not isinstance(value, bool) and isinstance(value, Real):
        number = float(value)
        value = number if abs(number) < float("inf") else str(number)  # not a number is text as well
    if value is None or isinstance(value, bool | str | int | float | datetime.date):
        return Scalar(value, str(value), OVERRIDES, 0, 0)
    if isinstance(value, AnyMapping):
        keys = [_node(key, depth + 1) for key in value]
        below = [_node(inner, depth + 1) for inner in value.values()]
        pairs = [(k, v) for k, v in zip(keys, below, strict=True) if isinstance(k, Scalar) and v is not None]
        return Mapping(tuple(pairs), OVERRIDES, 0, 0) if len(pairs) == len(keys) else None
    if isinstance(value, AnySequence):
        items = [node for item in value if (node := _node(item, depth + 1)) is not None]
        return Sequence(tuple(items), OVERRIDES, 0, 0) if len(items) == len(value) else None
    return None


def parse_assignment(text: str, problems: Problems) -> dict[str, Node]:
    """Return ``team.fte=12``, as given to ``--set``, as path and value, by the rules of files."""
    path, sign, given = text.partition("=")
    place = Place("--set")
    if not sign or not path.strip():
        expected = "PATH=VALUE, as team.fte=12"
        problems.add(place, "not an assignment", got=shown(text), expected=expected)
        return {}
    before = len(problems)
    node = yaml.parse_value(given, "--set", problems)
    if node is None and len(problems) == before:
        problems.add(place, "no value is given", key=name(path.strip()), expected="PATH=VALUE")
    return {path.strip(): node} if node is not None else {}
