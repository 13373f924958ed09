"""The published claims: what the file holds, how it is guarded, and what a look at it records."""

import csv
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.number import measure
from kik_analysis.evidence.reads import Evidence, recording
from kik_analysis.facts.audit import audit
from kik_analysis.facts.bounds import bounds
from kik_analysis.facts.claims import KINDS, claims, documents, substituted
from kik_analysis.facts.numbers import number
from kik_analysis.facts.precision import UNITS, Precision

FOLDER = project.data("published")
CLAIMS = claims()
ALL = [CLAIMS[name] for name in CLAIMS]
PLACE = re.compile(
    r"heading|introduction|footnote \d|\d\d:\d\d:\d\d(\.\.\d\d:\d\d:\d\d)?"
    r"|(section (\d|'[^']+')|appendix)(, (measure \d|points? \d( and \d)?|'[^']+'))?"
)


_, *REFUSED = Path(__file__).with_name("refused_claims.txt").read_text("utf-8").splitlines()


def claims_of(letter):
    return [claim for claim in ALL if claim.id.startswith(letter)]


class TestTheFile:
    def test_holds_192_claims_of_four_documents(self):
        assert len(ALL) == 192
        counts = {letter: len(claims_of(letter)) for letter in "LDWZ"}
        assert counts == {"L": 84, "D": 56, "W": 20, "Z": 32}
        found = {letter: {claim.document for claim in claims_of(letter)} for letter in "LDWZ"}
        assert found == {
            "L": {"letter_2019"},
            "D": {"debate_2021"},
            "W": {"letter_2016"},
            "Z": {"proposal_2023"},
        }

    def test_is_sorted_by_document_then_id(self):
        order = list(documents())
        keys = [(order.index(claim.document), claim.id) for claim in ALL]
        assert keys == sorted(keys)

    @pytest.mark.parametrize("name", ["claims.csv", "documents.csv", "corrections.csv"])
    def test_is_plain_utf8_with_line_feeds_and_reads_alike_in_csv_and_polars(self, name):
        content = (FOLDER / name).read_bytes()
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\n")
        assert not content.endswith(b"\n\n")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        assert all(cell == cell.strip() for row in rows for cell in row)
        frame = pl.read_csv(content, infer_schema=False).fill_null("")
        assert [list(frame.columns), *map(list, frame.iter_rows())] == rows

    def test_numbers_are_read_as_numbers_by_polars(self):
        frame = pl.read_csv(FOLDER / "claims.csv", infer_schema_length=None)
        assert all(frame[column].dtype == pl.Float64 for column in ("value", "low", "high"))
        assert frame.filter(pl.col("id") == "L042")["value"].item() == 3939

    def test_every_place_is_a_section_a_footnote_or_a_time_mark(self):
        odd = [(claim.id, claim.place) for claim in ALL if not PLACE.fullmatch(claim.place)]
        assert odd == []
        debate = [claim for claim in claims_of("D") if claim.place != "heading"]
        assert all(re.match(r"0[01]:\d\d:\d\d", claim.place) for claim in debate)

    def test_closed_lists_are_used_in_full(self):
        # a word that no claim uses has no place on the list
        assert {claim.precision for claim in ALL} == set(Precision)
        assert {claim.kind for claim in ALL} == set(KINDS)
        assert {claim.unit for claim in ALL} - {""} == UNITS


