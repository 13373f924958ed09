"""The fluid recursion, week by week (``docs/model.md``, section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Queue, State
from kik_analysis.capacity.fluid_tables import Sums, Tables
from kik_analysis.capacity.fluid_types import CLASS, CLASSES, FLOWS, STANDING, Type

Array = npt.NDArray[Any]

_SMALL = 1e-30  # scale at which decay is written out
_CLASS_AT_START = {
    State.NEVER_INVITED: "never_invited",
    State.IN_CONTACT: "in_contact",
    State.DECLINED: "declined",
    State.NOT_REACHED: "not_reached",
    State.KNOWN_TO_WIJ: "known_to_wij",
    State.IN_SUPPORT: "in_support",
    State.OUTSIDE_SERVICES: "outside_services",
}


@dataclass(frozen=True)
class Stock:
    """The starting stock: people in queues and people who join later, each (type, week of joining,
    people)."""

    queues: list[tuple[int, int, Array]]
    later: list[tuple[int, int, Array]]
    count: Array
    outside: Array


def starting_stock(tables: Tables, which: Array | None = None) -> Stock:
    """Divide the starting stock (or some of its cells) over types (``docs/model.md``, section 3)."""
    c, s, number = tables.c, len(tables.c.segments), tables.structure.number
    queues: list[tuple[int, int, Array]] = []
    later: list[tuple[int, int, Array]] = []
    count = np.zeros((len(CLASSES), s, tables.draws))
    outside = np.zeros((len(tables.structure.outside), tables.draws))
    place = {pair: k for k, pair in enumerate(tables.structure.outside)}
    cells = np.arange(len(c.stock_count)) if which is None else which
    fields = (c.stock_state, c.stock_segment, c.stock_row, c.stock_contact, c.stock_wait)
    rows = zip(
        *(f[cells].tolist() for f in fields), tables.p["stock_count"][cells].astype(np.float64), strict=True
    )
    for state, segment, row, contact, wait, people in rows:
        count[CLASS[_CLASS_AT_START[State(state)]], segment] += people
        if state == State.NEVER_INVITED:
            queues.append((number[Type(Queue.FIRST, segment, row, contact, State(state))], -wait, people))
        elif state in (State.IN_CONTACT, State.IN_SUPPORT):
            lead = int(c.lead[segment])
            kinds = [
                number[Type(Queue.FOLLOW_UP, segment, row, 1, kind, slack=lead)]
                for kind in (State.IN_CONTACT, State.IN_SUPPORT)
            ]
            ask = wait - lead
            if ask <= 0:
                queues.append((kinds[state == State.IN_SUPPORT], ask, people))
            elif state == State.IN_CONTACT:
                later.append((kinds[0], ask, people * tables.stay[1, segment] ** (ask + 1)))
            else:
                helped, ended = tables.in_support([segment], [ask + 1])
                later += [(kinds[0], ask, people * ended[0]), (kinds[1], ask, people * helped[0])]
        elif state in (State.DECLINED, State.NOT_REACHED) and wait >= 0:
            refused = state == State.DECLINED
            queue = Queue.DECLINED if refused else Queue.NOT_REACHED
            stay = tables.stay[2 if refused else 3, segment] ** (wait + 1)
            later.append((number[Type(queue, segment, row, contact, State(state))], wait, people * stay))
        elif state == State.OUTSIDE_SERVICES:
            outside[place[segment, row]] += people
    later = [entry for entry in later if entry[1] < c.weeks]
    return Stock(queues, later, count.reshape(len(CLASSES) * s, tables.draws), outside)


class Run:
    """State of the recursion; arrays end in the draw.

    People in queues stand by type and week of joining. Their weekly chance of staying is kept as one factor
    per type (``scale``) instead of being multiplied into every number.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables, self.c, self.p = tables, tables.c, tables.p
        self.layout, self.draws = tables.layout, tables.draws
        self.segments, self.weeks = len(self.c.segments), self.c.weeks
        s, n = self.segments, len(tables.structure.types)
        stock = starting_stock(tables)
        self.before = max(
            0, -min([week for _, week, _ in stock.queues], default=0)
        )  # weeks of joining before week 0
        self.queue: Array = np.zeros((n, self.before + self.weeks, self.draws))
        self.scale: Array = np.ones((n, self.draws))
        self.total: Array = np.zeros((n, self.draws))  # by type, and weighted with the week of joining
        self.joined: Array = np.zeros((n, self.draws))
        self.count: Array = stock.count
        self.running: Array = np.zeros((6 * s, self.draws))
        self.outside: Array = stock.outside
        self.debt: Array = np.zeros(self.draws)
        effects = [*tables.effects, tables.arrivals, *([tables.returns] if tables.returns else [])]
        horizon = max([e.longest() for e in effects] + [week for _, week, _ in stock.later]) + 2
        self.horizon = horizon
        self.later: Array = np.zeros((horizon * self.layout.places, self.draws))
        for number, week, people in stock.later:
            self.later[week * self.layout.places + number] += people
        for number, week, people in stock.queues:
            self.queue[number, week + self.before] += people
            self.total[number] += people
            self.joined[number] += people * week
        standing = np.array(STANDING)
        self.leave = self.p["exit_probability"][standing].reshape(len(CLASSES) * s, self.draws)
        contact = np.arange(6) % 2
        self.running_stay = tables.stay[contact].reshape(6 * s, self.draws)
        self.promise = np.repeat(self.p["promise_minutes"], 2, axis=0).reshape(6 * s, self.draws)
        self.first = np.zeros(len(tables.structure.lanes), dtype=np.int64)  # columns before this are empty
        self._pairs = self._overdue_types()
        self._segment = tables.types["segment"]
        self._waiting = (tables.types["queue"] >= Queue.FOLLOW_UP)[:, None] * 1.0
        self._segments = Sums(self._segment)

    def _overdue_types(self) -> list[tuple[int, Array, Array, Array]]:
        """For every slack: numbers of the types in contact, in support, and overdue."""
        structure = self.tables.structure
        out: list[tuple[int, Array, Array, Array]] = []
        contact = [t for t in structure.types if t.queue == Queue.FOLLOW_UP and t.state == State.IN_CONTACT]
        for slack in sorted({t.slack for t in contact}):
            group = [t for t in contact if t.slack == slack]
            contact_, support, overdue = (
                np.array([structure.number[t._replace(state=state)] for t in group])
                for state in (State.IN_CONTACT, State.IN_SUPPORT, State.OVERDUE)
            )
            out.append((slack, contact_, support, overdue))
        return out

    # ---- helpers
    def _by_segment(self, people: Array, which: Array) -> Array:
        out = np.zeros((self.segments, self.draws))
        np.add.at(out, self._segment[which], people)
        return out

    def _class(self, name: str) -> slice:
        return slice(CLASS[name] * self.segments, (CLASS[name] + 1) * self.segments)

    # ---- a week
    def run(self, work: Any) -> dict[str, Array]:
        """Run all weeks with a ``Work``; measure -> (draws, weeks, segments)."""
        s = self.segments
        flows = np.zeros((self.weeks, len(FLOWS) * s, self.draws))
        counts = np.zeros((self.weeks, len(CLASSES) * s, self.draws))
        extra = {
            name: np.zeros((self.weeks, s, self.draws))
            for name in ("exits", "arrivals", "returns", "waiting", "waited")
        }
        for t in range(self.weeks):
            now = t % self.horizon
            row = self.later[now * self.layout.places : (now + 1) * self.layout.places]
            extra["exits"][t] = self._exits()
            extra["returns"][t] = self._returns(now)
            self._ends_of_support(t)
            extra["arrivals"][t] = self._arrivals(t, now)
            self._join(t, row)
            self._overdue(t)
            self._apply(row)
            flows[t] = row[self.layout.slice["flow"]]
            row[:] = 0.0
            work.week(t, now)
            self._apply(row)
            flows[t] += row[self.layout.slice["flow"]]
            work.minutes(t, flows[t])
            row[:] = 0.0
            counts[t] = self.count
            for name, values in (("waiting", self.total), ("waited", t * self.total - self.joined)):
                extra[name][t, self._segments.groups] = self._segments.of(values * self._waiting)
        return self._people(counts, flows, extra)

    def _exits(self) -> Array:
        gone = self.count * self.leave
        self.count -= gone
        self.running *= self.running_stay
        stay = self.tables.type_stay
        self.total *= stay
        self.joined *= stay
        self.scale *= stay
        if self.scale.size and self.scale.min() < _SMALL:
            self.queue *= self.scale[:, None]
            self.scale[:] = 1.0
        return np.asarray(gone.reshape(len(CLASSES), self.segments, self.draws).sum(axis=0))

    def _returns(self, now: int) -> Array:
        out = np.zeros((self.segments, self.draws))
        if self.tables.returns is None:
            return out
        s = np.array([pair[0] for pair in self.tables.structure.outside])
        self.outside *= self.tables.stay[6, s]
        back = self.outside * self.p["services_end"][s]
        self.outside -= back
        self.tables.returns.apply(back, self.later, now)
        np.add.at(out, s, back)
        return out

    def _ends_of_support(self, t: int) -> None:
        helped, contact = self._class("in_support"), self._class("in_contact")
        ended = self.count[helped] * self.p["support_end"]
        self.count[helped] -= ended
        self.count[contact] += ended
        for slack, to, of, _ in self._pairs:
            # the starting stock may have joined in week 0 itself; later this week's column is still empty
            window = slice(max(0, t - slack - 1 + self.before) if t else 0, t + self.before + 1)
            share = self.p["support_end"][self._segment[of]]
            people = self.queue[of, window] * share[:, None]
            self.queue[of, window] -= people
            self.queue[to, window] += people * (self.scale[of] / self.scale[to])[:, None]
            for sums in (self.total, self.joined):
                moved = sums[of] * share
                sums[of] -= moved
                sums[to] += moved

    def _arrivals(self, t: int, now: int) -> Array:
        number = self.p["inflow_mean"][t] + self.p["inflow_fixed"][t]
        self.tables.arrivals.apply(number[None], self.later, now)
        return np.asarray(self.p["entry_segment"] * number)

    def _join(self, t: int, row: Array) -> None:
        people = row[self.layout.slice["join"]]
        self.queue[:, t + self.before] += people / self.scale
        self.total += people
        self.joined += people * t

    def _overdue(self, t: int) -> None:
        """Who joined ``slack`` weeks ago and still waits is overdue from now on."""
        contact, helped, overdue = (self._class(n) for n in ("in_contact", "in_support", "overdue"))
        for slack, a, b, to in self._pairs:
            last = t - slack + self.before
            window = slice(0 if t == 0 else max(last, 0), max(last + 1, 0))
            week = np.arange(window.start, window.stop) - self.before
            for of, old in ((a, contact), (b, helped)):
                people = self.queue[of, window] * self.scale[of][:, None]
                self.queue[of, window] = 0.0
                self.queue[to, window] += people / self.scale[to][:, None]
                number, joined = people.sum(axis=1), (people * week[None, :, None]).sum(axis=1)
                for sums, change in ((self.total, number), (self.joined, joined)):
                    sums[of] -= change
                    sums[to] += change
                moved = self._by_segment(number, of)
                self.count[old] -= moved
                self.count[overdue] += moved

    def _apply(self, row: Array) -> None:
        place = self.layout.slice
        self.count += row[place["class"]]
        self.running += row[place["running"]]
        self.outside += row[place["outside"]]

    # ---- the result
    def _people(self, counts: Array, flows: Array, extra: dict[str, Array]) -> dict[str, Array]:
        shape = (self.weeks, -1, self.segments, self.draws)
        by_class = dict(zip(CLASSES, np.moveaxis(counts.reshape(shape), 1, 0), strict=True))
        for name in ("invited", "appointment"):
            by_class[name] = by_class.pop(f"{name}_new") + by_class.pop(f"{name}_contact")
        group = sum(v for n, v in by_class.items() if n != "outside_services")
        values = by_class | dict(zip(FLOWS, np.moveaxis(flows.reshape(shape), 1, 0), strict=True)) | extra
        values["group_size"] = np.asarray(group)
        return {name: np.moveaxis(v, -1, 0) for name, v in values.items()}
