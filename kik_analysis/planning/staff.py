"""How many fte keep a promise: at central assumptions, over assumptions, over the posterior, and predictive.

Four answers that are never mixed. *Central*: every parameter at its central value; the smallest fte with
which the promise is kept with its probability. *Assumptions*, *posterior*: how that fte is distributed
over draws of the uncertain parameters. *Predictive*: the smallest fte with which the promise is kept with its
probability when nobody knows where the parameters lie.
"""

import datetime
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity import engine, euros, team
from kik_analysis.capacity.compilation import Posts, posts
from kik_analysis.capacity.compiled import YEAR, Integers, State
from kik_analysis.capacity.reader import Reader, spread
from kik_analysis.errors import InputError
from kik_analysis.evidence import reads
from kik_analysis.evidence.display import Display, expect, listener, whole_number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import search
from kik_analysis.planning.promise import (
    Contact,
    Group,
    Promise,
    counted,
    promise,
    temporary,
    visitable,
    without,
)
from kik_analysis.planning.search import FINEST, PILOT, Evaluate, Floats, Found

QUANTILES, _LAYERS = (0.1, 0.5, 0.9), ("assumptions", "posterior")
FEWEST = 10  #: people per fte below which more staff is not worth a try
DRAWS = 200  #: of the uncertain parameters, where nobody says how many
HALF = 0.5  #: readers see ranges rounded outward to this
CENTRAL, EACH = 20 * PILOT + 3 * search.FIRST, 5  #: about how many runs the central answer and a draw take
_AMPLE, _ABOVE, _SEEN = 1.25, (1.25, 1.5, 2.0), (1 / 128, 1 / 64, 1 / 32)
"""How far beyond the ceiling their search begins where there is one; times
what suffices, to see whether more keeps a promise too; parts of the most posts, to see what it does."""
_DIGITS = 9  # of a drawn place that tell draws apart
Places = Sequence[Mapping[str, float]]
"""For every draw, where the parameters lie in their ranges."""


class Question:
    """A promise about a scenario, and how its futures are run.

    ``scenario``: the scenario; its own ``team.fte`` plays no role, nor do dated changes that set it; what
    others add stays. ``kept``: the promise; by default the scenario's own. ``seed``: by default ``run.seed``.
    ``workers``: threads; the numbers do not depend on it. ``progress``: told of runs ``done``, and ``about``
    how many there will be.
    """

    def __init__(
        self,
        scenario: Scenario,
        kept: Promise | None = None,
        *,
        seed: int | None = None,
        workers: int | None = None,
        progress: engine.Progress | None = None,
    ) -> None:
        self.scenario, self.promise = scenario, kept or promise(scenario)
        self.seed = whole_number(scenario["run.seed"] if seed is None else seed, "seed")
        self.workers, self.progress, self.done, self.about = workers, listener(progress), 0, 0
        self.made: dict[object, Futures] = {}  # of changed posts

    @functools.cached_property
    def central(self) -> Posts:
        """The scenario's own posts at central values."""
        return self._own()

    @functools.cached_property
    def posts(self) -> Posts:
        """What is varied: the scenario's posts; for the backlog temporary posts beside them."""
        return self._asked(self.central)

    @property
    def own(self) -> float:
        """The scenario's own posts on the promise's day, without what dated changes add."""
        return team.established(self.scenario, self.promise.on)

    @functools.cached_property
    def futures(self) -> "Futures":
        """Futures of what is varied, at central values."""
        return Futures(self, self.posts)

    @functools.cached_property
    def found(self) -> Found:
        """The smallest fte at central values, stored or searched."""
        self.about += CENTRAL
        runs, at_most = self.futures, int(self.scenario["run.replications"])  # type: ignore[arg-type]
        how = self.promise.coverage, self.promise.probability, runs.most, at_most
        fte, low, high, futures, monotone, *rest = search.known(
            [at_most, *self.key()], 7, lambda: np.array(astuple(search.smallest(runs.kept(), *how)))
        ).tolist()
        return Found(fte, low, high, int(futures), bool(monotone), *rest)

    def _own(self, at: Mapping[str, float] | None = None) -> Posts:
        return visitable(posts(self.scenario, at, beyond=True), self.scenario)

    def _asked(self, one: Posts) -> Posts:
        return temporary(self.scenario, one, self.promise.on) if self.promise.backlog else one

    def drawn(self, places: Places) -> Callable[[int], Posts]:
        """Return the same for every draw, made when it is asked for."""
        return functools.cache(lambda r: self._asked(self._own(places[r])))

    def needs(self, places: Places, start: float) -> Floats:
        """Return the posts that each draw needs, stored or found; ``start``: where to begin."""
        runs, number = Futures(self, self.drawn(places)), len(places)

        def find() -> Floats:
            self.about += EACH * number
            begin = max(start, 1.0) / max(self.futures.load(0), 1e-9)
            starts = np.array([begin * runs.load(r) for r in range(number)])
            return search.each(runs.kept(), number, self.promise.coverage, starts, runs.most)

        found = search.known(self.key(places), number, find)
        if start:
            return found
        nobody = runs.kept()([(draw, 0.0) for draw in range(number)])  # a search ends a step above it
        return np.where(nobody >= self.promise.coverage, 0.0, found)

    def key(self, places: Places = ()) -> list[object]:
        """What answers depend on: seed, promise, draws, and what the engine does in a few runs.

        At central values, where the first draw puts the parameters, and where its mirror image does: so what
        moves no run, as a price or a parameter that is switched off, makes no other answer.
        """
        ends = [places[0], {path: -z for path, z in places[0].items()}] if places else []
        seen = []
        for one in (self.posts, *map(self.drawn(ends), range(len(ends)))):
            runs = Futures(self, one)
            counts = runs.counts([(0, round(part * runs.beyond, 1)) for part in _SEEN])
            seen.append([counts.tolist(), self.promise.shares(counts, runs.stock).tolist()])
        kept = [self.promise.as_json(), self.promise.after_backlog]
        # the last digits of a logarithm are the processor's own
        drawn = [sorted((path, round(z, _DIGITS)) for path, z in one.items()) for one in places]
        return [self.seed, kept, drawn, seen]


