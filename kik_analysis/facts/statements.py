"""What an identification file says, as objects: statements about unknowns, assumptions, questions.

A statement becomes linear constraints when the claims it names are read, so that the record of reads holds
exactly the claims that bear on a question.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from kik_analysis.errors import ModelError
from kik_analysis.facts.claims import Claim, claims
from kik_analysis.facts.precision import wide_interval
from kik_analysis.reading.problems import did_you_mean
from kik_analysis.statistics.linear_system import (
    DEFINITION,
    Constraint,
    Form,
    Relation,
    System,
    Variable,
    between,
)

SHARE = "share"
Side = Literal["both", "low", "high", "value"]
Words = Mapping[str, str]
"""A text in each language, without digits."""


def _limits(claim: Claim, side: Side, wide: bool) -> tuple[int | float | None, int | float | None]:
    """Return what a claim's wording leaves open, or the part of it that a statement uses."""
    if side == "value":
        return claim.value, claim.value
    low, high = claim.limits
    if wide and claim.value is not None:
        low, high = wide_interval(claim.value, claim.precision, claim.unit) or (low, high)
    return (None if side == "high" else low), (None if side == "low" else high)


@dataclass(frozen=True)
class Statement:
    """One sentence about the unknowns.

    Attributes
    ----------
    of
        The linear form that it is about.
    limits
        What it is compared with: relation and form; empty for a statement that takes its limits from a claim.
    claim
        Id of the claim whose low and high hold for ``of``, or for ``of / per``; None without a claim.
    per
        The form of which a claimed share is a share; it must not be negative in any world.
    side
        Which limits of the claim are meant; ``value`` takes the printed number as exact.
    wide
        True for the wider reading of the claim's words (``facts.precision.wide_interval``).
    place
        File and line, for messages.
    """

    of: Form
    limits: tuple[tuple[Relation, Form], ...] = ()
    claim: str | None = None
    per: Form | None = None
    side: Side = "both"
    wide: bool = False
    place: str = field(default="", compare=False)

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Return the variables that the statement ties together."""
        forms = [self.of, *(form for _, form in self.limits), *((self.per,) if self.per else ())]
        return frozenset().union(*(form.names for form in forms))

    @property
    def alone(self) -> bool:
        """Tell whether the statement is about a single variable."""
        return self.per is None and len(self.names) == 1

    def pins(self) -> bool:
        """Tell whether a statement about a single variable gives it a single number; its claim is read."""
        if self.claim is None:
            return any(relation == "==" for relation, _ in self.limits)
        low, high = _limits(claims()[self.claim], self.side, self.wide)
        return low is not None and low == high

    def constraints(self, label: str) -> tuple[Constraint, ...]:
        """Return the statement as constraints under a label; the claim it names is read."""
        found = [Constraint(label, self.of - form, relation) for relation, form in self.limits]
        if self.claim is None:
            return tuple(found)
        claim = claims()[self.claim]
        if (claim.unit == SHARE) != (self.per is not None):
            what = "a share; say of what, with per" if claim.unit == SHARE else "no share; leave out per"
            raise ModelError(f"{self.place}: claim {claim.id} is {what}")
        low, high = _limits(claim, self.side, self.wide)
        if low is None and high is None:
            raise ModelError(f"{self.place}: claim {claim.id} has no number on the side that is asked for")
        if self.per is None:
            return (*found, *between(label, self.of, low, high))
        if low is not None:
            found.append(Constraint(label, self.of - self.per * low, ">="))
        if high is not None:
            found.append(Constraint(label, self.of - self.per * high, "<="))
        return tuple(found)


@dataclass(frozen=True)
class Assumption:
    """Something that is not published, by name; an interval holds under the assumptions named with it."""

    name: str
    words: Words
    why: str
    statements: tuple[Statement, ...]
    on: bool = True


@dataclass(frozen=True)
class Quantity:
    """A question: a linear form, or a ratio of two, and the sets of assumptions to answer it under."""

    name: str
    words: Words
    unit: str
    of: Form
    per: Form | None
    given: tuple[tuple[str, ...], ...]

    @property
    def forms(self) -> tuple[Form, ...]:
        """Return numerator and, of a ratio, denominator."""
        return (self.of,) if self.per is None else (self.of, self.per)


@dataclass(frozen=True)
class Identification:
    """Everything an identification file says.

    Attributes
    ----------
    file
        The file, as messages name it.
    title
        What the file is about.
    variables, words
        The unknowns, and what each of them is.
    definitions, claims
        Statements that always hold: by the meaning of the variables, and as published.
    assumptions, quantities
        By name.
    """

    file: str
    title: Words
    variables: tuple[Variable, ...]
    words: Mapping[str, Words]
    definitions: tuple[Statement, ...]
    claims: tuple[Statement, ...]
    assumptions: Mapping[str, Assumption]
    quantities: Mapping[str, Quantity]

    def quantity(self, name: str) -> Quantity:
        """Return a question by name.

        Raises
        ------
        ModelError
            When there is none of that name; the message names the nearest.
        """
        if name not in self.quantities:
            known = ", ".join(self.quantities)
            near = did_you_mean(str(name), self.quantities)
            raise ModelError(f"{self.file}: no quantity {name}{near} (expected one of {known})")
        return self.quantities[name]

    def switched_on(self, given: Iterable[str]) -> tuple[str, ...]:
        """Return the assumptions of a set that the file has switched on, each once, in the file's order.

        Raises
        ------
        ModelError
            When there is no assumption of that name.
        """
        names = list(given)
        for name in names:
            if name not in self.assumptions:
                known = ", ".join(self.assumptions)
                near = did_you_mean(str(name), self.assumptions)
                raise ModelError(f"{self.file}: no assumption {name}{near} (expected one of {known})")
        return tuple(name for name in self.assumptions if name in names and self.assumptions[name].on)

    def sets(self, quantity: str) -> tuple[tuple[str, ...], ...]:
        """Return the sets of assumptions of a question, with what is switched off left out, each once."""
        return tuple(dict.fromkeys(self.switched_on(given) for given in self.quantity(quantity).given))

    def _labelled(self, given: Iterable[str]) -> Iterator[tuple[str, Statement]]:
        yield from ((DEFINITION, one) for one in self.definitions)
        yield from ((one.claim or "", one) for one in self.claims)
        for name in given:
            yield from ((name, one) for one in self.assumptions[name].statements)

    def bearing(self, quantity: str, given: Iterable[str]) -> tuple[tuple[str, Statement], ...]:
        """Return the labelled statements that bear on a question: those linked to its variables.

        A variable that one statement pins to a single number links nothing: what else is known of it can
        contradict that number, but not move it. Claims are read only as far as the links reach.
        """
        labelled = tuple(self._labelled(self.switched_on(given)))
        fresh = frozenset().union(*(form.names for form in self.quantity(quantity).forms))
        reached: frozenset[str] = frozenset()
        found: set[int] = set()
        while fresh:
            alone = [
                (place, one) for place, (_, one) in enumerate(labelled) if one.alone and one.names <= fresh
            ]
            found.update(place for place, _ in alone)
            pinned = frozenset().union(*(one.names for _, one in alone if one.pins()))
            linked = {place for place, (_, one) in enumerate(labelled) if one.names & (fresh - pinned)}
            found |= linked
            reached |= fresh
            fresh = frozenset().union(*(labelled[place][1].names for place in linked)) - reached
        return tuple(labelled[place] for place in sorted(found))

    def whole(self, given: Iterable[str]) -> System:
        """Return all constraints under a set of assumptions; all their claims are read."""
        labelled = self._labelled(self.switched_on(given))
        return System(self.variables, tuple(row for label, one in labelled for row in one.constraints(label)))

    def system(self, quantity: str, bearing: Iterable[tuple[str, Statement]]) -> System:
        """Return statements that bear on a question as constraints; their claims are read."""
        bearing = tuple(bearing)
        forms = self.quantity(quantity).forms
        names = frozenset().union(*(form.names for form in forms), *(one.names for _, one in bearing))
        return System(
            tuple(variable for variable in self.variables if variable.name in names),
            tuple(constraint for label, one in bearing for constraint in one.constraints(label)),
        )
