"""Makes a synthetic register: histories from a pool, traits from cross-tables, dates at random."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from kik_analysis.errors import DataError, InputError, ModelError
from kik_analysis.evidence.display import whole_number
from kik_analysis.evidence.reads import recording
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.people import choice, histories, targets, traits
from kik_analysis.people import register as registers
from kik_analysis.people.agreement import disagreements
from kik_analysis.people.histories import NONE, POOL, WEEK, Answer, Calendar, Integers, Pool
from kik_analysis.people.traits import CrossTable
from kik_analysis.reading.storage import digest

LARGEST = 10_000_000
"""Beyond this a register does not fit a workstation's memory."""
EPOCH = datetime.date(1970, 1, 1)
WORKING_DAYS = 5
LEAVING = "people.exit_rate"
ABSENT = np.iinfo(np.int64).min
"""A day that does not exist."""
Step = Callable[[str], None]


@dataclass(frozen=True)
class Synthesis:
    """A register with what it came from: the counts it was made to, and the tables of the current members."""

    register: registers.Register
    aims: targets.Targets
    tables: tuple[CrossTable, ...]


def synthesise(
    scenario: Scenario,
    margins: targets.Margins | None = None,
    *,
    people: int | None = None,
    draw: int = 0,
    seed: int | None = None,
    pool: int = POOL,
    step: Step = lambda _: None,
) -> Synthesis:
    """Make a synthetic register.

    ``scenario``, ``margins``: rates and shares; by default the project's margins. ``people``: current
    members; by default the published size of the group. ``draw``: 0 for central values of what the sources
    leave open; 1, 2, ... spread over the ranges. ``seed``: chance; by default the scenario's. The same
    numbers give the same bytes. ``pool``: simulated histories to choose from; another number gives another
    register. ``step``: told the name of each step when it begins. DataError, ModelError when margins and
    claims contradict each other; which ones is named.
    """
    assumed = targets.load_margins() if margins is None else margins
    draw = whole_number(draw, "synthesise: draw")
    chance = int(str(scenario["run.seed"])) if seed is None else seed
    chance = whole_number(chance, "synthesise: seed")
    with recording() as recorder:
        step("counts")
        aims = targets.targets(scenario, assumed, people=people, draw=draw)
        step("histories")
        simulated = histories.simulate(scenario, aims, seed=chance, people=pool)
        when = histories.calendar(aims)
        step("choice")
        try:
            chosen = choice.choose(simulated, when, aims, seed=chance)
        except ModelError as error:
            where = f"{scenario.value(LEAVING).origin.where}: {LEAVING}"
            raise ModelError(f"{where}: with this and the inflow no past is as published: {error}") from None
        step("traits")
        made = _People(scenario, assumed, aims, when, histories.generator(chance, 2))
        frames = made.frames(simulated, chosen)
    values = ("claim", "parameter", "bound")  # not the wording or listing of files
    bears = (one for one in recorder.leaves if one.kind in values or one.name.endswith(f"/{targets.MARGINS}"))
    inputs = digest(sorted([read.label, read.digest] for read in bears))
    step("tables")
    about = {
        "people": aims.people,
        "reference_day": when.reference.isoformat(),
        "inputs": inputs,
        "distance_of_histories": round(chosen.distance, 6),
        "distance_of_tables": {table.name: round(table.distance, 6) for table in made.tables},
    }
    return Synthesis(registers.Register(*frames, draw=draw, seed=chance, about=about), aims, made.tables)


def checked(
    *, people: int | None = None, draw: int = 0, seed: int | None = None, step: Step = lambda _: None
) -> registers.Register:
    """Make a synthetic register of the base scenario and check it against every rule and claim.

    ``people``, ``draw``, ``seed``, ``step``: as in :func:`synthesise`. InputError when the number
    of people, the margins or the claims cannot be used; what contradicts itself is named.
    """
    least = targets.smallest()
    if people is not None and not least <= people <= LARGEST:
        empty = f"with fewer than {least} a group of Figure 1 would be empty"
        raise InputError(f"--people: got {people}; expected {least} to {LARGEST:,}: {empty}")
    found = synthesise(load_scenario(), people=people, draw=draw, seed=seed, step=step)
    step("checks")
    registers.validate(found.register)
    wrong = disagreements(found.register) if found.aims.people == found.aims.group else []
    if wrong:
        raise DataError(f"the register does not reproduce {', '.join(wrong)}; nothing was written")
    return found.register


