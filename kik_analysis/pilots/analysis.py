"""The analysis that a pilot's plan announced (``kik design analyse``), on counts: never persons come in.

What does not match the plan is refused (``docs/pilots.md``). Beside the result stands a sham run, the same
analysis on made-up counts of a pilot without an effect; what was not announced is exploratory.
"""

import dataclasses
import itertools
import math
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis.errors import DataError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.pilots.assignment import Counts, without_effect
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.document import SEEN
from kik_analysis.pilots.estimators import answer, answers
from kik_analysis.pilots.protocol import LIST, Plan, columns, planned
from kik_analysis.reading import records
from kik_analysis.reading.problems import Place, Problem, Problems, did_you_mean
from kik_analysis.reading.records import WrongCell, column
from kik_analysis.statistics import arguments as arg

SHAM, DECIMALS = 1_000, 3
"""Pilots without an effect beside a result; decimals of p: a smaller one is called smaller than the least."""
PER_PERSON = "one row per person is never read; count them first, as in counts.csv of kik design --plan DIR"


def _whole(text: str) -> int:
    found = records.parse_number(text)
    if not isinstance(found, int) or found < 0:
        raise WrongCell("not a whole number of people", "digits, without a point or a thousands sign")
    return found


CELLS: dict[str, records.Rule] = {
    "block": str,
    "arm": records.filled,
    "cluster": str,
    "period": lambda text: _whole(text) if text else 1,
    "took": records.one_of("yes", "no"),
}
"""Column -> the rule of its cells; every other column counts people."""
EMPTY: dict[str, Any] = {"block": "", "cluster": "", "period": 1, "took": "", "line": 0}
"""What a row holds in columns that the file or the design leaves out."""
KEY = operator.attrgetter(*CELLS)  # what only one row may have


def read_counts(design: Design, path: Path, made: Plan | None) -> tuple[dict[str, Counts], str]:
    """Return the counts of a pilot, checked against its design, by outcome (the first: under an empty name),
    and the sentence that says how they were held against the list of the lots of the plan ``made``.

    Clusters that all carry numbers are held against it one by one; people by how many of a block are in an
    arm. A file may leave out columns that would be empty in every row: block, cluster, period. DataError with
    one line for everything that does not match: columns, arms, blocks, clusters, counts, people outside the
    frame, a row per person.
    """
    file, problems, names = str(path), Problems(), columns(design)
    header = path.read_text("utf-8-sig", errors="replace").partition("\n")[0] if path.is_file() else ""
    # the reader of tables says what it is, or that the first line names no columns
    other = "\0" in header or header.startswith(("PK", "sep=")) or re.search(r",\s*\d\d+\s*(,|$)", header)
    if header and not other and not any(sign in header.lower() for sign in ("people", "mensen", ";", "\t")):
        raise DataError(f"{file}:1: {PER_PERSON} (got {header.strip()[:60]}; expected {', '.join(names)})")
    given = header.replace('"', "").strip().split(",")  # R puts names in quotes
    asked = [name for name in names if name in given or name not in ("block", "cluster", "period")]
    asked.sort(key=[*given, *asked].index)  # in whatever order the file has them
    fields = [(name, Any, column(CELLS.get(name, _whole))) for name in asked]
    fields += [(name, Any, usual) for name, usual in EMPTY.items() if name not in asked]
    row: Any = dataclasses.make_dataclass("Row", fields, frozen=True, kw_only=True)
    cells = records.read(path, row, shown_as=file)
    if len(set(map(KEY, cells))) < len(cells) and all(one.people <= 1 for one in cells):
        raise DataError(f"{file}:{cells[0].line}: {PER_PERSON}")
    numbered = design.clustered and all(one.cluster.isdigit() for one in cells)
    placed = made.placed if made and numbered else {}
    listed = made.rows if made else ()
    wrong = list(_row_by_row(design, cells, placed))
    wrong = wrong or [(1, *one) for one in _together(design, cells, Counter(row[1:] for row in listed))]
    for line, what, key, got, instead in wrong:
        problems.add(Place(file, line), what, key=key, got=got, expected=instead)
    problems.raise_if_any(DataError)
    clusters, blocks = sorted({one.cluster for one in cells}), list(design.blocks)

    def number(name: str) -> arg.Floats:
        return np.array([[float(getattr(one, name)) for one in cells]])

    found = Counts(
        tuple(one.arm for one in cells),
        np.array([blocks.index(one.block) if one.block else 0 for one in cells]),
        np.array([clusters.index(one.cluster) if one.cluster else -1 for one in cells]),
        np.array([one.period - 1 for one in cells]),
        number("people"),
        number("outcome"),
        number("seen") if "seen" in names else None,
        np.array([one.took == "yes" for one in cells]) if "took" in names else None,
    )
    others = {name: replace(found, x=number(name)) for name in design.document.inquiry.secondary}
    held = "list_held" if placed else "list_names" if design.clustered else "list_counts"
    return {"": found} | others, held if listed else ""


