"""Makes the pages: one self-contained HTML file per language, from what the notebooks published."""

import base64
import functools
import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from kik_analysis import project
from kik_analysis.errors import RunError
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.figures import planner, style
from kik_analysis.figures.exhibit import ANSWERS, FIRST, PICTURE
from kik_analysis.language import sentences
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.reading.problems import Place, Problems
from kik_analysis.reading.storage import read_text
from kik_analysis.report import tables
from kik_analysis.report.appendices import EMPTY, Appendices
from kik_analysis.report.publish import Stored
from kik_analysis.report.tracing import TEMPLATES

PARTS = ("brief", "weighs", "unknown", "ask")
ANSWER_PARTS = ("short", "known", "computed", "unknown", "ask", "kind")
"""Parts of an answer that a page shows below each other, each under its own name."""
COUNCIL = ("figure1_reach", "trajectories", "staff_groups", "bounds")
"""Of these exhibits the first few that are there stand open in the council's edition; the first one stands
on the first page where no answer has a figure."""
MOST_IN_COUNCIL, MOST_ROWS, MOST_CELLS, MOST_BESIDE = 3, 25, 140, 6
MOST_PRINTED, MOST_COLUMNS, LONG, TALLEST = 20, 4, 200, 1.7
"""On paper: cells of a table that is printed; its columns, the letters of a cell, and a drawing's height over
its width, that fit in a column of the page."""
_BOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
_INLINE = (
    (r"\s*<style.*?</style>", ""),
    (r"\s*<defs>\s*</defs>", ""),
    (r' id="([nt]:[^"]*?)(?:#\d+)?"', r' data-label="\1"'),
    (r' id="[xy]tick_\d+"', ' data-tick=""'),
    # what clips, marks and hatches is pointed at; all other ids are matplotlib's own
    (r' id="(?![pmh][0-9a-f]{10}")[^"]*"', ""),
    (r' id="', ' id="NAME-'),
    (r"url\(#", "url(#NAME-"),
    (r'(?:xlink:)?href="#', 'href="#NAME-'),
    (r"font-family: [^;\"]*(?:; )?", ""),
    (r"(font: (?:\w+ )*[\d.]+px) [^;\"]*", r"\1 inherit"),
    (r' transform="rotate\(-?0 [^"]*\)"', ""),
    (r"\n\s*", "\n"),
)
"""What becomes of a drawing in a page: labels keep their names, ids are its own, letters the page's."""
_NAMES = re.compile(r"(?<=[\"#])[\w-]+-[pmh][0-9a-f]{10}(?=[\")])")
"""Names of what clips, marks and hatches, in a drawing on a page."""


class Sentence(NamedTuple):
    """A sentence of the first page, marked ``published``, ``recomputed``, ``computed`` or ``not_known``."""

    text: Text
    mark: str


def inline(svg: str, name: str, title: str, alternative: str, of: str = "") -> str:
    """Return a drawing as part of a page.

    ``svg``: the bare drawing, from its ``<svg`` element on. ``name``: the exhibit's name: prefix of all ids,
    and of ``NAME-title`` and ``NAME-alt``, the elements on the page that hold title and text alternative.
    ``of``: what keeps the ids of a second drawing of the same exhibit apart. ``title``, ``alternative``: what
    a screen reader says: the message, and the text that does the figure's job.
    """
    box = _BOX.search(svg)
    width = float(box[1]) * 4 / 3 if box else 0.0  # points to pixels
    for pattern, new in _INLINE:
        svg = re.sub(pattern, new.replace("NAME", of + name), svg, flags=re.DOTALL)
    root = (
        f'<svg {box[0] if box else ""} role="img" data-drawing="" '
        f'aria-labelledby="{name}-svg-title {name}-svg-desc" '
        f'style="max-width:{width:g}px" stroke-linejoin="round" stroke-linecap="butt">'
    )
    if not of:  # a second drawing says the same as the first
        root += (
            f'<title id="{name}-svg-title" data-same="{name}-title">{escape(title, quote=False)}</title>'
            f'<desc id="{name}-svg-desc" data-same="{name}-alt">{escape(alternative, quote=False)}</desc>'
        )
    return re.sub(r"<svg[^>]*>", lambda _: root, svg, count=1).strip()


