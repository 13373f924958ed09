"""What must hold of any register, whatever its size, draw and seed: all problems at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kik_analysis.errors import DataError
from kik_analysis.people.attributes import least_days
from kik_analysis.people.register import (
    CODES,
    FLAG,
    FORMER,
    INVITATIONS,
    KINDS,
    MEMBERS,
    SCHEMA,
    WHOLE,
    Register,
    frame_types,
)

if TYPE_CHECKING:
    import polars as pl

OPTIONAL = {
    MEMBERS: {
        "follow_up",
        "activity",
        "first_invitation",
        "last_invitation",
        "last_conversation",
        "weeks_since_conversation",
        "weeks_since_offer",
        "next_due",
    },
    FORMER: {"activity", "last_conversation"},
    INVITATIONS: set[str](),
}
"""Columns that may be empty."""


def problems(register: Register) -> list[str]:
    """Return everything that is wrong with a register, one line each; an empty list when it is right."""
    found = [line for name, table in register.tables.items() for line in _shape(name, table)]
    return found if found else list(_content(register))


def validate(register: Register) -> None:
    """Check a register.

    Raises
    ------
    DataError
        With every problem, one line each.
    """
    found = problems(register)
    if found:
        raise DataError(found)


def _shape(name: str, table: pl.DataFrame) -> Iterator[str]:
    import polars as pl

    expected = frame_types(name)
    if dict(table.schema) != expected:
        yield f"{name}: columns or kinds differ from the schema ({', '.join(SCHEMA[name])})"
        return
    for column, kind in SCHEMA[name].items():
        empty = table[column].null_count()
        if empty and column not in OPTIONAL[name]:
            yield f"{name}.{column}: {empty} empty cells"
        if kind == WHOLE and table.filter(pl.col(column) < 0).height:
            yield f"{name}.{column}: a negative number"
        if column in CODES and kind != FLAG:
            strange = set(table[column].drop_nulls().unique()) - set(CODES[column])
            if strange:
                yield f"{name}.{column}: unknown code {min(strange)}"


def _rows(name: str, what: str, wrong: pl.DataFrame) -> Iterator[str]:
    if wrong.height:
        yield f"{name}: {what}: {wrong.height} rows, first {wrong['person'][0]}"


def _content(register: Register) -> Iterator[str]:
    import polars as pl

    members, former, sent = register.members, register.former, register.invitations
    people = pl.concat([members["person"], former["person"]])
    if people.n_unique() < len(people):
        yield "members, former: a person stands twice"
    yield from _rows(
        INVITATIONS, "of nobody in the register", sent.filter(~pl.col("person").is_in(people.implode()))
    )
    yield from _rows(
        INVITATIONS, "answered before it was sent", sent.filter(pl.col("answered") < pl.col("sent"))
    )
    yield from _chains(sent)
    left = sent.join(former.select("person", "left"), on="person")
    yield from _rows(INVITATIONS, "after leaving", left.filter(pl.col("answered") >= pl.col("left")))
    for name, table in ((MEMBERS, members), (FORMER, former)):
        yield from _summary(name, table, sent)
        early = pl.col("first_invitation") < pl.col("benefit_start") + pl.duration(days=least_days() - 1)
        yield from _rows(name, "invited within the first year on benefit", table.filter(early))
    yield from _states(members)


def _chains(sent: pl.DataFrame) -> Iterator[str]:
    import polars as pl

    ordered = sent.sort("person", "number")
    after = pl.col("sent") < pl.col("answered").shift(1).over("person")
    yield from _rows(INVITATIONS, "sent before the one before it was answered", ordered.filter(after))
    number = pl.int_range(1, pl.len() + 1).over("person")
    yield from _rows(INVITATIONS, "numbers that do not count up", ordered.filter(pl.col("number") != number))
    talked = (pl.col("answer") == "conversation").cast(pl.Int64)
    before = (talked.cum_sum() - talked).over("person") > 0
    first, again, follow_up = (pl.lit(kind) for kind in KINDS)
    kind = pl.when(before).then(follow_up).when(pl.col("number") == 1).then(first).otherwise(again)
    yield from _rows(
        INVITATIONS, "kind does not fit what went before", ordered.filter(pl.col("kind") != kind)
    )


def _summary(name: str, table: pl.DataFrame, sent: pl.DataFrame) -> Iterator[str]:
    """Check what a person's row says of the invitations against the invitations."""
    import polars as pl

    talked = pl.col("answer") == "conversation"
    added = sent.group_by("person").agg(
        pl.len().cast(pl.Int64).alias("invitations_"),
        talked.sum().cast(pl.Int64).alias("conversations_"),
        pl.col("sent").min().alias("first_invitation_"),
        pl.col("sent").max().alias("last_invitation_"),
        pl.col("answered").filter(talked).max().alias("last_conversation_"),
    )
    both = table.join(added, on="person", how="left").with_columns(
        pl.col("invitations_", "conversations_").fill_null(0)
    )
    for column in (
        "invitations",
        "conversations",
        "first_invitation",
        "last_invitation",
        "last_conversation",
    ):
        same = pl.col(column).eq_missing(pl.col(f"{column}_"))
        yield from _rows(name, f"{column} differs from the invitations", both.filter(~same))


def _states(members: pl.DataFrame) -> Iterator[str]:
    import polars as pl

    reach, state = pl.col("reach"), pl.col("state")
    spoken = pl.col("conversations") > 0
    rules = {
        "spoken without a conversation, or the reverse": (reach == "spoken") != spoken,
        "not approached but invited, or the reverse": reach.is_in(["not_yet_approached", "known_to_wij"])
        != (pl.col("invitations") == 0),
        "known to WIJ in one column only": (reach == "known_to_wij") != pl.col("known_to_wij"),
        "never invited or known to WIJ in one column only": (
            (reach == "not_yet_approached") != (state == "never_invited")
        )
        | ((reach == "known_to_wij") != (state == "known_to_wij")),
        "declined or not reached with another state": reach.is_in(["declined", "not_reached"])
        & (reach != state),
        "in contact, overdue or in support without a conversation": state.is_in(
            ["in_contact", "overdue", "in_support"]
        )
        & ~spoken,
        "support in one column only": (pl.col("support") != "none") != (state == "in_support"),
        "a category of follow-up without a conversation, or the reverse": pl.col("follow_up").is_null()
        == spoken,
        "an activity without a conversation, or the reverse": pl.col("activity").is_null() == spoken,
        "referred without a conversation": pl.col("referred") & ~spoken,
    }
    for what, wrong in rules.items():
        yield from _rows(MEMBERS, what, members.filter(wrong))
