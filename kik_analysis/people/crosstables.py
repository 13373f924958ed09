"""Cross-tables with whole cells and exact margins, and people matched to them.

A target comes from iterative proportional fitting (Deming & Stephan 1940): the table with the wanted
margins that keeps the association of a starting table, here none at all but for cells that cannot be
(structural noughts). It becomes whole by controlled rounding: every cell is rounded up or down and every
margin stays as it is, as a transportation problem whose optimum in linear programming is whole by itself
(Causey, Cox & Ernst 1985). Rounding is to the table nearest in L1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.errors import ModelError
from kik_analysis.people.histories import Flags, Floats, Integers

_ROUNDS, _CLOSE = 2_000, 1e-10
_DIGITS = 9
"""Decimals of a fractional table that count: what differs beyond them differs by processor."""


@dataclass(frozen=True)
class CrossTable:
    """A fitted table.

    ``name``: which variables, for example ``segment x age_band``. ``rows``, ``columns``: their categories.
    ``target``: from iterative proportional fitting. ``cells``: whole; margins as asked for.
    """

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    target: Floats
    cells: Integers

    @property
    def distance(self) -> float:
        """Return the share of people in another cell than in the target: half the L1 distance."""
        return float(np.abs(self.cells - self.target).sum() / 2 / max(1, self.cells.sum()))


def _transport(cost: Floats, most: Integers, rows: Integers, columns: Integers) -> Integers | None:
    """Return the cheapest whole table with these margins and at most ``most`` in each cell, or None."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    if rows.sum() != columns.sum() or (rows < 0).any() or (columns < 0).any():
        return None
    height, width = cost.shape
    at = np.arange(height * width)
    lines = np.concatenate([at // width, height + at % width])
    ones = np.ones(2 * len(at))
    solve: Any = linprog  # its stubs know no sparse matrix
    found = solve(
        np.round(cost.reshape(-1), 6),
        A_eq=coo_array((ones, (lines, np.tile(at, 2))), shape=(height + width, len(at))).tocsr(),
        b_eq=np.concatenate([rows, columns]),
        bounds=np.stack([np.zeros(len(at)), most.reshape(-1)], axis=1),
        method="highs-ds",
    )
    if found.x is None:
        return None
    table = np.round(found.x).astype(np.int64).reshape(height, width)
    right = (table.sum(axis=1) == rows).all() and (table.sum(axis=0) == columns).all()
    return table if right and (table <= most).all() and (table >= 0).all() else None


def fit(start: Floats, rows: Integers, columns: Integers) -> Floats:
    """Return the table with these margins that keeps the odds ratios of ``start`` (noughts stay nought).

    ``start``: nought for a cell that cannot be, otherwise positive. ``rows``, ``columns``: margins with the
    same sum, for which some table exists.
    """
    table = start.astype(np.float64)
    for _ in range(_ROUNDS):
        for axis, aims in ((1, rows), (0, columns)):
            sums = table.sum(axis=axis)
            table *= np.expand_dims(np.divide(aims, sums, out=np.zeros(len(aims)), where=sums > 0), axis)
        if np.abs(table.sum(axis=1) - rows).max(initial=0.0) <= _CLOSE * max(1.0, float(rows.sum())):
            break
    return np.round(table, _DIGITS)


def rounded(target: Floats, rows: Integers, columns: Integers) -> Integers:
    """Return the whole table with these margins that is nearest to ``target``, each cell rounded up or down.

    Where fitting ended before its margins were exact (a table on the edge of what can be), a cell may move
    further.

    ModelError when no whole table with these margins has nought where ``target`` has.
    """
    floor = np.floor(target + _CLOSE).astype(np.int64)
    part = np.clip(target - floor, 0.0, 1.0)
    short = rows - floor.sum(axis=1), columns - floor.sum(axis=0)
    up = _transport(1.0 - 2.0 * part, (part > _CLOSE).astype(np.int64), *short)
    if up is not None:
        return floor + up
    most = np.where(target > 0, np.minimum.outer(rows, columns), 0)
    free = _transport(-target / max(1.0, float(target.max(initial=0.0))), most, rows, columns)
    if free is None:
        raise ModelError("no table has these margins and these empty cells")
    return free


def cross(name: str, rows: dict[str, int], columns: dict[str, int], can: Flags | None = None) -> CrossTable:
    """Return the cross-table of two variables with given margins and no association but empty cells.

    ``name``: named in messages. ``rows``, ``columns``: people by category; the sums are equal. ``can``: false
    for a cell that cannot be; by default every cell can. ModelError when no table fits: who contradicts whom
    is for :mod:`kik_analysis.people.consistency` to say.
    """
    down, across = np.array(list(rows.values())), np.array(list(columns.values()))
    allowed = np.ones((len(down), len(across)), dtype=np.bool_) if can is None else can
    target = fit(allowed.astype(np.float64), down, across)
    try:
        cells = rounded(target, down, across)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None
    return CrossTable(name, tuple(rows), tuple(columns), target, cells)


def match(table: CrossTable, row_of: Integers, random: np.random.Generator) -> Integers:
    """Return a column for each person, at random within the rows of a table.

    ``table``: its row margins are the numbers of people in ``row_of``. ``row_of``: row of each person.
    ``random``: random numbers.
    """
    order = np.lexsort([random.random(len(row_of)), row_of])
    out = np.empty(len(row_of), dtype=np.int64)
    width = len(table.columns)
    out[order] = np.repeat(np.tile(np.arange(width), len(table.rows)), table.cells.reshape(-1))
    return out


def counts(codes: npt.NDArray[np.int64], names: Sequence[str]) -> dict[str, int]:
    """Return how many people have each category."""
    found = np.bincount(codes, minlength=len(names))
    return {name: int(count) for name, count in zip(names, found, strict=True)}
