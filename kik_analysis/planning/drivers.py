"""What drives the fte that a promise needs, and what it would be worth to know it before a choice.

Everything here is computed from the draws of an answer (:class:`kik_analysis.planning.staff.Distribution`);
nothing is run again (Strong, Oakley and Brennan 2014; for what a study would show: Strong et al. 2015). Draws
in which no staff keeps the promise have no need and are left out; their share is told. A post too many costs
a post; a post too few costs the contacts that it would have made, at a price that nobody published: so the
results stand at its low, central and high, with the price at which a number of posts is just right.

Expected loss falls when a parameter is known (EVPPI), when all are (EVPI), or when a study tells something
about them (EVSI): the need is regressed on what would be known, each draw left out of its own fit, and staff
is a part of the fitted need and so many posts more: the part and the number that cost least. That is a rule
somebody could follow, charged its real loss, so rather too low than too high. Of thousands of draws it is
exact where what stays unknown spreads alike whatever is known, elsewhere somewhat too low (a tenth to a sixth
where a need is a product). Of two hundred, what many parameters explain together is seen in part
(``docs/staff.md`` has figures); a fit that follows noise is worth next to nothing.
"""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kik_analysis.capacity import engine, layout, team
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import EVENTS, place
from kik_analysis.capacity.reader import Z95, Reader
from kik_analysis.capacity.team import FTE
from kik_analysis.errors import ModelError
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.history import scale
from kik_analysis.planning.search import Floats
from kik_analysis.planning.staff import QUANTILES, Staff

DEGREE, CHOICES, REPEATS = 3, 61, 8
"""Of polynomials of a parameter; numbers of posts that are tried; draws of the errors of a study."""
PARTS = np.linspace(0, 2, 17)
"""Parts of a fitted need that a rule may follow: where more is needed a missing post misses fewer people, and
what stays unknown is more."""


@dataclass(frozen=True)
class Loss:
    """What a choice of staff costs in a year, for every draw.

    ``needs``: posts that each draw needs. ``too_many``: euros for a post that is not needed. ``too_few``:
    euros for a post that is missing, by draw: the contacts it would have made, times their price.
    """

    needs: Floats
    too_many: float
    too_few: Floats

    def of(self, choices: Floats) -> Floats:
        """Euros by draw and choice; ``choices``: the same for every draw, or a row for each."""
        over = np.atleast_2d(choices) - self.needs[:, None]
        return np.where(over > 0, self.too_many * over, -self.too_few[:, None] * over)

    def best(self) -> float:
        """Number of posts with the smallest expected loss: from there on one more costs what it saves."""
        order = np.argsort(self.needs)
        few = self.too_few[order]
        costs = self.too_many * np.arange(1, len(few) + 1) - (few.sum() - few.cumsum())
        return float(self.needs[order[np.argmax(costs >= 0)]])


