"""The published history in figures: reach, follow-up, the funnel, and what happened when."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.facts import history
from kik_analysis.facts.claims import claims
from kik_analysis.facts.numbers import by_name
from kik_analysis.facts.periods import last_day
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTER = "L082"
GUTTER = 2.35
"""Room for the names of categories, in inches."""
BAR = 0.62
"""Thickness of a bar as a part of its row."""
ROW = 0.52
"""Height of a row, in inches."""


def day(claim: str) -> datetime.date:
    """Return the last day that a claim's date leaves open."""
    return last_day(claims()[claim].as_of)


def cell(table: Table, row: int, column: str) -> Number:
    """Return a numeric cell of a table as a number with its address."""
    found = table.cell(row, table.column(column))
    assert found is not None
    return found


def _bars(ax: Axes, table: Table, words: str, values: list[float], colour: str, lang: Lang) -> None:
    """Draw one horizontal bar per row of a table, the names of its first column in the gutter."""
    import seaborn

    names = table.frame[table.columns[0].name].to_list()
    data = {"row": [str(place) for place in range(len(names))], "value": values}
    look: dict[str, Any] = {"orient": "h", "color": colour, "saturation": 1, "width": BAR, "errorbar": None}
    seaborn.barplot(data=data, x="value", y="row", ax=ax, **look)
    style.categories(ax, [sentences.text(f"{words}.{name}", lang).plain for name in names], GUTTER)
    style.bare(ax)


def figure1_reach() -> Exhibit:
    """Return Figure 1 of the letter of 2019: how far the group had been reached."""
    table = history.figure1_reach()
    numbers = by_name(
        "figure1.group",
        "figure1.spoken",
        "figure1.spoken_share",
        "figure1.not_yet_approached",
        "figure1.not_yet_approached_share",
        "figure1.declined_or_wij",
        "figure1.declined_or_wij_share",
        "figure1.not_reached",
        "figure1.not_reached_share",
        "figure1.not_yet_approached_text",
        "figure1.declined_or_wij_text",
        "figure1.sum",
        "figure1.sum_text",
        "figure1.text_short",
    )
    words = {"letter": day(LETTER), "figure": Ref("1")}
    shown = Exhibit("figure1_reach", "history.figure1_reach", table, numbers, words)
    return replace(shown, draw=partial(_draw_reach, shown))


def _count_share(table: Table, row: int, lang: Lang) -> Text:
    numbers = {"persons": cell(table, row, "persons"), "share": cell(table, row, "share")}
    return sentences.text("history.label.count_share", lang, **numbers)


