"""Scenario files and what they extend: read as layers, from the base to the file at hand.

Sections merge and ``changes`` append; a value is replaced whole, with its range and its provenance.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kik_analysis import project
from kik_analysis.parameters import tables
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.changes import Change, read_changes
from kik_analysis.parameters.origins import Origins
from kik_analysis.parameters.remarks import Remark, renamed
from kik_analysis.parameters.shapes import Reader
from kik_analysis.parameters.values import Value
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import SHOWN_AT_MOST, Problems, did_you_mean, name, shown
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar

FORMAT = 1
KINDS = ("scenario", "identification", "measurement", "design", "sweep", "mapping", "cases")
HEAD = ("format", "kind", "title", "reason", "note", "extends", "changes")
LANGUAGES = ("nl", "en")
_CHAIN_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file (or one set of overrides) says.

    Attributes
    ----------
    name
        The file as results show it, seen from the scenario file's folder.
    shown_as
        The file as the user named it, for messages.
    values, changes
        What it sets, by path, and its dated changes.
    title
        Dutch and English title; empty where none was given.
    remarks
        What is to be said about keys that were renamed.
    """

    name: str
    shown_as: str
    values: dict[str, Value]
    changes: tuple[Change, ...]
    title: tuple[str, str]
    remarks: tuple[Remark, ...] = ()


def read_layers(path: Path, problems: Problems) -> tuple[Layer, ...]:
    """Return a scenario file and what it extends, the base first.

    Every problem in any of the files is added to ``problems``.
    """
    layers: list[Layer] = []
    seen: dict[str, str] = {}
    at, shown_as, result_name = path, str(path), path.name
    extends: Scalar | None = None
    while True:
        identity = os.path.realpath(at)
        if identity in seen:
            assert extends is not None
            what = "extends in a circle" if len(seen) > 1 else "extends itself"
            problems.add(extends, what, key="extends", got=extends.text, expected="a file further down")
            break
        seen[identity] = shown_as
        if extends is not None and not at.is_file():
            what = "no such file; the path is seen from this file's folder"
            problems.add(
                extends, what, key="extends", got=shown(extends.value), expected="base.yml or its path"
            )
            break
        if len(seen) > _CHAIN_LIMIT:
            assert extends is not None
            problems.add(extends, f"more than {_CHAIN_LIMIT} files one above the other", key="extends")
            break
        mapping = yaml.load(at, problems, shown_as=shown_as)
        if mapping is None:
            break
        layer = _layer(mapping, result_name, shown_as, problems)
        layers.append(layer)
        extends = _extends(mapping, problems)
        if extends is None:
            break
        target = Path(extends.text)
        result_name = _result_name(result_name, extends.text)
        shown_as = str(target) if target.is_absolute() else os.path.normpath(at_parent(shown_as) / target)
        at = target if target.is_absolute() else at.parent / target
    return tuple(reversed(layers))


def at_parent(shown_as: str) -> Path:
    """Return the folder of a file as the user named it."""
    return Path(shown_as).parent


def _result_name(previous: str, extends: str) -> str:
    """Return an extended file's name as results show it: relative, and never a path of one machine."""
    target = PurePosixPath(extends.replace("\\", "/"))
    if target.is_absolute() or ":" in extends:
        return target.name
    return PurePosixPath(os.path.normpath(PurePosixPath(previous).parent / target)).as_posix()


def _extends(mapping: Mapping, problems: Problems) -> Scalar | None:
    node = mapping.get("extends")
    if node is None or isinstance(node, Broken):
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
        return node
    got = shown(node.value) if isinstance(node, Scalar) else "keys or a list"
    problems.add(node, "not the name of a file", key="extends", got=got, expected="one file, as base.yml")
    return None


def reader_for(file: str, problems: Problems) -> Reader:
    """Return what reads the values of one file, named as results show it."""
    folder = project.params()
    claims = tables.claims(project.data("published", "claims.csv"))
    return Reader(catalogue(), Origins(file, claims, tables.priors(folder), problems), problems)


def _layer(mapping: Mapping, result_name: str, shown_as: str, problems: Problems) -> Layer:
    reader = reader_for(result_name, problems)
    values: dict[str, Value] = {}
    changes: tuple[Change, ...] = ()
    title = ("", "")
    remarks: list[Remark] = []
    kind = mapping.get("kind")
    if isinstance(kind, Scalar) and kind.value in KINDS and kind.value != "scenario":
        problems.add(kind, f"this is a {kind.text} file", key="kind", expected="a scenario")
        return Layer(result_name, shown_as, values, changes, title)
    for key, node in mapping:
        if key.text == "changes":
            changes = read_changes(node, reader)
        elif key.text == "title":
            title = _title(node, problems)
        elif key.text in HEAD:
            _head(key.text, node, problems)
        elif key.text in reader.catalogue.sections:
            values |= _section(key, node, reader, remarks)
        else:
            _unknown(key, node, reader)
    return Layer(result_name, shown_as, values, changes, title, tuple(remarks))


