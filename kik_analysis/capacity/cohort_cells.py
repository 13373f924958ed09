"""Counts per cell: how many people, in every replication at once, share all that decides their future.

A cell is a state with the finite attributes of ``docs/model.md``, section 1. Cells come into being when the
first people enter them and vanish when empty, so only combinations that occur cost anything. The weeks of the
last conversation and the last offer are part of the cell while they lie less than 52 weeks back and are
forgotten after that; so the two 52-week measures are exact as well. People of one cell are exchangeable.
"""

from __future__ import annotations

from bisect import insort
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_tables import Tables, Tasks
from kik_analysis.capacity.compiled import Kind, Queue, Standing, State

Array = npt.NDArray[Any]
Batch = tuple[int, tuple[float, ...]]

NEVER = 1 << 30  #: a week that never comes
NONE = -(1 << 30)  #: no such week
WINDOW = 52
WHOLE = (float("inf"),)  #: a batch that has not been split

_QUEUE = {
    State.NEVER_INVITED: Queue.FIRST, State.INVITED: Queue.ATTEMPT, State.APPOINTMENT: Queue.APPOINTMENT,
    State.IN_CONTACT: Queue.FOLLOW_UP, State.OVERDUE: Queue.FOLLOW_UP, State.IN_SUPPORT: Queue.FOLLOW_UP,
    State.DECLINED: Queue.AGAIN, State.NOT_REACHED: Queue.AGAIN,
}  # fmt: skip
_STANDING = {
    State.NEVER_INVITED: Standing.NEW, State.IN_CONTACT: Standing.CONTACT, State.OVERDUE: Standing.CONTACT,
    State.DECLINED: Standing.DECLINED, State.NOT_REACHED: Standing.NOT_REACHED,
    State.KNOWN_TO_WIJ: Standing.WIJ, State.IN_SUPPORT: Standing.SUPPORT, State.OUTSIDE_SERVICES: Standing.OUTSIDE,
}  # fmt: skip
# Sums that are kept up to date: blocks of S rows each.
RUNNING, WAITING, REACHED, OFFERED, NOWHERE = 10, 13, 14, 15, 16


class Key(NamedTuple):
    """What people of one cell have in common.

    ``when`` is the week in which something happens to them by itself; ``due`` the week of the next
    conversation; ``joined`` the week they joined their queue (``NONE``: in no queue); ``part`` their place
    within those who joined that week, where the order has been seen in part; ``talk`` and ``offer`` the weeks
    of the last conversation and offer (``NONE``: never, or 52 weeks ago and more).
    """

    state: int
    segment: int
    row: int = 0
    contact: int = 0
    kind: int = 0
    step: int = 0
    when: int = NEVER
    due: int = 0
    joined: int = NONE
    part: tuple[float, ...] = WHOLE
    talk: int = NONE
    offer: int = NONE

    def queue(self) -> int:
        """Queue these people wait in (if they do)."""
        return _QUEUE[State(self.state)]

    def standing(self) -> int:
        """What the probability of leaving depends on."""
        if self.state in (State.INVITED, State.APPOINTMENT):
            return self.contact
        return _STANDING[State(self.state)]

    def start_kind(self) -> int:
        """Kind of the invitation that starts from a queue."""
        if self.contact:
            return Kind.FOLLOW_UP
        return Kind.AGAIN if self.queue() == Queue.AGAIN else Kind.FIRST


class Lane:
    """People who wait, in batches: who joined in the same week, in random order."""

    def __init__(self) -> None:
        self.order: list[Batch] = []
        self.cells: dict[Batch, list[int]] = {}

    def add(self, key: Key, cell: int) -> None:
        """Enter a cell."""
        batch = (key.joined, key.part)
        if batch not in self.cells:
            insort(self.order, batch)
            self.cells[batch] = []
        self.cells[batch].append(cell)

    def remove(self, key: Key, cell: int) -> None:
        """Strike out a cell."""
        batch = (key.joined, key.part)
        self.cells[batch].remove(cell)
        if not self.cells[batch]:
            del self.cells[batch]
            self.order.remove(batch)


