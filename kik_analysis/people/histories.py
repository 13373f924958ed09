"""A pool of simulated personal histories, 2015-2019: the material from which registers are put together.

Everybody is simulated by themselves, week by week in effect and round by round in fact: when they enter and
leave the group, when they are first invited, what they answer, when they are invited again. Willingness is
a Beta frailty in its Markov form: after ``a`` conversations and ``r`` refusals a share (alpha + a) / (alpha
+ beta + a + r) accepts (Polya's urn), which needs no draw from a Beta distribution. What the pool cannot
know (how hard the team worked in which year) it takes from the counts, on average;
:mod:`kik_analysis.people.choice` makes the counts exact.
"""

import datetime
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.parameters.scenario import Scenario
from kik_analysis.people.targets import Targets

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Random = np.random.Generator

WEEK = 7
WEEKS_IN_YEAR = 52
MONTHS_IN_YEAR = 12
POOL = 50_000
"""Simulated histories; independent of the size of the register, whose people are drawn from them."""
ROUNDS = 9
"""Most invitations that one person gets."""
COLUMNS = ("sent", "answered", "answer", "kind")
NONE = -1
"""A week that does not exist."""
GROUP_AT_START = "history.group_size_2015_01"
MAY_AGAIN = ("contact.refusal_not_definitive", "contact.not_reached_invited_again")
"""Shares of those who declined, and of those not reached, who may be invited again."""


class Answer(IntEnum):
    """How an invitation ended."""

    DECLINED, NO_CONTACT, CONVERSATION = range(3)


class Kind(IntEnum):
    """Which invitation it was: the first, a later one before any conversation, one after a conversation."""

    FIRST, AGAIN, FOLLOW_UP = range(3)


@dataclass(frozen=True)
class Calendar:
    """Weeks of the simulation: week 0 is the first full week of the project.

    ``first``: Monday of week 0. ``early``, ``weeks``: first week that is not wholly within the early count,
    number of whole weeks within the funnel.
    """

    first: datetime.date
    early: int
    weeks: int

    @property
    def reference(self) -> datetime.date:
        """Return the Monday of which the register is a picture: the first after the last week."""
        return self.first + datetime.timedelta(days=WEEK * self.weeks)


def calendar(aims: Targets) -> Calendar:
    """Return the weeks of the published counts."""
    first = aims.begin + datetime.timedelta(days=-aims.begin.weekday() % WEEK)

    def whole(last: datetime.date) -> int:
        return ((last - first).days + 1) // WEEK

    return Calendar(first, whole(aims.early_end), whole(aims.end))


@dataclass(frozen=True)
class Pool:
    """Simulated histories: P people, R rounds at most.

    ``entered``, ``left``: week of entering (negative: before the project) and of leaving (:data:`NONE`: still
    there). ``sent``, ``answered``: weeks of each invitation and of its answer; :data:`NONE` where there was
    none. ``answer``, ``kind``: :class:`Answer` and :class:`Kind`.
    """

    entered: Integers
    left: Integers
    sent: Integers
    answered: Integers
    answer: Integers
    kind: Integers

    def __len__(self) -> int:
        return len(self.entered)


