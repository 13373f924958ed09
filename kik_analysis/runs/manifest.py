"""What a result says of itself: to us, and to others in two common forms.

``manifest.json``: what it was made from and the digest of every file in it that is compared; no time, host or
absolute path, so that two runs on the same input have the same one, byte for byte.
``ro-crate-metadata.json``: which program made which files from which, and when, as a Process Run Crate
(RO-Crate 1.1, profile 0.5); it holds times and is not compared. ``tables/datapackage.json``: every CSV as a
Frictionless Tabular Data Package, from the same columns that fix the tables.
"""

import json
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import __version__, project
from kik_analysis.errors import InputError, RunError
from kik_analysis.language import sentences
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest, file_digest, json_text
from kik_analysis.runs.inputs import CLAIMS

if TYPE_CHECKING:
    from kik_analysis.evidence.table import Column, Table
    from kik_analysis.runs.cache import Entry
    from kik_analysis.runs.inputs import Inputs
    from kik_analysis.runs.notebooks import Notebook
    from kik_analysis.runs.progress import Logbook

FILE = "manifest.json"
FORMAT = 2
LOG = "run.log"
CRATE = "ro-crate-metadata.json"
DATA_PACKAGE = "datapackage.json"
EXHIBITS = "exhibits"
"""Folder of what notebooks hand to the report; the result itself does without."""
DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # of JSON that is not ours
_WAY_OUT = "move the folder away and run again"
_UNCOMPARED = re.compile("|".join([*map(re.escape, (FILE, LOG, CRATE)), r"report/.*\.pdf"]))
"""The manifest vouches for itself; the others hold times."""
_TYPES = {"text": "string", "whole": "integer", "decimal": "number", "date": "date", "boolean": "boolean"}
for _suffix, _kind in ((".ipynb", "application/x-ipynb+json"), (".csv", "text/csv")):
    mimetypes.add_type(_kind, _suffix)


@dataclass(frozen=True)
class Manifest:
    """The content of ``manifest.json``.

    ``digest``: of resolved parameters, claims, seed and version: what the result is named by.
    ``scenario``: ``file`` (below the project's root, else its name), ``title`` by language, and ``settings``:
    digest of the resolved parameters with who set them where. ``seed``: seed of the scenario. ``versions``:
    this package, Python, and the packages that compute and draw. ``lock``: digest of the list of packages.
    ``options``: languages, theme and notebooks asked for. ``inputs``: ``{"claim": {id: digest}, "parameter":
    {...}, "module": {...}, ...}``: kinds of read, and modules. ``notebooks``: per notebook: digest of its
    cells, modules it loaded, what it read. ``files``: path -> ``sha256`` and ``bytes`` of every file that is
    compared.
    """

    digest: str = ""
    scenario: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    lock: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    notebooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def render(self) -> bytes:
        """Return the bytes of the file, with a digest of all else that it says, ``check``."""
        content = {"format": FORMAT, **asdict(self)}
        return json_text({**content, "check": digest(content)}, sort_keys=True).encode()


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
        if path.is_file() and not _UNCOMPARED.fullmatch(inside):
            found[inside] = {"sha256": file_digest(path), "bytes": path.stat().st_size}
    return found


