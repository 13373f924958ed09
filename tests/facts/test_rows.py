"""The guard at the door of data/published: planted faults, each named with its line."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

import kik_analysis
from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import recording
from kik_analysis.evidence.table import DESCRIBED, described
from kik_analysis.facts import numbers
from kik_analysis.facts.audit import Identity, Share
from kik_analysis.facts.claims import (
    claims,
    corrections,
    documents,
    load_corrections,
    load_documents,
    read_claims,
)
from kik_analysis.facts.history import Event
from kik_analysis.facts.numbers import Row, number

FOLDER = project.data("published")
READERS = {
    "claims.csv": read_claims,
    "corrections.csv": load_corrections,
    "documents.csv": load_documents,
    "numbers.csv": lambda path: numbers.rows(path, Row, "id"),
    "identities.csv": lambda path: numbers.rows(path, Identity),
    "shares.csv": lambda path: numbers.rows(path, Share, "claim"),
    "events.csv": lambda path: numbers.rows(path, Event, "name"),
    "tables.csv": described,
}
LINES = (Path(__file__).parent / "bad_rows.txt").read_text(encoding="utf-8").splitlines()
FAULTS = [line.split(" | ") for line in LINES if not line.startswith("#")]


@pytest.fixture
def copy(tmp_path):
    """Return what changes a file in a copy of the folder, and says its path, the line and the first cell."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "published"))
    shutil.copy(DESCRIBED, folder)

    def change(name, old, new):
        text = (folder / name).read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        cell = re.fullmatch(r"(\w+)\.(\w+)", old)
        if cell:
            place = next(k for k, row in enumerate(rows, 1) if cell[1] in (row[0], str(k)))
            first = rows[place - 1][0]
            rows[place - 1][rows[0].index(cell[2])] = new
            with (folder / name).open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows(rows)
            return folder / name, place, new if rows[0][0] == cell[2] else first
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
        return folder / name, text[: text.index(old)].count("\n") + 1, ""

    return change


def refused(path):
    with pytest.raises(DataError) as caught:
        READERS[path.name](path)
    return caught.value.lines


@pytest.mark.long(every=2)
@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS)
def test_a_planted_fault_is_named_with_its_line(copy, name, old, new, message):
    path, line, first = copy(name, old, new)
    start, message = f"{name}:{line}: ", message.replace("{}", first)
    assert any(one.startswith(start) and message in one for one in refused(path)), refused(path)


@pytest.mark.parametrize("name", READERS)
def test_an_unchanged_file_passes(copy, name):
    assert READERS[name](copy(name, ",", ",")[0])


def test_a_year_of_five_digits_is_refused_even_when_its_limits_agree(copy):
    for column in ("value", "low", "high"):
        path, line, _ = copy("claims.csv", f"L027.{column}", "20171")
    assert any(one.startswith(f"claims.csv:{line}: L027.value: not a year") for one in refused(path))


def test_all_problems_come_at_once_in_the_order_of_the_file(copy):
    planted = [("Z030.kind", "tally"), ("L010.value", "13.275"), ("D018.statement_nl", "")]
    path, *_ = places = [copy("claims.csv", *one)[k] for k in (0, 1) for one in planted]
    heads = [line.split(" ")[0] for line in refused(path)]
    assert list(dict.fromkeys(heads)) == [f"claims.csv:{line}:" for line in sorted(places[3:])]


BROKEN = [
    (",unit,", ",", "claims.csv:1: unit: missing column (expected the columns id"),
    (",unit,", ",unitt,", "claims.csv:1: unitt: unknown column; did you mean unit?"),
    ("id,document", "document,id", "claims.csv:1: columns in another order"),
    (",unit,", ",unit,unit,", "claims.csv:1: unit: column stands there twice"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_another_first_line_is_named(copy, old, new, message):
    assert any(line.startswith(message) for line in refused(copy("claims.csv", old, new)[0]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}L999,letter_2019\n", "claims.csv:194: L999: wrong number of cells (got 2; expected 18)"),
        (b'{}"L999\n', "claims.csv:194: not readable as CSV"),
        (b"", "claims.csv:1: the file is empty (expected the columns id, document"),
        ("\u00e9\u00e9n".encode("latin-1"), "claims.csv:1: the file is not text in UTF-8"),
        (None, "claims.csv: no such file"),
    ],
)
def test_a_broken_file_is_named(copy, content, message):
    path, _, _ = copy("claims.csv", "L040.kind", "count")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content.replace(b"{}", path.read_bytes()))
    assert any(line.startswith(message) for line in refused(path)), refused(path)


