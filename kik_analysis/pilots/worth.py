"""What a pilot is worth for the choice it serves, before it is held: expected value of sample information.

The choice is to go on with what a pilot tried, for everybody in its frame and for a year, or not. Effects
and estimates are normal (Raiffa and Schlaifer 1961, chapter 5): the prior is the range of the file, the
error that of imagined pilots. Several changes with lots of their own are several choices, whose worth adds
up; of several arms beside control at most one is chosen, the one that then seems best. Where nobody is
compared, what would have happened anyway is as unknown as the effect: its whole range is an error that no
number of people takes away. What is gained are people with the outcome; the file says how many hours of the
team one of them is worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kik_analysis.capacity import plain_sum
from kik_analysis.capacity.reader import Z95
from kik_analysis.evidence.number import PERCENT
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.diagnosis import Diagnosis, truth
from kik_analysis.pilots.document import CONTROL, LEVELS, SEEN
from kik_analysis.statistics import arguments as arg

DRAWS, SOME = 2**16, 0.05
"""Of what will be expected after a pilot, spread evenly (Sobol); fewest people a year who have a price."""


@dataclass(frozen=True)
class Worth:
    """What a pilot is worth.

    ``said``: keys of the sentences that say it (``pilots.worth``), or say why it cannot be known. ``values``:
    their numbers, by name; none where it cannot be known. ``low``, ``high``: the effects that are expected,
    in points, in the wanted direction. ``people``: expected value of the pilot (EVSI), in people a year for
    whom the choice makes the difference; ``people_perfect``: of knowing the effects (EVPI). ``hours``,
    ``hours_perfect``: the same in caseworker hours, where one of them is worth ``each``; else ``least`` is
    what one would have to be worth. ``cost``: hours that the pilot takes. ``choices``: effects to choose by.
    """

    said: tuple[str, ...]
    values: dict[str, float]


def gain(
    mean: arg.Floats, spread: arg.Floats, error: arg.Floats, people: arg.Floats, *, best: bool = False
) -> float:
    """Return the expected value of estimates before they are made, in people.

    ``mean``: of each effect, less what makes going on worthwhile, as shares. ``spread``: standard deviation
    of each effect; effects are independent. ``error``: covariance of the errors of their estimates.
    ``people``: whom each effect is about. ``best``: only the best of them can be chosen; else each is a
    choice of its own.
    """
    from scipy.stats import qmc

    prior = np.diag(spread**2)
    learned = prior @ np.linalg.pinv(prior + error, hermitian=True) @ prior  # of what will be expected
    draws = qmc.MultivariateNormalQMC(mean, learned, engine=qmc.Sobol(len(mean), rng=0)).random(DRAWS)
    expected, at_once = people * draws, people * mean
    if best:
        expected, at_once = (one.max(axis=-1, keepdims=True) for one in (expected, at_once))
    return float((np.maximum(expected, 0.0).mean(axis=0) - np.maximum(at_once, 0.0)).sum())


def worth(found: Diagnosis) -> Worth:
    """Return what a pilot is worth; ``found``: the diagnosis of its design, at central values."""
    design, inquiry = found.design, found.design.document.inquiry
    cost = found.value("hours", exact=True)
    chosen = slice(2) if design.kind == "two_stage" else slice(None)  # the third is both together
    low, central, high = (truth(design.at(level))[chosen] for level in LEVELS)
    spread = np.abs(high - low) / (2.0 * Z95)
    if cost is None or inquiry.estimand in ("share", "interaction") or not spread.any():
        asked = {"share": "no_choice_share", "interaction": "no_choice_interaction"}
        return Worth(("no_price" if cost is None else asked.get(inquiry.estimand, "certain"),), {})
    tasks, each = {task: design.number(f"inquiry.worth.{task}") for task in inquiry.worth}, None
    if tasks or inquiry.outcome == "reached":
        each = plain_sum.hours(design.scenario, tasks) if tasks else plain_sum.first_contact(design.scenario)
    wanted = float(np.sign(central.sum() if each is None else each)) or 1.0
    mean, error = wanted * central - design.number("inquiry.decides"), _error(found)[chosen, chosen]
    apart = design.kind in ("factorial", "two_stage")
    many, errors = _people(design), (error, 0.0 * error)
    people, perfect = (gain(mean, spread, one, many, best=not apart) for one in errors)
    ends = PERCENT * wanted * np.array([low, high]) + 0.0
    values = {"low": float(ends.min()), "high": float(ends.max()), "people": people}
    values |= {"people_perfect": perfect, "cost": cost, "choices": len(mean)}
    told = {"alone": design.kind == "none", "sum": apart, "best": len(mean) > 1 and not apart}
    if each is None:
        return Worth(("break_even", *filter(told.get, told)), values | {"least": cost / max(people, SOME)})
    hours, most = abs(each) * people, abs(each) * perfect
    told |= {"tasks": bool(tasks), "first_contact": not tasks, "left_out": inquiry.outcome == "reached"}
    said = "pays" if hours >= cost else "dear", *filter(told.get, told)
    return Worth(said, values | {"hours": hours, "hours_perfect": most, "each": abs(each)})


def _people(design: Design) -> arg.Floats:
    """Return whom each effect is about: everybody; those whom it can reach between two letters; takers."""
    if design.kind == "two_stage":
        other = (design.document.data.assignment.second[0], CONTROL)
        return design.people * np.array([1.0 - float(design.rates[one] @ design.weights) for one in other])
    taken = design.uptake if design.document.inquiry.estimand == "cace" else {}
    return design.people * np.array([taken.get(arm, 1.0) for arm in design.contrasts])


def _error(found: Diagnosis) -> arg.Floats:
    """Return the covariance of the errors of estimates, with what nobody sees where nobody is compared.

    Bounds count as the middle nine tenths of what may be true.
    """
    design, said, unseen = found.design, found.design.document.answer, 0.0
    if said.interval in SEEN:
        widths = np.array([found.value("interval_width", label) or 0.0 for label in design.labels])
        return np.diag((widths / (2.0 * Z95)) ** 2)
    if design.kind == "none":
        ends = [design.at(level) for level in ("low", "high")]
        parts = [[one.number("model.selection") for one in ends]]
        if said.estimator == "change":
            parts.append([float(one.rates[CONTROL] @ one.weights) for one in ends])
        unseen = math.hypot(*((high - low) / (2.0 * Z95) for low, high in parts))
    return found.errors + unseen**2
