"""Dated changes: ``set`` or ``add``, ``from`` included, ``until`` excluded; what lies before never moves."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kik_analysis.parameters.atoms import read_date, span, within
from kik_analysis.parameters.catalogue import Entry
from kik_analysis.parameters.origins import METADATA
from kik_analysis.parameters.shapes import Reader, shown_atom
from kik_analysis.parameters.values import ALL, Amount, Origin, Step, Steps, Value
from kik_analysis.reading.problems import Place, Problems, did_you_mean, name, shown
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar, Sequence

_ALLOWED = ("set", "to", "add", "amount", "from", "until", *METADATA)


@dataclass(frozen=True, slots=True)
class Change:
    """One dated change of one parameter.

    Attributes
    ----------
    path
        The parameter.
    action
        ``set`` (the value becomes this) or ``add`` (this comes on top).
    value
        What is set or added; has a single step per cell.
    start, until
        First day on which it holds, and first day on which it no longer does (None: it stays).
    """

    path: str
    action: str
    value: Value
    start: datetime.date
    until: datetime.date | None

    @property
    def origin(self) -> Origin:
        """Return who made the change."""
        return self.value.origin

    def active(self, date: datetime.date | None) -> bool:
        """Tell whether the change holds on a date (None: before every date)."""
        return date is not None and self.start <= date and (self.until is None or date < self.until)

    def overlaps(self, other: Change) -> bool:
        """Tell whether there is a day on which both hold."""
        return (self.until is None or other.start < self.until) and (
            other.until is None or self.start < other.until
        )

    def canonical(self) -> object:
        """Return what the change says, without who said it."""
        return [self.path, self.action, self.start, self.until, self.value.canonical()]


def read_changes(node: Node, reader: Reader) -> tuple[Change, ...]:
    """Return the changes in a ``changes`` list; problems go to the reader's list."""
    problems = reader.problems
    if isinstance(node, Broken) or (isinstance(node, Scalar) and node.value is None):
        return ()
    if not isinstance(node, Sequence):
        expected = "- {set: team.fte, to: 10, from: 2021-07-01}"
        got = shown(node.value) if isinstance(node, Scalar) else "keys without a dash"
        problems.add(node, "a list is wanted here", key="changes", got=got, expected=expected)
        return ()
    found: list[Change] = []
    for index, item in enumerate(node.items, 1):
        key = f"changes[{index}]"
        if isinstance(item, Mapping):
            change = _change(item, key, reader)
            if change:
                found.append(change)
        elif not isinstance(item, Broken):
            got = shown(item.value) if isinstance(item, Scalar) else "a list"
            problems.add(item, "not a change", key=key, got=got, expected="{set: .., to: .., from: ..}")
    return tuple(found)


def _change(node: Mapping, key: str, reader: Reader) -> Change | None:
    problems = reader.problems
    before = len(problems)
    for k, _ in node:
        if k.text not in _ALLOWED:
            what = f"unknown key{did_you_mean(k.text, _ALLOWED)}"
            problems.add(k, what, key=f"{key}.{name(k.text)}", expected=", ".join(_ALLOWED))
    actions = [word for word in ("set", "add") if word in node]
    if len(actions) != 1:
        what = "both set and add" if actions else "neither set nor add"
        problems.add(node, what, key=key, expected="one of set and add")
        return None
    action = actions[0]
    given, other = ("to", "amount") if action == "set" else ("amount", "to")
    if other in node:
        problems.add(node, f"{action} goes with {given}", key=f"{key}.{other}", expected=given)
    entry = _target(node, action, key, reader)
    start, until = _window(node, key, problems)
    inner = node.get(given)
    if inner is None and other not in node:
        problems.add(
            node, f"{given} is missing", key=key, expected=f"{{{action}: .., {given}: .., from: ..}}"
        )
    if entry is None or inner is None:
        return None
    if action == "add":
        if not entry.numeric:
            problems.add(node, "cannot be added to; use set", key=key, got=entry.path)
            return None
        entry = replace(entry, minimum=None, maximum=None)  # an amount may be negative; the sum is checked
    path = f"{key}.{given}"
    value = reader.read(entry, inner, path, place=node.key(action), undated=True, metadata=node)
    if isinstance(inner, Mapping):
        for k, _ in inner:
            if k.text in METADATA:
                problems.add(k, "put it beside the change", key=f"{path}.{k.text}")
    if value is None or start is None or len(problems) > before:
        return None
    return Change(entry.path, action, value, start, until)


