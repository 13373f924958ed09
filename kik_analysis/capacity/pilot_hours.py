"""What a pilot costs the team: hours of tasks, and the weeks of first contacts that these would have been."""

from __future__ import annotations

from collections.abc import Mapping

from kik_analysis.capacity import plain_sum
from kik_analysis.capacity.compiled import YEAR
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.reading.problems import did_you_mean

PER_HOUR = 60.0
#: How many futures of one year the mean week is taken from; its chance is small beside that of the pilot.
FUTURES = 20
_remembered: dict[str, float] = {}


def tasks(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of tasks: those of ``work.minutes_NAME``."""
    head = "work.minutes_"
    return tuple(path.removeprefix(head) for path in scenario.paths if path.startswith(head))


def hours(scenario: Scenario, numbers: Mapping[str, float], level: str = "central") -> float:
    """Return the client hours of so many tasks of each kind, at the low, central or high end of minutes."""
    total, known = 0.0, tasks(scenario)
    for task, number in numbers.items():
        if task not in known:
            near = did_you_mean(task, known)
            raise ParameterError(f"{task}: no such task{near} (expected one of {', '.join(known)})")
        total += number * float(getattr(scenario.value(f"work.minutes_{task}"), level))
    return total / PER_HOUR


def first_contact(scenario: Scenario) -> float:
    """Return the client hours of one first contact, all in: the step ``first`` of the sum on one page.

    Letters to those who do not come are part of it. InputError nobody ever comes, so that it has no hours.
    """
    try:
        return plain_sum.evaluate(Reader(scenario), scenario.start)["first"] / PER_HOUR
    except ZeroDivisionError:
        raise InputError("contact: nobody ever comes for a first conversation, so it has no hours") from None


def backlog_weeks(scenario: Scenario, pilot: float) -> float | None:
    """Return for how many weeks the hours would have served first contacts; None where these get none."""
    weekly = first_contact_hours(scenario)
    return pilot / weekly if weekly > 0.0 else None


def first_contact_hours(scenario: Scenario) -> float:
    """Return the weekly client hours left for first contacts: all, less those spent on everybody else.

    The mean week of the first year, over :data:`FUTURES` simulated futures.
    """
    from kik_analysis.capacity.simulate import simulate

    key = scenario.digest()
    if key not in _remembered:
        each = first_contact(scenario)
        names = ["hours_available", "hours_used", "first_conversations"]
        year = simulate(scenario.replace({"run.weeks": YEAR}), replications=FUTURES, seed=0)
        weekly = year.weekly(measures=names)
        means = [float(weekly["mean"].filter(weekly["measure"] == name).to_numpy().mean()) for name in names]
        _remembered[key] = means[0] - means[1] + each * means[2]
    return _remembered[key]
