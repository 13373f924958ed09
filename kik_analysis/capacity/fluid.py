"""The fluid engine: expected counts as a recursion of means, in fractions of people.

Where capacity is ample nobody's hours depend on anybody else and the recursion is the exact mean of the
model (the mean of a linear system). Where it is not, a team of fractions wastes no minute on tasks that
just do not fit and knows no good or bad weeks; near balance that matters most. Many draws of the parameters
run at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import cohort
from kik_analysis.capacity.check import check
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.fluid_run import Run
from kik_analysis.capacity.fluid_tables import Tables
from kik_analysis.capacity.fluid_windows import Windows
from kik_analysis.capacity.fluid_work import Work
from kik_analysis.errors import ModelError

Array = npt.NDArray[Any]

#: What this engine can do: all that the cohort engine can, in the mean.
SUPPORTS = cohort.SUPPORTS
#: What it cannot do, and the engine that can.
REFUSES = cohort.REFUSES | {"chance": "cohort", "chance and parameters": "cohort", "waits": "cohort"}

# Draws with the same of these run together.
_TIMING = (
    "answer_weeks",
    "again_declined",
    "again_not_reached",
    "appointment_weeks",
    "rebook_weeks",
    "interval",
    "lead",
    "return_weeks",
    "agreed_weeks",
    "attempts",
    "after_accept",
    "after_refusal",
    "after_conversation",
    "lane",
    "letters_open",
    "stock_state",
    "stock_segment",
    "stock_row",
    "stock_contact",
    "stock_wait",
    "stock_age",
    "stock_offer_age",
)


@dataclass(frozen=True)
class Means:
    """Expected values.

    Attributes
    ----------
    people : measure -> (draws, weeks, segments)
    team : measure -> (draws, weeks)
    """

    people: dict[str, Array]
    team: dict[str, Array]


def _timing(c: Compiled) -> bytes:
    closed = (c.conversation_minutes < 0).tobytes()
    parts = [getattr(c, name) for name in _TIMING]
    return (
        repr((c.appointments_max, c.newest_first, c.segments, [p.shape for p in parts])).encode()
        + closed
        + b"".join(p.tobytes() for p in parts)
    )


def mean(scenario: Compiled | Sequence[Compiled], *, windows: bool = True) -> Means:
    """Expected counts.

    Parameters
    ----------
    scenario
        One scenario, or parameter draws of one with the same weeks and segments. Draws that also share their
        delays and policy run together, which costs little more than one.
    windows
        Also the numbers reached and offered a contact in the last 52 weeks; these take longer than the rest.

    Returns
    -------
    Means, one row per draw in the order given.

    Raises
    ------
    ModelError
        A scenario cannot exist, is not lumpable, or differs from the first in weeks or segments.
    """
    draws = [scenario] if isinstance(scenario, Compiled) else list(scenario)
    if not draws:
        raise ModelError("fluid engine: no scenario given; expected at least one")
    groups: dict[bytes, list[int]] = {}
    for k, c in enumerate(draws):
        check(c)
        for reason in c.not_lumpable():
            raise ModelError(
                f"scenario {c.name}: the fluid engine cannot run this ({reason}); use engine: calendar"
            )
        if c.weeks != draws[0].weeks or c.segments != draws[0].segments:
            raise ModelError(f"scenario {c.name}: differs from {draws[0].name} in weeks or segments")
        groups.setdefault(_timing(c), []).append(k)
    order = np.argsort([k for group in groups.values() for k in group])
    parts = [_together([draws[k] for k in group], windows) for group in groups.values()]
    people, team = (
        {name: np.concatenate([p[which][name] for p in parts])[order] for name in parts[0][which]}
        for which in (0, 1)
    )
    return Means(people, team)


def _together(draws: list[Compiled], windows: bool) -> tuple[dict[str, Array], dict[str, Array]]:
    """Run draws that share their timing."""
    run = Run(Tables(draws))
    work = Work(run)
    people = run.run(work)
    if windows:
        both = [Windows(c, run, work, k).both() for k, c in enumerate(draws)]
        people["reached_52_weeks"] = np.stack([reached for reached, _ in both])
        people["offered_52_weeks"] = np.stack([offered for _, offered in both])
    return people, {name: np.moveaxis(v, 1, 0) for name, v in work.team.items()}
