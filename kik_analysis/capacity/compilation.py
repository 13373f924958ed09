"""A scenario of the parameter files as plain arrays."""

from __future__ import annotations

import bisect
import datetime
import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import start, support, team, willingness
from kik_analysis.capacity.compiled import Approach, Channel, Compiled, Kind, Queue, Standing, check
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.start import Counted
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL
from kik_analysis.statistics.rounding import half_up

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_HASTE = 1.5  # most that one week starts, in weeks of hours: waves die out, delays are made up
_APPOINTMENTS_MOST = 100  # as good as no limit: a new appointment is made with rebooked_share each time
_QUEUES = {
    "appointment": Queue.APPOINTMENT,
    "follow_up": Queue.FOLLOW_UP,
    "never_invited": Queue.FIRST,
    "not_reached": Queue.NOT_REACHED,
    "declined": Queue.DECLINED,
}
#: Policies that change within a run: every working day counts from its own date.
_DATED = ("policy.channel_first", "policy.channel_follow_up", "policy.reminder_call", "policy.interval_weeks",
          "policy.approach_first", "policy.approach_declined", "policy.approach_not_reached",
          "policy.need_based_frequency")  # fmt: skip
_APPROACHES = {"first": Queue.FIRST, "declined": Queue.DECLINED, "not_reached": Queue.NOT_REACHED}
_WEEK, _WORKDAYS = 7, 5  # days


def weekly(rate: float) -> float:
    """Weekly probability that leaves the same share of a group after a mean year as ``rate``.

    Decimal arithmetic, which is the same on every machine.
    """
    if rate >= 1:
        return 1.0
    with decimal.localcontext() as context:
        context.prec = 40
        weeks = decimal.Decimal(28) / decimal.Decimal(1461)
        return float(1 - (1 - decimal.Decimal(repr(rate))) ** weeks)


def compile_scenario(
    scenario: Scenario, draw: Mapping[str, float] | None = None, people: Counted | None = None
) -> Compiled:
    """Compile a scenario for the engines.

    ``scenario``: the frozen scenario. ``draw``: where uncertain parameters lie in their ranges
    (``uncertainty.draw``); without it, at their central values. ``people``: the starting stock counted in a
    register (``start.counted``); by default the published one. ModelError the scenario asks for what cannot
    exist, or what no engine runs; one line per problem, with file and line. Nothing has been simulated by
    then.
    """
    reader = Reader(scenario, draw)
    support.refuse_unsupported(reader)
    segments = reader.names("people.segment_share")
    attempts = round(reader.number("policy.attempts"))
    minutes = np.array(team.minutes(reader), dtype=np.int64)
    fields: dict[str, Any] = {"name": scenario.name, "start": reader.start, "segments": segments}
    fields |= {"minutes_available": minutes, "initiative_per_1000": _initiative(reader)} | _sickness(reader)
    fields |= _periods(reader, segments) | _work(reader, segments) | _invitations(reader, segments, attempts)
    accept = willingness.rows(reader, segments, attempts)
    fields |= accept.fields | _contact(reader, segments) | _people(reader, segments, accept)
    fields["promise_minutes"] = _promises(fields, accept)
    horizon = plan_weeks(fields)
    fields |= reserve(reader).limits(minutes, horizon) | {"start_share": int(1000 * _HASTE / horizon)}
    fields |= (
        start.stock(reader, segments, accept.named) if people is None else people.fields(reader, accept.named)
    )
    compiled = Compiled(**fields)
    check(compiled)
    present = [float(team.present(reader, day)) for day in reader.mondays]
    remarks = (*support.absurdities(reader, compiled, present), *scenario.warnings)
    return compiled.replace(warnings=tuple(map(str, remarks)))


def _initiative(reader: Reader) -> int:
    per_year = reader.exact("work.own_initiative_per_year") * reader.exact("work.minutes_own_initiative")
    return half_up(1000 * per_year / team.WEEKS_PER_YEAR)


def _sickness(reader: Reader) -> dict[str, Any]:
    """Spells of sickness of as many places as the posts at the start; the minutes hold the mean already."""
    places = 0
    if reader.atom("team.sickness_form") == "spells":
        places = half_up(reader.exact("team.fte") / reader.exact("team.fte_per_caseworker"))
    share = np.array([reader.number("team.sickness_share", monday) for monday in reader.mondays])
    ends = min(1.0, 1 / reader.number("team.sickness_spell_weeks"))
    begins = np.minimum(1, ends * share / np.maximum(1 - share, 1e-12))
    return {"caseworkers": places, "sick_share": share, "sick_begins": begins, "sick_ends": ends}


