"""The house style of figures: one colour per evidence class, direct labels, sentences with traced numbers.

The ten rules behind it (sources in ``docs``): the title says the message, the subtitle the statistic;
observed is solid, computed dashed (whatever it rests on), an assumption itself dotted; bounds are flat bars
without a centre; labels stand at the marks; colours differ from white by a contrast of at least 3:1, touch
each other only across white, and never carry the meaning alone.
"""

import datetime
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kik_analysis import __version__, project
from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.claims import documents
from kik_analysis.facts.precision import period
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text as Artist

    from kik_analysis.figures.exhibit import Exhibit

WIDTH, NARROW = 7.92, 3.4
"""Width of a figure in inches: 760 pixels on a page, 326 on a phone of 360; letters keep their size."""
MARGIN = 0.12
"""White space at the edges, in inches."""
TITLE, SUBTITLE, LABEL, SMALL = 13.0, 10.0, 10.0, 9.0
"""Sizes of letters in points; none is smaller than SMALL."""
LEADING = 1.32
"""Line height as a multiple of the size of the letters."""
POINTS = 72.0
"""Points in an inch."""
FONT = "DejaVu Sans"
SLACK = 1.04
"""Room for fonts that run wider than the one measured."""
GAP = 0.07
"""Between a mark and its label, in inches."""
STATUS, UNSIGNED = "figures.status", "0" * 8
"""Group of the words of a status line, and as much of a digest as it will bear."""
_BREAK = re.compile(r"(?<!\d) (?!\d)")

INK, MUTED, LINE, WHITE = "#1a1a1a", "#595959", "#767676", "#ffffff"
GRID = "#d4d4d4"
"""For grid lines, which help the eye and mean nothing; the one colour without contrast to white."""
COLOURS: dict[Evidence, str] = {
    Evidence.PUBLISHED: "#0058b8",
    Evidence.RECOMPUTED: "#2f7d32",
    Evidence.BOUNDED: "#7d4791",
    Evidence.SIMULATED: "#b34e00",
    Evidence.ASSUMED: "#c90c0f",
}
"""One colour per evidence class, here and on the page."""
OBSERVED, COMPUTED, ASSUMED, OTHER = "solid", "dashed", "dotted", (0, (8, 2))
"""Lines, also in black and white: what was counted; what was computed, though its colour may say that it
rests on assumptions; an assumption itself, or what was only announced; the other of two computed lines."""
MEANINGFUL = (INK, MUTED, LINE, *COLOURS.values())
"""Colours that carry a meaning or words: each stands against white."""
SETTINGS: Any = {
    # what seaborn's style "white" changes, without the second that importing seaborn takes
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "patch.edgecolor"), "white"),
    **dict.fromkeys(("axes.axisbelow", "patch.force_edgecolor"), True),
    **dict.fromkeys(("axes.grid", "xtick.top", "xtick.bottom", "ytick.left", "ytick.right"), False),
    **dict.fromkeys(("xtick.direction", "ytick.direction"), "out"),
    # the house's own
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "axes.unicode_minus", "path.simplify"), False),
    **{"font.family": FONT, "font.size": LABEL, "xtick.labelsize": SMALL, "ytick.labelsize": LABEL},
    **{"axes.edgecolor": LINE, "grid.color": GRID, "grid.linestyle": "-", "hatch.linewidth": 1.1},
    **{"lines.solid_capstyle": "butt", "svg.fonttype": "none", "svg.hashsalt": "kik"},
}
"""Settings of matplotlib while a figure is drawn."""

_used: "WeakKeyDictionary[Figure, Counter[str]]" = WeakKeyDictionary()


@contextmanager
def house() -> Iterator[None]:
    """Draw in the house style until the block ends; settings of the caller come back after it."""
    import matplotlib  # whoever draws nothing does without

    with matplotlib.rc_context(SETTINGS):
        yield


@functools.cache
def inches(words: str, size: float = LABEL, *, bold: bool = False) -> float:
    """Return the width of one line of words, measured with the font itself."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(words, font, ismath=False)
    return float(width) / POINTS * SLACK


def wrap(words: str, width: float, size: float = LABEL, *, bold: bool = False) -> str:
    """Return words broken into lines no wider than ``width`` inches; a number keeps its neighbours."""
    lines = [""]
    for word in _BREAK.split(words):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and inches(longer, size, bold=bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def size(ax: "Axes") -> tuple[float, float]:
    """Return width and height of axes in inches."""
    box, figure = ax.get_position(), ax.figure
    return box.width * float(figure.get_figwidth()), box.height * float(figure.get_figheight())  # type: ignore[union-attr]


def inch(ax: "Axes") -> float:
    """Return how much of the horizontal axis an inch is, in the data's own units."""
    low, high = ax.get_xlim()
    return (high - low) / size(ax)[0]


def rows(ax: "Axes") -> float:
    """Return how many rows of a chart an inch is."""
    low, high = ax.get_ylim()
    return abs(high - low) / size(ax)[1]


def year_of(day: datetime.date) -> float:
    """Return a day as a year with a fraction, for an axis."""
    start = datetime.date(day.year, 1, 1)
    return day.year + (day - start).days / (datetime.date(day.year + 1, 1, 1) - start).days


def fit(ax: "Axes", marks: Iterable[tuple[float, str]]) -> None:
    """Set the end of the horizontal axis so that every label at the right of its mark fits.

    ``ax``: axes that start at zero. ``marks``: where each mark ends, and the words to its right.
    """
    width, most, ends = size(ax)[0], room(ax), [1e-6]
    for end, words in marks:
        said = words.split("\n")
        lines = said if most is None else [line for one in said for line in wrap(one, most).split("\n")]
        ends.append(end * width / (width - max(map(inches, lines)) - 2 * GAP))
    ax.set_xlim(0, max(ends))


