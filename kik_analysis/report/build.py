"""Builds the report of a run in its staging folder, from what the notebooks published there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kik_analysis.errors import RunError
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.report import collect, page, tracing, workbook
from kik_analysis.report.meta import Meta
from kik_analysis.report.record import Stored, read_all

WORKBOOKS: dict[Lang, str] = {"nl": "cijfers-nl.xlsx", "en": "figures-en.xlsx"}


def _once(exhibits: tuple[Stored, ...]) -> None:
    """Refuse two exhibits with one name, and two tables with one name and different content."""
    counted = Counter(stored.name for stored in exhibits)
    found = [
        f"two notebooks published an exhibit {name}: "
        f"{', '.join(stored.notebook for stored in exhibits if stored.name == name)}; give one another name"
        for name, times in sorted(counted.items())
        if times > 1
    ]
    seen: dict[str, tuple[str, str]] = {}
    for stored in exhibits:
        if stored.table is not None:
            content = stored.table.csv()
            first, known = seen.setdefault(stored.table.name, (stored.name, content))
            if known != content:
                found.append(
                    f"exhibits {first} and {stored.name} hold different tables named {stored.table.name}"
                )
    if found:
        raise RunError(found)


def build(staging: Path, meta: Meta, *, shared: bool = True) -> dict[Lang, Path]:
    """Write ``numbers.json``, and a workbook and a page per language, into a staging folder.

    Parameters
    ----------
    staging
        Folder of the run; ``exhibits/``, ``figures/``, ``tables/`` and, when present, the executed
        ``notebooks/`` are read.
    meta
        The run.
    shared
        Whether to write ``numbers.json``; False when another process does, which makes another language.

    Returns
    -------
    dict
        The page of each language.

    Raises
    ------
    RunError
        When notebooks published nothing, contradict each other, or miss what the first page needs; and when a
        finished page shows a number that nobody can trace.
    """
    exhibits = read_all(staging)
    if not exhibits:
        raise RunError("no notebook published anything; a notebook hands over its results with kik.publish")
    _once(exhibits)
    numbers = collect.collect(exhibits, staging, meta)
    if shared:
        collect.write(numbers, staging / collect.FILE)
    for folder in ("report", "tables"):
        (staging / folder).mkdir(exist_ok=True)
    pages: dict[Lang, Path] = {}
    for lang in meta.languages:
        names = known(exhibits, meta, lang)
        html = page.render(exhibits, numbers, staging, meta, lang)
        shown = {f"report/{lang}.html": html, **_figures(exhibits, staging, lang)}
        wrong = [
            f"{name}: {finding}"
            for name, markup in shown.items()
            for finding in tracing.untraced(markup, lang) + tracing.stale(markup, numbers, lang, known=names)
        ]
        if wrong:
            raise RunError(wrong)
        pages[lang] = staging / "report" / f"{lang}.html"
        pages[lang].write_text(html, encoding="utf-8", newline="\n")
        workbook.write(staging / "tables" / WORKBOOKS[lang], exhibits, meta, lang)
    return pages


def _figures(exhibits: tuple[Stored, ...], staging: Path, lang: Lang) -> dict[str, str]:
    """Return the drawings in a language by the name of their file."""
    names = [f"figures/{stored.name}.{lang}.svg" for stored in exhibits if stored.drawn]
    return {name: (staging / name).read_text(encoding="utf-8") for name in names}


def known(exhibits: tuple[Stored, ...], meta: Meta, lang: Lang) -> set[str]:
    """Return the dates and names with digits that labels of figures may show besides numbers."""
    found = {text for stored in exhibits for text in stored.known[lang]}
    found |= {sentences.moment(meta.sources_until, lang).plain, meta.version, meta.digest}
    return {text for text in found if text}
