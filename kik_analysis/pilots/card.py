"""The card of a pilot (``kik design``): what it would tell, what it costs, and what it can never tell.

How much it tells (0 to 5) and what it is worth are explained in ``docs/pilots.md``. Worth is the expected
value of sample information (Raiffa and Schlaifer 1961, chapter 5): the prior is the range of the file, the
error that of imagined pilots, the choice to go on for everybody in the frame and for a year, or not.
"""

import argparse
import functools
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from kik_analysis import project
from kik_analysis.capacity import plain_sum
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.reader import Z95
from kik_analysis.errors import ParameterError
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Recorder, listing, recording
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text
from kik_analysis.parameters.commands import named, schema_line, write_new
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.pilots.analysis import analyse, sham_run
from kik_analysis.pilots.assignment import flow
from kik_analysis.pilots.design import Design, load_design
from kik_analysis.pilots.diagnosis import Diagnosis, cost, diagnose, in_the_frame, smallest_found, truth
from kik_analysis.pilots.document import CONTROL, LEVELS, RULES, SCHEMA, SEEN
from kik_analysis.pilots.protocol import check_plan, plan
from kik_analysis.statistics import arguments as arg

DRAWS, TYPED, EXPECTED, SOME, TINY = 1_000, 10_000, 2**16, 0.05, 1e-300
"""Draws behind a card of a run, or typed; of what will be expected; fewest people a year who have a price."""
SCALE = ((0.5, 5), (1.0, 4), (1.5, 3), (2.0, 2), (3.0, 1))
"""Error (chance and bias), as a part of the difference that decides, at most -> how much the pilot tells."""
MOST, LOST = 5, 0.2
SAID = ("estimated", "confounded", "never")
UPWARD = ("people_perfect", "hours_perfect", "least")
"""Parts of the worth that are told as the most there is, or the least it takes: rounded up."""


@dataclass(frozen=True)
class Worth:
    """What a pilot is worth.

    ``said``: keys of the sentences that say it (``pilots.worth``), or say why it cannot be known. ``values``:
    their numbers, by name; none where it cannot be known. ``low``, ``high``: the effects that are expected,
    in points, in the wanted direction. ``people``: expected value of the pilot (EVSI), in people a year for
    whom the choice makes the difference; ``people_perfect``: of knowing the effects (EVPI). ``hours``,
    ``hours_perfect``: the same in caseworker hours, where one of them is worth ``each``; else ``least`` is
    what one would have to be worth. ``cost``: hours that the pilot takes. ``choices``: effects to choose by.
    ``ranges``: people and hours at the ends of what decides and of what one of them is worth.
    """

    said: tuple[str, ...]
    values: dict[str, float]
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


@functools.lru_cache(8)
def _team(scenario: Scenario) -> Recorder:
    """Return what the week of a team rests on."""
    with recording() as found:
        compile_scenario(scenario)
    return found


