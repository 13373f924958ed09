"""What a pilot's file says (``kind: design``): question, model, inquiry, data strategy, answer strategy.

The four parts of Blair, Coppock and Humphreys (2023). Numbers are plain, a range with its source, a published
claim, or a parameter of ``base.yml``.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from kik_analysis import project
from kik_analysis.facts.claims import claims
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.language.sentences import placeholder
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.reading.models import Model, sentence, wrong
from kik_analysis.reading.problems import did_you_mean

SCHEMA, TITLE = ("schema", "design.schema.json"), "Pilot design of Kansen in Kaart"
Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, ...] = ("low", "central", "high")
FLAGS = ("voluntary", "double_contact", "avg")
CONTROL, REST = "control", "rest"
DATA = ("block", "arm", "cluster", "period", "people", "outcome", "seen", "took", "line", "key")
"""Words of the rows of data, which no further outcome can have as its name."""
COUNTED = ("people", "contacted", "clusters")
"""Numbers that sentences of the file may name beside the size of an arm."""
Kind = Literal[
    "complete", "blocked", "cluster", "blocked_cluster", "factorial", "stepped_wedge", "two_stage",
    "rerandomised", "none",
]  # fmt: skip
Estimator = Literal["difference_in_means", "regression", "inverse_probability", "mean", "change", "cace"]
Estimand = Literal["itt_difference", "share", "change", "interaction", "cace"]
Interval = Literal[
    "newcombe", "wald", "permutation", "clopper-pearson", "confidence_sequence", "manski", "lee"
]
Test = Literal["z", "wald", "fisher", "permutation", "e_process", "none"]
CLUSTERED = ("cluster", "blocked_cluster", "stepped_wedge")
SEEN, FEW_PERIODS = ("manski", "lee"), 4
"""Intervals for outcomes that are seen only for some; up to so many periods no trend is looked for."""
RULES = tomllib.loads(project.packaged("pilots.toml"))
"""What goes with what, what is needed where and where a key does something; and readings of results."""


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong("not a number", "a number, with a point for decimals")
    return value


def _several(names: list[str]) -> list[str]:
    if len(set(names)) < max(2, len(names)):
        raise wrong("needs at least two names, each once")
    return names


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Effect = Annotated[str, Field(pattern="^([a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?)?$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Said = Annotated[Text, AfterValidator(sentence)]
Plain = Annotated[Any, BeforeValidator(_number), WithJsonSchema({"type": "number"})]


class Amount(Model):
    """A number: plain (``value``), a range, a claim (less a parameter), or a parameter; or all the rest."""

    value: Plain | None = None
    low: Plain | None = None
    central: Plain | None = None
    high: Plain | None = None
    claim: str | None = None
    less: str | None = None
    parameter: str | None = None
    rest: bool = False
    source: str | list[str] | None = None
    confidence: Literal["A", "B", "C"] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> "Amount":
        ends = (self.low, self.central, self.high)
        ranged = any(one is not None for one in ends)
        plain = (one is not None for one in (self.value, self.claim, self.parameter))
        if sum((*plain, ranged, self.rest)) != 1:
            raise wrong("not one number", "a number, low with central and high, a claim, or a parameter")
        if ranged and None in ends:
            raise wrong("half a range", "low, central and high")
        if ranged and list(ends) != sorted(ends):  # type: ignore[type-var]
            raise wrong("the range is not in order", "low, then central, then high")
        if self.claim is not None and self.claim not in claims().ids():
            raise wrong(f"no such claim{did_you_mean(self.claim, claims().ids())}", at="claim")
        if self.less is not None and self.claim is None:
            raise wrong("less has a meaning with a claim only")
        return self

    def at(self, level: str, scenario: Scenario) -> float:
        """Return the number at ``low``, ``central`` or ``high``; claims and parameters read are on record.

        What is taken off a claim is high where the number is low.
        """
        if self.claim is not None:
            off = scenario.overall(self.less)[::-1][LEVELS.index(level)] if self.less else 0.0
            return float(claims()[self.claim].number) - off
        if self.parameter is not None:
            return scenario.overall(self.parameter)[LEVELS.index(level)]
        return float(getattr(self, level) if self.value is None else self.value)

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the parameters it names."""
        return tuple(one for one in (self.less, self.parameter) if one)


