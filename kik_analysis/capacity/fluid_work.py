"""The hours of a week in the fluid recursion: lanes are served in order, the batch at the margin in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_ledger import TEAM
from kik_analysis.capacity.compiled import Queue
from kik_analysis.capacity.fluid_types import CLASS, FLOW

if TYPE_CHECKING:
    from kik_analysis.capacity.fluid_run import Run

Array = npt.NDArray[Any]

_FULL = 1 - 1e-12  # a share served that counts as everybody
_NONE = 1e-12  # people too few to stop a walk


class Work:
    """What the team does with its hours; the state is that of a ``Run``."""

    def __init__(self, run: Run) -> None:
        self.run = run
        tables, p = run.tables, run.p
        types = tables.types
        self.talks = types["queue"] == Queue.APPOINTMENT
        self.starts = types["queue"] >= Queue.FOLLOW_UP
        segment, kind = types["segment"], tables.kinds
        step = np.where(self.talks, 0, types["step"])
        self.letter = p["letter_minutes"][kind, step] * ~self.talks[:, None]
        self.reminder = (types["queue"] == Queue.ATTEMPT)[:, None]
        promise = p["promise_minutes"][kind, segment]
        self.asks, self.gives = promise * self.starts[:, None], promise * self.talks[:, None]
        self.segment = segment
        self.served: Array = np.zeros((len(segment), run.draws))
        self.team = {name: np.zeros((run.weeks, run.draws)) for name in TEAM}

    def week(self, t: int, now: int) -> None:
        """Plan week t and book what follows from it."""
        run, p, team = self.run, self.run.p, self.team
        available = p["minutes_available"][t].astype(np.float64)
        self.paid = np.minimum(available, run.debt)
        s = run.segments
        in_touch = run.count[CLASS["in_contact"] * s : (CLASS["overdue"] + 1) * s].sum(axis=0)
        in_touch = in_touch + run.count[CLASS["in_support"] * s : (CLASS["in_support"] + 1) * s].sum(axis=0)
        initiative = in_touch * p["initiative_per_1000"] / 1000
        team["minutes_available"][t], team["minutes_initiative"][t] = available, initiative
        self.owed = np.maximum(initiative - (available - self.paid), 0.0)
        self.budget = np.maximum(available - self.paid - initiative, 0.0)
        self.room = _limit(p["promise_limit"][t]) - (run.running * run.promise).sum(axis=0)
        self.talk = _limit(p["talk_limit"][t])
        self.planned = np.where(self.talks[:, None], p["conversation_minutes"][t][self.segment], self.letter)
        closed = (run.c.conversation_minutes[t] < 0)[self.segment]
        self.open = np.where(self.talks, ~closed, run.c.letters_open[t][self.segment])
        self.served[:] = 0.0
        for number, lane in enumerate(run.tables.structure.lanes):
            self._lane(number, lane, t)
        run.total -= self.served
        run.tables.effects[run.tables.pattern[t]].apply(self.served, run.later, now)

    def _lane(self, number: int, lane: slice, t: int) -> None:
        run = self.run
        is_open = self.open[lane]
        if not is_open.any():
            return
        here = is_open[:, None]
        people = run.total[lane] * here
        minutes = self.planned[lane] * here
        needs = (people * minutes).sum(axis=0)
        asked = (people * self.asks[lane]).sum(axis=0)
        talk = (people[self.talks[lane]] * minutes[self.talks[lane]]).sum(axis=0)
        if (needs <= self.budget).all() and (asked <= self.room).all() and (talk <= self.talk).all():
            served, joined = people, run.joined[lane] * here
            run.queue[lane, run.first[number] : t + 1 + run.before] *= ~here[:, None]
            if is_open.all():
                run.first[number] = t + 1 + run.before
        else:
            served, joined = self._part(number, lane, t, here, minutes)
        run.joined[lane] -= joined
        self.served[lane] = served
        self.budget = np.maximum(self.budget - (served * minutes).sum(axis=0), 0.0)
        self.room = self.room - (served * (self.asks - self.gives)[lane]).sum(axis=0)
        self.talk = self.talk - (served[self.talks[lane]] * minutes[self.talks[lane]]).sum(axis=0)

    def _part(self, number: int, lane: slice, t: int, here: Array, minutes: Array) -> tuple[Array, Array]:
        """Serve whole batches while they fit and a share of the next; returns people and their weeks of joining."""
        run = self.run
        window = slice(run.first[number], t + 1 + run.before)
        weeks = np.arange(window.start, window.stop) - run.before
        queue = run.queue[lane, window]
        people = queue * (run.scale[lane] * here)[:, None]
        if run.c.newest_first:
            people = people[:, ::-1]
        share = np.minimum(
            _share(np.einsum("nwd,nd->wd", people, minutes), self.budget),
            _share(np.einsum("nwd,nd->wd", people, self.asks[lane]), self.room),
        )
        share = np.minimum(share, _share(np.einsum("nwd,nd->wd", people, minutes * self.talks[lane][:, None]), self.talk))
        stops = (share < _FULL) & (people.sum(axis=0) > _NONE)
        before = np.cumsum(stops, axis=0) - stops
        share = np.where(before > 0, 0.0, share)
        if run.c.newest_first:
            people, share = people[:, ::-1], share[::-1]
        served = np.einsum("nwd,wd->nd", people, share)
        joined = np.einsum("nwd,wd->nd", people, share * weeks[:, None])
        queue *= 1 - share * here[:, None]
        if here.all() and not run.c.newest_first:
            run.first[number] += int((share >= 1).all(axis=1).cumprod().sum())
        return served, joined

    def minutes(self, t: int, flows: Array) -> None:
        """Book the minutes of week t; flows (10 S, draws)."""
        run, p, team, s = self.run, self.run.p, self.team, self.run.segments
        by_name = {name: flows[k * s : (k + 1) * s] for name, k in FLOW.items()}
        letters = self.served * self.letter
        team["minutes_letter"][t] = (letters * ~self.reminder).sum(axis=0)
        team["minutes_next_letter"][t] = (letters * self.reminder).sum(axis=0)
        held, absent = by_name["conversations"], by_name["missed"]
        planned = np.maximum(p["conversation_minutes"][t], 0)
        rest = (held * planned).sum(axis=0)
        for name, field in (("reminder_call", "reminder"), ("travel", "travel"), ("registration", "registration")):
            spent = (held * p[f"{field}_minutes"][t]).sum(axis=0)
            team[f"minutes_{name}"][t] = spent
            rest = rest - spent
        team["minutes_conversation"][t] = rest
        used = (absent * p["missed_minutes"][t]).sum(axis=0)
        team["minutes_missed"][t] = used
        lost = self.budget + (absent * planned).sum(axis=0) - used
        overrun = (held * p["overrun_probability"] * p["overrun_minutes"]).sum(axis=0)
        handover = sum(by_name[name].sum(axis=0) * p["handover_minutes"][k]
                       for k, name in enumerate(("outcome_support", "outcome_outside")))  # fmt: skip
        team["minutes_overrun"][t], team["minutes_handover"][t] = overrun, handover
        run.debt = run.debt - self.paid + self.owed + overrun + handover
        team["minutes_lost"][t], team["minutes_debt"][t] = lost, run.debt
        team["minutes_promised"][t] = (run.running * run.promise).sum(axis=0)
        team["minutes_used"][t] = sum(v[t] for n, v in team.items() if n not in _SUMS)


_SUMS = ("minutes_available", "minutes_used", "minutes_lost", "minutes_debt", "minutes_promised")


def _limit(value: Array) -> Array:
    return np.where(value < 0, np.inf, value)


def _share(needs: Array, room: Array) -> Array:
    """Share of each batch that fits after those before it: needs (w, draws), room (draws,)."""
    before = np.cumsum(needs, axis=0) - needs
    left = np.maximum(room - before, 0.0)
    return np.where(needs > 0, np.minimum(left / np.where(needs > 0, needs, 1.0), 1.0), 1.0)
