"""The smallest number of posts with which a promise is kept: searched, not tabulated.

Under common random numbers a future that keeps its promise with some posts keeps it with more, so every
future has a threshold, and the smallest fte with which a share p of the futures keep it is the p-quantile of
these (``by_rank``). Only futures whose threshold may still lie on either side are run. Where that is not so,
the share of futures that keep it is made rising by isotonic regression (``by_fit``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Pairs of a future and a number of posts, to the share of people for whom it is kept.
Evaluate = Callable[[Sequence[tuple[int, float]]], Floats]
#: Confidence of Monte Carlo intervals.
CONFIDENCE = 0.95
FINEST = 1 / 16  #: fte; thresholds are found to within this
PILOT = 8  #: futures with which the neighbourhood is sought
_PARTS = 6  # of a neighbourhood, to see whether more posts ever keep less
_STEPS = 8  # parts in which it is cut for a fit
_RESAMPLES = 400
_CLOSER = 2  # times that the best is looked at more closely


@dataclass(frozen=True)
class Found:
    """The smallest fte found.

    ``fte``: keeps the promise in the share of futures asked for; infinite where none does. ``low``, ``high``:
    Its Monte Carlo interval. ``futures``: how many were used. ``monotone``: whether no future of the pilot
    broke with more posts a promise that it kept with fewer. ``typical``: keeps the promise in half of the
    futures.
    """

    fte: float
    low: float
    high: float
    futures: int
    monotone: bool
    typical: float


@dataclass(frozen=True)
class Neighbourhood:
    """Where the answer lies: ``low`` is too few, ``high`` may do; ``best`` reach the largest share."""

    low: float
    high: float
    best: float
    share: float


def neighbourhood(evaluate: Evaluate, coverage: float, probability: float, most: float) -> Neighbourhood:
    """Find two numbers of posts between which the answer lies, with the pilot's futures.

    ``evaluate``: runs futures. ``coverage``, ``probability``: of the promise. ``most``: posts beyond which
    there is no sense in looking.
    """
    tried: dict[float, float] = {}

    def suffices(fte: float) -> bool:
        found = evaluate([(r, fte) for r in range(PILOT)])
        tried[fte] = float(found.mean())
        return bool((found >= coverage).mean() >= probability)

    def best() -> float:
        return max(tried, key=lambda fte: (tried[fte], -fte))

    grid = [1.0]
    while grid[-1] < most:
        grid.append(min(2 * grid[-1], most))
    for _ in range(_CLOSER + 1):
        for fte in grid:
            if suffices(fte):
                if fte == grid[0] and suffices(0.0):
                    return Neighbourhood(0.0, 0.0, 0.0, tried[0.0])
                below = max((one for one in tried if one < fte), default=0.0)
                return Neighbourhood(below, fte, fte, tried[fte])
        # kept nowhere: more posts may reach fewer people, so look closely around the best
        known = sorted(tried)
        k = known.index(best())
        ends = known[max(0, k - 1) : k + 2]
        grid = sorted(a + (b - a) * part for a, b in itertools.pairwise(ends) for part in (1 / 3, 2 / 3))
    return Neighbourhood(
        max((one for one in tried if one < best()), default=0.0), math.inf, best(), tried[best()]
    )


def pilot(evaluate: Evaluate, coverage: float, low: float, high: float) -> tuple[Floats, Floats]:
    """Return a grid of posts, and whether each of the pilot's futures keeps the promise (grid, futures)."""
    grid = np.linspace(low, high, _PARTS + 1)
    kept = evaluate([(r, float(fte)) for fte in grid for r in range(PILOT)]) >= coverage
    return grid, kept.reshape(len(grid), PILOT).astype(float)


def is_monotone(kept: Floats) -> bool:
    """Tell whether no future of the pilot breaks with more posts a promise that it keeps with fewer."""
    return bool((np.diff(kept, axis=0) >= 0).all())


def window(grid: Floats, kept: Floats, probability: float) -> tuple[float, float]:
    """Return the part of a grid where the share of futures that keep the promise passes p."""
    share = kept.mean(axis=1)
    few = np.flatnonzero(share < probability / 2)
    some = np.flatnonzero(share < 1)
    last = min(int(some[-1]) + 1 if len(some) else 0, len(grid) - 1)  # from here on all keep it
    return float(grid[few[-1] if len(few) else 0]), float(grid[last])


