"""Looking more than once: group-sequential boundaries, their power and their price in people.

All probabilities by recursive integration of the score process (Armitage, McPherson and Rowe 1969;
Jennison and Turnbull 2000, chapter 19), with Gauss-Legendre nodes on the continuation region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments as arg

#: Boundaries of constant shape, and boundaries that spend alpha as information comes in.
Boundary = Literal["pocock", "obrien-fleming", "lan-demets-pocock", "lan-demets-obrien-fleming"]
#: Smallest step between two looks: below it the nodes no longer resolve a step's spread.
CLOSEST = 0.005
#: Quadrature nodes per standard deviation of one step, and the numbers of nodes in use.
NODES_PER_STEP = 4.0
SIZES = (32, 64, 96, 128, 192, 256, 384, 512)
#: Reach of the integrals in standard deviations: beyond it less than 1e-15 is left.
REACH = 8.5


@dataclass(frozen=True, slots=True)
class Sequential:
    """A two-sided group-sequential design; runs over its limits like a tuple.

    Attributes
    ----------
    kind, alpha
        As asked.
    fractions : tuple of float
        Share of the full information at each look, the last one 1.
    bounds : tuple of float
        Limit of the absolute z statistic at each look; pass it and the comparison stops.
    nominal : tuple of float
        Two-sided nominal p at each look.
    spent : tuple of float
        Alpha used up to and including each look.
    """

    kind: str
    alpha: float
    fractions: tuple[float, ...]
    bounds: tuple[float, ...]
    nominal: tuple[float, ...]
    spent: tuple[float, ...]

    def __iter__(self) -> Iterator[float]:
        return iter(self.bounds)

    def __len__(self) -> int:
        return len(self.bounds)

    def __getitem__(self, look: int) -> float:
        return self.bounds[look]


@cache
def _nodes(number: int) -> tuple[arg.Floats, arg.Floats]:
    points, weights = np.polynomial.legendre.leggauss(number)
    return points, weights


class _Process:
    """The score process stopped at its limits: density on the continuation region, look after look."""

    def __init__(self, drift: float) -> None:
        self.drift = drift
        self.time = 0.0
        self.points = np.zeros(1)
        self.mass = np.ones(1)  # density times quadrature weight

    def beyond(self, bound: float, time: float, *, above_only: bool = False) -> float:
        """Return the chance to be outside ``+-bound`` (in z) at ``time``, not having stopped before."""
        from scipy.special import ndtr

        step = time - self.time
        mean = self.points + self.drift * step
        limit = bound * np.sqrt(time)
        outside = ndtr((mean - limit) / np.sqrt(step))
        if not above_only:
            outside = outside + ndtr((-mean - limit) / np.sqrt(step))
        return float(self.mass @ outside)

    def carry_on(self, bound: float, time: float) -> None:
        """Move to ``time``, keeping only what stays inside ``+-bound``."""
        step = time - self.time
        centre = self.drift * time
        limit = bound * np.sqrt(time)
        low = max(-limit, centre - REACH * np.sqrt(time))
        high = min(limit, centre + REACH * np.sqrt(time))
        if high <= low:  # all mass lies beyond the limits
            self.points, self.mass, self.time = np.zeros(1), np.zeros(1), time
            return
        # nodes must resolve one step's spread; a few sizes only, because finding nodes is the slow part
        wanted = NODES_PER_STEP * (high - low) / np.sqrt(step)
        nodes, weights = _nodes(next((size for size in SIZES if size >= wanted), SIZES[-1]))
        points = (high + low) / 2.0 + (high - low) / 2.0 * nodes
        gap = (points[:, None] - self.points[None, :] - self.drift * step) / np.sqrt(step)
        kernel = np.exp(-0.5 * gap * gap) / np.sqrt(2.0 * np.pi * step)
        self.mass = (kernel @ self.mass) * weights * (high - low) / 2.0
        self.points, self.time = points, time


def _crossing(
    bounds: Sequence[float], fractions: Sequence[float], drift: float, *, above_only: bool = False
) -> list[float]:
    process = _Process(drift)
    stops = []
    for bound, time in zip(bounds, fractions, strict=True):
        stops.append(process.beyond(bound, time, above_only=above_only))
        process.carry_on(bound, time)
    return stops


def _solve(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-12))


def _spending(kind: str, alpha: float, fraction: float) -> float:
    """Return the alpha spent at an information fraction (Lan and DeMets 1983), half on either side."""
    from scipy.special import ndtr, ndtri

    if kind == "lan-demets-pocock":
        return float(alpha * np.log1p((np.e - 1.0) * fraction))
    return float(2.0 * 2.0 * ndtr(ndtri(alpha / 4.0) / np.sqrt(fraction)))


@lru_cache(maxsize=64)
def _design(kind: str, alpha: float, fractions: tuple[float, ...]) -> Sequential:
    from scipy.special import ndtr

    bounds: list[float] = []
    if kind in ("pocock", "obrien-fleming"):
        shape = [1.0 if kind == "pocock" else float(np.sqrt(1.0 / t)) for t in fractions]
        constant = _solve(lambda c: sum(_crossing([c * s for s in shape], fractions, 0.0)) - alpha, 0.0, 12.0)
        bounds = [constant * s for s in shape]
    else:
        process, spent = _Process(0.0), 0.0
        for time in fractions:
            due = _spending(kind, alpha, time) - spent
            spent += due
            bounds.append(_solve(lambda b, t=time, d=due: process.beyond(b, t) - d, 0.0, 40.0))  # type: ignore[misc]
            process.carry_on(bounds[-1], time)
    stops = np.cumsum(_crossing(bounds, fractions, 0.0))
    nominal = tuple(float(2.0 * ndtr(-bound)) for bound in bounds)
    return Sequential(kind, alpha, fractions, tuple(bounds), nominal, tuple(float(stop) for stop in stops))


@arg.checked
def group_sequential(
    looks: Annotated[int, arg.Whole(1, 50, "look at least once; more than 50 looks change next to nothing")],
    *,
    kind: Boundary = "pocock",
    alpha: arg.Alpha = 0.05,
    fractions: Annotated[ArrayLike, arg.Outcomes()] | None = None,
) -> Sequential:
    """Return the limits for looking several times at one two-sided comparison.

    Parameters
    ----------
    looks
        Number of looks, the last one included; 1 to 50.
    kind
        ``pocock`` (1977), ``obrien-fleming`` (1979), or spending functions of Lan and DeMets (1983) that
        resemble them: ``lan-demets-pocock``, ``lan-demets-obrien-fleming``.
    alpha
        Chance of a false claim over all looks together, 1e-12 up to 1.
    fractions
        Share of the full information at each look, rising to 1 in steps of at least 0.005; equal steps when
        left out.

    Returns
    -------
    Sequential
        Limits of the absolute z, nominal p and alpha spent, per look.

    Examples
    --------
    >>> [round(bound, 3) for bound in group_sequential(2, kind="pocock").bounds]
    [2.178, 2.178]
    """
    if fractions is None:
        return _design(kind, alpha, tuple(float(k) / looks for k in range(1, looks + 1)))
    times = tuple(float(value) for value in np.asarray(fractions))
    steps = np.diff(times)
    if len(times) != looks or (steps <= 0.0).any() or times[0] <= 0.0 or abs(times[-1] - 1.0) > 1e-9:
        raise ParameterError(
            f"fractions is {times}: it must hold {looks} rising shares above 0, the last one 1; "
            "give the share of all people seen at each look"
        )
    if (steps < CLOSEST - 1e-12).any():
        raise ParameterError(
            f"fractions holds looks {steps.min():.3g} apart: they must lie at least {CLOSEST} apart; "
            "leave out looks that add next to nothing"
        )
    return _design(kind, alpha, (*times[:-1], 1.0))


@arg.checked
def sequential_power(design: Sequential, drift: arg.Real) -> float:
    """Return the power of a group-sequential design, a stop on either side counted (alpha at drift 0).

    Parameters
    ----------
    design
        From :func:`group_sequential`.
    drift
        Mean of the z statistic when all people have been seen (a design with one look has power .8 at
        1.96 + 0.84).
    """
    return float(min(1.0, sum(_crossing(design.bounds, design.fractions, abs(drift)))))


@arg.checked
def inflation_factor(design: Sequential, *, power: arg.TargetOf = 0.8) -> float:
    """Return how many times more people the design needs at most than one look (Jennison and Turnbull's R).

    A stop in the wrong direction does not count as power here; the fixed comparison is the usual
    ``(z_(alpha/2) + z_beta)^2``.

    Parameters
    ----------
    design
        From :func:`group_sequential`.

    Returns
    -------
    float
        At least 1.
    """
    from scipy.special import ndtri

    fixed = float(-ndtri(design.alpha / 2.0) + ndtri(power))

    def lacking(drift: float) -> float:
        return power - float(sum(_crossing(design.bounds, design.fractions, drift, above_only=True)))

    return (_solve(lacking, 0.0, 3.0 * fixed + 3.0) / fixed) ** 2


@arg.checked
def expected_share(design: Sequential, drift: arg.Real) -> float:
    """Return the expected share of all people seen when the comparison stops, 1 without early stops.

    Arguments as in :func:`sequential_power`.
    """
    stops = _crossing(design.bounds, design.fractions, abs(drift))[:-1]
    early = sum(stop * time for stop, time in zip(stops, design.fractions[:-1], strict=True))
    return float(early + 1.0 - sum(stops))
