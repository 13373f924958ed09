"""Random decisions: Philox, waiting times, categories, and the order within a week."""

# ruff: noqa: F403, F405
# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
from __future__ import annotations

import numba
import numpy as np

from kik_analysis.capacity.kernel.names import *

njit = numba.njit(cache=True, nogil=True, error_model="numpy", boundscheck=False)


@njit
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 (Salmon et al. 2011): four 32-bit words, as uint64."""
    for _ in range(10):
        a, b = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (b >> U32) ^ c1 ^ k0, b & MASK, (a >> U32) ^ c3 ^ k1, a & MASK
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return c0, c1, c2, c3


@njit
def draw(w, i, decision, cycle, attempt):
    """Four words for one decision of one person."""
    return philox(
        np.uint64((PERSON << 24) | (decision << 16) | attempt), np.uint64(w.p[i, WEEK]), np.uint64(w.p[i, INDEX]),
        np.uint64(cycle), w.key[0], w.key[1])  # fmt: skip


@njit
def waiting_time(table, row, w0, w1):
    """Geometric number of weeks from two words; NEVER beyond the table."""
    u = (w0 << U32) | w1
    n = table.shape[1]
    if u < table[row, n - 1]:
        return NEVER
    low, high = 0, n - 1  # first entry not above u
    while low < high:
        middle = (low + high) >> 1
        if table[row, middle] > u:
            low = middle + 1
        else:
            high = middle
    return low + 1


@njit
def choose(thresholds, word):
    """Category whose cumulative threshold first exceeds the word."""
    k = 0
    while k < thresholds.shape[0] - 1 and word >= thresholds[k]:
        k += 1
    return k


@njit
def sort(keys, who, keys2, who2, bucket, n):
    """Ascending by key: buckets by the top eight bits, then insertion; the order of arrival breaks ties."""
    bucket[:] = 0
    for k in range(n):
        bucket[(keys[k] >> U56) + U1] += 1
    for k in range(1, 257):
        bucket[k] += bucket[k - 1]
    for k in range(n):
        b = keys[k] >> U56
        keys2[bucket[b]], who2[bucket[b]] = keys[k], who[k]
        bucket[b] += 1
    for k in range(n):
        key, person, j = keys2[k], who2[k], k
        while j > 0 and keys[j - 1] > key:
            keys[j], who[j] = keys[j - 1], who[j - 1]
            j -= 1
        keys[j], who[j] = key, person
