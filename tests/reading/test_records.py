"""Small CSV tables: what is read, and a sentence with a line for everything that is refused."""

import os
from dataclasses import dataclass

import pytest

from kik_analysis.errors import DataError
from kik_analysis.reading import records, storage
from kik_analysis.reading.problems import Problems


@dataclass
class Unit:
    name: str = records.column(name="unit")
    word: str = records.column(records.filled)
    family: str = records.column(records.one_of("beta", "normal"))
    line: int = 0


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return records.read(path, Unit, shown_as="params/t.csv", key="unit")


def test_rows_become_records_with_their_line_and_a_byte_order_mark_is_no_mistake(tmp_path):
    content = '\ufeffunit,word,family\r\nweeks,"weken,\nof zo",beta\r\nshare,deel,normal\r\n'
    found = read(tmp_path / "t.csv", content)
    assert [(unit.name, unit.word, unit.line) for unit in found] == [
        ("weeks", "weken,\nof zo", 2),
        ("share", "deel", 4),
    ]


HEAD = "unit,word,family\n"


@pytest.mark.parametrize("end", ["", "\n", ",,\n", "\r\n,,\r\n, ,\r\n"])
def test_empty_rows_that_excel_leaves_at_the_end_are_none_and_others_are_told(tmp_path, end):
    assert len(read(tmp_path / "t.csv", HEAD + "weeks,weken,beta\n" + end)) == 1
    with pytest.raises(DataError, match="2: unit: empty"):
        read(tmp_path / "t.csv", HEAD + ",,\nweeks,weken,beta\n" + end)


BAD = {
    "unit;word;family\nweeks;weken;beta\n": "1: cells are separated by semicolons; save the file with commas",
    "unit\tword\tfamily\n": "1: cells are separated by tabs",
    "weeks,weken,beta\n": "1: the first line does not name the columns (expected the columns unit, word",
    "unit,wordd,family\n": "1: word: missing column",
    HEAD + "weeks,weken\n": "2: weeks: wrong number of cells (got 2; expected 3)",
    HEAD + "weeks,,beta\n": "2: weeks.word: empty (expected a text)",
    HEAD + ",weken,beta\n": "2: unit: empty",
    HEAD + "weeks,a,betta\n": "2: weeks.family: not one of the words; did you mean beta? (got the text",
    HEAD + "weeks,a,beta\nweeks,b,beta\n": "3: weeks.unit: stands on line 2 too",
    HEAD + '"weeks,a,beta\n': "2: not readable as CSV",
    HEAD + "weeks,we\u200bk,beta\n": "2: weeks.word: a character that cannot be seen; remove it (got",
    (HEAD + "één,a,beta\n").encode("latin-1"): "2: the file is not text in UTF-8; save it as UTF-8",
    b"PK\x03\x04 .. xl/workbook.xml": "1: this is an Excel workbook (.xlsx), no text",
    b"": "1: the file is empty (expected the columns unit, word, family)",
}


@pytest.mark.parametrize(("cell", "write"), [("1.390", "1390, or 1.39"), ("-1.757", "-1757, or -1.7570")])
def test_a_number_that_dutch_reads_as_thousands_is_asked_about(tmp_path, cell, write):
    (tmp_path / "t.csv").write_text(f"id,high,note\na,{cell},1.390\n")
    problems = Problems()
    records.read_rows(tmp_path / "t.csv", ("id", "high", "note"), problems)
    said = f"t.csv:2: a.high: read as thousands or as a decimal? write {write} (got the text '{cell}')"
    assert problems.lines == (said,)


def test_a_number_without_end_is_told_in_short():
    with pytest.raises(records.WrongCell, match="a number of 5000 characters is too long"):
        records.parse_number("9" * 5000)


@pytest.mark.parametrize(("content", "message"), BAD.items())
def test_a_wrong_table_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(DataError) as caught:
        read(tmp_path / "t.csv", content)
    assert caught.value.lines[0].startswith(f"params/t.csv:{message}")


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "missing"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "t.csv"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    problems = Problems()
    assert storage.read_text(path, "t.csv", problems, 100) is None
    said = {"folder": "this is a folder", "missing": "no such file"}.get(kind, "this is a pipe or device")
    assert problems.lines[0].startswith(f"t.csv: {said}")


@pytest.mark.parametrize(
    "sign", ["\u00a0", "\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\x07", "\u3164", "\U000e0041"]
)
def test_characters_that_nobody_can_see_have_a_code_point(sign):
    assert storage.hidden(f"plan{sign}x") == f"U+{ord(sign):04X}"
    assert storage.hidden("gewone tekst, één €") == ""
