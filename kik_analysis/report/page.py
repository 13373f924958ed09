"""Makes the pages: one self-contained HTML file per language, from what the notebooks published."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from kik_analysis.errors import RunError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.figures import style
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.report import claims_list, drawing, first_page, tables, theme
from kik_analysis.report.meta import Meta
from kik_analysis.report.record import Stored

if TYPE_CHECKING:
    from jinja2 import Environment

_NUMBER_OF_NOTEBOOK = re.compile(r"^\d+_")
_HIDDEN_TAGS = frozenset({"parameters", "injected-parameters"})


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("kik_analysis", "report/template")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def stylesheet(meta: Meta, lang: Lang) -> str:
    """Return the page's style: ours, with one colour per evidence class, then the reader's theme."""

    def quoted(words: str) -> str:
        return re.sub(r'[\\"<\n]', lambda found: f"\\{ord(found[0]):x} ", words)

    loader = _environment().loader
    assert loader is not None
    source = loader.get_source(_environment(), "style.css")[0]
    colours = "".join(f"--kik-evidence-{kind}: {colour};\n  " for kind, colour in style.COLOURS.items())
    line = sentences.text("report.page.line", lang, version=Ref(meta.version), digest=Ref(meta.digest))
    return (
        source.replace("/* colours */", colours.strip())
        .replace("/* header */", quoted(sentences.text("report.page.title", lang).plain))
        .replace("/* footer */", quoted(line.plain))
        + meta.theme
    )


def status(meta: Meta, lang: Lang) -> Text:
    """Return the status line: independent, from public documents, state of the sources, version, digest."""
    return sentences.join(
        [
            sentences.text("report.page.status", lang),
            sentences.text("report.page.state", lang, day=meta.sources_until),
            sentences.text("report.page.version", lang, version=Ref(meta.version), digest=Ref(meta.digest)),
        ]
    )


def section_name(notebook: str) -> str:
    """Return the id of a notebook's section: ``10_history`` gives ``history``."""
    return _NUMBER_OF_NOTEBOOK.sub("", notebook)


def _code(staging: Path, notebook: str) -> list[str]:
    """Return the code of an executed notebook, cell by cell, without the cells that only set parameters."""
    path = staging / "notebooks" / f"{notebook}.ipynb"
    if not path.is_file():
        return []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = []
    for cell in cells:
        tags = set(cell.get("metadata", {}).get("tags", ()))
        source = "".join(cell["source"]).strip()
        if cell["cell_type"] == "code" and source and not tags & _HIDDEN_TAGS:
            found.append(source)
    return found


def _kinds(table: Table, lang: Lang) -> Text:
    """Return a sentence on the evidence of a table's columns: what the lines under the numbers show."""
    by_kind: dict[Evidence, list[str]] = {}
    for column in tables.visible(table, lang):
        if column.numeric:
            found = {kind for (_, name), kind in table.exceptions.items() if name == column.name}
            for kind in sorted({column.evidence, *found}, key=lambda one: one.rank):
                by_kind.setdefault(kind, []).append(tables.title(table, column, lang))
    parts = [
        sentences.verbatim(
            f"{sentences.text(f'report.evidence.{kind}.name', lang).plain} ({', '.join(names)})"
        )
        for kind, names in sorted(by_kind.items(), key=lambda item: item[0].rank)
    ]
    return (
        sentences.text("report.exhibit.kinds", lang, kinds=sentences.join(parts, "; "))
        if parts
        else Text("", "")
    )


def _sources(stored: Stored, lang: Lang, known: frozenset[str]) -> Text:
    reads = {read for number in stored.numbers for read in number.reads}
    if stored.table is not None and "claims" not in stored.table.frame.columns:
        reads |= set(stored.table.reads)
    ids = sorted(read.partition(":")[2] for read in reads if read.startswith("claim:"))
    links = [sentences.reference(Ref(one, f"#{one}" if one in known else "")) for one in ids]
    if not links:
        return Text("", "")
    return sentences.text("report.exhibit.sources", lang, claims=sentences.join(links))


