"""Whole records of replications, from counts: for engines that hold many replications at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.layout import columns, quarters, rows
from kik_analysis.capacity.measures import PEOPLE, TEAM, WIDTH_PEOPLE, Measure

_COUNTED = {"reached_persons": "reached_52_weeks", "offered_persons": "offered_52_weeks"}


def _derived(block: npt.NDArray[Any], exact: bool) -> None:
    """Fill in shares (parts per million) and the mean wait (thousandths), as ``kernel/record.py`` does."""
    place = {m.name: m.column for m in PEOPLE}

    def ratio(part: str, whole: str, scale: int) -> npt.NDArray[Any]:
        above, below = block[..., place[part]] * scale, block[..., place[whole]]
        safe = np.where(below > 0, below, 1)
        out = (above + below // 2) // safe if exact else above / safe
        return np.asarray(np.where(below > 0, out, 0 * above))

    block[..., place["reached_52_weeks"]] = ratio("reached_persons", "group_size", 1_000_000)
    block[..., place["offered_52_weeks"]] = ratio("offered_persons", "group_size", 1_000_000)
    block[..., place["mean_wait_weeks"]] = ratio("waited", "waiting", 1_000)


def records(
    c: Compiled, people: Mapping[str, npt.NDArray[Any]], team: Mapping[str, npt.NDArray[Any]]
) -> npt.NDArray[Any]:
    """Lay counts out as the calendar engine records them.

    Parameters
    ----------
    c
        The scenario.
    people
        Measure -> (replications, weeks, segments): states, ``group_size``, the *numbers* of people
        ``reached_52_weeks`` and ``offered_52_weeks``, ``waiting``, ``waited`` and the events.
    team
        Measure -> (replications, weeks): minutes.

    Returns
    -------
    (replications, rows, columns), integers if all counts are
        Weeks, then quarters, then the whole run.
    """
    n, segments = len(team["minutes_used"]), len(c.segments)
    exact = all(np.issubdtype(a.dtype, np.integer) for a in (*people.values(), *team.values()))
    out = np.zeros((n, rows(c), columns(c)), dtype=np.int64 if exact else np.float64)
    week = out[:, : c.weeks]
    everybody = segments * WIDTH_PEOPLE if segments > 1 else 0
    blocks = [
        week[..., s * WIDTH_PEOPLE : (s + 1) * WIDTH_PEOPLE] for s in range(segments if segments > 1 else 0)
    ]
    total = week[..., everybody : everybody + WIDTH_PEOPLE]
    for m in PEOPLE:
        counts = people.get(_COUNTED.get(m.name, m.name))
        if m.scale != 1:
            continue
        if counts is None:  # the fluid engine has no windows of 52 weeks
            assert not exact, m.name
            counts = np.full((n, c.weeks, segments), np.nan)
        total[..., m.column] = counts.sum(axis=-1)
        for s, block in enumerate(blocks):
            block[..., m.column] = counts[..., s]
    for block in (*blocks, total):
        _derived(block, exact)
    for m in TEAM:
        if m.scale == 1:
            week[..., everybody + WIDTH_PEOPLE + m.column] = team[m.name]
    _add_up(c, out, everybody + WIDTH_PEOPLE)
    return out


def summed(c: Compiled) -> npt.NDArray[np.bool_]:
    """Columns that a quarter adds up; the others are taken at its end."""
    width = columns(c)
    out = np.zeros(width, dtype=bool)
    team = width - 1 - max(m.column for m in TEAM)
    for first in range(0, team, WIDTH_PEOPLE):
        _mark(out, PEOPLE, first)
    _mark(out, TEAM, team)
    return out


def _mark(out: npt.NDArray[np.bool_], measures: tuple[Measure, ...], first: int) -> None:
    for m in measures:
        out[first + m.column] = m.summed


def _add_up(c: Compiled, out: npt.NDArray[Any], team: int) -> None:
    number, add = quarters(c)[1], summed(c)
    for t in range(c.weeks):
        q = c.weeks + int(number[t])
        out[:, q] = out[:, t] + np.where(add, out[:, q], 0)
    out[:, -1] = out[:, : c.weeks].sum(axis=1)
