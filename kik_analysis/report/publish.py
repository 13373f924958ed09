"""Publishes an exhibit: shows it in the notebook and, in a run, hands files over to the report.

What is handed over is one JSON file per exhibit, written and read here, beside its drawings and its table.
Figures are written the same way every time: no date, no version of the drawing library, constant ids, text
kept as text, one font that comes with the library.
"""

import base64
import contextlib
import datetime
import io
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kik_analysis.errors import ModelError, RunError
from kik_analysis.evidence.display import expect
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Column, Table
from kik_analysis.figures import style
from kik_analysis.figures.exhibit import PARTS, Exhibit
from kik_analysis.language import notation
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.reading.storage import bytes_digest, json_text
from kik_analysis.report import tables

if TYPE_CHECKING:
    from kik_analysis.answers.answer import Answer

FOLDER, ANSWERS = "exhibits", "answers.json"


@dataclass(frozen=True)
class Stored:
    """An exhibit as a notebook published it.

    ``name``, ``key``, ``notebook``, ``order``: name of its files, prefix of its sentences, stem of its
    notebook, place within it (from one). ``drawings``, ``narrow``: its figure as a page shows it, by
    language: without what the page says in words; the same for a phone, where it fits there; else empty.
    ``texts``: its sentences: ``texts[lang][part]``. ``numbers``: the named numbers in its sentences and
    labels. ``dates``, ``names``: dates, and names with digits, that its sentences may show: ``dates[lang]``,
    ``names``. ``table``, ``csv``: the data behind it (the rows of a table that stands in its CSV alone are
    left out); digest of the CSV.
    """

    name: str
    key: str
    notebook: str
    order: int
    drawings: Mapping[Lang, str]
    narrow: Mapping[Lang, str]
    texts: Mapping[Lang, Mapping[str, Text]]
    numbers: tuple[Number, ...]
    dates: Mapping[Lang, tuple[str, ...]]
    names: tuple[str, ...]
    table: Table
    csv: str

    @property
    def drawn(self) -> bool:
        """Tell whether it has a figure."""
        return bool(self.drawings)


def as_json(
    exhibit: Exhibit, notebook: str, order: int, drawings: Mapping[Lang, str], narrow: Mapping[Lang, str]
) -> str:
    """Return an exhibit as JSON text: sentences in both languages, numbers, typed rows."""
    words, table = exhibit.words.values(), exhibit.table
    days = [one for one in words if isinstance(one, datetime.date)]
    made = {one.name: getattr(table, one.name) for one in fields(table)}
    made["frame"] = list(table.frame.iter_rows()) if table.place != "file" else []
    # JSON has no keys of two parts
    made |= {name: [[*cell, one] for cell, one in made[name].items()] for name in ("exceptions", "prose")}
    record = {
        "name": exhibit.name,
        "key": exhibit.key,
        "notebook": notebook,
        "order": order,
        "drawings": dict(drawings),
        "narrow": dict(narrow),
        "texts": {lang: {part: exhibit.text(part, lang) for part in PARTS} for lang in LANGUAGES},
        "numbers": list(exhibit.numbers.values()),
        "dates": {lang: [notation.date(day, lang) for day in days] for lang in LANGUAGES},
        "names": [one.text for one in words if isinstance(one, Ref)],
        "table": made,
        "csv": bytes_digest(table.csv().encode()),
    }
    return json_text(record, default=lambda x: x.isoformat() if isinstance(x, datetime.date) else asdict(x))


def _text(record: Mapping[str, Any]) -> Text:
    return Text(record["plain"], record["html"], tuple(record["numbers"]))


def _table(record: dict[str, Any]) -> Table:
    columns = tuple(Column(**{**one, "evidence": Evidence(one["evidence"])}) for one in record["columns"])
    names = [column.name for column in columns]
    frame = pl.DataFrame(record["frame"], schema=names, orient="row", infer_schema_length=None)
    days = [one.name for one in columns if one.kind == "date" and frame[one.name].dtype == pl.String]
    made = {
        "columns": columns,
        # the table itself gives the other columns their types
        "frame": frame.with_columns(pl.col(days).str.to_date()),
        "key": tuple(record["key"]),
        "reads": tuple(record["reads"]),
        "exceptions": {(row, column): Evidence(kind) for row, column, kind in record["exceptions"]},
        "prose": {(row, column): _text(one) for row, column, one in record["prose"]},
    }
    return Table(**{**record, **made})


