"""``kik run``: notebooks through papermill, the report from what they published, one exchange at the end."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import KikError, RunError
from kik_analysis.language import messages
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest
from kik_analysis.runs import crate, difference, folders, inputs, manifest, notebooks, pages
from kik_analysis.runs.cache import Cache
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.notebooks import Notebook
from kik_analysis.runs.progress import Logbook, Progress

LANGUAGES = {"nl": ("nl",), "en": ("en",), "both": ("nl", "en")}
HANDLES, HANDLES_PER_JOB = 128, 64
"""Files that a run may have open at once, at least: of itself, and for each notebook at work."""
MEMORY = 2 << 30
"""Bytes that a process may ask for, at least (tried: two small notebooks fail with 1.3 GB, run with 2)."""


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line (see ``kik run --help``)."""

    parameters: Path
    out: Path | None
    only: tuple[str, ...]
    jobs: int
    lang: str
    theme: Path | None
    force: bool
    quiet: bool


@dataclass
class _Run:
    """One run under way."""

    options: Options
    inputs: Inputs
    notebooks: list[Notebook]
    theme: str
    target: Path
    progress: Progress

    @property
    def asked(self) -> dict[str, Any]:
        return {
            "languages": list(LANGUAGES[self.options.lang]),
            "theme": digest(self.theme) if self.theme else "",
            "partial": bool(self.options.only),
        }

    def unchanged(self) -> bool:
        """Tell whether the result that stands there is the one this run would make."""
        try:
            own = manifest.load(self.target)
        except KikError:
            return False
        now = self.inputs
        return (
            (own.identity, own.options, own.lock, own.versions)
            == (now.identity, self.asked, now.lock, now.versions)
            and own.scenario.get("settings") == now.settings
            and {stem: one["cells"] for stem, one in own.notebooks.items()}
            == {one.stem: one.code for one in self.notebooks}
            and all(
                now.digest_of(kind, name) == known
                for kind, part in own.inputs.items()
                for name, known in part.items()
            )
            and not manifest.missing(self.target, own)
            and not manifest.changed(self.target, own)
        )

    def make(self, staging: Path) -> None:
        """Execute, build the report, and put the result in its place."""
        log = Logbook(staging / manifest.LOG)
        _see_to_limits(self.options.jobs)
        version, source = self.inputs.versions["kik_analysis"], project.relative(self.inputs.path)
        log.note(f"started, version {version}, {source}")
        argument, found_there = inputs.scenario_argument(self.inputs.path)
        surroundings = {"KIK_PROJECT": str(project.root().resolve()), **found_there}
        if not self.inputs.scenario.header.published:
            surroundings[project.PUBLISHED_VARIABLE] = "none"
        with Family(surroundings, log.path) as family:
            done = Execution(
                inputs=self.inputs,
                staging=staging,
                store=Cache(_store(self.target)),
                family=family,
                progress=self.progress,
                log=log,
                values={"scenario": argument, "language": "nl" if self.options.lang == "nl" else "en"},
                jobs=self.options.jobs,
            )
            done.run(self.notebooks, again=self.options.force)
            clock = self.progress.seconds()
            meta = {
                "scenario": str(self.inputs.path),
                "digest": self.inputs.identity[:8],
                "partial": self.asked["partial"],
                "theme": self.theme,
            }
            used = pages.build(family, staging, LANGUAGES[self.options.lang], meta, log)
            self.progress.line(f"report: {self.progress.seconds() - clock:.1f} s")
        modules = {name for entry in done.entries.values() for name in entry.modules} | {*used["modules"]}
        if edited := self.inputs.edited(modules):
            raise RunError(f"{', '.join(edited[:3])}: edited while the run was under way; run again")
        made = manifest.make(staging, self.inputs, self.notebooks, done.entries, used, self.asked)
        (staging / manifest.CRATE).write_bytes(crate.render(made, log))
        told = self._since(staging)
        log.note(f"finished; {told}" if told else "finished")
        if lost := manifest.missing(staging, made) + manifest.changed(staging, made):
            raise RunError(f"{lost[0]}: lost or changed while the result was made; run again")
        writing.exchange(staging, self.target)
        if told:
            self.progress.line(told)

    def _since(self, staging: Path) -> str:
        """Return the line that says which numbers changed since the result there; empty if there is none."""
        try:
            found = difference.compare(self.target, staging)
        except KikError:
            return ""
        return difference.summary(found, "nl" if self.options.lang == "nl" else "en")


def run(options: Options) -> Path:
    """Execute the notebooks, build the report, and put the result in its place.

    Returns the report to open. InputError when an input or the result folder is wrong; nothing was written.
    RunError when a notebook, the disk or the system failed; the earlier result stands as it was.
    """
    theme = ""
    if options.theme is not None:
        from kik_analysis.report import theme as style

        theme = style.load(options.theme)
    loaded = inputs.load(options.parameters)
    read = notebooks.select(options.only, published=loaded.scenario.header.published)
    stems = tuple(one.stem for one in read) if options.only else ()
    target = folders.place(options.out) if options.out else folders.default(options.parameters, stems)
    source: dict[str, object] = {"file": project.relative(loaded.path), "title": dict(loaded.scenario.title)}
    progress = Progress(quiet=options.quiet, lang=messages.preferred())

    def check() -> None:
        folders.check(target, None if options.out else source, force=options.force)

    check()  # before anything is written, a lock included
    with folders.locked(target):
        check()
        folders.clear_scratch()
        with folders.staged(target) as staging:
            work = _Run(options, loaded, read, theme, target, progress)
            if not options.force and work.unchanged():
                progress.line(f"{folders.shown(target)}: nothing has changed")
            else:
                work.make(staging)
        folders.failed_log(target).unlink(missing_ok=True)
    return target / "report" / f"{LANGUAGES[options.lang][0]}.html"


def _see_to_limits(jobs: int) -> None:
    """Refuse limits of this system that are too low: the libraries below would end without a word."""
    try:
        import resource
    except ImportError:
        return
    needed = HANDLES + HANDLES_PER_JOB * jobs
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        except (ValueError, OSError):
            raise RunError(
                f"only {soft} files may be open at once on this system, and a run with --jobs {jobs} needs "
                f"{needed}; raise the limit (ulimit -n {needed}) and run again"
            ) from None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and soft < MEMORY:
        raise RunError(
            f"only {soft >> 20} MB of memory may be used on this system, and each process of a run asks for "
            f"up to {MEMORY >> 20}; raise the limit (ulimit -v {MEMORY >> 10}) and run again"
        )


def _store(target: Path) -> Path:
    """Return the folder of finished notebooks: beside all results, else beside this one."""
    if place := os.environ.get("KIK_CACHE"):
        return Path(place) / "notebooks"
    common = folders.base()
    there = common if common.exists() else common.parent
    return (common if os.access(there, os.W_OK) else target.parent) / ".cache" / "notebooks"
