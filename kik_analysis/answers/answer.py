"""Answers: a question's file filled with the numbers of one run, its verdict by the rule, in both languages.

The shipped questions stand in ``params/questions/``; own ones beside a scenario, in
``vragen/``. A sentence names numbers, dates and names by placeholders and holds no digit itself; what it
names must be listed in the file, so that a misspelt name is found with its line, before any simulation.
"""

import datetime
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from kik_analysis import project
from kik_analysis.answers import computed, wording
from kik_analysis.answers.runs import Runs
from kik_analysis.capacity.compiled import YEAR
from kik_analysis.errors import ParameterError
from kik_analysis.evidence import reads
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.reads import Evidence, worst
from kik_analysis.facts import numbers
from kik_analysis.facts.bounds import TABLE as BOUNDS
from kik_analysis.facts.bounds import bound_number
from kik_analysis.facts.claims import claims, documents
from kik_analysis.facts.identification import identification
from kik_analysis.facts.precision import period
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.files import find
from kik_analysis.reading import models, yaml
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems, did_you_mean

FOLDER, BESIDE = "questions", "vragen"
"""Folder of the shipped questions below ``params``, and that of own questions beside a scenario."""
TOGETHER = ("short", "known", "computed", "unknown", "ask")
PARTS = ("question", *TOGETHER)
"""The texts of an answer, in the order in which a page shows them."""
SHAPES = ("", "value", "low", "high", "range", "some", "chance")
"""What may follow a number's name in a placeholder, after a point (``wording`` says what each becomes)."""
_SECTIONS = ("numbers", "dates", "names")


def _sentence(text: str, info: ValidationInfo) -> str:
    if not text.strip():
        raise wrong("not a text", "words")
    for _, field, *_ in string.Formatter().parse(models.sentence(text)):
        name, _, shape = (field or "").partition(".")
        known = (info.context or {}).get("known", ())
        if field is not None and name not in known:
            raise wrong(f"nothing is called {{{name}}}{did_you_mean(name, known)}", ", ".join(sorted(known)))
        if shape not in SHAPES:
            raise wrong(f"{{{field}}} has no {shape}{did_you_mean(shape, SHAPES)}", ", ".join(SHAPES[1:]))
    return text


def _free(mark: int | str, info: ValidationInfo) -> int | str:
    """What names a question names no other: in a scenario's set, ``info.context["taken"]`` holds the rest."""
    if other := (info.context or {}).get("taken", {}).get(mark):
        raise wrong("another question's too", f"one that {other} has not")
    return mark


def _day(day: Any, info: ValidationInfo) -> Any:
    among = (info.context or {}).get("sources")
    known = {AFTER, *(claims().ids() if among is None else {*among} & {*claims().ids()})}
    if not isinstance(day, datetime.date) and day not in known:
        raise wrong("not a date", "a date or the id of a claim" if len(known) > 1 else "a date")
    return day


OWN = "answers"
AFTER = f"{OWN}.after_a_year"
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Listed = Annotated[Name, models.known("numbers", "no such number", "a name under numbers")]
Sentence = Annotated[str, AfterValidator(_sentence)]
Source = Annotated[str, models.known("sources", "no such number", "a number, claim or parameter")]
Verdict = Literal["yes", "probably_yes", "depends", "probably_no", "no", "unknown"]


class Said(Model):
    """Sentences in both languages; with ``when`` (``unless``) only where that number exists (does not)."""

    nl: Sentence
    en: Sentence
    when: Listed | None = None
    unless: Listed | None = None


_list = BeforeValidator(lambda x: [x] if isinstance(x, dict) else x, json_schema_input_type=Said | list[Said])
Part = Annotated[list[Said], _list, Field(min_length=1)]
"""One pair of texts, or several that follow each other."""