def read(path: Path) -> Stored:
    """Return the exhibit that a file holds.

    RunError when the file is not what :func:`as_json` writes.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        texts = record["texts"].items()
        made = {
            "texts": {lang: {part: _text(one) for part, one in parts.items()} for lang, parts in texts},
            "numbers": tuple(Number.from_json(one) for one in record["numbers"]),
            "table": _table(record["table"]),
        }
        return Stored(**{**record, **made})
    except (KeyError, TypeError, ValueError) as error:
        place = f"{FOLDER}/{path.parent.name}/{path.name}"
        raise RunError(f"{place}: no exhibit as publish writes it ({error!r})") from None


def read_all(staging: Path) -> tuple[Stored, ...]:
    """Return all exhibits in a staging folder, by notebook and by order within it."""
    paths = sorted((staging / FOLDER).glob("*/*.json"))
    return tuple(sorted((read(path) for path in paths), key=lambda one: (one.notebook, one.order, one.name)))


OUT_VARIABLE = "KIK_OUT"
NOTEBOOK_VARIABLE = "KIK_NOTEBOOK"
PNG_DPI = 200
_SVG: dict[str, Any] = {"format": "svg", "metadata": dict.fromkeys(("Date", "Creator", "Format", "Type"))}
_PNG: dict[str, Any] = {"format": "png", "metadata": {"Software": None}}
_FILE = {"dpi": PNG_DPI, "pil_kwargs": {"compress_level": 1}}  # is packed again when it is signed
_FORMATS = {"svg": _SVG, "bare": _SVG, "narrow": _SVG, "png": _PNG | _FILE, "screen": _PNG | {"dpi": 110}}


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
    or a sentence (``t:``), or the figure has no status line.
    """
    found = {}
    with style.house():
        whole = exhibit.draw(lang)
        drawn = dict.fromkeys(kinds, whole)
        if bare:
            drawn["bare"] = exhibit.draw(lang, bare=True)
            with contextlib.suppress(ValueError):  # its gutters alone may be wider than a phone
                narrow = exhibit.draw(lang, bare=True, width=style.NARROW)
                drawn |= {"narrow": narrow} if style.whole(narrow) else {}  # else its table
        labels = {one.get_gid() or "n:" for figure in {*drawn.values()} for one in figure.findobj()}
        if wrong := sorted(one for one in labels if not one.startswith(("n:", "t:"))):
            raise ModelError(f"exhibit {exhibit.name}: the label {wrong[0]} names no number and no sentence")
        if not any(one.startswith(f"t:{style.STATUS}") for one in labels):
            raise ModelError(f"exhibit {exhibit.name}: no status line; begin the figure with page.sheet")
        for name, figure in drawn.items():
            stream = io.BytesIO()
            figure.savefig(stream, **_FORMATS[name])
            content = stream.getvalue()
            found[name] = content[content.index(b"<svg") :] if _FORMATS[name] is _SVG else content
    return found


def _alternative(exhibit: Exhibit, lang: Lang) -> str:
    parts = [exhibit.text(part, lang).plain for part in ("title", "subtitle", "alt", "note")]
    return "\n".join(part for part in parts if part) + "\n"


def hand_over(exhibit: Exhibit, out: Path, notebook: str, language: Lang | None = None) -> dict[str, bytes]:
    """Write an exhibit's files; return what a notebook in a language shows: none is drawn twice."""
    folder = out / FOLDER / notebook
    for needed in (folder, out / "figures", out / "tables"):
        needed.mkdir(parents=True, exist_ok=True)
    shown: dict[str, bytes] = {}
    bare, narrow = dict[Lang, str](), dict[Lang, str]()
    for lang in LANGUAGES if exhibit.picture is not None else ():
        drawn = draw(exhibit, lang, ("svg", "png", *(("screen",) if lang == language else ())), bare=True)
        if lang == language:
            shown = {"svg": drawn["svg"], "screen": drawn.pop("screen")}
        bare[lang] = drawn.pop("bare").decode("utf-8")
        if small := drawn.pop("narrow", None):
            narrow[lang] = small.decode("utf-8")
        words = f"{_alternative(exhibit, lang)}{style.status(lang).plain}\n"
        for kind, content in {**drawn, "txt": words.encode()}.items():
            (out / "figures" / f"{exhibit.name}.{lang}.{kind}").write_bytes(content)
    (out / "tables" / f"{exhibit.table.name}.csv").write_bytes(exhibit.table.csv().encode())
    # published before, it keeps its place
    pairs = (path.stem.partition("-") for path in folder.glob("*.json"))
    taken = {name: int(order) for order, _, name in pairs}
    order = taken.get(exhibit.name, max(taken.values(), default=0) + 1)
    path = folder / f"{order:02d}-{exhibit.name}.json"
    path.write_bytes(as_json(exhibit, notebook, order, bare, narrow).encode())
    return shown


