"""How a run or a simulation goes: lines and a bar on standard error, and ``run.log`` with the times.

A bar or count is drawn only on a terminal. The log holds times and is never compared.
"""

from __future__ import annotations

import datetime
import re
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from kik_analysis.errors import KikError
from kik_analysis.language import messages, notation, sentences
from kik_analysis.language.notation import Lang

WIDTH = 20
LONGEST_LINE = 400
PATIENCE = 1.0
"""Seconds before a simulation says its first word: short work is not announced."""
_EVERY = 0.1
_CLEAR = "\r\x1b[K"
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)


def plain(text: str) -> str:
    """Return a line without what would steer a terminal: escapes, bells, returns, turned directions."""
    return "".join(one if one.isprintable() else " " for one in _ESCAPES.sub("", text))


def first_line(text: str) -> str:
    """Return the first line of a message, plain and not endless."""
    line = plain((text.strip().splitlines() or [""])[0]).strip()
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."


def told(error: BaseException, what: str) -> tuple[str, ...]:
    """Return in one line (or one per problem) what broke a piece of work, which is called ``what``."""
    if isinstance(error, KikError):
        return error.lines
    if isinstance(error, OSError):
        return (f"{what}: {error.strerror or error}; nothing was replaced",)
    return (f"{what}: {type(error).__name__}: {first_line(str(error))} (this is a fault of ours)",)


class Progress:
    """Progress of one run.

    ``total``: number of notebooks to execute. ``quiet``: true says nothing at all. ``stream``: where to
    write; by default standard error. A bar is drawn only on a terminal. ``lang``: language of its lines.
    """

    def __init__(
        self, total: int = 0, *, quiet: bool = False, stream: TextIO | None = None, lang: Lang = "en"
    ) -> None:
        self.total, self._lang = total, lang
        self._quiet = quiet
        self._stream = stream or sys.stderr
        self._bar = not quiet and self._stream.isatty()
        self._at: dict[str, float] = {}
        self._finished = 0
        self._lock = threading.RLock()  # notebooks tell of themselves from threads of their own
        self.began = time.monotonic()

    def line(self, text: str) -> None:
        """Write a line."""
        if self._quiet:
            return
        with self._lock:
            self._clear()
            print(plain(messages.told(text, self._lang)), file=self._stream, flush=True)
            self._draw()

    def cell(self, name: str, share: float) -> None:
        """Note how far a notebook is."""
        with self._lock:
            self._at[name] = share
            self._clear()
            self._draw()

    def finished(self, name: str, text: str) -> None:
        """Note that a notebook is done, and write its line."""
        with self._lock:
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
            self._stream.write(_CLEAR)
            self._stream.flush()

    def _draw(self) -> None:
        if not self._bar or not self.total or self._finished == self.total:
            return
        share = (self._finished + sum(self._at.values())) / self.total
        done = int(share * WIDTH)
        self._stream.write(f"[{'#' * done}{'.' * (WIDTH - done)}] {', '.join(self._at)}")
        self._stream.flush()


class Counter:
    """Progress of one simulation; call it with replications done and to do.

    ``lang``: language of its words. ``quiet``: true says nothing at all. ``stream``: where to write, by
    default standard error; the count is redrawn on a terminal, and elsewhere told each tenth part.
    """

    def __init__(self, lang: Lang, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._lang, self._quiet, self._stream = lang, quiet, stream or sys.stderr
        self._screen = self._stream.isatty()
        self._began = self._told = time.monotonic()
        self._drawn, self._tenth = False, 0

    def __enter__(self) -> Counter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

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
        if self._quiet or now - self._began < PATIENCE:
            return
        if self._screen and (done == total or now - self._told >= _EVERY):
            self.clear()
            self._stream.write(self._words(done, total))
            self._stream.flush()
            self._told, self._drawn = now, True
        elif not self._screen and tenth > self._tenth:
            print(self._words(done, total), file=self._stream, flush=True)
        self._tenth = tenth

    def _words(self, done: int, total: int) -> str:
        shown = {"done": notation.whole(done, self._lang), "total": notation.whole(total, self._lang)}
        return sentences.template("simulate.said.progress", self._lang).format(**shown)

    def clear(self) -> None:
        """Take the count away, before something else is printed."""
        if self._drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._drawn = False


class Logbook:
    """``run.log``: what happened when; messages of a run's processes land in it too.

    The wall clock is read once; what happened later is placed by a clock that does not jump.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began = datetime.datetime.now(datetime.UTC)
        self._ticks = time.monotonic()

    def _now(self) -> datetime.datetime:
        return self._began + datetime.timedelta(seconds=time.monotonic() - self._ticks)

    def span(self) -> tuple[str, str]:
        """Return when the run began and the present moment, in UTC."""
        return _written(self._began), _written(self._now())

    def note(self, text: str) -> None:
        """Write a line with the time before it; further lines of ``text`` are indented."""
        indented = text.rstrip().replace("\n", "\n    ")
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(f"{_written(self._now())} {indented}\n")


def _written(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
