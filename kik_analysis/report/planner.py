"""The planner on the page: its grid as JSON that a script reads, without a request and without a library."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref

if TYPE_CHECKING:
    import polars as pl

AXES = ("fte", "minutes", "phone")
STEPS = {"fte": 0.5, "minutes": 1, "phone": 5}
"""How far a key moves a slider."""
ENDS = {"share": "share", "share_q10": "low", "share_q90": "high", "backlog": "left", "gone": "gone"}
COURSES = {"share": "curve", "share_q10": "curve_low", "share_q90": "curve_high"}
"""Columns that the script knows of the end of the run, and of every quarter, by what it calls them."""
WORDS = ("answer", "gone", "left", "euros", "gap", "curve", "wrong")


def data(frame: pl.DataFrame, numbers: Mapping[str, Number], lang: Lang) -> dict[str, Any]:
    """Return axes, starting values and the JSON of the planner.

    ``frame``: every point of the grid by quarter: a row per ``fte``, ``minutes``, ``phone`` (a share) and
    ``week``. ``numbers``: ``euros`` (what a post costs a year, low and high), ``prices`` (of which
    year), ``inside`` (the share inside a range), ``error`` (in points), ``minutes`` (the central ones) and
    ``own`` (the scenario's posts). ``lang``: language of its words.
    """
    import polars as pl

    def points(week: datetime.date, names: Mapping[str, str]) -> dict[str, list[float | None]]:
        """Return what is known of every point in a week; of one that failed nothing."""
        there = frame.with_columns(pl.col("phone") * PERCENT).filter(pl.col("week") == week)
        scale = [pl.col(one) * (PERCENT if one.startswith("share") else 1.0) for one in names]
        at = grid.join(there, on=AXES, how="left", maintain_order="left").select(scale)
        return {new: [one if one is None else round(one, 1) for one in at[old]] for old, new in names.items()}

    axes = {name: sorted({PERCENT * one if name == "phone" else one for one in frame[name]}) for name in AXES}
    grid = pl.DataFrame(list(itertools.product(*axes.values())), schema=list(AXES), orient="row")
    weeks, euros = sorted(set(frame["week"])), numbers["euros"]
    courses = [points(week, COURSES) for week in weeks]
    start = {
        name: numbers[number].value for name, number in zip(AXES, ("own", "minutes", "phone"), strict=True)
    }
    said: dict[str, Any] = {name: sentences.template(f"planner.live.{name}", lang) for name in WORDS}
    year, inside = (
        notation.shown(numbers[one].value or 0.0, numbers[one].unit, 0, lang) for one in ("prices", "inside")
    )
    range_ = sentences.text("compare.euros", lang, year=Ref(year), share=Ref(f"{inside}%")).plain
    said["euros"] = said["euros"].replace("{range}", range_)
    said["value"] = {name: sentences.template(f"planner.live.value_{name}", lang) for name in AXES}
    # a course has a point at the end of every quarter; the run began in the first week of the first one
    first = weeks[0] - (weeks[1] - weeks[0]) + datetime.timedelta(weeks=1)
    given = {
        "lang": lang,
        "axes": axes,
        "start": start,
        "first": first.isoformat(),
        "words": said,
        "euros": [euros.low, euros.high],
        "error": round(numbers["error"].value or 0.0, 1),
        **points(weeks[-1], ENDS),
        **{name: [one[name] for one in courses] for name in COURSES.values()},
    }
    # "</script>" in a word must not end the element
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return {
        "axes": axes,
        "steps": STEPS,
        "start": start,
        "years": (weeks[0].year, weeks[-1].year),
        "json": text,
    }
