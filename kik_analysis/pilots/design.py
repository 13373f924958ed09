"""A pilot design: its file read and checked, every number resolved at low, central or high."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kik_analysis import project
from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.evidence.reads import note
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.pilots.document import CONTROL, LEVELS, Document, Each, Kind
from kik_analysis.reading import models, yaml
from kik_analysis.reading.digest import bytes_digest, digest
from kik_analysis.reading.problems import Place, Problems, did_you_mean, shown
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.rounding import shared_out

Level = Literal["low", "central", "high"]
ALL = "all"
"""The name of the only block where a design has none."""
CLUSTERED = ("cluster", "blocked_cluster", "stepped_wedge")
WITH_ARMS = ("complete", "blocked", "cluster", "blocked_cluster", "two_stage", "rerandomised")
RUNS_ON: dict[str, tuple[Kind, ...]] = {
    "difference_in_means": (
        *("complete", "blocked", "cluster", "blocked_cluster", "factorial", "rerandomised", "none"),
    ),
    "regression": (
        *("complete", "blocked", "cluster", "blocked_cluster", "factorial", "stepped_wedge", "rerandomised"),
    ),
    "inverse_probability": ("complete", "blocked", "two_stage"),
    "mean": ("none",),
    "change": ("none",),
    "cace": ("complete", "blocked"),
}
"""Estimator -> the assignments that it can run on."""
INTERVALS: dict[str, tuple[str, ...]] = {
    "newcombe": ("difference_in_means",),
    "wald": tuple(RUNS_ON),
    "permutation": ("difference_in_means",),
    "clopper-pearson": ("mean",),
    "confidence_sequence": ("difference_in_means",),
    "manski": ("difference_in_means",),
    "lee": ("difference_in_means",),
}
TESTS: dict[str, tuple[str, ...]] = {
    "wald": tuple(RUNS_ON),
    "z": ("difference_in_means",),
    "fisher": ("difference_in_means",),
    "permutation": ("difference_in_means",),
    "e_process": ("difference_in_means",),
    "none": tuple(RUNS_ON),
}
"""Interval or test -> the estimators that it goes with."""
SEEN = ("manski", "lee")


@dataclass(frozen=True, eq=False)
class Design:
    """A pilot design with its numbers at one level. Nothing in it changes.

    Attributes
    ----------
    document
        What the file says, in its own words and forms.
    level
        ``low``, ``central`` or ``high``: at which end of their ranges the numbers are taken.
    hash
        Digest of everything but the texts, at all three levels; the same at every level.
    people, blocks
        People in the frame, in all and by block (one block ``all`` where the file names none).
    arms
        Units per arm, control first: people, or clusters where ``clustered``. The cells of a factorial design
        are called ``control``, ``a``, ``b``, ``a+b``. Empty for a stepped wedge.
    sizes
        People per arm and block, as ``sizes[arm][block]``, where chance does not decide it: expected
        numbers, whole where the design fixes them.
    rates
        ``rates[arm]``: chance of the outcome per block when everybody in the arm gets what it offers.
    contrasts
        What is estimated: ``contrasts[label][arm]`` is the weight of an arm; labels are arms or factors.
    uptake, attrition, seen
        Shares per arm: who gets what the arm offers, who is lost, whose outcome is seen (``seen`` may be
        empty: everybody's).
    clusters, size_cv, icc, alpha
        Number of clusters (0: none), variation of their sizes, likeness of people in one, level of the test.
    """

    document: Document
    level: Level
    hash: str
    file: str
    people: int
    blocks: dict[str, int]
    arms: dict[str, int]
    sizes: dict[str, dict[str, float]]
    rates: dict[str, arg.Floats]
    contrasts: dict[str, dict[str, float]]
    uptake: dict[str, float]
    attrition: dict[str, float]
    seen: dict[str, float]
    clusters: int
    size_cv: float
    icc: float
    alpha: float
    values: dict[str, float]
    scenario: Scenario
    _nodes: yaml.Mapping

    def __repr__(self) -> str:
        return f"Design({self.name}, {self.level}, {self.hash[:8]})"

    @property
    def name(self) -> str:
        """Return the stem of the file's name."""
        return Path(self.file).stem

    @property
    def kind(self) -> Kind:
        """Return how people or clusters come under an arm."""
        return self.document.data.assignment.kind

    @property
    def clustered(self) -> bool:
        """Tell whether lots fall on clusters."""
        return self.kind in CLUSTERED

    @functools.cached_property
    def weights(self) -> arg.Floats:
        """Return the share of the frame in each block."""
        sizes = np.array(list(self.blocks.values()), dtype=np.float64)
        return np.asarray(sizes / sizes.sum())

    def number(self, path: str, otherwise: float = 0.0) -> float:
        """Return a number of the file at this level, by its place (``model.selection``)."""
        return self.values.get(path, otherwise)

    def at(self, level: Level) -> Design:
        """Return the same design with every ranged number at its low, central or high end."""
        if level not in LEVELS:
            raise ParameterError(f"level is {shown(level)} (expected one of {', '.join(LEVELS)})")
        return self if level == self.level else _made(self._nodes, self.scenario, level, Problems())

    def replace(self, changes: Mapping[str, float | str]) -> Design:
        """Return a design in which values differ, by place: ``{"model.base_rate": 0.2}``.

        Raises
        ------
        ParameterError
            When there is no such place, or the design that results cannot be.
        """
        nodes = self._nodes
        for path, value in changes.items():
            nodes = _put(nodes, path, path.split("."), value)
        return _made(nodes, self.scenario, self.level, Problems())


def load_design(path: str | Path, scenario: Scenario | None = None) -> Design:
    """Read a design file; it is at its central values.

    Parameters
    ----------
    path
        The file; a bare name such as ``p2_blocked`` is sought in ``params/pilots``.
    scenario
        Where parameters that it names are read; by default ``params/base.yml``.

    Raises
    ------
    ParameterError
        With every problem in the file, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    file, problems = Path(path), Problems()
    if not file.suffix and not file.exists():
        file = project.params("pilots", f"{file.name}.yml")
        if not file.exists():
            shipped = [one.stem for one in project.params("pilots").glob("*.yml")]
            raise ParameterError(f"{path}: no such pilot{did_you_mean(str(path), shipped)}")
    nodes = yaml.load(file, problems, shown_as=str(path) if Path(path).suffix else project.relative(file))
    problems.raise_if_any(ParameterError)
    assert nodes is not None
    note("file", project.relative(file), bytes_digest(file.read_bytes()))
    return _made(nodes, scenario or load_scenario(), "central", problems)


def _put(node: yaml.Mapping, path: str, keys: list[str], value: float | str) -> yaml.Mapping:
    key, *rest = keys
    known = tuple(one.text for one, _ in node)
    entries = []
    for name, below in node:
        if name.text == key and rest and isinstance(below, yaml.Mapping):
            below = _put(below, path, rest, value)
        elif name.text == key and rest:
            raise ParameterError(f"{path}: nothing below {key} in the design")
        elif name.text == key:
            below = yaml.Scalar(value, str(value), below.file, below.line, below.column)
        entries.append((name, below))
    if key not in known:
        near = did_you_mean(key, known)
        raise ParameterError(
            f"{path}: the design says nothing here{near} (expected one of {', '.join(known)})"
        )
    return dataclasses.replace(node, entries=tuple(entries))


def _made(nodes: yaml.Mapping, scenario: Scenario, level: Level, problems: Problems) -> Design:
    document = models.check(Document, nodes, problems)
    problems.raise_if_any(ParameterError)
    assert document is not None
    reader = _Reader(document, nodes, scenario, problems)
    values = {one: reader.values(one) for one in LEVELS}
    problems.raise_if_any(ParameterError)
    said = document.model_dump(mode="json", exclude={"texts"})
    return reader.design(level, values[level], digest([said, values]))


class _Reader:
    """Makes a document a design; every problem at its line."""

    def __init__(
        self, document: Document, nodes: yaml.Mapping, scenario: Scenario, problems: Problems
    ) -> None:
        self.document, self.nodes, self.scenario, self.problems = document, nodes, scenario, problems
        self.model, self.lots, self.answer = document.model, document.data.assignment, document.answer
        self.v: dict[str, float] = {}

    def wrong(self, key: str, what: str, *, got: object = "", expected: str = "") -> None:
        where: Any = Place(self.nodes.file, 1)
        node: yaml.Node | None = self.nodes
        for part in key.split("."):
            node = node.get(part) if isinstance(node, yaml.Mapping) else None
            where = node or where
        said = f"{got:g}" if isinstance(got, float) else str(got)
        self.problems.add(where, what, key=key, got=said, expected=expected)

    def values(self, level: str) -> dict[str, float]:
        found = {}
        for key, amount in self.document.amounts:
            unknown = [path for path in amount.paths if path not in self.scenario]
            if unknown:
                self.wrong(
                    key, f"no such parameter{did_you_mean(unknown[0], self.scenario.paths)}", got=unknown[0]
                )
            elif not amount.rest:
                found[key] = amount.at(level, self.scenario)
        return found

    def design(self, level: Level, values: dict[str, float], hashed: str) -> Design:
        self.v = values
        self.combinations()
        people, blocks = self.frame()
        clusters = self.whole("model.clusters", 2) if self.model.clusters else 0
        self.problems.raise_if_any(ParameterError)
        arms = self.arms(people, clusters)
        self.problems.raise_if_any(ParameterError)
        share = {name: self.each(f"model.{name}", tuple(arms)) for name in ("attrition", "uptake")}
        seen = self.each("model.seen", tuple(arms)) if self.model.seen else {}
        rates = self.rates(arms, blocks)
        self.names(self.document.data.effort, "data.effort", (*arms, ALL))
        for key in ("model.icc", "answer.alpha"):
            if not 0.0 <= values[key] < 1.0:
                self.wrong(key, "outside 0 to 1", got=values[key])
        self.problems.raise_if_any(ParameterError)
        return Design(
            self.document, level, hashed, self.nodes.file, people, blocks, arms,
            self.sizes(arms, blocks, people, clusters), rates, self.contrasts(arms), share["uptake"],
            share["attrition"], seen, clusters, values["model.size_cv"], values["model.icc"],
            values["answer.alpha"], values, self.scenario, self.nodes,
        )  # fmt: skip

    def combinations(self) -> None:
        """Refuse what does not go together: assignment, estimator, interval, test."""
        kind, estimator = self.lots.kind, self.answer.estimator
        if kind not in RUNS_ON[estimator]:
            able = [name for name, kinds in RUNS_ON.items() if kind in kinds]
            what = f"this estimator cannot run on a {kind} assignment"
            self.wrong("answer.estimator", what, got=estimator, expected=f"one of {', '.join(able)}")
        for key, table in (("interval", INTERVALS), ("test", TESTS)):
            chosen = getattr(self.answer, key)
            if estimator not in table[chosen]:
                able = [name for name, estimators in table.items() if estimator in estimators]
                what = f"does not go with {estimator}"
                self.wrong(f"answer.{key}", what, got=chosen, expected=f"one of {', '.join(able)}")
        people_only = {"fisher", "e_process", "z", "newcombe", "confidence_sequence"}
        for key in ("interval", "test"):
            chosen = getattr(self.answer, key)
            if kind in CLUSTERED and chosen in people_only:
                what = "counts people as if each had been drawn, but lots fall on clusters"
                self.wrong(f"answer.{key}", what, got=chosen, expected="wald or permutation")
        if self.answer.interval == "permutation" and kind != "cluster":
            self.wrong(
                "answer.interval", "a permutation interval is for clusters", expected="newcombe or wald"
            )
        if (self.model.seen is not None) != (self.answer.interval in SEEN):
            what = "outcomes seen only for some need bounds, never a plain comparison"
            if self.model.seen is None:
                what = "bounds are for outcomes that are seen only for some; give model.seen"
            self.wrong(
                "answer.interval", what, got=self.answer.interval, expected="manski or lee, with model.seen"
            )
        if kind in CLUSTERED and self.model.clusters is None:
            self.wrong("model", "lots fall on clusters, but their number is missing", expected="clusters")

    def whole(self, key: str, least: int = 1) -> int:
        value = self.v[key]
        if value != int(value) or value < least:
            self.wrong(key, "not a whole number" if value != int(value) else "too few", got=value,
                       expected=f"at least {least}")  # fmt: skip
        return int(value)

    def frame(self) -> tuple[int, dict[str, int]]:
        named = {name: self.whole(f"model.blocks.{name}", 2) for name in self.model.blocks}
        if not named and self.model.people is None:
            self.wrong("model", "who there is is missing", expected="people or blocks")
            return 0, {}
        people = self.whole("model.people", 2) if self.model.people else sum(named.values())
        if named and people != sum(named.values()):
            self.wrong(
                "model.people",
                "the blocks do not add up to it",
                got=people,
                expected=str(sum(named.values())),
            )
        return people, named or {ALL: people}

    def arms(self, people: int, clusters: int) -> dict[str, int]:
        """Return units per arm, control first."""
        kind, limit = self.lots.kind, clusters if self.lots.kind in CLUSTERED else people
        if kind == "stepped_wedge":
            if self.lots.steps < 2 or clusters % self.lots.steps:
                what = "clusters cross over in steps of equal size, at least two"
                self.wrong(
                    "data.assignment.steps", what, got=self.lots.steps, expected=f"a divisor of {clusters}"
                )
            return {CONTROL: 0, "treated": clusters}
        if kind == "factorial":
            return self.cells(people)
        named, left = {}, []
        for name, amount in self.lots.arms.items():
            key = f"data.assignment.arms.{name}"
            if amount.rest:
                left.append(name)
                named[name] = 0
            else:
                named[name] = self.whole(key, 1)
        if len(left) > 1:
            self.wrong("data.assignment.arms", "only one arm can be the rest")
        elif left:
            named[left[0]] = limit - sum(named.values())
        unit = "clusters" if kind in CLUSTERED else "people in the frame"
        if sum(named.values()) > limit or min(named.values(), default=0) < 0:
            what = f"the arms are larger than the frame; there are {limit} {unit}"
            self.wrong("data.assignment.arms", what, got=sum(named.values()), expected=f"at most {limit}")
        elif not named or min(named.values()) < 1:
            self.wrong("data.assignment.arms", "an arm is empty", expected="at least one unit in every arm")
        alone = self.answer.estimator in ("mean", "change")
        if not alone and (CONTROL not in named or len(named) < 2):
            what = f"a difference needs an arm called {CONTROL}, and another"
            self.wrong("data.assignment.arms", what, got=", ".join(named), expected=f"{CONTROL} and another")
        single = (
            kind in CLUSTERED and self.answer.test != "permutation" and min(named.values(), default=2) < 2
        )
        if single:
            what = "one cluster cannot be told from its treatment; add clusters (people will not help)"
            self.wrong("data.assignment.arms", what, expected="2 clusters per arm, or test: permutation")
        return dict(sorted(named.items(), key=lambda one: one[0] != CONTROL))

    def cells(self, people: int) -> dict[str, int]:
        factors = self.lots.factors
        if not 1 <= len(factors) <= 4:
            self.wrong(
                "data.assignment.factors", "too few or too many", got=len(factors), expected="one to four"
            )
            return {}
        size = self.whole("data.assignment.size", 2 ** len(factors)) if self.lots.size else people
        if size > people:
            what = f"the arms are larger than the frame; there are {people} people"
            self.wrong("data.assignment.size", what, got=size, expected=f"at most {people}")
        sets = [one for many in range(len(factors) + 1) for one in itertools.combinations(factors, many)]
        counts = shared_out(size, [Fraction(1)] * len(sets))
        return {"+".join(one) or CONTROL: n for one, n in zip(sets, counts, strict=True)}

    def names(self, found: Mapping[str, object], key: str, known: tuple[str, ...]) -> None:
        for name in found:
            if name and name not in known:
                near = did_you_mean(name, known)
                self.wrong(
                    f"{key}.{name}", f"unknown name{near}", got=name, expected=f"one of {', '.join(known)}"
                )

    def each(
        self, key: str, known: tuple[str, ...], least: float = 0.0, most: float = 1.0
    ) -> dict[str, float]:
        """Return a share by name, from one number for all or from numbers by name."""
        given: Each = getattr(self.model, key.partition(".")[2])
        self.names(given, key, known)
        if "" not in given and set(known) - set(given):
            missing = ", ".join(one for one in known if one not in given)
            self.wrong(key, f"says nothing about {missing}", expected=f"a number for {', '.join(known)}")
            return dict.fromkeys(known, 0.0)
        found = {name: self.v[key if "" in given else f"{key}.{name}"] for name in known}
        for name, value in found.items():
            if not least <= value <= most:
                where = key if "" in given else f"{key}.{name}"
                self.wrong(where, f"outside {least:g} to {most:g}", got=value)
        return found

    def rates(self, arms: dict[str, int], blocks: dict[str, int]) -> dict[str, arg.Floats]:
        base = np.array(list(self.each("model.base_rate", tuple(blocks)).values()))
        named = [name for name in arms if name != CONTROL]
        known = [*(self.lots.factors or named), *self.lots.second[1:]]
        pairs = [":".join(pair) for pair in itertools.combinations(known, 2)] if self.lots.factors else []
        self.names(self.model.effect, "model.effect", (*known, *pairs))
        found = {}
        for arm in {CONTROL: 0, **arms}:
            active = arm.split("+") if arm != CONTROL else []
            active = [*active, *(":".join(pair) for pair in itertools.combinations(active, 2))]
            found[arm] = self.shifted(base, active, f"model.effect of {arm}")
        if self.lots.kind == "two_stage":
            found |= self.second(blocks)
        return found

    def second(self, blocks: dict[str, int]) -> dict[str, arg.Floats]:
        if self.model.second_rate is None or len(self.lots.second) != 2:
            what = "two stages need the share reached by a repeat, and two names under second"
            self.wrong("data.assignment", what, expected="model.second_rate and second: [repeat, NAME]")
            return {}
        again = np.array(list(self.each("model.second_rate", tuple(blocks)).values()))
        repeat, firm = self.lots.second
        return {repeat: again, firm: self.shifted(again, [firm], f"model.effect of {firm}")}

    def shifted(self, base: arg.Floats, active: list[str], what: str) -> arg.Floats:
        """Return shares after the effects of what is active."""
        given = self.model.effect
        effects = []
        for name in active:
            if name in given or ("" in given and ":" not in name):
                effects.append(self.v["model.effect" if "" in given else f"model.effect.{name}"])
        if self.model.scale == "odds_ratio":
            odds = base * float(np.prod(effects))
            return np.asarray(odds / (1.0 - base + odds))
        after = base + sum(effects)
        if (after < 0.0).any() or (after > 1.0).any():
            worst = float(after[np.argmax(np.abs(after - 0.5))])
            self.wrong("model.effect", f"{what} pushes a share outside 0 to 1; make it smaller", got=worst,
                       expected="base_rate plus effect between 0 and 1")  # fmt: skip
        return np.asarray(after)

    def contrasts(self, arms: dict[str, int]) -> dict[str, dict[str, float]]:
        if self.answer.estimator == "mean":
            return {arm: {arm: 1.0} for arm in arms}
        if self.lots.kind == "two_stage":
            new, (repeat, firm) = list(arms)[-1], self.lots.second
            one, again = {new: 1.0, CONTROL: -1.0}, {firm: 1.0, repeat: -1.0}
            return {"first_letter": one, "second_letter": again, "both": one | again}
        if self.lots.kind != "factorial":
            return {arm: {arm: 1.0, CONTROL: -1.0} for arm in arms if arm != CONTROL}
        factors, found = self.lots.factors, {}
        wanted = list(
            itertools.combinations(factors, 2 if self.document.inquiry.estimand == "interaction" else 1)
        )
        for names in wanted:
            half = 2.0 ** (len(factors) - len(names))
            signs = {arm: (-1.0) ** sum(name not in arm.split("+") for name in names) for arm in arms}
            found[":".join(names)] = {arm: sign / half for arm, sign in signs.items()}
        return found

    def sizes(
        self, arms: dict[str, int], blocks: dict[str, int], people: int, clusters: int
    ) -> dict[str, dict[str, float]]:
        shares = [Fraction(n, people) for n in blocks.values()]
        found: dict[str, dict[str, float]] = {}
        if self.lots.kind == "blocked":
            left = dict(blocks)
            for arm, n in arms.items():
                free = sum(left.values())
                parts = shared_out(n, [Fraction(one, free) for one in left.values()])
                found[arm] = dict(zip(blocks, map(float, parts), strict=True))
                left = {name: left[name] - part for name, part in zip(blocks, parts, strict=True)}
            for name in blocks:
                if min(one[name] for one in found.values()) < 1:
                    self.wrong("data.assignment.arms", f"block {name} is too small to be in every arm",
                               expected="larger blocks, or fewer")  # fmt: skip
        else:
            each = people / clusters if self.lots.kind in CLUSTERED else 1.0
            for arm, n in arms.items():
                found[arm] = {
                    name: float(n * each * share) for name, share in zip(blocks, shares, strict=True)
                }
        self.problems.raise_if_any(ParameterError)
        return found


def estimands(design: Design) -> Iterator[tuple[str, str]]:
    """Yield the label of each primary estimand with the contrast it is about."""
    kind = design.document.inquiry.estimand
    alone = len(design.contrasts) == 1
    for name in design.contrasts:
        yield (kind if alone else f"{kind}:{name}"), name


def not_possible(design: Design, what: str) -> ModelError:
    """Return the error of a design that cannot be carried out."""
    return ModelError(f"{design.file}: {what}")
