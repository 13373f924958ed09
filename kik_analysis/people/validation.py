"""What must hold of any register, whatever its size, draw and seed: all problems at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kik_analysis.errors import DataError
from kik_analysis.people import register as registers
from kik_analysis.people.register import (
    CODES,
    FORMER,
    INVITATIONS,
    KINDS,
    MEMBERS,
    OPTIONAL,
    SCHEMA,
    Register,
)
from kik_analysis.people.traits import least_days

if TYPE_CHECKING:
    import polars as pl


def problems(register: Register) -> list[str]:
    """Return everything that is wrong with a register, one line each; an empty list when it is right."""
    found = [line for name, table in register.tables.items() for line in _shape(name, table)]
    return found if found else list(_content(register))


def validate(register: Register) -> None:
    """Check a register.

    DataError with every problem, one line each.
    """
    if found := problems(register):
        raise DataError(found)


def _shape(name: str, table: pl.DataFrame) -> Iterator[str]:
    import polars as pl

    if dict(table.schema) != registers.frame_types(name):
        yield f"{name}: columns or kinds differ from the schema ({', '.join(SCHEMA[name])})"
        return
    for column, kind in SCHEMA[name].items():
        empty = table[column].null_count()
        if empty and column not in OPTIONAL[name]:
            yield f"{name}.{column}: {empty} empty cells"
        if kind == registers.WHOLE and table.filter(pl.col(column) < 0).height:
            yield f"{name}.{column}: a negative number"
        strange = set(table[column].drop_nulls().unique()) - set(CODES[column]) if column in CODES else set()
        if strange:
            yield f"{name}.{column}: unknown code {min(strange)}"


def _rows(name: str, table: pl.DataFrame, rules: dict[str, pl.Expr]) -> Iterator[str]:
    """Say of each rule how many rows break it; a rule is an expression that is true where a row is wrong."""
    for what, wrong in rules.items():
        rows = table.filter(wrong)
        if rows.height:
            yield f"{name}: {what}: {rows.height} rows, first {rows['person'][0]}"


def _content(register: Register) -> Iterator[str]:
    import polars as pl

    members, former, sent = register.members, register.former, register.invitations
    people = pl.concat([members["person"], former["person"]])
    if people.n_unique() < len(people):
        yield "members, former: a person stands twice"
    alone = {
        "of nobody in the register": ~pl.col("person").is_in(people.implode()),
        "answered before it was sent": pl.col("answered") < pl.col("sent"),
    }
    yield from _rows(INVITATIONS, sent, alone)
    yield from _rows(INVITATIONS, sent.sort("person", "number"), _chain())
    left = sent.join(former.select("person", "left"), on="person")
    yield from _rows(INVITATIONS, left, {"after leaving": pl.col("answered") >= pl.col("left")})
    for name, table in ((MEMBERS, members), (FORMER, former)):
        yield from _summary(name, table, sent)
        early = pl.col("first_invitation") < pl.col("benefit_start") + pl.duration(days=least_days() - 1)
        yield from _rows(name, table, {"invited within the first year on benefit": early})
    yield from _rows(MEMBERS, members, _states())


def _chain() -> dict[str, pl.Expr]:
    """Rules between the invitations of one person, in order."""
    import polars as pl

    talked = (pl.col("answer") == "conversation").cast(pl.Int64)
    before = (talked.cum_sum() - talked).over("person") > 0
    first, again, follow_up = (pl.lit(kind) for kind in KINDS)
    kind = pl.when(before).then(follow_up).when(pl.col("number") == 1).then(first).otherwise(again)
    return {
        "sent before the one before it was answered": pl.col("sent")
        < pl.col("answered").shift(1).over("person"),
        "numbers that do not count up": pl.col("number") != pl.int_range(1, pl.len() + 1).over("person"),
        "kind does not fit what went before": pl.col("kind") != kind,
    }


def _summary(name: str, table: pl.DataFrame, sent: pl.DataFrame) -> Iterator[str]:
    """Check what a person's row says of the invitations against the invitations."""
    import polars as pl

    talked = pl.col("answer") == "conversation"
    counted = {
        "invitations": pl.len().cast(pl.Int64),
        "conversations": talked.sum().cast(pl.Int64),
        "first_invitation": pl.col("sent").min(),
        "last_invitation": pl.col("sent").max(),
        "last_conversation": pl.col("answered").filter(talked).max(),
    }
    added = sent.group_by("person").agg(one.alias(f"{column}_") for column, one in counted.items())
    both = table.join(added, on="person", how="left").with_columns(
        pl.col("invitations_", "conversations_").fill_null(0)
    )
    rules = {
        f"{column} differs from the invitations": ~pl.col(column).eq_missing(pl.col(f"{column}_"))
        for column in counted
    }
    yield from _rows(name, both, rules)


def _states() -> dict[str, pl.Expr]:
    """Rules between the columns of a current member."""
    import polars as pl

    reach, state, spoken = pl.col("reach"), pl.col("state"), pl.col("conversations") > 0
    uninvited, met = ["not_yet_approached", "known_to_wij"], ["in_contact", "overdue", "in_support"]
    return {
        "spoken without a conversation, or the reverse": (reach == "spoken") != spoken,
        "not approached but invited, or the reverse": reach.is_in(uninvited) != (pl.col("invitations") == 0),
        "known to WIJ in one column only": (reach == "known_to_wij") != pl.col("known_to_wij"),
        "never invited or known to WIJ in one column only": (
            (reach == "not_yet_approached") != (state == "never_invited")
        )
        | ((reach == "known_to_wij") != (state == "known_to_wij")),
        "declined or not reached with another state": reach.is_in(["declined", "not_reached"])
        & (reach != state),
        "in contact, overdue or in support without a conversation": state.is_in(met) & ~spoken,
        "support in one column only": (pl.col("support") != "none") != (state == "in_support"),
        "a category of follow-up without a conversation, or the reverse": pl.col("follow_up").is_null()
        == spoken,
        "an activity without a conversation, or the reverse": pl.col("activity").is_null() == spoken,
        "referred without a conversation": pl.col("referred") & ~spoken,
    }
