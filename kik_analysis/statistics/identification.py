"""Partial identification: the sharp interval of a quantity, given what is known and nothing more.

Unknown counts are variables, what is published (with its precision) and what is assumed are linear
constraints, a question is a linear form or a ratio of two. The answer is the set of values that some
world compatible with all of it takes, from lowest to highest (Manski 2003, chapter 1; for ratios and
finite populations Horowitz & Manski 1995). No value inside the interval is likelier than another.

Worlds are whole numbers, searched exactly by CP-SAT of OR-Tools below a ceiling; that there is no better
world is shown below a ceiling ten times as far. One worker, a fixed seed and a limit
on work instead of time make every answer the same on every machine.
"""

import functools
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kik_analysis.errors import ModelError, RunError
from kik_analysis.statistics.linear_system import DEFINITION, ONE, Constraint, Form, System, World

CEILING, FARTHER = 10**7, 10
"""Unknowns are looked for up to here (farther where a system names higher numbers), and proofs go so many
times as far."""
WORK = 20.0
"""Deterministic time that one search may take: about seconds, the same on every machine."""
_ENDLESS = 2**62
"""The solver counts in 64 bits: no sum may come this far."""


class InconsistentError(ModelError):
    """Statements that cannot all hold: ``labels`` of an irreducible set, none if definitions alone clash.

    ``question``: what was asked of them, for the message.
    """

    def __init__(self, labels: tuple[str, ...], question: str = "") -> None:
        self.labels, asked = labels, f"{question}: " if question else ""
        super().__init__(
            f"{asked}these cannot all hold: {', '.join(labels)}; any of them left out, the rest can"
            if labels
            else f"{asked}the definitions contradict each other; no claim or assumption is needed for that"
        )


class UnsettledError(RunError):
    """The limit on work was reached: neither a world was found nor a proof that there is none."""

    def __init__(self) -> None:
        super().__init__("no answer within the limit on work; leave out statements that do not matter")


@dataclass(frozen=True)
class Limit:
    """One end of an interval.

    ``value``, ``world``: exact, and a world in which the quantity has this value. None when there is no limit
    in this direction; no world when it is not attained: worlds then come as near as one likes. ``labels``: an
    irreducible set of labels from which the limit follows: leave one out and it gives way.
    """

    value: Fraction | None
    world: World | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Interval:
    """The sharp interval of a quantity; it unpacks to its two ends as floats."""

    low: Limit
    high: Limit

    def __iter__(self) -> Iterator[float | None]:
        return iter(None if end.value is None else float(end.value) for end in (self.low, self.high))

    @property
    def labels(self) -> frozenset[str]:
        """Return the labels that either end rests on."""
        return frozenset(self.low.labels) | frozenset(self.high.labels)


