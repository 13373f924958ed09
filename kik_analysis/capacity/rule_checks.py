"""Whether the model keeps the rules of the letters: what is checked, how often, and how often it went wrong.

Rules check what the model *does*, not whether there is staff enough: somebody due and not served is a result.
Each rule is one function over the event log of a replication (synthetic people) and the weekly record; a rule
that a scenario does not switch on has nothing checked. A violation is a fault of the model and fails the run.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from kik_analysis.capacity import engine, layout
from kik_analysis.capacity.compiled import YEAR, Channel, Compiled, State
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.results import Result
from kik_analysis.errors import RunError
from kik_analysis.parameters.scenario import Scenario

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

    def after(self, first: str, later: tuple[str, ...]) -> pl.DataFrame:
        """Return each event ``first``, with ``gap``: weeks to the person's next one of ``later``."""
        log = self.events.with_row_index("order").sort(*PERSON, "order")
        where = pl.when(pl.col("event").is_in(later)).then(pl.col("week"))
        following = where.shift(-1).backward_fill().over(PERSON)
        found = log.with_columns(next=following).filter(pl.col("event") == first)
        return found.with_columns(gap=(pl.col("next") - pl.col("week")).dt.total_days() // 7)


Found = tuple[int, list[datetime.date]]
"""How many were checked, and the weeks in which it went wrong."""


def _policy(run: Run, wrong: npt.NDArray[np.bool_]) -> Found:
    """Return how many policies were checked, and for each wrong one the first week: it holds from there."""
    return int(wrong.size), [run.compiled.start] * int(wrong.sum())


def voluntary(run: Run) -> Found:
    """Nobody who said no is written to again before the time that a no is respected."""
    wait = int(run.compiled.again_declined.min())
    found = run.after("says_no", ("letter",))
    return found.height, found.filter(pl.col("gap") < wait)["week"].to_list()


def due_within_a_year(run: Run) -> Found:
    """No due date is set later than a year after a contact."""
    return _policy(run, run.compiled.interval > YEAR)


def once_a_year_60_plus_and_health(run: Run) -> Found:
    """Those of sixty and over, and those limited by health, are due exactly once a year where that holds."""
    c, start = run.compiled, run.scenario.start
    named = (name for name in c.segments if name in ONCE_A_YEAR)
    asked = {name: run.scenario.at("policy.interval_weeks", start, name) for name in named}
    held = [c.segments.index(name) for name, weeks in asked.items() if weeks == YEAR]
    return _policy(run, c.interval[:, held] != YEAR)


def need_above_floor(run: Run) -> Found:
    """Who asks for contact more often never gets it less often than the floor."""
    c = run.compiled
    return _policy(run, (c.need_interval > c.interval)[c.need > 0])


def no_linking(run: Run) -> Found:
    """Nobody known to WIJ is invited, unless the approach is a joint one, by consent."""
    c = run.compiled
    if (c.stock_wait[c.stock_state == State.KNOWN_TO_WIJ] >= 0).any():  # who consents
        return 0, []
    letters = run.events.filter(pl.col("event") == "letter")
    return letters.height, letters.filter(pl.col("state") == "known_to_wij")["week"].to_list()


def no_double_contact(run: Run) -> Found:
    """Nobody gets two letters in one week."""
    letters = run.events.filter(pl.col("event") == "letter")
    twice = letters.select(*PERSON, "week").is_duplicated()
    return letters.height, letters.filter(twice)["week"].to_list()


def follow_up_after_services(run: Run) -> Found:
    """Who returns from services outside gets a follow-up, due within a year."""
    back = run.after(
        "returns", ("joins_queue", "conversation", "mail_answered", "overdue", "leaves", "letter")
    )
    last = run.weekly["week"].max()
    seen = back.filter(pl.col("week") <= last - datetime.timedelta(weeks=YEAR))  # type: ignore[operator]
    return seen.height, seen.filter(pl.col("gap").is_null() | (pl.col("gap") > YEAR))["week"].to_list()


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
    flows = (w["arrivals"] - w["exits"]).slice(1)
    return change.len(), w["week"].slice(1).filter(change != flows).to_list()


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
MEASURES = (
    "group_size", "outside_services", "arrivals", "exits", "home_visits", "minutes_available", "letters",
    "conversations", "by_colleague",
)  # fmt: skip


def check_rules(scenario: Scenario, result: Result, replication: int = 0) -> pl.DataFrame:
    """Check every rule on one replication.

    ``scenario``, ``result``: the scenario and its simulation. ``replication``: which one; it is run again
    alone, so that its event log is there. Returns ``rule``, ``scenario``, ``checked``, ``violations``,
    ``claims``. RunError when a rule is broken; the message names scenario, rule, number and week.
    """
    c = result.compiled
    record = engine.replay(c, seed=result.seed, replication=replication)[0]
    columns = {name: record[: c.weeks, place(c, name)] for name in MEASURES}
    run = Run(scenario, c, result.events(replication), pl.DataFrame({"week": c.mondays(), **columns}))
    name, rows, broken = c.name, [], []
    for checks, claims in RULES.items():
        rule, (number, weeks) = checks.__name__, checks(run)
        rows.append((rule, name, number, len(weeks), claims))
        if weeks:
            broken.append(
                f"{name}: the model broke the rule {rule}, {len(weeks)} of {number}, first in {min(weeks)}"
            )
    if broken:
        raise RunError(broken)
    return pl.DataFrame(rows, schema=["rule", "scenario", "checked", "violations", "claims"], orient="row")
