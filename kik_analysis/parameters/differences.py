"""Which parameters differ between two scenarios, old and new, and who set the new value."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kik_analysis.language.notation import Lang
from kik_analysis.parameters.catalogue import Atom, catalogue, names, plain
from kik_analysis.parameters.changes import amount_on
from kik_analysis.parameters.remarks import shown
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL, Amount, Value


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter of one segment (or named part), from a day on, in two scenarios.

    ``path``, ``segment``: the parameter, and the segment or part; empty for all. ``start``: from when; None
    from the start of the run. ``until``: the first day on which one of the two is another again; None if that
    is not within the run. ``old``, ``new``: what it is in the one and in the other; None where a scenario
    has no value yet. ``where``: ``FILE:LINE`` of who set the new one.
    """

    path: str
    segment: str
    start: datetime.date | None
    until: datetime.date | None
    old: Amount | None
    new: Amount | None
    where: str

    def as_json(self) -> dict[str, Any]:
        """Return plain types; a value with a range is ``{low, central, high}``."""
        start, until = (day and day.isoformat() for day in (self.start, self.until))
        head = {"path": self.path, "segment": self.segment, "from": start, "until": until}
        return {**head, "old": as_plain(self.old), "new": as_plain(self.new), "where": self.where}

    def part(self, lang: Lang) -> str:
        """Return the segment or named part in words; empty for all."""
        return ", ".join(called(one, catalogue()[self.path].keys, lang) for one in self.segment.split("."))

    def words(self, lang: Lang) -> tuple[str, str, str]:
        """Return name, old and new as readers of the language write them."""
        entry = catalogue()[self.path]
        old, new = (in_words(amount, entry.choices, lang) for amount in (self.old, self.new))
        return entry.title(lang), old, new


def differences(one: Scenario, other: Scenario) -> tuple[Difference, ...]:
    """Return what differs in the weeks of the run, dated changes worked in, in the order of the catalogue.

    ``one``, ``other``: scenarios; ``run.seed`` and ``run.replications`` say how to compute, not what, and are
    left out.
    """
    start, end = other.start, other.end
    return tuple(
        found
        for path in one.paths
        if path not in ("run.seed", "run.replications")
        for found in _differences(one.timeline(path), other.timeline(path), start, end)
    )


def windows(
    found: Iterable[Difference], start: datetime.date, end: datetime.date
) -> list[tuple[str, datetime.date, datetime.date]]:
    """Return each time in which a parameter differs: path, first day, and first day after it (or the end).

    ``found``: of :func:`differences`. ``start``, ``end``: of the run. Times of a path that touch are one.
    """
    spans: dict[str, list[tuple[datetime.date, datetime.date]]] = {}
    for one in found:
        spans.setdefault(one.path, []).append((one.start or start, one.until or end))
    out: list[tuple[str, datetime.date, datetime.date]] = []
    for path, each in spans.items():
        for first, last in sorted(each):
            if out and out[-1][0] == path and first <= out[-1][2]:
                first, last = out[-1][1], max(last, out.pop()[2])
            out.append((path, first, last))
    return out


def _differences(old: Value, new: Value, start: datetime.date, end: datetime.date) -> Iterator[Difference]:
    """Yield where two values of one parameter differ; what is alike for all segments is one entry."""
    if old.canonical() == new.canonical():
        return
    # by segment and part if one of them is
    names = max((old, new), key=lambda one: (one.by_name, len(one.names))).names
    days = [start, *sorted(day for day in old.starts | new.starts if start < day < end)]
    by_name: dict[str, list[Difference]] = {}
    for name in names:
        before, found = None, by_name.setdefault(name, [])
        for day in days:
            was, step = amount_on(old, day, name), new.step(day, name)
            now = step.amount if step else None
            if (was, now) == before:
                continue
            if found and found[-1].until is None:
                found[-1] = replace(found[-1], until=day)
            if was != now:
                where = " + ".join(origin.where for origin in (step and step.origins) or (new.origin,))
                found.append(Difference(old.path, name, None if day == start else day, None, was, now, where))
            before = was, now
    shapes = {tuple(replace(one, segment=ALL, where="") for one in each) for each in by_name.values()}
    if len(shapes) == 1 and not catalogue()[old.path].keys:
        yield from (replace(one, segment=ALL) for one in by_name[names[0]])
    else:
        yield from (one for each in by_name.values() for one in each)


def as_plain(amount: Amount | None) -> Any:
    """Return an amount as JSON and files hold it: a number or word, or ``{low, central, high}``."""
    if amount is None or amount.exact:
        return amount and plain(amount.central)
    return dict(zip(("low", "central", "high"), map(plain, amount.atoms), strict=True))


def in_words(amount: Amount | None, choices: tuple[str, ...], lang: Lang) -> str:
    """Return an amount as a reader writes it: ``2 (0 - 6)`` with a range, a dash where there is none."""
    if amount is None:
        return "-"
    low, central, high = (worded(atom, choices, lang) for atom in amount.atoms)
    return central if amount.exact else f"{central} ({low} - {high})"


def worded(atom: Atom, choices: tuple[str, ...], lang: Lang) -> str:
    """Return one value as a reader writes it: a number, a day, yes or no, or choices in words."""
    if isinstance(atom, tuple):
        return ", ".join(called(one, choices, lang) for one in atom)
    return called(atom, choices, lang) if isinstance(atom, str) else shown(atom, lang)


def called(name: str, among: tuple[str, ...], lang: Lang) -> str:
    """Return a segment, part or choice in the words of its list in ``names.csv``; itself without one."""
    lists = names()
    own = (one for one in lists.values() if among and set(among) <= set(one))
    found = next((one[name] for one in (*own, lists["segment"]) if name in one), (name, name))
    return found[0] if lang == "nl" else found[1]
