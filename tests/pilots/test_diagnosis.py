"""A diagnosis agrees with closed forms, with enumeration, with people drawn one by one, and with itself."""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
from pilot_files import COMPLETE, LOTS, ONE, ways
from scipy import stats

import kik_analysis as kik
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.pilots import estimators
from kik_analysis.pilots.assignment import expected
from kik_analysis.pilots.document import RULES
from kik_analysis.pilots.exact import neyman
from kik_analysis.statistics.power.cluster_trials import noncentral_t_power, wedge_variance

DRAWS = 10_000
WAYS, WRONG = ways("ways"), ways("wrong")
"""Ways that leave an estimate right on average, as changes of the plain pilot; and ways that do not."""
OFF = {"before_and_after": 0.1, "chosen": 0.04, "one_group": 0.1, "asked": 0.1}
"""What these are off by."""


@pytest.fixture(scope="module")
def found(design, request):
    return {name: kik.diagnose(design(swap=swap), draws=DRAWS, seed=7) for name, swap in WAYS.items()}


@pytest.mark.parametrize("name", WAYS)
def test_lots_leave_no_bias(found, name):
    table = found[name].table
    rows = table.filter(table["diagnosand"] == "bias")
    assert rows.height == len(found[name].design.contrasts)
    slack = 0.004 if name in ("cace", "cluster_uneven") else 0.0  # ratios: a little off in any finite pilot
    for value, error in zip(rows["value"], rows["mc_error"], strict=True):
        assert abs(value) < 4.0 * error + slack


@pytest.mark.parametrize("name", WAYS)
def test_limits_hold_what_they_promise(found, name):
    table = found[name].table
    for value in table.filter(table["diagnosand"] == "coverage")["value"]:
        assert 0.935 < value < 0.98


@pytest.mark.parametrize(("name", "off"), OFF.items())
def test_without_lots_the_announced_bias_shows(design, name, off):
    one = kik.diagnose(design(swap=WRONG[name]), draws=4_000, seed=7)
    row = one.table.filter(one.table["diagnosand"] == "bias")
    assert abs(row["value"][0] - off) < 4.0 * row["mc_error"][0]
    assert row["exact"][0] == pytest.approx(off)
    assert one.value("coverage") < 0.93


def test_exact_values_stand_beside_and_agree_over_the_family(found):
    z = [one for each in found.values() for one in each.table["z"] if one is not None]
    assert len(z) >= 40
    assert max(map(abs, z)) < 4.5
    # the sum of squares of so many standard normal numbers
    assert sum(one * one for one in z) < len(z) + 4.0 * math.sqrt(2.0 * len(z))


def test_the_pilot_as_other_engines_found_it(design):
    """R's DeclareDesign (2,000 draws) and NumPy (200,000): the lower and the higher of the two."""
    one = kik.diagnose(design(), draws=40_000, seed=7)
    ranges = {"power": (0.738, 0.743), "coverage": (0.957, 0.961), "rmse": (0.0183, 0.0186)}
    for diagnosand, (low, high) in ranges.items():
        row = one.table.filter(one.table["diagnosand"] == diagnosand)
        value, error = row["value"][0], row["mc_error"][0]
        assert low - 3.0 * error < value < high + 3.0 * error, diagnosand
    row = one.table.filter(one.table["diagnosand"] == "power")
    assert row["exact"][0] == pytest.approx(0.743, abs=0.0006)
    rmse = one.table.filter(one.table["diagnosand"] == "rmse")
    assert rmse["exact"][0] == pytest.approx(math.sqrt(0.1275 / 500 + 0.09 / 757 - 0.0475 / 1257), rel=1e-12)


def test_every_diagnosand_is_there_with_its_error(found):
    table = found["complete"].table
    every = kik.diagnose(kik.load_design("p4_by_lot"), draws=50).table["diagnosand"].to_list()
    assert every == list(
        RULES["diagnosands"]
    )  # where no work is named: nothing on hours, or on who is contacted
    assert table["diagnosand"].to_list() == [one for one in every if one not in ("hours", "contacted")]
    assert table["mc_error"].null_count() == 0


def exact(one, diagnosand):
    return one.table.filter(one.table["diagnosand"] == diagnosand)["exact"][0]


