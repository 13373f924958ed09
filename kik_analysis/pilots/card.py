"""The card of a pilot: what it would tell, what it costs, and what it can never tell.

How much a pilot tells is a number from 0 to 5, after the padlocks with which the Education Endowment
Foundation scores the security of findings: error against the smallest difference that would change a
decision, less one for each of confounded, attrition above a fifth, no control.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kik_analysis import project
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.files import listing
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Text
from kik_analysis.pilots import summary, words
from kik_analysis.pilots.analysis import sham_run
from kik_analysis.pilots.design import Design, load_design
from kik_analysis.pilots.diagnosis import Diagnosis, diagnose
from kik_analysis.pilots.flow import Flow, expected
from kik_analysis.statistics.interval import two_sided

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.parameters.scenario import Scenario

DRAWS, FEW = 1_000, 100
"""Draws behind a card; draws behind its hours at either end of their range, where chance matters little."""
SCALE = ((0.5, 5), (1.0, 4), (1.5, 3), (2.0, 2), (3.0, 1))
"""Error (chance and bias), as a part of the difference that decides, at most -> how much the pilot tells."""
MOST, LOST = 5, 0.2
SAID = ("estimated", "confounded", "never")
COLUMNS = ("estimand", "diagnosand", "value", "mc_error", "exact")
"""Columns of ``designs.csv`` after the name of the design."""


@dataclass(frozen=True, eq=False)
class Card:
    """One design and what is known beforehand about a pilot like it.

    ``margin``: half the width of its interval, as a share. ``error``: how far chance and bias together take
    the estimate from the truth in all but a few pilots (as many as the level of the test), as a share.
    ``smallest``: smallest difference found with the chance that ``statistics.power`` asks for, as a share;
    None where no test is made. ``exaggeration``: how many times too large an outcome is that is found, on
    average (type M). ``hours``, ``weeks``: work, and the weeks of first contacts that it would have been:
    low, central, high; None for a team without time for these. ``sham``: how often its analysis finds
    something where there is nothing, as a share; None for a share. ``tells``, ``less``: from 0 to 5, and the
    names of what took a point off; None where the file names no difference that decides.
    """

    design: Design
    diagnosis: Diagnosis
    flow: Flow
    margin: float
    error: float
    smallest: float | None
    exaggeration: float | None
    hours: tuple[float, ...]
    weeks: tuple[float, ...] | None
    sham: float | None
    tells: int | None
    less: tuple[str, ...]

    def numbers(self) -> dict[str, Number]:
        """Return the numbers that the sentences of a card show."""
        found = dict(words.counts(self.design))
        smallest = None if self.smallest is None else PERCENT * self.smallest
        for what, value, unit, decimals in (
            ("width", PERCENT * self.margin, "percentage_points", 1),
            ("smallest", smallest, "percentage_points", 1),
            ("exaggeration", self.exaggeration, "ratio", 1),
            ("tells", self.tells, "count", 0),
            ("most", MOST, "count", 0),
        ):
            if value is not None:
                found[what] = words.number(self.design, what, value, unit, decimals)
        for what, ends, decimals in (("hours", self.hours, 0), ("weeks", self.weeks, 1)):
            if ends is not None:
                low, value, high = ends
                found[what] = words.number(self.design, what, value, what, decimals, low=low, high=high)
        return found

    def text(self, lang: Lang) -> dict[str, Text]:
        """Return the sentences of the card by name, in the order of reading."""
        numbers, design = self.numbers(), self.design

        def say(key: str, **values: object) -> Text:
            return sentences.text(f"pilots.card.{key}", lang, **{**numbers, **values})

        def own(part: str) -> Text:
            return words.said(design, part, lang, numbers)

        found = {"estimated": say("estimated", estimated=own("estimated"))}
        found["precision"] = say("smallest" if {"smallest", "exaggeration"} <= set(numbers) else "precision")
        if design.document.texts.nl.confounded:
            found["confounded"] = say("confounded", confounded=own("confounded"))
        found |= {
            "never": say("never", never=own("never")),
            "price": say("price" if self.weeks else "price_alone"),
        }
        found |= {} if self.tells is None else {"tells": say("tells")}
        for flag in design.document.flags:
            name = sentences.text(f"pilots.flag.{flag}", lang)
            found[flag] = say("flag", flag=name, said=own(flag))
        return found

    def lines(self, lang: Lang) -> list[str]:
        """Return the card as it stands on a terminal, the diagnosis below it."""
        design = self.design
        steps = [
            f"  {words.step(design, one.step, one.arm, lang)}: {notation.whole(one.people, lang)}"
            for one in self.flow.steps
        ]
        head = [words.said(design, "title", lang).plain, getattr(design.document.question, lang)]
        said = (one.plain for one in self.text(lang).values())
        return [*head, "", *steps, "", *said, "", *summary.lines(self.diagnosis, lang)]

    def as_json(self) -> dict[str, object]:
        """Return the card as ``kik design --json`` prints it."""
        weeks = self.weeks and [self.weeks[0], self.weeks[2]]
        ends = {"hours": [self.hours[0], self.hours[2]], "backlog_weeks": weeks}
        more = {"flow": self.flow.rows(), "range": ends, "tells": self.tells}
        return summary.as_json(self.diagnosis) | more | {"flags": list(self.design.document.flags)}


def card(
    design: Design,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Card:
    """Return the card of a design at its central values.

    ``design``: from ``kik.load_design``. ``draws``, ``seed``, ``workers``, ``progress``: of its diagnosis, as
    for ``kik.diagnose``.
    """
    found = diagnose(design, draws=draws, seed=seed, workers=workers, progress=progress)
    ends = [diagnose(design.at(level), draws=FEW, seed=seed) for level in ("low", "high")]
    hours = sorted(one.value("hours") or 0.0 for one in (found, *ends))
    weeks = sorted(one.backlog_weeks for one in (found, *ends) if one.backlog_weeks is not None)
    margin = (found.value("interval_width") or 0.0) / 2.0
    error = max(margin, two_sided(design.alpha) * (found.value("rmse") or 0.0))
    tells, less = _tells(design, error)
    smallest = exaggeration = None
    sham = sham_run(design, seed)
    if design.document.answer.test != "none":
        smallest = _smallest(found)
        exaggeration = found.value("type_m") if found.value("power") else None
    return Card(
        design, found, expected(design), margin, error, smallest, exaggeration, tuple(hours),
        tuple(weeks) or None, sham and sham[0], tells, less,
    )  # fmt: skip


def _smallest(found: Diagnosis) -> float:
    """Return the smallest difference that is usually found: quantiles of level and power, times the SE.

    Bloom (1995). The standard error is that of the imagined pilots; with clusters the quantiles are of t with
    two fewer degrees of freedom than there are clusters.
    """
    from scipy.special import ndtri, stdtrit

    design = found.design
    power = design.scenario["statistics.power"]
    assert isinstance(power, float)
    chances = (1.0 - design.alpha / 2.0, power)
    far = [float(stdtrit(design.clusters - 2, one) if design.clustered else ndtri(one)) for one in chances]
    rmse, bias = found.value("rmse") or 0.0, found.value("bias") or 0.0
    return sum(far) * math.sqrt(max(rmse**2 - bias**2, 0.0))


def _tells(design: Design, error: float) -> tuple[int | None, tuple[str, ...]]:
    less = {
        "confounded": design.document.texts.nl.confounded is not None,
        "attrition": max(design.attrition.values()) > LOST,
        "no_control": len(design.arms) < 2 and design.document.inquiry.estimand != "share",
    }
    names = tuple(name for name, holds in less.items() if holds)
    decides = design.number("inquiry.decides")
    if not decides:
        return None, names
    reached = next((points for limit, points in SCALE if error / decides <= limit), 0)
    return max(reached - len(names), 0), names


def shipped(scenario: Scenario | None = None) -> dict[str, Design]:
    """Return the pilots that ship, by name: pilot by pilot, as announced first."""
    found = [load_design(path.stem, scenario) for path in listing(project.params("pilots"), "*.yml")]
    ordered = sorted(found, key=lambda one: (one.document.pilot, not one.document.announced, one.name))
    return {one.name: one for one in ordered}


def _recorded(cards: dict[str, Card]) -> None:
    """Put on record what the rows of a table rest on."""
    for name, one in cards.items():
        load_design(name, one.design.scenario)


def cards_table(cards: dict[str, Card]) -> Table:
    """Return all cards as a table: what each design costs and tells."""

    def build() -> pl.DataFrame:
        import polars as pl

        _recorded(cards)
        rows = []
        for name, one in cards.items():
            row: dict[str, object] = {"pilot": one.design.document.pilot, "design": name}
            row |= {f"title_{lang}": words.said(one.design, "title", lang).plain for lang in LANGUAGES}
            row |= dict(zip(("hours_low", "hours", "hours_high"), one.hours, strict=True))
            row |= {
                "weeks": one.weeks and one.weeks[1],
                "margin": PERCENT * one.margin,
                "error": PERCENT * one.error,
            }
            row["smallest"] = None if one.smallest is None else PERCENT * one.smallest
            rows.append({**row, "exaggeration": one.exaggeration, "sham": one.sham, "tells": one.tells})
        return pl.DataFrame(rows, infer_schema_length=None)

    def measured(name: str, unit: str, shown: int = 1) -> Column:
        return Column(name, "decimal", unit, decimals=2, shown=shown, evidence=Evidence.ASSUMED)

    columns = (
        Column("pilot"),
        Column("design", hidden=True),
        *(Column(f"title_{lang}") for lang in LANGUAGES),
        *(measured(f"hours{end}", "hours", 0) for end in ("_low", "", "_high")),
        measured("weeks", "weeks"),
        *(measured(name, "percentage_points") for name in ("margin", "error", "smallest")),
        measured("exaggeration", "ratio"),
        Column("sham", "decimal", "share", decimals=3, evidence=Evidence.ASSUMED),
        Column("tells", "whole", "count", evidence=Evidence.ASSUMED),
    )
    return tabulate("pilot_cards", build, columns, key=("pilot", "design"))


def announced_table(cards: dict[str, Card]) -> Table:
    """Return what the pilots as announced tell, mix up and never tell: a sentence per cell."""
    chosen = {name: one for name, one in cards.items() if one.design.document.announced}
    parts = [(part, lang) for part in ("title", *SAID) for lang in LANGUAGES]
    said = {
        (one.design.document.pilot, f"{part}_{lang}"): words.said(one.design, part, lang, one.numbers())
        for one in chosen.values()
        for part, lang in parts
    }

    def build() -> pl.DataFrame:
        import polars as pl

        _recorded(chosen)
        pilots = [one.design.document.pilot for one in chosen.values()]
        texts = {
            f"{part}_{lang}": [said[pilot, f"{part}_{lang}"].plain for pilot in pilots]
            for part, lang in parts
        }
        return pl.DataFrame({"pilot": pilots, **texts})

    columns = (Column("pilot"), *(Column(f"{part}_{lang}") for part, lang in parts))
    return tabulate("pilots_announced", build, columns, prose=said)


def designs_table(cards: dict[str, Card]) -> Table:
    """Return every diagnosand of every design, with its error and, where there is one, the exact value."""

    def build() -> pl.DataFrame:
        import polars as pl

        _recorded(cards)
        parts = [
            one.diagnosis.table.select(pl.lit(name).alias("design"), *COLUMNS) for name, one in cards.items()
        ]
        return pl.concat(parts)

    numbers = (
        Column(name, "decimal", "ratio", decimals=4, shown=3, evidence=Evidence.ASSUMED)
        for name in COLUMNS[2:]
    )
    columns = (Column("design"), Column("estimand"), Column("diagnosand"), *numbers)
    made = tabulate("designs", build, columns, key=("design", "estimand", "diagnosand"))
    return replace(made, place="file")
