"""The documents that the claims stand in."""

import pytest

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import recording
from kik_analysis.facts.claims import claims
from kik_analysis.facts.documents import documents, load_documents

FOLDER = project.data("published")
CLAIMS = claims()


class TestDocuments:
    def test_both_transcriptions_of_the_letter_are_described(self):
        found = documents()
        assert list(found) == ["letter_2019", "letter_2019_b", "debate_2021", "letter_2016", "proposal_2023"]
        assert found["letter_2019"].date == found["letter_2019_b"].date == CLAIMS["L082"].as_of
        assert found["letter_2016"].date == CLAIMS["W001"].as_of
        assert found["letter_2016"].reference in CLAIMS["W001"].statement_en
        assert found["proposal_2023"].date == CLAIMS["Z001"].as_of

    def test_reading_them_is_on_record(self):
        with recording() as recorder:
            documents()
        assert [read.label for read in recorder.reads] == ["file:data/published/documents.csv"]

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("letter_2019_b,", "letter_2019,", "documents.csv:3: letter_2019.id: stands on line 2 too"),
            ("letter_2016,", "Letter 2016,", "documents.csv:5: Letter 2016.id: not a document id"),
            (",2021-03,", ",March,", "documents.csv:4: debate_2021.date: not a date"),
            (",board proposal,", ",,", "documents.csv:6: proposal_2023.what_en: empty"),
            ("letter_2016,", ",", "documents.csv:5: id: empty"),
        ],
    )
    def test_a_planted_fault_is_named_with_its_line(self, tmp_path, old, new, message):
        text = (FOLDER / "documents.csv").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "documents.csv"
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
        with pytest.raises(DataError) as caught:
            load_documents(path)
        assert any(line.startswith(message) for line in caught.value.lines), caught.value
