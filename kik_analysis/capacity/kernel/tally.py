"""Who has had what in the last year, at the end of one week: people by place, willingness and contact."""

from __future__ import annotations

from kik_analysis.capacity.kernel.week import *


def tally_one(p, i, t, counts):
    """Count one person of the group in its cell."""
    state, willing, had = p[i, STATE], 0, 0
    if state >= OUTSIDE:
        return
    place = state
    if state == DECLINED and p[i, TIMER] < 0 and p[i, QUEUE] < 0:
        place = OUTSIDE  # declined for good; people outside are not counted, so their place is free
    if state != DECLINED and (p[i, CONTACT] == 1 or state == APPOINTMENT):
        willing = 1
    if t - p[i, LAST_TALK] < WINDOW:
        had = 3
    elif t - p[i, LAST_CONTACT] < WINDOW:
        had = 2
    elif t - p[i, LAST_OFFER] < WINDOW:
        had = 1
    counts[p[i, SEGMENT], place, willing, had] += 1
    if state == NEVER_INVITED and p[i, ENTRY_WEEK] == 0:
        counts[p[i, SEGMENT], OUTSIDE + 1, 0, 0] += 1  # still waiting since before the start


def tally(c, p, h, keys, t, counts):
    """Run one replication until the end of week t and count everybody; 0 when told to stop."""
    counts[:, :, :, :] = 0
    h[KEY0], h[KEY1] = keys[0, 0], keys[0, 1]
    clear(c, h)
    arrivals(c, h)
    i = start(c, p, h)
    for week in range(t + 1):
        if h[STOP] != 0:
            return 0
        i = one_week(c, p, h, week, i)
    for n in range(i):
        tally_one(p, n, t, counts)
    return 1
