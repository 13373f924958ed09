"""The worker processes of a run: handing out jobs, hearing how they go, leaving none behind."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from kik_analysis.runs import lifeline

FOLDER_PREFIX = "kik-"
"""Of the short-lived folder of a worker, where its kernel's sockets are."""
FINAL = {"done", "failed", "died", "not started", "error", "system", "fault", "lost"}
"""Events that end a job."""

Job = dict[str, Any]
"""What the runner wants to know of a job, and under ``send`` the message to the worker."""

Hear = Callable[[Job, dict[str, Any]], None]
"""Called with a job and an event of it."""


class _Worker:
    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.job: Job | None = None
        # short, for sockets have a limit; named after us, so that a later run sees whether it is in use
        self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kik_analysis.runs.worker", str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                # what libraries leave in the temporary folder goes with the worker
                env=lifeline.surroundings({**environment, "TMPDIR": str(self.folder)}),
                start_new_session=True,
            )
        self._begun = b""

    def give(self, job: Job) -> None:
        self.job = job
        with contextlib.suppress(BrokenPipeError):
            self._write(job["send"])

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> list[dict[str, Any]]:
        """Return what the worker says; ``lost`` when it has ended."""
        assert self.process.stdout is not None
        piece = os.read(self.process.stdout.fileno(), 1 << 16)
        if not piece:
            code = self.process.wait()
            how = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            return [{"event": "lost", "what": how}]
        *lines, self._begun = (self._begun + piece).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self) -> None:
        """Ask the worker to leave once it is idle."""
        with contextlib.suppress(OSError, ValueError):
            self._write({"job": "end"})

    def kill(self) -> None:
        """End the worker at once; its kernel is tied to it and ends with it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def clear_folders() -> None:
    """Remove the short-lived folders of runs that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}[0-9]*-*"):
        number = left.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            if number.isdigit() and left.stat().st_uid == os.getuid() and not _alive(int(number)):
                shutil.rmtree(left, ignore_errors=True)


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Pool:
    """Up to ``size`` workers, started when there is work for them; a context manager that leaves none."""

    def __init__(self, size: int, environment: Mapping[str, str], log: Path) -> None:
        self._size = size
        self._environment = environment
        self._log = log
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []
        self._beside: list[_Worker] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for worker in self._all:
                worker.end()
            for worker in self._all:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.process.wait(timeout=2)
        for worker in (*self._all, *self._beside):
            worker.kill()

    def beside(self, message: Mapping[str, Any]) -> None:
        """Have one thing done by a worker of its own, which nobody waits for or listens to."""
        worker = _Worker(self._environment, self._log)
        self._beside.append(worker)
        worker.give({"send": message})

    def run(self, jobs: Iterable[Job], hear: Hear) -> None:
        """Have all jobs done; every event, the last of each job included, goes to ``hear``."""
        waiting = deque(jobs)
        with selectors.DefaultSelector() as selector:
            for worker in self._hire(len(waiting)):
                worker.give(waiting.popleft())
                selector.register(worker.process.stdout, selectors.EVENT_READ, worker)  # type: ignore[arg-type]
            while selector.get_map():
                for key, _ in selector.select():
                    self._handle(key.data, selector, waiting, hear)

    def _handle(
        self,
        worker: _Worker,
        selector: selectors.BaseSelector,
        waiting: deque[Job],
        hear: Hear,
    ) -> None:
        for event in worker.hear():
            assert worker.job is not None
            hear(worker.job, event)
            if event["event"] not in FINAL:
                continue
            if waiting and event["event"] != "lost":
                worker.give(waiting.popleft())
                continue
            worker.job = None
            selector.unregister(worker.process.stdout)  # type: ignore[arg-type]
            if event["event"] != "lost":
                self._idle.append(worker)
                continue
            self._all.remove(worker)
            worker.kill()
            for fresh in self._hire(min(len(waiting), 1)):
                fresh.give(waiting.popleft())
                selector.register(fresh.process.stdout, selectors.EVENT_READ, fresh)  # type: ignore[arg-type]

    def _hire(self, jobs: int) -> list[_Worker]:
        """Return as many workers as there is work for: those that are idle, then new ones."""
        wanted = min(jobs, self._size)
        hired = [self._idle.pop() for _ in range(min(wanted, len(self._idle)))]
        while len(hired) < wanted and len(self._all) < self._size:
            worker = _Worker(self._environment, self._log)
            self._all.append(worker)
            hired.append(worker)
        return hired
