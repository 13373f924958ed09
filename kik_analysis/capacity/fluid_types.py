"""What people can wait for, and what becomes of them after they are served: the structure of the fluid
recursion.

Between two moments of work everything is linear and does not depend on the week: who gets a letter today
answers after so many weeks with such probabilities, and joins this or that queue after so many weeks if
still there. So only queues need to be followed week by week; the rest is a fixed table of (what is served,
how many weeks later, what changes, per person).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Compiled, Kind, Queue, Standing, State
from kik_analysis.capacity.measures import EVENTS

Array = npt.NDArray[Any]

#: Places where people are counted: states, those with a running invitation by contact.
CLASSES = (
    "never_invited",
    "invited_new",
    "invited_contact",
    "appointment_new",
    "appointment_contact",
    "in_contact",
    "overdue",
    "declined",
    "not_reached",
    "known_to_wij",
    "in_support",
    "outside_services",
)
CLASS = {name: k for k, name in enumerate(CLASSES)}
STANDING = (
    Standing.NEW,
    Standing.NEW,
    Standing.CONTACT,
    Standing.NEW,
    Standing.CONTACT,
    Standing.CONTACT,
    Standing.CONTACT,
    Standing.DECLINED,
    Standing.NOT_REACHED,
    Standing.WIJ,
    Standing.SUPPORT,
    Standing.OUTSIDE,
)
_BY_PEOPLE = ("arrivals", "exits", "returns")  # counted where people come and go, not per type
FLOWS = tuple(name for name in EVENTS if name not in _BY_PEOPLE)
FLOW = {name: k for k, name in enumerate(FLOWS)}
_CLASS_OF_STATE = {
    State.NEVER_INVITED: "never_invited",
    State.IN_CONTACT: "in_contact",
    State.OVERDUE: "overdue",
    State.DECLINED: "declined",
    State.NOT_REACHED: "not_reached",
    State.IN_SUPPORT: "in_support",
}
_NEGLIGIBLE = 1e-14  # share of people that comes to the last appointment allowed, below which nobody does


class Type(NamedTuple):
    """People in one queue who are alike: ``step`` is the attempt, or appointments missed; ``slack`` due -
    joined."""

    queue: Queue
    segment: int
    row: int
    contact: int
    state: State
    kind: int = 0
    step: int = 0
    slack: int = 0

    def start_kind(self) -> int:
        """Kind of the invitation that starts from here."""
        if self.contact:
            return Kind.FOLLOW_UP
        return Kind.FIRST if self.queue == Queue.FIRST else Kind.AGAIN


@dataclass(frozen=True)
class Structure:
    """Types in the order of their lanes, and those outside who come back.

    Attributes
    ----------
    types : list of Type
    lanes : list of slice
        Types of each lane.
    outside : list of (segment, row)
    appointments : int
        Appointments in an invitation; 0 when so many are allowed that nobody comes to the last.
    """

    types: list[Type]
    number: dict[Type, int]
    lanes: list[slice]
    outside: list[tuple[int, int]]
    appointments: int

    def column(self, name: str) -> Array:
        """A field of every type."""
        return np.array([getattr(t, name) for t in self.types], dtype=np.int64)


def slacks(c: Compiled, s: int) -> dict[str, int]:
    """Weeks between joining queue follow_up and being due, by how contact began."""
    lead = int(c.lead[s])
    return {
        "talk": lead,
        "return": min(lead, int(c.return_weeks[s])),
        "agreed": min(lead, int(c.agreed_weeks[s])),
    }


def _follow_up(s: int, row: int, slack: int) -> list[Type]:
    states = (State.IN_CONTACT, State.IN_SUPPORT, State.OVERDUE)
    return [Type(Queue.FOLLOW_UP, s, row, 1, state, slack=slack) for state in states]


def _seeds(c: Compiled) -> Iterator[Type | tuple[int, int]]:
    cells = zip(
        c.stock_state.tolist(),
        c.stock_segment.tolist(),
        c.stock_row.tolist(),
        c.stock_contact.tolist(),
        strict=True,
    )
    for state, s, row, contact in dict.fromkeys(cells):
        if state == State.NEVER_INVITED:
            yield Type(Queue.FIRST, s, row, contact, State(state))
        elif state in (State.IN_CONTACT, State.IN_SUPPORT):
            yield from _follow_up(s, row, slacks(c, s)["talk"])
        elif state in (State.DECLINED, State.NOT_REACHED):
            queue = Queue.DECLINED if state == State.DECLINED else Queue.NOT_REACHED
            yield Type(queue, s, row, contact, State(state))
        elif state == State.OUTSIDE_SERVICES:
            yield s, row
    for s in range(len(c.segments)):
        for row in range(len(c.after_accept)):
            if c.entry_row[0, s, row] > 0:
                yield Type(Queue.FIRST, s, row, 0, State.NEVER_INVITED)
            if c.entry_row[1, s, row] > 0:
                yield from _follow_up(s, row, slacks(c, s)["agreed"])


def _after(c: Compiled, t: Type | tuple[int, int], appointments: int) -> Iterator[Type | tuple[int, int]]:
    """Where people can wait next."""
    if not isinstance(t, Type):
        yield from _follow_up(*t, slacks(c, t[0])["return"])
        return
    s, contact = t.segment, t.contact
    refused = Type(Queue.DECLINED, s, int(c.after_refusal[t.row]), contact, State.DECLINED)
    yield refused
    if t.queue == Queue.APPOINTMENT:
        if t.step + 1 < appointments:
            yield t._replace(step=t.step + 1)  # with no limit the number missed does not matter
        row = int(c.after_conversation[t.row])
        yield from _follow_up(s, row, slacks(c, s)["talk"])
        yield s, row
        return
    kind, step = (t.kind, t.step) if t.queue == Queue.ATTEMPT else (t.start_kind(), 0)
    if step + 1 < c.attempts[kind]:
        yield Type(Queue.ATTEMPT, s, t.row, contact, State.INVITED, kind, step + 1)
    else:
        yield Type(Queue.NOT_REACHED, s, t.row, contact, State.NOT_REACHED)
    yield Type(Queue.APPOINTMENT, s, int(c.after_accept[t.row]), contact, State.APPOINTMENT, kind)


def structure(draws: Sequence[Compiled]) -> Structure:
    """Everything people can wait for in these scenarios (which share their timing)."""
    c = draws[0]
    another = max(float((d.missed.max(axis=0) * d.rebooked).max()) for d in draws)
    appointments = 0 if another**c.appointments_max < _NEGLIGIBLE else c.appointments_max
    found: dict[Any, None] = {}
    todo = [seed for d in draws for seed in _seeds(d)]
    while todo:
        t = todo.pop()
        if t not in found:
            found[t] = None
            todo += _after(c, t, appointments)
    types = [t for t in found if isinstance(t, Type)]
    types.sort(key=lambda t: (int(c.lane[t.queue, t.segment]), t))
    lane = np.array([int(c.lane[t.queue, t.segment]) for t in types])
    edges = [0, *(np.diff(lane).nonzero()[0] + 1).tolist(), len(types)] if types else [0]
    lanes = [slice(a, b) for a, b in pairwise(edges)]
    outside = sorted(t for t in found if not isinstance(t, Type))
    return Structure(types, {t: k for k, t in enumerate(types)}, lanes, outside, appointments)


def class_of(t: Type) -> int:
    """Where people of a type are counted."""
    if t.state == State.INVITED:
        return CLASS["invited_contact" if t.contact else "invited_new"]
    if t.state == State.APPOINTMENT:
        return CLASS["appointment_contact" if t.contact else "appointment_new"]
    return CLASS[_CLASS_OF_STATE[t.state]]
