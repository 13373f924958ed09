"""Whole records of replications, from the counts of the independent process model."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.layout import columns, quarters, rows
from kik_analysis.capacity.measures import ALL, PEOPLE, REACH, TEAM, place

_RATIOS = (
    *((f"{word}_52_weeks", f"{word}_persons", "group_size", 1_000_000) for word in REACH),
    ("mean_wait_weeks", "waited", "waiting", 1_000),
)


def records(c: Compiled, people: Mapping[str, Any], team: Mapping[str, Any]) -> Any:
    """Lay counts out as the engine records them.

    Parameters
    ----------
    c
        The scenario.
    people
        Measure -> (replications, weeks, segments): states, ``group_size``, the numbers of people in
        support, of the backlog, approached, in contact and spoken to, ``waiting``, ``waited`` and the events.
    team
        Measure -> (replications, weeks): minutes.

    Returns
    -------
    (replications, rows, columns) int
        Weeks, then quarters, then the whole run.
    """
    out = np.zeros((len(team["minutes_used"]), rows(c), columns(c)), dtype=np.int64)
    week, add = out[:, : c.weeks], np.zeros(columns(c), dtype=bool)
    several = c.segments if len(c.segments) > 1 else ()
    for m in (m for m in PEOPLE if m.scale == 1):
        counts = people[m.name]
        for s, values in [(ALL, counts.sum(axis=-1)), *((s, counts[..., k]) for k, s in enumerate(several))]:
            week[..., place(c, m.name, s)], add[place(c, m.name, s)] = values, m.summed
    for m in (m for m in TEAM if m.scale == 1):
        week[..., place(c, m.name)], add[place(c, m.name)] = team[m.name], m.summed
    for segment in (ALL, *several):
        for name, part, whole, scale in _RATIOS:
            above, below = (week[..., place(c, n, segment)] for n in (part, whole))
            ratio = (above * scale + below // 2) // np.maximum(below, 1)
            week[..., place(c, name, segment)] = np.where(below > 0, ratio, 0)
    for t, number in enumerate(quarters(c)[1]):
        quarter = out[:, c.weeks + int(number)]
        quarter[:] = out[:, t] + np.where(add, quarter, 0)
    out[:, -1] = week.sum(axis=1)
    return out