def test_enumeration_is_that_of_the_power_functions(found):
    assert exact(found["z"], "power") == pytest.approx(
        kik.power.two_proportions(0.15, 0.1, 500, 757, method="exact"), rel=1e-9
    )
    assert exact(found["fisher"], "power") == pytest.approx(
        kik.power.two_proportions(0.6, 0.3, 40, 50, method="fisher"), rel=1e-9
    )
    closed = kik.power.type_s_m(0.05, math.sqrt(0.1275 / 500 + 0.09 / 757))
    assert exact(found["complete"], "type_m") == pytest.approx(closed.type_m, rel=0.01)
    assert exact(found["complete"], "type_s") == pytest.approx(closed.type_s, abs=1e-4)


def test_coverage_by_enumeration_where_the_truth_is_fixed(design):
    swap = {"kind: complete": "kind: none", "interval: wald": "interval: newcombe", "{claim: L056}": "25"}
    one = design(model="people: 60, base_rate: 0.2, effect: 0.3", swap=swap)
    one = kik.diagnose(one, draws=100, seed=1)
    x1, x2 = np.meshgrid(np.arange(26), np.arange(36), indexing="ij")
    low, high = kik.intervals.difference(x1, 25, x2, 35)
    held = (low <= 0.3) & (high >= 0.3)
    by_hand = stats.binom.pmf(np.arange(26), 25, 0.5) @ held @ stats.binom.pmf(np.arange(36), 35, 0.2)
    assert exact(one, "coverage") == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "estimand", "formula", "off"),
    [
        ("cluster", None, lambda: kik.power.clusters(0.45, 0.3, 5, 6, 114, 0.03), 0.02),
        ("cluster_permutation", None, lambda: teams(), 0.02),
        ("two_stage", "itt_difference:first_letter", lambda: letters()[0], 0.02),
        ("two_stage", "itt_difference:second_letter", lambda: letters()[1], 0.02),
        ("two_stage", "itt_difference:both", lambda: letters()[2], 0.02),
        ("cace", None, lambda: kik.power.two_proportions(0.19, 0.1, 500, 757), 0.03),
    ],
)  # fmt: skip
def test_power_is_near_its_closed_form(found, name, estimand, formula, off):
    assert found[name].value("power", estimand) == pytest.approx(formula(), abs=off)


def teams():
    return kik.power.clusters(0.45, 0.3, 3, 8, 114, 0.03, method="permutation")


def letters():
    """First letter, second letter among the expected 437 not reached, and both in turn."""
    gap = 0.15 + 0.85 * 0.15 - 0.1 - 0.9 * 0.08
    return (
        kik.power.two_proportions(0.15, 0.1, 250, 250),
        kik.power.two_proportions(0.15, 0.08, 219, 218),
        kik.power.type_s_m(gap, math.sqrt(halved(0.15, 0.15) + halved(0.1, 0.08))).power,
    )


def halved(p, q):
    """Variance of a path's mean ``p + (1 - p) q`` among 250 people, of whom exactly half get a second letter.

    Delta method: ``p`` rests on all 250, ``q`` on half of those not reached.
    """
    return ((1 - q) ** 2 * p * (1 - p) + 2 * (1 - p) * q * (1 - q)) / 250


def murphy(p, q):
    """The same where a coin decides for each person (Murphy 2005): the mean of ``(W (Y - mean))^2``."""
    mean = p + (1 - p) * q
    others = 0.5 * 2**2 * (q * (1 - mean) ** 2 + (1 - q) * mean**2)
    return (p * (1 - mean) ** 2 + (1 - p) * others) / 250


def test_two_letters_have_the_spread_of_exact_halves(found):
    """Murphy's formula is for coins, which leave the number of second letters to chance; halves do not.

    That number over its mean has the variance ``1 / m`` of m people not reached, and moves a path's mean by
    ``q - mean = -p (1 - q)``: the formulas differ by ``p^2 (1 - q)^2 (1 - p) / n``, no more, no less. So the
    strict value for this assignment is :func:`halved`, held to the Monte Carlo error.
    """
    for p, q in ((0.15, 0.15), (0.1, 0.08), (0.6, 0.4)):
        assert murphy(p, q) - halved(p, q) == pytest.approx(p**2 * (1 - q) ** 2 * (1 - p) / 250)
    rows = found["two_stage"].table.filter(found["two_stage"].table["diagnosand"] == "rmse")
    value, error = (rows[name][2] for name in ("value", "mc_error"))
    assert abs(value - math.sqrt(halved(0.15, 0.15) + halved(0.1, 0.08))) < 4.0 * error


