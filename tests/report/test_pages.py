"""A page is one file that opens offline, in one language, short in front, every link leading somewhere."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import report_sample

from kik_analysis.errors import RunError
from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.claims import claims
from kik_analysis.language import sentences
from kik_analysis.report import page, publish

LANGUAGES = ("nl", "en")
VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "path", "use", "rect"}
MOST_WORDS = 300


class Page(HTMLParser):
    """Tags, headings, and the words up to the second section that are seen, without drawing and menu."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.headings: list[int] = []
        self.first: list[str] = []
        self.aside = 0
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)
        if "aside" in (dict(attrs).get("class") or "") and not self.aside:
            self.aside = len(self.open)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)
        if len(self.open) < self.aside:
            self.aside = 0

    def handle_data(self, data):
        sections = [given for tag, given in self.tags if tag == "section"]
        shown = "body" in self.open and not {"svg", "nav"} & set(self.open) and not self.aside
        if shown and len(sections) < 2:
            self.first += re.findall(r"[^\W_]+(?:[.,][^\W_]+)*", data)

    def values(self, name: str) -> list[str]:
        return [given[name] for _, given in self.tags if name in given]


@pytest.fixture(scope="module")
def pages(texts):
    return {lang: Page(text) for lang, text in texts.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_fetches_nothing_and_runs_nothing(texts, pages, lang):
    tags = {tag for tag, _ in pages[lang].tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "form", "base"}
    for name in ("src", "srcset", "action", "data", "poster", "background"):
        assert pages[lang].values(name) == []
    assert all(target.startswith("#") for target in pages[lang].values("href"))
    assert not re.search(r"https?://|url\((?!#)|@import|javascript:", texts[lang])
    policy = next(given["content"] for _, given in pages[lang].tags if given.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_markup_is_well_formed_ids_are_unique_and_links_lead_somewhere(pages, lang):
    found = pages[lang]
    assert (found.wrong, found.open) == ([], [])
    # an exhibit may bear the name of its section
    assert [name for name, times in Counter(found.values("id")).items() if times > 1] == []
    wanted = {target[1:] for target in found.values("href")} | set(found.values("data-same"))
    wanted |= {name for names in found.values("aria-labelledby") for name in names.split()}
    assert len(wanted) > 20
    assert wanted <= set(found.values("id"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_drawings_have_a_name_and_what_scrolls_can_be_reached_by_keyboard(pages, lang):
    drawings = [given for tag, given in pages[lang].tags if tag == "svg"]
    assert {(given["role"], bool(given["aria-labelledby"])) for given in drawings} == {("img", True)}
    given = [one for _, one in pages[lang].tags if {"drawing", "table"} & {*one.get("class", "").split()}]
    named = {(one.get("tabindex"), bool(one.get("aria-label") or one["aria-labelledby"])) for one in given}
    assert named == {("0", True)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headings_go_down_one_step_at_a_time(pages, lang):
    headings = pages[lang].headings
    assert headings.count(1) == 1
    after = headings[headings.index(1) :]
    assert all(second - first <= 1 for first, second in itertools.pairwise(after))


@pytest.mark.parametrize(("lang", "status"), [("nl", "geen document van de"), ("en", "not a document of")])
def test_language_status_and_claims_stand_on_the_page(texts, pages, lang, status):
    assert pages[lang].tags[0] == ("html", {"lang": lang})
    assert texts[lang].count(status) >= 3
    for mark in (report_sample.DIGEST, "0.1.0", '<time datetime="2023-10-09">'):
        assert mark in texts[lang]
    # claims and parameters stand in the workbook, each in full
    assert getattr(claims()["L042"], f"statement_{lang}") not in texts[lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hatching_and_clipping_point_at_what_is_there(texts, pages, lang):
    """Looks stand in the style sheet of the page; a pattern with another name leaves a bar without colour."""
    wanted = set(re.findall(r"url\(#([^)]*)\)", texts[lang]))
    assert any(f"fill: url(#{name})" in texts[lang] for name in wanted)
    assert wanted <= set(pages[lang].values("id"))


def test_both_languages_show_the_same_numbers(pages):
    dutch, english = (
        {given["data-n"] for tag, given in pages[lang].tags if tag == "data"} for lang in LANGUAGES
    )
    assert dutch == english
    assert len(dutch) > 100


def test_the_page_holds_no_code_and_folds_all_but_the_councils_edition(texts):
    assert "<pre" not in texts["nl"]
    assert "kik.publish" not in texts["nl"]
    sections = re.findall(r'<section id="(\w+)".*?(?=<section|</main>)', texts["nl"], flags=re.DOTALL)
    folded = re.findall(r'<section id="(\w+)"[^>]*>\s*<details class="folded">', texts["nl"])
    assert sections[:2] == ["first", "figures"]
    assert sections[2:] == folded
    assert "<details open" not in texts["nl"]


def test_the_same_run_gives_the_same_report(built, staging):
    again = report_sample.run(staging)
    for name in (
        "report/nl.html",
        "report/en.html",
        "numbers.json",
        "tables/cijfers-nl.xlsx",
        "tables/figures-en.xlsx",
    ):
        assert (again / name).read_bytes() == (built / name).read_bytes(), name


def test_warnings_and_partial_runs_are_announced_in_one_language_alone(staging, texts):
    warning = "a.yml:3: team.fte: 900 <is> absurd"
    both = "a.yml:4: people.stock: veel mensen / many people"
    out = report_sample.run(staging, partial=True, warnings=(warning, both), languages=("nl",))
    text = (out / "report/nl.html").read_text(encoding="utf-8")
    assert "Dit verslag is onvolledig" in text
    assert "Dit verslag is onvolledig" not in texts["nl"]
    assert '<li data-ref="warning">a.yml:3: team.fte: 900 &lt;is&gt; absurd</li>' in text
    assert '<li data-ref="warning">a.yml:4: people.stock: veel mensen</li>' in text
    assert sorted(path.name for path in out.rglob("*") if path.suffix in (".html", ".xlsx")) == [
        "cijfers-nl.xlsx", "nl.html",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "dutch"),
    [
        ("section 4, measure 2", "paragraaf 4, maatregel 2"),
        ("section 'Financieel', points 2 and 4", "paragraaf 'Financieel', punten 2 en 4"),
        ("appendix, 'Pilot section and point'", "bijlage, 'Pilot section and point'"),
        ("00:28:18..00:29:06", "00:28:18–00:29:06"),
    ],
)
def test_places_are_in_the_readers_language(place, dutch):
    assert sentences.located(place, "nl") == dutch


def test_every_place_and_unit_of_a_claim_has_dutch_words():
    known = {name.split(".")[2] for name in sentences.keys("report") if name.startswith("report.place.")}
    for name in claims():
        claim = claims()[name]
        outside = re.sub(r"'[^']*(?:'|$)", "", claim.place)
        assert set(re.findall(r"[a-z]+", outside)) <= known, (name, claim.place)
        if claim.unit and claim.unit != "date":
            assert sentences.has(f"tables.unit.{claim.unit.replace(' ', '_')}"), (name, claim.unit)


def test_the_drawing_on_the_page_does_not_repeat_title_and_status(built, texts):
    drawings = re.findall(r"<svg.*?</svg>", texts["nl"], flags=re.DOTALL)
    wide = [svg for svg in drawings if "<title id=" in svg]
    # every figure once, the first page's opening one too
    assert len(wide) == 1 + len(list((built / "figures").glob("*.nl.svg")))
    for svg in drawings:
        words = " ".join(re.findall(r"<text[^>]*>([^<]*)", svg))
        assert re.search(r"\d", words)
        assert not re.search("Onafhankelijke|zijn er 3.939", words)
        assert "font-family: " not in svg
    _, _, width, height = (float(part) for part in re.search(r'viewBox="([^"]*)"', drawings[0])[1].split())
    assert height < width / 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_page_is_short_has_one_figure_and_marks_its_sentences(pages, texts, numbers, built, lang):
    assert 60 < len(pages[lang].first) <= MOST_WORDS
    first = re.search(r'<section id="first".*?</section>', texts[lang], flags=re.DOTALL)[0]
    assert first.count('<div class="drawing wide"') == 1
    found = page.Page(report_sample.meta(), lang, publish.read_all(built), numbers).first
    # a mark follows the worst evidence: 3,939 and 6,953 are printed, of the backlog a bound is left
    assert [one.mark for one in found["brief"]] == ["published", "computed"]
    assert {one.mark for one in found["unknown"]} == {"not_known"}
    for evidence, mark in ((Evidence.RECOMPUTED, "recomputed"), (Evidence.ASSUMED, "computed")):
        worse = {name: replace(one, evidence=evidence) for name, one in numbers.items()}
        shown = page.Page(report_sample.meta(), lang, publish.read_all(built), worse)
        assert shown.first["brief"][0].mark == mark


def test_without_its_sentences_a_full_run_stops_and_a_partial_one_goes_on(built, numbers):
    others = tuple(one for one in publish.read_all(built) if one.name != "first_page")
    with pytest.raises(RunError, match="no notebook published its sentences, the exhibit first_page"):
        page.Page(report_sample.meta(), "nl", others, numbers).html()
    assert not any(page.Page(report_sample.meta(partial=True), "nl", others, numbers).first.values())


def test_a_drawing_on_a_page_is_shorter_and_keeps_its_labels():
    svg = '<svg data-drawing=""><g data-label="n:a"><path d="M 1.04 2.96 \nL 3 4.5 \n"/></g></svg>'
    assert '<g data-label="n:a"><path d="M1 3 3 4.5"/></g>' in page.slim(f"<html><head></head>{svg}</html>")


def test_what_is_printed_fits_a_column_or_spans_both(built, texts):
    classes = set(re.findall(r'<div class="exhibit ?(\w*)" id', texts["nl"]))
    assert {"spread", "sheet"} & classes
    assert "columns: 2" in texts["nl"]
