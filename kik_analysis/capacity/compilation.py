"""A scenario of the parameter files as plain arrays: for its own number of posts, and for any.

Client minutes are proportional to established posts, week by week, and dated changes come on top. So two
chains of hours give those of every number of posts exactly, and only the minutes are packed anew.
"""

from __future__ import annotations

import datetime
import decimal
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kik_analysis.capacity import layout, start, team, willingness
from kik_analysis.capacity.compiled import (
    FIELDS,
    GROUP,
    Approach,
    Channel,
    Compiled,
    Floats,
    Integers,
    Kind,
    Queue,
    Standing,
    along,
    check,
)
from kik_analysis.capacity.reader import Reader, refuse_unsupported
from kik_analysis.capacity.start import Counted
from kik_analysis.capacity.willingness import ROW
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.remarks import CHANNELS, Remark, remark
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL
from kik_analysis.statistics.rounding import half_up, written

_HASTE = 1.5  # most that one week starts, in weeks of hours: waves die out, delays are made up
_APPOINTMENTS_MOST = 100  # as good as no limit: a new appointment is made with rebooked_share each time
_QUEUES = {
    "never_invited": Queue.FIRST,
    "appointment": Queue.APPOINTMENT,
    "follow_up": Queue.FOLLOW_UP,
    "not_reached": Queue.NOT_REACHED,
    "declined": Queue.DECLINED,
}
#: What changes within a run, but is not worked in as a policy, which holds from its own working day on.
_APART = (
    *team.DATED,
    "people.inflow_per_week",
    "people.moved_in",
    "people.within_definition",
    "policy.wij_rule",
    "policy.reserved_share",
)
_APPROACHES = {"first": Queue.FIRST, "declined": Queue.DECLINED, "not_reached": Queue.NOT_REACHED}
_WEEK = 7  # days
#: From this many people per full-time place on a run is announced as absurd: over ten times what anybody
#: reports (``reference.caseload_kik``).
_CROWDED = 10_000


@functools.lru_cache(maxsize=256)
def weekly(rate: float) -> float:
    """Weekly probability that leaves the same share of a group after a mean year as ``rate``.

    Decimal arithmetic, which is the same on every machine.
    """
    if rate >= 1:
        return 1.0
    with decimal.localcontext(prec=40):
        weeks = decimal.Decimal(28) / decimal.Decimal(1461)
        return float(1 - (1 - decimal.Decimal(repr(rate))) ** weeks)


def compile_scenario(
    scenario: Scenario,
    draw: Mapping[str, float] | None = None,
    people: Counted | None = None,
    *,
    reader: Reader | None = None,
) -> Compiled:
    """Compile a scenario for the engines.

    ``scenario``: the frozen scenario. ``draw``: where uncertain parameters lie in their ranges
    (``reader.draw``); without it, at their central values. ``people``: the starting stock counted in a
    register (``start.counted``); by default the published one. ``reader``: of the scenario and the draw,
    where there is one already. ModelError the scenario asks for what cannot exist, or what no engine runs;
    one line per problem, with file and line. Nothing has been simulated by then.
    """
    if noted := reader is None:
        reader = _reader(scenario).drawn(draw or {})
    make, segments = reader.once, reader.names("people.segment_share")
    make(refuse_unsupported)
    first = reader.periods(one.path for one in catalogue() if one.dated and one.path not in _APART)
    most = max(round(reader.number("policy.attempts", day)) for day in first)
    minutes = make(team.minutes)
    answers = make(willingness.rows, segments, most)
    policies = [make(_policy, segments, day, most) for day in first]
    fields: dict[str, Any] = {"name": scenario.name, "start": reader.start, "segments": segments}
    fields |= {name: np.stack([one[name] for one in policies]) for name in policies[0]}
    fields |= {"period": team.places_in(tuple(first), reader.mondays), "minutes_available": minutes}
    fields |= make(team.caseworkers) | make(_work, segments) | make(_letters, most) | answers
    fields |= make(_contact, segments) | make(_people, segments)
    fields["promise_minutes"] = _promises(fields)
    horizon = team.plan_weeks(fields)
    fields |= make(team.reserve).limits(minutes, horizon)
    fields["start_share"] = np.floor(1000 * _HASTE / horizon)
    stock = make(start.stock, segments) if people is None else people.fields(reader)
    compiled = Compiled(**fields | start.consenting(reader, stock))
    check(compiled)
    remarks = (*_absurdities(reader, compiled, make(team.present)), *scenario.warnings)
    if noted:
        reader.note()
    return compiled.replace(warnings=tuple(map(str, remarks))) if remarks else compiled


