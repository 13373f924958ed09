"""What the letters leave open: flat ranges, the conditions in words, and synthetic registers inside them.

Everything of a register is marked as synthetic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table
from kik_analysis.facts import bounds as facts
from kik_analysis.facts import history as past
from kik_analysis.facts.claims import claims
from kik_analysis.facts.identification import SHARE, identification
from kik_analysis.facts.numbers import number
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import GUTTER, Bar, Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, day
from kik_analysis.figures.style import Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.people import agreement
from kik_analysis.people.register import Register
from kik_analysis.people.synthesis import Synthesis

ROW, HEAD = 0.46, 0.32
"""Height of a row and of a panel's heading, in inches."""
MAIN, FEWER = (-0.16, 0.4), (0.24, 0.24)
"""The bar under conditions and the one under fewer: how far below the middle of a row, and how thick."""
PANELS = {"shares": (SHARE,), "counts": facts.COUNTED}
"""Units of the questions in each panel."""
EXAMPLE = "success_per_invitation_never_spoken"


def _exhibit(table: Table, **numbers: Number) -> Exhibit:
    times = {"end": past.end(), "letter": day(LETTER), "figure": Ref("1")}
    return Exhibit(table.name, f"bounds.{table.name}", table, numbers, times)


def bounds() -> Exhibit:
    """Return the intervals as flat bars: under conditions, and under fewer."""
    system, numbers = identification(), {"begin": number("funnel.begin")}
    panels: dict[str, list[str]] = {}
    for panel, units in PANELS.items():
        for name in (name for name, quantity in system.quantities.items() if quantity.unit in units):
            panels.setdefault(panel, []).append(name)
            first, *_, last = (*system.sets(name), system.sets(name)[-1])
            numbers[name] = facts.bound_number(name)
            if set(last) < set(first):
                numbers[f"{name}_wide"] = facts.bound_number(name, last)
    return _exhibit(facts.bounds(), **numbers).drawn(partial(_draw, panels))


def bounds_table(kind: Literal["shares", "counts", "ratios"]) -> Exhibit:
    """Return the bounds of one kind with their conditions in words, as a table."""
    return _exhibit(facts.in_words(kind))


def bounds_worlds() -> Exhibit:
    """Return two worlds that agree with every claim: one at each end of the success per invitation."""
    table = facts.bounds_worlds(EXAMPLE, identification().sets(EXAMPLE)[0])
    return _exhibit(table, range=facts.bound_number(EXAMPLE))


def label(number: Number) -> Label:
    """Return the label of an interval: ``tussen ... en ...``, or what is left without a limit."""
    match number.low, number.high:
        case None, None:
            kind = "none"
        case _, None:
            kind = "from"
        case None, _:
            kind = "upto"
        case low, high:
            kind = "exactly" if low == high else "between"
    return Label(f"bounds.label.{kind}", {"range": number})


def name_of(question: str, lang: Lang) -> str:
    """Return the short name of a question; in full where it has none."""
    short = sentences.first([f"bounds.quantity.{question}"], lang)
    return short or identification().quantity(question).words[lang]


def _draw(panels: Mapping[str, Sequence[str]], shown: Exhibit, page: Page) -> Figure:
    words = {panel: [name_of(name, page.lang) for name in names] for panel, names in panels.items()}
    tall = max(charts.row_height(page, named, ROW) for named in words.values()) + 0.5 * page.narrow
    head, gutter = HEAD * (1 + page.narrow), 0.0 if page.narrow else GUTTER
    heights = {panel: head + tall * len(names) for panel, names in panels.items()}
    figure, whole = page.sheet(shown, sum(heights.values()), gutter=gutter)
    left, bottom, width, height = whole.get_position().bounds
    whole.remove()
    top, inch = bottom + height, height / sum(heights.values())
    for panel, names in panels.items():
        ax = figure.add_axes((left, top - heights[panel] * inch, width, (heights[panel] - head) * inch))
        ax.patch.set_visible(not page.bare)
        top -= heights[panel] * inch
        charts.names(ax, words[panel], gutter)
        charts.put(ax, _rows(shown, panel, names), page.lang)
        x = -gutter / style.size(ax)[0] * ax.get_xlim()[1]
        heading = Label(f"bounds.panel.{panel}", look={"weight": "bold"})
        heading.write(ax, x, -0.5 - 0.2 - 0.25 * (not gutter), page.lang)
    return figure


