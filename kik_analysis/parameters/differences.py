"""Which parameters differ between two scenarios, old and new, and who set the new value."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kik_analysis import project
from kik_analysis.language.notation import Lang
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import Atom, catalogue
from kik_analysis.parameters.remarks import shown
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL, Amount, Origin, Value


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter of one segment (or named part), from a day on, in two scenarios.

    ``path``, ``segment``: the parameter, and the segment or part; empty for all. ``start``: from when; None
    from the start of the run. ``old``, ``new``: what it is in the one and in the other; None where a scenario
    has no value yet. ``where``: ``FILE:LINE`` of who set the new one.
    """

    path: str
    segment: str
    start: datetime.date | None
    old: Amount | None
    new: Amount | None
    where: str

    def as_json(self) -> dict[str, Any]:
        """Return plain types; a value with a range is ``{low, central, high}``."""
        start = self.start.isoformat() if self.start else None
        head = {"path": self.path, "segment": self.segment, "from": start}
        return {**head, "old": _plain(self.old), "new": _plain(self.new), "where": self.where}

    def part(self, lang: Lang) -> str:
        """Return the segment or named part in words; empty for all."""
        return _called(self.segment, catalogue()[self.path].keys, lang)

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
    found: list[Difference] = []
    for path in one.paths:
        old, new = one.timeline(path), other.timeline(path)
        if path not in ("run.seed", "run.replications") and old.canonical() != new.canonical():
            found += _of(old, new, other.start, other.end)
    return tuple(found)


Window = tuple[str, datetime.date, datetime.date]
"""A parameter, the first day on which it differs, and the first on which it no longer does."""


def temporary(one: Scenario, other: Scenario) -> tuple[Window, ...]:
    """Return the parameters that differ for a part of the run only, and are alike again before its end."""
    found: list[Window] = []
    for path in one.paths:
        old, new = one.timeline(path), other.timeline(path)
        starts = {step for value in (old, new) for _, step, _ in value.amounts() if step}
        days = [other.start, *sorted(day for day in starts if other.start < day < other.end)]
        names = [name for name, _ in (old if old.by_name else new).cells]
        differ = [any(_on(old, name, day)[0] != _on(new, name, day)[0] for name in names) for day in days]
        if any(differ) and not differ[-1]:
            last = len(differ) - 1 - differ[::-1].index(True)
            found.append((path, days[differ.index(True)], days[last + 1]))
    return tuple(found)


def _of(old: Value, new: Value, start: datetime.date, end: datetime.date) -> list[Difference]:
    """Return where two values of one parameter differ; what is alike for all segments is one entry."""
    names = [name for name, _ in (old if old.by_name else new).cells]
    by_name = {name: list(_steps(old, new, name, start, end)) for name in names}
    alike = all(
        [one[:3] for one in each] == [one[:3] for one in by_name[names[0]]] for each in by_name.values()
    )
    if alike and not catalogue()[old.path].keys:
        by_name = {ALL: by_name[names[0]]}
    return [
        Difference(old.path, name, day, was, now, " + ".join(origin.where for origin in origins))
        for name, steps in by_name.items()
        for day, was, now, origins in steps
    ]


_Step = tuple[datetime.date | None, Amount | None, Amount | None, tuple[Origin, ...]]


def _steps(old: Value, new: Value, name: str, start: datetime.date, end: datetime.date) -> Iterator[_Step]:
    """Yield what differs at the start of the run, and from each later day on which that changes."""
    later = {step.start for value in (old, new) for step in value.steps(name) if step.start}
    before = None
    for day in (start, *sorted(day for day in later if start < day < end)):
        (was, _), (now, origins) = (_on(value, name, day) for value in (old, new))
        if was != now and (was, now) != before:
            yield (None if day == start else day), was, now, origins or (new.origin,)
        before = was, now


def _on(value: Value, name: str, day: datetime.date) -> tuple[Amount | None, tuple[Origin, ...]]:
    held = [step for step in value.steps(name) if step.start is None or step.start <= day]
    return (held[-1].amount, held[-1].origins) if held else (None, ())


def _plain(amount: Amount | None) -> Any:
    if amount is None:
        return None
    low, central, high = (_json(atom) for atom in amount.atoms)
    return central if amount.exact else {"low": low, "central": central, "high": high}


def _json(atom: Atom) -> Any:
    if isinstance(atom, datetime.date):
        return atom.isoformat()
    if isinstance(atom, float) and atom.is_integer():
        return int(atom)
    return list(atom) if isinstance(atom, tuple) else atom


def in_words(amount: Amount | None, choices: tuple[str, ...], lang: Lang) -> str:
    """Return an amount as a reader writes it: ``2 (0 - 6)`` with a range, a dash where there is none."""
    if amount is None:
        return "-"
    low, central, high = (_atom(atom, choices, lang) for atom in amount.atoms)
    return central if amount.exact else f"{central} ({low} - {high})"


def _atom(atom: Atom, choices: tuple[str, ...], lang: Lang) -> str:
    if isinstance(atom, tuple):
        return ", ".join(_called(one, choices, lang) for one in atom)
    return _called(atom, choices, lang) if isinstance(atom, str) else shown(atom, lang)


def _called(name: str, among: tuple[str, ...], lang: Lang) -> str:
    """Return a segment, part or choice in the words of its list in ``names.csv``; itself without one."""
    lists = vocabulary.names(project.params())
    own = (one for one in lists.values() if among and set(among) <= set(one))
    found = next((one[name] for one in (*own, lists["segment"]) if name in one), (name, name))
    return found[0] if lang == "nl" else found[1]
