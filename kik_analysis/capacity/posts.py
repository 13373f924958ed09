"""A scenario with any number of posts: compiled once, its weekly minutes a straight line in the posts.

Client minutes are proportional to established posts, week by week, and dated changes come on top. So two
chains of hours give those of every number of posts exactly, and only the minutes are packed anew.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity import layout, team
from kik_analysis.capacity.compilation import compile_scenario, limits, plan_weeks, reserved
from kik_analysis.capacity.compiled import FIELDS, Compiled, Floats, Integers, along
from kik_analysis.capacity.layout import Whole
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import Scenario

FTE = "team.fte"


@dataclass(frozen=True, eq=False)
class Posts:
    """One scenario, or one draw of its parameters, for every number of posts.

    Attributes
    ----------
    compiled
        With one post.
    table
        The same, packed.
    without, each
        Client minutes in each week without any post of ``team.fte``, and what one post adds.
    tied
        Client minutes in each week that are tied to people not yet approached.
    kept
        Shares of the hours kept for follow-ups, and for first conversations (``compilation.reserved``).
    """

    compiled: Compiled
    table: Whole
    without: tuple[Fraction, ...]
    each: tuple[Fraction, ...]
    tied: Integers
    kept: tuple[Floats, Floats]

    def minutes(self, fte: float) -> Integers:
        """Client minutes in each week with a number of posts, exactly those of ``team.fte: FTE``."""
        posts = Fraction(repr(float(fte)))
        lines = (a + posts * b for a, b in zip(self.without, self.each, strict=True))
        return np.array([team.whole(one) for one in lines], dtype=np.int64)

    def weeks(self, fte: float) -> dict[str, Whole]:
        """Return what depends on the number of posts: the minutes, and what may be promised of them."""
        minutes = self.minutes(fte)
        return {"minutes_available": minutes, **limits(minutes, self.tied, self.kept, self.horizon)}

    @functools.cached_property
    def horizon(self) -> float:
        """Weeks of hours that the team promises ahead."""
        return plan_weeks({name: getattr(self.compiled, name) for name in FIELDS})

    def at(self, fte: float) -> Compiled:
        """Return the scenario with a number of posts."""
        return self.compiled.replace(**self.weeks(fte))

    def packed(self, fte: float) -> Whole:
        """Return the packed scenario with a number of posts."""
        return layout.with_weeks(self.table, self.weeks(fte))

    def changed(self, compiled: Compiled) -> Posts:
        """Return the same staff for another scenario of the same weeks."""
        return replace(self, compiled=compiled, table=layout.tables(compiled))


def posts(scenario: Scenario, draw: Mapping[str, float] | None = None, *, beyond: bool = False) -> Posts:
    """Compile a scenario for every number of posts.

    Parameters
    ----------
    scenario
        The scenario; its own ``team.fte`` plays no role, its dated changes stay.
    draw
        Where uncertain parameters lie in their ranges; without it, at their central values.
    beyond
        Go on for as long after the last week as a decliner waits, in weeks like the last one: then who
        waits for a new invitation in the last week can be told from who declined for good.

    Raises
    ------
    ModelError
        A dated change sets the number of posts: then there is no one number to ask for.
    """
    if set_ := [change for change in scenario.changes if change.path == FTE and change.action == "set"]:
        raise ModelError(
            f"{set_[0].origin.where}: {FTE}: a dated change sets it, so no one number can be asked"
        )
    none, one = (scenario.replace({FTE: number}) for number in (0, 1))
    c, reader = compile_scenario(one, draw), Reader(one, draw)
    with_one = team.exact_minutes(reader)
    dated = any(change.path == FTE for change in scenario.changes)
    without = team.exact_minutes(Reader(none, draw)) if dated else [Fraction(0)] * len(with_one)
    each = [b - a for a, b in zip(without, with_one, strict=True)]
    tied = np.array(team.minutes(reader, tied=True) if dated else [0] * len(without), dtype=np.int64)
    kept = reserved(reader)
    if beyond:
        more = int(max(c.again_declined.max(), c.again_not_reached.max())) + 1
        longer = {name: _longer(getattr(c, name), more) for name in along("week")}
        c, without, each = c.replace(**longer), without + without[-1:] * more, each + each[-1:] * more
        tied, kept = _longer(tied, more), (_longer(kept[0], more), _longer(kept[1], more))
    return Posts(c, layout.tables(c), tuple(without), tuple(each), tied, kept)


def _longer(values: Any, more: int) -> Any:
    """Go on for some weeks like the last one."""
    return np.concatenate([values, np.repeat(values[-1:], more, axis=0)])
