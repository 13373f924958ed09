"""Who waits: one growing table of entries, and lanes that list them in the order in which they are served."""

from __future__ import annotations

from bisect import insort
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.codes import Kind, Queue, Standing, State
from kik_analysis.capacity.cohort_chance import Chance, hazard
from kik_analysis.capacity.cohort_ledger import Ledger
from kik_analysis.capacity.cohort_people import CONTACT, DUE, KIND, SEGMENT, STATE, STEP, People
from kik_analysis.capacity.cohort_tables import Tables, Tasks

Array = npt.NDArray[Any]
Batch = tuple[int, tuple[float, ...]]

WHOLE = (float("inf"),)  #: a batch of which no order has been seen
_TILE = 2048  # entries that share one bound on their numbers
TIDY = 16  # weeks between two clearings of empty entries

#: Queue by state, and standing by state and contact: what the probability of leaving depends on.
QUEUE = np.array(
    [
        Queue.FIRST,
        Queue.ATTEMPT,
        Queue.APPOINTMENT,
        Queue.FOLLOW_UP,
        Queue.FOLLOW_UP,
        Queue.DECLINED,
        Queue.NOT_REACHED,
        -1,
        Queue.FOLLOW_UP,
        -1,
    ]
)
_NEW, _CONTACT = Standing.NEW, Standing.CONTACT
STANDING = np.array(
    [
        [
            _NEW,
            _NEW,
            _NEW,
            _CONTACT,
            _CONTACT,
            Standing.DECLINED,
            Standing.NOT_REACHED,
            Standing.WIJ,
            Standing.SUPPORT,
            Standing.OUTSIDE,
        ],
        [
            _NEW,
            _CONTACT,
            _CONTACT,
            _CONTACT,
            _CONTACT,
            Standing.DECLINED,
            Standing.NOT_REACHED,
            Standing.WIJ,
            Standing.SUPPORT,
            Standing.OUTSIDE,
        ],
    ]
)


def standing(people: People) -> Array:
    """What the probability of leaving depends on."""
    return np.asarray(STANDING[people.of(CONTACT), people.of(STATE)])


def start_kind(people: People) -> Array:
    """Kind of the invitation that starts from a queue."""
    again = np.where(QUEUE[people.of(STATE)] >= Queue.NOT_REACHED, Kind.AGAIN, Kind.FIRST)
    return np.asarray(np.where(people.of(CONTACT) == 1, Kind.FOLLOW_UP, again))


