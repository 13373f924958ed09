"""Whole unknowns: the intervals are those that trying every world gives."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from identification_systems import every_world, forms, systems

from kik_analysis.errors import ModelError
from kik_analysis.statistics import branch_and_bound, optimum
from kik_analysis.statistics.conflict import InconsistentError
from kik_analysis.statistics.highs import Answer
from kik_analysis.statistics.identification import example, interval
from kik_analysis.statistics.linear_system import Constraint, Form, System, Variable, between, share
from kik_analysis.statistics.optimum import exceeds, largest, smallest

MANY = settings(max_examples=50, deadline=None)


@MANY
@given(systems(whole=True), st.data())
def test_both_ends_are_those_of_all_worlds(system, data):
    form = data.draw(forms([one.name for one in system.variables]))
    values = [form.at(world) for world in every_world(system)]
    low, high = smallest(system, form), largest(system, form)
    if not values:
        assert low is None
        assert high is None
        return
    assert (low.value, high.value) == (min(values), max(values))
    for end in (low, high):
        assert end.attained
        assert system.allows(end.world)
        assert form.at(end.world) == end.value


@MANY
@given(systems(whole=True), st.data())
def test_the_ends_of_a_ratio_are_those_of_all_worlds(system, data):
    names = [one.name for one in system.variables]
    of, per = data.draw(forms(names)), data.draw(forms(names, st.integers(1, 40)))
    worlds = list(every_world(system))
    assume(worlds)
    if min(per.at(world) for world in worlds) <= 0:
        with pytest.raises(ModelError, match="a ratio needs a positive one"):
            interval(system, of, per)
        return
    ratios = [of.at(world) / per.at(world) for world in worlds]
    found = interval(system, of, per)
    assert (found.low.value, found.high.value) == (min(ratios), max(ratios))
    for end in (found.low, found.high):
        assert system.allows(end.world)
        assert of.at(end.world) == end.value * per.at(end.world)


@MANY
@given(systems(whole=True), st.data())
def test_exceeding_nought_is_decided_as_by_trying_all_worlds(system, data):
    form = data.draw(forms([one.name for one in system.variables]))
    assert exceeds(system, form) == any(form.at(world) > 0 for world in every_world(system))


@pytest.mark.parametrize("status", ["optimal", "infeasible", "open"])
def test_a_solver_that_lies_changes_nothing(status, monkeypatch):
    """Whatever comes back from HiGHS, only what is proved counts: at worst the search takes longer."""

    @settings(max_examples=25, deadline=None)
    @given(systems(whole=True), st.data())
    def check(system, data):
        numbers = st.floats(-9, 9)

        def lie(given_program, form, limits):
            x = tuple(data.draw(numbers) for _ in given_program.order)
            return Answer(status, x, tuple(data.draw(numbers) for _ in given_program.rows))

        form = data.draw(forms([one.name for one in system.variables]))
        values = [form.at(world) for world in every_world(system)]
        with monkeypatch.context() as patch:
            patch.setattr(branch_and_bound, "relaxed", lie)
            patch.setattr(branch_and_bound, "whole", lie)
            patch.setattr(optimum, "relaxed", lie)
            largest.cache_clear()
            found = largest(system, form)
        assert (found.value if found else None) == max(values, default=None)

    check()
    largest.cache_clear()


def test_very_long_decimals_are_taken_at_their_word():
    """0.035 + 0.004 is 0.039000000000000007 in floating point: a coefficient of seventeen digits."""
    part, whole = Form.of("part"), Form.of("whole")
    rows = (*share("printed", part, whole, 0.025 + 0.004, 0.035 + 0.004), *between("n", whole, 13275, 13275))
    found = interval(System((Variable("part"), Variable("whole")), rows), part)
    assert tuple(found) == (385, 517)


@settings(max_examples=40, deadline=None)
@given(systems(whole=True), st.data())
def test_the_example_is_the_first_of_all_worlds_with_that_value(system, data):
    form = data.draw(forms([one.name for one in system.variables]))
    worlds = list(every_world(system))
    assume(worlds)
    value = data.draw(st.sampled_from(sorted({form.at(world) for world in worlds})))
    first = min(tuple(world.values()) for world in worlds if form.at(world) == value)
    assert tuple(example(system, form, None, value).values()) == first


def test_no_example_of_a_value_that_no_world_has():
    system = System((Variable("a", Fraction(0), Fraction(5)),), ())
    assert example(system, Form.of("a"), None, Fraction(1, 2)) is None


def test_an_equation_that_no_whole_numbers_solve():
    """Without limits no search would come to an end; the coefficients alone say it."""
    system = System((Variable("a"), Variable("b")), between("odd", Form.of({"a": 2, "b": -2}), 1, 1))
    assert largest(system, Form.of("a")) is None


def test_the_smallest_group_in_which_96_percent_can_be_printed():
    """22 of 23 is the first share between 95.5 and 96.5 percent: rounding alone limits whole people."""
    part, whole = Form.of("part"), Form.of("whole")
    rows = (*share("printed", part, whole, 0.955, 0.965), *between("some", whole, 1, None))
    system = System((Variable("part"), Variable("whole")), rows)
    found = smallest(system, whole)
    assert found.value == 23
    assert found.world == {"part": 22, "whole": 23}


def test_a_limit_that_presolve_of_the_mixed_integer_solver_got_wrong():
    """Found on the letters' own system: HiGHS 1.12 reported 7,377 here, with a proof; it is 4,177.

    Twenty-three whole unknowns, none of them unusual. The limits are proved without its word.
    """
    invited, spoken, never = Form.of("invited"), Form.of("spoken"), Form.of("never")
    talks, again, talked_again = Form.of("talks"), Form.of("again"), Form.of("talked_again")
    other, talked_other = Form.of("other"), Form.of("talked_other")
    first, letters = Form.of("first"), Form.of("letters")
    missed, declined = Form.of("missed"), Form.of("declined")
    rows = [
        *between("", letters - talks - missed - declined, 0, 0),
        *between("", letters - first - again - other, 0, 0),
        *between("", talks - spoken - talked_again - talked_other, 0, 0),
        *between("", talked_again - again, None, 0),
        *between("", talked_other - other, None, 0),
        *between("", talked_again - spoken, None, 0),
        *between("", invited - spoken - never, 0, 0),
        *between("", invited - first, None, 0),
        *between("letters", letters, 13275, 13275),
        *between("talks", talks, 6835, 6835),
        *share("missed", missed, letters, 0.025, 0.035),
        *share("again", talked_again, again, 0.955, 0.965),
        *between("spoken", spoken, 3939, None),
        *between("never", never, 238, None),
    ]
    names = "letters talks missed declined first again talked_again other talked_other invited spoken never"
    system = System(tuple(Variable(name) for name in names.split()), tuple(rows))
    assert interval(system, invited).low.value == 4177
    assert interval(system, invited).high.value == 13275
    assert interval(system, spoken, first).high.value == Fraction(6835, 6835 + 238)


def test_large_numbers_stay_exact():
    system = System(
        (Variable("a"), Variable("b")),
        (
            *between("sum", Form.of({"a": 1, "b": 1}), 10**9 + 7, 10**9 + 7),
            *between("odd", Form.of({"a": 3, "b": -7}), None, 1),
        ),
    )
    found = interval(system, Form.of("a"), Form.of("b"))
    assert found.high.value == Fraction(700000005, 300000002)
    assert found.low.value == 0


def test_a_system_without_worlds_names_its_conflict():
    system = System(
        (Variable("a"),), (*between("L001", Form.of("a"), 3, None), *between("L002", Form.of("a"), None, 2))
    )
    with pytest.raises(InconsistentError, match="these cannot all hold: L001, L002") as caught:
        interval(system, Form.of("a"))
    assert caught.value.labels == ("L001", "L002")


def test_a_strict_limit_moves_to_the_next_whole_number():
    system = System(
        (Variable("a"),),
        (Constraint("below", Form.of({"a": 2}, -7), "<"), Constraint("above", Form.of("a"), ">")),
    )
    assert tuple(interval(system, Form.of("a"))) == (1, 3)


def test_a_strict_limit_on_a_measured_unknown_among_whole_ones_is_refused():
    system = System(
        (Variable("a"), Variable("x", whole=False)), (Constraint("x", Form.of({"a": 1, "x": -1}), "<"),)
    )
    with pytest.raises(ModelError, match="a strict limit stands on a variable that is not whole"):
        interval(system, Form.of("a"))


def test_whole_and_measured_unknowns_together():
    """Hours are measured, conversations counted: 7 hours at 1.5 hours each allow 4, and leave an hour."""
    talks, hours = Form.of("talks"), Form.of("hours")
    rows = (*between("left", hours + talks * 1.5 - Form.of({}, 7), 0, 0),)
    system = System((Variable("talks"), Variable("hours", whole=False)), rows)
    found = largest(system, talks)
    assert found.value == 4
    assert found.world["hours"] == 1
    assert smallest(system, hours - talks * 2).value == -7


@pytest.mark.parametrize("value", [-7.4, 0.5, 3.0], ids=["below", "above", "far above"])
def test_a_split_never_widens_limits(value):
    """A solver's value outside what an unknown may be is no place to split."""
    system = System((Variable("x", -5, -1, whole=True), Variable("y", 0, 9, whole=True)), ())
    limits = {"x": (-5, -1), "y": (0, 9)}
    broken = branch_and_bound._most_broken(system, limits, (value, 2.5))
    assert broken == ("y", 2.5)
    for part in branch_and_bound._split(limits, *broken):
        for name, (low, high) in part.items():
            assert limits[name][0] <= low
            assert high <= limits[name][1]
