"""Pilots in figures: their cards, whether the announced one was enough, and what small numbers can tell."""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table
from kik_analysis.facts.numbers import by_name
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, OLDEST, PROPOSAL, REPLY, day
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.pilots import card as cards
from kik_analysis.pilots import diagnosis
from kik_analysis.pilots import small_numbers as small
from kik_analysis.pilots.assignment import flow
from kik_analysis.pilots.card import Card
from kik_analysis.pilots.design import Design, table
from kik_analysis.pilots.protocol import Plan

ROW, WIDE, GUTTER = 0.42, 2.9, 3.5
"""Height of a row, and room for short and for long names, in inches."""
NARROW, LINE = 0.95, 0.25
"""Room for a name that is a number, and the height of its row."""
CLEAR = 2
"""Room for a mark at the end of a scale of percents."""
COMPUTED, DRAWN = COLOURS[Evidence.ASSUMED], COLOURS[Evidence.SIMULATED]
PAD, APART, TEXT = 0.09, 0.3, SMALL * style.LEADING / style.POINTS
"""Room inside a box, between layers of boxes, and the height of a line of words, in inches."""
MANY, POWER, OUT = 4, "statistics.power", ("left_out", "outside")
"""More arms than this stand in one box; the power asked for; steps after which nothing comes."""


def pilot_card(one: Card) -> Exhibit:
    """Return the card of a pilot: its flow, and in the note what it tells and what never."""
    design = one.design
    said = {
        "card": {lang: sentences.join(list(one.text(lang).values())) for lang in LANGUAGES},
        "title": {lang: design.said("title", lang) for lang in LANGUAGES},
        "question": {lang: getattr(design.document.question, lang) for lang in LANGUAGES},
        "outcome": {lang: design.called(design.document.inquiry.outcome, lang) for lang in LANGUAGES},
        "pilot": Ref(design.document.pilot or design.name),
    }
    rows = [
        (step.step, *(design.called(step.arm, lang) for lang in LANGUAGES), step.people, step.arm, step.layer)
        for step in flow(design)
    ]
    published = {(f"block/{name}", "persons"): Evidence.PUBLISHED for name in design.document.model.named}
    made = table(f"flow_{design.name}", [design], rows, exceptions=published)
    return Exhibit(f"card_{design.name}", "pilots.card", made, one.numbers(), said).drawn(_flow)


