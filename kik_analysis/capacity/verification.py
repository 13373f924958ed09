"""Whether the model does what it should: cases of which the outcome is known, and the rules of the letters.

What must come out, what comes out, and how far apart in z: each case switches parts of a scenario off until a
closed form remains. Chance makes small differences: z is the difference in standard errors that theory gives.
The limit holds for the whole family at one in ten thousand (Bonferroni). Exact cases must agree to the last
whole number.

Rules check what the model *does*, not whether there is staff enough: somebody due and not served is a result.
Each rule is one function over the event log of a replication (synthetic people) and the weekly record; a rule
that a scenario does not switch on has nothing checked. A violation is a fault of the model and fails the run.
"""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from kik_analysis.capacity import compiled, engine, layout
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import GROUP, YEAR, Channel, Compiled, Kind, Queue, Standing, State
from kik_analysis.capacity.measures import ALL, place, places
from kik_analysis.capacity.results import Result
from kik_analysis.errors import RunError
from kik_analysis.evidence import reads
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.statistics.philox import philox

#: Chance that a right model is rejected somewhere in the whole table.
ALPHA = 1e-4
_STANDING = {
    State.IN_CONTACT: Standing.CONTACT,
    State.OVERDUE: Standing.CONTACT,
    State.DECLINED: Standing.DECLINED,
    State.NOT_REACHED: Standing.NOT_REACHED,
    State.KNOWN_TO_WIJ: Standing.WIJ,
    State.OUTSIDE_SERVICES: Standing.OUTSIDE,
}
_PLENTY = 10_000_000  # minutes a week that nothing exhausts
#: Counter, key and words of Philox4x32-10 as published with it (Salmon et al. 2011, Random123, kat_vectors).
KNOWN = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)


@dataclass(frozen=True)
class Check:
    """One case.

    ``name``: its name; words stand in the texts. ``expected``, ``got``: what theory says and what came out (a
    mean over replications). ``error``: standard error of ``got`` that theory gives; 0 where the case is
    exact.
    """

    name: str
    expected: float
    got: float
    error: float = 0.0

    @property
    def z(self) -> float | None:
        """Difference in standard errors; None for an exact case."""
        return (self.got - self.expected) / self.error if self.error > 0 else None


def limit(number: int) -> float:
    """Return the |z| that some case of ``number`` right ones exceeds with probability ``ALPHA`` at most."""
    return NormalDist().inv_cdf(1 - ALPHA / (2 * max(1, number)))


def _quiet(c: Compiled, weeks: int, minutes: int, keep: Any = slice(None), **changes: Any) -> Compiled:
    """Nobody comes, nobody leaves, every week is as the first with the same hours; ``keep`` chooses cells."""
    still = {name: getattr(c, name)[0] for name in compiled.along("week")}
    still |= {name: getattr(c, name)[keep] for name in compiled.along("cell")}
    still |= {name: 0 * getattr(c, name) for name in ("exit_probability", "support_end", "services_end")}
    still |= dict.fromkeys(("inflow_mean", "inflow_fixed", "moved"), 0) | {"period": c.period[0, 0]}
    still |= dict.fromkeys(("promise_limit", "promise_limit_first", "promise_limit_others"), -1)
    return c.replace(**still | {"minutes_available": np.full(weeks, minutes)} | changes)


