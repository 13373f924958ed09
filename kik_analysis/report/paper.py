"""The page on paper: a tagged PDF, printed by Chromium where that is installed, and a summary in Word.

A PDF holds the time it was made, so it is no part of what two runs are compared by. Printing is done on this
machine alone: names of other machines are not looked up, and what is still asked for meets a closed door.
"""

import datetime
import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

import docx
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from kik_analysis.errors import RunError
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.report.appendices import Appendices, Meta

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 120
_FLAGS = (
    "headless disable-gpu disable-dev-shm-usage no-first-run no-default-browser-check no-pings "
    "disable-extensions disable-background-networking disable-component-update disable-sync "
    "disable-default-apps disable-domain-reliability disable-client-side-phishing-detection disable-breakpad "
    "metrics-recording-only dns-prefetch-disable no-pdf-header-footer export-tagged-pdf "
    "generate-pdf-document-outline proxy-server=127.0.0.1:9 "
    "disable-features=AsyncDns,DnsOverHttps,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication"
)
"""Among them: no service asks the network of its own accord, and what still does finds a closed door."""


def program() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def flags() -> list[str]:
    """Return how Chromium is started: without the network, and with its sandbox unless we are root."""
    own = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*(f"--{flag}" for flag in _FLAGS.split()), "--host-resolver-rules=MAP * ~NOTFOUND", *own]


def write(page: Path, target: Path, *, opened: bool = False) -> None:
    """Print a page of the report as a tagged PDF.

    ``page``: The HTML file; its title and language become those of the PDF. ``target``: The PDF to write.
    ``opened``: whether what is folded is printed too: the whole report, not the council's edition alone.
    RunError when Chromium is not installed, fails, or takes longer than two minutes.
    """
    browser = program()
    if browser is None:
        raise RunError(f"no PDF: none of {', '.join(PROGRAMS)} is installed")
    with tempfile.TemporaryDirectory(prefix="kik-paper-") as profile:
        source = page
        if opened:
            source = Path(profile) / page.name
            whole = page.read_text(encoding="utf-8").replace("<details", "<details open")
            source.write_text(whole, encoding="utf-8")
        places = [
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target.resolve()}",
            source.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(
                [browser, *flags(), *places], capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise RunError(
                f"no PDF of {page.name}: Chromium was not ready within {SECONDS} seconds"
            ) from None
    if done.returncode != 0 or not target.is_file():
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RunError(f"no PDF of {page.name}: Chromium ended with code {done.returncode}: {last[:200]}")


def print_all(pages: Iterable[Path]) -> list[str]:
    """Print pages beside themselves where Chromium is installed: ``nl.pdf``, and all of it ``nl-naslag.pdf``.

    A report without its PDFs is whole: what is not there is returned, each line once, for whoever made it.
    """
    problems: list[str] = []
    for page in pages:
        for name, opened in (("", False), ("-naslag" if page.stem == "nl" else "-reference", True)):
            try:
                write(page, page.with_name(f"{page.stem}{name}.pdf"), opened=opened)
            except RunError as error:
                problems += error.lines
    return list(dict.fromkeys(problems))


MEMOS: dict[Lang, str] = {"nl": "samenvatting-nl.docx", "en": "samenvatting-en.docx"}
"""Names of the two files in ``report/``."""
SMALL, PICTURE = 8, 125
"""Size of the letters of the status line in points; width of the figure in millimetres."""
LANGUAGE: dict[Lang, str] = {"nl": "nl-NL", "en": "en-GB"}


def summary(
    path: Path, parts: Mapping[str, Iterable[str]], meta: Meta, lang: Lang, picture: tuple[bytes, str] | None
) -> None:
    """Write the summary.

    ``path``: the .docx to write. ``parts``: sentences by part of the first page, in the order shown; each
    part's heading is ``report.first.PART``. ``meta``, ``lang``: the run; language of the headings.
    ``picture``: a PNG and its text alternative, below the first part; None for none.
    """
    words = Appendices(meta, lang)
    # the empty A4 of ``template/memo.docx``, whose proofing language is the reader's
    template = resources.files("kik_analysis") / "report" / "template" / "memo.docx"
    made, title = docx.Document(io.BytesIO(template.read_bytes())), words.say("page.title").plain
    for tag in made.styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), LANGUAGE[lang])
    # not the clock: the same run gives the same bytes
    moment, about = datetime.datetime.combine(meta.sources_until, datetime.time()), made.core_properties
    about.created = about.modified = moment
    about.title, about.author, about.language, about.comments = title, "", LANGUAGE[lang], ""
    made.add_paragraph(title, style="Title")
    made.add_paragraph(words.say("page.scenario", title=Ref(meta.title[lang])).plain)
    for name, said in parts.items():
        lines = list(said)
        if lines:
            made.add_paragraph(words.say(f"first.{name}").plain, style="Heading 2")
        for line in lines:
            made.add_paragraph(line, style="List Bullet")
        if picture is not None:
            drawn = made.add_picture(io.BytesIO(picture[0]), width=Mm(PICTURE))
            drawn._inline.find(qn("wp:docPr")).set("descr", picture[1])
            picture = None
    status = words.say("page.line", **meta.mark).plain
    run = made.add_paragraph().add_run(status)
    run.font.size, run.font.color.rgb = Pt(SMALL), RGBColor(0x59, 0x59, 0x59)
    # each part with the same date and in the same order every time
    first, second = io.BytesIO(), io.BytesIO()
    made.save(first)
    with zipfile.ZipFile(first) as source, zipfile.ZipFile(second, "w", zipfile.ZIP_DEFLATED) as target:
        # Word asks for the list of parts first
        for part in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            entry = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(entry, source.read(part))
    path.write_bytes(second.getvalue())
