"""The five ways to write a value, resolved to one form: first the shape, then the numbers in it.

A plain value; ``{low, central, high}``; dates ``{2018-08-01: 9, ...}``; ``{per_segment: {..., other: ..}}``;
``{value: <one of these>, source, confidence, note}``. Source, confidence and note may stand beside any of
them. Values with named parts (``people.stock``) are written as those parts. Each shape that is written as a
mapping is one object: how to tell it, to read it, and to describe it to editors.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from kik_analysis.parameters.catalogue import Atom, Catalogue, Entry
from kik_analysis.parameters.hints import read_atom, wanted, written
from kik_analysis.parameters.origins import METADATA, Origins
from kik_analysis.parameters.values import ALL, Amount, Step, Steps, Value
from kik_analysis.reading.problems import Problems, did_you_mean, name, shown
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar, Sequence, shown_node

RANGE = ("low", "central", "high")
OTHER = "other"
DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
Cells = tuple[tuple[str, Steps], ...]
Schema = dict[str, Any]

_RANGE_FORM = "{low: .., central: .., high: ..}"
_BESIDE: Schema = {word: {"$ref": f"#/definitions/{word}"} for word in METADATA}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads values of one file."""

    catalogue: Catalogue
    origins: Origins
    problems: Problems

    def read(
        self,
        entry: Entry,
        node: Node,
        key: str,
        *,
        place: Scalar | None = None,
        undated: bool = False,
        metadata: Mapping | None = None,
    ) -> Value | None:
        """Return the value at ``node``, or None after adding what is wrong with it.

        ``entry``: the parameter. ``node``: what stands after its key. ``key``: the path in messages.
        ``place``: the key itself; its line is where the value was set. ``undated``: whether dates are refused
        (an amount in ``changes`` has its own). ``metadata``: where source, confidence and note stand when not
        beside the value (a change is one mapping with its value, dates and metadata).
        """
        if isinstance(node, Broken):
            return None
        before = len(self.problems)
        beside = node if isinstance(node, Mapping) else None
        inner: Node = node
        if beside is not None and "value" in beside:
            self.only(beside, ("value", *METADATA), key)
            inner = beside.get("value") or node
            for k, _ in inner if isinstance(inner, Mapping) else ():
                if k.text in METADATA:
                    self.problems.add(k, "stands inside value; put it beside value", key=f"{key}.{k.text}")
        cells = self.cells(entry, inner, key, undated)
        amounts = [step.amount for _, steps in cells or () for step in steps]
        exact = tuple(a.central for a in amounts) if cells and all(a.exact for a in amounts) else None
        sources = beside if metadata is None else metadata
        origin = self.origins.read(sources, place or node, key, unit=entry.unit, exact=exact)
        if cells is None or origin is None or len(self.problems) > before:
            return None
        owned = tuple((n, tuple(replace(step, origins=(origin,)) for step in steps)) for n, steps in cells)
        return Value(entry.path, entry.unit, owned, origin)

    def cells(self, entry: Entry, node: Node, key: str, undated: bool) -> Cells | None:
        """Read what stands there by the one shape that it has."""
        if isinstance(node, Broken):
            return None
        if isinstance(node, Scalar) and entry.composition and node.text in entry.keys:
            return _PARTS.whole(entry, node.text)
        if not isinstance(node, Mapping):
            return _RANGE.read(self, entry, node, key, undated)
        found = [shape for shape in SHAPES if shape.found_in(entry, node)]
        if len(found) == 1:
            return found[0].read(self, entry, node, key, undated)
        if found:
            what = f"two ways of writing a value in one: {' and '.join(shape.name for shape in found)}"
            self.problems.add(node, what, key=key, expected="one of them")
        else:
            self.shapeless(entry, node, key)
        return None

    def shapeless(self, entry: Entry, node: Mapping, key: str) -> None:
        """Say what is wrong with a mapping that has none of the known shapes."""
        strange = [k for k, _ in node if k.text not in METADATA]
        if not strange and not node.damaged:
            self.problems.add(node, "no value is given", key=key, expected=expected(entry))
        for k in strange:
            path = f"{key}.{name(k.text)}"
            if k.text in (*self.catalogue.segments, OTHER):
                what = "this parameter does not differ by segment"
                what = "segments stand under per_segment" if entry.per_segment else what
                self.problems.add(k, what, key=path, expected=expected(entry))
                return
            known = entry.keys or ("value", *RANGE, "per_segment")
            hint = did_you_mean(k.text, (*known, *METADATA), f"{key}.")
            elsewhere = self.catalogue.nearest(f"{entry.section}.{k.text}")
            if not hint and elsewhere:
                hint = f"; did you mean {elsewhere}, at its own level?"
            self.problems.add(k, f"unknown key{hint}", key=path, expected=expected(entry))

    def amount(self, entry: Entry, node: Node, key: str) -> Amount | None:
        """Read a plain value, or low, central and high."""
        if isinstance(node, Sequence) and len(node.items) == 3 and entry.numeric:
            what = f"not a list; write {_RANGE_FORM}"
            self.problems.add(node, what, key=key, got="a list")
            return None
        if not isinstance(node, Mapping):
            atom = read_atom(entry, node, key, self.problems)
            return None if atom is None else Amount(atom, atom, atom)
        if not entry.numeric and entry.type != "date":
            self.problems.add(node, "this parameter has no range", key=key, expected=wanted(entry))
            return None
        self.only(node, (*RANGE, *METADATA), key)
        for part in RANGE:
            if part not in node:
                self.problems.add(node, f"{part} is missing", key=key, expected=_RANGE_FORM)
        parts = [(part, node.get(part)) for part in RANGE]
        atoms = [read_atom(entry, n, f"{key}.{part}", self.problems) for part, n in parts if n is not None]
        right = [atom for atom in atoms if atom is not None]
        if len(right) < len(RANGE):
            return None
        if right != sorted(right):
            got = ", ".join(f"{part} {written(atom)}" for part, atom in zip(RANGE, right, strict=True))
            self.problems.add(node, "not in order", key=key, got=got, expected="low <= central <= high")
            return None
        return Amount(*right)

    def steps(self, entry: Entry, node: Node, key: str) -> Steps | None:
        """Read an amount that holds all the time."""
        amount = self.amount(entry, node, key)
        return (Step(None, amount),) if amount else None

    def named(
        self,
        node: Mapping,
        known: Iterable[str],
        key: str,
        word: str,
        cell: Callable[[Node, str], Steps | None],
    ) -> dict[str, Steps] | None:
        """Read the cells of a mapping by name; None when one is wrong or has an unknown name."""
        names = list(known)
        found: dict[str, Steps | None] = {}
        for k, inner in node:
            path = f"{key}.{name(k.text)}"
            if k.text in names:
                found[k.text] = cell(inner, path)
            elif word != "part" or k.text not in METADATA:
                found[k.text] = None
                what = f"unknown {word}{did_you_mean(k.text, names)}"
                self.problems.add(k, what, key=path, expected=", ".join(names))
        right = {n: steps for n, steps in found.items() if steps is not None}
        return right if len(right) == len(found) else None

    def only(self, node: Mapping, allowed: tuple[str, ...], key: str) -> None:
        """Refuse keys that do not belong to the shape; tell of a comma that was meant as a point."""
        previous: Node | None = None
        for k, inner in node:
            if k.text not in allowed:
                what = f"unknown key{did_you_mean(k.text, allowed)}"
                bare = isinstance(inner, Scalar) and inner.value is None
                if node.flow and isinstance(previous, Scalar) and bare:
                    if type(previous.value) is int and isinstance(k.value, int):
                        what = f"a comma separates; write {previous.text}.{k.text} for a decimal"
                    elif isinstance(previous.value, str):
                        what = "a comma separates; put a text that holds one in quotes"
                self.problems.add(k, what, key=f"{key}.{name(k.text)}", expected=", ".join(allowed))
            previous = inner


