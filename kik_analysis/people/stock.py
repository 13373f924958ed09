"""The start of a simulation from a register: counts of identical people, no persons.

Cells have the fields of the engine's starting stock: state, segment, willingness, contact, weeks since the
last conversation and offer, weeks to wait, and how many people. The meaning of the wait differs by
state: weeks already waited (never invited), weeks until due (in contact or in support; negative: overdue),
weeks until a new invitation is allowed (declined, not reached; negative: never).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kik_analysis.people.attributes import least_days
from kik_analysis.people.histories import NONE, WEEK
from kik_analysis.people.register import Register

if TYPE_CHECKING:
    import polars as pl

FIELDS = ("state", "segment", "row", "contact", "age", "offer_age", "wait")
ENGINE_STATES = {
    "never_invited": 0,
    "in_contact": 3,
    "overdue": 3,
    "declined": 5,
    "not_reached": 6,
    "known_to_wij": 7,
    "in_support": 8,
}
"""Codes of the engine's states; somebody overdue is in contact with a negative wait."""
NEW, DECLINED, FOLLOW_UP = "new", "declined", "follow_up"


def stock(register: Register, *, longest_wait: int | None = None) -> pl.DataFrame:
    """Return the starting stock of a register as counts.

    Parameters
    ----------
    register
        Whose current members are counted.
    longest_wait
        Weeks after which a longer wait of people never invited counts as this one; None for no limit.

    Returns
    -------
    polars.DataFrame
        ``state``, ``segment``, ``row`` (willingness: new, declined, follow_up), ``contact`` (1 after a
        conversation), ``age`` and ``offer_age`` (weeks, at least 1; -1 none), ``wait`` (weeks) and ``count``,
        sorted, no cell twice.
    """
    import polars as pl

    reference = datetime.date.fromisoformat(str(register.about["reference_day"]))
    in_group = pl.col("benefit_start") + pl.duration(days=least_days())
    waited = (pl.lit(reference) - in_group).dt.total_days() // WEEK
    until = (pl.col("next_due") - pl.lit(reference)).dt.total_days() // WEEK
    spoken = pl.col("conversations") > 0
    allowed = pl.when(pl.col("next_due").is_null()).then(NONE).otherwise(pl.max_horizontal(until, 0))
    state = pl.col("state")
    cells = register.members.select(
        state.replace({"overdue": "in_contact"}),
        pl.col("segment"),
        pl.when(spoken)
        .then(pl.lit(FOLLOW_UP))
        .when(state == "declined")
        .then(pl.lit(DECLINED))
        .otherwise(pl.lit(NEW))
        .alias("row"),
        spoken.cast(pl.Int64).alias("contact"),
        pl.max_horizontal(pl.col("weeks_since_conversation").fill_null(NONE), NONE).alias("age"),
        pl.col("weeks_since_offer").fill_null(NONE).alias("offer_age"),
        pl.when(state == "never_invited")
        .then(pl.min_horizontal(waited, longest_wait) if longest_wait else waited)
        .when(state.is_in(["in_contact", "overdue", "in_support"]))
        .then(until)
        .when(state.is_in(["declined", "not_reached"]))
        .then(allowed)
        .otherwise(0)
        .cast(pl.Int64)
        .alias("wait"),
    )
    return cells.group_by(FIELDS).agg(pl.len().cast(pl.Int64).alias("count")).sort(FIELDS)


def arrays(
    cells: pl.DataFrame, segments: Sequence[str], rows: Mapping[str, int]
) -> dict[str, npt.NDArray[np.int64]]:
    """Return a stock as the arrays ``stock_*`` that the engine takes.

    Parameters
    ----------
    cells
        From :func:`stock`.
    segments
        The engine's segments, in its order.
    rows
        Position of the willingness of people who are ``new``, ``declined`` once, and in ``follow_up``.
    """
    codes = {
        "state": ENGINE_STATES,
        "segment": {name: k for k, name in enumerate(segments)},
        "row": dict(rows),
    }
    found = {}
    for name in (*FIELDS, "count"):
        values = cells[name].to_list()
        found[f"stock_{name}"] = np.array(
            [codes[name][one] if name in codes else one for one in values], dtype=np.int64
        )
    return found
