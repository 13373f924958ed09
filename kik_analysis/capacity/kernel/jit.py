"""Which functions are compiled: they register here and stay plain Python until ``building.py`` compiles them.

So the kernel can be read, run and debugged as Python without Numba, and importing it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Functions in the order of definition, callees first; ``ENTRIES`` are called from outside.
INNER: list[Callable[..., Any]] = []
ENTRIES: list[Callable[..., Any]] = []


def compiled(function: Callable[..., Any]) -> Any:
    """Mark a function that only other compiled functions call."""
    INNER.append(function)
    return function


def entry(function: Callable[..., Any]) -> Any:
    """Mark a function that Python calls, with arrays named as in ``native.ARRAYS``."""
    ENTRIES.append(function)
    return function
