"""Tables on a page and in a workbook: numbers with an address, text that computes nothing."""

import datetime
import re
import textwrap
import zipfile
from html.parser import HTMLParser
from types import SimpleNamespace

import openpyxl
import polars as pl
import pytest
import report_sample

from kik_analysis.errors import ModelError
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Column, Table
from kik_analysis.facts.claims import claims
from kik_analysis.figures import history
from kik_analysis.language import sentences
from kik_analysis.report import page, publish, tables, workbook

CAPTION = sentences.verbatim("Wat de tabel laat zien")
FILES = {"nl": "cijfers-nl.xlsx", "en": "figures-en.xlsx"}
HEAD = workbook.HEADER_ROW + 1
REACH = history.figure1_reach().table
DANGEROUS = ["begin", "=SUM(A1)", "+cmd", "@now", "einde"]
EVENTS = Table(
    "events",
    pl.DataFrame(
        {
            "step": DANGEROUS,
            "date": [datetime.date(2019, 4, 1), None, None, None, datetime.date(2020, 4, 1)],
            "value": [0.2, None, 1234.5, 2.0, 3.0],
        }
    ),
    (Column("step"), Column("date", "date"), Column("value", "decimal", "hours")),
    reads=("claim:L054", "parameter:team.fte"),
)


class Parsed(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.rows: list[list[str]] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def plain(column: Column, *cells: object) -> Table:
    return Table("t", pl.DataFrame({column.name: list(cells)}), (column,))


def test_every_header_has_a_scope_and_the_region_a_name():
    page = Parsed(tables.html(REACH, "nl", CAPTION))
    heads = [given["scope"] for tag, given in page.tags if tag == "th"]
    assert heads == ["col"] * len(page.rows[0]) + ["row"] * REACH.frame.height
    region = next(given for tag, given in page.tags if given.get("role") == "region")
    caption = next(given for tag, given in page.tags if tag == "caption")
    assert (region["aria-labelledby"], region["tabindex"]) == (caption["id"], "0")


@pytest.mark.parametrize(
    ("lang", "spoken"),
    [
        ("nl", ["Gesproken", "3.939", "56,7%", "57%", "ja", "L042 L052"]),
        ("en", ["Spoken to", "3,939", "56.7%", "57%", "yes", "L042 L052"]),
    ],
)
def test_cells_are_in_the_notation_and_words_of_the_language(lang, spoken):
    row = Parsed(tables.html(REACH, lang, CAPTION)).rows[1]
    assert row[:-1] == spoken[:-1]
    assert row[-1].startswith("L042")


def test_claims_are_named_and_numbers_have_address_class_and_machine_value():
    page = tables.html(REACH, "nl", CAPTION)
    assert '<span data-ref="L042">L042</span>' in page
    assert re.search(
        r'<data class="recomputed" value="56\.65\d*" data-n="figure1_reach/spoken/share">56,7</data>%', page
    )
    assert "<a " not in page


def test_signs_are_explained_where_they_are_used():
    limits = Table(
        "t", pl.DataFrame({"step": ["a"], "low": [None]}), (Column("step"), Column("low", "whole"))
    )
    assert "leeg" in tables.legend(limits, "nl")
    legend = tables.legend(EVENTS, "nl")
    assert "punt (.): onbekend; nul: " in legend
    assert "leeg" not in legend
    assert tables.legend(plain(Column("step"), "a"), "nl") == ""


@pytest.mark.parametrize(
    ("columns", "cells", "message"),
    [
        ("step place", ["a 1", "9 fte"], "column place: the text '9 fte' holds a digit"),
        ("step", ["3.939 mensen"], "column step: the text '3.939 mensen' holds a digit"),
        ("step place", ["a", "½"], "column place: the text '½' holds a digit"),
        ("nobody_knows", ["a"], r"add tables\.t\.nobody_knows or tables\.column\.nobody_knows"),
    ],
)
def test_what_no_reader_can_trace_is_refused(columns, cells, message):
    names = columns.split()
    table = Table(
        "t", pl.DataFrame([cells], schema=names, orient="row"), tuple(Column(name) for name in names)
    )
    with pytest.raises(ModelError, match=message):
        tables.html(table, "nl", CAPTION)


def test_names_are_references_and_markup_is_escaped():
    assert '<span data-ref="L042a">L042a</span>' in tables.html(plain(Column("step"), "L042a"), "nl", CAPTION)
    assert "&lt;script&gt;&amp;" in tables.html(plain(Column("step"), "<script>&"), "nl", CAPTION)


def test_hidden_columns_and_the_other_language_stay_out():
    names = ("step", "explanation_nl", "explanation_en", "unit", "claims")  # no row rests on a claim
    columns = tuple(Column(name, hidden=name == "unit") for name in names)
    table = Table("t", pl.DataFrame({name: [""] for name in names}), columns)
    for lang in ("nl", "en"):
        assert [one.name for one in tables.visible(table, lang)] == ["step", f"explanation_{lang}"]


def test_what_is_simulated_is_not_called_assumed():
    columns = tuple(Column(name, "decimal", evidence=Evidence.ASSUMED) for name in ("low", "high"))
    table = Table("t", pl.DataFrame({"low": [9.0], "high": [9.5]}), columns, reads=("simulation:s",))
    told = page.Page(report_sample.meta(), "nl", (), {}).kinds(SimpleNamespace(table=table)).plain
    assert re.search(r"aangenomen \([^)]*\); berekend uit aannames \([^)]*\)\.$", told)


# the workbook


@pytest.fixture(scope="module")
def books(built):
    return {lang: openpyxl.load_workbook(built / "tables" / name) for lang, name in FILES.items()}


def column(sheet, title: str) -> list[object]:
    place = [cell.value for cell in sheet[HEAD]].index(title) + 1
    return [sheet.cell(row, place) for row in range(HEAD + 1, sheet.max_row + 1)]


def test_the_answer_comes_first_then_the_explanation_which_lists_the_sheets(books):
    assert books["nl"].sheetnames[:3] == ["Antwoord", "Toelichting", "Bereik"]
    said = [row[1].value for row in books["nl"]["Antwoord"].iter_rows(min_row=3) if row[1].value]
    assert any("3.939" in line for line in said)
    assert books["nl"].sheetnames[-2:] == ["Uitspraken", "Parameters"]
    assert books["en"].sheetnames[:2] == ["Answer", "About"]
    cells = [cell.value for row in books["nl"]["Toelichting"].iter_rows() for cell in row if cell.value]
    for words in (
        "geen document van de gemeente",
        "bronnen: 9 oktober 2023.",
        "Versie 0.1.0, berekening a1b2c3d4.",
    ):
        assert any(words in cell for cell in cells), words
    assert set(books["nl"].sheetnames[2:]) <= set(cells)


def test_headings_and_numbers_are_the_readers(books):
    sheet = books["nl"]["Bereik"]
    assert sheet["A1"].value == "Van de 6.953 mensen in de groep zijn 3.939 gesproken"
    assert (sheet[HEAD][0].value, books["en"]["Reach"][HEAD][0].value) == ("Groep", "Group")
    share, persons = column(sheet, "Aandeel"), column(sheet, "Mensen")
    assert share[0].value == pytest.approx(3939 / 6953, abs=1e-6)
    assert (share[0].number_format, persons[0].value, persons[0].number_format) == ("0.0%", 3939, "#,##0")
    source = column(sheet, "Bron")[0]
    assert source.value.startswith("L042")
    assert (source.alignment.horizontal, source.alignment.indent) == ("left", 1)  # clear of the number before


def written(folder, table, lang):
    texts = {one: dict.fromkeys(("title", "subtitle", "alt", "note"), CAPTION) for one in ("nl", "en")}
    none = {"nl": (), "en": ()}
    stored = publish.Stored(table.name, "x", "10_x", 1, {}, {}, texts, (), none, (), table, "")
    workbook.write(folder / "a.xlsx", (stored,), report_sample.meta(), lang)
    return openpyxl.load_workbook(folder / "a.xlsx")[table.name]


def test_a_share_by_row_is_shown_in_percent_and_what_has_a_unit_of_its_own_is_not(tmp_path):
    made = [Column("measure"), Column("unit"), Column("base", "decimal")]
    own = Column("variance_ratio", "decimal", "ratio")
    frame = pl.DataFrame({"measure": ["a", "b"], "unit": ["share", "persons"], "base": [0.66, 2.0]})
    table = Table("of_rows", frame.with_columns(variance_ratio=pl.lit(1.67)), (*made, own), key=("measure",))
    sheet = written(tmp_path, table, "nl")
    shown = [[sheet.cell(HEAD + row, place).number_format for place in (3, 4)] for row in (1, 2)]
    assert shown == [["0%", "#,##0"], ["#,##0", "#,##0"]]


def test_no_code_stands_where_a_reader_expects_words(books):
    """Names of parameters and files are codes, as are ids of sources; all else is Dutch."""
    coded = {"Parameter", "Bron", "Staat in", "Formule"}
    for sheet in books["nl"].worksheets[2:]:
        for head in (cell.value for cell in sheet[HEAD] if cell.value not in coded):
            found = [cell.value for cell in column(sheet, head) if re.search(r"[a-z]_[a-z]", str(cell.value))]
            assert found == [], (sheet.title, head)
    assert "Grenzen" not in books["nl"].sheetnames  # its codes and numbers stand in words in three sheets


def test_all_claims_and_parameters_are_there(books):
    sheet = books["nl"]["Uitspraken"]
    ids = [cell.value for cell in column(sheet, "Nummer")]
    assert ids == list(claims().ids())
    values = dict(zip(ids, column(sheet, "Getal"), strict=True))
    assert values["L042"].value == 3939
    assert (values["L012"].value, values["L012"].number_format) == (0.51, "0%")
    parameters = books["nl"]["Parameters"]
    names = [cell.value for cell in column(parameters, "Parameter")]
    value = dict(zip(names, column(parameters, "Waarde"), strict=True))
    assert value["people.stock/spoken"].value == 3939
    assert value["run.start"].value == datetime.datetime(2019, 10, 7)
    words = {
        "policy.reminder_call": "nee",
        "policy.reinvite_declined": "ja",
        "team.organisation": "gezamenlijk",
    }
    assert {name: value[name].value for name in words} == words
    assert value["policy.priority"].value.startswith("vervolggesprekken, ")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_text_never_computes_and_cells_keep_their_types(tmp_path, lang):
    sheet = written(tmp_path, EVENTS, lang)
    steps = [sheet.cell(row, 1) for row in range(HEAD + 1, sheet.max_row + 1)]
    assert [cell.value for cell in steps] == DANGEROUS
    assert [cell.data_type for cell in steps] == ["s"] * 5
    assert [bool(cell.quotePrefix) for cell in steps] == [False, True, True, True, False]
    day = sheet.cell(HEAD + 1, 2)
    assert (day.value, day.number_format) == (
        datetime.datetime(2019, 4, 1), {"nl": "dd-mm-yyyy", "en": "yyyy-mm-dd"}[lang],
    )  # fmt: skip
    assert [sheet.cell(HEAD + 1 + row, 3).value for row in range(5)] == [0.2, ".", 1234.5, 2, 3]
    assert sheet["A2"].value.endswith({"nl": "Bron: L054.", "en": "Source: L054."}[lang])  # once, not by row
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not any(b"<f>" in archive.read(name) for name in sheets)


def test_sheets_are_set_up_for_reading_and_printing_without_names_or_clock(books):
    for name in books["nl"].sheetnames[2:]:
        sheet = books["nl"][name]
        assert sheet.freeze_panes == "B6"
        assert "uit openbare stukken, geen document van de gemeente. Stand van" in sheet.oddFooter.left.text
        assert sheet.page_setup.orientation == "landscape"
        assert all(4 < sheet.column_dimensions[letter].width < 65 for letter in "ABC")
        # a long line above it makes no table small on paper: it is broken, over columns of a page's width
        first = "C" if sheet.print_title_cols else "A"  # clear of the columns that each page repeats
        merged = {str(one).partition(":")[0] for one in sheet.merged_cells.ranges}
        assert {f"{first}{row}" for row in (1, 2, 3)} <= merged
        lines = len(textwrap.wrap(sheet[f"{first}2"].value, workbook.PAGE))
        assert (sheet.row_dimensions[2].height or workbook.LINE) >= workbook.LINE * lines
    sheet = books["nl"]["Uitspraken"]  # a row is as high as its words: LibreOffice does not see to that
    lines = {cell.row: len(textwrap.wrap(cell.value, workbook.WIDEST)) for cell in column(sheet, "Uitspraak")}
    assert max(lines.values()) > 2
    heights = {row: sheet.row_dimensions[row].height or workbook.LINE for row in lines}
    assert all(heights[row] >= workbook.LINE * many for row, many in lines.items())
    properties = books["nl"].properties
    assert properties.created == datetime.datetime(2023, 10, 9)
    assert (properties.creator or "", properties.lastModifiedBy or "") == ("", "")


@pytest.mark.parametrize(
    ("rows", "upright", "printed"), [(20, False, None), (200, True, None), (900, True, 65)]
)
def test_long_sheets_are_printed_upright_and_of_the_longest_the_first_rows(tmp_path, rows, upright, printed):
    names = [chr(97 + row % 26) + chr(97 + row // 26) for row in range(rows)]
    frame = pl.DataFrame({"step": names, "base": [1.5] * rows})
    table = Table("of_rows", frame, (Column("step"), Column("base", "decimal")), key=("step",))
    sheet = written(tmp_path, table, "nl")
    assert (sheet.page_setup.orientation == "portrait") == upright
    assert sheet.print_area == (f"'of_rows'!$A$1:$B${printed}" if printed else "")
    first = "Afgedrukt: de eerste 60 van 900 regels." if printed else "Onafhankelijke berekening"
    assert sheet.oddFooter.left.text.startswith(first)


def test_sheet_names_fit_excel():
    name = workbook.sheet_name("a/very:long*name?with[forbidden]characters_in_it", "nl")
    assert name == "a very long name with forbidden"
