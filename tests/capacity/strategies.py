"""Random scenarios: small, and allowed to be as odd as the rules permit."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from kik_analysis.capacity.compiled import Compiled, State
from tests.capacity.cases import beta_rows, cell, small_case, stock

SHARE = st.sampled_from([0.0, 0.02, 0.2, 0.5, 0.9, 1.0])


def _shares(draw: Any, n: int) -> np.ndarray:
    weights = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=float)
    weights[draw(st.integers(0, n - 1))] += 1
    return weights / weights.sum()


def _whole(draw: Any, shape: tuple[int, ...], low: int, high: int) -> np.ndarray:
    n = int(np.prod(shape))
    return np.array(draw(st.lists(st.integers(low, high), min_size=n, max_size=n)), dtype=np.int64).reshape(
        shape
    )


def _chances(draw: Any, shape: tuple[int, ...]) -> np.ndarray:
    n = int(np.prod(shape))
    return np.array(draw(st.lists(SHARE, min_size=n, max_size=n))).reshape(shape)


AT_START = [State(k) for k in range(9)]
SPOKEN = (State.IN_CONTACT, State.OVERDUE, State.OUTSIDE_SERVICES)
UNDER_WAY = (State.INVITED, State.APPOINTMENT)
AGO = st.sampled_from([-1, 1, 30, 51, 52, 90])


def _stock(draw: Any, segments: int, follow: int) -> dict[str, Any]:
    cells = []
    for _ in range(draw(st.integers(0, 6))):
        state = draw(st.sampled_from(AT_START))
        either = state in (State.DECLINED, State.NOT_REACHED, *UNDER_WAY)
        contact = int(state in SPOKEN) or (draw(st.integers(0, 1)) if either else 0)
        known = {
            "contact": contact,
            "support": 0 if state == State.OUTSIDE_SERVICES else draw(st.integers(0, 1)),
            "kind": 2 if contact else draw(st.integers(0, 1)),
            "row": follow if contact else 0,
            "age": draw(AGO),
            "offer_age": draw(AGO),
        }
        least = 0 if state in (State.NEVER_INVITED, *UNDER_WAY) else -20
        wait = draw(st.integers(least, 30 if state != State.OVERDUE else -1))
        segment, count = draw(st.integers(0, segments - 1)), draw(st.integers(0, 9))
        cells.append(cell(state, count, segment=segment, wait=wait, **known))
    return stock(*cells)


@st.composite
def scenarios(draw: Any) -> Compiled:
    """Any scenario the rules permit, with up to fifty people at the start and three segments."""
    t, s = draw(st.integers(1, 40)), draw(st.integers(1, 3))
    rows = beta_rows(1.5, 1.0, 2)
    rows["accept"] = np.repeat(rows["accept"], s, axis=-1)
    follow = len(rows["after_accept"]) - 1
    minutes = draw(st.sampled_from([0, 7, 60, 200, 1000, 100_000]))
    interval = _whole(draw, (2, s), 1, 30)
    n = draw(st.integers(1, 2))  # periods
    period, workers = np.zeros((t, 5), int), draw(st.sampled_from([0, 0, 1, 3]))
    period.flat[draw(st.integers(0, 5 * t)) :] = n - 1
    return small_case(
        weeks=t,
        segments=tuple(f"s{k}" for k in range(s)),
        **rows,
        minutes_available=np.array([draw(st.sampled_from([minutes, minutes // 2])) for _ in range(t)]),
        promise_limit=np.full(t, draw(st.sampled_from([-1, 0, 150, 2000]))),
        promise_limit_first=np.full(t, draw(st.sampled_from([-1, -1, 0, 500]))),
        promise_limit_others=np.full(t, draw(st.sampled_from([-1, -1, 0, 500]))),
        caseworkers=workers,
        places=_whole(draw, (t,), 1, workers) if workers else np.zeros(t),
        fixed_person=workers > 0 and draw(st.booleans()),
        takeover_weeks=draw(st.integers(0, 4)),
        goes=draw(st.sampled_from([0.0, 0.02, 0.3])),
        hiring_weeks=draw(st.integers(0, 5)),
        learning_weeks=draw(st.integers(0, 5)),
        chosen_most=draw(st.sampled_from([-1, 0, 7])),
        opens=np.array([[draw(st.booleans()) for _ in range(6)] for _ in range(n)]),
        moved=_chances(draw, (t, s)) * draw(st.sampled_from([0.0, 0.0, 0.2])),
        start_share=draw(st.sampled_from([0, 300, 100_000])),
        period=period,
        channel=np.array([[[_shares(draw, 4) for _ in range(s)] for _ in range(2)] for _ in range(n)]),
        reminder=np.array([[draw(st.booleans()) for _ in range(s)] for _ in range(n)]),
        approach=_whole(draw, (n, 6), 0, draw(st.sampled_from([0, 2]))),
        interval=interval[:n],
        need=_chances(draw, (n, s)),
        need_interval=np.minimum(interval[:n], _whole(draw, (n, s), 1, 30)),
        talk_minutes=_whole(draw, (2, 4, s), 10, 70),
        travel_minutes=_whole(draw, (4,), 0, 30),
        registration_minutes=_whole(draw, (2, 4), 0, 20),
        reminder_minutes=_whole(draw, (4,), 0, 6),
        missed_minutes=_whole(draw, (4,), 0, 45),
        overrun_probability=_chances(draw, (s,)),
        overrun_minutes=_whole(draw, (s,), 0, 40),
        initiative_per_1000=draw(st.sampled_from([0, 1500, 40_000])),
        letter_minutes=_whole(draw, (3, 4, 2), 0, 30),
        attempts=_whole(draw, (n, 3, 4), 1, 2),
        answer_weeks=_whole(draw, (n, 3, 4, 2), 1, 3),
        reach=_chances(draw, (3, 3, 4, 2)),
        definitive=_chances(draw, (s,)),
        again_declined=_whole(draw, (s,), 1, 20),
        again_not_reached=_whole(draw, (s,), 1, 20),
        not_reached_again=_chances(draw, (s,)),
        appointment_weeks=_whole(draw, (4,), 0, 3),
        rebook_weeks=_whole(draw, (4,), 1, 3),
        appointments_max=draw(st.integers(1, 3)),
        missed=_chances(draw, (2, 2, 4)),
        rebooked=_chances(draw, (2, 4)),
        promise_minutes=_whole(draw, (n, 2, 2, 4, s), 0, 110),
        lead=np.array([[draw(st.integers(0, int(i) - 1)) for i in row] for row in interval[:n]]),
        outcome=np.array([[_shares(draw, 5) for _ in range(s)] for _ in range(2)]),
        support_end=_chances(draw, (s,)),
        services_end=_chances(draw, (s,)),
        exit_probability=_chances(draw, (n, 7, s)) * draw(st.sampled_from([0.0, 0.05, 0.2, 1.0])),
        inflow_mean=np.full(t, draw(st.sampled_from([0.0, 0.3, 4.0]))),
        inflow_fixed=_whole(draw, (t,), 0, 1),
        entry_segment=_shares(draw, s),
        entry_status=np.array([_shares(draw, 3) for _ in range(s)]),
        entry_row=np.stack(
            [np.tile(np.eye(follow + 1)[0], (s, 1)), np.tile(np.eye(follow + 1)[follow], (s, 1))]
        ),
        lane=_whole(draw, (n, 6, s), 0, 4),
        newest_first=np.array([draw(st.booleans()) for _ in range(n)]),
        **_stock(draw, s, follow),
    )
