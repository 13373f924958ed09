"""How many fte keep a promise: at central assumptions, over assumptions, over the posterior, and predictive.

Four answers that are never mixed. *Central*: every parameter at its central value; the smallest fte with
which the promise is kept with its probability. *Assumptions*, *posterior*: how that fte is distributed
over draws of the uncertain parameters. *Predictive*: the smallest fte with which the promise is kept with its
probability when nobody knows where the parameters lie.
"""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity import engine, reach, team
from kik_analysis.capacity.compiled import YEAR, State
from kik_analysis.capacity.layout import Whole
from kik_analysis.capacity.posts import Posts, posts
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.uncertainty import spread
from kik_analysis.errors import InputError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.display import expect
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import store, temporary, thresholds
from kik_analysis.planning.promise import Contact, Group, Promise, promise
from kik_analysis.planning.thresholds import Floats, Found

QUANTILES = (0.1, 0.5, 0.9)
FTE = "team.fte"
COST = "costs.fte_all_in"
FIRST, ENOUGH = 36, 0.25  #: futures to begin with; half the width of the interval that suffices, in fte
FEWEST = 10  #: people per fte below which more staff is not worth a try
DRAWS = 200  #: of the uncertain parameters, where nobody says how many
_RUNS = 8  # of each draw, about
HALF = 0.5  #: readers see ranges rounded outward to this


@dataclass(frozen=True)
class Ceiling:
    """The most that a promise reaches whatever the staff.

    ``share``: of the people counted, reached with the promise's probability. ``fte``: posts with which it is
    reached. ``missing``: share of the people counted who have not had it then, by where they are; the most
    first.
    """

    share: float
    fte: float
    missing: Mapping[str, float]


@dataclass(frozen=True)
class Distribution:
    """The fte needed over draws of the parameters; infinite where no staff keeps the promise.

    ``needs``: one for each draw. ``thresholds``: the same in the one future that was run for each: with them
    the predictive answer is found. ``places``: where the parameters of each draw lie in their ranges.
    ``key``: name of the thresholds in the store.
    """

    needs: Floats
    thresholds: Floats
    places: tuple[Mapping[str, float], ...]
    key: str = ""

    @functools.cached_property
    def quantiles(self) -> tuple[float, float, float]:
        """The 10th, 50th and 90th percentile; infinite where that share of the draws has no answer."""
        q10, q50, q90 = np.quantile(self.needs, QUANTILES, method="inverted_cdf").tolist()
        return q10, q50, q90

    @property
    def never(self) -> float:
        """Share of the draws in which no staff keeps the promise."""
        return float(np.isinf(self.needs).mean())

    def predictive(self, probability: float) -> float:
        """Smallest fte with which the promise is kept in that share of draws and futures together."""
        return float(np.quantile(self.thresholds, probability, method="inverted_cdf"))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        names = (f"q{round(100 * q)}" for q in QUANTILES)
        return dict(zip(names, map(finite, self.quantiles), strict=True)) | {"draws": len(self.needs)}


