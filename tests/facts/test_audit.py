"""The audit: verdicts on numbers, each from the claims, each moving when a claim is planted."""

import re
from itertools import product

import pytest

from kik_analysis.facts import audit
from kik_analysis.facts.audit import Closes, Verdict
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.facts.derivation import parse
from kik_analysis.facts.numbers import number
from kik_analysis.language import sentences

ALIKE = {
    "not_derivable": "L003 L013 L015 L017 L019 D008 D036",
    "recomputes": "L012 L043 L045 L046 L0471",
    "does_not_recompute": "L024",
    "impossible_denominator": "D019 D020",
}
VERDICTS = {claim: verdict for verdict, names in ALIKE.items() for claim in names.split()}
BY_HAND = {
    "L012": 6835 / 13275,
    "L024": 1 - 3939 / 6953,
    "L043": 3939 / 6953,
    "L045": 1019 / 6953,
    "L046": 238 / 6953,
    "L0471": 1757 / 6953,
    "D019": 23 / 29,
    "D020": 17 / 29,
}


def found(claim):
    return audit.examine(next(one for one in audit.shares() if one.claim == claim))


def test_verdicts():
    table = audit.audit().frame
    assert dict(table.select("claim", "verdict").iter_rows()) == VERDICTS


def test_recomputed_values():
    table = dict(audit.audit().frame.select("claim", "recomputed").iter_rows())
    known = {claim: value for claim, value in table.items() if value is not None}
    assert known == {claim: pytest.approx(value, abs=5e-7) for claim, value in BY_HAND.items()}


def test_a_share_recomputes_when_it_lies_where_print_leaves_it():
    for row in audit.audit().frame.iter_rows(named=True):
        if row["recomputed"] is None:
            assert row["verdict"] == "not_derivable"
        else:
            inside = row["low"] <= row["recomputed"] < row["high"]
            assert inside == (row["verdict"] == "recomputes"), row["claim"]


def test_no_printed_share_is_forgotten():
    shares = {
        name for name in claims() if claims()[name].unit == "share" and claims()[name].value is not None
    }
    assert shares == {share.claim for share in audit.shares(every=True)}


def test_expressions_are_those_of_the_ledger():
    for share in audit.shares():
        if share.expression:
            assert share.expression in dict(parse(claims()[share.claim].derivation))


@pytest.mark.parametrize(
    ("planted", "value", "seen", "verdict"),
    [
        ("L043", 0.58, "L043", "does_not_recompute"),
        ("L042", 3339, "L043", "does_not_recompute"),
        ("L042", 3477, "L024", "recomputes"),
        ("D018", 30, "D019", "not_derivable"),
        ("D019", 0.79, "D019", "not_derivable"),
        ("L058", 638, "L046", "does_not_recompute"),
    ],
)
def test_a_planted_number_changes_the_verdict_and_its_explanation(planted, value, seen, verdict):
    was = claims()[planted]
    half = 0.005 if was.unit == "share" else 0
    other = claims().replace(planted, value=value, low=value - half, high=value + half)
    before = audit.explanation(found(seen), "nl").plain
    with substituted(other):
        after = found(seen)
        assert after.verdict == verdict
        assert audit.explanation(after, "nl").plain != before


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("claim", VERDICTS)
def test_explanations_hold_traced_numbers_only(claim, lang):
    text = audit.explanation(found(claim), lang)
    assert text.plain.endswith(".")
    assert not re.search(r"\d", re.sub(r"<data .*?</data>", "", text.html))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_no_explanation_waits_for_a_verdict_that_cannot_be(lang):
    verdicts = {str(verdict) for verdict in Verdict}
    for key in sentences.keys("audit"):
        if key.startswith("audit.explanation."):
            assert key.rpartition(".")[2] in verdicts, key
    for verdict in verdicts:
        assert sentences.has(f"audit.explanation.{verdict}")
        assert sentences.text(f"audit.verdict.{verdict}", lang).plain


def test_innocent_reading_of_a_share_of_a_small_group():
    text = audit.explanation(found("D019"), "en").plain
    assert "23" in text
    assert "79.31%" in text
    assert "nothing untrue" in text


def test_half_of_the_people_fits_the_invitations():
    text = audit.explanation(found("L024"), "nl").plain
    assert {"43,3%", "3.014", "48,5%"} <= set(re.findall(r"[\d.,]*\d%?", text))


def test_counts_of_verdicts():
    printed, *verdicts = audit.counted().values()
    assert [one.value for one in verdicts] == [5, 1, 2, 7]
    assert printed.value == sum(one.value for one in verdicts) == len(VERDICTS)


def test_identities():
    rows = {row["identity"]: row for row in audit.identities().frame.iter_rows(named=True)}
    first = rows["figure_one"]
    assert (first["computed"], first["difference"], first["closes"]) == (6953, 0, "holds")
    text = rows["figure_one_text"]
    assert (text["computed"], text["difference"], text["closes"]) == (6946, 7, "within_rounding")
    second = rows["figure_two"]
    assert (second["computed"], second["difference"], second["closes"]) == (3274, 665, "does_not_hold")
    assert (3939 - second["high"], 3939 - second["low"]) == (517, 715)
    assert (rows["referred"]["computed"], rows["referred"]["stated"]) == (1457, 1432)


def test_people_wanting_to_do_something_by_trying_the_corners():
    corners = [(1 - active) * wants * 6835 for active, wants in product((0.475, 0.485), (0.405, 0.415))]
    wanting = number("audit.wanting")
    assert (wanting.low, wanting.high) == (pytest.approx(min(corners)), pytest.approx(max(corners)))
    assert wanting.low < 1432 < wanting.value


def test_a_sum_that_holds_stops_holding():
    with substituted(claims().replace("L051", value=1750, low=1750, high=1750)):
        assert audit.identities().frame["closes"][0] == Closes.DOES_NOT_HOLD


def test_quoted_counts_and_their_static_differences():
    rows = list(audit.quoted_counts().frame.iter_rows(named=True))
    shown = [(row["printed"], row["computed"], row["difference"], row["verdict"]) for row in rows]
    assert shown == [
        (1447, 1257, 190, "not_derivable"),
        (600, 757, 157, "not_derivable"),
        (600, 947, 347, "not_derivable"),
    ]
    # 600 may be anything from 550 to 649
    assert [(row["low"], row["high"]) for row in rows[1:]] == [(757 - 649, 757 - 550), (947 - 649, 947 - 550)]
    left = number("audit.left_by_pilot")
    assert (left.value, left.low, left.high) == (None, 157, 347)


def test_two_rates():
    rates = dict(audit.reach_rates().frame.select("rate", "share").iter_rows())
    assert rates == {
        "per_invitation": pytest.approx(0.514878, abs=5e-7),
        "per_person": pytest.approx(3939 / 5196, abs=5e-7),
        "per_person_floor": pytest.approx(3939 / 6953, abs=5e-7),
    }
    assert number("audit.per_person").value == pytest.approx(75.8, abs=0.05)
    assert number("audit.per_person_floor").value == pytest.approx(56.7, abs=0.05)


def test_small_group_by_steps_of_rounding():
    rows = list(audit.grim_checks().frame.iter_rows(named=True))
    shown = [(row["claim"], row["step"], row["possible"], row["low"], row["high"]) for row in rows]
    assert shown == [
        ("D019", 0.01, False, None, None),
        ("D019", 0.05, True, 23, 23),
        ("D019", 0.1, True, 22, 24),
        ("D020", 0.01, False, None, None),
        ("D020", 0.05, True, 17, 18),
        ("D020", 0.1, True, 16, 18),
    ]
