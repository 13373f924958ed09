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
    DUE,
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


def names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STATE_NAMES = names("""
    never_invited invited appointment in_contact overdue declined not_reached known_to_wij
    outside_services
""")
PEOPLE = STATE_NAMES + names("""
    group_size in_support backlog approached_persons contact_persons spoken_persons arrivals exits
    returns invitations letters accepted refused unanswered missed conversations first_conversations
    outcome_support outcome_outside outcome_own_goals outcome_no_question follow_up_invitations
    home_visits office_talks phone_talks mails_answered by_colleague waiting waited
""")
TASKS = names("""
    letter next_letter reminder_call travel conversation registration missed handover initiative overrun
""")
TEAM = (
    "minutes_available",
    "minutes_used",
    "minutes_lost",
    "minutes_debt",
    "minutes_promised",
    *(f"minutes_{task}" for task in TASKS),
)


class Desks:
    """Who does the work of a week: the team as one, or every caseworker for people of the own."""

    def __init__(self, town: Town, week: int, budget: int) -> None:
        self.town, self.c, self.week = town, town.c, week
        effort = town.effort[week] if town.c.fixed_person else [1.0]
        until = [int(budget * sum(effort[: k + 1]) / (sum(effort) or 1) + 1e-9) for k in range(len(effort))]
        self.effort, self.number = effort, len(effort)
        self.left = [b - a for a, b in zip([0, *until], until, strict=False)]
        wanted = range(self.number) if town.c.fixed_person else [None]
        self.promised = [[town.promised(k, kind) for kind in range(3)] for k in wanted]
        self.started = [[0, 0, 0] for _ in self.promised]
        self.going: set[int] = set()

    def open(self) -> None:
        self.going = set(range(self.number))

    def promise(self, desk: int, kind: int, more: int) -> None:
        self.promised[desk][kind] += more
        self.started[desk][kind] += more

    def beyond(self, desk: int, kind: int, more: int) -> bool:
        """Whether a desk would promise more than its part of what invitations of this kind may have."""
        c, week = self.c, self.week
        for limit, kinds in (
            (c.promise_limit, (0, 1, 2)),
            (c.promise_limit_first, (0, 1)),
            (c.promise_limit_others, (1, 2)),
        ):
            if kind not in kinds:
                continue
            promised = more + sum(self.promised[desk][k] for k in kinds)
            started = more + sum(self.started[desk][k] for k in kinds)
            most = int(limit[week])
            if most < 0:
                continue
            if promised * self.number > most or 1000 * started * self.number > most * c.start_share[week]:
                return True
        return False

    def most_time(self) -> int | None:
        return max(self.going, key=lambda k: (self.left[k], -k), default=None)

    def place(self, person: Person, minutes: int, kind: int, more: int, starts: bool) -> int | None:
        """Desk at which it fits; desks where it does not go no further with this lane."""
        if not self.c.fixed_person:
            person.caseworker = 0
        own = person.caseworker
        while (desk := own if own is not None else self.most_time()) is not None:
            fits = minutes <= self.left[desk] and not (starts and self.beyond(desk, kind, more))
            if desk in self.going and fits:
                return desk
            self.going.discard(desk)
            if own is not None:
                break
        if own is None or self.effort[own] or self.week - person.joined < self.c.takeover_weeks:
            return None
        other = self.most_time()
        if other is None or minutes > self.left[other] or (starts and self.beyond(own, kind, more)):
            return None
        return other


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
        self.debt = self.owed = self.lost = self.chosen = 0
        self.effort: list[list[float]] = []  # by week and place: what a caseworker does of a full week
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
        away = c.hiring_weeks + c.learning_weeks  # weeks after a departure; nobody goes in that time
        rate = c.goes / (1 + c.goes * away)  # departures of a place per week, in the long run
        since = np.array([next((k for k in range(away) if u < rate * (k + 1)), away)
                          for u in self.rng.random(c.caseworkers)])  # fmt: skip
        for week in range(c.weeks):
            if week:
                u, goes = self.rng.random((2, c.caseworkers))
                sick = np.where(sick, u >= c.sick_ends, u < c.sick_begins[week])
                since = np.where(since < away, since + 1, np.where(goes < c.goes, 0, since))
            there = np.where(since < c.hiring_weeks, 0.0, np.where(since < away, 0.5, 1.0)) * ~sick
            self.effort.append(there[: c.places[week]].tolist())
            lost = rate * (c.hiring_weeks + c.learning_weeks / 2)
            usual = c.places[week] * (1 - c.sick_share[week]) * (1 - lost)
            minutes[week] = int(minutes[week] * sum(self.effort[week]) / usual + 0.5)
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
            opening = wait - int(c.lead[c.period[0, 0], s])
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
        elif state == WIJ and wait >= 0:
            person.later(wait, DUE, lambda: person.join(FIRST, wait))
        elif state == OUTSIDE:
            person.spell(0, float(c.services_end[s]), person.end_services)
        if c.stock_support[cell]:
            person.help(0, float(c.support_end[s]))
        if c.fixed_person and (person.contact or state in (INVITED, APPOINTMENT)):
            person.caseworker = len(self.people) % int(c.places[0])
        self.people[person] = None
        self.standing[person] = person.standing()

    # ---- what happens every week
    def each_week(self, moment: float, action: Any) -> Process:
        for week in range(self.c.weeks):
            yield self.env.timeout(max(week + moment - self.env.now, 0))
            action(week)

    def new_week(self, week: int) -> None:
        """Policies of this week for who waits already; people of caseworkers who go fall to the others."""
        self.week, c = week, self.c
        if week and (c.period[week] != c.period[week - 1]).any():
            for person in self.people:
                if person.state == CONTACT and person.queue is None:
                    opening = person.due - int(c.lead[person.period(week), person.segment])
                    if max(opening, week) != person.asked:
                        person.in_contact(CONTACT, person.due, max(opening, week), max(opening, week))
        if c.fixed_person and week and c.places[week] < c.places[week - 1]:
            for number, person in enumerate(self.people):
                if person.caseworker is not None and person.caseworker >= c.places[week]:
                    person.caseworker = number % int(c.places[week])

    def exits(self, week: int) -> None:
        """Everybody who was there at the end of last week, with the standing of that moment."""
        draws = self.rng.random(len(self.standing))
        for (person, standing), u in zip(self.standing.items(), draws, strict=True):
            if u < self.exit_probability[self.c.period[week, 0]][standing][person.segment]:
                self.leave(person)
        for person in list(self.people) if self.c.moved[week].any() else ():
            if person.state < OUTSIDE and self.rng.random() < self.c.moved[week, person.segment]:
                self.leave(person)

    def leave(self, person: Person) -> None:
        person.drop()
        person.become(LEFT)
        del self.people[person]
        self.count("exits", person.segment)

    def arrivals(self, week: int) -> None:
        number = int(self.rng.poisson(self.c.inflow_mean[week])) + int(self.c.inflow_fixed[week])
        for index in range(number):
            s = choice(self.entry_segment, self.rng.random())
            status = choice(self.entry_status[self.c.period[week, 0], s], self.rng.random())
            row = choice(self.entry_row[int(status == 2), s], self.rng.random())
            person = Person(self, (NEVER, WIJ, APPOINTMENT)[status], s, row, int(status == 2))
            self.count("arrivals", s)
            if status == 0:
                person.join(FIRST, week)
            elif status == 2:
                person.kind = 2
                if self.c.fixed_person:
                    person.caseworker = (week + index) % int(self.c.places[week])
                person.draw_channel()
                person.begin(week, 1)
                period = person.period(week)
                person.plan(week + int(self.c.appointment_weeks[period, person.met(week)]), week)
            self.people[person] = None

    # ---- hours and work (sections 2.5 to 2.7)
    def promised(self, desk: int | None, *kinds: int) -> int:
        """Minutes promised; by one caseworker, or by all."""
        people = (p for p in self.people if p.state in (INVITED, APPOINTMENT) and p.kind in kinds)
        return sum(p.promised for p in people if desk is None or p.caseworker == desk)

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
        c, meetings, now = self.c, [], self.c.period[week, 0]
        lanes, back = c.lane[now], -1 if c.newest_first[now] else 1
        team = Desks(self, week, budget)
        for lane in sorted({int(x) for x in lanes.flat}):
            members = [p for q, ps in self.waiting.items() for p in ps if lanes[q, p.segment] == lane]
            team.open()
            for person in sorted(members, key=lambda p: (back * p.joined, p.place)):
                starts = person.queue not in (APPOINTMENTS, ATTEMPTS)
                if starts:
                    person.approach = self.approach(person, week)
                minutes, kind = self.task(person, week)
                more = 0
                if starts:
                    before, person.promised = person.promised, 0
                    person.begin(week, 0)
                    more, person.promised = person.promised, before
                desk = team.place(person, minutes, kind, more, starts)
                if desk is None:
                    if not team.going:
                        break
                    continue
                if person.caseworker is None:
                    person.caseworker = desk
                own = person.caseworker
                if desk != own:
                    self.count("by_colleague", person.segment)
                if starts:
                    person.promised = more
                    person.kind, person.missed = kind, 0
                    if person.approach == 1 and not person.chosen:
                        person.chosen = True
                        self.chosen += 1
                    self.count("invitations", person.segment)
                    self.count("follow_up_invitations", person.segment, person.contact)
                    team.promise(own, kind, more)
                team.left[desk] -= minutes
                conversation = person.queue == APPOINTMENTS
                person.drop()
                if conversation:
                    meetings.append(person)
                else:
                    self.spend("letter" if person.attempt == 0 else "next_letter", minutes)
                    person.send_letter(week)
        return sum(team.left), meetings

    def approach(self, person: Person, week: int) -> int:
        if person.state == WIJ:
            return 2
        put = int(self.c.approach[person.period(week), person.queue])
        full = 0 <= self.c.chosen_most <= self.chosen
        return 0 if put == 1 and full and not person.chosen else put

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
        states, group = [now[name] for name in STATE_NAMES], now["group_size"]
        offered, met, spoken = (now[f"{name}_persons"] for name in ("approached", "contact", "spoken"))
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
            offers, meetings, talks = person.last_offer, person.last_contact, person.last_conversation
            offered[s] += offers is not None and week - offers < 52
            met[s] += meetings is not None and week - meetings < 52
            spoken[s] += talks is not None and week - talks < 52
        self.team["minutes_promised"][week] = self.promised(None, 0, 1, 2)
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