WEDGE = {
    ONE: "people: 14400, clusters: 24, base_rate: 0.05, effect: -0.015, icc: 0.00246",
    LOTS: "{kind: stepped_wedge, steps: 4}",
    "difference_in_means": "regression",
}


def test_a_stepped_wedge_has_the_spread_of_its_within_cluster_comparison(design, found):
    """Hussey and Hughes (2007), eq. 8, with clusters as unlike as can be: nothing is learnt between them.

    The published power .786 (swCRTdesign; ``test_published``) is of their test: the spread between clusters
    known, clusters drawn from a normal distribution, a normal reference. The regression of this room has a
    column per cluster and knows no spread, so that its value is the one of eq. 8 as that spread grows: a root
    mean square error, and with it a power by t with the degrees of freedom of Bell and McCaffrey.
    """
    mean = 0.375
    variance = wedge_variance(3, 4, mean * (1 - mean) * 0.97 / (1254 / 60), 1e6)
    assert found["stepped_wedge"].value("rmse") == pytest.approx(math.sqrt(variance), rel=0.03)
    # and says what it compares: the time before and after in each team, not groups
    assert "(na het begin min ervoor, in dezelfde teams)" in "\n".join(found["stepped_wedge"].lines("nl"))

    one = design(swap=WEDGE)
    table = kik.diagnose(one, draws=4_000, seed=7).table
    value, error = table.filter(table["diagnosand"] == "rmse").select("value", "mc_error").row(0)
    se = math.sqrt(wedge_variance(6, 4, 0.0425 * 0.9575 / 120, 1e6))
    assert abs(value - se) < 4.0 * error
    df = float(estimators.regression(expected(one), one).df[0, 0])
    power, error = table.filter(table["diagnosand"] == "power").select("value", "mc_error").row(0)
    assert abs(power - float(noncentral_t_power(0.015 / se, df, 0.05))) < 4.0 * error


def test_blocks_have_the_closed_form_of_neyman(design):
    blocked = design(swap=WAYS["blocked"])
    sizes = {arm: list(one.values()) for arm, one in blocked.sizes.items()}
    assert sizes == {"control": [614, 143], "less": [405, 95]}
    total = 0.0
    for n, n0, n1, p in zip((1019, 238), sizes["control"], sizes["less"], (0.08, 0.2), strict=True):
        own = (p + 0.05) * (0.95 - p) / n1 + p * (1 - p) / n0 - 0.05 * 0.95 / n
        total += (n / 1257) ** 2 * own
    assert neyman(blocked, blocked.contrasts["less"]) == pytest.approx(total, rel=1e-12)


def test_people_one_by_one_say_the_same_as_counts(design, found):
    for name in ("complete", "complete_two_blocks", "blocked", "rerandomised", "three_arms"):
        drawn = kik.diagnose(design(swap=WAYS[name]), draws=2_000, seed=3, level="persons").table
        counted = found[name].table
        for row, other in zip(drawn.iter_rows(named=True), counted.iter_rows(named=True), strict=True):
            spread = math.hypot(row["mc_error"], other["mc_error"])
            assert abs(row["value"] - other["value"]) <= 4.0 * spread + 1e-9, (name, row)


def test_the_same_numbers_for_any_number_of_workers(design):
    one, three = (kik.diagnose(design(), draws=3_500, seed=2, workers=n).table for n in (1, 3))
    assert one.equals(three)
    assert not one.equals(kik.diagnose(design(), draws=3_500, seed=3, workers=1).table)


