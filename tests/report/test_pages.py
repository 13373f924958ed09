"""A page is one file that opens offline, in one language, with every link leading somewhere."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
import report_sample

from kik_analysis.errors import RunError
from kik_analysis.facts.claims import claims
from kik_analysis.report import claims_list
from kik_analysis.report.build import build

LANGUAGES = ("nl", "en")
VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "path", "use", "rect"}


class Page(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.headings: list[int] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def values(self, name: str) -> list[str]:
        return [given[name] for _, given in self.tags if name in given]


@pytest.fixture(scope="module")
def pages(built):
    return {lang: Page((built / f"report/{lang}.html").read_text(encoding="utf-8")) for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_fetches_nothing_and_runs_nothing(built, pages, lang):
    text = (built / f"report/{lang}.html").read_text(encoding="utf-8")
    tags = {tag for tag, _ in pages[lang].tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "form", "base"}
    for name in ("src", "srcset", "action", "data", "poster", "background"):
        assert pages[lang].values(name) == []
    assert all(target.startswith("#") for target in pages[lang].values("href"))
    assert not re.search(r"https?://|url\((?!#)|@import|javascript:", text)
    policy = next(given["content"] for _, given in pages[lang].tags if given.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_markup_is_well_formed_and_ids_are_unique(pages, lang):
    page = pages[lang]
    assert page.wrong == []
    assert page.open == []
    assert [name for name, times in Counter(page.values("id")).items() if times > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_link_and_label_leads_to_an_element(pages, lang):
    page = pages[lang]
    ids = set(page.values("id"))
    wanted = {target[1:] for target in page.values("href")}
    wanted |= {name for names in page.values("aria-labelledby") for name in names.split()}
    wanted |= {name for names in page.values("aria-describedby") for name in names.split()}
    wanted |= set(page.values("data-same"))
    assert len(wanted) > 20
    assert wanted - ids == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headings_go_down_one_step_at_a_time(pages, lang):
    headings = pages[lang].headings
    assert headings[0] in (1, 2)
    assert headings.count(1) == 1
    first = headings.index(1)
    assert all(
        after - before <= 1 for before, after in zip(headings[first:], headings[first + 1 :], strict=False)
    )


@pytest.mark.parametrize(
    ("lang", "status"), [("nl", "geen document van de gemeente"), ("en", "not a document of")]
)
def test_language_and_status_stand_on_the_page(built, pages, lang, status):
    text = (built / f"report/{lang}.html").read_text(encoding="utf-8")
    assert pages[lang].tags[0][0] == "html"
    assert pages[lang].tags[0][1]["lang"] == lang
    assert text.count(status) >= 3
    assert "a1b2c3d4" in text
    assert "0.1.0" in text
    assert '<time datetime="2023-10-09">' in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_claims_are_listed_with_an_anchor(built, pages, lang):
    text = (built / f"report/{lang}.html").read_text(encoding="utf-8")
    rows = set(pages[lang].values("id"))
    assert set(claims().ids()) <= rows
    claim = claims()["L042"]
    statement = claim.statement_nl if lang == "nl" else claim.statement_en
    assert f'<td data-ref="L042">{statement}</td>' in text


def test_both_languages_show_the_same_numbers(pages):
    def shown(lang):
        return Counter(
            (given["data-n"], given.get("data-part")) for tag, given in pages[lang].tags if tag == "data"
        )

    dutch, english = shown("nl"), shown("en")
    assert {name for name, _ in dutch} == {name for name, _ in english}


def test_code_of_the_notebook_is_shown_without_its_parameters(built):
    text = (built / "report/nl.html").read_text(encoding="utf-8")
    assert '<pre lang="en" tabindex="0"><code>x = 1 &lt; 2\nkik.publish(x, language)</code></pre>' in text
    assert "scenario = &#34;params" not in text


def test_the_same_run_gives_the_same_report(built, tmp_path):
    again = report_sample.run(tmp_path / "again")
    for name in ("report/nl.html", "report/en.html", "numbers.json"):
        assert (again / name).read_bytes() == (built / name).read_bytes()


def test_warnings_and_partial_runs_are_announced(tmp_path):
    out = report_sample.run(tmp_path, partial=True, warnings=("a.yml:3: team.fte: 900 <is> absurd",))
    text = (out / "report/nl.html").read_text(encoding="utf-8")
    assert "Dit verslag is onvolledig" in text
    assert '<li data-ref="warning">a.yml:3: team.fte: 900 &lt;is&gt; absurd</li>' in text
    assert (
        "Dit verslag is onvolledig" not in (report_sample.run(tmp_path / "b") / "report/nl.html").read_text()
    )


def test_one_language_alone(tmp_path):
    out = report_sample.run(tmp_path, languages=("nl",))
    assert [path.name for path in sorted((out / "report").iterdir())] == ["nl.html"]
    assert sorted(path.name for path in (out / "tables").glob("*.xlsx")) == ["cijfers-nl.xlsx"]


def test_a_section_without_words_is_named(tmp_path):
    with report_sample.sample_sentences():
        report_sample.publish_all(tmp_path)
        folder = tmp_path / "exhibits/12_bounds"
        path = folder / "01-bounds_events.json"
        path.write_text(path.read_text().replace('"12_bounds"', '"13_nowhere"'))
        with pytest.raises(
            RunError, match=r"notebook 13_nowhere published something, yet .* no nowhere.title"
        ):
            build(tmp_path, report_sample.meta())


def test_the_figure_of_the_first_page_is_asked_for(tmp_path):
    with report_sample.sample_sentences():
        report_sample.publish_all(tmp_path)
        (tmp_path / "exhibits/10_history/01-figure1_reach.json").unlink()
        with pytest.raises(
            RunError, match="no notebook published the figure figure1_reach; published are none"
        ):
            build(tmp_path, report_sample.meta())


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
    assert claims_list.place_words(place, "nl") == dutch


def test_every_place_and_unit_of_a_claim_has_dutch_words():
    from kik_analysis.language import sentences

    words = {name.split(".")[2] for name in sentences.keys("report") if name.startswith("report.place.")}
    for name in claims():
        claim = claims()[name]
        outside = re.sub(r"'[^']*(?:'|$)", "", claim.place)
        assert set(re.findall(r"[a-z]+", outside)) <= words, (name, claim.place)
        if claim.unit and claim.unit != "date":
            assert sentences.has(f"tables.unit.{claim.unit.replace(' ', '_')}"), (name, claim.unit)


def test_the_drawing_on_the_page_does_not_repeat_title_and_status(built):
    text = (built / "report/nl.html").read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(drawings) == 2
    for svg in drawings:
        words = " ".join(re.findall(r"<text[^>]*>([^<]*)", svg))
        assert "3.939" in words
        assert "zijn er" not in words
        assert "Onafhankelijke" not in words
        _, _, width, height = (float(part) for part in re.search(r'viewBox="([^"]*)"', svg)[1].split())
        assert height < width / 2
        assert "font-family: " not in svg
