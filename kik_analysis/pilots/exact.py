"""What a diagnosis should find: closed forms, and enumeration where every outcome can be gone through."""

from __future__ import annotations

import numpy as np

from kik_analysis.pilots.assignment import DRAWN, Counts, chances, cluster_table, offered
from kik_analysis.pilots.design import SEEN, Design, estimands
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
    found: Exact = {}
    labels = [label for label, _ in estimands(design)]
    if design.document.answer.interval in SEEN:
        return found
    if not any(design.attrition.values()) and not design.size_cv:
        found |= _closed(design, labels)
        found |= _enumerated(design, labels, truth, in_frame)
    return found


def _closed(design: Design, labels: list[str]) -> Exact:
    found: Exact = {}
    kind, estimator = design.kind, design.document.answer.estimator
    lots = kind in ("complete", "blocked", "cluster", "factorial", "two_stage")
    if lots and estimator in ("difference_in_means", "inverse_probability"):
        found |= {(label, "bias"): 0.0 for label in labels}
    if estimator != "difference_in_means":
        return found
    for label, (name, contrast) in zip(labels, design.contrasts.items(), strict=True):
        if kind in ("complete", "blocked"):
            found[label, "rmse"] = float(np.sqrt(neyman(design, name)))
        elif kind == "cluster":
            arm, _, people = cluster_table(design)
            p = np.array([offered(design, one) @ design.weights for one in arm])
            many = np.array([arm.count(one) for one in arm])
            by = np.array([contrast.get(one, 0.0) for one in arm])
            spread = p * (1.0 - p) * (1.0 + (people - 1.0) * design.icc) / people
            found[label, "rmse"] = float(np.sqrt(((by / many) ** 2 * spread).sum()))
    return found


def neyman(design: Design, arm: str) -> float:
    """Return the variance of a difference in means around that in the frame: Neyman (1923).

    Expected over frames: ``S1/n1 + S0/n0 - S/N`` with the variances of both outcomes and of their difference,
    where one number per person decides the outcome under every arm.
    """
    sizes = np.array(list(design.blocks.values()), dtype=np.float64)
    p1, p0 = offered(design, arm), offered(design, CONTROL)
    gap = p1 - p0
    if design.kind == "blocked":
        total = 0.0
        for b, name in enumerate(design.blocks):
            n1, n0 = design.sizes[arm][name], design.sizes[CONTROL][name]
            parts = [p * (1.0 - p) for p in (p1[b], p0[b], abs(gap[b]))]
            total += design.weights[b] ** 2 * (parts[0] / n1 + parts[1] / n0 - parts[2] / sizes[b])
        return float(total)

    def spread(p: arg.Floats) -> float:
        people, mean = sizes.sum(), p @ design.weights
        inside = (sizes * np.abs(p) * (1.0 - np.abs(p))).sum() * (1.0 - 1.0 / people)
        return float((inside + (sizes * (p - mean) ** 2).sum()) / (people - 1.0))

    n1, n0 = design.arms[arm], design.arms[CONTROL]
    return float(spread(p1) / n1 + spread(p0) / n0 - spread(gap) / sizes.sum())


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
