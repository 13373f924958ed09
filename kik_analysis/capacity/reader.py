"""Values of a scenario as the compiler needs them: by date and segment, central or drawn from the range.

A range is a 5th and a 95th percentile with a central value between. A parameter moves along a split normal
distribution (Fechner 1897; Wallis 2014, "The two-piece normal, binormal, or double Gaussian distribution"):
below the centre with the lower half's spread, above it with the upper half's, on the scale of its unit's
family (``params/units.csv``): the logit for shares, the logarithm for times and odds, plain for the rest.
Where an end of the range has no logit or logarithm (a share of 0), the plain scale is used, cut off at what
is possible.
"""

from __future__ import annotations

import bisect
import copy
import datetime
import functools
import itertools
import math
import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from statistics import NormalDist
from typing import Any, TypeVar

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.evidence.reads import recording
from kik_analysis.parameters.catalogue import Atom, catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL, Amount, Value
from kik_analysis.statistics.rounding import written

Z95 = NormalDist().inv_cdf(0.95)
Made = TypeVar("Made")
_written = functools.lru_cache(maxsize=4096)(written)


def _split(ends: list[float], z: float) -> float:
    low, central, high = ends
    return central + z / Z95 * (high - central if z > 0 else central - low)


def moved(amount: Amount, z: float, family: str, minimum: Atom | None, maximum: Atom | None) -> float:
    """Return the value at ``z`` standard deviations: low, central and high at -1.645, 0 and 1.645.

    ``amount``: low, central and high, numbers. ``z``: place on the standard normal scale. ``family``: of the
    parameter's unit (``params/units.csv``); decides the scale. ``minimum``, ``maximum``: what is impossible
    outside.
    """
    low, central, high = (float(a) for a in amount.atoms)  # type: ignore[arg-type]
    if family == "beta" and low > 0 and high < 1:
        logit = [math.log(x / (1 - x)) for x in (low, central, high)]
        value = 1 / (1 + math.exp(-_split(logit, z)))
    elif family == "lognormal" and low > 0:
        value = math.exp(_split([math.log(x) for x in (low, central, high)], z))
    else:
        value = _split([low, central, high], z)
    floor = float(minimum) if isinstance(minimum, int | float) else -math.inf
    ceiling = float(maximum) if isinstance(maximum, int | float) else math.inf
    return min(max(value, floor), ceiling)


