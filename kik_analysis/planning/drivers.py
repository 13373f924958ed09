"""What drives the fte that a promise needs, and what it would be worth to know it.

Everything here is computed from the draws of an answer (:class:`kik_analysis.planning.staff.Distribution`);
nothing is run again. Draws in which no staff keeps the promise have no need and are left out; their share is
told. A post too many costs a post; a post too few costs the contacts that it would have made, at a price that
nobody published: so the results stand at its low, central and high, with the price at which a number of posts
is just right.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kik_analysis import project
from kik_analysis.capacity import engine, layout, team
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import EVENTS, place
from kik_analysis.capacity.posts import FTE
from kik_analysis.capacity.uncertainty import Z95
from kik_analysis.errors import ModelError
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import value
from kik_analysis.planning.history import scale
from kik_analysis.planning.staff import QUANTILES, Staff
from kik_analysis.planning.value import Floats, Loss

PRICE = "pilots.missed_contact_euros"
PRICES = ("low", "central", "high")
RUNS = 8  #: that tell how many conversations there are in a week
ENDS = 0.2  #: part of the draws at either end of a parameter, for conditional ranges
MATTERS = 0.02  #: part of the variance from which a parameter is named
FEWEST, EITHER = 100, 30
"""Draws with a need, below which no parameter is ranked; draws with and without, for which part is enough."""
WEEKS = (1, 4)  #: how long a study lasts
STUDIES = {
    "registration": ("work.minutes_", "team.client_time_share"),
    "count": ("policy.channel_follow_up",),
}
"""Studies that could be done, and how the parameters begin that they tell about."""
TASKS = {
    "letter": ("letters",), "travel": ("home_visits",), "missed_appointment": ("missed",),
    "talk_office": ("office_talks",), "talk_phone": ("phone_talks",), "mail_answer": ("mails_answered",),
    "talk_home_first": ("first_conversations",), "talk_home_follow_up": ("again",),
    "registration": ("first_conversations",), "registration_follow_up": ("again", "office_talks"),
    "registration_phone": ("phone_talks",), "warm_handover": ("outcome_support", "outcome_outside"),
}  # fmt: skip
"""Tasks (``work.minutes_TASK``), and the events that are counted of each; of others one a conversation."""


@dataclass(frozen=True)
class Driver:
    """One parameter: how much of the spread it explains, and the need at either end of its range.

    ``path``, ``confidence``: the parameter and the confidence of its value. ``share``: part of the variance
    of the need that it explains alone. ``low``, ``high``: 10th, 50th and 90th percentile of the need where
    the parameter is low, and where it is high.
    """

    path: str
    confidence: str
    share: float
    low: tuple[float, ...]
    high: tuple[float, ...]


def ranked(scenario: Scenario, paths: Sequence[str], places: Floats, values: Floats) -> tuple[Driver, ...]:
    """Return every parameter that was drawn, the one that explains most of some values first.

    ``scenario``, ``paths``, ``places``, ``values``: whose parameters, where each draw put them, and what came
    of it.
    """
    shares, many = value.explained(places, values), max(2, round(ENDS * len(values)))
    confidence = {str(row["path"]): str(row["confidence"]) for row in scenario.table()}
    found = []
    for path, share, column in zip(paths, shares.tolist(), places.T, strict=True):
        order = np.argsort(column, kind="stable")
        low, high = (tuple(np.quantile(values[ends], QUANTILES).tolist())
                     for ends in (order[:many], order[-many:]))  # fmt: skip
        found.append(Driver(path, confidence.get(parameter(path)[0], ""), share, low, high))
    return tuple(sorted(found, key=lambda one: (-one.share, one.path)))


def rests_on(staff: Staff) -> tuple[Driver, ...]:
    """Return the parameters that matter to an answer over draws, the one that explains most first.

    Taken from the layer that knows most and has draws enough with a need: else what tells whether any staff
    keeps the promise, where that is open. ``staff``: the answer.
    """
    for known in reversed(list(staff.layers.values())):
        some = np.isfinite(known.needs)
        if some.sum() >= FEWEST:
            rows, values = known.at[some], known.needs[some]
        elif min(some.sum(), (~some).sum()) >= EITHER:
            rows, values = known.at, some.astype(float)
        else:
            continue
        found = [
            one
            for one in ranked(staff.scenario, tuple(known.places[0]), rows, values)
            if one.share >= MATTERS
        ]
        if found:
            return tuple(found)
    return ()


class Drivers:
    """What an answer rests on.

    ``staff``: an answer with draws. ``layer``: ``assumptions`` or ``posterior``. ModelError the answer has no
    such draws, or too few in which some staff keeps the promise.
    """

    def __init__(self, staff: Staff, layer: str = "assumptions") -> None:
        found = staff.layers.get(layer)
        if found is None:
            raise ModelError(f"drivers: this answer has no draws of layer {layer} (ask for draws)")
        kept = np.isfinite(found.needs)
        if kept.sum() < FEWEST:
            raise ModelError(
                f"drivers: too few draws in which some staff keeps the promise (got {kept.sum()} of "
                f"{len(kept)}; expected {FEWEST})"
            )
        self.staff, self.layer, self.never, self.scenario = staff, layer, found.never, staff.scenario
        self.paths = tuple(found.places[0])
        if not self.paths:
            raise ModelError("drivers: nothing is uncertain, so nothing drives the answer")
        self.needs: Floats = found.needs[kept]
        self.places: Floats = found.at[kept]

    def columns(self, starts: Sequence[str]) -> Floats:
        """Places of the parameters whose paths begin so."""
        return self.places[:, [path.startswith(tuple(starts)) for path in self.paths]]

    @functools.cached_property
    def drivers(self) -> tuple[Driver, ...]:
        """Every parameter, the one that explains most first."""
        return ranked(self.scenario, self.paths, self.places, self.needs)

    @property
    def weak(self) -> tuple[Driver, ...]:
        """Assumptions of confidence C that matter."""
        return tuple(one for one in self.drivers if one.confidence == "C" and one.share >= MATTERS)

    def price(self, end: str) -> float:
        """Euros for a missed contact: ``low``, ``central`` or ``high``."""
        return float(getattr(self.scenario.value(PRICE).at(self.staff.promise.on), end))

    def loss(self, price: float) -> Loss:
        """What a choice of staff costs when a missed contact has this price.

        A missing post misses the contacts that it would have made: the people counted over the posts needed.
        """
        each = self.staff.people / np.maximum(self.needs, 1e-9)
        return Loss(self.needs, self.staff.cost[1], price * each)

    def just_right(self, fte: float) -> float:
        """Price of a missed contact at which this number of posts is the best choice; infinite if none is.

        There one post more costs, where it is not needed, what it saves where it is.
        """
        saves = float(np.where(self.needs > fte, self.loss(1.0).too_few, 0).mean())
        return self.staff.cost[1] * float((self.needs <= fte).mean()) / saves if saves else math.inf

    def best(self, price: float) -> float:
        """Number of posts with the smallest expected loss."""
        loss = self.loss(price)
        choices = loss.choices()
        return float(choices[loss.of(choices).mean(axis=0).argmin()])

    def worth(self, price: float) -> dict[str, float]:
        """Euros a year that it is worth to know everything, and to know each section of parameters."""
        loss = self.loss(price)
        sections = dict.fromkeys(path.partition(".")[0] for path in self.paths)
        parts = {one: value.partial(loss, self.columns([f"{one}."])) for one in sections}
        return {"all": value.perfect(loss), **parts}

    def studies(self) -> list[dict[str, Any]]:
        """What it would cost and tell to register time, and to count contacts by channel, for some weeks.

        Returns ``study`` (a key of ``STUDIES``), ``weeks``; ``observations``: tasks or contacts that are
        written down; ``hours``: that this costs the team; ``narrower``: posts by which the range (q10 to q90)
        becomes narrower; ``price_*``: expected value in euros a year, by price of a missed contact.
        """
        s, found = self.scenario, list[dict[str, Any]]()
        weekly = tasks(s)
        posts = float(s.at(FTE, self.staff.promise.on)) * self.staff.present_share  # type: ignore[arg-type]
        losses = {end: self.loss(self.price(end)) for end in PRICES}
        inside = (QUANTILES[0], QUANTILES[2])
        for name, starts in STUDIES.items():
            places, paths = self.columns(starts), [path for path in self.paths if path.startswith(starts)]
            for n in WEEKS if paths else ():
                seen = max(1, round(n * weekly["conversations"]))
                days = max(1, round(n * posts * team.WORKDAYS_PER_WEEK))
                many = {path: n * weekly[path] for path in paths if path in weekly}
                errors = np.array([self._error(path, many.get(path, seen), days) for path in paths])
                noted, each = (days, "day") if name == "registration" else (seen, "count")
                hours = noted * float(s[f"pilots.minutes_per_{each}"]) / 60  # type: ignore[arg-type]
                told = functools.partial(value.study, places, errors, key=(*name.encode(), n))
                narrower = told(lambda x: value.narrowed(losses["central"], x, inside))
                row = {"study": name, "weeks": n, "observations": seen, "hours": hours, "narrower": narrower}
                euros = {
                    f"price_{end}": told(functools.partial(value.partial, x)) for end, x in losses.items()
                }
                found.append(row | euros)
        return found

    def _error(self, path: str, seen: float, days: int) -> float:
        """Standard error of a study on the scale of a parameter's range."""
        s, (base, part) = self.scenario, parameter(path)
        amount = s.timeline(base).at(s.start, *([part] if part else []))
        low, centre, high = (float(x) for x in amount.atoms)  # type: ignore[arg-type]
        if base.startswith(STUDIES["count"]):
            plain = math.sqrt(max(centre * (1 - centre), 1e-9) / seen)
        else:
            what, many = ("task", seen) if base.startswith("work.") else ("day", days)
            plain = centre * float(s[f"pilots.{what}_variation"]) / math.sqrt(many)  # type: ignore[arg-type]
        to = scale(vocabulary.units(project.params())[s.entry(base).unit].family, low, high)
        return float(plain * to.slope(centre) / ((to.there(high) - to.there(low)) / (2 * Z95)))


