"""The numbers that answers need beyond those of other chapters: a row each, by name.

A row gives a value, an :class:`Estimate` with a range, or None where the number does not exist in this
scenario; sentences then go without it. What it reads is on record, as of every named number.
"""

import datetime
import itertools
import re
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import replace
from typing import Any

import numpy as np

from kik_analysis.answers import wording
from kik_analysis.answers.runs import DAYS, NO_STOP, OWN, Runs
from kik_analysis.answers.wording import estimate
from kik_analysis.capacity import euros
from kik_analysis.capacity.comparison import closed_weeks, stops
from kik_analysis.capacity.compiled import YEAR
from kik_analysis.capacity.results import INTERVAL
from kik_analysis.capacity.team import FTE
from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import PERCENT, Estimate, Number, at_least, measure
from kik_analysis.facts.bounds import bound_number
from kik_analysis.facts.claims import claims, value
from kik_analysis.facts.precision import period
from kik_analysis.language.notation import places
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.pilots import small_numbers as small
from kik_analysis.planning.promise import GONE
from kik_analysis.planning.staff import Staff
from kik_analysis.statistics import power

Found = float | Estimate | None
Row = tuple[Callable[[Runs], Found], str]
"""What finds a number; its unit."""
DECIMALS = dict.fromkeys(("fte", "hours_per_conversation", "pilot_detectable"), 1)
DECIMALS |= {"posts": 2, "coverage": 9, "smaller": 9}  # as asked, not rounded to what cannot be
"""Decimals of a unit, and of numbers by their own name; no other number has any."""
BACKLOG, LETTER = "L051", "L082"
COUNTED = ("persons", "conversations", "hours")
"""Units in which a computed range is told in round numbers."""
_CLAIMED = """asked_error backlog_in_time backlog_left backlog_per_month circumstances_people norm weeks_left
circumstances_share districts_power extra_need extra_posts first_year_posts first_year_range
participants_share pilot_detectable private_problems wij_unsure"""
PUBLISHED = frozenset(re.findall(r"\w+", _CLAIMED))
"""Numbers that rest on claims: a place to which the published history does not belong has none of them."""
BUDGET = "costs.extra_budget_per_year"
ONCE_A_YEAR, NOTICED = ("active_60_plus", "health_limited"), "statistics.noticed_share"


def compute(name: str, runs: Runs) -> Number | None:
    """Return a number of this module; None where it does not exist in this scenario."""
    find, unit = COMPUTED[name]
    decimals = DECIMALS.get(name, DECIMALS.get(unit, 0))

    def once() -> Estimate:
        found = find(runs)
        if isinstance(found, Estimate):
            return wording.told(found, decimals, counted=unit in COUNTED)
        return Estimate(None if found is None else float(found))

    number = measure(f"answers.{name}", once, unit=unit, decimals=decimals, computation=f"{__name__}.{name}")
    parts = [one for one in (number.value, number.low, number.high) if one is not None]
    shown = parts if number.low is None else parts[-2:]
    return replace(number, decimals=max(places(one, decimals) for one in shown)) if shown else None


# ---- what rows share


def _day(claim: str) -> datetime.date:
    """Return the first day that a claim is about; the claim is read."""
    return period(claims()[claim].as_of).first


def _share(holds: Any) -> float:
    return PERCENT * float(np.mean(holds))


