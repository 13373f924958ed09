"""Canonical bytes of a value, and the digest that stands for it."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import hashlib
import json
import math
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any


def _plain(value: Any) -> Any:
    """Reduce a value to JSON's types in one way only (floats by their shortest exact notation)."""
    match value:
        case enum.Enum():
            return _plain(value.value)
        case None | bool() | str() | int():
            return value
        case float():
            # 9 and 9.0 written in two files are the same number
            whole = math.isfinite(value) and value.is_integer() and abs(value) < 2**53
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
        case list() | tuple():
            return [_plain(v) for v in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    raise TypeError(f"no canonical form for {type(value).__name__}")


def canonical(value: object) -> bytes:
    """Return the canonical bytes of a value: same content, same bytes, whatever the order of its keys.

    ``value``: numbers, text, dates, enumerations, mappings, sequences, sets, dataclasses and arrays of these.
    TypeError for any other type.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: object) -> str:
    """Return the SHA-256 digest (64 hexadecimal digits) of a value's canonical bytes."""
    return bytes_digest(canonical(value))


def bytes_digest(content: bytes) -> str:
    """Return the SHA-256 digest of bytes as they are."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file's bytes.

    OSError when the file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
