"""Cases of which the outcome is known beforehand: what must come out, what comes out, and how far apart in z.

Each case switches parts of a scenario off until a closed form remains. Chance makes small differences: z is
the difference in standard errors that theory gives. The limit holds for the whole family at one in ten
thousand (Bonferroni). Exact cases must agree to the last whole number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from kik_analysis.capacity import compiled, engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import GROUP, YEAR, Channel, Compiled, Kind, Queue, Standing, State
from kik_analysis.capacity.measures import place
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.statistics.philox import philox

#: Chance that a right model is rejected somewhere in the whole table.
ALPHA = 1e-4
_STANDING = {
    State.NEVER_INVITED: Standing.NEW, State.IN_CONTACT: Standing.CONTACT, State.OVERDUE: Standing.CONTACT,
    State.DECLINED: Standing.DECLINED, State.NOT_REACHED: Standing.NOT_REACHED,
    State.KNOWN_TO_WIJ: Standing.WIJ, State.OUTSIDE_SERVICES: Standing.OUTSIDE,
}  # fmt: skip
_PLENTY = 10_000_000  # minutes a week that nothing exhausts
#: Counter, key and words of Philox4x32-10 as published with it (Salmon et al. 2011, Random123, kat_vectors).
KNOWN = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
)  # fmt: skip


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
    return NormalDist().inv_cdf(1 - ALPHA / (2 * number))


def _quiet(c: Compiled, weeks: int, minutes: int, keep: Any = slice(None), **changes: Any) -> Compiled:
    """Nobody comes, nobody leaves, every week is as the first with the same hours; ``keep`` chooses cells."""
    still = {name: getattr(c, name)[0] for name in compiled.along("week")}
    still |= {name: getattr(c, name)[keep] for name in compiled.along("cell")}
    still |= {name: 0 * getattr(c, name) for name in ("exit_probability", "support_end", "services_end")}
    still |= dict.fromkeys(("inflow_mean", "inflow_fixed"), 0)
    still |= dict.fromkeys(("promise_limit", "promise_limit_first", "promise_limit_others"), -1)
    return c.replace(**still | {"minutes_available": np.full(weeks, minutes)} | changes)


def _cases(c: Compiled) -> Iterator[tuple[str, Compiled, str, int, float, float]]:
    """Means that theory knows: name, scenario, measure, week, what it is, and its variance in one run."""
    now = c.period[0, 0]  # of all weeks, for the first one is repeated
    leaving: Any = {"exit_probability": c.exit_probability}
    # exit alone: binomial survivors, each standing and segment at its own rate
    quiet = _quiet(c, YEAR, 0, np.isin(c.stock_state, GROUP), **leaving)
    by_state = [_STANDING.get(State(s), Standing.NEW) for s in quiet.stock_state]
    standing = np.where(quiet.stock_support == 1, Standing.SUPPORT, by_state)
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
    home = np.broadcast_to(np.arange(len(Channel)) == Channel.HOME, c.channel.shape)
    asked: Any = {"channel": home, "approach": 0 * c.approach}
    quiet = _quiet(c, int(waits.sum()) + 1, _PLENTY, c.stock_state == State.NEVER_INVITED, **asked)
    n, segment = quiet.stock_count, quiet.stock_segment
    reach = quiet.reach[0, Kind.FIRST, Channel.HOME]
    yes = reach[0] * c.accept[0, Channel.HOME, quiet.stock_row, segment]
    silent = np.full(len(n), np.prod(1 - reach[:letters]))
    for name, measure, week, p in (
        ("yes_at_once", "accepted", int(waits[0]), yes),
        ("silent", "unanswered", int(waits.sum()), silent),
    ):
        yield name, quiet, measure, week, (n * p).sum(), (n * p * (1 - p)).sum()


def _exact(c: Compiled, seed: int) -> list[Check]:
    """Without hours nobody is spoken to; people and minutes are kept week by week; waits by Little's law."""
    quiet = _quiet(c, YEAR // 2, 0)
    record, _ = engine.replay(quiet, seed=seed, replication=0)
    talks = record[: quiet.weeks, place(quiet, "conversations")].sum()
    record, log = engine.replay(c, seed=seed, replication=0)
    week = {name: record[: c.weeks, place(c, name)] for name in (
        "group_size", "outside_services", "arrivals", "exits", "minutes_available", "minutes_used",
        "minutes_lost", "minutes_debt", "waiting")}  # fmt: skip
    people = np.diff(week["group_size"] + week["outside_services"], prepend=c.people)
    debt = np.diff(week["minutes_debt"], prepend=0)
    odd_people = people - week["arrivals"] + week["exits"]
    odd_minutes = week["minutes_available"] - week["minutes_used"] - week["minutes_lost"] + debt
    words = [word for counter, key, _ in KNOWN for word in philox(counter, key).tolist()]
    published = [word for *_, known in KNOWN for word in known]
    agree = sum(one == other for one, other in zip(words, published, strict=True))
    return [
        Check("no_hours", 0.0, float(talks)),
        Check("people_kept", 0.0, float(np.abs(odd_people).sum())),
        Check("minutes_kept", 0.0, float(np.abs(odd_minutes).sum())),
        Check("little", float(week["waiting"].sum()), float(_weeks_waited(c, log))),
        Check("known_answers", float(len(published)), float(agree)),
    ]


def _weeks_waited(c: Compiled, log: Any) -> int:
    """Weeks that people waited for a letter, added up from the event log (Little 1961)."""
    since: dict[tuple[int, int], int] = {}
    waited = 0
    for t, week, index, event, value, _ in log.tolist():
        if event == 2 and value >= Queue.FOLLOW_UP:
            since[week, index] = t
        elif event in (1, 3) and (week, index) in since:
            waited += t - since.pop((week, index))
    return waited + sum(c.weeks - t for t in since.values())


def verify(scenario: Scenario, *, replications: int = 200, workers: int | None = None) -> list[Check]:
    """Run every case on a scenario.

    ``scenario``: the scenario of which parts are switched off. ``replications``: per case with chance.
    ``workers``: threads; the numbers do not depend on it.
    """
    c, seed = compile_scenario(scenario), int(scenario["run.seed"])  # type: ignore[arg-type]
    checks = []
    for name, quiet, measure, week, expected, variance in _cases(c):
        weeks = slice(0, quiet.weeks)
        rows = engine.samples(quiet, weeks, replications=replications, seed=seed, workers=workers)
        got = float(rows[:, week, place(quiet, measure)].mean())
        checks.append(Check(name, float(expected), got, float(variance / replications) ** 0.5))
    checks += _exact(c, seed)
    noted = {"scenario": c.digest(), "runs": replications, "seed": seed}
    reads.note("simulation", f"{c.name}/verification", noted, Evidence.SIMULATED)
    return checks
