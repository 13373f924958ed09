"""The fixed table of the fluid recursion: what one served person changes, now and so many weeks later."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Compiled, Queue, State
from kik_analysis.capacity.fluid_types import (
    CLASS,
    CLASSES,
    FLOW,
    FLOWS,
    STANDING,
    Structure,
    Type,
    class_of,
    slacks,
    structure,
)

Array = npt.NDArray[Any]


class Effects:
    """A sparse linear map from people served to changes: (source, weeks later, place) -> factor per draw."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._parts: list[tuple[Array, Array, Array]] = []

    def add(self, source: Any, place: Any, factor: Any, lag: Any = 0) -> None:
        """Add entries; arrays (n,) for source, place and lag, (n, draws) for the factor."""
        factor = np.atleast_2d(np.asarray(factor, dtype=np.float64))
        source, place, lag = (np.broadcast_to(np.asarray(x), len(factor)) for x in (source, place, lag))
        some = factor.any(axis=1)
        self._parts.append((source[some], (lag * self.places + place)[some], factor[some]))

    def plus(self, other: Effects) -> Effects:
        """Both together."""
        out = Effects(self.places)
        out._parts = self._parts + other._parts
        return out

    def close(self, most: int = 1 << 20) -> Effects:
        """Sort by place, so that factors can be added up; effects more than ``most`` weeks later are left
        out."""
        source, target, factor = (np.concatenate([p[k] for p in self._parts]) for k in range(3))
        soon = target < (most + 1) * self.places
        source, target, factor = source[soon], target[soon], factor[soon]
        order = np.argsort(target, kind="stable")
        self.source, self.factor = source[order], factor[order]
        target = target[order]
        first = np.ones(len(target), dtype=bool)
        first[1:] = target[1:] != target[:-1]
        self.starts = first.nonzero()[0]
        self.target = target[self.starts]
        return self

    def longest(self) -> int:
        """Weeks until the last effect."""
        return max(int(p[1].max(initial=0)) for p in self._parts) // self.places

    def apply(self, served: Array, later: Array, now: int) -> None:
        """Add the effects of ``served`` (sources, draws) to ``later`` (weeks x places, draws), from week
        ``now``."""
        if not len(self.target):
            return
        values = np.add.reduceat(self.factor * served[self.source], self.starts, axis=0)
        at = self.target + now * self.places
        at[at >= len(later)] -= len(later)
        later[at] += values


class Sums:
    """Adding up rows by a group number; the order of adding is fixed, unlike that of a matrix product."""

    def __init__(self, group: Array) -> None:
        self._order = np.argsort(group, kind="stable")
        group = group[self._order]
        self._starts = np.diff(group, prepend=-1).nonzero()[0]
        self.groups = group[self._starts]

    def of(self, values: Array) -> Array:
        """Sums of rows (n, ...) by group, in the order of ``groups``."""
        return np.asarray(np.add.reduceat(values[self._order], self._starts, axis=0))


class Layout:
    """Where changes are counted: joins by type, classes, running invitations, flows, outside services."""

    def __init__(self, s: Structure, segments: int) -> None:
        self.segments = segments
        sizes = {
            "join": len(s.types),
            "class": len(CLASSES) * segments,
            "running": 6 * segments,
            "flow": len(FLOWS) * segments,
            "outside": len(s.outside),
        }
        self.first, self.slice, position = {}, {}, 0
        for name, size in sizes.items():
            self.first[name], self.slice[name] = position, slice(position, position + size)
            position += size
        self.places = position

    def of_class(self, name: Any, segment: Any) -> Any:
        """Place of a class (name or number) of a segment."""
        number = CLASS[name] if isinstance(name, str) else name
        return self.first["class"] + number * self.segments + segment

    def running(self, kind: Any, contact: Any, segment: Any) -> Any:
        """Place of running invitations."""
        return self.first["running"] + (kind * 2 + contact) * self.segments + segment

    def flow(self, name: str, segment: Any) -> Any:
        """Place of a flow."""
        return self.first["flow"] + FLOW[name] * self.segments + segment


