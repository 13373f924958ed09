"""Names of columns, states, decisions and counters: the memory layout that tables and kernels share.

Three arrays hold everything: ``c`` (int64, a scenario: read only), ``p`` (int32, one row per person) and
``h`` (int64, what else a replication writes to). The first numbers of ``c`` say where its tables begin, and
where the parts of ``h`` begin. Few arrays: compiling takes time for every array that is handed on.
"""

from __future__ import annotations

# --- c: numbers; ATTEMPTS + kind ---
(WEEKS, SEGMENTS, ROWS, ATTEMPTS_MOST, LANES, CELLS, GEOMETRIC_WIDTH, POISSON_WIDTH, WAIT_BINS,
 APPOINTMENTS, INITIATIVE, HANDOVER_SUPPORT, HANDOVER_OUTSIDE, NEWEST_FIRST,
 ATTEMPTS) = range(15)  # fmt: skip
# --- c: where tables begin ---
(WEEK_TABLE, CELL_TABLE, SEG_TABLE, LETTER_TABLE, PROMISE_TABLE, REACH_TABLE, ACCEPT_TABLE,
 MISSED_TABLE, OUTCOME_TABLE, ENTRY_SEGMENT, ENTRY_STATUS, ENTRY_ROW, AFTER_TABLE, GEOMETRIC_TABLE,
 POISSON_TABLE, EXIT_TABLE, STOCK_TABLE) = range(18, 35)  # fmt: skip
# --- c: where parts of h begin ---
(COUNT, TALK_WEEKS, OFFER_WEEKS, NOW, FLOW, TASK, TEAM, ARRIVALS, BUCKETS, EXIT_HEAD, TIMER_HEAD,
 LANE_ENDS, WAITS, SORT) = range(35, 49)  # fmt: skip
HEADER = 49
# --- columns of the tables ---
# per week
(AVAILABLE, LIMIT, TALK_LIMIT, FIXED, POISSON_ROW, QUARTER, LETTERS_GO, TALKS_GO,
 WEEK_WIDTH) = range(9)  # fmt: skip
# per week and segment
OPEN, TALK, CALL, TRAVEL, REGISTRATION, MISSED_MINUTES, INTERVAL, CELL_WIDTH = range(8)
(OVERRUN, AGAIN_DECLINED, AGAIN_NOT_REACHED, APPOINTMENT_WEEKS, REBOOK, LEAD, RETURN, AGREED,
 SUPPORT_ROW, SERVICES_ROW, EXIT_MOST, EXIT_EXTRA, P_OVERRUN, P_DEFINITIVE, P_AGAIN, P_REBOOKED,
 LANE) = range(17)  # per segment; LANE + queue  # fmt: skip
SEG_WIDTH = LANE + 6
(STOCK_STATE, STOCK_SEGMENT, STOCK_ROW, STOCK_CONTACT, STOCK_AGE, STOCK_OFFER, STOCK_WAIT,
 STOCK_COUNT, STOCK_ORDER, STOCK_FIRST, STOCK_WIDTH) = range(11)  # fmt: skip
# --- h: numbers at the front, then the parts above ---
KEY0, KEY1, STOP, CURSOR, LOG_LINES, SPACE, WORK_HEADER = range(7)
B, USED, LOST, DEBT, NEW_DEBT, PROMISED, BACK, TALKED, TEAM_WIDTH = range(9)  # TEAM +
REACHED, OFFERED, WAITING, SUM_JOINED, NOW_WIDTH = range(5)  # NOW + segment * NOW_WIDTH +
FIRST, LAST, ORDERED, TALKERS, WRITERS, LANE_WIDTH = range(6)  # LANE_ENDS + lane * LANE_WIDTH +
LOG_WIDTH = 6
WINDOW = 52
# --- p: a person, 32 numbers so that a row fills two cache lines ---
(STATE, SEGMENT, ROW, CONTACT, KIND, ATTEMPT, INVITATION, QUEUE, JOINED, TIMER, TIMER_NEXT,
 TIMER_PREV, QUEUE_NEXT, QUEUE_PREV, ENTRY_WEEK, INDEX, MISSES, JOINS, DUE, END, LAST_TALK,
 LAST_OFFER, EXIT_NEXT, EXIT_WORD, EXITS) = range(25)  # fmt: skip
FIELDS = 32
# --- states, queues, decisions ---
(NEVER_INVITED, INVITED, APPOINTMENT, IN_CONTACT, OVERDUE, DECLINED, NOT_REACHED, KNOWN_TO_WIJ,
 IN_SUPPORT, OUTSIDE, LEFT) = range(11)  # fmt: skip
STATES = 11
Q_APPOINTMENT, Q_ATTEMPT, Q_FOLLOW_UP, Q_FIRST, Q_NOT_REACHED, Q_DECLINED, QUEUES = range(7)
ENTITY_PERSON, ENTITY_ARRIVALS, ENTITY_TEAM, ENTITY_CASEWORKER = 1, 2, 3, 4
D_ENTRY, D_EXIT, D_ANSWER, D_MEETING, D_SPELL, D_ORDER = range(1, 7)
D_COUNT = 1
STOCK_SPELL = 2**31
# --- what is counted each week ---
(ARRIVED, EXITED, RETURNED, INVITATIONS, LETTERS, ACCEPTED, REFUSED, UNANSWERED, MISSED, TALKS,
 FIRST_TALKS, TO_SUPPORT, TO_OUTSIDE, FLOWS) = range(14)  # fmt: skip
(T_LETTER, T_NEXT_LETTER, T_CALL, T_TRAVEL, T_TALK, T_REGISTRATION, T_MISSED, T_HANDOVER,
 T_INITIATIVE, T_OVERRUN, TASKS) = range(11)  # fmt: skip
(C_GROUP, C_REACHED, C_OFFERED, C_REACHED_SHARE, C_OFFERED_SHARE, C_WAITING, C_WAITED, C_MEAN_WAIT,
 C_FLOWS) = range(10, 19)  # after ten states  # fmt: skip
PEOPLE_COLUMNS = C_FLOWS + FLOWS
C_AVAILABLE, C_USED, C_LOST, C_DEBT, C_PROMISED, C_TASKS = range(6)
TEAM_COLUMNS = C_TASKS + TASKS
# --- event log ---
(L_ENTER, L_EXIT, L_JOIN, L_LETTER, L_YES, L_NO, L_SILENT, L_MISSED, L_TALK, L_OVERDUE, L_RETURN,
 L_SUPPORT_END) = range(12)  # fmt: skip

NEVER = 2**30  # a week that never comes