def make(
    staging: Path,
    inputs: "Inputs",
    notebooks: "Sequence[Notebook]",
    entries: "Mapping[str, Entry]",
    used: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Manifest:
    """Write the manifest of a result that is whole but for the last files, and return it.

    ``staging``: folder of the new result. ``inputs``, ``notebooks``, ``entries``: what went in, and the
    finished notebooks by stem. ``used``: what the building of the report used, and the files it made
    (``pages.build``). ``options``: what was asked for: languages, theme. Figures are signed between the two
    looks at the files. RunError when one that a notebook or the report made is not there as it was made.
    """
    from kik_analysis.report.publish import sign

    described = {one.stem: _notebook(one, entries[one.stem], staging) for one in notebooks}
    promised = {name: known for entry in entries.values() for name, known in entry.files.items()}
    for name, known in sorted({**promised, **used["files"]}.items()):
        if not (staging / name).is_file() or file_digest(staging / name) != known:
            raise RunError(f"{name}: lost or changed while the result was made; run again")
    sign(staging, inputs.digest[:8])
    storage.remove(staging / EXHIBITS)
    found: dict[str, dict[str, str]] = {
        "claim": dict(inputs.all_claims),
        "correction": dict(inputs.corrections),
        "parameter": dict(inputs.parameters),
        "module": {},
    }
    for reads, modules in (*((one.reads, one.modules) for one in entries.values()), inputs.recorded(used)):
        found["module"].update(modules)
        for kind, name, known in reads:
            found.setdefault(kind, {})[name] = known
    made = Manifest(
        digest=inputs.digest,
        scenario={
            "file": project.relative(inputs.path),
            "title": dict(inputs.scenario.title),
            "settings": inputs.settings,
        },
        seed=inputs.seed,
        versions=dict(inputs.versions),
        lock=inputs.lock,
        options=dict(options),
        inputs={kind: dict(sorted(part.items())) for kind, part in sorted(found.items()) if part},
        notebooks=described,
        files=describe(staging),
    )
    (staging / FILE).write_bytes(made.render())
    return made


def _notebook(notebook: "Notebook", entry: "Entry", staging: Path) -> dict[str, Any]:
    """Return what the manifest says of a notebook: its cells, what it used, which numbers it published."""
    paths = sorted((staging / EXHIBITS / notebook.stem).glob("*"))
    exhibits = [json.loads(path.read_bytes()) for path in paths]
    return {
        "numbers": sorted({number["id"] for one in exhibits for number in one["numbers"]}),
        "tables": sorted({one["table"]["name"] for one in exhibits}),
        "cells": notebook.code,
        "modules": sorted(entry.modules),
        "reads": [f"{kind}:{name}" for kind, name, _ in entry.reads],
    }


def load(folder: Path, *, tolerant: bool = False) -> Manifest:
    """Read the manifest of a result folder.

    ``folder``: the result folder. ``tolerant``: true accepts a manifest whose own digest does not fit, as far
    as it can be read. InputError when there is none, it is damaged, or another version wrote it.
    """
    name = f"{shown(folder)}/{FILE}"
    try:
        raw = storage.read_bytes(folder / FILE)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}); is this a result folder?") from None
    try:
        content = json.loads(raw)
        version = content.pop("format")
        content.pop("check", None)
    except DAMAGED:
        raise InputError(f"{name}: damaged (not the JSON that a run writes); {_WAY_OUT}") from None
    if not isinstance(version, int) or version > FORMAT:
        raise InputError(
            f"{name}: written by a newer version (format {version}; this one reads up to {FORMAT}); "
            "update this package, or pass another folder with --out"
        )
    if not tolerant and version < FORMAT:
        raise InputError(f"{name}: written by an older version (format {version}); {_WAY_OUT}")
    known = {one.name for one in fields(Manifest)}
    found = Manifest(**{key: value for key, value in content.items() if key in known})
    if not tolerant and found.render() != raw:
        raise InputError(f"{name}: damaged (its content does not fit its own digest); {_WAY_OUT}")
    files = found.files.values() if isinstance(found.files, dict) else [found.files]
    read = isinstance(found.scenario, dict) and all(
        isinstance(one, dict) and "sha256" in one for one in files
    )
    if not read:
        raise InputError(f"{name}: damaged (its list of files cannot be read); {_WAY_OUT}")
    return found


def altered(folder: Path, own: Manifest) -> tuple[list[str], list[str]]:
    """Return the files of a result that are missing, and those that hold other bytes than it says."""
    root, paths = folder.resolve(), {name: folder / name for name in own.files}
    there = {name: path for name, path in paths.items() if path.is_file() and root in path.resolve().parents}
    changed = [name for name, path in there.items() if file_digest(path) != own.files[name]["sha256"]]
    return sorted(own.files.keys() - there.keys()), changed


