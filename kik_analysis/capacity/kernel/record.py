"""What is written down at the end of a week, and how replications are added up (integers only)."""

from __future__ import annotations

from kik_analysis.capacity.kernel.names import *


def shares(rec, t, k):
    """Derived columns of one block: shares in parts per million, mean wait in thousandths of a week."""
    group, waiting = rec[t, k + C_GROUP], rec[t, k + C_WAITING]
    for q in range(3):
        share = (rec[t, k + C_APPROACHED + q] * 1000000 + group // 2) // group if group > 0 else 0
        rec[t, k + C_APPROACHED_SHARE + q] = share
    rec[t, k + C_MEAN_WAIT] = (rec[t, k + C_WAITED] * 1000 + waiting // 2) // waiting if waiting > 0 else 0


def record(c, h, t, rec):
    """One week: a block per segment (if there are several), a block for all, a block for the team."""
    segments = c[SEGMENTS]
    everybody = segments * PEOPLE_COLUMNS if segments > 1 else 0
    for q in range(PEOPLE_COLUMNS):
        rec[t, everybody + q] = 0
    for s in range(segments):
        k, now, group = s * PEOPLE_COLUMNS, c[NOW] + s * NOW_WIDTH, 0
        for state in range(OUTSIDE + 1):
            n = h[c[COUNT] + state * segments + s]
            rec[t, k + state] = n
            group += n
        rec[t, k + C_GROUP] = group - rec[t, k + OUTSIDE]
        rec[t, k + C_SUPPORT], rec[t, k + C_BACKLOG] = h[now + SUPPORTED], h[now + BACKLOG]
        rec[t, k + C_APPROACHED], rec[t, k + C_CONTACT] = h[now + APPROACHED], h[now + CONTACTED]
        rec[t, k + C_SPOKEN] = h[now + SPOKEN]
        rec[t, k + C_WAITING] = h[now + WAITING]
        rec[t, k + C_WAITED] = t * h[now + WAITING] - h[now + SUM_JOINED]
        for f in range(FLOWS):
            rec[t, k + C_FLOWS + f] = h[c[FLOW] + f * segments + s]
        if segments > 1:
            for q in range(PEOPLE_COLUMNS):
                rec[t, everybody + q] += rec[t, k + q]
            shares(rec, t, k)
    shares(rec, t, everybody)
    k, team = everybody + PEOPLE_COLUMNS, c[TEAM]
    rec[t, k + C_AVAILABLE] = h[c[HOURS] + t]
    rec[t, k + C_USED], rec[t, k + C_LOST] = h[team + USED], h[team + LOST]
    rec[t, k + C_DEBT], rec[t, k + C_PROMISED] = h[team + DEBT], 0
    for at in range(c[DESK_TABLE], c[ARRIVALS], DESK_WIDTH):
        for kind in range(3):
            rec[t, k + C_PROMISED] += h[at + PROMISED + kind]
    for q in range(TASKS):
        rec[t, k + C_TASKS + q] = h[c[TASK] + q]


def add_up(c, rec, t):
    """Quarters and the whole run, in the rows after the weeks.

    Of a quarter: events and minutes summed, everything else as it stands at its end. Of the run: the sum of
    all weeks, so that divided by the number of weeks it is an average over time.
    """
    people = rec.shape[1] - TEAM_COLUMNS
    quarter, run = c[WEEKS] + c[c[WEEK_TABLE] + t * WEEK_WIDTH + QUARTER], rec.shape[0] - 1
    for q in range(rec.shape[1]):
        summed = q % PEOPLE_COLUMNS >= C_FLOWS
        if q >= people:
            summed = q - people != C_DEBT and q - people != C_PROMISED
        rec[quarter, q] = rec[t, q] + (rec[quarter, q] if summed else 0)
        rec[run, q] += rec[t, q]


def add(rec, bins, sums, histogram):
    """Add one replication: sum, sum of squares about a reference, and a histogram of fixed bins.

    ``bins[t, q]`` holds reference, lower end and width (a power of two, as a shift); the first and last bin
    also take what lies outside.
    """
    last = histogram.shape[2] - 1
    for t in range(rec.shape[0]):
        for q in range(rec.shape[1]):
            x = rec[t, q]
            d = x - bins[t, q, 0]
            sums[t, q, 0] += d
            sums[t, q, 1] += d * d
            histogram[t, q, min(max((x - bins[t, q, 1]) >> bins[t, q, 2], 0), last)] += 1
