"""Deliberate mistakes in the cohort engine, one at a time: each moves a statistic by more than six standard
errors.

The statistics are the ten of ``agreement.py``, named beforehand; the reference is the engine without the
mistake, which agrees with the calendar engine and the process model (``test_cohort_agreement.py``).
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity import cohort
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
#: What is wrong: module, text, and what stands there instead.
MUTANTS: Mapping[str, tuple[str, str, str]] = {
    "an hour is spent twice": (
        "cohort_lanes",
        "plan.budget[rows] -= minutes[count[rows] - 1, rows]",
        "plan.budget[rows] -= 0",
    ),
    "priorities the other way round": (
        "cohort_lanes",
        "enumerate(self.queues.tasks.lane)",
        "reversed(list(enumerate(self.queues.tasks.lane)))",
    ),
    "newest first": (
        "cohort_queues",
        "self.sign = -1 if tables.first.newest_first else 1",
        "self.sign = 1 if tables.first.newest_first else -1",
    ),
    "the walk does not stop at who does not fit": (
        "cohort_lanes",
        "        going[stopped] = False\n",
        "        going[stopped[:0]] = False\n",
    ),
    "whoever wins at the margin stays in the queue": (
        "cohort_queues",
        "        self.n[at] -= n\n        self._wait(people, self.joined[at], -1)\n        return people",
        "        self.n[at] -= n // 2 + n % 2 * (self.row[at] % 5 > 0)\n"
        "        self._wait(people, self.joined[at], -1)\n        return people",
    ),
    "one person in twenty is lost from the books": (
        "cohort_life",
        "            book.write(*self._stay(people, week))",
        "            book.write(*(x[np.arange(len(x)) % 20 > 0] for x in self._stay(people, week)))",
    ),
    "answers a week late": (
        "cohort_work",
        'self.t + self.tables.at("answer_weeks", people.row, kind, step)',
        'self.t + 1 + self.tables.at("answer_weeks", people.row, kind, step)',
    ),
    "follow-up due from the lead time on": (
        "cohort_life",
        'ask = np.maximum(due - self.at("lead", people), earliest)',
        "ask = np.maximum(due, earliest)",
    ),
    "exits of those who wait forgotten": (
        "cohort_week",
        "        self.ledger.leave(self.queues.leavers(), t)\n",
        "",
    ),
    "yes and no swapped": (
        "cohort_week",
        'accept = self.tables.at("accept"',
        'accept = 1 - self.tables.at("accept"',
    ),
    "debt forgotten": (
        "cohort_work",
        "ledger.debt = ledger.debt + owed",
        "ledger.debt = ledger.debt + 0 * owed",
    ),
    "promise not given back": (
        "cohort_ledger",
        "np.add.at(self.running.reshape(-1), at, sign * people.n)",
        "np.add.at(self.running.reshape(-1), at, max(sign, 0) * people.n)",
    ),
    "a year has 53 weeks": ("cohort_ledger", "live = week > t + 1", "live = week > t"),
    "willingness is not learned": (
        "cohort_work",
        "people.put(WILLING, self.tables.first.after_refusal[people.of(WILLING)])",
        "people.put(WILLING, people.of(WILLING))",
    ),
    "missed appointments are made again for ever": (
        "cohort_work",
        'rebooked = np.where(last, 0.0, self.at("rebooked", people))',
        "rebooked = 1.0 + 0 * missed",
    ),
    "limit on conversations ignored": (
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


SCENARIOS = (agreement.plain, agreement.channels, agreement.learning)


@cache
def reference(scenario: int) -> tuple[Any, Any, int]:
    c = SCENARIOS[scenario](0.15, 60)
    return agreement.of_totals(c, cohort_runs.simulate(c, replications=150, seed=51))


def largest(engine: Any, seed: int) -> float:
    """Largest of the ten z-scores against the reference, in the first scenario that shows something."""
    out = [0.0]
    for k, scenario in enumerate(SCENARIOS):
        c = scenario(0.15, 60)
        totals = cohort_runs.simulate(c, replications=150, seed=seed, engine=engine)
        one, two = agreement.of_totals(c, totals), reference(k)
        error = np.sqrt(one[1] / one[2] + two[1] / two[2])
        out.append(float(np.abs((one[0] - two[0]) / np.maximum(error, 1e-9)).max()))
        if max(out) > 6:
            break
    return max(out)


def test_there_are_enough_mistakes_and_each_text_is_there_once() -> None:
    assert len(MUTANTS) >= 16
    for module, old, new in MUTANTS.values():
        assert (_FOLDER / f"{module}.py").read_text(encoding="utf-8").count(old) == 1, old
        assert old != new


def test_no_mistake_no_alarm() -> None:
    assert largest(load(), 52) < agreement.limit(3 * len(agreement.STATISTICS))


@pytest.mark.slow
@pytest.mark.parametrize("what", MUTANTS)
def test_every_mistake_is_noticed(what: str) -> None:
    assert largest(load(*MUTANTS[what]), 53) > 6