def ranks(futures: int, probability: float) -> tuple[int, int, int]:
    """Places (from 0) of the p-quantile among sorted thresholds, and of its interval (order statistics)."""
    from scipy import special

    tail = (1 - CONFIDENCE) / 2
    chances = special.bdtr(np.arange(futures + 1), futures, probability)
    first, last = (int(k) for k in np.searchsorted(chances, (tail, 1 - tail)))
    return max(0, first - 1), math.ceil(probability * futures - 1e-9) - 1, min(futures - 1, last)


def by_rank(
    evaluate: Evaluate,
    futures: int,
    coverage: float,
    probability: float,
    low: float,
    high: float,
    finest: float = FINEST,
) -> Found:
    """Find the p-quantile of the futures' thresholds, and its interval, by bisection.

    ``evaluate``, ``coverage``, ``probability``: as in :func:`neighbourhood`. ``futures``: how many. ``low``,
    ``high``: between which it lies. ``finest``: within which it is found.
    """
    under, over = np.full(futures, -math.inf), np.full(futures, math.inf)

    def ask(fte: float) -> None:
        open_ = np.flatnonzero((under < fte) & (over > fte))
        if not len(open_):
            return
        kept = evaluate([(int(r), fte) for r in open_]) >= coverage
        over[open_[kept]], under[open_[~kept]] = fte, fte

    ask(low)
    ask(high)
    wanted = (*ranks(futures, probability), ranks(futures, 0.5)[1])
    while True:
        below, above = np.sort(under), np.sort(over)
        wide = [(above[k] - below[k], k) for k in wanted if math.isfinite(above[k] - below[k])]
        width, k = max(wide, default=(0.0, 0))
        if width <= finest:
            break
        ask(float(below[k] + above[k]) / 2)
    least, middle, largest, typical = (float(np.sort(over)[k]) for k in wanted)
    return Found(middle, least, largest, futures, True, typical)


def by_fit(
    evaluate: Evaluate, futures: int, coverage: float, probability: float, low: float, high: float
) -> Found:
    """Find where a rising fit of the share of futures that keep it passes p; its interval by resampling.

    Parameters are those of :func:`by_rank`.
    """
    grid = np.linspace(low, high, _STEPS + 1)
    jobs = [(r, float(fte)) for fte in grid for r in range(futures)]
    kept = (evaluate(jobs) >= coverage).reshape(len(grid), futures).astype(float)
    words = np.random.SeedSequence([*b"isotonic", futures]).generate_state(2, np.uint64)
    drawn = np.random.Generator(np.random.Philox(key=words)).integers(futures, size=(_RESAMPLES, futures))
    again = [passes(grid, kept[:, rows].mean(axis=1), probability) for rows in drawn]
    tail = (1 - CONFIDENCE) / 2
    least, largest = (float(x) for x in np.quantile(again, (tail, 1 - tail), method="nearest"))
    fte, typical = (passes(grid, kept.mean(axis=1), part) for part in (probability, 0.5))
    return Found(fte, least, largest, futures, False, typical)


def passes(grid: Floats, kept: Floats, probability: float) -> float:
    """Return the first number of posts at which an isotonic fit reaches p; infinite where it never does."""
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(kept).x
    enough = np.flatnonzero(fitted >= probability - 1e-12)
    return float(grid[enough[0]]) if len(enough) else math.inf


def each(evaluate: Evaluate, futures: int, coverage: float, start: float, most: float) -> Floats:
    """Return the threshold of every future, for futures that differ much (each its own parameters).

    ``evaluate``, ``coverage``: as in :func:`neighbourhood`. ``futures``: how many. ``start``: where to begin.
    ``most``: beyond which a future counts as one that no staff keeps: infinite.
    """
    under, over = np.zeros(futures), np.full(futures, math.inf)
    ask, ladder = np.full(futures, start), math.sqrt(2)
    for step in itertools.count():
        fine = np.where(np.isfinite(over), np.maximum(4 * FINEST, over / 48), 0)
        open_ = np.flatnonzero((over - under > fine) & (under < most))
        if not len(open_):
            break
        kept = evaluate([(int(r), float(ask[r])) for r in open_]) >= coverage
        over[open_[kept]], under[open_[~kept]] = ask[open_[kept]], ask[open_[~kept]]
        found = np.isfinite(over)
        rise = ladder if step < _STEPS / 2 else ladder**2
        up, down = np.minimum(under * rise, most), over / ladder
        middle = (np.where(found, over, 0) + under) / 2
        ask = np.where(found, np.where(under > 0, middle, down), up)
        ask = np.where(found & (under <= 0) & (over < 1), middle, ask)
    return over
