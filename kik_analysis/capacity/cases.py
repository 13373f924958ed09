"""Cases that planners write: given these parameters, expect this; ``kik test`` runs them.

A case changes a scenario (``extends``; by default the base) and says what must come of it, and why. Each
expectation holds, fails, or is undecided at this number of replications: the 99 % interval of what is judged
(a mean, a share of the replications, a paired difference with another case) straddles the limit.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from kik_analysis import project
from kik_analysis.capacity import engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import ALL, PEOPLE, TEAM, Measure, chosen
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.parameters import shipped
from kik_analysis.parameters.changes import read_changes
from kik_analysis.parameters.files import Layer, reader_for
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.values import Value
from kik_analysis.reading import models, yaml
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence
from kik_analysis.statistics import intervals

Numbers = npt.NDArray[np.float64]
CONFIDENCE = 0.99
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
SCHEMA, TITLE = ("schema", "cases.schema.json"), "Cases of Kansen in Kaart"
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
_WHEN = ("on", "until", "every_week")
_WHAT = ("equals", "at_least", "at_most", "between", "less_than_case", "more_than_case")
_MEASURES: dict[str, Measure] = {measure.name: measure for measure in (*PEOPLE, *TEAM)}
_OF_THE_TEAM = frozenset(measure.name for measure in TEAM)
Day = datetime.date | Literal["end"]


class Expectation(Model):
    """One thing that must come of a case: a measure, when, and what about it."""

    measure: str
    segment: str = ALL
    on: Day | None = None
    until: Day | None = None
    every_week: Literal[True] | None = None
    equals: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    between: list[float] | None = None
    less_than_case: str | None = None
    more_than_case: str | None = None
    probability: float | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Expectation:
        for names, word in ((_WHEN, "when"), (_WHAT, "what")):
            given = [name for name in names if getattr(self, name) is not None]
            if len(given) != 1:
                said = f"{' and '.join(given)} do not go together" if given else f"says not {word}"
                raise wrong(said, f"one of {', '.join(names)}")
        measure = _MEASURES.get(self.measure)
        if measure is None:
            known = (*_MEASURES, "")
            raise wrong(f"no measure {self.measure}{did_you_mean(self.measure, known)}", "a recorded measure")
        if self.until is not None and not measure.summed:
            raise wrong(f"{self.measure} is no sum over weeks; ask for it on a day", "on: DATE, or on: end")
        if self.segment != ALL and self.measure in _OF_THE_TEAM:
            raise wrong(f"{self.measure} is of the whole team, not of a segment", "no segment")
        limits = self.between if self.between is not None else [self.equals, self.at_least, self.at_most]
        if self.between is not None and (len(limits) != 2 or not limits[0] <= limits[1]):  # type: ignore[operator]
            raise wrong("cannot be: not two limits, the lower first", "between: [a, b]")
        most = 1.0 if measure.unit == "share" else math.inf
        if any(limit is not None and not 0 <= limit <= most for limit in limits):
            raise wrong(f"cannot be: {self.measure} lies between 0 and {most:g}", "a limit that can be met")
        if self.probability is not None and not 0 < self.probability <= 1:
            raise wrong("probability: outside what is possible", "above 0, at most 1")
        return self

    @property
    def other(self) -> str:
        """Return the case that this one is compared with; empty without one."""
        return self.less_than_case or self.more_than_case or ""

    def words(self) -> str:
        """Return the expectation as it stands in the file, in one line."""
        when = "every week" if self.every_week else f"on {self.on}" if self.on else f"until {self.until}"
        what = next(name for name in _WHAT if getattr(self, name) is not None)
        value = getattr(self, what)
        shown = " and ".join(f"{one:g}" for one in value) if isinstance(value, list) else value
        shown = f"{shown:g}" if isinstance(shown, float) else shown
        of = "" if self.segment == ALL else f" of {self.segment}"
        chance = f" with probability {self.probability:g}" if self.probability is not None else ""
        return f"{self.measure}{of} {when} {what.replace('_', ' ')} {shown}{chance}"


class Case(Model):
    """One case: a name, why it must come out so, what it changes, what it expects."""

    name: str = Field(min_length=1)
    because: str = Field(min_length=1)
    given: dict[str, Any] = Field(default_factory=dict)
    changes: list[Any] = Field(default_factory=list)
    expect: list[Expectation] = Field(min_length=1)


class CaseFile(Model):
    """A file of cases."""

    format: Literal[1]
    kind: Literal["cases"]
    title: Any = None
    extends: str = "base"
    cases: list[Case] = Field(min_length=1)


@dataclass(frozen=True)
class Ready:
    """A case that can run: its scenario, and the line of each expectation."""

    case: Case
    scenario: Scenario
    place: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What came of one expectation.

    ``where``, ``case``: ``FILE:LINE`` and the case's name. ``verdict``: ``holds``, ``fails`` or
    ``undecided``. ``expected``, ``because``: the expectation and the reasoning, as they stand in the file.
    ``got``, ``low``, ``high``: what was judged, with its 99 % interval. ``runs``, ``needed``: replications,
    and how many would decide (0: no number would).
    """

    where: str
    case: str
    verdict: str
    expected: str
    because: str
    got: float
    low: float
    high: float
    runs: int
    needed: int


