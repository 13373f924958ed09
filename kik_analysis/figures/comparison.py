"""Scenarios beside a base: a bar of the paired difference for each, and the tables behind it.

A measure that ends within the run is shown at the end of its window, everything else at the end of the run.
"""

import datetime
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from kik_analysis.capacity import comparison, results
from kik_analysis.capacity.comparison import WHOLE_RUN, Comparison
from kik_analysis.capacity.measures import ALL
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table, columns_of, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit, count, spans, stated, titles
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.scenario import Scenario

#: Measures that have a figure of their own.
SHOWN = ("spoken_52_weeks", "contact_52_weeks", "overdue")
PARTS = dict(
    zip(("base", "other", "difference", "range_low", "range_high"), results.DIFFERENCE, strict=False)
)
"""Columns with numbers, and what they are called in a comparison."""
Row = dict[str, Any]
"""A bar: ``row`` (its key), ``until`` (the day it is judged on), ``called_nl`` and ``_en``, its numbers."""
CHANGED = ("called", "parameter", "old", "new")
"""What is said of each change, in both languages."""
GUTTER = 3.3
"""Room for long names at the left, in inches."""
MOST = 10
"""Bars in one drawing: of more, the largest and the smallest differences; the rest lies between these."""


def _row(key: str, names: Mapping[Lang, str], numbers: Mapping[str, Any], until: datetime.date) -> Row:
    scale = PERCENT if numbers["unit"] == "share" else 1.0
    called = {f"called_{lang}": names[lang] for lang in LANGUAGES}
    parts = {name: numbers[part] * scale for name, part in PARTS.items()}
    return {"row": key, "until": numbers.get("until") or until, **called, **parts, "unit": numbers["unit"]}


def named(scenario: Scenario, place: int = 0) -> dict[Lang, str]:
    """Return what a scenario is called in a figure: its title, or its name where the title holds a digit.

    Where both do it is called after its place: a, b, c.
    """
    found: dict[Lang, str] = {}
    for lang in LANGUAGES:
        plain = [one for one in (scenario.title[lang], scenario.name) if not any(c.isdigit() for c in one)]
        found[lang] = plain[0] if plain else f"scenario {string.ascii_lowercase[place % 26]}"
    return found


def _judged(found: Comparison, measure: str) -> list[Row]:
    """Return a row for each other scenario: at the end of its window if all of it ends, else of the run."""
    # whom extra posts are for ends with the posts
    lasting = {name for name, one in found.changed if not one.until and one.path != "policy.extra_for"}
    rows = (row for row in found.windows.to_dicts() if row["scenario"] not in lasting)
    windows = {(row["scenario"], row["measure"]): row for row in rows}
    frame = found.frame.filter(pl.col("year") == WHOLE_RUN)
    numbers = {(row["scenario"], row["measure"]): row for row in frame.to_dicts()} | windows
    return [
        _row(one.name, named(one, place), numbers[one.name, measure], one.end)
        for place, one in enumerate(one.scenario for one in found.others)
    ]


def effect(found: Comparison, measure: str) -> Exhibit:
    """Return the difference of one measure for every scenario, the largest first.

    ``found``: the comparison. ``measure``: a share or a number of people: one of ``SHOWN``.
    """
    name = f"compare_{measure.removesuffix('_52_weeks')}"
    return _bars(found, name, f"compare.{measure}", _judged(found, measure))


def backlog_gone(found: Comparison) -> Exhibit:
    """Return how many weeks later or sooner the backlog is gone, for every scenario, the soonest first.

    ``found``: the comparison.
    """
    base, rows = found.base.events["backlog_gone"], []  # what never comes counts as the end of the run
    for place, one in enumerate(found.others):
        numbers = {**results.paired(base, one.events["backlog_gone"]), "unit": "weeks"}
        rows.append(_row(one.scenario.name, named(one.scenario, place), numbers, one.scenario.end))
    return _bars(found, "compare_backlog_gone", "compare.backlog_gone", rows, 1)


