"""The register beside the claims it must reproduce: one row per claim, counted again from its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts import followup, funnel, reach
from kik_analysis.facts.claims import claims
from kik_analysis.facts.periods import last_day
from kik_analysis.people.register import Register
from kik_analysis.people.targets import ACTIVE, EARLY, EARLY_SPOKEN, REFERRED, SECOND_SUCCESS, WANTS

if TYPE_CHECKING:
    import polars as pl

COUNTS, SHARES = "register_claims", "register_shares"
DECLINED_SHARE, CONVERSATION_SHARE = "L014", "L012"
Tally = Callable[["_Counted"], float]


@dataclass(frozen=True)
class _Counted:
    """What can be counted in a register."""

    register: Register

    def members(self, column: str, *values: str) -> int:
        """Return the current members with one of some values in a column."""
        import polars as pl

        return self.register.members.filter(pl.col(column).is_in(values)).height

    def answers(self, answer: str) -> int:
        """Return the invitations with an answer."""
        import polars as pl

        return self.register.invitations.filter(pl.col("answer") == answer).height

    @property
    def group(self) -> int:
        return self.register.members.height

    @property
    def invitations(self) -> int:
        return self.register.invitations.height

    def second(self, *, held: bool) -> int:
        """Return the invitations to people spoken to before; ``held``: only those with a conversation."""
        import polars as pl

        mine = self.register.invitations.filter(pl.col("kind") == "follow_up")
        return mine.filter(pl.col("answer") == "conversation").height if held else mine.height

    def early(self, *, spoken: bool) -> int:
        """Return the people invited, or spoken to, up to the last day of the early count."""
        import polars as pl

        until = last_day(claims()[EARLY].as_of)
        sent = self.register.invitations
        if spoken:
            mine = sent.filter((pl.col("answer") == "conversation") & (pl.col("answered") <= until))
        else:
            mine = sent.filter(pl.col("sent") <= until)
        return mine["person"].n_unique()

    def ever(self, column: str, value: str | bool) -> int:
        """Return the people, current and former, with a value in a column."""
        import polars as pl

        tables = (self.register.members, self.register.former)
        return sum(table.filter(pl.col(column) == value).height for table in tables)

    @property
    def spoken(self) -> int:
        return (
            self.ever("activity", "active")
            + self.ever("activity", "wants_to")
            + self.ever("activity", "neither")
        )


COUNTED: Mapping[str, Tally] = {
    reach.GROUP: lambda r: r.group,
    reach.SPOKEN: lambda r: r.members("reach", "spoken"),
    reach.NOT_APPROACHED: lambda r: r.members("reach", "not_yet_approached"),
    reach.DECLINED_OR_WIJ: lambda r: r.members("reach", "declined", "known_to_wij"),
    reach.NOT_REACHED: lambda r: r.members("reach", "not_reached"),
    reach.NOT_APPROACHED_TEXT: lambda r: r.members("reach", "not_yet_approached"),
    reach.DECLINED_OR_WIJ_TEXT: lambda r: r.members("reach", "declined", "known_to_wij"),
    funnel.INVITATIONS: lambda r: r.invitations,
    funnel.CONVERSATIONS: lambda r: r.answers("conversation"),
    EARLY: lambda r: r.early(spoken=False),
    REFERRED: lambda r: r.ever("referred", True),
    followup.SUPPORT: lambda r: r.members("support", "programme"),
    followup.HELP: lambda r: r.members("support", "social_help"),
    followup.OWN_GOALS: lambda r: r.members("follow_up", "own_goals"),
    followup.NO_QUESTION: lambda r: r.members("follow_up", "no_question"),
    "L0493": lambda r: r.members("follow_up", "not_accounted_for"),
}
"""Claims that are counts."""

SHARED: Mapping[str, Tally] = {
    "L043": lambda r: r.members("reach", "spoken") / r.group,
    "L0471": lambda r: r.members("reach", "not_yet_approached") / r.group,
    "L045": lambda r: r.members("reach", "declined", "known_to_wij") / r.group,
    "L046": lambda r: r.members("reach", "not_reached") / r.group,
    CONVERSATION_SHARE: lambda r: r.answers("conversation") / r.invitations,
    funnel.NO_CONTACT_SHARE: lambda r: r.answers("no_contact") / r.invitations,
    DECLINED_SHARE: lambda r: r.answers("declined") / r.invitations,
    SECOND_SUCCESS: lambda r: r.second(held=True) / r.second(held=False),
    EARLY_SPOKEN: lambda r: r.early(spoken=True) / r.early(spoken=False),
    ACTIVE: lambda r: r.ever("activity", "active") / r.spoken,
    WANTS: lambda r: r.ever("activity", "wants_to") / (r.spoken - r.ever("activity", "active")),
}
"""Claims that are shares."""


def _rows(register: Register, tallies: Mapping[str, Tally]) -> pl.DataFrame:
    import polars as pl

    register.note()
    counted = _Counted(register)
    rows = []
    for name, tally in tallies.items():
        claim = claims()[name]
        found = tally(counted)
        low, high = claim.low, claim.high
        agrees = (low is None or low <= found) and (high is None or found <= high)
        rows.append(
            {
                "claim": name,
                "published": claim.number,
                "low": low,
                "high": high,
                "register": found,
                "agrees": agrees,
            }
        )
    return pl.DataFrame(rows)


def _columns(kind: str, unit: str, shown: int) -> tuple[Column, ...]:
    def one(name: str, evidence: Evidence) -> Column:
        return Column(name, "whole" if kind == "whole" else "decimal", unit, shown=shown, evidence=evidence)

    return (
        Column("claim"),
        one("published", Evidence.PUBLISHED),
        one("low", Evidence.BOUNDED),
        one("high", Evidence.BOUNDED),
        one("register", Evidence.SIMULATED),
        Column("agrees", "boolean"),
    )


def register_claims(register: Register) -> Table:
    """Return the counts: ``claim``, ``published``, ``low``, ``high``, ``register``, ``agrees``.

    Only a register of the published size is meant to agree.
    """
    return tabulate(COUNTS, lambda: _rows(register, COUNTED), _columns("whole", "count", 0))


def register_shares(register: Register) -> Table:
    """Return the printed shares, with the same columns as :func:`register_claims`."""
    return tabulate(SHARES, lambda: _rows(register, SHARED), _columns("decimal", "share", 1))


def disagreements(register: Register) -> list[str]:
    """Return the claims that a register does not reproduce."""
    import polars as pl

    tables = (register_claims(register), register_shares(register))
    return [name for table in tables for name in table.frame.filter(~pl.col("agrees"))["claim"]]
