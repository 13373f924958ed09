"""Source, confidence and note: whoever sets a value owns its provenance.

An override inherits neither source nor range; without a source of its own its source is the line that set
it. A claim or prior that is named must exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.catalogue import Atom
from kik_analysis.parameters.hints import read_text
from kik_analysis.parameters.values import Origin
from kik_analysis.parameters.vocabulary import CONFIDENCES, Prior
from kik_analysis.reading.problems import Place, Problems, did_you_mean, name
from kik_analysis.reading.yaml import Mapping, Node, Sequence

METADATA = ("source", "confidence", "note")
_CLAIM = re.compile(r"[A-Z][0-9]{3,4}\Z")
_PRIOR = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")


@dataclass(frozen=True, slots=True)
class Origins:
    """Reads the metadata of one file's values.

    ``file``: the file's name as results show it. ``claims``, ``priors``: what may be cited; no check of
    claims while there are none. ``problems``: receives what is wrong.
    """

    file: str
    claims: dict[str, dict[str, str]]
    priors: dict[str, Prior]
    problems: Problems

    def read(
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
        grade = self._confidence(confidence, f"{key}.confidence")
        remark = read_text(note, f"{key}.note", self.problems)
        claimed = bool(sources) and all(
            _CLAIM.match(one) and self.claims.get(one, {}).get("precision") != "derived" for one in sources
        )
        published = claimed and grade == "A" and exact is not None
        if published and beside is not None and len(self.problems) == before:
            self._agree(beside, sources, unit, exact or (), key)
        if len(self.problems) > before:
            return None
        here = f"{self.file}:{place.line}" if place.line else self.file
        evidence = Evidence.PUBLISHED if published else Evidence.ASSUMED
        return Origin(self.file, place.line, sources or (here,), grade or "C", remark, evidence)

    def _agree(
        self, beside: Mapping, sources: tuple[str, ...], unit: str, atoms: tuple[Atom, ...], key: str
    ) -> None:
        """Refuse a number of one's own under the flag of a claim that prints another, in the same unit."""
        rows = {source: self.claims[source] for source in sources if source in self.claims}
        same = {s: row["value"] for s, row in rows.items() if row["value"] and row.get("unit") == unit}
        printed = {float(value) for value in same.values()}
        other = [a for a in atoms if isinstance(a, int | float) and a != 0 and a not in printed]
        if same and other:
            says = " and ".join(f"{source} says {value}" for source, value in same.items())
            what = f"{says}; for a number of your own leave source out, or name your own"
            got = f"{other[0]:.10g}"
            self.problems.add(beside, what, key=f"{key}.source", got=got, expected="what the claim says")

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
        if _CLAIM.match(text) and self.claims and text not in self.claims:
            what = f"no such claim{did_you_mean(text, self.claims)}"
            expected = "an id of data/published/claims.csv"
        elif _PRIOR.match(text) and text not in self.priors:
            what = f"no such prior{did_you_mean(text, self.priors)}"
            expected = "an id of params/priors.csv, or a text of several words"
        else:
            return text if read_text(node, key, self.problems) else ""
        self.problems.add(node, what, key=key, got=name(text), expected=expected)
        return text

    def _confidence(self, node: Node | None, key: str) -> str:
        text = node.said if node else ""
        if node is None or text in CONFIDENCES:
            return text
        hint = f"; write {text.upper()}" if text.upper() in CONFIDENCES else ""
        expected = "A (published and checked), B (published elsewhere) or C (own judgement)"
        self.problems.add(node, f"not a confidence{hint}", key=key, got=node.shown, expected=expected)
        return ""
