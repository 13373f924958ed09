"""A scenario as plain arrays: what the engine reads, and nothing else; each array described once.

Field by field the symbols of ``docs/model.md``. Minutes are whole minutes, probabilities are fractions. The
type of a field, its axes, what it may hold and what it means stand in :class:`Compiled` and nowhere else: the
checks follow from it, the table in ``docs/model.md`` (section 8) too, and who needs all fields by week asks
:func:`along`.
"""

# Fields carry their description as metadata, which is fixed: a call in their place is what dataclasses offer.
# ruff: noqa: RUF009

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.errors import ModelError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


# Functional form: names in order; mypy and Numba's names (kernel/names.py) know them by these numbers.
#: Where a person is: exactly one of these, every week.
State = IntEnum(
    "State",
    "NEVER_INVITED INVITED APPOINTMENT IN_CONTACT OVERDUE DECLINED NOT_REACHED KNOWN_TO_WIJ OUTSIDE_SERVICES "
    "LEFT",
    start=0,
)
#: What a person waits for.
Queue = IntEnum("Queue", "APPOINTMENT ATTEMPT FOLLOW_UP FIRST NOT_REACHED DECLINED", start=0)
#: What kind of invitation is running.
Kind = IntEnum("Kind", "FIRST AGAIN FOLLOW_UP", start=0)
#: How people are met; a mail is answered.
Channel = IntEnum("Channel", "HOME OFFICE PHONE MAIL", start=0)
#: How an invitation is put.
Approach = IntEnum("Approach", "VOLUNTARY LESS_NONCOMMITTAL JOINT_WITH_WIJ", start=0)
#: What the weekly probability of leaving depends on, beside the segment.
Standing = IntEnum("Standing", "NEW CONTACT DECLINED NOT_REACHED WIJ SUPPORT OUTSIDE", start=0)
#: What a conversation leads to.
Outcome = IntEnum("Outcome", "SUPPORT OUTSIDE OWN_GOALS NO_QUESTION UNKNOWN", start=0)
#: States that count in ``group_size``.
GROUP = tuple(range(State.OUTSIDE_SERVICES))


@dataclass(frozen=True)
class Domain:
    """What the values of a field may be.

    ``says``: what is required, for messages; empty where anything may be. ``low``, ``high``: least and
    largest value; ``high`` may name an axis: numbers of its places. ``also``: values outside these limits
    that may be too. ``adds_up``: whether values add up to 1 along the last axis.
    """

    says: str = ""
    low: float = -np.inf
    high: float | str = np.inf
    also: tuple[int, ...] = ()
    adds_up: bool = False

    def holds(self, values: npt.NDArray[Any], sizes: Mapping[str, int]) -> npt.NDArray[np.bool_]:
        """Tell of every value whether it may be."""
        high = sizes[self.high] - 1 if isinstance(self.high, str) else self.high
        inside = np.asarray((values >= self.low) & (values <= high))
        return inside | np.isin(values, self.also) if self.also else inside


@dataclass(frozen=True)
class Axis:
    """What one field holds: a number for every combination of places on its axes.

    ``axes``: their names, in order; none for a single number. ``domain``: what the numbers may be. ``words``:
    what they mean.
    """

    axes: tuple[str, ...]
    domain: Domain
    words: str


def axis(axes: str, domain: Domain, words: str, **default: Any) -> Any:
    """Return a field of :class:`Compiled`: its axes, what it may hold, what it means."""
    return dataclasses.field(metadata={"axis": Axis(tuple(axes.split()), domain, words)}, **default)


