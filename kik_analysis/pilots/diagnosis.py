"""Diagnosis of a design: what its answer would be worth, and what it costs, over many imagined pilots.

Diagnosands of Blair, Coppock and Humphreys (2023), each with its Monte Carlo error and, where one exists, the
exact value beside it. A batch of draws has its own seed, made of the design's hash and its place: the same
numbers for any number of workers. Looking every week has a price: false alarms of an ordinary test, or wider
limits that hold at every look (``statistics.power.sequential``).
"""

import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import polars as pl

from kik_analysis.capacity import plain_sum
from kik_analysis.errors import ParameterError
from kik_analysis.evidence.display import Display, expect, listener, whole_number
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.pilots.assignment import DRAWN, Counts, expected, followed, offered, persons, without_effect
from kik_analysis.pilots.design import ALL, Design
from kik_analysis.pilots.document import CONTROL, LEVELS, RULES, World
from kik_analysis.pilots.estimators import Own, answers
from kik_analysis.pilots.exact import diagnosands, exact_values
from kik_analysis.reading.problems import did_you_mean
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics import estimates
from kik_analysis.statistics.intervals import two_sided
from kik_analysis.statistics.tests import TIE

DRAWS, MOST, BATCH, NUMBERS = 10_000, 10**7, 1_000, 200_000
"""Usual and largest number of draws; draws in one batch; numbers that a batch may hold at once."""
COSTS = ("hours", "contacted", "reached")
FINEST = 0.0005  # within which a smallest effect is found, as a share
COLUMNS = ("estimand", "diagnosand", "value", "mc_error", "exact")
Progress = Callable[[int, int], None]
Drawn = dict[str, arg.Floats]
"""What became of imagined pilots: by name an array (draws, estimands), costs (draws, costs)."""


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Display):
    """What a design would tell, and cost.

    ``design``, ``draws``, ``seed``: what was diagnosed, over how many imagined pilots. ``table``: one row per
    estimand and diagnosand: ``value``, its Monte Carlo error, the exact value (null where there is none) and
    ``z``, their difference in errors. Cost and failed fits stand under ``all``; hours and people contacted
    only where the file names work. ``backlog_weeks``: weeks of first contacts that the hours would otherwise
    have gone to; None where the team has none. ``errors``: covariance of the errors of the estimates.
    """

    design: Design
    draws: int
    seed: int
    table: pl.DataFrame
    backlog_weeks: float | None
    errors: arg.Floats

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the diagnosis: every diagnosand with its Monte Carlo error."""
        found = ((f"{row[0]}, {row[1]}", f"{row[2]:.4g} ({row[3]:.2g})") for row in self.table.iter_rows())
        return f"{self.design.name}, {self.design.level}: {self.draws} draws, seed {self.seed}", [*found]

    def value(self, diagnosand: str, estimand: str | None = None, *, exact: bool = False) -> float | None:
        """Return a value, or the exact one where there is one; of the first estimand where none is named.

        None where no imagined pilot has it: an exaggeration where nothing was found.
        """
        first = ALL if diagnosand in (*COSTS, "failed_fits") else self.design.labels[0]
        rows = self.table.filter(diagnosand=diagnosand, estimand=estimand or first).to_dicts()
        row: dict[str, float | None] = rows[0] if rows else {}
        known = row.get("exact") if exact else None
        return row.get("value") if known is None else known

    def lines(self, lang: Lang) -> Iterator[str]:
        """Yield one line per diagnosand, under a head per estimand, for a terminal."""

        def say(key: str, **values: object) -> str:
            return sentences.text(f"diagnosis.{key}", lang, **values).plain

        def number(name: str, value: float) -> Number:
            decimals, unit = RULES["diagnosands"][name]
            by = PERCENT if unit.startswith("percent") else 1.0
            return self.design.measured(name, by * value, unit, decimals)

        values = {"draws_made": self.draws, "weeks": self.backlog_weeks}
        numbers = self.design.numbers(values | {"hours": self.value("hours", exact=True)})
        title, name = self.design.said("title", lang), Ref(self.design.name)
        yield say("said.head", title=title, name=name, draws=numbers["draws_made"])
        head = ALL
        for row in self.table.filter(self.table["diagnosand"] != "hours").iter_rows(named=True):
            name, indent = row["diagnosand"], "  " if row["estimand"] == ALL else "    "
            if row["estimand"] not in (head, ALL):
                head = row["estimand"]
                outcome, _, asked = head.rpartition(": ")
                kind, _, about = asked.partition(":")
                special = {"series": self.design.series, "in_turn": self.design.kind == "stepped_wedge"}
                special["chosen"] = (self.design.kind, kind) == ("none", "itt_difference")
                kind = next((one for one, holds in special.items() if holds), kind)
                codes = [outcome or self.design.document.inquiry.outcome, *filter(None, [about])]
                named = ", ".join(self.design.called(one, lang) for one in codes)
                yield f"  {named} ({say(f'estimand.{kind}')})"
            values = {"value": row["value"], "error": row["mc_error"], "exact": row["exact"]}
            parts = {key: number(name, value) for key, value in values.items() if value is not None}
            key = "said.exact" if "exact" in parts else "said.value"
            yield indent + say(key, words=say(f"diagnosand.{name}"), **parts)
        if "hours" not in numbers:
            yield "  " + sentences.text("pilots.card.no_price", lang).plain
            return
        yield "  " + say("said.weeks" if "weeks" in numbers else "said.none", **numbers)


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
    names, blocks = tuple(design.arms), np.array(list(design.blocks.values()))
    axes = counts.arms(names), counts.block
    n, x = (counts.summed(*axes, of=np.broadcast_to(one, counts.x.shape)).astype(np.int64)
            for one in (counts.n, counts.x))  # fmt: skip
    outside = np.maximum(blocks - n.sum(axis=1), 0)  # lost, or in no arm
    found = np.zeros((len(x), len(design.contrasts)))
    for k, name in enumerate(design.contrasts):
        one, base = offered(design, name), offered(design, CONTROL)
        low, gap, sign = np.minimum(one, base), np.abs(one - base), np.sign(one - base)
        for (a, arm), b in itertools.product(enumerate(names), range(len(blocks))):
            p = offered(design, arm)[b]
            below, yes, no = min(max(p - low[b], 0.0), gap[b]), x[:, a, b], n[:, a, b] - x[:, a, b]
            for people, part, whole in ((yes, below, p), (no, gap[b] - below, 1.0 - p)):
                found[:, k] += sign[b] * rng.binomial(people, min(1.0, part / whole) if whole else 0.0)
        for b in range(len(blocks)):
            found[:, k] += sign[b] * rng.binomial(outside[:, b], gap[b])
    return found / design.people


def outcomes(design: Design) -> Iterator[tuple[str, Design]]:
    """Yield the design for its primary outcome (under an empty name), then for each secondary one.

    Before a pilot of before and after, a further outcome has the share that it has without the pilot.
    """
    yield "", design
    for name in design.document.inquiry.secondary:
        base, effect = (design.number(f"inquiry.secondary.{name}.{one}") for one in ("base_rate", "effect"))
        rates = {arm: np.full_like(design.weights, base + effect * (arm != CONTROL)) for arm in design.rates}
        values = design.values | ({"model.before": base} if "model.before" in design.values else {})
        yield name, dataclasses.replace(design, rates=rates, values=values)


def _batch(design: Design, draws: int, words: Sequence[int], level: str, own: Own | None) -> Drawn:
    """Draw some pilots and answer each; the seed is words of whole numbers."""
    pilots, trues = [], []
    for place, (_, one) in enumerate(outcomes(design)):
        first, second = (np.random.default_rng([*words, place, part]) for part in range(2))
        if level == "persons":
            counts, true = persons(one, first, draws)
        else:
            counts = DRAWN[one.kind](one, first, draws)
            true = _frame(one, counts, second) if in_the_frame(one) else np.tile(truth(one), (draws, 1))
        pilots.append((one, counts))
        trues.append(true)
    results, cost = answers(pilots, own), _cost(*pilots[0])
    made = {name: np.hstack([one[name] for one in results]) for name in results[0]}
    made |= {"true": np.hstack(trues), "cost": cost}
    if design.document.answer.interval == "permutation":  # what has no limit ends where shares do
        made["low"], made["high"] = np.maximum(made["low"], -1.0), np.minimum(made["high"], 1.0)
    return made


def _cost(design: Design, counts: Counts) -> arg.Floats:
    """Return hours, people contacted and people reached: shape (draws, 3).

    Before and after, the pilot is the last period; clusters that cross over work in every one. Spoken to are
    those whose outcome is seen, or who were reached where that is asked, else those who take what is offered.
    """
    arms = set(counts.arm)
    each, reached = ({arm: _hours(design, arm, part) for arm in arms} for part in ("each", "reached"))
    change = design.document.answer.estimator == "change"
    last = (counts.period == counts.period.max()) if change else np.ones(len(counts.arm), dtype=bool)
    people, talks = (np.array([one[arm] for arm in counts.arm]) * last for one in (each, reached))
    first = [arm.partition(">")[0] for arm in counts.arm]
    kept = np.array([1.0 / max(1e-9, 1.0 - design.attrition[arm]) for arm in first])
    once = np.array([">" not in arm for arm in counts.arm])  # whoever gets a second letter was there already
    worked = (people > 0.0) | (talks > 0.0) | (last & (not design.document.data.effort))
    spoken = counts.x if counts.seen is None else counts.seen
    if counts.seen is None and design.document.inquiry.outcome != "reached":
        spoken, worked = counts.n * np.array([design.uptake[arm] for arm in first]), worked & once
    drawn, spoken = (np.broadcast_to(one, counts.x.shape) for one in (counts.n * kept, spoken))
    hours, asked = drawn @ people + spoken @ talks, (people > 0.0) & once
    return np.stack([hours, drawn @ asked, spoken @ worked], axis=1)


def cost(design: Design) -> arg.Floats:
    """Return the hours, people contacted and people reached that are expected of a pilot."""
    return np.asarray(_cost(design, expected(design))[0])


def _hours(design: Design, arm: str, part: str) -> float:
    """Return hours per person drawn for an arm or sent a second letter (``each``), or ``reached`` there."""
    given = design.document.data.effort
    key = next((one for one in (arm, arm.rpartition(">")[2], ALL) if one in given), None)
    tasks = getattr(given[key], part) if key else {}
    numbers = {task: design.number(f"data.effort.{key}.{part}.{task}") for task in tasks}
    return plain_sum.hours(design.scenario, numbers, design.level)


def _rows(design: Design, found: Drawn) -> Iterator[tuple[str, str, float, float]]:
    cost, answers = found.pop("cost"), found
    known = [(f"{name}: {label}" if name else label, float(effect)) for name, one in outcomes(design)
             for label, effect in zip(one.labels, truth(one), strict=True)]  # fmt: skip
    told = np.isfinite([found[name] for name in ("low", "high", "p")])
    failed = ~told.all(axis=0) | np.isnan(found["estimate"])
    for k, (label, effect) in enumerate(known):
        kept = {name: one[~failed[:, k], k] for name, one in answers.items()}
        for name, value in diagnosands(design, kept, effect) if not failed[:, k].all() else ():
            yield label, name, *value
    n, mean = len(cost), cost.mean(axis=0)
    errors = np.where(cost.std(axis=0) > TIE * n**0.5 * mean, cost.std(axis=0) / n**0.5, 0.0)
    costs = zip([ALL] * len(COSTS), COSTS, mean.tolist(), errors.tolist(), strict=True)
    yield from (one for one in costs if one[1] == "reached" or design.document.data.effort)
    share = float(failed.mean())
    smoothed = (share * n + 1.0) / (n + 2.0) if share else 0.0
    yield ALL, "failed_fits", share, (smoothed * (1.0 - smoothed) / n) ** 0.5


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
    expect(design, Design, "diagnose", "a design", "kik.load_design")
    listener(progress)
    draws, seed = whole_number(draws, "draws", 1, MOST), whole_number(seed, "seed")
    workers = whole_number(os.cpu_count() or 1 if workers is None else workers, "workers", 1, 256)
    if str(level) not in ("counts", "persons"):
        other = f": write design.at({level!r})" if str(level) in LEVELS else ""
        raise ParameterError(f"level is {arg.show(level)} (expected counts or persons{other})")
    if estimator is not None and not callable(estimator):
        raise ParameterError(f"estimator is {arg.show(estimator)} (expected a function of counts and design)")
    lost = any(design.attrition.values())
    if level == "persons" and (lost or not in_the_frame(design)):
        what = "level is 'persons', which takes lots on people who all stay"
        raise ParameterError(f"{what} (got {design.kind}; expected complete, blocked or rerandomised)")
    average = expected(design)
    own = design.clustered and (lost or design.number("model.size_cv"))  # a regression of its own for each
    held = design.people if level == "persons" else len(average.arm) ** (2 if own else 1)
    step = max(1, min(BATCH, NUMBERS // held))
    starts = range(0, draws, step)

    def one(start: int) -> Drawn:
        words = [*_words(design, seed), start // step]
        return _batch(design, min(step, draws - start), words, level, estimator)

    parts: list[Drawn] = []
    with ThreadPoolExecutor(workers) as pool:
        try:
            for part in pool.map(one, starts):  # in the order of the batches
                parts.append(part)
                if progress is not None:
                    progress(len(parts), len(starts))
        finally:  # an interrupt while they are handed out: the rest is not begun
            pool.shutdown(cancel_futures=True)
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    hours, drawn, exact = float(cost(design)[0]), list(_rows(design, found)), {}
    if not estimator:
        if drawn[-1][2] == 1.0:
            got = ", ".join(f"{arm} {units}" for arm, units in design.arms.items())
            what = "in no imagined pilot are there people enough to estimate anything"
            raise design.wrong("data.assignment.arms", what, got, "larger arms")
        # two letters: whether there is an answer hangs on whom the first one reached, and so does its bias
        some = design.kind == "two_stage" and drawn[-1][2] > 0.0
        exact = {} if some else exact_values(design, truth(design), in_the_frame(design))
        exact |= zip([(ALL, name) for name in COSTS], cost(design).tolist(), strict=True)
    rows = [(*one, exact.get(one[:2])) for one in drawn]
    schema = dict.fromkeys(COLUMNS[:2], pl.String) | dict.fromkeys(COLUMNS[2:], pl.Float64)
    table, error = pl.DataFrame(rows, schema, orient="row"), pl.col("mc_error")
    table = table.with_columns(z=pl.when(error > 0.0).then((pl.col("value") - pl.col("exact")) / error))
    note("simulation", f"design/{design.name}", [design.hash, design.level, draws, seed], Evidence.SIMULATED)
    weeks = plain_sum.backlog_weeks(design.scenario, hours) if design.document.data.effort else None
    off = (found["estimate"] - found["true"])[:, : len(design.contrasts)]
    errors = np.atleast_2d(np.cov(off[np.isfinite(off).all(axis=1)], rowvar=False, ddof=0))
    return Diagnosis(design, draws, seed, table, weeks, errors)


def _words(design: Design, seed: int) -> tuple[int, ...]:
    return seed & 0xFFFFFFFF, seed >> 32, int(design.luck[:8], 16), int(design.luck[8:16], 16)


def smallest_found(design: Design, power: float, *, draws: int, seed: int = 0) -> float | None:
    """Return the smallest effect that the announced test finds with some chance, whatever the design says.

    ``design``: lots on people; of several arms beside control the first, as all have the effect that is
    tried. ``power``: the chance. ``draws``, ``seed``: imagined pilots for each, all with the same luck.
    Returns the difference in shares, above 0, in the direction of the design's own effect; None where no
    effect is found so often.
    """
    from scipy.optimize import bisect

    base, sign = design.rates[CONTROL], -1.0 if truth(design)[0] < 0.0 else 1.0

    def found(size: float) -> tuple[float, Design]:
        one = design.replace({"model.effect": sign * size, "model.scale": "points"})
        p = _batch(one, draws, [*_words(design, seed), 0], "counts", None)["p"][:, 0]
        return float((p <= design.alpha * (1.0 + TIE)).mean()) - power + TIE, one

    if found(0.0)[0] >= 0.0:  # no effect at all is found so often: alpha is that large
        return 0.0
    most = float(1.0 - base.max() if sign > 0.0 else base.min())
    if found(most)[0] < 0.0:
        return None
    size = bisect(lambda one: found(one)[0], 0.0, most, xtol=FINEST)
    return abs(float(truth(found(size)[1])[0]))


def redesign(
    design: Design,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    **grid: Sequence[float | str],
) -> pl.DataFrame:
    """Diagnose a design over a grid of changes, all with the same luck.

    ``design``, ``draws``, ``seed``, ``workers``: as for :func:`diagnose`. ``progress``: told designs done, of
    all. ``grid``: places and the values to try, every combination: a key of ``model`` (``base_rate=[.1,
    .2]``), of assignment or answer, an arm, or with dots (``**{"model.effect.less": [0, .1]}``). Returns the
    tables of :func:`diagnose`, changed places in front. ParameterError: no such place, or no such design.
    """
    expect(design, Design, "redesign", "a design", "kik.load_design")
    listener(progress)
    said, lots, tried = design.document, design.document.data.assignment, dict[str, list[Any]]()
    parts: dict[str, Any] = {"data.assignment.arms": lots.arms, "model": World.model_fields}
    parts |= {"data.assignment": type(lots).model_fields, "answer": type(said.answer).model_fields}
    for name, values in grid.items():
        if np.ndim(values) != 1 or not len(values):  # a list, an array or a series
            hint = f"write [{values!r}]" if isinstance(values, str | float | int) else "one value at least"
            raise ParameterError(f"{name}: expected a list of values to try (got {arg.show(values)}; {hint})")
        places = [f"{key}.{name}" for key, names in parts.items() if name in names]
        if not places and "." not in name:
            what = "no such key in model, assignment or answer; give the whole place, with dots"
            near = did_you_mean(name, itertools.chain.from_iterable(parts.values()))
            raise ParameterError(f"{name}: {what}{near}")
        plain = (one.item() if isinstance(one, np.generic) else one for one in values)
        tried[[*places, name][0]] = list(plain)
    cells = [dict(zip(tried, values, strict=True)) for values in itertools.product(*tried.values())]
    tables = []
    for cell, one in [(cell, dataclasses.replace(design.replace(cell), luck=design.luck)) for cell in cells]:
        found = diagnose(one, draws=draws, seed=seed, workers=workers).table
        tables.append(found.select(*(pl.lit(value).alias(name) for name, value in cell.items()), pl.all()))
        if progress is not None:
            progress(len(tables), len(cells))
    return pl.concat(tables, how="vertical_relaxed")  # a grid may hold 0 beside 0.1


SHAM, WEEKS, LEAST = 2_000, 26, 30
"""Imagined pilots without an effect; looks in half a year; people per arm from which limits are given."""


def price(design: Design, part: Fraction = Fraction(1)) -> tuple[float, float]:
    """Return half widths in shares, for one look and for looking at any time, as the pilot is expected to go.

    ``part``: of its people who are in.
    """
    names = (next(iter(design.contrasts)), CONTROL)
    arms = [(int(design.arms[one] * part), float(design.rates[one] @ design.weights)) for one in names]
    groups = [one for n, p in arms for one in (round(n * p), n)]
    planned = max(1, sum(design.arms[name] for name in names) // 2)
    found = estimates.confidence_sequence(*groups, planned=planned, confidence=1.0 - design.alpha)
    spread = sum(p * (1.0 - p) / n for n, p in arms)
    return two_sided(design.alpha) * float(np.sqrt(spread)), float(found.width) / 2.0


def alarms(design: Design, *, draws: int = SHAM, seed: int = 0) -> dict[str, float]:
    """Return how often a pilot without an effect is called one: by a z test at the end (``once``), at every
    look (``weekly``), and by the e-process at every look (``safe``); shares of imagined pilots.
    """
    _, counts, rng = without_effect(design, draws, seed)
    counts = followed(counts, rng, WEEKS)
    arms = counts.arms((next(iter(design.contrasts)), CONTROL))
    n, x = (counts.summed(arms, counts.period, of=one) for one in (counts.n, counts.x))
    evidence = estimates.e_process(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    n, x = n.cumsum(axis=2), x.cumsum(axis=2)
    pooled, shares = x.sum(axis=1) / n.sum(axis=1), x / n
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(shares[:, 0] - shares[:, 1]) / np.sqrt(pooled * (1.0 - pooled) * (1.0 / n).sum(axis=1))
    far, safe = np.nan_to_num(z) > two_sided(design.alpha), evidence.max(axis=1) >= 1.0 / design.alpha
    alarm = {"once": far[:, -1], "weekly": far.any(axis=1), "safe": safe}
    found = {name: float(one.mean()) for name, one in alarm.items()}
    note("simulation", f"looking/{design.name}", [found, draws, WEEKS, seed], Evidence.SIMULATED)
    return found
