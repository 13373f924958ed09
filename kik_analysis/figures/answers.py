"""The answers as exhibits: the overview of questions with all that a page shows of each answer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from kik_analysis.answers.answer import Answer, number
from kik_analysis.answers.first import First
from kik_analysis.answers.runs import Runs
from kik_analysis.answers.wording import about, estimate, of_ten, tens
from kik_analysis.capacity.simulate import simulate
from kik_analysis.capacity.verification import check_rules
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import worst
from kik_analysis.evidence.table import Table, columns_of, tabulate
from kik_analysis.facts.claims import claims
from kik_analysis.figures import charts
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import ANSWERS, FIRST, PICTURE, Exhibit, inside
from kik_analysis.figures.style import Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.scenario import Scenario

TEMPLATE = "reporting_template"
GROUPS = ("declined", "not_reached", "known_to_wij")
"""States at the end of the run that the client council asks about."""


def _table(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    numbers: Collection[Number],
    prose: Mapping[tuple[str, str], Text] | None = None,
) -> Table:
    """Return a table that rests on what the numbers in its sentences rest on."""
    reads = tuple(sorted({read for number in numbers for read in number.reads}))
    kind = worst(number.evidence for number in numbers)
    columns = tuple(replace(one, evidence=kind) if one.numeric else one for one in columns_of(name))
    frame = pl.DataFrame(rows, schema=[one.name for one in columns])  # of a place without questions empty
    return Table(name, frame, columns, reads=reads, computation=f"{__name__}.{name}", prose=prose or {})


def _text(answer: Answer, part: str, lang: str) -> Text:
    if part == "kind":
        return sentences.text(f"answers.kind.{answer.kind}", lang)  # type: ignore[arg-type]
    found = answer.texts[lang][part]  # type: ignore[index]
    if part == "asked":
        when = answer.question.asked_year
        year = Text(f" ({when})", f' (<time datetime="{when}">{when}</time>)')
        claims = [sentences.reference(Ref(one)) for one in answer.question.asked_in]
        return sentences.join([found + year, *claims], ", ")
    return found


def overview(found: Iterable[Answer]) -> Exhibit:
    """Return all answers, in order, as a table: question, verdict, a sentence; the other parts are hidden."""
    answers, rows, prose = tuple(found), [], dict[tuple[str, str], Text]()
    parts = [(one.name, *one.name.rsplit("_", 1)) for one in columns_of(ANSWERS) if "_" in one.name]
    for one in answers:
        said = {name: _text(one, part, lang) for name, part, lang in parts}
        prose |= {(one.question.slug, name): text for name, text in said.items()}
        row = {"slug": one.question.slug, "council": one.question.council, "ruling": one.verdict}
        rows.append(row | {name: text.plain for name, text in said.items()})
    numbers = {number.id: number for one in answers for number in one.numbers.values()}
    chances = [one for one in numbers.values() if one.unit == "percent" and one.value is not None]
    numbers |= {one.id: one for chance in chances for one in (tens(chance), of_ten(chance))}  # that tell it
    table = _table(ANSWERS, rows, numbers.values(), prose)
    classes = [one.evidence for one in numbers.values()]  # of sentences: no column has it
    for end, of in enumerate(("assumed", "computed") if answers else ()):  # how much a range holds
        level = inside(table, f"{ANSWERS}.level_{of}", end)
        numbers[f"level_{of}"] = replace(level, evidence=worst((level.evidence, *classes)))
    return Exhibit(ANSWERS, "answers.overview", table, numbers)


def first_page(page: First) -> Exhibit:
    """Return the sentences of the first page as a table that a page lays out by part."""
    rows, prose = [], dict[tuple[str, str], Text]()
    for place, line in enumerate(page.lines):
        name, said = f"{line.part}-{place}", {f"text_{lang}": text for lang, text in line.texts.items()}
        prose |= {(name, column): text for column, text in said.items()}
        rows.append({"line": name, "part": line.part} | {column: text.plain for column, text in said.items()})
    return Exhibit(FIRST, "answers.first", _table(FIRST, rows, page.numbers.values(), prose), page.numbers)


def picture(page: First) -> Exhibit:
    """Return the figure of the first page: the share approached and spoken to, beside the baseline's."""
    rows, found, ends = [], {}, ("low", "high")
    for name in ("approached", "spoken"):
        for who, runs in (("own", page.runs), ("before", page.baseline)):
            if runs is not None and (one := number(f"answers.{name}_share", runs)) is not None:
                found[f"{name}_{who}"] = replace(one, id=f"first.{name}_{who}")
                limits = {end: (getattr(one, end) or 0) / PERCENT for end in ends}
                rows.append({"row": f"{name}_{who}", **limits})
    table = _table(PICTURE, rows, found.values())
    words = {"end": page.runs.kept().mondays[-1]}
    numbers = {**found, "inside": inside(table, "first.inside")}
    holds = {"alone": page.baseline is None, "beside": page.baseline is not None}
    return Exhibit(PICTURE, "answers.picture_of", table, numbers, words, holds=holds).drawn(_draw)


def _draw(shown: Exhibit, page: Page) -> Figure:
    rows, kind = [], shown.table.column("low").evidence
    for name, *ends in shown.table.frame.iter_rows():
        said = {end: sentences.figure(shown.numbers[name], page.lang, end) for end in ("low", "high")}
        low, high = (PERCENT * end for end in ends)
        rows.append(Bar(f"answers.picture.{name}", low, high, (Label("answers.span", said),), kind, "range"))
    return charts.bars(page, shown, rows)[0]


def council_rules(scenario: Scenario) -> Exhibit:
    """Return each rule of the letters, how often it was checked in a run, and whether it was kept.

    ``scenario``: one future of it is simulated, event by event. A rule that it does not switch on is kept
    nowhere. RunError when a rule is broken.
    """

    def build() -> pl.DataFrame:
        found = check_rules(scenario, simulate(scenario, replications=1))
        kept = pl.when(pl.col("checked") > 0).then(pl.col("violations") == 0)
        return found.select("rule", "checked", kept.alias("kept"), "claims")

    table = tabulate("council_rules", build)
    return Exhibit("council_rules", "council.rules", table, holds={"own": not scenario.header.published})


def council_people(runs: Runs) -> Exhibit:
    """Return how many decline, are not reached or are known to WIJ, and how those limited by health fare.

    ``runs``: the simulations; what is told is a number of made-up people, never anything about one person.
    """

    def build() -> Iterator[tuple[object, ...]]:
        for state in GROUPS:
            found = estimate(runs.at(state))
            yield state, about(found.low), about(found.high), "persons"
        for group, part in (("limited", "health_limited"), ("all", None)):
            for way in ("approached", "spoken"):
                found = estimate(runs.promised(way, part), PERCENT)
                yield f"{group}_{way}", found.low, found.high, "percent"

    return Exhibit("council_people", "council.people", tabulate("council_people", build))


def template() -> Exhibit:
    """Return the empty table in which a municipality could report who people are, without persons."""
    keys = [key for key in sentences.keys("reporting") if key.startswith("reporting.row.")]

    def build() -> list[Any]:
        asked = tuple(claims()[one].id for one in ("D006", "D023"))
        words = ([sentences.text(key, lang).plain for lang in LANGUAGES] for key in keys)
        return [(key.split(".")[2], *both, None, None, asked) for key, both in zip(keys, words, strict=True)]

    return Exhibit(TEMPLATE, "answers.template", tabulate(TEMPLATE, build))