def _whole(form: Form) -> tuple[dict[str, int], Fraction]:
    """Return the coefficients of a form as whole, coprime numbers, and the factor that makes them so."""
    common = math.lcm(*(factor.denominator for _, factor in form.terms))
    divisor = math.gcd(*(int(factor * common) for _, factor in form.terms)) or 1
    return {name: int(factor * common) // divisor for name, factor in form.terms}, Fraction(common, divisor)


@functools.lru_cache(maxsize=4096)
def _row(one: Constraint) -> tuple[dict[str, int], int, int]:
    """Return a constraint in whole numbers: its terms, and the range of their sum, strict limits inside."""
    terms, factor = _whole(one.form)
    limit = -one.form.constant * factor
    low = {">=": math.ceil(limit), "==": math.ceil(limit), ">": math.floor(limit) + 1}
    high = {"<=": math.floor(limit), "==": math.floor(limit), "<": math.ceil(limit) - 1}
    return terms, low.get(one.relation, -_ENDLESS), high.get(one.relation, _ENDLESS)


def _ceiling(system: System) -> int:
    named = (abs(end) for one in system.constraints for end in _row(one)[1:] if abs(end) < _ENDLESS)
    return max(CEILING, FARTHER * max(named, default=0))


@functools.cache
def _model(thread: int) -> Any:
    """Return a thread's own model: to make one anew costs as much as a search."""
    from ortools.sat.python import cp_model

    return cp_model.CpModel()


@functools.lru_cache(maxsize=4096)
def _solve(
    system: System, ceiling: int, goal: Form | None = None, suspects: tuple[str, ...] = ()
) -> tuple[World | None, frozenset[str]]:
    """Return a world below a ceiling, of those with the largest goal; without one, suspects that suffice.

    ModelError when numbers are too large to count exactly, UnsettledError at the limit on work.
    """
    from ortools.sat.python import cp_model

    model = _model(threading.get_ident())
    model.proto.parse_text_format("")  # nothing is left of the search before
    model.rebuild_constant_map()
    domain = cp_model.Domain(0, ceiling)
    unknowns = {name: model.new_int_var_from_domain(domain, name) for name in system.variables}

    def sum_of(terms: Mapping[str, int], name: str, constant: Fraction = Fraction(0)) -> Any:
        if sum(map(abs, terms.values())) * ceiling + abs(constant) >= _ENDLESS:
            raise ModelError(f"{name}: these numbers are too large to count exactly; use fewer digits")
        return cp_model.LinearExpr.weighted_sum([unknowns[one] for one in terms], list(terms.values()))

    switches = {label: model.new_bool_var(label) for label in suspects}
    for row in system.constraints:
        terms, low, high = _row(row)
        expression = sum_of(terms, row.label or str(row.form), row.form.constant)
        added: Any = model.add_linear_expression_in_domain(expression, cp_model.Domain(low, high))
        if row.label in switches:
            added.only_enforce_if(switches[row.label])
    model.add_assumptions(list(switches.values()))
    if goal is not None:
        model.maximize(sum_of(_whole(goal)[0], str(goal)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = WORK
    solver.parameters.catch_sigint_signal = False  # else Ctrl-C ends the process ever after, kernels too
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        core = set(solver.sufficient_assumptions_for_infeasibility())
        return None, frozenset(label for label, switch in switches.items() if switch.index in core)
    if status != cp_model.OPTIMAL:
        raise UnsettledError
    world = {name: int(solver.value(unknown)) for name, unknown in unknowns.items()}
    assert system.allows(world), "a world of the solver keeps to every constraint"
    return world, frozenset()


def _world(system: System, ceiling: int, goal: Form | None = None) -> World | None:
    return _solve(system, ceiling, goal)[0]


def _exceeds(system: System, form: Form, ceiling: int) -> bool:
    """Tell whether a form is positive in some world: less work than its largest value."""
    return _world(system.adding(Constraint(DEFINITION, form, ">")), ceiling) is not None


def feasible(system: System) -> bool:
    """Tell whether a system allows at least one world; raise UnsettledError when that is too much work."""
    return _world(system, FARTHER * _ceiling(system)) is not None


def _fewest(labels: tuple[str, ...], enough: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """Return what is left when each label that can be missed is taken away, the last declared first.

    The deletion filter (Chinneck & Dravnieks 1991, section 2.1); what is left is irreducible and need not be
    the only such set. A label about which the limit on work leaves doubt stays.
    """
    for label in reversed(labels):
        fewer = tuple(one for one in labels if one != label)
        try:
            labels = fewer if enough(fewer) else labels
        except UnsettledError:
            continue
    return labels


def conflict(system: System) -> tuple[str, ...] | None:
    """Return an irreducible set of labels that cannot all hold (see InconsistentError); None if they can."""
    if feasible(system):
        return None
    labels = system.labels
    try:
        _, core = _solve(system, FARTHER * _ceiling(system), suspects=labels)
        labels = tuple(label for label in labels if label in core)
    except UnsettledError:
        pass  # the filter begins with all of them
    return _fewest(labels, lambda kept: not feasible(system.keeping(kept)))


def require(system: System) -> None:
    """Raise InconsistentError, with an irreducible set of labels, when a system allows no world."""
    labels = conflict(system)
    if labels is not None:
        raise InconsistentError(labels)


def _check_positive(system: System, per: Form, ceiling: int) -> None:
    world = _world(system.adding(Constraint(DEFINITION, per)), FARTHER * ceiling)
    if world is None:
        return
    least = _world(system, ceiling, per * -1) or world
    if _exceeds(system, Form.of({}, per.at(least)) - per, FARTHER * ceiling):
        raise ModelError(f"the denominator {per} has no lower limit; a ratio needs a positive one")
    shown = ", ".join(f"{name} {value}" for name, value in least.items() if name in per.names)
    raise ModelError(
        f"the denominator {per} can be {per.at(least)} ({shown}); a ratio needs a positive one: "
        "add a claim or an assumption that keeps it above nought"
    )


def _best(system: System, of: Form, per: Form, ceiling: int) -> tuple[Fraction, World] | None:
    """Return the largest ``of / per`` below a ceiling with its world (Dinkelbach 1967).

    With q the ratio of the best world so far, maximise ``of - q per``; when that maximum is nought, q is
    the answer, else the new world is better.
    """
    world = _world(system, ceiling, None if per.terms else of)
    while world is not None:
        ratio = of.at(world) / per.at(world)
        better = _world(system, ceiling, of - per * ratio) if per.terms else world
        if better is None or (of - per * ratio).at(better) <= 0:
            return ratio, world
        world = better
    return None


def _growth(system: System, of: Form, per: Form, ceiling: int) -> Fraction | float | None:
    """Return the largest growth of ``of`` per unit of ``per`` in a direction in which nothing ends.

    Infinite when ``of`` grows for ever while ``per`` stays put; None when nothing grows for ever. Directions
    are the whole-numbered ones of the recession cone; as coefficients are fractions, they decide for whole
    numbers too (Meyer 1974, theorem 2.1).
    """
    closed: dict[str, Any] = {"<": "<=", ">": ">="}
    rows = (
        Constraint(one.label, Form(one.form.terms), closed.get(one.relation, one.relation))
        for one in system.constraints
    )
    cone, rise, run = System(system.variables, tuple(rows)), Form(of.terms), Form(per.terms)
    if _world(cone.adding(Constraint("", run, "=="), Constraint("", rise, ">")), ceiling):
        return math.inf
    found = _best(cone.adding(Constraint("", run, ">")), rise, run, ceiling) if run.terms else None
    return found and found[0]


def _upper(system: System, of: Form, per: Form) -> tuple[Fraction | None, World | None]:
    """Return the largest value of ``of / per`` and a world that has it; None for what does not exist."""
    ceiling = _ceiling(system)
    _check_positive(system, per, ceiling)
    while True:
        found = _best(system, of, per, ceiling)
        if found and not _exceeds(system, of - per * found[0], FARTHER * ceiling):
            return found
        limit = _growth(system, of, per, ceiling)
        if limit == math.inf:
            return None, None
        if isinstance(limit, Fraction) and not _exceeds(system, of - per * limit, FARTHER * ceiling):
            return limit, None
        ceiling *= FARTHER  # there is a limit, and it lies farther


@functools.lru_cache(maxsize=4096)
def interval(system: System, of: Form, per: Form = ONE) -> Interval:
    """Return the sharp interval of a quantity, or of a ratio, over all worlds that a system allows.

    InconsistentError when no world is left; ModelError when the denominator ``per`` can be nought or
    negative, a form names an unknown variable, or numbers are too large; UnsettledError at the limit on work.
    """
    system.check(of, per)
    require(system)

    def end(sign: int) -> Limit:
        value, world = _upper(system, of * sign, per)
        if value is None:
            return Limit(None, None, ())
        excess, far = of * sign - per * value, FARTHER * _ceiling(system)
        labels = _fewest(system.labels, lambda kept: not _exceeds(system.keeping(kept), excess, far))
        return Limit(sign * value, world, labels)

    return Interval(end(-1), end(1))


def example(system: System, of: Form, per: Form, value: Fraction) -> World | None:
    """Return the same world on every machine in which a quantity has a value; None when there is none.

    Of all such worlds it is the one whose unknowns, in the order of the system, are smallest, the first
    before the second: an unknown is only as large as those before it require.
    """
    fixed = system.adding(Constraint(DEFINITION, of - per * value, "=="))
    ceiling = _ceiling(fixed)
    world: World | None = None
    for name in system.variables:
        form = Form.of(name)
        world = _world(fixed, ceiling, form * -1)
        if world is None:
            return None
        fixed = fixed.adding(Constraint(DEFINITION, form - Form.of({}, form.at(world)), "=="))
    return world