def expected(entry: Entry) -> str:
    """Return the ways in which a parameter may be written, in words."""
    if entry.keys:
        return "{" + ", ".join(f"{part}: .." for part in entry.keys) + "}"
    ways = [wanted(entry)]
    ways += [_RANGE_FORM] if entry.numeric or entry.type == "date" else []
    ways += ["{per_segment: {.., other: ..}}"] if entry.per_segment else []
    ways += ["{2019-10-07: ..}"] if entry.dated else []
    return " or ".join(ways)


class Shape(Protocol):
    """One way to write a value as a mapping."""

    name: str

    def found_in(self, entry: Entry, node: Mapping) -> bool:
        """Tell whether a mapping is, or tries to be, of this shape."""

    def read(self, reader: Reader, entry: Entry, node: Any, key: str, undated: bool) -> Cells | None:
        """Return the cells, or None after adding what is wrong."""


class _Inner:
    name = "value"

    def found_in(self, entry: Entry, node: Mapping) -> bool:
        return "value" in node

    def read(self, reader: Reader, entry: Entry, node: Mapping, key: str, undated: bool) -> Cells | None:
        reader.problems.add(node, "a value inside a value", key=key, expected=expected(entry))
        return None

    def schema(self, bare: Schema) -> Schema:
        return _mapping({"value": bare}, ("value",))


