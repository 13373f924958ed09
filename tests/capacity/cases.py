"""Scenarios made by hand for the tests: a base of invented round numbers, changed field by field."""

import datetime
from typing import Any

import numpy as np

from kik_analysis.capacity import engine
from kik_analysis.capacity.compiled import FIELDS, Compiled, State, along
from kik_analysis.capacity.results import CHANCE, Result

START = datetime.date(2019, 10, 7)


def beta_rows(alpha: float, beta: float, most: int = 3) -> dict[str, Any]:
    """Rows of a Beta frailty for first contact, then one row of certain follow-up (index -1)."""
    pairs = [(a, r) for a in range(most + 1) for r in range(most + 1)]
    number = {pair: k for k, pair in enumerate(pairs)}
    follow = len(pairs)
    accept = [(alpha + a) / (alpha + beta + a + r) for a, r in pairs] + [0.95]
    yes = [number[min(a + 1, most), r] for a, r in pairs] + [follow]
    no = [number[a, min(r + 1, most)] for a, r in pairs] + [follow]
    return {
        "accept": accepts(np.array(accept)[:, None]),
        "after_accept": np.array(yes),
        "after_refusal": np.array(no),
        "after_conversation": follow,
    }


def accepts(rows: Any) -> Any:
    """The same acceptance whatever the approach and channel, from (row, segment)."""
    return np.tile(np.asarray(rows, dtype=float), (3, 4, 1, 1))


def letters(minutes: Any) -> Any:
    """The same minutes whatever the channel, from (kind, attempt)."""
    return np.repeat(np.asarray(minutes)[:, None], 4, axis=1)


def promises(minutes: Any) -> Any:
    """The same promise before and after a yes and whatever the channel, from one per contact."""
    return np.broadcast_to(np.asarray(minutes)[None, :, None, None], (2, 2, 4, 1)).copy()


def channels(segments: int = 1, **shares: float) -> Any:
    """One period in which everybody is met like this."""
    row = [shares.get(name, 0.0) for name in ("home", "office", "phone", "mail")]
    return np.tile(np.array(row), (1, 2, segments, 1))


def twice(base: Compiled, week: int, day: int = 0, **second: Any) -> dict[str, Any]:
    """A second period from a working day on, in which some fields are others."""
    period = np.zeros((base.weeks, 5), int)
    period[week, day:] = period[week + 1 :] = 1
    changes: dict[str, Any] = {"period": period}
    for name in along("period"):
        first = getattr(base, name)[:1]
        changes[name] = np.concatenate([first, np.asarray(second.get(name, first), first.dtype)])
    return changes


def cell(state: State, count: int, **known: int) -> dict[str, int]:
    """People of the starting stock who are alike."""
    return {"state": state, "count": count, **known}


def stock(*cells: dict[str, int]) -> dict[str, Any]:
    """Starting stock from dictionaries; what is left out is 0, ages are -1."""
    names = [name.removeprefix("stock_") for name in along("cell")]
    usual = {"age": -1, "offer_age": -1}
    wij = usual | {"wait": -1}  # never invited
    whole = [(wij if one["state"] == State.KNOWN_TO_WIJ else usual) | one for one in cells]
    return {f"stock_{n}": np.array([one.get(n, 0) for one in whole], dtype=np.int64) for n in names}


def small_case(weeks: int = 60, people: int = 70, minutes: int = 1000, **changes: Any) -> Compiled:
    """One segment, everything switched on; ``changes`` replace whole fields."""
    rows = beta_rows(2.4, 2.6)
    follow = len(rows["after_accept"]) - 1
    third = max(people // 5, 1)
    fields: dict[str, Any] = {
        "name": "small case", "start": START, "segments": ("all",),
        "minutes_available": np.full(weeks, minutes), "promise_limit": 6 * minutes,
        "promise_limit_first": -1, "promise_limit_others": -1, "start_share": 1000, "period": 0,
        "caseworkers": 0, "places": changes.get("caseworkers", 0), "fixed_person": False, "takeover_weeks": 0,
        "goes": 0.0, "hiring_weeks": 0, "learning_weeks": 0,
        "sick_share": 0.1, "sick_begins": 0.05, "sick_ends": 0.45,
        "channel": channels(home=1.0), "mail_counts": True, "reminder": True, "approach": 0,
        "chosen_most": -1, "opens": True, "newest_first": False,
        "talk_minutes": 54, "travel_minutes": 30, "registration_minutes": 20, "reminder_minutes": 6,
        "missed_minutes": 9, "overrun_probability": 0.2, "overrun_minutes": 25,
        "handover_minutes": np.array([40, 90]), "initiative_per_1000": 1500,
        "letter_minutes": letters([[10, 8], [12, 9], [7, 6]]), "attempts": 2, "answer_weeks": 2, "reach": 0.8,
        **rows,
        "definitive": 0.4, "again_declined": 20, "again_not_reached": 9, "not_reached_again": 0.5,
        "appointment_weeks": 1, "rebook_weeks": 2, "appointments_max": 2, "missed": 0.2, "rebooked": 0.8,
        "promise_minutes": promises([60, 100]),
        "interval": 26, "need": 0, "need_interval": 26, "lead": 5,
        "outcome": np.array([[[0.1, 0.05, 0.25, 0.4, 0.2]], [[0.05, 0.05, 0.3, 0.4, 0.2]]]),
        "support_end": 0.06, "services_end": 0.04, "moved": 0,
        "exit_probability": np.array([[0.002], [0.003], [0.004], [0.002], [0.003], [0.001], [0.006]]),
        "inflow_mean": 0.7, "inflow_fixed": 0, "entry_segment": 1, "entry_status": np.array([0.7, 0.1, 0.2]),
        "entry_row": np.stack([np.eye(follow + 1)[[0]], np.eye(follow + 1)[[follow]]]),
        "lane": np.arange(6)[:, None],
        **stock(
            {"state": State.NEVER_INVITED, "count": third, "wait": 3},
            cell(State.IN_CONTACT, third, row=follow, contact=1, age=10, offer_age=10, wait=16),
            cell(State.IN_CONTACT, third, row=follow, contact=1, age=60, offer_age=60, wait=-34),
            {"state": State.DECLINED, "row": 1, "offer_age": 30, "wait": 4, "count": third},
            {"state": State.KNOWN_TO_WIJ, "count": people - 4 * third},
        ),
    }  # fmt: skip
    return Compiled(**fields | changes)


def in_segments(base: Compiled, *names: str, **changes: Any) -> Compiled:
    """Repeat a scenario of one segment for several; equal shares at entry."""
    n, wide = len(names), {}
    for name, axes in ((name, field.axes) for name, field in FIELDS.items()):
        value = getattr(base, name)
        if "segment" in axes and value.shape[axes.index("segment")] == 1:
            wide[name] = np.repeat(value, n, axis=axes.index("segment"))
    wide["entry_segment"] = np.full(n, 1 / n)
    return base.replace(**wide | {"segments": names} | changes)


def summed(c: Compiled, *, replications: int, seed: int) -> Result:
    """Return the result of a compiled case, as ``kik.simulate`` gives it of a scenario."""
    totals = engine.simulate(c, replications=replications, seed=seed)
    return Result(c, seed, replications, CHANCE, c.name, c, totals).noted()
