"""One scenario in depth: courses of the states, hours by task, who waits, who is reached."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity import layers
from kik_analysis.capacity.layers import Layers, simulated
from kik_analysis.evidence import reads
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import panels, style
from kik_analysis.figures.caseload import cell, inside
from kik_analysis.figures.caseload_words import Told, choose, follow_up_first, same_rules, spans
from kik_analysis.figures.caseload_words import runs as counted
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.timeline import years
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COURSES = ("never_invited", "in_contact", "overdue", "invited", "declined", "not_reached")
"""States whose courses are drawn."""
GUTTER, ROW, BAR = 2.35, 0.42, 0.62
"""Room for names at the left, height of a row (inches), thickness of a bar as a part of it."""
APART = 0.17
"""Half the distance between two ranges in one row."""


def _table(runs: Layers, name: str, make: Callable[[], pl.DataFrame], columns: tuple[Column, ...]) -> Table:
    def build() -> pl.DataFrame:
        runs.note()
        return make().select(column.name for column in columns)

    return replace(simulated(lambda: tabulate(name, build, columns)), computation=f"{layers.__name__}.{name}")


def _count(runs: Layers, name: str) -> Number:
    """Return the number of replications (``replications``) or draws (``draws``), and what they read."""
    result = runs.chance if name == "replications" else runs.assumptions
    with reads.recording() as recorder:
        runs.note((result.layer,))
    found = tuple(read.label for read in recorder.leaves)
    return counted(layers.on_record(result), result.runs, found, "kik_analysis.capacity.engine.simulate")


def capacity_quarterly(runs: Layers) -> Exhibit:
    """Return every measure by quarter: events and hours added up, people as they stand at its end."""
    return Exhibit("capacity_quarterly", "caseload.capacity_quarterly", runs.table("quarter"))


def trajectories(runs: Layers) -> Exhibit:
    """Return the courses of six states, week by week, with both bands."""
    import polars as pl

    table = runs.table("week")
    every = table.frame.filter(
        (pl.col("segment") == "all") & (pl.col("layer") == "chance") & pl.col("measure").is_in(list(COURSES))
    )
    weeks = every["week"].to_list()
    ends: dict[str, datetime.date] = {"first": weeks[0], "last": weeks[-1]}
    numbers: dict[str, Number] = {}
    for state in COURSES:
        for end, week in ends.items():
            key = f"{every['scenario'][0]}/{week}/all/{state}"
            numbers[f"{state}_{end}"] = _state(table, key, f"{state}_{end}")
    numbers |= {"replications": _count(runs, "replications"), "draws": _count(runs, "draws")}
    numbers["inside"] = inside(table, "caseload.inside_weekly")
    words: dict[str, object] = {"start": ends["first"], "end": ends["last"]}
    stop = runs.stop
    if stop:
        words |= {"stop": stop[0], "again": stop[1]}
    open_ = spans(numbers["never_invited_last"])
    chosen = {
        "title": choose(title=open_, title_exact=not open_),
        "subtitle": choose(subtitle=True, subtitle_stop=bool(stop)),
        "alt": choose(alt=True, alt_stop=bool(stop)),
        "note": choose(note=True, note_stop=bool(stop), note_order=follow_up_first(runs.chance.compiled),
                       note_files=True),
    }  # fmt: skip
    shown = Told("trajectories", "caseload.trajectories", table, numbers, words, chosen=chosen)
    return replace(shown, draw=partial(_draw_courses, shown))


def _state(table: Table, key: str, name: str) -> Number:
    """Return the people in a state in a week: the middle under chance, the range under all assumptions."""
    middle = cell(table, f"{key}/chance", "q50")
    low, high = (cell(table, f"{key}/chance_and_parameters", q).value for q in ("q10", "q90"))
    name = f"caseload.course.{name}"
    return replace(middle, id=name, low=low, high=high, unit="persons", decimals=0)


def _ranged(table: Table, row: str, column: str, name: str) -> Number:
    """Return a mean under chance with its range under all assumptions."""
    low, high = (cell(table, row, f"{column}_{q}").value for q in ("q10", "q90"))
    return replace(cell(table, row, column), id=f"caseload.{name}", low=low, high=high)


def _draw_courses(shown: Exhibit, lang: Lang) -> Figure:
    with style.house():
        figure, axes = panels.grid(shown, lang, rows=3, columns=2, height=1.35, below=0.3)
        for ax, state in zip(axes, COURSES, strict=True):
            _course(ax, shown, state, lang)
        panels.key(figure, axes[-2], shown, lang)
        return figure


def _course(ax: Axes, shown: Exhibit, state: str, lang: Lang) -> None:
    import polars as pl

    assert shown.table is not None
    part = shown.table.frame.filter((pl.col("segment") == "all") & (pl.col("measure") == state))
    x = [years(day) for day in part.filter(pl.col("layer") == "chance")["week"]]
    values: dict[str, list[float]] = {}
    for layer, prefix in (("chance", "chance"), ("chance_and_parameters", "assumptions")):
        rows = part.filter(pl.col("layer") == layer)
        values |= {f"{prefix}_{q}": rows[q].to_list() for q in ("q10", "q50", "q90")}
    top = max(values["assumptions_q90"] + values["chance_q90"]) * 1.06 + 1
    ax.set(xlim=(x[0], x[-1]), ylim=(0, top))
    stop, again = shown.words.get("stop"), shown.words.get("again")
    if isinstance(stop, datetime.date) and isinstance(again, datetime.date):
        ax.axvspan(years(stop), years(again), color=style.GRID, linewidth=0, zorder=0)
        if state == COURSES[0]:
            text, key = sentences.text("caseload.label.stop", lang), "caseload.label.stop"
            middle = (years(stop) + years(again)) / 2
            style.label_text(ax, middle, top * 0.12, text, key, size=style.SMALL, ha="center", width=0.9)
    panels.bands(ax, x, values, middle="chance_q50")
    ticks = list(range(int(x[0]) + 1, int(x[-1]) + 1))
    ax.set_xticks(ticks, labels=[str(year) for year in ticks])
    panels.whole_ticks(ax, lang)
    panels.heading(ax, f"caseload.measure.{state}", "caseload.label.course", lang,
                   first=shown.numbers[f"{state}_first"], last=shown.numbers[f"{state}_last"])  # fmt: skip


def task_hours(runs: Layers) -> Exhibit:
    """Return where the hours go, as bars."""
    columns = (
        Column("task", words="caseload.task"),
        Column("hours", "decimal", "hours", decimals=3, shown=1),
        *(Column(name, "decimal", "share", decimals=4) for name in ("share", "share_q10", "share_q90")),
    )
    table = _table(runs, "task_hours", runs.hours, columns)
    numbers = {"replications": _count(runs, "replications"), "draws": _count(runs, "draws")}
    numbers["inside"] = inside(table, "caseload.inside_hours")
    for name in (*layers.ALWAYS, "lost"):
        numbers[name] = _ranged(table, name, "share", f"task_hours.{name}")
    words = {"start": runs.chance.compiled.start, "end": runs.chance.compiled.mondays()[-1]}
    stop = runs.stop is not None
    open_ = spans(numbers["conversation"])
    chosen = {
        "title": choose(title=open_, title_exact=not open_),
        "alt": choose(alt=True, alt_stop=stop),
        "note": choose(note=True, note_range=open_, note_stop=stop),
    }
    shown = Told("task_hours", "caseload.task_hours", table, numbers, words, chosen=chosen)
    return replace(shown, draw=partial(_draw_hours, shown))


def _rows(ax: Axes, names: list[str], prefix: str, lang: Lang) -> None:
    """Set one row for every name, the first on top."""
    style.categories(ax, [sentences.text(f"{prefix}.{name}", lang).plain for name in names], GUTTER)
    ax.set_ylim(len(names) - 0.5, -0.5)
    style.bare(ax)


def _draw_hours(shown: Exhibit, lang: Lang) -> Figure:
    table = shown.table
    assert table is not None
    with style.house():
        names, hours = table.frame["task"].to_list(), table.frame["hours"].to_list()
        figure, ax = style.sheet(shown, lang, ROW * len(names), gutter=GUTTER)
        bars = ax.barh(range(len(names)), hours, BAR, color=style.COLOURS[panels.CHANCE])
        style.hatched(bars[-1], panels.CHANCE)
        _rows(ax, names, "caseload.task", lang)
        labels, keys = [], []
        for name in names:
            share = _ranged(table, name, "share", f"task_hours.{name}")
            keys.append("caseload.label.hours" if spans(share) else "caseload.label.hours_exact")
            hour = cell(table, name, "hours")
            labels.append(sentences.text(keys[-1], lang, hours=hour, share=share))
        style.fit(ax, [(max(end, 1e-6), label.plain) for end, label in zip(hours, labels, strict=True)])
        for row, label in enumerate(labels):
            style.label_text(ax, style.beside(ax, hours[row]), row, label, keys[row])
        return figure


def waiting_times(runs: Layers) -> Exhibit:
    """Return how long people waited, by what they waited for."""
    classes = [f"until_{end}" for end in layers.CLASSES]
    columns = (
        Column("queue", words="caseload.queue"),
        Column("q50", "whole", "weeks"),
        Column("q90", "whole", "weeks"),
        *(Column(name, "decimal", "share", decimals=4) for name in (*classes, "longer")),
    )
    table = _table(runs, "waiting_times", runs.waiting, columns)
    numbers = {"replications": _count(runs, "replications")}
    for name in table.frame["queue"]:
        numbers |= {f"{name}_{q}": cell(table, name, q) for q in ("q50", "q90", "until_4", "longer")}
    shares = {"middle": 50.0, "most": 90.0}
    for name, value in shares.items():
        known = inside(table, f"caseload.waiting.{name}")
        place = "kik_analysis.capacity.layers.WAITED"
        numbers[name] = replace(known, value=value, computation=place)
    words = {"start": runs.chance.compiled.start, "end": runs.chance.compiled.mondays()[-1]}
    complete = table.frame.height == len(layers.QUEUES)
    key = "caseload.waiting_times" if complete else "caseload.waiting_times_some"
    first, stop = "first_q50" in numbers, runs.stop is not None
    note = choose(note=True, note_first=first, note_stop=stop, note_count=True) if complete else ()
    shown = Told("waiting_times", key, table, numbers, words, chosen={"note": note})
    return replace(shown, draw=partial(_draw_waits, shown))


def _draw_waits(shown: Exhibit, lang: Lang) -> Figure:
    table = shown.table
    assert table is not None
    with style.house():
        names = table.frame["queue"].to_list()
        middle, most = table.frame["q50"].to_list(), table.frame["q90"].to_list()
        figure, ax = style.sheet(shown, lang, 1.3 * ROW * max(len(names), 1), gutter=GUTTER)
        if not names:
            ax.set_axis_off()
            return figure
        colour = style.COLOURS[panels.CHANCE]
        ax.barh(range(len(names)), middle, 0.5, color=colour)
        for row, (begin, end) in enumerate(zip(middle, most, strict=True)):
            ax.plot([begin, end], [row, row], color=colour, linewidth=1.6, linestyle="dashed")
            ax.plot([end], [row], marker="|", markersize=11, color=colour, markeredgewidth=1.8)
        _rows(ax, names, "caseload.queue", lang)
        both = []
        for name in names:
            parts = (("q50", "middle", "wait_middle"), ("q90", "most", "wait_most"))
            pair = []
            for q, share, part in parts:
                key, values = f"caseload.label.{part}", {"weeks": cell(table, name, q)}
                pair.append((key, sentences.text(key, lang, share=shown.numbers[share], **values)))
            both.append(pair)
        widest = ["\n".join(text.plain for _, text in pair) for pair in both]
        style.fit(ax, list(zip(most, widest, strict=True)))
        for row, pair in enumerate(both):
            for (key, text), dy in zip(pair, (-0.17, 0.17), strict=True):
                style.label_text(ax, style.beside(ax, most[row]), row + dy, text, key, size=style.SMALL)
        return figure


def coverage_by_segment(runs: Layers) -> Exhibit:
    """Return the share of each segment approached and spoken to in the last year of the run."""
    shares = [f"{name}{part}" for name in ("approached", "spoken") for part in ("", "_q10", "_q90")]
    columns = (
        Column("segment", words="caseload.segment"),
        Column("persons", "decimal", "persons", decimals=2),
        *(Column(name, "decimal", "share", decimals=4) for name in shares),
    )
    table = _table(runs, "coverage_by_segment", runs.coverage, columns)
    numbers = {name: _ranged(table, "all", name, f"coverage.{name}") for name in ("approached", "spoken")}
    numbers |= {
        "replications": _count(runs, "replications"),
        "draws": _count(runs, "draws"),
        "inside": inside(table, "caseload.inside_segment"),
    }
    parts = [name for name in table.frame["segment"] if name != "all"] or ["all"]
    spoken = sorted((cell(table, name, "spoken").value or 0.0, name) for name in parts)
    for end, (_, name) in (("least", spoken[0]), ("most", spoken[-1])):
        numbers[end] = cell(table, name, "spoken")
    same = same_rules(runs.chance.compiled)
    words = {"end": runs.chance.compiled.mondays()[-1]}
    open_ = spans(numbers["spoken"])
    chosen = {
        "title": choose(title=open_, title_exact=not open_),
        "note": choose(note=True, note_range=open_, note_same=same, note_differ=not same),
    }
    shown = Told("coverage_by_segment", "caseload.coverage_by_segment", table, numbers, words, chosen=chosen)
    return replace(shown, draw=partial(_draw_coverage, shown))


def _draw_coverage(shown: Exhibit, lang: Lang) -> Figure:
    table = shown.table
    assert table is not None
    with style.house():
        names = table.frame["segment"].to_list()
        figure, ax = style.sheet(shown, lang, ROW * len(names), gutter=GUTTER, above=0.3)
        colour = style.COLOURS[panels.CHANCE]
        look: dict[str, Any] = {"color": colour, "markersize": 7, "linestyle": "none", "marker": "o"}
        for row, name in enumerate(names):
            for kind, face in (("spoken", colour), ("approached", style.WHITE)):
                low, x, high = (
                    cell(table, name, f"{kind}{part}").value or 0 for part in ("_q10", "", "_q90")
                )
                below = kind == "spoken"
                y = row + (-APART if below else APART)
                ax.plot([low, high], [y, y], color=colour, linewidth=1.4)
                ax.plot([x], [y], markerfacecolor=face, markeredgewidth=1.5, **look)
                at = low - 1.6 if below else high + 1.6
                share = _ranged(table, name, kind, f"coverage.{kind}")
                key = "caseload.label.range" if spans(share) else "caseload.label.exact"
                text, side = sentences.text(key, lang, share=share), "right" if below else "left"
                style.label_text(ax, at, y, text, key, size=style.SMALL, ha=side)
        _rows(ax, names, "caseload.segment", lang)
        ax.set_xlim(-14, 104)
        style.bare(ax, baseline=False)
        ax.axvline(0, color=style.LINE, linewidth=0.9, zorder=0)
        for kind in ("spoken", "approached"):
            key, x = f"caseload.definition.{kind}", shown.numbers[kind].value or 0
            text = sentences.text(key, lang)
            style.label_text(ax, x, -0.85, text, key, size=style.SMALL, color=style.MUTED,
                             ha="right" if kind == "spoken" else "left")  # fmt: skip
        return figure
