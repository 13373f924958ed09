"""One replication: the start, every week in its order, the record, and the sums over replications."""

# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

import numpy as np

from kik_analysis.capacity.kernel.draws import choose, draw, njit, philox, waiting_time
from kik_analysis.capacity.kernel.events import contact_step, timer_rings
from kik_analysis.capacity.kernel.names import *
from kik_analysis.capacity.kernel.people import join, leave_queue, note, set_exit, set_timer, window
from kik_analysis.capacity.kernel.record import add, record
from kik_analysis.capacity.kernel.work import serve_lane


@njit
def person(w, i, week, index, state, s):
    """Fill a row for somebody who has just come in."""
    p = w.p
    p[i, :] = -1
    p[i, STATE], p[i, SEGMENT], p[i, WEEK], p[i, INDEX] = state, s, week, index
    p[i, ROW], p[i, CONTACT], p[i, KIND], p[i, ATTEMPT], p[i, MISSES] = 0, 0, 0, 0, 0
    p[i, JOINS], p[i, EXITS], p[i, DUE], p[i, END], p[i, JOINED] = 0, 0, NEVER, NEVER, 0
    p[i, LAST_TALK], p[i, LAST_OFFER] = -WINDOW, -WINDOW
    w.count[state, s] += 1


@njit
def clear(w):
    """Empty the workspace."""
    w.exit[:] = -1
    w.timer[:] = -1
    w.lane[:, 0] = -1
    w.lane[:, 1] = -1
    w.lane[:, 2] = NEVER
    w.count[:] = 0
    w.talk[:] = 0
    w.offer[:] = 0
    w.now[:] = 0
    w.team[:] = 0


@njit
def arrivals(c, w):
    """Draw the number of arrivals of every week; returns their sum."""
    total = 0
    for t in range(c.week.shape[0]):
        n, row = c.week[t, FIXED], c.week[t, POISSON]
        if row >= 0:
            w0, w1, _, _ = philox(
                np.uint64((ARRIVALS << 24) | (1 << 16)), np.uint64(0), np.uint64(0), np.uint64(t), w.key[0], w.key[1])  # fmt: skip
            u, low, high = (w0 << U32) | w1, 0, c.poisson.shape[1] - 1
            while low < high:  # first entry above u
                middle = (low + high) >> 1
                if c.poisson[row, middle] <= u:
                    low = middle + 1
                else:
                    high = middle
            n += low
        w.arrivals[t] = n
        total += n
    return total


@njit
def start(c, w):
    """The starting stock: people in the order of the cells, queues in the order of waiting."""
    i = np.int32(0)
    for n in range(c.stock.shape[0]):
        state, s = c.stock[n, STOCK_STATE], c.stock[n, STOCK_SEGMENT]
        for _ in range(c.stock[n, STOCK_COUNT]):
            person(w, i, 0, i, state, s)
            w.p[i, ROW], w.p[i, CONTACT] = c.stock[n, STOCK_ROW], c.stock[n, STOCK_CONTACT]
            if c.stock[n, STOCK_AGE] > 0:
                w.p[i, LAST_TALK] = max(-c.stock[n, STOCK_AGE], -WINDOW)
            if c.stock[n, STOCK_OFFER] > 0:
                w.p[i, LAST_OFFER] = max(-c.stock[n, STOCK_OFFER], -WINDOW)
            if state != OUTSIDE:
                window(w, i, 0, 1)
            set_exit(c, w, i, -1)
            start_timer(c, w, i, c.stock[n, STOCK_WAIT])
            i += np.int32(1)
    for k in range(c.stock.shape[0]):
        n = c.stock[k, STOCK_ORDER]
        state, s, wait = c.stock[n, STOCK_STATE], c.stock[n, STOCK_SEGMENT], c.stock[n, STOCK_WAIT]
        for m in range(c.stock[n, STOCK_COUNT]):
            j = np.int32(c.stock[n, STOCK_FIRST] + m)
            if state == NEVER_INVITED:
                join(c, w, j, Q_FIRST, -wait, 0)
            elif (state == IN_CONTACT or state == IN_SUPPORT) and wait - c.seg[s, LEAD] <= 0:
                join(c, w, j, Q_FOLLOW_UP, wait - c.seg[s, LEAD], 0)
    return i


@njit
def start_timer(c, w, i, wait):
    """First week in which something happens to a person of the stock."""
    state, s = w.p[i, STATE], w.p[i, SEGMENT]
    if state == IN_CONTACT or state == IN_SUPPORT:
        w.p[i, DUE] = wait
        if state == IN_SUPPORT:
            w0, w1, _, _ = draw(w, i, D_SPELL, STOCK_SPELL, 0)
            w.p[i, END] = waiting_time(c.geometric, c.seg[s, SUPPORT_ROW], w0, w1) - 1
        week = wait - c.seg[s, LEAD]
        set_timer(w, i, max(0, min(wait if week <= 0 else week, w.p[i, END])))
    elif state == DECLINED or state == NOT_REACHED:
        if wait >= 0:
            set_timer(w, i, wait)
    elif state == OUTSIDE:
        w0, w1, _, _ = draw(w, i, D_SPELL, STOCK_SPELL, 0)
        set_timer(w, i, waiting_time(c.geometric, c.seg[s, SERVICES_ROW], w0, w1) - 1)


