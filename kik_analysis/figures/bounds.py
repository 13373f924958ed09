"""What the letters leave open, in a figure of flat ranges and in tables with the conditions in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.facts import bounds as facts
from kik_analysis.facts import history as past
from kik_analysis.facts.identification import SHARE, identification
from kik_analysis.facts.numbers import number
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import GUTTER, Label
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import LETTER, day
from kik_analysis.figures.style import Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, HEAD = 0.62, 0.34
"""Height of a row and of a panel's heading, in inches."""
BAR, THIN = 0.4, 0.24
"""Thickness of the bar under conditions and of the bar under fewer, as a part of the row."""
UPPER, LOWER = -0.16, 0.24
"""Where in a row the two bars stand, from its middle."""
EXAMPLE = "success_per_invitation_never_spoken"


@dataclass(frozen=True)
class _Pair:
    """A question in the figure: its interval under conditions and, if there is one, under fewer."""

    name: str
    main: Number
    wide: Number | None

    @property
    def both(self) -> tuple[Number, ...]:
        return (self.main,) if self.wide is None else (self.main, self.wide)


def _pairs(units: Iterable[str]) -> tuple[_Pair, ...]:
    """Return the questions in some units: the first set of assumptions, and the last if it is part of it."""
    system, found = identification(), []
    for name, quantity in system.quantities.items():
        if quantity.unit in units:
            sets = system.sets(name)
            fewer = set(sets[-1]) < set(sets[0])
            wide = facts.bound_number(name, sets[-1]) if fewer else None
            found.append(_Pair(name, facts.bound_number(name), wide))
    return tuple(found)


def _times() -> dict[str, object]:
    return {"end": past.end(), "letter": day(LETTER), "figure": Ref("1")}


def bounds() -> Exhibit:
    """Return the intervals as flat bars: under conditions, and under fewer."""
    panels = {"shares": _pairs((SHARE,)), "counts": _pairs(facts.COUNTED)}
    pairs = (*panels["shares"], *panels["counts"])
    numbers = {pair.name: pair.main for pair in pairs}
    numbers |= {f"{pair.name}_wide": pair.wide for pair in pairs if pair.wide is not None}
    numbers["begin"] = number("funnel.begin")
    shown = Exhibit("bounds", "bounds.bounds", facts.bounds(), numbers, _times())
    return shown.drawn(partial(_draw, {name: found for name, found in panels.items() if found}))


def bounds_shares() -> Exhibit:
    """Return the bounds of shares with their conditions in words, as a table."""
    return Exhibit("bounds_shares", "bounds.bounds_shares", facts.bounds_shares(), {}, _times())


def bounds_counts() -> Exhibit:
    """Return the bounds of counts with their conditions in words, as a table."""
    return Exhibit("bounds_counts", "bounds.bounds_counts", facts.bounds_counts(), {}, _times())


def bounds_ratios() -> Exhibit:
    """Return the bounds of averages with their conditions in words, as a table."""
    return Exhibit("bounds_ratios", "bounds.bounds_ratios", facts.bounds_ratios(), {}, _times())


def bounds_worlds() -> Exhibit:
    """Return two worlds that agree with every claim: one at each end of the success per invitation."""
    table = facts.bounds_worlds(EXAMPLE, identification().sets(EXAMPLE)[0])
    numbers = {"range": facts.bound_number(EXAMPLE)}
    return Exhibit("bounds_worlds", "bounds.bounds_worlds", table, numbers, _times())


def label(number: Number) -> Label:
    """Return the label of an interval: ``tussen ... en ...``, or what is left without a limit."""
    match number.low, number.high:
        case None, None:
            kind = "none"
        case _, None:
            kind = "from"
        case None, _:
            kind = "upto"
        case low, high:
            kind = "exactly" if low == high else "between"
    return Label(f"bounds.label.{kind}", {"range": number})


def name_of(question: str, lang: Lang) -> str:
    """Return the short name of a question; in full where it has none."""
    key = f"bounds.quantity.{question}"
    if sentences.has(key):
        return sentences.text(key, lang).plain
    return identification().quantity(question).words[lang]


def _draw(panels: Mapping[str, tuple[_Pair, ...]], shown: Exhibit, page: Page) -> Figure:
    named = {name: [name_of(pair.name, page.lang) for pair in pairs] for name, pairs in panels.items()}
    tall = max(charts.row_height(page, words, ROW) for words in named.values()) + 0.2 * page.narrow
    head = HEAD * (1 + page.narrow)
    gutter = 0.0 if page.narrow else GUTTER
    heights = {name: head + tall * len(pairs) for name, pairs in panels.items()}
    figure, whole = page.sheet(shown, sum(heights.values()), gutter=gutter)
    left, bottom, width, height = whole.get_position().bounds
    whole.remove()
    top = bottom + height
    for name, pairs in panels.items():
        part = height * heights[name] / sum(heights.values())
        ax = figure.add_axes((left, top - part, width, part - part * head / heights[name]))
        ax.patch.set_visible(not page.bare)
        top -= part
        _panel(ax, name, pairs, page.lang, gutter)
    return figure


def _panel(ax: Axes, name: str, pairs: tuple[_Pair, ...], lang: Lang, gutter: float) -> None:
    """Draw the intervals of one kind below each other; one without a limit runs to the edge."""
    numbers = [one for pair in pairs for one in pair.both]
    most = PERCENT if name == "shares" else max(one.high or one.low or 0.0 for one in numbers)

    def ends(one: Number) -> tuple[float, float]:
        return (one.low or 0.0, most if one.high is None else one.high)

    places = [place + (UPPER if pair.wide else 0.0) for place, pair in enumerate(pairs)]
    lows, highs = zip(*(ends(pair.main) for pair in pairs), strict=True)
    widths = [high - low for low, high in zip(lows, highs, strict=True)]
    ax.barh(places, widths, BAR, lows, color=style.COLOURS[Evidence.BOUNDED])
    charts.names(ax, [name_of(pair.name, lang) for pair in pairs], gutter)
    style.fit(ax, [(ends(one)[1], label(one).text(lang).plain) for one in numbers])
    for place, (pair, y) in enumerate(zip(pairs, places, strict=True)):
        marked: list[tuple[Number, float, float, dict[str, Any]]] = [
            (pair.main, y, highs[place], {"color": style.INK, "size": style.LABEL})
        ]
        if pair.wide is not None:
            limited = (pair.wide.low, pair.wide.high) != (None, None)
            low, high = ends(pair.wide) if limited else (0.0, 0.0)
            if limited:
                charts.open_end(ax, low, high, place + LOWER, THIN, Evidence.BOUNDED)
            marked.append((pair.wide, place + LOWER, high, {"color": style.MUTED, "size": style.SMALL}))
        for one, at, end, look in marked:
            words = label(one)
            x, room = style.beside(ax, end), style.room(ax)
            style.label_text(ax, x, at, words.text(lang), words.key, room, **look)
    heading = Label(f"bounds.panel.{name}", {}, look={"weight": "bold"})
    heading.write(ax, -gutter / style.size(ax)[0] * ax.get_xlim()[1], -0.5 - 0.2 - 0.25 * (not gutter), lang)
