"""Tables as accessible HTML: a caption, header cells with a scope, every number with its address.

One function serves the notebooks and the report. Signs follow the habit of Statistics Netherlands (CBS):
a blank cell cannot occur, a point is unknown, a zero is less than half of the unit.
"""

import datetime
from html import escape
from typing import Any

from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.report import tracing

UNKNOWN = "."
SIGNS = ("blank", "unknown", "small")
LIMITS = ("low", "high")
"""Columns in which an empty cell says that no limit exists; elsewhere it says that the value is unknown."""
PARAMETER = "parameter"
"""Words of columns whose cells are paths of parameters: they are shown by their titles."""
REFERENCES = ("claim", "claims")
"""Columns whose cells are ids of claims."""
ROW_UNIT = "unit"
"""A column of this name holds the unit of its row; the header then does not repeat it."""


def heading(table: Table, column: Column, lang: Lang) -> tuple[str, str]:
    """Return a column's title and its unit; the unit is empty where the title or each number says it.

    ModelError when ``texts/tables.toml`` has no title; the message names the keys that were sought.
    """
    title, unit = sentences.heading(table.name, column.name, lang), f"tables.unit.{column.unit}"
    if not title:
        own, shared = f"tables.{table.name}.{column.name}", f"tables.column.{column.name}"
        raise ModelError(
            f"texts/tables.toml: no title for a column; add {own} or {shared}, in Dutch and English"
        )
    silent = column.unit in ("", "share", "percent") or ROW_UNIT in table.frame.columns
    measure = "" if silent or not sentences.has(unit) else sentences.text(unit, lang).plain
    return title, "" if measure.lower() in title.lower() else measure


def visible(table: Table, lang: Lang) -> tuple[Column, ...]:
    """Return the columns that a page shows (``explanation_nl`` in Dutch alone; claims if there are any)."""
    others = tuple(f"_{other}" for other in LANGUAGES if other != lang)
    shown = (c for c in table.columns if not c.hidden and not c.name.endswith(others))
    return tuple(c for c in shown if c.name != "claims" or any(table.frame["claims"]))


def blank(column: Column, lang: Lang) -> str:
    """Return what an empty cell shows: its own words, nothing where no value exists, a point if unknown."""
    sign = UNKNOWN if column.numeric and column.name not in LIMITS else ""
    return sentences.first([f"tables.empty.{column.name}"], lang, sign)


def cell(table: Table, row: int, column: Column, lang: Lang) -> Text:
    """Return a cell as a reader sees it, plain and as HTML.

    ``table``, ``row``, ``column``: which cell; ``row`` counts from zero. ``lang``: language of numbers, dates
    and words. ModelError for a text with a digit that has no words and is no name.
    """
    value: Any = table.frame[column.name][row]
    places = ((table.row_keys[row], column.name), (value, f"{column.name}_{lang}")) if table.prose else ()
    prose: Text | None = next((table.prose[one] for one in places if one in table.prose), None)
    if prose is not None:
        return prose
    if value is None:
        return sentences.verbatim(blank(column, lang))
    number = table.cell(row, column)
    if number is not None:
        return sentences.figure(number, lang)
    if column.kind == "boolean":
        return sentences.text(f"tables.boolean.{'yes' if value else 'no'}", lang)
    if isinstance(value, datetime.date):
        return sentences.dated(value.isoformat(), notation.short_date(value, lang))
    if column.words == PARAMETER:
        entry, _ = catalogue().drawn(value)
        return sentences.reference(Ref(catalogue().title(value, lang), f"parameter:{entry.path}"))
    spoken = [sentences.text(f"{column.words}.{value}", lang)] if column.words else []
    if column.name in REFERENCES:
        ids = [Ref(one) for one in value.split(CLAIM_SEPARATOR)]
        return sentences.join([*spoken, *map(sentences.reference, ids)])
    if spoken:
        return spoken[0]
    if not tracing.numeric(value):
        return sentences.verbatim(value)
    if column.name.removesuffix(f"_{lang}") in table.key and not tracing.quantity(value):
        return sentences.reference(Ref(value))
    raise ModelError(
        f"table {table.name}, column {column.name}: the text {value!r} holds a digit that no reader can "
        "trace; give the column words=..., make it hidden, or put the number in a column of its own"
    )


def legend(table: Table, lang: Lang) -> str:
    """Return one sentence that explains the signs a table uses (blank, point, zero); empty without any."""
    found = set()
    for column in visible(table, lang):
        values = table.frame[column.name].to_list() if column.numeric else []
        if None in values:
            found.add({UNKNOWN: "unknown", "": "blank"}.get(blank(column, lang)))
        factor = PERCENT if column.unit == "share" else 1.0
        if column.unit != "year" and not all(notation.rounded(v * factor, column.shown) for v in values if v):
            found.add("small")
    used = [sentences.text(f"tables.symbol.{sign}", lang).plain for sign in SIGNS if sign in found]
    return f"{sentences.text('tables.symbol.title', lang).plain} {'; '.join(used)}." if used else ""


def html(table: Table, lang: Lang, caption: Text, *, name: str = "") -> str:
    """Return a table as HTML in a region that the keyboard can reach and scroll.

    ``table``: the table; hidden columns stay out. ``lang``: language of titles, words and numbers.
    ``caption``: what the table shows; also the name of the region. ``name``: name of the table in ids; by
    default the table's own. ModelError when a column has no title or a cell cannot be shown.
    """
    columns = visible(table, lang)
    anchor = f"table-{name or table.name}"
    kinds = [' class="number"' if column.numeric else "" for column in columns]
    head, body = "", ""
    for column, kind in zip(columns, kinds, strict=True):
        title, measure = (escape(one, quote=False) for one in heading(table, column, lang))
        head += f'<th scope="col"{kind}>{title}'
        head += f' <span class="unit">({measure})</span></th>' if measure else "</th>"
    for row in range(table.frame.height):
        first, *rest = (cell(table, row, column, lang).html for column in columns)
        cells = "".join(f"<td{kind}>{one}</td>" for kind, one in zip(kinds[1:], rest, strict=True))
        body += f'<tr><th scope="row">{first}</th>{cells}</tr>'
    explained = escape(legend(table, lang), quote=False)
    note = f'<p class="signs" data-ref="signs">{explained}</p>' if explained else ""
    return (
        f'<div class="table" id="{anchor}" role="region" aria-labelledby="{anchor}-caption" tabindex="0">'
        f'<table><caption id="{anchor}-caption">{caption.html}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
    )
