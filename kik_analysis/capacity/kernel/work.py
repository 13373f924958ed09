"""The hours of a week: lanes, letters, appointments and what they lead to."""

# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

from kik_analysis.capacity.kernel.draws import choose, draw, njit, sort, waiting_time
from kik_analysis.capacity.kernel.events import give_up, start_contact
from kik_analysis.capacity.kernel.names import *
from kik_analysis.capacity.kernel.people import leave_queue, note, offered, set_state, set_timer


@njit
def send(c, w, i, t, minutes):
    """A letter goes out; from three of the queues it starts an invitation."""
    p, s, queue = w.p, w.p[i, SEGMENT], w.p[i, QUEUE]
    leave_queue(c, w, i)
    if queue != Q_ATTEMPT:
        p[i, KIND] = 2 if p[i, CONTACT] else (1 if queue == Q_AGAIN else 0)
        p[i, ATTEMPT], p[i, MISSES] = 0, 0
        p[i, INVITATION] += 1
        w.flow[INVITATIONS, s] += 1
        wait = t - p[i, JOINED]
        w.waits[queue, s, min(wait, w.waits.shape[2] - 1)] += 1
        set_state(c, w, i, t, INVITED)
    w.flow[LETTERS, s] += 1
    w.task[T_LETTER if p[i, ATTEMPT] == 0 else T_REMINDER] += minutes
    w.team[USED] += minutes
    offered(w, i, t, False)
    note(w, t, i, L_LETTER, t - p[i, JOINED])
    set_timer(w, i, t + c.letter[p[i, KIND], p[i, ATTEMPT], 1])


@njit
def meet(c, w, i, t, minutes):
    """An appointment: missed, or a conversation with its outcome."""
    p, s = w.p, w.p[i, SEGMENT]
    w.waits[Q_APPOINTMENT, s, min(t - p[i, JOINED], w.waits.shape[2] - 1)] += 1
    leave_queue(c, w, i)
    w0, w1, w2, w3 = draw(w, i, D_MEETING, p[i, INVITATION], p[i, MISSES])
    if w0 < c.missed[p[i, KIND], s]:
        used = c.cell[t, s, MISSED_MINUTES]
        w.flow[MISSED, s] += 1
        w.task[T_MISSED] += used
        w.team[USED] += used
        w.team[LOST] += minutes - used
        p[i, MISSES] += 1
        note(w, t, i, L_MISSED, p[i, MISSES])
        if p[i, MISSES] >= c.one[APPOINTMENTS]:
            give_up(c, w, i, t, w3)
        else:  # the promise is free for this week's plan and counts again afterwards
            w.team[PROMISED] -= c.promise[p[i, KIND], s]
            w.team[BACK] += c.promise[p[i, KIND], s]
            set_timer(w, i, t + c.seg[s, REBOOK])
        return
    travel, registration = c.cell[t, s, TRAVEL], c.cell[t, s, REGISTRATION]
    w.task[T_TRAVEL] += travel
    w.task[T_REGISTRATION] += registration
    w.task[T_TALK] += minutes - travel - registration
    w.team[USED] += minutes
    if w2 < c.chance[s, P_OVERRUN]:
        extra(w, T_OVERRUN, c.seg[s, OVERRUN])
    w.flow[TALKS, s] += 1
    w.flow[FIRST_TALKS, s] += 1 - p[i, CONTACT]
    talked(c, w, i, t, w1)


@njit
def extra(w, task, minutes):
    """Work nobody planned: used now, paid from next week's hours."""
    w.task[task] += minutes
    w.team[USED] += minutes
    w.team[NEW_DEBT] += minutes


@njit
def talked(c, w, i, t, word):
    """What a conversation leads to."""
    p, s = w.p, w.p[i, SEGMENT]
    outcome = choose(c.outcome[p[i, CONTACT], s], word)
    p[i, ROW] = c.after[2, p[i, ROW]]
    p[i, CONTACT] = 1
    offered(w, i, t, True)
    note(w, t, i, L_TALK, outcome)
    due = t + c.seg[s, INTERVAL]
    if outcome == 1:
        w.flow[TO_OUTSIDE, s] += 1
        extra(w, T_HANDOVER, c.one[HANDOVER + 1])
        w0, w1, _, _ = draw(w, i, D_SPELL, p[i, INVITATION], 0)
        set_state(c, w, i, t, OUTSIDE)
        set_timer(w, i, t + waiting_time(c.geometric, c.seg[s, SERVICES_ROW], w0, w1))
    elif outcome == 0:
        w.flow[TO_SUPPORT, s] += 1
        extra(w, T_HANDOVER, c.one[HANDOVER])
        set_state(c, w, i, t, IN_SUPPORT)
        start_contact(c, w, i, t, IN_SUPPORT, due, c.seg[s, SUPPORT_ROW], p[i, INVITATION])
    else:
        set_state(c, w, i, t, IN_CONTACT)
        start_contact(c, w, i, t, IN_CONTACT, due, 0, 0)