def _periods(reader: Reader, segments: tuple[str, ...]) -> dict[str, Any]:
    """Policies between two changes, and the period of every working day."""
    first = reader.periods(_DATED)
    days = [[monday + datetime.timedelta(days=k) for k in range(_WORKDAYS)] for monday in reader.mondays]
    approach = np.zeros((len(first), len(Queue)), dtype=np.int64)
    for group, queue in _APPROACHES.items():
        chosen = (str(reader.atom(f"policy.approach_{group}", day)) for day in first)
        approach[:, queue] = [Approach[name.upper()] for name in chosen]

    def each(value: Callable[[datetime.date, str], Any]) -> list[list[Any]]:
        return [[value(day, name) for name in segments] for day in first]

    channels = [each(lambda day, name, path=path: reader.shares(path, day, name))  # type: ignore[misc]
                for path in _DATED[:2]]  # fmt: skip
    needs = reader.number("contact.need_share") * reader.number("contact.need_reported_share")
    return {
        "period": [[bisect.bisect_right(first, day) - 1 for day in week] for week in days],
        "channel": np.stack([np.array(one) for one in channels], axis=1),
        "reminder": each(lambda day, name: bool(reader.atom("policy.reminder_call", day, name))),
        "approach": approach,
        "interval": each(lambda day, name: round(reader.number("policy.interval_weeks", day, name))),
        "need": each(lambda day, name: needs * bool(reader.atom("policy.need_based_frequency", day, name))),
        "need_interval": each(lambda day, name: round(reader.number("policy.need_interval_weeks"))),
    }


def _work(reader: Reader, segments: tuple[str, ...]) -> dict[str, Any]:
    """Minutes of a conversation by channel, before contact and after it; a mail takes its answer alone."""

    def minutes(task: str, name: str = ALL) -> int:
        return half_up(reader.number(f"work.minutes_{task}", name=name))

    talks = [
        ("talk_home_first", "talk_office", "talk_phone"),
        ("talk_home_follow_up", "talk_office", "talk_phone"),
    ]
    talk = [[[minutes(task, name) for name in segments] for task in tasks] + [[0] * len(segments)]
            for tasks in talks]  # fmt: skip
    later, phone, mail = (minutes(t) for t in ("registration_follow_up", "registration_phone", "mail_answer"))
    call = minutes("reminder_call")
    handover = minutes("warm_handover")
    n = len(segments)
    return {
        "talk_minutes": talk,
        "travel_minutes": [minutes("travel"), 0, 0, 0],
        "registration_minutes": [[minutes("registration")] * 2 + [phone, mail], [later, later, phone, mail]],
        "reminder_minutes": [call, call, 0, 0],
        "missed_minutes": [minutes("missed_appointment")] * 2 + [minutes("call_attempt"), 0],
        "overrun_probability": np.zeros(n),
        "overrun_minutes": np.zeros(n),
        "handover_minutes": [handover, handover],
    }


def _invitations(reader: Reader, segments: tuple[str, ...], attempts: int) -> dict[str, Any]:
    """Letters, answers, appointments, and what happens after a no or no answer.

    A first letter goes with its calls; a call is announced; an unanswered mail is followed by calls.
    """
    s = len(segments)
    call, letter, announced, mail = (
        reader.exact(f"work.minutes_{task}") for task in ("call_attempt", "letter", "announcement", "mail")
    )
    spacing, appointment = (
        round(reader.number(f"policy.{p}_weeks")) for p in ("attempt_spacing", "appointment")
    )
    minutes = np.zeros((len(Kind), len(Channel), attempts + 1), dtype=np.int64)
    for kind in Kind:
        calls = (
            reader.exact(f"contact.calls_per_{'follow_up' if kind == Kind.FOLLOW_UP else 'attempt'}") * call
        )
        phone = half_up(announced + reader.exact("contact.calls_per_attempt") * call)
        minutes[kind] = [[half_up(letter + calls)] * (attempts + 1)] * 2 + [[phone] * (attempts + 1)] * 2
        minutes[kind, Channel.MAIL, 0] = half_up(mail)
    number = np.full((len(Kind), len(Channel)), attempts)
    number[:, Channel.MAIL] += 1
    delay = round(reader.number("policy.reinvite_delay_weeks"))
    declined, silent = (bool(reader.atom(f"policy.reinvite_{who}")) for who in ("declined", "not_reached"))
    soon = min(1, appointment)
    return {
        "letter_minutes": minutes,
        "attempts": number,
        "answer_weeks": np.full(minutes.shape, spacing),
        "appointment_weeks": [appointment, appointment, soon, 0],
        "rebook_weeks": [max(1, appointment)] * 2 + [1, 1],
        "appointments_max": _APPOINTMENTS_MOST,
        "definitive": np.full(s, 1 - reader.number("contact.refusal_not_definitive") * declined),
        "not_reached_again": np.full(s, reader.number("contact.not_reached_invited_again") * silent),
        "again_declined": np.full(s, delay),
        "again_not_reached": np.full(s, delay),
        "lane": _lanes(reader, segments),
        "newest_first": reader.atom("policy.order_in_queue") == "newest_first",
    }