def short(found: re.Match[str]) -> str:
    """Return a path or place to a tenth of a point, finer than a screen; a line goes on without letters."""
    words = re.sub(r"-?\d+\.\d+", lambda one: f"{float(one[0]):.1f}".removesuffix(".0"), found[2])
    words = re.sub(r"\s*\b([MC]) ", r"\1", re.sub(r"\s*\nL ", " ", words)) if found[1] == "d" else words
    return f' {found[1]}="{words.strip()}"'


def slim(html: str) -> str:
    """Return a page whose drawings say each look once, as a class, and bear short names for what clips."""
    looks: dict[str, str] = {}
    names: dict[str, str] = {}

    def look(found: re.Match[str]) -> str:
        return f' class="{looks.setdefault(found[1], f"s{len(looks)}")}"'

    def drawing(found: re.Match[str]) -> str:
        root, _, inside = found[0].partition(">")  # the whole drawing keeps its own width
        inside = re.sub(r' (d|x|y|transform)="([^"]*)"', short, inside)
        # a look may name a pattern too: hatching
        inside = _NAMES.sub(lambda one: names.setdefault(one[0], f"u{len(names)}"), inside)
        return f"{root}>" + re.sub(r' style="([^"]*)"', look, inside)

    html = re.sub(r"<svg [^>]*data-drawing.*?</svg>", drawing, html, flags=re.DOTALL)
    rules = "".join(f".{name}{{{words}}}" for words, name in looks.items())
    return html.replace("</head>", f"<style>{rules}</style>\n</head>", 1)


