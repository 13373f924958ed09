"""Names which claims, parameters and margins contradict each other: an irreducible set, by bounds solver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kik_analysis.errors import ModelError
from kik_analysis.facts import history
from kik_analysis.facts.claims import claims, limits, value
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.people.margins import AGE, DURATION, Margins
from kik_analysis.people.traits import CLASSES, OLDEST_ACTIVE, SEGMENTS_OF
from kik_analysis.statistics.identification import conflict
from kik_analysis.statistics.linear_system import Constraint, Form, System, Variable, between
from kik_analysis.statistics.rounding import written

_SEGMENT_SHARE = "people.segment_share"
_IN_GROUP = {"not_yet_approached": history.NOT_APPROACHED, "not_reached": history.NOT_REACHED}


def _total(table: dict[tuple[str, str], str], place: int, name: str) -> Form:
    return Form.of({variable: 1 for key, variable in table.items() if key[place] == name})


def _shared(label: str, form: Form, share: object) -> tuple[Constraint, ...]:
    people = written(float(str(share))) * int(value(history.GROUP))
    return between(label, form, people - 1, people + 1)


def system(scenario: Scenario, margins: Margins) -> System:
    """Return what claims, shares of segments and margins say of one group, each on its own authority.

    Unknown are the people by category and segment, by segment and age band, and by age and duration band;
    shares may be off by one person, as they become whole numbers.
    """
    segments = {name: steps[0].amount.central for name, steps in scenario.value(_SEGMENT_SHARE).cells}
    ages, durations = margins.of(AGE), margins.of(DURATION)
    oldest, youngest = ages[-1].category, ages[0].begin or 0.0
    cells = {
        "class": [(one, two) for one in CLASSES for two in SEGMENTS_OF.get(one, tuple(segments))],
        "age": [
            (one, two.category)
            for one in segments
            for two in ages
            if one != OLDEST_ACTIVE or two.category == oldest
        ],
        "duration": [
            (one.category, two.category)
            for one in ages
            for two in durations
            if (two.begin or 0.0) < (one.end or 0.0) - youngest
        ],
    }
    tables = {kind: {cell: "/".join((kind, *cell)) for cell in found} for kind, found in cells.items()}
    first, second, third = tables.values()
    # the search for a smallest conflict lets go of what stands last first: claims, then the younger bands
    rules: list[Constraint] = []
    for name, share in segments.items():
        rules += _shared(f"{_SEGMENT_SHARE}.{name}", _total(first, 1, name), share)
        rules.append(Constraint("", _total(first, 1, name) - _total(second, 0, name), "=="))
    for one in reversed(ages):
        rules += _shared(one.label, _total(second, 1, one.category), one.central)
        rules.append(Constraint("", _total(second, 1, one.category) - _total(third, 0, one.category), "=="))
    for one in durations:
        rules += _shared(one.label, _total(third, 1, one.category), one.central)
    by_class = {name: _total(first, 0, name) for name in CLASSES}
    counted = {claim: by_class[name] for name, claim in {**history.FOLLOWUP, **_IN_GROUP}.items()}
    counted[history.DECLINED_OR_WIJ] = by_class["declined"] + by_class["known_to_wij"]
    counted[history.SPOKEN] = sum(
        (by_class[name] for name in history.FOLLOWUP), by_class[history.UNACCOUNTED]
    )
    for claim, form in counted.items():
        rules += between(claim, form, *limits(claims()[claim]))
    names = (name for table in tables.values() for name in table.values())
    return System(tuple(map(Variable, names)), tuple(rules))


@contextmanager
def explained(scenario: Scenario, margins: Margins) -> Iterator[None]:
    """Say of a failure in the block which claims, parameters and margins contradict each other, if any do.

    ModelError in place of the one raised inside; its lines come first.
    """
    try:
        yield
    except ModelError as error:
        labels = conflict(system(scenario, margins))
        if not labels:
            raise
        conflicting = f"these cannot all hold: {', '.join(labels)}; any of them left out, the rest can"
        raise ModelError((*error.lines, conflicting)) from None
