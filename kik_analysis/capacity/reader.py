"""Values of a scenario as the compiler needs them: by date and segment, central or drawn from the range."""

from __future__ import annotations

import bisect
import copy
import datetime
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from kik_analysis.errors import ModelError
from kik_analysis.parameters.catalogue import Atom, catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL, Amount, Value


class Reader:
    """Reads one scenario, once; with a draw, uncertain values move to where the draw puts them.

    ``scenario``: the frozen scenario. ``draw``: by path a number on the standard normal scale: 0 is the
    central value, -1.645 the low end of the range and 1.645 the high end. Paths left out stay central.
    """

    def __init__(self, scenario: Scenario, draw: Mapping[str, float] | None = None) -> None:
        self.scenario = scenario
        self.draw = draw or {}
        self._book = catalogue()
        self._timelines: dict[str, Value] = {}
        self._numbers: dict[tuple[str, str, Amount], float] = {}
        self._fractions: dict[float, Fraction] = {}
        self.start = scenario.start
        self.weeks = int(self.number("run.weeks"))
        self.mondays = tuple(self.start + datetime.timedelta(days=7 * t) for t in range(self.weeks))

    def drawn(self, draw: Mapping[str, float]) -> Reader:
        """Return a reader of the same scenario with a draw; what is not drawn is not looked up again.

        ``draw``: as of the class. This one has none.
        """
        other = copy.copy(self)
        other.draw = draw
        other._numbers = {key: number for key, number in self._numbers.items() if key[0] not in draw}
        return other

    def where(self, path: str, date: datetime.date | None = None, name: str = ALL) -> str:
        """Return where a parameter was set, for messages: ``FILE:LINE: path``; with a date, its change."""
        origins = [self.scenario.value(path).origin]
        if date is not None:
            steps = [s for s in self.timeline(path).steps(name) if s.start is not None and s.start <= date]
            origins += steps[-1].origins if steps else ()
        return f"{origins[-1].where}: {path}"

    def amount(self, path: str, date: datetime.date | None = None, name: str = ALL) -> Amount:
        """Return low, central and high on a date (default: the first day of the run)."""
        return self.timeline(path).at(date or self.start, name)

    def timeline(self, path: str) -> Value:
        """Return a parameter with its dated changes; read from the scenario once."""
        if path not in self._timelines:
            self._timelines[path] = self.scenario.timeline(path)
        return self._timelines[path]

    def atom(self, path: str, date: datetime.date | None = None, name: str = ALL) -> Atom:
        """Return the central value."""
        return self.amount(path, date, name).central

    def number(self, path: str, date: datetime.date | None = None, name: str = ALL) -> float:
        """Return a number: central, or where the draw puts it."""
        amount = self.amount(path, date, name)
        key = (path, name, amount)
        if key not in self._numbers:
            self._numbers[key] = self._number(path, amount, self.draw.get(path))
        return self._numbers[key]

    def numbers(self, path: str, dates: Sequence[datetime.date], name: str = ALL) -> list[float]:
        """Return the number on each of some dates of the run, looked up once for each stretch of time."""
        steps = self.steps(path, name)
        known = [self.number(path, day, name) for day in (self.start, *steps)]
        return [known[bisect.bisect_right(steps, date)] for date in dates]

    def _number(self, path: str, amount: Amount, z: float | None) -> float:
        from kik_analysis.capacity.uncertainty import moved

        if z is not None and not amount.exact:
            entry = self._book[path]
            value = moved(amount, z, entry.family, entry.minimum, entry.maximum)
            return float(round(value)) if entry.type == "whole" else value
        if isinstance(amount.central, bool) or not isinstance(amount.central, int | float):
            raise ModelError(f"{self.where(path)}: not a number (got {amount.central})")
        return float(amount.central)

    def shares(self, path: str, date: datetime.date, segment: str) -> tuple[float, ...]:
        """Return the parts of a composition on a date for a segment, scaled to add up to one.

        With a draw every part moves in its own range (``PATH.PART``); a draw of the path alone moves the
        first part that has a range.
        """
        found, alone = [], self.draw.get(path)
        for part in self._book[path].keys:
            amount = self.amount(path, date, f"{segment}.{part}")
            z = self.draw.get(f"{path}.{part}", 0.0 if amount.exact else alone)
            alone = alone if amount.exact else None
            found.append(self._number(path, amount, z))
        total = sum(found)
        return tuple(x / total if total else 0.0 for x in found)

    def exact(self, path: str, date: datetime.date | None = None, name: str = ALL) -> Fraction:
        """Return a number as an exact fraction of its shortest decimal notation."""
        number = self.number(path, date, name)
        if number not in self._fractions:
            self._fractions[number] = Fraction(repr(number))
        return self._fractions[number]

    def steps(self, path: str, name: str = ALL) -> list[datetime.date]:
        """Return the dates within the run on which a value changes."""
        end = self.mondays[-1] + datetime.timedelta(days=6)
        starts = [s.start for s in self.timeline(path).steps(name) if s.start is not None]
        return [d for d in starts if self.start < d <= end]

    def periods(self, paths: Iterable[str]) -> list[datetime.date]:
        """Return the first days of the stretches of the run in which none of some values changes."""
        changes = {d for path in paths for name in self.names(path) for d in self.steps(path, name)}
        return [self.start, *sorted(changes)]

    def names(self, path: str) -> tuple[str, ...]:
        """Return segments or named parts of a value; one empty name if there are none."""
        return tuple(name for name, _ in self.timeline(path).cells)
