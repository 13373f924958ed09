"""A result, or a comparison, in plain text for a terminal: tables with a title and what they rest on."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kik_analysis.capacity.comparison import WHOLE_RUN, Comparison
from kik_analysis.capacity.measures import GROUP_STATES, SHARES
from kik_analysis.capacity.results import INTERVAL, Result
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang

_SHOWN = (*GROUP_STATES, "group_size", "in_support", "backlog", "outside_services", *SHARES, "hours_used",
          "hours_available")  # fmt: skip
_DECIMALS = {"share": 1, "weeks": 1}
Row = Mapping[str, Any]


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of words in columns: the first to the left, the others to the right."""
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            word.rjust(n) if k else word.ljust(n) for k, (word, n) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in table
    ]


def lines(result: Result, lang: Lang) -> list[str]:
    """Return where everybody is before week one and in the last week.

    ``result``: of one scenario. ``lang``: ``nl`` or ``en``.
    """

    def said(key: str, **values: object) -> str:
        return sentences.template(f"simulate.said.{key}", lang).format(**values)

    def shown(measure: str, number: float | None) -> str:
        if number is None:
            return ""
        return notation.percent(100 * number, lang) if measure in SHARES else notation.whole(number, lang)

    frame, weeks, first = result.weekly(measures=_SHOWN), result.compiled.mondays(), result.before()
    last = {r["measure"]: r for r in frame.filter(frame["week"] == weeks[-1]).to_dicts()}
    start, end = notation.date(weeks[0], lang), notation.date(weeks[-1], lang)
    inside = notation.percent(PERCENT * INTERVAL, lang)
    table = [["", *said("columns", first=start, last=end, share=inside).split(" | ")]]
    for measure in _SHOWN:
        row = last[measure]
        span = said("band", low=shown(measure, row["q10"]), high=shown(measure, row["q90"]))
        words = sentences.template(f"caseload.measure.{measure}", lang)
        table.append([words, shown(measure, first.get(measure)), shown(measure, row["mean"]), span])
    runs, name = notation.whole(result.runs, lang), result.compiled.name
    title = said("title", scenario=name, weeks=result.compiled.weeks, start=start, replications=runs)
    layer = sentences.template(f"caseload.layer.{result.layer}", lang)
    return [title, "", *aligned(table), "", said("layer", layer=layer, share=inside), said("rest")]


def compared(found: Comparison, lang: Lang) -> Iterator[str]:
    """Yield what each scenario changes, then the differences in its window and by year, and the dates.

    ``found``: the comparison. ``lang``: ``nl`` or ``en``.
    """

    def said(key: str, **values: object) -> str:
        return sentences.template(f"compare.said.{key}", lang).format(**values)

    def day(one: datetime.date | None) -> str:
        return notation.date(one, lang) if one else said("never")

    def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
        return (f"    {line}" for line in aligned([head, *rows]))

    base, inside = found.base.scenario, notation.percent(PERCENT * INTERVAL, lang)
    runs = notation.whole(found.replications, lang)
    layer = sentences.template(f"caseload.layer.{found.layer}", lang)
    yield said("title", base=base.name, title=base.title[lang], replications=runs, layer=layer)
    for one in found.others:
        name = one.scenario.name
        yield from ("", f"{name}: {one.scenario.title[lang]}", "  " + said("changed"))
        for change in (change for scenario, change in found.changed if scenario == name):
            title, old, new = change.words(lang)
            since = said("since", date=day(change.start)) if change.start else ""
            part = f"({change.part(lang)})" if change.part(lang) else ""
            words = said("change", title=title, path=change.path, old=old, new=new)
            yield "    " + " ".join(word for word in (words, part, since) if word)
        mine = [row for row in found.windows.to_dicts() if row["scenario"] == name]
        for start, until in dict.fromkeys((row["from"], row["until"]) for row in mine):
            yield "  " + said("window", start=day(start), until=day(until))
            rows = [
                [_measure(row, lang), *(_number(row, key, lang) for key in ("base", "other")),
                 _number(row, "difference", lang, signed=True), _range(row, lang)]
                for row in mine
                if (row["from"], row["until"]) == (start, until)
            ]  # fmt: skip
            yield from table(said("window_columns", inside=inside).split(" | "), rows)
        by = {(row["measure"], row["year"]): row for row in found.frame.to_dicts() if row["scenario"] == name}
        years = sorted({year for _, year in by} - {WHOLE_RUN})
        first, *rest = said("year_columns", inside=inside).split(" | ")
        rows = [
            [_measure(by[measure, WHOLE_RUN], lang),
             *(_number(by[measure, year], "difference", lang, signed=True) for year in (*years, WHOLE_RUN)),
             _range(by[measure, WHOLE_RUN], lang)]
            for measure in dict.fromkeys(measure for measure, _ in by)
        ]  # fmt: skip
        yield from table([first, *map(str, years), *rest], rows)
        for event in (event for event in found.dates if event["scenario"] == name):
            moments = {key: event[key] for key in ("base", "other", "low", "high")}
            never = "" if any(moments.values()) else "_never"
            yield "  " + said(event["event"] + never, **{key: day(one) for key, one in moments.items()})
    yield from (f"{remark.where}: {name}: {remark.text(lang)}" for name, remark in found.remarks)
    yield from ("", said("euros"))


def _measure(row: Row, lang: Lang) -> str:
    return sentences.template(f"compare.measure.{row['measure']}", lang)


def _number(row: Row, name: str, lang: Lang, *, signed: bool = False) -> str:
    value = row[name] * (PERCENT if row["unit"] == "share" else 1)
    text = notation.decimal(value, lang, _DECIMALS.get(row["unit"], 0))
    plus = "+" if signed and not text.startswith("-") and any(c in "123456789" for c in text) else ""
    return plus + text


def _range(row: Row, lang: Lang) -> str:
    low, high = (_number(row, name, lang, signed=True) for name in ("low", "high"))
    return sentences.template("compare.said.range", lang).format(low=low, high=high)
