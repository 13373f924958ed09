"""A result in a dozen lines, for a terminal: where everybody is in the first and the last week."""

from __future__ import annotations

import datetime
from typing import Any

from kik_analysis.capacity.measures import ALL, GROUP_STATES
from kik_analysis.capacity.results import Result
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang

_SHARES = ("offered_52_weeks", "reached_52_weeks")
_SHOWN = (*GROUP_STATES, "group_size", "outside_services", *_SHARES, "hours_used", "hours_available")
_LOW, _HIGH, _INSIDE = "q05", "q95", 0.9


def _said(key: str, lang: Lang, **values: object) -> str:
    return sentences.template(f"simulate.said.{key}", lang).format(**values)


def _value(measure: str, value: float, lang: Lang) -> str:
    return notation.percent(100 * value, lang) if measure in _SHARES else notation.whole(value, lang)


def _cells(row: dict[str, Any], lang: Lang) -> tuple[str, str]:
    measure, low, high = row["measure"], row[_LOW], row[_HIGH]
    span = _said("band", lang, low=_value(measure, low, lang), high=_value(measure, high, lang))
    return _value(measure, row["mean"], lang), span


def lines(result: Result, lang: Lang) -> list[str]:
    """Return a table in plain text, aligned, with a title and what its numbers rest on.

    Parameters
    ----------
    result
        Of one scenario.
    lang
        ``nl`` or ``en``.
    """
    frame = result.weekly(_SHOWN)
    days: list[datetime.date] = [frame["week"].min(), frame["week"].max()]  # type: ignore[list-item]
    rows = {
        (r["week"], r["measure"]): r
        for r in frame.iter_rows(named=True)
        if r["segment"] == ALL and r["week"] in days
    }
    table = [["", *_said("columns", lang, **_dates(days, lang)).split(" | ")]]
    for measure in _SHOWN:
        first, (last, span) = rows[days[0], measure], _cells(rows[days[1], measure], lang)
        name = sentences.template(f"caseload.measure.{measure}", lang)
        table.append([name, _cells(first, lang)[0], last, span])
    widths = [max(len(row[k]) for row in table) for k in range(4)]
    body = [
        f"{row[0]:<{widths[0]}}  " + "  ".join(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True))
        for row in table
    ]
    return [_title(result, days[0], lang), "", *(line.rstrip() for line in body), "", *_notes(result, lang)]


def _dates(days: list[datetime.date], lang: Lang) -> dict[str, str]:
    return {"first": notation.date(days[0], lang), "last": notation.date(days[1], lang)}


def _title(result: Result, start: datetime.date, lang: Lang) -> str:
    return _said(
        "title",
        lang,
        scenario=result.compiled.name,
        weeks=result.compiled.weeks,
        start=notation.date(start, lang),
        replications=notation.whole(result.replications, lang),
    )


def _notes(result: Result, lang: Lang) -> list[str]:
    layer = sentences.template(f"caseload.layer.{result.layer}", lang)
    return [
        _said("layer", lang, layer=layer, share=notation.percent(100 * _INSIDE, lang)),
        _said("rest", lang),
    ]
