"""The text of a file that somebody wrote: an ordinary file, of limited size, in UTF-8."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from kik_analysis.reading.problems import Place, Problems

_KINDS = (
    (b"PK\x03\x04", b"xl/", "an Excel workbook (.xlsx)"),
    (b"PK\x03\x04", b"word/", "a Word document (.docx)"),
    (b"PK\x03\x04", b"", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", b"", "an old Office file (.xls or .doc)"),
    (b"%PDF", b"", "a PDF"),
    (b"\x89PNG", b"", "a picture"),
    (b"\x1f\x8b", b"", "a gzip archive"),
)
"""What files of other programs begin with, what else is in them, and what they are."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff\ud800-\udfff]"
)


def control(text: str) -> re.Match[str] | None:
    """Return the first character that no text file of ours holds anywhere: control codes and the like."""
    return _CONTROL.search(text)


def hidden(text: str) -> str:
    """Return the code point (``U+200B``) of the first character that a reader cannot see, or nothing.

    Among them the no-break space, characters without width, and those that turn the direction of writing.
    """
    found = _HIDDEN.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def read_text(path: Path, file: str, problems: Problems, limit: int) -> str | None:
    """Return a file's text, without the byte order mark of Windows editors.

    ``path``: the file. Nothing but an ordinary file is opened, so that a pipe or device cannot make us wait.
    ``file``: how messages name it. ``problems``: receives why there is no text: no such file, too large, a
    workbook, another encoding. ``limit``: at most so many bytes, and one, are read.
    """
    content = _content(path, file, problems, limit)
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        got = f"the byte 0x{content[error.start]:02x}"
        problems.add(Place(file, line), "the file is not text in UTF-8; save it as UTF-8", got=got)
        return None


def _content(path: Path, file: str, problems: Problems, limit: int) -> bytes | None:
    place = Place(file)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            problems.add(place, "this is a folder", expected="a file")
            return None
        if not stat.S_ISREG(mode):
            problems.add(place, "this is a pipe or device", expected="an ordinary file")
            return None
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except FileNotFoundError:
        problems.add(place, "no such file")
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not valid"
        problems.add(place, f"the file cannot be read: {reason.lower()}")
        return None
    kinds = (what for magic, inside, what in _KINDS if content.startswith(magic) and inside in content)
    if what := next(kinds, ""):
        problems.add(Place(file, 1), f"this is {what}, no text; save what is in it as a text file")
    elif len(content) > limit:
        problems.add(place, "the file is too large", expected=f"at most {limit} bytes")
    elif content.startswith(_UTF16):
        problems.add(Place(file, 1), "the file was saved as UTF-16; save it as UTF-8")
    else:
        return content
    return None
