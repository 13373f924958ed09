"""The calendar engine: replications in chunks over threads, added up as whole numbers.

Results are the same to the bit for any number of threads, any chunk size and any order: replication r depends
on seed and r only, and sums and histograms of integers do not care who adds first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import layout
from kik_analysis.capacity.compiled import Compiled, Integers
from kik_analysis.capacity.kernel import machine
from kik_analysis.capacity.kernel import names as at
from kik_analysis.evidence.display import listener, whole_number
from kik_analysis.statistics.philox import keys

BINS = 64  #: bins of each histogram
PILOT = 32  #: replications 0..31 decide where the bins lie


def bins_from(records: Integers) -> Integers:
    """Return where histograms lie: reference for sums, lower end of the first bin, width as a power of two.

    ``records``: of the first replications. Bins reach five standard deviations beyond the mean and beyond the
    smallest and largest seen; where that takes at most 64 whole numbers, every number has its own bin.
    """
    n = len(records)
    reference = records.sum(axis=0) // n
    squares, low, high = np.zeros_like(reference), reference.copy(), reference.copy()
    for one in records:  # one by one: three-dimensional temporaries would be most of the memory of a run
        d = one - reference
        squares += d * d
        np.minimum(low, one, out=low)
        np.maximum(high, one, out=high)
    spread = np.ceil(5 * np.sqrt(squares / n)).astype(np.int64) + 1
    low, high = np.minimum(reference - spread, low), np.maximum(reference + spread, high)
    shift = np.zeros_like(low)
    while np.any(too_wide := ((high - low) >> shift) >= BINS):
        shift += too_wide
    return np.stack([reference, low, shift], axis=-1)


@dataclass(frozen=True)
class Totals:
    """What is kept of all replications.

    ``replications``: how many are in it. ``bins``: see :func:`bins_from`; only totals with equal bins can be
    merged. ``sums``: sum and sum of squares of the distance from the reference. ``histogram``: how many
    lie in each bin. ``waits``: completed waits over all replications.
    """

    replications: int
    bins: Integers
    sums: Integers
    histogram: npt.NDArray[np.int32]
    waits: Integers

    @classmethod
    def empty(cls, bins: Integers, waits_shape: tuple[int, ...]) -> Totals:
        """Nothing yet."""
        sums, histogram = (np.zeros((*bins.shape[:2], n), kind) for n, kind in ((2, "i8"), (BINS, "i4")))
        return cls(0, bins, sums, histogram, np.zeros(waits_shape, np.int64))

    def plus(self, *others: Totals) -> Totals:
        """Merge by addition; the order does not matter."""
        replications, sums, histogram, waits = (
            sum((getattr(one, name) for one in others), getattr(self, name))
            for name in ("replications", "sums", "histogram", "waits")
        )
        return Totals(replications, self.bins, sums, histogram, waits)

    def with_records(self, records: Integers) -> Totals:
        """Add whole records, (replications, rows, columns), to its own sums and histograms."""
        reference, low, shift = (np.ascontiguousarray(self.bins[..., k]) for k in range(3))
        first = np.arange(0, self.histogram.size, BINS).reshape(low.shape)  # of every number's histogram
        counts = self.histogram.reshape(-1)
        for one in records:
            d = one - reference
            self.sums[..., 0] += d
            self.sums[..., 1] += d * d
            k = np.clip((one - low) >> shift, 0, BINS - 1)
            counts[k + first] += 1  # every place once, so nothing is lost
        return replace(self, replications=self.replications + len(records))

    def mean(self) -> npt.NDArray[np.float64]:
        """Mean over replications, (rows, columns)."""
        return np.asarray(self.bins[..., 0] + self.sums[..., 0] / self.replications, dtype=np.float64)

    def variance(self) -> npt.NDArray[np.float64]:
        """Variance between replications (n - 1), (rows, columns); 0 for a single replication."""
        centred = self.sums[..., 1] - self.sums[..., 0].astype(np.float64) ** 2 / self.replications
        return np.asarray(np.maximum(centred, 0) / max(self.replications - 1, 1), dtype=np.float64)

    def quantiles(self, shares: Sequence[float]) -> list[npt.NDArray[np.float64]]:
        """Quantiles of every number: the smallest value that a share of the replications does not exceed.

        Where a bin holds several whole numbers, they are taken as evenly spread within it.
        """
        cumulated = np.cumsum(self.histogram, axis=-1, dtype=np.int32)
        width = np.left_shift(1, self.bins[..., 2])
        out = []
        for q in shares:
            target = max(q * self.replications, 1e-9)
            k = np.minimum((cumulated < target).sum(axis=-1), BINS - 1)
            inside = np.take_along_axis(self.histogram, k[..., None], -1)[..., 0]
            before = np.take_along_axis(cumulated, k[..., None], -1)[..., 0] - inside
            share = np.clip((target - before) / np.maximum(inside, 1), 0, 1)
            offset = np.where(width == 1, 0.0, share * (width - 1))
            out.append(np.asarray(self.bins[..., 1] + k * width + offset, dtype=np.float64))
        return out


#: One scenario, or the scenario of each replication (a draw of the parameters).
Source = Compiled | Callable[[int], Compiled]
Progress = Callable[[int, int], None]

FUTURES = 2**32  #: of one seed; the next would be the first again (statistics/philox.py)
MOST_WORKERS = 256
_WORK_OF_A_CHUNK = 100_000_000  # people x weeks: about a fifth of a second
_NO_RECORD = np.zeros((0, 0), dtype=np.int64)
_NOTHING = np.zeros((0, 0, 0), dtype=np.int64), np.zeros((0, 0, 0), dtype=np.int32)
_NO_ROOM = layout.Space(np.zeros((0, 0), np.int32), np.zeros(8, np.int64))


def part_of(progress: Progress | None, before: int, total: int) -> Progress:
    """Return what tells of a part of some work: so much was done before it, so much is to do in all."""
    listener(progress)
    return lambda n, _: progress(before + n, total) if progress is not None else None


class Worker:
    """One thread's tables and room.

    ``source``: a scenario, or a function that gives the scenario of each replication; None for a worker that
    is handed packed scenarios (``tally``). ``seed``: replication r is a function of seed and r.
    """

    def __init__(self, source: Source | None, seed: int) -> None:
        self.source, self.seed = source, seed
        self.current: Compiled | None = None
        self.table, self.room = np.zeros(0, np.int64), _NO_ROOM
        self.totals: Totals | None = None

    def _open(self, table: Integers, first: int, last: int, log_lines: int = 0) -> Integers:
        """Have room for some replications of a packed scenario; returns their keys."""
        drawn = keys(self.seed, first, last)
        parts = slice(at.COUNT, at.HEADER)  # where the parts of the room begin
        if not np.array_equal(self.table[parts], table[parts]):
            self.room = layout.space(table, 1)
        self.table = table
        need = machine.code("most_people")(table, self.room.rest, drawn)
        if need > len(self.room.people) or log_lines:
            self.room = layout.space(table, need + need // 16, log_lines)
        return drawn

    def run(self, first: int, last: int, *, log_lines: int = 0, into: Totals | None = None) -> Integers:
        """Run replications; returns the completed waits. ``record`` then holds the last one."""
        table, source = self.table, self.source
        assert source is not None
        c = source if isinstance(source, Compiled) else source(first)
        if self.current is not c:
            self.current, table = c, layout.tables(c)
            self.record = np.zeros((layout.rows(c), layout.columns(c)), dtype=np.int64)
        drawn = self._open(table, first, last, log_lines)
        waits = layout.waits(self.table, self.room)
        waits[:] = 0
        sums = (into.bins, into.sums, into.histogram) if into else (_NOTHING[0], *_NOTHING)
        done = machine.code("run")(self.table, self.room.people, self.room.rest, drawn, self.record, *sums)
        if done < len(drawn):
            raise KeyboardInterrupt
        return waits

    def add(self, first: int, last: int, empty: Totals) -> None:
        """Run replications and add them to this worker's sums."""
        t = self.totals or Totals.empty(empty.bins, empty.waits.shape)
        t.waits[:] += self.run(first, last, into=t)
        self.totals = Totals(t.replications + last - first, t.bins, t.sums, t.histogram, t.waits)

    def tally(self, table: Integers, replication: int, week: int) -> Integers:
        """Run one replication of a packed scenario until the end of a week and count everybody."""
        drawn = self._open(table, replication, replication + 1)
        counts = np.zeros((table[at.SEGMENTS], at.OUTSIDE + 2, 2, 4), dtype=np.int64)
        room = self.room
        if not machine.code("tally")(table, room.people, room.rest, drawn, week, _NO_RECORD, counts):
            raise KeyboardInterrupt
        return counts


