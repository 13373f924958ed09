"""What a diagnosis should find: closed forms, and enumeration where every outcome can be gone through."""

import dataclasses
import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kik_analysis.pilots.assignment import Counts, chances, cluster_table, expected, offered
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.document import SEEN
from kik_analysis.pilots.estimators import ESTIMATORS, answer, pooled_variance
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import binomial_pmf, two_sided
from kik_analysis.statistics.tests import TIE

#: Outcomes less likely than this are left out of an enumeration; most outcomes gone through.
NEGLIGIBLE, MOST = 1e-12, 900_000
#: Up to how many people Fisher's test is gone through where some leave: it has margins by the thousand.
FEW = 100
#: Points of a grid for estimates, and for their variances.
GRID = (4_000, 200)


def exact_values(design: Design, truth: arg.Floats, in_frame: bool) -> dict[tuple[str, str], float]:
    """Return exact values by estimand and diagnosand, where there are any.

    Bias: the estimate from expected counts, less the truth, where estimates are linear in counts (or, over
    two letters, in what each stage finds); who leaves does so whatever the outcome.
    """
    said, kind, labels = design.document.answer, design.kind, design.labels
    found: dict[tuple[str, str], float] = {}
    if said.interval in SEEN:
        return found
    if kind in ("none", "two_stage") or said.estimator == "difference_in_means":
        with np.errstate(all="ignore"):  # a spread of nobody; only the estimate is used
            mean = ESTIMATORS[said.estimator](expected(design), design).estimate[0]
        off = np.round(mean - truth, 12) + 0.0  # no digits of rounding, no nought below nought
        found = {(label, "bias"): float(one) for label, one in zip(labels, off, strict=True)}
        for label, contrast in zip(labels, design.contrasts.values(), strict=True):
            if kind in ("complete", "blocked", "factorial"):
                found[label, "rmse"] = neyman(design, contrast, in_frame) ** 0.5
            elif design.clustered and not design.number("model.size_cv"):
                found[label, "rmse"] = _between_clusters(design, contrast) ** 0.5
    if len(labels) == 1 and not design.clustered and kind != "two_stage":
        exact = _convolved if kind == "blocked" and len(design.blocks) > 1 else _enumerated
        found = {(labels[0], name): one for name, one in exact(design, float(truth[0]), in_frame)} | found
    return found


def _least(design: Design) -> int:
    """Return the fewest people of a cell with whom a pilot is answered: a spread of their own needs two."""
    said = design.document.answer
    return 2 if "wald" in (said.interval, said.test) else 1


def _inverse(n: float, lost: float, least: int = 1) -> float:
    """Return the mean of one over the people who stay, of ``n`` who each leave with chance ``lost``."""
    if not lost:
        return 1.0 / n
    stayed = np.arange(float(least), round(n) + 1.0)
    mass = binomial_pmf(round(n), 1.0 - lost)[least:]
    return float((mass / stayed).sum() / mass.sum())


def _between_clusters(design: Design, contrast: dict[str, float]) -> float:
    """Return the variance of a difference in means of cluster shares, which are beta-binomial."""
    arm, block, people = cluster_table(design)
    own = np.eye(len(design.weights)) if design.kind == "blocked_cluster" else design.weights[None]
    icc, total = design.number("model.icc"), 0.0
    for a, b, n in zip(arm, block, people, strict=True):
        alike = sum(one == a and other == b for one, other in zip(arm, block, strict=True))
        p = float(own[b] @ offered(design, a))
        spread = icc + (1.0 - icc) * _inverse(float(n), design.attrition[a])
        total += (contrast.get(a, 0.0) * float(np.mean(block == b)) / alike) ** 2 * p * (1.0 - p) * spread
    return total


def neyman(design: Design, contrast: dict[str, float], in_frame: bool = True) -> float:
    """Return the variance of a contrast of arms between which lots divide a frame, as expected over frames.

    Neyman (1923), for factors Dasgupta et al. (2015): ``sum c^2 S^2 / n - S_d^2 / N`` in each part within
    which lots are drawn, with the variances of the outcomes and of their contrast d, where one number per
    person decides the outcome under every arm; n are those who stay. ``in_frame``: around the difference in
    the frame; else around that of the population, of which the frame has fixed shares of each block.
    """
    if design.kind == "blocked" and len(design.blocks) > 1:
        alone = zip(design.weights, map(design.within, design.blocks), strict=True)
        return float(sum(share**2 * neyman(one, contrast, in_frame) for share, one in alone))
    w, whole, total, together = design.weights, design.people, 0.0, np.zeros(len(design.blocks))
    least = _least(design)

    def spread(p: arg.Floats, own: float = 1.0) -> float:
        chance, between = w @ (np.abs(p) * (1.0 - np.abs(p))), w @ (p - p @ w) ** 2
        return float(own * chance + whole / (whole - 1.0) * between)

    for arm, by in contrast.items():
        people = sum(design.sizes[arm].values())
        total += by**2 * spread(offered(design, arm)) * _inverse(people, design.attrition[arm], least)
        together += by * offered(design, arm)
    return total - spread(together, float(in_frame)) / whole


