"""The audit in a figure that a council member understands, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.facts import audit, history
from kik_analysis.facts.audit import Verdict
from kik_analysis.facts.numbers import by_name
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, REPLY, day
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.265
"""Height of a row, in inches."""
LABELS, PRINTED, RECOMPUTED = 2.5, 0.65, 0.95
"""Width of the columns at the left: what, printed, recomputed; in inches."""
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
HALF_OF_PEOPLE, FIRST_QUOTE, SECOND_QUOTE = "L024", "D019", "D020"


def percentage_audit() -> Exhibit:
    """Return every printed share beside its recomputed value, by verdict."""
    found = {claim: audit.numbers(finding) for claim, finding in audit.findings().items()}
    people, quotes = found[HALF_OF_PEOPLE], quoted()
    numbers = {
        **{f"{claim}.{name}": one for claim, parts in found.items() for name, one in parts.items()},
        **audit.counted(),
        "half": people["printed"],
        "not_spoken_share": people["not_spoken_share"],
        "per_invitation": people["per_invitation"],
        **{name: quotes[name] for name in ("people", "first_quote", "second_quote")},
    }
    words = {"letter": day(LETTER), "reply": day(REPLY)}
    return Exhibit("percentage_audit", "audit.percentage_audit", audit.audit(), numbers, words).drawn(_draw)


def quoted() -> Mapping[str, Number]:
    """Return the shares quoted of a small group, and the whole numbers nearest to them."""
    found = audit.findings()
    first, second = (audit.numbers(found[claim]) for claim in (FIRST_QUOTE, SECOND_QUOTE))
    quotes = {"people": first["people"], "first_quote": first["printed"], "second_quote": second["printed"]}
    return quotes | {"first_nearest": first["nearest"], "second_nearest": second["nearest"]}


def _draw(shown: Exhibit, page: Page) -> Figure:
    # each line: where it lies, its verdict, and its row in the table (none for a heading)
    verdicts = shown.table.frame["verdict"].to_list()
    lines: list[tuple[float, Verdict, int | None]] = []
    y = -0.5
    for verdict in ORDER:
        rows = [row for row, found in enumerate(verdicts) if found == verdict]
        for place, row in enumerate((None, *rows) if rows else ()):
            y += 1.0 if place else 1.5
            lines.append((y, verdict, row))
    bottom, lang = y + 0.7, page.lang
    gutter = LABELS + PRINTED + RECOMPUTED
    figure, ax = page.sheet(shown, ROW * bottom, gutter=gutter, above=2 * ROW)
    ax.set(xlim=(-REACH, REACH), ylim=(bottom, 0))
    _axis(ax, max((y for y, verdict, _ in lines if verdict is not Verdict.NOT_DERIVABLE), default=0.0))
    inch = style.inch(ax)
    first = -REACH - gutter * inch
    second = first + (LABELS + PRINTED) * inch
    for name, x, side, colour in (
        ("printed", second, "right", BLUE),
        ("recomputed", -REACH, "right", GREEN),
        ("gap", 0.0, "center", style.MUTED),
    ):
        look = {"size": SMALL, "ha": side, "color": colour}
        Label(f"audit.heading.{name}", {}, look=look).write(ax, x, -1.2, lang)
    for y, verdict, row in lines:
        if row is None:
            Label(f"audit.verdict.{verdict}", {}, look={"weight": "bold"}).write(ax, first, y, lang)
        else:
            _draw_line(ax, shown, y, row, (first, second), lang)
    return figure


def _axis(ax: Axes, last: float) -> None:
    """Set the axis: the difference with what is printed, in percentage points."""
    signed = [f"{tick:+d}".replace("-", "\N{MINUS SIGN}") if tick else "0" for tick in TICKS]
    ax.set_xticks(TICKS, labels=signed)
    ax.tick_params(axis="x", top=False, bottom=False, labeltop=True, labelbottom=False, pad=0)
    ax.set_yticks([])
    for tick in TICKS if last else ():
        ax.plot([tick, tick], [0, last + 0.5], color=style.GRID, linewidth=0.8, zorder=0.5)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _draw_line(
    ax: Axes, shown: Exhibit, y: float, row: int, columns: tuple[float, float], lang: Lang
) -> None:
    table, small = shown.table, {"size": SMALL}
    one = table.frame.row(row, named=True)
    Label(f"audit.share.{one['claim']}", {}, look=small).write(ax, columns[0], y, lang)
    for name, x in (("printed", columns[1]), ("recomputed", -REACH)):
        if one[name] is not None:
            style.label_number(ax, x, y, table.at(row, name), lang, size=SMALL, ha="right")
    if one["recomputed"] is None:
        own = f"audit.reason.{one['claim']}"
        key = own if sentences.has(own) else "audit.reason.other"
        Label(key, {}, look={**small, "color": style.MUTED}).write(ax, -REACH + INDENT, y, lang)
        return
    low, high, found = (PERCENT * (one[end] - one["printed"]) for end in ("low", "high", "recomputed"))
    ax.barh(y, high - low, BAR, low, color=BLUE, linewidth=0)
    charts.diamond(ax, found, y, GREEN, markersize=DOT, clip_on=True)


def reach_rates() -> Exhibit:
    """Return the rate per invitation beside the rate per person, with its condition."""
    numbers = by_name(
        "funnel.conversation_share",
        "audit.per_person",
        "audit.per_person_floor",
        "figure1.not_yet_approached",
    )
    words = {"letter": day(LETTER), "end": history.end()}
    return Exhibit("reach_rates", "audit.reach_rates", audit.reach_rates(), numbers, words)


def identities_table() -> Exhibit:
    """Return the sums that should close."""
    numbers = by_name("figure2.unaccounted", "audit.wanting", "audit.referred")
    words = {"letter": day(LETTER), "one": Ref("1"), "two": Ref("2")}
    return Exhibit("identities", "audit.identities", audit.identities(), numbers, words)


def grim_checks() -> Exhibit:
    """Return which numbers of people give the shares quoted of a small group."""
    return Exhibit("grim_checks", "audit.grim_checks", audit.grim_checks(), quoted(), {})


def quoted_counts() -> Exhibit:
    """Return the counts quoted in the debate beside what follows from the letter."""
    numbers = by_name(
        "audit.declined_or_no_show",
        "audit.hard_to_reach",
        "audit.frame",
        "audit.frame_gap",
        "audit.pilot",
        "audit.left_by_pilot",
    )
    words = {"letter": day(LETTER), "reply": day(REPLY)}
    return Exhibit("quoted_counts", "audit.quoted_counts", audit.quoted_counts(), numbers, words)
