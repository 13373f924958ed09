"""The grammar of answers, and the rule that turns a chance into a verdict."""

import pytest

from kik_analysis.answers import wording
from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import Estimate, Number
from kik_analysis.evidence.reads import Evidence


def number(value=None, low=None, high=None, unit="persons", decimals=0):
    return Number("a.b", value, low, high, unit, decimals, Evidence.SIMULATED, ("simulation:s",), "here")


@pytest.mark.parametrize(
    ("chance", "verdict"),
    [(1, "yes"), (0.9, "yes"), (0.89, "probably_yes"), (0.66, "probably_yes"),
     (0.65, "depends"), (0.5, "depends"), (0.35, "depends"), (0.34, "probably_no"),
     (0.11, "probably_no"), (0.1, "no"), (0, "no")],
)  # fmt: skip
def test_the_rule_for_verdicts(chance, verdict):
    assert wording.verdict(chance) == verdict


@pytest.mark.parametrize(
    ("one", "limit", "least", "most"),
    [(number(5), number(5), "holds", "holds"), (number(4), number(5), "fails", "holds"),
     (number(None, 4, 6), number(5), "between", "between"),
     (number(None, 5, 6), number(5), "holds", "between"),
     (number(None, 1, 3), number(None, 3, 4), "between", "holds"),
     (number(None, 7, 9), number(None, 3, 4), "holds", "fails"),
     (number(5, 5.1), number(5), "holds", "between")],
)  # fmt: skip
def test_a_number_beside_its_limit(one, limit, least, most):
    assert wording.judged(one, limit) == least
    assert wording.judged(one, limit, most=True) == most


def test_a_chance_lies_between_nought_and_one():
    with pytest.raises(ModelError, match="got 90"):
        wording.verdict(90)


@pytest.mark.parametrize(
    ("percent", "nl", "en"),
    [(0, "in geen enkele berekening", "in no calculation"),
     (4.2, "in bijna geen enkele berekening", "in hardly any calculation"),
     (8, "in 1 van de 10 berekeningen", "in 1 of 10 calculations"),
     (81, "in 8 van de 10 berekeningen", "in 8 of 10 calculations"),
     (97.9, "in bijna alle berekeningen", "in nearly all calculations"),
     (100, "in alle berekeningen", "in all calculations")],
)  # fmt: skip
def test_chances_in_tens(percent, nl, en):
    chance = number(percent, unit="percent")
    assert wording.chance(chance, "nl").plain == nl
    assert wording.chance(chance, "en").plain == en


@pytest.mark.parametrize(
    ("made", "nl", "en"),
    [(number(0), "geen mensen", "no people"), (number(1), "1 mens", "1 person"),
     (number(10), "10 mensen", "10 people"), (number(None, 0, 0), "geen mensen", "no people"),
     (number(None, 0, 1), "hoogstens 1 mens", "at most 1 person"), (number(None, 1, 1), "1 mens", "1 person"),
     (number(None, 9.6, 10.4), "10 mensen", "10 people"),
     (number(5, 3, 10), "3 tot 10 mensen", "3 to 10 people"),
     (number(1, unit="weeks"), "1 week", "1 week"), (number(2, unit="weeks"), "2 weken", "2 weeks"),
     (number(1.5, unit="fte", decimals=1), "1,5 fte", "1.5 FTE"),
     (number(None, 65000, 100000, "euro"), "€\N{NO-BREAK SPACE}65.000 tot €\N{NO-BREAK SPACE}100.000",
      "€\N{NO-BREAK SPACE}65,000 to €\N{NO-BREAK SPACE}100,000"),
     (number(0, unit="fte"), "0 fte", "0 FTE"),
     (number(None, 0, 100, "percent"), "0% tot 100%", "0% to 100%"),
     (number(None, 12, 34, "percent"), "12% tot 34%", "12% to 34%")],
)  # fmt: skip
def test_amounts(made, nl, en):
    assert wording.amount(made, "nl").plain == nl
    assert wording.amount(made, "en").plain == en


@pytest.mark.parametrize(
    ("value", "told"), [(0, 0), (7, 7), (99, 99), (104, 100), (1252, 1300), (3949, 3900), (-1252, -1300)]
)
def test_large_numbers_are_told_in_round_figures(value, told):
    assert wording.about(value) == told


@pytest.mark.parametrize(
    ("low", "high", "decimals", "counted", "said"),
    [(0, 111.2, 0, True, 120), (0.4, 15.2, 0, True, 16), (0, 1000, 0, True, 1000), (0, 0.4, 0, True, 0.4),
     (0, 15.2, 0, False, 16), (0, 3.14, 1, False, 3.2), (0, 100 * 0.07, 0, False, 7),
     (0, 1204, 0, True, 1300), (5, 111.2, 0, True, 110), (5, 15.2, 0, False, 15.2)],
)  # fmt: skip
def test_at_most_holds_for_what_it_is_said_of(low, high, decimals, counted, said):
    assert wording.told(Estimate(None, low, high), decimals, counted=counted).high == pytest.approx(said)


def test_every_number_in_a_sentence_can_be_traced():
    text = wording.fill(
        "{a.some}, {b.chance}", "nl", {"a": number(0), "b": number(81, unit="percent")}, "F:1: x"
    )
    assert set(text.numbers) == {"a.b", "a.b/tens", "a.b/ten"}


def test_a_missing_number_is_named_with_its_place():
    with pytest.raises(ModelError, match=r"F:1: x: \{a\.some\}: this number does not exist"):
        wording.fill("{a.some}", "nl", {}, "F:1: x")
