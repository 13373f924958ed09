"""Executes notebooks through papermill: in threads of ours, each notebook in a kernel process of its own.

Kernels get folder, variables and a line to the run from the client that starts them: a thread changes
nothing of this process that another would see.
"""

import ast
import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from kik_analysis.errors import RunError
from kik_analysis.runs import folders, lifeline, notebooks
from kik_analysis.runs.lifeline import Family
from kik_analysis.runs.notebooks import Notebook
from kik_analysis.runs.progress import first_line

NAME = "kik"
START_SECONDS = 60
CELL_SECONDS = 3600
LONGEST_SOCKET_FOLDER = 80
_ASKED = "__import__('json').dumps(__import__('kik_analysis.runs.inputs', fromlist=['answer']).answer())"
_HELD = "__import__('json').dumps({name: globals().get(name) for name in %r}, default=repr)"

for _noisy in ("traitlets", "papermill", "asyncio"):
    logging.getLogger(_noisy).addHandler(logging.NullHandler())
    logging.getLogger(_noisy).propagate = False


class StartError(RunError):
    """The kernel of a notebook did not start."""

    def __init__(self, notebook: Notebook, cause: str) -> None:
        super().__init__(f"{notebook.shown}: the kernel did not start, tried twice ({first_line(cause)})")


class CellError(RunError):
    """A cell went wrong: its place in the executed notebook, what was said, and the trace for the log."""

    def __init__(self, notebook: Notebook, place: int, what: str, trace: str = "") -> None:
        super().__init__(f"{notebook.shown}: {notebook.cell_names[place]}: {first_line(what) or 'failed'}")
        self.trace = trace


def ended(cause: str) -> str:
    """Return what is said of a kernel that ended while a cell ran."""
    killed = "most often memory ran out: close other programs, or run with --jobs 1"
    why = killed if cause == "signal 9" else "the cell itself or another program ended it"
    return f"the kernel ended ({cause}); {why}"


@dataclass
class _Job:
    """One notebook on its way through papermill: what its kernel gets, and what it told in the end."""

    notebook: Notebook
    environment: dict[str, str]
    scratch: Path
    family: Family
    tell: Callable[[int], None]
    at: int = -1
    answer: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)


class _Kernels(KernelSpecManager):
    """Knows one kernel, ours, wherever Jupyter looks for kernels on this machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        words = json.loads(os.environ.get("KIK_KERNEL", "null"))
        ours = lifeline.command("kik_analysis.runs.inputs:kernel", "-f", "{connection_file}")
        return KernelSpec(argv=words or ours, display_name="Python 3", language="python")


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client that tells which cell it is at, and asks the kernel what it used."""

    job: _Job

    def execute(self, **kwargs: Any) -> Any:
        job, process = self.job, None
        self.reset_execution_trackers()
        theirs, ours = job.family.line()
        with ours, theirs, job.family.log.open("ab") as messages:
            surroundings = {"env": job.environment, "cwd": str(job.notebook.path.parent)}
            streams = {"stdin": theirs, "stdout": messages, "stderr": messages}
            try:
                with self.setup_kernel(**surroundings, **streams, **kwargs):
                    process = self.km.provisioner.process
                    try:
                        self.papermill_execute_cells()
                        job.answer = self._ask(_ASKED)
                        job.held = self._ask(_HELD % (job.notebook.parameters,))
                        self.set_widgets_metadata()
                    finally:
                        ours.close()
                        process.wait()
            except DeadKernelError as error:
                code = process.returncode if process else None
                cause = lifeline.ending(code) if code else str(error)
                if job.at < 0:
                    raise StartError(job.notebook, cause) from error
                raise CellError(job.notebook, job.at, ended(cause)) from error
            except RuntimeError as error:
                if job.at < 0:
                    raise StartError(job.notebook, str(error)) from error
                raise
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, **kwargs: Any) -> Any:
        self.job.at = cell_index
        self.job.tell(cell_index)
        try:
            done = super().execute_cell(cell, cell_index, **kwargs)
            if notebooks.COMPUTED in cell.metadata.get("tags", ()):
                reads = self._ask(_ASKED).get("reads", ())
                cell.metadata["kik"] = {"rests_on": sorted({f"{kind}:{name}" for kind, name, _ in reads})}
            return done
        except CellTimeoutError as error:
            raise CellError(self.job.notebook, cell_index, str(error)) from None

    def _ask(self, question: str) -> dict[str, Any]:
        message = self.kc.execute("", silent=True, store_history=False, user_expressions={NAME: question})
        reply = self.wait_for_reply(message)
        found = (reply or {}).get("content", {}).get("user_expressions", {}).get(NAME, {})
        told = ast.literal_eval(found["data"]["text/plain"]) if found.get("status") == "ok" else "{}"
        return dict(json.loads(told))