@njit
def exits(c, w, t):
    """Who leaves this week drops out of everything."""
    p, i = w.p, w.exit[t]
    while i >= 0:
        following, s, state = p[i, EXIT_NEXT], p[i, SEGMENT], p[i, STATE]
        note(w, t, i, L_EXIT, 0)
        if p[i, QUEUE] >= 0:
            leave_queue(c, w, i)
        set_timer(w, i, NEVER)
        if state == INVITED or state == APPOINTMENT:
            w.team[PROMISED] -= c.promise[p[i, KIND], s]
        if state != OUTSIDE:
            window(w, i, t, -1)
        w.count[state, s] -= 1
        w.count[LEFT, s] += 1
        p[i, STATE] = LEFT
        w.flow[EXITED, s] += 1
        i = following


@njit
def inflow(c, w, t, i):
    """Arrivals of one week; returns the next free row."""
    for index in range(w.arrivals[t]):
        w0, w1, w2, _ = philox(
            np.uint64((PERSON << 24) | (D_ENTRY << 16)), np.uint64(t + 1), np.uint64(index), np.uint64(0),
            w.key[0], w.key[1])  # fmt: skip
        s = choose(c.entry_segment, w0)
        status = choose(c.entry_status[s], w1)
        agreed = 1 if status == 2 else 0
        person(w, i, t + 1, index, ENTRY_STATE[status], s)
        w.p[i, ROW], w.p[i, CONTACT] = choose(c.entry_row[agreed, s], w2), agreed
        w.flow[ARRIVED, s] += 1
        note(w, t, i, L_ENTER, status)
        set_exit(c, w, i, t)
        if status == 0:
            join(c, w, i, Q_FIRST, t, t)
        elif status == 2:
            w.p[i, DUE] = t + c.seg[s, AGREED]
            contact_step(c, w, i, t)
        i += np.int32(1)
    return i


@njit
def hours(c, w, t):
    """The week's budget: repay the debt, then contact on people's own initiative."""
    team, debt = w.team, w.team[DEBT]
    pay = min(c.week[t, AVAILABLE], debt)
    team[B] = c.week[t, AVAILABLE] - pay
    n = 0
    for s in range(w.now.shape[0]):
        n += w.count[IN_CONTACT, s] + w.count[OVERDUE, s] + w.count[IN_SUPPORT, s]
    asked = n * c.one[INITIATIVE] // 1000
    w.task[T_INITIATIVE] = asked
    team[USED], team[LOST], team[BACK] = asked, 0, 0
    team[NEW_DEBT] = debt - pay + max(0, asked - team[B])
    team[B] = max(0, team[B] - asked)


@njit
def week(c, w, t, i):
    """One week in the order of ``docs/model.md``, section 2; returns the next free row."""
    w.flow[:] = 0
    w.task[:] = 0
    for s in range(w.now.shape[0]):  # 52 weeks ago drops out of the windows
        w.now[s, REACHED] -= w.talk[s, t]
        w.now[s, OFFERED] -= w.offer[s, t]
    exits(c, w, t)
    i = inflow(c, w, t, i)
    j = w.timer[t]
    while j >= 0:
        following = w.p[j, TIMER_NEXT]
        w.p[j, TIMER] = -1
        timer_rings(c, w, j, t)
        j = following
    hours(c, w, t)
    for lane in range(c.one[LANES]):
        serve_lane(c, w, lane, t)
    w.team[LOST] += w.team[B]
    w.team[PROMISED] += w.team[BACK]
    w.team[DEBT] = w.team[NEW_DEBT]
    return i


@njit
def replication(c, w, rec):
    """Run one replication and record every week; False when told to stop."""
    clear(w)
    arrivals(c, w)
    i = start(c, w)
    for t in range(c.week.shape[0]):
        if w.stop[0] != 0:
            return False
        i = week(c, w, t, i)
        record(c, w, t, rec[t])
    return True


@njit
def most_people(c, w, keys):
    """Rows that the largest of some replications needs."""
    most, stock = 0, 0
    for n in range(c.stock.shape[0]):
        stock += c.stock[n, STOCK_COUNT]
    for r in range(keys.shape[0]):
        w.key[0], w.key[1] = keys[r, 0], keys[r, 1]
        most = max(most, stock + arrivals(c, w))
    return most


@njit
def run(c, w, keys, rec, bins, sums, histogram):
    """Run replications one after the other and add each to the sums; returns how many were done."""
    for r in range(keys.shape[0]):
        w.key[0], w.key[1] = keys[r, 0], keys[r, 1]
        if not replication(c, w, rec):
            return r
        add(rec, bins, sums, histogram)
    return keys.shape[0]