class Ruling(Model):
    """How the verdict is found: from a chance, from a number beside a limit, or not at all, for a reason.

    ``chance``: a chance, told by the rule of :data:`kik_analysis.answers.wording.RULE`. ``number`` with
    ``at_least`` or ``at_most``: a number and its limit, a number too; then ``holds`` and ``fails`` name the
    verdict, and where their ranges overlap it depends. ``missing``: the verdict where there is no such
    number. ``because``: why it cannot be known, where it cannot; alone, that no figure decides.
    """

    chance: Listed | None = None
    number: Listed | None = None
    at_least: Listed | None = None
    at_most: Listed | None = None
    holds: Verdict = "yes"
    fails: Verdict = "no"
    missing: Verdict = "unknown"
    because: Said | None = None

    @model_validator(mode="after")
    def _one(self) -> "Ruling":
        if (self.chance is None) == (self.number is None) and (self.chance or self.because is None):
            raise wrong("a verdict comes from one thing", "one of chance, number and because")
        if (self.number is not None) != ((self.at_least is None) != (self.at_most is None)):
            raise wrong("a number is judged by one limit", "one of at_least and at_most")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Return the numbers that it needs, by their names in the file."""
        return tuple(one for one in (self.chance, self.number, self.at_least, self.at_most) if one)


class Question(Model):
    """Everything that a question's file says."""

    format: Literal[1]
    kind: Literal["question"]
    id: Annotated[int, AfterValidator(_free)]
    slug: Annotated[Name, AfterValidator(_free)]
    asked_in: list[Source] = Field([])
    asked_year: Annotated[int, Field(ge=1900, le=2100)]
    asked: Said
    council: bool = False
    numbers: dict[Name, Source] = Field({})
    dates: dict[Name, Annotated[Any, AfterValidator(_day)]] = Field({})
    names: dict[Name, str] = Field({})
    verdict: Ruling
    depends_on: Said | None = None
    question: Part
    short: Part
    known: Part
    computed: Part
    unknown: Part
    ask: Part

    @model_validator(mode="after")
    def _ruled(self) -> "Question":
        rule, own = self.verdict, self.numbers.get(self.verdict.chance or "", "").removeprefix(f"{OWN}.")
        _, unit = computed.COMPUTED.get(own, (None, "percent"))
        if unit != "percent":
            raise wrong(f"{rule.chance} is no chance (its unit is {unit})", "a number in percent", "verdict")
        if rule.names and self.depends_on is None:
            raise wrong("the key depends_on is missing: the verdict may be that it depends", "", "verdict")
        return self

    @property
    def file(self) -> str:
        """Return the file, as messages name it."""
        return self.place.partition(":")[0]


def read(
    path: Path, sources: Iterable[str] | None = None, taken: Mapping[int | str, str] | None = None
) -> Question:
    """Return what a question's file says; the read is on record.

    ``path``: the file. ``sources``: names of all numbers that exist; None where that is not asked (``kik
    check`` asks). ``taken``: the file of each id and slug that is another's. ParameterError with every
    problem, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    problems, shown = Problems(), project.relative(path)
    reads.read_text(path)
    top = yaml.load(path, problems, shown_as=shown)
    context = {"sources": None if sources is None else tuple(sources), "taken": taken or {}}
    named = {"known": models.keys(top, *_SECTIONS), "numbers": models.keys(top, "numbers")}
    return models.whole(Question, top, problems, context | named)


def read_all(scenario: Path, *, published: bool) -> tuple[Question, ...]:
    """Return all questions of a scenario's file, the shipped ones first, each by its number.

    ParameterError with the problems of all files, or when two questions have one number or one slug.
    """
    found: list[Question] = []
    lines: list[str] = []
    known, taken = sources(published=published), dict[int | str, str]()
    for folder in [project.params(FOLDER)] * published + [scenario.parent / BESIDE]:
        group = []
        for path in reads.listing(folder, "*.yml"):
            try:
                group.append(one := read(path, known, taken))
                taken |= dict.fromkeys((one.id, one.slug), one.file)
            except ParameterError as error:
                lines += error.lines
        found += sorted(group, key=lambda one: one.id)
    if lines:
        raise ParameterError(lines)
    return tuple(found)


UNITS = {"share": "percent", "share_per_year": "percent", "share_points": "percentage_points"}
"""Units of fractions, and what they are shown in."""


def shown_in(unit: str) -> tuple[str, float]:
    """Return what a number of this unit is shown in, and what it is multiplied by for that."""
    return UNITS.get(unit, unit), PERCENT if unit in UNITS else 1.0


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
        asked, both = self.question, [(part, lang) for part in PARTS for lang in LANGUAGES]
        said = {f"{part}_{lang}": self.texts[lang][part].plain for part, lang in both}
        quoted = {name for name in asked.asked_in if name in claims()}
        ruled = (self.texts[lang]["verdict"].plain for lang in LANGUAGES)
        nl, en = (one[0].lower() + one[1:] for one in ruled)  # words of the closed list, no sentences
        return {
            "id": asked.id,
            "slug": asked.slug,
            **{f"question_{lang}": said.pop(f"question_{lang}") for lang in LANGUAGES},
            "asked_in": list(asked.asked_in),
            "asked_year": asked.asked_year,
            "verdict": nl,
            "verdict_en": en,
            "depends_on": self.texts["nl"]["depends_on"].plain,
            **said,
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
    names = (name for name in computed.COMPUTED if published or name not in computed.PUBLISHED)
    own = (*(f"{OWN}.{name}" for name in names), *(entry.path for entry in catalogue()))
    if not published:
        return own
    bounds = (f"{BOUNDS}.{name}" for name in identification().quantities)
    return (*own, *numbers.names(), *bounds, *claims().ids())


def number(name: str, runs: Runs) -> Number | None:
    """Return a number by its name: of this room, of other chapters, of a claim, or a parameter.

    ModelError when there is none of that name.
    """
    head, _, rest = name.partition(".")
    if head == OWN and rest in computed.COMPUTED:
        return computed.compute(rest, runs)
    place = f"{OWN}.{name}"
    if name in catalogue():
        unit, factor = shown_in(runs.scenario.entry(name).unit)
        found = partial(computed.ends, runs.scenario, name, factor)
        return measure(place, found, unit=unit, computation="kik_analysis.parameters")
    if name in claims():
        unit, factor = shown_in(claims()[name].unit)
        return measure(
            place, lambda: claims()[name].estimate.times(factor), unit=unit, computation="claims.csv"
        )
    return bound_number(rest) if head == BOUNDS else numbers.number(name)


def _date(source: datetime.date | str, runs: Runs) -> datetime.date:
    """Return a date of a question's file: as written, a claim's day, or the week after a year."""
    if isinstance(source, datetime.date):
        return source
    if source == AFTER:  # a run that is shorter says nothing of it
        return runs.kept().mondays[: YEAR + 1][-1]
    return period(claims()[source].as_of).first


def answer(question: Question, runs: Runs) -> Answer:
    """Fill a question with the numbers of a run.

    ModelError when a number is missing or has no range where a sentence shows one; the message begins with
    the place in the question's file.
    """
    found = {name: number(source, runs) for name, source in question.numbers.items()}
    known = {name: one for name, one in found.items() if one is not None}
    days = {name: _date(source, runs) for name, source in question.dates.items()}
    names = {name: Ref(text, f"name:{name}") for name, text in question.names.items()}
    values: dict[str, object] = {**names, **days, **known}
    ruled = _ruled(question, known)
    texts = {lang: _texts(question, ruled, lang, values) for lang in LANGUAGES}
    dated = documents().values() if runs.scenario.header.published else ()
    until = max((one.date for one in dated), default="")
    return Answer(question, ruled, texts, known, runs.scenario.name, until)


def _ruled(question: Question, known: Mapping[str, Number]) -> str:
    """Return the verdict that a question's rule gives with these numbers."""
    rule = question.verdict
    if any(name not in known for name in rule.names):
        return rule.missing
    if rule.chance is not None:
        return wording.verdict((known[rule.chance].value or 0.0) / PERCENT)
    if rule.number is None:
        return "unknown"
    limit = rule.at_least or rule.at_most or ""
    how = wording.judged(known[rule.number], known[limit], most=rule.at_least is None)
    return {"holds": rule.holds, "fails": rule.fails}.get(how, "depends")