class _Segments:
    name = "per_segment"

    def found_in(self, entry: Entry, node: Mapping) -> bool:
        return "per_segment" in node

    def read(self, reader: Reader, entry: Entry, node: Mapping, key: str, undated: bool) -> Cells | None:
        reader.only(node, ("per_segment", *METADATA), key)
        inner, path = node.get("per_segment"), f"{key}.per_segment"
        if not entry.per_segment:
            what = "this parameter does not differ by segment"
            reader.problems.add(node, what, key=path, expected=wanted(entry))
            return None
        if not isinstance(inner, Mapping):
            if inner is not None and not isinstance(inner, Broken):
                reader.problems.add(inner, "segments are wanted here", key=path, expected="{.., other: ..}")
            return None

        if entry.composition:
            return self.compositions(reader, entry, inner, path)

        def cell(child: Node, child_path: str) -> Steps | None:
            if isinstance(child, Mapping) and _DATES.found_in(entry, child):
                return _DATES.steps(reader, entry, child, child_path, undated)
            return reader.steps(entry, child, child_path)

        segments = reader.catalogue.segments
        found = reader.named(inner, (*segments, OTHER), path, "segment", cell)
        if found is None:
            return None
        if self.complete(reader, inner, found, path):
            return tuple((s, found[s] if s in found else found[OTHER]) for s in segments)
        return None

    def complete(self, reader: Reader, inner: Mapping, found: Iterable[str], path: str) -> bool:
        """Tell whether every segment has a value; say which has none."""
        missing = [s for s in reader.catalogue.segments if s not in found]
        if missing and OTHER not in found:
            what = f"no value for {', '.join(missing)}; give each, or other"
            reader.problems.add(inner, what, key=path, expected="{.., other: ..}")
        return not missing or OTHER in found

    def compositions(self, reader: Reader, entry: Entry, inner: Mapping, path: str) -> Cells | None:
        """Read the parts of every segment; their cells are called SEGMENT.PART."""
        found: dict[str, Cells | None] = {}

        def cell(child: Node, child_path: str) -> Steps | None:
            cells = reader.cells(replace(entry, shape=(entry.shape[0], "dated")), child, child_path, True)
            found[child_path.rpartition(".")[2]] = cells
            return cells[0][1] if cells else None

        segments = reader.catalogue.segments
        if reader.named(inner, (*segments, OTHER), path, "segment", cell) is None:
            return None
        if not self.complete(reader, inner, found, path):
            return None
        return tuple(
            (f"{s}.{part}", steps) for s in segments for part, steps in found.get(s) or found[OTHER] or ()
        )

    def schema(self, cell: Schema, segments: Iterable[str]) -> Schema:
        inside = mapping_schema(dict.fromkeys((*segments, OTHER), cell), least=1)
        return _mapping({"per_segment": inside}, ("per_segment",))


class _Range:
    name = "low, central, high"

    def found_in(self, entry: Entry, node: Mapping) -> bool:
        return any(part in node for part in RANGE)

    def read(self, reader: Reader, entry: Entry, node: Node, key: str, undated: bool) -> Cells | None:
        if entry.keys:
            got = shown_node(node) if isinstance(node, Scalar) else "a list or a range"
            reader.problems.add(node, "its parts are wanted here", key=key, got=got, expected=expected(entry))
            return None
        steps = reader.steps(entry, node, key)
        return ((ALL, steps),) if steps else None

    def schema(self, atom: Schema) -> Schema:
        return _mapping(dict.fromkeys(RANGE, atom), RANGE)


