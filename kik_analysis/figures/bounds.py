"""What the letters leave open, in a figure of flat ranges and in tables with the conditions in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts import bounds as facts
from kik_analysis.facts import history as past
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

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    key = f"bounds.quantity.{question}"
    if sentences.has(key):
        return sentences.text(key, lang).plain
    return identification().quantity(question).words[lang]


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
