"""What a diagnosis should find: closed forms, and enumeration where every outcome can be gone through."""

from __future__ import annotations

import dataclasses

import numpy as np

from kik_analysis.pilots.assignment import chances, cluster_table, expected, offered
from kik_analysis.pilots.design import SEEN, Design, estimands
from kik_analysis.pilots.document import CONTROL
from kik_analysis.pilots.estimators import ESTIMATORS, answer
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.coverage import binomial_pmf
from kik_analysis.statistics.tests import TIE

#: Outcomes less likely than this are left out of an enumeration; most outcomes gone through.
NEGLIGIBLE, MOST = 1e-12, 400_000

Exact = dict[tuple[str, str], float]


def exact_values(design: Design, truth: arg.Floats, in_frame: bool) -> Exact:
    """Return exact values by estimand and diagnosand, where there are any.

    Bias: the estimate from expected counts, less the truth, where estimates are linear in counts (or, over
    two letters, in what each stage finds); who leaves does so whatever the outcome.
    """
    kind, labels = design.kind, [label for label, _ in estimands(design)]
    linear = kind in ("none", "two_stage") or design.document.answer.estimator == "difference_in_means"
    if design.document.answer.interval in SEEN:
        return {}
    found: Exact = {}
    if linear:
        with np.errstate(all="ignore"):  # a spread of nobody; only the estimate is used
            mean = ESTIMATORS[design.document.answer.estimator](expected(design), design).estimate[0]
        off = np.round(mean - truth, 12) + 0.0  # no digits of rounding, no nought below nought
        found = {(label, "bias"): float(one) for label, one in zip(labels, off, strict=True)}
    for label, (name, contrast) in zip(labels, design.contrasts.items(), strict=True):
        if linear and kind in ("complete", "blocked"):
            found[label, "rmse"] = float(np.sqrt(neyman(design, name)))
        elif linear and design.clustered and not design.number("model.size_cv"):
            found[label, "rmse"] = float(np.sqrt(_between_clusters(design, contrast)))
    whole = not any(design.attrition.values()) and not design.number("model.size_cv")
    return found | (_enumerated(design, labels, truth, in_frame) if whole else {})


def _inverse(n: float, lost: float) -> float:
    """Return the mean of one over the people who stay, of ``n`` who each leave with chance ``lost``."""
    if not lost:
        return 1.0 / n
    stayed = np.arange(2.0, round(n) + 1.0)
    mass = binomial_pmf(round(n), 1.0 - lost)[2:]
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


def neyman(design: Design, arm: str) -> float:
    """Return the variance of a difference in means around that in the frame: Neyman (1923).

    Expected over frames, in each part within which lots are drawn: ``S1/n1 + S0/n0 - S/N`` with the variances
    of both outcomes and of their difference, where one number per person decides the outcome under every arm;
    n are those who stay.
    """
    p1, p0, total = offered(design, arm), offered(design, CONTROL), 0.0
    names = list(design.blocks)
    for part in [[name] for name in names] if design.kind == "blocked" else [names]:
        sizes, mine = np.array([design.blocks[name] for name in part]), [names.index(name) for name in part]
        whole = float(sizes.sum())

        def spread(p: arg.Floats, n: arg.Floats = sizes, whole: float = whole) -> float:
            inside = (n * np.abs(p) * (1.0 - np.abs(p))).sum() * (1.0 - 1.0 / whole)
            return float((inside + (n * (p - p @ n / whole) ** 2).sum()) / (whole - 1.0))

        n1, n0 = (_inverse(sum(design.sizes[one][name] for name in part), design.attrition[one])
                  for one in (arm, CONTROL))  # fmt: skip
        gap = spread((p1 - p0)[mine]) / whole
        total += (whole / design.people) ** 2 * (spread(p1[mine]) * n1 + spread(p0[mine]) * n0 - gap)
    return total


def _enumerated(design: Design, labels: list[str], truth: arg.Floats, in_frame: bool) -> Exact:
    """Go through every outcome of one or two cells: the design's own estimator, interval and test on each."""
    said, one = design.document.answer, expected(design)
    if design.clustered or said.test == "e_process" or len(labels) != 1 or len(one.arm) > 2:
        return {}
    if len(design.blocks) > 1:
        return {}
    mass = [binomial_pmf(round(n), p) for n, p in
            zip(one.n[0], chances(design, one.arm, one.block, one.period), strict=True)]  # fmt: skip
    likely = [np.flatnonzero(each > NEGLIGIBLE) for each in mass]
    if np.prod([len(each) for each in likely]) > MOST:
        return {}
    x = np.stack([axis.ravel() for axis in np.meshgrid(*likely, indexing="ij")], axis=1)
    chance = np.prod([each[x[:, c]] for c, each in enumerate(mass)], axis=0)
    counts = dataclasses.replace(one, x=x.astype(np.float64))
    estimate, low, high, p = (part[:, 0] for part in answer(design, counts).values())
    true, label = float(truth[0]), labels[0]
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