class TestTheNumbers:
    def test_a_random_example_and_positions_in_a_list_are_no_numbers(self):
        for name in ("D056", "Z024", "Z025", "Z026", "Z027", "Z028", "Z029"):
            assert not CLAIMS[name].quantitative, name

    def test_a_range_is_published_where_its_limits_are_printed_and_bounded_where_words_are_read(self):
        graded = {name: CLAIMS[name].range_evidence for name in ("L042", "D037", "D012", "L0492", "L043")}
        published, bounded = Evidence.PUBLISHED, Evidence.BOUNDED
        assert list(graded.values()) == [published, published, bounded, bounded, bounded]
        shown = number("audit.hard_to_reach")
        assert (shown.evidence, shown.range_evidence) == (published, bounded)

    def test_no_year_with_a_note_mark_glued_to_it(self):
        for name in ("claims.csv", "documents.csv", "corrections.csv"):
            text = (FOLDER / name).read_text(encoding="utf-8")
            assert not re.search(r"\b(19|20)\d\d\d\b", text), name
        years = [claim for claim in ALL if claim.unit == "year"]
        assert len(years) == 10
        assert all(2010 <= claim.value <= 2023 for claim in years)

    def test_dates_stand_in_as_of_and_not_among_the_numbers(self):
        dates = {claim.id: claim.as_of for claim in ALL if claim.unit == "date"}
        assert dates == {
            "L004": "2017-09-20",
            "L008": "2018-08",
            "L082": "2019-10-10",
            "D001": "2021-02-17",
            "D010": "2019-11",
            "W001": "2016-06-30",
            "W003": "2016-04",
            "Z001": "2023-10-09",
        }
        assert all(not CLAIMS[name].quantitative for name in dates)


NAMES = Path(__file__).with_name("capitals.txt").read_text("utf-8").splitlines()
FIRST_WORDS = ("By", "Doorontwikkeling", "Since")
CAPITALS = re.compile(
    r"[A-ZÀ-Þ][a-zà-ÿ]+(?: (?:(?:van|de|der|den|en|of|in|te|ten|ter) )*[A-ZÀ-Þ][a-zà-ÿ]+\b)+"
)


def texts():
    for name in ("claims.csv", "documents.csv", "corrections.csv"):
        with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield from (
                    (f"{name} {next(iter(row.values()))}.{column}", cell) for column, cell in row.items()
                )


class TestTheWords:
    def test_no_person_is_named(self):
        titles = re.compile(r"\b(?:[Mm]evrouw|[Dd]e heer|[Hh]eer|dhr|mw|mr|drs|dr|ir|prof|Mr|Mrs|Ms)\b\.?")
        initials = re.compile(r"\b[A-Z]\.(?:[A-Z]\.)* ?[A-Z][a-z]+")
        office = re.compile(
            r"\b(?:[Ww]ethouder|[Bb]urgemeester|[Aa]lderman|[Mm]ayor|[Ss]ecretaris) [A-Z][a-z]"
        )
        for where, text in texts():
            for pattern in (titles, initials, office):
                assert not pattern.search(text), f"{where}: {text}"

    def test_two_words_with_capitals_are_an_organisation_or_a_place(self):
        found = 0
        for where, text in texts():
            for match in CAPITALS.findall(text):
                found += 1
                kept = re.sub(rf"^(?:{'|'.join(FIRST_WORDS)}) ", "", match)
                assert kept in NAMES or " " not in kept, f"{where}: {match}"
        assert found > 20

    def test_the_name_test_would_find_a_name(self):
        for planted in ("said Jan Jansen today", "volgens Piet van der Berg", "A. Jansen"):
            assert CAPITALS.search(planted) or re.search(r"\b[A-Z]\. ?[A-Z][a-z]+", planted)

    def test_dutch_follows_the_glossary_and_its_notation(self):
        banned = re.compile(
            r"klant|weiger|wachtlijst|kaartenbak|cli[eë]nten(?!raad)|\bFTE\b|huisbezoek", re.I
        )
        for claim in ALL:
            for text in (claim.statement_nl, claim.reason_nl):
                assert not banned.search(text.replace(" fte", "")), f"{claim.id}: {text}"
                assert not re.search(r"\d,\d{3}\b", text), f"{claim.id}: {text}"
                assert not re.search(r"\d %", text), f"{claim.id}: {text}"
            for text in (claim.statement_en, claim.reason):
                assert not re.search(r"\d\.\d{3}\b", text), f"{claim.id}: {text}"

    def test_dutch_sentences_are_short(self):
        lengths = []
        for claim in ALL:
            assert claim.statement_nl[-1] in ".?", claim.id
            assert claim.statement_nl != claim.statement_en
            sentences = re.split(r"(?<=[.?!])\s+", claim.statement_nl)
            lengths += [len(sentence.split()) for sentence in sentences]
        assert max(lengths) <= 24
        assert sum(lengths) / len(lengths) <= 12

    def test_both_languages_state_the_same_numbers(self):
        for claim in ALL:
            dutch = sorted(re.findall(r"\d+", claim.statement_nl.replace(".", "").replace("%", "")))
            english = sorted(re.findall(r"\d+", claim.statement_en.replace(",", "").replace("%", "")))
            same = dutch == english or claim.id in {
                "D013",
                "D034",
            }  # "over 60" is zestigplus, "the 1980s" tachtig
            assert same, f"{claim.id}: {dutch} {english}"

    def test_statements_do_not_copy_the_guide_to_the_source_files(self):
        for where, text in texts():
            assert not re.search(r"\.txt|\bl\.\d|\b00[0-4] l\b|seed|ledger", text), f"{where}: {text}"


