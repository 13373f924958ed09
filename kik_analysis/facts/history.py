"""The published history as tables: the two figures of the letter of 2019 and the funnel of 2015-2019.

Counts come from claims and from nothing else. Where words leave a count open ("somewhat over 1,000") its
range stands beside it; whom the letter does not account for is a row of its own, never spread over the
others; unique people behind the invitations are a range without a point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Estimate
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Column, Table, tabulate
from kik_analysis.facts import bounds, followup, funnel, reach
from kik_analysis.facts.claims import claims
from kik_analysis.facts.precision import Precision
from kik_analysis.facts.values import agrees, estimate, limits, value

if TYPE_CHECKING:
    import polars as pl

PEOPLE = ("people_invited", "people_spoken")
"""Quantities of the bounds that the funnel shows: unique people behind invitations and conversations."""


def _joined(*names: str) -> str:
    return CLAIM_SEPARATOR.join(names)


def _reach() -> pl.DataFrame:
    import polars as pl

    rows = []
    for category in reach.REACH:
        share, printed = reach.share_of_group(category.count), claims()[category.share]
        rows.append(
            {
                "category": category.name,
                "persons": value(category.count),
                "share": share,
                "share_printed": printed.number,
                "recomputes": agrees(share, printed),
                "claims": _joined(category.count, reach.GROUP, category.share),
            }
        )
    return pl.DataFrame(rows)


def figure1_reach() -> Table:
    """Return Figure 1: one row per category, its share recomputed beside the printed one."""
    columns = (
        Column("category", words="history.reach"),
        Column("persons", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("share", "decimal", "share", shown=1),
        Column("share_printed", "decimal", "share", evidence=Evidence.PUBLISHED),
        Column("recomputes", "boolean"),
        Column("claims"),
    )
    return tabulate("figure1_reach", _reach, columns)


def _variants() -> pl.DataFrame:
    import polars as pl

    rows = []
    for name, backlog, declined in (
        ("figure", reach.NOT_APPROACHED, reach.DECLINED_OR_WIJ),
        ("text_backlog", reach.NOT_APPROACHED_TEXT, reach.DECLINED_OR_WIJ),
        ("text_both", reach.NOT_APPROACHED_TEXT, reach.DECLINED_OR_WIJ_TEXT),
    ):
        parts = (reach.SPOKEN, backlog, declined, reach.NOT_REACHED)
        summed = sum(value(part) for part in parts)
        rows.append(
            {
                "variant": name,
                "not_yet_approached": value(backlog),
                "declined_or_wij": value(declined),
                "sum": summed,
                "short": value(reach.GROUP) - summed,
                "claims": _joined(*parts, reach.GROUP),
            }
        )
    return pl.DataFrame(rows)


def figure1_variants() -> Table:
    """Return what Figure 1 adds up to with its own numbers and with the rounded ones of the running text."""
    columns = (
        Column("variant", words="history.variant"),
        Column("not_yet_approached", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("declined_or_wij", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("sum", "whole", "persons"),
        Column("short", "whole", "persons"),
        Column("claims"),
    )
    return tabulate("figure1_variants", _variants, columns)


def _followup() -> pl.DataFrame:
    import polars as pl

    rows: list[dict[str, object]] = []
    for category, name in followup.FOLLOWUP.items():
        claim = claims()[name]
        low, high = limits(claim)
        rows.append(
            {
                "category": category,
                "persons": claim.number,
                "low": low,
                "high": high,
                "precision": str(claim.precision),
                "claims": name,
            }
        )
    rest = followup.remainder()
    rows.append(
        {
            "category": followup.UNACCOUNTED,
            "persons": rest.value,
            "low": rest.low,
            "high": rest.high,
            "precision": str(Precision.DERIVED),
            "claims": _joined(reach.SPOKEN, *followup.FOLLOWUP.values()),
        }
    )
    return pl.DataFrame(rows)


def figure2_followup() -> Table:
    """Return Figure 2: the four printed numbers with what their wording leaves open, and the remainder."""
    columns = (
        Column("category", words="history.followup"),
        Column("persons", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("low", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("high", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("precision", words="history.precision"),
        Column("claims"),
    )
    exceptions = {(followup.UNACCOUNTED, "persons"): Evidence.RECOMPUTED}
    return tabulate("figure2_followup", _followup, columns, exceptions=exceptions)


def _funnel() -> pl.DataFrame:
    import polars as pl

    no_contact = (funnel.NO_CONTACT_SHARE, funnel.INVITATIONS)
    steps: list[tuple[str, str, Estimate, str]] = [
        ("invitations", "invitations", estimate(funnel.INVITATIONS), funnel.INVITATIONS),
        ("conversations", "conversations", estimate(funnel.CONVERSATIONS), funnel.CONVERSATIONS),
        ("declined", "invitations", funnel.declined(), _joined(*no_contact, funnel.CONVERSATIONS)),
        ("no_contact", "invitations", funnel.no_contact(), _joined(*no_contact)),
    ]
    for name in PEOPLE:
        found = bounds.bound(name)
        steps.append((name, found.unit, found.estimate(), _joined(*found.claims)))
    rows = [
        {"step": step, "unit": unit, "count": e.value, "low": e.low, "high": e.high, "claims": names}
        for step, unit, e, names in steps
    ]
    return pl.DataFrame(rows)


def funnel_2015_2019() -> Table:
    """Return the funnel in invitations, and the unique people behind it as ranges."""
    columns = (
        Column("step", words="history.step"),
        Column("unit", words="tables.unit"),
        Column("count", "whole", "count"),
        Column("low", "whole", "count", evidence=Evidence.BOUNDED),
        Column("high", "whole", "count", evidence=Evidence.BOUNDED),
        Column("claims"),
    )
    printed = {
        (step, column): Evidence.PUBLISHED
        for step in ("invitations", "conversations")
        for column in ("count", "low", "high")
    }
    return tabulate("funnel_2015_2019", _funnel, columns, exceptions=printed)
