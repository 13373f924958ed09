"""Randomised response: a question that no answer gives away, and what the answers say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.statistics import arguments, proportions
from kik_analysis.statistics.interval import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: How chance hides the answer.
DESIGNS = ("forced", "warner")
#: Intervals for the share of "yes" that can be carried over to the trait.
METHODS = tuple(proportions.LOWER)


@dataclass(frozen=True, slots=True)
class Line:
    """The share of "yes" as a line in the share with the trait: ``start + slope * share``."""

    start: float
    slope: float


def _line(design: str, truth: float | None, forced_yes: float | None, probability: float | None) -> Line:
    if design == "warner":
        if probability is None or truth is not None or forced_yes is not None:
            raise ParameterError(
                f"probability is {probability}: design 'warner' needs probability, the chance of the "
                "question as it "
                "stands, and neither truth nor forced_yes; give it, for example 0.7"
            )
        chance = arguments.share("probability", probability)
        if chance == 0.5:
            raise ModelError(
                "probability is 0.5: both questions are equally likely, so that the answers say nothing; "
                "choose another, such as 0.7"
            )
        return Line(1.0 - chance, 2.0 * chance - 1.0)
    if truth is None or forced_yes is None or probability is not None:
        raise ParameterError(
            f"truth is {truth} and forced_yes is {forced_yes}: design 'forced' needs both chances and no "
            "probability; "
            "for one die (1: yes, 6: no) give truth=4/6, forced_yes=1/6"
        )
    honest = arguments.inside(
        "truth", truth, 0.0, 1.0, open_low=True, hint="with no honest answers nothing can be learned"
    )
    yes = arguments.share("forced_yes", forced_yes)
    if honest + yes > 1.0 + 1e-12:
        raise ParameterError(
            f"truth is {honest:g} and forced_yes is {yes:g}: together they must be at most 1; lower one "
            "of them"
        )
    return Line(yes, honest)


def randomised_response(
    yes: float,
    n: float,
    *,
    design: str = "forced",
    truth: float | None = None,
    forced_yes: float | None = None,
    probability: float | None = None,
    method: str = "wilson",
    confidence: float = 0.95,
) -> Estimate:
    """Return the share with a trait from answers that chance has hidden.

    Parameters
    ----------
    yes, n
        People who answered yes, of all who answered.
    design
        ``forced`` (Boruch 1971): with chance ``truth`` one answers honestly, with chance ``forced_yes`` yes
        whatever the truth, else no. ``warner`` (Warner 1965): with chance ``probability`` one answers the
        question, else its opposite.
    truth, forced_yes
        Chances of the forced design; ``truth + forced_yes`` is at most 1.
    probability
        Chance of Warner's design, not 1/2.
    method
        Interval for the share of yes (see ``intervals.proportion``), carried over to the trait and cut off at
        0 and 1.
    confidence
        Strictly between 0 and 1.

    Returns
    -------
    Estimate
        ``estimate`` is the maximum-likelihood share, inside [0, 1]; ``se`` is that of the moment estimator,
        ``sqrt(yes_share (1 - yes_share) / n) / |slope|``.

    Raises
    ------
    ParameterError
        When an argument is missing or outside its range.
    ModelError
        When the design hides everything.

    Examples
    --------
    >>> result = randomised_response(250, 1000, design="warner", probability=0.8)
    >>> round(result.estimate, 4)
    0.0833
    """
    design = arguments.one_of("design", design, DESIGNS)
    line = _line(design, truth, forced_yes, probability)
    method = arguments.one_of("method", method, METHODS)
    level = arguments.confidence_level(confidence)
    hits, size = arguments.successes_of(
        "yes", arguments.count("yes", yes), "n", arguments.count("n", n, low=1)
    )
    low, high = proportions.limits(hits, size, method, level)
    share = float(hits / size)
    ends = sorted(_carried(value, line) for value in (float(low), float(high)))
    se = float(np.sqrt(share * (1.0 - share) / size)) / abs(line.slope)
    return Estimate(ends[0], ends[1], _carried(share, line), design, level, se)


def _carried(yes_share: float, line: Line) -> float:
    return min(1.0, max(0.0, (yes_share - line.start) / line.slope))


def randomised_response_inflation(
    share: float,
    *,
    design: str = "forced",
    truth: float | None = None,
    forced_yes: float | None = None,
    probability: float | None = None,
) -> float:
    """Return how many times more people the hidden question needs than a plain one, for equal precision.

    Parameters
    ----------
    share
        Share with the trait, strictly between 0 and 1.
    design, truth, forced_yes, probability
        As in :func:`randomised_response`.

    Raises
    ------
    ParameterError, ModelError
        As :func:`randomised_response`.
    """
    line = _line(arguments.one_of("design", design, DESIGNS), truth, forced_yes, probability)
    have = arguments.between("share", share)
    yes = line.start + line.slope * have
    return yes * (1.0 - yes) / (line.slope**2 * have * (1.0 - have))
