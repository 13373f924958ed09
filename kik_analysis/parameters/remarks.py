"""What is said of all parameters together: bounds between them that do not hold, and remarks of a run.

Bounds are code, never expressions in files. Remarks tell what was fixed or changed, and dates that count
otherwise; their sentences stand in ``texts/remarks.toml``.
"""

import contextlib
import datetime
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from kik_analysis.errors import ParameterError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.parameters.catalogue import FILE, Atom, Catalogue, Entry, catalogue, names, renamed
from kik_analysis.parameters.changes import Change, Changes, run_of
from kik_analysis.parameters.hints import written
from kik_analysis.parameters.values import ALL, Amount, Origin, Step, Value, Values
from kik_analysis.reading.problems import Place, Problems

SUM_TOLERANCE, MISSING_SHOWN = 1e-9, 12
CHANNELS = ("first", "follow_up")
"""Kinds of contact that have a channel of their own."""


class Broken(NamedTuple):
    """What does not hold, the parameter to blame, and ``also``, which may be to blame as well.

    ``day``: when; the dated change that holds then may be to blame.
    """

    path: str
    what: str
    got: str = ""
    expected: str = ""
    also: str = ""
    day: datetime.date | None = None


Rule = Callable[["_Whole"], Iterator[Broken]]


def with_defaults(
    values: Values, book: Catalogue, shown_as: str, extends: bool, problems: Problems
) -> Values:
    """Return every parameter of the catalogue, in its order, with defaults where no file sets one.

    A parameter without default that no file sets is a problem.
    """
    result: Values = {}
    missing: list[str] = []
    for entry in book:
        if entry.path in values:
            result[entry.path] = values[entry.path]
            continue
        place = f"{FILE}:{entry.line}"
        if entry.kind == "decision" and entry.keys:  # hours kept: none; channels: the first, at home
            shares = (float(entry.composition and k == 0) for k in range(len(entry.keys)))
            amounts = dict(zip(entry.keys, (Amount(x, x, x) for x in shares), strict=True))
            source: tuple[str, ...] = (place,)
        elif entry.low is None or entry.central is None or entry.high is None:
            missing.append(entry.path)
            continue
        else:
            amounts, source = {ALL: Amount(entry.low, entry.central, entry.high)}, entry.priors or (place,)
        origin = Origin(FILE, entry.line, source, entry.confidence or "C")
        cells = tuple((name, (Step(None, amount, (origin,)),)) for name, amount in amounts.items())
        result[entry.path] = Value(entry.path, entry.unit, cells, origin)
    if missing:
        more = f" and {len(missing) - MISSING_SHOWN} more" if len(missing) > MISSING_SHOWN else ""
        what = f"no value for {', '.join(missing[:MISSING_SHOWN])}{more}"
        what += "" if extends else "; add extends: base.yml, or give them"
        problems.add(Place(shown_as, 1), what)
    return result


@dataclass(frozen=True, slots=True)
class _Whole:
    """All parameters of a scenario, before (``values``) and after (``timeline``) dated changes."""

    values: Values
    timeline: Values
    files: tuple[str, ...]

    @property
    def start(self) -> datetime.date:
        start = self.values["run.start"].central
        assert isinstance(start, datetime.date)
        return start

    def number(self, path: str, part: str = "central", name: str = ALL) -> float:
        return float(getattr(self.values[path].steps(name)[0].amount, part))

    def total(self, path: str, part: str = "central") -> float:
        return sum(self.number(path, part, name) for name in self.values[path].names)

    def sums(self, path: str, part: str = "central") -> Iterator[tuple[str, datetime.date, float]]:
        """Yield segment, day and the sum over the named parts, on each day that something begins."""
        value = self.timeline[path]
        days = sorted({start or self.start for _, start, _ in value.amounts()})
        for segment in dict.fromkeys(name.rpartition(".")[0] for name in value.names):
            names = [name for name in value.names if name.rpartition(".")[0] == segment]
            for day in days:
                yield segment, day, sum(float(getattr(value.at(day, name), part)) for name in names)

    def layer(self, path: str) -> int:
        """Return which file set a parameter or changed it last; the user's own is the last."""
        origins = [o for _, steps in self.timeline[path].cells for step in steps for o in step.origins]
        files = [self.values[path].origin.file, *(origin.file for origin in origins)]
        return max(self.files.index(file) if file in self.files else -1 for file in files)


