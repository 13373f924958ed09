"""The years before the run as a small mean model: month by month, one draw of the assumptions at a time.

It exists for calibration alone and is no engine: expected numbers of people in a dozen states, hours shared
out between first invitations, repeated ones and follow-ups by fixed shares, and no week, segment or channel.
People approached for the first time, people who declined (by how often, as far as they may be invited again)
and people without contact have states of their own; people spoken to are kept by months since their last
conversation. Acceptance after ``k`` refusals is that of a Beta frailty: mean times size over size plus ``k``.

The same code runs with chance (binomial and Poisson draws in place of means): that gives the spread that the
counts would have if every assumption were known.

What the parameters said before the counts were looked at is the :class:`Prior`: the ends of a range in
``params/base.yml`` are the 5th and the 95th percentile, and a draw moves along it as in a simulation
(``capacity.reader.moved``), a date in months.
"""

import calendar
import datetime
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.reader import Z95
from kik_analysis.facts.claims import claims
from kik_analysis.facts.precision import period
from kik_analysis.parameters.catalogue import Atom
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.reading.storage import digest

Floats = npt.NDArray[np.float64]

PATHS = {
    "staff_first": "history.fte_2015_to_2017_05",
    "bought": "history.external_contractor",
    "staff_second": "history.fte_2017_06_to_2018_07",
    "staff_extra": "history.extra_fte_from_2019_04",
    "again_from": "history.reinvitation_start",
    "again_share": "history.reinvitation_share_of_first_contact_hours",
    "delay": "history.reinvitation_delay_months",
    "follow_from": "history.follow_up_start",
    "follow_share": "history.follow_up_share_of_hours",
    "follow_after": "history.follow_up_after_months",
    "wij": "history.wij_share_of_considered",
    "group": "history.group_size_2015_01",
    "merger": "history.merger_inflow_2019_01",
    "printed": "history.decliners_printed_as_not_yet_approached",
    "accept": "history.acceptance_first",
    "silent": "history.no_answer_per_attempt",
    "approach": "history.approach_share_of_hours",
    "hours": "history.productive_hours",
    "hours_first": "reference.hours_per_first_contact",
    "hours_follow": "reference.hours_per_follow_up",
    "accept_again": "contact.acceptance_follow_up",
    "open": "contact.refusal_not_definitive",
    "silent_again": "contact.not_reached_invited_again",
    "inflow": "people.inflow_per_week",
    "agreed": "people.inflow_contact_agreed",
    "exits": "people.exit_rate",
    "exits_declined": "people.exit_multiplier_declined",
    "exits_spoken": "people.exit_multiplier_spoken",
    "exits_silent": "people.exit_multiplier_not_reached",
    "size": "people.willingness_size",
}
"""Name in the model -> parameter, in the order of a draw. Nothing of ``team`` is among them: another number
of posts in a scenario does not move the past."""
DRAW = np.dtype([(name, np.float64) for name in PATHS])
OUTPUTS = (
    "invitations", "letters", "conversations", "unanswered",
    "spoken", "not_yet_approached", "declined_or_wij", "not_reached",
    "approached_2017", "spoken_2017", "new", "people_invited", "people_spoken", "wij", "overdue", "open",
    "group",
)  # fmt: skip
"""What a run returns. ``invitations`` counts sequences, ``letters`` each letter of a sequence; ``new`` of the
``not_yet_approached`` never were; ``open`` decliners may be invited again; ``overdue`` people spoken to were
last spoken to over a year ago."""
COURSE = (
    "group", "spoken", "not_yet", "declined", "silent",
    "invitations", "conversations", "people_invited", "wij",
)  # fmt: skip
"""What a run records every month."""
REFUSALS, AGES, YEAR = 5, 25, 12
"""Refusals counted apart, months since a conversation counted apart, months in a year."""


def _part(amount: float, share: float, chance: bool) -> float:
    """The part of a number of people: expected, or drawn one by one."""
    if chance:
        return float(np.random.binomial(int(amount), min(max(share, 0.0), 1.0)))
    return amount * share


