"""Staff for a promise: the fte that each group and each way of contact needs, and every answer as rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from kik_analysis.capacity.layers import simulated
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.table import TYPES, Column, Table, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import CHANCE, Label
from kik_analysis.figures.exhibit import Exhibit, choose
from kik_analysis.figures.runs import own_posts
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import answer, groups
from kik_analysis.planning.groups import CHANNELS, DRAWS, GROUPS
from kik_analysis.planning.promise import CONTACT, COVERAGE, PROBABILITY, Contact, Promise
from kik_analysis.planning.staff import DRAWS as ALL_DRAWS
from kik_analysis.planning.staff import QUANTILES, Question, Staff, outward, required_fte

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.28
"""Height of a row, in inches."""


def stated(name: str, value: float, unit: str, table: Table, place: str) -> Number:
    """Return a number about a table that no cell of it holds; it rests on what the table rests on."""
    return Number(name, value, None, None, unit, 0, table.evidence, table.reads, place)


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
    share: dict[str, Any] = {"kind": "decimal", "unit": "share", "decimals": 3}
    columns = (
        Column("group", words="staff.group"), Column("channel", words="staff.channel"),
        Column("coverage", **share), Column("people", "whole", "persons"),
        *(Column(name, **shown) for name in ("fte", "low", "high")),
        Column("never", **share), Column("visits", **share),
    )  # fmt: skip

    def build() -> pl.DataFrame:
        import polars as pl

        asked, rows = Question(scenario), []
        for one in groups.answers(asked, draws=draws):
            (low, high), fte = outward(one["low"], one["high"]), outward(one["fte"], one["fte"])[1]
            rows.append({**one, "people": round(one["people"]), "fte": fte, "low": low, "high": high})
        _noted(scenario, asked.promise, "staff_groups", draws=draws, futures=groups.FUTURES, own=asked.own)
        kinds = {one.name: getattr(pl, TYPES[one.kind]) for one in columns}
        return pl.DataFrame(rows, schema=kinds)

    return simulated(lambda: tabulate("staff_groups", build, columns, key=("group", "channel")))


def staff_groups(scenario: Scenario, table: Table) -> Exhibit:
    """Return the fte that each group and each way of contact needs, beside the scenario's own.

    ``scenario``: the scenario. ``table``: from :func:`group_table`.
    """
    rows = table.frame.to_dicts()
    full = {row["group"] for row in rows if None in (row["fte"], row["low"], row["high"])}
    numbers: dict[str, Number] = {"own": own_posts(scenario)}
    for name, path in (("coverage", COVERAGE), ("sure", PROBABILITY)):
        told, place = partial(_percent, scenario, path), "kik_analysis.planning.promise.promise"
        numbers[name] = measure(f"staff.{name}", told, unit="percent", computation=place)
    inside, place = PERCENT * (QUANTILES[2] - QUANTILES[0]), "kik_analysis.planning.staff.QUANTILES"
    numbers["inside"] = stated("staff.inside", inside, "percent", table, place)
    breaks = {row["group"]: row["visits"] for row in rows}
    alts = {f"alt_{one}": one not in full for one in GROUPS}
    notes = {f"note_{one}": breaks.get(one) is not None for one in ("spoken", "in_contact")}
    chosen = {
        "alt": choose(alt=True, **alts, alt_none=bool(full)),
        "note": choose(note=True, **notes, note_open=bool(full), note_hours=True),
    }
    words = {"end": Question(scenario).promise.on}
    return Exhibit("staff_groups", "staff.groups", table, numbers, words, chosen=chosen).drawn(_groups)


def _percent(scenario: Scenario, path: str) -> float:
    return PERCENT * float(scenario[path])  # type: ignore[arg-type]


def own_line(ax: Axes, shown: Exhibit, lang: Lang) -> None:
    """Draw the scenario's own posts as an upright line with its label."""
    own, look = shown.numbers["own"].value or 0.0, {"size": SMALL, "color": style.MUTED, "ha": "center"}
    ax.axvline(own, color=style.INK, linewidth=0.9, zorder=1)
    Label("staff.label.own", {"own": shown.numbers["own"]}, look=look).write(ax, own, -0.85, lang)


