"""The guard at the door of claims.csv: planted faults, each named with its line."""

import csv
import io

import pytest

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.facts.claims import COLUMNS, claims, load_claims
from kik_analysis.facts.periods import AS_OF

FOLDER = project.data("published")


@pytest.fixture
def copy(tmp_path):
    """Return a function that writes a changed claims.csv and gives its path and the line of each claim."""
    (tmp_path / "documents.csv").write_bytes((FOLDER / "documents.csv").read_bytes())
    text = (FOLDER / "claims.csv").read_text(encoding="utf-8")

    def write(*changes):
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        lines = {row["id"]: number for number, row in enumerate(rows, 2)}
        for name, column, cell in changes:
            rows[lines[name] - 2][column] = cell
        with (tmp_path / "claims.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / "claims.csv", lines

    return write


FAULTS = [
    # claim, column, planted cell, what the line says after "claims.csv:LINE: "
    ("L042", "value", "3.939.000", "L042.value: not a number (got the text '3.939.000'; expected digits"),
    ("L042", "value", "nan", "L042.value: not a number"),
    ("L042", "value", "1e3", "L042.value: not a number"),
    ("L042", "low", "4000", "L042.low: above high (got the text '4000'; expected 3939 at most)"),
    ("L042", "value", "3940", "L042.value: outside low..high (got the text '3940'; expected 3939 to 3939)"),
    ("L042", "value", "", "L042.value: empty (expected a number, as the precision is exact)"),
    ("L042", "value", "3939.0", "L042.value: not a whole number of persons"),
    ("L042", "precision", "exactt", "L042.precision: unknown precision; did you mean exact? (got"),
    ("L042", "kind", "tally", "L042.kind: unknown kind"),
    ("L042", "unit", "person", "L042.unit: unknown unit; did you mean persons? (got"),
    ("L042", "unit", "", "L042.unit: empty (expected the unit of the number)"),
    (
        "L042",
        "document",
        "letter_2020",
        "L042.document: unknown document (got the text 'letter_2020'; expected",
    ),
    ("L042", "date", "2019-10-11", "L042.date: not the document's date (got the text '2019-10-11'; expected"),
    ("L042", "as_of", "autumn", "L042.as_of: not a date or period"),
    ("L042", "as_of", "20171", "L042.as_of: not a date or period"),
    ("L042", "statement_nl", "", "L042.statement_nl: empty (expected a text)"),
    ("L042", "statement_en", " ", "L042.statement_en: empty"),
    ("L042", "reason_nl", "", "L042.reason_nl: empty (expected why the interval is this one)"),
    ("L042", "place", "", "L042.place: empty"),
    ("L042", "id", "", "id: empty (expected a capital letter"),
    ("L042", "id", "42", "42.id: not a claim id (got the text '42'; expected a capital letter"),
    ("L042", "id", "L040", "L040.id: stands on line"),
    ("L042", "subject", "group_size", "L042.subject: stands on line"),
    ("L042", "derivation", "L999/L040 -> 0.5", "L042.derivation: unknown claim L999"),
    ("L042", "derivation", "L040", "L042.derivation: not a derivation (got L040; expected EXPRESSION"),
    ("L042", "derivation", "open(L040) -> 1", "L042.derivation: not allowed in an expression"),
    ("L027", "value", "20171", "L027.value: outside low..high"),
    ("D007", "value", "17", "D007.value: two numbers are named"),
    ("D007", "high", "", "D007.high: empty (expected the number that is named)"),
    ("L005", "value", "5", "L005.value: a claim of precision n/a has no value"),
    ("L082", "value", "2019", "L082.value: a date has no value"),
    ("L082", "as_of", "2015..2019", "L082.as_of: not one date"),
]


class TestTheGuard:
    @pytest.mark.parametrize(("name", "column", "cell", "message"), FAULTS)
    def test_a_planted_fault_is_named_with_its_line(self, copy, name, column, cell, message):
        path, lines = copy((name, column, cell))
        with pytest.raises(DataError) as caught:
            load_claims(path)
        wanted = f"claims.csv:{lines[name]}: {message}"
        assert any(line.startswith(wanted) for line in caught.value.lines), caught.value

    def test_a_year_of_five_digits_is_refused_even_when_its_limits_agree(self, copy):
        path, lines = copy(*[("L027", column, "20171") for column in ("value", "low", "high")])
        with pytest.raises(DataError, match=rf"claims.csv:{lines['L027']}: L027.value: not a year"):
            load_claims(path)

    def test_all_problems_come_at_once_in_the_order_of_the_file(self, copy):
        planted = [("Z030", "kind", "tally"), ("L010", "value", "13.275"), ("D018", "statement_nl", "")]
        path, lines = copy(*planted)
        with pytest.raises(DataError) as caught:
            load_claims(path)
        heads = [line.split(" ")[0] for line in caught.value.lines]
        expected = [f"claims.csv:{lines[name]}:" for name in ("L010", "D018", "Z030")]
        assert list(dict.fromkeys(heads)) == expected

    def test_an_unchanged_copy_passes(self, copy):
        path, _ = copy()
        assert load_claims(path).ids() == claims().ids()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda text: text.replace(",unit,", ",", 1),
                "claims.csv:1: unit: missing column (expected the columns id",
            ),
            (
                lambda text: text.replace(",unit,", ",unitt,", 1),
                "claims.csv:1: unitt: unknown column; did you mean unit?",
            ),
            (
                lambda text: text.replace("id,document", "document,id", 1),
                "claims.csv:1: columns in another order",
            ),
            (
                lambda text: text.replace(",unit,", ",unit,unit,", 1),
                "claims.csv:1: unit: column stands there twice",
            ),
            (
                lambda text: text + "L999,letter_2019\n",
                "claims.csv:194: L999: wrong number of cells (got 2; expected 18)",
            ),
            (lambda text: text + '"L999\n', "claims.csv:194: not readable as CSV"),
            (lambda text: "", "claims.csv:1: id: missing column"),
        ],
    )
    def test_a_broken_file_is_named(self, tmp_path, change, message):
        (tmp_path / "documents.csv").write_bytes((FOLDER / "documents.csv").read_bytes())
        text = change((FOLDER / "claims.csv").read_text(encoding="utf-8"))
        (tmp_path / "claims.csv").write_text(text, encoding="utf-8", newline="")
        with pytest.raises(DataError) as caught:
            load_claims(tmp_path / "claims.csv")
        assert any(line.startswith(message) for line in caught.value.lines), caught.value

    def test_a_file_that_is_not_there_or_not_utf8_is_named(self, tmp_path):
        (tmp_path / "documents.csv").write_bytes((FOLDER / "documents.csv").read_bytes())
        with pytest.raises(DataError, match=r"^claims\.csv: no such file"):
            load_claims(tmp_path / "claims.csv")
        (tmp_path / "claims.csv").write_bytes("één".encode("latin-1"))
        with pytest.raises(DataError, match=r"^claims\.csv:1: the file is not text in UTF-8"):
            load_claims(tmp_path / "claims.csv")

    @pytest.mark.parametrize(
        "text",
        [
            "2019-10-10",
            "2015..2019-07",
            "2019-10 or 2019-07",
            "from 2021",
            "circa 2015",
            "before 2020 summer",
            "2019 end",
        ],
    )
    def test_dates_and_periods_that_are_understood(self, text):
        assert AS_OF.fullmatch(text)

    @pytest.mark.parametrize(
        "text", ["20171", "2019-13", "2019-10-32", "summer 2018", "2015..", "now", "2015...2016"]
    )
    def test_dates_and_periods_that_are_not(self, text):
        assert not AS_OF.fullmatch(text)
