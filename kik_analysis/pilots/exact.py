"""What a diagnosis should find: closed forms, and enumeration where every outcome can be gone through."""

import dataclasses
import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from kik_analysis.pilots.assignment import Counts, chances, cluster_table, expected, offered
from kik_analysis.pilots.design import ALL, Design
from kik_analysis.pilots.document import SEEN
from kik_analysis.pilots.estimators import ESTIMATORS, INTERVALS, answer, pooled_variance
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import binomial_pmf, two_sided
from kik_analysis.statistics.tests import TIE

#: Outcomes less likely than this are left out; most outcomes, and ways to leave, that are gone through.
NEGLIGIBLE, MOST, WAYS = 1e-11, 900_000, 2_000
#: Points of a grid for estimates, and for their variances.
GRID = (4_000, 200)
Outcomes = tuple[Counts, arg.Floats]
Part = tuple[arg.Floats, arg.Floats, arg.Floats]
Way = tuple[tuple[int, ...], float]  # how many stay, by cell, and how likely that is


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
        if kind != "rerandomised":  # which gaps a rule accepts need not be even around nought
            found = {(label, "bias"): float(one) for label, one in zip(labels, off, strict=True)}
        for label, contrast in zip(labels, design.contrasts.values(), strict=True):
            if kind in ("complete", "blocked", "factorial"):
                found[label, "rmse"] = neyman(design, contrast, in_frame) ** 0.5
            elif design.clustered and not design.number("model.size_cv"):
                found[label, "rmse"] = _between_clusters(design, contrast) ** 0.5
    if not design.clustered and kind != "two_stage":
        every = _enumerated(design, truth, in_frame)
        if not every and kind == "blocked" and len(labels) == 1:
            every = {(labels[0], name): one for name, one in _convolved(design, float(truth[0]))}
        found = every | found
    return found


def _least(design: Design) -> int:
    """Return the fewest people of a cell with whom a pilot is answered: a spread of their own needs two.

    Least squares on blocks need nobody there; what they cannot answer is left out of what they found.
    """
    said = design.document.answer
    return 0 if said.estimator == "regression" else 2 if "wald" in (said.interval, said.test) else 1


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
    least = max(_least(design), 1)

    def spread(p: arg.Floats, own: float = 1.0) -> float:
        chance, between = w @ (np.abs(p) * (1.0 - np.abs(p))), w @ (p - p @ w) ** 2
        return float(own * chance + whole / (whole - 1.0) * between)

    for arm, by in contrast.items():
        people = sum(design.sizes[arm].values())
        total += by**2 * spread(offered(design, arm)) * _inverse(people, design.attrition[arm], least)
        together += by * offered(design, arm)
    return total - spread(together, float(in_frame)) / whole


def _ways(design: Design, sizes: Iterable[float], arms: Iterable[str]) -> Iterator[list[Way]]:
    """Yield how many may stay of so many people of arms, and how likely: every way, then fewer and fewer.

    With fewer, numbers up to three standard deviations and a twentieth of them apart; the chances of those
    between are shared out so that the mean stays: no value moved by .001 in what was tried.
    """
    cells = [(round(n), design.attrition[arm]) for n, arm in zip(sizes, arms, strict=True)]
    for apart in (0.0, 0.5, 1.0, 2.0, 3.0) if any(lost for _, lost in cells) else (0.0,):
        stays = []
        for n, lost in cells:
            most = n * (1.0 - lost) / 20.0
            step = max(1, int(min(apart * math.sqrt(n * lost * (1.0 - lost)), most)))
            near = 1.0 - np.abs(np.arange(1 - step, step)) / step
            by = np.convolve(binomial_pmf(n, 1.0 - lost), near)[step - 1 : step + n][::-1][::step]
            likely = zip(range(n, -1, -step), by.tolist(), strict=True)
            stays.append([(k, one) for k, one in likely if one > 1e-7 and k >= _least(design)])
        if 0 < math.prod(map(len, stays)) <= WAYS:  # none: a cell is too small for a spread of its own
            ways = (zip(*way, strict=True) for way in itertools.product(*stays))
            yield [(n, chance) for n, by in ways if (chance := math.prod(by)) > 1e-8]


def _outcomes(design: Design) -> Outcomes | None:
    """Return all that cells of fixed sizes can bring in, and how likely; None where that is too much."""
    plan = dataclasses.replace(design, attrition=dict.fromkeys(design.attrition, 0.0))
    one = expected(plan)
    if one.seen is not None or one.took is not None:
        return None
    rates, said = chances(plan, one.arm, one.block, one.period), design.document.answer
    margins = said.test in ("fisher", "permutation") and any(design.attrition.values())
    most = MOST // (20 if said.estimator == "regression" else 3 if margins else 1)  # each takes longer there
    for ways in _ways(design, one.n[0].tolist(), one.arm):
        parts, total = [], 0
        for sizes, chance in ways:
            mass = [binomial_pmf(n, p) for n, p in zip(sizes, rates, strict=True)]
            likely = [np.flatnonzero(each * chance > NEGLIGIBLE) for each in mass]
            total += math.prod(map(len, likely))
            if total > most:
                break
            x = np.stack(np.meshgrid(*likely, indexing="ij"), axis=-1).reshape(-1, len(likely))
            by = np.prod([each[x[:, c]] for c, each in enumerate(mass)], axis=0)
            parts.append((x, np.full_like(x, sizes), by * chance))
        else:
            x, n, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
            return dataclasses.replace(one, n=n.astype(np.float64), x=x.astype(np.float64)), weights
    return None


