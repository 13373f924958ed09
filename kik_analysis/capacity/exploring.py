"""How far a team comes with other numbers of posts: the staffing curve, with two layers of uncertainty.

The curve answers one question at once: with 5, 6, ... 30 posts, which share of the group has been approached
and which has been spoken to in the last 52 weeks, which is overdue and which was never approached, at the end
of the run? By then the ages of the last conversations at the start, which nobody published, have worn off.
*Chance* is the spread over replications of one scenario; *chance and parameters* gives every replication its
own draw of the uncertain parameters, the same draws for every number of posts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import individuals, team
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, QUANTILES
from kik_analysis.capacity.uncertainty import spread
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

FTE = "team.fte"
#: What is counted at the end of the run, and the measure (persons) that counts it. Approached and spoken to
#: differ by much and are confused, so a number never goes without the name of its definition.
DEFINITIONS = {
    "approached": "offered_persons",
    "spoken": "reached_persons",
    "overdue": "overdue",
    "not_yet_approached": "never_invited",
}
#: Numbers of posts on the curve, lowest first.
POSTS = (5, 7, 9, 11, 14, 16, 20, 30)
Progress = Callable[[int, int], None]


def simulation(scenario: Scenario, layer: str) -> str:
    """Return the name under which a layer of a scenario's curve is on record as a simulation."""
    return f"{scenario.name}/staffing_curve/{layer}"


def with_posts(scenario: Scenario, posts: float, at: Mapping[str, float] | None = None) -> Compiled:
    """Compile a scenario with another number of established posts; dated changes stay on top of it.

    Parameters
    ----------
    scenario
        The scenario.
    posts
        Established posts from the start of the run, in FTE.
    at
        Where uncertain parameters lie in their ranges (``uncertainty.draw``).
    """
    return compile_scenario(scenario.replace({FTE: posts}), at)


def with_minutes(c: Compiled, minutes: npt.NDArray[np.int64]) -> Compiled:
    """Return a compiled scenario with other minutes of the team, and the limits that follow from them.

    Parameters
    ----------
    c
        The scenario with its own minutes.
    minutes
        Client minutes of the team in each week.

    Returns
    -------
    Compiled
        As compiled with those minutes; a limit on conversations may be two minutes a week off.
    """
    # the same horizon as where the limit is made: the longest ordinary way from a letter to the conversation
    horizon = int(c.attempts[0] * c.answer_weeks[0, 0] + c.appointment_weeks[0] + 1)
    total = np.cumsum(np.concatenate([[0], minutes, np.repeat(minutes[-1:], horizon)]))
    promise = total[horizon : horizon + len(minutes)] - total[: len(minutes)]
    talk = c.talk_limit * minutes // np.maximum(c.minutes_available, 1)
    return c.replace(
        minutes_available=minutes,
        promise_limit=np.where(c.promise_limit < 0, c.promise_limit, promise),
        talk_limit=np.where(c.talk_limit < 0, c.talk_limit, talk),
    )


def between(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64], share: float) -> npt.NDArray[np.int64]:
    """Return the team's minutes between those of few and of many posts: they run in a straight line.

    Parameters
    ----------
    low, high
        Minutes by week, with few and with many posts.
    share
        Where between them: 0 is ``low``, 1 is ``high``.

    Returns
    -------
    numpy.ndarray
        Whole minutes, at most one minute a week off what that number of posts itself gives.
    """
    return np.floor(low + (high - low) * share + 0.5).astype(np.int64)


