"""People of a block of replications between two moments of work: the start, weeks that are known, leaving."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.codes import State
from kik_analysis.capacity.cohort_chance import Chance, hazard
from kik_analysis.capacity.cohort_ledger import Ledger
from kik_analysis.capacity.cohort_people import (
    CONTACT,
    DUE,
    OFFER,
    SEGMENT,
    STATE,
    TALK,
    WILLING,
    Book,
    People,
    label,
)
from kik_analysis.capacity.cohort_queues import Queues, standing
from kik_analysis.capacity.cohort_tables import Tables, Tasks

Array = npt.NDArray[Any]

_LATEST = (1 << DUE.bits) - 1


class Life:
    """A block of replications: who is where, and what is known of the weeks to come.

    People who wait for a week that is already known (an answer, an appointment, a contact falling due, the
    end of a delay) stand in a book under that week; who of them leaves before is drawn when they enter it.
    The others wait in queues.
    """

    def __init__(self, tables: Tables, chance: Chance, keep: int) -> None:
        self.tables, self.chance = tables, chance
        self.ledger = Ledger(tables, keep)
        self.queues = Queues(tables, Tasks(tables), self.ledger, chance)
        size = tables.weeks, tables.rows
        self.leaving, self.returning, self.support_ends = (Book(*size, span=8) for _ in range(3))
        self.falling_due, self.answering = Book(*size), Book(*size)
        self.t = -1
        self._categories, self._chances = self._entry()
        self._settle()

    def at(self, name: str, people: People, *index: Any) -> Array:
        """Parameter values for people: by segment, or by the index given and segment."""
        return self.tables.at(name, people.row, *index, people.of(SEGMENT))

    # ---- waiting for a known week
    def _stay(self, people: People, until: Array) -> tuple[People, Array]:
        """Who is still there when the week ``until`` begins (exits of that week done); the others are
        booked."""
        weeks = until - self.t
        p = self.tables.at("exit_probability", people.row, standing(people), people.of(SEGMENT))
        gone = self.chance.binomial(people.n, -np.expm1(-weeks * hazard(p)))
        some = gone.nonzero()[0]
        left = np.repeat(some, gone[some])
        leavers = People(people.code[left], people.row[left], np.ones(len(left), dtype=np.int64))
        self.leaving.write(leavers, self.t + self.chance.weeks_within(p[left], weeks[left]))
        stay = (people.n - gone).nonzero()[0]
        return People(people.code[stay], people.row[stay], people.n[stay] - gone[stay]), until[stay]

    def _until(self, book: Book, people: People, week: Array) -> None:
        """People wait in a book until a week."""
        if len(people):
            book.write(*self._stay(people, week))

    def _for_good(self, people: People) -> None:
        """People to whom nothing will happen any more but leaving."""
        if len(people):
            self._stay(people, np.full(len(people), self.tables.weeks))

    def _spell(self, people: People, name: str) -> Array:
        """Week in which a spell of each entry ends (entries of one person)."""
        return self.t + self.chance.weeks(self.at(name, people))

    # ---- contact
    def _next_contact(self, people: People, due: Array, earliest: int) -> None:
        """In contact or in support: they can be invited some weeks before the next conversation is due."""
        people = people.put(DUE, np.clip(due, 0, _LATEST))
        support = people.of(STATE) == State.IN_SUPPORT
        ask = np.maximum(due - self.at("lead", people), earliest)
        self._until(self.falling_due, people[~support], ask[~support])
        if support.any():
            ask = np.repeat(ask[support], people.n[support])
            helped = people[support].singly()
            end = self.t + self.chance.weeks(self.at("support_end", helped))
            ended = end <= ask
            self._until(self.support_ends, helped[ended], end[ended])
            self._until(self.falling_due, helped[~ended], ask[~ended])

    def _outside(self, people: People) -> None:
        """In services outside the group: they come back when these end."""
        people = people.singly()
        self._until(self.returning, people, self.t + self.chance.weeks(self.at("services_end", people)))

    # ---- the start (section 3)
    def _settle(self) -> None:
        stock, row = self.tables.stock()
        age, offer = stock["age"], stock["offer_age"]
        code = np.zeros(len(row), dtype=np.int64)
        for field, value in (
            (STATE, stock["state"]),
            (SEGMENT, stock["segment"]),
            (WILLING, stock["row"]),
            (CONTACT, stock["contact"]),
            (TALK, np.where(age > 0, label(-age), 0)),
            (OFFER, np.where(offer > 0, label(-offer), 0)),
        ):
            code = field.put(code, value)
        everybody = People(code, row, stock["count"])
        for state in np.unique(stock["state"]):
            here = (stock["state"] == state).nonzero()[0]
            self._settle_state(everybody[here], int(state), stock["wait"][here])

    def _settle_state(self, people: People, state: int, wait: Array) -> None:
        ledger = self.ledger
        ledger.move(people, None, state)
        if state == State.OUTSIDE_SERVICES:
            self._outside(people)
            return
        for field in ledger.window:
            ledger.remember(people, field, self.t, 1)
        if state == State.NEVER_INVITED:
            self._join_at(people, -wait)
        elif state in (State.IN_CONTACT, State.IN_SUPPORT):
            ask = wait - self.at("lead", people)
            people = people.put(DUE, np.clip(wait, 0, _LATEST))
            self._join_at(people[ask <= 0], ask[ask <= 0])
            self._next_contact(people[ask > 0], wait[ask > 0], 0)
        elif state in (State.DECLINED, State.NOT_REACHED):
            self._until(self.falling_due, people[wait >= 0], wait[wait >= 0])
            self._for_good(people[wait < 0])
        else:
            self._for_good(people)

    def _join_at(self, people: People, joined: Array) -> None:
        order = np.argsort(joined, kind="stable")
        edges = np.diff(joined[order], prepend=1, append=1).nonzero()[0]  # nobody joins after week 0
        for first, last in pairwise(edges):
            here = order[first:last]
            self.queues.join(people[here], int(joined[here[0]]), self.t)

    def _entry(self) -> tuple[Array, Array]:
        """Segment, status and willingness at entry that occur, with their probabilities (K, rows or 1)."""
        t = self.tables
        entry_row = t["entry_row"][[0, 0, 1]]  # by status
        p = (t["entry_segment"][:, None, None] * t["entry_status"][:, :, None]) * np.moveaxis(entry_row, 0, 1)
        categories = np.argwhere(p.any(axis=-1))
        return categories, p[tuple(categories.T)]
