"""Power and smallest detectable effect; public as ``kik.power``.

Power functions return a float in 0..1, two-sided; the treated group comes before the control group.
"""

from kik_analysis.statistics.power.cluster_trials import (
    clusters,
    design_effect,
    false_positive_rate,
    stepped_wedge,
)
from kik_analysis.statistics.power.proportions import minimum_detectable_effect, two_proportions, type_s_m
from kik_analysis.statistics.power.sequential import group_sequential

__all__ = [
    "clusters",
    "design_effect",
    "false_positive_rate",
    "group_sequential",
    "minimum_detectable_effect",
    "stepped_wedge",
    "two_proportions",
    "type_s_m",
]