def read(path: str | Path) -> tuple[Ready, ...]:
    """Return the cases of a file, each with its scenario.

    ParameterError with every problem in the file, or in what it extends, one line each.
    """
    problems, file = Problems(), Path(path)
    top = yaml.load(file, problems, shown_as=str(path))
    found = models.check(CaseFile, top, problems) if top is not None else None
    problems.raise_if_any(ParameterError)
    assert found is not None
    assert top is not None
    base = load_scenario(_extended(found, top, file, problems))
    names: dict[str, int] = {}
    ready = []
    for case, node in zip(found.cases, _items(top.get("cases")), strict=True):
        if case.name in names:
            what = f"the name stands on line {names[case.name]} too"
            problems.add(node, what, key="name", got=case.name, expected="one of its own")
        names[case.name] = node.line
        layer = _layer(case, node, file.name, str(path), problems)
        problems.raise_if_any(ParameterError)
        scenario = replace(base.over(layer, case.name), header=replace(base.header, title=(case.name,) * 2))
        lines = tuple(f"{one.file}:{one.line}" for one in _items(node.get("expect")))
        ready.append(Ready(case, scenario, f"{path}:{node.line}", lines))
    by_name = {one.case.name: one for one in ready}
    for one, node in zip(ready, _items(top.get("cases")), strict=True):
        for expectation, at in zip(one.case.expect, _items(node.get("expect")), strict=True):
            _check(expectation, at, one, by_name, problems)
    problems.raise_if_any(ParameterError)
    return tuple(ready)


def _items(node: Node | None) -> list[Mapping]:
    return [one for one in node.items if isinstance(one, Mapping)] if isinstance(node, Sequence) else []


def _extended(found: CaseFile, top: Mapping, file: Path, problems: Problems) -> Path:
    named = top.get("extends")
    beside = file.parent / found.extends
    if beside.is_file():
        return beside
    try:
        return shipped.find(found.extends) if not found.extends.endswith(".yml") else beside
    finally:
        if isinstance(named, Scalar) and not beside.is_file() and found.extends not in shipped.files():
            what = "no such scenario; a path is seen from this file's folder"
            problems.add(named, what, key="extends", got=found.extends, expected="base, or a file")
            problems.raise_if_any(ParameterError)


def _layer(case: Case, node: Mapping, name: str, shown_as: str, problems: Problems) -> Layer:
    """Return what a case changes as a layer over its scenario; values have the case's file and line."""
    reader = reader_for(name, problems)
    values: dict[str, Value] = {}
    book = reader.catalogue
    given = node.get("given")
    for key, inner in given if isinstance(given, Mapping) else ():
        if key.text not in book:
            problems.add(key, f"unknown parameter{book.did_you_mean(key.text)}", key=f"given.{key.text}")
            continue
        value = reader.read(book[key.text], inner, key.text, place=key)
        values |= {key.text: value} if value is not None else {}
    changes = node.get("changes")
    listed = read_changes(changes, reader) if changes is not None else ()
    return Layer(name, shown_as, values, listed)