@dataclass(frozen=True)
class Page(Appendices):
    """One page; the templates ask it what they show.

    ``exhibits``, ``numbers``: what the notebooks published; all numbers of the run, by id.
    """

    exhibits: tuple[Stored, ...]
    numbers: Mapping[str, Number]

    @functools.cached_property
    def first(self) -> dict[str, list[Sentence]]:
        """Return the sentences of the first page by part (``brief``, ``weighs``, ``unknown``, ``ask``).

        RunError when no notebook of a full run wrote one.
        """
        found: dict[str, list[Sentence]] = {part: [] for part in PARTS}
        for table in (one.table for one in self.exhibits if one.name == FIRST):
            for row, part in enumerate(table.frame["part"]):
                text = tables.cell(table, row, table.column(f"text_{self.lang}"), self.lang)
                classes = {str(self.numbers[name].evidence) for name in text.numbers if name in self.numbers}
                marks = (("published", {"published"}), ("recomputed", {"published", "recomputed"}))
                mark = next((mark for mark, best in marks if classes and classes <= best), "computed")
                found[part].append(Sentence(text, "not_known" if part == "unknown" else mark))
        if not self.meta.partial and not any(found.values()):
            raise RunError(f"first page: no notebook published its sentences, the exhibit {FIRST}")
        return found

    def status(self) -> Text:
        """Return the status line: independent, from public documents, state of the sources, version."""
        state = self.say("page.state", day=self.meta.sources_until)
        return sentences.join([self.say("page.status"), state, self.say("page.version", **self.meta.mark)])

    def stylesheet(self) -> str:
        """Return the page's style: ours, with one colour per evidence class, then the reader's theme."""

        def quoted(words: Text) -> str:
            return re.sub(r'[\\"<\n]', lambda found: f"\\{ord(found[0]):x} ", words.plain)

        colours = "".join(f"--kik-evidence-{kind}: {colour};" for kind, colour in style.COLOURS.items())
        rules = f":root {{{colours}}}\n{project.packaged(TEMPLATES + '/style.css')}"
        rules = rules.replace("/* header */", quoted(self.say("page.title")))
        return (
            rules.replace("/* footer */", quoted(self.say("page.line", **self.meta.mark))) + self.meta.theme
        )

    @functools.cached_property
    def notebooks(self) -> dict[str, str]:
        """Return the notebooks by id of their section: ``10_history`` makes ``history``.

        RunError when a section has no title or introduction.
        """
        found = {re.sub(r"^\d+_", "", one): one for one in sorted({one.notebook for one in self.exhibits})}
        missing = [
            f"notebook {notebook} published something, yet has no {part}: write kik.{part} in its metadata"
            for name, notebook in found.items()
            for part in ("title", "intro")
            if part not in self.meta.sections.get(notebook, {})
            and not sentences.has(f"section.{name}.{part}")
        ]
        if missing:
            raise RunError(missing)
        return found

    def section(self, name: str, part: str) -> Text:
        """Return the title or the introduction of a section: the notebook's own, else that of our texts."""
        if own := self.meta.sections.get(self.notebooks[name], {}).get(part):
            return sentences.verbatim(own[self.lang])
        return sentences.text(f"section.{name}.{part}", self.lang)

    def drawings(self, stored: Stored, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Yield an exhibit's drawings, each with its class: for every screen, or one wide and one narrow.

        ``prefix`` keeps ids unique where an exhibit is shown a second time.
        """
        title, alternative = (stored.texts[self.lang][part].plain for part in ("title", "alt"))
        small, name = stored.narrow.get(self.lang), prefix + stored.name
        table = stored.table.place == "page" and not prefix.startswith("first")
        yield ("wide" if small or table else "", inline(stored.drawings[self.lang], name, title, alternative))
        if small:
            yield "narrow", inline(small, name, title, alternative, of="narrow-")

    def paper(self, stored: Stored) -> str:
        """Return how an exhibit is printed: in a column, over both (``spread``), or not (``sheet``)."""
        if stored.drawn:
            box = _BOX.search(stored.narrow.get(self.lang, ""))
            return "" if box and float(box[2]) <= TALLEST * float(box[1]) else "spread"
        columns = len(tables.visible(stored.table, self.lang))
        council = stored.key.startswith("council.")
        if stored.table.frame.height * columns > MOST_PRINTED and not council:
            return "sheet"
        if any(len(text.plain) > LONG for text in stored.table.prose.values()):
            return "sheet"
        return "spread" if columns > MOST_COLUMNS else ""

    def table(self, stored: Stored) -> str:
        """Return an exhibit's table; empty when it has none that stands on a page.

        A figure that every screen shows needs no long table beside it, and a page none that nobody reads to
        the end: these stand in the workbook alone.
        """
        table = stored.table
        if table.place != "page":
            return ""
        columns = len(tables.visible(table, self.lang))
        most = MOST_BESIDE if stored.narrow else min(MOST_ROWS, MOST_CELLS // columns)
        # that of the planner stands in for its sliders where no script runs
        if table.frame.height > most and stored.name != "planner":
            return ""
        texts = stored.texts[self.lang]
        caption = texts["subtitle"] if texts["subtitle"].plain else texts["title"]
        return tables.html(table, self.lang, caption, name=stored.name)

    def kinds(self, stored: Stored) -> Text:
        """Return a sentence on the evidence of a table's columns: what a simulation makes is computed."""
        by_kind: dict[str, list[str]] = {}
        table = stored.table
        made = any(read.startswith("simulation:") for read in table.reads)
        for column in tables.visible(table, self.lang):
            found = {kind for (_, name), kind in table.exceptions.items() if name == column.name}
            for kind in {column.evidence, *found} if column.numeric else ():
                computed = made and kind is Evidence.ASSUMED and column.name not in table.key
                by_kind.setdefault("computed" if computed else kind, []).append(
                    tables.heading(table, column, self.lang)[0]
                )
        parts = [
            sentences.verbatim(f"{self.say(f'evidence.{kind}.name').plain} ({', '.join(by_kind[kind])})")
            for kind in (*Evidence, "computed")
            if kind in by_kind
        ]
        return self.say("exhibit.kinds", kinds=sentences.join(parts, "; ")) if parts else EMPTY

    def sources(self, stored: Stored) -> Text:
        """Return a sentence with the claims that an exhibit rests on; the workbook lists them in full."""
        reads = {read for number in stored.numbers for read in number.reads}
        if "claims" not in stored.table.frame.columns:
            reads |= set(stored.table.reads)
        ids = sorted(read.partition(":")[2] for read in reads if read.startswith("claim:"))
        links = [sentences.reference(Ref(one)) for one in ids]
        return self.say("exhibit.sources", claims=sentences.join(links, ", ")) if links else EMPTY

    @functools.cached_property
    def named(self) -> dict[str, Stored]:
        """Return the exhibits by name."""
        return {stored.name: stored for stored in self.exhibits}

    def council(self) -> list[Stored]:
        """Return the exhibits that stand open in the council edition, in the order of ``COUNCIL``."""
        found = [self.named[name] for name in COUNCIL if name in self.named]
        return [one for one in found if one is not self.opening()][:MOST_IN_COUNCIL]

    @functools.cached_property
    def answers(self) -> list[dict[str, Any]]:
        """Return the answers to the council's questions, in order: ``slug``, ``council``, finished texts."""
        if ANSWERS not in self.named:
            return []
        table = self.named[ANSWERS].table
        parts = [one for one in table.columns if one.name.endswith(f"_{self.lang}")]
        return [
            {"slug": slug, "council": council}
            | {one.name.rpartition("_")[0]: tables.cell(table, row, one, self.lang) for one in parts}
            for row, (slug, council) in enumerate(table.frame.select("slug", "council").iter_rows())
        ]

    def levels(self) -> dict[str, Number]:
        """Return how much of what may be lies in the ranges of answers, by the names of their sentence."""
        return {one.id.rpartition(".")[2]: one for one in self.named[ANSWERS].numbers if "level_" in one.id}

    def inside(self, notebook: str) -> list[Stored]:
        """Return the exhibits of a notebook that stand in its folded part: nothing stands twice."""
        above = {ANSWERS, FIRST, PICTURE, *(stored.name for stored in self.council())}
        above |= {"planner", "planner_grid"} if self.planner else set()
        inside = (one for one in self.exhibits if one.notebook == notebook and one.name not in above)
        return [one for one in inside if one.drawn or self.table(one)]

    def groups(self, notebook: str) -> list[tuple[str, list[Stored]]]:
        """Return a notebook's folded exhibits by how they are printed: those of a column stand ``beside``."""
        found = itertools.groupby(self.inside(notebook), key=lambda one: not self.paper(one))
        return [("beside" if column else "across", list(group)) for column, group in found]

    @functools.cached_property
    def planner(self) -> dict[str, Any]:
        """Return what the planner on the page runs on; empty where no notebook computed its grid.

        Axes, steps and starting values of its sliders, its grid and words as JSON, and its script with the
        digest by which the page allows it.
        """
        grid, shown = (self.named.get(name) for name in ("planner_grid", "planner"))
        if grid is None or shown is None:
            return {}
        numbers = {one.id.rpartition(".")[2]: one for one in shown.numbers}
        made = planner.data(grid.table.frame, numbers, self.lang)
        script = project.packaged(f"{TEMPLATES}/planner.js")
        hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
        return {**made, "script": script, "digest": f"'sha256-{hashed}'"}

    def opening(self) -> Stored | None:
        """Return the exhibit whose figure stands on the first page; in a partial run any figure will do.

        RunError when no notebook published it in a full run.
        """
        drawn = {stored.name: stored for stored in self.exhibits if stored.drawn}
        wanted = PICTURE if PICTURE in drawn else COUNCIL[0]
        if wanted not in drawn and not self.meta.partial:
            names = ", ".join(drawn) or "none"
            raise RunError(f"first page: no notebook published the figure {wanted}; published are {names}")
        return drawn.get(wanted) or next(iter(drawn.values()), None)

    def html(self) -> str:
        """Return the page as HTML.

        RunError when a sentence of the first page, its figure or a section's title is missing.
        """
        from jinja2 import Environment, PackageLoader, StrictUndefined

        loader = PackageLoader("kik_analysis", TEMPLATES)
        made = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
        )
        whole = made.get_template("page.html.j2").render(
            page=self,
            meta=self.meta,
            lang=self.lang,
            t=self.say,
            say=lambda key: sentences.text(key, self.lang),
            Ref=Ref,
            theme_classes=theme_classes(self.meta.theme),
            first=self.first,
            evidence=list(Evidence),
            answer_parts=ANSWER_PARTS,
        )
        return slim(self.meta.head.own_words(whole, self.lang))


_FETCHES = re.compile(
    r"@import|<!--|</|\bimage-set\(|\b(?:url|src)\((?!\s*[\"']?data:)[^)]*\)?", re.IGNORECASE
)
LARGEST_THEME = 1_000_000
"""Bytes; the largest theme known to us has a fifth of it."""


def load_theme(path: Path) -> str:
    """Return a style sheet, of which no line says that it fetches another file.

    This tells the writer in time: the page lets a browser fetch nothing, whatever a style sheet says or
    hides. InputError when the file cannot be read or fetches; one line each.
    """
    problems = Problems()
    css = read_text(path, str(path), problems, LARGEST_THEME) or ""
    for number, line in enumerate(css.split("\n"), start=1):
        for what in _FETCHES.findall(line):
            place = Place(str(path), number)
            problems.add(place, "fetches another file", got=what[:60], expected="data: or nothing")
    problems.raise_if_any()
    return css


def theme_classes(css: str) -> str:
    """Return the class names that a theme hangs its values on (``voorbeeld-theme``), for the page's root."""
    rules = re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.DOTALL)
    return " ".join(sorted(set(re.findall(r"\.([\w-]+-theme)\b", rules))))
