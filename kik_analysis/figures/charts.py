"""Charts in the house style: bars, ranges, bands and curves, whose labels know their sources.

Bars stand in rows, names at the left and labels at the right; bounds are flat bars without a centre. Courses
stand in small panels with two bands, each under its own name. A curve has numbers on its axes.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.text import Text as Artist
from matplotlib.ticker import MaxNLocator

from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.style import COLOURS, COMPUTED, SMALL, Page
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text

GUTTER, ROW, BAR, PER_LINE = 2.35, 0.44, 0.62, 0.6
"""Room for names at the left and height of a row, in inches; thickness of a bar as a part of its row; height
of a row with a name of one line above its bar, in inches."""
BEHIND: dict[str, Any] = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 1.0}
"""White behind words that a line may pass."""
FAINT, FULL = 0.16, 0.5
"""How much colour the outer and the inner band have; their edges have all of it."""
BANDS: Mapping[str, Mapping[str, Any]] = {
    "assumptions": {"color": COLOURS[Evidence.ASSUMED], "alpha": FAINT, "linestyle": COMPUTED},
    "chance": {"color": COLOURS[Evidence.SIMULATED], "alpha": FULL, "linestyle": COMPUTED},
}
"""The two bands of a course: chance and uncertain assumptions, and inside it chance alone."""
HAIR = 0.012
"""How far a drawn line may pass from a point that it stands for, in inches: less than its own width."""
LEFT, BETWEEN, ABOVE, BELOW = 0.5, 0.62, 0.52, 0.3
"""Room around a panel: for the axis at its left, between panels, for its heading, for the axis below."""
TALL, TICKS, MOST_TICKS = 2.8, 0.25, 8
"""Height of the axes of a curve with the numbers below it, and of those numbers, in inches."""

# ---- rows: names at the left, bars and ranges, labels at the right


@dataclass(frozen=True)
class Label:
    """Words in a figure: a number, or the sentence ``key``, finished or filled with ``values``.

    ``dy``: rows lower. ``look``: properties of matplotlib's text. Its group bears the id of the number, or
    the key and the ids of the numbers in the sentence.
    """

    key: str
    values: Number | Text | Mapping[str, object] = field(default_factory=dict)
    dy: float = 0.0
    look: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: Lang) -> Text:
        """Return the words."""
        if isinstance(self.values, Number):
            return sentences.figure(self.values, lang)
        return self.values if isinstance(self.values, Text) else sentences.text(self.key, lang, **self.values)

    def write(self, ax: Axes, x: float, y: float, lang: Lang, width: float | None = None) -> Artist:
        """Write the words at a place in the data's own coordinates; a sentence is broken after ``width``."""
        look: dict[str, Any] = {"va": "center", "size": style.LABEL, **self.look}
        text, bold = self.text(lang), look.get("weight") == "bold"
        if isinstance(self.values, Number):
            return style.write(ax, x, y + self.dy, text.plain, f"n:{self.values.id}", **look)
        words = text.plain if width is None else style.wrap(text.plain, width, look["size"], bold=bold)
        return style.write(ax, x, y + self.dy, words, style.named(self.key, text), **look)


@dataclass(frozen=True)
class Bar:
    """One bar in a row.

    ``name``: key of the sentence that names the row, or its name. ``low``, ``high``: the bar runs from zero
    to ``low``; what is possible beyond, to ``high``, is an open end. ``labels``: words at its right.
    ``evidence``: whose colour it has. ``kind``: ``bar``; ``striped`` for a bar of two kinds; ``gap`` for what
    the sources leave unaccounted for: white, hatched, its outline computed; ``range`` for a flat one from
    ``low`` to ``high``, no centre; ``open`` for such a one in outline; ``line`` for a bar with a dashed line
    to ``high``. ``thick``: its thickness as a part of the row.
    """

    name: str
    low: float
    high: float
    labels: tuple[Label, ...]
    evidence: Evidence = Evidence.PUBLISHED
    kind: str = "bar"
    thick: float = BAR

    def draw(self, ax: Axes, y: float, lang: Lang) -> None:
        """Draw the bar and its labels on axes that have their limits."""
        colour, flat = COLOURS[self.evidence], self.kind in ("range", "open")
        begin, end = (self.low, self.high) if flat else (0.0, self.low)
        look: dict[str, Any] = {"edgecolor": colour, "linestyle": COMPUTED, "linewidth": 1.2}
        if self.kind != "open":
            (bar,) = ax.barh(y, end - begin, self.thick, begin, color=colour)
            if self.kind == "striped":
                bar.set(hatch="//", edgecolor=style.WHITE, linewidth=0)
            if self.kind == "gap":
                bar.set(facecolor=style.WHITE, hatch="////", **look)
        if self.kind == "line":
            ax.plot([end, self.high], [y, y], color=colour, linewidth=1.6, linestyle=COMPUTED)
            ax.plot([self.high], [y], marker="|", markersize=11, color=colour, markeredgewidth=1.8)
        elif self.high > self.low and self.kind != "range":
            # from what is certain to the most that the words leave possible: a limit that is computed
            ax.barh(y, self.high - self.low, self.thick, self.low, facecolor=style.WHITE, **look)
        for label in self.labels:
            label.write(ax, style.beside(ax, self.high), y, lang, style.room(ax))