class Tables:
    """All that the recursion needs of some draws that share their timing; the last axis is the draw."""

    def __init__(self, draws: Sequence[Compiled]) -> None:
        self.c, self.draws, self.structure = draws[0], len(draws), structure(draws)
        self.layout = Layout(self.structure, len(self.c.segments))
        names = [
            f.name for f in dataclasses.fields(Compiled) if isinstance(getattr(self.c, f.name), np.ndarray)
        ]
        self.p = {n: np.stack([getattr(d, n) for d in draws], axis=-1) for n in names}
        self.p["initiative_per_1000"] = np.array([d.initiative_per_1000 for d in draws])
        self.types = {n: self.structure.column(n) for n in Type._fields}
        self.class_of = np.array([class_of(t) for t in self.structure.types], dtype=np.int64)
        self.stay = 1.0 - self.p["exit_probability"]  # (7, S, draws)
        self.type_stay = self.stay[np.array(STANDING)[self.class_of], self.types["segment"]]
        self.kinds = np.array(
            [t.kind if t.queue <= Queue.ATTEMPT else t.start_kind() for t in self.structure.types]
        )
        self._support = self._support_weeks()
        self.letters, self.missed = self._letters(), self._missed()
        patterns, self.pattern = np.unique(self.c.interval, axis=0, return_inverse=True)
        self.held = [self._held(interval) for interval in patterns]
        self.effects = [self.letters.plus(self.missed).plus(held).close() for held in self.held]
        self.returns = self._returns().close() if self.structure.outside else None
        self.arrivals = self._arrivals().close()

    def number(self, types: Sequence[Type]) -> Array:
        """Numbers of types."""
        return np.array([self.structure.number[t] for t in types], dtype=np.int64)

    def _chosen(self, which: Array) -> tuple[list[Type], Array, Array, Array]:
        types = [self.structure.types[k] for k in which]
        segment, row, contact = (self.types[name][which] for name in ("segment", "row", "contact"))
        return types, segment, row, contact

    def in_support(self, s: Any, weeks: Any) -> tuple[Array, Array]:
        """Of one person in support: still in support, and in contact, some weeks later (each entry)."""
        return self._support[0][weeks, s], self._support[1][weeks, s]

    def _support_weeks(self) -> tuple[Array, Array]:
        weeks = (self.c.interval, self.c.stock_wait, self.c.return_weeks, self.c.agreed_weeks)
        longest = max(int(w.max(initial=0)) for w in weeks) + 2
        end = self.p["support_end"]
        helped, contact = np.ones((longest, *end.shape)), np.zeros((longest, *end.shape))
        for w in range(1, longest):
            still = helped[w - 1] * self.stay[5]
            helped[w] = still * (1 - end)
            contact[w] = contact[w - 1] * self.stay[1] + still * end
        return helped, contact

    # ---- letters
    def _letters(self) -> Effects:
        p, place, out = self.p, self.layout, Effects(self.layout.places)
        which = (self.types["queue"] != Queue.APPOINTMENT).nonzero()[0]
        types, s, row, contact = self._chosen(which)
        kind, step = self.kinds[which], self.types["step"][which]
        starts = self.types["queue"][which] >= Queue.FOLLOW_UP
        invited, one = CLASS["invited_new"] + contact, np.ones((len(which), self.draws))
        out.add(which, place.of_class(self.class_of[which], s), -one)
        out.add(which, place.of_class(invited, s), one)
        out.add(which, place.flow("letters", s), one)
        out.add(which[starts], place.flow("invitations", s[starts]), one[starts])
        out.add(which[starts], place.running(kind, contact, s)[starts], one[starts])
        weeks = self.c.answer_weeks[kind, step]
        there = self.stay[contact, s] ** weeks[:, None]
        reach, accept = p["reach"][kind, s, step], p["accept"][row, s]
        silent, yes, no = there * (1 - reach), there * reach * accept, there * reach * (1 - accept)
        more = step + 1 < self.c.attempts[kind]
        following = [t for t, m in zip(types, more, strict=True) if m]
        out.add(
            which[more],
            self.number(
                [
                    Type(Queue.ATTEMPT, t.segment, t.row, t.contact, State.INVITED, int(k), int(j) + 1)
                    for t, k, j in zip(following, kind[more], step[more], strict=True)
                ]
            ),
            silent[more],
            weeks[more],
        )
        self._given_up(
            out, which[~more], kind[~more], silent[~more], weeks[~more], State.NOT_REACHED, "unanswered"
        )
        self._given_up(out, which, kind, no, weeks, State.DECLINED, "refused")
        out.add(which, place.of_class(invited, s), -yes, weeks)
        out.add(which, place.of_class(CLASS["appointment_new"] + contact, s), yes, weeks)
        out.add(which, place.flow("accepted", s), yes, weeks)
        wait = self.c.appointment_weeks[s]
        out.add(
            which,
            self.number(
                [
                    Type(
                        Queue.APPOINTMENT,
                        t.segment,
                        int(self.c.after_accept[t.row]),
                        t.contact,
                        State.APPOINTMENT,
                        int(k),
                    )
                    for t, k in zip(types, kind, strict=True)
                ]
            ),
            yes * self.stay[contact, s] ** wait[:, None],
            weeks + wait,
        )
        return out

    def _given_up(
        self,
        out: Effects,
        which: Array,
        kind: Array,
        people: Array,
        weeks: Any,
        state: State,
        flow: str | None,
    ) -> None:
        """People decline or are not reached, so many weeks after they were served."""
        types, s, row, contact = self._chosen(which)
        place, refused = self.layout, state == State.DECLINED
        old = CLASS["invited_new" if flow else "appointment_new"] + contact
        out.add(which, place.of_class(old, s), -people, weeks)
        out.add(which, place.of_class("declined" if refused else "not_reached", s), people, weeks)
        out.add(which, place.running(kind, contact, s), -people, weeks)
        if flow:
            out.add(which, place.flow(flow, s), people, weeks)
        again = 1 - self.p["definitive"][s] if refused else self.p["not_reached_again"][s]
        delay = (self.c.again_declined if refused else self.c.again_not_reached)[s]
        queue = Queue.DECLINED if refused else Queue.NOT_REACHED
        rows = self.c.after_refusal[row] if refused else row
        target = self.number(
            [Type(queue, t.segment, int(r), t.contact, state) for t, r in zip(types, rows, strict=True)]
        )
        out.add(
            which, target, people * again * self.stay[2 if refused else 3, s] ** delay[:, None], weeks + delay
        )

    # ---- conversations
    def absent(self) -> Array:
        """Probability that the appointment of a type is missed (0 for other types): (types, draws)."""
        talks = (self.types["queue"] == Queue.APPOINTMENT)[:, None]
        return np.asarray(self.p["missed"][self.kinds, self.types["segment"]] * talks)

    def _missed(self) -> Effects:
        place, out = self.layout, Effects(self.layout.places)
        which = (self.types["queue"] == Queue.APPOINTMENT).nonzero()[0]
        types, s, _, contact = self._chosen(which)
        kind, step = self.kinds[which], self.types["step"][which]
        missed, last = self.absent()[which], (step + 1 == self.structure.appointments)[:, None]
        another = np.where(last, 0.0, missed * self.p["rebooked"][s])
        more = ~last[:, 0]
        again, further = self.c.rebook_weeks[s], min(self.structure.appointments, 1)
        out.add(which, place.flow("missed", s), missed)
        following = [t._replace(step=t.step + further) for t, m in zip(types, more, strict=True) if m]
        back = another * self.stay[contact, s] ** again[:, None]
        out.add(which[more], self.number(following), back[more], again[more])
        self._given_up(out, which, kind, missed - another, 0, State.DECLINED, None)
        return out

    def _held(self, interval: Array) -> Effects:
        place, out = self.layout, Effects(self.layout.places)
        which = (self.types["queue"] == Queue.APPOINTMENT).nonzero()[0]
        _, s, row, contact = self._chosen(which)
        held = 1 - self.absent()[which]
        out.add(which, place.of_class(CLASS["appointment_new"] + contact, s), -held)
        out.add(which, place.running(self.kinds[which], contact, s), -held)
        out.add(which, place.flow("conversations", s), held)
        out.add(which, place.flow("first_conversations", s), held * (contact == 0)[:, None])
        support, outside = (held * self.p["outcome"][contact, s, k] for k in (0, 1))
        after = self.c.after_conversation[row]
        out.add(which, place.flow("outcome_support", s), support)
        out.add(which, place.flow("outcome_outside", s), outside)
        out.add(which, place.of_class("outside_services", s), outside)
        number = {pair: k for k, pair in enumerate(self.structure.outside)}
        gone = [number[int(a), int(b)] for a, b in zip(s, after, strict=True)]
        out.add(which, place.first["outside"] + np.array(gone, dtype=np.int64), outside)
        self._follow_up(
            out,
            which,
            s,
            after,
            (held - support - outside, support),
            (interval - self.c.lead)[s],
            self.c.lead[s],
        )
        return out

    def _follow_up(
        self,
        out: Effects,
        source: Array,
        s: Array,
        row: Array,
        people: tuple[Array, Array],
        weeks: Array,
        slack: Array,
    ) -> None:
        """People in contact, and in support, who can be invited again so many weeks later."""
        place = self.layout
        contact, support = people
        out.add(source, place.of_class("in_contact", s), contact)
        out.add(source, place.of_class("in_support", s), support)
        helped, ended = self.in_support(s, weeks)
        join = contact * self.stay[1, s] ** weeks[:, None] + support * ended
        for state, number in ((State.IN_CONTACT, join), (State.IN_SUPPORT, support * helped)):
            target = [
                Type(Queue.FOLLOW_UP, int(a), int(b), 1, state, slack=int(d))
                for a, b, d in zip(s, row, slack, strict=True)
            ]
            some = np.asarray(number.any(axis=1))
            out.add(
                source[some],
                self.number([target[k] for k in some.nonzero()[0]]),
                number[some],
                weeks[some],
            )

    def _returns(self) -> Effects:
        out = Effects(self.layout.places)
        s, row = np.array(self.structure.outside, dtype=np.int64).T
        one, source = np.ones((len(s), self.draws)), np.arange(len(s))
        out.add(source, self.layout.of_class("outside_services", s), -one)
        slack = np.array([slacks(self.c, k)["return"] for k in s])
        self._follow_up(out, source, s, row, (one, 0 * one), self.c.return_weeks[s] - slack, slack)
        return out

    def _arrivals(self) -> Effects:
        """Source 0: one person coming in."""
        p, place, out = self.p, self.layout, Effects(self.layout.places)
        for s in range(len(self.c.segments)):
            share = p["entry_segment"][s] * p["entry_status"][s]
            for name, k in (("never_invited", 0), ("known_to_wij", 1)):
                out.add(0, place.of_class(name, s), share[k])
            for r in range(len(self.c.after_accept)):
                new = share[0] * p["entry_row"][0, s, r]
                if new.any():
                    out.add(0, self.number([Type(Queue.FIRST, s, r, 0, State.NEVER_INVITED)]), new)
                agreed = share[2] * p["entry_row"][1, s, r]
                if agreed.any():
                    slack = np.array([slacks(self.c, s)["agreed"]])
                    at = np.array([s])
                    self._follow_up(
                        out,
                        np.array([0]),
                        at,
                        np.array([r]),
                        (agreed[None], 0 * agreed[None]),
                        self.c.agreed_weeks[at] - slack,
                        slack,
                    )
        return out
