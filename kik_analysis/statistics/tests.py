"""Tests, treated before control: two shares, the assignment alone; Holm's rule for several."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, combinations
from math import comb
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments as arg

Alternative = Literal["two-sided", "greater", "less"]
#: Relative room inside which two values of a test statistic count as equal.
TIE = 1e-9
#: Up to this many assignments all of them are gone through.
FULL_ENUMERATION = 100_000
#: Of more people than these SciPy multiplies past what its whole numbers hold, and p is any number.
MOST_TABLED = 2 * 10**9
Observed = Annotated[ArrayLike, arg.Outcomes()]


@dataclass(frozen=True, slots=True)
class Test:
    """Outcome of a test.

    ``p_value``: chance, if nothing differs, of an outcome at least as far out.
    """

    p_value: float


@arg.checked
def fisher(
    x1: arg.First, n1: arg.Group, x2: arg.Second, n2: arg.Group, *, alternative: Alternative = "two-sided"
) -> Test:
    """Test two shares given both margins (Fisher 1935); two-sided by ordering tables by probability.

    Examples
    --------
    >>> round(fisher(3, 4, 1, 4).p_value, 4)  # the lady tasting tea
    0.4857
    """
    from scipy.stats import fisher_exact

    if n1 + n2 > MOST_TABLED:
        what = f"Fisher's test counts {MOST_TABLED} people at most; use intervals.difference"
        raise ModelError(f"n1 is {n1} and n2 is {n2}: {what}")
    result = fisher_exact(np.array([[x1, n1 - x1], [x2, n2 - x2]]), alternative=alternative)
    return Test(float(result.pvalue))


def assignment_table(units: int, treated: int) -> NDArray[np.intp]:
    """Return every way to choose ``treated`` of ``units``, one row per assignment, in lexicographic order."""
    total = comb(units, treated)
    flat = np.fromiter(chain.from_iterable(combinations(range(units), treated)), np.intp, total * treated)
    return flat.reshape(total, treated)


@arg.checked
def permutation_test(
    treated: Observed,
    control: Observed,
    *,
    alternative: Alternative = "two-sided",
    draws: arg.Draws | None = None,
    seed: arg.Count = 0,
) -> Test:
    """Test the difference in means by re-assigning who was treated (Fisher 1935; Pitman 1937).

    All assignments are gone through when there are at most 100,000; else ``draws`` random ones, the seen
    assignment counted among them, so that p is never 0 (Phipson and Smyth 2010). With clusters, pass cluster
    means: the assignment was of clusters. Two-sided is by the absolute difference.

    ``treated``, ``control``: outcomes, one per unit that was assigned; at least one each. ``draws``: random
    assignments to use when there are too many for all; refused when all are gone through.

    Examples
    --------
    >>> round(permutation_test([10, 11, 12], [1, 2, 3, 4, 5, 6, 7, 8]).p_value, 5)  # 1 of 165
    0.00606
    """
    first, second = np.asarray(treated), np.asarray(control)
    size, total = first.size, comb(first.size + second.size, first.size)
    values = np.concatenate([first, second])
    values = np.ldexp(values, -np.frexp(np.abs(values).max())[1])  # exact: sums of the largest stay finite
    values -= values.mean()  # the difference does not change; sums stay small
    if total <= FULL_ENUMERATION:
        if draws is not None:
            few = f"draws is {draws} but there are only {total} assignments"
            raise ParameterError(f"{few}: all are gone through; leave draws out")
        sums = values[assignment_table(values.size, size)].sum(axis=1)
    elif draws is None:
        raise ParameterError(
            f"draws is None but there are more than {FULL_ENUMERATION} assignments: give draws, the "
            "number of random assignments to use (for example 10000)"
        )
    else:
        rng, sums, batch = np.random.default_rng(seed), np.empty(draws + 1), max(1, 2_000_000 // values.size)
        sums[0] = values[:size].sum()
        for start in range(1, draws + 1, batch):
            keys = rng.random((min(batch, draws + 1 - start), values.size))
            chosen = np.argpartition(keys, size - 1, axis=1)[:, :size]
            sums[start : start + batch] = values[chosen].sum(axis=1)
    far_out: Callable[[Any], Any] = {"two-sided": np.abs, "greater": np.positive, "less": np.negative}[
        alternative
    ]
    extent, seen = far_out(sums), far_out(values[:size].sum())
    room = TIE * max(float(np.abs(values).max()), np.finfo(float).tiny)
    return Test(float(np.mean(extent >= seen - room)))


@arg.checked
def holm(p_values: Annotated[ArrayLike, arg.Outcomes(low=0.0, high=1.0)]) -> arg.Floats:
    """Return p-values adjusted to guard against a single false claim (Holm 1979), in the given order.

    ``p_values``: one per outcome, each in 0..1; an outcome counts when its adjusted value is at most alpha.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p_values)
    order = np.argsort(raw, kind="stable")
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1)), 1.0)
    return adjusted
