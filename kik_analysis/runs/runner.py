"""``kik run``: notebooks through papermill, the report from what they published, one exchange at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import KikError, RunError
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest
from kik_analysis.runs import difference, finish, folders, inputs, manifest, notebooks, reporting, telling
from kik_analysis.runs.cache import Cache
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.logbook import Logbook
from kik_analysis.runs.manifest import Manifest
from kik_analysis.runs.notebooks import Notebook
from kik_analysis.runs.pool import Pool, clear_folders
from kik_analysis.runs.progress import Progress

JOBS = 2
LANGUAGES = {"nl": ("nl",), "en": ("en",), "both": ("nl", "en")}


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line (see ``kik run --help``)."""

    parameters: Path
    out: Path | None = None
    only: tuple[str, ...] = ()
    jobs: int = JOBS
    lang: str = "both"
    theme: Path | None = None
    force: bool = False
    quiet: bool = False


@dataclass
class _Run:
    """One run under way."""

    options: Options
    inputs: Inputs
    notebooks: list[Notebook]
    theme: str
    target: Path
    store: Cache
    progress: Progress
    log: Logbook

    @property
    def asked(self) -> dict[str, Any]:
        return {
            "languages": list(LANGUAGES[self.options.lang]),
            "theme": digest(self.theme) if self.theme else "",
            "partial": bool(self.options.only),
        }

    @property
    def values(self) -> dict[str, str]:
        argument, _ = inputs.scenario_argument(self.inputs.path)
        return {"scenario": argument, "language": "nl" if self.options.lang == "nl" else "en"}

    @property
    def environment(self) -> dict[str, str]:
        _, found_there = inputs.scenario_argument(self.inputs.path)
        return {"KIK_PROJECT": str(project.root().resolve()), **found_there}


def run(options: Options) -> Path:
    """Execute the notebooks, build the report, and put the result in its place.

    Returns
    -------
    Path
        The report to open.

    Raises
    ------
    InputError
        When an input or the result folder is wrong; nothing was written.
    RunError
        When a notebook, the disk or the system failed; the earlier result stands as it was.
    """
    theme = _theme(options.theme)
    loaded = inputs.load(options.parameters)
    chosen = notebooks.select(notebooks.found(), options.only)
    read = [notebooks.read(path) for path in chosen]
    stems = tuple(one.stem for one in read) if options.only else ()
    target = Path(os.path.abspath(options.out)) if options.out else folders.default(options.parameters, stems)
    scenario = None if options.out else _scenario(loaded)
    progress = Progress(quiet=options.quiet)
    with folders.locked(target):
        folders.check(target, scenario, force=options.force)
        with _place(target) as staging:
            work = _Run(
                options=options,
                inputs=loaded,
                notebooks=read,
                theme=theme,
                target=target,
                store=Cache(_store(target)),
                progress=progress,
                log=Logbook(staging / manifest.LOG),
            )
            if not options.force and _unchanged(work):
                progress.line(f"{folders.shown(target)}: nothing has changed")
            else:
                _make(work, staging)
    return target / "report" / f"{LANGUAGES[options.lang][0]}.html"


def _theme(path: Path | None) -> str:
    if path is None:
        return ""
    from kik_analysis.report import theme

    return theme.load(path)


def _scenario(loaded: Inputs) -> dict[str, Any]:
    return {"file": project.relative(loaded.path), "title": dict(loaded.scenario.title)}


def _store(target: Path) -> Path:
    """Return the folder of finished notebooks: beside all results, else beside this one."""
    place = os.environ.get("KIK_CACHE")
    if place:
        return Path(place) / "notebooks"
    common = folders.base()
    there = common if common.exists() else common.parent
    return (common if os.access(there, os.W_OK) else target.parent) / ".cache" / "notebooks"


@contextlib.contextmanager
def _place(target: Path) -> Iterator[Path]:
    """Give an empty folder beside the target; what is left of it goes when the run ends, however it ends."""
    clear_folders()
    try:
        staging = writing.temporary(target)
        try:
            yield staging
        except BaseException:
            _keep_log(staging, target)
            raise
        finally:
            writing.remove(staging)
    except OSError as error:
        place = folders.shown(target)
        raise RunError(f"{place}: {error.strerror or error}; the earlier result was not touched") from error


def _keep_log(staging: Path, target: Path) -> None:
    log = staging / manifest.LOG
    if log.is_file():
        with contextlib.suppress(OSError):
            shutil.copyfile(log, failed_log(target))


def failed_log(target: Path) -> Path:
    """Return where the log of a run that failed is kept: beside the result, which it did not touch."""
    return target.with_name(f".{target.name}.failed.log")


def _unchanged(work: _Run) -> bool:
    """Tell whether the result that stands there is the one this run would make."""
    try:
        own = manifest.load(work.target)
    except KikError:
        return False
    now = work.inputs
    if (own.identity, own.options, own.lock, own.versions) != (
        now.identity,
        work.asked,
        now.lock,
        now.versions,
    ):
        return False
    if own.scenario.get("settings") != now.settings:
        return False
    if {stem: one["cells"] for stem, one in own.notebooks.items()} != {
        n.stem: n.code for n in work.notebooks
    }:
        return False
    if any(
        now.digest_of(kind, name) != known
        for kind, part in own.inputs.items()
        for name, known in part.items()
    ):
        return False
    return not manifest.missing(work.target, own) and not manifest.changed(work.target, own)


def _make(work: _Run, staging: Path) -> None:
    options, progress = work.options, work.progress
    work.log.note(
        f"started, version {work.inputs.versions['kik_analysis']}, {project.relative(work.inputs.path)}"
    )
    with Pool(max(1, options.jobs), work.environment, work.log.path) as pool:
        execute = Execution(
            inputs=work.inputs,
            staging=staging,
            store=work.store,
            pool=pool,
            progress=progress,
            log=work.log,
            values=work.values,
            environment=work.environment,
        )
        execute.run(work.notebooks, again=options.force)
        began = progress.seconds()
        used = reporting.build(pool, staging, LANGUAGES[options.lang], _meta(work), work.log)
        progress.line(f"report: {progress.seconds() - began:.1f} s")
    entries = execute.entries.values()
    edited = work.inputs.edited({name for entry in entries for name in entry.modules} | {*used["modules"]})
    if edited:
        raise RunError(f"{', '.join(edited[:3])}: edited while the run was under way; run again")
    made = finish.finish(staging, work.inputs, work.notebooks, execute.entries, used, work.asked, work.log)
    told = _since(work, made, staging)
    work.log.note(f"finished; {told}" if told else "finished")
    writing.exchange(staging, work.target)
    failed_log(work.target).unlink(missing_ok=True)
    if told:
        progress.line(told)


def _since(work: _Run, made: Manifest, staging: Path) -> str:
    """Return the line that says which numbers changed since the result that stands there; empty if none."""
    try:
        earlier = manifest.load(work.target)
        found = difference.between(
            earlier, made, difference.numbers(work.target), difference.numbers(staging)
        )
    except KikError:
        return ""
    return telling.summary(found, "nl" if work.options.lang == "nl" else "en")


def _meta(work: _Run) -> dict[str, Any]:
    return {
        "scenario": str(work.inputs.path),
        "digest": work.inputs.identity[:8],
        "partial": work.asked["partial"],
        "theme": work.theme,
    }
