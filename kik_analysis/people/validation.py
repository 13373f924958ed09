"""What must hold of any register, whatever its size, draw and seed: all problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from kik_analysis.errors import DataError
from kik_analysis.people.register import (
    CODES,
    FORMER,
    INVITATIONS,
    KINDS,
    MEMBERS,
    OPTIONAL,
    SCHEMA,
    WHOLE,
    Register,
    frame_types,
)
from kik_analysis.people.traits import least_days

if TYPE_CHECKING:
    Rules = Mapping[str, pl.Expr]


def problems(register: Register) -> list[str]:
    """Return everything that is wrong with a register, one line each; an empty list when it is right."""
    tables = register.tables.items()
    if shapes := [name for name, table in tables if dict(table.schema) != frame_types(name)]:
        return [
            f"{name}: columns or kinds differ from the schema ({', '.join(SCHEMA[name])})" for name in shapes
        ]
    cells = [line for name, table in tables for line in _broken(name, table, _cells(name))]
    return cells or [line for part in _content(register) for line in _broken(*part)]


def validate(register: Register, shown_as: str = "") -> None:
    """Check a register, that messages name ``shown_as``.

    DataError with every problem, one line each.
    """
    if found := problems(register):
        raise DataError(f"{shown_as}{line}" for line in found)


def _broken(name: str, table: pl.DataFrame, rules: Rules) -> Iterator[str]:
    """Say of each rule how many rows break it; a rule is an expression that is true where a row is wrong."""
    for what, wrong in rules.items():
        rows = table.filter(wrong)
        if rows.height:
            yield f"{name}: {what}: {rows.height} rows, first {rows['person'][0]}"


def _cells(name: str) -> Rules:
    """Rules of single cells: filled where they must be, no number below nought, a code that is known."""
    rules = {f"{one}: empty": pl.col(one).is_null() for one in SCHEMA[name] if one not in OPTIONAL[name]}
    rules |= {
        f"{one}: a negative number": pl.col(one) < 0 for one, kind in SCHEMA[name].items() if kind == WHOLE
    }
    coded = ((one, CODES[one]) for one in SCHEMA[name] if one in CODES)
    return rules | {f"{one}: unknown code": ~pl.col(one).is_in(codes) for one, codes in coded}


def _content(register: Register) -> Iterator[tuple[str, pl.DataFrame, Rules]]:
    """Yield tables with the rules between their columns, and between them."""
    sent = register.invitations
    people = pl.concat([table.select("person") for table in (register.members, register.former)])
    yield "members, former", people, {"a person stands twice": pl.col("person").is_duplicated()}
    alone = {
        "of nobody in the register": ~pl.col("person").is_in(people["person"].implode()),
        "answered before it was sent": pl.col("answered") < pl.col("sent"),
    }
    yield INVITATIONS, sent, alone
    yield INVITATIONS, sent.sort("person", "number"), _chain()
    left = sent.join(register.former.select("person", "left"), on="person")
    yield INVITATIONS, left, {"after leaving": pl.col("answered") >= pl.col("left")}
    soonest = pl.col("benefit_start") + pl.duration(days=least_days() - 1)
    early = {"invited within the first year on benefit": pl.col("first_invitation") < soonest}
    talked = pl.col("answer") == "conversation"
    counted = {
        "invitations": pl.len().cast(pl.Int64),
        "conversations": talked.sum().cast(pl.Int64),
        "first_invitation": pl.col("sent").min(),
        "last_invitation": pl.col("sent").max(),
        "last_conversation": pl.col("answered").filter(talked).max(),
    }
    summed = sent.group_by("person").agg(one.alias(f"{name}_") for name, one in counted.items())
    told = {
        f"{one} differs from the invitations": ~pl.col(one).eq_missing(pl.col(f"{one}_")) for one in counted
    }
    for name, states in ((MEMBERS, _states()), (FORMER, {})):
        both = register.tables[name].join(summed, on="person", how="left")
        both = both.with_columns(pl.col("invitations_", "conversations_").fill_null(0))
        yield name, both, {**told, **early, **states}


def _chain() -> Rules:
    """Rules between the invitations of one person, in order."""
    talked = (pl.col("answer") == "conversation").cast(pl.Int64)
    before = (talked.cum_sum() - talked).over("person") > 0
    first, again, follow_up = (pl.lit(kind) for kind in KINDS)
    kind = pl.when(before).then(follow_up).when(pl.col("number") == 1).then(first).otherwise(again)
    answered = pl.col("answered").shift(1).over("person")
    return {
        "sent before the one before it was answered": pl.col("sent") < answered,
        "numbers that do not count up": pl.col("number") != pl.int_range(1, pl.len() + 1).over("person"),
        "kind does not fit what went before": pl.col("kind") != kind,
    }


def _states() -> Rules:
    """Rules between the columns of a current member."""
    reach, state, spoken = pl.col("reach"), pl.col("state"), pl.col("conversations") > 0
    wij, refused = reach == "known_to_wij", reach.is_in(["declined", "not_reached"])
    uninvited = wij | (reach == "not_yet_approached")
    new = (reach == "not_yet_approached") != (state == "never_invited")
    return {
        "spoken without a conversation, or the reverse": (reach == "spoken") != spoken,
        "not approached but invited, or the reverse": uninvited != (pl.col("invitations") == 0),
        "known to WIJ in one column only": wij != pl.col("known_to_wij"),
        "never invited or known to WIJ in one column only": new | (wij != (state == "known_to_wij")),
        "declined or not reached with another state": refused & (reach != state),
        "in contact, overdue or in support without a conversation": ~spoken
        & state.is_in(["in_contact", "overdue", "in_support"]),
        "support in one column only": (pl.col("support") != "none") != (state == "in_support"),
        "a category of follow-up without a conversation, or the reverse": pl.col("follow_up").is_null()
        == spoken,
        "an activity without a conversation, or the reverse": pl.col("activity").is_null() == spoken,
        "referred without a conversation": pl.col("referred") & ~spoken,
    }
