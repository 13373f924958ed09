"""A design file: what is in it arrives, and what is wrong in it is said with its line."""

import pytest
from pilot_files import COMPLETE, LOTS, text

from kik_analysis.errors import ParameterError
from kik_analysis.pilots.card import SAID, card
from kik_analysis.pilots.design import load_design


def test_a_claim_an_arm_and_the_rest_arrive(design):
    found = design()
    assert found.arms == {"control": 757, "less": 500}
    assert found.rates["less"] == pytest.approx([0.15])
    assert found.contrasts == {"less": {"less": 1.0, "control": -1.0}}
    assert found.alpha == 0.05


def test_a_file_that_says_no_more_than_its_four_parts_has_a_card(tmp_path):
    """No pilot's name, no texts, no confidence: its question, its own name and "assumed" take their place."""
    (tmp_path / "own.yml").write_text(
        """kind: design
question: {nl: "Helpt het?", en: "Does it help?"}
model: {people: 1257, blocks: {declined: 1019, not_reached: 238}, base_rate: {low: 0.1, central: 0.2, high: 0.3}, effect: {low: 0, central: 0.05, high: 0.1}, icc: 0, attrition: 0}
inquiry: {outcome: reached, estimand: itt_difference}
data: {assignment: {kind: blocked, arms: {control: 757, less_noncommittal: 500}}}
answer: {estimator: difference_in_means, interval: newcombe, test: permutation, alpha: 0.05}
"""  # noqa: E501
    )
    one = card(load_design(tmp_path / "own.yml"), draws=50)
    assert one.lines("en")[0] == "Does it help?"
    assert one.text("nl")["estimated"].plain == "Te zien: Helpt het?"
    assert [part for part in SAID if part in one.text("nl")] == ["estimated"]


def test_ranges_move_with_the_level_and_the_hash_does_not(design):
    found = design(swap={"effect: 0.05": "effect: {low: 0, central: 0.05, high: 0.1, confidence: C}"})
    assert [float(found.at(one).rates["less"][0]) for one in ("low", "central", "high")] == pytest.approx(
        [0.1, 0.15, 0.2]
    )
    assert found.hash == found.at("high").hash != design().hash


def test_words_do_not_change_the_hash_and_numbers_do(design, tmp_path):
    (tmp_path / "other.yml").write_text(text().replace("waarom", "waarom niet"), "utf-8")
    assert load_design(tmp_path / "other.yml").hash == design().hash
    assert design().replace({"model.base_rate": 0.2}).hash != design().hash


def test_what_is_taken_off_a_claim_goes_the_other_way(design):
    body = COMPLETE.replace(
        "people: 1257", "blocks: {a: {claim: L057, less: people.overdue_at_start}, b: {claim: L058}}"
    ).replace("people.overdue_at_start", "pilots.wij_teams")
    assert design(body).blocks == {"a": 1008, "b": 238}


