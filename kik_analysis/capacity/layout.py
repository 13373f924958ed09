"""A compiled scenario in the memory layout of the calendar kernel, and the kernel's workspace.

Probabilities become thresholds and tables of whole numbers, by integer arithmetic only: no logarithm or
exponential of a platform's C library enters, so every machine makes the same choices.
"""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import FIELDS, Channel, Compiled, Integers, Queue, Standing, State
from kik_analysis.capacity.kernel import names as at
from kik_analysis.errors import ModelError

_BITS = 63  # waiting times and numbers of arrivals are drawn from 63 bits, which an int64 holds
_TOP = (1 << _BITS) - 1
_PRECISION = 256  # bits; far more than the 63 that are kept


def threshold(p: Any) -> Integers:
    """Integer threshold of probabilities: an event happens when a 32-bit word is below it."""
    return np.asarray(np.rint(np.asarray(p, dtype=np.float64) * at.ONE), dtype=np.int64)


def cumulative(p: Any) -> Integers:
    """Cumulative thresholds along the last axis; the last one is certain whatever the rounding."""
    values = np.asarray(p, dtype=np.float64)
    out = threshold(np.minimum(np.cumsum(values, axis=-1), 1.0))
    # From the last category with any probability on, the threshold is one: rounding never adds a category.
    possible = (values > 0).astype(np.int64)
    after = np.flip(np.cumsum(np.flip(possible, -1), axis=-1), -1) - possible
    out[after == 0] = at.ONE
    return out


def geometric(p: float, horizon: int) -> Integers:
    """Survival table of a geometric waiting time.

    Entry m-1 is P(X > m) on a scale of 2**63, m = 1..horizon, with P(X = m) = p (1-p)**(m-1). A 63-bit
    uniform u gives X = 1 + number of entries above u; below the last entry X lies beyond the horizon.
    """
    stay = at.ONE - int(threshold(p))
    out, survival = [], 1 << _PRECISION
    for _ in range(horizon):
        survival = (survival * stay) >> 32
        out.append(min(survival >> (_PRECISION - _BITS), _TOP))
    return np.array(out, dtype=np.int64)