def _lanes(reader: Reader, segments: tuple[str, ...]) -> Whole:
    """Letters of running invitations, then the queues in the order of the policy, then what it leaves out.

    Letters take little time and the promise limit keeps them within what can be held. Within a queue the more
    urgent segments go first.
    """
    order = reader.atom("policy.priority")
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
    """Lead time, outcomes of conversations, support and services."""

    def each(path: str) -> Floats:
        return np.array([reader.number(path, name=name) for name in segments])

    outcome = np.stack(
        [each(f"outcomes.{n}") for n in ("support_inside", "services_outside", "own_goals", "no_question")],
        axis=-1,
    )
    outcome = outcome / np.maximum(1, outcome.sum(axis=-1, keepdims=True))
    outcome = np.concatenate([outcome, np.maximum(0, 1 - outcome.sum(axis=-1, keepdims=True))], axis=-1)
    ends, leaves = _services(reader)
    n = len(segments)
    return {
        "lead": np.rint(each("policy.lead_weeks")),
        "outcome": np.stack([outcome, outcome]),
        "support_end": np.full(n, 1 / max(1.0, reader.number("people.support_weeks"))),
        "services_end": np.full(n, min(1.0, (ends - leaves) / (1 - leaves)) if leaves < 1 else 0.0),
    }


def _promises(fields: dict[str, Any], accept: willingness.Rows) -> Whole:
    """What an invitation is expected to need at its start and after a yes, (agreed, contact, channel, s)."""
    talk, travel = np.array(fields["talk_minutes"]), np.array(fields["travel_minutes"])
    planned = talk + (travel + np.array(fields["registration_minutes"]))[..., None]
    lost = np.minimum((travel + np.array(fields["missed_minutes"]))[:, None], planned)
    out = np.zeros((2, *planned.shape), dtype=np.int64)
    for agreed, contact, channel, s in np.ndindex(out.shape):
        held, missed = accept.meetings(contact, channel, s, agreed=bool(agreed))
        place = (contact, channel, s)
        out[(agreed, *place)] = half_up(float(held * planned[place] + missed * lost[place]))
    return out


@dataclass(frozen=True)
class Reserve:
    """Hours that are not for everybody, by week.

    ``tied``: client minutes of posts tied to people not yet approached. ``follow_up``, ``first``: shares of
    all minutes that are kept for follow-ups, and for first conversations.
    """

    tied: Whole
    follow_up: Floats
    first: Floats

    def limits(self, minutes: Whole, horizon: float) -> dict[str, Whole]:
        """How much may be promised: of all, of first invitations, and of others, (``promise_limit...``).

        Others may not be promised what is kept for first conversations, nor the hours of posts tied to people
        not yet approached; first ones not what is kept for follow-ups.
        """
        first, others = minutes * (1 - self.follow_up), (minutes - self.tied) * (1 - self.first)
        parts = {"": minutes, "_first": np.floor(first + 1e-9), "_others": np.floor(others + 1e-9)}
        return {f"promise_limit{n}": promised(part.astype(np.int64), horizon) for n, part in parts.items()}

    def longer(self, weeks: int) -> Reserve:
        """Return the same, going on after the last week."""
        return Reserve(*(np.concatenate([v, np.repeat(v[-1:], weeks)])
                         for v in (self.tied, self.follow_up, self.first)))  # fmt: skip


