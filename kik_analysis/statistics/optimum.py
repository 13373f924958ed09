"""The largest value of a linear form over a system, proved: a world that attains it, a limit none passes."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from kik_analysis.statistics.branch_and_bound import OpenEndedError, Search, unproved
from kik_analysis.statistics.certificates import outer_limit, priced
from kik_analysis.statistics.highs import Program, program, relaxed
from kik_analysis.statistics.linear_system import (
    CLOSED,
    Constraint,
    Form,
    System,
    Variable,
    World,
    whole_multiple,
)

NOTHING = Form.of({})
_SLACK = "slack of strict limits"


@dataclass(frozen=True)
class Optimum:
    """The largest (or smallest) value of a form over a system.

    Attributes
    ----------
    value
        None when there is no limit.
    world
        A world that attains the value; None when there is none.
    attained
        False when strict limits, or an endless direction, keep the value from being reached, however
        close one comes.
    """

    value: Fraction | None
    world: World | None
    attained: bool = True


@functools.lru_cache(maxsize=4096)
def _program(system: System) -> Program:
    return program(system)


def _endless(system: System, form: Form) -> bool:
    """Tell whether a form grows along a direction in which nothing holds it.

    The directions are those of the recession cone, each variable cut off at one. With fractions as
    coefficients and a world to start from, this decides for whole numbers too (Meyer 1974, theorem 2.1).
    """
    one = Fraction(1)
    cone = System(
        tuple(
            Variable(
                variable.name,
                -one if variable.low is None else Fraction(0),
                one if variable.high is None else Fraction(0),
                whole=False,
            )
            for variable in system.variables
        ),
        tuple(
            Constraint(row.label, Form(row.form.terms), CLOSED[row.relation]) for row in system.constraints
        ),
    )
    found = largest(cone, Form(form.terms))
    return found is not None and found.value is not None and found.value > 0


def _possible(system: System) -> bool:
    """Tell whether a system with strict limits on measured unknowns allows a world at all."""
    slack = Form.of(_SLACK)
    rows = []
    for one in system.constraints:
        eased = {"<": one.form + slack, ">": one.form - slack}.get(one.relation, one.form)
        rows.append(Constraint(one.label, eased, CLOSED[one.relation]))
    room = Variable(_SLACK, Fraction(0), Fraction(1), whole=False)
    best = largest(System((*system.variables, room), tuple(rows)), slack)
    return best is not None and best.value is not None and best.value > 0


def _contradicts_itself(given: Program) -> bool:
    """Tell whether a row cannot hold by itself: no unknowns in it, or an equation no whole numbers solve."""
    counted = {variable.name for variable in given.system.variables if variable.whole}
    for row in given.rows:
        constant = row.form.constant
        if not row.form.terms and (constant != 0 if row.equal else constant > 0):
            return True
        if row.equal and row.form.names <= counted and constant.denominator != 1:
            return True
    return False


@functools.lru_cache(maxsize=16384)
def largest(system: System, form: Form) -> Optimum | None:
    """Return the largest value of a form over a system; None when the system allows no world.

    Parameters
    ----------
    system
        With whole unknowns only whole numbers count as worlds.
    form
        The linear form to maximise.

    Raises
    ------
    ModelError
        For a strict limit on a measured unknown in a system that also counts whole numbers.
    RunError
        When no proof was found.
    """
    system.check(form)
    given = _program(system)
    if _contradicts_itself(given):
        return None
    if not system.whole and any(one.strict for one in system.constraints) and not _possible(system):
        return None
    scaled, factor = whole_multiple(form)
    scaled = Form(scaled.terms)
    try:
        found = Search(given, scaled).run()
    except OpenEndedError:
        if not _endless(system, scaled):
            raise unproved("a limit") from None
        return None if largest(system, NOTHING) is None else Optimum(None, None, attained=False)
    if found is None:
        return None
    value, world = found
    attained = all(one.holds(world) for one in system.constraints)
    return Optimum(value / factor + form.constant, MappingProxyType(dict(world)), attained)


def exceeds(system: System, form: Form) -> bool:
    """Tell whether a form is positive in some world of a system: less work than its largest value."""
    system.check(form)
    given = _program(system)
    if _contradicts_itself(given):
        return False
    if not system.whole and any(one.strict for one in system.constraints):
        found = largest(system, form)
        return found is not None and (found.value is None or found.value > 0)
    scaled, factor = whole_multiple(form)
    terms = Form(scaled.terms)
    try:
        return Search(given, terms, -form.constant * factor).run() is not None
    except OpenEndedError:
        if not _endless(system, terms):
            raise unproved("a limit") from None
        return largest(system, NOTHING) is not None


def smallest(system: System, form: Form) -> Optimum | None:
    """Return the smallest value of a form over a system; None when the system allows no world."""
    found = largest(system, -form)
    if found is None or found.value is None:
        return found
    return Optimum(-found.value, found.world, found.attained)


def grounds(system: System, form: Form) -> tuple[str, ...] | None:
    """Return labels whose constraints keep a form from being positive, were counts divisible.

    They are the rows with a price in the linear relaxation, and the proof is exact; None when the
    relaxation proves nothing. The labels suffice, but some may be missed.
    """
    given = _program(system)
    scaled, _ = whole_multiple(form)
    answer = relaxed(given, scaled, given.limits)
    if answer.status != "optimal":
        return None
    proved = outer_limit(given, Form(scaled.terms), given.limits, answer)
    if proved is None:
        return None
    if form.names <= {variable.name for variable in system.variables if variable.whole}:
        proved = Fraction(math.floor(proved))
    if proved + scaled.constant > 0:
        return None
    used = {system.constraints[place].label for place in priced(answer)}
    return tuple(label for label in system.labels if label in used)
