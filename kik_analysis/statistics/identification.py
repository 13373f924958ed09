"""Partial identification: the sharp interval of a quantity, given what is known and nothing more.

Unknown counts are variables, what is published (with its precision) and what is assumed are linear
constraints, a question is a linear form or a ratio of two. The answer is the set of values that some
world compatible with all of it takes, from lowest to highest (Manski 2003, chapter 1; for ratios and
finite populations Horowitz & Manski 1995). No value inside the interval is likelier than another.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kik_analysis.statistics.conflict import InconsistentError, conflict, support
from kik_analysis.statistics.linear_fractional import largest_ratio
from kik_analysis.statistics.linear_system import (
    DEFINITION,
    Constraint,
    Form,
    Relation,
    System,
    Variable,
    World,
    between,
    exact,
    share,
)
from kik_analysis.statistics.optimum import Optimum, largest, smallest

__all__ = [
    "DEFINITION",
    "Constraint",
    "Form",
    "InconsistentError",
    "Interval",
    "Limit",
    "Relation",
    "System",
    "Variable",
    "World",
    "between",
    "exact",
    "example",
    "interval",
    "share",
]


@dataclass(frozen=True)
class Limit:
    """One end of an interval.

    Attributes
    ----------
    value
        Exact; None when there is no limit in this direction.
    world
        A world in which the quantity has this value: an example for a reader. None when the value is
        only approached, or when there is no limit.
    attained
        Whether some world has this value; if not, worlds come as near as one likes.
    labels
        An irreducible set of labels from which the limit follows: leave one out and it gives way.
    """

    value: Fraction | None
    world: World | None
    attained: bool
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


def _limit(system: System, of: Form, per: Form | None, sign: int) -> Limit:
    """Return the upper end of ``of / per`` for sign 1, the lower end for sign -1."""
    form = of * sign
    found: Optimum | None = largest(system, form) if per is None else largest_ratio(system, form, per)
    if found is None:
        raise InconsistentError(conflict(system) or ())
    if found.value is None:
        return Limit(None, None, False, ())
    labels = support(system, form, Form.of({}, 1) if per is None else per, found.value)
    return Limit(sign * found.value, found.world, found.attained, labels)


@functools.lru_cache(maxsize=4096)
def interval(system: System, of: Form, per: Form | None = None) -> Interval:
    """Return the sharp interval of a quantity over all worlds that a system allows.

    Parameters
    ----------
    system
        Variables and labelled constraints. With whole unknowns only whole numbers count as worlds.
    of
        The quantity, or the numerator of a ratio.
    per
        The denominator of a ratio; it must be positive in every world.

    Returns
    -------
    Interval
        Both ends, exact, each with a world that attains it and the labels it rests on.

    Raises
    ------
    InconsistentError
        When no world is left; it names an irreducible set of labels that cannot all hold.
    ModelError
        When the denominator can be nought or negative, or a form names an unknown variable.
    """
    return Interval(_limit(system, of, per, -1), _limit(system, of, per, 1))


def example(system: System, of: Form, per: Form | None, value: Fraction) -> World | None:
    """Return the same world on every machine in which a quantity has a value; None when there is none.

    Of all such worlds it is the one whose unknowns, in the order of the system, are smallest, the first
    before the second: an unknown is only as large as those before it require. An unknown that can be as
    small as one likes is set to nought, or as near to it as it can be.
    """
    fixed = system.adding(Constraint(DEFINITION, of - (Form.of({}, 1) if per is None else per) * value, "=="))
    world: dict[str, Fraction] = {}
    for variable in system.variables:
        form = Form.of(variable.name)
        found = smallest(fixed, form)
        if found is None:
            return None
        if found.value is None:
            found = smallest(fixed.adding(Constraint(DEFINITION, form, ">=")), form) or largest(fixed, form)
        assert found is not None
        assert found.value is not None
        world[variable.name] = found.value
        fixed = fixed.adding(Constraint(DEFINITION, form - Form.of({}, found.value), "=="))
    return world
