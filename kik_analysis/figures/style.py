"""The house style of figures: one colour per evidence class, direct labels, sentences with traced numbers.

The ten rules behind it (sources in ``docs``): the title says the message, the subtitle the statistic;
observed is solid, computed dashed, assumed dotted; bounds are flat bars without a centre; labels stand at
the marks; colours differ from white by a contrast of at least 3:1, touch each other only across white, and
never carry the meaning alone.
"""

from __future__ import annotations

import functools
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from kik_analysis import __version__
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.facts.documents import documents
from kik_analysis.facts.periods import period
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.plain import PLAIN
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.text import Text as Artist

WIDTH = 7.92
"""Width of a figure in inches: 760 pixels on a page."""
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
LINES: dict[Evidence, str] = {
    Evidence.PUBLISHED: "solid",
    Evidence.RECOMPUTED: "dashed",
    Evidence.BOUNDED: "dashed",
    Evidence.SIMULATED: "dashed",
    Evidence.ASSUMED: "dotted",
}
"""Observed solid, computed dashed, assumed dotted; also in black and white."""
UNACCOUNTED_HATCH = "////"
"""Hatching of what the sources leave unaccounted for."""
MEANINGFUL = (INK, MUTED, LINE, *COLOURS.values())
"""Colours that carry a meaning or words: each stands against white."""
PALETTE = frozenset({*MEANINGFUL, WHITE, GRID})
"""Every colour that a figure may use."""
DIGEST_VARIABLE = "KIK_DIGEST"
"""Set by a run: digest of its inputs; a footer shows the first characters."""
DIGEST_SHOWN = 8

_used: WeakKeyDictionary[Figure, Counter[str]] = WeakKeyDictionary()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, relative luminance), from 1 to 21.

    Parameters
    ----------
    one, other
        Colours as ``#rrggbb``.
    """

    def luminance(colour: str) -> float:
        channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@contextmanager
def house() -> Iterator[None]:
    """Draw in the house style until the block ends; settings of the caller come back after it."""
    import matplotlib

    settings: Any = {
        **PLAIN,
        "font.family": FONT,
        "font.size": LABEL,
        "text.color": INK,
        "axes.edgecolor": LINE,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": LABEL,
        "grid.color": GRID,
        "hatch.linewidth": 1.1,
        "lines.solid_capstyle": "butt",
        "axes.unicode_minus": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "kik",
        "path.simplify": False,
    }
    with matplotlib.rc_context(settings):
        yield


def _gid(figure: Figure, name: str) -> str:
    """Return a group id that no other group of the figure has: ``name``, ``name#2``, ..."""
    seen = _used.setdefault(figure, Counter())
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}#{seen[name]}"


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


def fit(ax: Axes, marks: Iterable[tuple[float, str]]) -> float:
    """Set the end of the horizontal axis so that every label at the right of its mark fits; return it.

    Parameters
    ----------
    ax
        Axes that start at zero.
    marks
        Where each mark ends, and the (widest line of the) words to its right.
    """
    width = ax.get_position().width * WIDTH
    gap = 2 * GAP
    right = max(
        end * width / (width - max(inches(line) for line in words.split("\n")) - gap) for end, words in marks
    )
    ax.set_xlim(0, right)
    return right


def beside(ax: Axes, end: float) -> float:
    """Return where a label at the right of a mark begins, in the data's own coordinates."""
    low, high = ax.get_xlim()
    return end + GAP * (high - low) / (ax.get_position().width * WIDTH)


def status(lang: Lang) -> Text:
    """Return the status line: independent, from public documents, state of the sources, version, digest."""
    last = max(period(document.date).first for document in documents().values())
    line = sentences.text("figures.status", lang, day=last, version=Ref(__version__))
    digest = os.environ.get(DIGEST_VARIABLE, "")[:DIGEST_SHOWN]
    if not digest:
        return line
    return sentences.join([line, sentences.text("figures.digest", lang, digest=Ref(digest))])


def sheet(
    exhibit: Exhibit, lang: Lang, height: float, *, gutter: float = 0.0, above: float = 0.0
) -> tuple[Figure, Axes]:
    """Return an empty figure with title, subtitle and status line, and the axes between them.

    Parameters
    ----------
    exhibit
        Whose title (the message) and subtitle (the statistic) stand above the axes.
    lang
        Language of all words.
    height
        Height of the axes in inches.
    gutter, above
        Room left of the axes and above them for labels, in inches.
    """
    from matplotlib.figure import Figure

    inner = WIDTH - 2 * MARGIN
    blocks = [
        _Block(exhibit.text("title", lang), f"{exhibit.key}.title", TITLE, INK, bold=True),
        _Block(exhibit.text("subtitle", lang), f"{exhibit.key}.subtitle", SUBTITLE, MUTED),
        _Block(status(lang), "figures.status", SMALL, MUTED),
    ]
    head = sum(block.height + MARGIN / 2 for block in blocks[:2])
    foot = blocks[2].height + 2 * MARGIN
    total = MARGIN + head + 2 * MARGIN + above + height + foot + MARGIN
    figure = Figure(figsize=(WIDTH, total))
    top = total - MARGIN
    for block in blocks[:2]:
        block.write(figure, top)
        top -= block.height + MARGIN / 2
    blocks[2].write(figure, MARGIN + blocks[2].height)
    place = (MARGIN + gutter, MARGIN + foot, inner - gutter, height)
    left, bottom, width, tall = place
    return figure, figure.add_axes((left / WIDTH, bottom / total, width / WIDTH, tall / total))


