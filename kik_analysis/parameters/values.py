"""A parameter's value in one frozen form, whichever of the five ways it was written in.

``Value`` holds cells by segment (or by named part); a cell is a step function of time; a step is an amount
with low, central and high.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kik_analysis.errors import ParameterError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.parameters.catalogue import Atom

ALL = ""
"""The name of the only cell of a value that does not differ by segment and has no named parts."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A central value with its 5th and 95th percentile; the three are equal when it is exact."""

    low: Atom
    central: Atom
    high: Atom

    @property
    def exact(self) -> bool:
        """Tell whether there is no range."""
        return self.low == self.high

    def plus(self, other: Amount) -> Amount:
        """Return the sum, low with low and high with high (both move together)."""
        return Amount(*(_add(a, b) for a, b in zip(self.atoms, other.atoms, strict=True)))

    @property
    def atoms(self) -> tuple[Atom, Atom, Atom]:
        """Return low, central and high."""
        return self.low, self.central, self.high


def _add(a: Atom, b: Atom) -> Atom:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a + b
    raise ParameterError("only numbers can be added")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who set a value, and on what ground.

    ``file``, ``line``: the file, seen from the folder of the scenario file (never a path of one machine), and
    the line. ``source``: claim ids, ids of priors or texts; the place itself when none was given.
    ``confidence``: ``A``, ``B`` or ``C``. ``note``: remark, or empty. ``evidence``: ``published`` only for an
    exact value of confidence A that rests on claims alone; else ``assumed``.
    """

    file: str
    line: int
    source: tuple[str, ...]
    confidence: str
    note: str = ""
    evidence: Evidence = Evidence.ASSUMED

    @property
    def where(self) -> str:
        """Return ``FILE:LINE``."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Step:
    """An amount that holds from a date on (None: from the beginning), and where it came from."""

    start: datetime.date | None
    amount: Amount
    origins: tuple[Origin, ...] = ()


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """The resolved value of one parameter, before or after dated changes.

    ``path``, ``unit``: the parameter and its unit. ``cells``: pairs of name and steps. The name is a segment,
    a named part, or :data:`ALL` for all alike. ``origin``: who set it.
    """

    path: str
    unit: str
    cells: tuple[tuple[str, Steps], ...]
    origin: Origin

    @property
    def simple(self) -> bool:
        """Tell whether there is one amount, for all segments and all time."""
        return len(self.cells) == 1 and self.cells[0][0] == ALL and len(self.cells[0][1]) == 1

    @property
    def by_name(self) -> bool:
        """Tell whether there are cells by segment or by named part."""
        return self.cells[0][0] != ALL

    @property
    def exact(self) -> bool:
        """Tell whether no amount in it has a range."""
        return all(step.amount.exact for _, steps in self.cells for step in steps)

    @property
    def _only(self) -> Amount:
        if not self.simple:
            raise ParameterError(
                f"{self.path}: differs by segment, part or date; ask .at(date, name) or .segment(name)"
            )
        return self.cells[0][1][0].amount

    @property
    def low(self) -> Atom:
        """Return the 5th percentile of a simple value."""
        return self._only.low

    @property
    def central(self) -> Atom:
        """Return the central value of a simple value."""
        return self._only.central

    @property
    def high(self) -> Atom:
        """Return the 95th percentile of a simple value."""
        return self._only.high

    def steps(self, name: str = ALL) -> Steps:
        """Return the step function of a segment or named part.

        ParameterError when there is no such name, or a name is needed and none was given.
        """
        cells = dict(self.cells)
        if ALL in cells:
            return cells[ALL]
        if name not in cells and (part := name.rpartition(".")[2]) in cells:
            name = part  # SEGMENT.PART of a composition that is the same for all segments
        if name not in cells:
            raise ParameterError(f"{self.path}: no {name or 'value for all'}; known: {', '.join(cells)}")
        return cells[name]

    def at(self, date: datetime.date, name: str = ALL) -> Amount:
        """Return the amount on a date, for a segment or named part.

        ParameterError when the first dated value starts later, or there is no such name.
        """
        steps = self.steps(name)
        for step in reversed(steps):
            if step.start is None or step.start <= date:
                return step.amount
        raise ParameterError(f"{self.path}: no value before {steps[0].start}")

    def segment(self, name: str) -> Value:
        """Return the value of one segment or named part as a value of its own."""
        return replace(self, cells=((ALL, self.steps(name)),))

    def amounts(self) -> Iterator[tuple[str, datetime.date | None, Amount]]:
        """Yield name, start and amount of every step of every cell."""
        for name, steps in self.cells:
            for step in steps:
                yield name, step.start, step.amount

    def canonical(self) -> object:
        """Return what the value says, without who said it: equal when equal for every segment and date."""
        cells = {name: _merged(steps) for name, steps in self.cells}
        kept = list(cells.values())
        if self.by_name and all(cell == kept[0] for cell in kept) and len(kept) > 1:
            return {ALL: kept[0]}
        return cells


def _merged(steps: Steps) -> tuple[tuple[datetime.date | None, tuple[Atom, Atom, Atom]], ...]:
    """Return steps as plain tuples; a step that changes nothing is dropped."""
    result: list[tuple[datetime.date | None, tuple[Atom, Atom, Atom]]] = []
    for step in steps:
        if not result or result[-1][1] != step.amount.atoms:
            result.append((step.start, step.amount.atoms))
    return tuple(result)


class Central(Mapping[str, Atom]):
    """The central values of a parameter that differs by segment, part or date, as a frozen mapping.

    Keys are segments or named parts; ``.at(date)`` gives the same on a date. A value that differs by date
    alone has no keys: ask ``.at(date)``.
    """

    __slots__ = ("_start", "_value")

    def __init__(self, value: Value, start: datetime.date) -> None:
        self._value = value
        self._start = start

    def __getitem__(self, name: str) -> Atom:
        if not isinstance(name, str) or not self._value.by_name or name not in dict(self._value.cells):
            raise KeyError(name)
        return self._value.at(self._start, name).central

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self._value.cells if name != ALL)

    def __len__(self) -> int:
        return len(self._value.cells) if self._value.by_name else 0

    def __repr__(self) -> str:
        return f"Central({self._value.path}: {dict(self) or self.at(self._start)})"

    def segment(self, name: str) -> Atom:
        """Return the central value of a segment (or part) at the start of the run."""
        return self._value.at(self._start, name).central

    def at(self, date: datetime.date, name: str = ALL) -> Atom:
        """Return the central value on a date, before changes."""
        return self._value.at(date, name).central
