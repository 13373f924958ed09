"""The shipped base and variants of it at one tenth of the size: lumpable, each with something of its own."""

import datetime
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.parameters.scenario import Scenario, load_scenario
from tests.capacity.cases import accepts

START, MIDDLE = datetime.date(2019, 1, 7), datetime.date(2020, 1, 8)
#: What a variant changes in the parameter files.
OVERRIDES: Mapping[str, Mapping[str, object]] = {
    "base": {},
    "nobody comes": {"people.inflow_per_week": 0},
    "hours to spare": {"team.fte": 60},
    "short interval, own priority": {
        "policy.interval_weeks": {"per_segment": {"health_limited": 13, "no_question": 26, "other": 52}},
        "policy.priority": ["never_invited", "follow_up", "declined", "not_reached"],
        "policy.lead_weeks": 0,
        "people.letters_out": 0,
        "policy.reinvite_delay_weeks": 4,
    },
    "newest first, one letter": {
        "policy.order_in_queue": "newest_first",
        "policy.attempts": 1,
        "contact.acceptance_follow_up": 0.8,
    },
    "channels by segment, reminders, three attempts": {
        "policy.channel": {
            "per_segment": {"active_60_plus": "phone", "own_goals": "office", "other": "home"}
        },
        "policy.reminder_call": {"per_segment": {"active_60_plus": False, "other": True}},
        "policy.attempts": 3,
    },
    "less non-committal, extra staff for all": {
        "policy.approach_declined": "less_noncommittal",
        "policy.approach_not_reached": "less_noncommittal",
        "policy.extra_for": "any",
        "policy.need_based_frequency": True,
        "policy.reserved_share": {"first": 0.3, "follow_up": 0.2},
    },
    "jointly with WIJ": {
        "people.known_to_wij": 900,
        "contact.wij_consent_share": 0.7,
        "policy.wij_rule": {START: "not_invited", MIDDLE: "joint_with_consent"},
    },
    "less non-committal for four": {
        "policy.approach_declined": "less_noncommittal",
        "policy.approach_not_reached": "less_noncommittal",
        "policy.less_noncommittal_people": 4,
        "contact.or_no_mention_of_voluntariness": 2,
    },
    "every policy another": {
        "policy.lead_weeks": {START: 6, MIDDLE: 1},
        "policy.attempts": {START: 1, MIDDLE: 3},
        "contact.acceptance_follow_up": 0.8,
        "policy.attempt_spacing_weeks": {START: 1, MIDDLE: 2},
        "policy.appointment_weeks": {START: 2, MIDDLE: 1},
        "policy.priority": {
            START: ["follow_up", "appointment", "never_invited", "not_reached", "declined"],
            MIDDLE: ["declined", "never_invited", "follow_up", "not_reached"],
        },
        "policy.order_in_queue": {START: "longest_waiting", MIDDLE: "newest_first"},
        "policy.reinvite_declined": {START: False, MIDDLE: True},
        "policy.reinvite_not_reached": {START: True, MIDDLE: False},
        "policy.reinvite_delay_weeks": {START: 3, MIDDLE: 5},
        "policy.extra_for": {START: "never_invited", MIDDLE: "any"},
        "policy.face_to_face_share": {START: 1, MIDDLE: 0.4},
        "policy.during_stop": "mail",
        "people.exit_rate": {START: 0.05, MIDDLE: 0.4},
        "people.inflow_contact_agreed": {START: 0.7, MIDDLE: 0.1},
    },
    "another definition of the group": {
        "people.moved_in": {START: 0, MIDDLE: 40},
        "people.within_definition": {"per_segment": {"own_goals": {START: 1, MIDDLE: 0.3}, "other": 1}},
    },
    "work on people's own initiative": {"work.own_initiative_per_year": 2, "policy.reinvite_declined": False},
}
#: Weeks: the contact stop of 2020 begins in week 23.
WEEKS = 30


def _tenth(c: Compiled, parts: int = 10) -> Compiled:
    """One person in ten, one minute in ten."""

    def limit(x: Any) -> Any:
        return np.where(x < 0, -1, x // parts)

    return c.replace(
        stock_count=np.diff(np.cumsum(c.stock_count) // parts, prepend=0),
        minutes_available=c.minutes_available // parts,
        promise_limit=limit(c.promise_limit),
        promise_limit_first=limit(c.promise_limit_first),
        promise_limit_others=limit(c.promise_limit_others),
        inflow_mean=c.inflow_mean / parts,
    )


def compiled(scenario: Scenario) -> Compiled:
    """Compile at one tenth of the size."""
    return _tenth(compile_scenario(scenario))


@cache
def variant(name: str, weeks: int = WEEKS) -> Compiled:
    """A variant of the base by name."""
    if name in CHANGES:
        return CHANGES[name](variant("base", weeks))
    return compiled(load_scenario().replace({**OVERRIDES[name], "run.weeks": weeks}))


def _mixture(c: Compiled) -> Compiled:
    """Willingness as fixed classes: who hardly ever, half of the time, and nearly always says yes."""
    n, s = 3, len(c.segments)
    new = c.stock_contact == 0
    classes = np.arange(len(c.stock_count)) % n
    return c.replace(
        accept=accepts(np.repeat([[0.1], [0.5], [0.95]], s, axis=1)),
        after_accept=np.arange(n),
        after_refusal=np.arange(n),
        after_conversation=np.arange(n),
        entry_row=np.stack([np.tile([0.4, 0.4, 0.2], (s, 1)), np.tile([0.0, 0.3, 0.7], (s, 1))]),
        stock_row=np.where(new, classes, 2),
    )


def _part(c: Compiled) -> Compiled:
    """Few appointments in one invitation, many missed; overruns; whoever is not reached is invited again."""
    return c.replace(
        appointments_max=2, missed=0.4, overrun_probability=0.3, overrun_minutes=25, not_reached_again=1
    )


def _fixed(c: Compiled) -> Compiled:
    """Three caseworkers with people of their own, later two; some are sick, some go."""
    places = np.where(np.arange(c.weeks) < 17, 3, 2)
    return c.replace(
        caseworkers=3, places=places, fixed_person=True, takeover_weeks=2, sick_share=0.15,
        sick_begins=0.25 * 0.15 / 0.85, sick_ends=0.25, goes=0.02, hiring_weeks=6,
        learning_weeks=4,
    )  # fmt: skip


def _idle(c: Compiled) -> Compiled:
    return c.replace(minutes_available=np.zeros(c.weeks))


#: What a variant changes in the arrays, where the parameter files have no key for it.
CHANGES: Mapping[str, Callable[[Compiled], Compiled]] = {
    "no hours": _idle,
    "fixed contact persons": _fixed,
    "fixed contact persons, hours to spare": lambda c: _fixed(c).replace(
        minutes_available=3 * c.minutes_available
    ),
    "classes": _mixture,
    "missed and overrun": _part,
}
NAMES = (*OVERRIDES, *CHANGES)
