"""Looking while a pilot runs: a decision that holds at every look, limits that do, and their price in width.

The decision is the safe 2x2 e-process (exact, any stopping), the limits the asymptotic confidence sequence
from 30 people per arm on; both stand in ``statistics.sequences``, with their sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kik_analysis.pilots.assignment import Counts
from kik_analysis.pilots.design import Design, not_possible
from kik_analysis.pilots.document import CONTROL
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics import estimates
from kik_analysis.statistics.interval import two_sided


def _arrivals(
    n: arg.Floats, x: arg.Floats, looks: int, rng: np.random.Generator
) -> tuple[arg.Floats, arg.Floats]:
    """Return new people and new outcomes per look: people come in any order, equally many at each look."""
    left, yes = n.astype(np.int64).copy(), x.astype(np.int64).copy()
    people, found = np.zeros((2, len(x), looks))
    for look in range(looks):
        part = -(-left // (looks - look))
        got = rng.hypergeometric(yes, left - yes, part)
        people[:, look], found[:, look] = part, got
        left, yes = left - part, yes - got
    return people, found


def followed(
    counts: Counts, design: Design, rng: np.random.Generator, looks: int = 0
) -> tuple[arg.Floats, ...]:
    """Return new outcomes and people per look, treated then control: four arrays (draws, looks).

    ``looks`` is by default that of the design.
    """
    looks = looks or design.document.answer.looks
    if looks < 2 or len(design.contrasts) != 1:
        raise not_possible(
            design, "looking while it runs takes one arm beside control, and answer.looks of 2 or more"
        )
    names = tuple(design.arms)
    n, x = (
        counts.summed(counts.arms(names), of=np.broadcast_to(one, counts.x.shape))
        for one in (counts.n, counts.x)
    )
    found: list[arg.Floats] = []
    for name in (next(iter(design.contrasts)), CONTROL):
        people, yes = _arrivals(n[:, names.index(name)], x[:, names.index(name)], looks, rng)
        found += [yes, people]
    return tuple(found)


def always_valid_p(counts: Counts, design: Design, rng: np.random.Generator) -> arg.Floats:
    """Return the p that may be looked at every time: one over the largest evidence so far, at most 1."""
    evidence = estimates.e_process(*followed(counts, design, rng))
    return np.asarray(np.minimum(1.0, 1.0 / evidence.max(axis=1))[:, None])


@dataclass(frozen=True)
class Price:
    """Half widths at the end for looking at any time and for one look, in shares, and their ratio."""

    anytime: float
    once: float

    @property
    def factor(self) -> float:
        """Return how much wider the limits are that hold at every look."""
        return self.anytime / self.once


def price(design: Design, part: Fraction = Fraction(1)) -> Price:
    """Return what looking at any time costs in width, once a part of the people is in, as is expected."""
    treated = next(iter(design.contrasts))
    whole = [design.arms[name] for name in (treated, CONTROL)]
    sizes = [int(n * part) for n in whole]
    rates = [float(design.rates[name] @ design.weights) for name in (treated, CONTROL)]
    yes = [round(n * p) for n, p in zip(sizes, rates, strict=True)]
    found = estimates.confidence_sequence(
        yes[0], sizes[0], yes[1], sizes[1], planned=max(1, sum(whole) // 2), confidence=1.0 - design.alpha
    )
    spread = sum(p * (1.0 - p) / n for n, p in zip(sizes, rates, strict=True))
    return Price(float(found.width) / 2.0, two_sided(design.alpha) * float(np.sqrt(spread)))
