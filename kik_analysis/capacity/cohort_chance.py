"""Random draws on counts, for all replications of a block at once.

Every draw is a textbook one (binomial, multinomial, hypergeometric, Poisson); where only a few people are
concerned it is made person by person, which is the same distribution and cheaper. Numbers come from NumPy's
Philox (Salmon et al. 2011), one stream per block of replications.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.cohort_cells import Cells

Array = npt.NDArray[Any]

_CERTAIN = 1 - 2.0**-53  # largest probability below one; what is certain fails to happen once in 10**16


class Chance:
    """Draws for one block of replications.

    Parameters
    ----------
    seed, block
        The numbers depend on these two and on nothing else.
    """

    whole = True  #: counts are whole numbers
    people: type[np.integer[Any] | np.floating[Any]] = np.int32
    total: type[np.integer[Any] | np.floating[Any]] = np.int64

    def __init__(self, seed: int, block: int) -> None:
        self.rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, block])))

    def split(self, counts: Array, p: Array) -> Array:
        """Divide people over categories: counts (c, rows), p (K, c, rows or 1) -> (K, c, rows)."""
        out = np.zeros((len(p), *counts.shape), dtype=self.people)
        cell, row = counts.nonzero()
        if not len(cell):
            return out
        n = counts[cell, row]
        chances = p[:, cell, row if p.shape[2] > 1 else 0]
        if n.sum() <= 4 * len(n):
            out[:, cell, row] = self._one_by_one(n, chances)
        else:
            chances = np.maximum(chances, 0.0)
            out[:, cell, row] = self.rng.multinomial(n, (chances / chances.sum(axis=0)).T).T
        return out

    def _one_by_one(self, n: Array, p: Array) -> Array:
        """Split by a uniform number for each person: n (e,), p (K, e) -> (K, e)."""
        entry = np.repeat(np.arange(len(n)), n)
        edge = np.cumsum(p, axis=0)
        u = self.rng.random(len(entry)) * edge[-1][entry]
        category = np.zeros(len(entry), dtype=np.int64)
        for k in range(len(p) - 1):
            category += u >= edge[k][entry]
        return np.bincount(category * len(n) + entry, minlength=len(p) * len(n)).reshape(len(p), len(n))

    def binomial(self, n: Array, p: Array) -> Array:
        """Successes among n, each with probability p."""
        return self.rng.binomial(n, np.broadcast_to(p, n.shape))

    def arrivals(self, mean: Array, fixed: Array, p: Array, rows: int) -> Array:
        """People coming in by category: mean and fixed (rows or 1,), p (K, rows or 1) -> (K, rows)."""
        number = self.rng.poisson(np.broadcast_to(mean, rows)) + fixed
        share = np.broadcast_to((p / p.sum(axis=0)).T, (rows, len(p)))
        return self.rng.multinomial(number, share).T

    def order_statistic(self, place: Array, n: Array) -> Array:
        """Position, uniform on (0, 1), of number ``place`` (from 1) among n."""
        return self.rng.beta(place, n - place + 1)

    def sample(self, counts: Array, size: Array) -> Array:
        """Without replacement: counts (c, rows), size (rows,) -> (c, rows), a multivariate hypergeometric."""
        out = np.zeros_like(counts)
        left, size = counts.sum(axis=0), size.astype(np.int64).copy()
        for i in range(len(counts) - 1):
            left -= counts[i]
            out[i] = self.rng.hypergeometric(counts[i], left, size)
            size -= out[i]
        out[-1] = size
        return out

    def one(self, counts: Array) -> Array:
        """One person at random: counts (c, rows) -> index of the cell (rows,)."""
        edge = np.cumsum(counts, axis=0)
        u = np.floor(self.rng.random(counts.shape[1]) * edge[-1])
        return np.asarray((edge <= u).sum(axis=0))

    def thin(self, cells: Cells, which: Array, p: Array) -> tuple[Array, Array]:
        """Pick each person of some cells with probability p: which (c,), p (c, rows or 1).

        Events of a Poisson process run through people's places in steps of their hazard -log(1-p); whoever is
        hit at least once is picked, independently of everybody else. Places are numbered up to the largest
        count in any row, so no sums over cells and rows are needed: the work grows with the people picked.

        Returns
        -------
        (cell, row), one entry for each person picked.
        """
        top = p.max(axis=1)
        used = (cells.most[which] > 0) & (top > 0)
        which, p, top = which[used], p[used], top[used]
        if not len(which):
            return which, which
        most = cells.most[which]
        hazard = -np.log1p(-np.minimum(top, _CERTAIN))
        edge = np.cumsum(hazard * most * cells.rows)
        points = self._points(float(edge[-1]))
        at = np.searchsorted(edge, points, side="right")
        start = np.concatenate([[0.0], edge[:-1]])
        place = np.minimum(((points - start[at]) / hazard[at]).astype(np.int64), most[at] * cells.rows - 1)
        new = np.ones(len(at), dtype=bool)
        new[1:] = (at[1:] != at[:-1]) | (place[1:] != place[:-1])
        at, place = at[new], place[new]
        row, number = np.divmod(place, most[at])
        hit = number < cells.n[which[at], row]
        at, row = at[hit], row[hit]
        if p.shape[1] > 1:
            keep = self.rng.random(len(at)) * top[at] < p[at, row]
            at, row = at[keep], row[keep]
        return which[at], row

    def _points(self, length: float) -> Array:
        """Events of a Poisson process of rate one on (0, length)."""
        points = np.cumsum(self.rng.standard_exponential(int(length + 4 * length**0.5) + 16))
        while points[-1] < length:
            more = np.cumsum(self.rng.standard_exponential(1000)) + points[-1]
            points = np.concatenate([points, more])
        return points[: np.searchsorted(points, length)]

    def leave(self, cells: Cells, p: Array) -> Array:
        """Everybody leaves with the probability of his or her standing: p (7 S, rows or 1) -> (S, rows) leavers."""
        which = np.fromiter(cells.index.values(), dtype=np.int64, count=len(cells.index))
        standing = cells.standing[which]
        cell, row = self.thin(cells, which, p[standing])
        cells.remove_singly(cell, row)
        at = cells.standing[cell] % cells.segments * cells.rows + row
        return np.bincount(at, minlength=cells.segments * cells.rows).reshape(cells.segments, cells.rows)

    def some(self, cells: Cells, which: Array, p: Array) -> Array:
        """People of some cells, each picked with probability p: (c,), (c, rows or 1) -> (c, rows)."""
        cell, row = self.thin(cells, which, p)
        number = np.zeros(len(cells.key), dtype=np.int64)
        number[which] = np.arange(len(which))
        flat = np.bincount(number[cell] * cells.rows + row, minlength=len(which) * cells.rows)
        return flat.reshape(len(which), cells.rows).astype(self.people)


class Mean:
    """The same with expectations in place of draws: the fluid limit, in fractions of people."""

    whole = False
    people: type[np.integer[Any] | np.floating[Any]] = np.float64
    total: type[np.integer[Any] | np.floating[Any]] = np.float64

    def split(self, counts: Array, p: Array) -> Array:
        """Divide people over categories."""
        return np.asarray(counts * p)

    def binomial(self, n: Array, p: Array) -> Array:
        """Mean number of successes."""
        return np.asarray(n * p)

    def arrivals(self, mean: Array, fixed: Array, p: Array, rows: int) -> Array:
        """Mean number coming in by category."""
        return np.broadcast_to((mean + fixed) * p / p.sum(axis=0), (len(p), rows))

    def leave(self, cells: Cells, p: Array) -> Array:
        """Mean number leaving, by segment."""
        out = np.zeros((cells.segments, cells.rows))
        for i in list(cells.index.values()):
            gone = cells.n[i] * p[cells.standing[i]]
            cells.take(i, gone)
            out[cells.standing[i] % cells.segments] += gone
        return out

    def some(self, cells: Cells, which: Array, p: Array) -> Array:
        """Mean number picked."""
        return np.asarray(cells.n[which] * p)
