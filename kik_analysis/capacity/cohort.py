"""The cohort engine: exact counts without persons, all replications at once, in plain NumPy.

Every attribute on which anything depends is finite, the team is pooled and ties are broken at random, so
counts per cell form a Markov chain (lumpability; Kemeny and Snell 1960, section 6.3). This engine draws
that chain: the same distribution as the calendar engine, which follows persons, by another road.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_chance import Chance
from kik_analysis.capacity.cohort_ledger import PEOPLE, TEAM
from kik_analysis.capacity.cohort_tables import Tables, check
from kik_analysis.capacity.cohort_week import Block
from kik_analysis.capacity.compiled import Compiled

Array = npt.NDArray[Any]

#: One scenario, parameter draws of one, or what makes draw r.
Scenarios = Compiled | Sequence[Compiled] | Callable[[int], Compiled]
#: What this engine can do.
SUPPORTS = frozenset(
    {
        "segments",
        "willingness",
        "attempts",
        "missed appointments",
        "invited again",
        "follow-up",
        "hours by date",
        "contact stop",
        "inflow",
        "exit",
        "support",
        "services outside",
        "lanes",
        "newest first",
        "promise limit",
        "talk limit",
        "tasks of different minutes",
        "parameter draws",
    }
)
#: What it cannot do, and the engine that can (or will, for what no scenario can ask for yet).
REFUSES = dict.fromkeys(
    ("one person's story", "event log", "spells of caseworkers", "fixed contact person"), "calendar"
)
#: Replications that share one stream of random numbers; part of the definition of the numbers.
BLOCK = 250


@dataclass(frozen=True)
class Counts:
    """Raw result of some replications.

    Attributes
    ----------
    first
        Number of the first row.
    people : measure -> (rows, weeks, segments)
    team : measure -> (rows, weeks)
    waits : (queues, segments, weeks)
        Completed waits, added up over rows; the last bin also takes longer ones.
    """

    first: int
    people: dict[str, Array]
    team: dict[str, Array]
    waits: Array

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.team["minutes_used"])


def blocks(scenario: Scenarios, replications: int, seed: int, first: int = 0) -> Iterator[Counts]:
    """Run replications block by block.

    Parameters
    ----------
    scenario
        One scenario; or parameter draws of one, each run ``replications`` times (rows: draw by draw); or a
        function that makes draw r, for replication r alone (draws are made block by block and not kept).
    replications
        Per draw; of a function, in all.
    seed
        The numbers of block b depend on seed and b only, so more replications leave the first as they are
        (of a function: those of whole blocks; making draws for rows nobody asked for would take too long).
    first
        Number of the first block, for running blocks in several places.

    Yields
    ------
    Counts of at most ``BLOCK`` rows, in order.

    Raises
    ------
    ModelError
        The scenario cannot exist, is not lumpable, or is too large; or draws differ in structure.
    """
    if callable(scenario):
        yield from _by_draw(scenario, replications, seed, first)
        return
    draws = [scenario] if isinstance(scenario, Compiled) else list(scenario)
    check(draws)
    total = len(draws) * replications
    for number in range(first, -(-total // BLOCK)):
        row = np.arange(number * BLOCK, (number + 1) * BLOCK)
        draw = np.minimum(row // max(replications, 1), len(draws) - 1)
        yield run(draws, draw, seed, number, min(BLOCK, total - number * BLOCK))


def _by_draw(make: Callable[[int], Compiled], replications: int, seed: int, first: int) -> Iterator[Counts]:
    """Each replication has a draw of its own; a last block that is not full runs only the rows asked for."""
    reference = make(0)
    for number in range(first, -(-replications // BLOCK)):
        keep = min(BLOCK, replications - number * BLOCK)
        draws = [make(number * BLOCK + row) for row in range(keep)]
        check([reference, *draws])
        yield run(draws, np.arange(keep), seed, number, keep)


def simulate(scenario: Scenarios, replications: int, seed: int) -> Counts:
    """Run all replications and keep every week of each (see ``blocks`` for the arguments)."""
    return join(list(blocks(scenario, replications, seed)))


def run(draws: Sequence[Compiled], draw: npt.NDArray[np.int64], seed: int, number: int, keep: int) -> Counts:
    """Run one block: a row for each entry of ``draw`` (the draw it runs), of which the first ``keep``
    count."""
    tables = Tables(draws, draw)
    block = Block(tables, Chance(seed, number), keep)
    shape = (keep, tables.weeks)
    people = {name: np.zeros((*shape, tables.segments), dtype=np.int32) for name in PEOPLE}
    team = {name: np.zeros(shape, dtype=np.int64) for name in TEAM}
    for t in range(tables.weeks):
        block.run_week(t)
        block.ledger.record(t, people, team)
    return Counts(number * BLOCK, people, team, block.ledger.waits)


def join(parts: Sequence[Counts]) -> Counts:
    """Put blocks together."""
    return Counts(
        parts[0].first,
        {name: np.concatenate([p.people[name] for p in parts]) for name in PEOPLE},
        {name: np.concatenate([p.team[name] for p in parts]) for name in TEAM},
        np.sum([p.waits for p in parts], axis=0),
    )
