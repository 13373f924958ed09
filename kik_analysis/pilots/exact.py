"""What a diagnosis should find: closed forms, and enumeration where every outcome can be gone through."""

from __future__ import annotations

import numpy as np

from kik_analysis.pilots.assignment import DRAWN, Counts, chances, cluster_table, offered
from kik_analysis.pilots.design import ALL, SEEN, Design, estimands
from kik_analysis.pilots.document import CONTROL
from kik_analysis.pilots.estimators import answer
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.coverage import binomial_pmf
from kik_analysis.statistics.tests import TIE

#: Outcomes less likely than this are left out of an enumeration.
NEGLIGIBLE = 1e-12
#: Most outcomes gone through.
MOST = 400_000

Exact = dict[tuple[str, str], float]


def exact_values(design: Design, truth: arg.Floats, in_frame: bool) -> Exact:
    """Return exact values by estimand and diagnosand, where there are any."""
    labels = [label for label, _ in estimands(design)]
    if design.document.answer.interval in SEEN:
        return {}
    whole = not any(design.attrition.values()) and not design.size_cv
    return _closed(design, labels, truth) | (_enumerated(design, labels, truth, in_frame) if whole else {})


def costs(design: Design, each: dict[str, float], reached: dict[str, float]) -> Exact:
    """Return expected hours and people, from hours per person of an arm and per person reached in it."""
    if design.kind in ("two_stage", "stepped_wedge", "blocked_cluster"):
        return {}
    idle = not design.document.data.effort
    hours = talks = people = 0.0
    for arm in (one for one in design.arms if each[one] or reached[one] or idle):
        sizes = np.array(list(design.sizes[arm].values()))
        share = np.full(len(sizes), design.seen.get(arm, design.uptake[arm]))
        if not design.seen and design.document.inquiry.outcome == "reached":
            share = _after(design, arm)
        spoken = float(sizes @ share) * (1.0 - design.attrition[arm])
        hours += float(sizes.sum()) * each[arm] + spoken * reached[arm]
        people, talks = people + float(sizes.sum()) * (each[arm] > 0.0), talks + spoken
    return {(ALL, "hours"): hours, (ALL, "contacted"): people, (ALL, "reached"): talks}


def _after(design: Design, arm: str, period: int = 10**6) -> arg.Floats:
    """Return the chance of the outcome per block, in the last period unless another is asked."""
    blocks = np.arange(len(design.blocks))
    return chances(design, (arm,) * len(blocks), blocks, np.full_like(blocks, period))


def _closed(design: Design, labels: list[str], truth: arg.Floats) -> Exact:
    """Return bias and error where a formula has them; who leaves does so whatever the outcome."""
    estimator, lots = design.document.answer.estimator, design.document.data.assignment
    if design.kind == "none" and not (estimator == "change" and lots.before + lots.after > 4):
        means = [float(_after(design, one) @ design.weights) for one in design.contrasts]
        before = (
            _after(design, next(iter(design.arms)), 0) if estimator == "change" else _after(design, CONTROL)
        )
        off = 0.0 if estimator == "mean" else float(before @ design.weights)
        return {(label, "bias"): float(p - off - t) for label, p, t in zip(labels, means, truth, strict=True)}
    fair = ("complete", "blocked", "cluster", "blocked_cluster", "factorial")
    if not (design.kind in fair and estimator == "difference_in_means") and design.kind != "two_stage":
        return {}
    found: Exact = {(label, "bias"): 0.0 for label in labels}
    for label, (name, contrast) in zip(labels, design.contrasts.items(), strict=True):
        if design.kind in ("complete", "blocked"):
            found[label, "rmse"] = float(np.sqrt(neyman(design, name)))
        elif design.clustered and not design.size_cv:
            found[label, "rmse"] = float(np.sqrt(_between_clusters(design, contrast)))
    return found


def _inverse(n: float, lost: float) -> float:
    """Return the mean of one over the people who stay, of ``n`` who each leave with chance ``lost``."""
    if not lost:
        return 1.0 / n
    stayed = np.arange(2.0, n + 1.0)
    mass = binomial_pmf(int(n), 1.0 - lost)[2:]
    return float((mass / stayed).sum() / mass.sum())


