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

from kik_analysis.capacity import dates, engine, team
from kik_analysis.capacity.layout import Whole
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.posts import FTE, Posts, posts
from kik_analysis.parameters.changes import Change
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.thresholds import PILOT


@dataclass(frozen=True, eq=False)
class Temporary(Posts):
    """One scenario for every number of temporary posts beside its own.

    ``own``: posts that stay. ``extra``: client minutes in each week of one temporary post. ``tied``: whether
    their hours are for people not yet approached alone.
    """

    own: float = 0.0
    extra: tuple[Fraction, ...] = ()
    tied: bool = True

    def hours(self, fte: float) -> tuple[Whole, dict[str, Whole], dict[str, Any]]:
        """Minutes, limits and places with a number of temporary posts."""
        stay, more = Fraction(repr(float(self.own))), Fraction(repr(float(fte)))
        extra = [more * one for one in self.extra]
        minutes = [team.whole(stay * one + two) for one, two in zip(self.each, extra, strict=True)]
        tied = np.array([team.whole(one) if self.tied else 0 for one in extra], dtype=np.int64)
        whole = np.array(minutes, dtype=np.int64)
        limits = replace(self.reserve, tied=tied).limits(whole, self.horizon)
        return whole, limits, self.staff(self.own + fte)


def _extra(scenario: Scenario) -> list[Change]:
    return [change for change in scenario.changes if change.path == FTE and change.action == "add"]


def temporary(scenario: Scenario, one: Posts) -> Temporary:
    """Return a scenario for every number of temporary posts.

    ``scenario``: the scenario, for its own posts and the time of its extra staff. ``one``: the same for every
    number of posts, at central values or where a draw puts them.
    """
    end = max((change.until or datetime.date.max for change in _extra(scenario)), default=datetime.date.max)
    own = float(scenario[FTE])  # type: ignore[arg-type]
    tied = scenario["policy.extra_for"] == "never_invited"
    parts = {part.name: getattr(one, part.name) for part in fields(Posts)}
    # what the scenario's own extra staff adds tells how much of a week it is there
    number = max((a / b for a, b in zip(one.without, one.each, strict=True) if b), default=Fraction(0))
    days = one.compiled.mondays()
    week = (b if day < end else Fraction(0) for day, b in zip(days, one.each, strict=True))
    extra = tuple(a / number for a in one.without) if number > 0 else tuple(week)
    return Temporary(**parts, own=own, extra=extra, tied=tied)


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
    highs = [
        float(step.amount.high)  # type: ignore[arg-type]
        for change in _extra(scenario)
        for _, steps in change.value.cells
        for step in steps
    ]
    one, found = temporary(scenario, posts(scenario)), []
    for extra in range(math.ceil(max(highs, default=0.0)) + 1):
        c = one.at(extra)
        cells = np.s_[: c.weeks, [place(c, name) for name in dates.MEASURES]]
        values = engine.samples(c, cells, replications=futures, seed=number, workers=workers)
        weeks = dates.weeks(c, values)[dates.EVENTS[0]]
        at = [int(np.quantile(weeks, q, method="inverted_cdf")) for q in (0.5, probability)]
        days = [c.mondays()[week] if week < c.weeks else None for week in at]
        found.append((extra, days[0], days[1]))
    return found
