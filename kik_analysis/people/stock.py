"""The start of a simulation from a register: counts of identical people, no persons.

Cells have the fields of the engine's starting stock: state, segment, willingness, contact, support, weeks
since the last conversation and offer, weeks to wait, and how many people. The meaning of the wait differs by
state: weeks already waited (never invited), weeks until due (in contact; negative: overdue),
weeks until a new invitation is allowed (declined, not reached; negative: never).
"""

from __future__ import annotations

import datetime

import polars as pl

from kik_analysis.people.histories import NONE, WEEK
from kik_analysis.people.register import Register
from kik_analysis.people.traits import least_days

FIELDS = ("state", "segment", "row", "contact", "support", "age", "offer_age", "wait")
NEW, DECLINED, FOLLOW_UP = "new", "declined", "follow_up"


def stock(register: Register) -> pl.DataFrame:
    """Return the starting stock of a register as counts.

    ``register``: whose current members are counted. Returns ``state``, ``segment``, ``row``
    (willingness: new, declined, follow_up), ``contact`` (1 after a conversation), ``support`` (1 in support
    inside the group), ``age`` and ``offer_age`` (weeks, at least 1; -1 none), ``wait`` (weeks) and ``count``,
    sorted, no cell twice.
    """
    reference = pl.lit(datetime.date.fromisoformat(str(register.about["reference_day"])))
    in_group = pl.col("benefit_start") + pl.duration(days=least_days())
    waited = (reference - in_group).dt.total_days() // WEEK
    until = (pl.col("next_due") - reference).dt.total_days() // WEEK
    allowed = pl.when(pl.col("next_due").is_null()).then(NONE).otherwise(pl.max_horizontal(until, 0))
    state, spoken = pl.col("state"), pl.col("conversations") > 0
    refused, met = state.is_in(["declined", "not_reached"]), ["in_contact", "overdue", "in_support"]
    row = pl.when(spoken).then(pl.lit(FOLLOW_UP)).when(state == "declined").then(pl.lit(DECLINED))
    late = pl.when(until < 0).then(pl.lit("overdue")).otherwise(pl.lit("in_contact"))
    later = pl.when(state.is_in(met)).then(until).when(refused).then(allowed).otherwise(0)
    wait = pl.when(state == "never_invited").then(waited).otherwise(later)
    cells = register.members.select(
        "segment",
        state=pl.when(state.is_in(met)).then(late).otherwise(state),
        row=row.otherwise(pl.lit(NEW)),
        contact=spoken.cast(pl.Int64),
        support=(state == "in_support").cast(pl.Int64),
        age=pl.max_horizontal(pl.col("weeks_since_conversation").fill_null(NONE), NONE),
        offer_age=pl.col("weeks_since_offer").fill_null(NONE),
        wait=wait.cast(pl.Int64),
    )
    return cells.group_by(FIELDS).agg(pl.len().cast(pl.Int64).alias("count")).sort(FIELDS)
