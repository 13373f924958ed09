"""Staff for a promise: the fte that each group and each way of contact needs, and every answer as rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity.layers import simulated
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import CHANCE, Label
from kik_analysis.figures.exhibit import Exhibit, choose
from kik_analysis.figures.runs import own_posts
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import answer, groups
from kik_analysis.planning.groups import CHANNELS, DRAWS, GROUPS
from kik_analysis.planning.promise import COVERAGE, PROBABILITY, Contact, Promise, promise
from kik_analysis.planning.staff import QUANTILES, Staff, outward, required_fte

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CONTACTS: tuple[Contact, ...] = ("approached", "any", "spoken")
ROW = 0.3
"""Height of a row, in inches."""


def _noted(scenario: Scenario, kept: Promise, what: str, **how: object) -> None:
    """Put on record what a table of answers rests on."""
    for path in (COVERAGE, PROBABILITY):
        scenario.value(path)
    noted = {"scenario": scenario.digest(), "promise": kept.as_json(), **how}
    reads.note("simulation", f"{scenario.name}/{what}", noted, Evidence.SIMULATED)


# ---- for whom, and how


def group_table(scenario: Scenario, draws: int = DRAWS) -> Table:
    """Return ``staff_groups``: one row per group and way of contact.

    Columns: ``group``, ``channel``, ``coverage`` (promised: where no staff comes so far, that part of the
    most that is reached), ``people`` (counted with that staff), ``fte`` (the smallest half fte at
    central assumptions), ``low`` and ``high`` (q10 to q90 over draws, rounded outward), ``never`` (share of
    the draws in which no staff keeps the promise), ``visits`` (largest share of visits, the rest by
    telephone, with which the scenario's own staff keeps it). What does not exist is empty.

    ``scenario``: the scenario. ``draws``: draws of the assumptions.
    """
    shown: dict[str, Any] = {"kind": "decimal", "unit": "fte", "decimals": 2, "shown": 1}
    columns = (
        Column("group", words="staff.group"), Column("channel", words="staff.channel"),
        Column("coverage", "decimal", "share", decimals=3),
        Column("people", "whole", "persons"), Column("fte", **shown), Column("low", **shown),
        Column("high", **shown), Column("never", "decimal", "share", decimals=3),
        Column("visits", "decimal", "share", decimals=3),
    )  # fmt: skip

    def build() -> pl.DataFrame:
        import polars as pl

        asked = promise(scenario)
        own = float(own_posts(scenario).value or 0)
        rows = []
        broken: dict[str, float | None] = {}
        promised = groups.promises(scenario, asked)
        for one in groups.answers(scenario, asked, draws=draws):
            if one.group not in broken:
                broken[one.group] = groups.break_even(scenario, promised[one.group], one.group, own)
            low, high = outward(one.low, one.high)
            fte = outward(one.fte, one.fte)[1]
            rows.append(
                {"group": one.group, "channel": one.channel, "coverage": one.coverage}
                | {"people": round(one.people), "fte": fte}
                | {"low": low, "high": high, "never": one.never, "visits": broken[one.group]}
            )
        _noted(scenario, asked, "staff_groups", draws=draws, futures=groups.FUTURES, own=own)
        rows.sort(key=lambda row: tuple(GROUPS).index(str(row["group"])))
        names = ("coverage", "people", "fte", "low", "high", "never", "visits")
        kinds = dict.fromkeys(names, pl.Float64) | {"people": pl.Int64}
        return pl.DataFrame(rows, schema_overrides=kinds)

    return simulated(lambda: tabulate("staff_groups", build, columns, key=("group", "channel")))


def staff_groups(scenario: Scenario, table: Table) -> Exhibit:
    """Return the fte that each group and each way of contact needs, beside the scenario's own.

    ``scenario``: the scenario. ``table``: from :func:`group_table`.
    """
    rows = table.frame.to_dicts()
    full = {row["group"] for row in rows if row["fte"] is None or row["low"] is None or row["high"] is None}
    open_ = [one for one in GROUPS if one in full]
    known = [one for one in GROUPS if one not in full]
    numbers: dict[str, Number] = {"own": own_posts(scenario)}
    for name, path in (("coverage", COVERAGE), ("sure", PROBABILITY)):
        told, place = partial(_percent, scenario, path), "kik_analysis.planning.promise.promise"
        numbers[name] = measure(f"staff.{name}", told, unit="percent", computation=place)
    inside = PERCENT * (QUANTILES[2] - QUANTILES[0])
    place = "kik_analysis.planning.staff.QUANTILES"
    numbers["inside"] = Number(
        "staff.inside", inside, None, None, "percent", 0, Evidence.RECOMPUTED, table.reads, place
    )
    breaks = {row["group"]: row["visits"] for row in rows if row["channel"] == "mix"}
    words = {"end": promise(scenario).on}
    chosen = {
        "alt": choose(alt=True, **{f"alt_{one}": one in known for one in GROUPS}, alt_none=bool(open_)),
        "note": choose(
            note=True,
            **{f"note_{one}": breaks.get(one) is not None for one in ("spoken", "in_contact")},
            note_open=bool(open_), note_hours=True,
        ),
    }  # fmt: skip
    return Exhibit("staff_groups", "staff.groups", table, numbers, words, chosen=chosen).drawn(_groups)


def _percent(scenario: Scenario, path: str) -> float:
    return PERCENT * float(scenario[path])  # type: ignore[arg-type]


def _groups(shown: Exhibit, page: Page) -> Figure:
    rows = shown.table.frame.to_dicts()
    words = []
    for row in rows:
        way = sentences.text(f"staff.channel.{row['channel']}", page.lang).plain
        group = sentences.text(f"staff.group.{row['group']}", page.lang).plain
        words.append(f"{group}: {way}" if row["channel"] == next(iter(CHANNELS)) else way)
    figure, ax = charts.lines_of(page, shown, words, height=ROW, gutter=3.1, above=0.25, baseline=False)
    table, marks = shown.table, []
    for row in rows:
        key, end = f"{row['group']}/{row['channel']}", row["high"] or row["low"] or 0.0
        marks.append((end, _label(table, key, row).text(page.lang).plain))
    style.fit(ax, [*marks, (1.5 * (shown.numbers["own"].value or 1), "")])
    most = ax.get_xlim()[1]
    own = shown.numbers["own"].value or 0.0
    ax.axvline(own, color=style.INK, linewidth=0.9, zorder=1)
    look: dict[str, Any] = {"size": SMALL, "color": style.MUTED, "ha": "center"}
    Label("staff.label.own", {"own": shown.numbers["own"]}, look=look).write(ax, own, -0.85, page.lang)
    for y, row in enumerate(rows):
        _range(table, ax, y, row, most, page)
    return figure


def _label(table: Table, key: str, row: Mapping[str, Any]) -> Label:
    """What stands beside the range of one answer."""
    look: dict[str, Any] = {"size": SMALL, "ha": "left"}
    if row["low"] is None:
        return Label("staff.label.none", {}, look={**look, "color": style.MUTED})
    low = table.at(key, "low")
    if row["high"] is None:
        return Label("staff.label.open", {"low": low}, look=look)
    return Label("staff.label.range", {"low": low, "high": table.at(key, "high")}, look=look)


def _range(table: Table, ax: Axes, y: int, row: Mapping[str, Any], most: float, page: Page) -> None:
    """Draw the range of one answer, open to the right where part of the draws has no answer."""
    colour, key = COLOURS[CHANCE], f"{row['group']}/{row['channel']}"
    label, line = _label(table, key, row), dict[str, Any](color=colour, linewidth=1.4, zorder=2)
    if row["low"] is None:
        label.write(ax, style.beside(ax, 0), y, page.lang)
        return
    end = row["low"] if row["high"] is None else row["high"]
    ax.plot([row["low"], end], [y, y], **line)
    ax.plot([row["low"]], [y], marker="|", markersize=8, **line)
    if row["high"] is None:  # no right end: an arrow
        ax.plot([row["low"] + 0.01 * most], [y], marker=">", markersize=6, **line)
        end = max(row["low"], row["fte"] or 0.0) + 0.02 * most
    if row["fte"] is not None:
        dot: dict[str, Any] = {"marker": "o", "markersize": 7, "linestyle": "none", "color": colour}
        face = {"visit": colour, "phone": style.WHITE, "mix": style.MUTED}[row["channel"]]
        ax.plot([row["fte"]], [y], markerfacecolor=face, markeredgewidth=1.4, zorder=3, **dot)
    label.write(ax, style.beside(ax, end), y, page.lang)


# ---- every answer as rows


def staffing(scenario: Scenario, draws: int = DRAWS) -> Exhibit:
    """Return ``staffing.csv``: the scenario's own promise for every kind of contact, in every layer.

    ``scenario``: the scenario. ``draws``: draws of the assumptions, and of the posterior where there is one.
    """
    decimal: dict[str, Any] = {"kind": "decimal", "unit": "fte", "decimals": 2, "shown": 1}
    columns = (
        Column("scenario", hidden=True), Column("of", words="staff.of"),
        Column("definition", words="caseload.definition"),
        Column("coverage", "decimal", "share", decimals=4),
        Column("probability", "decimal", "share", decimals=4),
        Column("layer", words="staff.layer"),
        *(Column(name, **decimal) for name in ("posts", "present")),
        *(Column(name, **decimal, hidden=name == "fte") for name in ("fte", "fte_low", "fte_high")),
        Column("persons_per_fte", "decimal", "persons_per_fte", decimals=1),
    )  # fmt: skip
    found: list[Staff] = []

    def build() -> pl.DataFrame:
        import polars as pl

        for contact in CONTACTS:
            one = required_fte(scenario, contact=contact, draws=draws)
            found.append(one)
            _noted(scenario, one.promise, f"staffing/{contact}", draws=draws)
        return pl.concat([answer.rows(one) for one in found])

    table = simulated(lambda: tabulate("staffing", build, columns, key=("definition", "layer")))
    numbers: dict[str, Number] = {}
    never = [one for one in found if one.ceiling is not None]
    if never:
        top = max(one.ceiling.share for one in never if one.ceiling is not None)
        reads_ = table.reads
        place, simulated_ = f"{__name__}.staffing", Evidence.SIMULATED
        numbers["ceiling"] = Number(
            "staff.ceiling", PERCENT * top, None, None, "percent", 0, simulated_, reads_, place
        )
    chosen = {"note": choose(note=True, note_never=bool(never))}
    return Exhibit("staffing", "staff.table", table, numbers, {"end": found[0].promise.on}, chosen=chosen)
