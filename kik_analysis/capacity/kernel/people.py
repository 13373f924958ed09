"""A person moves: lists by week, state, week of leaving, windows of 52 weeks, queues."""

# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

from kik_analysis.capacity.kernel.draws import draw, njit, waiting_time
from kik_analysis.capacity.kernel.names import *


@njit
def note(w, t, i, event, value):
    """One line of the event log, if there is one."""
    if w.log.shape[0] > 0:
        n = w.cursor[0]
        if n < w.log.shape[0]:
            w.log[n, 0], w.log[n, 1], w.log[n, 2] = t, w.p[i, WEEK], w.p[i, INDEX]
            w.log[n, 3], w.log[n, 4], w.log[n, 5] = event, value, w.p[i, STATE]
        w.cursor[0] = n + 1


@njit
def unlink(p, head, i, week, nxt, prv):
    """Take a person out of a list by week."""
    a, b = p[i, prv], p[i, nxt]
    if a < 0:
        head[week] = b
    else:
        p[a, nxt] = b
    if b >= 0:
        p[b, prv] = a


@njit
def link(p, head, i, week, nxt, prv):
    """Put a person at the front of a list by week."""
    first = head[week]
    p[i, nxt], p[i, prv] = first, -1
    if first >= 0:
        p[first, prv] = i
    head[week] = i


@njit
def set_timer(w, i, week):
    """Next week in which something happens to this person by itself; replaces an earlier one."""
    if w.p[i, TIMER] >= 0:
        unlink(w.p, w.timer, i, w.p[i, TIMER], TIMER_NEXT, TIMER_PREV)
    w.p[i, TIMER] = -1
    if week < w.timer.shape[0]:
        w.p[i, TIMER] = week
        link(w.p, w.timer, i, week, TIMER_NEXT, TIMER_PREV)


@njit
def standing(state, contact):
    """What the probability of leaving depends on."""
    if state == IN_CONTACT or state == OVERDUE:
        return 1
    if state == INVITED or state == APPOINTMENT:
        return contact
    if state >= DECLINED:
        return state - 3  # declined 2, not reached 3, WIJ 4, support 5, outside 6
    return 0


@njit
def set_exit(c, w, i, t):
    """Draw the week of leaving anew if the weekly probability changed (memoryless)."""
    row = c.exit_row[standing(w.p[i, STATE], w.p[i, CONTACT]), w.p[i, SEGMENT]]
    if row == w.p[i, EXIT_ROW]:
        return
    if w.p[i, EXIT] >= 0:
        unlink(w.p, w.exit, i, w.p[i, EXIT], EXIT_NEXT, EXIT_PREV)
    w.p[i, EXIT_ROW] = row
    w.p[i, EXIT] = -1
    w0, w1, _, _ = draw(w, i, D_EXIT, w.p[i, EXITS], 0)
    w.p[i, EXITS] += 1
    week = t + waiting_time(c.geometric, row, w0, w1)
    if week < w.exit.shape[0]:
        w.p[i, EXIT] = week
        link(w.p, w.exit, i, week, EXIT_NEXT, EXIT_PREV)


@njit
def window(w, i, t, sign):
    """Count a person in or out of the 52-week windows (only while in the group)."""
    s = w.p[i, SEGMENT]
    talk, offer = w.p[i, LAST_TALK], w.p[i, LAST_OFFER]
    if t - talk < WINDOW:
        w.now[s, REACHED] += sign
        w.talk[s, talk + WINDOW] += sign
    if t - offer < WINDOW:
        w.now[s, OFFERED] += sign
        w.offer[s, offer + WINDOW] += sign


@njit
def offered(w, i, t, talked):
    """A letter went out, or a conversation took place, in week t."""
    window(w, i, t, -1)
    w.p[i, LAST_OFFER] = t
    if talked:
        w.p[i, LAST_TALK] = t
    window(w, i, t, 1)


@njit
def set_state(c, w, i, t, state):
    """Move a person to another state and keep all counts in step."""
    old, s = w.p[i, STATE], w.p[i, SEGMENT]
    w.count[old, s] -= 1
    w.count[state, s] += 1
    w.p[i, STATE] = state
    was = old == INVITED or old == APPOINTMENT
    now = state == INVITED or state == APPOINTMENT
    if was != now:
        minutes = c.promise[w.p[i, KIND], s]
        w.team[PROMISED] += minutes if now else -minutes
    if old < OUTSIDE <= state:
        window(w, i, t, -1)
    elif state < OUTSIDE <= old:
        window(w, i, t, 1)
    if state != LEFT:
        set_exit(c, w, i, t)


@njit
def join(c, w, i, queue, week, t):
    """Stand at the end of a lane; the order within a week is drawn when it matters (serve_lane)."""
    p, s = w.p, w.p[i, SEGMENT]
    lane = c.seg[s, LANE + queue]
    last = w.lane[lane, 1]
    p[i, QUEUE], p[i, JOINED], p[i, QUEUE_NEXT], p[i, QUEUE_PREV] = queue, week, -1, last
    if last >= 0:
        p[last, QUEUE_NEXT] = i
    else:
        w.lane[lane, 0] = i
    w.lane[lane, 1] = i
    p[i, JOINS] += 1
    if queue >= Q_FOLLOW_UP:
        w.now[s, WAITING] += 1
        w.now[s, SUM_JOINED] += week
    note(w, t, i, L_JOIN, queue)


@njit
def leave_queue(c, w, i):
    """Step out of the lane."""
    p, s, queue = w.p, w.p[i, SEGMENT], w.p[i, QUEUE]
    lane, a, b = c.seg[s, LANE + queue], w.p[i, QUEUE_PREV], w.p[i, QUEUE_NEXT]
    if a >= 0:
        p[a, QUEUE_NEXT] = b
    else:
        w.lane[lane, 0] = b
    if b >= 0:
        p[b, QUEUE_PREV] = a
    else:
        w.lane[lane, 1] = a
    p[i, QUEUE] = -1
    if queue >= Q_FOLLOW_UP:
        w.now[s, WAITING] -= 1
        w.now[s, SUM_JOINED] -= p[i, JOINED]
