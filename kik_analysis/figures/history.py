"""The published history in figures: reach, the funnel, what happened when, and percentages recomputed."""

import datetime
import itertools
import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table
from kik_analysis.facts import audit, history
from kik_analysis.facts.audit import Verdict
from kik_analysis.facts.claims import claims
from kik_analysis.facts.history import Sort, Status
from kik_analysis.facts.precision import last_day
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.style import COLOURS, SMALL, Page, year_of
from kik_analysis.language import sentences
from kik_analysis.language.sentences import Ref

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
    return Exhibit("timeline", "history.timeline", history.timeline(), {}, words).drawn(_timeline)


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
    look = {"bbox": charts.BEHIND, "zorder": 2, **look}
    Label(label.key, text, look=look).write(ax, x, y, page.lang, most)


def _mark(ax: Axes, event: dict[str, Any], y: float) -> None:
    """Draw a phase as a bar, a document as a diamond, a count as a disc; what was not observed is white."""
    colour, status = style.COLOURS[Evidence.PUBLISHED], Status(event["status"])
    edge = style.ASSUMED if status is Status.ANNOUNCED else style.OBSERVED
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


# ---- printed percentages beside what recomputing gives

SHARE, LABELS, RECOMPUTED, BOTH = 0.225, 2.72, 0.95, 1.42
"""Height of a row, width of the names, of the column right of them with recomputed shares, and of both
columns, in inches."""
ORDER = sorted(Verdict, key=Verdict.NOT_DERIVABLE.__eq__)
BAR, SIGN = 0.62, 6.0
"""Thickness of a range as a part of its row; size of a mark in points."""
REACH, TICKS, INDENT = 8.0, (-5, 0, 5), 0.6
"""The axis: percentage points on either side, its ticks, and where words begin."""
BLUE, GREEN = COLOURS[Evidence.PUBLISHED], COLOURS[Evidence.RECOMPUTED]
"""What is printed, and what is recomputed."""
AUDIT: Mapping[str, tuple[Any, ...]] = {
    "reach_rates": (audit.reach_rates, "funnel", "audit", "figure1"),
    "identities": (audit.identities, "figure2", "audit"),
    "grim_checks": (audit.grim_checks,),
    "quoted_counts": (audit.quoted_counts, "audit"),
}
"""Tables of the audit: what makes each, and the named numbers that its sentences show."""
HALF_OF_PEOPLE, FIRST_QUOTE, SECOND_QUOTE = "L024", "D019", "D020"


def _of_the_audit(table: Table, *stems: str, **numbers: Number) -> Exhibit:
    words: dict[str, object] = {"letter": day(LETTER), "reply": day(REPLY), "end": history.end()}
    words |= {"one": Ref("1"), "two": Ref("2")}
    return Exhibit(table.name, f"audit.{table.name}", table, numbers, words, stems=stems)


def percentage_audit() -> Exhibit:
    """Return every printed share beside its recomputed value, by verdict."""
    found = {claim: audit.numbers(finding) for claim, finding in audit.findings().items()}
    people = found[HALF_OF_PEOPLE]
    numbers = {
        **{f"{claim}.{name}": one for claim, parts in found.items() for name, one in parts.items()},
        **audit.counted(),
        "half": people["printed"],
        "not_spoken_share": people["not_spoken_share"],
        "per_invitation": people["per_invitation"],
        **quoted(),
    }
    return _of_the_audit(audit.audit(), **numbers).drawn(_audit)


def quoted() -> Mapping[str, Number]:
    """Return the shares quoted of a small group, and the whole numbers nearest to them."""
    found = audit.findings()
    first, second = (audit.numbers(found[claim]) for claim in (FIRST_QUOTE, SECOND_QUOTE))
    quotes = {"people": first["people"], "first_quote": first["printed"], "second_quote": second["printed"]}
    return quotes | {"first_nearest": first["nearest"], "second_nearest": second["nearest"]}


