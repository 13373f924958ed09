"""Names of columns, states, decisions and counters: the layout that tables and kernels share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# --- columns of the tables (layout.py fills them) ---
AVAILABLE, LIMIT, FIXED, POISSON = range(4)  # week[t]
OPEN, TALK, TRAVEL, REGISTRATION, MISSED_MINUTES = range(5)  # cell[t, s]
(OVERRUN, AGAIN_DECLINED, AGAIN_NOT_REACHED, APPOINTMENT_WEEKS, REBOOK, INTERVAL, LEAD, RETURN, AGREED,
 SUPPORT_ROW, SERVICES_ROW, LANE) = range(12)  # seg[s]; LANE + queue  # fmt: skip
P_OVERRUN, P_DEFINITIVE, P_AGAIN = range(3)  # chance[s]
ATTEMPTS, APPOINTMENTS, INITIATIVE, HANDOVER, LANES = 0, 3, 4, 5, 7  # one[...]
(STOCK_STATE, STOCK_SEGMENT, STOCK_ROW, STOCK_CONTACT, STOCK_AGE, STOCK_OFFER, STOCK_WAIT, STOCK_COUNT,
 STOCK_ORDER, STOCK_FIRST) = range(10)  # fmt: skip
# --- a person: one row of 28 numbers ---
(STATE, SEGMENT, ROW, CONTACT, KIND, ATTEMPT, MISSES, INVITATION, JOINS, EXITS, EXIT_ROW, DUE, END, QUEUE, JOINED,
 TIMER, TIMER_NEXT, TIMER_PREV, QUEUE_NEXT, QUEUE_PREV, EXIT, EXIT_NEXT, EXIT_PREV, LAST_TALK, LAST_OFFER, WEEK,
 INDEX, SPARE) = range(28)  # fmt: skip
FIELDS = 28
# --- states, queues, decisions ---
(NEVER_INVITED, INVITED, APPOINTMENT, IN_CONTACT, OVERDUE, DECLINED, NOT_REACHED, KNOWN_TO_WIJ, IN_SUPPORT,
 OUTSIDE, LEFT) = range(11)  # fmt: skip
Q_APPOINTMENT, Q_ATTEMPT, Q_FOLLOW_UP, Q_FIRST, Q_AGAIN = range(5)
ENTRY_STATE = (NEVER_INVITED, KNOWN_TO_WIJ, IN_CONTACT)
PERSON, ARRIVALS = 1, 2
D_ENTRY, D_EXIT, D_ANSWER, D_MEETING, D_SPELL, D_ORDER = range(1, 7)
STOCK_SPELL = 2**31
# --- what is counted ---
(ARRIVED, EXITED, RETURNED, INVITATIONS, LETTERS, ACCEPTED, REFUSED, UNANSWERED, MISSED, TALKS, FIRST_TALKS,
 TO_SUPPORT, TO_OUTSIDE) = range(13)  # fmt: skip
FLOWS = 13
(T_LETTER, T_REMINDER, T_TRAVEL, T_TALK, T_REGISTRATION, T_MISSED, T_HANDOVER, T_INITIATIVE, T_OVERRUN) = range(9)
TASKS = 9
B, USED, LOST, DEBT, NEW_DEBT, PROMISED, BACK, NOW = range(8)  # team[...]
REACHED, OFFERED, WAITING, SUM_JOINED = range(4)  # now[s]
(C_GROUP, C_REACHED, C_OFFERED, C_REACHED_SHARE, C_OFFERED_SHARE, C_WAITING, C_WAITED, C_MEAN_WAIT,
 C_FLOWS) = range(10, 19)  # fmt: skip
PEOPLE_COLUMNS = C_FLOWS + FLOWS
TEAM_COLUMNS = 5 + TASKS
WINDOW = 52
# --- event log ---
(L_ENTER, L_EXIT, L_JOIN, L_LETTER, L_YES, L_NO, L_SILENT, L_MISSED, L_TALK, L_OVERDUE, L_RETURN,
 L_SUPPORT_END) = range(12)  # fmt: skip

NEVER = 2**30  # a week that never comes
M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # Philox multipliers and Weyl constants
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK, U32, U1, U56 = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1), np.uint64(56)


class Tables(NamedTuple):
    """A scenario in the kernel's layout (``layout.py`` fills it)."""

    week: np.ndarray  # int64 (T, 4)
    cell: np.ndarray  # int64 (T, S, 5)
    seg: np.ndarray  # int64 (S, 16)
    letter: np.ndarray  # int64 (3, A, 2): minutes, weeks to the answer
    promise: np.ndarray  # int64 (3, S)
    one: np.ndarray  # int64 (8,)
    chance: np.ndarray  # uint64 (S, 3), thresholds of 32 bits, as all below
    reach: np.ndarray  # uint64 (3, S, A)
    accept: np.ndarray  # uint64 (R, S)
    missed: np.ndarray  # uint64 (3, S)
    outcome: np.ndarray  # uint64 (2, S, 5), cumulative, as the entry tables
    entry_segment: np.ndarray  # uint64 (S,)
    entry_status: np.ndarray  # uint64 (S, 3)
    entry_row: np.ndarray  # uint64 (2, S, R)
    after: np.ndarray  # int64 (3, R): after yes, no, conversation
    geometric: np.ndarray  # uint64 (G, T + 1), survival on 64 bits
    poisson: np.ndarray  # uint64 (U, K), cumulative on 64 bits
    exit_row: np.ndarray  # int64 (7, S)
    stock: np.ndarray  # int64 (N, 10)


class Work(NamedTuple):
    """Everything one replication writes to; one per thread, used again and again."""

    key: np.ndarray  # uint64 (2,)
    p: np.ndarray  # int32 (people, FIELDS)
    exit: np.ndarray  # int32 (T,), first person leaving in a week, -1 none
    timer: np.ndarray  # int32 (T,), first person whose timer rings
    lane: np.ndarray  # int32 (lanes, 3): first, last, batch that is in drawn order
    count: np.ndarray  # int64 (11, S), people by state
    talk: np.ndarray  # int64 (S, T + 52), group members by week of last conversation
    offer: np.ndarray  # int64 (S, T + 52)
    now: np.ndarray  # int64 (S, 4)
    flow: np.ndarray  # int64 (FLOWS, S), of this week
    task: np.ndarray  # int64 (TASKS,), minutes of this week
    team: np.ndarray  # int64 (8,)
    arrivals: np.ndarray  # int64 (T,)
    keys: np.ndarray  # uint64 (people,)
    who: np.ndarray  # int32 (people,)
    sorted_keys: np.ndarray  # uint64 (people,)
    sorted_who: np.ndarray  # int32 (people,)
    bucket: np.ndarray  # int64 (257,)
    waits: np.ndarray  # int64 (5, S, weeks), completed waits, over all replications
    log: np.ndarray  # int32 (lines, 6), empty: no log
    cursor: np.ndarray  # int64 (1,), lines that the log needed
    stop: np.ndarray  # int64 (1,), not 0: give up
