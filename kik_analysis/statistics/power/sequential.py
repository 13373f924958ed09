"""Looking more than once: group-sequential boundaries.

All probabilities by recursive integration of the score process (Armitage, McPherson and Rowe 1969;
Jennison and Turnbull 2000, chapter 19), with Gauss-Legendre nodes on the continuation region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Literal

import numpy as np

from kik_analysis.statistics import arguments as arg

Boundary = Literal["pocock", "obrien-fleming"]
#: Quadrature nodes per standard deviation of one step, and the numbers of nodes in use.
NODES_PER_STEP = 4.0
SIZES = (32, 64, 96, 128, 192, 256, 384, 512)
#: Reach of the integrals in standard deviations: beyond it less than 1e-15 is left.
REACH = 8.5
_LOOKS = "look at least once; more than 50 looks change next to nothing"


@dataclass(frozen=True, slots=True)
class Sequential:
    """A two-sided group-sequential design, look by look.

    ``kind``, ``alpha``: as asked. ``fractions``, ``bounds``: share of the full information (the last one 1),
    and limit of the absolute z: pass it and stop. ``nominal``, ``spent``: two-sided nominal p, and alpha used
    up to and including the look.
    """

    kind: str
    alpha: float
    fractions: tuple[float, ...]
    bounds: tuple[float, ...]
    nominal: tuple[float, ...]
    spent: tuple[float, ...]


@cache
def gauss_nodes(number: int) -> tuple[arg.Floats, arg.Floats]:
    """Return points and weights on -1..1 (Gauss and Legendre)."""
    points, weights = np.polynomial.legendre.leggauss(number)
    return points, weights


def _crossing(bounds: Sequence[float], fractions: Sequence[float]) -> list[float]:
    """Return the chance to stop at each look, if nothing differs.

    From look to look goes the density of the score process, without drift, on its continuation region.
    """
    from scipy.special import ndtr

    before, points, mass = 0.0, np.zeros(1), np.ones(1)  # mass is density times quadrature weight
    stops = []
    for bound, time in zip(bounds, fractions, strict=True):
        step, limit = time - before, bound * np.sqrt(time)
        root = np.sqrt(step)
        stops.append(float(mass @ (ndtr((points - limit) / root) + ndtr((-points - limit) / root))))
        # nodes must resolve one step's spread; a few sizes only, because finding nodes is the slow part
        reach = min(bound, REACH) * np.sqrt(time)
        wanted = NODES_PER_STEP * 2.0 * reach / root
        nodes, weights = gauss_nodes(next((size for size in SIZES if size >= wanted), SIZES[-1]))
        gap = (reach * nodes[:, None] - points[None, :]) / root
        kernel = np.exp(-0.5 * gap * gap) / np.sqrt(2.0 * np.pi * step)
        before, points, mass = time, reach * nodes, (kernel @ mass) * weights * reach
    return stops


@arg.checked
@lru_cache(maxsize=64)
def group_sequential(
    looks: Annotated[int, arg.whole(1, 50, _LOOKS)], *, kind: Boundary = "pocock", alpha: arg.Alpha = 0.05
) -> Sequential:
    """Return the limits for looking several times, at equal steps, at one two-sided comparison.

    ``looks``: number of looks, the last one included; 1 to 50. ``kind``: constant limits of Pocock (1977),
    ``pocock``, or those of O'Brien and Fleming (1979), ``obrien-fleming``, which fall with the square root of
    what has been seen. ``alpha``: chance of a false claim over all looks together, 1e-12 up to 1.

    Examples
    --------
    >>> [round(bound, 3) for bound in group_sequential(2, kind="pocock").bounds]
    [2.178, 2.178]
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    fractions = tuple(float(k) / looks for k in range(1, looks + 1))
    shape = [1.0 if kind == "pocock" else float(np.sqrt(1.0 / t)) for t in fractions]

    def excess(constant: float) -> float:
        return sum(_crossing([constant * s for s in shape], fractions)) - alpha

    constant = float(brentq(excess, 0.0, 12.0, xtol=1e-12))
    bounds = tuple(constant * s for s in shape)
    spent = np.cumsum(_crossing(bounds, fractions))
    nominal = tuple(float(2.0 * ndtr(-bound)) for bound in bounds)
    return Sequential(kind, alpha, fractions, bounds, nominal, tuple(float(stop) for stop in spent))
