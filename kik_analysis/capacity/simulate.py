"""One scenario, three ways to run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.capacity import individuals
from kik_analysis.capacity.check import check
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.counted import Counted, counted
from kik_analysis.capacity.records import records
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, Result
from kik_analysis.capacity.totals import PILOT, Totals, bins_from
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    from kik_analysis.people.register import Register

ENGINES = ("calendar", "cohort", "fluid")


def simulate(
    scenario: Scenario | Compiled,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = "calendar",
    workers: int | None = None,
    uncertain: bool = False,
    register: Register | None = None,
    progress: individuals.Progress | None = None,
) -> Result:
    """Simulate a scenario.

    Parameters
    ----------
    scenario
        From :func:`kik_analysis.load_scenario`, or compiled already.
    replications, seed
        Default: what the scenario says. The same seed and replications give the same numbers to the bit,
        whatever the number of workers; replication r is the same future in every scenario (people make the
        same choices), so scenarios compare pairwise.
    engine
        ``calendar`` follows synthetic people; ``cohort`` gives the same counts without people; ``fluid``
        their expected course, without chance.
    workers
        Threads of the calendar engine; default all.
    uncertain
        Draw the uncertain parameters anew for every replication; the result's layer is then
        ``chance_and_parameters``.
    register
        Start from the people counted in this register; by default from the published stock. The run must
        start on the register's reference day.
    progress
        Called with replications done and to do.

    Raises
    ------
    ModelError
        The scenario cannot exist or no engine runs it; said before the first week, with file and line.
    """
    if engine not in ENGINES:
        raise ModelError(f"engine: unknown engine {engine}; known: {', '.join(ENGINES)}")
    n = _whole("replications", replications, scenario, "run.replications", 1)
    number = _whole("seed", seed, scenario, "run.seed", 0)
    if register is not None and not isinstance(scenario, Scenario):
        raise ModelError("register: a compiled scenario has its people already; pass the scenario itself")
    people = None if register is None else counted(register)
    compiled = compile_scenario(scenario, None, people) if isinstance(scenario, Scenario) else scenario
    check(compiled)
    if uncertain and not isinstance(scenario, Scenario):
        raise ModelError("uncertain: a compiled scenario has no ranges; pass the scenario itself")
    layer = CHANCE_AND_PARAMETERS if uncertain else CHANCE
    run = {"calendar": _calendar, "cohort": _cohort, "fluid": _fluid}[engine]
    source: individuals.Source = compiled
    if uncertain:
        source = _draws(scenario, number, people)  # type: ignore[arg-type]
    result = run(_Job(compiled, source, n, number, layer, workers, progress))
    noted = {
        "scenario": compiled.digest(),
        "engine": engine,
        "replications": n,
        "seed": number,
        "layer": layer,
    }
    reads.note("simulation", compiled.name, noted, Evidence.SIMULATED)
    return result


def _whole(name: str, given: int | None, scenario: Scenario | Compiled, path: str, least: int) -> int:
    if given is None:
        if not isinstance(scenario, Scenario):
            raise ModelError(f"{name}: a compiled scenario does not say; expected a whole number")
        given = int(scenario[path])  # type: ignore[arg-type]
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ModelError(f"{name}: not possible (got {given}; expected a whole number from {least} on)")
    return given


@dataclass(frozen=True)
class _Job:
    """What an engine is asked: a scenario, or one for each replication, and how often."""

    compiled: Compiled
    source: individuals.Source
    replications: int
    seed: int
    layer: str
    workers: int | None
    progress: individuals.Progress | None

    def result(self, engine: str, totals: Totals | None) -> Result:
        return Result(self.compiled, engine, self.seed, self.replications, self.layer, totals)


def _calendar(job: _Job) -> Result:
    totals = individuals.simulate(
        job.source,
        replications=job.replications,
        seed=job.seed,
        workers=job.workers,
        progress=job.progress,
    )
    return job.result("calendar", totals)


def _draws(scenario: Scenario, seed: int, people: Counted | None) -> individuals.Source:
    from kik_analysis.capacity.uncertainty import draw

    return lambda r: compile_scenario(scenario, draw(scenario, seed, r), people)


def _cohort(job: _Job) -> Result:
    from kik_analysis.capacity import cohort

    if reasons := job.compiled.not_lumpable():
        raise ModelError(
            f"engine: the cohort engine cannot run this ({'; '.join(reasons)}); use engine: calendar"
        )
    totals: Totals | None = None
    done = 0
    for counts in cohort.blocks(job.source, job.replications, job.seed):
        for first in range(0, counts.rows, PILOT):
            part = {name: v[first : first + PILOT] for name, v in counts.people.items()}
            minutes = {name: v[first : first + PILOT] for name, v in counts.team.items()}
            whole = records(job.compiled, part, minutes)
            if totals is None:
                totals = Totals.empty(bins_from(whole), counts.waits.shape)
            totals = totals.with_records(whole)
            done += len(whole)
            if job.progress is not None:
                job.progress(done, job.replications)
        assert totals is not None
        totals.waits[:] += counts.waits
        del counts  # or it stays while the next block is made
    return job.result("cohort", totals)


def _fluid(job: _Job) -> Result:
    from kik_analysis.capacity import fluid

    if job.layer == CHANCE_AND_PARAMETERS:
        raise ModelError("engine: the fluid engine has no chance to add to parameters; use engine: cohort")
    counts = fluid.mean(job.compiled)
    means = records(job.compiled, counts.people, counts.team)[0].astype(np.float64)
    return Result(job.compiled, "fluid", job.seed, 0, job.layer, None, means)
