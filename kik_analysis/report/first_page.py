"""The first page: a few sentences, each marked published, computed or not known.

Which sentences stand there is data (``template/first_page.toml``); their words stand in
``texts/summary.toml``, their numbers in ``numbers.json``.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from kik_analysis.errors import RunError
from kik_analysis.evidence.classes import Evidence, worst
from kik_analysis.evidence.number import Number
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text

FILE = "first_page.toml"
PARTS = ("brief", "weighs", "unknown", "ask")
MOST_IN_BRIEF = 5


@dataclass(frozen=True)
class Sentence:
    """One sentence of the first page.

    Attributes
    ----------
    text
        The filled sentence.
    mark
        ``published``, ``computed`` or ``not_known``; empty for a question.
    section
        Id of the part of the report that it rests on; empty when that part is not there.
    """

    text: Text
    mark: str
    section: str


@functools.cache
def plan() -> dict[str, Any]:
    """Return what ``template/first_page.toml`` holds."""
    source = resources.files("kik_analysis") / "report" / "template" / FILE
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _mark(part: str, entry: Mapping[str, Any], values: Mapping[str, Number]) -> str:
    if part == "ask":
        return ""
    if entry.get("unknown") or part == "unknown":
        return "not_known"
    published = worst(number.evidence for number in values.values()) is Evidence.PUBLISHED
    return "published" if published else "computed"


def _fill(
    part: str, entry: Mapping[str, Any], numbers: Mapping[str, Number], lang: Lang, partial: bool
) -> tuple[Text, str] | None:
    wanted: Mapping[str, str] = entry.get("numbers", {})
    missing = sorted(set(wanted.values()) - set(numbers))
    if missing:
        if partial:
            return None
        raise RunError(
            f"first page, {entry['sentence']}: no notebook published the number {', '.join(missing)} "
            f"({FILE} asks for it)"
        )
    values = {name: numbers[one] for name, one in wanted.items()}
    return sentences.text(entry["sentence"], lang, **values), _mark(part, entry, values)


def write(
    numbers: Mapping[str, Number], sections: frozenset[str], lang: Lang, *, partial: bool
) -> dict[str, tuple[Sentence, ...]]:
    """Return the sentences of the first page by part (``brief``, ``weighs``, ``unknown``, ``ask``).

    Parameters
    ----------
    numbers
        All numbers of the run, by id.
    sections
        Ids of the parts that the report has.
    lang
        Language.
    partial
        True when only some notebooks ran; a sentence without its numbers is then left out.

    Raises
    ------
    RunError
        When a number is missing in a full run; the message names sentence and number.
    """
    found: dict[str, tuple[Sentence, ...]] = {}
    for part in PARTS:
        filled = ((entry, _fill(part, entry, numbers, lang, partial)) for entry in plan().get(part, ()))
        found[part] = tuple(
            Sentence(one[0], one[1], entry["section"] if entry.get("section") in sections else "")
            for entry, one in filled
            if one is not None
        )
    return found