def _row_by_row(
    design: Design, cells: list[Any], placed: dict[tuple[str, int], str]
) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield what is wrong with single rows: names that the plan does not have, counts that cannot be."""
    (_, arms, blocks, periods), lots = planned(design), design.clustered
    covariate = design.document.answer.estimator == "regression" and len(blocks) > 1
    fitted = design.document.answer.estimator == "regression" and lots  # a team has nobody in some period
    needed = design.kind in ("blocked", "blocked_cluster", "rerandomised") or covariate
    several = "name its block in every row" if needed else "the plan has no such block"
    several = several if blocks else "clusters hold people of every block; leave the block empty"
    one_each = "clusters; name one in every row" if lots else "people; leave the cluster empty"
    twice = "a second row for this arm, block, cluster, period; add them up"
    rows: Counter[tuple[Any, ...]] = Counter()
    home = {one.cluster: one.arm for one in reversed(cells)}
    elsewhere = "the list of the lots has this cluster elsewhere; call clusters by their numbers there"
    for one in cells:
        rows[KEY(one)] += 1
        most = getattr(one, "seen", one.people)
        rest = [(name, getattr(one, name)) for name in ("outcome", *design.document.inquiry.secondary)]
        near = did_you_mean(one.arm, arms)
        listed = placed.get((one.cluster, one.period), "no row")
        for key, fits, what, instead in (
            ("arm", one.arm in arms, f"the plan has no such arm{near}", ", ".join(arms)),
            ("block", one.block in blocks or not (one.block or needed), several, ", ".join(blocks)),
            ("cluster", bool(one.cluster) == lots, f"lots fall on {one_each}", ""),
            ("cluster", not lots or design.kind == "stepped_wedge" or home[one.cluster] == one.arm,
             "a cluster is under one arm only", home[one.cluster]),
            ("cluster", not placed or listed == f"{one.block} {one.arm}".strip(), elsewhere, listed),
            ("period", 1 <= one.period <= periods, "no period of the plan", f"1 to {periods}"),
            ("people", one.people > 0 or fitted, "nobody; leave the row out", ""),
            ("seen", most <= one.people, "more people than there are", f"at most {one.people}"),
            *((name, yes <= most, "more people than there are", f"at most {most}") for name, yes in rest),
            ("people", rows[KEY(one)] == 1, twice, ""),
        ):  # fmt: skip
            if not fits:
                yield one.line, what, key, str(getattr(one, key)), instead


def _together(
    design: Design, cells: list[Any], listed: Counter[tuple[str, str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield where the rows together differ from the plan: arms without a row, too many people, clusters.

    ``listed``: how many the list of the lots has of each block in each arm.
    """
    plan, arms, _, periods = planned(design)
    change = design.document.answer.estimator == "change"  # the same people in every period, else new ones
    again = {arm: sum(one.people for one in cells if one.arm.startswith(f"{arm}>")) for arm in design.arms}
    # where one person is left after a first letter nobody gets the other second
    arms = [arm for arm in arms if again.get(arm.rpartition(">")[0], 2) > 1]
    for arm, period in itertools.product(arms, range(1, periods + 1) if change else (0,)):
        if not any(one.arm == arm and period in (0, one.period) for one in cells):
            where = f"the arm {arm}" + (f" in period {period}" if period else "")
            yield f"no row for {where}", "arm", "", ", ".join(arms)
    if "took" in columns(design) and not any(one.took == "yes" for one in cells):
        yield "nobody took what the arms offer, so that there is no effect on those who did", "took", "", ""
    if design.clustered:  # the lot decides which cluster goes a way, never how many do
        home = list(design.blocks) if design.kind == "blocked_cluster" else [""]
        blocks = (home[b] for b in plan.block)
        want = _ways(zip(plan.cluster, blocks, plan.arm, plan.period + 1, strict=True), periods)
        seen = _ways(((one.cluster, one.block, one.arm, one.period) for one in cells), periods)
        for way in dict.fromkeys([*seen, *want]):
            if seen[way] != want[way]:
                what = f"clusters of {way} do not match the plan; of those that left, note why and plan anew"
                yield what, "cluster", str(seen[way]), str(want[way])
        return
    first = [one for one in cells if ">" not in one.arm]
    limits: dict[tuple[str, str], float] = {(arm, ""): people for arm, people in design.arms.items()}
    limits |= {("", block): people for block, people in design.blocks.items()}
    if design.kind == "blocked":
        limits |= {(arm, block): n for arm, parts in design.sizes.items() for block, n in parts.items()}
    if listed:
        limits |= {(arm, block): listed[block, arm] for arm in design.arms for block in design.blocks}
    for (arm, block), most in limits.items():
        mine = [one for one in first if arm in ("", one.arm) and block in ("", one.block)]
        times = {one.period for one in mine} if change else [None]
        people = max((sum(one.people for one in mine if t in (None, one.period)) for t in times), default=0)
        where = " in ".join(filter(None, (arm and f"arm {arm}", block and f"block {block}")))
        if people > most:
            what = f"people outside the plan in {where}; leave out whom the lot did not place there"
            yield what, "people", str(people), f"at most {most:.0f}"
        elif arm and block and not mine and design.kind == "blocked":
            yield f"no row for {where}", "arm", "", "a row for each arm in each block"
    for arm in design.arms if design.kind == "two_stage" else ():
        rest = sum(one.people - one.outcome for one in first if one.arm == arm)
        if again[arm] > rest:
            what = f"more people after {arm} than it had not reached"
            yield what, "people", str(again[arm]), f"at most {rest}"


