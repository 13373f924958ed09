"""A scenario of the parameter files as plain arrays."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import start, support, team, willingness
from kik_analysis.capacity.compiled import Compiled, Kind, Queue, Standing, check
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.start import Counted
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.statistics.rounding import half_up

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_APPOINTMENTS_MOST = 100  # as good as no limit: a new appointment is made with rebooked_share each time
_QUEUES = {
    "follow_up": Queue.FOLLOW_UP,
    "never_invited": Queue.FIRST,
    "not_reached": Queue.NOT_REACHED,
    "declined": Queue.DECLINED,
}


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

    Parameters
    ----------
    scenario
        The frozen scenario.
    draw
        Where uncertain parameters lie in their ranges (``uncertainty.draw``); without it, at their central
        values.
    people
        The starting stock counted in a register (``start.counted``); by default the published one.

    Raises
    ------
    ModelError
        The scenario asks for what cannot exist, or what no engine runs; one line per problem, with file and
        line. Nothing has been simulated by then.
    """
    reader = Reader(scenario, draw)
    support.refuse_unsupported(reader)
    segments = reader.names("people.segment_share")
    minutes = np.array(team.minutes(reader), dtype=np.int64)
    fields: dict[str, Any] = {"name": scenario.name, "start": reader.start, "segments": segments}
    fields |= {"minutes_available": minutes, "initiative_per_1000": _initiative(reader)}
    fields |= (
        _weekly_work(reader, segments, minutes) | _invitations(reader, segments) | _contact(reader, segments)
    )
    accept = willingness.rows(reader, segments, fields["reach"], fields["missed"], fields["rebooked"])
    fields |= accept.fields
    fields |= _promises(reader, segments, fields, accept) | _people(reader, segments, accept)
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


_DATED_WORK = ("policy.face_to_face_share", "policy.channel", "policy.reminder_call", "policy.interval_weeks")


def _week(reader: Reader, monday: datetime.date, segment: str) -> dict[str, int | bool]:
    """Minutes of a conversation with one segment in one week, part by part; whether there are any."""

    def minutes(task: str, *, if_: bool = True) -> int:
        return half_up(reader.number(f"work.minutes_{task}", name=segment)) if if_ else 0

    channel = reader.atom("policy.channel", monday, segment)
    stopped = channel != "phone" and reader.number("policy.face_to_face_share", monday) == 0
    light = channel == "phone" or (stopped and reader.atom("policy.during_stop") == "phone")
    travel = minutes("travel", if_=channel == "home" and not light)
    called = bool(reader.atom("policy.reminder_call", monday, segment)) and not light
    call, registration = minutes("reminder_call", if_=called), minutes("registration", if_=not light)
    total = minutes("light_contact" if light else "conversation") + call + travel + registration
    is_open = light or not stopped
    return {
        "letters_open": is_open,
        "conversation_minutes": total if is_open else -1,
        "reminder_minutes": call,
        "travel_minutes": travel,
        "registration_minutes": registration,
        "missed_minutes": min(minutes("missed_appointment") + travel + call, total),
        "interval": round(reader.number("policy.interval_weeks", monday, segment)),
    }


def _weekly_work(reader: Reader, segments: tuple[str, ...], available: Whole) -> dict[str, Any]:
    """Channel, contact stop and interval, week by week and segment by segment."""
    dates = {d for path in _DATED_WORK for name in reader.names(path) for d in reader.steps(path, name)}
    rows: dict[int, list[dict[str, int | bool]]] = {}
    table = []
    for monday in reader.mondays:
        period = sum(d <= monday for d in dates)  # between changes all weeks are alike
        if period not in rows:
            rows[period] = [_week(reader, monday, name) for name in segments]
        table.append(rows[period])
    fields: dict[str, Any] = {
        key: np.array([[cell[key] for cell in row] for row in table]) for key in table[0][0]
    }
    shares = [reader.exact("policy.face_to_face_share", monday) for monday in reader.mondays]
    held = reader.atom("policy.during_stop") == "phone"
    limits = (int(x * int(m)) if 0 < x < 1 else -1 for x, m in zip(shares, available, strict=True))
    return fields | {"talk_limit": np.array([-1 if held else limit for limit in limits])}


