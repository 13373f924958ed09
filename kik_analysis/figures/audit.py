"""The audit in a figure that a council member understands, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.facts import audit, history
from kik_analysis.facts.audit import Verdict
from kik_analysis.facts.numbers import by_name
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, day
from kik_analysis.figures.timeline import REPLY
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
COLOURS = {
    "printed": style.COLOURS[Evidence.PUBLISHED],
    "recomputed": style.COLOURS[Evidence.RECOMPUTED],
}
HALF_OF_PEOPLE, FIRST_QUOTE, SECOND_QUOTE = "L024", "D019", "D020"


def percentage_audit() -> Exhibit:
    """Return every printed share beside its recomputed value, by verdict."""
    table = audit.audit()
    found = audit.findings()
    people = audit.numbers(found[HALF_OF_PEOPLE])
    quotes = quoted()
    explained = {
        f"{claim}.{name}": one
        for claim, finding in found.items()
        for name, one in audit.numbers(finding).items()
    }
    numbers = {
        **explained,
        **audit.counted(),
        "half": people["printed"],
        "not_spoken_share": people["not_spoken_share"],
        "per_invitation": people["per_invitation"],
        **{name: quotes[name] for name in ("people", "first_quote", "second_quote")},
    }
    words = {"letter": day(LETTER), "reply": day(REPLY)}
    shown = Exhibit("percentage_audit", "audit.percentage_audit", table, numbers, words)
    return replace(shown, draw=partial(_draw, shown))


def quoted() -> Mapping[str, Number]:
    """Return the shares quoted of a small group, and the whole numbers nearest to them."""
    found = audit.findings()
    first, second = (audit.numbers(found[claim]) for claim in (FIRST_QUOTE, SECOND_QUOTE))
    return {
        "people": first["people"],
        "first_quote": first["printed"],
        "second_quote": second["printed"],
        "first_nearest": first["nearest"],
        "second_nearest": second["nearest"],
    }


@dataclass(frozen=True)
class _Line:
    """A line of the figure: the heading of a verdict, or a share (by its row in the table)."""

    y: float
    verdict: Verdict
    row: int | None


def _lines(verdicts: list[str]) -> list[_Line]:
    lines: list[_Line] = []
    y = 0.0
    for verdict in ORDER:
        rows = [row for row, found in enumerate(verdicts) if found == verdict]
        if not rows:
            continue
        y += 1.5 if lines else 1.0
        lines.append(_Line(y, verdict, None))
        for row in rows:
            y += 1.0
            lines.append(_Line(y, verdict, row))
    return lines


def _draw(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        lines = _lines(table.frame["verdict"].to_list())
        gutter = LABELS + PRINTED + RECOMPUTED
        figure, ax = style.sheet(exhibit, lang, ROW * (lines[-1].y + 0.7), gutter=gutter, above=2 * ROW)
        _axis(ax, lines)
        columns = _columns(ax)
        heads = (
            (columns[1], "printed", "right"),
            (columns[2], "recomputed", "right"),
            (0.0, "gap", "center"),
        )
        for x, name, side in heads:
            key, colour = f"audit.heading.{name}", COLOURS.get(name, style.MUTED)
            text = sentences.text(key, lang)
            style.label_text(ax, x, -1.2, text, key, size=style.SMALL, ha=side, color=colour)
        for line in lines:
            if line.row is None:
                key = f"audit.verdict.{line.verdict}"
                style.label_text(ax, columns[0], line.y, sentences.text(key, lang), key, weight="bold")
            else:
                _draw_line(ax, exhibit, line, columns, lang)
        return figure


def _axis(ax: Axes, lines: list[_Line]) -> None:
    """Set the axis: the difference with what is printed, in percentage points."""
    ax.set(xlim=(-REACH, REACH), ylim=(lines[-1].y + 0.7, 0))
    signed = [f"{tick:+d}".replace("-", "\N{MINUS SIGN}") if tick else "0" for tick in TICKS]
    ax.set_xticks(TICKS, labels=signed)
    ax.tick_params(axis="x", top=False, bottom=False, labeltop=True, labelbottom=False, pad=0)
    ax.set_yticks([])
    drawn = [line.y for line in lines if line.verdict is not Verdict.NOT_DERIVABLE]
    for tick in TICKS if drawn else ():
        ax.plot([tick, tick], [0, max(drawn) + 0.5], color=style.GRID, linewidth=0.8, zorder=0.5)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _columns(ax: Axes) -> tuple[float, float, float]:
    """Return where the columns at the left of the axes lie: begin of the first, ends of the others."""
    inch = 2 * REACH / (ax.get_position().width * style.WIDTH)
    left = -REACH - (LABELS + PRINTED + RECOMPUTED) * inch
    return left, left + (LABELS + PRINTED) * inch, -REACH


def _draw_line(
    ax: Axes, exhibit: Exhibit, line: _Line, columns: tuple[float, float, float], lang: Lang
) -> None:
    table, row = exhibit.table, line.row
    assert table is not None
    assert row is not None
    frame = table.frame
    claim, printed, recomputed = (frame[name][row] for name in ("claim", "printed", "recomputed"))
    key = f"audit.share.{claim}"
    style.label_text(ax, columns[0], line.y, sentences.text(key, lang), key, size=style.SMALL)
    for name, x in (("printed", columns[1]), ("recomputed", columns[2])):
        number = table.cell(row, table.column(name))
        if number is not None:
            style.label_number(ax, x, line.y, number, lang, size=style.SMALL, ha="right")
    if recomputed is None:
        own = f"audit.reason.{claim}"
        key = own if sentences.has(own) else "audit.reason.other"
        text = sentences.text(key, lang)
        style.label_text(ax, -REACH + INDENT, line.y, text, key, size=style.SMALL, color=style.MUTED)
        return
    ends = (frame["low"][row], frame["high"][row], recomputed)
    low, high, found = (PERCENT * (end - printed) for end in ends)
    ax.barh(line.y, high - low, BAR, low, color=COLOURS["printed"], linewidth=0)
    ax.plot(
        found, line.y, marker="D", markersize=DOT, color=COLOURS["recomputed"],
        markeredgecolor=style.WHITE, markeredgewidth=1.2, linestyle="none", zorder=3,
    )  # fmt: skip


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
