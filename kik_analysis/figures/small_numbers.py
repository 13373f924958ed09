"""What small numbers can tell, in figures that a council member reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts.numbers import by_name
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, OLDEST, PROPOSAL, REPLY, day
from kik_analysis.figures.style import COLOURS, Page
from kik_analysis.language import sentences
from kik_analysis.pilots import small_numbers as small

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kik_analysis.parameters.scenario import Scenario

GUTTER, ROW, BAR = 2.9, 0.42, 0.34
"""Room for the names of rows and height of a row, in inches; thickness of a bar as a part of its row."""
NARROW, LINE, THICK = 0.95, 0.25, 0.62
"""The same where a row is a single line, named by a number."""
CLEAR = 2
"""Room for a mark at the end of a scale of percents."""
SAID, COMPUTED = COLOURS[Evidence.RECOMPUTED], COLOURS[Evidence.ASSUMED]
DRAWN = COLOURS[Evidence.SIMULATED]


def ends(table: Table, *columns: str) -> dict[str, Number]:
    """Return the smallest and the largest number of each column, as ``COLUMN_least`` and ``COLUMN_most``."""
    found = {}
    for column in columns:
        values = table.frame[column].to_list()
        for end, value in (("least", min(values)), ("most", max(values))):
            found[f"{column}_{end}"] = table.at(values.index(value), column)
    return found


def small_group_margins(scenario: Scenario) -> Exhibit:
    """Return what each small group says beside the margin that a draw by lot would have left."""
    numbers = by_name("small_numbers.asked", "small_numbers.out_of_sight") | small.margins(scenario)
    words, table = {"reply": day(REPLY), "proposal": day(PROPOSAL)}, small.small_groups(scenario)
    return Exhibit("small_groups", "small_numbers.small_groups", table, numbers, words).drawn(_groups)


def _groups(shown: Exhibit, page: Page) -> Figure:
    table, frame = shown.table, shown.table.frame
    names = [sentences.text(f"small_numbers.group.{name}", page.lang).plain for name in frame["group"]]
    figure, ax = charts.lines_of(page, shown, names, ROW, gutter=GUTTER)
    low, high, share = ([PERCENT * one for one in frame[name]] for name in ("low", "high", "share"))
    widths = [end - begin for begin, end in zip(low, high, strict=True)]
    ax.barh(range(frame.height), widths, BAR, low, color=COMPUTED, linewidth=0)
    cells = ("yes", "people", "low", "high")
    labels = [
        Label("small_numbers.label.count_margin", {name: table.at(row, name) for name in cells})
        for row in range(frame.height)
    ]
    style.fit(ax, [(PERCENT + CLEAR, label.text(page.lang).plain) for label in labels])
    for row, label in enumerate(labels):
        possible = table.at(row, "share").evidence is Evidence.ASSUMED
        charts.diamond(ax, share[row], row, COMPUTED if possible else SAID)
        label.write(ax, style.beside(ax, PERCENT + CLEAR), row, page.lang, style.room(ax))
    return figure


def margin_width(scenario: Scenario) -> Exhibit:
    """Return how the margin narrows with the number of people asked."""
    table = small.interval_width(scenario)
    numbers = by_name("small_numbers.out_of_sight") | small.margins(scenario)
    sizes = (*small.marked(), table.frame["people"].to_list()[-1])
    for name, people in zip(("few", "some", "more", "most"), map(str, sizes), strict=True):
        numbers |= {name: table.at(people, "people"), f"{name}_width": table.at(people, "width")}
    return Exhibit("interval_width", "small_numbers.interval_width", table, numbers).drawn(_width)


def _width(shown: Exhibit, page: Page) -> Figure:
    table = shown.table
    figure, ax = charts.curve(page, shown)
    people, width = table.frame["people"].to_list(), table.frame["width"].to_list()
    charts.line(ax, people, width)
    ax.set(xlim=(0, people[-1]), ylim=(0, PERCENT))
    ax.set_xticks(range(0, people[-1] + 1, 20))
    for size in (*small.marked(), people[-1]):
        high = width[people.index(size)]
        charts.diamond(ax, size, high, COMPUTED)
        last = size == people[-1]
        x, y, side = (size, high + 7, "right") if last else (size + 2.5, high + 2.5, "left")
        cells = {name: table.at(str(size), name) for name in ("people", "width")}
        Label("small_numbers.label.people_width", cells, look={"ha": side}).write(ax, x, y, page.lang)
    return figure


def pilot_effect(scenario: Scenario) -> Exhibit:
    """Return the smallest rise that the pilot can show, for both ways to split its frame."""
    table = small.pilot_power(scenario)
    numbers = by_name("pilot.people", "pilot.frame", "pilot.rest", "pilot.half")
    numbers["chance"] = small.asked_chance(scenario)
    numbers |= ends(
        table, "base", *(f"{one}_{split}" for one in ("detectable", "power") for split in small.SPLITS)
    )
    shown = Exhibit("pilot_power", "small_numbers.pilot_power", table, numbers, {"letter": day(LETTER)})
    return shown.drawn(_pilot)


def _pilot(shown: Exhibit, page: Page) -> Figure:
    table = shown.table
    figure, ax = charts.curve(page, shown)
    base = [PERCENT * one for one in table.frame["base"]]
    ax.set(xlim=(0, base[-1] + base[0]), ylim=(0, 16))
    for split in small.SPLITS:
        column = f"detectable_{split}"
        values = table.frame[column].to_list()
        charts.line(ax, base, values)
        for row in (0, values.index(max(values))):
            charts.diamond(ax, base[row], values[row], COMPUTED)
            number = table.at(row, column)
            style.label_number(ax, base[row], values[row] - 1.0, number, page.lang, ha="center")
        label = Label(f"small_numbers.label.{split}", shown.numbers, look={"weight": "bold", "ha": "right"})
        label.write(ax, base[-1], max(values) + 0.8, page.lang)
    ticks = range(0, int(base[-1]) + 1, 10)
    ax.set_xticks(ticks, labels=[f"{tick}%" for tick in ticks])
    return figure


def sham_run(scenario: Scenario) -> Exhibit:
    """Return how often an effect is found where there is none, when the teams are forgotten."""
    table = small.sham_run(scenario)
    numbers = by_name("districts.treated") | small.districts(scenario) | ends(table, "teams_drawn")
    for name in ("low", "central", "high"):
        wanted = getattr(scenario.value(small.LIKENESS), name)
        gaps = [abs(likeness - wanted) for likeness in table.frame["likeness"]]
        row = gaps.index(min(gaps))
        numbers |= {f"{column}_{name}": table.at(row, column) for column in ("likeness", "person")}
    return Exhibit("sham_run", "small_numbers.sham_run", table, numbers, {"oldest": day(OLDEST)}).drawn(_sham)


def _sham(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    rows = range(table.frame.height)
    figure, ax = page.sheet(shown, LINE * len(rows), gutter=NARROW, above=2 * LINE)
    person, teams = ([PERCENT * one for one in table.frame[name]] for name in ("person", "teams_drawn"))
    ax.barh(rows, person, THICK, color=COMPUTED, linewidth=0)
    ax.set(ylim=(len(rows) - 0.5, -0.5), yticks=[])
    style.plain(ax)
    cells = [table.at(row, "person") for row in rows]
    style.fit(ax, [(end, sentences.figure(one, lang).plain) for end, one in zip(person, cells, strict=True)])
    inch = style.inch(ax)
    for row, number in enumerate(cells):
        style.label_number(ax, -style.GAP * inch, row, table.at(row, "likeness"), lang, ha="right")
        style.label_number(ax, style.beside(ax, person[row]), row, number, lang)
        charts.diamond(ax, teams[row], row, DRAWN)
    for name, x, colour, up in (
        ("likeness", -NARROW, style.MUTED, 0.0),
        ("person", 0.0, COMPUTED, 0.7),
        ("teams", 0.0, DRAWN, 0.0),
    ):
        look = {"size": style.SMALL, "color": colour, "ha": "left"}
        Label(f"small_numbers.label.{name}", {}, look=look).write(ax, x * inch, -0.85 - up, lang)
    return figure
