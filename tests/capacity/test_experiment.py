"""Draws of the assumptions, the echo and the closed forms: what they mean, and that they see a fault."""

import datetime
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from kik_analysis import project
from kik_analysis.capacity import engine, layers, reader, team, verification
from kik_analysis.capacity.compilation import compile_scenario, posts
from kik_analysis.capacity.measures import place
from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import load_scenario

SHORT = {"run.weeks": 20}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(None, SHORT)


@pytest.mark.parametrize("kept", [{"first": 0, "follow_up": 0}, {"first": 0.3, "follow_up": 0.4}])
@pytest.mark.parametrize("fte", [0, 4, 9.25, 13.0625, 17])
def test_a_number_of_posts_gives_the_scenario_that_compiling_gives(kept, fte):
    """One compilation serves every number of posts, to the minute, dated extra staff included."""
    scenario = load_scenario(None, {"run.weeks": 60, "policy.reserved_share": kept})
    direct = compile_scenario(scenario.replace({"team.fte": fte}))
    assert posts(scenario).at(fte).replace(warnings=()).digest() == direct.digest()


def test_posts_may_be_fewer_for_a_time_where_staff_is_asked(tmp_path):
    """A post that is taken away and comes back: with few of its own the team then has none, not less."""
    change = "{add: team.fte, amount: -1.5, from: 2019-11-04, until: 2020-02-03}"
    (tmp_path / "own.yml").write_text(f"extends: {project.params('base.yml')}\nchanges: [{change}]\n")
    scenario = load_scenario(tmp_path / "own.yml", SHORT)
    for fte in (4, 9.25):
        direct = compile_scenario(scenario.replace({"team.fte": fte}))
        assert posts(scenario).at(fte).replace(warnings=()).digest() == direct.digest()
    extra = compile_scenario(load_scenario(None, SHORT | {"team.fte": 1})).minutes_available
    few = posts(load_scenario(tmp_path / "own.yml", SHORT).without("extra_staff")).at(1).minutes_available
    assert few.tolist()[4:17] == [0] * 13
    assert few[3] == pytest.approx(extra[3] / 4.5, abs=1)
    assert team.added(scenario, datetime.date(2019, 12, 2)) == 2


def test_draws_meet_every_part_of_every_range_once(scenario):
    places = reader.spread(scenario, 7, 8)
    used = reader.used(scenario)
    assert set(places[0]) == set(reader.parts(used))
    assert "policy.channel_follow_up.phone" in places[0]
    assert set(places[0]) < set(reader.draw(scenario, 7, 0))
    assert "pilots.icc_team" not in used, "no simulation reads it"
    for path in places[0]:
        assert sorted(int(8 * NormalDist().cdf(at[path])) for at in places) == list(range(8)), path
    assert places == reader.spread(scenario, 7, 8)
    # paths are shuffled apart from each other: no two move together
    orders = {tuple(np.argsort([at[path] for at in places])) for path in places[0]}
    assert len(orders) > len(places[0]) - 3


def test_a_result_over_parameters_has_the_quantiles_of_its_runs(scenario):
    found = layers.run(scenario.replace({"run.seed": 7}), replications=2, draws=6).assumptions
    weekly = found.weekly(measures=("overdue", "spoken_52_weeks"))
    last = weekly.filter(pl.col("week") == pl.col("week").max())
    compiled = [compile_scenario(scenario, at) for at in reader.spread(scenario, 7, 6)]
    runs = [engine.replay(c, seed=7, replication=r)[0][c.weeks - 1] for r, c in enumerate(compiled)]
    for name, scale in (("overdue", 1), ("spoken_52_weeks", 1e-6)):
        row = last.filter(pl.col("measure") == name).row(0, named=True)
        values = [scale * run[place(compiled[0], name)] for run in runs]
        assert row["mean"] == pytest.approx(np.mean(values))
        assert [row[q] for q in ("q10", "q50", "q90")] == pytest.approx(np.quantile(values, (0.1, 0.5, 0.9)))
        assert row["layer"] == "chance_and_parameters"


def test_the_echo_comes_after_the_extra_posts_have_gone():
    table = layers.echo(load_scenario(None, {"run.weeks": 110, "run.seed": 5}), replications=6)
    staffed = table.filter(pl.col("extra_hours") > 0)
    assert staffed["week"].max() < datetime.date(2020, 4, 1)
    after_a_year = table.filter(pl.col("week") > staffed["week"].max() + datetime.timedelta(weeks=40))
    assert (staffed["few"] - staffed["most"]).max() > 300
    assert (after_a_year["most"] - after_a_year["few"]).max() > 60


def test_without_extra_posts_there_is_no_echo():
    with pytest.raises(ModelError, match="no range"):
        layers.echo(load_scenario(None, {**SHORT, "run.start": datetime.date(2021, 7, 5)}), replications=2)


def test_without_stop_people_are_met_as_in_the_first_week():
    c = compile_scenario(load_scenario(None, {"run.weeks": 60}))
    assert not c.channel[c.period[40, 0], ..., 0].any()
    assert (layers.without_stop(c).channel == c.channel[0]).all()
    assert (layers.without_stop(c).promise_limit_first == c.promise_limit).all()


@pytest.fixture(scope="module")
def checks(scenario):
    return {one.name: one for one in verification.verify(scenario, replications=60)}


def test_every_known_outcome_comes_out(checks):
    tested = [one for one in checks.values() if one.z is not None]
    assert {one.name for one in tested} == {"survivors", "newcomers", "yes_at_once", "silent"}
    assert all(abs(one.z) < verification.limit(len(tested)) for one in tested)
    exact = [one for one in checks.values() if one.z is None]
    assert len(exact) == 5
    assert all(one.got == one.expected for one in exact)
    assert checks["little"].expected > 10_000
    numbers = [number for one in checks.values() for number in (one.expected, one.got, one.error)]
    assert {type(number) for number in numbers} == {float}  # a page shows them; NumPy's own are refused there


def test_they_come_out_where_groups_leave_at_other_rates_and_policies_change_in_the_first_week():
    before, soon = datetime.date(2019, 1, 7), datetime.date(2019, 10, 10)
    given = {"policy.attempts": {before: 2, soon: 4}, "people.within_definition": {before: 1, soon: 0.9}}
    scenario = load_scenario(None, {"people.exit_multiplier_spoken": 0.3, **given})
    tested = [one.z for one in verification.verify(scenario, replications=60) if one.z is not None]
    assert max(map(abs, tested)) < verification.limit(len(tested))


def test_a_wrong_rate_of_leaving_is_seen(scenario, monkeypatch):
    samples = engine.samples

    def faulty(model, *rows, **asked):
        return samples(model.replace(exit_probability=model.exit_probability * 1.05), *rows, **asked)

    monkeypatch.setattr(engine, "samples", faulty)
    found = {one.name: one for one in verification.verify(scenario, replications=60)}
    assert abs(found["survivors"].z) > 4


def test_a_wrong_random_number_is_seen(scenario, monkeypatch):
    monkeypatch.setattr(verification, "philox", lambda counter, key: np.zeros(4, dtype=np.uint64))
    found = {one.name: one for one in verification.verify(scenario, replications=2)}
    assert (found["known_answers"].expected, found["known_answers"].got) == (8, 0)
