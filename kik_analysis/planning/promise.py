"""A promise: whom it counts, what counts as contact, for which share, on which day, how surely.

A promise to the backlog is kept by temporary posts. These come on top of the scenario's own, in the time of
its dated extra staff (from the start where it has none by that day), and their hours go where
``policy.extra_for`` says. The number that the scenario itself holds for them plays no role: it is what is
asked.
"""

import datetime
import functools
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import engine, results, team
from kik_analysis.capacity.comparison import stops
from kik_analysis.capacity.compilation import Posts, posts
from kik_analysis.capacity.compiled import GROUP, Channel, Integers, State
from kik_analysis.capacity.measures import ALL, place
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.team import FTE
from kik_analysis.errors import InputError
from kik_analysis.evidence.display import require
from kik_analysis.parameters.changes import Change
from kik_analysis.parameters.hints import read_atom
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.yaml import Scalar
from kik_analysis.statistics.rounding import written

OFFERED, APPROACHED, BACKLOG = "offered", "approached", "backlog"
Group = Literal["all", "offered", "willing"]
"""Who is counted: the whole group; all less who is known to WIJ and who declined for good; who agreed once
and has not declined since."""
Contact = Literal["approached", "any", "spoken"]
"""What counts in the 52 weeks before the end of a week: each includes those after it."""
OF, CONTACT = get_args(Group), get_args(Contact)
FOR_GOOD, WAITING = "declined_for_good", "waiting_since_start"
GONE = "L055"  #: claim of the day by which the backlog is to be gone
LEAST = 1e-11  #: share of visits below what the engine tells from none
LATE = 72  #: futures that tell when the backlog is gone: of a few the latest is chance
PLACES = (*(State(number).name.lower() for number in GROUP), FOR_GOOD, WAITING)
"""Names of the places people are counted at (``engine.tallies``)."""
COVERAGE, PROBABILITY = "statistics.coverage", "statistics.probability"


def counted(counts: Integers, of: str, segment: int | None = None) -> Integers:
    """Return the people a promise counts, (runs, places, had) int.

    ``counts``: from :func:`kik_analysis.capacity.engine.tallies`. ``of``: one of ``OF``. ``segment``: number
    of a segment; None for the whole group.
    """
    group = counts[:, :, : PLACES.index(WAITING)]
    group = group.sum(axis=1) if segment is None else group[:, segment]
    if of == "willing":
        return np.asarray(group[:, :, 1])
    both = np.asarray(group.sum(axis=2))
    if of == "offered":
        both[:, [PLACES.index("known_to_wij"), PLACES.index(FOR_GOOD)]] = 0
    return both


def reached(people: Integers, contact: str) -> npt.NDArray[np.float64]:
    """Share of the people counted who have had a kind of contact, by run; 1 where nobody is counted."""
    total = people.sum(axis=(1, 2))
    had = people[:, :, 1 + CONTACT.index(contact) :].sum(axis=(1, 2))
    return np.asarray(np.divide(had, total, out=np.ones(len(total)), where=total > 0))


def without(people: Integers, contact: str) -> dict[str, float]:
    """Mean number of people who have not had it, by place; the most first."""
    lacking = people[:, :, : 1 + CONTACT.index(contact)].sum(axis=2).mean(axis=0)
    pairs = zip(PLACES, lacking.tolist(), strict=False)
    return dict(sorted(((name, n) for name, n in pairs if n > 0), key=lambda one: -one[1]))


def waiting(counts: Integers, segment: int | None = None) -> Integers:
    """People of the starting ``never_invited`` who still wait for a first approach, by run."""
    places = counts[:, :, PLACES.index(WAITING)].sum(axis=(2, 3))
    return np.asarray(places.sum(axis=1) if segment is None else places[:, segment])


@dataclass(frozen=True)
class Promise:
    """One promise about one scenario.

    ``of``: who counts below the line: ``all``, ``offered`` or ``willing``; ``backlog``: everybody who waited
    for a first approach at the start and is still in the group. ``contact``: what they must have had in the
    52 weeks before: ``approached``, ``any`` or ``spoken``; of the backlog, a first approach. ``coverage``:
    share of them for whom it must hold. ``probability``: with which it must be kept. ``on``: monday of the
    week at whose end it is judged. ``week``: number of that week in the run, from 0. ``segment``: name of a
    segment, or ``all``; ``place`` is its number. ``after_backlog``: whether nobody may still wait who waited
    at the start: else a promise to the people in contact is kept most cheaply by inviting nobody new.
    """

    of: str
    contact: str
    coverage: float
    probability: float
    on: datetime.date
    week: int
    segment: str = ALL
    place: int | None = None
    after_backlog: bool = False

    @property
    def backlog(self) -> bool:
        """Tell whether it is about the backlog of the start."""
        return self.of == BACKLOG

    def shares(self, counts: Integers, stock: int = 0) -> npt.NDArray[np.float64]:
        """Share of the people counted for whom it is kept, by run.

        ``counts``: from :func:`kik_analysis.capacity.engine.tallies`. ``stock``: people of the backlog at the
        start.
        """
        left = waiting(counts, self.place)
        if self.backlog:
            return np.asarray(1 - left / max(stock, 1), dtype=np.float64)
        found = reached(counted(counts, self.of, self.place), self.contact)
        return np.where(left > 0, 0.0, found) if self.after_backlog else found

    def sure(self, shares: npt.NDArray[np.float64]) -> float:
        """Return the share that is reached with the promise's probability."""
        return float(np.sort(shares)[-math.ceil(self.probability * len(shares) - 1e-9)])

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        told = {"of": self.of, "contact": self.contact, "coverage": self.coverage}
        return told | {"probability": self.probability, "on": self.on.isoformat(), "segment": self.segment}