@njit
def need(c, w, i, t):
    """Planned minutes of what this person waits for; negative when closed this week."""
    p, s, queue = w.p, w.p[i, SEGMENT], w.p[i, QUEUE]
    if queue == Q_APPOINTMENT:
        return c.cell[t, s, TALK]
    if not c.cell[t, s, OPEN]:
        return -1
    if queue == Q_ATTEMPT:
        return c.letter[p[i, KIND], p[i, ATTEMPT], 0]
    return c.letter[2 if p[i, CONTACT] else (1 if queue == Q_AGAIN else 0), 0, 0]


@njit
def promise_of(c, w, i):
    """Minutes that starting an invitation promises; nothing for work that is already running."""
    queue = w.p[i, QUEUE]
    if queue < Q_FOLLOW_UP:
        return 0
    kind = 2 if w.p[i, CONTACT] else (1 if queue == Q_AGAIN else 0)
    return c.promise[kind, w.p[i, SEGMENT]]


@njit
def batch_fits(c, w, first, t):
    """Whether everybody who joined in one week can be served; then their order does not matter."""
    i, week, minutes, promised = first, w.p[first, JOINED], w.team[B], w.team[PROMISED]
    while i >= 0 and w.p[i, JOINED] == week:
        m = need(c, w, i, t)
        if m >= 0:
            minutes -= m
            q = promise_of(c, w, i)
            promised += q
            if minutes < 0 or (q > 0 and 0 <= c.week[t, LIMIT] < promised):
                return False
        i = w.p[i, QUEUE_NEXT]
    return True


@njit
def shuffle_batch(c, w, lane, first):
    """Put those who joined in one week in their drawn order; returns the new first one."""
    p, before, week, n, i = w.p, w.p[first, QUEUE_PREV], w.p[first, JOINED], 0, first
    while i >= 0 and p[i, JOINED] == week:
        w0, w1, _, _ = draw(w, i, D_ORDER, p[i, JOINS] - 1, 0)
        w.keys[n] = (w0 << U32) | w1
        w.who[n] = i
        n += 1
        i = p[i, QUEUE_NEXT]
    sort(w.keys, w.who, w.sorted_keys, w.sorted_who, w.bucket, n)
    for k in range(n):
        a = w.who[k]
        if before >= 0:
            p[before, QUEUE_NEXT] = a
        else:
            w.lane[lane, 0] = a
        p[a, QUEUE_PREV] = before
        before = a
    p[before, QUEUE_NEXT] = i
    if i >= 0:
        p[i, QUEUE_PREV] = before
    else:
        w.lane[lane, 1] = before
    w.lane[lane, 2] = week
    return w.who[0]


@njit
def serve_lane(c, w, lane, t):
    """Walk one lane once: longest waiting first, closed ones keep their place, stop at what does not fit."""
    p, i, week, fits = w.p, w.lane[lane, 0], NEVER, False
    while i >= 0:
        if p[i, JOINED] != week:  # a new batch
            week = p[i, JOINED]
            fits = batch_fits(c, w, i, t)
            if not fits and w.lane[lane, 2] != week:
                i = shuffle_batch(c, w, lane, i)
        following, m = p[i, QUEUE_NEXT], need(c, w, i, t)
        if m >= 0:
            if not fits:
                q = promise_of(c, w, i)
                if m > w.team[B] or (q > 0 and 0 <= c.week[t, LIMIT] < w.team[PROMISED] + q):
                    return
            w.team[B] -= m
            if p[i, QUEUE] == Q_APPOINTMENT:
                meet(c, w, i, t, m)
            else:
                send(c, w, i, t, m)
        i = following
