"""A PDF is a tagged document with a title and a language, and its absence is said."""

from pathlib import Path

import pypdf
import pytest

from kik_analysis.errors import RunError
from kik_analysis.report import paper


def test_without_chromium_there_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not paper.available()
    with pytest.raises(RunError, match="no PDF: none of chromium, chromium-browser, google-chrome"):
        paper.write(tmp_path / "a.html", tmp_path / "a.pdf")


def test_a_browser_that_fails_is_reported_in_one_line(tmp_path, monkeypatch):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho first >&2\necho no display >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(RunError, match=r"^no PDF of a.html: Chromium ended with code 3: no display$"):
        paper.write(tmp_path / "a.html", tmp_path / "a.pdf")


def test_a_report_without_paper_is_whole(tmp_path, monkeypatch):
    pages = [tmp_path / "nl.html", tmp_path / "en.html"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert paper.print_all(pages) == []
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    assert paper.print_all(pages) == [
        f"no PDF of {page.name}: Chromium ended with code 3: no message" for page in pages
    ]


def printed(page: Path, target: Path) -> pypdf.PdfReader | None:
    """Print a page where Chromium is installed; elsewhere only the error of the first test can be seen."""
    if not paper.available():
        return None
    paper.write(page, target)
    return pypdf.PdfReader(target)


@pytest.mark.parametrize(
    ("lang", "title", "footer"),
    [
        ("nl", "de cijfers nagerekend", "geen document van de gemeente"),
        ("en", "figures recomputed", "not a document"),
    ],
)
def test_the_pdf_is_tagged_titled_and_in_its_language(built, tmp_path, lang, title, footer):
    reader = printed(built / f"report/{lang}.html", tmp_path / "page.pdf")
    if reader is None:
        assert not paper.available()
        return
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/Lang"] == lang
    assert title in reader.metadata.title
    first, second = (reader.pages[number].extract_text() for number in (0, 1))
    questions = {"nl": "Dit kunt u vragen", "en": "What you can ask"}[lang]
    assert questions in first
    assert questions not in second
    assert footer in second
    assert "a1b2c3d4" in second
    assert tuple(round(float(side)) for side in reader.pages[0].mediabox[2:]) == (595, 842)