def test_one_field_is_corrected_once_and_for_a_change(copy):
    path, _, _ = copy("corrections.csv", "6.kind", "mistake")
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*rows[:2], rows[1], *rows[2:]]), encoding="utf-8")
    assert any(
        re.match(r"corrections\.csv:3: .*\.field: stands on line 2 too", line) for line in refused(path)
    )
    load_corrections.cache_clear()
    path.write_text("".join(rows), encoding="utf-8")
    path, _, _ = copy("corrections.csv", "2.was", corrections()[0].now)
    assert "nothing was corrected" in refused(path)[0]


def test_a_claim_that_moves_away_from_its_correction_is_found(copy):
    path, _, _ = copy("claims.csv", "before 2021,rounded", "circa 2015,rounded")
    assert any(
        "D004.now: not what claims.csv holds" in line for line in refused(path.with_name("corrections.csv"))
    )


@pytest.mark.parametrize("reader", [documents, corrections])
def test_reading_them_is_on_record(reader):
    with recording() as recorder:
        reader()
    assert [read.label for read in recorder.reads] == [f"file:data/published/{reader.__name__}.csv"]


def test_both_transcriptions_of_the_letter_are_described():
    found, said = documents(), claims()
    assert list(found) == ["letter_2019", "letter_2019_b", "debate_2021", "letter_2016", "proposal_2023"]
    assert found["letter_2019"].date == found["letter_2019_b"].date == said["L082"].as_of
    assert found["letter_2016"].date == said["W001"].as_of
    assert found["letter_2016"].reference in said["W001"].statement_en
    assert found["proposal_2023"].date == said["Z001"].as_of


def test_the_claims_hold_what_was_corrected_in_their_order_each_with_its_reason():
    found, order = corrections(), claims().ids()
    assert len(found) > 100
    for one in found:
        claim = claims()[one.claim]
        assert (claim.cell(one.field), claim.document, claim.place) == (one.now, one.document, one.place)
        assert one.was != one.now
        assert one.reason != one.reason_nl
    places = [order.index(one.claim) for one in found]
    assert places == sorted(places)
    (office,) = [one for one in found if one.claim == "L060"]  # a misprint of the second transcription
    assert ("Buiterplein" in office.was, "Buitenplein" in office.now) == (True, True)


def test_a_number_says_how_it_was_computed_and_an_unknown_one_is_answered_with_the_nearest():
    share = number("figure1.spoken_share")
    assert share.value == pytest.approx(100 * 3939 / 6953)
    assert share.computation == "numbers.csv: 100*(L042/L040)"
    assert (number("audit.hard_to_reach").low, number("audit.hard_to_reach").high) == (550, 649)
    assert number("audit.left_by_pilot").value is None
    with pytest.raises(DataError, match=r"no number figure1\.spokn; did you mean figure1\.spoken\?"):
        number("figure1.spokn")


def test_every_row_is_shown_somewhere():
    package = Path(kik_analysis.__file__).parent
    rooms = ("figures", "facts", "answers")
    code = "\n".join(
        path.read_text(encoding="utf-8") for room in rooms for path in (package / room).glob("*.py")
    )
    texts = "\n".join(path.read_text(encoding="utf-8") for path in (package / "texts").glob("*.toml"))

    def shown(name: str) -> bool:
        # by its id, or by its last word in a sentence of an exhibit that takes all of its stem
        stem, _, last = name.rpartition(".")
        by_word = f'"{stem}"' in code and ("{" + last + "}" in texts or "{" + last + "." in texts)
        return f'"{name}"' in code or by_word

    assert [row.id for row in READERS["numbers.csv"](FOLDER / "numbers.csv") if not shown(row.id)] == []