def _groups(shown: Exhibit, page: Page) -> Figure:
    table, rows, words = shown.table, shown.table.frame.to_dicts(), []
    for row in rows:
        way = sentences.text(f"staff.channel.{row['channel']}", page.lang).plain
        group = sentences.text(f"staff.group.{row['group']}", page.lang).plain
        words.append(f"{group}: {way}" if row["channel"] == next(iter(CHANNELS)) else way)
    figure, ax = charts.lines_of(page, shown, words, height=ROW, gutter=3.1, above=0.25, baseline=False)
    labels = [_label(table, f"{row['group']}/{row['channel']}", row) for row in rows]
    marks = [
        (row["high"] or row["low"] or 0.0, label.text(page.lang).plain)
        for row, label in zip(rows, labels, strict=True)
    ]
    style.fit(ax, [*marks, (1.5 * (shown.numbers["own"].value or 1), "")])
    own_line(ax, shown, page.lang)
    for y, (row, label) in enumerate(zip(rows, labels, strict=True)):
        label.write(ax, style.beside(ax, _range(ax, y, row)), y, page.lang)
    return figure


def _label(table: Table, key: str, row: Mapping[str, Any]) -> Label:
    """What stands beside the range of one answer."""
    look: dict[str, Any] = {"size": SMALL, "ha": "left"}
    if row["low"] is None:
        return Label("staff.label.none", {}, look={**look, "color": style.MUTED})
    ends = {name: table.at(key, name) for name in ("low", "high") if row[name] is not None}
    return Label("staff.label.range" if "high" in ends else "staff.label.open", ends, look=look)


def _range(ax: Axes, y: int, row: Mapping[str, Any]) -> float:
    """Draw the range of one answer, open to the right where part of the draws has no answer; say its end."""
    colour, low, high, most = COLOURS[CHANCE], row["low"], row["high"], ax.get_xlim()[1]
    line: dict[str, Any] = {"color": colour, "linewidth": 1.4, "zorder": 2}
    if low is None:
        return 0.0
    end = low if high is None else high
    ax.plot([low, end], [y, y], **line)
    ax.plot([low], [y], marker="|", markersize=8, **line)
    if high is None:  # no right end: an arrow
        ax.plot([low + 0.01 * most], [y], marker=">", markersize=6, **line)
        end = max(low, row["fte"] or 0.0) + 0.02 * most
    if row["fte"] is not None:
        dot: dict[str, Any] = {"marker": "o", "markersize": 7, "linestyle": "none", "color": colour}
        face = {"visit": colour, "phone": style.WHITE, "mix": style.MUTED}[row["channel"]]
        ax.plot([row["fte"]], [y], markerfacecolor=face, markeredgewidth=1.4, zorder=3, **dot)
    return float(end)


# ---- every answer as rows


def staffing(scenario: Scenario, draws: int = ALL_DRAWS) -> Exhibit:
    """Return ``staffing.csv``: the scenario's own promise in every layer, other kinds of contact centrally.

    ``scenario``: the scenario. ``draws``: draws of the assumptions, and of the posterior where there is one;
    as many as ``kik fte`` takes, which also gives the layers of another kind of contact when asked.
    """
    decimal: dict[str, Any] = {"kind": "decimal", "unit": "fte", "decimals": 2, "shown": 1}
    share: dict[str, Any] = {"kind": "decimal", "unit": "share", "decimals": 4}
    columns = (
        Column("scenario", hidden=True), Column("of", words="staff.of"),
        Column("definition", words="caseload.definition"),
        Column("coverage", **share), Column("probability", **share), Column("layer", words="staff.layer"),
        *(Column(name, **decimal) for name in ("posts", "present")),
        *(Column(name, **decimal, hidden=name == "fte") for name in ("fte", "fte_low", "fte_high")),
        Column("persons_per_fte", "decimal", "persons_per_fte", decimals=1),
    )  # fmt: skip
    found: list[Staff] = []

    def build() -> pl.DataFrame:
        import polars as pl

        for contact in get_args(Contact):
            many = draws if contact == CONTACT else 0
            one = required_fte(scenario, contact=contact, draws=many)
            found.append(one)
            _noted(scenario, one.promise, f"staffing/{contact}", draws=many)
        return pl.concat([answer.rows(one) for one in found])

    table = simulated(lambda: tabulate("staffing", build, columns, key=("definition", "layer")))
    tops = [one.ceiling.share for one in found if one.ceiling is not None]
    numbers: dict[str, Number] = {}
    if tops:
        place, sure = f"{__name__}.staffing", Evidence.SIMULATED
        numbers["ceiling"] = Number(
            "staff.ceiling", PERCENT * max(tops), None, None, "percent", 0, sure, table.reads, place
        )
    chosen = {"note": choose(note=True, note_never=bool(tops))}
    return Exhibit("staffing", "staff.table", table, numbers, {"end": found[0].promise.on}, chosen=chosen)
