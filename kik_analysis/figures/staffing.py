"""The central question in one figure: how far a team comes with five to thirty posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Channel, Compiled, Queue
from kik_analysis.capacity.experiment import DEFINITIONS, POSTS, simulation, staffing_curve
from kik_analysis.capacity.layers import DRAWS, simulated
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, QUANTILES
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.simulations import entry
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit, choose, spans
from kik_analysis.figures.style import Page
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
LAYERS = ((CHANCE, "chance", "replications"), (CHANCE_AND_PARAMETERS, "assumptions", "draws"))
"""Each layer with the prefix of its columns and the name of its number of runs."""
BAND = ("assumptions_q10", "assumptions_q90")


def inside(table: Table, name: str) -> Number:
    """Return the share of the runs inside the bands that figures draw, in percent: q10 to q90."""
    value = PERCENT * (QUANTILES[3] - QUANTILES[1])
    place = "kik_analysis.capacity.results.QUANTILES"
    return Number(name, value, None, None, "percent", 0, Evidence.RECOMPUTED, table.reads, place)


def count(name: str, number: int, reads: tuple[str, ...], place: str) -> Number:
    """Return how many runs a simulation had: the entry that says what the numbers made of it rest on.

    ``name``: the simulation's name on record. ``number``: replications or draws. ``reads``: everything it
    read. ``place``: module and function.
    """
    return Number(entry(name), float(number), None, None, "count", 0, Evidence.RECOMPUTED, reads, place)


def follow_up_first(c: Compiled) -> bool:
    """Tell whether people spoken to before go before people not yet approached, in every segment."""
    return bool((c.lane[:, Queue.FOLLOW_UP] < c.lane[:, Queue.FIRST]).all())


def _wide(frame: pl.DataFrame) -> pl.DataFrame:
    """Put both layers of a number of posts and a definition in one row."""
    import polars as pl

    keys = ["scenario", "fte", "definition"]
    parts = []
    for layer, prefix, runs in LAYERS:
        new = {q: f"{prefix}_{q}" for q in ("q05", "q10", "q50", "q90", "q95", "q10_error", "q90_error")}
        new |= {"mean_error": f"{prefix}_error", "replications": runs}
        part = frame.filter(pl.col("layer") == layer)
        parts.append(part.select(*keys, *(pl.col(old).alias(name) for old, name in new.items())))
    return parts[0].join(parts[1], on=keys, maintain_order="left").with_columns(share=pl.col("chance_q50"))


def _columns() -> tuple[Column, ...]:
    hidden: dict[str, Any] = {"kind": "decimal", "unit": "share", "hidden": True}
    shown: dict[str, Any] = {"kind": "decimal", "unit": "share", "decimals": 4}
    chance = [Column(f"chance_{q}", decimals=4, **hidden) for q in ("q05", "q10", "q90", "q95")]
    band = [
        Column(f"assumptions_{q}", **shown, hidden=q not in ("q10", "q90"))
        for q in ("q05", "q10", "q50", "q90", "q95")
    ]
    errors = [Column(f"assumptions_{q}error", decimals=5, **hidden) for q in ("", "q10_", "q90_")]
    return (
        Column("scenario", hidden=True),
        Column("fte", "decimal", "fte", decimals=2),
        Column("definition", words="caseload.definition"),
        Column("share", **shown),
        *chance,
        Column("chance_error", decimals=5, **hidden),
        Column("replications", "whole", "count", hidden=True),
        *band,
        *errors,
        Column("draws", "whole", "count", hidden=True),
    )


def curve_table(
    scenario: Scenario,
    posts: Sequence[float] = POSTS,
    replications: int = REPLICATIONS,
    draws: int = DRAWS,
) -> Table:
    """Return the staffing curve: one row per number of posts and definition, shares of the group.

    ``scenario``: the scenario; its own number of posts at the end of the run is always among the rows.
    ``posts``, ``replications``, ``draws``: as in :func:`kik_analysis.capacity.experiment.staffing_curve`.
    """
    columns = _columns()

    def build() -> pl.DataFrame:
        numbers = sorted({*map(float, posts), float(own_posts(scenario).value or 0)})
        frame = staffing_curve(scenario, posts=numbers, replications=replications, draws=draws)
        return _wide(frame).select(column.name for column in columns)

    return simulated(lambda: tabulate("staffing_curve", build, columns, key=("fte", "definition")))


def own_posts(scenario: Scenario) -> Number:
    """Return the scenario's own number of posts at the end of its run, dated changes included."""
    last = Reader(scenario).mondays[-1]
    end = float(scenario.at(FTE, last))  # type: ignore[arg-type]

    def compute() -> float:
        # without a change on that day the number rests on the value alone, not on changes long past
        undated = scenario.value(FTE).at(last).central == end
        return end if undated else float(scenario.at(FTE, last))  # type: ignore[arg-type]

    found = measure("caseload.fte", compute, unit="fte")
    return found if float(found.value or 0).is_integer() else replace(found, decimals=2)


def _group(scenario: Scenario) -> Number:
    """Return how many people the group counts at the start."""
    names = [name for name, _ in scenario.value("people.stock").cells]

    def compute() -> float:
        counts = (scenario.at("people.stock", scenario.start, name) for name in names)
        return sum(count for count in counts if isinstance(count, int | float))

    return measure("caseload.group", compute, unit="persons")


