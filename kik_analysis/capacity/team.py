"""From established posts to client minutes in each week, and to what a team may promise: one visible chain.

Contract, public holidays and leave; sickness and training (or the published norm, which contains average
sickness already and is never combined with it); posts filled, less what departures cost; then the share of
client time. All sums are exact fractions until the last step, so every machine gets the same whole minutes.
"""

import bisect
import calendar
import collections
import datetime
import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Channel, Floats, Integers, Kind
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import Value
from kik_analysis.statistics.rounding import half_up, written

FTE = "team.fte"
#: Weeks in a mean year of 365.25 days.
WEEKS_PER_YEAR = Fraction(1461, 28)
WORKDAYS_PER_WEEK = 5
_WORKDAYS_PER_YEAR = WEEKS_PER_YEAR * WORKDAYS_PER_WEEK
#: Parameters of hours that may change within a run.
DATED = (FTE, "team.vacancy_share", "team.sickness_share", "team.client_time_share", "policy.extra_for")
_MONTHS = tuple(name.lower() for name in calendar.month_name)[1:]


def added(scenario: Scenario, day: datetime.date) -> float:
    """Posts that dated changes add to a scenario's own on a day."""
    values = (scenario.without_set(FTE).timeline(FTE), scenario.value(FTE))
    both, own = (float(one.at(day).central) for one in values)  # type: ignore[arg-type]
    return round(both - own, 6)


def established(scenario: Scenario, day: datetime.date) -> float:
    """Posts of a scenario on a day without what dated changes add: in these terms staff is asked."""
    return round(float(scenario.at(FTE, day)) - added(scenario, day), 6)  # type: ignore[arg-type]


def present(reader: Reader) -> list[float]:
    """Posts that are filled each Monday (bezetting): established posts (formatie), less those vacant."""
    days = (reader.numbers(path, reader.mondays) for path in (FTE, "team.vacancy_share"))
    pairs = list(zip(*days, strict=True))
    known = {one: float(written(one[0]) * (1 - written(one[1]))) for one in set(pairs)}
    return [known[one] for one in pairs]


def gone(reader: Reader) -> Fraction:
    """Share of hours that departures cost: all until a successor comes, half while one learns."""
    lost = reader.exact("team.hiring_weeks") + reader.exact("team.learning_weeks") / 2
    return min(Fraction(1), reader.exact("team.turnover_rate") * lost / WEEKS_PER_YEAR)


def posts_in_places(reader: Reader) -> list[Fraction]:
    """Established posts in places of caseworkers by week: of the start, or with fixed ones of each Monday."""
    fixed = reader.atom("team.organisation") == "fixed_contact_person"
    part = reader.exact("team.fte_per_caseworker")
    posts = reader.numbers(FTE, reader.mondays if fixed else (reader.start,))
    known = {one: written(one) / part for one in set(posts)}
    return [known[one] for one in posts] * (1 if fixed else len(reader.mondays))


def caseworkers(reader: Reader) -> dict[str, Any]:
    """Places of caseworkers that are followed one by one, through spells of sickness and departures.

    ``reader``: the scenario. Returns fields of ``Compiled``; the minutes of the team hold the means already.
    As many places as posts at the start; with fixed contact persons as many as posts in each week. A team
    that is less than half a place is one caseworker all the same.
    """
    spells = reader.atom("team.sickness_form") == "spells"
    departs = reader.atom("team.turnover_form") == "events"
    fixed = reader.atom("team.organisation") == "fixed_contact_person"
    places: list[int] = []
    for one, weeks in itertools.groupby(posts_in_places(reader)):
        places += [max(int(fixed or one > 0), half_up(one))] * len(list(weeks))
    share = np.array(reader.numbers("team.sickness_share", reader.mondays)) * spells
    ends = min(1.0, 1 / reader.number("team.sickness_spell_weeks"))
    hiring, learning = (half_up(reader.exact(f"team.{name}_weeks")) for name in ("hiring", "learning"))
    rate = float(reader.exact("team.turnover_rate") / WEEKS_PER_YEAR) * departs
    stays = 1 - rate * (hiring + learning)
    if stays <= 0:
        raise ModelError(
            f"{reader.where('team.turnover_rate')}: places stay empty or learning for good "
            f"(got {hiring + learning} weeks of hiring and learning; expected fewer than {1 / rate:.0f})"
        )
    followed = spells or departs or fixed
    return {
        "caseworkers": max(places) if followed else 0,
        "places": np.array(places) * followed,
        "fixed_person": fixed,
        "takeover_weeks": round(reader.number("team.takeover_weeks")),
        "sick_share": share,
        "sick_begins": np.minimum(1, ends * share / np.maximum(1 - share, 1e-12)),
        "sick_ends": ends,
        "goes": min(1.0, rate / stays),
        "hiring_weeks": hiring,
        "learning_weeks": learning,
    }