def generator(seed: int, stream: int) -> np.random.Generator:
    """Return the random numbers of one purpose: other streams never shift because one draws more or fewer."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, stream])))


def _weeks_after(scenario: Scenario, path: str, when: Calendar) -> int:
    """Return the week of a day in the scenario, at least 0."""
    day = scenario[path]
    assert isinstance(day, datetime.date)
    return max(0, (day - when.first).days // WEEK)


def _stay(scenario: Scenario) -> float:
    """Return the chance to be in the group a week later."""
    return float((1.0 - scenario.central("people.exit_rate")) ** (1.0 / WEEKS_IN_YEAR))


def _first_invitations(
    scenario: Scenario, aims: Targets, when: Calendar, entered: Integers, random: Random
) -> Integers:
    """Return weeks of the first invitation; on average as many early, and not yet at the end, as published.

    People not yet invited follow U' = (U - A) * stay + inflow; A is constant in each of the two periods, the
    second one such that U ends at the published number.
    """
    ratio, stay = aims.people / aims.group, _stay(scenario)
    start, weekly = scenario.central(GROUP_AT_START), scenario.central("people.inflow_per_week")
    early = aims.approached_early / ratio / when.early
    aim = (aims.reach["not_yet_approached"] + aims.reach["known_to_wij"]) / ratio

    def path(later: float) -> tuple[Floats, float]:
        left, hazard = start, np.zeros(when.weeks + 1)
        for week in range(when.weeks):
            asked = early if week < when.early else later
            hazard[week] = min(1.0, asked / left) if left > 0 else 1.0
            left = (left - min(asked, left)) * stay + weekly
        return hazard, left

    none, some = path(0.0)[1], path(1.0)[1]
    hazard = path(max(0.0, (none - aim) / (none - some)) if none > some else 0.0)[0]
    survival = np.concatenate([[1.0], np.cumprod(1.0 - hazard)])
    begin = np.where(entered > 0, entered + 1, 0)
    at = random.random(len(entered)) * survival[np.minimum(begin, when.weeks)]
    week = np.searchsorted(-survival[1:], -at, side="left")
    return np.where(week < when.weeks, np.maximum(week, begin), when.weeks).astype(np.int64)


def simulate(scenario: Scenario, aims: Targets, *, seed: int, people: int = POOL) -> Pool:
    """Simulate a pool of histories.

    ``scenario``: gives rates, answers and delays: central values, or points between low and high. ``aims``:
    gives the calendar and, on average, how many are approached when. ``seed``: same seed, same pool.
    ``people``: how many histories.
    """
    when, random = calendar(aims), generator(seed, 0)
    # entering: the group of January 2015, steady inflow, and the merger; leaving: at the yearly exit rate
    merger = (datetime.date(when.reference.year, 1, 1) - when.first).days // WEEK
    weekly = np.full(when.weeks, scenario.central("people.inflow_per_week"))
    edges = np.cumsum(np.concatenate([[scenario.central(GROUP_AT_START)], weekly]))
    at = random.random(people) * (edges[-1] + scenario.central("history.merger_inflow_2019_01"))
    week = np.searchsorted(edges, at, side="right") - 1
    entered = np.where(at >= edges[-1], merger, week).astype(np.int64)
    survival = np.cumprod(np.full(when.weeks + 1, _stay(scenario)))
    gone = np.searchsorted(-survival, -random.random(people), side="right") + 1 + np.maximum(entered, 0)
    left = np.where(gone < when.weeks, gone, NONE).astype(np.int64)
    due = _first_invitations(scenario, aims, when, entered, random)
    last = np.where(left == NONE, when.weeks, left)
    longest = max(1, round(scenario.central("policy.lead_weeks")))
    arrays = {name: np.full((people, ROUNDS), NONE, dtype=np.int64) for name in COLUMNS}
    yes, no = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    for turn in range(ROUNDS):
        answered = due + 1 + np.floor(random.random(people) * longest).astype(np.int64)
        # no contact, else yes or no by willingness, after a first yes by the printed share
        chance, contact = random.random(len(yes)), random.random(len(yes))
        mean, size = scenario.central("contact.acceptance_first"), scenario.central("people.willingness_size")
        again = scenario.central("contact.acceptance_follow_up")
        silent = scenario.central("contact.no_answer_per_attempt") ** int(scenario.central("policy.attempts"))
        accept = np.where(yes > 0, again, (mean * size + yes) / (size + yes + no))
        missed = np.where(yes > 0, (1.0 - again) * silent, silent)
        answer = np.where(chance < accept, Answer.CONVERSATION, Answer.DECLINED)
        outcome = np.where(contact < missed, Answer.NO_CONTACT, answer).astype(np.int64)
        going = answered < last
        kind = np.where(yes > 0, Kind.FOLLOW_UP, Kind.FIRST if turn == 0 else Kind.AGAIN)
        for name, found in zip(COLUMNS, (due, answered, outcome, kind), strict=True):
            arrays[name][going, turn] = found[going]
        yes += going & (outcome == Answer.CONVERSATION)
        no += going & (outcome == Answer.DECLINED)
        due = np.where(going, _next(scenario, answered, outcome, when, random), when.weeks)
    return Pool(entered, left, **arrays)


def _next(
    scenario: Scenario, answered: Integers, outcome: Integers, when: Calendar, random: Random
) -> Integers:
    """Return the week of the next invitation; the end of time for those who get none."""
    again, wait = random.random(len(answered)), random.random(len(answered))
    ends = scenario.value("history.reinvitation_delay_months").cells[0][1][0].amount.atoms
    months = np.interp(wait, [0.0, 0.5, 1.0], [float(str(end)) for end in ends])
    delay = np.ceil(months * WEEKS_IN_YEAR / MONTHS_IN_YEAR).astype(np.int64)
    intervals = [steps[0].amount.central for _, steps in scenario.value("policy.interval_weeks").cells]
    short = max(int(str(one)) for one in intervals) - round(scenario.central("policy.lead_weeks"))
    spread = np.ceil(wait * (scenario.central("people.oldest_contact_weeks") - short)).astype(np.int64)
    follow = np.maximum(answered + short, _weeks_after(scenario, "history.follow_up_start", when)) + spread
    share = np.where(outcome == Answer.DECLINED, *(scenario.central(path) for path in MAY_AGAIN))
    from_week = _weeks_after(scenario, "history.reinvitation_start", when)
    due = np.where(again < share, np.maximum(answered, from_week) + delay, when.weeks)
    return np.where(outcome == Answer.CONVERSATION, np.maximum(follow, answered + 1), due).astype(np.int64)


def events(pool: Pool, who: Integers) -> dict[str, Any]:
    """Return the invitations of chosen people as flat arrays: weeks, answer, kind, ``person``.

    ``person`` is an index into ``who``. Persons in the order of ``who``, invitations in the order of time.
    """
    person, turn = np.nonzero(pool.sent[who] != NONE)
    return {"person": person, **{name: getattr(pool, name)[who[person], turn] for name in COLUMNS}}