def tasks(scenario: Scenario) -> dict[str, float]:
    """Return how often a week each task is done with the scenario's own staff, by path; and conversations."""
    c = compile_scenario(scenario)
    cells = np.s_[layout.rows(c) - 1 : layout.rows(c), [place(c, name) for name in EVENTS]]
    runs = engine.samples(c, cells, replications=RUNS, seed=int(scenario["run.seed"]))  # type: ignore[arg-type]
    seen = dict(zip(EVENTS, (runs.mean(axis=(0, 1)) / c.weeks).tolist(), strict=True))
    seen["again"] = max(0.0, seen["home_visits"] - seen["first_conversations"])
    many = {
        f"work.minutes_{task}": max(1e-6, sum(seen[one] for one in events)) for task, events in TASKS.items()
    }
    return many | {"conversations": seen["conversations"]}


def parameter(path: str) -> tuple[str, str]:
    """Return the parameter that is drawn, and its part where it is a composition (``PATH.PART``)."""
    base, _, part = path.rpartition(".")
    return (base, part) if "." in base else (path, "")


def title(path: str, lang: Lang) -> str:
    """Return the name of what is drawn in words; a part of a composition with the name of the part."""
    base, part = parameter(path)
    words = catalogue()[base].title(lang)
    return f"{words}: {sentences.template(f'staff.way.{part}', lang)}" if part else words