def _target(node: Mapping, action: str, key: str, reader: Reader) -> Entry | None:
    problems, catalogue = reader.problems, reader.catalogue
    target = node.get(action)
    path = f"{key}.{action}"
    if target is None or isinstance(target, Broken):
        return None
    if not isinstance(target, Scalar) or target.text not in catalogue:
        text = target.text if isinstance(target, Scalar) else ""
        near = catalogue.nearest(text) if text else None
        hint = f"; did you mean {near}?" if near else ""
        got = shown(target.value) if isinstance(target, Scalar) else "keys or a list"
        problems.add(target, f"unknown parameter{hint}", key=path, got=got, expected="a path, as team.fte")
        return None
    entry = catalogue[target.text]
    if not entry.dated:
        what = "this parameter does not change over time; give its value in its section"
        problems.add(target, what, key=path, got=target.text)
        return None
    return entry


def _window(node: Mapping, key: str, problems: Problems) -> tuple[datetime.date | None, datetime.date | None]:
    start = read_date(node.get("from"), f"{key}.from", problems)
    until = read_date(node.get("until"), f"{key}.until", problems)
    if "from" not in node:
        problems.add(node, "from is missing", key=key, expected="from: 2019-10-07")
    if start and until and until <= start:
        end = node.get("until") or node
        what = "ends before it starts" if until < start else "ends on the day it starts; until is excluded"
        problems.add(end, what, key=f"{key}.until", got=until.isoformat(), expected=f"after {start}")
    return start, until


def check_overlaps(changes: Iterable[Change], shown_as: dict[str, str], problems: Problems) -> None:
    """Add a problem for every two ``set`` of one parameter that hold on the same day."""
    sets: dict[str, list[Change]] = {}
    for change in changes:
        if change.action != "set":
            continue
        for earlier in sets.setdefault(change.path, []):
            if change.overlaps(earlier):
                what = f"sets {change.path} on days on which {earlier.origin.where} sets it already"
                problems.add(_place(change.origin, shown_as), what, key="changes", expected="windows apart")
                break
        sets[change.path].append(change)


def _place(origin: Origin, shown_as: dict[str, str]) -> Place:
    return Place(shown_as.get(origin.file, origin.file), origin.line)


def apply(value: Value, changes: Iterable[Change]) -> Value:
    """Return a value with its dated changes worked in as steps.

    A ``set`` replaces the value while it holds; every ``add`` comes on top of what then stands.
    """
    mine = [change for change in changes if change.path == value.path]
    if not mine:
        return value
    names: list[str] = [name for name, _ in value.cells]
    if names == [ALL]:
        by_name = next((change.value for change in mine if change.value.by_name), None)
        names = [name for name, _ in by_name.cells] if by_name else names
    return replace(value, cells=tuple((name, _steps(value.steps(name), mine, name)) for name in names))


def _steps(base: Steps, changes: list[Change], name: str) -> Steps:
    earliest = base[0].start
    dates = {step.start for step in base if step.start}
    dates |= {date for change in changes for date in (change.start, change.until) if date}
    ordered: list[datetime.date | None] = [] if earliest else [None]
    ordered += sorted(date for date in dates if earliest is None or date >= earliest)
    steps: list[Step] = []
    for date in ordered:
        current = base[0]
        for step in base:
            if step.start is None or (date is not None and step.start <= date):
                current = step
        amount, origins = current.amount, current.origins
        active = [change for change in changes if change.active(date)]
        for change in active:
            if change.action == "set":
                amount, origins = change.value.steps(name)[0].amount, (change.origin,)
        for change in active:
            if change.action == "add":
                amount = amount.plus(change.value.steps(name)[0].amount)
                origins = (*origins, change.origin)
        if not steps or (steps[-1].amount, steps[-1].origins) != (amount, origins):
            steps.append(Step(date, amount, origins))
    return tuple(steps)


def check_result(entry: Entry, value: Value, shown_as: dict[str, str], problems: Problems) -> None:
    """Add a problem where changes take a parameter outside what is possible."""
    for _, steps in value.cells:
        for step in steps:
            if len(step.origins) > 1 and not _possible(entry, step.amount):
                got = " to ".join(dict.fromkeys(shown_atom(a) for a in (step.amount.low, step.amount.high)))
                what = f"takes {value.path} outside what is possible from {step.start}"
                where = _place(step.origins[-1], shown_as)
                problems.add(where, what, key="changes", got=got, expected=span(entry))
                return


def _possible(entry: Entry, amount: Amount) -> bool:
    scratch = Problems()
    return all(
        isinstance(atom, int | float) and within(entry, atom, Place(""), "", scratch) for atom in amount.atoms
    )