def _ways(rows: Iterable[tuple[Any, str, str, int]], periods: int) -> Counter[str]:
    """Return how many clusters are under the same arms in the same periods."""
    ways: dict[Any, list[str]] = defaultdict(list)
    for cluster, block, arm, period in sorted(rows, key=operator.itemgetter(3)):
        ways[cluster].append(f"{block} {arm} {period if periods > 1 else ''}".strip())
    return Counter(map(", ".join, ways.values()))


@dataclass(frozen=True)
class Line:
    """One result: what about, estimate with limits as fractions, p, whether announced.

    None where there is no number: the estimate of bounds, a limit that few clusters do not give, p without a
    test. Of a further outcome p is adjusted by Holm's rule.
    """

    name: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    announced: bool


@dataclass(frozen=True)
class Result:
    """The analysis of a pilot.

    ``lines``: the announced analysis first, then what is exploratory. ``lost``: people of the plan on whom
    there are no counts. ``sham``: share of made-up pilots without an effect in which the same analysis finds
    one. ``told``: sentences (``pilots.analysis`` in the texts) on the list of the lots and on clusters of
    another size than planned, with their numbers.
    """

    design: Design
    lines: tuple[Line, ...]
    lost: int
    sham: float | None
    told: dict[str, dict[str, float]]

    def text(self, lang: Lang) -> list[str]:
        """Return the result as sentences; bounds stand without an estimate."""
        number, out = self.design.measured, []

        def say(key: str, **values: object) -> str:
            return sentences.text(f"pilots.analysis.{key}", lang, **values).plain

        for announced, mine in itertools.groupby(self.lines, operator.attrgetter("announced")):
            out.append(say("announced" if announced else "exploratory"))
            for one in mine:
                low, value, high = (end and PERCENT * end for end in (one.low, one.estimate, one.high))
                shown = number(one.name, (low, value, high), "percentage_points", 1)
                key = "bounds" if value is None else "no_limit" if None in (low, high) else "estimate"
                *head, about = (self.design.called(part, lang) for part in one.name.split("+"))
                said = say(key, name=sentences.named(", ".join([*head, about])), value=shown)
                if one.p is not None:
                    key = "small" if one.p < 10.0**-DECIMALS else "p_value"
                    p = number(f"{one.name}.p", max(one.p, 10.0**-DECIMALS), "ratio", DECIMALS)
                    said += " " + say(f"{key}_holm" if head else key, p=p)
                out.append(f"  {said}")
        told = self.told | ({"lost": {"lost": self.lost}} if self.lost else {})
        for key, values in told.items():
            out.append(say(key, file=Ref(LIST), **{k: number(k, x, "persons") for k, x in values.items()}))
        if self.sham is not None:
            rate = number("sham.rate", PERCENT * self.sham, "percent", 1)
            out.append(say("sham", draws=number("sham.draws", SHAM, "count"), rate=rate))
        return out


