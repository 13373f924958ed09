"""What the letters leave open: each interval against arithmetic by hand and against trying every world."""

import math
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from kik_analysis import project
from kik_analysis.errors import ModelError
from kik_analysis.evidence.reads import Evidence, recording
from kik_analysis.facts.bounds import Bound, bound, bound_number, bounds, bounds_worlds, in_words
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.facts.identification import identification
from kik_analysis.statistics.identification import InconsistentError, example, feasible

PROJECT, ONCE, SOME = "figure1_within_project", "no_other_repeats", "some_follow_ups"
LINES = (Path(__file__).parent / "bounds_by_hand.txt").read_text(encoding="utf-8").splitlines()
ROWS = (line.split(" | ") for line in LINES if not line.startswith("#"))
BY_HAND = {(question, given): (eval(low), eval(high)) for question, given, low, high in ROWS}


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Bound]:
    system = identification()
    asked = ((name, given) for name in system.quantities for given in system.sets(name))
    return {(name, " ".join(given)): bound(name, given) for name, given in asked}


def test_the_questions_are_those_worked_out_by_hand(found):
    assert set(found) == set(BY_HAND)


@pytest.mark.parametrize("key", BY_HAND, ids=" | ".join)
def test_each_interval_is_the_one_worked_out_by_hand(key, found):
    for limit, expected in zip(found[key], BY_HAND[key], strict=True):
        if expected is None:
            assert limit is None
        else:
            assert limit == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("quantity", "printed"),
    [
        ("success_per_invitation_never_spoken", ("38.3", "51.5")),
        ("spoken_of_approached", ("75.8", "94.3")),
        ("figure2_unaccounted", ("517", "715")),
        ("known_to_wij", ("0", "1019")),
    ],
)
def test_the_numbers_of_the_ledger_come_out_first(quantity, printed):
    number = bound_number(quantity)
    assert (f"{number.low:.{number.decimals}f}", f"{number.high:.{number.decimals}f}") == printed


def worlds_of_the_funnel(least: int):
    """Yield first invitations and people spoken to, by trying every number of follow-up invitations."""
    for invited in range(least, 13275):
        for spoken in range(
            math.ceil(Fraction(191, 200) * invited), math.floor(Fraction(193, 200) * invited) + 1
        ):
            if 3939 <= 6835 - spoken >= spoken:
                yield Fraction(6835 - spoken, 13275 - invited)


@pytest.mark.parametrize(("least", "given"), [(0, (PROJECT, ONCE)), (1, (PROJECT, ONCE, SOME))])
def test_success_per_invitation_is_that_of_all_worlds(least, given):
    exact = bound("success_per_invitation_never_spoken", given).exact
    ratios = list(worlds_of_the_funnel(least))
    assert (exact.low.value, exact.high.value) == (min(ratios), max(ratios))


def test_exactly_96_percent_leaves_whole_people_in_twenty_fives():
    """Without rounding 0.96 v must be whole, so v goes in steps of 25: 3,000 is the last that fits."""
    with substituted(claims().replace("L015", low=0.96, high=0.96)):
        exact = bound("success_per_invitation_never_spoken").exact
    assert exact.low.value == Fraction(6835 - 2880, 13275 - 3000)


def test_every_limit_is_attained_in_a_world_that_agrees_with_everything(found):
    system = identification()
    for one in found.values():
        of, per = system.quantity(one.quantity).forms
        part = system.system(system.bearing(one.quantity, one.assumptions), of, per)
        for end in (one.exact.low, one.exact.high):
            if end.value is None:
                continue
            assert part.allows(end.world)
            assert of.at(end.world) == end.value * per.at(end.world)


def test_the_worlds_shown_are_worlds_with_those_values():
    frame = bounds_worlds("success_per_invitation_never_spoken", (PROJECT, ONCE)).frame
    at = dict(zip(frame["unknown"], frame.select("at_low", "at_high").rows(), strict=True))
    for place, ratio in enumerate((3939 / 10273, 6835 / 13275)):
        world = {name: values[place] for name, values in at.items()}
        assert world["people_spoken"] / world["invitations_never_spoken"] == pytest.approx(ratio)
        assert world["conversations"] == world["people_spoken"] + world["follow_up_conversations"]
        assert world["declined_now"] + world["known_to_wij"] == 1019
    system = identification()
    forms = system.quantity("people_spoken").forms
    part = system.system(system.bearing("people_spoken", (PROJECT,)), *forms)
    assert example(part, *forms, Fraction(3938)) is None


def test_the_claims_named_are_those_the_limits_move_with(found):
    """Each of them, a unit up or down, moves one of the limits of some set; others read leave them be."""
    one = found["figure2_unaccounted", "no_overlap over_read_narrowly"]
    assert one.claims == ("L042", "L048", "L049", "L0491", "L0492")
    for name in one.claims:
        claim = claims()[name]
        more = {part: getattr(claim, part) + 1 for part in ("value", "low", "high")}
        with substituted(claims().replace(name, **more)):
            moved = bound(one.quantity, one.assumptions)
        assert tuple(moved) != tuple(one)


