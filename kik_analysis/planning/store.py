"""Needs of draws that were found before, shipped for the base and for every shipped scenario.

A need is a function of the promise, the draws, the seed, the search and what the engine makes of the
scenario. Its key is a digest of the first three, of the code of the search (without comments), and of what
the engine *does*: how many people are where after a few runs. So nothing that was found under other
assumptions, or by an engine that counts otherwise, is ever taken for an answer, and what moves no run makes
nothing stale. ``python -m kik_analysis.planning.store`` makes what is missing, in some minutes on two cores,
with progress.
"""

from __future__ import annotations

import ast
import csv
import functools
import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence import files
from kik_analysis.planning.thresholds import Floats
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest

PLACE = ("staffing", "needs.csv")
COMMAND = "python -m kik_analysis.planning.store"
_LETTERS = 20  # of a digest: enough to tell all that was ever found apart
_SEARCH, _FINDS = ("thresholds.py", "groups.py"), ("each", "_answers")  # what finds the file's numbers
_found: dict[str, Floats] = {}  # what this process has found or taken from the file


class _Plain(ast.NodeTransformer):
    """Leaves out what does nothing: imports, words, and in which modules the things lie that are used."""

    def __init__(self, tree: ast.Module) -> None:
        lines = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
        self.taken = {one.asname or one.name: one.name for line in lines for one in line.names}

    def visit(self, node: ast.AST) -> Any:
        node = self.generic_visit(node)
        words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        empty = isinstance(node, ast.If) and not node.body + node.orelse
        if words or empty or isinstance(node, ast.Import | ast.ImportFrom):
            return None
        if isinstance(node, ast.Name):
            node.id = self.taken.get(node.id, node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = node.value.id in self.taken.values() and node.value.id.islower()
            return ast.Name(node.attr, node.ctx) if module else node
        return node


def code(*modules: str, of: Sequence[str] = ()) -> str:
    """Digest of what modules of this room do: their syntax without layout, comments and docstrings.

    Imports and names of modules play no part, nor which of ``modules`` a thing stands in. ``of``: these
    things alone, with what they use of the modules; by default everything.
    """
    parts = list[tuple[set[str], ast.stmt]]()
    for name in modules:
        tree = ast.parse((Path(__file__).parent / name).read_text(encoding="utf-8"))
        for node in _Plain(tree).visit(tree).body:
            stored = (one for one in ast.walk(node) if isinstance(getattr(one, "ctx", None), ast.Store))
            names = {one.id for one in stored if isinstance(one, ast.Name)}
            parts.append(({node.name} if hasattr(node, "name") else names, node))
    asked, before = set(of), -1
    while len(asked) > before:
        before, some = len(asked), [node for names, node in parts if not of or names & asked]
        asked |= {one.id for node in some for one in ast.walk(node) if isinstance(one, ast.Name)}
    return digest(sorted({ast.dump(node) for node in some}))


_code = functools.cache(lambda: code(*_SEARCH, of=_FINDS))


def known(what: Sequence[object], number: int, make: Callable[[], Floats]) -> Floats:
    """Return numbers from the shipped file where it has them; else make them.

    ``what``: everything that they depend on but the way they are searched. ``number``: how many there are.
    """
    name = digest([_code(), *what])[:_LETTERS]
    found = _shipped().get(name)
    _found[name] = make() if found is None or len(found) != number else found
    return _found[name]


def _shipped() -> dict[str, Floats]:
    path = project.data(*PLACE)
    rows = csv.DictReader(io.StringIO(files.read_text(path))) if path.is_file() else ()
    try:
        return {row["key"]: np.array([float(one) for one in row["numbers"].split()]) for row in rows}
    except (AttributeError, KeyError, ValueError):
        where = project.relative(path)
        raise DataError(f"{where}: damaged (delete it, then make it again with {COMMAND})") from None


def main() -> None:
    """Write what `kik fte` and the notebooks ask about shipped scenarios to ``data/staffing/needs.csv``.

    What the file holds already is not made again; what nothing asks any more goes.
    """
    from kik_analysis.parameters import shipped
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.planning import answer, groups, staff

    began, base = time.monotonic(), load_scenario()
    scenarios = [load_scenario(file) for file in shipped.files().values()]
    for done, scenario in enumerate(scenarios, 1):
        asked = staff.Question(scenario)
        staff.over_draws(asked, staff.central(asked), staff.DRAWS)
        groups.answers(asked, draws=0)
        if scenario.name == base.name:  # what the notebooks ask beside that
            staff.required_fte(base, kept=groups.promises(asked)[groups.AFTER], draws=staff.DRAWS)
            staff.required_fte(base, coverage=float(base[answer.SMALLER]), draws=staff.DRAWS)  # type: ignore[arg-type]
            groups.answers(asked)
        told = f"{time.monotonic() - began:5.0f} s  {done} of {len(scenarios)}: {scenario.name}"
        print(told, file=sys.stderr, flush=True)
        _write(_shipped() | _found)
    _write(_found)


def _write(rows: Mapping[str, Floats]) -> None:
    lines = (f"{name},{' '.join(f'{one:.7g}' for one in rows[name].tolist())}\n" for name in sorted(rows))
    writing.write_file(project.data(*PLACE), "".join(["key,numbers\n", *lines]).encode())


if __name__ == "__main__":
    from kik_analysis.planning import store

    store.main()