def _lives(p: Any, t: Any, days: Any, chance: bool, out: Any, course: Any) -> None:
    """Run one draw ``p`` through the months; ``t`` as in :class:`Calendar`, results go into ``out``."""
    months, start, second, team, merger, extra, attempts, fte = (
        int(t[0]),
        t[1],
        int(t[2]),
        int(t[3]),
        int(t[4]),
        int(t[5]),
        int(t[6]),
        t[7],
    )
    never, wij, definitive, gone, waits = float(int(p.group)), 0.0, 0.0, 0.0, 0.0
    due = 0.0  # no contact, and up again
    waiting, ready, spoken = np.zeros(REFUSALS), np.zeros(REFUSALS), np.zeros(AGES)
    invited = letters = talks = silent_events = persons = met = early = met_early = 0.0
    unanswered, per_sequence, letter = 1.0, 0.0, 1.0
    for _ in range(attempts):
        per_sequence += letter
        letter *= p.silent
        unanswered *= p.silent
    base = 1.0 - (1.0 - p.exits) ** (1.0 / YEAR)
    share = np.empty(REFUSALS)  # of sequences that lead to a conversation, after k refusals
    for k in range(REFUSALS):
        share[k] = (1.0 - unanswered) * p.accept * p.size / (p.size + k)
    for m in range(months):
        never -= _part(never, base, chance)
        wij -= _part(wij, base, chance)
        left = min(base * p.exits_declined, 1.0)
        definitive -= _part(definitive, left, chance)
        for k in range(REFUSALS):
            waiting[k] -= _part(waiting[k], left, chance)
            ready[k] -= _part(ready[k], left, chance)
            back = _part(waiting[k], 1.0 / max(p.delay, 1.0), chance)
            waiting[k] -= back
            ready[k] += back
        left = min(base * p.exits_silent, 1.0)
        gone -= _part(gone, left, chance)
        waits -= _part(waits, left, chance)
        due -= _part(due, left, chance)
        back = _part(waits, 1.0 / max(p.delay, 1.0), chance)
        waits, due = waits - back, due + back
        left = min(base * p.exits_spoken, 1.0)
        for a in range(AGES - 1, -1, -1):  # everybody a month older; the last place keeps all who are older
            stay = spoken[a] - _part(spoken[a], left, chance)
            spoken[a] = 0.0
            spoken[min(a + 1, AGES - 1)] += stay
        mean = p.inflow * days[m] / 7.0
        came = float(np.random.poisson(mean)) if chance else mean
        if m == merger:
            came += float(np.random.poisson(p.merger)) if chance else p.merger
        arranged = _part(came, p.agreed, chance) if m >= team else 0.0
        never += came - arranged
        staff = (p.staff_first / (1.0 - p.bought) if m < second else p.staff_second) if m < team else fte
        hours = (staff + (p.staff_extra if m >= extra else 0.0)) * p.hours / YEAR
        if m < start:
            hours *= max(0.0, m + 1 - start)
        # follow-ups, the longest ago first; people whose services ended have an appointment already
        asked = arranged
        new = _part(arranged, p.accept_again, chance)
        spoken[0] += new
        definitive += arranged - new
        met, persons, talks = met + new, persons + arranged, talks + new
        hours = max(0.0, hours - arranged * p.hours_follow)
        able = hours * p.follow_share / p.hours_follow if m >= p.follow_from else 0.0
        for a in range(AGES - 1, 0, -1):
            if a < p.follow_after or able <= 0.0:
                break
            some = min(spoken[a], float(int(able)) if chance else able)
            held = _part(some, p.accept_again, chance)
            spoken[a] -= held
            spoken[0] += held
            asked, able, talks, hours = asked + some, able - some, talks + held, hours - some * p.hours_follow
        invited, letters = invited + asked, letters + asked
        # an approach costs the same whatever comes of it; the rest of the hours goes to conversations
        fixed = p.hours_first * p.approach * share[0]
        talk = p.hours_first * (1.0 - p.approach)
        need = due * (fixed + talk * share[0])
        for k in range(REFUSALS):
            need += ready[k] * (fixed + talk * share[k])
        each = (fixed + talk * share[0]) * (1.0 - p.wij)
        again = max(p.again_share * hours, hours - never * each) if m >= p.again_from else 0.0
        again = min(again, need)
        considered = min(never, (hours - again) / each)
        if chance:
            considered = float(int(considered))
        known = _part(considered, p.wij, chance)
        never, wij = never - considered, wij + known
        repeated = again / need if need > 0.0 else 0.0
        for k in range(-2, REFUSALS):
            if k == -2:  # first invitations; then people without contact, people who declined k times
                some = considered - known
                persons += some
            elif k == -1:
                some = _part(due, repeated, chance)
                due -= some
            else:
                some = _part(ready[k], repeated, chance)
                ready[k] -= some
            without = _part(some, unanswered, chance)
            new = _part(some - without, p.accept * p.size / (p.size + max(k, 0)), chance)
            refused = some - without - new
            open_ = _part(refused, p.open, chance)
            waiting[min(max(k, 0) + 1, REFUSALS - 1)] += open_
            definitive += refused - open_
            up = _part(without, p.silent_again, chance)
            waits, gone, spoken[0] = waits + up, gone + without - up, spoken[0] + new
            invited, letters = invited + some, letters + some * per_sequence
            talks, met, silent_events = talks + new, met + new, silent_events + without
        if m == second - 1:
            early, met_early = persons, met
        open_ = waiting.sum() + ready.sum()
        shown = _part(ready.sum(), p.printed, chance)
        silent = gone + waits + due
        course[m, 1], course[m, 2] = spoken.sum(), never + shown
        course[m, 3] = definitive + open_ - shown + wij
        course[m, 0] = course[m, 1] + course[m, 2] + course[m, 3] + silent
        course[m, 4], course[m, 5], course[m, 6], course[m, 7] = silent, invited, talks, persons
        course[m, 8] = wij
    out[0], out[1], out[2], out[3] = invited, letters, talks, silent_events
    out[4], out[5], out[6], out[7] = spoken.sum(), never + shown, definitive + open_ - shown + wij, silent
    out[8], out[9], out[10], out[11] = early, met_early, never, persons
    out[12], out[13], out[14], out[15] = met, wij, spoken[YEAR + 1 :].sum(), open_
    out[16] = out[4] + out[5] + out[6] + out[7]