@pytest.mark.parametrize(
    ("quantity", "read"),
    [
        ("known_to_wij", {"L057"}),
        ("figure2_unaccounted", {"L042", "L048", "L049", "L0491", "L0492"}),
        ("spoken_of_approached", {"L042", "L057", "L058"}),
    ],
)
def test_only_claims_that_bear_on_a_question_are_read(quantity, read):
    with recording() as record:
        bound(quantity)
    assert {one.name for one in record.reads if one.kind == "claim"} == read
    assert [one.name for one in record.reads if one.kind == "file"] == ["params/identification.yml"]
    assert record.evidence is Evidence.BOUNDED


def test_reads_are_the_same_when_the_answer_is_already_known():
    def reads():
        with recording() as record:
            bound("people_invited")
        return record.reads

    assert reads() == reads()


def test_a_named_number_has_limits_and_no_value():
    number = bound_number("people_invited")
    assert (number.id, number.value, number.low, number.high) == ("bounds.people_invited", None, 4177, 13275)
    assert (number.unit, number.evidence) == ("persons", Evidence.BOUNDED)
    assert {"claim:L010", "claim:L042", "claim:L058"} <= set(number.reads)
    assert bound_number("people_invited", ()).id == "bounds.people_invited.unconditional"
    assert bound_number("people_invited", (PROJECT,)).id == "bounds.people_invited"
    assert bound_number("people_spoken", (ONCE,)).id == f"bounds.people_spoken.{ONCE}"
    share = bound_number("spoken_of_approached")
    assert share.unit == "percent"
    assert share.low == pytest.approx(100 * 3939 / 5196)


def test_the_table_has_every_question():
    table = bounds()
    assert table.frame.height == len(BY_HAND)
    assert table.frame.filter(pl.col("low").is_null())["quantity"].to_list() == ["resolved_outside_pilot"]
    assert 'resolved_outside_pilot,,,persons,"",L056' in table.csv()
    assert table.frame.filter(pl.col("unit") == "share")["high"].max() < 1
    assert all(cell.split(" ") == sorted(set(cell.split(" "))) for cell in table.frame["claims"])


def test_reader_tables_hold_the_same_rows(found):
    tables = [in_words(part) for part in ("shares", "counts", "ratios")]
    rows = {(quantity, given): (low, high) for t in tables for quantity, given, low, high in
            t.frame.select("quantity", "assumptions", "low", "high").iter_rows()}  # fmt: skip
    assert set(rows) == set(found)
    for key, (low, high) in rows.items():
        for shown, limit in ((low, found[key].low), (high, found[key].high)):
            assert (shown is None) == (limit is None)
            assert limit is None or shown == pytest.approx(limit, abs=1e-6)


def test_a_contradiction_names_statements_that_cannot_all_hold_and_no_more():
    with pytest.raises(InconsistentError) as caught:
        bound("spoken_of_approached", ["half_of_the_group"])
    labels = caught.value.labels
    assert set(labels) == {"L042", "L051", "L057", "L058", "half_of_the_group"}
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("spoken_of_approached: these cannot all hold: L042, ")
    system = identification()
    part = system.system(system.bearing("spoken_of_approached", ["half_of_the_group"]))
    assert not feasible(part.keeping(labels))
    for label in labels:
        assert feasible(part.keeping([one for one in labels if one != label]))


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ModelError, match=r"no quantity people_spokn; did you mean people_spoken\?"):
        bounds("people_spokn")
    with pytest.raises(ModelError, match=r"no assumption no_overlp; did you mean no_overlap\?"):
        bounds("figure2_unaccounted", ["no_overlp"])


def test_more_assumptions_never_widen_an_interval(found):
    for (quantity, given), narrow in found.items():
        for (other, fewer), wide in found.items():
            if quantity == other and set(fewer.split()) < set(given.split()):
                assert wide.low is None or narrow.low >= wide.low
                assert wide.high is None or narrow.high <= wide.high


def test_every_part_of_the_file_is_used():
    system = identification()
    sets = [(), *((name,) for name in system.assumptions)]
    statements = [one for given in sets for one in system.whole(given).constraints]
    assert set(system.variables) == frozenset().union(*(one.form.names for one in statements))
    listed = {name for one in system.quantities.values() for given in one.given for name in given}
    assert set(system.assumptions) - listed == {"half_of_the_group"}


def test_other_claims_and_another_file_may_stand_in(tmp_path):
    changed = claims().replace("L042", value=4000, low=4000, high=4000)
    assert bounds("people_spoken", claims=changed).low == 4000
    assert bounds("people_spoken").low == 3939
    table = bounds(claims=changed).frame
    assert table.filter(pl.col("quantity") == "people_spoken")["low"].max() == 4000
    own, head = tmp_path / "own.yml", "format: 1\nkind: identification\n"
    base = project.params("identification.yml").resolve().as_posix()
    own.write_text(f"{head}extends: {base}\nclaims: [{{claim: L040, of: backlog}}]\n")
    with pytest.raises(InconsistentError, match="L040"):
        bounds(file=own)
    with pytest.raises(InconsistentError, match="L040"):
        bounds("people_spoken", [], file=own)


def test_a_bound_prints_with_its_conditions():
    assert str(bound("spoken_of_approached")).splitlines() == [
        "spoken_of_approached: 75.8% to 94.3%",
        "  given: backlog_not_approached",
        "  rests on: L042, L057, L058",
    ]
    assert str(bound("resolved_outside_pilot", ())).startswith(
        "resolved_outside_pilot: no limit to no limit (persons)\n  given: no assumptions"
    )
