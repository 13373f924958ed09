"""Starts the process in which a notebook's cells run: a plain ipykernel that notes what it uses.

Run by the workers as ``python -m kik_analysis.runs.kernel -f CONNECTION_FILE``.
"""

from __future__ import annotations

import os
import sys

from kik_analysis.runs import lifeline, trace


def main() -> None:
    """Become a notebook kernel."""
    lifeline.die_with_parent(int(os.environ.pop("KIK_PARENT")))
    trace.watch()
    # as ipykernel's own launcher: the working folder does not come before the libraries
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance()


if __name__ == "__main__":
    main()
