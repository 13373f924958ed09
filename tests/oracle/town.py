"""The caseload once more, as SimPy processes: written from docs/model.md and from nothing else.

A plain model that shares no line with the engines: every person is processes that wait, a planner walks
through the lanes, and a clock cuts the week into moments. It is slow on purpose: it exists to disagree when
an engine is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from tests.oracle.person import (
    ANSWER,
    APPOINTMENT,
    APPOINTMENTS,
    ATTEMPTS,
    CONTACT,
    DECLINED,
    EXIT,
    FIRST,
    FOLLOW_UP,
    INFLOW,
    INVITED,
    LEFT,
    NEVER,
    NOT_REACHED,
    OUTSIDE,
    OVERDUE,
    RECORD,
    REFUSED,
    SILENT,
    WIJ,
    WORK,
    Person,
    choice,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    Process = Generator[Any, Any, None]

STATE_NAMES = (
    "never_invited",
    "invited",
    "appointment",
    "in_contact",
    "overdue",
    "declined",
    "not_reached",
    "known_to_wij",
    "outside_services",
)
PEOPLE = (
    *STATE_NAMES,
    "group_size",
    "in_support",
    "backlog",
    "approached_persons",
    "contact_persons",
    "spoken_persons",
    "arrivals",
    "exits",
    "returns",
    "invitations",
    "letters",
    "accepted",
    "refused",
    "unanswered",
    "missed",
    "conversations",
    "first_conversations",
    "outcome_support",
    "outcome_outside",
    "outcome_own_goals",
    "outcome_no_question",
    "follow_up_invitations",
    "home_visits",
    "office_talks",
    "phone_talks",
    "mails_answered",
    "waiting",
    "waited",
)
TASKS = (
    "letter",
    "next_letter",
    "reminder_call",
    "travel",
    "conversation",
    "registration",
    "missed",
    "handover",
    "initiative",
    "overrun",
)
TEAM = (
    "minutes_available",
    "minutes_used",
    "minutes_lost",
    "minutes_debt",
    "minutes_promised",
    *(f"minutes_{task}" for task in TASKS),
)


class Town:
    """The group, the team and its planner."""

    def __init__(self, c: Any, rng: np.random.Generator) -> None:
        self.c, self.rng = c, rng
        self.env = simpy.Environment()
        # Dictionaries as ordered sets: the order of a set of objects differs from process to process.
        self.people: dict[Person, None] = {}
        self.waiting: dict[int, dict[Person, None]] = defaultdict(dict)
        self.standing: dict[Person, int] = {}
        self.week = 0
        # Lists of lists: NumPy is slow at adding one.
        self.persons = {name: [[0] * len(c.segments) for _ in range(c.weeks)] for name in PEOPLE}
        self.team = {name: [0] * c.weeks for name in TEAM}
        self.exit_probability = c.exit_probability.tolist()
        self.debt = self.owed = self.lost = 0
        self.available = self.at_work()
        self.outcome = np.cumsum(c.outcome, axis=-1)
        self.entry_row = np.cumsum(c.entry_row, axis=-1)
        self.entry_status = np.cumsum(c.entry_status, axis=-1)
        self.entry_segment = np.cumsum(c.entry_segment)

    def at_work(self) -> list[int]:
        """Minutes of every week, by who of the caseworkers is at work (section 2.5)."""
        c, minutes = self.c, [int(m) for m in self.c.minutes_available]
        if not c.caseworkers:
            return minutes
        sick = self.rng.random(c.caseworkers) < c.sick_share[0]
        for week in range(c.weeks):
            if week:
                u = self.rng.random(c.caseworkers)
                sick = np.where(sick, u >= c.sick_ends, u < c.sick_begins[week])
            usual = c.caseworkers * (1 - c.sick_share[week])
            minutes[week] = int(minutes[week] * int((~sick).sum()) / usual + 0.5)
        return minutes

    def count(self, name: str, segment: int, amount: int = 1) -> None:
        self.persons[name][self.week][segment] += amount

    def spend(self, task: str, minutes: int) -> None:
        self.team[f"minutes_{task}"][self.week] += minutes
        self.team["minutes_used"][self.week] += minutes

    def owe(self, task: str, minutes: int) -> None:
        self.spend(task, minutes)
        self.owed += minutes

    # ---- the starting stock (section 3)
    def settle(self) -> None:
        for cell, number in enumerate(self.c.stock_count):
            for _ in range(int(number)):
                self.settle_one(cell)

    def settle_one(self, cell: int) -> None:
        c = self.c
        state, wait, s = int(c.stock_state[cell]), int(c.stock_wait[cell]), int(c.stock_segment[cell])
        person = Person(self, state, s, int(c.stock_row[cell]), int(c.stock_contact[cell]))
        person.kind = int(c.stock_kind[cell])
        if c.stock_age[cell] >= 0:
            person.last_conversation = person.last_contact = -int(c.stock_age[cell])
        if c.stock_offer_age[cell] >= 0:
            person.last_offer = -int(c.stock_offer_age[cell])
        if state == NEVER:
            person.join(FIRST, -wait)
            person.backlog = True
        elif state in (CONTACT, OVERDUE):
            opening = wait - int(c.lead[s])
            person.in_contact(state, wait, max(opening, 0), opening)
        elif state in (INVITED, APPOINTMENT):
            person.draw_channel()
            person.begin(0, int(state == APPOINTMENT))
            if state == INVITED:
                person.later(wait, ANSWER, person.answer)
            else:
                person.plan(wait, 0)
        elif state in (DECLINED, NOT_REACHED) and wait >= 0:
            person.come_back(wait, REFUSED if state == DECLINED else SILENT)
        elif state == OUTSIDE:
            person.spell(0, float(c.services_end[s]), person.end_services)
        if c.stock_support[cell]:
            person.help(0, float(c.support_end[s]))
        self.people[person] = None
        self.standing[person] = person.standing()

    # ---- what happens every week
    def each_week(self, moment: float, action: Any) -> Process:
        for week in range(self.c.weeks):
            yield self.env.timeout(max(week + moment - self.env.now, 0))
            action(week)

    def new_week(self, week: int) -> None:
        self.week = week

    def exits(self, week: int) -> None:
        """Everybody who was there at the end of last week, with the standing of that moment."""
        draws = self.rng.random(len(self.standing))
        for (person, standing), u in zip(self.standing.items(), draws, strict=True):
            if u < self.exit_probability[standing][person.segment]:
                person.drop()
                person.become(LEFT)
                del self.people[person]
                self.count("exits", person.segment)

    def arrivals(self, week: int) -> None:
        number = int(self.rng.poisson(self.c.inflow_mean[week])) + int(self.c.inflow_fixed[week])
        for _ in range(number):
            s = choice(self.entry_segment, self.rng.random())
            status = choice(self.entry_status[s], self.rng.random())
            row = choice(self.entry_row[int(status == 2), s], self.rng.random())
            person = Person(self, (NEVER, WIJ, APPOINTMENT)[status], s, row, int(status == 2))
            self.count("arrivals", s)
            if status == 0:
                person.join(FIRST, week)
            elif status == 2:
                person.kind = 2
                person.draw_channel()
                person.begin(week, 1)
                person.plan(week + int(self.c.appointment_weeks[person.met(week)]), week)
            self.people[person] = None

    # ---- hours and work (sections 2.5 to 2.7)
    def promised(self, *kinds: int) -> int:
        return sum(p.promised for p in self.people if p.state in (INVITED, APPOINTMENT) and p.kind in kinds)

    def work(self, week: int) -> None:
        available = self.available[week]
        paid = min(available, self.debt)
        self.owed, self.lost = 0, 0
        budget = available - paid
        in_touch = sum(p.state in (CONTACT, OVERDUE) for p in self.people)
        initiative = in_touch * int(self.c.initiative_per_1000) // 1000
        self.spend("initiative", initiative)
        self.owed += max(initiative - budget, 0)
        budget, meetings = self.plan_week(week, max(budget - initiative, 0))
        for person in meetings:
            person.meet(week)
        self.debt += self.owed - paid
        self.team["minutes_available"][week] = available
        self.team["minutes_lost"][week] = self.lost + budget
        self.team["minutes_debt"][week] = self.debt

    def plan_week(self, week: int, budget: int) -> tuple[int, list[Person]]:
        """Walk through every lane once; what is left of the budget, and who has a conversation."""
        first, others = self.promised(0), self.promised(1, 2)
        started_first = started_others = 0
        c, meetings, back = self.c, [], -1 if self.c.newest_first else 1

        def beyond(limit: int, promised: int, started: int) -> bool:
            return limit >= 0 and (promised > limit or 1000 * started > limit * c.start_share)

        for lane in sorted({int(x) for x in c.lane.flat}):
            members = [p for q, ps in self.waiting.items() for p in ps if c.lane[q, p.segment] == lane]
            for person in sorted(members, key=lambda p: (back * p.joined, p.place)):
                starts = person.queue not in (APPOINTMENTS, ATTEMPTS)
                if starts:
                    person.approach = int(c.approach[person.period(week), person.queue])
                minutes, kind = self.task(person, week)
                if minutes > budget:
                    break
                if starts:
                    before, person.promised = person.promised, 0
                    person.begin(week, 0)
                    more, person.promised = person.promised, before
                    together = (first + others + more, started_first + started_others + more)
                    mine = (first + more, started_first + more) if kind == 0 else (
                        others + more, started_others + more)  # fmt: skip
                    own = c.promise_limit_first if kind == 0 else c.promise_limit_others
                    if beyond(int(c.promise_limit[week]), *together) or beyond(int(own[week]), *mine):
                        break
                    person.promised = more
                    person.kind, person.missed = kind, 0
                    self.count("invitations", person.segment)
                    self.count("follow_up_invitations", person.segment, person.contact)
                    if kind == 0:
                        first, started_first = first + more, started_first + more
                    else:
                        others, started_others = others + more, started_others + more
                budget -= minutes
                conversation = person.queue == APPOINTMENTS
                person.drop()
                if conversation:
                    if person.kind == 0:
                        first -= person.promised
                    else:
                        others -= person.promised
                    meetings.append(person)
                else:
                    self.spend("letter" if person.attempt == 0 else "next_letter", minutes)
                    person.send_letter(week)
        return budget, meetings

    def task(self, person: Person, week: int) -> tuple[int, int]:
        """Planned minutes of what this person waits for, and kind."""
        queue, kind = person.queue, person.kind
        if queue == APPOINTMENTS:
            return person.minutes(week)[0], kind
        if queue != ATTEMPTS:
            kind = 2 if person.contact else 0 if queue == FIRST else 1
        return int(self.c.letter_minutes[kind, person.channel(week), person.attempt]), kind

    # ---- the end of the week (section 2.8)
    def record(self, week: int) -> None:
        now = {name: rows[week] for name, rows in self.persons.items()}
        states = [now[name] for name in STATE_NAMES]
        group = now["group_size"]
        marks = (("approached_persons", "last_offer"), ("contact_persons", "last_contact"),
                 ("spoken_persons", "last_conversation"))  # fmt: skip
        for person in self.people:
            s = person.segment
            states[person.state][s] += 1
            if person.queue in (FOLLOW_UP, FIRST, SILENT, REFUSED):
                now["waiting"][s] += 1
                now["waited"][s] += week - person.joined
            if person.state == OUTSIDE:
                continue
            group[s] += 1
            now["in_support"][s] += person.supported
            now["backlog"][s] += person.backlog and person.state == NEVER
            for measure, mark in marks:
                last = getattr(person, mark)
                now[measure][s] += last is not None and week - last < 52
        self.team["minutes_promised"][week] = self.promised(0, 1, 2)
        self.standing = {person: person.standing() for person in self.people}

    def run(self) -> dict[str, np.ndarray]:
        moments = (
            (-0.05, self.new_week),
            (EXIT, self.exits),
            (INFLOW, self.arrivals),
            (WORK, self.work),
            (RECORD, self.record),
        )
        for moment, action in moments:
            self.env.process(self.each_week(moment, action))
        self.settle()
        self.env.run(until=self.c.weeks)
        return {name: np.array(values, dtype=np.int64) for name, values in (self.persons | self.team).items()}


def simulate(c: Any, replications: int, seed: int) -> dict[str, np.ndarray]:
    """Every measure: people (replications, weeks, segments), minutes (replications, weeks)."""
    runs = [Town(c, np.random.default_rng([seed, k])).run() for k in range(replications)]
    return {name: np.stack([run[name] for run in runs]) for name in runs[0]}
