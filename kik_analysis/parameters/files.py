"""Scenario files, shipped and own: their heads, and read as layers from the base to the file at hand.

Sections merge; a value is replaced whole, with its range and its provenance. Values given in a call or with
``--set`` are a layer too, read by the same rules and owned by whoever gave them.
"""

import datetime
import functools
import os
import re
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.parameters.catalogue import catalogue, did_you_mean, why_refused
from kik_analysis.parameters.changes import Change, Drop, read_changes
from kik_analysis.parameters.hints import read_text
from kik_analysis.parameters.remarks import Remark, in_one, old_name
from kik_analysis.parameters.shapes import Reader
from kik_analysis.parameters.values import Value
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import SHOWN_AT_MOST, Place, Problem, Problems, name, nearest, shown
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence

FORMAT = 1
KINDS = ("scenario", "identification", "measurement", "design", "question", "sweep", "mapping", "cases")
INSTEAD = {"scenario": "kik simulate", "design": "kik design", "cases": "kik test"}  #: what runs it
HEAD = (
    "format", "kind", "title", "reason", "source", "note", "extends", "baseline", "published", "place",
    "district_team", "changes",
)  # fmt: skip

NAMES = ("title", "place", "district_team")
ENDINGS = (".yml", ".yaml")
TITLE_LIMIT = 200
_FIXED: dict[str, tuple[str, tuple[object, ...]]] = {
    "format": ("this version reads another format", (FORMAT,)),
    "kind": ("unknown kind", KINDS),
    "published": ("not possible; without this key the published history belongs to it", ("none",)),
}
"""Keys with few possible values: what is wrong with another one, and what may stand there."""

TEAM = re.compile(
    r"(?:\b(?:het|the) )?(?<!\()\bWIJ\b(?![\w./-]*\.ya?ml\b)"
    r"(?:[- ]teams?| Groningen)?(?: in de wijk| in the district)?"
)
"""How texts name the social teams of Groningen's districts; no file of that name, no scenario ``(WIJ``."""

Dated = tuple[Change | Drop, ...]
Words = tuple[str, str]
"""A text in Dutch and in English."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a file says; empty where it says nothing.

    ``title``, ``reason``, ``place``, ``district_team``: In Dutch and English: what it is called, why it
    exists, the municipality's name, and what its social teams in the districts are called. ``source``:
    claims, priors or texts on which the scenario rests. ``baseline``: the file that it is to be compared
    with, seen from this file's folder; by default what it extends. ``published``: false where the published
    history is not this scenario's: whatever rests on claims is left out.
    """

    title: Words = ("", "")
    reason: Words = ("", "")
    source: tuple[str, ...] = ()
    baseline: str = ""
    published: bool = True
    place: Words = ("", "")
    district_team: Words = ("", "")

    def as_json(self) -> dict[str, Any]:
        """Return the head as plain types."""
        texts = {
            word: dict(zip(LANGUAGES, getattr(self, word), strict=True))
            for word in ("title", "reason", "place")
        }
        return {**texts, "source": list(self.source), "baseline": self.baseline, "published": self.published}

    def own_words(self, text: str, lang: Lang) -> str:
        """Return a text in which the district team has the municipality's own name for it."""
        if self.published:
            return text
        own = self.district_team[LANGUAGES.index(lang)] or sentences.text("report.district_team", lang).plain
        return TEAM.sub(lambda _: own, text)

    def told(self, line: str, lang: Lang) -> str:
        """Return the line of a remark in one language: its sentence in own words, its file as it is."""
        place, path, said = in_one(line, lang).split(": ", 2)
        return f"{place}: {path}: {self.own_words(said, lang)}"


NOTHING = Header()


def together(headers: Iterable[Header], fallback: str) -> Header:
    """Return the head of a scenario that several files make, the base first.

    Names and ``published`` come from the last file that has them; the other keys are the last file's own.
    ``fallback`` is the title where that file gives none: another choice must not go by its baseline's title.
    """
    every = list(headers) or [NOTHING]
    last = {"title": (fallback, fallback)}
    for one in every:
        last |= {word: getattr(one, word) for word in ("place", "district_team") if any(getattr(one, word))}
    last |= {"title": every[-1].title} if any(every[-1].title) else {}
    return replace(every[-1], **last, published=all(one.published for one in every))  # type: ignore[arg-type]


