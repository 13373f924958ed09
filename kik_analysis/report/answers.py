"""Hands answers over to the report, and gives the page what it shows of each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kik_analysis.answers.answer import Answer
from kik_analysis.answers.runs import Runs
from kik_analysis.figures import answers as exhibits
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text
from kik_analysis.report.publish import OUT_VARIABLE, Published
from kik_analysis.report.publish import publish as show
from kik_analysis.report.store import Stored

NAME, FIRST, PICTURE, FILE = exhibits.NAME, exhibits.FIRST, exhibits.PICTURE, "answers.json"
APART = (NAME, FIRST, PICTURE)
"""Exhibits that stand in places of their own, not in the folded part of their notebook."""
PARTS = ("short", "known", "computed", "unknown", "ask", "kind")
"""Parts of an answer that a page shows below each other, each under its own name."""


@dataclass(frozen=True)
class Entry:
    """One answer on a page: its address, whether it is among those asked most, and its finished texts."""

    slug: str
    council: bool
    ruling: str
    texts: dict[str, Text]

    def __getitem__(self, part: str) -> Text:
        return self.texts[part]


def publish(found: Iterable[Answer], runs: Runs, language: Lang = "en") -> Published:
    """Publish answers: the overview as an exhibit and, in a run, ``answers.json``.

    ``found``: the answers, in order. ``runs``: the simulations that they rest on. ``language``: language of
    what the notebook shows.
    """
    answers = tuple(found)
    out = os.environ.get(OUT_VARIABLE)
    if out:
        rows = [one.as_json() for one in answers]
        text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        (Path(out) / FILE).write_text(text, encoding="utf-8", newline="\n")
    return show(exhibits.overview(answers, runs), language)


def first_page(stored: Iterable[Stored], lang: Lang) -> Iterator[tuple[str, Text]]:
    """Yield the sentences of the first page, each with the part it stands in; none where nobody made them."""
    for one in stored:
        if one.name == FIRST and one.table is not None:
            for line, part in one.table.frame.select("line", "part").iter_rows():
                text = one.table.prose[line, f"text_{lang}"]
                yield part, Text(text.plain, text.html, text.numbers)


def entries(stored: Iterable[Stored], lang: Lang) -> Iterator[Entry]:
    """Yield the answers of a report, in order; none where no notebook published any."""
    for one in stored:
        if one.name != exhibits.NAME or one.table is None:
            continue
        rows = one.table.frame.select("slug", "council", "ruling").iter_rows()
        for slug, council, ruling in rows:
            texts = {
                part: one.table.prose[slug, f"{part}_{lang}"] for part in (*exhibits.SHOWN, *exhibits.HIDDEN)
            }
            made = {part: Text(text.plain, text.html, text.numbers) for part, text in texts.items()}
            yield Entry(slug, council, ruling, made)