def _check(
    one: Expectation, node: Mapping, ready: Ready, by_name: dict[str, Ready], problems: Problems
) -> None:
    """Add a problem for an expectation about another run: no such day, segment or case."""
    scenario = ready.scenario
    day = one.on if one.on is not None else one.until
    if isinstance(day, datetime.date) and not scenario.start <= day <= scenario.end:
        expected = f"{scenario.start} to {scenario.end}, or end"
        problems.add(
            node, "cannot be: a day outside the run", key="expect", got=day.isoformat(), expected=expected
        )
    segments = tuple(name for name, _ in scenario.value("people.segment_share").cells)
    if one.segment not in (ALL, *segments):
        what = f"no segment {one.segment}{did_you_mean(one.segment, segments)}"
        problems.add(node, what, key="expect", expected=", ".join((ALL, *segments)))
    other = by_name.get(one.other)
    if one.other and (other is None or other is ready):
        what = f"no other case {one.other}{did_you_mean(one.other, by_name)}"
        problems.add(node, what, key="expect", expected="the name of a case in this file")
    elif other is not None and (other.scenario.start, other.scenario.end) != (scenario.start, scenario.end):
        what = f"{one.other} runs from {other.scenario.start} until {other.scenario.end}"
        problems.add(node, what, key="expect", expected="a case with the same start and weeks")