class _Team:
    """Workers, one for each thread, that take chunks from one list; stops promptly when interrupted."""

    def __init__(
        self,
        source: Source | None,
        seed: int,
        replications: int,
        workers: int | None,
        progress: Progress | None,
    ) -> None:
        for entry in ("most_people", "tally" if source is None else "run"):  # before there are threads
            machine.code(entry)
        mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        size = mine if workers is None else whole_number(workers, "workers", 1, MOST_WORKERS)
        self.workers = [Worker(source, seed) for _ in range(size)]
        self.replications, self.progress, self.done = replications, listener(progress), 0
        self.lock, self.stopped = threading.Lock(), False

    def run(self, chunks: Iterable[tuple[int, int]], do: Callable[[Worker, int, int], None]) -> None:
        """Have every chunk done by some worker, in its thread."""
        pending, busy = iter(chunks), list[bool]()
        self.stopped = False

        def take() -> tuple[int, int] | None:
            with self.lock:
                return None if self.stopped else next(pending, None)

        def work(worker: Worker) -> None:
            busy.append(True)
            try:
                while (chunk := take()) is not None:
                    do(worker, *chunk)
                    with self.lock:
                        self.done += chunk[1] - chunk[0]
                        if self.progress is not None:
                            self.progress(self.done, self.replications)
            finally:
                busy.pop()

        def stop() -> None:  # nobody takes another chunk, and whoever is at work gives up
            self.stopped = True
            while busy:
                for one in self.workers:
                    one.room.rest[at.STOP] = 1
                time.sleep(0.02)

        with ThreadPoolExecutor(len(self.workers)) as pool:
            try:
                try:
                    futures = [pool.submit(work, worker) for worker in self.workers]
                    while (now := wait(futures, timeout=0.1, return_when=FIRST_EXCEPTION)).not_done:
                        if any(future.exception() for future in now.done):
                            break
                finally:
                    stop()
            finally:  # an interrupt may come at any word: while a thread starts, or before the first stop
                stop()
        errors = [error for future in futures if (error := future.exception())]
        if errors:  # who was told to give up says that it was interrupted: the cause is another one
            raise min(errors, key=lambda error: isinstance(error, KeyboardInterrupt))