def read_head(mapping: Mapping, folder: Path, reader: Reader) -> Header:
    """Return the head of a file that stands in ``folder``; problems go to the reader's list."""
    problems, extends = reader.problems, mapping.get("extends")
    found: dict[str, Any] = {}
    for word, node in ((key.text, node) for key, node in mapping):
        if word in ("reason", *NAMES):
            found[word] = _in_words(node, word, problems)
        elif word == "source":
            found[word] = reader.sources(node, word)
        elif word == "baseline":
            at = named_in(folder, node.word)
            if at.suffix in ENDINGS and at.is_file():
                found[word] = node.word
            else:
                what = _missing(at) if node.word else "not the name of a file"
                problems.add(node, what, key=word, got=node.shown, expected="one file, as base.yml")
        elif word == "note":
            read_text(node, word, problems)
        elif word in _FIXED:
            what, allowed = _FIXED[word]
            value = node.value if isinstance(node, Scalar) else None
            if value not in allowed or isinstance(value, bool):
                known = [str(one) for one in allowed]
                what += did_you_mean(node.said, known) if word == "kind" else ""
                problems.add(node, what, key=word, got=node.shown, expected=", ".join(known))
    found["baseline"] = found.get("baseline") or (extends.said if extends else "")
    return Header(**found, published="published" not in mapping)


def _in_words(node: Node, word: str, problems: Problems) -> Words:
    """Return a text in Dutch and English; one given in one language serves both."""
    limit = {} if word == "reason" else {"most": TITLE_LIMIT}
    found: dict[str, str] = dict.fromkeys(LANGUAGES, "")
    if isinstance(node, Mapping):
        for key, inner in node:
            path = f"{word}.{name(key.text)}"
            if key.text in LANGUAGES:
                found[key.text] = read_text(inner, path, problems, **limit)
            else:
                what = f"unknown language{did_you_mean(key.text, LANGUAGES)}"
                problems.add(key, what, key=path, expected="nl, en")
    elif isinstance(node, Scalar) and node.value is not None:
        found["nl"] = read_text(node, word, problems, **limit)
    else:
        problems.add(node, f"not a {word}", key=word, got=node.shown, expected="a text or {nl: .., en: ..}")
    return found["nl"] or found["en"], found["en"] or found["nl"]


