"""Who is served first: the cohort engine's draws against all orders of a handful of people, one by one.

People of three segments join one lane in the same week. Their letters take different minutes and promises,
some segments are closed in some weeks, and the hours of three weeks are scarce. The order in which they
stand is uniform over all orders and stays the same in later weeks; going through every order gives the
exact distribution of who is served when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest

from kik_analysis.capacity.compiled import Compiled, Kind, State
from tests.capacity.cases import small_case, stock
from tests.capacity.cohort_runs import rows

ROWS, WEEKS = 3000, 3
#: One case: people per segment, minutes and promise per segment, hours and limit and open segments by week.
Case = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], np.ndarray]
_KINDS = (Kind.FIRST, Kind.AGAIN, Kind.FOLLOW_UP)  # of the invitations to segments 0, 1 and 2


def scenario(case: Case) -> Compiled:
    people, minutes, promise, hours, limit, is_open = case
    s, rows_ = 3, len(small_case().after_accept)
    each = np.ones(s)
    closed = np.where(is_open, 100, 100)
    cells = [
        {"state": State.NEVER_INVITED, "segment": 0, "count": people[0]},
        {"state": State.DECLINED, "segment": 1, "count": people[1]},
        {"state": State.IN_CONTACT, "segment": 2, "contact": 1, "wait": 5, "count": people[2]},
    ]
    return small_case(
        weeks=WEEKS,
        segments=("a", "b", "c"),
        minutes_available=np.array(hours),
        promise_limit=np.array(limit),
        letters_open=is_open,
        conversation_minutes=closed,
        reminder_minutes=np.zeros((WEEKS, s)),
        travel_minutes=np.zeros((WEEKS, s)),
        registration_minutes=np.zeros((WEEKS, s)),
        missed_minutes=np.zeros((WEEKS, s)),
        overrun_probability=0 * each,
        overrun_minutes=np.zeros(s),
        initiative_per_1000=0,
        letter_minutes=np.repeat(np.array(minutes)[list(_KINDS)][:, None], 2, axis=1),
        answer_weeks=np.full((3, 2), WEEKS),
        reach=np.ones((3, s, 2)),
        accept=np.repeat(small_case().accept, s, axis=1),
        definitive=0 * each,
        again_declined=np.ones(s),
        again_not_reached=np.ones(s),
        not_reached_again=each,
        appointment_weeks=np.ones(s),
        rebook_weeks=np.ones(s),
        missed=np.zeros((3, s)),
        rebooked=each,
        promise_minutes=np.repeat(np.array(promise)[list(_KINDS)][:, None], s, axis=1),
        interval=np.full((WEEKS, s), 26),
        lead=np.full(s, 5),
        outcome=np.tile([0, 0, 0, 1.0, 0], (2, s, 1)),
        support_end=0 * each,
        services_end=0 * each,
        return_weeks=np.ones(s),
        agreed_weeks=np.ones(s),
        exit_probability=np.zeros((7, s)),
        inflow_mean=np.zeros(WEEKS),
        entry_segment=np.array([1.0, 0, 0]),
        entry_status=np.tile([1.0, 0, 0], (s, 1)),
        entry_row=np.tile(np.eye(rows_)[0], (2, s, 1)),
        lane=np.zeros((6, s)),
        **stock(*cells),
    )


def one_order(order: tuple[int, ...], case: Case) -> tuple[tuple[int, ...], ...]:
    """People served by week and segment, when they stand in this order."""
    _, minutes, promise, hours, limit, is_open = case
    waiting, promised, out = list(order), 0, []
    for t in range(WEEKS):
        left, served, kept, stopped = hours[t], [0, 0, 0], [], False
        for s in waiting:
            if not stopped and is_open[t, s]:
                stopped = minutes[s] > left or 0 <= limit[t] < promised + promise[s]
                if not stopped:
                    left, promised = left - minutes[s], promised + promise[s]
                    served[s] += 1
                    continue
            kept.append(s)
        waiting = kept
        out.append(tuple(served))
    return tuple(out)


def orders(people: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every order of people of three segments, told apart by segment only: all equally likely."""
    if not sum(people):
        yield ()
    for s, n in enumerate(people):
        if n:
            fewer = (*people[:s], n - 1, *people[s + 1 :])
            yield from ((s, *rest) for rest in orders(fewer))


def cases() -> list[Case]:
    rng, out = np.random.default_rng(20191007), []
    for _ in range(16):
        people = tuple(int(n) for n in rng.integers(1, 4, 3))
        minutes = tuple(int(n) for n in rng.choice([0, 5, 10, 17, 25], 3))
        promise = tuple(int(n) for n in rng.choice([0, 40, 60, 100], 3))
        hours = tuple(int(n) for n in rng.integers(0, 60, WEEKS))
        limit = tuple(int(n) for n in rng.choice([-1, 100, 220, 400], WEEKS))
        out.append((people, minutes, promise, hours, limit, rng.random((WEEKS, 3)) < 0.7))
    return out


@pytest.mark.parametrize("case", cases(), ids=range(16))
def test_every_order_has_its_share(case: Case) -> None:
    from scipy.stats import chisquare

    shares = Counter(one_order(order, case) for order in orders(case[0]))
    invited = rows(scenario(case), ROWS, seed=7).people["invitations"]
    found = Counter(tuple(tuple(int(n) for n in week) for week in row) for row in invited)
    assert set(found) <= set(shares)
    expected = {key: n * ROWS / shares.total() for key, n in shares.items()}
    rare = [key for key, n in expected.items() if n < 8]
    common = [key for key in expected if key not in rare]
    pairs = [(found[key], expected[key]) for key in common]
    if rare:
        pairs.append((sum(found[key] for key in rare), sum(expected[key] for key in rare)))
    if len(pairs) > 1:
        assert chisquare(*zip(*pairs, strict=True)).pvalue > 1e-4 / 16
    else:
        assert pairs[0][0] == ROWS


def test_orders_by_segment_are_the_permutations() -> None:
    people = (2, 1, 2)
    everybody = [s for s, n in enumerate(people) for _ in range(n)]
    assert Counter(orders(people)) == Counter(set(permutations(everybody)))


def test_the_cases_are_not_trivial() -> None:
    """Most cases leave something to chance, and in some a segment is closed while another is served in
    part."""
    outcomes = [len({one_order(o, case) for o in permutations(range(3))}) for case in cases()]
    assert sum(n > 1 for n in outcomes) >= 8
    assert any(not case[5].all() for case in cases())