@functools.lru_cache(maxsize=8)
def _reader(scenario: Scenario, fte: int | None = None) -> Reader:
    """Return what is read of a scenario, and made of it, for all its draws; or of one with other posts."""
    return Reader(scenario if fte is None else scenario.replace({team.FTE: fte}).without_set(team.FTE))


def _policy(reader: Reader, segments: tuple[str, ...], day: datetime.date, most: int) -> dict[str, Any]:
    """What holds from a day on: policies, and how people leave and come in."""

    def each(value: Callable[[str], Any]) -> Any:
        return np.array([value(name) for name in segments])

    def weeks(name: str, segment: str = ALL) -> int:
        return round(reader.number(f"policy.{name}_weeks", day, segment))

    approach, opens = np.zeros(len(Queue), dtype=np.int64), np.ones(len(Queue), dtype=bool)
    for group, queue in _APPROACHES.items():
        approach[queue] = Approach[str(reader.atom(f"policy.approach_{group}", day)).upper()]
        if group != "first":
            opens[queue] = bool(reader.atom(f"policy.reinvite_{group}", day))
    letters = np.full((len(Kind), len(Channel)), round(reader.number("policy.attempts", day)))
    letters[:, Channel.MAIL] += 1
    needs = reader.number("contact.need_share") * reader.number("contact.need_reported_share")
    planned = weeks("appointment")
    agreed = reader.number("people.inflow_contact_agreed", day)
    return {
        "channel": np.array([_met(reader, f"policy.channel_{kind}", day, segments) for kind in CHANNELS]),
        "mail_counts": np.array(bool(reader.atom("policy.mail_is_contact", day))),
        "reminder": each(lambda name: bool(reader.atom("policy.reminder_call", day, name))),
        "approach": approach,
        "opens": opens,
        "interval": each(lambda name: weeks("interval", name)),
        "need": each(lambda name: needs * bool(reader.atom("policy.need_based_frequency", day, name))),
        "need_interval": np.full(len(segments), weeks("need_interval")),
        "lead": each(lambda name: weeks("lead", name)),
        "attempts": letters,
        "answer_weeks": np.full((*letters.shape, most + 1), weeks("attempt_spacing")),
        "appointment_weeks": np.array([planned, planned, min(1, planned), 0]),
        "rebook_weeks": np.array([max(1, planned)] * 2 + [1, 1]),
        "again_declined": np.full(len(segments), weeks("reinvite_delay")),
        "again_not_reached": np.full(len(segments), weeks("reinvite_delay")),
        "exit_probability": _exits(reader, segments, day),
        "entry_status": np.tile([1 - agreed, 0, agreed], (len(segments), 1)),
        "lane": _lanes(reader, segments, day),
        "newest_first": np.array(reader.atom("policy.order_in_queue", day) == "newest_first"),
    }


def _met(reader: Reader, path: str, day: datetime.date, segments: tuple[str, ...]) -> Floats:
    """Shares of the channels, by segment; only a part of visits and office talks stays, the rest moves."""
    apart = segments if any("." in name for name in reader.names(path)) else segments[:1]
    shares = np.array([reader.shares(path, day, segment) for segment in apart])
    stays = reader.number("policy.face_to_face_share", day)
    instead = Channel[str(reader.atom("policy.during_stop", day)).upper()]
    moved = shares[:, : Channel.PHONE].sum(axis=1) * (1 - stays)
    shares[:, : Channel.PHONE] *= stays
    shares[:, instead] += moved
    return np.broadcast_to(shares, (len(segments), len(Channel)))


