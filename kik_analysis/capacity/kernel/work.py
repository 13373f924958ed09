"""The hours of a week: lanes, letters, appointments and what they lead to."""

# Star import: some hundred names of one layout, used in every function.
# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

from kik_analysis.capacity.kernel.draws import choose, draw, sort, wide
from kik_analysis.capacity.kernel.events import go_outside, refuse, start_contact, start_support
from kik_analysis.capacity.kernel.names import *
from kik_analysis.capacity.kernel.people import (
    count_flow,  # fmt: skip
    leave_queue,
    note,
    promise,
    reached,
    seg,
    set_state,
    set_timer,
)


def cell(c, t, s, column):
    """A number of a week and segment."""
    return c[c[CELL_TABLE] + (t * c[SEGMENTS] + s) * CELL_WIDTH + column]


def letter(c, kind, attempt, column):
    """Minutes (0) of a letter, weeks to its answer (1)."""
    return c[c[LETTER_TABLE] + (kind * c[ATTEMPTS_MOST] + attempt) * 2 + column]


def spend(c, h, task, minutes):
    """Book minutes of a task."""
    h[c[TASK] + task] += minutes
    h[c[TEAM] + USED] += minutes


def extra(c, h, task, minutes):
    """Work nobody planned: used now, paid from next week's hours."""
    spend(c, h, task, minutes)
    h[c[TEAM] + NEW_DEBT] += minutes


def kind_of(p, i):
    """Kind of the invitation that starts from this person's queue."""
    if p[i, CONTACT] == 1:
        return 2
    return 0 if p[i, QUEUE] == Q_FIRST else 1


def count_wait(c, p, h, i, t):
    """Count a completed wait."""
    wait = min(t - p[i, JOINED], c[WAIT_BINS] - 1)
    h[c[WAITS] + (p[i, QUEUE] * c[SEGMENTS] + p[i, SEGMENT]) * c[WAIT_BINS] + wait] += 1


def send(c, p, h, i, t, minutes):
    """A letter goes out; from three of the queues it starts an invitation."""
    s, queue, joined = p[i, SEGMENT], p[i, QUEUE], p[i, JOINED]
    count_wait(c, p, h, i, t)
    kind = kind_of(p, i)
    leave_queue(c, p, h, i)
    if queue != Q_ATTEMPT:
        p[i, KIND], p[i, ATTEMPT], p[i, MISSES] = kind, 0, 0
        p[i, INVITATION] += 1
        count_flow(c, h, INVITATIONS, s, 1)
        set_state(c, p, h, i, t, INVITED)
    count_flow(c, h, LETTERS, s, 1)
    spend(c, h, T_LETTER if p[i, ATTEMPT] == 0 else T_NEXT_LETTER, minutes)
    reached(c, p, h, i, t, 0)
    note(c, p, h, i, t, L_LETTER, t - joined)
    set_timer(c, p, h, i, t + letter(c, p[i, KIND], p[i, ATTEMPT], 1))


def meet(c, p, h, i, t, minutes):
    """An appointment: missed, or a conversation with its outcome."""
    s, team = p[i, SEGMENT], c[TEAM]
    count_wait(c, p, h, i, t)
    leave_queue(c, p, h, i)
    w0, w1, w2, w3 = draw(p, h, i, D_MEETING, p[i, INVITATION], p[i, MISSES])
    if w0 < c[c[MISSED_TABLE] + p[i, KIND] * c[SEGMENTS] + s]:
        used = cell(c, t, s, MISSED_MINUTES)
        count_flow(c, h, MISSED, s, 1)
        spend(c, h, T_MISSED, used)
        h[team + LOST] += minutes - used
        p[i, MISSES] += 1
        note(c, p, h, i, t, L_MISSED, p[i, MISSES])
        if w1 < seg(c, s, P_REBOOKED) and p[i, MISSES] < c[APPOINTMENTS]:
            # the promise is free for this week's plan and counts again afterwards
            h[team + PROMISED] -= promise(c, p[i, KIND], s)
            h[team + BACK] += promise(c, p[i, KIND], s)
            set_timer(c, p, h, i, t + seg(c, s, REBOOK))
        else:
            p[i, ROW] = c[c[AFTER_TABLE] + c[ROWS] + p[i, ROW]]
            refuse(c, p, h, i, t, w3)
        return
    call, travel, registration = cell(c, t, s, CALL), cell(c, t, s, TRAVEL), cell(c, t, s, REGISTRATION)
    spend(c, h, T_CALL, call)
    spend(c, h, T_TRAVEL, travel)
    spend(c, h, T_REGISTRATION, registration)
    spend(c, h, T_TALK, minutes - call - travel - registration)
    if w2 < seg(c, s, P_OVERRUN):
        extra(c, h, T_OVERRUN, seg(c, s, OVERRUN))
    talked(c, p, h, i, t, w1)


