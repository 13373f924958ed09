"""Runs of the cohort engine for tests: few rows, and results in the layout of the calendar engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from kik_analysis.capacity import cohort
from kik_analysis.capacity.check import check
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.records import records
from kik_analysis.capacity.totals import Totals, bins_from


def rows(c: Compiled, replications: int, seed: int, engine: Any = cohort) -> Any:
    """Counts of one block with just so many rows."""
    check(c)
    return engine.run([c], np.zeros(replications, dtype=np.int64), seed, 0, replications)


def simulate(c: Compiled, *, replications: int, seed: int, engine: Any = cohort, **_: Any) -> Totals:
    """The sums over replications, as the calendar engine gives them."""
    counts = rows(c, replications, seed, engine)
    whole = records(c, counts.people, counts.team)
    return Totals.empty(bins_from(whole), counts.waits.shape).with_records(whole)


def replay(c: Compiled, *, seed: int, replication: int) -> tuple[Any, None]:
    """The record of one row; there is no event log without people."""
    counts = rows(c, replication + 1, seed)
    return records(c, counts.people, counts.team)[replication], None
