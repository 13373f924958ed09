"""What a simulation gives: tidy frames, with Monte Carlo errors, and stories of synthetic people only."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity import dates, engine
from kik_analysis.capacity.compiled import Compiled, Outcome, Queue, State
from kik_analysis.capacity.layout import quarters
from kik_analysis.capacity.measures import ALL, BY_SEGMENT, PUBLISHED, Place, chosen, place
from kik_analysis.capacity.start import before
from kik_analysis.capacity.totals import Totals
from kik_analysis.errors import DataError

if TYPE_CHECKING:
    import polars as pl

Numbers = npt.NDArray[np.float64]
CHANCE = "chance"
CHANCE_AND_PARAMETERS = "chance_and_parameters"
QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
QUANTILE_NAMES = tuple(f"q{round(100 * q):02d}" for q in QUANTILES)
DECIMALS = 4  #: of published tables, so that platforms and patch versions agree to the byte
#: Events of the log, in the order of their numbers, and what the number beside each means.
LOG = {
    "enters": "", "leaves": "", "joins_queue": Queue, "letter": "{} weeks waited", "says_yes": "",
    "says_no": "", "no_answer": "", "misses_appointment": "appointment {}", "conversation": Outcome,
    "overdue": "", "returns": "", "support": "{} weeks",
    "mail_answered": Outcome,
}  # fmt: skip


@dataclass(frozen=True)
class Result:
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

    @property
    def warnings(self) -> tuple[str, ...]:
        """Possible but absurd inputs, and uncertain quantities that were fixed."""
        return self.compiled.warnings

    def weekly(self, *, segment: str | None = ALL, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """Measures by week: the columns of ``capacity_weekly.csv``, and a ``label``.

        ``segment``: ``all`` for the whole group, or the name of a segment; None for both, below each other.
        ``measures``: names; default those of ``capacity_weekly.csv``. Everything recorded may be asked for.
        DataError no such segment or measure.
        """
        c = self.compiled
        return self._frame("week", c.mondays(), 0, 1, chosen(c, measures, segment))

    def before(self, *, segment: str = ALL) -> dict[str, float]:
        """Measure and value before week one, at the central values: the starting stock itself.

        The first row of :meth:`weekly` is the end of the first week.
        """
        return {name: n for (name, one), n in before(self.compiled).items() if one == segment}

    def dates(self) -> pl.DataFrame:
        """Monday on which something is over, over replications (``dates.EVENTS``).

        Returns ``scenario``, ``event``, ``share`` of the replications in which it happens, and the Mondays by
        which it has happened in a tenth, half and nine tenths of all: ``q10``, ``q50``, ``q90``; null where
        it has not within the run.
        """
        import polars as pl

        c, rows = self.compiled, []
        columns = [place(c, name) for name in dates.MEASURES]
        if self.records is None:
            values = engine.samples(
                self.source, np.s_[: c.weeks, columns], replications=self.runs, seed=self.seed
            )
        else:
            values = self.records[:, : c.weeks][..., columns]
        for event, weeks in dates.weeks(c, values).items():
            row: dict[str, Any] = {
                "scenario": c.name,
                "event": event,
                "share": float((weeks < c.weeks).mean()),
            }
            for name, q in (("q10", 0.1), ("q50", 0.5), ("q90", 0.9)):
                week = int(np.quantile(weeks, q, method="inverted_cdf"))
                row[name] = c.mondays()[week] if week < c.weeks else None
            rows.append(row)
        schema: dict[str, Any] = {"scenario": pl.String, "event": pl.String, "share": pl.Float64}
        schema |= dict.fromkeys(("q10", "q50", "q90"), pl.Date)
        return pl.DataFrame(rows, schema=schema)

    def quarterly(self, *, segment: str | None = ALL, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """The same by calendar quarter: events and minutes added up, the rest as it stands at the end."""
        c = self.compiled
        return self._frame("quarter", quarters(c)[0], c.weeks, 1, chosen(c, measures, segment))

    def summary(self, *, segment: str | None = ALL, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """Averages over all weeks of the run, per week."""
        c = self.compiled
        last = c.weeks + len(quarters(c)[0])
        return self._frame("from", (c.start,), last, c.weeks, chosen(c, measures, segment))

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
        import polars as pl

        c = self.compiled
        kept = chosen(c, measures, segment)
        columns = [column for _, _, column in kept]
        if self.records is None:
            values = engine.samples(
                self.source, np.s_[: c.weeks, columns], replications=self.runs, seed=self.seed
            )
        else:
            values = self.records[:, : c.weeks][..., columns]
        head = self._head("week", c.mondays(), kept)
        scale = np.array([m.scale for _, m, _ in kept], dtype=np.float64)
        frames = [
            head.with_columns(pl.lit(r).alias("replication"), pl.Series("value", (one * scale).ravel()))
            for r, one in enumerate(values)
        ]
        names = ("scenario", "replication", *head.columns[1:-1], "value", "label")
        return pl.concat(frames).select(names)

    def waits(self) -> pl.DataFrame:
        """Distribution of completed waits: queue, segment, weeks, number, share of the queue and segment.

        Over all replications; a wait is from joining a queue until the letter or the conversation it waited
        for. A result that kept records runs once more for them.
        """
        import polars as pl

        totals = self.totals or engine.simulate(self.source, replications=self.runs, seed=self.seed)
        waits, rows = totals.waits, []
        segments = self.compiled.segments if len(self.compiled.segments) > 1 else ()
        for name, block in [*((s, waits[:, k]) for k, s in enumerate(segments)), (ALL, waits.sum(axis=1))]:
            for queue in Queue:
                weeks = np.flatnonzero(block[queue])
                total = int(block[queue].sum())
                for week, number in zip(weeks.tolist(), block[queue][weeks].tolist(), strict=True):
                    rows.append((queue.name.lower(), name, week, number, number / total))
        schema = {"queue": pl.String, "segment": pl.String, "weeks": pl.Int64, "number": pl.Int64,
                  "share": pl.Float64}  # fmt: skip
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.with_columns(pl.lit(self.compiled.name).alias("scenario"))

    def events(self, replication: int = 0) -> pl.DataFrame:
        """Event log of one replication, run again alone: synthetic people only.

        Columns: ``week`` (Monday), ``entry_week`` (0: starting stock, else number of the week of arrival
        + 1), ``index`` within it, ``event``, ``detail`` (queue, outcome, or weeks waited),
        ``state`` afterwards.

        DataError the people come from an extract of a real register.
        """
        import polars as pl

        if not self.compiled.synthetic:
            raise DataError(
                "event log: these people come from a register extract; nothing is ever shown about one person"
            )
        log = engine.replay(self.compiled, seed=self.seed, replication=replication)[1]
        mondays = np.array(self.compiled.mondays(), dtype="datetime64[D]")
        names = [tuple(LOG)[event] for event in log[:, 3]]
        frame = pl.DataFrame(
            {
                "week": mondays[log[:, 0]],
                "entry_week": log[:, 1],
                "index": log[:, 2],
                "event": names,
                "detail": [_detail(LOG[e], int(v)) for e, v in zip(names, log[:, 4], strict=True)],
                "state": [State(int(s)).name.lower() for s in log[:, 5]],
            }
        )
        return frame.with_columns(pl.col("week").cast(pl.Date))

    def person(self, index: int, *, entry_week: int = 0, replication: int = 0) -> pl.DataFrame:
        """The story of one synthetic person: number ``index`` of the starting stock, or of an entry week.

        DataError as :meth:`events`; or there is no such person in this replication.
        """
        import polars as pl

        frame = self.events(replication)
        found = frame.filter((pl.col("entry_week") == entry_week) & (pl.col("index") == index))
        stock = entry_week == 0 and 0 <= index < self.compiled.people
        if found.is_empty() and not stock:
            raise DataError(
                f"person: nobody has number {index} of entry week {entry_week} in this replication"
            )
        return found

    def shares(self, part: str, whole: str) -> Numbers:
        """Share of one measure in another over the whole run, by replication; 0 of nothing is 0.

        DataError the result kept sums, not the record of every run.
        """
        if self.records is None:
            raise DataError("this result kept sums, not the record of every run")
        above, below = (self.records[:, -1, place(self.compiled, name)] for name in (part, whole))
        return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)

    def _head(self, key: str, days: Sequence[Any], kept: Sequence[Place]) -> pl.DataFrame:
        """The columns that say what a number is, one row per day and place."""
        import polars as pl

        n, k = len(days), len(kept)
        columns = {
            "scenario": [self.compiled.name] * (n * k),
            key: [day for day in days for _ in kept],
            "segment": [segment for segment, _, _ in kept] * n,
            "measure": [m.name for _, m, _ in kept] * n,
            "unit": [m.unit for _, m, _ in kept] * n,
            "layer": [self.layer] * (n * k),
            "label": [self.label] * (n * k),
        }
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String) | {key: pl.Date})

    def _frame(
        self, key: str, days: Sequence[Any], first: int, divide: int, kept: Sequence[Place]
    ) -> pl.DataFrame:
        """Rows of the record from ``first`` on, one for every day, as a frame."""
        import polars as pl

        columns = [column for _, _, column in kept]
        scale = np.array([m.scale for _, m, _ in kept])
        head, rows = self._head(key, days, kept), slice(first, first + len(days))
        numbers = [
            pl.Series(name, (values[rows][:, columns] * scale / divide).ravel())
            for name, values in self._numbers.items()
        ]
        return head.with_columns(numbers).select(*head.columns[:-1], *self._numbers, "label")

    @functools.cached_property
    def _numbers(self) -> dict[str, Numbers]:
        """Mean, its error and quantiles of everything recorded, (rows, columns)."""
        if self.records is not None:
            return statistics(self.records)
        assert self.totals is not None
        found = {"mean": self.totals.mean(), "mean_error": self.totals.mean_error()}
        # whatever is recorded is a count: a bin that begins below zero holds nothing below zero
        quantiles = (np.maximum(q, 0) for q in self.totals.quantiles(QUANTILES))
        return found | dict(zip(QUANTILE_NAMES, quantiles, strict=True))


def statistics(values: npt.NDArray[Any], *, errors: bool = False) -> dict[str, Any]:
    """Return mean, ``mean_error`` and quantiles over the first axis.

    ``values``: one for each replication, or an array of them. ``errors``: add the Monte Carlo errors of the
    quantiles (``q05_error`` ...): half the distance between the quantiles a binomial standard deviation to
    either side (Woodruff 1952).
    """
    n = len(values)
    found = {"mean": values.mean(axis=0), "mean_error": values.std(axis=0, ddof=min(1, n - 1)) / np.sqrt(n)}
    found |= zip(QUANTILE_NAMES, np.quantile(values, QUANTILES, axis=0), strict=True)
    for name, q in zip(QUANTILE_NAMES if errors else (), QUANTILES, strict=False):
        d = np.sqrt(q * (1 - q) / n)
        low, high = np.quantile(values, (max(q - d, 0), min(q + d, 1)), axis=0)
        found[f"{name}_error"] = (high - low) / 2
    return found


def published(*results: Result, by: Literal["week", "quarter"] = "week") -> pl.DataFrame:
    """Return ``capacity_weekly.csv`` (or quarterly): the one table of ``kik run`` and ``kik simulate``.

    ``results``: the layers that were run, in this order. ``by``: rows for weeks, or for quarters. Returns
    ``scenario``, ``week`` (its Monday; or ``quarter``, its first day), ``segment``, ``measure``, ``unit``,
    ``layer``, ``mean``, ``mean_error``, ``q05``, ``q10``, ``q50``, ``q90``, ``q95``, rounded; the measures in
    the order of ``PUBLISHED``, the whole group before its segments.
    """
    import polars as pl

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


def _detail(means: Any, value: int) -> str:
    return means.format(value) if isinstance(means, str) else means(value).name.lower()
