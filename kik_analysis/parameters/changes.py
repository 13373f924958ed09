"""Dated changes: ``set`` or ``add``, ``from`` included, ``until`` excluded; what lies before never moves.

An entry may have a name, and several entries of different parameters the same one: they belong together. The
name of inherited entries replaces them whole, ``{name: .., drop: true}`` removes them; entries without a name
append.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kik_analysis.parameters.catalogue import Catalogue, Entry
from kik_analysis.parameters.hints import read_date, span, within, written
from kik_analysis.parameters.origins import METADATA
from kik_analysis.parameters.shapes import DATE, Reader, Schema, mapping_schema
from kik_analysis.parameters.values import ALL, Origin, Step, Steps, Value
from kik_analysis.parameters.vocabulary import why_refused
from kik_analysis.reading.problems import Place, Problems, did_you_mean, name
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar, Sequence, shown_node

ACTIONS = {"set": "to", "add": "amount"}
"""What a change does, and the key under which its value stands."""
WEEKLY = ("people", "work", "contact", "policy", "outcomes")
"""Sections whose dated values are looked up on Mondays; the team's hours are counted by working day."""
WORKDAYS = 5
_ALLOWED = ("name", "drop", "set", "to", "add", "amount", "from", "until", *METADATA)
_NAME = re.compile(r"[A-Za-z_]+\Z")
_EXAMPLE = "- {set: team.fte, to: 10, from: 2021-07-01}"


@dataclass(frozen=True, slots=True)
class Change:
    """One dated change of one parameter.

    ``path``: the parameter. ``action``: ``set`` (the value becomes this) or ``add`` (this comes on top).
    ``value``: what is set or added; has a single step per cell. ``start``, ``until``: first day on which it
    holds, and first day on which it no longer does (None: it stays). ``name``: by which another file replaces
    or drops it; may be empty.
    """

    path: str
    action: str
    value: Value
    start: datetime.date
    until: datetime.date | None
    name: str = ""

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
        """Return what the change says, without who said it or how it is called."""
        return [self.path, self.action, self.start, self.until, self.value.canonical()]


@dataclass(frozen=True, slots=True)
class Drop:
    """An inherited change that a file removes, and where it says so."""

    name: str
    file: str
    line: int


def read_changes(node: Node, reader: Reader) -> tuple[Change | Drop, ...]:
    """Return the entries of a ``changes`` list; problems go to the reader's list."""
    problems = reader.problems
    if isinstance(node, Broken) or (isinstance(node, Scalar) and node.value is None):
        return ()
    if not isinstance(node, Sequence):
        got = "keys without a dash" if isinstance(node, Mapping) else shown_node(node)
        problems.add(node, "a list is wanted here", key="changes", got=got, expected=_EXAMPLE)
        return ()
    if not node.items:
        what = "an empty list changes nothing; to remove an inherited change, name it"
        problems.add(node, what, key="changes", expected="- {name: .., drop: true}")
    found: list[Change | Drop] = []
    named: dict[tuple[str, str], int] = {}
    for index, item in enumerate(node.items, 1):
        key = f"changes[{index}]"
        if isinstance(item, Mapping):
            entry = _entry(item, key, reader)
            target = (entry.name, getattr(entry, "path", "")) if entry else ("", "")
            if entry and target in named:
                what = f"the name stands on line {named[target]} too, for the same parameter"
                problems.add(item, what, key=f"{key}.name", got=entry.name, expected="one of its own")
            elif entry:
                found.append(entry)
                named |= {target: item.line} if entry.name else {}
        elif not isinstance(item, Broken):
            expected = "{set: .., to: .., from: ..}"
            problems.add(item, "not a change", key=key, got=shown_node(item), expected=expected)
    return tuple(found)


def _entry(node: Mapping, key: str, reader: Reader) -> Change | Drop | None:
    problems = reader.problems
    before = len(problems)
    for k, _ in node:
        if k.text not in _ALLOWED:
            what = f"unknown key{did_you_mean(k.text, _ALLOWED)}"
            problems.add(k, what, key=f"{key}.{name(k.text)}", expected=", ".join(_ALLOWED))
    called = _called(node, key, problems)
    if "drop" in node:
        return _drop(node, called, key, reader) if len(problems) == before else None
    actions = [word for word in ACTIONS if word in node]
    if len(actions) != 1:
        what = "both set and add" if actions else "neither set nor add"
        problems.add(node, what, key=key, expected="one of set and add")
        return None
    action = actions[0]
    given = ACTIONS[action]
    other = next(word for word in ACTIONS.values() if word != given)
    entry = _target(node, action, key, reader)
    start, until = _window(node, key, problems)
    inner = node.get(given)
    if other in node:
        problems.add(node, f"{action} goes with {given}", key=f"{key}.{other}", expected=given)
    elif inner is None:
        expected = f"{{{action}: .., {given}: .., from: ..}}"
        problems.add(node, f"{given} is missing", key=key, expected=expected)
    if entry is None or inner is None:
        return None
    if action == "add":
        if not entry.numeric:
            problems.add(node, "cannot be added to; use set", key=key, got=entry.path)
            return None
        entry = replace(entry, minimum=None, maximum=None)  # an amount may be negative; the sum is checked
    path = f"{key}.{given}"
    value = reader.read(entry, inner, path, place=node.key(action), undated=True, metadata=node)
    for k, _ in inner if isinstance(inner, Mapping) else ():
        if k.text in METADATA:
            problems.add(k, "put it beside the change", key=f"{path}.{k.text}")
    if value is None or start is None or len(problems) > before:
        return None
    return Change(entry.path, action, value, start, until, called)