def _between_clusters(design: Design, contrast: dict[str, float]) -> float:
    """Return the variance of a difference in means of cluster shares, which are beta-binomial."""
    arm, block, people = cluster_table(design)
    own = np.eye(len(design.weights)) if design.kind == "blocked_cluster" else design.weights[None]
    total = 0.0
    for a, b, n in zip(arm, block, people, strict=True):
        alike = sum(one == a and other == b for one, other in zip(arm, block, strict=True))
        p = float(own[b] @ offered(design, a))
        spread = design.icc + (1.0 - design.icc) * _inverse(float(n), design.attrition[a])
        total += (contrast.get(a, 0.0) * float(np.mean(block == b)) / alike) ** 2 * p * (1.0 - p) * spread
    return total


def neyman(design: Design, arm: str) -> float:
    """Return the variance of a difference in means around that in the frame: Neyman (1923).

    Expected over frames: ``S1/n1 + S0/n0 - S/N`` with the variances of both outcomes and of their difference,
    where one number per person decides the outcome under every arm; n are those who stay.
    """
    sizes = np.array(list(design.blocks.values()), dtype=np.float64)
    p1, p0 = offered(design, arm), offered(design, CONTROL)
    gap, lost = p1 - p0, (design.attrition[arm], design.attrition[CONTROL])
    if design.kind == "blocked":
        total = 0.0
        for b, name in enumerate(design.blocks):
            each = (design.sizes[one][name] for one in (arm, CONTROL))
            n1, n0 = map(_inverse, each, lost)
            parts = [p * (1.0 - p) for p in (p1[b], p0[b], abs(gap[b]))]
            total += design.weights[b] ** 2 * (parts[0] * n1 + parts[1] * n0 - parts[2] / sizes[b])
        return float(total)

    def spread(p: arg.Floats) -> float:
        mean = p @ design.weights
        inside = (sizes * np.abs(p) * (1.0 - np.abs(p))).sum() * (1.0 - 1.0 / design.people)
        return float((inside + (sizes * (p - mean) ** 2).sum()) / (design.people - 1.0))

    n1, n0 = map(_inverse, (design.arms[arm], design.arms[CONTROL]), lost)
    return spread(p1) * n1 + spread(p0) * n0 - spread(gap) / design.people


def _enumerated(design: Design, labels: list[str], truth: arg.Floats, in_frame: bool) -> Exact:
    """Go through every outcome of one or two cells: the design's own estimator, interval and test on each."""
    said = design.document.answer
    if design.clustered or design.kind == "two_stage" or said.test == "e_process" or len(labels) != 1:
        return {}
    one = DRAWN[design.kind](design, np.random.default_rng(0), 1)
    if len(one.arm) > 2 or len(one.n) > 1 or len(design.blocks) > 1:
        return {}
    rates, parts, values = chances(design, one.arm, one.block, one.period), [], []
    for c in range(len(one.arm)):
        mass = binomial_pmf(int(one.n[0, c]), rates[c])
        values.append(np.flatnonzero(mass > NEGLIGIBLE).astype(np.float64))
        parts.append(mass[mass > NEGLIGIBLE])
    if np.prod([len(part) for part in values]) > MOST:
        return {}
    x = np.stack([axis.ravel() for axis in np.meshgrid(*values, indexing="ij")], axis=1)
    chance = np.prod([axis.ravel() for axis in np.meshgrid(*parts, indexing="ij")], axis=0)
    counts = Counts(one.arm, one.block, one.cluster, one.period, one.n, x)
    found_by = {name: part[:, 0] for name, part in answer(design, counts).items()}
    low, high, p = (found_by[name] for name in ("low", "high", "p"))
    estimate, true, label = found_by["estimate"], float(truth[0]), labels[0]
    found = {
        (label, "bias"): float(chance @ estimate) - true,
        (label, "interval_width"): float(chance @ (high - low)),
    }
    if not in_frame:
        found[label, "rmse"] = float(np.sqrt(chance @ (estimate - true) ** 2))
        found[label, "coverage"] = float(chance @ ((low <= true + TIE) & (true <= high + TIE)))
    if said.test != "none":
        hit = chance * (p <= design.alpha * (1.0 + TIE))
        found[label, "power"] = float(hit.sum())
        if true and hit.sum():
            found[label, "type_s"] = float(hit @ (np.sign(estimate) != np.sign(true)) / hit.sum())
            found[label, "type_m"] = float(hit @ np.abs(estimate) / hit.sum() / abs(true))
    return found
