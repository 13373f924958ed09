"""The smallest number of posts with which a promise is kept: searched, not tabulated; or found before.

Under common random numbers a future that keeps its promise with some posts keeps it with more, so every
future has a threshold, and the smallest fte with which a share p of the futures keep it is the p-quantile of
these (``by_rank``). Only futures whose threshold may still lie on either side are run. Where that is not so,
the share of futures that keep it is made rising by isotonic regression (``by_fit``).

Needs of draws are shipped for the base and for every shipped scenario (:func:`known`). A need is a function
of the promise, the draws, the seed, the search and what the engine makes of the scenario. Its key is a digest
of the first three, of the code of the search (without comments), and of what the engine *does*: how many
people are where after a few runs. So nothing that was found under other assumptions, or by an engine that
counts otherwise, is ever taken for an answer, and what moves no run makes nothing stale.
``python -m kik_analysis.planning.search`` makes what is missing, in some minutes on two cores, with progress.
"""

import ast
import csv
import functools
import io
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence import reads
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest

Floats = npt.NDArray[np.float64]
Evaluate = Callable[[Sequence[tuple[int, float]]], Floats]
"""Pairs of a future and a number of posts, to the share of people for whom it is kept."""
Keeps = Callable[[Iterable[int], float], npt.NDArray[np.bool_]]
"""Some futures and a number of posts, to which of them keep the promise with it."""
CONFIDENCE = 0.95  #: of Monte Carlo intervals
FINEST, ENOUGH = 1 / 16, 0.25  #: fte: thresholds are found to within this; half an interval that suffices
PILOT, FIRST = 8, 36  #: futures with which the neighbourhood is sought, and the answer at first
_PARTS = 6  # of a neighbourhood, to see whether more posts ever keep less
_STEPS = 8  # parts in which it is cut for a fit
_CLOSER, _FALLS = 2, 2  # times that the best is looked at more closely; steps down that end a search
_HARDLY = 0.1  # power of more posts with which a share rises at least, where more posts help at all
_RISE, _LEAP, _BEYOND, _DOWN = 1.25, 4, 1.03, 0.75  # least and largest step up; beyond the line; step down
PLACE = ("staffing", "needs.csv")
COMMAND = "python -m kik_analysis.planning.search"
_LETTERS, _SUM = 20, 8  # of a digest: enough to tell all that was ever found apart; to notice damage
_found: dict[str, Floats] = {}  # what this process has found or taken from the file


@dataclass(frozen=True)
class Found:
    """The smallest fte found.

    ``fte``: keeps the promise in the share of futures asked for; infinite where none does. ``low``, ``high``:
    Its Monte Carlo interval. ``futures``: how many were used. ``monotone``: whether no future was seen to
    break with more posts a promise that it kept with fewer. ``typical``: keeps the promise in half of the
    futures. ``best``: reaches the largest share of people, in a few futures.
    """

    fte: float
    low: float
    high: float
    futures: int
    monotone: bool
    typical: float
    best: float = math.inf


def neighbourhood(
    evaluate: Evaluate, coverage: float, probability: float, most: float
) -> tuple[float, float, float]:
    """Find between which two numbers of posts the answer lies, with the pilot's futures.

    ``coverage``, ``probability``: of the promise. ``most``: posts beyond which there is no sense in looking.
    Returns too few posts; posts that may do, infinite where none do; and those that reach the largest share.
    """
    tried: dict[float, float] = {}

    def suffices(fte: float) -> bool:
        found = evaluate([(r, fte) for r in range(PILOT)])
        tried[fte] = float(found.mean())
        return bool((found >= coverage).mean() >= probability)

    grid = [1.0]
    while grid[-1] < most:
        grid.append(min(2 * grid[-1], most))
    for _ in range(_CLOSER + 1):
        for fte in grid:
            if suffices(fte):
                if fte == grid[0] and suffices(0.0):
                    return 0.0, 0.0, 0.0
                return max((one for one in tried if one < fte), default=0.0), fte, fte
            last = [tried[one] for one in sorted(tried) if one <= fte][-_FALLS - 1 :]
            if len(last) > _FALLS and (np.diff(last) < 0).all():  # more posts reach fewer people
                break
        # kept nowhere: more posts may reach fewer people, so look closely around the best
        asked = sorted(tried)
        best = max(asked, key=lambda fte: (tried[fte], -fte))
        k = asked.index(best)
        ends = asked[max(0, k - 1) : k + 2]
        grid = sorted(a + (b - a) * part for a, b in itertools.pairwise(ends) for part in (1 / 3, 2 / 3))
    best = max(tried, key=lambda fte: (tried[fte], -fte))
    return max((one for one in tried if one < best), default=0.0), math.inf, best


