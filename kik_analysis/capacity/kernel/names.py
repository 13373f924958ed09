"""Names of columns, states, decisions and counters: the memory layout that tables and kernels share.

Three arrays hold everything: ``c`` (int64, a scenario: read only), ``p`` (int32, one row per person) and
``h`` (int64, what else a replication writes to). The first numbers of ``c`` say where its tables begin, and
where the parts of ``h`` begin. Few arrays: compiling takes time for every array that is handed on. What a
field of ``Compiled`` gives has that field's name here (``layout.tables`` finds it by that).
"""

# --- c: numbers ---
(WEEKS, SEGMENTS, ROWS, ATTEMPTS_MOST, LANES, CELLS, GEOMETRIC_WIDTH, POISSON_WIDTH, WAIT_BINS,
 APPOINTMENTS_MAX, INITIATIVE_PER_1000, HANDOVER_SUPPORT, HANDOVER_OUTSIDE,
 CHANNEL_DRAWN, APPROACH_VARIES, LEAD_VARIES, LANES_VARY, CASEWORKERS, SICK_ENDS, GOES, WENT, HIRING_WEEKS,
 LEARNING_WEEKS, FIXED_PERSON, TAKEOVER_WEEKS, CHOSEN_MOST, HEADS) = range(27)  # fmt: skip
# --- c: where tables begin ---
(WEEK_TABLE, CELL_TABLE, SEG_TABLE, MEET_TABLE, ATTEMPTS, LETTER_TABLE, PROMISE_MINUTES, WAY_TABLE,
 REACH, ACCEPT, REBOOKED, OUTCOME, ENTRY_SEGMENT, ENTRY_STATUS, ENTRY_ROW, AFTER_TABLE,
 GEOMETRIC_TABLE, POISSON_TABLE, EXIT_TABLE, MOVED, STOCK_TABLE,
 TABLES) = range(HEADS, HEADS + 22)  # fmt: skip
# --- c: where parts of h begin ---
(COUNT, TALK_WEEKS, CONTACT_WEEKS, OFFER_WEEKS, SUPPORT_WEEKS, NOW, FLOW, TASK, TEAM, DESK_TABLE, ARRIVALS,
 BUCKETS, HOURS, AT_WORK, EXIT_HEAD, TIMER_HEAD, LANE_ENDS, WAITS, SORT,
 HEADER) = range(TABLES, TABLES + 20)  # fmt: skip
# --- columns of the tables: of fields, then what is computed ---
# per week; DAYS + day of the week: the period it lies in
(MINUTES_AVAILABLE, PLACES, SICK_SHARE, SICK_BEGINS, PROMISE_LIMIT, PROMISE_LIMIT_FIRST, PROMISE_LIMIT_OTHERS,
 START_SHARE, INFLOW_FIXED, POISSON_ROW, QUARTER, USUAL, NEWEST_FIRST, OPEN_NOT_REACHED, OPEN_DECLINED,
 DAYS) = range(16)  # fmt: skip
WORKDAYS = 5
WEEK_WIDTH = DAYS + WORKDAYS
# per period and segment; LANE + queue, APPROACHES + queue, CHANNELS + contact * CHANNEL_COUNT + channel
(INTERVAL, REMINDER, NEED, NEED_INTERVAL, LEAD, AGAIN_NOT_REACHED, AGAIN_DECLINED, MAIL_COUNTS,
 LANE) = range(9)  # fmt: skip
HOME, OFFICE, PHONE, MAIL, CHANNEL_COUNT = range(5)
APPROACHES = LANE + 6
CHANNELS = APPROACHES + 6
CELL_WIDTH = CHANNELS + 2 * CHANNEL_COUNT
# per reminder, contact, channel and segment: a conversation
PLANNED, CALL, TRAVEL, REGISTRATION, MISSED_MINUTES, P_MISSED, MEET_WIDTH = range(7)
(OVERRUN_MINUTES, OVERRUN_PROBABILITY, DEFINITIVE, NOT_REACHED_AGAIN, SUPPORT_ROW, SERVICES_ROW, EXIT_MOST,
 EXIT_EXTRA, SEG_WIDTH) = range(9)  # per segment  # fmt: skip
(STOCK_STATE, STOCK_SEGMENT, STOCK_ROW, STOCK_CONTACT, STOCK_SUPPORT, STOCK_KIND, STOCK_AGE,
 STOCK_OFFER_AGE, STOCK_WAIT, STOCK_COUNT, STOCK_ORDER, STOCK_FIRST, STOCK_WIDTH) = range(13)  # fmt: skip
