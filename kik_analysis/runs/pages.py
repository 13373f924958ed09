"""Has the report built from what the notebooks published: a process per language, so two pages at once.

A comparison has a report too, made in this process: CSV, JSON, page, workbook, figures and a manifest.
"""

import json
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import __version__, project
from kik_analysis.errors import KikError, RunError
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest as digest_of
from kik_analysis.reading.storage import file_digest
from kik_analysis.runs import folders, inputs, lifeline, manifest
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.progress import Logbook
from kik_analysis.runs.progress import told as problems

if TYPE_CHECKING:
    from kik_analysis.capacity.comparison import Comparison
    from kik_analysis.parameters.scenario import Scenario
    from kik_analysis.report.appendices import Meta

PARAMETERS = "parameters.json"
COMPARISON = "compare"
"""Name of the part of the report that a comparison makes, and of its JSON."""
HISTORY = ("history", "reference")
"""Sections of parameters about the past and the surroundings of one municipality."""
FOLDER = ".pages"
"""Folder in the staging folder where the processes are told what to do, and answer."""


def build(
    family: Family, staging: Path, languages: Sequence[str], meta: Mapping[str, Any], log: Logbook
) -> dict[str, Any]:
    """Have the pages of all languages made; return what that used, and the files made with their digests.

    ``lines`` of it are what has to be said: which PDFs are not there, and why.

    ``family``: holds the processes. ``staging``: folder of the new result, with all that the notebooks
    published. ``languages``: languages of the report; the first one's process also writes what all languages
    share. ``meta``: what is said of the run: ``scenario`` (path), ``digest``, ``partial``, ``theme`` (style
    rules), ``sections`` (notebooks' own words), ``remarks``. ``log``: log of this run. KikError what went
    wrong in the first language in which something did, whichever was ready first.
    """
    folder = staging / FOLDER
    folder.mkdir()
    running: dict[str, subprocess.Popen[bytes]] = {}
    for lang in languages:
        asked = {**meta, "languages": [lang], "shared": lang == languages[0], "staging": str(staging)}
        (folder / f"{lang}.json").write_text(json.dumps(asked), encoding="utf-8")
        running[lang] = family.start("kik_analysis.runs.pages:main", str(folder / f"{lang}.json"))
    used: dict[str, Any] = {"reads": [], "modules": {}, "opened": {}, "files": {}, "lines": {}}
    for lang, process in running.items():
        process.wait()
        try:
            answer: dict[str, Any] = json.loads((folder / f"{lang}.answer").read_bytes())
        except (OSError, ValueError):
            how = lifeline.ending(process.returncode)
            raise RunError(
                f"report: its process ended ({how}); run again, finished notebooks are kept"
            ) from None
        if "trace" in answer:
            log.note(answer["trace"])
            error = KikError(answer["lines"])
            error.exit_code = answer["exit_code"]
            raise error
        used["reads"] += answer["reads"]
        used["lines"] |= dict.fromkeys(answer["lines"])
        for part in ("modules", "opened", "files"):
            used[part] |= answer[part]
    storage.remove(folder)
    return used


def main() -> None:
    """Build the report of one language, as the file named on the command line asks, and answer beside it."""
    inputs.watch()
    place = Path(sys.argv[1])
    asked = json.loads(place.read_bytes())
    try:
        files, lines = _build(Path(asked["staging"]), asked)
        told = {**inputs.answer(), "files": files, "lines": lines}
    except Exception as error:
        code = getattr(error, "exit_code", 1)
        told = {"lines": problems(error, "report"), "exit_code": code, "trace": traceback.format_exc()}
    place.with_suffix(".answer").write_text(json.dumps(told), encoding="utf-8")


