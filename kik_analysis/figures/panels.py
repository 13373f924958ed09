"""Small panels side by side: courses with two bands, each band under its own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CHANCE, ASSUMPTIONS = Evidence.SIMULATED, Evidence.ASSUMED
"""Whose colours the two bands have: the inner one chance, the outer one chance and uncertain assumptions."""
FAINT, FULL = 0.16, 0.5
"""How much colour the outer and the inner band have; their edges have all of it."""
HAIR = 0.006
"""How far a drawn line may pass from a point that it stands for, in inches: less than its own width."""
LEFT, BETWEEN, ABOVE, BELOW = 0.5, 0.62, 0.52, 0.3
"""Room around a panel: for the axis at its left, between panels, for its heading, for the axis below."""


def grid(
    shown: Exhibit, lang: Lang, *, rows: int, columns: int, height: float, below: float = 0.0
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels between its title and its status line.

    Parameters
    ----------
    shown, lang
        Whose title and subtitle, in which language.
    rows, columns
        Number of panels.
    height
        Height of a panel, in inches.
    below
        Room under the panels for words, in inches.
    """
    whole = rows * (height + ABOVE + BELOW) + below
    figure, frame = style.sheet(shown, lang, whole)
    box = frame.get_position()
    frame.remove()
    tall = float(figure.get_figheight())
    wide = (style.WIDTH - 2 * style.MARGIN - columns * LEFT - (columns - 1) * (BETWEEN - LEFT)) / columns
    axes = []
    for row in range(rows):
        bottom = box.y1 * tall - (row + 1) * (height + ABOVE + BELOW) + BELOW
        for column in range(columns):
            left = style.MARGIN + LEFT + column * (wide + BETWEEN)
            place = (left / style.WIDTH, bottom / tall, wide / style.WIDTH, height / tall)
            ax = figure.add_axes(place)
            ax.tick_params(labelsize=style.SMALL, length=3, color=style.LINE)
            ax.grid(axis="y", color=style.GRID, linewidth=0.7)
            ax.set_axisbelow(True)
            axes.append(ax)
    return figure, axes


def thin(x: Sequence[float], y: Sequence[float], wide: float, tall: float) -> list[int]:
    """Return the places of the points that a line needs (Ramer 1972, Douglas and Peucker 1973).

    Parameters
    ----------
    x, y
        The line.
    wide, tall
        How far a point may lie off the drawn line, in the units of ``x`` and of ``y``.
    """
    import numpy as np

    across, up = np.asarray(x) / wide, np.asarray(y) / tall
    kept, parts = {0, len(x) - 1}, [(0, len(x) - 1)]
    while parts:
        first, last = parts.pop()
        if last - first < 2:
            continue
        dx, dy = across[last] - across[first], up[last] - up[first]
        between = slice(first + 1, last)
        off = np.abs((up[between] - up[first]) * dx - (across[between] - across[first]) * dy)
        middle = first + 1 + int(off.argmax())
        if off[middle - first - 1] > max(float(np.hypot(dx, dy)), 1e-12):
            kept.add(middle)
            parts += [(first, middle), (middle, last)]
    return sorted(kept)


def bands(ax: Axes, x: Sequence[float], values: Mapping[str, Sequence[float]], middle: str) -> None:
    """Draw the outer band, the inner band and the middle of a course.

    Parameters
    ----------
    ax, x
        Where; the axes have their limits.
    values
        ``chance_q10``, ``chance_q90``, ``assumptions_q10``, ``assumptions_q90`` and the middle, by name.
    middle
        Name of the middle.
    """
    for prefix, evidence, alpha in (("assumptions", ASSUMPTIONS, FAINT), ("chance", CHANCE, FULL)):
        low, high = values[f"{prefix}_q10"], values[f"{prefix}_q90"]
        colour = style.COLOURS[evidence]
        area(ax, x, low, high, colour, alpha)
        look = style.LINES[evidence] if evidence is ASSUMPTIONS else "solid"
        for edge in (low, high):
            course(
                ax, x, edge, color=colour, linewidth=1.1 if evidence is ASSUMPTIONS else 0.8, linestyle=look
            )
    course(ax, x, values[middle], color=style.INK, linewidth=1.1, linestyle=style.LINES[CHANCE])