def promise(
    scenario: Scenario,
    *,
    of: Group | None = None,
    contact: Contact | None = None,
    coverage: float | None = None,
    probability: float | None = None,
    on: datetime.date | None = None,
    segment: str = ALL,
    backlog: bool = False,
    by: datetime.date | None = None,
) -> Promise:
    """Return a promise about a scenario.

    ``scenario``: the scenario. ``of``, ``contact``: as in :class:`Promise`; by default ``offered`` and
    ``approached``. ``coverage``, ``probability``: by default those of the scenario (``statistics.coverage``,
    ``statistics.probability``). ``on``: any day of the week at whose end it is judged; by default the last
    week of the run. ``segment``: of whom. ``backlog``, ``by``: instead of these: everybody who waits at the
    start is approached by the end of that week. InputError with one line for everything that is wrong or
    contradicts itself.
    """
    require(isinstance(backlog, bool), backlog, "backlog", "True or False")
    wrong: list[str] = []
    start = scenario.start
    last = start + datetime.timedelta(weeks=int(scenario["run.weeks"]) - 1)  # type: ignore[arg-type]
    named, day = ("by", by) if backlog else ("on", on)
    if backlog:
        given = {"of": of, "contact": contact, "coverage": coverage, "on": on}
        contradicts = "contradicts backlog (all of the backlog, approached once, by a date)"
        wrong += [f"{name}: {contradicts}" for name, value in given.items() if value is not None]
        if by is None:
            wrong.append("backlog: by which day? (got no date; expected by)")
    elif by is not None:
        wrong.append("by: goes with backlog (got a date without it; expected on)")
    day = last if day is None else day
    if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
        raise InputError(f"promise: {named}: not a day (got {day!r}; expected a date, as datetime.date)")
    if not start <= day <= last + datetime.timedelta(days=6):
        wrong.append(f"{named}: outside the run (got {day}; expected {start} to {last})")
    segments = tuple(name for name, _ in scenario.value("people.segment_share").cells)
    who, what = OFFERED if of is None else of, APPROACHED if contact is None else contact
    known = {"of": (who, OF), "contact": (what, CONTACT), "segment": (segment, (ALL, *segments))}
    for name, (got, names) in known.items():
        if not isinstance(got, str) or got not in names:
            near = did_you_mean(str(got), names)
            wrong.append(f"{name}: unknown{near} (got {got}; expected {', '.join(names)})")
    problems, shares = Problems(), list[Any]()
    for name, path, own in (("coverage", COVERAGE, coverage), ("probability", PROBABILITY, probability)):
        value: Any = scenario[path] if own is None else own
        plain: Any = value if isinstance(value, Real) else str(value)  # a list is no number
        node = Scalar("promise", value=plain, text=str(value))
        shares.append(read_atom(scenario.entry(path), node, name, problems))
    if wrong or problems:
        raise InputError([*(f"promise: {line}" for line in wrong), *problems.lines])
    week = (day - start).days // 7
    monday, spot = start + datetime.timedelta(weeks=week), segments.index(segment) if segment != ALL else None
    asked: tuple[str, str, float] = (BACKLOG, APPROACHED, 1.0) if backlog else (who, what, shares[0])
    return Promise(*asked, shares[1], monday, week, segment, spot)


def visitable(one: Posts, scenario: Scenario) -> Posts:
    """Return posts whose yearly contact may be made by visits wherever no contact stop forbids them.

    Who only calls has so small a share of visits that the engine counts none, and that a mix can be made of.
    """
    c, channel, stopped = one.compiled, one.compiled.channel.copy(), stops(scenario)
    weeks = zip(c.mondays(), c.period.tolist(), strict=True)
    days = {(monday + datetime.timedelta(n), p) for monday, row in weeks for n, p in enumerate(row)}
    shut = {period for day, period in days if any(change.active(day) for change in stopped)}
    may = [number for number in range(len(channel)) if number not in shut]
    channel[may, 1, :, Channel.HOME] = np.maximum(channel[may, 1, :, Channel.HOME], LEAST)
    return one if (channel == c.channel).all() else one.changed(c.replace(channel=channel))


