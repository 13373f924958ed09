"""What a notebook used: reads on record, modules of ours, and every other file of ours that was opened.

The runner asks for it after the last cell. Reads note themselves (``evidence.reads``); a hook of the
interpreter sees files opened without that (sentences, templates), so that nothing which can change an output
stays out of the record.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kik_analysis.reading.digest import file_digest

PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = PACKAGE / "shipped"
MACHINERY = "runs/"
_COMPILED = (".pyc", ".pyi", ".so")
"""What modules are loaded from. A source opened as a file counts: the engine's name its machine code."""
_opened: set[str] = set()


def watch() -> None:
    """Begin to note the files that this process opens for reading."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            name, mode = arguments[0], arguments[1]
            if (
                isinstance(name, str)
                and not name.endswith(_COMPILED)
                and (mode is None or mode in ("r", "rb"))
            ):
                _opened.add(name)

    sys.addaudithook(hook)


def modules() -> dict[str, str]:
    """Return the modules of ours that are loaded: path in the package -> digest of the source."""
    loaded = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == PACKAGE.name]
    files = {Path(file) for module in loaded if (file := getattr(module, "__file__", None))}
    return {file.relative_to(PACKAGE).as_posix(): file_digest(file) for file in sorted(files)}


def opened() -> tuple[dict[str, str], dict[str, str]]:
    """Return the files that were opened and their digests: those of the package, those of the project."""
    project = os.environ.get("KIK_PROJECT", "")
    ours: dict[str, str] = {}
    others: dict[str, str] = {}
    for path in sorted({os.path.abspath(name) for name in _opened}):
        if not os.path.isfile(path):
            continue
        # an installed copy has a project of its own in its folder: what lies there is no module
        if path.startswith(f"{PACKAGE}{os.sep}") and not path.startswith(f"{SHIPPED}{os.sep}"):
            ours[Path(path).relative_to(PACKAGE).as_posix()] = file_digest(Path(path))
        elif project and path.startswith(f"{project}{os.sep}"):
            inside = Path(path).relative_to(project)
            if not _apart(inside):
                others[inside.as_posix()] = file_digest(Path(path))
    return ours, others


def _apart(inside: Path) -> bool:
    """Tell whether a path below the root is no source: hidden folders, environments, results, notebooks."""
    return inside.parts[0] in ("results", "notebooks") or any(
        part.startswith((".", "__pycache__")) for part in inside.parts
    )


def answer() -> dict[str, object]:
    """Return the whole record as plain JSON types; sentences and templates count as modules.

    The machinery of runs is left out: which of it is loaded depends on what had to be done. All of it is
    part of every record anyway (``inputs.Inputs.machinery``).
    """
    loaded = {name: known for name, known in modules().items() if not name.startswith(MACHINERY)}
    reads = sys.modules.get("kik_analysis.evidence.reads")
    noted = [[read.kind, read.name, read.digest] for read in reads.everything()] if reads else []
    ours, others = opened()
    return {"reads": noted, "modules": {**loaded, **ours}, "opened": others}
