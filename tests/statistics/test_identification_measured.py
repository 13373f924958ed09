"""Measured unknowns: the intervals are those of the corners, found by Cramer's rule in fractions."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from identification_systems import every_corner, forms, systems

from kik_analysis.errors import ModelError
from kik_analysis.statistics.identification import interval
from kik_analysis.statistics.linear_fractional import charnes_cooper, dinkelbach, largest_ratio
from kik_analysis.statistics.linear_system import Constraint, Form, System, Variable, between
from kik_analysis.statistics.optimum import largest, smallest

MANY = settings(max_examples=35, deadline=None)
CLOSED = ("<=", ">=", "==")


@MANY
@given(systems(whole=False, relations=CLOSED), st.data())
def test_both_ends_are_those_of_the_corners(system, data):
    form = data.draw(forms([one.name for one in system.variables]))
    values = [form.at(corner) for corner in every_corner(system)]
    low, high = smallest(system, form), largest(system, form)
    if not values:
        assert low is None
        assert high is None
        return
    assert (low.value, high.value) == (min(values), max(values))
    assert system.allows(low.world)
    assert system.allows(high.world)


@MANY
@given(systems(whole=False, relations=CLOSED), st.data())
def test_the_ends_of_a_ratio_are_those_of_the_corners(system, data):
    """A ratio with a positive denominator is quasi-linear, so a corner attains each end."""
    names = [one.name for one in system.variables]
    of, per = data.draw(forms(names)), data.draw(forms(names, st.integers(1, 40)))
    corners = list(every_corner(system))
    assume(corners)
    if min(per.at(corner) for corner in corners) <= 0:
        with pytest.raises(ModelError, match="a ratio needs a positive one"):
            interval(system, of, per)
        return
    ratios = [of.at(corner) / per.at(corner) for corner in corners]
    found = interval(system, of, per)
    assert (found.low.value, found.high.value) == (min(ratios), max(ratios))
    assert of.at(found.high.world) == found.high.value * per.at(found.high.world)


@settings(max_examples=15, deadline=None)
@given(systems(whole=False, relations=CLOSED), st.data())
def test_charnes_cooper_and_dinkelbach_agree(system, data):
    """Two methods that share no step: one linear program, and a series of them with exact ratios."""
    names = [one.name for one in system.variables]
    of, per = data.draw(forms(names)), data.draw(forms(names, st.just(60)))
    least = smallest(system, per)
    assume(least is not None and least.value > 0)
    assert largest_ratio(system, of, per).value == dinkelbach(system, of, per, least.world).value


def test_charnes_cooper_makes_the_rows_homogeneous():
    """By hand: a <= 4 becomes y - 4 t <= 0, and the denominator a + 2 becomes y + 2 t = 1."""
    system = System((Variable("a", whole=False),), between("L", Form.of("a"), None, 4))
    other, form = charnes_cooper(system, Form.of("a", 1), Form.of("a", 2))
    scale = next(name for name in other.names if name != "a")
    forms_found = {one.form for one in other.constraints}
    assert form == Form.of({"a": 1, scale: 1})
    assert Form.of({"a": 1, scale: -4}) in forms_found
    assert Form.of({"a": 1, scale: 2}, -1) in forms_found


def test_a_strict_limit_is_approached_and_not_attained():
    below = Constraint("below", Form.of("a", -1), "<")
    system = System((Variable("a", whole=False),), (below,))
    found = interval(system, Form.of("a"))
    assert (found.high.value, found.high.attained) == (1, False)
    assert (found.low.value, found.low.attained) == (0, True)


@pytest.mark.parametrize("relation", ["<", "<="])
def test_a_strict_limit_decides_whether_anything_is_left(relation):
    rows = (*between("from", Form.of("a"), 1, None), Constraint("to", Form.of("a", -1), relation))
    system = System((Variable("a", whole=False),), rows)
    assert (largest(system, Form.of("a")) is None) == (relation == "<")


def test_a_form_without_limit_has_none():
    system = System((Variable("a", whole=False), Variable("b", whole=False)), ())
    found = interval(system, Form.of({"a": 1, "b": -1}))
    assert tuple(found) == (None, None)
    assert found.high.world is None
    assert found.high.labels == ()


@pytest.mark.parametrize("whole", [True, False])
def test_a_ratio_may_only_be_approached_along_an_endless_direction(whole):
    """a / (a + 1) comes as near to one as one likes; no world has one."""
    system = System((Variable("a", whole=whole),), ())
    found = interval(system, Form.of("a"), Form.of("a", 1))
    assert (found.low.value, found.low.attained) == (0, True)
    assert (found.high.value, found.high.attained, found.high.world) == (1, False, None)


@pytest.mark.parametrize("whole", [True, False])
def test_a_ratio_without_limit_has_none(whole):
    system = System((Variable("a", whole=whole), Variable("b", Fraction(1), Fraction(2), whole=whole)), ())
    assert tuple(interval(system, Form.of("a"), Form.of("b"))) == (0, None)


@pytest.mark.parametrize("whole", [True, False])
def test_a_ratio_better_than_its_endless_direction(whole):
    """(a + 5) / (a + 1) falls towards one; its best is at nought, its floor is never reached."""
    system = System((Variable("a", whole=whole),), ())
    found = interval(system, Form.of("a", 5), Form.of("a", 1))
    assert (found.high.value, found.high.attained) == (5, True)
    assert (found.low.value, found.low.attained) == (1, False)


def test_a_denominator_that_can_be_nought_is_named_with_a_world():
    system = System((Variable("a", whole=False), Variable("b", whole=False)), ())
    with pytest.raises(ModelError, match=r"the denominator a \+ b can be 0 \(a 0, b 0\)"):
        interval(system, Form.of("a"), Form.of({"a": 1, "b": 1}))


def test_a_denominator_without_lower_limit_is_refused():
    system = System((Variable("a", None, Fraction(3), whole=False),), ())
    with pytest.raises(ModelError, match="the denominator a has no lower limit"):
        interval(system, Form.of({}, 1), Form.of("a"))


def test_a_decimal_is_the_fraction_it_says():
    system = System((Variable("a", whole=False),), between("L", Form.of("a"), 0.1, 0.3))
    assert interval(system, Form.of("a")).high.value == Fraction(3, 10)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "x", None])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(ModelError, match="expected a finite number"):
        between("L", Form.of("a"), bad, 1) if bad is not None else Form.of({"a": bad})


def test_an_unknown_variable_is_named():
    with pytest.raises(ModelError, match="no variable b; known are a"):
        System((Variable("a"),), between("L", Form.of("b"), 0, 1))
    with pytest.raises(ModelError, match="the variable a stands twice"):
        System((Variable("a"), Variable("a")), ())
