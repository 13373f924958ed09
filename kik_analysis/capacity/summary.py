"""A result in a dozen lines, for a terminal: where everybody is before week one and in the last week."""

from __future__ import annotations

from kik_analysis.capacity.measures import GROUP_STATES, REACH
from kik_analysis.capacity.results import Result
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang

_SHARES = tuple(f"{word}_52_weeks" for word in REACH)
_SHOWN = (*GROUP_STATES, "group_size", "in_support", "backlog", "outside_services", *_SHARES,
          "hours_used", "hours_available")  # fmt: skip
_LOW, _HIGH, _INSIDE = "q10", "q90", 80.0  # percent of the results between them


def lines(result: Result, lang: Lang) -> list[str]:
    """Return a table in plain text, aligned, with a title and what its numbers rest on.

    ``result``: of one scenario. ``lang``: ``nl`` or ``en``.
    """

    def said(key: str, **values: object) -> str:
        return sentences.template(f"simulate.said.{key}", lang).format(**values)

    def shown(measure: str, number: float | None) -> str:
        if number is None:
            return ""
        return notation.percent(100 * number, lang) if measure in _SHARES else notation.whole(number, lang)

    frame = result.weekly(measures=_SHOWN)
    weeks = result.compiled.mondays()
    last = {r["measure"]: r for r in frame.filter(frame["week"] == weeks[-1]).to_dicts()}
    first = result.before()
    start, end = notation.date(weeks[0], lang), notation.date(weeks[-1], lang)
    inside = notation.percent(_INSIDE, lang)
    table = [["", *said("columns", first=start, last=end, share=inside).split(" | ")]]
    for measure in _SHOWN:
        b = last[measure]
        span = said("band", low=shown(measure, b[_LOW]), high=shown(measure, b[_HIGH]))
        words = sentences.template(f"caseload.measure.{measure}", lang)
        table.append([words, shown(measure, first.get(measure)), shown(measure, b["mean"]), span])
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    body = (
        "  ".join((row[0].ljust(wide[0]), *(c.rjust(w) for c, w in zip(row[1:], wide[1:], strict=True))))
        for row in table
    )
    runs, name = notation.whole(result.runs, lang), result.compiled.name
    title = said("title", scenario=name, weeks=result.compiled.weeks, start=start, replications=runs)
    layer = sentences.template(f"caseload.layer.{result.layer}", lang)
    return [title, "", *map(str.rstrip, body), "", said("layer", layer=layer, share=inside), said("rest")]