# --- h: numbers at the front, then the parts above, then those that grow with the people: who follows whom in
# three kinds of lists (apart from the people, so that a list can be run ahead of), and the event log ---
(KEY0, KEY1, STOP, CURSOR, LOG_LINES, SPACE, TIMER_NEXT, QUEUE_NEXT, EXIT_NEXT, LOG,
 WORK_HEADER) = range(11)  # fmt: skip
USED, LOST, DEBT, NEW_DEBT, CHOSEN, TEAM_WIDTH = range(6)  # TEAM +
# DESK_TABLE + desk * DESK_WIDTH +; a pooled team has one desk, fixed contact persons have one each
B, PROMISED, STARTED, KEPT, CLOSED, DESK_WIDTH = 0, 1, 4, 7, 10, 11  # PROMISED, STARTED, KEPT + kind
(SPOKEN, CONTACTED, APPROACHED, SUPPORTED, BACKLOG, WAITING, SUM_JOINED,
 NOW_WIDTH) = range(8)  # NOW + segment * NOW_WIDTH +  # fmt: skip
FIRST, LAST, LANE_WIDTH = range(3)  # LANE_ENDS + lane * LANE_WIDTH +
LOG_WIDTH = 6
WINDOW = 52
# --- p: a person; 32 numbers, so that a row fills two cache lines ---
FIELDS, AHEAD, FEW = 32, 12, 64  # AHEAD: rows asked for before they are needed; FEW: sorted without buckets
(STATE, SEGMENT, ROW, CONTACT, KIND, ATTEMPT, INVITATION, QUEUE, JOINED, TIMER, TIMER_PREV, QUEUE_PREV,
 ENTRY_WEEK, INDEX, MISSES, JOINS, DUE, END, LAST_TALK, LAST_CONTACT, LAST_OFFER, EXIT_WORD, EXITS, SUPPORT,
 WORD, DAY, APPROACH, PROMISE, DESK, IN_ORDER, SAID_NO) = range(31)  # fmt: skip
VOLUNTARY, LESS, JOINT, IS_CHOSEN = 0, 1, 2, 4  # APPROACH: one of three, and whether one of a limited number
# --- states, queues, decisions ---
(NEVER_INVITED, INVITED, APPOINTMENT, IN_CONTACT, OVERDUE, DECLINED, NOT_REACHED, KNOWN_TO_WIJ,
 OUTSIDE, LEFT) = range(10)  # fmt: skip
STATES = 10
Q_APPOINTMENT, Q_ATTEMPT, Q_FOLLOW_UP, Q_FIRST, Q_NOT_REACHED, Q_DECLINED, QUEUES = range(7)
ENTITY_PERSON, ENTITY_ARRIVALS, ENTITY_TEAM, ENTITY_CASEWORKER = 1, 2, 3, 4
D_ENTRY, D_EXIT, D_ANSWER, D_MEETING, D_SPELL, D_ORDER, D_CHANNEL, D_MOVED = range(1, 9)
D_COUNT = 1
STOCK_SPELL = 2**31
# --- what is counted each week ---
(ARRIVED, EXITED, RETURNED, INVITATIONS, LETTERS, ACCEPTED, REFUSED, UNANSWERED, MISSED, TALKS,
 FIRST_TALKS, TO_SUPPORT, TO_OUTSIDE, TO_GOALS, TO_NOTHING, FOLLOW_UPS,
 BY_CHANNEL) = range(17)  # TO_SUPPORT + outcome, BY_CHANNEL + channel  # fmt: skip
BY_COLLEAGUE = BY_CHANNEL + CHANNEL_COUNT
FLOWS = BY_COLLEAGUE + 1
(T_LETTER, T_NEXT_LETTER, T_CALL, T_TRAVEL, T_TALK, T_REGISTRATION, T_MISSED, T_HANDOVER,
 T_INITIATIVE, T_OVERRUN, TASKS) = range(11)  # fmt: skip
(C_GROUP, C_SUPPORT, C_BACKLOG, C_APPROACHED, C_CONTACT, C_SPOKEN, C_APPROACHED_SHARE, C_CONTACT_SHARE,
 C_SPOKEN_SHARE, C_WAITING, C_WAITED, C_MEAN_WAIT, C_FLOWS) = range(9, 22)  # after nine states  # fmt: skip
PEOPLE_COLUMNS = C_FLOWS + FLOWS
C_AVAILABLE, C_USED, C_LOST, C_DEBT, C_PROMISED, C_TASKS = range(6)
TEAM_COLUMNS = C_TASKS + TASKS
# --- event log ---
(L_ENTER, L_EXIT, L_JOIN, L_LETTER, L_YES, L_NO, L_SILENT, L_MISSED, L_TALK, L_OVERDUE, L_RETURN,
 L_SUPPORT, L_MAIL) = range(13)  # fmt: skip

NEVER = 2**30  # a week that never comes
ONE = 2**32  # certainty, on the scale of a word
