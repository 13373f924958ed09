"""The announced analysis of a pilot's counts: exactly what the plan says; everything else is exploratory.

Counts come in, never persons: one row per block, arm, cluster and period with the people whom the lot placed
there and those with the outcome. Beside the result stands a sham run, the same analysis on made-up counts of
a pilot without an effect.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from kik_analysis.errors import DataError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.pilots import words
from kik_analysis.pilots.assignment import DRAWN, Counts
from kik_analysis.pilots.design import ALL, Design
from kik_analysis.pilots.document import CONTROL
from kik_analysis.pilots.estimators import answer
from kik_analysis.reading import records
from kik_analysis.reading.problems import Place, Problems, did_you_mean
from kik_analysis.reading.records import WrongCell, column
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics import estimates, intervals

SHAM = 1_000
COLUMNS = ("block", "arm", "cluster", "period", "people", "outcome")
PER_PERSON = "one row per person; hand in counts: a row per block, arm, cluster and period, no identifiers"


def _whole(text: str) -> int:
    found = records.parse_number(text)
    if not isinstance(found, int) or found < 0:
        raise WrongCell("not a whole number of people", "digits, without a point or a thousands sign")
    return found


@dataclass(frozen=True)
class Cell:
    """One row of the data; ``block``, ``cluster`` and ``period`` are empty where the design has none."""

    block: str = column()
    arm: str = column(records.filled)
    cluster: str = column()
    period: int = column(lambda text: _whole(text) if text else 1)
    people: int = column(_whole)
    outcome: int = column(_whole)
    line: int = 0

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Return what only one row may have."""
        return self.block, self.arm, self.cluster, self.period


def read_counts(design: Design, path: Path) -> Counts:
    """Return the counts of a pilot, checked against its design.

    DataError with one line for everything that does not match: columns, arms, blocks, clusters, counts,
    people outside the frame, a row per person.
    """
    file, problems = str(path), Problems()
    header = path.read_text("utf-8-sig", errors="replace").partition("\n")[0] if path.is_file() else ""
    if header and not any(sign in header for sign in ("people", ";", "\t")):
        raise DataError(f"{file}:1: {PER_PERSON} (got {header.strip()[:60]}; expected {', '.join(COLUMNS)})")
    cells = records.read(path, Cell, shown_as=file)
    if cells and len({one.key for one in cells}) < len(cells) and all(one.people <= 1 for one in cells):
        raise DataError(f"{file}:{cells[0].line}: {PER_PERSON}")
    _check_rows(design, cells, file, problems)
    if not problems:
        _check_totals(design, cells, partial(problems.add, Place(file, 1)))
    problems.raise_if_any(DataError)
    clusters, blocks = sorted({one.cluster for one in cells}), list(design.blocks)
    block = np.array([blocks.index(one.block) if one.block else 0 for one in cells])
    cluster = np.array([clusters.index(one.cluster) if one.cluster else -1 for one in cells])
    period = np.array([one.period - 1 for one in cells])
    n, x = (np.array([[float(getattr(one, name)) for one in cells]]) for name in COLUMNS[-2:])
    return Counts(tuple(one.arm for one in cells), block, cluster, period, n, x)


def _arms(design: Design) -> list[str]:
    second = design.document.data.assignment.second
    return [*design.arms, *(f"{arm}>{name}" for name in second for arm in design.arms)]


def _periods(design: Design) -> int:
    lots = design.document.data.assignment
    if design.kind == "stepped_wedge":
        return lots.before + lots.after * lots.steps
    said = design.document.answer
    return lots.before + lots.after if said.estimator == "change" else max(said.looks, 1)


