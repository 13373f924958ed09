"""The generated pages of docs/ and the README's figure are those that the code makes now."""

import re
from pathlib import Path

import pytest

from kik_analysis.report import appendices

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", ["parameters.md", appendices.FIGURE])
def test_a_generated_page_is_current(name, tmp_path):
    appendices.write(tmp_path)
    assert (DOCS / name).read_bytes() == (tmp_path / name).read_bytes(), "run `make docs`"


def test_links_of_the_documentation_lead_somewhere():
    for page in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
