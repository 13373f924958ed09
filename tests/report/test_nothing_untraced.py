"""The proof: no number a reader sees is untraced, stale or forged; each check is shown to catch a fault."""

import dataclasses
import re

import pytest
import report_sample

from kik_analysis.errors import RunError
from kik_analysis.report import build, collect, record, tracing, words

LANGUAGES = ("nl", "en")


@pytest.fixture(scope="module")
def numbers(built):
    return collect.read(built / "numbers.json")


@pytest.fixture(scope="module")
def pages(built):
    return {lang: (built / "report" / f"{lang}.html").read_text(encoding="utf-8") for lang in LANGUAGES}


def plant(page: str, words_in: str) -> str:
    """Put words at the end of the first intro."""
    return re.sub(r'(<p class="intro">[^<]*)', lambda found: f"{found[1]} {words_in}", page, count=1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_hold_no_untraced_number(pages, lang):
    assert tracing.untraced(pages[lang], lang) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_element_shows_what_numbers_json_holds(pages, numbers, lang):
    shown = [one for one in tracing.walk(pages[lang]).shown if one.kind == "data"]
    assert len(shown) > 200
    assert tracing.stale(pages[lang], numbers, lang, known=report_sample_known(lang)) == []


def report_sample_known(lang):
    return {"nl": {"10 oktober 2019"}, "en": {"10 October 2019"}}[lang]


@pytest.mark.parametrize(
    "fault", ["6.953 mensen", "de helft", "9 fte", "twaalf weken", "een kwart", "anderhalf"]
)
def test_a_typed_number_is_found(pages, fault):
    found = tracing.untraced(plant(pages["nl"], fault), "nl")
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    "fault", ["twelve weeks", "a dozen people", "half of them", "6,953", "A THIRD of them"]
)
def test_a_typed_number_is_found_in_english(pages, fault):
    assert len(tracing.untraced(plant(pages["en"], fault), "en")) >= 1


@pytest.mark.parametrize(
    "harmless", ["een eerste gesprek", "onze achterstand", "verzesvoudigen", "in het halfjaar", "wij tweeën"]
)
def test_articles_terms_and_parts_of_words_are_no_numbers(harmless):
    assert words.find(harmless, "number_words", "nl") == []


@pytest.mark.parametrize("attribute", ['aria-label="9 fte"', 'title="9 fte"', 'alt="de helft"'])
def test_a_number_that_only_a_screen_reader_says_is_found(pages, attribute):
    page = pages["nl"].replace("<h1>", f"<h1 {attribute}>", 1)
    assert len(tracing.untraced(page, "nl")) == 1


def test_a_number_split_by_an_inline_element_is_found(pages):
    assert tracing.untraced(plant(pages["nl"], "de <em>hel</em>ft"), "nl")


def test_a_changed_number_is_found(pages, numbers):
    page = pages["nl"].replace(">3.939</data>", ">3.940</data>", 1)
    found = tracing.stale(page, numbers, "nl", known=report_sample_known("nl"))
    assert len(found) == 1
    assert "shows '3.940'" in found[0]
    assert "numbers.json says '3.939'" in found[0]


def test_a_changed_machine_value_is_found(pages, numbers):
    page = pages["nl"].replace(
        'value="3939.0" data-n="figure1.spoken"', 'value="3940.0" data-n="figure1.spoken"', 1
    )
    assert page != pages["nl"]
    assert len(tracing.stale(page, numbers, "nl", known=report_sample_known("nl"))) == 1


def test_an_unknown_number_is_found(pages, numbers):
    page = pages["nl"].replace('data-n="figure1.spoken"', 'data-n="figure1.invented"', 1)
    found = tracing.stale(page, numbers, "nl", known=report_sample_known("nl"))
    assert any("no number 'figure1.invented'" in one for one in found)


def test_a_limit_that_does_not_exist_is_found(pages, numbers):
    page = plant(pages["nl"], '<data class="x" value="1" data-n="figure1.spoken" data-part="low">1</data>')
    assert tracing.stale(page, numbers, "nl", known=report_sample_known("nl"))