def _flow(shown: Exhibit, page: Page) -> Figure:
    table, width, top = shown.table, page.width - 2 * style.MARGIN, 0.0
    layers, above = _boxes(table), list[float]()
    said = [[[_line(table, row, page.lang) for row in box] for box in layer] for layer in layers]

    def tall(one: Text, boxes: int) -> float:
        return TEXT * (style.wrap(one.plain, width / boxes - 3 * PAD, SMALL).count("\n") + 1)

    heights = [[[tall(one, len(layer)) for one in box] for box in layer] for layer in said]
    highest = [max(map(sum, layer)) + 2 * PAD for layer in heights]
    whole = sum(highest) + APART * (len(highest) - 1)
    figure, ax = page.sheet(shown, whole)
    ax.set(xlim=(0, width), ylim=(whole, 0), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    steps = table.frame["step"].to_list()
    for layer, texts, lines, height in zip(layers, said, heights, highest, strict=True):
        wide = width / len(layer) - PAD
        middles = [(place + 0.5) * width / len(layer) for place in range(len(layer))]
        ends = steps[layer[0][0]] == "with"
        # lines from the layer above, straight down where each box has its own
        below = [x for x, box in zip(middles, layer, strict=True) if box]
        look: dict[str, Any] = {"color": style.LINE, "linewidth": 1.0}
        middle = top - APART / 2
        for x in above:
            ax.plot([x, x], [top - APART, top if ends else middle], **look)
        if above and not ends:
            ax.plot([min(*above, *below), max(*above, *below)], [middle, middle], **look)
            for x in below:
                ax.plot([x, x], [middle, top], **look)
        for middle, box, words_of, lines_of in zip(middles, layer, texts, lines, strict=True):
            left, y = middle - wide / 2, top + PAD
            if box:
                frame: dict[str, Any] = {"fc": style.WHITE, "ec": style.LINE, "lw": 1.0, "clip_on": False}
                ax.add_patch(Rectangle((left, top), wide, height, **frame))
            for text, line in zip(words_of, lines_of, strict=True):
                label = Label("pilots.label.box", text, look={"size": SMALL})
                label.write(ax, left + PAD, y + line / 2, page.lang, wide - 2 * PAD)
                y += line
        above = [x for x, box in zip(middles, layer, strict=True) if box and steps[box[0]] not in OUT]
        top += height + APART
    return figure


def _boxes(table: Table) -> list[list[list[int]]]:
    """Return rows of the flow in boxes, layer by layer; an empty box keeps what follows under its arm."""
    steps, arms, layers = (table.frame[name].to_list() for name in ("step", "arm", "layer"))
    rows = range(len(steps))
    out = [[[row] for row in rows if layers[row] == layer] for layer in range(3)]
    in_arms = [row for row in rows if steps[row] == "arm" and layers[row] == 2]
    if len(in_arms) > MANY:
        out[2] = [in_arms, *([row] for row in rows if steps[row] == "outside")]
    else:
        below = {row: arms[row].partition(">")[0] for row in rows if layers[row] > 2}
        out.append([[row for row, arm in below.items() if arm == arms[box[0]]] for box in out[2]])
    return [layer for layer in out if layer]


def _line(table: Table, row: int, lang: Lang) -> Text:
    step, arm = table.frame["step"][row], table.frame[f"arm_{lang}"][row]
    said = arm if step in ("block", "arm") and arm else sentences.text(f"pilots.step.{step}", lang).plain
    words = sentences.named(said)
    return sentences.text("pilots.label.box", lang, words=words, people=table.at(row, "persons"))


def pilot_cards(found: dict[str, Card]) -> Exhibit:
    """Return all cards together: what chance and bias leave open, and the hours it takes."""
    rows: list[tuple[object, ...]] = []
    for name, card in found.items():
        titles = (card.design.said("title", lang).plain for lang in LANGUAGES)
        points = (value and PERCENT * value for value in (card.margin, card.error, card.smallest))
        costs = (*(card.hours or (None,) * 3), *(card.weeks or (None,) * 3))
        (low, high), told = card.worth.ranges.get("hours", (None, None)), card.worth.values.get
        last = (card.exaggeration, card.sham, card.tells, low, told("hours"), high, told("people"))
        rows.append((card.design.document.pilot, name, *titles, *costs, *points, *last))
    made = table("pilot_cards", [one.design for one in found.values()], rows)
    weeks = (read for one in found.values() if one.weeks for read in one.numbers()["weeks"].reads)
    made = replace(made, reads=tuple(sorted({*made.reads, *weeks})))
    numbers = {name.replace("error", "margin"): one for name, one in ends(made, "error", "hours").items()}
    first = next(iter(found.values())).design
    pilots = {one.design.document.pilot for one in found.values()}
    counts = {"designs": len(found), "pilots": len(pilots), "least": 0, "most": cards.MOST}
    shares = {"part": PERCENT * cards.SCALE[0][0], "lost": PERCENT * cards.LOST}
    for unit, values in (("count", counts), ("percent", shares)):
        numbers |= {name: first.measured(f"scale.{name}", value, unit) for name, value in values.items()}
    announced = {name for name, one in found.items() if one.design.document.announced}
    return Exhibit("pilot_cards", "pilots.pilot_cards", made, numbers).drawn(partial(_price, announced))


def _price(announced: set[str], shown: Exhibit, page: Page) -> Figure:
    rows = []
    for row, one in enumerate(shown.table.frame.iter_rows(named=True)):
        values = {name: shown.table.at(row, name) for name in filter(one.get, ("error", "hours", "worth"))}
        kind, ends = "striped" if one["design"] in announced else "bar", (one["error"], one["error"])
        label = Label(f"pilots.label.{'_'.join(values)}", values)
        rows.append(Bar(one[f"title_{page.lang}"], *ends, (label,), Evidence.ASSUMED, kind))
    return charts.bars(page, shown, rows, height=0.4, gutter=GUTTER)[0]


def pilot_enough(scenario: Scenario) -> Exhibit:
    """Return what the published before and after say about the announced pilot: bars across nought."""
    table = small.pilot_enough(scenario)
    numbers, said = small.counted(scenario), {"letter": day(LETTER)}
    return Exhibit("pilot_enough", "pilots.pilot_enough", table, numbers, said).drawn(_enough)


def _enough(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    names = [sentences.text(f"pilots.reading.{one}", lang).plain for one in table.frame["reading"]]
    figure, ax = charts.lines_of(page, shown, names, ROW, gutter=GUTTER, baseline=False)
    ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=0)
    ax.set_xlim(-PERCENT, PERCENT)
    for row in range(len(names)):
        cells = {end: table.at(row, f"difference_{end}") for end in ("low", "high")}
        low, high = (one.value or 0.0 for one in cells.values())
        ax.barh(row, high - low, 0.4, low, color=COLOURS[Evidence.BOUNDED], linewidth=0)
        label = Label("pilots.label.between", cells, look={"ha": "center", "color": style.WHITE})
        label.write(ax, (low + high) / 2, row, lang)
    return figure


def pilots_announced(found: dict[str, Card]) -> Exhibit:
    """Return what the pilots as announced tell, mix up and never tell, as a table: a sentence per cell."""
    numbers, said, rows = dict[str, Number](), dict[tuple[str, str], Text](), []
    announced = [one.design for one in found.values() if one.design.document.announced]
    for design in announced:
        name, own = design.document.pilot, found[design.name].numbers()
        numbers |= {f"{design.name}/{key}": one for key, one in own.items()}
        parts = [(f"{part}_{lang}", part, lang) for part in ("title", *cards.SAID) for lang in LANGUAGES]
        cells = {column: design.said(part, lang, own) for column, part, lang in parts}
        said |= {(name, column): text for column, text in cells.items()}
        rows.append((name, *(text.plain for text in cells.values())))
    made = table("pilots_announced", announced, rows, prose=said)
    return Exhibit("pilots_announced", "pilots.pilots_announced", made, numbers)


def pilot_plan(made: Plan) -> Exhibit:
    """Return a plan as a table: one row per heading, in both languages."""
    said = {lang: made.sections(lang) for lang in LANGUAGES}
    rows = [(part, *(said[lang][part].plain for lang in LANGUAGES)) for part in said["nl"]]
    prose = {(part, f"text_{lang}"): text for lang in LANGUAGES for part, text in said[lang].items()}
    shown = table("pilot_plan", [made.design], rows, prose=prose)
    return Exhibit("pilot_plan", "pilots.pilot_plan", shown, made.numbers())


def pilot_looking(design: Design) -> Exhibit:
    """Return the price of looking every week: wider limits, instead of false alarms."""
    rows, arms = [], design.arms.values()
    for part in (Fraction(week, diagnosis.WEEKS) for week in range(1, diagnosis.WEEKS + 1)):
        if min(arms) * part >= diagnosis.LEAST:
            widths = (PERCENT * one for one in diagnosis.price(design, part))
            rows.append((sum(int(n * part) for n in arms), *widths))
    made, last = table("pilot_looking", [design], rows), len(rows) - 1
    false = {name: PERCENT * share for name, share in diagnosis.alarms(design).items()}
    numbers = design.numbers(false | {"weeks_looked": diagnosis.WEEKS, "draws": diagnosis.SHAM}) | {
        "last": made.at(last, "persons"),
        "always": made.at(last, "always"),
        "once_width": made.at(last, "once"),
    }
    return Exhibit("pilot_looking", "pilots.pilot_looking", made, numbers).drawn(_looking)


def _looking(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    people, top = table.frame["persons"].to_list(), max(table.frame["always"].to_list()) * 1.1
    figure, ax = charts.curve(page, shown, people[-1] * 1.02, top, 200)
    ax.set_yticks(range(0, int(top) + 1, 5))
    for column, key, beside in (("always", "sequence", 2.2), ("once", "fixed", -1.2)):
        values = table.frame[column].to_list()
        name = Label(f"pilots.label.{key}", look={"weight": "bold", "ha": "right"})
        charts.line(ax, people, values)
        # clear of the falling line: above where the words begin, or below its end
        begin = people[-1] - style.inches(name.text(lang).plain, bold=True) * style.inch(ax)
        near = sum(one < begin for one in people) - 1 if beside > 0 else -1
        name.write(ax, people[-1], values[near] + beside, lang)
        charts.diamond(ax, people[-1], values[-1], COMPUTED)
        last = Label("", table.at(len(people) - 1, column), look={"ha": "right"})
        last.write(ax, people[-1], values[-1] + 1.0, lang)
    return figure


def designs(found: dict[str, Card]) -> Exhibit:
    """Return every diagnosand of every design, as a file; with its error, and exact where that is known."""
    rows = [(name, *row) for name, one in found.items() for row in one.diagnosis.table.drop("z").rows()]
    made = table("designs", [one.design for one in found.values()], rows)
    return Exhibit("designs", "pilots.designs", made)


# ---- what small numbers tell


def ends(table: Table, *columns: str) -> dict[str, Number]:
    """Return the smallest and the largest number of each column, as ``COLUMN_least`` and ``COLUMN_most``."""
    ways, frame = {"least": "arg_min", "most": "arg_max"}.items(), table.frame
    at = {(end, one): getattr(frame[one], way)() or 0 for one in columns for end, way in ways}
    return {f"{one}_{end}": table.at(row, one) for (end, one), row in at.items()}


def small_group_margins(scenario: Scenario) -> Exhibit:
    """Return what each small group says beside the margin that a draw by lot would have left."""
    numbers = by_name("small_numbers.asked", "small_numbers.out_of_sight") | small.margins(scenario)
    words, table = {"reply": day(REPLY), "proposal": day(PROPOSAL)}, small.small_groups(scenario)
    return Exhibit("small_groups", "small_numbers.small_groups", table, numbers, words).drawn(_groups)


def _groups(shown: Exhibit, page: Page) -> Figure:
    table, cells = shown.table, ("yes", "people", "low", "high")
    names = [sentences.text(f"small_numbers.group.{one}", page.lang).plain for one in table.frame["group"]]
    figure, ax = charts.lines_of(page, shown, names, ROW, gutter=WIDE)
    labels = [
        Label("small_numbers.label.count_margin", {name: table.at(row, name) for name in cells})
        for row in range(len(names))
    ]
    style.fit(ax, [(PERCENT + CLEAR, label.text(page.lang).plain) for label in labels])
    for row, label in enumerate(labels):
        share, low, high = (table.at(row, name) for name in ("share", "low", "high"))
        ax.barh(row, (high.value or 0) - (low.value or 0), 0.34, low.value or 0, color=COMPUTED, linewidth=0)
        sure = share.evidence is not Evidence.ASSUMED
        charts.diamond(ax, share.value or 0, row, COLOURS[Evidence.RECOMPUTED] if sure else COMPUTED)
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
    people, width = table.frame["people"].to_list(), table.frame["width"].to_list()
    figure, ax = charts.curve(page, shown, people[-1], PERCENT, 20)
    charts.line(ax, people, width)
    for size in (*small.marked(), people[-1]):
        high = width[people.index(size)]
        charts.diamond(ax, size, high, COMPUTED)
        last = size == people[-1]  # below the line, which its words would cross on a phone
        x, y, side = (size, high - 7, "right") if last else (size + 2.5, high + 2.5, "left")
        cells = {name: table.at(str(size), name) for name in ("people", "width")}
        Label("small_numbers.label.people_width", cells, look={"ha": side}).write(ax, x, y, page.lang)
    return figure


def pilot_effect(scenario: Scenario) -> Exhibit:
    """Return the smallest rise that the pilot can show, for both ways to split its frame."""
    table = small.pilot_power(scenario)
    numbers = by_name("pilot.people", "pilot.frame", "pilot.rest", "pilot.half")
    numbers["chance"] = measure("pilot.chance", lambda: PERCENT * scenario.central(POWER), unit="percent")
    numbers |= ends(
        table, "base", *(f"{one}_{split}" for one in ("detectable", "power") for split in small.SPLITS)
    )
    shown = Exhibit("pilot_power", "small_numbers.pilot_power", table, numbers, {"letter": day(LETTER)})
    return shown.drawn(_pilot)


def _pilot(shown: Exhibit, page: Page) -> Figure:
    table, base = shown.table, [PERCENT * one for one in shown.table.frame["base"]]
    figure, ax = charts.curve(page, shown, base[-1] + base[0], 16, 10)
    ax.xaxis.set_major_formatter("{x:.0f}%")
    for split in small.SPLITS:
        column = f"detectable_{split}"
        values = table.frame[column].to_list()
        charts.line(ax, base, values)
        for row in (0, values.index(max(values))):
            charts.diamond(ax, base[row], values[row], COMPUTED)
            number = Label("", table.at(row, column), look={"ha": "center"})
            number.write(ax, base[row], values[row] - 1.0, page.lang)
        low = page.narrow and split == small.SPLITS[0]  # on a phone its words stand below the lower line
        look = {"weight": "bold", "ha": "right", "va": "top" if low else "bottom"}
        label, y = Label(f"small_numbers.label.{split}", shown.numbers, look=look), max(values) + 0.3
        label.write(ax, base[-1], values[0] + 0.5 if low else y, page.lang, style.size(ax)[0])
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
    above = 2 * LINE * (1 + page.narrow)  # on a phone a heading takes two lines
    figure, ax = page.sheet(shown, LINE * len(rows), gutter=NARROW, above=above)
    ax.set(ylim=(len(rows) - 0.5, -0.5), yticks=[])
    style.plain(ax)
    person, teams = ([PERCENT * one for one in table.frame[name]] for name in ("person", "teams_drawn"))
    ends = [Label("", table.at(row, "person")) for row in rows]
    style.fit(ax, [(end, label.text(lang).plain) for end, label in zip(person, ends, strict=True)])
    inch = style.inch(ax)
    ax.barh(rows, person, charts.BAR, color=COMPUTED, linewidth=0)
    for row, label in enumerate(ends):
        likeness = Label("", table.at(row, "likeness"), look={"ha": "right"})
        likeness.write(ax, -style.GAP * inch, row, lang)
        label.write(ax, style.beside(ax, person[row]), row, lang)
        charts.diamond(ax, teams[row], row, DRAWN)
    heads = {"likeness": (-NARROW, style.MUTED), "person": (0.0, COMPUTED), "teams": (0.0, DRAWN)}
    for name, (x, colour) in heads.items():
        look = {"size": SMALL, "color": colour, "ha": "left", "va": "bottom"}
        head = Label(f"small_numbers.label.{name}", look=look)
        up = 0.7 * (1 + page.narrow) if name == "person" else 0.0  # two heads stand above each other
        head.write(ax, x * inch, -0.52 - up, lang, style.size(ax)[0])
    return figure
