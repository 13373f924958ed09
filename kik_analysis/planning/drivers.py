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
from kik_analysis.capacity.posts import FTE
from kik_analysis.capacity.uncertainty import Z95
from kik_analysis.errors import ModelError
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import value
from kik_analysis.planning.prior import scale
from kik_analysis.planning.staff import QUANTILES, Places, Staff
from kik_analysis.planning.value import Floats, Loss

PRICE = "pilots.missed_contact_euros"
PRICES = ("low", "central", "high")
ENDS = 0.2  #: part of the draws at either end of a parameter, for conditional ranges
MATTERS = 0.02  #: part of the variance from which a parameter is named
FEWEST = 30  #: draws with a need, below which nothing is said
WEEKS = (1, 4)  #: how long a study lasts
STUDIES = {
    "registration": ("work.minutes_", "team.client_time_share"),
    "count": ("policy.channel_follow_up",),
}
"""Studies that could be done, and how the parameters begin that they tell about."""


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


@dataclass(frozen=True)
class Study:
    """A study that could be done: what it costs, and what it tells.

    ``name``: a key of ``STUDIES``: time by task, or contacts by channel. ``weeks``, ``observations``: how
    long, and how many tasks or contacts are written down. ``hours``: that writing down costs the team.
    ``narrower``: posts by which the range (q10 to q90) becomes narrower. ``euros``: expected value a year, by
    price of a missed contact.
    """

    name: str
    weeks: int
    observations: int
    hours: float
    narrower: float
    euros: Mapping[str, float]


def ranked(scenario: Scenario, places: Places, values: Floats) -> tuple[Driver, ...]:
    """Return every parameter that was drawn, the one that explains most of some values first.

    ``scenario``, ``places``, ``values``: whose parameters, where each draw put them, and what came of it.
    """
    rows = np.array([list(one.values()) for one in places])
    shares, many = value.explained(rows, values), max(2, round(ENDS * len(values)))
    confidence = {str(row["path"]): str(row["confidence"]) for row in scenario.table()}
    found = []
    for k, path in enumerate(places[0]):
        order = np.argsort(rows[:, k], kind="stable")
        low, high = (tuple(np.quantile(values[ends], QUANTILES).tolist())
                     for ends in (order[:many], order[-many:]))  # fmt: skip
        found.append(Driver(path, confidence.get(parameter(path)[0], ""), float(shares[k]), low, high))
    return tuple(sorted(found, key=lambda one: (-one.share, one.path)))


def rests_on(staff: Staff) -> tuple[Driver, ...]:
    """Return the parameters that matter to an answer over draws, the one that explains most first.

    Taken from the layer that knows most and has draws enough with a need: else what tells whether any staff
    keeps the promise, where that is open. ``staff``: the answer.
    """
    for known in reversed(list(staff.layers.values())):
        some = np.isfinite(known.needs)
        if not known.places[0]:
            continue
        if some.sum() >= FEWEST:
            drawn = [one for one, ok in zip(known.places, some, strict=True) if ok]
            found = ranked(staff.scenario, drawn, known.needs[some])
        elif some.any() and (~some).sum() >= FEWEST:
            found = ranked(staff.scenario, known.places, some.astype(float))
        else:
            continue
        if found[0].share >= MATTERS:
            return tuple(one for one in found if one.share >= MATTERS)
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
        self.needs: Floats = found.needs[kept]
        self._drawn = [one for one, ok in zip(found.places, kept, strict=True) if ok]
        if not self._drawn[0]:
            raise ModelError("drivers: nothing is uncertain, so nothing drives the answer")
        self.paths = tuple(self._drawn[0])
        self.places: Floats = np.array([list(one.values()) for one in self._drawn])

    def columns(self, starts: Sequence[str]) -> Floats:
        """Places of the parameters whose paths begin so."""
        return self.places[:, [path.startswith(tuple(starts)) for path in self.paths]]

    @functools.cached_property
    def drivers(self) -> tuple[Driver, ...]:
        """Every parameter, the one that explains most first."""
        return ranked(self.scenario, self._drawn, self.needs)

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

    def studies(self, weeks: Sequence[int] = WEEKS) -> list[Study]:
        """What it would cost and tell to register time, and to count contacts by channel.

        ``weeks``: how long.
        """
        s, found = self.scenario, []
        contacts = _conversations(s)
        posts = float(s.at(FTE, self.staff.promise.on)) * self.staff.present_share  # type: ignore[arg-type]
        losses = {end: self.loss(self.price(end)) for end in PRICES}
        inside = (QUANTILES[0], QUANTILES[2])
        for name, starts in STUDIES.items():
            places, paths = self.columns(starts), [path for path in self.paths if path.startswith(starts)]
            for n in weeks if paths else ():
                seen = max(1, round(n * contacts))
                days = max(1, round(n * posts * team.WORKDAYS_PER_WEEK))
                errors = np.array([self._error(path, seen, days) for path in paths])
                many, each = (days, "day") if name == "registration" else (seen, "count")
                hours = many * float(s[f"pilots.minutes_per_{each}"]) / 60  # type: ignore[arg-type]
                told = functools.partial(value.study, places, errors, key=(*name.encode(), n))
                narrower = told(lambda x: value.narrowed(losses["central"], x, inside))
                euros = {end: told(functools.partial(value.partial, loss)) for end, loss in losses.items()}
                found.append(Study(name, n, seen, hours, narrower, euros))
        return found

    def _error(self, path: str, tasks: int, days: int) -> float:
        """Standard error of a study on the scale of a parameter's range."""
        s, (base, part) = self.scenario, parameter(path)
        amount = s.timeline(base).at(s.start, *([part] if part else []))
        low, centre, high = (float(x) for x in amount.atoms)  # type: ignore[arg-type]
        if base.startswith(STUDIES["count"]):
            plain = math.sqrt(max(centre * (1 - centre), 1e-9) / tasks)
        else:
            what, many = ("task", tasks) if base.startswith("work.") else ("day", days)
            plain = centre * float(s[f"pilots.{what}_variation"]) / math.sqrt(many)  # type: ignore[arg-type]
        to = scale(vocabulary.units(project.params())[s.entry(base).unit].family, low, high)
        return float(plain * to.slope(centre) / ((to.there(high) - to.there(low)) / (2 * Z95)))


def parameter(path: str) -> tuple[str, str]:
    """Return the parameter that is drawn, and its part where it is a composition (``PATH.PART``)."""
    base, _, part = path.rpartition(".")
    return (base, part) if "." in base else (path, "")


def title(path: str, lang: Lang) -> str:
    """Return the name of what is drawn in words; a part of a composition with the name of the part."""
    base, part = parameter(path)
    words = catalogue()[base].title(lang)
    return f"{words}: {sentences.template(f'staff.way.{part}', lang)}" if part else words


def _conversations(scenario: Scenario) -> float:
    """Mean conversations in a week with the scenario's own staff."""
    c = compile_scenario(scenario)
    seed, last = int(scenario["run.seed"]), layout.rows(c) - 1  # type: ignore[arg-type]
    whole = engine.samples(c, np.s_[last : last + 1, [place(c, "conversations")]], replications=8, seed=seed)
    return float(whole.mean() / c.weeks)
