"""Runs one notebook through papermill, in a kernel of ours, and asks afterwards what it used."""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

NAME = "kik"
START_SECONDS = 60
CELL_SECONDS = 3600
LONGEST_SOCKET_FOLDER = 80
_QUESTION = "__import__('json').dumps(__import__('kik_analysis.runs.trace', fromlist=['answer']).answer())"

Tell = Callable[[dict[str, Any]], None]


class KernelError(Exception):
    """The kernel did not start, or ended while a cell ran; ``started`` tells which."""

    def __init__(self, cause: str, *, started: bool) -> None:
        super().__init__(cause)
        self.started = started


class CellError(Exception):
    """A cell raised; ``index`` is its place among all cells of the executed notebook."""

    def __init__(self, index: int, what: str, trace: str) -> None:
        super().__init__(what)
        self.index = index
        self.trace = trace


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client that tells which cell it is at and asks the kernel what it used."""

    tell: Tell
    record: dict[str, Any]

    def execute(self, **kwargs: Any) -> Any:
        self.at = -1
        try:
            return super().execute(**kwargs)
        except DeadKernelError:
            raise
        except RuntimeError as error:
            if self.at < 0:
                raise KernelError(str(error), started=False) from error
            raise

    def papermill_execute_cells(self) -> None:
        super().papermill_execute_cells()
        self.record.update(self._ask())

    def execute_cell(self, cell: Any, cell_index: int, **kwargs: Any) -> Any:
        self.at = cell_index
        self.tell({"event": "cell", "index": cell_index})
        return super().execute_cell(cell, cell_index, **kwargs)

    def _ask(self) -> dict[str, Any]:
        message = self.kc.execute("", silent=True, store_history=False, user_expressions={NAME: _QUESTION})
        reply = self.wait_for_reply(message)
        found = (reply or {}).get("content", {}).get("user_expressions", {}).get(NAME, {})
        if found.get("status") != "ok":
            return {}
        answer: dict[str, Any] = json.loads(ast.literal_eval(found["data"]["text/plain"]))
        return answer


class _Engine(NBClientEngine):  # type: ignore[misc]
    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        start_timeout: int = START_SECONDS,
        environment: Mapping[str, str],
        tell: Tell,
        record: dict[str, Any],
        **_: Any,
    ) -> Any:
        client = _Client(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=CELL_SECONDS,
            ipython_hist_file=":memory:",
            extra_arguments=["--HistoryManager.enabled=False"],
            shutdown_kernel="immediate",
        )
        client.tell, client.record = tell, record
        manager = client.create_kernel_manager()
        _use_sockets(manager, Path(os.environ["JUPYTER_RUNTIME_DIR"]))
        try:
            return client.execute(env=dict(environment))
        except DeadKernelError as error:
            if client.at < 0:
                raise KernelError(str(error), started=False) from error
            raise KernelError(_end(manager), started=True) from error


def _use_sockets(manager: Any, folder: Path) -> None:
    """Have a kernel talk over sockets in a folder of its own: no ports, so none can clash.

    Where the path is too long for the system's limit the kernel talks over TCP.
    """
    if os.name != "posix" or len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        return
    place = Path(tempfile.mkdtemp(prefix="k", dir=folder))
    manager.transport = "ipc"
    manager.connection_file = str(place / "kernel.json")
    manager.ip = str(place / "s")


def _end(manager: Any) -> str:
    process = getattr(manager.provisioner, "process", None)
    code = process.poll() if process is not None else None
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def prepare(folder: Path, command: list[str] | None = None) -> dict[str, str]:
    """Describe our kernel to Jupyter and return the variables that make it found.

    Parameters
    ----------
    folder
        Short-lived folder of one worker; sockets land in it, so its path must be short.
    command
        Starts the kernel, with ``{connection_file}`` as a word; by default ours.
    """
    place = folder / "kernels" / NAME
    place.mkdir(parents=True)
    argv = command or [sys.executable, "-m", "kik_analysis.runs.kernel", "-f", "{connection_file}"]
    specification = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (place / "kernel.json").write_text(json.dumps(specification), encoding="utf-8")
    (folder / "matplotlibrc").touch()  # nobody's own taste in lines and fonts
    papermill_engines.register(NAME, _Engine)
    return {
        "JUPYTER_PATH": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTER_NO_CONFIG": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
    }


def execute(
    path: Path,
    parameters: Mapping[str, str],
    environment: Mapping[str, str],
    tell: Tell,
    *,
    start_timeout: int = START_SECONDS,
) -> tuple[Any, dict[str, Any]]:
    """Run a notebook and return it executed, with the record of what it used.

    Parameters
    ----------
    path
        The notebook; its folder is the working folder of the cells.
    parameters
        Names and values to inject.
    environment
        Variables of the kernel's process.
    tell
        Receives ``{"event": "cell", "index": ...}`` when a cell begins.

    Raises
    ------
    CellError, KernelError
        When a cell raised, or the kernel did not start or ended.
    """
    record: dict[str, Any] = {}
    try:
        notebook = execute_notebook(
            str(path),
            None,
            parameters=dict(parameters),
            engine_name=NAME,
            kernel_name=NAME,
            language="python",
            progress_bar=False,
            cwd=str(path.parent),
            start_timeout=start_timeout,
            environment={**environment, "KIK_PARENT": str(os.getpid())},
            tell=tell,
            record=record,
        )
    except PapermillExecutionError as error:
        raise CellError(
            error.cell_index, f"{error.ename}: {error.evalue}", "\n".join(error.traceback)
        ) from None
    left = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and _skipped(cell)]
    if left:
        raise CellError(max(left[0] - 1, 0), "SystemExit: the cells after this one did not run", "")
    return notebook, record


def _skipped(cell: Any) -> bool:
    return bool(cell.source.strip()) and cell.execution_count is None
