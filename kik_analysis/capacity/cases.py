"""Cases that planners write: given these parameters, expect this; ``kik test`` runs them.

A case changes a scenario (``extends``; by default the base) and says what must come of it, and why. Each
expectation holds, fails, or is undecided at this number of replications: the 99 % interval of what is judged
(a mean, a share of the replications, a paired difference with another case) straddles the limit.
"""

import contextlib
import datetime
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Any, Literal

import numpy as np
import scipy
from pydantic import BeforeValidator, Field, model_validator

from kik_analysis.capacity import engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.measures import ALL, KNOWN, TEAM, chosen
from kik_analysis.capacity.results import Numbers, recorded
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.changes import read_changes
from kik_analysis.parameters.files import INSTEAD, KINDS, Layer, named_in, values_at
from kik_analysis.parameters.hints import as_share, written
from kik_analysis.parameters.remarks import old_name, remark, shown
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.shapes import Reader
from kik_analysis.parameters.values import Value
from kik_analysis.reading import models, yaml
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence
from kik_analysis.statistics import intervals

CONFIDENCE = 0.99
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
SLACK = 1e-9  #: of a limit: what is left of rounding breaks none
TITLE = "Cases of Kansen in Kaart"
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
_WHEN = ("on", "until", "every_week")
_WHAT = ("equals", "at_least", "at_most", "between", "less_than_case", "more_than_case")
_OF_THE_TEAM = frozenset(measure.name for measure in TEAM)


def _day(given: object) -> object:
    if isinstance(given, datetime.date) or given == "end":
        return given
    raise wrong("not a day", "a date, as in 2019-10-07, or end")


Day = Annotated[datetime.date | Literal["end"], BeforeValidator(_day)]


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
    def _one_of_each(self) -> "Expectation":
        for names, word in ((_WHEN, "when"), (_WHAT, "what")):
            given = [name for name in names if getattr(self, name) is not None]
            if len(given) != 1:
                said = f"{' and '.join(given)} do not go together" if given else f"says not {word}"
                raise wrong(said, f"one of {', '.join(names)}")
        measure = KNOWN.get(self.measure)
        if measure is None:
            what = f"no measure {self.measure}{did_you_mean(self.measure, KNOWN)}"
            raise wrong(what, "a recorded measure", "measure")
        if self.until is not None and not measure.summed:
            raise wrong(
                f"{self.measure} is no sum over weeks; ask for it on a day", "on: DATE, or on: end", "until"
            )
        if self.segment != ALL and self.measure in _OF_THE_TEAM:
            raise wrong(f"{self.measure} is of the whole team, not of a segment", "no segment", "segment")
        limits = self.between if self.between is not None else [self.equals, self.at_least, self.at_most]
        if self.between is not None and (len(limits) != 2 or not limits[0] <= limits[1]):  # type: ignore[operator]
            raise wrong("cannot be: not two limits, the lower first", "between: [a, b]", "between")
        most = 1.0 if measure.unit == "share" else math.inf
        for limit in (one for one in limits if one is not None and not 0 <= one <= most):
            what = f"cannot be: {self.measure} lies between 0 and 1{as_share(limit)}"
            what = what if most == 1 else f"cannot be: {self.measure} is at least 0"
            at = next(name for name in _WHAT if getattr(self, name) is not None)
            raise wrong(what, "a limit that can be met", at)
        if self.probability is not None and not 0 < self.probability <= 1:
            what = f"outside what is possible{as_share(self.probability)}"
            raise wrong(what, "above 0, at most 1", "probability")
        return self

    @property
    def other(self) -> str:
        """Return the case that this one is compared with; empty without one."""
        return self.less_than_case or self.more_than_case or ""

    @property
    def limits(self) -> tuple[float, float]:
        """Return the limits between which a value, or the difference with the other case, must lie.

        ``equals`` is within half its last written digit.
        """
        if self.other:  # the number next to nought: what is equal is not less
            beyond = math.nextafter(0.0, 1.0)
            return (-math.inf, -beyond) if self.less_than_case else (beyond, math.inf)
        if self.equals is not None:
            text = f"{self.equals:.10f}".rstrip("0").rstrip(".")
            half = 0.5 * 10.0 ** -len(text.partition(".")[2])
            low, high = self.equals - half, self.equals + half
        else:
            low, high = self.between or (self.at_least, self.at_most)  # type: ignore[assignment]
            low, high = -math.inf if low is None else low, math.inf if high is None else high
        slack = SLACK * max(1.0, *(abs(one) for one in (low, high) if math.isfinite(one)))
        return low - slack, high + slack

    def words(self) -> str:
        """Return the expectation as it stands in the file, in one line."""
        given = {name: value for name, value in self if value not in (None, ALL)}
        if self.between:
            given["between"] = f"[{', '.join(map(written, self.between))}]"
        said = (f"{name}: {written(value)}" for name, value in given.items())
        return ", ".join(said).replace("True", "true")