@dataclass(frozen=True, eq=False)
class Card:
    """One design and what is known beforehand about a pilot like it.

    ``margin``: half the width of its interval, as a share. ``error``: how far chance and bias together take
    the estimate from the truth in all but a few pilots (as many as the level of the test), as a share.
    ``smallest``: smallest difference found with the chance that ``statistics.power`` asks for, as a share;
    None where no test is made. ``exaggeration``: how many times too large an outcome is that is found, on
    average (type M). ``hours``, ``weeks``: work, and the weeks of first contacts that it would have been:
    low, central, high; None where the file names no work, or for a team without time for these. ``sham``: how
    often its analysis finds something where there is nothing, as a share; None for a share. ``tells``: from 0
    to 5; None where the file names no difference that decides. ``worth``: what the pilot is worth for the
    choice to go on with what it tries, or why that cannot be known.
    """

    design: Design
    diagnosis: Diagnosis
    margin: float
    error: float
    smallest: float | None
    exaggeration: float | None
    hours: tuple[float, ...] | None
    weeks: tuple[float, ...] | None
    sham: float | None
    tells: int | None
    worth: Worth

    def numbers(self) -> dict[str, Number]:
        """Return the numbers that the sentences of a card show."""
        values: dict[str, Any] = {"width": PERCENT * self.margin, "tells": self.tells, "most": MOST}
        values |= {"smallest": self.smallest and PERCENT * self.smallest, "exaggeration": self.exaggeration}
        values |= {"hours": self.hours, "weeks": self.weeks}
        for name, x in self.worth.values.items():
            low, high = self.worth.ranges.get(name, (None, None))
            ends = low, x, high
            if name in UPWARD:
                each = 10 ** RULES["numbers"][f"worth_{name}"][1]
                ends = tuple(one and math.ceil(round(one * each, 6)) / each for one in ends)  # type: ignore[assignment]
            values[f"worth_{name}"] = ends
        found = self.design.counts() | self.design.numbers(values)
        if (asked := self.diagnosis.value("contacted", exact=True)) is not None:  # by the work they are
            found["contacted"] = replace(found["contacted"], value=round(asked))
        if self.weeks:  # they are weeks of the team's own work
            team = _team(self.design.scenario)
            team.again()
            own = (f"parameter:{one.name}" for one in team.leaves if one.kind == "parameter")
            found["weeks"] = replace(found["weeks"], reads=tuple(sorted({*found["weeks"].reads, *own})))
        return found

    def text(self, lang: Lang) -> dict[str, Text]:
        """Return the sentences of the card by name, in the order of reading."""
        numbers, design = self.numbers(), self.design

        def say(key: str, **values: object) -> Text:
            return sentences.text(f"pilots.card.{key}", lang, **{**numbers, **values})

        def said(part: str) -> Text:
            return design.said(part, lang, numbers)

        precise = "smallest" if {"smallest", "exaggeration"} <= set(numbers) else "precision"
        found = {"estimated": say("estimated", estimated=said("estimated")), "precision": say(precise)}
        if len(design.contrasts) > 1:
            about = design.called(next(iter(design.contrasts)), lang)
            found["first"] = say("first", first=sentences.named(about))
        stay = design.document.answer.interval in SEEN and any(design.attrition.values())
        found |= {"bounds": say("bounds")} if stay else {}
        others = [part for part in SAID[1:] if getattr(design.document.texts.nl, part)]
        found |= {part: say(part, **{part: said(part)}) for part in others}
        found["price"] = say("no_price" if not self.hours else "price" if self.weeks else "price_alone")
        found |= {} if self.tells is None else {"tells": say("tells")}
        if self.hours:
            values = {key[6:]: one for key, one in numbers.items() if key.startswith("worth_")}
            parts = [sentences.text(f"pilots.worth.{key}", lang, **values) for key in self.worth.said]
            why = [said("worth")] if design.document.texts.nl.worth else []
            found["worth"] = sentences.join([*parts, *why])
        flags = {flag: sentences.text(f"pilots.flag.{flag}", lang) for flag in design.document.flags}
        return found | {flag: say("flag", flag=name, said=said(flag)) for flag, name in flags.items()}

    def lines(self, lang: Lang) -> list[str]:
        """Return the card as it stands on a terminal, the diagnosis below it."""
        design, steps = self.design, []
        for one in flow(design):  # an arm or block by its name, else what became of it
            known = [design.called(one.arm, lang)] if one.arm else []
            if one.step not in ("block", "arm"):
                known.append(sentences.text(f"pilots.step.{one.step}", lang).plain)
            steps.append(f"  {', '.join(known)}: {notation.decimal(one.people, lang)}")
        said = (one.plain for one in self.text(lang).values())
        called = sentences.named(design.called(design.document.inquiry.outcome, lang))
        outcome = sentences.text("pilots.card.outcome", lang, outcome=called)
        head = [design.said("title", lang).plain, getattr(design.document.question, lang), outcome.plain]
        return [*head, "", *steps, "", *said, "", *self.diagnosis.lines(lang)]

    def as_json(self) -> dict[str, object]:
        """Return the card as ``kik design --json`` prints it."""
        design, found = self.design, self.diagnosis
        ends = (one and one[::2] for one in (self.hours, self.weeks))
        return {
            "design": design.name,
            "hash": design.hash,
            "draws": found.draws,
            "seed": found.seed,
            "at": design.level,
            "arms": design.arms,
            "diagnosands": found.table.to_dicts(),
            "hours": found.value("hours", exact=True),
            "backlog_weeks": found.backlog_weeks,
            "flow": [{"step": one.step, "arm": one.arm, "people": one.people} for one in flow(design)],
            "range": dict(zip(("hours", "backlog_weeks"), ends, strict=True)),
            "tells": self.tells,
            "worth": {"said": self.worth.said, **self.worth.values, "range": self.worth.ranges},
            "flags": list(design.document.flags),
        }


