"""Planning a week: lanes are walked batch by batch, and only the batch at the margin needs a random order.

A batch holds those who joined a lane in the same week, in random order. If everybody in it whose task is open
fits, the order does not matter. Otherwise the walk stops somewhere inside. Who was passed before it stopped is
a sample without replacement; where tasks differ in minutes the walk is drawn person by person near its end.
What the stop has shown of the order is kept, because the order stays until these people leave the queue: those
who were skipped as closed before the stop go first next time, then the one who did not fit, then the rest in an
order that is still unseen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_chance import Chance
from kik_analysis.capacity.cohort_people import People
from kik_analysis.capacity.cohort_queues import Batch, Queues

Array = npt.NDArray[Any]

PLENTY = np.iinfo(np.int64).max // 4


class Plan:
    """Hours and promises of one week in every row, and who was served.

    Attributes
    ----------
    budget, promised, limit : (rows,)
        Minutes left, minutes promised so far, most that may be promised (``PLENTY``: no limit).
    served : list of (people, weeks in which they joined)
    """

    def __init__(self, queues: Queues, chance: Chance, t: int, hours: tuple[Array, Array, Array]) -> None:
        self.queues, self.chance, self.t = queues, chance, t
        self.rows = queues.tables.rows
        self.budget, self.promised, limit = hours
        self.limit = np.where(limit < 0, PLENTY, limit)
        self.minutes, self.open = queues.tasks.week(t)
        self.served: list[tuple[People, Array]] = []

    def walk(self) -> None:
        """Plan the week, lane by lane."""
        for lane, tasks in enumerate(self.queues.tasks.lane):
            active = self._possible(tasks)
            for batch in list(self.queues.order[lane]):
                if not active.any():
                    break
                active = _Batch(self, lane, batch, tasks).serve(active)

    def _possible(self, tasks: Array) -> Array:
        """Rows in which any task of this lane could fit."""
        tasks = tasks[self.open[tasks]]
        if not len(tasks):
            return np.zeros(self.rows, dtype=bool)
        fits = self.budget >= self.minutes[tasks].min(axis=0)
        if self.queues.tasks.starts[tasks].all():
            fits &= self.promised + self.queues.tasks.asks[tasks].min(axis=0) <= self.limit
        return np.asarray(fits)


class _Batch:
    """Those who joined a lane in the same week: people by task and row."""

    def __init__(self, plan: Plan, lane: int, batch: Batch, tasks: Array) -> None:
        self.plan, self.lane, self.batch = plan, lane, batch
        self.at = plan.queues.entries(lane, batch)
        self.row, self.n = plan.queues.row[self.at], plan.queues.n[self.at]
        task = np.searchsorted(tasks, plan.queues.task[self.at])
        here = np.unique(task)
        self.task = np.searchsorted(here, task)  # numbered within the batch
        self.tasks = tasks[here]
        self.open = plan.open[self.tasks]
        counts = np.bincount(self.task * plan.rows + self.row, weights=self.n, minlength=len(here) * plan.rows)
        self.people = counts.astype(np.int64).reshape(len(here), plan.rows)

    def serve(self, active: Array) -> Array:
        """Serve the batch where the walk is still going on; returns the rows that go on to the next batch."""
        plan, tasks = self.plan, self.plan.queues.tasks
        if not self.open.any():
            return active
        number = self.tasks[self.open]
        people = self.people[self.open]
        starts = tasks.starts[number]
        minutes = (people * plan.minutes[number]).sum(axis=0)
        asked = (people * tasks.asks[number]).sum(axis=0)
        fits = minutes <= plan.budget
        if starts.any():
            fits &= (plan.promised + asked <= plan.limit) | ~people[starts].any(axis=0)
        whole = active & fits
        part = (active & ~fits).nonzero()[0]
        plan.budget = plan.budget - np.where(whole, minutes, 0)
        given = (people * tasks.gives[number]).sum(axis=0)
        plan.promised = plan.promised + np.where(whole, asked - given, 0)
        n = np.where(whole[self.row] & self.open[self.task], self.n, 0)
        if len(part):
            stopped = self._margin(part, number, n)
            active = active.copy()
            active[part[stopped]] = False
        self._take(n)
        return active

    def _take(self, n: Array) -> None:
        some = n.nonzero()[0]
        if len(some):
            at = self.at[some]
            self.plan.served.append((self.plan.queues.take(at, n[some]), self.plan.queues.joined[at]))

    def _margin(self, rows: Array, number: Array, n: Array) -> Array:
        """Draw who fits in some rows and add them to n; returns where the walk stopped."""
        plan, chance = self.plan, self.plan.chance
        walk = _Margin(plan, self.people[self.open][:, rows], rows, number)
        served, head = walk.draw(chance)
        plan.budget[rows], plan.promised[rows] = walk.budget, walk.promised
        group = np.full((len(self.tasks), plan.rows), -1)
        group[np.ix_(self.open.nonzero()[0], rows)] = np.arange(served.size).reshape(served.shape)
        group = group[self.task, self.row]
        size = served.ravel()
        # First who did not fit, then who was served: both are a random choice among those with the same task.
        first = np.zeros(len(self.at), dtype=np.int64)
        seen = head >= 0
        if seen.any():
            one = np.zeros(served.shape, dtype=np.int64)
            one[head[seen], seen.nonzero()[0]] = 1
            first = self._choose(group, one.ravel(), self.n)
        n += self._choose(group, size, self.n - first)
        self._keep_order(walk, served.sum(axis=0) + seen, rows)
        plan.queues.set_apart(self.at, first, self.lane, self.batch, (2 * plan.t + 1, plan.t))
        return walk.stopped

    def _choose(self, group: Array, size: Array, n: Array) -> Array:
        """Choose people at random within groups of the same task and row: (e,)."""
        out = np.zeros(len(n), dtype=np.int64)
        inside = (group >= 0) & (size[group] > 0) & (n > 0)
        total = np.bincount(group[inside], weights=n[inside], minlength=len(size)).astype(np.int64)
        everybody = inside & (size == total)[group]
        out[everybody] = n[everybody]
        some = (inside & ~everybody).nonzero()[0]
        if len(some):
            numbers, local = np.unique(group[some], return_inverse=True)
            out[some] = self.plan.chance.choose(n[some], local, size[numbers])
        return out

    def _keep_order(self, walk: _Margin, seen: Array, rows: Array) -> None:
        """Closed people who were passed before the stop go before the rest from now on."""
        closed = ~self.open[self.task]
        if not closed.any():
            return
        place = np.full(self.plan.rows, -1.0)
        split = walk.stopped & (seen > 0)
        place[rows[split]] = self.plan.chance.order_statistic(seen[split], walk.open_people[split])
        at = (closed & (place[self.row] >= 0)).nonzero()[0]
        before = self.plan.chance.binomial(self.n[at], place[self.row[at]])
        self.plan.queues.set_apart(self.at[at], before, self.lane, self.batch, (2 * self.plan.t, self.plan.t))


class _Margin:
    """One batch in the rows where not everybody fits: people by task (c) and row."""

    def __init__(self, plan: Plan, people: Array, rows: Array, number: Array) -> None:
        tasks = plan.queues.tasks

        def at(values: Array) -> Array:
            return np.broadcast_to(values[number], (len(number), plan.rows))[:, rows]

        self.left = people.copy()
        self.open_people = people.sum(axis=0)
        self.minutes, self.asks, self.gives = at(plan.minutes), at(tasks.asks), at(tasks.gives)
        self.starts = tasks.starts[number][:, None]
        self.budget, self.promised, self.limit = plan.budget[rows], plan.promised[rows], plan.limit[rows]
        self.stopped = np.ones(len(rows), dtype=bool)

    def fits(self, cols: Array) -> Array:
        """Whether one more person of each task would fit: (c, len(cols))."""
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
        """Walk in random order until somebody does not fit.

        Returns
        -------
        served : (c, rows)
        head : (rows,)
            Task of the person who did not fit; -1 where nothing was seen of him or her.
        """
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
                possible = (fits & (self.left[:, single] > 0)).any(axis=0)  # else nobody fits: nothing is seen
                single, fits = single[possible], fits[:, possible]
                following = chance.one(self.left[:, single])
                yes = fits[following, np.arange(len(single))]
                head[single[~yes]] = following[~yes]
                single, following = single[yes], following[yes]
                people = np.zeros((len(self.left), len(single)), dtype=np.int64)
                people[following, np.arange(len(single))] = 1
                self.pass_by(single, people)
            cols = np.concatenate([many, single])
            done = self.left[:, cols].sum(axis=0) == 0
            self.stopped[cols[done]] = False
            cols = np.sort(cols[~done])
        return start - self.left, head