def smallest(evaluate: Evaluate, coverage: float, probability: float, most: float, at_most: int) -> Found:
    """Find the smallest number of posts with which a promise is kept, and its Monte Carlo interval.

    Parameters are those of :func:`neighbourhood`, and ``at_most``: futures to run.
    """

    def keeps(some: Iterable[int], fte: float) -> Any:
        return evaluate([(r, fte) for r in some]) >= coverage

    low, high, best = neighbourhood(evaluate, coverage, probability, most)
    asked, number = PILOT, min(FIRST, at_most)
    while math.isinf(high):  # too few of the pilot's keep it: more tell whether too few of all do
        if asked >= at_most or keeps(range(asked), best).sum() <= ranks(asked, probability)[0]:
            return Found(math.inf, math.inf, math.inf, asked, True, math.inf, best)
        asked = number = min(max(FIRST, 2 * asked), at_most)
        high = by_rank(keeps, asked, probability, best, best, math.inf, False, most).fte
        low = high / 2
    high = max(high, FINEST)  # where the pilot's futures need nobody, others may
    grid = np.linspace(low, high, _PARTS + 1)
    jobs = [(r, float(fte)) for fte in grid for r in range(PILOT)]
    kept = (evaluate(jobs) >= coverage).reshape(len(grid), PILOT).astype(float)
    steady = bool((np.diff(kept, axis=0) >= 0).all())
    share = kept.mean(axis=1)
    few, some = np.flatnonzero(share < probability / 2), np.flatnonzero(share < 1)
    under = float(grid[min(max(few, default=0), _PARTS - 1)])
    over = float(grid[min(max(some, default=_PARTS) + 1, _PARTS)])  # from here on all keep it
    while True:
        if steady:
            found = by_rank(keeps, number, probability, low, high, most=most)
            if math.isfinite(found.fte):  # short waves go unnoticed by the pilot: so every future tries it
                steady = bool(keeps(range(number), found.fte).mean() >= probability)
        if not steady:  # a future broke with more posts what it kept with fewer
            found = by_fit(keeps, number, probability, under, over, most)
        wide = found.high - found.low if math.isfinite(found.high) else math.inf
        if number == at_most or wide / 2 <= ENOUGH or math.isinf(found.low):
            return replace(found, best=best)
        number = min(2 * number, at_most)


def ranks(futures: int, probability: float) -> tuple[int, int, int]:
    """Places (from 0) of the p-quantile among sorted thresholds, and of its interval (order statistics)."""
    from scipy import special

    tail = (1 - CONFIDENCE) / 2
    chances = special.bdtr(np.arange(futures + 1), futures, probability)
    first, last = (int(k) for k in np.searchsorted(chances, (tail, 1 - tail)))
    return max(0, first - 1), math.ceil(probability * futures - 1e-9) - 1, min(futures - 1, last)


def by_rank(
    keeps: Keeps,
    futures: int,
    probability: float,
    low: float,
    high: float,
    finest: float = FINEST,
    interval: bool = True,
    most: float = 0.0,
) -> Found:
    """Find the p-quantile of the futures' thresholds, and its interval, by bisection.

    ``keeps``: tells which futures keep the promise. ``futures``: how many. ``probability``: p. ``low``,
    ``high``: between which it lies as far as a few futures tell; where all of them tell otherwise the search
    goes on, down to none and up to ``most``. ``finest``: within which it is found. ``interval``: whether its
    interval is found as closely.
    """
    under, over = np.full(futures, -math.inf), np.full(futures, math.inf)

    def ask(fte: float) -> None:
        open_ = np.flatnonzero((under < fte) & (over > fte))
        if not len(open_):
            return
        kept = keeps(open_.tolist(), fte)
        over[open_[kept]], under[open_[~kept]] = fte, fte

    ask(low)
    ask(high)
    wanted = (*ranks(futures, probability), ranks(futures, 0.5)[1])
    closely = wanted if interval else wanted[1:2]
    while low > 0 and np.sort(over)[min(closely)] <= low:
        low = low / 2 if low > 1 else 0.0
        ask(low)
    while high < most and math.isinf(np.sort(over)[max(closely)]):
        high = min(2 * high, most)
        ask(high)
    while True:
        below, above = np.sort(under), np.sort(over)
        wide = [(above[k] - below[k], k) for k in closely if math.isfinite(above[k] - below[k])]
        width, k = max(wide, default=(0.0, 0))
        if width <= finest:
            break
        ask(float(below[k] + above[k]) / 2)
    least, middle, largest, typical = (float(np.sort(over)[k]) for k in wanted)
    return Found(middle, least, largest, futures, True, typical)


