"""Small numbers: counts with margins, a pilot in halves, a sham run of districts, before and after."""

import pytest

from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.bounds import bound
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.facts.numbers import by_name
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import small_numbers as small
from kik_analysis.statistics import intervals, power

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
    return small.small_groups(base)


def test_every_group_has_its_count_and_its_margin(table):
    found = {
        row["group"]: (row["yes"], row["people"], round(row["low"], 3), round(row["high"], 3))
        for row in table.frame.iter_rows(named=True)
    }
    assert found == GROUPS


def test_every_number_says_what_it_rests_on(table):
    """A margin is assumed, as nobody says that lots were drawn; so are outcomes that nobody published."""
    classes = {column.name: column.evidence for column in table.columns}
    assert classes["low"] == classes["high"] == Evidence.ASSUMED
    assert classes["people"] == Evidence.PUBLISHED
    kinds = [table.cell(row, table.column("yes")).evidence for row in range(len(GROUPS))]
    assert kinds == [Evidence.RECOMPUTED] * 2 + [Evidence.PUBLISHED] + [Evidence.ASSUMED] * 3
    assert table.frame["claims"].to_list() == ["D019 D018 D004", "D020 D018 D004", "D021", *["Z021"] * 3]


def test_what_a_draw_by_lot_would_say_of_everyone(base):
    found = small.margins(base)
    assert (found["everyone"].value, found["everyone"].low, found["everyone"].high) == (None, 4222, 6439)
    level = "parameter:statistics.confidence"
    assert set(found["everyone"].reads) == {"claim:D004", "claim:D018", "claim:D019", level}
    assert (found["confidence"].value, found["confidence"].reads) == (95, (level,))
    assert found["width_endless"].value == pytest.approx(38.02, abs=0.005)
    assert found["width_finite"].value == pytest.approx(37.94, abs=0.005)


def test_widths_fall_from_the_smallest_group_to_a_hundred(base):
    frame = small.interval_width(base).frame
    people, width = frame["people"].to_list(), frame["width"].to_list()
    assert people == list(range(4, 101))
    assert sorted(width, reverse=True) == width
    assert (width[0], width[-1]) == (86.48, 20.34)
    assert small.marked() == [4, 6, 29]


@pytest.mark.parametrize("people", [4, 5, 6, 7, 12, 29])
def test_the_width_shown_is_the_widest_there_is(base, people):
    widest = max(
        intervals.proportion(yes, people, method="clopper-pearson").width for yes in range(people + 1)
    )
    shown = small.interval_width(base).frame.filter(people=people)["width"][0]
    assert shown == pytest.approx(100 * widest, abs=0.005)


@pytest.fixture(scope="module")
def rises(base):
    return small.pilot_power(base)


def test_both_splits_have_the_published_sizes_and_a_planted_one_reaches_the_table(base, rises):
    assert small.sizes() == {"rest": (500, 757), "halves": (250, 250)}
    found = by_name("pilot.people", "pilot.frame", "pilot.rest", "pilot.half")
    assert [one.value for one in found.values()] == [500, 1257, 757, 250]
    with substituted(claims().replace("L056", value=600, low=600, high=600)):
        assert small.sizes() == {"rest": (600, 657), "halves": (300, 300)}
        changed = small.rises(0.2, "halves", base)[0]
    assert changed < rises.frame["detectable_halves"][3]


def test_smallest_rises(rises):
    rest, halves = rises.frame["detectable_rest"], rises.frame["detectable_halves"]
    assert (round(rest.min(), 1), round(rest.max(), 1)) == (4.1, 8.1)
    assert (round(halves.min(), 1), round(halves.max(), 1)) == (6.8, 12.3)
    assert all(one < other for one, other in zip(rest, halves, strict=True))


@pytest.mark.parametrize("row", range(len(small.BASES)))
@pytest.mark.parametrize("split", small.SPLITS)
def test_the_smallest_rise_is_found_with_the_chance_asked(rises, row, split):
    share, rise = rises.frame["base"][row], rises.frame[f"detectable_{split}"][row] / 100
    n1, n2 = small.sizes()[split]
    assert power.two_proportions(share + rise + 1e-5, share, n1, n2, method="exact") >= 0.8
    # power climbs with the rise but for the steps of whole people
    assert power.two_proportions(share + 0.97 * rise, share, n1, n2, method="exact") < 0.8


