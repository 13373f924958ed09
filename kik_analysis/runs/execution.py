"""Has the notebooks of a run executed that need it, keeps what they give, and says what failed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kik_analysis.errors import KikError, RunError
from kik_analysis.reading import writing
from kik_analysis.reading.digest import file_digest
from kik_analysis.runs import cache
from kik_analysis.runs.cache import Cache, Entry
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.logbook import Logbook
from kik_analysis.runs.notebooks import Notebook, hidden_paths
from kik_analysis.runs.pool import FINAL, Pool
from kik_analysis.runs.progress import Progress

PARTS = ".parts"
"""Folder in the staging folder where each notebook's files are gathered while it runs."""


@dataclass
class Execution:
    """Notebooks of one run: those still fresh are copied, the others executed.

    Attributes
    ----------
    staging
        Folder of the new result.
    values
        What each notebook is handed: scenario, language.
    entries
        Finished notebooks, by stem.
    executed
        Stems of those that were executed, in the order in which they finished.
    """

    inputs: Inputs
    staging: Path
    store: Cache
    pool: Pool
    progress: Progress
    log: Logbook
    values: Mapping[str, str]
    environment: Mapping[str, str]
    entries: dict[str, Entry] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    _failures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)

    def parameters(self, notebook: Notebook) -> dict[str, str]:
        """Return the values that a notebook is handed: those its parameters cell names."""
        return {name: self.values[name] for name in notebook.parameters}

    def run(self, notebooks: list[Notebook], *, again: bool = False) -> None:
        """Bring all notebooks' files into the staging folder.

        Parameters
        ----------
        notebooks
            The notebooks of the run.
        again
            True executes those that are fresh too.

        Raises
        ------
        RunError
            When a notebook failed, with a line for each; the others have been kept for the next run.
        """
        todo = [notebook for notebook in notebooks if again or not self._take(notebook)]
        self.progress.total = len(todo)
        if any(notebook.engine for notebook in todo):
            # compiling takes ten seconds of one processor; notebooks without need of it go first meanwhile
            self.pool.beside({"job": "engine"})
        todo.sort(key=lambda notebook: -self.store.seconds(notebook.stem))
        self.pool.run([self._job(notebook) for notebook in todo], self._hear)
        self.progress.close()
        if self._failures:
            order = [notebook.stem for notebook in notebooks]
            raise RunError(line for stem in order for line in self._failures.get(stem, ()))
        for notebook in todo:
            part = self.staging / PARTS / notebook.stem
            self._merge(notebook.stem, part)
        writing.remove(self.staging / PARTS)

    def _take(self, notebook: Notebook) -> bool:
        part = self.staging / PARTS / notebook.stem
        found = self.store.take(notebook, self.parameters(notebook), self.inputs, part)
        for name in found.damaged:
            self.progress.line(f"stored result {name}: damaged; removed, the notebook runs again")
        if found.entry is None:
            self.progress.line(f"{notebook.shown}: runs ({_because(found.reason)})")
            return False
        self.entries[notebook.stem] = found.entry
        self._merge(notebook.stem, part)
        self.progress.line(f"{notebook.shown}: unchanged")
        return True

    def _job(self, notebook: Notebook) -> dict[str, Any]:
        part = self.staging / PARTS / notebook.stem
        writing.remove(part)
        part.mkdir(parents=True)
        return {
            "job": "notebook",
            "notebook": notebook,
            "send": {
                "job": "notebook",
                "path": str(notebook.path),
                "out": str(part / "notebooks"),
                "parameters": self.parameters(notebook),
                "environment": {**self.environment, "KIK_OUT": str(part), "KIK_NOTEBOOK": notebook.stem},
                "hide": hidden_paths(),
            },
        }

    def _hear(self, job: dict[str, Any], event: dict[str, Any]) -> None:
        notebook: Notebook = job["notebook"]
        kind = event["event"]
        if kind == "begun":
            self._begun[notebook.stem] = time.monotonic()
        elif kind == "again":
            self.progress.line(f"{notebook.shown}: its kernel did not start; trying once more")
        elif kind == "cell":
            job["index"] = event["index"]
            self.progress.cell(notebook.stem, event["index"] / max(notebook.cells, 1))
        elif kind in FINAL:
            self._end(job, notebook, event)

    def _end(self, job: dict[str, Any], notebook: Notebook, event: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._begun.get(notebook.stem, time.monotonic())
        if event["event"] == "done" and notebook.edited():
            event = {"event": "edited"}
        if event["event"] != "done":
            lines = failure(notebook, event, job.get("index"))
            self._failures[notebook.stem] = lines
            self.log.note("\n".join([*lines, event.get("trace", "")]))
            self.progress.finished(notebook.stem, f"{notebook.shown}: failed")
            return
        self._keep(notebook, event["record"], seconds)
        self.log.note(f"{notebook.shown}: {seconds:.1f} s")
        self.executed.append(notebook.stem)
        self.progress.finished(notebook.stem, f"{notebook.shown}: {seconds:.1f} s")

    def _keep(self, notebook: Notebook, trace: Mapping[str, Any], seconds: float) -> None:
        part = self.staging / PARTS / notebook.stem
        entry = cache.from_trace(notebook, self.parameters(notebook), self.inputs, trace, part, seconds)
        if entry.traceable:
            self.store.store(entry, part)
        self.entries[notebook.stem] = entry

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


def _because(reason: str) -> str:
    return reason if reason == cache.NEVER else f"changed: {reason}"


def failure(notebook: Notebook, event: Mapping[str, Any], index: int | None) -> tuple[str, ...]:
    """Return in one line (or one per problem) why a notebook did not finish."""
    kind = event["event"]
    place = f"{notebook.shown}: {notebook.cell_name(event.get('index', index))}"
    if kind == "failed":
        first = event["what"].strip().splitlines() or ["failed"]
        return (f"{place}: {first[0]}",)
    if kind == "died":
        return (
            f"{place}: the kernel ended ({event['what']}); most often memory ran out: "
            "close other programs, or run with --jobs 1",
        )
    if kind == "not started":
        return (f"{notebook.shown}: the kernel did not start, tried twice ({_first(event['what'])})",)
    if kind == "lost":
        return (f"{place}: {_lost(event)}",)
    if kind == "edited":
        return (f"{notebook.shown}: was edited while it ran; run again",)
    if kind == "system":
        return (f"{notebook.shown}: {event['what']}; nothing was replaced",)
    if kind == "error":
        return tuple(f"{notebook.shown}: {line}" for line in event["lines"])
    return (f"{notebook.shown}: {_first(event['what'])} (this is a fault of ours)",)


def _lost(event: Mapping[str, Any]) -> str:
    return f"the worker process ended ({event['what']}); run again, finished notebooks are kept"


def _first(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]


def reraise(event: Mapping[str, Any], log: Logbook) -> None:
    """Raise what the job of building the report told, as an error of ours."""
    kind = event["event"]
    if event.get("trace"):
        log.note(event["trace"])
    if kind == "error":
        error = KikError(event["lines"])
        error.exit_code = event["exit_code"]
        raise error
    if kind == "lost":
        raise RunError(f"report: {_lost(event)}")
    if kind == "system":
        raise RunError(f"report: {event['what']}; nothing was replaced")
    if kind in FINAL and kind != "done":
        raise RunError(f"report: {_first(event['what'])} (this is a fault of ours)")
