"""Where a result goes, whether that place is ours to write, who writes there now, and how it is put there."""

import contextlib
import json
import os
import shutil
import tempfile
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import InputError, RunError
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest
from kik_analysis.runs import inputs, manifest
from kik_analysis.runs.manifest import shown as shown

DROPPED = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that systems leave in any folder one looks at."""
WHOLE = ("params", "data", "notebooks")
"""Folders of the project that are looked at whole; what was read elsewhere in it, a manifest names."""
SCRATCH = "kik-"
"""Begins the name of the short-lived folder of a running notebook; sockets are in it, so it is short."""


def place(folder: Path) -> Path:
    """Return the absolute path of a folder that was named by hand.

    InputError for the root of the file system, beside which nothing can be written.
    """
    found = Path(os.path.abspath(folder))
    if not found.name:
        raise InputError(f"{folder}: is the root of this machine; pass a folder below it")
    return found


def base() -> Path:
    """Return the folder of all results: ``results`` in the project, or where one stands (installed copy)."""
    root = project.root()
    return (Path.cwd() if root.name == "shipped" else root) / "results"


def default(scenario: Path, only: tuple[str, ...] = ()) -> Path:
    """Return the result folder of a scenario file; notebooks run alone get a folder of their own."""
    return base() / "-".join((scenario.stem, *only))


def store(target: Path) -> Path:
    """Return the folder of finished notebooks: beside all results, else beside this one."""
    if place := os.environ.get("KIK_CACHE"):
        return Path(place) / "notebooks"
    common = base()
    there = common if common.exists() else common.parent
    return (common if os.access(there, os.W_OK) else target.parent) / ".cache" / "notebooks"


def seal(target: Path) -> Path:
    """Return the file that holds what :func:`look` saw when a result was last found, or made, to be right."""
    return store(target).with_name("seals") / digest(str(target))[:16]


def look(asked: Namespace, target: Path, files: Iterable[Path]) -> str:
    """Return the digests of all bytes that may go into a run, and of its result; empty where they do not say.

    So it is where a file of the scenario is outside the project's own folders, where anything is a link, and
    while a run is at work on the result or was broken off. ``asked``: the command line. ``files``: of the
    scenario.
    """
    root, own = project.root().resolve(), target / manifest.FILE
    whole = [root / name for name in WHOLE]
    inside = all(any(Path(os.path.realpath(path)).is_relative_to(one) for one in whole) for path in files)
    if not inside or any(target.name in one.name for one in target.parent.glob(".*")):
        return ""
    try:
        read = json.loads(storage.read_bytes(own))["inputs"] if own.exists() else {}
        named = (inputs.LOCK, *read.get("file", ()), *read.get("opened", ()))
        apart = [root / name for name in named] + [(root / one).parent for one in read.get("listing", ())]
        going_in = sorted({*_bytes(inputs.PACKAGE, *whole, *apart, *filter(None, [asked.theme]))})
        made_by = [str(vars(asked)), os.getcwd(), inputs.versions()]
        return f"{digest([*made_by, going_in])} {digest(sorted(_bytes(target)))}"
    except (OSError, *manifest.DAMAGED):
        return ""


def _bytes(*places: Path) -> Iterator[tuple[str, str]]:
    for path in (path for place in places for path in (place, *place.rglob("*"))):
        if path.is_symlink():
            raise OSError
        if path.is_file() and path.suffix != ".pyc":
            yield str(path), storage.file_digest(path)


def check(target: Path, scenario: Mapping[str, object] | None = None, *, force: bool = False) -> bool:
    """See to it that writing a result to ``target`` would lose nothing.

    ``target``: the result folder; it may be absent or empty. ``scenario``: ``file`` and ``title`` of the
    scenario: a result of another one with the same name is not replaced. ``force``: true allows results of
    ours that were changed since to be replaced. Returns whether a result stands there as it was made.
    InputError when the folder is not ours, holds files that are not ours or were changed, or leads elsewhere.
    """
    name = shown(target)
    if target.is_symlink():
        raise InputError(f"{name}: is a symbolic link; pass the folder itself with --out")
    if target.exists() and not target.is_dir():
        raise InputError(f"{name}: is a file; pass a folder with --out")
    if not target.exists() or not any(target.iterdir()):
        return False
    if not (target / manifest.FILE).exists():
        raise InputError(
            f"{name}: holds files and no {manifest.FILE} of ours; nothing was written, "
            "pass an empty or new folder with --out"
        )
    own = manifest.load(target, tolerant=True)
    if scenario and own.scenario and any(own.scenario.get(key) != scenario[key] for key in ("file", "title")):
        raise InputError(
            f"{name}: holds the result of {own.scenario.get('file')}, another scenario with the same name; "
            "pass another folder with --out"
        )
    told = {True: "{} is a symbolic link out of the result; remove it"}
    told[False] = "{} is not ours; move it away, it would be lost"
    found = [
        (one, link) for one, link in manifest.strangers(target, own) if link or Path(one).name not in DROPPED
    ]
    problems = [f"{name}: {told[link].format(one)}" for one, link in found]
    missing, changed = manifest.altered(target, own)
    if not force:
        edited = "{} was changed since the run that wrote it; move it away, or replace it with --force"
        problems += [f"{name}: {edited.format(one)}" for one in changed]
    if problems:
        raise InputError(problems)
    return not missing and not changed


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Keep other runs out of a result folder until the block ends.

    RunError when another run is busy there, or the folder above it cannot be written.
    """
    lock = target.with_name(f".{target.name}.lock")
    with contextlib.ExitStack() as stack:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            holder = stack.enter_context(storage.locked(lock, wait=False))
        except OSError as error:
            why = "its lock is a symbolic link" if lock.is_symlink() else error.strerror
            raise RunError(
                f"{shown(target.parent)}: cannot be written ({why}); pass another folder with --out"
            ) from None
        if holder:
            raise RunError(
                f"{shown(target)}: another run (process {holder}) is writing it; wait for it, "
                "or pass another folder with --out"
            )
        storage.recover(target)
        yield


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Give an empty folder beside the target, to be exchanged with it; what is left of it goes at the end.

    RunError when the disk or the system fails; what stands in ``target`` is whole then. The log in the folder
    is kept beside the target when the block fails.
    """
    try:
        staging = storage.temporary(target)
        try:
            yield staging
        except Exception as error:  # of a run that was interrupted there is nothing to find out
            if (log := staging / manifest.LOG).is_file():
                with contextlib.suppress(OSError):
                    kept = shutil.copyfile(log, failed_log(target))
                    if isinstance(error, RunError):
                        error.lines = (f"{shown(kept)}: what went wrong, at length", *error.lines)
            raise
        finally:
            storage.remove(staging)
    except OSError as error:
        told = error.strerror or error
        raise RunError(f"{shown(target)}: {told}; the earlier result was not touched") from error


def failed_log(target: Path) -> Path:
    """Return where the log of a run that failed is kept: beside the result, which it did not touch."""
    return target.with_name(f".{target.name}.failed.log")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a short-lived folder, named after this process, so that a later run sees if it is in use."""
    return tempfile.TemporaryDirectory(prefix=f"{SCRATCH}{os.getpid()}-")


def clear_scratch() -> None:
    """Remove our short-lived folders of runs that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{SCRATCH}[0-9]*-*"):
        with contextlib.suppress(ValueError, OverflowError, OSError):  # in use by others, or not ours
            try:
                os.kill(int(left.name.split("-")[1]), 0)
            except ProcessLookupError:
                if left.lstat().st_uid == os.getuid():
                    shutil.rmtree(left, ignore_errors=True)
