"""The tables as an Excel workbook: real numbers, headings in the reader's language, the same bytes every run.

The first sheet says what the workbook is. Numbers keep Excel's own formats, which show in the notation of
the reader's computer. Text is always written as text: a cell that begins with ``=`` computes nothing.
"""

import datetime
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from kik_analysis.capacity.plain_sum import CONSTANTS, TOKEN
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.table import Column, Table
from kik_analysis.facts.claims import Claim
from kik_analysis.figures.exhibit import FIRST
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.report import tables
from kik_analysis.report.appendices import Appendices, Meta, Setting, address, written
from kik_analysis.report.publish import Stored

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet program take a text for a formula."""
LONGEST_NAME = 31
WIDEST, LINE = 44, 15
"""Letters of the widest column; height of a line in points: not every program fits a row to its words."""
HEADER_ROW = 4
"""Row of the headings, counted from zero: above it stand title, statistic and status."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_SIGNS = ("blank", "unknown", "small", "rounding")
_LIMITS = "tables.column.low tables.column.high"
CHAIN, INPUTS = "plain_sum", "plain_sum_inputs"
"""The table that is written as formulas, and the one with the parameters that these start from."""
ACROSS, QUARTER = "quarters", {"nl": "kwartaal ", "en": "Q"}
"""The table whose rows are quarters, shown across; what a quarter is called."""
LEADING = (ACROSS, CHAIN)
"""Tables that planners come for: their sheets come first."""
HEADS = {
    "claims": f"id statement value {_LIMITS} tables.column.unit report.documents.document place",
    "parameters": f"path meaning value {_LIMITS} unit source confidence place",
}
GREY: dict[str, Any] = {"font_color": "#595959"}
ASIDE: dict[str, Any] = {"align": "left", "indent": 1}
"""How words stand clear of the number before them."""
PAGE = 125
"""Letters beside each other on a printed page of tables; twice as many, smaller, can still be read."""
TALL, LONG = 30, 300
"""Rows from which a sheet is printed upright, and from which its first rows alone are printed."""

Cell = tuple[Any, dict[str, Any]]
"""A value and how it is shown."""
Filled = tuple[list[str], list[list[Cell]]]
"""Headings, and the cells below them."""


@dataclass(frozen=True)
class Formula:
    """A living formula, with the value that it has now; empty where it divides by zero."""

    text: str
    value: float | str


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, a title and what it is about, headings, and the cells below them."""

    name: str
    title: str
    about: str
    heads: list[str]
    rows: list[list[Cell]]


def sheet_name(name: str, lang: Lang) -> str:
    """Return the name of a table's sheet: ``sheet.NAME`` in ``texts/tables.toml``, else the table's own."""
    words = sentences.first([f"tables.sheet.{name}"], lang, name)
    return _FORBIDDEN.sub(" ", words)[:LONGEST_NAME]


def number_format(unit: str, decimals: int) -> str:
    """Return Excel's format for a unit; commas and points in it mean "as the reader's computer does"."""
    places = "." + "0" * decimals if decimals else ""
    if unit in ("share", "percent"):
        return f"0{places}%"
    return "0" if unit == "year" else f"#,##0{places}"


def _numeric(value: float, unit: str, decimals: int) -> Cell:
    scaled = value / PERCENT if unit == "percent" else value
    return scaled, {"num_format": number_format(unit, decimals)}


def _cell(table: Table, row: int, column: Column, lang: Lang) -> Cell:
    value = table.frame[column.name][row]
    if column.numeric:
        if table.frame[column.name].null_count() == table.frame.height:
            return None, {}  # a form, to be filled in
        if value is None:
            return tables.blank(column, lang), {"align": "right"}
        by_row = not column.unit and tables.ROW_UNIT in table.frame.columns
        return _numeric(value, table.frame[tables.ROW_UNIT][row] if by_row else column.unit, column.shown)
    if value is None or isinstance(value, datetime.date):
        return value, {}
    return tables.cell(table, row, column, lang).plain, {}


def _exhibit(stored: Stored, table: Table, words: Appendices, inputs: Table | None = None) -> Sheet:
    lang, texts = words.lang, stored.texts[words.lang]
    own = {CHAIN: lambda: _chain(table, inputs, words), ACROSS: lambda: _across(table, lang)}
    filled = own.get(table.name, lambda: _plain(table, lang))()
    about = [(texts["subtitle"] if texts["subtitle"].plain else texts["note"]).plain]
    ids = [read.partition(":")[2] for read in table.reads if read.startswith("claim:")]
    if ids and "claims" not in table.frame.columns:  # rows that do not name theirs rest on all of them
        about.append(f"{sentences.text('tables.column.claims', lang).plain}: {', '.join(ids)}.")
    return Sheet(sheet_name(table.name, lang), texts["title"].plain, " ".join(about), *filled)