def sham_run(design: Design, seed: int = 0) -> float | None:
    """Return how often the announced analysis finds anything where every effect is nought.

    Everything else stays as the design says: so an announced pilot that takes what happens anyway for its
    effect is found out here. None where a share is estimated, as there is nothing to find.
    """
    if design.document.inquiry.estimand == "share":
        return None
    found = (answer(*without_effect(design, SHAM, seed)[:2])["p"] <= design.alpha).any(axis=1)
    return float(found.mean())


def analyse(design: Design, path: str | Path, made: Plan | None = None, *, seed: int = 0) -> Result:
    """Return the announced analysis of a file of counts.

    ``design``: the design that was announced. ``path``: CSV with the columns block, arm, cluster, period,
    people, outcome, and those of :func:`columns`. ``made``: its plan; without one everything is exploratory,
    and there is no list of lots to hold the counts against. ``seed``: of the sham run. DataError when the
    file does not match the design or the list.
    """
    counts, held = read_counts(design, Path(path), made)
    told, planned = {held: dict[str, float]()} if held else {}, made is not None
    found, first = answers([(design, one) for one in counts.values()]), counts[""]
    unknown = np.isnan(np.array([[*one.values()] for one in found])).any(axis=(0, 1, 2))
    if design.kind == "two_stage" and unknown.any() and not unknown[0]:
        told["second_left"] = {}
    elif unknown.any():
        key, known = ("people", first.n) if first.seen is None else ("seen", first.seen)
        row, what = int(known[0].argmin()), "too few in an arm, block or cluster to estimate anything from"
        if first.took is not None:
            key, what = "took", "as many took what is offered in every arm, so that the lot moved nobody"
        raise DataError(str(Problem(str(path), row + 2, 0, key, what, f"{known[0, row]:g}")))
    lines = [
        one for name, each in zip(counts, found, strict=True) for one in _lines(design, each, name, planned)
    ]
    blocks = sorted(set(first.block.tolist())) if design.kind in ("complete", "blocked") else []
    for k in blocks if len(blocks) > 1 else ():  # nobody announced what holds within a block
        name, mine = list(design.blocks)[k], first.block == k
        seen = None if first.seen is None else first.seen * mine
        alone = replace(first, block=first.block * 0, n=first.n * mine, x=first.x * mine, seen=seen)
        within = _lines(design, answer(design.within(name), alone), name, announced=False)
        lines += [replace(one, p=None) for one in within]
    kept = np.array([">" not in arm for arm in first.arm])
    kept &= (first.period == first.period.max()) | (design.document.answer.estimator != "change")
    lost = 0 if design.clustered else sum(design.arms.values()) - int(first.n[0, kept].sum())
    if design.clustered:
        n, people = first.n[0], design.people * len(set(first.cluster.tolist())) / design.clusters
        sizes = {"counted": n.sum(), "least": n.min(), "largest": n.max(), "planned": people}
        told["sizes"] = {name: round(x) for name, x in sizes.items()} | {"each": round(people / n.size)}
    return Result(design, tuple(lines), lost, sham_run(design, seed), told)


def _lines(design: Design, found: dict[str, arg.Floats], head: str, announced: bool) -> Iterator[Line]:
    said = design.document.answer
    unsaid = {"estimate": said.interval in SEEN, "p": said.test == "none"}
    for k, name in enumerate(design.contrasts):
        parts = {part: float(values[0, k]) for part, values in found.items()}
        known = {part: None if unsaid.get(part) or math.isinf(x) else x for part, x in parts.items()}
        if parts["low"] == parts["low"]:  # none is known of nobody
            yield Line(f"{head}+{name}".lstrip("+"), announced=announced, **known)
