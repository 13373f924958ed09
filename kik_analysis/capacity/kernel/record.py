"""What is written down at the end of a week, and how replications are added up (integers only)."""

# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

from kik_analysis.capacity.kernel.draws import njit
from kik_analysis.capacity.kernel.names import *


@njit
def shares(row, k, t):
    """Derived columns of one block: shares in parts per million, mean wait in thousandths of a week."""
    group = row[k + C_GROUP]
    if group > 0:
        row[k + C_REACHED_SHARE] = (row[k + C_REACHED] * 1000000 + group // 2) // group
        row[k + C_OFFERED_SHARE] = (row[k + C_OFFERED] * 1000000 + group // 2) // group
    else:
        row[k + C_REACHED_SHARE], row[k + C_OFFERED_SHARE] = 0, 0
    waiting = row[k + C_WAITING]
    row[k + C_MEAN_WAIT] = (row[k + C_WAITED] * 1000 + waiting // 2) // waiting if waiting > 0 else 0


@njit
def record(c, w, t, row):
    """One week: a block per segment (if there are several), a block for all, a block for the team."""
    segments = w.now.shape[0]
    blocks = segments if segments > 1 else 0
    everybody = blocks * PEOPLE_COLUMNS
    row[everybody : everybody + PEOPLE_COLUMNS] = 0
    for s in range(segments):
        k = s * PEOPLE_COLUMNS if blocks > 0 else everybody
        group = 0
        for state in range(10):
            row[k + state] = w.count[state, s]
            group += w.count[state, s]
        row[k + C_GROUP] = group - w.count[OUTSIDE, s]
        row[k + C_REACHED], row[k + C_OFFERED] = w.now[s, REACHED], w.now[s, OFFERED]
        row[k + C_WAITING] = w.now[s, WAITING]
        row[k + C_WAITED] = t * w.now[s, WAITING] - w.now[s, SUM_JOINED]
        for f in range(FLOWS):
            row[k + C_FLOWS + f] = w.flow[f, s]
        if blocks > 0:
            for q in range(PEOPLE_COLUMNS):
                row[everybody + q] += row[k + q]
            shares(row, k, t)
    shares(row, everybody, t)
    k = everybody + PEOPLE_COLUMNS
    row[k], row[k + 1], row[k + 2] = c.week[t, AVAILABLE], w.team[USED], w.team[LOST]
    row[k + 3], row[k + 4] = w.team[DEBT], w.team[PROMISED]
    for q in range(TASKS):
        row[k + 5 + q] = w.task[q]


@njit
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
