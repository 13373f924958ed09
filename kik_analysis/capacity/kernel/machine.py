"""The kernel as machine code: compiled by Numba once for every version of it, kept, and checked before use.

The other modules here are plain Python that knows nothing of Numba. For compiling they become one module in
which every index is unsigned (none is ever negative, and testing for it costs a third of the speed) and every
argument has its type by name. Reference counting is off (``_nrt``): nothing allocates, and counting costs
more than the work of most functions.

What is kept of an entry is an object file, which LLVM alone takes in: Numba takes longer to load than all of
ours. Who can write these files can run code. Hence a folder named by all that the code depends on, which only
its owner can write, with a list of digests that is written last and compared first.
"""

import ast
import atexit
import ctypes
import functools
import hashlib
import inspect
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from kik_analysis.capacity.kernel import names, week
from kik_analysis.errors import ModelError
from kik_analysis.language import sentences
from kik_analysis.reading import storage

LIST = "sha256.json"
MODULES = ("names", "draws", "people", "events", "work", "week")  #: callees first
ENTRIES = ("most_people", "run", "tally")  #: what Python calls
HERE = Path(__file__).parent
_PRIVATE = "KIK_KERNELS"  # a temporary folder that processes started by this one may share
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "boundscheck": False, "_nrt": False}
_OPTIONS |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # they need what Numba has in memory
#: Bits and dimensions of every array argument, by name; every other argument is a 64-bit whole number.
_ARRAYS = {"c": (64, 1), "p": (32, 2), "h": (64, 1), "keys": (64, 2), "rec": (64, 2)}
_ARRAYS |= {"bins": (64, 3), "sums": (64, 3), "histogram": (32, 3), "counts": (64, 4)}


class _Unsigned(ast.NodeTransformer):
    """Makes every index unsigned."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        parts, unsigned = getattr(node.slice, "elts", [node.slice]), ast.parse("np.uintp", mode="eval").body
        for k, part in enumerate(parts):
            if not isinstance(part, ast.Slice | ast.Constant):
                parts[k] = ast.Call(unsigned, [part], [])
        node.slice = ast.Tuple(parts) if len(parts) > 1 else parts[0]
        return node


def cache_root() -> Path:
    """Folder for what can be made again: ``$KIK_CACHE``, else the user's own cache; it need not exist."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(os.environ.get("KIK_CACHE") or Path(base) / "kik-analysis")


def digest(root: Path) -> str:
    """Short name of this version of the code below a folder: its files, the compiler and the processor."""
    from llvmlite import binding

    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    made_by = (version("numba"), version("llvmlite"), sys.version, processor, str(root))
    h = hashlib.sha256(f"{made_by}\n".encode())
    for path in sorted(HERE.glob("*.py")):
        h.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return h.hexdigest()[:16]


def _say(words: str) -> None:
    print(sentences.told(f"engine: {words}", sentences.preferred()), file=sys.stderr, flush=True)


@functools.cache
def folder() -> Path:
    """Folder of the compiled code of this version: the user's own, or else a private temporary one."""
    shared = os.environ.get(_PRIVATE)
    for root in ([Path(shared)] if shared else []) + [cache_root() / "kernels"]:
        try:
            root.mkdir(parents=True, exist_ok=True)
            real = root.resolve()
            place = real / digest(real)
            place.mkdir(mode=0o700, exist_ok=True)
            tempfile.TemporaryFile(dir=place).close()
        except OSError:
            _say(f"compiled code cannot be kept in {root}; it goes into a temporary folder")
            continue
        found, users = place.lstat(), hasattr(os, "getuid")
        # a folder that only its owner can write, and the owner is this user
        own = not users or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
        if stat.S_ISDIR(found.st_mode) and own:
            return place
        _say(f"{place} is not this user's alone and is not used; compiled code goes into a temporary folder")
    real = Path(tempfile.mkdtemp(prefix="kik-analysis-")).resolve()  # mode 0700, a name nobody can guess
    atexit.register(shutil.rmtree, real, ignore_errors=True)
    os.environ[_PRIVATE] = str(real)
    place = real / digest(real)
    place.mkdir(mode=0o700)
    return place


def _digests(place: Path) -> dict[str, str]:
    """Digest of every file that Numba may read."""
    files = (path for path in sorted(place.rglob("*")) if path.is_file() and path.name not in (LIST, "lock"))
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def compiled() -> bool:
    """Whether ``ready`` has nothing to do: the list is there, and every file is as it says."""
    place = folder()
    try:
        return bool(json.loads((place / LIST).read_text(encoding="utf-8")) == _digests(place))
    except (OSError, ValueError):
        return False


