"""The published history in figures: reach, follow-up and the funnel."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts import history
from kik_analysis.facts.claims import claims
from kik_analysis.facts.periods import last_day
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.style import Page
from kik_analysis.language.sentences import Ref

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OLDEST, LETTER, PREVIOUS, REPLY, PROPOSAL = "W001", "L082", "L004", "D001", "Z001"
"""The claims that date the documents."""


def day(claim: str) -> datetime.date:
    """Return the last day that a claim's date leaves open."""
    return last_day(claims()[claim].as_of)


def _of_the_letter(table: Table, figure: str, *stems: str, **numbers: Number) -> Exhibit:
    words = {"letter": day(LETTER), "end": history.end(), "figure": Ref(figure)}
    return Exhibit(table.name, f"history.{table.name}", table, numbers, words, stems=stems)


def figure1_reach() -> Exhibit:
    """Return Figure 1 of the letter of 2019: how far the group had been reached."""
    return _of_the_letter(history.figure1_reach(), "1", "figure1").drawn(_reach)


def _reach(shown: Exhibit, page: Page) -> Figure:
    rows = []
    split = Label("history.reach.split", {}, 0.2, {"size": style.SMALL, "color": style.MUTED})
    for row, (category, persons) in enumerate(shown.table.frame.select("category", "persons").iter_rows()):
        two = category == "declined_or_wij"
        values = {name: shown.table.at(row, name) for name in ("persons", "share")}
        label = Label("history.label.count_share", values, -0.17 if two else 0.0)
        kind, labels = ("striped", (label, split)) if two else ("bar", (label,))
        rows.append(Bar(f"history.reach.{category}", persons, persons, labels, kind=kind))
    return charts.bars(page, shown, rows)[0]


def figure1_variants() -> Exhibit:
    """Return the sums of Figure 1 with its own numbers and with those of the running text, as a table."""
    return _of_the_letter(history.figure1_variants(), "1")


def figure2_followup() -> Exhibit:
    """Return Figure 2 of the letter of 2019: what followed, and for whom the letter names nothing."""
    return _of_the_letter(history.figure2_followup(), "2", "figure2", "figure1").drawn(_followup)


def _followup(shown: Exhibit, page: Page) -> Figure:
    rows = []
    for row, one in enumerate(shown.table.frame.iter_rows(named=True)):
        rest = one["category"] == history.UNACCOUNTED
        values = {part: shown.table.at(row, part) for part in ("persons", "low", "high")}
        open_ = one["high"] > one["low"]
        label = Label(f"history.label.{one['precision']}", values if open_ else values["persons"])
        evidence, kind = (Evidence.RECOMPUTED, "gap") if rest else (Evidence.PUBLISHED, "bar")
        name = f"history.followup.{one['category']}"
        rows.append(Bar(name, one["low"], one["high"], (label,), evidence, kind))
    return charts.bars(page, shown, rows)[0]


def funnel_2015_2019() -> Exhibit:
    """Return the funnel in invitations, and the people behind it as ranges."""
    computed = (history.funnel_declined, history.funnel_no_contact)
    found = [one() for one in (*computed, history.funnel_people_invited, history.funnel_people_spoken)]
    numbers = {one.id.rpartition(".")[2]: one for one in found}
    return _of_the_letter(history.funnel_2015_2019(), "1", "funnel", **numbers).drawn(_funnel)


def _funnel(shown: Exhibit, page: Page) -> Figure:
    rows = []
    for row, one in enumerate(shown.table.frame.iter_rows(named=True)):
        limits = {part: shown.table.at(row, part) for part in ("low", "high")}
        kind, evidence = "bar", Evidence.PUBLISHED
        if one["count"] is None:
            kind, evidence, label = "range", Evidence.BOUNDED, Label("history.label.between", limits)
        elif one["low"] == one["high"]:
            label = Label("", shown.table.at(row, "count"))
        else:
            values = {"persons": shown.table.at(row, "count"), **limits}
            evidence, label = Evidence.RECOMPUTED, Label("history.label.derived", values)
        rows.append(Bar(f"history.step.{one['step']}", one["low"], one["high"], (label,), evidence, kind))
    figure, ax = charts.bars(page, shown, rows)
    people = shown.table.frame["unit"].to_list().index("persons")
    left = -charts.GUTTER / style.size(ax)[0]
    ax.axhline(
        people - (0.67 if page.narrow else 0.5), xmin=left, color=style.GRID, linewidth=1, clip_on=False
    )
    return figure
