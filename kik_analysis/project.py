"""Finds the project's root: the folder that holds ``params/base.yml`` and ``data/published``."""

import functools
import os
from contextvars import ContextVar
from importlib import resources
from pathlib import Path

from kik_analysis.errors import DataError

ENVIRONMENT_VARIABLE = "KIK_PROJECT"
PUBLISHED_VARIABLE = "KIK_PUBLISHED"
"""``none`` in the processes of a scenario to which the published history does not belong."""
published = ContextVar("published", default=os.environ.get(PUBLISHED_VARIABLE) != "none")
"""Whether that history belongs to what is drawn here."""

_known: dict[str, Path] = {}
"""Folders that were found to be a project's: this is asked for every parameter that is read."""


def _is_root(folder: Path) -> bool:
    if os.path.isfile(folder / "params/base.yml") and os.path.isdir(folder / "data/published"):
        _known[str(folder)] = folder
    return str(folder) in _known


def root() -> Path:
    """Return the project's root folder.

    The order is: the folder that ``$KIK_PROJECT`` names (the runner sets it), the nearest parent of the
    working folder that looks like a project, the copy shipped inside the installed package.

    DataError when none of these holds ``params/base.yml`` and ``data/published``; the message names them.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if found := _known.get(named or os.getcwd()):
        return found
    here, package = Path.cwd(), Path(__file__).parent
    places = (Path(named),) if named else (here, *here.parents, package / "shipped", package.parent)
    if found := next(filter(_is_root, places), None):
        return found
    raise DataError(
        f"${ENVIRONMENT_VARIABLE} is {named}, which holds no params/base.yml and data/published; "
        "point it at the project's folder or unset it"
        if named
        else f"no project found: neither {here}, nor a folder above it, nor the installed package holds "
        "params/base.yml and data/published; go to the project's folder or set $KIK_PROJECT"
    )


def packaged(name: str) -> str:
    """Return the text of a file that the package itself holds: sentences, templates, tables."""
    return resources.files("kik_analysis").joinpath(name).read_text(encoding="utf-8")


@functools.lru_cache(maxsize=256)
def _below(folder: Path, *parts: str) -> Path:
    return folder.joinpath(*parts)


def params(*parts: str) -> Path:
    """Return a path below the project's ``params`` folder."""
    return _below(root(), "params", *parts)


def data(*parts: str) -> Path:
    """Return a path below the project's ``data`` folder."""
    return _below(root(), "data", *parts)


def notebooks() -> Path:
    """Return the project's ``notebooks`` folder."""
    return root() / "notebooks"


def seen_from(file: Path, other: Path) -> str:
    """Return a path as ``file`` can name it: from its folder, with forward slashes."""
    folder, there = file.parent.resolve(), other.resolve()
    return (Path(os.path.relpath(there, folder)) if folder.drive == there.drive else there).as_posix()


def relative(path: Path) -> str:
    """Return ``path`` relative to the root, with forward slashes; a path outside it by its name alone.

    What is compared or shown never holds a path of one machine.
    """
    try:
        return path.resolve().relative_to(root().resolve()).as_posix()
    except ValueError:
        return path.name