@dataclass(frozen=True)
class Staff:
    """The answer to one promise.

    ``scenario``, ``promise``: what was asked. ``central``: at central assumptions; for the backlog, temporary
    posts beside the scenario's own. ``people``: mean number of people counted, with that staff or with that
    of the ceiling. ``share``: mean share of them for whom it holds then. ``present_share``: part of the posts
    that is filled. ``hours_per_post``: productive hours of a post in the year that ends on the promise's day.
    ``cost``: euros a year for a post: low, central, high. ``ceiling``: where no staff keeps the promise.
    ``assumptions``, ``posterior``: over draws of the parameters; None when not asked for, or not there.
    ``stale``: what makes the stored posterior unfit for this scenario; ``none`` where there is none.
    """

    scenario: Scenario
    promise: Promise
    central: Found
    people: float
    share: float
    present_share: float
    hours_per_post: float
    cost: tuple[float, float, float]
    ceiling: Ceiling | None = None
    assumptions: Distribution | None = None
    posterior: Distribution | None = None
    stale: tuple[str, ...] = ()

    @property
    def fte(self) -> float | None:
        """Established posts; None where no staff keeps the promise."""
        return finite(self.central.fte)

    @property
    def low(self) -> float | None:
        """Lower end of the widest range that is known, rounded outward."""
        return self._ends[0]

    @property
    def high(self) -> float | None:
        """Upper end; None where part of the draws has no answer."""
        return self._ends[1]

    @property
    def _ends(self) -> tuple[float | None, float | None]:
        known = self.posterior or self.assumptions
        low, high = known.quantiles[::2] if known else (self.central.low, self.central.high)
        return outward(low, high)

    @property
    def posts(self) -> float | None:
        """Established posts (formatie)."""
        return self.fte

    @property
    def present(self) -> float | None:
        """Of these, filled (bezetting)."""
        return None if self.fte is None else self.fte * self.present_share

    @property
    def persons_per_fte(self) -> float | None:
        """People counted for each post."""
        return self.people / self.fte if self.fte else None

    @property
    def hours_per_person(self) -> float | None:
        """Productive hours a year for each person counted."""
        return self.hours_per_post * self.fte / self.people if self.fte and self.people else None

    @property
    def euros(self) -> tuple[float, float, float] | None:
        """Euros a year: low, central, high."""
        return None if self.fte is None else tuple(self.fte * one for one in self.cost)  # type: ignore[return-value]

    @property
    def predictive(self) -> float | None:
        """Smallest fte with which the promise is kept with its probability, the parameters unknown."""
        known = self.posterior or self.assumptions
        return None if known is None else finite(known.predictive(self.promise.probability))


def finite(number: float) -> float | None:
    """Return a number, or None where there is none."""
    return float(number) if math.isfinite(number) else None


def outward(low: float, high: float) -> tuple[float | None, float | None]:
    """Round a range outward to half an fte; an end that does not exist is None."""
    ends = (math.floor(low / HALF) * HALF if math.isfinite(low) else None,
            math.ceil(high / HALF) * HALF if math.isfinite(high) else None)  # fmt: skip
    return ends


class Futures:
    """Runs futures of a promise with numbers of posts, and tells how many it has run."""

    def __init__(
        self,
        kept: Promise,
        source: Callable[[int], Posts],
        seed: int,
        workers: int | None,
        tell: Callable[[int], None],
    ) -> None:
        self.promise, self.source, self.seed, self.workers, self.tell = kept, source, seed, workers, tell

    def counts(self, jobs: Sequence[tuple[int, float]]) -> Whole:
        """Count everybody at the end of the promise's week, for pairs of a future and a number of posts."""
        packed = functools.cache(lambda one, fte: one.packed(fte))
        listed = [
            (functools.partial(lambda r, fte: packed(self.source(r), fte), r, fte), r) for r, fte in jobs
        ]
        found = engine.tallies(listed, self.promise.week, seed=self.seed, workers=self.workers)
        self.tell(len(jobs))
        return found

    def __call__(self, jobs: Sequence[tuple[int, float]]) -> Floats:
        """Return the share of people for whom the promise holds."""
        stock = backlog(self.source(0), self.promise.place)
        return self.promise.shares(self.counts(jobs), stock) + 1e-12


def backlog(one: Posts, place: int | None = None) -> int:
    """People who wait for a first approach at the start."""
    c = one.compiled
    waiting = c.stock_state == State.NEVER_INVITED
    return int(c.stock_count[waiting if place is None else waiting & (c.stock_segment == place)].sum())


def central(futures: Futures, most: float, at_most: int) -> tuple[Found, float]:
    """Find the smallest fte at central assumptions.

    Returns what was found, and the posts with which the largest share is reached (the answer where there is
    one).
    """
    kept = futures.promise
    where = thresholds.neighbourhood(futures, kept.coverage, kept.probability, most)
    none = Found(math.inf, math.inf, math.inf, thresholds.PILOT, True, math.inf)
    if math.isinf(where.high):
        return none, where.best
    grid, tried = thresholds.pilot(futures, kept.coverage, where.low, where.high)
    steady, ends = thresholds.is_monotone(tried), (where.low, where.high)
    search: Callable[..., Found] = thresholds.by_rank
    number = min(FIRST, at_most)
    if not steady:
        search, ends = thresholds.by_fit, thresholds.window(grid, tried, kept.probability)
        at_most = min(at_most, 2 * FIRST)
    while True:
        found = search(futures, number, kept.coverage, kept.probability, *ends)
        wide = found.high - found.low if math.isfinite(found.high) else math.inf
        if number >= at_most or wide / 2 <= ENOUGH:
            return found, where.best
        number = min(2 * number, at_most)


