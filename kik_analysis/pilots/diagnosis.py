"""Diagnosis of a design: what its answer would be worth, and what it costs, over many imagined pilots.

Diagnosands of Blair, Coppock and Humphreys (2023), each with its Monte Carlo error and, where one exists, the
exact value beside it. A batch of draws has its own seed, made of the design's hash and its place: the same
numbers for any number of workers.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from kik_analysis.capacity import pilot_hours
from kik_analysis.errors import ParameterError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.reads import note
from kik_analysis.pilots.assignment import DRAWN, Counts, offered, persons
from kik_analysis.pilots.design import ALL, SEEN, Design, estimands
from kik_analysis.pilots.document import CONTROL
from kik_analysis.pilots.estimators import Own, answer
from kik_analysis.pilots.exact import costs, exact_values
from kik_analysis.reading.problems import shown
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.tests import TIE

if TYPE_CHECKING:
    import polars as pl

DRAWS, BATCH, NUMBERS = 10_000, 1_000, 200_000
"""Usual number of draws; draws in one batch; numbers that a batch may hold at once."""
DIAGNOSANDS = (
    *("bias", "rmse", "power", "coverage", "interval_width", "type_s", "type_m"),
    *("hours", "contacted", "reached", "failed_fits"),
)
Progress = Callable[[int, int], None]
COLUMNS = ("estimand", "diagnosand", "value", "mc_error", "exact", "z")


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a design would tell, and cost.

    ``design``, ``draws``, ``seed``: what was diagnosed, over how many imagined pilots. ``table``: one row per
    estimand and diagnosand: ``value``, its Monte Carlo error, the exact value (null where there is none) and
    ``z``, their difference in errors. Cost and failed fits stand under ``all``. ``backlog_weeks``: weeks of
    first contacts that the hours would otherwise have gone to; null where the team has none.
    """

    design: Design
    draws: int
    seed: int
    table: pl.DataFrame
    backlog_weeks: float | None

    def value(self, diagnosand: str, estimand: str | None = None) -> float | None:
        """Return one value; of the first estimand where none is named."""
        rows = self.table.filter(self.table["diagnosand"] == diagnosand)
        if estimand is not None:
            rows = rows.filter(rows["estimand"] == estimand)
        if not rows.height:
            raise ParameterError(f"no {diagnosand} for {estimand or 'any estimand'} in this diagnosis")
        return None if rows["value"][0] is None else float(rows["value"][0])


Sums = dict[str, arg.Floats]
"""What is added up over draws: by name an array, one place per estimand (or per cost)."""


def truth(design: Design) -> arg.Floats:
    """Return what the design asks after, in the population that the frame is drawn from: one per estimand."""
    kind, w = design.document.inquiry.estimand, design.weights
    if design.kind == "two_stage":
        new = next(name for name in design.arms if name != CONTROL)
        repeat, firm = (float(design.rates[one] @ w) for one in design.document.data.assignment.second)
        p1, p0 = (float(offered(design, one) @ w) for one in (new, CONTROL))
        return np.array([p1 - p0, firm - repeat, p1 + (1 - p1) * firm - p0 - (1 - p0) * repeat])
    full = kind == "cace" or bool(design.seen)
    rate = {arm: (design.rates[arm] if full else offered(design, arm)) @ w for arm in design.arms}
    rate.setdefault(CONTROL, design.rates[CONTROL] @ w)
    if design.document.answer.estimator in ("mean", "change"):
        base = 0.0 if kind == "share" else rate[CONTROL]
        return np.array([rate[arm] - base for arm in design.contrasts])
    return np.array([sum(by * rate[arm] for arm, by in one.items()) for one in design.contrasts.values()])


def in_the_frame(design: Design) -> bool:
    """Tell whether the estimand is the mean difference among the very people of the frame."""
    plain = design.document.answer.estimator != "cace" and not design.seen
    return plain and design.kind in ("complete", "blocked", "rerandomised")


