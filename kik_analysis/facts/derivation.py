"""Derivations: an expression over claim ids and the value it gives, such as ``L011/L010 -> 0.5149``.

Evaluated by walking the syntax tree, in exact fractions; nothing but numbers, ids, ``+ - * /`` and
parentheses is understood. A cell may hold several derivations, separated by a semicolon.
"""

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from kik_analysis.errors import DataError
from kik_analysis.reading.problems import short
from kik_analysis.statistics.rounding import written

CLAIM_ID = re.compile(r"[A-Z][0-9]{3,4}")
STATED = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LONGEST = 200
"""Characters of an expression; longer ones are refused before they are parsed."""
NUMERALS = (1, 2, 100)
"""What a row of data may hold beside claims: a whole, two halves of it, and a percentage of it."""

Number = int | float | Fraction
Reader = Callable[[Any], Any]

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _tree(expression: str) -> ast.expr:
    if len(expression) > LONGEST:
        raise DataError(f"expression too long (got {len(expression)} characters; expected {LONGEST} at most)")
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused("not an expression", expression) from None
    for node in ast.walk(tree):
        allowed = (
            (isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS)
            or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (isinstance(node, ast.Name) and CLAIM_ID.fullmatch(node.id))
        )
        if not allowed and not isinstance(node, ast.operator | ast.expr_context):
            raise _refused("not allowed in an expression", expression)
    return tree


def _refused(what: str, expression: str) -> DataError:
    return DataError(f"{what} (got {short(expression)}; expected ids, numbers, + - * / and ())")


def ids(expression: str) -> tuple[str, ...]:
    """Return the claims in an expression, each once, in order of appearance.

    DataError when it holds anything but claim ids, numbers, the four operations and parentheses.
    """
    names = [node for node in ast.walk(_tree(expression)) if isinstance(node, ast.Name)]
    return tuple(dict.fromkeys(node.id for node in sorted(names, key=lambda node: node.col_offset)))


def row(expression: str) -> str:
    """Return an expression as a row of data may hold it.

    DataError when it holds another number than :data:`NUMERALS`, names no claim, or names one that does not
    matter: its value then stays the same whatever was published.
    """
    for node in ast.walk(_tree(expression)):
        if isinstance(node, ast.Constant) and node.value not in NUMERALS:
            raise DataError(f"the number {node.value!r} has no source; write it as a claim")
    names = ids(expression)
    if not names:
        raise DataError("names no claim")
    # any numbers show it, as long as no two of them are alike: the decimals of the square root of two
    given = {name: written(2.414213 + place * 0.732051) for place, name in enumerate(names)}
    usual = evaluate(expression, given.__getitem__)
    for name in names:
        if evaluate(expression, {**given, name: given[name] + 1}.__getitem__) == usual:
            raise DataError(f"does not change with {name}; leave it out")
    return expression


def parse(text: str) -> tuple[tuple[str, str], ...]:
    """Return the derivations in a cell: each expression and the value stated for it, as written.

    DataError when a part is not ``EXPRESSION -> NUMBER``, or its expression is refused by :func:`ids`.
    """
    found = []
    for part in text.split(";") if text else []:
        expression, arrow, stated = (piece.strip() for piece in part.partition("->"))
        if not (expression and arrow and STATED.fullmatch(stated)):
            raise DataError(f"not a derivation (got {short(part.strip())}; expected EXPRESSION -> NUMBER)")
        ids(expression)
        found.append((expression, stated))
    return tuple(found)


as_it_is: Reader = operator.pos
"""Gives a number unchanged: whole numbers stay whole, decimals stay floats."""


def evaluate(expression: str, value: Callable[[str], Number], number: Reader = written) -> Any:
    """Return the exact value of an expression over claims.

    ``expression``: claim ids, numbers, ``+ - * /`` and parentheses. ``value``: gives the value of a claim id.
    ``number``: as for :func:`enclose`. DataError when the expression is not allowed or divides by zero.
    """
    low, high = enclose(expression, lambda name: (value(name),) * 2, number)
    assert low == high, "points in, a point out"
    return low


def enclose(
    expression: str, limits: Callable[[str], tuple[Number, Number]], number: Reader = written
) -> tuple[Any, Any]:
    """Return bounds of an expression when each claim lies anywhere between its limits.

    Interval arithmetic (Moore, 1966): sharp when every id stands in the expression once, otherwise still
    an enclosure.

    ``expression``: as for :func:`evaluate`. ``limits``: gives low and high of a claim id. ``number``: makes a
    number what is computed with: an exact fraction, or as it is with :data:`as_it_is`. DataError when the
    expression is not allowed, or a divisor may be zero.
    """

    def walk(node: ast.expr) -> tuple[Any, Any]:
        match node:
            case ast.Name(id=name):
                low, high = limits(name)
                return number(low), number(high)
            case ast.BinOp(left=left, op=op, right=right):
                first, second = walk(left), walk(right)
                if isinstance(op, ast.Div) and second[0] <= 0 <= second[1]:
                    where = ast.unparse(node)
                    raise DataError(f"division by zero (got {where}; expected a divisor above zero)")
                corners = [_OPERATORS[type(op)](a, b) for a in first for b in second]
                return min(corners), max(corners)
        assert isinstance(node, ast.Constant)
        assert isinstance(node.value, int | float)
        return (number(node.value),) * 2

    return walk(_tree(expression))