def _source(scenario: Scenario, kept: Promise, draw: Mapping[str, float] | None = None) -> Posts:
    """Return what is varied: the scenario's posts; for the backlog temporary posts beside them."""
    one = posts(scenario, draw, beyond=True)
    return temporary.temporary(scenario, one) if kept.backlog else one


def _distribution(
    answer: Staff, places: Sequence[Mapping[str, float]], futures: Futures, start: float, most: float
) -> Distribution:
    """Find the fte that each draw of the parameters needs, one future for each.

    What the probability adds to an ordinary future is taken from the central answer, where many were run.
    """
    drawn = functools.cache(lambda r: _source(answer.scenario, answer.promise, places[r]))
    name = store.key(answer.scenario, futures.promise, places, futures.seed, start)
    found = store.recall(name, len(places))
    if found is None:
        apart = Futures(futures.promise, drawn, futures.seed, futures.workers, futures.tell)
        found = thresholds.each(apart, len(places), futures.promise.coverage, start, most)
        store.keep(name, found)
    more = answer.central.fte - answer.central.typical
    return Distribution(found + (more if math.isfinite(more) else 0.0), found, tuple(places), name)


def _people(futures: Futures, counts: Whole) -> tuple[float, float]:
    """Mean number of people counted, and the mean share of them for whom the promise holds."""
    kept, one = futures.promise, futures.source(0)
    stock = backlog(one, kept.place)
    if kept.backlog:
        return float(stock), float(kept.shares(counts, stock).mean())
    people = reach.counted(counts, kept.of, kept.place)
    return float(people.sum(axis=(1, 2)).mean()), float(kept.shares(counts).mean())


def _post(scenario: Scenario, kept: Promise, one: Posts) -> tuple[float, float, tuple[float, float, float]]:
    """Of one post: the part that is filled, productive hours in a year, euros (low, central, high)."""
    reader = Reader(scenario)
    year = one.each[max(0, kept.week + 1 - YEAR) : kept.week + 1]
    filled = 1 - reader.exact("team.vacancy_share", kept.on)
    client = reader.exact("team.client_time_share", kept.on)
    minutes = sum(year, Fraction(0)) / len(year) * team.WEEKS_PER_YEAR
    hours = float(minutes / 60 / client) if client else 0.0
    low, middle, high = (float(x) for x in reader.amount(COST, kept.on).atoms)  # type: ignore[arg-type]
    return float(filled), hours, (low, middle, high)


def _ceiling(futures: Futures, counts: Whole, fte: float) -> Ceiling:
    """Say how far the promise comes at best, and who stays without."""
    kept = futures.promise
    found = kept.shares(counts, backlog(futures.source(0), kept.place))
    share = float(np.quantile(found, 1 - kept.probability, method="inverted_cdf"))
    people = reach.counted(counts, "all" if kept.backlog else kept.of, kept.place)
    total = max(float(people.sum(axis=(1, 2)).mean()), 1.0)
    lacking = {name: n / total for name, n in reach.without(people, kept.contact).items()}
    return Ceiling(share, fte, lacking)


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
    kept: Promise | None = None,
    draws: int = 0,
    seed: int | None = None,
    workers: int | None = None,
    progress: engine.Progress | None = None,
) -> Staff:
    """Return the staff that a promise needs.

    ``scenario``: the scenario; its own ``team.fte`` plays no role, dated changes of it stay. ``of``,
    ``contact``, ``coverage``, ``probability``, ``on``, ``segment``, ``backlog``, ``by``: the promise, as in
    :func:`kik_analysis.planning.promise.promise`. ``kept``: instead of these: a promise that was made before.
    ``draws``: draws of the uncertain parameters for the other answers; 0 gives the central one alone.
    ``seed``: by default the scenario's ``run.seed``. ``workers``: threads; the numbers do not depend on it.
    ``progress``: called with runs done and about how many there will be. InputError the promise contradicts
    itself or does not fit the scenario.
    """
    expect(scenario, Scenario, "required_fte", "a scenario", "kik.load_scenario")
    kept = kept or promise(
        scenario, of=of, contact=contact, coverage=coverage, probability=probability, on=on, segment=segment,
        backlog=backlog, by=by,
    )  # fmt: skip
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    at_most = int(scenario["run.replications"])  # type: ignore[arg-type]
    tell = counted(progress, 20 * thresholds.PILOT + 3 * FIRST)
    one = _source(scenario, kept)
    most = max(1.0, one.compiled.people / FEWEST)
    futures = Futures(kept, lambda r: one, number, workers, tell)
    found, best = central(futures, most, at_most)
    fte = best if math.isinf(found.fte) else found.fte
    counts = futures.counts([(r, fte) for r in range(min(2 * thresholds.PILOT, at_most))])
    noted = {"scenario": scenario.digest(), "promise": kept.as_json(), "seed": number, "draws": draws}
    reads.note("simulation", on_record(scenario, kept), noted, Evidence.SIMULATED)
    people, share = _people(futures, counts)
    answer = Staff(scenario, kept, found, people, share, *_post(scenario, kept, one))
    if math.isinf(found.fte):
        answer = replace(answer, ceiling=_ceiling(futures, counts, fte))
    if draws:
        return over_draws(answer, draws, seed=seed, workers=workers, progress=progress)
    return answer


