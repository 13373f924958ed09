"""What the letters leave open, in a figure of flat ranges and in tables with the conditions in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.facts import bounds as facts
from kik_analysis.facts import history as past
from kik_analysis.facts.identification import SHARE, identification
from kik_analysis.facts.numbers import number
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import GUTTER, LETTER, day
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text

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
WIDE = "wide"


@dataclass(frozen=True)
class _Pair:
    """A question in the figure: its interval under conditions and, if there is one, under fewer."""

    name: str
    unit: str
    main: Number
    wide: Number | None


def _pairs(units: Iterable[str]) -> tuple[_Pair, ...]:
    """Return the questions in some units: the first set of assumptions, and the last if it is part of it."""
    system, found = identification(), []
    for name, quantity in system.quantities.items():
        if quantity.unit not in units:
            continue
        sets = system.sets(name)
        fewer = set(sets[-1]) < set(sets[0])
        wide = facts.bound_number(name, sets[-1]) if fewer else None
        found.append(_Pair(name, quantity.unit, facts.bound_number(name), wide))
    return tuple(found)


def _numbers(pairs: Iterable[_Pair]) -> dict[str, Number]:
    pairs = tuple(pairs)
    main = {pair.name: pair.main for pair in pairs}
    return main | {f"{pair.name}_{WIDE}": pair.wide for pair in pairs if pair.wide is not None}


def _times() -> dict[str, object]:
    return {"end": past.end(), "letter": day(LETTER), "figure": Ref("1")}


def bounds() -> Exhibit:
    """Return the intervals as flat bars: under conditions, and under fewer."""
    shares, counts = _pairs((SHARE,)), _pairs(facts.COUNTED)
    numbers = {**_numbers((*shares, *counts)), "begin": number("funnel.begin")}
    shown = Exhibit("bounds", "bounds.bounds", facts.bounds(), numbers, _times())
    return replace(shown, draw=partial(_draw, shown, {"shares": shares, "counts": counts}))


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


def label(number: Number, lang: Lang) -> tuple[str, Text]:
    """Return the label of an interval and its key: ``tussen ... en ...``, or what is left without a limit."""
    match number.low, number.high:
        case None, None:
            kind = "none"
        case _, None:
            kind = "from"
        case None, _:
            kind = "upto"
        case low, high:
            kind = "exactly" if low == high else "between"
    key = f"bounds.label.{kind}"
    return key, sentences.text(key, lang, range=number)


def _name(pair: _Pair, lang: Lang) -> str:
    key = f"bounds.quantity.{pair.name}"
    if sentences.has(key):
        return sentences.text(key, lang).plain
    return identification().quantity(pair.name).words[lang]


def _draw(exhibit: Exhibit, panels: Mapping[str, tuple[_Pair, ...]], lang: Lang) -> Figure:
    with style.house():
        panels = {name: pairs for name, pairs in panels.items() if pairs}
        heights = {name: HEAD + ROW * len(pairs) for name, pairs in panels.items()}
        figure, whole = style.sheet(exhibit, lang, sum(heights.values()), gutter=GUTTER)
        left, bottom, width, height = whole.get_position().bounds
        whole.remove()
        top = bottom + height
        for name, pairs in panels.items():
            part = height * heights[name] / sum(heights.values())
            head = part * HEAD / heights[name]
            ax = figure.add_axes((left, top - part, width, part - head))
            top -= part
            _panel(ax, name, pairs, lang)
        return figure


def _ends(number: Number, most: float) -> tuple[float, float]:
    """Return from where to where a bar is drawn; one without a limit runs to the edge."""
    return (number.low or 0.0, most if number.high is None else number.high)


def _panel(ax: Axes, name: str, pairs: tuple[_Pair, ...], lang: Lang) -> None:
    """Draw the intervals of one kind below each other."""
    import seaborn

    data = {"row": [str(place) for place in range(len(pairs))], "value": [0.0] * len(pairs)}
    colour = style.COLOURS[Evidence.BOUNDED]
    seaborn.barplot(
        data=data, x="value", y="row", orient="h", color=colour, saturation=1, width=BAR, errorbar=None, ax=ax
    )
    style.categories(ax, [_name(pair, lang) for pair in pairs], GUTTER)
    style.bare(ax)
    ax.set_ylim(len(pairs) - 0.5, -0.5)
    numbers = [one for pair in pairs for one in (pair.main, pair.wide) if one is not None]
    most = PERCENT if name == "shares" else max(one.high or one.low or 0.0 for one in numbers)
    style.fit(ax, [(_ends(one, most)[1], label(one, lang)[1].plain) for one in numbers])
    for place, pair in enumerate(pairs):
        low, high = _ends(pair.main, most)
        bar = ax.patches[place]
        style.flat(bar, low, high)
        bar.set(y=place + (UPPER if pair.wide else 0.0) - BAR / 2)
        _label(ax, pair.main, high, place + (UPPER if pair.wide else 0.0), lang, style.INK)
        if pair.wide is None:
            continue
        limited = (pair.wide.low, pair.wide.high) != (None, None)
        low, high = _ends(pair.wide, most) if limited else (0.0, 0.0)
        if limited:
            style.open_bar(ax, low, high, place + LOWER, THIN, Evidence.BOUNDED)
        _label(ax, pair.wide, high, place + LOWER, lang, style.MUTED)
    heading = sentences.text(f"bounds.panel.{name}", lang)
    begin = -GUTTER / (ax.get_position().width * style.WIDTH) * ax.get_xlim()[1]
    style.label_text(ax, begin, -0.5 - 0.2, heading, f"bounds.panel.{name}", weight="bold")


def _label(ax: Axes, number: Number, end: float, y: float, lang: Lang, colour: str) -> None:
    key, text = label(number, lang)
    size = style.LABEL if colour == style.INK else style.SMALL
    style.label_text(ax, style.beside(ax, end), y, text, key, color=colour, size=size)
