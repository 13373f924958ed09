"""What the published before and after say about the announced pilot: bounds, checked against closed forms."""

import pytest

from kik_analysis.facts.bounds import bound
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import small_numbers

READINGS = {one.name: one for one in small_numbers.READINGS}


@pytest.fixture(scope="module")
def base():
    return load_scenario("params/base.yml")


@pytest.fixture(scope="module")
def rows(base):
    table = small_numbers.pilot_enough(base)
    return {row["reading"]: row for row in table.frame.iter_rows(named=True)}


def closed(size, pilot, low, high):
    """Closed form: of a closed group, D people fewer; the pilot takes 0 to all of them."""
    fewest, most, rest = size - high, size - low, size - pilot
    share = (max(0, fewest - rest) / pilot, min(pilot, most) / pilot)
    # the difference falls with what the rest took, rises with what the pilot took
    worst = max(0, most - rest) / pilot - min(most, rest) / rest
    best = min(pilot, fewest) / pilot - max(0, fewest - pilot) / rest
    return (*share, worst, best, fewest - min(pilot, fewest), most - max(0, most - rest))


@pytest.mark.parametrize(
    ("name", "size", "low", "high"),
    [("closed_exact", 1257, 600, 600), ("closed", 1257, 550, 649), ("closed_debate", 1447, 550, 649)],
)
def test_a_closed_group_has_a_closed_form(rows, name, size, low, high):
    row = rows[name]
    found = [row[f"{what}_{end}"] for what in ("share", "difference") for end in ("low", "high")]
    expected = closed(size, 500, low, high)
    assert found == pytest.approx(expected[:4], abs=5e-5)
    assert (row["outside_low"], row["outside_high"]) == (expected[4], size - low)


def test_by_hand_157_people_left_for_another_reason(rows):
    # 1,257 less 600 is 657; the pilot had 500 people
    assert rows["closed_exact"]["outside_low"] == 157
    assert rows["closed_exact"]["difference_low"] == pytest.approx(-657 / 757, abs=5e-5)
    assert rows["closed_exact"]["difference_high"] == pytest.approx(1 - 157 / 757, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("closed_exact", ["same_group_figure1", "later_number_exact"]),
        ("closed", ["same_group_figure1"]),
        ("closed_debate", ["same_group_debate"]),
    ],
)
def test_one_question_has_one_number(rows, name, given):
    assert rows[name]["outside_low"] == bound("resolved_outside_pilot", given).low


def test_nothing_survives_when_the_groups_are_not_nested(rows):
    row = rows["not_nested"]
    ends = [row[f"{what}_{end}"] for what in ("share", "difference") for end in ("low", "high")]
    assert ends == [0, 1, -1, 1]
    assert row["outside_low"] is None
    assert "D012" not in row["claims"]


def test_the_sign_is_known_under_no_reading(base, rows):
    found = small_numbers.counted(base)
    assert (found["decided"].value, found["readings"].value) == (0, len(READINGS))
    assert all(row["difference_low"] < 0 < row["difference_high"] for row in rows.values())


def test_weaker_readings_are_wider(rows):
    for narrow, wide in (("closed_exact", "closed"), ("exits", "newcomers"), ("newcomers", "not_nested")):
        assert rows[wide]["difference_low"] <= rows[narrow]["difference_low"]
        assert rows[wide]["difference_high"] >= rows[narrow]["difference_high"]


def test_exits_follow_the_rate_and_the_dates(base):
    low, high = small_numbers.left(READINGS["exits"], base)
    # from the end of October 2019 to February 2021, and from July 2019 to the end of March 2021
    assert low == int(1257 * (1 - 0.92 ** (459 / 365.25)))
    assert high == -int(-1257 * (1 - 0.84 ** (639 / 365.25)) // 1)
    none = base.replace({"people.exit_rate": 0})
    assert small_numbers.left(READINGS["exits"], none) == (0, 0)


def test_a_planted_success_is_seen(base):
    # had all but forty been spoken to, the pilot must have reached nearly all of its people
    with substituted(claims().replace("D012", value=40, low=40, high=40)):
        found = small_numbers.limits(READINGS["closed"], base)
    assert tuple(found["share"]) == pytest.approx((460 / 500, 1.0))
    assert tuple(found["difference"])[1] == pytest.approx(1 - 717 / 757)
