"""No process of a run outlives the one that started it, and all of them see the same surroundings."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_KEPT = (
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "SYSTEMROOT",
    "NUMBA_NUM_THREADS",
    "NUMBA_CACHE_DIR",
)
_KEPT_PREFIXES = ("KIK_", "XDG_", "COVERAGE_")
_FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "POLARS_MAX_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def die_with_parent(parent: int) -> None:
    """Have the kernel of the system kill this process when the one that started it ends.

    Parameters
    ----------
    parent
        Number of the process that started this one: when it has ended already, so do we.

    Where the system offers no such thing, notebook kernels look after their parent each second.
    """
    if sys.platform.startswith("linux"):
        import ctypes

        try:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        except (OSError, AttributeError):
            return
    if os.getppid() != parent:
        os._exit(1)


def end_group() -> NoReturn:
    """End this process, which leads a group of its own, and all that it started in it."""
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def surroundings(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of workers and kernels: what a process needs, the same on every machine.

    Time zone, language, hash seed and threads are fixed; a drawing backend, start-up file or switched-off
    bytecode from outside does not come through.
    """
    kept = {
        name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    return {**kept, **_FIXED, **extra}
