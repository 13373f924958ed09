"""What happened when: documents, phases and counts on one axis of years."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts import history, timeline
from kik_analysis.facts.timeline import Sort, Status
from kik_analysis.figures import style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, OLDEST, PREVIOUS, PROPOSAL, REPLY, day
from kik_analysis.figures.style import Page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, NARROW = 0.22, 0.46
"""Height of a row, in inches; on a phone, where words stand above their mark."""
BAR, DOT = 0.13, 7.0
"""Thickness of a phase, in inches; size of a mark, in points."""
DAYS = {"oldest": OLDEST, "letter": LETTER, "previous": PREVIOUS, "reply": REPLY, "proposal": PROPOSAL}
years = style.year_of


def timeline_2015_2023() -> Exhibit:
    """Return the timeline of documents, phases and counts."""
    words = {**{name: day(claim) for name, claim in DAYS.items()}, "end": history.end()}
    return Exhibit("timeline", "history.timeline", timeline.timeline(), {}, words).drawn(_draw)


def _draw(shown: Exhibit, page: Page) -> Figure:
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
    letter = years(day(LETTER))
    for year, colour in (*((one, style.GRID) for one in range(first, last + 1)), (letter, style.INK)):
        ax.axvline(year, color=colour, linewidth=0.9, zorder=0.5)
    head = {"weight": "bold", "color": style.MUTED, "size": style.LABEL}
    y = 0
    for kind in kinds:
        _words(ax, Label(f"history.kind.{kind}", {}, look=head), y, first, first, page)
        for row, one in enumerate(events):
            if one["kind"] == kind:
                y += 1
                _mark(ax, one, y)
                _words(ax, _label(shown, row, page), y, years(one["start"]), years(one["end"]), page)
        y += 1
    # counting ends here: what lies to the right was said or intended
    _words(ax, Label("history.last_count", {"day": shown.words["letter"]}), y, letter, letter, page)
    return figure


def _label(shown: Exhibit, row: int, page: Page) -> Label:
    event = shown.table.frame.row(row, named=True)
    label = Label(f"history.event.{event['event']}", {})
    if event["count"] is not None:
        return Label(f"history.counted.{event['event']}", {"count": shown.table.at(row, "count")})
    if event["kind"] == Sort.DOCUMENT and event["known_to"] == "day":
        return Label("history.dated", {"what": label.text(page.lang), "day": event["start"]})
    return label


def _words(ax: Axes, label: Label, y: float, start: float, end: float, page: Page) -> None:
    """Write words on white: at the right of a mark, at its left where they would leave the figure.

    On a phone they stand above the mark.
    """
    look: dict[str, Any] = {"size": style.SMALL, "ha": "left", **(label.look or {})}
    inch, text = style.inch(ax), label.text(page.lang)
    wide = style.inches(text.plain, look["size"], bold="weight" in look) * inch
    gap = (style.GAP + DOT / style.POINTS) * inch if "weight" not in look else 0.0
    x, last = end + gap, ax.get_xlim()[1]
    if page.narrow and "weight" in look:
        y -= 0.25
    elif page.narrow:
        look |= {"va": "bottom", "width": style.size(ax)[0]}
        x, y = max(min(start, last - wide), ax.get_xlim()[0]), y - 0.24
    elif x + wide > last:
        x, look["ha"] = start - gap, "right"
    box = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 1.0}
    style.label_text(ax, x, y, text, label.key, bbox=box, zorder=2, **look)


def _mark(ax: Axes, event: dict[str, Any], y: float) -> None:
    """Draw a phase as a bar, a document as a diamond, a count as a disc; what was not observed is white."""
    from matplotlib.patches import Polygon

    colour, status = style.COLOURS[Evidence.PUBLISHED], Status(event["status"])
    edge = "dotted" if status is Status.ANNOUNCED else "solid"
    face = colour if status is Status.OBSERVED else style.WHITE
    look: dict[str, Any] = {"facecolor": face, "edgecolor": colour, "linestyle": edge, "linewidth": 1.3}
    start, end = years(event["start"]), years(event["end"])
    if event["kind"] == Sort.PHASE:
        ax.barh(y, end - start, BAR * style.rows(ax), start, **look)
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