def _frame(design: Design, counts: Counts, rng: np.random.Generator) -> arg.Floats:
    """Return the true mean difference in each drawn frame, given the counts that were seen.

    One number per person decides the outcome under every arm (there where it lies below the arm's rate), so
    that the difference is the share of people whose number lies between two rates.
    """
    n, x = np.broadcast_to(counts.n, counts.x.shape).astype(np.int64), counts.x.astype(np.int64)
    found, sizes = np.zeros((len(x), len(design.contrasts))), np.array(list(design.blocks.values()))
    outside = np.maximum(
        sizes - counts.summed(counts.block, of=n.astype(np.float64)).astype(np.int64), 0
    )  # lost, or in no arm
    for k, name in enumerate(design.contrasts):
        one, base = offered(design, name), offered(design, CONTROL)
        low, gap, sign = np.minimum(one, base), np.abs(one - base), np.sign(one - base)
        for c, (arm, b) in enumerate(zip(counts.arm, counts.block, strict=True)):
            p = offered(design, arm)[b]
            below = min(max(p - low[b], 0.0), gap[b])
            parts = ((x[:, c], below, p), (n[:, c] - x[:, c], gap[b] - below, 1.0 - p))
            for people, part, whole in parts:
                found[:, k] += sign[b] * rng.binomial(people, min(1.0, part / whole) if whole else 0.0)
        for b in range(len(sizes)):
            found[:, k] += sign[b] * rng.binomial(outside[:, b], gap[b])
    return found / design.people


def _holm(p: arg.Floats) -> arg.Floats:
    """Return p adjusted along the last axis (Holm 1979), for all draws at once."""
    order = np.argsort(p, axis=1, kind="stable")
    rising = np.take_along_axis(p, order, axis=1) * np.arange(p.shape[1], 0, -1)
    found = np.empty_like(p)
    np.put_along_axis(found, order, np.minimum(np.maximum.accumulate(rising, axis=1), 1.0), axis=1)
    return found


def outcomes(design: Design) -> Iterator[tuple[str, Design]]:
    """Yield the design for its primary outcome (under an empty name), then for each secondary one."""
    yield "", design
    arms = [name for name in design.rates if name != CONTROL]
    for name in design.document.inquiry.secondary:
        base, effect = (design.number(f"inquiry.secondary.{name}.{one}") for one in ("base_rate", "effect"))
        rates = {CONTROL: np.full_like(design.weights, base)}
        rates |= {arm: np.full_like(design.weights, base + effect) for arm in arms}
        yield name, dataclasses.replace(design, rates=rates)


def _batch(design: Design, draws: int, words: Sequence[int], level: str, own: Own | None) -> Sums:
    """Draw some pilots and add up what became of them; the seed is words of whole numbers."""
    results, truths, cost = [], [], dict[str, arg.Floats]()
    for place, (_, one) in enumerate(outcomes(design)):
        first, second = (np.random.default_rng([*words, place, part]) for part in range(2))
        if level == "persons":
            counts, true = persons(one, first, draws)
        else:
            counts = DRAWN[one.kind](one, first, draws)
            true = _frame(one, counts, second) if in_the_frame(one) else np.tile(truth(one), (draws, 1))
        results.append(answer(one, counts, second, own))
        truths.append(true)
        if not place:
            cost = _cost(one, counts, draws)
    if len(results) > 2:
        rest = [one["p"] for one in results[1:]]
        adjusted = _holm(np.concatenate(rest, axis=1))
        for found, p in zip(results[1:], np.split(adjusted, len(rest), axis=1), strict=True):
            found["p"] = p
    whole = {name: np.concatenate([one[name] for one in results], axis=1) for name in results[0]}
    return _added(whole, np.concatenate(truths, axis=1), design.alpha) | cost


