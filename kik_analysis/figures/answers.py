"""The answers as exhibits: the overview of questions with all that a page shows of each answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kik_analysis.answers.answer import Answer, used
from kik_analysis.answers.runs import Runs
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.simulations import entry
from kik_analysis.evidence.table import Column, Table
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.language.sentences import Ref, Text

if TYPE_CHECKING:
    import polars as pl

NAME = "answers"
SHOWN = ("question", "verdict", "first")
HIDDEN = ("asked", "short", "known", "computed", "unknown", "ask", "kind")
"""Parts of an answer: those in the overview, and those that a page shows below it."""


def count(runs: Runs) -> dict[str, Number]:
    """Return the entries that say what the simulations of the answers rest on, by id."""
    place = "kik_analysis.answers.runs.Runs"
    found = {}
    for source, paths in runs.used.items():
        reads = (*(f"parameter:{path}" for path in paths), f"simulation:{source}")
        name = entry(source)
        found[name] = Number(
            name, float(runs.draws), None, None, "count", 0, Evidence.RECOMPUTED, tuple(sorted(reads)), place
        )
    return found


def _text(answer: Answer, part: str, lang: str) -> Text:
    if part == "kind":
        return sentences.text(f"answers.kind.{answer.kind}", lang)  # type: ignore[arg-type]
    found = answer.texts[lang][part]  # type: ignore[index]
    if part == "asked":
        year = Text(
            f" ({answer.question.asked_year})",
            f' (<time datetime="{answer.question.asked_year}">{answer.question.asked_year}</time>)',
        )
        claims = sentences.join([sentences.reference(Ref(one)) for one in answer.question.asked_in])
        return sentences.join([found + year, claims]) if claims.plain else found + year
    return found


def overview(found: Iterable[Answer], runs: Runs) -> Exhibit:
    """Return all answers as one table: question, verdict and a sentence; the other parts stand hidden in it.

    Parameters
    ----------
    found
        The answers, in order.
    runs
        The simulations that they rest on.
    """
    import polars as pl

    answers = tuple(found)
    parts = [(f"{part}_{lang}", part, lang) for part in (*SHOWN, *HIDDEN) for lang in LANGUAGES]
    prose = {
        (one.question.slug, name): _text(one, part, lang) for one in answers for name, part, lang in parts
    }
    frame: pl.DataFrame = pl.DataFrame(
        {
            "slug": [one.question.slug for one in answers],
            "council": [one.question.council for one in answers],
            "ruling": [one.verdict for one in answers],
            **{name: [prose[one.question.slug, name].plain for one in answers] for name, _, _ in parts},
        }
    )
    columns = (
        Column("slug", hidden=True),
        Column("council", "boolean", hidden=True),
        Column("ruling", hidden=True),
        *(Column(name, hidden=part in HIDDEN) for name, part, _ in parts),
    )
    numbers = used(answers)
    reads = tuple(sorted({read for number in numbers.values() for read in number.reads}))
    table = Table(
        NAME, frame, columns, key=("slug",), reads=reads, computation=f"{__name__}.overview", prose=prose
    )
    counts: Mapping[str, Number] = count(runs)
    return Exhibit(NAME, "answers.overview", table, {**numbers, **counts})
