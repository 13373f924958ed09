"""The numbers that answers need beyond those of other chapters: one small function each, by name.

A function returns a value, an :class:`Estimate` with a range, or None where the number does not exist in this
scenario; sentences then go without it. What it reads is on record, as of every named number.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from kik_analysis.answers import wording
from kik_analysis.answers.runs import NO_STOP, OWN, STOP, Runs
from kik_analysis.answers.wording import estimate
from kik_analysis.capacity.experiment import FTE
from kik_analysis.capacity.reader import Reader
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.facts.claims import claims, value
from kik_analysis.facts.periods import period
from kik_analysis.pilots import small_numbers
from kik_analysis.planning.staff import Staff
from kik_analysis.statistics import grim, intervals, power

Found = float | Estimate | None
COMPUTED: dict[str, tuple[Callable[[Runs], Found], str, int]] = {}
"""Name -> function, unit and decimals."""
BACKLOG, GONE, LETTER = "L051", "L055", "L082"
COUNTED = ("persons", "conversations", "hours")
"""Units in which a computed range is told in round numbers."""
SMALLER = 0.8
"""Coverage of a smaller promise, told beside the scenario's own, so that its price can be seen."""
NOTICED = 0.01
"""Share of the group from which more people waiting is worth a verdict; fewer is a handful."""
MOST = 52
"""Weeks in which a letter to everybody must have gone out once: the promise is a yearly one."""


def computed(unit: str, decimals: int = 0) -> Callable[[Callable[[Runs], Found]], Callable[[Runs], Found]]:
    """Enter a function under its own name."""

    def enter(function: Callable[[Runs], Found]) -> Callable[[Runs], Found]:
        COMPUTED[function.__name__] = (function, unit, decimals)
        return function

    return enter


def compute(name: str, runs: Runs) -> Number | None:
    """Return a number of this module; None where it does not exist in this scenario."""
    function, unit, decimals = COMPUTED[name]
    kept: dict[str, Any] = {}

    def once() -> float | Estimate:
        kept["found"] = found = function(runs)
        if isinstance(found, Estimate) and unit in COUNTED:
            return Estimate(*(wording.about(one) for one in (found.value, found.low, found.high)))
        return 0.0 if found is None else found

    place = f"{__name__}.{name}"
    number = measure(f"answers.{name}", once, unit=unit, decimals=decimals, computation=place)
    parts = [one for one in (number.value, number.low, number.high) if one is not None]
    if all(float(one).is_integer() for one in (parts if number.low is None else parts[-2:])):
        number = replace(number, decimals=0)
    return None if kept["found"] is None else number


def _day(claim: str) -> datetime.date:
    """Return the first day that a claim is about; the claim is read."""
    return period(claims()[claim].as_of).first


def _share(holds: Any) -> float:
    return PERCENT * float(np.mean(holds))


