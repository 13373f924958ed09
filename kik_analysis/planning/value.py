"""What it is worth to know something before a choice: of staff, or of going on with what a pilot tried.

A choice of staff costs posts that are too many, or contacts that are missed. Expected loss falls when a
parameter is known before the choice (EVPPI), when all are (EVPI), or when a study tells something about them
(EVSI). All are estimated from the same draws, without running the model again (Strong, Oakley and Brennan
2014; for what a study would show: Strong et al. 2015): the need is regressed on what would be known, each
draw left out of its own fit, and staff is a part of the fitted need and so many posts more: the part and the
number that cost least. That is a rule somebody could follow, charged its real loss: exact where what stays
unknown spreads alike whatever is known, elsewhere somewhat too low (a tenth to a sixth where a need is a
product); a fit that follows noise is worth next to nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.reader import Z95
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence

Floats = npt.NDArray[np.float64]
DEGREE, CHOICES, REPEATS = 3, 61, 8
"""Of polynomials of a parameter; numbers of posts that are tried; draws of the errors of a study."""
PARTS = np.linspace(0, 2, 17)
"""Parts of a fitted need that a rule may follow: where more is needed a missing post misses fewer people, and
what stays unknown is more."""


@dataclass(frozen=True)
class Loss:
    """What a choice of staff costs in a year, for every draw.

    ``needs``: posts that each draw needs. ``too_many``: euros for a post that is not needed. ``too_few``:
    euros for a post that is missing, by draw: the contacts it would have made, times their price.
    """

    needs: Floats
    too_many: float
    too_few: Floats

    def of(self, choices: Floats) -> Floats:
        """Euros by draw and choice; ``choices``: the same for every draw, or a row for each."""
        over = np.atleast_2d(choices) - self.needs[:, None]
        return np.where(over > 0, self.too_many * over, -self.too_few[:, None] * over)

    def choices(self) -> Floats:
        """Numbers of posts from none to the most that any draw needs; those needed lie closest."""
        return np.unique(np.concatenate([[0.0], np.quantile(self.needs, np.linspace(0, 1, CHOICES))]))


def basis(known: Floats) -> Floats:
    """What needs are regressed on: a constant, polynomials of each column, products of each two.

    ``known``: places on the standard normal scale. Many parameters get lower degrees, so that a fit stays far
    from having a term for every draw.
    """
    from numpy.polynomial import hermite_e

    n, k = known.shape
    room = n // 10
    degree = max(1, min(DEGREE, room // max(k, 1)))
    parts = [np.ones((n, 1)), *(hermite_e.hermevander(known[:, j], degree)[:, 1:] for j in range(k))]
    pairs = list(itertools.combinations(range(k), 2))
    if 1 + degree * k + len(pairs) <= room:
        parts += [known[:, [a]] * known[:, [b]] for a, b in pairs]
    return np.concatenate(parts, axis=1)


def left_out(terms: Floats, values: Floats) -> Floats:
    """Fit values by least squares and predict every draw from the others, all at once by the hat matrix."""
    q, r = np.linalg.qr(terms)
    q = q[:, np.abs(np.diag(r)) > 1e-9]
    lever = np.minimum((q**2).sum(axis=1), 1 - 1e-9)
    return np.asarray((q @ (q.T @ values) - lever * values) / (1 - lever))


def perfect(loss: Loss) -> float:
    """Expected value of knowing everything (EVPI), euros a year: what the best single choice still loses."""
    return float(loss.of(loss.choices()).mean(axis=0).min())


def partial(loss: Loss, known: Floats) -> float:
    """Expected value of knowing some parameters (EVPPI), euros a year; at least 0.

    ``loss``: of every draw. ``known``: their places on the standard normal scale.
    """
    fitted, followed = left_out(basis(known), loss.needs), []
    for part in PARTS:
        above = np.quantile(loss.needs - part * fitted, np.linspace(0, 1, CHOICES))
        choices = np.maximum(part * fitted[:, None] + above, 0)
        followed.append(float(loss.of(choices).mean(axis=0).min()))
    return max(0.0, perfect(loss) - min(followed))


def narrowed(loss: Loss, known: Floats, inside: tuple[float, float]) -> float:
    """Posts by which a range of the need (two quantiles) becomes narrower when something is known."""
    before = np.quantile(loss.needs, inside)
    after = np.quantile(loss.needs - left_out(basis(known), loss.needs), inside)
    return max(0.0, float((before[1] - before[0]) - (after[1] - after[0])))


def study(places: Floats, errors: Floats, worth: Callable[[Floats], float], key: Sequence[int]) -> float:
    """Mean worth of what a study shows: places with errors, drawn several times.

    ``places``: of the parameters studied. ``errors``: standard errors of the study on the same scale.
    ``worth``: of what is shown: :func:`partial` or :func:`narrowed`. ``key``: of the random numbers.
    """
    found = []
    for repeat in range(REPEATS):
        words = np.random.SeedSequence([*b"study", *key, repeat]).generate_state(2, np.uint64)
        noise = np.random.Generator(np.random.Philox(key=words)).standard_normal(places.shape)
        # what is shown, on a scale of its own again, so that polynomials of it stay apart
        found.append(worth((places + errors * noise) / np.sqrt(1 + errors**2)))
    return float(np.mean(found))


def explained(places: Floats, needs: Floats) -> Floats:
    """Part of the variance of the need that each parameter explains alone, at least 0."""
    rest = [(needs - left_out(basis(places[:, [j]]), needs)).var() for j in range(places.shape[1])]
    return np.maximum(0, 1 - np.array(rest) / (needs.var() or math.inf))


@dataclass(frozen=True)
class Worth:
    """What a pilot is worth for the choice it serves: go on with what it tried, for everybody, or not.

    ``prior``: effect at the 5th, 50th and 95th percentile. ``hours``: expected value of the pilot (EVSI), in
    caseworker hours a year. ``perfect``: of knowing the effect (EVPI). ``cost``: hours that the pilot takes.
    """

    prior: tuple[float, float, float]
    hours: float
    perfect: float
    cost: float

    @property
    def key(self) -> str:
        """Return the key of the sentence that says it: whether a year pays the pilot back."""
        return "staff.pilot.pays" if self.hours >= self.cost else "staff.pilot.dear"

    def numbers(self, name: str, reads: tuple[str, ...]) -> dict[str, Number]:
        """Return the numbers of that sentence; ``name``: how their ids begin; ``reads``: their sources."""
        points = {"low": PERCENT * self.prior[0], "high": PERCENT * self.prior[2]}
        values = {"hours": self.hours, "perfect": self.perfect, "cost": self.cost} | points
        how = (0, Evidence.ASSUMED, reads, f"{__name__}.worth")
        return {
            one: Number(f"{name}.{one}", x, None, None, "points" if one in points else "hours", *how)
            for one, x in values.items()
        }


def worth(
    prior: tuple[float, float, float], error: float, *, scale: float, cost: float, decides: float = 0.0
) -> Worth | None:
    """Return what a pilot is worth before it is held, in closed form (Raiffa and Schlaifer 1961, chapter 5).

    Effect and estimate are normal, and it pays to go on where the expected effect is large enough; so the
    value is the unit normal loss of the distance to that point, in standard deviations of what will be
    expected after the pilot.

    ``prior``: effect at low, central and high: 5th, 50th and 95th percentile, as a fraction. ``error``:
    standard error of the pilot's estimate of it. ``scale``: caseworker hours a year that an effect of one
    would be worth. ``cost``: hours that the pilot takes. ``decides``: effect from which it is worth going on.
    Returns none where the effect has no range, so that nothing is to be learned.
    """
    low, central, high = prior
    spread = (high - low) / (2 * Z95)
    if not spread > 0:
        return None

    def value(learned: float) -> float:
        far, normal = abs(central - decides) / learned, NormalDist()
        return abs(scale) * learned * (normal.pdf(far) - far * normal.cdf(-far))

    return Worth(prior, value(spread**2 / math.hypot(spread, error)), value(spread), cost)
