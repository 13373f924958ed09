"""Which statements cannot all hold, and which statements a limit rests on: irreducible sets of labels.

The deletion filter (Chinneck & Dravnieks 1991, section 2.1): take the statements away one by one; what
can be missed without the contradiction disappearing stays away. What is left is irreducible: without any
one of them the others can hold together. It need not be the only such set.
"""

from __future__ import annotations

import functools
from fractions import Fraction

from kik_analysis.errors import ModelError
from kik_analysis.statistics.linear_system import Form, System
from kik_analysis.statistics.optimum import NOTHING, exceeds, grounds, largest


class InconsistentError(ModelError):
    """A set of statements that cannot all hold.

    Attributes
    ----------
    labels
        Labels of an irreducible set: leave out any one of them and the others can hold together. Empty
        when the definitions contradict each other.
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        if labels:
            super().__init__(
                f"these cannot all hold: {', '.join(labels)}; any of them left out, the rest can"
            )
        else:
            super().__init__(
                "the definitions contradict each other; no claim or assumption is needed for that"
            )


def feasible(system: System) -> bool:
    """Tell whether a system allows at least one world."""
    return largest(system, NOTHING) is not None


def _without(label: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in labels if one != label)


@functools.lru_cache(maxsize=4096)
def conflict(system: System) -> tuple[str, ...] | None:
    """Return an irreducible set of labels that cannot all hold; None when the system allows a world.

    The empty tuple means that the definitions and natural limits alone contradict each other.
    """
    if feasible(system):
        return None
    kept = system.labels
    for label in reversed(system.labels):
        fewer = _without(label, kept)
        if not feasible(system.keeping(fewer)):
            kept = fewer
    return kept


def require(system: System) -> None:
    """Check that a system allows a world.

    Raises
    ------
    InconsistentError
        When it does not, with an irreducible set of labels that cannot all hold.
    """
    labels = conflict(system)
    if labels is not None:
        raise InconsistentError(labels)


def support(system: System, of: Form, per: Form, limit: Fraction) -> tuple[str, ...]:
    """Return an irreducible set of labels from which ``of / per <= limit`` follows.

    Parameters
    ----------
    system
        A consistent system.
    of, per
        Numerator and denominator; for a plain form ``per`` is the constant one.
    limit
        The largest value, as found over the whole system.
    """
    excess = of - per * limit
    kept = system.labels
    enough = grounds(system, excess)
    for label in reversed(system.labels):
        fewer = _without(label, kept)
        if enough is not None and label not in enough:
            kept = fewer
            continue
        part = system.keeping(fewer).around(excess)
        if not exceeds(part, excess):
            kept = fewer
            enough = None if enough is None else grounds(part, excess)
    return kept
