"""What the letters do not say of people: segment, age, duration of benefit, district, activity, referral.

A chain of cross-tables with exact margins, people matched at random within what two tables share: reach and
follow-up x segment, segment x age, age and least duration x duration, reach x district. Two cells cannot
be: somebody called active and over sixty stands in the oldest band, and nobody has been on benefit for
longer than since the youngest age or for less long than the first invitation shows.

A target comes from iterative proportional fitting (Deming & Stephan 1940): the table with the wanted margins
and no association but for cells that cannot be (structural noughts). It becomes whole by controlled rounding:
every cell is rounded up or down and every margin stays as it is, as a transportation problem whose optimum in
linear programming is whole by itself (Causey, Cox & Ernst 1985). Rounding is to the table nearest in L1.
Where no table fits, the two variables that do not go together are named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.people.histories import Flags, Floats, Integers
from kik_analysis.people.register import in_days
from kik_analysis.people.targets import AGE, DISTRICT, DURATION, FOLLOW_UP, REACH, Margins, Targets
from kik_analysis.statistics.rounding import shared_out, written

_ROUNDS, _CLOSE = 2_000, 1e-10
_DIGITS = 9
"""Decimals of a fractional table that count: what differs beyond them differs by processor."""


@dataclass(frozen=True)
class CrossTable:
    """A fitted table.

    ``name``: which variables, for example ``segment x age_band``. ``target``: from iterative proportional
    fitting. ``cells``: whole; margins as asked for.
    """

    name: str
    target: Floats
    cells: Integers

    @property
    def distance(self) -> float:
        """Return the share of people in another cell than in the target: half the L1 distance."""
        return float(np.abs(self.cells - self.target).sum() / 2 / max(1, self.cells.sum()))


def _transport(cost: Floats, most: Integers, rows: Integers, columns: Integers) -> Integers | None:
    """Return the cheapest whole table with these margins and at most ``most`` in each cell, or None."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    if rows.sum() != columns.sum() or (rows < 0).any() or (columns < 0).any():
        return None
    height, width = cost.shape
    at = np.arange(height * width)
    lines = np.concatenate([at // width, height + at % width])
    ones = np.ones(2 * len(at))
    solve: Any = linprog  # its stubs know no sparse matrix
    found = solve(
        np.round(cost.reshape(-1), 6),
        A_eq=coo_array((ones, (lines, np.tile(at, 2))), shape=(height + width, len(at))).tocsr(),
        b_eq=np.concatenate([rows, columns]),
        bounds=np.stack([np.zeros(len(at)), most.reshape(-1)], axis=1),
        method="highs-ds",
    )
    if found.x is None:
        return None
    table = np.round(found.x).astype(np.int64).reshape(height, width)
    right = (table.sum(axis=1) == rows).all() and (table.sum(axis=0) == columns).all()
    return table if right and (table <= most).all() and (table >= 0).all() else None


def fit(start: Floats, rows: Integers, columns: Integers) -> Floats:
    """Return the table with these margins that keeps the odds ratios of ``start`` (noughts stay nought).

    ``start``: nought for a cell that cannot be, otherwise positive. ``rows``, ``columns``: margins with the
    same sum, for which some table exists.
    """
    table = start.astype(np.float64)
    for _ in range(_ROUNDS):
        for axis, aims in ((1, rows), (0, columns)):
            sums = table.sum(axis=axis)
            table *= np.expand_dims(np.divide(aims, sums, out=np.zeros(len(aims)), where=sums > 0), axis)
        if np.abs(table.sum(axis=1) - rows).max(initial=0.0) <= _CLOSE * max(1.0, float(rows.sum())):
            break
    return np.round(table, _DIGITS)


def rounded(target: Floats, rows: Integers, columns: Integers) -> Integers:
    """Return the whole table with these margins that is nearest to ``target``, each cell rounded up or down.

    Where fitting ended before its margins were exact (a table on the edge of what can be), a cell may move
    further.

    ModelError when no whole table with these margins has nought where ``target`` has.
    """
    floor = np.floor(target + _CLOSE).astype(np.int64)
    part = np.clip(target - floor, 0.0, 1.0)
    short = rows - floor.sum(axis=1), columns - floor.sum(axis=0)
    up = _transport(1.0 - 2.0 * part, (part > _CLOSE).astype(np.int64), *short)
    if up is not None:
        return floor + up
    most = np.where(target > 0, np.minimum.outer(rows, columns), 0)
    free = _transport(-target / max(1.0, float(target.max(initial=0.0))), most, rows, columns)
    if free is None:
        raise ModelError("no table has these margins and these empty cells")
    return free


def cross(name: str, rows: Iterable[int], columns: Iterable[int], can: Flags) -> CrossTable:
    """Return the cross-table of two variables with given margins and no association but empty cells.

    ``name``: named in messages. ``rows``, ``columns``: people by category; the sums are equal. ``can``: false
    for a cell that cannot be. ModelError when no table fits.
    """
    down, across = np.array([*rows]), np.array([*columns])
    target = fit(can.astype(np.float64), down, across)
    try:
        cells = rounded(target, down, across)
    except ModelError as error:
        what = "people.segment_share, params/margins.csv and the claims contradict each other"
        raise ModelError((f"{name}: {error}", what)) from None
    return CrossTable(name, target, cells)


def match(table: CrossTable, row_of: Integers, random: np.random.Generator) -> Integers:
    """Return a column for each person, at random within the rows of a table.

    ``table``: its row margins are the numbers of people in ``row_of``. ``row_of``: row of each person.
    ``random``: random numbers.
    """
    order = np.lexsort([random.random(len(row_of)), row_of])
    out = np.empty(len(row_of), dtype=np.int64)
    height, width = table.cells.shape
    out[order] = np.repeat(np.tile(np.arange(width), height), table.cells.reshape(-1))
    return out


OLDEST_ACTIVE = "active_60_plus"
SEGMENTS_OF = {
    "support": ("seeks_participation",),
    "help": ("seeks_participation",),
    "own_goals": ("own_goals",),
    "no_question": (OLDEST_ACTIVE, "health_limited", "no_question"),
    "not_accounted_for": ("unknown",),
}
"""Segments that people in a category of Figure 2 can have; everybody else can have any."""
CLASSES = (*FOLLOW_UP, *REACH[1:])
"""The spoken by Figure 2, the others by Figure 1."""
LEFT = ("left",)


def segment_counts(scenario: Scenario, people: int) -> dict[str, int]:
    """Return how many of so many people each segment gets: central shares, largest remainders."""
    cells = scenario.value("people.segment_share").cells
    shares = [written(float(str(steps[0].amount.central))) for _, steps in cells]
    return dict(zip((name for name, _ in cells), shared_out(people, shares), strict=True))


def assign(
    scenario: Scenario,
    margins: Margins,
    classes: Sequence[str],
    class_of: Integers,
    least: Integers,
    random: np.random.Generator,
) -> tuple[dict[str, Integers], tuple[CrossTable, ...]]:
    """Give people a segment, an age band, a benefit duration and a district.

    ``scenario``, ``margins``: shares of segments; shares of the other three. ``classes``, ``class_of``: names
    of the classes, and the class of each person. ``least``: fewest days on benefit that a person's history
    allows. ``random``: random numbers. Returns (n,) codes by name: ``segment`` in the order of the scenario,
    ``age_band``, ``duration_band`` and ``district`` in the order of the margins, and ``days`` on benefit at
    the reference day; and the cross-tables that they came from. ModelError when two of them contradict each
    other; which ones is named.
    """
    n, ages = len(class_of), margins.of(AGE)
    segments = segment_counts(scenario, n)
    names = tuple(segments)
    people = np.bincount(class_of, minlength=len(classes))
    mask = np.array([[segment in SEGMENTS_OF.get(one, names) for segment in names] for one in classes])
    first = cross("class x segment", people, segments.values(), mask)
    segment = match(first, class_of, random)
    last = np.arange(len(ages)) == len(ages) - 1
    mask = np.array([last | (one != OLDEST_ACTIVE) for one in names])
    people_of = np.bincount(segment, minlength=len(names))
    second = cross("segment x age_band", people_of, margins.counts(AGE, n).values(), mask)
    age = match(second, segment, random)
    # nobody has been on benefit for longer than since the youngest age, or for less long than ``least``
    durations = margins.of(DURATION)
    youngest, width = ages[0].begin or 0.0, len(durations)
    begin = np.array([in_days(one.begin or 0.0) + 1 for one in durations])
    end = np.array([in_days(one.end or 0.0) for one in durations])
    cap = np.array([in_days((one.end or youngest) - youngest) for one in ages])
    row, band = age * width + np.searchsorted(end, least, side="left"), np.arange(width)
    can = np.array([(band >= floor) & (begin <= most) for most in cap for floor in range(width)])
    lasting = margins.counts(DURATION, n).values()
    third = cross("age_band x duration_band", np.bincount(row, minlength=len(can)), lasting, can)
    duration = match(third, row, random)
    low = np.maximum(begin[duration], least)
    high = np.maximum(np.minimum(end[duration], cap[age]), low)
    there = margins.counts(DISTRICT, n).values()
    fourth = cross("class x district", people, there, np.ones((len(people), len(there)), dtype=np.bool_))
    district = match(fourth, class_of, random)
    days = low + np.floor(random.random(n) * (high - low + 1)).astype(np.int64)
    found = {"segment": segment, AGE: age, DURATION: duration, DISTRICT: district, "days": days}
    return found, (first, second, third, fourth)


def activity(aims: Targets, class_of: Integers, oldest: Flags, random: np.random.Generator) -> Integers:
    """Give everybody ever spoken to an activity, with as many active, and wanting to be, as printed.

    ``aims``: the numbers, on the base of all people ever spoken to. ``class_of``: (n,) position in
    :data:`FOLLOW_UP`, beyond it for people who left. ``oldest``: (n,) who is in the segment of active people
    over sixty: they are active. ``random``: random numbers. Nobody without a question wants to be active.
    """
    row = np.where(oldest, 0, np.where(class_of == FOLLOW_UP.index("no_question"), 1, 2))
    wanted = (aims.active, aims.wants, len(class_of) - aims.active - aims.wants)  # as in ACTIVITY
    mask = np.array([[True, False, False], [True, False, True], [True, True, True]])
    return match(cross("follow_up x activity", np.bincount(row, minlength=3), wanted, mask), row, random)


def referred(aims: Targets, class_of: Integers, random: np.random.Generator) -> Flags:
    """Choose who was ever referred: all in support or help, then at random, those without a question last."""
    help_codes = [FOLLOW_UP.index("support"), FOLLOW_UP.index("help")]
    last = class_of == FOLLOW_UP.index("no_question")
    rank = np.where(np.isin(class_of, help_codes), 0, np.where(last, 2, 1))
    order = np.lexsort([random.random(len(class_of)), rank])
    out = np.zeros(len(class_of), dtype=np.bool_)
    out[order[: aims.referred]] = True
    return out
