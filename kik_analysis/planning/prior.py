"""The prior of the calibration: what the parameters said before the counts of the letter were looked at.

Every parameter of :data:`history.PATHS` has a range in ``params/base.yml``; its ends are the 5th and the 95th
percentile, and a draw moves along the range as in a simulation (``capacity.reader.moved``). A date moves
in months.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from kik_analysis.capacity.reader import Z95
from kik_analysis.parameters.catalogue import Atom
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import history
from kik_analysis.planning.history import PATHS, Floats
from kik_analysis.reading.storage import digest


class Scale(NamedTuple):
    """A scale along which a parameter moves: the way there and back, and how steep it is at a value."""

    name: str
    there: Any
    back: Any
    slope: Any


LOGIT = Scale(
    "logit", lambda x: np.log(x / (1 - x)), lambda y: 1 / (1 + np.exp(-y)), lambda x: 1 / (x * (1 - x))
)
LOG = Scale("log", np.log, np.exp, lambda x: 1 / x)
PLAIN = Scale("plain", lambda x: x, lambda y: y, lambda x: 1.0)


def scale(family: str, low: float, high: float) -> Scale:
    """Return the scale of a range; ``family``: of the parameter's unit (``params/units.csv``)."""
    if family == "beta" and low > 0 and high < 1:
        return LOGIT
    return LOG if family == "lognormal" and low > 0 else PLAIN


class Prior:
    """The ranges of the parameters as one distribution: independent, standard normal places.

    ``scenario``: whose values and ranges hold; dated changes play no part. ``fixed``: value by path that does
    not move, as for an ablation. ``ranges``: low, central and high by row, in the order of a draw's columns;
    dates in months since the first month.
    """

    def __init__(self, scenario: Scenario, fixed: Mapping[str, float] | None = None) -> None:
        self.fixed, self.first = dict(fixed or {}), history.Calendar(scenario).first
        ranged = [self._range(scenario, path, scenario.value(path)) for path in PATHS.values()]
        self.ranges: Floats = np.array([ends for ends, _ in ranged])
        self._scales = [one for _, one in ranged]
        limits = [(scenario.entry(path).minimum, scenario.entry(path).maximum) for path in PATHS.values()]
        self._low = np.array([-np.inf if low is None else self._number(low) for low, _ in limits])
        self._high = np.array([np.inf if high is None else self._number(high) for _, high in limits])
        # the same range on the scale along which a draw moves
        rows = zip(self._scales, self.ranges.tolist(), strict=True)
        self._on = np.array([[one.there(x) for x in row] for one, row in rows])

    def _number(self, atom: Atom) -> float:
        """A value as a number; a date in months since the first month."""
        if isinstance(atom, datetime.date):
            return history.month(atom, self.first)
        return float(atom)  # type: ignore[arg-type]

    def _range(self, scenario: Scenario, path: str, value: Any) -> tuple[list[float], Scale]:
        ends = [self._number(atom) for atom in value.at(scenario.start).atoms]
        return ends, scale(scenario.entry(path).family, ends[0], ends[2])

    def digest(self) -> str:
        """Return a digest of the ranges and scales: another prior makes a posterior stale."""
        said = [[*row, one.name] for row, one in zip(self.ranges.tolist(), self._scales, strict=True)]
        return digest(dict(zip(PATHS.values(), said, strict=True)))

    def values(self, places: Floats) -> Floats:
        """Return draws of the parameters at places on the standard normal scale, one row each."""
        low, central, high = self._on.T
        moved = central + places / Z95 * np.where(places > 0, high - central, central - low)
        for one in (LOGIT, LOG):
            mine = [k for k, own in enumerate(self._scales) if own is one]
            moved[:, mine] = one.back(moved[:, mine])
        out: Floats = np.clip(moved, self._low, self._high)
        for path, value in self.fixed.items():
            out[:, list(PATHS.values()).index(path)] = value
        return out

    def places(self, path: str, values: Floats, scenario: Scenario) -> Floats:
        """Return where values of a parameter lie in its range in a scenario, on the standard normal scale."""
        ends, one = self._range(scenario, path, scenario.timeline(path))
        low, central, high = (one.there(x) for x in ends)
        tiny = 1e-9
        inside = {LOGIT: np.clip(values, tiny, 1 - tiny), LOG: np.maximum(values, tiny)}.get(one, values)
        away = one.there(inside) - central
        width = np.where(away > 0, high - central, central - low)
        return Z95 * np.divide(away, width, out=np.zeros_like(away), where=width > 0)  # type: ignore[no-any-return]
