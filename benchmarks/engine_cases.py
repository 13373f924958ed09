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


def start() -> None:
    """Make what is measured, small."""
    full(weeks=4)
    plain(0.01)


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
    t, s = WEEKS, 1
    spoken, waiting, declined = (round(x * scale) for x in (3939, 1757, 1257))
    minutes = round(MINUTES * scale)
    zero = np.zeros(s)
    exits = np.full((7, s), 0.0022)
    return Compiled(
        name="plain",
        start=datetime.date(2019, 10, 7),
        segments=("all",),
        minutes_available=np.full(t, minutes),
        promise_limit=np.full(t, 6 * minutes),
        caseworkers=0,
        places=np.zeros(t),
        fixed_person=False,
        takeover_weeks=0,
        goes=0.0,
        hiring_weeks=0,
        learning_weeks=0,
        chosen_most=-1,
        opens=np.ones(6, bool),
        moved=np.zeros(s),
        newest_first=False,
        sick_share=np.zeros(t),
        sick_begins=np.zeros(t),
        sick_ends=1.0,
        promise_limit_first=np.full(t, -1),
        promise_limit_others=np.full(t, -1),
        start_share=1000,
        period=np.zeros((t, 5)),
        channel=np.array([[[[1.0, 0, 0, 0]]] * 2]),
        mail_counts=np.ones(1, bool),
        reminder=np.zeros((1, s), bool),
        approach=np.zeros((1, 6)),
        talk_minutes=np.full((2, 4, s), 60),
        travel_minutes=np.full(4, 35),
        registration_minutes=np.full((2, 4), 20),
        reminder_minutes=np.zeros(4),
        missed_minutes=np.full(4, 15),
        overrun_probability=zero,
        overrun_minutes=zero,
        handover_minutes=np.zeros(2),
        initiative_per_1000=0,
        letter_minutes=np.full((3, 4, 1), 25),
        attempts=np.ones((3, 4)),
        answer_weeks=np.full((3, 4, 1), 2),
        reach=np.ones((3, 3, 4, 1)),
        accept=np.tile(np.array([[0.5], [0.96]]), (3, 4, 1, 1)),
        after_accept=np.array([0, 1]),
        after_refusal=np.array([0, 1]),
        after_conversation=np.array([1, 1]),
        definitive=np.ones(s),
        again_declined=np.ones(s),
        again_not_reached=np.ones(s),
        not_reached_again=zero,
        appointment_weeks=np.ones(4),
        rebook_weeks=np.ones(4),
        appointments_max=1,
        missed=np.zeros((2, 2, 4)),
        rebooked=np.zeros((2, 4)),
        promise_minutes=np.full((2, 2, 4, s), 110),
        interval=np.full((1, s), 52),
        need=np.zeros((1, s)),
        need_interval=np.full((1, s), 52),
        lead=np.full(s, 6),
        outcome=np.array([[[0, 0, 0, 1, 0]]] * 2),
        support_end=zero,
        services_end=zero,
        exit_probability=exits,
        inflow_mean=np.full(t, 15.0 * scale),
        inflow_fixed=np.zeros(t),
        entry_segment=np.ones(s),
        entry_status=np.array([[1.0, 0, 0]]),
        entry_row=np.array([[[1.0, 0]], [[0, 1.0]]]),
        lane=np.array([[3], [0], [1], [2], [2], [2]]),
        **_stock(spoken, waiting, declined, 52),
    )
