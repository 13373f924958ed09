"""Answers: a question filled with the numbers of one run, its verdict by the rule, in both languages."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kik_analysis.answers import computed, wording
from kik_analysis.answers.question import PARTS, Part, Question, read, read_all
from kik_analysis.answers.runs import Runs
from kik_analysis.errors import ModelError
from kik_analysis.evidence.classes import Evidence, worst
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.facts import numbers
from kik_analysis.facts.bounds import TABLE as BOUNDS
from kik_analysis.facts.bounds import bound_number
from kik_analysis.facts.claims import claims
from kik_analysis.facts.documents import documents
from kik_analysis.facts.identification import identification
from kik_analysis.facts.periods import period
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import located

OWN = "answers"
UNITS = {"share": "percent", "share_per_year": "percent", "share_points": "percentage_points"}
"""Units of fractions, and what they are shown in."""
TOGETHER = ("short", "known", "computed", "unknown", "ask")


@dataclass(frozen=True)
class Answer:
    """One question, answered.

    ``question``: what its file says. ``verdict``: one of the closed list. ``texts``: finished sentences by
    language and part: those of the file, ``asked``, ``verdict`` and ``depends_on``. ``numbers``: the numbers
    in its sentences, by placeholder. ``scenario``, ``sources_until``: name of the scenario; day of the latest
    document.
    """

    question: Question
    verdict: str
    texts: Mapping[Lang, Mapping[str, Text]]
    numbers: Mapping[str, Number]
    scenario: str
    sources_until: str

    @property
    def evidence(self) -> Evidence:
        """Return the worst class among its numbers."""
        return worst(number.evidence for number in self.numbers.values())

    @property
    def kind(self) -> str:
        """Return what kind of answer it is: how its numbers came about, or that it cannot be known."""
        if self.verdict == "unknown":
            return "cannot_be_known"
        computed_ = self.evidence in (Evidence.SIMULATED, Evidence.ASSUMED)
        return "simulated" if computed_ else str(self.evidence)

    def plain(self, lang: Lang) -> str:
        """Return the whole answer as plain text, a part on a line of its own."""
        return "\n".join(self.texts[lang][part].plain for part in TOGETHER)

    def reads(self, kind: str) -> list[str]:
        """Return the names of what its numbers rest on, of one kind, sorted."""
        named = {read.partition(":") for one in self.numbers.values() for read in one.reads}
        return sorted(name for found, _, name in named if found == kind)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as it stands in ``answers.json``."""
        asked, found = self.question, {lang: self.texts[lang] for lang in LANGUAGES}
        both = {
            f"{part}_{lang}": found[lang][part].plain for part in ("question", *TOGETHER) for lang in found
        }
        quoted = {name for name in asked.asked_in if name in claims()}
        ruled = (found[lang]["verdict"].plain for lang in ("nl", "en"))
        nl, en = (one[0].lower() + one[1:] for one in ruled)  # words of the closed list, no sentences
        return {
            "id": asked.id,
            "slug": asked.slug,
            **{f"question_{lang}": both[f"question_{lang}"] for lang in LANGUAGES},
            "asked_in": list(asked.asked_in),
            "asked_year": asked.asked_year,
            "verdict": nl,
            "verdict_en": en,
            "depends_on": found["nl"]["depends_on"].plain if self.verdict == "depends" else "",
            **{f"{part}_{lang}": both[f"{part}_{lang}"] for part in TOGETHER for lang in LANGUAGES},
            **{f"answer_{lang}": self.plain(lang) for lang in LANGUAGES},
            "kind": self.kind,
            "evidence": "cannot_be_known" if self.verdict == "unknown" else str(self.evidence),
            "claims": sorted({*self.reads("claim"), *quoted}),
            "parameters": self.reads("parameter"),
            "numbers": sorted({number.id for number in self.numbers.values()}),
            "scenario": self.scenario,
            "sources_until": self.sources_until,
            "council": asked.council,
        }


def sources(*, published: bool) -> tuple[str, ...]:
    """Return the names of all numbers that a question may use; without published history no claims."""
    own = (*(f"{OWN}.{name}" for name in computed.COMPUTED), *(entry.path for entry in catalogue()))
    if not published:
        return own
    bounds = (f"{BOUNDS}.{name}" for name in identification().quantities)
    return (*own, *numbers.names(), *bounds, *claims().ids())


def check_question(path: Path) -> Question:
    """Return what a question's file says; every problem in it, for ``kik check``.

    ParameterError with a line for each problem.
    """
    return read(path, sources(published=True))


def number(name: str, runs: Runs) -> Number | None:
    """Return a number by its name: of this room, of other chapters, of a claim, or a parameter.

    ModelError when there is none of that name.
    """
    head, _, rest = name.partition(".")
    if head == OWN and rest in computed.COMPUTED:
        return computed.compute(rest, runs)
    if name in catalogue():
        return _parameter(name, runs)
    if name in claims():
        return _claim(name)
    return bound_number(rest) if head == BOUNDS else numbers.number(name)


def _claim(name: str) -> Number:
    claim = claims()[name]
    unit, factor = UNITS.get(claim.unit, claim.unit), PERCENT if claim.unit in UNITS else 1.0
    place = f"{OWN}.{name}"
    return measure(place, lambda: claims()[name].estimate.times(factor), unit=unit, computation="claims.csv")


