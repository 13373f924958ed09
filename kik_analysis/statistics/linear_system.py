"""What is known of unknown counts: variables, linear constraints with labels, all in exact fractions."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from kik_analysis.errors import ModelError

Relation = Literal["<=", ">=", "==", "<", ">"]
World = Mapping[str, Fraction]
"""One value per variable: a state of affairs that the constraints allow."""
Exactly = int | float | str | Fraction

CLOSED: dict[Relation, Relation] = {"<=": "<=", ">=": ">=", "==": "==", "<": "<=", ">": ">="}
"""Each relation with its limit taken in."""

DEFINITION = ""
"""Label of a constraint that holds by the meaning of the variables and is never put in doubt."""


def exact(value: Exactly) -> Fraction:
    """Return a number as the fraction that its notation says: 0.955 is 191/200, not the nearest float.

    Raises
    ------
    ModelError
        When the value is no finite number.
    """
    try:
        return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise ModelError(f"got {value!r}; expected a finite number") from None


@dataclass(frozen=True)
class Form:
    """A linear form: a sum of variables, each times a coefficient, plus a constant.

    Make one with :meth:`of`; forms are added, subtracted and multiplied by a number.
    """

    terms: tuple[tuple[str, Fraction], ...]
    constant: Fraction = Fraction(0)

    @classmethod
    def of(cls, terms: str | Mapping[str, Exactly], constant: Exactly = 0) -> Form:
        """Return the form of one variable by its name, or of variables with their coefficients."""
        pairs = {terms: 1} if isinstance(terms, str) else terms
        kept = sorted((name, exact(factor)) for name, factor in pairs.items())
        return cls(tuple((name, factor) for name, factor in kept if factor), exact(constant))

    def __add__(self, other: Form) -> Form:
        total = dict(self.terms)
        for name, factor in other.terms:
            total[name] = total.get(name, Fraction(0)) + factor
        return Form.of(total, self.constant + other.constant)

    def __mul__(self, factor: Exactly) -> Form:
        by = exact(factor)
        return Form.of({name: by * one for name, one in self.terms}, by * self.constant)

    def __sub__(self, other: Form) -> Form:
        return self + other * -1

    def __neg__(self) -> Form:
        return self * -1

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Return the names of the variables in the form."""
        return frozenset(name for name, _ in self.terms)

    def at(self, world: World) -> Fraction:
        """Return the form's value in a world."""
        return sum((factor * world[name] for name, factor in self.terms), self.constant)


@dataclass(frozen=True)
class Variable:
    """An unknown number with its natural limits; a limit that does not exist is None.

    Attributes
    ----------
    name
        As it stands in forms.
    low, high
        Natural limits, both included. A count is at least nought, which is the default.
    whole
        True for what is counted (people, invitations), False for what is measured.
    """

    name: str
    low: int | Fraction | None = 0
    high: int | Fraction | None = None
    whole: bool = True


@dataclass(frozen=True)
class Constraint:
    """``form`` stands in ``relation`` to nought, on the authority of ``label``.

    Several constraints may carry one label: a claim with a low and a high end is two. The label
    :data:`DEFINITION` marks what holds by the meaning of the variables.
    """

    label: str
    form: Form
    relation: Relation = "<="

    def holds(self, world: World) -> bool:
        """Tell, exactly, whether the constraint holds in a world."""
        value = self.form.at(world)
        return {
            "<=": value <= 0,
            ">=": value >= 0,
            "==": value == 0,
            "<": value < 0,
            ">": value > 0,
        }[self.relation]

    @property
    def strict(self) -> bool:
        """Tell whether the limit itself is excluded."""
        return self.relation in ("<", ">")