class _Dates:
    name = "dates"

    def found_in(self, entry: Entry, node: Mapping) -> bool:
        return any(isinstance(key.value, datetime.date) for key, _ in node)

    def read(self, reader: Reader, entry: Entry, node: Mapping, key: str, undated: bool) -> Cells | None:
        steps = self.steps(reader, entry, node, key, undated)
        return ((ALL, steps),) if steps else None

    def steps(self, reader: Reader, entry: Entry, node: Mapping, key: str, undated: bool) -> Steps | None:
        if undated or not entry.dated:
            what = "no dates inside a change" if undated else "this parameter does not change over time"
            first = next(k for k, _ in node if isinstance(k.value, datetime.date))
            reader.problems.add(first, what, key=f"{key}.{name(first.text)}", expected=wanted(entry))
            return None
        steps: dict[datetime.date, Amount | None] = {}
        right = True
        for k, inner in node:
            path = f"{key}.{name(k.text)}"
            if isinstance(k.value, datetime.date):
                steps[k.value] = reader.amount(entry, inner, path)
            elif k.text not in METADATA:
                right = False
                dates = "dates, as in 2019-10-07"
                reader.problems.add(k, "not a date", key=path, got=shown(k.value), expected=dates)
        found = tuple(Step(date, amount) for date, amount in sorted(steps.items()) if amount is not None)
        return found if right and len(found) == len(steps) else None

    def schema(self, amount: Schema) -> Schema:
        return {**_mapping({}, least=1), "patternProperties": {DATE: amount}}


class _Parts:
    name = "parts"

    def found_in(self, entry: Entry, node: Mapping) -> bool:
        return any(part in node for part in entry.keys)

    def read(self, reader: Reader, entry: Entry, node: Mapping, key: str, undated: bool) -> Cells | None:
        found = reader.named(node, entry.keys, key, "part", lambda child, at: reader.steps(entry, child, at))
        if found is None:
            return None
        zero: Atom = 0 if entry.type == "whole" else 0.0
        nobody = (Step(None, Amount(zero, zero, zero)),)
        return tuple((part, found.get(part, nobody)) for part in entry.keys)

    def whole(self, entry: Entry, name: str) -> Cells:
        """One part is the whole."""
        amounts = {part: Amount(*[1.0 if part == name else 0.0] * 3) for part in entry.keys}
        return tuple((part, (Step(None, amount),)) for part, amount in amounts.items())

    def schema(self, amount: Schema, parts: Iterable[str]) -> Schema:
        return _mapping(dict.fromkeys(parts, amount), least=1)


_INNER, _SEGMENTS, _RANGE, _DATES, _PARTS = _Inner(), _Segments(), _Range(), _Dates(), _Parts()
SHAPES: tuple[Shape, ...] = (_INNER, _SEGMENTS, _RANGE, _DATES, _PARTS)


def mapping_schema(properties: Schema, required: tuple[str, ...] = (), least: int = 0) -> Schema:
    """Return the JSON Schema of a mapping with these keys and no others."""
    result: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        result["required"] = list(required)
    if least:
        result["minProperties"] = least
    return result


def _mapping(properties: Schema, required: tuple[str, ...] = (), least: int = 0) -> Schema:
    return mapping_schema({**properties, **_BESIDE}, required, least)


def definitions(book: Catalogue, entry: Entry, atom: Schema) -> tuple[Schema, list[Schema]]:
    """Return the JSON Schemas of the shapes that one parameter has.

    ``book``, ``entry``: the catalogue and the parameter. ``atom``: the schema of one value. Returns the
    shapes that repeat, each by a name of its own, and the alternatives for the parameter itself.
    """

    def part(word: str) -> Schema:
        return {"$ref": f"#/definitions/{entry.path}.{word}"}

    ranged = [_RANGE.schema(atom)] if entry.numeric or entry.type == "date" else []
    amount = part("amount")
    found: Schema = {f"{entry.path}.amount": {"anyOf": [atom, *ranged]}}
    timed = [amount, *([_DATES.schema(amount)] if entry.dated else [])]
    ways = [_PARTS.schema(amount, entry.keys)] if entry.keys else list(timed)
    ways += [{"enum": list(entry.keys)}] if entry.composition else []
    if entry.per_segment:
        found[f"{entry.path}.cell"] = {"anyOf": list(ways) if entry.keys else timed}
        ways.append(_SEGMENTS.schema(part("cell"), book.segments))
    found[f"{entry.path}.bare"] = {"anyOf": ways}
    return found, [part("bare"), _INNER.schema(part("bare"))]