def by_fit(keeps: Keeps, futures: int, probability: float, low: float, high: float, most: float) -> Found:
    """Find where a rising fit of the share of futures that keep it passes p, and its interval.

    Where it passes p, the shares at the ends of the interval (those of :func:`ranks`) or a half, the middle
    of the step is tried too, until it is fine enough. Parameters are those of :func:`by_rank`.
    """
    first, _, last = ranks(futures, probability)
    asked = probability, (first + 1) / futures, (last + 1) / futures, 0.5
    new, shares = set(np.linspace(low, high, _STEPS + 1).tolist()), dict[float, float]()
    while new:
        for fte in sorted(new):
            shares[fte] = float(keeps(range(futures), fte).mean())
        grid = np.array(sorted(shares))
        kept = np.array([shares[fte] for fte in grid.tolist()])
        fte, least, largest, typical = found = [passes(grid, kept, part) for part in asked]
        new = {(a + b) / 2 for a, b in itertools.pairwise(grid.tolist()) if b in found and b - a > FINEST}
        few, many = float(grid[0]), float(grid[-1])
        if least == few > 0:
            new.add(max(0.0, few - (high - few) / 2))
        if many < most and (math.isinf(fte) or (math.isinf(largest) and kept.argmax() + 1 == len(kept))):
            new.add(min(many + (many - low) / 2, most))
    return Found(fte, max(few, least - FINEST), largest, futures, False, typical)


def passes(grid: Floats, kept: Floats, probability: float) -> float:
    """First number of posts at which an isotonic fit, weighed by distance, reaches p; infinite if never."""
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(kept, weights=np.gradient(grid)).x
    enough = np.flatnonzero(fitted >= probability - 1e-12)
    return float(grid[enough[0]]) if len(enough) else math.inf


def each(
    evaluate: Evaluate,
    futures: int,
    coverage: float,
    start: float | Floats,
    most: float,
    quantiles: Sequence[float] = (),
) -> Floats:
    """Return the threshold of every future, for futures that differ much (each its own parameters).

    Below its threshold the share of a future is about in proportion to its posts, so where it would pass the
    coverage is read off the straight line between the two nearest tries, and the two sides are closed in
    from there; where the share does not follow the line the bracket is halved.

    ``evaluate``, ``coverage``: as in :func:`neighbourhood`. ``futures``: how many. ``start``: where to
    begin. ``most``: beyond which a future counts as one that no staff keeps: infinite. So does one that
    reaches hardly more people with more posts, and again hardly more with more than those. ``quantiles``:
    only these are asked, and which futures are infinite: a future that is certain to lie on one side of each
    is left where it is, which moves none of them.
    """
    places = [max(0, math.ceil(one * futures - 1e-9) - 1) for one in quantiles]
    under, over = np.zeros(futures), np.full(futures, math.inf)
    few, many, flat, same = np.zeros(futures), np.ones(futures), np.zeros(futures), np.zeros(futures)
    ask = _on_grid(np.broadcast_to(start, futures))
    while True:
        fine = np.where(np.isfinite(over), np.maximum(4 * FINEST, over / 48), 0)
        never = np.isinf(over) & ((under >= most) | (flat >= _FALLS))
        doubt = over - under > fine
        if quantiles:
            least, largest = np.sort(under)[places], np.sort(over)[places]
            near = (over[:, None] > least) & (under[:, None] < largest)
            doubt &= near.any(axis=1) | np.isinf(over)
        open_ = np.flatnonzero(doubt & ~never)
        if not len(open_):
            return over
        fte = ask[open_]
        shares = evaluate(list(zip(open_.tolist(), fte.tolist(), strict=True)))
        kept = shares >= coverage
        hardly = shares < few[open_] * (fte / np.maximum(under[open_], FINEST)) ** _HARDLY
        flat[open_] = np.where(hardly & ~kept, flat[open_] + 1, 0)
        same[open_] = np.where(kept, np.maximum(same[open_], 0) + 1, np.minimum(same[open_], 0) - 1)
        over[open_[kept]], many[open_[kept]] = fte[kept], shares[kept]
        under[open_[~kept]], few[open_[~kept]] = fte[~kept], shares[~kept]
        up = under * np.clip(_BEYOND * coverage / np.maximum(few, 1e-9), _RISE + flat / 4, _LEAP)
        found, width = np.isfinite(over), np.where(np.isfinite(over), over, 1) - under
        line = width * (coverage - few) / np.maximum(many - few, 1e-9)
        through = np.where(few > 0, under * (coverage / np.maximum(few, 1e-9) - 1), width)
        inside = np.where(np.abs(same) > 1, width / 2, np.minimum(line, through))
        inside = np.where(under > 0, inside, _DOWN * width)
        closest = np.minimum(fine, width / 2)
        ask = _on_grid(
            np.where(found, under + np.clip(inside, closest, width - closest), np.minimum(up, most))
        )