YEAR = 52  # weeks between conversations at most (L030, D032)
LONGEST_RUN = 1040  # weeks; the calendar ends here
ANY = Domain()
SHARE = Domain("a probability lies between 0 and 1", 0, 1)
SHARES = dataclasses.replace(SHARE, adds_up=True)
AMOUNT = Domain("nothing below 0", 0)
COUNT = Domain("at least 1", 1)
NEXT_ROW = Domain("no such willingness row", 0, "row")
AGO = Domain("at least 1 week ago, or -1 for never", 1, also=(-1,))
WITHIN_A_YEAR = Domain(f"1 to {YEAR} weeks between conversations", 1, YEAR)
APPROACHES = Domain("no such approach", 0, "approach")
AT_START = Domain("nobody can be in this state at the start", 0, State.OUTSIDE_SERVICES)
FLAG = Domain("0 or 1", 0, 1)
PROMISES = "period agreed contact channel segment"


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """One scenario, ready to run. Arrays are read-only; two equal scenarios have equal digests.

    ``name`` is the scenario's, ``start`` the Monday of week 0, ``segments`` are names; ``warnings`` are
    possible but absurd inputs, one line each. All else is described field by field; a limit below 0 is no
    limit. What is given without its first axes holds everywhere on them: a single number everywhere.
    """

    name: str
    start: datetime.date
    segments: tuple[str, ...]
    minutes_available: Integers = axis("week", AMOUNT, "Client minutes of the team, after every deduction.")
    caseworkers: int = axis("", AMOUNT, "Places of caseworkers followed one by one; 0: the mean of all.")
    places: Integers = axis("week", AMOUNT, "Of these, how many there are in each week.")
    fixed_person: bool = axis("", ANY, "Whether people have a caseworker of their own.")
    takeover_weeks: int = axis("", AMOUNT, "Weeks after which a colleague does what an absent one should.")
    goes: float = axis("", SHARE, "Weekly probability that a caseworker goes for good.")
    hiring_weeks: int = axis("", AMOUNT, "Weeks until a place is filled again.")
    learning_weeks: int = axis("", AMOUNT, "Weeks in which a new caseworker does half.")
    sick_share: Floats = axis("week", SHARE, "Mean share of caseworkers who are sick.")
    sick_begins: Floats = axis("week", SHARE, "Weekly probability that somebody at work falls sick.")
    sick_ends: float = axis("", SHARE, "Weekly probability that a spell of sickness ends.")
    promise_limit: Integers = axis("week", ANY, "Most minutes promised for a new invitation to start.")
    promise_limit_first: Integers = axis("week", ANY, "The same of invitations to people never spoken to.")
    promise_limit_others: Integers = axis("week", ANY, "The same of all invitations but first ones.")
    start_share: Integers = axis("week", AMOUNT, "Of these limits, what one week may start, per 1,000.")
    period: Integers = axis("week day", Domain("no such period", 0, "period"), "Period of each working day.")
    channel: Floats = axis("period contact segment channel", SHARES, "How people are met.")
    mail_counts: Flags = axis("period", ANY, "Whether an answered mail is contact, or an approach alone.")
    reminder: Flags = axis("period segment", ANY, "Whether people are called the day before.")
    approach: Integers = axis("period queue", APPROACHES, "How an invitation from a queue is put.")
    chosen_most: int = axis("", ANY, "Most people invited less non-committally; below 0: no limit.")
    opens: Flags = axis("period queue", ANY, "Whether decliners, and people not reached, are invited again.")
    talk_minutes: Integers = axis("contact channel segment", AMOUNT, "The conversation itself.")
    travel_minutes: Integers = axis("channel", AMOUNT, "Travel with it, round trip.")
    registration_minutes: Integers = axis("contact channel", AMOUNT, "Registration after it.")
    reminder_minutes: Integers = axis("channel", AMOUNT, "A reminder call before it.")
    missed_minutes: Integers = axis("channel", AMOUNT, "Lost by a missed appointment, travel and call apart.")
    overrun_probability: Floats = axis("segment", SHARE, "How often a conversation runs over.", default=0)
    overrun_minutes: Integers = axis("segment", AMOUNT, "By how much.", default=0)
    handover_minutes: Integers = axis("service", AMOUNT, "Warm handover: to support, to services outside.")
    initiative_per_1000: int = axis("", AMOUNT, "Minutes a week for contact on own initiative, per 1,000.")
    letter_minutes: Integers = axis("kind channel attempt", AMOUNT, "Planned minutes of a letter.")
    attempts: Integers = axis("period kind channel", COUNT, "Letters in one invitation.")
    answer_weeks: Integers = axis("period kind channel attempt", COUNT, "Weeks from a letter to its answer.")
    reach: Floats = axis("approach kind channel attempt", SHARE, "Probability that there is an answer.")
    accept: Floats = axis("approach channel row segment", SHARE, "Probability that an answer is yes.")
    after_accept: Integers = axis("row", NEXT_ROW, "Next willingness row after a yes.")
    after_refusal: Integers = axis("row", NEXT_ROW, "Next willingness row after a no.")
    after_conversation: Integers = axis("row", NEXT_ROW, "Next willingness row after a conversation.")
    definitive: Floats = axis("segment", SHARE, "Probability that a refusal is definitive.")
    again_declined: Integers = axis("period segment", COUNT, "Weeks from a refusal to a new invitation.")
    again_not_reached: Integers = axis("period segment", COUNT, "The same for somebody not reached.")
    not_reached_again: Floats = axis("segment", SHARE, "Probability that who is not reached may be again.")
    appointment_weeks: Integers = axis("period channel", AMOUNT, "Weeks from a yes to the planned week.")
    rebook_weeks: Integers = axis("period channel", COUNT, "Weeks from a missed appointment to the next.")
    appointments_max: int = axis("", COUNT, "Most appointments within one invitation.")
    missed: Floats = axis("called contact channel", SHARE, "Probability that an appointment is missed.")
    rebooked: Floats = axis("contact channel", SHARE, "Probability of a new one after a missed one.")
    promise_minutes: Integers = axis(
        PROMISES, AMOUNT, "Expected minutes of an invitation, of one with a yes."
    )
    interval: Integers = axis("period segment", WITHIN_A_YEAR, "Weeks from a conversation to the next due.")
    need: Floats = axis("period segment", SHARE, "Probability that somebody asks for contact more often.")
    need_interval: Integers = axis("period segment", WITHIN_A_YEAR, "Weeks to the next due for who asks.")
    lead: Integers = axis("period segment", AMOUNT, "Weeks before the due week that it may go out.")
    outcome: Floats = axis("contact segment outcome", SHARES, "Outcome, by contact before the conversation.")
    support_end: Floats = axis("segment", SHARE, "Weekly probability that support ends.")
    services_end: Floats = axis("segment", SHARE, "Weekly probability that services outside end.")
    exit_probability: Floats = axis("period standing segment", SHARE, "Weekly probability of leaving.")
    moved: Floats = axis("week segment", SHARE, "Share that the group's definition leaves out from then on.")
    inflow_mean: Floats = axis("week", AMOUNT, "Arrivals: mean of the Poisson part.")
    inflow_fixed: Integers = axis("week", AMOUNT, "Arrivals: a fixed number (a municipal merger).")
    entry_segment: Floats = axis("segment", SHARES, "Segment at entry.")
    entry_status: Floats = axis("period segment status", SHARES, "New, known to WIJ, or with an appointment.")
    entry_row: Floats = axis("agreed segment row", SHARES, "Willingness, without and with contact agreed.")
    lane: Integers = axis("period queue segment", ANY, "Lane of each queue; lower goes first.")
    newest_first: Flags = axis("period", ANY, "Within a lane: who joined last goes first.")
    stock_state: Integers = axis("cell", AT_START, "State of the people of a cell at the start.")
    stock_segment: Integers = axis("cell", Domain("no such segment", 0, "segment"), "Their segment.")
    stock_row: Integers = axis("cell", NEXT_ROW, "Their willingness row.")
    stock_contact: Integers = axis("cell", FLAG, "Whether they were spoken to.")
    stock_support: Integers = axis("cell", FLAG, "Whether they are in support inside the group.")
    stock_kind: Integers = axis("cell", Domain("no such kind", 0, "kind"), "Kind of an invitation under way.")
    stock_age: Integers = axis("cell", AGO, "Weeks since the last conversation.")
    stock_offer_age: Integers = axis("cell", AGO, "Weeks since the last offer.")
    stock_wait: Integers = axis("cell", ANY, "Weeks, meaning by state (section 3).")
    stock_count: Integers = axis("cell", AMOUNT, "How many they are.")
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        many = self.sizes
        for name, axes in ((name, field.axes) for name, field in FIELDS.items()):
            if (dtype := _DTYPES.get(self.__annotations__[name])) is not None:
                given, shape = getattr(self, name), tuple(many[axis] for axis in axes)
                ready = isinstance(given, np.ndarray) and given.flags.owndata and not given.flags.writeable
                if ready and (given.shape, given.dtype) == (shape, dtype):
                    continue
                array = np.array(given, dtype=dtype, order="C")
                if array.ndim < len(shape) and array.shape == shape[len(shape) - array.ndim :]:
                    array = np.broadcast_to(array, shape).copy()
                array.flags.writeable = False
                object.__setattr__(self, name, array)

    @property
    def weeks(self) -> int:
        """Number of weeks T."""
        return int(self.minutes_available.shape[0])

    @property
    def people(self) -> int:
        """People in the starting stock, outside services included."""
        return int(self.stock_count.sum())

    @property
    def sizes(self) -> dict[str, int]:
        """Number of places on every axis."""
        periods = np.shape(self.interval)[0] if np.ndim(self.interval) == 2 else int(np.max(self.period)) + 1
        letters = (int(np.max(self.attempts)), *np.shape(self.letter_minutes))[-1]
        free = {"week": np.size(self.minutes_available), "period": periods, "segment": len(self.segments)}
        free |= {"row": np.size(self.after_accept), "attempt": letters, "cell": np.size(self.stock_count)}
        named = {e.__name__.lower(): len(e) for e in (Kind, Queue, Standing, Outcome, Channel, Approach)}
        few = dict.fromkeys(("service", "contact", "agreed", "called"), 2)
        return free | named | few | {"status": 3, "day": 5}

    def mondays(self) -> tuple[datetime.date, ...]:
        """Monday of every week."""
        return tuple(self.start + datetime.timedelta(days=7 * t) for t in range(self.weeks))

    def replace(self, **changes: Any) -> Compiled:
        """Return a copy with some fields replaced."""
        return dataclasses.replace(self, **changes)

    def digest(self) -> str:
        """sha256 of everything a simulation depends on (name and warnings are not)."""
        h = hashlib.sha256()
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                h.update(f"{name}:{value.dtype.str}:{value.shape}:".encode() + value.tobytes())
            elif name not in ("name", "warnings"):
                h.update(f"{name}={value!r};".encode())
        return h.hexdigest()


