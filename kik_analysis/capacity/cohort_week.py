"""One week of a block of replications, in the order of ``docs/model.md``, section 2."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.codes import State
from kik_analysis.capacity.cohort_people import CONTACT, DUE, KIND, SEGMENT, STATE, STEP, WILLING, People
from kik_analysis.capacity.cohort_queues import TIDY
from kik_analysis.capacity.cohort_work import Work

Array = npt.NDArray[Any]


class Block(Work):
    """Some replications (rows), week by week."""

    # ---- a week
    def run_week(self, t: int) -> None:
        """Run week t."""
        self.t = t
        self.ledger.new_week(t)
        if t % TIDY == 0:
            self.queues.tidy()
        self.ledger.leave(self.leaving.open(t), t)
        self.ledger.leave(self.queues.leavers(), t)
        self._returns()
        self._ends_of_support()
        self._arrivals()
        self._due()
        self._answers()
        self._work()

    def _returns(self) -> None:
        people = self.returning.open(self.t)
        if not len(people):
            return
        self.ledger.flow["returns"] += self.ledger.move(people, State.OUTSIDE_SERVICES, State.IN_CONTACT)
        people = people.put(STATE, State.IN_CONTACT).put(CONTACT, 1)
        for field in self.ledger.window:
            self.ledger.remember(people, field, self.t, 1)
        self._next_contact(people, self.t + self.at("return_weeks", people), self.t)

    def _ends_of_support(self) -> None:
        people = self.support_ends.open(self.t)
        if len(people):
            self.ledger.move(people, State.IN_SUPPORT, State.IN_CONTACT)
            self._next_contact(people.put(STATE, State.IN_CONTACT), people.of(DUE), self.t)
        waiting = self.queues.due(self.queues.support_ends, self.t, (State.IN_SUPPORT,))
        self.queues.become(waiting, State.IN_SUPPORT, State.IN_CONTACT)

    def _arrivals(self) -> None:
        tables = self.tables
        coming = self.chance.arrivals(
            tables["inflow_mean"][self.t], tables["inflow_fixed"][self.t], self._chances, tables.rows
        )
        category, row = coming.nonzero()
        segment, status, willing = self._categories[category].T
        code = SEGMENT.put(WILLING.put(np.zeros(len(row), dtype=np.int64), willing), segment)
        everybody = People(code, row, coming[category, row])
        self.ledger.flow["arrivals"] += self.ledger.table(everybody)
        for k, state in enumerate((State.NEVER_INVITED, State.KNOWN_TO_WIJ, State.IN_CONTACT)):
            people = everybody[status == k].put(STATE, state).put(CONTACT, int(k == 2))
            self.ledger.move(people, None, state)
            if state == State.NEVER_INVITED:
                self.queues.join(people, self.t, self.t)
            elif state == State.KNOWN_TO_WIJ:
                self._for_good(people)
            else:
                self._next_contact(people, self.t + self.at("agreed_weeks", people), self.t)

    def _due(self) -> None:
        """Contacts falling due, delays that end, planned weeks that have come (section 2.3)."""
        people = self.falling_due.open(self.t)
        state = people.of(STATE)
        late = np.isin(state, (State.IN_CONTACT, State.IN_SUPPORT)) & (people.of(DUE) <= self.t)
        for old in (State.IN_CONTACT, State.IN_SUPPORT):
            self.ledger.move(people[late & (state == old)], old, State.OVERDUE)
        people = People(
            np.where(late, STATE.put(people.code, State.OVERDUE), people.code), people.row, people.n
        )
        self.queues.join(people, self.t, self.t)
        waiting = self.queues.due(self.queues.overdue, self.t, (State.IN_CONTACT, State.IN_SUPPORT))
        state = STATE.of(self.queues.code[waiting])
        for old in (State.IN_CONTACT, State.IN_SUPPORT):
            self.queues.become(waiting[state == old], old, State.OVERDUE)

    # ---- answers (section 2.4)
    def _answers(self) -> None:
        people = self.answering.open(self.t)
        if not len(people):
            return
        ledger, first = self.ledger, self.tables.first
        silent, silent_again, silent_never, yes, no_again, no_never = (
            people.some(n) for n in self.chance.split(people.n, self._answer_chances(people))
        )
        self.queues.join(silent.put(STEP, silent.of(STEP) + 1), self.t, self.t)
        ledger.flow["unanswered"] += self._not_reached(silent_again, silent_never)
        ledger.flow["accepted"] += ledger.move(yes, State.INVITED, State.APPOINTMENT)
        yes = yes.put(WILLING, first.after_accept[yes.of(WILLING)]).put(STEP, 0).put(STATE, State.APPOINTMENT)
        week = self.t + self.at("appointment_weeks", yes)
        self.queues.join(yes[week == self.t], self.t, self.t)
        self._until(self.falling_due, yes[week > self.t], week[week > self.t])
        ledger.flow["refused"] += self._declined(no_again, no_never, State.INVITED)

    def _answer_chances(self, people: People) -> Array:
        """Probabilities of six answers per entry: (6, e)."""
        kind, step, segment = people.of(KIND), people.of(STEP), people.of(SEGMENT)
        reach = self.tables.at("reach", people.row, kind, segment, step)
        accept = self.tables.at("accept", people.row, people.of(WILLING), segment)
        more = step + 1 < self.tables.first.attempts[kind]
        again, definitive = self.at("not_reached_again", people), self.at("definitive", people)
        silent = 1 - reach
        return np.stack(
            [
                silent * more,
                silent * ~more * again,
                silent * ~more * (1 - again),
                reach * accept,
                reach * (1 - accept) * (1 - definitive),
                reach * (1 - accept) * definitive,
            ]
        )
