"""Scenarios beside a base: a bar of the paired difference for each, and the tables behind it.

A measure that ends within the run is shown at the end of its window, everything else at the end of the run.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity import comparison
from kik_analysis.capacity.comparison import WHOLE_RUN, Comparison
from kik_analysis.capacity.layers import simulated
from kik_analysis.capacity.measures import ALL
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.staffing import count
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Measures that have a figure of their own.
SHOWN = ("spoken_52_weeks", "contact_52_weeks", "overdue")
NUMBERS = ("base", "other", "difference", "low", "high")
PARTS = dict(zip(("base", "other", "difference", "range_low", "range_high"), NUMBERS, strict=True))
GUTTER = 3.3
"""Room for long names at the left, in inches."""
THICK = 0.42
"""Thickness of a bar as a part of its row."""


@dataclass(frozen=True)
class _Row:
    """A bar: a name in both languages, the day it is judged on, and its numbers."""

    key: str
    names: Mapping[Lang, str]
    numbers: Mapping[str, Any]


def named(scenario: Scenario, place: int = 0) -> dict[Lang, str]:
    """Return what a scenario is called in a figure: its title, or its name where the title holds a digit.

    Where both do it is called after its place: a, b, c.
    """
    found: dict[Lang, str] = {}
    for lang in LANGUAGES:
        plain = [one for one in (scenario.title[lang], scenario.name) if not any(c.isdigit() for c in one)]
        found[lang] = plain[0] if plain else f"scenario {string.ascii_lowercase[place % 26]}"
    return found


def judged(found: Comparison, measure: str) -> list[_Row]:
    """Return a row for each other scenario: at the end of its window where it ends, else of the run."""
    windows = {(row["scenario"], row["measure"]): row for row in found.windows.to_dicts()}
    whole = {
        (row["scenario"], row["measure"]): row for row in found.frame.to_dicts() if row["year"] == WHOLE_RUN
    }
    rows = []
    for place, one in enumerate(found.others):
        name = one.scenario.name
        row = windows.get((name, measure)) or whole[name, measure]
        end = row.get("until") or one.scenario.end
        rows.append(_Row(name, named(one.scenario, place), {**row, "until": end}))
    return rows


def effect(found: Comparison, measure: str) -> Exhibit:
    """Return the difference of one measure for every scenario, the largest first.

    ``found``: the comparison. ``measure``: a share or a number of people: one of ``SHOWN``.
    """
    rows = sorted(judged(found, measure), key=lambda one: -one.numbers["difference"])
    return _bars(found, f"compare_{measure.removesuffix('_52_weeks')}", f"compare.{measure}", rows)


def backlog_gone(found: Comparison) -> Exhibit:
    """Return how many weeks later or sooner the backlog is gone, for every scenario, the soonest first.

    ``found``: the comparison.
    """
    every = {one.scenario.name: (place, one.scenario) for place, one in enumerate(found.others)}
    rows = []
    for row in found.sooner("backlog_gone"):
        place, scenario = every[row["scenario"]]
        rows.append(_Row(scenario.name, named(scenario, place), {**row, "until": scenario.end}))
    rows.sort(key=lambda one: one.numbers["difference"])
    return _bars(found, "compare_backlog_gone", "compare.backlog_gone", rows)


PAIRS = (
    ("extra_one", "extra_six"), ("base", "backlog_first"), ("shorter_stop", "no_stop"),
    ("wij_none", "wij_all"), ("sixty_plus_twice", "base"), ("follow_up_home", "follow_up_by_phone"),
    ("pooled_spells", "fixed_person"), ("wij_joint_few", "wij_joint_many"), ("appointments_first", "base"),
    ("less_noncommittal_500", "less_noncommittal"), ("evenly_spread", "quarter_overdue"),
)  # fmt: skip
"""Scenarios that are each other's alternative: the first, and what stands instead; base is the run's own."""


def pairs(found: Comparison, measure: str) -> Exhibit | None:
    """Return the difference within pairs of alternatives; None where no pair was run.

    ``found``: a comparison with many others. ``measure``: as in :func:`effect`.
    """
    rows = []
    for first, second in PAIRS:
        names = [found.base.scenario.name if one == "base" else one for one in (first, second)]
        pair = found.pair(*names)
        if pair is not None:
            a, b = (_beside(one.scenario, found) for one in (pair.base, *pair.others))
            words = {
                lang: sentences.text("compare.label.pair", lang, a=Ref(a[lang]), b=Ref(b[lang])).plain
                for lang in LANGUAGES
            }
            rows.append(
                _Row(f"{first}/{second}".replace("/", "_or_"), words, judged(pair, measure)[0].numbers)
            )
    rows.sort(key=lambda one: -one.numbers["difference"])
    return _bars(found, "compare_pairs", "compare.pairs", rows) if rows else None


def _beside(scenario: Scenario, found: Comparison) -> dict[Lang, str]:
    if scenario is found.base.scenario:
        return {lang: sentences.text("compare.label.base", lang).plain for lang in LANGUAGES}
    return named(scenario)


def by_segment(found: Comparison, scenario: str, measure: str, name: str) -> Exhibit:
    """Return the difference of one measure for every segment of one scenario, at the end of the run.

    ``found``: a comparison with ``segments``. ``scenario``, ``measure``: name of the other scenario, and a
    share or number of people. ``name``: of the exhibit; its sentences stand under ``compare.<name>``.
    """
    rows = []
    for segment in (*found.base.compiled.segments, ALL):
        (row,) = [
            row
            for row in found.by_year(segment).to_dicts()
            if (row["scenario"], row["year"], row["measure"]) == (scenario, WHOLE_RUN, measure)
        ]
        words = {lang: sentences.text(f"caseload.segment.{segment}", lang).plain for lang in LANGUAGES}
        rows.append(_Row(segment, words, {**row, "until": found.base.scenario.end}))
    return _bars(found, f"compare_{name}", f"compare.{name}", rows)


def _bars(found: Comparison, name: str, key: str, rows: Sequence[_Row]) -> Exhibit:
    unit = str(rows[0].numbers["unit"])
    share = unit == "share"
    scale, shown = (PERCENT, 1) if share else (1.0, 0)
    unit = "points" if share else unit

    def build() -> pl.DataFrame:
        import polars as pl

        comparison.note(found)
        heads = [{"row": one.key, "until": one.numbers["until"]} for one in rows]
        values = [{name: one.numbers[part] * scale for name, part in PARTS.items()} for one in rows]
        titles = [{f"called_{lang}": one.names[lang] for lang in LANGUAGES} for one in rows]
        return pl.DataFrame([{**a, **b, **c} for a, b, c in zip(heads, titles, values, strict=True)])

    columns = (
        Column("row", hidden=True),
        Column("until", "date"),
        *(Column(f"called_{lang}") for lang in LANGUAGES),
        *(Column(part, "decimal", unit, decimals=4, shown=shown) for part in PARTS),
    )
    prose = {
        (one.key, f"called_{lang}"): sentences.reference(Ref(one.names[lang], one.key))
        for one in rows
        for lang in LANGUAGES
    }
    table = simulated(lambda: tabulate(name, build, columns, prose=prose))
    each = {one.key: _difference(table, one.key) for one in rows}
    ordered = sorted(each.values(), key=lambda one: one.value or 0.0)
    place = "kik_analysis.capacity.comparison.INTERVAL"
    numbers = {
        **each,
        "least": ordered[0],
        "most": ordered[-1],
        "inside": Number(f"{name}.inside", PERCENT * comparison.INTERVAL, None, None, "percent", 0,
                         Evidence.RECOMPUTED, table.reads, place),
        "replications": count(comparison.on_record(found), found.replications, table.reads,
                              "kik_analysis.capacity.comparison.run"),
    }  # fmt: skip
    words: dict[str, object] = {"end": found.base.scenario.end}
    words |= {f"{one.key}_{lang}": Ref(one.names[lang]) for one in rows for lang in LANGUAGES}
    many = "many" if len(rows) > 1 else "one"
    chosen = {"title": (f"title_{many}",), "alt": ("alt",), "note": ("note",)}
    exhibit = Exhibit(name, key, table, numbers, words, chosen=chosen)
    return exhibit.drawn(partial(_draw, [one.key for one in rows]))


def _draw(keys: Sequence[str], shown: Exhibit, page: Page) -> Figure:
    lang, frame = page.lang, shown.table.frame
    words = frame[f"called_{lang}"].to_list()
    gutter = GUTTER if max(map(style.inches, words)) > 2 * charts.GUTTER else charts.GUTTER
    lines = max(style.wrap(one, gutter - style.MARGIN).count("\n") + 1 for one in words)
    figure, ax = charts.lines_of(page, shown, words, max(0.42, 0.2 * lines), gutter=gutter, baseline=False)
    _names(ax, words, page, gutter)
    ends = [0.0, *frame["range_low"].to_list(), *frame["range_high"].to_list()]
    wide = max(max(ends) - min(ends), 1e-6)
    texts = [_label(shown, key).text(lang).plain for key in keys]
    room = max(map(style.inches, texts)) + 2 * style.GAP
    most = style.size(ax)[0]
    limit = style.room(ax)
    if limit is not None:
        room = min(room, limit + 2 * style.GAP)
    ax.set_xlim(min(ends), min(ends) + wide * most / max(most - room, 0.4 * most))
    colour = COLOURS[Evidence.SIMULATED]
    ax.axvline(0, color=style.LINE, linewidth=0.9, zorder=1)
    for row, key in enumerate(keys):
        number = _difference(shown.table, key)
        low, high = number.low or 0.0, number.high or 0.0
        ax.barh(row, high - low, THICK, low, color=colour, alpha=charts.FULL, linewidth=0)
        ax.plot([low, high], [row, row], color=colour, linewidth=1.4)
        charts.diamond(ax, number.value or 0.0, row, colour)
        _label(shown, key).write(ax, style.beside(ax, max(high, 0.0)), row, lang, limit)
    return figure


def _names(ax: Axes, words: Sequence[str], page: Page, gutter: float) -> None:
    """Write the names of the rows as labels that say they are names: a title may hold a number in letters."""
    places = ax.get_yticks().tolist()
    ax.set_yticks([])
    width, gutter = style.size(ax)[0], 0.0 if page.narrow else gutter
    look: dict[str, Any] = {"ha": "left", "va": "bottom" if page.narrow else "center"}
    for y, name in zip(places, words, strict=True):
        text = sentences.text("compare.label.called", page.lang, name=Ref(name))
        most = (gutter or width) - style.MARGIN
        style.label_text(ax, -gutter / width, y, text, "compare.label.called", most,
                         transform=ax.get_yaxis_transform(), **look)  # fmt: skip


def _label(shown: Exhibit, key: str) -> Label:
    return Label(
        "compare.label.difference", {"difference": _difference(shown.table, key)}, look={"size": SMALL}
    )


def _difference(table: Table, key: str) -> Number:
    return table.at(key, "difference", f"{table.name}.{key}", "range_low", "range_high")


def rows(found: Comparison) -> Exhibit:
    """Return ``comparison.csv``: every difference by year; too long for a page, a sheet of the workbook."""
    columns = (
        Column("scenario"),
        Column("year", "whole", "year"),
        Column("measure", words="compare.measure"),
        Column("unit", words="tables.unit"),
        *(Column(part, "decimal", decimals=6, shown=2) for part in (*NUMBERS, "error", "variance_ratio")),
    )

    def build() -> pl.DataFrame:
        comparison.note(found)
        return found.frame

    table = simulated(lambda: tabulate("comparison", build, columns, key=("scenario", "year", "measure")))
    return Exhibit("comparison", "compare.comparison", replace(table, place="workbook"))


def changes(base: Scenario, others: Sequence[Scenario], name: str = "compare_parameters") -> Exhibit:
    """Return a table of parameter by scenario: what each changes, old and new, and who says so.

    ``base``, ``others``: the scenarios. ``name``: of the table.
    """
    prose: dict[tuple[str, str], Text] = {}
    listed: list[dict[str, Any]] = []
    for other in others:
        for one in differences(base, other):
            since = one.start or other.start
            row = {"scenario": other.name, "path": one.path, "part": one.segment or ALL, "from": since}
            key = "/".join(map(str, row.values()))
            for lang in LANGUAGES:
                title, old, new = one.words(lang)
                title = ", ".join(word for word in (title, one.part(lang)) if word)
                titles = {"called": other.title[lang], "parameter": title, "old": old, "new": new}
                row |= {f"{word}_{lang}": text for word, text in titles.items()}
                prose |= {
                    (key, f"{word}_{lang}"): sentences.reference(Ref(text, one.path))
                    for word, text in titles.items()
                }
            prose[key, "where"] = sentences.reference(Ref(one.where, one.path))
            listed.append({**row, "where": one.where})
    order = [f"{word}_{lang}" for word in ("called", "parameter", "old", "new") for lang in LANGUAGES]
    columns = (
        *(Column(word, hidden=True) for word in ("scenario", "path", "part")),
        Column("from", "date"),
        *(Column(word) for word in order),
        Column("where"),
    )

    def build() -> pl.DataFrame:
        import polars as pl

        for one in (base, *others):
            for path in dict.fromkeys(row["path"] for row in listed):
                one.timeline(path)
        return pl.DataFrame(listed).select(column.name for column in columns)

    make: Callable[[], Table] = partial(
        tabulate, name, build, columns, key=("scenario", "path", "part", "from"), prose=prose
    )
    return Exhibit(name, "compare.parameters", make())
