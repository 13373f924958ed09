"""The process in which a notebook's cells run, and what it used: reads, modules of ours, files it opened.

The runner asks for it after the last cell. Reads note themselves (``evidence.reads``); a hook of the
interpreter sees files opened without that (sentences, templates), so that nothing which can change an output
stays out of the record.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kik_analysis.reading.storage import file_digest

PACKAGE = Path(__file__).resolve().parents[1]
MACHINERY = "runs"
_NO_SOURCE = ("results", "notebooks")
_COMPILED = (".pyc", ".pyi", ".so")
"""What modules are loaded from. A source opened as a file counts: the engine's name its machine code."""
_opened: set[str] = set()


def watch() -> None:
    """Begin to note the files that this process opens for reading."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[1] in (None, "r", "rb"):
            name = arguments[0]
            if isinstance(name, str) and not name.endswith(_COMPILED):
                _opened.add(name)

    sys.addaudithook(hook)


def kernel() -> None:
    """Become a notebook kernel: a plain ipykernel that notes what it uses."""
    watch()
    # as ipykernel's own launcher: the working folder does not come before the libraries
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    import zmq
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    class Deaf(IPythonKernel):
        """Hears no interrupt while a cell runs: beside the cell's own code it would take away the answer."""

        pre_handler_hook = post_handler_hook = lambda self: None
        _cancel_on_sigint = IPythonKernel._dummy_context_manager  # type: ignore[assignment]

    class KernelApp(IPKernelApp):
        """Keeps all that a cell prints: a thousand pieces ahead of its reader, messages would be lost."""

        def init_iopub(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
            context.setsockopt(zmq.SNDHWM, 0)
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    KernelApp.launch_instance(kernel_class=Deaf)


def _used() -> tuple[dict[str, str], dict[str, str]]:
    """Return the digests of the files that were used: of the package (modules too), and of the project.

    The machinery of runs is left out: which of it is loaded depends on what had to be done. All of it is part
    of every record anyway (``inputs.Inputs.recorded``).
    """
    project = os.environ.get("KIK_PROJECT") or os.devnull
    loaded = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == PACKAGE.name]
    modules = {Path(file) for module in loaded if (file := getattr(module, "__file__", None))}
    ours: dict[str, str] = {}
    others: dict[str, str] = {}
    for path in sorted(modules | {Path(os.path.abspath(name)) for name in _opened}):
        # an installed copy has a project of its own in its folder: what lies there is no module
        own = path.is_relative_to(PACKAGE) and not path.is_relative_to(PACKAGE / "shipped")
        if path.is_file() and (own or path.is_relative_to(project)):
            inside = path.relative_to(PACKAGE if own else project)
            # hidden folders, environments, results and notebooks are no source
            hidden = any(part.startswith((".", "__pycache__")) for part in inside.parts)
            if inside.parts[0] != MACHINERY if own else not hidden and inside.parts[0] not in _NO_SOURCE:
                (ours if own else others)[inside.as_posix()] = file_digest(path)
    return ours, others


def answer() -> dict[str, object]:
    """Return the whole record as plain JSON types; sentences and templates count as modules."""
    reads = sys.modules.get("kik_analysis.evidence.reads")
    noted = [[read.kind, read.name, read.digest] for read in reads.everything()] if reads else []
    scenario = sys.modules.get("kik_analysis.parameters.scenario")
    ours, others = _used()
    scenarios = scenario.loaded() if scenario else {}
    return {"reads": noted, "modules": ours, "opened": others, "scenarios": scenarios}
