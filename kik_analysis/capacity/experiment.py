"""The echo of extra staff: one scenario with the fewest and with the most extra posts, as a tidy frame.

A team with extra posts for a while speaks to everybody who is overdue. Each conversation makes the next one
due after the interval, when the extra posts are gone: then people are overdue again. Both runs have the same
people making the same choices, and neither has a contact stop, which would drown the echo.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from kik_analysis.capacity import engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled, along
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.posts import FTE as FTE
from kik_analysis.capacity.results import statistics
from kik_analysis.capacity.uncertainty import Z95
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

#: How long the echo is followed, in intervals between conversations.
YEARS = 3


def echo(
    scenario: Scenario, *, replications: int, seed: int | None = None, workers: int | None = None
) -> pl.DataFrame:
    """Simulate how many people are overdue, week by week, with the fewest and with the most extra posts.

    ``scenario``: a scenario whose number of posts has a range on some dates. ``replications``: pairs of runs.
    ``seed``, ``workers``: as in :func:`kik_analysis.capacity.simulate.simulate`. Returns ``week`` (its
    Monday), ``extra_hours`` (client hours that the extra posts add in that week), and persons overdue at its
    end: ``few``, ``few_q10``, ``few_q90``, ``most``, ``most_q10``, ``most_q90``. The middle is the mean. From
    the start to ``YEARS`` intervals between conversations later. ModelError the scenario has no uncertain
    number of posts.
    """
    both = scenario.replace({"policy.extra_for": "any"})  # the echo is of hours for whoever is overdue
    few, most = (without_stop(compile_scenario(both, {FTE: z})) for z in (-Z95, Z95))
    if np.array_equal(few.minutes_available, most.minutes_available):
        raise ModelError(
            f"{FTE}: no range, so there is no extra staff to compare (expected a low and a high)"
        )
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    weeks = min(few.weeks, YEARS * int(few.interval.max()))
    extra = (most.minutes_available - few.minutes_available)[:weeks] / 60
    columns: dict[str, Any] = {"week": few.mondays()[:weeks], "extra_hours": extra}
    asked: Any = {"replications": replications, "seed": number, "workers": workers}
    for name, c in (("few", few), ("most", most)):
        found = statistics(engine.samples(c, slice(0, weeks), **asked)[..., place(c, "overdue")])
        columns |= {name: found["mean"]} | {f"{name}_{q}": found[q] for q in ("q10", "q90")}
    noted = {"scenario": scenario.digest(), "runs": replications, "seed": number}
    reads.note("simulation", f"{scenario.name}/echo", noted, Evidence.SIMULATED)
    return pl.DataFrame(columns)


def without_stop(c: Compiled) -> Compiled:
    """Return a scenario in which people are met in every week as they are in the first."""
    first = {name: np.repeat(getattr(c, name)[:1], len(c.interval), axis=0) for name in along("period")}
    limits = dict.fromkeys(("promise_limit_first", "promise_limit_others"), c.promise_limit)
    return c.replace(**first | limits | {"interval": c.interval})
