"""Do two engines draw from the same distribution? Ten statistics named beforehand, per scenario.

Time averages and year ends, from independent runs; all z-scores of a family are judged together at one in ten
thousand (Bonferroni). Seeds are fixed, so an agreement either always passes or always fails.
"""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Compiled, State, along
from kik_analysis.capacity.measures import place
from tests.capacity.cases import accepts, cell, in_segments, letters, small_case, stock, twice
from tests.capacity.cases import channels as channel_shares
from tests.capacity.records import records

#: Measure, and the week at whose end it is taken (-1: the last; None: average over all weeks).
STATISTICS: tuple[tuple[str, int | None], ...] = (
    ("overdue", None),
    ("waiting", None),
    ("waited", None),
    ("conversations", None),
    ("invitations", None),
    ("minutes_lost", None),
    ("declined", -1),
    ("contact_persons", -1),
    ("approached_persons", -1),
    ("minutes_promised", -1),
)


def limit(comparisons: int) -> float:
    """Largest z-score allowed among so many."""
    return NormalDist().inv_cdf(1 - 1e-4 / (2 * comparisons))


def moments(c: Compiled, people: dict[str, Any], team: dict[str, Any]) -> tuple[Any, Any, int]:
    """Mean and variance of the ten statistics over replications, and how many there were."""
    whole = records(c, people, team)
    found = np.stack([_statistic(c, whole, *s) for s in STATISTICS])
    return found.mean(axis=1), found.var(axis=1, ddof=1), found.shape[1]


def _statistic(c: Compiled, whole: Any, measure: str, week: int | None) -> Any:
    column = whole[:, :, place(c, measure)]
    return column[:, -1] / c.weeks if week is None else column[:, c.weeks - 1]


def of_totals(c: Compiled, totals: Any) -> tuple[Any, Any, int]:
    """The same from sums over replications."""
    mean, variance = totals.mean(), totals.variance()
    out = []
    for measure, week in STATISTICS:
        row, per = (-1, c.weeks) if week is None else (c.weeks - 1, 1)
        out.append((mean[row, place(c, measure)] / per, variance[row, place(c, measure)] / per**2))
    return *np.array(out).T, totals.replications


def z_scores(one: tuple[Any, Any, int], two: tuple[Any, Any, int]) -> Any:
    """z-scores of the differences; where neither varies they must be equal.

    Variances are pooled: if both draw from one distribution they have one variance, and a few replications
    of the slow process model do not have to estimate it alone.
    """
    n, m = one[2], two[2]
    variance = ((n - 1) * one[1] + (m - 1) * two[1]) / (n + m - 2)
    error = np.sqrt(variance * (1 / n + 1 / m))
    fixed = error == 0
    assert np.allclose(one[0][fixed], two[0][fixed], atol=1e-9)
    return np.where(fixed, 0.0, (one[0] - two[0]) / np.where(fixed, 1.0, error))


# ---- scenarios: each has something that the others lack
def plain(size: float, weeks: int) -> Compiled:
    """One segment, everything switched on, hours short at first."""
    n = round(695 * size)
    return small_case(weeks=weeks, people=n, minutes=round(1500 * size), inflow_mean=0.7 * n / 695)


def _apart(base: Compiled, *names: str) -> Compiled:
    """The same for several segments, with the starting stock divided over them."""
    n = len(names)
    cells = np.arange(len(base.stock_count)).repeat(n)
    changes = {name: getattr(base, name)[cells] for name in along("cell")}
    number = np.tile(np.arange(n), len(base.stock_count))
    changes["stock_segment"] = number
    changes["stock_count"] = base.stock_count[cells] // n + (number < base.stock_count[cells] % n)
    return in_segments(base, *names, **changes)


