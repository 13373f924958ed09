"""The echo of extra staff, in one figure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity.echo import echo
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import panels, style
from kik_analysis.figures.caseload import cell, inside, simulated
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.timeline import years
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FTE = "team.fte"
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


def exhibit(scenario: Scenario, replications: int = 24) -> Exhibit | None:
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
        "peak": cell(table, weeks[peak], "most"), "peak_few": cell(table, weeks[peak], "few"),
        "inside": inside(table, "caseload.inside_echo"),
    }  # fmt: skip
    source = tuple(read for read in table.reads if read.startswith("simulation:"))
    runs = replace(inside(table, "caseload.echo.replications"), value=float(replications), unit="count")
    numbers["replications"] = replace(runs, reads=source, computation="kik_analysis.capacity.echo.echo")
    days = frame["week"].to_list()
    words = {"until": days[after], "from": days[0], "lowest": days[lowest], "peak_week": days[peak]}
    assert few[0] is not None
    shown = Exhibit("echo", "caseload.echo", table, numbers, words)
    return replace(shown, draw=partial(_draw, shown))


def _draw(shown: Exhibit, lang: Lang) -> Figure:
    table = shown.table
    assert table is not None
    with style.house():
        figure, axes = panels.grid(shown, lang, rows=1, columns=1, height=2.7)
        ax, frame = axes[0], table.frame
        x = [years(day) for day in frame["week"]]
        for name, colour, line in (
            ("few", style.MUTED, "solid"),
            ("most", style.COLOURS[panels.CHANCE], "dashed"),
        ):
            low, high = frame[f"{name}_q10"].to_list(), frame[f"{name}_q90"].to_list()
            ax.fill_between(x, low, high, color=colour, alpha=panels.FAINT, linewidth=0)
            ax.plot(x, frame[name].to_list(), color=colour, linewidth=1.6, linestyle=line)
        top = 1.1 * max([*frame["few_q90"].to_list(), *frame["most_q90"].to_list(), 1.0])
        ax.set(xlim=(x[0], x[-1]), ylim=(0, top))
        until = shown.words["until"]
        ax.axvspan(x[0], years(until), color=style.GRID, linewidth=0, zorder=0)  # type: ignore[arg-type]
        ticks = range(int(x[0]) + 1, int(x[-1]) + 1)
        ax.set_xticks(list(ticks), labels=[str(year) for year in ticks])
        panels.whole_ticks(ax, lang)
        _labels(shown, lang, ax, top)
        return figure


def _labels(shown: Exhibit, lang: Lang, ax: Axes, top: float) -> None:
    panels.heading(ax, "caseload.definition.overdue", "caseload.meaning.overdue", lang)
    x = [years(day) for day in shown.table.frame["week"]]  # type: ignore[union-attr]
    until, peak = years(shown.words["until"]), years(shown.words["peak_week"])  # type: ignore[arg-type]
    n = shown.numbers
    size: dict[str, Any] = {"size": style.SMALL}
    key = "caseload.label.extra"
    style.label_text(ax, x[0] + 0.03, top * 0.94, sentences.text(key, lang), key, width=1.1, **size)
    key = "caseload.label.with_few"
    text = sentences.text(key, lang, fte=n["fte_few"])
    style.label_text(ax, until + 0.62, top * 0.74, text, key, color=style.MUTED, width=1.9, **size)
    key = "caseload.label.with_most"
    text = sentences.text(key, lang, fte=n["fte_most"], peak=n["peak"])
    colour = style.COLOURS[panels.CHANCE]
    # away from the edge that is near
    late = peak > (x[0] + 2 * x[-1]) / 3
    place = {"ha": "right" if late else "left", "color": colour, **size}
    y = (n["peak"].value or 0) + 0.1 * top
    style.label_text(ax, peak - 0.05 if late else peak + 0.05, y, text, key, width=2.0, **place)
