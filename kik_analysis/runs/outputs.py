"""Executes notebooks in place and stores their outputs, as they are committed and checked.

``python -m kik_analysis.runs.outputs notebooks`` (a folder, or notebooks by path). Nothing is handed to the
notebooks: they run on the values in their own parameters cell, which is also what the strict check does.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import InputError, KikError, RunError
from kik_analysis.reading import writing
from kik_analysis.runs import execution, notebooks
from kik_analysis.runs.execution import Work
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.progress import Progress

JOBS = 2


def store(paths: Sequence[Path], progress: Progress) -> None:
    """Execute notebooks and store the outputs in the same files.

    ``paths``: the notebooks, or folders of them. ``progress``: is told how it goes. RunError when a notebook
    failed; its file is then what it was.
    """
    found = [one for path in paths for one in (sorted(path.glob("*.ipynb")) if path.is_dir() else [path])]
    if not found:
        raise InputError("no notebook given; name notebooks or a folder of them")
    read = [notebooks.read(path.resolve()) for path in found]

    def end(work: Work, error: BaseException | None) -> None:
        if error is None:
            made = work.folder / "notebooks" / work.notebook.path.name
            writing.write_file(work.notebook.path, made.read_bytes())
            progress.finished(work.notebook.stem, f"{work.notebook.shown}: recorded")

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        with Family({"KIK_PROJECT": str(project.root().resolve())}, place / "log") as family:
            # nothing is handed over, so that cells stand where they stand in the file
            work = [Work(replace(one, parameters=()), {}, {}, place / one.stem) for one in read]
            failures = execution.execute(work, JOBS, family, progress, end)
    if failures:
        raise RunError(line for one in read for line in failures.get(one.stem, ()))


def main(arguments: Sequence[str]) -> int:
    """Store the outputs of the notebooks that are named; return the exit code."""
    try:
        store([Path(argument) for argument in arguments], Progress())
    except KikError as error:
        for line in error.lines:
            print(line, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
