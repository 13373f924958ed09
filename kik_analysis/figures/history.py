"""The published history in figures: reach, follow-up, the funnel, and what happened when."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts import history, timeline
from kik_analysis.facts.claims import claims
from kik_analysis.facts.periods import last_day
from kik_analysis.facts.timeline import Sort, Status
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.style import Page, year_of
from kik_analysis.language.sentences import Ref

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OLDEST, LETTER, PREVIOUS, REPLY, PROPOSAL = "W001", "L082", "L004", "D001", "Z001"
"""The claims that date the documents."""
ROW, NARROW = 0.22, 0.46
"""Height of a row of the timeline, in inches; on a phone, where words stand above their mark."""
PHASE, DOT = 0.13, 7.0
"""Thickness of a phase, in inches; size of a mark, in points."""
DAYS = {"oldest": OLDEST, "letter": LETTER, "previous": PREVIOUS, "reply": REPLY, "proposal": PROPOSAL}


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


# ---- what happened when


def timeline_2015_2023() -> Exhibit:
    """Return the timeline of documents, phases and counts."""
    words = {**{name: day(claim) for name, claim in DAYS.items()}, "end": history.end()}
    return Exhibit("timeline", "history.timeline", timeline.timeline(), {}, words).drawn(_timeline)


def _timeline(shown: Exhibit, page: Page) -> Figure:
    events = shown.table.frame.to_dicts()
    kinds = list(dict.fromkeys(one["kind"] for one in events))
    rows = len(events) + len(kinds) + 1
    tall = NARROW if page.narrow else ROW
    figure, ax = page.sheet(shown, tall * rows, above=ROW)
    first = min(one["start"] for one in events).year
    last = max(one["end"] for one in events).year + 1
    ax.set(xlim=(first, last), ylim=(rows - 0.5, -0.5), yticks=[])
    named = range(first, last, 2 if page.narrow else 1)
    ax.set_xticks([year + 0.5 for year in named], labels=[str(year) for year in named])
    ax.tick_params(axis="x", labeltop=True, labelbottom=False)
    style.plain(ax, baseline=False)
    ax.tick_params(axis="x", labeltop=True)
    letter = year_of(day(LETTER))
    for year, colour in (*((one, style.GRID) for one in range(first, last + 1)), (letter, style.INK)):
        ax.axvline(year, color=colour, linewidth=0.9, zorder=0.5)
    y, head = 0, {"weight": "bold", "color": style.MUTED, "size": style.LABEL}
    for kind in kinds:
        _words(ax, Label(f"history.kind.{kind}", look=head), y, first, first, page)
        for row, one in enumerate(events):
            if one["kind"] == kind:
                y += 1
                _mark(ax, one, y)
                _words(ax, _label(shown, row, page), y, year_of(one["start"]), year_of(one["end"]), page)
        y += 1
    # counting ends here: what lies to the right was said or intended
    _words(ax, Label("history.last_count", {"day": shown.words["letter"]}), y, letter, letter, page)
    return figure


def _label(shown: Exhibit, row: int, page: Page) -> Label:
    event = shown.table.frame.row(row, named=True)
    if event["count"] is not None:
        return Label(f"history.counted.{event['event']}", {"count": shown.table.at(row, "count")})
    label = Label(f"history.event.{event['event']}")
    if event["kind"] == Sort.DOCUMENT and event["known_to"] == "day":
        return Label("history.dated", {"what": label.text(page.lang), "day": event["start"]})
    return label


def _words(ax: Axes, label: Label, y: float, start: float, end: float, page: Page) -> None:
    """Write words on white: at the right of a mark, at its left where they would leave the figure.

    On a phone they stand above the mark.
    """
    look: dict[str, Any] = {"size": style.SMALL, "ha": "left", **label.look}
    inch, text = style.inch(ax), label.text(page.lang)
    wide = style.inches(text.plain, look["size"], bold="weight" in look) * inch
    gap = (style.GAP + DOT / style.POINTS) * inch if "weight" not in look else 0.0
    x, last, most = end + gap, ax.get_xlim()[1], None
    if page.narrow and "weight" in look:
        y -= 0.25
    elif page.narrow:
        most, look["va"] = style.size(ax)[0], "bottom"
        x, y = max(min(start, last - wide), ax.get_xlim()[0]), y - 0.24
    elif x + wide > last:
        x, look["ha"] = start - gap, "right"
    box = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 1.0}
    Label(label.key, text, look={"bbox": box, "zorder": 2, **look}).write(ax, x, y, page.lang, most)


def _mark(ax: Axes, event: dict[str, Any], y: float) -> None:
    """Draw a phase as a bar, a document as a diamond, a count as a disc; what was not observed is white."""
    from matplotlib.patches import Polygon

    colour, status = style.COLOURS[Evidence.PUBLISHED], Status(event["status"])
    edge = "dotted" if status is Status.ANNOUNCED else "solid"
    face = colour if status is Status.OBSERVED else style.WHITE
    look: dict[str, Any] = {"facecolor": face, "edgecolor": colour, "linestyle": edge, "linewidth": 1.3}
    start, end = year_of(event["start"]), year_of(event["end"])
    if event["kind"] == Sort.PHASE:
        ax.barh(y, end - start, PHASE * style.rows(ax), start, **look)
        if not event["ended"]:
            ax.plot(end, y, marker=9, markersize=DOT, color=colour, linestyle="none")
        return
    ax.plot([start, end], [y, y], color=colour, linewidth=1.6, linestyle=edge)
    # on paper and not in the units of the axes
    wide, tall = (DOT / style.POINTS * one / 2 for one in (style.inch(ax), style.rows(ax)))
    sides, scale = (4, 1.25) if event["kind"] == Sort.DOCUMENT else (48, 1.0)
    turns = [2 * math.pi * corner / sides for corner in range(sides)]
    corners = [(end + scale * wide * math.cos(t), y + scale * tall * math.sin(t)) for t in turns]
    ax.add_patch(Polygon(corners, zorder=3, **look))
