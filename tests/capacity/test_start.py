"""A simulation that starts from a synthetic register: its counts, its day, and its people."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from kik_analysis import cli
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import State, along
from kik_analysis.capacity.results import moments
from kik_analysis.capacity.simulate import simulate
from kik_analysis.capacity.start import counted
from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.people.register import Register, read_register


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register()


@pytest.fixture(scope="module")
def july() -> Scenario:
    return load_scenario("params/scenarios/july_2019.yml", {"run.weeks": 8})


def test_everybody_in_the_register_is_there_once(register: Register, july: Scenario) -> None:
    c = compile_scenario(july, None, counted(register))
    states = register.members["state"].value_counts()
    expected = dict(states.iter_rows())
    found = {s.name.lower(): int(c.stock_count[c.stock_state == s].sum()) for s in State}
    met = ("in_contact", "overdue")
    assert sum(found.pop(n) for n in met) == sum(expected.pop(n) for n in (*met, "in_support"))
    assert int(c.stock_count[c.stock_support == 1].sum()) == states.filter(state="in_support")["count"].item()
    outside = int(july["people.in_services_at_start"])  # type: ignore[call-overload]
    assert found.pop("outside_services") == outside
    assert {name: n for name, n in found.items() if n} == expected
    assert c.people == register.members.height + outside
    by_segment = dict(register.members["segment"].value_counts().iter_rows())
    inside = c.stock_state != State.OUTSIDE_SERVICES
    for k, name in enumerate(c.segments):
        assert c.stock_count[inside & (c.stock_segment == k)].sum() == by_segment[name]


def test_the_engine_starts_from_it(register: Register, july: Scenario) -> None:
    """Reached in the last year: who was spoken to less than 52 weeks ago, counted in the register itself."""
    result = simulate(july, replications=8, seed=1, register=register)
    week = result.weekly(measures=["spoken_persons", "group_size"]).head(2)
    found = dict(zip(week["measure"], week["mean"], strict=True))
    reached, size = found["spoken_persons"], found["group_size"]
    ages = register.members["weeks_since_conversation"].drop_nulls()
    assert abs(size - register.members.height) < 60
    assert abs(reached - int((ages < 52).sum())) < 150
    assert not result.events().is_empty()


def test_uncertain_parameters_leave_the_people_as_they_are(register: Register, july: Scenario) -> None:
    people = counted(register)
    central, drawn = (compile_scenario(july, d, people) for d in (None, {"work.minutes_talk_phone": 1.0}))
    assert (central.stock_count == drawn.stock_count).all()
    assert (central.talk_minutes[:, 2] < drawn.talk_minutes[:, 2]).all()


def test_another_day_or_segment_is_refused(register: Register, july: Scenario) -> None:
    with pytest.raises(
        ModelError, match=r"run.start: the register counts people on another day \(got 2019-10-07"
    ):
        simulate(load_scenario(), register=register)
    people = counted(register)
    other = dataclasses.replace(people, cells=people.cells.with_columns(pl.lit("elsewhere").alias("segment")))
    with pytest.raises(ModelError, match=r"people.segment_share: no share for .* expected elsewhere too"):
        compile_scenario(july, None, other)


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "simulate",
        "params/scenarios/july_2019.yml",
        "--register",
        "data/synthetic",
        "--replications",
        "1",
    ]
    assert cli.main([*words, "--set", "run.weeks=3"]) == 0
    assert "2019-07-29" in capsys.readouterr().out
    assert cli.main([*words[:3], "nowhere"]) == 2
    assert "nowhere/register.json" in capsys.readouterr().err


def test_dates_are_those_of_the_replications(july: Scenario) -> None:
    """The backlog of nobody is gone in the first week; that of people nobody writes to is never gone."""
    result = simulate(july.replace({"team.fte": 0}), replications=3, seed=1)
    assert result.dates().filter(event="backlog_gone").select("share", "q50").row(0) == (0.0, None)
    c = result.compiled
    values = np.zeros((2, 30, 2), int)
    values[0, :7, 0] = 1  # the backlog lasts seven weeks
    values[1, :, 1] = np.where(np.arange(30) < 9, 1000, 50)  # the queue is short from week 9 on
    c = c.replace(inflow_mean=15.0, inflow_fixed=0, **{
        name: np.repeat(getattr(c, name)[:1], 30, axis=0)
        for name in along("week") if not name.startswith("inflow")})  # fmt: skip
    assert {name: list(w) for name, w in moments(c, values).items()} == {
        "backlog_gone": [7, 0], "queue_normal": [0, 9]}  # fmt: skip
