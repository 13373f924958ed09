"""WCAG 2.2 AA as far as a machine can tell: axe on both pages, wide and narrow, folded and unfolded.

Daily the same faults, planted in the sources, are noticed by the report's test_pages and test_stylesheet.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}


def violations(page, options=OPTIONS):
    found = Axe().run(page, options=options).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.long
@pytest.mark.parametrize(
    ("lang", "width", "unfold"), [("nl", 320, True), ("en", 1280, False), ("nl", 1280, True)]
)
def test_axe_finds_nothing(opened, lang, width, unfold):
    assert violations(opened(lang, width, unfold=unfold)) == []


SVG = "svg-img-alt"


@pytest.mark.long
@pytest.mark.parametrize(
    ("where", "fault", "rule"),
    [
        ("html", "one.removeAttribute('lang')", "html-has-lang"),
        ("svg", "one.removeAttribute('aria-labelledby'); one.querySelector('title')?.remove()", SVG),
        (".subtitle", "one.style.color = '#bbbbbb'", "color-contrast"),
        ("[tabindex]", "one.removeAttribute('tabindex')", "scrollable-region-focusable"),
    ],
)
def test_axe_catches_planted_faults(opened, where, fault, rule):
    page = opened("nl", 320, unfold=True)
    page.evaluate(f"document.querySelectorAll('{where}').forEach(one => {{ {fault} }})")
    alone = {"runOnly": {"type": "rule", "values": [rule]}}
    assert [name for name, _ in violations(page, alone)] == [rule]