def room(ax: "Axes") -> float | None:
    """Return after how many inches a label beside a mark is broken: None where the figure is wide."""
    return None if ax.figure.get_figwidth() > WIDTH / 2 else size(ax)[0] * 0.55  # type: ignore[union-attr]


def whole(figure: "Figure") -> bool:
    """Tell whether every word of a figure lies inside it and none covers another."""
    from matplotlib.text import Text as Words

    figure.draw_without_rendering()  # places all words, and paints nothing
    texts: Any = (one for one in figure.findobj(Words) if one.get_visible())
    boxes = [one.get_window_extent().padded(-1) for one in texts if one.get_text().strip()]
    edge = figure.bbox.padded(2)
    inside = all(edge.contains(*corner) for box in boxes for corner in (box.p0, box.p1))
    return inside and not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[:k])


def beside(ax: "Axes", end: float) -> float:
    """Return where a label at the right of a mark begins, in the data's own coordinates."""
    return end + GAP * inch(ax)


def status(lang: Lang, published: bool = True) -> Text:
    """Return the status line: independent, from public documents, state of the sources, version."""
    if not (published and project.published.get()):
        return sentences.text("figures.status_own", lang, version=Ref(__version__))
    last = max(period(document.date).first for document in documents().values())
    return sentences.text("figures.status", lang, day=last, version=Ref(__version__))


def sign(digest: str, lang: Lang) -> str:
    """Return the last words of a status line: which calculation the figure is of."""
    return f" {sentences.text('figures.sign', lang, digest=Ref(digest)).plain}"


@dataclass(frozen=True)
class Page:
    """What a figure is drawn for.

    ``lang``: language of all words. ``bare``: true where a page says title, subtitle and status line in its
    own words: they are not drawn, nor is the white background. ``width``: width of the figure in inches.
    """

    lang: Lang
    bare: bool = False
    width: float = WIDTH

    @property
    def narrow(self) -> bool:
        """Tell whether it is for a phone: names above their rows, panels below each other."""
        return self.width < WIDTH / 2

    def sheet(
        self, shown: "Exhibit", height: float, *, gutter: float = 0.0, above: float = 0.0
    ) -> "tuple[Figure, Axes]":
        """Return an empty figure with title, subtitle and status line, and the axes between them.

        ``shown``: whose title (the message) and subtitle (the statistic) stand above the axes. ``height``:
        height of the axes in inches. ``gutter``, ``above``: room left of the axes and above them for labels,
        in inches.
        """
        from matplotlib.figure import Figure

        inner, blocks = self.width - 2 * MARGIN, []
        for text, key, size, look in (
            (shown.text("title", self.lang), f"{shown.key}.title", TITLE, {"color": INK, "weight": "bold"}),
            (shown.text("subtitle", self.lang), f"{shown.key}.subtitle", SUBTITLE, {"color": MUTED}),
            (status(self.lang), STATUS, SMALL, {"color": MUTED}),
        ):
            # a result's figures are signed when all are there: the line keeps room for it
            kept = sign(UNSIGNED, self.lang).replace(" ", "\N{NO-BREAK SPACE}") if key == STATUS else ""
            words = wrap(text.plain + kept, inner, size, bold="weight" in look)
            lines = words.removesuffix(kept).split("\n")
            tall = len(lines) * size * LEADING / POINTS
            blocks.append((lines, tall, named(key, text), {"size": size, **look}))
        first, second, last = (tall for _, tall, _, _ in blocks)
        head = 0.0 if self.bare else first + second + 3 * MARGIN
        foot = 0.0 if self.bare else last + 2 * MARGIN
        total = MARGIN + head + above + height + foot + MARGIN
        figure = Figure(figsize=(self.width, total))
        figure.patch.set_visible(not self.bare)
        tops = (total - MARGIN, total - 1.5 * MARGIN - first, MARGIN + last)
        for top, (lines, tall, gid, whole) in () if self.bare else zip(tops, blocks, strict=True):
            for n, line in enumerate(lines, start=1):  # each is a text with its own place in the SVG
                y = (top - n * tall / len(lines)) / total
                write(figure, MARGIN / self.width, y, line, gid, va="baseline", **whole)
        left, bottom = MARGIN + gutter, MARGIN + foot
        place = (left / self.width, bottom / total, (inner - gutter) / self.width, height / total)
        ax = figure.add_axes(place)
        ax.patch.set_visible(not self.bare)
        return figure, ax


def named(key: str, text: Text) -> str:
    """Return what the group of a filled sentence is called: its key, and the numbers in it."""
    return "|".join((f"t:{key}", *text.numbers))


def write(where: "Figure | Axes", x: float, y: float, words: str, gid: str, **look: Any) -> "Artist":
    """Write words in a group of their own: ``gid``, ``gid#2``, ... so that no two groups share an id."""
    figure: Any = where if hasattr(where, "add_axes") else where.figure
    seen = _used.setdefault(figure, Counter())
    seen[gid] += 1
    artist: Artist = where.text(x, y, words, **look)
    artist.set_gid(gid if seen[gid] == 1 else f"{gid}#{seen[gid]}")
    return artist


def plain(ax: "Axes", *, baseline: bool = True) -> None:
    """Take away the axes' frame, ticks and names, all but the line at zero: labels stand at the marks."""
    ax.set(xlabel="", ylabel="")
    ax.tick_params(axis="x", length=0, labelbottom=False)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "left" and baseline)