def _outcomes(design: Design) -> tuple[Counts, arg.Floats] | None:
    """Return all that one or two cells can bring in, and how likely; None where that is too much.

    Where many people may leave, some numbers of those who stay are gone through, up to a standard deviation
    apart, the chances of those between shared out so that the mean stays: an error in the fifth decimal.
    """
    plan = dataclasses.replace(design, attrition=dict.fromkeys(design.attrition, 0.0))
    one = expected(plan)
    if len(one.arm) > 2 or one.seen is not None or one.took is not None:
        return None
    rates = chances(plan, one.arm, one.block, one.period)
    least = _least(design)
    for apart in (0.0, 0.5, 1.0):
        lost = [design.attrition[arm] for arm in one.arm]
        stays = [_stayed(round(n), share, apart, least) for n, share in zip(one.n[0], lost, strict=True)]
        parts, total = [], 0
        for ways in itertools.product(*stays):
            mass = [binomial_pmf(n, p) for (n, _), p in zip(ways, rates, strict=True)]
            likely = [np.flatnonzero(each > NEGLIGIBLE) for each in mass]
            total += math.prod(map(len, likely))
            if total > MOST:
                break
            x = np.stack([axis.ravel() for axis in np.meshgrid(*likely, indexing="ij")], axis=1)
            by = np.prod([each[x[:, c]] for c, each in enumerate(mass)], axis=0)
            n = np.full_like(x, [n for n, _ in ways])
            parts.append((x, n, by * math.prod(chance for _, chance in ways)))
        if total <= MOST:
            x, n, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
            return dataclasses.replace(one, n=n.astype(np.float64), x=x.astype(np.float64)), weights
    return None


def _over_blocks(design: Design) -> tuple[Counts, arg.Floats] | None:
    """Return all that two arms bring in where lots ignore two blocks, and how likely; None for other designs.

    Gone through is how many of the first block come under either arm: hypergeometric, of lots drawn anew
    those that the rule accepts. Given these, the people with the outcome are the sum of two binomial numbers.
    """
    from scipy.stats import hypergeom

    if len(design.blocks) != 2 or len(design.arms) != 2 or any(design.attrition.values()):
        return None
    first, arms = next(iter(design.blocks.values())), tuple(design.arms)
    sizes, zero = np.array(list(design.arms.values())), np.zeros(2, dtype=np.int64)
    every = (hypergeom.pmf(np.arange(n + 1), design.people, first, n) for n in sizes)
    held = [np.flatnonzero(chance > NEGLIGIBLE) for chance in every]
    one, other = np.meshgrid(*held, indexing="ij")
    by = hypergeom.pmf(one, design.people, first, sizes[0])
    by *= hypergeom.pmf(other, design.people - sizes[0], first - one, sizes[1])
    if design.kind == "rerandomised":
        by *= np.abs(one / sizes[0] - other / sizes[1]) <= design.number("data.assignment.tolerance")
    found = []
    for arm, n, parts in zip(arms, sizes, held, strict=True):
        p = chances(design, (arm, arm), np.arange(2), zero)
        yes = [np.convolve(binomial_pmf(k, p[0]), binomial_pmf(n - k, p[1])) for k in parts.tolist()]
        found.append(np.array(yes))
    joint = found[0].T @ (by / by.sum()) @ found[1]
    x = np.argwhere(joint > NEGLIGIBLE)
    if len(x) > MOST:
        return None
    n = np.broadcast_to(sizes.astype(np.float64), x.shape)
    return Counts(arms, zero, zero - 1, zero, n, x.astype(np.float64)), joint[tuple(x.T)]


def _stayed(people: int, lost: float, apart: float, least: int) -> list[tuple[int, float]]:
    """Return how many of some people may stay, and how likely; numbers so many standard deviations apart."""
    if not lost:
        return [(people, 1.0)]
    mass = binomial_pmf(people, 1.0 - lost)
    step = max(1, int(apart * math.sqrt(people * lost * (1.0 - lost))))
    nodes = np.arange(people, -1, -step)
    by = np.maximum(0.0, 1.0 - np.abs(np.arange(people + 1) - nodes[:, None]) / step) @ mass
    return [(int(n), float(one)) for n, one in zip(nodes, by, strict=True) if one > 1e-7 and n >= least]


def _enumerated(design: Design, truth: float, in_frame: bool) -> Iterator[tuple[str, float]]:
    """Go through every outcome of one or two cells: the design's own estimator, interval and test on each."""
    said, lost = design.document.answer, any(design.attrition.values())
    slow = lost and said.test in ("fisher", "permutation") and design.people > FEW
    redrawn = design.kind == "rerandomised" and said.test == "permutation"
    apart = len(design.blocks) > 1 and said.estimator != "difference_in_means"
    ready = said.test != "e_process" and not (slow or redrawn or apart)
    every = (_outcomes if len(design.blocks) == 1 else _over_blocks)(design) if ready else None
    if every is not None:
        found = {name: part[:, 0] for name, part in answer(design, every[0]).items()}
        found["true"] = np.full(len(every[1]), truth)
        for name, (value, _) in diagnosands(design, found, truth, every[1]):
            if not (in_frame and name in ("rmse", "coverage")):
                yield name, value