def _on_grid(posts: Any) -> Any:
    """Round numbers of posts to what thresholds are found to within; at least one step of it."""
    return np.maximum(np.round(np.asarray(posts) / FINEST), 1) * FINEST


class _Plain(ast.NodeTransformer):
    """Leaves out what does nothing by itself: imports and words."""

    def visit(self, node: ast.AST) -> Any:
        words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return None if words or isinstance(node, ast.Import | ast.ImportFrom) else self.generic_visit(node)


def _syntax(node: object) -> str:
    """Return syntax in words, without what is empty: that is written otherwise by each version of Python."""
    if isinstance(node, list):
        return f"[{', '.join(map(_syntax, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    said = (f"{name}={_syntax(part)}" for name, part in ast.iter_fields(node) if part not in (None, []))
    return f"{type(node).__name__}({', '.join(said)})"


@functools.cache
def code(*modules: str) -> str:
    """Digest of what modules of this room do: their syntax without imports, layout, comments and docstrings.

    It plays no part which of ``modules`` a thing stands in, nor in which order.
    """
    texts = ((Path(__file__).parent / name).read_text(encoding="utf-8") for name in modules)
    parts = (part for text in texts for part in _Plain().visit(ast.parse(text)).body)
    return digest(sorted({_syntax(part) for part in parts}))


def known(what: Sequence[object], number: int, make: Callable[[], Floats]) -> Floats:
    """Return numbers from the shipped file where it has them; else make them.

    ``what``: everything that they depend on but the way they are searched. ``number``: how many there are.
    """
    name = digest([code("search.py", "groups.py"), *what])[:_LETTERS]
    found = _found.get(name, _shipped().get(name))
    _found[name] = make() if found is None or len(found) != number else found
    return _found[name]


def _shipped() -> dict[str, Floats]:
    path = project.data(*PLACE)
    return _numbers(reads.read_text(path), project.relative(path)) if path.is_file() else {}


@functools.lru_cache(1)
def _numbers(text: str, shown: str) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        if row.get("check") != _check(row.get("key"), row.get("numbers")):
            where = f"{shown}:{line}"
            raise DataError(f"{where}: damaged (delete it, then make it again with {COMMAND})")
        found[row["key"]] = np.array([float(one) for one in row["numbers"].split()])
    return found


def _check(key: object, numbers: object) -> str:
    """What tells that a row is as it was written: a number changed by hand or cut off is no answer."""
    return digest([key, numbers])[:_SUM]


def main() -> None:
    """Write what `kik fte` and the notebooks ask about shipped scenarios to ``data/staffing/needs.csv``.

    What the file holds already is not made again; what nothing asks any more goes.
    """
    from kik_analysis.facts.claims import claims
    from kik_analysis.facts.precision import period
    from kik_analysis.parameters.files import shipped
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.planning import answer, groups, staff
    from kik_analysis.planning.promise import CONTACT, GONE

    began, base, files = time.monotonic(), load_scenario(), shipped().values()
    for done, scenario in enumerate(map(load_scenario, files), 1):
        asked = staff.Question(scenario)
        found = [staff.over_draws(asked, staff.central(asked))]
        groups.answers(asked, draws=0)
        if scenario.name == base.name:  # what the notebooks ask beside that
            ask = functools.partial(staff.required_fte, base, draws=staff.DRAWS)
            less, day = float(base[answer.SMALLER]), period(claims()[GONE].as_of).first  # type: ignore[arg-type]
            after = staff.Question(base, groups.promises(asked)[groups.AFTER][0])
            found.append(staff.answered(after, staff.DRAWS))
            found += [ask(coverage=less), ask(backlog=True, by=day)]
            found += [staff.required_fte(base, contact=one) for one in CONTACT[1:]]
            groups.answers(asked)
        [layer.needs for one in found for layer in one.layers.values()]  # searched when asked for
        told = f"{time.monotonic() - began:5.0f} s  {done} of {len(files)}: {scenario.name}"
        print(told, file=sys.stderr, flush=True)
        _write(_shipped() | _found)
    _write(_found)


def _write(rows: Mapping[str, Floats]) -> None:
    lines = ["key,numbers,check\n"]
    for key in sorted(rows):
        numbers = " ".join(map(repr, rows[key].tolist()))
        lines.append(f"{key},{numbers},{_check(key, numbers)}\n")
    storage.write_file(project.data(*PLACE), "".join(lines).encode())


if __name__ == "__main__":
    from kik_analysis.planning import search

    search.main()
