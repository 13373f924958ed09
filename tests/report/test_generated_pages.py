"""The generated pages of docs/ and the README's figure are those that the code makes now."""

import re
from pathlib import Path

from kik_analysis.report import appendices

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_generated_pages_are_current(tmp_path):
    appendices.write(tmp_path)
    for page in (tmp_path / "parameters.md", tmp_path / appendices.FIGURE):
        assert (DOCS / page.name).read_bytes() == page.read_bytes(), "run `make docs`"


def test_links_of_the_documentation_lead_somewhere():
    for page in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
