"""The answer for whom and how: each group of people, each way to keep contact; and what a given staff can do.

"Is nine enough" has no single answer: it depends on to whom contact is promised and on how it is made. So it
is asked for every group (those already spoken to and nobody else; everybody who is in contact once the
backlog is gone; everybody who can be made an offer; everybody) and for yearly contact by visit, by telephone
and in the scenario's own mix.
"""

import functools
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from kik_analysis.capacity.compilation import Posts
from kik_analysis.capacity.compiled import Channel, Compiled
from kik_analysis.capacity.reader import spread
from kik_analysis.planning import search
from kik_analysis.planning.promise import CONTACT, OF, Promise, counted, reached
from kik_analysis.planning.search import FIRST, Floats
from kik_analysis.planning.staff import EACH, QUANTILES, Futures, Places, Question, finite

GROUPS: Mapping[str, str] = {
    "spoken": "willing",
    "in_contact": "willing",
    "offered": "offered",
    "everybody": "all",
}
"""Groups, and who is counted in each."""
ALONE, AFTER = "spoken", "in_contact"
"""The group for which there is nobody else, and the one for which nobody may wait any more."""
CHANNELS: Mapping[str, float | None] = {"visit": 1.0, "phone": 0.0, "mix": None}
"""Ways of yearly contact, and the share that is a visit, the rest by telephone; the mix is the scenario's."""
FUTURES, DRAWS = 8, 24  #: futures and draws of each answer here
_SHARE = 1 / 64  # a break-even share of visits is found to within this


Promised = Mapping[str, tuple[Promise, float]]
"""What is promised to each group, with the posts that reach the most or keep it."""
NUMBERS = ("coverage", "people", "fte", "low", "high", "never")
Cell = Mapping[str, Any]
"""The answer for one ``group`` and one way of contact (``channel``): :data:`NUMBERS` and ``visits``.

``coverage``: share asked for: the promise's, or where no staff comes so far that part of the most that is
reached. ``people``: mean number counted, with that staff. ``fte``: at central assumptions; infinite where no
staff keeps the promise. ``low``, ``high``: 10th and 90th percentile over draws of the assumptions. ``never``:
share of the draws in which no staff keeps it. ``visits``: of the group: see :func:`break_even`."""


def mixed(c: Compiled, phone: float, others: Sequence[Channel] = (Channel.HOME,)) -> Compiled:
    """Return a scenario in which a share of yearly contact is by telephone, wherever visits are made.

    ``others``: ways of the rest, in the proportions that they have. A time without visits stays as it is.
    """
    channel = c.channel.copy()
    follow_up = channel[:, 1]
    rest = follow_up * np.isin(np.arange(len(Channel)), others)
    rest = (1 - phone) * (rest / np.maximum(rest.sum(axis=-1, keepdims=True), 1e-12))
    rest[..., Channel.PHONE] = phone
    channel[:, 1] = np.where(follow_up[..., Channel.HOME, None] > 0, rest, follow_up)
    return c.replace(channel=channel)


def changed(one: Posts, group: str, visits: float | None = None) -> Posts:
    """Return a scenario's posts for a group (alone where nobody else is there) and a share of visits."""
    c = one.compiled
    if group == ALONE:  # those spoken to at the start, and who comes in with contact agreed
        agreed = c.entry_status[:, :, 2] * c.entry_segment  # period, segment
        total = agreed.sum(axis=1)[c.period[:, 0]]
        most = agreed[agreed.sum(axis=1).argmax()]
        comes: dict[str, Floats] = {}
        if most.any():
            status = np.broadcast_to([0.0, 0.0, 1.0], c.entry_status.shape).copy()
            comes = {"entry_segment": most / most.sum(), "entry_status": status}
        c = c.replace(
            inflow_mean=c.inflow_mean * total,
            inflow_fixed=np.floor(c.inflow_fixed * total + 0.5),
            stock_count=np.where(c.stock_contact == 1, c.stock_count, 0),
            **comes,
        )
    return one.changed(c if visits is None else mixed(c, 1 - visits))


def futures(asked: Question, group: str, visits: float | None = None) -> Futures:
    """Return futures of :func:`changed` posts, made once: groups share what was run."""
    key = (group == ALONE, visits)
    if key == (False, None):
        return asked.futures
    if key not in asked.made:
        asked.made[key] = Futures(asked, changed(asked.posts, group, visits))
    return asked.made[key]


def promises(asked: Question, groups: Sequence[str] = tuple(GROUPS)) -> Promised:
    """Return what is promised to each group.

    Taking part is voluntary, so for some groups no staff keeps a promise: to them as large a part is promised
    of the most that any staff reaches (with the promise's probability).

    ``asked``: the question; neither whom its promise counts nor the scenario's own posts play a role.
    ``groups``: which.
    """
    found, key = dict[str, tuple[Promise, float]](), asked.key()
    for group in groups:
        one = replace(asked.promise, of=GROUPS[group], after_backlog=group == AFTER)
        make = functools.partial(_most, futures(asked, group), one)
        most, best = search.known([group, *key], 2, make).tolist()
        # where nobody can have had it yet no staff keeps any part
        found[group] = replace(one, coverage=one.coverage * (most if 0 < most < one.coverage else 1.0)), best
    return found


