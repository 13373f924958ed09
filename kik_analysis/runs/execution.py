"""Has the notebooks of a run executed that need it, keeps what they give, and says what failed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kik_analysis.errors import RunError
from kik_analysis.reading import storage
from kik_analysis.reading.storage import file_digest
from kik_analysis.runs import cache
from kik_analysis.runs.cache import Cache, Entry
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.notebooks import Notebook, normalise
from kik_analysis.runs.progress import Logbook, Progress, first_line, told

PARTS = ".parts"
"""Folder in the staging folder where each notebook's files are gathered while it runs."""
_EVERY = 0.1  # seconds after which the main thread looks whether it was interrupted


def failure(notebook: Notebook, at: int | None, error: BaseException) -> tuple[str, ...]:
    """Return in one line (or one per problem) why a notebook did not finish; ``at``: the cell it was at."""
    from kik_analysis.runs.engine import CellError, KernelError

    shown = notebook.shown
    if isinstance(error, CellError):
        return (f"{shown}: {notebook.cell_name(error.index)}: {first_line(str(error)) or 'failed'}",)
    if isinstance(error, KernelError) and error.started:
        return (
            f"{shown}: {notebook.cell_name(at)}: the kernel ended ({error}); most often memory ran out: "
            "close other programs, or run with --jobs 1",
        )
    if isinstance(error, KernelError):
        return (f"{shown}: the kernel did not start, tried twice ({first_line(str(error))})",)
    if isinstance(error, MemoryError):
        return (f"{shown}: memory ran out; close other programs, or run with --jobs 1",)
    return tuple(line if line.startswith(shown) else f"{shown}: {line}" for line in told(error, shown))


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
    _at: dict[str, int] = field(default_factory=dict)

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
                            failures[one.stem] = failure(one, self._at.get(one.stem), error)
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
            self._at[stem] = index
            self.progress.cell(stem, index / max(len(notebook.cells), 1))

        def execute() -> tuple[Any, dict[str, Any]]:
            surroundings = {"KIK_OUT": str(part), "KIK_NOTEBOOK": stem}
            return engine.execute(notebook, values, surroundings, self.family, tell)

        try:
            executed, record = execute()
        except engine.KernelError as error:
            if error.started or self.family.ended:
                raise
            self.progress.line(f"{notebook.shown}: its kernel did not start; trying once more")
            executed, record = execute()
        if "modules" not in record:
            raise RuntimeError("the kernel did not tell what it used")
        others = record.get("scenarios", {})
        if self.values and others and self.inputs.resolved not in others:
            raise RunError(
                f"{notebook.shown}: computed with {', '.join(others.values())}, not with the scenario of "
                "this run; load what is handed over: kik.load_scenario(scenario), set in the parameters cell"
            )
        normalise(executed, values)
        (part / "notebooks" / notebook.path.name).write_bytes(engine.written(executed))
        if notebook.edited():
            raise RunError(f"{notebook.shown}: was edited while it ran; run again")
        return record, time.monotonic() - began

    def _keep(self, notebook: Notebook, record: Mapping[str, Any], seconds: float) -> None:
        values, part = self._parameters(notebook), self.staging / PARTS / notebook.stem
        entry = cache.from_trace(notebook, values, self.inputs, record, part, seconds)
        if entry.traceable:
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