def _invitations(reader: Reader, segments: tuple[str, ...]) -> dict[str, Any]:
    """Letters, answers, appointments, and what happens after a no or no answer."""
    s, attempts = len(segments), round(reader.number("policy.attempts"))
    calls = reader.exact("contact.calls_per_attempt") * reader.exact("work.minutes_call_attempt")
    letter = half_up(reader.exact("work.minutes_letter") + calls)
    spacing = round(reader.number("policy.attempt_spacing_weeks"))
    appointment = round(reader.number("policy.appointment_weeks"))
    delay = round(reader.number("policy.reinvite_delay_weeks"))
    declined, silent = (bool(reader.atom(f"policy.reinvite_{who}")) for who in ("declined", "not_reached"))
    open_again = reader.number("contact.refusal_not_definitive") * declined
    again = reader.number("contact.not_reached_invited_again") * silent
    return {
        "letter_minutes": np.full((3, attempts), letter),
        "attempts": np.full(3, attempts),
        "answer_weeks": np.full((3, attempts), spacing),
        "reach": np.full((3, s, attempts), 1 - reader.number("contact.no_answer_per_attempt")),
        "appointment_weeks": np.full(s, appointment),
        "rebook_weeks": np.full(s, max(1, appointment)),
        "appointments_max": _APPOINTMENTS_MOST,
        "missed": np.array([willingness.missed(reader, name) for name in segments]).T,
        "rebooked": np.full(s, reader.number("contact.rebooked_share")),
        "definitive": np.full(s, 1 - open_again),
        "not_reached_again": np.full(s, again),
        "again_declined": np.full(s, delay),
        "again_not_reached": np.full(s, delay),
        "overrun_probability": np.zeros(s),
        "overrun_minutes": np.zeros(s),
        "lane": _lanes(reader, s),
        "newest_first": reader.atom("policy.order_in_queue") == "newest_first",
    }


def _lanes(reader: Reader, segments: int) -> Whole:
    """Letters of running invitations, then the queues in the order of the policy, then appointments.

    Letters take little time and the promise limit keeps them within what can be held; were appointments
    first, a team would hold all of them, write a heap of letters, and wait for the answers with idle hours.
    """
    order = reader.atom("policy.priority")
    assert isinstance(order, tuple)
    lane = np.zeros((len(Queue), segments), dtype=np.int64)
    for name, queue in _QUEUES.items():
        lane[queue] = 1 + (order.index(name) if name in order else len(order))
    lane[Queue.APPOINTMENT] = 2 + len(order)
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
    handover = half_up(reader.number("work.minutes_warm_handover"))
    interval = np.array([round(reader.number("policy.interval_weeks", name=name)) for name in segments])
    n = len(segments)
    return {
        "lead": np.rint(each("policy.lead_weeks")),
        "outcome": np.stack([outcome, outcome]),
        "support_end": np.full(n, 1 / max(1.0, reader.number("people.support_weeks"))),
        "services_end": np.full(n, min(1.0, (ends - leaves) / (1 - leaves)) if leaves < 1 else 0.0),
        "return_weeks": interval,
        "agreed_weeks": interval,
        "handover_minutes": np.array([handover, handover]),
    }


def _promises(
    reader: Reader, segments: tuple[str, ...], fields: dict[str, Any], accept: willingness.Rows
) -> dict[str, Any]:
    """What invitations are expected to need, and how much may be promised."""
    kinds = np.zeros((3, len(segments)), dtype=np.int64)
    typical = np.maximum(fields["conversation_minutes"].max(axis=0), 0)
    lost = fields["missed_minutes"].max(axis=0)
    for kind, s in np.ndindex(kinds.shape):
        held, missed = accept.meetings(Kind(kind), s)
        kinds[kind, s] = half_up(float(held) * float(typical[s]) + float(missed) * int(lost[s]))
    way = (fields[name] for name in ("attempts", "answer_weeks", "appointment_weeks"))
    return {"promise_minutes": kinds, "promise_limit": promised(fields["minutes_available"], *way)}


def promised(minutes: Whole, attempts: Whole, answer_weeks: Whole, appointment_weeks: Whole) -> Whole:
    """Return how many minutes a team may promise in each week: those of the weeks that it plans ahead.

    That is the longest ordinary way from a letter to the conversation: all attempts, the appointment, and the
    week itself. After the last week of the run its minutes go on.
    """
    horizon = int(attempts[0] * answer_weeks[0, 0] + appointment_weeks[0] + 1)
    total = np.cumsum(np.concatenate([[0], minutes, np.repeat(minutes[-1:], horizon)]))
    return np.asarray(total[horizon : horizon + len(minutes)] - total[: len(minutes)])


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
        "inflow_mean": np.array([reader.number("people.inflow_per_week", d) for d in reader.mondays]),
        "inflow_fixed": np.zeros(reader.weeks),
        "entry_segment": share / share.sum(),
        "entry_status": np.tile([1 - agreed, 0, agreed], (n, 1)),
        "entry_row": row,
    }
