"""What a simulation gives: tidy frames, with Monte Carlo errors, and stories of synthetic people only.

And what one number per future is in one scenario less what it is in another. Every range of a comparison is
the middle four fifths of the pairs (``LOW`` to ``HIGH``). A difference is told as more or less when that
range reaches at least what ``statistics.clear_share`` or ``clear_persons`` asks for to one side, and not to
the other.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from kik_analysis.capacity import engine
from kik_analysis.capacity.compiled import Compiled, Integers, Outcome, Queue, State
from kik_analysis.capacity.engine import Totals
from kik_analysis.capacity.layout import quarters
from kik_analysis.capacity.measures import ALL, BY_SEGMENT, PUBLISHED, Place, chosen, place
from kik_analysis.capacity.start import before
from kik_analysis.errors import DataError
from kik_analysis.evidence import reads
from kik_analysis.evidence.display import Display, whole_number
from kik_analysis.parameters.scenario import Scenario

Numbers = npt.NDArray[np.float64]
CHANCE = "chance"
CHANCE_AND_PARAMETERS = "chance_and_parameters"
QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
QUANTILE_NAMES = tuple(f"q{round(100 * q):02d}" for q in QUANTILES)
DECIMALS = 4  #: of published tables, so that platforms and patch versions agree to the byte
#: Share of the pairs between ``low`` and ``high``, and the quantiles that these are.
INTERVAL, LOW, HIGH = 0.8, 0.1, 0.9
#: What is told of each difference, in this order.
DIFFERENCE = ("base", "other", "difference", "low", "high", "error", "variance_ratio")
#: The least difference that is told, by the unit of the measure; of every other unit whatever is not nothing.
CLEAR = {"share": "statistics.clear_share", "persons": "statistics.clear_persons"}
#: Recorded measures that the dates are read from, in this order.
DATED = ("backlog", "never_invited")
#: What is dated, by its Monday: the first week at whose end ``backlog`` is 0; the first from which
#: ``never_invited`` stays nobody, or below four weeks of inflow, for a quarter.
MOMENTS = ("backlog_gone", "queue_normal")
_INFLOW, _QUARTER = 4, 13  # weeks
#: What people wait for, each with the measure of who still waits for it at the end (an appointment is held in
#: the weeks after it was made); and shares of the waits for which the longest is told.
QUEUES = {"follow_up": "overdue", "appointment": None, "first": "never_invited"}
WAITED = (0.5, 0.9)
#: Events of the log, in the order of their numbers, and what the number beside each means.
LOG: dict[str, Any] = {
    "enters": "",
    "leaves": "",
    "joins_queue": Queue,
    "letter": "{} weeks waited",
    "says_yes": "",
    "says_no": "",
    "no_answer": "",
    "misses_appointment": "appointment {}",
    "conversation": Outcome,
    "overdue": "",
    "returns": "",
    "support": "{} weeks",
    "mail_answered": Outcome,
}


@dataclass(frozen=True, repr=False)
class Result(Display):
    """The outcome of one simulated scenario.

    ``compiled``: the scenario. ``seed``, ``runs``: what was run: seed and number of replications. ``layer``:
    ``chance``, or ``chance_and_parameters`` where every replication had its own draw of the parameters.
    ``label``: the scenario's title. ``source``: what ran: the scenario, or that of each replication.
    ``totals``: sums over replications, with histograms of 64 bins; they serve thousands of runs. ``records``:
    or what each run recorded, (replications, weeks then quarters then the whole run, columns); their
    quantiles are exact.
    """

    compiled: Compiled
    seed: int
    runs: int
    layer: str
    label: str
    source: engine.Source
    totals: Totals | None = None
    records: npt.NDArray[np.int64] | None = None

    def shown(self) -> tuple[str, Iterable[tuple[str, object]]]:
        """Return what a notebook shows of the result: what ran, and how to look further."""
        return self.label, (
            ("scenario", self.compiled.name),
            ("run", f"{self.compiled.weeks} weeks from {self.compiled.start}"),
            ("replications", f"{self.runs}, seed {self.seed}"),
            ("layer", self.layer),
            ("remarks", len(self.warnings)),
            ("tables", ".weekly(), .quarterly(), .replications(), .summary(), .dates()"),
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Possible but absurd inputs, and uncertain quantities that were fixed."""
        return self.compiled.warnings

    def noted(self) -> Result:
        """Return it, and put on record that it was simulated, for what is made of it."""
        noted = {"scenario": self.compiled.digest(), "replications": self.runs, "seed": self.seed}
        reads.note("simulation", self.compiled.name, noted | {"layer": self.layer}, reads.Evidence.SIMULATED)
        return self

    def weekly(self, *, segment: str | None = ALL, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """Measures by week: the columns of ``capacity_weekly.csv``, and a ``label``.

        ``segment``: ``all`` for the whole group, or the name of a segment; None for both, below each other.
        ``measures``: names; default those of ``capacity_weekly.csv``. Everything recorded may be asked for.
        DataError no such segment or measure.
        """
        return self._frame("week", self.compiled.mondays(), 0, measures, segment)

    def before(self) -> dict[str, float]:
        """Measure and value before week one, at the central values: the starting stock itself.

        The first row of :meth:`weekly` is the end of the first week.
        """
        return before(self.compiled)

    def dates(self) -> pl.DataFrame:
        """Monday on which something is over, over replications (``MOMENTS``).

        Returns ``scenario``, ``event``, ``share`` of the replications in which it happens, and the Mondays by
        which it has happened in a tenth, half and nine tenths of all: ``q10``, ``q50``, ``q90``; null where
        it has not within the run.
        """
        c, rows = self.compiled, []
        for event, weeks in moments(c, self._each([place(c, name) for name in DATED])).items():
            share = float((weeks < c.weeks).mean())
            rows.append((c.name, event, share, *mondays_by(c, weeks, QUANTILES[1:4])))
        schema: dict[str, Any] = {"scenario": pl.String, "event": pl.String, "share": pl.Float64}
        schema |= dict.fromkeys(("q10", "q50", "q90"), pl.Date)
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _each(self, columns: Sequence[int]) -> npt.NDArray[np.int64]:
        """What every replication recorded, (replications, weeks, columns); sums are run once more."""
        weeks = self.compiled.weeks
        if self.records is not None:
            return self.records[:, :weeks][..., columns]
        return engine.samples(self.source, np.s_[:weeks, columns], replications=self.runs, seed=self.seed)

    def quarterly(self, *, segment: str | None = ALL, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """The same by calendar quarter: events and minutes added up, the rest as it stands at the end."""
        c = self.compiled
        return self._frame("quarter", quarters(c)[0], c.weeks, measures, segment)

    def summary(self, *, segment: str | None = ALL, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """Averages over all weeks of the run, per week."""
        c = self.compiled
        return self._frame("from", (c.start,), c.weeks + len(quarters(c)[0]), measures, segment, c.weeks)

    def replications(
        self, *, segment: str | None = ALL, measures: Iterable[str] | None = None
    ) -> pl.DataFrame:
        """What each replication recorded: one row per replication, week, segment and measure.

        Replication r of two scenarios is the same future (the same people, the same answers), so their
        difference is paired. Parameters are those of :meth:`weekly`; a result that kept sums runs once more,
        and memory grows with the number of replications and of measures.

        Returns ``scenario``, ``replication``, ``week``, ``segment``, ``measure``, ``unit``, ``layer``,
        ``value``, ``label``.
        """
        kept = chosen(self.compiled, measures, segment)
        head = self._head("week", self.compiled.mondays(), kept)
        scale = np.array([m.scale for _, m, _ in kept], dtype=np.float64)
        values = self._each([column for _, _, column in kept]) * scale
        number = pl.Series("replication", np.arange(len(values), dtype=np.int32).repeat(head.height))
        frame = pl.concat([head] * len(values)).with_columns(number, pl.Series("value", values.ravel()))
        return frame.select("scenario", "replication", *head.columns[1:-1], "value", "label")

    def waits(self) -> pl.DataFrame:
        """Distribution of completed waits: queue, segment, weeks, number, share of the queue and segment.

        Over all replications; a wait is from joining a queue until the letter or the conversation it waited
        for. A result that kept records runs once more for them.
        """
        totals = self.totals or engine.simulate(self.source, replications=self.runs, seed=self.seed)
        parts = self.compiled.segments if len(self.compiled.segments) > 1 else ()
        blocks = np.stack([*(totals.waits[:, k] for k in range(len(parts))), totals.waits.sum(axis=1)])
        part, queue, week = np.nonzero(blocks)
        rows = {
            "queue": pl.Series([one.name.lower() for one in Queue])[queue],
            "segment": pl.Series([*parts, ALL])[part],
            "weeks": week,
            "number": blocks[part, queue, week],
            "share": blocks[part, queue, week] / blocks.sum(axis=-1)[part, queue],
        }
        return pl.DataFrame(rows).with_columns(pl.lit(self.compiled.name).alias("scenario"))

    def events(self, replication: int = 0) -> pl.DataFrame:
        """Event log of one replication, run again alone: synthetic people only.

        Columns: ``week`` (Monday), ``entry_week`` (0: starting stock, else number of the week of arrival
        + 1), ``index`` within it, ``event``, ``detail`` (queue, outcome, or weeks waited),
        ``state`` afterwards.

        ModelError no such replication.
        """
        replication = whole_number(replication, "replication", 0, self.runs - 1)
        ran = self.source(replication) if callable(self.source) else self.source
        log = engine.replay(ran, seed=self.seed, replication=replication)[1]
        states = pl.Series("state", [one.name.lower() for one in State])
        mondays, names = pl.Series("week", self.compiled.mondays(), pl.Date), tuple(LOG.items())

        @functools.cache
        def told(event: int, value: int) -> tuple[str, str]:
            name, means = names[event]
            return name, means.format(value) if isinstance(means, str) else means(value).name.lower()

        who, said = (log[:, 1:3], ["entry_week", "index"]), [told(*one) for one in log[:, 3:5].tolist()]
        what = pl.DataFrame(said, dict.fromkeys(("event", "detail"), pl.String), orient="row")
        return pl.DataFrame([mondays[log[:, 0]], *pl.DataFrame(*who), *what, states[log[:, 5]]])

    def person(self, index: int, *, entry_week: int = 0, replication: int = 0) -> pl.DataFrame:
        """The story of one synthetic person: number ``index`` of the starting stock, or of an entry week.

        DataError there is no such person in this replication.
        """
        index, entry_week = whole_number(index, "index"), whole_number(entry_week, "entry_week")
        frame = self.events(replication)
        found = frame.filter((pl.col("entry_week") == entry_week) & (pl.col("index") == index))
        if found.is_empty() and not (entry_week == 0 and index < self.compiled.people):
            what = f"person: nobody has number {index} of entry week {entry_week} in this replication"
            raise DataError(what)
        return found

    def _head(self, key: str, days: Sequence[Any], kept: Sequence[Place]) -> pl.DataFrame:
        """The columns that say what a number is, one row per day and place."""
        day, part = np.divmod(np.arange(len(days) * len(kept)), len(kept))
        what = dict.fromkeys(("segment", "measure", "unit"), pl.String)
        told = pl.DataFrame([(name, one.name, one.unit) for name, one, _ in kept], what, orient="row")[part]
        own = {name: pl.lit(getattr(self, name)) for name in ("layer", "label")}
        frame = pl.DataFrame([pl.Series(key, days, pl.Date)[day], *told])
        return frame.select(pl.lit(self.compiled.name).alias("scenario"), pl.all(), **own)

    def _frame(
        self,
        key: str,
        days: Sequence[Any],
        first: int,
        measures: Iterable[str] | None,
        segment: str | None,
        divide: int = 1,
    ) -> pl.DataFrame:
        """Rows of the record from ``first`` on, one for every day, as a frame."""
        kept = chosen(self.compiled, measures, segment)
        head, rows = self._head(key, days, kept), np.arange(first, first + len(days))[:, None]
        columns, scale = [column for _, _, column in kept], np.array([m.scale for _, m, _ in kept])
        values = {name: each * scale / divide for name, each in self._numbers(rows, columns).items()}
        numbers = [pl.Series(name, each.ravel()) for name, each in values.items()]
        return head.with_columns(numbers).select(*head.columns[:-1], *values, "label")

    @functools.cached_property
    def _exact(self) -> dict[str, Numbers]:
        return statistics(self.records)

    def _numbers(self, *where: Any) -> dict[str, Numbers]:
        """Mean, its error and quantiles of what was recorded at some rows and columns."""
        if self.totals is None:
            return {name: each[where] for name, each in self._exact.items()}
        kept = {name: getattr(self.totals, name)[where] for name in ("bins", "sums", "histogram")}
        some = replace(self.totals, **kept)
        # whatever is recorded is a count: a bin that begins below zero holds nothing below zero
        quantiles = (np.maximum(q, 0) for q in some.quantiles(QUANTILES))
        found = {"mean": some.mean(), "mean_error": np.sqrt(some.variance() / some.replications)}
        return found | dict(zip(QUANTILE_NAMES, quantiles, strict=True))


def recorded(
    source: engine.Source, c: Compiled, places: Sequence[Place], **asked: Any
) -> tuple[Numbers, Integers]:
    """Run replications and return what was recorded each week at some places, (replications, weeks, places).

    And the completed waits, (replications, queues, weeks). ``source``, ``asked``: as in
    :func:`kik_analysis.capacity.engine.with_waits`. ``c``: the scenario, or one of them. ``places``: from
    ``measures.chosen``; values are in the measures' units.
    """
    rows = np.s_[: c.weeks, [column for _, _, column in places]]
    scale = np.array([measure.scale for _, measure, _ in places], dtype=np.float64)
    values, waits = engine.with_waits(source, rows, **asked)
    return np.asarray(values * scale), waits


@dataclass(frozen=True)
class Run:
    """One scenario of a comparison: what it is, and what each of its futures recorded.

    ``scenario``, ``compiled``: the scenario. ``values``: (replications, weeks, places), in the units of the
    measures. ``places``: segment, measure and unit of each. ``completed``: waits that ended, (replications,
    queues, weeks).
    """

    scenario: Scenario
    compiled: Compiled
    values: Numbers
    places: tuple[Place, ...]
    completed: Integers

    @property
    def _at(self) -> dict[str, int]:
        """Place of every measure of the whole group."""
        return {measure.name: k for k, (part, measure, _) in enumerate(self.places) if part == ALL}

    @property
    def events(self) -> dict[str, Integers]:
        """Week of every dated event, by replication (``moments``)."""
        return moments(self.compiled, self.values[..., [self._at[name] for name in DATED]])

    @property
    def waits(self) -> dict[str, Integers]:
        """Weeks within which most had what they waited for, by queue and replication (``WAITED``).

        Whoever waits at the end counts as longer; where too many do, it is the number of weeks of the run.
        """
        found = {}
        for queue, measure in QUEUES.items():
            ended = self.completed[:, Queue[queue.upper()]].cumsum(axis=1)
            left = self.values[:, -1, self._at[measure]] if measure else 0
            most = WAITED[-1] * (ended[:, -1] + left)
            found[queue] = np.minimum((ended < most[:, None]).sum(axis=1), self.compiled.weeks)
        return found


def statistics(values: Any) -> dict[str, Any]:
    """Return mean, ``mean_error`` and quantiles over the first axis.

    ``values``: one for each replication, or an array of them.
    """
    n = len(values)
    found = {"mean": values.mean(axis=0), "mean_error": values.std(axis=0, ddof=min(1, n - 1)) / np.sqrt(n)}
    return found | dict(zip(QUANTILE_NAMES, np.quantile(values, QUANTILES, axis=0), strict=True))


def published(*results: Result, by: Literal["week", "quarter"] = "week") -> pl.DataFrame:
    """Return ``capacity_weekly.csv`` (or quarterly): the one table of ``kik run`` and ``kik simulate``.

    ``results``: the layers that were run, in this order. ``by``: rows for weeks, or for quarters. Returns
    ``scenario``, ``week`` (its Monday; or ``quarter``, its first day), ``segment``, ``measure``, ``unit``,
    ``layer``, ``mean``, ``mean_error``, ``q05``, ``q10``, ``q50``, ``q90``, ``q95``, rounded; the measures in
    the order of ``PUBLISHED``, the whole group before its segments.
    """
    order = {name: number for number, name in enumerate(PUBLISHED)}
    measure, is_part = pl.col("measure"), pl.col("segment") != ALL
    frames = []
    for one in results:
        frame = one.weekly(segment=None) if by == "week" else one.quarterly(segment=None)
        kept = frame.filter(~is_part | measure.is_in(list(BY_SEGMENT))).drop("label")
        place_ = measure.replace_strict(order, return_dtype=pl.Int64)
        frames.append(kept.sort(by, place_, is_part, maintain_order=True))
    # a tiny negative number must not be written as -0.0
    return pl.concat(frames).with_columns(pl.col(pl.Float64).round(DECIMALS) + 0.0)


def moments(c: Compiled, values: Any) -> dict[str, Integers]:
    """Return the week of every event in every replication; ``c.weeks`` where it does not come.

    ``c``: the scenario. ``values``: ``DATED`` as recorded.
    """
    backlog, waiting = values[..., 0], values[..., 1]
    most = _INFLOW * (c.inflow_mean + c.inflow_fixed)
    short = np.cumsum((waiting < most) | (waiting == 0), axis=1)  # where nobody comes nobody need wait
    before = np.concatenate([np.zeros_like(short[:, :1]), short[:, :-_QUARTER]], axis=1)
    stays = (short[:, _QUARTER - 1 :] - before == _QUARTER) if c.weeks >= _QUARTER else waiting[:, :0] > 0
    return {"backlog_gone": _first(backlog == 0, c.weeks), "queue_normal": _first(stays, c.weeks)}


def mondays_by(c: Compiled, weeks: Integers, shares: Sequence[float]) -> list[datetime.date | None]:
    """Return the Mondays by which an event has come in some shares of the replications; None: not within.

    ``c``: the scenario. ``weeks``: of the event, by replication. ``shares``: 0 to 1.
    """
    mondays = (*c.mondays(), None)
    return [mondays[int(week)] for week in np.quantile(weeks, shares, method="inverted_cdf")]


def _first(happens: Any, never: int) -> Integers:
    """First week in which it happens, by replication."""
    if not happens.shape[1]:
        return np.full(len(happens), never)
    return np.where(happens.any(axis=1), happens.argmax(axis=1), never)


@dataclass(frozen=True)
class Told:
    """A difference as a reader is told it.

    ``how``: ``more``, ``less``, or ``same``: none that is clear. ``low``, ``high``: how much more or less, at
    the two ends of the middle four fifths of the pairs, from nought up; of ``same`` the ends themselves, one
    below nought and one above, or nought twice where no difference would be noticed.
    """

    how: Literal["more", "less", "same"]
    low: float
    high: float


def told(low: float, high: float, least: float = 0.0) -> Told:
    """Return how a difference is told, from the ends of its range.

    ``low``, ``high``: the ends, below zero where it is less. ``least``: the least that counts.
    """
    if high >= least and low > -least:
        return Told("more", max(low, 0.0), high)
    if low <= -least and high < least:
        return Told("less", max(-high, 0.0), -low)
    return Told("same", low, high) if high >= least else Told("same", 0.0, 0.0)


def clear(scenario: Scenario, unit: str, base: npt.NDArray[Any], other: npt.NDArray[Any]) -> Told:
    """Return how the difference of two scenarios is told.

    ``scenario``: says what is clear. ``unit``: of the measure: ``share`` (0 to 1), ``persons``, or another.
    ``base``, ``other``: one number per future, of the same futures.
    """
    low, high = np.quantile(other - base, (LOW, HIGH)).tolist()
    return told(low, high, float(scenario.value(CLEAR[unit]).central) if unit in CLEAR else 0.0)  # type: ignore[arg-type]


def paired(base: npt.NDArray[Any], other: npt.NDArray[Any]) -> dict[str, float | None]:
    """Return means, the mean difference of the pairs, its range, its error and the variance ratio.

    ``base``, ``other``: one number per future, of the same futures.
    """
    difference = other - base
    variances = [one.var(ddof=min(1, len(one) - 1)) for one in (base, other, difference)]
    low, high = np.quantile(difference, (LOW, HIGH)).tolist()
    ratio = float((variances[0] + variances[1]) / variances[2]) if variances[2] > 0 else None
    error = float(np.sqrt(variances[2] / len(difference)))
    means = (float(one.mean()) for one in (base, other, difference))
    return dict(zip(DIFFERENCE, (*means, low, high, error, ratio), strict=True))
