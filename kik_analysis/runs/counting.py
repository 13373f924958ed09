"""Tells how far a simulation is: one line that counts replications, where someone is watching."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang

_PATIENCE = 1.0  # seconds before the first word: short work is not announced
_EVERY = 0.1


class Counting:
    """Progress of one simulation; call it with replications done and to do.

    Parameters
    ----------
    lang
        Language of its words.
    quiet
        True says nothing at all.
    stream
        Where to write, by default standard error; the count is redrawn on a terminal, and elsewhere told
        each tenth part.
    """

    def __init__(self, lang: Lang, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._lang, self._quiet, self._stream = lang, quiet, stream or sys.stderr
        self._screen = self._stream.isatty()
        self._began = self._told = time.monotonic()
        self._drawn, self._tenth = False, 0

    def __enter__(self) -> Counting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def build(self) -> None:
        """Have the engine compiled before anything is counted; say so when that takes a while."""
        from kik_analysis.capacity.kernel import machine

        if not machine.compiled() and not self._quiet:
            print(sentences.template("simulate.said.compiling", self._lang), file=self._stream, flush=True)
        machine.ready()
        self._began = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Tell of replications done and to do."""
        now = time.monotonic()
        tenth = 10 * done // max(1, total)
        if self._quiet or now - self._began < _PATIENCE:
            return
        if self._screen and (done == total or now - self._told >= _EVERY):
            self._clear()
            self._stream.write(self._words(done, total))
            self._stream.flush()
            self._told, self._drawn = now, True
        elif not self._screen and tenth > self._tenth:
            print(self._words(done, total), file=self._stream, flush=True)
        self._tenth = tenth

    def _words(self, done: int, total: int) -> str:
        shown = {"done": notation.whole(done, self._lang), "total": notation.whole(total, self._lang)}
        return sentences.template("simulate.said.progress", self._lang).format(**shown)

    def _clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False
