"""The head of a scenario file: what it is called, why it is there, on what ground, and its baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters.hints import read_text
from kik_analysis.parameters.origins import Origins
from kik_analysis.reading.problems import Problems, did_you_mean, name
from kik_analysis.reading.yaml import Mapping, Node, Scalar

FORMAT = 1
KINDS = ("scenario", "identification", "measurement", "design", "question", "sweep", "mapping", "cases")
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


def read(mapping: Mapping, folder: Path, origins: Origins) -> Header:
    """Return the head of a file that stands in ``folder``; problems go to the list of ``origins``."""
    problems, extends = origins.problems, mapping.get("extends")
    found: dict[str, Any] = {}
    for word, node in ((key.text, node) for key, node in mapping):
        if word in ("reason", *NAMES):
            found[word] = _in_words(node, word, problems)
        elif word == "source":
            found[word] = origins.sources(node, word)
        elif word == "baseline":
            found[word] = _baseline(node, folder, problems)
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


def _baseline(node: Node, folder: Path, problems: Problems) -> str:
    text = node.word
    if text.endswith(ENDINGS) and (folder / text).is_file():
        return text
    what = "no such file; the path is seen from this file's folder" if text else "not the name of a file"
    problems.add(node, what, key="baseline", got=node.shown, expected="one file, as base.yml")
    return ""


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
        expected = "a text, or {nl: .., en: ..}"
        problems.add(node, f"not a {word}", key=word, got=node.shown, expected=expected)
    return found["nl"] or found["en"], found["en"] or found["nl"]
