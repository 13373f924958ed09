"""The pages in a real browser; without Chromium these tests are not collected, and that is said."""

import sys
from pathlib import Path

from kik_analysis.report import paper

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "report"))

import pytest  # noqa: E402
import report_sample  # noqa: E402

PROGRAM = paper.program()
if PROGRAM is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter):
    if PROGRAM is None:
        terminalreporter.write_line("tests/browser: not run, no Chromium is installed on this machine")


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    return report_sample.built(tmp_path_factory.mktemp("browser") / "sample") / "report"


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PROGRAM, args=paper.flags())
        yield running
        running.close()


@pytest.fixture
def opened(browser, report):
    """Open a page of the report: ``opened("nl", 1280)``; pages and what they asked for are closed after."""
    contexts = []

    def open_page(lang, width=1280, *, unfold=False, javascript=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, bypass_csp=True, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        page.asked_for = []
        page.on("request", lambda request: page.asked_for.append(request.url))
        page.goto((report / f"{lang}.html").as_uri())
        if unfold:
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        return page

    yield open_page
    for context in contexts:
        context.close()
