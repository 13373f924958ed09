"""The hours of a week: letters and conversations (``docs/model.md``, sections 2.5 to 2.7)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.codes import Queue, State
from kik_analysis.capacity.cohort_lanes import Plan
from kik_analysis.capacity.cohort_life import Life
from kik_analysis.capacity.cohort_people import (
    CONTACT,
    DUE,
    KIND,
    OFFER,
    SEGMENT,
    STATE,
    STEP,
    TALK,
    WILLING,
    People,
    concatenate,
    lumped,
)
from kik_analysis.capacity.cohort_queues import QUEUE, start_kind

Array = npt.NDArray[Any]

_WAITING = (
    State.NEVER_INVITED,
    State.IN_CONTACT,
    State.OVERDUE,
    State.DECLINED,
    State.NOT_REACHED,
    State.IN_SUPPORT,
)


class Work(Life):
    """What the team does, and what it leads to."""

    def _work(self) -> None:
        ledger, tables, t = self.ledger, self.tables, self.t
        available = np.broadcast_to(tables["minutes_available"][t], tables.rows)
        paid = np.minimum(available, ledger.debt)
        budget = available - paid
        in_touch = ledger.state[[State.IN_CONTACT, State.OVERDUE, State.IN_SUPPORT]].sum(axis=(0, 1))
        initiative = in_touch * tables["initiative_per_1000"] // 1000
        ledger.task["initiative"] += initiative
        ledger.debt = ledger.debt - paid + np.maximum(initiative - budget, 0)
        limit, talk = (
            np.broadcast_to(tables[name][t], tables.rows) for name in ("promise_limit", "talk_limit")
        )
        hours = (np.maximum(budget - initiative, 0), ledger.promised(), limit, talk)
        plan = Plan(self.queues, self.chance, t, hours)
        plan.walk()
        ledger.lost = plan.budget
        if not plan.served:
            return
        people = concatenate(p for p, _ in plan.served)
        joined = np.concatenate([week for _, week in plan.served])
        queue = QUEUE[people.of(STATE)]
        ledger.served(people, queue, joined, t)
        self._send(people[queue != Queue.APPOINTMENT])
        self._meet(people[queue == Queue.APPOINTMENT])

    def _send(self, people: People) -> None:
        """Letters go out."""
        ledger = self.ledger
        state = people.of(STATE)
        starts = state != State.INVITED
        new = people[starts]
        ledger.flow["invitations"] += ledger.table(new)
        for old in _WAITING:
            ledger.move(people[state == old], old, State.INVITED)
        kind = start_kind(new)
        new = new.put(STATE, State.INVITED).put(STEP, 0).put(KIND, kind).put(DUE, 0)
        ledger.run(new, 1)
        people = concatenate((new, people[~starts]))
        kind, step = people.of(KIND), people.of(STEP)
        ledger.flow["letters"] += ledger.table(people)
        minutes = self.tables.at("letter_minutes", people.row, kind, step)
        for task, some in (("letter", step == 0), ("next_letter", step > 0)):
            ledger.spend(task, people[some], minutes[some])
        people = lumped(ledger.renew(people, OFFER, self.t), ledger.rows)
        weeks = self.tables.at("answer_weeks", people.row, people.of(KIND), people.of(STEP))
        self._until(self.answering, people, self.t + weeks)

    def _meet(self, people: People) -> None:
        """Appointments: missed, or held with an outcome."""
        if not len(people):
            return
        ledger, t = self.ledger, np.full(len(people), self.t)
        missed = self.tables.at("missed", people.row, people.of(KIND), people.of(SEGMENT))
        last = people.of(STEP) + 1 >= self.tables.first.appointments_max
        rebooked = np.where(last, 0.0, self.at("rebooked", people))
        refused, definitive = missed * (1 - rebooked), self.at("definitive", people)
        chances = np.stack([1 - missed, missed * rebooked, refused * (1 - definitive), refused * definitive])
        number = self.chance.split(people.n, chances)
        absent = people.some(people.n - number[0])
        used = self.at("missed_minutes", absent, t[: len(absent)])
        planned = self.at("conversation_minutes", absent, t[: len(absent)])
        ledger.flow["missed"] += ledger.table(absent)
        ledger.spend("missed", absent, used)
        unused = np.bincount(absent.row, weights=absent.n * (planned - used), minlength=ledger.rows)
        ledger.lost = ledger.lost + unused.astype(np.int64)
        held, another, back, never = (people.some(n) for n in number)
        another = another.put(STEP, another.of(STEP) + 1)
        self._until(self.falling_due, another, self.t + self.at("rebook_weeks", another))
        self._declined(back, never, State.APPOINTMENT)
        self._talk(held)

    def _talk(self, people: People) -> None:
        """Conversations and what they lead to."""
        ledger, week = self.ledger, np.full(len(people), self.t)
        rest = self.at("conversation_minutes", people, week)
        for task, field in (
            ("reminder_call", "reminder"),
            ("travel", "travel"),
            ("registration", "registration"),
        ):
            minutes = self.at(f"{field}_minutes", people, week)
            ledger.spend(task, people, minutes)
            rest = rest - minutes
        ledger.spend("conversation", people, rest)
        longer = people.some(self.chance.binomial(people.n, self.at("overrun_probability", people)))
        owed = ledger.spend("overrun", longer, self.at("overrun_minutes", longer))
        ledger.flow["conversations"] += ledger.table(people)
        ledger.flow["first_conversations"] += ledger.table(people[people.of(CONTACT) == 0])
        ledger.run(people, -1)
        support, outside = (
            self.tables.at("outcome", people.row, people.of(CONTACT), people.of(SEGMENT), k) for k in (0, 1)
        )
        number = self.chance.split(people.n, np.stack([support, outside, 1 - support - outside]))
        willing = self.tables.first.after_conversation[people.of(WILLING)]
        people = ledger.renew(ledger.renew(people, TALK, self.t), OFFER, self.t)
        people = people.put(WILLING, willing).put(CONTACT, 1).put(KIND, 0).put(STEP, 0).put(DUE, 0)
        helped, gone, others = (
            people.some(n).put(STATE, state)
            for n, state in zip(
                number, (State.IN_SUPPORT, State.OUTSIDE_SERVICES, State.IN_CONTACT), strict=True
            )
        )
        for some, state in (
            (helped, State.IN_SUPPORT),
            (gone, State.OUTSIDE_SERVICES),
            (others, State.IN_CONTACT),
        ):
            ledger.move(some, State.APPOINTMENT, state)
        ledger.flow["outcome_support"] += ledger.table(helped)
        ledger.flow["outcome_outside"] += ledger.table(gone)
        for k, some in enumerate((helped, gone)):
            minutes = np.broadcast_to(self.tables["handover_minutes"][k], ledger.rows)[some.row]
            owed = owed + ledger.spend("handover", some, minutes)
        ledger.debt = ledger.debt + owed
        for window in ledger.window:
            ledger.remember(gone, window, self.t, -1)
        self._outside(gone)
        for some in (helped, lumped(others, ledger.rows)):
            weeks = self.at("interval", some, week[: len(some)])
            self._next_contact(some, self.t + weeks, self.t + 1)

    def _not_reached(self, again: People, never: People) -> Array:
        """No answer to the last letter; returns how many, by segment and row."""
        moved = self._given_up(again, State.INVITED, State.NOT_REACHED)
        moved += self._given_up(never, State.INVITED, State.NOT_REACHED)
        again, never = (people.put(STATE, State.NOT_REACHED) for people in (again, never))
        self._until(self.falling_due, again, self.t + self.at("again_not_reached", again))
        self._for_good(never)
        return moved

    def _declined(self, again: People, never: People, old: int) -> Array:
        """People decline, or make no other appointment; returns how many, by segment and row."""
        moved = self._given_up(again, old, State.DECLINED) + self._given_up(never, old, State.DECLINED)
        again, never = (
            people.put(WILLING, self.tables.first.after_refusal[people.of(WILLING)]).put(
                STATE, State.DECLINED
            )
            for people in (again, never)
        )
        self._until(self.falling_due, again, self.t + self.at("again_declined", again))
        self._for_good(never)
        return moved

    def _given_up(self, people: People, old: int, new: int) -> Array:
        self.ledger.run(people, -1)
        return self.ledger.move(people, old, new)