def used(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths with a range that a simulation reads: what others say cannot move its outcome."""
    from kik_analysis.capacity.compilation import compile_scenario

    with recording() as recorder:
        compile_scenario(scenario)
    paths = dict.fromkeys(read.name for read in recorder.leaves if read.kind == "parameter")
    return tuple(path for path in paths if not scenario.timeline(path).exact)


def parts(paths: Iterable[str]) -> Iterator[str]:
    """Yield what is drawn for some paths: each path, and every part of a composition by itself."""
    book = catalogue()
    for path in paths:
        composed = path in book and book[path].composition
        yield from [f"{path}.{part}" for part in book[path].keys] if composed else [path]


def spread(scenario: Scenario, seed: int, number: int) -> list[dict[str, float]]:
    """Return ``number`` draws that together cover every range evenly: a Latin hypercube.

    Each path's range is cut in ``number`` equally likely parts, each part is met once, in an order of the
    path's own (McKay, Beckman and Conover 1979). Each draw alone is distributed as in :func:`draw`; bands
    made of a few dozen are much smoother than those of independent draws.

    ``scenario``: the scenario. ``seed``, ``number``: the draws are a function of both: other draws for
    another number. Returns for every draw the places of the paths that a simulation reads (:func:`used`).
    """
    out: list[dict[str, float]] = [{} for _ in range(number)]
    place = NormalDist().inv_cdf
    for path in parts(used(scenario)):
        entropy = np.random.SeedSequence([*b"spread", seed, number, *path.encode()])
        words = entropy.generate_state(2 * number, np.uint64)
        order = np.argsort(words[:number], kind="stable").tolist()
        for one, part, word in zip(out, order, words[number:].tolist(), strict=True):
            one[path] = place((part + (word + 0.5) / 2**64) / number)
    return out


def draw(scenario: Scenario, seed: int, number: int) -> dict[str, float]:
    """Return one draw: for every uncertain path a number on the standard normal scale.

    Draw ``number`` of a seed is the same whatever other draws are made, and a path's number does not depend
    on which other paths are uncertain, so scenarios compare under common draws.
    """
    out = {}
    for path in parts(path for path in scenario.paths if not scenario.timeline(path).exact):
        words = np.random.SeedSequence([seed, number, *path.encode()]).generate_state(1, np.uint64)
        out[path] = NormalDist().inv_cdf((int(words[0]) + 0.5) / 2**64)
    return out


class Reader:
    """Reads one scenario, once, at its central values: ``mondays``: of every week.

    ``scenario``: the frozen scenario.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.draw: Mapping[str, float] = {}
        self._book = catalogue()
        self._timelines: dict[str, Value] = {}
        self._numbers: dict[tuple[str, datetime.date | None, str], float] = {}
        self._made: dict[Any, Any] = {}
        self.start = scenario.start
        weeks = range(int(self.number("run.weeks")))
        self.mondays = tuple(self.start + datetime.timedelta(days=7 * t) for t in weeks)

    def drawn(self, draw: Mapping[str, float]) -> Reader:
        """Return a reader that moves uncertain values to where a draw puts them; the rest is known already.

        ``draw``: by path a number on the standard normal scale: 0 is the central value, -1.645 the low end of
        the range and 1.645 the high end. Paths left out stay central.
        """
        if not draw:
            return self
        other, known = copy.copy(self), self._numbers.copy().items()
        other.draw, other._made = draw, {}
        other._numbers = {key: number for key, number in known if key[0] not in draw}
        return other

    def note(self) -> None:
        """Put on record again what this reader has looked up, for whoever is given what was made of it."""
        self.scenario.value("run.start")
        for path in tuple(self._timelines):
            self.scenario.timeline(path)

    def once(self, make: Callable[..., Made], *arguments: Hashable) -> Made:
        """Return ``make(self, *arguments)``, made once; nobody changes what is returned."""
        what = (make, *arguments)
        if what not in self._made:
            self._made[what] = make(self, *arguments)
        return self._made[what]  # type: ignore[no-any-return]

    def where(self, path: str, date: datetime.date | None = None, name: str = ALL) -> str:
        """Return where a parameter was set, for messages: ``FILE:LINE: path``; with a date, its change."""
        origins = [self.scenario.value(path).origin]
        if date is not None:
            steps = [s for s in self.timeline(path).steps(name) if s.start is not None and s.start <= date]
            origins += steps[-1].origins if steps else ()
        return f"{origins[-1].where}: {path}"

    def amount(self, path: str, date: datetime.date | None = None, name: str = ALL) -> Amount:
        """Return low, central and high on a date (default: the first day of the run)."""
        return self.timeline(path).at(date or self.start, name)

    def timeline(self, path: str) -> Value:
        """Return a parameter with its dated changes; read from the scenario once."""
        if path not in self._timelines:
            self._timelines[path] = self.scenario.timeline(path)
        return self._timelines[path]

    def atom(self, path: str, date: datetime.date | None = None, name: str = ALL) -> Atom:
        """Return the central value."""
        return self.amount(path, date, name).central

    def number(self, path: str, date: datetime.date | None = None, name: str = ALL) -> float:
        """Return a number: central, or where the draw puts it."""
        key = (path, date, name)
        if key not in self._numbers:
            self._numbers[key] = self.number_of(path, self.amount(path, date, name), self.draw.get(path))
        return self._numbers[key]

    def numbers(self, path: str, dates: Sequence[datetime.date], name: str = ALL) -> list[float]:
        """Return the number on each of some dates of the run, looked up once for each stretch of time."""
        steps = self.steps(path, name)
        known = [self.number(path, day, name) for day in (self.start, *steps)]
        return [known[bisect.bisect_right(steps, date)] for date in dates] if steps else known * len(dates)

    def number_of(self, path: str, amount: Amount, z: float | None) -> float:
        """Return the number that an amount of a parameter is: central, or at ``z`` of its range."""
        if z is not None and not amount.exact:
            entry = self._book[path]
            value = moved(amount, z, entry.family, entry.minimum, entry.maximum)
            return float(round(value)) if entry.type == "whole" else value
        return float(amount.central)  # type: ignore[arg-type]

    def shares(self, path: str, date: datetime.date, segment: str) -> tuple[float, ...]:
        """Return the parts of a composition on a date for a segment, scaled to add up to one.

        With a draw every part moves in its own range (``PATH.PART``).
        """
        found = [
            self.number_of(
                path, self.amount(path, date, f"{segment}.{part}"), self.draw.get(f"{path}.{part}")
            )
            for part in self._book[path].keys
        ]
        total = sum(found)
        return tuple(x / total if total else 0.0 for x in found)

    def exact(self, path: str, date: datetime.date | None = None, name: str = ALL) -> Fraction:
        """Return a number as an exact fraction of its shortest decimal notation."""
        return _written(self.number(path, date, name))

    def steps(self, path: str, name: str = ALL) -> list[datetime.date]:
        """Return the dates within the run on which a value changes."""
        end = self.mondays[-1] + datetime.timedelta(days=6)
        starts = [s.start for s in self.timeline(path).steps(name) if s.start is not None]
        return [d for d in starts if self.start < d <= end]

    def periods(self, paths: Iterable[str]) -> list[datetime.date]:
        """Return the first days of the stretches of the run in which none of some values changes."""
        changes = {d for path in paths for name in self.names(path) for d in self.steps(path, name)}
        return [self.start, *sorted(changes)]

    def names(self, path: str) -> tuple[str, ...]:
        """Return segments or named parts of a value; one empty name if there are none."""
        return tuple(name for name, _ in self.timeline(path).cells)


def refuse_unsupported(reader: Reader) -> None:
    """Refuse what cannot be run, or contradicts itself, all at once.

    ModelError one line per setting: file, line, parameter, what it is and what runs.
    """

    def dated(path: str) -> Iterator[tuple[str, datetime.date, Any, Any]]:
        """Yield each change within the run: who makes or ends it, day, value from then on and before."""
        own = reader.where(path)
        for name in reader.names(path):
            days = [reader.start, *reader.steps(path, name)]
            for both in itertools.pairwise(days):
                was, now = (reader.where(path, day, name) for day in both)
                before, after = (reader.atom(path, day, name) for day in both)
                yield now if now != own else was, both[1], after, before

    problems = []
    for path, wrong, what in (
        ("people.moved_in", operator.lt, "who came in by a change of the group cannot become fewer"),
        ("people.within_definition", operator.gt, "who is left out does not come back: use people.moved_in"),
        ("policy.wij_rule", lambda now, was: was != now == "not_invited", "an invitation made is not undone"),
    ):
        found = [one for one in dated(path) if wrong(one[2], one[3])]
        problems += [
            f"{where}: {what} (got {now} from {day} on, after {was})" for where, day, now, was in found[:1]
        ]
    fixed = reader.atom("team.organisation") == "fixed_contact_person"
    if fixed and (empty := [day for day in reader.mondays if not reader.number("team.fte", day)]):
        problems.append(
            f"{reader.where('team.organisation')}: a fixed contact person in a team of none "
            f"(got 0 fte on {empty[0]}; expected posts in every week)"
        )
    path = "policy.wij_rule"
    joint = [day for day in reader.periods([path]) if reader.atom(path, day) == "joint_with_consent"]
    if joint and not reader.number("contact.wij_consent_share"):
        problems.append(
            f"{reader.where(path, joint[0])}: jointly without anybody who consents "
            "(got contact.wij_consent_share 0; expected a share above 0)"
        )
    if problems:
        raise ModelError(problems)
