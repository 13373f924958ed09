"""Tests, and estimates of what cannot be linked or seen; public as ``kik.estimates``."""

from kik_analysis.statistics.grim import grim
from kik_analysis.statistics.hidden import chapman, frechet, lee, manski, manski_effect, randomised_response
from kik_analysis.statistics.sequences import confidence_sequence, e_process
from kik_analysis.statistics.tests import fisher, holm, permutation_test

__all__ = [
    "chapman",
    "confidence_sequence",
    "e_process",
    "fisher",
    "frechet",
    "grim",
    "holm",
    "lee",
    "manski",
    "manski_effect",
    "permutation_test",
    "randomised_response",
]
