"""One week of a block of replications, in the order of ``docs/model.md``, section 2."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_cells import NEVER, NONE, OFFERED, REACHED, RUNNING, WAITING, Cells, Key
from kik_analysis.capacity.cohort_chance import Chance, Mean
from kik_analysis.capacity.cohort_lanes import Plan
from kik_analysis.capacity.cohort_tables import Tables
from kik_analysis.capacity.compiled import Queue, State

Array = npt.NDArray[Any]

STATES = tuple(state.name.lower() for state in State)[:10]
FLOWS = ("arrivals", "exits", "returns", "invitations", "letters", "accepted", "refused", "unanswered", "missed",
         "conversations", "first_conversations", "outcome_support", "outcome_outside")  # fmt: skip
PEOPLE = (*STATES, "group_size", "reached_52_weeks", "offered_52_weeks", "waiting", "waited", *FLOWS)
TASKS = ("letter", "reminder", "travel", "conversation", "registration", "missed", "handover", "initiative",
         "overrun")  # fmt: skip
TEAM = ("minutes_available", "minutes_used", "minutes_lost", "minutes_debt", "minutes_promised",
        *(f"minutes_{task}" for task in TASKS))  # fmt: skip
SWEEP = 8  # weeks between two cleanings: empty cells cost time, cleaning too
LONGEST = 1040  # weeks of a completed wait with a bin of their own: twenty years


class Block:
    """Some replications (rows), week by week."""

    def __init__(self, tables: Tables, chance: Chance | Mean) -> None:
        self.tables, self.chance = tables, chance
        self.cells = Cells(tables, chance.people, chance.total)
        self.rows, self.segments = tables.rows, tables.segments
        self.debt: Array = np.zeros(self.rows, dtype=chance.total)
        self.flow: dict[str, Array] = {}
        self.task: dict[str, Array] = {}
        self.waits: Array = np.zeros((len(Queue), self.segments, wait_bins(tables)), dtype=chance.total)
        self.exit_probability = tables["exit_probability"].reshape(7 * self.segments, -1)
        self._entry = self._entry_categories()
        self._settle()

    # ---- the start
    def _settle(self) -> None:
        """The starting stock (section 3)."""
        stock = zip(*(self.tables.first.arrays()[f"stock_{n}"].tolist() for n in ("state", "segment", "row", "contact")),
                    strict=True)  # fmt: skip
        for cell, (state, segment, row, contact) in enumerate(stock):
            count = np.broadcast_to(self.tables["stock_count"][cell], self.rows)
            for wait, a in self.tables.each("stock_wait", cell):
                for age, b in self.tables.each("stock_age", cell):
                    for offer, c in self.tables.each("stock_offer_age", cell):
                        for lead, d in self.tables.each("lead", segment):
                            people = _where(count, a, b, c, d).astype(self.chance.people)
                            key = Key(state, segment, row, contact, talk=-age if age > 0 else NONE,
                                      offer=-offer if offer > 0 else NONE)  # fmt: skip
                            self._settle_one(key, wait, lead, people)

    def _settle_one(self, key: Key, wait: int, lead: int, people: Array) -> None:
        if key.state == State.NEVER_INVITED:
            key = key._replace(joined=-wait)
        elif key.state in (State.IN_CONTACT, State.IN_SUPPORT):
            ask = wait - lead
            if ask > 0:
                key = key._replace(when=ask, due=wait)
            elif wait > 0:
                key = key._replace(when=wait, due=wait, joined=ask)
            else:  # in the queue; overdue in week 0, after the exits of that week
                key = key._replace(when=0, due=wait, joined=ask)
        elif key.state in (State.DECLINED, State.NOT_REACHED):
            key = key._replace(when=wait) if wait >= 0 else _for_good(key)
        elif key.state == State.KNOWN_TO_WIJ:
            key = key._replace(row=0, contact=0)
        if people.any():
            self.cells.put(key, people)

    def _entry_categories(self) -> tuple[list[tuple[int, int, int]], Array]:
        """Segment, status and row at entry that occur, with their probabilities (K, rows or 1)."""
        t = self.tables
        categories, chances = [], []
        for s in range(self.segments):
            for status in range(3):
                for row in range(len(t.first.after_accept)):
                    p = t["entry_segment"][s] * t["entry_status"][s, status] * t["entry_row"][int(status == 2), s, row]
                    if p.any():
                        categories.append((s, status, row))
                        chances.append(p)
        return categories, np.array(chances)

    # ---- a week
    def run_week(self, t: int) -> None:
        """Run week t."""
        shape = (self.segments, self.rows)
        self.flow = {name: np.zeros(shape, dtype=self.chance.total) for name in FLOWS}
        self.task = {name: np.zeros(self.rows, dtype=self.chance.total) for name in TASKS}
        if t % SWEEP == 0:
            self.cells.sweep()
        self.cells.forget(t)
        self.flow["exits"] += self.chance.leave(self.cells, self.exit_probability)
        self._returns(t)
        self._ends_of_support()
        self._arrivals(t)
        self._due(t)
        self._answers(t)
        self._work(t)

    def _in_state(self, state: State) -> list[int]:
        return [i for key, i in self.cells.index.items() if key.state == state]

    def _returns(self, t: int) -> None:
        cells = self._in_state(State.OUTSIDE_SERVICES)
        if not cells:
            return
        which = np.array(cells)
        keys = [self.cells.key[i] for i in cells]
        back = self.chance.some(self.cells, which, self.tables["services_end"][[k.segment for k in keys if k]])
        for i, key, people in zip(cells, keys, back, strict=True):
            if key and people.any():
                self.cells.take(i, people)
                self.flow["returns"][key.segment] += people
                state = Key(State.IN_CONTACT, key.segment, key.row, 1, talk=key.talk, offer=key.offer)
                self._next_contact(state, people, "return_weeks", t, t)

    def _ends_of_support(self) -> None:
        cells = self._in_state(State.IN_SUPPORT)
        if not cells:
            return
        which = np.array(cells)
        keys = [self.cells.key[i] for i in cells]
        ended = self.chance.some(self.cells, which, self.tables["support_end"][[k.segment for k in keys if k]])
        for i, key, people in zip(cells, keys, ended, strict=True):
            if key and people.any():
                self.cells.take(i, people)
                self.cells.put(key._replace(state=State.IN_CONTACT), people)

    def _next_contact(self, key: Key, people: Array, weeks: str, t: int, earliest: int) -> None:
        """In contact (or in support) with the next conversation due some weeks after t."""
        for interval, a in self.tables.each(weeks, key.segment):
            for lead, b in self.tables.each("lead", key.segment):
                due = t + interval
                chosen = _where(people, a, b)
                if chosen.any():
                    self.cells.put(key._replace(when=max(due - lead, earliest), due=due), chosen)

    def _arrivals(self, t: int) -> None:
        tables = self.tables
        coming = self.chance.arrivals(tables["inflow_mean"][t], tables["inflow_fixed"][t], self._entry[1], self.rows)
        for (s, status, row), people in zip(self._entry[0], coming, strict=True):
            if not people.any():
                continue
            self.flow["arrivals"][s] += people
            if status == 0:
                self.cells.put(Key(State.NEVER_INVITED, s, row, joined=t), people)
            elif status == 1:
                self.cells.put(Key(State.KNOWN_TO_WIJ, s), people)
            else:
                self._next_contact(Key(State.IN_CONTACT, s, row, 1), people, "agreed_weeks", t, t)

    def _due(self, t: int) -> None:
        """Contacts falling due, delays that end, planned weeks that have come (section 2.3)."""
        for i in self.cells.firing(t):
            key = self.cells.key[i]
            assert key is not None
            if key.state in (State.IN_CONTACT, State.IN_SUPPORT):
                joined = t if key.joined == NONE else key.joined
                if key.due <= t:
                    key = key._replace(state=State.OVERDUE, joined=joined, when=NEVER, due=0)
                else:
                    key = key._replace(joined=joined, when=key.due)
                self.cells.move(i, key)
            elif key.state in (State.DECLINED, State.NOT_REACHED, State.APPOINTMENT):
                self.cells.move(i, key._replace(joined=t, when=NEVER))

    # ---- answers (section 2.4)
    def _answers(self, t: int) -> None:
        cells = [i for i in self.cells.firing(t) if self.cells.n[i].any()]
        if not cells:
            return
        keys = [key for i in cells if (key := self.cells.key[i]) is not None]
        assert all(key.state == State.INVITED for key in keys)
        answers = self.chance.split(self.cells.n[np.array(cells)], self._answer_chances(keys))
        for k, (i, key) in enumerate(zip(cells, keys, strict=True)):
            silent, silent_again, silent_never, yes, no_again, no_never = answers[:, k]
            self.cells.take_all(i)
            s = key.segment
            self.flow["accepted"][s] += yes
            self.flow["refused"][s] += no_again + no_never
            self.flow["unanswered"][s] += silent_again + silent_never
            if silent.any():
                self.cells.put(key._replace(step=key.step + 1, joined=t, when=NEVER), silent)
            rest = key._replace(kind=0, step=0, when=NEVER)
            self._not_reached(rest, silent_again, silent_never, t)
            if yes.any():
                self._appointment(key._replace(row=self._row("after_accept", key), step=0), yes, t)
            rest = rest._replace(state=State.DECLINED, row=self._row("after_refusal", key))
            self._come_back(rest, no_again, "again_declined", t)
            if no_never.any():
                self.cells.put(_for_good(rest), no_never)

    def _row(self, table: str, key: Key) -> int:
        return int(getattr(self.tables.first, table)[key.row])

    def _answer_chances(self, keys: list[Key]) -> Array:
        """Probabilities of six answers by cell: (6, c, rows or 1)."""
        t = self.tables
        s, row = [k.segment for k in keys], [k.row for k in keys]
        kind, step = [k.kind for k in keys], [k.step for k in keys]
        reach, accept = t["reach"][kind, s, step], t["accept"][row, s]
        more = np.array([k.step + 1 < t.first.attempts[k.kind] for k in keys])[:, None]
        again, definitive = t["not_reached_again"][s], t["definitive"][s]
        silent = 1 - reach
        return np.stack(
            np.broadcast_arrays(
                silent * more, silent * ~more * again, silent * ~more * (1 - again), reach * accept,
                reach * (1 - accept) * (1 - definitive), reach * (1 - accept) * definitive,
            )
        )  # fmt: skip

    def _appointment(self, key: Key, people: Array, t: int) -> None:
        for weeks, mask in self.tables.each("appointment_weeks", key.segment):
            key = key._replace(state=State.APPOINTMENT, when=NEVER)
            key = key._replace(when=t + weeks) if weeks > 0 else key._replace(joined=t)
            self.cells.put(key, _where(people, mask))

    def _not_reached(self, key: Key, again: Array, never: Array, t: int) -> None:
        key = key._replace(state=State.NOT_REACHED)
        self._come_back(key, again, "again_not_reached", t)
        if never.any():
            self.cells.put(_for_good(key), never)

    def _come_back(self, key: Key, people: Array, weeks: str, t: int) -> None:
        if people.any():
            for delay, mask in self.tables.each(weeks, key.segment):
                self.cells.put(key._replace(when=t + delay), _where(people, mask))

    # ---- hours and work (sections 2.5 to 2.7)
    def _work(self, t: int) -> None:
        tables, sums, s = self.tables, self.cells.sums, self.segments
        available = np.broadcast_to(tables["minutes_available"][t], self.rows).astype(self.chance.total)
        paid = np.minimum(available, self.debt)
        budget = available - paid
        in_touch = sum(sums[state * s : (state + 1) * s].sum(axis=0)
                       for state in (State.IN_CONTACT, State.OVERDUE, State.IN_SUPPORT))  # fmt: skip
        initiative = in_touch * tables["initiative_per_1000"]
        initiative = initiative // 1000 if self.chance.whole else initiative / 1000
        self.task["initiative"] += initiative
        self.owed = np.maximum(initiative - budget, 0)
        limit = np.broadcast_to(tables["promise_limit"][t], self.rows).astype(self.chance.total)
        plan = Plan(self.cells, self.chance, t, (np.maximum(budget - initiative, 0), self.promised(), limit))
        plan.walk()
        self.lost = plan.budget
        talks = []
        for key, people in plan.served:
            queue = key.queue()
            wait = min(t - key.joined, self.waits.shape[2] - 1)
            self.waits[queue, key.segment, wait] += people.sum(dtype=self.chance.total)
            if queue == Queue.APPOINTMENT:
                talks.append((key, people))
            else:
                self._send(key, people, queue != Queue.ATTEMPT, t)
        if talks:
            self._meet([key for key, _ in talks], np.array([people for _, people in talks]), t)
        self.debt = self.debt - paid + self.owed

    def promised(self) -> Array:
        """Minutes promised by running invitations and appointments: (rows,)."""
        s = self.segments
        running = self.cells.sums[RUNNING * s : (RUNNING + 3) * s]
        return np.asarray((running * self.tables["promise_minutes"].reshape(3 * s, -1)).sum(axis=0))

    def _send(self, key: Key, people: Array, starts: bool, t: int) -> None:
        """Letters go out."""
        kind, step = (key.start_kind(), 0) if starts else (key.kind, key.step)
        if starts:
            self.flow["invitations"][key.segment] += people
        self.flow["letters"][key.segment] += people
        self.task["letter" if step == 0 else "reminder"] += people * self.tables["letter_minutes"][kind, step]
        for weeks, mask in self.tables.each("answer_weeks", kind, step):
            sent = Key(State.INVITED, key.segment, key.row, key.contact, kind, step, when=t + weeks, talk=key.talk,
                       offer=t)  # fmt: skip
            self.cells.put(sent, _where(people, mask))

    def _meet(self, keys: list[Key], people: Array, t: int) -> None:
        """Appointments: missed, or held with an outcome."""
        tables, s = self.tables, [k.segment for k in keys]
        missed = tables["missed"][[k.kind for k in keys], s]
        last = np.array([k.step + 1 >= tables.first.appointments_max for k in keys])[:, None]
        again = tables["not_reached_again"][s]
        chances = np.stack(np.broadcast_arrays(
            1 - missed, missed * ~last, missed * last * again, missed * last * (1 - again)))  # fmt: skip
        held, rebooked, back, never = self.chance.split(people, chances)
        groups: dict[tuple[int, int, int], Array] = {}
        for k, key in enumerate(keys):
            absent = people[k] - held[k]
            used = tables["missed_minutes"][t, key.segment]
            self.flow["missed"][key.segment] += absent
            self.task["missed"] += absent * used
            self.lost = self.lost + absent * (tables["conversation_minutes"][t, key.segment] - used)
            if rebooked[k].any():
                for weeks, mask in tables.each("rebook_weeks", key.segment):
                    missing = key._replace(step=key.step + 1, when=t + weeks, joined=NONE, part=Key._field_defaults["part"])
                    self.cells.put(missing, _where(rebooked[k], mask))
            rest = key._replace(kind=0, step=0, when=NEVER, joined=NONE, part=Key._field_defaults["part"])
            self._not_reached(rest, back[k], never[k], t)
            group = (key.segment, key.contact, self._row("after_conversation", key))
            groups[group] = groups.get(group, 0) + held[k]
        self._talk(groups, t)

    def _talk(self, groups: dict[tuple[int, int, int], Array], t: int) -> None:
        """Conversations by segment, contact before, and willingness after."""
        tables = self.tables
        held = np.array(list(groups.values()))
        s, contact = [g[0] for g in groups], [g[1] for g in groups]
        outcome = tables["outcome"][contact, s]  # (c, 5, rows or 1)
        chances = np.stack([outcome[:, 0], outcome[:, 1], outcome[:, 2:].sum(axis=1)])
        support, outside, other = self.chance.split(held, chances)
        overrun = self.chance.binomial(held, tables["overrun_probability"][s])
        for k, (segment, before, row) in enumerate(groups):
            n = held[k]
            travel, registration = tables["travel_minutes"][t, segment], tables["registration_minutes"][t, segment]
            self.task["travel"] += n * travel
            self.task["registration"] += n * registration
            self.task["conversation"] += n * (tables["conversation_minutes"][t, segment] - travel - registration)
            extra = overrun[k] * tables["overrun_minutes"][segment]
            handover = support[k] * tables["handover_minutes"][0] + outside[k] * tables["handover_minutes"][1]
            self.task["overrun"] += extra
            self.task["handover"] += handover
            self.owed = self.owed + extra + handover
            self.flow["conversations"][segment] += n
            if not before:
                self.flow["first_conversations"][segment] += n
            self.flow["outcome_support"][segment] += support[k]
            self.flow["outcome_outside"][segment] += outside[k]
            key = Key(State.IN_CONTACT, segment, row, 1, talk=t, offer=t)
            self._next_contact(key, other[k], "interval", t, t + 1)
            self._next_contact(key._replace(state=State.IN_SUPPORT), support[k], "interval", t, t + 1)
            if outside[k].any():
                self.cells.put(key._replace(state=State.OUTSIDE_SERVICES), outside[k])

    # ---- the end of the week (section 2.8)
    def record(self, t: int, people: dict[str, Array], team: dict[str, Array]) -> None:
        """Write week t: people[name] (rows, weeks, segments), team[name] (rows, weeks)."""
        s, sums = self.segments, self.cells.sums
        by_state = sums[: 10 * s].reshape(10, s, self.rows)
        values = dict(zip(STATES, by_state, strict=True)) | self.flow
        values["group_size"] = by_state[: State.OUTSIDE_SERVICES].sum(axis=0)
        for name, at in (("waiting", WAITING), ("reached_52_weeks", REACHED), ("offered_52_weeks", OFFERED)):
            values[name] = sums[at * s : (at + 1) * s]
        values["waited"] = t * values["waiting"] - self.cells.joined
        for name in PEOPLE:
            people[name][:, t] = values[name].T
        team["minutes_available"][:, t] = self.tables["minutes_available"][t]
        team["minutes_used"][:, t] = sum(self.task.values())
        team["minutes_lost"][:, t] = self.lost
        team["minutes_debt"][:, t] = self.debt
        team["minutes_promised"][:, t] = self.promised()
        for name in TASKS:
            team[f"minutes_{name}"][:, t] = self.task[name]


def _where(people: Array, *masks: Array | None) -> Array:
    """People in the rows where all masks hold."""
    for mask in masks:
        if mask is not None:
            people = np.where(mask, people, 0)
    return people


def _for_good(key: Key) -> Key:
    """Declined or not reached, never to be invited again: nothing but the state matters any more."""
    return key._replace(row=0, contact=0, when=NEVER)


def wait_bins(tables: Tables) -> int:
    """Bins of completed waits, one week each; the last also takes longer ones."""
    first = tables.first
    segment = first.stock_segment
    waited = np.where(
        (first.stock_state == State.NEVER_INVITED)[:, None],
        tables["stock_wait"], tables["lead"][segment] - tables["stock_wait"])  # fmt: skip
    return min(tables.weeks + max(0, int(waited.max(initial=0))), LONGEST) + 1
