"""A compiled scenario in the memory layout of the calendar kernel, and the kernel's workspace."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.tables import cumulative, geometric, poisson, threshold

_MOST_WEEKS = 1040  # longest completed wait that has its own bin: twenty years


def _geometric_rows(compiled: Compiled) -> tuple[npt.NDArray[np.uint64], dict[float, int]]:
    """Survival table with one row per distinct weekly probability."""
    c = compiled
    distinct = np.unique(np.concatenate([c.exit_probability.ravel(), c.support_end, c.services_end]))
    table = np.stack([geometric(float(p), c.weeks + 1) for p in distinct])
    return table, {float(p): k for k, p in enumerate(distinct)}


def _poisson_rows(compiled: Compiled) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Cumulative table with one row per distinct mean; row number per week, -1 for none."""
    distinct = np.unique(compiled.inflow_mean[compiled.inflow_mean > 0])
    rows = [poisson(float(m)) for m in distinct]
    width = max([len(r) for r in rows], default=1)
    table = np.full((max(len(rows), 1), width), np.iinfo(np.uint64).max, dtype=np.uint64)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    number = np.searchsorted(distinct, compiled.inflow_mean)
    return table, np.where(compiled.inflow_mean > 0, number, -1).astype(np.int64)


def _stock(compiled: Compiled) -> npt.NDArray[np.int64]:
    """Cells of the starting stock, with the order in which they stand in queues (longest waiting first)."""
    c = compiled
    out = np.zeros((len(c.stock_count), 10), dtype=np.int64)
    fields = (c.stock_state, c.stock_segment, c.stock_row, c.stock_contact, c.stock_age, c.stock_offer_age,
              c.stock_wait, c.stock_count)  # fmt: skip
    for k, values in enumerate(fields):
        out[:, k] = values
    due = c.stock_wait - c.lead[c.stock_segment]
    joined = np.where(c.stock_state == State.NEVER_INVITED, -c.stock_wait, due)
    out[:, at.STOCK_ORDER] = np.argsort(joined, kind="stable")
    out[:, at.STOCK_FIRST] = np.cumsum(c.stock_count) - c.stock_count
    return out


def tables(compiled: Compiled) -> at.Tables:
    """Pack a scenario for the kernel; probabilities become integer thresholds."""
    c = compiled
    weeks, segments = c.letters_open.shape
    geometric_table, row = _geometric_rows(c)
    poisson_table, poisson_row = _poisson_rows(c)
    week = np.stack([c.minutes_available, c.promise_limit, c.inflow_fixed, poisson_row], axis=1)
    cell = np.stack(
        [c.letters_open.astype(np.int64), c.conversation_minutes, c.travel_minutes, c.registration_minutes,
         c.missed_minutes], axis=2)  # fmt: skip
    lanes, lane = np.unique(c.lane, return_inverse=True)
    seg = np.zeros((segments, at.LANE + 5), dtype=np.int64)
    for column, values in (
        (at.OVERRUN, c.overrun_minutes), (at.AGAIN_DECLINED, c.again_declined),
        (at.AGAIN_NOT_REACHED, c.again_not_reached), (at.APPOINTMENT_WEEKS, c.appointment_weeks),
        (at.REBOOK, c.rebook_weeks), (at.INTERVAL, c.interval), (at.LEAD, c.lead), (at.RETURN, c.return_weeks),
        (at.AGREED, c.agreed_weeks), (at.SUPPORT_ROW, [row[float(p)] for p in c.support_end]),
        (at.SERVICES_ROW, [row[float(p)] for p in c.services_end]),
    ):  # fmt: skip
        seg[:, column] = values
    seg[:, at.LANE :] = lane.reshape(c.lane.shape).T
    one = np.array(
        [*c.attempts, c.appointments_max, c.initiative_per_1000, *c.handover_minutes, len(lanes)], dtype=np.int64
    )
    exit_row = np.vectorize(lambda p: row[float(p)], otypes=[np.int64])(c.exit_probability)
    return at.Tables(
        week=np.ascontiguousarray(week), cell=np.ascontiguousarray(cell), seg=seg,
        letter=np.ascontiguousarray(np.stack([c.letter_minutes, c.answer_weeks], axis=2)),
        promise=_own(c.promise_minutes), one=one,
        chance=threshold(np.stack([c.overrun_probability, c.definitive, c.not_reached_again], axis=1)),
        reach=threshold(c.reach), accept=threshold(c.accept), missed=threshold(c.missed),
        outcome=cumulative(c.outcome), entry_segment=cumulative(c.entry_segment),
        entry_status=cumulative(c.entry_status), entry_row=cumulative(c.entry_row),
        after=np.stack([c.after_accept, c.after_refusal, c.after_conversation]),
        geometric=geometric_table, poisson=poisson_table, exit_row=np.ascontiguousarray(exit_row), stock=_stock(c),
    )  # fmt: skip


def _own(array: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Copy that may be written: Numba compiles read-only arrays as another type."""
    return np.array(array)


def columns(compiled: Compiled) -> int:
    """Numbers that one replication records per week."""
    segments = len(compiled.segments)
    return (segments if segments > 1 else 0) * at.PEOPLE_COLUMNS + at.PEOPLE_COLUMNS + at.TEAM_COLUMNS


def wait_bins(compiled: Compiled) -> int:
    """Bins of completed waits, one week each; the last also takes longer ones."""
    c = compiled
    before = np.where(c.stock_state == State.NEVER_INVITED, c.stock_wait, c.lead[c.stock_segment] - c.stock_wait)
    longest = c.weeks + max(0, int(before.max(initial=0)))
    return min(longest, _MOST_WEEKS) + 1


def workspace(compiled: Compiled, people: int, *, log_lines: int = 0, stop: npt.NDArray[np.int64]) -> at.Work:
    """Everything one replication writes to, for at most ``people`` people."""
    weeks, segments = compiled.letters_open.shape
    lanes = len(np.unique(compiled.lane))

    def whole(*shape: int) -> npt.NDArray[np.int64]:
        return np.zeros(shape, dtype=np.int64)

    return at.Work(
        key=np.zeros(2, dtype=np.uint64), p=np.zeros((people, at.FIELDS), dtype=np.int32),
        exit=np.zeros(weeks, dtype=np.int32), timer=np.zeros(weeks, dtype=np.int32),
        lane=np.zeros((lanes, 3), dtype=np.int32), count=whole(11, segments),
        talk=whole(segments, weeks + at.WINDOW), offer=whole(segments, weeks + at.WINDOW), now=whole(segments, 4),
        flow=whole(at.FLOWS, segments), task=whole(at.TASKS), team=whole(8), arrivals=whole(weeks),
        keys=np.zeros(people, dtype=np.uint64), who=np.zeros(people, dtype=np.int32),
        sorted_keys=np.zeros(people, dtype=np.uint64), sorted_who=np.zeros(people, dtype=np.int32),
        bucket=whole(257), waits=whole(5, segments, wait_bins(compiled)),
        log=np.zeros((log_lines, 6), dtype=np.int32), cursor=whole(1), stop=stop,
    )  # fmt: skip
