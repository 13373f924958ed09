"""A scenario as plain arrays: what the engine reads, and nothing else.

Field by field the symbols of ``docs/model.md``. T weeks, S segments, R willingness rows, A letters at most in
one invitation, N cells of starting stock. Minutes are whole minutes, probabilities are fractions.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class State(IntEnum):
    """Where a person is: exactly one of these, every week."""

    NEVER_INVITED = 0
    INVITED = 1
    APPOINTMENT = 2
    IN_CONTACT = 3
    OVERDUE = 4
    DECLINED = 5
    NOT_REACHED = 6
    KNOWN_TO_WIJ = 7
    IN_SUPPORT = 8
    OUTSIDE_SERVICES = 9
    LEFT = 10


class Queue(IntEnum):
    """What a person waits for."""

    APPOINTMENT = 0
    ATTEMPT = 1
    FOLLOW_UP = 2
    FIRST = 3
    NOT_REACHED = 4
    DECLINED = 5


class Kind(IntEnum):
    """What kind of invitation is running."""

    FIRST = 0
    AGAIN = 1
    FOLLOW_UP = 2


class Standing(IntEnum):
    """What the weekly probability of leaving depends on, beside the segment."""

    NEW = 0
    CONTACT = 1
    DECLINED = 2
    NOT_REACHED = 3
    WIJ = 4
    SUPPORT = 5
    OUTSIDE = 6


class Outcome(IntEnum):
    """What a conversation leads to."""

    SUPPORT = 0
    OUTSIDE = 1
    OWN_GOALS = 2
    NO_QUESTION = 3
    UNKNOWN = 4


#: States that count in ``group_size``.
GROUP = tuple(range(9))


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """One scenario, ready to run. Arrays are read-only; two equal scenarios have equal digests.

    Attributes
    ----------
    name, start, segments
        Name of the scenario, Monday of week 0, names of the S segments.
    minutes_available : (T,) int
        Client minutes of the whole team in each week, after every deduction.
    promise_limit : (T,) int
        Most minutes that running invitations and appointments may promise for a new invitation to start;
        negative: no limit.
    letters_open : (T, S) bool
        Whether letters go out to a segment in a week.
    conversation_minutes : (T, S) int
        Planned minutes of one conversation; negative: none can be held (contact stop).
    reminder_minutes, travel_minutes, registration_minutes : (T, S) int
        The parts of ``conversation_minutes`` that are a reminder call, travel, and registration; the rest
        is talk.
    talk_limit : (T,) int
        Most planned minutes of conversations in a week; negative: no limit.
    missed_minutes : (T, S) int
        Minutes used by a missed appointment, at most ``conversation_minutes`` where that is not negative.
    overrun_probability : (S,) float
    overrun_minutes : (S,) int
        How often a conversation takes longer than planned, and by how much.
    handover_minutes : (2,) int
        Minutes of a warm handover to support inside the group, to services outside.
    initiative_per_1000 : int
        Minutes a week per 1,000 people in contact for contact on their own initiative.
    letter_minutes : (3, A) int
        Planned minutes of a letter, by kind of invitation and attempt.
    attempts : (3,) int
        Letters in one invitation, by kind; 1..A.
    answer_weeks : (3, A) int
        Weeks from a letter to its answer (or the lack of one); at least 1.
    reach : (3, S, A) float
        Probability that there is an answer.
    accept : (R, S) float
        Probability that an answer is yes.
    after_accept, after_refusal, after_conversation : (R,) int
        Next willingness row.
    definitive : (S,) float
        Probability that a refusal is definitive.
    again_declined, again_not_reached : (S,) int
        Weeks before a new invitation is allowed; at least 1.
    not_reached_again : (S,) float
        Probability that somebody not reached may be invited again at all.
    appointment_weeks, rebook_weeks : (S,) int
        Weeks from a yes to the planned week (0 allowed); from a missed appointment to the next (at least 1).
    appointments_max : int
        Most appointments within one invitation.
    missed : (3, S) float
        Probability that an appointment is missed, by kind of invitation.
    rebooked : (S,) float
        Probability that a new appointment is made after a missed one; otherwise it counts as declined.
    promise_minutes : (3, S) int
        Minutes that a running invitation is expected to need.
    interval : (T, S) int
        Weeks from a conversation to the next one due, by week of the conversation; 1..52.
    lead : (S,) int
        Weeks before the due week that the invitation may go out; shorter than any interval of the segment.
    outcome : (2, S, 5) float
        Outcome of a conversation, by contact flag before it; rows add up to 1.
    support_end, services_end : (S,) float
        Weekly probability that support, services outside, end.
    return_weeks, agreed_weeks : (S,) int
        Weeks until the first conversation is due after a return, after an entry with contact agreed.
    exit_probability : (7, S) float
        Weekly probability of leaving, by standing.
    inflow_mean : (T,) float
    inflow_fixed : (T,) int
        Arrivals per week: mean of the Poisson part, and a fixed number (a municipal merger).
    entry_segment : (S,) float
    entry_status : (S, 3) float
        At entry: segment; then new, known to WIJ, or contact agreed.
    entry_row : (2, S, R) float
        At entry: willingness row, for the first two statuses and for contact agreed.
    lane : (6, S) int
        Lane of each queue and segment; lower goes first.
    newest_first : bool
        Within a lane: who joined last goes first, instead of who waits longest.
    stock_state, stock_segment, stock_row, stock_contact, stock_age, stock_offer_age, stock_wait, stock_count
        (N,) int, the starting stock (``docs/model.md``, section 3).
    synthetic : bool
        Whether the people are synthetic; only then may the engine show one of them.
    warnings : tuple of str
        Possible but absurd inputs, one line each.
    """

    name: str
    start: datetime.date
    segments: tuple[str, ...]
    minutes_available: Integers
    promise_limit: Integers
    letters_open: Flags
    conversation_minutes: Integers
    talk_limit: Integers
    reminder_minutes: Integers
    travel_minutes: Integers
    registration_minutes: Integers
    missed_minutes: Integers
    overrun_probability: Floats
    overrun_minutes: Integers
    handover_minutes: Integers
    initiative_per_1000: int
    letter_minutes: Integers
    attempts: Integers
    answer_weeks: Integers
    reach: Floats
    accept: Floats
    after_accept: Integers
    after_refusal: Integers
    after_conversation: Integers
    definitive: Floats
    again_declined: Integers
    again_not_reached: Integers
    not_reached_again: Floats
    appointment_weeks: Integers
    rebook_weeks: Integers
    appointments_max: int
    missed: Floats
    rebooked: Floats
    promise_minutes: Integers
    interval: Integers
    lead: Integers
    outcome: Floats
    support_end: Floats
    services_end: Floats
    return_weeks: Integers
    agreed_weeks: Integers
    exit_probability: Floats
    inflow_mean: Floats
    inflow_fixed: Integers
    entry_segment: Floats
    entry_status: Floats
    entry_row: Floats
    lane: Integers
    stock_state: Integers
    stock_segment: Integers
    stock_row: Integers
    stock_contact: Integers
    stock_age: Integers
    stock_offer_age: Integers
    stock_wait: Integers
    stock_count: Integers
    newest_first: bool = False
    synthetic: bool = True
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            kind = _DTYPES.get(field.type if isinstance(field.type, str) else "")
            if kind is not None:
                array: npt.NDArray[Any] = np.array(value, dtype=kind, order="C", copy=True)
                array.flags.writeable = False
                object.__setattr__(self, field.name, array)

    @property
    def weeks(self) -> int:
        """Number of weeks T."""
        return int(self.minutes_available.shape[0])

    @property
    def people(self) -> int:
        """People in the starting stock, outside services included."""
        return int(self.stock_count.sum())

    def mondays(self) -> tuple[datetime.date, ...]:
        """Monday of every week."""
        return tuple(self.start + datetime.timedelta(days=7 * t) for t in range(self.weeks))

    def replace(self, **changes: Any) -> Compiled:
        """Return a copy with some fields replaced."""
        return dataclasses.replace(self, **changes)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All array fields by name, in the order of definition."""
        names = [f.name for f in dataclasses.fields(self)]
        return {n: v for n in names if isinstance(v := getattr(self, n), np.ndarray)}

    def digest(self) -> str:
        """sha256 of everything a simulation depends on (name and warnings are not)."""
        import hashlib

        h = hashlib.sha256()
        for name, array in self.arrays().items():
            h.update(f"{name}:{array.dtype.str}:{array.shape}:".encode())
            h.update(array.tobytes())
        scalars = (
            self.start.isoformat(),
            self.segments,
            self.initiative_per_1000,
            self.appointments_max,
            self.newest_first,
        )
        h.update(repr(scalars).encode())
        return h.hexdigest()


_DTYPES = {"Integers": np.int64, "Floats": np.float64, "Flags": np.bool_}
