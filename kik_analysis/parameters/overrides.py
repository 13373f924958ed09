"""Values given in a call or with ``--set``: read by the rules of files, and owned by whoever gave them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from numbers import Integral, Real

from kik_analysis.parameters.files import Layer, reader_for
from kik_analysis.parameters.values import Value
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import Place, Problems, name, shown
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence

OVERRIDES = "override"


def overrides_layer(overrides: AnyMapping[str, object], problems: Problems, base: str = OVERRIDES) -> Layer:
    """Return values given in a call, by path, as a layer of their own.

    Parameters
    ----------
    overrides
        Path to a value: a number, text, date, list, or a dictionary with one of the five shapes.
    problems
        Receives what is wrong.
    base
        How messages and results name the place.
    """
    reader = reader_for(base, problems)
    values: dict[str, Value] = {}
    for path, given in overrides.items():
        key = Scalar(str(path), str(path), base, 0, 0)
        node = given if isinstance(given, Scalar | Sequence | Mapping) else to_node(given, base)
        if node is None:
            what = f"a value of type {type(given).__name__} cannot be used"
            problems.add(
                Place(base), what, key=name(str(path)), expected="a number, text, date or dictionary"
            )
        elif path not in reader.catalogue:
            near = reader.catalogue.nearest(str(path))
            hint = f"; did you mean {near}?" if near else ""
            problems.add(Place(base), f"unknown parameter{hint}", key=name(str(path)))
        else:
            value = reader.read(reader.catalogue[path], node, path, place=key)
            if value is not None:
                values[path] = value
    return Layer(base, base, values, (), ("", ""))


def to_node(value: object, file: str, depth: int = 0) -> Node | None:
    """Return a Python value as a node of a file; None for what no file can hold."""
    if depth > yaml.DEPTH_LIMIT:
        return None
    if isinstance(value, Value):
        return None
    if value is None or isinstance(value, bool | str):
        return Scalar(value, str(value), file, 0, 0, quoted=False)
    if isinstance(value, datetime.datetime):
        return None
    if isinstance(value, datetime.date):
        return Scalar(value, value.isoformat(), file, 0, 0)
    if isinstance(value, Integral):
        return Scalar(int(value), str(int(value)), file, 0, 0)
    if isinstance(value, Real):
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            return Scalar(str(number), str(number), file, 0, 0)
        return Scalar(number, repr(number), file, 0, 0)
    if isinstance(value, AnyMapping):
        pairs = [(to_node(k, file, depth + 1), to_node(v, file, depth + 1)) for k, v in value.items()]
        if any(not isinstance(k, Scalar) or v is None for k, v in pairs):
            return None
        return Mapping(tuple((k, v) for k, v in pairs if isinstance(k, Scalar) and v is not None), file, 0, 0)
    if isinstance(value, AnySequence):
        items = [to_node(item, file, depth + 1) for item in value]
        return None if None in items else Sequence(tuple(i for i in items if i is not None), file, 0, 0)
    return None


def parse_assignment(text: str, problems: Problems) -> dict[str, Node]:
    """Return ``team.fte=12``, as given to ``--set``, as path and value, by the rules of files."""
    path, sign, given = text.partition("=")
    if not sign or not path.strip():
        problems.add(
            Place("--set"), "not an assignment", got=shown(text), expected="PATH=VALUE, as team.fte=12"
        )
        return {}
    before = len(problems)
    node = yaml.parse_value(given, "--set", problems)
    if node is None:
        if len(problems) > before:
            return {}
        problems.add(Place("--set"), "no value is given", key=name(path.strip()), expected="PATH=VALUE")
        return {}
    return {path.strip(): node}
