"""What a pilot is worth: against closed forms, and against choices that are made over and over."""

from math import comb
from statistics import NormalDist

import numpy as np
import pytest
import whole
from pilot_files import LOTS
from scipy.special import beta

import kik_analysis as kik
from kik_analysis.capacity import plain_sum
from kik_analysis.figures.pilots import pilot_cards
from kik_analysis.pilots import card as cards
from kik_analysis.pilots.card import gain

found = pytest.fixture(lambda: whole.cards())
RANGED = "effect: {low: 0, central: 0.05, high: 0.1, confidence: C}"
WORK = {"{assignment": "{effort: {less: {each: {letter: 1}}}, assignment", "effect: 0.05": RANGED}
NORMAL, Z = NormalDist(), NormalDist().inv_cdf(0.95)


def worth(design, swap, **parts):
    return cards.card(design(swap=WORK | swap, **parts), draws=600).worth


def loss(mean, sd):
    """Unit normal loss: what knowing is worth where a normal gain is taken or left (Raiffa and Schlaifer)."""
    far = abs(mean) / sd
    return sd * (NORMAL.pdf(far) - far * NORMAL.cdf(-far))


@pytest.mark.parametrize("error", [0.0, 0.02, 0.2])
def test_one_choice_and_several_have_a_closed_form(error):
    mean, spread, people = np.array([0.01, -0.03]), np.array([0.04, 0.02]), np.array([900.0, 500.0])
    found = gain(mean, spread, np.eye(2) * error**2, people)
    learned = spread**2 / np.hypot(spread, error)
    assert found == pytest.approx(
        sum(n * loss(*two) for n, *two in zip(people, mean, learned, strict=True)), rel=2e-3
    )
    alone = [gain(mean[[k]], spread[[k]], np.array([[error**2]]), people[[k]]) for k in range(2)]
    assert found == pytest.approx(sum(alone), rel=2e-3)
    certain = gain(mean, spread * [1.0, 0.0], np.eye(2) * error**2, people)  # of the other nothing is learnt
    assert certain == pytest.approx(alone[0], rel=2e-3)


@pytest.mark.parametrize("best", [True, False])
def test_choices_are_worth_what_those_who_choose_gain(best):
    """Effects drawn, estimates whose errors are alike, expectations by regression on many draws."""
    rng, many = np.random.default_rng(3), 400_000
    mean, spread = np.array([0.01, 0.0]), np.array([0.04, 0.03])
    error = np.array([[9e-4, 4e-4], [4e-4, 1.6e-3]])
    effect = mean + spread * rng.standard_normal((many, 2))
    seen = effect + rng.multivariate_normal([0, 0], error, many)
    terms = np.c_[np.ones(many), seen]
    expected = terms @ np.linalg.lstsq(terms, effect, rcond=None)[0]
    if best:
        taken = np.where(expected.max(axis=1) > 0, effect[np.arange(many), expected.argmax(axis=1)], 0)
        gained = taken.mean() - max(0, mean.max())
    else:
        gained = np.where(expected > 0, effect, 0).mean(axis=0).sum() - np.maximum(mean, 0).sum()
    assert gain(mean, spread, error, np.ones(2), best=best) == pytest.approx(gained, rel=0.02)


def test_a_share_with_a_beta_prior_is_worth_nearly_what_enumeration_says():
    a, b, n, limit = 60.0, 140.0, 400, 0.31  # 25 to 35 %, as wide as ranges of pilots
    x = np.arange(n + 1)
    chance = np.array([float(comb(n, k)) for k in x]) * beta(a + x, b + n - x) / beta(a, b)
    exact = (chance * np.maximum((a + x) / (a + b + n) - limit, 0)).sum() - max(0.0, a / (a + b) - limit)
    mean, spread = a / (a + b), np.sqrt(a * b / (a + b) ** 2 / (a + b + 1))
    error = (mean * (1 - mean) - spread**2) / n
    one = gain(np.array([mean - limit]), np.array([spread]), np.array([[error]]), np.ones(1))
    assert one == pytest.approx(exact, rel=0.03)


def test_a_drawn_pilot_and_one_before_and_after_are_worth_what_choosing_by_them_gains(design):
    """Pilots held over and over in worlds drawn from the file's ranges, with a choice after each."""
    rng, many, sd = np.random.default_rng(5), 300_000, 0.05 / Z
    base = {"base_rate: 0.1": "base_rate: {low: 0.1, central: 0.2, high: 0.3, confidence: C}"}
    lots = worth(design, base | {"decides: 0.05": "decides: 0.04"}).values
    swap = base | {LOTS: "{kind: none, arms: {less: 500}}", "base_rate": "before: 0, base_rate"}
    swap |= {"itt_difference, decides: 0.05": "change, decides: 0.04", "difference_in_means": "change"}
    alone = worth(design, swap)
    effect, usual = 0.05 + sd * rng.standard_normal(many), 0.2 + 0.1 / Z * rng.standard_normal(many)
    after = rng.binomial(500, np.clip(usual + effect, 0, 1)) / 500
    control = rng.binomial(757, np.clip(usual, 0, 1)) / 757
    for shown, values in ((after - control, lots), (after, alone.values)):
        expected = np.polyval(np.polyfit(shown, effect, 1), shown)
        gained = 1257 * np.where(expected > 0.04, effect - 0.04, 0).mean() - 1257 * 0.01
        assert values["people"] == pytest.approx(gained, rel=0.05)
    assert "alone" in alone.said


