"""Stores the outputs of notebooks in their own files, as they are committed and checked.

``python -m kik_analysis.runs.outputs notebooks`` (a folder, or notebooks by path). Nothing is handed to the
notebooks: they run on the values in their own parameters cell, which is also what the strict check does. What
finished and is unchanged since is not executed again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import InputError, KikError
from kik_analysis.reading import storage
from kik_analysis.runs import folders, inputs, notebooks
from kik_analysis.runs.cache import Cache
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.progress import Logbook, Progress


def store(paths: Sequence[Path], progress: Progress) -> None:
    """Execute notebooks and store the outputs in the same files.

    ``paths``: the notebooks, or folders of them. ``progress``: is told how it goes. RunError when a notebook
    failed; nothing is stored then.
    """
    found = [one for path in paths for one in (sorted(path.glob("*.ipynb")) if path.is_dir() else [path])]
    if not found:
        raise InputError("no notebook given; name notebooks or a folder of them")
    read = [replace(notebooks.read(path.resolve()), parameters=()) for path in found]
    base = inputs.load(project.params("base.yml"))
    with tempfile.TemporaryDirectory() as scratch:
        place, log = Path(scratch), Path(scratch, "run.log")
        with Family({"KIK_PROJECT": str(project.root().resolve())}, log) as family:
            kept = Cache(folders.store(place))
            Execution(base, place, kept, family, progress, Logbook(log), {}).run(read)
        for one in read:
            made = json.loads((place / "notebooks" / one.path.name).read_bytes())
            for cell in made["cells"]:
                cell["metadata"].pop("kik", None)  # what a computed number rests on stands in a result alone
            text = json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True)
            storage.write_file(one.path, f"{text}\n".encode())


if __name__ == "__main__":
    try:
        store([Path(argument) for argument in sys.argv[1:]], Progress())
    except KikError as wrong:
        sys.exit("\n".join(wrong.lines))
