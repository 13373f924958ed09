"""The range of a ratio of two linear forms over a system.

Measured unknowns: one linear program by the transformation of Charnes & Cooper (1962). Whole unknowns:
a short series of mixed-integer programs by the iteration of Dinkelbach (1967), in exact fractions.
Both need a denominator that is positive in every world; that is checked, not taken for granted.
"""

from __future__ import annotations

from fractions import Fraction

from kik_analysis.errors import ModelError
from kik_analysis.statistics.linear_system import (
    CLOSED,
    DEFINITION,
    Constraint,
    Form,
    System,
    Variable,
    World,
)
from kik_analysis.statistics.optimum import Optimum, largest, smallest

_SCALE = "scale of the denominator"


def show(form: Form) -> str:
    """Return a form in words for a message: ``a + 2 b - 3``."""
    parts = [f"{factor} {name}" if factor != 1 else name for name, factor in form.terms]
    if form.constant or not parts:
        parts.append(str(form.constant))
    return " + ".join(parts).replace("+ -", "- ")


def positive(system: System, per: Form) -> World | None:
    """Check that a denominator is positive in every world; return one, or None when there is none at all.

    Raises
    ------
    ModelError
        When it can be nought or negative; the message shows such a world.
    """
    least = smallest(system, per)
    if least is None:
        return None
    if least.value is None or least.world is None:
        raise ModelError(f"the denominator {show(per)} has no lower limit; a ratio needs a positive one")
    if least.value <= 0:
        world = ", ".join(f"{name} {value}" for name, value in least.world.items() if name in per.names)
        raise ModelError(
            f"the denominator {show(per)} can be {least.value} ({world}); a ratio needs a positive one: "
            "add a claim or an assumption that keeps it above nought"
        )
    return least.world


def _homogeneous(form: Form) -> Form:
    """Return a form with its constant carried by the scale variable."""
    return Form.of({**dict(form.terms), _SCALE: form.constant})


def charnes_cooper(system: System, of: Form, per: Form) -> tuple[System, Form]:
    """Return the linear program whose maximum is that of ``of / per`` over a system of measured unknowns.

    With scale t = 1 / per(x) and y = t x (Charnes & Cooper 1962, section 3): maximise of(y, t) subject to
    the system's rows made homogeneous and per(y, t) = 1. Worlds with t = 0 are directions in which the
    denominator grows for ever; the ratio then comes as near as one likes without arriving.
    """
    free = tuple(Variable(variable.name, None, None, whole=False) for variable in system.variables)
    scale = Variable(_SCALE, Fraction(0), None, whole=False)
    rows = [Constraint(one.label, _homogeneous(one.form), CLOSED[one.relation]) for one in system.constraints]
    for variable in system.variables:
        if variable.low is not None:
            rows.append(Constraint(DEFINITION, Form.of({variable.name: 1, _SCALE: -variable.low}), ">="))
        if variable.high is not None:
            rows.append(Constraint(DEFINITION, Form.of({variable.name: 1, _SCALE: -variable.high}), "<="))
    rows.append(Constraint(DEFINITION, _homogeneous(per) - Form.of({}, 1), "=="))
    return System((*free, scale), tuple(rows)), _homogeneous(of)


def _measured(system: System, of: Form, per: Form) -> Optimum | None:
    found = largest(*charnes_cooper(system, of, per))
    if found is None or found.value is None or found.world is None:
        return found
    scale = found.world[_SCALE]
    if scale == 0:
        return Optimum(found.value, None, attained=False)
    world = {variable.name: found.world[variable.name] / scale for variable in system.variables}
    return Optimum(found.value, world, all(one.holds(world) for one in system.constraints))


def _along(system: System, of: Form, per: Form) -> Fraction | None:
    """Return the largest growth of ``of`` per unit growth of ``per`` in a direction without end.

    None when ``of`` can grow for ever while ``per`` stays put.
    """
    cone = System(
        tuple(
            Variable(
                variable.name,
                None if variable.low is None else Fraction(0),
                None if variable.high is None else Fraction(0),
                whole=False,
            )
            for variable in system.variables
        ),
        tuple(
            Constraint(one.label, Form(one.form.terms), CLOSED[one.relation]) for one in system.constraints
        ),
    )
    still = largest(cone.adding(Constraint(DEFINITION, Form(per.terms), "==")), Form(of.terms))
    if still is None or still.value is None:
        return None
    grown = largest(
        cone.adding(Constraint(DEFINITION, Form(per.terms) - Form.of({}, 1), "==")), Form(of.terms)
    )
    return None if grown is None else grown.value


def dinkelbach(system: System, of: Form, per: Form, world: World) -> Optimum:
    """Return the largest ``of / per`` over a system with whole unknowns (Dinkelbach 1967), from any world.

    With q the ratio of the best world so far, maximise ``of - q per``; when that maximum is nought, q is
    the answer, else the new world is better. The ratios are exact fractions, so the end is exact and,
    among finitely many ratios, reached; where the denominator can grow for ever, the ratio in the limit
    is the first q.
    """
    ratio, attained = of.at(world) / per.at(world), True
    while True:
        found = largest(system, of - per * ratio)
        assert found is not None
        if found.value is None:
            limit = _along(system, of, per)
            if limit is None or limit <= ratio:
                return Optimum(None, None, attained=False)
            ratio, attained = limit, False
            continue
        if found.value == 0 and not attained and found.world is not None:
            return Optimum(ratio, found.world)
        if found.value <= 0 or found.world is None:
            return Optimum(ratio, world if attained else None, attained)
        world = found.world
        ratio, attained = of.at(world) / per.at(world), True


def largest_ratio(system: System, of: Form, per: Form) -> Optimum | None:
    """Return the largest value of ``of / per`` over a system; None when the system allows no world.

    Raises
    ------
    ModelError
        When the denominator is not positive in every world.
    """
    world = positive(system, per)
    if world is None:
        return None
    return dinkelbach(system, of, per, world) if system.whole else _measured(system, of, per)


def smallest_ratio(system: System, of: Form, per: Form) -> Optimum | None:
    """Return the smallest value of ``of / per`` over a system; None when the system allows no world."""
    found = largest_ratio(system, -of, per)
    if found is None or found.value is None:
        return found
    return Optimum(-found.value, found.world, found.attained)
