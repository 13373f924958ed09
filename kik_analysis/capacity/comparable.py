"""What may be compared, what is to be said of a pair, and the shipped plans over a scenario of one's own."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.errors import InputError, ModelError
from kik_analysis.parameters import shipped
from kik_analysis.parameters.differences import differences, temporary
from kik_analysis.parameters.remarks import Remark, remark
from kik_analysis.parameters.scenario import Scenario, load_scenario

#: Most scenarios beside the base.
MOST = 3
#: How the name of a change begins that is the time without visits.
STOP = "contact_stop"


def check(base: Scenario, others: Sequence[Scenario], most: int = MOST) -> None:
    """Refuse what cannot be compared.

    ModelError as :func:`run`; one line per problem.
    """
    strange = [one for one in (base, *others) if not isinstance(one, Scenario)]
    if strange:
        raise ModelError(
            f"compare: not a scenario (got {strange[0]!r}; expected what kik.load_scenario gives)"
        )
    if not 1 <= len(others) <= most:
        raise ModelError(f"compare: got {len(others)} beside the base (expected one to {most} others)")
    names = [one.name for one in (base, *others)]
    wrong = [
        f"{other.layers[-1].shown_as}: {other.name} is the name of two scenarios here; give one another name"
        for k, other in enumerate(others, 1)
        if other.name in names[:k]
    ]
    for other in others:
        for path in ("run.start", "run.weeks"):
            mine, theirs = base.value(path), other.value(path)
            if mine.central != theirs.central:
                wrong.append(
                    f"{_place(other, path)}: {path}: scenarios that begin or end on other days cannot be "
                    f"compared (got {theirs.central}; expected {mine.central}, as {_place(base, path)} says)"
                )
    if wrong:
        raise ModelError(wrong)


def _place(scenario: Scenario, path: str) -> str:
    """Return file and line where a value was set, the file as the user named it."""
    origin = scenario.value(path).origin
    shown = {layer.name: layer.shown_as for layer in scenario.layers}.get(origin.file, origin.file)
    return f"{shown}:{origin.line}" if origin.line else shown


def remarks(base: Scenario, other: Scenario) -> Iterator[Remark]:
    """Yield what is to be said of a pair: nothing differs, or a measure falls in the time without visits."""
    found = differences(base, other)
    if not found:
        yield remark("run.start", other.layers[-1].shown_as, "compare.remark.same")
    stops = [change for one in (base, other) for change in one.changes if change.name.startswith(STOP)]
    own = {change.path for change in stops}
    mondays = [other.start + datetime.timedelta(weeks=t) for t in range((other.end - other.start).days // 7)]
    closed = {
        day
        for change in other.changes
        if change.name.startswith(STOP)
        for day in mondays
        if change.active(day)
    }
    ends = {path: (start, until) for path, start, until in temporary(base, other)}
    for path in dict.fromkeys(one.path for one in found if one.path not in own):
        mine = [one for one in found if one.path == path]
        starts = [one.start or other.start for one in mine]
        begin, until = ends.get(path, (min(starts), other.end))
        inside = [day for day in mondays if begin <= day < until]
        shut = sum(day in closed for day in inside)
        if shut and path in ends:
            yield remark(path, mine[0].where, "compare.remark.within_stop", weeks=len(inside), closed=shut)
        elif shut and begin in closed:
            yield remark(path, mine[0].where, "compare.remark.starts_in_stop", date=begin, closed=shut)


def plans(scenario: Scenario) -> tuple[Scenario, ...]:
    """Return every shipped scenario on top of another scenario, where it changes something and days stay.

    ``scenario``: what they are laid over; a plan that does not go together with it is left out.
    """
    found = []
    for name, path in shipped.files().items():
        plan = scenario
        try:
            for layer in load_scenario(path).layers[1:]:
                plan = plan.over(layer, name)
            compile_scenario(plan)
        except InputError:
            continue
        if (plan.start, plan.end) == (scenario.start, scenario.end) and differences(scenario, plan):
            found.append(plan)
    return tuple(found)
