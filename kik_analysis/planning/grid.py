"""The grid of the planner on the page: posts, minutes of a conversation at home, and the share by telephone.

The engine runs every point with the same futures; between points the page interpolates. How far that may be
off is measured where it is worst: in the middle of cells, which the engine runs too.
"""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kik_analysis import project
from kik_analysis.capacity import engine, results
from kik_analysis.capacity.compilation import posts
from kik_analysis.capacity.compiled import Channel, Compiled
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.team import established
from kik_analysis.errors import DataError, KikError
from kik_analysis.evidence.reads import read_text
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.groups import mixed
from kik_analysis.planning.promise import visitable
from kik_analysis.reading.records import column, matching, one_of, read

FOLLOW_UP, FIRST = "work.minutes_talk_home_follow_up", "work.minutes_talk_home_first"
AXES = ("fte", "minutes", "phone")
FILE, QUARTER = "planner.csv", 13
"""Points of the axes, futures of a point and cells in whose middle the error is measured, a row each; weeks
between two points of a course."""
SHARE, MILLIONTH, LATE = "contact_52_weeks", 1e-6, 0.9
"""The reach that is looked at; the unit in which shares are recorded; the share of the futures in which the
backlog is gone by the week that is told, and the end of the band."""


def own(scenario: Scenario) -> float:
    """Return the scenario's own posts at its end, beside what dated changes add: a point, to half a post."""
    return round(2 * established(scenario, Reader(scenario).mondays[-1])) / 2 or 0.5


@dataclass(frozen=True)
class _Size:
    axis: str = column(one_of("fte", "phone", "replications", "cells"))
    point: str = column(matching(r"\d+(\.\d+)?", "not a number", "a number from 0 on"))
    meaning: str = column()


def sizes(name: str) -> list[float]:
    """Return the points of an axis, or a number of the grid, as ``params/planner.csv`` has them."""
    path = project.params(FILE)
    read_text(path)  # on record
    rows = read(path, _Size, shown_as=f"params/{FILE}", label="axis")
    found = {line: float(row.point) for line, row in enumerate(rows, 2) if row.axis == name}
    if not found:
        raise DataError(f"params/{FILE}: the row {name} is missing")
    if name in AXES and len({*found.values()}) == 1:
        raise DataError(f"params/{FILE}:{max(found)}: {name}: one point (expected two points at least)")
    return [*found.values()]


def axes(scenario: Scenario) -> dict[str, list[float]]:
    """Return the points of each axis: posts, minutes of a follow-up at home, share by telephone."""
    low, central, high = scenario.overall(FOLLOW_UP)
    few, most = (low, high) if low < central < high else (central / 2, central * 3 / 2)
    return {
        "fte": sorted({round(2 * own(scenario) * size) / 2 or 0.5 for size in sizes("fte")}),
        "minutes": [few, central, (central + most) / 2, most],
        "phone": sizes("phone"),
    }


def _points(
    scenario: Scenario, wanted: Mapping[str, list[float]]
) -> Iterator[tuple[tuple[float, ...], Compiled]]:
    """Yield every point of the grid as a compiled scenario: compiled anew for other minutes alone."""
    central, each = scenario.overall(FOLLOW_UP)[1], {path: scenario[path] for path in (FOLLOW_UP, FIRST)}
    others = [way for way in Channel if way is not Channel.PHONE]
    for minutes in wanted["minutes"]:
        scaled = {path: _scaled(found, minutes, central) for path, found in each.items()}
        team = visitable(posts(scenario.replace(scaled)), scenario)
        for fte, phone in itertools.product(wanted["fte"], wanted["phone"]):
            yield (fte, minutes, phone), mixed(team.at(fte), phone, others)


def _scaled(found: Any, minutes: float, central: float) -> object:
    """Return minutes, or those of each segment, as many times as long as the mean follow-up is."""
    if isinstance(found, Mapping):
        return {"per_segment": {name: _scaled(one, minutes, central) for name, one in found.items()}}
    return found * minutes / central


