"""Where compiled code is kept: a folder named by everything that the code depends on."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

ENVIRONMENT_VARIABLE = "KIK_CACHE"


def cache_root() -> Path:
    """Folder for what can be made again: ``$KIK_CACHE``, else the user's cache, else a temporary folder."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(base) / "kik-analysis"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / f"kik-analysis-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def digest() -> str:
    """Short name of this version of the code: all files of this folder, the compiler and the processor."""
    import llvmlite.binding as llvm

    machine = (llvm.get_default_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    h = hashlib.sha256(f"numba {version('numba')} llvmlite {version('llvmlite')} {machine}\n".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        h.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return h.hexdigest()[:16]


@functools.cache
def folder() -> Path:
    """Folder of compiled code of this version."""
    return cache_root() / "kernels" / digest()
