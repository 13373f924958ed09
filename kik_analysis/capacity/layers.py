"""One scenario in both layers, chance alone and uncertain assumptions too, and the tables that both make."""

import datetime
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from kik_analysis.capacity import engine, reader, results
from kik_analysis.capacity.comparison import closed_weeks
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Channel, Compiled, along
from kik_analysis.capacity.measures import ALL, TASKS, place
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.capacity.team import FTE
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table, tabulate
from kik_analysis.parameters.scenario import Scenario

#: How long the echo of extra staff is followed, in intervals between conversations.
YEARS = 3
LAYERS = (CHANCE, CHANCE_AND_PARAMETERS)
#: Draws of the uncertain parameters.
DRAWS = 48
#: Minutes that nobody uses: no task fits in them, or nobody may be met.
LOST = "minutes_lost"
#: Tasks that are shown even when they take no time.
ALWAYS = ("conversation", "travel", "letter", "handover", "registration")
CLASSES = (4, 52)  #: last weeks of the classes of waiting time: a month, a year; then longer


@dataclass(frozen=True)
class Layers:
    """A scenario with its results in both layers.

    ``scenario``: the scenario. ``chance``, ``assumptions``: its results with chance alone, and with a draw of
    the uncertain parameters for every replication.
    """

    scenario: Scenario
    chance: Result
    assumptions: Result

    def note(self, layers: tuple[str, ...] = LAYERS) -> None:
        """Record what the results of some layers rest on, for a table or number that is made of them."""
        compile_scenario(self.scenario)  # what the results rest on is read again, and nothing is run again
        for path in ("run.replications", "run.seed"):
            self.scenario.value(path)
        for result in (self.chance, self.assumptions):
            if result.layer in layers:
                noted = [self.scenario.digest(), result.runs, result.seed, result.layer]
                reads.note("simulation", on_record(result), noted, Evidence.SIMULATED)

    @property
    def stop(self) -> list[datetime.date]:
        """First Monday of each contact stop without visits, and the first Monday after it, in turn."""
        c, week, ends = self.chance.compiled, datetime.timedelta(weeks=1), list[datetime.date]()
        closed, visits = closed_weeks(self.scenario), c.channel[..., Channel.HOME].max(axis=(1, 2)) > 0
        for day, periods in zip(c.mondays(), c.period, strict=True):
            if day in closed and not visits[periods[0]]:
                ends[-1:] = [day + week] if ends[-1:] == [day] else [*ends[-1:], day, day + week]
        return ends

    def table(self, by: Literal["week", "quarter"]) -> Table:
        """Return ``capacity_weekly`` or ``capacity_quarterly``, both layers below each other.

        By week it is too long for anything but its CSV, by quarter for a page.
        """

        def build() -> pl.DataFrame:
            self.note()
            return results.published(self.chance, self.assumptions, by=by)

        title = "capacity_weekly" if by == "week" else "capacity_quarterly"
        return replace(tabulate(title, build), computation=f"{__name__}.{title}")

    def hours(self) -> pl.DataFrame:
        """Where the hours go: mean hours per week by task and unused, and their share of those available.

        Returns ``task``, ``hours``, ``share``, and ``share_q10``, ``share_q90`` under uncertain assumptions,
        draw by draw; tasks that take no time are left out, the largest first, unused last.
        """
        frame = self.chance.summary(measures=(*TASKS, LOST, "minutes_available"))
        means = dict(frame.select("measure", "mean").iter_rows())
        available = means["minutes_available"] or float("inf")  # without hours nothing is a share of them
        tasks = [one for one in TASKS if means[one] > 0 or one.removeprefix("minutes_") in ALWAYS]
        c, records = self.chance.compiled, self.assumptions.records
        assert records is not None
        rows, whole = [], records[:, -1, place(c, "minutes_available")]  # of the whole run
        for task in (*sorted(tasks, key=lambda one: (means[one], one), reverse=True), LOST):
            part = records[:, -1, place(c, task)]
            shares = np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
            low, high = np.quantile(shares, (0.1, 0.9)).tolist()
            head = {"task": task.removeprefix("minutes_"), "hours": means[task] / 60}
            rows.append(head | {"share": means[task] / available, "share_q10": low, "share_q90": high})
        return pl.DataFrame(rows)

    def waiting(self) -> pl.DataFrame:
        """Who waits how long, over all weeks and replications, by queue.

        Returns ``queue``, ``until_4``, ``until_52``, ``longer`` (shares that add up to 1), and ``q50`` and
        ``q90`` in whole weeks. Whoever still waits at the end counts as longer: where so many do that a
        share's turn has not come within the run, its weeks are null.
        """
        waits = self.chance.waits().filter(pl.col("segment") == ALL)
        still = self.chance.weekly(measures=filter(None, results.QUEUES.values())).tail(2)
        left = dict(still.select("measure", "mean").iter_rows())
        rows = []
        for queue, measure in results.QUEUES.items():
            part = waits.filter(pl.col("queue") == queue).sort("weeks")
            weeks, number = part["weeks"].to_numpy(), part["number"].to_numpy() / self.chance.runs
            if not (all_ := number.sum() + left.get(measure, 0.0)):
                continue
            until = np.cumsum(number) / all_
            month, year = (float(until[weeks <= end].max(initial=0.0)) for end in CLASSES)
            row = {"queue": queue, "until_4": month, "until_52": year - month, "longer": 1 - year}
            known = zip(("q50", "q90"), np.searchsorted(until, results.WAITED).tolist(), strict=True)
            rows.append(row | {name: int(weeks[at]) if at < len(weeks) else None for name, at in known})
        shares = dict.fromkeys(("until_4", "until_52", "longer"), pl.Float64)
        return pl.DataFrame(rows, schema={"queue": pl.String, **shares, "q50": pl.Int64, "q90": pl.Int64})

    def coverage(self) -> pl.DataFrame:
        """Share of each segment approached and spoken to in the last 52 weeks of the run.

        Returns ``segment`` (all last), ``persons``, ``approached`` and ``spoken``, each with ``_q10`` and
        ``_q90`` under uncertain assumptions.
        """
        names = {"approached": "approached_52_weeks", "spoken": "spoken_52_weeks"}
        asked = (*names.values(), "group_size")

        def last(one: Result) -> dict[tuple[str, str], dict[str, Any]]:
            frame = one.weekly(segment=None, measures=asked)
            rows = frame.filter(pl.col("week") == frame["week"][-1]).to_dicts()
            return {(row["segment"], row["measure"]): row for row in rows}

        means, ranges, rows = last(self.chance), last(self.assumptions), []
        for segment in dict.fromkeys(segment for segment, _ in means):
            row = {"segment": segment, "persons": means[segment, "group_size"]["mean"]}
            for name, measure in names.items():
                row[name] = means[segment, measure]["mean"]
                row |= {f"{name}_{q}": ranges[segment, measure][q] for q in ("q10", "q90")}
            rows.append(row)
        return pl.DataFrame(rows)


