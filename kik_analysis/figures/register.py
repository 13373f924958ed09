"""The synthetic register in a figure and tables, each marked as synthetic."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import Table
from kik_analysis.facts.claims import claims
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, cell, day
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.people import agreement
from kik_analysis.people.register import Register, read_register
from kik_analysis.people.synthesis import Synthesis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GUTTER, ROW, BAR, DOT = 2.3, 0.42, 0.26, 7.0
"""Room for names and height of a row in inches, thickness of a range as a part of its row, size of a mark."""
COLUMNS = {"low": -0.045, "high": 1.045, "first": 1.6, "second": 2.06}
"""Where numbers stand, in lengths of the range."""
FIRST, LAST = -0.26, 2.06
MARKS = {"first": ("o", style.WHITE), "second": ("D", style.INK)}
"""Sign of each draw, and the colour inside it."""
MARK = "register.mark"


def committed() -> Register:
    """Return the register in ``data/synthetic``; the read is on record."""
    return read_register()


def _table(register: Register, table: Table) -> Exhibit:
    words = {"letter": day(LETTER)}
    if "published" in table.frame.columns:
        # a claim may be no more than a remainder that we computed
        classes = {(row, "published"): claims()[row].evidence for row in table.row_keys()}
        computed = {cell: kind for cell, kind in classes.items() if kind is not Evidence.PUBLISHED}
        table = replace(table, exceptions={**table.exceptions, **computed})
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
    table = agreement.register_draws(first, second)
    shown = _table(first.register, table)
    cells = {
        f"{name}_{column}": cell(table, row, column)
        for row, name in enumerate(table.frame["quantity"])
        for column in COLUMNS
    }
    shown = replace(shown, words={**shown.words, **cells})
    return replace(shown, draw=partial(_draw, shown))


def _draw(exhibit: Exhibit, lang: Lang) -> Figure:
    from matplotlib.patches import Rectangle

    table = exhibit.table
    assert table is not None
    with style.house():
        rows = table.frame.height
        figure, ax = style.sheet(exhibit, lang, ROW * (rows + 1), gutter=GUTTER)
        names = [sentences.text(f"register.quantity.{name}", lang).plain for name in table.frame["quantity"]]
        ax.set(xlim=(FIRST, LAST), ylim=(rows - 0.5, -1.5))
        style.categories(ax, names, GUTTER)
        style.bare(ax, baseline=False)
        for row in range(rows):
            evidence = cell(table, row, "low").evidence
            colour = style.COLOURS[evidence]
            inside = style.WHITE if evidence is Evidence.ASSUMED else colour
            ax.add_patch(Rectangle((0, row - BAR / 2), 1, BAR, facecolor=inside, edgecolor=colour))
            _row(ax, table, row, lang)
        _heads(ax, lang)
        return figure


def _row(ax: Axes, table: Table, row: int, lang: Lang) -> None:
    low, high = (cell(table, row, name).value or 0 for name in ("low", "high"))
    for name, (mark, inside) in MARKS.items():
        number = cell(table, row, name)
        at = ((number.value or 0) - low) / max(high - low, 1)
        ax.plot(
            [at], [row], marker=mark, markersize=DOT, color=inside, markeredgecolor=style.INK, clip_on=False
        )
        style.label_number(ax, COLUMNS[name], row, number, lang, ha="right")
    style.label_number(ax, COLUMNS["low"], row, cell(table, row, "low"), lang, ha="right")
    style.label_number(ax, COLUMNS["high"], row, cell(table, row, "high"), lang)


def _heads(ax: Axes, lang: Lang) -> None:
    """Write what the columns are, and that none of it is real."""
    for name, (mark, inside) in MARKS.items():
        key = f"register.head.{name}"
        words = sentences.text(key, lang)
        style.label_text(ax, COLUMNS[name], -1, words, key, ha="right")
        x = COLUMNS[name] - 0.02 - style.inches(words.plain) * (LAST - FIRST) / _width(ax)
        ax.plot(
            [x], [-1], marker=mark, markersize=DOT, color=inside, markeredgecolor=style.INK, clip_on=False
        )
    words = sentences.text(MARK, lang)
    style.label_text(ax, 0.5, -1, words, MARK, ha="center", weight="bold")


def _width(ax: Axes) -> float:
    """Return the width of the axes in inches."""
    return float(ax.get_position().width * style.WIDTH)