class Futures:
    """Runs futures of a question, each once.

    ``asked``: the question. ``source``: posts of each future, or the same for all.
    """

    def __init__(self, asked: Question, source: Posts | Callable[[int], Posts]) -> None:
        self.asked = asked
        self.source: Callable[[int], Posts] = source if callable(source) else lambda _: source
        self.known: dict[tuple[int, float], Integers] = {}

    @functools.cached_property
    def beyond(self) -> float:
        """Posts beyond which there is no sense in looking."""
        return max(1.0, self.source(0).compiled.people / FEWEST)

    @property
    def most(self) -> float:
        """The largest number of posts up to there that a search tries: it never comes to one between."""
        return math.floor(self.beyond / FINEST) * FINEST

    @functools.cached_property
    def stock(self) -> int:
        """People who wait for a first approach at the start."""
        c, place = self.source(0).compiled, self.asked.promise.place
        waiting = c.stock_state == State.NEVER_INVITED
        return int(c.stock_count[waiting if place is None else waiting & (c.stock_segment == place)].sum())

    def kept(self, promise: Promise | None = None) -> Evaluate:
        """Return what tells for which share of the people a promise holds; by default the question's."""
        one = promise or self.asked.promise
        return lambda jobs: one.shares(self.counts(jobs), self.stock) + 1e-12

    def counts(self, jobs: Sequence[tuple[int, float]]) -> Integers:
        """Count everybody at the end of the promise's week, for pairs of a future and a number of posts."""
        packed = functools.cache(lambda one, fte: one.packed(fte))
        new, asked = [job for job in dict.fromkeys(jobs) if job not in self.known], self.asked
        listed = [
            (functools.partial(lambda r, fte: packed(self.source(r), fte), *job), job[0]) for job in new
        ]
        if new:
            found = engine.tallies(listed, asked.promise.week, seed=asked.seed, workers=asked.workers)
            self.known.update(zip(new, found, strict=True))
        asked.done += len(jobs)
        if asked.progress is not None:
            asked.progress(asked.done, max(asked.done, asked.about))
        return np.stack([self.known[job] for job in jobs])

    def some(self, fte: float) -> Integers:
        """Count everybody in as many futures as tell what a number of posts comes to."""
        return self.counts([(r, fte) for r in range(2 * PILOT)])

    def load(self, r: int) -> float:
        """The plain sum: minutes of a conversation over minutes of a post; needs are about in proportion."""
        one = self.source(r)
        return float(one.compiled.promise_minutes[-1, 0].mean()) / max(float(sum(one.each)), 1e-9)