def _exhibit(stored: Stored, staging: Path, lang: Lang, known: frozenset[str]) -> dict[str, Any]:
    texts = stored.texts[lang]
    shown: dict[str, Any] = {
        "name": stored.name,
        "title": Markup(texts["title"].html),
        "short": Markup(texts["title"].html),
        "subtitle": Markup(texts["subtitle"].html),
        "alt": Markup(texts["alt"].html),
        "note": Markup(texts["note"].html),
        "sources": Markup(_sources(stored, lang, known).html),
        "drawing": "",
        "opening": "",
        "table": "",
        "kinds": "",
    }
    if stored.drawn:
        svg = (staging / "figures" / f"{stored.name}.{lang}.svg").read_text(encoding="utf-8")
        plain = (texts["title"].plain, texts["alt"].plain)
        shown["drawing"] = drawing.inline(svg, stored.name, stored.key, *plain)
        shown["opening"] = drawing.inline(svg, f"first-{stored.name}", stored.key, *plain)
    if stored.table is not None and stored.table.place == "page":
        caption = texts["subtitle"] if texts["subtitle"].plain else texts["title"]
        shown["table"] = tables.html(stored.table, lang, caption, name=stored.name)
        shown["kinds"] = Markup(_kinds(stored.table, lang).html)
    return shown


def _sections(exhibits: Iterable[Stored], staging: Path, meta: Meta, lang: Lang) -> list[dict[str, Any]]:
    by_notebook: dict[str, list[Stored]] = {}
    for stored in exhibits:
        by_notebook.setdefault(stored.notebook, []).append(stored)
    known = frozenset(claim.id for claim in meta.claims)
    found = []
    for notebook, inside in sorted(by_notebook.items()):
        name = section_name(notebook)
        for part in ("title", "intro"):
            if not sentences.has(f"section.{name}.{part}"):
                raise RunError(
                    f"notebook {notebook} published something, yet texts/section.toml has no {name}.{part}"
                )
        found.append(
            {
                "id": name,
                "title": Markup(sentences.text(f"section.{name}.title", lang).html),
                "intro": Markup(sentences.text(f"section.{name}.intro", lang).html),
                "exhibits": [_exhibit(stored, staging, lang, known) for stored in inside],
                "code": _code(staging, notebook),
                "code_intro": Markup(
                    sentences.text("report.code.intro", lang, name=Ref(f"{notebook}.ipynb")).html
                ),
            }
        )
    return found


def _opening(sections: list[dict[str, Any]], partial: bool) -> dict[str, Any] | None:
    """Return the figure of the first page; in a partial run any figure will do."""
    drawn: list[dict[str, Any]] = [
        one for section in sections for one in section["exhibits"] if one["drawing"]
    ]
    wanted = first_page.plan()["figure"]
    for one in drawn:
        if one["name"] == wanted:
            return one
    if partial:
        return drawn[0] if drawn else None
    names = ", ".join(one["name"] for one in drawn) or "none"
    raise RunError(f"first page: no notebook published the figure {wanted}; published are {names}")


def render(
    exhibits: tuple[Stored, ...], numbers: Mapping[str, Number], staging: Path, meta: Meta, lang: Lang
) -> str:
    """Return a page as HTML.

    Parameters
    ----------
    exhibits
        What the notebooks published.
    numbers
        All numbers of the run, by id.
    staging
        Folder with ``figures/`` and ``notebooks/``.
    meta
        The run.
    lang
        Language of the page.

    Raises
    ------
    RunError
        When a sentence of the first page, its figure or a section's title is missing.
    """
    sections = _sections(exhibits, staging, meta, lang)
    claims = claims_list.claims(meta, lang)
    parameters = claims_list.parameters(meta, lang)
    documents = claims_list.documents(meta, lang)
    present = {
        "claims": claims,
        "parameters": parameters,
        "evidence": True,
        "glossary": True,
        "documents": documents,
    }
    appendices = [
        (name, sentences.text(f"report.{name}.title", lang).plain) for name, there in present.items() if there
    ]
    titles = {section["id"]: section["title"] for section in sections}

    def words(key: str) -> Text:
        return sentences.text(f"report.{key}", lang)

    def t(key: str) -> Any:
        return _Words(words(key))

    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            lang=lang,
            t=t,
            css=Markup(stylesheet(meta, lang)),
            theme_classes=theme.classes(meta.theme),
            status=Markup(status(meta, lang).html),
            scenario=Markup(sentences.text("report.page.scenario", lang, title=Ref(meta.title[lang])).html),
            partial=meta.partial,
            warnings=meta.warnings,
            first=first_page.write(numbers, frozenset(titles), lang, partial=meta.partial),
            figure=_opening(sections, meta.partial),
            sections=sections,
            section_titles=titles,
            appendices=appendices,
            claims=claims,
            parameters=parameters,
            documents=documents,
            evidence=[str(kind) for kind in Evidence],
            glossary=claims_list.glossary(lang),
        )
    )


class _Words(str):
    """A sentence in a template: safe as HTML, with its plain form beside it."""

    plain: str

    def __new__(cls, text: Text) -> _Words:
        made = super().__new__(cls, text.html)
        made.plain = text.plain
        return made

    def __html__(self) -> str:
        return str(self)