def _head(word: str, node: Node, problems: Problems) -> None:
    if isinstance(node, Broken) or word == "extends":
        return
    value = node.value if isinstance(node, Scalar) else None
    got = shown(value) if isinstance(node, Scalar) else "keys or a list"
    if word == "format":
        if value != FORMAT or isinstance(value, bool):
            what = "this version reads another format"
            problems.add(node, what, key=word, got=got, expected=str(FORMAT))
    elif word == "kind":
        if value not in KINDS:
            hint = did_you_mean(node.text, KINDS) if isinstance(node, Scalar) else ""
            problems.add(node, f"unknown kind{hint}", key=word, got=got, expected=", ".join(KINDS))
    elif not (isinstance(node, Scalar) and isinstance(value, str)):
        problems.add(node, "not a text", key=word, got=got, expected="a text")


def _title(node: Node, problems: Problems) -> tuple[str, str]:
    """Return the Dutch and English title; one given in one language serves both."""
    if isinstance(node, Broken):
        return "", ""
    if isinstance(node, Scalar) and node.value is not None:
        return node.text, node.text
    if not isinstance(node, Mapping):
        got = shown(node.value) if isinstance(node, Scalar) else "a list"
        problems.add(node, "not a title", key="title", got=got, expected="a text, or {nl: .., en: ..}")
        return "", ""
    found = {"nl": "", "en": ""}
    for key, inner in node:
        if key.text not in LANGUAGES:
            what = f"unknown language{did_you_mean(key.text, LANGUAGES)}"
            problems.add(key, what, key=f"title.{name(key.text)}", expected="nl, en")
        elif isinstance(inner, Scalar) and inner.value is not None:
            found[key.text] = " ".join(inner.text.split())
        elif not isinstance(inner, Broken):
            problems.add(inner, "not a text", key=f"title.{key.text}", expected="a text")
    return found["nl"] or found["en"], found["en"] or found["nl"]


def _section(key: Scalar, node: Node, reader: Reader, remarks: list[Remark]) -> dict[str, Value]:
    problems, book = reader.problems, reader.catalogue
    if isinstance(node, Broken) or (isinstance(node, Scalar) and node.value is None):
        return {}
    if not isinstance(node, Mapping):
        got = shown(node.value) if isinstance(node, Scalar) else "a list"
        names = book.names(key.text)
        expected = f"keys such as {', '.join(names[:3])}"
        problems.add(
            node, "this is a section; its keys stand below it", key=key.text, got=got, expected=expected
        )
        return {}
    values: dict[str, Value] = {}
    old_names = tables.renamed(book.folder)
    for child, inner in node:
        path = f"{key.text}.{child.text}"
        if path in old_names and old_names[path] in book:
            new = old_names[path]
            remarks.append(renamed(path, new, f"{reader.origins.file}:{child.line}"))
            path = new
        if path not in book:
            _unknown(child, inner, reader, key.text)
            continue
        value = reader.read(book[path], inner, path, place=child)
        if value is not None:
            values[path] = value
    return values


def _unknown(key: Scalar, node: Node, reader: Reader, section: str = "") -> None:
    """Say what is wrong with a key that no parameter has, and which was probably meant."""
    book = reader.catalogue
    path = f"{section}.{key.text}" if section else key.text
    shown_path = f"{section}.{name(key.text)}" if section else name(key.text)
    lowered = key.text.lower()
    reason = next((why for word, why in tables.refused(book.folder).items() if word in lowered), "")
    if reason:
        reader.problems.add(key, f"not a parameter: {reason}", key=shown_path)
        return
    many = len(reader.problems) > SHOWN_AT_MOST  # lines that nobody will see need no search for a hint
    hint = "" if many else _meant(key, path, node, reader, section)
    expected = "" if hint or section else f"one of {', '.join((*HEAD, *book.sections))}"
    reader.problems.add(key, f"unknown key{hint}", key=shown_path, expected=expected)


def _meant(key: Scalar, path: str, node: Node, reader: Reader, section: str) -> str:
    """Return what a misspelt or misplaced key probably means, as the end of a sentence."""
    book = reader.catalogue
    if section and key.text in (*book.sections, *HEAD):
        return f"; {key.text} stands at the start of a line of its own"
    near = key.text if key.text in book else None
    if not section and near is None:
        hint = did_you_mean(key.text, (*book.sections, *HEAD))
        if isinstance(node, Mapping) and not hint:
            inside = {k.text for k, _ in node}
            meant = [name for name in book.sections if inside & set(book.names(name))]
            hint = f"; did you mean {meant[0]}?" if meant else ""
        if hint:
            return hint
    near = near or book.nearest(path)
    if near is None:
        return ""
    head, _, leaf = near.partition(".")
    return f"; did you mean {near}?" + ("" if head == section else f" it stands as {leaf} below {head}")
