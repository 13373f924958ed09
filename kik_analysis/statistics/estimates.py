"""Tests, and estimates of what cannot be linked or asked; public as ``kik.estimates``."""

from kik_analysis.statistics.hidden import chapman, randomised_response
from kik_analysis.statistics.sequences import confidence_sequence, e_process
from kik_analysis.statistics.tests import fisher, holm, permutation_test

__all__ = [
    "chapman",
    "confidence_sequence",
    "e_process",
    "fisher",
    "holm",
    "permutation_test",
    "randomised_response",
]