def on_record(result: Result) -> str:
    """Return the name under which a result is on record as a simulation."""
    return f"{result.compiled.name}/{result.layer}"


def run(
    scenario: Scenario, *, replications: int | None = None, draws: int = DRAWS, workers: int | None = None
) -> Layers:
    """Run a scenario with chance alone and with uncertain assumptions.

    ``scenario``: the scenario. ``replications``: futures for chance; by default the scenario's
    ``run.replications``. ``draws``: futures for chance and assumptions, each with a draw of its own; together
    they cover the ranges evenly (``reader.spread``). ``workers``: threads; no number depends on it.
    """
    chance = simulate(scenario, replications=replications, workers=workers)
    drawn = [compile_scenario(scenario, at) for at in reader.spread(scenario, chance.seed, draws)]
    source, asked = drawn.__getitem__, {"replications": draws, "seed": chance.seed}
    kept: Any = {"records": engine.samples(source, slice(None), workers=workers, **asked), "totals": None}
    return Layers(
        scenario, chance, replace(chance, runs=draws, layer=CHANCE_AND_PARAMETERS, source=source, **kept)
    )


def echo(scenario: Scenario, *, replications: int) -> pl.DataFrame:
    """Simulate how many people are overdue, week by week, with the fewest and with the most extra posts.

    A team with extra posts for a while speaks to everybody who is overdue; each conversation makes the next
    one due after the interval, when the extra posts are gone. Both runs have the same people making the same
    choices, and neither has a contact stop, which would drown the echo.

    ``scenario``: a scenario whose number of posts has a range on some dates. ``replications``: pairs of runs.
    Returns ``week`` (its Monday), ``extra_hours`` (client hours that the extra posts add in that week), and
    persons overdue at its end: ``few``, ``few_q10``, ``few_q90``, ``most``, ``most_q10``, ``most_q90``. The
    middle is the mean. From the start to ``YEARS`` intervals between conversations later. ModelError the
    scenario has no uncertain number of posts.
    """
    both = scenario.replace({"policy.extra_for": "any"})  # the echo is of hours for whoever is overdue
    few, most = (without_stop(compile_scenario(both, {FTE: z})) for z in (-reader.Z95, reader.Z95))
    if np.array_equal(few.minutes_available, most.minutes_available):
        raise ModelError(
            f"{FTE}: no range, so there is no extra staff to compare (expected a low and a high)"
        )
    weeks, seed = min(few.weeks, YEARS * int(few.interval.max())), int(str(scenario["run.seed"]))
    extra = (most.minutes_available - few.minutes_available)[:weeks] / 60
    columns: dict[str, Any] = {"week": few.mondays()[:weeks], "extra_hours": extra}
    for name, c in (("few", few), ("most", most)):
        runs = engine.samples(c, slice(0, weeks), replications=replications, seed=seed)
        found = results.statistics(runs[..., place(c, "overdue")])
        columns |= {name: found["mean"]} | {f"{name}_{q}": found[q] for q in ("q10", "q90")}
    noted = {"scenario": scenario.digest(), "runs": replications, "seed": seed}
    reads.note("simulation", f"{scenario.name}/echo", noted, Evidence.SIMULATED)
    return pl.DataFrame(columns)


def without_stop(c: Compiled) -> Compiled:
    """Return a scenario in which people are met in every week as they are in the first."""
    first = {name: getattr(c, name)[0] for name in along("period")}
    limits = dict.fromkeys(("promise_limit_first", "promise_limit_others"), c.promise_limit)
    return c.replace(**first | limits | {"interval": c.interval})
