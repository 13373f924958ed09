"""The flow of people through a pilot in the CONSORT manner; one whose numbers do not add up cannot be made.

Steps stand in layers, as in the diagram of Schulz, Altman and Moher (2010): who was named, who can take part,
how the lot divided them, what became of each arm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kik_analysis.errors import ModelError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.pilots import words
from kik_analysis.pilots.design import ALL, Design, load_design
from kik_analysis.statistics.rounding import shared_out


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
        named = words.name(design, self.arm, lang)
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
        into: Counter[tuple[int, ...]] = Counter()
        for place, one in enumerate(self.steps):
            if one.people < 0 or any(origin >= place for origin in one.after):
                what = f"{one.people} people" if one.people < 0 else "it comes before its origin"
                raise ModelError(f"flow {self.name}: {one.step} {one.arm}: {what}; it cannot be drawn")
            if one.after:
                into[one.after] += one.people
        for origins, people in into.items():
            boxes = [self.steps[one] for one in origins]
            if (given := sum(one.people for one in boxes)) != people:
                names = " and ".join(f"{one.step} {one.arm}".strip() for one in boxes)
                raise ModelError(
                    f"flow {self.name}: {given} people in {names}, {people} come out of it; "
                    "the numbers do not add up and cannot be drawn"
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
            yield (
                one.step,
                *(words.name(design, one.arm, lang) for lang in LANGUAGES),
                one.people,
                one.arm,
                one.layer,
            )

    columns = (
        Column("step", words="pilots.step"),
        *(Column(f"arm_{lang}") for lang in LANGUAGES),
        Column("persons", "whole", "persons", evidence=Evidence.ASSUMED),
        Column("arm", hidden=True),
        Column("layer", "whole", hidden=True),
    )
    published = {(f"block/{name}", "persons"): Evidence.PUBLISHED for name in design.document.model.named}
    return tabulate(f"flow_{design.name}", build, columns, key=("step", "arm"), exceptions=published)
