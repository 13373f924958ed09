"""``kik run``: notebooks executed as far as they need it, the report built, one exchange at the end.

``python -m kik_analysis.runs.execution`` (of all notebooks, or of those named) stores outputs in the
notebooks' own files instead, as they are committed and checked. Nothing is handed to them then: they run on
the values in their own parameters cell, which is also what the strict check does.
"""

import json
import sys
import tempfile
import time
import traceback
from argparse import Namespace
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import KikError, RunError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest, file_digest
from kik_analysis.runs import difference, folders, inputs, manifest, notebooks, pages
from kik_analysis.runs.cache import Cache, Entry
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.notebooks import Notebook, normalise
from kik_analysis.runs.progress import Logbook, Progress, see_to_limits, told

PARTS = ".parts"
"""Folder in the staging folder where each notebook's files are gathered while it runs."""
_EVERY = 0.1  # seconds after which the main thread looks whether it was interrupted


@dataclass
class Execution:
    """Notebooks of one run: those still fresh are copied, the others executed, some at once.

    ``staging``: folder of the new result. ``family``: holds the kernels; it is ended when this process is
    interrupted. ``values``: what each notebook is handed: scenario, language. ``entries``: finished
    notebooks, by stem. ``executed``: stems of those that were executed, in the order in which they finished.
    """

    inputs: Inputs
    staging: Path
    store: Cache
    family: Family
    progress: Progress
    log: Logbook
    values: Mapping[str, str]
    jobs: int = 2
    entries: dict[str, Entry] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)

    def run(self, notebooks: Sequence[Notebook], *, again: bool = False) -> None:
        """Bring all notebooks' files into the staging folder.

        ``notebooks``: the notebooks of the run. ``again``: true executes those that are fresh too. RunError
        when a notebook failed, with a line for each; the others have been kept for the next run.
        """
        todo = [notebook for notebook in notebooks if again or not self._take(notebook)]
        self.progress.total = len(todo)
        if any(one.engine for one in todo):
            # compiling takes ten seconds of one processor; notebooks without need of it go first meanwhile
            self.family.start("kik_analysis.capacity.kernel.machine:ready")
        todo.sort(key=lambda one: -self.store.seconds(one.stem))
        failures = self._execute(todo)
        self.progress.close()
        if failures:
            raise RunError(line for one in notebooks for line in failures.get(one.stem, ()))
        for one in todo:
            self._merge(one.stem)
        storage.remove(self.staging / PARTS)

    def _parameters(self, notebook: Notebook) -> dict[str, str]:
        return {name: self.values[name] for name in notebook.parameters}

    def _take(self, notebook: Notebook) -> bool:
        part = self.staging / PARTS / notebook.stem
        entry, reason, damaged = self.store.take(notebook, self._parameters(notebook), self.inputs, part)
        for name in damaged:
            self.progress.line(f"stored result {name}: damaged; removed, the notebook runs again")
        if entry is None:
            self.progress.line(f"{notebook.shown}: runs ({reason})")
            return False
        self.entries[notebook.stem] = entry
        self._merge(notebook.stem)
        self.progress.line(f"{notebook.shown}: unchanged")
        return True

    def _execute(self, todo: Sequence[Notebook]) -> dict[str, tuple[str, ...]]:
        """Execute notebooks, in the order in which they begin; return the lines of those that failed."""
        failures: dict[str, tuple[str, ...]] = {}
        with ThreadPoolExecutor(max(1, min(self.jobs, len(todo)))) as pool:
            running: dict[Future[tuple[dict[str, Any], float]], Notebook] = {
                pool.submit(self._work, one): one for one in todo
            }
            waiting = set(running)
            try:
                while waiting:
                    ended, waiting = wait(waiting, timeout=_EVERY, return_when=FIRST_COMPLETED)
                    for future in ended:
                        one = running[future]
                        if error := future.exception():
                            lines = (line.removeprefix(f"{one.shown}: ") for line in told(error, one.shown))
                            failures[one.stem] = tuple(f"{one.shown}: {line}" for line in lines)
                            trace = getattr(error, "trace", "") or "".join(traceback.format_exception(error))
                            self.log.note("\n".join([*failures[one.stem], trace]))
                            self.progress.finished(one.stem, f"{one.shown}: failed")
                        else:
                            self._keep(one, *future.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.family.end()
                raise
        return failures

    def _work(self, notebook: Notebook) -> tuple[dict[str, Any], float]:
        """Execute a notebook in a thread; return the record of what it used, and the seconds it took.

        Its files go to a part of their own; a start is tried twice.
        """
        from kik_analysis.runs import engine

        stem, values, part = notebook.stem, self._parameters(notebook), self.staging / PARTS / notebook.stem
        storage.remove(part)
        (part / "notebooks").mkdir(parents=True)
        began = time.monotonic()

        def tell(index: int) -> None:
            self.progress.cell(stem, index / max(len(notebook.cells), 1))

        surroundings = {"KIK_OUT": str(part), "KIK_NOTEBOOK": stem}
        execute = partial(engine.execute, notebook, values, surroundings, self.family, tell)
        try:
            executed, record = execute()
        except engine.StartError:
            if self.family.ended:
                raise
            self.progress.line(f"{notebook.shown}: its kernel did not start; trying once more")
            executed, record = execute()
        if "modules" not in record:
            raise RuntimeError("the kernel did not tell what it used")
        loaded = record.get("scenarios", {})
        if self.values and loaded and self.inputs.resolved not in loaded:
            files = ", ".join(file for file, _ in loaded.values())
            raise RunError(
                f"{notebook.shown}: computed with {files}, not with the scenario of "
                "this run; load what is handed over: kik.load_scenario(scenario), set in the parameters cell"
            )
        normalise(executed, values)
        (part / "notebooks" / notebook.path.name).write_bytes(engine.written(executed))
        if notebook.edited():
            raise RunError(f"{notebook.shown}: was edited while it ran; run again")
        return record, time.monotonic() - began

    def _keep(self, notebook: Notebook, record: Mapping[str, Any], seconds: float) -> None:
        part = self.staging / PARTS / notebook.stem
        reads, modules = self.inputs.recorded(record)
        others, own = record.get("scenarios", {}), self.inputs.resolved
        names = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
        entry = Entry(
            stem=notebook.stem,
            code=notebook.code,
            parameters=self._parameters(notebook),
            lock=self.inputs.lock,
            versions=dict(self.inputs.versions),
            reads=reads,
            modules=modules,
            beside=tuple(file for key, (file, theirs) in others.items() if theirs and key != own),
            files={name: file_digest(part / name) for name in names},
            seconds=round(seconds, 3),
        )
        if all(known for _, _, known in entry.reads):  # else a later run could not see a change
            self.store.store(entry, part)
        self.entries[notebook.stem] = entry
        said = f"{notebook.shown}: {seconds:.1f} s"
        self.log.note(said)
        self.executed.append(notebook.stem)
        self.progress.finished(notebook.stem, said)

    def _merge(self, stem: str) -> None:
        """Move a notebook's files into the result; two that publish under one name are a mistake."""
        part = self.staging / PARTS / stem
        for path in sorted(one for one in part.rglob("*") if one.is_file()):
            inside = path.relative_to(part)
            target = self.staging / inside
            if target.exists() and file_digest(target) != file_digest(path):
                raise RunError(
                    f"notebooks/{stem}.ipynb: publishes {inside.as_posix()}, which another notebook "
                    "publishes too, with other content; give it another name"
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        storage.remove(part)


class Run:
    """One run of a scenario's file, ``asked`` for on the command line (see ``kik run --help``)."""

    def __init__(self, scenario: Path, asked: Namespace) -> None:
        self.style = ""
        if asked.theme:
            from kik_analysis.report import page

            self.style = page.load_theme(asked.theme)
        self.inputs = inputs.load(scenario)
        self.progress = Progress(quiet=asked.quiet, lang=sentences.preferred())
        self.notebooks = notebooks.select(asked.only, published=self.inputs.scenario.header.published)
        stems = tuple(one.stem for one in self.notebooks) if asked.only else ()
        self.target = folders.place(asked.out) if asked.out else folders.default(scenario, stems)
        self.out, self.force, self.jobs = asked.out, asked.force, asked.jobs
        self.asked: dict[str, Any] = {
            "languages": [one for one in notation.LANGUAGES if asked.lang in (one, "both")],
            "theme": digest(self.style) if self.style else "",
            "partial": bool(asked.only),
        }

    def done(self) -> Path:
        """Execute the notebooks, build the report, put the result in its place, and return that.

        InputError when an input or the result folder is wrong; nothing was written. RunError when a notebook,
        the disk or the system failed; the earlier result stands as it was.
        """
        source = {"file": project.relative(self.inputs.path), "title": dict(self.inputs.scenario.title)}
        check = partial(folders.check, self.target, None if self.out else source, force=self.force)
        check()  # before anything is written, a lock included
        with folders.locked(self.target):
            whole = check()
            folders.clear_scratch()
            with folders.staged(self.target) as staging:
                if whole and not self.force and self._unchanged():
                    self.progress.line(f"{folders.shown(self.target)}: nothing has changed")
                else:
                    self._make(staging)
            folders.failed_log(self.target).unlink(missing_ok=True)
        return self.target

    def _unchanged(self) -> bool:
        """Tell whether the result that stands there, whole, is the one this run would make."""
        try:
            own = manifest.load(self.target)
        except KikError:
            return False
        now = self.inputs
        cells = {stem: one["cells"] for stem, one in own.notebooks.items()}
        code = {one.stem: one.code for one in self.notebooks}
        made = (own.digest, own.options, own.lock, own.versions, own.scenario.get("settings"), cells)
        return made == (now.digest, self.asked, now.lock, now.versions, now.settings, code) and all(
            now.digest_of(kind, name) == known
            for kind, part in own.inputs.items()
            for name, known in part.items()
        )

    def _make(self, staging: Path) -> None:
        """Execute, build the report, and put the result in its place."""
        from kik_analysis.answers.answer import read_all
        from kik_analysis.capacity.compilation import compile_scenario

        see_to_limits(self.jobs)
        compile_scenario(self.inputs.scenario)  # no notebook runs where this or a question is wrong
        read_all(self.inputs.path, published=self.inputs.scenario.header.published)
        log = Logbook(staging / manifest.LOG)
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
        first: Lang = "nl" if self.asked["languages"] == ["nl"] else "en"
        values = {"scenario": argument, "language": first}
        with Family(surroundings, log.path) as family:
            store = Cache(folders.store(self.target))
            made = Execution(self.inputs, staging, store, family, self.progress, log, values, self.jobs)
            made.run(self.notebooks, again=self.force)
            began = time.monotonic()
            meta = {
                "scenario": str(self.inputs.path),
                "digest": self.inputs.digest[:8],
                "partial": self.asked["partial"],
                "theme": self.style,
                "sections": {one.stem: one.words for one in self.notebooks},
                "remarks": self._beside(made.entries),
            }
            if not any(staging.glob("exhibits/*")):
                none = "no notebook published anything; a notebook hands over its results with kik.publish"
                self.progress.line(none)
            used = pages.build(family, staging, self.asked["languages"], meta, log)
            for line in used["lines"]:
                log.note(line)
                self.progress.line(line)
            self.progress.line(f"report: {time.monotonic() - began:.1f} s")
        modules = {name for entry in made.entries.values() for name in entry.modules} | {*used["modules"]}
        if edited := self.inputs.edited(modules):
            raise RunError(f"{', '.join(edited[:3])}: edited while the run was under way; run again")
        own = manifest.make(staging, self.inputs, self.notebooks, made.entries, used, self.asked)
        (staging / manifest.CRATE).write_bytes(manifest.crate(own, log))
        try:
            since = difference.summary(difference.compare(self.target, staging), sentences.preferred())
        except KikError:
            since = ""  # there is no earlier result
        log.note(f"finished; {since}" if since else "finished")
        missing, altered = manifest.altered(staging, own)
        for name in missing + altered:
            raise RunError(f"{name}: lost or changed while the result was made; run again")
        storage.exchange(staging, self.target)
        if since:
            self.progress.line(since)

    def _beside(self, entries: Mapping[str, Entry]) -> list[str]:
        """Say which notebooks loaded another scenario too; return what the report remarks on it."""
        found = []
        for one in self.notebooks:
            if files := ", ".join(entries[one.stem].beside):
                nl, en = (difference.say("beside", lang, files=files) for lang in notation.LANGUAGES)
                found.append(f"{one.shown}: scenario: {nl} / {en}")
                self.progress.line(f"{one.shown}: {nl if sentences.preferred() == 'nl' else en}")
        return found


def store(names: Sequence[str], progress: Progress) -> None:
    """Execute notebooks and store the outputs in the same files.

    ``names``: of the notebooks; all without any. ``progress``: is told how it goes. RunError when a notebook
    failed; nothing is stored then.
    """
    read = [replace(one, parameters=()) for one in notebooks.select(names, published=True)]
    base = inputs.load(project.params("base.yml"))
    with tempfile.TemporaryDirectory() as scratch:
        place, log = Path(scratch), Path(scratch, "run.log")
        with Family({"KIK_PROJECT": str(project.root().resolve())}, log) as family:
            kept = Cache(folders.store(place))
            Execution(base, place, kept, family, progress, Logbook(log), {}).run(read)
        for one in read:
            made = json.loads((place / "notebooks" / one.path.name).read_bytes())
            for cell in made["cells"]:
                cell["metadata"].pop("kik", None)  # what a computed number rests on stands in a result alone
            storage.write_file(one.path, storage.json_text(made, sort_keys=True).encode())


if __name__ == "__main__":
    try:
        store(sys.argv[1:], Progress())
    except KikError as wrong:
        sys.exit("\n".join(wrong.lines))
