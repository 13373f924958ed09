"""The answer for whom and how: each group of people, each way to keep contact; and what a given staff can do.

"Is nine enough" has no single answer: it depends on to whom contact is promised and on how it is made. So it
is asked for every group (those already spoken to and nobody else; everybody who is in contact once the
backlog is gone; everybody who can be made an offer; everybody) and for yearly contact by visit, by telephone
and in the scenario's own mix.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.capacity import engine, reach
from kik_analysis.capacity.compiled import Channel, Compiled
from kik_analysis.capacity.posts import Posts, posts
from kik_analysis.capacity.uncertainty import spread
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import store, thresholds
from kik_analysis.planning.promise import Promise
from kik_analysis.planning.staff import FEWEST, FIRST, FTE, QUANTILES, Futures, counted, finite
from kik_analysis.planning.thresholds import Floats

if TYPE_CHECKING:
    import polars as pl

#: Groups, and who is counted in each.
GROUPS: Mapping[str, str] = {
    "spoken": "willing",
    "in_contact": "willing",
    "offered": "offered",
    "everybody": "all",
}
#: The group for which there is nobody else, and the one for which nobody may wait any more.
ALONE, AFTER = "spoken", "in_contact"
CHANNELS: Mapping[str, str] = {"visit": "home", "phone": "phone", "mix": ""}
"""Ways of yearly contact, and the channel that it is made by; the mix is the scenario's own."""
FUTURES, DRAWS = 8, 24  #: futures and draws of each answer here
AMPLE = (1.0, 1.5, 2.0, 3.0, 5.0, 9.0)  #: of the scenario's posts, to see how far a promise can come
_SHARE = 1 / 64  # a break-even share of visits is found to within this


def by(c: Compiled, channel: str) -> Compiled:
    """Return a scenario in which yearly contact is made in one way (a key of ``CHANNELS``)."""
    return mixed(c, {CHANNELS[channel]: 1.0}) if CHANNELS[channel] else c


def mixed(c: Compiled, shares: Mapping[str, float]) -> Compiled:
    """Return a scenario with shares of yearly contact by channel (``home``, ``phone``), where visits go on.

    A time without visits stays as it is.
    """
    wanted = np.array([shares.get(way.name.lower(), 0.0) for way in Channel])
    channel = c.channel.copy()
    follow_up = channel[:, 1]
    follow_up[follow_up[..., Channel.HOME] > 0] = wanted
    return c.replace(channel=channel)


def only_spoken(c: Compiled) -> Compiled:
    """Return a scenario of those spoken to at the start, and who comes in with contact agreed, alone."""
    agreed = c.entry_status[:, :, 2] * c.entry_segment  # period, segment
    total, most = agreed.sum(axis=1)[c.period[:, 0]], agreed[agreed.sum(axis=1).argmax()]
    entry = {
        "inflow_mean": c.inflow_mean * total,
        "inflow_fixed": np.floor(c.inflow_fixed * total + 0.5),
        "entry_segment": most / most.sum() if most.any() else c.entry_segment,
        "entry_status": np.tile([0.0, 0.0, 1.0], (len(c.segments), 1)) if most.any() else c.entry_status,
    }
    return c.replace(stock_count=np.where(c.stock_contact == 1, c.stock_count, 0), **entry)


@dataclass(frozen=True)
class Cell:
    """The answer for one group and one way of contact.

    ``group``, ``channel``: keys of ``GROUPS`` and ``CHANNELS``. ``coverage``: share asked for: the promise's,
    or where no staff comes so far that part of the most that is reached. ``people``: mean number counted,
    with that staff. ``fte``: at central assumptions; infinite where no staff keeps the promise. ``low``,
    ``high``: 10th and 90th percentile over draws of the assumptions. ``never``: share of the draws in which
    no staff keeps it.
    """

    group: str
    channel: str
    coverage: float
    people: float
    fte: float
    low: float
    high: float
    never: float


