"""Bad input: each a sentence with the value, the allowed range and what to change."""

import numpy as np
import pytest

from kik_analysis.errors import InputError, ModelError, ParameterError
from kik_analysis.statistics import estimates, intervals, power

NAN = float("nan")

CASES = [
    # value, allowed range, what to change
    (lambda: intervals.proportion(7, 5), ["7", "0..5", "lower successes or raise n"]),
    (lambda: intervals.proportion(-1, 5), ["-1", "at least 0", "count whole"]),
    (lambda: intervals.proportion(0, 0), ["n is 0", "at least 1", "without a single observation"]),
    (lambda: intervals.proportion(2.5, 5), ["2.5", "whole number", "count whole"]),
    (lambda: intervals.proportion(NAN, 5), ["NaN", "whole number", "leave the missing value out"]),
    (lambda: intervals.proportion(3, NAN), ["n is NaN", "whole number", "leave the missing value out"]),
    (lambda: intervals.proportion(3, float("inf")), ["inf", "whole number", "without a single observation"]),
    (lambda: intervals.proportion("four", 5), ["'four'", "whole number", "give a number"]),
    (lambda: intervals.proportion([1, 2, 9], [4, 4, 4]), ["9 (value 2 of 3)", "0..n", "lower successes"]),
    (lambda: intervals.proportion([1, 2], [4, 4, 4]), ["(2,)", "(3,)", "give one n"]),
    (lambda: intervals.proportion(3, 5, confidence=1), ["confidence is 1", "(0, 1)", "use 0.95"]),
    (lambda: intervals.proportion(3, 5, confidence=0), ["confidence is 0", "(0, 1)", "use 0.95"]),
    (lambda: intervals.proportion(3, 5, confidence=95), ["95", "(0, 1)", "use 0.95"]),
    (
        lambda: intervals.proportion(3, 5, confidence=NAN),
        ["confidence is NaN", "(0, 1)", "leave the missing"],
    ),
    (
        lambda: intervals.proportion(3, 5, method="wilsn"),
        ["'wilsn'", "clopper-pearson", "did you mean 'wilson'"],
    ),
    (lambda: intervals.proportion(3, 5, method="hypergeometric"), ["None", "at least n", "give it"]),
    (
        lambda: intervals.proportion(3, 5, method="hypergeometric", population=4),
        ["population is 4", "n is 5", "raise population to at least 5"],
    ),
    (lambda: intervals.proportion(3, 5, population=70), ["70", "endless", "use method 'hypergeometric'"]),
    (lambda: intervals.proportion(3, 5, method="beta-binomial"), ["None", "above 0", "give (1, 1)"]),
    (
        lambda: intervals.proportion(3, 5, method="beta-binomial", prior=(0, 1)),
        ["prior a is 0", "(0, inf)", "(1, 1)"],
    ),
    (lambda: intervals.proportion(3, 5, prior=(1, 1)), ["(1, 1)", "'beta-binomial'", "drop it"]),
    (lambda: intervals.count(3, 5, 4.5), ["4.5", "whole number", "count whole"]),
    (lambda: intervals.difference(3, 5, 6, 5), ["x2 is 6", "0..5", "lower x2 or raise n2"]),
    (lambda: intervals.difference([1, 2], 5, [1, 2, 3], 5), ["(2,)", "(3,)", "one control group"]),
    (lambda: intervals.poisson(-2), ["-2", "at least 0", "count whole"]),
    (lambda: intervals.poisson(2, 0), ["exposure is 0", "(0, inf)", "give the time"]),
    (lambda: intervals.rule_of_three(0), ["n is 0", "at least 1", "nobody observed"]),
    (lambda: estimates.fisher(7, 5, 1, 5), ["x1 is 7", "0..5", "lower x1"]),
    (
        lambda: estimates.fisher(3, 5, 1, 5, alternative="two sided"),
        ["'two sided'", "greater", "'two-sided'"],
    ),
    (lambda: estimates.permutation_test([], [1]), ["treated holds 0 values", "at least 1", "observe more"]),
    (lambda: estimates.permutation_test([1, NAN], [1]), ["NaN", "finite", "leave the missing value out"]),
    (lambda: estimates.permutation_test([1, np.inf], [1]), ["inf", "finite", "leave it out"]),
    (lambda: estimates.cluster_t([1.0], [1.0, 2.0]), ["1 cluster", "at least 2", "add clusters"]),
    (lambda: estimates.holm([0.2, 1.2]), ["1.2", "[0, 1]", "check where it came from"]),
    (lambda: estimates.grim("0.805", 29, decimals=2), ["0.805", "at most that many", "raise decimals"]),
    (lambda: estimates.grim("vier", 29), ["'vier'", "printed number", "decimal point"]),
    (lambda: estimates.grim("0.8", 0), ["n is 0", "at least 1", "count whole"]),
    (lambda: estimates.frechet(80, 20, 70), ["first is 80", "0..70", "raise population"]),
    (lambda: estimates.chapman(10, 15, 12), ["m is 12", "0..10", "on each"]),
    (lambda: estimates.noisy_count(10, epsilon=0, seed=1), ["epsilon is 0", "(0, inf)", "budget"]),
    (lambda: estimates.manski([2, 1], 3), ["2", "[0, 1]", "widen the scale"]),
    (lambda: estimates.manski([1, 1], 1), ["2 outcomes", "at least 2", "everyone drawn"]),
    (
        lambda: estimates.manski([1], 2, lowest=1, highest=1),
        ["lowest is 1", "below highest", "ends of the scale"],
    ),
    (lambda: estimates.lee([], 5, [1], 5), ["0 values", "at least 1", "observe more"]),
    (lambda: power.two_proportions(0.2, 1.3, 50, 50), ["p2 is 1.3", "[0, 1]", "0.2 for twenty per cent"]),
    (lambda: power.two_proportions(20, 0.3, 50, 50), ["p1 is 20", "[0, 1]", "0.2 for twenty per cent"]),
    (lambda: power.two_proportions(0.2, 0.3, 0, 50), ["n1 is 0", "at least 1", "at least one person"]),
    (lambda: power.two_proportions(0.2, 0.3, 50, 50, alpha=0), ["alpha is 0", "(0, 1)", "use 0.05"]),
    (lambda: power.two_proportions(0.2, 0.3, 50, 50, alpha=1), ["alpha is 1", "(0, 1)", "use 0.05"]),
    (
        lambda: power.two_proportions(0.2, 0.3, 50, 50, method="fischer"),
        ["'fischer'", "z, fisher", "'fisher'"],
    ),
    (lambda: power.minimum_detectable_effect(0.2, 9, 9, power=1), ["power is 1", "(0.05, 1)", "such as 0.8"]),
    (lambda: power.minimum_detectable_effect(0.2, 9, 9, power=0.05), ["0.05", "(0.05, 1)", "such as 0.8"]),
    (lambda: power.minimum_detectable_effect(0.2, 3, 3), ["power is 0.8", "0.2 to 1", "enlarge the groups"]),
    (lambda: power.sample_size(0.2, 0.2), ["both 0.2", "not there", "shares that differ"]),
    (lambda: power.sample_size(0.2, 0.2 + 1e-6), ["0.2", "100000000", "larger difference"]),
    (lambda: power.means(1, 0, 9, 9), ["sd is 0", "(0, inf)", "do not vary"]),
    (lambda: power.means(1, 1, 1, 1), ["n1 is 1", "spread", "add at least one"]),
    (lambda: power.means_sample_size(0, 1), ["effect is 0", "not there", "another effect"]),
    (
        lambda: power.clusters(0.3, 0.2, 1, 8, 50, 0.02),
        ["clusters1 is 1", "at least 2", "people will not help"],
    ),
    (
        lambda: power.clusters(0.3, 0.2, 3, 1, 50, 0.02),
        ["clusters2 is 1", "at least 2", "people will not help"],
    ),
    (lambda: power.clusters(0.3, 0.2, 3, 8, 50, -0.1), ["icc is -0.1", "[0, 1]", "no more alike"]),
    (lambda: power.clusters(0.3, 0.2, 3, 8, 50, 1.1), ["icc is 1.1", "[0, 1]", "no more alike"]),
    (lambda: power.clusters(0.3, 0.2, 3, 8, 50, NAN), ["icc is NaN", "[0, 1]", "leave the missing"]),
    (lambda: power.clusters(0.3, 0.2, 3, 8, 0.5, 0.02), ["size is 0.5", "[1, inf)", "per cluster"]),
    (lambda: power.clusters(0.3, 0.2, 3, 8, 50, 0.02, cv=-1), ["cv is -1", "[0, inf)", "0 if equal"]),
    (lambda: power.clusters_sample_size(0.3, 0.3, 50, 0.02), ["both 0.3", "not there", "shares that differ"]),
    (lambda: power.people_per_cluster(0.25, 0.2, 3, 8, 0.02), ["power is 0.8", "0.217", "more teams"]),
    (lambda: power.stepped_wedge(0.3, 1.0, 2, 4, 20, 0.05), ["p2 is 1", "(0, 1)", "can still vary"]),
    (lambda: power.group_sequential(0), ["looks is 0", "at least 1", "count whole"]),
    (lambda: power.group_sequential(99), ["looks is 99", "1..50", "next to nothing"]),
    (
        lambda: power.group_sequential(2, kind="obrien"),
        ["'obrien'", "pocock", "did you mean 'obrien-fleming'"],
    ),
    (lambda: power.interrupted_series(1, 1, 9, 9, rho=1), ["rho is 1", "(-1, 1)", "must forget"]),
    (lambda: power.type_s_m(0, 1), ["effect is 0", "must not be 0", "smallest effect"]),
    (lambda: power.type_s_m(1, 0), ["se is 0", "(0, inf)", "standard error"]),
    (lambda: power.assurance((1, 0), (1, 1), 9, 9), ["prior1 b is 0", "(0, inf)", "above 0"]),
    (lambda: power.assurance(3, (1, 1), 9, 9), ["prior1 is 3", "Beta", "(1, 1)"]),
    (lambda: power.noncompliance(0.3, 0.2, 9, 9, uptake1=1.4), ["uptake1 is 1.4", "[0, 1]", "fraction"]),
    (lambda: power.two_stage_letters(0.3, 0.2, 1.2, 0.1, 9, 9), ["firm is 1.2", "[0, 1]", "fraction"]),
]


@pytest.mark.parametrize(("wrong", "parts"), CASES)
def test_one_sentence_with_the_value_the_range_and_the_remedy(wrong, parts):
    with pytest.raises(InputError) as caught:
        wrong()
    sentence = str(caught.value)
    assert len(caught.value.lines) == 1
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence, sentence
    assert not sentence.endswith(".")


def test_what_cannot_be_reached_is_another_kind_than_what_is_wrong():
    with pytest.raises(ModelError):
        power.minimum_detectable_effect(0.2, 3, 3)
    with pytest.raises(ParameterError):
        power.minimum_detectable_effect(0.2, 3, 0)


def test_whole_numbers_may_come_as_floats_and_from_numpy():
    assert intervals.proportion(np.int64(3), 6.0) == intervals.proportion(3, 6)
    assert power.two_proportions(np.float64(0.3), 0.2, np.int32(50), 50.0) == power.two_proportions(
        0.3, 0.2, 50, 50
    )
