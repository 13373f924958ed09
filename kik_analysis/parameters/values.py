"""A parameter's value in one frozen form, whichever of the five ways it was written in.

``Value`` holds cells by segment (or by named part); a cell is a step function of time; a step is an amount
with low, central and high.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kik_analysis.errors import ParameterError
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.catalogue import COUNTED, Atom, catalogue
from kik_analysis.reading.problems import Place

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

    @property
    def atoms(self) -> tuple[Atom, Atom, Atom]:
        """Return low, central and high."""
        return self.low, self.central, self.high


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

    def place(self, shown_as: Mapping[str, str]) -> Place:
        """Return where it stands, the file as the user named it."""
        return Place(shown_as.get(self.file, self.file), self.line)


@dataclass(frozen=True, slots=True)
class Step:
    """An amount that holds from a date on (None: from the beginning), and where it came from."""

    start: datetime.date | None
    amount: Amount
    origins: tuple[Origin, ...] = ()


Steps = tuple[Step, ...]
Cells = tuple[tuple[str, Steps], ...]


@dataclass(frozen=True, slots=True)
class Value:
    """The resolved value of one parameter, before or after dated changes.

    ``path``, ``unit``: the parameter and its unit. ``cells``: pairs of name and steps. The name is a segment,
    a named part, or :data:`ALL` for all alike. ``origin``: who set it.
    """

    path: str
    unit: str
    cells: Cells
    origin: Origin

    @property
    def simple(self) -> bool:
        """Tell whether there is one amount, for all segments and all time."""
        return len(self.cells) == 1 and not self.by_name and len(self.cells[0][1]) == 1

    @property
    def by_name(self) -> bool:
        """Tell whether there are cells by segment or by named part."""
        return self.cells[0][0] != ALL

    @property
    def exact(self) -> bool:
        """Tell whether no amount in it has a range."""
        return all(amount.exact for _, _, amount in self.amounts())

    def counts_from(self, day: datetime.date) -> datetime.date:
        """Return the first day from a day on on which it is looked up: most on working days, as hours are."""
        days = COUNTED[catalogue()[self.path].counted][1]
        return next(one for n in range(7) if (one := day + datetime.timedelta(n)).weekday() in days)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the cells."""
        return tuple(name for name, _ in self.cells)

    @property
    def starts(self) -> set[datetime.date]:
        """Return the days on which something begins."""
        return {start for _, start, _ in self.amounts() if start}

    @property
    def _only(self) -> Amount:
        if self.simple:
            return self.cells[0][1][0].amount
        raise ParameterError(
            f"{self.path}: differs by segment, part or date; ask .at(date, name) or .segment(name)"
        )

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
        if self.cells[0][0] == ALL:
            return self.cells[0][1]
        cells = dict(self.cells)
        # SEGMENT.PART of a composition that is the same for all segments is PART
        for one in (name, name.rpartition(".")[2]):
            if one in cells:
                return cells[one]
        raise ParameterError(f"{self.path}: no {name or 'value for all'}; known: {', '.join(cells)}")

    def step(self, date: datetime.date | None, name: str = ALL) -> Step | None:
        """Return the step that holds on a date (None: before every date); None when none does yet."""
        begun = None
        for step in self.steps(name):
            if step.start is None or (date is not None and step.start <= date):
                begun = step
        return begun

    def at(self, date: datetime.date, name: str = ALL) -> Amount:
        """Return the amount on a date, for a segment or named part.

        ParameterError when the first dated value starts later, or there is no such name.
        """
        step = self.step(date, name)
        if step is None:
            raise ParameterError(f"{self.path}: no value before {self.steps(name)[0].start}")
        return step.amount

    def segment(self, name: str) -> "Value":
        """Return the value of one segment or named part as a value of its own."""
        return replace(self, cells=((ALL, self.steps(name)),))

    def amounts(self) -> Iterator[tuple[str, datetime.date | None, Amount]]:
        """Yield name, start and amount of every step of every cell."""
        for name, steps in self.cells:
            for step in steps:
                yield name, step.start, step.amount

    def canonical(self) -> object:
        """Return what the value says, without who said it: equal when equal for every segment and date."""
        cells: dict[str, tuple[tuple[datetime.date | None, tuple[Atom, Atom, Atom]], ...]] = {}
        for name, steps in self.cells:
            kept = [(steps[0].start, steps[0].amount.atoms)]
            for step in steps[1:]:  # a step that changes nothing is dropped
                kept += [(step.start, step.amount.atoms)] if step.amount.atoms != kept[-1][1] else []
            cells[name] = tuple(kept)
        alike = len(cells) > 1 and len(set(cells.values())) == 1
        return {ALL: next(iter(cells.values()))} if alike else cells


Values = dict[str, Value]
"""Values by the path of their parameter."""
