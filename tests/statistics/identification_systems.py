"""Small systems for the tests of identification, and slow, independent ways to solve them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction

from hypothesis import strategies as st

from kik_analysis.statistics.linear_system import Constraint, Form, System, Variable

NAMES = ("a", "b", "c")
RELATIONS = ("<=", ">=", "==", "<", ">")
COEFFICIENTS = (
    st.integers(-4, 4) | st.sampled_from([Fraction(1, 2), Fraction(-3, 4), Fraction(19, 20)])
).map(Fraction)


def forms(names: Iterable[str] = NAMES, constants: st.SearchStrategy[int] | None = None):
    """Return a strategy for linear forms in some variables."""
    names = tuple(names)
    constant = st.integers(-12, 12) if constants is None else constants
    return st.builds(
        lambda factors, one: Form.of(dict(zip(names, factors, strict=True)), one),
        st.tuples(*(COEFFICIENTS for _ in names)),
        constant,
    )


@st.composite
def systems(draw, *, whole: bool, relations: tuple[str, ...] = RELATIONS, most: int = 4):
    """Return a strategy for systems of two or three variables in a small box."""
    names = NAMES[: draw(st.integers(2, 3))]
    variables = []
    for name in names:
        low = draw(st.integers(-3, 1))
        variables.append(Variable(name, Fraction(low), Fraction(low + draw(st.integers(0, 4))), whole=whole))
    count = draw(st.integers(0, most))
    constraints = tuple(
        Constraint(f"L{place}", draw(forms(names)), draw(st.sampled_from(relations)))
        for place in range(count)
    )
    return System(tuple(variables), constraints)


def every_world(system: System) -> Iterator[dict[str, Fraction]]:
    """Yield every world of a system of whole unknowns in a box, by trying all points."""
    axes = [range(int(one.low), int(one.high) + 1) for one in system.variables]
    for point in itertools.product(*axes):
        world = {one.name: Fraction(value) for one, value in zip(system.variables, point, strict=True)}
        if all(one.holds(world) for one in system.constraints):
            yield world


def _planes(system: System) -> list[tuple[dict[str, Fraction], Fraction]]:
    """Return all rows and limits as equations ``terms = value``."""
    planes = [(dict(one.form.terms), -one.form.constant) for one in system.constraints]
    for one in system.variables:
        planes += [({one.name: Fraction(1)}, one.low), ({one.name: Fraction(1)}, one.high)]
    return planes


def _cramer(planes: tuple[tuple[dict[str, Fraction], Fraction], ...], names: list[str]):
    """Return the one point in all of some planes, as many as there are names; None without one."""

    def determinant(rows: list[list[Fraction]]) -> Fraction:
        if len(rows) == 1:
            return rows[0][0]
        return sum(
            (-1) ** place * rows[0][place] * determinant([r[:place] + r[place + 1 :] for r in rows[1:]])
            for place in range(len(rows))
        )

    matrix = [[terms.get(name, Fraction(0)) for name in names] for terms, _ in planes]
    below = determinant(matrix)
    if below == 0:
        return None
    point = {}
    for place, name in enumerate(names):
        swapped = [
            [*row[:place], value, *row[place + 1 :]] for row, (_, value) in zip(matrix, planes, strict=True)
        ]
        point[name] = determinant(swapped) / below
    return point


def every_corner(system: System) -> Iterator[dict[str, Fraction]]:
    """Yield every corner of a system of measured unknowns in a box, by Cramer's rule in fractions."""
    names = [one.name for one in system.variables]
    for planes in itertools.combinations(_planes(system), len(names)):
        point = _cramer(planes, names)
        if point is not None and system.allows(point):
            yield point