def _course(c: Compiled, replications: int | None, seed: int) -> pl.DataFrame:
    """Return reach and backlog of one point by quarter, with the week in which the backlog is gone."""
    columns = [place(c, name) for name in (SHARE, *results.DATED)]
    many = replications or int(sizes("replications")[0])
    found = engine.samples(c, np.s_[: c.weeks, columns], replications=many, seed=seed)
    reach, backlog = found[..., 0] * MILLIONTH, found[..., 1]
    step = min(QUARTER, max(c.weeks // 2, 1))  # a run of less than two quarters: its halves
    kept = np.unique([*range(step - 1, c.weeks, step), c.weeks - 1])
    gone = results.moments(c, found[..., 1:])[results.MOMENTS[0]]  # in nine of ten futures by this week:
    week = int(np.quantile(gone, LATE, method="inverted_cdf"))
    return pl.DataFrame(
        {
            "week": [c.mondays()[one] for one in kept],
            "share": reach[:, kept].mean(axis=0),
            "share_q10": np.quantile(reach[:, kept], 1 - LATE, axis=0),
            "share_q90": np.quantile(reach[:, kept], LATE, axis=0),
            "backlog": backlog[:, kept].mean(axis=0),
            "gone": pl.Series([week if week < c.weeks else None] * len(kept), dtype=pl.Int64),
        }
    )


def grid(scenario: Scenario, *, replications: int | None = None) -> pl.DataFrame:
    """Run every point of the grid.

    ``scenario``: the scenario; its dated changes hold at every point. ``replications``: futures of every
    point, the same ones for all; by default those of the table. Returns a row per point and quarter: ``fte``,
    ``minutes``, ``phone``, ``week``; ``share`` of the group in contact in the 52 weeks before (mean,
    ``share_q10``, ``share_q90``), ``backlog`` (mean), ``gone``: the week by which nine in ten futures have no
    backlog left, null where they have some all through the run. A point that cannot be run is left out:
    nothing is interpolated over it; where none can be, the error of the last is raised.
    """
    frames, seed = [], int(scenario["run.seed"])  # type: ignore[arg-type]
    for spot, point in _points(scenario, axes(scenario)):
        with contextlib.suppress(KikError):
            named = [pl.lit(value).alias(name) for name, value in zip(AXES, spot, strict=True)]
            frames.append(_course(point, replications, seed).select(*named, pl.all()))
    if not frames:
        _course(point, 1, seed)  # fails as all of them did, and says why
    return pl.concat(frames).sort(*AXES, "week", maintain_order=True)


def error(scenario: Scenario, points: pl.DataFrame) -> float:
    """Return the largest difference between the engine and the interpolation, in the middle of bent cells.

    ``scenario``, ``points``: the scenario, and what :func:`grid` gave. Returns share of the group in contact
    at the end of the run, 0 to 1.
    """
    known = axes(scenario)
    end = points.filter(pl.col("week") == points["week"].max())
    at = {row[:3]: row[3] for row in end.select(*AXES, "share").iter_rows()}
    cells = list(itertools.product(*(range(len(known[name]) - 1) for name in AXES)))
    shares = np.array([at.get(spot, np.nan) for spot in itertools.product(*known.values())])
    shares = shares.reshape([*map(len, known.values())])
    bent = sum(np.abs(np.gradient(np.gradient(shares, axis=k), axis=k)) for k in range(len(AXES)))
    cells.sort(key=lambda cell: -np.nansum(bent[tuple(slice(k, k + 2) for k in cell)]))
    worst, seed = [0.0], int(scenario["run.seed"])  # type: ignore[arg-type]
    for cell in cells[: int(sizes("cells")[0])]:  # where slopes change most a straight line is furthest off
        ends = [known[name][k : k + 2] for name, k in zip(AXES, cell, strict=True)]
        corners = list(itertools.product(*ends))
        if all(corner in at for corner in corners):
            middle = {name: [sum(pair) / 2] for name, pair in zip(AXES, ends, strict=True)}
            ((_, point),) = _points(scenario, middle)
            found = _course(point, int(sizes("replications")[0]), seed)["share"][-1]
            worst.append(abs(found - sum(at[corner] for corner in corners) / len(corners)))
    return max(worst)
