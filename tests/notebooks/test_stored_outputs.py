"""The strict check of stored outputs catches one changed number and one moved coordinate.

``make test`` runs nbval over the committed notebooks. Here a short copy of one is altered and checked the
same way, so that a check that no longer compares anything would be noticed.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SOURCE = "\n".join(
    (
        "import kik_analysis as kik",
        "from kik_analysis.figures import history",
        "kik.publish(history.figure1_reach(), 'en')",
    )
)


def code_cells(book: dict) -> list[dict]:
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    """A notebook of one figure and one number, with its outputs as a kernel gives them."""
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("short")
    cells = [nbformat.v4.new_code_cell(SOURCE), nbformat.v4.new_code_cell("kik.claims()['L042'].number")]
    book = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    path = folder / "short.ipynb"
    nbformat.write(book, path)
    return path


def check(*paths: Path) -> dict[str, list[str]]:
    """Return what the strict check says of each notebook, cell by cell: PASSED or FAILED."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider"]
    folder = paths[0].parent
    answer = subprocess.run(
        [
            *command,
            "--nbval",
            "--nbval-current-env",
            "-c",
            "/dev/null",
            "--rootdir",
            str(folder),
            *map(str, paths),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.findall(r"^(PASSED|FAILED) (\S+?)::.*Cell (\d+)", answer.stdout, flags=re.MULTILINE)
    assert told, answer.stdout + answer.stderr
    ordered = sorted(told, key=lambda one: int(one[2]))
    return {path.name: [word for word, name, _ in ordered if name == path.name] for path in paths}


def altered(short: Path, name: str, pattern: str, change) -> Path:
    """Return a copy in which one match of a pattern in the stored outputs is changed."""
    book = json.loads(short.read_text())
    for cell in code_cells(book):
        for output in cell["outputs"]:
            for kind, content in output.get("data", {}).items():
                text = "".join(content)
                if re.search(pattern, text):
                    output["data"][kind] = re.sub(pattern, change, text, count=1)
                    path = short.with_name(name)
                    path.write_text(json.dumps(book))
                    return path
    raise AssertionError(f"nothing to alter: {pattern}")


ALTERED = [
    ("number.ipynb", r"^3939$", "3940"),
    ("coordinate.ipynb", r"(<path d=\"M )(\d)", lambda found: found[1] + str((int(found[2]) + 1) % 10)),
    ("label.ipynb", r">3,939 \(56\.7%\)<", ">3,939 (56.8%)<"),
]


def test_the_copy_as_it_stands_passes_and_one_altered_digit_fails(short):
    told = check(short, *(altered(short, *one) for one in ALTERED))
    assert told == {
        "short.ipynb": ["PASSED", "PASSED"],
        "number.ipynb": ["PASSED", "FAILED"],
        "coordinate.ipynb": ["FAILED", "PASSED"],
        "label.ipynb": ["FAILED", "PASSED"],
    }


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
