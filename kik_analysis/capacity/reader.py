"""Values of a scenario as the compiler needs them: by date and segment, central or drawn from the range."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from fractions import Fraction

from kik_analysis import project
from kik_analysis.errors import ModelError
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import Atom
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import ALL, Amount, Value


class Reader:
    """Reads one scenario, once; with a draw, uncertain values move to where the draw puts them.

    Parameters
    ----------
    scenario
        The frozen scenario.
    draw
        By path a number on the standard normal scale: 0 is the central value, -1.645 the low end of the range
        and 1.645 the high end. Paths left out stay central.
    """

    def __init__(self, scenario: Scenario, draw: Mapping[str, float] | None = None) -> None:
        self.scenario = scenario
        self.draw = draw or {}
        self._units = vocabulary.units(project.params()) if self.draw else {}
        self._timelines: dict[str, Value] = {}
        self._numbers: dict[tuple[str, str, Amount], float] = {}
        self._fractions: dict[float, Fraction] = {}
        self.start = scenario.start
        self.weeks = int(self.number("run.weeks"))
        self.mondays = tuple(self.start + datetime.timedelta(days=7 * t) for t in range(self.weeks))

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
            self._numbers[key] = self._number(path, amount)
        return self._numbers[key]

    def _number(self, path: str, amount: Amount) -> float:
        from kik_analysis.capacity.uncertainty import moved

        z = self.draw.get(path)
        if z is not None and not amount.exact:
            entry = self.scenario.entry(path)
            family = self._units[entry.unit].family if entry.unit in self._units else ""
            value = moved(amount, z, family, entry.minimum, entry.maximum)
            return float(round(value)) if entry.type == "whole" else value
        if isinstance(amount.central, bool) or not isinstance(amount.central, int | float):
            raise ModelError(f"{self.where(path)}: not a number (got {amount.central})")
        return float(amount.central)

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

    def names(self, path: str) -> tuple[str, ...]:
        """Return segments or named parts of a value; one empty name if there are none."""
        return tuple(name for name, _ in self.timeline(path).cells)
