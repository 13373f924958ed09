"""Intervals of what is not known: against trying every world, closed forms, and linear relaxations."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from kik_analysis.errors import ModelError
from kik_analysis.statistics import identification
from kik_analysis.statistics.identification import (
    InconsistentError,
    UnsettledError,
    conflict,
    example,
    feasible,
    interval,
)
from kik_analysis.statistics.linear_system import ONE, Constraint, Form, System, between

FEW = settings(max_examples=20)
A, B = Form.of("a"), Form.of("b")
RELATIONS = ("<=", ">=", "==", "<", ">")
FACTORS = st.integers(-4, 4) | st.sampled_from([Fraction(1, 2), Fraction(-3, 4), Fraction(19, 20), 0.1])


@st.composite
def forms(draw, names, low=-12, high=12):
    return Form.of({name: draw(FACTORS) for name in names}, draw(st.integers(low, high)))


@st.composite
def systems(draw, most=4):
    """Return two or three unknowns in a small box, with constraints of every kind."""
    names = ("a", "b", "c")[: draw(st.integers(2, 3))]
    rows = []
    for name, low in ((name, draw(st.integers(0, 3))) for name in names):
        rows += between("", Form.of(name), low, low + draw(st.integers(0, 4)))
    rows += [
        Constraint(f"L{place}", draw(forms(names)), draw(st.sampled_from(RELATIONS)))
        for place in range(draw(st.integers(0, most)))
    ]
    return System(names, tuple(rows))


def every_world(system):
    """Return every world of a system in a box, by trying all points."""
    points = itertools.product(range(8), repeat=len(system.variables))
    worlds = (dict(zip(system.variables, point, strict=True)) for point in points)
    return [world for world in worlds if all(one.holds(world) for one in system.constraints)]


@given(systems(), st.data())
def test_both_ends_of_a_form_and_of_a_ratio_are_those_of_all_worlds(system, data):
    of, per = data.draw(forms(system.variables)), data.draw(forms(system.variables, 1, 40))
    worlds = every_world(system)
    if not worlds:
        with pytest.raises(InconsistentError):
            interval(system, of)
        return
    ratios = [(ONE, [of.at(world) for world in worlds])]
    if min(per.at(world) for world in worlds) <= 0:
        with pytest.raises(ModelError, match="a ratio needs a positive one"):
            interval(system, of, per)
    else:
        ratios.append((per, [of.at(world) / per.at(world) for world in worlds]))
    for below, values in ratios:
        found = interval(system, of, below)
        assert (found.low.value, found.high.value) == (min(values), max(values))
        for end in (found.low, found.high):
            assert system.allows(end.world)
            assert of.at(end.world) == end.value * below.at(end.world)


@given(systems(most=7))
def test_a_conflict_is_irreducible(system):
    labels = conflict(system)
    assert (labels is None) == bool(every_world(system))
    if labels is not None:
        assert not every_world(system.keeping(labels))
        assert all(every_world(system.keeping({*labels} - {one})) for one in labels)


@given(systems(most=5), st.data())
def test_the_labels_of_a_limit_are_enough_and_no_more(system, data):
    of, per = data.draw(forms(system.variables)), data.draw(st.sampled_from([ONE, ONE * 3]))
    assume(every_world(system))
    high = interval(system, of, per).high

    def best(labels):
        return max(of.at(world) / per.at(world) for world in every_world(system.keeping(labels)))

    assert best(high.labels) == high.value
    assert all(best({*high.labels} - {one}) > high.value for one in high.labels)


@given(systems(), st.data())
def test_the_example_is_the_first_of_all_worlds_with_that_value(system, data):
    of, worlds = data.draw(forms(system.variables)), every_world(system)
    assume(worlds)
    value = data.draw(st.sampled_from(sorted({of.at(world) for world in worlds})))
    first = min(tuple(world.values()) for world in worlds if of.at(world) == value)
    found = example(system, of, ONE, value)
    assert tuple(found[name] for name in system.variables) == first
    assert example(system, of, ONE, max(of.at(world) for world in worlds) + 1) is None


def relaxed(system, of, sign):
    """Return the end of a form were people divisible: by HiGHS, which shares no step with CP-SAT."""
    names, rows, most = system.variables, [], []
    for one in system.constraints:
        for side in {"<=": (1,), "==": (1, -1), ">=": (-1,)}[one.relation]:
            rows.append([side * float(dict(one.form.terms).get(name, 0)) for name in names])
            most.append(-side * float(one.form.constant))
    cost = [-sign * float(dict(of.terms).get(name, 0)) for name in names]
    found = linprog(cost, A_ub=np.array(rows), b_ub=most)  # at least nought, each
    return None if found.x is None else -sign * found.fun


@FEW
@given(st.lists(st.integers(0, 3000), min_size=4, max_size=4), st.sampled_from([3, 50, 96]))
def test_whole_people_lie_within_the_linear_relaxation(counts, share):
    """Thousands of people, shares as printed: too many worlds to try."""
    names = tuple("abcd")
    total = Form.of(dict.fromkeys(names, 1))
    rows = [*between("total", total, sum(counts), None)]
    for name, most in zip(names, counts, strict=True):
        rows += between(name, Form.of(name), 0, most + 9)
    low, high = (Fraction(10 * share + side, 1000) for side in (-5, 5))
    rows += between("share", A, low, high, per=A + B)
    system = System(names, tuple(rows))
    for form in (A, total - Form.of("d")):
        ends = [relaxed(system, form, sign) for sign in (-1, 1)]
        if None in ends or not feasible(system):
            assert not feasible(system)
            continue
        low, high = interval(system, form)
        assert ends[0] - 1e-6 <= low <= high <= ends[1] + 1e-6


@FEW
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(1, n), st.integers(0, n), st.just(n))))
def test_a_table_of_which_the_margins_are_known(margins):
    """Frechet (1935) for the cell and the union, Duncan & Davis (1953) for the share of one in the other."""
    a, b, n = margins
    cells = ("both", "only_a", "only_b", "neither")
    in_a, in_b = Form.of({"both": 1, "only_a": 1}), Form.of({"both": 1, "only_b": 1})
    rows = (
        *between("a", in_a, a, a),
        *between("b", in_b, b, b),
        *between("n", Form.of(dict.fromkeys(cells, 1)), n, n),
    )
    system = System(cells, rows)
    assert tuple(interval(system, Form.of("both"))) == (max(0, a + b - n), min(a, b))
    assert tuple(interval(system, in_a + Form.of("only_b"))) == (max(a, b), min(n, a + b))
    share = interval(system, Form.of("both"), in_a)
    assert (share.low.value, share.high.value) == (Fraction(max(0, a + b - n), a), Fraction(min(a, b), a))


@FEW
@given(st.integers(1, 2000), st.integers(0, 2000))
def test_the_counts_behind_a_rounded_share(n, k):
    """A share printed in whole percents, both ends taken in: the counts that trying each one leaves."""
    printed = Fraction(round(100 * min(k, n) / n), 100)
    low, high = printed - Fraction(1, 200), printed + Fraction(1, 200)
    possible = [count for count in range(n + 1) if low <= Fraction(count, n) <= high]
    rows = (*between("share", A, low, high, per=B), *between("n", B, n, n), *between("", A - B, None, 0))
    assert tuple(interval(System(TWO, rows), A)) == (possible[0], possible[-1])


def test_the_smallest_group_in_which_96_percent_can_be_printed():
    """22 of 23 is the first share between 95.5 and 96.5 percent: rounding alone limits whole people."""
    rows = (*between("printed", A, 0.955, 0.965, per=B), *between("some", B, 1, None))
    system = System(TWO, rows)
    low = interval(system, B).low
    assert (low.value, low.world) == (23, {"a": 22, "b": 23})
    assert set(low.labels) == {"printed", "some"}


TWO, MANY, REACHED = ("a", "b"), 10**9 + 7, (True, True)
OPEN = System(TWO, ())
"""Two unknowns about which nothing is known."""
LIMITS = {
    "grows for ever": (OPEN, A, ONE, (0, None), (True, False)),
    "falls for ever": (OPEN, ONE * 3 - A, ONE, (None, 3), (False, True)),
    "a difference": (OPEN, A - B, ONE, (None, None), (False, False)),
    "a ratio that is approached": (OPEN, A, A + ONE, (0, 1), (True, False)),
    "a ratio that falls towards one": (OPEN, A + ONE * 5, A + ONE, (1, 5), (False, True)),
    "a ratio without limit": (System(TWO, between("", B, 1, 2)), A, B, (0, None), (True, False)),
    "a limit beyond the first ceiling": (
        System(TWO, (*between("x", A - B * 1000, None, 0), *between("", B, None, 10**6))),
        A,
        ONE,
        (0, 10**9),
        REACHED,
    ),
    "strict sides": (
        System(("a",), (Constraint("u", A * 2 - ONE * 7, "<"), Constraint("l", A, ">"))),
        A,
        ONE,
        (1, 3),
        REACHED,
    ),
    "large numbers": (System(TWO, between("sum", A + B, MANY, MANY)), A, ONE, (0, MANY), REACHED),
    "whole": (System(TWO, between("sum", A * 2 + B * 2, None, 7)), A + B, ONE, (0, 3), REACHED),
}


@pytest.mark.parametrize("case", LIMITS)
def test_limits_by_hand(case):
    system, of, per, ends, attained = LIMITS[case]
    found = interval(system, of, per)
    assert (found.low.value, found.high.value) == ends
    assert (found.low.world is not None, found.high.world is not None) == attained


REFUSED = {
    r"the denominator a \+ b can be 0 \(a 0, b 0\); a ratio needs": lambda: interval(OPEN, A, A + B),
    "the denominator a - 1 b has no lower limit": lambda: interval(OPEN, ONE, A - B),
    "no variable c; known are a, b": lambda: interval(OPEN, Form.of("c")),
    "no variable b; known are a": lambda: System(("a",), between("L", B, 0, 1)),
    "the variable a stands twice": lambda: System(("a", "a"), ()),
    "L: these numbers are too large": lambda: interval(OPEN.adding(*between("L", A, 0.029 - 1e-17, 1, B)), A),
    "expected a finite number": lambda: between("L", A, math.nan, 1),
    "got 'x'; expected a finite number": lambda: Form.of({"a": "x"}),
    "got None; expected a finite number": lambda: Form.of({"a": None}),
    "these cannot all hold: odd;": lambda: interval(OPEN.adding(*between("odd", A * 2 - B * 2, 1, 1)), A),
    "the definitions contradict each other; no": lambda: interval(System(("a",), between("", A, 5, 3)), A),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message):
    with pytest.raises(ModelError, match=message):
        REFUSED[message]()


def test_a_definition_is_never_blamed():
    rows = (
        *between("", A + B, None, 10),
        *between("L001", A, 6, None),
        *between("L002", B, 6, None),
        *between("L003", B, 3, None),
    )
    assert conflict(System(TWO, rows)) == ("L001", "L002")


def test_a_contradiction_that_narrowing_alone_would_creep_towards_is_settled():
    """a < b and b < a: each step of narrowing moves a limit by one, ten million times."""
    rows = (Constraint("one", A - B, "<"), Constraint("other", B - A, "<"))
    assert conflict(OPEN.adding(*rows)) == ("one", "other")


def test_the_limit_on_work_is_said_and_doubt_keeps_a_statement(monkeypatch):
    rows = (*between("x", A * 7 - B * 11 - ONE, 0, 0), *between("y", A, 3, None), *between("z", B, 5, None))
    system = OPEN.adding(*rows)
    monkeypatch.setattr(identification, "WORK", 0.0)
    with pytest.raises(UnsettledError, match="no answer within the limit on work"):
        feasible(system)
    assert identification._fewest(("x", "y"), lambda labels: feasible(system)) == ("x", "y")


def test_the_same_bytes_twice():
    system = OPEN.adding(*between("x", A, 0.955, 0.965, per=B), *between("n", B, 1, 400))
    first = interval(system, A, B)
    interval.cache_clear()
    assert repr(interval(system, A, B)) == repr(first)
