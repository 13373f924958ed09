"""The bounds as tables for readers: the question and its conditions in words, by unit; worlds as examples."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Kind, Table, tabulate
from kik_analysis.facts.bounds import ASSUMPTION_SEPARATOR, DECIMALS, Bound, bound, every
from kik_analysis.facts.identification_file import identification
from kik_analysis.facts.statements import SHARE, Identification
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.statistics.identification import World, example

if TYPE_CHECKING:
    import polars as pl

RATIO = "ratio"
COUNTED = ("persons", "invitations", "conversations", "count")
NO_CONDITIONS = "bounds.conditions.none"


def conditions(system: Identification, assumptions: tuple[str, ...], lang: Lang) -> str:
    """Return the assumptions of a set in words, one sentence each."""
    if not assumptions:
        return sentences.text(NO_CONDITIONS, lang).plain
    return " ".join(system.assumptions[name].words[lang] for name in assumptions)


def _row(system: Identification, one: Bound) -> dict[str, object]:
    question = system.quantity(one.quantity).words
    return {
        "quantity": one.quantity,
        "assumptions": ASSUMPTION_SEPARATOR.join(one.assumptions),
        **{f"question_{lang}": question[lang] for lang in LANGUAGES},
        "low": one.low,
        "high": one.high,
        "unit": one.unit,
        **{f"conditions_{lang}": conditions(system, one.assumptions, lang) for lang in LANGUAGES},
        "claims": CLAIM_SEPARATOR.join(one.claims),
    }


def _rows(units: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    system = identification()
    rows = [_row(system, one) for one in every(units=units)]
    return pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64})


def _table(name: str, units: tuple[str, ...], kind: Kind, unit: str) -> Table:
    shown = DECIMALS.get(unit, 0)
    columns = (
        Column("quantity", hidden=True),
        Column("assumptions", hidden=True),
        Column("question_nl"),
        Column("question_en"),
        Column("low", kind, unit, shown=shown, evidence=Evidence.BOUNDED),
        Column("high", kind, unit, shown=shown, evidence=Evidence.BOUNDED),
        Column("unit", words="tables.unit", hidden=len(units) == 1),
        Column("conditions_nl"),
        Column("conditions_en"),
        Column("claims"),
    )

    def rows() -> pl.DataFrame:
        return _rows(units)

    return tabulate(name, rows, columns, key=("quantity", "assumptions"))


def bounds_shares() -> Table:
    """Return the bounds of shares, as fractions, with question and conditions in words."""
    return _table("bounds_shares", (SHARE,), "decimal", SHARE)


def bounds_counts() -> Table:
    """Return the bounds of counts, with question and conditions in words."""
    return _table("bounds_counts", COUNTED, "whole", "count")


def bounds_ratios() -> Table:
    """Return the bounds of ratios other than shares, with question and conditions in words."""
    return _table("bounds_ratios", (RATIO,), "decimal", RATIO)


def _at(world: World | None, name: str) -> float | None:
    return None if world is None else float(world[name])


def _worlds(quantity: str, assumptions: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    system = identification()
    asked = system.quantity(quantity)
    found = bound(quantity, assumptions)
    part = system.system(quantity, system.bearing(quantity, assumptions))

    def attained(value: Fraction | None) -> World | None:
        return None if value is None else example(part, asked.of, asked.per, value)

    low, high = attained(found.exact.low.value), attained(found.exact.high.value)
    rows = [
        {
            "unknown": variable.name,
            **{f"unknown_{lang}": system.words[variable.name][lang] for lang in LANGUAGES},
            "at_low": _at(low, variable.name),
            "at_high": _at(high, variable.name),
        }
        for variable in part.variables
    ]
    return pl.DataFrame(rows, schema_overrides={"at_low": pl.Float64, "at_high": pl.Float64})


def bounds_worlds(quantity: str, assumptions: tuple[str, ...]) -> Table:
    """Return two worlds that agree with all claims: a quantity is lowest in one and highest in the other.

    Parameters
    ----------
    quantity, assumptions
        As for :func:`kik_analysis.facts.bounds.bound`. Of the worlds with that value the one is shown whose
        unknowns are smallest, in the order of the file.
    """
    system = identification()
    whole = {variable.name for variable in system.variables if variable.whole}
    bearing = system.bearing(quantity, assumptions)
    counted = frozenset().union(*(one.names for _, one in bearing)) <= whole
    kind: Kind = "whole" if counted else "decimal"
    columns = (
        Column("unknown", hidden=True),
        Column("unknown_nl"),
        Column("unknown_en"),
        Column("at_low", kind, "count", shown=0 if counted else 2, evidence=Evidence.BOUNDED),
        Column("at_high", kind, "count", shown=0 if counted else 2, evidence=Evidence.BOUNDED),
    )

    def rows() -> pl.DataFrame:
        return _worlds(quantity, assumptions)

    return tabulate("bounds_worlds", rows, columns)