class Queues:
    """Everybody who waits.

    Attributes
    ----------
    code, row, n, joined, task : (room,)
        Entries; the first ``used`` count. ``task`` numbers what they wait for (``Tasks``).
    order, batches
        By lane: the batches in the order in which they are served, and the entries of each. A batch holds
        those who joined in the same week and whose order among themselves is unknown.
    """

    def __init__(self, tables: Tables, tasks: Tasks, ledger: Ledger, chance: Chance) -> None:
        self.tables, self.tasks, self.ledger, self.chance = tables, tasks, ledger, chance
        self.used = 0
        self.code, self.row, self.n, self.joined, self.task = (
            np.zeros(1 << 16, dtype=np.int64) for _ in range(5)
        )
        lanes, number = np.unique(tables.first.lane, return_inverse=True)
        self.lane_of = number.reshape(tables.first.lane.shape)
        self.sign = -1 if tables.first.newest_first else 1  # a batch is known by its week times the sign
        self.order: list[list[Batch]] = [[] for _ in lanes]
        self.batches: list[dict[Batch, list[Array]]] = [{} for _ in lanes]
        self.overdue: dict[int, list[Array]] = {}  # entries by the week in which they become overdue
        self.support_ends: dict[int, list[Array]] = {}

    def people(self, at: Array, n: Array | None = None) -> People:
        """Entries as people."""
        return People(self.code[at], self.row[at], self.n[at] if n is None else n)

    # ---- in and out
    def join(self, people: People, joined: int, t: int) -> None:
        """People join the queue of their state, now (t) or, for the starting stock, in an earlier week."""
        support = people.of(STATE) == State.IN_SUPPORT  # support ends for each of them apart
        for some in (people[~support], people[support].singly()):
            if len(some):
                self._join(some, joined, t)

    def _join(self, people: People, joined: int, t: int) -> None:
        at = self._append(people, joined)
        state, segment = people.of(STATE), people.of(SEGMENT)
        queue = QUEUE[state]
        kind = np.where(queue >= Queue.FOLLOW_UP, start_kind(people), people.of(KIND))
        self.task[at] = self.tasks.number_of(queue, segment, kind, people.of(STEP))
        lane = self.lane_of[queue, segment]
        for k in range(len(self.order)):
            some = at[lane == k]
            if len(some):
                self._enter(k, (self.sign * joined, WHOLE), some)
        self._wait(people, self.joined[at], 1)
        self._dates(at, t)

    def _wait(self, people: People, joined: Array, sign: int) -> None:
        counts = QUEUE[people.of(STATE)] >= Queue.FOLLOW_UP
        self.ledger.wait(people[counts], joined[counts], sign)

    def _dates(self, at: Array, t: int) -> None:
        """When these entries become overdue, and when their support ends."""
        state = STATE.of(self.code[at])
        coming = at[(state == State.IN_CONTACT) | (state == State.IN_SUPPORT)]
        if len(coming):
            self._date(self.overdue, coming, DUE.of(self.code[coming]))
        support = at[state == State.IN_SUPPORT]
        if len(support):
            people = self.people(support)
            p = self.tables.at("support_end", people.row, people.of(SEGMENT))
            self._date(self.support_ends, support, t + self.chance.weeks(p))

    def _date(self, book: dict[int, list[Array]], at: Array, week: Array) -> None:
        at, week = at[week < self.tables.weeks], week[week < self.tables.weeks]
        order = np.argsort(week.astype(np.int16), kind="stable")
        at, week = at[order], week[order]
        edges = [0, *(np.diff(week).nonzero()[0] + 1).tolist(), len(week)]
        for a, b in pairwise(edges):
            if b > a:
                book.setdefault(int(week[a]), []).append(at[a:b])

    def _append(self, people: People, joined: int) -> Array:
        size = self.used + len(people)
        if size > len(self.code):
            for name in ("code", "row", "n", "joined", "task"):
                old = getattr(self, name)
                setattr(
                    self,
                    name,
                    np.concatenate([old[: self.used], np.zeros(2 * size - self.used, dtype=np.int64)]),
                )
        at = np.arange(self.used, size)
        self.code[at], self.row[at], self.n[at], self.joined[at] = people.code, people.row, people.n, joined
        self.used = size
        return at

    def _enter(self, lane: int, batch: Batch, at: Array) -> None:
        if batch not in self.batches[lane]:
            self.batches[lane][batch] = []
            insort(self.order[lane], batch)
        self.batches[lane][batch].append(at)

    def entries(self, lane: int, batch: Batch) -> Array:
        """Entries of a batch that are not empty; the batch is struck out when it has none."""
        pieces = self.batches[lane][batch]
        at = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        at = at[self.n[at] > 0]
        self.batches[lane][batch] = [at]
        if not len(at):
            del self.batches[lane][batch]
            self.order[lane].remove(batch)
        return at

    def take(self, at: Array, n: Array) -> People:
        """People leave their queue: entries (each once) and numbers."""
        people = self.people(at, n)
        self.n[at] -= n
        self._wait(people, self.joined[at], -1)
        return people

    def set_apart(self, at: Array, n: Array, lane: int, batch: Batch, order: tuple[float, int]) -> None:
        """Some people of one batch get a place before the rest of it: order is (place, week)."""
        some = n > 0
        at, n = at[some], n[some]
        if not len(at):
            return
        moved = self._append(self.people(at, n), self.sign * batch[0])
        self.n[at] -= n
        self.task[moved] = self.task[at]
        self._enter(lane, (batch[0], (*batch[1][:-1], order[0], batch[1][-1])), moved)
        self._dates(moved, order[1])

    # ---- leaving
    def leavers(self) -> People:
        """Everybody who waits leaves with the weekly probability of his or her standing.

        A Poisson process runs through people's places in steps of their hazard -log(1-p); whoever is hit at
        least once leaves, independently of everybody else. Each tile of entries has as many places per entry
        as its largest number of people, so nothing is summed over entries: the work grows with the leavers.

        Returns
        -------
        People, one entry each.
        """
        p = self.tables["exit_probability"]
        top = float(p.max())
        none = np.zeros(0, dtype=np.int64)
        if top <= 0 or not self.used:
            return self.people(none)
        tiles = np.arange(0, self.used, _TILE)
        most = np.maximum.reduceat(self.n[: self.used], tiles)
        rate = float(hazard(np.array(top)))
        edge = np.cumsum(most * _TILE) * rate
        points = self.chance.points(float(edge[-1]))
        tile = np.searchsorted(edge, points, side="right")
        within = ((points - (edge - most * (_TILE * rate))[tile]) / rate).astype(np.int64)
        place = np.minimum(within, most[tile] * _TILE - 1)
        new = np.ones(len(tile), dtype=bool)
        new[1:] = (tile[1:] != tile[:-1]) | (place[1:] != place[:-1])
        tile, place = tile[new], place[new]
        entry, number = np.divmod(place, most[tile])
        at = tiles[tile] + entry
        at, number = at[at < self.used], number[at < self.used]
        at = at[number < self.n[at]]
        people = self.people(at, np.ones(len(at), dtype=np.int64))
        chances = self.tables.at("exit_probability", people.row, standing(people), people.of(SEGMENT))
        if (chances < top).any():
            keep = self.chance.rng.random(len(at)) * top < chances
            at, people = at[keep], people[keep]
        np.subtract.at(self.n, at, 1)
        joined = self.joined[at]
        self._wait(people, joined, -1)
        return people

    # ---- what happens to people while they wait
    def due(self, book: dict[int, list[Array]], t: int, states: tuple[int, ...]) -> Array:
        """Entries to which something happens in week t, if they are still in one of some states."""
        at = np.concatenate([*book.pop(t, []), np.zeros(0, dtype=np.int64)])
        at = at[self.n[at] > 0]
        return np.asarray(at[np.isin(STATE.of(self.code[at]), states)])

    def become(self, at: Array, old: int, new: int) -> None:
        """People change state without leaving their queue."""
        self.ledger.move(self.people(at), old, new)
        self.code[at] = STATE.put(self.code[at], new)

    def tidy(self) -> None:
        """Strike out empty entries."""
        keep = self.n[: self.used] > 0
        number = np.cumsum(keep) - 1
        for lane, batches in enumerate(self.batches):
            for batch in list(batches):
                at = self.entries(lane, batch)
                if len(at):
                    batches[batch] = [number[at]]
        for book in (self.overdue, self.support_ends):
            for week, pieces in book.items():
                at = np.concatenate(pieces)
                book[week] = [number[at[keep[at]]]]
        size = int(keep.sum())
        for name in ("code", "row", "n", "joined", "task"):
            array = getattr(self, name)
            array[:size] = array[: self.used][keep]
        self.used = size