def bars(
    page: Page, shown: Exhibit, rows: Sequence[Bar], *, height: float = ROW, gutter: float = GUTTER
) -> tuple[Figure, Axes]:
    """Return a figure of horizontal bars, one row each, the first on top.

    ``page``, ``shown``, ``height``, ``gutter``: as in :func:`lines_of`. ``rows``: the bars.
    """
    named = [sentences.first([one.name], page.lang, one.name) for one in rows]
    figure, ax = lines_of(page, shown, named, height, gutter=gutter)
    put(ax, list(enumerate(rows)), page.lang)
    return figure, ax


def put(ax: Axes, rows: Sequence[tuple[float, Bar]], lang: Lang) -> None:
    """Draw bars at their places, on an axis from zero on which every label fits."""
    words = ["\n".join(label.text(lang).plain for label in one.labels) for _, one in rows]
    style.fit(ax, [(max(one.high, 1e-6), said) for (_, one), said in zip(rows, words, strict=True)])
    for y, one in rows:
        one.draw(ax, y, lang)


def lines_of(
    page: Page,
    shown: Exhibit,
    words: Sequence[str],
    height: float = ROW,
    *,
    gutter: float = GUTTER,
    above: float = 0.0,
    **how: Any,
) -> tuple[Figure, Axes]:
    """Return a figure with one row for every name: at its left, or above it where the page is narrow.

    ``page``, ``shown``: what it is drawn for, and whose title and subtitle it has. ``words``: names without
    digits, the first on top. ``height``, ``gutter``, ``above``: height of a row, room at the left and above,
    in inches. ``how``: what else :func:`names` takes.
    """
    height, gutter = (row_height(page, words, height), 0.0) if page.narrow else (height, gutter)
    figure, ax = page.sheet(shown, height * len(words), gutter=gutter + how.get("beside", 0.0), above=above)
    names(ax, words, gutter, **how)
    return figure, ax


def row_height(page: Page, words: Sequence[str], height: float) -> float:
    """Return the height of a row in inches: with room for its name where the page is narrow."""
    if not page.narrow:
        return height
    lines = max((style.wrap(one, page.width - 2 * style.MARGIN).count("\n") + 1 for one in words), default=1)
    return max(height * 1.25, PER_LINE * lines)


def names(
    ax: Axes,
    words: Sequence[str],
    gutter: float,
    *,
    baseline: bool = True,
    beside: float = 0.0,
    size: float = style.LABEL,
) -> None:
    """Set one row for every name, at 0, 1, ... from above; names stand left aligned, broken into lines.

    ``ax``, ``words``: the axes; names without digits. ``gutter``: room left of the axes, in inches; none:
    names stand above their rows. ``baseline``: whether the line at zero is drawn. ``beside``: room between
    names and axes for numbers, in inches. ``size``: of the names, in points.
    """
    above, wide = (0.0, gutter - style.MARGIN) if gutter else (0.36, style.size(ax)[0] + beside)
    ax.set_yticks([row - above for row in range(len(words))], [style.wrap(one, wide, size) for one in words])
    ax.tick_params(axis="y", length=0, pad=(gutter + beside) * style.POINTS, labelsize=size)
    for label in ax.get_yticklabels():
        label.set(horizontalalignment="left", verticalalignment="bottom" if above else "center_baseline")
        if above and not baseline:  # an upright line may pass behind it
            label.set_bbox(BEHIND)
    ax.set_ylim(max(len(words), 1) - 0.5, -0.5 - above / 2)
    style.plain(ax, baseline=baseline)


def diamond(ax: Axes, x: float, y: float, colour: str, **look: Any) -> None:
    """Draw the mark of a number beside a range that it is compared with."""
    marked: dict[str, Any] = {"marker": "D", "markersize": 7.0, "linestyle": "none", "zorder": 3}
    marked |= {"markeredgecolor": style.WHITE, "markeredgewidth": 1.2, "clip_on": False}
    ax.plot(x, y, color=colour, **{**marked, **look})


