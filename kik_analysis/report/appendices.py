"""The appendices of the report: claims, parameters, documents and glossary, in the words of a language.

A page and a workbook ask the same questions of a claim and of a parameter: its number, its range, its unit.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.claims import Claim, Document
from kik_analysis.facts.precision import period
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.catalogue import catalogue, names, priors, units
from kik_analysis.parameters.differences import worded
from kik_analysis.parameters.files import NOTHING, Header
from kik_analysis.parameters.remarks import in_one

MOST_DECIMALS = 6
SHARES = ("share", "share_per_year")
"""Units of fractions that readers see in percent."""
WITHOUT_WORDS = ("", "share", "percent", "date")
"""Units that need no word: each number shows them, or there is none."""
JUDGEMENT = "own judgement"
"""How the source of a prior begins that rests on no publication (``params/priors.csv``)."""
EMPTY = Text("", "")

Setting = Mapping[str, Any]
"""One value of a resolved scenario: a row of ``Scenario.table()``."""


@dataclass(frozen=True)
class Meta:
    """One run, as its report presents it: nothing here depends on the clock or the machine.

    ``title``: title of the scenario, by language. ``digest``, ``version``: the first characters of the digest
    of parameters, claims, seed and version; this package's version. ``settings``: the resolved parameters:
    the rows of ``Scenario.table()``. ``claims``, ``documents``: the published claims and the documents they
    stand in. ``warnings``: what was absurd, though not impossible, in the input. ``partial``: true when only
    some notebooks ran: sentences whose numbers are missing are then left out. ``languages``, ``theme``:
    languages of the report; extra style sheet of the reader's organisation. ``place``: name of the
    municipality, by language, where the published history is not its own; else None. ``head``: what the head
    of the scenario's file says.
    ``sections``: by notebook, its own title and introduction of its part: ``sections[stem][part][lang]``.
    """

    title: Mapping[Lang, str]
    digest: str
    version: str
    settings: tuple[Setting, ...] = ()
    claims: tuple[Claim, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    partial: bool = False
    languages: tuple[Lang, ...] = LANGUAGES
    theme: str = ""
    place: Mapping[Lang, str] | None = None
    head: Header = NOTHING
    sections: Mapping[str, Mapping[str, Mapping[Lang, str]]] = field(default_factory=dict)

    @property
    def sources_until(self) -> datetime.date:
        """Return the day of the latest document (its first day where the day is not printed)."""
        days = (period(one.date).first for one in self.documents.values())
        return max(days, default=datetime.date(1970, 1, 1))

    @property
    def mark(self) -> dict[str, object]:
        """Return what a status line says of the run: state of the sources, version and digest."""
        return {"day": self.sources_until, "version": Ref(self.version), "digest": Ref(self.digest)}

    def remarks(self, lang: Lang) -> list[str]:
        """Return the warnings in one language: a remark of a scenario has both."""
        return [in_one(line, lang) if " / " in line else line for line in self.warnings]

    def numbers(self) -> dict[str, Number]:
        """Return the numbers of all claims and parameters, by id."""
        sources: list[Claim | Setting] = [*self.claims, *self.settings]
        pairs = map(written, sources)
        return {number.id: number for pair in pairs for number in pair if number is not None}


def written(source: Claim | Setting) -> tuple[Number | None, Number | None]:
    """Return the value of a claim or parameter, and its range, with as many decimals as the source gives.

    Either is None where there is none; a share is shown in percent. The range may need more decimals.
    """
    if isinstance(source, Claim):
        name, read, unit, evidence = f"claim/{source.id}", f"claim:{source.id}", source.unit, source.evidence
        value, low, high, graded = source.value, source.low, source.high, source.range_evidence
        if low == high == value:
            low = high = None
    else:
        name, read = f"parameter/{address(source)}", f"parameter:{source['path']}"
        unit, evidence, graded = source["unit"], Evidence(source["evidence"]), None
        value, low, high = (
            one if isinstance(one, int | float) and not isinstance(one, bool) else None
            for one in (source["value"], source["low"], source["high"])
        )
        low, high = (None if limit == value else limit for limit in (low, high))

    def number(suffix: str, *parts: float | None) -> Number | None:
        if all(part is None for part in parts):
            return None
        if unit in SHARES:
            # a share of 0.57 is 57 percent, not 56.99999999999999
            parts = tuple(None if p is None else round(p * PERCENT, MOST_DECIMALS + 2) for p in parts)
        given, least, most = (parts[0], None, None) if len(parts) == 1 else (None, *parts)
        shown = "percent" if unit in SHARES else unit
        digits = max(notation.places(one, MOST_DECIMALS) for one in parts if one is not None)
        return Number(name + suffix, given, least, most, shown, digits, evidence, (read,), "", graded)

    return number("", value), number("/range", low, high)


def address(setting: Setting) -> str:
    """Return a parameter's own name: path, segment and day joined by a slash."""
    return "/".join(part for part in (setting["path"], setting["segment"], setting["from"]) if part)