def _called(node: Mapping, key: str, problems: Problems) -> str:
    given = node.get("name")
    if given is None or isinstance(given, Broken):
        return ""
    if isinstance(given, Scalar) and isinstance(given.value, str) and _NAME.match(given.text):
        return given.text
    problems.add(given, "not a name", key=f"{key}.name", got=shown_node(given), expected="letters and _")
    return ""


def _drop(node: Mapping, called: str, key: str, reader: Reader) -> Drop | None:
    given = node.get("drop")
    problems = reader.problems
    more = [k for k, _ in node if k.text not in ("name", "drop", *METADATA)]
    if not isinstance(given, Scalar) or given.value is not True:
        if given is not None and not isinstance(given, Broken):
            problems.add(given, "not a switch", key=f"{key}.drop", got=shown_node(given), expected="true")
    elif more:
        what = "drop removes the whole change; to replace it leave drop out"
        problems.add(more[0], what, key=f"{key}.{more[0].text}")
    elif not called:
        problems.add(node, "which change? its name is missing", key=key, expected="{name: .., drop: true}")
    else:
        place = node.key("drop") or node
        return Drop(called, reader.origins.file, place.line)
    return None


def _target(node: Mapping, action: str, key: str, reader: Reader) -> Entry | None:
    problems, book = reader.problems, reader.catalogue
    target = node.get(action)
    path = f"{key}.{action}"
    if target is None or isinstance(target, Broken):
        return None
    if not isinstance(target, Scalar) or target.text not in book:
        hint = book.did_you_mean(target.text) if isinstance(target, Scalar) else ""
        reason = why_refused(book.folder, target.text) if isinstance(target, Scalar) else ""
        what, got = f"not a parameter: {reason}" if reason else f"unknown parameter{hint}", shown_node(target)
        problems.add(target, what, key=path, got=got, expected="a path, as team.fte")
        return None
    if not book[target.text].dated:
        what = "this parameter does not change over time; give its value in its section"
        problems.add(target, what, key=path, got=target.text)
        return None
    return book[target.text]


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


def merged(
    files: Iterable[tuple[Change | Drop, ...]], shown_as: dict[str, str], problems: Problems
) -> tuple[Change, ...]:
    """Return the changes of all files, the base's first, after replacing and dropping by name."""
    kept: list[Change] = []
    for entries in files:
        inherited: dict[str, list[int]] = {}
        for at, change in enumerate(kept):
            inherited.setdefault(change.name, []).append(at)
        inherited.pop("", None)
        dropped: set[int] = set()
        for entry in entries:
            place = inherited.get(entry.name)
            if isinstance(entry, Drop):
                if place is None:
                    hint = did_you_mean(entry.name, inherited)
                    known = f"one of {', '.join(inherited)}" if inherited else ""
                    where = Place(shown_as.get(entry.file, entry.file), entry.line)
                    what = f"no inherited change of this name{hint}"
                    problems.add(where, what, key="changes", got=entry.name, expected=known)
                else:
                    dropped.update(place)
            elif place is not None:
                dropped.update(place)
                kept.append(entry)
            else:
                kept.append(entry)
        kept = [change for place, change in enumerate(kept) if place not in dropped]
    return tuple(kept)


def check_overlaps(changes: Iterable[Change], shown_as: dict[str, str], problems: Problems) -> None:
    """Add a problem for every two ``set`` of one parameter that hold on the same day."""
    sets: dict[str, list[Change]] = {}
    for change in changes:
        if change.action != "set":
            continue
        earlier = next((other for other in sets.get(change.path, ()) if change.overlaps(other)), None)
        if earlier:
            what = f"sets {change.path} on days on which {earlier.origin.where} sets it already"
            hint = f", or name: {earlier.name} to replace it" if earlier.name else ""
            place = _place(change.origin, shown_as)
            problems.add(place, what, key="changes", expected=f"windows apart{hint}")
        sets.setdefault(change.path, []).append(change)


def _place(origin: Origin, shown_as: dict[str, str]) -> Place:
    return Place(shown_as.get(origin.file, origin.file), origin.line)