def _all(draws: Any, t: Any, days: Any, seed: int, out: Any, course: Any) -> None:
    """Run every draw; with chance where ``seed`` is not negative."""
    if seed >= 0:
        np.random.seed(seed)
    for i in range(len(draws)):
        _lives(draws[i], t, days, seed >= 0, out[i], course[i if len(course) > 1 else 0])


@functools.cache
def _compiled() -> Callable[..., None]:
    """The model as machine code, made in the first second of its use."""
    from numba import njit
    from numba.extending import register_jitable

    options: Any = {"error_model": "numpy"}
    for function in (_part, _lives):
        register_jitable(**options)(function)
    made: Any = njit(nogil=True, **options)(_all)
    return made  # type: ignore[no-any-return]


def month(day: datetime.date, first: datetime.date) -> float:
    """Return the months from one day to another, the last one in part."""
    whole = YEAR * (day.year - first.year) + day.month - first.month
    return whole + (day.day - 1) / calendar.monthrange(day.year, day.month)[1]


def _named(path: str, which: int = 0) -> datetime.date:
    """Return a month that stands in a parameter's name."""
    year, number = re.findall(r"(\d{4})_(\d\d)", path)[which]
    return datetime.date(int(year), int(number), 1)


class Calendar:
    """The months of the history, and when what begins.

    ``scenario``: whose ``policy.attempts`` (letters per invitation) hold. ``late``: start when the interim
    evaluation starts (``history.first_talks_start``) instead of in January 2015. ``first``, ``firsts``: first
    day of the first month, and of every month up to the one after the last. ``settings``, ``days``: what the
    compiled code takes: months, start of the conversations, of the second staff window, of the team, month of
    the merger, of the extra staff, attempts, posts of the team (L028); days per month.
    """

    def __init__(self, scenario: Scenario, *, late: bool = False) -> None:
        self.first = _named(PATHS["group"])
        last = period(claims()["L009"].as_of).last
        assert last is not None
        talks = scenario.at("history.first_talks_start", scenario.start) if late else self.first
        assert isinstance(talks, datetime.date)
        named = (
            _named(PATHS["staff_second"]),
            _named(PATHS["staff_second"], 1),
            _named(PATHS["merger"]),
            _named(PATHS["staff_extra"]),
        )
        at, until, merger, extra = (month(day, self.first) for day in named)
        attempts, posts = scenario.at("policy.attempts", scenario.start), claims()["L028"].number
        months = int(month(last, self.first)) + 1
        given = (months, month(talks, self.first), at, until + 1, merger, extra, attempts, posts)
        self.settings: Floats = np.array(given, dtype=np.float64)
        starts = np.datetime64(self.first, "M") + np.arange(months + 1)
        self.firsts: list[datetime.date] = starts.astype("datetime64[D]").tolist()
        self.days: Floats = np.diff(starts.astype("datetime64[D]")).astype(np.float64)


def run(
    draws: Floats, given: Calendar, *, chance: int | None = None, course: bool = False
) -> tuple[Floats, Floats]:
    """Run draws of the assumptions through the history.

    ``draws``: one row per draw, columns as :data:`PATHS`; dates in months since the first. ``given``: the
    calendar. ``chance``: a seed: every person's fate is drawn. By default expected numbers. ``course``:
    record every month of every draw. Returns one row per draw with :data:`OUTPUTS`; and draws by months by
    :data:`COURSE` (of the last draw alone where the course was not asked for).
    """
    rows = np.ascontiguousarray(draws, dtype=np.float64).view(DRAW).reshape(len(draws))
    out = np.zeros((len(draws), len(OUTPUTS)))
    months = np.zeros((len(draws) if course else 1, len(given.days), len(COURSE)))
    _compiled()(rows, given.settings, given.days, -1 if chance is None else chance, out, months)
    return out, months