def talked(c, p, h, i, t, word):
    """What a conversation leads to."""
    s = p[i, SEGMENT]
    outcome = choose(c, c[OUTCOME_TABLE] + (p[i, CONTACT] * c[SEGMENTS] + s) * 5, 5, word)
    count_flow(c, h, TALKS, s, 1)
    count_flow(c, h, FIRST_TALKS, s, 1 - p[i, CONTACT])
    p[i, ROW] = c[c[AFTER_TABLE] + 2 * c[ROWS] + p[i, ROW]]
    p[i, CONTACT] = 1
    reached(c, p, h, i, t, 2)
    note(c, p, h, i, t, L_TALK, outcome)
    if outcome == 1:
        count_flow(c, h, TO_OUTSIDE, s, 1)
        extra(c, h, T_HANDOVER, c[HANDOVER_OUTSIDE])
        set_state(c, p, h, i, t, OUTSIDE)
        go_outside(c, p, h, i, t, p[i, INVITATION])
        return
    if outcome == 0:
        count_flow(c, h, TO_SUPPORT, s, 1)
        extra(c, h, T_HANDOVER, c[HANDOVER_SUPPORT])
        start_support(c, p, h, i, t, p[i, INVITATION])
    set_state(c, p, h, i, t, IN_CONTACT)
    start_contact(c, p, h, i, t, t + cell(c, t, s, INTERVAL))


def need(c, p, i, t):
    """Planned minutes of what this person waits for; negative when closed this week."""
    s, queue = p[i, SEGMENT], p[i, QUEUE]
    if queue == Q_APPOINTMENT:
        return cell(c, t, s, TALK)
    if cell(c, t, s, OPEN) == 0:
        return -1
    if queue == Q_ATTEMPT:
        return letter(c, p[i, KIND], p[i, ATTEMPT], 0)
    return letter(c, kind_of(p, i), 0, 0)


def breaks_limit(c, p, i, t, minutes, promised, talked):
    """Whether this would promise more minutes, or hold more conversations, than allowed."""
    week = c[WEEK_TABLE] + t * WEEK_WIDTH
    if p[i, QUEUE] >= Q_FOLLOW_UP:
        return 0 <= c[week + LIMIT] < promised + promise(c, kind_of(p, i), p[i, SEGMENT])
    return p[i, QUEUE] == Q_APPOINTMENT and 0 <= c[week + TALK_LIMIT] < talked + minutes


def batch_fits(c, p, h, first, t):
    """Whether everybody who joined in one week can be served; then their order does not matter."""
    i, minutes, promised, talked = first, h[c[TEAM] + B], h[c[TEAM] + PROMISED], h[c[TEAM] + TALKED]
    while i >= 0 and p[i, JOINED] == p[first, JOINED]:
        m = need(c, p, i, t)
        if m >= 0:
            minutes -= m
            if minutes < 0 or breaks_limit(c, p, i, t, m, promised, talked):
                return False
            if p[i, QUEUE] >= Q_FOLLOW_UP:
                promised += promise(c, kind_of(p, i), p[i, SEGMENT])
            elif p[i, QUEUE] == Q_APPOINTMENT:
                talked += m
        i = p[i, QUEUE_NEXT]
    return True


def put_in_order(c, p, h, ends, first):
    """Put those who joined in one week in their drawn order; returns the new first one."""
    before, joined, n, i = p[first, QUEUE_PREV], p[first, JOINED], 0, first
    keys, who = c[SORT], c[SORT] + h[SPACE]
    while i >= 0 and p[i, JOINED] == joined:
        w0, w1, _, _ = draw(p, h, i, D_ORDER, p[i, JOINS] - 1, 0)
        h[keys + n], h[who + n] = wide(w0, w1), i
        n += 1
        i = p[i, QUEUE_NEXT]
    sort(c, h, n)
    for k in range(n):
        person = h[who + k]
        if before >= 0:
            p[before, QUEUE_NEXT] = person
        else:
            h[ends + FIRST] = person
        p[person, QUEUE_PREV] = before
        before = person
    p[before, QUEUE_NEXT] = i
    if i >= 0:
        p[i, QUEUE_PREV] = before
    else:
        h[ends + LAST] = before
    h[ends + ORDERED] = joined
    return h[who]


def serve_lane(c, p, h, lane, t):
    """Walk one lane once, in order; closed ones keep their place; stop at what does not fit."""
    ends, team, week = c[LANE_ENDS] + lane * LANE_WIDTH, c[TEAM], c[WEEK_TABLE] + t * WEEK_WIDTH
    if h[ends + TALKERS] * c[week + TALKS_GO] + h[ends + WRITERS] * c[week + LETTERS_GO] == 0:
        return  # everybody in it is closed this week
    i, joined, fits = h[ends + FIRST], NEVER, False
    while i >= 0:
        if p[i, JOINED] != joined:  # a new batch
            joined = p[i, JOINED]
            fits = batch_fits(c, p, h, i, t)
            if not fits and h[ends + ORDERED] != joined:
                i = put_in_order(c, p, h, ends, i)
        following = p[i, QUEUE_NEXT]
        m = need(c, p, i, t)
        if m >= 0:
            if not fits:
                stop = breaks_limit(c, p, i, t, m, h[team + PROMISED], h[team + TALKED])
                if stop or m > h[team + B]:
                    return
            h[team + B] -= m
            if p[i, QUEUE] == Q_APPOINTMENT:
                h[team + TALKED] += m
                meet(c, p, h, i, t, m)
            else:
                send(c, p, h, i, t, m)
        i = following