def _check_rows(design: Design, cells: list[Cell], file: str, problems: Problems) -> None:
    """Add what is wrong with single rows: names that the plan does not have, counts that cannot be."""
    arms, blocks, periods = _arms(design), list(design.blocks), _periods(design)
    seen: Counter[tuple[str, str, str, int]] = Counter()
    lots = "clusters; name one in every row" if design.clustered else "people; leave the cluster empty"
    twice = "a second row for this arm, block, cluster, period; add them up"
    for one in cells:
        seen[one.key] += 1
        block_fits = one.block in blocks or not (one.block or design.kind == "blocked")
        near = did_you_mean(one.arm, arms)
        for key, fits, what, expected in (
            ("arm", one.arm in arms, f"the plan has no such arm{near}", ", ".join(arms)),
            ("block", block_fits, "the plan has no such block", ", ".join(blocks)),
            ("cluster", bool(one.cluster) == design.clustered, f"lots fall on {lots}", ""),
            ("period", 1 <= one.period <= periods, "no period of the plan", f"1 to {periods}"),
            ("people", one.people > 0, "nobody; leave the row out", ""),
            ("outcome", one.outcome <= one.people, "more people than there are", f"at most {one.people}"),
            ("people", seen[one.key] == 1, twice, ""),
        ):
            if not fits:
                got = str(getattr(one, key))
                problems.add(Place(file, one.line), what, key=key, got=got, expected=expected)


def _check_totals(design: Design, cells: list[Cell], wrong: partial[None]) -> None:
    """Add where the rows together differ from the plan: arms without a row, too many people, clusters."""
    for arm in [arm for arm in _arms(design) if arm not in {one.arm for one in cells}]:
        wrong(f"no row for the arm {arm}", key="arm", expected=", ".join(_arms(design)))
    if design.kind == "stepped_wedge":
        rows = Counter(one.cluster for one in cells)
        if len(rows) != design.clusters or set(rows.values()) != {_periods(design)}:
            expected = f"{design.clusters} clusters, each with {_periods(design)} periods"
            got = f"{len(rows)} clusters with {min(rows.values(), default=0)} periods or more"
            wrong("clusters do not match the plan", key="cluster", got=got, expected=expected)
        return
    for arm, planned in design.arms.items():
        mine = [one for one in cells if one.arm == arm]
        many = len({one.cluster for one in mine})
        if design.clustered and many != planned:
            what = f"clusters in arm {arm} do not match the plan"
            wrong(what, key="cluster", got=str(many), expected=str(planned))
        most = max((sum(c.people for c in mine if c.period == one.period) for one in mine), default=0)
        if not design.clustered and most > planned:
            what = f"people outside the plan in arm {arm}; leave out whom the lot did not place there"
            wrong(what, key="people", got=str(most), expected=f"at most {planned}")


@dataclass(frozen=True)
class Line:
    """One result: what about, estimate with limits as fractions, p (None: no test), whether announced."""

    name: str
    estimate: float
    low: float
    high: float
    p: float | None
    announced: bool


@dataclass(frozen=True)
class Result:
    """The analysis of a pilot.

    ``lines``: the announced analysis first, then what is exploratory. ``lost``: people of the plan on whom
    there are no counts. ``sham``: share of made-up pilots without an effect in which the same analysis finds
    one, and its error.
    """

    design: Design
    lines: tuple[Line, ...]
    lost: int
    sham: tuple[float, float] | None

    def text(self, lang: Lang) -> list[str]:
        """Return the result as sentences."""
        number, out = partial(words.number, self.design), []

        def say(key: str, **values: object) -> str:
            return sentences.text(f"pilots.analysis.{key}", lang, **values).plain

        for announced in (True, False):
            mine = [one for one in self.lines if one.announced == announced]
            out += [say("announced" if announced else "exploratory")] if mine else []
            for one in mine:
                value, low, high = (PERCENT * part for part in (one.estimate, one.low, one.high))
                shown = number(one.name, value, "percentage_points", 1, low=low, high=high)
                key = "estimate" if math.isfinite(high - low) else "no_limit"
                said = say(key, name=words.name(self.design, one.name, lang), value=shown)
                if one.p is not None:
                    said += " " + say("p_value", p=number(f"{one.name}.p", one.p, "ratio", 3))
                out.append(f"  {said}")
        out += [say("lost", lost=number("lost", self.lost, "persons"))] if self.lost else []
        if self.sham:
            rate = number("sham.rate", PERCENT * self.sham[0], "percent", 1)
            out.append(say("sham", draws=number("sham.draws", SHAM, "count"), rate=rate))
        return out