class TestReading:
    def test_looking_a_claim_up_records_its_value(self):
        with recording() as recorder:
            claims()["L042"]
        (read,) = recorder.reads
        assert read.label == "claim:L042"
        assert recorder.value(read)["value"] == 3939
        with recording() as other:
            CLAIMS.replace("L042", value=3940, low=3940, high=3940)["L042"]
        assert other.reads[0].digest != read.digest

    def test_looking_over_the_ids_records_the_list_and_no_claim(self):
        for look in (list, len, lambda found: found.ids(), lambda found: "L042" in found):
            with recording() as recorder:
                look(claims())
            assert [read.label for read in recorder.reads] == ["listing:data/published/claims.csv"]

    def test_the_truth_of_the_claims_is_no_reading(self):
        with recording() as recorder:
            assert claims()
        assert recorder.reads == ()

    def test_loading_is_off_the_record_and_happens_once(self):
        with recording() as recorder:
            first = claims()
        assert recorder.reads == ()
        assert claims() is first

    def test_evidence_follows_the_wording(self):
        printed = measure("test.printed", lambda: claims()["L042"].number, unit="persons")
        computed = measure("test.computed", lambda: claims()["L0493"].number, unit="persons")
        assert (printed.evidence, computed.evidence) == (Evidence.PUBLISHED, Evidence.RECOMPUTED)

    def test_an_unknown_id_names_the_nearest(self):
        with pytest.raises(DataError) as caught:
            claims()["L4O2"]
        assert str(caught.value) == "no claim L4O2; did you mean L042?"
        assert claims().get("L4O2") is None
        with pytest.raises(DataError, match="did you mean L042"):
            claims().replace("L0421", value=1)

    def test_a_claim_without_a_value_says_where_to_look(self):
        with pytest.raises(DataError, match=r"D007 .* has no value; read low and high"):
            _ = claims()["D007"].number
        assert claims()["D007"].limits == (15, 20)

    def test_other_claims_can_stand_in_for_a_while(self):
        other = CLAIMS.replace("L028", value=12)
        with substituted(other):
            assert claims()["L028"].value == 12
        assert claims()["L028"].value == 9

    def test_another_value_brings_the_range_of_its_words(self):
        """What the docstring of ``kik.audit`` shows: a share that is printed otherwise does not recompute."""
        other = CLAIMS.replace("L043", value=0.58)
        assert other["L043"].limits == (0.575, 0.585)
        assert CLAIMS.replace("L043", value=0.3, low=0.2)["L043"].limits == (0.2, 0.305)
        found = audit(other).frame.row(by_predicate=pl.col("claim") == "L043", named=True)
        assert found["verdict"] == "does_not_recompute"
        assert bounds("people_spoken", claims=CLAIMS.replace("L042", value=4000.0)).low == 4000

    @pytest.mark.parametrize("case", REFUSED)
    def test_a_claim_that_cannot_be_is_refused(self, case):
        asked, message = case.split(" => ")
        name, changes = asked.split(" ", 1)
        with pytest.raises(DataError) as raised:
            CLAIMS.replace(name, **json.loads(changes))
        assert message in str(raised.value)
        assert str(raised.value).startswith(f"claim {name}: ")