def poisson(mean: float) -> Integers:
    """Cumulative table of a Poisson number: X = number of entries at or below a 63-bit uniform u.

    Built outward from the mode by the ratio mean / k and divided by its own sum, so no exponential is used.
    """
    if not 0 <= mean < 1e7:
        raise ModelError(f"mean number of arrivals per week: got {mean:g}; expected 0 to 10,000,000")
    exact = Fraction(mean)
    mode, one = int(mean), 1 << _PRECISION
    up, k = [one], mode
    while up[-1] and exact:
        k += 1
        up.append(up[-1] * exact.numerator // (exact.denominator * k))
    down, k, value = [], mode, one
    while k > 0 and value:
        value = value * k * exact.denominator // exact.numerator
        down.append(value)
        k -= 1
    weights = [0] * k + down[::-1] + up
    total, running, out = sum(weights), 0, []
    for weight in weights:
        running += weight
        out.append(min((running << _BITS) // total, _TOP))
        if out[-1] == _TOP:
            break
    return np.array(out, dtype=np.int64)


_MOST_WEEKS = 1040  # longest completed wait that has its own bin: twenty years
_WAITED_BEFORE = 260  # of which before the start
#: Fields that are a table of their own.
_ALONE = (
    "attempts",
    "promise_minutes",
    "reach",
    "accept",
    "rebooked",
    "outcome",
    "entry_segment",
    "entry_status",
    "entry_row",
)
_PAIR = 128  # bytes: two cache lines, which memory hands over together; a person's row


@dataclass(frozen=True)
class Space:
    """What one replication writes to: people (int32) and everything else (int64)."""

    people: npt.NDArray[np.int32]
    rest: Integers


def _exits(c: Compiled) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Largest weekly probability of leaving while in the group, and what outside adds to it, by segment.

    Leaving with probability ``most`` or else with ``extra`` is leaving with ``exit_probability[:, OUTSIDE]``.
    """
    most = c.exit_probability[:, : Standing.OUTSIDE].max(axis=(0, 1))
    outside = c.exit_probability[0, Standing.OUTSIDE]
    left_over = np.divide(
        outside - most, 1 - most, out=np.zeros_like(most), where=(outside > most) & (most < 1)
    )
    return most, left_over


def _packed(c: Compiled, name: str) -> Integers:
    """A field as whole numbers: shares that add up as cumulative thresholds, others as thresholds."""
    values, domain = np.asarray(getattr(c, name)), FIELDS[name].domain
    if values.dtype == np.float64 and domain.high == 1:
        return cumulative(values) if domain.adds_up else threshold(values)
    return values.astype(np.int64)


def _table(c: Compiled, axes: str, *computed: Integers) -> Integers:
    """A row for every place on some axes: the fields on just these with a name, then what is computed."""
    names = (n for n, f in FIELDS.items() if f.axes == tuple(axes.split()) and not f.domain.adds_up)
    places = {getattr(at, name.upper()): name for name in names if hasattr(at, name.upper())}
    columns = np.stack([_packed(c, places[k]) for k in range(len(places))], axis=-1)
    return np.concatenate([columns, *computed], axis=-1)


def _weeks(c: Compiled, poisson_row: Integers) -> Integers:
    """A row per week: hours, limits, arrivals, who is at work, what is open, and the period of every day."""
    usual = threshold((1 - c.sick_share) * (1 - gone(c))) if c.goes else at.ONE - threshold(c.sick_share)
    monday = c.period[:, 0]
    opened = c.opens[monday][:, [Queue.NOT_REACHED, Queue.DECLINED]]
    weeks = np.where(opened, np.arange(c.weeks)[:, None], at.NEVER)
    opens = np.minimum.accumulate(weeks[::-1])[::-1]  # first week from each on; one that never comes
    rest = (poisson_row, quarters(c)[1], usual, c.newest_first[monday].astype(np.int64), opens, c.period)
    return _table(c, "week", np.column_stack(rest))


def gone(c: Compiled) -> float:
    """Share of a caseworker's time that is lost by departures: all until a successor, half while learning."""
    return went(c) * (c.hiring_weeks + c.learning_weeks / 2)


def went(c: Compiled) -> float:
    """Departures of a place per week, in the long run: nobody goes while the place is empty or learning."""
    return c.goes / (1 + c.goes * (c.hiring_weeks + c.learning_weeks))


def _periods(c: Compiled, lane: Integers) -> Integers:
    """A row per period and segment: times, reminder, need, mail, lanes, approaches, channels by contact.

    A channel is read from 31 bits, which fit in an int32.
    """
    n = len(c.segments)
    alike = np.column_stack([c.mail_counts, c.approach])[:, None].repeat(n, axis=1)
    channel = np.moveaxis((_packed(c, "channel") + 1) >> 1, 1, 2).reshape(-1, n, 2 * len(Channel))
    lanes = np.moveaxis(lane, 1, 2)
    return _table(c, "period segment", alike[..., :1], lanes, alike[..., 1:], channel)


def _meetings(c: Compiled) -> Integers:
    """A conversation by reminder, contact, channel and segment: its minutes, and how often it is missed."""
    shape = (2, 2, len(Channel), len(c.segments))
    call = np.array([0, 1])[:, None, None, None] * c.reminder_minutes[:, None]
    travel, registration = c.travel_minutes[:, None], c.registration_minutes[:, :, None]
    planned = c.talk_minutes + travel + registration + call
    lost = np.minimum(c.missed_minutes[:, None] + travel + call, planned)
    parts = (planned, call, travel, registration, lost, threshold(c.missed)[..., None])
    return np.stack([np.broadcast_to(part, shape) for part in parts], axis=-1)


def tables(c: Compiled) -> Integers:
    """Pack a scenario for the kernel in one array; probabilities become integer thresholds."""
    # a row per segment, and the survival table that it points to: a row per distinct weekly probability
    chances = np.stack([c.support_end, c.services_end, *_exits(c)], axis=-1)
    distinct, row = np.unique(chances, return_inverse=True)
    table = np.stack([geometric(float(p), c.weeks + 1) for p in distinct])
    segments, geometric_table = _table(c, "segment", row.reshape(chances.shape)), table
    # arrivals: a cumulative table for every mean above nought; asked for both, ``unique`` loads no numpy.ma
    means, poisson_row = np.unique(c.inflow_mean, return_inverse=True)
    none = int(means[0] == 0)
    each = [poisson(float(mean)) for mean in means[none:]] or [np.zeros(0, dtype=np.int64)]
    poisson_table = np.full((len(each), max(1, *map(len, each))), np.iinfo(np.int64).max, dtype=np.int64)
    for k, one in enumerate(each):
        poisson_table[k, : len(one)] = one
    lanes, lane = np.unique(c.lane, return_inverse=True)
    most = _exits(c)[0]
    share = np.divide(c.exit_probability, most, out=np.zeros_like(c.exit_probability), where=most > 0)
    # the starting stock in the order in which it stands in queues: who waits longest joins at the right end
    ahead = c.lead[c.period[0, 0]][c.stock_segment]
    joined = np.where(c.stock_state == State.NEVER_INVITED, -c.stock_wait, c.stock_wait - ahead)
    stock = np.column_stack([np.argsort(joined, kind="stable"), c.stock_count.cumsum() - c.stock_count])
    parts: dict[int, Integers] = {getattr(at, name.upper()): _packed(c, name) for name in _ALONE}
    parts |= {
        at.WEEK_TABLE: _weeks(c, poisson_row - none),
        at.CELL_TABLE: _periods(c, lane.reshape(c.lane.shape)),
        at.SEG_TABLE: segments,
        at.MEET_TABLE: _meetings(c),
        at.LETTER_TABLE: np.stack(np.broadcast_arrays(c.letter_minutes, c.answer_weeks), axis=-1),
        at.WAY_TABLE: np.stack([c.appointment_weeks, c.rebook_weeks], axis=1),
        at.AFTER_TABLE: np.stack([c.after_accept, c.after_refusal, c.after_conversation]),
        at.GEOMETRIC_TABLE: geometric_table,
        at.POISSON_TABLE: poisson_table,
        at.EXIT_TABLE: (threshold(np.minimum(share, 1)) + 1) >> 1,  # as a channel: 31 bits
        at.MOVED: _packed(c, "moved") if c.moved.any() else np.zeros(0, dtype=np.int64),
        at.STOCK_TABLE: _table(c, "cell", stock),
    }
    joint = bool(((c.stock_state == State.KNOWN_TO_WIJ) & (c.stock_wait >= 0)).any())
    header, many = np.zeros(at.HEADER, dtype=np.int64), c.sizes
    for name in (name for name, field in FIELDS.items() if not field.axes):
        header[getattr(at, name.upper())] = _packed(c, name)
    if c.chosen_most < 0:
        header[at.CHOSEN_MOST] = at.NEVER
    header[[at.WEEKS, at.SEGMENTS, at.ROWS, at.ATTEMPTS_MOST, at.CELLS]] = [
        many[axis] for axis in ("week", "segment", "row", "attempt", "cell")
    ]
    header[at.LANES] = len(lanes)
    header[at.WAIT_BINS] = min(c.weeks + _WAITED_BEFORE, _MOST_WEEKS) + 1  # the last takes longer ones
    header[[at.GEOMETRIC_WIDTH, at.POISSON_WIDTH]] = geometric_table.shape[1], poisson_table.shape[1]
    header[[at.HANDOVER_SUPPORT, at.HANDOVER_OUTSIDE]] = c.handover_minutes
    header[at.WENT] = threshold(went(c))
    # whether anything depends on the channel and the working day that are drawn for a contact
    header[at.CHANNEL_DRAWN] = len(c.interval) > 1 or ((c.channel > 0) & (c.channel < 1)).any()
    header[at.APPROACH_VARIES] = joint or c.approach.any()
    header[at.LEAD_VARIES] = np.ptp(c.lead, axis=0).any()
    header[at.LANES_VARY] = np.ptp(c.lane, axis=0).any() or (c.newest_first != c.newest_first[0]).any()
    order = sorted(parts)
    header[order] = at.HEADER + np.cumsum([0, *(parts[where].size for where in order[:-1])])
    _place(header)
    flat = (np.ascontiguousarray(parts[where], dtype=np.int64).ravel() for where in order)
    return np.concatenate([header, *flat])


def _place(header: Integers) -> None:
    """Say where the parts of the workspace begin."""
    weeks, segments, caseworkers = (int(header[n]) for n in (at.WEEKS, at.SEGMENTS, at.CASEWORKERS))
    sizes = dict.fromkeys((at.ARRIVALS, at.HOURS, at.EXIT_HEAD, at.TIMER_HEAD), weeks)
    windows = (at.TALK_WEEKS, at.CONTACT_WEEKS, at.OFFER_WEEKS)
    sizes |= dict.fromkeys(windows, segments * (weeks + at.WINDOW))
    sizes |= {
        at.COUNT: at.STATES * segments,
        at.SUPPORT_WEEKS: segments * weeks,
        at.NOW: segments * at.NOW_WIDTH,
        at.FLOW: at.FLOWS * segments,
        at.TASK: at.TASKS,
        at.TEAM: at.TEAM_WIDTH,
        at.DESK_TABLE: at.DESK_WIDTH * (caseworkers if header[at.FIXED_PERSON] else 1),
        at.BUCKETS: 257,
        at.AT_WORK: weeks * caseworkers,
        at.LANE_ENDS: int(header[at.LANES]) * at.LANE_WIDTH,
        at.WAITS: at.QUEUES * segments * int(header[at.WAIT_BINS]),
        at.SORT: 0,
    }
    order = sorted(sizes)
    header[order] = at.WORK_HEADER + np.cumsum([0, *(sizes[where] for where in order[:-1])])


def columns(c: Compiled) -> int:
    """Numbers that one replication records per week."""
    segments = len(c.segments)
    return (segments if segments > 1 else 0) * at.PEOPLE_COLUMNS + at.PEOPLE_COLUMNS + at.TEAM_COLUMNS


def quarters(c: Compiled) -> tuple[tuple[datetime.date, ...], Integers]:
    """First day of every calendar quarter of the run, and the number of the quarter each week begins in."""
    first = [datetime.date(d.year, 3 * ((d.month - 1) // 3) + 1, 1) for d in c.mondays()]
    names, number = np.unique(np.array(first), return_inverse=True)
    return tuple(names), number


def rows(c: Compiled) -> int:
    """Rows of one replication's record: weeks, quarters, and the whole run."""
    return c.weeks + len(quarters(c)[0]) + 1


def space(table: Integers, people: int, log_lines: int = 0) -> Space:
    """Room for one replication with at most ``people`` people."""
    rest = np.zeros(int(table[at.SORT]) + 7 * people + log_lines * at.LOG_WIDTH, dtype=np.int64)
    rest[at.SPACE], rest[at.LOG_LINES] = people, log_lines
    rest[at.TIMER_NEXT : at.LOG + 1] = table[at.SORT] + people * np.arange(4, 8)
    # a row per person, each exactly a pair of cache lines
    room = np.zeros((people + 1) * at.FIELDS, dtype=np.int32)
    skip = -room.ctypes.data % _PAIR // room.itemsize
    return Space(room[skip : skip + people * at.FIELDS].reshape(people, at.FIELDS), rest)


def waits(table: Integers, room: Space) -> Integers:
    """Completed waits so far, (queues, segments, weeks)."""
    shape = (at.QUEUES, int(table[at.SEGMENTS]), int(table[at.WAIT_BINS]))
    return room.rest[int(table[at.WAITS]) :][: math.prod(shape)].reshape(shape)


def log(room: Space) -> tuple[Integers, int]:
    """Lines of the event log, and how many were needed."""
    needed = int(room.rest[at.CURSOR])
    lines = room.rest[int(room.rest[at.LOG]) :].reshape(-1, at.LOG_WIDTH)
    return lines[:needed], needed


def with_hours(table: Integers, hours: Mapping[str, Any]) -> Integers:
    """Return a packed scenario with other hours of the team: fields by week, and perhaps ``caseworkers``."""
    out = table.copy()
    size = int(table[at.WEEKS]) * at.WEEK_WIDTH
    weeks = out[int(table[at.WEEK_TABLE]) :][:size].reshape(-1, at.WEEK_WIDTH)
    for name, values in hours.items():
        (weeks.T if FIELDS[name].axes else out)[getattr(at, name.upper())] = values
    _place(out)
    return out
