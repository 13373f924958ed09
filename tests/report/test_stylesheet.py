"""The style sheet: small, readable colours, nothing said by colour alone."""

import re
from importlib import resources

import pytest
from contrast import contrast

from kik_analysis.evidence.reads import Evidence
from kik_analysis.figures import style

CSS = (resources.files("kik_analysis") / "report/template/style.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", CSS)) | {
    f"--kik-evidence-{kind}": colour for kind, colour in style.COLOURS.items()
}
LARGEST = 15_000
TEXT, GRAPHICS = 4.5, 3.0


@pytest.mark.parametrize("text", ["default-color-document", "default-color-subtle", "action-1-color-default",
                                  "action-1-color-hover"])  # fmt: skip
@pytest.mark.parametrize("ground", ["default-bg-document", "warning-bg-default"])
def test_letters_stand_out(text, ground):
    assert contrast(COLOURS[f"--basis-color-{text}"], COLOURS[f"--basis-color-{ground}"]) >= TEXT


def test_headings_and_focus_stand_out():
    white = COLOURS["--basis-color-default-bg-document"]
    assert contrast(COLOURS["--basis-heading-color"], white) >= TEXT
    assert contrast(COLOURS["--basis-focus-outline-color"], white) >= GRAPHICS
    assert contrast(COLOURS["--basis-color-default-border-default"], white) >= GRAPHICS


@pytest.mark.parametrize("kind", list(Evidence))
def test_each_class_has_a_colour_that_shows_and_a_line_of_its_own(kind):
    assert (
        contrast(COLOURS[f"--kik-evidence-{kind}"], COLOURS["--basis-color-default-bg-document"]) >= GRAPHICS
    )
    assert f".{kind} {{ text-decoration-color: var(--kik-evidence-{kind});" in CSS


def test_no_two_classes_share_a_line():
    styles = {
        kind: (re.search(rf"\.{kind} {{[^}}]*text-decoration-style: (\w+)", CSS) or [None, "solid"])[1]
        for kind in Evidence
    }
    assert len(set(styles.values())) == len(Evidence)


def test_the_style_sheet_is_small_and_uses_its_own_properties():
    assert len(CSS.encode()) < LARGEST
    rules = CSS[CSS.index("* { box-sizing") :]
    used = set(re.findall(r"var\((--[\w-]+)\)", rules))
    declared = set(re.findall(r"(--[\w-]+):", CSS)) | set(COLOURS)
    assert used <= declared
    assert declared - used == set()
    assert len([name for name in declared if name.startswith("--basis-")]) >= 30
    # the @page boxes cannot see the properties of the root
    colours = set(re.findall(r"#[0-9a-f]{6}\b", rules))
    assert colours <= {"#595959"}


def test_nothing_is_fetched():
    assert not re.search(r"url\(|@import|https?:", CSS)


def test_a_page_declares_every_property_that_it_uses(texts):
    """Also the colours of the classes, which no file holds: without them no mark has a border."""
    for html in texts.values():
        assert set(re.findall(r"var\((--[\w-]+)\)", html)) <= set(re.findall(r"(--[\w-]+): ?[^;}]+;", html))
        for kind, colour in style.COLOURS.items():
            assert f"--kik-evidence-{kind}: {colour};" in html