def announced(counts: Counts, design: Design) -> tuple[arg.Floats, arg.Floats, arg.Floats, arg.Floats | None]:
    """Return estimates, lower and upper limits, and p values (None without a test): (draws, contrasts)."""
    said, p = design.document.answer, None
    if said.test == "e_process":
        p, counts = _followed(counts, design), replace(counts, period=np.zeros_like(counts.period))
    found = answer(design, counts)
    p = found["p"] if p is None and said.test != "none" else p
    return found["estimate"], found["low"], found["high"], p


def _followed(counts: Counts, design: Design) -> arg.Floats:
    """Return the p that may be looked at every time, from what came in at each look: one per period."""
    arms = counts.arms((next(iter(design.contrasts)), CONTROL))
    n, x = (counts.summed(arms, counts.period, of=one) for one in (counts.n, counts.x))
    evidence = estimates.e_process(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    return np.asarray(np.minimum(1.0, 1.0 / evidence.max(axis=1))[:, None])


def sham_run(design: Design, seed: int = 0) -> tuple[float, float] | None:
    """Return how often the announced analysis finds something where the effect is nought, and the error.

    Everything else stays as the design says: so an announced pilot that takes what happens anyway for its
    effect is found out here. None where a share is estimated, as there is nothing to find.
    """
    document = design.document
    if document.inquiry.estimand == "share":
        return None
    null = design.replace({"model.effect": 1.0 if document.model.scale == "odds_ratio" else 0.0})
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(design.hash[:12], 16)])))
    found = answer(null, DRAWN[design.kind](null, rng, SHAM), rng)["p"][:, 0] <= design.alpha
    rate = float(found.mean())
    return rate, float(np.sqrt(rate * (1.0 - rate) / SHAM))


def analyse(design: Design, path: str | Path, *, planned: bool = True, seed: int = 0) -> Result:
    """Return the announced analysis of a file of counts.

    ``design``: the design that was announced. ``path``: CSV with the columns block, arm, cluster, period,
    people, outcome. ``planned``: false where no plan was shown: then everything is exploratory. ``seed``: of
    the sham run. DataError when the file does not match the design.
    """
    counts = read_counts(design, Path(path))
    estimate, low, high, p = announced(counts, design)
    if np.isnan([estimate[0], low[0], high[0]]).any():
        raise DataError(f"{path}: too few people in an arm, block or cluster to estimate anything from")
    tested = [None] * len(design.contrasts) if p is None else p[0].tolist()
    lines = [
        Line(name, float(estimate[0, k]), float(low[0, k]), float(high[0, k]), tested[k], planned)
        for k, name in enumerate(design.contrasts)
    ]
    if design.kind in ("complete", "blocked"):
        lines += _by_block(counts, design)
    first = (counts.period == counts.period.max()) & np.array([">" not in arm for arm in counts.arm])
    lost = 0 if design.clustered else sum(design.arms.values()) - int(counts.n[0, first].sum())
    return Result(design, tuple(lines), lost, sham_run(design, seed))


def _by_block(counts: Counts, design: Design) -> list[Line]:
    """Return the difference within each block: nobody announced it."""
    found, arms = [], np.array(counts.arm)
    for k, block in enumerate(name for name in design.blocks if name != ALL):
        for arm in design.contrasts if len(set(counts.block)) > 1 else ():
            mine = [(counts.block == k) & (arms == one) for one in (arm, CONTROL)]
            x1, x0, n1, n0 = (int(one[0, cells].sum()) for one in (counts.x, counts.n) for cells in mine)
            if n1 and n0:
                low, high = intervals.difference(x1, n1, x0, n0, confidence=1.0 - design.alpha)
                found.append(Line(f"{block}+{arm}", x1 / n1 - x0 / n0, float(low), float(high), None, False))
    return found
