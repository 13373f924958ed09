"""The planner on the page: its grid as JSON that a script reads, without a request and without a library."""

from __future__ import annotations

import datetime
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
ENDS, COURSES = ("share", "low", "high", "left", "gone"), ("curve", "curve_low", "curve_high")
"""What the script knows of the end of the run, and of every quarter: in the order of the columns read."""
WORDS = ("answer", "gone", "left", "euros", "gap", "curve", "wrong")


def data(frame: pl.DataFrame, numbers: Mapping[str, Number], lang: Lang) -> dict[str, Any]:
    """Return axes, starting values and the JSON of the planner.

    ``frame``: every point of the grid by quarter: a row per ``fte``, ``minutes``, ``phone`` (a share) and
    ``week``. ``numbers``: ``euros`` (what a post costs a year, low and high), ``prices`` (of which
    year), ``inside`` (the share inside a range), ``error`` (in points), ``minutes`` (the central ones) and
    ``own`` (the scenario's posts). ``lang``: language of its words.
    """
    import polars as pl

    frame = frame.with_columns(pl.col("phone") * PERCENT)
    axes = {name: sorted(set(frame[name].to_list())) for name in AXES}
    weeks = sorted(set(frame["week"].to_list()))
    rows = {
        row[:4]: row[4:]
        for row in frame.select(
            *AXES, "week", "share", "share_q10", "share_q90", "backlog", "gone"
        ).iter_rows()
    }

    def points(column: int, week: Any) -> list[float | None]:
        found = (
            rows.get((fte, minutes, phone, week))
            for fte in axes["fte"] for minutes in axes["minutes"] for phone in axes["phone"]
        )  # fmt: skip
        scale = PERCENT if column < 3 else 1.0
        return [
            None if row is None or row[column] is None else round(scale * row[column], 1) for row in found
        ]

    euros, phones = numbers["euros"], axes["phone"]
    start = {
        "fte": numbers["own"].value,
        "minutes": numbers["minutes"].value,
        "phone": phones[len(phones) // 2],
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
    ends = {name: points(column, weeks[-1]) for column, name in enumerate(ENDS)}
    courses = {name: [points(column, week) for week in weeks] for column, name in enumerate(COURSES)}
    given = {
        "lang": lang,
        "axes": axes,
        "start": start,
        "first": first.isoformat(),
        "words": said,
        "euros": [euros.low, euros.high],
        "error": round(numbers["error"].value or 0.0, 1),
        **ends,
        **courses,
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
