"""Publishes an exhibit: shows it in the notebook and, in a run, hands files over to the report.

Figures are written the same way every time: no date, no version of the drawing library, constant ids, text
kept as text, one font that comes with the library.
"""

from __future__ import annotations

import base64
import inspect
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kik_analysis.errors import ModelError
from kik_analysis.evidence.display import expect
from kik_analysis.evidence.table import Table
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.report import store, tables

OUT_VARIABLE = "KIK_OUT"
NOTEBOOK_VARIABLE = "KIK_NOTEBOOK"
PNG_DPI = 200
_SVG: dict[str, Any] = {"format": "svg", "metadata": dict.fromkeys(("Date", "Creator", "Format", "Type"))}
_PNG: dict[str, Any] = {"format": "png", "metadata": {"Software": None}, "dpi": PNG_DPI}
_FORMATS = {"svg": _SVG, "bare": _SVG, "narrow": _SVG, "png": _PNG, "screen": {**_PNG, "dpi": 110}}


@dataclass(frozen=True)
class Published:
    """What a notebook cell shows: the figure, or the table, with a text that does the same job."""

    bundle: dict[str, str]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return dict(self.bundle)


def draw(
    exhibit: Exhibit, lang: Lang, kinds: tuple[str, ...] = ("svg",), *, bare: bool = False
) -> dict[str, bytes]:
    """Draw an exhibit's figure once and return it in the formats asked for.

    ``exhibit``, ``lang``: an exhibit with a figure, and the language of its labels. ``kinds``: ``svg`` (from
    its ``<svg`` element on, without a prologue), ``png``, or ``screen``: a smaller PNG, for a notebook that
    is not trusted yet, where JupyterLab shows no SVG. ``bare``: also return, as ``bare``, an SVG without
    title, subtitle, status line and background: on a page these are text; and, as ``narrow``, the same for a
    phone, where all its words fit. ModelError when a label bears another name than that of a number (``n:``)
    or a sentence (``t:``).
    """
    assert exhibit.draw is not None
    found = {}
    with style.house():
        whole = exhibit.draw(lang)
        drawn = dict.fromkeys(kinds, whole)
        if bare:  # a drawing function of somebody's own may know nothing of bare or narrow drawings
            knows = inspect.signature(exhibit.draw).parameters
            drawn["bare"] = exhibit.draw(lang, bare=True) if "bare" in knows else whole
            if narrow := _narrow(exhibit, lang) if "width" in knows else None:
                drawn["narrow"] = narrow
        for name, figure in drawn.items():
            labels = {one.get_gid() or "n:" for one in figure.findobj()}
            if wrong := sorted(one for one in labels if not one.startswith(("n:", "t:"))):
                raise ModelError(
                    f"exhibit {exhibit.name}: the label {wrong[0]} names no number and no sentence"
                )
            stream = io.BytesIO()
            figure.savefig(stream, **_FORMATS[name])
            content = stream.getvalue()
            found[name] = content[content.index(b"<svg") :] if _FORMATS[name] is _SVG else content
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close(figure)
    return found


def _narrow(exhibit: Exhibit, lang: Lang) -> Any:
    """Return an exhibit's figure for a phone; None where it does not fit: a page then shows its table."""
    assert exhibit.draw is not None
    try:
        figure = exhibit.draw(lang, bare=True, width=style.NARROW)
    except ValueError:  # its gutters alone are wider than a phone
        return None
    return figure if style.whole(figure) else None


def _alternative(exhibit: Exhibit, lang: Lang) -> str:
    parts = [exhibit.text(part, lang).plain for part in ("title", "subtitle", "alt", "note")]
    return "\n".join(part for part in parts if part) + "\n"


def hand_over(exhibit: Exhibit, out: Path, notebook: str) -> dict[Lang, bytes]:
    """Write an exhibit's files and return its drawings, so that none is made twice."""
    folder = out / store.FOLDER / notebook
    for needed in (folder, out / "figures", out / "tables"):
        needed.mkdir(parents=True, exist_ok=True)
    drawings: dict[Lang, bytes] = {}
    bare: dict[Lang, str] = {}
    narrow: dict[Lang, str] = {}
    for lang in LANGUAGES if exhibit.draw is not None else ():
        drawn = draw(exhibit, lang, ("svg", "png"), bare=True)
        drawings[lang] = drawn["svg"]
        bare[lang] = drawn.pop("bare").decode("utf-8")
        if small := drawn.pop("narrow", None):
            narrow[lang] = small.decode("utf-8")
        for kind, content in {**drawn, "txt": _alternative(exhibit, lang).encode()}.items():
            (out / "figures" / f"{exhibit.name}.{lang}.{kind}").write_bytes(content)
    if exhibit.table is not None:
        (out / "tables" / f"{exhibit.table.name}.csv").write_bytes(exhibit.table.csv().encode())
    # published before, it keeps its place
    pairs = (path.stem.partition("-") for path in folder.glob("*.json"))
    taken = {name: int(order) for order, _, name in pairs}
    order = taken.get(exhibit.name, max(taken.values(), default=0) + 1)
    path = folder / f"{order:02d}-{exhibit.name}.json"
    path.write_bytes(store.as_json(exhibit, notebook, order, bare, narrow).encode())
    return drawings


def publish(exhibit: Exhibit | Table, language: Lang = "en") -> Published:
    """Show an exhibit in a notebook and, when ``$KIK_OUT`` names a folder, write its files there.

    ``exhibit``: what to show; a table of your own needs no sentences. ``language``: language of what the
    notebook shows; files are always written in both. Returns displays as SVG and PNG (a figure) or HTML (a
    table), and as plain text. ModelError when a sentence, a column's title or a number that it needs is
    missing.
    """
    if isinstance(exhibit, Table):
        exhibit = Exhibit(exhibit.name, exhibit.name, exhibit)
    expect(exhibit, Exhibit, "publish", "an exhibit", "a function of kik_analysis.figures")
    if language not in LANGUAGES:
        raise ModelError(f"publish: no such language (got {language!r}; expected {' or '.join(LANGUAGES)})")
    out = os.environ.get(OUT_VARIABLE)
    drawings = hand_over(exhibit, Path(out), os.environ.get(NOTEBOOK_VARIABLE, "notebook")) if out else {}
    bundle = {"text/plain": _alternative(exhibit, language).rstrip("\n") or repr(exhibit.table)}
    if exhibit.draw is not None:
        drawn = draw(exhibit, language, ("screen",) if drawings else ("svg", "screen"))
        bundle["image/svg+xml"] = (drawings.get(language) or drawn["svg"]).decode("utf-8")
        bundle["image/png"] = base64.b64encode(drawn["screen"]).decode("ascii")
    elif exhibit.table is not None and exhibit.table.place == "page":
        caption = exhibit.text("title", language)
        bundle["text/html"] = tables.html(exhibit.table, language, caption)
    return Published(bundle)
