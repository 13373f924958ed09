"""Calls to HiGHS (Huangfu & Hall 2018) through scipy: floating-point answers, to be proved elsewhere.

What comes back is a suggestion. HiGHS's own word is not taken for it: on a system of this project its
mixed-integer presolve once gave an optimum that was not one, with a proof to match.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from kik_analysis.errors import ModelError
from kik_analysis.statistics.linear_system import Form, Relation, System, whole_multiple
from kik_analysis.statistics.propagation import Line, Lines, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Limits = Mapping[str, tuple[int | Fraction | None, int | Fraction | None]]
"""Lowest and highest value of each variable; None for no limit."""


LARGE = 1e4
"""Coefficients beyond which a row is scaled down for HiGHS, which refuses or misjudges very large ones."""


@dataclass(frozen=True)
class Row:
    """A constraint with whole, coprime coefficients: ``form <= 0``, or ``form == 0``."""

    form: Form
    equal: bool

    @functools.cached_property
    def scale(self) -> float:
        """Return what the row is multiplied by before HiGHS sees it."""
        most = max((abs(factor) for _, factor in self.form.terms), default=Fraction(0))
        return 1.0 if most <= LARGE else float(1 / most)


@dataclass(frozen=True)
class Program:
    """A system as HiGHS takes it: rows in the order of the system's constraints, and the arrays."""

    system: System
    rows: tuple[Row, ...]
    order: Mapping[str, int]
    arrays: Mapping[str, Any]

    @property
    def limits(self) -> Limits:
        """Return the natural limits of the variables, those of whole unknowns moved to whole numbers."""
        found: dict[str, tuple[int | Fraction | None, int | Fraction | None]] = {}
        for one in self.system.variables:
            low, high = one.low, one.high
            if low is not None:
                low = math.ceil(low) if one.whole else plain(Fraction(low))
            if high is not None:
                high = math.floor(high) if one.whole else plain(Fraction(high))
            found[one.name] = (low, high)
        return found

    @functools.cached_property
    def lines(self) -> Lines:
        """Return the rows as inequalities with whole coefficients; an equation is two."""
        lines: list[Line] = []
        for row in self.rows:
            terms = tuple((name, int(factor)) for name, factor in row.form.terms)
            constant = plain(row.form.constant)
            lines.append((terms, constant))
            if row.equal:
                lines.append((tuple((name, -factor) for name, factor in terms), -constant))
        return Lines(lines)

    def costs(self, form: Form) -> Floats:
        """Return the coefficients of a form in the order of the variables."""
        import numpy as np

        costs = np.zeros(len(self.order))
        for name, factor in form.terms:
            costs[self.order[name]] = float(factor)
        return costs


@dataclass(frozen=True)
class Answer:
    """What HiGHS says about a maximum.

    Attributes
    ----------
    status
        ``optimal``, ``infeasible``, or ``open`` for anything else, an unlimited maximum included.
    x
        Value of each variable.
    prices
        Dual value of each row: what the maximum gains per unit of room; empty for whole unknowns.
    """

    status: Literal["optimal", "infeasible", "open"]
    x: tuple[float, ...] = ()
    prices: tuple[float, ...] = ()


def _row(system: System, form: Form, relation: Relation) -> Row:
    """Return a constraint as a row; in whole unknowns its limit is moved to the next whole number."""
    if relation in (">=", ">"):
        form, relation = -form, "<=" if relation == ">=" else "<"
    form, _ = whole_multiple(form)
    counted = {variable.name for variable in system.variables if variable.whole}
    if relation != "==" and form.names <= counted:
        outer = math.floor(form.constant) + 1 if relation == "<" else math.ceil(form.constant)
        form = Form(form.terms, Fraction(outer))
    elif relation == "<" and system.whole:
        raise ModelError(
            "a strict limit stands on a variable that is not whole, in a system that counts whole numbers; "
            "take the limit in (at_most instead of below)"
        )
    return Row(form, relation == "==")


def program(system: System) -> Program:
    """Return a system as HiGHS takes it.

    Raises
    ------
    ModelError
        For a strict limit on a measured unknown in a system that also counts whole numbers.
    """
    import numpy as np

    order = {variable.name: place for place, variable in enumerate(system.variables)}
    rows = tuple(_row(system, one.form, one.relation) for one in system.constraints)
    arrays: dict[str, Any] = {"A_ub": None, "b_ub": None, "A_eq": None, "b_eq": None}
    for kind, equal in (("ub", False), ("eq", True)):
        chosen = [row for row in rows if row.equal is equal]
        if chosen:
            matrix = np.zeros((len(chosen), len(order)))
            for line, row in enumerate(chosen):
                for name, factor in row.form.terms:
                    matrix[line, order[name]] = float(factor) * row.scale
            arrays[f"A_{kind}"] = matrix
            arrays[f"b_{kind}"] = np.array([-float(row.form.constant) * row.scale for row in chosen])
    return Program(system, rows, order, arrays)


def _bounds(limits: Limits) -> list[tuple[float, float]]:
    return [
        (-math.inf if low is None else float(low), math.inf if high is None else float(high))
        for low, high in limits.values()
    ]


def relaxed(given: Program, form: Form, limits: Limits) -> Answer:
    """Return HiGHS's maximum of a form when every unknown may be any number between its limits."""
    from scipy.optimize import linprog

    costs = given.costs(form)
    scale = max([1.0, *(abs(costs))])  # HiGHS's tolerances are absolute; a ratio's form has large numbers
    found = linprog(-costs / scale, bounds=_bounds(limits), method="highs", **given.arrays)
    if found.status == 2 and "Model error" not in found.message:
        return Answer("infeasible")
    if found.status != 0 or found.x is None:
        return Answer("open")
    prices = {
        False: iter(-scale * found.ineqlin.marginals),
        True: iter(-scale * found.eqlin.marginals),
    }
    return Answer(
        "optimal",
        tuple(float(value) for value in found.x),
        tuple(float(next(prices[row.equal])) * row.scale for row in given.rows),
    )


def whole(given: Program, form: Form, limits: Limits) -> Answer:
    """Return HiGHS's maximum of a form in whole numbers (presolve off: see the module's remark)."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    arrays, rows = given.arrays, []
    if arrays["A_ub"] is not None:
        rows.append(LinearConstraint(arrays["A_ub"], -np.inf, arrays["b_ub"]))
    if arrays["A_eq"] is not None:
        rows.append(LinearConstraint(arrays["A_eq"], arrays["b_eq"], arrays["b_eq"]))
    low, high = np.array(_bounds(limits)).reshape(-1, 2).T
    found = milp(
        -given.costs(form),
        constraints=rows,
        bounds=Bounds(low, high),
        integrality=np.array([int(variable.whole) for variable in given.system.variables]),
        options={"mip_rel_gap": 0.0, "presolve": False, "node_limit": 10_000},
    )
    if found.x is None:
        return Answer("infeasible" if found.status == 2 else "open")
    return Answer("optimal", tuple(float(value) for value in found.x))