def _parameter(path: str, runs: Runs) -> Number:
    own = runs.scenario.entry(path).unit
    unit, factor = UNITS.get(own, own), PERCENT if own in UNITS else 1.0

    def compute() -> Estimate:
        found = runs.scenario.value(path)
        parts = (found.central, found.low, found.high)
        if not all(isinstance(one, int | float) for one in parts):
            raise ModelError(f"{path} is no single number; a sentence cannot show it")
        return Estimate(*map(float, parts)).times(factor)  # type: ignore[arg-type]

    return measure(f"{OWN}.{path}", compute, unit=unit, computation="kik_analysis.parameters")


def _date(source: object, place: str) -> datetime.date:
    """Return a date of a question's file: as written, or the day that a claim is about."""
    if isinstance(source, datetime.date):
        return source
    if isinstance(source, str) and source in claims():
        return period(claims()[source].as_of).first
    raise ModelError(f"{place}: not a date (got {source}; expected a date or the id of a claim)")


def _filled(part: Part, lang: Lang, values: Mapping[str, object], names: Mapping[str, Number]) -> Text:
    kept = [
        one
        for one in part
        if (one.when is None or one.when in names) and (one.unless is None or one.unless not in names)
    ]
    return sentences.join([wording.fill(one[lang], lang, values, one.place) for one in kept])


def answer(question: Question, runs: Runs) -> Answer:
    """Fill a question with the numbers of a run.

    ModelError when a number is missing or has no range where a sentence shows one; the message begins with
    the place in the question's file.
    """
    found = {name: number(source, runs) for name, source in question.numbers.items()}
    known = {name: one for name, one in found.items() if one is not None}
    days = {name: _date(source, f"{question.file}: dates.{name}") for name, source in question.dates.items()}
    names = {name: Ref(text, f"name:{name}") for name, text in question.names.items()}
    values: dict[str, object] = {**names, **days, **known}
    ruled = _ruled(question, known)
    texts = {lang: _texts(question, ruled, lang, values, known) for lang in LANGUAGES}
    dated = documents().values() if runs.scenario.header.published else ()
    until = max((one.date for one in dated), default="")
    return Answer(question, ruled, texts, known, runs.scenario.name, until)


def _ruled(question: Question, known: Mapping[str, Number]) -> str:
    """Return the verdict that a question's rule gives with these numbers.

    ModelError when its chance is not there.
    """
    rule = question.verdict
    if rule.chance is not None:
        if rule.chance not in known:
            raise ModelError(f"{question.file}: verdict: no chance {rule.chance} in this scenario")
        return wording.verdict((known[rule.chance].value or 0.0) / PERCENT)
    if rule.number is None:
        return "unknown"
    limit = rule.at_least or rule.at_most or ""
    if rule.number not in known or limit not in known:
        return rule.missing
    how = wording.judged(known[rule.number], known[limit], most=rule.at_least is None)
    return str(getattr(rule, how))


def _texts(
    question: Question, ruled: str, lang: Lang, values: Mapping[str, object], known: Mapping[str, Number]
) -> dict[str, Text]:
    made = {part: _filled(getattr(question, part), lang, values, known) for part in PARTS}
    empty = Text("", "")
    on = question.depends_on
    what = wording.fill(on[lang], lang, values, on.place) if on is not None and ruled == "depends" else empty
    said = sentences.text(f"answers.verdict.{ruled}", lang, **({"what": what} if ruled == "depends" else {}))
    made["verdict"], made["depends_on"] = said, what
    why = question.verdict.because if ruled == "unknown" else None
    reason = wording.fill(why[lang], lang, values, why.place) if why else empty
    told = sentences.text("answers.because", lang, verdict=said, why=reason) if why else said
    made["short"] = sentences.join([told + sentences.verbatim("."), made["short"]])
    first = question.short[0]
    opening = re.split(r"(?<=[.!?])\s+", first[lang].strip(), maxsplit=1)[0]
    made["first"] = wording.fill(opening, lang, values, first.place)
    if why:  # the overview says the reason at once
        plain, marked = (one[:1].upper() + one[1:] + "." for one in (reason.plain, reason.html))
        made["first"] = Text(plain, marked, reason.numbers)
    made["asked"] = wording.fill(question.asked[lang], lang, values, question.asked.place)
    return made


def answers(scenario: str | Path, runs: Runs) -> tuple[Answer, ...]:
    """Return every question of a scenario with its answer.

    ``scenario``: the scenario's file, sought as ``load_scenario`` does; own questions stand beside it in
    ``vragen/``. ``runs``: the scenario's simulations. ParameterError, ModelError when a question's file is
    wrong, or a number that it needs is not there.
    """
    published = runs.scenario.header.published
    asked = read_all(located(Path(scenario)), sources(published=published), published=published)
    return tuple(answer(question, runs) for question in asked)


def used(found: Iterable[Answer]) -> dict[str, Number]:
    """Return all numbers of several answers by id, with the tens that tell a chance."""
    numbers = {number.id: number for one in found for number in one.numbers.values()}
    chances = [one for one in numbers.values() if one.unit == "percent" and one.value is not None]
    told = (made(one) for one in chances for made in (wording.tens, wording.of_ten))
    return {**numbers, **{one.id: one for one in told}}
