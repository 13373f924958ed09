"""Planning a week: lanes are walked batch by batch, and only the batch at the margin needs a random order.

A batch holds those who joined a lane in the same week, in random order. If everybody in it whose task is
open fits, the order does not matter. Otherwise the walk stops somewhere inside: the people of that batch
are put in random order and served until somebody does not fit. What the stop has shown of the order is
kept, because the order stays until these people leave the queue: those who were skipped as closed before
the stop go first next time, then the one who did not fit, then the rest in an order that is still unseen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_chance import Chance
from kik_analysis.capacity.cohort_people import People
from kik_analysis.capacity.cohort_queues import Batch, Queues

Array = npt.NDArray[Any]

_SOME = 4  # batches looked at together at first; twice as many each time


class Plan:
    """Hours and promises of one week in every row, and who was served.

    Attributes
    ----------
    budget, promised, limit, talk : (rows,)
        Minutes left, minutes promised so far, most that may be promised, minutes of conversations still
        allowed (of the last two, negative: no limit).
    served : list of (people, weeks in which they joined)
    """

    def __init__(self, queues: Queues, chance: Chance, t: int, hours: tuple[Array, ...]) -> None:
        self.queues, self.chance, self.t = queues, chance, t
        self.rows = queues.tables.rows
        self.budget, self.promised, limit, talk = hours
        self.limit, self.talk = (np.where(x < 0, np.iinfo(np.int64).max, x) for x in (limit, talk))
        self.minutes, self.open = queues.tasks.week(t)
        self.served: list[tuple[People, Array]] = []

    def walk(self) -> None:
        """Plan the week, lane by lane."""
        for lane, tasks in enumerate(self.queues.tasks.lane):
            active = self._possible(tasks)
            batches = list(self.queues.order[lane])
            k, size = 0, _SOME
            while k < len(batches) and active.any():
                active = _Stretch(self, lane, batches[k : k + size], active).serve(active)
                k, size = k + size, 2 * size

    def _possible(self, tasks: Array) -> Array:
        """Rows in which any task of this lane could fit."""
        tasks = tasks[self.open[tasks]]
        if not len(tasks):
            return np.zeros(self.rows, dtype=bool)
        fits = self.budget >= self.minutes[tasks].min(axis=0)
        if self.queues.tasks.starts[tasks].all():
            fits &= self.promised + self.queues.tasks.asks[tasks].min(axis=0) <= self.limit
        if self.queues.tasks.talks[tasks].all():
            fits &= self.talk >= self.minutes[tasks].min(axis=0)
        return np.broadcast_to(fits, self.rows)


class _Stretch:
    """Some successive batches of a lane: entries (e,) with the number of their batch and what they ask."""

    def __init__(self, plan: Plan, lane: int, batches: list[Batch], active: Array) -> None:
        self.plan, self.lane, self.batches = plan, lane, batches
        queues, tasks = plan.queues, plan.queues.tasks
        pieces = [queues.entries(lane, batch) for batch in batches]
        at, batch = (
            np.concatenate(pieces),
            np.repeat(np.arange(len(batches)), [len(piece) for piece in pieces]),
        )
        here = active[queues.row[at]].nonzero()[0]
        self.at, self.batch = at[here], batch[here]
        self.row, self.n, task = queues.row[self.at], queues.n[self.at], queues.task[self.at]
        column = self.row if queues.tables.many else 0
        self.open = plan.open[task]
        self.minutes = plan.minutes[task, column]
        self.talk = np.where(tasks.talks[task], self.minutes, 0)
        self.asks, self.gives, self.starts = (
            tasks.asks[task, column],
            tasks.gives[task, column],
            tasks.starts[task],
        )

    def serve(self, active: Array) -> Array:
        """Serve where the walk is still going on; returns the rows that go on to the next stretch."""
        plan = self.plan
        going, first = active.copy(), np.zeros(plan.rows, dtype=np.int64)  # first: batch each row has come to
        n = np.zeros(len(self.at), dtype=np.int64)
        while True:
            here = (self.open & going[self.row] & (self.batch >= first[self.row])).nonzero()[0]
            if not len(here):
                break
            first = self._whole(here, first, n)
            margin = here[self.batch[here] == first[self.row[here]]]
            if not len(margin):
                break
            stopped = self._margin(margin, first, n)
            going[stopped] = False
            first = first + 1
        some = n.nonzero()[0]
        if len(some):
            at = self.at[some]
            joined = plan.queues.joined[at]
            plan.served.append((plan.queues.take(at, n[some]), joined))
        return going

    def _table(self, here: Array, values: Array) -> Array:
        """Sums by batch and row."""
        at = self.batch[here] * self.plan.rows + self.row[here]
        size = (len(self.batches), self.plan.rows)
        return np.bincount(at, weights=values, minlength=size[0] * size[1]).astype(np.int64).reshape(size)

    def _whole(self, here: Array, first: Array, n: Array) -> Array:
        """Serve the batches in which everybody fits whatever the order; returns the first that is not like
        that."""
        plan, number = self.plan, self.n[here]
        minutes = np.cumsum(self._table(here, number * self.minutes[here]), axis=0)
        asked = self._table(here, number * self.asks[here])
        net = np.cumsum(asked - self._table(here, number * self.gives[here]), axis=0)
        before = np.concatenate([np.zeros((1, plan.rows), dtype=np.int64), net[:-1]])
        talk = np.cumsum(self._table(here, number * self.talk[here]), axis=0)
        fits = (minutes <= plan.budget) & (talk <= plan.talk)
        fits &= (plan.promised + before <= plan.limit - asked) | (self._table(here, self.starts[here]) == 0)
        count = np.logical_and.accumulate(fits, axis=0).sum(axis=0)
        some = count > 0
        rows = some.nonzero()[0]
        plan.budget[rows] -= minutes[count[rows] - 1, rows]
        plan.promised[rows] += net[count[rows] - 1, rows]
        plan.talk[rows] -= talk[count[rows] - 1, rows]
        served = here[self.batch[here] < count[self.row[here]]]
        n[served] = self.n[served]
        return np.asarray(np.maximum(count, first))

    def _margin(self, here: Array, first: Array, n: Array) -> Array:
        """Serve one batch per row in random order until somebody does not fit; returns the rows that
        stopped."""
        plan = self.plan
        entry = np.repeat(here, self.n[here])
        entry = entry[np.argsort(self.row[entry] + plan.chance.rng.random(len(entry)))]
        row = self.row[entry]
        start = np.searchsorted(row, row)  # where the people of the row begin

        def so_far(values: Array) -> Array:
            total = np.concatenate([[0], np.cumsum(values)])
            return np.asarray(total[1:] - total[start])

        asks, gives = self.asks[entry], self.gives[entry]
        used, promised = so_far(self.minutes[entry]), plan.promised[row] + so_far(asks - gives)
        fits = (used <= plan.budget[row]) & (so_far(self.talk[entry]) <= plan.talk[row])
        fits &= (promised + gives <= plan.limit[row]) | ~self.starts[entry]
        bad = (~fits).nonzero()[0]
        bad = bad[np.diff(row[bad], prepend=-1) > 0]  # the first in each row
        rows = row[bad]
        stop = np.full(plan.rows, len(entry))
        stop[rows] = bad
        passed = np.arange(len(entry)) < stop[row]
        n += np.bincount(entry[passed], minlength=len(n))
        np.subtract.at(plan.budget, row[passed], self.minutes[entry[passed]])
        np.subtract.at(plan.talk, row[passed], self.talk[entry[passed]])
        np.add.at(plan.promised, row[passed], (asks - gives)[passed])
        self._keep_order(entry, passed, stop, rows, first)
        return np.asarray(rows)

    def _keep_order(self, entry: Array, passed: Array, stop: Array, rows: Array, first: Array) -> None:
        """Keep what the stop in some rows has shown of the order."""
        plan = self.plan
        # Who did not fit is known where somebody behind would have fitted.
        behind = entry[~passed]
        row = self.row[behind]
        room = (plan.limit - plan.promised)[row]
        fits = (self.minutes[behind] <= plan.budget[row]) & (self.talk[behind] <= plan.talk[row])
        fits &= ~self.starts[behind] | (self.asks[behind] <= room)
        seen = rows[np.bincount(row[fits], minlength=plan.rows)[rows] > 0]
        # Closed people stand at random between the open ones: those before the last one seen have been
        # passed.
        closed = (~self.open & (self.batch == first[self.row]) & (stop < len(entry))[self.row]).nonzero()[0]
        if len(closed):
            last = np.bincount(self.row[entry[passed]], minlength=plan.rows)
            last[seen] += 1
            everybody = np.bincount(self.row[entry], minlength=plan.rows)
            closed = closed[last[self.row[closed]] > 0]
            split = np.unique(self.row[closed])
            place = np.zeros(plan.rows)
            place[split] = plan.chance.order_statistic(last[split], everybody[split])
            before = plan.chance.binomial(self.n[closed], place[self.row[closed]])
            self._set_apart(closed, before, 2 * plan.t)
        if len(seen):
            head = entry[stop[seen]]
            self._set_apart(head, np.ones(len(head), dtype=np.int64), 2 * plan.t + 1)

    def _set_apart(self, which: Array, number: Array, place: int) -> None:
        """Some people of these entries go before the rest of their batch from now on."""
        plan = self.plan
        for k in np.unique(self.batch[which]):
            some = which[self.batch[which] == k]
            plan.queues.set_apart(
                self.at[some], number[self.batch[which] == k], self.lane, self.batches[k], (place, plan.t)
            )
        self.n[which] -= number
