"""Looking more than once: group-sequential limits, an e-process to decide by, limits at every look.

Group-sequential probabilities by recursive integration of the score process (Armitage, McPherson and Rowe
1969; Jennison and Turnbull 2000, chapter 19), with Gauss-Legendre nodes on the continuation region.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import Interval

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

    ``bounds``: limit of the absolute z: pass it and stop. ``nominal``, ``spent``: two-sided nominal p, and
    alpha used up to and including the look.
    """

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
    before, points, mass = 0.0, np.zeros(1), np.ones(1)  # mass is density times quadrature weight
    stops = []
    for bound, time in zip(bounds, fractions, strict=True):
        step, limit = time - before, bound * np.sqrt(time)
        root, ndtr = np.sqrt(step), scipy.special.ndtr
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

    fractions = tuple(float(k) / looks for k in range(1, looks + 1))
    shape = [1.0 if kind == "pocock" else float(np.sqrt(1.0 / t)) for t in fractions]

    def excess(constant: float) -> float:
        return sum(_crossing([constant * s for s in shape], fractions)) - alpha

    constant = float(brentq(excess, 0.0, 12.0, xtol=1e-12))
    bounds = tuple(constant * s for s in shape)
    spent = np.cumsum(_crossing(bounds, fractions))
    nominal = tuple(float(2.0 * scipy.special.ndtr(-bound)) for bound in bounds)
    return Sequential(bounds, nominal, tuple(float(stop) for stop in spent))


#: Pseudo-count of either answer with which an arm's share is predicted (Turner, Ly and Grunwald 2024).
PSEUDO = 0.18
#: People per arm from which the asymptotic limits say something.
ENOUGH = 30


def reach(variance: arg.Floats, people: arg.Floats, planned: int | arg.Floats, alpha: float) -> arg.Floats:
    """Return half the width of limits that hold at all looks together, for any average of people.

    ``variance``: estimated, of the average over the ``people`` seen so far. With ``u`` these over those
    ``planned``, times ``-2 log a + log(1 - 2 log a)`` (a for alpha), it is
    ``sqrt(V (1 + 1/u) (log(1 + u) - 2 log a))``: the asymptotic sequence of Waudby-Smith, Arbour, Sinha,
    Kennedy and Ramdas (2024).
    """
    tuned = -2.0 * np.log(alpha) + np.log1p(-2.0 * np.log(alpha))
    u = tuned * people / planned
    return np.asarray(np.sqrt(variance * (1.0 + 1.0 / u) * (np.log1p(u) - 2.0 * np.log(alpha))))


Sizes = Annotated[ArrayLike, arg.whole(array=True)]


@arg.checked
def e_process(x1: arg.Firsts, n1: Sizes, x2: arg.Seconds, n2: Sizes) -> arg.Floats:
    """Return the evidence against equal shares after each look: stop and claim once it passes ``1 / alpha``.

    The safe 2x2 test of Turner, Ly and Grunwald (2024): each block is bet on with the shares of *earlier*
    blocks, against the one share between them. Exact for any shares and any moment of stopping; the chance
    ever to pass ``1 / alpha`` without a difference is at most alpha. ``1 / max(e)`` is an always valid p.

    ``x1``, ``n1``, ``x2``, ``n2``: *New* successes and people since the last look, treated then control:
    whole numbers, looks along the last axis. How many people come in a block may not depend on their answers.
    Returns evidence after each look, 1 at the start; the shape of the arguments.
    """
    groups = arg.alike(x1=np.asarray(x1), n1=np.asarray(n1), x2=np.asarray(x2), n2=np.asarray(n2))
    a, m, b, k = (np.atleast_1d(one) for one in groups)
    before = [np.cumsum(one, axis=-1) - one for one in (a, m, b, k)]
    q1 = (before[0] + PSEUDO) / (before[1] + 2.0 * PSEUDO)
    q2 = (before[2] + PSEUDO) / (before[3] + 2.0 * PSEUDO)
    q0 = (m * q1 + k * q2) / np.maximum(m + k, 1.0)
    q0 = np.where(m + k > 0.0, q0, 0.5)  # a look without people says nothing
    gains = a * np.log(q1 / q0) + (m - a) * np.log((1.0 - q1) / (1.0 - q0))
    gains += b * np.log(q2 / q0) + (k - b) * np.log((1.0 - q2) / (1.0 - q0))
    return np.asarray(np.exp(np.cumsum(gains, axis=-1)))


@arg.checked
def confidence_sequence(
    x1: arg.Firsts,
    n1: Sizes,
    x2: arg.Seconds,
    n2: Sizes,
    *,
    planned: arg.Some,
    confidence: arg.Confidence = 0.95,
) -> Interval:
    """Return limits for ``x1/n1 - x2/n2`` that hold at all looks together, however often one looks.

    The asymptotic sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), see :func:`reach`. No
    limits (-1 to 1) before 30 people per arm.

    ``x1``, ``n1``, ``x2``, ``n2``: successes and people *so far*, treated then control; numbers or arrays
    (one place per look or run). ``planned``: people in both arms at whose number the limits are narrowest;
    half of all that will come is usual. ``confidence``: chance that the difference lies inside at every look,
    strictly between 0 and 1.
    """
    a, m, b, k = arg.alike(x1=x1, n1=n1, x2=x2, n2=n2)
    known = np.minimum(m, k) >= ENOUGH
    arm1, arm2 = np.where(known, m, np.inf), np.where(known, k, np.inf)
    # one success and one failure more per arm: no certainty where nobody has answered yes yet
    p1, p2 = (a + 1.0) / (arm1 + 2.0), (b + 1.0) / (arm2 + 2.0)
    variance = p1 * (1.0 - p1) / arm1 + p2 * (1.0 - p2) / arm2
    half = reach(variance, np.where(known, m + k, planned), planned, 1.0 - confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = a / m - b / k
    low = np.where(known, np.maximum(gap - half, -1.0), -1.0)
    high = np.where(known, np.minimum(gap + half, 1.0), 1.0)
    if gap.ndim == 0:
        return Interval(float(low), float(high), float(gap), "asymptotic", confidence)
    return Interval(low, high, gap, "asymptotic", confidence)