def test_a_grid_shares_its_luck(design):
    grid = kik.redesign(design(), effect=[0, 0.02, 0.04, 0.06, 0.08], draws=1_000, seed=5)
    power = grid.filter(grid["diagnosand"] == "power")["value"].to_list()
    assert power == sorted(power)
    both = kik.redesign(design(), draws=500, **{"model.base_rate": [0.1, 0.2]}, less=[300, 500])
    assert both.columns[:2] == ["model.base_rate", "data.assignment.arms.less"]
    assert both.filter(both["diagnosand"] == "bias").height == 4
    plain = kik.diagnose(design(), draws=500).table
    same = both.filter((both["model.base_rate"] == 0.1) & (both["data.assignment.arms.less"] == 500))
    assert same.select(plain.columns).equals(plain)


def test_what_the_file_leaves_out_can_be_tried_too(design):
    grid = kik.redesign(design(), attrition=[0.0, 0.4], draws=2_000)
    power = grid.filter(grid["diagnosand"] == "power")["value"].to_list()
    assert power[0] > power[1] + 0.1
    assert design().replace({"model.attrition": 0.4}).attrition == {"control": 0.4, "less": 0.4}
    with pytest.raises(ParameterError, match="the design says nothing below modl; did you mean model"):
        design().replace({"modl.attrition": 0.4})


def test_hours_are_minutes_times_people(design):
    body = COMPLETE.replace(
        "data: {", "data: {effort: {less: {each: {letter: 2}, reached: {talk_office: 1, travel: 0.5}}}, "
    )
    one = kik.diagnose(design(body), draws=2_000, seed=1)
    scenario = kik.load_scenario()
    minutes = {name: scenario[f"work.minutes_{name}"] for name in ("letter", "talk_office", "travel")}
    expected = (500 * 2 * minutes["letter"] + 75 * (minutes["talk_office"] + minutes["travel"] / 2)) / 60
    assert one.value("hours") == pytest.approx(expected, rel=0.005)
    assert one.value("contacted") == 500
    assert one.value("reached") == pytest.approx(75, abs=1)
    assert one.backlog_weeks > 0
    # nobody is reached twice: in periods before the pilot, by a letter after the first one
    before = design(swap={**WRONG["before_and_after"], "before: 0": "before: 0.2"})
    assert kik.diagnose(before, draws=100).value("reached", exact=True) == pytest.approx(75)
    letters = design(swap={**WAYS["two_stage"], "outcome: reached": "outcome: calm"})
    assert kik.diagnose(letters, draws=100).value("reached") == 500


def test_a_second_outcome_is_guarded_by_holm(design):
    others = "secondary: {satisfied: {base_rate: 0.5, effect: 0}, wrote: {base_rate: 0.3, effect: 0}}, "
    swap = {"decides": others + "decides"}
    table = kik.diagnose(design(swap=swap), draws=5_000, seed=1).table
    found = table.filter(table["diagnosand"] == "power")
    power = dict(zip(found["estimand"], found["value"], strict=True))
    assert set(power) == {"itt_difference", "satisfied: itt_difference", "wrote: itt_difference"}
    assert power["itt_difference"] > 0.7
    assert power["satisfied: itt_difference"] + power["wrote: itt_difference"] < 0.06
    before = kik.diagnose(design(swap={**WRONG["before_and_after"], **swap}), draws=300)
    assert before.value("bias", "satisfied: change") == pytest.approx(0.0, abs=0.01)  # not less the first's
    # of no effect (in cells: but for rounding) an exaggeration cannot be told
    cells = kik.diagnose(design(swap={**WAYS["factorial"], **swap}), draws=300).table
    told = cells.filter(cells["diagnosand"] == "type_m")["estimand"]
    assert told.to_list() == [f"itt_difference:{one}" for one in ("wording", "place", "call")]


SEEN = "effect: 0.1, seen: {control: 0.3, less: 0.5}, selection: -0.3"


def test_outcomes_of_those_spoken_to_get_bounds_that_hold(design):
    for bounds, least in (("manski", 1.0), ("lee", 0.9)):
        swap = {"effect: 0.05": SEEN, "base_rate: 0.1": "base_rate: 0.5"}
        one = kik.diagnose(design(swap=swap, answer=f"{bounds}, test: none"), draws=2_000, seed=1)
        assert "bias" not in one.table["diagnosand"].to_list()
        assert one.value("coverage") >= least
        assert one.value("reached") == pytest.approx(0.3 * 757 + 0.5 * 500, rel=0.01)
    with pytest.raises(ParameterError, match="never a plain comparison"):
        design(swap={"effect: 0.05": SEEN, "base_rate: 0.1": "base_rate: 0.5"})


