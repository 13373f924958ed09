"""Derivations: evaluated mechanically, exactly, and by nothing but arithmetic over claims."""

import ast
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import DataError
from kik_analysis.facts.claims import claims
from kik_analysis.facts.derivation import enclose, evaluate, ids, parse
from kik_analysis.statistics.rounding import half_up

CLAIMS = claims()
DERIVED = [(name, one) for name in CLAIMS for one in parse(CLAIMS[name].derivation)]
VALUES = {"L001": 7, "L002": 0.5, "D003": 12, "Z0044": 3}


def value(name):
    return CLAIMS[name].number


def holds(expression, stated, value=value):
    """Tell whether an expression, rounded half up to the decimals that are stated, gives the stated value."""
    digits = -int(Decimal(stated).as_tuple().exponent)
    return half_up(evaluate(expression, value) * 10**digits) == int(Decimal(stated).scaleb(digits))


@pytest.mark.parametrize(("name", "derived"), DERIVED, ids=lambda one: one if isinstance(one, str) else "")
def test_every_derivation_gives_the_value_that_is_stated(name, derived):
    assert holds(*derived), f"{name}: {derived[0]} gives {float(evaluate(derived[0], value))}"


def test_there_are_derivations_and_they_read_claims():
    assert len(DERIVED) >= 36
    assert all(ids(expression) for _, (expression, _) in DERIVED)


@pytest.mark.parametrize("printed", ["L010", "L011", "L040", "L042", "L051", "L057", "L058", "D018"])
def test_a_derivation_breaks_when_a_number_it_rests_on_is_misread_by_two_percent(printed):
    wrong = CLAIMS[printed].number * 1.02
    rests = [one for _, one in DERIVED if printed in ids(one[0]) and len(ids(one[0])) > 1]
    broken = [one for one in rests if not holds(*one, lambda name: wrong if name == printed else value(name))]
    assert rests
    assert broken


def test_stated_precision_is_the_tolerance():
    def half(name):
        return 0.5

    assert holds("L001/4", "0.13", half)  # 0.125 rounds half up
    assert not holds("L001/4", "0.12", half)
    assert holds("L001/4", "0.125", half)
    assert not holds("L001/4", "0.126", half)


def test_several_derivations_stand_in_one_cell():
    both = parse("1-L011/L010 -> 0.4851; 1-L042/L040 -> 0.4335")
    assert both == (("1-L011/L010", "0.4851"), ("1-L042/L040", "0.4335"))
    assert ids(both[0][0]) == ("L011", "L010")
    assert parse("") == ()


def test_a_derivation_without_end_is_told_in_short():
    with pytest.raises(DataError, match="not a derivation") as refused:
        parse("L" * 5000)
    assert len(str(refused.value)) < 200


EXPRESSIONS = st.recursive(
    st.sampled_from([*VALUES, "1", "0.25", "40"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=8,
)


def oracle(expression):
    """Python's own evaluation, with every number made an exact fraction."""
    tree = ast.parse(expression, mode="eval")

    class Exact(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.parse(f"Fraction('{node.value}')", mode="eval").body

    names = {name: Fraction(str(number)) for name, number in VALUES.items()}
    code = compile(ast.fix_missing_locations(Exact().visit(tree)), "oracle", "eval")
    return eval(code, {"Fraction": Fraction, **names})


@given(EXPRESSIONS)
def test_evaluation_agrees_with_python_in_exact_fractions(expression):
    try:
        expected = oracle(expression)
    except ZeroDivisionError:
        with pytest.raises(DataError, match="division by zero"):
            evaluate(expression, VALUES.__getitem__)
    else:
        assert evaluate(expression, VALUES.__getitem__) == expected


@given(EXPRESSIONS, st.integers(0, 3), st.integers(0, 3), st.fractions(0, 1))
def test_bounds_enclose_every_point_between_the_limits(expression, below, above, share):
    limits = {name: (number - below, number + above) for name, number in VALUES.items()}
    try:
        low, high = enclose(expression, limits.__getitem__)
        point = {n: float(low_ + Fraction(share) * (high_ - low_)) for n, (low_, high_) in limits.items()}
        inside = evaluate(expression, point.__getitem__)
    except DataError:
        return  # a divisor that may be zero is refused, as the next test shows
    slack = Fraction(1, 10**9) * max(1, abs(low), abs(high))
    assert low - slack <= inside <= high + slack


def test_a_divisor_that_may_be_zero_is_refused():
    with pytest.raises(DataError, match="division by zero"):
        enclose("1/L001", lambda name: (-1, 2))


REFUSED = (
    "L001**2 | L001.real | abs(L001) | __import__('os') | 'L001' | L001 if L002 else 1 | [L001] | L001 < L002"
)
REFUSED += " | True | lambda: 1 | len | l001 | L01 | L001 + | L001 // 2 | 1e400j | +L001"


@pytest.mark.parametrize("expression", [*REFUSED.split(" | "), "(" * 150 + "1", "L001+" * 60 + "1", ""])
def test_anything_but_arithmetic_over_claims_is_refused(expression):
    with pytest.raises(DataError, match=r"expected"):
        parse(f"{expression} -> 1")
    with pytest.raises(DataError, match=r"expected"):
        evaluate(expression, VALUES.__getitem__)


@pytest.mark.parametrize("cell", ["L001", "L001 -> ", "-> 5", "L001 -> about 5", "L001 -> 5; "])
def test_a_cell_that_is_no_derivation_is_refused(cell):
    with pytest.raises(DataError, match="expected EXPRESSION -> NUMBER"):
        parse(cell)
