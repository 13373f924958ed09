"""A design file: what is in it arrives, and what is wrong in it is said with its line."""

import pytest
from pilot_files import COMPLETE, rows, text

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


BAD = rows("bad_designs.txt")


@pytest.mark.parametrize(("old", "new", "says"), BAD)
def test_what_is_wrong_or_would_do_nothing_is_said_with_its_line(design, old, new, says):
    with pytest.raises(ParameterError) as error:
        design(swap=dict(zip(old.split(" && "), new.split(" && "), strict=True)))
    assert says in str(error.value)