def test_an_estimator_of_ones_own_is_one_function(design):
    def twice(counts, design):
        share = counts.x / counts.n
        gap = 2 * (share[:, 1:] - share[:, :1])
        return estimators.Fit(gap, np.full_like(gap, 0.01), np.full_like(gap, np.inf))

    one = kik.diagnose(design(), draws=2_000, estimator=twice)
    assert one.value("bias") == pytest.approx(0.05, abs=0.004)
    assert one.value("interval_width") == pytest.approx(2 * 1.96 * 0.01, rel=1e-3)
    assert one.table["exact"].null_count() == one.table.height
    with pytest.raises(InputError, match="diagnose: estimator: not a Fit of estimates"):
        kik.diagnose(design(), draws=10, estimator=lambda counts, design: 3)
    with pytest.raises(InputError, match=r"got \(10,\), \(10,\); expected \(10, 1\)"):
        kik.diagnose(design(), draws=10, estimator=lambda counts, design: estimators.Fit(*np.ones((3, 10))))
    with pytest.raises(InputError, match="estimator is 'regression'"):
        kik.diagnose(design(), draws=10, estimator="regression")


def test_failed_fits_are_counted(design):
    swap = {ONE: "people: 8, base_rate: 0.5, effect: 0, attrition: 0.7", "{claim: L056}": "4"}
    one = kik.diagnose(design(swap=swap), draws=2_000, seed=1)
    # fewer than two left in either arm
    few = 0.7**4 + 4 * 0.3 * 0.7**3
    assert one.value("failed_fits") == pytest.approx(1 - (1 - few) ** 2, abs=0.04)


@pytest.mark.parametrize(("argument", "got"), [("draws", 0), ("draws", 2.5), ("seed", -1), ("workers", -1)])
def test_wrong_numbers_are_refused(design, argument, got):
    with pytest.raises(
        InputError, match=rf"{argument}: not possible \(got {got}; expected a whole number from"
    ):
        kik.diagnose(design(), **{argument: got})


def test_an_interrupt_while_work_is_handed_out_leaves_the_rest_undone(design, monkeypatch):
    submit, given = ThreadPoolExecutor.submit, []

    def interrupted(*work):
        given.append(submit(*work))
        if len(given) == 500:
            raise KeyboardInterrupt
        return given[-1]

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kik.diagnose(design(), draws=10**6, workers=1)
    assert sum(one.cancelled() for one in given) > 100


@pytest.mark.parametrize("name", ["lost", "cluster", "factorial", "cace"])
def test_people_are_drawn_one_by_one_only_where_that_is_right(design, name):
    with pytest.raises(ParameterError, match="which takes lots on people who all stay"):
        kik.diagnose(design(swap=WAYS[name]), draws=10, level="persons")


def test_a_place_that_is_not_there_is_named(design):
    with pytest.raises(ParameterError, match="did you mean base_rate"):
        design().replace({"model.base_rte": 0.2})
    with pytest.raises(ParameterError, match="give the whole place, with dots; did you mean base_rate"):
        kik.redesign(design(), base_rat=[1, 2], draws=10)
    with pytest.raises(ParameterError, match="did you mean central"):
        design().at("centraal")
    with pytest.raises(ParameterError, match=r"p2.yml:5: model.effect: the effect of less pushes"):
        kik.redesign(design(), base_rate=[0.1, 0.97], draws=10)


def test_draws_are_of_whole_people(design):
    from kik_analysis.pilots.assignment import DRAWN, lots

    for name, swap in WAYS.items():
        one = design(swap=swap)
        counts = DRAWN[one.kind](one, np.random.default_rng(1), 50)
        assert (counts.x <= np.broadcast_to(counts.n, counts.x.shape)).all(), name
        assert (counts.x == np.rint(counts.x)).all(), name
        drawn = lots(one, np.random.default_rng(1), 3)
        places = list(one.arms.values()) if one.kind != "stepped_wedge" else [3, 3, 3, 3]
        for row in drawn:
            assert [int((row == k).sum()) for k in range(len(places))] == places, name