def _work(reader: Reader, segments: tuple[str, ...]) -> dict[str, Any]:
    """Minutes of a conversation by channel, before contact and after it; a mail takes its answer alone."""

    def minutes(task: str, name: str = ALL) -> int:
        return half_up(reader.number(f"work.minutes_{task}", name=name))

    talks = ((f"talk_home_{kind}", "talk_office", "talk_phone") for kind in ("first", "follow_up"))
    each = [[[minutes(task, name) for name in segments] for task in tasks] for tasks in talks]
    later, phone, mail = (minutes(t) for t in ("registration_follow_up", "registration_phone", "mail_answer"))
    call = minutes("reminder_call")
    return {
        "talk_minutes": [[*one, [0] * len(segments)] for one in each],
        "travel_minutes": [minutes("travel"), 0, 0, 0],
        "registration_minutes": [[minutes("registration")] * 2 + [phone, mail], [later, later, phone, mail]],
        "reminder_minutes": [call, call, 0, 0],
        "missed_minutes": [minutes("missed_appointment")] * 2 + [minutes("call_attempt"), 0],
        "handover_minutes": minutes("warm_handover"),
    }


def _letters(reader: Reader, attempts: int) -> dict[str, Any]:
    """Minutes of letters and calls, and what does not change of what happens after a no or no answer.

    A first letter goes with its calls; a call is announced; an unanswered mail is followed by calls.
    """
    call, letter, announced, mail = (
        reader.exact(f"work.minutes_{task}") for task in ("call_attempt", "letter", "announcement", "mail")
    )
    minutes = np.zeros((len(Kind), len(Channel), attempts + 1), dtype=np.int64)
    phone = half_up(announced + reader.exact("contact.calls_per_attempt") * call)
    for kind, each in zip(Kind, ("attempt", "attempt", "follow_up"), strict=True):
        minutes[kind, : Channel.PHONE] = half_up(letter + reader.exact(f"contact.calls_per_{each}") * call)
        minutes[kind, Channel.PHONE :] = phone
        minutes[kind, Channel.MAIL, 0] = half_up(mail)
    most = round(reader.number("policy.less_noncommittal_people"))
    no_limit = most == reader.scenario.entry("policy.less_noncommittal_people").maximum
    return {
        "letter_minutes": minutes,
        "appointments_max": _APPOINTMENTS_MOST,
        "chosen_most": -1 if no_limit else most,
    }


def _lanes(reader: Reader, segments: tuple[str, ...], day: datetime.date) -> Integers:
    """Letters of running invitations, then the queues in the order of the policy, then what it leaves out.

    Letters take little time and the promise limit keeps them within what can be held. Within a queue the more
    urgent segments go first.
    """
    order = reader.atom("policy.priority", day)
    assert isinstance(order, tuple)
    urgency = [round(reader.number("policy.urgency", name=name)) for name in segments]
    most = max(urgency)
    lane = np.zeros((len(Queue), len(segments)), dtype=np.int64)
    for name, queue in _QUEUES.items():
        place = order.index(name) if name in order else len(order)
        lane[queue] = [1 + place * (most + 1) + most - one for one in urgency]
    return lane


def _services(reader: Reader) -> tuple[float, float]:
    """Weekly probability that services outside end, and that they end in leaving for good."""
    ends = 1 / max(1.0, reader.number("people.services_weeks"))
    return ends, ends * (1 - reader.number("people.services_return_share"))


