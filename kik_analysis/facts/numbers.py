"""Named numbers that follow from claims: ``data/published/numbers.csv``, one row each.

A row is an expression over claims, ``LOW..HIGH`` for a number of which only the range is known. A number
without a source cannot stand in it, nor a claim that the value does not depend on.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.number import Estimate, Number, measure
from kik_analysis.facts import derivation
from kik_analysis.facts.claims import FILE as CLAIMS
from kik_analysis.facts.claims import claims, ledger, limits, value
from kik_analysis.facts.derivation import as_it_is
from kik_analysis.reading import records
from kik_analysis.reading.problems import did_you_mean
from kik_analysis.reading.records import WrongCell, column, matching, one_of

FILE = "numbers.csv"
T = TypeVar("T")


def known_claim(name: str) -> str:
    """Return a cell that names a claim of the project, or is empty."""
    ids = ledger(project.data("published", CLAIMS))
    if name and name not in ids:
        raise WrongCell(f"unknown claim {name}{did_you_mean(name, ids)}", "an id in claims.csv")
    return name


def expression(cell: str) -> str:
    """Return a cell that holds an expression over claims of the project, or is empty."""
    try:
        for name in derivation.ids(derivation.row(cell)) if cell else ():
            known_claim(name)
    except DataError as error:
        raise WrongCell(str(error)) from None
    return cell


def _expressions(cell: str) -> tuple[str, ...]:
    found = tuple(expression(part) for part in cell.split(".."))
    if not all(found) or len(found) > 2:
        raise WrongCell("not an expression", "EXPRESSION, or LOW..HIGH")
    return found


_decimals = matching("[0-9]+", "not a number of decimals", "a whole number")


@dataclass(frozen=True)
class Row:
    """One named number.

    ``id``: dotted name, unique. ``expressions``: its value, or its low and its high. ``ranged``: whether what
    the wording of its claims leaves open stands beside the value. ``unit``, ``decimals``: as in
    :class:`kik_analysis.evidence.number.Number`.
    """

    id: str = column()
    expressions: tuple[str, ...] = column(_expressions, "expression")
    ranged: str = column(one_of("yes", ""), "range")
    unit: str = column(records.filled)
    decimals: int = column(lambda cell: int(_decimals(cell)))

    def estimate(self) -> Estimate:
        """Return the value that the claims give; they are read."""
        values = [derivation.evaluate(one, value, as_it_is) for one in self.expressions]
        if len(values) > 1:
            return Estimate(None, *values)
        if not self.ranged:
            return Estimate(float(values[0]))
        ends = derivation.enclose(self.expressions[0], lambda name: limits(claims()[name]), as_it_is)
        return Estimate(values[0], *ends)


@functools.lru_cache
def rows(path: Path, record: type[T], key: str = "") -> tuple[T, ...]:
    """Return the rows of a file of ours, read once; DataError with every problem and its line."""
    return tuple(records.read(path, record, key=key))


def _rows() -> dict[str, Row]:
    return {row.id: row for row in rows(project.data("published", FILE), Row, "id")}


def names() -> tuple[str, ...]:
    """Return the names of all rows of ``numbers.csv``."""
    return tuple(_rows())


def number(name: str) -> Number:
    """Return a named number of ``numbers.csv``.

    DataError when there is none of that name; the message names the nearest.
    """
    known = _rows()
    if name not in known:
        raise DataError(f"no number {name}{did_you_mean(name, known)}")
    row = known[name]
    computation = f"{FILE}: {'..'.join(row.expressions)}"
    return measure(name, row.estimate, unit=row.unit, decimals=row.decimals, computation=computation)


def by_name(*names: str | Callable[[], Number]) -> dict[str, Number]:
    """Return numbers, of ``numbers.csv`` or of functions, by the last part of their ids.

    These are the placeholders of sentences.
    """
    found = [number(name) if isinstance(name, str) else name() for name in names]
    return {one.id.rpartition(".")[2]: one for one in found}
