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
_MORE_TYPES = {".ipynb": "application/x-ipynb+json", ".csv": "text/csv"}
PROGRAM, RUN = "#kik-analysis", "#run"


def _file(name: str, digest: str, size: int) -> dict[str, Any]:
    suffix = name[name.rfind(".") :]
    kind = _MORE_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "@id": name,
        "@type": "File",
        "name": name.rpartition("/")[2],
        "encodingFormat": kind,
        "contentSize": str(size),
        "sha256": digest,
    }


def _inputs(made: Manifest) -> list[dict[str, Any]]:
    about = {"description": made.scenario["title"].get("en", ""), "identifier": f"sha256:{made.identity}"}
    read = [
        (f"#{kind}/{name}", name, {"identifier": f"sha256:{digest}"})
        for kind in ("file", "opened")
        for name, digest in made.inputs.get(kind, {}).items()
    ]
    rows = [("#scenario", made.scenario["file"], about), *read, (f"#file/{CLAIMS}", CLAIMS, {})]
    return [{"@id": key, "@type": "CreativeWork", "name": name, **more} for key, name, more in rows]


def render(made: Manifest, log: Logbook) -> bytes:
    """Return the bytes of the file for a result with this manifest.

    ``made``: the manifest. ``log``: says when the run began; its end is the beginning plus the time passed on
    a clock that cannot jump.
    """
    files = [_file(name, one["sha256"], one["bytes"]) for name, one in made.files.items()]
    inputs = _inputs(made)
    title = made.scenario["title"]
    began, ended = log.span()
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Kansen in Kaart: {title.get('en', made.scenario['file'])}",
        "description": "Independent calculation from public documents, not a document of the municipality.",
        "conformsTo": {"@id": _PROFILE},
        "datePublished": ended,
        "license": {"@id": _LICENCE},
        "hasPart": [{"@id": one["@id"]} for one in files] + [{"@id": FILE}],
        "mentions": {"@id": RUN},
    }
    action = {
        "@id": RUN,
        "@type": "CreateAction",
        "name": f"kik run {made.scenario['file']}",
        "instrument": {"@id": PROGRAM},
        "object": [{"@id": one["@id"]} for one in inputs],
        "result": [{"@id": one["@id"]} for one in files],
        "startTime": began,
        "endTime": ended,
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
    }
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "conformsTo": {"@id": _CRATE}, "about": {"@id": "./"}},
        root,
        {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {"@id": _LICENCE, "@type": "CreativeWork", "name": "European Union Public Licence 1.2"},
        {
            "@id": PROGRAM,
            "@type": "SoftwareApplication",
            "name": "kik_analysis",
            "softwareVersion": made.versions["kik_analysis"],
            "softwareRequirements": [f"{name} {one}" for name, one in sorted(made.versions.items())],
        },
        action,
        *inputs,
        *files,
        {"@id": FILE, "@type": "File", "name": FILE, "encodingFormat": "application/json"},
    ]
    content = {"@context": f"{_CRATE}/context", "@graph": graph}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