def _draw_reach(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        persons = table.frame["persons"].to_list()
        figure, ax = style.sheet(exhibit, lang, ROW * len(persons), gutter=GUTTER)
        _bars(ax, table, "history.reach", persons, style.COLOURS[Evidence.PUBLISHED], lang)
        key = "history.label.count_share"
        labels = [_count_share(table, row, lang) for row in range(len(persons))]
        style.fit(ax, [(end, label.plain) for end, label in zip(persons, labels, strict=True)])
        for row, category in enumerate(table.frame["category"]):
            x = style.beside(ax, persons[row])
            artist = style.label_text(ax, x, row, labels[row], key)
            if category == "declined_or_wij":
                ax.patches[row].set(hatch="//", edgecolor=style.WHITE, linewidth=0)
                split = sentences.text("history.reach.split", lang)
                artist.set_y(row - 0.17)
                style.label_text(
                    ax, x, row + 0.2, split, "history.reach.split", size=style.SMALL, color=style.MUTED
                )
        return figure


def figure1_variants() -> Exhibit:
    """Return the sums of Figure 1 with its own numbers and with those of the running text, as a table."""
    words = {"letter": day(LETTER), "figure": Ref("1")}
    return Exhibit("figure1_variants", "history.figure1_variants", history.figure1_variants(), {}, words)


def figure2_followup() -> Exhibit:
    """Return Figure 2 of the letter of 2019: what followed, and for whom the letter names nothing."""
    numbers = by_name(
        "figure1.spoken",
        "figure2.support",
        "figure2.help",
        "figure2.own_goals",
        "figure2.no_question",
        "figure2.unaccounted",
        "figure2.accounted",
    )
    words = {"letter": day(LETTER), "figure": Ref("2")}
    table = history.figure2_followup()
    shown = Exhibit("figure2_followup", "history.figure2_followup", table, numbers, words)
    return replace(shown, draw=partial(_draw_followup, shown))


def _draw_followup(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        frame = table.frame
        low, high = frame["low"].to_list(), frame["high"].to_list()
        figure, ax = style.sheet(exhibit, lang, ROW * len(low), gutter=GUTTER)
        _bars(ax, table, "history.followup", low, style.COLOURS[Evidence.PUBLISHED], lang)
        keys = [f"history.label.{precision}" for precision in frame["precision"]]
        labels = [_followup_label(table, row, key, lang) for row, key in enumerate(keys)]
        style.fit(ax, [(end, label.plain) for end, label in zip(high, labels, strict=True)])
        for row, category in enumerate(frame["category"]):
            x, rest = style.beside(ax, high[row]), category == history.UNACCOUNTED
            if rest:
                style.hatched(ax.patches[row])
            if high[row] > low[row]:
                evidence = Evidence.RECOMPUTED if rest else Evidence.PUBLISHED
                style.open_bar(ax, low[row], high[row], row, BAR, evidence)
                style.label_text(ax, x, row, labels[row], keys[row])
            else:
                style.label_number(ax, x, row, cell(table, row, "persons"), lang)
        return figure


def _followup_label(table: Table, row: int, key: str, lang: Lang) -> Text:
    numbers = {part: cell(table, row, part) for part in ("persons", "low", "high")}
    return sentences.text(key, lang, **numbers)


def funnel_2015_2019() -> Exhibit:
    """Return the funnel in invitations, and the people behind it as ranges."""
    numbers = by_name(
        "funnel.begin",
        "funnel.invitations",
        "funnel.conversations",
        "funnel.conversation_share",
        history.funnel_declined,
        history.funnel_no_contact,
        history.funnel_people_invited,
        history.funnel_people_spoken,
    )
    table = history.funnel_2015_2019()
    words = {"end": history.end(), "figure": Ref("1")}
    shown = Exhibit("funnel_2015_2019", "history.funnel_2015_2019", table, numbers, words)
    return replace(shown, draw=partial(_draw_funnel, shown))


def _draw_funnel(exhibit: Exhibit, lang: Lang) -> Figure:
    table = exhibit.table
    assert table is not None
    with style.house():
        frame = table.frame
        low, high = frame["low"].to_list(), frame["high"].to_list()
        figure, ax = style.sheet(exhibit, lang, ROW * len(low), gutter=GUTTER)
        _bars(ax, table, "history.step", low, style.COLOURS[Evidence.PUBLISHED], lang)
        keys = [_funnel_key(low[row], high[row], count) for row, count in enumerate(frame["count"])]
        labels = [_funnel_label(table, row, key, lang) for row, key in enumerate(keys)]
        style.fit(ax, [(end, label.plain) for end, label in zip(high, labels, strict=True)])
        people = frame["unit"].to_list().index("persons")
        left = -GUTTER / (ax.get_position().width * style.WIDTH)
        ax.axhline(people - 0.5, xmin=left, color=style.GRID, linewidth=1, clip_on=False)
        for row, key in enumerate(keys):
            x = style.beside(ax, high[row])
            if key == "exact":
                style.label_number(ax, x, row, cell(table, row, "count"), lang)
                continue
            if frame["count"][row] is None:
                style.flat(ax.patches[row], low[row], high[row])
            else:
                ax.patches[row].set_facecolor(style.COLOURS[Evidence.RECOMPUTED])
                style.open_bar(ax, low[row], high[row], row, BAR, Evidence.RECOMPUTED)
            style.label_text(ax, x, row, labels[row], f"history.label.{key}")
        return figure


def _funnel_key(low: int, high: int, count: int | None) -> str:
    if count is None:
        return "between"
    return "exact" if low == high else "derived"


def _funnel_label(table: Table, row: int, key: str, lang: Lang) -> Text:
    numbers = {part: table.cell(row, table.column(part)) for part in ("count", "low", "high")}
    return sentences.text(f"history.label.{key}", lang, persons=numbers["count"], **numbers)