def _audit(shown: Exhibit, page: Page) -> Figure:
    # each row: its verdict and its row in the table; none for a heading, no verdict for room before it
    table, lang = shown.table, page.lang
    rows: list[tuple[Verdict | None, int | None]] = []
    for verdict in ORDER:
        found = [row for row, one in enumerate(table.frame["verdict"]) if one == verdict]
        if found:
            rows += [(None, None)] if rows and not page.narrow else []
            rows += [(verdict, None), *((verdict, row) for row in found)]
    claims = table.frame["claim"].to_list()
    words = ["" if row is None else f"audit.share.{claims[row]}" for _, row in rows]
    words = [key and sentences.text(key, lang).plain for key in words]
    columns: Any = {"gutter": LABELS, "beside": BOTH, "above": 2 * SHARE, "size": SMALL}
    figure, ax = charts.lines_of(page, shown, words, SHARE, **columns, baseline=False)
    # the axis: the difference with what is printed, in percentage points, down to the last row
    ax.set_xlim(-REACH, REACH)
    ax.set_xticks(TICKS, labels=[f"{tick:+d}" if tick else "0" for tick in TICKS])
    ax.tick_params(axis="x", labeltop=True, pad=0)
    last = [y for y, (one, row) in enumerate(rows) if one != Verdict.NOT_DERIVABLE and row is not None][-1:]
    for tick, y in itertools.product(TICKS, last):
        ends = (ax.get_ylim()[1], y + 0.5)
        ax.plot([tick, tick], ends, color=style.GRID, linewidth=0.8, zorder=0.5)
    inch, top, wide = style.inch(ax), ax.get_ylim()[1], style.size(ax)[0] if page.narrow else None
    places = {"printed": -REACH - RECOMPUTED * inch, "recomputed": -REACH}
    begin = -REACH - (BOTH + (0 if page.narrow else LABELS)) * inch
    for name, x, side, colour in (
        ("printed", places["printed"], "right", BLUE),
        ("recomputed", -REACH, "right", GREEN),
        ("gap", 0.0, "center", style.MUTED),
    ):
        head = Label(f"audit.heading.{name}", look={"size": SMALL, "ha": side, "color": colour})
        head.write(ax, x, top - 1.2 * SHARE * style.rows(ax), lang, wide)
    for y, (one, row) in enumerate(rows):
        if row is not None:
            _row(ax, shown, y, row, places, page)
        elif one is not None:
            head = Label(f"audit.verdict.{one}", look={"weight": "bold"})
            head.write(ax, begin, y, lang, page.width - 2 * style.MARGIN)
    return figure


def _row(ax: Axes, shown: Exhibit, y: int, row: int, places: Mapping[str, float], page: Page) -> None:
    """Write a printed share and what it is when recomputed, with the range of what is printed alike."""
    one = shown.table.frame.row(row, named=True)
    for name, x in places.items():
        if one[name] is not None:
            share = Label("", shown.table.at(row, name), look={"size": SMALL, "ha": "right"})
            share.write(ax, x, y, page.lang)
    if one["recomputed"] is None:
        own = f"audit.reason.{one['claim']}"
        key = own if sentences.has(own) else "audit.reason.other"
        reason = Label(key, look={"size": SMALL, "color": style.MUTED})
        wide = style.size(ax)[0] if page.narrow else None
        reason.write(ax, -REACH + INDENT, y, page.lang, wide)
        return
    low, high, found = (PERCENT * (one[end] - one["printed"]) for end in ("low", "high", "recomputed"))
    ax.barh(y, high - low, BAR * SHARE * style.rows(ax), low, color=BLUE, linewidth=0)
    charts.diamond(ax, found, y, GREEN, markersize=SIGN, clip_on=True)


def audit_table(name: str) -> Exhibit:
    """Return one of :data:`AUDIT`: rates, sums that should close, quoted shares, or quoted counts."""
    make, *stems = AUDIT[name]
    return _of_the_audit(make(), *stems, **(quoted() if name == "grim_checks" else {}))
