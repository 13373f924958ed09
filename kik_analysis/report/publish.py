"""Publishes an exhibit: shows it in the notebook and, in a run, hands files over to the report.

Figures are written the same way every time: no date, no version of the drawing library, constant ids, text
kept as text, one font that comes with the library.
"""

from __future__ import annotations

import io
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.report import record, tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OUT_VARIABLE = "KIK_OUT"
NOTEBOOK_VARIABLE = "KIK_NOTEBOOK"
PNG_DPI = 200
FONT = "DejaVu Sans"
_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "kik", "font.family": FONT}
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


@dataclass(frozen=True)
class Published:
    """What a notebook cell shows: the figure, or the table, with a text that does the same job."""

    bundle: dict[str, str]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return dict(self.bundle)


def _render(figure: Figure, kind: str) -> bytes:
    metadata: dict[str, Any] = (
        {"Date": None, "Creator": None, "Format": None, "Type": None} if kind == "svg" else {"Software": None}
    )
    stream = io.BytesIO()
    figure.savefig(stream, format=kind, metadata=metadata, dpi=PNG_DPI if kind == "png" else "figure")
    return stream.getvalue()


def _close(figure: Figure) -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def draw(exhibit: Exhibit, lang: Lang, kinds: tuple[str, ...] = ("svg",)) -> dict[str, bytes]:
    """Draw an exhibit's figure once and return it in the formats asked for (``svg``, ``png``).

    Parameters
    ----------
    exhibit
        An exhibit with a figure.
    lang
        Language of its labels.
    kinds
        Formats; the SVG starts at its ``<svg`` element, without a prologue.
    """
    import matplotlib

    assert exhibit.draw is not None
    with matplotlib.rc_context(_STYLE):
        figure = exhibit.draw(lang)
        found = {kind: _render(figure, kind) for kind in kinds}
        _close(figure)
    if "svg" in found:
        found["svg"] = _PROLOGUE.sub("", found["svg"].decode("utf-8"), count=1).encode("utf-8")
    return found


def _alternative(exhibit: Exhibit, lang: Lang) -> str:
    parts = [exhibit.text(part, lang).plain for part in ("title", "subtitle", "alt", "note")]
    return "\n".join(part for part in parts if part) + "\n"


def _place(folder: Path, name: str) -> int:
    """Return the order of an exhibit within its notebook: its old one when it was published before."""
    taken = {path.stem.partition("-")[2]: int(path.stem.partition("-")[0]) for path in folder.glob("*.json")}
    return taken.get(name, max(taken.values(), default=0) + 1)


def _write(exhibit: Exhibit, out: Path, notebook: str) -> dict[Lang, bytes]:
    """Write an exhibit's files and return its drawings, so that none is made twice."""
    folder = out / record.FOLDER / notebook
    for needed in (folder, out / "figures", out / "tables"):
        needed.mkdir(parents=True, exist_ok=True)
    drawings: dict[Lang, bytes] = {}
    if exhibit.draw is not None:
        for lang in LANGUAGES:
            base = out / "figures" / f"{exhibit.name}.{lang}"
            drawn = draw(exhibit, lang, ("svg", "png"))
            drawings[lang] = drawn["svg"]
            for kind, content in drawn.items():
                base.with_name(f"{base.name}.{kind}").write_bytes(content)
            base.with_name(f"{base.name}.txt").write_text(
                _alternative(exhibit, lang), encoding="utf-8", newline="\n"
            )
    if exhibit.table is not None:
        path = out / "tables" / f"{exhibit.table.name}.csv"
        path.write_text(exhibit.table.csv(), encoding="utf-8", newline="\n")
    order = _place(folder, exhibit.name)
    path = folder / f"{order:02d}-{exhibit.name}.json"
    path.write_text(record.as_json(exhibit, notebook, order), encoding="utf-8", newline="\n")
    return drawings


def publish(exhibit: Exhibit, language: Lang = "en") -> Published:
    """Show an exhibit in a notebook and, when ``$KIK_OUT`` names a folder, write its files there.

    Parameters
    ----------
    exhibit
        What to show.
    language
        Language of what the notebook shows; files are always written in both.

    Returns
    -------
    Published
        Displays as SVG (a figure) or HTML (a table), and as plain text.

    Raises
    ------
    ModelError
        When a sentence, a column's title or a number that it needs is missing.
    """
    out = os.environ.get(OUT_VARIABLE)
    drawings = _write(exhibit, Path(out), os.environ.get(NOTEBOOK_VARIABLE, "notebook")) if out else {}
    bundle = {"text/plain": _alternative(exhibit, language).rstrip("\n")}
    if exhibit.draw is not None:
        drawing = drawings.get(language) or draw(exhibit, language)["svg"]
        bundle["image/svg+xml"] = drawing.decode("utf-8")
    elif exhibit.table is not None and exhibit.table.place == "page":
        caption = exhibit.text("title", language)
        bundle["text/html"] = tables.html(exhibit.table, language, caption, links=False)
    return Published(bundle)