def _atom(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _wide(found: Any) -> float:
    return _atom(found.high) - _atom(found.low)


def ends(scenario: Scenario, path: str, factor: float = 1.0) -> Estimate:
    """Return the range of a parameter in the weeks of a run: over all its dates and segments, if it has any.

    ``scenario``, ``path``, ``factor``: whose and which parameter; what each value is multiplied by.
    ModelError when a value is no number.
    """
    found = scenario.timeline(path)
    days = (scenario.start, *(day for day in found.starts if scenario.start < day < scenario.end))
    each = [found.at(day, name).atoms for name in found.names for day in days]
    if not all(isinstance(atom, int | float) for atoms in each for atom in atoms):
        raise ModelError(f"{path} is no single number; a sentence cannot show it")
    low, central, high = (np.array(part, float) * factor for part in zip(*each, strict=True))
    return Estimate(float(central.mean()), float(low.min()), float(high.max()))


def _mapped(change: Callable[..., float], *parts: Estimate) -> Estimate:
    """Return an estimate made of others, end by end."""
    names = ("value", "low", "high")
    return Estimate(*(change(*(getattr(one, name) or 0.0 for one in parts)) for name in names))


def _where(part: Callable[[Runs], Any], find: Callable[[Runs, Any], Found]) -> Callable[[Runs], Found]:
    """Return what finds a number with a part of the run (a week, the stop); None where it has none."""
    return lambda runs: None if (found := part(runs)) is None else find(runs, found)


def _ranged(found: Any, told: Found) -> Found:
    """Return what is told of a range; None where the number that it is about is exact."""
    return told if found.high != found.low else None


def _more(difference: Any) -> Found:
    """Return how many more there are; None where a reader would see none."""
    found = estimate(np.maximum(difference, 0))
    return found if round(found.high or 0) else None


def _stock(runs: Runs, name: str) -> float:
    # by way of the value, as looking up the day of the start would make the number rest on that day
    return _atom(runs.scenario.value("people.stock").segment(name).central)


def _group(runs: Runs) -> float:
    return sum(_stock(runs, name) for name, _ in runs.scenario.value("people.stock").cells)


def _posts(runs: Runs) -> float:
    """Return the posts in the last week: they rest on the changes of posts only where one holds by then."""
    scenario = runs.scenario
    last = Context().run(lambda: scenario.end) - datetime.timedelta(weeks=1)
    unchanged = scenario.value(FTE).at(last) == Context().run(scenario.timeline, FTE).at(last)
    return _atom((scenario.value if unchanged else scenario.timeline)(FTE).at(last).central)


# ---- the backlog (question 2), the promise (3) and what it takes


def _due(runs: Runs) -> int | None:
    """Return the week before the letter's day; None where that day lies outside the run."""
    day = _day(GONE)
    return runs.week(day) if runs.scenario.start < day <= runs.scenario.end else None


def _year(runs: Runs) -> int | None:
    """Return the week after the first year; there is none in a shorter run."""
    return YEAR if len(runs.kept().mondays) > YEAR else None


def _weeks_left(_: Runs) -> float:
    return (_day(GONE) - _day(LETTER)).days / 7


def _extra_posts(runs: Runs, due: int) -> Found:
    """Return the posts that end again in the weeks before the letter's day; None without any."""
    now, stays = runs.scenario.timeline(FTE), runs.scenario.lasting(FTE)
    each = [[one.at(day).atoms for one in (now, stays)] for day in runs.kept().mondays[: due + 1]]
    found = ([round(_atom(a) - _atom(b), 6) for a, b in zip(*one, strict=True)] for one in each)
    if not (more := [one for one in found if one[1] > 0]):
        return None
    low, central, high = zip(*more, strict=True)
    return Estimate(max(central), min(low), max(high))


def _promise(runs: Runs, contact: str) -> float:
    return _share(runs.promised(contact) >= runs.scenario.central("statistics.coverage"))


def _kept(runs: Runs, contact: str) -> float | None:
    """Return the share reached in as many draws as is promised, not rounded up to that; None for nobody."""
    asked, sure = (runs.scenario.central(f"statistics.{one}") for one in ("coverage", "probability"))
    found = float(np.quantile(runs.promised(contact), 1 - sure))
    if not round(PERCENT * found):
        return None
    return at_least(found) if found < asked <= found + 0.005 else PERCENT * found


def _ceiling(runs: Runs) -> float | None:
    """Return the most that any staff reaches, where it keeps the team from its promise in most draws."""
    top = runs.staff(drawn=False).ceiling
    return at_least(top.share) if top and _promise(runs, "approached") < PERCENT / 2 else None


def _hours(runs: Runs) -> Found:
    """Return the hours of the team per conversation; None where most calculations hold none."""
    used, talks = runs.total("hours_used"), runs.total("conversations")
    return estimate((used / np.maximum(talks, 1))[talks > 0]) if np.median(talks) else None


def _need(staff: Staff) -> Estimate | None:
    if staff.fte is None or staff.low is None or staff.high is None:
        return None
    # a range alone: the central assumptions need not lie inside it
    return Estimate(None, staff.low + staff.added, staff.high + staff.added)


def _need_smaller(runs: Runs) -> Estimate | None:
    return _need(runs.staff(coverage=runs.scenario.central("statistics.smaller_coverage")))


# ---- inflow, frequency, corona, money (questions 4, 5, 15, 16)


def _always(runs: Runs, path: str, word: str) -> Found:
    """Return 1 where a choice is this word, or begins with it, in the whole run; else None."""
    said = [amount.central for _, _, amount in runs.scenario.timeline(path).amounts()]
    return 1.0 if all(word in (one, one[0] if isinstance(one, tuple) else one) for one in said) else None


def _crowded(runs: Runs, week: int) -> Any:
    return runs.at("overdue", week) - runs.at("overdue", week, "no_inflow")


def _once_a_year(runs: Runs) -> Estimate:
    """Return which share of the group older active people and people limited by health are."""
    timeline = runs.scenario.timeline("people.segment_share")
    parts = [[_atom(one) for one in timeline.at(runs.scenario.start, name).atoms] for name in ONCE_A_YEAR]
    low, central, high = (sum(one[k] for one in parts) for k in range(3))
    return Estimate(central, low, high)


def _hours_once_a_year(runs: Runs) -> Estimate:
    """Return hours of the team in a year that conversations with these people take: what one fewer saves."""
    scenario, start = runs.scenario, runs.scenario.start
    share, weeks = scenario.timeline("people.segment_share"), scenario.timeline("policy.interval_weeks")
    each = {name: _atom(share.at(start, name).central) for name in share.names}
    # who is spoken to more often than once a year has part of the hours for one talk
    talks = sum(part * YEAR / _atom(weeks.at(start, name).central) for name, part in each.items())
    once = round(sum(each.values()) / talks, 6)
    return _mapped(lambda a, b: a * b * once, _once_a_year(runs), estimate(runs.per_year("hours_used")))


def _fte_once_a_year(runs: Runs) -> Estimate | None:
    # hours of a post: those of the whole run over all its posts, which need not be those of its last week
    fte = runs.scenario.timeline(FTE)
    posts = float(np.mean([_atom(fte.at(day).central) for day in runs.kept().mondays]))
    per_post = float(np.median(runs.per_year("hours_available"))) / posts if posts else 0.0
    return _mapped(lambda hours: hours / per_post, _hours_once_a_year(runs)) if per_post else None


def _stop(runs: Runs) -> tuple[float, int, bool] | None:
    """Return how many weeks of the run the stop lasts, its last, and whether it ends there; None without."""
    for change in stops(runs.scenario):
        runs.scenario.timeline(change.path)
    if not (closed := closed_weeks(runs.scenario)):
        return None
    mondays = runs.kept().mondays
    return float(len(closed)), mondays.index(closed[-1]), closed[-1] < mondays[-1]


def _more_waiting(runs: Runs, week: int) -> Any:
    return runs.at("backlog", week) - runs.at("backlog", week, NO_STOP)


def _stop_conversations(runs: Runs, stop: tuple[float, int, bool]) -> Found:
    own, free = (runs.total("first_conversations", name, until=stop[1]) for name in (OWN, NO_STOP))
    return _more(free - own)


def _paid(runs: Runs, end: str) -> Estimate:
    """Return the posts that one end of the extra budget pays for a year."""
    amount = getattr(ends(runs.scenario, BUDGET), end) or 0.0
    cost = euros.post(runs.scenario)
    low, central, high = (amount / (one or 1.0) for one in (cost.high, cost.value, cost.low))
    return Estimate(central, low, high)


def _lacking(runs: Runs) -> Found:
    """Return how many posts more than it has the team needs for the smaller promise."""
    found, own = _need_smaller(runs), _posts(runs)
    return found and replace(_mapped(lambda end: max(end - own, 0.0), found), value=None)


# ---- small groups and pilots (questions 7, 10, 11, 14, 18)


def _detectable(runs: Runs) -> Estimate:
    """Return the smallest rise that halves of the pilot's people show, whoever comes without it."""
    found = [small.rises(base, "halves", runs.scenario)[0] for base in small.BASES]
    return Estimate(None, min(found), max(found))


def _percents(found: Any, whole: float = 1.0) -> Estimate:
    """Return limits as percents of a whole."""
    return Estimate(None, PERCENT * found.low / whole, PERCENT * found.high / whole)


def _asked_share(runs: Runs) -> Any:
    found = small.drawn(small.said("circumstances"), runs.scenario)
    return _percents(found, value(small.OUT_OF_SIGHT))


def _survey_answers(runs: Runs) -> float:
    """Return the fewest answers of which half says yes whose limits are as near as a sample asks."""
    margin = runs.scenario.central("statistics.survey_margin")
    # the limits of so many lie a little wider than those of the normal curve
    first = max(2, 2 * int(1 / (8 * margin**2)))
    numbers = itertools.count(first, 2)
    return float(next(n for n in numbers if small.halves(n, runs.scenario).width <= 2 * margin))


def _double_contacts(runs: Runs) -> Estimate:
    share, talks = ends(runs.scenario, "history.wij_share_of_considered"), runs.per_year("conversations")
    return replace(_mapped(lambda a, b: a * b, share, estimate(talks)), value=None)


def _districts_power(runs: Runs) -> Estimate:
    """Return the chance that a fair test of teams sees what contact may do, in the debt pilot's districts."""
    scenario = runs.scenario
    teams, base = small.teams(scenario), scenario.central(small.BASE)
    after = base + scenario.central("pilots.effect_social_activation")
    icc, alpha = scenario.value(small.LIKENESS), scenario.central("statistics.alpha")
    low, central, high = (
        PERCENT * power.clusters(after, base, *teams, _atom(one), alpha=alpha)
        for one in (icc.high, icc.central, icc.low)
    )
    return Estimate(central, low, high)


COMPUTED: Mapping[str, Row] = {
    # question 2: chance that everybody of the backlog was approached by the day that the letter names
    "backlog_in_time": (_where(_due, lambda r, week: _share(r.at("backlog", week) == 0)), "percent"),
    "extra_posts": (_where(_due, _extra_posts), "fte"),
    "extra_need": (_where(_due, lambda r, _: _need(r.staff(backlog=True, by=_day(GONE)))), "fte"),
    # people of the backlog not yet approached on that day
    "backlog_left": (_where(_due, lambda r, week: _more(r.at("backlog", week))), "persons"),
    "weeks_left": (_weeks_left, "weeks"),
    "backlog_per_month": (lambda r: value(BACKLOG) / (_weeks_left(r) * 7 / DAYS * 12), "persons"),
    # question 3: established posts at the end of the run, the group at its start, people per post
    "posts": (_posts, "fte"),
    "group_at_start": (_group, "persons"),
    "people_per_post": (lambda r: _group(r) / _posts(r) if _posts(r) else None, "persons"),
    # the promise: share of the people that it holds for; chance that it is kept, by approach or conversation
    "coverage": (lambda r: PERCENT * r.scenario.central("statistics.coverage"), "percent"),
    "promise_approached": (lambda r: _promise(r, "approached"), "percent"),
    "promise_spoken": (lambda r: _promise(r, "spoken"), "percent"),
    # the promise that the team can keep
    "kept_approached": (lambda r: _kept(r, "approached"), "percent"),
    "kept_spoken": (lambda r: _kept(r, "spoken"), "percent"),
    # share of the people of the promise approached, or spoken to, in the last year of the run
    "approached_share": (lambda r: estimate(r.promised("approached"), PERCENT), "percent"),
    "spoken_share": (lambda r: estimate(r.promised("spoken"), PERCENT), "percent"),
    # posts that it needs; not there where no staff keeps it, or none in some draws: the ceiling is then
    "need": (lambda r: None if r.staff(drawn=False).ceiling else _need(r.staff()), "fte"),
    "ceiling": (_ceiling, "percent"),
    # a smaller promise beside it, and the posts that it needs and lacks
    "smaller": (lambda r: PERCENT * r.scenario.central("statistics.smaller_coverage"), "percent"),
    "need_smaller": (_need_smaller, "fte"),
    "lacking": (_lacking, "fte"),
    # before the first week: people spoken to, and never approached; the latter after a year
    "spoken_at_start": (lambda r: _stock(r, "spoken"), "persons"),
    "backlog_at_start": (lambda r: _stock(r, "never_invited"), "persons"),
    "backlog_after_year": (
        _where(
            _year, lambda r, week: estimate(r.at("backlog", week)) if _stock(r, "never_invited") else None
        ),
        "persons",
    ),
    # hours that a conversation costs, letters, calls, travel and missed appointments included
    "hours_per_conversation": (_hours, "hours"),
    "conversations_per_year": (lambda r: estimate(r.per_year("conversations")), "conversations"),
    # question 4: share of the group from which more people waiting is called clearly more, and how many
    "noticed": (lambda r: PERCENT * r.scenario.central(NOTICED), "percent"),
    "handful": (lambda r: r.scenario.central(NOTICED) * _group(r), "persons"),
    # chance that after a year clearly more people wait for a follow-up than without newcomers; how many more
    "crowded_out": (
        _where(
            _year, lambda r, t: _share(_crowded(r, t) > r.scenario.central(NOTICED) * r.at("group_size", t))
        ),
        "percent",
    ),
    "crowded_out_people": (_where(_year, lambda r, week: _more(_crowded(r, week))), "persons"),
    # how many more of the backlog still wait after a year when newcomers go first
    "newest_first_people": (
        _where(_year, lambda r, week: _more(r.at("backlog", week, "newest_first") - r.at("backlog", week))),
        "persons",
    ),
    "follow_up_first": (
        lambda r: (
            _always(r, "policy.priority", "follow_up")
            and _always(r, "policy.order_in_queue", "longest_waiting")
        ),
        "count",
    ),
    "newcomers": (lambda r: ends(r.scenario, "people.inflow_per_week", DAYS / 7), "persons"),
    # question 5: these people, what one conversation a year with them takes, and what may come free
    "once_a_year_people": (lambda r: _mapped(lambda share: _group(r) * share, _once_a_year(r)), "persons"),
    "hours_once_a_year": (_hours_once_a_year, "hours"),
    "fte_once_a_year": (_fte_once_a_year, "fte"),
    # none where these people had one talk a year, else one talk's work
    "freed": (lambda r: (found := _fte_once_a_year(r)) and Estimate(found.value, 0.0, found.high), "fte"),
    # question 10: people of whom figures leave open whether WIJ knows them
    "wij_not_invited": (lambda r: _always(r, "policy.wij_rule", "not_invited"), "count"),
    "wij_unsure": (lambda _: _wide(bound_number("known_to_wij")), "persons"),
    # conversations a year with people whom WIJ knows too, if the list of 2019 held back nobody
    "double_contacts": (_double_contacts, "conversations"),
    # question 15: the stop; what it cost until its end; chance that the backlog has caught up by the end
    "stop_weeks": (_where(_stop, lambda _, stop: stop[0]), "weeks"),
    "stop_conversations": (_where(_stop, _stop_conversations), "conversations"),
    "stop_backlog": (_where(_stop, lambda r, stop: _more(_more_waiting(r, stop[1]))), "persons"),
    "stop_caught_up": (
        _where(_stop, lambda r, stop: _share(_more_waiting(r, -1) <= 0) if stop[2] else None),
        "percent",
    ),
    # what a post costs a year, the year of its prices, and how much of what may be lies in a range
    "post_cost": (lambda r: wording.told(euros.post(r.scenario), 0, counted=True), "euro"),
    "prices": (lambda r: float(euros.price_level(r.scenario)), "year"),
    "inside": (lambda r: _ranged(euros.post(r.scenario), PERCENT * INTERVAL), "percent"),
    # question 16: posts for a year that either amount pays, and between both
    "budget_posts_low": (lambda r: _paid(r, "low"), "fte"),
    "budget_posts_high": (lambda r: _ranged(ends(r.scenario, BUDGET), _paid(r, "high")), "fte"),
    "budget_posts": (lambda r: Estimate(None, _paid(r, "low").low, _paid(r, "high").high), "fte"),
    # questions 7, 11, 14, 18: what a pilot finds, and what few people say
    "pilot_detectable": (_detectable, "percentage_points"),
    "private_problems": (
        lambda r: Estimate(None, *small.drawn(small.said("private_problems"), r.scenario)),
        "persons",
    ),
    "circumstances_people": (lambda _: float(small.said("circumstances")), "persons"),
    "circumstances_share": (_asked_share, "percent"),
    # how far the share in the whole group may lie from the middle, to either side
    "asked_error": (lambda r: _wide(_asked_share(r)) / 2, "percentage_points"),
    "participants_share": (
        lambda r: _percents(small.halves(value(small.PARTICIPANTS), r.scenario)),
        "percent",
    ),
    # answers, drawn by lot, with which an outcome lies near enough to the truth
    "survey_answers": (_survey_answers, "persons"),
    "districts_power": (_districts_power, "percent"),
    "pilot_rise": (
        lambda r: PERCENT * r.scenario.central("pilots.effect_social_activation"),
        "percentage_points",
    ),
    # question 17: people for each post in the proposal; posts needed in its first year, evenly and at once
    "norm": (lambda _: value("Z005") / value("Z006"), "persons"),
    "first_year_posts": (lambda _: value("Z006") / 2, "fte"),
    "first_year_range": (lambda _: Estimate(None, value("Z006") / 2, value("Z006")), "fte"),
}
"""Name -> what finds it, and its unit."""