def channels(size: float, weeks: int) -> Compiled:
    """Three segments who are met differently within one lane; a contact stop; limits of each kind."""
    base = _apart(plain(size, weeks), "a", "b", "c")
    talk = np.array([[70, 50, 25, 4], [50, 40, 20, 3]])[..., None] + np.array([0, 10, -3]).clip(-3)
    before = np.array(
        [[[0.7, 0.2, 0.1, 0]] * 3, [[0.5, 0.1, 0.3, 0.1], [0, 0.5, 0.4, 0.1], [0.2, 0, 0.2, 0.6]]]
    )
    stop = np.array([[[0, 0.1, 0.9, 0]] * 3, [[0, 0, 0.8, 0.2]] * 3])
    periods = twice(base, weeks // 3, 3, channel=stop[None], reminder=np.array([[False, True, False]]))
    periods["channel"][0] = before
    minutes = np.array([[12, 11, 8, 5], [14, 12, 9, 5], [9, 8, 7, 3]])[..., None] + np.array([0, 2, 3])
    reach = np.full((3, 3, 4, 3), 0.75)
    reach[..., 3, 0] = 0.4
    promise = np.arange(16).reshape(2, 2, 4, 1) * 6 + np.array([30, 20, 25])
    return base.replace(**periods).replace(
        talk_minutes=talk.clip(0),
        travel_minutes=np.array([30, 0, 0, 0]),
        registration_minutes=np.array([[20, 18, 8, 4], [12, 12, 8, 4]]),
        reminder_minutes=np.array([6, 6, 0, 0]),
        missed_minutes=np.array([20, 25, 4, 0]),
        letter_minutes=minutes,
        attempts=np.array([[2, 2, 2, 3]] * 3),
        answer_weeks=np.tile(np.array([2, 1, 1]), (3, 4, 1)),
        reach=reach,
        missed=np.array(
            [[[0.3, 0.4, 0.2, 0], [0.1, 0.2, 0.2, 0]], [[0.2, 0.2, 0.2, 0], [0.05, 0.1, 0.2, 0]]]
        ),
        rebooked=np.array([[0.5, 0.6, 0.9, 0], [0.9, 0.9, 0.9, 0]]),
        appointment_weeks=np.array([2, 2, 1, 0]),
        rebook_weeks=np.array([2, 1, 1, 1]),
        promise_minutes=promise,
        entry_segment=np.array([0.5, 0.3, 0.2]),
        interval=np.array([[26, 20, 40], [26, 26, 13]]),
        lead=np.array([5, 0, 8]),
        again_declined=np.array([20, 5, 30]),
        promise_limit=round(9000 * size),
        promise_limit_first=round(2500 * size),
        promise_limit_others=round(8000 * size),
        start_share=300,
    )


def one_lane(size: float, weeks: int) -> Compiled:
    """Newest first; first letters, follow-ups and returning people in one lane; appointments share a lane
    too."""
    base = _apart(plain(size, weeks), "one", "two")
    base = base.replace(lane=np.array([[[1, 2], [0, 0], [3, 1], [2, 3], [2, 3], [2, 3]]]), newest_first=True)
    return base.replace(**twice(base, weeks // 2, interval=np.full((1, 2), 15))).replace(
        appointments_max=3,
        rebooked=0.6,
        appointment_weeks=2,
        missed=0.35,
        letter_minutes=letters([[10, 0], [22, 9], [5, 31]]),
    )


def approaches(size: float, weeks: int) -> Compiled:
    """Decliners and people not reached are invited less non-committally, later jointly; some ask for more."""
    base = plain(size, weeks)
    rows = base.accept[0, 0]
    odd = np.stack([np.clip(rows * f, 0, 1) for f in (1.0, 1.5, 0.6)])
    reach = np.array([0.7, 0.9, 0.5])[:, None, None, None] * np.ones((3, 3, 4, 2))
    later = np.array([[0, 0, 0, 2, 2, 1]])
    first = base.replace(
        approach=np.array([[0, 0, 0, 0, 1, 1]]), channel=channel_shares(home=0.8, office=0.2)
    )
    return first.replace(**twice(first, weeks // 2, 1, approach=later)).replace(
        accept=odd[:, None] * np.array([1.0, 0.8, 0.9, 0.7])[None, :, None, None],
        reach=reach,
        missed=np.array([[[0.4] * 4] * 2, [[0.1] * 4] * 2]),
        caseworkers=4,
        places=4,
        need=0.3,
        need_interval=9,
        reminder=False,
    )


def mixture(size: float, weeks: int) -> Compiled:
    """Willingness as three fixed classes; much support and many services; hours ample."""
    base = plain(size, weeks)
    n = round(695 * size)
    follow = np.array([[0, 0, 1.0]])
    return base.replace(
        accept=accepts([[0.05], [0.4], [0.9]]),
        after_accept=np.arange(3),
        after_refusal=np.arange(3),
        after_conversation=np.arange(3),
        entry_row=np.stack([np.array([[0.3, 0.4, 0.3]]), follow]),
        outcome=np.array([[[0.3, 0.3, 0.1, 0.2, 0.1]], [[0.4, 0.2, 0.1, 0.2, 0.1]]]),
        services_end=0.1,
        support_end=0.1,
        attempts=np.array([[1] * 4, [2] * 4, [2] * 4]),
        minutes_available=np.full(weeks, round(4000 * size)),
        **stock(
            {"state": State.NEVER_INVITED, "row": 0, "wait": 9, "count": n // 6},
            {"state": State.INVITED, "row": 2, "wait": 1, "count": n // 12},
            {"state": State.APPOINTMENT, "row": 2, "contact": 1, "kind": 2, "wait": 2, "count": n // 12},
            cell(State.IN_CONTACT, n // 6, row=1, contact=1, support=1, age=9, offer_age=9, wait=17),
            cell(State.OUTSIDE_SERVICES, n // 6, row=2, contact=1, age=20, offer_age=20),
            cell(State.DECLINED, n // 6, row=0, contact=1, age=30, offer_age=8, wait=12),
            {"state": State.NOT_REACHED, "row": 1, "offer_age": 50, "wait": -1, "count": n // 6},
        ),
    )


SCENARIOS: tuple[Callable[[float, int], Compiled], ...] = (plain, channels, one_lane, approaches, mixture)
