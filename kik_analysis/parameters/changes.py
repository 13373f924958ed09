"""Dated changes: ``set`` or ``add``, ``from`` included, ``until`` excluded; what lies before never moves.

An entry may have a name, and several entries of different parameters the same one: they belong together. The
name of inherited entries replaces them whole, ``{name: .., drop: true}`` removes them; entries without a name
append.
"""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kik_analysis.parameters.catalogue import COUNTED, Entry, catalogue, did_you_mean
from kik_analysis.parameters.hints import possible, read_date, span, written
from kik_analysis.parameters.shapes import METADATA, Reader
from kik_analysis.parameters.values import Amount, Origin, Step, Steps, Value, Values
from kik_analysis.reading.problems import Place, Problems
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence

ACTIONS = {"set": "to", "add": "amount"}
"""What a change does, and the key under which its value stands."""
_ALLOWED = ("name", "drop", "set", "to", "add", "amount", "from", "until", *METADATA)
_NAME = re.compile(r"[A-Za-z_]+\Z")
Files = dict[str, str]
"""How messages name a file, by its name in results; the base first."""


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

    def overlaps(self, other: "Change") -> bool:
        """Tell whether there is a day on which both hold."""
        return self.active(max(self.start, other.start)) and other.active(max(self.start, other.start))

    def canonical(self) -> object:
        """Return what the change says, without who said it or how it is called."""
        return [self.path, self.action, self.start, self.until, self.value.canonical()]


Changes = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """An inherited change that a file removes, and where it says so."""

    name: str
    file: str
    line: int


def read_changes(node: Node, reader: Reader) -> tuple[Change | Drop, ...]:
    """Return the entries of a ``changes`` list; problems go to the reader's list."""
    problems = reader.problems
    if isinstance(node, Scalar) and node.value is None:
        return ()
    if not isinstance(node, Sequence):
        got = "keys without a dash" if isinstance(node, Mapping) else node.shown
        example = "- {set: team.fte, to: 10, from: 2021-07-01}"
        problems.add(node, "a list is wanted here", key="changes", got=got, expected=example)
        return ()
    if not node.items:
        what = "an empty list changes nothing; to remove an inherited change, name it"
        problems.add(node, what, key="changes", expected="- {name: .., drop: true}")
    found: list[Change | Drop] = []
    named: dict[tuple[str, str], int] = {}
    for index, item in enumerate(node.items, 1):
        key = f"changes[{index}]"
        if not isinstance(item, Mapping):
            wanted = "{set: .., to: .., from: ..}"
            problems.add(item, "not a change", key=key, got=item.shown, expected=wanted)
            continue
        said = item.get("set") or item.get("add")
        for path in (said and reader.paths(said.said, said)) or ("",):
            if (entry := _entry(item, key, reader, path)) is None:
                continue
            target = entry.name, "" if isinstance(entry, Drop) else entry.path
            if target in named:
                what = f"the name stands on line {named[target]} too, for the same parameter"
                problems.add(item, what, key=f"{key}.name", got=entry.name, expected="one of its own")
                continue
            found.append(entry)
            named |= {target: item.line} if entry.name else {}
    return tuple(found)