@functools.cache
def _workdays(year: int, month: int) -> int:
    days = calendar.monthrange(year, month)[1]
    return sum(datetime.date(year, month, d).weekday() < WORKDAYS_PER_WEEK for d in range(1, days + 1))


_Day = tuple[int, int, tuple[int, ...]]  # month, its working days, number of the period of each of ``DATED``


@functools.lru_cache(maxsize=64)
def _calendar(
    mondays: tuple[datetime.date, ...], changes: tuple[tuple[datetime.date, ...], ...]
) -> tuple[list[list[tuple[_Day, int]]], list[int]]:
    """Kinds of weeks, each as kinds of working days and how many; and of which kind every week is."""
    number: dict[tuple[_Day, ...], int] = {}
    kinds = []
    for monday in mondays:
        days = (monday + datetime.timedelta(days=k) for k in range(WORKDAYS_PER_WEEK))
        week = tuple(
            (d.month, _workdays(d.year, d.month), tuple(bisect.bisect_right(dates, d) for dates in changes))
            for d in days
        )
        kinds.append(number.setdefault(week, len(number)))
    return [list(collections.Counter(week).items()) for week in number], kinds


def _weekly(reader: Reader, lasting: Value | None) -> tuple[list[int], int, list[int]]:
    """Client minutes in each kind of week, as whole numbers over one denominator, and the kind of every week.

    ``lasting``: posts that do not go again, where it is about those above them that are tied; else None. A
    change within a week counts from its own working day.
    """
    steps = {path: tuple(reader.steps(path)) for path in DATED}
    if lasting:
        steps[FTE] = tuple(sorted({*steps[FTE], *(day for day in lasting.starts if day > reader.start)}))
    *values, extra = ([reader.start, *days] for days in steps.values())
    fte, vacant, sick, client = (
        [reader.exact(path, day) for day in days] for path, days in zip(DATED, values, strict=False)
    )
    ties = [reader.atom(DATED[-1], day) == "never_invited" for day in extra]
    z, remain = reader.draw.get(FTE), [lasting.at(day) for day in values[0]] if lasting else []
    above = [now - written(reader.number_of(FTE, one, z)) for now, one in zip(fte, remain, strict=False)]
    spent = ("contract", "public_holiday", "leave", "training")
    contract, holidays, leave, training = (reader.exact(f"team.{what}_hours") for what in spent)
    norm = reader.exact("team.productive_hours_norm")
    by_norm, stays = reader.atom("team.hours_basis") == "norm", 1 - gone(reader)
    paid, year = (contract - holidays) / _WORKDAYS_PER_YEAR, contract - holidays - leave
    free = [leave * reader.exact("team.leave_pattern", name=month) for month in _MONTHS]
    well, none, taught = [1 - one for one in sick], Fraction(0), training / _WORKDAYS_PER_YEAR

    @functools.cache
    def staff(posts: int, vacancy: int, share: int, tie: int) -> Fraction:
        """Posts that are filled, in the time that is for clients: all, or those above that are tied."""
        found = max(none, above[posts]) * ties[tie] if lasting else fte[posts]
        return found * (1 - vacant[vacancy]) * stays * client[share]

    weeks, kinds = _calendar(reader.mondays, tuple(steps.values()))
    hours = {}
    for month, workdays, periods in {day for week in weeks for day, _ in week}:
        posts, vacancy, sickness, share, tie = periods
        if part := staff(posts, vacancy, share, tie):  # at work: after holidays, and leave by the month
            each = max(none, paid - free[month - 1] / workdays)
            part *= norm * each / year if by_norm else max(none, each * well[sickness] - taught)
        hours[month, workdays, periods] = part
    below = math.lcm(*(one.denominator for one in hours.values()))
    whole = {day: one.numerator * (below // one.denominator) for day, one in hours.items()}
    return [60 * sum(n * whole[day] for day, n in week) for week in weeks], below, kinds


def exact_minutes(reader: Reader) -> list[Fraction]:
    """Client minutes of the team in each week; a change within a week counts from its own working day."""
    minutes, below, kinds = reader.once(_weekly, None)
    exact = [Fraction(one, below) for one in minutes]
    return [exact[kind] for kind in kinds]


def minutes(reader: Reader, *, tied: bool = False) -> Integers:
    """Client minutes of the team in each week, whole minutes, rounded half up.

    ``reader``: the scenario. ``tied``: only of posts that go again (what dated changes with an end add to the
    others of that day), if they are tied to people not yet approached.
    """
    exact, below, kinds = reader.once(_weekly, reader.scenario.lasting(FTE) if tied else None)
    return np.array([(2 * one + below) // (2 * below) for one in exact], dtype=np.int64)[kinds]


@functools.lru_cache(maxsize=16)
def places_in(first: tuple[datetime.date, ...], mondays: Sequence[datetime.date]) -> Integers:
    """Number of the period of every working day, (week, day)."""
    days = [[monday + datetime.timedelta(days=k) for k in range(WORKDAYS_PER_WEEK)] for monday in mondays]
    return np.array([[bisect.bisect_right(first, day) - 1 for day in week] for week in days])


@dataclass(frozen=True)
class Reserve:
    """Hours that are not for everybody, by week.

    ``tied``: client minutes of posts tied to people not yet approached. ``follow_up``, ``first``: shares of
    all minutes that are kept for follow-ups, and for first conversations.
    """

    tied: Integers
    follow_up: Floats
    first: Floats

    def limits(self, minutes: Integers, horizon: Floats) -> dict[str, Integers]:
        """How much may be promised: to all, to people never spoken to, and by all but first invitations.

        To people never spoken to not what is kept for follow-ups; by all but first invitations not what is
        kept for first conversations, nor the hours of posts tied to people not yet approached.
        """
        first, others = minutes * (1 - self.follow_up), (minutes - self.tied) * (1 - self.first)
        parts = {"": minutes, "_first": np.floor(first + 1e-9), "_others": np.floor(others + 1e-9)}
        return {f"promise_limit{n}": promised(part.astype(np.int64), horizon) for n, part in parts.items()}


def reserve(reader: Reader) -> Reserve:
    """Return what is kept of the hours; every working day counts from its own date."""
    path = "policy.reserved_share"
    first = reader.periods((path,))
    place = places_in(tuple(first), reader.mondays)
    held = (np.array([reader.number(path, day, n) for day in first]) for n in ("follow_up", "first"))
    return Reserve(minutes(reader, tied=True), *(shares[place].mean(axis=1) for shares in held))


def plan_weeks(fields: Mapping[str, Any]) -> Floats:
    """Weeks of hours that a team promises ahead in each week: the mean way from a first letter to its talk.

    And a week, for letters go out before the week's talks are held. Of the hours in that time only what talks
    take is promised, on average of first ones and follow-ups: the rest goes to letters. Were more promised,
    appointments would queue up; less, and hours would be idle. All of people met at home.
    """
    home, horizons = Channel.HOME, []
    for k in range(len(fields["attempts"])):
        shares, ways = [], []
        for contact, kind in enumerate((Kind.FIRST, Kind.FOLLOW_UP)):
            number = int(fields["attempts"][k, kind, home])
            silent = 1 - np.asarray(fields["reach"])[0, kind, home]
            sent = np.concatenate([[1.0], np.cumprod(silent)[: number - 1]])  # share who get each letter
            letters = float((sent * np.asarray(fields["letter_minutes"])[kind, home, :number]).sum())
            talk = float(fields["promise_minutes"][k, 0, contact, home].mean())
            shares.append(talk / (talk + letters) if talk else 1.0)
            ways.append(float((sent * fields["answer_weeks"][k, kind, home, :number]).sum()))
        way = ways[0] + float(fields["appointment_weeks"][k, home]) + 1
        horizons.append(max(1.0, way * sum(shares) / len(shares)))
    return np.asarray(np.array(horizons)[np.asarray(fields["period"])[:, 0]])


def promised(minutes: Integers, horizon: Floats) -> Integers:
    """Return how many minutes a team may promise in each week: those of the weeks that it plans ahead.

    After the last week of the run its minutes go on.
    """
    n, whole = len(minutes), horizon.astype(np.int64)
    total = np.cumsum(np.concatenate([[0], minutes, np.repeat(minutes[-1:], whole.max() + 1)]))
    until = np.arange(n) + whole
    part = (horizon - whole) * (total[until + 1] - total[until])
    return np.asarray(total[until] - total[:n] + np.floor(part).astype(np.int64))
