"""What small numbers can tell, in figures that a council member reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.designs import districts, less_noncommittal, small_groups
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts.numbers import by_name
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
NARROW, LINE, THICK = 0.95, 0.3, 0.62
"""The same where a row is a single line, named by a number."""
TALL, TICKS = 3.4, 0.25
"""Height of the axes of a curve, with the numbers below it, and of those numbers, in inches."""
CLEAR = 2
"""Room for a mark at the end of a scale of percents."""
DOT = 7.0
"""Size of a mark, in points."""
SAID, COMPUTED = style.COLOURS[Evidence.RECOMPUTED], style.COLOURS[Evidence.ASSUMED]
DRAWN = style.COLOURS[Evidence.SIMULATED]
DIAMOND: Mapping[str, Any] = {
    "marker": "D",
    "markersize": DOT,
    "markeredgecolor": style.WHITE,
    "markeredgewidth": 1.2,
    "linestyle": "none",
}
CURVE: Mapping[str, Any] = {
    "color": COMPUTED,
    "linestyle": style.LINES[Evidence.ASSUMED],
    "linewidth": 2,
}


def _place(table: Table, column: str, key: object) -> int:
    """Return the row in which a column has a value."""
    return table.frame[column].to_list().index(key)


def _ends(table: Table, column: str) -> tuple[Number, Number]:
    """Return the smallest and the largest number of a column."""
    values = table.frame[column].to_list()
    return cell(table, values.index(min(values)), column), cell(table, values.index(max(values)), column)


def _mark(ax: Axes, x: float, y: float, colour: str) -> None:
    ax.plot(x, y, color=colour, zorder=3, clip_on=False, **DIAMOND)


def _curve_sheet(exhibit: Exhibit, lang: Lang) -> tuple[Figure, Axes]:
    """Return a figure for a curve: room at the left and below for the numbers of its axes."""
    figure, ax = style.sheet(exhibit, lang, TALL, gutter=0.45)
    left, bottom, width, height = ax.get_position().bounds
    raised = TICKS / figure.get_figheight()
    ax.set_position((left, bottom + raised, width, height - raised))
    return figure, ax


# ---- small groups


def small_group_margins(scenario: Scenario) -> Exhibit:
    """Return what each small group says beside the margin that a draw by lot would have left."""
    table = small_groups.small_groups(scenario)
    numbers = {
        **by_name(small_groups.asked, small_groups.out_of_sight),
        "everyone": small_groups.everyone(scenario),
        "confidence": small_groups.confidence(scenario),
    }
    rows = {
        "first": "circumstances",
        "second": "private_problems",
        "agree": "other_officials",
        "participants": "participants_all",
        "some": "participants_some",
    }
    for short, group in rows.items():
        row = _place(table, "group", group)
        for column in ("yes", "low", "high"):
            numbers[f"{short}_{column}"] = cell(table, row, column)
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
        widths = [end - begin for begin, end in zip(low, high, strict=True)]
        ax.barh(range(frame.height), widths, BAR, low, color=COMPUTED, linewidth=0)
        style.categories(ax, names, GUTTER)
        ax.set_ylim(frame.height - 0.5, -0.5)
        style.bare(ax)
        key, shown = "small_numbers.label.count_margin", ("yes", "people", "low", "high")
        labels = [
            sentences.text(key, lang, **{name: cell(table, row, name) for name in shown})
            for row in range(frame.height)
        ]
        style.fit(ax, [(PERCENT + CLEAR, label.plain) for label in labels])
        for row, label in enumerate(labels):
            possible = cell(table, row, "share").evidence is Evidence.ASSUMED
            _mark(ax, share[row], row, COMPUTED if possible else SAID)
            style.label_text(ax, style.beside(ax, PERCENT + CLEAR), row, label, key)
        return figure


# ---- width of a margin


def margin_width(scenario: Scenario) -> Exhibit:
    """Return how the margin narrows with the number of people asked."""
    table = small_groups.interval_width(scenario)
    numbers = {
        **by_name(small_groups.out_of_sight),
        **small_groups.size_of_population(scenario),
        "confidence": small_groups.confidence(scenario),
    }
    sizes = (*small_groups.marked(), table.frame["people"].to_list()[-1])
    for name, people in zip(("few", "some", "more", "most"), sizes, strict=True):
        row = _place(table, "people", people)
        numbers[name], numbers[f"{name}_width"] = cell(table, row, "people"), cell(table, row, "width")
    shown = Exhibit("interval_width", "small_numbers.interval_width", table, numbers, {})
    return replace(shown, draw=partial(_draw_width, shown))


def _draw_width(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        import seaborn

        figure, ax = _curve_sheet(exhibit, lang)
        people, width = table.frame["people"].to_list(), table.frame["width"].to_list()
        seaborn.lineplot(x=people, y=width, ax=ax, **CURVE)
        ax.set(xlabel="", ylabel="", xlim=(0, people[-1]), ylim=(0, PERCENT))
        ax.set_xticks(range(0, people[-1] + 1, 20))
        key = "small_numbers.label.people_width"
        for size in (*small_groups.marked(), people[-1]):
            row = people.index(size)
            _mark(ax, size, width[row], COMPUTED)
            label = sentences.text(
                key, lang, people=cell(table, row, "people"), width=cell(table, row, "width")
            )
            last = size == people[-1]
            x, y = (people[-1], width[row] + 7) if last else (size + 2.5, width[row] + 2.5)
            style.label_text(ax, x, y, label, key, ha="right" if last else "left")
        return figure


# ---- the pilot less non-committal contact


def pilot_effect(scenario: Scenario) -> Exhibit:
    """Return the smallest rise that the pilot can show, for both ways to split its frame."""
    table = less_noncommittal.pilot_power(scenario)
    numbers = {
        **by_name(
            less_noncommittal.pilot_people,
            less_noncommittal.pilot_frame,
            less_noncommittal.pilot_rest,
            less_noncommittal.pilot_half,
        ),
        "chance": less_noncommittal.asked_chance(scenario),
    }
    for column in ("base", "detectable_rest", "detectable_halves", "power_rest", "power_halves"):
        numbers[f"{column}_least"], numbers[f"{column}_most"] = _ends(table, column)
    shown = Exhibit("pilot_power", "small_numbers.pilot_power", table, numbers, {"letter": day(LETTER)})
    return replace(shown, draw=partial(_draw_pilot, shown))


def _draw_pilot(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        import seaborn

        figure, ax = _curve_sheet(exhibit, lang)
        base = [PERCENT * one for one in table.frame["base"]]
        ax.set(xlim=(0, base[-1] + base[0]), ylim=(0, 16))
        for split in less_noncommittal.SPLITS:
            column = f"detectable_{split}"
            values = table.frame[column].to_list()
            seaborn.lineplot(x=base, y=values, ax=ax, **CURVE)
            for row in (0, values.index(max(values))):
                _mark(ax, base[row], values[row], COMPUTED)
                number = cell(table, row, column)
                style.label_number(ax, base[row], values[row] - 1.0, number, lang, ha="center")
            key = f"small_numbers.label.{split}"
            label = sentences.text(key, lang, **exhibit.numbers)
            style.label_text(ax, base[-1], max(values) + 0.8, label, key, weight="bold", ha="right")
        ax.set(xlabel="", ylabel="")
        ticks = range(0, int(base[-1]) + 1, 10)
        ax.set_xticks(ticks, labels=[f"{tick}%" for tick in ticks])
        return figure


# ---- a few districts


def sham_run(scenario: Scenario) -> Exhibit:
    """Return how often an effect is found where there is none, when the teams are forgotten."""
    table = districts.sham_run(scenario)
    likenesses = table.frame["likeness"].to_list()
    numbers = {**by_name(districts.districts_treated), **districts.numbers(scenario)}
    for name in ("low", "central", "high"):
        wanted = getattr(scenario.value(districts.LIKENESS), name)
        gaps = [abs(likeness - wanted) for likeness in likenesses]
        row = gaps.index(min(gaps))
        numbers[f"likeness_{name}"] = cell(table, row, "likeness")
        numbers[f"person_{name}"] = cell(table, row, "person")
    numbers["teams_least"], numbers["teams_most"] = _ends(table, "teams_drawn")
    shown = Exhibit("sham_run", "small_numbers.sham_run", table, numbers, {"oldest": day(OLDEST)})
    return replace(shown, draw=partial(_draw_sham, shown))


def _draw_sham(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        height = table.frame.height
        figure, ax = style.sheet(exhibit, lang, LINE * height, gutter=NARROW, above=2 * LINE)
        person, teams = ([PERCENT * one for one in table.frame[name]] for name in ("person", "teams_drawn"))
        ax.barh(range(height), person, THICK, color=COMPUTED, linewidth=0)
        ax.set(ylim=(height - 0.5, -0.5), yticks=[])
        style.bare(ax)
        cells = [cell(table, row, "person") for row in range(height)]
        shown = [sentences.figure(number, lang).plain for number in cells]
        style.fit(ax, list(zip(person, shown, strict=True)))
        inch = ax.get_xlim()[1] / (ax.get_position().width * style.WIDTH)
        for row, number in enumerate(cells):
            likeness = cell(table, row, "likeness")
            style.label_number(ax, -style.GAP * inch, row, likeness, lang, ha="right")
            style.label_number(ax, style.beside(ax, person[row]), row, number, lang)
            _mark(ax, teams[row], row, DRAWN)
        heads = (
            ("likeness", -NARROW, style.MUTED, 0.0),
            ("person", 0.0, COMPUTED, 0.7),
            ("teams", 0.0, DRAWN, 0.0),
        )
        for name, x, colour, up in heads:
            key = f"small_numbers.label.{name}"
            text = sentences.text(key, lang)
            style.label_text(ax, x * inch, -0.85 - up, text, key, size=style.SMALL, color=colour, ha="left")
        return figure
