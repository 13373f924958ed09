"""Registers as tables for readers: assumed margins beside the register, and draws side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.people.agreement import COUNTED, SHARED, disagreements
from kik_analysis.people.margins import AGE, DISTRICT, DURATION, load_margins
from kik_analysis.people.register import Register
from kik_analysis.people.synthesis import Synthesis
from kik_analysis.people.targets import Range, Targets

if TYPE_CHECKING:
    import polars as pl

BANDS, DISTRICTS, DRAWS = "register_bands", "register_districts", "register_draws"
QUANTITIES = (
    "known_to_wij",
    "left_spoken",
    "left_invited",
    "overdue",
    "no_contact",
    "approached_early",
    "spoken_early",
    "own_goals",
    "no_question",
)
"""Rows of the table of draws, in order."""


def _share(register: Register, variable: str, category: str) -> float:
    import polars as pl

    return register.members.filter(pl.col(variable) == category).height / register.members.height


def _margins(register: Register, variables: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    register.note()
    rows = [
        {
            "variable": row.variable,
            "category": row.category,
            "from": row.begin,
            "to": row.end,
            "low": row.low,
            "central": row.central,
            "high": row.high,
            "register": _share(register, row.variable, row.category),
        }
        for variable in variables
        for row in load_margins().of(variable)
    ]
    return pl.DataFrame(rows)


def _shares() -> tuple[Column, ...]:
    names = ("low", "central", "high", "register")
    return tuple(Column(name, "decimal", "share", shown=1, evidence=Evidence.ASSUMED) for name in names)


def register_bands(register: Register) -> Table:
    """Return the assumed shares of age and of benefit duration beside those of a register."""
    columns = (
        Column("variable", words="register.variable"),
        Column("from", "whole", "years", evidence=Evidence.ASSUMED),
        Column("to", "whole", "years", evidence=Evidence.ASSUMED),
        *_shares(),
    )

    def build() -> pl.DataFrame:
        return _margins(register, (AGE, DURATION)).drop("category")

    return tabulate(BANDS, build, columns, key=("variable", "from"))


def register_districts(register: Register) -> Table:
    """Return the assumed shares of the districts beside those of a register."""

    def build() -> pl.DataFrame:
        found = _margins(register, (DISTRICT,)).drop("variable", "from", "to")
        return found.rename({"category": "district"}).sort("district")

    return tabulate(DISTRICTS, build, (Column("district"), *_shares()))


def _taken(aims: Targets) -> dict[str, int]:
    """Return what a draw took, in people or invitations."""
    return {
        "known_to_wij": aims.reach["known_to_wij"],
        "left_spoken": aims.left_spoken,
        "left_invited": aims.left_spoken + aims.left_not_spoken,
        "overdue": aims.overdue,
        "no_contact": aims.no_contact,
        "approached_early": aims.approached_early,
        "spoken_early": aims.spoken_early,
        "own_goals": aims.follow_up["own_goals"],
        "no_question": aims.follow_up["no_question"],
    }


def _limits(aims: Targets) -> dict[str, tuple[int, int]]:
    base = {"overdue": aims.reach["spoken"], "spoken_early": aims.approached_early}

    def ends(one: Range) -> tuple[int, int]:
        of = base.get(one.name, 1)
        return math.floor(one.low * of), math.ceil(one.high * of)

    return {one.name: ends(one) for one in aims.ranges}


def register_draws(first: Synthesis, second: Synthesis) -> Table:
    """Return what two draws take inside what the sources leave open.

    Columns: ``quantity``, ``low``, ``high``, ``first``, ``second``; people or invitations.
    """
    assumed = {one.name for one in first.aims.ranges if one.evidence is Evidence.ASSUMED}

    def build() -> pl.DataFrame:
        import polars as pl

        first.register.note()
        second.register.note()
        both = [(_taken(one.aims), _limits(one.aims)) for one in (first, second)]
        rows = [
            {
                "quantity": name,
                "low": min(limits[name][0] for _, limits in both),
                "high": max(limits[name][1] for _, limits in both),
                "first": both[0][0][name],
                "second": both[1][0][name],
            }
            for name in QUANTITIES
        ]
        return pl.DataFrame(rows)

    def count(name: str, evidence: Evidence) -> Column:
        return Column(name, "whole", "count", evidence=evidence)

    columns = (
        Column("quantity", words="register.quantity"),
        count("low", Evidence.BOUNDED),
        count("high", Evidence.BOUNDED),
        count("first", Evidence.SIMULATED),
        count("second", Evidence.SIMULATED),
    )
    exceptions = {(name, column): Evidence.ASSUMED for name in assumed for column in ("low", "high")}
    return tabulate(DRAWS, build, columns, exceptions=exceptions)


def numbers(register: Register) -> Mapping[str, Number]:
    """Return the numbers that sentences about a register use, by placeholder."""

    def traced(name: str, count: int, unit: str) -> Number:
        def compute() -> float:
            register.note()
            return count

        return measure(f"register.{name}", compute, unit=unit, computation=f"{__name__}.numbers")

    claims = len(COUNTED) + len(SHARED)
    return {
        "members": traced("members", register.members.height, "persons"),
        "former": traced("former", register.former.height, "persons"),
        "invitations": traced("invitations", register.invitations.height, "invitations"),
        "claims": traced("claims", claims, "count"),
        "agree": traced("agree", claims - len(disagreements(register)), "count"),
    }
