"""Tables as accessible HTML: a caption, header cells with a scope, every number with its address.

One function serves the notebooks and the report. Signs follow the habit of Statistics Netherlands (CBS):
a blank cell cannot occur, a point is unknown, a zero is less than half of the unit.
"""

from __future__ import annotations

import datetime
import html as markup
import re
from typing import Any

from kik_analysis.errors import ModelError
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text

UNKNOWN = "."
LIMITS = ("low", "high")
"""Columns in which an empty cell says that no limit exists; elsewhere it says that the value is unknown."""
REFERENCES = ("claim", "claims")
"""Columns whose cells are ids of claims."""
ROW_UNIT = "unit"
"""A column of this name holds the unit of its row; the header then does not repeat it."""


def title(table: Table, column: Column, lang: Lang) -> str:
    """Return a column's title.

    Raises
    ------
    ModelError
        When ``texts/tables.toml`` has none; the message names the keys that were sought.
    """
    own, shared = f"tables.{table.name}.{column.name}", f"tables.column.{column.name}"
    for key in (own, shared):
        if sentences.has(key):
            return sentences.text(key, lang).plain
    raise ModelError(f"texts/tables.toml: no title for a column; add {own} or {shared}, in Dutch and English")


def unit(column: Column, lang: Lang) -> str:
    """Return the words for a column's unit; empty where there is none or where each number shows it."""
    key = f"tables.unit.{column.unit}"
    if not column.unit or column.unit in ("share", "percent") or not sentences.has(key):
        return ""
    return sentences.text(key, lang).plain


def visible(table: Table, lang: Lang) -> tuple[Column, ...]:
    """Return the columns that a page in this language shows (``explanation_nl`` in Dutch alone)."""
    others = tuple(f"_{other}" for other in LANGUAGES if other != lang)
    return tuple(c for c in table.columns if not c.hidden and not c.name.endswith(others))


def blank(column: Column) -> str:
    """Return what an empty cell shows: nothing where no value can exist, a point where it is unknown."""
    return UNKNOWN if column.numeric and column.name not in LIMITS else ""


def _claims(ids: str, links: bool) -> Text:
    parts = [Ref(one, f"#{one}" if links else "") for one in ids.split(CLAIM_SEPARATOR)]
    return sentences.join([sentences.reference(part) for part in parts])


def _words(table: Table, column: Column, value: str, lang: Lang) -> Text:
    if column.words:
        return sentences.text(f"{column.words}.{value}", lang)
    if column.name in table.key:
        return sentences.reference(Ref(value)) if re.search(r"\d", value) else sentences.verbatim(value)
    try:
        return sentences.verbatim(value)
    except ModelError:
        raise ModelError(
            f"table {table.name}, column {column.name}: the text {value!r} holds a digit that no reader can "
            "trace; give the column words=..., make it hidden, or put the number in a column of its own"
        ) from None


def cell(table: Table, row: int, column: Column, lang: Lang, *, links: bool = True) -> Text:
    """Return a cell as a reader sees it, plain and as HTML.

    Parameters
    ----------
    table, row, column
        Which cell; ``row`` counts from zero.
    lang
        Language of numbers, dates and words.
    links
        True where ids of claims link to the list of claims in the same page.

    Raises
    ------
    ModelError
        For a text with a digit that has no words and is no reference.
    """
    prose = table.prose.get((table.row_keys()[row], column.name)) if table.prose else None
    if prose is not None:
        return Text(prose.plain, prose.html, prose.numbers)
    value: Any = table.frame[column.name][row]
    if value is None:
        return sentences.verbatim(blank(column))
    if column.numeric:
        number = table.cell(row, column)
        assert number is not None
        return sentences.figure(number, lang)
    if column.kind == "boolean":
        return sentences.text(f"tables.boolean.{'yes' if value else 'no'}", lang)
    if isinstance(value, datetime.date):
        words = notation.short_date(value, lang)
        return Text(words, f'<time datetime="{value.isoformat()}">{words}</time>')
    if column.name in REFERENCES:
        ids = _claims(value, links)
        return sentences.join([_words(table, column, value, lang), ids]) if column.words else ids
    return _words(table, column, value, lang)


def signs(table: Table, lang: Lang) -> tuple[str, ...]:
    """Return the keys of the signs that a table uses: ``blank``, ``unknown``, ``small``."""
    found = set()
    for column in visible(table, lang):
        values = table.frame[column.name].to_list()
        if column.numeric and None in values:
            found.add("unknown" if blank(column) else "blank")
        if column.numeric and column.unit != "year":
            factor = 100.0 if column.unit == "share" else 1.0
            shown = [(v, notation.rounded(v * factor, column.shown)) for v in values if v is not None]
            if any(value != 0 and rounded == 0 for value, rounded in shown):
                found.add("small")
    return tuple(sign for sign in ("blank", "unknown", "small") if sign in found)


def legend(table: Table, lang: Lang) -> str:
    """Return one sentence that explains the signs a table uses; empty when it uses none."""
    used = signs(table, lang)
    if not used:
        return ""
    meanings = "; ".join(sentences.text(f"tables.symbol.{sign}", lang).plain for sign in used)
    return f"{sentences.text('tables.symbol.title', lang).plain} {meanings}."


def _head(table: Table, columns: tuple[Column, ...], lang: Lang) -> str:
    cells = []
    for column in columns:
        words = markup.escape(title(table, column, lang), quote=False)
        measure = unit(column, lang)
        if measure and measure.lower() != words.lower() and ROW_UNIT not in table.frame.columns:
            words += f' <span class="unit">({markup.escape(measure, quote=False)})</span>'
        kind = ' class="number"' if column.numeric else ""
        cells.append(f'<th scope="col"{kind}>{words}</th>')
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _row(table: Table, row: int, columns: tuple[Column, ...], lang: Lang, links: bool) -> str:
    cells = []
    for place, column in enumerate(columns):
        content = cell(table, row, column, lang, links=links).html
        kind = ' class="number"' if column.numeric else ""
        cells.append(f'<th scope="row">{content}</th>' if place == 0 else f"<td{kind}>{content}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def html(table: Table, lang: Lang, caption: Text, *, links: bool = True, name: str = "") -> str:
    """Return a table as HTML in a region that the keyboard can reach and scroll.

    Parameters
    ----------
    table
        The table; hidden columns stay out.
    lang
        Language of titles, words and numbers.
    caption
        What the table shows; also the name of the region.
    links
        True where ids of claims link to the list of claims in the same page.
    name
        Name of the table in ids; by default the table's own.

    Raises
    ------
    ModelError
        When a column has no title or a cell cannot be shown.
    """
    columns = visible(table, lang)
    anchor = f"table-{name or table.name}"
    body = "".join(_row(table, row, columns, lang, links) for row in range(table.frame.height))
    explained = legend(table, lang)
    note = (
        f'<p class="signs" data-ref="signs">{markup.escape(explained, quote=False)}</p>' if explained else ""
    )
    return (
        f'<div class="table" id="{anchor}" role="region" aria-labelledby="{anchor}-caption" tabindex="0">'
        f'<table><caption id="{anchor}-caption">{caption.html}</caption>'
        f"{_head(table, columns, lang)}<tbody>{body}</tbody></table></div>{note}"
    )