@dataclass(frozen=True)
class Ceiling:
    """The most that a promise reaches whatever the staff.

    ``share``: of the people counted, reached with the promise's probability. ``missing``: share of the people
    counted who have not had it then, by where they are; the most first.
    """

    share: float
    missing: Mapping[str, float]


@dataclass(frozen=True)
class Distribution:
    """The fte needed over draws of the parameters; infinite where no staff keeps the promise.

    ``find``: searches the posts that each draw needs in its one future, when they are first asked for.
    ``more``: what many futures add to them. ``places``: where the parameters of each draw lie in their
    ranges.
    """

    find: Callable[[], Floats]
    more: float
    places: Places

    @functools.cached_property
    def thresholds(self) -> Floats:
        """What each draw needs in its one future: with them the predictive answer is found."""
        return self.find()

    @functools.cached_property
    def needs(self) -> Floats:
        """What each draw needs."""
        return self.thresholds + self.more

    @functools.cached_property
    def at(self) -> Floats:
        """Places by draw and parameter, in the order of ``places``."""
        return np.array([list(one.values()) for one in self.places])

    @functools.cached_property
    def quantiles(self) -> tuple[float, float, float]:
        """The 10th, 50th and 90th percentile; infinite where that share of the draws has no answer."""
        q10, q50, q90 = np.quantile(self.needs, QUANTILES, method="inverted_cdf").tolist()
        return q10, q50, q90

    @property
    def never(self) -> float:
        """Share of the draws in which no staff keeps the promise."""
        return float(np.isinf(self.needs).mean())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        names = (f"q{round(100 * q)}" for q in QUANTILES)
        found = dict(zip(names, map(finite, self.quantiles), strict=True))
        return found | {"draws": len(self.needs), "never": self.never}


