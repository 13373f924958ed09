"""The central question in one figure: how far a team comes with five to thirty posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity.experiment import DEFINITIONS, POSTS, simulation, staffing_curve
from kik_analysis.capacity.layers import DRAWS, simulated
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import panels, style
from kik_analysis.figures.caseload_words import Told, choose, follow_up_first, has_stop, runs, spans
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FTE = "team.fte"
REPLICATIONS = 10
"""Futures per number of posts."""
FALL = 0.5
"""Percentage points that a share must fall from its top before a sentence says so."""
ROOM = 22.0
"""Height of a label in a panel, with some air, in percentage points."""


def cell(table: Table, key: str, column: str, name: str = "") -> Number:
    """Return a numeric cell by the key of its row, under its own address or another name."""
    found = table.cell(table.row_keys().index(key), table.column(column))
    assert found is not None
    return replace(found, id=name) if name else found


def spread(table: Table, key: str, column: str, low: str, high: str, name: str) -> Number:
    """Return a cell with its range from two other columns of the row."""
    limits = {"low": cell(table, key, low).value, "high": cell(table, key, high).value}
    return replace(cell(table, key, column, name), **limits)  # type: ignore[arg-type]


def inside(table: Table, name: str) -> Number:
    """Return the share of the runs inside the bands that figures draw, in percent: q10 to q90."""
    from kik_analysis.capacity.results import QUANTILES

    value = 100.0 * (QUANTILES[3] - QUANTILES[1])
    place = "kik_analysis.capacity.results.QUANTILES"
    return Number(name, value, None, None, "percent", 0, Evidence.RECOMPUTED, table.reads, place)


def _wide(frame: pl.DataFrame) -> pl.DataFrame:
    """Put both layers of a number of posts and a definition in one row."""
    import polars as pl

    keys = ["scenario", "fte", "definition"]
    quantiles = ["q05", "q10", "q90", "q95"]
    parts = []
    for layer, prefix, count in (
        (CHANCE, "chance", "replications"),
        (CHANCE_AND_PARAMETERS, "assumptions", "draws"),
    ):
        part = frame.filter(pl.col("layer") == layer)
        named = [pl.col(q).alias(f"{prefix}_{q}") for q in quantiles]
        middle = [pl.col("q50").alias("share" if layer == CHANCE else "assumptions_q50")]
        error = [pl.col("mean_error").alias(f"{prefix}_error")]
        if layer == CHANCE_AND_PARAMETERS:
            error += [pl.col(f"{q}_error").alias(f"{prefix}_{q}_error") for q in ("q10", "q90")]
        parts.append(part.select(*keys, *middle, *named, *error, pl.col("replications").alias(count)))
    return parts[0].join(parts[1], on=keys, maintain_order="left")


def curve_table(
    scenario: Scenario,
    posts: Sequence[float] = POSTS,
    replications: int = REPLICATIONS,
    draws: int = DRAWS,
) -> Table:
    """Return the staffing curve: one row per number of posts and definition, shares of the group.

    Parameters
    ----------
    scenario
        The scenario; its own number of posts at the end of the run is always among the rows.
    posts, replications, draws
        As in :func:`kik_analysis.capacity.experiment.staffing_curve`.
    """
    columns = (
        Column("scenario", hidden=True),
        Column("fte", "decimal", "fte", decimals=2),
        Column("definition", words="caseload.definition"),
        Column("share", "decimal", "share", decimals=4),
        Column("chance_q05", "decimal", "share", decimals=4, hidden=True),
        Column("chance_q10", "decimal", "share", decimals=4, hidden=True),
        Column("chance_q90", "decimal", "share", decimals=4, hidden=True),
        Column("chance_q95", "decimal", "share", decimals=4, hidden=True),
        Column("chance_error", "decimal", "share", decimals=5, hidden=True),
        Column("replications", "whole", "count", hidden=True),
        Column("assumptions_q05", "decimal", "share", decimals=4, hidden=True),
        Column("assumptions_q10", "decimal", "share", decimals=4),
        Column("assumptions_q50", "decimal", "share", decimals=4, hidden=True),
        Column("assumptions_q90", "decimal", "share", decimals=4),
        Column("assumptions_q95", "decimal", "share", decimals=4, hidden=True),
        Column("assumptions_error", "decimal", "share", decimals=5, hidden=True),
        Column("assumptions_q10_error", "decimal", "share", decimals=5, hidden=True),
        Column("assumptions_q90_error", "decimal", "share", decimals=5, hidden=True),
        Column("draws", "whole", "count", hidden=True),
    )

    def build() -> pl.DataFrame:
        numbers = sorted({*map(float, posts), float(own_posts(scenario).value or 0)})
        frame = staffing_curve(scenario, posts=numbers, replications=replications, draws=draws)
        return _wide(frame).select(column.name for column in columns)

    return simulated(lambda: tabulate("staffing_curve", build, columns, key=("fte", "definition")))


def own_posts(scenario: Scenario) -> Number:
    """Return the scenario's own number of posts at the end of its run, dated changes included."""
    from kik_analysis.capacity.reader import Reader

    last = Reader(scenario).mondays[-1]
    end = float(scenario.at(FTE, last))  # type: ignore[arg-type]

    def compute() -> float:
        value = scenario.value(FTE)
        # without a change on that day the number rests on the value alone, not on changes long past
        return end if value.at(last).central == end else float(scenario.at(FTE, last))  # type: ignore[arg-type]

    found = measure("caseload.fte", compute, unit="fte")
    return found if float(found.value or 0).is_integer() else replace(found, decimals=2)


