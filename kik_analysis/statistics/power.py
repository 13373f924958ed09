"""Power, sample size and smallest detectable effect; public as ``kik.power``.

Power functions return a float in 0..1; the treated group comes before the control group.
"""

from __future__ import annotations

from kik_analysis.statistics.cluster_draws import simulated_clusters
from kik_analysis.statistics.power_clusters import (
    clusters,
    clusters_minimum_detectable_effect,
    clusters_sample_size,
    design_effect,
    effective_sample_size,
    false_positive_rate,
    people_per_cluster,
)
from kik_analysis.statistics.power_dilution import noncompliance, noncompliance_inflation
from kik_analysis.statistics.power_letters import (
    TwoStage,
    simulated_two_stage_letters,
    two_stage_letters,
)
from kik_analysis.statistics.power_means import means, means_minimum_detectable_effect, means_sample_size
from kik_analysis.statistics.power_prior import TypeSM, assurance, assurance_normal, type_s_m
from kik_analysis.statistics.power_proportions import (
    Plan,
    Simulated,
    minimum_detectable_effect,
    plan,
    sample_size,
    simulated_two_proportions,
    two_proportions,
)
from kik_analysis.statistics.power_sequential import (
    Sequential,
    expected_share,
    group_sequential,
    inflation_factor,
    sequential_power,
)
from kik_analysis.statistics.power_series import autocorrelation_factor, interrupted_series, series_errors
from kik_analysis.statistics.power_wedge import stepped_wedge, wedge, wedge_power, wedge_variance

__all__ = [
    "Plan",
    "Sequential",
    "Simulated",
    "TwoStage",
    "TypeSM",
    "assurance",
    "assurance_normal",
    "autocorrelation_factor",
    "clusters",
    "clusters_minimum_detectable_effect",
    "clusters_sample_size",
    "design_effect",
    "effective_sample_size",
    "expected_share",
    "false_positive_rate",
    "group_sequential",
    "inflation_factor",
    "interrupted_series",
    "means",
    "means_minimum_detectable_effect",
    "means_sample_size",
    "minimum_detectable_effect",
    "noncompliance",
    "noncompliance_inflation",
    "people_per_cluster",
    "plan",
    "sample_size",
    "sequential_power",
    "series_errors",
    "simulated_clusters",
    "simulated_two_proportions",
    "simulated_two_stage_letters",
    "stepped_wedge",
    "two_proportions",
    "two_stage_letters",
    "type_s_m",
    "wedge",
    "wedge_power",
    "wedge_variance",
]