@dataclass(frozen=True)
class Appendices:
    """What stands in the appendices of one run, in one language; the templates ask."""

    meta: Meta
    lang: Lang

    def say(self, key: str, **values: object) -> Text:
        """Return a sentence of ``texts/report.toml``: of a place without published history."""
        if self.meta.place is not None and sentences.has(f"report.{key}_own"):
            return sentences.text(
                f"report.{key}_own", self.lang, **values, place=Ref(self.meta.place[self.lang])
            )
        return sentences.text(f"report.{key}", self.lang, **values)

    def in_words(self, source: object, part: str) -> str:
        """Return a part that a claim or document has in two languages (``title_nl``, ``title_en``)."""
        return str(getattr(source, f"{part}_{self.lang}"))

    def unit(self, name: str) -> str:
        """Return the words for a unit; nothing for a share, which is shown in percent."""
        if name in WITHOUT_WORDS:
            return ""
        key, known = f"tables.unit.{name.replace(' ', '_')}", units()
        if sentences.has(key):
            return sentences.text(key, self.lang).plain
        return known[name].words(self.lang) if name in known else name.replace("_", " ")

    def content(self, setting: Setting) -> datetime.date | str | None:
        """Return a value that is no number: a date, else choices, or yes or no, in words; None for none."""
        value, entry = setting["value"], catalogue()[setting["path"]]
        if value is None or entry.type == "date":
            return value and datetime.date.fromisoformat(value)
        return worded(tuple(value) if isinstance(value, list) else value, entry.choices, self.lang)

    def label(self, setting: Setting) -> str:
        """Return what a parameter is, with the part of it (a segment, a month) that it holds for."""
        entry, part = catalogue()[setting["path"]], setting["segment"]
        members = (entry.keys, catalogue().segments)
        words = (one for one in names().values() if tuple(one) in members and part in one)
        said = [one[part][LANGUAGES.index(self.lang)] for one in words]
        return ": ".join([entry.title(self.lang), *said[:1]])

    def source(self, setting: Setting) -> str:
        """Return a parameter's source; a prior without a source of its own is called what it is."""
        known, judgement = priors(), self.say("parameters.judgement").plain
        return ", ".join(
            f"{judgement} ({one})" if one in known and known[one].source_title.startswith(JUDGEMENT) else one
            for one in setting["source"]
        )

    def date(self, day: str) -> Text:
        """Return ``YYYY-MM-DD`` as a date, ``YYYY-MM`` as month and year, ``YYYY`` as it is."""
        return sentences.dated(day, notation.written(day, self.lang))

    def glossary(self) -> list[tuple[str, str]]:
        """Return the terms and their meanings, by term."""
        names = sorted({key.rpartition(".")[0] for key in sentences.keys("glossary")})
        both = (
            [sentences.text(f"{one}.{part}", self.lang).plain for part in ("term", "meaning")]
            for one in names
        )
        return sorted(((term, meaning) for term, meaning in both), key=lambda pair: pair[0].lower())