OVERRIDES, SET, FOLDER_VARIABLE = "override", "--set", "KIK_SCENARIO_DIR"
_CHAIN_LIMIT = 10
_ANOTHER = "base.yml, or the path of another scenario"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file (or one set of overrides) says.

    ``name``: the file as results show it, seen from the scenario file's folder. ``shown_as``: the file as the
    user named it, for messages. ``values``, ``changes``: what it sets, by path, and its dated changes and
    drops. ``header``: title, reason, source, baseline and place. ``remarks``: what is to be said about keys
    that were renamed.
    """

    name: str
    shown_as: str
    values: dict[str, Value]
    changes: Dated = ()
    header: Header = NOTHING
    remarks: tuple[Remark, ...] = ()


def read_layers(
    path: Path,
    problems: Problems,
    shown_as: str = "",
    result_name: str = "",
    above: tuple[str, ...] = (),
    extends: Node | None = None,
) -> tuple[Layer, ...]:
    """Return a scenario file and what it extends, the base first.

    ``path``: the file. ``problems``: receives every problem in any of the files. The rest is for a file that
    another extends: its names in messages and results, those above it, and where it was named.
    """
    shown_as, result_name, here = shown_as or str(path), result_name or path.name, os.path.realpath(path)
    found = Problems()
    wrong, expected = _not_to_be_read(path, here, above) if extends else ("", "")
    mapping = None if wrong else yaml.load(path, found, shown_as=shown_as)
    ours = any(key.text in (*HEAD, *catalogue().sections) for key, _ in mapping or ())
    if extends and not wrong and not ours:  # print no line of a file that is not ours
        wrong, expected = "this file is no scenario", _ANOTHER
    if extends and wrong:
        problems.add(extends, wrong, key="extends", got=extends.shown, expected=expected)
        return ()
    if mapping is None:
        problems.extend(found.sorted)
        return ()
    layer = _layer(mapping, path.parent, result_name, shown_as, found)
    if not ours and {one.what for one in found.sorted} == {"unknown key"}:  # and none is nearly ours
        found, expected = Problems(), f"keys such as {', '.join(HEAD[:3])}"
        found.add(Place(shown_as, 1), "this file is no scenario", expected=expected)
    problems.extend(found.sorted)
    named = mapping.get("extends")
    if not isinstance(named, Scalar) or not named.word.strip():
        if named is not None:
            expected = "one file, as base.yml"
            problems.add(named, "not the name of a file", key="extends", got=named.shown, expected=expected)
        return (layer,)
    target = named_in(path.parent, named.said)
    beside = target == path.parent / named.said
    below = os.path.normpath(Path(shown_as).parent / named.said) if beside else project.relative(target)
    name, said = target.name, PurePosixPath(named.said.replace("\\", "/"))
    if beside and (said.is_absolute() or ":" in named.said):
        name = said.name
    elif beside:  # relative, and never a path of one machine
        name = PurePosixPath(os.path.normpath(PurePosixPath(result_name).parent / said)).as_posix()
    return (*read_layers(target, problems, below, name, (*above, here), named), layer)


def named_in(folder: Path, said: str) -> Path:
    """Return the file that one in a folder names: seen from there (an absolute path stays), or shipped."""
    there = folder / said
    return there if there.is_file() else shipped().get(said.removesuffix(".yml"), there)


def _missing(path: Path) -> str:
    near = nearest(path.stem, (*shipped(), *(one.stem for one in path.parent.glob("*.yml"))))
    also = f"; did you mean {near}.yml?" if near else ""
    return f"no such file; the path is seen from this file's folder{also}"


def _not_to_be_read(at: Path, identity: str, seen: tuple[str, ...]) -> tuple[str, str]:
    """Return why an extended file is not opened, and what is expected; nothing when it is."""
    if identity in seen:
        what = "extends in a circle" if len(seen) > 1 else "extends itself"
        return what, "a file of another name" if at.stem in shipped() else "a file further down"
    if not at.is_file():
        return _missing(at), _ANOTHER
    if at.suffix not in ENDINGS:
        return "a scenario's name ends in .yml", _ANOTHER
    if len(seen) >= _CHAIN_LIMIT:
        return f"more than {_CHAIN_LIMIT} files one above the other", ""
    return "", ""


def _layer(mapping: Mapping, folder: Path, result_name: str, shown_as: str, problems: Problems) -> Layer:
    kind = mapping.get("kind")
    if kind and kind.word in KINDS and kind.word != "scenario":
        command = f"; to run it: {INSTEAD[kind.word]} {shown_as}" if kind.word in INSTEAD else ""
        problems.add(kind, f"this is a {kind.word} file", key="kind", expected=f"a scenario{command}")
        return Layer(result_name, shown_as, {})
    head = read_head(mapping, folder, Reader(result_name, problems))
    values, changes, old, found = _body(mapping, result_name, project.root())
    problems.extend(found)
    return Layer(result_name, shown_as, dict(values), changes, head, tuple(old_name(*one) for one in old))


@functools.lru_cache(maxsize=128)
def _body(
    mapping: Mapping, result_name: str, root: Path
) -> tuple[dict[str, Value], Dated, tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """Return what stands below a file's head: values, changes, old names, problems; of ``root``'s catalogue.

    A base that many scenarios extend is read once.
    """
    problems = Problems()
    reader, values = Reader(result_name, problems), dict[str, Value]()
    changes: Dated = ()
    for key, node in mapping:
        if key.text == "changes":
            changes = read_changes(node, reader)
        elif key.text in reader.catalogue.sections:
            values |= _section(key, node, reader)
        elif key.text not in HEAD:
            _unknown(key, node, reader)
    # the base itself sets what still works under an old name
    old = tuple(one for one in reader.old if "extends" in mapping or one[0] not in reader.catalogue)
    return values, changes, old, problems.sorted


def _section(key: Scalar, node: Node, reader: Reader) -> dict[str, Value]:
    values: dict[str, Value] = {}
    if isinstance(node, Mapping):
        for child, inner in node:
            found = values_at(f"{key.text}.{child.text}", inner, child, reader)
            if found is None:
                _unknown(child, inner, reader, key.text)
            values |= found or {}
    elif not (isinstance(node, Scalar) and node.value is None):
        what, word = "this is a section; its keys stand below it", node.said.partition(" ")[0]
        if ":" in node.said:
            what = "a space is missing after the colon"
        elif word in reader.catalogue.names(key.text):
            what = f"a colon is missing after {word}"
        expected = f"keys such as {', '.join(reader.catalogue.names(key.text)[:3])}"
        reader.problems.add(node, what, key=key.text, got=node.shown, expected=expected)
    return values


def values_at(path: str, node: Node, place: Scalar, reader: Reader) -> dict[str, Value] | None:
    """Return what stands at a path, under its new name, or names; None when no parameter has it."""
    paths = reader.paths(path, place)
    found = {one: reader.read(reader.catalogue[one], node, one, place) for one in paths}
    return {one: value for one, value in found.items() if value is not None} if paths else None


def _unknown(key: Scalar, node: Node, reader: Reader, section: str = "") -> None:
    """Say what is wrong with a key that no parameter has, and which was probably meant."""
    book = reader.catalogue
    head = f"{section}." if section else ""
    reason = why_refused(key.text)
    what, expected = f"not a parameter: {reason}", ""
    if not reason:
        many = len(reader.problems) > SHOWN_AT_MOST  # lines that nobody will see need no search for a hint
        hint = "" if many else _meant(key, head + key.text, node, reader, section)
        what = f"unknown key{hint}"
        search = f"what kik explain {name(key.text)} finds"
        expected = "" if hint else search if section else f"one of {', '.join((*HEAD, *book.sections))}"
    reader.problems.add(key, what, key=head + name(key.text), expected=expected)


def _meant(key: Scalar, path: str, node: Node, reader: Reader, section: str) -> str:
    """Return what a misspelt or misplaced key probably means, as the end of a sentence."""
    book = reader.catalogue
    if section and key.text in (*book.sections, *HEAD):
        return f"; {key.text} stands at the start of a line of its own"
    near = key.text if key.text in book else book.called(key.text)
    if not section and near is None:
        hint = did_you_mean(key.text, (*book.sections, *HEAD))
        if isinstance(node, Mapping) and not hint:
            inside = {k.text for k, _ in node}
            meant = [name for name in book.sections if inside & set(book.names(name))]
            hint = f"; did you mean {meant[0]}?" if meant else ""
            if inside & set(book.sections):
                hint = "; leave it out: what stands below it begins at the start of a line"
        if hint:
            return hint
    near = near or book.nearest(path)
    if near is None:
        return ""
    head, _, leaf = near.partition(".")
    return f"; did you mean {near}?" + ("" if head == section else f" it stands as {leaf} below {head}")


def overrides_layer(overrides: Any, problems: Problems) -> Layer:
    """Return values given in a call, by path, as a layer of their own.

    ``overrides``: path to a value: a number, text, date, list, or a dictionary with one of the five shapes.
    ``problems``: receives what is wrong. ParameterError when ``overrides`` is no dictionary.
    """
    if not isinstance(overrides, AnyMapping):
        got = f"got {shown(overrides)}; expected " + "{'team.fte': 12}"
        raise ParameterError(f"overrides: not a dictionary of paths and values ({got})")
    given_as = next((one.file for one in overrides.values() if isinstance(one, Node)), OVERRIDES)
    reader = Reader(given_as, problems)
    values: dict[str, Value] = {}
    for path, given in overrides.items():
        place = Scalar(given_as, 0, 0, path, str(path))
        node = given if isinstance(given, Scalar | Sequence | Mapping) else _node(given)
        if node is None:
            what = f"a value of type {type(given).__name__} cannot be used"
            problems.add(place, what, key=name(place.text), expected="a number, text, date or dictionary")
        elif (found := values_at(path, node, place, reader)) is None:
            problems.add(place, reader.catalogue.refusal(place.text), key=name(place.text))
        else:
            values |= found
    return Layer(given_as, given_as, values, remarks=tuple(old_name(*one) for one in reader.old))


def _node(value: Any, depth: int = 0) -> Node | None:
    """Return a Python value as a node of a file; None for what no file can hold."""
    if depth > yaml.DEPTH_LIMIT or isinstance(value, datetime.datetime | bytes):
        return None
    value = value.item() if getattr(value, "ndim", None) == 0 else value  # a number of numpy
    if isinstance(value, float) and not abs(value) < float("inf"):
        value = str(value)  # not a number is text as well
    if value is None or isinstance(value, bool | str | int | float | datetime.date):
        return Scalar(OVERRIDES, 0, 0, value, str(value))
    if isinstance(value, AnyMapping):
        pairs = [(_node(key, depth + 1), _node(inner, depth + 1)) for key, inner in value.items()]
        right = tuple((k, node) for k, node in pairs if isinstance(k, Scalar) and node is not None)
        return Mapping(OVERRIDES, 0, 0, right) if len(right) == len(pairs) else None
    if isinstance(value, AnySequence):
        items = tuple(node for item in value if (node := _node(item, depth + 1)) is not None)
        return Sequence(OVERRIDES, 0, 0, items) if len(items) == len(value) else None
    return None


def parse_assignment(text: str, problems: Problems) -> dict[str, Node]:
    """Return ``team.fte=12``, as given to ``--set``, as path and value, by the rules of files."""
    path, sign, given = text.partition("=")
    path, place = path.strip(), Place(SET)
    if not sign or not path:
        problems.add(place, "not an assignment", got=shown(text), expected="PATH=VALUE, as team.fte=12")
        return {}
    before = len(problems)
    node = yaml.parse_value(given, SET, problems)
    if node is None and len(problems) == before:
        problems.add(place, "no value is given", key=name(path), expected="PATH=VALUE")
    return {path: node} if node is not None else {}


def shipped() -> dict[str, Path]:
    """Return each shipped scenario's file by its name; the base first, the others by name."""
    others = sorted(project.params("scenarios").glob("*.yml"))
    return {path.stem: path for path in (project.params("base.yml"), *others)}


