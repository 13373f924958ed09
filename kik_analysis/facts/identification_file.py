"""Reads an identification file: unknowns, statements and questions as data, all problems at once.

A file may extend another: its variables, assumptions and quantities replace those of the same name, its
definitions and claims come on top. So a researcher tries a claim or an assumption in a file of a few lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.evidence.reads import note
from kik_analysis.facts.claims import claims
from kik_analysis.facts.identification_nodes import LANGUAGES, RELATIONS, WITH_CLAIM, NodeReader, got
from kik_analysis.facts.statements import Assumption, Identification, Quantity, Statement, Words
from kik_analysis.reading import yaml
from kik_analysis.reading.digest import bytes_digest
from kik_analysis.reading.problems import Place, Problems, did_you_mean
from kik_analysis.reading.yaml import Node, Scalar
from kik_analysis.statistics.linear_system import Variable

FILE = "identification.yml"
FORMAT = 1
KIND = "identification"
UNITS = ("share", "persons", "invitations", "conversations", "ratio", "count")
"""Units of a quantity; a share stays a fraction of one."""
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_NAMED = ("variables", "assumptions", "quantities")
_LISTED = ("definitions", "claims")
_GENERATIONS = 8


@dataclass
class _Parts:
    """The sections of a file and of those it extends, not yet understood."""

    files: list[tuple[Path, str]] = field(default_factory=list)
    title: Node | None = None
    named: dict[str, dict[str, tuple[Scalar, Node]]] = field(
        default_factory=lambda: {section: {} for section in _NAMED}
    )
    listed: dict[str, list[tuple[str, Node]]] = field(
        default_factory=lambda: {section: [] for section in _LISTED}
    )


def _name(reader: NodeReader, name: Scalar, key: str) -> None:
    if not NAME.match(name.text):
        reader.fail(name, key, "not a name", name.text, "small letters, digits and _, a letter first")


def _gather(reader: NodeReader, path: Path, shown_as: str, parts: _Parts, seen: tuple[Path, ...]) -> None:
    """Read a file and, before it, the file it extends; put its sections into ``parts``."""
    top = yaml.load(path, reader.problems, shown_as=shown_as)
    if top is None:
        return
    parts.files.append((path, bytes_digest(path.read_bytes())))
    found = reader.fields(top, "", ("format", "kind"), ("title", "extends", *_NAMED, *_LISTED))
    if found is None:
        return
    for key, value in (("format", FORMAT), ("kind", KIND)):
        node = found.get(key)
        if node is not None and not (isinstance(node, Scalar) and node.value == value):
            reader.fail(node, key, "not a file of this kind", got(node), str(value))
    if "extends" in found:
        named = reader.text(found["extends"], "extends")
        parent = (path.parent / named).resolve()
        if parent in seen or len(seen) >= _GENERATIONS:
            reader.fail(
                found["extends"], "extends", "files extend each other in a circle", got(found["extends"])
            )
        elif named:
            _gather(reader, parent, (Path(shown_as).parent / named).as_posix(), parts, (*seen, parent))
    parts.title = found.get("title", parts.title)
    for section in _NAMED:
        entries = found.get(section)
        if isinstance(entries, yaml.Mapping):
            for name, content in entries:
                _name(reader, name, f"{section}.{name.text}")
                parts.named[section][name.text] = (name, content)
        elif entries is not None:
            reader.fail(entries, section, "not a mapping", got(entries), "names, each with its fields")
    for section in _LISTED:
        if section in found:
            parts.listed[section] += reader.items(found[section], section)


def _variable(reader: NodeReader, name: str, node: Node) -> tuple[Variable, Words]:
    key = f"variables.{name}"
    found = reader.fields(node, key, LANGUAGES, ("whole", "signed")) or {}
    flags = {flag: reader.flag(found[flag], f"{key}.{flag}") for flag in ("whole", "signed") if flag in found}
    low = None if flags.get("signed") else 0
    return Variable(name, low, None, flags.get("whole", True) is not False), reader.words(found, key)


def _assumption(reader: NodeReader, name: str, node: Node) -> Assumption:
    key = f"assumptions.{name}"
    found = reader.fields(node, key, (*LANGUAGES, "why", "constraints"), ("on",)) or {}
    items = reader.items(found["constraints"], f"{key}.constraints") if "constraints" in found else []
    if "constraints" in found and isinstance(found["constraints"], yaml.Sequence) and not items:
        reader.fail(found["constraints"], f"{key}.constraints", "empty", "", "at least one constraint")
    on = reader.flag(found["on"], f"{key}.on") if "on" in found else True
    return Assumption(
        name,
        reader.words(found, key),
        reader.text(found["why"], f"{key}.why") if "why" in found else "",
        reader.statements(items, (*RELATIONS, *WITH_CLAIM)),
        on is not False,
    )


def _given(reader: NodeReader, node: Node, key: str, assumptions: Mapping[str, object]) -> tuple[str, ...]:
    names = []
    for place, item in reader.items(node, key):
        if isinstance(item, Scalar) and item.text in assumptions:
            names.append(item.text)
        else:
            near = did_you_mean(item.text, assumptions) if isinstance(item, Scalar) else ""
            reader.fail(item, place, f"no such assumption{near}", got(item), "a name under assumptions")
    return tuple(names)


def _quantity(
    reader: NodeReader, name: str, node: Node, assumptions: Mapping[str, object]
) -> Quantity | None:
    key = f"quantities.{name}"
    found = reader.fields(node, key, (*LANGUAGES, "unit", "of", "given"), ("per",))
    if found is None:
        return None
    words = reader.words(found, key)
    unit = reader.choice(found["unit"], f"{key}.unit", UNITS) if "unit" in found else None
    of = reader.form(found["of"], f"{key}.of") if "of" in found else None
    per = reader.form(found["per"], f"{key}.per") if "per" in found else None
    items = reader.items(found["given"], f"{key}.given") if "given" in found else []
    if "given" in found and isinstance(found["given"], yaml.Sequence) and not items:
        reader.fail(
            found["given"], f"{key}.given", "empty", "", "at least one set, if need be the empty [[]]"
        )
    given = tuple(_given(reader, item, place, assumptions) for place, item in items)
    return None if unit is None or of is None else Quantity(name, words, unit, of, per, given)


def _definitions(reader: NodeReader, nodes: list[tuple[str, Node]]) -> tuple[Statement, ...]:
    """Return the definitions; a number of their own is refused, as it needs something behind it."""
    found = []
    for key, node in nodes:
        one = reader.statement(node, key, tuple(RELATIONS))
        if one is not None and any(form.constant for _, form in one.limits):
            reader.fail(node, key, "a definition holds no number; make it a claim or an assumption")
        elif one is not None:
            found.append(one)
    return tuple(found)


def _understand(reader: NodeReader, parts: _Parts, place: Place) -> Identification:
    for section in ("variables", "quantities"):
        if not parts.named[section]:
            reader.problems.add(place, f"the key {section} is missing")
    reader.variables = set(parts.named["variables"])
    unknowns = [_variable(reader, name, node) for name, (_, node) in parts.named["variables"].items()]
    definitions = _definitions(reader, parts.listed["definitions"])
    published = reader.statements(parts.listed["claims"], WITH_CLAIM)
    assumptions = {
        name: _assumption(reader, name, node) for name, (_, node) in parts.named["assumptions"].items()
    }
    quantities = {
        name: _quantity(reader, name, node, assumptions)
        for name, (_, node) in parts.named["quantities"].items()
    }
    title: Words = {}
    if parts.title is not None:
        title = reader.words(reader.fields(parts.title, "title", LANGUAGES) or {}, "title")
    return Identification(
        file=place.file,
        title=title,
        variables=tuple(variable for variable, _ in unknowns),
        words={variable.name: words for variable, words in unknowns},
        definitions=definitions,
        claims=published,
        assumptions=assumptions,
        quantities={name: one for name, one in quantities.items() if one is not None},
    )


@dataclass(frozen=True)
class _Known:
    """A file that was read before, with what would make reading it again necessary."""

    files: tuple[tuple[Path, str], ...]
    claim_ids: frozenset[str]
    content: Identification

    def fresh(self, claim_ids: frozenset[str]) -> bool:
        return self.claim_ids == claim_ids and all(
            file.is_file() and bytes_digest(file.read_bytes()) == digest for file, digest in self.files
        )


_known: dict[tuple[Path, str], _Known] = {}


def _read(path: Path, shown_as: str, claim_ids: frozenset[str]) -> _Known:
    problems, parts = Problems(), _Parts()
    reader = NodeReader(problems, claim_ids)
    _gather(reader, path, shown_as, parts, (path.resolve(),))
    content = _understand(reader, parts, Place(shown_as)) if parts.files else None
    problems.raise_if_any(ParameterError)
    assert content is not None
    return _Known(tuple(parts.files), claim_ids, content)


def identification(path: str | Path | None = None) -> Identification:
    """Return what an identification file says; the files read are on record.

    Parameters
    ----------
    path
        The file; by default the project's ``params/identification.yml``.

    Raises
    ------
    ParameterError
        With every problem in the file, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    file = project.params(FILE) if path is None else Path(path)
    shown_as = project.relative(file) if path is None else str(path)
    claim_ids = frozenset(claims().ids())
    known = _known.get((file.resolve(), shown_as))
    if known is None or not known.fresh(claim_ids):
        known = _read(file, shown_as, claim_ids)
        _known[(file.resolve(), shown_as)] = known
    for one, digest in known.files:
        note("file", project.relative(one), digest)
    return known.content
