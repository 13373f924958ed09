"""The sum on one page: from contract hours to people per fte, in plain arithmetic, a row a step.

The steps stand in ``params/plain_sum.csv``: a name, a unit, and a formula over parameters (``team.fte``; of
one part, ``policy.channel_follow_up.home``) and earlier steps. The engine's long-run mean per contact is the
same within a few percent (tested), so who doubts the engine can do the sum by hand, and a workbook holds it
as formulas. What a pilot costs the team follows: hours of tasks, and the weeks of first contacts lost.
"""

import ast
import datetime
import functools
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kik_analysis import project
from kik_analysis.capacity import team
from kik_analysis.capacity.compiled import YEAR
from kik_analysis.capacity.reader import Reader, spread
from kik_analysis.errors import InputError
from kik_analysis.evidence.reads import read_text
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.shapes import RANGE
from kik_analysis.reading.records import Wrong, WrongCell, column, filled, read

FILE = "plain_sum.csv"
CONSTANTS = {"weeks_per_year": float(team.WEEKS_PER_YEAR), "minutes_per_hour": 60.0}
"""What every calendar and clock knows."""
TOKEN = re.compile(r"[a-z][a-z_]*(?:\.[a-z_]+)*")
"""A parameter's path, a step or a constant in a formula."""
SHARES = ("policy.channel_first", "policy.channel_follow_up")
CHANNELS = ("home", "office", "phone", "mail")
"""Parameters whose parts are shares of a whole, and these parts in order."""
SEGMENTS, INTERVAL = "people.segment_share", "policy.interval_weeks"
CHOICES = ("team.hours_basis", "policy.reminder_call")
"""Weights of the segments, the weeks that go by them the other way round, and the choices of which a part is
1 where it is chosen and 0 else."""
DRAWS, QUANTILES = 100, (10, 90)
"""Draws of the assumptions for a step's range, and its percentiles."""
FUTURES = 20
"""Futures of a year, for the mean week that a pilot takes hours from: little beside its own chance."""
_weekly: dict[str, float] = {}  # hours left for first contacts, by scenario
_SIGNS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Div: lambda one, other: one / other if other else math.nan,
}


_tree, _name = functools.cache(ast.parse), functools.cache(ast.unparse)
_PARTS = (ast.Expression, ast.BinOp, ast.Name, ast.Attribute, ast.Constant, ast.Load)


def _formula(cell: str) -> str:
    try:
        parts = [type(one) for one in ast.walk(_tree(cell.replace("^", "**"), mode="eval"))]
    except (SyntaxError, ValueError):
        parts = [ast.Call]
    if not set(parts) <= {*_SIGNS, *_PARTS} or set(re.findall(r"[0-9.]*[0-9][0-9.]*", cell)) - {"1"}:
        raise WrongCell("not a formula", "+ - * / ^, parentheses, names and the numeral 1")
    return cell


@dataclass(frozen=True)
class Step:
    """One step of the sum.

    ``key``, ``unit``: its name, and the unit of its result. ``formula``: ``+ - * / ^`` and parentheses over
    parameters, earlier steps, constants and the numeral 1.
    """

    key: str = column()
    unit: str = column(filled)
    formula: str = column(_formula)

    def tokens(self) -> tuple[str, ...]:
        """Return what the formula names, in order."""
        return tuple(dict.fromkeys(TOKEN.findall(self.formula)))


def steps() -> tuple[Step, ...]:
    """Return the steps in order; DataError where one names what is no parameter and no step above it."""
    path, known = project.params(FILE), {*CONSTANTS}
    read_text(path)  # on record

    def check(step: Step) -> Wrong:
        for token in step.tokens():
            if token not in known and ".".join(token.split(".")[:2]) not in catalogue():
                yield "formula", f"{token} is no parameter and no step above", "names that are known"
        known.add(step.key)

    return tuple(read(path, Step, shown_as=f"params/{FILE}", key="key", check=check))


def value(reader: Reader, token: str, day: datetime.date) -> float:
    """Return a parameter on a day: of a part where one is named, and the mean over the segments."""
    section, name, *part = token.split(".")
    path = f"{section}.{name}"
    if path not in (*SHARES, *CHOICES) and part:
        return reader.number(path, day, part[0])

    def found(cell: str) -> float:
        if path in SHARES:
            return float(reader.shares(path, day, cell)[CHANNELS.index(part[0])])
        if path in CHOICES:
            return float(str(reader.atom(path, day, cell)).lower() == part[0])
        return reader.number(path, day, cell)

    cells = reader.names(path)
    if path in SHARES:
        cells = tuple(dict.fromkeys(cell.rpartition(".")[0] for cell in cells))
    if cells == ("",):
        return found("")
    weights = {cell: reader.number(SEGMENTS, day, cell) for cell in cells}
    power = -1 if path == INTERVAL else 1  # contacts in a year add up, not the weeks between them
    return (sum(w * found(cell) ** power for cell, w in weights.items()) / sum(weights.values())) ** power


