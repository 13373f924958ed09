"""What a pilot is worth for the choice it serves, before it is held: expected value of sample information.

The choice is to go on with what a pilot tried, for everybody in its frame and for a year, or not. Effects and
estimates are normal (Raiffa and Schlaifer 1961, chapter 5): the prior is the range of the file, the error that
of imagined pilots. Several changes with lots of their own are several choices, whose worth adds up; of several
arms beside control at most one is chosen, the one that then seems best. Where nobody is compared, what would
have happened anyway is as unknown as the effect: its whole range is an error that no number of people takes
away. What is gained are people with the outcome; the file says what one of them is worth in hours of the team.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from kik_analysis.capacity import plain_sum
from kik_analysis.capacity.reader import Z95
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.diagnosis import Diagnosis, truth
from kik_analysis.pilots.document import CONTROL, LEVELS, SEEN
from kik_analysis.statistics import arguments as arg

DRAWS = 200_000
"""Of what will be expected after a pilot, where the best of several arms is chosen."""
SOME = 0.05
"""People a year below which a pilot makes no difference to a choice."""


@dataclass(frozen=True)
class Worth:
    """What a pilot is worth.

    ``prior``: smallest and largest effect that is expected of what it tries, as shares, in the wanted
    direction: 5th and 95th percentile. ``people``: expected value of the pilot (EVSI), in people a year for
    whom the choice makes the difference; ``perfect``: of knowing the effects (EVPI). ``each``: hours of the
    team that one of them is worth; None where nobody says. ``cost``: hours that the pilot takes. ``choices``:
    how many effects there are to choose by; ``best``: whether the best of them is taken, else each for itself.
    """

    prior: tuple[float, float]
    people: float
    perfect: float
    each: float | None
    cost: float
    choices: int
    best: bool

    @property
    def hours(self) -> float | None:
        """Return the worth in caseworker hours a year."""
        return None if self.each is None else self.people * self.each

    @property
    def key(self) -> str:
        """Return the key of the sentence that says it: what it pays, or from which price it would."""
        if self.hours is None:
            return "break_even" if self.people >= SOME else "nothing"
        return "pays" if self.hours >= self.cost else "dear"

    def numbers(self, design: Design) -> dict[str, Number]:
        """Return the numbers of that sentence."""
        low, high = (PERCENT * end for end in self.prior)
        found = {"low": (low, "percentage_points", 0), "high": (high, "percentage_points", 0)}
        found |= {"cost": (self.cost, "hours", 0), "choices": (self.choices, "count", 0)}
        if self.each is None:
            found |= {"people": (self.people, "persons", 1), "perfect": (self.perfect, "persons", 1)}
            found |= {"least": (self.cost / max(self.people, SOME), "hours", 0), "some": (SOME, "persons", 2)}
        else:
            found |= {name: (people * self.each, "hours", 0)
                      for name, people in (("hours", self.people), ("perfect", self.perfect))}  # fmt: skip
            found["each"] = (self.each, "hours", 1)
        return {name: design.measured(f"worth.{name}", *one) for name, one in found.items()}

    def as_json(self) -> dict[str, object]:
        """Return the worth as ``kik design --json`` prints it."""
        each = self.each or math.nan
        hours = {"hours": self.people * each, "perfect_hours": self.perfect * each, "hours_each": each}
        known = {name: None if self.each is None else value for name, value in hours.items()}
        return {"people": self.people, "perfect_people": self.perfect, **known, "cost": self.cost}


def gain(
    mean: arg.Floats, spread: arg.Floats, error: arg.Floats, people: arg.Floats, *, best: bool = False
) -> float:
    """Return the expected value of estimates before they are made, in people.

    ``mean``: of each effect, less what makes going on worthwhile, as shares. ``spread``: standard deviation of
    each effect; effects are independent. ``error``: covariance of the errors of their estimates. ``people``:
    whom each effect is about. ``best``: only the best of them can be chosen; else each is a choice of its own,
    and the value a sum of unit normal losses. Simulated where one of several is chosen.
    """
    prior = np.diag(spread**2)
    learned = prior @ np.linalg.pinv(prior + error, hermitian=True) @ prior  # of what will be expected
    if not best or len(mean) == 1:
        sd = np.sqrt(np.maximum(np.diag(learned), 0.0))
        far, normal = np.abs(mean) / np.where(sd > 0.0, sd, 1.0), NormalDist()
        loss = np.array([normal.pdf(one) - one * normal.cdf(-one) for one in far])
        return float((people * sd * loss).sum())
    values, vectors = np.linalg.eigh(learned)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(DRAWS)))
    half = rng.standard_normal((DRAWS // 2, len(mean)))
    normals = np.concatenate([half, -half])
    expected = people * (mean + normals @ (vectors * np.sqrt(np.maximum(values, 0.0))).T)
    return float(np.maximum(expected.max(axis=1), 0.0).mean() - max(0.0, float((people * mean).max())))


def hours_each(design: Design) -> float | None:
    """Return the hours that one person more with the outcome is worth, below nought where fewer are wanted.

    Those of the tasks that the file names; of a first contact, all in, where the outcome is ``reached``.
    """
    inquiry = design.document.inquiry
    if not inquiry.worth:
        return plain_sum.first_contact(design.scenario) if inquiry.outcome == "reached" else None
    tasks = {task: design.number(f"inquiry.worth.{task}") for task in inquiry.worth}
    return plain_sum.hours(design.scenario, tasks)


def worth(found: Diagnosis) -> Worth | str:
    """Return what a pilot is worth, or the key of the sentence why that cannot be known.

    ``found``: the diagnosis of its design, at central values.
    """
    design, said = found.design, found.design.document
    if (cost := found.value("hours", exact=True) if said.data.effort else None) is None:
        return "no_price"
    if said.inquiry.estimand in ("share", "interaction"):
        return f"no_choice_{said.inquiry.estimand}"
    chosen = slice(2) if design.kind == "two_stage" else slice(None)  # the third is both together
    low, central, high = (truth(design.at(level))[chosen] for level in LEVELS)
    spread = np.abs(high - low) / (2.0 * Z95)
    if not spread.any():
        return "certain"
    each = hours_each(design)
    wanted = float(np.sign(central.sum() if each is None else each)) or 1.0
    mean, error = wanted * central - design.number("inquiry.decides"), _error(found)[chosen, chosen]
    best = design.kind not in ("factorial", "two_stage")
    known, perfect = (gain(mean, spread, one, _people(design), best=best) for one in (error, 0.0 * error))
    ends = wanted * np.array([low, high])
    prior = float(ends.min()), float(ends.max())
    return Worth(prior, known, perfect, each and abs(each), cost, len(mean), best)


def _people(design: Design) -> arg.Floats:
    """Return whom each effect is about: everybody; those whom it can reach between two letters; takers."""
    if design.kind == "two_stage":
        repeat = design.document.data.assignment.second[0]
        rest = [1.0 - float(design.rates[one] @ design.weights) for one in (repeat, CONTROL)]
        return design.people * np.array(rest)
    taken = design.uptake if design.document.inquiry.estimand == "cace" else {}
    return design.people * np.array([taken.get(arm, 1.0) for arm in design.contrasts])


def _error(found: Diagnosis) -> arg.Floats:
    """Return the covariance of the errors of estimates, with what nobody sees where nobody is compared.

    Errors of one size for each where a formula gives them; bounds count as the middle nine tenths of what may
    be true.
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
    errors = np.array([found.se(label, exact=True) for label in design.labels])
    return found.alike * np.outer(errors, errors) + unseen**2
