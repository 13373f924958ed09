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

_ROUNDS = 2_000
_CLOSE = 1e-10
_DIGITS = 9
"""Decimals of a fractional table that count: what differs beyond them differs by processor."""


@dataclass(frozen=True)
class CrossTable:
    """A fitted table.

    Attributes
    ----------
    name
        Which variables, for example ``segment x age_band``.
    rows, columns
        Their categories.
    target : (R, C) float
        From iterative proportional fitting.
    cells : (R, C) int
        Whole; margins as asked for.
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

    @property
    def largest(self) -> float:
        """Return the largest difference in one cell, in people."""
        return float(np.abs(self.cells - self.target).max(initial=0.0))


def feasible_table(rows: Integers, columns: Integers, allowed: Flags) -> Integers | None:
    """Return some whole table with these margins and nought where nothing is allowed, or None.

    A transportation problem: the vertices of its polytope are whole.
    """
    return _transport(
        np.zeros(allowed.shape), np.where(allowed, np.minimum.outer(rows, columns), 0), rows, columns
    )


def _transport(cost: Floats, most: Integers, rows: Integers, columns: Integers) -> Integers | None:
    from scipy import optimize
    from scipy.sparse import coo_array

    if rows.sum() != columns.sum() or (rows < 0).any() or (columns < 0).any():
        return None
    height, width = cost.shape
    at = np.arange(height * width)
    lines = np.concatenate([at // width, height + at % width])
    matrix = coo_array(
        (np.ones(2 * len(at)), (lines, np.concatenate([at, at]))), shape=(height + width, len(at))
    )
    limits = np.stack([np.zeros(len(at)), most.reshape(-1)], axis=1)
    solve: Any = optimize.linprog
    found = solve(
        np.round(cost.reshape(-1), 6),
        A_eq=matrix.tocsr(),
        b_eq=np.concatenate([rows, columns]),
        bounds=limits,
        method="highs-ds",
    )
    if found.x is None:
        return None
    table = np.round(found.x).astype(np.int64).reshape(height, width)
    right = (table.sum(axis=1) == rows).all() and (table.sum(axis=0) == columns).all()
    return table if right and (table <= most).all() and (table >= 0).all() else None


def fit(start: Floats, rows: Integers, columns: Integers) -> Floats:
    """Return the table with these margins that keeps the odds ratios of ``start`` (noughts stay nought).

    Parameters
    ----------
    start : (R, C)
        Nought for a cell that cannot be, otherwise positive.
    rows, columns
        Margins with the same sum, for which some table exists.
    """
    table = start.astype(np.float64)
    for _ in range(_ROUNDS):
        sums = table.sum(axis=1)
        table *= np.divide(rows, sums, out=np.zeros(len(rows)), where=sums > 0)[:, None]
        sums = table.sum(axis=0)
        table *= np.divide(columns, sums, out=np.zeros(len(columns)), where=sums > 0)[None, :]
        if np.abs(table.sum(axis=1) - rows).max(initial=0.0) <= _CLOSE * max(1.0, float(rows.sum())):
            break
    return np.round(table, _DIGITS)


def rounded(target: Floats, rows: Integers, columns: Integers) -> Integers:
    """Return the whole table with these margins that is nearest to ``target``, each cell rounded up or down.

    Where fitting ended before its margins were exact (a table on the edge of what can be), a cell may move
    further.

    Raises
    ------
    ModelError
        When no whole table with these margins has nought where ``target`` has.
    """
    floor = np.floor(target + _CLOSE).astype(np.int64)
    part = np.clip(target - floor, 0.0, 1.0)
    up = _transport(
        1.0 - 2.0 * part,
        (part > _CLOSE).astype(np.int64),
        rows - floor.sum(axis=1),
        columns - floor.sum(axis=0),
    )
    if up is not None:
        return floor + up
    most = np.where(target > 0, np.minimum.outer(rows, columns), 0)
    free = _transport(-target / max(1.0, float(target.max(initial=0.0))), most, rows, columns)
    if free is None:
        raise ModelError("no table has these margins and these empty cells")
    return free


def cross(
    name: str,
    rows: dict[str, int],
    columns: dict[str, int],
    allowed: Flags | None = None,
    weight: Floats | None = None,
) -> CrossTable:
    """Return the cross-table of two variables with given margins.

    Parameters
    ----------
    name
        Named in messages.
    rows, columns
        People by category; the sums are equal.
    allowed : (R, C) bool
        False for a cell that cannot be; by default every cell can.
    weight : (R, C)
        Association to start from; by default none.

    Raises
    ------
    ModelError
        When no table fits; a part of the margins that contradicts itself is named.
    """
    down, across = np.array(list(rows.values())), np.array(list(columns.values()))
    can = np.ones((len(down), len(across)), dtype=np.bool_) if allowed is None else allowed
    some = feasible_table(down, across, can)
    if some is None:
        raise ModelError(f"{name}: {_conflict(rows, columns, can)}")
    start = np.where(can, 1.0 if weight is None else weight, 0.0)
    target = fit(start, down, across)
    return CrossTable(name, tuple(rows), tuple(columns), target, rounded(target, down, across))


def _conflict(rows: dict[str, int], columns: dict[str, int], can: Flags) -> str:
    """Name rows that together need more people than their possible columns have (or the other way round).

    By Hall's condition one such set exists whenever no table does. Columns are tried as complements of
    rows' reach.
    """
    down, across = list(rows.values()), list(columns.values())
    if sum(down) != sum(across):
        return f"the margins differ in sum ({sum(down)} and {sum(across)})"
    names, other = list(rows), list(columns)
    found: tuple[int, list[int], list[int]] | None = None
    for column_set in range(1, 2 ** min(len(across), 12)):
        inside = [k for k in range(len(across)) if column_set >> k & 1]
        outside = [k for k in range(len(across)) if k not in inside]
        only = [r for r in range(len(down)) if not can[r, outside].any()]
        if sum(down[r] for r in only) > sum(across[k] for k in inside) and (
            found is None or len(inside) < found[0]
        ):
            found = len(inside), only, inside
    if found is None:
        return "no table has these margins"
    _, only, inside = found
    need = ", ".join(f"{names[r]} {down[r]}" for r in only)
    room = ", ".join(f"{other[k]} {across[k]}" for k in inside)
    return f"these contradict each other: {need} must fit into {room}"


def match(table: CrossTable, row_of: Integers, random: np.random.Generator) -> Integers:
    """Return a column for each person, at random within the rows of a table.

    Parameters
    ----------
    table
        Its row margins are the numbers of people in ``row_of``.
    row_of
        Row of each person.
    random
        Random numbers.
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
