"""Tests, and estimates of what cannot be linked or seen; public as ``kik.estimates``."""

from __future__ import annotations

from kik_analysis.statistics.exact import Significance, barnard, boschloo, fisher
from kik_analysis.statistics.grim import Grim, grim
from kik_analysis.statistics.interval import Bounds, Estimate
from kik_analysis.statistics.multiplicity import benjamini_hochberg, holm
from kik_analysis.statistics.overlap import chapman, frechet, noisy_count, noisy_count_interval
from kik_analysis.statistics.permutation import ClusterT, Permutation, cluster_t, permutation_test
from kik_analysis.statistics.randomised import randomised_response, randomised_response_inflation
from kik_analysis.statistics.unseen import LeeBounds, lee, manski, manski_effect

__all__ = [
    "Bounds",
    "ClusterT",
    "Estimate",
    "Grim",
    "LeeBounds",
    "Permutation",
    "Significance",
    "barnard",
    "benjamini_hochberg",
    "boschloo",
    "chapman",
    "cluster_t",
    "fisher",
    "frechet",
    "grim",
    "holm",
    "lee",
    "manski",
    "manski_effect",
    "noisy_count",
    "noisy_count_interval",
    "permutation_test",
    "randomised_response",
    "randomised_response_inflation",
]