def _most(runs: Futures, kept: Promise) -> Floats:
    """The most that any staff reaches, as in a promise's ceiling, and with how many; 1 where it is kept."""
    runs.asked.about += 18 * search.PILOT
    _, enough, best = search.neighbourhood(runs.kept(kept), kept.coverage, kept.probability, runs.most)
    shares = kept.shares(runs.some(best), runs.stock)
    return np.array([1.0 if math.isfinite(enough) else kept.sure(shares), best])


def answers(asked: Question, groups: Sequence[str] = tuple(GROUPS), draws: int = DRAWS) -> list[Cell]:
    """Return the answer for every group and every way of contact; shipped scenarios have theirs in the store.

    ``asked``: the question: contact, coverage, probability and day of its promise; whom it counts is the
    group's. ``groups``: which. ``draws``: draws of the assumptions; 0 gives the central answers alone.
    """
    keys = list(itertools.product(groups, CHANNELS))
    places = spread(asked.scenario, asked.seed, draws) if draws else []
    wide, promised, cells = len(NUMBERS) * len(keys), promises(asked, groups), list[Cell]()
    held = [(group, one.coverage, posts) for group, (one, posts) in promised.items()]
    found = search.known([held, *asked.key(places)], wide, lambda: _answers(asked, promised, places).ravel())

    def most_visits() -> Floats:  # not a number where there is no such share
        each = (break_even(asked, kept, group, asked.own) for group, (kept, _) in promised.items())
        return np.array([*each], dtype=np.float64)

    shares = search.known([held, asked.own, *asked.key()], len(held), most_visits)
    visits = dict(zip(groups, shares.tolist(), strict=True))
    for (group, channel), row in zip(keys, found.reshape(len(keys), -1).tolist(), strict=True):
        numbers, share, most = dict(zip(NUMBERS, row, strict=True)), CHANNELS[channel], visits[group]
        # the search may pass by a narrow peak with the own staff on it
        if share is not None and share <= most:
            numbers["fte"] = min(numbers["fte"], asked.own)
        cells.append({"group": group, "channel": channel, **numbers, "visits": finite(most)})
    return cells


def _answers(asked: Question, promised: Promised, places: Places) -> Floats:
    """The numbers of every cell."""
    draws, drawn, found = len(places), asked.drawn(places), list[tuple[float, ...]]()
    asked.about += len(promised) * len(CHANNELS) * (4 * FUTURES + draws * EACH)
    for group, share in itertools.product(promised, CHANNELS.values()):
        (kept, begin), runs = promised[group], futures(asked, group, share)
        sure, coverage = kept.probability, kept.coverage
        # what the question itself is about has the answer that it has alone
        same = share is None and group not in (ALONE, AFTER) and kept.of == asked.promise.of
        fte = asked.found.fte if same else math.inf
        if math.isinf(fte):
            needs = search.each(runs.kept(kept), FUTURES, coverage, max(begin, 1.0), runs.most, (sure,))
            fte = float(np.quantile(needs, sure, method="inverted_cdf"))
        counts = runs.counts([(0, fte if math.isfinite(fte) else runs.most)])
        people = float(counted(counts, kept.of, kept.place).sum())
        low, high, never = fte, fte, float(math.isinf(fte))
        if places:
            how = functools.partial(changed, group=group, visits=share)
            some = Futures(asked, functools.cache(lambda r, how=how: how(drawn(r)))).kept(kept)
            ends, begin = (QUANTILES[0], QUANTILES[2]), fte if math.isfinite(fte) else begin
            needs = search.each(some, draws, coverage, max(begin, 1.0), runs.most, ends)
            low, high = np.quantile(needs, ends, method="inverted_cdf").tolist()
            never = float(np.isinf(needs).mean())
        found.append((coverage, people, fte, low, high, never))
    return np.array(found)


def break_even(asked: Question, kept: Promise, group: str, fte: float) -> float | None:
    """Return the largest share of visits, the rest by telephone, with which a given staff keeps a promise.

    ``asked``: the question. ``kept``: what is promised to the group (:func:`promises`). ``group``: a key of
    ``GROUPS``. ``fte``: the staff. Returns none where the staff does not keep it by telephone alone; 1 where
    visits alone are no problem.
    """

    def keeps(some: Iterable[int], phone: float) -> Any:
        runs = futures(asked, group, 1 - phone)
        return runs.kept(kept)([(r, fte) for r in some]) >= kept.coverage

    found = search.by_rank(keeps, FUTURES, kept.probability, 0.0, 1.0, finest=_SHARE, interval=False)
    return None if math.isinf(found.fte) else 1 - found.fte


def given(asked: Question, fte: float) -> pl.DataFrame:
    """Say which promise a given staff can keep: the coverage, for all who may be counted and all that counts.

    ``asked``: the question, for the probability, day and segment of its promise. ``fte``: the staff. Returns
    ``of``, ``contact``, ``people`` (mean number counted), ``coverage`` (reached with the promise's
    probability), ``mean`` (share reached on average).
    """
    asked.about += FIRST
    counts, rows = asked.futures.counts([(r, fte) for r in range(FIRST)]), []
    for of, contact in itertools.product(OF, CONTACT):
        people = counted(counts, of, asked.promise.place)
        shares = reached(people, contact)
        row = {"of": of, "contact": contact, "people": float(people.sum(axis=(1, 2)).mean())}
        rows.append(row | {"coverage": asked.promise.sure(shares), "mean": float(shares.mean())})
    return pl.DataFrame(rows)
