"""``ro-crate-metadata.json``: the run described as a Process Run Crate (RO-Crate 1.1, profile 0.5).

It tells repositories and search engines which program made which files from which, and when. It holds times
and is not compared.
"""

from __future__ import annotations

import json
import mimetypes
from typing import Any

from kik_analysis.runs.inputs import CLAIMS
from kik_analysis.runs.manifest import CRATE, FILE, Manifest
from kik_analysis.runs.progress import Logbook

_CRATE = "https://w3id.org/ro/crate/1.1"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_LICENCE = "https://spdx.org/licenses/EUPL-1.2"
PROGRAM, RUN = "#kik-analysis", "#run"
for _suffix, _kind in ((".ipynb", "application/x-ipynb+json"), (".csv", "text/csv")):
    mimetypes.add_type(_kind, _suffix)


def _entity(key: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"@id": key, "@type": kind, "name": name, **more}


def _named(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": one["@id"]} for one in entities]


def render(made: Manifest, log: Logbook) -> bytes:
    """Return the bytes of the file for a result with this manifest.

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
    about = {"description": title, "identifier": f"sha256:{made.identity}"}
    inputs = [_entity("#scenario", "CreativeWork", source, **about)]
    for kind in ("file", "opened"):
        for name, digest in made.inputs.get(kind, {}).items():
            identifier = f"sha256:{digest}"
            inputs.append(_entity(f"#{kind}/{name}", "CreativeWork", name, identifier=identifier))
    inputs.append(_entity(f"#file/{CLAIMS}", "CreativeWork", CLAIMS))
    own = _entity(FILE, "File", FILE, encodingFormat="application/json")
    root = _entity(
        "./",
        "Dataset",
        f"Kansen in Kaart: {title or source}",
        description="Independent calculation from public documents, not a document of the municipality.",
        conformsTo={"@id": _PROFILE},
        datePublished=ended,
        license={"@id": _LICENCE},
        hasPart=_named([*files, own]),
        mentions={"@id": RUN},
    )
    program = _entity(
        PROGRAM,
        "SoftwareApplication",
        "kik_analysis",
        softwareVersion=made.versions["kik_analysis"],
        softwareRequirements=[f"{name} {one}" for name, one in sorted(made.versions.items())],
    )
    action = _entity(
        RUN,
        "CreateAction",
        f"kik run {source}",
        instrument={"@id": PROGRAM},
        object=_named(inputs),
        result=_named(files),
        startTime=began,
        endTime=ended,
        actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
    )
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "conformsTo": {"@id": _CRATE}, "about": {"@id": "./"}},
        root,
        _entity(_PROFILE, "CreativeWork", "Process Run Crate", version="0.5"),
        _entity(_LICENCE, "CreativeWork", "European Union Public Licence 1.2"),
        *(program, action, *inputs, *files, own),
    ]
    content = {"@context": f"{_CRATE}/context", "@graph": graph}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
