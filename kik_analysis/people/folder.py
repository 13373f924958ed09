"""A register on disk: written as a whole or not at all, never over files of somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kik_analysis.errors import InputError
from kik_analysis.people.dictionary import dictionary_csv
from kik_analysis.people.register import ABOUT, DICTIONARY, SYNTHETIC, Register
from kik_analysis.reading import writing

if TYPE_CHECKING:
    import polars as pl

STYLES = ("kik", "municipal")


def check(target: Path) -> None:
    """See to it that writing a register to a folder would lose nothing.

    Raises
    ------
    InputError
        When the folder is a file or a link, or holds anything but a synthetic register.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"{target}: is no folder; pass a new or empty folder with --out")
    if not target.exists() or not any(target.iterdir()):
        return
    own = {ABOUT, DICTIONARY}
    try:
        about = json.loads((target / ABOUT).read_bytes())
        ours = isinstance(about, dict) and about.get(SYNTHETIC) is True
        own |= {f"{name}.csv" for name in about.get("rows", {})} if ours else set()
    except (OSError, ValueError, AttributeError):
        ours = False
    foreign = sorted(path.name for path in target.iterdir() if path.name not in own)
    if not ours or foreign:
        what = foreign[0] if foreign else ABOUT
        raise InputError(
            f"{target}: holds {what}, which is not of a synthetic register of ours; nothing was written, "
            "pass a new or empty folder with --out"
        )


def write(target: Path, register: Register, style: str = STYLES[0]) -> None:
    """Write a register to a folder in one step; what an earlier one left there is replaced.

    Parameters
    ----------
    target
        The folder; absent, empty, or with a synthetic register in it.
    register
        What to write.
    style
        ``kik``: the layout of ``data/synthetic``; ``municipal``: as municipal systems export.

    Raises
    ------
    InputError
        As :func:`check`.
    """
    from kik_analysis.people import municipal

    check(target)
    writers: dict[str, Callable[[Path], dict[str, int]]] = {
        "kik": lambda folder: _plain(folder, register),
        "municipal": lambda folder: municipal.write(folder, register),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = writing.temporary(target)
    try:
        rows = writers[style](staging)
        about = {**register.described(), "style": style, "rows": rows}
        text = json.dumps(about, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        (staging / ABOUT).write_bytes(text.encode())
        writing.exchange(staging, target)
    finally:
        writing.remove(staging)


def _plain(folder: Path, register: Register) -> dict[str, int]:
    for name, table in register.tables.items():
        _csv(table, folder / f"{name}.csv")
    (folder / DICTIONARY).write_bytes(dictionary_csv())
    return {name: table.height for name, table in register.tables.items()}


def _csv(table: pl.DataFrame, path: Path) -> None:
    with path.open("wb") as stream:
        table.write_csv(stream, line_terminator="\n")
