"""Scenarios that the engine's speed is measured on: full size, round numbers, nobody in particular."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.parameters.scenario import load_scenario

PEOPLE, WEEKS, MINUTES = 6953, 260, 9400
#: Everything that costs time, in one scenario: people with a caseworker each, who fall sick and go, contact
#: by need, reminder calls, two approaches, one for a few only, joint invitations, hours kept for both kinds.
EVERYTHING = {
    "team.organisation": "fixed_contact_person",
    "team.sickness_form": "spells",
    "team.turnover_form": "events",
    "policy.need_based_frequency": True,
    "policy.reminder_call": True,
    "policy.approach_first": "less_noncommittal",
    "policy.approach_declined": "less_noncommittal",
    "policy.less_noncommittal_people": 500,
    "policy.wij_rule": "joint_with_consent",
    "policy.reserved_share": {"follow_up": 0.2, "first": 0.2},
}


def start() -> dict[str, float]:
    """Make what is measured, small."""
    return {c.name: c.people for c in (full(weeks=4), plain(0.01))}


def full(weeks: int = WEEKS) -> Compiled:
    """The base with every feature at once."""
    return compile_scenario(load_scenario().replace({**EVERYTHING, "run.weeks": weeks}))


def _stock(spoken: int, waiting: int, declined: int, interval: int) -> dict[str, Any]:
    ages = np.arange(1, interval + 1)
    counts = np.diff(spoken * np.arange(interval + 1) // interval)
    n = len(ages)
    columns = {
        "state": [State.NEVER_INVITED, *[State.IN_CONTACT] * n, State.DECLINED],
        "segment": [0] * (n + 2),
        "row": [0, *[1] * n, 0],
        "contact": [0, *[1] * n, 0],
        "support": [0] * (n + 2),
        "kind": [0] * (n + 2),
        "age": [-1, *ages, -1],
        "offer_age": [-1, *ages, 30],
        "wait": [10, *(interval - ages), -1],
        "count": [waiting, *counts, declined],
    }
    return {f"stock_{name}": np.array(values) for name, values in columns.items()}


def plain(scale: float = 1.0) -> Compiled:
    """Two queues, one segment, one letter, everybody answers: first invitations and yearly follow-ups."""
    spoken, waiting, declined = (round(x * scale) for x in (3939, 1757, 1257))
    minutes = round(MINUTES * scale)
    return Compiled(
        name="plain", start=datetime.date(2019, 10, 7), segments=("all",),
        minutes_available=np.full(WEEKS, minutes), promise_limit=6 * minutes, promise_limit_first=-1,
        promise_limit_others=-1, start_share=1000, period=0,
        caseworkers=0, places=0, fixed_person=False, takeover_weeks=0, goes=0.0, hiring_weeks=0,
        learning_weeks=0, sick_share=0, sick_begins=0, sick_ends=1.0,
        channel=np.array([1.0, 0, 0, 0]), mail_counts=True, reminder=False, approach=0, chosen_most=-1,
        opens=True, newest_first=False,
        talk_minutes=60, travel_minutes=35, registration_minutes=20, reminder_minutes=0, missed_minutes=15,
        overrun_probability=0, overrun_minutes=0, handover_minutes=0, initiative_per_1000=0,
        letter_minutes=25, attempts=1, answer_weeks=2, reach=1,
        accept=np.array([[0.5], [0.96]]), after_accept=np.array([0, 1]), after_refusal=np.array([0, 1]),
        after_conversation=np.array([1, 1]),
        definitive=1, again_declined=1, again_not_reached=1, not_reached_again=0,
        appointment_weeks=1, rebook_weeks=1, appointments_max=1, missed=0, rebooked=0, promise_minutes=110,
        interval=52, need=0, need_interval=52, lead=6,
        outcome=np.array([0, 0, 0, 1, 0]), support_end=0, services_end=0, exit_probability=0.0022, moved=0,
        inflow_mean=15.0 * scale, inflow_fixed=0, entry_segment=1, entry_status=np.array([1.0, 0, 0]),
        entry_row=np.array([[[1.0, 0]], [[0, 1.0]]]), lane=np.array([[3], [0], [1], [2], [2], [2]]),
        **_stock(spoken, waiting, declined, 52),
    )  # fmt: skip
