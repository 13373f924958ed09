"""The synthetic register in a figure and tables, each marked as synthetic."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import Table
from kik_analysis.facts.claims import claims
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, day
from kik_analysis.figures.style import Page
from kik_analysis.language import sentences
from kik_analysis.people import agreement
from kik_analysis.people.register import Register, read_register
from kik_analysis.people.synthesis import Synthesis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GUTTER, ROW, BAR = 2.3, 0.38, 0.26
"""Room for names and height of a row in inches, thickness of a range as a part of its row."""
COLUMNS, NARROW = (-0.045, 1.045, 1.6, 2.06), (-0.06, 1.06, 2.15, 3.2)
"""Where numbers stand, in lengths of the range: its ends, and both draws; the same on a phone."""
FIRST = {False: -0.26, True: -0.6}
MARKS = {"first": ("o", style.WHITE), "second": ("D", style.INK)}
"""Sign of each draw, and the colour inside it."""
TABLES = {
    **{"claims": agreement.register_claims, "shares": agreement.register_shares},
    **{"bands": agreement.register_bands, "districts": agreement.register_districts},
}
"""Tables of a register by name: counts and shares beside claims, ages and districts beside assumptions."""


def committed() -> Register:
    """Return the register in ``data/synthetic``; the read is on record."""
    return read_register()


def _table(register: Register, table: Table) -> Exhibit:
    words = {"letter": day(LETTER)}
    if "published" in table.frame.columns:
        # a claim may be no more than a remainder that we computed
        classes = {(row, "published"): claims()[row].evidence for row in table.row_keys}
        computed = {cell: kind for cell, kind in classes.items() if kind is not Evidence.PUBLISHED}
        table = replace(table, exceptions={**table.exceptions, **computed})
    return Exhibit(table.name, f"register.{table.name}", table, agreement.numbers(register), words)


def register_table(register: Register, name: str) -> Exhibit:
    """Return shares or counts of a register beside what it must reproduce, or beside what is assumed.

    ``register``, ``name``: the register; one of :data:`TABLES`.
    """
    return _table(register, TABLES[name](register))


def register_draws(first: Synthesis, second: Synthesis) -> Exhibit:
    """Return two draws side by side, inside what the sources leave open."""
    return _table(first.register, agreement.register_draws(first, second)).drawn(_draw)


def _draw(shown: Exhibit, page: Page) -> Figure:
    table, lang = shown.table, page.lang
    named = [sentences.text(f"register.quantity.{name}", lang).plain for name in table.frame["quantity"]]
    figure, ax = charts.lines_of(page, shown, named, ROW, gutter=GUTTER, above=ROW, baseline=False)
    columns = dict(zip(("low", "high", *MARKS), NARROW if page.narrow else COLUMNS, strict=True))
    ax.set_xlim(FIRST[page.narrow], columns["second"])
    thick = BAR * ROW * style.rows(ax)
    for row in range(len(named)):
        cells = {name: table.at(row, name) for name in columns}
        colour, assumed = style.COLOURS[cells["low"].evidence], cells["low"].evidence is Evidence.ASSUMED
        ax.barh(row, 1, thick, facecolor=style.WHITE if assumed else colour, edgecolor=colour)
        low, high = (cells[name].value or 0 for name in ("low", "high"))
        for name in MARKS:
            _mark(ax, ((cells[name].value or 0) - low) / max(high - low, 1), row, name)
        for name, number in cells.items():
            side = "left" if name == "high" else "right"
            Label("", number, look={"ha": side}).write(ax, columns[name], row, lang)
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
