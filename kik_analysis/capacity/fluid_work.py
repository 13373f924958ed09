"""The hours of a week in the fluid recursion: lanes are served in order, the batch at the margin in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_ledger import TEAM
from kik_analysis.capacity.cohort_people import WINDOW
from kik_analysis.capacity.compiled import Queue
from kik_analysis.capacity.fluid_types import CLASS, FLOW

if TYPE_CHECKING:
    from kik_analysis.capacity.fluid_run import Run

Array = npt.NDArray[Any]

_FULL = 1 - 1e-12  # a share served that counts as everybody
_NONE = 1e-12  # people too few to stop a walk
_SOME = 8  # batches looked at together at first; twice as many each time


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
        # For the 52-week windows: people served by type, and shares served by lane, week and weeks waited.
        self.all_served: Array = np.zeros((run.weeks, *self.served.shape))
        self.share: Array = np.zeros((len(tables.structure.lanes), run.weeks, WINDOW, run.draws))
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
        talk = p["conversation_minutes"][t].astype(np.float64)
        self.planned = np.where(self.talks[:, None], talk[self.segment], self.letter)
        closed = (run.c.conversation_minutes[t] < 0)[self.segment]
        self.open = np.where(self.talks, ~closed, run.c.letters_open[t][self.segment])
        self.served[:] = 0.0
        for number, lane in enumerate(run.tables.structure.lanes):
            self._lane(number, lane, t)
        run.total -= self.served
        self.all_served[t] = self.served
        run.tables.effects[run.tables.pattern[t]].apply(self.served, run.later, now)

    def _lane(self, number: int, lane: slice, t: int) -> None:
        run = self.run
        is_open, starts, talks = self.open[lane], self.starts[lane], self.talks[lane]
        if not is_open.any():
            return
        here = is_open[:, None]
        minutes = self.planned[lane] * here
        if not (self.budget > 0).any() and minutes[is_open].all():
            return
        if starts.all() and not (self.room > 0).any() and self.asks[lane][is_open].all():
            return
        people = run.total[lane] * here
        needs = [(people * minutes).sum(axis=0)]
        rooms = [self.budget]
        if starts.any():
            needs, rooms = [*needs, (people * self.asks[lane]).sum(axis=0)], [*rooms, self.room]
        if talks.any():
            needs, rooms = [*needs, (people * minutes * talks[:, None]).sum(axis=0)], [*rooms, self.talk]
        if all((need <= room).all() for need, room in zip(needs, rooms, strict=True)):
            served, joined = people, run.joined[lane] * here
            self.share[number, t] = 1.0
            run.queue[lane, run.first[number] : t + 1 + run.before] *= ~here[:, None]
            if is_open.all():
                run.first[number] = t + 1 + run.before
        else:
            served, joined = self._part(number, lane, t, here, minutes)
        run.joined[lane] -= joined
        self.served[lane] = served
        self.budget = np.maximum(self.budget - (served * minutes).sum(axis=0), 0.0)
        self.room = self.room - (served * (self.asks - self.gives)[lane]).sum(axis=0)
        if talks.any():
            self.talk = self.talk - (served * minutes * talks[:, None]).sum(axis=0)

    def _part(self, number: int, lane: slice, t: int, here: Array, minutes: Array) -> tuple[Array, Array]:
        """Serve whole batches while they fit and a share of the next; returns people and their weeks of
        joining."""
        run, back = self.run, self.run.c.newest_first
        first, last = int(run.first[number]), t + 1 + run.before
        served, joined = np.zeros_like(minutes), np.zeros_like(minutes)
        going = np.ones(run.draws, dtype=bool)
        room, talk, budget = self.room, self.talk, self.budget
        at, size = 0, _SOME
        while at < last - first and going.any():
            size = min(size, last - first - at)
            window = slice(last - at - size, last - at) if back else slice(first + at, first + at + size)
            queue = run.queue[lane, window]
            people = queue * (run.scale[lane] * here)[:, None]
            need = np.einsum("nwd,nd->wd", people, minutes)
            share = _share(need, budget, back)
            ask = np.einsum("nwd,nd->wd", people, self.asks[lane]) if self.starts[lane].any() else 0 * need
            spoken = (
                np.einsum("nwd,nd->wd", people, minutes * self.talks[lane][:, None])
                if np.isfinite(talk).any() and self.talks[lane].any()
                else 0 * need
            )
            share = np.minimum(share, np.minimum(_share(ask, room, back), _share(spoken, talk, back)))
            share = _until_stop(share, people.sum(axis=0), going, back)
            going = going & (share.min(axis=0) >= _FULL)
            budget, room, talk = (
                left - (each * share).sum(axis=0)
                for left, each in ((budget, need), (room, ask), (talk, spoken))
            )
            weeks = np.arange(window.start, window.stop) - run.before
            waited = t - weeks
            recent = waited < WINDOW
            self.share[number, t, waited[recent]] = share[recent]
            served += np.einsum("nwd,wd->nd", people, share)
            joined += np.einsum("nwd,wd->nd", people, share * weeks[:, None])
            queue *= 1 - share * here[:, None]
            if here.all() and not back and at == run.first[number] - first:
                run.first[number] += int((share >= 1).all(axis=1).cumprod().sum())
            at, size = at + size, 2 * size
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
        for name, field in (
            ("reminder_call", "reminder"),
            ("travel", "travel"),
            ("registration", "registration"),
        ):
            spent = (held * p[f"{field}_minutes"][t]).sum(axis=0)
            team[f"minutes_{name}"][t] = spent
            rest = rest - spent
        team["minutes_conversation"][t] = rest
        used = (absent * p["missed_minutes"][t]).sum(axis=0)
        team["minutes_missed"][t] = used
        lost = self.budget + (absent * planned).sum(axis=0) - used
        overrun = (held * p["overrun_probability"] * p["overrun_minutes"]).sum(axis=0)
        handover = sum(
            by_name[name].sum(axis=0) * p["handover_minutes"][k]
            for k, name in enumerate(("outcome_support", "outcome_outside"))
        )
        team["minutes_overrun"][t], team["minutes_handover"][t] = overrun, handover
        run.debt = run.debt - self.paid + self.owed + overrun + handover
        team["minutes_lost"][t], team["minutes_debt"][t] = lost, run.debt
        team["minutes_promised"][t] = (run.running * run.promise).sum(axis=0)
        team["minutes_used"][t] = sum(v[t] for n, v in team.items() if n not in _SUMS)


_SUMS = ("minutes_available", "minutes_used", "minutes_lost", "minutes_debt", "minutes_promised")


def _limit(value: Array) -> Array:
    return np.where(value < 0, np.inf, value)


def _share(needs: Array, room: Array, back: bool) -> Array:
    """Share of each batch that fits after those before it: needs (w, draws), room (draws,)."""
    total = np.cumsum(needs[::-1], axis=0)[::-1] if back else np.cumsum(needs, axis=0)
    left = np.maximum(room - (total - needs), 0.0)
    return np.where(needs > 0, np.minimum(left / np.where(needs > 0, needs, 1.0), 1.0), 1.0)


def _until_stop(share: Array, people: Array, going: Array, back: bool) -> Array:
    """No share for batches behind the first that does not fit whole."""
    stops = (share < _FULL) & (people > _NONE)
    before: Array = (np.cumsum(stops[::-1], axis=0)[::-1] if back else np.cumsum(stops, axis=0)) - stops
    return np.where((before > 0) | ~going, 0.0, share)