def basis(known: Floats) -> Floats:
    """What needs are regressed on: a constant, polynomials of each column, products of each two.

    ``known``: places on the standard normal scale. Many parameters get lower degrees, so that a fit stays far
    from having a term for every draw.
    """
    from numpy.polynomial import hermite_e

    n, k = known.shape
    room = n // 10
    degree = max(1, min(DEGREE, room // max(k, 1)))
    parts = [np.ones((n, 1)), *(hermite_e.hermevander(known[:, j], degree)[:, 1:] for j in range(k))]
    pairs = list(itertools.combinations(range(k), 2))
    if 1 + degree * k + len(pairs) <= room:
        parts += [known[:, [a]] * known[:, [b]] for a, b in pairs]
    return np.concatenate(parts, axis=1)


def left_out(terms: Floats, values: Floats) -> Floats:
    """Fit values by least squares and predict every draw from the others, all at once by the hat matrix."""
    q, r = np.linalg.qr(terms)
    q = q[:, np.abs(np.diag(r)) > 1e-9]
    lever = np.minimum((q**2).sum(axis=1), 1 - 1e-9)
    return np.asarray((q @ (q.T @ values) - lever * values) / (1 - lever))


def perfect(loss: Loss) -> float:
    """Expected value of knowing everything (EVPI), euros a year: what the best single choice still loses."""
    return float(loss.of(np.array([loss.best()])).mean())


def partial(loss: Loss, known: Floats) -> float:
    """Expected value of knowing some parameters (EVPPI), euros a year; at least 0.

    ``loss``: of every draw. ``known``: their places on the standard normal scale.
    """
    fitted, followed = left_out(basis(known), loss.needs), []
    for part in PARTS:
        above = np.quantile(loss.needs - part * fitted, np.linspace(0, 1, CHOICES))
        choices = np.maximum(part * fitted[:, None] + above, 0)
        followed.append(float(loss.of(choices).mean(axis=0).min()))
    return max(0.0, perfect(loss) - min(followed))


def narrowed(loss: Loss, known: Floats, inside: tuple[float, float]) -> float:
    """Posts by which a range of the need (two quantiles) becomes narrower when something is known."""
    left = loss.needs - left_out(basis(known), loss.needs)
    before, after = (np.quantile(one, inside) for one in (loss.needs, left))
    return max(0.0, float((before[1] - before[0]) - (after[1] - after[0])))


def study(places: Floats, errors: Floats, worth: Callable[[Floats], float], key: Sequence[int]) -> float:
    """Mean worth of what a study shows: places with errors, drawn several times.

    ``places``: of the parameters studied. ``errors``: standard errors of the study on the same scale.
    ``worth``: of what is shown: :func:`partial` or :func:`narrowed`. ``key``: of the random numbers.
    """
    found = []
    for repeat in range(REPEATS):
        words = np.random.SeedSequence([*b"study", *key, repeat]).generate_state(2, np.uint64)
        noise = np.random.Generator(np.random.Philox(key=words)).standard_normal(places.shape)
        # what is shown, on a scale of its own again, so that polynomials of it stay apart
        found.append(worth((places + errors * noise) / np.sqrt(1 + errors**2)))
    return float(np.mean(found))


def explained(places: Floats, needs: Floats) -> Floats:
    """Part of the variance of the need that each parameter explains alone, at least 0."""
    rest = [(needs - left_out(basis(places[:, [j]]), needs)).var() for j in range(places.shape[1])]
    return np.maximum(0, 1 - np.array(rest) / (needs.var() or math.inf))


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
    shares, many = explained(places, values), max(2, round(ENDS * len(values)))
    confidence = {str(row["path"]): str(row["confidence"]) for row in scenario.table()}
    found = []
    for path, share, column in zip(paths, shares.tolist(), places.T, strict=True):
        order = np.argsort(column, kind="stable")
        low, high = (
            tuple(np.quantile(values[ends], QUANTILES).tolist()) for ends in (order[:many], order[-many:])
        )
        found.append(Driver(path, confidence.get(catalogue().drawn(path)[0].path, ""), share, low, high))
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
        found = ranked(staff.scenario, tuple(known.places[0]), rows, values)
        if matters := tuple(one for one in found if one.share >= MATTERS):
            return matters
    return ()


class Drivers:
    """What an answer rests on.

    ``staff``: an answer with draws, of which the layer that knows most is taken. ModelError nothing is
    uncertain, or some staff keeps the promise in too few of the draws.
    """

    def __init__(self, staff: Staff) -> None:
        self.layer, found = list(staff.layers.items())[-1]
        self.staff, self.never, self.scenario = staff, found.never, staff.scenario
        self.paths, kept = tuple(found.places[0]), np.isfinite(found.needs)
        if not self.paths or kept.sum() < FEWEST:
            raise ModelError(f"drivers: too few draws with a need (got {kept.sum()}; expected {FEWEST})")
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

    def worth(self, price: float) -> dict[str, float]:
        """Euros a year that it is worth to know everything, and to know each section of parameters."""
        loss = self.loss(price)
        sections = dict.fromkeys(path.partition(".")[0] for path in self.paths)
        parts = {one: partial(loss, self.columns([f"{one}."])) for one in sections}
        return {"all": perfect(loss), **parts}

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
                told = functools.partial(study, places, errors, key=(*name.encode(), n))
                narrower = told(lambda x: narrowed(losses["central"], x, inside))
                row = {"study": name, "weeks": n, "observations": seen, "hours": hours, "narrower": narrower}
                euros = {f"price_{end}": told(functools.partial(partial, x)) for end, x in losses.items()}
                found.append(row | euros)
        return found

    def _error(self, path: str, seen: float, days: int) -> float:
        """Standard error of a study on the scale of a parameter's range."""
        s, (entry, part) = self.scenario, catalogue().drawn(path)
        value, mondays = s.timeline(entry.path), Reader(s).mondays
        names = [name for name in value.names if not part or name.rpartition(".")[2] == part]
        amounts = (value.at(day, name) for day in mondays for name in names)
        amount = next((one for one in amounts if not one.exact), None)  # of a date or segment perhaps
        if amount is None:  # a part that is exact whenever it is said: nothing is left to be learnt of it
            return 0.0
        low, centre, high = (float(x) for x in amount.atoms)  # type: ignore[arg-type]
        if entry.path.startswith(STUDIES["count"]):
            plain = math.sqrt(max(centre * (1 - centre), 1e-9) / seen)
        else:
            what, many = ("task", seen) if entry.path.startswith("work.") else ("day", days)
            plain = centre * float(s[f"pilots.{what}_variation"]) / math.sqrt(many)  # type: ignore[arg-type]
        to = scale(entry.family, low, high)
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