def test_a_text_alternative_that_differs_is_found(pages, numbers):
    page = re.sub(r"(<desc [^>]*>Staven: gesproken )3\.939", r"\g<1>3.938", pages["nl"], count=1)
    assert page != pages["nl"]
    found = tracing.stale(page, numbers, "nl", known=report_sample_known("nl"))
    assert len(found) == 1
    assert "not the same as in #first-figure1_reach-alt" in found[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_show_only_traced_numbers(built, numbers, lang):
    svg = (built / f"figures/figure1_reach.{lang}.svg").read_text(encoding="utf-8")
    known = build.known(record.read_all(built), report_sample.meta(), lang)
    assert tracing.untraced(svg, lang) == []
    assert tracing.stale(svg, numbers, lang, known=known) == []
    labels = [one for one in tracing.walk(svg).shown if one.kind == "n"]
    assert {one.name for one in labels} == {"figure1_reach/spoken/persons", "figure1_reach/rest/persons"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">3.939</text>", ">3.940</text>"),
        ("n:figure1_reach/spoken/persons", "n:figure1_reach/spoken/nothing"),
        ("2019: 6.953 mensen", "2019: 6.954 mensen"),
        ("brief van 10 oktober 2019: ", "brief van 11 oktober 2019: "),
    ],
)
def test_a_forged_label_is_found(built, numbers, old, new):
    svg = (built / "figures/figure1_reach.nl.svg").read_text(encoding="utf-8")
    forged = svg.replace(old, new, 1)
    assert forged != svg
    known = build.known(record.read_all(built), report_sample.meta(), "nl")
    assert len(tracing.stale(forged, numbers, "nl", known=known)) == 1


def test_a_number_drawn_without_a_name_is_found(built):
    svg = (built / "figures/figure1_reach.nl.svg").read_text(encoding="utf-8")
    drawn = svg.replace('<g id="n:figure1_reach/spoken/persons">', '<g id="text_9">', 1)
    assert drawn != svg
    assert len(tracing.untraced(drawn, "nl")) == 1


def test_a_page_with_a_typed_number_is_not_delivered(tmp_path, monkeypatch):
    # names that users give are references; a sentence of ours is not
    report_sample.run(tmp_path / "good", title={"nl": "Met 12 fte", "en": "With 12 FTE"})
    typed = [("fte", "een team van 9 fte")]
    monkeypatch.setattr("kik_analysis.report.claims_list.glossary", lambda lang: typed)
    with pytest.raises(RunError, match=r"report/nl.html: .*9 fte.*a digit without a source"):
        report_sample.run(tmp_path / "bad")
    assert not (tmp_path / "bad/report/nl.html").exists()


def test_a_figure_with_a_forged_label_is_not_delivered(tmp_path):
    with report_sample.sample_sentences():
        report_sample.publish_all(tmp_path)
        path = tmp_path / "figures/figure1_reach.en.svg"
        path.write_text(path.read_text().replace(">3,939</text>", ">3,940</text>"))
        with pytest.raises(RunError) as caught:
            build.build(tmp_path, report_sample.meta())
    # the drawing stands on the first page and in its section, and as a file of its own
    assert [line.split(":")[0] for line in caught.value.lines] == [
        "report/en.html", "report/en.html", "figures/figure1_reach.en.svg",
    ]  # fmt: skip
    assert all("shows '3,940'; numbers.json says 3,939" in line for line in caught.value.lines)


def test_a_source_that_a_number_does_not_declare_is_found(numbers):
    moved = {
        **numbers,
        "figure1.spoken": dataclasses.replace(numbers["figure1.spoken"], value=4000.0),
        "figure1.group": dataclasses.replace(numbers["figure1.group"], value=7014.0),
    }
    assert tracing.undeclared(numbers, moved, "claim:L042") == ["figure1.group"]
    assert tracing.undeclared(numbers, dict(numbers), "claim:L042") == []
