"""The echo of extra staff, in one figure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity.experiment import echo
from kik_analysis.capacity.layers import simulated
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import panels, style
from kik_analysis.figures.caseload import cell, inside
from kik_analysis.figures.caseload_words import Told, choose
from kik_analysis.figures.caseload_words import runs as counted
from kik_analysis.figures.timeline import years
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FTE = "team.fte"
LATE = 0.9
"""Part of the axis after which a label stands at the left of its mark."""
_PERSONS = ("few", "few_q10", "few_q90", "most", "most_q10", "most_q90")


def echo_table(scenario: Scenario, replications: int) -> Table:
    """Return people overdue by week, with the fewest and with the most extra posts."""
    columns = (
        Column("week", "date"),
        Column("extra_hours", "decimal", "hours", decimals=4, shown=1),
        *(Column(name, "decimal", "persons", decimals=3) for name in _PERSONS),
    )

    def build() -> pl.DataFrame:
        return echo(scenario, replications=replications).select(column.name for column in columns)

    table = simulated(lambda: tabulate("echo", build, columns))
    return replace(table, place="workbook")


def _extra(scenario: Scenario, table: Table) -> tuple[Number, Number]:
    """Return the fewest and the most posts on the first day of the run."""
    first = scenario.timeline(FTE).at(scenario.start)
    source = (f"parameter:{FTE}",)
    evidence = scenario.evidence(FTE)
    low, _, high = first.atoms
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)

    def named(name: str, value: float) -> Number:
        place = f"{__name__}.echo"
        return Number(f"caseload.echo.{name}", value, None, None, "fte", 0, evidence, source, place)

    return named("fte_few", float(low)), named("fte_most", float(high))


def exhibit(scenario: Scenario, replications: int = 24) -> Told | None:
    """Return the echo as an exhibit; None for a scenario whose posts have no range at its start.

    Parameters
    ----------
    scenario
        The scenario.
    replications
        Pairs of runs.
    """
    if scenario.timeline(FTE).at(scenario.start).exact:
        return None
    table = echo_table(scenario, replications)
    frame = table.frame
    weeks = [str(week) for week in frame["week"]]
    staffed = [week for week, hours in zip(weeks, frame["extra_hours"], strict=True) if hours > 0]
    after = weeks.index(staffed[-1]) + 1
    most, few = frame["most"].to_list(), frame["few"].to_list()
    lowest = min(range(after + 1), key=lambda k: most[k])
    peak = max(range(max(lowest, after), len(weeks)), key=lambda k: most[k])
    low, high = _extra(scenario, table)
    numbers = {
        "fte_few": low, "fte_most": high, "start": cell(table, weeks[0], "few"),
        "least": cell(table, weeks[lowest], "most"), "then": cell(table, weeks[lowest], "few"),
        "peak": _peak(table, weeks[peak]), "peak_few": cell(table, weeks[peak], "few"),
        "inside": inside(table, "caseload.inside_echo"),
    }  # fmt: skip
    place = "kik_analysis.capacity.experiment.echo"
    numbers["replications"] = counted(f"{scenario.name}/echo", replications, table.reads, place)
    days = frame["week"].to_list()
    words = {"until": days[after], "from": days[0], "lowest": days[lowest], "peak_week": days[peak]}
    back = _whole(most[peak]) > _whole(few[peak])
    sooner = _whole(most[lowest]) < _whole(few[lowest])
    chosen = {
        "title": choose(title=back, title_no_wave=not back),
        "alt": choose(alt=True, alt_sooner=sooner, alt_wave=back, alt_no_wave=not back),
        "note": choose(note=True, note_wave=back, note_runs=True),
    }
    shown = Told("echo", "caseload.echo", table, numbers, words, chosen=chosen)
    return replace(shown, draw=partial(_draw, shown))


def _peak(table: Table, week: str) -> Number:
    """Return people overdue in a week after the extra posts, with the range that chance gives."""
    low, high = (cell(table, week, f"most_{q}").value for q in ("q10", "q90"))
    return replace(cell(table, week, "most"), id="caseload.echo.peak", low=low, high=high)


def _whole(value: float) -> int:
    """Return a count as a reader sees it."""
    return int(value + 0.5)


LINES = (("few", style.MUTED, "solid"), ("most", style.COLOURS[panels.CHANCE], "dashed"))
"""Colour and style of the lines with the fewest and the most extra posts."""


def _draw(shown: Told, lang: Lang) -> Figure:
    table = shown.table
    assert table is not None
    with style.house():
        figure, axes = panels.grid(shown, lang, rows=1, columns=1, height=2.4, below=0.3)
        ax, frame = axes[0], table.frame
        x = [years(day) for day in frame["week"]]
        top = 1.18 * max([*frame["few_q90"].to_list(), *frame["most_q90"].to_list(), 1.0])
        ax.set(xlim=(x[0], x[-1]), ylim=(0, top))
        for name, colour, line in LINES:
            low, high = frame[f"{name}_q10"].to_list(), frame[f"{name}_q90"].to_list()
            panels.area(ax, x, low, high, colour, panels.FAINT)
            panels.course(ax, x, frame[name].to_list(), color=colour, linewidth=1.6, linestyle=line)
        until = shown.words["until"]
        ax.axvspan(x[0], years(until), color=style.GRID, linewidth=0, zorder=0)  # type: ignore[arg-type]
        ticks = range(int(x[0]) + 1, int(x[-1]) + 1)
        ax.set_xticks(list(ticks), labels=[str(year) for year in ticks])
        panels.whole_ticks(ax, lang)
        _labels(shown, lang, ax, top)
        return figure


def _labels(shown: Told, lang: Lang, ax: Axes, top: float) -> None:
    panels.heading(ax, "caseload.definition.overdue", "caseload.meaning.overdue", lang)
    start, n = ax.get_xlim()[0], shown.numbers
    key = "caseload.label.extra"
    style.label_text(ax, start + 0.03, top * 0.94, sentences.text(key, lang), key, size=style.SMALL)
    entries = []
    for name, colour, line in LINES:
        key = f"caseload.label.with_{name}"
        entries.append((sentences.text(key, lang, fte=n[f"fte_{name}"]), key, colour, line))
    panels.lines_key(ax, entries)
    if "title" not in shown.chosen["title"]:
        return
    assert shown.table is not None
    row = shown.table.frame["week"].to_list().index(shown.words["peak_week"])
    x, key = years(shown.words["peak_week"]), "caseload.label.peak"  # type: ignore[arg-type]
    text = sentences.text(key, lang, peak=n["peak"])
    late = x > start + LATE * (ax.get_xlim()[1] - start)
    look: dict[str, Any] = {"size": style.SMALL, "color": LINES[1][1], "ha": "right" if late else "center"}
    style.label_text(ax, x, shown.table.frame["most_q90"][row] + 0.07 * top, text, key, **look)
