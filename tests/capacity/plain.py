"""The calendar kernel as plain Python, from its own source, with or without deliberate mistakes.

Compiling takes seconds; trying fifty mistakes on tiny cases as plain Python takes less. The test of
``test_random.py`` that both give the same numbers is what entitles mistakes found here to count for the
compiled kernel.
"""

import ast
import functools
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis.capacity import kernel as original
from kik_analysis.capacity import layout
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.kernel import machine, names
from kik_analysis.statistics.philox import keys

MODULES = machine.MODULES
_FOLDER = Path(original.__file__).parent
_PACKAGE = "kik_analysis.capacity.kernel"
_ALIAS = "plain_kernel"


@functools.cache
def _code(name: str, change: Callable[[ast.Module], None] | None) -> types.CodeType:
    text = (_FOLDER / f"{name}.py").read_text(encoding="utf-8")
    tree = ast.parse(text.replace(_PACKAGE, _ALIAS))
    if change is not None:
        change(tree)
    return compile(tree, f"{name}.py", "exec")


def load(where: str = "", change: Callable[[ast.Module], None] | None = None) -> types.SimpleNamespace:
    """Load the kernel as plain Python; ``change`` is shown the syntax tree of the module ``where``."""
    loaded: dict[str, types.ModuleType] = {}
    package = types.ModuleType(_ALIAS)
    package.__path__ = []  # type: ignore[attr-defined]
    sys.modules[_ALIAS] = package
    try:
        for name in MODULES:
            module = types.ModuleType(f"{_ALIAS}.{name}")
            sys.modules[module.__name__] = module
            exec(_code(name, change if name == where else None), module.__dict__)
            loaded[name] = module
    finally:
        for name in ("", *(f".{m}" for m in MODULES)):
            sys.modules.pop(_ALIAS + name, None)
    for name in ("answer", "contact_step", "set_exit", "join"):
        _seldom(loaded, name)
    return types.SimpleNamespace(**loaded)


def _seldom(modules: Mapping[str, types.ModuleType], name: str) -> None:
    """Have a function that a person's calendar calls fail when it is called too often in a week.

    Else a calendar that leads back to where it came from would never end.
    """
    real = next(vars(module)[name] for module in modules.values() if name in vars(module))
    times: dict[Any, int] = {}

    def call(c: Any, p: Any, h: Any, i: Any, *rest: Any) -> Any:
        t = rest[-1]
        if t < 0:  # the starting stock: nobody's calendar yet
            return real(c, p, h, i, *rest)
        now = (int(h[0]), int(h[1]), int(t))
        if times.get(None) != now:
            times.clear()
            times[None] = now  # type: ignore[assignment]
        times[int(i)] = times.get(int(i), 0) + 1
        assert times[int(i)] < 9, f"{name}: person {i} many times in week {t}"
        return real(c, p, h, i, *rest)

    for module in modules.values():
        if name in vars(module):
            vars(module)[name] = call


class Checked(np.ndarray):
    """An array that refuses negative indices, as the compiled kernel takes them for what they are."""

    def _check(self, index: Any) -> None:
        for part in index if isinstance(index, tuple) else (index,):
            assert isinstance(part, slice) or part >= 0, f"index {index}"

    def __getitem__(self, index: Any) -> Any:
        self._check(index)
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._check(index)
        super().__setitem__(index, value)


def replay(
    kernel: Any,
    c: Compiled,
    *,
    seed: int,
    replication: int,
    prepare: Callable[[Any], None] | None = None,
    checked: bool = False,
) -> tuple[Any, Any]:
    """One replication with a plain kernel: record and event log."""
    table = layout.tables(c)
    people, room, _ = _room(table, seed, replication)
    record = np.zeros((layout.rows(c), layout.columns(c)), dtype=np.int64)
    if prepare is not None:
        prepare(kernel)
    arrays = [a.view(Checked) if checked else a for a in (table, people, room.rest, record)]
    kernel.week.replication(*arrays, c.weeks)
    return record, layout.log(room)[0]


def _room(table: Any, seed: int, replication: int) -> tuple[Any, layout.Space, Any]:
    """Room for one replication: rows of people, the rest, and its keys, which it has already."""
    drawn = keys(seed, replication, replication + 1)
    number = int(machine.code("most_people")(table, layout.space(table, 1).rest, drawn))
    room = layout.space(table, number, log_lines=60 * (number + 1))
    room.rest[:2] = drawn[0]
    # machine code computes in 64 bits what it keeps in 32
    return room.people.astype(np.int64), room, drawn


def tallies(kernel: Any, jobs: Sequence[tuple[Any, int]], week: int, *, seed: int) -> Any:
    """Count everybody at the end of a week of some replications with a plain kernel."""
    found = []
    for table, replication in jobs:
        people, room, drawn = _room(table, seed, replication)
        found.append(np.zeros((table[names.SEGMENTS], names.OUTSIDE + 2, 2, 4), np.int64))
        kernel.week.tally(table, people, room.rest, drawn, week, np.zeros((0, 0), np.int64), found[-1])
    return np.stack(found)