def inputs(scenario: Scenario, day: datetime.date) -> dict[str, float]:
    """Return every parameter that the sum reads, as its formulas name it, with its central value on a day."""
    reader = Reader(scenario)
    tokens = dict.fromkeys(token for step in steps() for token in step.tokens() if "." in token)
    return {token: value(reader, token, day) for token in tokens}


def _calculate(node: Any, known: Mapping[str, float]) -> float:
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return _SIGNS[type(node.op)](_calculate(node.left, known), _calculate(node.right, known))
    if isinstance(node, ast.Name | ast.Attribute):
        return known[_name(node)]
    return 1.0


def evaluate(reader: Reader, day: datetime.date, rows: tuple[Step, ...] = ()) -> dict[str, float]:
    """Return every step of the sum for one scenario on a day, in order.

    ``reader``: the scenario, central or with a draw of its assumptions. ``day``: on which dated values are
    taken. ``rows``: the steps, where they are at hand. A step that divides by zero (the minutes of a first
    contact where nobody ever comes) is no number.
    """
    known, rows = dict(CONSTANTS), rows or steps()
    for step in rows:
        known |= {token: value(reader, token, day) for token in step.tokens() if "." in token}
        known[step.key] = _calculate(_tree(step.formula.replace("^", "**"), mode="eval").body, known)
    return {step.key: known[step.key] for step in rows}


def ranges(
    scenario: Scenario, day: datetime.date, *, draws: int = DRAWS
) -> dict[str, tuple[float, float, float]]:
    """Return for every step the central value and the middle 80 % over the assumptions.

    ``scenario``, ``day``: the scenario, and the day on which dated values are taken. ``draws``: draws of the
    assumptions, spread evenly over their ranges.
    """
    reader, rows = Reader(scenario), steps()
    central = evaluate(reader, day, rows)
    places = spread(scenario, int(str(scenario["run.seed"])), draws)
    found = [evaluate(reader.drawn(draw), day, rows) for draw in places]
    limits = ((key, np.percentile([one[key] for one in found], QUANTILES).tolist()) for key in central)
    return {key: (central[key], low, high) for key, (low, high) in limits}


def tasks(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of tasks: those of ``work.minutes_NAME``."""
    head = "work.minutes_"
    return tuple(path.removeprefix(head) for path in scenario.paths if path.startswith(head))


def hours(scenario: Scenario, numbers: Mapping[str, float], level: str = "central") -> float:
    """Return the client hours of so many tasks of each kind, at the low, central or high end of minutes."""
    each = {task: scenario.overall(f"work.minutes_{task}")[RANGE.index(level)] for task in numbers}
    return sum(number * each[task] for task, number in numbers.items()) / CONSTANTS["minutes_per_hour"]


def first_contact(scenario: Scenario) -> float:
    """Return the client hours of one first contact, all in: the step ``first``.

    Letters to those who do not come are part of it. InputError nobody ever comes, so that it has no hours.
    """
    minutes = evaluate(Reader(scenario), scenario.start)["first"]
    if not math.isfinite(minutes):
        raise InputError("contact: nobody ever comes for a first conversation, so it has no hours")
    return minutes / CONSTANTS["minutes_per_hour"]


def backlog_weeks(scenario: Scenario, pilot: float) -> float | None:
    """Return for how many weeks the hours of a pilot would have served first contacts.

    ``pilot``: its client hours. In a week first contacts have all hours, less those spent on everybody else:
    the mean week of the first year, over ``FUTURES`` simulated futures. None where none are left.
    """
    from kik_analysis.capacity.simulate import simulate

    key = scenario.digest()
    if key not in _weekly:
        names = ["hours_available", "hours_used", "first_conversations"]
        year = simulate(scenario.replace({"run.weeks": YEAR}), replications=FUTURES, seed=0)
        frame = year.weekly(measures=names)
        means = [float(frame["mean"].filter(frame["measure"] == name).to_numpy().mean()) for name in names]
        _weekly[key] = means[0] - means[1] + first_contact(scenario) * means[2]
    return pilot / _weekly[key] if _weekly[key] > 0.0 else None