def _entry(node: Mapping, key: str, reader: Reader, parameter: str) -> Change | Drop | None:
    problems = reader.problems
    before = len(problems)
    reader.only(node, _ALLOWED, key)
    given = node.get("name")
    called = given.word if given else ""
    if given and not _NAME.match(called):
        problems.add(given, "not a name", key=f"{key}.name", got=given.shown, expected="letters and _")
    if "drop" in node:
        return _drop(node, called, key, reader) if len(problems) == before else None
    if len(actions := [word for word in ACTIONS if word in node]) != 1:
        what = "both set and add" if actions else "neither set nor add"
        problems.add(node, what, key=key, expected="one of set and add")
        return None
    action = actions[0]
    word, other = ("to", "amount") if action == "set" else ("amount", "to")
    target, path, book = node.get(action) or node, f"{key}.{action}", reader.catalogue
    if not parameter:
        expected = "a path, as team.fte"
        problems.add(target, book.refusal(target.said), key=path, got=target.shown, expected=expected)
    elif not book[parameter].dated:
        what = "this parameter does not change over time; give its value in its section"
        problems.add(target, what, key=path, got=target.said)
    start, until = (
        read_date(found, f"{key}.{limit}", problems) if (found := node.get(limit)) else None
        for limit in ("from", "until")
    )
    if "from" not in node:
        problems.add(node, "from is missing", key=key, expected="from: 2019-10-07")
    if start and until and until <= start:
        what = "ends before it starts" if until < start else "ends on the day it starts; until is excluded"
        place, got = node.get("until") or node, until.isoformat()
        problems.add(place, what, key=f"{key}.until", got=got, expected=f"after {start}")
    inner, path = node.get(word), f"{key}.{word}"
    if other in node:
        problems.add(node, f"{action} goes with {word}", key=f"{key}.{other}", expected=word)
    elif inner is None:
        problems.add(node, f"{word} is missing", key=key, expected=f"{{{action}: .., {word}: .., from: ..}}")
    if not parameter or not (entry := book[parameter]).dated or inner is None:
        return None
    if action == "add" and not entry.numeric:
        problems.add(node, "cannot be added to; use set", key=key, got=entry.path)
        return None
    # an amount may be negative, as the sum is checked
    least, most = (None, None) if action == "add" else (entry.minimum, entry.maximum)
    undated = replace(entry, dated=False, minimum=least, maximum=most)
    value = reader.read(undated, inner, path, node.key(action) or node, node)
    reader.outside(inner, "put it beside the change", path)
    if value is None or start is None or len(problems) > before:
        return None
    return Change(entry.path, action, value, start, until, called)


def _drop(node: Mapping, called: str, key: str, reader: Reader) -> Drop | None:
    given, problems = node.get("drop") or node, reader.problems
    more = [k for k, _ in node if k.text not in ("name", "drop", *METADATA)]
    if not isinstance(given, Scalar) or given.value is not True:
        problems.add(given, "not a switch", key=f"{key}.drop", got=given.shown, expected="true")
    elif more:
        what = "drop removes the whole change; to replace it leave drop out"
        problems.add(more[0], what, key=f"{key}.{more[0].text}")
    elif not called:
        problems.add(node, "which change? its name is missing", key=key, expected="{name: .., drop: true}")
    else:
        return Drop(called, reader.file, (node.key("drop") or node).line)
    return None


def merged(
    layers: Iterable[tuple[Change | Drop, ...]], files: Files, problems: Problems
) -> tuple[Change, ...]:
    """Return the changes of all files, the base's first, after replacing and dropping by name."""
    kept: tuple[Change, ...] = ()
    for entries in layers:
        inherited = tuple(dict.fromkeys(change.name for change in kept if change.name))
        for entry in entries:
            if isinstance(entry, Drop) and entry.name not in inherited:
                place = Place(files.get(entry.file, entry.file), entry.line)
                what = f"no inherited change of this name{did_you_mean(entry.name, inherited)}"
                known = f"one of {', '.join(inherited)}" if inherited else ""
                problems.add(place, what, key="changes", got=entry.name, expected=known)
        gone = {entry.name for entry in entries if entry.name}
        own = (entry for entry in entries if isinstance(entry, Change))
        kept = (*(change for change in kept if change.name not in gone), *own)
    return kept


def check_overlaps(changes: Iterable[Change], files: Files, problems: Problems) -> None:
    """Add a problem for every two ``set`` of one parameter that hold on the same day."""
    sets: list[Change] = []
    for change in (one for one in changes if one.action == "set"):
        same = (other for other in sets if other.path == change.path and change.overlaps(other))
        if earlier := next(same, None):
            at = earlier.origin.place(files)
            what = f"sets {change.path} on days on which {at.file}:{at.line} sets it already"
            hint = f", or name: {earlier.name} to replace it" if earlier.name else ""
            problems.add(change.origin.place(files), what, key="changes", expected=f"windows apart{hint}")
        sets.append(change)


