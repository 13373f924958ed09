"""The simulations that answers rest on: one scenario and a few variants of it, with the same draws.

Every number that answers take from a simulation is a range over draws of the uncertain parameters. Variants
share the draws and the futures, so that their differences are paired.
"""

import datetime
import functools
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import engine, layout
from kik_analysis.capacity.comparison import stops
from kik_analysis.capacity.compilation import compile_scenario, longer
from kik_analysis.capacity.compiled import YEAR, Compiled
from kik_analysis.capacity.layers import DRAWS
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.reader import Z95, spread
from kik_analysis.capacity.results import CHANCE_AND_PARAMETERS
from kik_analysis.evidence import reads
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.promise import Promise, promise
from kik_analysis.planning.staff import DRAWS as ALL_DRAWS
from kik_analysis.planning.staff import Staff, required_fte

Values = npt.NDArray[np.float64]
OWN, NO_STOP = "own", "no_stop"
"""The scenario itself, and it without the contact stop."""
MEASURES = (
    "group_size",
    "known_to_wij",
    "declined",
    "not_reached",
    "backlog",
    "overdue",
    "conversations",
    "first_conversations",
    "hours_used",
    "hours_available",
)
"""What a run keeps of every week: measures of the whole group or team."""
VARIANTS: Mapping[str, Callable[[Compiled], Compiled]] = {
    OWN: lambda c: c,
    "no_inflow": lambda c: c.replace(inflow_mean=0 * c.inflow_mean, inflow_fixed=0 * c.inflow_fixed),
    "newest_first": lambda c: c.replace(newest_first=c.newest_first | True),
}
"""What each variant makes of a compiled draw of the scenario; the others are asked about their first year."""
DAYS = 365.25
"""Days in a mean year."""


@dataclass(frozen=True)
class _Kept:
    """What one variant gave: measures by name, (draws, weeks), and the weeks."""

    values: Mapping[str, Values]
    mondays: tuple[datetime.date, ...]
    noted: tuple[object, ...]