class Case(Model):
    """One case: a name, why it must come out so (where that is said), what it changes, what it expects."""

    name: str = Field(min_length=1)
    because: str = ""
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
    """A case that can run: its scenario, its line, and ``FILE:LINE`` of each expectation."""

    case: Case
    scenario: Scenario
    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What came of one expectation.

    ``where``, ``case``: ``FILE:LINE`` and the case's name. ``expected``, ``because``: the expectation and the
    reasoning, as they stand in the file. ``verdict``: ``holds``, ``fails`` or ``undecided``. ``got``,
    ``low``, ``high``: what was judged, with its 99 % interval. ``needed``, ``runs``: how many replications
    would decide (0: no number would), and how many there were. ``week``: of what must hold in every week, the
    one that is told: its Monday.
    """

    where: str
    case: str
    expected: str
    because: str
    verdict: str
    got: float
    low: float
    high: float
    needed: int
    runs: int
    week: datetime.date | None = None


Found = tuple[str, float, float, float, int, int]
"""Verdict, what was judged, its interval, how many replications would decide, and how many there were."""


def read(path: str | Path) -> tuple[Ready, ...]:
    """Return the cases of a file, each with its scenario.

    ParameterError with every problem in the file, or in what it extends, one line each.
    """
    problems, file = Problems(), Path(path)
    top = yaml.load(file, problems, shown_as=str(path))
    problems.raise_if_any(ParameterError)
    assert top is not None
    _refuse_other_kinds(top, path, problems)
    found, nodes = models.check(CaseFile, top, problems), _items(top.get("cases"))
    layers = [_layer(node, file.name, str(path), problems) for node in nodes]
    if found is None:
        raise ParameterError(problems.lines)
    # beside the cases, or a shipped one by its name
    under, extends = named_in(file.parent, found.extends), top.get("extends")
    if not under.is_file() and extends is not None:
        what = "no such scenario; a path is seen from this file's folder"
        problems.add(extends, what, key="extends", got=found.extends, expected="base, or a file")
        problems.raise_if_any(ParameterError)
    base = load_scenario(under)
    ready: list[Ready] = []
    for case, node, layer in zip(found.cases, nodes, layers, strict=True):
        with _told_of(case, f"{path}:{node.line}", problems.lines):
            scenario = base.over(layer, case.name).named(case.name, (case.name, case.name))
        lines = tuple(f"{one.file}:{one.line}" for one in _items(node.get("expect")))
        ready.append(Ready(case, scenario, node.line, lines))
    by_name = {one.case.name: one for one in reversed(ready)}
    for one, node in zip(ready, nodes, strict=True):
        if (first := by_name[one.case.name]) is not one:
            what = f"the name stands on line {first.line} too"
            problems.add(node, what, key="name", got=one.case.name, expected="one of its own")
        if one.scenario["run.replications"] == 1:
            what = "one future tells nothing of chance"
            problems.add(node, what, key="run.replications", got="1", expected="at least 2")
        for expectation, at in zip(one.case.expect, _items(node.get("expect")), strict=True):
            _check(expectation, at, one, by_name, problems)
    problems.raise_if_any(ParameterError)
    return tuple(ready)


@contextlib.contextmanager
def _told_of(case: Case, where: str, before: Iterable[str] = ()) -> Iterator[None]:
    """Say of what is refused which case it is, and where that stands, after what was found before."""
    try:
        yield
    except InputError as error:
        file = where.rpartition(":")[0]
        told = (one if one.startswith(f"{file}:") else f"{where}: {case.name}: {one}" for one in error.lines)
        raise ParameterError((*before, *told)) from None


def remarks(path: str | Path, lang: Lang) -> list[str]:
    """Return what is to be said of a file of cases that is right (else as :func:`read`).

    Names of before, and sums until a day in the middle of a week, which counts whole.
    """
    ready = read(path)
    found = [one for each in ready for one in each.scenario.layers[-1].remarks]
    for where, one in (each for case in ready for each in zip(case.lines, case.case.expect, strict=True)):
        if isinstance(day := one.until, datetime.date) and (over := day.weekday()):
            monday = day + datetime.timedelta(days=7 - over)
            found.append(remark("expect.until", where, "cases.whole_week", date=day, monday=monday))
    return [f"{one.where}: {one.path}: {one.text(lang)}" for one in found]


def expects(path: str | Path) -> bool:
    """Tell whether a file may hold cases; False for one that says that it is a scenario."""
    top = yaml.load(path, Problems())
    said = top.get("kind") if top else None
    return not (isinstance(said, Scalar) and said.value == "scenario")


def _refuse_other_kinds(top: Mapping, path: str | Path, problems: Problems) -> None:
    """Say of a file that holds no cases what it is, and what runs it, instead of all that is not a case."""
    said = top.get("kind")
    kind = str(said.value) if isinstance(said, Scalar) else "" if said or top.get("cases") else "scenario"
    if kind in KINDS and kind != "cases":
        command = f"; to run it: {INSTEAD[kind]} {path}" if kind in INSTEAD else ""
        problems.add(said or top, f"this is a {kind} file", key="kind", expected=f"a file of cases{command}")
    problems.raise_if_any(ParameterError)


def _items(node: Node | None) -> list[Mapping]:
    return [one for one in node.items if isinstance(one, Mapping)] if isinstance(node, Sequence) else []


def _layer(node: Mapping, name: str, shown_as: str, problems: Problems) -> Layer:
    """Return what a case changes as a layer over its scenario; values have the case's file and line."""
    reader = Reader(name, problems)
    values: dict[str, Value] = {}
    given, changes = node.get("given"), node.get("changes")
    for key, inner in given if isinstance(given, Mapping) else ():
        if (found := values_at(key.text, inner, key, reader)) is None:
            problems.add(key, reader.catalogue.refusal(key.text), key=f"given.{key.text}")
        values |= found or {}
    own = read_changes(changes, reader) if changes is not None else ()
    return Layer(name, shown_as, values, own, remarks=tuple(old_name(*one) for one in reader.old))


