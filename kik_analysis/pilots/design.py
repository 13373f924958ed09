"""A pilot design: its file read and checked, every number resolved at low, central or high."""

import dataclasses
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis import project
from kik_analysis.capacity import plain_sum
from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.evidence.display import Display, expect
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.evidence.table import Table, tabulate
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.pilots.document import (
    CLUSTERED,
    CONTROL,
    COUNTED,
    DATA,
    LEVELS,
    RULES,
    Document,
    Level,
    amounts,
    facts,
    fitting,
    misnamed,
)
from kik_analysis.reading import models, yaml
from kik_analysis.reading.problems import Problem, Problems, did_you_mean, shown
from kik_analysis.reading.storage import bytes_digest, digest
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.rounding import shared_out

ALL = "all"
"""The name of the only block where a design has none, and of all arms where their effort is the same."""
_ARMS = "data.assignment.arms"
Units = dict[str, int]
Ends = tuple[float | None, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Design(Display):
    """A pilot design with its numbers at one level. Nothing in it changes.

    ``document``, ``level``, ``file``: what the file says; ``low``, ``central`` or ``high``; the file as
    messages name it. ``hash``: digest of everything but the texts, at all three levels; the same at every
    level. ``people``, ``blocks``: people in the frame, in all and by block (one block ``all`` where the file
    names none). ``arms``: units per arm, control first: people, or clusters where ``clustered``. The cells of
    a factorial design are called ``control``, ``a``, ``b``, ``a+b``. ``sizes``: people per arm and block,
    ``sizes[arm][block]``: whole where the design fixes them, else expected. ``rates``: ``rates[arm]``: chance
    of the outcome per block when everybody in the arm gets what it offers. ``contrasts``: what is estimated:
    ``contrasts[label][arm]`` is the weight of an arm. ``uptake``, ``attrition``, ``seen``: shares per arm:
    who gets what the arm offers, who is lost, whose outcome is seen (empty: everybody's). ``clusters``: their
    number (0: none). ``values``: every number of the file by its place (``model.selection``). ``luck``: what
    its draws of chance are made of: its hash, or in a grid that of the design where the grid began.
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
    values: dict[str, float]
    scenario: Scenario
    luck: str
    _nodes: yaml.Mapping

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the design: what it asks, of whom, and how."""
        arms = ((arm, f"{n} {'clusters' if self.clustered else 'people'}") for arm, n in self.arms.items())
        asked = ("question", self.document.question.en), ("people", self.people), ("assignment", self.kind)
        estimated = ("estimates", ", ".join(self.contrasts))
        return f"{self.name}, {self.level}, {self.hash[:8]}", [*asked, *arms, estimated]

    @property
    def name(self) -> str:
        """Return the stem of the file's name."""
        return Path(self.file).stem

    @property
    def kind(self) -> str:
        """Return how people or clusters come under an arm."""
        return self.document.data.assignment.kind

    @property
    def clustered(self) -> bool:
        """Tell whether lots fall on clusters."""
        return self.kind in CLUSTERED

    @property
    def series(self) -> bool:
        """Tell whether periods before and after are so many that the trend is taken into account."""
        return facts(self.document)["periods"] == "many"

    @property
    def alpha(self) -> float:
        """Return the level of the test, two-sided."""
        return self.values["answer.alpha"]

    @property
    def labels(self) -> list[str]:
        """Return what each primary estimand is called: of several, with the contrast it is about."""
        kind = self.document.inquiry.estimand
        return [kind] if len(self.contrasts) == 1 else [f"{kind}:{name}" for name in self.contrasts]

    @functools.cached_property
    def weights(self) -> arg.Floats:
        """Return the share of the frame in each block."""
        return np.array(list(self.blocks.values())) / self.people

    @functools.cached_property
    def signs(self) -> arg.Floats:
        """Return the contrasts as a table: shape (contrasts, arms)."""
        return np.array([[one.get(name, 0.0) for name in self.arms] for one in self.contrasts.values()])

    def number(self, path: str) -> float:
        """Return a number of the file at this level, by its place (``model.selection``); 0 where none is."""
        return self.values.get(path, 0.0)

    def within(self, block: str) -> "Design":
        """Return the same design for the people of one block alone."""
        sizes = {arm: {block: parts[block]} for arm, parts in self.sizes.items()}
        place, people = list(self.blocks).index(block), self.blocks[block]
        rates = {arm: one[place : place + 1] for arm, one in self.rates.items()}
        return dataclasses.replace(self, blocks={block: people}, people=people, sizes=sizes, rates=rates)

    def wrong(self, key: str, what: str, got: str = "", expected: str = "") -> ModelError:
        """Return the error of what shows only while pilots are drawn or analysed, at its line of the file."""
        place = self._nodes.nearest(key)
        return ModelError(str(Problem(place.file, place.line, 0, key, what, got, expected)))

    def at(self, level: Level) -> "Design":
        """Return the same design with every ranged number at its low, central or high end."""
        if not isinstance(level, str) or level not in LEVELS:
            near = did_you_mean(str(level), LEVELS)
            raise ParameterError(f"level is {shown(level)}{near} (expected one of {', '.join(LEVELS)})")
        return self if level == self.level else _Reader(self._nodes, self.scenario).design(level)

    def replace(self, changes: Mapping[str, float | str]) -> "Design":
        """Return a design in which values differ, by place: ``{"model.base_rate": 0.2}``.

        ParameterError when there is no such place, or the design that results cannot be.
        """
        if not isinstance(changes, Mapping):
            raise ParameterError(f"changes: not a dictionary of places and values (got {shown(changes)})")
        nodes = self._nodes
        for path, value in changes.items():
            nodes = _put(nodes, path, str(path).split("."), value)
        return _Reader(nodes, self.scenario).design(self.level)

    def measured(self, what: str, value: float | Ends | None, unit: str, decimals: int = 0) -> Number:
        """Return a number of a pilot under the id ``pilot.DESIGN.WHAT``; it rests on the whole design.

        ``value``: what it is, or its low, central and high.
        """
        reads = {f"file:{self.file}"}
        for _, amount in amounts(self.document):
            reads |= {f"parameter:{path}" for path in amount.paths}
            reads |= {f"claim:{amount.claim}"} if amount.claim else set()
        id_, made, rests = f"pilot.{self.name}.{what}", f"{__name__}.Design", tuple(sorted(reads))
        low, central, high = value if isinstance(value, tuple) else (None, value, None)
        return Number(id_, central, low, high, unit, decimals, Evidence.ASSUMED, rests, made)

    def numbers(self, values: Mapping[str, Any]) -> dict[str, Number]:
        """Return numbers by name, with unit, decimals and id of ``pilots.toml``; none where there is None."""
        found = {}
        for name, value in ((name, value) for name, value in values.items() if value is not None):
            unit, decimals, *other = RULES["numbers"][name]
            found[name] = self.measured("".join(other) or name, value, unit, decimals)
        return found

    def counts(self) -> dict[str, Number]:
        """Return the numbers that sentences of the file may name: people, contacted, clusters, every arm.

        The size of an arm is published where the file takes it from a claim alone.
        """
        treated = sum(n for arm, parts in self.sizes.items() for n in parts.values()
                      if arm != CONTROL or self.kind == "factorial")  # fmt: skip
        whole = (self.people, "persons"), (round(treated), "persons"), (self.clusters, "count")
        found = {name: self.measured(name, *one) for name, one in zip(COUNTED, whole, strict=True)}
        for arm, units in self.arms.items():
            found[arm] = self.measured(f"arm.{arm}", units, "count" if self.clustered else "persons")
            if (amount := self.document.data.assignment.arms.get(arm)) and amount.claim and not amount.less:
                found[arm] = dataclasses.replace(found[arm], evidence=Evidence.PUBLISHED)
        return found

    def called(self, code: str, lang: Lang) -> str:
        """Return a name of the file in words; what was joined by + or : is listed.

        Where the file gives no words: those of every pilot (``pilots.name`` in the texts), else the code.
        """
        if ">" in code:
            both = (self.called(one, lang) for one in code.split(">"))
            return sentences.template("pilots.name.then", lang).format(*both)
        known, parts = getattr(self.document.texts, lang).names, re.split("[+:]", code)
        usual = {
            one: sentences.text(f"pilots.name.{one}", lang).plain
            for one in parts
            if sentences.has(f"pilots.name.{one}") and (self.kind == "two_stage" or one not in self.contrasts)
        }
        *first, last = ((usual | known).get(one, one.replace("_", " ")) for one in parts)
        return {"nl": " en ", "en": " and "}[lang].join(filter(None, (", ".join(first), last)))

    def said(self, part: str, lang: Lang, numbers: Mapping[str, Number] | None = None) -> Text:
        """Return a sentence of the file (title, estimated, never, a flag ...), its numbers filled in."""
        template = getattr(getattr(self.document.texts, lang), part)
        if template is None and part in ("title", "estimated"):
            return sentences.verbatim(getattr(self.document.question, lang))
        place = f"{self.file}: {part}"
        return sentences.fill(template or "", lang, {**self.counts(), **(numbers or {})}, place)


def load_design(path: str | Path, scenario: Scenario | None = None) -> Design:
    """Read a design file; it is at its central values.

    ``path``: the file; a bare name such as ``p2_blocked`` is sought in ``params/pilots``. ``scenario``: where
    parameters that it names are read; by default ``params/base.yml``. ParameterError with every problem in
    the file, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    if not isinstance(path, str | Path):
        raise ParameterError(f"a design is read from a file (got {type(path).__name__}; expected a path)")
    expect(scenario, Scenario | None, "load_design: scenario", "a scenario", "kik.load_scenario")
    file, problems = Path(path), Problems()
    if not file.suffix and not file.exists():
        file, beside = project.params("pilots", f"{file.name}.yml"), Path(f"{path}.yml")
        if not file.exists() or beside.name != str(beside):
            shipped = [one.stem for one in project.params("pilots").glob("*.yml")]
            hint = f"; did you mean {beside}?" if beside.is_file() else did_you_mean(str(path), shipped)
            raise ParameterError(f"{path}: no such pilot{hint}")
    nodes = yaml.load(file, problems, shown_as=str(path) if file == Path(path) else project.relative(file))
    problems.raise_if_any(ParameterError)
    assert nodes is not None
    note("file", project.relative(file), bytes_digest(file.read_bytes()))
    return _Reader(nodes, scenario or load_scenario()).design("central")


def table(name: str, designs: Iterable[Design], rows: Iterable[object], **more: Any) -> Table:
    """Return a table about designs; these are read once more, so that what it rests on is on record."""

    def build() -> Iterator[Any]:
        for one in designs:  # the file as it was given, or of the project
            load_design(one.file if Path(one.file).exists() else project.root() / one.file, one.scenario)
        yield from rows

    return tabulate(name, build, **more)


def _put(node: yaml.Mapping, path: str, keys: list[str], value: float | str) -> yaml.Mapping:
    """Return the file's content with one value changed; a key that the file left out is added."""
    key, *rest = keys
    below = node.get(key)
    where = below or node
    new: yaml.Node = yaml.Scalar(where.file, where.line, where.column, value, str(value))
    if rest and not isinstance(below, yaml.Mapping):
        near = did_you_mean(key, [one.text for one, _ in node])
        raise ParameterError(f"{path}: the design says nothing below {key}{near}")
    if rest and isinstance(below, yaml.Mapping):
        new = _put(below, path, rest, value)
    entries = {one.text: (one, content) for one, content in node}
    name = node.key(key) or yaml.Scalar(node.file, node.line, node.column, key, key)
    return dataclasses.replace(node, entries=tuple({**entries, key: (name, new)}.values()))


class _Reader:
    """Makes what a file says a design; every problem at its line."""

    def __init__(self, nodes: yaml.Mapping, scenario: Scenario) -> None:
        self.nodes, self.scenario, self.problems = nodes, scenario, Problems()
        self.document = document = models.whole(Document, nodes, self.problems)
        self.model, self.lots, self.answer = document.model, document.data.assignment, document.answer
        self.kind: str = self.lots.kind
        self.v, self.amounts = dict[str, float](), [*amounts(document)]

    def wrong(self, key: str, what: str, got: object = "", expected: str = "") -> None:
        said = f"{got:g}" if isinstance(got, float) else str(got)
        self.problems.add(self.nodes.nearest(key), what, key=key, got=said, expected=expected)

    def design(self, level: Level) -> Design:
        stop = functools.partial(self.problems.raise_if_any, ParameterError)
        values = {one: self.values(one) for one in LEVELS}
        stop()
        self.v = values[level]
        known = facts(self.document)
        for row in fitting("clashes", known):  # does not go together, is missing, or would do nothing there
            got = known.get(row["key"].rpartition(".")[2], "")
            self.wrong(row["key"], row["what"].format(**known), got, row.get("instead", ""))
        blocks, clusters = self.blocks(), self.whole("model.clusters", 2) if self.model.clusters else 0
        stop()
        people, named = sum(blocks.values()), sum(self.v[f"model.named.{one}"] for one in self.model.named)
        if self.model.named and named < people:
            self.wrong("model.named", "fewer than can take part", named, f"at least {people}")
        arms = self.arms(people, clusters)
        stop()
        attrition, uptake = (self.each(f"model.{one}", arms) for one in ("attrition", "uptake"))
        seen = self.each("model.seen", arms) if self.model.seen else {}
        rates, sizes = self.rates(arms, blocks), self.sizes(arms, blocks, clusters)
        for name in self.document.inquiry.secondary:
            key = f"inquiry.secondary.{name}"
            base = self.v[f"{key}.base_rate"]
            self.inside(np.array([base, base + self.v[f"{key}.effect"]]), key, name)
            if name in DATA:
                self.wrong(key, "is the name of a column of the data already", name, "another name")
        work, tasks = self.document.data.effort, plain_sum.tasks(self.scenario)
        self.known(work, "data.effort", (*arms, *self.lots.second, ALL))
        silent = ", ".join(one for one in (*arms, *self.lots.second) if one not in (CONTROL, *work))
        if work and ALL not in work and silent:
            what = f"says nothing about {silent}, which would cost nothing"
            self.wrong("data.effort", what, "", "a line for each; {} is no work")
        for arm, effort in work.items():
            for part in ("each", "reached"):
                self.known(getattr(effort, part), f"data.effort.{arm}.{part}", tasks)
        for key in ("model.icc", "answer.alpha", "inquiry.decides"):
            if not 0.0 <= self.v.get(key, 0.0) < 1.0:
                self.wrong(key, "outside 0 to 1", self.v[key])
        if self.answer.estimator == "cace" and CONTROL in self.model.uptake and uptake[CONTROL]:
            what = "nobody can take here what is not offered; leave them out of effect and uptake"
            self.wrong(f"model.uptake.{CONTROL}", what, uptake[CONTROL], "0")
        if max(attrition.values(), default=0.0) == 1.0:
            self.wrong("model.attrition", "everybody of an arm is lost; nothing can be seen", 1)
        self.known(self.document.inquiry.worth, "inquiry.worth", tasks)
        for one in misnamed(self.document, arms):
            self.wrong(*one)
        stop()
        content = self.document.model_dump(mode="json", exclude={"texts": True, "inquiry": {"worth"}})
        planned = {one: {key: value for key, value in each.items() if not key.startswith("inquiry.worth.")}
                   for one, each in values.items()}  # fmt: skip
        hashed = digest([content, planned])  # what an outcome is worth is no part of a plan
        return Design(
            self.document, level, hashed, self.nodes.file, people, blocks, arms, sizes, rates,
            self.contrasts(arms), uptake, attrition, seen, clusters, self.v, self.scenario, hashed,
            self.nodes,
        )  # fmt: skip

    def values(self, level: str) -> dict[str, float]:
        found = {}
        for key, amount in self.amounts:
            if unknown := [path for path in amount.paths if path not in self.scenario.paths]:
                near = did_you_mean(unknown[0], self.scenario.paths)
                self.wrong(key, f"no such parameter{near}", unknown[0])
            elif not amount.rest:
                found[key] = amount.at(level, self.scenario)
        return found

    def whole(self, key: str, least: int = 1) -> int:
        value = self.v[key]
        if value != int(value) or value < least:
            what = "not a whole number" if value != int(value) else "too few"
            self.wrong(key, what, value, f"at least {least}")
        return int(value)

    def blocks(self) -> Units:
        named = {name: self.whole(f"model.blocks.{name}", 2) for name in self.model.blocks}
        if self.model.people is None:
            if not named:
                self.wrong("model", "who there is is missing", "", "people or blocks")
            return named
        people = self.whole("model.people", 2)
        if named and people != sum(named.values()):
            self.wrong("model.people", "the blocks do not add up to it", people, str(sum(named.values())))
        return named or {ALL: people}

    def arms(self, people: int, clusters: int) -> Units:
        """Return units per arm, control first."""
        limit = clusters or people
        if self.kind == "stepped_wedge":
            if self.lots.steps < 2 or clusters % self.lots.steps:
                what = "clusters cross over in steps of equal size, at least two"
                self.wrong("data.assignment.steps", what, self.lots.steps, f"a divisor of {clusters}")
            least = clusters * (self.lots.before + self.lots.after * self.lots.steps)
            if people < least:  # clusters times periods
                self.wrong("model.people", "too few", people, f"at least {least}")
            return {CONTROL: 0, "treated": clusters}
        if self.kind == "factorial":
            names = self.lots.factors
            sets = [one for many in range(len(names) + 1) for one in itertools.combinations(names, many)]
            size = self.whole("data.assignment.size", len(sets)) if self.lots.size else people
            counts = shared_out(size, [Fraction(1)] * len(sets))
            found = {"+".join(one) or CONTROL: n for one, n in zip(sets, counts, strict=True)}
        else:
            left = [name for name, amount in self.lots.arms.items() if amount.rest]
            found = {name: self.whole(f"{_ARMS}.{name}") for name in self.lots.arms if name not in left}
            if len(left) > 1:
                self.wrong(_ARMS, "only one arm can be the rest")
            found |= {name: max(limit - sum(found.values()), -1) for name in left[:1]}
        fewest = min(found.values(), default=0)
        if sum(found.values()) > limit or fewest < 0:
            what = f"the arms are larger than the frame; there are {limit}"
            self.wrong(_ARMS, what, "", f"at most {limit} in all arms together")
        elif fewest < 1:
            self.wrong(_ARMS, "an arm is empty", "", "at least one unit in every arm")
        elif fewest == 1 and self.kind in CLUSTERED and self.answer.test != "permutation":
            what = "one cluster cannot be told from its treatment; add clusters (people will not help)"
            self.wrong(_ARMS, what, "", "2 clusters per arm, or test: permutation")
        if self.answer.estimator not in ("mean", "change") and (CONTROL not in found or len(found) < 2):
            what = f"a difference needs an arm called {CONTROL}, and another"
            self.wrong(_ARMS, what, ", ".join(found), f"{CONTROL} and another")
        if self.answer.estimator == "change" and CONTROL in found and len(found) > 1:
            self.wrong(f"{_ARMS}.{CONTROL}", "does nothing here: each arm is compared with itself, before")
        return dict(sorted(found.items(), key=lambda one: one[0] != CONTROL))

    def known(self, found: Iterable[str], key: str, names: Iterable[str]) -> None:
        names = tuple(names)
        for name in found:
            if name and name not in names:
                what = f"unknown name{did_you_mean(name, names)}"
                self.wrong(f"{key}.{name}", what, name, f"one of {', '.join(names)}")

    def each(self, key: str, names: Iterable[str]) -> dict[str, float]:
        """Return a share by name, from one number for all or from numbers by name."""
        given, names = getattr(self.model, key.partition(".")[2]), tuple(names)
        self.known(given, key, names)
        places = {name: key if "" in given else f"{key}.{name}" for name in names}
        if missing := [name for name, place in places.items() if place not in self.v]:
            self.wrong(key, f"says nothing about {', '.join(missing)}")
        for place in dict.fromkeys(places.values()):
            if not 0.0 <= self.v.get(place, 0.0) <= 1.0:
                self.wrong(place, "outside 0 to 1", self.v[place])
        return {name: self.v.get(place, 0.0) for name, place in places.items()}

    def rates(self, arms: Units, blocks: Units) -> dict[str, arg.Floats]:
        base = np.array(list(self.each("model.base_rate", blocks).values()))
        names = [*(self.lots.factors or (name for name in arms if name != CONTROL)), *self.lots.second[1:]]
        pairs = [":".join(pair) for pair in itertools.combinations(self.lots.factors, 2)]
        self.known(self.model.effect, "model.effect", (*names, *pairs))
        found = {CONTROL: base} | {arm: self.shifted(base, arm) for arm in arms if arm != CONTROL}
        if self.model.second_rate is not None and self.kind == "two_stage":
            again = np.array(list(self.each("model.second_rate", blocks).values()))
            repeat, firm = self.lots.second
            found |= {repeat: again, firm: self.shifted(again, firm)}
        return found

    def shifted(self, base: arg.Floats, arm: str) -> arg.Floats:
        """Return shares after the effects of what an arm has, and of each two of its factors together."""
        given, key, factors = self.model.effect, "model.effect", arm.split("+")
        pairs = [":".join(pair) for pair in itertools.combinations(factors, 2)]
        on = [name for name in (*factors, *pairs) if name in given or ("" in given and name not in pairs)]
        effects = [self.v[f"{key}.{name}" if name in given else key] for name in on]
        odds = base * float(np.prod(effects))
        after = odds / (1.0 - base + odds) if self.model.scale == "odds_ratio" else base + sum(effects)
        return self.inside(np.asarray(after), key, factors[0])

    def inside(self, after: arg.Floats, key: str, name: str) -> arg.Floats:
        worst = float(after[np.argmax(np.abs(after - 0.5))])
        if not 0.0 <= worst <= 1.0:
            what = f"the effect of {name} pushes a share outside 0 to 1; make it smaller"
            self.wrong(key, what, worst, "base_rate plus effect between 0 and 1")
        return after

    def contrasts(self, arms: Units) -> dict[str, dict[str, float]]:
        if self.answer.estimator == "mean":
            return {arm: {arm: 1.0} for arm in arms}
        if self.kind == "two_stage":
            new, (repeat, firm) = list(arms)[-1], self.lots.second[:2]
            one, again = {new: 1.0, CONTROL: -1.0}, {firm: 1.0, repeat: -1.0}
            return {"first_letter": one, "second_letter": again, "both": one | again}
        if self.kind != "factorial":
            return {arm: {arm: 1.0, CONTROL: -1.0} for arm in arms if arm != CONTROL or len(arms) == 1}
        many, found = 2 if self.document.inquiry.estimand == "interaction" else 1, {}
        for names in itertools.combinations(self.lots.factors, many):
            half = 2.0 ** (len(self.lots.factors) - many)
            signs = {arm: (-1.0) ** sum(name not in arm.split("+") for name in names) for arm in arms}
            found[":".join(names)] = {arm: sign / half for arm, sign in signs.items()}
        return found

    def sizes(self, arms: Units, blocks: Units, clusters: int) -> dict[str, dict[str, float]]:
        """Return people per arm and block; in blocks whole people, as alike in each as can be."""
        found, left = {}, dict(blocks)
        each = sum(blocks.values()) / clusters if self.kind in CLUSTERED else 1.0
        for arm, n in arms.items():
            shares = [Fraction(one, sum(left.values()) or 1) for one in left.values()]
            parts = [n * each * float(one) for one in shares]
            if self.kind == "blocked":
                parts = list(map(float, shared_out(n, shares)))
                left = {name: m - int(part) for (name, m), part in zip(left.items(), parts, strict=True)}
                for name in (name for name, part in zip(blocks, parts, strict=True) if part < 1):
                    self.wrong(_ARMS, f"block {name} is too small to be in every arm", "", "larger blocks")
            found[arm] = dict(zip(blocks, parts, strict=True))
        return found
