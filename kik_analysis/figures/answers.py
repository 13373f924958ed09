"""The answers as exhibits: the overview of questions with all that a page shows of each answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kik_analysis.answers import council as council_tables
from kik_analysis.answers.answer import Answer, number, used
from kik_analysis.answers.first import First
from kik_analysis.answers.runs import Runs
from kik_analysis.evidence.classes import Evidence, worst
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.simulations import entry
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts.claims import claims
from kik_analysis.figures import charts
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import Exhibit, choose
from kik_analysis.figures.runs import inside
from kik_analysis.figures.style import Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

NAME, FIRST, PICTURE, TEMPLATE = "answers", "first_page", "first_answer", "reporting_template"
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
        of, kind = tuple(sorted(reads)), worst((Evidence.SIMULATED, *map(runs.scenario.evidence, paths)))
        found[name] = Number(name, float(runs.draws), None, None, "count", 0, kind, of, place)
    return found


def _counts(page: First) -> dict[str, Number]:
    return count(page.runs) | (count(page.baseline) if page.baseline else {})


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

    ``found``: the answers, in order. ``runs``: the simulations that they rest on.
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


def first_page(page: First) -> Exhibit:
    """Return the sentences of the first page as a table that a page lays out by part."""
    import polars as pl

    names = [f"{line.part}-{place}" for place, line in enumerate(page.lines)]
    prose = {
        (name, f"text_{lang}"): line.texts[lang]
        for name, line in zip(names, page.lines, strict=True)
        for lang in LANGUAGES
    }
    frame = pl.DataFrame(
        {
            "line": names,
            "part": [line.part for line in page.lines],
            **{f"text_{lang}": [prose[name, f"text_{lang}"].plain for name in names] for lang in LANGUAGES},
        }
    )
    columns = (Column("line", hidden=True), Column("part", hidden=True), Column("text_nl"), Column("text_en"))
    numbers = {**page.numbers, **_counts(page)}
    reads = tuple(sorted({read for number in numbers.values() for read in number.reads}))
    place = f"{__name__}.first_page"
    table = Table(FIRST, frame, columns, key=("line",), reads=reads, computation=place, prose=prose)
    return Exhibit(FIRST, "answers.first", table, numbers)


def picture(page: First) -> Exhibit:
    """Return the figure of the first page: the share approached and spoken to, beside the baseline's."""
    import polars as pl

    shown = [("own", page.runs), *([("before", page.baseline)] if page.baseline else [])]
    rows, found = [], {}
    for name in ("approached", "spoken"):
        for who, runs in shown:
            one = number(f"answers.{name}_share", runs)
            assert one is not None
            key = f"{name}_{who}"
            found[key] = replace(one, id=f"first.{key}")
            rows.append({"row": key, "low": (one.low or 0) / PERCENT, "high": (one.high or 0) / PERCENT})
    worst_ = worst(one.evidence for one in found.values())
    reads = tuple(sorted({read for one in found.values() for read in one.reads}))
    columns = (
        Column("row", words="answers.picture"),
        Column("low", "decimal", "share", decimals=4, evidence=worst_),
        Column("high", "decimal", "share", decimals=4, evidence=worst_),
    )
    place = f"{__name__}.picture"
    table = Table(PICTURE, pl.DataFrame(rows), columns, key=("row",), reads=reads, computation=place)
    words = {"end": page.runs.kept().mondays[-1]}
    numbers = {**found, "inside": inside(table, "first.inside"), **_counts(page)}
    alone = page.baseline is None
    chosen = {"alt": choose(alt=True, alt_alone=alone, alt_beside=not alone)}
    return Exhibit(PICTURE, "answers.picture_of", table, numbers, words, chosen=chosen).drawn(_draw)


def _draw(shown: Exhibit, page: Page) -> Figure:
    rows = [
        Bar(
            f"answers.picture.{row['row']}",
            PERCENT * row["low"],
            PERCENT * row["high"],
            (Label("answers.span", _ends(shown.numbers[row["row"]], page.lang)),),
            shown.table.columns[1].evidence,
            "range",
        )
        for row in shown.table.frame.to_dicts()
    ]
    return charts.bars(page, shown, rows)[0]


def _ends(one: Number, lang: Lang) -> dict[str, object]:
    return {part: sentences.figure(one, lang, part) for part in ("low", "high")}


def council(page: First) -> tuple[Exhibit, Exhibit]:
    """Return the page for the client council: rules, whether they were followed, and how people fare."""
    counts = count(page.runs)
    chosen = {"note": choose(note=True, note_own=not page.runs.scenario.header.published)}
    return (
        Exhibit("council_rules", "council.rules", council_tables.rules(page.runs.scenario), chosen=chosen),
        Exhibit("council_people", "council.people", council_tables.people(page.runs), counts),
    )


def template() -> Exhibit:
    """Return the empty table in which a municipality could report who people are, without persons."""
    keys = [key for key in sentences.keys("reporting") if key.startswith("reporting.row.")]

    def build() -> pl.DataFrame:
        import polars as pl

        asked = [str(claims()[one].id) for one in ("D006", "D023")]
        parts = [key.split(".")[2:] for key in keys]
        return pl.DataFrame(
            {
                "theme": [theme for theme, _ in parts],
                **{f"category_{lang}": [sentences.text(k, lang).plain for k in keys] for lang in LANGUAGES},
                "persons": pl.Series([None] * len(keys), dtype=pl.Int64),
                "unknown": pl.Series([None] * len(keys), dtype=pl.Int64),
                "claims": [" ".join(asked)] * len(keys),
            }
        )

    columns = (
        Column("theme", words="reporting.theme"),
        Column("category_nl"),
        Column("category_en"),
        Column("persons", "whole", "persons"),
        Column("unknown", "whole", "persons"),
        Column("claims", hidden=True),
    )
    table = tabulate(TEMPLATE, build, columns, key=("theme", "category_en"))
    return Exhibit(TEMPLATE, "answers.template", table)