def test_power_with_people_lost_is_that_of_every_outcome(design):
    lost = design(
        model="people: 40, base_rate: 0.3, effect: 0.4, attrition: 0.2", swap={"{claim: L056}": "20"}
    )
    left = stats.binom.pmf(np.arange(21), 20, 0.8)
    for test, method in (("z", "exact"), ("fisher", "fisher")):
        by_hand = sum(
            left[m] * left[k] * kik.power.two_proportions(0.7, 0.3, m, k, method=method)
            for m, k in product(range(2, 21), repeat=2)
        )
        one = kik.diagnose(lost.replace({"answer.test": test}), draws=100)
        assert exact(one, "power") == pytest.approx(by_hand, abs=1e-6)


def test_what_is_exact_is_what_is_drawn_where_people_are_lost_within_blocks():
    found = kik.diagnose(kik.load_design("p2_blocked"), draws=DRAWS, seed=4).table
    known = found.filter(found["diagnosand"].is_in(["power", "type_m", "rmse"]))
    assert known["exact"].null_count() == 0
    assert known["z"].abs().max() < 4


def test_the_error_of_a_factorial_design_with_unlike_blocks_is_that_of_its_draws(design):
    swap = {
        ONE: "blocks: {a: 300, b: 100}, base_rate: {a: 0.1, b: 0.7}, effect: {x: 0.1, y: 0.05}",
        LOTS: "{kind: factorial, factors: [x, y], size: 360}",
    }
    found = kik.diagnose(design(swap=swap), draws=20_000, seed=2).table
    errors = found.filter(found["diagnosand"] == "rmse")
    assert errors["exact"].null_count() == 0
    assert errors["z"].abs().max() < 4


def test_what_is_exact_counts_groups_of_which_one_person_is_left(design):
    few = {ONE: "people: 40, base_rate: 0.1, effect: 0.05, attrition: 0.85", "{claim: L056}": "20"}
    few |= {"wald, test: wald": "newcombe, test: z"}
    twos = "people: 22, clusters: 11, icc: 0.03, base_rate: 0.3, effect: 0.15, attrition: 0.3"
    twos = WAYS["cluster"] | {ONE: twos}
    for swap in (few, twos):
        found = kik.diagnose(design(swap=swap), draws=20_000, seed=3).table
        assert found.filter(found["diagnosand"] == "rmse")["exact"].null_count() == 0
        assert found["z"].abs().max() < 4


FEW = "people: 137, base_rate: 0.2"
RARE = "blocks: {a: 46, b: 44}, base_rate: 0, effect: 0.15"
UNLIKE = "blocks: {a: 61, b: 42}, base_rate: {a: 0.15, b: 0.6}, effect: 0.2"


@pytest.mark.parametrize(
    ("model", "lots", "test"),
    [
        (f"{RARE}, attrition: 0.8", "blocked, arms: {control: 46, less: 44}", "z"),
        (UNLIKE.replace("61", "16"), "blocked, arms: {control: 20, less: 15}", "fisher"),
        (f"{FEW}, effect: {{a: 0.2, b: -0.1}}", "complete, arms: {control: 51, a: 40, b: 40}", "z"),
        (f"{FEW}, effect: {{w: 0.2, c: 0.1}}", "factorial, factors: [w, c], size: 90", "z"),
        (UNLIKE.replace("{a: 0.15, b: 0.6}", "0.3"), "complete, arms: {control: 43, less: 60}", "z"),
    ],
)  # fmt: skip
def test_imagined_pilots_agree_with_every_outcome(design, model, lots, test):
    swap = {ONE: model, LOTS: f"{{kind: {lots}}}", "wald, test: wald": f"newcombe, test: {test}"}
    table = kik.diagnose(design(swap=swap), draws=8_000, seed=2).table
    assert table.filter(table["diagnosand"].is_in(["power", "type_m"]))["exact"].null_count() == 0
    assert max(abs(z) for z in table["z"] if z is not None) < 4.0