def _check(
    one: Expectation, node: Mapping, ready: Ready, by_name: dict[str, Ready], problems: Problems
) -> None:
    """Add a problem for an expectation about another run: no such day, segment or case."""

    def add(what: str, expected: str, got: str = "") -> None:
        problems.add(node, what, key="expect", got=got, expected=expected)

    start, end = ready.scenario.start, ready.scenario.end
    day, first = (one.on, start) if one.on is not None else (one.until, start + datetime.timedelta(days=1))
    if isinstance(day, datetime.date) and not first <= day <= end:
        add("cannot be: a day outside the run", f"{first} to {end}, or end", day.isoformat())
    segments = tuple(name for name, _ in ready.scenario.value("people.segment_share").cells)
    if one.segment not in (ALL, *segments):
        add(f"no segment {one.segment}{did_you_mean(one.segment, segments)}", ", ".join((ALL, *segments)))
    other = by_name.get(one.other)
    if one.other and (other is None or other is ready):
        what = f"no other case {one.other}{'' if other else did_you_mean(one.other, by_name)}"
        add(what, "the name of a case in this file")
    elif other is not None and (other.scenario.start, other.scenario.end) != (start, end):
        what = f"{one.other} runs from {other.scenario.start} until {other.scenario.end}"
        add(what, "a case with the same start and weeks")