def _amount(value: object) -> object:
    if value == REST:
        return {"rest": True}
    return value if isinstance(value, dict | Amount) else {"value": value}


_FORMS = {"value", "low", "central", "high", "claim", "parameter", "rest"}
"""Keys that make a mapping a number; arms and blocks cannot be called so."""


def _each(value: object) -> object:
    """A number for all stands under an empty name."""
    return value if isinstance(value, dict) and value and not set(value) & _FORMS else {"": value}


_SHAPE = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}]}
Quantity = Annotated[Amount, BeforeValidator(_amount), WithJsonSchema(_SHAPE)]
Each = Annotated[dict[Effect, Quantity], BeforeValidator(_each), WithJsonSchema(_SHAPE)]
"""One number for all, or a number by name (of a block, an arm, a factor)."""
Sizes = dict[Name, Quantity]


class Both(Model):
    """A sentence in both languages."""

    nl: Said
    en: Said


class World(Model):
    """Model: who there is, what happens without the pilot, and what it is thought to do."""

    people: Quantity | None = None
    named: Sizes = Field(
        {}, description="who the source names, before those who cannot take part are left out"
    )
    blocks: Sizes = Field({})
    base_rate: Each = Field(description="share with the outcome without the pilot; by block where it differs")
    effect: Each = Field(
        {"": Amount(value=0)}, description="of an arm or a factor, or of two together as one:other"
    )
    scale: Literal["points", "odds_ratio"] = "points"
    second_rate: Each | None = Field(None, description="two_stage: share reached by repeating the first")
    before: Quantity | None = Field(None, description="none: the share in the period before")
    selection: Quantity | None = Field(None, description="how the chosen (or those seen extra) differ")
    clusters: Quantity | None = None
    size_cv: Quantity = Amount(value=0)
    icc: Quantity = Amount(value=0)
    attrition: Each = Field({"": Amount(value=0)})
    uptake: Each = Field({"": Amount(value=1)})
    seen: Each | None = Field(None, description="share whose outcome is seen, by arm")


class Secondary(Model):
    """Another outcome, analysed after the first one, guarded by Holm's rule."""

    base_rate: Quantity
    effect: Quantity


class Inquiry(Model):
    """What is asked: one primary outcome, its estimand, and what would change a decision."""

    outcome: Name
    estimand: Estimand
    decides: Quantity | None = Field(None, description="the smallest difference that changes a decision")
    secondary: dict[Name, Secondary] = Field({})
    worth: Sizes = Field({}, description="tasks that one person with the outcome saves; below 0: takes")


class Assignment(Model):
    """How people, or whole clusters, come under an arm."""

    kind: Kind
    arms: Sizes = Field({}, description="people, or clusters; one arm may be 'rest'")
    factors: Annotated[list[Name], AfterValidator(_several)] = Field([])
    size: Quantity | None = Field(None, description="factorial: people in all cells together")
    second: Annotated[list[Name], AfterValidator(_several)] = Field(
        [], max_length=2, description="two_stage: the repeat, then what it is compared with"
    )
    steps: int = Field(0, ge=0, le=100)
    before: int = Field(1, ge=1, le=500, description="periods before the change, or before the first step")
    after: int = Field(1, ge=1, le=500, description="periods after the change, or after each step")
    tolerance: Quantity | None = Field(None, description="rerandomised: largest gap in any block's share")


class Effort(Model):
    """Tasks per person in an arm, and per person reached; names as in ``work.minutes_NAME``."""

    each: Sizes = Field({})
    reached: Sizes = Field({})


