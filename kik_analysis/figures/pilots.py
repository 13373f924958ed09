"""Pilots in figures: the card of one, all together, whether the announced one was enough, and looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.table import Table
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, day
from kik_analysis.figures.small_numbers import ends
from kik_analysis.figures.style import COLOURS, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.pilots import card as cards
from kik_analysis.pilots import enough, monitoring, words
from kik_analysis.pilots.card import Card
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.flow import flow_table
from kik_analysis.pilots.plan import Plan, plan_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kik_analysis.parameters.scenario import Scenario

ROW, GUTTER, BAR = 0.34, 3.5, 0.6
"""Height of a row, room for names, in inches; thickness of a bar as a part of its row."""
PAD, APART, LINE = 0.09, 0.3, style.SMALL * style.LEADING / style.POINTS
"""Room inside a box, between layers of boxes, and the height of a line of words, in inches."""
ENDS = ("with", "without", "lost")
MANY = 4
"""More arms than this stand in one box together."""


def pilot_card(one: Card) -> Exhibit:
    """Return the card of a pilot: its flow, and in the note what it tells and what never."""
    design = one.design
    said = {
        "card": {lang: sentences.join(list(one.text(lang).values())) for lang in LANGUAGES},
        "title": {lang: words.said(design, "title", lang) for lang in LANGUAGES},
        "question": {lang: getattr(design.document.question, lang) for lang in LANGUAGES},
        "outcome": {lang: words.name(design, design.document.inquiry.outcome, lang) for lang in LANGUAGES},
        "pilot": Ref(design.document.pilot or design.name),
    }
    exhibit = Exhibit(f"card_{design.name}", "pilots.card", flow_table(design), one.numbers(), said)
    return exhibit.drawn(_flow)


def _flow(shown: Exhibit, page: Page) -> Figure:
    from matplotlib.patches import Rectangle

    table, width, top = shown.table, page.width - 2 * style.MARGIN, 0.0
    layers, above = _boxes(table), list[float]()
    said = [[[_line(table, row, page.lang) for row in box] for box in layer] for layer in layers]
    heights = [[[_lines(text, width / len(layer)) * LINE for text in box] for box in layer] for layer in said]
    tall = [max(map(sum, layer)) + 2 * PAD for layer in heights]
    whole = sum(tall) + APART * (len(tall) - 1)
    figure, ax = page.sheet(shown, whole)
    ax.set(xlim=(0, width), ylim=(whole, 0), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    steps = table.frame["step"].to_list()
    for layer, texts, lines, height in zip(layers, said, heights, tall, strict=True):
        wide = width / len(layer) - PAD
        lefts = [(place + 0.5) * width / len(layer) - wide / 2 for place in range(len(layer))]
        _join(ax, above, [x + wide / 2 for x, box in zip(lefts, layer, strict=True) if box], top)
        for left, box, words_of, lines_of in zip(lefts, layer, texts, lines, strict=True):
            if box:
                look: dict[str, Any] = {"fc": style.WHITE, "ec": style.LINE, "lw": 1.0, "clip_on": False}
                ax.add_patch(Rectangle((left, top), wide, height, **look))
            y = top + PAD
            for text, line in zip(words_of, lines_of, strict=True):
                place = (left + PAD, y + line / 2)
                style.label_text(ax, *place, text, "pilots.label.box", wide - 2 * PAD, size=style.SMALL)
                y += line
        goes_on = [bool(box) and steps[box[0]] not in ("left_out", "outside") for box in layer]
        above = [x + wide / 2 for x, on in zip(lefts, goes_on, strict=True) if on]
        top += height + APART
    return figure


def _lines(text: Text, wide: float) -> int:
    return style.wrap(text.plain, wide - 3 * PAD, style.SMALL).count("\n") + 1


def _boxes(table: Table) -> list[list[list[int]]]:
    """Return rows of the flow in boxes, layer by layer; an empty box keeps what follows under its arm."""
    steps, arms, layers = (table.frame[name].to_list() for name in ("step", "arm", "layer"))
    rows = range(len(steps))
    out = [[[row] for row in rows if layers[row] == layer] for layer in range(3)]
    in_arms = [row for row in rows if steps[row] == "arm"]
    if len(in_arms) > MANY:
        out[2] = [in_arms, *([row] for row in rows if steps[row] == "outside")]
    else:
        out.append(
            [[row for row in rows if layers[row] == 3 and arms[row] == arms[box[0]]] for box in out[2]]
        )
    return [layer for layer in out if layer]


def _line(table: Table, row: int, lang: Lang) -> Text:
    step, arm = table.frame["step"][row], table.frame[f"arm_{lang}"][row]
    named = arm if step in ("block", "arm") and arm else sentences.text(f"pilots.step.{step}", lang).plain
    return sentences.text("pilots.label.box", lang, words=named, people=table.at(row, "persons"))


def _join(ax: Axes, above: list[float], below: list[float], top: float) -> None:
    """Draw the lines from one layer of boxes to the next, straight down where each box has its own."""
    look: dict[str, Any] = {"color": style.LINE, "linewidth": 1.0}
    middle = top - APART / 2
    for x in above:
        ax.plot([x, x], [top - APART, top if above == below else middle], **look)
    if above and above != below:
        ax.plot([min(*above, *below), max(*above, *below)], [middle, middle], **look)
        for x in below:
            ax.plot([x, x], [middle, top], **look)


def pilot_cards(found: dict[str, Card]) -> Exhibit:
    """Return all cards together: what chance and bias leave open, and the hours it takes."""
    table = cards.cards_table(found)
    found_ends = ends(table, "error", "hours")
    numbers = {name.replace("error", "margin"): one for name, one in found_ends.items()}
    first = next(iter(found.values())).design
    pilots = {one.design.document.pilot for one in found.values()}
    for name, value, unit in (
        ("designs", len(found), "count"), ("pilots", len(pilots), "count"),
        ("least", 0, "count"), ("most", cards.MOST, "count"),
        ("part", PERCENT * cards.SCALE[0][0], "percent"), ("lost", PERCENT * cards.LOST, "percent"),
    ):  # fmt: skip
        numbers[name] = words.number(first, f"scale.{name}", value, unit)
    announced = {name for name, one in found.items() if one.design.document.announced}
    shown = Exhibit("pilot_cards", "pilots.pilot_cards", table, numbers)
    return shown.drawn(lambda shown, page: _price(shown, page, announced))


def _price(shown: Exhibit, page: Page, announced: set[str]) -> Figure:
    table, lang = shown.table, page.lang
    names = table.frame[f"title_{lang}"].to_list()
    figure, ax = charts.lines_of(page, shown, names, ROW, gutter=GUTTER)
    errors, designs = table.frame["error"].to_list(), table.frame["design"].to_list()
    drawn = ax.barh(range(len(errors)), errors, BAR, color=COLOURS[Evidence.ASSUMED], linewidth=0)
    labels = [
        Label("pilots.label.price", {"margin": table.at(row, "error"), "hours": table.at(row, "hours")})
        for row in range(len(errors))
    ]
    style.fit(ax, [(error, label.text(lang).plain) for error, label in zip(errors, labels, strict=True)])
    for row, (bar, name) in enumerate(zip(drawn, designs, strict=True)):
        if name in announced:
            bar.set(hatch="//", edgecolor=style.WHITE, linewidth=0)
        labels[row].write(ax, style.beside(ax, errors[row]), row, lang)
    return figure


def pilot_enough(scenario: Scenario) -> Exhibit:
    """Return what the published before and after say about the announced pilot: bars across nought."""
    table = enough.pilot_enough(scenario)
    numbers, said = enough.counted(scenario), {"letter": day(LETTER)}
    shown = Exhibit("pilot_enough", "pilots.pilot_enough", table, numbers, said)
    return shown.drawn(_enough)


def _enough(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    names = [sentences.text(f"pilots.reading.{one}", lang).plain for one in table.frame["reading"]]
    figure, ax = charts.lines_of(page, shown, names, 0.42, gutter=2.9, baseline=False)
    low, high = ([PERCENT * one for one in table.frame[f"difference_{end}"]] for end in ("low", "high"))
    widths = [end - begin for begin, end in zip(low, high, strict=True)]
    ax.barh(range(len(low)), widths, 0.4, low, color=COLOURS[Evidence.BOUNDED], linewidth=0)
    ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=0)
    ax.set_xlim(-PERCENT, PERCENT)
    for row in range(len(low)):
        cells = {end: table.at(row, f"difference_{end}") for end in ("low", "high")}
        label = Label("pilots.label.between", cells, look={"ha": "center", "color": style.WHITE})
        label.write(ax, (low[row] + high[row]) / 2, row, lang)
    return figure


def pilots_announced(found: dict[str, Card]) -> Exhibit:
    """Return what the pilots as announced tell, mix up and never tell, as a table."""
    numbers = {
        f"{name}/{key}": number
        for name, one in found.items()
        for key, number in (one.numbers() if one.design.document.announced else {}).items()
    }
    return Exhibit("pilots_announced", "pilots.pilots_announced", cards.announced_table(found), numbers)


def pilot_plan(made: Plan) -> Exhibit:
    """Return a plan as a table in both languages."""
    return Exhibit("pilot_plan", "pilots.pilot_plan", plan_table(made), made.numbers())


def pilot_looking(design: Design) -> Exhibit:
    """Return the price of looking every week: wider limits, instead of false alarms."""
    table = monitoring.looking_table(design)
    last = table.frame.height - 1
    numbers = monitoring.numbers(design) | {
        "last": table.at(last, "persons"),
        "always": table.at(last, "always"),
        "once_width": table.at(last, "once"),
    }
    return Exhibit("pilot_looking", "pilots.pilot_looking", table, numbers).drawn(_looking)


def _looking(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    figure, ax = charts.curve(page, shown)
    people = table.frame["persons"].to_list()
    top = max(table.frame["always"].to_list()) * 1.1
    ax.set(xlim=(0, people[-1] * 1.02), ylim=(0, top))
    ax.set_yticks(range(0, int(top) + 1, 5))
    ax.set_xticks(range(0, people[-1] + 1, 200))
    for column, key in (("always", "sequence"), ("once", "fixed")):
        values = table.frame[column].to_list()
        charts.line(ax, people, values)
        middle = len(people) // 2
        look = {"weight": "bold", "ha": "left"}
        beside = values[middle] + (1.2 if column == "always" else -1.2)
        Label(f"pilots.label.{key}", {}, look=look).write(ax, people[middle], beside, lang)
        charts.diamond(ax, people[-1], values[-1], COLOURS[Evidence.ASSUMED])
        where = (people[-1], values[-1] + 1.0)
        style.label_number(ax, *where, table.at(len(people) - 1, column), lang, ha="right")
    return figure


def designs(found: dict[str, Card]) -> Exhibit:
    """Return every diagnosand of every design, as a file."""
    return Exhibit("designs", "pilots.designs", cards.designs_table(found))
