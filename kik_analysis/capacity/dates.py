"""Weeks in which something is over: the backlog of the start is gone, the queue is as long as usual."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Compiled, Integers

#: Recorded measures that the dates are read from, in this order.
DATED = ("backlog", "never_invited")
#: What is dated: the first Monday on which ``backlog`` is 0; the first from which ``never_invited`` stays
#: below four weeks of inflow for a quarter.
MOMENTS = ("backlog_gone", "queue_normal")
_INFLOW, _QUARTER = 4, 13  # weeks


def moments(c: Compiled, values: Any) -> dict[str, Integers]:
    """Return the week of every event in every replication; ``c.weeks`` where it does not come.

    ``c``: the scenario. ``values``: ``DATED`` as recorded.
    """
    backlog, waiting = values[..., 0], values[..., 1]
    most = _INFLOW * (c.inflow_mean + c.inflow_fixed)
    short = np.cumsum(waiting < most, axis=1)
    before = np.concatenate([np.zeros_like(short[:, :1]), short[:, :-_QUARTER]], axis=1)
    stays = (short[:, _QUARTER - 1 :] - before == _QUARTER) if c.weeks >= _QUARTER else waiting[:, :0] > 0
    return {"backlog_gone": _first(backlog == 0, c.weeks), "queue_normal": _first(stays, c.weeks)}


def mondays_by(c: Compiled, weeks: Integers, shares: Sequence[float]) -> list[datetime.date | None]:
    """Return the Mondays by which an event has come in some shares of the replications; None: not within.

    ``c``: the scenario. ``weeks``: of the event, by replication. ``shares``: 0 to 1.
    """
    mondays = (*c.mondays(), None)
    return [mondays[int(week)] for week in np.quantile(weeks, shares, method="inverted_cdf")]


def _first(happens: Any, never: int) -> Integers:
    """First week in which it happens, by replication."""
    if not happens.shape[1]:
        return np.full(len(happens), never)
    return np.where(happens.any(axis=1), happens.argmax(axis=1), never)
