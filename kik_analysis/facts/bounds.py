"""What the letters leave open, as sharp intervals: the questions of ``params/identification.yml`` answered.

An interval holds under the assumptions named with it and rests on the claims named with it. Inside it no
value is likelier than another; outside it no world agrees with what was published.
"""

from collections.abc import Iterable, Iterator
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, overload

from kik_analysis.errors import ModelError
from kik_analysis.evidence.display import Display, expect
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.evidence.table import Table, columns_of, tabled, tabulate
from kik_analysis.facts.claims import Claims, claims, substituted
from kik_analysis.facts.identification import SHARE, identification
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.statistics.identification import InconsistentError, Interval, example, interval, require

TABLE = "bounds"
UNCONDITIONAL = "unconditional"
"""Last part of a number's id when the first set has assumptions and this one has none."""
SHOWN = {SHARE: "percent"}
"""Unit in which a quantity is shown, where it is another than its own."""
DECIMALS = {SHARE: 1, "ratio": 1}
"""Decimals shown, by unit (a share in percent); counts have none."""
COUNTED = ("persons", "invitations", "conversations", "count")
_PARTS = {"shares": (SHARE,), "counts": COUNTED, "ratios": ("ratio",)}
"""Units of the questions in a table for readers."""


@dataclass(frozen=True, repr=False)
class Bound(Display):
    """The interval of a quantity; it unpacks to its two limits.

    ``quantity``, ``unit``: as in the identification file; a share is a fraction of one. ``assumptions``:
    names of the assumptions under which it holds. ``low``, ``high``: none for a limit that does not exist.
    ``claims``: ids of the claims that the limits rest on: an irreducible set for each limit, taken together.
    ``exact``: both limits as fractions, each with a world that attains it and the statements it rests on.
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
        heading, rows = self.shown()
        return "\n".join([heading, *(f"  {word}: {said}" for word, said in rows)])

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the interval: its limits, what it assumes, what it rests on."""
        unit, decimals = SHOWN.get(self.unit, self.unit), DECIMALS.get(self.unit, 0)
        low, high = (
            "no limit" if end is None else notation.shown(end, unit, decimals, "en") + notation.sign(unit)
            for end in (self.estimate().low, self.estimate().high)
        )
        kind = "" if unit == "percent" else f" ({unit})"
        given = ", ".join(self.assumptions) or "no assumptions"
        return f"{self.quantity}: {low} to {high}{kind}", [
            ("given", given),
            ("rests on", ", ".join(self.claims)),
        ]

    def estimate(self) -> Estimate:
        """Return the interval as an estimate without a value; a share in percent."""
        factor = PERCENT if self.unit == SHARE else 1.0
        return Estimate(None, *(None if end is None else factor * end for end in self))


def bound(
    quantity: str, assumptions: Iterable[str] | None = None, *, file: str | Path | None = None
) -> Bound:
    """Return the sharp interval of a quantity.

    ``quantity``: name of a question in the identification file. ``assumptions``: names of assumptions; by
    default the first set that the file lists with the question. ``file``: another identification file, for
    example one that extends the project's. ModelError for a name that does not exist. InconsistentError,
    naming an irreducible set, when the claims and assumptions cannot all hold. ParameterError when the file
    is wrong.
    """
    system, published = identification(file), claims()
    given = system.sets(quantity)[0] if assumptions is None else system.switched_on(assumptions)
    asked, bearing = system.quantity(quantity), system.bearing(quantity, given)

    def hold_together() -> None:
        # what does not bear on a question cannot move its interval, only take away the ground under it: in a
        # context of its own, so that its claims are not put on record as what the interval rests on
        with substituted(published):
            require(system.whole(given))

    try:
        Context().run(hold_together)
        found = interval(system.system(bearing, *asked.forms), *asked.forms)
    except InconsistentError as error:
        raise InconsistentError(error.labels, quantity) from None
    except ModelError as error:
        raise ModelError(f"{system.file}: quantities.{quantity}: {error}") from None
    labels = found.labels or frozenset(label for label, _ in bearing)
    rests_on = {one.claim for label, one in bearing if one.claim is not None and label in labels}
    ends = [str(end.value) for end in (found.low, found.high)]
    note("bound", "/".join((quantity, *given)), ends, Evidence.BOUNDED)
    low, high = found
    return Bound(quantity, asked.unit, given, low, high, tuple(sorted(rests_on)), found)


