"""The tables as an Excel workbook: real numbers, headings in the reader's language, the same bytes every run.

The first sheet says what the workbook is. Numbers keep Excel's own formats, which show in the notation of
the reader's computer. Text is always written as text: a cell that begins with ``=`` computes nothing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.report import claims_list, collect, parameter_words, tables
from kik_analysis.report.meta import Meta
from kik_analysis.report.record import Stored

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet program take a text for a formula."""
LONGEST_NAME = 31
WIDEST = 60
HEADER_ROW = 4
"""Row of the headings, counted from zero: above it stand title, statistic and status."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def sheet_name(name: str, lang: Lang) -> str:
    """Return the name of a table's sheet: ``sheet.NAME`` in ``texts/tables.toml``, else the table's own."""
    key = f"tables.sheet.{name}"
    words = sentences.text(key, lang).plain if sentences.has(key) else name
    return _FORBIDDEN.sub(" ", words)[:LONGEST_NAME]


class _Book:
    """One workbook being written."""

    def __init__(self, path: Path, meta: Meta, lang: Lang) -> None:
        import xlsxwriter

        self.meta, self.lang = meta, lang
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties(
            {
                "title": sentences.text("report.page.title", lang).plain,
                "subject": sentences.text("report.page.status", lang).plain,
                "author": "",
                "comments": f"{meta.version} {meta.digest}",
                # not the clock: the same run gives the same bytes
                "created": datetime.datetime.combine(meta.sources_until, datetime.time()),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.taken: set[str] = set()

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted({"font_name": "Calibri", "valign": "top", **properties}.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def say(self, key: str, **values: object) -> str:
        return sentences.text(f"report.{key}", self.lang, **values).plain

    def sheet(self, name: str) -> Any:
        unique, number = name, 1
        while unique.lower() in self.taken:
            number += 1
            unique = f"{name[: LONGEST_NAME - 4]} ({number})"
        self.taken.add(unique.lower())
        sheet = self.book.add_worksheet(unique)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self.status()}&R&P / &N".replace("\n", " ")[:250])
        return sheet

    def status(self) -> str:
        version, digest = Ref(self.meta.version), Ref(self.meta.digest)
        return self.say("page.line", version=version, digest=digest)

    def text(self, sheet: Any, row: int, column: int, words: str, **properties: Any) -> None:
        if words.startswith(FORMULA_STARTS):
            properties["quote_prefix"] = True
        if words:
            sheet.write_string(row, column, words, self.format(**properties))

    def table(
        self,
        name: str,
        heading: str,
        about: str,
        titles: list[str],
        rows: Iterable[list[tuple[Any, dict[str, Any]]]],
    ) -> str:
        """Write a sheet with a title and a table below it; return the sheet's name."""
        sheet = self.sheet(name)
        self.text(sheet, 0, 0, heading, bold=True, font_size=14)
        self.text(sheet, 1, 0, about, font_color="#595959")
        self.text(sheet, 2, 0, self.status(), font_color="#595959", font_size=9)
        widths = [len(title) for title in titles]
        content = list(rows)
        for number, row in enumerate(content, start=HEADER_ROW + 1):
            for column, (value, properties) in enumerate(row):
                widths[column] = max(widths[column], self._value(sheet, number, column, value, properties))
        for column, title in enumerate(titles):
            right = bool(content) and isinstance(content[0][column][0], int | float)
            align = "right" if right else "left"
            self.text(sheet, HEADER_ROW, column, title, bold=True, bottom=2, text_wrap=True, align=align)
            sheet.set_column(column, column, min(max(widths[column], 9), WIDEST) + 2)
        sheet.freeze_panes(HEADER_ROW + 1, 1)
        sheet.repeat_rows(HEADER_ROW)
        if content:
            sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + len(content), len(titles) - 1)
        return str(sheet.get_name())

    def _value(self, sheet: Any, row: int, column: int, value: Any, properties: dict[str, Any]) -> int:
        if value is None or value == "":
            return 0
        if isinstance(value, str):
            self.text(sheet, row, column, value, text_wrap=len(value) > WIDEST, **properties)
            return len(value)
        if isinstance(value, datetime.date):
            shown = self.format(num_format="yyyy-mm-dd" if self.lang == "en" else "dd-mm-yyyy", align="left")
            sheet.write_datetime(row, column, datetime.datetime.combine(value, datetime.time()), shown)
            return 10
        sheet.write_number(row, column, value, self.format(**properties))
        return len(f"{value:,.0f}") + 4