def check_effects(
    own: Iterable[Change | Drop], changes: Changes, values: Values, files: Files, problems: Problems
) -> None:
    """Add a problem for every change of a file's own that leaves its parameter as it is in the whole run."""
    run = run_of(values)
    for change in (one for one in own if isinstance(one, Change) and one.path in values):
        value = values[change.path]
        both = apply(value, changes), apply(value, [other for other in changes if other is not change])
        if both[0].canonical() == both[1].canonical():
            what, expected = f"changes nothing: {change.path} is this already", "another value, or no entry"
        elif run and not any(
            amount_on(both[0], day, name) != amount_on(both[1], day, name)
            for day in {run[0], *(one.counts_from(day) for one in both for day in one.starts)}
            if run[0] <= day < run[1]
            for name in (both[0] if both[0].by_name else both[1]).names
        ):
            what = f"changes no week of the run, which goes from {run[0]} until {run[1]}"
            day = COUNTED[catalogue()[change.path].counted][0]
            expected = f"a window with a {day} of the run in it"
        else:
            continue
        problems.add(change.origin.place(files), what, key="changes", expected=expected)


def run_of(values: Values) -> tuple[datetime.date, datetime.date] | None:
    """Return the first day of the run, and the first day after it; None where no file sets them rightly."""
    start, weeks = (values[path].central if path in values else None for path in ("run.start", "run.weeks"))
    if isinstance(start, datetime.date) and isinstance(weeks, int):
        return start, start + weeks * datetime.timedelta(weeks=1)
    return None


def amount_on(value: Value, day: datetime.date, name: str) -> Amount | None:
    """Return the amount on a day; None where a dated value has not begun."""
    step = value.step(day, name)
    return step.amount if step else None


def apply(value: Value, changes: Iterable[Change]) -> Value:
    """Return a value with its dated changes worked in as steps.

    A ``set`` replaces the value while it holds; every ``add`` comes on top of what then stands.
    """
    mine = [change for change in changes if change.path == value.path]
    finer = [change.value.names for change in mine if change.value.by_name]
    names = max((value.names, *finer), key=len) if value.by_name else next(iter(finer), value.names)
    return replace(value, cells=tuple((name, _steps(value, mine, name)) for name in names)) if mine else value


def _steps(value: Value, changes: list[Change], name: str) -> Steps:
    base = value.steps(name)
    days = {day for change in changes for day in (change.start, change.until) if day}
    if first := base[0].start:
        days = {day for day in days if day >= first}
    steps: list[Step] = []
    for day in sorted({step.start for step in base} | days, key=lambda day: day or datetime.date.min):
        held = value.step(day, name)
        assert held is not None
        amount, origins = held.amount, held.origins
        # every set comes before what is added
        for change in sorted(
            (one for one in changes if one.active(day)), key=lambda one: one.action == "add"
        ):
            given = change.value.steps(name)[0].amount
            if change.action == "set":
                amount, origins = given, (change.origin,)
            else:
                both = (a + b for a, b in zip(amount.atoms, given.atoms, strict=True))  # type: ignore[operator]
                amount, origins = Amount(*both), (*origins, change.origin)
        if not steps or (steps[-1].amount, steps[-1].origins) != (amount, origins):
            steps.append(Step(day, amount, origins))
    return tuple(steps)


def check_result(entry: Entry, value: Value, files: Files, problems: Problems) -> None:
    """Add a problem where changes take a parameter outside what is possible."""
    for step in (step for _, steps in value.cells for step in steps if len(step.origins) > 1):
        if not all(possible(entry, atom) for atom in step.amount.atoms):
            got = " to ".join(dict.fromkeys(written(a) for a in (step.amount.low, step.amount.high)))
            what = f"takes {value.path} outside what is possible from {step.start}"
            problems.add(step.origins[-1].place(files), what, key="changes", got=got, expected=span(entry))
            return