def _contact(reader: Reader, segments: tuple[str, ...]) -> dict[str, Any]:
    """Contact on people's own initiative, outcomes of conversations, support and services."""

    def each(path: str) -> Floats:
        return np.array([reader.number(path, name=name) for name in segments])

    names = ("support_inside", "services_outside", "own_goals", "no_question")
    outcome = np.stack([each(f"outcomes.{name}") for name in names], axis=-1)
    outcome = outcome / np.maximum(1, outcome.sum(axis=-1, keepdims=True))
    outcome = np.concatenate([outcome, np.maximum(0, 1 - outcome.sum(axis=-1, keepdims=True))], axis=-1)
    ends, leaves = _services(reader)
    per_year = reader.exact("work.own_initiative_per_year") * reader.exact("work.minutes_own_initiative")
    return {
        "initiative_per_1000": half_up(1000 * per_year / team.WEEKS_PER_YEAR),
        "outcome": outcome,
        "support_end": 1 / max(1.0, reader.number("people.support_weeks")),
        "services_end": min(1.0, (ends - leaves) / (1 - leaves)) if leaves < 1 else 0.0,
        "definitive": 1 - reader.number("contact.refusal_not_definitive"),
        "not_reached_again": reader.number("contact.not_reached_invited_again"),
    }


def _promises(fields: dict[str, Any]) -> Integers:
    """What an invitation is expected to need at its start and after a yes.

    Returns ``promise_minutes``: (period, agreed, contact, channel, segment).
    """
    talk, travel = np.array(fields["talk_minutes"]), np.array(fields["travel_minutes"])
    planned = talk + (travel + np.array(fields["registration_minutes"]))[..., None]
    lost = np.minimum((travel + np.array(fields["missed_minutes"]))[:, None], planned)

    @functools.cache
    def needs(contact: int, channel: int, letters: int) -> list[int]:
        held, missed = willingness.meetings(fields, contact, channel, letters)
        minutes = held * planned[contact, channel] + missed * lost[contact, channel]
        return [half_up(one) for one in minutes.tolist()]

    letters = fields["attempts"][:, [Kind.FIRST, Kind.FOLLOW_UP]].tolist()
    promises = np.zeros((len(letters), 2, 2, *talk.shape[1:]), dtype=np.int64)
    for period, agreed, contact, channel in np.ndindex(promises.shape[:-1]):
        answered = needs(contact, channel, 0 if agreed else letters[period][contact][channel])
        promises[period, agreed, contact, channel] = answered
    return promises


def _exits(reader: Reader, segments: tuple[str, ...], day: datetime.date) -> Floats:
    """Weekly probability of leaving from a day on, (standing, segment)."""
    factors = np.ones((len(Standing), 1))
    for word, standings in (
        ("spoken", [Standing.CONTACT, Standing.SUPPORT]),
        ("declined", [Standing.DECLINED]),
        ("not_reached", [Standing.NOT_REACHED]),
    ):
        factors[standings] = reader.number(f"people.exit_multiplier_{word}")
    rates = np.array([weekly(reader.number("people.exit_rate", day, name)) for name in segments])
    exits = np.minimum(1.0, rates * factors)
    exits[Standing.OUTSIDE] = _services(reader)[1]
    return np.asarray(exits)


def _people(reader: Reader, segments: tuple[str, ...]) -> dict[str, Any]:
    """People who come in, and whom another definition of the group brings in or leaves out, week by week."""
    share = np.array([reader.number("people.segment_share", name=name) for name in segments])
    row = np.zeros((2, len(segments), ROW["follow_up"] + 1))
    row[0, :, ROW["new"]] = row[1, :, ROW["follow_up"]] = 1
    sundays = [reader.start, *(monday + datetime.timedelta(days=_WEEK - 1) for monday in reader.mondays)]
    brought = [round(one) for one in reader.numbers("people.moved_in", sundays)]
    within = np.array([reader.numbers("people.within_definition", sundays, name) for name in segments]).T
    # mean arrivals; in a week with a change every day counts from its own date
    path, days = "people.inflow_per_week", [datetime.timedelta(days=k) for k in range(_WEEK)]
    found = np.array(reader.numbers(path, reader.mondays))
    for change in reader.steps(path):
        week, inside = divmod((change - reader.start).days, _WEEK)
        if inside:
            each = (reader.exact(path, reader.mondays[week] + day) for day in days)
            found[week] = float(sum(each) / _WEEK)
    return {
        "inflow_mean": found,
        "inflow_fixed": np.diff(brought),
        "moved": 1 - within[1:] / np.maximum(within[:-1], 1e-12),
        "entry_segment": share / share.sum(),
        "entry_row": row,
    }


