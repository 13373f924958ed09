"""Which tables a test of two shares rejects, and how likely they are: the engine of exact power.

A region is a table of booleans, shape ``(n1 + 1, n2 + 1)``. It does not depend on the true shares, so that
one region serves a whole curve: every point is two binomial vectors and one product.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.statistics.coverage import binomial_pmf
from kik_analysis.statistics.exact import TIE, pooled_z
from kik_analysis.statistics.populations import log_choose
from kik_analysis.statistics.proportions import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Table = NDArray[np.bool_]

#: Largest number of tables in a region.
MOST_TABLES = 50_000_000
#: Relative room inside which R's fisher.test counts two tables as equally likely.
EQUALLY_LIKELY = 1e-7


def _check_size(n1: int, n2: int) -> None:
    tables = (n1 + 1) * (n2 + 1)
    if tables > MOST_TABLES:
        raise ModelError(
            f"n1 is {n1} and n2 is {n2}: exact power would go through {tables} tables, at most "
            f"{MOST_TABLES} are "
            "allowed; use method 'z', which is as good at this size"
        )


@lru_cache(maxsize=16)
def z_region(n1: int, n2: int, alpha: float) -> Table:
    """Return the tables that the z test with pooled variance rejects, both tails."""
    _check_size(n1, n2)
    region: Table = np.abs(pooled_z(n1, n2)) >= normal_quantile(1.0 - alpha) * (1.0 - TIE)
    region.flags.writeable = False
    return region


@lru_cache(maxsize=16)
def fisher_region(n1: int, n2: int, alpha: float) -> Table:
    """Return the tables that Fisher's two-sided test (ordered by probability) rejects.

    For each total of successes the tables are sorted by probability and added up from the rarest, equally
    likely ones together, until the sum passes ``alpha``.
    """
    _check_size(n1, n2)
    region = np.zeros((n1 + 1, n2 + 1), dtype=np.bool_)
    ways1 = log_choose(n1, np.arange(n1 + 1.0))
    ways2 = log_choose(n2, np.arange(n2 + 1.0))
    ways = log_choose(n1 + n2, np.arange(n1 + n2 + 1.0))
    for total in range(n1 + n2 + 1):
        first, last = max(0, total - n2), min(n1, total)
        x1 = np.arange(first, last + 1)
        chance = np.exp(ways1[first : last + 1] + ways2[total - x1] - ways[total])
        order = np.argsort(chance, kind="stable")
        rising = chance[order]
        tail = np.cumsum(rising)
        # p of each table: the tail up to and including all that are as likely as it is
        ends = np.searchsorted(rising, rising * (1.0 + EQUALLY_LIKELY), side="right") - 1
        rejected = x1[order[tail[ends] <= alpha * (1.0 + TIE)]]
        region[rejected, total - rejected] = True
    region.flags.writeable = False
    return region


def chance_of(region: Table, p1: float, p2: float) -> float:
    """Return the chance that a table falls in the region, given both true shares."""
    first, second = binomial_pmf(region.shape[0] - 1, p1), binomial_pmf(region.shape[1] - 1, p2)
    return min(1.0, float(first @ (region @ second)))
