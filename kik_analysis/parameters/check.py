"""What ``kik check`` and ``kik new`` do, as functions that print nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.parameters import shipped
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.header import KINDS
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.parameters.schema import PLACE
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import Problems, did_you_mean, shown
from kik_analysis.reading.storage import write_file

Checker = Callable[[Path], object]
"""Reads a file of one kind; raises an InputError whose lines say what is wrong."""

_NAME = re.compile(r"[^\W_][\w-]*\Z")


def check(files: Iterable[str | Path], checkers: Mapping[str, Checker] | None = None) -> list[str]:
    """Return every problem in the files, one line each; an empty list when all is right.

    ``files``: files of any kind that users write; each says its kind, a scenario may leave it out.
    ``checkers``: what reads the kinds that this part of the package does not know (designs, sweeps, mappings,
    cases).
    """
    if isinstance(files, str | Path):
        raise ParameterError(f"check wants a list of files (got one: {files}; expected [{str(files)!r}])")
    known: dict[str, Checker] = {"scenario": load_scenario, **(checkers or {})}
    lines: list[str] = []
    for path in map(Path, files):
        problems = Problems()
        kind = _kind(path, problems)
        try:
            problems.raise_if_any()
            if kind in known:
                known[kind](path)
            else:
                lines.append(f"{path}:1: kind: this version cannot check a {kind} file yet")
        except InputError as error:
            lines += error.lines
    return lines


def remarks(file: str | Path, lang: str = "en") -> list[str]:
    """Return what a run would remark about a right file (else ParameterError), such as a quantity fixed."""
    if _kind(Path(file), Problems()) != "scenario":
        return []
    return [f"{r.where}: {r.path}: {r.text(lang)}" for r in load_scenario(file).warnings]


def _kind(path: Path, problems: Problems) -> str:
    """Return the kind a file says it is; problems only when that cannot be told."""
    mapping = yaml.load(path, Problems())  # its reader names every problem, of the file as well
    node = mapping.get("kind") if mapping else None
    if node is None or node.word in KINDS:
        return node.word if node else "scenario"
    what = f"unknown kind{did_you_mean(node.said, KINDS)}"
    problems.add(node, what, key="kind", got=node.shown, expected=", ".join(KINDS))
    return ""


def new(name: str, from_: str | Path | None = None) -> Path:
    """Write a small, commented scenario file ``NAME.yml`` that extends another, and return its path.

    ``name``: the scenario's name, or the path of the file to write; ``.yml`` may be left out. ``from_``: the
    file to extend, or the name of a shipped scenario; by default ``params/base.yml`` of the project.
    ParameterError when the name cannot be a file's name, the file exists already, its folder does not, or
    what it is to extend is wrong.
    """
    path = named(name, "scenario")
    if path.stem in shipped.files():
        raise ParameterError(f"{path.stem}: the name of a shipped scenario; choose another")
    base = shipped.find(from_ if from_ is not None else "base")
    template = (resources.files("kik_analysis") / "texts" / "scenario.yml").read_text(encoding="utf-8")
    title = path.stem.replace("_", " ").replace("-", " ").strip().capitalize()
    said = {name: _quoted(one) for name, one in (("base", project.seen_from(path, base)), ("title", title))}
    filled = {**said, "inherited": _inherited(base)}
    return write_new(path, template.format(schema=schema_line(path, PLACE), file=path.name, **filled))


def named(name: str, what: str) -> Path:
    """Return the path of a new file; raise ParameterError when the name cannot be that of a ``what``."""
    path = Path(name if name.endswith((".yml", ".yaml")) else f"{name}.yml")
    if not _NAME.match(path.stem):
        expected = "letters, digits, - and _, a letter first"
        raise ParameterError(f"{shown(path.stem)} cannot name a {what} (expected {expected})")
    return path


def schema_line(path: Path, place: tuple[str, ...]) -> str:
    """Return the line that tells an editor the schema of a file; empty where there is no schema."""
    schema = project.params(*place)
    return f"# yaml-language-server: $schema={project.seen_from(path, schema)}\n" if schema.is_file() else ""


def write_new(path: Path, text: str) -> Path:
    """Write a file that is not there yet and return its path; raise ParameterError when that cannot be."""
    if path.exists():
        raise ParameterError(f"{path}: exists already; choose another name or remove it first")
    try:
        path.parent.stat()  # no folder is made for it
        write_file(path, text.encode())
    except OSError as error:
        raise ParameterError(f"{path}: cannot be written ({str(error.strerror).lower()})") from None
    return path


def _inherited(base: Path) -> str:
    """Return comments, in Dutch, about what an extended scenario does differently from its own baseline."""
    scenario = load_scenario(base)
    if not scenario.header.baseline:
        return ""
    lines = [f"# {base.name}: {scenario.header.reason[0] or scenario.title['nl']}."]
    for one in differences(load_scenario(base.parent / scenario.header.baseline), scenario):
        row, title = one.as_json(), one.words("nl")[0]
        old, new = (json.dumps(row[word], ensure_ascii=False).replace('"', "") for word in ("old", "new"))
        path = " ".join(part for part in (one.path, one.segment) if part)
        since = f" vanaf {one.start}" if one.start else ""
        lines.append(f"#   {path} ({title}): {old} -> {new}{since}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """Return a text as it stands in YAML: plain where it can only be read as that text."""
    plain = re.fullmatch(r"[A-Za-z./][\w ./-]*", text) and text.lower() not in ("true", "false", "null")
    return text if plain else "'" + text.replace("'", "''") + "'"
