"""Power of comparisons whose lots fall on clusters (teams, districts) instead of people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.cluster_draws import simulated_clusters
from kik_analysis.statistics.power_means import noncentral_t_power
from kik_analysis.statistics.power_proportions import LARGEST, smallest
from kik_analysis.statistics.proportions import normal_quantile

#: Tests of clusters whose power can be asked for.
METHODS = ("t", "permutation")


@dataclass(frozen=True, slots=True)
class Arms:
    """The checked arguments that all functions of this module share."""

    clusters1: int
    clusters2: int
    size: float
    icc: float
    cv: float

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters minus two."""
        return self.clusters1 + self.clusters2 - 2

    def power(self, p1: float, p2: float, alpha: float) -> float:
        """Return the power of the t test on cluster shares.

        The test pools the spread of both arms; the difference varies with each arm's own. With unequal arms
        these two standard errors differ, so that the limit is widened by their ratio.
        """
        inflation = design_effect(self.size, self.icc, cv=self.cv) / self.size
        spread1, spread2 = inflation * p1 * (1.0 - p1), inflation * p2 * (1.0 - p2)
        own = spread1 / self.clusters1 + spread2 / self.clusters2
        if own == 0.0:
            return float(p1 != p2)
        pooled = ((self.clusters1 - 1) * spread1 + (self.clusters2 - 1) * spread2) / self.df
        pooled *= 1.0 / self.clusters1 + 1.0 / self.clusters2
        shift = abs(p1 - p2) / float(np.sqrt(own))
        return float(noncentral_t_power(shift, self.df, alpha, widen=float(np.sqrt(pooled / own))))


def _arms(clusters1: float, clusters2: float, size: float, icc: float, cv: float) -> Arms:
    numbers = []
    for name, value in (("clusters1", clusters1), ("clusters2", clusters2)):
        number = arguments.count(name, value, low=1)
        if number == 1:
            raise ParameterError(
                f"{name} is 1: each arm must have at least 2 clusters, with one cluster the treatment "
                "cannot be told "
                "from the cluster; add clusters (people will not help)"
            )
        numbers.append(number)
    return Arms(
        numbers[0],
        numbers[1],
        arguments.inside(
            "size", size, 1.0, np.inf, open_high=True, hint="give the mean number of people per cluster"
        ),
        arguments.icc_value(icc),
        arguments.not_negative(
            "cv", cv, hint="give the standard deviation of cluster sizes over their mean, 0 if equal"
        ),
    )


def design_effect(size: float, icc: float, *, cv: float = 0.0) -> float:
    """Return by how much clustering inflates the variance (Eldridge, Ashby and Kerry 2006, eq. 7).

    ``1 + ((1 + cv^2) size - 1) icc``; for equal clusters the classical ``1 + (size - 1) icc`` (Kish 1965).

    Parameters
    ----------
    size
        Mean number of people per cluster, at least 1.
    icc
        Intracluster correlation in 0..1.
    cv
        Coefficient of variation of cluster sizes, at least 0.

    Raises
    ------
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> round(design_effect(114, 0.02), 2)
    3.26
    """
    mean = arguments.inside(
        "size", size, 1.0, np.inf, open_high=True, hint="give the mean number of people per cluster"
    )
    spread = arguments.not_negative("cv", cv, hint="give 0 when all clusters have one size")
    return 1.0 + ((1.0 + spread * spread) * mean - 1.0) * arguments.icc_value(icc)


def effective_sample_size(n: float, size: float, icc: float, *, cv: float = 0.0) -> float:
    """Return how many independent people ``n`` people in clusters are worth; see :func:`design_effect`."""
    people = arguments.positive("n", n, hint="give the number of people in all clusters together")
    return people / design_effect(size, icc, cv=cv)


def false_positive_rate(size: float, icc: float, *, cv: float = 0.0, alpha: float = 0.05) -> float:
    """Return how often a person-level z test rejects a true null when lots fell on clusters.

    The person-level test takes the variance too small by the design effect, so that its z is too wide by
    the square root: ``2 (1 - Phi(z / sqrt(deff)))``. A large-sample result; :func:`simulated_clusters`
    with ``method="person"`` gives it for few clusters.

    Parameters
    ----------
    size, icc, cv
        As in :func:`design_effect`.
    alpha
        Level that the person-level test claims.

    Raises
    ------
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> round(false_positive_rate(114, 0.02), 2)
    0.28
    """
    from scipy.special import ndtr

    z = normal_quantile(1.0 - arguments.alpha_level(alpha))
    return float(2.0 * ndtr(-z / np.sqrt(design_effect(size, icc, cv=cv))))