class Runs:
    """A scenario with its variants, each simulated when it is first asked for.

    ``scenario``: the scenario. ``draws``: draws of the uncertain parameters; each has a future of its own.
    """

    def __init__(self, scenario: Scenario, draws: int = DRAWS) -> None:
        self.scenario, self.draws = scenario, draws
        self.seed = int(scenario["run.seed"])  # type: ignore[arg-type]
        self._kept: dict[str, _Kept] = {}
        self._staff: dict[tuple[Any, ...], Staff] = {}

    @functools.cached_property
    def places(self) -> list[dict[str, float]]:
        """Where the parameters of each draw lie in their ranges, by path."""
        return spread(self.scenario, self.seed, self.draws)

    @functools.cached_property
    def _drawn(self) -> tuple[list[Compiled], tuple[str, ...]]:
        """The scenario compiled for each draw, and the parameters that compiling reads."""
        with reads.recording() as recorder:
            compile_scenario(self.scenario)
        paths = tuple(read.name for read in recorder.leaves if read.kind == "parameter")
        return [compile_scenario(self.scenario, at) for at in self.places], paths

    def _run(self, name: str) -> _Kept:
        scenario, change = self.scenario, VARIANTS.get(name, VARIANTS[OWN])
        if name == NO_STOP and (stopped := {one.name for one in stops(scenario)}):
            scenario = functools.reduce(Scenario.without, sorted(stopped), scenario)
        elif name != NO_STOP and name != OWN and self._drawn[0][0].weeks > YEAR + 1:
            scenario = scenario.replace({"run.weeks": YEAR + 1})  # it begins alike however long it lasts
        own = scenario is self.scenario
        compiled = self._drawn[0] if own else [compile_scenario(scenario, at) for at in self.places]
        drawn = [change(one) for one in compiled]
        first = drawn[0]
        columns = [place(first, measure) for measure in MEASURES]
        kept: Any = engine.samples(
            drawn.__getitem__, np.s_[: first.weeks, columns], replications=self.draws, seed=self.seed
        )
        values = {m: kept[..., k] / (60.0 if m.startswith("hours") else 1.0) for k, m in enumerate(MEASURES)}
        noted = (self.scenario.digest(), name, self.seed, self.draws, CHANCE_AND_PARAMETERS)
        return _Kept(values, first.mondays(), noted)

    def kept(self, name: str = OWN) -> _Kept:
        """Return what a variant gave, and put what it rests on on record."""
        if name not in self._kept:  # what it rests on is noted below, each time
            self._kept[name] = Context().run(self._run, name)
        found = self._kept[name]
        for path in self._drawn[1]:
            self.scenario.timeline(path)
        reads.note("simulation", f"{self.scenario.name}/answers/{name}", found.noted, Evidence.SIMULATED)
        return found

    @functools.cached_property
    def _promised(self) -> tuple[Promise, Any]:
        kept = promise(self.scenario)
        jobs = [(layout.tables(longer(one)[0]), r) for r, one in enumerate(self._drawn[0])]
        return kept, engine.tallies(jobs, kept.week, seed=self.seed)

    def promised(self, contact: str, segment: str | None = None) -> Values:
        """Return the share of the people of the promise who had a contact in the last year, by draw.

        ``contact``: ``approached``, ``any`` or ``spoken``, as in
        :class:`kik_analysis.planning.promise.Promise`. ``segment``: only of these people; None for all.
        """
        self.kept()
        kept, counts = Context().run(lambda: self._promised)
        place_ = None if segment is None else self._drawn[0][0].segments.index(segment)
        return replace(kept, contact=contact, place=place_).shares(counts)

    def moved(self) -> dict[str, float]:
        """Return by uncertain parameter how far the share approached moves between the ends of its range."""
        kept, paths = promise(self.scenario), list(self.places[0])
        if not paths:  # nothing is uncertain
            return {}
        moves = [{path: z} for path in paths for z in (-Z95, Z95)]
        jobs = [(layout.tables(longer(compile_scenario(self.scenario, at))[0]), 0) for at in moves]
        shares = kept.shares(engine.tallies(jobs, kept.week, seed=self.seed))
        return {path: abs(float(shares[2 * k + 1] - shares[2 * k])) for k, path in enumerate(paths)}

    def staff(self, *, drawn: bool = True, **asked: Any) -> Staff:
        """Return the staff that a promise needs, over draws too where ``drawn``; searched once for each."""
        self.kept()
        key = tuple(sorted(asked.items()))
        if key not in self._staff:
            # as many as `kik fte` takes, so that both say one number
            asked["draws"] = ALL_DRAWS if self.draws >= DRAWS else self.draws // 2
            self._staff[key] = Context().run(required_fte, self.scenario, seed=self.seed, **asked)
        if drawn:  # the range is searched here: what it rests on is noted below
            Context().run(lambda: self._staff[key].low)
        for path in ("statistics.coverage", "statistics.probability"):
            self.scenario.value(path)
        return self._staff[key]

    def week(self, day: datetime.date) -> int:
        """Return the place of the last week that began before a day, within the run."""
        mondays = self.kept().mondays
        return min(max(sum(monday < day for monday in mondays) - 1, 0), len(mondays) - 1)

    def at(self, measure: str, week: int = -1, name: str = OWN) -> Values:
        """Return a measure at the end of a week (default: of the run), by draw."""
        return np.asarray(self.kept(name).values[measure][:, week], dtype=np.float64)

    def total(self, measure: str, name: str = OWN, *, until: int | None = None) -> Values:
        """Return what is counted per week, over the run or up to and including week ``until``, by draw."""
        weeks = slice(None if until is None else until + 1)
        return np.asarray(self.kept(name).values[measure][:, weeks].sum(axis=1), dtype=np.float64)

    def per_year(self, measure: str) -> Values:
        """Return what is counted per week, per mean year of the run, by draw."""
        return self.total(measure) / len(self.kept().mondays) * DAYS / 7