def staffing_curve_figure(scenario: Scenario, table: Table) -> Exhibit:
    """Return the staffing curve as an exhibit.

    ``scenario``: the scenario that the curve was made for. ``table``: from :func:`curve_table`.
    """
    c, fte = compile_scenario(scenario), own_posts(scenario)
    few, many = (f"{table.frame['fte'][row]}" for row in (0, -1))
    numbers = {"fte": fte, "group": _group(scenario), "inside": inside(table, "caseload.inside")}
    for name in DEFINITIONS:
        numbers[name] = table.at(f"{fte.value}/{name}", "share", f"caseload.at_own_posts.{name}", *BAND)
        numbers[f"{name}_many"] = table.at(f"{many}/{name}", "share")
    numbers |= {f"few_{name}": table.at(f"{few}/{name}", "share") for name in ("approached", "spoken")}
    numbers |= {"few": table.at(0, "fte"), "many": table.at(table.frame.height - 1, "fte")}
    # how far the ends of the outer band may be off by chance: their larger standard error
    errors = [table.at(f"{fte.value}/spoken", f"{end}_error") for end in BAND]
    largest = max(errors, key=lambda one: one.value or 0)
    numbers["error"] = replace(largest, id="caseload.band_error", unit="points", decimals=0)
    place = "kik_analysis.capacity.experiment.staffing_curve"
    for layer, _, runs in LAYERS:
        numbers[runs] = count(simulation(scenario, layer), table.frame[runs][0], table.reads, place)
    approached = [
        table.at(f"{posts}/approached", "share").value or 0 for posts in table.frame["fte"].unique()
    ]
    published = fte.evidence is Evidence.PUBLISHED
    falls = max(approached) - (numbers["approached_many"].value or 0) > FALL
    note = choose(
        note=True,
        note_letter=published,
        note_own=not published,
        note_extra=bool(Reader(scenario).steps(FTE)),
        note_order=follow_up_first(c),
        note_stop=bool((c.channel[1:, ..., Channel.HOME].max(axis=(1, 2), initial=0) == 0).any()),
        note_voluntary=True,
        note_falls=falls,
    )
    words = {"start": c.start, "end": c.mondays()[-1]}
    open_ = spans(numbers["spoken"])
    chosen = {"title": choose(title=open_, title_exact=not open_), "note": note}
    shown = Exhibit("staffing_curve", "caseload.staffing_curve", table, numbers, words, chosen=chosen)
    return shown.drawn(_draw)


def _draw(shown: Exhibit, page: Page) -> Figure:
    figure, axes = charts.panels(page, shown, rows=2, columns=2, height=1.95, below=0.3)
    for ax, name in zip(axes, DEFINITIONS, strict=True):
        _panel(ax, shown, name, page.lang)
    charts.key_of_bands(axes, shown.numbers["inside"], page.lang)
    return figure


def _panel(ax: Axes, shown: Exhibit, name: str, lang: Lang) -> None:
    import polars as pl

    rows = shown.table.frame.filter(pl.col("definition") == name)
    x = rows["fte"].to_list()
    bands = [f"{prefix}_{q}" for prefix in ("chance", "assumptions") for q in ("q10", "q90")]
    values = {column: (PERCENT * rows[column]).to_list() for column in (*bands, "share")}
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 100))
    charts.bands(ax, x, values, middle="share")
    _axes(ax, x, lang)
    charts.heading(ax, f"caseload.definition.{name}", f"caseload.meaning.{name}", lang)
    here = {"fte": shown.numbers["fte"], "share": shown.numbers[name]}
    fte, share = here["fte"].value or 0.0, here["share"].value or 0.0
    ax.axvline(fte, color=style.INK, linewidth=0.9, zorder=4)
    ax.plot([fte], [share], marker="o", markersize=5, color=style.INK, zorder=5, clip_on=False)
    # at the side with more room, above or below whatever is drawn there
    left = fte > (x[0] + x[-1]) / 2
    near = [k for k, posts in enumerate(x) if (posts <= fte if left else posts >= fte)]
    above = 100 - max(values["assumptions_q90"][k] for k in near)
    below = min(values["assumptions_q10"][k] for k in near)
    y = 100 - ROOM * 0.62 if above >= below else ROOM * 0.6
    place = fte + (-1 if left else 1) * 0.025 * (x[-1] - x[0])
    room = abs((x[0] if left else x[-1]) - place) / (x[-1] - x[0]) * style.size(ax)[0]
    look = {"size": style.SMALL, "width": min(2.2, room), "zorder": 6, "ha": "right" if left else "left"}
    Label("caseload.label.at_posts", here, look=look).write(ax, place, y, lang)


def _axes(ax: Axes, x: list[float], lang: Lang) -> None:
    """Set the marks of the axes: posts every five or ten, shares in quarters."""
    unit = sentences.text("tables.unit.fte", lang).plain
    step = 5 if x[-1] <= 40 else 10
    first = -(-int(x[0]) // step) * step
    ticks = [tick for tick in range(first, int(x[-1]) + 1, step) if tick >= x[0]] or [round(x[-1])]
    ax.set_xticks(ticks, labels=[f"{ticks[0]} {unit}", *map(str, ticks[1:])])
    ax.set_yticks([0, 25, 50, 75, 100], labels=[f"{tick}%" for tick in (0, 25, 50, 75, 100)])
