"""Source, confidence and note: whoever sets a value owns its provenance.

An override inherits neither source nor range; without a source of its own its source is the line that set
it. A claim or prior that is named must exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.catalogue import Atom
from kik_analysis.parameters.tables import Prior
from kik_analysis.parameters.values import Origin
from kik_analysis.reading.problems import Located, Problems, did_you_mean, name, shown
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar, Sequence

METADATA = ("source", "confidence", "note")
CONFIDENCES = ("A", "B", "C")
_CLAIM = re.compile(r"[A-Z][0-9]{3,4}\Z")
_PRIOR = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")


@dataclass(frozen=True, slots=True)
class Origins:
    """Reads the metadata of one file's values.

    Attributes
    ----------
    file
        The file's name as results show it.
    claims, priors
        What may be cited; no check of claims while there are none.
    problems
        Receives what is wrong.
    """

    file: str
    claims: dict[str, dict[str, str]]
    priors: dict[str, Prior]
    problems: Problems

    def read(
        self,
        beside: Mapping | None,
        place: Located,
        key: str,
        *,
        unit: str = "",
        exact: tuple[Atom, ...] | None = None,
    ) -> Origin | None:
        """Return the origin of a value, from the keys beside it; None when they are wrong.

        Parameters
        ----------
        beside
            The mapping that may hold source, confidence and note.
        place
            Where the value was set.
        key
            The parameter's path in messages.
        unit, exact
            The value's unit and, when it has no range, the numbers or words in it.
        """
        before = len(self.problems)
        sources = self._sources(beside, key)
        confidence = self._confidence(beside, key)
        note = self._text(beside, "note", key)
        if len(self.problems) > before:
            return None
        claimed = bool(sources) and confidence == "A" and all(self._published(s) for s in sources)
        published = claimed and exact is not None
        if published and beside is not None and not self._agrees(beside, sources, unit, exact or (), key):
            return None
        return Origin(
            self.file,
            place.line,
            sources or (f"{self.file}:{place.line}" if place.line else self.file,),
            confidence or "C",
            note,
            Evidence.PUBLISHED if published else Evidence.ASSUMED,
        )

    def _agrees(
        self, beside: Mapping, sources: tuple[str, ...], unit: str, atoms: tuple[Atom, ...], key: str
    ) -> bool:
        """Refuse a number of one's own under the flag of a claim that prints another, in the same unit."""
        printed = {s: self.claims[s]["value"] for s in sources if s in self.claims}
        same = {s: v for s, v in printed.items() if v and self.claims[s].get("unit") == unit}
        if not same:
            return True
        numbers = [a for a in atoms if isinstance(a, int | float) and a != 0]
        other = [number for number in numbers if number not in {float(value) for value in same.values()}]
        if not other:
            return True
        says = " and ".join(f"{source} says {value}" for source, value in same.items())
        what = f"{says}; for a number of your own leave source out, or name your own"
        self.problems.add(
            beside, what, key=f"{key}.source", got=f"{other[0]:.10g}", expected="what the claim says"
        )
        return False

    def _published(self, source: str) -> bool:
        row = self.claims.get(source)
        return bool(_CLAIM.match(source)) and (row is None or row.get("precision") != "derived")

    def _sources(self, beside: Mapping | None, key: str) -> tuple[str, ...]:
        node = beside.get("source") if beside else None
        if node is None:
            return ()
        path = f"{key}.source"
        items: tuple[Node, ...] = node.items if isinstance(node, Sequence) else (node,)
        if not items:
            self.problems.add(node, "an empty list", key=path, expected="a claim, a prior or a text")
        found = [self._source(item, path) for item in items]
        return tuple(source for source in found if source)

    def _source(self, node: Node, path: str) -> str:
        if isinstance(node, Broken):
            return ""
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
            got = shown(node.value) if isinstance(node, Scalar) else "keys or a list"
            self.problems.add(node, "not a source", key=path, got=got, expected="a claim, a prior or a text")
            return ""
        text = node.value.strip()
        if _CLAIM.match(text):
            if self.claims and text not in self.claims:
                what = f"no such claim{did_you_mean(text, self.claims)}"
                self.problems.add(
                    node, what, key=path, got=text, expected="an id of data/published/claims.csv"
                )
        elif _PRIOR.match(text) and text not in self.priors:
            what = f"no such prior{did_you_mean(text, self.priors)}"
            expected = "an id of params/priors.csv, or a text of several words"
            self.problems.add(node, what, key=path, got=name(text), expected=expected)
        return text

    def _confidence(self, beside: Mapping | None, key: str) -> str:
        node = beside.get("confidence") if beside else None
        if node is None or isinstance(node, Broken):
            return ""
        if isinstance(node, Scalar) and node.value in CONFIDENCES:
            return node.text
        got = shown(node.value) if isinstance(node, Scalar) else "keys or a list"
        what = "not a confidence"
        if isinstance(node, Scalar) and node.text.upper() in CONFIDENCES:
            what += f"; write {node.text.upper()}"
        expected = "A (published and checked), B (published elsewhere) or C (own judgement)"
        self.problems.add(node, what, key=f"{key}.confidence", got=got, expected=expected)
        return ""

    def _text(self, beside: Mapping | None, word: str, key: str) -> str:
        node = beside.get(word) if beside else None
        if node is None or isinstance(node, Broken):
            return ""
        if isinstance(node, Scalar) and node.value is not None:
            return " ".join(node.text.split())
        got = "nothing" if isinstance(node, Scalar) else "keys or a list"
        self.problems.add(node, "not a text", key=f"{key}.{word}", got=got, expected="a text")
        return ""
