"""What is counted in every replication: persons by state, running invitations, waiting, 52-week windows,
flows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import compiled
from kik_analysis.capacity.codes import State
from kik_analysis.capacity.cohort_people import KIND, OFFER, SEGMENT, STATE, TALK, WINDOW, Field, People
from kik_analysis.capacity.cohort_tables import Tables
from kik_analysis.capacity.measures import EVENTS as FLOWS
from kik_analysis.capacity.measures import TASK_NAMES as TASKS

Array = npt.NDArray[Any]

STATES = tuple(state.name.lower() for state in compiled.State)[:10]
PEOPLE = (*STATES, "group_size", "reached_52_weeks", "offered_52_weeks", "waiting", "waited", *FLOWS)
TEAM = (
    "minutes_available",
    "minutes_used",
    "minutes_lost",
    "minutes_debt",
    "minutes_promised",
    *(f"minutes_{task}" for task in TASKS),
)
_WINDOWS = {"reached_52_weeks": TALK, "offered_52_weeks": OFFER}
_LONGEST = 1040  # weeks of a completed wait with a bin of their own: twenty years
_WAITED_BEFORE = 260  # of which before the start


class Ledger:
    """Counts of a block; arrays (..., segments, rows) unless said otherwise.

    Attributes
    ----------
    state : (10, S, rows) persons by state
    running : (3, S, rows) running invitations and appointments by kind
    waiting, joined : people in queues from which an invitation starts; sum of the weeks in which they joined
    flow : flows of this week
    task : (rows,) minutes of this week
    """

    def __init__(self, tables: Tables, keep: int) -> None:
        self.keep = keep  # rows that count; a block is always run whole
        self.tables, self.rows, self.segments = tables, tables.rows, tables.segments
        shape = (self.segments, self.rows)
        self.state: Array = np.zeros((10, *shape), dtype=np.int64)
        self.running: Array = np.zeros((3, *shape), dtype=np.int64)
        self.waiting: Array = np.zeros(shape, dtype=np.int64)
        self.joined: Array = np.zeros(shape, dtype=np.int64)
        self.flow: dict[str, Array] = {}
        self.task: dict[str, Array] = {}
        self.lost: Array = np.zeros(self.rows, dtype=np.int64)
        self.debt: Array = np.zeros(self.rows, dtype=np.int64)
        self.promise = tables["promise_minutes"].reshape(3, self.segments, -1)
        # People of the group by the week of their last conversation (offer), and how many of these weeks
        # count.
        self.label: dict[Field, Array] = {
            f: np.zeros((tables.weeks + WINDOW + 1, *shape), dtype=np.int64) for f in _WINDOWS.values()
        }
        self.window: dict[Field, Array] = {f: np.zeros(shape, dtype=np.int64) for f in _WINDOWS.values()}
        self.waits: Array = np.zeros(
            (len(compiled.Queue), self.segments, wait_bins(tables.weeks)), dtype=np.int64
        )

    def new_week(self, t: int) -> None:
        """Forget last week's flows, and what happened 52 weeks ago."""
        self.flow = {name: np.zeros((self.segments, self.rows), dtype=np.int64) for name in FLOWS}
        self.task = {name: np.zeros(self.rows, dtype=np.int64) for name in TASKS}
        for field, window in self.window.items():
            window -= self.label[field][t + 1]  # week t - 52 is stored as t + 1
            self.label[field][t + 1] = 0

    def table(self, people: People) -> Array:
        """People by segment and row: (S, rows)."""
        at = people.of(SEGMENT) * self.rows + people.row
        table = np.bincount(at, weights=people.n, minlength=self.segments * self.rows)
        return table.astype(np.int64).reshape(self.segments, self.rows)

    def move(self, people: People, old: int | None, new: int | None) -> Array:
        """People change state (None: from or to nowhere); returns them by segment and row."""
        table = self.table(people)
        if old is not None:
            self.state[old] -= table
        if new is not None:
            self.state[new] += table
        return table

    def run(self, people: People, sign: int) -> None:
        """Invitations start (1) or are over (-1)."""
        at = (people.of(KIND) * self.segments + people.of(SEGMENT)) * self.rows + people.row
        np.add.at(self.running.reshape(-1), at, sign * people.n)

    def wait(self, people: People, joined: Array, sign: int) -> None:
        """People join (1) or leave (-1) one of the queues that count as waiting."""
        at = people.of(SEGMENT) * self.rows + people.row
        np.add.at(self.waiting.reshape(-1), at, sign * people.n)
        np.add.at(self.joined.reshape(-1), at, sign * people.n * joined)

    def served(self, people: People, queue: Array, joined: Array, t: int) -> None:
        """People are served in week t: count how long they waited."""
        wait = np.minimum(t - joined, self.waits.shape[2] - 1)
        counts = people.n * (people.row < self.keep)
        np.add.at(self.waits, (queue, people.of(SEGMENT), wait), counts)

    def remember(self, people: People, field: Field, t: int, sign: int) -> None:
        """People enter (1) or leave (-1) the window of the last 52 weeks, by their last conversation or
        offer."""
        week = people.of(field)
        live = week > t + 1  # stored weeks t - 51 .. t, and nobody has 0
        if not live.all():
            people, week = people[live], week[live]
        at = people.of(SEGMENT) * self.rows + people.row
        np.add.at(self.window[field].reshape(-1), at, sign * people.n)
        size = self.segments * self.rows
        np.add.at(self.label[field].reshape(-1), week * size + at, sign * people.n)

    def renew(self, people: People, field: Field, t: int) -> People:
        """People whose last conversation (offer) is now in week t."""
        self.remember(people, field, t, -1)
        people = people.put(field, t + WINDOW + 1)
        self.remember(people, field, t, 1)
        return people

    def leave(self, people: People, t: int) -> None:
        """People leave for good (queues are left elsewhere)."""
        state = people.of(STATE)
        at = people.of(SEGMENT) * self.rows + people.row
        np.add.at(self.flow["exits"].reshape(-1), at, people.n)
        np.subtract.at(self.state.reshape(-1), state * self.segments * self.rows + at, people.n)
        self.run(people[(state == State.INVITED) | (state == State.APPOINTMENT)], -1)
        inside = people[state != State.OUTSIDE_SERVICES]
        for field in self.window:
            self.remember(inside, field, t, -1)

    def promised(self) -> Array:
        """Minutes promised by running invitations and appointments: (rows,)."""
        return np.asarray((self.running * self.promise).sum(axis=(0, 1)))

    def spend(self, task: str, people: People, minutes: Array) -> Array:
        """Book minutes per person of a task; returns the minutes by row."""
        spent = np.bincount(people.row, weights=people.n * minutes, minlength=self.rows).astype(np.int64)
        self.task[task] += spent
        return spent

    def record(self, t: int, people: dict[str, Array], team: dict[str, Array]) -> None:
        """Write week t: people[name] (rows, weeks, segments), team[name] (rows, weeks)."""
        values = dict(zip(STATES, self.state, strict=True)) | self.flow
        values["group_size"] = self.state[: State.OUTSIDE_SERVICES].sum(axis=0)
        values |= {name: self.window[field] for name, field in _WINDOWS.items()}
        values["waiting"] = self.waiting
        values["waited"] = t * self.waiting - self.joined
        for name in PEOPLE:
            people[name][:, t] = values[name].T[: self.keep]
        minutes = {f"minutes_{name}": self.task[name] for name in TASKS}
        minutes |= {
            "minutes_used": np.sum(list(self.task.values()), axis=0),
            "minutes_lost": self.lost,
            "minutes_debt": self.debt,
        }
        minutes |= {
            "minutes_available": self.tables["minutes_available"][t],
            "minutes_promised": self.promised(),
        }
        for name in TEAM:
            team[name][:, t] = np.broadcast_to(minutes[name], self.rows)[: self.keep]


def wait_bins(weeks: int) -> int:
    """Bins of completed waits, one week each; the last also takes longer ones (as in ``layout``)."""
    return min(weeks + _WAITED_BEFORE, _LONGEST) + 1
