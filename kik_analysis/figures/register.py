"""The synthetic register in a figure and tables, each marked as synthetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import Table
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

GUTTER, ROW, BAR = 2.3, 0.42, 0.26
"""Room for names and height of a row in inches, thickness of a range as a part of its row."""
COLUMNS = {"low": -0.045, "high": 1.045, "first": 1.6, "second": 2.06}
"""Where numbers stand, in lengths of the range."""
FIRST, LAST = -0.26, 2.06
MARKS = {"first": ("o", style.WHITE), "second": ("D", style.INK)}
"""Sign of each draw, and the colour inside it."""


def committed() -> Register:
    """Return the register in ``data/synthetic``; the read is on record."""
    return read_register()


def _table(register: Register, table: Table) -> Exhibit:
    words = {"letter": day(LETTER)}
    return Exhibit(table.name, f"register.{table.name}", table, agreement.numbers(register), words)


def register_claims(register: Register) -> Exhibit:
    """Return the counts of a register beside the claims it must reproduce."""
    return _table(register, agreement.register_claims(register))


def register_shares(register: Register) -> Exhibit:
    """Return the shares of a register beside the claims it must reproduce."""
    return _table(register, agreement.register_shares(register))


def register_bands(register: Register) -> Exhibit:
    """Return the assumed shares of age and duration beside those of a register."""
    return _table(register, agreement.register_bands(register))


def register_districts(register: Register) -> Exhibit:
    """Return the assumed shares of districts beside those of a register."""
    return _table(register, agreement.register_districts(register))


def register_draws(first: Synthesis, second: Synthesis) -> Exhibit:
    """Return two draws side by side, inside what the sources leave open."""
    return _table(first.register, agreement.register_draws(first, second)).drawn(_draw)


def _draw(shown: Exhibit, page: Page) -> Figure:
    from matplotlib.patches import Rectangle

    table, lang = shown.table, page.lang
    rows = table.frame.height
    figure, ax = page.sheet(shown, ROW * (rows + 1), gutter=GUTTER)
    named = [sentences.text(f"register.quantity.{name}", lang).plain for name in table.frame["quantity"]]
    charts.names(ax, named, GUTTER, baseline=False)
    ax.set(xlim=(FIRST, LAST), ylim=(rows - 0.5, -1.5))
    for row in range(rows):
        cells = {name: table.at(row, name) for name in COLUMNS}
        evidence = cells["low"].evidence
        colour = style.COLOURS[evidence]
        inside = style.WHITE if evidence is Evidence.ASSUMED else colour
        ax.add_patch(Rectangle((0, row - BAR / 2), 1, BAR, facecolor=inside, edgecolor=colour))
        low, high = (cells[name].value or 0 for name in ("low", "high"))
        for name in MARKS:
            _mark(ax, ((cells[name].value or 0) - low) / max(high - low, 1), row, name)
        for name in (*MARKS, "low", "high"):
            side = "left" if name == "high" else "right"
            style.label_number(ax, COLUMNS[name], row, cells[name], lang, ha=side)
    for name in MARKS:
        head = Label(f"register.head.{name}", {}, look={"ha": "right"})
        head.write(ax, COLUMNS[name], -1, lang)
        wide = style.inches(head.text(lang).plain) * (LAST - FIRST) / style.size(ax)[0]
        _mark(ax, COLUMNS[name] - 0.02 - wide, -1, name)
    Label("register.mark", {}, look={"ha": "center", "weight": "bold"}).write(ax, 0.5, -1, lang)
    return figure


def _mark(ax: Axes, x: float, y: float, name: str) -> None:
    mark, inside = MARKS[name]
    look: dict[str, Any] = {"color": inside, "markeredgecolor": style.INK, "clip_on": False}
    ax.plot([x], [y], marker=mark, markersize=7.0, **look)