def _group(scenario: Scenario) -> Number:
    """Return how many people the group counts at the start."""
    names = [name for name, _ in scenario.value("people.stock").cells]

    def compute() -> float:
        counts = (scenario.at("people.stock", scenario.start, name) for name in names)
        return sum(count for count in counts if isinstance(count, int | float))

    return measure("caseload.group", compute, unit="persons")


def _error(table: Table, key: str) -> Number:
    """Return how far the ends of the outer band may be off by chance: their larger standard error."""
    errors = [cell(table, key, f"assumptions_{q}_error") for q in ("q10", "q90")]
    largest = max(errors, key=lambda one: one.value or 0)
    return replace(largest, id="caseload.band_error", unit="points", decimals=0)


def _shown(scenario: Scenario, table: Table) -> dict[str, Number]:
    """Return the numbers that the sentences and labels of the staffing curve show."""
    fte, rows = own_posts(scenario), table.row_keys()
    few, many = rows[0].partition("/")[0], rows[-1].partition("/")[0]
    numbers = {"fte": fte, "group": _group(scenario)}
    for name in DEFINITIONS:
        key = f"{fte.value}/{name}"
        limits = ("assumptions_q10", "assumptions_q90")
        numbers[name] = spread(table, key, "share", *limits, f"caseload.at_own_posts.{name}")
        numbers[f"{name}_many"] = cell(table, f"{many}/{name}", "share")
    numbers |= {
        "few": cell(table, rows[0], "fte"), "many": cell(table, rows[-1], "fte"),
        "few_approached": cell(table, f"{few}/approached", "share"),
        "few_spoken": cell(table, f"{few}/spoken", "share"),
        "inside": inside(table, "caseload.inside"), "error": _error(table, f"{fte.value}/spoken"),
    }  # fmt: skip
    place = "kik_analysis.capacity.experiment.staffing_curve"
    for name, layer in (("replications", CHANCE), ("draws", CHANCE_AND_PARAMETERS)):
        count = int(cell(table, rows[0], name).value or 0)
        numbers[name] = runs(simulation(scenario, layer), count, table.reads, place)
    return numbers


def _falls(table: Table) -> bool:
    """Tell whether the share approached falls again with many posts."""
    import polars as pl

    shares = (100 * table.frame.filter(pl.col("definition") == "approached")["share"]).to_list()
    return bool(max(shares) - shares[-1] > FALL)