def _monday(all_: _Whole) -> Iterator[Broken]:
    start = all_.start
    if start.weekday():
        before = start - datetime.timedelta(days=start.weekday())
        yield Broken("run.start", "not a Monday", start.isoformat(), f"a Monday, as {before.isoformat()}")


def _segment_shares(all_: _Whole) -> Iterator[Broken]:
    path = "people.segment_share"
    total, low, high = (all_.total(path, part) for part in ("central", "low", "high"))
    if not all_.values[path].by_name:
        yield Broken(path, "a share for each segment is wanted", expected="{per_segment: {..}}")
    elif abs(total - 1) > SUM_TOLERANCE and total:
        yield Broken(path, "the shares do not add up to one", f"{total:.10g}", "1")
    elif not low <= 1 <= high:
        got = f"{low:.10g} to {high:.10g}"
        yield Broken(path, "no draw from these ranges adds up to one", got, "1 inside")


def _at_most(path: str, other: str, part: str = ALL) -> Rule:
    def check(all_: _Whole) -> Iterator[Broken]:
        most, got = all_.number(other, name=part), all_.total(path, "high")
        if got > most:
            what = f"{path} is more than {other}{f'.{part}' if part else ''}"
            yield Broken(path, what, written(got), f"at most {written(most)}", other)

    return check


def _outcomes(all_: _Whole) -> Iterator[Broken]:
    paths = [path for path in all_.values if path.startswith("outcomes.")]
    by_name = next((all_.values[path] for path in paths if all_.values[path].by_name), None)
    for name in by_name.names if by_name else (ALL,):
        total = sum(all_.number(path, name=name) for path in paths)
        if total > 1 + SUM_TOLERANCE:
            last = max(paths, key=lambda path: (all_.layer(path), all_.number(path, name=name)))
            what = f"the outcomes{f' for {name}' if name else ''} add up to more than one"
            yield Broken(last, what, f"{total:.10g}", "at most 1")
            return


def _adds_up(path: str, what: str, part: str = "central", *, at_most: bool = False) -> Rule:
    """Return the rule that the named parts of a parameter add up to one, or to one at most, at any time."""

    def check(all_: _Whole) -> Iterator[Broken]:
        for segment, day, total in all_.sums(path, part):
            if (total - 1 if at_most else abs(total - 1)) > SUM_TOLERANCE:
                said = what.format(f" for {segment}" if segment else "")
                yield Broken(path, said, f"{total:.10g}", "at most 1" if at_most else "1", day=day)
                return

    return check


def _hours(all_: _Whole) -> Iterator[Broken]:
    contract = all_.number("team.contract_hours")
    taken = sum(all_.number(f"team.{w}_hours", "high") for w in ("leave", "public_holiday", "training"))
    if taken >= contract:
        what = "leave, public holidays and training take all contract hours"
        expected = f"more than {written(taken)}"
        yield Broken("team.contract_hours", what, written(contract), expected, "team.leave_hours")


def _lead_time(all_: _Whole) -> Iterator[Broken]:
    lead, interval = "policy.lead_weeks", "policy.interval_weeks"
    both = [all_.timeline[path] for path in (lead, interval)]
    names, days = {*both[0].names, *both[1].names}, {all_.start, *both[0].starts, *both[1].starts}
    for day in sorted(one for one in days if one >= all_.start):
        for name in sorted(names - {ALL}) or [ALL]:
            longest, shortest = (float(str(value.at(day, name).central)) for value in both)
            if longest >= shortest:
                what = "invitations would go out before the last conversation was held"
                got = f"lead {written(longest)}, interval {written(shortest)}"
                yield Broken(lead, what, got, "lead_weeks below interval_weeks", interval, day)
                return


def _starts(all_: _Whole) -> Iterator[Broken]:
    for path, value in all_.values.items():
        first = max(steps[0].start or all_.start for _, steps in value.cells)
        if first > all_.start:
            what = "no value on the first day of the run"
            yield Broken(path, what, f"first date {first}", f"a date up to {all_.start}", "run.start")


def _joint(all_: _Whole) -> Iterator[Broken]:
    for path in (f"policy.approach_{group}" for group in ("first", "declined", "not_reached")):
        days = [day for _, day, one in all_.timeline[path].amounts() if one.central == "joint_with_wij"]
        if days:
            what = "a joint invitation is for people known to WIJ who consent"
            yield Broken(path, what, "joint_with_wij", "policy.wij_rule", day=days[0] or all_.start)


