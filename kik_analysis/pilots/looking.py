"""What looking every week does to a pilot: false alarms with an ordinary test, and wider limits without."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import note
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.pilots import words
from kik_analysis.pilots.assignment import DRAWN
from kik_analysis.pilots.design import Design, load_design
from kik_analysis.pilots.monitoring import followed, price
from kik_analysis.statistics import estimates
from kik_analysis.statistics.interval import two_sided

if TYPE_CHECKING:
    import polars as pl

DRAWS, WEEKS, LEAST = 2_000, 26, 30
"""Imagined pilots without an effect; looks in half a year; people per arm from which limits are given."""


def alarms(design: Design, *, draws: int = DRAWS, weeks: int = WEEKS, seed: int = 0) -> dict[str, float]:
    """Return how often a pilot without an effect is called one, by looking every week.

    ``once``: a z test at the end; ``weekly``: the same test at every look; ``safe``: the e-process at every
    look (``statistics.sequences``). Shares of imagined pilots.
    """
    null = design.replace({"model.effect": 0.0})
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(design.hash[:12], 16)])))
    x1, n1, x0, n0 = followed(DRAWN[null.kind](null, rng, draws), null, rng, weeks)
    evidence = estimates.e_process(x1, n1, x0, n0)
    x1, n1, x0, n0 = (one.cumsum(axis=1) for one in (x1, n1, x0, n0))
    pooled = (x1 + x0) / (n1 + n0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(x1 / n1 - x0 / n0) / np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0))
    far = np.nan_to_num(z) > two_sided(design.alpha)
    found = {
        "once": far[:, -1],
        "weekly": far.any(axis=1),
        "safe": evidence.max(axis=1) >= 1.0 / design.alpha,
    }
    shares = {name: float(one.mean()) for name, one in found.items()}
    note("simulation", f"looking/{design.name}", [shares, draws, weeks, seed], Evidence.SIMULATED)
    return shares


def looking_table(design: Design) -> Table:
    """Return half the width of the limits by the people counted so far: for one look, and for every look.

    As the pilot is expected to go; ``once`` holds if nobody looked before, ``always`` at every look.
    """

    def build() -> pl.DataFrame:
        import polars as pl

        found = load_design(design.name, design.scenario)  # puts on record what the limits rest on
        rows = []
        for part in (Fraction(week, WEEKS) for week in range(1, WEEKS + 1)):
            sizes = [int(n * part) for n in found.arms.values()]
            if min(sizes) >= LEAST:
                at = price(found, part)
                rows.append(
                    {"persons": sum(sizes), "once": PERCENT * at.once, "always": PERCENT * at.anytime}
                )
        return pl.DataFrame(rows)

    points = (Column(name, "decimal", "percentage_points", decimals=2, shown=1, evidence=Evidence.ASSUMED)
              for name in ("once", "always"))  # fmt: skip
    columns = (Column("persons", "whole", "persons", evidence=Evidence.ASSUMED), *points)
    return tabulate("pilot_looking", build, columns)


def numbers(design: Design) -> dict[str, Number]:
    """Return the false alarms as numbers, with how many looks and how many imagined pilots they are of."""
    found = {
        name: words.number(design, f"alarm.{name}", PERCENT * share, "percent", 1)
        for name, share in alarms(design).items()
    }
    found["weeks"] = words.number(design, "looks", WEEKS, "weeks")
    found["draws"] = words.number(design, "alarm.draws", DRAWS, "count")
    return found
