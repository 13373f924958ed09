"""What happens to a person by itself: contacts falling due, answers, returns, leaving."""

# Star import: some hundred names of one layout, used in every function.
# ruff: noqa: F403, F405, SIM109
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

from kik_analysis.capacity.kernel.draws import draw, waiting_time
from kik_analysis.capacity.kernel.names import *
from kik_analysis.capacity.kernel.people import (
    cell,  # fmt: skip
    channel,
    count_flow,
    helped,
    join,
    leave_queue,
    met,
    note,
    promise,
    promised,
    seg,
    set_exit,
    set_state,
    set_timer,
    standing,
)


def contact_step(c, p, h, i, t):
    """In contact: time to invite, due; then the next of these."""
    s = p[i, SEGMENT]
    ask = p[i, DUE] - seg(c, s, LEAD)
    if p[i, QUEUE] < 0 and t >= ask:
        join(c, p, h, i, Q_FOLLOW_UP, t, t)
    if t >= p[i, DUE]:
        set_state(c, p, h, i, t, OVERDUE)
        note(c, p, h, i, t, L_OVERDUE, 0)
        return
    week = p[i, DUE]
    if p[i, QUEUE] < 0:
        week = min(week, ask)
    set_timer(c, p, h, i, week)


def start_contact(c, p, h, i, t, due):
    """A conversation has set the next due week; nothing falls due before next week."""
    s = p[i, SEGMENT]
    p[i, DUE] = due
    set_timer(c, p, h, i, min(due, max(due - seg(c, s, LEAD), t + 1)))


def start_support(c, p, h, i, t, cycle):
    """Support inside the group from week t on, until a week of its own; a new one replaces what is left."""
    w0, w1, _, _ = draw(p, h, i, D_SPELL, cycle, 0)
    helped(c, p, h, i, t, -1)
    p[i, SUPPORT] = t + waiting_time(c, seg(c, p[i, SEGMENT], SUPPORT_ROW), w0, w1)
    helped(c, p, h, i, t, 1)
    note(c, p, h, i, max(t, 0), L_SUPPORT, min(p[i, SUPPORT], c[WEEKS]) - t)


def refuse(c, p, h, i, t, word):
    """Declined: definitive, or to be invited again after a delay."""
    s = p[i, SEGMENT]
    set_state(c, p, h, i, t, DECLINED)
    if word >= seg(c, s, P_DEFINITIVE):
        set_timer(c, p, h, i, t + seg(c, s, AGAIN_DECLINED))


def give_up(c, p, h, i, t, word):
    """Not reached: to be invited again after a delay, or not."""
    s = p[i, SEGMENT]
    set_state(c, p, h, i, t, NOT_REACHED)
    if word < seg(c, s, P_AGAIN):
        set_timer(c, p, h, i, t + seg(c, s, AGAIN_NOT_REACHED))


def reach_at(c, approach, kind, way, attempt):
    """Place in the table of answers."""
    return ((approach * 3 + kind) * CHANNEL_COUNT + way) * c[ATTEMPTS_MOST] + attempt


