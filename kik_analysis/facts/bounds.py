"""What the letters leave open, as sharp intervals: the questions of ``params/identification.yml`` answered.

An interval holds under the assumptions named with it and rests on the claims named with it. Inside it no
value is likelier than another; outside it no world agrees with what was published.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextvars import Context
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, overload

from kik_analysis.errors import ModelError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Estimate, Number, measure
from kik_analysis.evidence.reads import note
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table, tabulate
from kik_analysis.facts.claims import Claims, claims, substituted
from kik_analysis.facts.identification_file import identification
from kik_analysis.facts.statements import SHARE, Identification, Quantity, Statement
from kik_analysis.facts.values import PERCENT
from kik_analysis.language import notation
from kik_analysis.statistics.conflict import InconsistentError, require
from kik_analysis.statistics.identification import Interval, interval

if TYPE_CHECKING:
    import polars as pl

TABLE = "bounds"
ASSUMPTION_SEPARATOR = " "
"""Between names in a cell of the ``assumptions`` column."""
UNCONDITIONAL = "unconditional"
"""Last part of a number's id when the first set has assumptions and this one has none."""
DECIMALS = {SHARE: 1, "ratio": 1}
"""Decimals shown, by unit (a share in percent); counts have none."""


class InconsistentClaimsError(InconsistentError):
    """Claims and assumptions that cannot all hold; ``labels`` names them."""

    def __init__(self, quantity: str, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.lines = (f"{quantity}: {self.lines[0]}",)
        self.args = self.lines


@dataclass(frozen=True)
class Bound:
    """The interval of a quantity; it unpacks to its two limits.

    Attributes
    ----------
    quantity, unit
        As in the identification file; a share is a fraction of one.
    assumptions
        Names of the assumptions under which it holds.
    low, high
        None for a limit that does not exist.
    claims
        Ids of the claims that the limits rest on: an irreducible set for each limit, taken together.
    exact
        Both limits as fractions, each with a world that attains it and the statements it rests on.
    """

    quantity: str
    unit: str
    assumptions: tuple[str, ...]
    low: float | None
    high: float | None
    claims: tuple[str, ...]
    exact: Interval

    def __iter__(self) -> Iterator[float | None]:
        return iter((self.low, self.high))

    def __str__(self) -> str:
        unit, decimals = _shown(self.unit), DECIMALS.get(self.unit, 0)
        low, high = (
            "no limit" if end is None else notation.shown(end, unit, decimals, "en") + notation.sign(unit)
            for end in (self.estimate().low, self.estimate().high)
        )
        kind = "" if unit == "percent" else f" ({unit})"
        return (
            f"{self.quantity}: {low} to {high}{kind}\n"
            f"  given: {', '.join(self.assumptions) or 'no assumptions'}\n"
            f"  rests on: {', '.join(self.claims)}"
        )

    def estimate(self) -> Estimate:
        """Return the interval as an estimate without a value; a share in percent."""
        factor = PERCENT if self.unit == SHARE else 1.0
        return Estimate(None, *(None if end is None else factor * end for end in self))


def _shown(unit: str) -> str:
    """Return the unit in which a quantity is shown: a share in percent."""
    return "percent" if unit == SHARE else unit


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _claims(bearing: Iterable[tuple[str, Statement]], labels: frozenset[str]) -> tuple[str, ...]:
    """Return the claims behind some labels: claims themselves, and those that assumptions name."""
    found = {one.claim for label, one in bearing if one.claim is not None and label in labels}
    return tuple(sorted(found))


class _Same:
    """An object as a key: equal to nothing but itself."""

    def __init__(self, what: Identification | Claims) -> None:
        self.what = what

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.what is self.what

    def __hash__(self) -> int:
        return id(self.what)


@functools.lru_cache(maxsize=256)
def _require(system: _Same, current: _Same, given: tuple[str, ...]) -> None:
    """Check that everything in the file, bearing on a question or not, can hold together.

    What does not bear on a question cannot move its interval, only take away the ground under it, so its
    claims are not put on record as what the interval rests on.
    """
    everything, published = system.what, current.what
    assert isinstance(everything, Identification)
    assert isinstance(published, Claims)

    def check() -> None:
        with substituted(published):
            require(everything.whole(given))

    Context().run(check)


def _compute(system: Identification, quantity: Quantity, given: tuple[str, ...]) -> Bound:
    bearing = system.bearing(quantity.name, given)
    try:
        _require(_Same(system), _Same(claims()), given)
        found = interval(system.system(quantity.name, bearing), quantity.of, quantity.per)
    except InconsistentError as error:
        raise InconsistentClaimsError(quantity.name, error.labels) from None
    except ModelError as error:
        raise ModelError(f"{system.file}: quantities.{quantity.name}: {error}") from None
    labels = found.labels or frozenset(label for label, _ in bearing)
    low, high = _float(found.low.value), _float(found.high.value)
    note(
        "bound",
        "/".join((quantity.name, *given)),
        [str(found.low.value), str(found.high.value)],
        Evidence.BOUNDED,
    )
    return Bound(quantity.name, quantity.unit, given, low, high, _claims(bearing, labels), found)


def bound(
    quantity: str, assumptions: Iterable[str] | None = None, *, file: str | Path | None = None
) -> Bound:
    """Return the sharp interval of a quantity.

    Parameters
    ----------
    quantity
        Name of a question in the identification file.
    assumptions
        Names of assumptions; by default the first set that the file lists with the question.
    file
        Another identification file, for example one that extends the project's.

    Raises
    ------
    ModelError
        For a name that does not exist. As :class:`InconsistentClaimsError`, naming an irreducible set,
        when the claims and assumptions cannot all hold.
    ParameterError
        When the file is wrong.
    """
    system = identification(file)
    asked = system.quantity(quantity)
    given = system.sets(quantity)[0] if assumptions is None else system.switched_on(assumptions)
    return _compute(system, asked, given)


def _address(quantity: str, given: tuple[str, ...], first: bool) -> str:
    return f"{TABLE}.{quantity}" if first else f"{TABLE}.{quantity}.{'+'.join(given) or UNCONDITIONAL}"


def bound_number(
    quantity: str, assumptions: Iterable[str] | None = None, *, file: str | Path | None = None
) -> Number:
    """Return an interval as a named number for sentences: ``bounds.people_spoken`` for the first set.

    Parameters
    ----------
    quantity, assumptions, file
        As for :func:`bound`. The id of another set than the first names its assumptions.

    Raises
    ------
    ModelError, ParameterError
        As :func:`bound`.
    """
    first = identification(file).sets(quantity)[0]
    given = first if assumptions is None else identification(file).switched_on(assumptions)
    unit = identification(file).quantity(quantity).unit
    return measure(
        _address(quantity, given, given == first),
        lambda: bound(quantity, given, file=file).estimate(),
        unit=_shown(unit),
        decimals=DECIMALS.get(unit, 0),
        computation=f"{__name__}.bound",
    )


def every(*, units: Iterable[str] | None = None, file: str | Path | None = None) -> tuple[Bound, ...]:
    """Return every question of an identification file under each of its sets of assumptions.

    Parameters
    ----------
    units
        Only questions in these units; None for all.
    file
        As for :func:`bound`.

    Raises
    ------
    ModelError, ParameterError
        As :func:`bound`.
    """
    system = identification(file)
    wanted = None if units is None else frozenset(units)
    return tuple(
        _compute(system, quantity, given)
        for quantity in system.quantities.values()
        if wanted is None or quantity.unit in wanted
        for given in system.sets(quantity.name)
    )


def _rows() -> pl.DataFrame:
    import polars as pl

    rows = [
        {
            "quantity": one.quantity,
            "low": one.low,
            "high": one.high,
            "unit": one.unit,
            "assumptions": ASSUMPTION_SEPARATOR.join(one.assumptions),
            "claims": CLAIM_SEPARATOR.join(one.claims),
        }
        for one in every()
    ]
    return pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64})


def _table() -> Table:
    columns = (
        Column("quantity"),
        Column("low", "decimal", evidence=Evidence.BOUNDED, hidden=True),
        Column("high", "decimal", evidence=Evidence.BOUNDED, hidden=True),
        Column("unit", words="tables.unit"),
        Column("assumptions"),
        Column("claims"),
    )
    return tabulate(TABLE, _rows, columns, key=("quantity", "assumptions"))


@overload
def bounds() -> Table: ...


@overload
def bounds(quantity: str, assumptions: Iterable[str] | None = None) -> Bound: ...


def bounds(quantity: str | None = None, assumptions: Iterable[str] | None = None) -> Table | Bound:
    """Return the interval of a quantity, or the table of all of them.

    Parameters
    ----------
    quantity
        Name of a question in ``params/identification.yml``; without it, the table ``bounds``.
    assumptions
        Names of assumptions; by default the first set that the file lists with the question.

    Returns
    -------
    Bound or Table
        ``low, high = bounds("people_spoken")``; a share is a fraction of one, a limit that does not exist
        is None (an empty cell).

    Raises
    ------
    ModelError, ParameterError
        As :func:`bound`.
    """
    return _table() if quantity is None else bound(quantity, assumptions)