def _needed(ax: Axes, x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the points of a line that a reader can see, in axes that have their limits."""
    width, height = _inches(ax)
    (left, right), (below, above) = ax.get_xlim(), ax.get_ylim()
    kept = thin(x, y, (right - left) * HAIR / width, (above - below) * HAIR / height)
    return [x[k] for k in kept], [y[k] for k in kept]


def course(ax: Axes, x: Sequence[float], y: Sequence[float], **look: Any) -> None:
    """Draw a line through the points that it needs; the axes have their limits."""
    ax.plot(*_needed(ax, x, y), **look)


def area(
    ax: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str, alpha: float
) -> None:
    """Fill the area between two lines, as one shape of the points that they need."""
    (xs, ys), (others, tops) = _needed(ax, x, low), _needed(ax, x, high)
    ax.fill([*xs, *reversed(others)], [*ys, *reversed(tops)], color=colour, alpha=alpha, linewidth=0)


def heading(ax: Axes, name: str, meaning: str, lang: Lang, **numbers: Number) -> None:
    """Write the name of a panel above it, and a sentence below the name; ``numbers`` fill the sentence."""
    width, height = _inches(ax)
    looks: tuple[tuple[str, float, dict[str, Any]], ...] = (
        (name, ABOVE - 0.16, {"weight": "bold", "size": style.LABEL}),
        (meaning, ABOVE - 0.36, {"size": style.SMALL, "color": style.MUTED}),
    )
    for key, y, look in looks:
        text = sentences.text(key, lang, **(numbers if key == meaning else {}))
        style.label_text(ax, -LEFT / width, 1 + y / height, text, key, transform=ax.transAxes, **look)


def _inches(ax: Axes) -> tuple[float, float]:
    box, figure = ax.get_position(), ax.figure
    return box.width * style.WIDTH, box.height * float(figure.get_figheight())  # type: ignore[union-attr]


def key(figure: Figure, ax: Axes, shown: Exhibit, lang: Lang) -> None:
    """Write the names of the two bands under the panels, each beside a piece of its band.

    Parameters
    ----------
    figure, ax
        The figure, and the panel at the lower left.
    shown, lang
        Whose number says which share of the runs a band holds (``inside``).
    """
    width, height = _inches(ax)
    x, y = -LEFT, -(BELOW + 0.22)
    for words, evidence, alpha in (
        ("caseload.band.chance", CHANCE, FULL), ("caseload.band.assumptions", ASSUMPTIONS, FAINT)
    ):  # fmt: skip
        text = sentences.text(words, lang, inside=shown.numbers["inside"])
        colour = style.COLOURS[evidence]
        line = style.LINES[evidence] if evidence is ASSUMPTIONS else "solid"
        box = {"facecolor": colour, "alpha": alpha, "linewidth": 0}
        edge = {"facecolor": "none", "edgecolor": colour, "linestyle": line, "linewidth": 1.1}
        for look in (box, edge):
            place = (x / width, (y - 0.06) / height)
            _rectangle(ax, place, 0.3 / width, 0.12 / height, look)
        style.label_text(
            ax, (x + 0.38) / width, y / height, text, words, size=style.SMALL, transform=ax.transAxes
        )
        x += 0.38 + style.inches(text.plain, style.SMALL) + 0.35


def lines_key(ax: Axes, entries: Sequence[tuple[Text, str, str, str]]) -> None:
    """Write what each line is under a panel, beside a piece of that line.

    Parameters
    ----------
    ax
        The panel.
    entries
        Sentence, its key, colour and style of each line, in order.
    """
    from matplotlib.lines import Line2D

    width, height = _inches(ax)
    x, y = -LEFT, -(BELOW + 0.22)
    for text, name, colour, line in entries:
        ends = [x / width, (x + 0.34) / width], [y / height, y / height]
        look: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 1.6, "clip_on": False}
        ax.add_line(Line2D(*ends, transform=ax.transAxes, **look))
        place = ((x + 0.42) / width, y / height)
        style.label_text(ax, *place, text, name, size=style.SMALL, transform=ax.transAxes)
        x += 0.42 + style.inches(text.plain, style.SMALL) + 0.35


def _rectangle(ax: Axes, place: tuple[float, float], wide: float, tall: float, look: dict[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle(place, wide, tall, transform=ax.transAxes, clip_on=False, **look))


def whole_ticks(ax: Axes, lang: Lang, most: int = 5) -> None:
    """Set ticks at whole numbers, written as the language does."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(most, integer=True).tick_values(*ax.get_ylim())
    kept = [int(tick) for tick in ticks if ax.get_ylim()[0] <= tick <= ax.get_ylim()[1]]
    ax.set_yticks(kept, labels=[notation.whole(tick, lang) for tick in kept])