def _plain(table: Table, lang: Lang) -> Filled:
    columns = tables.visible(table, lang)
    pairs = (tables.heading(table, column, lang) for column in columns)
    heads = [f"{words} ({measure})" if measure else words for words, measure in pairs]
    rows = [[_cell(table, row, column, lang) for column in columns] for row in range(table.frame.height)]
    return heads, rows


def _across(table: Table, lang: Lang) -> Filled:
    """Return a table of quarters with the quarters across: a row for each thing and for each scenario."""
    who, when, *items = tables.visible(table, lang)
    frame = table.frame
    days = sorted(set(frame[when.name].to_list()))
    names = frame[who.name].unique(maintain_order=True).to_list()
    place = {pair: row for row, pair in enumerate(frame.select(who.name, when.name).iter_rows())}
    heads = ["", "", *(f"{day.year}\n{QUARTER[lang]}{(day.month + 2) // 3}" for day in days)]
    rows: list[list[Cell]] = []
    for item in items:
        for name in names:
            title = tables.heading(table, item, lang)[0] if name == names[0] else ""
            words = tables.cell(table, place[name, days[0]], who, lang).plain
            cells = (_cell(table, place[name, day], item, lang) for day in days)
            rows.append([(title, {"bold": True}), (words, {}), *cells])
    return heads, rows


def _chain(table: Table, inputs: Table | None, words: Appendices) -> Filled:
    """Return the sum on one page as living formulas: parameters first, then the steps that use them."""
    known, lang = dict(inputs.frame.iter_rows()) if inputs is not None else {}, words.lang
    rows: list[list[Cell]] = []
    for path, number in known.items():
        named, unit_of = catalogue().title(path, lang), catalogue().drawn(path)[0].unit
        look = {"num_format": "0.0##%" if unit_of == "share" else "#,##0.0##"}
        rows.append([(named, {}), (number, look), (words.unit(unit_of), {}), (path, GREY)])
    at = {name: f"B{HEADER_ROW + 2 + row}" for row, name in enumerate(known)}
    at |= {name: repr(number) for name, number in CONSTANTS.items()}
    step, value, unit = (column for column in table.columns if column.name in ("step", "value", "unit"))
    for row, (key, formula) in enumerate(table.frame.select("step", "formula").iter_rows()):
        name, measure = (tables.cell(table, row, column, lang).plain for column in (step, unit))
        text = TOKEN.sub(lambda found: at.get(found[0], found[0]), formula)
        now = table.frame[value.name][row]
        result = Formula(f"={text}", "" if now is None else now / (PERCENT if measure == "%" else 1))
        shown = {"num_format": "0%" if measure == "%" else "#,##0.0"}
        rows.append([(name, {"bold": True}), (result, shown), (measure, {}), (formula, GREY)])
        at[key] = f"B{HEADER_ROW + 1 + len(rows)}"
    heads = [tables.heading(table, column, lang)[0] for column in (step, value, unit)]
    return [*heads, sentences.text("tables.column.formula", lang).plain], rows


def _parts(source: Claim | Setting) -> list[Cell]:
    """Return value, low and high; the limits of an exact number are the number."""
    value, limits = written(source)
    low, high = ("low", "high") if limits else ("value", "value")
    asked = ((value, "value"), (limits or value, low), (limits or value, high))
    found = ((number, getattr(number, part, None)) for number, part in asked)
    return [
        (None, {}) if not number or shown is None else _numeric(shown, number.unit, number.decimals)
        for number, shown in found
    ]


def _sheets(exhibits: tuple[Stored, ...], meta: Meta, lang: Lang) -> Iterable[Sheet]:
    """Yield the sheets after the first: one per table, then claims and parameters."""
    words = Appendices(meta, lang)
    inputs = next((one.table for one in exhibits if one.table.name == INPUTS), None)
    # the inputs stand above the sum that starts from them, the sentences on the first sheet
    seen = {INPUTS, FIRST}
    for stored in sorted(exhibits, key=lambda one: one.table.name not in LEADING):
        table = stored.table
        if table.place != "file" and table.name not in seen:
            seen.add(table.name)
            yield _exhibit(stored, table, words, inputs)
    claims: list[list[Any]] = []
    for one in meta.claims:
        document = words.in_words(meta.documents[one.document], "title")
        rest = [words.unit(one.unit), document, sentences.located(one.place, lang)]
        claims.append([one.id, words.in_words(one, "statement"), *_parts(one), *rest])
    settings: list[list[Any]] = []
    for setting in meta.settings:
        value, *limits = _parts(setting)
        value = value if value[0] is not None else (words.content(setting), {})
        rest = [words.unit(setting["unit"]), words.source(setting), setting["confidence"], setting["where"]]
        settings.append([address(setting), words.label(setting), value, *limits, *rest])
    for name, rows in (("claims", claims), ("parameters", settings)):
        if rows:
            heads = []
            for head in HEADS[name].split():
                key = f"report.{name}.{head}" if "." not in head else head
                heads.append(sentences.text(key, words.lang).plain)
            title, intro = (words.say(f"{name}.{part}").plain for part in ("title", "intro"))
            cells = [[one if isinstance(one, tuple) else (one, {}) for one in row] for row in rows]
            yield Sheet(words.say(f"workbook.{name}").plain, title, intro, heads, cells)


