"""For nbval: a kernel that gives the outputs of notebooks executed before, so that none is executed twice.

``make test`` runs the real notebooks once, by ``kik run``, and nbval holds what that run gave against the
outputs that are stored. Without ``tests`` on its command line, or with ``--proof``, it executes them itself.
"""

import json
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from kik_analysis.runs.notebooks import INJECTED


class Replay:
    """Stands where nbval keeps its kernel; answers the cells of one executed notebook in their order."""

    def __init__(self, executed: Path) -> None:
        self._cells = code(executed)
        self._messages: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._at = 0

    def execute_cell_input(self, source: str, allow_stdin: bool | None = None) -> str:
        cell, name = self._cells[self._at], str(self._at)
        assert "".join(cell["source"]) == source, "another notebook was executed than the one that is checked"
        for output in cell["outputs"]:
            text = {"text": "".join(output["text"])} if "text" in output else {}
            self._tell(name, output["output_type"], {**output, **text, "data": joined(output)})
        self._tell(name, "status", {"execution_state": "idle"})
        self._at += 1
        return name

    def _tell(self, name: str, kind: str, content: dict[str, Any]) -> None:
        self._messages.put({"parent_header": {"msg_id": name}, "msg_type": kind, "content": content})

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        return self._messages.get(timeout=timeout)

    def await_reply(self, name: str, timeout: float | None = None) -> None:
        """A cell has ended when it is asked for."""

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None:
        """Nothing was started."""


def code(executed: Path) -> list[dict[str, Any]]:
    """Return the code cells of an executed notebook, without what was handed over."""
    cells = [one for one in json.loads(executed.read_bytes())["cells"] if one["cell_type"] == "code"]
    return [one for one in cells if INJECTED not in one["metadata"].get("tags", ())]


def joined(output: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an output with its texts whole, as a kernel sends them."""
    data = output.get("data", {})
    return {kind: "".join(one) if isinstance(one, list) else one for kind, one in data.items()}


def install(executed: Callable[[], Path]) -> None:
    """Have nbval take its outputs from executed notebooks; ``executed`` gives their folder when asked."""
    from nbval.plugin import IPyNbFile

    def setup(self: Any) -> None:
        self.kernel = Replay(executed() / self.path.name)
        self.setup_sanitize_files()

    IPyNbFile.setup = setup


def pytest_configure(config: Any) -> None:
    """As a plugin of a check of its own (``-p replay``): the folder ``executed`` beside the notebooks."""
    install(lambda: config.rootpath / "executed")