def ready() -> bool:
    """Have everything compiled; True if it had to be compiled now.

    Call it before a progress bar starts; the first time on a machine it takes some ten seconds, in a process
    of its own, of which an interrupt makes an end.

    ModelError the compiler failed.
    """
    if compiled():
        return False
    place = folder()
    with open(place / "lock", "w", encoding="utf-8") as lock:
        storage.take(lock, wait=True)  # only one process builds; the others wait until it has
        if compiled():
            return False
        if left := [path for path in place.iterdir() if path.name != "lock"]:
            _say(f"compiled code in {place} is incomplete or was changed; it is made again")
            for path in left:
                storage.remove(path)
        done = subprocess.run(
            [sys.executable, "-c", f"from {__name__} import build; build({str(place)!r})"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise ModelError(f"engine: the calendar engine could not be compiled here ({last})")
    return True


def build(place: str) -> None:
    """Fill a folder, and write last of all the list that says it is complete. In a process of its own."""
    from llvmlite import binding
    from numba import config, njit, types

    body = list[ast.stmt]()
    for name in MODULES:  # all of the kernel as one module
        tree = _Unsigned().visit(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
        body += [one for one in tree.body if not isinstance(one, ast.Import | ast.ImportFrom | ast.Expr)]
    space: dict[str, Any] = {"__name__": __name__}
    exec("import numpy as np\n" + ast.unparse(ast.Module(body, [])), space)
    functions = {name: one for name, one in space.items() if inspect.isfunction(one) and name != "prefetch"}
    cast(Any, config).DISABLE_JIT = 0  # whatever the user has asked of Numba
    space |= {name: njit(one, **_OPTIONS) for name, one in functions.items()} | {"prefetch": _prefetch()}
    kinds = {name: types.Array(getattr(types, f"int{bits}"), n, "C") for name, (bits, n) in _ARRAYS.items()}
    for name, function in functions.items():
        given = tuple(kinds.get(one, types.int64) for one in inspect.signature(function).parameters)
        space[name].compile(types.int64(*given) if name in ENTRIES else given)
        space[name].disable_compile()  # a mixture of types met later would be a mistake
    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    target = binding.Target.from_default_triple().create_target_machine(*processor, opt=3, reloc="pic")
    for name in ENTRIES:
        ((signature, made),) = space[name].overloads.items()
        module = binding.parse_assembly(space[name].inspect_llvm(signature))
        module.get_function(made.fndesc.llvm_func_name).name = name
        Path(place, f"{name}.o").write_bytes(target.emit_object(module))
    (Path(place) / LIST).write_text(json.dumps(_digests(Path(place)), indent=1), encoding="utf-8")


def _prefetch() -> Any:
    """The processor's own instruction for what ``prefetch`` says in the kernel: both lines of a row.

    Written as Numba documents an intrinsic of one's own; without it the kernel is right, and waits longer.
    """
    from numba.core import cgutils
    from numba.core.types import none
    from numba.extending import intrinsic

    ir = cast(Any, cgutils).ir

    def asks(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        number, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        instruction = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        rows = context.make_array(signature.args[0])(context, builder, given[0]).data
        first = builder.mul(given[1], given[1].type(names.FIELDS))
        for place in (first, builder.add(first, given[1].type(names.FIELDS // 2))):
            line = builder.bitcast(builder.gep(rows, [place]), byte)
            builder.call(instruction, [line, number(1), number(3), number(1)])  # write; all caches; data
        return context.get_dummy_value()

    return intrinsic(lambda _, p, i: (none(p, i), asks))


@functools.cache
def code(entry: str) -> Callable[..., int]:
    """Return an entry's machine code, compiled if it has to be, loaded once in a process.

    It raises TypeError for another kind of array than it was made for.
    """
    from llvmlite import binding

    ready()
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple().create_target_machine()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), target)
    engine.add_object_file(binding.object_file.ObjectFileRef.from_path(str(folder() / f"{entry}.o")))
    engine.finalize_object()
    parameters = tuple(inspect.signature(getattr(week, entry)).parameters)

    def call(*given: Any) -> int:
        numbers = list[int]()  # of an array no owners, then its size, place, shape and steps
        for name, one in zip(parameters, given, strict=True):
            if name not in _ARRAYS:
                numbers.append(int(one))
                continue
            bits, n = _ARRAYS[name]
            if (one.dtype, one.ndim, one.flags.carray) != (f"int{bits}", n, True):
                raise TypeError(f"{name}: not an array of int{bits} in {n} dimensions that has no gaps")
            numbers += [0, 0, one.size, one.itemsize, one.ctypes.data, *one.shape, *one.strides]
        kinds = [ctypes.c_void_p] * 2 + [ctypes.c_int64] * len(numbers)  # a place is such a number
        found, error = ctypes.c_int64(), ctypes.c_void_p()
        function = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(engine.get_function_address(entry))
        function(ctypes.byref(found), ctypes.byref(error), *numbers)  # nothing in it raises
        return found.value

    return call
