"""Limits for counts of events: Poisson, the ratio of two rates, and nothing seen at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.statistics import proportions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NothingSeen:
    """What "none of n" leaves possible.

    Attributes
    ----------
    n
        People observed, none of whom had the trait.
    rule
        The rule of three, ``3 / n``, at most 1: an aid to memory, poor for small n.
    exact
        Exact one-sided upper limit ``1 - alpha^(1/n)``, which the rule approximates at 95 per cent.
    exact_two_sided
        Upper end of the two-sided Clopper-Pearson interval ``1 - (alpha/2)^(1/n)``.
    confidence
        Confidence of the two exact limits (the rule is made for 0.95 and does not follow it).
    """

    n: int
    rule: float
    exact: float
    exact_two_sided: float
    confidence: float


def nothing_seen(n: int, confidence: float) -> NothingSeen:
    """Return the rule of three (Hanley and Lippman-Hand 1983) beside the exact limits."""
    alpha = 1.0 - confidence
    exact, two_sided = (float(-np.expm1(np.log(tail) / n)) for tail in (alpha, alpha / 2.0))
    return NothingSeen(n, min(1.0, 3.0 / n), exact, two_sided, confidence)


def garwood_limits(events: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return exact limits for a Poisson mean (Garwood 1936), as gamma quantiles."""
    from scipy.special import gammainccinv, gammaincinv

    tail = (1.0 - confidence) / 2.0
    low = np.where(events == 0, 0.0, gammaincinv(np.maximum(events, 1.0), tail))
    return low, np.asarray(gammainccinv(events + 1.0, tail), dtype=np.float64)


def ratio_limits(
    events1: Floats, time1: float, events2: Floats, time2: float, method: str, confidence: float
) -> tuple[Floats, Floats]:
    """Return limits for the ratio of two Poisson rates, first over second.

    Given the total, the first count is binomial with share ``r t1 / (r t1 + t2)`` (Przyborowski and
    Wilenski 1940); limits of that share become limits of the ratio r.
    """
    total = events1 + events2
    safe = np.maximum(total, 1.0)
    low, high = proportions.limits(np.where(total == 0, 0.0, events1), safe, method, confidence)
    high = np.where(total == 0, 1.0, high)
    with np.errstate(divide="ignore"):
        ratio_low, ratio_high = low / (1.0 - low), high / (1.0 - high)
    return ratio_low * time2 / time1, ratio_high * time2 / time1