def card(design: Design, *, draws: int = DRAWS, seed: int = 0, **how: Any) -> Card:
    """Return the card of a design at its central values.

    ``design``: from ``kik.load_design``. ``draws``, ``seed``, ``how``: of its diagnosis, all that
    ``kik.diagnose`` takes.
    """
    found = diagnose(design, draws=draws, seed=seed, **how)
    levels = (design.at(one) for one in LEVELS)  # what is expected, as its worth is set against
    hours = [] if found.value("hours") is None else sorted(float(cost(one)[0]) for one in levels)
    served = (plain_sum.backlog_weeks(design.scenario, one) for one in hours)
    weeks = [one for one in served if one is not None]
    margin = (found.value("interval_width") or 0.0) / 2.0
    bounds = design.document.answer.interval in SEEN  # these have no estimate, so no error but their width
    bias, rmse = (found.value(name) or 0.0 for name in ("bias", "rmse"))
    spread = max(rmse**2 - bias**2, (bias / 1e4) ** 2, TINY) ** 0.5
    # the distance from the truth that estimates, with their bias, lie beyond with a chance
    passed = float(spread * scipy.special.chndtrix(1.0 - design.alpha, 1.0, (bias / spread) ** 2) ** 0.5)
    error = margin if bounds else max(margin, passed)
    tested, sham = not bounds and design.document.answer.test != "none", sham_run(design, seed)
    return Card(
        design, found, margin, error,
        _smallest(found) if tested else None,
        found.value("type_m") if tested else None,
        tuple(hours) or None, tuple(weeks) or None, sham, _tells(design, error), worth(found),
    )  # fmt: skip


def gain(
    mean: arg.Floats, spread: arg.Floats, error: arg.Floats, people: arg.Floats, *, best: bool = False
) -> float:
    """Return the expected value of estimates before they are made, in people.

    ``mean``: of each effect, less what makes going on worthwhile, as shares. ``spread``: standard deviation
    of each effect; effects are independent. ``error``: covariance of the errors of their estimates.
    ``people``: whom each effect is about. ``best``: only the best of them can be chosen; else each is a
    choice of its own.
    """
    from scipy.stats import norm, qmc

    prior = np.diag(spread**2)
    learned = prior @ np.linalg.pinv(prior + error, hermitian=True) @ prior  # of what will be expected
    if not best or len(mean) == 1:  # unit normal loss, choice by choice
        sd = np.sqrt(np.diag(learned) + TINY)  # an effect without a range: nothing is learnt of it
        far = np.abs(mean) / sd
        return float(people @ (sd * (norm.pdf(far) - far * norm.sf(far))))
    draws = qmc.MultivariateNormalQMC(mean, learned, engine=qmc.Sobol(len(mean), rng=0)).random(EXPECTED)
    expected, at_once = (people * draws).max(axis=1), float((people * mean).max())
    return float(np.maximum(expected, 0.0).mean()) - max(at_once, 0.0)