def _added(found: Sums, true: arg.Floats, alpha: float) -> Sums:
    estimate, low, high = found["estimate"], found["low"], found["high"]
    failed = ~np.isfinite(low) | ~np.isfinite(high) | np.isnan(estimate)
    error, width = (np.where(failed, 0.0, one) for one in (estimate - true, high - low))
    significant = ~failed & (found["p"] <= alpha * (1.0 + TIE))
    size = np.where(significant, np.abs(estimate), 0.0)
    inside = ~failed & (low <= true + TIE) & (true <= high + TIE)
    wrong = significant & (np.sign(estimate) != np.sign(true.mean(axis=0)))
    parts = {"draws": ~failed, "failed": failed, "power": significant, "coverage": inside, "type_s": wrong}
    parts |= {"bias": error, "error2": error**2, "error4": error**4}
    parts |= {"interval_width": width, "width2": width**2, "type_m": size, "size2": size**2}
    return {name: np.asarray(one, dtype=np.float64).sum(axis=0) for name, one in parts.items()}


def _cost(design: Design, counts: Counts, draws: int) -> dict[str, arg.Floats]:
    """Return hours, people contacted and people reached, summed and their squares summed."""
    each, reached = effort(design)
    # before and after, the pilot is the last period; clusters that cross over work in every one
    first = (counts.period == counts.period.max()) | (design.kind == "stepped_wedge")
    people = np.array([each[one] for one in counts.arm]) * first
    talks = np.array([reached[one] for one in counts.arm]) * first
    spoken = spoken_to(design, counts)
    asked = np.array([each[one] > 0.0 and ">" not in one for one in counts.arm]) & first
    kept = np.array([1.0 / max(1e-9, 1.0 - design.attrition[one.partition(">")[0]]) for one in counts.arm])
    n = np.broadcast_to(counts.n, counts.x.shape)
    worked = ((people > 0.0) | (talks > 0.0) | (not design.document.data.effort)).astype(np.float64)
    parts = ((n * kept) @ people + spoken @ talks, (n * kept) @ asked.astype(np.float64), spoken @ worked)
    rows = np.stack(parts, axis=1)
    return {"cost": rows.sum(axis=0), "cost2": (rows**2).sum(axis=0)}


def spoken_to(design: Design, counts: Counts) -> arg.Floats:
    """Return people spoken to per cell: whose outcome is seen, or who were reached where that is asked."""
    if counts.seen is not None:
        return counts.seen
    if design.document.inquiry.outcome == "reached":
        return counts.x
    share = np.array([design.uptake[one.partition(">")[0]] for one in counts.arm])
    return np.broadcast_to(counts.n * share, counts.x.shape)


def effort(design: Design) -> tuple[dict[str, float], dict[str, float]]:
    """Return hours per person drawn for an arm (or sent a second letter), and per person reached there."""
    given, second = design.document.data.effort, design.document.data.assignment.second
    names = [*design.arms, CONTROL, *(f"{arm}>{one}" for arm in design.arms for one in second)]
    found: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for name in names:
        key = next((one for one in (name, name.rpartition(">")[2], ALL) if one in given), None)
        for part, hours in zip(("each", "reached"), found, strict=True):
            tasks = getattr(given[key], part) if key else {}
            numbers = {task: design.number(f"data.effort.{key}.{part}.{task}") for task in tasks}
            hours[name] = pilot_hours.hours(design.scenario, numbers, design.level)
    return found


def _mean(total: float, squares: float, n: float) -> tuple[float, float]:
    """Return the mean of ``n`` values and its standard error."""
    mean = total / n
    return mean, (max(0.0, squares / n - mean**2) / n) ** 0.5


def _share(hits: float, n: float) -> tuple[float, float]:
    """Return a share and its standard error, which is never 0: one more on either side for it."""
    smoothed = (hits + 1.0) / (n + 2.0)
    return hits / n, (smoothed * (1.0 - smoothed) / n) ** 0.5