PAIRS = (
    ("extra_one", "extra_six"),
    ("base", "backlog_first"),
    ("shorter_stop", "no_stop"),
    ("wij_none", "wij_all"),
    ("sixty_plus_twice", "base"),
    ("follow_up_home", "follow_up_by_phone"),
    ("pooled_spells", "fixed_person"),
    ("wij_joint_few", "wij_joint_many"),
    ("appointments_first", "base"),
    ("less_noncommittal_500", "less_noncommittal"),
    ("evenly_spread", "quarter_overdue"),
)
"""Scenarios that are each other's alternative: the first, and what stands instead; base is the run's own."""


def pairs(found: Comparison, measure: str) -> Exhibit | None:
    """Return the difference within pairs of alternatives; None where no pair was run.

    ``found``: a comparison with many others. ``measure``: as in :func:`effect`.
    """
    base, rows = found.base.scenario, []
    for two in PAIRS:
        pair = found.pair(*(base.name if one == "base" else one for one in two))
        if pair is None:
            continue
        (row,) = _judged(pair, measure)
        for lang in LANGUAGES:
            a, b = (
                sentences.text("compare.label.base", lang).plain if one is base else named(one)[lang]
                for one in (each.scenario for each in pair.runs)
            )
            row[f"called_{lang}"] = sentences.text("compare.label.pair", lang, a=Ref(a), b=Ref(b)).plain
        rows.append({**row, "row": "_or_".join(two)})
    return _bars(found, "compare_pairs", "compare.pairs", rows) if rows else None


def by_segment(found: Comparison, scenario: str, measure: str, name: str) -> Exhibit:
    """Return the difference of one measure for every segment of one scenario, at the end of the run.

    ``found``: a comparison with ``segments``. ``scenario``, ``measure``: name of the other scenario, and a
    share or number of people. ``name``: of the exhibit; its sentences stand under ``compare.<name>``.
    """
    rows = []
    asked: Row = {"scenario": scenario, "year": WHOLE_RUN, "measure": measure}
    for segment in (*found.base.compiled.segments, ALL):
        (numbers,) = found.by_year(segment).filter(pl.col(k) == v for k, v in asked.items()).to_dicts()
        names = {lang: sentences.text(f"caseload.segment.{segment}", lang).plain for lang in LANGUAGES}
        rows.append(_row(segment, names, numbers, found.base.scenario.end))
    return _bars(found, f"compare_{name}", f"compare.{name}", rows, 0)