def clusters(
    p1: float,
    p2: float,
    clusters1: float,
    clusters2: float,
    size: float,
    icc: float,
    *,
    cv: float = 0.0,
    alpha: float = 0.05,
    method: str = "t",
    draws: int = 10_000,
    seed: int = 0,
) -> float:
    """Return the power to tell two shares apart when whole clusters are treated, two-sided.

    Parameters
    ----------
    p1, p2
        True shares, treated and control.
    clusters1, clusters2
        Number of clusters per arm, treated and control; at least 2 each.
    size
        Mean number of people per cluster.
    icc
        Intracluster correlation in 0..1.
    cv
        Coefficient of variation of cluster sizes.
    alpha
        Significance level.
    method
        ``t``: t test on cluster shares, noncentral t with clusters - 2 degrees of freedom, variance inflated
        by :func:`design_effect` (Donner and Klar 2000; Eldridge et al. 2006). With unequal sizes it is a
        little low, because :func:`design_effect` is made for a test that weighs people, not clusters.
        ``permutation``: the exact permutation test on cluster shares, by simulation; power is 0 where the
        number of assignments cannot give a p of ``alpha``.
    draws, seed
        Of the simulation; the t method takes none.

    Returns
    -------
    float
        Power in 0..1.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    arms = _arms(clusters1, clusters2, size, icc, cv)
    alpha = arguments.alpha_level(alpha)
    if arguments.one_of("method", method, METHODS) == "t":
        return arms.power(p1, p2, alpha)
    drawn = simulated_clusters(
        p1, p2, clusters1, clusters2, size, icc, cv=cv, alpha=alpha, method=method, draws=draws, seed=seed
    )
    return drawn.power


def clusters_minimum_detectable_effect(
    base: float,
    clusters1: float,
    clusters2: float,
    size: float,
    icc: float,
    *,
    cv: float = 0.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return the smallest rise from ``base`` that a cluster comparison finds with the asked power (by ``t``).

    Parameters
    ----------
    base
        Share in the control clusters.
    clusters1, clusters2, size, icc, cv, alpha
        As in :func:`clusters`.
    power
        Target power.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When even a rise to 1 is not found that often.
    """
    base = arguments.share("base", base)
    arms = _arms(clusters1, clusters2, size, icc, cv)
    alpha = arguments.alpha_level(alpha)
    target = arguments.power_target(power, alpha)

    def reached(effect: float) -> float:
        return arms.power(min(1.0, base + effect), base, alpha)

    # the variance of the treated share shrinks towards 1, so the largest effect has the largest power
    most = reached(1.0 - base)
    if most < target:
        raise ModelError(
            f"power is {target:g}: with {arms.clusters1} and {arms.clusters2} clusters even a rise from "
            f"{base:g} to 1 "
            f"is found with power {most:.3f}; add more teams, not more people"
        )
    return smallest(reached, target, 1.0 - base)


def people_per_cluster(
    p1: float,
    p2: float,
    clusters1: float,
    clusters2: float,
    icc: float,
    *,
    cv: float = 0.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Return how many people each cluster needs for the asked power (method ``t``).

    Parameters and errors as in :func:`clusters`; the power has a ceiling that no number of people passes, and
    the error then says how many clusters would do.
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    alpha = arguments.alpha_level(alpha)
    target = arguments.power_target(power, alpha)
    _differ(p1, p2)
    icc = arguments.icc_value(icc)

    def reached(size: float) -> float:
        arms = _arms(clusters1, clusters2, size, icc, cv)
        return arms.power(p1, p2, alpha)

    high = 1
    while reached(high) < target:
        high *= 2
        if high > LARGEST:
            ceiling = reached(high)
            needed = _equal_clusters(p1, p2, float(LARGEST), icc, cv, target, alpha)
            raise ModelError(
                f"power is {target:g}: with {int(clusters1)} and {int(clusters2)} clusters at icc {icc:g} "
                "no number of "
                f"people gives more than {ceiling:.3f}; more teams, not more people, are needed (at least "
                f"{needed} per arm)"
            )
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= target else (middle, high)
    return high


def clusters_sample_size(
    p1: float, p2: float, size: float, icc: float, *, cv: float = 0.0, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return the smallest number of clusters per arm (equal arms) for the asked power (method ``t``).

    Parameters and errors as in :func:`clusters`.
    """
    p1, p2 = arguments.share("p1", p1), arguments.share("p2", p2)
    alpha = arguments.alpha_level(alpha)
    target = arguments.power_target(power, alpha)
    _differ(p1, p2)
    return _equal_clusters(p1, p2, size, icc, cv, target, alpha)


def _differ(p1: float, p2: float) -> None:
    if p1 == p2:
        raise ModelError(
            f"p1 and p2 are both {p1:g}: no number of clusters finds a difference that is not there; "
            "give shares that differ"
        )


def _equal_clusters(
    p1: float, p2: float, size: float, icc: float, cv: float, target: float, alpha: float
) -> int:
    def reached(number: int) -> bool:
        arms = _arms(number, number, size, icc, cv)
        return arms.power(p1, p2, alpha) >= target

    high = 2
    while not reached(high):
        high *= 2
        if high > LARGEST:
            raise ModelError(
                f"p1 is {p1:g} and p2 is {p2:g}: power {target:g} needs more than {LARGEST} clusters per "
                "arm; "
                "look for a larger difference"
            )
    low = high // 2 if high > 2 else 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
