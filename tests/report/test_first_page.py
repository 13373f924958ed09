"""The first page: short, marked, and complete, or the run says what is missing."""

import re
from html.parser import HTMLParser

import pytest
import report_sample

from kik_analysis.errors import RunError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.report import first_page

NUMBERS = {name: report_sample.named(name) for name in report_sample.NUMBERS}
SECTIONS = frozenset({"history", "audit", "bounds"})
MOST_WORDS = 300


class Words(HTMLParser):
    """The words of a page up to the end of its first section; those of the drawing and the menu apart."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.outside = 0
        self.done = False
        self.in_body = False
        self.words: list[str] = []
        self.figures = 0
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.in_body |= tag == "body"
        self.figures += tag == "svg" and not self.done
        if tag in ("svg", "nav"):
            self.outside += 1

    def handle_endtag(self, tag):
        if tag in ("svg", "nav"):
            self.outside -= 1
        self.done |= tag == "section"

    def handle_data(self, data):
        if self.in_body and not self.done and not self.outside:
            self.words += re.findall(r"[^\W_]+(?:[.,][^\W_]+)*", data)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_first_page_is_short_and_has_one_figure(built, lang):
    page = Words((built / f"report/{lang}.html").read_text(encoding="utf-8"))
    assert page.done
    assert 100 < len(page.words) <= MOST_WORDS
    assert page.figures == 1


def test_in_brief_has_five_sentences_at_most_and_each_has_a_mark():
    for lang in ("nl", "en"):
        found = first_page.write(NUMBERS, SECTIONS, lang, partial=False)
        assert 1 <= len(found["brief"]) <= first_page.MOST_IN_BRIEF
        assert {one.mark for one in found["brief"]} == {"published", "computed", "not_known"}
        for sentence in found["brief"]:
            assert len(re.findall(r"[.!?](?:\s|$)", sentence.text.plain)) == 1


def test_a_mark_follows_the_worst_evidence():
    worse = {**NUMBERS, "figure1.spoken": report_sample.named("figure1.spoken")}
    object.__setattr__(worse["figure1.spoken"], "evidence", Evidence.ASSUMED)
    before = first_page.write(NUMBERS, SECTIONS, "nl", partial=False)["brief"][0]
    after = first_page.write(worse, SECTIONS, "nl", partial=False)["brief"][0]
    assert (before.mark, after.mark) == ("published", "computed")


def test_a_missing_number_stops_a_full_run_and_shortens_a_partial_one():
    fewer = {name: number for name, number in NUMBERS.items() if name != "figure1.group"}
    with pytest.raises(
        RunError, match=r"summary.brief.reach: no notebook published the number figure1.group"
    ):
        first_page.write(fewer, SECTIONS, "nl", partial=False)
    found = first_page.write(fewer, SECTIONS, "nl", partial=True)
    assert len(found["brief"]) == 4


def test_a_sentence_links_only_to_a_part_that_is_there():
    found = first_page.write(NUMBERS, frozenset({"history"}), "nl", partial=False)
    assert {one.section for one in found["brief"]} == {"history", ""}


def test_no_sentence_of_the_first_page_is_left_unused():
    from kik_analysis.language import sentences

    used = {entry["sentence"] for part in first_page.PARTS for entry in first_page.plan()[part]}
    assert used == set(sentences.keys("summary"))
