"""A comparison in plain text, for a terminal: what is changed, then the differences by year."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kik_analysis.capacity.comparison import WHOLE_RUN, Comparison
from kik_analysis.capacity.paired import INTERVAL
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang

_DECIMALS = {"share": 1, "weeks": 1}
Row = Mapping[str, Any]


def lines(found: Comparison, lang: Lang) -> Iterator[str]:
    """Yield the lines of a comparison.

    ``found``: the comparison. ``lang``: ``nl`` or ``en``.
    """
    words = _Words(lang)
    base = found.base.scenario
    runs = notation.whole(found.replications, lang)
    layer = sentences.template(f"caseload.layer.{found.layer}", lang)
    yield words.say("title", base=base.name, title=base.title[lang], replications=runs, layer=layer)
    for one in found.others:
        name = one.scenario.name
        yield ""
        yield f"{name}: {one.scenario.title[lang]}"
        yield "  " + words.say("changed")
        for scenario, change in found.changed:
            if scenario == name:
                title, old, new = change.words(lang)
                since = words.say("since", date=notation.date(change.start, lang)) if change.start else ""
                part = change.part(lang)
                said = words.say("change", title=title, path=change.path, old=old, new=new)
                yield "    " + " ".join(word for word in (said, part and f"({part})", since) if word)
        yield from _windows(words, [row for row in found.windows.to_dicts() if row["scenario"] == name])
        yield from _years(words, [row for row in found.frame.to_dicts() if row["scenario"] == name])
        for event in found.dates:
            if event["scenario"] == name:
                days = {key: words.day(event[key]) for key in ("base", "other", "low", "high")}
                never = not any(event[key] for key in days)
                yield "  " + words.say(f"{event['event']}_never" if never else event["event"], **days)
    for name, remark in found.remarks:
        yield f"{remark.where}: {name}: {remark.text(lang)}"
    yield ""
    yield words.say("euros")


class _Words:
    """The sentences of one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.inside = notation.percent(PERCENT * INTERVAL, lang)

    def say(self, key: str, **values: object) -> str:
        return sentences.template(f"compare.said.{key}", self.lang).format(**values)

    def measure(self, row: Row) -> str:
        return sentences.template(f"compare.measure.{row['measure']}", self.lang)

    def number(self, row: Row, name: str, *, signed: bool) -> str:
        value = row[name] * (PERCENT if row["unit"] == "share" else 1)
        text = notation.decimal(value, self.lang, _DECIMALS.get(row["unit"], 0))
        plus = "+" if signed and not text.startswith("-") and any(c in "123456789" for c in text) else ""
        return plus + text

    def day(self, day: datetime.date | None) -> str:
        return notation.date(day, self.lang) if day else self.say("never")

    def range(self, row: Row) -> str:
        low, high = (self.number(row, name, signed=True) for name in ("low", "high"))
        return self.say("range", low=low, high=high)


def _windows(words: _Words, rows: Sequence[Row]) -> Iterator[str]:
    """Yield a table for every measure that ends within the run: both scenarios at the end of its window."""
    for start, until in dict.fromkeys((row["from"], row["until"]) for row in rows):
        mine = [row for row in rows if (row["from"], row["until"]) == (start, until)]
        yield "  " + words.say("window", start=words.day(start), until=words.day(until))
        head = words.say("window_columns", inside=words.inside).split(" | ")
        yield from _table(
            head,
            [
                [
                    words.measure(row),
                    words.number(row, "base", signed=False),
                    words.number(row, "other", signed=False),
                    words.number(row, "difference", signed=True),
                    words.range(row),
                ]
                for row in mine
            ],
        )


def _years(words: _Words, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table of differences by year; the last columns are the whole run and its range."""
    years = sorted({row["year"] for row in rows} - {WHOLE_RUN})
    by = {(row["year"], row["measure"]): row for row in rows}
    first, *rest = words.say("year_columns", inside=words.inside).split(" | ")
    head = [first, *map(str, years), *rest]
    body = []
    for measure in dict.fromkeys(row["measure"] for row in rows):
        whole = by[WHOLE_RUN, measure]
        each = [words.number(by[year, measure], "difference", signed=True) for year in (*years, WHOLE_RUN)]
        body.append([words.measure(whole), *each, words.range(whole)])
    yield from _table(head, body)


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    wide = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    for row in (head, *body):
        cells = (row[0].ljust(wide[0]), *(c.rjust(w) for c, w in zip(row[1:], wide[1:], strict=True)))
        yield "    " + "  ".join(cells).rstrip()
