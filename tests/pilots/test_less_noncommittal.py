"""What the pilot less non-committal contact can show."""

import pytest

from kik_analysis.facts.claims import claims, substituted
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import less_noncommittal as pilot
from kik_analysis.statistics import power


@pytest.fixture(scope="module")
def base():
    return load_scenario("params/base.yml")


@pytest.fixture(scope="module")
def table(base):
    return pilot.pilot_power(base)


def test_both_splits_have_the_published_sizes():
    assert pilot.sizes() == {"rest": (500, 757), "halves": (250, 250)}
    found = (pilot.pilot_people(), pilot.pilot_frame(), pilot.pilot_rest(), pilot.pilot_half())
    assert [one.value for one in found] == [500, 1257, 757, 250]


def test_smallest_rises(table):
    rest, halves = table.frame["detectable_rest"], table.frame["detectable_halves"]
    assert (round(rest.min(), 1), round(rest.max(), 1)) == (4.1, 8.1)
    assert (round(halves.min(), 1), round(halves.max(), 1)) == (6.8, 12.3)
    assert all(one < other for one, other in zip(rest, halves, strict=True))


@pytest.mark.parametrize("row", range(len(pilot.BASES)))
@pytest.mark.parametrize("split", pilot.SPLITS)
def test_the_smallest_rise_is_found_with_the_chance_asked(table, row, split):
    share, rise = table.frame["base"][row], table.frame[f"detectable_{split}"][row] / 100
    n1, n2 = pilot.sizes()[split]
    assert power.two_proportions(share + rise + 1e-5, share, n1, n2, method="exact") >= 0.8
    # power climbs with the rise but for the steps of whole people
    assert power.two_proportions(share + 0.97 * rise, share, n1, n2, method="exact") < 0.8


def test_odds_are_multiplied():
    assert pilot.after(0.5, 3.0) == pytest.approx(0.75)
    assert pilot.after(0.2, 1.0) == pytest.approx(0.2)


@pytest.mark.parametrize("split", pilot.SPLITS)
def test_the_chance_of_seeing_a_further_letter(base, table, split):
    share = table.frame["base"][3]
    treated = pilot.after(share, base["contact.or_second_letter"])
    n1, n2 = pilot.sizes()[split]
    expected = power.two_proportions(treated, share, n1, n2, method="exact")
    assert table.frame[f"power_{split}"][3] == pytest.approx(expected, abs=5e-5)


def test_the_table_rests_on_claims_and_parameters(table):
    assert {
        "claim:L056",
        "claim:L057",
        "claim:L058",
        "parameter:contact.or_second_letter",
        "parameter:statistics.power",
        "parameter:statistics.alpha",
        "parameter:statistics.confidence",
    } <= set(table.reads)


def test_a_planted_size_of_the_pilot_reaches_the_table(base, table):
    with substituted(claims().replace("L056", value=600, low=600, high=600)):
        assert pilot.sizes() == {"rest": (600, 657), "halves": (300, 300)}
        changed = pilot.detectable(0.2, "halves", base)
    assert changed < table.frame["detectable_halves"][3]


def test_the_chance_asked_is_that_of_the_scenario(base):
    assert pilot.asked_chance(base).value == 80
