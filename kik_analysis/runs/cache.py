"""Finished notebooks, kept with the record of what they read, so that unchanged work is not done again.

Each entry is a folder: the executed notebook, the files it published, and ``record.json``. It is used when
cells, packages, modules of ours and every value read are what they were, and each of its files still has
its digest. An entry is put in place by one rename, so that a run that dies leaves whole entries or none.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest, file_digest
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.notebooks import Notebook

FORMAT = 1
KEPT = 4
"""Entries kept per notebook and scenario, so that going back to an earlier value is fast too."""
RECORD = "record.json"
NEVER = "not run before"


@dataclass(frozen=True)
class Entry:
    """What is known of one finished notebook.

    ``stem``, ``code``, ``parameters``: which notebook: its name, the digest of its cells, the values handed
    to it. ``lock``, ``versions``: packages it ran with. ``reads``: ``(kind, name, digest)`` of all it read
    that is a source itself. ``modules``: modules, sentences and templates of ours that it used: path in the
    package -> digest. ``beside``: scenarios that its cells loaded beside the run's own. ``files``: files of
    the entry -> digest. ``seconds``: how long it took; only orders later runs.
    """

    stem: str
    code: str
    parameters: dict[str, str]
    lock: str
    versions: dict[str, str]
    reads: tuple[tuple[str, str, str], ...]
    modules: dict[str, str]
    beside: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def key(self) -> str:
        """Return the digest of everything that the result depends on."""
        content = {name: value for name, value in asdict(self).items() if name not in ("files", "seconds")}
        return digest(content)

    def stale(self, notebook: Notebook, parameters: Mapping[str, str], inputs: Inputs) -> str:
        """Return what has changed since, in a few words; empty when the entry is fresh."""
        if self.code != notebook.code:
            return "its cells"
        if self.parameters != parameters:
            return "the values handed to it"
        if self.lock != inputs.lock or self.versions != inputs.versions:
            return "the installed packages"
        for path, known in self.modules.items():
            if inputs.digest_of("module", path) != known:
                return f"module {path}"
        for kind, name, known in self.reads:
            if inputs.digest_of(kind, name) != known:
                return f"{kind} {name}"
        return ""


class Cache:
    """A folder of entries, shared by the runs of a project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the cache for the moment of a copy, so that no other run removes what is being copied."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with storage.locked(self.folder / ".lock", wait=True):
            yield

    def take(
        self, notebook: Notebook, parameters: Mapping[str, str], inputs: Inputs, target: Path
    ) -> tuple[Entry | None, str, list[str]]:
        """Find a fresh entry and copy its files to ``target``.

        Returns the entry, or why there is none to use; and the entries whose bytes were not what their record
        says, which are removed.
        """
        reason, damaged = NEVER, list[str]()
        with self._alone():
            for folder, entry in self._entries(notebook.stem):
                if entry is None or any(  # a file is missing or holds other bytes than its record says
                    (path := folder / name).is_symlink() or not path.is_file() or file_digest(path) != known
                    for name, known in entry.files.items()
                ):
                    damaged.append(f"{notebook.stem}/{folder.name}")
                    storage.remove(folder)
                    continue
                changed = entry.stale(notebook, parameters, inputs)
                if not changed:
                    for name in entry.files:
                        (target / name).parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(folder / name, target / name)
                    return entry, "", damaged
                if entry.parameters == parameters and reason == NEVER:
                    reason = f"changed: {changed}"  # since the newest
        return None, reason, damaged

    def store(self, entry: Entry, source: Path) -> None:
        """Keep a finished notebook, of which ``source`` holds the files; of many entries the oldest go."""
        place, name = self.folder / entry.stem, entry.key[:12]
        with self._alone():
            for left in place.glob(".[0-9]*"):
                storage.remove(left)
            earlier = list(self._entries(entry.stem))
            order = int(earlier[0][0].name.partition("-")[0]) + 1 if earlier else 1
            new = place / f".{os.getpid()}-{name}"
            shutil.copytree(source, new)
            content = {"format": FORMAT, **asdict(entry)}
            record = json.dumps({**content, "digest": digest(content)}, ensure_ascii=False, indent=1)
            (new / RECORD).write_bytes(record.encode())
            storage.sync_tree(new)
            os.rename(new, place / f"{order:06d}-{name}")
            kept = 1
            for folder, old in earlier:
                same = old is not None and old.parameters == entry.parameters
                again = folder.name.endswith(name)
                kept += same and not again
                if old is None or again or (same and kept > KEPT):
                    storage.remove(folder)

    def _entries(self, stem: str) -> Iterator[tuple[Path, Entry | None]]:
        """Yield a notebook's entries, the newest first; the order is counted, not taken from a clock."""
        for folder in sorted((self.folder / stem).glob(f"{'[0-9]' * 6}-*"), reverse=True):
            yield folder, _load(folder)

    def seconds(self, stem: str) -> float:
        """Return how long a notebook took last time; endless when it never ran."""
        return next((entry.seconds for _, entry in self._entries(stem) if entry), float("inf"))


def _load(folder: Path) -> Entry | None:
    """Return the entry that a folder holds; None when its record is not what was written."""
    try:
        content = json.loads(storage.read_bytes(folder / RECORD))
        stated = content.pop("digest")
        if digest(content) != stated or content.pop("format") != FORMAT:
            return None
        content["reads"] = tuple((kind, name, known) for kind, name, known in content["reads"])
        content["beside"] = tuple(content.get("beside", ()))
        return Entry(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
