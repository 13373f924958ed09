"""One scenario in depth: where its hours go, who waits how long, who is reached in which segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kik_analysis.capacity.measures import ALL, TASKS
from kik_analysis.capacity.results import Result

if TYPE_CHECKING:
    import polars as pl


#: What the weekly and quarterly tables hold, in this order.
PUBLISHED = (
    "never_invited", "invited", "appointment", "in_contact", "overdue", "declined", "not_reached",
    "known_to_wij", "in_support", "group_size", "outside_services", "reached_52_weeks", "offered_52_weeks",
    "invitations", "conversations", "minutes_used", "minutes_available", "hours_used", "hours_available",
    "mean_wait_weeks",
)  # fmt: skip
#: Measures that the tables also hold for each segment.
BY_SEGMENT = ("overdue", "group_size", "reached_52_weeks", "offered_52_weeks")
#: Minutes that nobody uses: no task fits in them, or nobody may be met.
LOST = "minutes_lost"
#: Last weeks of the classes of waiting time: a month, a year; then longer.
CLASSES = (4, 52)
#: Tasks that are shown even when they take no time.
ALWAYS = ("conversation", "travel", "letter", "handover", "registration")
QUEUES = ("follow_up", "appointment", "first")
QUANTILES = (0.5, 0.9)
LIMITS = (0.1, 0.9)


def published(result: Result, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep of a weekly or quarterly frame what the tables hold."""
    import polars as pl

    order = {name: place for place, name in enumerate(PUBLISHED)}
    kept = frame.filter(
        pl.col("measure").is_in(list(PUBLISHED))
        & ((pl.col("segment") == ALL) | pl.col("measure").is_in(list(BY_SEGMENT)))
    )
    key = frame.columns[1]
    place = pl.col("measure").replace_strict(order, return_dtype=pl.Int64)
    # no measure is negative, but a quantile inside a wide bin of a histogram may come out below zero
    kept = kept.with_columns(pl.col("^q[0-9]+$").clip(0))
    return kept.sort(key, place, pl.col("segment") != ALL, maintain_order=True)


def hours(result: Result, sampled: Result) -> pl.DataFrame:
    """Where the hours go: mean hours per week by task and unused, and their share of the hours available.

    Parameters
    ----------
    result
        Gives the means.
    sampled
        The same scenario under uncertain assumptions; gives the range of each share, draw by draw.

    Returns
    -------
    polars.DataFrame
        ``task``, ``hours``, ``share``, ``share_q10``, ``share_q90``; tasks that take no time are left out,
        the largest first, unused last.
    """
    import polars as pl

    frame = result.summary((*TASKS, LOST, "minutes_available")).select("measure", "mean")
    means = dict(frame.iter_rows())
    available = max(means["minutes_available"], 1e-300)
    kept = [name for name in TASKS if means[name] > 0 or name.removeprefix("minutes_") in ALWAYS]
    tasks = sorted(((means[name], name) for name in kept), reverse=True)
    rows = [*tasks, (means[LOST], LOST)]
    out = []
    for mean, name in rows:
        low, high = np.quantile(sampled.shares(name, "minutes_available"), LIMITS)
        row = {"task": name.removeprefix("minutes_"), "hours": mean / 60, "share": mean / available}
        out.append(row | {"share_q10": float(low), "share_q90": float(high)})
    return pl.DataFrame(out)


def waiting(result: Result) -> pl.DataFrame:
    """Who waits how long: completed waits over all weeks and replications, by queue.

    Returns
    -------
    polars.DataFrame
        ``queue``, ``until_4``, ``until_52``, ``longer`` (shares that add up to 1), and
        ``q50`` and ``q90`` in whole weeks.
    """
    import polars as pl

    waits = result.waits().filter(pl.col("segment") == ALL)
    rows = []
    for queue in QUEUES:
        part = waits.filter(pl.col("queue") == queue).sort("weeks")
        if part.is_empty():
            continue
        weeks, share = part["weeks"].to_list(), part["share"].to_list()
        row: dict[str, object] = {"queue": queue}
        before = 0.0
        for end in CLASSES:
            until = sum(s for w, s in zip(weeks, share, strict=True) if w <= end)
            row[f"until_{end}"] = until - before
            before = until
        row["longer"] = 1 - before
        running, ends = 0.0, dict.fromkeys(QUANTILES, weeks[-1])
        for w, s in zip(weeks, share, strict=True):
            for q in QUANTILES:
                if running < q <= running + s + 1e-12:
                    ends[q] = w
            running += s
        rows.append(row | {"q50": ends[0.5], "q90": ends[0.9]})
    shares = dict.fromkeys((*(f"until_{end}" for end in CLASSES), "longer"), pl.Float64)
    return pl.DataFrame(rows, schema={"queue": pl.String, **shares, "q50": pl.Int64, "q90": pl.Int64})


def coverage(result: Result, wide: Result) -> pl.DataFrame:
    """Share of each segment approached and spoken to in the last 52 weeks of the run.

    Parameters
    ----------
    result
        Gives the means.
    wide
        The same scenario under uncertain assumptions; gives the ranges.

    Returns
    -------
    polars.DataFrame
        ``segment`` (all last), ``persons``, ``approached``, ``spoken`` with ``_q10`` and ``_q90``.
    """
    import polars as pl

    shares = ("offered_52_weeks", "reached_52_weeks")
    frame = result.weekly(("group_size", *shares))
    last = frame.filter(pl.col("week") == pl.col("week").max())
    ranges = wide.weekly(shares).filter(pl.col("week") == pl.col("week").max())
    around = {(row["segment"], row["measure"]): row for row in ranges.iter_rows(named=True)}
    rows = []
    for segment in dict.fromkeys(last["segment"]):
        part = {
            row["measure"]: row for row in last.filter(pl.col("segment") == segment).iter_rows(named=True)
        }
        row: dict[str, object] = {"segment": segment, "persons": part["group_size"]["mean"]}
        for name, measure in (("approached", "offered_52_weeks"), ("spoken", "reached_52_weeks")):
            row |= {name: part[measure]["mean"]}
            row |= {f"{name}_{q}": around[segment, measure][q] for q in ("q10", "q90")}
        rows.append(row)
    return pl.DataFrame(rows)
