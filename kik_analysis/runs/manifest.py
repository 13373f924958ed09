"""``manifest.json``: what a result was made from and the digest of every file in it that is compared.

No time, host or absolute path: two runs on the same input have the same manifest, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from kik_analysis.errors import InputError
from kik_analysis.reading.digest import digest, file_digest

FILE = "manifest.json"
FORMAT = 1
LOG = "run.log"
CRATE = "ro-crate-metadata.json"
_WAY_OUT = "move the folder away and run again"
UNCOMPARED = (FILE, LOG, CRATE)
"""The manifest vouches for itself; the other two hold times."""


@dataclass(frozen=True)
class Manifest:
    """The content of ``manifest.json``.

    Attributes
    ----------
    identity
        Digest of resolved parameters, claims, seed and version: what the result is named by.
    scenario
        ``file`` (below the project's root, else its name), ``title`` by language, and ``settings``: digest
        of the resolved parameters with who set them where.
    seed
        Seed of the scenario.
    versions
        This package, Python, and the packages that compute and draw.
    lock
        Digest of the list of packages.
    options
        Languages, theme and notebooks asked for.
    inputs
        ``{"claim": {id: digest}, "parameter": {...}, "module": {...}, ...}``: kinds of read, and modules.
    notebooks
        Per notebook: digest of its cells, modules it loaded, what it read.
    files
        Path -> ``sha256`` and ``bytes`` of every file that is compared.
    """

    identity: str = ""
    scenario: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    lock: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    notebooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def owns(self, inside: str) -> bool:
        """Tell whether a path in the folder is one that our runs write."""
        return inside in self.files or inside in UNCOMPARED or _is_pdf(inside)

    def render(self) -> bytes:
        """Return the bytes of the file, its own digest included."""
        content = {"format": FORMAT, **asdict(self)}
        return _bytes({**content, "digest": digest(content)})


def _bytes(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _is_pdf(inside: str) -> bool:
    return inside.startswith("report/") and inside.endswith(".pdf")


def shown(path: Path) -> str:
    """Return a path as the user would write it: from the working folder where it lies below that."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def describe(folder: Path) -> dict[str, dict[str, Any]]:
    """Return digest and size of every file in a result folder that is compared."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.is_file() and inside not in UNCOMPARED and not _is_pdf(inside):
            found[inside] = {"sha256": file_digest(path), "bytes": path.stat().st_size}
    return found


def load(folder: Path, *, tolerant: bool = False) -> Manifest:
    """Read the manifest of a result folder.

    Parameters
    ----------
    folder
        The result folder.
    tolerant
        True accepts a manifest whose own digest does not fit, as far as it can be read.

    Raises
    ------
    InputError
        When there is none, it is damaged, or a newer version wrote it.
    """
    name = f"{shown(folder)}/{FILE}"
    try:
        raw = (folder / FILE).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}); is this a result folder?") from None
    try:
        content = json.loads(raw)
        version = content.pop("format")
        stated = content.pop("digest")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{name}: damaged (not the JSON that a run writes); {_WAY_OUT}") from None
    if not isinstance(version, int) or version > FORMAT:
        raise InputError(
            f"{name}: written by a newer version (format {version}; this one reads up to {FORMAT}); "
            "update this package, or pass another folder with --out"
        )
    known = {one.name for one in fields(Manifest)}
    if not tolerant and (
        digest({"format": version, **content}) != stated or _original(content, version, stated) != raw
    ):
        raise InputError(f"{name}: damaged (its content does not fit its own digest); {_WAY_OUT}")
    found = Manifest(**{key: value for key, value in content.items() if key in known})
    if not all(isinstance(one, dict) and "sha256" in one for one in found.files.values()):
        raise InputError(f"{name}: damaged (its list of files cannot be read); {_WAY_OUT}")
    return found


def _original(content: dict[str, Any], version: int, stated: str) -> bytes:
    return _bytes({**content, "format": version, "digest": stated})


def changed(folder: Path, own: Manifest) -> list[str]:
    """Return the files of a result that are there and hold other bytes than the manifest says."""
    return [name for name, path in _present(folder, own) if file_digest(path) != own.files[name]["sha256"]]


def missing(folder: Path, own: Manifest) -> list[str]:
    """Return the files of a result that are not there."""
    present = {name for name, _ in _present(folder, own)}
    return [name for name in own.files if name not in present]


def _present(folder: Path, own: Manifest) -> Iterable[tuple[str, Path]]:
    for name in own.files:
        path = folder / name
        if path.is_file() and folder.resolve() in path.resolve().parents:
            yield name, path
