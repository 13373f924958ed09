"""Corrections are data: each refers to a claim and a field, and the claims hold what they say."""

import csv
import io

import pytest

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import recording
from kik_analysis.facts.claims import claims
from kik_analysis.facts.corrections import COLUMNS, CorrectionKind, corrections, load_corrections

FOLDER = project.data("published")
FOUND = corrections()


def test_the_claims_hold_what_was_corrected():
    assert len(FOUND) > 100
    for one in FOUND:
        assert claims()[one.claim].cell(one.field) == one.now, one.claim
        assert one.was != one.now
        assert one.document == claims()[one.claim].document
        assert one.place == claims()[one.claim].place


def test_they_stand_in_the_order_of_the_claims_and_each_gives_its_reason():
    order = claims().ids()
    places = [order.index(one.claim) for one in FOUND]
    assert places == sorted(places)
    assert all(one.reason and one.reason_nl and one.reason != one.reason_nl for one in FOUND)
    assert {one.kind for one in FOUND} <= set(CorrectionKind)


def test_a_misprint_of_the_second_transcription_was_put_right():
    (office,) = [one for one in FOUND if one.claim == "L060"]
    assert "Buiterplein" in office.was
    assert "Buitenplein" in office.now


def test_reading_them_is_on_record():
    with recording() as recorder:
        corrections()
    assert [read.label for read in recorder.reads] == ["file:data/published/corrections.csv"]


FAULTS = [
    ("claim", "L9999", "unknown claim"),
    ("field", "vallue", "unknown field; did you mean value?"),
    ("now", "something else", "not what claims.csv holds"),
    ("kind", "guess", "unknown kind"),
    ("document", "letter_2020", "unknown document"),
    ("reason", "", "empty"),
    ("reason_nl", "", "empty"),
    ("place", "", "empty"),
]


@pytest.fixture
def copy(tmp_path):
    for name in ("claims.csv", "documents.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    text = (FOLDER / "corrections.csv").read_text(encoding="utf-8")

    def write(change):
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        change(rows)
        with (tmp_path / "corrections.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / "corrections.csv"

    return write


@pytest.mark.parametrize(("column", "cell", "message"), FAULTS)
def test_a_planted_fault_is_named_with_its_line(copy, column, cell, message):
    path = copy(lambda rows: rows[4].__setitem__(column, cell))
    with pytest.raises(DataError) as caught:
        load_corrections(path)
    name = cell if column == "claim" else FOUND[4].claim
    assert any(
        line.startswith(f"corrections.csv:6: {name}.{column}: {message}") for line in caught.value.lines
    )


def test_one_field_is_corrected_once_and_for_a_change(copy):
    path = copy(lambda rows: rows.insert(1, dict(rows[0])))
    with pytest.raises(DataError, match=r"^corrections\.csv:3: .*\.field: stands on line 2 too"):
        load_corrections(path)
    path = copy(lambda rows: rows[0].__setitem__("was", rows[0]["now"]))
    with pytest.raises(DataError, match="nothing was corrected"):
        load_corrections(path)


def test_a_claim_that_moves_away_from_its_correction_is_found(copy, tmp_path):
    path = copy(lambda rows: None)
    text = (tmp_path / "claims.csv").read_text(encoding="utf-8")
    (tmp_path / "claims.csv").write_text(
        text.replace("before 2021,rounded", "circa 2015,rounded"), encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"D004\.now: not what claims\.csv holds"):
        load_corrections(path)
