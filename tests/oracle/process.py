"""The caseload once more, as SimPy processes: written from docs/model.md and from nothing else.

A plain model that shares no line with the engines: one process per person, one planner, a clock whose week
is cut into phases. It is slow on purpose: it exists to disagree when an engine is wrong.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import simpy

(NEVER, INVITED, APPOINTMENT, CONTACT, OVERDUE, DECLINED, NOT_REACHED, WIJ, SUPPORT, OUTSIDE, LEFT) = range(
    11
)
APPOINTMENTS, ATTEMPTS, FOLLOW_UP, FIRST, AGAIN = range(5)
# moments within a week, as fractions of it
EXIT, RETURN, INFLOW, DUE, ANSWER, WORK, RECORD = (i / 10 for i in range(7))
STATE_NAMES = (
    "never_invited", "invited", "appointment", "in_contact", "overdue", "declined", "not_reached",
    "known_to_wij", "in_support", "outside_services",
)  # fmt: skip


class Person:
    """One person: a state, a memory, and processes that wait for what happens next."""

    def __init__(self, town: Town, state: int, segment: int, row: int, contact: int) -> None:
        self.town = town
        self.state, self.segment, self.row, self.contact = state, segment, row, contact
        self.kind = self.attempt = self.missed = 0
        self.due = self.last_conversation = self.last_offer = None
        self.queue: int | None = None
        self.joined = 0
        self.place = 0.0
        self.age_of_state = 0  # raised at every change, so that outdated waits know they are outdated

    def standing(self) -> int:
        if self.state == NEVER or (self.state in (INVITED, APPOINTMENT) and not self.contact):
            return 0
        if self.state in (INVITED, APPOINTMENT, CONTACT, OVERDUE):
            return 1
        return {DECLINED: 2, NOT_REACHED: 3, WIJ: 4, SUPPORT: 5, OUTSIDE: 6}[self.state]

    # ---- queues
    def join(self, queue: int, joined: int) -> None:
        self.queue, self.joined, self.place = queue, joined, self.town.rng.random()
        self.town.waiting[queue].add(self)

    def drop(self) -> None:
        if self.queue is not None:
            self.town.waiting[self.queue].discard(self)
            self.queue = None

    # ---- changes of state
    def become(self, state: int) -> None:
        self.state = state
        self.age_of_state += 1

    def leave(self) -> None:
        self.drop()
        self.become(LEFT)
        self.town.people.discard(self)
        self.town.count("exits")

    def exposed(self, first_week: int):
        """Leave in the week that comes out of the draw; standing is looked up anew every week."""
        env, c = self.town.env, self.town.c
        yield env.timeout(max(first_week + EXIT - env.now, 0))
        while self.state != LEFT:
            standing = self.standing_yesterday
            if self.town.rng.random() < c.exit_probability[standing, self.segment]:
                self.leave()
                return
            yield env.timeout(1)

    def at(self, week: float, moment: float, action, still: int):
        """Do something at a moment, unless the state has changed since."""
        env = self.town.env
        yield env.timeout(max(week + moment - env.now, 0))
        if self.age_of_state == still and self.state != LEFT:
            action()

    def later(self, week: int, moment: float, action) -> None:
        if week + moment <= self.town.c.weeks:
            self.town.env.process(self.at(week, moment, action, self.age_of_state))

    def await_due(self, week_now: int) -> None:
        """In contact or in support: join the queue a lead time before due, be overdue when due."""
        lead = int(self.town.c.lead[self.segment])
        join_week = self.due - lead
        joined = join_week if join_week > week_now else None
        self.town.env.process(self._due(max(join_week, week_now), joined))

    def _due(self, join_week: int, joined: int | None):
        env, spell = self.town.env, self.due
        alive = lambda: self.state in (CONTACT, SUPPORT) and self.due == spell  # noqa: E731
        yield env.timeout(max(join_week + DUE - env.now, 0))
        if alive() and self.queue is None:
            self.join(FOLLOW_UP, join_week if joined is None else joined)
        yield env.timeout(max(self.due + DUE - env.now, 0))
        if alive():
            self.become(OVERDUE)

    # ---- the story
    def start_support(self, week: int, first: int) -> None:
        self.later_spell(week, first, self.town.c.support_end[self.segment], self.end_support)

    def later_spell(self, week: int, first: int, probability: float, action) -> None:
        if probability > 0:
            self.later(first + int(self.town.rng.geometric(probability)) - 1, RETURN, action)

    def end_support(self) -> None:
        self.state = CONTACT  # due and place unchanged

    def end_services(self) -> None:
        week = self.town.week
        self.become(CONTACT)
        self.contact = 1
        self.due = week + int(self.town.c.return_weeks[self.segment])
        self.town.count("returns")
        self.await_due(week)

    def send_letter(self, week: int) -> None:
        c = self.town.c
        self.become(INVITED)
        self.last_offer = week
        self.town.count("letters")
        self.later(week + int(c.answer_weeks[self.kind, self.attempt]), ANSWER, self.answer)

    def answer(self) -> None:
        town, c, s = self.town, self.town.c, self.segment
        week = town.week
        if town.rng.random() >= c.reach[self.kind, s, self.attempt]:
            if self.attempt + 1 < c.attempts[self.kind]:
                self.attempt += 1
                self.join(ATTEMPTS, week)
            else:
                town.count("unanswered")
                self.not_reached(week)
        elif town.rng.random() < c.accept[self.row, s]:
            town.count("accepted")
            self.row = int(c.after_accept[self.row])
            self.become(APPOINTMENT)
            self.plan(week + int(c.appointment_weeks[s]))
        else:
            town.count("refused")
            self.row = int(c.after_refusal[self.row])
            self.become(DECLINED)
            if town.rng.random() >= c.definitive[s]:
                self.come_back(week + int(c.again_declined[s]))

    def plan(self, week: int) -> None:
        if week <= self.town.week:
            self.join(APPOINTMENTS, week)
        else:
            self.later(week, DUE, lambda: self.join(APPOINTMENTS, week))

    def not_reached(self, week: int) -> None:
        c, s = self.town.c, self.segment
        self.become(NOT_REACHED)
        if self.town.rng.random() < c.not_reached_again[s]:
            self.come_back(week + int(c.again_not_reached[s]))

    def come_back(self, week: int) -> None:
        self.later(week, DUE, lambda: self.join(AGAIN, week))

    def meet(self, week: int, planned: int) -> tuple[int, int]:
        """Hold the planned conversation; return minutes used within the plan, and minutes of new debt."""
        town, c, s = self.town, self.town.c, self.segment
        if town.rng.random() < c.missed[self.kind, s]:
            town.count("missed")
            self.missed += 1
            if self.missed >= c.appointments_max:
                self.not_reached(week)
            else:
                self.become(APPOINTMENT)
                self.plan(week + int(c.rebook_weeks[s]))
            return int(c.missed_minutes[week, s]), 0
        town.count("conversations")
        debt = int(c.overrun_minutes[s]) if town.rng.random() < c.overrun_probability[s] else 0
        self.row = int(c.after_conversation[self.row])
        self.last_conversation = self.last_offer = week
        outcome = int(town.rng.choice(5, p=c.outcome[self.contact, s] / c.outcome[self.contact, s].sum()))
        if not self.contact:
            town.count("first_conversations")
        self.contact = 1
        if outcome in (0, 1):
            debt += int(c.handover_minutes[outcome])
            town.count("outcome_support" if outcome == 0 else "outcome_outside")
        if outcome == 1:
            self.become(OUTSIDE)
            self.later_spell(week, week + 1, c.services_end[s], self.end_services)
            return planned, debt
        self.become(SUPPORT if outcome == 0 else CONTACT)
        self.due = week + int(c.interval[s])
        self.await_due(week + 1)
        if outcome == 0:
            self.start_support(week, week + 1)
        return planned, debt


class Town:
    """The group, the team and its planner."""

    def __init__(self, c, rng: np.random.Generator) -> None:
        self.c, self.rng = c, rng
        self.env = simpy.Environment()
        self.people: set[Person] = set()
        self.waiting: dict[int, set[Person]] = defaultdict(set)
        self.week = 0
        self.flows: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(c.weeks, dtype=np.int64))
        self.debt = 0
        self.promised_new = 0

    def count(self, name: str, amount: int = 1) -> None:
        self.flows[name][self.week] += amount

    # ---- the starting stock
    def settle(self) -> None:
        c = self.c
        for cell in range(len(c.stock_count)):
            for _ in range(int(c.stock_count[cell])):
                self.settle_one(cell)

    def settle_one(self, cell: int) -> None:
        c = self.c
        state, wait = int(c.stock_state[cell]), int(c.stock_wait[cell])
        segment, row = int(c.stock_segment[cell]), int(c.stock_row[cell])
        person = Person(self, state, segment, row, int(c.stock_contact[cell]))
        person.last_conversation = -int(c.stock_age[cell]) if c.stock_age[cell] >= 0 else None
        person.last_offer = -int(c.stock_offer_age[cell]) if c.stock_offer_age[cell] >= 0 else None
        if state == NEVER:
            person.join(FIRST, -wait)
        elif state in (CONTACT, SUPPORT):
            person.due = wait
            self.env.process(
                person._due(
                    max(wait - int(c.lead[segment]), 0),
                    min(0, wait - int(c.lead[segment])) if wait - int(c.lead[segment]) <= 0 else None,
                )
            )
            if state == SUPPORT:
                person.start_support(0, 0)
        elif state in (DECLINED, NOT_REACHED) and wait >= 0:
            person.come_back(wait)
        elif state == OUTSIDE:
            person.later_spell(0, 0, c.services_end[segment], person.end_services)
        self.enter(person, 0)

    def enter(self, person: Person, exposed_from: int) -> None:
        self.people.add(person)
        person.standing_yesterday = person.standing()
        self.env.process(person.exposed(exposed_from))

    # ---- what happens every week
    def clock(self):
        for week in range(self.c.weeks):
            yield self.env.timeout(max(week - 0.05 - self.env.now, 0))
            self.week = week

    def arrivals(self):
        c = self.c
        for week in range(c.weeks):
            yield self.env.timeout(week + INFLOW - self.env.now)
            number = int(self.rng.poisson(c.inflow_mean[week])) + int(c.inflow_fixed[week])
            self.count("arrivals", number)
            for _ in range(number):
                self.arrive(week)

    def draw(self, weights) -> int:
        return int(self.rng.choice(len(weights), p=np.asarray(weights) / np.sum(weights)))

    def arrive(self, week: int) -> None:
        c = self.c
        s = self.draw(c.entry_segment)
        status = self.draw(c.entry_status[s])
        row = self.draw(c.entry_row[1 if status == 2 else 0, s])
        person = Person(self, (NEVER, WIJ, CONTACT)[status], s, row, int(status == 2))
        if status == 0:
            person.join(FIRST, week)
        elif status == 2:
            person.due = week + int(c.agreed_weeks[s])
            person.await_due(week)
        self.enter(person, week + 1)

    def planner(self):
        for week in range(self.c.weeks):
            yield self.env.timeout(week + WORK - self.env.now)
            self.work(week)

    def promise(self, person: Person) -> int:
        return int(self.c.promise_minutes[person.kind, person.segment])

    def work(self, week: int) -> None:
        c = self.c
        available = int(c.minutes_available[week])
        paid = min(available, self.debt)
        budget, unpaid, used, new_debt = available - paid, self.debt - paid, paid, 0
        in_touch = sum(p.state in (CONTACT, OVERDUE, SUPPORT) for p in self.people)
        initiative = math.floor(in_touch * c.initiative_per_1000 / 1000)
        new_debt += max(initiative - budget, 0)
        used += min(initiative, budget)
        budget -= min(initiative, budget)
        promised = sum(self.promise(p) for p in self.people if p.state in (INVITED, APPOINTMENT))
        meetings: list[tuple[Person, int]] = []
        for lane in sorted({int(x) for x in np.unique(c.lane)}):
            members = [p for q, ps in self.waiting.items() for p in ps if c.lane[q, p.segment] == lane]
            for person in sorted(members, key=lambda p: (p.joined, p.place)):
                s, queue = person.segment, person.queue
                starts = queue in (FOLLOW_UP, FIRST, AGAIN)
                kind = person.kind if not starts else 2 if person.contact else {FIRST: 0, AGAIN: 1}[queue]
                if queue == APPOINTMENTS:
                    minutes = int(c.conversation_minutes[week, s])
                    if minutes < 0:
                        continue
                else:
                    if not c.letters_open[week, s]:
                        continue
                    minutes = int(c.letter_minutes[kind, 0 if starts else person.attempt])
                if minutes > budget:
                    break
                promise = int(c.promise_minutes[kind, s])
                if starts and 0 <= c.promise_limit[week] < promised + promise:
                    break
                budget -= minutes
                person.drop()
                if queue == APPOINTMENTS:
                    promised -= promise
                    meetings.append((person, minutes))
                    continue
                if starts:
                    person.kind, person.attempt, person.missed = kind, 0, 0
                    promised += promise
                    self.count("invitations")
                used += minutes
                person.send_letter(week)
        for person, minutes in meetings:
            spent, debt = person.meet(week, minutes)
            used += spent
            new_debt += debt
        debt_before, self.debt = self.debt, unpaid + new_debt
        self.count("minutes_available", available)
        # work done on debt counts as used when it is done; what was neither used nor owed is lost
        total_used = used - paid + new_debt
        self.count("minutes_used", total_used)
        self.count("minutes_debt", self.debt)
        self.count("minutes_lost", available - total_used - (debt_before - self.debt))

    def record(self):
        for week in range(self.c.weeks):
            yield self.env.timeout(week + RECORD - self.env.now)
            for person in self.people:
                self.count(STATE_NAMES[person.state])
                person.standing_yesterday = person.standing()
                if person.state != OUTSIDE:
                    self.count("group_size")
                    for name, last in (
                        ("reached_52_weeks", person.last_conversation),
                        ("offered_52_weeks", person.last_offer),
                    ):
                        if last is not None and week - last < 52:
                            self.count(name)

    def run(self) -> dict[str, np.ndarray]:
        for process in (self.clock(), self.arrivals(), self.planner(), self.record()):
            self.env.process(process)
        self.settle()
        self.env.run(until=self.c.weeks)
        return dict(self.flows)


def simulate(c, replications: int, seed: int) -> dict[str, np.ndarray]:
    """Return every measure as (replications, weeks) integers."""
    runs = [Town(c, np.random.default_rng([seed, k])).run() for k in range(replications)]
    names = sorted({name for run in runs for name in run})
    return {
        name: np.stack([run.get(name, np.zeros(c.weeks, dtype=np.int64)) for run in runs]) for name in names
    }
