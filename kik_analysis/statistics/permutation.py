"""Tests that rest on the assignment alone, and the t test on cluster means."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.exact import ALTERNATIVES, TIE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: Up to this many assignments all of them are gone through.
FULL_ENUMERATION = 100_000


@dataclass(frozen=True, slots=True)
class Permutation:
    """Outcome of a permutation test.

    Attributes
    ----------
    p_value
        Share of the assignments with a difference at least as far out as the one seen.
    smallest_p
        Smallest p that these outcomes could have given, whichever way the lots had fallen.
    statistic
        Mean of the treated minus mean of the controls.
    assignments
        Number of possible assignments.
    drawn
        Assignments gone through: all of them, or the number of random draws.
    alternative
        ``two-sided``, ``greater`` or ``less``.
    """

    p_value: float
    smallest_p: float
    statistic: float
    assignments: int
    drawn: int
    alternative: str

    def __float__(self) -> float:
        return self.p_value

    @property
    def exact(self) -> bool:
        """Whether every assignment was gone through."""
        return self.drawn == self.assignments


@dataclass(frozen=True, slots=True)
class ClusterT:
    """Outcome of a t test on cluster means; unpacks to the limits of the difference.

    Attributes
    ----------
    estimate
        Mean of the treated clusters minus mean of the control clusters.
    low, high
        Limits of the difference.
    se, df
        Standard error and degrees of freedom (clusters minus two).
    statistic, p_value
        t and its two-sided p.
    confidence
        Confidence of the limits.
    """

    estimate: float
    low: float
    high: float
    se: float
    df: int
    statistic: float
    p_value: float
    confidence: float

    def __iter__(self) -> chain[float]:
        return chain((self.low, self.high))


def assignment_table(units: int, treated: int) -> NDArray[np.intp]:
    """Return every way to choose ``treated`` of ``units``, one row per assignment, in lexicographic order."""
    total = comb(units, treated)
    flat = np.fromiter(chain.from_iterable(combinations(range(units), treated)), np.intp, total * treated)
    return flat.reshape(total, treated)


def permutation_test(
    treated: ArrayLike,
    control: ArrayLike,
    *,
    alternative: str = "two-sided",
    draws: int | None = None,
    seed: int = 0,
) -> Permutation:
    """Test the difference in means by re-assigning who was treated (Fisher 1935; Pitman 1937).

    All assignments are gone through when there are at most 100,000; else ``draws`` random ones, the seen
    assignment counted among them, so that p is never 0 (Phipson and Smyth 2010). With clusters, pass cluster
    means: the assignment was of clusters.

    Parameters
    ----------
    treated, control
        Outcomes, one per unit that was assigned; at least one each.
    alternative
        ``two-sided`` (by the absolute difference), ``greater`` or ``less`` (treated against control).
    draws
        Random assignments to use when there are too many for all; refused when all are gone through.
    seed
        Seed of those draws.

    Raises
    ------
    ParameterError
        When an argument is outside its range, or ``draws`` is missing where it is needed.

    Examples
    --------
    >>> test = permutation_test([10, 11, 12], [1, 2, 3, 4, 5, 6, 7, 8])
    >>> test.assignments, round(test.p_value * 165), round(test.smallest_p * 165)
    (165, 1, 1)
    """
    first = arguments.observations("treated", treated, at_least=1)
    second = arguments.observations("control", control, at_least=1)
    alternative = arguments.one_of("alternative", alternative, ALTERNATIVES)
    units, size = first.size + second.size, first.size
    total = comb(units, size)
    values = np.concatenate([first, second])
    values -= values.mean()  # the difference does not change; sums stay small
    weight = 1.0 / size + 1.0 / second.size  # difference = sum of treated * weight, the grand mean being 0
    if total <= FULL_ENUMERATION:
        if draws is not None:
            raise ParameterError(
                f"draws is {arguments.show(draws)} but there are only {total} assignments: all are gone "
                "through; "
                "leave draws out"
            )
        gaps = values[assignment_table(units, size)].sum(axis=1) * weight
    else:
        if draws is None:
            raise ParameterError(
                f"there are {total} assignments, more than {FULL_ENUMERATION}: give draws, the number of "
                "random "
                "assignments to use (for example 10000)"
            )
        drawn = arguments.count("draws", draws, low=1)
        gaps = np.append(values[:size].sum(), _random_sums(values, size, drawn, seed)) * weight
    gap = values[:size].sum() * weight
    extent = {"two-sided": np.abs(gaps), "greater": gaps, "less": -gaps}[alternative]
    seen = {"two-sided": abs(gap), "greater": gap, "less": -gap}[alternative]
    room = TIE * max(float(np.abs(values).max()), np.finfo(float).tiny)
    p_value = float(np.mean(extent >= seen - room))
    smallest = float(np.mean(extent >= extent.max() - room))
    return Permutation(
        p_value, smallest, float(first.mean() - second.mean()), total, _drawn(total, gaps), alternative
    )


def _drawn(total: int, gaps: Floats) -> int:
    return total if total <= FULL_ENUMERATION else gaps.size - 1


def _random_sums(values: Floats, size: int, draws: int, seed: int) -> Floats:
    rng = np.random.default_rng(arguments.count("seed", seed))
    sums = np.empty(draws)
    batch = max(1, 2_000_000 // values.size)
    for start in range(0, draws, batch):
        stop = min(start + batch, draws)
        keys = rng.random((stop - start, values.size))
        chosen = np.argpartition(keys, size - 1, axis=1)[:, :size]
        sums[start:stop] = values[chosen].sum(axis=1)
    return sums


def cluster_t(treated: ArrayLike, control: ArrayLike, *, confidence: float = 0.95) -> ClusterT:
    """Compare two arms of a cluster trial by a t test on the cluster means (Donner and Klar 2000, chapter 6).

    Parameters
    ----------
    treated, control
        One mean (or share) per cluster; at least two per arm.
    confidence
        Confidence of the limits.

    Raises
    ------
    ParameterError
        When an arm has one cluster, or a value is missing.
    """
    first = _cluster_means("treated", treated)
    second = _cluster_means("control", control)
    confidence = arguments.confidence_level(confidence)
    from scipy.special import stdtr, stdtrit

    df = first.size + second.size - 2
    squares = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    se = float(np.sqrt(squares / df * (1.0 / first.size + 1.0 / second.size)))
    gap = float(first.mean() - second.mean())
    reach = float(stdtrit(df, (1.0 + confidence) / 2.0)) * se
    without_spread = 0.0 if gap == 0.0 else float(np.copysign(np.inf, gap))
    statistic = gap / se if se > 0.0 else without_spread
    p_value = float(2.0 * stdtr(df, -abs(statistic)))
    return ClusterT(gap, gap - reach, gap + reach, se, df, statistic, p_value, confidence)


def _cluster_means(name: str, values: ArrayLike) -> Floats:
    array = arguments.observations(name, values, at_least=1)
    if array.size == 1:
        raise ParameterError(
            f"{name} holds 1 cluster: it must hold at least 2, one cluster per arm cannot be told from "
            "chance; "
            "add clusters, or use permutation_test"
        )
    return array