def worth(found: Diagnosis) -> Worth:
    """Return what a pilot is worth; ``found``: the diagnosis of its design, at central values."""
    design, inquiry = found.design, found.design.document.inquiry
    work, ends = found.value("hours", exact=True), [design.at(level) for level in LEVELS]
    chosen = slice(2) if design.kind == "two_stage" else slice(None)  # the third is both together
    low, central, high = (truth(one)[chosen] for one in ends)
    spread = np.abs(high - low) / (2.0 * Z95)
    if work is None or inquiry.estimand in ("share", "interaction") or not spread.any():
        asked = {"share": "no_choice_share", "interaction": "no_choice_interaction"}
        return Worth(("no_price" if work is None else asked.get(inquiry.estimand, "certain"),), {})
    each = [_each(one) for one in ends] if inquiry.worth or inquiry.outcome == "reached" else []
    wanted = float(np.sign(each[1] if each else central.sum())) or 1.0
    apart, error = design.kind in ("factorial", "two_stage"), _error(found)[chosen, chosen]
    points, prices = PERCENT * wanted * np.array([low, high]) + 0.0, np.abs(each)
    values = {"low": float(points.min()), "high": float(points.max()), "cost": work}
    values["choices"], ranges = len(central), {}
    for name, unsure in (("", error), ("_perfect", 0.0 * error)):
        means = (wanted * central - one.number("inquiry.decides") for one in ends)
        people = [gain(mean, spread, unsure, _people(design), best=not apart) for mean in means]
        values[f"people{name}"], ranges[f"people{name}"] = people[1], (min(people), max(people))
        if each:
            values[f"hours{name}"] = float(prices[1]) * people[1]
            ranges[f"hours{name}"] = float(prices.min()) * min(people), float(prices.max()) * max(people)
    told = {"chosen" if CONTROL in design.arms else "alone": design.kind == "none"}
    told |= {"sum": apart, "best": len(central) > 1 and not apart}
    if not each:
        values["least"] = work / max(values["people"], SOME)
        return Worth(("break_even", *filter(told.get, told)), values, ranges)
    tasks, values["each"] = bool(inquiry.worth), float(prices[1])
    told |= {"tasks": tasks, "first_contact": not tasks, "left_out": inquiry.outcome == "reached"}
    least, most = ranges["hours"]
    first = "pays" if least >= work else "dear" if most < work else "unsure"
    return Worth((first, *filter(told.get, told)), values, ranges)


def _each(design: Design) -> float:
    """Return the hours that one person with the outcome saves the team; below 0 where they are taken."""
    tasks = {task: design.number(f"inquiry.worth.{task}") for task in design.document.inquiry.worth}
    scenario = design.scenario
    return plain_sum.hours(scenario, tasks, design.level) if tasks else plain_sum.first_contact(scenario)


def _people(design: Design) -> arg.Floats:
    """Return whom each effect is about: everybody; those whom it can reach between two letters; takers."""
    if design.kind == "two_stage":
        other = (design.document.data.assignment.second[0], CONTROL)
        return design.people * np.array([1.0 - float(design.rates[one] @ design.weights) for one in other])
    taken = design.uptake if design.document.inquiry.estimand == "cace" else {}
    return design.people * np.array([taken.get(arm, 1.0) for arm in design.contrasts])


def _error(found: Diagnosis) -> arg.Floats:
    """Return the covariance of the errors of estimates, with what nobody sees where nobody is compared.

    Bounds count as the middle nine tenths of what may be true.
    """
    design, said, unseen = found.design, found.design.document.answer, 0.0
    if said.interval in SEEN:
        widths = np.array([found.value("interval_width", label) or 0.0 for label in design.labels])
        return np.diag((widths / (2.0 * Z95)) ** 2)
    if design.kind == "none":
        ends = [design.at(level) for level in ("low", "high")]
        parts = [[one.number("model.selection") for one in ends]]
        if said.estimator == "change":
            parts.append([float(one.rates[CONTROL] @ one.weights) for one in ends])
        unseen = math.hypot(*((high - low) / (2.0 * Z95) for low, high in parts))
    if len(design.labels) > 1:
        return found.errors + unseen**2
    exact = found.value("rmse", exact=True) != found.value("rmse")  # then the seed makes no difference
    rmse, bias = (found.value(name, exact=exact) or 0.0 for name in ("rmse", "bias"))
    return np.array([[rmse**2 - bias**2 + unseen**2]])


