"""A register beside what it must reproduce and what was assumed, counted again from its tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.table import Column, Kind, Table, tabulate
from kik_analysis.facts import history
from kik_analysis.facts.claims import claims
from kik_analysis.facts.periods import last_day
from kik_analysis.people.margins import AGE, DISTRICT, DURATION, load_margins
from kik_analysis.people.register import FORMER, INVITATIONS, MEMBERS, Register
from kik_analysis.people.targets import ACTIVE, EARLY, EARLY_SPOKEN, REFERRED, SECOND_SUCCESS, WANTS, Targets

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.people.synthesis import Synthesis

COUNTS, SHARES = "register_claims", "register_shares"
BANDS, DISTRICTS, DRAWS = "register_bands", "register_districts", "register_draws"
DECLINED_SHARE, CONVERSATION_SHARE = "L014", "L012"
Tally = Callable[[Register], float]


def _count(register: Register, *tables: str, **values: object) -> int:
    """Return the rows of some tables that have one of the values in each of the columns named."""
    import polars as pl

    kept = [
        pl.col(column).is_in(list(value) if isinstance(value, tuple) else [value])
        for column, value in values.items()
    ]
    return sum(register.tables[name].filter(*kept).height for name in tables)


def _members(**values: object) -> Tally:
    return lambda register: _count(register, MEMBERS, **values)


def _ever(**values: object) -> Tally:
    return lambda register: _count(register, MEMBERS, FORMER, **values)


def _invitations(**values: object) -> Tally:
    return lambda register: _count(register, INVITATIONS, **values)


def _early(day: str, **values: object) -> Tally:
    """Return a tally of the people with an invitation up to the last day of the early count."""

    def tally(register: Register) -> float:
        import polars as pl

        until = pl.col(day) <= last_day(claims()[EARLY].as_of)
        return register.invitations.filter(until, **values)["person"].n_unique()

    return tally


def _share(part: Tally, whole: Tally) -> Tally:
    return lambda register: part(register) / whole(register)


_WIJ_TOO = ("declined", "known_to_wij")
_GROUP, _SENT = _members(), _invitations()
_SPOKEN = _ever(activity=("active", "wants_to", "neither"))
COUNTED: Mapping[str, Tally] = {
    history.GROUP: _GROUP,
    history.SPOKEN: _members(reach="spoken"),
    history.NOT_APPROACHED: _members(reach="not_yet_approached"),
    history.DECLINED_OR_WIJ: _members(reach=_WIJ_TOO),
    history.NOT_REACHED: _members(reach="not_reached"),
    history.NOT_APPROACHED_TEXT: _members(reach="not_yet_approached"),
    history.DECLINED_OR_WIJ_TEXT: _members(reach=_WIJ_TOO),
    history.INVITATIONS: _SENT,
    history.CONVERSATIONS: _invitations(answer="conversation"),
    EARLY: _early("sent"),
    REFERRED: _ever(referred=True),
    history.SUPPORT: _members(support="programme"),
    history.HELP: _members(support="social_help"),
    history.OWN_GOALS: _members(follow_up="own_goals"),
    history.NO_QUESTION: _members(follow_up="no_question"),
    "L0493": _members(follow_up="not_accounted_for"),
}
"""Claims that are counts."""
SHARED: Mapping[str, Tally] = {
    "L043": _share(_members(reach="spoken"), _GROUP),
    "L0471": _share(_members(reach="not_yet_approached"), _GROUP),
    "L045": _share(_members(reach=_WIJ_TOO), _GROUP),
    "L046": _share(_members(reach="not_reached"), _GROUP),
    CONVERSATION_SHARE: _share(_invitations(answer="conversation"), _SENT),
    history.NO_CONTACT_SHARE: _share(_invitations(answer="no_contact"), _SENT),
    DECLINED_SHARE: _share(_invitations(answer="declined"), _SENT),
    SECOND_SUCCESS: _share(
        _invitations(kind="follow_up", answer="conversation"), _invitations(kind="follow_up")
    ),
    EARLY_SPOKEN: _share(_early("answered", answer="conversation"), _early("sent")),
    ACTIVE: _share(_ever(activity="active"), _SPOKEN),
    WANTS: _share(_ever(activity="wants_to"), _ever(activity=("wants_to", "neither"))),
}
"""Claims that are shares."""


def _beside(name: str, register: Register, tallies: Mapping[str, Tally], kind: Kind, unit: str) -> Table:
    def build() -> pl.DataFrame:
        import polars as pl

        register.note()
        rows = []
        for claim in (claims()[one] for one in tallies):
            found = tallies[claim.id](register)
            agrees = (claim.low is None or claim.low <= found) and (claim.high is None or found <= claim.high)
            rows.append((claim.id, claim.number, claim.low, claim.high, found, agrees))
        return pl.DataFrame(rows, schema=[column.name for column in columns], orient="row")

    classes = {
        "published": Evidence.PUBLISHED,
        "low": Evidence.BOUNDED,
        "high": Evidence.BOUNDED,
        "register": Evidence.SIMULATED,
    }
    numbers = [
        Column(one, kind, unit, shown=int(unit == "share"), evidence=evidence)
        for one, evidence in classes.items()
    ]
    columns = (Column("claim"), *numbers, Column("agrees", "boolean"))
    return tabulate(name, build, columns)


def register_claims(register: Register) -> Table:
    """Return the counts: ``claim``, ``published``, ``low``, ``high``, ``register``, ``agrees``.

    Only a register of the published size is meant to agree.
    """
    return _beside(COUNTS, register, COUNTED, "whole", "count")


def register_shares(register: Register) -> Table:
    """Return the printed shares, with the same columns as :func:`register_claims`."""
    return _beside(SHARES, register, SHARED, "decimal", "share")


def disagreements(register: Register) -> list[str]:
    """Return the claims that a register does not reproduce."""
    import polars as pl

    tables = (register_claims(register), register_shares(register))
    return [name for table in tables for name in table.frame.filter(~pl.col("agrees"))["claim"]]


def _assumed(register: Register, *variables: str) -> pl.DataFrame:
    import polars as pl

    register.note()
    people = register.members.height
    return pl.DataFrame(
        {
            "variable": row.variable,
            "category": row.category,
            "from": row.begin,
            "to": row.end,
            "low": row.low,
            "central": row.central,
            "high": row.high,
            "register": _count(register, MEMBERS, **{row.variable: row.category}) / people,
        }
        for variable in variables
        for row in load_margins().of(variable)
    )


_ASSUMED = partial(Column, evidence=Evidence.ASSUMED)
_FOUR_SHARES = [
    _ASSUMED(name, "decimal", "share", shown=1) for name in ("low", "central", "high", "register")
]


def register_bands(register: Register) -> Table:
    """Return the assumed shares of age and of benefit duration beside those of a register."""
    years = [_ASSUMED(name, "whole", "years") for name in ("from", "to")]
    columns = (Column("variable", words="register.variable"), *years, *_FOUR_SHARES)
    return tabulate(
        BANDS, lambda: _assumed(register, AGE, DURATION).drop("category"), columns, key=("variable", "from")
    )


def register_districts(register: Register) -> Table:
    """Return the assumed shares of the districts beside those of a register."""

    def build() -> pl.DataFrame:
        found = _assumed(register, DISTRICT).drop("variable", "from", "to")
        return found.rename({"category": "district"}).sort("district")

    return tabulate(DISTRICTS, build, (Column("district"), *_FOUR_SHARES))


def _taken(aims: Targets) -> dict[str, tuple[int, int]]:
    """Return what a draw took, in people or invitations, and of how many where its range is a share."""
    return {
        "known_to_wij": (aims.reach["known_to_wij"], 1),
        "left_spoken": (aims.left_spoken, 1),
        "left_invited": (aims.left_spoken + aims.left_not_spoken, 1),
        "overdue": (aims.overdue, aims.reach["spoken"]),
        "no_contact": (aims.no_contact, 1),
        "approached_early": (aims.approached_early, 1),
        "spoken_early": (aims.spoken_early, aims.approached_early),
        "own_goals": (aims.follow_up["own_goals"], 1),
        "no_question": (aims.follow_up["no_question"], 1),
    }


def register_draws(first: Synthesis, second: Synthesis) -> Table:
    """Return what two draws take inside what the sources leave open.

    Columns: ``quantity``, ``low``, ``high``, ``first``, ``second``; people or invitations.
    """
    ranges = [{one.name: one for one in made.aims.ranges} for made in (first, second)]
    taken = [_taken(made.aims) for made in (first, second)]

    def build() -> pl.DataFrame:
        import polars as pl

        first.register.note()
        second.register.note()
        return pl.DataFrame(
            {
                "quantity": name,
                "low": min(math.floor(r[name].low * t[name][1]) for r, t in zip(ranges, taken, strict=True)),
                "high": max(math.ceil(r[name].high * t[name][1]) for r, t in zip(ranges, taken, strict=True)),
                "first": taken[0][name][0],
                "second": taken[1][name][0],
            }
            for name in taken[0]
        )

    limits = [Column(name, "whole", "count", evidence=Evidence.BOUNDED) for name in ("low", "high")]
    found = [Column(name, "whole", "count", evidence=Evidence.SIMULATED) for name in ("first", "second")]
    assumed = {name for name, one in ranges[0].items() if one.evidence is Evidence.ASSUMED}
    exceptions = {(name, column): Evidence.ASSUMED for name in assumed for column in ("low", "high")}
    quantity = Column("quantity", words="register.quantity")
    return tabulate(DRAWS, build, (quantity, *limits, *found), exceptions=exceptions)


def numbers(register: Register) -> Mapping[str, Number]:
    """Return the numbers that sentences about a register use, by placeholder."""

    def traced(name: str, count: int, unit: str = "count") -> Number:
        def compute() -> float:
            register.note()
            return count

        return measure(f"register.{name}", compute, unit=unit, computation=f"{__name__}.numbers")

    every = len(COUNTED) + len(SHARED)
    return {
        "members": traced("members", register.members.height, "persons"),
        "former": traced("former", register.former.height, "persons"),
        "invitations": traced("invitations", register.invitations.height, "invitations"),
        "claims": traced("claims", every),
        "agree": traced("agree", every - len(disagreements(register))),
    }
