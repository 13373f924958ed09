"""Cases of which the outcome is known beforehand: what must come out, what comes out, and how far apart in z.

Each case switches parts of a scenario off until a closed form remains. Chance makes small differences: z is
the difference in standard errors that theory gives. The limit holds for the whole family at one in ten
thousand (Bonferroni). Exact cases must agree to the last whole number.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from kik_analysis.capacity import individuals
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled, Kind, Queue, Standing, State
from kik_analysis.capacity.measures import place
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.statistics.philox import philox

#: Chance that a right model is rejected somewhere in the whole table.
ALPHA = 1e-4
_WEEKLY = ("minutes_available", "promise_limit", "talk_limit", "inflow_mean", "inflow_fixed", "letters_open",
           "conversation_minutes", "reminder_minutes", "travel_minutes", "registration_minutes",
           "missed_minutes", "interval")  # fmt: skip
_STOCK = ("state", "segment", "row", "contact", "age", "offer_age", "wait", "count")
_STANDING = {
    State.NEVER_INVITED: Standing.NEW, State.IN_CONTACT: Standing.CONTACT, State.DECLINED: Standing.DECLINED,
    State.NOT_REACHED: Standing.NOT_REACHED, State.KNOWN_TO_WIJ: Standing.WIJ,
    State.IN_SUPPORT: Standing.SUPPORT, State.OUTSIDE_SERVICES: Standing.OUTSIDE,
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

    Attributes
    ----------
    name
        Its name; words stand in the texts.
    expected, got
        What theory says and what came out (a mean over replications).
    error
        Standard error of ``got`` that theory gives; 0 where the case is exact.
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


def _quiet(c: Compiled, weeks: int, minutes: int) -> Compiled:
    """Nobody comes, nobody leaves, every week is open and has the same hours."""
    first = {name: np.repeat(getattr(c, name)[:1], weeks, axis=0) for name in _WEEKLY}
    first |= {"inflow_mean": np.zeros(weeks), "inflow_fixed": np.zeros(weeks),
              "minutes_available": np.full(weeks, minutes), "promise_limit": np.full(weeks, -1),
              "talk_limit": np.full(weeks, -1)}  # fmt: skip
    nothing = np.zeros_like(c.exit_probability)
    return c.replace(**first, exit_probability=nothing, support_end=np.zeros(len(c.segments)),
                     services_end=np.zeros(len(c.segments)))  # fmt: skip


def _stock(c: Compiled, keep: Any) -> dict[str, Any]:
    return {f"stock_{name}": getattr(c, f"stock_{name}")[keep] for name in _STOCK}


def _means(c: Compiled, measure: str, replications: int, seed: int, workers: int | None) -> Any:
    rows = individuals.samples(c, slice(0, c.weeks), replications=replications, seed=seed, workers=workers)
    return rows[..., place(c, measure)].mean(axis=0)


def _survivors(c: Compiled, n: int, seed: int, workers: int | None) -> Check:
    """Exit alone: binomial survivors, each standing and segment at its own rate."""
    weeks = 52
    quiet = _quiet(c, weeks, 0).replace(exit_probability=c.exit_probability)
    inside = quiet.stock_state != State.OUTSIDE_SERVICES
    quiet = quiet.replace(**_stock(quiet, inside))
    rates = [quiet.exit_probability[_STANDING[State(s)], g]
             for s, g in zip(quiet.stock_state, quiet.stock_segment, strict=True)]  # fmt: skip
    stay = (1 - np.array(rates)) ** weeks
    expected = float((quiet.stock_count * stay).sum())
    variance = float((quiet.stock_count * stay * (1 - stay)).sum())
    got = _means(quiet, "group_size", n, seed, workers)[-1]
    return Check("survivors", expected, float(got), (variance / n) ** 0.5)


def _newcomers(c: Compiled, n: int, seed: int, workers: int | None) -> Check:
    """Poisson arrivals who leave at a constant rate: a Poisson number of people."""
    weeks = 52
    quiet = _quiet(c, weeks, 0)
    nobody = np.zeros(len(quiet.stock_count), dtype=bool)
    quiet = quiet.replace(
        exit_probability=c.exit_probability,
        inflow_mean=np.full(weeks, c.inflow_mean[0]),
        **_stock(quiet, nobody),
    )
    standing = (Standing.NEW, Standing.WIJ, Standing.CONTACT)
    expected = 0.0
    for segment, share in enumerate(quiet.entry_segment):
        for status, part in enumerate(quiet.entry_status[segment]):
            p = quiet.exit_probability[standing[status], segment]
            kept = sum((1 - p) ** k for k in range(weeks))
            expected += float(quiet.inflow_mean[0] * share * part * kept)
    got = _means(quiet, "group_size", n, seed, workers)[-1]
    return Check("newcomers", expected, float(got), (expected / n) ** 0.5)


def _answers(c: Compiled, n: int, seed: int, workers: int | None) -> list[Check]:
    """Ample hours, a letter to everybody at once: yes after the first, silence after the last."""
    letters = int(c.attempts[Kind.FIRST])
    waits = [int(w) for w in c.answer_weeks[Kind.FIRST][:letters]]
    weeks = sum(waits) + 1
    quiet = _quiet(c, weeks, _PLENTY)
    quiet = quiet.replace(**_stock(quiet, quiet.stock_state == State.NEVER_INVITED))
    count, segment = quiet.stock_count, quiet.stock_segment
    reach = quiet.reach[Kind.FIRST][segment]
    yes = reach[:, 0] * quiet.accept[quiet.stock_row, segment]
    silent = np.prod(1 - reach[:, :letters], axis=1)
    rows = individuals.samples(quiet, slice(0, weeks), replications=n, seed=seed, workers=workers)
    out = []
    for name, measure, week, p in (
        ("yes_at_once", "accepted", waits[0], yes),
        ("silent", "unanswered", sum(waits), silent),
    ):
        got = rows[:, week, place(quiet, measure)].mean()
        variance = float((count * p * (1 - p)).sum())
        out.append(Check(name, float((count * p).sum()), float(got), (variance / n) ** 0.5))
    return out


def _no_hours(c: Compiled, seed: int) -> Check:
    """Without hours nobody is ever spoken to."""
    quiet = _quiet(c, 26, 0)
    record, _ = individuals.replay(quiet, seed=seed, replication=0)
    return Check("no_hours", 0.0, float(record[:26, place(quiet, "conversations")].sum()))


def _books(c: Compiled, seed: int) -> list[Check]:
    """One replication of the scenario itself: people and minutes kept week by week, waits by Little's law."""
    record, log = individuals.replay(c, seed=seed, replication=0)
    week = {name: record[: c.weeks, place(c, name)] for name in (
        "group_size", "outside_services", "arrivals", "exits", "minutes_available", "minutes_used",
        "minutes_lost", "minutes_debt", "waiting")}  # fmt: skip
    people = np.diff(week["group_size"] + week["outside_services"], prepend=c.people)
    debt = np.diff(week["minutes_debt"], prepend=0)
    odd_people = people - week["arrivals"] + week["exits"]
    odd_minutes = week["minutes_available"] - week["minutes_used"] - week["minutes_lost"] + debt
    return [
        Check("people_kept", 0.0, float(np.abs(odd_people).sum())),
        Check("minutes_kept", 0.0, float(np.abs(odd_minutes).sum())),
        Check("little", float(week["waiting"].sum()), float(_weeks_waited(c, log))),
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


def _known_answers() -> Check:
    """Words of the random numbers that agree with those published with the method."""
    words = [philox(counter, key).tolist() for counter, key, _ in KNOWN]
    agree = sum(a == b for got, (_, _, published) in zip(words, KNOWN, strict=True)
                for a, b in zip(got, published, strict=True))  # fmt: skip
    return Check("known_answers", float(sum(len(known[2]) for known in KNOWN)), float(agree))


def verify(scenario: Scenario, *, replications: int = 200, workers: int | None = None) -> list[Check]:
    """Run every case on a scenario.

    Parameters
    ----------
    scenario
        The scenario of which parts are switched off.
    replications
        Per case with chance.
    workers
        Threads; the numbers do not depend on it.
    """
    c = compile_scenario(scenario)
    seed = int(scenario["run.seed"])  # type: ignore[arg-type]
    checks = [
        _survivors(c, replications, seed, workers),
        _newcomers(c, replications, seed, workers),
        *_answers(c, replications, seed, workers),
        _no_hours(c, seed),
        *_books(c, seed),
        _known_answers(),
    ]
    noted = {"scenario": c.digest(), "runs": replications, "seed": seed}
    reads.note("simulation", f"{c.name}/verification", noted, Evidence.SIMULATED)
    return checks
