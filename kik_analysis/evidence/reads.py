"""What a computation read (claims, parameters, files), recorded at the source, and what evidence that makes.

Provenance is recorded where a value is read instead of passed along with it, as OpenFisca's tracer does:
nothing can get lost in polars or NumPy. The same record says what a number rests on, whether a stored
result is still fresh, and what a change of input touches. Files and folders that are read through here are
on record; a notebook reads nothing by another way.
"""

import dis
import inspect
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import product
from numbers import Number
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Literal

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.reading import storage
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.storage import bytes_digest, digest


class Evidence(StrEnum):
    """How a number came about; a number is as good as the worst of what it rests on."""

    PUBLISHED = "published"
    RECOMPUTED = "recomputed"
    BOUNDED = "bounded"
    SIMULATED = "simulated"
    ASSUMED = "assumed"


def worst(classes: Iterable[Evidence]) -> Evidence:
    """Return the worst of the given classes; PUBLISHED when there are none."""
    return max(classes, key=[*Evidence].index, default=Evidence.PUBLISHED)


Kind = Literal["claim", "parameter", "scenario", "bound", "file", "listing", "number", "simulation"]


@dataclass(frozen=True, order=True)
class Read:
    """One thing that was read: its kind, its name, and the digest of the value it had."""

    kind: str
    name: str
    digest: str

    @property
    def label(self) -> str:
        """Return ``kind:name``, as it stands in ``numbers.json``."""
        return f"{self.kind}:{self.name}"


class Recorder:
    """The reads of one open computation, each with its class and the value that it had."""

    def __init__(self) -> None:
        self._found: dict[Read, tuple[Evidence, object]] = {}

    def add(self, read: Read, evidence: Evidence, value: object) -> None:
        """Add a read; of two classes noted for the same read the worse one stands."""
        known = self._found.get(read, (evidence, None))[0]
        self._found[read] = (evidence if known is evidence else worst((evidence, known)), value)

    @property
    def reads(self) -> tuple[Read, ...]:
        """Return what was read, sorted, each once."""
        return tuple(sorted(self._found))

    @property
    def leaves(self) -> tuple[Read, ...]:
        """Return the reads that are sources themselves (named numbers hand theirs on)."""
        return tuple(read for read in self.reads if read.kind != "number")

    @property
    def evidence(self) -> Evidence:
        """Return the worst class among the reads."""
        return worst(evidence for evidence, _ in self._found.values())

    def evidence_of(self, read: Read) -> Evidence:
        """Return the class of one read."""
        return self._found[read][0]

    def value(self, read: Read) -> object:
        """Return the value that ``read`` had."""
        return self._found[read][1]

    def again(self) -> None:
        """Note all of it once more, for whoever records now."""
        for read, (evidence, value) in self._found.items():
            note(read.kind, read.name, value, evidence)  # type: ignore[arg-type]