def over_draws(
    answer: Staff,
    draws: int,
    *,
    seed: int | None = None,
    workers: int | None = None,
    progress: engine.Progress | None = None,
) -> Staff:
    """Return an answer with its distribution over assumptions and, where there is one, over the posterior.

    ``answer``: the central one. ``draws``, ``seed``, ``workers``, ``progress``: as in :func:`required_fte`.
    InputError a single draw, of which there is no distribution.
    """
    scenario, kept = answer.scenario, answer.promise
    if draws < 2:
        raise InputError(f"draws: expected none or at least two (got {draws})")
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    one, places = _source(scenario, kept), spread(scenario, number, draws)
    fitted, stale = calibrated(scenario, places)
    about = draws * _RUNS * (2 if fitted else 1)
    futures = Futures(kept, lambda r: one, number, workers, counted(progress, about))
    start = answer.ceiling.fte if answer.ceiling else answer.central.fte
    ends = futures, max(start, 1.0), max(1.0, one.compiled.people / FEWEST)
    assumptions = _distribution(answer, places, *ends)
    posterior = _distribution(answer, fitted, *ends) if fitted else None
    return replace(answer, assumptions=assumptions, posterior=posterior, stale=stale)


def counted(progress: engine.Progress | None, about: int) -> Callable[[int], None]:
    """Return what is told of runs done, and tells of all together and about how many there will be."""
    done = [0]

    def tell(n: int) -> None:
        done[0] += n
        if progress is not None:
            progress(done[0], max(done[0], about))

    return tell


def calibrated(
    scenario: Scenario, places: Sequence[Mapping[str, float]]
) -> tuple[list[Mapping[str, float]] | None, tuple[str, ...]]:
    """Put the stored posterior in the place of what the ranges say, as far as it goes.

    ``scenario``: the scenario. ``places``: draws from the ranges; they stay for parameters about which the
    history says nothing. Returns as many draws, taken evenly from the posterior by weight; None where it does
    not fit the scenario, and what makes that so.
    """
    from kik_analysis.planning import backcast, posterior
    from kik_analysis.planning.prior import Prior

    if not (posterior.folder() / posterior.DRAWS).is_file():
        return None, ("none",)
    if stale := posterior.stale(scenario):
        return None, stale
    frame, n = posterior.draws(), len(places)
    reached = np.cumsum(frame["weight"].to_numpy())
    rows = np.minimum(np.searchsorted(reached, (np.arange(n) + 0.5) / n * reached[-1]), frame.height - 1)
    known = backcast.places(scenario, frame[rows.tolist()], Prior(scenario))
    moved = [{path: float(x[k]) for path, x in known.items() if path in places[0]} for k in range(n)]
    return [{**one, **two} for one, two in zip(places, moved, strict=True)], ()


def on_record(scenario: Scenario, kept: Promise) -> str:
    """Return the name under which an answer is on record as a simulation."""
    return f"{scenario.name}/staff/{kept.of}/{kept.contact}"
