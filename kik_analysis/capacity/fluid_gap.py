"""How far the fluid engine is from the mean of the model, from too few posts to far too many.

With ample hours the fluid recursion is the exact mean. With hours short its team of fractions wastes
nothing on the task that just does not fit (about half a conversation a week); near balance it also knows no
good and bad weeks. This table shows the difference on a scenario, so that nobody reads a fluid number as more
than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kik_analysis.capacity import fluid, individuals
from kik_analysis.capacity.exploring import POSTS, with_posts
from kik_analysis.capacity.measures import place
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

#: Averages over the run that are compared: queues first, then work.
MEASURES = ("overdue", "waiting", "never_invited", "invitations", "conversations", "minutes_lost")


@dataclass(frozen=True)
class Gap:
    """One measure with one number of posts.

    Attributes
    ----------
    posts
        Established posts, in FTE.
    measure
        Average over all weeks.
    exact, error
        Mean over replications of the calendar engine, and its Monte Carlo error.
    fluid
        The fluid engine's value.
    """

    posts: float
    measure: str
    exact: float
    error: float
    fluid: float

    @property
    def share(self) -> float:
        """Fluid minus exact, as a share of exact."""
        return (self.fluid - self.exact) / self.exact if self.exact else 0.0

    @property
    def z(self) -> float:
        """Difference in Monte Carlo errors of the exact mean."""
        return (self.fluid - self.exact) / self.error if self.error else 0.0


def gaps(
    scenario: Scenario,
    posts: Sequence[float] = POSTS,
    *,
    measures: Sequence[str] = MEASURES,
    replications: int = 100,
    seed: int | None = None,
    workers: int | None = None,
) -> list[Gap]:
    """Compare the fluid engine with the mean of the calendar engine.

    Parameters
    ----------
    scenario
        The scenario whose posts are changed.
    posts
        Numbers of established posts, in FTE.
    measures
        What is compared: persons, events or minutes.
    replications
        Of the calendar engine, for each number of posts.
    seed
        Default: what the scenario says. The same people in every column.
    workers
        Threads of the calendar engine; the numbers do not depend on it.
    """
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    cases = [with_posts(scenario, n) for n in posts]
    windows = any(name in ("reached_52_weeks", "offered_52_weeks") for name in measures)
    means = fluid.mean(cases, windows=windows)
    out = []
    for k, (n, c) in enumerate(zip(posts, cases, strict=True)):
        totals = individuals.simulate(c, replications=replications, seed=number, workers=workers)
        whole, spread = totals.mean()[-1] / c.weeks, totals.mean_error()[-1] / c.weeks
        for name in measures:
            found = means.people[name][k].sum(axis=-1) if name in means.people else means.team[name][k]
            at = place(c, _COUNTED.get(name, name))
            out.append(Gap(n, name, float(whole[at]), float(spread[at]), float(found.mean())))
    noted = {"scenario": cases[0].digest(), "posts": list(posts), "replications": replications,
             "seed": number}  # fmt: skip
    reads.note("simulation", f"{scenario.name}/fluid_gap", noted, Evidence.SIMULATED)
    return out


#: The fluid engine calls the number of people by the name of the share.
_COUNTED = {"reached_52_weeks": "reached_persons", "offered_52_weeks": "offered_persons"}