def answers(
    scenario: Scenario,
    kept: Promise,
    *,
    groups: Sequence[str] = tuple(GROUPS),
    draws: int = DRAWS,
    start: float | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: engine.Progress | None = None,
) -> list[Cell]:
    """Return the answer for every group and every way of contact.

    ``scenario``, ``kept``: the scenario, and the promise: its contact, coverage, probability and day; whom it
    counts is the group's. ``groups``: which. ``draws``: draws of the assumptions; none gives the central
    answers alone. ``start``: number of posts to begin with; by default the scenario's own. ``seed``,
    ``workers``, ``progress``: as in :func:`kik_analysis.planning.staff.required_fte`.
    """
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    begin = float(scenario.at(FTE, kept.on)) if start is None else start  # type: ignore[arg-type]
    tell = counted(progress, len(groups) * len(CHANNELS) * (FUTURES + draws) * 7)
    places = spread(scenario, number, draws) if draws else []
    whole = posts(scenario, beyond=True)
    drawn = functools.cache(functools.partial(_posts, scenario, places))
    found = []
    asked = promises(scenario, kept, groups, seed=number, workers=workers, tell=tell)
    for group, channel in itertools.product(groups, CHANNELS):
        change = functools.partial(_changed, group, channel)
        some = functools.cache(lambda r, change=change: change(drawn(r)))
        how = (number, workers, tell)
        source = _Source(scenario, change(whole), some, places)
        found.append(_cell(group, channel, asked[group], source, begin, how))
        begin = found[-1].fte if np.isfinite(found[-1].fte) else begin
    return found


