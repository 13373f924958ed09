"""Temporary posts for the backlog: how many have everybody approached by a date, and when with each number.

Temporary posts come on top of the scenario's own, in the time of its dated extra staff (the whole run where
it has none), and their hours go where ``policy.extra_for`` says. The number that the scenario itself holds
for them plays no role: it is what is asked.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity import engine, results
from kik_analysis.capacity.compilation import Posts, posts
from kik_analysis.capacity.layout import Whole
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.team import FTE
from kik_analysis.parameters.changes import Change
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.thresholds import PILOT
from kik_analysis.statistics.rounding import half_up


@dataclass(frozen=True, eq=False)
class Temporary(Posts):
    """One scenario for every number of temporary posts beside its own: those count as ``without`` any.

    ``tied``: whether the hours of temporary posts are for people not yet approached alone.
    """

    tied: bool = True

    def hours(self, fte: float) -> tuple[Whole, dict[str, Whole], dict[str, Any]]:
        """Minutes, limits and places with a number of temporary posts."""
        minutes, more = self.minutes(fte), Fraction(repr(float(fte))) * self.tied
        tied = np.array([half_up(more * one) for one in self.each], dtype=np.int64)
        return minutes, replace(self.reserve, tied=tied).limits(minutes, self.horizon), self.staff(fte)


def _extra(scenario: Scenario) -> list[Change]:
    return [change for change in scenario.changes if change.path == FTE and change.action == "add"]


def temporary(scenario: Scenario, one: Posts) -> Temporary:
    """Return a scenario for every number of temporary posts.

    ``scenario``: the scenario, for its own posts and the time of its extra staff. ``one``: the same for every
    number of posts, at central values or where a draw puts them.
    """
    end = max((change.until or datetime.date.max for change in _extra(scenario)), default=datetime.date.max)
    own = Fraction(repr(float(scenario[FTE])))  # type: ignore[arg-type]
    # what the scenario's own extra staff adds tells how much of a week it is there
    number = max((a / b for a, b in zip(one.without, one.each, strict=True) if b), default=Fraction(0))
    week = (b if day < end else Fraction(0) for day, b in zip(one.compiled.mondays(), one.each, strict=True))
    parts = {part.name: getattr(one, part.name) for part in fields(Posts)}
    parts["each"] = tuple(a / number for a in one.without) if number > 0 else tuple(week)
    parts["without"] = tuple(own * b for b in one.each)
    parts["places"] = tuple(
        tuple(a + (own + k) * (b - a) for a, b in zip(*one.places, strict=True)) for k in (0, 1)
    )
    return Temporary(**parts, tied=scenario["policy.extra_for"] == "never_invited")


def gone(
    scenario: Scenario,
    probability: float,
    *,
    futures: int = PILOT,
    seed: int | None = None,
    workers: int | None = None,
) -> list[tuple[int, datetime.date | None, datetime.date | None]]:
    """Say when the backlog is gone with each number of temporary posts that the scenario holds possible.

    ``scenario``: the scenario. ``probability``: with which it is gone by the second date. ``futures``,
    ``seed``, ``workers``: how many are run, of what seed, over how many threads. Returns temporary posts, the
    first Monday without backlog in half of the futures, and in that share of them; None where that does not
    come in the run.
    """
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    steps = (step for change in _extra(scenario) for _, steps in change.value.cells for step in steps)
    most = max((float(step.amount.high) for step in steps), default=0.0)  # type: ignore[arg-type]
    one, found = temporary(scenario, posts(scenario)), []
    for extra in range(math.ceil(most) + 1):
        c = one.at(extra)
        cells = np.s_[: c.weeks, [place(c, name) for name in results.DATED]]
        values = engine.samples(c, cells, replications=futures, seed=number, workers=workers)
        weeks = results.moments(c, values)[results.MOMENTS[0]]
        at = [int(np.quantile(weeks, q, method="inverted_cdf")) for q in (0.5, probability)]
        days = [c.mondays()[week] if week < c.weeks else None for week in at]
        found.append((extra, days[0], days[1]))
    return found
