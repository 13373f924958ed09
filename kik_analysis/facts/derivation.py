"""Derivations: an expression over claim ids and the value it gives, such as ``L011/L010 -> 0.5149``.

Evaluated by walking the syntax tree, in exact fractions; nothing but numbers, ids, ``+ - * /`` and
parentheses is understood. A cell may hold several derivations, separated by a semicolon.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kik_analysis.errors import DataError

CLAIM_ID = re.compile(r"[A-Z][0-9]{3,4}")
STATED = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LONGEST = 200
"""Characters of an expression; longer ones are refused before they are parsed."""

Bounds = tuple[Fraction, Fraction]

_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Derivation:
    """An expression over claims and the value that is stated for it.

    Attributes
    ----------
    expression
        As written.
    stated
        The value as written; its decimals say how precisely it is stated.
    ids
        The claims it reads, in order of appearance.
    """

    expression: str
    stated: str
    ids: tuple[str, ...]

    def evaluate(self, value: Callable[[str], int | float]) -> Fraction:
        """Return the exact value of the expression; ``value`` gives that of a claim id."""
        return evaluate(self.expression, value)

    def holds(self, value: Callable[[str], int | float]) -> bool:
        """Tell whether the expression, rounded half up, gives the stated value."""
        digits = -int(Decimal(self.stated).as_tuple().exponent)
        scaled: Fraction = self.evaluate(value) * 10**digits
        return (scaled + Fraction(1, 2)) // 1 == int(Decimal(self.stated).scaleb(digits))


def _tree(expression: str) -> ast.expr:
    if len(expression) > LONGEST:
        raise DataError(f"expression too long (got {len(expression)} characters; expected {LONGEST} at most)")
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DataError(
            f"not an expression (got {expression}; expected ids, numbers, + - * / and ())"
        ) from None


def _refuse(expression: str) -> DataError:
    return DataError(
        f"not allowed in an expression (got {expression}; expected ids, numbers, + - * / and ())"
    )


def _ids(node: ast.expr, expression: str) -> tuple[str, ...]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _ids(left, expression) + _ids(right, expression)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _ids(operand, expression)
        case ast.Name(id=name) if CLAIM_ID.fullmatch(name):
            return (name,)
        case ast.Constant(value=value) if type(value) in (int, float):
            return ()
    raise _refuse(expression)


def parse(text: str) -> tuple[Derivation, ...]:
    """Return the derivations in a cell; none for an empty one.

    Raises
    ------
    DataError
        When a part is not ``EXPRESSION -> NUMBER`` or the expression holds anything but claim ids,
        numbers, the four operations and parentheses.
    """
    found = []
    for part in text.split(";") if text else []:
        expression, arrow, stated = (piece.strip() for piece in part.partition("->"))
        if not (expression and arrow and STATED.fullmatch(stated)):
            raise DataError(f"not a derivation (got {part.strip()}; expected EXPRESSION -> NUMBER)")
        ids = dict.fromkeys(_ids(_tree(expression), expression))
        found.append(Derivation(expression, stated, tuple(ids)))
    return tuple(found)


def _exact(number: int | float) -> Fraction:
    """Read a decimal as the decimal that is printed: 0.51 is 51/100."""
    return Fraction(str(number))


def evaluate(expression: str, value: Callable[[str], int | float]) -> Fraction:
    """Return the exact value of an expression over claims.

    Parameters
    ----------
    expression
        Claim ids, numbers, ``+ - * /`` and parentheses.
    value
        Gives the value of a claim id.

    Raises
    ------
    DataError
        When the expression is not allowed or divides by zero.
    """
    low, high = enclose(expression, lambda name: (value(name), value(name)))
    assert low == high, "points in, a point out"
    return low


def enclose(expression: str, limits: Callable[[str], tuple[int | float, int | float]]) -> Bounds:
    """Return bounds of an expression when each claim lies anywhere between its limits.

    Interval arithmetic (Moore, 1966): sharp when every id stands in the expression once, otherwise still
    an enclosure.

    Parameters
    ----------
    expression
        As for :func:`evaluate`.
    limits
        Gives low and high of a claim id.

    Raises
    ------
    DataError
        When the expression is not allowed, or a divisor may be zero.
    """
    tree = _tree(expression)
    _ids(tree, expression)
    return _walk(tree, limits)


def _walk(node: ast.expr, limits: Callable[[str], tuple[int | float, int | float]]) -> Bounds:
    match node:
        case ast.Constant(value=value):
            exact = Fraction(str(value))
            return exact, exact
        case ast.Name(id=name):
            named = limits(name)
            return _exact(named[0]), _exact(named[1])
        case ast.UnaryOp(operand=operand):
            low, high = _walk(operand, limits)
            return -high, -low
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _walk(left, limits), _walk(right, limits)
            if isinstance(op, ast.Div) and second[0] <= 0 <= second[1]:
                raise DataError(f"division by zero (got {ast.unparse(node)}; expected a divisor above zero)")
            corners = [_OPERATORS[type(op)](a, b) for a in first for b in second]
            return min(corners), max(corners)
    raise _refuse(ast.unparse(node))