def _absurdities(reader: Reader, c: Compiled, fte: list[float]) -> tuple[Remark, ...]:
    """Possible but absurd: what the result and the report say of it. ``fte``: filled posts on each Monday."""
    out: list[Remark] = []

    def say(path: str, key: str, **values: int) -> None:
        where = reader.where(path).removesuffix(f": {path}")
        out.append(remark(path, where, f"simulate.absurd.{key}", **values))

    if idle := sum(f == 0 for f in fte):
        say("team.fte", "idle", idle=idle, weeks=c.weeks)
    group = int(c.stock_count[np.isin(c.stock_state, GROUP)].sum())
    most = max((group / f for f in fte if f > 0), default=0.0)
    if most >= _CROWDED:
        say("team.fte", "crowded", people=half_up(most))
    if group == 0:
        say("people.stock", "empty")
    if c.chosen_most == 0 and (c.approach == Approach.LESS_NONCOMMITTAL).any():
        say("policy.less_noncommittal_people", "nobody")
    planned = c.talk_minutes + (c.travel_minutes + c.registration_minutes)[..., None]
    met = np.moveaxis(c.channel.max(axis=0), -1, 1) > 0  # (contact, channel, segment)
    met[:, Channel.PHONE] |= met[:, Channel.MAIL]  # an unanswered mail is followed by calls
    for kind, one, ever in zip(("first", "follow_up"), planned, met, strict=True):
        shortest = int(one[: Channel.MAIL][ever[: Channel.MAIL]].min())
        if idle < c.weeks and int(c.minutes_available.max()) < shortest:
            say("team.fte", f"never_{kind}", minutes=shortest)
    return tuple(out)