def run(
    path: str | Path, *, workers: int | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[Verdict, ...]:
    """Run the cases of a file.

    ``path``: the file. ``workers``: threads; the verdicts do not depend on it. ``progress``: called with
    replications done and to do. Returns one for each expectation, in the order of the file. InputError the
    file is wrong, or a case asks for what cannot exist; nothing has been judged then.
    """
    ready, compiled = read(path), {}
    for one in ready:
        with _told_of(one.case, f"{path}:{one.line}"):
            compiled[one.case.name] = compile_scenario(one.scenario)
    counts = [int(str(one.scenario["run.replications"])) for one in ready]
    values: dict[tuple[str, str, str], Any] = {}
    for k, one in enumerate(ready):
        name, c = one.case.name, compiled[one.case.name]
        wanted = [e for each in ready for e in each.case.expect if each is one or e.other == name]
        asked = tuple(dict.fromkeys((e.segment, e.measure) for e in wanted))
        places = [chosen(c, (measure,), segment)[0] for segment, measure in asked]
        tell = engine.part_of(progress, sum(counts[:k]), sum(counts))
        how: Any = {"seed": int(str(one.scenario["run.seed"])), "workers": workers, "progress": tell}
        numbers, _ = recorded(c, c, places, replications=counts[k], **how)
        values |= {(name, *place): numbers[..., at] for at, place in enumerate(asked)}
    verdicts = []
    for one in ready:
        for where, each in zip(one.lines, one.case.expect, strict=True):
            names = (one.case.name, each.other) if each.other else (one.case.name,)
            mine, *other = (_weeks(each, compiled[n], values[n, each.segment, each.measure]) for n in names)
            for theirs in other:
                count = min(len(mine), len(theirs))
                mine = mine[:count] - theirs[:count]
            found, at = judged(each, mine)
            week = compiled[one.case.name].mondays()[at] if each.every_week else None
            verdicts.append(Verdict(where, one.case.name, each.words(), one.case.because, *found, week))
    return tuple(verdicts)


def _weeks(one: Expectation, c: Compiled, values: Numbers) -> Numbers:
    """Return what an expectation is about, (replications, weeks asked), of all weeks."""
    mondays = c.mondays()
    if one.every_week:
        return values
    if one.until is not None:
        before = [t for t, day in enumerate(mondays) if one.until == "end" or day < one.until]
        return np.asarray(values[:, before].sum(axis=1, keepdims=True))
    at = max(t for t, day in enumerate(mondays) if one.on == "end" or day <= one.on)  # type: ignore[operator]
    return np.asarray(values[:, at : at + 1])


def judged(one: Expectation, values: Numbers) -> tuple[Found, int]:
    """Judge an expectation.

    ``one``: the expectation. ``values``: (replications, weeks asked): the measure, or the difference with the
    other case. With a probability the share of replications in which it holds is judged; else the mean of
    every week, and the week is told that fails first, or is nearest to a limit. Its place comes second.
    """
    low, high = one.limits
    if one.probability is not None:
        # Clopper and Pearson's interval of the share in which it holds
        fine = (values >= low) & (values <= high)
        holds = np.all(fine, axis=1)
        n, k = len(holds), int(holds.sum())
        left, right = intervals.proportion(k, n, method="clopper-pearson", confidence=CONFIDENCE)
        share, always = k / n, one.probability == 1  # one future in which it fails breaks always
        if left >= one.probability or (always and k == n):
            verdict, needed = HOLDS, n
        elif right < one.probability or always:
            verdict, needed = FAILS, n
        else:
            gap, verdict = abs(share - one.probability), UNDECIDED
            needed = math.ceil(Z**2 * share * (1 - share) / gap**2) if gap else 0
            if k == n:
                needed = math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(one.probability))
        return (verdict, share, left, right, needed, n), int(fine.mean(axis=0).argmin())
    weeks = [_mean(one_week, low, high, values.shape[1]) for one_week in values.T]
    order = (FAILS, UNDECIDED, HOLDS)
    worst = min(weeks, key=lambda found: (order.index(found[0]), min(found[2] - low, high - found[3])))
    return worst, weeks.index(worst)


def _mean(values: Numbers, low: float, high: float, weeks: int) -> Found:
    """Judge a mean: its 99 % interval lies inside the limits, outside them, or across one.

    By Student's t, as few replications tell little of how far they lie apart; of several weeks the intervals
    hold all at once (Bonferroni), as each of them may break the expectation.
    """
    n, mean = len(values), float(values.mean())
    level = 1 - (1 - CONFIDENCE) / 2 / weeks
    reach, far = scipy.special.stdtrit(n - 1, level), scipy.special.ndtri(level)
    deviation = float(values.std(ddof=1))
    half = float(reach) * deviation / math.sqrt(n)
    left, right = mean - half, mean + half
    if (left >= low and right <= high) or right < low or left > high:
        return (HOLDS if left >= low and right <= high else FAILS), mean, left, right, n, n
    gap = min(abs(mean - limit) for limit in (low, high) if math.isfinite(limit))
    # with more runs the deviation is known better too: as many as by Guenther (1981)
    needed = math.ceil((far * deviation / gap) ** 2 + far**2 / 2) if gap > 0 and deviation > 0 else 0
    return UNDECIDED, mean, left, right, needed, n


def lines(verdicts: list[Verdict], lang: Lang) -> Iterator[str]:
    """Yield one line for each verdict of :func:`run`, ``FILE:LINE: name: holds``, and one that counts."""

    def said(key: str, **values: object) -> str:
        told = {name: shown(one, lang) if isinstance(one, float) else one for name, one in values.items()}
        return sentences.singular(sentences.template(f"cases.{key}", lang).format(**told))

    for one in verdicts:
        head = f"{one.where}: {one.case}"
        if one.verdict == HOLDS:
            yield said("holds", head=head)
            continue
        numbers = {name: float(f"{getattr(one, name):.6g}") for name in ("got", "low", "high")}
        because = said("because", because=one.because) if one.because else ""
        week = said("week", day=notation.date(one.week, lang)) if one.week else ""
        yield said(one.verdict, head=head, expected=one.expected, week=week, because=because, **numbers)
        if one.verdict == UNDECIDED:
            yield "  " + said("needed" if one.needed else "never", runs=one.runs, needed=one.needed)
    counts = {name: sum(one.verdict == name for one in verdicts) for name in (HOLDS, FAILS, UNDECIDED)}
    yield said("counts", **counts)
