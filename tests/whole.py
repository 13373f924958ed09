"""The whole job on the real project, run once per check, whoever of its workers asks first.

What `make run` made in this clone, by the code and on the input that are checked, is not made again.
"""

import functools
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kik_analysis.errors import InputError
from kik_analysis.reading import storage
from kik_analysis.runs import manifest

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("params", "data", "notebooks", "requirements")
RESULT = "results/base"
KEPT = ROOT / "results" / ".cache" / "notebooks"
"""What `make run` made; `kik run` uses what rests on the same code and input, by its own digests."""
anew = False
"""Whether everything is executed here, whatever was executed before: in the long form."""
config = None
"""Of this check, set when it begins."""


def place() -> Path:
    """Return a folder that all workers of this check share."""
    base = config._tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "whole"
    folder.mkdir(exist_ok=True)
    return folder


def cache() -> Path:
    """Return a folder for $KIK_CACHE: the engine, compiled as usual, and what `make run` finished."""
    from kik_analysis.capacity.kernel import machine

    compiled = machine.cache_root() / "kernels"

    def make(new: Path) -> None:
        compiled.mkdir(parents=True, exist_ok=True)
        new.mkdir()
        if KEPT.is_dir() and not anew:
            with storage.locked(KEPT / ".lock", wait=True):
                shutil.copytree(KEPT, new / "notebooks", ignore=shutil.ignore_patterns(".*"))
        (new / "kernels").symlink_to(compiled)

    return once("finished", make)


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Return a file or folder that all workers of this check share, made by the one that asks first."""
    kept, new = place() / name, place() / f"{name}.new"
    with storage.locked(place() / f".{name}", wait=True):
        if not kept.exists():
            make(new)
            new.rename(kept)
    return kept


@functools.cache
def cards() -> dict[str, Any]:
    """Return the cards of the shipped pilots, from a few draws."""
    from kik_analysis.pilots import card  # not before a worker needs it: every check loads this file first

    def make(new: Path) -> None:
        made = {name: card.card(one, draws=400) for name, one in card.shipped().items()}
        new.write_bytes(pickle.dumps(made))

    return pickle.loads(once("cards", make).read_bytes())


def kik(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # without a browser on the path: the PDF is no part of what is compared
    environment = {"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(ROOT), "HOME": str(project)}
    environment["KIK_CACHE"] = str(cache())
    command = [sys.executable, "-m", "kik_analysis", *words]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def sound(result: Path) -> bool:
    """Tell whether a result is there, as it was made; a run would refuse to replace another."""
    try:
        own = manifest.load(result)
    except InputError:
        return False
    return manifest.altered(result, own) == ([], []) and not list(manifest.strangers(result, own))


def run() -> Path:
    """Return a copy of the project in which `kik run` has been run: by this call, or by one before it."""
    project, told = place() / "project", place() / "told.json"
    with storage.locked(place() / ".running", wait=True):
        if not told.exists():
            for name in COPIED:
                shutil.copytree(ROOT / name, project / name)
            if not anew and KEPT.is_dir() and sound(ROOT / RESULT):
                shutil.copytree(ROOT / RESULT, project / RESULT)
            answer = kik(project, "run")
            told.write_text(json.dumps([answer.returncode, answer.stdout, answer.stderr]))
    code, said, trouble = json.loads(told.read_text())
    assert (code, said) == (0, "results/base/report/nl.html\n"), trouble
    return project
