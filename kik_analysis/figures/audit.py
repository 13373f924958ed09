"""The audit in a figure that a council member understands, and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts import audit, history
from kik_analysis.facts.audit import Verdict
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, REPLY, day
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.sentences import Ref

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, LABELS, RECOMPUTED, BOTH = 0.225, 2.72, 0.95, 1.42
"""Height of a row, width of the names, of the column right of them with recomputed shares, and of both
columns, in inches."""
ORDER = (
    Verdict.RECOMPUTES,
    Verdict.DOES_NOT_RECOMPUTE,
    Verdict.IMPOSSIBLE_DENOMINATOR,
    Verdict.NOT_DERIVABLE,
)
BAR, DOT = 0.62, 6.0
"""Thickness of a range as a part of its row; size of a mark in points."""
REACH, TICKS, INDENT = 8.0, (-5, 0, 5), 0.6
"""The axis: percentage points on either side, its ticks, and where words begin."""
BLUE, GREEN = COLOURS[Evidence.PUBLISHED], COLOURS[Evidence.RECOMPUTED]
"""What is printed, and what is recomputed."""
TABLES: Mapping[str, tuple[Any, ...]] = {
    "reach_rates": (audit.reach_rates, "funnel", "audit", "figure1"),
    "identities": (audit.identities, "figure2", "audit"),
    "grim_checks": (audit.grim_checks,),
    "quoted_counts": (audit.quoted_counts, "audit"),
}
"""Tables of the audit: what makes each, and the named numbers that its sentences show."""
HALF_OF_PEOPLE, FIRST_QUOTE, SECOND_QUOTE = "L024", "D019", "D020"


def _exhibit(table: Table, *stems: str, **numbers: Number) -> Exhibit:
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
    return _exhibit(audit.audit(), **numbers).drawn(_draw)


def quoted() -> Mapping[str, Number]:
    """Return the shares quoted of a small group, and the whole numbers nearest to them."""
    found = audit.findings()
    first, second = (audit.numbers(found[claim]) for claim in (FIRST_QUOTE, SECOND_QUOTE))
    quotes = {"people": first["people"], "first_quote": first["printed"], "second_quote": second["printed"]}
    return quotes | {"first_nearest": first["nearest"], "second_nearest": second["nearest"]}


def _draw(shown: Exhibit, page: Page) -> Figure:
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
    columns = {"gutter": LABELS, "beside": BOTH, "above": 2 * ROW, "size": SMALL}
    figure, ax = charts.lines_of(page, shown, words, ROW, **columns, baseline=False)
    _axis(ax, [y for y, (one, row) in enumerate(rows) if one != Verdict.NOT_DERIVABLE and row is not None])
    inch, top, wide = style.inch(ax), ax.get_ylim()[1], style.size(ax)[0] if page.narrow else None
    places = {"printed": -REACH - RECOMPUTED * inch, "recomputed": -REACH}
    begin = -REACH - (BOTH + (0 if page.narrow else LABELS)) * inch
    for name, x, side, colour in (
        ("printed", places["printed"], "right", BLUE),
        ("recomputed", -REACH, "right", GREEN),
        ("gap", 0.0, "center", style.MUTED),
    ):
        head = Label(f"audit.heading.{name}", look={"size": SMALL, "ha": side, "color": colour})
        head.write(ax, x, top - 1.2 * ROW * style.rows(ax), lang, wide)
    for y, (one, row) in enumerate(rows):
        if row is not None:
            _row(ax, shown, y, row, places, page)
        elif one is not None:
            head = Label(f"audit.verdict.{one}", look={"weight": "bold"})
            head.write(ax, begin, y, lang, page.width - 2 * style.MARGIN)
    return figure


def _axis(ax: Axes, rows: Sequence[int]) -> None:
    """Set the axis: the difference with what is printed, in percentage points, down to the last row."""
    signed = [f"{tick:+d}" if tick else "0" for tick in TICKS]
    ax.set_xlim(-REACH, REACH)
    ax.set_xticks(TICKS, labels=signed)
    ax.tick_params(axis="x", labeltop=True, pad=0)
    for tick in TICKS if rows else ():
        ends = (ax.get_ylim()[1], max(rows) + 0.5)
        ax.plot([tick, tick], ends, color=style.GRID, linewidth=0.8, zorder=0.5)


def _row(ax: Axes, shown: Exhibit, y: int, row: int, places: Mapping[str, float], page: Page) -> None:
    """Write a printed share and what it is when recomputed, with the range of what is printed alike."""
    one = shown.table.frame.row(row, named=True)
    for name, x in places.items():
        if one[name] is not None:
            Label("", shown.table.at(row, name), look={"size": SMALL, "ha": "right"}).write(
                ax, x, y, page.lang
            )
    if one["recomputed"] is None:
        own = f"audit.reason.{one['claim']}"
        key = own if sentences.has(own) else "audit.reason.other"
        reason = Label(key, look={"size": SMALL, "color": style.MUTED})
        wide = style.size(ax)[0] if page.narrow else None
        reason.write(ax, -REACH + INDENT, y, page.lang, wide)
        return
    low, high, found = (PERCENT * (one[end] - one["printed"]) for end in ("low", "high", "recomputed"))
    ax.barh(y, high - low, BAR * ROW * style.rows(ax), low, color=BLUE, linewidth=0)
    charts.diamond(ax, found, y, GREEN, markersize=DOT, clip_on=True)


def audit_table(name: str) -> Exhibit:
    """Return one of :data:`TABLES`: rates, sums that should close, quoted shares, or quoted counts."""
    make, *stems = TABLES[name]
    return _exhibit(make(), *stems, **(quoted() if name == "grim_checks" else {}))