def dot(ax: Axes, x: float, y: float, colour: str, face: str, **look: Any) -> None:
    """Draw the mark of a number in the middle of its range: filled, or white for the other of two."""
    dotted: dict[str, Any] = {"marker": "o", "markersize": 7, "linestyle": "none", "color": colour}
    ax.plot([x], [y], markerfacecolor=face, **{**dotted, "markeredgewidth": 1.4, **look})


def span(ax: Axes, y: float, low: float, high: float, colour: str, **look: Any) -> None:
    """Draw a range that was computed, dashed as all that is."""
    ax.plot([low, high], [y, y], **{"color": colour, "linestyle": COMPUTED, "linewidth": 1.4, **look})


# ---- curves


def curve(page: Page, shown: Exhibit, right: float, top: float, step: int) -> tuple[Figure, Axes]:
    """Return a figure for a curve: room at the left and below for the numbers of its axes.

    ``page``, ``shown``: whose it is. ``right``, ``top``, ``step``: ends of its axes; between numbers below.
    """
    figure, ax = page.sheet(shown, TALL, gutter=0.45)
    left, bottom, width, height = ax.get_position().bounds
    raised = TICKS / figure.get_figheight()
    ax.set_position((left, bottom + raised, width, height - raised))
    ax.set(xlim=(0, right), ylim=(0, top), xticks=range(0, int(right) + 1, step))
    return figure, ax