class _Engine(NBClientEngine):  # type: ignore[misc]
    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, job: _Job, **_: Any) -> Any:
        made = _Client(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=START_SECONDS,
            timeout=CELL_SECONDS,
            iopub_timeout=CELL_SECONDS,
            ipython_hist_file=":memory:",
            extra_arguments=["--HistoryManager.enabled=False"],
            shutdown_kernel="immediate",
        )
        made.job = job
        manager = made.create_kernel_manager()
        manager.kernel_spec_manager = _Kernels()
        manager.context.setsockopt(zmq.RCVHWM, 0)  # nothing printed is lost, however much at once
        manager.connection_file = str(job.scratch / "kernel.json")
        if os.name == "posix" and len(os.fsencode(job.scratch)) <= LONGEST_SOCKET_FOLDER:
            # sockets in a folder of their own: no ports, so none can clash
            manager.transport, manager.ip = "ipc", str(job.scratch / "s")
        return made.execute()


def execute(
    notebook: Notebook,
    values: Mapping[str, str],
    environment: Mapping[str, str],
    family: Family,
    tell: Callable[[int], None],
) -> tuple[Any, dict[str, Any]]:
    """Run a notebook and return it executed, with the record of what it used.

    ``notebook``: the notebook; its folder is the working folder of the cells. ``values``: names and values to
    hand to it. ``environment``: variables of the kernel's process, besides those of the family. ``family``:
    holds the kernel. ``tell``: is told the place of each cell that begins. RunError when a cell raised or the
    kernel ended; StartError when it did not start.
    """
    papermill_engines.register(NAME, _Engine)
    with folders.scratch() as name:
        folder = Path(name)
        (folder / "matplotlibrc").touch()  # nobody's own taste in lines and fonts
        # what libraries leave in the temporary folder goes with the notebook
        ours = dict.fromkeys(("TMPDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"), name)
        ours |= {
            "JUPYTER_NO_CONFIG": "1",
            "IPYTHONDIR": f"{name}/ipython",
            "MATPLOTLIBRC": f"{name}/matplotlibrc",
        }
        surroundings = {**family.environment, **ours, **environment}
        job = _Job(notebook, surroundings, folder, family, tell)
        loop = ensure_event_loop()
        with contextlib.closing(loop), family.woken(lambda: loop.call_soon_threadsafe(_stop, loop)):
            try:
                how = {"engine_name": NAME, "kernel_name": NAME, "language": "python", "progress_bar": False}
                executed = execute_notebook(notebook.prepared(), None, dict(values), **how, job=job)
            except PapermillExecutionError as error:
                told = f"{error.ename}: {error.evalue}"
                trace = "\n".join(error.traceback)
                raise CellError(notebook, error.cell_index, told, trace) from None
    for place, cell in enumerate(executed.cells):
        ran = cell.cell_type != "code" or not cell.source.strip() or cell.execution_count is not None
        if not ran and notebooks.SKIPPED not in cell.metadata.get("tags", ()):
            what = "SystemExit: the cells after this one did not run"
            raise CellError(notebook, max(place - 1, 0), what)
    for name, value in values.items():
        if (now := job.held.get(name)) != value:
            raise RunError(
                f"{notebook.shown}: {notebooks.HANDED}: {name} was handed over as {value!r} and is {now!r} "
                "after the last cell; set it in the parameters cell alone"
            )
    return executed, job.answer


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


def written(executed: Any) -> bytes:
    """Return the bytes of an executed notebook, which is a valid one."""
    nbformat.validate(executed)
    return f"{nbformat.writes(executed)}\n".encode()  # type: ignore[no-untyped-call]
