"""``kik verify``: does every byte of a result still say what it said when made, and does it name nobody?"""

from __future__ import annotations

from pathlib import Path

from kik_analysis.errors import InputError
from kik_analysis.runs import folders, manifest, scan


def verify(folder: Path) -> tuple[list[str], str]:
    """Compare all files of a result with its manifest and look for identifiers of people.

    ``folder``: a result folder. Returns a line for each file that is missing, differs, is not listed or is a
    link, and for each identifier; and one line with the outcome. InputError when there is no manifest, or it
    is damaged or newer than this version.
    """
    if not folder.is_dir():
        raise InputError(f"{folders.shown(folder)}: no such folder")
    own = manifest.load(folder)
    problems = [f"{name}: missing" for name in manifest.missing(folder, own)]
    problems += [f"{name}: differs from what the run wrote" for name in manifest.changed(folder, own)]
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.is_symlink():
            problems.append(f"{inside}: is a symbolic link")
        elif path.is_file() and not own.owns(inside):
            problems.append(f"{inside}: not part of the result")
    there = (name for name in own.files if (folder / name).is_file())
    problems += [f"{name}: {found}" for name in there for found in scan.file(folder / name)]
    count = len(own.files)
    if problems:
        return problems, f"{len(problems)} found; {count} files compared"
    return [], f"{count} files as they were made, no identifier found (result {own.identity[:8]})"
