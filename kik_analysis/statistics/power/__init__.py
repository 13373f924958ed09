"""Power, sample size and smallest detectable effect; public as ``kik.power``.

Power functions return a float in 0..1; the treated group comes before the control group.
"""

from kik_analysis.statistics.power.cluster_trials import (
    clusters,
    clusters_minimum_detectable_effect,
    design_effect,
    false_positive_rate,
    simulated_clusters,
)
from kik_analysis.statistics.power.designs import (
    interrupted_series,
    noncompliance,
    series_errors,
    stepped_wedge,
    two_stage_letters,
    wedge,
    wedge_variance,
)
from kik_analysis.statistics.power.normal import type_s_m
from kik_analysis.statistics.power.proportions import (
    minimum_detectable_effect,
    plan,
    sample_size,
    two_proportions,
)
from kik_analysis.statistics.power.sequential import (
    expected_share,
    group_sequential,
    inflation_factor,
    sequential_power,
)
from kik_analysis.statistics.power.t_test import means, means_sample_size

__all__ = [
    "clusters",
    "clusters_minimum_detectable_effect",
    "design_effect",
    "expected_share",
    "false_positive_rate",
    "group_sequential",
    "inflation_factor",
    "interrupted_series",
    "means",
    "means_sample_size",
    "minimum_detectable_effect",
    "noncompliance",
    "plan",
    "sample_size",
    "sequential_power",
    "series_errors",
    "simulated_clusters",
    "stepped_wedge",
    "two_proportions",
    "two_stage_letters",
    "type_s_m",
    "wedge",
    "wedge_variance",
]
