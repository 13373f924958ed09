"""Scenarios beside a base: paired differences, the same people making the same choices in both.

Replication r is the same future in every scenario, so the difference of two scenarios is taken future by
future (common random numbers: Law, *Simulation Modeling and Analysis*, section 11.2). Its variance is that of
the pairs; ``variance_ratio`` says how many times as many replications two separate runs would have needed.

A measure that ends within the run is also judged in its window, at the end of it: five years later little is
left of extra staff, whatever it did.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import dates, engine, uncertainty
from kik_analysis.capacity.comparable import MOST, check, remarks
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.euros import CENTRE, Euros, between
from kik_analysis.capacity.measures import ALL, Place, chosen
from kik_analysis.capacity.paired import HIGH, INTERVAL, LOW, NUMBERS, paired
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.differences import Difference, differences, temporary
from kik_analysis.parameters.remarks import Remark
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

Numbers = npt.NDArray[np.float64]
#: What is compared, in this order.
MEASURES = (
    "approached_52_weeks", "contact_52_weeks", "spoken_52_weeks", "backlog", "overdue", "mean_wait_weeks",
    "hours_used",
)  # fmt: skip
WHOLE_RUN = 0


@dataclass(frozen=True)
class Run:
    """One scenario of a comparison: what it is, and what each of its futures recorded.

    ``scenario``, ``compiled``: the scenario. ``values``: (replications, weeks, places), in the units of the
    measures. ``places``: segment, measure and unit of each.
    """

    scenario: Scenario
    compiled: Compiled
    values: Numbers
    places: tuple[Place, ...]

    @property
    def events(self) -> dict[str, npt.NDArray[np.int64]]:
        """Week of every dated event, by replication (``dates.weeks``)."""
        at = {(part, measure.name): k for k, (part, measure, _) in enumerate(self.places)}
        return dates.weeks(self.compiled, self.values[..., [at[ALL, name] for name in dates.MEASURES]])


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside a base.

    ``base``, ``others``: what was run. ``replications``, ``seed``, ``layer``: how: the same for all.
    """

    base: Run
    others: tuple[Run, ...]
    replications: int
    seed: int
    layer: str
    digests: tuple[str, ...] = field(default=())

    @functools.cached_property
    def frame(self) -> pl.DataFrame:
        """Differences of the whole group by calendar year: the columns of :func:`compare`."""
        return self.by_year(ALL)

    def by_year(self, segment: str = ALL) -> pl.DataFrame:
        """Return the columns of :func:`compare` for the whole group, or for one segment."""
        rows = []
        for other in self.others:
            for year, weeks in self._years():
                span = _span(other.scenario, weeks)
                rows += [
                    {"scenario": other.scenario.name, "year": year, **row}
                    for row in self._rows(other, segment, weeks, span)
                ]
        return _frame(rows, "year")

    @functools.cached_property
    def windows(self) -> pl.DataFrame:
        """Measures that end within the run, judged in their window.

        Returns ``scenario``, ``from``, ``until`` (the first day after it), and the other columns of
        :func:`compare` without ``year``: shares and stocks at the end of the window, flows summed in it.
        """
        rows = []
        mondays = self.base.compiled.mondays()
        for other in self.others:
            found = temporary(self.base.scenario, other.scenario)
            for start, until in sorted({(start, until) for _, start, until in found}):
                weeks = [t for t, day in enumerate(mondays) if start <= day < until]
                head = {"scenario": other.scenario.name, "from": start, "until": until}
                if weeks:
                    rows += [{**head, **row} for row in self._rows(other, ALL, weeks, (start, until))]
        return _frame(rows, "from", "until")

    @functools.cached_property
    def dates(self) -> list[dict[str, Any]]:
        """When the backlog is gone and the queue is normal: the middle future of each, and the other's range.

        Rows of ``scenario``, ``event``, ``base``, ``other``, ``low`` and ``high``; None is not reached.
        """
        rows = []
        base = self.base.events
        for event in dates.EVENTS:
            for other in self.others:
                found = other.events[event]
                days = (
                    _date(self.base, base[event], 0.5),
                    *(_date(other, found, q) for q in (0.5, LOW, HIGH)),
                )
                told = zip(("base", "other", "low", "high"), days, strict=True)
                rows.append({"scenario": other.scenario.name, "event": event, **dict(told)})
        return rows

    def sooner(self, event: str) -> list[dict[str, Any]]:
        """Return how many weeks from the start an event comes, paired; what never comes counts as the end.

        Rows of ``scenario``, ``unit`` and the numbers of :func:`paired`.
        """
        return [
            {
                "scenario": one.scenario.name,
                "unit": "weeks",
                **paired(self.base.events[event], one.events[event]),
            }
            for one in self.others
        ]

    def pair(self, base: str, other: str) -> Comparison | None:
        """Return two of these scenarios beside each other, from the same runs; None where one is not here."""
        runs = {one.scenario.name: one for one in (self.base, *self.others)}
        if base not in runs or other not in runs:
            return None
        two = (runs[base].scenario.digest(), runs[other].scenario.digest())
        return replace(self, base=runs[base], others=(runs[other],), digests=two)

    @property
    def changed(self) -> tuple[tuple[str, Difference], ...]:
        """What each other scenario changes: its name, and a parameter old and new."""
        base = self.base.scenario
        return tuple((o.scenario.name, one) for o in self.others for one in differences(base, o.scenario))

    @property
    def remarks(self) -> tuple[tuple[str, Remark], ...]:
        """What has to be said of each scenario, by its name."""
        found = [(self.base.scenario.name, one) for one in self.base.scenario.warnings]
        for other in self.others:
            name = other.scenario.name
            found += [(name, one) for one in other.scenario.warnings]
            found += [(name, one) for one in remarks(self.base.scenario, other.scenario)]
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain types: the shape of ``kik compare --json``."""
        labels = {one.scenario.name: one.scenario.title for one in (self.base, *self.others)}
        return {
            "base": self.base.scenario.name,
            "others": [one.scenario.name for one in self.others],
            "replications": self.replications,
            "seed": self.seed,
            "layer": self.layer,
            "interval": INTERVAL,
            "changed": [{"scenario": name, **one.as_json()} for name, one in self.changed],
            "rows": [_plain({**row, "label": labels[row["scenario"]]}) for row in self.frame.to_dicts()],
            "windows": [_plain(row) for row in self.windows.to_dicts()],
            "dates": [_plain(row) for row in self.dates],
            "remarks": [
                {"scenario": name, "nl": one.nl, "en": one.en, "where": one.where}
                for name, one in self.remarks
            ],
        }

    def _years(self) -> Iterator[tuple[int, list[int]]]:
        mondays = self.base.compiled.mondays()
        yield WHOLE_RUN, list(range(len(mondays)))
        for year in sorted({day.year for day in mondays}):
            yield year, [t for t, day in enumerate(mondays) if day.year == year]

    def _rows(
        self, other: Run, segment: str, weeks: Sequence[int], span: tuple[datetime.date, datetime.date]
    ) -> Iterator[dict[str, Any]]:
        """Yield a row for each measure over some weeks; euros over a span of days."""
        for k, (part, measure, _) in enumerate(self.base.places):
            if part == segment and measure.name in MEASURES:
                pair = (one.values[:, weeks, k] for one in (self.base, other))
                a, b = (one.sum(axis=1) if measure.summed else one[:, -1] for one in pair)
                yield {"measure": measure.name, "unit": measure.unit, **paired(a, b)}
        if segment == ALL:
            a, b = (Euros(one.scenario).over(*span) for one in (self.base, other))
            for name in a:
                mine, theirs = (float(one[name][CENTRE, CENTRE]) for one in (a, b))
                low, high = between(b[name] - a[name])
                numbers = (mine, theirs, theirs - mine, low, high, 0.0, None)
                yield {"measure": name, "unit": "euro", **dict(zip(NUMBERS, numbers, strict=True))}


def run(
    base: Scenario,
    others: Sequence[Scenario],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    uncertain: bool = False,
    segments: bool = False,
    most: int = MOST,
    progress: engine.Progress | None = None,
) -> Comparison:
    """Run scenarios beside a base.

    ``base``, ``others``: one to three others. ``replications``, ``seed``, ``workers``: as in
    :func:`kik_analysis.capacity.simulate.simulate`; by default those of the base. ``uncertain``: draw the
    uncertain parameters anew for every replication, alike in all scenarios. ``segments``: keep the measures
    of each segment too. ``most``: how many others are allowed. ``progress``: called with replications done
    and to do, of all scenarios together. ModelError too many scenarios, two of one name, or another first
    week or number of weeks: both lines are named.
    """
    check(base, others, most)
    number = int(str(base["run.seed"])) if seed is None else seed
    count = int(str(base["run.replications"])) if replications is None else replications
    if count < 2:
        raise ModelError(f"replications: too few to tell a range (got {count}; expected at least 2)")
    every, done = (base, *others), 0
    runs = []
    for one in every:
        c = compile_scenario(one)

        def drawn(r: int, scenario: Scenario = one) -> Compiled:
            return compile_scenario(scenario, uncertainty.draw(scenario, number, r))

        def tell(n: int, _: int, before: int = done) -> None:
            if progress is not None:
                progress(before + n, count * len(every))

        kept = _kept(c, segments)
        columns = [column for _, _, column in kept]
        asked: Any = {"replications": count, "seed": number, "workers": workers, "progress": tell}
        values = engine.samples(drawn if uncertain else c, np.s_[: c.weeks, columns], **asked)
        runs.append(Run(one, c, values * np.array([m.scale for _, m, _ in kept]), kept))
        done += count
    layer = CHANCE_AND_PARAMETERS if uncertain else CHANCE
    found = Comparison(runs[0], tuple(runs[1:]), count, number, layer, tuple(one.digest() for one in every))
    note(found)
    return found


def on_record(found: Comparison) -> str:
    """Return the name under which a comparison is on record as a simulation."""
    return "/".join(("compare", *(one.scenario.name for one in (found.base, *found.others)), found.layer))


def note(found: Comparison) -> None:
    """Record what a comparison rests on, for a table or number that is made of it."""
    for one in (found.base, *found.others):
        for path in one.scenario.paths:
            if path.partition(".")[0] in USED:
                one.scenario.timeline(path)
    noted = [*found.digests, found.replications, found.seed, found.layer]
    reads.note("simulation", on_record(found), noted, Evidence.SIMULATED)


USED = ("run", "people", "team", "work", "contact", "policy", "outcomes", "costs")
"""Sections that a comparison rests on."""


def compare(
    base: Scenario,
    *others: Scenario,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    uncertain: bool = False,
    progress: engine.Progress | None = None,
) -> pl.DataFrame:
    """Compare scenarios with a base, by calendar year and over the whole run.

    ``base``, ``others``, ``replications``, ``seed``, ``workers``, ``uncertain``, ``progress``: as in
    :func:`run`. Returns one row per other scenario, year (0: the whole run) and measure: ``scenario``,
    ``year``, ``measure``, ``unit``, ``base``, ``other`` (means), ``difference`` (mean of the paired
    differences), ``low``, ``high`` (their 10th and 90th percentile), ``error`` (Monte Carlo error of the
    mean) and ``variance_ratio`` (unpaired over paired; null where the pairs do not differ). Shares and stocks
    at the end of the year, flows summed. Euros are of 2019; their range is that of the price of a post and of
    an uncertain number of posts. ModelError as :func:`run`.
    """
    asked: Any = {"seed": seed, "workers": workers, "uncertain": uncertain, "progress": progress}
    return run(base, others, replications=replications, **asked).frame


def _kept(c: Compiled, segments: bool) -> tuple[Place, ...]:
    """Return the places of what is kept of each run: the measures in their order, and what dates need."""
    wanted = tuple(dict.fromkeys((*MEASURES, *dates.MEASURES)))
    return tuple(
        sorted(chosen(c, wanted, None if segments else ALL), key=lambda one: wanted.index(one[1].name))
    )


def _span(scenario: Scenario, weeks: Sequence[int]) -> tuple[datetime.date, datetime.date]:
    """Return the first day of some weeks of the run, and the first day after them; a year ends at its end."""
    week = datetime.timedelta(weeks=1)
    start, end = scenario.start + weeks[0] * week, scenario.start + (weeks[-1] + 1) * week
    first, last = start.year, (end - week).year
    if first == last and weeks[0] > 0:
        start = min(start, max(scenario.start, datetime.date(first, 1, 1)))
    if first == last:
        end = min(scenario.end, datetime.date(first + 1, 1, 1))
    return start, end


def _date(one: Run, weeks: npt.NDArray[np.int64], share: float) -> datetime.date | None:
    week = int(np.sort(weeks)[int(share * (len(weeks) - 1))])
    return one.compiled.mondays()[week] if week < one.compiled.weeks else None


def _frame(rows: Sequence[dict[str, Any]], *keys: str) -> pl.DataFrame:
    import polars as pl

    types: dict[str, Any] = {"year": pl.Int64, "from": pl.Date, "until": pl.Date}
    schema = {"scenario": pl.String, **{key: types[key] for key in keys}, "measure": pl.String}
    schema |= {"unit": pl.String} | dict.fromkeys(NUMBERS, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value for name, value in row.items()
    }
