"""A scenario that is possible but absurd runs, and the report says so in both languages."""

import pytest

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.parameters.scenario import load_scenario

LONG = {"work.minutes_talk_home_first": 480, "team.vacancy_share": 0.99}
ABSURD = [
    ({"team.vacancy_share": 1}, "werkt er niemand", "nobody works in 260 of 260 weeks"),
    ({"team.vacancy_share": 0.9999}, "mensen per voltijdplaats", "a team that cannot exist"),
    ({"team.vacancy_share": 0.9999}, "komt er nooit van", "none is ever held"),
]


@pytest.mark.parametrize(("overrides", "nl", "en"), ABSURD)
def test_the_report_warns(overrides, nl, en):
    said = " ".join(compile_scenario(load_scenario(None, overrides)).warnings)
    assert all(words in said for words in (nl, en))


def test_where_some_can_be_called_talks_are_held():
    assert not any("ever held" in one for one in compile_scenario(load_scenario(None, LONG)).warnings)


def test_an_ordinary_scenario_needs_no_remark():
    assert compile_scenario(load_scenario()).warnings == ()