def _texts(question: Question, ruled: str, lang: Lang, values: Mapping[str, object]) -> dict[str, Text]:
    def fill(said: Said | None) -> Text:
        return wording.fill(getattr(said, lang), lang, values, said.place) if said else Text("", "")

    kept = {
        part: [
            one for one in getattr(question, part) if one.when in (None, *values) and one.unless not in values
        ]
        for part in PARTS
    }
    made = {part: sentences.join([*map(fill, holding)]) for part, holding in kept.items()}
    why = question.verdict.because if ruled == "unknown" else None
    on, reason = fill(question.depends_on if ruled == "depends" else None), fill(why)
    said = sentences.text(f"answers.verdict.{ruled}", lang, what=on)
    made |= {"verdict": said, "depends_on": on, "first": reason, "asked": fill(question.asked)}
    told = sentences.text("answers.because", lang, verdict=said, why=reason) if why else said
    more = [made["short"]] if made["short"].plain else []
    made["short"] = sentences.join([told + sentences.verbatim("."), *more])
    if why:  # the overview says the reason at once
        plain, marked = (one[:1].upper() + one[1:] + "." for one in (reason.plain, reason.html))
        made["first"] = Text(plain, marked, reason.numbers)
    elif kept["short"]:
        first = kept["short"][0]
        opening = re.split(r"(?<=[.!?])\s+", getattr(first, lang).strip(), maxsplit=1)[0]
        made["first"] = wording.fill(opening, lang, values, first.place)
    return made


def answers(scenario: str | Path, runs: Runs) -> tuple[Answer, ...]:
    """Return every question of a scenario with its answer.

    ``scenario``: the scenario's file, sought as ``load_scenario`` does; own questions stand beside it in
    ``vragen/``. ``runs``: the scenario's simulations. ParameterError, ModelError when a question's file is
    wrong, or a number that it needs is not there.
    """
    asked = read_all(find(scenario), published=runs.scenario.header.published)
    return tuple(answer(question, runs) for question in asked)
