"""Chooses histories from a pool so that every published count holds exactly: an integer programme.

Histories with the same *signature* (what the counts can see of a person) are alike for the programme. In two
steps:

1. weights per signature that meet the counts and lie nearest to the simulated frequencies in the sense of
   Kullback and Leibler (Ireland & Kullback 1968; Newton's method on the dual). Without this step an integer
   programme alone piles the whole difference on a few kinds of history;
2. whole numbers that meet every count exactly and lie nearest to those weights in L1: an integer programme
   (HiGHS: Huangfu & Hall 2018), proved by adding up in whole numbers.
"""

from dataclasses import dataclass

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.people.histories import NONE, WEEKS_IN_YEAR, Answer, Calendar, Floats, Integers, Kind, Pool
from kik_analysis.people.histories import generator as numbers_of
from kik_analysis.people.targets import Targets

GROUPS = ("spoken", "declined", "not_reached", "left_spoken", "left_not_spoken")
"""Whom a history can be of; people never invited are chosen apart."""
TOTALS = (
    *("invitations", "conversations", "no_contact", "second_invitations"),
    *("approached_early", "spoken_early", "overdue"),
)
_STEPS = 200
_CLOSE = 1e-9
IMPOSSIBLE = "no choice of histories meets every count"
_GAP = 0.02
"""Relative gap at which the programme may stop: nearness is a matter of taste, the counts are not."""


@dataclass(frozen=True)
class Chosen:
    """What was chosen.

    ``invited``, ``group``: index into the pool of each person with a history, and which of :data:`GROUPS`.
    ``waiting``: index into the pool of each current member who was never invited. ``distance``: share of
    people with another signature than the simulation alone would have given: half the sum of the absolute
    differences between chosen and simulated frequencies within the groups, over the people.
    """

    invited: Integers
    group: Integers
    waiting: Integers
    distance: float


def signatures(pool: Pool, when: Calendar) -> tuple[Integers, Integers]:
    """Return the group of each history (:data:`NONE`: never invited) and what adds up to totals, (P, 7)."""
    sent, talked = pool.sent != NONE, pool.answer == Answer.CONVERSATION
    talks, asked = talked.sum(axis=1), sent.sum(axis=1)
    here = pool.left == NONE
    final = pool.answer[np.arange(len(pool)), np.maximum(asked - 1, 0)]
    group = np.select(
        [asked == 0, here & (talks > 0), here & (final == Answer.DECLINED), here, talks > 0],
        [NONE, 0, 1, 2, 3],
        default=4,
    ).astype(np.int64)
    last = np.where(talked, pool.answered, NONE).max(axis=1)
    first = np.where(talked, pool.answered, when.weeks).min(axis=1)
    missed, again = (
        (found == code).sum(axis=1)
        for found, code in ((pool.answer, Answer.NO_CONTACT), (pool.kind, Kind.FOLLOW_UP))
    )
    early = sent[:, 0] & (pool.sent[:, 0] < when.early)
    overdue = (group == 0) & (when.weeks - last > WEEKS_IN_YEAR)
    columns = [asked, talks, missed, again, early, first < when.early, overdue]
    return group, np.stack(columns, axis=1).astype(np.int64)


def _tilted(start: Floats, matrix: Floats, aim: Floats) -> Floats | None:
    """Return the weights nearest to ``start`` with ``matrix @ weights == aim``; None where that fails."""
    dual, scale = np.zeros(len(aim)), np.maximum(aim, 1.0)

    def at(point: Floats) -> tuple[Floats, float]:
        weights = start * np.exp(np.clip(matrix.T @ point, -60.0, 60.0))
        return weights, float(weights.sum() - aim @ point)

    weights, height = at(dual)
    for _ in range(_STEPS):
        short = aim - matrix @ weights
        if np.max(np.abs(short) / scale) < _CLOSE:
            return weights
        step, size = np.linalg.lstsq((matrix * weights) @ matrix.T, short, rcond=1e-12)[0], 1.0
        tried, lower = at(dual + step)
        while not (np.isfinite(lower) and lower <= height - 1e-4 * size * float(short @ step)):
            size /= 2
            if size <= 1e-8:
                return weights if np.max(np.abs(short) / scale) < 1e-4 else None
            tried, lower = at(dual + size * step)
        dual, weights, height = dual + size * step, tried, lower
    return None


