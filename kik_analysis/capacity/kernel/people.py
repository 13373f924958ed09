"""A person moves: lists by week (fetched ahead), state, week of leaving, windows of 52 weeks, queues."""

from kik_analysis.capacity.kernel.draws import *


def seg(c, s, column):
    """A number of a segment."""
    return c[c[SEG_TABLE] + s * SEG_WIDTH + column]


def week(c, t, column):
    """A number of a week."""
    return c[c[WEEK_TABLE] + t * WEEK_WIDTH + column]


def period(c, p, i, t):
    """Period in which this person's working day of week t lies."""
    return c[c[WEEK_TABLE] + t * WEEK_WIDTH + DAYS + p[i, DAY]]


def cell(c, p, i, t, column):
    """A number of the period in which this person's working day of week t lies."""
    return c[c[CELL_TABLE] + (period(c, p, i, t) * c[SEGMENTS] + p[i, SEGMENT]) * CELL_WIDTH + column]


def lane_of(c, p, i, t):
    """Where the ends of the lane stand in which this person waits: the order of the week's Monday."""
    k = c[CELL_TABLE] + (week(c, t, DAYS) * c[SEGMENTS] + p[i, SEGMENT]) * CELL_WIDTH + LANE + p[i, QUEUE]
    return c[LANE_ENDS] + c[k] * LANE_WIDTH


def desk(c, p, i):
    """Where the numbers of this person's caseworker stand; of the team, where it is pooled."""
    return c[DESK_TABLE] + p[i, DESK] * DESK_WIDTH


def approach(p, i):
    """How the running invitation is put."""
    return p[i, APPROACH] & 3


def channel(c, p, i, t):
    """How this person is invited: the word drawn for the contact, read by the shares of the day.

    Who is invited less non-committally comes to the office, where anybody does.
    """
    first, word = CHANNELS + p[i, CONTACT] * CHANNEL_COUNT, p[i, WORD]
    office = cell(c, p, i, t, first + OFFICE)
    if approach(p, i) == LESS and p[i, CONTACT] == 0 and office > cell(c, p, i, t, first):
        return OFFICE
    if word < cell(c, p, i, t, first):
        return HOME
    if word < office:
        return OFFICE
    return PHONE if word < cell(c, p, i, t, first + PHONE) else MAIL


def met(c, p, i, t):
    """How this person is met: an unanswered mail is followed by calls."""
    way = channel(c, p, i, t)
    return PHONE if way == MAIL and p[i, ATTEMPT] > 0 else way


def choose_channel(c, p, h, i):
    """Draw once for a contact what decides its channel, and on which working day things happen."""
    if c[CHANNEL_DRAWN] == 1:
        w0, w1, _, _ = draw(p, h, i, D_CHANNEL, p[i, INVITATION], 0)
        p[i, WORD], p[i, DAY] = w0 >> 1, (w1 * WORKDAYS) >> 32


def promise(c, p, i, t, agreed):
    """Minutes that an invitation of this person is expected to need: when it starts (0), after a yes (1)."""
    way = ((period(c, p, i, t) * 2 + agreed) * 2 + p[i, CONTACT]) * CHANNEL_COUNT + met(c, p, i, t)
    return c[c[PROMISE_MINUTES] + way * c[SEGMENTS] + p[i, SEGMENT]]


def promised(c, p, h, i, sign):
    """Count what was promised to this person in or out."""
    h[desk(c, p, i) + PROMISED + p[i, KIND]] += sign * p[i, PROMISE]


def count_flow(c, h, flow, s, n):
    """Count an event of this week."""
    h[c[FLOW] + flow * c[SEGMENTS] + s] += n


def note(c, p, h, i, t, event, value):
    """One line of the event log, if there is one."""
    if h[LOG_LINES] > 0:
        if h[CURSOR] < h[LOG_LINES]:
            n = h[LOG] + h[CURSOR] * LOG_WIDTH
            h[n], h[n + 1], h[n + 2] = t, p[i, ENTRY_WEEK], p[i, INDEX]
            h[n + 3], h[n + 4], h[n + 5] = event, value, p[i, STATE]
        h[CURSOR] += 1


def prefetch(p, i):
    """Ask memory for a row that is needed soon: an instruction in ``machine.py``, nothing in plain Python."""


def fetch(p, h, i, links):
    """Ask memory for somebody's row, as those of a large town are in no cache; returns who follows."""
    if i >= 0:
        prefetch(p, i)
        i = h[links + i]
    return i


def ahead(p, h, i, links):
    """Ask memory for the first rows of a list together: who asks one by one waits for each of them."""
    for _ in range(AHEAD):
        i = fetch(p, h, i, links)
    return i


def set_timer(c, p, h, i, when):
    """Next week in which something happens to this person by itself; replaces an earlier one."""
    if p[i, TIMER] >= 0:
        before, after = p[i, TIMER_PREV], h[h[TIMER_NEXT] + i]
        if before < 0:
            h[c[TIMER_HEAD] + p[i, TIMER]] = after
        else:
            h[h[TIMER_NEXT] + before] = after
        if after >= 0:
            p[after, TIMER_PREV] = before
    p[i, TIMER] = -1
    if when < c[WEEKS]:
        first = h[c[TIMER_HEAD] + when]
        p[i, TIMER], h[h[TIMER_NEXT] + i], p[i, TIMER_PREV] = when, first, -1
        if first >= 0:
            p[first, TIMER_PREV] = i
        h[c[TIMER_HEAD] + when] = i