def _extra(scenario: Scenario) -> list[Change]:
    """Dated changes that add posts for a time; what they take away is no extra staff."""
    added = (change for change in scenario.changes if change.path == FTE and change.action == "add")
    return [one for one in added if one.until and float(one.value.at(one.start).central) >= 0]  # type: ignore[arg-type]


@functools.lru_cache(8)
def _beside(scenario: Scenario) -> tuple[tuple[Fraction, ...], ...]:
    """Posts by week beside extra staff: all; what is added to those of no dated change; those that end."""
    extra = _extra(scenario)
    own = [change for change in scenario.changes if change.path == FTE and change not in extra]
    ends, sets = [one for one in own if one.until], [one for one in own if one.action == "set"]
    each = posts(scenario).each

    def many(dropped: list[Change]) -> list[Fraction]:
        minutes = team.exact_minutes(Reader(scenario.without_changes(FTE, [*extra, *dropped])))
        return [a / b if b else Fraction(0) for a, b in zip(minutes, each, strict=True)]

    rows = zip(many([]), many(sets), many(own), many(ends), strict=True)
    return tuple((every, added - plain, every - lasting) for every, added, plain, lasting in rows)


def temporary(scenario: Scenario, one: Posts, by: datetime.date = datetime.date.max) -> Posts:
    """Return a scenario for every number of temporary posts, on top of those that count as ``without`` any.

    ``scenario``: the scenario, for its own posts and the time of its extra staff. ``one``: the same for every
    number of posts, at central values or where a draw puts them. ``by``: the day by which they are to do what
    they are for: where its own extra staff begins later they are there from the start.
    """
    end = max((change.until for change in _extra(scenario) if change.until), default=datetime.date.max)
    beside, mondays = _beside(scenario), one.compiled.mondays()
    beside += beside[-1:] * (len(one.each) - len(beside))  # a run that goes on, in weeks like the last one
    weeks = [  # minutes of one post, of its own extra staff, of everybody else, and of those who go again
        (each, added - each * others, each * every, each * ends)
        for added, each, (every, others, ends) in zip(one.without, one.each, beside, strict=True)
    ]
    # what its own extra staff adds tells how much of a week it is there
    number = max((extra / each for each, extra, *_ in weeks if each), default=Fraction(0))
    number *= any(extra > 0 for day, (_, extra, *_) in zip(mondays, weeks, strict=True) if day <= by)
    there = tuple(
        extra / number if number > 0 else each * (day < end)
        for day, (each, extra, *_) in zip(mondays, weeks, strict=True)
    )
    many, tied = written(scenario.central(FTE)), scenario["policy.extra_for"] == "never_invited"
    none, each = (tuple(a + (many + k) * (b - a) for a, b in zip(*one.places, strict=True)) for k in (0, 1))
    return replace(
        one,
        without=tuple(every for *_, every, _ in weeks),
        each=there,
        places=(none, each),
        tied=tuple((ends, more) for more, (*_, ends) in zip(there, weeks, strict=True)) if tied else (),
    )


def backlog_gone(
    scenario: Scenario,
    kept: Promise,
    *,
    futures: int = LATE,
    seed: int | None = None,
    workers: int | None = None,
) -> list[tuple[int, datetime.date | None, datetime.date | None]]:
    """Say when the backlog is gone with each number of temporary posts that the scenario holds possible.

    Where it has none of its own, as many as would double the team.

    ``scenario``: the scenario. ``kept``: of whom, and with which probability it is gone by the second date.
    ``futures``, ``seed``, ``workers``: how many are run, of what seed, over how many threads. Returns
    temporary posts, the Monday of the first week that ends without backlog in half of the futures, and in
    that share of them; None where that does not come in the run.
    """
    number = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    steps = (step for change in _extra(scenario) for _, steps in change.value.cells for step in steps)
    own = float(scenario[FTE])  # type: ignore[arg-type]
    most = max((float(step.amount.high) for step in steps), default=own)  # type: ignore[arg-type]
    one, found = temporary(scenario, posts(scenario), kept.on), []
    for extra in range(math.ceil(most) + 1):
        c = one.at(extra)
        cells = np.s_[: c.weeks, [place(c, name, kept.segment) for name in results.DATED]]
        values = engine.samples(c, cells, replications=futures, seed=number, workers=workers)
        weeks = results.moments(c, values)[results.MOMENTS[0]]
        half, sure = results.mondays_by(c, weeks, (0.5, kept.probability))
        found.append((extra, half, sure))
    return found