def _atom(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _more(difference: Any) -> Found:
    """Return how many more there are; None where a reader would see none."""
    found = estimate(np.maximum(difference, 0))
    return found if (found.high or 0) >= 0.5 else None


def _central(runs: Runs, path: str) -> float:
    return _atom(runs.scenario[path])


def _ends(runs: Runs, path: str, factor: float = 1.0) -> Estimate:
    found = runs.scenario.value(path)
    ends = (found.low, found.central, found.high)
    low, central, high = (factor * _atom(one) for one in ends)
    return Estimate(central, low, high)


# ---- the backlog and its day (question 2)


def _backlog_gone(runs: Runs, name: str) -> float:
    return _share(runs.at("backlog", runs.week(_day(GONE)), name) == 0)


@computed("fte", 1)
def extra_posts(runs: Runs) -> Found:
    """Extra posts that are held possible: a range that stands in the scenario."""
    named = [change for change in runs.scenario.changes if change.name == "extra_staff"]
    runs.scenario.timeline(FTE)
    if not named:
        return None
    low, central, high = (_atom(one) for one in named[0].value.at(named[0].start).atoms)
    return Estimate(central, low, high)


# ---- staff and the promise (question 3)


@computed("fte", 2)
def posts(runs: Runs) -> Found:
    """Established posts at the end of the run."""
    return _atom(runs.scenario.at(FTE, Reader(runs.scenario).mondays[-1]))


def _kept_promise(runs: Runs, contact: str, least: float | None = None) -> float:
    enough = _central(runs, "statistics.coverage") if least is None else least
    return _share(runs.promised(contact) >= enough)


@computed("percent")
def kept_approached(runs: Runs) -> Found:
    """The promise that the team can keep: the share approached in at least as many draws as asked."""
    least = 1 - _central(runs, "statistics.probability")
    return PERCENT * float(np.quantile(runs.promised("approached"), least))


@computed("percent")
def kept_spoken(runs: Runs) -> Found:
    """The same for conversations."""
    least = 1 - _central(runs, "statistics.probability")
    return PERCENT * float(np.quantile(runs.promised("spoken"), least))


@computed("percent")
def ceiling(runs: Runs) -> Found:
    """The most that staff alone reaches, where no staff keeps the promise at central assumptions."""
    top = runs.staff(drawn=False).ceiling
    return None if top is None else PERCENT * top.share


@computed("percent")
def smaller(runs: Runs) -> Found:
    """A smaller promise, beside the one of the scenario."""
    _central(runs, "statistics.coverage")
    return PERCENT * SMALLER


def _need(staff: Staff) -> Estimate | None:
    if staff.fte is None or staff.low is None or staff.high is None:
        return None
    return Estimate(staff.fte, staff.low, staff.high)


@computed("persons")
def group_at_start(runs: Runs) -> Found:
    """People in the group before the first week."""
    return float(sum(_stock(runs, name) for name, _ in runs.scenario.value("people.stock").cells))


def _stock(runs: Runs, name: str) -> float:
    # by way of the value, as looking up the day of the start would make the number rest on that day
    return _atom(runs.scenario.value("people.stock").segment(name).central)


@computed("persons")
def people_per_post(runs: Runs) -> Found:
    """People in the group at the start, for each established post at the end."""
    own = posts(runs)
    start = group_at_start(runs)
    assert isinstance(own, float)
    assert isinstance(start, float)
    return start / own if own else None


# ---- inflow, frequency, corona (questions 4, 5, 6, 15)


@computed("percent")
def noticed(runs: Runs) -> Found:
    """Share of the group from which more waiting is called clearly more."""
    _central(runs, "run.seed")
    return PERCENT * NOTICED


@computed("percent")
def crowded_out(runs: Runs) -> Found:
    """Chance that after a year clearly more people wait for a follow-up than would without newcomers."""
    more = runs.at("overdue", MOST) - runs.at("overdue", MOST, "no_inflow")
    return _share(more > NOTICED * runs.at("group_size", MOST))


@computed("persons")
def once_a_year_people(runs: Runs) -> Found:
    """Older active people and people limited by health, in the group at the start."""
    start = group_at_start(runs)
    assert isinstance(start, float)
    parts = [_segment(runs, name) for name in ("active_60_plus", "health_limited")]
    low, central, high = (start * sum(one[k] for one in parts) for k in range(3))
    return Estimate(central, low, high)


def _segment(runs: Runs, name: str) -> list[float]:
    day = runs.scenario.start
    return [_atom(one) for one in runs.scenario.timeline("people.segment_share").at(day, name).atoms]


@computed("hours")
def hours_once_a_year(runs: Runs) -> Found:
    """Hours of the team in a year that conversations with these people take: what one fewer saves."""
    shares = np.sum([_segment(runs, name) for name in ("active_60_plus", "health_limited")], axis=0)
    hours = estimate(runs.per_year("hours_used"))
    low, central, high = (
        float(a * (b or 0.0)) for a, b in zip(shares, (hours.low, hours.value, hours.high), strict=True)
    )
    return Estimate(central, low, high)


@computed("fte", 1)
def fte_once_a_year(runs: Runs) -> Found:
    """The same in posts: hours saved over the hours for contact of one post."""
    hours, own = hours_once_a_year(runs), posts(runs)
    assert isinstance(own, float)
    assert isinstance(hours, Estimate)
    per_post = float(np.median(runs.per_year("hours_available"))) / own if own else 0.0
    if not per_post:
        return None
    low, central, high = ((part or 0.0) / per_post for part in (hours.low, hours.value, hours.high))
    return Estimate(central, low, high)


def _stop(runs: Runs) -> tuple[datetime.date, datetime.date] | None:
    """Return first day of the contact stop and the day it ends; None without one, or without end."""
    named = [change for change in runs.scenario.changes if change.name == STOP]
    for change in named:
        runs.scenario.timeline(change.path)
    return (named[0].start, named[0].until) if named and named[0].until else None


@computed("weeks")
def stop_weeks(runs: Runs) -> Found:
    """Weeks without conversations at home, and with few at the office."""
    found = _stop(runs)
    return (found[1] - found[0]).days / 7 if found else None


@computed("conversations")
def stop_conversations(runs: Runs) -> Found:
    """First conversations fewer by the end of the stop, because of it."""
    found = _stop(runs)
    if found is None:
        return None
    until = runs.week(found[1])
    own, free = (runs.until("first_conversations", until, name) for name in (OWN, NO_STOP))
    return estimate(np.maximum(free - own, 0))


@computed("persons")
def stop_backlog(runs: Runs) -> Found:
    """People of the backlog who still wait at the end of the stop, because of it."""
    found = _stop(runs)
    if found is None:
        return None
    until = runs.week(found[1])
    return _more(runs.at("backlog", until) - runs.at("backlog", until, NO_STOP))


# ---- money (question 16)


@computed("fte", 1)
def budget_posts_low(runs: Runs) -> Found:
    """Posts for a year that the smaller of the two amounts pays."""
    amount, cost = _ends(runs, "costs.extra_budget_per_year"), _ends(runs, "costs.fte_all_in")
    return _paid(amount.low or 0.0, cost)


@computed("fte", 1)
def budget_posts_high(runs: Runs) -> Found:
    """Posts for a year that the larger amount pays."""
    amount, cost = _ends(runs, "costs.extra_budget_per_year"), _ends(runs, "costs.fte_all_in")
    return _paid(amount.high or 0.0, cost)


def _paid(amount: float, cost: Estimate) -> Estimate:
    low, central, high = (amount / (one or 1.0) for one in (cost.high, cost.value, cost.low))
    return Estimate(central, low, high)


# ---- small groups and pilots (questions 7, 11, 14, 17, 18)


@computed("percentage_points", 1)
def pilot_detectable(runs: Runs) -> Found:
    """Smallest rise that the pilot would mostly find, drawn by lot in two equal parts."""
    bases = _ends(runs, "contact.second_letter_conversion")
    found = [
        small_numbers.detectable(float(base), "halves", runs.scenario)
        for base in (bases.low, bases.value, bases.high)
        if base is not None
    ]
    return Estimate(found[1], min(found), max(found))


@computed("persons")
def private_problems(runs: Runs) -> Found:
    """Of all people out of sight, how many would have private problems, had the people asked been drawn."""
    asked = int(value(small_numbers.ASKED))
    yes = grim.nearest(value(small_numbers.QUOTED["private_problems"]), asked)
    level = _central(runs, "statistics.confidence")
    found = intervals.count(yes, asked, int(value(small_numbers.OUT_OF_SIGHT)), confidence=level)
    return Estimate(None, found.low, found.high)


@computed("percent")
def circumstances_share(runs: Runs) -> Found:
    """The share of all people for whom circumstances stand in the way, had the people asked been drawn."""
    asked, everyone = int(value(small_numbers.ASKED)), int(value(small_numbers.OUT_OF_SIGHT))
    yes = grim.nearest(value(small_numbers.QUOTED["circumstances"]), asked)
    found = intervals.count(yes, asked, everyone, confidence=_central(runs, "statistics.confidence"))
    return Estimate(None, PERCENT * found.low / everyone, PERCENT * found.high / everyone)


@computed("percent")
def districts_power(runs: Runs) -> Found:
    """Chance that a fair test of teams sees what contact may do, in the districts of the debt pilot."""
    scenario = runs.scenario
    treated, teams = int(value(small_numbers.DISTRICTS)), int(_central(runs, small_numbers.TEAMS))
    people = round(sum(map(value, small_numbers.FRAME)) / teams)
    base = _central(runs, small_numbers.BASE)
    after = base + _central(runs, "pilots.effect_social_activation")
    icc, alpha = scenario.value(small_numbers.LIKENESS), _central(runs, "statistics.alpha")
    found = [
        PERCENT * power.clusters(after, base, treated, teams - treated, people, _atom(one), alpha=alpha)
        for one in (icc.high, icc.central, icc.low)
    ]
    return Estimate(found[1], found[0], found[2])


@computed("percent")
def participants_share(runs: Runs) -> Found:
    """Where the true share may lie when every other participant gains: limits of so few people."""
    people = int(value(small_numbers.PARTICIPANTS))
    level = _central(runs, "statistics.confidence")
    found = intervals.proportion(people // 2, people, method="clopper-pearson", confidence=level)
    return Estimate(None, PERCENT * found.low, PERCENT * found.high)


@computed("persons")
def survey_answers(runs: Runs) -> Found:
    """A number of answers for which the margin is told."""
    _central(runs, "statistics.confidence")
    return float(small_numbers.LAST)


@computed("percentage_points")
def survey_error(runs: Runs) -> Found:
    """How far the outcome of that many answers may lie from the truth, to either side."""
    many, level = small_numbers.LAST, _central(runs, "statistics.confidence")
    found = intervals.proportion(many // 2, many, method="clopper-pearson", confidence=level)
    return PERCENT * float(found.width) / 2


ROWS: Mapping[str, tuple[Callable[[Runs], Found], str, int]] = {
    # chance that everybody of the backlog has been approached by the day that the letter names
    "backlog_in_time": (lambda r: _backlog_gone(r, OWN), "percent", 0),
    # the same with the fewest extra posts that are held possible
    "backlog_in_time_few": (lambda r: _backlog_gone(r, "few_extra"), "percent", 0),
    # the same with the most extra posts that are held possible
    "backlog_in_time_most": (lambda r: _backlog_gone(r, "most_extra"), "percent", 0),
    # people of the backlog not yet approached on that day
    "backlog_left": (lambda r: estimate(r.at("backlog", r.week(_day(GONE)))), "persons", 0),
    # weeks from the letter to the day that it names
    "weeks_left": (lambda r: (_day(GONE) - _day(LETTER)).days / 7, "weeks", 0),
    # people to approach in a month, to be ready in time
    "backlog_per_month": (
        lambda r: value(BACKLOG) / ((_day(GONE) - _day(LETTER)).days / 365.25 * 12),
        "persons",
        0,
    ),
    # share of the people that the promise must hold for
    "coverage": (lambda r: PERCENT * _central(r, "statistics.coverage"), "percent", 0),
    # chance that the promise is kept: nearly everybody approached in a year
    "promise_approached": (lambda r: _kept_promise(r, "approached"), "percent", 0),
    # chance that the promise is kept when it is a conversation
    "promise_spoken": (lambda r: _kept_promise(r, "spoken"), "percent", 0),
    # share of the people of the promise that were approached in the last year of the run
    "approached_share": (lambda r: estimate(r.promised("approached"), PERCENT), "percent", 0),
    # share of the people of the promise that were spoken to in the last year of the run
    "spoken_share": (lambda r: estimate(r.promised("spoken"), PERCENT), "percent", 0),
    # posts that the promise needs; not there where no staff keeps it, or none in part of the draws
    "need": (lambda r: None if r.staff(drawn=False).ceiling else _need(r.staff()), "fte", 1),
    # chance that the smaller promise is kept
    "promise_smaller": (lambda r: _kept_promise(r, "approached", SMALLER), "percent", 0),
    # posts that the smaller promise needs
    "need_smaller": (lambda r: _need(r.staff(coverage=SMALLER)), "fte", 1),
    # people in the group who had been spoken to before the first week
    "spoken_at_start": (lambda r: _stock(r, "spoken"), "persons", 0),
    # people of the group who had never been approached before the first week
    "backlog_at_start": (lambda r: _stock(r, "never_invited"), "persons", 0),
    # people of the backlog not yet approached after a year, and still in the group
    "backlog_after_year": (lambda r: estimate(r.at("backlog", MOST)), "persons", 0),
    # hours that a conversation costs, letters, calls, travel and missed appointments included
    "hours_per_conversation": (
        lambda r: estimate(r.total("hours_used") / np.maximum(r.total("conversations"), 1)),
        "hours",
        1,
    ),
    # conversations of the team in a year
    "conversations_per_year": (lambda r: estimate(r.per_year("conversations")), "conversations", 0),
    # how many more people wait for a follow-up after a year than without newcomers
    "crowded_out_people": (
        lambda r: _more(r.at("overdue", MOST) - r.at("overdue", MOST, "no_inflow")),
        "persons",
        0,
    ),
    # how many more of the backlog still wait after a year when newcomers go first
    "newest_first_people": (
        lambda r: _more(r.at("backlog", MOST, "newest_first") - r.at("backlog", MOST)),
        "persons",
        0,
    ),
    # people who join the group in a year
    "newcomers": (lambda r: _ends(r, "people.inflow_per_week", 365.25 / 7), "persons", 0),
    # chance that at the end of the run more of the backlog waits because of the stop
    "stop_chance": (lambda r: _share(r.at("backlog") > r.at("backlog", -1, NO_STOP)), "percent", 0),
    # the whole number of people nearest to the share that was quoted
    "circumstances_people": (
        lambda r: float(
            grim.nearest(value(small_numbers.QUOTED["circumstances"]), int(value(small_numbers.ASKED)))
        ),
        "persons",
        0,
    ),
    # posts needed on average in the first year when the extra people come evenly
    "first_year_posts": (lambda r: value("Z006") / 2, "fte", 1),
    # people for each post, in the proposal
    "norm": (lambda r: value("Z005") / value("Z006"), "persons", 0),
}
"""Numbers that are one expression: function, unit and decimals."""
COMPUTED.update(ROWS)