def standing(state, contact, supported):
    """What the probability of leaving depends on."""
    if supported:
        return 5
    if state == OUTSIDE:
        return 6
    if state == IN_CONTACT or state == OVERDUE:
        return 1
    if state == INVITED or state == APPOINTMENT:
        return contact
    if state >= DECLINED:
        return state - 3  # declined 2, not reached 3, WIJ 4
    return 0


def set_exit(c, p, h, i, t):
    """Draw the next week in which this person may leave; whether is decided then (``exits``).

    Thinning (Lewis and Shedler 1979): candidate weeks come with the segment's largest weekly probability,
    whatever the state, so a policy that changes states does not change them.
    """
    w0, w1, w2, _ = draw(p, h, i, D_EXIT, p[i, EXITS], 0)
    p[i, EXITS] += 1
    p[i, EXIT_WORD] = w2 >> 1
    when = t + waiting_time(c, seg(c, p[i, SEGMENT], EXIT_MOST), w0, w1)
    if when < c[WEEKS]:
        h[h[EXIT_NEXT] + i] = h[c[EXIT_HEAD] + when]
        h[c[EXIT_HEAD] + when] = i


def window(c, p, h, i, t, sign):
    """Count a member of the group in or out of the 52-week windows."""
    s = p[i, SEGMENT]
    span, now = c[WEEKS] + WINDOW, c[NOW] + s * NOW_WIDTH
    for k in range(3):  # a talk, contact, an offer
        if t - p[i, LAST_TALK + k] < WINDOW:
            h[now + SPOKEN + k] += sign
            h[c[TALK_WEEKS + k] + s * span + p[i, LAST_TALK + k] + WINDOW] += sign


def reached(c, p, h, i, t, how):
    """In week t a person is approached (0), takes part by an answered mail too (1), or is spoken to (2)."""
    window(c, p, h, i, t, -1)
    p[i, LAST_OFFER] = t
    if how > 0:
        p[i, LAST_CONTACT] = t
    if how > 1:
        p[i, LAST_TALK] = t
    window(c, p, h, i, t, 1)


def helped(c, p, h, i, t, sign):
    """Count a member of the group in or out of support that goes on after week t."""
    if p[i, SUPPORT] > t:
        s = p[i, SEGMENT]
        h[c[NOW] + s * NOW_WIDTH + SUPPORTED] += sign
        if p[i, SUPPORT] < c[WEEKS]:
            h[c[SUPPORT_WEEKS] + s * c[WEEKS] + p[i, SUPPORT]] += sign


def set_state(c, p, h, i, t, state):
    """Move a person to another state and keep all counts in step."""
    old, s = p[i, STATE], p[i, SEGMENT]
    h[c[COUNT] + old * c[SEGMENTS] + s] -= 1
    h[c[COUNT] + state * c[SEGMENTS] + s] += 1
    p[i, STATE] = state
    was = old == INVITED or old == APPOINTMENT
    now = state == INVITED or state == APPOINTMENT
    if was and not now:
        promised(c, p, h, i, -1)
    elif now and not was:
        promised(c, p, h, i, 1)
    if old == NEVER_INVITED and p[i, ENTRY_WEEK] == 0:
        h[c[NOW] + s * NOW_WIDTH + BACKLOG] -= 1
    if old < OUTSIDE <= state:
        window(c, p, h, i, t, -1)
        helped(c, p, h, i, t, -1)
        p[i, SUPPORT] = -1
    elif state < OUTSIDE <= old:
        window(c, p, h, i, t, 1)


def link(p, h, ends, before, after):
    """Have one stand behind the other in a lane; -1 for who is not there."""
    if before >= 0:
        h[h[QUEUE_NEXT] + before] = after
    else:
        h[ends + FIRST] = after
    if after >= 0:
        p[after, QUEUE_PREV] = before
    else:
        h[ends + LAST] = before


def line_up(c, p, h, i, t):
    """Stand in a lane: at its end, or in front where who came last goes first.

    The order among those of one week is drawn when it matters (``put_in_order``).
    """
    ends = lane_of(c, p, i, t)
    before, after = h[ends + LAST], -1
    if week(c, t, NEWEST_FIRST) == 1:
        before, after = -1, h[ends + FIRST]
    p[i, IN_ORDER] = 0
    link(p, h, ends, before, i)
    link(p, h, ends, i, after)


def join(c, p, h, i, queue, joined, t):
    """Wait for something, from a week on."""
    s = p[i, SEGMENT]
    p[i, QUEUE], p[i, JOINED] = queue, joined
    line_up(c, p, h, i, t)
    p[i, JOINS] += 1
    if queue >= Q_FOLLOW_UP:
        h[c[NOW] + s * NOW_WIDTH + WAITING] += 1
        h[c[NOW] + s * NOW_WIDTH + SUM_JOINED] += joined
        p[i, INVITATION] += 1
        p[i, ATTEMPT] = 0
        choose_channel(c, p, h, i)
    note(c, p, h, i, t, L_JOIN, queue)


def leave_queue(c, p, h, i, t):
    """Step out of the lane."""
    s, queue = p[i, SEGMENT], p[i, QUEUE]
    link(p, h, lane_of(c, p, i, t), p[i, QUEUE_PREV], h[h[QUEUE_NEXT] + i])
    p[i, QUEUE] = -1
    if queue >= Q_FOLLOW_UP:
        h[c[NOW] + s * NOW_WIDTH + WAITING] -= 1
        h[c[NOW] + s * NOW_WIDTH + SUM_JOINED] -= p[i, JOINED]
