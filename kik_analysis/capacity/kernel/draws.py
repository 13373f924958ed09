"""Random decisions: Philox, waiting times, categories, and the order within a week."""

import numpy as np

from kik_analysis.capacity.kernel.names import *

M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK, U32 = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 (Salmon et al. 2011): four words of 32 bits."""
    c0, c1, c2, c3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    k0, k1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        a, b = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (b >> U32) ^ c1 ^ k0, b & MASK, (a >> U32) ^ c3 ^ k1, a & MASK
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return np.int64(c0), np.int64(c1), np.int64(c2), np.int64(c3)


def draw(p, h, i, decision, cycle, attempt):
    """Four words for one decision of one person."""
    what = (ENTITY_PERSON << 24) | (decision << 16) | attempt
    return philox(what, p[i, ENTRY_WEEK], p[i, INDEX], cycle, h[KEY0], h[KEY1])


def wide(w0, w1):
    """A number of 63 bits from two words."""
    return (w0 << 31) | (w1 >> 1)


def waiting_time(c, row, w0, w1):
    """Geometric number of weeks from two words; NEVER beyond the table."""
    u, width = wide(w0, w1), c[GEOMETRIC_WIDTH]
    first = c[GEOMETRIC_TABLE] + row * width
    if u < c[first + width - 1]:
        return NEVER
    low, high = 0, width - 1  # first entry not above u
    while low < high:
        middle = (low + high) >> 1
        if c[first + middle] > u:
            low = middle + 1
        else:
            high = middle
    return low + 1


def choose(c, first, categories, word):
    """Category whose cumulative threshold first exceeds the word."""
    k = 0
    while k < categories - 1 and word >= c[first + k]:
        k += 1
    return k


def arrivals(c, h):
    """Draw the number of arrivals of every week; returns their sum."""
    total = 0
    for t in range(c[WEEKS]):
        week = c[WEEK_TABLE] + t * WEEK_WIDTH
        n, row = c[week + INFLOW_FIXED], c[week + POISSON_ROW]
        if row >= 0:
            w0, w1, _, _ = philox((ENTITY_ARRIVALS << 24) | (D_COUNT << 16), 0, 0, t, h[KEY0], h[KEY1])
            u, low, high = wide(w0, w1), 0, c[POISSON_WIDTH] - 1
            first = c[POISSON_TABLE] + row * c[POISSON_WIDTH]
            while low < high:  # first entry above u
                middle = (low + high) >> 1
                if c[first + middle] <= u:
                    low = middle + 1
                else:
                    high = middle
            n += low
        h[c[ARRIVALS] + t] = n
        total += n
    return total


def staff(c, h):
    """Minutes of every week: those of the mean, or by who of the caseworkers is at work.

    Spells of sickness, and of work between two departures, are geometric; after a departure a place is empty
    until somebody is hired, who does half while learning. Over replications the mean stays what it was.
    """
    for t in range(c[WEEKS]):
        h[c[HOURS] + t] = 0
    for k in range(c[CASEWORKERS]):
        sick, since, over = False, NEVER, c[HIRING_WEEKS] + c[LEARNING_WEEKS]
        for t in range(c[WEEKS]):
            week = c[WEEK_TABLE] + t * WEEK_WIDTH
            w0, w1, _, _ = philox(ENTITY_CASEWORKER << 24, 0, k, t, h[KEY0], h[KEY1])
            if t == 0:
                sick = w0 < c[week + SICK_SHARE]
                since = w1 // c[WENT] if c[WENT] > 0 else NEVER
            else:
                sick = w0 >= c[SICK_ENDS] if sick else w0 < c[week + SICK_BEGINS]
                if since < over:
                    since += 1
                elif w1 < c[GOES]:
                    since = 0
            halves = 0 if sick or since < c[HIRING_WEEKS] else (1 if since < over else 2)
            h[c[AT_WORK] + t * c[CASEWORKERS] + k] = halves
            h[c[HOURS] + t] += halves if k < c[week + PLACES] else 0
    for t in range(c[WEEKS]):
        week = c[WEEK_TABLE] + t * WEEK_WIDTH
        minutes = c[week + MINUTES_AVAILABLE]
        if c[CASEWORKERS] > 0:
            usual = 2 * c[week + PLACES] * (c[week + USUAL] >> 8)
            minutes = (minutes * h[c[HOURS] + t] * (ONE >> 8) + usual // 2) // usual if usual > 0 else 0
        h[c[HOURS] + t] = minutes


def sort(c, h, n):
    """Order n pairs (key, person) by key: insertion, after buckets by the top eight bits if they are many.

    The pairs stand from ``SORT`` on, keys first; the second half of that space is scratch. Equal keys keep
    the order in which they came.
    """
    bucket, keys, space = c[BUCKETS], c[SORT], 2 * h[SPACE] if n > FEW else 0
    who, keys2, who2 = keys + h[SPACE], keys + space, keys + h[SPACE] + space
    if n > FEW:
        for k in range(257):
            h[bucket + k] = 0
        for k in range(n):
            h[bucket + 1 + (h[keys + k] >> 55)] += 1
        for k in range(1, 257):
            h[bucket + k] += h[bucket + k - 1]
        for k in range(n):
            b = bucket + (h[keys + k] >> 55)
            h[keys2 + h[b]], h[who2 + h[b]] = h[keys + k], h[who + k]
            h[b] += 1
    for k in range(n):
        key, person, j = h[keys2 + k], h[who2 + k], k
        while j > 0 and h[keys + j - 1] > key:
            h[keys + j], h[who + j] = h[keys + j - 1], h[who + j - 1]
            j -= 1
        h[keys + j], h[who + j] = key, person
