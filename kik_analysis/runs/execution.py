"""Has the notebooks of a run executed that need it, keeps what they give, and says what failed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kik_analysis.errors import RunError
from kik_analysis.reading import writing
from kik_analysis.reading.digest import file_digest
from kik_analysis.runs import cache
from kik_analysis.runs.cache import Cache, Entry
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.notebooks import Notebook, normalise
from kik_analysis.runs.progress import Logbook, Progress, first_line, told

PARTS = ".parts"
"""Folder in the staging folder where each notebook's files are gathered while it runs."""
_EVERY = 0.1  # seconds after which the main thread looks whether it was interrupted


@dataclass
class Work:
    """One notebook that is executed: what it is handed, where it is, how it ended.

    ``notebook``, ``values``, ``environment``: what runs, the values handed to it, variables of its kernel.
    ``folder``: where the executed notebook and what it publishes land.
    """

    notebook: Notebook
    values: Mapping[str, str]
    environment: Mapping[str, str]
    folder: Path
    began: float = 0.0
    at: int | None = None
    record: dict[str, Any] = field(default_factory=dict)

    def do(self, family: Family, progress: Progress) -> None:
        """Execute the notebook; a kernel that does not start is tried twice."""
        from kik_analysis.runs import engine

        notebook = self.notebook
        self.began = time.monotonic()

        def tell(index: int) -> None:
            self.at = index
            progress.cell(notebook.stem, index / max(len(notebook.cells), 1))

        try:
            executed, self.record = engine.execute(notebook, self.values, self.environment, family, tell)
        except engine.KernelError as error:
            if error.started or family.ended:
                raise
            progress.line(f"{notebook.shown}: its kernel did not start; trying once more")
            executed, self.record = engine.execute(notebook, self.values, self.environment, family, tell)
        if "modules" not in self.record:
            raise RuntimeError("the kernel did not tell what it used")
        normalise(executed, self.values)
        path = self.folder / "notebooks" / notebook.path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(engine.written(executed))
        if notebook.edited():
            raise RunError(f"{notebook.shown}: was edited while it ran; run again")

    def failure(self, error: BaseException) -> tuple[str, ...]:
        """Return in one line (or one per problem) why the notebook did not finish."""
        from kik_analysis.runs.engine import CellError, KernelError

        shown, place = self.notebook.shown, self.notebook.cell_name(self.at)
        if isinstance(error, CellError):
            return (f"{shown}: {self.notebook.cell_name(error.index)}: {first_line(str(error)) or 'failed'}",)
        if isinstance(error, KernelError) and error.started:
            return (
                f"{shown}: {place}: the kernel ended ({error}); most often memory ran out: "
                "close other programs, or run with --jobs 1",
            )
        if isinstance(error, KernelError):
            return (f"{shown}: the kernel did not start, tried twice ({first_line(str(error))})",)
        if isinstance(error, MemoryError):
            return (f"{shown}: memory ran out; close other programs, or run with --jobs 1",)
        lines = told(error, shown)
        return tuple(line if line.startswith(shown) else f"{shown}: {line}" for line in lines)


def execute(
    work: Sequence[Work],
    jobs: int,
    family: Family,
    progress: Progress,
    done: Callable[[Work, BaseException | None], None],
) -> dict[str, tuple[str, ...]]:
    """Execute notebooks, some at once, and return the lines of those that failed, by stem.

    ``work``: the notebooks, in the order in which they begin. ``jobs``: how many at once. ``family``: holds
    their kernels; it is ended when this process is interrupted. ``progress``: is told how it goes. ``done``:
    called in this thread with each work that ended, and the error if it failed.
    """
    failures: dict[str, tuple[str, ...]] = {}
    with ThreadPoolExecutor(max(1, min(jobs, len(work)))) as pool:
        running: dict[Future[None], Work] = {pool.submit(one.do, family, progress): one for one in work}
        waiting = set(running)
        try:
            while waiting:
                ended, waiting = wait(waiting, timeout=_EVERY, return_when=FIRST_COMPLETED)
                for future in ended:
                    one, error = running[future], future.exception()
                    if error is not None:
                        failures[one.notebook.stem] = one.failure(error)
                    done(one, error)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            family.end()
            raise
    return failures


@dataclass
class Execution:
    """Notebooks of one run: those still fresh are copied, the others executed.

    ``staging``: folder of the new result. ``values``: what each notebook is handed: scenario, language.
    ``entries``: finished notebooks, by stem. ``executed``: stems of those that were executed, in the order in
    which they finished.
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
        todo = [self._work(notebook) for notebook in notebooks if again or not self._take(notebook)]
        self.progress.total = len(todo)
        if any(one.notebook.engine for one in todo):
            # compiling takes ten seconds of one processor; notebooks without need of it go first meanwhile
            self.family.start("kik_analysis.capacity.kernel.machine:ready")
        todo.sort(key=lambda one: -self.store.seconds(one.notebook.stem))
        failures = execute(todo, self.jobs, self.family, self.progress, self._end)
        self.progress.close()
        if failures:
            raise RunError(line for one in notebooks for line in failures.get(one.stem, ()))
        for one in todo:
            self._merge(one.notebook.stem, one.folder)
        writing.remove(self.staging / PARTS)

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
        self._merge(notebook.stem, part)
        self.progress.line(f"{notebook.shown}: unchanged")
        return True

    def _work(self, notebook: Notebook) -> Work:
        part = self.staging / PARTS / notebook.stem
        writing.remove(part)
        part.mkdir(parents=True)
        environment = {"KIK_OUT": str(part), "KIK_NOTEBOOK": notebook.stem}
        return Work(notebook, self._parameters(notebook), environment, part)

    def _end(self, work: Work, error: BaseException | None) -> None:
        notebook, seconds = work.notebook, time.monotonic() - work.began
        if error is not None:
            trace = getattr(error, "trace", None) or "".join(traceback.format_exception(error))
            self.log.note("\n".join([*work.failure(error), trace]))
            self.progress.finished(notebook.stem, f"{notebook.shown}: failed")
            return
        entry = cache.from_trace(notebook, work.values, self.inputs, work.record, work.folder, seconds)
        if entry.traceable:
            self.store.store(entry, work.folder)
        self.entries[notebook.stem] = entry
        self.log.note(f"{notebook.shown}: {seconds:.1f} s")
        self.executed.append(notebook.stem)
        self.progress.finished(notebook.stem, f"{notebook.shown}: {seconds:.1f} s")

    def _merge(self, stem: str, part: Path) -> None:
        """Move a notebook's files into the result; two that publish under one name are a mistake."""
        for path in sorted(part.rglob("*")):
            if not path.is_file():
                continue
            inside = path.relative_to(part)
            target = self.staging / inside
            if target.exists() and file_digest(target) != file_digest(path):
                raise RunError(
                    f"notebooks/{stem}.ipynb: publishes {inside.as_posix()}, which another notebook "
                    "publishes too, with other content; give it another name"
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        writing.remove(part)
