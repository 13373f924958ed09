"""The strict check of stored outputs catches one changed number and one moved coordinate.

``make test`` runs nbval over the committed notebooks. Here a short copy of one is altered and checked the
same way, so that a check that no longer compares anything would be noticed.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOURCE = "\n".join(
    (
        "import kik_analysis as kik",
        "from kik_analysis.figures import history",
        "kik.publish(history.figure1_reach(), 'en')",
    )
)


def code_cells(book: dict) -> list[dict]:
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


NUMBER = "kik.claims()['L042'].number"
ALTERED = [
    (SOURCE, "", ""),
    (NUMBER, "", ""),
    (NUMBER, r"^3939$", "3940"),
    (SOURCE, r"(<path d=\"M )(\d)", lambda found: found[1] + str((int(found[2]) + 1) % 10)),
    (SOURCE, r">3,939 \(56\.7%\)<", ">3,939 (56.8%)<"),
]
"""Cells, and what is altered in the outputs that are stored of them."""


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    """A notebook of figures and numbers, some outputs altered; as it was executed, in a folder beside."""
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("short")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source, *_ in ALTERED])
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    (folder / "executed").mkdir()
    nbformat.write(book, folder / "executed" / "short.ipynb")
    for cell, (_, pattern, change) in zip(book.cells, ALTERED, strict=True):
        altered = 0
        for output in cell.outputs if pattern else ():
            for kind, text in output.data.items():
                output.data[kind], found = re.subn(pattern, change, text, count=1)
                altered += found
        assert bool(altered) == bool(pattern), f"nothing to alter: {pattern}"
    nbformat.write(book, folder / "short.ipynb")
    return folder / "short.ipynb"


@pytest.mark.long(every=2)
@pytest.mark.parametrize("executed", ["before", "by nbval"])
def test_the_cells_as_they_stand_pass_and_one_altered_digit_fails(short, executed):
    """Also where nbval takes the outputs of a run before it, as in ``make test``."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider"]
    words = ["--nbval", "--nbval-current-env", "-c", "/dev/null", "--rootdir", ".", short.name]
    before = ["-p", "replay"] if executed == "before" else []
    answer = subprocess.run(
        [*command, *before, *words],
        cwd=short.parent,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"},
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.findall(r"^(PASSED|FAILED) \S+?::.*Cell (\d+)", answer.stdout, flags=re.MULTILINE)
    assert told, answer.stdout + answer.stderr
    ordered = [word for word, _ in sorted(told, key=lambda one: int(one[1]))]
    assert ordered == ["PASSED", "PASSED", "FAILED", "FAILED", "FAILED"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_is_thin_complete_and_checked_whole(path):
    book = json.loads(path.read_text())
    cells = code_cells(book)
    assert len(cells) <= 20
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1
    for cell in cells:
        source = "".join(cell["source"])
        assert not [tag for tag in cell["metadata"].get("tags", []) if tag.startswith("nbval")]
        assert "NBVAL" not in source
        assert source.count("\n") < 25
        assert not any(
            one["output_type"] == "error" or one.get("name") == "stderr" for one in cell["outputs"]
        )
        assert cell["execution_count"] is not None
    assert book["cells"][0]["cell_type"] == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_number_is_typed_in_a_notebook(path):
    """A cell loads, calls and shows; only cells of worked examples from the literature hold their numbers."""
    for cell in code_cells(json.loads(path.read_text())):
        if "published-examples" in cell["metadata"].get("tags", []):
            continue
        source = re.sub(r"#.*", "", "".join(cell["source"]))
        assert not re.search(r"(?<![\w.\"'/])\d{3,}(?![\w\"'])", source), source