def _rows(shown: Exhibit, panel: str, names: Sequence[str]) -> list[tuple[float, Bar]]:
    """Return the intervals of one kind, each at its place; one without a limit runs to the edge."""
    found = [(shown.numbers[name], shown.numbers.get(f"{name}_wide")) for name in names]
    known = [one for pair in found for one in pair if one is not None]
    most = PERCENT if panel == "shares" else max(one.high or one.low or 0.0 for one in known)
    rows = []
    for place, (main, wide) in enumerate(found):
        for one, (lower, thick), kind, colour in (
            (main, MAIN if wide else (0.0, MAIN[1]), "range", style.INK),
            (wide, FEWER, "open", style.MUTED),
        ):
            if one is None:
                continue
            ends = (one.low or 0.0, most if one.high is None else one.high)
            low, high = ends if kind == "range" or (one.low, one.high) != (None, None) else (0.0, 0.0)
            words = label(one)
            look = {"color": colour, "size": style.LABEL if kind == "range" else style.SMALL}
            said = Label(words.key, words.values, look=look)
            rows.append((place + lower, Bar("", low, high, (said,), Evidence.BOUNDED, kind, thick)))
    return rows


# ---- synthetic registers

NAMES, LINE, BAR = 2.3, 0.38, 0.26
"""Room for names and height of a row in inches, thickness of a range as a part of its row."""
COLUMNS, PHONE = (-0.045, 1.045, 1.6, 2.06), (-0.06, 1.06, 2.15, 3.2)
"""Where numbers stand, in lengths of the range: its ends, and both draws; the same on a phone."""
FIRST = {False: -0.26, True: -0.6}
MARKS = {"first": ("o", style.WHITE), "second": ("D", style.INK)}
"""Sign of each draw, and the colour inside it."""
REGISTER = {
    **{"claims": agreement.register_claims, "shares": agreement.register_shares},
    **{"bands": agreement.register_bands, "districts": agreement.register_districts},
}
"""Tables of a register by name: counts and shares beside claims, ages and districts beside assumptions."""


def _table(register: Register, table: Table, *names: str) -> Exhibit:
    words = {"letter": day(LETTER)}
    if "published" in table.frame.columns:
        # a claim may be no more than a remainder that we computed
        classes = {(row, "published"): claims()[row].evidence for row in table.row_keys}
        computed = {cell: kind for cell, kind in classes.items() if kind is not Evidence.PUBLISHED}
        table = replace(table, exceptions={**table.exceptions, **computed})
    kept = {name: one for name, one in agreement.numbers(register).items() if name in names or not names}
    return Exhibit(table.name, f"register.{table.name}", table, kept, words)


def register_table(register: Register, name: str) -> Exhibit:
    """Return shares or counts of a register beside what it must reproduce, or beside what is assumed.

    ``register``, ``name``: the register; one of :data:`REGISTER`.
    """
    return _table(register, REGISTER[name](register))


def register_draws(first: Synthesis, second: Synthesis) -> Exhibit:
    """Return two draws side by side, inside what the sources leave open; in a sentence, what all share."""
    table = agreement.register_draws(first, second)
    return _table(first.register, table, "members", "invitations").drawn(_draws)


def _draws(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    named = [sentences.text(f"register.quantity.{name}", lang).plain for name in table.frame["quantity"]]
    figure, ax = charts.lines_of(page, shown, named, LINE, gutter=NAMES, above=LINE, baseline=False)
    columns = dict(zip(("low", "high", *MARKS), PHONE if page.narrow else COLUMNS, strict=True))
    ax.set_xlim(FIRST[page.narrow], columns["second"])
    thick = BAR * LINE * style.rows(ax)
    for row in range(len(named)):
        cells = {name: table.at(row, name) for name in columns}
        colour, assumed = style.COLOURS[cells["low"].evidence], cells["low"].evidence is Evidence.ASSUMED
        ax.barh(row, 1, thick, facecolor=style.WHITE if assumed else colour, edgecolor=colour)
        low, high = (cells[name].value or 0 for name in ("low", "high"))
        for name in MARKS:
            _mark(ax, ((cells[name].value or 0) - low) / max(high - low, 1), row, name)
        for name, one in cells.items():
            side = "left" if name == "high" else "right"
            Label("", one, look={"ha": side}).write(ax, columns[name], row, lang)
    for name in MARKS:
        head = Label(f"register.head.{name}", look={"ha": "right"})
        head.write(ax, columns[name], -1, lang)
        _mark(ax, columns[name] - (style.inches(head.text(lang).plain) + 0.1) * style.inch(ax), -1, name)
    Label("register.mark", look={"ha": "center", "weight": "bold"}).write(ax, 0.5, -1, lang)
    return figure


def _mark(ax: Axes, x: float, y: float, name: str) -> None:
    mark, inside = MARKS[name]
    look: dict[str, Any] = {"color": inside, "markeredgecolor": style.INK, "clip_on": False}
    ax.plot([x], [y], marker=mark, markersize=7.0, **look)
