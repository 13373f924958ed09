"""The echo of extra staff: who is spoken to for the first time today is due again a year later.

A team with extra posts for a while speaks to everybody who is overdue. Each conversation makes the next one
due after the interval, when the extra posts are gone: then people are overdue again. Both runs have the same
people making the same choices, and neither has a contact stop, which would drown the echo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kik_analysis.capacity import individuals
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.uncertainty import Z95
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

FTE = "team.fte"
#: How long the echo is followed, in intervals between conversations.
YEARS = 3


def without_stop(c: Compiled) -> Compiled:
    """Return a scenario in which conversations take place in every week as they do in the first."""
    changed = {}
    for name in ("letters_open", "conversation_minutes", "reminder_minutes", "travel_minutes",
                 "registration_minutes", "missed_minutes"):  # fmt: skip
        rows = getattr(c, name)
        changed[name] = np.repeat(rows[:1], len(rows), axis=0)
    return c.replace(**changed, talk_limit=np.full(c.weeks, -1))


def ends(scenario: Scenario) -> tuple[Compiled, Compiled]:
    """Compile a scenario with the fewest and with the most extra posts that it holds possible.

    Raises
    ------
    ModelError
        The number of posts is the same in both: the scenario has no uncertain number of posts.
    """
    few, most = (without_stop(compile_scenario(scenario, {FTE: z})) for z in (-Z95, Z95))
    if np.array_equal(few.minutes_available, most.minutes_available):
        raise ModelError(
            f"{FTE}: no range, so there is no extra staff to compare (expected a low and a high)"
        )
    return few, most


def echo(
    scenario: Scenario, *, replications: int, seed: int | None = None, workers: int | None = None
) -> pl.DataFrame:
    """Simulate how many people are overdue, week by week, with the fewest and with the most extra posts.

    Parameters
    ----------
    scenario
        A scenario whose number of posts has a range on some dates.
    replications
        Pairs of runs.
    seed, workers
        As in :func:`kik_analysis.capacity.simulate.simulate`.

    Returns
    -------
    polars.DataFrame
        ``week`` (its Monday), ``extra_hours`` (client hours that the extra posts add in that week), and
        persons overdue at its end: ``few``, ``few_q10``, ``few_q90``, ``most``, ``most_q10``, ``most_q90``.
        The middle is the mean. From the start to ``YEARS`` intervals between conversations later.
    """
    import polars as pl

    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    few, most = ends(scenario)
    weeks = min(few.weeks, YEARS * int(few.interval.max()))
    columns: dict[str, Any] = {"week": few.mondays()[:weeks]}
    columns["extra_hours"] = (most.minutes_available - few.minutes_available)[:weeks] / 60
    for name, c in (("few", few), ("most", most)):
        rows = individuals.samples(
            c, slice(0, weeks), replications=replications, seed=number, workers=workers
        )
        overdue = rows[..., place(c, "overdue")]
        columns[name] = overdue.mean(axis=0)
        columns[f"{name}_q10"], columns[f"{name}_q90"] = np.quantile(overdue, (0.1, 0.9), axis=0)
    noted = {"scenario": scenario.digest(), "runs": replications, "seed": number}
    reads.note("simulation", f"{scenario.name}/echo", noted, Evidence.SIMULATED)
    return pl.DataFrame(columns)
