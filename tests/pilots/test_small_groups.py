"""Small groups: published counts with the margins of a draw by lot."""

import pytest

from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import small_groups
from kik_analysis.statistics import intervals

GROUPS = {
    "circumstances": (23, 29, 0.603, 0.920),
    "private_problems": (17, 29, 0.390, 0.764),
    "other_officials": (4, 4, 0.398, 1.0),
    "participants_all": (6, 6, 0.541, 1.0),
    "participants_some": (3, 6, 0.118, 0.882),
    "participants_none": (0, 6, 0.0, 0.459),
}


@pytest.fixture(scope="module")
def base():
    return load_scenario("params/base.yml")


@pytest.fixture(scope="module")
def table(base):
    return small_groups.small_groups(base)


def test_every_group_has_its_count_and_its_margin(table):
    found = {
        row["group"]: (row["yes"], row["people"], round(row["low"], 3), round(row["high"], 3))
        for row in table.frame.iter_rows(named=True)
    }
    assert found == GROUPS


@pytest.mark.parametrize("group", GROUPS)
def test_a_margin_is_wider_than_its_share_on_both_sides(table, group):
    row = next(row for row in table.frame.iter_rows(named=True) if row["group"] == group)
    assert row["low"] <= row["share"] <= row["high"]
    assert row["high"] - row["low"] > 0.3


def test_a_margin_is_assumed_as_nobody_says_that_lots_were_drawn(table):
    classes = {column.name: column.evidence for column in table.columns}
    assert classes["low"] == classes["high"] == Evidence.ASSUMED
    assert classes["people"] == Evidence.PUBLISHED


def test_outcomes_that_nobody_published_are_assumed(table):
    kinds = [table.cell(row, table.column("yes")).evidence for row in range(len(GROUPS))]
    assert kinds == [Evidence.RECOMPUTED] * 2 + [Evidence.PUBLISHED] + [Evidence.ASSUMED] * 3


def test_every_row_names_its_claims(table):
    assert table.frame["claims"].to_list() == ["D019 D018 D004", "D020 D018 D004", "D021", *["Z021"] * 3]


def test_those_asked_stand_for_people_out_of_sight_at_best(base):
    found = small_groups.everyone(base)
    assert (found.value, found.low, found.high) == (None, 4222, 6439)
    assert set(found.reads) == {
        "claim:D004",
        "claim:D018",
        "claim:D019",
        "parameter:statistics.confidence",
    }


def test_it_hardly_matters_out_of_how_many_people_were_drawn(base):
    found = small_groups.size_of_population(base)
    assert found["width_endless"].value == pytest.approx(38.02, abs=0.005)
    assert found["width_finite"].value == pytest.approx(37.94, abs=0.005)


def test_rounding_of_everyone_out_of_sight_changes_little(base):
    seven = small_groups.small_groups(base).frame
    with substituted(claims().replace("D004", value=6500)):
        fewer = small_groups.small_groups(base).frame
    for name in ("low", "high"):
        gaps = [abs(one - other) for one, other in zip(seven[name], fewer[name], strict=True)]
        assert 0 < max(gaps) < 0.0005


def test_widths_fall_from_the_smallest_group_to_a_hundred(base):
    frame = small_groups.interval_width(base).frame
    people, width = frame["people"].to_list(), frame["width"].to_list()
    assert people == list(range(4, 101))
    assert sorted(width, reverse=True) == width
    assert (width[0], width[-1]) == (86.48, 20.34)


@pytest.mark.parametrize("people", [4, 5, 6, 7, 12, 29])
def test_the_width_shown_is_the_widest_there_is(base, people):
    widest = max(
        intervals.proportion(yes, people, method="clopper-pearson").width for yes in range(people + 1)
    )
    shown = small_groups.interval_width(base).frame.filter(people=people)["width"][0]
    assert shown == pytest.approx(100 * widest, abs=0.005)


def test_the_groups_that_are_marked_are_those_named():
    assert small_groups.marked() == (4, 6, 29)


def test_confidence_is_that_of_the_scenario(base):
    found = small_groups.confidence(base)
    assert (found.value, found.reads) == (95, ("parameter:statistics.confidence",))
