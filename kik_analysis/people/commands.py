"""What ``kik register synth`` does, as a function that prints nothing."""

from __future__ import annotations

from collections.abc import Callable

from kik_analysis.errors import DataError, InputError
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.people.register import Register
from kik_analysis.people.targets import smallest

LARGEST = 10_000_000
"""Beyond this a register does not fit a workstation's memory."""


def check(people: int | None, draw: int, seed: int | None) -> None:
    """Check the numbers that a user passes.

    InputError with one line per number that cannot be used.
    """
    lines = []
    least = smallest()
    if people is not None and not least <= people <= LARGEST:
        empty = f"with fewer than {least} a group of Figure 1 would be empty"
        lines.append(f"--people: got {people}; expected {least} to {LARGEST}: {empty}")
    for name, number in (("--draw", draw), ("--seed", seed)):
        if number is not None and not 0 <= number < 2**63:
            lines.append(f"{name}: got {number}; expected a whole number from 0 to {2**63 - 1}")
    if lines:
        raise InputError(lines)


def made(
    *,
    people: int | None = None,
    draw: int = 0,
    seed: int | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Register:
    """Make a synthetic register of the base scenario and check it against every rule and claim.

    ``people``, ``draw``, ``seed``: current members (by default the published number), which draw, and chance
    (by default the base scenario's). ``step``: told the name of each step when it begins. InputError when a
    number, the margins or the claims cannot be used; what contradicts itself is named.
    """
    from kik_analysis.people.agreement import disagreements
    from kik_analysis.people.margins import load_margins
    from kik_analysis.people.synthesis import synthesise
    from kik_analysis.people.validation import validate

    check(people, draw, seed)
    scenario, margins = load_scenario(), load_margins()
    found = synthesise(scenario, margins, people=people, draw=draw, seed=seed, step=step)
    step("checks")
    validate(found.register)
    wrong = disagreements(found.register) if found.aims.people == found.aims.group else []
    if wrong:
        raise DataError(f"the register does not reproduce {', '.join(wrong)}; nothing was written")
    return found.register
