"""A sham comparison of districts: how often an effect is found where there is none."""

import pytest

from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import districts


@pytest.fixture(scope="module")
def base():
    return load_scenario("params/base.yml")


@pytest.fixture(scope="module")
def table(base):
    return districts.sham_run(base)


def column(table, name):
    return dict(zip([round(one, 2) for one in table.frame["likeness"]], table.frame[name], strict=True))


def test_teams_forgotten_find_an_effect_far_too_often(table):
    found = column(table, "person")
    assert found[0.0] == 0.05
    assert round(found[0.02], 2) == 0.28
    assert found[0.1] > 0.5


def test_the_drawn_comparisons_agree_with_the_formula(table):
    formula, drawn = column(table, "person"), column(table, "person_drawn")
    assert all(drawn[likeness] == pytest.approx(share, abs=0.015) for likeness, share in formula.items())


def test_teams_counted_keep_the_promise(table):
    # three standard errors of 20,000 draws
    assert all(share == pytest.approx(0.05, abs=0.0047) for share in table.frame["teams_drawn"])


def test_drawn_numbers_are_simulated_and_on_record(table):
    classes = {one.name: one.evidence for one in table.columns}
    assert classes["person"] == Evidence.ASSUMED
    assert classes["person_drawn"] == classes["teams_drawn"] == Evidence.SIMULATED
    assert {"simulation:sham_run/person", "simulation:sham_run/t", "parameter:pilots.wij_teams"} <= set(
        table.reads
    )


def test_the_same_draws_twice(base, table):
    assert districts.sham_run(base).frame.equals(table.frame)


def test_numbers_of_teams_people_and_choices(base):
    found = {name: number.value for name, number in districts.numbers(base).items()}
    assert found == {
        "teams": 11,
        "people": 114,
        "ways": 165,
        "smallest_p": pytest.approx(100 / 165),
        "alpha": 5,
    }
    assert districts.districts_treated().value == 3