@dataclass(frozen=True, eq=False)
class Posts:
    """One scenario, or one draw of its parameters, for every number of posts.

    ``compiled``: with one post. ``table``: the same, packed. ``without``, ``each``: client minutes in each
    week without any post of ``team.fte``, and what one post adds. ``reserve``: hours that are not for
    everybody. ``places``: places of caseworkers in each week without any post, and with one. ``tied``: where
    the posts themselves are tied to people not yet approached: minutes that are without any, and with each.
    """

    compiled: Compiled
    table: Integers
    without: tuple[Fraction, ...]
    each: tuple[Fraction, ...]
    reserve: team.Reserve
    places: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    tied: tuple[tuple[Fraction, Fraction], ...] = ()

    def minutes(self, fte: float) -> Integers:
        """Client minutes in each week with a number of posts, exactly those of ``team.fte: FTE``."""
        posts, (below, lines) = written(float(fte)), self._lines
        over, under = 2 * posts.numerator, 2 * posts.denominator
        half, whole = below * posts.denominator, under * below
        return np.array([max(0, under * a + over * b + half) // whole for a, b in lines], dtype=np.int64)

    @functools.cached_property
    def _lines(self) -> tuple[int, list[tuple[int, int]]]:
        """Minutes without any post and of each as whole numbers over one denominator: quick and exact."""
        below = math.lcm(*(one.denominator for one in (*self.without, *self.each)))
        parts = ([x.numerator * (below // x.denominator) for x in line] for line in (self.without, self.each))
        return below, list(zip(*parts, strict=True))

    def hours(self, fte: float) -> dict[str, Any]:
        """Minutes, limits of what may be promised, and places of caseworkers, with a number of posts."""
        minutes, kept, many = self.minutes(fte), self.reserve, written(float(fte))
        if self.tied:
            tied = [half_up(max(Fraction(0), own + many * each)) for own, each in self.tied]
            kept = replace(kept, tied=np.array(tied, dtype=np.int64))
        found: dict[str, Any] = {"minutes_available": minutes, **kept.limits(minutes, self.horizon)}
        if self.compiled.caseworkers:  # followed one by one
            places = [max(1, half_up(a + many * (b - a))) for a, b in zip(*self.places, strict=True)]
            found |= {"places": np.array(places), "caseworkers": max(places)}
        return found

    def at(self, fte: float) -> Compiled:
        """Return the scenario with a number of posts."""
        return self.compiled.replace(**self.hours(fte))

    @functools.cached_property
    def horizon(self) -> Floats:
        """Weeks of hours that the team promises ahead in each week."""
        return team.plan_weeks({name: getattr(self.compiled, name) for name in FIELDS})

    def changed(self, compiled: Compiled) -> Posts:
        """Return the same staff for another scenario of the same weeks."""
        return replace(self, compiled=compiled, table=layout.tables(compiled))

    def packed(self, fte: float) -> Integers:
        """Return the packed scenario with a number of posts."""
        return layout.with_hours(self.table, self.hours(fte))


def posts(scenario: Scenario, draw: Mapping[str, float] | None = None, *, beyond: bool = False) -> Posts:
    """Compile a scenario for every number of posts.

    ``scenario``: the scenario; its own ``team.fte`` plays no role, nor do dated changes that set it; what
    others add stays. ``draw``: where uncertain parameters lie in their ranges; without it, at their central
    values. ``beyond``: go on for as long after the last week as a decliner waits, in weeks like the last one:
    then who waits for a new invitation in the last week can be told from who declined for good.
    """
    amounts: Any = (one.value.at(one.start) for one in scenario.changes if one.path == team.FTE)
    few = math.ceil(sum(max(0.0, -float(one.low)) for one in amounts))  # that changes may take away
    nobody, reader = (_reader(scenario, few + number).drawn(draw or {}) for number in (0, 1))
    c = compile_scenario(reader.scenario, draw, reader=reader)
    kept, with_one = reader.once(team.reserve), reader.once(team.exact_minutes)
    more = any(change.path == team.FTE for change in reader.scenario.changes)
    without = nobody.once(team.exact_minutes) if more else [Fraction(0)] * len(with_one)
    places = tuple(tuple(one.once(team.posts_in_places)) for one in (nobody, reader))
    for one in (nobody, reader) if draw is None else ():
        one.note()
    each = [b - a for a, b in zip(without, with_one, strict=True)]
    if few:
        without = [a - few * b for a, b in zip(without, each, strict=True)]
        places = tuple(tuple(a + (k - few) * (b - a) for a, b in zip(*places, strict=True)) for k in (0, 1))
    if beyond:
        c, weeks = longer(c)
        places = tuple(one + one[-1:] * weeks for one in places)
        without, each = without + without[-1:] * weeks, each + each[-1:] * weeks
        kept = team.Reserve(*(_goes_on(values, weeks) for values in vars(kept).values()))
    return Posts(c, layout.tables(c), tuple(without), tuple(each), kept, (places[0], places[1]))


def longer(c: Compiled) -> tuple[Compiled, int]:
    """Return a scenario that goes on for as long as a decliner waits, like its last week; and how long."""
    more = int(max(c.again_declined.max(), c.again_not_reached.max())) + 1
    return c.replace(**{name: _goes_on(getattr(c, name), more) for name in along("week")}), more


def _goes_on(values: Any, weeks: int) -> Any:
    """Return what holds by week for some weeks more, in which it is as in the last."""
    return np.concatenate([values, np.repeat(values[-1:], weeks, axis=0)])