def promises(
    scenario: Scenario,
    kept: Promise,
    groups: Sequence[str] = tuple(GROUPS),
    *,
    seed: int | None = None,
    workers: int | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> dict[str, Promise]:
    """Return what is promised to each group.

    Taking part is voluntary, so for some groups no staff keeps a promise: to them as large a part is promised
    of the most that any staff reaches (with the promise's probability).

    ``scenario``, ``kept``, ``groups``, ``seed``, ``workers``: as in :func:`answers`. ``tell``: called with
    the number of runs done.
    """
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    own = max(1.0, float(scenario.at(FTE, kept.on)))  # type: ignore[arg-type]
    found = {group: kept.counting(GROUPS[group], after_backlog=group == AFTER) for group in groups}
    whole, most = posts(scenario, beyond=True), dict.fromkeys(groups, 0.0)
    for alone in (True, False):
        one = _changed(ALONE, "mix", whole) if alone else whole
        mine = [group for group in groups if (group == ALONE) == alone]
        runs = Futures(kept, functools.partial(_same, one), number, workers, tell)
        for times in AMPLE if mine else ():
            counts = runs.counts([(r, times * own) for r in range(FUTURES)])
            for group in mine:
                shares = found[group].shares(counts)
                sure = float(np.quantile(shares, 1 - kept.probability, method="inverted_cdf"))
                most[group] = max(most[group], sure)
    return {
        group: one if most[group] >= one.coverage else replace(one, coverage=one.coverage * most[group])
        for group, one in found.items()
    }


def _same(one: Posts, r: int) -> Posts:
    return one


def _posts(scenario: Scenario, places: Sequence[Mapping[str, float]], r: int) -> Posts:
    return posts(scenario, places[r], beyond=True)


def _changed(group: str, channel: str, one: Posts) -> Posts:
    c = only_spoken(one.compiled) if group == ALONE else one.compiled
    return one.changed(by(c, channel))


@dataclass(frozen=True)
class _Source:
    """What is run for a cell: the scenario at central values, and every draw."""

    scenario: Scenario
    one: Posts
    some: Callable[[int], Posts]
    places: Sequence[Mapping[str, float]]


def _cell(
    group: str,
    channel: str,
    kept: Promise,
    source: _Source,
    start: float,
    how: tuple[int, int | None, Callable[[int], None]],
) -> Cell:
    most = max(1.0, source.one.compiled.people / FEWEST)

    def needs(number: int, run: Callable[[int], Posts], places: Sequence[Mapping[str, float]]) -> Floats:
        begin = max(start, 1.0)
        name = store.key(source.scenario, kept, places, how[0], begin, f"{group}/{channel}/{number}")
        found = store.recall(name, number)
        if found is None:
            found = thresholds.each(Futures(kept, run, *how), number, kept.coverage, begin, most)
            store.keep(name, found)
        return found

    central = needs(FUTURES, lambda r: source.one, ())
    fte = float(np.quantile(central, kept.probability, method="inverted_cdf"))
    futures = Futures(kept, lambda r: source.one, *how)
    counts = futures.counts([(0, fte if np.isfinite(fte) else most)])
    people = float(reach.counted(counts, kept.of, kept.place).sum())
    low, high, never = fte, fte, float(np.isinf(central).mean())
    if source.places:
        drawn = needs(len(source.places), source.some, source.places)
        low, high = np.quantile(drawn, (QUANTILES[0], QUANTILES[2]), method="inverted_cdf").tolist()
        never = float(np.isinf(drawn).mean())
    return Cell(group, channel, kept.coverage, people, fte, low, high, never)


def break_even(
    scenario: Scenario,
    asked: Promise,
    group: str,
    fte: float,
    *,
    seed: int | None = None,
    workers: int | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> float | None:
    """Return the largest share of visits, the rest by telephone, with which a given staff keeps a promise.

    ``scenario``: the scenario. ``asked``: what is promised to the group (:func:`promises`). ``group``: a key
    of ``GROUPS``. ``fte``: the staff. ``seed``, ``workers``: as in
    :func:`kik_analysis.planning.staff.required_fte`. ``tell``: called with the number of runs done. Returns
    none where the staff does not keep it by telephone alone; 1 where visits alone are no problem.
    """
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    own = _changed(group, "mix", posts(scenario, beyond=True))

    @functools.cache
    def at(phone: float) -> Futures:
        one = own.changed(mixed(own.compiled, {"home": 1 - phone, "phone": phone}))
        return Futures(asked, lambda r: one, number, workers, tell)

    def evaluate(jobs: Sequence[tuple[int, float]]) -> Floats:
        return at(jobs[0][1])([(r, fte) for r, _ in jobs])  # a step of the search asks one share

    found = thresholds.by_rank(evaluate, FUTURES, asked.coverage, asked.probability, 0.0, 1.0, finest=_SHARE)
    return None if finite(found.fte) is None else 1 - found.fte


def given(
    scenario: Scenario,
    kept: Promise,
    fte: float,
    *,
    futures: int = FIRST,
    seed: int | None = None,
    workers: int | None = None,
    progress: engine.Progress | None = None,
) -> pl.DataFrame:
    """Say which promise a given staff can keep: the coverage, for all who may be counted and all that counts.

    ``scenario``: the scenario. ``kept``: a promise, for its probability, day and segment. ``fte``: the staff.
    ``futures``: how many are run. ``seed``, ``workers``, ``progress``: as in
    :func:`kik_analysis.planning.staff.required_fte`. Returns ``of``, ``contact``, ``people`` (mean number
    counted), ``coverage`` (reached with the promise's probability), ``mean`` (share reached on average).
    """
    import polars as pl

    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    one = posts(scenario, beyond=True)
    runs = Futures(kept, lambda r: one, number, workers, counted(progress, futures))
    counts = runs.counts([(r, fte) for r in range(futures)])
    rows = []
    for of, contact in itertools.product(reach.OF, reach.CONTACT):
        people = reach.counted(counts, of, kept.place)
        shares = reach.shares(people, contact)
        sure = float(np.quantile(shares, 1 - kept.probability, method="inverted_cdf"))
        mean = float(people.sum(axis=(1, 2)).mean())
        rows.append({"of": of, "contact": contact, "people": mean, "coverage": sure, "mean": shares.mean()})
    return pl.DataFrame(rows)
