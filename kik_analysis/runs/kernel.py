"""The process in which a notebook's cells run: a plain ipykernel that notes what it uses."""

from __future__ import annotations

import os
import sys

from kik_analysis.runs import trace


def main() -> None:
    """Become a notebook kernel."""
    trace.watch()
    # as ipykernel's own launcher: the working folder does not come before the libraries
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class Kernel(IPKernelApp):
        """Keeps all that a cell prints: a thousand pieces ahead of its reader, messages would be lost."""

        def init_iopub(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
            context.setsockopt(zmq.SNDHWM, 0)
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    Kernel.launch_instance()