class Data(Model):
    """Data strategy: the assignment, and the work that each arm asks of the team."""

    assignment: Assignment
    effort: dict[Name, Effort] = Field({})


class Answer(Model):
    """Answer strategy: what is computed from the data, exactly."""

    estimator: Estimator
    interval: Interval = "wald"
    test: Test = "none"
    alpha: Quantity = Amount(parameter="statistics.alpha")
    looks: int = Field(0, ge=0, le=1000, description="e_process: how often one looks, evenly spread")


class Words(Model):
    """What a reader is told about the pilot, in one language."""

    title: Said | None = Field(None, description="by default the question; so is what is estimated")
    estimated: Said | None = None
    confounded: Said | None = None
    never: Said | None = None
    voluntary: Said | None = Field(None, description="what is at stake for voluntariness; raises the flag")
    double_contact: Said | None = None
    avg: Said | None = None
    worth: Said | None = Field(None, description="why those tasks, or why none can be named")
    names: dict[Name, Text] = Field({}, description="words for arms, blocks, factors, outcomes")


class Texts(Model):
    """The words in both languages."""

    nl: Words = Words.model_validate({})
    en: Words = Words.model_validate({})


class Document(Model):
    """Everything a design file says."""

    format: Literal[1] = 1
    kind: Literal["design"]
    pilot: Text = Field("", description="which pilot, such as P2; by default the name of the file")
    announced: bool = Field(False, description="whether this is the pilot as it was announced")
    question: Both
    model: World
    inquiry: Inquiry
    data: Data
    answer: Answer
    texts: Texts = Texts.model_validate({})

    @property
    def flags(self) -> tuple[str, ...]:
        """Return what a reader is warned of: voluntariness, double contact, privacy."""
        return tuple(name for name in FLAGS if getattr(self.texts.nl, name))


def facts(document: Document) -> dict[str, str]:
    """Return what rules in ``pilots.toml`` ask of a design: its choices, and which keys its file gives."""
    parts: dict[str, Model] = {
        "model": document.model,
        "inquiry": document.inquiry,
        "answer": document.answer,
    }
    parts["data.assignment"] = lots = document.data.assignment
    series = document.answer.estimator == "change" and lots.before + lots.after > FEW_PERIODS
    known = {"arms": "many" if len(lots.arms) > 2 else "few", "periods": "many" if series else "few"}
    for key, part in parts.items():
        for name, field in type(part).model_fields.items():
            value = getattr(part, name)
            known[f"{key}.{name}"] = "missing" if value == field.default else "given"
            known |= {name: value} if isinstance(value, str) else {}
    return known


def fitting(name: str, known: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table of rules whose ``where`` holds and whose ``unless`` does not."""

    def holds(rule: dict[str, list[str]]) -> list[bool]:
        return [known[key] in words for key, words in rule.items()]

    for row in RULES[name]:
        if all(holds(row.get("where", {}))) and not any(holds(row.get("unless", {}))):
            yield row


def misnamed(document: Document, arms: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield arms that are called as another count, and what sentences name that is no count of the pilot."""
    known = tuple(dict.fromkeys((*COUNTED, *arms)))
    for name in set(COUNTED).intersection(arms):
        yield f"data.assignment.arms.{name}", "is the name of another count already", name, "another name"
    for lang in LANGUAGES:
        for part, said in getattr(document.texts, lang):
            for field in re.findall("{([^{}]*)}", said) if isinstance(said, str) else ():
                if (name := placeholder(field)[0]) not in known:
                    what = f"nothing is called {{{name}}}{did_you_mean(name, known)}"
                    yield f"texts.{lang}.{part}", what, "", ", ".join(known)


def amounts(part: object, key: str = "") -> Iterable[tuple[str, Amount]]:
    """Yield every number below a part of a document with its place (``model.base_rate.declined``)."""
    if isinstance(part, Amount):
        yield key, part
    elif isinstance(part, Model | dict):
        for name, below in dict(part).items():
            yield from amounts(below, f"{key}.{name}".strip("."))
