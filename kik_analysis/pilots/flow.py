"""The flow of people through a pilot in the CONSORT manner; one whose numbers do not add up cannot be made.

Steps stand in layers, as in the diagram of Schulz, Altman and Moher (2010): who was named, who can take part,
how the lot divided them, what became of each arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from kik_analysis.errors import ModelError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.pilots import words
from kik_analysis.pilots.design import ALL, Design, load_design
from kik_analysis.statistics.rounding import shared_out

if TYPE_CHECKING:
    import polars as pl


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


@dataclass(frozen=True)
class Flow:
    """Boxes in order; each points by place to the boxes that its people come from.

    ModelError when people appear or vanish: boxes with the same origin must add up to it.
    """

    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        into: dict[tuple[int, ...], int] = {}
        for place, one in enumerate(self.steps):
            if one.people < 0 or any(origin >= place for origin in one.after):
                what = f"{one.people} people" if one.people < 0 else "it comes before its origin"
                raise ModelError(f"flow {self.name}: {one.step} {one.arm}: {what}; it cannot be drawn")
            if one.after:
                into[one.after] = into.get(one.after, 0) + one.people
        for origins, people in into.items():
            given = sum(self.steps[one].people for one in origins)
            if given != people:
                names = " and ".join(
                    f"{self.steps[one].step} {self.steps[one].arm}".strip() for one in origins
                )
                raise ModelError(
                    f"flow {self.name}: {given} people in {names}, {people} come out of it; "
                    "the numbers do not add up and cannot be drawn"
                )

    def rows(self) -> list[dict[str, object]]:
        """Return ``step, arm, people`` of every box, for JSON and tables."""
        return [{"step": one.step, "arm": one.arm, "people": one.people} for one in self.steps]


def expected(design: Design) -> Flow:
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
    shares = {**arms, **({"": outside} if outside > 0 else {})}
    people = shared_out(
        design.people, [Fraction(one) / Fraction(sum(shares.values())) for one in shares.values()]
    )
    for (arm, _), n in zip(shares.items(), people, strict=True):
        place = add(2, "arm" if arm else "outside", arm, n, (frame,))
        if arm:
            rate = float(design.rates[arm] @ design.weights)
            gone = Fraction(design.attrition[arm])
            got = (1 - gone) * Fraction(rate)
            for step, one in zip(
                ("with", "without", "lost"), shared_out(n, [got, 1 - gone - got, gone]), strict=True
            ):
                add(3, step, arm, one, (place,))
    return Flow(design.name, tuple(steps))


def flow_table(design: Design) -> Table:
    """Return the expected flow of a shipped design as a table: what the figure of its card is drawn from."""

    def build() -> pl.DataFrame:
        import polars as pl

        found = load_design(design.name, design.scenario)  # puts on record what the numbers rest on
        rows = [
            {"step": one.step, "arm": one.arm, "persons": one.people, "layer": one.layer}
            | {f"arm_{lang}": words.name(design, one.arm, lang) for lang in LANGUAGES}
            for one in expected(found).steps
        ]
        return pl.DataFrame(rows).select(one.name for one in columns)

    columns = (
        Column("step", words="pilots.step"),
        *(Column(f"arm_{lang}") for lang in LANGUAGES),
        Column("persons", "whole", "persons", evidence=Evidence.ASSUMED),
        Column("arm", hidden=True),
        Column("layer", "whole", hidden=True),
    )
    published = {(f"block/{name}", "persons"): Evidence.PUBLISHED for name in design.document.model.named}
    return tabulate(f"flow_{design.name}", build, columns, key=("step", "arm"), exceptions=published)