@dataclass(frozen=True)
class _Block:
    """A sentence over the full width: each line is a text of its own, with its own place in the SVG."""

    text: Text
    key: str
    size: float
    colour: str
    bold: bool = False

    @property
    def lines(self) -> list[str]:
        return wrap(self.text.plain, WIDTH - 2 * MARGIN, self.size, bold=self.bold).split("\n")

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LEADING / POINTS

    def write(self, figure: Figure, top: float) -> None:
        """Write the lines from ``top`` (in inches from below) downwards."""
        total = float(figure.get_figheight())
        style = {"size": self.size, "color": self.colour, "va": "baseline"}
        style["weight"] = "bold" if self.bold else "normal"
        for line in self.lines:
            top -= self.size * LEADING / POINTS
            _write(figure, MARGIN / WIDTH, top / total, line, f"t:{self.key}", **style)


def _write(where: Figure | Axes, x: float, y: float, words: str, gid: str, **style: Any) -> Artist:
    root = where if hasattr(where, "add_axes") else where.figure
    artist: Artist = where.text(x, y, words, **style)
    artist.set_gid(_gid(root, gid))  # type: ignore[arg-type]
    return artist


def label_number(
    ax: Axes,
    x: float,
    y: float,
    number: Number,
    lang: Lang,
    part: Literal["value", "low", "high"] = "value",
    **style: Any,
) -> Artist:
    """Write a number at a place in the axes, in a group that bears its id.

    Parameters
    ----------
    ax, x, y
        Where, in the data's own coordinates.
    number, lang, part
        Which part of which number, in which language's notation.
    style
        Properties of matplotlib's text.
    """
    words = sentences.figure(number, lang, part).plain
    return _write(ax, x, y, words, f"n:{number.id}", **{"va": "center", "size": LABEL, **style})


def label_text(
    ax: Axes, x: float, y: float, text: Text, key: str, width: float | None = None, **style: Any
) -> Artist:
    """Write a filled sentence at a place in the axes, in a group that bears its key.

    Parameters
    ----------
    ax, x, y
        Where, in the data's own coordinates.
    text, key
        The sentence and the key of its template.
    width
        Inches after which it is broken into lines; None keeps it on one.
    style
        Properties of matplotlib's text.
    """
    styled: dict[str, Any] = {"va": "center", "size": LABEL, **style}
    words = text.plain if width is None else wrap(text.plain, width, styled["size"])
    return _write(ax, x, y, words, f"t:{key}", **styled)


def categories(ax: Axes, labels: list[str], gutter: float) -> None:
    """Set the labels of horizontal bars: left aligned in the gutter, broken into lines where they must.

    Parameters
    ----------
    ax
        Axes whose y positions are 0, 1, ... from above.
    labels
        Words without digits, one per bar.
    gutter
        Room left of the axes, in inches.
    """
    words = [wrap(label, gutter - MARGIN) for label in labels]
    ax.set_yticks(range(len(words)), words)
    ax.tick_params(axis="y", length=0, pad=gutter * POINTS)
    for label in ax.get_yticklabels():
        label.set_horizontalalignment("left")


def bare(ax: Axes, *, baseline: bool = True) -> None:
    """Take away the axes' frame, ticks and names, all but the line at zero: labels stand at the marks."""
    ax.set(xlabel="", ylabel="")
    ax.tick_params(axis="x", length=0, labelbottom=False)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "left" and baseline)


def hatched(bar: Patch, evidence: Evidence = Evidence.RECOMPUTED) -> None:
    """Make a bar white with hatching and a computed outline: what the sources leave unaccounted for."""
    bar.set(
        facecolor=WHITE,
        edgecolor=COLOURS[evidence],
        hatch=UNACCOUNTED_HATCH,
        linestyle=LINES[evidence],
        linewidth=1.2,
    )


def open_bar(
    ax: Axes, low: float, high: float, y: float, thickness: float, evidence: Evidence = Evidence.PUBLISHED
) -> Rectangle:
    """Draw the open end of a bar: from what is certain to the most that the words leave possible.

    Parameters
    ----------
    ax, y, thickness
        Where, and how thick, in the data's own coordinates.
    low, high
        From where to where.
    evidence
        Whose colour the outline has; it is dashed, as the limits are computed.
    """
    from matplotlib.patches import Rectangle

    end = Rectangle(
        (low, y - thickness / 2),
        high - low,
        thickness,
        facecolor=WHITE,
        edgecolor=COLOURS[evidence],
        linestyle=LINES[Evidence.RECOMPUTED],
        linewidth=1.2,
    )
    ax.add_patch(end)
    return end


def flat(bar: Patch, low: float, high: float) -> None:
    """Make a bar the flat range from ``low`` to ``high``: bounds have no centre and no shading."""
    bar.set(x=low, width=high - low, facecolor=COLOURS[Evidence.BOUNDED])