class Cells:
    """All cells of a block of replications, and sums over them.

    Attributes
    ----------
    n : (cells, rows)
        People; one row per replication (or draw and replication).
    sums : (16 S + 1, rows)
        Sums over cells by segment: persons by state, invitations running by kind, waiting, reached, offered.
    joined : (S, rows)
        Sum of the weeks in which those waiting joined.
    """

    def __init__(self, tables: Tables, dtype: type[np.integer[Any] | np.floating[Any]], total: Any) -> None:
        self.tables, self.tasks = tables, Tasks(tables)
        rows, s = tables.rows, tables.segments
        self.rows, self.segments, self.week = rows, s, 0
        self.n: Array = np.zeros((256, rows), dtype=dtype)
        self.sums: Array = np.zeros((NOWHERE * s + 1, rows), dtype=total)
        self.joined: Array = np.zeros((s, rows), dtype=total)
        self.most: Array = np.zeros(256, dtype=np.int64)  # no row has more people than this
        self.standing: Array = np.zeros(256, dtype=np.int64)
        self.task: Array = np.zeros(256, dtype=np.int64)
        self.where: Array = np.full((256, 5), NOWHERE * s, dtype=np.int64)
        self.joined_week: Array = np.zeros(256, dtype=np.int64)  # of those who count as waiting, else 0
        self.key: list[Key | None] = [None] * 256
        self.places: list[list[int]] = [[]] * 256
        self.index: dict[Key, int] = {}
        self.free: list[int] = list(range(255, -1, -1))
        self.events: list[list[int]] = [[] for _ in range(tables.weeks)]
        self.forgotten: list[list[int]] = [[] for _ in range(tables.weeks)]
        lanes = np.unique(tables.first.lane, return_inverse=True)[1].reshape(tables.first.lane.shape)
        self.lane_number: list[list[int]] = lanes.tolist()
        self.lanes = [Lane() for _ in range(int(lanes.max()) + 1)]

    # ---- cells
    def cell(self, key: Key) -> int:
        """Number of a cell; a new one if it does not exist yet."""
        at = self.index.get(key)
        return self._new(key) if at is None else at

    def _new(self, key: Key) -> int:
        if not self.free:
            self._grow()
        i = self.free.pop()
        self.key[i], self.index[key] = key, i
        s = self.segments
        self.standing[i] = key.standing() * s + key.segment
        where = [key.state * s + key.segment]
        if key.state in (State.INVITED, State.APPOINTMENT):
            where.append((RUNNING + key.kind) * s + key.segment)
        self.joined_week[i] = 0
        if key.joined != NONE:
            self._join(key, i, where)
        if key.state != State.OUTSIDE_SERVICES:
            where += [REACHED * s + key.segment] * (key.talk != NONE) + [OFFERED * s + key.segment] * (
                key.offer != NONE
            )
        self.places[i] = where
        self.where[i] = where + [NOWHERE * s] * (5 - len(where))
        if key.when < self.tables.weeks:
            self.events[key.when].append(i)
        for label in (key.talk, key.offer):
            if label != NONE and label + WINDOW < self.tables.weeks:
                self.forgotten[label + WINDOW].append(i)
        return i

    def _join(self, key: Key, i: int, where: list[int]) -> None:
        queue = key.queue()
        self.lanes[self.lane_number[queue][key.segment]].add(key, i)
        kind = key.kind if queue in (Queue.APPOINTMENT, Queue.ATTEMPT) else key.start_kind()
        self.task[i] = self.tasks.task(queue, key.segment, kind, key.step)
        if queue >= Queue.FOLLOW_UP:
            where.append(WAITING * self.segments + key.segment)
            self.joined_week[i] = key.joined

    def _grow(self) -> None:
        old = len(self.key)
        for name in ("n", "most", "standing", "task", "where", "joined_week"):
            array = getattr(self, name)
            setattr(self, name, np.concatenate([array, np.zeros_like(array)]))
        self.key += [None] * old
        self.places += [[]] * old
        self.free += list(range(2 * old - 1, old - 1, -1))

    def clear(self, i: int) -> None:
        """Give up an empty cell."""
        key = self.key[i]
        assert key is not None
        if key.joined != NONE:
            self.lanes[self.lane_number[key.queue()][key.segment]].remove(key, i)
        del self.index[key]
        self.key[i] = None
        self.most[i] = 0
        self.free.append(i)

    def sweep(self) -> None:
        """Give up all empty cells and tighten the bounds on the others."""
        most = self.n.max(axis=1)
        for i in self.index.values():
            self.most[i] = most[i]
        for i in [i for i in self.index.values() if not most[i] > 0]:
            self.n[i] = 0
            self.clear(i)

    def firing(self, week: int) -> list[int]:
        """Cells to which something happens by itself in this week, in the order in which they came into being."""
        seen: dict[int, None] = {}
        for i in self.events[week]:
            key = self.key[i]
            if key is not None and key.when == week:
                seen[i] = None
        return list(seen)

    # ---- people
    def put(self, key: Key, people: Array) -> int:
        """Add people, one number per row."""
        i = self.cell(self.remembered(key))
        self.n[i] += people
        self.most[i] = int(np.ceil(self.n[i].max()))
        self._count(i, people)
        return i

    def take(self, i: int, people: Array) -> None:
        """Take people away."""
        self.n[i] -= people
        self._count(i, -people)

    def take_all(self, i: int) -> Array:
        """Empty a cell and give it up; returns its people."""
        people: Array = self.n[i].copy()
        self.take(i, people)
        self.clear(i)
        return people

    def move(self, i: int, key: Key) -> None:
        """Everybody in a cell moves to another."""
        if self.n[i].any():
            self.put(key, self.take_all(i))
        else:
            self.clear(i)

    def _count(self, i: int, people: Array) -> None:
        for place in self.places[i]:
            self.sums[place] += people
        key = self.key[i]
        assert key is not None
        if self.joined_week[i]:
            self.joined[key.segment] += people * self.joined_week[i]

    def remove_singly(self, cell: Array, row: Array) -> None:
        """Take away one person for every pair of cell and row (pairs may repeat)."""
        flat, one = self.n.reshape(-1), np.ones(len(cell), dtype=self.n.dtype)
        np.subtract.at(flat, cell * self.rows + row, one)
        places = self.where[cell].T * self.rows + row
        np.subtract.at(self.sums.reshape(-1), places.ravel(), np.ones(places.size, dtype=self.sums.dtype))
        waiting = self.joined_week[cell] != 0
        at = self.standing[cell[waiting]] % self.segments * self.rows + row[waiting]
        np.subtract.at(self.joined.reshape(-1), at, self.joined_week[cell[waiting]].astype(self.joined.dtype))

    # ---- memory
    def remembered(self, key: Key) -> Key:
        """The key without weeks that no longer count this week."""
        if key.talk != NONE and self.week - key.talk >= WINDOW:
            key = key._replace(talk=NONE)
        if key.offer != NONE and self.week - key.offer >= WINDOW:
            key = key._replace(offer=NONE)
        return key

    def forget(self, week: int) -> None:
        """What happened 52 weeks ago no longer counts."""
        self.week = week
        for i in self.forgotten[week]:
            key = self.key[i]
            if key is not None:
                short = self.remembered(key)
                if short is not key:
                    self.move(i, short)