def test_every_shipped_pilot_says_what_it_is_worth_or_why_nobody_can_know(found):
    firsts = {name: one.worth.said[0] for name, one in found.items()}
    assert set(firsts.values()) == {"dear", "break_even", "no_choice_share"}
    assert {name for name, one in firsts.items() if one == "break_even"} == {"p6_announced", "p6_two_groups"}
    for name, one in found.items():
        asked, values = one.design.document.inquiry, one.worth.values
        assert (firsts[name] == "no_choice_share") == (asked.estimand == "share")
        if values:
            assert 0 < values["people"] < values["people_perfect"]
            assert values.get("hours", 0) == pytest.approx(values.get("each", 0) * values["people"])
            told = one.numbers()["worth_people_perfect"]
            assert told.high - 0.1 < one.worth.ranges["people_perfect"][1] <= told.high == round(told.high, 1)
        assert one.as_json()["worth"] == {"said": one.worth.said, **values, "range": one.worth.ranges}
        assert all(low <= values[name] <= high for name, (low, high) in one.worth.ranges.items())
    parts = {name: one.worth.values for name, one in found.items()}
    for one, other in map(str.split, ("p1_announced p1_by_team", "p2_announced p2_blocked")):
        little, more = (parts[name]["people"] / parts[name]["people_perfect"] for name in (one, other))
        assert little < more
    table = pilot_cards(found).table.frame
    assert table["worth"].null_count() == sum("hours" not in one.worth.values for one in found.values())


def test_an_outcome_is_worth_the_tasks_that_the_file_names(found, design):
    one, s = found["p3_by_team"], kik.load_scenario()
    tasks = ("travel", "talk_home_follow_up", "registration_follow_up")
    minutes = sum(s.value(f"work.minutes_{task}").central for task in tasks)
    # half of what is double, fewer are wanted
    assert one.worth.values["each"] == pytest.approx(0.5 * minutes / 60)
    assert one.worth.values["high"] == pytest.approx(15)
    assert found["p2_blocked"].worth.values["each"] == plain_sum.first_contact(s)
    told = design(swap={"decides: 0.05": "decides: 0.05, worth: {travel: 1}"})
    assert told.hash == design().hash  # a plan that was announced stays the same


def test_worth_has_a_range_and_does_not_hang_on_the_seed_where_errors_are_exact(design):
    """What decides is known to an end: the same pilot with each end in its place."""
    one = worth(design, {"decides: 0.05": "decides: {low: 0.03, central: 0.05, high: 0.1, confidence: C}"})
    ends = [worth(design, {"decides: 0.05": f"decides: {end}"}).values["hours"] for end in (0.03, 0.05, 0.1)]
    assert one.ranges["hours"] == pytest.approx((min(ends), max(ends)))
    assert one.values["hours"] == pytest.approx(ends[1])
    assert worth(design, {"decides: 0.05": "decides: 0.05, worth: {travel: 15}"}).said[0] == "unsure"
    first, second = (kik.diagnose(kik.load_design("p6_announced"), draws=300, seed=seed) for seed in (0, 1))
    assert cards.worth(first).values["least"] == cards.worth(second).values["least"]


def test_what_cannot_be_worth_anything_says_so(design):
    assert worth(design, {RANGED: "effect: 0.05"}).said == ("certain",)
    chosen = worth(design, {"kind: complete": "kind: none"}).said  # there is a group to compare with
    assert ("chosen" in chosen, "alone" in chosen) == (True, False)
    every = {"less: {each": "all: {each"}
    several = worth(design, {"less: {claim: L056}": "less: 400, more: 400", **every})
    assert "best" in several.said
    assert several.values["people"] > worth(design, {"{claim: L056}": "400"}).values["people"]
    factors = {LOTS: "{kind: factorial, factors: [a, b]}", "itt_difference": "interaction", **every}
    factors[RANGED] = "effect: {a: {low: 0, central: 0.05, high: 0.1, confidence: C}, b: 0, 'a:b': 0.01}"
    assert worth(design, factors).said == ("no_choice_interaction",)
    seen = worth(design, {RANGED: RANGED + ", seen: 0.9"}, answer="manski, test: none")
    assert 0 < seen.values["people"] < 0.6 * worth(design, {}).values["people"]
