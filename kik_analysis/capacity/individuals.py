"""The calendar engine's driver: replications in chunks over threads, added up as whole numbers.

Results are the same to the bit for any number of threads, any chunk size and any order: replication r depends
on seed and r only, and sums and histograms of integers do not care who adds first.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from kik_analysis.capacity import layout
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.kernel import native
from kik_analysis.capacity.totals import PILOT, Totals, Whole, bins_from
from kik_analysis.statistics.philox import keys

#: One scenario, or the scenario of each replication (a draw of the parameters).
Source = Compiled | Callable[[int], Compiled]
Progress = Callable[[int, int], None]

_WORK_OF_A_CHUNK = 100_000_000  # people x weeks: about a fifth of a second
_NOTHING = np.zeros((0, 0, 0), dtype=np.int64)
_NO_HISTOGRAM = np.zeros((0, 0, 0), dtype=np.int32)


class _Team:
    """Threads that take chunks from one list; stops promptly when interrupted."""

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)
        self.rooms: list[layout.Space] = []
        self.stop = False
        self.lock = threading.Lock()
        self.error: BaseException | None = None

    def run(self, tasks: Iterable[Any], make: Callable[[], Callable[[Any], None]]) -> None:
        """Hand every task to some thread; ``make`` is called once in each thread."""
        pending = iter(tasks)

        def take() -> Any:
            with self.lock:
                return None if self.stop else next(pending, None)

        def work() -> None:
            try:
                do = make()
                while (task := take()) is not None:
                    do(task)
            except BaseException as error:
                self.error, self.stop = self.error or error, True

        threads = [threading.Thread(target=work, daemon=True) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.1)
        except BaseException:
            self.halt(threads)
            raise
        if self.error is not None:
            raise self.error

    def halt(self, threads: list[threading.Thread]) -> None:
        """Tell the kernel to give up, and wait until it has."""
        self.stop = True
        while any(thread.is_alive() for thread in threads):
            for room in list(self.rooms):
                layout.tell_to_stop(room)
            for thread in threads:
                thread.join(0.02)


class _Runner:
    """One thread's tables and room."""

    def __init__(self, team: _Team, source: Source) -> None:
        self.team, self.source = team, source
        self.current: Compiled | None = None

    def prepare(self, replication: int) -> None:
        c = self.source if isinstance(self.source, Compiled) else self.source(replication)
        if self.current is c:
            return
        self.current, self.table = c, layout.tables(c)
        self.record = np.zeros((layout.rows(c), layout.columns(c)), dtype=np.int64)
        self.make_room(c.people + int(c.inflow_fixed.sum() + 1.1 * c.inflow_mean.sum()) + 64)

    def make_room(self, people: int, log_lines: int = 0) -> None:
        self.room = layout.space(self.table, people, log_lines)
        self.team.rooms.append(self.room)

    def run(self, seed: int, first: int, last: int, into: Totals | None) -> Whole:
        """Run replications; returns the completed waits. ``self.record`` holds the last one."""
        code = native.code()
        self.prepare(first)
        drawn = keys(seed, first, last)
        need = code.most_people(self.table, self.room.rest, drawn)
        if need > len(self.room.people):
            self.make_room(need + need // 16)
        waits = layout.waits(self.table, self.room)
        waits[:] = 0
        sums = (into.bins, into.sums, into.histogram) if into else (_NOTHING, _NOTHING, _NO_HISTOGRAM)
        done = code.run(self.table, self.room.people, self.room.rest, drawn, self.record, *sums)
        if done < len(drawn):
            raise KeyboardInterrupt
        return waits


def workers_available() -> int:
    """Threads to use when nobody says how many."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _chunks(first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last, size):
        yield start, min(start + size, last)


def _chunk_size(source: Source, replications: int, workers: int) -> int:
    if not isinstance(source, Compiled):
        return 1  # every replication has its own scenario
    people = source.people + source.inflow_fixed.sum() + source.inflow_mean.sum()
    fair = -(-replications // (4 * workers))
    return max(1, min(int(_WORK_OF_A_CHUNK // max(1, people * source.weeks)), fair))


def simulate(
    source: Source,
    *,
    replications: int,
    seed: int,
    workers: int | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Totals:
    """Run all replications of a scenario.

    Parameters
    ----------
    source
        A scenario, or a function that gives the scenario of each replication (all of one shape); a
        function must be safe to call from several threads.
    replications, seed
        Replications 0..n-1; replication r is a function of seed and r.
    workers
        Threads; default: as many as there are processors to use.
    chunk
        Replications per call of the kernel; for tests.
    progress
        Called with the number done and the number to do.

    Raises
    ------
    KeyboardInterrupt
        Within a fraction of a second after the user asks.
    """
    native.ready()
    team = _Team(workers or workers_available())
    tell = _Teller(team, progress, replications)
    total = _pilot(team, source, seed, min(PILOT, replications), tell)
    parts: list[_Part] = []

    def start() -> Callable[[Any], None]:
        part = _Part(_Runner(team, source), Totals.empty(total.bins, total.waits.shape))
        parts.append(part)

        def do(task: tuple[int, int]) -> None:
            part.add(seed, *task)
            tell(task[1] - task[0])

        return do

    if replications > PILOT:
        size = chunk or _chunk_size(source, replications - PILOT, team.workers)
        team.run(_chunks(PILOT, replications, size), start)
    return total.plus(*(part.totals for part in parts))


class _Teller:
    """Counts replications done and tells whoever wants to know."""

    def __init__(self, team: _Team, progress: Progress | None, replications: int) -> None:
        self.team, self.progress, self.replications, self.done = team, progress, replications, 0

    def __call__(self, n: int) -> None:
        with self.team.lock:
            self.done += n
            if self.progress is not None:
                self.progress(self.done, self.replications)


class _Part:
    """One thread's sums."""

    def __init__(self, runner: _Runner, totals: Totals) -> None:
        self.runner, self.totals = runner, totals

    def add(self, seed: int, first: int, last: int) -> None:
        t = self.totals
        t.waits[:] += self.runner.run(seed, first, last, t)
        self.totals = Totals(t.replications + last - first, t.bins, t.sums, t.histogram, t.waits)


def _pilot(team: _Team, source: Source, seed: int, n: int, tell: _Teller) -> Totals:
    """Run the first replications, which decide where the bins of all lie."""
    c = source if isinstance(source, Compiled) else source(0)
    records = np.zeros((n, layout.rows(c), layout.columns(c)), dtype=np.int64)
    waits: list[Whole] = [_NOTHING] * n

    def start() -> Callable[[Any], None]:
        runner = _Runner(team, source)

        def do(task: tuple[int, int]) -> None:
            waits[task[0]] = runner.run(seed, *task, None).copy()
            records[task[0]] = runner.record
            tell(1)

        return do

    team.run(_chunks(0, n, 1), start)
    totals = Totals.empty(bins_from(records), waits[0].shape).with_records(records)
    totals.waits[:] = sum(waits)
    return totals


def samples(
    source: Source,
    rows: slice | tuple[Any, ...],
    *,
    replications: int,
    seed: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Whole:
    """Run replications and keep some rows of what each recorded, (replications, rows, columns).

    For ratios, paired differences and quantiles over few replications. Parameters are those of
    :func:`simulate`, but for ``rows``: weeks, then quarters, then the whole run; with columns if a pair.
    """
    native.ready()
    team = _Team(workers or workers_available())
    found: list[Whole] = [_NOTHING] * replications
    done = 0

    def start() -> Callable[[Any], None]:
        runner = _Runner(team, source)

        def do(task: tuple[int, int]) -> None:
            nonlocal done
            runner.run(seed, *task, None)
            found[task[0]] = runner.record[rows].copy()
            with team.lock:
                done += 1
                if progress is not None:
                    progress(done, replications)

        return do

    team.run(_chunks(0, replications, 1), start)
    return np.stack(found)


def most_people(c: Compiled, *, seed: int, replication: int) -> int:
    """People that one replication meets: the starting stock and all arrivals."""
    table = layout.tables(c)
    return native.code().most_people(
        table, layout.space(table, 1).rest, keys(seed, replication, replication + 1)
    )


def replay(c: Compiled, *, seed: int, replication: int) -> tuple[Whole, Whole]:
    """One replication alone: its record (rows, columns), and its event log.

    The log has one line per event: week, entry week (0 for the starting stock, else week of arrival + 1),
    number within that entry week, event, value, state afterwards (``kernel/names.py``).
    """
    native.ready()
    runner = _Runner(_Team(1), c)
    runner.run(seed, replication, replication + 1, None)
    lines = 16 * len(runner.room.people)
    while True:
        runner.make_room(len(runner.room.people), lines)
        runner.run(seed, replication, replication + 1, None)
        found, needed = layout.log(runner.table, runner.room)
        if needed <= lines:
            return runner.record.copy(), found.copy()
        lines = needed
