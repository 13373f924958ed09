"""What a design says to a reader: names in words, traced numbers, filled sentences, the flow of people.

The flow is in the CONSORT manner (Schulz, Altman and Moher 2010), in layers: who was named, who can take
part, how the lot divided them, what became of each arm. One whose numbers do not add up cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kik_analysis.errors import ModelError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Text
from kik_analysis.pilots.design import ALL, Design, load_design
from kik_analysis.pilots.document import CONTROL, amounts
from kik_analysis.statistics.rounding import shared_out

JOINED = {"nl": " en ", "en": " and "}


def number(
    design: Design,
    what: str,
    value: float | None,
    unit: str,
    decimals: int = 0,
    *,
    low: float | None = None,
    high: float | None = None,
    evidence: Evidence = Evidence.ASSUMED,
) -> Number:
    """Return a number of a pilot under the id ``pilot.DESIGN.WHAT``; it rests on the whole design."""
    reads = {f"file:{design.file}"}
    for _, amount in amounts(design.document):
        reads |= {f"parameter:{path}" for path in amount.paths}
        reads |= {f"claim:{amount.claim}"} if amount.claim else set()
    name, made = f"pilot.{design.name}.{what}", f"{__name__}.number"
    return Number(name, value, low, high, unit, decimals, evidence, tuple(sorted(reads)), made)


def counts(design: Design) -> dict[str, Number]:
    """Return the numbers that sentences of a design file may name: people, contacted, clusters, every arm.

    The size of an arm is published where the file takes it from a claim alone.
    """
    treated = sum(n for arm, parts in design.sizes.items() for n in parts.values()
                  if arm != CONTROL or design.kind == "factorial")  # fmt: skip
    found = {
        "people": number(design, "people", design.people, "persons"),
        "contacted": number(design, "contacted", round(treated), "persons"),
        "clusters": number(design, "clusters", design.clusters, "count"),
    }
    for arm, units in design.arms.items():
        amount = design.document.data.assignment.arms.get(arm)
        said = amount is not None and amount.claim is not None and amount.less is None
        evidence = Evidence.PUBLISHED if said else Evidence.ASSUMED
        unit = "count" if design.clustered else "persons"
        found[arm] = number(design, f"arm.{arm}", units, unit, evidence=evidence)
    return found


def name(design: Design, code: str, lang: Lang) -> str:
    """Return a name of the design file in words; what was joined by + or : is joined by "and"."""
    ours = {"first_letter", "second_letter", "both"} & design.contrasts.keys()
    known = {one: sentences.text(f"pilots.contrast.{one}", lang).plain for one in ours}
    known |= getattr(design.document.texts, lang).names
    parts = code.replace(":", "+").replace(">", "+").split("+")
    return JOINED[lang].join(known.get(one, one) for one in parts)


def estimand(design: Design, label: str, lang: Lang) -> str:
    """Return a label of a diagnosis in words: outcome, what is estimated, and of which arm or factor."""
    outcome, _, asked = label.rpartition(": ")
    kind, _, about = asked.partition(":")
    parts = [outcome or design.document.inquiry.outcome, *filter(None, [about])]
    named = ", ".join(name(design, one, lang) for one in parts)
    return f"{named} ({sentences.text(f'diagnosis.estimand.{kind}', lang).plain})"


def said(design: Design, part: str, lang: Lang, numbers: Mapping[str, Number] | None = None) -> Text:
    """Return a sentence of the design file (title, estimated, never, a flag ...), its numbers filled in."""
    template = getattr(getattr(design.document.texts, lang), part)
    if template is None and part in ("title", "estimated"):
        return sentences.verbatim(getattr(design.document.question, lang))
    values = {**counts(design), **(numbers or {})}
    return sentences.fill(template or "", lang, values, f"{design.file}: {part}")


@dataclass(frozen=True)
class Step:
    """One box: its layer, its step, the arm (or block) it belongs to, its people, the boxes it comes from.

    ``step`` and ``arm`` are names: ``pilots.step`` in the texts, and the names that the design file gives.
    """

    layer: int
    step: str
    arm: str
    people: int
    after: tuple[int, ...] = ()

    def words(self, design: Design, lang: Lang) -> str:
        """Return what the box is called: an arm or block by its name, else what became of it."""
        named = name(design, self.arm, lang)
        if self.step in ("block", "arm"):
            return named
        plain = sentences.text(f"pilots.step.{self.step}", lang).plain
        return f"{named}, {plain}" if self.arm else plain


@dataclass(frozen=True)
class Flow:
    """Boxes in order; each points by place to the boxes that its people come from.

    ModelError when people appear or vanish: boxes with the same origin must add up to it.
    """

    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        for place, one in enumerate(self.steps):
            boxes = [self.steps[origin] for origin in one.after if origin < place]
            if one.people < 0 or len(boxes) < len(one.after):
                what = f"{one.people} people" if one.people < 0 else "it comes before its origin"
                raise ModelError(f"flow {self.name}: {one.step} {one.arm}: {what}; it cannot be drawn")
            given = sum(box.people for box in boxes)
            out = sum(other.people for other in self.steps if other.after == one.after)
            if boxes and given != out:
                names = " and ".join(f"{box.step} {box.arm}".strip() for box in boxes)
                raise ModelError(
                    f"flow {self.name}: {given} people in {names}, {out} come out of it; the numbers do not "
                    "add up and cannot be drawn"
                )


def flow(design: Design) -> Flow:
    """Return the flow that a design expects at its numbers: whole people, shared out so that all adds up."""
    steps: list[Step] = []

    def add(layer: int, step: str, arm: str, people: int, after: tuple[int, ...] = ()) -> int:
        steps.append(Step(layer, step, arm, people, after))
        return len(steps) - 1

    named = {name: int(design.values[f"model.named.{name}"]) for name in design.document.model.named}
    first = named or {name: people for name, people in design.blocks.items() if name != ALL}
    origins = tuple(add(0, "block", name, people) for name, people in first.items())
    if named:
        add(1, "left_out", "", sum(named.values()) - design.people, origins)
    frame = add(1, "frame", "", design.people, origins)
    arms = {name: sum(parts.values()) for name, parts in design.sizes.items() if sum(parts.values())}
    outside = design.people - sum(arms.values())
    arms |= {"": outside} if outside > 0 else {}
    shares = [Fraction(one) / Fraction(sum(arms.values())) for one in arms.values()]
    for arm, people in zip(arms, shared_out(design.people, shares), strict=True):
        place = add(2, "arm" if arm else "outside", arm, people, (frame,))
        if arm:
            rate = Fraction(float(design.rates[arm] @ design.weights))
            known = (1 - Fraction(design.attrition[arm])) * Fraction(design.seen.get(arm, 1.0))
            ends = {"with": known * rate, "without": known * (1 - rate), "lost": 1 - known}
            for step, part in zip(ends, shared_out(people, list(ends.values())), strict=True):
                add(3, step, arm, part, (place,))
    return Flow(design.name, tuple(steps))


def flow_table(design: Design) -> Table:
    """Return the expected flow of a shipped design as a table: what the figure of its card is drawn from."""

    def build() -> Iterator[tuple[object, ...]]:
        found = load_design(design.name, design.scenario)  # puts on record what the numbers rest on
        for one in flow(found).steps:
            named = (name(design, one.arm, lang) for lang in LANGUAGES)
            yield one.step, *named, one.people, one.arm, one.layer

    columns = (
        Column("step", words="pilots.step"),
        *(Column(f"arm_{lang}") for lang in LANGUAGES),
        Column("persons", "whole", "persons", evidence=Evidence.ASSUMED),
        Column("arm", hidden=True),
        Column("layer", "whole", hidden=True),
    )
    published = {(f"block/{name}", "persons"): Evidence.PUBLISHED for name in design.document.model.named}
    return tabulate(f"flow_{design.name}", build, columns, key=("step", "arm"), exceptions=published)
