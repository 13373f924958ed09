"""The simulations that answers rest on: one scenario and a few variants of it, with the same draws.

Every number that answers take from a simulation is a range over draws of the uncertain parameters. Variants
share the draws and the futures, so that their differences are paired.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import engine, layout
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.experiment import FTE, without_stop
from kik_analysis.capacity.layers import DRAWS
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.posts import longer
from kik_analysis.capacity.results import CHANCE_AND_PARAMETERS
from kik_analysis.capacity.uncertainty import Z95, spread
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.promise import Promise, promise
from kik_analysis.planning.staff import Staff, required_fte

Values = npt.NDArray[np.float64]
OWN = "own"
MEASURES = (
    "group_size", "known_to_wij", "backlog", "overdue", "declined", "not_reached", "approached_persons",
    "spoken_persons", "conversations", "invitations", "hours_used", "hours_available",
)  # fmt: skip
"""What a run keeps of every week: measures of the whole group or team."""


@dataclass(frozen=True)
class Variant:
    """What a variant changes: values by path, places within ranges, or the compiled scenario itself."""

    overrides: Mapping[str, object]
    at: Mapping[str, float]
    change: Callable[[Compiled], Compiled] | None = None


VARIANTS: Mapping[str, Variant] = {
    OWN: Variant({}, {}),
    "few_extra": Variant({}, {FTE: -Z95}),
    "most_extra": Variant({}, {FTE: Z95}),
    "no_stop": Variant({}, {}, without_stop),
    "no_inflow": Variant({"people.inflow_per_week": 0}, {}),
    "newest_first": Variant({"policy.order_in_queue": "newest_first"}, {}),
}
"""By name; :func:`with_posts` names one for another number of posts."""


@dataclass(frozen=True)
class _Kept:
    """What one variant gave: measures by name, (draws, weeks), and the weeks."""

    values: Mapping[str, Values]
    mondays: tuple[datetime.date, ...]
    paths: tuple[str, ...]
    noted: tuple[object, ...]


class Runs:
    """A scenario with its variants, each simulated when it is first asked for.

    Parameters
    ----------
    scenario
        The scenario.
    draws
        Draws of the uncertain parameters; each has a future of its own.
    """

    def __init__(self, scenario: Scenario, draws: int = DRAWS) -> None:
        self.scenario, self.draws = scenario, draws
        self._kept: dict[str, _Kept] = {}
        self._staff: dict[tuple[Any, ...], Staff] = {}
        self.used: dict[str, tuple[str, ...]] = {}

    @functools.cached_property
    def seed(self) -> int:
        """Seed of the draws and of the futures."""
        return int(self.scenario["run.seed"])  # type: ignore[arg-type]

    @functools.cached_property
    def places(self) -> list[dict[str, float]]:
        """Where the parameters of each draw lie in their ranges, by path."""
        return spread(self.scenario, self.seed, self.draws)

    def _run(self, name: str) -> _Kept:
        variant = VARIANTS[name]
        asked = self.scenario.replace(variant.overrides) if variant.overrides else self.scenario
        with reads.recording() as recorder:
            compile_scenario(asked)
        paths = tuple(read.name for read in recorder.leaves if read.kind == "parameter")
        drawn = [compile_scenario(asked, {**at, **variant.at}) for at in self.places]
        drawn = [variant.change(one) for one in drawn] if variant.change else drawn
        first = drawn[0]
        columns = [place(first, measure) for measure in MEASURES]
        kept: Any = engine.samples(
            drawn.__getitem__, np.s_[: first.weeks, columns], replications=self.draws, seed=self.seed
        )
        hours = {m for m in MEASURES if m.startswith("hours")}
        values = {m: kept[..., k] / (60.0 if m in hours else 1.0) for k, m in enumerate(MEASURES)}
        noted = (asked.digest(), name, self.seed, self.draws, CHANCE_AND_PARAMETERS)
        return _Kept(values, first.mondays(), paths, noted)

    def kept(self, name: str = OWN) -> _Kept:
        """Return what a variant gave, and put what it rests on on record."""
        if name not in self._kept:
            self._kept[name] = self._run(name)
        found = self._kept[name]
        for path in found.paths:
            self.scenario.timeline(path)
        source = f"{self.scenario.name}/answers/{name}"
        reads.note("simulation", source, found.noted, Evidence.SIMULATED)
        self.used[source] = found.paths
        return found

    @functools.cached_property
    def _promised(self) -> tuple[Promise, Any]:
        kept = promise(self.scenario)
        tables = [layout.tables(longer(compile_scenario(self.scenario, at))[0]) for at in self.places]
        jobs = [(table, r) for r, table in enumerate(tables)]
        return kept, engine.tallies(jobs, kept.week, seed=self.seed)

    def promised(self, contact: str) -> Values:
        """Return the share of the people of the promise who had a contact in the last year, by draw.

        Parameters
        ----------
        contact
            ``approached``, ``any`` or ``spoken``, as in :class:`kik_analysis.planning.promise.Promise`.
        """
        self.kept()
        kept, counts = self._promised
        return replace(kept, contact=contact).shares(counts)

    def staff(self, **asked: Any) -> Staff:
        """Return the staff that a promise needs, over draws; asked once for each promise."""
        self.kept()
        key = tuple(sorted(asked.items()))
        if key not in self._staff:
            self._staff[key] = required_fte(self.scenario, draws=self.draws // 2, seed=self.seed, **asked)
        return self._staff[key]

    def week(self, day: datetime.date) -> int:
        """Return the place of the last week that began before a day, within the run."""
        mondays = self.kept().mondays
        return min(max(sum(monday < day for monday in mondays) - 1, 0), len(mondays) - 1)

    def at(self, measure: str, week: int = -1, name: str = OWN) -> Values:
        """Return a measure at the end of a week (default: of the run), by draw."""
        return np.asarray(self.kept(name).values[measure][:, week], dtype=np.float64)

    def per_year(self, measure: str, name: str = OWN) -> Values:
        """Return what is counted per week, per mean year of the run, by draw."""
        values = self.kept(name).values[measure]
        return np.asarray(values.sum(axis=1) / values.shape[1] * 365.25 / 7, dtype=np.float64)

    def total(self, measure: str, name: str = OWN) -> Values:
        """Return what is counted per week, over the whole run, by draw."""
        return np.asarray(self.kept(name).values[measure].sum(axis=1), dtype=np.float64)
