"""Planning a week: lanes are walked batch by batch, and only the batch at the margin needs a random order.

A batch holds those who joined a lane in the same week, in random order. If everybody in it whose task is open
fits, the order does not matter. Otherwise the walk stops somewhere inside. Who was passed before it stopped is
a sample without replacement; where tasks differ in minutes the walk is drawn person by person near the end.
What the stop has shown of the order is kept, because the order stays until these people leave the queue: those
who were skipped as closed before the stop go first next time, then the one who did not fit, then the rest in an
order that is still unseen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_cells import Batch, Cells, Key
from kik_analysis.capacity.cohort_chance import Chance, Mean

Array = npt.NDArray[Any]

PLENTY = np.iinfo(np.int64).max // 4


class Plan:
    """Hours and promises of one week in every row, and who was served.

    Attributes
    ----------
    budget, promised, limit : (rows,)
        Minutes left, minutes promised so far, most that may be promised (``PLENTY``: no limit).
    served : list of (key, people)
        Cells whose people were planned, with their numbers per row.
    """

    def __init__(
        self, cells: Cells, chance: Chance | Mean, t: int, hours: tuple[Array, Array, Array]
    ) -> None:
        self.cells, self.chance, self.t = cells, chance, t
        self.budget, self.promised, limit = hours
        self.limit = np.where(limit < 0, PLENTY, limit)
        self.minutes, self.open = cells.tasks.week(t)
        self.served: list[tuple[Key, Array]] = []

    def walk(self) -> None:
        """Plan the week, lane by lane."""
        for number, tasks in enumerate(self.cells.tasks.lane):
            lane = self.cells.lanes[number]
            active = self._possible(tasks)
            for batch in list(lane.order):
                if not active.any():
                    break
                active &= self._batch(number, batch, active)

    def _possible(self, tasks: Array) -> Array:
        """Rows in which any task of this lane could fit."""
        tasks = tasks[self.open[tasks]]
        if not len(tasks):
            return np.zeros(self.cells.rows, dtype=bool)
        fits = self.budget >= self.minutes[tasks].min(axis=0)
        if self.cells.tasks.starts[tasks].all():
            fits &= self.promised + self.cells.tasks.asks[tasks].min(axis=0) <= self.limit
        return np.asarray(fits)

    def _batch(self, number: int, batch: Batch, active: Array) -> Array:
        """Serve one batch where active; returns the rows that go on to the next."""
        cells, tasks = self.cells, self.cells.tasks
        which = np.array(cells.lanes[number].cells[batch], dtype=np.int64)
        task = cells.task[which]
        can = self.open[task]
        if not can.any():
            return active
        can_which, task = which[can], task[can]
        people = cells.n[can_which]
        starts = tasks.starts[task]
        minutes = (people * self.minutes[task]).sum(axis=0)
        asked = (people * tasks.asks[task]).sum(axis=0)
        fits = minutes <= self.budget
        if starts.any():
            fits &= (self.promised + asked <= self.limit) | ~people[starts].any(axis=0)
        some = active & people.any(axis=0)
        whole, part = some & fits, some & ~fits
        if whole.any():
            people = np.where(whole, people, 0)
            self.budget = self.budget - np.where(whole, minutes, 0)
            given = (people * tasks.gives[task]).sum(axis=0)
            self.promised = self.promised + np.where(whole, asked, 0) - given
            self._serve(can_which, people)
        if part.any():
            rows = part.nonzero()[0]
            stopped = self._margin(can_which, which[~can], rows)
            active = active.copy()
            active[rows[stopped]] = False
        return active

    def _serve(self, which: Array, people: Array) -> None:
        """Take the planned people out of their queue."""
        for i, n in zip(which.tolist(), people, strict=True):
            if n.any():
                key = self.cells.key[i]
                assert key is not None
                self.cells.take(i, n)
                self.served.append((key, n))
                if not self.cells.n[i].any():
                    self.cells.clear(i)

    # ---- the batch at the margin
    def _margin(self, which: Array, closed: Array, rows: Array) -> Array:
        """Serve the part of a batch that fits, in some rows; returns where the walk stopped (all, or nearly)."""
        walk = _Margin(self, which, rows)
        if isinstance(self.chance, Mean):
            served, head = walk.fraction(), np.full(len(rows), -1)
        else:
            served, head = walk.draw(self.chance)
        self.budget[rows], self.promised[rows] = walk.budget, walk.promised
        if not isinstance(self.chance, Mean):
            self._keep_order(self.chance, walk, served, head, which, closed, rows)
        people = np.zeros((len(which), self.cells.rows), dtype=self.cells.n.dtype)
        people[:, rows] = served
        self._serve(which, people)
        return walk.stopped

    def _keep_order(
        self, chance: Chance, walk: _Margin, served: Array, head: Array, which: Array, closed: Array, rows: Array
    ) -> None:
        """Keep what has been seen of the order: closed people before the stop, then who did not fit."""
        seen = served.sum(axis=0) + (head >= 0)
        skipped = self.cells.n[closed][:, rows] if len(closed) else np.zeros((0, len(rows)), dtype=np.int64)
        split = walk.stopped & (seen > 0) & skipped.any(axis=0)
        if split.any():
            place = chance.order_statistic(seen[split], walk.open_people[split])
            before = chance.binomial(skipped[:, split], place)
            for i, n in zip(closed.tolist(), before, strict=True):
                self._set_apart(i, rows[split], n, 2 * self.t)
        for k in np.unique(head[head >= 0]):
            at = rows[head == k]
            self._set_apart(int(which[k]), at, np.ones(len(at), dtype=np.int64), 2 * self.t + 1)

    def _set_apart(self, i: int, rows: Array, number: Array, place: float) -> None:
        """Move some people of a cell to an earlier part of their batch."""
        key = self.cells.key[i]
        assert key is not None
        people = np.zeros(self.cells.rows, dtype=self.cells.n.dtype)
        people[rows] = number
        if people.any():
            self.cells.take(i, people)
            self.cells.put(key._replace(part=(*key.part[:-1], place, *key.part[-1:])), people)


class _Margin:
    """One batch in the rows where not everybody fits."""

    def __init__(self, plan: Plan, which: Array, rows: Array) -> None:
        tasks, task = plan.cells.tasks, plan.cells.task[which]

        def at(values: Array) -> Array:
            return np.broadcast_to(values[task], (len(which), plan.cells.rows))[:, rows]

        self.left: Array = plan.cells.n[which][:, rows].astype(plan.chance.total)
        self.open_people = self.left.sum(axis=0)
        self.minutes, self.asks, self.gives = at(plan.minutes), at(tasks.asks), at(tasks.gives)
        self.starts = tasks.starts[task][:, None]
        self.budget, self.promised, self.limit = plan.budget[rows], plan.promised[rows], plan.limit[rows]
        self.stopped = np.ones(len(rows), dtype=bool)

    def fits(self, cols: Array) -> Array:
        """Whether one more person of each cell would fit: (c, len(cols))."""
        room = (self.limit - self.promised)[cols]
        return np.asarray(
            (self.minutes[:, cols] <= self.budget[cols]) & (~self.starts | (self.asks[:, cols] <= room))
        )

    def sure(self, cols: Array) -> Array:
        """How many more people fit whoever they are: (len(cols),)."""
        here = self.left[:, cols] > 0
        room = (self.limit - self.promised)[cols]
        dear = np.where(here, self.minutes[:, cols], 0).max(axis=0)
        asks = np.where(here & self.starts, self.asks[:, cols], -1).max(axis=0)
        by_minutes = np.where(dear > 0, self.budget[cols] // np.maximum(dear, 1), PLENTY)
        by_promise = np.where(asks > 0, room // np.maximum(asks, 1), np.where((asks == 0) & (room < 0), 0, PLENTY))
        return np.asarray(np.clip(np.minimum(by_minutes, by_promise), 0, self.left[:, cols].sum(axis=0)))

    def pass_by(self, cols: Array, people: Array) -> None:
        """People (c, len(cols)) are served."""
        self.left[:, cols] -= people
        self.budget[cols] -= (people * self.minutes[:, cols]).sum(axis=0)
        self.promised[cols] += (people * (self.asks - self.gives)[:, cols]).sum(axis=0)

    def draw(self, chance: Chance) -> tuple[Array, Array]:
        """Walk in random order until somebody does not fit: served (c, rows), cell of who did not (-1: unseen)."""
        start = self.left.copy()
        head = np.full(self.left.shape[1], -1)
        cols = np.arange(self.left.shape[1])
        while len(cols):
            sure = self.sure(cols)
            many, single = cols[sure > 0], cols[sure == 0]
            if len(many):
                self.pass_by(many, chance.sample(self.left[:, many], sure[sure > 0]))
            if len(single):
                fits = self.fits(single)
                open_here = (fits & (self.left[:, single] > 0)).any(axis=0)
                single, fits = single[open_here], fits[:, open_here]  # nobody fits: nothing is seen
                next_one = chance.one(self.left[:, single])
                yes = fits[next_one, np.arange(len(single))]
                head[single[~yes]] = next_one[~yes]
                single, next_one = single[yes], next_one[yes]
                people = np.zeros((len(self.left), len(single)), dtype=np.int64)
                people[next_one, np.arange(len(single))] = 1
                self.pass_by(single, people)
            cols = np.concatenate([many, single])
            done = self.left[:, cols].sum(axis=0) == 0
            self.stopped[cols[done]] = False
            cols = np.sort(cols[~done])
        return start - self.left, head

    def fraction(self) -> Array:
        """The same for fractions of people: everybody in the batch gets the same share."""
        minutes = (self.left * self.minutes).sum(axis=0)
        asked = (self.left * np.where(self.starts, self.asks, 0)).sum(axis=0)
        room = np.maximum(self.limit - self.promised, 0)
        share = np.minimum(
            np.where(minutes > 0, self.budget / np.maximum(minutes, 1e-300), 1.0),
            np.where(asked > 0, room / np.maximum(asked, 1e-300), 1.0),
        )
        self.stopped = share < 1
        served = self.left * np.clip(share, 0.0, 1.0)
        self.pass_by(np.arange(self.left.shape[1]), served)
        return np.asarray(served)
