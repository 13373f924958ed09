"""Tells on standard error how a run goes: a line per notebook, and a bar where someone is watching."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 20


class Progress:
    """Progress of one run.

    Parameters
    ----------
    total
        Number of notebooks to execute.
    quiet
        True says nothing at all.
    stream
        Where to write; by default standard error. A bar is drawn only on a terminal.
    """

    def __init__(self, total: int = 0, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.total = total
        self._quiet = quiet
        self._stream = stream or sys.stderr
        self._bar = not quiet and self._stream.isatty()
        self._at: dict[str, float] = {}
        self._finished = 0
        self.began = time.monotonic()

    def line(self, text: str) -> None:
        """Write a line."""
        if not self._quiet:
            self._clear()
            print(text, file=self._stream, flush=True)
            self._draw()

    def cell(self, name: str, share: float) -> None:
        """Note how far a notebook is."""
        self._at[name] = share
        self._clear()
        self._draw()

    def finished(self, name: str, text: str) -> None:
        """Note that a notebook is done, and write its line."""
        self._at.pop(name, None)
        self._finished += 1
        self.line(text)

    def close(self) -> None:
        """Take the bar away."""
        self._clear()
        self._bar = False

    def seconds(self) -> float:
        """Return the seconds since the run began, by a clock that does not jump."""
        return time.monotonic() - self.began

    def _clear(self) -> None:
        if self._bar:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self) -> None:
        if not self._bar or not self.total or self._finished == self.total:
            return
        share = (self._finished + sum(self._at.values())) / self.total
        done = int(share * WIDTH)
        names = ", ".join(self._at)
        self._stream.write(f"[{'#' * done}{'.' * (WIDTH - done)}] {names}")
        self._stream.flush()