def exhibit(scenario: Scenario, table: Table) -> Exhibit:
    """Return the staffing curve as an exhibit.

    Parameters
    ----------
    scenario
        The scenario that the curve was made for.
    table
        From :func:`curve_table`.
    """
    from kik_analysis.capacity.compilation import compile_scenario
    from kik_analysis.capacity.reader import Reader

    c = compile_scenario(scenario)
    numbers = _shown(scenario, table)
    dated = bool(Reader(scenario).steps(FTE))
    published = numbers["fte"].evidence is Evidence.PUBLISHED
    note = choose(
        note=True, note_letter=published, note_own=not published, note_extra=dated,
        note_order=follow_up_first(c), note_stop=has_stop(c), note_voluntary=True, note_falls=_falls(table),
    )  # fmt: skip
    words = {"start": c.start, "end": c.mondays()[-1]}
    open_ = spans(numbers["spoken"])
    chosen = {"title": choose(title=open_, title_exact=not open_), "note": note}
    shown = Told("staffing_curve", "caseload.staffing_curve", table, numbers, words, chosen=chosen)
    return replace(shown, draw=partial(_draw, shown))


def _draw(shown: Exhibit, lang: Lang) -> Figure:
    with style.house():
        figure, axes = panels.grid(shown, lang, rows=2, columns=2, height=1.95, below=0.3)
        for ax, name in zip(axes, DEFINITIONS, strict=True):
            _panel(ax, shown, name, lang)
        panels.key(figure, axes[2], shown, lang)
        return figure


def _panel(ax: Axes, shown: Exhibit, name: str, lang: Lang) -> None:
    import polars as pl

    table = shown.table
    assert table is not None
    rows = table.frame.filter(pl.col("definition") == name)
    x = rows["fte"].to_list()
    values = {column: (100 * rows[column]).to_list() for column in rows.columns if column.split("_")[0] in
              ("share", "chance", "assumptions")}  # fmt: skip
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 100))
    panels.bands(ax, x, values, middle="share")
    _axes(ax, x, lang)
    panels.heading(ax, f"caseload.definition.{name}", f"caseload.meaning.{name}", lang)
    fte, here = shown.numbers["fte"], shown.numbers[name]
    assert fte.value is not None
    assert here.value is not None
    ax.axvline(fte.value, color=style.INK, linewidth=0.9, zorder=4)
    ax.plot([fte.value], [here.value], marker="o", markersize=5, color=style.INK, zorder=5, clip_on=False)
    key = "caseload.label.at_posts"
    text = sentences.text(key, lang, fte=fte, share=here)
    # at the side with more room, above or below whatever is drawn there
    left = fte.value > (x[0] + x[-1]) / 2
    near = [k for k, posts in enumerate(x) if (posts <= fte.value if left else posts >= fte.value)]
    above = 100 - max(values["assumptions_q90"][k] for k in near)
    below = min(values["assumptions_q10"][k] for k in near)
    y = 100 - ROOM * 0.62 if above >= below else ROOM * 0.6
    place = fte.value + (-1 if left else 1) * 0.025 * (x[-1] - x[0])
    room = abs((x[0] if left else x[-1]) - place) / (x[-1] - x[0]) * ax.get_position().width * style.WIDTH
    look: dict[str, Any] = {
        "size": style.SMALL,
        "width": min(2.2, room),
        "zorder": 6,
        "ha": "right" if left else "left",
    }
    style.label_text(ax, place, y, text, key, **look)


def _axes(ax: Axes, x: list[float], lang: Lang) -> None:
    """Set the marks of the axes: posts every five or ten, shares in quarters."""
    unit = sentences.text("tables.unit.fte", lang).plain
    step = 5 if x[-1] <= 40 else 10
    first = -(-int(x[0]) // step) * step
    ticks = [tick for tick in range(first, int(x[-1]) + 1, step) if tick >= x[0]] or [round(x[-1])]
    ax.set_xticks(ticks, labels=[f"{ticks[0]} {unit}", *map(str, ticks[1:])])
    ax.set_yticks([0, 25, 50, 75, 100], labels=[f"{tick}%" for tick in (0, 25, 50, 75, 100)])
