"""The workbook: an explanation first, real numbers, text that computes nothing, the same bytes every run."""

import datetime
import zipfile

import openpyxl
import pytest
import report_sample

from kik_analysis.facts.claims import claims
from kik_analysis.report import workbook

FILES = {"nl": "cijfers-nl.xlsx", "en": "figures-en.xlsx"}
HEAD = workbook.HEADER_ROW + 1


@pytest.fixture(scope="module")
def books(built):
    return {lang: openpyxl.load_workbook(built / "tables" / name) for lang, name in FILES.items()}


def column(sheet, title: str) -> list[object]:
    heads = [cell.value for cell in sheet[HEAD]]
    place = heads.index(title) + 1
    return [sheet.cell(row, place) for row in range(HEAD + 1, sheet.max_row + 1)]


def test_the_explanation_comes_first_and_lists_the_sheets(books):
    assert books["nl"].sheetnames == ["Toelichting", "Bereik", "events", "Uitspraken", "Parameters"]
    assert books["en"].sheetnames[0] == "About"
    cells = [cell.value for row in books["nl"]["Toelichting"].iter_rows() for cell in row if cell.value]
    text = "\n".join(cells)
    assert "geen document van de gemeente" in text
    assert "Stand van de bronnen: 9 oktober 2023." in text
    assert "Versie 0.1.0, berekening a1b2c3d4." in text
    assert "punt (.): onbekend" in text
    assert set(books["nl"].sheetnames[1:]) <= set(cells)


def test_headings_are_in_the_readers_language(books):
    names = {"nl": "Bereik", "en": "Reach"}
    heads = {lang: [cell.value for cell in book[names[lang]][HEAD]] for lang, book in books.items()}
    assert heads["nl"][0] == "Groep"
    assert heads["en"][0] == "Group"
    assert books["nl"]["Bereik"]["A1"].value == "Van de 6.953 mensen zijn er 3.939 gesproken"


def test_numbers_are_numbers_and_dates_dates(books):
    sheet = books["nl"]["Bereik"]
    share = column(sheet, "Aandeel")
    assert [cell.value for cell in share] == [0.5665, 0.4335]
    assert share[0].number_format == "0.0%"
    persons = column(sheet, "Mensen")
    assert ([cell.value for cell in persons], persons[0].number_format) == ([3939, 3014], "#,##0")
    assert column(sheet, "Bron")[0].value == "L042 L040"
    events = books["nl"]["events"]
    assert column(events, "Datum")[0].value == datetime.datetime(2019, 4, 1)
    assert column(events, "Datum")[0].number_format == "dd-mm-yyyy"
    assert [cell.value for cell in column(events, "Waarde (uur)")] == [0.2, ".", 1234.5, 2, 3]
    assert column(events, "Bron")[0].value == "L054"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_text_never_computes(built, books, lang):
    events = books[lang]["events"]
    steps = [events.cell(row, 1) for row in range(HEAD + 1, events.max_row + 1)]
    assert [cell.value for cell in steps] == ["begin", "=SUM(A1)", "+31", "@now", "einde"]
    assert [cell.data_type for cell in steps] == ["s"] * 5
    assert [bool(cell.quotePrefix) for cell in steps] == [False, True, True, True, False]
    with zipfile.ZipFile(built / "tables" / FILES[lang]) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in archive.read(name)


def test_all_claims_and_parameters_are_there(books):
    sheet = books["nl"]["Uitspraken"]
    ids = [cell.value for cell in column(sheet, "Nummer")]
    assert ids == list(claims().ids())
    values = dict(zip(ids, column(sheet, "Getal"), strict=True))
    assert values["L042"].value == 3939
    assert (values["L012"].value, values["L012"].number_format) == (0.51, "0%")
    parameters = books["nl"]["Parameters"]
    assert [cell.value for cell in column(parameters, "Waarde")][:2] == [9, 75]
    assert column(parameters, "Bron")[4].value == "=1+1"


def test_sheets_are_set_up_for_reading_and_printing(books):
    for name in books["nl"].sheetnames[1:]:
        sheet = books["nl"][name]
        assert sheet.freeze_panes == "B6"
        assert sheet.oddFooter.left.text.startswith("Onafhankelijke berekening")
        assert sheet.page_setup.orientation == "landscape"
        assert all(4 < sheet.column_dimensions[letter].width < 65 for letter in "ABC")


def test_the_same_run_gives_the_same_bytes_without_names_or_clock(built, tmp_path, books):
    again = report_sample.run(tmp_path)
    for name in FILES.values():
        assert (again / "tables" / name).read_bytes() == (built / "tables" / name).read_bytes()
    properties = books["nl"].properties
    assert properties.created == datetime.datetime(2023, 10, 9)
    assert not properties.creator
    assert not properties.lastModifiedBy


@pytest.mark.parametrize(
    ("unit", "decimals", "expected"),
    [
        ("persons", 0, "#,##0"),
        ("hours", 2, "#,##0.00"),
        ("share", 1, "0.0%"),
        ("percent", 0, "0%"),
        ("year", 0, "0"),
    ],
)
def test_number_formats_follow_the_unit(unit, decimals, expected):
    assert workbook.number_format(unit, decimals) == expected


def test_sheet_names_fit_excel():
    assert workbook.sheet_name("a/very:long*name?with[forbidden]characters_in_it", "nl") == (
        "a very long name with forbidden"
    )
