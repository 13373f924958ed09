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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kik_analysis import project
from kik_analysis.capacity import engine, layout, team
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.uncertainty import Z95
from kik_analysis.errors import ModelError
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import value
from kik_analysis.planning.staff import FTE, QUANTILES, Distribution, Staff
from kik_analysis.planning.value import Floats, Loss

PRICE = "pilots.missed_contact_euros"
PRICES = ("low", "central", "high")
ENDS = 0.2  #: part of the draws at either end of a parameter, for conditional ranges
MATTERS = 0.02  #: part of the variance from which a parameter is named
FEWEST = 30  #: draws with a need, below which nothing is said
WEEKS = (1, 4)  #: how long a study lasts
REGISTERED = ("work.minutes_", "team.client_time_share")
COUNTED = ("policy.channel_follow_up",)


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
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def swing(self) -> float:
        """How far the middle moves from one end to the other."""
        return abs(self.high[1] - self.low[1])


@dataclass(frozen=True)
class Study:
    """A study that could be done: what it costs, and what it tells.

    ``name``: ``registration`` (time by task) or ``count`` (contacts by channel). ``weeks``, ``observations``:
    how long, and how many tasks or contacts are written down. ``hours``: that writing down costs the team.
    ``narrower``: posts by which the range (q10 to q90) becomes narrower. ``euros``: expected value a year, by
    price of a missed contact.
    """

    name: str
    weeks: int
    observations: int
    hours: float
    narrower: float
    euros: Mapping[str, float]


