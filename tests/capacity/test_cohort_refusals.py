"""What an engine cannot do it refuses, in one line that names the engine that can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kik_analysis.capacity import cohort, fluid
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.results import Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.errors import DataError, InputError, ModelError
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity.cases import small_case

REASON = "caseworkers fall ill one by one"


def run(engine: str, c: Compiled | None = None) -> Result:
    return simulate(c or small_case(weeks=3), engine=engine, replications=2, seed=1)


@pytest.mark.parametrize("engine", ["cohort", "fluid"])
def test_what_is_not_lumpable_goes_to_the_calendar_engine(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Compiled, "not_lumpable", lambda self: (REASON,))
    with pytest.raises(ModelError) as caught:
        run(engine)
    (line,) = caught.value.lines
    assert f"the {engine} engine cannot run this ({REASON})" in line
    assert line.endswith("use engine: calendar")
    assert run("calendar").totals is not None


TOO_MUCH: dict[str, Callable[[], Compiled]] = {
    "willingness rows: got 600": lambda: _many_rows(600),
    "appointments and letters: got 128": lambda: small_case(weeks=3, appointments_max=128),
}


def _many_rows(n: int) -> Compiled:
    base = small_case(weeks=3)
    row = np.zeros(n, dtype=np.int64)
    one = np.zeros((2, 1, n))
    one[:, :, 0] = 1.0
    fields = {"after_accept": row, "after_refusal": row, "after_conversation": row, "entry_row": one}
    return base.replace(accept=np.full((n, 1), 0.5), stock_row=np.zeros_like(base.stock_row), **fields)


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_is_too_large_for_packed_cells_is_refused_and_runs_elsewhere(what: str) -> None:
    c = TOO_MUCH[what]()
    with pytest.raises(ModelError) as caught:
        run("cohort", c)
    (line,) = caught.value.lines
    assert what in line
    assert "the cohort engine takes at most" in line
    assert "the calendar engine more" in line
    assert run("calendar", c).totals is not None


ASKED: dict[str, tuple[str, Callable[[Result], object]]] = {
    "one person's story": ("calendar", lambda result: result.person(0)),
    "event log": ("calendar", lambda result: result.events()),
    "waits": ("cohort", lambda result: result.waits()),
}


@pytest.mark.parametrize("engine", ["cohort", "fluid"])
@pytest.mark.parametrize("what", ASKED)
def test_results_that_an_engine_does_not_have(engine: str, what: str) -> None:
    can, ask = ASKED[what]
    refuses = {"cohort": cohort.REFUSES, "fluid": fluid.REFUSES}[engine]
    result = run(engine)
    if what not in refuses:
        ask(result)
        return
    assert refuses[what] == can
    with pytest.raises(DataError) as caught:
        ask(result)
    (line,) = caught.value.lines
    assert engine in line
    assert can in line
    ask(run(can))


def test_the_fluid_engine_has_no_chance_to_add_to_parameters() -> None:
    scenario = load_scenario().replace({"run.weeks": 3})
    with pytest.raises(ModelError) as caught:
        simulate(scenario, engine="fluid", replications=2, seed=1, uncertain=True)
    (line,) = caught.value.lines
    assert "fluid" in line
    assert line.endswith("use engine: cohort")
    assert fluid.REFUSES["chance and parameters"] == "cohort"
    assert simulate(scenario, engine="cohort", replications=2, seed=1, uncertain=True).totals is not None


def test_an_unknown_engine_is_refused_with_those_there_are() -> None:
    with pytest.raises(ModelError, match="unknown engine plain; known: calendar, cohort, fluid"):
        run("plain")


def test_no_engine_refuses_what_it_says_it_supports() -> None:
    for module in (cohort, fluid):
        assert not module.SUPPORTS & set(module.REFUSES)
        assert set(module.REFUSES.values()) <= {"calendar", "cohort"}
    assert issubclass(ModelError, InputError)
