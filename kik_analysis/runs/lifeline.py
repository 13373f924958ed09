"""No process of a run outlives the run: whatever is killed, a keeper sees to what it had started.

Every process that a run starts splits in two as its first act. One half does the work. The other, its keeper,
holds the reading end of a pipe (its standard input) whose writing end only the run has: when the run closes
it, or dies, or the work is over, the keeper kills its children until it has none, and goes: who was theirs,
in sessions of their own or not, becomes its child then (Linux: it is a *subreaper*). When a keeper is killed,
the system kills the half that works, and its orphans fall to the run itself.
"""

import contextlib
import gc
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_PATIENCE = 5.0  # seconds for processes to be gone after SIGKILL
_KEPT = (
    *("PATH", "HOME", "USER", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "SYSTEMROOT", "NUMBA_NUM_THREADS", "NUMBA_CACHE_DIR"),
)
_KEPT_PREFIXES = ("KIK_", "XDG_", "COVERAGE_")
_ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_FIXED = {
    **{"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
    **dict.fromkeys(_ONE_THREAD, "1"),
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def surroundings(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a run's processes: what a process needs, the same on every machine.

    Time zone, language, hash seed and threads are fixed; a drawing backend, start-up file or switched-off
    bytecode from outside does not come through.
    """
    kept = {
        name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    return {**kept, **_FIXED, **extra}


def command(target: str, *arguments: str) -> list[str]:
    """Return the words that start a function (``module:function``) of ours with a keeper beside it."""
    return [sys.executable, "-m", "kik_analysis.runs.lifeline", target, *arguments]


class Family:
    """All processes of one run; a context manager that leaves none.

    ``environment``: variables that all of them get besides the usual ones. ``log``: file to which their own
    messages go.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.environment = surroundings(environment)
        self.log = log
        self.ended = False
        self._started: list[subprocess.Popen[bytes]] = []
        self._stops: list[Callable[[], object]] = []
        self._before: set[int] = set()

    def __enter__(self) -> "Family":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._before = set(children())
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        until, quiet = time.monotonic() + _PATIENCE, 0
        while quiet < 2 and time.monotonic() < until:  # who dies meanwhile may hide a child of its own once
            left = [one for one in children() if one not in self._before]
            # keepers are at work at first; what nobody keeps is killed here
            orphans = [one for one in left if b"runs.lifeline" not in _words(one)]
            _kill(orphans if time.monotonic() < until - _PATIENCE / 2 else left)
            quiet = 0 if left else quiet + 1
            time.sleep(0.005)
        for process in self._started:
            process.poll()
        _prctl(_PR_SET_CHILD_SUBREAPER, 0)

    def end(self) -> None:
        """End all processes at once, and wake the threads that wait for them."""
        self.ended = True
        for stop in list(self._stops):
            stop()

    @contextlib.contextmanager
    def woken(self, wake: Callable[[], object]) -> Iterator[None]:
        """Have ``wake`` called (from another thread) when the family is ended while the block runs."""
        self._stops.append(wake)
        try:
            yield
        finally:
            self._stops.remove(wake)

    def line(self) -> tuple[IO[bytes], IO[bytes]]:
        """Return both ends of a pipe by which a process that is about to be started is held.

        It gets the first one; when the second is closed it ends, with all that it started.
        """
        end, hold = os.pipe()
        ours = os.fdopen(hold, "wb", 0)
        self._stops.append(ours.close)
        if self.ended:
            ours.close()
        return os.fdopen(end, "rb", 0), ours

    def start(self, target: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a function of ours in a process of its own."""
        theirs, _ = self.line()
        with theirs, self.log.open("ab") as messages:
            streams: Any = {"stdin": theirs, "stdout": messages, "stderr": messages}
            how: Any = {"env": self.environment, "start_new_session": True}
            process = subprocess.Popen(command(target, *arguments), **streams, **how)
        self._started.append(process)
        return process


def keep() -> None:
    """Split this process in two: return in the half that does the work, and in its keeper never."""
    keeper = os.getpid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bell, ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
    os.set_blocking(ring, False)
    signal.set_wakeup_fd(ring)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    worker = os.fork()
    if worker:
        _watch(worker, bell)
    signal.set_wakeup_fd(-1)
    # SIGINT stays ignored, as in notebook kernels between two cells: who interrupts a run, interrupts `kik`
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _prctl(_PR_SET_CHILD_SUBREAPER, 0)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (bell, None), (ring, None)):
        if new is not None:
            os.dup2(old, new)
        os.close(old)
    # notebook kernels look after their parent too
    os.environ["JPY_PARENT_PID"] = str(keeper)


def _watch(worker: int, bell: int) -> None:
    """Wait for the end of the work, or of the run; then leave nobody, and tell how the work ended."""
    code = None
    while code is None:
        ready, _, _ = select.select([0, bell], [], [])
        if 0 in ready:
            break
        os.read(bell, 512)
        code = _reaped(worker)
    if not Path("/proc/self/stat").exists():
        os.killpg(0, signal.SIGKILL)  # a system that does not tell who descends from whom
    until = time.monotonic() + _PATIENCE
    with contextlib.suppress(ChildProcessError):  # nobody is left
        while time.monotonic() < until:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                _kill(children())
                time.sleep(0.002)
    os._exit(code or 0)


def _reaped(worker: int) -> int | None:
    """Take note of children that ended; return how the given one did, as a shell tells it."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == worker:
                code = os.waitstatus_to_exitcode(ended[1])
                found = 128 - code if code < 0 else code
    return found


def ending(code: int) -> str:
    """Return how a process with a keeper ended, in words: ``signal 9``, ``exit code 1``."""
    return f"signal {abs(code) % 128}" if code < 0 or code > 128 else f"exit code {code}"


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _kill(processes: list[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _words(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def children() -> list[int]:
    """Return the living children of this process; nothing where nobody tells.

    Who is killed leaves its own to the nearest subreaper above it, where they are found when asked again.
    """
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, parent = place.read_bytes().rpartition(b") ")[2].split()[:2]
            if int(parent) == os.getpid() and state not in b"ZX":
                found.append(int(place.parent.name))
    return found


def main() -> None:
    """Do what the first word of the command line names, with a keeper beside it."""
    keep()
    gc.set_threshold(50_000, 10, 10)  # libraries are loaded once and stay: looked through less often
    module, _, name = sys.argv.pop(1).partition(":")
    getattr(import_module(module), name)()
    sys.stdout.flush()
    os._exit(0)  # what was done is on the disk; to take the modules down would take a quarter of a second


if __name__ == "__main__":
    main()
