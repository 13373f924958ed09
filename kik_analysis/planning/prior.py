"""The prior of the calibration: what the parameters said before the counts of the letter were looked at.

Every parameter of :data:`history.PATHS` has a range in ``params/base.yml``; its ends are the 5th and the 95th
percentile, and a draw moves along the range as in a simulation (``capacity.uncertainty.moved``). A date moves
in months.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

from kik_analysis import project
from kik_analysis.capacity.uncertainty import Z95
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import Atom
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import history
from kik_analysis.planning.history import PATHS, Floats
from kik_analysis.reading.digest import digest

_SCALES: dict[str, tuple[Any, Any]] = {
    "logit": (lambda x: np.log(x / (1 - x)), lambda y: 1 / (1 + np.exp(-y))),
    "log": (np.log, np.exp),
    "plain": (lambda x: x, lambda y: y),
}


def _family(family: str, low: float, high: float) -> str:
    if family == "beta" and low > 0 and high < 1:
        return "logit"
    return "log" if family == "lognormal" and low > 0 else "plain"


class Prior:
    """The ranges of the parameters as one distribution: independent, standard normal places.

    ``scenario``: whose values and ranges hold; dated changes play no part. ``fixed``: value by path that does
    not move, as for an ablation. ``paths``: the parameters, in the order of a draw's columns. ``ranges``:
    low, central and high by row, dates in months since the first month.
    """

    def __init__(self, scenario: Scenario, fixed: Mapping[str, float] | None = None) -> None:
        self.paths = tuple(PATHS.values())
        self.fixed = dict(fixed or {})
        units = vocabulary.units(project.params())
        self.first = history.Calendar(scenario).first
        rows, limits, self._scales = [], [], []
        for path in self.paths:
            amount = scenario.value(path).at(scenario.start)
            low, central, high = (self.number(atom) for atom in amount.atoms)
            entry = scenario.entry(path)
            family = units[entry.unit].family if entry.unit in units else ""
            self._scales.append(_family(family, low, high))
            rows.append((low, central, high))
            ends = (entry.minimum, entry.maximum)
            limits.append([self.number(end) if end is not None else end for end in ends])
        self.ranges: Floats = np.array(rows)
        self._low = np.array([-np.inf if low is None else low for low, _ in limits])
        self._high = np.array([np.inf if high is None else high for _, high in limits])
        # the same range on the scale along which a draw moves
        self._on = np.array(
            [[_SCALES[s][0](x) for x in row] for s, row in zip(self._scales, rows, strict=True)]
        )

    def number(self, atom: Atom) -> float:
        """Return a value as a number; a date in months since the first month."""
        if isinstance(atom, datetime.date):
            return history.month(atom, self.first)
        assert isinstance(atom, int | float)
        return float(atom)

    def digest(self) -> str:
        """Return a digest of the ranges, limits and scales: another prior makes a posterior stale."""
        said = [[*row, scale] for row, scale in zip(self.ranges.tolist(), self._scales, strict=True)]
        return digest(dict(zip(self.paths, said, strict=True)))

    def values(self, places: Floats) -> Floats:
        """Return draws of the parameters at places on the standard normal scale, one row each."""
        low, central, high = self._on.T
        moved = central + places / Z95 * np.where(places > 0, high - central, central - low)
        for name, (_, back) in _SCALES.items():
            mine = [k for k, scale in enumerate(self._scales) if scale == name]
            moved[:, mine] = back(moved[:, mine])
        out: Floats = np.clip(moved, self._low, self._high)
        for path, value in self.fixed.items():
            out[:, self.paths.index(path)] = value
        return out

    def places(self, path: str, values: Floats, scenario: Scenario) -> Floats:
        """Return where values of a parameter lie in its range in a scenario, on the standard normal scale."""
        low, central, high = (self.number(a) for a in scenario.timeline(path).at(scenario.start).atoms)
        units, entry = vocabulary.units(project.params()), scenario.entry(path)
        scale = _family(units[entry.unit].family if entry.unit in units else "", low, high)
        to = _SCALES[scale][0]
        tiny = 1e-9
        inside = np.clip(values, tiny, 1 - tiny) if scale == "logit" else np.maximum(values, tiny)
        away = (to(inside) if scale != "plain" else values) - to(central)
        width = np.where(away > 0, to(high) - to(central), to(central) - to(low))
        return Z95 * np.divide(away, width, out=np.zeros_like(away), where=width > 0)  # type: ignore[no-any-return]
