"""One scenario run twice, with chance alone and with uncertain assumptions too, and the long tables of it."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.depth import PUBLISHED, published
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, Result
from kik_analysis.capacity.simulate import over_parameters, simulate
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.figures.caseload import DRAWS, simulated
from kik_analysis.figures.caseload_words import runs as counted
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

LAYERS = (CHANCE, CHANCE_AND_PARAMETERS)


@dataclass(frozen=True)
class Runs:
    """A scenario with its results in both layers.

    Attributes
    ----------
    scenario
        The scenario.
    chance, assumptions
        Its results with chance alone, and with a draw of the uncertain parameters for every replication.
    paths
        The parameters that were read.
    """

    scenario: Scenario
    chance: Result
    assumptions: Result
    paths: tuple[str, ...]

    def note(self, layers: tuple[str, ...] = LAYERS) -> None:
        """Record what the results of some layers rest on, for a table or number that is made of them."""
        for path in self.paths:
            self.scenario.timeline(path)
        for result in (self.chance, self.assumptions):
            if result.layer in layers:
                noted = [self.digest, result.replications, result.seed, result.layer]
                reads.note("simulation", _name(result), noted, Evidence.SIMULATED)

    @functools.cached_property
    def digest(self) -> str:
        """Digest of the scenario."""
        return self.scenario.digest()

    def both(self, measures: tuple[str, ...]) -> pl.DataFrame:
        """Return some measures by week, both layers below each other."""
        import polars as pl

        return pl.concat([result.weekly(measures) for result in (self.chance, self.assumptions)])

    @property
    def stop(self) -> tuple[datetime.date, datetime.date] | None:
        """First Monday of the contact stop and the first Monday after it; None without one."""
        c = self.chance.compiled
        shut = [day for day, row in zip(c.mondays(), c.conversation_minutes, strict=True) if row.max() < 0]
        return (shut[0], shut[-1] + datetime.timedelta(weeks=1)) if shut else None

    def count(self, name: str) -> Number:
        """Return the number of replications (``replications``) or draws (``draws``), and what they read."""
        result = self.chance if name == "replications" else self.assumptions
        with reads.recording() as recorder:
            self.note((result.layer,))
        found = tuple(read.label for read in recorder.leaves)
        place = "kik_analysis.capacity.individuals.simulate"
        return counted(_name(result), result.replications, found, place)


def _name(result: Result) -> str:
    return f"{result.compiled.name}/{result.layer}"


def run(
    scenario: Scenario, *, replications: int | None = None, draws: int = DRAWS, workers: int | None = None
) -> Runs:
    """Run a scenario with chance alone and with uncertain assumptions.

    Parameters
    ----------
    scenario
        The scenario.
    replications
        Futures for chance; by default the scenario's ``run.replications``.
    draws
        Futures for chance and assumptions, each with a draw of its own; together they cover the ranges evenly
        (``uncertainty.spread``), the same draws as on the staffing curve.
    workers
        Threads; the numbers do not depend on it.
    """
    with reads.recording() as recorder:
        compiled = compile_scenario(scenario)
        count, seed = int(scenario["run.replications"]), int(scenario["run.seed"])  # type: ignore[arg-type]
    paths = tuple(read.name for read in recorder.leaves if read.kind == "parameter")
    chance = simulate(compiled, replications=replications or count, seed=seed, workers=workers)
    assumptions = over_parameters(scenario, draws=draws, seed=seed, workers=workers)
    return Runs(scenario, chance, assumptions, paths)


def _columns(key: str) -> tuple[Column, ...]:
    numbers = ("mean", "mean_error", "q05", "q10", "q50", "q90", "q95")
    return (
        Column("scenario"), Column(key, "date"), Column("segment", words="caseload.segment"),
        Column("measure", words="caseload.measure"), Column("unit", words="tables.unit"),
        Column("layer", words="caseload.layer"),
        *(Column(name, "decimal", decimals=4, shown=1) for name in numbers),
    )  # fmt: skip


def _long(runs: Runs, key: str) -> Table:
    columns = _columns(key)

    def build() -> pl.DataFrame:
        import polars as pl

        runs.note()
        results = (runs.chance, runs.assumptions)
        frames = [r.weekly(PUBLISHED) if key == "week" else r.quarterly(PUBLISHED) for r in results]
        joined = pl.concat([published(r, f) for r, f in zip(results, frames, strict=True)])
        return joined.select(column.name for column in columns)

    unique = ("scenario", key, "segment", "measure", "layer")
    name = "capacity_weekly" if key == "week" else "capacity_quarterly"
    table = simulated(lambda: tabulate(name, build, columns, key=unique))
    return Table(
        name, table.frame, table.columns, table.key, table.reads, f"{__name__}.{name}",
        place="file" if key == "week" else "workbook",
    )  # fmt: skip


def capacity_weekly(runs: Runs) -> Table:
    """Return every measure week by week, in both layers: too long for anything but its CSV."""
    return _long(runs, "week")


def capacity_quarterly(runs: Runs) -> Exhibit:
    """Return the same by quarter: events and hours added up, people as they stand at its end."""
    return Exhibit("capacity_quarterly", "caseload.capacity_quarterly", _long(runs, "quarter"))
