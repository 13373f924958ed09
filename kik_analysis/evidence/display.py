"""A short display of an object in a notebook, and what to say when another kind of argument is passed."""

import operator
import os
import reprlib
from collections.abc import Callable, Iterable
from html import escape
from types import UnionType
from typing import Any, TypeVar

from kik_analysis.errors import ModelError
from kik_analysis.reading.problems import short

Progress = TypeVar("Progress", bound=Callable[[int, int], None] | None)
MOST = 2**53 - 1
"""Largest whole number of an argument, a seed's too: every float up to here holds it."""
LONGEST, ROWS = 120, 16
"""Characters of a cell and rows that are shown: a display stays under 3,000 characters."""


class Display:
    """Gives a class a short table in notebooks; the class says what stands in it by :meth:`shown`.

    Showing an object is no computation: ``shown`` records no reads.
    """

    def shown(self) -> tuple[str, Iterable[tuple[str, object]]]:
        """Return a heading, and pairs of a word and what stands beside it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({short(self.shown()[0], LONGEST)})"

    def _repr_html_(self) -> str:
        heading, rows = self.shown()
        kept = list(rows)
        more = [("", f"and {len(kept) - ROWS} more")] if len(kept) > ROWS else []
        cells = "".join(
            f"<tr><th>{escape(short(word, LONGEST))}</th><td>{escape(short(str(value), LONGEST))}</td></tr>"
            for word, value in (*kept[:ROWS], *more)
        )
        return f"<table><caption>{escape(short(heading, LONGEST))}</caption>{cells}</table>"


def expect(value: object, kind: type | UnionType, where: str, what: str, maker: str) -> None:
    """Refuse an argument of another kind, and say how to make the right one.

    ``value``, ``kind``: what was passed, and what it must be. ``where``, ``what``: the function (and
    argument) and the object, as the message names them: ``simulate``, ``a scenario``. ``maker``: the function
    that gives one: ``kik.load_scenario``. ModelError when it is another kind.
    """
    if isinstance(value, kind):
        return
    hint = ""
    if isinstance(value, str | os.PathLike) and maker.startswith(("kik.load_", "kik.read_")):
        hint = f": write {maker}({os.fspath(value)!r})"
    elif isinstance(value, list | tuple) and value and all(isinstance(one, kind) for one in value):
        hint = ", not a list: pass them one by one"
    got = " ".join(reprlib.repr(value).split())
    raise ModelError(f"{where}: not {what} (got {got}; expected what {maker} gives{hint})")


def require(right: bool, value: object, where: str, expected: str) -> None:
    """Refuse an argument that is not right: ``where`` it was passed, what is ``expected``; by ModelError."""
    if not right:
        got = " ".join(reprlib.repr(value).split())
        raise ModelError(f"{where}: not possible (got {got}; expected {expected})")


def listener(progress: Progress) -> Progress:
    """Return what is told how far some work is; ModelError when nothing can be told to it."""
    what = "a function of two numbers: done, and to do in all"
    require(progress is None or callable(progress), progress, "progress", what)
    return progress


def whole_number(value: object, where: str, least: int = 0, most: int = MOST) -> int:
    """Return an argument that must be a whole number, of Python or of NumPy; True and False are none.

    ``value``, ``where``: what was passed, and the argument as the message names it. ``least``, ``most``: what
    is allowed. ModelError when it is anything else.
    """
    try:
        number = least - 1 if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = least - 1
    require(least <= number <= most, value, where, f"a whole number from {least} to {most}")
    return number


def name_list(value: object, where: str) -> list[str]:
    """Return an argument that must be names in a list, or in another thing that holds several.

    ``value``, ``where``: as for :func:`whole_number`. ModelError when it is anything else.
    """
    try:
        found: list[Any] = [None] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    except TypeError:
        found = [None]
    if not all(isinstance(one, str) for one in found):
        hint = f"; write [{value!r}]" if isinstance(value, str) else ""
        raise ModelError(f"{where}: expected a list of names (got {reprlib.repr(value)}{hint})")
    return found
