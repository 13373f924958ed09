"""Tables on a page: headers that say what they head, numbers with an address, signs explained."""

import re
from html.parser import HTMLParser

import polars as pl
import pytest
from report_sample import events_table, reach_table

from kik_analysis.errors import ModelError
from kik_analysis.evidence.table import Column, Table
from kik_analysis.language import sentences
from kik_analysis.report import tables

pytestmark = pytest.mark.usefixtures("sample_texts")
CAPTION = sentences.verbatim("Wat de tabel laat zien")


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


def test_every_header_has_a_scope_and_the_region_a_name():
    page = Parsed(tables.html(reach_table(), "nl", CAPTION))
    heads = [given for tag, given in page.tags if tag == "th"]
    assert [head["scope"] for head in heads] == ["col"] * 6 + ["row"] * 2
    region = next(given for tag, given in page.tags if given.get("role") == "region")
    caption = next(given for tag, given in page.tags if tag == "caption")
    assert region["aria-labelledby"] == caption["id"]
    assert region["tabindex"] == "0"


@pytest.mark.parametrize(
    ("lang", "spoken", "rest"),
    [
        ("nl", ["Gesproken", "3.939", "56,7%", "3.939", "ja", "L042 L040"], ["3.014", "43,4%", "", "nee"]),
        ("en", ["Spoken to", "3,939", "56.7%", "3,939", "yes", "L042 L040"], ["3,014", "43.4%", "", "no"]),
    ],
)
def test_cells_are_in_the_notation_and_words_of_the_language(lang, spoken, rest):
    rows = Parsed(tables.html(reach_table(), lang, CAPTION)).rows
    assert rows[1] == spoken
    assert rows[2][1:5] == rest


def test_claims_link_on_a_page_and_stay_plain_in_a_notebook():
    page = tables.html(reach_table(), "nl", CAPTION)
    assert '<a href="#L042" data-ref="#L042">L042</a> <a href="#L040"' in page
    notebook = tables.html(reach_table(), "nl", CAPTION, links=False)
    assert "<a " not in notebook
    assert '<span data-ref="L042">L042</span>' in notebook


def test_each_number_has_its_address_class_and_machine_value():
    markup = tables.html(reach_table(), "nl", CAPTION)
    assert '<data class="recomputed" value="56.65" data-n="figure1_reach/spoken/share">56,7</data>%' in markup
    assert '<data class="recomputed" value="3014" data-n="figure1_reach/rest/persons">' in markup


def test_signs_are_explained_where_they_are_used():
    assert tables.signs(reach_table(), "nl") == ("blank",)
    events = events_table()
    assert tables.signs(events, "nl") == ("unknown", "small")
    assert "punt (.): onbekend" in tables.legend(events, "nl")
    assert "leeg" not in tables.legend(events, "nl")
    without = Table("t", pl.DataFrame({"step": ["a"]}), (Column("step"),))
    assert tables.legend(without, "nl") == ""


def test_a_digit_in_a_text_cell_is_refused_unless_it_is_a_name():
    frame = pl.DataFrame({"step": ["a 1"], "place": ["9 fte"]})
    table = Table("t", frame, (Column("step"), Column("place")))
    with pytest.raises(ModelError, match="column place: the text '9 fte' holds a digit"):
        tables.html(table, "nl", CAPTION)
    named = Table("t", frame, (Column("step"), Column("place", hidden=True)))
    assert '<span data-ref="a 1">a 1</span>' in tables.html(named, "nl", CAPTION)


def test_a_column_without_a_title_names_the_keys():
    table = Table("t", pl.DataFrame({"nobody_knows": ["a"]}), (Column("nobody_knows"),))
    with pytest.raises(ModelError, match=r"add tables\.t\.nobody_knows or tables\.column\.nobody_knows"):
        tables.html(table, "nl", CAPTION)


def test_hidden_columns_and_the_other_language_stay_out():
    columns = (
        Column("step"),
        Column("explanation_nl"),
        Column("explanation_en"),
        Column("unit", hidden=True),
    )
    frame = pl.DataFrame({"step": ["a"], "explanation_nl": ["x"], "explanation_en": ["y"], "unit": ["z"]})
    table = Table("t", frame, columns)
    assert [column.name for column in tables.visible(table, "nl")] == ["step", "explanation_nl"]
    assert [column.name for column in tables.visible(table, "en")] == ["step", "explanation_en"]


def test_markup_in_words_is_escaped():
    table = Table("t", pl.DataFrame({"step": ["<script>&"]}), (Column("step"),))
    markup = tables.html(table, "nl", CAPTION)
    assert "&lt;script&gt;&amp;" in markup
    assert not re.search("<script", markup)
