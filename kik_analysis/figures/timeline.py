"""What happened when: documents, phases and counts on one axis of years."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts import history, timeline
from kik_analysis.facts.claims import claims
from kik_analysis.facts.periods import last_day
from kik_analysis.facts.timeline import Sort, Status
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OLDEST, LETTER, PREVIOUS, REPLY, PROPOSAL = "W001", "L082", "L004", "D001", "Z001"
ROW = 0.26
"""Height of a row, in inches."""
BAR = 0.5
"""Thickness of a phase as a part of its row."""
DOT = 7.0
"""Size of a mark, in points."""
HALF = 0.5


def years(day: datetime.date) -> float:
    """Return a day as a year with a fraction, for the axis."""
    start = datetime.date(day.year, 1, 1)
    return day.year + (day - start).days / (datetime.date(day.year + 1, 1, 1) - start).days


@dataclass(frozen=True)
class _Mark:
    """One event in the figure: where it lies, what stands beside it."""

    row: int
    y: float
    sort: Sort
    status: Status
    start: float
    end: float
    ended: bool
    label: Text
    key: str


@dataclass(frozen=True, order=True)
class _Span:
    """The room that a label takes: its row, and from where to where."""

    y: float
    left: float
    right: float


def timeline_2015_2023() -> Exhibit:
    """Return the timeline of documents, phases and counts."""
    table = timeline.timeline()
    places = {name: row for row, name in enumerate(table.frame["event"])}
    counts = ("invitations", "conversations", "group", "spoken", "declined_or_no_show", "hard_to_reach")
    cells = {name: table.cell(places[name], table.column("count")) for name in counts}
    numbers = {name: number for name, number in cells.items() if number is not None}
    days = {"oldest": OLDEST, "letter": LETTER, "previous": PREVIOUS, "reply": REPLY, "proposal": PROPOSAL}
    words = {name: last_day(claims()[claim].as_of) for name, claim in days.items()}
    shown = Exhibit("timeline", "history.timeline", table, numbers, {**words, "end": history.end()})
    return replace(shown, draw=partial(_draw, shown))


def _marks(exhibit: Exhibit, lang: Lang) -> list[_Mark]:
    table = exhibit.table
    assert table is not None
    marks: list[_Mark] = []
    y, before = 0.0, ""
    for row, event in enumerate(table.frame.iter_rows(named=True)):
        sort, status = Sort(event["kind"]), Status(event["status"])
        y += 1.0 if event["kind"] == before else 2.0 if before else 1.0
        before = event["kind"]
        key = f"history.event.{event['event']}"
        label = sentences.text(key, lang)
        count = table.cell(row, table.column("count"))
        if count is not None:
            key = f"history.counted.{event['event']}"
            label = sentences.text(key, lang, count=count)
        elif sort is Sort.DOCUMENT and event["known_to"] == "day":
            key = "history.dated"
            label = sentences.text(key, lang, what=label, day=event["start"])
        start, end = years(event["start"]), years(event["end"])
        marks.append(_Mark(row, y, sort, status, start, end, event["ended"], label, key))
    return marks


def _draw(exhibit: Exhibit, lang: Lang) -> Figure:
    with style.house():
        marks = _marks(exhibit, lang)
        figure, ax = style.sheet(exhibit, lang, ROW * (marks[-1].y + 2.4), above=ROW / 2)
        bottom = marks[-1].y + 1.4
        first, last = _axis(ax, marks, bottom)
        spans: list[_Span] = []
        heads: set[Sort] = set()
        for mark in marks:
            if mark.sort not in heads:
                heads.add(mark.sort)
                key = f"history.kind.{mark.sort}"
                text = sentences.text(key, lang)
                look = {"weight": "bold", "color": style.MUTED, "size": style.LABEL}
                spans.append(_label(ax, first, mark.y - 1, text, key, **look))
            _draw_mark(ax, mark)
            spans.append(_beside(ax, mark))
        day = exhibit.words["letter"]
        assert isinstance(day, datetime.date)
        text, key = sentences.text("history.last_count", lang, day=day), "history.last_count"
        spans.append(_label(ax, years(day) + style.GAP * _inch(ax), bottom - 0.3, text, key))
        for year in range(first, last + 1):
            _upright(ax, year, -1, bottom, spans, style.GRID)
        # counting ends here: what lies to the right was said or intended
        _upright(ax, years(day), 0, bottom, spans, style.INK)
        return figure


def _axis(ax: Axes, marks: list[_Mark], bottom: float) -> tuple[int, int]:
    """Set an axis of whole years, each named in its middle; return the first year and the end of the last."""
    first = min(int(mark.start) for mark in marks)
    last = max(int(mark.end) for mark in marks) + 1
    ax.set(xlim=(first, last), ylim=(bottom, -1))
    named = range(first, last)
    ax.set_xticks([year + HALF for year in named], labels=[str(year) for year in named])
    ax.tick_params(axis="x", top=False, bottom=False, labeltop=True, labelbottom=False)
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return first, last


def _inch(ax: Axes) -> float:
    """Return the years in an inch of the axis."""
    low, high = ax.get_xlim()
    return (high - low) / (ax.get_position().width * style.WIDTH)


def _label(ax: Axes, x: float, y: float, text: Text, key: str, **look: Any) -> _Span:
    """Write a label and return the room that it takes."""
    styled = {"size": style.SMALL, "ha": "left", **look}
    style.label_text(ax, x, y, text, key, **styled)
    bold = styled.get("weight") == "bold"
    wide = style.inches(text.plain, styled["size"], bold=bold) * _inch(ax)
    return _Span(y, x, x + wide) if styled["ha"] == "left" else _Span(y, x - wide, x)


def _upright(ax: Axes, x: float, top: float, bottom: float, spans: list[_Span], colour: str) -> None:
    """Draw an upright line that leaves room for every label in its way."""
    gap = style.GAP / 2 * _inch(ax)
    y = top
    for span in sorted(span for span in spans if span.left - gap < x < span.right + gap):
        if span.y - HALF > y:
            ax.plot([x, x], [y, span.y - HALF], color=colour, linewidth=0.9, zorder=0.5)
        y = max(y, span.y + HALF)
    if bottom > y:
        ax.plot([x, x], [y, bottom], color=colour, linewidth=0.9, zorder=0.5)


def _draw_mark(ax: Axes, mark: _Mark) -> None:
    colour = style.COLOURS[Evidence.PUBLISHED]
    filled = mark.status is Status.OBSERVED
    edge = "dotted" if mark.status is Status.ANNOUNCED else "solid"
    face = colour if filled else style.WHITE
    if mark.sort is Sort.PHASE:
        width = mark.end - mark.start
        ax.barh(
            mark.y, width, BAR, mark.start, facecolor=face, edgecolor=colour, linestyle=edge, linewidth=1.3
        )
        if not mark.ended:
            ax.plot(mark.end, mark.y, marker=9, markersize=DOT, color=colour, linestyle="none")
    else:
        ax.plot([mark.start, mark.end], [mark.y, mark.y], color=colour, linewidth=1.6, linestyle=edge)
        _point(ax, mark, face, colour, edge)


def _point(ax: Axes, mark: _Mark, face: str, colour: str, edge: str) -> None:
    """Draw a document as a diamond, a count as a disc, on paper and not in the units of the axes."""
    from matplotlib.patches import Polygon

    wide = DOT / style.POINTS * _inch(ax) / 2
    tall = DOT / style.POINTS / ROW / 2
    sides = 4 if mark.sort is Sort.DOCUMENT else 48
    turns = [2 * math.pi * corner / sides for corner in range(sides)]
    scale = 1.25 if mark.sort is Sort.DOCUMENT else 1.0
    corners = [(mark.end + scale * wide * math.cos(t), mark.y + scale * tall * math.sin(t)) for t in turns]
    ax.add_patch(Polygon(corners, facecolor=face, edgecolor=colour, linestyle=edge, linewidth=1.3, zorder=3))


def _beside(ax: Axes, mark: _Mark) -> _Span:
    """Write the label at the right of its mark, or at the left where it would leave the figure."""
    inch = _inch(ax)
    gap = (style.GAP + DOT / style.POINTS) * inch
    right = mark.end + gap + style.inches(mark.label.plain, style.SMALL) * inch <= ax.get_xlim()[1]
    x = mark.end + gap if right else mark.start - gap
    return _label(ax, x, mark.y, mark.label, mark.key, ha="left" if right else "right")