def _frame(table: str, codes: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return a table of a register from an array per column: names by their code, days since 1970, numbers.

    Null where there is none; a column that is finished comes as a Series.
    """

    def column(name: str, kind: str) -> pl.Series:
        values = codes[name]
        if isinstance(values, pl.Series):
            return values
        if kind == registers.FLAG:
            return pl.Series(values > 0)
        if kind == registers.TEXT:
            words = dict(enumerate(names[name]))
            return pl.Series(values).replace_strict(words, default=None, return_dtype=pl.String)
        kept = pl.Series(values).replace(ABSENT if kind == registers.DAY else NONE, None)
        return kept.cast(pl.Int32).cast(pl.Date) if kind == registers.DAY else kept

    return pl.DataFrame({name: column(name, one.kind) for name, one in registers.schema()[table].items()})


@dataclass
class _People:
    """Everybody in the register, current members first, then those who have left.

    ``one`` holds an array per thing known of a person, and grows step by step; the order of the steps is the
    order of the random numbers.
    """

    scenario: Scenario
    margins: targets.Margins
    aims: targets.Targets
    when: Calendar
    random: np.random.Generator
    one: dict[str, Any] = field(default_factory=dict)
    tables: tuple[CrossTable, ...] = ()
    members: int = 0

    def frames(self, pool: Pool, chosen: choice.Chosen) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return the three tables, people in an order that says nothing."""
        who = self._choose(pool, chosen)
        sent = self._invitations(pool, who)
        names = {**registers.CODES, **self._traits()}
        self._answers(names["segment"])
        one, cut, weeks = self.one, self.members, self.when.weeks
        dealt = pl.Series(self.random.permutation(len(who)) + 1).cast(pl.String)
        one["person"] = "S" + dealt.str.zfill(len(str(len(who))))  # made-up numbers, dealt out at random
        one["benefit_start"] = one["until"] - one["days"]
        here = {name: codes[:cut] for name, codes in one.items()}
        by_segment = dict(self.scenario.value("policy.interval_weeks").cells)
        steps = [by_segment.get(name, next(iter(by_segment.values()))) for name in names["segment"]]
        interval = np.array([int(str(one[0].amount.central)) for one in steps])[here["segment"]]
        here["state"] = state = self._state(here, interval)
        here["support"] = np.select([here["follow_up"] == 0, here["follow_up"] == 1], [1, 2])
        here["known_to_wij"] = here["reach"] == targets.REACH.index("known_to_wij")
        for what, week in (("conversation", "talk_week"), ("offer", "sent_week")):
            here[f"weeks_since_{what}"] = np.where(here[week] == NONE, NONE, weeks - here[week])
        here["next_due"] = self._due(here, state, interval)
        sent["person"] = one["person"].gather(pl.Series(sent["person"]))
        gone = {name: codes[cut:] for name, codes in one.items()}
        return (
            _frame(registers.MEMBERS, here, names).sort("person"),
            _frame(registers.FORMER, gone, names).sort("person"),
            _frame(registers.INVITATIONS, sent, names).sort("sent", "person"),
        )

    def _choose(self, pool: Pool, chosen: choice.Chosen) -> Integers:
        """Put people in order; who is in which category of Figure 1, and when people left."""
        gone = choice.GROUPS.index("left_spoken")
        stays, waiting = chosen.group < gone, np.full(len(chosen.waiting), NONE)
        who = np.concatenate([chosen.invited[stays], chosen.waiting, chosen.invited[~stays]])
        group = np.concatenate([chosen.group[stays], waiting, chosen.group[~stays]])
        self.members = cut = int(stays.sum()) + len(waiting)
        self.one["spoken"] = np.isin(group, [0, gone]).astype(np.int64)
        codes = np.array([targets.REACH.index(name) for name in ("spoken", "declined", "not_reached")])
        here = group[:cut]
        reach = np.where(here == NONE, targets.REACH.index("not_yet_approached"), codes[here])
        never = np.flatnonzero(here == NONE)
        order = np.argsort(self.random.random(len(never)), kind="stable")
        reach[never[order[: self.aims.reach["known_to_wij"]]]] = targets.REACH.index("known_to_wij")
        self.one["reach"] = np.concatenate([reach, np.full(len(who) - cut, NONE)])
        self.one["left"] = self._days(np.where(np.arange(len(who)) < cut, NONE, pool.left[who]))
        return who

    def _days(self, weeks: Integers, *, monday: bool = False) -> Integers:
        """Return days since 1970 in given weeks: the Monday, or at random one of five.

        In the week that the early count ends in, a day beyond it.
        """
        day = np.zeros(len(weeks), dtype=np.int64)
        if not monday:
            day = np.floor(self.random.random(len(weeks)) * WORKING_DAYS).astype(np.int64)
            begin = self.when.first + datetime.timedelta(days=WEEK * self.when.early)
            least = max(0, (self.aims.early_end - begin).days + 1)
            day = np.where(weeks == self.when.early, np.maximum(day, least), day)
        first = (self.when.first - EPOCH).days
        return np.where(weeks == NONE, ABSENT, first + WEEK * weeks + day)

    def _invitations(self, pool: Pool, who: Integers) -> dict[str, Any]:
        """Return every invitation with its days, and add up what a person's row says of them."""
        found, n = histories.events(pool, who), len(who)
        person, talk = found["person"], found["answer"] == Answer.CONVERSATION
        week = {name: found[name] for name in ("sent", "answered")}
        found |= {name: self._days(weeks) for name, weeks in week.items()}
        asked = np.bincount(person, minlength=n)
        begin = np.concatenate([[0], np.cumsum(asked)[:-1]])
        found["number"] = np.arange(len(person)) - begin[person] + 1

        def last(values: Integers, kept: Any = slice(None), missing: int = NONE) -> Integers:
            out = np.full(n, missing)
            out[person[kept]] = values[kept]  # rows stand in the order of time: the last one written stays
            return out

        self.one |= {
            "invitations": asked,
            "conversations": np.bincount(person[talk], minlength=n),
            "final": last(found["answer"]),
            "first_invitation": last(found["sent"], slice(None, None, -1), ABSENT),
            "last_invitation": last(found["sent"], missing=ABSENT),
            "last_conversation": last(found["answered"], talk, ABSENT),
            "sent_week": last(week["sent"]),
            "answer_week": last(week["answered"]),
            "talk_week": last(week["answered"], talk),
        }
        return found

    def _traits(self) -> dict[str, Sequence[str]]:
        """Give everybody segment, age, duration and district; return the names of their codes."""
        one, cut = self.one, self.members
        one["until"] = np.where(one["left"] == ABSENT, (self.when.reference - EPOCH).days, one["left"])
        first = np.where(one["first_invitation"] == ABSENT, one["until"], one["first_invitation"])
        shortest = one["until"] - first + registers.least_days()
        # the category of Figure 2 of members spoken to; support only after a conversation
        out = np.full(len(self.one["spoken"]), NONE)
        spoken = np.flatnonzero(self.one["spoken"][: self.members])
        talked_last = self.one["final"][spoken] == Answer.CONVERSATION
        order = spoken[np.lexsort([self.random.random(len(spoken)), ~talked_last])]
        numbers = [self.aims.follow_up[name] for name in targets.FOLLOW_UP]
        helped = sum(numbers[:2])
        rest = order[helped:][self.random.permutation(len(order) - helped)]
        out[np.concatenate([order[:helped], rest])] = np.repeat(np.arange(len(targets.FOLLOW_UP)), numbers)
        one["follow_up"] = follow_up = out
        other = len(targets.FOLLOW_UP) + one["reach"][:cut] - 1
        classes = np.where(follow_up[:cut] != NONE, follow_up[:cut], other)
        gone = np.zeros(len(follow_up) - cut, dtype=np.int64)
        (here, self.tables), (there, _) = (
            traits.assign(self.scenario, self.margins, names, codes, least, self.random)
            for names, codes, least in (
                (traits.CLASSES, classes, shortest[:cut]),
                (traits.LEFT, gone, shortest[cut:]),
            )
        )
        one |= {name: np.concatenate([codes, there[name]]) for name, codes in here.items()}
        bands = {v: [row.category for row in self.margins.of(v)] for v in targets.SHARED}
        return {"segment": list(traits.segment_counts(self.scenario, cut)), **bands}

    def _answers(self, segments: Sequence[str]) -> None:
        """Activity and referral of everybody ever spoken to; who may be invited again."""
        one, n = self.one, len(self.one["spoken"])
        spoken = np.flatnonzero(one["spoken"])
        classes = np.where(one["follow_up"][spoken] == NONE, len(targets.FOLLOW_UP), one["follow_up"][spoken])
        oldest = one["segment"][spoken] == segments.index(traits.OLDEST_ACTIVE)
        one["activity"], one["referred"] = np.full(n, NONE), np.zeros(n, dtype=np.int64)
        one["activity"][spoken] = traits.activity(self.aims, classes, oldest, self.random)
        one["referred"][spoken] = traits.referred(self.aims, classes, self.random)
        refused, missed = (self.scenario.central(path) for path in histories.MAY_AGAIN)
        share = np.where(one["final"] == Answer.NO_CONTACT, missed, refused)
        one["again"] = (self.random.random(n) < share).astype(np.int64)

    def _state(self, here: dict[str, Integers], interval: Integers) -> Integers:
        rules = {
            "known_to_wij": here["reach"] == targets.REACH.index("known_to_wij"),
            "never_invited": here["reach"] == targets.REACH.index("not_yet_approached"),
            "in_support": np.isin(here["follow_up"], [0, 1]),
            "declined": here["final"] == Answer.DECLINED,
            "not_reached": here["final"] == Answer.NO_CONTACT,
            "overdue": self.when.weeks - here["talk_week"] > interval,
        }
        codes = [registers.STATES.index(name) for name in rules]
        return np.select(list(rules.values()), codes, default=registers.STATES.index("in_contact"))

    def _due(self, here: dict[str, Integers], state: Integers, interval: Integers) -> Integers:
        """Return the day from which the next contact is due, or a new invitation allowed."""
        delay = int(str(self.scenario["policy.reinvite_delay_weeks"]))
        refused = np.isin(state, [registers.STATES.index("declined"), registers.STATES.index("not_reached")])
        met = np.isin(state, [registers.STATES.index(one) for one in ("in_contact", "overdue", "in_support")])
        week = np.where(met, here["talk_week"] + interval, here["answer_week"] + delay)
        return self._days(np.where(met | (refused & (here["again"] > 0)), week, NONE), monday=True)