def _enumerated(design: Design, truth: arg.Floats, in_frame: bool) -> dict[tuple[str, str], float]:
    """Go through every outcome of a pilot: the design's own estimator, interval and test on each."""
    said, alike = design.document.answer, all(np.ptp(rate) == 0.0 for rate in design.rates.values())
    if design.kind == "complete" and said.estimator == "difference_in_means" and alike:  # blocks do nothing
        sizes = {arm: {ALL: float(n)} for arm, n in design.arms.items()}
        rates = {arm: rate[:1] for arm, rate in design.rates.items()}
        design = dataclasses.replace(design, blocks={ALL: design.people}, sizes=sizes, rates=rates)
    fixed = len(design.blocks) == 1 or design.kind == "blocked"
    every = _outcomes(design) if fixed and said.test != "e_process" else None
    values: dict[tuple[str, str], float] = {}
    if every is not None:
        found = answer(design, every[0])
        for k, (label, effect) in enumerate(zip(design.labels, truth.tolist(), strict=True)):
            told = np.isfinite([part[:, k] for part in found.values()]).all(axis=0)
            one = {name: part[told, k] for name, part in found.items()}
            one["true"] = np.full(told.sum(), effect)
            for name, (value, _) in diagnosands(design, one, effect, every[1][told]):
                if not (in_frame and name in ("rmse", "coverage")):
                    values[label, name] = round(value, 9) + 0.0 if name == "bias" else value
    return values


def _convolved(design: Design, truth: float) -> Iterator[tuple[str, float]]:
    """Yield what a z or Wald test over blocks finds, and the width, on a fine grid.

    Estimates, their variances, and the squares of how far limits reach add up over blocks.
    """
    said, tested, reach = design.document.answer, [], dict[bool, list[Part]]({True: [], False: []})
    if said.estimator != "difference_in_means" or said.test not in ("z", "wald", "none"):
        return
    for name, weight in zip(design.blocks, design.weights, strict=True):
        alone = design.within(name)
        if (every := _outcomes(alone)) is None:
            return
        with np.errstate(all="ignore"):
            fit = ESTIMATORS[said.estimator](every[0], alone)
            spread = fit.se**2 if said.test == "wald" else pooled_variance(every[0], alone)
            low, high = INTERVALS[said.interval](every[0], alone, fit)
        tested.append((weight * fit.estimate[:, 0], weight**2 * spread[:, 0], every[1]))
        for up, end in ((False, low), (True, high)):
            square = (weight * (end - fit.estimate)[:, 0]) ** 2
            reach[up].append((square, square, every[1]))
    if said.interval in ("newcombe", "wald"):
        sides = map(_on_grid, reach.values())
        yield "interval_width", float(sum(np.sqrt(square) @ mass / mass.sum() for square, _, mass in sides))
    estimate, variance, mass = _on_grid(tested)
    reached = two_sided(design.alpha) * np.sqrt(np.maximum(variance, 0.0)) * (1.0 - TIE)
    hit = np.abs(estimate) >= np.maximum(reached, np.ptp(estimate) / GRID[0])  # nought of nought is none
    found: dict[str, arg.Floats] = dict.fromkeys(("estimate", "low", "high", "true"), estimate)
    found["p"] = np.where(hit, 0.0, 1.0)
    for name, (value, _) in diagnosands(design, found, truth, mass):
        if name in ("power", "type_s", "type_m"):
            yield name, value


def _on_grid(parts: list[Part]) -> Part:
    """Return two numbers that add up over blocks, and chances of sums, from those of each block."""
    from scipy.signal import fftconvolve

    steps = np.array([sum(np.ptp(part[axis]) for part in parts) / size for axis, size in enumerate(GRID)])
    mass, start = np.ones((1, 1)), np.zeros(2)
    for *values, weights in parts:
        least = np.array([one.min() for one in values])
        places = np.rint((np.array(values) - least[:, None]) / steps[:, None]).astype(np.int64)
        grid = np.zeros(places.max(axis=1) + 1)
        np.add.at(grid, tuple(places), weights)
        mass, start = np.maximum(fftconvolve(mass, grid), 0.0), start + least
    first, second = (start + steps * np.argwhere(mass >= 0.0)).T
    return first, second, mass.ravel()


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