def _bars(found: Comparison, name: str, key: str, rows: Sequence[Row], order: int = -1) -> Exhibit:
    """Return rows as bars: the largest difference first, with ``order`` 1 the smallest, with 0 as given."""
    rows = sorted(rows, key=lambda row: order * row["difference"])
    share = rows[0]["unit"] == "share"
    unit, shown = ("points", 1) if share else (str(rows[0]["unit"]), 0)
    columns = tuple(replace(one, unit=unit, shown=shown) if one.numeric else one for one in columns_of(name))
    titles = {(row["row"], f"called_{lang}"): row[f"called_{lang}"] for row in rows for lang in LANGUAGES}
    prose = {place: sentences.reference(Ref(words, place[0])) for place, words in titles.items()}

    def build() -> pl.DataFrame:
        found.note()
        return pl.DataFrame(rows)

    table = tabulate(name, build, columns, prose=prose)
    each = {row["row"]: _difference(table, row["row"]) for row in rows}
    ordered = sorted(each.values(), key=lambda one: one.value or 0.0)
    at, place = f"{results.__name__}.INTERVAL", f"{comparison.__name__}.run"
    numbers = {
        **each,
        "least": ordered[0],
        "most": ordered[-1],
        "inside": stated(f"{name}.inside", PERCENT * results.INTERVAL, "percent", table, at),
        "replications": count(found.on_record, found.replications, table.reads, place),
    }
    words: dict[str, object] = {"end": found.base.scenario.end}
    words |= {f"{row}_{column.removeprefix('called_')}": Ref(text) for (row, column), text in titles.items()}
    keys, part = list(each), len(each) > MOST
    holds = {"many": len(rows) > 1, "one": len(rows) == 1, "part": part}
    keys = [*keys[: MOST // 2], *keys[-MOST // 2 :]] if part else keys
    return Exhibit(name, key, table, numbers, words, holds=holds).drawn(partial(_draw, keys))


def _draw(keys: Sequence[str], shown: Exhibit, page: Page) -> Figure:
    lang, frame = page.lang, shown.table.frame.filter(pl.col("row").is_in(keys))
    words = frame[f"called_{lang}"].to_list()
    gutter = GUTTER if max(map(style.inches, words)) > 2 * charts.GUTTER else charts.GUTTER
    lines = max(style.wrap(one, gutter - style.MARGIN, SMALL).count("\n") + 1 for one in words)
    figure, ax = charts.lines_of(page, shown, words, max(0.3, 0.2 * lines), gutter=gutter, baseline=False)
    # names as labels that say they are names: a title may hold a number in letters
    places, gutter = ax.get_yticks().tolist(), 0.0 if page.narrow else gutter
    ax.set_yticks([])
    (most, _), limit = style.size(ax), style.room(ax)
    look: dict[str, Any] = {"ha": "left", "va": "bottom" if page.narrow else "center", "size": SMALL}
    look |= {"transform": ax.get_yaxis_transform(), **({"bbox": charts.BEHIND} if page.narrow else {})}
    for y, name in zip(places, words, strict=True):
        called = Label("compare.label.called", {"name": Ref(name)}, look=look)
        called.write(ax, -gutter / most, y, lang, (gutter or most) - style.MARGIN)
    ends = [0.0, *frame["range_low"].to_list(), *frame["range_high"].to_list()]
    labels = []
    for one in (_difference(shown.table, key) for key in keys):
        said = f"compare.label.{'difference' if spans(one) else 'exact'}"
        labels.append(Label(said, {"difference": one}, look={"size": SMALL}))
    room = max(style.inches(label.text(lang).plain) for label in labels) + 3 * style.GAP
    if limit is not None:
        room = min(room, limit + 3 * style.GAP)
    wide = max(max(ends) - min(ends), 1e-6)
    ax.set_xlim(min(ends), min(ends) + wide * most / max(most - room, 0.4 * most))
    colour = COLOURS[Evidence.SIMULATED]
    ax.axvline(0, color=style.LINE, linewidth=0.9, zorder=1)
    for row, (middle, low, high) in enumerate(frame.select("difference", "range_low", "range_high").rows()):
        ax.barh(row, high - low, 0.42, low, color=colour, alpha=charts.FULL, linewidth=0)
        charts.span(ax, row, low, high, colour)
        charts.diamond(ax, middle, row, colour)
        labels[row].write(ax, style.beside(ax, style.beside(ax, max(high, 0.0))), row, lang, limit)
    return figure


def _difference(table: Table, key: str) -> Number:
    return table.at(key, "difference", f"{table.name}.{key}", "range_low", "range_high")


def rows(found: Comparison) -> Exhibit:
    """Return ``comparison.csv``: every difference by year; too long for a page, a sheet of the workbook."""

    def build() -> pl.DataFrame:
        found.note()
        return found.frame

    prose = titles(*(one.scenario for one in found.others))
    return Exhibit("comparison", "compare.comparison", tabulate("comparison", build, prose=prose))


def changes(base: Scenario, others: Sequence[Scenario]) -> Exhibit:
    """Return a table of parameter by scenario: what each changes, old and new, and who says so."""
    prose: dict[tuple[str, str], Text] = {}
    listed: list[Row] = []
    for other in others:
        for one in differences(base, other):
            row: Row = {"scenario": other.name, "path": one.path, "part": one.segment or ALL}
            row |= {"from": one.start or other.start}
            key, said = "/".join(map(str, row.values())), {"where": one.where}
            for lang in LANGUAGES:
                title, *values = one.words(lang)
                title = ", ".join(word for word in (title, one.part(lang)) if word)
                words = zip(CHANGED, (other.title[lang], title, *values), strict=True)
                said |= {f"{word}_{lang}": text for word, text in words}
            prose |= {(key, word): sentences.reference(Ref(text, one.path)) for word, text in said.items()}
            listed.append({**row, "until": one.until, **said})

    def build() -> pl.DataFrame:
        for one in (base, *others):
            for path in dict.fromkeys(row["path"] for row in listed):
                one.timeline(path)
        return pl.DataFrame(listed, schema_overrides={"until": pl.Date})

    table = tabulate("compare_parameters", build, prose=prose)
    return Exhibit(table.name, "compare.parameters", table)
