"""The five ways to write a value, resolved to one form: first the shape, then the numbers in it.

A plain value; ``{low, central, high}``; dates ``{2018-08-01: 9, ...}``; ``{per_segment: {..., other: ..}}``;
``{value: <one of these>, source, confidence, note}``. Source, confidence and note may stand beside any of
them. Values with named parts (``people.stock``) are written as those parts.

Whoever sets a value owns its provenance: an override inherits neither source nor range; without a source of
its own its source is the line that set it. A claim or prior that is named must exist.
"""

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.claims import Claim
from kik_analysis.facts.derivation import CLAIM_ID
from kik_analysis.parameters import catalogue as books
from kik_analysis.parameters.catalogue import Atom, Catalogue, Entry, did_you_mean
from kik_analysis.parameters.hints import RANGE_FORM, read_atom, read_text, wanted, written
from kik_analysis.parameters.values import ALL, Amount, Cells, Origin, Step, Value
from kik_analysis.reading.problems import Place, Problems, name, shown
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence

METADATA = ("source", "confidence", "note")
RANGE = ("low", "central", "high")
AMOUNT, OTHER = "low, central, high", "other"
T = TypeVar("T")
_PRIOR = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")


def expected(entry: Entry) -> str:
    """Return the ways in which a parameter may be written, in words."""
    if entry.keys:
        return "{" + ", ".join(f"{part}: .." for part in entry.keys) + "}"
    ways = [wanted(entry)]
    ways += [RANGE_FORM] if entry.measured else []
    ways += ["{per_segment: {.., other: ..}}"] if entry.per_segment else []
    ways += ["{2019-10-07: ..}"] if entry.dated else []
    return " or ".join(ways)


