"""What happens to a person by itself: contacts falling due, answers, returns, leaving."""

from kik_analysis.capacity.kernel.people import *


def contact_step(c, p, h, i, t):
    """In contact: time to invite, due; then the next of these."""
    ask = p[i, DUE] - cell(c, p, i, t, LEAD)
    if p[i, QUEUE] < 0 and t >= ask:
        join(c, p, h, i, Q_FOLLOW_UP, t, t)
    if t >= p[i, DUE]:
        set_state(c, p, h, i, t, OVERDUE)
        note(c, p, h, i, t, L_OVERDUE, 0)
        return
    set_timer(c, p, h, i, min(p[i, DUE], ask) if p[i, QUEUE] < 0 else p[i, DUE])


def start_contact(c, p, h, i, t, due):
    """A conversation has set the next due week; nothing falls due before next week."""
    p[i, DUE] = due
    set_timer(c, p, h, i, min(due, max(due - cell(c, p, i, t, LEAD), t + 1)))


def start_support(c, p, h, i, t, cycle):
    """Support inside the group from week t on, until a week of its own; a new one replaces what is left."""
    w0, w1, _, _ = draw(p, h, i, D_SPELL, cycle, 0)
    helped(c, p, h, i, t, -1)
    p[i, SUPPORT] = t + waiting_time(c, seg(c, p[i, SEGMENT], SUPPORT_ROW), w0, w1)
    helped(c, p, h, i, t, 1)
    note(c, p, h, i, max(t, 0), L_SUPPORT, min(p[i, SUPPORT], c[WEEKS]) - t)


def ask_again(c, p, h, i, when, column):
    """Join a queue again from a week on, or once the policy invites such people (again)."""
    set_timer(c, p, h, i, max(when, week(c, when, column)) if when < c[WEEKS] else NEVER)


def no_longer(c, p, h, i, t, state):
    """An invitation ends without a conversation; True if that was a joint one: WIJ goes on alone."""
    joint = approach(p, i) == JOINT and p[i, CONTACT] == 0
    set_state(c, p, h, i, t, KNOWN_TO_WIJ if joint else state)
    return joint


def refuse(c, p, h, i, t, word):
    """Declined: definitive, or to be invited again after a delay."""
    p[i, SAID_NO] = 1
    if not no_longer(c, p, h, i, t, DECLINED) and word >= seg(c, p[i, SEGMENT], DEFINITIVE):
        ask_again(c, p, h, i, t + cell(c, p, i, t, AGAIN_DECLINED), OPEN_DECLINED)


def give_up(c, p, h, i, t, word):
    """Not reached: to be invited again after a delay, or not."""
    if not no_longer(c, p, h, i, t, NOT_REACHED) and word < seg(c, p[i, SEGMENT], NOT_REACHED_AGAIN):
        ask_again(c, p, h, i, t + cell(c, p, i, t, AGAIN_NOT_REACHED), OPEN_NOT_REACHED)


def weeks_to_talk(c, p, i, t, again):
    """Weeks to the conversation from a yes (0), or from a missed appointment (1)."""
    return c[c[WAY_TABLE] + (period(c, p, i, t) * 2 + again) * CHANNEL_COUNT + met(c, p, i, t)]


def answer(c, p, h, i, t):
    """The answer to a letter, or the lack of one."""
    s, kind, attempt, row = p[i, SEGMENT], p[i, KIND], p[i, ATTEMPT], p[i, ROW]
    w0, w1, w2, _ = draw(p, h, i, D_ANSWER, p[i, INVITATION], attempt)
    way, put = channel(c, p, i, t), approach(p, i)
    if w0 >= c[c[REACH] + ((put * 3 + kind) * CHANNEL_COUNT + way) * c[ATTEMPTS_MOST] + attempt]:
        note(c, p, h, i, t, L_SILENT, attempt)
        if attempt + 1 < c[c[ATTEMPTS] + (period(c, p, i, t) * 3 + kind) * CHANNEL_COUNT + way]:
            p[i, ATTEMPT] = attempt + 1
            join(c, p, h, i, Q_ATTEMPT, t, t)
        else:
            count_flow(c, h, UNANSWERED, s, 1)
            give_up(c, p, h, i, t, w2)
    elif w1 < c[c[ACCEPT] + ((put * CHANNEL_COUNT + way) * c[ROWS] + row) * c[SEGMENTS] + s]:
        count_flow(c, h, ACCEPTED, s, 1)
        p[i, ROW] = c[c[AFTER_TABLE] + row]
        p[i, SAID_NO] = 0
        promised(c, p, h, i, -1)
        p[i, PROMISE] = promise(c, p, i, t, 1)
        promised(c, p, h, i, 1)
        set_state(c, p, h, i, t, APPOINTMENT)
        note(c, p, h, i, t, L_YES, 0)
        wait = weeks_to_talk(c, p, i, t, 0)
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
        leave_queue(c, p, h, i, t)
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
    soon = ahead(p, h, i, h[TIMER_NEXT])
    while i >= 0:
        soon = fetch(p, h, soon, h[TIMER_NEXT])
        following, state = h[h[TIMER_NEXT] + i], p[i, STATE]
        p[i, TIMER] = -1
        if state == INVITED:
            answer(c, p, h, i, t)
        elif state == APPOINTMENT:
            join(c, p, h, i, Q_APPOINTMENT, t, t)
        elif state == KNOWN_TO_WIJ:
            join(c, p, h, i, Q_FIRST, t, t)
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
    soon = ahead(p, h, i, h[EXIT_NEXT])
    while i >= 0:
        soon = fetch(p, h, soon, h[EXIT_NEXT])
        following, s = h[h[EXIT_NEXT] + i], p[i, SEGMENT]
        stand = week(c, t, DAYS) * 7 + standing(p[i, STATE], p[i, CONTACT], p[i, SUPPORT] >= t)
        if p[i, STATE] == LEFT:  # from services outside, by the person's own calendar
            pass
        elif p[i, EXIT_WORD] < c[c[EXIT_TABLE] + stand * c[SEGMENTS] + s]:
            leave(c, p, h, i, t)
        else:
            set_exit(c, p, h, i, t)
        i = following


def moved(c, p, h, t, n):
    """The group is defined anew: part of each segment is in it no longer."""
    for i in range(n):
        most = c[c[MOVED] + t * c[SEGMENTS] + p[i, SEGMENT]]
        if most > 0 and p[i, STATE] < OUTSIDE and draw(p, h, i, D_MOVED, t, 0)[0] < most:
            leave(c, p, h, i, t)


def other_lead(c, p, h, t, n):
    """Lead times are others from this week on: who waits for a due week may be invited at another moment."""
    for i in range(n):
        if p[i, STATE] == IN_CONTACT and p[i, QUEUE] < 0:
            set_timer(c, p, h, i, min(p[i, DUE], max(p[i, DUE] - cell(c, p, i, t, LEAD), t)))


def other_lanes(c, p, h, t, n):
    """Queues are served in another order from this week on: everybody lines up again."""
    many, keys = 0, c[SORT]
    h[c[LANE_ENDS] : c[WAITS]] = -1
    for i in range(n):
        if p[i, QUEUE] >= 0:
            h[keys + many], h[keys + h[SPACE] + many] = (p[i, JOINED] + 2048) << 50, i
            many += 1
    sort(c, h, many)
    for k in range(many):
        line_up(c, p, h, h[keys + h[SPACE] + k], t)
