"""Files: their text, a digest of what they hold, and writing that is either done or not done.

A text is that of an ordinary file of limited size, in UTF-8. A reader of a result folder sees the old result
or the new one, whenever the power fails: a folder cannot be renamed onto one that holds anything, so the two
are exchanged: in one step where the system can (Linux: ``renameat2`` with ``RENAME_EXCHANGE``), else by two
renames with a mark that the next command completes.
"""

import contextlib
import dataclasses
import datetime
import enum
import errno
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import IO, Any

from kik_analysis.reading.problems import Place, Problems, nearest

_KINDS = (
    (b"PK\x03\x04", b"xl/", "an Excel workbook (.xlsx)"),
    (b"PK\x03\x04", b"word/", "a Word document (.docx)"),
    (b"PK\x03\x04", b"", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", b"", "an old Office file (.xls or .doc)"),
    (b"%PDF", b"", "a PDF"),
)
"""What files of other programs begin with, what else is in them, and what they are."""
_NO_FILE = {"this is a pipe or device": "an ordinary file", "this is a folder": "a file"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff\ud800-\udfff"
    "\u115f\u1160\u2800\u3164\uffa0\U000e0000-\U000e007f]"  # letters that are blank, and tags
)


def hidden(text: str) -> str:
    """Return the code point (``U+200B``) of the first character that a reader cannot see, or nothing.

    Among them the no-break space, characters without width, and those that turn the direction of writing.
    """
    found = _HIDDEN.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def read_bytes(path: Path, limit: int = -1) -> bytes:
    """Return what an ordinary file holds, at most ``limit`` bytes of it.

    OSError for a folder, and for a pipe or device, which could make us wait or fill the memory.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, list(_NO_FILE)[stat.S_ISDIR(mode)])
    with path.open("rb") as stream:
        return stream.read(limit)


def read_text(path: Path, file: str, problems: Problems, limit: int) -> str | None:
    """Return a file's text, without the byte order mark of Windows editors.

    ``path``: the file. Nothing but an ordinary file is opened, so that a pipe or device cannot make us wait.
    ``file``: how messages name it. ``problems``: receives why there is no text: no such file, too large, a
    workbook, another encoding. ``limit``: at most so many bytes, and one, are read.
    """
    place = Place(file)
    try:
        content = read_bytes(path, limit + 1)
    except FileNotFoundError:
        near = nearest(path.stem, {one.stem for one in path.parent.glob("*") if one.suffix == path.suffix})
        problems.add(place, "no such file" + (f"; did you mean {near}{path.suffix}?" if near else ""))
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        what = reason if reason in _NO_FILE else f"the file cannot be read: {reason.lower()}"
        problems.add(place, what, expected=_NO_FILE.get(reason, ""))
        return None
    kinds = (what for magic, inside, what in _KINDS if content.startswith(magic) and inside in content)
    if what := next(kinds, ""):
        problems.add(Place(file, 1), f"this is {what}, no text; save what is in it as a text file")
    elif len(content) > limit:
        problems.add(place, "the file is too large", expected=f"at most {limit} bytes")
    elif content.startswith(_UTF16):
        problems.add(Place(file, 1), "the file was saved as UTF-16; save it as UTF-8")
    else:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            place = Place(file, content.count(b"\n", 0, error.start) + 1)
            got = f"the byte 0x{content[error.start]:02x}"
            problems.add(place, "the file is not text in UTF-8; save it as UTF-8", got=got)
    return None


def _plain(value: Any) -> Any:
    """Reduce a value to JSON's types in one way only (floats by their shortest exact notation)."""
    match value:
        case list() | tuple():  # most are in these, and plain: asked before what takes longer to ask
            return [v if type(v) in (int, str) else _plain(v) for v in value]
        case enum.Enum():
            return _plain(value.value)
        case None | bool() | str() | int():
            return value
        case float():
            # 9 and 9.0 written in two files are the same number
            whole = value.is_integer() and abs(value) < 2**53
            return int(value) if whole else {"float": repr(value)}
        case datetime.date():
            return {"date": value.isoformat()}
        case bytes():
            return {"bytes": value.hex()}
        case Mapping():
            return {
                k.isoformat() if isinstance(k, datetime.date) else str(k): _plain(v) for k, v in value.items()
            }
        case Set():
            return sorted(map(_plain, value), key=lambda v: json.dumps(v, sort_keys=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    raise TypeError(f"no canonical form for {type(value).__name__}")


def json_text(value: object, **how: Any) -> str:
    """Return a value as the JSON files of a result hold it: readable, with a line feed at the end."""
    return json.dumps(value, ensure_ascii=False, indent=1, **how) + "\n"


def digest(value: object) -> str:
    """Return the SHA-256 digest (64 hexadecimal digits) of a value, whatever the order of its keys.

    ``value``: numbers, text, dates, enumerations, mappings, sequences, sets, dataclasses and arrays of these.
    TypeError for any other type.
    """
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return bytes_digest(text.encode())


def bytes_digest(content: bytes) -> str:
    """Return the SHA-256 digest of bytes as they are."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file's bytes.

    OSError when the file cannot be read.
    """
    return bytes_digest(path.read_bytes())


_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_NOT_OFFERED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}
"""Answers of a system or file system that knows no exchange."""


def take(stream: IO[str], *, wait: bool) -> bool:
    """Take the lock on an open file, which the system releases when this process ends, however it ends.

    ``wait``: whether to wait for the process that holds it; if not, False says that another one does. Where
    the system knows no such locks, everybody gets it.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return wait
    return True


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[str]:
    """Hold the lock that a file stands for until the block ends; the file goes with it.

    ``path``: the lock file; a symbolic link in its place is never followed. ``wait``: whether to wait for the
    process that holds it. If not, the block gets the number of that process, and no lock; else an empty text.
    OSError when the file cannot be made or is a link.
    """
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(path, flags, 0o666), "r+", encoding="ascii", errors="replace") as stream:
            if not take(stream, wait=wait):
                yield stream.read().strip() or "unknown"
                return
            if not _is_open_at(stream, path):
                continue  # who held it took the file away meanwhile
            stream.truncate(0)
            stream.write(str(os.getpid()))
            stream.flush()
            try:
                yield ""
            finally:
                path.unlink(missing_ok=True)
            return


def _is_open_at(stream: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), os.lstat(path))
    except OSError:
        return False


def is_temporary(name: str, target: Path) -> bool:
    """Tell whether a folder has the name of one where content of ``target``, and no other, is written."""
    return re.fullmatch(rf"\.tmp-{re.escape(target.name)}-[0-9]+", name) is not None


def temporary(target: Path) -> Path:
    """Make and return an empty folder beside ``target``, where its next content is written.

    The caller holds the lock on ``target``: what an earlier, broken-off run left is removed.
    """
    for left in list(target.parent.iterdir()) if target.parent.is_dir() else []:
        if is_temporary(left.name, target):
            remove(left)
    folder = target.parent / f".tmp-{target.name}-{os.getpid()}"
    folder.mkdir(parents=True)
    return folder


def remove(path: Path) -> None:
    """Remove a file, a symbolic link or a whole folder, if it is there; links are not followed."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    elif path.exists():
        shutil.rmtree(path)


def sync(path: Path) -> None:
    """Have the system write one file or folder to the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # some file systems refuse fsync on a folder; their renames are ordered anyway
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Have the system write a folder and all that is in it to the disk."""
    for place, _, files in os.walk(folder):
        for name in files:
            sync(Path(place, name))
        sync(Path(place))


def write_file(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it: it holds the old bytes or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with new.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync(path.parent)


def exchange(new: Path, target: Path) -> None:
    """Put the folder ``new`` in the place of ``target``; what stood there is removed afterwards.

    ``new``, ``target``: folders in the same parent; ``target`` may be absent. OSError when the system
    refuses; then ``target`` is what it was.
    """
    sync_tree(new)
    if not target.exists():
        os.rename(new, target)
        sync(target.parent)
    elif _exchanged(new, target):
        sync(target.parent)
        remove(new)
    else:
        write_file(_mark(target), json.dumps({"new": new.name}).encode())
        _complete(new, target)


def recover(target: Path) -> bool:
    """Complete an exchange that was broken off between two renames; True when there was one."""
    mark = _mark(target)
    if not mark.exists():
        return False
    try:
        name = json.loads(mark.read_bytes())["new"]
    except (ValueError, KeyError, TypeError):
        name = ""
    _complete(target.with_name(name) if is_temporary(str(name), target) else None, target)
    return True


def _mark(target: Path) -> Path:
    return target.with_name(f".exchange-{target.name}.json")


def _complete(new: Path | None, target: Path) -> None:
    """Go on with an exchange by two renames from wherever it was broken off."""
    old = target.with_name(f".old-{target.name}")
    if new is not None and new.exists():
        if target.exists():
            remove(old)
            os.rename(target, old)
        os.rename(new, target)
        sync(target.parent)
    elif old.exists() and not target.exists():
        os.rename(old, target)
    remove(old)
    _mark(target).unlink(missing_ok=True)


def _exchanged(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False where the system does not offer it."""
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done = call(
        _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_OFFERED:
        return False
    raise OSError(code, os.strerror(code), str(second))