@pytest.mark.parametrize("split", small.SPLITS)
def test_the_chance_of_seeing_a_further_letter_and_what_it_rests_on(base, rises, split):
    share = rises.frame["base"][3]
    odds = base["contact.or_second_letter"] * share / (1 - share)
    n1, n2 = small.sizes()[split]
    expected = power.two_proportions(odds / (1 + odds), share, n1, n2, method="exact")
    assert rises.frame[f"power_{split}"][3] == pytest.approx(expected, abs=5e-5)
    settings = ["contact.or_second_letter", "statistics.power", "statistics.alpha", "statistics.confidence"]
    claimed = {f"claim:{one}" for one in ("L056", "L057", "L058")}
    assert claimed | {f"parameter:{one}" for one in settings} <= set(rises.reads)


@pytest.fixture(scope="module")
def sham(base):
    return small.sham_run(base)


def column(sham, name):
    return dict(zip([round(one, 2) for one in sham.frame["likeness"]], sham.frame[name], strict=True))


def test_teams_forgotten_find_an_effect_far_too_often_and_teams_counted_do_not(sham):
    formula, drawn = column(sham, "person"), column(sham, "person_drawn")
    assert formula[0.0] == 0.05
    assert round(formula[0.02], 2) == 0.28
    assert formula[0.1] > 0.5
    assert all(drawn[likeness] == pytest.approx(share, abs=0.015) for likeness, share in formula.items())
    # three standard errors of 20,000 draws
    assert all(share == pytest.approx(0.05, abs=0.0047) for share in sham.frame["teams_drawn"])
    classes = {one.evidence for one in sham.columns if one.name != "likeness"}
    assert classes == {Evidence.ASSUMED}  # no better than what they are drawn for
    drawn_on = {"simulation:sham_run/person", "simulation:sham_run/t", "parameter:pilots.wij_teams"}
    assert drawn_on <= set(sham.reads)


def test_numbers_of_teams_people_and_choices(base):
    found = {name: number.value for name, number in small.districts(base).items()}
    assert found.pop("smallest_p") == pytest.approx(100 / 165)
    assert found == {"teams": 11, "people": 114, "ways": 165, "alpha": 5}
    assert by_name("districts.treated")["treated"].value == 3


READINGS = {one.name: one for one in small.READINGS}


@pytest.fixture(scope="module")
def rows(base):
    table = small.pilot_enough(base)
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


def test_one_question_has_one_number_and_by_hand_157_people_left_for_another_reason(rows):
    closed = {"closed": ["same_group_figure1"], "closed_debate": ["same_group_debate"]}
    closed["closed_exact"] = ["same_group_figure1", "later_number_exact"]
    for name, given in closed.items():
        assert rows[name]["outside_low"] == bound("resolved_outside_pilot", given).low, name
    # 1,257 less 600 is 657; the pilot had 500 people
    assert rows["closed_exact"]["outside_low"] == 157
    assert rows["closed_exact"]["difference_low"] == pytest.approx(-657 / 757, abs=5e-5)
    assert rows["closed_exact"]["difference_high"] == pytest.approx(1 - 157 / 757, abs=5e-5)


def test_the_sign_is_known_under_no_reading_and_nothing_survives_without_nesting(base, rows):
    row = rows["not_nested"]
    ends = [row[f"{what}_{end}"] for what in ("share", "difference") for end in ("low", "high")]
    assert ends == [0, 1, -1, 1]
    assert row["outside_low"] is None
    assert "D012" not in row["claims"]
    found = small.counted(base)
    assert (found["decided"].value, found["readings"].value) == (0, len(READINGS))
    assert all(row["difference_low"] < 0 < row["difference_high"] for row in rows.values())
    for narrow, wide in (("closed_exact", "closed"), ("exits", "newcomers"), ("newcomers", "not_nested")):
        assert rows[wide]["difference_low"] <= rows[narrow]["difference_low"]
        assert rows[wide]["difference_high"] >= rows[narrow]["difference_high"]


def test_exits_follow_the_rate_and_the_dates(base):
    low, high = small.left(READINGS["exits"], base)
    # from the end of October 2019 to February 2021, and from July 2019 to the end of March 2021
    assert low == int(1257 * (1 - 0.92 ** (459 / 365.25)))
    assert high == -int(-1257 * (1 - 0.84 ** (639 / 365.25)) // 1)
    assert small.left(READINGS["exits"], base.replace({"people.exit_rate": 0})) == (0, 0)


def test_a_planted_success_is_seen(base):
    # had all but forty been spoken to, the pilot must have reached nearly all of its people
    with substituted(claims().replace("D012", value=40, low=40, high=40)):
        found = small.limits(READINGS["closed"], base)
    assert tuple(found["share"]) == pytest.approx((460 / 500, 1.0))
    assert tuple(found["difference"])[1] == pytest.approx(1 - 717 / 757)
