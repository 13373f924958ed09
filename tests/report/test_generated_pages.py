"""The generated pages of docs/ and the README's figure are those that the code makes now."""

import re
import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_generated_pages_are_current(tmp_path):
    runpy.run_path(str(DOCS / "generate.py"))["write"](tmp_path)
    for page in tmp_path.iterdir():
        assert (DOCS / page.name).read_bytes() == page.read_bytes(), "run `make docs`"


def test_links_of_the_documentation_lead_somewhere():
    for page in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
