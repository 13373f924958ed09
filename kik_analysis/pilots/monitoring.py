"""Looking every week: false alarms of an ordinary test, limits that hold at every look, their price in width.

The decision is the safe 2x2 e-process (exact, any stopping), the limits the asymptotic confidence sequence
from 30 people per arm on; both stand in ``statistics.sequences``, with their sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import note
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.pilots import words
from kik_analysis.pilots.assignment import DRAWN, followed
from kik_analysis.pilots.design import Design, load_design
from kik_analysis.pilots.document import CONTROL
from kik_analysis.statistics import estimates
from kik_analysis.statistics.interval import two_sided

DRAWS, WEEKS, LEAST = 2_000, 26, 30
"""Imagined pilots without an effect; looks in half a year; people per arm from which limits are given."""


def price(design: Design, part: Fraction = Fraction(1)) -> tuple[float, float]:
    """Return half widths in shares, for one look and for looking at any time, as the pilot is expected to go.

    ``part``: of its people who are in.
    """
    names = (next(iter(design.contrasts)), CONTROL)
    sizes = [int(design.arms[name] * part) for name in names]
    rates = [float(design.rates[name] @ design.weights) for name in names]
    groups = [one for n, p in zip(sizes, rates, strict=True) for one in (round(n * p), n)]
    planned = max(1, sum(design.arms[name] for name in names) // 2)
    found = estimates.confidence_sequence(*groups, planned=planned, confidence=1.0 - design.alpha)
    spread = sum(p * (1.0 - p) / n for n, p in zip(sizes, rates, strict=True))
    return two_sided(design.alpha) * float(np.sqrt(spread)), float(found.width) / 2.0


def alarms(design: Design, *, draws: int = DRAWS, weeks: int = WEEKS, seed: int = 0) -> dict[str, float]:
    """Return how often a pilot without an effect is called one, by looking every week.

    ``once``: a z test at the end; ``weekly``: the same test at every look; ``safe``: the e-process at every
    look (``statistics.sequences``). Shares of imagined pilots.
    """
    null = design.replace({"model.effect": 0.0})
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(design.hash[:12], 16)])))
    counts = followed(DRAWN[null.kind](null, rng, draws), rng, weeks)
    arms = counts.arms((next(iter(design.contrasts)), CONTROL))
    n, x = (counts.summed(arms, counts.period, of=one) for one in (counts.n, counts.x))
    evidence = estimates.e_process(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    n, x = n.cumsum(axis=2), x.cumsum(axis=2)
    pooled, shares = x.sum(axis=1) / n.sum(axis=1), x / n
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(shares[:, 0] - shares[:, 1]) / np.sqrt(pooled * (1.0 - pooled) * (1.0 / n).sum(axis=1))
    far, safe = np.nan_to_num(z) > two_sided(design.alpha), evidence.max(axis=1) >= 1.0 / design.alpha
    alarm = {"once": far[:, -1], "weekly": far.any(axis=1), "safe": safe}
    found = {name: float(one.mean()) for name, one in alarm.items()}
    note("simulation", f"looking/{design.name}", [found, draws, weeks, seed], Evidence.SIMULATED)
    return found


def looking_table(design: Design) -> Table:
    """Return half the width of the limits by the people counted so far: for one look, and for every look.

    As the pilot is expected to go; ``once`` holds if nobody looked before, ``always`` at every look.
    """

    def build() -> Iterator[tuple[object, ...]]:
        found = load_design(design.name, design.scenario)  # puts on record what the limits rest on
        for part in (Fraction(week, WEEKS) for week in range(1, WEEKS + 1)):
            sizes = [int(n * part) for n in found.arms.values()]
            if min(sizes) >= LEAST:
                yield sum(sizes), *(PERCENT * one for one in price(found, part))

    persons = Column("persons", "whole", "persons", evidence=Evidence.ASSUMED)
    ends = [Column(one, "decimal", "percentage_points", 2, 1, Evidence.ASSUMED) for one in ("once", "always")]
    return tabulate("pilot_looking", build, (persons, *ends))


def numbers(design: Design) -> dict[str, Number]:
    """Return the false alarms as numbers, with how many looks and how many imagined pilots they are of."""
    found = {name: (f"alarm.{name}", PERCENT * share, "percent", 1) for name, share in alarms(design).items()}
    found |= {"weeks": ("looks", WEEKS, "weeks", 0), "draws": ("alarm.draws", DRAWS, "count", 0)}
    return {name: words.number(design, *one) for name, one in found.items()}