def shapes(entry: Entry, node: Mapping) -> list[str]:
    """Return the shapes that a mapping is, or tries to be, of."""
    keys = {key.text for key, _ in node}
    tried = {
        "value": "value" in keys,
        "per_segment": "per_segment" in keys,
        AMOUNT: bool(keys & set(RANGE)),
        "dates": any(isinstance(key.value, datetime.date) for key, _ in node),
        "parts": bool(keys & set(entry.keys)),
    }
    return [shape for shape, found in tried.items() if found]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values of one file, each with its provenance.

    ``file``: the file's name as results show it. ``problems``: receives what is wrong. The rest: parameters
    there are, and what may be cited; claims are not checked while there are none; ``old`` names, and where.
    """

    file: str
    problems: Problems
    catalogue: Catalogue = field(default_factory=books.catalogue)
    claims: dict[str, Claim] = field(default_factory=books.claims)
    priors: dict[str, books.Prior] = field(default_factory=books.priors)
    renamed: dict[str, books.Renamed] = field(default_factory=books.renamed)
    old: list[tuple[str, str]] = field(default_factory=list)

    def paths(self, said: str, place: Place) -> tuple[str, ...]:
        """Return the parameters that a path names: none, or for an old name maybe two; that is noted."""
        if row := self.renamed.get(said):
            self.old.append((said, f"{self.file}:{place.line}" if place.line else self.file))
        return (said,) if said in self.catalogue else row.new if row else ()

    def read(
        self, entry: Entry, node: Node, key: str, place: Node, metadata: Mapping | None = None
    ) -> Value | None:
        """Return the value at ``node``, or None after adding what is wrong with it.

        ``entry``: the parameter. ``node``: what stands after its key. ``key``: the path in messages.
        ``place``: the key itself; its line is where the value was set. ``metadata``: where source, confidence
        and note stand when not beside the value (a change is one mapping with its value, dates and metadata).
        """
        before = len(self.problems)
        beside = node if isinstance(node, Mapping) else None
        inner: Node = node
        if beside is not None and "value" in beside:
            self.only(beside, ("value", *METADATA), key)
            inner = beside.get("value") or node
            self.outside(inner, "stands inside value; put it beside value", key)
        cells = self.cells(entry, inner, key)
        amounts = [step.amount for _, steps in cells or () for step in steps]
        exact = tuple(a.central for a in amounts) if cells and all(a.exact for a in amounts) else None
        origin = self.origin(metadata or beside, place, key, entry.unit, exact)
        if cells is None or origin is None or len(self.problems) > before:
            return None
        owned = tuple((n, tuple(replace(step, origins=(origin,)) for step in steps)) for n, steps in cells)
        return Value(entry.path, entry.unit, owned, origin)

    def outside(self, node: Node, what: str, key: str) -> None:
        """Refuse source, confidence and note where they do not belong."""
        for k, _ in node if isinstance(node, Mapping) else ():
            if k.text in METADATA:
                self.problems.add(k, what, key=f"{key}.{k.text}")

    def cells(self, entry: Entry, node: Node, key: str) -> Cells | None:
        """Read what stands there by the one shape that it has."""
        if isinstance(node, Scalar) and entry.composition and node.text in entry.keys:
            shares = ((part, float(part == node.text)) for part in entry.keys)
            return tuple((part, (Step(None, Amount(share, share, share)),)) for part, share in shares)
        found = shapes(entry, node) if isinstance(node, Mapping) else [AMOUNT]
        if len(found) > 1:
            what = f"two ways of writing a value in one: {' and '.join(found)}"
            self.problems.add(node, what, key=key, expected="one of them")
        elif found == ["value"]:
            self.problems.add(node, "a value inside a value", key=key, expected=expected(entry))
        elif found == [AMOUNT] and entry.keys:
            got = node.shown if isinstance(node, Scalar) else "a list or a range"
            what = f"its parts are wanted here{did_you_mean(node.said, entry.keys)}"
            self.problems.add(node, what, key=key, got=got, expected=expected(entry))
        elif found:
            ways: dict[str, Callable[[Entry, Any, str], Cells | None]]
            ways = {AMOUNT: self.plain, "parts": self.parts, "dates": self.dates}
            ways |= {"per_segment": self.segments}
            return ways[found[0]](entry, node, key)
        elif isinstance(node, Mapping):
            self.shapeless(entry, node, key)
        return None

    def shapeless(self, entry: Entry, node: Mapping, key: str) -> None:
        """Say what is wrong with a mapping that has none of the known shapes."""
        strange = [k for k, _ in node if k.text not in METADATA]
        if not strange and not node.damaged:
            self.problems.add(node, "no value is given", key=key, expected=expected(entry))
        segments = (*self.catalogue.segments, OTHER)
        for k in strange:
            path = f"{key}.{name(k.text)}"
            if k.text in segments or (entry.per_segment and did_you_mean(k.text, segments)):
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

    def plain(self, entry: Entry, node: Node, key: str) -> Cells | None:
        """Read an amount that is the same for everybody and always."""
        amount = self.amount(entry, node, key)
        return None if amount is None else ((ALL, (Step(None, amount),)),)

    def amount(self, entry: Entry, node: Node, key: str) -> Amount | None:
        """Read a plain value, or low, central and high."""
        if isinstance(node, Sequence) and len(node.items) == 3 and entry.numeric:
            self.problems.add(node, f"not a list; write {RANGE_FORM}", key=key, got="a list")
            return None
        if not isinstance(node, Mapping):
            atom = read_atom(entry, node, key, self.problems)
            return None if atom is None else Amount(atom, atom, atom)
        if not entry.measured:
            self.problems.add(node, "this parameter has no range", key=key, expected=wanted(entry))
            return None
        if entry.keys and (day := next((k for k, _ in node if isinstance(k.value, datetime.date)), None)):
            form = f"{{{day.text}: {{{entry.keys[0]}: ..}}}}"
            self.problems.add(day, "dates stand around the parts", key=key, expected=form)
            return None
        self.only(node, (*RANGE, *METADATA), key)
        right = []
        for part in RANGE:
            if (inner := node.get(part)) is None:
                self.problems.add(node, f"{part} is missing", key=key, expected=RANGE_FORM)
            elif (atom := read_atom(entry, inner, f"{key}.{part}", self.problems)) is not None:
                right.append(atom)
        if len(right) < len(RANGE):
            return None
        if right != sorted(right):
            got = ", ".join(f"{part} {written(atom)}" for part, atom in zip(RANGE, right, strict=True))
            self.problems.add(node, "not in order", key=key, got=got, expected="low <= central <= high")
            return None
        return Amount(*right)

    def dates(self, entry: Entry, node: Mapping, key: str) -> Cells | None:
        """Read step functions: an amount, or one for each part, from each date on."""
        if not entry.dated:
            inside = self.catalogue[entry.path].dated
            what = (
                "no dates inside a change or a date" if inside else "this parameter does not change over time"
            )
            first = next(k for k, _ in node if isinstance(k.value, datetime.date))
            self.problems.add(first, what, key=f"{key}.{name(first.text)}", expected=wanted(entry))
            return None
        once, wrong = replace(entry, dated=False, per_segment=False), False
        found: dict[str, list[Step]] = {}
        for k, inner in node:
            path = f"{key}.{name(k.text)}"
            if entry.per_segment and isinstance(inner, Mapping) and "per_segment" in inner:
                what, form = "dates stand inside the segments", "{per_segment: {other: {2019-10-07: ..}}}"
                self.problems.add(inner, what, key=path, expected=form)
                wrong = True
            elif isinstance(k.value, datetime.date):
                cells = self.cells(once, inner, path) if entry.keys else self.plain(entry, inner, path)
                wrong |= cells is None
                for part, (step,) in cells or ():
                    found.setdefault(part, []).append(replace(step, start=k.value))
            elif k.text not in METADATA:
                wrong = True
                known = "dates, as in 2019-10-07"
                self.problems.add(k, "not a date", key=path, got=shown(k.value), expected=known)
        in_order = (
            (part, tuple(sorted(one, key=lambda step: str(step.start)))) for part, one in found.items()
        )
        return None if wrong else tuple(in_order)

    def parts(self, entry: Entry, node: Mapping, key: str) -> Cells | None:
        """Read named parts; a part that is left out is nobody."""
        found = self.named(node, entry.keys, key, "part", lambda n, path: self.amount(entry, n, path))
        if found is None:
            return None
        nobody = Amount(*[0 if entry.type == "whole" else 0.0] * 3)
        return tuple((part, (Step(None, found.get(part, nobody)),)) for part in entry.keys)

    def segments(self, entry: Entry, node: Mapping, key: str) -> Cells | None:
        """Read a value for each segment; the cells of a composition are called SEGMENT.PART."""
        self.only(node, ("per_segment", *METADATA), key)
        inner, path, every = node.get("per_segment"), f"{key}.per_segment", self.catalogue.segments
        if not entry.per_segment:
            what = "this parameter does not differ by segment"
            self.problems.add(node, what, key=path, expected=wanted(entry))
            return None
        if not isinstance(inner, Mapping):
            self.problems.add(inner or node, "segments are wanted here", key=path, expected="{.., other: ..}")
            return None

        alike = replace(entry, per_segment=False)
        found = self.named(inner, (*every, OTHER), path, "segment", lambda n, at: self.cells(alike, n, at))
        if found is None:
            return None
        missing = [s for s in every if s not in found]
        if missing and OTHER not in found:
            what = f"no value for {', '.join(missing)}; give each, or other"
            self.problems.add(inner, what, key=path, expected="{.., other: ..}")
            return None
        whose = [(s, found[s] if s in found else found[OTHER]) for s in every]
        return tuple((f"{s}.{part}" if part else s, steps) for s, cells in whose for part, steps in cells)

    def named(
        self, node: Mapping, known: Iterable[str], key: str, word: str, cell: Callable[[Node, str], T | None]
    ) -> dict[str, T] | None:
        """Read the cells of a mapping by name; None when one is wrong or has an unknown name."""
        names = list(known)
        found: dict[str, T | None] = {}
        for k, inner in node:
            path = f"{key}.{name(k.text)}"
            if k.text in names:
                found[k.text] = cell(inner, path)
            elif word != "part" or k.text not in METADATA:
                found[k.text] = None
                what = f"unknown {word}{did_you_mean(k.text, names)}"
                self.problems.add(k, what, key=path, expected=", ".join(names))
        right = {n: one for n, one in found.items() if one is not None}
        return right if len(right) == len(found) else None

    def only(self, node: Mapping, allowed: tuple[str, ...], key: str) -> None:
        """Refuse keys that do not belong to the shape; tell of a comma that was meant as a point."""
        previous: Node | None = None
        for k, inner in node:
            if k.text not in allowed:
                what = f"unknown key{did_you_mean(k.text, allowed)}"
                if node.flow and inner.shown == "nothing" and previous is not None and previous.word:
                    what = "a comma separates; put a text that holds one in quotes"
                self.problems.add(k, what, key=f"{key}.{name(k.text)}", expected=", ".join(allowed))
            previous = inner

    def origin(
        self, beside: Mapping | None, place: Place, key: str, unit: str, exact: tuple[Atom, ...] | None
    ) -> Origin | None:
        """Return the origin of a value, from the keys beside it; None when they are wrong.

        ``beside``: the mapping that may hold source, confidence and note. ``place``: where the value was set.
        ``key``: the parameter's path in messages. ``unit``, ``exact``: the value's unit and, when it has no
        range, the numbers or words in it.
        """
        before = len(self.problems)
        source, confidence, note = (beside.get(word) if beside else None for word in METADATA)
        sources = self.sources(source, f"{key}.source")
        grade = confidence.said if confidence else ""
        if confidence and grade not in books.CONFIDENCES:
            hint = f"; write {grade.upper()}" if grade.upper() in books.CONFIDENCES else ""
            what, path, got = f"not a confidence{hint}", f"{key}.confidence", confidence.shown
            grades = "A (published and checked), B (published elsewhere) or C (own judgement)"
            self.problems.add(confidence, what, key=path, got=got, expected=grades)
        remark = read_text(note, f"{key}.note", self.problems)
        claimed = bool(sources) and all(
            CLAIM_ID.fullmatch(s) and not (s in self.claims and self.claims[s].precision == "derived")
            for s in sources
        )
        published = claimed and grade == "A" and exact is not None
        if published and beside is not None and len(self.problems) == before:
            cited = [self.claims[source] for source in sources if source in self.claims]
            same = {one.id: one.value for one in cited if one.value is not None and one.unit == unit}
            other = [a for a in exact or () if isinstance(a, int | float) and a not in (0, *same.values())]
            if same and other:  # a number of one's own under the flag of a claim that prints another
                says = " and ".join(f"{source} says {value}" for source, value in same.items())
                what = f"{says}; for a number of your own leave source out, or name your own"
                path, got = f"{key}.source", f"{other[0]:.10g}"
                self.problems.add(beside, what, key=path, got=got, expected="what the claim says")
        if len(self.problems) > before:
            return None
        here = f"{self.file}:{place.line}" if place.line else self.file
        evidence = Evidence.PUBLISHED if published else Evidence.ASSUMED
        return Origin(self.file, place.line, sources or (here,), grade or "C", remark, evidence)

    def sources(self, node: Node | None, key: str) -> tuple[str, ...]:
        """Return claims, priors and texts: one, or a list; what does not exist is added to the problems."""
        if node is None:
            return ()
        items: tuple[Node, ...] = node.items if isinstance(node, Sequence) else (node,)
        if not items:
            self.problems.add(node, "an empty list", key=key, expected="a claim, a prior or a text")
        found = [self._source(item, key) for item in items]
        return tuple(source for source in found if source)

    def _source(self, node: Node, key: str) -> str:
        if not (text := node.word.strip()):
            expected = "a claim, a prior or a text"
            self.problems.add(node, "not a source", key=key, got=node.shown, expected=expected)
            return ""
        if CLAIM_ID.fullmatch(text) and self.claims and text not in self.claims:
            what = f"no such claim{did_you_mean(text, self.claims)}"
            expected = "an id of data/published/claims.csv"
        elif _PRIOR.match(text) and text not in self.priors:
            what = f"no such prior{did_you_mean(text, self.priors)}"
            expected = "an id of params/priors.csv, or a text of several words"
        else:
            return text if read_text(node, key, self.problems) else ""
        self.problems.add(node, what, key=key, got=name(text), expected=expected)
        return text