def run(
    path: str | Path, *, workers: int | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[Verdict, ...]:
    """Run the cases of a file.

    ``path``: the file. ``workers``: threads; the verdicts do not depend on it. ``progress``: called with
    replications done and to do. Returns one for each expectation, in the order of the file. InputError the
    file is wrong, or a case asks for what cannot exist; nothing has been judged then.
    """
    ready = read(path)
    runs = {one.case.name: _Runs(one, ready) for one in ready}
    total, done = sum(one.replications for one in runs.values()), 0
    for each in runs.values():

        def tell(n: int, _: int, before: int = done) -> None:
            if progress is not None:
                progress(before + n, total)

        each.run(workers, tell)
        done += each.replications
    found = []
    for one in ready:
        for where, expectation in zip(one.lines, one.case.expect, strict=True):
            found.append(_judged(where, one.case, expectation, runs))
    return tuple(found)


class _Runs:
    """The futures of one case: the measures that its own and other cases' expectations ask for."""

    def __init__(self, one: Ready, every: Iterable[Ready]) -> None:
        self.ready = one
        asked = [e for case in every for e in case.case.expect if case is one or e.other == one.case.name]
        self.asked = list(dict.fromkeys((e.segment, e.measure) for e in asked))
        self.replications = int(str(one.scenario["run.replications"]))
        try:
            self.compiled = compile_scenario(one.scenario)
        except InputError as error:
            raise ParameterError(f"{one.place}: {one.case.name}: {line}" for line in error.lines) from None

    def run(self, workers: int | None, progress: engine.Progress | None) -> None:
        c = self.compiled
        places = [chosen(c, (measure,), segment)[0] for segment, measure in self.asked]
        rows = np.s_[: c.weeks, [column for _, _, column in places]]
        seed = int(str(self.ready.scenario["run.seed"]))
        more: Any = {
            "replications": self.replications,
            "seed": seed,
            "workers": workers,
            "progress": progress,
        }
        self.values = engine.samples(c, rows, **more) * np.array([m.scale for _, m, _ in places])

    def of(self, one: Expectation) -> Numbers:
        """Return what an expectation is about: (replications, weeks asked)."""
        weeks = self.values[..., self.asked.index((one.segment, one.measure))]
        mondays = self.compiled.mondays()
        if one.every_week:
            return np.asarray(weeks)
        if one.until is not None:
            before = [t for t, day in enumerate(mondays) if one.until == "end" or day < one.until]
            return np.asarray(weeks[:, before].sum(axis=1, keepdims=True))
        at = [t for t, day in enumerate(mondays) if one.on == "end" or day <= one.on][-1]  # type: ignore[operator]
        return np.asarray(weeks[:, at : at + 1])


def _limits(one: Expectation) -> tuple[float, float]:
    """Return the limits between which a value must lie; ``equals`` is within half its last written digit."""
    if one.equals is not None:
        text = f"{one.equals:.10f}".rstrip("0").rstrip(".")
        half = 0.5 * 10.0 ** -len(text.partition(".")[2])
        return one.equals - half, one.equals + half
    if one.between is not None:
        return one.between[0], one.between[1]
    return (-math.inf if one.at_least is None else one.at_least), (
        math.inf if one.at_most is None else one.at_most
    )


def _judged(where: str, case: Case, one: Expectation, runs: dict[str, _Runs]) -> Verdict:
    values = runs[case.name].of(one)
    low, high, strict = *_limits(one), False
    if one.other:
        count = min(len(values), runs[one.other].replications)
        values = values[:count] - runs[one.other].of(one)[:count]
        low, high, strict = (-math.inf, 0.0, True) if one.less_than_case else (0.0, math.inf, True)
    slack = 0.0 if strict else 1e-9 * max(1.0, *(abs(limit) for limit in (low, high) if math.isfinite(limit)))
    inside = (values > low if strict else values >= low - slack) & (
        values < high if strict else values <= high + slack
    )
    if one.probability is not None:
        found = _share(np.asarray(inside.all(axis=1)), one.probability)
    else:
        weeks = [_mean(values[:, t], low, high, slack, strict) for t in range(values.shape[1])]
        found = min(weeks, key=lambda one: _worst(one, low, high))
    verdict, got, left, right, needed = found
    return Verdict(
        where, case.name, verdict, one.words(), case.because, got, left, right, len(values), needed
    )


Found = tuple[str, float, float, float, int]
"""Verdict, what was judged, its interval, and how many replications would decide."""


def _worst(found: Found, low: float, high: float) -> tuple[int, float]:
    """Order weeks: the one that fails first, else the one nearest to a limit."""
    return (FAILS, UNDECIDED, HOLDS).index(found[0]), min(found[2] - low, high - found[3])


def _mean(values: Numbers, low: float, high: float, slack: float, strict: bool) -> Found:
    """Judge a mean: its 99 % interval lies inside the limits, outside them, or across one."""
    n, mean = len(values), float(values.mean())
    deviation = float(values.std(ddof=1)) if n > 1 else 0.0
    half = Z * deviation / math.sqrt(n)
    left, right = mean - half, mean + half
    edge = -slack if not strict else 0.0
    inside = (left > low and right < high) if strict else (left >= low + edge and right <= high - edge)
    outside = (right <= low or left >= high) if strict else (right < low + edge or left > high - edge)
    if inside or outside:
        return (HOLDS if inside else FAILS), mean, left, right, n
    gap = min(abs(mean - limit) for limit in (low, high) if math.isfinite(limit))
    needed = math.ceil((Z * deviation / gap) ** 2) if gap > 0 and deviation > 0 else 0
    return UNDECIDED, mean, left, right, needed


def _share(holds: npt.NDArray[np.bool_], probability: float) -> Found:
    """Judge the share of replications in which it holds: Clopper and Pearson's interval."""
    n, k = len(holds), int(holds.sum())
    left, right = intervals.proportion(k, n, method="clopper-pearson", confidence=CONFIDENCE)
    share = k / n
    if left >= probability or (probability == 1 and k == n):
        return HOLDS, share, left, right, n
    if right < probability or (probability == 1 and k < n):
        return FAILS, share, left, right, n
    if k == n:
        return (
            UNDECIDED,
            share,
            left,
            right,
            math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(probability)),
        )
    gap = abs(share - probability)
    return UNDECIDED, share, left, right, math.ceil(Z**2 * share * (1 - share) / gap**2) if gap else 0


def lines(verdicts: Iterable[Verdict], said: Callable[..., str]) -> Iterator[str]:
    """Yield one line for each verdict, ``FILE:LINE: name: holds``, and one that counts them.

    ``verdicts``: from :func:`run`. ``said``: gives a sentence of ``texts/cases.toml`` in the reader's
    language.
    """
    every = list(verdicts)
    for one in every:
        head = f"{one.where}: {one.case}"
        if one.verdict == HOLDS:
            yield said("holds", head=head)
            continue
        numbers = {name: f"{getattr(one, name):.6g}" for name in ("got", "low", "high")}
        yield said(one.verdict, head=head, expected=one.expected, because=one.because, **numbers)
        if one.verdict == UNDECIDED:
            yield "  " + said("needed" if one.needed else "never", runs=one.runs, needed=one.needed)
    counts = {name: sum(one.verdict == name for one in every) for name in (HOLDS, FAILS, UNDECIDED)}
    yield said("counts", **counts)


if __name__ == "__main__":
    project.params(*SCHEMA).write_text(models.schema_text(CaseFile, TITLE), "utf-8", newline="\n")
