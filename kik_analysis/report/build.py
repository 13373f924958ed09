"""Builds the report of a run in its staging folder: the numbers; a workbook, a page and a memo per language.

What notebooks published is believed only where it agrees with itself: one id is one number, a table is its
CSV, a number called published is one that a source printed, and no text holds a number without a source.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from kik_analysis.errors import RunError
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.figures import style
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.reading.storage import file_digest, json_text
from kik_analysis.report import paper, tracing, workbook
from kik_analysis.report.appendices import Meta
from kik_analysis.report.page import Page
from kik_analysis.report.publish import Stored, read_all, signed

FILE = "numbers.json"
FEW = 5  # findings of one cell that are told each; of more, the first one and how many there are
WORKBOOKS: dict[Lang, str] = {"nl": "cijfers-nl.xlsx", "en": "figures-en.xlsx"}
_LABEL = re.compile(r'id="n:([^"]*?)(?:#\d+)?"')


def of_exhibit(stored: Stored, staging: Path) -> Iterator[Number]:
    """Yield the numbers that an exhibit shows: in sentences, in its table, as labels of its figure."""
    yield from stored.numbers
    table = stored.table
    yield from table.cells()
    files = [staging / "figures" / f"{stored.name}.{lang}.svg" for lang in LANGUAGES if stored.drawn]
    labels = {one for file in files for one in _LABEL.findall(file.read_text(encoding="utf-8"))}
    # no page shows a hidden column, yet a figure may
    for column in table.columns if labels else ():
        if column.hidden and column.numeric:
            cells = (table.cell(row, column) for row in range(table.frame.height))
            yield from (one for one in cells if one and one.id.replace("&", "&amp;") in labels)


def collect(exhibits: Iterable[Stored], staging: Path, meta: Meta) -> dict[str, Number]:
    """Return every number a reader sees by id, sorted: of exhibits, claims and parameters.

    RunError when two exhibits give one id to different numbers; the message names the id and both values.
    """
    found: dict[str, tuple[Number, str]] = {}
    for stored in exhibits:
        for number in of_exhibit(stored, staging):
            known, where = found.setdefault(number.id, (number, f"{stored.notebook}/{stored.name}"))
            if known != number:
                raise RunError(
                    f"number {number.id}: {where} says {_short(known)}, {stored.notebook}/{stored.name} says "
                    f"{_short(number)}; one id is one number"
                )
    return dict(sorted({**{name: number for name, (number, _) in found.items()}, **meta.numbers()}.items()))


def _short(number: Number) -> str:
    limits = "" if number.low is None and number.high is None else f" ({number.low} to {number.high})"
    return f"{number.value}{limits} {number.unit}, {number.decimals} decimals, {number.evidence}"


def _twice(exhibits: tuple[Stored, ...]) -> Iterator[str]:
    """Yield each name that two exhibits bear, or two tables with different content."""
    for name, times in sorted(Counter(stored.name for stored in exhibits).items()):
        if times > 1:
            notebooks = ", ".join(stored.notebook for stored in exhibits if stored.name == name)
            yield f"two notebooks published an exhibit {name}: {notebooks}; give one another name"
    seen: dict[str, Stored] = {}
    for stored in exhibits:
        first = seen.setdefault(stored.table.name, stored)
        if first.csv != stored.csv:
            yield f"exhibits {first.name} and {stored.name} hold different tables named {stored.table.name}"


def _altered(exhibits: tuple[Stored, ...], staging: Path) -> Iterator[str]:
    """Yield each CSV that is not the table that was published, with its first line that differs."""
    published = {stored.table.name: stored for stored in exhibits}
    for path in sorted((staging / "tables").glob("*.csv")):
        stored = published.get(path.stem)
        if stored is None:
            yield f"tables/{path.name}: no notebook published this table; hand it over with kik.publish"
        elif stored.csv != file_digest(path):
            whole = stored.table.place != "file"
            both = path.read_text(encoding="utf-8"), stored.table.csv() if whole else ""
            pairs = enumerate(zip(*(text.split("\n") for text in both), strict=False), start=1)
            line, (got, expected) = next(
                ((n, pair) for n, pair in pairs if whole and pair[0] != pair[1]), (1, ("another", "its own"))
            )
            yield f"tables/{path.name}:{line}: not what was published (got {got}; expected {expected})"


def _raised(exhibits: tuple[Stored, ...], staging: Path, meta: Meta) -> Iterator[str]:
    """Yield each number with a better class than its sources: called published, yet no source prints it."""
    printed: dict[str, set[float]] = {}
    for number in meta.numbers().values():
        values = set(number.printed)
        printed.setdefault(number.reads[0], set()).update(values, (one / PERCENT for one in values))
    for stored in exhibits:
        for number in of_exhibit(stored, staging):
            where = f"{stored.notebook}/{stored.name}: number {number.id} is called {number.evidence}, yet"
            values = {value for read in number.reads for value in printed.get(read, ())}
            known = all(
                any(math.isclose(part, one, rel_tol=1e-9) for one in values) for part in number.printed
            )
            if not known:
                yield f"{where} none of its sources prints it (got {_short(number)})"
            kinds = {read.partition(":")[0] for read in number.reads}
            alone = "simulation" in kinds and kinds <= {"simulation", "parameter"} and not values
            if number.evidence is Evidence.RECOMPUTED and alone:
                yield f"{where} it rests on a simulation alone"


def _typed(exhibits: tuple[Stored, ...], staging: Path, numbers: Mapping[str, Number]) -> Iterator[str]:
    """Yield each number typed in a notebook, and each quantity in the dress of a name, with its place."""
    claims = {
        name.partition("/")[2]: tracing.forms(number, "en") | tracing.forms(number, "nl")
        for name, number in numbers.items()
        if name.startswith("claim/")
    }
    known = {
        form for number in numbers.values() for lang in LANGUAGES for form in tracing.forms(number, lang)
    }
    # a cell may show a number as the machine has it
    values = (one for number in numbers.values() for one in (number.value, number.low, number.high))
    machine = {repr(float(one)) for one in values if one is not None}
    known |= machine | {one.removesuffix(".0") for one in machine}
    titles = {stored.texts[lang]["title"].plain for stored in exhibits for lang in LANGUAGES}
    titles |= {path.read_text(encoding="utf-8") for path in (staging / "figures").glob("*.svg")}
    for notebook in dict.fromkeys(stored.notebook for stored in exhibits):
        path = staging / "notebooks" / f"{notebook}.ipynb"
        book = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"cells": []}
        for cell, line, what in tracing.typed(book["cells"], claims):
            yield f"notebooks/{path.name}: cell {cell}, line {line}: {what}"
        for cell, found in groupby(tracing.computed(book["cells"], known, titles), key=itemgetter(0)):
            hint, (first, *rest) = "publish it, or mark the cell computed-numbers", list(found)
            alike = f"; {len(rest)} more in this cell" if len(rest) > FEW else ""
            for _, line, what in [first] if alike else [first, *rest]:
                yield f"notebooks/{path.name}: cell {cell} printed, line {line}: {what}; {hint}{alike}"
    for stored in exhibits:
        for name in filter(tracing.quantity, stored.names):
            yield f"{stored.notebook}/{stored.name}: the name {name!r} is a quantity; use a named number"


def _wrong(page: Page, staging: Path, html: str) -> Iterator[str]:
    """Yield what a page shows without a source, and what a figure shows that is not of its exhibit."""
    exhibits, meta, lang = page.exhibits, page.meta, page.lang
    until = sentences.moment(meta.sources_until, lang).plain
    allowed = {
        stored.name: {*stored.dates[lang], *stored.names, until, meta.version, meta.digest} - {""}
        for stored in exhibits
    }
    everything = {name for names in allowed.values() for name in names}
    shown = [(f"report/{lang}.html", html, page.numbers, everything)]
    for stored in exhibits:
        if stored.drawn:
            own = {number.id: number for number in of_exhibit(stored, staging)}
            file = f"figures/{stored.name}.{lang}.svg"
            drawing = (staging / file).read_text(encoding="utf-8")
            shown.append((file, drawing, own, allowed[stored.name]))
            pages = [("on the page", stored.drawings[lang]), ("on a phone", stored.narrow.get(lang, ""))]
            shown += [(f"{file} ({where})", svg, own, allowed[stored.name]) for where, svg in pages if svg]
    for name, markup, known, also in shown:
        found = tracing.untraced(markup, lang) + tracing.stale(markup, known, lang, known=also)
        found += tracing.crooked(markup, lang) if markup is not html else []
        yield from (f"{name}: {finding}" for finding in found)


def _refuse(findings: Iterable[str]) -> None:
    """Stop the run when there are findings, all of them at once."""
    if found := list(findings):
        raise RunError(found)


def build(staging: Path, meta: Meta, *, shared: bool = True) -> dict[Lang, Path]:
    """Write ``numbers.json``, and a workbook, a page and a memo per language, into a staging folder.

    ``staging``: folder of the run; ``exhibits/``, ``figures/``, ``tables/`` and, when present, the executed
    ``notebooks/`` are read. ``meta``: the run. ``shared``: whether to write ``numbers.json``; False when
    another process does, which makes another language. Returns the page of each language. RunError when
    notebooks contradict each other or their own tables, or miss what the first page needs; and when a page,
    figure or notebook shows a number that nobody can trace.
    """
    exhibits = read_all(staging)
    _refuse(_twice(exhibits))
    numbers = collect(exhibits, staging, meta)
    _refuse([*_altered(exhibits, staging), *_raised(exhibits, staging, meta)])
    _refuse(_typed(exhibits, staging, numbers))
    if shared:
        rows = {name: number.as_json() for name, number in numbers.items()}
        (staging / FILE).write_bytes(json_text(rows).encode())
    for folder in ("report", "tables"):
        (staging / folder).mkdir(exist_ok=True)
    pages = {lang: Page(meta, lang, exhibits, numbers) for lang in meta.languages}
    html = {lang: one.html() for lang, one in pages.items()}
    _refuse(one for page in pages.values() for one in _wrong(page, staging, html[page.lang]))
    for lang, page in pages.items():
        (staging / "report" / f"{lang}.html").write_text(html[lang], encoding="utf-8", newline="\n")
        parts = {name: [one.text.plain for one in said] for name, said in page.first.items()}
        workbook.write(staging / "tables" / WORKBOOKS[lang], exhibits, meta, lang, parts)
        opening, picture = page.opening(), None
        drawn = staging / "figures" / f"{opening.name if opening else ''}.{lang}.svg"
        if opening and drawn.is_file():
            picture = (signed(drawn, style.sign(meta.digest, lang)), opening.texts[lang]["alt"].plain)
        paper.summary(staging / "report" / paper.MEMOS[lang], parts, meta, lang, picture)
    return {lang: staging / "report" / f"{lang}.html" for lang in pages}