BAD = [
    ("people: 1257", "people: 400", "7: data.assignment.arms: the arms are larger"),
    ("effect: 0.05", "effect: 0.95", "5: model.effect: the effect of less pushes a share outside 0 to 1"),
    ("people: 1257", "blocks: {a: 1256, b: 1}", "5: model.blocks.b: too few (got 1; expected at least 2)"),
    ("difference_in_means", "change",
     "8: answer.estimator: this estimator cannot run on a complete assignment"),
    ("difference_in_means", "mean",
     "expected one of difference_in_means, regression, cace"),
    ("wald, test", "clopper-pearson, test", "8: answer.interval: does not go with difference_in_means"),
    ("wald, test", "lee, test", "8: answer.interval: bounds are for outcomes that are seen only for some"),
    ("effect: 0.05", "effect: {les: 0.05}", "5: model.effect.les: unknown name; did you mean less?"),
    ("claim: L056", "claim: L05", "no such claim L05"),
    ("0.1,", "{low: 0, high: 1},", "5: model.base_rate: half a range"),
    ("0.1,", "{parameter: pilots.icc_tem},", "no such parameter; did you mean pilots.icc_team?"),
    ("base_rate: 0.1", "base_rate: tien", "5: model.base_rate: not a number (got the text 'tien'"),
    ("kind: complete", "kind: cluster", "5: model.clusters: is missing; cluster needs it"),
    ("alpha: 0.05", "alpha: 1", "8: answer.alpha: outside 0 to 1 (got 1)"),
    ("control: rest", "others: rest", "7: data.assignment.arms: a difference needs an arm called control"),
    ("kind: complete", "kind: rerandomised", "7: data.assignment.tolerance: is missing"),
    ("test: wald", "test: e_process", "8: answer.looks: is missing; e_process needs it"),
    ("kind: complete", "kind: factorial", "7: data.assignment.factors: is missing; factorial needs it"),
    ("people: 1257", "people: 1257.5", "5: model.people: not a whole number (got 1257.5;"),
    ("less: {claim: L056}", "less: rest", "7: data.assignment.arms: only one arm can be the rest"),
    ("less: {claim: L056}", "less: 1257", "7: data.assignment.arms: an arm is empty"),
    ("people: 1257,", "people: 1257, blocks: {a: 9, b: 9},", "5: model.people: the blocks do not add up"),
    ("people: 1257,", "", "5: model: who there is is missing (expected people or blocks)"),
    (", decides: 0.05", ", secondary: {s: {base_rate: 0.9, effect: 0.2}}",
     "6: inquiry.secondary.s: the effect of s"),
    (", decides: 0.05", ", secondary: {people: {base_rate: 0.5, effect: 0}}",
     "6: inquiry.secondary.people: is the name of a column of the data already"),
    ("data: {", "data: {effort: {less: {each: {leter: 1}}}, ",
     "7: data.effort.less.each.leter: unknown name; did you"),
    ("outcome: reached", "outcom: reached", "6: inquiry.outcom: unknown key; did you mean outcome?"),
    ("0.1, effect", "0.1, icc: 0.05, effect", "icc: does nothing here; leave it out, or choose cluster"),
    ("0.1, effect", "0.1, clusters: 11, effect", "5: model.clusters: does nothing here"),
    ("0.1, effect", "0.1, before: 0.2, effect", "5: model.before: does nothing here"),
    ("0.1, effect", "0.1, selection: 0.2, effect", "5: model.selection: does nothing here"),
    ("0.1, effect", "0.1, second_rate: 0.2, effect", "5: model.second_rate: does nothing here"),
    ("kind: complete", "kind: complete, size: 300", "7: data.assignment.size: does nothing here"),
    ("kind: complete", "kind: complete, steps: 3", "7: data.assignment.steps: does nothing here"),
    ("kind: complete", "kind: complete, after: 3", "7: data.assignment.after: does nothing here"),
    ("kind: complete", "kind: complete, factors: [a, b]", "7: data.assignment.factors: does nothing here"),
    ("kind: complete", "kind: complete, tolerance: 0.1", "leave it out, or choose rerandomised"),
    ("alpha: 0.05", "alpha: 0.05, looks: 5", "8: answer.looks: does nothing here"),
    ("effect: 0.05", "effect: -2, scale: odds_ratio", "5: model.effect: the effect of less pushes"),
    ("kind: complete", "kind: blocked", "5: model.blocks: is missing; blocked needs it"),
    ("itt_difference", "share", "6: inquiry.estimand: is not what"),
    ("itt_difference", "interaction", "6: inquiry.estimand: is not what difference_in_means"),
    ("complete", "factorial, factors: [a, a]", "factors: needs at least two names, each once"),
    ("kind: complete", "kind: two_stage, second: [same]", "second: needs at least two names"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), BAD)
def test_what_is_wrong_or_would_do_nothing_is_said_with_its_line(design, old, new, says):
    with pytest.raises(ParameterError) as error:
        design(swap={old: new})
    assert says in str(error.value)


TEAMS = {"people: 1257": "people: 1257, clusters: 11", "complete": "cluster"}
CELLS = {LOTS: "{kind: factorial, factors: [less, more]}"}
GAPS = {"people: 1257": "blocks: {a: 700, b: 557}", "complete": "rerandomised, tolerance: 0.01"}
TOGETHER = [
    (CELLS, "fisher", "holds one arm against control"),
    (CELLS, "permutation", "compares two groups"),
    ({**GAPS, "{claim: L056}": "3, more: 3"}, "permutation", "compares two groups"),
    ({**TEAMS, "{claim: L056}": "3"}, "z", "counts people as if each had been drawn"),
    ({**TEAMS, "{claim: L056}": "3, more: 3"}, "permutation", "compares two groups"),
]
"""What is right alone and wrong together."""


@pytest.mark.parametrize(("swap", "test", "says"), TOGETHER)
def test_what_does_not_go_together_is_refused(design, swap, test, says):
    with pytest.raises(ParameterError, match=f"answer.test: {says}"):
        design(swap={**swap, "test: wald": f"test: {test}"})
    with pytest.raises(ParameterError, match=r"one cluster cannot be told from its treatment"):
        design(swap={**TEAMS, "{claim: L056}": "1"})
