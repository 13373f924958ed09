"""Makes a synthetic register: histories from a pool, traits from cross-tables, dates at random."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.evidence.reads import Read, recording
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.people import adjust, attributes, register
from kik_analysis.people.attributes import Traits
from kik_analysis.people.crosstables import CrossTable
from kik_analysis.people.histories import (
    NONE,
    POOL,
    WEEK,
    Answer,
    Calendar,
    Flags,
    Integers,
    Pool,
    calendar,
    events,
    generator,
    simulate,
)
from kik_analysis.people.margins import AGE, DISTRICT, DURATION, Margins, load_margins
from kik_analysis.people.margins import FILE as MARGINS
from kik_analysis.people.register import ANSWERS, KINDS, STATES, SUPPORT, Register
from kik_analysis.people.targets import FOLLOW_UP, REACH, Targets, targets
from kik_analysis.reading.digest import digest

if TYPE_CHECKING:
    import polars as pl

EPOCH = datetime.date(1970, 1, 1)
WORKING_DAYS = 5
Step = Callable[[str], None]


@dataclass(frozen=True)
class Synthesis:
    """A register with what it came from: the counts it was made to, and the tables of the current members."""

    register: Register
    aims: Targets
    tables: tuple[CrossTable, ...]


def _quiet(_: str) -> None:
    """Say nothing between two steps."""


def synthesise(
    scenario: Scenario,
    margins: Margins | None = None,
    *,
    people: int | None = None,
    draw: int = 0,
    seed: int | None = None,
    pool: int = POOL,
    step: Step = _quiet,
) -> Synthesis:
    """Make a synthetic register.

    Parameters
    ----------
    scenario, margins
        Rates and shares; by default the project's margins.
    people
        Current members; by default the published size of the group.
    draw
        0 for central values of what the sources leave open; 1, 2, ... spread over the ranges.
    seed
        Chance; by default the scenario's. The same numbers give the same bytes.
    pool
        Simulated histories to choose from; another number gives another register.
    step
        Told the name of each step when it begins.

    Raises
    ------
    DataError, ModelError
        When margins and claims contradict each other; which ones is named.
    """
    assumed = load_margins() if margins is None else margins
    chance = int(str(scenario["run.seed"])) if seed is None else seed
    with recording() as recorder:
        step("counts")
        aims = targets(scenario, assumed, people=people, draw=draw)
        step("histories")
        simulated = simulate(scenario, aims, seed=chance, people=pool)
        when = calendar(aims)
        step("choice")
        chosen = adjust.choose(simulated, when, aims, seed=chance)
        step("traits")
        made = _People(scenario, assumed, aims, when, simulated, chosen, generator(chance, 2))
    inputs = digest([[read.label, read.digest] for read in recorder.leaves if _bears(read)])
    step("tables")
    about = {
        "people": aims.people,
        "reference_day": when.reference.isoformat(),
        "inputs": inputs,
        "distance_of_histories": round(chosen.distance, 6),
        "distance_of_tables": {table.name: round(table.distance, 6) for table in made.tables},
    }
    return Synthesis(Register(*made.frames(), draw=draw, seed=chance, about=about), aims, made.tables)


def _bears(read: Read) -> bool:
    """Tell whether what was read bears on the register: values, not the wording or listing of files."""
    return read.kind in ("claim", "parameter", "bound") or read.name.endswith(f"/{MARGINS}")


def _dates(weeks: Integers, days: Integers, when: Calendar) -> Integers:
    """Return days since 1970 of events; :data:`NONE` where there is none."""
    monday = (when.first - EPOCH).days + WEEK * weeks
    return np.where(weeks == NONE, np.iinfo(np.int64).min, monday + days)


def _date_column(days: Integers) -> pl.Series:
    import polars as pl

    missing = days == np.iinfo(np.int64).min
    kept = pl.Series(np.where(missing, 0, days).astype(np.int32)).cast(pl.Date)
    return pl.select(pl.when(pl.Series(~missing)).then(kept).otherwise(None)).to_series()


def _words(codes: Integers, names: Sequence[str]) -> pl.Series:
    """Return names by code; null for :data:`NONE`."""
    import polars as pl

    position = pl.Series(np.where(codes == NONE, len(names), codes))
    return pl.Series([*names, None], dtype=pl.String).gather(position)


def _whole(numbers: Integers, missing: Flags) -> pl.Series:
    import polars as pl

    return pl.select(pl.when(pl.Series(~missing)).then(pl.Series(numbers)).otherwise(None)).to_series()


class _People:
    """Everybody in the register, current members first, then those who have left; arrays over all of them."""

    def __init__(
        self,
        scenario: Scenario,
        margins: Margins,
        aims: Targets,
        when: Calendar,
        pool: Pool,
        chosen: adjust.Chosen,
        random: np.random.Generator,
    ) -> None:
        self.scenario, self.aims, self.when, self.random = scenario, aims, when, random
        stays = chosen.group < adjust.GROUPS.index("left_spoken")
        self.who = np.concatenate([chosen.invited[stays], chosen.waiting, chosen.invited[~stays]])
        group = np.concatenate(
            [chosen.group[stays], np.full(len(chosen.waiting), NONE), chosen.group[~stays]]
        )
        self.members = int(stays.sum()) + len(chosen.waiting)
        self.spoken = np.isin(group, [0, adjust.GROUPS.index("left_spoken")])
        self.reach = self._reach(group[: self.members])
        self.left = np.where(np.arange(len(self.who)) < self.members, NONE, pool.left[self.who])
        self.left_day = _dates(self.left, self._offsets(self.left), when)
        self._histories(pool)
        self._traits(margins)
        self._answers()

    def _reach(self, group: Integers) -> Integers:
        names = np.array([REACH.index("spoken"), REACH.index("declined"), REACH.index("not_reached")])
        reach = np.where(group == NONE, REACH.index("not_yet_approached"), names[group])
        never = np.flatnonzero(group == NONE)
        wij = never[
            np.argsort(self.random.random(len(never)), kind="stable")[: self.aims.reach["known_to_wij"]]
        ]
        reach[wij] = REACH.index("known_to_wij")
        return reach

    def _offsets(self, weeks: Integers) -> Integers:
        """Return days after Monday at random; in the week that the early count ends in, beyond it."""
        days = np.floor(self.random.random(len(weeks)) * WORKING_DAYS).astype(np.int64)
        monday = self.when.first + datetime.timedelta(days=WEEK * self.when.early)
        least = max(0, (self.aims.early_end - monday).days + 1)
        return np.where(weeks == self.when.early, np.maximum(days, least), days)

    def _histories(self, pool: Pool) -> None:
        found = events(pool, self.who)
        self.events = found
        for name in ("sent", "answered"):
            found[f"{name}_day"] = _dates(found[name], self._offsets(found[name]), self.when)
        n, person = len(self.who), found["person"]
        talk = found["answer"] == Answer.CONVERSATION
        self.asked = np.bincount(person, minlength=n)
        self.talks = np.bincount(person[talk], minlength=n)
        self.final = np.full(n, NONE)
        self.final[person] = found["answer"]
        absent = np.iinfo(np.int64).min
        self.first_day, self.sent_day, self.talk_day = (np.full(n, absent) for _ in range(3))
        self.sent_week, self.talk_week, self.answer_week = (np.full(n, NONE) for _ in range(3))
        # rows stand in the order of time, so the last one written is the latest
        self.sent_day[person], self.sent_week[person] = found["sent_day"], found["sent"]
        self.answer_week[person] = found["answered"]
        self.first_day[person[::-1]] = found["sent_day"][::-1]
        self.talk_day[person[talk]], self.talk_week[person[talk]] = (
            found["answered_day"][talk],
            found["answered"][talk],
        )
        begin = np.concatenate([[0], np.cumsum(self.asked)[:-1]])
        found["number"] = np.arange(len(person)) - begin[person] + 1

    def _traits(self, margins: Margins) -> None:
        now, cut = (self.when.reference - EPOCH).days, self.members
        self.until = np.where(self.left == NONE, now, self.left_day)
        least = attributes.least_days()
        invited = self.first_day != np.iinfo(np.int64).min
        shortest = np.where(invited, self.until - np.where(invited, self.first_day, 0), 0) + least
        self.follow_up = self._follow_up()
        classes = np.where(
            self.follow_up[:cut] != NONE, self.follow_up[:cut], len(FOLLOW_UP) + self.reach - 1
        )
        here = attributes.assign(
            self.scenario, margins, attributes.CLASSES, classes, shortest[:cut], self.random
        )
        gone = np.zeros(len(self.who) - cut, dtype=np.int64)
        there = attributes.assign(self.scenario, margins, attributes.LEFT, gone, shortest[cut:], self.random)
        self.tables = here.tables
        self.traits = Traits(
            segment=np.concatenate([here.segment, there.segment]),
            age=np.concatenate([here.age, there.age]),
            duration=np.concatenate([here.duration, there.duration]),
            district=np.concatenate([here.district, there.district]),
            days=np.concatenate([here.days, there.days]),
            segments=here.segments,
        )
        self.bands = {
            variable: tuple(row.category for row in margins.of(variable))
            for variable in (AGE, DURATION, DISTRICT)
        }

    def _follow_up(self) -> Integers:
        """Return the category of Figure 2 of members spoken to; support only after a conversation."""
        out = np.full(len(self.who), NONE)
        spoken = np.flatnonzero(self.spoken[: self.members])
        talked_last = self.final[spoken] == Answer.CONVERSATION
        order = spoken[np.lexsort([self.random.random(len(spoken)), ~talked_last])]
        numbers = [self.aims.follow_up[name] for name in FOLLOW_UP]
        helped = sum(numbers[:2])
        rest = order[helped:][self.random.permutation(len(order) - helped)]
        out[np.concatenate([order[:helped], rest])] = np.repeat(np.arange(len(FOLLOW_UP)), numbers)
        return out

    def _answers(self) -> None:
        """Activity and referral of everybody ever spoken to; who may be invited again."""
        n, spoken = len(self.who), np.flatnonzero(self.spoken)
        gone = np.where(self.follow_up[spoken] == NONE, len(FOLLOW_UP), self.follow_up[spoken])
        oldest = self.traits.segment[spoken] == self.traits.segments.index(attributes.OLDEST_ACTIVE)
        self.activity, self.referred = np.full(n, NONE), np.zeros(n, dtype=np.bool_)
        self.activity[spoken] = attributes.activity(self.aims, gone, oldest, self.random)
        self.referred[spoken] = attributes.referred(self.aims, gone, self.random)
        shares = [
            float(str(self.scenario[path]))
            for path in ("contact.refusal_not_definitive", "contact.not_reached_invited_again")
        ]
        share = np.where(self.final == Answer.NO_CONTACT, shares[1], shares[0])
        self.again = self.random.random(n) < share

    def _state(self, interval: Integers) -> Integers:
        cut = self.members
        final, helped = self.final[:cut], np.isin(self.follow_up[:cut], [0, 1])
        old = self.when.weeks - self.talk_week[:cut] > interval
        code = {name: STATES.index(name) for name in STATES}
        return np.select(
            [
                self.reach == REACH.index("known_to_wij"),
                self.reach == REACH.index("not_yet_approached"),
                helped,
                final == Answer.DECLINED,
                final == Answer.NO_CONTACT,
                old,
            ],
            [
                code[name]
                for name in (
                    "known_to_wij",
                    "never_invited",
                    "in_support",
                    "declined",
                    "not_reached",
                    "overdue",
                )
            ],
            default=code["in_contact"],
        )

    def _due(self, state: Integers, interval: Integers) -> Integers:
        """Return the day from which the next contact is due, or a new invitation allowed."""
        cut = self.members
        delay = int(str(self.scenario["policy.reinvite_delay_weeks"]))
        refused = np.isin(state, [STATES.index("declined"), STATES.index("not_reached")])
        met = np.isin(state, [STATES.index(one) for one in ("in_contact", "overdue", "in_support")])
        week = np.where(met, self.talk_week[:cut] + interval, self.answer_week[:cut] + delay)
        return _dates(
            np.where(met | (refused & self.again[:cut]), week, NONE), np.zeros(cut, dtype=np.int64), self.when
        )

    def _interval(self) -> Integers:
        by_segment = dict(self.scenario.value("policy.interval_weeks").cells)
        default = next(iter(by_segment.values()))
        weeks = [int(str(by_segment.get(name, default)[0].amount.central)) for name in self.traits.segments]
        return np.array(weeks)[self.traits.segment[: self.members]]

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return the three tables, people in an order that says nothing."""
        import polars as pl

        n, cut = len(self.who), self.members
        names = self._names(n)
        common = self._common(names)
        everybody = pl.DataFrame(common)
        interval = self._interval()
        state = self._state(interval)
        support = np.where(self.follow_up[:cut] == 0, 1, np.where(self.follow_up[:cut] == 1, 2, 0))
        own = {
            "reach": _words(self.reach, REACH),
            "state": _words(state, STATES),
            "follow_up": _words(self.follow_up[:cut], FOLLOW_UP),
            "known_to_wij": pl.Series(self.reach == REACH.index("known_to_wij")),
            "support": _words(support, SUPPORT),
            "weeks_since_conversation": _whole(
                self.when.weeks - self.talk_week[:cut], self.talk_week[:cut] == NONE
            ),
            "weeks_since_offer": _whole(self.when.weeks - self.sent_week[:cut], self.sent_week[:cut] == NONE),
            "next_due": _date_column(self._due(state, interval)),
        }
        order = {name: list(columns) for name, columns in register.SCHEMA.items()}
        members = everybody[:cut].with_columns(**own).select(order["members"]).sort("person")
        left = everybody[cut:].with_columns(left=_date_column(self.left_day[cut:]))
        former = left.select(order["former"]).sort("person")
        found = self.events
        sent = pl.DataFrame(
            {
                "person": names.gather(pl.Series(found["person"])),
                "number": pl.Series(found["number"]),
                "kind": _words(found["kind"], KINDS),
                "sent": _date_column(found["sent_day"]),
                "answer": _words(found["answer"], ANSWERS),
                "answered": _date_column(found["answered_day"]),
            }
        )
        return members, former, sent.sort("sent", "person")

    def _names(self, n: int) -> pl.Series:
        """Return made-up person numbers, dealt out at random: they say nothing about who it is."""
        import polars as pl

        width = len(str(n))
        number = pl.Series(self.random.permutation(n) + 1).cast(pl.String).str.zfill(width)
        return ("S" + number).alias("person")

    def _common(self, names: pl.Series) -> dict[str, Any]:
        import polars as pl

        traits: dict[str, tuple[npt.NDArray[np.int64], tuple[str, ...]]] = {
            "segment": (self.traits.segment, self.traits.segments),
            "age_band": (self.traits.age, self.bands[AGE]),
            "duration_band": (self.traits.duration, self.bands[DURATION]),
            "district": (self.traits.district, self.bands[DISTRICT]),
        }
        return {
            "person": names,
            **{name: _words(codes, words) for name, (codes, words) in traits.items()},
            "activity": _words(self.activity, attributes.ACTIVITY),
            "referred": pl.Series(self.referred),
            "benefit_start": _date_column(self.until - self.traits.days),
            "invitations": pl.Series(self.asked),
            "conversations": pl.Series(self.talks),
            "first_invitation": _date_column(self.first_day),
            "last_invitation": _date_column(self.sent_day),
            "last_conversation": _date_column(self.talk_day),
        }
