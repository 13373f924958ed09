"""The first page as a Word document of one A4, to paste into a memo: the same sentences, the same bytes."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.report.appendices import Appendices, Meta

if TYPE_CHECKING:
    from docx.document import Document

MEMOS: dict[Lang, str] = {"nl": "samenvatting-nl.docx", "en": "samenvatting-en.docx"}
"""Names of the two files in ``report/``."""
FONT = "Calibri"
BODY, HEADING, TITLE, SMALL = 10, 11, 16, 8
"""Sizes of letters in points."""
PAPER, EDGE, PICTURE = (210, 297), 20, 125
"""Width and height of the paper, its margins and the width of the figure, in millimetres."""
LANGUAGE: dict[Lang, str] = {"nl": "nl-NL", "en": "en-GB"}


def _page(lang: Lang, day: datetime.date, title: str) -> Document:
    """Return an empty A4 in the house style, whose proofing language is the reader's."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    made = Document()
    section = made.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in PAPER)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(EDGE)
    for name, size, after in (
        ("Normal", BODY, 2), ("List Bullet", BODY, 1), ("Title", TITLE, 4), ("Heading 2", HEADING, 1),
    ):  # fmt: skip
        style: Any = made.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.space_before = Pt(6 if name == "Heading 2" else 0)
    for tag in made.styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), LANGUAGE[lang])
    # not the clock: the same run gives the same bytes
    moment, about = datetime.datetime.combine(day, datetime.time()), made.core_properties
    about.created = about.modified = moment
    about.title, about.author, about.language, about.comments = title, "", LANGUAGE[lang], ""
    return made


def _zipped(made: Document) -> bytes:
    """Return the document's bytes, each part with the same date and in the same order every time."""
    first, second = io.BytesIO(), io.BytesIO()
    made.save(first)
    with zipfile.ZipFile(first) as source, zipfile.ZipFile(second, "w", zipfile.ZIP_DEFLATED) as target:
        # Word asks for the list of parts first
        for name in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(entry, source.read(name))
    return second.getvalue()


def write(
    path: Path, parts: Mapping[str, Iterable[str]], meta: Meta, lang: Lang, picture: tuple[Path, str] | None
) -> None:
    """Write the summary.

    ``path``: the .docx to write. ``parts``: sentences by part of the first page, in the order shown; each
    part's heading is ``report.first.PART``. ``meta``, ``lang``: the run; language of the headings.
    ``picture``: a PNG and its text alternative, below the first part; None for none.
    """
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    words = Appendices(meta, lang)
    made = _page(lang, meta.sources_until, words.say("page.title").plain)
    made.add_paragraph(words.say("page.title").plain, style="Title")
    made.add_paragraph(words.say("page.scenario", title=Ref(meta.title[lang])).plain)
    for name, said in parts.items():
        lines = list(said)
        if lines:
            made.add_paragraph(words.say(f"first.{name}").plain, style="Heading 2")
        for line in lines:
            made.add_paragraph(line, style="List Bullet")
        if picture is not None:
            drawn = made.add_picture(str(picture[0]), width=Mm(PICTURE))
            drawn._inline.find(qn("wp:docPr")).set("descr", picture[1])
            picture = None
    status = words.say("page.line", **meta.mark).plain
    run = made.add_paragraph().add_run(status)
    run.font.size, run.font.color.rgb = Pt(SMALL), RGBColor(0x59, 0x59, 0x59)
    path.write_bytes(_zipped(made))