def _reminders(all_: _Whole) -> Iterator[Broken]:
    calls = all_.timeline["policy.reminder_call"]
    paths = [f"policy.channel_{kind}" for kind in CHANNELS]
    channels = [all_.timeline[path] for path in paths]
    cells = [name.rpartition(".")[0] for value in channels for name in value.names]
    days = {all_.start}.union(*(value.starts for value in (calls, *channels)))
    for name in sorted({*cells, *calls.names} - {ALL}) or [ALL]:
        for day in sorted(day for day in days if day >= all_.start):
            met = [value.at(day, f"{name}.{part}").high for value in channels for part in ("home", "office")]
            if calls.at(day, name).central and not any(met):
                what = "a reminder call without an appointment: contact by phone or mail has none"
                got = f"true for {name}" if name else "true"
                expected, path = "false, or home or office", "policy.reminder_call"
                yield Broken(path, what, got, expected, paths[1], day)
                return


RULES: tuple[Rule, ...] = (
    _monday,
    _segment_shares,
    _at_most("people.known_to_wij", "people.stock", "declined_or_wij"),
    _at_most("people.in_support", "people.stock", "spoken"),
    _at_most("team.productive_hours_norm", "team.contract_hours"),
    *(_outcomes, _hours, _lead_time, _starts, _joint, _reminders),
    _adds_up("team.leave_pattern", "the months do not add up to one"),
    *(_adds_up(f"policy.channel_{kind}", "the shares{} do not add up to one") for kind in CHANNELS),
    _adds_up("policy.reserved_share", "more than all hours are kept", "high", at_most=True),
)


def check_bounds(values: Values, timeline: Values, shown_as: dict[str, str], problems: Problems) -> None:
    """Add a problem for every bound between parameters that does not hold.

    ``values``, ``timeline``: all parameters before and after dated changes. ``shown_as``: how messages name a
    file, by its name in results; the base first. ``problems``: receives what is wrong, each where the file
    furthest from the base set one of the parameters.
    """
    whole = _Whole(values, timeline, tuple(shown_as))
    for rule in RULES:
        with contextlib.suppress(ParameterError):  # of a day before a value begins: ``_starts`` says so
            for found in rule(whole):
                key = max((found.also, found.path) if found.also else (found.path,), key=whole.layer)
                steps = [timeline[key].step(found.day, name) for name in timeline[key].names if found.day]
                begun = {step.start: step.origins[-1] for step in steps if step and step.start}
                origin = begun[max(begun)] if begun else values[key].origin
                place = origin.place(shown_as)
                problems.add(place, found.what, key=key, got=found.got, expected=found.expected)


_WEEK, _YEAR, _FEW_WEEKS = datetime.timedelta(days=7), datetime.timedelta(days=365), 2


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
    parts = said.split(" / ")  # what both languages hold may have some of its own
    half = len(parts) // 2
    return f"{place}: {path}: {' / '.join(parts[:half] if lang == 'nl' else parts[half:])}"


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


def old_name(old: str, where: str) -> Remark:
    """Return what is to be said of an old name; ``where``: who uses it."""
    new, until = renamed()[old].new, renamed()[old].until_version
    return remark(new[0], where, "renamed", old=old, new=", ".join(new), until=until)


