"""A PDF is tagged, its absence is said, nothing leaves the machine; the memo says what the page says."""

import io
import os
import shutil

import pypdf
import pytest
import report_sample
from docx import Document
from docx.shared import Mm
from PIL import Image, ImageChops

from kik_analysis.errors import RunError
from kik_analysis.report import paper, publish
from kik_analysis.report.page import Page

SMALLEST = 7
FAILS = "#!/bin/sh\necho first >&2\necho no display >&2\nexit 3\n"


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """Install a program that says it is Chromium."""

    def install(script: str):
        program = tmp_path / "chromium"
        program.write_text(script)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        return tmp_path

    return install


def test_without_chromium_there_is_a_clear_error_and_a_whole_report(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match="no PDF: none of chromium, chromium-browser, google-chrome"):
        paper.write(tmp_path / "a.html", tmp_path / "a.pdf")
    told = paper.print_all([tmp_path / "nl.html", tmp_path / "en.html"])
    assert [line[:16] for line in told] == ["no PDF: none of "]


def test_a_browser_that_fails_is_reported_in_one_line_per_page(browser):
    folder = browser(FAILS)
    pages = [folder / "nl.html", folder / "en.html"]
    for page in pages:
        page.write_text("<details>")
    assert paper.print_all(pages) == [
        f"no PDF of {page}.html: Chromium ended with code 3: no display" for page in ("nl", "en")
    ]


@pytest.mark.parametrize(("user", "alone"), [(0, ["--no-sandbox"]), (1000, [])])
def test_chromium_is_started_offline_and_in_its_sandbox(browser, monkeypatch, user, alone):
    folder = browser('#!/bin/sh\nprintf "%s\\n" "$@" > "$(dirname "$0")/given"\nexit 3\n')
    monkeypatch.setattr(os, "geteuid", lambda: user)
    (folder / "nl.html").write_text("<details>")
    paper.print_all([folder / "nl.html"])
    given = (folder / "given").read_text().splitlines()
    for flag in ("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--headless"):
        assert flag in given
    assert [flag for flag in given if "sandbox" in flag] == alone


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium is installed on this machine")
@pytest.mark.long
@pytest.mark.parametrize(("lang", "title"), [("nl", "de cijfers nagerekend"), ("en", "figures recomputed")])
def test_the_pdf_is_tagged_titled_and_in_its_language(built, tmp_path, lang, title):
    paper.write(built / f"report/{lang}.html", tmp_path / "page.pdf")
    reader = pypdf.PdfReader(tmp_path / "page.pdf")
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/Lang"] == lang
    assert title in reader.metadata.title
    first, second = (reader.pages[number].extract_text() for number in (0, 1))
    questions = {"nl": "Dit kunt u vragen", "en": "What you can ask"}[lang]
    assert questions in first
    assert questions not in second
    assert {"nl": "de gemeente. Stand van de", "en": "municipality. State of the"}[lang] in second
    assert "a1b2c3d4" in second
    assert tuple(round(float(side)) for side in reader.pages[0].mediabox[2:]) == (595, 842)


def letters(path):
    """Return the size of every piece of text of a PDF in points, as printed, with the text."""
    found = []

    def visit(text, cm, tm, _, size):
        if text.strip():
            found.append((abs(tm[3] or tm[1]) * abs(cm[3] or cm[1]) * abs(size or 1), text.strip()))

    for page in pypdf.PdfReader(path).pages:
        page.extract_text(visitor_text=visit)
    return found


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium is installed on this machine")
def test_all_that_is_printed_can_be_read(built, tmp_path):
    """Drawings with many rows too: no letter below seven points, no heading alone at the foot of a page."""
    paper.write(built / "report/nl.html", tmp_path / "whole.pdf", opened=True)
    found = letters(tmp_path / "whole.pdf")
    assert any(text.startswith("Uitnodigingen met een gesprek") for _, text in found)  # a drawing's label
    assert [one for one in found if one[0] < SMALLEST - 0.05] == []
    said = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "whole.pdf").pages]
    for title, first in {
        "Wat is gepubliceerd": "Van 517 tot 715",
        "Kloppen de getallen?": "5 van de 15",
    }.items():
        assert [n for n, text in enumerate(said) if title in text] == [
            n for n, text in enumerate(said) if first in text
        ]


def test_the_memo_says_what_the_first_page_says_and_nothing_else(built, numbers):
    for lang, name in paper.MEMOS.items():
        made = Document(built / "report" / name)
        said = [one.text for one in made.paragraphs if one.style.name == "List Bullet"]
        first = Page(report_sample.meta(), lang, publish.read_all(built), numbers).first
        assert said == [one.text.plain for part in first.values() for one in part]
        assert len(made.inline_shapes) == 1
        assert report_sample.DIGEST in made.paragraphs[-1].text
        assert made.core_properties.author == ""
        sides = made.sections[0].page_width, made.sections[0].page_height
        assert [round(side / Mm(1)) for side in sides] == [210, 297]
        (picture,) = made.part.package.image_parts
        plain, shown = (
            Image.open(one).convert("L")
            for one in (built / f"figures/figure1_reach.{lang}.png", io.BytesIO(picture.blob))
        )
        left, top, right, _ = ImageChops.difference(plain, shown).getbbox()
        assert top > plain.height - 70  # as a figure on its own: its calculation, in its last line alone
        assert right - left > 8 * 17


def test_its_figure_has_a_text_that_does_its_job_and_the_words_their_language(built):
    for lang, tag in (("nl", "nl-NL"), ("en", "en-GB")):
        made = Document(built / "report" / paper.MEMOS[lang])
        assert 'descr="' in made.element.xml
        assert f'w:val="{tag}"' in made.styles.element.xml
