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

from kik_analysis.capacity import individuals
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, QUANTILES
from kik_analysis.capacity.uncertainty import draw
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
POSTS = (5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 30)
Progress = Callable[[int, int], None]


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


def between(low: Compiled, high: Compiled, share: float) -> Compiled:
    """Compile a number of posts between two others from their arrays: minutes run in a straight line.

    Parameters
    ----------
    low, high
        One scenario with few and with many posts.
    share
        Where between them: 0 is ``low``, 1 is ``high``.

    Returns
    -------
    Compiled
        Rounded to whole minutes, so at most one minute a week off what compiling that number itself gives.
    """
    changed = {}
    for name in ("minutes_available", "promise_limit", "talk_limit"):
        few, many = getattr(low, name), getattr(high, name)
        # negative is "no limit", in both
        line = np.floor(few + (many - few) * share + 0.5).astype(np.int64)
        changed[name] = np.where(few < 0, few, line)
    return low.replace(**changed)


def staffing_curve(
    scenario: Scenario,
    *,
    posts: Sequence[float] = POSTS,
    replications: int = 16,
    draws: int = 24,
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
        Draws of the uncertain parameters, each with a future of its own, for *chance and parameters*.
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
        quantiles ``q05`` ... ``q95``, shares of the group in 0..1.

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
            noted = {"scenario": scenario.digest(), FTE: fte, "layer": layer, "seed": number, "runs": count}
            reads.note("simulation", f"{c.name}/{FTE}={fte:g}/{layer}", noted, Evidence.SIMULATED)
            for definition, measure in DEFINITIONS.items():
                share = last[:, place(c, measure)] / np.maximum(last[:, place(c, "group_size")], 1)
                head = {"scenario": c.name, "fte": fte, "definition": definition, "layer": layer}
                rows.append(head | {"replications": count} | _statistics(share))
    return pl.DataFrame(rows)


def _central(scenario: Scenario, posts: Sequence[float], n: int) -> Iterator[tuple[float, list[Compiled]]]:
    for fte in posts:
        compiled = with_posts(scenario, fte)
        yield fte, [compiled] * n


def _drawn(
    scenario: Scenario, posts: Sequence[float], seed: int, n: int
) -> Iterator[tuple[float, list[Compiled]]]:
    few, many = posts[0], posts[-1]
    ends = [(scenario.replace({FTE: few}), few), (scenario.replace({FTE: many}), many)]
    places = [draw(scenario, seed, r) for r in range(n)]
    low, high = ([compile_scenario(one, at) for at in places] for one, _ in ends)
    for fte in posts:
        share = (fte - few) / (many - few)
        yield fte, [between(a, b, share) for a, b in zip(low, high, strict=True)]


def _statistics(share: npt.NDArray[np.float64]) -> dict[str, float]:
    n = len(share)
    found = {"mean": float(share.mean()), "mean_error": float(share.std(ddof=1) / np.sqrt(n))}
    names = (f"q{round(100 * q):02d}" for q in QUANTILES)
    return found | dict(zip(names, (float(x) for x in np.quantile(share, QUANTILES)), strict=True))
