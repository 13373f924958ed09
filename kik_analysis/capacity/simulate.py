"""One scenario, simulated: who is asked what, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kik_analysis.capacity import individuals, uncertainty
from kik_analysis.capacity.check import check
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.counted import Counted, counted
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, Result
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    from kik_analysis.people.register import Register


def simulate(
    scenario: Scenario | Compiled,
    *,
    replications: int | None = None,
    seed: int | None = None,
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
    workers
        Threads; default all.
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
        The scenario cannot exist or the engine does not run it; said before the first week, with its line.
    """
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
    source: individuals.Source = compiled
    if uncertain:
        source = _draws(scenario, number, people)  # type: ignore[arg-type]
    totals = individuals.simulate(source, replications=n, seed=number, workers=workers, progress=progress)
    noted = {
        "scenario": compiled.digest(),
        "replications": n,
        "seed": number,
        "layer": layer,
    }
    reads.note("simulation", compiled.name, noted, Evidence.SIMULATED)
    return Result(compiled, number, n, layer, totals)


def _whole(name: str, given: int | None, scenario: Scenario | Compiled, path: str, least: int) -> int:
    if given is None:
        if not isinstance(scenario, Scenario):
            raise ModelError(f"{name}: a compiled scenario does not say; expected a whole number")
        given = int(scenario[path])  # type: ignore[arg-type]
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ModelError(f"{name}: not possible (got {given}; expected a whole number from {least} on)")
    return given


def _draws(scenario: Scenario, seed: int, people: Counted | None) -> individuals.Source:
    return lambda r: compile_scenario(scenario, uncertainty.draw(scenario, seed, r), people)


def over_parameters(scenario: Scenario, *, draws: int, seed: int, workers: int | None = None) -> Result:
    """Run a scenario once for each draw of its uncertain parameters.

    Parameters
    ----------
    scenario
        The scenario.
    draws
        Draws, at least two; together they cover the ranges evenly (``uncertainty.spread``).
    seed
        Of the draws and of the futures.
    workers
        Threads; the numbers do not depend on it.
    """
    compiled = compile_scenario(scenario)
    drawn = [compile_scenario(scenario, at) for at in uncertainty.spread(scenario, seed, draws)]
    records = individuals.samples(
        drawn.__getitem__, slice(None), replications=draws, seed=seed, workers=workers
    )
    return Result(compiled, seed, draws, CHANCE_AND_PARAMETERS, records=records)