def _whole(weights: Floats, matrix: Floats, aim: Integers) -> Integers:
    """Return whole numbers with ``matrix @ numbers == aim``, nearest to ``weights`` in L1.

    A number is its weight rounded down, plus one or not (at the cost of the rounding), plus or minus more.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    floor = np.floor(weights + _CLOSE)
    part = np.clip(weights - floor, 0.0, 1.0)
    n = len(weights)
    cost = np.round(np.concatenate([1.0 - 2.0 * part, np.ones(2 * n)]), 6)
    upper = np.concatenate([np.ones(n), np.full(n, np.inf), floor])
    whole = np.concatenate([matrix, matrix, -matrix], axis=1)
    need = aim - matrix @ floor
    found = milp(
        cost,
        integrality=np.ones(3 * n, dtype=np.int64),
        bounds=Bounds(np.zeros(3 * n), upper),
        constraints=LinearConstraint(whole, need, need),
        options={"mip_rel_gap": _GAP, "node_limit": 20_000},
    )
    if found.x is None:
        raise ModelError(IMPOSSIBLE)
    steps = np.round(found.x).astype(np.int64)
    numbers = floor.astype(np.int64) + steps[:n] + steps[n : 2 * n] - steps[2 * n :]
    if (numbers < 0).any() or (matrix.astype(np.int64) @ numbers != aim).any():
        raise ModelError("the chosen histories do not add up to the counts")
    return numbers


def _contradicting(matrix: Floats, aim: Integers) -> list[int]:
    """Return rows of ``matrix`` that no weights meet together, all of them needed; none where all are met.

    A deletion filter (Chinneck & Dravnieks 1991) over linear programmes: whole numbers are not asked for.
    """
    from scipy.optimize import linprog

    def impossible(rows: list[int]) -> bool:
        nothing = np.zeros(matrix.shape[1])
        return int(linprog(nothing, A_eq=matrix[rows], b_eq=aim[rows]).status) == 2

    rows = list(range(len(aim)))
    if not impossible(rows):
        return []
    for row in reversed(rows):
        fewer = [one for one in rows if one != row]
        rows = fewer if impossible(fewer) else rows
    return rows


def choose(pool: Pool, when: Calendar, aims: Targets, *, seed: int) -> Chosen:
    """Choose histories that meet every count of a draw exactly.

    ``pool``, ``when``: simulated histories and their calendar. ``aims``: the counts. ``seed``: decides which
    of the histories with the same signature are taken. ModelError when no choice meets all counts; an
    irreducible set of counts is named.
    """
    group, numbers = signatures(pool, when)
    random = numbers_of(seed, 1)
    asked = np.flatnonzero(group != NONE)
    keys = np.column_stack([group[asked], numbers[asked]])
    kinds, label, have = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    label = label.reshape(-1)
    here = [aims.reach[name] for name in GROUPS[:3]]
    people = np.array([*here, aims.left_spoken, aims.left_not_spoken])
    member = (kinds[:, :1] == np.arange(len(GROUPS))).T.astype(np.float64)
    matrix = np.concatenate([member, kinds[:, 1:].T.astype(np.float64)])
    aim = np.concatenate([people, [getattr(aims, name) for name in TOTALS]])
    in_pool = np.maximum(member @ have, 1)
    start = have * (member.T @ (people / in_pool))
    weights = _tilted(start, matrix, aim.astype(np.float64))
    if weights is None and (failing := _contradicting(matrix, aim)):
        names = [(*GROUPS, *TOTALS)[row] for row in failing]
        raise ModelError(f"{IMPOSSIBLE}; these cannot all hold: {', '.join(names)}")
    take = _whole(start if weights is None else weights, matrix, aim)
    shuffled = asked[np.lexsort([random.random(len(asked)), label])]
    begin = np.concatenate([[0], np.cumsum(have)[:-1]])
    taken = np.repeat(np.arange(len(take)), take)  # members of each kind, going round when they are too few
    turn = np.arange(len(taken)) - (np.cumsum(take) - take)[taken]
    invited = shuffled[begin[taken] + turn % have[taken]]
    never = np.flatnonzero((group == NONE) & (pool.left == NONE))
    never = never[random.permutation(len(never))]
    waiting = aims.reach["not_yet_approached"] + aims.reach["known_to_wij"]
    total = max(1, int(people.sum()))
    return Chosen(
        invited=invited,
        group=np.repeat(kinds[:, 0], take).astype(np.int64),
        waiting=never[np.arange(waiting) % len(never)],
        distance=float(np.abs(take - start).sum() / 2 / total),
    )
