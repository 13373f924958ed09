"""The five ways to write a value, resolved to one form: first the shape, then the numbers in it.

A plain value; ``{low, central, high}``; dates ``{2018-08-01: 9, ...}``; ``{per_segment: {..., other: ..}}``;
``{value: <one of these>, source, confidence, note}``. Source, confidence and note may stand beside any of
them. Values with named parts (``people.stock``) are written as those parts.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kik_analysis.parameters.atoms import read_atom, wanted
from kik_analysis.parameters.catalogue import Atom, Catalogue, Entry
from kik_analysis.parameters.origins import METADATA, Origins
from kik_analysis.parameters.values import ALL, Amount, Origin, Step, Steps, Value
from kik_analysis.reading.problems import Problems, did_you_mean, name, shown
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar, Sequence

RANGE = ("low", "central", "high")
OTHER = "other"
Cells = tuple[tuple[str, Steps], ...]


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

        Parameters
        ----------
        entry
            The parameter.
        node
            What stands after its key.
        key
            The path in messages.
        place
            The key itself; its line is where the value was set.
        undated
            Whether dates are refused (an amount in ``changes`` has its own).
        metadata
            Where source, confidence and note stand when not beside the value (a change is one mapping with
            its value, dates and metadata).
        """
        if isinstance(node, Broken):
            return None
        before = len(self.problems)
        beside: Mapping | None = node if isinstance(node, Mapping) else None
        inner: Node = node
        if beside is not None and "value" in beside:
            self._only(beside, ("value", *METADATA), key)
            inner = beside.get("value") or node
            if isinstance(inner, Mapping):
                self._no_metadata(inner, key)
        cells = self._shape(entry, inner, key, undated)
        line = place or node
        sources = metadata if metadata is not None else beside
        exact = _atoms(cells) if cells is not None and _exact(cells) else None
        origin = self.origins.read(sources, line, key, unit=entry.unit, exact=exact)
        if cells is None or origin is None or len(self.problems) > before:
            return None
        return Value(entry.path, entry.unit, _with_origin(cells, origin), origin)

    # ---------------------------------------------------------------- shapes

    def _shape(self, entry: Entry, node: Node, key: str, undated: bool) -> Cells | None:
        if not isinstance(node, Mapping):
            if entry.keys:
                self._no_parts(entry, node, key)
                return None
            return self._one(entry, node, key)
        ways = self._ways(entry, node)
        if len(ways) > 1:
            self.problems.add(
                node,
                f"two ways of writing a value in one: {' and '.join(ways)}",
                key=key,
                expected="one of them",
            )
            return None
        match ways[0] if ways else "":
            case "value":
                self.problems.add(node, "a value inside a value", key=key, expected=self._expected(entry))
                return None
            case "per_segment":
                return self._per_segment(entry, node, key, undated)
            case "low, central, high":
                if entry.keys:
                    self._no_parts(entry, node, key)
                    return None
                return self._one(entry, node, key)
            case "dates":
                steps = self._dated(entry, node, key, undated)
                return ((ALL, steps),) if steps else None
            case "parts":
                return self._parts(entry, node, key)
            case _:
                self._no_shape(entry, node, key)
                return None

    def _one(self, entry: Entry, node: Node, key: str) -> Cells | None:
        amount = self._amount(entry, node, key)
        return ((ALL, (Step(None, amount),)),) if amount else None

    def _ways(self, entry: Entry, node: Mapping) -> list[str]:
        texts = [key.text for key, _ in node]
        ways: list[str] = []
        if "value" in texts:
            ways.append("value")
        if "per_segment" in texts:
            ways.append("per_segment")
        if any(text in RANGE for text in texts):
            ways.append("low, central, high")
        if any(isinstance(key.value, datetime.date) for key, _ in node):
            ways.append("dates")
        if any(text in entry.keys for text in texts):
            ways.append("parts")
        return ways

    def _expected(self, entry: Entry) -> str:
        if entry.keys:
            return "{" + ", ".join(f"{part}: .." for part in entry.keys) + "}"
        shapes = [wanted(entry)]
        if entry.numeric or entry.type == "date":
            shapes.append("{low: .., central: .., high: ..}")
        if entry.per_segment:
            shapes.append("{per_segment: {.., other: ..}}")
        if entry.dated:
            shapes.append("{2019-10-07: ..}")
        return " or ".join(shapes)

    def _no_parts(self, entry: Entry, node: Node, key: str) -> None:
        if isinstance(node, Broken):
            return
        got = shown(node.value) if isinstance(node, Scalar) else "a list or a range"
        self.problems.add(node, "its parts are wanted here", key=key, got=got, expected=self._expected(entry))

    def _no_shape(self, entry: Entry, node: Mapping, key: str) -> None:
        """Say what is wrong with a mapping that has none of the known shapes."""
        strange = [(k, v) for k, v in node if k.text not in METADATA]
        if not strange:
            if node.damaged:
                return
            self.problems.add(node, "no value is given", key=key, expected=self._expected(entry))
            return
        segments = self.catalogue.segments
        for k, _ in strange:
            path = f"{key}.{name(k.text)}"
            if k.text in segments or k.text == OTHER:
                if entry.per_segment:
                    what = "segments stand under per_segment"
                else:
                    what = "this parameter does not differ by segment"
                self.problems.add(k, what, key=path, expected=self._expected(entry))
                return
            known = [*entry.keys] if entry.keys else ["value", *RANGE, "per_segment"]
            what = f"unknown key{did_you_mean(k.text, [*known, *METADATA], f'{key}.')}"
            elsewhere = self.catalogue.nearest(f"{entry.section}.{k.text}")
            if "did you mean" not in what and elsewhere:
                what += f"; did you mean {elsewhere}, at its own level?"
            self.problems.add(k, what, key=path, expected=self._expected(entry))

    # ---------------------------------------------------------------- amounts

    def _amount(self, entry: Entry, node: Node, key: str) -> Amount | None:
        """Read a plain value or low, central and high."""
        if not isinstance(node, Mapping):
            if isinstance(node, Sequence) and len(node.items) == 3 and entry.numeric:
                what = "not a list; write {low: .., central: .., high: ..}"
                self.problems.add(node, what, key=key, got="a list")
                return None
            atom = read_atom(entry, node, key, self.problems)
            return None if atom is None else Amount(atom, atom, atom)
        if not entry.numeric and entry.type != "date":
            self.problems.add(node, "this parameter has no range", key=key, expected=wanted(entry))
            return None
        atoms: list[Atom | None] = []
        self._only(node, (*RANGE, *METADATA), key)
        for part in RANGE:
            inner = node.get(part)
            if inner is None:
                what = f"{part} is missing"
                self.problems.add(node, what, key=key, expected="{low: .., central: .., high: ..}")
                atoms.append(None)
            else:
                atoms.append(read_atom(entry, inner, f"{key}.{part}", self.problems))
        low, central, high = atoms
        if low is None or central is None or high is None:
            return None
        if not low <= central <= high:  # type: ignore[operator]
            got = f"low {shown_atom(low)}, central {shown_atom(central)}, high {shown_atom(high)}"
            self.problems.add(node, "not in order", key=key, got=got, expected="low <= central <= high")
            return None
        return Amount(low, central, high)

    def _dated(self, entry: Entry, node: Mapping, key: str, undated: bool) -> Steps | None:
        if undated or not entry.dated:
            what = "no dates inside a change" if undated else "this parameter does not change over time"
            first = next(k for k, _ in node if isinstance(k.value, datetime.date))
            self.problems.add(first, what, key=f"{key}.{name(first.text)}", expected=wanted(entry))
            return None
        steps: list[Step] = []
        right = True
        for k, inner in node:
            path = f"{key}.{name(k.text)}"
            if isinstance(k.value, datetime.date):
                amount = self._amount(entry, inner, path)
                right = right and amount is not None
                if amount is not None:
                    steps.append(Step(k.value, amount))
            elif k.text not in METADATA:
                right = False
                self.problems.add(
                    k, "not a date", key=path, got=shown(k.value), expected="dates, as in 2019-10-07"
                )
        return tuple(sorted(steps, key=lambda s: s.start or datetime.date.min)) if right else None

    # ---------------------------------------------------------------- names

    def _per_segment(self, entry: Entry, node: Mapping, key: str, undated: bool) -> Cells | None:
        self._only(node, ("per_segment", *METADATA), key)
        inner = node.get("per_segment")
        path = f"{key}.per_segment"
        if not entry.per_segment:
            self.problems.add(
                node, "this parameter does not differ by segment", key=path, expected=wanted(entry)
            )
            return None
        if not isinstance(inner, Mapping):
            if inner is not None and not isinstance(inner, Broken):
                self.problems.add(inner, "segments are wanted here", key=path, expected="{.., other: ..}")
            return None
        segments = self.catalogue.segments

        def cell(child: Node, child_path: str) -> Steps | None:
            dated = isinstance(child, Mapping) and any(isinstance(k.value, datetime.date) for k, _ in child)
            if isinstance(child, Mapping) and dated:
                return self._dated(entry, child, child_path, undated)
            amount = self._amount(entry, child, child_path)
            return (Step(None, amount),) if amount else None

        found = self._named(inner, (*segments, OTHER), path, "segment", cell)
        if found is None:
            return None
        missing = [s for s in segments if s not in found]
        if missing and OTHER not in found:
            what = f"no value for {', '.join(missing)}; give each, or other"
            self.problems.add(inner, what, key=path, expected="{.., other: ..}")
            return None
        return tuple((s, found[s] if s in found else found[OTHER]) for s in segments)

    def _parts(self, entry: Entry, node: Mapping, key: str) -> Cells | None:
        def cell(child: Node, child_path: str) -> Steps | None:
            amount = self._amount(entry, child, child_path)
            return (Step(None, amount),) if amount else None

        found = self._named(node, entry.keys, key, "part", cell, METADATA)
        if found is None:
            return None
        zero: Atom = 0 if entry.type == "whole" else 0.0
        none = (Step(None, Amount(zero, zero, zero)),)
        return tuple((part, found.get(part, none)) for part in entry.keys)

    def _named(
        self,
        node: Mapping,
        known: Iterable[str],
        key: str,
        word: str,
        cell: Callable[[Node, str], Steps | None],
        allowed: Iterable[str] = (),
    ) -> dict[str, Steps] | None:
        names = list(known)
        found: dict[str, Steps] = {}
        right = True
        for k, inner in node:
            path = f"{key}.{name(k.text)}"
            if k.text in names:
                steps = cell(inner, path)
                if steps is None:
                    right = False
                else:
                    found[k.text] = steps
            elif k.text not in allowed:
                right = False
                what = f"unknown {word}{did_you_mean(k.text, names)}"
                self.problems.add(k, what, key=path, expected=", ".join(names))
        return found if right else None

    # ---------------------------------------------------------------- keys

    def _only(self, node: Mapping, allowed: tuple[str, ...], key: str) -> None:
        """Refuse keys that do not belong to the shape."""
        previous: Node | None = None
        for k, inner in node:
            if k.text not in allowed:
                what = f"unknown key{did_you_mean(k.text, allowed)}"
                if node.flow and isinstance(previous, Scalar) and _is_bare(inner):
                    if _is_number(previous) and isinstance(k.value, int):
                        what = f"a comma separates; write {previous.text}.{k.text} for a decimal"
                    elif isinstance(previous.value, str):
                        what = "a comma separates; put a text that holds one in quotes"
                self.problems.add(k, what, key=f"{key}.{name(k.text)}", expected=", ".join(allowed))
            previous = inner

    def _no_metadata(self, node: Mapping, key: str) -> None:
        for k, _ in node:
            if k.text in METADATA:
                what = "stands inside value; put it beside value"
                self.problems.add(k, what, key=f"{key}.{k.text}")


def shown_atom(atom: Atom) -> str:
    """Return a value as it stands in a message: 9 rather than 9.0."""
    return f"{atom:.10g}" if isinstance(atom, float) else str(atom)


def _is_number(node: Scalar) -> bool:
    return isinstance(node.value, int) and not isinstance(node.value, bool)


def _is_bare(value: Node) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _exact(cells: Cells) -> bool:
    return all(step.amount.exact for _, steps in cells for step in steps)


def _atoms(cells: Cells) -> tuple[Atom, ...]:
    return tuple(step.amount.central for _, steps in cells for step in steps)


def _with_origin(cells: Cells, origin: Origin) -> Cells:
    return tuple(
        (cell, tuple(Step(step.start, step.amount, (origin,)) for step in steps)) for cell, steps in cells
    )
