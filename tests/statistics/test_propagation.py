"""Narrowing: never loses a world, and sees by itself what takes a search of splits many steps."""

from fractions import Fraction

from hypothesis import given, settings
from identification_systems import every_world, systems

from kik_analysis.statistics.highs import program
from kik_analysis.statistics.linear_system import Form, System, Variable, between, share
from kik_analysis.statistics.propagation import dive, narrow


def narrowed(system):
    given_program = program(system)
    counted = frozenset(one.name for one in system.variables if one.whole)
    return given_program, counted, narrow(given_program.lines, dict(given_program.limits), counted)


@settings(max_examples=80, deadline=None)
@given(systems(whole=True))
def test_every_world_stays_inside(system):
    _, _, ranges = narrowed(system)
    for world in every_world(system):
        assert ranges is not None
        for name, value in world.items():
            low, high = ranges[name]
            assert low <= value <= high


@settings(max_examples=60, deadline=None)
@given(systems(whole=True, relations=("<=", ">=", "==")))
def test_a_dive_ends_in_a_world_or_in_nothing(system):
    given_program, counted, ranges = narrowed(system)
    world = None if ranges is None else dive(given_program.lines, ranges, counted)
    if world is not None:
        assert system.allows(world)


def test_a_chain_of_roundings_is_followed_to_its_end():
    part, whole = Form.of("part"), Form.of("whole")
    rows = (*share("printed", part, whole, 0.955, 0.965), *between("some", whole, 1, 40))
    _, _, ranges = narrowed(System((Variable("part"), Variable("whole")), rows))
    assert ranges["whole"][0] == 23
    assert ranges["part"][0] == 22


def test_measured_unknowns_do_not_creep_for_ever():
    """x <= 0.99 y and y <= 0.99 x + 0.1 would be narrowed for ever; it stops, and stays right."""
    x, y = Form.of("x"), Form.of("y")
    rows = (
        *between("one", x - y * Fraction(99, 100), None, 0),
        *between("other", y - x * Fraction(99, 100) - Form.of({}, Fraction(1, 10)), None, 0),
    )
    limits = (Fraction(0), Fraction(1000))
    system = System((Variable("x", *limits, whole=False), Variable("y", *limits, whole=False)), rows)
    _, _, ranges = narrowed(system)
    assert ranges["x"][1] < 1000
    assert ranges["x"][1] >= Fraction(99, 199)