class Drivers:
    """What an answer rests on.

    ``staff``: an answer with draws. ``layer``: ``assumptions`` or ``posterior``. ModelError the answer has no
    such draws, or too few in which some staff keeps the promise.
    """

    def __init__(self, staff: Staff, layer: str = "assumptions") -> None:
        found: Distribution | None = getattr(staff, layer)
        if found is None:
            raise ModelError(f"drivers: this answer has no draws of layer {layer} (ask for draws)")
        kept = np.isfinite(found.needs)
        if kept.sum() < FEWEST:
            raise ModelError(
                f"drivers: too few draws in which some staff keeps the promise (got {kept.sum()} of "
                f"{len(kept)}; expected {FEWEST})"
            )
        self.staff, self.layer, self.never = staff, layer, found.never
        self.needs: Floats = found.needs[kept]
        drawn = [one for one, ok in zip(found.places, kept, strict=True) if ok]
        if not drawn[0]:
            raise ModelError("drivers: nothing is uncertain, so nothing drives the answer")
        self.paths = tuple(drawn[0])
        self.places: Floats = np.array([[one[path] for path in self.paths] for one in drawn])

    @property
    def scenario(self) -> Scenario:
        """The scenario of the answer."""
        return self.staff.scenario

    def columns(self, starts: Sequence[str]) -> Floats:
        """Places of the parameters whose paths begin so."""
        chosen = [k for k, path in enumerate(self.paths) if path.startswith(tuple(starts))]
        return self.places[:, chosen]

    @functools.cached_property
    def drivers(self) -> tuple[Driver, ...]:
        """Every parameter, the one that explains most first."""
        shares = value.explained(self.places, self.needs)
        many = max(2, round(ENDS * len(self.needs)))
        found = []
        for k, path in enumerate(self.paths):
            order = np.argsort(self.places[:, k], kind="stable")
            low, high = (self._range(self.needs[part]) for part in (order[:many], order[-many:]))
            found.append(Driver(path, self._confidence(path), float(shares[k]), low, high))
        return tuple(sorted(found, key=lambda one: (-one.share, one.path)))

    @property
    def weak(self) -> tuple[Driver, ...]:
        """Assumptions of confidence C that matter."""
        return tuple(one for one in self.drivers if one.confidence == "C" and one.share >= MATTERS)

    def _range(self, needs: Floats) -> tuple[float, float, float]:
        low, middle, high = np.quantile(needs, QUANTILES).tolist()
        return low, middle, high

    def _confidence(self, path: str) -> str:
        rows = [row for row in _table(self.scenario) if row["path"] == parameter(path)[0]]
        return max((str(row["confidence"]) for row in rows), default="")

    def price(self, end: str) -> float:
        """Euros for a missed contact: ``low``, ``central`` or ``high``."""
        amount = self.scenario.value(PRICE).at(self.staff.promise.on)
        return float(getattr(amount, end))

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
        enough = float((self.needs <= fte).mean())
        each = self.staff.people / np.maximum(self.needs, 1e-9)
        saves = float(np.where(self.needs > fte, each, 0).mean())
        return self.staff.cost[1] * enough / saves if saves else math.inf

    def best(self, price: float) -> float:
        """Number of posts with the smallest expected loss."""
        loss = self.loss(price)
        choices = loss.choices()
        return float(choices[loss.of(choices).mean(axis=0).argmin()])

    def worth(self, price: float) -> dict[str, float]:
        """Euros a year that it is worth to know everything, and to know each section of parameters."""
        loss, found = self.loss(price), {"all": 0.0}
        found["all"] = value.perfect(loss)
        for section in dict.fromkeys(path.partition(".")[0] for path in self.paths):
            found[section] = value.partial(loss, self.columns([f"{section}."]))
        return found

    def studies(self, weeks: Sequence[int] = WEEKS) -> list[Study]:
        """What it would cost and tell to register time, and to count contacts by channel.

        ``weeks``: how long.
        """
        s, kept = self.scenario, self.staff.promise
        contacts = _conversations(s)
        posts = float(s.at(FTE, kept.on)) * self.staff.present_share  # type: ignore[arg-type]
        found = []
        for name, starts in (("registration", REGISTERED), ("count", COUNTED)):
            paths = [path for path in self.paths if path.startswith(starts)]
            if not paths:
                continue
            places = self.columns(starts)
            for n in weeks:
                seen = max(1, round(n * contacts))
                days = max(1, round(n * posts * team.WORKDAYS_PER_WEEK))
                errors = np.array([self._error(path, seen, days) for path in paths])
                if name == "registration":
                    hours = days * float(s["pilots.minutes_per_day"]) / 60  # type: ignore[arg-type]
                else:
                    hours = seen * float(s["pilots.minutes_per_count"]) / 60  # type: ignore[arg-type]
                found.append(self._study(name, n, seen, hours, places, errors))
        return found

    def _study(self, name: str, weeks: int, seen: int, hours: float, places: Floats, errors: Floats) -> Study:
        key = (*name.encode(), weeks)
        inside = (QUANTILES[0], QUANTILES[2])
        plain = self.loss(self.price("central"))
        narrower = value.study(places, errors, lambda x: value.narrowed(plain, x, inside), key)
        euros = {}
        for end in PRICES:
            loss = self.loss(self.price(end))
            euros[end] = value.study(places, errors, functools.partial(value.partial, loss), key)
        return Study(name, weeks, seen, hours, narrower, euros)

    def _error(self, path: str, tasks: int, days: int) -> float:
        """Standard error of a study on the scale of a parameter's range."""
        s, (base, part) = self.scenario, parameter(path)
        amount = s.timeline(base).at(s.start, *([part] if part else []))
        low, centre, high = (float(x) for x in amount.atoms)  # type: ignore[arg-type]
        if base.startswith(COUNTED):
            plain = math.sqrt(max(centre * (1 - centre), 1e-9) / tasks)
        elif base.startswith("work."):
            plain = centre * float(s["pilots.task_variation"]) / math.sqrt(tasks)  # type: ignore[arg-type]
        else:
            plain = centre * float(s["pilots.day_variation"]) / math.sqrt(days)  # type: ignore[arg-type]
        family = vocabulary.units(project.params())[s.entry(base).unit].family
        if family == "beta" and low > 0 and high < 1:
            spread = (math.log(high / (1 - high)) - math.log(low / (1 - low))) / (2 * Z95)
            return plain / (centre * (1 - centre)) / spread
        if family == "lognormal" and low > 0:
            return plain / centre / ((math.log(high) - math.log(low)) / (2 * Z95))
        return plain / ((high - low) / (2 * Z95))


def parameter(path: str) -> tuple[str, str]:
    """Return the parameter that is drawn, and its part where it is a composition (``PATH.PART``)."""
    base, _, part = path.rpartition(".")
    return (base, part) if "." in base else (path, "")


@functools.lru_cache(maxsize=8)
def _table(scenario: Scenario) -> tuple[Mapping[str, object], ...]:
    return tuple(scenario.table())


def _conversations(scenario: Scenario) -> float:
    """Mean conversations in a week with the scenario's own staff."""
    c = compile_scenario(scenario)
    seed, last = int(scenario["run.seed"]), layout.rows(c) - 1  # type: ignore[arg-type]
    whole = engine.samples(c, np.s_[last : last + 1, [place(c, "conversations")]], replications=8, seed=seed)
    return float(whole.mean() / c.weeks)
