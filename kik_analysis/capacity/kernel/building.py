"""Compiles the kernel to machine code in a folder: ``python -m kik_analysis.capacity.kernel.building DIR``.

Every function is compiled once, with types known from the names of its arguments: left to itself Numba
compiles a function again for every mixture of 32 and 64 bits it meets, which takes four times as long.
Reference counting is switched off (``_nrt``): nothing in the kernel allocates, and counting costs more than
the work of most functions. Wrappers for Python are left out: ``native.py`` calls the code by its address.

A process of its own, so that neither Numba's memory nor the two changes made to it here reach the user's
process, and that an interrupt ends it at once.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from kik_analysis.capacity.kernel import jit, memory
from kik_analysis.capacity.kernel.native import ARRAYS, INDEX, machine

_PACKAGE = "kik_analysis.capacity.kernel"
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


@contextmanager
def _replaced(owner: Any, name: str, other: Callable[..., Any]) -> Iterator[None]:
    """Replace an attribute for a while; a Numba that has it elsewhere merely gives slower or later code."""
    usual = getattr(owner, name, None)
    if usual is None:
        yield
        return
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, usual)


def _as_in_c(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
    """An index as it is: never negative here, so it need not be tested for that, as ``a[i]`` in C.

    Numba otherwise adds a comparison and a choice to every access, which costs this kernel a third of its
    speed, and has no switch for it. That no index is negative is tested.
    """
    from numba import types

    return context.cast(builder, index, kind, types.intp if kind.signed else types.uintp)


def _not_yet(library: Any) -> None:
    """Leave optimising to the end: an entry contains all it calls and is optimised whole."""


def _machine_code(text: str) -> bytes:
    """Compile optimised LLVM code for this processor."""
    import llvmlite.binding as llvm

    return bytes(machine().emit_object(llvm.parse_assembly(text)))


def _dispatchers() -> dict[Any, Any]:
    """Put Numba's compiled form of every kernel function in the place of the function, in all its modules."""
    import numba

    numba.config.DISABLE_JIT = 0  # type: ignore[attr-defined]
    found: dict[Any, Any] = {f: numba.njit(**_OPTIONS)(f) for f in (*jit.INNER, *jit.ENTRIES)}
    found[memory.fetch] = _prefetch()
    for module in [module for name, module in sys.modules.items() if name.startswith(f"{_PACKAGE}.")]:
        for name, value in list(vars(module).items()):
            if callable(value) and value in found:
                setattr(module, name, found[value])
    return found


def _prefetch() -> Any:
    """Return ``memory.fetch`` as the processor knows it: both cache lines of a row, to stay near."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils as tools
    from numba.extending import intrinsic

    cgutils: Any = tools  # untyped
    word = ir.IntType(32)

    @intrinsic
    def prefetch(typing: Any, p: Any, i: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            people = context.make_array(signature.args[0])(context, builder, arguments[0])
            width = cgutils.unpack_tuple(builder, people.strides)[0]
            start = builder.bitcast(people.data, cgutils.voidptr_t)
            kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
            ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            at = builder.mul(context.cast(builder, arguments[1], i, types.intp), width)
            for line in (0, 64):
                place = builder.gep(start, [builder.add(at, at.type(line))])
                builder.call(ask, [place, word(0), word(3), word(1)])
            return context.get_dummy_value()

        return types.void(p, i), code

    return prefetch


def _types(function: Callable[..., Any]) -> tuple[Any, ...]:
    from numba import from_dtype, types

    def kind(name: str) -> Any:
        return (
            types.Array(from_dtype(ARRAYS[name][0]), ARRAYS[name][1], "C") if name in ARRAYS else types.int64
        )

    return tuple(kind(name) for name in inspect.signature(function).parameters)


def build(folder: Path) -> None:
    """Write an object file per entry, and last of all the index that says they are complete."""
    from numba.core import codegen
    from numba.np import arrayobj

    import_module(f"{_PACKAGE}.week")  # registers every function
    dispatchers = _dispatchers()
    found = {}
    with _replaced(arrayobj, "fix_integer_index", _as_in_c):
        with _replaced(codegen.CPUCodeLibrary, "_optimize_final_module", _not_yet):
            for function in jit.INNER:
                dispatchers[function].compile(_types(function))
                dispatchers[function].disable_compile()  # a mixture of types met later would be a mistake
        for function in jit.ENTRIES:
            kinds, entry = _types(function), dispatchers[function]
            entry.compile(kinds)
            (folder / f"{function.__name__}.o").write_bytes(_machine_code(entry.inspect_llvm(kinds)))
            found[function.__name__] = {
                "symbol": entry.overloads[kinds].fndesc.llvm_func_name,
                "parameters": list(inspect.signature(function).parameters),
            }
    (folder / INDEX).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
