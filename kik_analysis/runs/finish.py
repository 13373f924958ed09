"""The last files of a result: what it was made from, when, and the digest of every file in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.reading import writing
from kik_analysis.runs import crate, manifest
from kik_analysis.runs.cache import Entry
from kik_analysis.runs.inputs import DERIVED, Inputs
from kik_analysis.runs.logbook import Logbook
from kik_analysis.runs.manifest import Manifest
from kik_analysis.runs.notebooks import Notebook

EXHIBITS = "exhibits"
"""What notebooks hand to the report; the result itself does without."""


def gather(
    inputs: Inputs, entries: Mapping[str, Entry], used: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Return all inputs by kind, each with its digest: what notebooks and report read, and all parameters."""
    found: dict[str, dict[str, str]] = {
        "claim": dict(inputs.all_claims),
        "correction": dict(inputs.corrections),
        "parameter": dict(inputs.parameters),
        "module": {**inputs.machinery, **used["modules"]},
    }
    for entry in entries.values():
        found["module"].update(entry.modules)
        for kind, name, known in entry.reads:
            found.setdefault(kind, {})[name] = known
    for kind, name, _ in used["reads"]:
        if kind not in DERIVED:
            found.setdefault(kind, {})[name] = inputs.digest_of(kind, name)
    apart = {*inputs.scenario_files, inputs.claims_file}
    opened = {name: known for name, known in used["opened"].items() if name not in apart}
    found["opened"] = {**found.get("opened", {}), **opened}
    return {kind: dict(sorted(part.items())) for kind, part in sorted(found.items()) if part}


def describe_notebook(notebook: Notebook, entry: Entry, staging: Path) -> dict[str, Any]:
    """Return what the manifest says of a notebook: its cells, what it used, which numbers it published."""
    exhibits = [
        json.loads(path.read_bytes()) for path in sorted((staging / EXHIBITS / notebook.stem).glob("*"))
    ]
    return {
        "numbers": sorted({number["id"] for one in exhibits for number in one["numbers"]}),
        "tables": sorted({one["table"]["name"] for one in exhibits if one["table"]}),
        "cells": notebook.code,
        "modules": sorted(entry.modules),
        "reads": [f"{kind}:{name}" for kind, name, _ in entry.reads],
    }


def finish(
    staging: Path,
    inputs: Inputs,
    notebooks: list[Notebook],
    entries: Mapping[str, Entry],
    used: Mapping[str, Any],
    options: Mapping[str, Any],
    log: Logbook,
) -> Manifest:
    """Write manifest and crate into the staging folder, and return the manifest.

    Parameters
    ----------
    staging
        Folder of the new result, complete but for these.
    inputs, notebooks, entries
        What went in, and the finished notebooks by stem.
    used
        What the building of the report used (``trace.answer``).
    options
        What was asked for: languages, theme.
    log
        Log of this run, which knows when it began.
    """
    described = {one.stem: describe_notebook(one, entries[one.stem], staging) for one in notebooks}
    writing.remove(staging / EXHIBITS)
    made = Manifest(
        identity=inputs.identity,
        scenario={
            "file": project.relative(inputs.path),
            "title": dict(inputs.scenario.title),
            "settings": inputs.settings,
        },
        seed=inputs.seed,
        versions=dict(inputs.versions),
        lock=inputs.lock,
        options=dict(options),
        inputs=gather(inputs, entries, used),
        notebooks=described,
        files=manifest.describe(staging),
    )
    (staging / manifest.FILE).write_bytes(made.render())
    (staging / manifest.CRATE).write_bytes(crate.render(made, log))
    return made
