"""Experiments: one scenario with other numbers of posts, over many futures and draws, as tidy frames.

The *staffing curve* answers one question at once: with 5, 6, ... 30 posts, which share of the group has been
approached and which has been spoken to in the last 52 weeks, which is overdue and which was never approached,
at the end of the run? By then the ages of the last conversations at the start, which nobody published, have
worn off. *Chance* is the spread over replications of one scenario; *chance and parameters* gives every
replication its own draw of the uncertain parameters, the same draws for every number of posts.

The *echo* of extra staff: a team with extra posts for a while speaks to everybody who is overdue. Each
conversation makes the next one due after the interval, when the extra posts are gone: then people are overdue
again. Both runs have the same people making the same choices, and neither has a contact stop, which would
drown the echo.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kik_analysis.capacity import engine
from kik_analysis.capacity import posts as staff
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled, along
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, statistics
from kik_analysis.capacity.uncertainty import Z95, spread
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

FTE = staff.FTE
#: What is counted at the end of the run, and the measure (persons) that counts it. Approached and spoken to
#: differ by much and are confused, so a number never goes without the name of its definition.
DEFINITIONS = {
    "approached": "approached_persons",
    "spoken": "spoken_persons",
    "overdue": "overdue",
    "not_yet_approached": "never_invited",
}
#: Numbers of posts on the curve, lowest first.
POSTS = (5, 7, 9, 11, 14, 16, 20, 30)
#: How long the echo is followed, in intervals between conversations.
YEARS = 3


def simulation(scenario: Scenario, layer: str) -> str:
    """Return the name under which a layer of a scenario's curve is on record as a simulation."""
    return f"{scenario.name}/staffing_curve/{layer}"


def staffing_curve(
    scenario: Scenario,
    *,
    posts: Sequence[float] = POSTS,
    replications: int = 10,
    draws: int = 48,
    seed: int | None = None,
    workers: int | None = None,
    progress: engine.Progress | None = None,
) -> pl.DataFrame:
    """Simulate the shares of the group at the end of the run for several numbers of posts.

    ``scenario``: the scenario; its own number of posts plays no role. ``posts``: established posts in FTE,
    rising, at least two different ones. ``replications``: futures per number of posts, for the layer
    *chance*; the same futures for every number. ``draws``: draws of the uncertain parameters, each with a
    future of its own, for *chance and parameters*. They cover the ranges evenly (``uncertainty.spread``), so
    ``mean_error`` of this layer is an upper limit. ``seed``: by default the scenario's ``run.seed``.
    ``workers``: threads; the numbers do not depend on it. ``progress``: called with runs done and to do.
    Returns ``scenario``, ``fte``, ``definition``, ``layer``, ``replications``, ``mean``, ``mean_error`` and
    quantiles ``q05`` ... ``q95`` with their Monte Carlo errors (``q05_error`` ...): shares of the group.
    ModelError fewer than two different numbers of posts, or out of order; or the scenario cannot run.
    """
    import polars as pl

    numbers = [float(p) for p in posts]
    if len(numbers) < 2 or any(b <= a for a, b in itertools.pairwise(numbers)):
        raise ModelError(f"posts: expected rising numbers, at least two (got {', '.join(map(str, posts))})")
    if replications < 2 or draws < 2:
        raise ModelError(
            f"replications and draws: expected at least two of each (got {replications}, {draws})"
        )
    number = _seed(scenario, seed)
    total, done = len(numbers) * (replications + draws), 0

    def tell(n: int, of: int) -> None:
        if progress is not None:
            progress(done + n, total)

    rows: list[dict[str, Any]] = []
    for layer, count, teams in (
        (CHANCE, replications, _central(scenario, numbers)),
        (CHANCE_AND_PARAMETERS, draws, _drawn(scenario, numbers, number, draws)),
    ):
        for fte, source in teams:
            c = source[0]
            asked: Any = {"seed": number, "workers": workers, "progress": tell}
            each = source.__getitem__ if len(source) > 1 else c
            last = engine.samples(each, slice(c.weeks - 1, c.weeks), replications=count, **asked)[:, 0]
            done += count
            for definition, measure in DEFINITIONS.items():
                share = last[:, place(c, measure)] / np.maximum(last[:, place(c, "group_size")], 1)
                head = {"scenario": c.name, "fte": fte, "definition": definition, "layer": layer}
                rows.append(head | {"replications": count} | statistics(share, errors=True))
        noted = {"scenario": scenario.digest(), FTE: numbers, "layer": layer, "seed": number, "runs": count}
        reads.note("simulation", simulation(scenario, layer), noted, Evidence.SIMULATED)
    return pl.DataFrame(rows)


def _seed(scenario: Scenario, seed: int | None) -> int:
    return int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]


def _central(scenario: Scenario, numbers: Sequence[float]) -> Iterator[tuple[float, list[Compiled]]]:
    """The scenario with each number of posts."""
    one = staff.posts(scenario)
    return ((fte, [one.at(fte)]) for fte in numbers)


def _drawn(
    scenario: Scenario, numbers: Sequence[float], seed: int, n: int
) -> Iterator[tuple[float, list[Compiled]]]:
    """Every draw with each number of posts."""
    draws = [staff.posts(scenario, at) for at in spread(scenario, seed, n)]
    return ((fte, [one.at(fte) for one in draws]) for fte in numbers)


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
    import polars as pl

    both = scenario.replace({"policy.extra_for": "any"})  # the echo is of hours for whoever is overdue
    few, most = (without_stop(compile_scenario(both, {FTE: z})) for z in (-Z95, Z95))
    if np.array_equal(few.minutes_available, most.minutes_available):
        raise ModelError(
            f"{FTE}: no range, so there is no extra staff to compare (expected a low and a high)"
        )
    number, weeks = _seed(scenario, seed), min(few.weeks, YEARS * int(few.interval.max()))
    columns: dict[str, Any] = {"week": few.mondays()[:weeks]}
    columns["extra_hours"] = (most.minutes_available - few.minutes_available)[:weeks] / 60
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
    return c.replace(
        **first | {"interval": c.interval},
        promise_limit_first=c.promise_limit,
        promise_limit_others=c.promise_limit,
    )
