"""Understands the nodes of an identification file: texts, numbers, linear forms and statements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import cast, get_args

from kik_analysis.facts.statements import Side, Statement, Words
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import Problems, did_you_mean, shown
from kik_analysis.reading.yaml import Broken, Node, Scalar
from kik_analysis.statistics.linear_system import Form, Relation, exact

RELATIONS: dict[str, Relation] = {
    "equals": "==",
    "at_least": ">=",
    "at_most": "<=",
    "above": ">",
    "below": "<",
}
"""Key in the file -> relation; ``above`` and ``below`` leave the limit itself out."""
WITH_CLAIM = ("claim", "per", "side", "reading")
LANGUAGES = ("nl", "en")
READINGS = ("narrow", "wide")


def got(node: Node) -> str:
    """Return what stands in a node, for a message."""
    if isinstance(node, Scalar):
        return shown(node.value)
    if isinstance(node, Broken):
        return ""
    return "a list" if isinstance(node, yaml.Sequence) else "a mapping"


class NodeReader:
    """Understands the nodes of a file; what is wrong goes to ``problems``, and reading goes on."""

    def __init__(self, problems: Problems, claim_ids: frozenset[str]) -> None:
        self.problems = problems
        self.claim_ids = claim_ids
        self.variables: set[str] = set()

    def fail(self, node: Node, key: str, what: str, got: str = "", expected: str = "") -> None:
        """Add a problem; about a node that was reported before, say nothing."""
        if not isinstance(node, Broken):
            self.problems.add(node, what, key=key, got=got, expected=expected)

    def fields(
        self, node: Node, key: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Node] | None:
        """Return a mapping's values by key; report unknown and missing keys."""
        if not isinstance(node, yaml.Mapping):
            self.fail(node, key, "not a mapping", got(node), f"the keys {', '.join(required)}")
            return None
        known = (*required, *optional)
        for name, _ in node:
            if name.text not in known:
                near = did_you_mean(name.text, known)
                where = f"{key}.{name.text}".lstrip(".")
                self.fail(name, where, f"unknown key{near}", "", f"one of {', '.join(known)}")
        for name_missing in required:
            if name_missing not in node:
                self.fail(node, key, f"the key {name_missing} is missing")
        return {name.text: value for name, value in node if name.text in known}

    def text(self, node: Node, key: str) -> str:
        """Return a text that is not empty."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        self.fail(node, key, "not a text", got(node), "words")
        return ""

    def words(self, found: Mapping[str, Node], key: str) -> Words:
        """Return a text in both languages; digits are refused, since no reader could trace them."""
        texts = {}
        for lang in LANGUAGES:
            if lang in found:
                texts[lang] = self.text(found[lang], f"{key}.{lang}")
                if re.search(r"\d", texts[lang]):
                    self.fail(found[lang], f"{key}.{lang}", "holds a digit; numbers stand in constraints")
        return texts

    def number(self, node: Node, key: str) -> Fraction | None:
        """Return a number as the fraction that its notation says."""
        if (
            isinstance(node, Scalar)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
        ):
            return exact(node.value)
        self.fail(node, key, "not a number", got(node), "a number, with a point for decimals")
        return None

    def flag(self, node: Node, key: str) -> bool | None:
        """Return true or false."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.fail(node, key, "not true or false", got(node), "true or false")
        return None

    def choice(self, node: Node, key: str, known: tuple[str, ...]) -> str | None:
        """Return one of some words."""
        if isinstance(node, Scalar) and node.text in known:
            return node.text
        near = did_you_mean(node.text, known) if isinstance(node, Scalar) else ""
        self.fail(node, key, f"not one of the choices{near}", got(node), f"one of {', '.join(known)}")
        return None

    def variable(self, node: Scalar, key: str) -> bool:
        """Tell whether a scalar names a variable."""
        if node.text in self.variables:
            return True
        near = did_you_mean(node.text, self.variables)
        self.fail(node, key, f"unknown variable{near}", got(node), "" if near else "a name under variables")
        return False

    def form(self, node: Node, key: str) -> Form | None:
        """Return a linear form: the name of a variable, or variables with their coefficients."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return Form.of(node.text) if self.variable(node, key) else None
        if isinstance(node, yaml.Mapping) and node.entries:
            terms = {}
            for name, value in node:
                factor = self.number(value, f"{key}.{name.text}")
                if self.variable(name, f"{key}.{name.text}") and factor is not None:
                    terms[name.text] = factor
            return Form.of(terms) if len(terms) == len(node.entries) else None
        self.fail(node, key, "not a linear form", got(node), "a variable, or {variable: factor, ...}")
        return None

    def side_of(self, node: Node, key: str) -> Form | None:
        """Return what a form is compared with: a number or another form."""
        if isinstance(node, Scalar) and not isinstance(node.value, str):
            value = self.number(node, key)
            return None if value is None else Form.of({}, value)
        return self.form(node, key)

    def statement(self, node: Node, key: str, keys: tuple[str, ...]) -> Statement | None:
        """Return a statement; ``keys`` are those it may have beside ``of``."""
        found = self.fields(node, key, ("of",), keys)
        if found is None or "of" not in found:
            return None
        before = len(self.problems)
        of = self.form(found["of"], f"{key}.of")
        compared = [
            (relation, self.side_of(found[name], f"{key}.{name}"))
            for name, relation in RELATIONS.items()
            if name in found
        ]
        named = self.claim(found, key) if "claim" in found else None
        if "claim" in found and compared:
            self.fail(node, key, "takes its limits from a claim and from itself; keep one of them")
        elif "claim" not in found:
            for name in ("per", "side", "reading"):
                if name in found:
                    self.fail(found[name], f"{key}.{name}", "has a meaning with a claim only")
            wanted = [name for name in keys if name in (*RELATIONS, "claim")]
            if wanted == ["claim"]:
                self.fail(node, key, "the key claim is missing")
            elif not compared:
                self.fail(node, key, "says nothing about its form", "", f"one of {', '.join(wanted)}")
        per = self.form(found["per"], f"{key}.per") if "per" in found else None
        side = self.choice(found["side"], f"{key}.side", get_args(Side)) if "side" in found else "both"
        reading = (
            self.choice(found["reading"], f"{key}.reading", READINGS) if "reading" in found else "narrow"
        )
        if of is None or len(self.problems) > before:
            return None
        return Statement(
            of,
            tuple((relation, form) for relation, form in compared if form is not None),
            named,
            per,
            cast(Side, side),
            reading == "wide",
            f"{node.file}:{node.line}: {key}",
        )

    def claim(self, found: Mapping[str, Node], key: str) -> str | None:
        """Return the id of the claim that a statement names."""
        node = found["claim"]
        if isinstance(node, Scalar) and node.text in self.claim_ids:
            return node.text
        near = did_you_mean(node.text, self.claim_ids) if isinstance(node, Scalar) else ""
        self.fail(node, f"{key}.claim", f"no such claim{near}", got(node), "an id in claims.csv")
        return None

    def statements(self, nodes: list[tuple[str, Node]], keys: tuple[str, ...]) -> tuple[Statement, ...]:
        """Return the statements in a list, those that are wrong left out."""
        found = (self.statement(node, key, keys) for key, node in nodes)
        return tuple(one for one in found if one is not None)

    def items(self, node: Node, key: str) -> list[tuple[str, Node]]:
        """Return the items of a list, each with its key."""
        if not isinstance(node, yaml.Sequence):
            self.fail(node, key, "not a list", got(node), "a list of lines that begin with -")
            return []
        return [(f"{key}[{place}]", item) for place, item in enumerate(node.items, start=1)]