def reserve(reader: Reader) -> Reserve:
    """Return what is kept of the hours; every working day counts from its own date."""
    path = "policy.reserved_share"
    first = reader.periods((path,))
    weeks = [[monday + datetime.timedelta(days=k) for k in range(_WORKDAYS)] for monday in reader.mondays]
    place = np.array([[bisect.bisect_right(first, day) - 1 for day in week] for week in weeks])
    held = (np.array([reader.number(path, day, n) for day in first]) for n in ("follow_up", "first"))
    tied = np.array(team.minutes(reader, tied=True), dtype=np.int64)
    return Reserve(tied, *(shares[place].mean(axis=1) for shares in held))


def plan_weeks(fields: Mapping[str, Any]) -> float:
    """Weeks of hours that a team promises ahead: the mean way from a first letter to its talk at home.

    And a week, for letters go out before the week's talks are held. Of the hours in that time only what talks
    take is promised, on average of first ones and follow-ups: the rest goes to letters. Were more promised,
    appointments would queue up; less, and hours would be idle.
    """
    shares = []
    for contact, kind in enumerate((Kind.FIRST, Kind.FOLLOW_UP)):
        silent = 1 - np.asarray(fields["reach"])[0, kind, Channel.HOME]
        number = int(np.asarray(fields["attempts"])[kind, Channel.HOME])
        sent = np.concatenate(
            [[1.0], np.cumprod(silent)[: number - 1]]
        )  # share of people who get each letter
        letters = float((sent * np.asarray(fields["letter_minutes"])[kind, Channel.HOME, :number]).sum())
        talk = float(np.asarray(fields["promise_minutes"])[0, contact, Channel.HOME].mean())
        shares.append(talk / (talk + letters) if talk else 1.0)
        if kind == Kind.FIRST:
            way = float((sent * np.asarray(fields["answer_weeks"])[kind, Channel.HOME, :number]).sum())
    way += float(np.asarray(fields["appointment_weeks"])[Channel.HOME]) + 1
    return max(1.0, way * sum(shares) / len(shares))


def promised(minutes: Whole, horizon: float) -> Whole:
    """Return how many minutes a team may promise in each week: those of the weeks that it plans ahead.

    After the last week of the run its minutes go on.
    """
    whole = int(horizon)
    total = np.cumsum(np.concatenate([[0], minutes, np.repeat(minutes[-1:], whole + 1)]))
    n = len(minutes)
    part = (horizon - whole) * (total[whole + 1 : whole + 1 + n] - total[whole : whole + n])
    return np.asarray(total[whole : whole + n] - total[:n] + np.floor(part).astype(np.int64))


def _inflow(reader: Reader, monday: datetime.date) -> float:
    """Mean arrivals of a week: every day counts from its own date."""
    days = (monday + datetime.timedelta(days=k) for k in range(_WEEK))
    return float(sum(reader.exact("people.inflow_per_week", day) for day in days) / _WEEK)


def _people(reader: Reader, segments: tuple[str, ...], accept: willingness.Rows) -> dict[str, Any]:
    """Leaving, and people who come in."""
    n = len(segments)
    exits = np.zeros((len(Standing), n))
    multiplier = {
        Standing.CONTACT: "spoken",
        Standing.SUPPORT: "spoken",
        Standing.DECLINED: "declined",
        Standing.NOT_REACHED: "not_reached",
    }
    rates = np.array([weekly(reader.number("people.exit_rate", name=name)) for name in segments])
    for standing in Standing:
        path = multiplier.get(standing)
        factor = reader.number(f"people.exit_multiplier_{path}") if path else 1.0
        exits[standing] = np.minimum(1.0, rates * factor)
    exits[Standing.OUTSIDE] = _services(reader)[1]
    agreed = reader.number("people.inflow_contact_agreed")
    share = np.array([reader.number("people.segment_share", name=name) for name in segments])
    row = np.zeros((2, n, len(accept.fields["after_accept"])))
    row[0, :, accept.named["new"]] = 1
    row[1, :, accept.named["follow_up"]] = 1
    return {
        "exit_probability": exits,
        "inflow_mean": np.array([_inflow(reader, monday) for monday in reader.mondays]),
        "inflow_fixed": np.zeros(reader.weeks),
        "entry_segment": share / share.sum(),
        "entry_status": np.tile([1 - agreed, 0, agreed], (n, 1)),
        "entry_row": row,
    }
