"""Executes notebooks in place and stores their outputs, as they are committed and checked.

``python -m kik_analysis.runs.record notebooks`` (a folder, or notebooks by path). Nothing is handed to the
notebooks: they run on the values in their own parameters cell, which is also what the strict check does.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import InputError, KikError, RunError
from kik_analysis.reading import writing
from kik_analysis.runs import execution, notebooks
from kik_analysis.runs.notebooks import Notebook, hidden_paths
from kik_analysis.runs.pool import FINAL, Job, Pool
from kik_analysis.runs.progress import Progress

JOBS = 2


def _paths(arguments: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        found += sorted(path.glob("*.ipynb")) if path.is_dir() else [path]
    if not found:
        raise InputError("no notebook given; name notebooks or a folder of them")
    return found


def record(paths: Sequence[Path], progress: Progress) -> None:
    """Execute notebooks and store the outputs in the same files.

    Parameters
    ----------
    paths
        The notebooks.
    progress
        Is told how it goes.

    Raises
    ------
    RunError
        When a notebook failed; its file is then what it was.
    """
    read = [notebooks.read(path.resolve()) for path in paths]
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)

        def hear(job: Job, event: dict[str, Any]) -> None:
            notebook: Notebook = job["notebook"]
            if event["event"] == "cell":
                job["index"] = event["index"]
                return
            if event["event"] not in FINAL:
                return
            if event["event"] == "done" and notebook.edited():
                event = {"event": "edited"}
            if event["event"] == "done":
                made = (place / notebook.stem / notebook.path.name).read_bytes()
                writing.write_file(notebook.path, made)
                progress.finished(notebook.stem, f"{notebook.shown}: recorded")
            else:
                failures.extend(execution.failure(notebook, event, job.get("index")))

        with Pool(JOBS, {"KIK_PROJECT": str(project.root().resolve())}, place / "log") as pool:
            pool.run([_job(notebook, place) for notebook in read], hear)
    if failures:
        raise RunError(failures)


def _job(notebook: Notebook, place: Path) -> Job:
    send = {
        "job": "notebook",
        "path": str(notebook.path),
        "out": str(place / notebook.stem),
        "parameters": {},
        "environment": {},
        "hide": hidden_paths(),
    }
    return {"notebook": notebook, "send": send}


def main(arguments: Sequence[str]) -> int:
    """Record the notebooks that are named; return the exit code."""
    try:
        record(_paths(arguments), Progress())
    except KikError as error:
        for line in error.lines:
            print(line, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