def publish(exhibit: Exhibit | Table, language: Lang = "en") -> Published:
    """Show an exhibit in a notebook and, when ``$KIK_OUT`` names a folder, write its files there.

    ``exhibit``: what to show; a table of your own needs no sentences. ``language``: language of what the
    notebook shows; files are always written in both. Returns displays as SVG and PNG (a figure) or HTML (a
    table), and as plain text. ModelError when a sentence, a column's title or a number that it needs is
    missing.
    """
    if isinstance(exhibit, Table):
        exhibit = Exhibit(exhibit.name, exhibit.name, exhibit)
    expect(exhibit, Exhibit, "publish", "an exhibit", "tabled or a function of kik_analysis.figures")
    if language not in LANGUAGES:
        raise ModelError(f"publish: no such language (got {language!r}; expected {' or '.join(LANGUAGES)})")
    out = os.environ.get(OUT_VARIABLE)
    notebook = os.environ.get(NOTEBOOK_VARIABLE, "notebook")
    drawn = hand_over(exhibit, Path(out), notebook, language) if out else {}
    bundle = {"text/plain": _alternative(exhibit, language).rstrip("\n") or repr(exhibit.table)}
    if exhibit.picture is not None:
        drawn = drawn or draw(exhibit, language, ("svg", "screen"))
        bundle["image/svg+xml"] = drawn["svg"].decode("utf-8")
        bundle["image/png"] = base64.b64encode(drawn["screen"]).decode("ascii")
    elif exhibit.table.place == "page":
        caption = exhibit.text("title", language)
        bundle["text/html"] = tables.html(exhibit.table, language, caption)
    return Published(bundle)


def publish_answers(found: "Iterable[Answer]", language: Lang = "en") -> Published:
    """Publish answers: the overview as an exhibit and, in a run, ``answers.json``.

    ``found``: the answers, in order. ``language``: language of what the notebook shows.
    """
    from kik_analysis.figures.answers import overview

    answers = tuple(found)
    if out := os.environ.get(OUT_VARIABLE):
        (Path(out) / ANSWERS).write_bytes(json_text([one.as_json() for one in answers]).encode())
    return publish(overview(answers), language)


def sign(folder: Path, digest: str) -> None:
    """Write in the status line of each figure of a result which calculation it is of, as its pages do.

    What notebooks show, and what is kept of them, stays unsigned: it serves other calculations too.
    ``folder``: the result. ``digest``: the characters that name it.
    """
    words: dict[str, str] = {lang: style.sign(digest, lang) for lang in LANGUAGES}
    drawn = sorted((folder / "figures").glob("*.svg"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # packing pictures leaves Python alone
        list(pool.map(_sign, drawn, (words[path.stem.rpartition(".")[2]] for path in drawn)))


def _sign(drawn: Path, words: str) -> None:
    svg, picture = drawn.read_text(encoding="utf-8"), signed(drawn, words)
    end = svg.index("</text>", svg.rindex(f'id="t:{style.STATUS}'))
    drawn.write_text(svg[:end] + words + svg[end:], encoding="utf-8", newline="\n")
    drawn.with_suffix(".png").write_bytes(picture)
    with drawn.with_suffix(".txt").open("a", encoding="utf-8", newline="\n") as told:
        told.write(f"{words.strip()}\n")


def signed(drawn: Path, words: str) -> bytes:
    """Return the PNG beside an unsigned SVG with words at its last line's end."""
    import matplotlib
    from PIL import Image, ImageChops, ImageDraw, ImageFont

    size, image = style.SMALL * PNG_DPI / style.POINTS, Image.open(drawn.with_suffix(".png"))
    base = image.height - round(style.MARGIN * PNG_DPI)
    last = image.crop((0, base - round(size), image.width, image.height)).convert("L")
    _, _, end, _ = ImageChops.invert(last).getbbox() or (0, 0, 0, 0)
    font = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
    place = end + size / 10  # a full stop has some white behind it
    ImageDraw.Draw(image).text((place, base), words, style.MUTED, font, anchor="ls")
    stream = io.BytesIO()
    image.save(stream, "png", dpi=(PNG_DPI, PNG_DPI), compress_level=1)
    return stream.getvalue()