def _chunks(first: int, last: int, size: int) -> Iterable[tuple[int, int]]:
    return ((start, min(start + size, last)) for start in range(first, last, size))


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

    ``source``: a scenario, or a function that gives the scenario of each replication (all of one shape); a
    function must be safe to call from several threads. ``replications``, ``seed``: replications 0..n-1;
    replication r is a function of seed and r. ``workers``: threads; default: as many as there are processors
    to use. ``chunk``: replications per call of the kernel; for tests. ``progress``: called with the number
    done and the number to do. KeyboardInterrupt within a fraction of a second after the user asks.
    """
    team = _Team(source, seed, replications, workers, progress)
    pilot = min(PILOT, replications)  # the first replications decide where the bins of all lie
    records, waits = _one_by_one(team, pilot, slice(None), np.copy)
    total = Totals.empty(bins_from(records), waits.shape[1:]).with_records(records)
    total.waits[:] = waits.sum(axis=0)
    if replications > pilot:
        size = chunk or 1  # a function: every replication has its own scenario
        if not chunk and isinstance(source, Compiled):
            people = source.people + source.inflow_fixed.sum() + source.inflow_mean.sum()
            fair = -(-(replications - pilot) // (4 * len(team.workers)))
            size = max(1, min(int(_WORK_OF_A_CHUNK // max(1, people * source.weeks)), fair))
        team.run(_chunks(pilot, replications, size), lambda worker, *part: worker.add(*part, total))
    return total.plus(*(worker.totals for worker in team.workers if worker.totals is not None))


def _one_by_one(
    team: _Team, n: int, rows: slice | tuple[Any, ...], kept: Callable[[Integers], Integers]
) -> tuple[Integers, Integers]:
    """Rows of the record of replications 0..n-1, and what is kept of the completed waits of each."""
    records: list[Any] = [None] * n
    waits: list[Any] = [None] * n

    def do(worker: Worker, first: int, last: int) -> None:
        waits[first] = kept(worker.run(first, last))
        records[first] = worker.record[rows].copy()

    team.run(_chunks(0, n, 1), do)
    return np.stack(records), np.stack(waits)


def samples(source: Source, rows: slice | tuple[Any, ...], **asked: Any) -> Integers:
    """Run replications and keep some rows of what each recorded: the first of :func:`with_waits`."""
    return with_waits(source, rows, **asked)[0]


def with_waits(
    source: Source,
    rows: slice | tuple[Any, ...],
    *,
    replications: int,
    seed: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[Integers, Integers]:
    """Run replications and keep some rows of what each recorded, and how long people waited in each.

    For ratios, paired differences and quantiles over few replications. Parameters are those of
    :func:`simulate`, but for ``rows``: weeks, then quarters, then the whole run; with columns if a pair.
    Returns (replications, rows, columns), and the completed waits by (replications, queue, weeks).
    """
    team = _Team(source, seed, replications, workers, progress)
    return _one_by_one(team, replications, rows, lambda waits: waits.sum(axis=1))


def tallies(
    jobs: Sequence[tuple[Integers | Callable[[], Integers], int]],
    week: int,
    *,
    seed: int,
    workers: int | None = None,
) -> Integers:
    """Run replications until the end of a week and count everybody there (``kernel/week.py``).

    ``jobs``: for each run its packed scenario (``layout.tables``), or what makes it when the run begins, and
    the number of the replication. ``week``: number of the week, from 0. ``seed``, ``workers``: as in
    :func:`simulate`. Returns people of the group by place (states in their order, then who declined for
    good, then who waits since before the start and is counted at its state too), willing or not, and what
    they have had in the last 52 weeks: nothing, an approach, a contact, a conversation.
    """
    counts: list[Any] = [None] * len(jobs)

    def do(worker: Worker, first: int, last: int) -> None:
        table, replication = jobs[first]
        counts[first] = worker.tally(table() if callable(table) else table, replication, week)

    _Team(None, seed, len(jobs), workers, None).run(_chunks(0, len(jobs), 1), do)
    return np.stack(counts)


def replay(c: Compiled, *, seed: int, replication: int) -> tuple[Integers, Integers]:
    """One replication alone: its record (rows, columns), and its event log.

    The log has one line per event: week, entry week (0 for the starting stock, else week of arrival + 1),
    number within that entry week, event, value, state afterwards (``kernel/names.py``).
    """
    worker, lines, needed = Worker(c, seed), 0, 16 * (c.people + 64)
    while needed > lines:
        lines = needed
        worker.run(replication, replication + 1, log_lines=lines)
        found, needed = layout.log(worker.room)
    return worker.record.copy(), found.copy()
