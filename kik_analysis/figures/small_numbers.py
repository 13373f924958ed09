"""What small numbers can tell, in figures that a council member reads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from kik_analysis.designs import districts, less_noncommittal, small_groups
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts.values import PERCENT, by_name
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, cell, day
from kik_analysis.figures.timeline import OLDEST, PROPOSAL, REPLY
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kik_analysis.parameters.scenario import Scenario

GUTTER, ROW, BAR = 2.9, 0.5, 0.34
"""Room for the names of rows and height of a row, in inches; thickness of a bar as a part of its row."""
TALL = 3.2
"""Height of the axes of a curve, in inches."""
DOT = 7.0
"""Size of a mark, in points."""
SAID, COMPUTED = style.COLOURS[Evidence.RECOMPUTED], style.COLOURS[Evidence.ASSUMED]
DRAWN = style.COLOURS[Evidence.SIMULATED]


def _place(table: Table, column: str, key: object) -> int:
    """Return the row in which a column has a value."""
    return table.frame[column].to_list().index(key)


def _mark(ax: Axes, x: float, y: float, colour: str, shape: str = "D") -> None:
    look = {"markersize": DOT, "markeredgecolor": style.WHITE, "markeredgewidth": 1.2, "linestyle": "none"}
    ax.plot(x, y, marker=shape, color=colour, zorder=3, clip_on=False, **look)


# ---- 29, four of four, six


def small_group_margins(scenario: Scenario) -> Exhibit:
    """Return what each small group says beside the margin that a draw by lot would have left."""
    table = small_groups.small_groups(scenario)
    rows = {name: _place(table, "group", name) for name in table.frame["group"]}
    agree, all_of = rows["other_officials"], rows["participants_all"]
    numbers = {
        **by_name(small_groups.asked, small_groups.out_of_sight),
        "everyone": small_groups.everyone(scenario),
        "agree": cell(table, agree, "people"),
        "agree_low": cell(table, agree, "low"),
        "agree_high": cell(table, agree, "high"),
        "participants": cell(table, all_of, "people"),
        "participants_low": cell(table, all_of, "low"),
        "some": cell(table, rows["participants_some"], "yes"),
        "some_low": cell(table, rows["participants_some"], "low"),
        "some_high": cell(table, rows["participants_some"], "high"),
    }
    for name, short in (("circumstances", "first"), ("private_problems", "second")):
        for column, part in (("yes", "count"), ("low", "low"), ("high", "high")):
            numbers[f"{short}_{part}"] = cell(table, rows[name], column)
    words = {"reply": day(REPLY), "proposal": day(PROPOSAL)}
    shown = Exhibit("small_groups", "small_numbers.small_groups", table, numbers, words)
    return replace(shown, draw=partial(_draw_groups, shown))


def _draw_groups(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        frame = table.frame
        figure, ax = style.sheet(exhibit, lang, ROW * frame.height, gutter=GUTTER)
        names = [sentences.text(f"small_numbers.group.{name}", lang).plain for name in frame["group"]]
        low, high, share = ([PERCENT * one for one in frame[name]] for name in ("low", "high", "share"))
        ax.barh(range(frame.height), [b - a for a, b in zip(low, high, strict=True)], BAR, low, color=COMPUTED, linewidth=0)
        style.categories(ax, names, GUTTER)
        ax.set_ylim(frame.height - 0.5, -0.5)
        style.bare(ax)
        key = "small_numbers.label.count_margin"
        labels = [
            sentences.text(key, lang, **{name: cell(table, row, name) for name in ("yes", "people", "low", "high")})
            for row in range(frame.height)
        ]
        style.fit(ax, [(PERCENT, label.plain) for label in labels])
        for row, label in enumerate(labels):
            _mark(ax, share[row], row, SAID)
            style.label_text(ax, style.beside(ax, PERCENT), row, label, key)
        return figure


# ---- width of a margin


def margin_width(scenario: Scenario) -> Exhibit:
    """Return how the margin narrows with the number of people asked."""
    table = small_groups.interval_width(scenario)
    numbers = {**by_name(small_groups.out_of_sight), **small_groups.size_of_population(scenario)}
    for name, people in zip(("few", "some", "more"), small_groups.marked(), strict=True):
        row = _place(table, "people", people)
        numbers[name], numbers[f"{name}_width"] = cell(table, row, "people"), cell(table, row, "width")
    last = table.frame.height - 1
    numbers["most"], numbers["most_width"] = cell(table, last, "people"), cell(table, last, "width")
    shown = Exhibit("interval_width", "small_numbers.interval_width", table, numbers, {})
    return replace(shown, draw=partial(_draw_width, shown))


def _draw_width(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        import seaborn

        figure, ax = style.sheet(exhibit, lang, TALL, gutter=0.45)
        people, width = table.frame["people"].to_list(), table.frame["width"].to_list()
        seaborn.lineplot(x=people, y=width, ax=ax, color=COMPUTED, linestyle=style.LINES[Evidence.ASSUMED], linewidth=2)
        ax.set(xlabel="", ylabel="", xlim=(0, people[-1]), ylim=(0, PERCENT))
        ax.set_xticks(range(0, people[-1] + 1, 20))
        key = "small_numbers.label.people_width"
        for size in (*small_groups.marked(), people[-1]):
            row = people.index(size)
            _mark(ax, size, width[row], COMPUTED)
            label = sentences.text(key, lang, people=cell(table, row, "people"), width=cell(table, row, "width"))
            last = size == people[-1]
            x, y = (people[-1], width[row] + 7) if last else (size + 2.5, width[row] + 2.5)
            style.label_text(ax, x, y, label, key, ha="right" if last else "left")
        return figure


# ---- the pilot less non-committal contact


def pilot_effect(scenario: Scenario) -> Exhibit:
    """Return the smallest rise that the pilot can show, for both ways to split its frame."""
    table = less_noncommittal.pilot_power(scenario)
    numbers: dict[str, Number] = by_name(
        less_noncommittal.pilot_people,
        less_noncommittal.pilot_frame,
        less_noncommittal.pilot_rest,
        less_noncommittal.pilot_half,
    )
    frame = table.frame
    for split in less_noncommittal.SPLITS:
        for name in ("detectable", "power", "width"):
            column = f"{name}_{split}"
            for part, row in (("least", frame[column].arg_min()), ("most", frame[column].arg_max())):
                assert row is not None
                numbers[f"{column}_{part}"] = cell(table, row, column)
    numbers["first_base"], numbers["last_base"] = cell(table, 0, "base"), cell(table, frame.height - 1, "base")
    shown = Exhibit("pilot_power", "small_numbers.pilot_power", table, numbers, {"letter": day(LETTER)})
    return replace(shown, draw=partial(_draw_pilot, shown))


def _draw_pilot(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        import seaborn

        figure, ax = style.sheet(exhibit, lang, TALL, gutter=0.45)
        base = [PERCENT * one for one in table.frame["base"]]
        ax.set(xlim=(0, base[-1] + base[0]), ylim=(0, 16))
        for split in less_noncommittal.SPLITS:
            column = f"detectable_{split}"
            values = table.frame[column].to_list()
            look = {"color": COMPUTED, "linestyle": style.LINES[Evidence.ASSUMED], "linewidth": 2}
            seaborn.lineplot(x=base, y=values, ax=ax, **look)
            for row in (0, values.index(max(values))):
                _mark(ax, base[row], values[row], COMPUTED)
                style.label_number(ax, base[row], values[row] - 1.0, cell(table, row, column), lang, ha="center")
            key = f"small_numbers.label.{split}"
            label = sentences.text(key, lang, **exhibit.numbers)
            style.label_text(ax, base[2], values[2] + 1.6, label, key, weight="bold", ha="left")
        ax.set(xlabel="", ylabel="")
        ticks = range(0, int(base[-1]) + 1, 10)
        ax.set_xticks(ticks, labels=[f"{tick}%" for tick in ticks])
        return figure


# ---- a few districts


def sham_run(scenario: Scenario) -> Exhibit:
    """Return how often an effect is found where there is none, when the teams are forgotten."""
    table = districts.sham_run(scenario)
    frame = table.frame
    low, central, high = (getattr(scenario.value(districts.LIKENESS), part) for part in ("low", "central", "high"))
    numbers = {**by_name(districts.districts_treated), **districts.numbers(scenario)}
    for name, value in (("low", low), ("central", central), ("high", high)):
        row = min(range(frame.height), key=lambda place, value=value: abs(frame["likeness"][place] - value))
        numbers[f"likeness_{name}"] = cell(table, row, "likeness")
        numbers[f"person_{name}"] = cell(table, row, "person")
    second = 2
    numbers["likeness_shown"] = cell(table, second, "likeness")
    numbers["person_shown"] = cell(table, second, "person")
    numbers["teams_least"] = cell(table, _extreme(table, "teams_drawn", min), "teams_drawn")
    numbers["teams_most"] = cell(table, _extreme(table, "teams_drawn", max), "teams_drawn")
    words = {"oldest": day(OLDEST)}
    shown = Exhibit("sham_run", "small_numbers.sham_run", table, numbers, words)
    return replace(shown, draw=partial(_draw_sham, shown))