def column(outputs: Floats, name: str, names: Sequence[str] = OUTPUTS) -> Floats:
    """Return one of the outputs of :func:`run` by name."""
    found: Floats = outputs[..., names.index(name)]
    return found


class Scale(NamedTuple):
    """A scale along which a parameter moves: the way there and back, and how steep it is at a value."""

    name: str
    there: Any
    back: Any
    slope: Any


LOGIT = Scale(
    "logit", lambda x: np.log(x / (1 - x)), lambda y: 1 / (1 + np.exp(-y)), lambda x: 1 / (x * (1 - x))
)
LOG = Scale("log", np.log, np.exp, lambda x: 1 / x)
PLAIN = Scale("plain", lambda x: x, lambda y: y, lambda x: 1.0)


def scale(family: str, low: float, high: float) -> Scale:
    """Return the scale of a range; ``family``: of the parameter's unit (``params/units.csv``)."""
    if family == "beta" and low > 0 and high < 1:
        return LOGIT
    return LOG if family == "lognormal" and low > 0 else PLAIN


class Prior:
    """The ranges of the parameters as one distribution: independent, standard normal places.

    ``scenario``: whose values and ranges hold; dated changes play no part. ``fixed``: value by path that does
    not move, as for an ablation. ``ranges``: low, central and high by row, in the order of a draw's columns;
    dates in months since the first month.
    """

    def __init__(self, scenario: Scenario, fixed: Mapping[str, float] | None = None) -> None:
        self.fixed, self.first = dict(fixed or {}), Calendar(scenario).first
        ranged = [self._range(scenario, path) for path in PATHS.values()]
        self.ranges: Floats = np.array([ends for ends, _ in ranged])
        self._scales = [one for _, one in ranged]
        limits = [(scenario.entry(path).minimum, scenario.entry(path).maximum) for path in PATHS.values()]
        self._low = np.array([-np.inf if low is None else self._number(low) for low, _ in limits])
        self._high = np.array([np.inf if high is None else self._number(high) for _, high in limits])
        # the same range on the scale along which a draw moves
        rows = zip(self._scales, self.ranges.tolist(), strict=True)
        self._on = np.array([[one.there(x) for x in row] for one, row in rows])

    def _number(self, atom: Atom) -> float:
        """A value as a number; a date in months since the first month."""
        if isinstance(atom, datetime.date):
            return month(atom, self.first)
        return float(atom)  # type: ignore[arg-type]

    def _range(self, scenario: Scenario, path: str, dated: bool = False) -> tuple[list[float], Scale]:
        date = scenario.value(path).at(scenario.start).atoms if scenario.entry(path).type == "date" else None
        ends = [self._number(atom) for atom in date or scenario.overall(path, dated=dated)]
        return ends, scale(scenario.entry(path).family, ends[0], ends[2])

    def digest(self) -> str:
        """Return a digest of the ranges and scales: another prior makes a posterior stale."""
        said = [[*row, one.name] for row, one in zip(self.ranges.tolist(), self._scales, strict=True)]
        return digest(dict(zip(PATHS.values(), said, strict=True)))

    def values(self, places: Floats) -> Floats:
        """Return draws of the parameters at places on the standard normal scale, one row each."""
        low, central, high = self._on.T
        moved = central + places / Z95 * np.where(places > 0, high - central, central - low)
        for one in (LOGIT, LOG):
            mine = [k for k, own in enumerate(self._scales) if own is one]
            moved[:, mine] = one.back(moved[:, mine])
        out: Floats = np.clip(moved, self._low, self._high)
        for path, value in self.fixed.items():
            out[:, list(PATHS.values()).index(path)] = value
        return out

    def places(self, path: str, values: Floats, scenario: Scenario) -> Floats:
        """Return where values of a parameter lie in its range in a scenario, on the standard normal scale."""
        ends, one = self._range(scenario, path, dated=True)
        low, central, high = (one.there(x) for x in ends)
        tiny = 1e-9
        inside = {LOGIT: np.clip(values, tiny, 1 - tiny), LOG: np.maximum(values, tiny)}.get(one, values)
        away = one.there(inside) - central
        width = np.where(away > 0, high - central, central - low)
        return Z95 * np.divide(away, width, out=np.zeros_like(away), where=width > 0)  # type: ignore[no-any-return]
