"""Who had a conversation, or an offer, in the last 52 weeks: means for the fluid engine.

Everybody whose last conversation (or offer) was in week u is followed for 51 weeks as a group of its own,
all weeks u side by side, with the shares of each queue that were served in the run itself. Willingness is
averaged: of those invited within a year of a conversation, the share that says yes is taken to be that of
everybody invited in the same week from the same queue. Where follow-up has one row of willingness this is
exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_people import WINDOW
from kik_analysis.capacity.compiled import Compiled, Queue, State
from kik_analysis.capacity.fluid_run import Run, starting_stock
from kik_analysis.capacity.fluid_tables import Sums, Tables
from kik_analysis.capacity.fluid_types import CLASS, CLASSES, STANDING
from kik_analysis.capacity.fluid_work import Work

Array = npt.NDArray[Any]

_GROUP = len(CLASSES) - 1  # all classes but those outside
_NOBODY = 1e-13


def one_row(c: Compiled, accept: float) -> Compiled:
    """The same scenario with one row of willingness."""
    s, zero = len(c.segments), np.zeros(1, dtype=np.int64)
    return c.replace(
        accept=np.full((1, s), accept),
        after_accept=zero,
        after_refusal=zero,
        after_conversation=zero,
        entry_row=np.ones((2, s, 1)),
        stock_row=np.zeros_like(c.stock_row),
    )


class Windows:
    """The two measures of one run of one draw."""

    def __init__(self, c: Compiled, run: Run, work: Work, draw: int) -> None:
        self.c, self.weeks = c, c.weeks
        self.yes, self.no = Tables([one_row(c, 1.0)]), Tables([one_row(c, 0.0)])
        self.tables = self.yes
        structure, full = self.yes.structure, run.tables.structure
        to = np.array([structure.number[t._replace(row=0)] for t in full.types], dtype=np.int64)
        n = len(structure.types)
        served = work.all_served[:, :, draw]
        accept = run.p["accept"][run.tables.types["row"], run.tables.types["segment"], draw]
        sums = Sums(to)
        self.served, willing = np.zeros((2, self.weeks, n))
        self.served[:, sums.groups] = sums.of(served.T).T
        willing[:, sums.groups] = sums.of((served * accept).T).T
        self.accept = np.divide(willing, self.served, out=np.zeros_like(willing), where=self.served > 0)
        # The share served of each type, by week and weeks waited, through its lane.
        types = self.yes.types
        self.talks = types["queue"] == Queue.APPOINTMENT
        self.absent = self.yes.absent()[:, 0] * 1.0
        closed = c.conversation_minutes < 0
        self.open = np.where(self.talks, ~closed[:, types["segment"]], c.letters_open[:, types["segment"]])
        self.share = work.share[..., draw]

    def both(self) -> tuple[Array, Array]:
        """Mean persons with a conversation, and with an offer, in the last 52 weeks: (weeks, S) each."""
        talks = np.where(self.talks, self.served * (1 - self.absent), 0.0)
        letters = np.where(self.talks, 0.0, self.served)
        nothing = np.zeros_like(letters)
        reached = _Tagged(self, talks, nothing, self.c.stock_age, letters_end=False).follow()
        offered = _Tagged(self, talks, letters, self.c.stock_offer_age, letters_end=True).follow()
        return reached, offered


class _Tagged:
    """Groups by the week of their last event, side by side: arrays end in the group.

    Groups 0..T-1 begin with what happened in week u; 51 more are those of the starting stock whose last
    event was 1..51 weeks before week 0, which begin a week before it.
    """

    def __init__(self, w: Windows, talks: Array, letters: Array, age: Array, letters_end: bool) -> None:
        self.w, self.tables, self.letters_end = w, w.tables, letters_end
        t, weeks = self.tables, w.weeks
        self.u = np.concatenate([np.arange(weeks), np.full(WINDOW - 1, -1)])
        self.life = np.concatenate([np.full(weeks, WINDOW), WINDOW - np.arange(1, WINDOW) + 1])
        groups, self.places = len(self.u), t.layout.places
        self.count = np.zeros((len(CLASSES) * len(w.c.segments), groups))
        self.outside = np.zeros((len(t.structure.outside), groups))
        self.later = np.zeros(((WINDOW + 2) * self.places, groups))
        self.queue: list[list[tuple[int, Array]]] = [
            [] for _ in t.structure.lanes
        ]  # by lane: age at joining, people
        self.effects = {
            "yes": w.yes.letters.close(WINDOW),
            "no": w.no.letters.close(WINDOW),
            "missed": t.missed.close(WINDOW),
        }
        self.returns = t.returns.close(WINDOW) if t.returns is not None else None
        segments = len(w.c.segments)
        place = t.class_of * segments + t.types["segment"]
        self.classes = Sums(place)
        self.leave = t.p["exit_probability"][np.array(STANDING)].reshape(-1, 1)
        self.follow_up = [self._follow_up(lane) for lane in t.structure.lanes]
        self._begin(talks, letters)
        self._stock(age)

    def _begin(self, talks: Array, letters: Array) -> None:
        """What happened in week u puts people where it leads to."""
        w, t, weeks = self.w, self.tables, slice(0, self.w.weeks)
        self.count[self.classes.groups, weeks] += self.classes.of((talks + letters).T)
        share = 1 - w.absent  # effects are per person served, of whom some are absent
        served = np.divide(talks, share, out=np.zeros_like(talks), where=share > 0)
        later = self.later[:, weeks]
        for number, effects in enumerate(t.held):
            then = (t.pattern == number)[:, None]
            effects.close(WINDOW).apply((served * then).T, later, 0)
        self.effects["yes"].apply((letters * w.accept).T, later, 0)
        self.effects["no"].apply((letters * (1 - w.accept)).T, later, 0)

    def _stock(self, age: Array) -> None:
        for a in range(1, WINDOW):
            cells = ((age == a) & (self.w.c.stock_count > 0)).nonzero()[0]
            if not len(cells):
                continue
            stock, group = starting_stock(self.tables, cells), self.w.weeks + a - 1
            self.count[:, group] = stock.count[:, 0]
            self.outside[:, group] = stock.outside[:, 0]
            for number, week, people in stock.later:
                if week < WINDOW:
                    self.later[(week + 1) * self.places + number, group] += people[0]
            for number, week, people in stock.queues:
                lane = next(
                    k
                    for k, lane in enumerate(self.tables.structure.lanes)
                    if lane.start <= number < lane.stop
                )
                batch = next((p for since, p in self.queue[lane] if since == week + 1), None)
                if batch is None:
                    first, last = (
                        self.tables.structure.lanes[lane].start,
                        self.tables.structure.lanes[lane].stop,
                    )
                    batch = np.zeros((last - first, len(self.u)))
                    self.queue[lane].append((week + 1, batch))
                batch[number - self.tables.structure.lanes[lane].start, group] += people[0]

    def follow(self) -> Array:
        """Follow all groups to the end of their 52 weeks; people in the group by week: (weeks, S)."""
        w, segments = self.w, len(self.w.c.segments)
        out = np.zeros((w.weeks, segments))
        for age in range(WINDOW):
            week = self.u + age
            now = age % (WINDOW + 2)
            row = self.later[now * self.places : (now + 1) * self.places]
            if age:
                self._before_work(age, now, row)
            self._change(row)
            if age:
                self._work(age, week, now)
                self._change(row)
            live = (age < self.life) & (week >= 0) & (week < w.weeks)
            group = self.count.reshape(len(CLASSES), segments, -1)[:_GROUP].sum(axis=0)
            np.add.at(out, week[live], group[:, live].T)
        return out

    def _change(self, row: Array) -> None:
        place = self.tables.layout.slice
        self.count += row[place["class"]]
        self.outside += row[place["outside"]]
        row[:] = 0.0

    def _before_work(self, age: int, now: int, row: Array) -> None:
        """Exits, returns, ends of support, joining and falling due."""
        t, s = self.tables, len(self.w.c.segments)
        self.count *= 1 - self.leave
        if self.returns is not None:
            segment = np.array([pair[0] for pair in t.structure.outside])
            self.outside *= t.stay[6, segment]
            back = self.outside * t.p["services_end"][segment]
            self.outside -= back
            self.returns.apply(back, self.later, now)
        helped = slice(CLASS["in_support"] * s, (CLASS["in_support"] + 1) * s)
        contact = slice(CLASS["in_contact"] * s, (CLASS["in_contact"] + 1) * s)
        ended = self.count[helped] * t.p["support_end"]
        self.count[helped] -= ended
        self.count[contact] += ended
        join = row[t.layout.slice["join"]]
        for number, lane in enumerate(t.structure.lanes):
            for _, people in self.queue[number]:
                people *= t.type_stay[lane]
                self._support_ends(number, lane, people)
            if join[lane].any():
                self.queue[number].append((age, join[lane].copy()))
            if len(self.follow_up[number][0]):
                for since, people in self.queue[number]:
                    self._overdue(number, lane, people, age - since)

    def _follow_up(self, lane: slice) -> tuple[Array, Array, Array]:
        """Types of a lane in contact, in support and overdue, matched (numbers within the lane)."""
        types = self.tables.structure.types[lane]
        number = {t: k for k, t in enumerate(types)}
        contact = [t for t in types if t.queue == Queue.FOLLOW_UP and t.state == State.IN_CONTACT]
        states = (State.IN_CONTACT, State.IN_SUPPORT, State.OVERDUE)
        contact_, support, overdue = (
            np.array([number[t._replace(state=state)] for t in contact], dtype=np.int64) for state in states
        )
        return contact_, support, overdue

    def _support_ends(self, number: int, lane: slice, people: Array) -> None:
        to, of, _ = self.follow_up[number]
        if len(of):
            ended = people[of] * self.tables.p["support_end"][self.tables.types["segment"][lane][of]]
            people[of] -= ended
            people[to] += ended

    def _overdue(self, number: int, lane: slice, people: Array, waited: int) -> None:
        types, segments = self.tables.types, len(self.w.c.segments)
        contact, support, overdue = self.follow_up[number]
        late = types["slack"][lane][contact] <= waited
        for of in (contact[late], support[late]):
            moved = people[of].copy()
            if not moved.any():
                continue
            people[of] = 0.0
            people[overdue[late]] += moved
            segment = types["segment"][lane][of]
            np.subtract.at(self.count, self.tables.class_of[lane][of] * segments + segment, moved)
            np.add.at(self.count, CLASS["overdue"] * segments + segment, moved)

    def _work(self, age: int, week: Array, now: int) -> None:
        """Serve the shares that were served in the run."""
        w, t = self.w, self.tables
        inside = (week >= 0) & (week < w.weeks)
        at = np.where(inside, week, 0)
        served = np.zeros((len(t.structure.types), len(self.u)))
        for number, lane in enumerate(t.structure.lanes):
            is_open = w.open[at][:, lane].T * inside
            kept = []
            for since, people in self.queue[number]:
                share = w.share[number, at, min(age - since, WINDOW - 1)] * is_open
                some = people * share
                served[lane] += some
                people -= some
                if people.max(initial=0.0) > _NOBODY:
                    kept.append((since, people))
            self.queue[number] = kept
        talks = w.talks[:, None]
        self.effects["missed"].apply(served, self.later, now)
        letters = served * ~talks
        gone = served * (1 - w.absent)[:, None] * talks
        self.count[self.classes.groups] -= self.classes.of(gone + letters if self.letters_end else gone)
        if not self.letters_end:
            accept = w.accept[at].T
            self.effects["yes"].apply(letters * accept, self.later, now)
            self.effects["no"].apply(letters * (1 - accept), self.later, now)