def between(label: str, form: Form, low: Exactly | None, high: Exactly | None) -> tuple[Constraint, ...]:
    """Return the constraints ``low <= form <= high`` (both ends included; None for no limit)."""
    if low is not None and high is not None and exact(low) == exact(high):
        return (Constraint(label, form - Form.of({}, low), "=="),)
    found = []
    if low is not None:
        found.append(Constraint(label, form - Form.of({}, low), ">="))
    if high is not None:
        found.append(Constraint(label, form - Form.of({}, high), "<="))
    return tuple(found)


def share(label: str, part: Form, whole: Form, low: Exactly, high: Exactly) -> tuple[Constraint, ...]:
    """Return ``low <= part / whole <= high`` as linear constraints (both ends included, ``whole`` >= 0).

    Both ends of a printed percentage's rounding interval are taken in: which way its author rounded a
    half is not known, and a limit that is at most approached is still a limit.
    """
    return (
        Constraint(label, part - whole * low, ">="),
        Constraint(label, part - whole * high, "<="),
    )


@dataclass(frozen=True)
class System:
    """Variables and the constraints on them.

    Raises
    ------
    ModelError
        When a constraint names a variable that is not there, or two variables share a name.
    """

    variables: tuple[Variable, ...]
    constraints: tuple[Constraint, ...]

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ModelError(f"the variable {twice[0]} stands twice in the system")
        for constraint in self.constraints:
            self.check(constraint.form)

    def check(self, form: Form) -> None:
        """Raise ModelError when a form names a variable that the system does not have."""
        unknown = sorted(form.names - self.names)
        if unknown:
            raise ModelError(f"no variable {unknown[0]}; known are {', '.join(sorted(self.names))}")

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.variables, self.constraints))

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Return the names of the variables."""
        return frozenset(variable.name for variable in self.variables)

    @functools.cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the labels in order of first appearance, definitions left out."""
        return tuple(dict.fromkeys(one.label for one in self.constraints if one.label != DEFINITION))

    @functools.cached_property
    def whole(self) -> bool:
        """Tell whether any variable counts in whole numbers."""
        return any(variable.whole for variable in self.variables)

    def keeping(self, labels: Iterable[str]) -> System:
        """Return the system with the constraints of these labels, and the definitions, alone."""
        kept = {*labels, DEFINITION}
        return System(self.variables, tuple(one for one in self.constraints if one.label in kept))

    def adding(self, *constraints: Constraint) -> System:
        """Return the system with further constraints."""
        return System(self.variables, self.constraints + constraints)

    def around(self, *forms: Form) -> System:
        """Return the part of the system that bears on some forms: what is linked to their variables.

        The rest has no say in their values, as long as it holds at all.
        """
        for form in forms:
            self.check(form)
        reached = frozenset().union(*(form.names for form in forms))
        groups = [one.form.names for one in self.constraints]
        while True:
            wider = reached.union(*(names for names in groups if names & reached))
            if wider == reached:
                break
            reached = wider
        return System(
            tuple(variable for variable in self.variables if variable.name in reached),
            tuple(one for one in self.constraints if one.form.names & reached or not one.form.names),
        )

    def allows(self, world: World) -> bool:
        """Tell, exactly, whether a world keeps to every limit, constraint and whole number."""
        for variable in self.variables:
            value = world[variable.name]
            if variable.low is not None and value < variable.low:
                return False
            if variable.high is not None and value > variable.high:
                return False
            if variable.whole and value.denominator != 1:
                return False
        return all(one.holds(world) for one in self.constraints)


@functools.lru_cache(maxsize=16384)
def whole_multiple(form: Form) -> tuple[Form, Fraction]:
    """Return a positive multiple of a form with whole, coprime coefficients, and the factor used.

    The constant is multiplied along but need not become whole.
    """
    if not form.terms:
        return form, Fraction(1)
    factors = [factor for _, factor in form.terms]
    common = math.lcm(*(factor.denominator for factor in factors))
    divisor = math.gcd(*(int(factor * common) for factor in factors))
    by = Fraction(common, divisor)
    return form * by, by
