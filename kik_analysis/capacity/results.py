"""What a simulation gives: tidy frames, with Monte Carlo errors, and stories of synthetic people only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Compiled, Outcome, Queue, State
from kik_analysis.capacity.layout import quarters
from kik_analysis.capacity.measures import ALL, TASKS, Measure, place, places
from kik_analysis.capacity.totals import Totals
from kik_analysis.errors import DataError

if TYPE_CHECKING:
    import polars as pl

Numbers = npt.NDArray[np.float64]
CHANCE = "chance"
CHANCE_AND_PARAMETERS = "chance_and_parameters"
QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
EVENTS = (
    "enters",
    "leaves",
    "joins_queue",
    "letter",
    "says_yes",
    "says_no",
    "no_answer",
    "misses_appointment",
    "conversation",
    "overdue",
    "returns",
    "support_ends",
)


@dataclass(frozen=True)
class Result:
    """The outcome of one simulated scenario.

    Attributes
    ----------
    compiled
        The scenario.
    seed, replications
        What was run.
    layer
        ``chance``, or ``chance_and_parameters`` where every replication had its own draw of the parameters.
    totals
        Sums over replications, with histograms of 64 bins; they serve thousands of runs.
    records
        Instead of sums, what each of a few dozen runs recorded that lie far apart: (replications, weeks then
        quarters then the whole run, columns). Their quantiles are exact.
    """

    compiled: Compiled
    seed: int
    replications: int
    layer: str
    totals: Totals | None = None
    records: npt.NDArray[np.int64] | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Possible but absurd inputs, and uncertain quantities that were fixed."""
        return self.compiled.warnings

    def weekly(self, measures: Sequence[str] | None = None, *, errors: bool = False) -> pl.DataFrame:
        """Measures by week: the columns of ``capacity_weekly.csv``.

        Parameters
        ----------
        measures
            Names to keep; default all.
        errors
            Add ``q05_error`` ... ``q95_error``: Monte Carlo errors of the quantiles.
        """
        c = self.compiled
        return self._frame("week", c.mondays(), slice(0, c.weeks), 1, measures, errors)

    def quarterly(self, measures: Sequence[str] | None = None, *, errors: bool = False) -> pl.DataFrame:
        """The same by calendar quarter: events and minutes added up, the rest as it stands at the end."""
        names = quarters(self.compiled)[0]
        rows = slice(self.compiled.weeks, self.compiled.weeks + len(names))
        return self._frame("quarter", names, rows, 1, measures, errors)

    def summary(self, measures: Sequence[str] | None = None, *, errors: bool = False) -> pl.DataFrame:
        """Averages over all weeks of the run, per week."""
        last = self.compiled.weeks + len(quarters(self.compiled)[0])
        weeks = self.compiled.weeks
        return self._frame("from", (self.compiled.start,), slice(last, last + 1), weeks, measures, errors)

    def coverage(self) -> pl.DataFrame:
        """Share of the group reached, and offered a contact, in the last 52 weeks, by segment and quarter."""
        return self.quarterly(("reached_52_weeks", "offered_52_weeks"))

    def tasks(self) -> pl.DataFrame:
        """Where the hours go: mean minutes per week by task, and the share of the minutes used."""
        import polars as pl

        frame = self.summary(TASKS).select("scenario", "measure", "unit", "layer", "mean", "mean_error")
        total = max(float(frame["mean"].sum()), 1e-300)
        return frame.with_columns((pl.col("mean") / total).alias("share_of_used"))

    def utilisation(self) -> pl.DataFrame:
        """Minutes used, lost and available by quarter, and the ratio of used to available."""
        import polars as pl

        kept = ("minutes_available", "minutes_used", "minutes_lost")
        frame = self.quarterly(kept).pivot("measure", index=["scenario", "quarter"], values="mean")
        available = pl.col("minutes_available")
        ratio = pl.when(available > 0).then(pl.col("minutes_used") / available).otherwise(None)
        return frame.with_columns(ratio.alias("used_share"))

    def waits(self) -> pl.DataFrame:
        """Distribution of completed waits: queue, segment, weeks, number, share of the queue and segment.

        Over all replications; a wait is from joining a queue until the letter or the conversation it waited
        for.
        """
        import polars as pl

        waits = self._totals.waits
        segments = self.compiled.segments if len(self.compiled.segments) > 1 else ()
        blocks = [*((name, waits[:, s]) for s, name in enumerate(segments)), (ALL, waits.sum(axis=1))]
        out: dict[str, list[Any]] = {n: [] for n in ("queue", "segment", "weeks", "number", "share")}
        for name, block in blocks:
            for queue in Queue:
                total = int(block[queue].sum())
                for weeks in np.flatnonzero(block[queue]):
                    n = int(block[queue][weeks])
                    for key, value in zip(
                        out, (queue.name.lower(), name, int(weeks), n, n / total), strict=True
                    ):
                        out[key].append(value)
        schema = {
            "queue": pl.String,
            "segment": pl.String,
            "weeks": pl.Int64,
            "number": pl.Int64,
            "share": pl.Float64,
        }
        return pl.DataFrame(out, schema=schema).with_columns(pl.lit(self.compiled.name).alias("scenario"))

    def events(self, replication: int = 0) -> pl.DataFrame:
        """Event log of one replication, run again alone: synthetic people only.

        Columns: ``week`` (Monday), ``entry_week`` (0: starting stock, else number of the week of arrival
        + 1), ``index`` within it, ``event``, ``detail`` (queue, outcome, or weeks waited),
        ``state`` afterwards.

        Raises
        ------
        DataError
            The people come from an extract of a real register.
        """
        import polars as pl

        from kik_analysis.capacity.individuals import replay

        self._synthetic_only()
        log = replay(self.compiled, seed=self.seed, replication=replication)[1]
        mondays = np.array(self.compiled.mondays(), dtype="datetime64[D]")
        event = [EVENTS[e] for e in log[:, 3]]
        frame = pl.DataFrame(
            {
                "week": mondays[log[:, 0]],
                "entry_week": log[:, 1],
                "index": log[:, 2],
                "event": event,
                "detail": [_detail(e, int(v)) for e, v in zip(event, log[:, 4], strict=True)],
                "state": [State(int(s)).name.lower() for s in log[:, 5]],
            }
        )
        return frame.with_columns(pl.col("week").cast(pl.Date))

    def person(self, index: int, *, entry_week: int = 0, replication: int = 0) -> pl.DataFrame:
        """The story of one synthetic person: number ``index`` of the starting stock, or of an entry week.

        Raises
        ------
        DataError
            As :meth:`events`; or there is no such person in this replication.
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

    def _synthetic_only(self) -> None:
        if not self.compiled.synthetic:
            raise DataError(
                "event log: these people come from a register extract; nothing is ever shown about one person"
            )

    def _frame(
        self,
        key: str,
        dates: Iterable[Any],
        rows: slice,
        divide: int,
        measures: Sequence[str] | None,
        errors: bool,
    ) -> pl.DataFrame:
        import polars as pl

        days = list(dates)
        kept = [x for x in places(self.compiled) if measures is None or x[1].name in measures]
        if measures is not None and (unknown := set(measures) - {m.name for _, m, _ in kept}):
            raise DataError(f"no measure {', '.join(sorted(unknown))}; known: {_known(self.compiled)}")
        n, k = len(days), len(kept)
        columns = np.array([column for _, _, column in kept])
        scale = np.array([m.scale for _, m, _ in kept])
        frame = pl.DataFrame(
            {
                "scenario": [self.compiled.name] * (n * k),
                key: [d for d in days for _ in kept],
                "segment": [segment for segment, _, _ in kept] * n,
                "measure": [m.name for _, m, _ in kept] * n,
                "unit": [m.unit for _, m, _ in kept] * n,
                "layer": [self.layer] * (n * k),
            },
            schema={
                "scenario": pl.String,
                key: pl.Date,
                "segment": pl.String,
                "measure": pl.String,
                "unit": pl.String,
                "layer": pl.String,
            },
        )
        numbers = self._numbers(errors)
        return frame.with_columns(
            pl.Series(name, (values[rows][:, columns] * scale / divide).ravel())
            for name, values in numbers.items()
        )

    def _numbers(self, errors: bool) -> dict[str, Numbers]:
        names = [f"q{round(100 * q):02d}" for q in QUANTILES]
        if self.records is not None:
            return _exact(self.records, names, errors)
        totals = self._totals
        out = {"mean": totals.mean(), "mean_error": totals.mean_error()}
        out |= dict(zip(names, totals.quantiles(QUANTILES), strict=True))
        if errors:
            found = totals.quantile_errors(QUANTILES)
            out |= {f"{name}_error": error for name, error in zip(names, found, strict=True)}
        return out

    @property
    def _totals(self) -> Totals:
        if self.totals is None:
            raise DataError("this result kept the record of every run, not their sums")
        return self.totals

    def shares(self, part: str, whole: str) -> Numbers:
        """Share of one measure in another over the whole run, by replication; 0 of nothing is 0.

        Raises
        ------
        DataError
            The result kept sums, not the record of every run.
        """
        if self.records is None:
            raise DataError("this result kept sums, not the record of every run")
        above, below = (self.records[:, -1, place(self.compiled, name)] for name in (part, whole))
        return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


def _exact(records: npt.NDArray[np.int64], names: Sequence[str], errors: bool) -> dict[str, Numbers]:
    n = len(records)
    out: dict[str, Numbers] = {"mean": records.mean(axis=0)}
    out["mean_error"] = records.std(axis=0, ddof=1) / np.sqrt(n)
    out |= zip(names, np.quantile(records, QUANTILES, axis=0), strict=True)
    for name, q in zip(names if errors else (), QUANTILES, strict=False):
        # half the distance between the quantiles a binomial standard deviation to either side
        d = float(np.sqrt(q * (1 - q) / n))
        low, high = np.quantile(records, (max(q - d, 0), min(q + d, 1)), axis=0)
        out[f"{name}_error"] = (high - low) / 2
    return out


def _known(c: Compiled) -> str:
    return ", ".join(dict.fromkeys(m.name for _, m, _ in places(c)))


def _detail(event: str, value: int) -> str:
    if event == "joins_queue":
        return Queue(value).name.lower()
    if event == "conversation":
        return Outcome(value).name.lower()
    if event == "letter":
        return f"{value} weeks waited"
    if event == "misses_appointment":
        return f"appointment {value}"
    return ""


def column_of(c: Compiled, measure: str, segment: str = ALL) -> tuple[Measure, int]:
    """A measure and its column in the record."""
    for name, m, column in places(c):
        if m.name == measure and name == segment:
            return m, column
    raise DataError(f"no measure {measure} of segment {segment}; known: {_known(c)}")
