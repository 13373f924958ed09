"""Bounds between parameters: code, never expressions in files; and defaults for what no file sets."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from kik_analysis.parameters.catalogue import FILE, Catalogue
from kik_analysis.parameters.shapes import shown_atom
from kik_analysis.parameters.values import ALL, Amount, Origin, Step, Value
from kik_analysis.reading.problems import Place, Problems, listing

SUM_TOLERANCE = 1e-9
Values = dict[str, Value]


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
        elif entry.low is None or entry.central is None or entry.high is None:
            missing.append(entry.path)
        else:
            source = entry.priors or (f"{FILE}:{entry.line}",)
            origin = Origin(FILE, entry.line, source, entry.confidence or "C")
            step = Step(None, Amount(entry.low, entry.central, entry.high), (origin,))
            result[entry.path] = Value(entry.path, entry.unit, ((ALL, (step,)),), origin)
    if missing:
        what = f"no value for {listing(missing)}"
        what += "" if extends else "; add extends: base.yml, or give them"
        problems.add(Place(shown_as, 1), what)
    return result


def check(values: Values, timeline: Values, shown_as: dict[str, str], problems: Problems) -> None:
    """Add a problem for every bound between parameters that does not hold.

    Parameters
    ----------
    values, timeline
        All parameters before and after dated changes.
    shown_as
        How messages name a file, by its name in results.
    problems
        Receives what is wrong.
    """
    checker = _Checker(values, timeline, shown_as, problems)
    rules: list[Callable[[], None]] = [
        *(checker.monday, checker.segment_shares, checker.known_to_wij, checker.in_support),
        *(checker.outcomes, checker.leave, checker.hours, checker.lead_time, checker.starts, checker.joint),
        checker.reminders,
    ]
    for rule in rules:
        rule()


class _Checker:
    def __init__(
        self, values: Values, timeline: Values, shown_as: dict[str, str], problems: Problems
    ) -> None:
        self.values, self.timeline = values, timeline
        self.shown_as, self.problems = shown_as, problems
        self.changed = {
            path: [origin for _, steps in value.cells for step in steps for origin in step.origins]
            for path, value in timeline.items()
        }

    def report(self, path: str, what: str, got: str = "", expected: str = "", *, also: str = "") -> None:
        """Report at ``path``, or at ``also`` where a file further up the chain set that one."""
        paths = (also, path) if also else (path,)
        key = max(paths, key=self.rank)
        origin = self.values[key].origin
        place = Place(self.shown_as.get(origin.file, origin.file), origin.line)
        self.problems.add(place, what, key=key, got=got, expected=expected)

    def rank(self, path: str) -> int:
        """Return which layer set a parameter; the user's own file is the last."""
        layers = [self.values[path].file, *(c.file for c in self.changed.get(path, ()))]
        order = list(self.shown_as)
        return max(order.index(file) if file in order else -1 for file in layers)

    def start(self) -> datetime.date:
        start = self.values["run.start"].central
        assert isinstance(start, datetime.date)
        return start

    def number(self, path: str, part: str = "central", name: str = ALL) -> float:
        atom = getattr(self.values[path].steps(name)[0].amount, part)
        assert isinstance(atom, int | float)
        return atom

    def total(self, path: str, part: str = "central") -> float:
        names = [name for name, _ in self.values[path].cells]
        return sum(self.number(path, part, name) for name in names)

    def monday(self) -> None:
        start = self.start()
        if start.weekday() != 0:
            before = start - datetime.timedelta(days=start.weekday())
            self.report("run.start", "not a Monday", start.isoformat(), f"a Monday, as {before.isoformat()}")

    def segment_shares(self) -> None:
        path = "people.segment_share"
        if not self.values[path].by_name:
            self.report(path, "a share for each segment is wanted", expected="{per_segment: {..}}")
        elif abs(total := self.total(path)) and abs(total - 1) > SUM_TOLERANCE:
            self.report(path, "the shares do not add up to one", f"{total:.10g}", "1")
        elif not self.total(path, "low") <= 1 <= self.total(path, "high"):
            low, high = self.total(path, "low"), self.total(path, "high")
            self.report(
                path, "no draw from these ranges adds up to one", f"{low:.10g} to {high:.10g}", "1 inside"
            )

    def known_to_wij(self) -> None:
        room = self.number("people.stock", "central", "declined_or_wij")
        if (high := self.number("people.known_to_wij", "high")) > room:
            what = "more known to WIJ than there are under people.stock.declined_or_wij"
            expected = f"at most {shown_atom(room)}"
            self.report("people.known_to_wij", what, shown_atom(high), expected, also="people.stock")

    def in_support(self) -> None:
        room = self.number("people.stock", "central", "spoken")
        if (total := self.total("people.in_support", "high")) > room:
            what = "more in support than there are under people.stock.spoken"
            expected = f"at most {shown_atom(room)}"
            self.report("people.in_support", what, shown_atom(total), expected, also="people.stock")

    def outcomes(self) -> None:
        paths = [path for path in self.values if path.startswith("outcomes.")]
        by_name = next((self.values[path] for path in paths if self.values[path].by_name), None)
        for name in [name for name, _ in by_name.cells] if by_name else [ALL]:
            total = sum(self.number(path, "central", name) for path in paths)
            if total > 1 + SUM_TOLERANCE:
                where = f" for {name}" if name else ""
                last = max(paths, key=lambda path: (self.rank(path), self.number(path, "central", name)))
                self.report(
                    last, f"the outcomes{where} add up to more than one", f"{total:.10g}", "at most 1"
                )
                return

    def leave(self) -> None:
        total = self.total("team.leave_pattern")
        if abs(total - 1) > SUM_TOLERANCE:
            self.report("team.leave_pattern", "the months do not add up to one", f"{total:.10g}", "1")

    def hours(self) -> None:
        taken = sum(
            self.number(path, "high")
            for path in ("team.leave_hours", "team.public_holiday_hours", "team.training_hours")
        )
        if taken >= (contract := self.number("team.contract_hours")):
            what = "leave, public holidays and training take all contract hours"
            expected = f"more than {shown_atom(taken)}"
            self.report("team.contract_hours", what, shown_atom(contract), expected, also="team.leave_hours")
        if (norm := self.number("team.productive_hours_norm", "high")) > contract:
            what = "a norm above the contract hours"
            expected = f"at most {shown_atom(contract)}"
            self.report("team.productive_hours_norm", what, shown_atom(norm), expected)

    def lead_time(self) -> None:
        leads, intervals = self.timeline["policy.lead_weeks"], self.timeline["policy.interval_weeks"]
        longest = max(a.central for _, _, a in leads.amounts())
        shortest = min(a.central for _, _, a in intervals.amounts())
        if longest >= shortest:  # type: ignore[operator]
            what = "invitations would go out before the last conversation was held"
            got = f"lead {shown_atom(longest)}, interval {shown_atom(shortest)}"
            expected = "lead_weeks below interval_weeks"
            self.report("policy.lead_weeks", what, got, expected, also="policy.interval_weeks")

    def reminders(self) -> None:
        calls, channels = self.timeline["policy.reminder_call"], self.timeline["policy.channel"]
        names = {n for n, _ in (*calls.cells, *channels.cells)} - {ALL} or {ALL}
        dates = {d or self.start() for value in (calls, channels) for _, d, _ in value.amounts()}
        if any((first := value.cells[0][1][0].start) and first > self.start() for value in (calls, channels)):
            return  # said by ``starts``
        for name in sorted(names):
            for date in sorted(d for d in dates if d >= self.start()):
                if calls.at(date, name).central and channels.at(date, name).central == "phone":
                    what = "a reminder call without an appointment: contact by phone has none"
                    where = f" for {name}" if name else ""
                    expected = "false, or another policy.channel"
                    self.report("policy.reminder_call", what, f"true{where}", expected, also="policy.channel")
                    return

    def starts(self) -> None:
        start = self.start()
        for path, value in self.values.items():
            first = value.cells[0][1][0].start
            if first is not None and first > start:
                what = "no value on the first day of the run"
                self.report(path, what, f"first date {first}", f"a date up to {start}")

    def joint(self) -> None:
        for path in ("policy.approach_first", "policy.approach_declined", "policy.approach_not_reached"):
            joint = any(a.central == "joint_with_wij" for _, _, a in self.timeline[path].amounts())
            consent = any(
                a.central == "joint_with_consent" for _, _, a in self.timeline["policy.wij_rule"].amounts()
            )
            if joint and not consent:
                what = "a joint approach needs consent"
                expected = "policy.wij_rule: joint_with_consent"
                self.report(path, what, "joint_with_wij", expected, also="policy.wij_rule")
