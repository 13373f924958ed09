"""What is known of unknown counts: variables, linear constraints with labels, all in exact fractions."""

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from kik_analysis.errors import ModelError
from kik_analysis.statistics.rounding import written

Relation = Literal["<=", ">=", "==", "<", ">"]
World = Mapping[str, int]
"""One whole number per variable: a state of affairs that the constraints allow."""
Exactly = int | float | str | Fraction

_COMPARED: dict[Relation, Callable[[Fraction, int], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
DEFINITION = ""
"""Label of a constraint that holds by the meaning of the variables and is never put in doubt."""


def exact(value: Exactly) -> Fraction:
    """Return a number as the fraction that its notation says (0.955 is 191/200); ModelError if not finite."""
    try:
        return Fraction(value) if isinstance(value, str) else written(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise ModelError(f"got {value!r}; expected a finite number") from None


@dataclass(frozen=True)
class Form:
    """A sum of variables, each times a coefficient, plus a constant; made with :meth:`of`."""

    terms: tuple[tuple[str, Fraction], ...]
    constant: Fraction = Fraction(0)

    @classmethod
    def of(cls, terms: str | Mapping[str, Exactly], constant: Exactly = 0) -> "Form":
        """Return the form of one variable by its name, or of variables with their coefficients."""
        pairs = {terms: 1} if isinstance(terms, str) else terms
        kept = sorted((name, exact(factor)) for name, factor in pairs.items())
        return cls(tuple((name, factor) for name, factor in kept if factor), exact(constant))

    def __add__(self, other: "Form") -> "Form":
        total = dict(self.terms)
        for name, factor in other.terms:
            total[name] = total.get(name, Fraction(0)) + factor
        return Form.of(total, self.constant + other.constant)

    def __mul__(self, factor: Exactly) -> "Form":
        by = exact(factor)
        return Form.of({name: by * one for name, one in self.terms}, by * self.constant)

    def __sub__(self, other: "Form") -> "Form":
        return self + other * -1

    def __str__(self) -> str:
        parts = [f"{factor} {name}" if factor != 1 else name for name, factor in self.terms]
        if self.constant or not parts:
            parts.append(str(self.constant))
        return " + ".join(parts).replace("+ -", "- ")

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.terms, self.constant))

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """The names of the variables in the form."""
        return frozenset(name for name, _ in self.terms)

    def at(self, world: World) -> Fraction:
        """Return the form's value in a world."""
        return sum((factor * world[name] for name, factor in self.terms), self.constant)


ONE = Form((), Fraction(1))
"""The form that is one in every world: the denominator of what is no ratio."""


@dataclass(frozen=True)
class Constraint:
    """``form`` stands in ``relation`` to nought, on the authority of ``label`` (many may carry one)."""

    label: str
    form: Form
    relation: Relation = "<="

    def holds(self, world: World) -> bool:
        """Tell, exactly, whether the constraint holds in a world."""
        return _COMPARED[self.relation](self.form.at(world), 0)


def between(
    label: str, form: Form, low: Exactly | None, high: Exactly | None, per: Form = ONE
) -> tuple[Constraint, ...]:
    """Return the constraints ``low <= form / per <= high``, both ends included; None for no limit.

    For a share ``per`` is the form that it is a share of, at least nought in every world. Both ends of a
    printed percentage's rounding interval are taken in: which way its author rounded a half is not known, and
    a limit that is at most approached is still a limit.
    """
    if low is not None and high is not None and exact(low) == exact(high):
        return (Constraint(label, form - per * low, "=="),)
    lower = () if low is None else (Constraint(label, form - per * low, ">="),)
    return lower if high is None else (*lower, Constraint(label, form - per * high, "<="))


@dataclass(frozen=True)
class System:
    """Variables and the constraints on them; ModelError for an unknown name, or one that stands twice.

    ``variables``: names of unknown whole numbers, at least nought. What is measured is counted in a small
    enough unit: hours in minutes, shares in people.
    """

    variables: tuple[str, ...]
    constraints: tuple[Constraint, ...]

    def __post_init__(self) -> None:
        for twice in sorted({name for name in self.variables if self.variables.count(name) > 1}):
            raise ModelError(f"the variable {twice} stands twice in the system")
        self.check(*(constraint.form for constraint in self.constraints))

    def check(self, *forms: Form) -> None:
        """Raise ModelError when a form names a variable that the system does not have."""
        for unknown in sorted(frozenset().union(*(form.names for form in forms)).difference(self.variables)):
            raise ModelError(f"no variable {unknown}; known are {', '.join(sorted(self.variables))}")

    @functools.cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the labels in order of first appearance, definitions left out."""
        return tuple(dict.fromkeys(one.label for one in self.constraints if one.label != DEFINITION))

    def keeping(self, labels: Iterable[str]) -> "System":
        """Return the system with the constraints of these labels, and the definitions, alone."""
        kept = {*labels, DEFINITION}
        return System(self.variables, tuple(one for one in self.constraints if one.label in kept))

    def adding(self, *constraints: Constraint) -> "System":
        """Return the system with further constraints."""
        return System(self.variables, self.constraints + constraints)

    def allows(self, world: World) -> bool:
        """Tell, exactly, whether a world keeps to every constraint."""
        return min(world.values(), default=0) >= 0 and all(one.holds(world) for one in self.constraints)