class _Book:
    """One workbook being written."""

    def __init__(self, path: Path, meta: Meta, lang: Lang) -> None:
        self.meta, self.lang = meta, lang
        self.words = Appendices(meta, lang)
        self.status = self.say("page.line", **meta.mark)
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties(
            {
                "title": self.say("page.title"),
                "subject": self.say("page.status"),
                "author": "",
                "comments": f"{meta.version} {meta.digest}",
                # not the clock: the same run gives the same bytes
                "created": datetime.datetime.combine(meta.sources_until, datetime.time()),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._taken: set[str] = set()

    def say(self, key: str, **values: object) -> str:
        return self.words.say(key, **values).plain

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted({"font_name": "Calibri", "valign": "top", **properties}.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def sheet(self, name: str, part: str = "") -> Any:
        unique, number = name, 1
        while unique.lower() in self._taken:
            number += 1
            unique = f"{name[: LONGEST_NAME - 4]} ({number})"
        self._taken.add(unique.lower())
        sheet = self.book.add_worksheet(unique)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&7{part}{self.status}".replace("\n", " ")[:240] + "\n&P / &N")
        return sheet

    def text(self, sheet: Any, row: int, column: int, words: str, **properties: Any) -> None:
        words = self.meta.head.own_words(words, self.lang)
        if words.startswith(FORMULA_STARTS):
            properties["quote_prefix"] = True
        if words:
            sheet.write_string(row, column, words, self.format(**properties))

    def height(self, sheet: Any, row: int, cells: Iterable[tuple[object, int]], line: float = LINE) -> None:
        """Make a row as high as the longest of its texts, each with the width of its column."""
        lines = [len(textwrap.wrap(words, width)) for words, width in cells if isinstance(words, str)]
        sheet.set_row(row, line * max(*lines, 1, 1))

    def table(self, wanted: Sheet) -> str:
        """Write a sheet with a title and a table below it; return the sheet's name."""
        rows, most = len(wanted.rows), 2 * TALL
        part = self.say("workbook.part", shown=Ref(str(most)), rows=Ref(str(rows))) if rows > LONG else ""
        sheet = self.sheet(wanted.name, part)
        # a heading is broken over three lines at most, so that a number makes no column as wide as its words
        widths = [max(len(title) // 3, *map(len, title.split()), 0) + 2 for title in wanted.heads]
        for number, row in enumerate(wanted.rows, start=HEADER_ROW + 1):
            for column, (value, properties) in enumerate(row):
                widths[column] = max(widths[column], self._value(sheet, number, column, value, properties))
        for column, title in enumerate(wanted.heads):
            right = any(isinstance(row[column][0], int | float) for row in wanted.rows)
            place = {"align": "right"} if right else ASIDE if column else {}
            self.text(sheet, HEADER_ROW, column, title, bold=True, bottom=1, text_wrap=True, **place)
            widths[column] = min(max(widths[column], 9), WIDEST)
            sheet.set_column(column, column, widths[column] + 2)
        self.above(sheet, wanted, [width + 2 for width in widths])
        for number, cells in enumerate([wanted.heads, *([value for value, _ in row] for row in wanted.rows)]):
            self.height(sheet, HEADER_ROW + number, zip(cells, widths, strict=True))
        sheet.freeze_panes(HEADER_ROW + 1, 1)
        sheet.repeat_rows(HEADER_ROW)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        if rows > TALL and sum(widths) <= 1.5 * PAGE:
            sheet.set_portrait()
        if part:
            sheet.print_area(0, 0, HEADER_ROW + most, len(wanted.heads) - 1)
        if wanted.rows:
            sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + len(wanted.rows), len(wanted.heads) - 1)
        return str(sheet.get_name())

    def above(self, sheet: Any, wanted: Sheet, widths: list[int]) -> None:
        """Write title, statistic and status over as many columns as a page has room for; print it so."""
        pages = -(-sum(widths) // (2 * PAGE))
        first = 2 * (pages > 1)  # clear of the columns that each page repeats
        over = [*widths, *[9] * PAGE]  # past the table columns have a width of their own
        last = next(n for n in range(first + 1, len(over)) if sum(over[first : n + 1]) >= PAGE)
        for row, (words, size) in enumerate(((wanted.title, 14), (wanted.about, 11), (self.status, 9))):
            look = GREY if row else {"bold": True}
            sheet.merge_range(row, first, row, last, "", self.format(text_wrap=True))
            self.text(sheet, row, first, words, text_wrap=True, font_size=size, **look)
            self.height(sheet, row, [(words, PAGE * 11 // size)], LINE * size / 11)
        if pages > 1:
            sheet.fit_to_pages(pages, 0)
            sheet.repeat_columns(0, 1)

    def _value(self, sheet: Any, row: int, column: int, value: Any, properties: dict[str, Any]) -> int:
        """Write a cell by its type; return how wide it is."""
        if value is None or value == "":
            return 0
        if isinstance(value, str):
            aside = ASIDE if column and "align" not in properties else {}
            self.text(sheet, row, column, value, text_wrap=len(value) > WIDEST, **aside, **properties)
            return len(value)
        if isinstance(value, Formula):
            sheet.write_formula(row, column, value.text, self.format(**properties), value.value)
            return 12
        if isinstance(value, datetime.date):
            clear = ASIDE if column else {"align": "left"}
            shown = self.format(num_format="yyyy-mm-dd" if self.lang == "en" else "dd-mm-yyyy", **clear)
            sheet.write_datetime(row, column, datetime.datetime.combine(value, datetime.time()), shown)
            return 10
        sheet.write_number(row, column, value, self.format(**properties))
        return len(f"{value:,.0f}") + 4

    def lines(self, sheet: Any, parts: Mapping[str, Iterable[str]], widths: tuple[int, ...]) -> int:
        """Write headings, each with its sentences beside it, a row each; return the row after them."""
        self.text(sheet, 0, 0, self.say("page.title"), bold=True, font_size=14)
        row = 2
        for name, said in parts.items():
            lines = list(said)
            if lines:
                self.text(sheet, row, 0, self.say(name), bold=True)
            for line in lines:
                self.text(sheet, row, 1, line, text_wrap=True)
                self.height(sheet, row, [(line, widths[1])])
                row += 1
            row += bool(lines)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return row

    def about(self, sheet: Any, listed: list[tuple[str, str]]) -> None:
        """Write what this is, its status, how to read it, which sheets there are."""
        meta = self.meta
        example = Ref(meta.claims[0].id if meta.claims else "L")
        scenario = self.say("page.scenario", title=Ref(meta.title[self.lang]))
        state = self.say("page.state", day=meta.sources_until)
        parts = {
            "workbook.what": [self.say("workbook.what_text"), self.say("page.lead")],
            "workbook.status": [self.say("page.status"), state],
            "workbook.run": [scenario, self.say("page.version", **meta.mark), *meta.remarks(self.lang)],
            "workbook.read": [self.say("workbook.read_text", example=example)],
            "workbook.signs": [sentences.text(f"tables.symbol.{sign}", self.lang).plain for sign in _SIGNS],
        }
        row = self.lines(sheet, parts, (26, 62, 90))
        self.text(sheet, row, 0, self.say("workbook.sheets"), bold=True)
        for row, (name, title) in enumerate(listed, start=row):  # noqa: B020
            link = self.format(font_color="#0b4a7a", underline=1)
            sheet.write_url(row, 1, f"internal:'{name}'!A1", link, string=name)
            self.text(sheet, row, 2, title, text_wrap=True)
            self.height(sheet, row, [(title, 2 * WIDEST)])
        sheet.set_portrait()
        sheet.fit_to_pages(1, 1)


def write(
    path: Path,
    exhibits: tuple[Stored, ...],
    meta: Meta,
    lang: Lang,
    first: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Write the workbook: the answer first, then *Toelichting*, a sheet per table, claims and parameters.

    ``path``: file to write. ``exhibits``: what the notebooks published; a table that several exhibits share
    stands in it once. ``meta``: the run. ``lang``: language of headings, words and names of sheets.
    ``first``: the sentences of the first page by part: the answer.
    """
    book = _Book(path, meta, lang)
    if first:
        answer = book.sheet(book.say("workbook.answer"))
        end = book.lines(answer, {f"first.{name}": said for name, said in first.items()}, (26, 2 * WIDEST))
        book.text(answer, end, 1, book.status, **GREY, font_size=9)
    about = book.sheet(book.say("workbook.about"))
    book.about(about, [(book.table(sheet), sheet.title) for sheet in _sheets(exhibits, meta, lang)])
    book.book.close()
