"""What a run says about its parameters: what was fixed or changed, and dates that count otherwise.

The sentences stand in ``texts/remarks.toml``.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.parameters.catalogue import FILE, Atom, Catalogue, Entry
from kik_analysis.parameters.changes import Change, monday, run_of
from kik_analysis.parameters.values import Value, Values

_WEEK = datetime.timedelta(days=7)
_YEAR = datetime.timedelta(days=365)
_FEW_WEEKS = 2


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence about a parameter, in Dutch and English, and where the value was set."""

    path: str
    where: str
    nl: str
    en: str

    def text(self, lang: str) -> str:
        """Return the sentence in ``nl`` or ``en``."""
        return self.nl if lang == "nl" else self.en

    def __str__(self) -> str:
        return f"{self.where}: {self.path}: {self.nl} / {self.en}"


def in_one(line: str, lang: str) -> str:
    """Return the line of a remark (``FILE:LINE: path: Dutch / English``) in ``nl`` or ``en`` alone."""
    place, path, said = line.split(": ", 2)
    return f"{place}: {path}: {said.partition(' / ')[0 if lang == 'nl' else 2]}"


def remark(path: str, where: str, key: str, **values: Atom | Entry | None) -> Remark:
    """Return a remark from its template; numbers and dates as each language writes them.

    ``path``, ``where``: the parameter, and who set it. ``key``: of the template: in ``texts/remarks.toml``,
    or with the name of another file before a point. ``values``: what fills it.
    """
    found = key if "." in key else f"remarks.{key}"
    nl, en = (
        sentences.template(found, lang).format(**{one: shown(value, lang) for one, value in values.items()})
        for lang in LANGUAGES
    )
    return Remark(path, where, nl, en)


def remarks(
    values: Values, changes: Iterable[Change], book: Catalogue, root: str, counted: datetime.date | None
) -> tuple[Remark, ...]:
    """Return the remarks about a scenario.

    ``values``: every parameter, before dated changes. ``changes``: the dated changes. ``book``: the
    catalogue. ``root``: the file that extends nothing: facts that another file sets were changed.
    ``counted``: the day on which that file's stock was counted: the start of its run.
    """
    run = run_of(values)
    assert run is not None
    found: list[Remark] = []
    for path, value in values.items():
        where, entry = value.origin.where, book[path]
        if entry.kind == "assumption" and entry.ranged and value.exact:
            key, at = ("fixed_at", value.central) if value.simple else ("fixed", None)
            found.append(remark(path, where, key, title=entry, value=at, low=entry.low, high=entry.high))
        if entry.kind in ("reference", "fact") and value.origin.file not in (root, FILE):
            found.append(remark(path, where, entry.kind, title=entry))
    for change in (one for one in changes if one.origin.file != root):
        found += _window(change, *run)
    for value in (one for one in values.values() if one.origin.file != root):
        found += _within_a_week(value, value.starts, *run)
    return (*found, *_calendar(values, root, counted, *run))


def _window(change: Change, start: datetime.date, end: datetime.date) -> Iterator[Remark]:
    """Yield what is to be said of a change that lies outside the run, or begins or ends within a week."""
    where, until = change.origin.where, change.until
    if change.start >= end or (until is not None and until <= start):
        first = min(change.start, until or change.start)
        yield remark(change.path, where, "outside", begin=start, end=end, date=first)
    elif change.value.weekly and until is not None and monday(change.start) >= monday(until):
        yield remark(change.path, where, "no_monday")
    else:
        yield from _within_a_week(change.value, {change.start, until or change.start}, start, end)


def _within_a_week(
    value: Value, dates: Iterable[datetime.date], start: datetime.date, end: datetime.date
) -> Iterator[Remark]:
    """Yield a remark for each date in the run that is no Monday, of what is looked up on Mondays."""
    for date in sorted(dates) if value.weekly else ():
        if date.weekday() and start < date < end:
            yield remark(value.path, value.origin.where, "within_a_week", date=date, monday=monday(date))


def _calendar(
    values: Values, root: str, counted: datetime.date | None, start: datetime.date, end: datetime.date
) -> Iterator[Remark]:
    """Yield remarks about the age of the stock, quarters of a week, and months too short for their leave."""
    where = values["run.start"].origin.where
    same = values["people.stock"].origin.file == root
    if same and counted is not None and start >= counted + _YEAR:
        yield remark("run.start", where, "old_stock", stock=counted, date=start)
    if any(values[path].origin.file != root for path in ("run.start", "run.weeks")):
        days = (start + n * _WEEK for n in range((end - start) // _WEEK))
        quarters = Counter((day.year, (day.month + 2) // 3) for day in days)
        for (year, quarter), weeks in quarters.items():
            if weeks <= _FEW_WEEKS and len(quarters) > 1:
                name = f"{year}-{quarter}"
                yield remark("run.weeks", where, "short_quarter", quarter=name, weeks=weeks)
    hours = (values[f"team.{word}_hours"].central for word in ("contract", "public_holiday", "leave"))
    contract, holidays, leave = (float(str(atom)) for atom in hours)
    pattern = values["team.leave_pattern"]
    for month, _, amount in pattern.amounts():
        if float(str(amount.central)) * leave * 12 > contract - holidays:
            yield remark(pattern.path, pattern.origin.where, "full_month", month=month)


def shown(value: Atom | Entry | None, lang: Lang) -> str:
    """Return a value as a reader of the language writes it, with as many decimals as it has."""
    if isinstance(value, Entry):
        return value.title(lang)
    if isinstance(value, datetime.date):
        return notation.date(value, lang)
    if isinstance(value, bool):
        return sentences.text(f"tables.boolean.{'yes' if value else 'no'}", lang).plain
    if not isinstance(value, int | float):
        return str(value)
    text = f"{float(value):.6f}".rstrip("0")
    return notation.decimal(value, lang, len(text.partition(".")[2]))