def line(ax: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    """Draw the line of a curve whose numbers rest on an assumption."""
    import seaborn

    seaborn.lineplot(x=x, y=y, ax=ax, color=COLOURS[Evidence.ASSUMED], linestyle=COMPUTED, linewidth=2)


# ---- courses in panels, with bands


def panels(
    page: Page, shown: Exhibit, *, rows: int, columns: int, height: float, below: float = 0.0
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels between its title and its status line.

    ``page``, ``shown``: what it is drawn for, and whose title and subtitle it has. ``rows``, ``columns``:
    number of panels. ``height``: height of a panel, in inches. ``below``: room under the panels for words, in
    inches.
    """
    if page.narrow:
        rows, columns, below = rows * columns, 1, 2 * below
    over = ABOVE + (0.18 if page.narrow else 0.0)
    whole = rows * (height + over + BELOW) + below
    figure, frame = page.sheet(shown, whole)
    box = frame.get_position()
    frame.remove()
    tall = float(figure.get_figheight())
    wide = (page.width - 2 * style.MARGIN - columns * LEFT - (columns - 1) * (BETWEEN - LEFT)) / columns
    axes = []
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        bottom = box.y1 * tall - (row + 1) * (height + over + BELOW) + BELOW
        left = style.MARGIN + LEFT + column * (wide + BETWEEN)
        ax = figure.add_axes((left / page.width, bottom / tall, wide / page.width, height / tall))
        ax.patch.set_visible(not page.bare)
        ax.tick_params(labelsize=SMALL, length=3, color=style.LINE)
        ax.grid(axis="y", color=style.GRID, linewidth=0.7)
        ax.set_axisbelow(True)
        axes.append(ax)
    return figure, axes


def needed(ax: Axes, x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the points of a line that a reader can see; the axes have their limits."""
    path = Path(list(zip(x, y, strict=True))).transformed(ax.transData)
    path.simplify_threshold = HAIR * ax.figure.dpi
    kept: Any = path.cleaned(simplify=True).vertices
    xs, ys = ax.transData.inverted().transform(kept[:-1]).T.tolist()  # the last one says that it ends
    return xs, ys


def course(ax: Axes, x: Sequence[float], y: Sequence[float], **look: Any) -> None:
    """Draw a line through the points that it needs; the axes have their limits."""
    ax.plot(*needed(ax, x, y), **look)


def area(
    ax: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str, alpha: float
) -> None:
    """Fill the area between two lines, as one shape of the points that they need."""
    (xs, ys), (others, tops) = needed(ax, x, low), needed(ax, x, high)
    ax.fill([*xs, *reversed(others)], [*ys, *reversed(tops)], color=colour, alpha=alpha, linewidth=0)


def bands(ax: Axes, x: Sequence[float], values: Mapping[str, Sequence[float]]) -> None:
    """Draw the outer band, the inner band and the middle of a course.

    ``ax``, ``x``: where; the axes have their limits. ``values``: ``assumptions_q10``, ``assumptions_q90``,
    ``chance_q10``, ``chance_q50`` and ``chance_q90``.
    """
    for (prefix, look), thick in zip(BANDS.items(), (1.1, 0.8), strict=True):
        low, high = values[f"{prefix}_q10"], values[f"{prefix}_q90"]
        area(ax, x, low, high, look["color"], look["alpha"])
        for edge in (low, high):
            course(ax, x, edge, **{**look, "alpha": 1, "linewidth": thick})
    course(ax, x, values["chance_q50"], color=style.INK, linewidth=1.1, linestyle=COMPUTED)


def heading(ax: Axes, name: str, meaning: str, lang: Lang, **numbers: Number) -> None:
    """Write the name of a panel above it, and a sentence below the name; ``numbers`` fill the sentence."""
    (width, height), narrow = style.size(ax), style.room(ax) is not None
    look = {"transform": ax.transAxes, **({"va": "top"} if narrow else {})}
    for label, y in (
        (Label(name, look={"weight": "bold", **look}), ABOVE - 0.16),
        (Label(meaning, numbers, look={"size": SMALL, "color": style.MUTED, **look}), ABOVE - 0.36),
    ):
        place = (-LEFT / width, 1 + (y + 0.24 * narrow) / height)
        label.write(ax, *place, lang, width + LEFT if narrow else None)


def key(
    axes: Sequence[Axes], entries: Sequence[tuple[str, Mapping[str, object], Mapping[str, Any]]], lang: Lang
) -> None:
    """Write what each line or band is under the panels, beside a piece of it.

    ``axes``: the panels of a figure. ``entries``: key and values of each sentence, in order, with the look of
    a line, or of a band where ``alpha`` is given. ``lang``: language.
    """
    ax = min(axes, key=lambda one: (round(one.get_position().y0, 6), one.get_position().x0))
    (width, height), narrow = style.size(ax), style.room(ax) is not None
    made: list[Any] = []
    for _, _, look in entries:
        line = {"edgecolor": look["color"], "linestyle": look["linestyle"], "linewidth": 1.1}
        face = to_rgba(look["color"], look.get("alpha", 0))
        made.append(Patch(facecolor=face, **line) if "alpha" in look else Line2D([], [], **look, lw=1.6))
    said = [sentences.text(name, lang, **values) for name, values, _ in entries]
    room: Any = {"handlelength": 2.4, "handletextpad": 0.6, "columnspacing": 2.8, "labelspacing": 0.75}
    room |= {"bbox_to_anchor": (-LEFT / width, -(BELOW + 0.14) / height), "loc": "upper left"}
    room |= {"frameon": False, "fontsize": SMALL, "borderpad": 0, "borderaxespad": 0}
    legend = ax.legend(made, [one.plain for one in said], ncols=1 if narrow else len(made), **room)
    for text, one, (name, _, _) in zip(legend.get_texts(), said, entries, strict=True):
        text.set_gid(style.named(name, one))


def scale(
    ax: Axes, days: Sequence[datetime.date], top: float, lang: Lang, grey: Sequence[datetime.date] = ()
) -> list[float]:
    """Set a scale of days and of whole numbers, and return the days as years.

    A tick stands at the begin of every year; of quarters or half years, by month, where years are no scale.
    ``ax``, ``days``: the axes and the days of a course, in order. ``top``: end of the other axis. ``grey``:
    first and last day of each time that is marked, in turn.
    """
    x = [style.year_of(day) for day in days]
    first, last = x[0], x[-1]
    top = max(top, 2.0)  # fewer than three numbers are no scale
    ax.set(xlim=(first, last), ylim=(0, top))
    for ends in zip(grey[::2], grey[1::2], strict=True):
        ax.axvspan(*map(style.year_of, ends), color=style.GRID, linewidth=0, zorder=0)
    places: list[float] = list(range(int(first) + 1, int(last) + 1))
    labels = [str(year) for year in places]
    if len(places) < 3:  # too few years for a scale: months
        quarters = [one for one in range(4 * int(first), 4 * int(last + 1)) if first <= one / 4 <= last]
        quarters = [one for one in quarters if len(quarters) <= MOST_TICKS or one % 2 == 0]
        labels = [notation.month(3 * (one % 4) + 1, lang) for one in quarters]
        places = [quarter / 4 for quarter in quarters]
    ax.set_xticks(places, labels=labels)
    ticks = [int(one) for one in MaxNLocator(5, integer=True).tick_values(0, top) if 0 <= one <= top]
    ax.set_yticks(ticks, labels=[notation.decimal(tick, lang) for tick in ticks])
    return x
