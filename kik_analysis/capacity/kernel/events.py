"""What happens to a person by itself: contacts falling due, answers, returns."""

# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

from kik_analysis.capacity.kernel.draws import draw, njit, waiting_time
from kik_analysis.capacity.kernel.names import *
from kik_analysis.capacity.kernel.people import join, note, set_state, set_timer


@njit
def contact_step(c, w, i, t):
    """In contact or in support: end of support, time to invite, due; then the next of these."""
    p, s = w.p, w.p[i, SEGMENT]
    if p[i, STATE] == IN_SUPPORT and p[i, END] <= t:
        set_state(c, w, i, t, IN_CONTACT)
        note(w, t, i, L_SUPPORT_END, 0)
    ask = p[i, DUE] - c.seg[s, LEAD]
    if p[i, QUEUE] < 0 and t >= ask:
        join(c, w, i, Q_FOLLOW_UP, t, t)
    if t >= p[i, DUE]:
        set_state(c, w, i, t, OVERDUE)
        note(w, t, i, L_OVERDUE, 0)
        return
    week = p[i, DUE]
    if p[i, QUEUE] < 0:
        week = min(week, ask)
    if p[i, STATE] == IN_SUPPORT:
        week = min(week, p[i, END])
    set_timer(w, i, week)


@njit
def start_contact(c, w, i, t, state, due, spell_row, cycle):
    """Enter in_contact or in_support with a due week; nothing falls due before next week."""
    p, s = w.p, w.p[i, SEGMENT]
    p[i, DUE] = due
    week = min(due, max(due - c.seg[s, LEAD], t + 1))
    if state == IN_SUPPORT:
        w0, w1, _, _ = draw(w, i, D_SPELL, cycle, 0)
        p[i, END] = t + waiting_time(c.geometric, spell_row, w0, w1)
        week = min(week, p[i, END])
    set_timer(w, i, max(week, t + 1))


@njit
def refuse(c, w, i, t, word):
    """Declined: definitive, or to be invited again after a delay."""
    s = w.p[i, SEGMENT]
    set_state(c, w, i, t, DECLINED)
    if word >= c.chance[s, P_DEFINITIVE]:
        set_timer(w, i, t + c.seg[s, AGAIN_DECLINED])


@njit
def give_up(c, w, i, t, word):
    """Not reached: to be invited again after a delay, or not."""
    s = w.p[i, SEGMENT]
    set_state(c, w, i, t, NOT_REACHED)
    if word < c.chance[s, P_AGAIN]:
        set_timer(w, i, t + c.seg[s, AGAIN_NOT_REACHED])


@njit
def answer(c, w, i, t):
    """The answer to a letter, or the lack of one."""
    p, s = w.p, w.p[i, SEGMENT]
    w0, w1, w2, _ = draw(w, i, D_ANSWER, p[i, INVITATION], p[i, ATTEMPT])
    if w0 >= c.reach[p[i, KIND], s, p[i, ATTEMPT]]:
        note(w, t, i, L_SILENT, p[i, ATTEMPT])
        if p[i, ATTEMPT] + 1 < c.one[ATTEMPTS + p[i, KIND]]:
            p[i, ATTEMPT] += 1
            join(c, w, i, Q_ATTEMPT, t, t)
        else:
            w.flow[UNANSWERED, s] += 1
            give_up(c, w, i, t, w2)
    elif w1 < c.accept[p[i, ROW], s]:
        w.flow[ACCEPTED, s] += 1
        p[i, ROW] = c.after[0, p[i, ROW]]
        set_state(c, w, i, t, APPOINTMENT)
        note(w, t, i, L_YES, 0)
        if c.seg[s, APPOINTMENT_WEEKS] > 0:
            set_timer(w, i, t + c.seg[s, APPOINTMENT_WEEKS])
        else:
            join(c, w, i, Q_APPOINTMENT, t, t)
    else:
        w.flow[REFUSED, s] += 1
        p[i, ROW] = c.after[1, p[i, ROW]]
        refuse(c, w, i, t, w2)
        note(w, t, i, L_NO, 0)


@njit
def timer_rings(c, w, i, t):
    """What a person's own calendar says this week."""
    state = w.p[i, STATE]
    if state == INVITED:
        answer(c, w, i, t)
    elif state == APPOINTMENT:
        join(c, w, i, Q_APPOINTMENT, t, t)
    elif state == IN_CONTACT or state == IN_SUPPORT:
        contact_step(c, w, i, t)
    elif state == OUTSIDE:
        w.p[i, CONTACT] = 1
        set_state(c, w, i, t, IN_CONTACT)
        w.flow[RETURNED, w.p[i, SEGMENT]] += 1
        note(w, t, i, L_RETURN, 0)
        w.p[i, DUE] = t + c.seg[w.p[i, SEGMENT], RETURN]
        contact_step(c, w, i, t)
    else:
        join(c, w, i, Q_AGAIN, t, t)
