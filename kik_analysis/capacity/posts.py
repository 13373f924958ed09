"""A scenario with any number of posts: compiled once, its weekly minutes a straight line in the posts.

Client minutes are proportional to established posts, week by week, and dated changes come on top. So two
chains of hours give those of every number of posts exactly, and only the minutes are packed anew.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity import layout, team
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import FIELDS, Compiled, Floats, Integers, along
from kik_analysis.capacity.layout import Whole
from kik_analysis.capacity.reader import Reader
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.statistics.rounding import half_up


@dataclass(frozen=True, eq=False)
class Posts:
    """One scenario, or one draw of its parameters, for every number of posts.

    ``compiled``: with one post. ``table``: the same, packed. ``without``, ``each``: client minutes in each
    week without any post of ``team.fte``, and what one post adds. ``reserve``: hours that are not for
    everybody. ``places``: places of caseworkers in each week without any post, and with one. ``readers``: of
    the scenario without any post, and with one.
    """

    compiled: Compiled
    table: Whole
    without: tuple[Fraction, ...]
    each: tuple[Fraction, ...]
    reserve: team.Reserve
    places: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    readers: tuple[Reader, Reader]

    def minutes(self, fte: float) -> Integers:
        """Client minutes in each week with a number of posts, exactly those of ``team.fte: team.FTE``."""
        posts, (below, lines) = Fraction(repr(float(fte))), self._lines
        over, under = 2 * posts.numerator, 2 * posts.denominator
        half, whole = below * posts.denominator, under * below
        return np.array([(under * a + over * b + half) // whole for a, b in lines], dtype=np.int64)

    @functools.cached_property
    def _lines(self) -> tuple[int, list[tuple[int, int]]]:
        """Minutes without any post and of each as whole numbers over one denominator: quick and exact."""
        below = math.lcm(*(one.denominator for one in (*self.without, *self.each)))
        parts = ([x.numerator * (below // x.denominator) for x in line] for line in (self.without, self.each))
        return below, list(zip(*parts, strict=True))

    def hours(self, fte: float) -> tuple[Integers, dict[str, Integers], dict[str, Any]]:
        """Minutes, limits of what may be promised, and places of caseworkers with a number of posts."""
        minutes = self.minutes(fte)
        return minutes, self.reserve.limits(minutes, self.horizon), self.staff(fte)

    def at(self, fte: float) -> Compiled:
        """Return the scenario with a number of posts."""
        minutes, limits, staff = self.hours(fte)
        return self.compiled.replace(minutes_available=minutes, **limits, **staff)

    def staff(self, fte: float) -> dict[str, Any]:
        """Places of caseworkers with a number of posts, where they are followed one by one."""
        if not self.compiled.caseworkers:
            return {}
        posts = Fraction(repr(float(fte)))
        places = [max(1, half_up(a + posts * (b - a))) for a, b in zip(*self.places, strict=True)]
        return {"places": np.array(places), "caseworkers": max(places)}

    @functools.cached_property
    def horizon(self) -> Floats:
        """Weeks of hours that the team promises ahead in each week."""
        return team.plan_weeks({name: getattr(self.compiled, name) for name in FIELDS})

    def changed(self, compiled: Compiled) -> Posts:
        """Return the same staff for another scenario of the same weeks."""
        return replace(self, compiled=compiled, table=layout.tables(compiled))

    def packed(self, fte: float) -> Whole:
        """Return the packed scenario with a number of posts."""
        minutes, limits, staff = self.hours(fte)
        return layout.with_minutes(self.table, minutes, *limits.values(), places=staff.get("places"))


def posts(
    scenario: Scenario, draw: Mapping[str, float] | None = None, *, beyond: bool = False,
    like: Posts | None = None,
) -> Posts:  # fmt: skip
    """Compile a scenario for every number of posts.

    ``scenario``: the scenario; its own ``team.fte`` plays no role, nor do dated changes that set it; what
    others add stays. ``draw``: where uncertain parameters lie in their ranges; without it, at their central
    values. ``beyond``: go on for as long after the last week as a decliner waits, in weeks like the last one:
    then who waits for a new invitation in the last week can be told from who declined for good. ``like``: the
    same scenario at its central values: what is not drawn is not read again.
    """
    if like is None or draw is None:
        nobody, reader = (Reader(scenario.replace({team.FTE: n}).without_set(team.FTE), draw) for n in (0, 1))
    else:
        nobody, reader = (one.drawn(draw) for one in like.readers)
    c = compile_scenario(reader.scenario, draw, reader=reader)
    kept, with_one = team.reserve(reader), team.exact_minutes(reader, tied=False)
    more = any(change.path == team.FTE for change in reader.scenario.changes)
    without = team.exact_minutes(nobody) if more else [Fraction(0)] * len(with_one)
    places = tuple(tuple(team.posts_in_places(one)) for one in (nobody, reader))
    each = [b - a for a, b in zip(without, with_one, strict=True)]
    if beyond:
        c, weeks = longer(c)
        places = tuple(one + one[-1:] * weeks for one in places)
        without, each = without + without[-1:] * weeks, each + each[-1:] * weeks
        kept = kept.longer(weeks)
    table, places = layout.tables(c), (places[0], places[1])
    return Posts(c, table, tuple(without), tuple(each), kept, places, (nobody, reader))


def longer(c: Compiled) -> tuple[Compiled, int]:
    """Return a scenario that goes on for as long as a decliner waits, like its last week; and how long."""
    more = int(max(c.again_declined.max(), c.again_not_reached.max())) + 1
    rows = {name: np.concatenate([v, np.repeat(v[-1:], more, axis=0)])
            for name in along("week") for v in (getattr(c, name),)}  # fmt: skip
    return c.replace(**rows), more
