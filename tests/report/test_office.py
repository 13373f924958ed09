"""LibreOffice opens the workbook and the memos of a whole run (`make proof`), where it is installed."""

import shutil
import subprocess

import openpyxl
import pypdf
import pytest
import whole

from kik_analysis.report import paper

pytestmark = pytest.mark.long
ALWAYS = """<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""
"""Its setting to compute all formulas again when a workbook is opened; else it shows the stored values."""
DECIMALS = 4
"""Of a stored value of the sum on one page."""


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("no LibreOffice is installed on this machine")
    home = tmp_path_factory.mktemp("office")
    (home / "user").mkdir()
    (home / "user/registrymodifications.xcu").write_text(ALWAYS)

    def convert(name, kind):
        file = whole.run() / whole.RESULT / name
        how = ["--headless", f"-env:UserInstallation={home.as_uri()}", "--convert-to", kind]
        subprocess.run([program, *how, "--outdir", home, file], check=True, capture_output=True)
        return file, home / f"{file.stem}.{kind}"

    return convert


def test_formulas_computed_again_give_the_stored_values(converted):
    file, anew = converted("tables/cijfers-nl.xlsx", "xlsx")
    stored, now = (openpyxl.load_workbook(one, data_only=True) for one in (file, anew))
    assert now.sheetnames == stored.sheetnames
    cells = [
        (sheet.title, cell.coordinate)
        for sheet in openpyxl.load_workbook(file)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert len(cells) > 20
    for sheet, place in cells:
        close = pytest.approx(stored[sheet][place].value, abs=0.5001 * 10**-DECIMALS)
        assert now[sheet][place].value == close, (sheet, place)


def test_the_hour_chain_follows_another_number_of_posts(converted, tmp_path):
    book = openpyxl.load_workbook(whole.run() / whole.RESULT / "tables/cijfers-nl.xlsx")
    row = {sheet[3].value: sheet[0].row for sheet in book["Urenketen"].iter_rows(min_row=6)}
    book["Urenketen"].cell(row["team.fte"], 2).value = 12
    book.save(tmp_path / "twelve.xlsx")
    anew = openpyxl.load_workbook(converted(tmp_path / "twelve.xlsx", "xlsx")[1], data_only=True)["Urenketen"]
    names = {cells[0].value: cells[1].value for cells in anew.iter_rows(min_row=6)}
    team, each = (
        names[f"Mensen {who}, gemiddeld over de manieren"] for who in ("voor het hele team", "per fte")
    )
    assert team == pytest.approx(12 * each)


@pytest.mark.parametrize("name", paper.MEMOS.values())
def test_a_memo_is_one_page(converted, name):
    assert len(pypdf.PdfReader(converted(f"report/{name}", "pdf")[1]).pages) == 1