def strangers(folder: Path, own: Manifest) -> Iterator[tuple[str, bool]]:
    """Yield what is in a result folder and not of its run: its path, and whether it is a link."""
    for path in sorted(folder.rglob("*")):
        inside, link = path.relative_to(folder).as_posix(), path.is_symlink()
        if link or (path.is_file() and inside not in own.files and not _UNCOMPARED.fullmatch(inside)):
            yield inside, link


def _entity(key: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"@id": key, "@type": kind, "name": name, **more}


def _named(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": one["@id"]} for one in entities]


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Return a part of ``described.json`` with values for the words in it that begin with a dollar sign."""
    if isinstance(template, str):
        return values[template[1:]] if template.startswith("$") else template
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    return {key: _filled(one, values) for key, one in template.items()}


def _described(part: str, **values: Any) -> Any:
    return _filled(json.loads(project.packaged("runs/described.json"))[part], values)


def crate(made: Manifest, log: "Logbook") -> bytes:
    """Return the bytes of the crate of a result with this manifest.

    ``made``: the manifest. ``log``: says when the run began; its end is the beginning plus the time passed on
    a clock that cannot jump.
    """
    source, title = made.scenario["file"], made.scenario["title"].get("en", "")
    began, ended = log.span()
    files = []
    for name, one in made.files.items():
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        told = {"encodingFormat": kind, "contentSize": str(one["bytes"]), "sha256": one["sha256"]}
        files.append(_entity(name, "File", name.rpartition("/")[2], **told))
    about = {"description": title, "identifier": f"sha256:{made.digest}"}
    inputs = [_entity("#scenario", "CreativeWork", source, **about)]
    for kind in ("file", "opened"):
        for name, known in made.inputs.get(kind, {}).items():
            identifier = f"sha256:{known}"
            inputs.append(_entity(f"#{kind}/{name}", "CreativeWork", name, identifier=identifier))
    inputs.append(_entity(f"#file/{CLAIMS}", "CreativeWork", CLAIMS))
    own = _entity(FILE, "File", FILE, encodingFormat="application/json")
    content = _described(
        "crate",
        name=f"Kansen in Kaart: {title or source}",
        command=f"kik run {source}",
        version=made.versions["kik_analysis"],
        versions=[f"{name} {one}" for name, one in sorted(made.versions.items())],
        began=began,
        ended=ended,
        parts=_named([*files, own]),
        inputs=_named(inputs),
        files=_named(files),
    )
    content["@graph"] += [*inputs, *files, own]
    return json_text(content).encode()


def _field(table: "Table", column: "Column") -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind]}
    found["title"] = sentences.heading(table.name, column.name, "en") or column.name
    if column.numeric:
        found |= {"unit": column.unit, "evidence": str(column.evidence)}
    return found | ({"constraints": {"required": True}} if column.name in table.key else {})


def describe_tables(staging: Path) -> None:
    """Write the description of all tables that notebooks published into a staging folder, beside them."""
    from kik_analysis.report.publish import read_all

    tables: dict[str, Any] = {}
    for stored in read_all(staging):
        table = stored.table
        if table.name in tables:
            continue
        path = staging / "tables" / f"{table.name}.csv"
        tables[table.name] = _described(
            "table",
            name=table.name.replace("_", "-"),
            file=path.name,
            title=stored.texts["en"]["title"].plain,
            size=path.stat().st_size,
            hash=f"sha256:{file_digest(path)}",
            fields=[_field(table, column) for column in table.columns],
            key=list(table.key),
        )
    made = [tables[name] for name in sorted(tables)]
    whole = _described("package", version=__version__, tables=made)
    (staging / "tables" / DATA_PACKAGE).write_bytes(json_text(whole).encode())
