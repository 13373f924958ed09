"""Notebooks read nothing past the record: no bare file, no listing of folders, no names out of the blue.

The stored result of a notebook is used again when everything on its record is unchanged; this holds only as
long as everything it reads is on record.
"""

import ast
import json
import re
from pathlib import Path

import pytest
from tiny_project import ROOT

NAMES = {
    "open": "reads a file",
    **dict.fromkeys(["eval", "exec", "compile", "__import__"], "makes names out of text"),
    **dict.fromkeys(["globals", "locals", "vars", "getattr"], "makes names out of text"),
    "input": "asks a person",
    "get_ipython": "leaves Python",
}
ATTRIBUTES = {
    **dict.fromkeys(["open", "read_text", "read_bytes", "loadtxt", "genfromtxt", "fromfile"], "reads a file"),
    **dict.fromkeys(["glob", "rglob", "iglob", "iterdir", "listdir", "scandir", "walk"], "lists a folder"),
    **dict.fromkeys(["environ", "getenv", "urlopen", "urlretrieve"], "asks the surroundings"),
    **dict.fromkeys(["now", "today", "time", "perf_counter", "monotonic"], "asks a clock"),
    **dict.fromkeys(["import_module", "run_path", "system", "Popen"], "leaves the record"),
}
READER = re.compile(r"(read|scan)_(csv|json|ndjson|parquet|ipc|excel|table|pickle|avro|delta|database)")
MODULES = {"glob", "os", "subprocess", "socket", "urllib", "requests", "pickle", "shutil", "importlib"}


def findings(source: str) -> list[str]:
    """Return what a cell does past the record, in the order of its lines."""
    if re.search(r"^\s*[%!?]|\?\s*$", source, flags=re.MULTILINE):
        return ["a magic or shell line: leaves Python"]
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = [alias.name for alias in node.names]
            if "*" in names:
                found.append("import *: brings in names out of the blue")
            whole = [node.module or ""] if isinstance(node, ast.ImportFrom) else names
            left = (name for name in whole if name.partition(".")[0] in MODULES)
            found += [f"import {name}: leaves the record" for name in left]
        elif isinstance(node, ast.Name) and node.id in NAMES:
            found.append(f"{node.id}: {NAMES[node.id]}")
        elif isinstance(node, ast.Attribute):
            if node.attr in ATTRIBUTES:
                found.append(f".{node.attr}: {ATTRIBUTES[node.attr]}")
            if READER.fullmatch(node.attr):
                found.append(f".{node.attr}: reads a file")
    return found


def cells(path: Path) -> list[str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_reads_nothing_past_the_record(path):
    assert cells(path)
    assert [(place, found) for place, cell in enumerate(cells(path), 1) for found in findings(cell)] == []


_, *PLANTED = (Path(__file__).parent / "planted.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("planted", [line.encode().decode("unicode_escape") for line in PLANTED])
def test_a_planted_way_past_the_record_is_found(planted):
    assert findings(planted)


PLAIN = """\
import kik_analysis as kik
kik.publish(history.figure1_reach(), language)
scenario = kik.load_scenario(scenario)
rows = kik.audit().frame.select('claim')
[row for row in rows.iter_rows()]
print(f'{1 + 1} reads')
"""


def test_plain_lines_pass():
    assert findings(PLAIN) == []


def test_the_package_reads_files_where_the_record_can_see_them():
    """Python's own ways to open a file are seen by the hook in the kernel; those of libraries not."""
    own = r"(?!io\.(Bytes|String)IO\()"  # bytes that were read on record
    readers = re.compile(rf"\.({READER.pattern})\({own}|\bnp\.(load|loadtxt|fromfile|memmap)\(")
    hits = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "kik_analysis").rglob("*.py"))
        for match in readers.finditer(path.read_text(encoding="utf-8"))
    ]
    assert hits == []
