"""The job of building the report, in a worker: settles what it presents and writes what goes beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kik_analysis import __version__
from kik_analysis.errors import KikError
from kik_analysis.facts.claims import claims
from kik_analysis.facts.documents import documents
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.report import build as report
from kik_analysis.report import paper
from kik_analysis.report.appendices import Meta
from kik_analysis.runs import datapackage

PARAMETERS = "parameters.json"


def build(staging: Path, asked: Mapping[str, Any]) -> None:
    """Build the report in a staging folder, with the tables' descriptions and the resolved parameters.

    Parameters
    ----------
    staging
        Folder of the new result, with all that the notebooks published.
    asked
        ``scenario`` (path), ``digest``, ``languages``, ``partial``, ``theme`` (style rules), ``shared``
        (whether to write what the languages have in common; if not, another job does).
    """
    scenario = load_scenario(Path(asked["scenario"]))
    rows = scenario.table()
    if asked["shared"]:
        (staging / PARAMETERS).write_bytes(render(rows))
    meta = Meta(
        title={"nl": scenario.title["nl"], "en": scenario.title["en"]},
        digest=asked["digest"],
        version=__version__,
        settings=tuple(rows),
        claims=tuple(claims().values()),
        documents=documents(),
        warnings=_warnings(scenario),
        partial=asked["partial"],
        languages=tuple(asked["languages"]),
        theme=asked["theme"],
    )
    pages = report.build(staging, meta, shared=asked["shared"])
    if asked["shared"]:
        datapackage.write(staging)
    paper.print_all(pages.values())


def _warnings(scenario: Scenario) -> tuple[str, ...]:
    """Return what has to be said of a scenario: its parameters, a caseload that is possible but absurd."""
    from kik_analysis.capacity.compilation import compile_scenario

    try:
        return compile_scenario(scenario).warnings
    except KikError:  # no caseload was simulated: a notebook that needs it has said why
        return tuple(map(str, scenario.warnings))


def render(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the resolved parameters as JSON: one row per path, segment and day."""
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()