_open: ContextVar[tuple[Recorder, ...]] = ContextVar("open_recorders", default=())
_process = Recorder()
_digests: dict[tuple[str, str], tuple[tuple[object, str], ...]] = {}
"""Last few values noted under a name, with their digests: the same object is not digested twice."""
_FEW = 32  # as many scenarios as are compared


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record every read until the block ends; recordings may be nested, each sees all reads inside it."""
    recorder = Recorder()
    token = _open.set((*_open.get(), recorder))
    try:
        yield recorder
    finally:
        _open.reset(token)


def note(kind: Kind, name: str, value: object, evidence: Evidence | None = Evidence.PUBLISHED) -> None:
    """Note that something was read.

    ``kind``, ``name``: what was read, for example ``"claim", "L042"``. ``value``: the value it had; its
    digest tells later whether it changed. Nobody changes the object afterwards. ``evidence``: the class that
    a number resting on this read has at best; None for what decides which numbers are shown, and is in none.
    """
    last = _digests.get((kind, name), ())
    known = next((one for one in last if one[0] is value), None)
    if known is None:
        known = (value, digest(value))
        _digests[kind, name] = (known, *last[: _FEW - 1])
    read = Read(kind, name, known[1])
    if not moved.get()[0]:
        _process.add(read, evidence or Evidence.PUBLISHED, value)
    for recorder in _open.get():
        if evidence is not None:
            recorder.add(read, evidence, value)


FACTORS = (1.25, 0.0, 0.5, 2.0, 0.001, 1000.0)
"""How far a claim is moved to see what moves with it: its numbers times this; of nought, its words go."""
moved: ContextVar[tuple[str, float]] = ContextVar("moved", default=("", 1.0))
"""Which claim says something else for now, and by which factor."""
PLAIN = (*range(10), 100)
"""Numbers that need no source: they count, halve, name a place, or make a percentage."""
_YEAR = re.compile("(19|20)[0-9]{2}")


def _judged(function: Callable[..., object], recorder: Recorder) -> bool:
    """Tell whether what a function gives is held to account: it is a notebook's own and reads claims alone.

    Our own functions are held by tests, and what reads more than claims is not called recomputed.
    """
    kinds = {read.kind for read in recorder.leaves}
    alone = kinds <= {"claim", "listing", *(("bound", "file") if "bound" in kinds else ())}
    return alone and not moved.get()[0] and _own(getattr(function, "func", function))


def _own(one: object) -> bool:
    """Tell whether a function, class or module is of a notebook, or of a module beside it."""
    of = one if isinstance(one, ModuleType) else sys.modules.get(getattr(one, "__module__", None) or "")
    file = getattr(of, "__file__", None) or os.devnull
    return getattr(of, "__name__", "") == "__main__" or Path(file).is_relative_to(project.notebooks())


def typed(function: Callable[..., object], recorder: Recorder) -> Iterator[tuple[str, bool]]:
    """Yield each number that a notebook's function holds without a source, and whether it goes under a name.

    ``function``, ``recorder``: as for :func:`unmoved`. What it calls of the same hand is looked through, and
    what it is given or finds outside under a name: that is an assumption of whoever named it. A number in a
    text (``int("3939")``) is one too.
    """
    waiting: list[tuple[object, str, bool]] = [(function, "", False)] if _judged(function, recorder) else []
    seen: set[int] = set()
    for one, where, named in waiting:  # grows meanwhile
        if isinstance(one, partial):
            waiting += [(one.func, where, named), ((one.args, one.keywords), where, True)]
        elif isinstance(one, Number | str):
            if _sourceless(one):
                yield f"the number {one} ({where})", named
        elif id(one) in seen:
            continue
        elif hasattr(one, "__wrapped__") and _own(one):  # a decorated one, as by functools.cache
            waiting.append((one.__wrapped__, where, named))
        elif isinstance(one, FunctionType) and _own(one):
            around = tuple(cell.cell_contents for cell in one.__closure__ or ())
            waiting.append(((one.__defaults__, one.__kwdefaults__, around), where, True))
            waiting += _written(one.__code__, one.__globals__)
        elif isinstance(one, dict | list | tuple | set | frozenset):
            waiting += [(part, where, named) for part in (one.values() if isinstance(one, dict) else one)]
        elif hasattr(one, "tolist"):  # an array
            waiting.append((one.tolist(), where, named))
        seen.add(id(one))


def _written(code: CodeType, names: Mapping[str, object]) -> Iterator[tuple[object, str, bool]]:
    """Yield what stands in a function's code, with the line, and what it finds outside under a name."""
    held: object = None
    for step in dis.get_instructions(code):
        where = f"line {step.positions.lineno if step.positions else ''} of {code.co_qualname}"
        if step.opname == "LOAD_GLOBAL":
            held = names.get(step.argval)
            yield held, where, True
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):  # of a module beside, or of what it or a cell made
            held = inspect.getattr_static(held, step.argval, None) if _own(held) else None
            yield held, where, True
        elif step.opcode in dis.hasconst and isinstance(step.argval, CodeType):
            yield from _written(step.argval, names)
        elif step.opcode in dis.hasconst or step.opname == "LOAD_SMALL_INT":  # of Python 3.14
            yield step.argval, where, False


def _sourceless(value: object) -> bool:
    """Tell whether a value is a number that says something; a text that is a year names a row."""
    if isinstance(value, str) and _YEAR.fullmatch(value):
        return False
    try:
        number = abs(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return not isinstance(value, str)
    return math.isfinite(number) and number not in PLAIN


def unmoved(
    function: Callable[..., object],
    again: Callable[[], Iterable[Sequence[Any]]],
    recorder: Recorder,
    numbers: Iterable[int],
    claims: int | None = None,
) -> list[tuple[int, int]]:
    """Return row and column of what a notebook's function gives that moves with no claim it rests on.

    ``function``, ``again``, ``recorder``: the function, how to make its rows anew, what was read for them.
    ``numbers``: columns to look at. ``claims``: the one that names the claims of a row. An error, or another
    number of rows, says that a claim matters. Nothing that is read or printed here is kept.
    """
    if not _judged(function, recorder):
        return []

    def rows(claim: str, factor: float) -> list[Sequence[Any]]:
        _open.set(())
        moved.set((claim, factor))
        try:
            with redirect_stdout(None):
                return [*again()]
        except Exception:  # whatever a function of somebody's own may raise
            return []

    first = copy_context().run(rows, "none", 1.0)
    still = [(at, column) for at, row in enumerate(first) for column in numbers if row[column]]
    for factor, read in product(FACTORS, recorder.leaves):
        if still and read.kind == "claim":
            other = copy_context().run(rows, read.name, factor)
            apart = {at for at, row in enumerate(first) if claims and read.name not in (row[claims] or "")}
            same = len(other) == len(first)
            still = [(at, n) for at, n in still if at in apart or (same and other[at][n] == first[at][n])]
    return still


def everything() -> tuple[Read, ...]:
    """Return all reads of this process since it started: the key of a notebook's stored result."""
    return _process.reads


def read_text(path: Path, said: str = "") -> str:
    """Return a file's text (UTF-8) and record the read; DataError when there is none, named as ``said``."""
    problems, shown = Problems(), project.relative(path)
    text = storage.read_text(path, said or shown, problems, 2 << 30) or ""
    problems.raise_if_any(DataError)
    note("file", shown, bytes_digest(text.encode()))
    return text


def listing(folder: Path, pattern: str = "*") -> tuple[Path, ...]:
    """Return the paths in a folder that match a pattern, sorted, and record what was there."""
    found = tuple(sorted(folder.glob(pattern)))
    note("listing", f"{project.relative(folder)}/{pattern}", [path.name for path in found])
    return found
