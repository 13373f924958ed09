"""Exact tests of two independent shares: Fisher, Boschloo, Barnard. Treated before control everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.coverage import binomial_pmf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Table = NDArray[np.bool_]
    Alternative = Literal["two-sided", "less", "greater"]

#: What the treated share may be, compared with the control share, under the alternative.
ALTERNATIVES = ("two-sided", "greater", "less")
#: Relative room inside which two values of a test statistic count as equal.
TIE = 1e-9
#: Steps of the nuisance share at which Barnard's test is first evaluated; the best are then refined.
STEPS = 2_000
#: Largest number of tables that Barnard's test goes through.
MOST_TABLES = 4_000_000


@dataclass(frozen=True, slots=True)
class Significance:
    """Outcome of a test.

    Attributes
    ----------
    p_value
        Chance, if nothing differs, of an outcome at least as far out.
    statistic
        The test's statistic: difference in shares for Fisher, Fisher's p for Boschloo, z for Barnard.
    method
        Name of the test.
    alternative
        One of :data:`ALTERNATIVES`.
    """

    p_value: float
    statistic: float
    method: str
    alternative: str

    def __float__(self) -> float:
        return self.p_value


def _alternative(value: str) -> Alternative:
    return cast("Alternative", arguments.one_of("alternative", value, ALTERNATIVES))


def _table(x1: float, n1: float, x2: float, n2: float) -> tuple[int, int, int, int]:
    arguments.successes_of("x1", x1, "n1", n1)
    arguments.successes_of("x2", x2, "n2", n2)
    return (
        arguments.count("x1", x1),
        arguments.count("n1", n1),
        arguments.count("x2", x2),
        arguments.count("n2", n2),
    )


def fisher(x1: float, n1: float, x2: float, n2: float, *, alternative: str = "two-sided") -> Significance:
    """Test two shares given both margins (Fisher 1935); two-sided by ordering tables by probability.

    Parameters
    ----------
    x1, n1, x2, n2
        Successes and size of the treated group, then of the control group.
    alternative
        ``two-sided``, ``greater`` or ``less`` (treated against control).

    Raises
    ------
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> round(fisher(3, 4, 1, 4).p_value, 4)  # the lady tasting tea
    0.4857
    """
    from scipy.stats import fisher_exact

    a, size1, c, size2 = _table(x1, n1, x2, n2)
    side = _alternative(alternative)
    result = fisher_exact(np.array([[a, size1 - a], [c, size2 - c]]), alternative=side)
    return Significance(float(result.pvalue), a / size1 - c / size2, "fisher", side)


def boschloo(x1: float, n1: float, x2: float, n2: float, *, alternative: str = "two-sided") -> Significance:
    """Test two shares with Fisher's one-sided p as statistic, worst case over the share (Boschloo 1970).

    The two-sided value is twice the smaller one-sided one, at most 1 (the convention of scipy).

    Parameters
    ----------
    x1, n1, x2, n2, alternative
        As in :func:`fisher`.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    from scipy.stats import boschloo_exact

    a, size1, c, size2 = _table(x1, n1, x2, n2)
    side = _alternative(alternative)
    if a + c in (0, size1 + size2):  # one column is empty: every table is as likely as any other
        return Significance(1.0, 1.0, "boschloo", side)
    result = boschloo_exact([[a, c], [size1 - a, size2 - c]], alternative=side)
    return Significance(min(1.0, float(result.pvalue)), float(result.statistic), "boschloo", side)


def pooled_z(n1: int, n2: int) -> Floats:
    """Return the z statistic with pooled variance for every table, shape ``(n1 + 1, n2 + 1)``."""
    x1, x2 = np.arange(n1 + 1.0)[:, None], np.arange(n2 + 1.0)[None, :]
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)
    gap = (x1 * n2 - x2 * n1) / (n1 * n2)
    return np.divide(gap, np.sqrt(variance), out=np.zeros_like(gap), where=variance > 0.0)


def worst_case(region: Table) -> float:
    """Return the largest chance, over the common share, that a table falls in ``region``.

    Parameters
    ----------
    region
        Shape ``(n1 + 1, n2 + 1)``: which tables count.
    """
    n1, n2 = region.shape[0] - 1, region.shape[1] - 1
    tables = region.astype(np.float64)

    def chance(p: Floats) -> Floats:
        total: Floats = ((binomial_pmf(n1, p) @ tables) * binomial_pmf(n2, p)).sum(axis=-1)
        return total

    grid = np.linspace(0.0, 1.0, STEPS + 1)
    values = np.concatenate([chance(part) for part in np.array_split(grid, 8)])
    inner = values[1:-1]
    peaks = np.flatnonzero((inner >= values[:-2]) & (inner >= values[2:])) + 1
    best = float(values.max())
    for peak in peaks[np.argsort(values[peaks])[-5:]]:
        fine = np.linspace(grid[peak - 1], grid[peak + 1], 201)
        best = max(best, float(chance(fine).max()))
    return min(1.0, best)


def barnard(x1: float, n1: float, x2: float, n2: float, *, alternative: str = "two-sided") -> Significance:
    """Test two shares with the pooled z statistic, worst case over the common share.

    Barnard (1945) in the form of Suissa and Shuster (1985). scipy 1.17 compares the statistics of mirrored
    tables as floats and so loses ties (7 of 22 against 14 of 22: .0437 for .0488), hence the own code.

    Parameters
    ----------
    x1, n1, x2, n2, alternative
        As in :func:`fisher`.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    ModelError
        When there are more than four million tables to go through.
    """
    a, size1, c, size2 = _table(x1, n1, x2, n2)
    side = _alternative(alternative)
    tables = (size1 + 1) * (size2 + 1)
    if tables > MOST_TABLES:
        raise ModelError(
            f"n1 is {size1} and n2 is {size2}: Barnard's test would go through {tables} tables, at most "
            f"{MOST_TABLES} are allowed; use fisher, which is as good at this size"
        )
    z = pooled_z(size1, size2)
    seen = float(z[a, c])
    extent = {"two-sided": np.abs(z), "greater": z, "less": -z}[side]
    return Significance(worst_case(extent >= extent[a, c] - TIE * max(1.0, abs(seen))), seen, "barnard", side)