_DTYPES: dict[Any, Any] = {"Integers": np.int64, "Floats": np.float64, "Flags": np.bool_}
#: What every field of :class:`Compiled` holds, by name; the name, the start and the like apart.
FIELDS: dict[str, Axis] = {
    f.name: f.metadata["axis"] for f in dataclasses.fields(Compiled) if "axis" in f.metadata
}


def along(axis: str) -> tuple[str, ...]:
    """Return the names of the fields whose first axis this is."""
    return tuple(name for name, field in FIELDS.items() if field.axes[:1] == (axis,))


def check(c: Compiled) -> None:
    """Refuse a scenario that cannot exist, before its first week.

    ModelError with one line for everything that is wrong.
    """
    wrong: list[str] = []

    def need(field: str, ok: Any, what: str) -> None:
        flags, values = np.asarray(ok), np.asarray(getattr(c, field))
        if not flags.all():
            shown = flags.shape == values.shape and flags.ndim
            wrong.append(f"{field}: {what}" + (f" (got {values[~flags].flat[0]:g})" if shown else ""))

    need("weeks", 1 <= c.weeks <= LONGEST_RUN, f"a run has 1 to {LONGEST_RUN} weeks")
    need("start", c.start.weekday() == 0, "a run starts on a Monday")
    need("segments", bool(c.segments), "at least one segment")
    many = c.sizes
    for name, field in FIELDS.items():
        got, expected = np.shape(getattr(c, name)), tuple(many[axis] for axis in field.axes)
        if not wrong and got != expected:
            wrong.append(f"{name}: wrong shape (got {got}; expected {expected})")
    if not wrong:
        for name, field in FIELDS.items():
            values = np.asarray(getattr(c, name))
            need(name, field.domain.holds(values, many), field.domain.says)
            if field.domain.adds_up:
                need(name, np.abs(values.sum(axis=-1) - 1) < 1e-9, "shares add up to 1")
        spoken = np.isin(c.stock_state, (State.IN_CONTACT, State.OVERDUE, State.OUTSIDE_SERVICES))
        under_way = np.isin(c.stock_state, (State.INVITED, State.APPOINTMENT))
        outside = c.stock_state == State.OUTSIDE_SERVICES
        # fields beside each other
        need("lead", c.lead < c.interval, "invitations before the last conversation was held")
        need("attempts", c.attempts <= c.letter_minutes.shape[-1], "more letters than have minutes")
        need("places", c.places <= c.caseworkers, "more caseworkers than are followed")
        need("places", c.places >= int(c.fixed_person), "a fixed contact person in a team of none")
        need("stock_contact", ~spoken | (c.stock_contact == 1), "in contact, yet never spoken to")
        waits = (c.stock_state != State.NEVER_INVITED) | ((c.stock_contact == 0) & (c.stock_wait >= 0))
        need("stock_wait", waits, "never invited: no contact, and a wait of 0 or more")
        need(
            "stock_wait", ~under_way | (c.stock_wait >= 0), "the next step of an invitation lies in the past"
        )
        agrees = ~under_way | ((c.stock_kind == Kind.FOLLOW_UP) == (c.stock_contact == 1))
        need("stock_kind", agrees, "follow-ups are for people with contact, and for nobody else")
        need("stock_support", ~outside | (c.stock_support == 0), "support inside the group, outside it")
    if wrong:
        raise ModelError(f"scenario {c.name}: {line}" for line in wrong)