def _cases(c: Compiled) -> Iterator[tuple[str, Compiled, str, int, float, float]]:
    """Means that theory knows: name, scenario, measure, week, what it is, and its variance in one run."""
    now = c.period[0, 0]  # of all weeks, for the first one is repeated
    home: Any = {"channel": np.broadcast_to(np.arange(len(Channel)) == Channel.HOME, c.channel.shape)}
    # exit alone: binomial survivors, each standing and segment at its own rate; whoever is asked says yes
    leaving: Any = {"exit_probability": c.exit_probability, "opens": 0 * c.opens, **home}
    leaving |= {"accept": np.ones_like(c.accept), "reach": np.ones_like(c.reach)}
    quiet = _quiet(c, YEAR, 0, np.isin(c.stock_state, GROUP), **leaving)
    new = np.where(quiet.stock_contact == 1, Standing.CONTACT, Standing.NEW)
    by_state = [_STANDING.get(State(s), one) for s, one in zip(quiet.stock_state, new, strict=True)]
    standing = np.where(quiet.stock_support == 1, Standing.SUPPORT, by_state).astype(np.int64)
    stay = (1 - c.exit_probability[now, standing, quiet.stock_segment]) ** YEAR
    n = quiet.stock_count
    yield "survivors", quiet, "group_size", -1, (n * stay).sum(), (n * stay * (1 - stay)).sum()
    # Poisson arrivals who leave at a constant rate: a Poisson number of people
    mean = c.inflow_mean[0]
    quiet = _quiet(c, YEAR, 0, slice(0), **leaving, inflow_mean=mean)
    leave = c.exit_probability[now, [Standing.NEW, Standing.WIJ, Standing.CONTACT]].T
    kept = ((1 - leave[..., None]) ** np.arange(YEAR)).sum(axis=-1)
    expected = (mean * c.entry_segment[:, None] * c.entry_status[now] * kept).sum()
    yield "newcomers", quiet, "group_size", -1, expected, expected
    # ample hours, a letter to everybody at once: yes after the first, silence after the last
    letters = int(c.attempts[now, Kind.FIRST, Channel.HOME])
    waits = c.answer_weeks[now, Kind.FIRST, Channel.HOME, :letters]
    home |= {"approach": 0 * c.approach}
    quiet = _quiet(c, int(waits.sum()) + 1, _PLENTY, c.stock_state == State.NEVER_INVITED, **home)
    n, segment = quiet.stock_count, quiet.stock_segment
    reach = quiet.reach[0, Kind.FIRST, Channel.HOME]
    yes = reach[0] * c.accept[0, Channel.HOME, quiet.stock_row, segment]
    silent = np.full(len(n), np.prod(1 - reach[:letters]))
    for name, measure, week, p in (
        ("yes_at_once", "accepted", int(waits[0]), yes),
        ("silent", "unanswered", int(waits.sum()), silent),
    ):
        yield name, quiet, measure, week, (n * p).sum(), (n * p * (1 - p)).sum()


def weekly(c: Compiled, record: compiled.Integers) -> dict[str, compiled.Integers]:
    """Return what a replication recorded of the whole group and of the team by week, as whole numbers."""
    return {one.name: record[: c.weeks, column] for name, one, column in places(c) if name == ALL}