def remarks(
    values: Values,
    changes: Changes,
    book: Catalogue,
    files: list[str],
    counted: datetime.date | None,
    copied: Collection[str],
    elsewhere: bool,
) -> Iterator[Remark]:
    """Yield the remarks about a scenario.

    ``values``: every parameter, before dated changes. ``changes``: the dated changes. ``book``: the
    catalogue. ``files``: who sets values, the one that extends nothing first: facts that another sets were
    changed. ``counted``: the day on which the first one's stock was counted: the start of its run.
    ``copied``: paths whose value the last file only repeats. ``elsewhere``: whether it is about another
    place, which counts its own facts.
    """
    run, root = run_of(values), files[0]
    assert run is not None
    for path, value in values.items():
        where, entry = value.origin.where, book[path]
        # what the book says of how many people there are is of one place
        people = entry.section == "people" and entry.unit.startswith("persons")  # or persons_per_week
        if entry.kind == "assumption" and entry.ranged and value.exact and not (people and elsewhere):
            key, at = ("fixed_at", value.central) if value.simple else ("fixed", None)
            yield remark(path, where, key, title=entry, value=at, low=entry.low, high=entry.high)
        if entry.per_segment and entry.ranged and value.by_name and value.origin.file != root:
            yield remark(path, where, "by_segment", title=entry)
        told = ("reference",) if elsewhere else ("reference", "fact")
        if entry.kind in told and value.origin.file not in (root, FILE) and path not in copied:
            yield remark(path, where, entry.kind, title=entry)
        counted_there = people and value.origin.file == root
        if elsewhere and counted_there and any(amount.high for _, _, amount in value.amounts()):
            yield remark(path, where, "inherited", title=entry, base=root)
        mine = [value.origin, *(one.origin for one in changes if one.path == path)]
        own = [one.where for one in mine if one.file not in (root, FILE)]
        if own and path not in copied and not _acts(entry, values, changes):
            setting = " / ".join(entry.when).replace("!=", " \N{NOT EQUAL TO} ")
            setting = setting.replace("=", ": ").replace("&", " + ")
            yield remark(path, own[-1], "idle", title=entry, setting=setting)
        above = files[: files.index(value.origin.file)] if value.origin.file in files else ()
        sets = [c for c in changes if (c.path, c.action) == (path, "set") and c.origin.file in above]
        if begun := [c for c in sets if c.start < run[1] and (c.until or run[1]) > run[0]]:
            named = ", ".join(dict.fromkeys(c.name or c.origin.where for c in begun))
            day = max(run[0], min(c.start for c in begun))
            yield remark(path, where, "overruled", title=entry, date=day, changes=named)
    for change in changes:
        if change.origin.file != root:
            yield from _window(change, *run)
        elif elsewhere and change.path == "team.fte":
            said: dict[str, Any] = {"title": book[change.path], "base": root, "name": change.name}
            yield remark(change.path, change.origin.where, "inherited_change", **said)
    for value in (one for one in values.values() if one.origin.file != root):
        yield from _within_a_week(value, value.starts, *run)
    yield from _calendar(values, root, counted, *run)


def _acts(entry: Entry, values: Values, changes: Changes) -> bool:
    """Tell whether a parameter plays a part: settings that it needs (joined by ``&``) are made some time."""

    def made(setting: str) -> bool:
        path, sign, wanted = re.split("(!?=)", setting)
        every = (values[path], *(change.value for change in changes if change.path == path))
        said = {written(amount.central).lower() for one in every for _, _, amount in one.amounts()}
        return bool(wanted in said if sign == "=" else said - {wanted})

    return not entry.when or any(all(map(made, one.split("&"))) for one in entry.when)


def _window(change: Change, start: datetime.date, end: datetime.date) -> Iterator[Remark]:
    """Yield what is to be said of a change that lies outside the run, or begins or ends within a week."""
    where, until = change.origin.where, change.until
    if change.start >= end or (until is not None and until <= start):
        first = min(change.start, until or change.start)
        yield remark(change.path, where, "outside", begin=start, end=end, date=first)
    elif until is not None and change.value.counts_from(change.start) >= change.value.counts_from(until):
        yield remark(change.path, where, "no_day")
    else:
        yield from _within_a_week(change.value, {change.start, until or change.start}, start, end)


def _within_a_week(
    value: Value, dates: Iterable[datetime.date], start: datetime.date, end: datetime.date
) -> Iterator[Remark]:
    """Yield a remark for each date in the run that is no Monday, of what is looked up on Mondays."""
    for date in sorted(dates) if catalogue()[value.path].counted == "monday" else ():
        if date.weekday() and start < date < end:
            monday = value.counts_from(date)
            yield remark(value.path, value.origin.where, "within_a_week", date=date, monday=monday)


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
                yield remark("run.weeks", where, "short_quarter", quarter=f"{year}-{quarter}", weeks=weeks)
    hours = (values[f"team.{word}_hours"].central for word in ("contract", "public_holiday", "leave"))
    contract, holidays, leave = (float(str(atom)) for atom in hours)
    pattern = values["team.leave_pattern"]
    for month, _, amount in pattern.amounts():
        if float(str(amount.central)) * leave * 12 > contract - holidays:
            yield remark(pattern.path, pattern.origin.where, "full_month", month=names()["month"][month])


def shown(value: Atom | Entry | None, lang: Lang) -> str:
    """Return a value (of a pair its Dutch or English) as a reader writes it, with its own decimals."""
    if isinstance(value, Entry):
        return value.title(lang)
    if isinstance(value, datetime.date):
        return notation.date(value, lang)
    if isinstance(value, bool):
        return sentences.text(f"tables.boolean.{'yes' if value else 'no'}", lang).plain
    if isinstance(value, tuple):
        return value[LANGUAGES.index(lang)]
    if not isinstance(value, int | float):
        return str(value)
    return notation.decimal(value, lang, len(f"{float(value):.6f}".rstrip("0").partition(".")[2]))