def _values(design: Design, sums: Sums, effect: float) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield every diagnosand of one estimand with its value and Monte Carlo error."""
    s = {name: float(one) for name, one in sums.items()}
    n, hits, bounds = s["draws"], s["power"], design.document.answer.interval in SEEN
    tested = bounds or design.document.answer.test != "none"
    if not n:
        return
    if not bounds:
        yield "bias", _mean(s["bias"], s["error2"], n)
        square, error = _mean(s["error2"], s["error4"], n)
        yield "rmse", (square**0.5, error / (2.0 * square**0.5) if square else 0.0)
    if tested:
        yield "power", _share(hits, n)
    yield "coverage", _share(s["coverage"], n)
    yield "interval_width", _mean(s["interval_width"], s["width2"], n)
    if tested and not bounds and hits and effect:
        yield "type_s", _share(s["type_s"], hits)
        size, error = _mean(s["type_m"], s["size2"], hits)
        yield "type_m", (size / effect, error / effect)


def _rows(design: Design, sums: Sums, draws: int) -> Iterator[tuple[str, str, float, float]]:
    labels, effects = [], []
    for name, one in outcomes(design):
        labels += [f"{name}: {label}" if name else label for label, _ in estimands(one)]
        effects += [abs(float(effect)) for effect in truth(one)]
    costs = {name: sums.pop(name) for name in ("cost", "cost2")}
    for k, (label, effect) in enumerate(zip(labels, effects, strict=True)):
        for name, found in _values(design, {key: one[k] for key, one in sums.items()}, effect):
            yield label, name, *found
    for k, name in enumerate(("hours", "contacted", "reached")):
        yield ALL, name, *_mean(float(costs["cost"][k]), float(costs["cost2"][k]), draws)
    failed = float(sums["failed"].mean())
    yield ALL, "failed_fits", failed / draws, _share(failed, draws)[1] if failed else 0.0


def _whole(name: str, value: object, least: int, most: int = 10**8) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ParameterError(f"{name} is {shown(value)} (expected a whole number from {least} to {most})")
    return value


def diagnose(
    design: Design,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    workers: int | None = None,
    level: Literal["counts", "persons"] = "counts",
    estimator: Own | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Imagine a pilot many times and add up what became of it.

    ``design``: from ``kik.load_design``; its numbers at their central values, or ``design.at("low")``.
    ``draws``, ``seed``: how many pilots, and the seed of chance. ``workers``: threads, by default as many as
    there are processors; the numbers do not depend on it. ``level``: ``counts`` draws counts per arm;
    ``persons`` draws people and lots one by one (the same chances). ``estimator``: a function of one's own in
    the place of the announced estimator: counts and design in, ``estimators.Fit`` out, one column per
    contrast. No exact values then. ``progress``: told batches done, and in all. ParameterError when draws or
    seed are no such numbers, or people cannot be drawn for this kind of assignment.
    """
    return _diagnosed(design, design.hash, draws, seed, workers, level, estimator, progress)