def _exact(c: Compiled, seed: int) -> list[Check]:
    """Without hours nobody is spoken to; people and minutes are kept week by week; waits by Little's law."""
    quiet = _quiet(c, YEAR // 2, 0)
    talks = weekly(quiet, engine.replay(quiet, seed=seed, replication=0)[0])["conversations"].sum()
    record, log = engine.replay(c, seed=seed, replication=0)
    week = weekly(c, record)
    people = np.diff(week["group_size"] + week["outside_services"], prepend=c.people)
    debt = np.diff(week["minutes_debt"], prepend=0)
    odd_people = people - week["arrivals"] + week["exits"]
    odd_minutes = week["minutes_available"] - week["minutes_used"] - week["minutes_lost"] + debt
    words = [word for counter, key, _ in KNOWN for word in philox(counter, key).tolist()]
    published = [word for *_, known in KNOWN for word in known]
    agree = sum(one == other for one, other in zip(words, published, strict=True))
    # weeks that people waited for a letter, added up from the event log (Little 1961)
    since: dict[tuple[int, int], int] = {}
    waited = 0
    for t, entry, index, event, value, _ in log.tolist():
        if event == 2 and value >= Queue.FOLLOW_UP:
            since[entry, index] = t
        elif event in (1, 3) and (entry, index) in since:
            waited += t - since.pop((entry, index))
    return [
        Check("no_hours", 0.0, float(talks)),
        Check("people_kept", 0.0, float(np.abs(odd_people).sum())),
        Check("minutes_kept", 0.0, float(np.abs(odd_minutes).sum())),
        Check(
            "little", float(week["waiting"].sum()), float(waited + sum(c.weeks - t for t in since.values()))
        ),
        Check("known_answers", float(len(published)), float(agree)),
    ]


def verify(scenario: Scenario, *, replications: int = 200) -> list[Check]:
    """Run every case on a scenario.

    ``scenario``: the scenario of which parts are switched off. ``replications``: per case with chance.
    """
    c, seed = compile_scenario(scenario), int(scenario["run.seed"])  # type: ignore[arg-type]
    checks = []
    for name, quiet, measure, week, expected, variance in _cases(c):
        rows = engine.samples(quiet, slice(0, quiet.weeks), replications=replications, seed=seed)
        got = float(rows[:, week, place(quiet, measure)].mean())
        checks.append(Check(name, float(expected), got, float(variance / replications) ** 0.5))
    checks += _exact(c, seed)
    noted = {"scenario": c.digest(), "runs": replications, "seed": seed}
    reads.note("simulation", f"{c.name}/verification", noted, Evidence.SIMULATED)
    return checks


ONCE_A_YEAR = ("active_60_plus", "health_limited")
"""Segments of which the letters of 2021 say: once a year (D013, D014)."""
PERSON = ("entry_week", "index")
"""What names a synthetic person in an event log."""


@dataclass(frozen=True)
class Run:
    """One replication to be checked.

    ``scenario``, ``compiled``: the scenario, and what the engine ran. ``events``: the event log, in the order
    of happening. ``weekly``: the measures of the whole group by week, a column each.
    """

    scenario: Scenario
    compiled: Compiled
    events: pl.DataFrame
    weekly: pl.DataFrame

    def after(self, first: tuple[str, ...], later: tuple[str, ...]) -> pl.DataFrame:
        """Return each event of ``first``, with ``gap``: weeks to the person's next one of ``later``."""
        log = self.events.with_row_index("order").sort(*PERSON, "order")
        where = pl.when(pl.col("event").is_in(later)).then(pl.col("week"))
        following = where.shift(-1).backward_fill().over(PERSON)
        found = log.with_columns(next=following).filter(pl.col("event").is_in(first))
        return found.with_columns(gap=(pl.col("next") - pl.col("week")).dt.total_days() // 7)


Found = tuple[int, list[datetime.date]]
"""How many were checked, and the weeks in which it went wrong."""


def _turn_comes(run: Run, *events: str, most: int = YEAR) -> Found:
    """Return how many such events there were so long before the end, and those without a turn by then."""
    later = ("joins_queue", "conversation", "mail_answered", "overdue", "leaves", "letter", "returns")
    until = run.compiled.mondays()[-1] - datetime.timedelta(weeks=most)
    seen = run.after(events, later).filter(pl.col("week") <= until, pl.col("detail") != "outside")
    return seen.height, seen.filter(pl.col("gap").is_null() | (pl.col("gap") > most))["week"].to_list()


def voluntary(run: Run) -> Found:
    """Nobody who said no is written to again before the time that a no is respected."""
    wait = int(run.compiled.again_declined.min())
    found = run.after(("says_no",), ("letter",))
    return found.height, found.filter(pl.col("gap") < wait)["week"].to_list()


def due_within_a_year(run: Run) -> Found:
    """Nobody's next contact is due later than a year after one: by then the turn has come."""
    return _turn_comes(run, "conversation", "mail_answered")


def once_a_year_60_plus_and_health(run: Run) -> Found:
    """Those of sixty and over, and those limited by health, are due exactly once a year where that holds."""
    c, told = run.compiled, run.scenario.timeline("policy.interval_weeks")
    held = []
    for k in np.unique(c.period):
        week, weekday = np.argwhere(c.period == k)[0].tolist()  # a policy counts from its own day
        day = c.mondays()[week] + datetime.timedelta(days=weekday)
        weeks = zip(c.segments, c.interval[k].tolist(), strict=True)
        held += [(day, n) for one, n in weeks if one in ONCE_A_YEAR and told.at(day, one).central == YEAR]
    return len(held), [day for day, weeks in held if weeks != YEAR]


def need_above_floor(run: Run) -> Found:
    """Who asks for contact more often never gets it less often than the floor."""
    c = run.compiled
    turn = "conversation", "mail_answered"
    return _turn_comes(run, *turn, most=int(c.interval.max())) if c.need.any() else (0, [])


def no_linking(run: Run) -> Found:
    """Nobody known to WIJ is invited, but by a joint approach who consents to it: they are of the stock."""
    c, letters = run.compiled, run.events.filter(pl.col("event") == "letter")
    apart = np.repeat((c.stock_state == State.KNOWN_TO_WIJ) & (c.stock_wait < 0), c.stock_count)
    known = (pl.col("entry_week") == 0) & pl.col("index").is_in(np.flatnonzero(apart).tolist())
    return letters.height, letters.filter(known)["week"].to_list()


def no_double_contact(run: Run) -> Found:
    """Nobody gets two letters in one week."""
    letters = run.events.filter(pl.col("event") == "letter")
    return letters.height, letters.filter(letters.select(*PERSON, "week").is_duplicated())["week"].to_list()


def follow_up_after_services(run: Run) -> Found:
    """Who returns from services outside gets a follow-up, due within a year."""
    return _turn_comes(run, "returns")


def contact_stop(run: Run) -> Found:
    """No home visits in weeks in which nobody is met at home."""
    c = run.compiled
    home = c.channel[:, :, :, Channel.HOME].max(axis=(1, 2)) > 0
    closed = ~home[np.asarray(c.period)].any(axis=1)
    wrong = closed & (run.weekly["home_visits"].to_numpy() > 0)
    return int(closed.sum()), run.weekly["week"].filter(wrong).to_list()


def open_cohort(run: Run) -> Found:
    """People come in and leave all the time, and nobody gets lost: the group is what it was, in less out."""
    w = run.weekly
    change = w["group_size"].diff().slice(1) + w["outside_services"].diff().slice(1)
    return change.len(), w["week"].slice(1).filter(change != (w["arrivals"] - w["exits"]).slice(1)).to_list()


def fixed_contact_person(run: Run) -> Found:
    """A colleague does something only while a caseworker is absent; a pooled team has nothing to check.

    Everybody is at work in the weeks whose minutes are those of the whole team: one of n places that is empty
    would take an n-th of them away.
    """
    c, w = run.compiled, run.weekly
    if not c.fixed_person:
        return 0, []
    whole = c.minutes_available / ((1 - c.sick_share) * (1 - layout.gone(c)))
    complete = w["minutes_available"].to_numpy() > whole * (1 - 1 / (2 * c.places))
    done = (w["letters"] + w["conversations"]).filter(complete).sum()
    return int(done), w["week"].filter(complete & (w["by_colleague"].to_numpy() > 0)).to_list()


RULES: dict[Callable[[Run], Found], str] = {
    voluntary: "L022 L034",
    due_within_a_year: "L030 D032",
    once_a_year_60_plus_and_health: "D013 D014",
    need_above_floor: "D031 D033",
    no_linking: "L050 D049",
    no_double_contact: "L077",
    follow_up_after_services: "L026",
    contact_stop: "D038 D039 D040",
    open_cohort: "L037",
    fixed_contact_person: "L032",
}
"""What checks each rule, called after it, and the claims that state it."""


def check_rules(scenario: Scenario, result: Result) -> pl.DataFrame:
    """Check every rule on the first replication, which is run again for its event log.

    ``scenario``, ``result``: the scenario and its simulation. Returns ``rule``, ``scenario``, ``checked``,
    ``violations``, ``claims`` (empty without a published history). RunError when a rule is broken; the
    message names scenario, rule, number and week.
    """
    c = result.compiled
    columns = weekly(c, engine.replay(c, seed=result.seed, replication=0)[0])
    run = Run(scenario, c, result.events(), pl.DataFrame({"week": c.mondays(), **columns}))
    name, rows, broken = c.name, [], []
    for checks, claims in RULES.items():
        rule, (number, weeks) = checks.__name__, checks(run)
        rows.append((rule, name, number, len(weeks), claims if scenario.header.published else ""))
        if weeks:
            broken.append(
                f"{name}: the model broke the rule {rule}, {len(weeks)} of {number}, first in {min(weeks)}"
            )
    if broken:
        raise RunError(broken)
    return pl.DataFrame(rows, schema=["rule", "scenario", "checked", "violations", "claims"], orient="row")
