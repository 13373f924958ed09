"""Statements that cannot all hold, and statements that a limit rests on: sets that are enough and no more."""

from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from identification_systems import every_world, forms, systems

from kik_analysis.statistics.conflict import InconsistentError, conflict, feasible, support
from kik_analysis.statistics.identification import interval
from kik_analysis.statistics.linear_system import DEFINITION, Constraint, Form, System, Variable, between

MANY = settings(max_examples=50, deadline=None)
ONE = Form.of({}, 1)


@MANY
@given(systems(whole=True, most=7))
def test_a_conflict_is_irreducible(system):
    labels = conflict(system)
    assert (labels is None) == any(True for _ in every_world(system))
    if labels is None:
        return
    assert not any(True for _ in every_world(system.keeping(labels)))
    for label in labels:
        fewer = system.keeping([one for one in labels if one != label])
        assert any(True for _ in every_world(fewer))


@MANY
@given(systems(whole=True, most=5), st.data())
def test_the_labels_of_a_limit_are_enough_and_no_more(system, data):
    form = data.draw(forms([one.name for one in system.variables]))
    assume(feasible(system))
    high = interval(system, form).high
    best = max(form.at(world) for world in every_world(system.keeping(high.labels)))
    assert best == high.value
    for label in high.labels:
        fewer = system.keeping([one for one in high.labels if one != label])
        assert max(form.at(world) for world in every_world(fewer)) > high.value


@settings(max_examples=50, deadline=None)
@given(systems(whole=True, most=4), st.data())
def test_the_labels_of_a_ratio_are_enough(system, data):
    names = [one.name for one in system.variables]
    of, per = data.draw(forms(names)), data.draw(forms(names, st.just(60)))
    assume(feasible(system))
    assume(all(per.at(world) > 0 for world in every_world(System(system.variables, ()))))
    found = interval(system, of, per)
    worlds = list(every_world(system.keeping(found.low.labels)))
    assert min(of.at(world) / per.at(world) for world in worlds) == found.low.value


def test_of_two_statements_that_do_the_same_work_the_first_declared_stays():
    a = Form.of("a")
    rows = (*between("first", a, None, 5), *between("second", a, None, 5), *between("third", a, None, 9))
    system = System((Variable("a"),), rows)
    assert support(system, a, ONE, Fraction(5)) == ("first",)
    assert interval(system, a).low.labels == ()


def test_a_limit_that_rests_on_whole_numbers_names_what_makes_it_so():
    """2a + 2b <= 7 leaves 3 in whole numbers; the relaxation alone would say 3.5."""
    rows = (*between("sum", Form.of({"a": 2, "b": 2}), None, 7), *between("idle", Form.of("a"), None, 50))
    system = System((Variable("a"), Variable("b")), rows)
    high = interval(system, Form.of({"a": 1, "b": 1})).high
    assert (high.value, high.labels) == (3, ("sum",))


def test_definitions_that_contradict_each_other_need_no_claim():
    rows = (*between(DEFINITION, Form.of("a"), 2, None), *between(DEFINITION, Form.of("a"), None, 1))
    system = System((Variable("a"),), (*rows, Constraint("L001", Form.of("a"), ">=")))
    assert conflict(system) == ()
    assert InconsistentError(()).lines == (
        "the definitions contradict each other; no claim or assumption is needed for that",
    )


def test_a_definition_is_never_blamed():
    total = Form.of({"a": 1, "b": 1})
    rows = (
        *between(DEFINITION, total, None, 10),
        *between("L001", Form.of("a"), 6, None),
        *between("L002", Form.of("b"), 6, None),
        *between("L003", Form.of("b"), 3, None),
    )
    system = System((Variable("a"), Variable("b")), rows)
    assert conflict(system) == ("L001", "L002")


def test_what_does_not_bear_on_a_question_is_left_out_but_still_has_to_hold():
    rows = (*between("a", Form.of("a"), 1, 3), *between("b", Form.of("b"), 5, None))
    system = System((Variable("a"), Variable("b")), rows)
    part = system.around(Form.of("a"))
    assert part.names == {"a"}
    assert part.labels == ("a",)
    broken = system.adding(*between("c", Form.of("b"), None, 4))
    assert conflict(broken) == ("b", "c")
