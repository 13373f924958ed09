"""``kik run``: notebooks through papermill, the report from what they published, one exchange at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import KikError, RunError
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest
from kik_analysis.runs import crate, difference, folders, inputs, manifest, notebooks, pages
from kik_analysis.runs.cache import Cache
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.progress import Logbook, Progress

LANGUAGES = {"nl": ("nl",), "en": ("en",), "both": ("nl", "en")}
HANDLES, HANDLES_PER_JOB = 128, 64
"""Files that a run may have open at once, at least: of itself, and for each notebook at work."""
MEMORY = 2 << 30
"""Bytes that a process may ask for, at least (tried: two small notebooks fail with 1.3 GB, run with 2)."""


@dataclass
class Run:
    """One run, as it was asked for on the command line (see ``kik run --help``)."""

    parameters: Path
    out: Path | None
    only: Sequence[str]
    jobs: int
    lang: str
    theme: Path | None
    force: bool
    quiet: bool

    def __post_init__(self) -> None:
        from kik_analysis.report import page

        self.style = page.load_theme(self.theme) if self.theme else ""
        self.inputs = inputs.load(self.parameters)
        self.progress = Progress(quiet=self.quiet, lang=sentences.preferred())
        self.notebooks = notebooks.select(self.only, published=self.inputs.scenario.header.published)
        stems = tuple(one.stem for one in self.notebooks) if self.only else ()
        self.target = folders.place(self.out) if self.out else folders.default(self.parameters, stems)
        self.asked = {
            "languages": list(LANGUAGES[self.lang]),
            "theme": digest(self.style) if self.style else "",
            "partial": bool(self.only),
        }

    def done(self) -> Path:
        """Execute the notebooks, build the report, and put the result in its place.

        Returns the report to open. InputError when an input or the result folder is wrong; nothing was
        written. RunError when a notebook, the disk or the system failed; the earlier result stands as it was.
        """
        source: dict[str, object] = {
            "file": project.relative(self.inputs.path),
            "title": dict(self.inputs.scenario.title),
        }

        def check() -> None:
            folders.check(self.target, None if self.out else source, force=self.force)

        check()  # before anything is written, a lock included
        with folders.locked(self.target):
            check()
            folders.clear_scratch()
            with folders.staged(self.target) as staging:
                if not self.force and self._unchanged():
                    self.progress.line(f"{folders.shown(self.target)}: nothing has changed")
                else:
                    self._make(staging)
            folders.failed_log(self.target).unlink(missing_ok=True)
        return self.target / "report" / f"{LANGUAGES[self.lang][0]}.html"

    def _unchanged(self) -> bool:
        """Tell whether the result that stands there is the one this run would make."""
        try:
            own = manifest.load(self.target)
        except KikError:
            return False
        now = self.inputs
        cells = {stem: one["cells"] for stem, one in own.notebooks.items()}
        code = {one.stem: one.code for one in self.notebooks}
        return (
            (own.identity, own.options, own.lock, own.versions, own.scenario.get("settings"), cells)
            == (now.identity, self.asked, now.lock, now.versions, now.settings, code)
            and all(
                now.digest_of(kind, name) == known
                for kind, part in own.inputs.items()
                for name, known in part.items()
            )
            and manifest.altered(self.target, own) == ([], [])
        )

    def _make(self, staging: Path) -> None:
        """Execute, build the report, and put the result in its place."""
        log = Logbook(staging / manifest.LOG)
        _see_to_limits(self.jobs)
        log.note(
            f"started, version {self.inputs.versions['kik_analysis']}, {project.relative(self.inputs.path)}"
        )
        # no absolute path gets into a notebook: a file elsewhere goes by its name, its folder apart
        argument, root = project.relative(self.inputs.path), project.root().resolve()
        surroundings = {"KIK_PROJECT": str(root)}
        if not self.inputs.path.is_relative_to(root):
            surroundings["KIK_SCENARIO_DIR"] = str(self.inputs.path.parent)
        if not self.inputs.scenario.header.published:
            surroundings[project.PUBLISHED_VARIABLE] = "none"
        first: Lang = "nl" if self.lang == "nl" else "en"
        values = {"scenario": argument, "language": first}
        with Family(surroundings, log.path) as family:
            store = Cache(folders.store(self.target))
            made = Execution(self.inputs, staging, store, family, self.progress, log, values, self.jobs)
            made.run(self.notebooks, again=self.force)
            began = time.monotonic()
            meta = {
                "scenario": str(self.inputs.path),
                "digest": self.inputs.identity[:8],
                "partial": self.asked["partial"],
                "theme": self.style,
            }
            if not any(staging.glob("exhibits/*")):
                none = "no notebook published anything; a notebook hands over its results with kik.publish"
                self.progress.line(none)
            used = pages.build(family, staging, LANGUAGES[self.lang], meta, log)
            self.progress.line(f"report: {time.monotonic() - began:.1f} s")
        modules = {name for entry in made.entries.values() for name in entry.modules} | {*used["modules"]}
        if edited := self.inputs.edited(modules):
            raise RunError(f"{', '.join(edited[:3])}: edited while the run was under way; run again")
        own = manifest.make(staging, self.inputs, self.notebooks, made.entries, used, self.asked)
        (staging / manifest.CRATE).write_bytes(crate.render(own, log))
        try:
            since = difference.summary(difference.compare(self.target, staging), first)
        except KikError:
            since = ""  # there is no earlier result
        log.note(f"finished; {since}" if since else "finished")
        missing, altered = manifest.altered(staging, own)
        for name in missing + altered:
            raise RunError(f"{name}: lost or changed while the result was made; run again")
        storage.exchange(staging, self.target)
        if since:
            self.progress.line(since)


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