def answer(c, p, h, i, t):
    """The answer to a letter, or the lack of one."""
    s, kind, attempt, row = p[i, SEGMENT], p[i, KIND], p[i, ATTEMPT], p[i, ROW]
    w0, w1, w2, _ = draw(p, h, i, D_ANSWER, p[i, INVITATION], attempt)
    way = channel(c, p, i, t)
    if w0 >= c[c[REACH_TABLE] + reach_at(c, p[i, APPROACH], kind, way, attempt)]:
        note(c, p, h, i, t, L_SILENT, attempt)
        if attempt + 1 < c[c[ATTEMPTS] + kind * CHANNEL_COUNT + way]:
            p[i, ATTEMPT] = attempt + 1
            join(c, p, h, i, Q_ATTEMPT, t, t)
        else:
            count_flow(c, h, UNANSWERED, s, 1)
            give_up(c, p, h, i, t, w2)
    elif w1 < c[c[ACCEPT_TABLE] + ((p[i, APPROACH] * CHANNEL_COUNT + way) * c[ROWS] + row) * c[SEGMENTS] + s]:
        count_flow(c, h, ACCEPTED, s, 1)
        p[i, ROW] = c[c[AFTER_TABLE] + row]
        promised(c, p, h, i, -1)
        p[i, PROMISE] = promise(c, p, i, t, 1)
        promised(c, p, h, i, 1)
        set_state(c, p, h, i, t, APPOINTMENT)
        note(c, p, h, i, t, L_YES, 0)
        wait = c[c[WAY_TABLE] + met(c, p, i, t)]
        if wait > 0:
            set_timer(c, p, h, i, t + wait)
        else:
            join(c, p, h, i, Q_APPOINTMENT, t, t)
    else:
        count_flow(c, h, REFUSED, s, 1)
        p[i, ROW] = c[c[AFTER_TABLE] + c[ROWS] + row]
        refuse(c, p, h, i, t, w2)
        note(c, p, h, i, t, L_NO, 0)


def leave(c, p, h, i, t):
    """Gone for good: out of the queue, out of the calendar."""
    note(c, p, h, i, t, L_EXIT, 0)
    if p[i, QUEUE] >= 0:
        leave_queue(c, p, h, i)
    set_timer(c, p, h, i, NEVER)
    count_flow(c, h, EXITED, p[i, SEGMENT], 1)
    set_state(c, p, h, i, t, LEFT)


def go_outside(c, p, h, i, t, cycle):
    """Services outside the group from week t on: until when, and whether the person leaves from there.

    Leaving beyond the segment's other probabilities of leaving (``exits``) is a race with the return; in a
    tie leaving comes first, as exits come first in a week.
    """
    s = p[i, SEGMENT]
    w0, w1, w2, w3 = draw(p, h, i, D_SPELL, cycle, 0)
    back = t + waiting_time(c, seg(c, s, SERVICES_ROW), w0, w1)
    gone = t + waiting_time(c, seg(c, s, EXIT_EXTRA), w2, w3)
    p[i, END] = gone if gone <= back else NEVER
    set_timer(c, p, h, i, min(back, gone))


def timers(c, p, h, t):
    """What people's own calendars say this week."""
    i = h[c[TIMER_HEAD] + t]
    while i >= 0:
        following, state = p[i, TIMER_NEXT], p[i, STATE]
        p[i, TIMER] = -1
        if state == INVITED:
            answer(c, p, h, i, t)
        elif state == APPOINTMENT:
            join(c, p, h, i, Q_APPOINTMENT, t, t)
        elif state == DECLINED or state == NOT_REACHED:
            join(c, p, h, i, Q_DECLINED if state == DECLINED else Q_NOT_REACHED, t, t)
        elif state == OUTSIDE and p[i, END] == t:
            leave(c, p, h, i, t)
        else:
            if state == OUTSIDE:
                p[i, CONTACT] = 1
                p[i, DUE] = t + cell(c, p, i, t, INTERVAL)
                set_state(c, p, h, i, t, IN_CONTACT)
                count_flow(c, h, RETURNED, p[i, SEGMENT], 1)
                note(c, p, h, i, t, L_RETURN, 0)
            contact_step(c, p, h, i, t)
        i = following


def exits(c, p, h, t):
    """Who leaves this week drops out of everything."""
    i = h[c[EXIT_HEAD] + t]
    while i >= 0:
        following, s = p[i, EXIT_NEXT], p[i, SEGMENT]
        if p[i, STATE] == LEFT:  # from services outside, by the person's own calendar
            i = following
            continue
        stand = standing(p[i, STATE], p[i, CONTACT], p[i, SUPPORT] >= t)
        if p[i, EXIT_WORD] < c[c[EXIT_TABLE] + stand * c[SEGMENTS] + s]:
            leave(c, p, h, i, t)
        else:
            set_exit(c, p, h, i, t)
        i = following