def find(given: str | Path) -> Path:
    """Return the file of a scenario that is named by its path, or, when it is shipped, by its name alone.

    A relative path is sought in the working folder, then in the project's root, then in
    ``$KIK_SCENARIO_DIR``; a mere name there first: it is the file that a run was asked for. ParameterError
    when it is neither; the message has the nearest name. A path that ends in .yml and leads nowhere is
    returned as it is: who reads it says what is wrong.
    """
    path, handed = Path(given), os.environ.get(FOLDER_VARIABLE)
    asked = [Path(handed)] if handed else []
    for folder in [*(asked if len(path.parts) == 1 else []), Path(), project.root(), *asked]:
        if (folder / path).is_file():
            return folder / path
    path = named_in(Path(), str(given))
    if path.suffix in ENDINGS or path.exists():
        return path
    beside = next((file for end in ENDINGS if (file := path.with_name(path.name + end)).is_file()), None)
    hint = f"; did you mean {beside}?" if beside else did_you_mean(str(given), shipped())
    raise ParameterError(
        f"{given}: no scenario of this name{hint} (kik scenarios lists them; or give a path)"
    )


def headers() -> dict[str, Header]:
    """Return the head of each shipped scenario by name; ``baseline`` is a name of the list.

    ParameterError with one line for every problem in one of the files.
    """
    problems = Problems()
    found = {}
    for called, path in shipped().items():
        head = together((layer.header for layer in read_layers(path, problems)), called)
        found[called] = replace(head, baseline=Path(head.baseline).stem)
    problems.raise_if_any(ParameterError)
    return found