def _smallest(found: Diagnosis) -> float | None:
    """Return the smallest difference that is usually found: searched, or after Bloom (1995).

    Searched with lots on people between arms, as the error grows with the effect; of several arms the first.
    """
    design, error = found.design, found.errors[0, 0]
    power = design.scenario.central("statistics.power")
    looking = design.document.answer.test == "e_process"  # no error tells what that costs
    if in_the_frame(design) or looking:
        return smallest_found(design, power, draws=found.draws, seed=found.seed)
    parts = len(design.arms) * (len(design.blocks) if design.kind == "blocked_cluster" else 1)
    df = sum(design.arms.values()) - parts if design.clustered else math.inf
    far = scipy.special.stdtrit(df, [1.0 - design.alpha / 2.0, power]).sum()
    return float(far * error**0.5)


def _tells(design: Design, error: float) -> int | None:
    if not (decides := design.number("inquiry.decides")):
        return None
    confounded = design.document.texts.nl.confounded is not None
    alone = len(design.arms) < 2 and design.document.inquiry.estimand != "share"
    reached = next((points for limit, points in SCALE if error / decides <= limit), 0)
    return max(reached - confounded - (max(design.attrition.values()) > LOST) - alone, 0)


def shipped(scenario: Scenario | None = None) -> dict[str, Design]:
    """Return the pilots that ship, by name: pilot by pilot, as announced first."""
    found = [load_design(path.stem, scenario) for path in listing(project.params("pilots"), "*.yml")]
    ordered = sorted(found, key=lambda one: (one.document.pilot, not one.document.announced, one.name))
    return {one.name: one for one in ordered}


def printed(given: argparse.Namespace, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Return the lines that ``kik design`` prints: cards, or the announced analysis of counts.

    ``given``: as parsed. Its ``words`` are design files; or ``analyse``, a design file and a file of counts.
    Its ``plan`` is the folder to write the plan into; for an analysis the plan that it is held against.
    ``progress``: told batches done, and in all. ParameterError when the words are neither of the two.
    """
    first, *rest = given.words
    unused = [f"--{one}" for one in ("draws", "workers", "json") if getattr(given, one)]
    if first == "analyse" and len(rest) == 2 and not unused:
        found = load_design(rest[0])
        planned = None if given.plan is None else check_plan(found, given.plan)
        result = analyse(found, rest[1], planned, seed=given.seed)
        head = [] if given.plan else [sentences.text("pilots.analysis.no_plan", given.lang).plain]
        return [*head, *result.text(given.lang)]
    if first == "analyse" or (rest and given.plan):
        got = " ".join((*given.words, *unused))
        wanted = "designs without --plan, one design, or analyse DESIGN.yml DATA with --plan, --seed"
        raise ParameterError(f"kik design: these words do not go together (got {got}; expected {wanted})")
    designs = [load_design(one) for one in given.words]
    options = {"draws": given.draws or TYPED, "seed": given.seed, "workers": given.workers}
    made = [card(one, progress=progress, **options) for one in designs]
    written = plan(designs[0], given.seed).write(given.plan) if given.plan else ()
    if given.json:
        rows = [one.as_json() for one in made]
        return [json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False, indent=1)]
    lines = [line for one in made for line in (*one.lines(given.lang), "")][:-1]
    return [*lines, *map(str, written)]


def new_pilot(name: str) -> Path:
    """Write a commented design file ``NAME.yml`` to fill in, and return its path.

    ParameterError when the name cannot be a file's, the file exists already, or its folder does not.
    """
    path = named(name, "pilot")
    title = re.sub(r"[\W\d_]+", " ", path.stem).strip().capitalize() or "Pilot"
    given = {"schema": schema_line(path, SCHEMA), "file": path.name, "name": path.stem, "title": title}
    return write_new(path, project.packaged("texts/pilot.yml").format(**given))