def bound_number(quantity: str, assumptions: Iterable[str] | None = None) -> Number:
    """Return an interval as a named number for sentences: ``bounds.people_spoken`` for the first set.

    ``quantity``, ``assumptions``: as for :func:`bound`, and its errors. The id of another set than the first
    names its assumptions.
    """
    system = identification()
    first, unit = system.sets(quantity)[0], system.quantity(quantity).unit
    given = first if assumptions is None else system.switched_on(assumptions)
    name = f"{TABLE}.{quantity}"
    return measure(
        name if given == first else f"{name}.{'+'.join(given) or UNCONDITIONAL}",
        lambda: bound(quantity, given).estimate(),
        unit=SHOWN.get(unit, unit),
        decimals=DECIMALS.get(unit, 0),
        computation=f"{__name__}.bound",
    )


def _rows(table: str, units: tuple[str, ...], file: str | Path | None) -> Iterator[tuple[object, ...]]:
    """Yield every question, in these units where any are named, under each of its sets of assumptions."""
    system, names = identification(file), [column.name for column in columns_of(table)]
    wanted = [name for name, one in system.quantities.items() if not units or one.unit in units]
    for one in (bound(name, given, file=file) for name in wanted for given in system.sets(name)):
        cells: dict[str, object] = {name: getattr(one, name) for name in ("quantity", "low", "high", "unit")}
        cells |= {"assumptions": " ".join(one.assumptions), "claims": one.claims}
        for lang in LANGUAGES:
            said = (system.assumptions[name].words[lang] for name in one.assumptions)
            none = sentences.text("bounds.conditions.none", lang).plain
            cells[f"question_{lang}"] = system.quantity(one.quantity).words[lang]
            cells[f"conditions_{lang}"] = " ".join(said) or none
        yield tuple(cells[name] for name in names)


def in_words(part: Literal["shares", "counts", "ratios"]) -> Table:
    """Return part of the bounds with question and conditions in words: the table ``bounds_PART``.

    ``part``: shares, as fractions; counts; or ratios other than shares.
    """
    name = f"{TABLE}_{part}"
    return tabulate(name, lambda: _rows(name, _PARTS[part], None))


@tabled()
def bounds_worlds(quantity: str, assumptions: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """Return two worlds that agree with every claim: one at each end of the interval of a question.

    ``quantity``, ``assumptions``: as for :func:`bound`. Of the worlds with that value the one is shown whose
    unknowns are smallest, in the order of the file.
    """
    system, found = identification(), bound(quantity, assumptions).exact
    of, per = system.quantity(quantity).forms
    part = system.system(system.bearing(quantity, assumptions), of, per)
    ends = (end.value for end in (found.low, found.high))
    worlds = [None if end is None else example(part, of, per, end) for end in ends]
    for name in part.variables:
        words = system.variables[name].words
        yield name, *(words[lang] for lang in LANGUAGES), *(at and at[name] for at in worlds)


@overload
def bounds(*, claims: Claims | None = None, file: str | Path | None = None) -> Table: ...


@overload
def bounds(
    quantity: str,
    assumptions: Iterable[str] | None = None,
    *,
    claims: Claims | None = None,
    file: str | Path | None = None,
) -> Bound: ...


def bounds(
    quantity: str | None = None,
    assumptions: Iterable[str] | None = None,
    *,
    claims: Claims | None = None,
    file: str | Path | None = None,
) -> Table | Bound:
    """Return the interval of a quantity, or the table of all of them.

    ``quantity``: name of a question in the identification file; without it, the table ``bounds``.
    ``assumptions``: names of assumptions; by default the first set that the file lists with the question.
    ``claims``: other claims than the published ones, for example ``kik.claims().replace("L015", low=.9,
    high=1)``. ``file``: another identification file, for example one that extends the project's. ``low,
    high = bounds("people_spoken")``: a share is a fraction of one, a limit that does not exist is None (an
    empty cell). ModelError, ParameterError as :func:`bound`.
    """
    expect(claims, Claims | None, "bounds: claims", "claims", "kik.claims")
    with substituted(claims):
        if quantity is not None:
            return bound(quantity, assumptions, file=file)
        if assumptions is not None:
            raise ModelError("bounds: assumptions: of which quantity? (the table has its own for each)")
        return tabulate(TABLE, lambda: _rows(TABLE, (), file))
