"""Deliberate mistakes in the cohort engine, one at a time: each moves a statistic by more than six standard
errors.

The statistics are the ten of ``agreement.py``, named beforehand; the reference is the engine without the
mistake, which agrees with the calendar engine and the process model (``test_cohort_agreement.py``).
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity import cohort
from kik_analysis.capacity.compiled import Compiled
from tests.capacity import agreement, cohort_runs

_FOLDER = Path(cohort.__file__).parent
_PACKAGE = "kik_analysis.capacity"
#: In the order in which they import each other.
MODULES = (
    "cohort_tables",
    "cohort_people",
    "cohort_chance",
    "cohort_ledger",
    "cohort_queues",
    "cohort_lanes",
    "cohort_life",
    "cohort_work",
    "cohort_week",
    "cohort",
)
#: What is wrong: the scenario that shows it, module, text, and what stands there instead.
MUTANTS: Mapping[str, tuple[str, str, str, str]] = {
    "an hour is spent twice": (
        "plain",
        "cohort_lanes",
        "plan.budget[rows] -= minutes[count[rows] - 1, rows]",
        "plan.budget[rows] -= 0",
    ),
    "priorities the other way round": (
        "plain",
        "cohort_lanes",
        "enumerate(self.queues.tasks.lane)",
        "reversed(list(enumerate(self.queues.tasks.lane)))",
    ),
    "newest first": (
        "channels",
        "cohort_queues",
        "self.sign = -1 if tables.first.newest_first else 1",
        "self.sign = 1 if tables.first.newest_first else -1",
    ),
    "the walk does not stop at who does not fit": (
        "channels",
        "cohort_lanes",
        "        going[stopped] = False\n",
        "        going[stopped[:0]] = False\n",
    ),
    "whoever wins at the margin stays in the queue": (
        "learning",
        "cohort_queues",
        "        self.n[at] -= n\n        self._wait(people, self.joined[at], -1)\n        return people",
        "        self.n[at] -= n // 2 + n % 2 * (self.row[at] % 5 > 0)\n"
        "        self._wait(people, self.joined[at], -1)\n        return people",
    ),
    "one person in twenty is lost from the books": (
        "learning",
        "cohort_life",
        "            book.write(*self._stay(people, week))",
        "            book.write(*(x[np.arange(len(x)) % 20 > 0] for x in self._stay(people, week)))",
    ),
    "answers a week late": (
        "learning",
        "cohort_work",
        "self._until(self.answering, people, self.t + weeks)",
        "self._until(self.answering, people, self.t + 1 + weeks)",
    ),
    "follow-up due from the lead time on": (
        "learning",
        "cohort_life",
        'ask = np.maximum(due - self.at("lead", people), earliest)',
        "ask = np.maximum(due, earliest)",
    ),
    "exits of those who wait forgotten": (
        "channels",
        "cohort_week",
        "        self.ledger.leave(self.queues.leavers(), t)\n",
        "",
    ),
    "yes and no swapped": (
        "plain",
        "cohort_week",
        'accept = self.tables.at("accept"',
        'accept = 1 - self.tables.at("accept"',
    ),
    "debt forgotten": (
        "learning",
        "cohort_work",
        "ledger.debt = ledger.debt + owed",
        "ledger.debt = ledger.debt + 0 * owed",
    ),
    "promise not given back": (
        "plain",
        "cohort_ledger",
        "np.add.at(self.running.reshape(-1), at, sign * people.n)",
        "np.add.at(self.running.reshape(-1), at, max(sign, 0) * people.n)",
    ),
    "a year has 53 weeks": ("plain", "cohort_ledger", "live = week > t + 1", "live = week > t"),
    "willingness is not learned": (
        "learning",
        "cohort_work",
        "people.put(WILLING, self.tables.first.after_refusal[people.of(WILLING)])",
        "people.put(WILLING, people.of(WILLING))",
    ),
    "missed appointments are made again for ever": (
        "never_there",
        "cohort_work",
        'rebooked = np.where(last, 0.0, self.at("rebooked", people))',
        "rebooked = 1.0 + 0 * missed",
    ),
    "the stock waits from the first week on": (
        "plain",
        "cohort_life",
        "self.queues.join(people[here], int(joined[here[0]]), self.t)",
        "self.queues.join(people[here], 0, self.t)",
    ),
    "limit on conversations ignored": (
        "channels",
        "cohort_lanes",
        "fits = (minutes <= plan.budget) & (talk <= plan.talk)",
        "fits = minutes <= plan.budget",
    ),
}


def load(module: str = "", old: str = "", new: str = "") -> Any:
    """The cohort engine from its own source, with one text replaced (it must occur exactly once)."""
    alias, loaded = "mistaken_cohort", {}
    texts = {name: (_FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}
    if module:
        assert texts[module].count(old) == 1, f"{module}: {texts[module].count(old)} times {old!r}"
        texts[module] = texts[module].replace(old, new)
    try:
        sys.modules[alias] = types.ModuleType(alias)
        for name in MODULES:
            source = texts[name].replace(f"{_PACKAGE}.cohort", f"{alias}.cohort")
            loaded[name] = sys.modules[f"{alias}.{name}"] = types.ModuleType(f"{alias}.{name}")
            exec(compile(source, f"{name}.py", "exec"), loaded[name].__dict__)
    finally:
        for name in (alias, *(f"{alias}.{m}" for m in MODULES)):
            sys.modules.pop(name, None)
    return loaded["cohort"]


WEEKS, ROWS = 36, 120


def never_there(size: float, weeks: int) -> Compiled:
    """Most appointments are missed and made again, at most twice."""
    c = agreement.learning(size, weeks)
    return c.replace(missed=np.full((3, 1), 0.7), rebooked=np.ones(1), appointments_max=2)


SCENARIOS: Mapping[str, Callable[[float, int], Compiled]] = {
    f.__name__: f for f in (agreement.plain, agreement.channels, agreement.learning, never_there)
}


@cache
def reference(scenario: str) -> tuple[Any, Any, int]:
    c = SCENARIOS[scenario](0.15, WEEKS)
    return agreement.of_totals(c, cohort_runs.simulate(c, replications=ROWS, seed=51))


def largest(engine: Any, scenario: str, seed: int) -> float:
    """Largest of the ten z-scores against the reference."""
    c, two = SCENARIOS[scenario](0.15, WEEKS), reference(scenario)
    one = agreement.of_totals(c, cohort_runs.simulate(c, replications=ROWS, seed=seed, engine=engine))
    error = np.sqrt(one[1] / one[2] + two[1] / two[2])
    return float(np.abs((one[0] - two[0]) / np.maximum(error, 1e-9)).max())


def test_there_are_enough_mistakes_and_each_text_is_there_once() -> None:
    assert len(MUTANTS) >= 16
    for _, module, old, new in MUTANTS.values():
        assert (_FOLDER / f"{module}.py").read_text(encoding="utf-8").count(old) == 1, old
        assert old != new


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_mistake_no_alarm(scenario: str) -> None:
    assert largest(load(), scenario, 52) < agreement.limit(len(SCENARIOS) * len(agreement.STATISTICS))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every third mistake on ordinary days, all of them in the long form."""
    if "what" in metafunc.fixturenames:
        step = 1 if metafunc.config.getoption("--proof") else 3
        metafunc.parametrize("what", list(MUTANTS)[::step])


def test_every_mistake_is_noticed(what: str) -> None:
    scenario, *mistake = MUTANTS[what]
    assert largest(load(*mistake), scenario, 53) > 6
