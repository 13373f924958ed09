"""The appendices of the report: the list of claims, the parameters, the documents, the glossary."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from kik_analysis.evidence.number import Number
from kik_analysis.facts.claims import Claim
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.report import collect, parameter_words
from kik_analysis.report.meta import Meta, Setting

EMPTY = Text("", "")


def breakable(name: str) -> Markup:
    """Return a technical name that a browser may break after a point, slash or underscore."""
    return Markup(re.sub(r"([./_])", r"\1<wbr>", str(escape(name))))


def place_words(place: str, lang: Lang) -> str:
    """Return a place in a document in the reader's language; names between quotes stay as they are."""
    pieces = re.split(r"('[^']*(?:'|$))", place)

    def translated(found: re.Match[str]) -> str:
        key = f"report.place.{found[0]}"
        return sentences.text(key, lang).plain if sentences.has(key) else found[0]

    return "".join(
        piece if number % 2 else re.sub(r"[a-z]+", translated, piece).replace("..", "\N{EN DASH}")
        for number, piece in enumerate(pieces)
    )


def limits(number: Number | None, lang: Lang) -> Text:
    """Return a number's range in words; empty where there is none."""
    if number is None:
        return EMPTY
    if number.high is None:
        return sentences.text("report.claims.above", lang, low=sentences.figure(number, lang, "low"))
    if number.low is None:
        return sentences.text("report.claims.below", lang, high=sentences.figure(number, lang, "high"))
    low, high = (sentences.figure(number, lang, part) for part in ("low", "high"))
    return sentences.text("report.claims.between", lang, low=low, high=high)


def html(text: Text) -> Markup:
    """Return a text as markup that the template does not escape again."""
    return Markup(text.html)


def _claim_row(claim: Claim, lang: Lang) -> dict[str, Any]:
    written = collect.of_claim(claim)
    return {
        "id": claim.id,
        "statement": claim.statement_nl if lang == "nl" else claim.statement_en,
        "value": html(sentences.figure(written.value, lang)) if written.value else "",
        "range": html(limits(written.range, lang)),
        "unit": parameter_words.unit(claim.unit, lang),
        "place": place_words(claim.place, lang),
    }


def claims(meta: Meta, lang: Lang) -> list[dict[str, Any]]:
    """Return the claims by document, in the order of the documents."""
    groups = []
    for document in meta.documents.values():
        rows = [_claim_row(claim, lang) for claim in meta.claims if claim.document == document.id]
        if rows:
            title = document.title_nl if lang == "nl" else document.title_en
            caption = sentences.text("report.claims.caption", lang, document=Ref(title))
            groups.append({"id": document.id, "caption": html(caption), "rows": rows})
    return groups


def _setting_value(setting: Setting, number: Number | None, lang: Lang) -> Text:
    if number is not None:
        return sentences.figure(number, lang)
    if isinstance(setting.value, bool):
        return sentences.text(f"tables.boolean.{'yes' if setting.value else 'no'}", lang)
    if isinstance(setting.value, datetime.date):
        words = notation.short_date(setting.value, lang)
        return Text(words, f'<time datetime="{setting.value.isoformat()}">{words}</time>')
    if setting.value is None:
        return EMPTY
    words = parameter_words.choice(setting.path, str(setting.value), lang)
    return sentences.reference(Ref(words or str(setting.value)))


def sources(source: str, known: frozenset[str]) -> Markup:
    """Return a source with a link to each claim in it."""

    def linked(found: re.Match[str]) -> str:
        return f'<a href="#{found[0]}">{found[0]}</a>' if found[0] in known else found[0]

    return Markup(re.sub(r"\b[A-Z]\d{3,4}\b", linked, str(escape(source))))


def _setting_row(setting: Setting, lang: Lang, known: frozenset[str]) -> dict[str, Any]:
    written = collect.of_setting(setting)
    return {
        "path": setting.address,
        "path_shown": breakable(setting.address),
        "label": parameter_words.label(setting, lang),
        "value": html(_setting_value(setting, written.value, lang)),
        "range": html(limits(written.range, lang)),
        "unit": parameter_words.unit(setting.unit, lang),
        "source": sources(parameter_words.source(setting.source, lang), known),
        "confidence": setting.confidence,
        "place": breakable(setting.place),
    }


def parameters(meta: Meta, lang: Lang) -> list[dict[str, Any]]:
    """Return the parameters by section of the scenario, in the order given."""
    known = frozenset(claim.id for claim in meta.claims)
    groups: dict[str, list[dict[str, Any]]] = {}
    for setting in meta.settings:
        section = setting.path.partition(".")[0]
        groups.setdefault(section, []).append(_setting_row(setting, lang, known))
    return [
        {
            "id": section,
            "caption": html(
                sentences.text(
                    "report.parameters.caption", lang, section=Ref(parameter_words.section(section, lang))
                )
            ),
            "rows": rows,
        }
        for section, rows in groups.items()
    ]


def written_date(written: str, lang: Lang) -> Text:
    """Return ``YYYY-MM-DD`` as a date, ``YYYY-MM`` or ``YYYY`` as they are."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        return sentences.moment(datetime.date.fromisoformat(written), lang)
    return Text(written, f'<time datetime="{written}">{written}</time>')


def documents(meta: Meta, lang: Lang) -> list[dict[str, Any]]:
    """Return the documents in the order of their file."""
    rows = []
    for one in meta.documents.values():
        words: Mapping[str, str] = {
            "title": one.title_nl if lang == "nl" else one.title_en,
            "author": one.author_nl if lang == "nl" else one.author_en,
            "text": one.transcription_nl if lang == "nl" else one.transcription_en,
        }
        rows.append(
            {**words, "id": one.id, "date": html(written_date(one.date, lang)), "reference": one.reference}
        )
    return rows


def glossary(lang: Lang) -> list[tuple[str, str]]:
    """Return the terms and their meanings, by term."""
    names = {key.split(".")[1] for key in sentences.keys("glossary")}
    pairs = (
        (
            sentences.text(f"glossary.{name}.term", lang).plain,
            sentences.text(f"glossary.{name}.meaning", lang).plain,
        )
        for name in names
    )
    return sorted(pairs, key=lambda pair: pair[0].lower())