@dataclass(frozen=True, repr=False)
class Staff(Display):
    """The answer to one promise.

    ``scenario``, ``promise``: what was asked. ``central``: at central assumptions; for the backlog, temporary
    posts beside the scenario's own. ``people``: mean number of people counted, with that staff or with that
    of the ceiling. ``share``: mean share of them for whom it holds then. ``present_share``: part of the posts
    that is filled. ``hours``: productive hours a year of a post. ``cost``: euros a year for a post: q10,
    central, q90. ``added``: posts that dated changes add on the promise's day, beside those. ``broken``: more
    posts than suffice with which the promise is not kept after all; None where all that were tried keep it.
    ``ceiling``: where no staff keeps the promise. ``layers``: the answers over draws, by layer
    (``assumptions``, ``posterior``); the one that knows most comes last. ``stale``: what makes the stored
    posterior unfit for this scenario; ``none`` where there is none.
    """

    scenario: Scenario
    promise: Promise
    central: Found
    people: float
    share: float
    present_share: float
    hours: float
    cost: tuple[float, float, float]
    added: float = 0.0
    broken: float | None = None
    ceiling: Ceiling | None = None
    layers: Mapping[str, Distribution] = field(default_factory=dict)
    stale: tuple[str, ...] = ()

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the answer: the staff, the promise, and what it comes to."""
        kept = self.promise
        who = f"{kept.coverage:g} of {kept.of}: {kept.contact}, with probability {kept.probability:g}"
        told = ("fte", "low", "high", "present", "persons_per_fte", "hours_per_person")
        rows = [(name, f"{value:.5g}") for name in told if (value := getattr(self, name)) is not None]
        if self.ceiling is not None:
            rows.append(("ceiling", f"{self.ceiling.share:.3g} with {self.central.best:g} fte"))
        found = "no staff keeps it" if self.fte is None else f"{self.fte:g} fte"
        return f"{self.scenario.name}: {found}", [("promise", who), ("on", kept.on), *rows]

    @property
    def fte(self) -> float | None:
        """Established posts (formatie) at central assumptions; none where no staff keeps the promise."""
        return finite(self.central.fte)

    posts = fte

    @property
    def present(self) -> float | None:
        """Of these, filled (bezetting)."""
        return None if self.fte is None else self.fte * self.present_share

    @property
    def persons_per_fte(self) -> float | None:
        """People counted for each post of the whole team, of a segment too."""
        return self.people / self.fte if self.fte else None

    @property
    def hours_per_person(self) -> float | None:
        """Productive hours a year of the whole team for each person counted, of a segment too."""
        return self.hours * self.fte / self.people if self.fte and self.people else None

    @property
    def euros(self) -> tuple[float, ...] | None:
        """Euros a year for the posts: q10, central, q90."""
        return None if self.fte is None else tuple(self.fte * one for one in self.cost)

    @functools.cached_property
    def _ends(self) -> tuple[float | None, float | None]:
        known = list(self.layers.values())
        return outward(*(known[-1].quantiles[::2] if known else (self.central.low, self.central.high)))

    @property
    def low(self) -> float | None:
        """Low end of the widest range that is known, rounded outward; none where it does not exist."""
        return self._ends[0]

    @property
    def high(self) -> float | None:
        """High end of that range; none where part of the draws has no answer."""
        return self._ends[1]

    @property
    def predictive(self) -> float | None:
        """The smallest fte that keeps the promise in its share of draws and futures together."""
        known = list(self.layers.values())[-1:]
        least = (
            np.quantile(one.thresholds, self.promise.probability, method="inverted_cdf") for one in known
        )
        return next(map(finite, least), None)


def finite(number: float) -> float | None:
    """Return a number, or None where there is none."""
    return float(number) if math.isfinite(number) else None


def outward(low: float, high: float) -> tuple[float | None, float | None]:
    """Round a range outward to half an fte; an end that does not exist is None."""
    down = math.floor(low / HALF) * HALF if math.isfinite(low) else None
    return down, math.ceil(high / HALF) * HALF if math.isfinite(high) else None


def _broken(runs: Futures, fte: float, futures: int) -> float | None:
    """The fewest posts of some above what suffices with which the promise is clearly not kept."""
    kept = runs.asked.promise
    least = kept.probability - 2 * math.sqrt(kept.probability * (1 - kept.probability) / futures)
    for more in (outward(fte, fte)[1] or fte, *(part * fte for part in _ABOVE)):
        if (runs.kept()([(r, more) for r in range(futures)]) >= kept.coverage).mean() < least:
            return more
    return None


def central(asked: Question) -> Staff:
    """Return the answer at central assumptions; with its ceiling where no staff keeps the promise."""
    scenario, kept, runs, reader = asked.scenario, asked.promise, asked.futures, Reader(asked.scenario)
    found = asked.found
    fte = found.best if math.isinf(found.fte) else found.fte
    counts = runs.some(fte)
    shares = kept.shares(counts, runs.stock)
    people = counted(counts, "all" if kept.backlog else kept.of, kept.place)
    number, ceiling = float(people.sum(axis=(1, 2)).mean()), None
    if math.isinf(found.fte):
        lacking = without(people, kept.contact).items()
        ceiling = Ceiling(kept.sure(shares), {name: n / max(number, 1) for name, n in lacking})
    year = slice(max(0, kept.week + 1 - YEAR), kept.week + 1)
    # productive hours of every week by the share of client time of that week
    client = [reader.exact("team.client_time_share", day) for day in reader.mondays[year]]
    weekly = [a / b if b else Fraction(0) for a, b in zip(asked.central.each[year], client, strict=True)]
    asked.about, price = asked.done, euros.post(scenario)
    return Staff(
        scenario,
        kept,
        found,
        people=float(runs.stock) if kept.backlog else number,
        share=float(shares.mean()),
        present_share=float(1 - reader.exact("team.vacancy_share", kept.on)),
        hours=float(sum(weekly) / len(weekly) * team.WEEKS_PER_YEAR / 60),
        cost=(price.low or 0.0, price.value or 0.0, price.high or 0.0),
        added=0.0 if kept.backlog else team.added(scenario, kept.on),
        broken=_broken(runs, fte, len(counts)) if math.isfinite(found.fte) else None,
        ceiling=ceiling,
    )


def over_draws(asked: Question, answer: Staff, draws: int | None = None) -> Staff:
    """Return an answer with its distribution over assumptions and, where there is one, over the posterior.

    One future is run for each draw; what the probability adds to an ordinary future is taken from the central
    ``answer``, where many were run. ``draws``: how many, by default :data:`DRAWS`; InputError a single one.
    """
    draws = DRAWS if draws is None else draws
    if draws < 2:
        raise InputError(f"draws: expected none or at least two (got {draws})")
    ranges = spread(asked.scenario, asked.seed, draws)
    fitted, stale = calibrated(asked.scenario, ranges)
    layers: list[Places] = [ranges, fitted] if fitted else [ranges]
    start = _AMPLE * answer.central.best if answer.ceiling else answer.central.typical
    more = 0.0 if answer.ceiling else answer.central.fte - answer.central.typical
    found = (Distribution(functools.partial(asked.needs, one, start), more, one) for one in layers)
    return replace(answer, layers=dict(zip(_LAYERS, found, strict=False)), stale=stale)


def required_fte(
    scenario: Scenario,
    *,
    of: Group | None = None,
    contact: Contact | None = None,
    coverage: float | None = None,
    probability: float | None = None,
    on: datetime.date | None = None,
    segment: str = "all",
    backlog: bool = False,
    by: datetime.date | None = None,
    draws: int = 0,
    seed: int | None = None,
    workers: int | None = None,
    progress: engine.Progress | None = None,
) -> Staff:
    """Return the staff that a promise needs.

    ``scenario``, ``seed``, ``workers``, ``progress``: as in :class:`Question`. ``of``, ``contact``,
    ``coverage``, ``probability``, ``on``, ``segment``, ``backlog``, ``by``: the promise, as in
    :func:`kik_analysis.planning.promise.promise`. ``draws``: draws of the uncertain parameters for the other
    answers; 0 gives the central one alone. InputError the promise contradicts itself or does not fit the
    scenario, or a single draw.
    """
    expect(scenario, Scenario, "required_fte", "a scenario", "kik.load_scenario")
    promised: Any = {"of": of, "contact": contact, "coverage": coverage, "probability": probability}
    promised |= {"on": on, "segment": segment, "backlog": backlog, "by": by}
    how: Any = {"seed": seed, "workers": workers, "progress": progress}
    return answered(Question(scenario, promise(scenario, **promised), **how), draws)


def answered(asked: Question, draws: int = 0) -> Staff:
    """Return the answer to a question, on record; ``draws``: as in :func:`required_fte`."""
    scenario, kept, draws = asked.scenario, asked.promise, whole_number(draws, "draws")
    answer = central(asked)
    noted = {"scenario": scenario.digest(), "promise": kept.as_json(), "seed": asked.seed, "draws": draws}
    reads.note("simulation", f"{scenario.name}/staff/{kept.of}/{kept.contact}", noted, Evidence.SIMULATED)
    return over_draws(asked, answer, draws) if draws else answer


def calibrated(
    scenario: Scenario, places: Places
) -> tuple[list[Mapping[str, float]] | None, tuple[str, ...]]:
    """Put the stored posterior in the place of what the ranges say, as far as it goes.

    ``scenario``: the scenario. ``places``: draws from the ranges; they stay for parameters about which the
    history says nothing. Returns as many draws, taken evenly from the posterior by weight; None where it does
    not fit the scenario, and what makes that so.
    """
    from kik_analysis.planning import posterior

    if not scenario.header.published or not (posterior.folder() / posterior.DRAWS).is_file():
        return None, ("none",)
    if stale := posterior.stale(scenario):
        return None, stale
    frame, n = posterior.table("draws"), len(places)
    reached = np.cumsum(frame["weight"].to_numpy())
    rows = np.minimum(np.searchsorted(reached, (np.arange(n) + 0.5) / n * reached[-1]), frame.height - 1)
    known = posterior.places(scenario, frame[rows.tolist()])
    moved = [{path: float(x[k]) for path, x in known.items() if path in places[0]} for k in range(n)]
    return [{**one, **two} for one, two in zip(places, moved, strict=True)], ()
