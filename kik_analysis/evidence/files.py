"""Files and folders read through here are on record; a notebook reads nothing by another way."""

from __future__ import annotations

from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import note
from kik_analysis.reading.storage import bytes_digest


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes and record the read.

    DataError when the file is not there or cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{project.relative(path)}: cannot be read ({error.strerror})") from None
    note("file", project.relative(path), bytes_digest(content))
    return content


def read_text(path: Path) -> str:
    """Return a file's text (UTF-8) and record the read.

    DataError when the file is not there, cannot be read or is not UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{project.relative(path)}: not UTF-8 text (byte {error.start}); save the file as UTF-8"
        ) from None


def listing(folder: Path, pattern: str = "*") -> tuple[Path, ...]:
    """Return the paths in a folder that match a pattern, sorted, and record what was there."""
    found = tuple(sorted(folder.glob(pattern)))
    note("listing", f"{project.relative(folder)}/{pattern}", [path.name for path in found])
    return found
