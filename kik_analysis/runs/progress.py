"""How a run or a simulation goes: lines and a bar on standard error, and ``run.log`` with the times.

A bar or count is drawn only on a terminal. The log holds times and is never compared.
"""

import datetime
import re
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from kik_analysis.errors import KikError, RunError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang

WIDTH = 20
LONGEST_LINE = 400
PATIENCE, RUNS = 1.0, "simulate.said.progress"
"""Seconds before a simulation says its first word: short work is not announced; what it says."""
HANDLES, HANDLES_PER_JOB = 128, 64
"""Files that a run may have open at once, at least: of itself, and for each notebook at work."""
MEMORY = 2 << 30
"""Bytes that a process may ask for, at least: with 1.5 GB a simulation never ends (BLAS waits for more)."""
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
    if isinstance(error, MemoryError):
        return (f"{what}: memory ran out; close other programs and run again",)
    if isinstance(error, OSError):
        return (f"{what}: {error.strerror or error}; nothing was replaced",)
    return (f"{what}: {type(error).__name__}: {first_line(str(error))} (this is a fault of ours)",)


def see_to_limits(jobs: int = 0) -> None:
    """Refuse limits of this system that are too low: the libraries below would end without a word, or never.

    ``jobs``: number of notebooks at work at once. RunError when too few files or too little memory is left.
    """
    try:
        import resource
    except ImportError:
        return
    needed = HANDLES + HANDLES_PER_JOB * jobs if jobs else 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        except (ValueError, OSError):
            raise RunError(
                f"only {soft} files may be open at once on this system, and a run with --jobs {jobs} needs "
                f"{needed}; raise the limit (ulimit -n {needed}) and run again"
            ) from None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and soft < MEMORY:
        raise RunError(
            f"only {soft >> 20} MB of memory may be used on this system, and each process asks for up to "
            f"{MEMORY >> 20}; raise the limit (ulimit -v {MEMORY >> 10}) and run again"
        )


class _Screen:
    """Where progress is told: lines anywhere, and on a terminal something that is drawn and taken away.

    ``lang``: language of its words. ``quiet``: true says nothing at all. ``stream``: where to write; by
    default standard error.
    """

    def __init__(self, lang: Lang, quiet: bool, stream: TextIO | None) -> None:
        self._lang, self._quiet, self._stream = lang, quiet, stream or sys.stderr
        self._screen = not quiet and self._stream.isatty()
        self._drawn = False

    def _say(self, text: str) -> None:
        if not self._quiet:
            print(text, file=self._stream, flush=True)

    def _draw(self, text: str) -> None:
        self._stream.write((_CLEAR if self._drawn else "") + text)
        self._stream.flush()
        self._drawn = bool(text)

    def clear(self) -> None:
        """Take away what is drawn, before something else is printed."""
        if self._drawn:
            self._draw("")


class Progress(_Screen):
    """Progress of one run.

    ``total``: number of notebooks to execute. ``quiet``, ``stream``, ``lang``: as of any screen.
    """

    def __init__(
        self, total: int = 0, *, quiet: bool = False, stream: TextIO | None = None, lang: Lang = "en"
    ) -> None:
        super().__init__(lang, quiet, stream)
        self.total, self._finished = total, 0
        self._at: dict[str, float] = {}
        self._lock = threading.RLock()  # notebooks tell of themselves from threads of their own

    def line(self, text: str) -> None:
        """Write a line."""
        with self._lock:
            self.clear()
            self._say(plain(sentences.told(text, self._lang)))
            self._bar()

    def cell(self, name: str, share: float) -> None:
        """Note how far a notebook is."""
        with self._lock:
            self._at[name] = share
            self._bar()

    def finished(self, name: str, text: str) -> None:
        """Note that a notebook is done, and write its line."""
        with self._lock:
            self._at.pop(name, None)
            self._finished += 1
            self.line(text)

    def close(self) -> None:
        """Take the bar away."""
        self.clear()
        self._screen = False

    def _bar(self) -> None:
        if self._screen and self._finished < self.total:
            done = int((self._finished + sum(self._at.values())) / self.total * WIDTH)
            self._draw(f"[{'#' * done}{'.' * (WIDTH - done)}] {', '.join(self._at)}")


class Counter(_Screen):
    """Progress of one simulation, or of what ``said`` says; call it with replications done and to do.

    The count is redrawn on a terminal, and elsewhere told each tenth part.
    """

    def __init__(self, lang: Lang, said: str = RUNS, *, quiet: bool = False, stream: TextIO | None = None):
        super().__init__(lang, quiet, stream)
        self._began = self._told = time.monotonic()
        self._tenth, self._said = 0, said

    def __enter__(self) -> "Counter":
        see_to_limits()
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def build(self) -> None:
        """Have the engine compiled before anything is counted; say so when that takes a while."""
        from kik_analysis.capacity.kernel import machine

        if not machine.compiled():
            self._say(sentences.template("simulate.said.compiling", self._lang))
        machine.ready()
        self._began = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Tell of replications done and to do."""
        now, tenth = time.monotonic(), 10 * done // max(1, total)
        if self._quiet or now - self._began < PATIENCE:
            return
        shown = {"done": notation.decimal(done, self._lang), "total": notation.decimal(total, self._lang)}
        words = sentences.singular(sentences.template(self._said, self._lang).format(**shown))
        if self._screen and (done == total or now - self._told >= _EVERY):
            self._draw(words)
            self._told = now
        elif not self._screen and tenth > self._tenth:
            self._say(words)
        self._tenth = tenth


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