def check_effects(
    own: Iterable[Change | Drop],
    changes: tuple[Change, ...],
    values: dict[str, Value],
    shown_as: dict[str, str],
    problems: Problems,
) -> None:
    """Add a problem for every change of a file's own that leaves its parameter as it is in the whole run."""
    first, end = _run(values)
    for change in own:
        if isinstance(change, Change) and change.path in values:
            value = values[change.path]
            others = [other for other in changes if other is not change]
            with_, without = apply(value, changes), apply(value, others)
            what, expected = "", "another value, or no entry"
            if with_.canonical() == without.canonical():
                what = f"changes nothing: {change.path} is this already"
            elif first and end and not _differ(with_, without, first, end):
                what = f"changes no week of the run, which goes from {first} until {end}"
                weekly = change.path.partition(".")[0] in WEEKLY
                expected = f"a window with a {'Monday' if weekly else 'working day'} of the run in it"
            if what:
                problems.add(_place(change.origin, shown_as), what, key="changes", expected=expected)


def _run(values: dict[str, Value]) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first day of the run that files set, and the first day after it; None where they do not."""
    start, weeks = (values[path].central if path in values else None for path in ("run.start", "run.weeks"))
    if isinstance(start, datetime.date) and isinstance(weeks, int):
        return start, start + weeks * datetime.timedelta(weeks=1)
    return None, None


def _differ(one: Value, other: Value, first: datetime.date, end: datetime.date) -> bool:
    """Tell whether two values differ on a day of the run that counts: a Monday, or the team's working day."""
    weekly = one.path.partition(".")[0] in WEEKLY
    starts = {start for value in (one, other) for _, start, _ in value.amounts() if start}
    days = {first}
    for start in starts:
        ahead = -start.weekday() % 7 if weekly or start.weekday() >= WORKDAYS else 0
        days.add(start + datetime.timedelta(days=ahead))
    names = [name for name, _ in (one if one.by_name else other).cells]
    return any(
        _amount(one, name, day) != _amount(other, name, day)
        for day in days
        if first <= day < end
        for name in names
    )


def _amount(value: Value, name: str, day: datetime.date) -> object:
    held = [step.amount for step in value.steps(name) if step.start is None or step.start <= day]
    return held[-1] if held else None


def apply(value: Value, changes: Iterable[Change]) -> Value:
    """Return a value with its dated changes worked in as steps.

    A ``set`` replaces the value while it holds; every ``add`` comes on top of what then stands.
    """
    mine = [change for change in changes if change.path == value.path]
    if not mine:
        return value
    names: list[str] = [name for name, _ in value.cells]
    finer = [[name for name, _ in one.value.cells] for one in mine if len(one.value.cells) > len(names)]
    if names == [ALL]:
        by_name = next((change.value for change in mine if change.value.by_name), None)
        names = [name for name, _ in by_name.cells] if by_name else names
    elif finer:
        names = max(finer, key=len)
    return replace(value, cells=tuple((name, _steps(value.steps(name), mine, name)) for name in names))


def _steps(base: Steps, changes: list[Change], name: str) -> Steps:
    earliest = base[0].start
    dates = {step.start for step in base if step.start}
    dates |= {date for change in changes for date in (change.start, change.until) if date}
    ordered: list[datetime.date | None] = [] if earliest else [None]
    ordered += sorted(date for date in dates if earliest is None or date >= earliest)
    steps: list[Step] = []
    for date in ordered:
        begun = [step for step in base if step.start is None or (date is not None and step.start <= date)]
        amount, origins = begun[-1].amount, begun[-1].origins
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
            atoms = step.amount.atoms if len(step.origins) > 1 else ()
            if not all(within(entry, atom, Place(""), "", Problems()) for atom in atoms):
                got = " to ".join(dict.fromkeys(written(a) for a in (step.amount.low, step.amount.high)))
                what = f"takes {value.path} outside what is possible from {step.start}"
                where = _place(step.origins[-1], shown_as)
                problems.add(where, what, key="changes", got=got, expected=span(entry))
                return


def change_schemas(book: Catalogue) -> list[Schema]:
    """Return the JSON Schemas of the entries of ``changes``: set, add and drop."""
    date: Schema = {"type": "string", "pattern": DATE}
    called: Schema = {"name": {"type": "string", "pattern": "^[A-Za-z_]+$"}}
    beside: Schema = {word: {"$ref": f"#/definitions/{word}"} for word in METADATA}
    found: list[Schema] = []
    for action, given in ACTIONS.items():
        paths = [e.path for e in book if e.dated and (action == "set" or e.numeric)]
        keys = {**called, action: {"enum": paths}, given: {}, "from": date, "until": date, **beside}
        found.append(mapping_schema(keys, (action, given, "from")))
    return [*found, mapping_schema({**called, "drop": {"const": True}, **beside}, ("name", "drop"))]
