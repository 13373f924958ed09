"""What it is worth to know: losses of a choice of staff, and what knowledge takes off them.

A choice of staff costs posts that are too many, or contacts that are missed. Expected loss falls when a
parameter is known before the choice (EVPPI), when all are (EVPI), or when a study tells something about them
(EVSI). All are estimated from the same draws, without running the model again (Strong, Oakley and Brennan
2014; for what a study would show: Strong et al. 2015): the need is regressed on what would be known, the
losses of every choice on that expected need, each draw left out of its own fit; the choice that the fit
prefers is charged its real loss. So a fit that follows noise is worth less, not more, than it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
DEGREE = 3  #: of the polynomials of one parameter
KNOTS = 20  #: of a broken line
CHOICES = 61  #: numbers of posts among which the best is sought
REPEATS = 8  #: times that a study's errors are drawn


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
        """Euros by draw and choice."""
        over = np.maximum(choices[None, :] - self.needs[:, None], 0)
        under = np.maximum(self.needs[:, None] - choices[None, :], 0)
        return np.asarray(self.too_many * over + self.too_few[:, None] * under)

    def choices(self) -> Floats:
        """Numbers of posts from none to the most that any draw needs; those needed lie closest."""
        inner = np.quantile(self.needs, np.linspace(0, 1, CHOICES))
        return np.unique(np.concatenate([[0.0], inner]))


def hermite(z: Floats, degree: int = DEGREE) -> Floats:
    """Polynomials of places on the standard normal scale, uncorrelated there: (draws, degree)."""
    from numpy.polynomial import hermite_e

    return np.asarray(hermite_e.hermevander(z, degree)[:, 1:])


def basis(known: Floats) -> Floats:
    """What losses are regressed on: a constant, polynomials of each column, products of each two.

    ``known``: places on the standard normal scale. Many parameters get lower degrees, so that a fit stays far
    from having a term for every draw.
    """
    n, k = known.shape
    room = n // 10
    degree = max(1, min(DEGREE, room // max(k, 1)))
    parts = [np.ones((n, 1)), *(hermite(known[:, j], degree) for j in range(k))]
    pairs = list(itertools.combinations(range(k), 2))
    if 1 + degree * k + len(pairs) <= room:
        parts += [known[:, [a]] * known[:, [b]] for a, b in pairs]
    return np.concatenate(parts, axis=1)


def hats(index: Floats) -> Floats:
    """A broken straight line in one number: hat functions with knots at its quantiles, (draws, knots)."""
    knots = np.unique(np.quantile(index, np.linspace(0, 1, max(2, min(KNOTS, len(index) // 25)))))
    return np.column_stack([np.interp(index, knots, row) for row in np.eye(len(knots))])


def left_out(terms: Floats, values: Floats) -> Floats:
    """Fit values by least squares and predict every draw from the others, all at once by the hat matrix."""
    q, r = np.linalg.qr(terms)
    q = q[:, np.abs(np.diag(r)) > 1e-9]
    lever = np.minimum((q**2).sum(axis=1), 1 - 1e-9)
    fitted = q @ (q.T @ values)
    shape = (-1,) + (1,) * (values.ndim - 1)
    return np.asarray((fitted - lever.reshape(shape) * values) / (1 - lever.reshape(shape)))


def perfect(loss: Loss) -> float:
    """Expected value of knowing everything (EVPI), euros a year: what the best single choice still loses."""
    return float(loss.of(loss.choices()).mean(axis=0).min())


def partial(loss: Loss, known: Floats) -> float:
    """Expected value of knowing some parameters (EVPPI), euros a year; at least 0.

    ``loss``: of every draw. ``known``: their places on the standard normal scale.
    """
    losses = loss.of(loss.choices())
    best = losses[:, losses.mean(axis=0).argmin()]
    chosen = left_out(hats(left_out(basis(known), loss.needs)), losses).argmin(axis=1)
    return max(0.0, float((best - losses[np.arange(len(losses)), chosen]).mean()))


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
    total = needs.var()
    if not total:
        return np.zeros(places.shape[1])
    rest = [(needs - left_out(basis(places[:, [j]]), needs)).var() for j in range(places.shape[1])]
    return np.asarray(np.maximum(0, 1 - np.array(rest) / total))
