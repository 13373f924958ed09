"""The kernel's machine code: built once, loaded by LLVM alone, called by its address.

Loading through Numba costs a second in every process, for registries that running needs nothing of. The
calling convention is Numba's: a place for the result, a place for an exception (never used), and every array
as owner, parent, number of items, size of an item, address, lengths and strides.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.kernel import place, week
from kik_analysis.errors import ModelError
from kik_analysis.reading import writing

#: Type and dimensions of every array argument, by name; every other argument is a 64-bit whole number.
ARRAYS: dict[str, tuple[Any, int]] = {
    "c": (np.dtype(np.int64), 1),
    "p": (np.dtype(np.int32), 2),
    "h": (np.dtype(np.int64), 1),
    "keys": (np.dtype(np.int64), 2),
    "rec": (np.dtype(np.int64), 2),
    "bins": (np.dtype(np.int64), 3),
    "sums": (np.dtype(np.int64), 3),
    "histogram": (np.dtype(np.int32), 3),
}
INDEX = "index.json"
SOURCE = week  #: what is compiled; loaded here, so that a result knows that it rests on this code too
_WORD = ctypes.c_int64


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process builds; the others wait until it has."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        writing.take(lock, wait=True)  # where there are no locks both build; what they write is the same
        yield


def _build(folder: Path) -> None:
    """Compile in a process of its own, and put each file in its place whole, the index last."""
    package = Path(__file__).parents[3]
    search = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        done = subprocess.run(
            [sys.executable, "-m", "kik_analysis.capacity.kernel.building", name],
            env={**os.environ, "PYTHONPATH": search},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise ModelError(f"engine: the calendar engine could not be compiled here ({last})")
        for path in sorted(Path(name).iterdir(), key=lambda path: path.name == INDEX):
            path.replace(folder / path.name)


def ready() -> bool:
    """Have everything compiled; True if it had to be compiled now.

    Call it before a progress bar starts; the first time on a machine it takes some ten seconds.

    Raises
    ------
    ModelError
        The compiler failed.
    """
    folder = place.folder()
    if (folder / INDEX).exists():
        return False
    with _alone(folder):
        if (folder / INDEX).exists():
            return False
        _build(folder)
    return True


def compiled() -> bool:
    """Whether ``ready`` has nothing to do."""
    return (place.folder() / INDEX).exists()


def machine() -> Any:
    """This processor as LLVM compiles for it and loads code into it: one choice for both."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static" if target.name.startswith("x86") else "default",  # all that LLVM's loader knows there
        codemodel="jitdefault",
        jit=True,
    )


class Code:
    """Compiled functions, callable with NumPy arrays."""

    def __init__(self, folder: Path) -> None:
        import llvmlite.binding as llvm

        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine())
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        for name in index:
            self._engine.add_object_file(llvm.ObjectFileRef.from_path(str(folder / f"{name}.o")))
        self._engine.finalize_object()
        self._functions = {name: self._function(name, one) for name, one in index.items()}

    def _function(self, name: str, entry: dict[str, Any]) -> Callable[..., int]:
        address = self._engine.get_function_address(entry["symbol"])
        if not address:
            raise ModelError(
                f"engine: compiled code without {name}; remove {place.cache_root().name}/kernels"
            )
        kinds: list[Any] = [ctypes.c_void_p, ctypes.c_void_p]
        for parameter in entry["parameters"]:
            words = 5 + 2 * ARRAYS[parameter][1] if parameter in ARRAYS else 1
            kinds += [_WORD] * words
        call = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(address)
        parameters = tuple(entry["parameters"])

        def function(*values: Any) -> int:
            words = [word for k, v in zip(parameters, values, strict=True) for word in _words(k, v)]
            out, exception = _WORD(0), ctypes.c_void_p(0)
            status = call(ctypes.addressof(out), ctypes.addressof(exception), *words)
            if status:
                raise ModelError(f"engine: {name} failed with status {status}")
            return out.value

        return function

    def __getattr__(self, name: str) -> Callable[..., int]:
        try:
            return self._functions[name]
        except KeyError:
            raise AttributeError(name) from None


def _words(name: str, value: Any) -> tuple[int, ...]:
    """An argument as the compiled code takes it."""
    if name not in ARRAYS:
        return (int(value),)
    array: npt.NDArray[Any] = value
    kind, dimensions = ARRAYS[name]
    if array.dtype != kind or array.ndim != dimensions or not array.flags.c_contiguous:
        raise TypeError(
            f"{name}: {array.dtype} {array.shape}; the kernel takes {kind}, {dimensions} dimensions"
        )
    return (0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides)


@functools.cache
def code() -> Code:
    """Return the machine code, compiled if it has to be, loaded once in a process."""
    ready()
    return Code(place.folder())
