"""Has the report built by the workers: a job per language, so that two pages are made at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kik_analysis.runs import execution
from kik_analysis.runs.logbook import Logbook
from kik_analysis.runs.pool import FINAL, Pool


def build(
    pool: Pool, staging: Path, languages: Sequence[str], meta: Mapping[str, Any], log: Logbook
) -> dict[str, Any]:
    """Have the pages of all languages made and return what the jobs used, taken together.

    Parameters
    ----------
    pool
        The workers.
    staging
        Folder of the new result, with all that the notebooks published.
    languages
        Languages of the report; the first one's job also writes what all languages share.
    meta
        What is said of the run (``building.build``).
    log
        Log of this run.

    Raises
    ------
    KikError
        What went wrong in the first language in which something did, whichever was ready first.
    """
    ended: dict[str, dict[str, Any]] = {}

    def hear(job: dict[str, Any], event: dict[str, Any]) -> None:
        if event["event"] in FINAL:
            ended[job["language"]] = event

    pool.run([_job(staging, lang, {**meta, "shared": lang == languages[0]}) for lang in languages], hear)
    used: dict[str, Any] = {"reads": [], "modules": {}, "opened": {}}
    for lang in languages:
        execution.reraise(ended[lang], log)
        record = ended[lang]["record"]
        used["reads"] += record["reads"]
        used["modules"] |= record["modules"]
        used["opened"] |= record["opened"]
    return used


def _job(staging: Path, lang: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    send = {"job": "report", "staging": str(staging), "meta": {**meta, "languages": [lang]}}
    return {"language": lang, "send": send}