def number_format(unit: str, decimals: int) -> str:
    """Return Excel's format for a unit; commas and points in it mean "as the reader's computer does"."""
    places = "." + "0" * decimals if decimals else ""
    if unit in ("share", "percent"):
        return f"0{places}%"
    return "0" if unit == "year" else f"#,##0{places}"


def _cell(table: Table, row: int, column: Column, lang: Lang) -> tuple[Any, dict[str, Any]]:
    value = table.frame[column.name][row]
    if column.numeric:
        if value is None:
            return tables.blank(column), {"align": "right"}
        scaled = value / 100 if column.unit == "percent" else value
        return scaled, {"num_format": number_format(column.unit, column.shown)}
    if value is None or isinstance(value, datetime.date):
        return value, {}
    return tables.cell(table, row, column, lang, links=False).plain, {}


def _claims_of(table: Table) -> str:
    return " ".join(read.partition(":")[2] for read in table.reads if read.startswith("claim:"))


def _exhibit(book: _Book, stored: Stored) -> tuple[str, str]:
    table, lang = stored.table, book.lang
    assert table is not None
    columns = tables.visible(table, lang)
    titles = []
    for column in columns:
        measure = tables.unit(column, lang)
        title = tables.title(table, column, lang)
        repeated = not measure or measure.lower() == title.lower() or tables.ROW_UNIT in table.frame.columns
        titles.append(title if repeated else f"{title} ({measure})")
    rows = [[_cell(table, row, column, lang) for column in columns] for row in range(table.frame.height)]
    if "claims" not in table.frame.columns:
        titles.append(sentences.text("tables.column.claims", lang).plain)
        rows = [[*row, (_claims_of(table), {})] for row in rows]
    texts = stored.texts[lang]
    name = book.table(
        sheet_name(table.name, lang), texts["title"].plain, texts["subtitle"].plain, titles, rows
    )
    return name, texts["title"].plain


def _part(number: Number | None, part: str) -> tuple[Any, dict[str, Any]]:
    value = getattr(number, part, None)
    if number is None or value is None:
        return None, {}
    scaled = value / 100 if number.unit == "percent" else value
    return scaled, {"num_format": number_format(number.unit, number.decimals)}


def _parts(written: collect.Written) -> list[tuple[Any, dict[str, Any]]]:
    """Return value, low and high; the limits of an exact number are the number."""
    limits = written.range or written.value
    low, high = ("low", "high") if written.range else ("value", "value")
    return [_part(written.value, "value"), _part(limits, low), _part(limits, high)]


def _claims(book: _Book) -> tuple[str, str]:
    lang = book.lang
    titles = [book.say(f"claims.{name}") for name in ("id", "statement", "value")]
    titles += [sentences.text(f"tables.column.{name}", lang).plain for name in ("low", "high", "unit")]
    titles += [book.say("documents.document"), book.say("claims.place")]
    rows = []
    for claim in book.meta.claims:
        document = book.meta.documents[claim.document]
        rest = (
            parameter_words.unit(claim.unit, lang),
            document.title_nl if lang == "nl" else document.title_en,
            claims_list.place_words(claim.place, lang),
        )
        statement = claim.statement_nl if lang == "nl" else claim.statement_en
        row = [(claim.id, {}), (statement, {}), *_parts(collect.of_claim(claim))]
        rows.append([*row, *((one, {}) for one in rest)])
    title = book.say("claims.title")
    return book.table(book.say("workbook.claims"), title, book.say("claims.intro"), titles, rows), title


