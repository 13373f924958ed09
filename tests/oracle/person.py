"""One person of the caseload as SimPy processes: written from docs/model.md and from nothing else."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.oracle.town import Town

(NEVER, INVITED, APPOINTMENT, CONTACT, OVERDUE, DECLINED, NOT_REACHED, WIJ, OUTSIDE, LEFT) = range(10)
APPOINTMENTS, ATTEMPTS, FOLLOW_UP, FIRST, SILENT, REFUSED = range(6)
# what the probability of leaving depends on, by state (invited, appointment: by contact)
STANDING = (0, -1, -1, 1, 1, 2, 3, 4, 6)
HOME, OFFICE, PHONE, MAIL = range(4)
# moments within a week, as fractions of it, in the order of section 2
EXIT, RETURN, INFLOW, DUE, ANSWER, WORK, RECORD = (i / 10 for i in range(7))


def choice(cumulative: Any, u: float) -> int:
    """Category of a uniform number."""
    return min(bisect_right(cumulative, u * cumulative[-1]), len(cumulative) - 1)


class Person:
    """A state, a memory, and processes that wait for what happens next."""

    def __init__(self, town: Town, state: int, segment: int, row: int, contact: int) -> None:
        self.town = town
        self.state, self.segment, self.row, self.contact = state, segment, row, contact
        self.kind = self.attempt = self.missed = self.approach = self.promised = 0
        self.chosen, self.asked = False, 0
        self.caseworker: int | None = None
        self.word = self.day = 0.0
        self.due = 0
        self.last_conversation: int | None = None
        self.last_contact: int | None = None
        self.last_offer: int | None = None
        self.backlog = self.supported = False
        self.spells = 0
        self.queue: int | None = None
        self.joined = 0
        self.place = 0.0
        self.chapter = 0  # raised at every change, so that outdated waits know they are outdated

    def standing(self) -> int:
        if self.supported:
            return 5
        if self.state == INVITED or self.state == APPOINTMENT:
            return 1 if self.contact else 0
        return STANDING[self.state]

    # ---- how somebody is invited and met (section 2.4)
    def draw_channel(self) -> None:
        self.word, self.day = self.town.rng.random(), self.town.rng.random()

    def period(self, week: int) -> int:
        return int(self.town.c.period[week, int(5 * self.day)])

    def channel(self, week: int) -> int:
        shares = self.town.c.channel[self.period(week), self.contact, self.segment]
        if self.approach == 1 and not self.contact and shares[OFFICE] > 0:
            return OFFICE
        return choice(shares.cumsum(), self.word)

    def met(self, week: int) -> int:
        way = self.channel(week)
        return PHONE if way == MAIL and self.attempt > 0 else way

    def reminded(self, week: int) -> int:
        if self.approach == 1 and not self.contact:
            return 1
        return int(self.town.c.reminder[self.period(week), self.segment])

    def minutes(self, week: int) -> tuple[int, int, int, int]:
        """Planned minutes of a conversation, and call, travel and registration within them."""
        c, way = self.town.c, self.met(week)
        call = int(c.reminder_minutes[way]) * self.reminded(week)
        travel, registration = int(c.travel_minutes[way]), int(c.registration_minutes[self.contact, way])
        talk = int(c.talk_minutes[self.contact, way, self.segment])
        return talk + call + travel + registration, call, travel, registration

    def begin(self, week: int, agreed: int) -> None:
        """An invitation starts, or had started before this person came."""
        c, period = self.town.c, self.period(week)
        self.promised = int(c.promise_minutes[period, agreed, self.contact, self.met(week), self.segment])

    # ---- queues
    def join(self, queue: int, joined: int) -> None:
        if queue >= FOLLOW_UP:
            self.attempt = self.approach = 0
            self.draw_channel()
        self.queue, self.joined, self.place = queue, joined, self.town.rng.random()
        self.town.waiting[queue][self] = None

    def drop(self) -> None:
        if self.queue is not None:
            del self.town.waiting[self.queue][self]
            self.queue = None

    # ---- waiting for a moment
    def become(self, state: int) -> None:
        self.state = state
        self.chapter += 1

    def later(self, week: int, moment: float, action: Callable[[], None]) -> None:
        """Do something at a moment, unless the chapter has ended before."""
        if week < self.town.c.weeks:
            self.town.env.process(self._at(week + moment, action, self.chapter))

    def _at(self, when: float, action: Callable[[], None], chapter: int) -> Generator[Any, Any, None]:
        yield self.town.env.timeout(max(when - self.town.env.now, 0))
        if self.chapter == chapter:
            action()

    # ---- contact (section 2.3)
    def in_contact(self, state: int, due: int, join_week: int, joined: int) -> None:
        """In contact: join the queue a lead time before due, be overdue when due."""
        self.become(state)
        self.due, self.asked = due, join_week
        self.later(join_week, DUE, lambda: self.join(FOLLOW_UP, joined))
        self.later(max(due, join_week), DUE, lambda: self.become(OVERDUE))

    def next_contact(self, state: int, due: int, earliest: int) -> None:
        lead = self.town.c.lead[self.period(self.town.week), self.segment]
        week = max(due - int(lead), earliest)
        self.in_contact(state, due, week, week)

    def spell(self, first_week: int, probability: float, action: Callable[[], None]) -> None:
        """Each week from the first on, the spell ends with a probability."""
        if probability > 0:
            self.later(first_week + int(self.town.rng.geometric(probability)) - 1, RETURN, action)

    def help(self, first_week: int, probability: float) -> None:
        """Support beside whatever else happens; a new spell takes the place of the old one."""
        self.supported = True
        self.spells += 1
        if probability > 0:
            week = first_week + int(self.town.rng.geometric(probability)) - 1
            self.town.env.process(self._end_help(week + RETURN, self.spells))

    def _end_help(self, when: float, spell: int) -> Generator[Any, Any, None]:
        yield self.town.env.timeout(max(when - self.town.env.now, 0))
        if spell == self.spells:
            self.supported = False

    def end_services(self) -> None:
        week = self.town.week
        self.contact = 1
        self.town.count("returns", self.segment)
        self.next_contact(CONTACT, week + int(self.town.c.interval[self.period(week), self.segment]), week)

    # ---- invitations (sections 2.4 and 2.6)
    def send_letter(self, week: int) -> None:
        c = self.town.c
        self.become(INVITED)
        self.last_offer = week
        self.town.count("letters", self.segment)
        wait = int(c.answer_weeks[self.period(week), self.kind, self.channel(week), self.attempt])
        self.later(week + wait, ANSWER, self.answer)

    def answer(self) -> None:
        town, c, s = self.town, self.town.c, self.segment
        week = town.week
        way = self.channel(week)
        if town.rng.random() >= c.reach[self.approach, self.kind, way, self.attempt]:
            if self.attempt + 1 < c.attempts[self.period(week), self.kind, way]:
                self.attempt += 1
                self.join(ATTEMPTS, week)
            else:
                town.count("unanswered", s)
                self.not_reached(week)
        elif town.rng.random() < c.accept[self.approach, way, self.row, s]:
            town.count("accepted", s)
            self.row = int(c.after_accept[self.row])
            self.begin(week, 1)
            self.become(APPOINTMENT)
            self.plan(week + int(c.appointment_weeks[self.period(week), self.met(week)]))
        else:
            town.count("refused", s)
            self.declined(week)

    def plan(self, week: int, now: int | None = None) -> None:
        if week <= (self.town.week if now is None else now - 1):
            self.join(APPOINTMENTS, week)
        else:
            self.later(week, DUE, lambda: self.join(APPOINTMENTS, week))

    def declined(self, week: int) -> None:
        c, s = self.town.c, self.segment
        self.row = int(c.after_refusal[self.row])
        if self.joint():
            return
        self.become(DECLINED)
        if self.town.rng.random() >= c.definitive[s]:
            self.come_back(week + int(c.again_declined[self.period(week), s]), REFUSED)

    def not_reached(self, week: int) -> None:
        c, s = self.town.c, self.segment
        if self.joint():
            return
        self.become(NOT_REACHED)
        if self.town.rng.random() < c.not_reached_again[s]:
            self.come_back(week + int(c.again_not_reached[self.period(week), s]), SILENT)

    def joint(self) -> bool:
        """An invitation together with WIJ ends without a conversation: WIJ goes on alone."""
        if self.approach == 2 and not self.contact:
            self.become(WIJ)
            return True
        return False

    def come_back(self, week: int, queue: int) -> None:
        opens = self.town.c.opens[self.town.c.period[:, 0], queue]
        while week < len(opens) and not opens[week]:
            week += 1
        self.later(week, DUE, lambda: self.join(queue, week))

    # ---- conversations (section 2.7)
    def meet(self, week: int) -> None:
        town, c, s = self.town, self.town.c, self.segment
        planned, reminder, travel, registration = self.minutes(week)
        way = self.met(week)
        if town.rng.random() < c.missed[self.reminded(week), self.contact, way]:
            town.count("missed", s)
            used = min(int(c.missed_minutes[way]) + travel + reminder, planned)
            town.spend("missed", used)
            town.lost += planned - used
            self.missed += 1
            if self.missed < c.appointments_max and town.rng.random() < c.rebooked[self.contact, way]:
                self.become(APPOINTMENT)
                self.plan(week + int(c.rebook_weeks[self.period(week), way]))
            else:
                self.declined(week)
            return
        town.spend("reminder_call", reminder)
        town.spend("travel", travel)
        town.spend("registration", registration)
        town.spend("conversation", planned - reminder - travel - registration)
        if town.rng.random() < c.overrun_probability[s]:
            town.owe("overrun", int(c.overrun_minutes[s]))
        town.count(("home_visits", "office_talks", "phone_talks", "mails_answered")[way], s)
        if way != MAIL:
            town.count("conversations", s)
            self.last_conversation = week
            if not self.contact:
                town.count("first_conversations", s)
        self.row = int(c.after_conversation[self.row])
        self.last_offer = week
        if way != MAIL or c.mail_counts[self.period(week)]:
            self.last_contact = week
        outcome = choice(town.outcome[self.contact, s], town.rng.random())
        self.contact = 1
        if outcome < 4:
            town.count(f"outcome_{('support', 'outside', 'own_goals', 'no_question')[outcome]}", s)
        if outcome < 2:
            town.owe("handover", int(c.handover_minutes[outcome]))
        if outcome == 1:
            self.become(OUTSIDE)
            self.supported = False
            self.spells += 1
            self.spell(week + 1, float(c.services_end[s]), self.end_services)
            return
        period = self.period(week)
        interval = int(c.interval[period, s])
        if town.rng.random() < c.need[period, s]:
            interval = min(interval, int(c.need_interval[period, s]))
        self.next_contact(CONTACT, week + interval, week + 1)
        if outcome == 0:
            self.help(week + 1, float(c.support_end[s]))
