"""The start of a simulation from a register: counts of identical people, no persons.

Cells have the fields of the engine's starting stock: state, segment, willingness, contact, support, weeks
since the last conversation and offer, weeks to wait, and how many people. The meaning of the wait differs by
state: weeks already waited (never invited), weeks until due (in contact; negative: overdue),
weeks until a new invitation is allowed (declined, not reached; negative: never).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kik_analysis.people.histories import NONE, WEEK
from kik_analysis.people.register import Register
from kik_analysis.people.traits import least_days

if TYPE_CHECKING:
    import polars as pl

FIELDS = ("state", "segment", "row", "contact", "support", "age", "offer_age", "wait")
ENGINE_STATES = {
    "never_invited": 0, "in_contact": 3, "overdue": 4, "declined": 5, "not_reached": 6, "known_to_wij": 7,
}  # fmt: skip
"""Codes of the engine's states; support inside the group is beside them."""
NEW, DECLINED, FOLLOW_UP = "new", "declined", "follow_up"


def stock(register: Register, *, longest_wait: int | None = None) -> pl.DataFrame:
    """Return the starting stock of a register as counts.

    ``register``: whose current members are counted. ``longest_wait``: weeks after which a longer wait of
    people never invited counts as this one; None for no limit. Returns ``state``, ``segment``, ``row``
    (willingness: new, declined, follow_up), ``contact`` (1 after a conversation), ``support`` (1 in support
    inside the group), ``age`` and ``offer_age`` (weeks, at least 1; -1 none), ``wait`` (weeks) and ``count``,
    sorted, no cell twice.
    """
    import polars as pl

    reference = pl.lit(datetime.date.fromisoformat(str(register.about["reference_day"])))
    in_group = pl.col("benefit_start") + pl.duration(days=least_days())
    waited = (reference - in_group).dt.total_days() // WEEK
    until = (pl.col("next_due") - reference).dt.total_days() // WEEK
    allowed = pl.when(pl.col("next_due").is_null()).then(NONE).otherwise(pl.max_horizontal(until, 0))
    state, spoken = pl.col("state"), pl.col("conversations") > 0
    refused, met = state.is_in(["declined", "not_reached"]), ["in_contact", "overdue", "in_support"]
    row = pl.when(spoken).then(pl.lit(FOLLOW_UP)).when(state == "declined").then(pl.lit(DECLINED))
    late = pl.when(until < 0).then(pl.lit("overdue")).otherwise(pl.lit("in_contact"))
    longest = pl.min_horizontal(waited, longest_wait) if longest_wait else waited
    later = pl.when(state.is_in(met)).then(until).when(refused).then(allowed).otherwise(0)
    wait = pl.when(state == "never_invited").then(longest).otherwise(later)
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


def arrays(
    cells: pl.DataFrame, segments: Sequence[str], rows: Mapping[str, int]
) -> dict[str, npt.NDArray[np.int64]]:
    """Return a stock as the arrays ``stock_*`` that the engine takes.

    ``cells``: from :func:`stock`. ``segments``: the engine's segments, in its order. ``rows``: position of
    the willingness of people who are ``new``, ``declined`` once, and in ``follow_up``.
    """
    place = {name: k for k, name in enumerate(segments)}
    codes: dict[str, Mapping[str, int]] = {"state": ENGINE_STATES, "segment": place, "row": rows}
    found = {}
    for name in (*FIELDS, "count"):
        code = codes[name].__getitem__ if name in codes else int
        found[f"stock_{name}"] = np.array([code(one) for one in cells[name]], np.int64)
    found["stock_kind"] = np.zeros(cells.height, np.int64)  # no invitation is under way in a register
    return found