def _build(staging: Path, asked: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Build one language's report; return the files made, each with its digest, and what has to be said."""
    from kik_analysis.capacity.compilation import compile_scenario
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.report import build as report
    from kik_analysis.report import paper

    scenario = load_scenario(Path(asked["scenario"]))
    given: dict[str, Any] = {name: asked[name] for name in ("partial", "languages", "theme", "sections")}
    # of its parameters, and of a caseload that is possible but absurd
    remarks = (*compile_scenario(scenario).warnings, *asked["remarks"])
    about = meta(scenario, asked["digest"], warnings=remarks, **given)
    pages = report.build(staging, about, shared=asked["shared"])
    made = [*pages.values(), *(staging / "tables" / report.WORKBOOKS[lang] for lang in pages)]
    if asked["shared"]:
        (staging / PARAMETERS).write_bytes(storage.json_text(scenario.table()).encode())
        manifest.describe_tables(staging)
        made += [staging / name for name in (PARAMETERS, report.FILE, f"tables/{manifest.DATA_PACKAGE}")]
    lines = paper.print_all(pages.values())
    return {path.relative_to(staging).as_posix(): file_digest(path) for path in made}, lines


def meta(scenario: "Scenario", digest: str, **more: Any) -> "Meta":
    """Return what a report says of a scenario.

    ``scenario``, ``digest``: the scenario, and the characters that name the result. ``more``: other fields.
    """
    from kik_analysis.facts.claims import claims, documents
    from kik_analysis.report.appendices import Meta

    head, rows = scenario.header, list[Mapping[str, Any]](scenario.table())
    fields: dict[str, Any] = {"claims": tuple(claims().values()), "documents": documents()}
    if not head.published:
        # a place without published history has no parameters on it, and none rests on another one's claims
        theirs = (row for row in rows if row["path"].partition(".")[0] not in HISTORY)
        rows = [{**row, "source": [one for one in row["source"] if one not in claims()]} for row in theirs]
        fields = {"place": dict(zip(LANGUAGES, head.place if any(head.place) else head.title, strict=True))}
    title = dict(zip(LANGUAGES, head.title, strict=True))
    return Meta(title, digest, __version__, tuple(rows), head=head, **fields, **more)


def compared(found: "Comparison", target: Path) -> Path:
    """Write a comparison to a folder, whole or not at all, and return the Dutch page.

    ``found``: the comparison. ``target``: the folder; an earlier result of ours there is replaced. InputError
    the folder is not ours to write. RunError it cannot be written; an earlier result stands as it was.
    """
    place = folders.place(target)
    folders.check(place)
    before = project.published.set(found.base.scenario.header.published)
    try:
        with folders.locked(place), folders.staged(place) as staging:
            _fill(found, staging)
            storage.exchange(staging, place)
    finally:
        project.published.reset(before)
    return place / "report" / "nl.html"


def _fill(found: "Comparison", staging: Path) -> None:
    from kik_analysis.figures import comparison as figures
    from kik_analysis.report import build, publish

    base, *others = (one.scenario for one in (found.base, *found.others))
    for exhibit in (
        figures.changes(base, others),
        *(figures.effect(found, measure) for measure in figures.SHOWN),
        figures.backlog_gone(found),
        figures.rows(found),
    ):
        publish.hand_over(exhibit, staging, COMPARISON)
    told = {
        "scenarios": [one.scenario.digest() for one in found.runs],
        "runs": found.replications,
        "seed": found.seed,
        "layer": found.layer,
    }
    named = digest_of({**told, "version": __version__})
    remarks = tuple(f"{name}: {one}" for name, one in found.remarks)
    build.build(staging, meta(base, named[:8], warnings=remarks, partial=True))
    publish.sign(staging, named[:8])
    for summary in (staging / "report").glob("*.docx"):  # it answers the questions of a whole run
        summary.unlink()
    (staging / f"{COMPARISON}.json").write_bytes(storage.json_text(found.as_json()).encode())
    storage.remove(staging / manifest.EXHIBITS)
    files = [project.relative(Path(one.layers[-1].shown_as)) for one in (base, *others)]
    made = manifest.Manifest(
        digest=named,
        scenario={"compared": files, "title": dict(base.title)},
        seed=found.seed,
        versions=inputs.versions(),
        lock=inputs.lock_digest(),
        options=told,
        files=manifest.describe(staging),
    )
    (staging / manifest.FILE).write_bytes(made.render())