def staffing_curve(
    scenario: Scenario,
    *,
    posts: Sequence[float] = POSTS,
    replications: int = 10,
    draws: int = 48,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Simulate the shares of the group at the end of the run for several numbers of posts.

    Parameters
    ----------
    scenario
        The scenario; its own number of posts plays no role.
    posts
        Established posts in FTE, rising, at least two different ones.
    replications
        Futures per number of posts, for the layer *chance*; the same futures for every number.
    draws
        Draws of the uncertain parameters, each with a future of its own, for *chance and parameters*. They
        cover the ranges evenly (``uncertainty.spread``), so ``mean_error`` of this layer is an upper limit.
    seed
        By default the scenario's ``run.seed``.
    workers
        Threads; the numbers do not depend on it.
    progress
        Called with runs done and to do.

    Returns
    -------
    polars.DataFrame
        ``scenario``, ``fte``, ``definition``, ``layer``, ``replications``, ``mean``, ``mean_error`` and
        quantiles ``q05`` ... ``q95`` with their Monte Carlo errors (``q05_error`` ...): shares of the group.

    Raises
    ------
    ModelError
        Fewer than two different numbers of posts, or out of order; or the scenario cannot run.
    """
    import polars as pl

    numbers = [float(p) for p in posts]
    if len(numbers) < 2 or any(b <= a for a, b in itertools.pairwise(numbers)):
        raise ModelError(f"posts: expected rising numbers, at least two (got {', '.join(map(str, posts))})")
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    if replications < 2 or draws < 2:
        raise ModelError(
            f"replications and draws: expected at least two of each (got {replications}, {draws})"
        )
    total = len(numbers) * (replications + draws)
    done = 0

    def tell(n: int, of: int) -> None:
        if progress is not None:
            progress(done + n, total)

    rows: list[dict[str, Any]] = []
    for layer, sources in (
        (CHANCE, _central(scenario, numbers, replications)),
        (CHANCE_AND_PARAMETERS, _drawn(scenario, numbers, number, draws)),
    ):
        for fte, compiled in sources:
            count = len(compiled)
            c = compiled[0]
            last = individuals.samples(
                compiled.__getitem__, slice(c.weeks - 1, c.weeks), replications=count, seed=number,
                workers=workers, progress=tell,
            )[:, 0]  # fmt: skip
            done += count
            for definition, measure in DEFINITIONS.items():
                share = last[:, place(c, measure)] / np.maximum(last[:, place(c, "group_size")], 1)
                head = {"scenario": c.name, "fte": fte, "definition": definition, "layer": layer}
                rows.append(head | {"replications": count} | _statistics(share))
        runs = replications if layer == CHANCE else draws
        noted = {"scenario": scenario.digest(), FTE: numbers, "layer": layer, "seed": number, "runs": runs}
        reads.note("simulation", simulation(scenario, layer), noted, Evidence.SIMULATED)
    return pl.DataFrame(rows)


def _central(scenario: Scenario, posts: Sequence[float], n: int) -> Iterator[tuple[float, list[Compiled]]]:
    many = with_posts(scenario, posts[-1])
    for fte in posts:
        minutes = np.array(team.minutes(Reader(scenario.replace({FTE: fte}))), dtype=np.int64)
        yield fte, [with_minutes(many, minutes)] * n


def _drawn(
    scenario: Scenario, posts: Sequence[float], seed: int, n: int
) -> Iterator[tuple[float, list[Compiled]]]:
    few, many = (scenario.replace({FTE: fte}) for fte in (posts[0], posts[-1]))
    draws = []
    for at in spread(scenario, seed, n):
        low = np.array(team.minutes(Reader(few, at)), dtype=np.int64)
        draws.append((compile_scenario(many, at), low))
    for fte in posts:
        share = (fte - posts[0]) / (posts[-1] - posts[0])
        yield fte, [with_minutes(c, between(low, c.minutes_available, share)) for c, low in draws]


def _statistics(share: npt.NDArray[np.float64]) -> dict[str, float]:
    n = len(share)
    found = {"mean": float(share.mean()), "mean_error": float(share.std(ddof=1) / np.sqrt(n))}
    for q in QUANTILES:
        # half the distance between the quantiles a binomial standard deviation to either side (Woodruff 1952)
        d = np.sqrt(q * (1 - q) / n)
        low, value, high = np.quantile(share, (max(q - d, 0), q, min(q + d, 1)))
        name = f"q{round(100 * q):02d}"
        found |= {name: float(value), f"{name}_error": float(high - low) / 2}
    return found
