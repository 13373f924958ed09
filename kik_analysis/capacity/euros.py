"""What a team costs: posts times the price of a post, what stays apart from what ends.

Structural is what remains when every dated change that ends has ended; incidental is what such changes add or
take away. Prices are those of 2019, a year costs what its days cost.
"""

from __future__ import annotations

import calendar
import datetime
import itertools
from collections.abc import Mapping

from kik_analysis import project
from kik_analysis.capacity.uncertainty import moved
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.changes import apply
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import Amount, Value

FTE, PRICE = "team.fte", "costs.fte_all_in"


class Euros:
    """Euros of one scenario.

    ``scenario``: the scenario.
    """

    PATHS = (FTE, PRICE)

    def __init__(self, scenario: Scenario) -> None:
        lasting = [change for change in scenario.changes if change.until is None]
        self.scenario = scenario
        self.all, self.kept = scenario.timeline(FTE), apply(scenario.value(FTE), lasting)
        self.price = scenario.timeline(PRICE).at(scenario.start)
        self._families = {path: self._family(path) for path in self.PATHS}
        self._years: dict[tuple[str, datetime.date, datetime.date], list[tuple[Amount, float]]] = {}

    def over(
        self, start: datetime.date, end: datetime.date, draw: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """Return ``euros_structural`` and ``euros_incidental`` from one day until another.

        ``start``, ``end``: first day, and first day after. ``draw``: places of posts and price in their
        ranges, on the standard normal scale; by default the centre.
        """
        at = draw or {}
        price = self._number(self.price, PRICE, at)
        whole, lasting = (
            price
            * sum(years * self._number(amount, FTE, at) for amount, years in self._pieces(value, start, end))
            for value in (self.all, self.kept)
        )
        return {"euros_structural": lasting, "euros_incidental": whole - lasting}

    def _pieces(self, value: Value, start: datetime.date, end: datetime.date) -> list[tuple[Amount, float]]:
        """Return each number of posts with how many years of the span it held."""
        key = ("all" if value is self.all else "kept", start, end)
        if key not in self._years:
            steps = [step.start for step in value.steps() if step.start and start < step.start < end]
            turns = [datetime.date(year, 1, 1) for year in range(start.year + 1, end.year + 1)]
            days = sorted({start, *steps, *(day for day in turns if day < end), end})
            self._years[key] = [
                (value.at(a), (b - a).days / (366 if calendar.isleap(a.year) else 365))
                for a, b in itertools.pairwise(days)
            ]
        return self._years[key]

    def _family(self, path: str) -> str:
        units, unit = vocabulary.units(project.params()), self.scenario.entry(path).unit
        return units[unit].family if unit in units else ""

    def _number(self, amount: Amount, path: str, draw: Mapping[str, float]) -> float:
        entry = self.scenario.entry(path)
        z = 0.0 if amount.exact else draw.get(path, 0.0)
        return moved(amount, z, self._families[path], entry.minimum, entry.maximum)
