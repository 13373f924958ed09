"""Whether the model keeps the rules of the letters: what is checked, how often, and how often it went wrong.

Rules check what the model *does*, not whether there is staff enough: somebody due and not served is a result.
Each rule is one function over the event log of a replication (synthetic people) and the weekly record; a rule
that a scenario does not switch on has nothing checked. A violation is a fault of the model and fails the run.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import YEAR, Approach, Channel, Compiled, State
from kik_analysis.capacity.results import Result
from kik_analysis.errors import RunError
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

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
        import polars as pl

        log = self.events.with_row_index("order").sort(*PERSON, "order")
        where = pl.when(pl.col("event").is_in(later)).then(pl.col("week"))
        following = where.shift(-1).backward_fill().over(PERSON)
        found = log.with_columns(next=following).filter(pl.col("event") == first)
        return found.with_columns(gap=(pl.col("next") - pl.col("week")).dt.total_days() // 7)


Found = tuple[int, list[datetime.date]]
"""How many were checked, and the weeks in which it went wrong."""


def _at_start(run: Run, wrong: npt.NDArray[np.bool_]) -> list[datetime.date]:
    """Return the first week once for every policy that is wrong: it holds from the start of its period."""
    return [run.compiled.start] * int(wrong.sum())


def voluntary(run: Run) -> Found:
    """Nobody who said no is written to again before the time that a no is respected."""
    import polars as pl

    wait = int(run.compiled.again_declined.min())
    found = run.after("says_no", ("letter",))
    return found.height, found.filter(pl.col("gap") < wait)["week"].to_list()


def due_within_a_year(run: Run) -> Found:
    """No due date is set later than a year after a contact."""
    interval = run.compiled.interval
    return int(interval.size), _at_start(run, interval > YEAR)


def once_a_year(run: Run) -> Found:
    """Those of sixty and over, and those limited by health, are due exactly once a year where that holds."""
    c = run.compiled
    places = [k for k, name in enumerate(c.segments) if name in ONCE_A_YEAR]
    interval = c.interval[:, places]
    asked = [run.scenario.at("policy.interval_weeks", run.scenario.start, c.segments[k]) for k in places]
    wanted = np.array([int(float(one)) for one in asked])  # type: ignore[arg-type]
    held = wanted == YEAR
    return int(interval[:, held].size), _at_start(run, interval[:, held] != YEAR)


def need_above_floor(run: Run) -> Found:
    """Who asks for contact more often never gets it less often than the floor."""
    c = run.compiled
    on = c.need > 0
    return int(on.sum()), _at_start(run, (c.need_interval > c.interval)[on])


def no_linking(run: Run) -> Found:
    """Nobody known to WIJ is invited, unless the approach is a joint one, by consent."""
    import polars as pl

    c = run.compiled
    joint = (c.approach == Approach.JOINT_WITH_WIJ).any() or c.stock_wait[
        c.stock_state == State.KNOWN_TO_WIJ
    ].max(initial=-1) >= 0
    if joint:
        return 0, []
    letters = run.events.filter(pl.col("event") == "letter")
    return letters.height, letters.filter(pl.col("state") == "known_to_wij")["week"].to_list()


def no_double_contact(run: Run) -> Found:
    """Nobody gets two letters in one week."""
    import polars as pl

    letters = run.events.filter(pl.col("event") == "letter")
    twice = letters.select(*PERSON, "week").is_duplicated()
    return letters.height, letters.filter(twice)["week"].to_list()


def follow_up_after_services(run: Run) -> Found:
    """Who returns from services outside gets a follow-up, due within a year."""
    import polars as pl

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
    """With a fixed contact person everybody has one; a pooled team has nothing to check."""
    if run.scenario.at("team.organisation", run.scenario.start) == "pooled":
        return 0, []
    return run.compiled.people, []


RULES: dict[str, tuple[Callable[[Run], Found], str]] = {
    "voluntary": (voluntary, "L022 L034"),
    "due_within_a_year": (due_within_a_year, "L030 D032"),
    "once_a_year_60_plus_and_health": (once_a_year, "D013 D014"),
    "need_above_floor": (need_above_floor, "D031 D033"),
    "no_linking": (no_linking, "L050 D049"),
    "no_double_contact": (no_double_contact, "L077"),
    "follow_up_after_services": (follow_up_after_services, "L026"),
    "contact_stop": (contact_stop, "D038 D039 D040"),
    "open_cohort": (open_cohort, "L037"),
    "fixed_contact_person": (fixed_contact_person, "L032"),
}
"""Each rule by name: what checks it, and the claims that state it."""
MEASURES = ("group_size", "outside_services", "arrivals", "exits", "home_visits")


def check(scenario: Scenario, result: Result, replication: int = 0) -> pl.DataFrame:
    """Check every rule on one replication.

    ``scenario``, ``result``: the scenario and its simulation. ``replication``: which one; it is run again
    alone, so that its event log is there. Returns ``rule``, ``scenario``, ``checked``, ``violations``,
    ``claims``. RunError when a rule is broken; the message names scenario, rule, number and week.
    """
    import polars as pl

    record = result.replications(measures=MEASURES).filter(pl.col("replication") == replication)
    weekly = record.pivot("measure", index="week", values="value", maintain_order=True)
    run = Run(scenario, result.compiled, result.events(replication), weekly)
    name, rows, broken = result.compiled.name, [], []
    for rule, (checked, claims) in RULES.items():
        number, weeks = checked(run)
        rows.append((rule, name, number, len(weeks), claims))
        if weeks:
            broken.append(
                f"{name}: the model broke the rule {rule}, {len(weeks)} of {number}, first in {min(weeks)}"
            )
    if broken:
        raise RunError(broken)
    return pl.DataFrame(rows, schema=["rule", "scenario", "checked", "violations", "claims"], orient="row")