def _diagnosed(
    design: Design,
    stream: str,
    draws: int,
    seed: int,
    workers: int | None,
    level: str = "counts",
    own: Own | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    import polars as pl

    _whole("draws", draws, 1)
    _whole("seed", seed, 0, 2**53)
    workers = _whole("workers", workers or os.cpu_count() or 1, 1, 256)
    if level == "persons" and (not in_the_frame(design) or any(design.attrition.values())):
        what = "level is 'persons', which takes lots on people who all stay"
        raise ParameterError(f"{what} (got {design.kind}; expected complete, blocked or rerandomised)")
    cells = len(DRAWN[design.kind](design, np.random.default_rng(0), 1).arm)
    held = design.people if level == "persons" or design.kind == "rerandomised" else cells
    if design.clustered and (any(design.attrition.values()) or design.size_cv):
        held = cells**2  # every draw has a regression of its own
    step = max(1, min(BATCH, NUMBERS // held))
    starts = range(0, draws, step)
    words = [seed & 0xFFFFFFFF, seed >> 32, int(stream[:8], 16), int(stream[8:16], 16)]

    def one(start: int) -> Sums:
        return _batch(design, min(step, draws - start), [*words, start // step], level, own)

    sums: Sums = {}
    with ThreadPoolExecutor(workers) as pool:
        for place, part in enumerate(pool.map(one, starts)):  # in the order of the batches
            sums = {name: value + sums[name] if sums else value for name, value in part.items()}
            if progress is not None:
                progress(place + 1, len(starts))
    hours = float(sums["cost"][0]) / draws
    exact = {} if own else exact_values(design, truth(design), in_the_frame(design))
    exact |= {} if own else costs(design, *effort(design))
    rows = []
    for estimand, diagnosand, value, error in _rows(design, sums, draws):
        known = exact.get((estimand, diagnosand))
        z = (value - known) / error if known is not None and error else None
        rows.append((estimand, diagnosand, value, error, known, z))
    schema = dict.fromkeys(COLUMNS[:2], pl.String) | dict.fromkeys(COLUMNS[2:], pl.Float64)
    note("simulation", f"design/{design.name}", [design.hash, design.level, draws, seed], Evidence.SIMULATED)
    weeks = pilot_hours.backlog_weeks(design.scenario, hours)
    return Diagnosis(design, draws, seed, pl.DataFrame(rows, schema, orient="row"), weeks)


@dataclass(frozen=True)
class Sampling:
    """What the primary estimate of a pilot would be drawn from, and what the pilot takes.

    ``estimand``, ``true``: what is asked, and its value at the design's numbers (a share, or a difference in
    shares). ``bias``, ``se``: mean error and standard error of the estimate, as fractions. ``people``: people
    per arm (expected where clusters are drawn). ``hours``: expected client hours.
    """

    estimand: str
    true: float
    bias: float
    se: float
    people: dict[str, int]
    hours: float


def sampling(found: Diagnosis) -> Sampling:
    """Return the sampling distribution of the first estimand of a diagnosed pilot.

    ``found``: from ``kik.diagnose``; an exact value is taken where it has one. ParameterError for a
    design that gives bounds, which have no standard error.
    """
    design, label = found.design, next(estimands(found.design))[0]
    rows = found.table.filter(found.table["estimand"].is_in([label, ALL]))
    known = {row["diagnosand"]: row["value"] if row["exact"] is None else row["exact"]
             for row in rows.iter_rows(named=True)}  # fmt: skip
    if "rmse" not in known:
        raise ParameterError(f"{design.file}: bounds have no standard error")
    se = max(0.0, known["rmse"] ** 2 - known["bias"] ** 2) ** 0.5
    people = {arm: round(sum(parts.values())) for arm, parts in design.sizes.items()}
    return Sampling(label, float(truth(design)[0]), known["bias"], se, people, known["hours"])


def redesign(
    design: Design,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    workers: int | None = None,
    over: Mapping[str, Sequence[float | str]] | None = None,
    progress: Progress | None = None,
    **grid: Sequence[float | str],
) -> pl.DataFrame:
    """Diagnose a design over a grid of changes, all with the same luck.

    ``over``: places in the file and the values to try: ``{"model.base_rate": [.1, .2]}``; every combination.
    ``progress``: told designs done, and in all. ``grid``: as ``over``, for a place that needs no dots: a key
    of ``model`` (``base_rate=[.1, .2]``), of the assignment or of the answer, or an arm. Returns the tables
    of :func:`diagnose` with one column per changed place in front. ParameterError when there is no such
    place, or a design of the grid cannot be.
    """
    import polars as pl

    places = {_place(design, name): list(values) for name, values in (dict(over or {}) | grid).items()}
    cells = [dict(zip(places, values, strict=True)) for values in itertools.product(*places.values())]
    tables = []
    for done, (cell, one) in enumerate([(cell, design.replace(cell)) for cell in cells]):
        found = _diagnosed(one, design.hash, draws, seed, workers).table
        tables.append(found.select(*(pl.lit(value).alias(name) for name, value in cell.items()), pl.all()))
        if progress is not None:
            progress(done + 1, len(cells))
    return pl.concat(tables)


def _place(design: Design, name: str) -> str:
    said = design.document
    parts = {"model": said.model, "data.assignment": said.data.assignment, "answer": said.answer}
    if name in said.data.assignment.arms:
        return f"data.assignment.arms.{name}"
    for key, part in parts.items():
        if name in type(part).model_fields:
            return f"{key}.{name}"
    if "." not in name:
        what = "no such key in model, assignment or answer; give the whole place, with dots"
        raise ParameterError(f"{name}: {what}")
    return name
