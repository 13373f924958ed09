"""What non-compliance takes away from a comparison by intention to treat."""

from __future__ import annotations

from kik_analysis.errors import ModelError
from kik_analysis.statistics import arguments
from kik_analysis.statistics.power_proportions import two_proportions


def _diluted(p1: float, p2: float, uptake: float) -> float:
    """Return the share in a group of which only ``uptake`` got the treatment (the rest is as without it)."""
    with_it, without = arguments.share("p1", p1), arguments.share("p2", p2)
    return without + arguments.share("uptake", uptake) * (with_it - without)


def noncompliance(
    p1: float,
    p2: float,
    n1: float,
    n2: float,
    *,
    uptake1: float,
    uptake2: float = 0.0,
    alpha: float = 0.05,
    method: str = "z",
) -> float:
    """Return the power by intention to treat when not everyone does as the lot said, two-sided.

    Parameters
    ----------
    p1, p2
        Share with and without the treatment, for those whose treatment follows the lot.
    n1, n2
        People drawn for treatment and for control; all are counted where they were drawn.
    uptake1, uptake2
        Share of the treated group, and of the control group, that gets the treatment.
    alpha, method
        As in ``two_proportions``.

    Returns
    -------
    float
        Power in 0..1. The effect shrinks to ``(uptake1 - uptake2) (p1 - p2)``.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    """
    first, second = arguments.share("uptake1", uptake1), arguments.share("uptake2", uptake2)
    return two_proportions(
        _diluted(p1, p2, first), _diluted(p1, p2, second), n1, n2, alpha=alpha, method=method
    )


def noncompliance_inflation(uptake1: float, uptake2: float = 0.0) -> float:
    """Return how many times more people non-compliance asks for: ``1 / (uptake1 - uptake2)^2`` (Lachin 1981).

    Parameters
    ----------
    uptake1, uptake2
        Share of the treated group, and of the control group, that gets the treatment.

    Raises
    ------
    ParameterError
        When a share is outside 0..1.
    ModelError
        When both groups get the treatment equally often: no number of people will do.

    Examples
    --------
    >>> round(noncompliance_inflation(0.8), 2)
    1.56
    """
    first, second = arguments.share("uptake1", uptake1), arguments.share("uptake2", uptake2)
    if first == second:
        raise ModelError(
            f"uptake1 and uptake2 are both {first:g}: the groups get the same, no number of people finds "
            "a difference; "
            "raise uptake1 or lower uptake2"
        )
    return 1.0 / (first - second) ** 2
