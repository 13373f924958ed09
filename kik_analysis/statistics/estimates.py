"""Estimates of what cannot be linked or asked; public as ``kik.estimates``, with the tests beside them."""

from typing import Annotated

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import Endless, Estimate, limits, two_sided
from kik_analysis.statistics.power.sequential import confidence_sequence, e_process
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
_BOTH = "nobody can be on both lists without being on each"


@arg.checked
def chapman(
    n1: arg.Count,
    n2: arg.Count,
    m: Annotated[int, arg.whole(hint=_BOTH)],
    *,
    confidence: arg.Confidence = 0.95,
) -> Estimate:
    """Return how many there are in all, from two lists and the number on both (Chapman 1951; Seber 1970).

    ``(n1+1)(n2+1)/(m+1) - 1`` with Seber's variance ``(n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)^2 (m+2))``, normal
    limits, the lower one at least the people seen. It assumes that being on one list says nothing about being
    on the other; where one list refers to the other the result is too low.

    ``n1``, ``n2``, ``m``: people on the first list, on the second, and on both.

    Examples
    --------
    >>> round(chapman(10, 15, 5).estimate, 1)
    28.3
    """
    if m > min(n1, n2):
        held = f"m is {m} but the lists hold {n1} and {n2}: m must lie in 0..{min(n1, n2)}"
        raise ParameterError(f"{held}; {_BOTH}")
    total = (n1 + 1) * (n2 + 1) / (m + 1) - 1.0
    se = float(np.sqrt((n1 + 1) * (n2 + 1) / (m + 1) ** 2 * (n1 - m) * (n2 - m) / (m + 2)))
    reach = two_sided(1.0 - confidence) * se
    seen = float(n1 + n2 - m)
    return Estimate(max(seen, total - reach), max(seen, total + reach), total, "chapman", confidence, se)


@arg.checked
def randomised_response(
    yes: Annotated[int, arg.whole(of="n")],
    n: arg.Some,
    *,
    truth: arg.Share,
    forced_yes: arg.Share,
    method: Endless = "wilson",
    confidence: arg.Confidence = 0.95,
) -> Estimate:
    """Return the share with a trait, inside [0, 1], from answers that chance has hidden (Boruch 1971).

    ``se`` is that of the moment estimator, ``sqrt(yes_share (1 - yes_share) / n) / truth``.

    ``yes``, ``n``: people who answered yes, of all who answered. ``truth``, ``forced_yes``: chance to answer
    honestly, above 0, and to say yes whatever the truth; else one says no; together at most 1. ``method``:
    interval for the share of yes (see ``intervals.proportion``), carried over to the trait and cut off.

    Examples
    --------
    >>> round(randomised_response(300, 1000, truth=4 / 6, forced_yes=1 / 6).estimate, 4)  # one die
    0.2
    """
    if truth == 0.0:
        raise ModelError("truth is 0: with no honest answers nothing can be learned; give a chance above 0")
    if truth + forced_yes > 1.0 + 1e-12:
        both = f"truth is {truth:g} and forced_yes is {forced_yes:g}"
        raise ParameterError(f"{both}: together they must be at most 1; lower one of them")
    share = yes / n
    ends = limits(np.asarray(float(yes)), np.asarray(float(n)), method, confidence)
    low, high, central = (min(1.0, max(0.0, (float(one) - forced_yes) / truth)) for one in (*ends, share))
    se = float(np.sqrt(share * (1.0 - share) / n)) / truth
    return Estimate(low, high, central, "forced", confidence, se)
