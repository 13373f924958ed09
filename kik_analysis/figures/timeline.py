"""What happened when: documents, phases and counts on one axis of years."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts import history, timeline
from kik_analysis.facts.timeline import Sort, Status
from kik_analysis.figures import style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, OLDEST, PREVIOUS, PROPOSAL, REPLY, day
from kik_analysis.figures.style import Page
from kik_analysis.language.notation import Lang

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.26
"""Height of a row, in inches."""
BAR, DOT = 0.5, 7.0
"""Thickness of a phase as a part of its row; size of a mark, in points."""
HALF = 0.5
DAYS = {"oldest": OLDEST, "letter": LETTER, "previous": PREVIOUS, "reply": REPLY, "proposal": PROPOSAL}


def years(day: datetime.date) -> float:
    """Return a day as a year with a fraction, for the axis."""
    start = datetime.date(day.year, 1, 1)
    return day.year + (day - start).days / (datetime.date(day.year + 1, 1, 1) - start).days


@dataclass(frozen=True, order=True)
class _Span:
    """The room that a label takes: its row, and from where to where."""

    y: float
    left: float
    right: float


@dataclass(frozen=True)
class _Mark:
    """One event in the figure: where it lies, what stands beside it."""

    y: float
    sort: Sort
    status: Status
    start: float
    end: float
    ended: bool
    label: Label


def timeline_2015_2023() -> Exhibit:
    """Return the timeline of documents, phases and counts."""
    words = {**{name: day(claim) for name, claim in DAYS.items()}, "end": history.end()}
    return Exhibit("timeline", "history.timeline", timeline.timeline(), {}, words).drawn(_draw)


def _marks(shown: Exhibit, lang: Lang) -> list[_Mark]:
    marks: list[_Mark] = []
    y, before = 0.0, ""
    for row, event in enumerate(shown.table.frame.iter_rows(named=True)):
        sort = Sort(event["kind"])
        y += 1.0 if event["kind"] == before or not before else 2.0
        before = event["kind"]
        label = Label(f"history.event.{event['event']}", {})
        if event["count"] is not None:
            label = Label(f"history.counted.{event['event']}", {"count": shown.table.at(row, "count")})
        elif sort is Sort.DOCUMENT and event["known_to"] == "day":
            label = Label("history.dated", {"what": label.text(lang), "day": event["start"]})
        ends = years(event["start"]), years(event["end"])
        marks.append(_Mark(y, sort, Status(event["status"]), *ends, event["ended"], label))
    return marks


def _draw(shown: Exhibit, page: Page) -> Figure:
    lang = page.lang
    marks = _marks(shown, lang)
    figure, ax = page.sheet(shown, ROW * (marks[-1].y + 2.4), above=ROW / 2)
    bottom = marks[-1].y + 1.4
    first, last = _axis(ax, marks, bottom)
    spans: list[_Span] = []
    heads: set[Sort] = set()
    for mark in marks:
        if mark.sort not in heads:
            heads.add(mark.sort)
            look = {"weight": "bold", "color": style.MUTED, "size": style.LABEL}
            spans.append(_label(ax, first, mark.y - 1, Label(f"history.kind.{mark.sort}", {}), lang, **look))
        _draw_mark(ax, mark)
        # at the right of its mark, or at the left where it would leave the figure
        gap = (style.GAP + DOT / style.POINTS) * style.inch(ax)
        wide = style.inches(mark.label.text(lang).plain, style.SMALL) * style.inch(ax)
        right = mark.end + gap + wide <= ax.get_xlim()[1]
        x, side = (mark.end + gap, "left") if right else (mark.start - gap, "right")
        spans.append(_label(ax, x, mark.y, mark.label, lang, ha=side))
    letter = shown.words["letter"]
    assert isinstance(letter, datetime.date)
    ends = Label("history.last_count", {"day": letter})
    spans.append(_label(ax, years(letter) + style.GAP * style.inch(ax), bottom - 0.3, ends, lang))
    for year in range(first, last + 1):
        _upright(ax, year, -1, bottom, spans, style.GRID)
    # counting ends here: what lies to the right was said or intended
    _upright(ax, years(letter), 0, bottom, spans, style.INK)
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


def _label(ax: Axes, x: float, y: float, label: Label, lang: Lang, **look: Any) -> _Span:
    """Write a label and return the room that it takes."""
    styled = {"size": style.SMALL, "ha": "left", **look}
    text = label.text(lang)
    style.label_text(ax, x, y, text, label.key, **styled)
    wide = style.inches(text.plain, styled["size"], bold="weight" in styled) * style.inch(ax)
    return _Span(y, x, x + wide) if styled["ha"] == "left" else _Span(y, x - wide, x)


def _upright(ax: Axes, x: float, top: float, bottom: float, spans: list[_Span], colour: str) -> None:
    """Draw an upright line that leaves room for every label in its way."""
    gap = style.GAP / 2 * style.inch(ax)
    y = top
    for span in sorted(span for span in spans if span.left - gap < x < span.right + gap):
        if span.y - HALF > y:
            ax.plot([x, x], [y, span.y - HALF], color=colour, linewidth=0.9, zorder=0.5)
        y = max(y, span.y + HALF)
    if bottom > y:
        ax.plot([x, x], [y, bottom], color=colour, linewidth=0.9, zorder=0.5)


def _draw_mark(ax: Axes, mark: _Mark) -> None:
    """Draw a phase as a bar, a document as a diamond, a count as a disc; what was not observed is white."""
    from matplotlib.patches import Polygon

    colour = style.COLOURS[Evidence.PUBLISHED]
    edge = "dotted" if mark.status is Status.ANNOUNCED else "solid"
    face = colour if mark.status is Status.OBSERVED else style.WHITE
    look: dict[str, Any] = {"facecolor": face, "edgecolor": colour, "linestyle": edge, "linewidth": 1.3}
    if mark.sort is Sort.PHASE:
        ax.barh(mark.y, mark.end - mark.start, BAR, mark.start, **look)
        if not mark.ended:
            ax.plot(mark.end, mark.y, marker=9, markersize=DOT, color=colour, linestyle="none")
        return
    ax.plot([mark.start, mark.end], [mark.y, mark.y], color=colour, linewidth=1.6, linestyle=edge)
    # on paper and not in the units of the axes
    wide, tall = DOT / style.POINTS * style.inch(ax) / 2, DOT / style.POINTS / ROW / 2
    sides, scale = (4, 1.25) if mark.sort is Sort.DOCUMENT else (48, 1.0)
    turns = [2 * math.pi * corner / sides for corner in range(sides)]
    corners = [(mark.end + scale * wide * math.cos(t), mark.y + scale * tall * math.sin(t)) for t in turns]
    ax.add_patch(Polygon(corners, zorder=3, **look))