def _convolved(design: Design, truth: float, in_frame: bool) -> Iterator[tuple[str, float]]:
    """Yield what a z or Wald test over blocks finds: estimates and their variances add up over blocks.

    Outcome by outcome where these are few, else at the nearest point of a fine grid.
    """
    said, parts = design.document.answer, []
    if said.estimator != "difference_in_means" or said.test not in ("z", "wald"):
        return
    for name, weight in zip(design.blocks, design.weights, strict=True):
        alone = design.within(name)
        if (every := _outcomes(alone)) is None:
            return
        with np.errstate(all="ignore"):
            fit = ESTIMATORS[said.estimator](every[0], alone)
            spread = fit.se**2 if said.test == "wald" else pooled_variance(every[0], alone)
        parts.append((weight * fit.estimate[:, 0], weight**2 * spread[:, 0], every[1]))
    estimate, variance, mass = (np.zeros(1), np.zeros(1), np.ones(1))
    if math.prod(len(part[2]) for part in parts) > MOST:
        (estimate, variance, mass), parts = _on_grid(parts), []
    for one, of_it, by in parts:
        estimate, variance = (np.add.outer(*two).ravel() for two in ((estimate, one), (variance, of_it)))
        mass = np.outer(mass, by).ravel()
    hit = np.abs(estimate) >= two_sided(design.alpha) * np.sqrt(np.maximum(variance, 0.0)) * (1.0 - TIE)
    found: dict[str, arg.Floats] = dict.fromkeys(("estimate", "low", "high", "true"), estimate)
    found["p"] = np.where(hit, 0.0, 1.0)
    for name, (value, _) in diagnosands(design, found, truth, mass):
        if name in ("power", "type_s", "type_m"):
            yield name, value


def _on_grid(parts: list[tuple[arg.Floats, arg.Floats, arg.Floats]]) -> tuple[arg.Floats, ...]:
    """Return estimates, variances and chances of sums over blocks, from those of each block."""
    from scipy.signal import fftconvolve

    steps = np.array([sum(np.ptp(part[axis]) for part in parts) / size for axis, size in enumerate(GRID)])
    mass, start = np.ones((1, 1)), np.zeros(2)
    for *values, weights in parts:
        least = np.array([one.min() for one in values])
        places = np.rint((np.array(values) - least[:, None]) / steps[:, None]).astype(np.int64)
        grid = np.zeros(places.max(axis=1) + 1)
        np.add.at(grid, tuple(places), weights)
        mass, start = np.maximum(fftconvolve(mass, grid), 0.0), start + least
    estimate, variance = (start + steps * np.argwhere(mass >= 0.0)).T
    return estimate, variance, mass.ravel()


def diagnosands(
    design: Design, found: dict[str, arg.Floats], effect: float, weights: arg.Floats | None = None
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield every diagnosand of one estimand with its value and Monte Carlo error.

    ``found``: ``estimate``, ``low``, ``high``, ``true`` and ``p`` of many pilots, whose fits succeeded, one
    place each. ``effect``: what is true on average. ``weights``: how likely each is, where they are all there
    can be; there is no error then.
    """
    estimate, low, high, true, p = (found[name] for name in ("estimate", "low", "high", "true", "p"))
    w = np.ones(len(p)) if weights is None else weights
    bounds = design.document.answer.interval in SEEN
    tested = bounds or design.document.answer.test != "none"
    hit, error = p <= design.alpha * (1.0 + TIE), estimate - true

    def mean(values: arg.Floats, of: arg.Floats = w) -> tuple[float, float]:
        return float(np.average(values, weights=of)), float(values.std() / len(values) ** 0.5)

    def share(hits: NDArray[np.bool_], of: arg.Floats = w) -> tuple[float, float]:
        """The error is never 0: one more on either side for it."""
        smoothed = (hits.sum() + 1.0) / (len(hits) + 2.0)
        return float(np.average(hits, weights=of)), float((smoothed * (1.0 - smoothed) / len(hits)) ** 0.5)

    if not bounds:
        yield "bias", mean(error)
        square, spread = mean(error**2)
        yield "rmse", (square**0.5, spread / (2.0 * square**0.5) if square else 0.0)
    if tested:
        yield "power", share(hit)
    yield "coverage", share((low <= true + TIE) & (true <= high + TIE))
    yield "interval_width", mean(high - low)
    if tested and not bounds and hit.any() and abs(effect) > TIE:
        yield "type_s", share((np.sign(estimate) != np.sign(effect))[hit], w[hit])
        size, spread = mean(np.abs(estimate[hit]), w[hit])
        yield "type_m", (size / abs(effect), spread / abs(effect))
