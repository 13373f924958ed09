"""How the kernel is compiled: every function once, with types known from the names of its arguments.

Left to itself Numba compiles a function again for every mixture of 32 and 64 bits it meets, which makes
compiling four times as long. Reference counting is switched off (``_nrt``): nothing in the kernel allocates,
and counting costs more than the work of most functions. Only the entry functions are cached; the cached code
contains everything they call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.np import arrayobj

from kik_analysis.capacity.kernel import place

_ARRAYS = {
    "c": types.int64[::1],
    "p": types.int32[:, ::1],
    "h": types.int64[::1],
    "keys": types.int64[:, ::1],
    "rec": types.int64[:, ::1],
    "bins": types.int64[:, :, ::1],
    "sums": types.int64[:, :, ::1],
    "histogram": types.int32[:, :, ::1],
}
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    "_nrt": False,
    "no_cfunc_wrapper": True,
}
_inner: list[tuple[Any, tuple[Any, ...]]] = []
_entries: list[tuple[Any, tuple[Any, ...]]] = []


def _types(function: Callable[..., Any]) -> tuple[Any, ...]:
    return tuple(_ARRAYS.get(name, types.int64) for name in inspect.signature(function).parameters)


def njit(function: Callable[..., Any]) -> Any:
    """Compile a function that only other compiled functions call."""
    compiled = numba.njit(**(_OPTIONS | {"no_cpython_wrapper": True}))(function)
    _inner.append((compiled, _types(function)))
    return compiled


def entry(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls; kept in the cache."""
    compiled = numba.njit(**_OPTIONS, cache=True)(function)
    _entries.append((compiled, _types(function)))
    return compiled


@contextmanager
def _no_negative_indices() -> Iterator[None]:
    """Compile ``a[i]`` as in C: an index is never negative here, so it need not be tested for that.

    Numba otherwise adds a comparison and a choice to every access, which costs this kernel a third of its
    speed, and has no switch for it. A Numba that does this elsewhere merely gives slower code; that no index
    is negative is tested.
    """
    usual = getattr(arrayobj, "fix_integer_index", None)
    if usual is None:
        yield
        return

    def as_it_is(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
        return context.cast(builder, index, kind, types.intp if kind.signed else types.uintp)

    vars(arrayobj)["fix_integer_index"] = as_it_is
    try:
        yield
    finally:
        vars(arrayobj)["fix_integer_index"] = usual


def ready() -> bool:
    """Have everything compiled, or loaded from the cache; True if it had to be compiled.

    Call it before a progress bar starts; it takes a fraction of a second, the first time some ten seconds.
    """
    if getattr(numba.config, "DISABLE_JIT", False):
        return False
    import_module("kik_analysis.capacity.kernel.week")  # registers every function
    done = Path(place.folder()) / "complete"
    fresh = not done.exists()
    # callees first and once each; from the cache they are not needed
    with _no_negative_indices():
        for compiled, signature in (*(_inner if fresh else ()), *_entries):
            if not compiled.signatures:
                compiled.compile(signature)
                compiled.disable_compile()
    if fresh:
        done.touch()
    return fresh