def _settings(book: _Book) -> tuple[str, str]:
    lang = book.lang
    titles = [book.say(f"parameters.{name}") for name in ("path", "meaning", "value")]
    titles += [sentences.text(f"tables.column.{name}", lang).plain for name in ("low", "high")]
    titles += [book.say(f"parameters.{name}") for name in ("unit", "source", "confidence", "place")]
    rows = []
    for setting in book.meta.settings:
        parts = _parts(collect.of_setting(setting))
        if parts[0][0] is None and setting.value is not None:
            is_date = isinstance(setting.value, datetime.date)
            parts[0] = (setting.value if is_date else str(setting.value), {})
        unit = parameter_words.unit(setting.unit, lang)
        rest = (unit, parameter_words.source(setting.source, lang), setting.confidence, setting.place)
        what = parameter_words.label(setting, lang)
        rows.append([(setting.address, {}), (what, {}), *parts, *((one, {}) for one in rest)])
    title = book.say("parameters.title")
    about = book.say("parameters.intro")
    return book.table(book.say("workbook.parameters"), title, about, titles, rows), title


def _about(book: _Book, sheet: Any, listed: list[tuple[str, str]]) -> None:
    lang, meta = book.lang, book.meta
    state = sentences.text("report.page.state", lang, day=meta.sources_until).plain
    version = book.say("page.version", version=Ref(meta.version), digest=Ref(meta.digest))
    scenario = book.say("page.scenario", title=Ref(meta.title[lang]))
    example = meta.claims[0].id if meta.claims else "L"
    signs = [
        sentences.text(f"tables.symbol.{key}", lang).plain
        for key in ("blank", "unknown", "small", "rounding")
    ]
    lines = [
        (book.say("workbook.what"), [book.say("workbook.what_text"), book.say("page.lead")]),
        (book.say("workbook.status"), [book.say("page.status"), state]),
        (book.say("workbook.run"), [scenario, version, *meta.warnings]),
        (book.say("workbook.read"), [book.say("workbook.read_text", example=Ref(example))]),
        (book.say("workbook.signs"), signs),
    ]
    book.text(sheet, 0, 0, book.say("page.title"), bold=True, font_size=14)
    row = 2
    for heading, texts in lines:
        book.text(sheet, row, 0, heading, bold=True)
        for text in texts:
            book.text(sheet, row, 1, text, text_wrap=True)
            row += 1
        row += 1
    book.text(sheet, row, 0, book.say("workbook.sheets"), bold=True)
    for name, title in listed:
        link = book.format(font_color="#0b4a7a", underline=1)
        sheet.write_url(row, 1, f"internal:'{name}'!A1", link, string=name)
        book.text(sheet, row, 2, title, text_wrap=True)
        row += 1
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 62)
    sheet.set_column(2, 2, 90)


def write(path: Path, exhibits: tuple[Stored, ...], meta: Meta, lang: Lang) -> None:
    """Write the workbook: the sheet *Toelichting* first, then one sheet per table, claims and parameters.

    Parameters
    ----------
    path
        File to write.
    exhibits
        What the notebooks published; a table that several exhibits share stands in it once.
    meta
        The run.
    lang
        Language of headings, words and names of sheets.
    """
    book = _Book(path, meta, lang)
    about = book.sheet(book.say("workbook.about"))
    listed: list[tuple[str, str]] = []
    seen: set[str] = set()
    for stored in exhibits:
        if stored.table is not None and stored.table.place != "file" and stored.table.name not in seen:
            seen.add(stored.table.name)
            listed.append(_exhibit(book, stored))
    if meta.claims:
        listed.append(_claims(book))
    if meta.settings:
        listed.append(_settings(book))
    _about(book, about, listed)
    book.book.close()
