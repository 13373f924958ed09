"""A PDF is a tagged document with a title and a language; its absence is said; nothing leaves the machine."""

import os
import shutil

import pypdf
import pytest

from kik_analysis.errors import RunError
from kik_analysis.report import paper

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
    assert paper.print_all([tmp_path / "nl.html"]) == []


def test_a_browser_that_fails_is_reported_in_one_line_per_page(browser):
    folder = browser(FAILS)
    pages = [folder / "nl.html", folder / "en.html"]
    for page in pages:
        page.write_text("<details>")
    # each page twice: what is open, and all of it
    assert paper.print_all(pages) == [
        f"no PDF of {page}.html: Chromium ended with code 3: no display" for page in ("nl", "nl", "en", "en")
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
    assert {"nl": "geen document van de gemeente", "en": "not a document"}[lang] in second
    assert "a1b2c3d4" in second
    assert tuple(round(float(side)) for side in reader.pages[0].mediabox[2:]) == (595, 842)
