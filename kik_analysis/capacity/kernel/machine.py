"""The kernel as machine code: compiled by Numba once for every version of it, kept, and checked before use.

The other modules here are plain Python that knows nothing of Numba. For compiling they become one module in
which every index is unsigned (none is ever negative, and testing for it costs a third of the speed) and every
argument has its type by name. Reference counting is off (``_nrt``): nothing allocates, and counting costs
more than the work of most functions.

Numba's cache looks at one file, so it would serve stale code after an edit in another, and its files are
pickles that it does not check: who can write them can run code. Hence a folder named by all that the code
depends on, which only its owner can write, with a list of digests that is written last and compared first.
"""

import ast
import atexit
import functools
import hashlib
import inspect
import json
import marshal
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from kik_analysis.capacity.kernel import names, week
from kik_analysis.errors import ModelError
from kik_analysis.language import sentences
from kik_analysis.reading import storage

SOURCE = week  #: what is compiled; loaded here, so that a result knows that it rests on this code too
LIST, PARSED = "sha256.json", ".code"
MODULES = ("names", "draws", "people", "events", "work", "week")  #: callees first
ENTRIES = ("most_people", "run", "tally")  #: what Python calls
HERE = Path(__file__).parent
_PRIVATE = "KIK_KERNELS"  # a temporary folder that processes started by this one may share
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False, "_nrt": False}
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
    from numba.core.registry import cpu_target

    processor = cpu_target.target_context.codegen().magic_tuple()
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
    """Fill a folder, and write last of all the list that says it is complete."""
    path, body = Path(place, "kernel.py"), list[ast.stmt]()
    for name in MODULES:  # all of the kernel as one module
        tree = _Unsigned().visit(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
        body += [one for one in tree.body if not isinstance(one, ast.Import | ast.ImportFrom | ast.Expr)]
    text = "import numpy as np\n" + ast.unparse(ast.Module(body, []))
    path.write_text(text, encoding="utf-8")
    path.with_suffix(PARSED).write_bytes(marshal.dumps(compile(text, str(path), "exec")))
    load(Path(place), ENTRIES, whole=True)
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


def load(place: Path, entries: Sequence[str], *, whole: bool = False) -> dict[str, Any]:
    """Entries as Python can call them; ``whole`` compiles what they call as well."""
    from numba import config, njit, types
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    path, settings, target = place / "kernel.py", cast(Any, config), cast(Any, cpu_target.target_context)
    space: dict[str, Any] = {"__name__": __name__}
    exec(marshal.loads(path.with_suffix(PARSED).read_bytes()), space)
    chosen = {name: f for name, f in space.items() if inspect.isfunction(f) and (whole or name in entries)}
    if whole:
        chosen.pop("prefetch")
        space["prefetch"] = _prefetch()
    kinds = {name: types.Array(getattr(types, f"int{bits}"), n, "C") for name, (bits, n) in _ARRAYS.items()}
    with global_compiler_lock:  # nobody compiles meanwhile
        usual = settings.CACHE_DIR, settings.DISABLE_JIT
        settings.CACHE_DIR, settings.DISABLE_JIT = str(place), 0  # the cache in this folder, the compiler on
        if not whole:  # what is stored needs none of the libraries that the compiler takes in first (.6 s)
            target.refresh = lambda: None
        try:
            space |= {name: njit(f, cache=name in ENTRIES, **_OPTIONS) for name, f in chosen.items()}
            for name, function in chosen.items():
                parameters = inspect.signature(function).parameters
                space[name].compile(tuple(kinds.get(one, types.int64) for one in parameters))
                space[name].disable_compile()  # a mixture of types met later would be a mistake
        finally:
            settings.CACHE_DIR, settings.DISABLE_JIT = usual
            vars(target).pop("refresh", None)
    return space


@functools.cache
def code(entry: str) -> Any:
    """Return an entry's machine code, compiled if it has to be, loaded once in a process."""
    ready()
    return load(folder(), [entry])[entry]
