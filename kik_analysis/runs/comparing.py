"""A comparison as a result folder: CSV, JSON, a page and a workbook per language, figures, a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from kik_analysis import __version__, project
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest
from kik_analysis.runs import folders, inputs, manifest, pages

if TYPE_CHECKING:
    from kik_analysis.capacity.comparison import Comparison

NAME = "compare"
"""Of the part of the report that it makes, and of its JSON."""


def write(found: Comparison, target: Path) -> Path:
    """Write a comparison to a folder, whole or not at all, and return the Dutch page.

    ``found``: the comparison. ``target``: the folder; an earlier result of ours there is replaced. InputError
    the folder is not ours to write. RunError it cannot be written; an earlier result stands as it was.
    """
    place = folders.place(target)
    folders.check(place)
    with folders.locked(place), folders.staged(place) as staging:
        _fill(found, staging)
        storage.exchange(staging, place)
    return place / "report" / "nl.html"


def _fill(found: Comparison, staging: Path) -> None:
    from kik_analysis.figures import comparison as figures
    from kik_analysis.report import build, publish

    base, *others = (one.scenario for one in (found.base, *found.others))
    for exhibit in (
        figures.changes(base, others),
        *(figures.effect(found, measure) for measure in figures.SHOWN),
        figures.backlog_gone(found),
        figures.rows(found),
    ):
        publish.hand_over(exhibit, staging, NAME)
    told = {
        "scenarios": list(found.digests),
        "runs": found.replications,
        "seed": found.seed,
        "layer": found.layer,
    }
    identity = digest({**told, "version": __version__})
    remarks = tuple(f"{name}: {one}" for name, one in found.remarks)
    build.build(staging, pages.meta(base, identity[:8], warnings=remarks, partial=True))
    for summary in (staging / "report").glob("*.docx"):  # it answers the questions of a whole run
        summary.unlink()
    text = json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n"
    (staging / f"{NAME}.json").write_text(text, encoding="utf-8", newline="\n")
    storage.remove(staging / manifest.EXHIBITS)
    files = [project.relative(Path(one.layers[-1].shown_as)) for one in (base, *others)]
    made = manifest.Manifest(
        identity=identity,
        scenario={"compared": files, "title": dict(base.title)},
        seed=found.seed,
        versions=inputs.versions(),
        lock=inputs.lock_digest(),
        options=told,
        files=manifest.describe(staging),
    )
    (staging / manifest.FILE).write_bytes(made.render())
