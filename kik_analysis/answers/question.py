"""A question as its file says it: as asked, where, the numbers and dates it needs, and every sentence.

The shipped questions stand in ``params/questions/``; own ones beside a scenario, in
``vragen/``. A sentence names numbers, dates and names by placeholders and holds no digit itself; what it
names must be listed in the file, so that a misspelt name is found with its line, before any simulation.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.evidence import files
from kik_analysis.language.notation import Lang
from kik_analysis.reading import models, yaml
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems, did_you_mean

FOLDER, OWN = "questions", "vragen"
"""Folder of the shipped questions below ``params``, and that of own questions beside a scenario."""
PARTS = ("question", "short", "known", "computed", "unknown", "ask")
"""The texts of an answer, in the order in which a page shows them."""
SHAPES = ("", "value", "low", "high", "range", "some", "chance")
"""What may follow a number's name in a placeholder, after a point (``wording`` says what each becomes)."""
_SECTIONS = ("numbers", "dates", "names")


def _sentence(text: str, info: ValidationInfo) -> str:
    if not text.strip():
        raise wrong("not a text", "words")
    try:
        pieces = [(words, field) for words, field, *_ in string.Formatter().parse(text)]
    except ValueError as error:
        raise wrong(f"a brace too many or too few ({error})") from None
    for words, field in pieces:
        if any(sign.isnumeric() for sign in words):
            raise wrong(f"holds a digit in {words.strip()!r}", "a number by its name: {name}")
        name, _, shape = (field or "").partition(".")
        known = (info.context or {}).get("known", ())
        if field is not None and name not in known:
            raise wrong(f"nothing is called {{{name}}}{did_you_mean(name, known)}", ", ".join(sorted(known)))
        if shape not in SHAPES:
            raise wrong(f"{{{field}}} has no {shape}{did_you_mean(shape, SHAPES)}", ", ".join(SHAPES[1:]))
    return text


def _source(name: str, info: ValidationInfo) -> str:
    sources = (info.context or {}).get("sources")
    if sources is not None and name not in sources:
        raise wrong(f"no such number{did_you_mean(name, sources)}", "a number, claim or parameter")
    return name


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, AfterValidator(_sentence)]
Source = Annotated[str, AfterValidator(_source)]
Verdict = Literal["yes", "probably_yes", "depends", "probably_no", "no", "unknown"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class Said(Model):
    """Sentences in both languages; with ``when`` (or ``unless``) only where that number exists (or not)."""

    nl: Sentence
    en: Sentence
    when: Name | None = None
    unless: Name | None = None

    def __getitem__(self, lang: Lang) -> str:
        return self.nl if lang == "nl" else self.en


_listed = BeforeValidator(lambda value: [value] if isinstance(value, dict) else value)
Part = Annotated[list[Said], _listed, Field(min_length=1)]
"""One pair of texts, or several that follow each other."""


class Ruling(Model):
    """How the verdict is found: from a chance, from a number beside a limit, or not at all, for a reason.

    ``chance``: a chance, told by the rule of :data:`kik_analysis.answers.wording.RULE`. ``number`` with
    ``at_least`` or ``at_most``: a number and its limit, a number too; then ``holds``, ``fails``, ``between``
    (their ranges overlap) and ``missing`` (there is no such number here) name the verdict. ``because``: why
    it cannot be known, where it cannot; alone, that no figure decides.
    """

    chance: Name | None = None
    number: Name | None = None
    at_least: Name | None = None
    at_most: Name | None = None
    holds: Verdict = "yes"
    fails: Verdict = "no"
    between: Verdict = "depends"
    missing: Verdict = "unknown"
    because: Said | None = None

    @model_validator(mode="after")
    def _one(self) -> Ruling:
        if (self.chance is None) == (self.number is None) and (self.chance or self.because is None):
            raise wrong("a verdict comes from one thing", "one of chance, number and because")
        if (self.number is not None) != ((self.at_least is None) != (self.at_most is None)):
            raise wrong("a number is judged by one limit", "one of at_least and at_most")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Return the numbers that it needs, by their names in the file."""
        return tuple(one for one in (self.chance, self.number, self.at_least, self.at_most) if one)

    @property
    def possible(self) -> tuple[str, ...]:
        """Return the verdicts that it may give."""
        if self.number is not None:
            return (self.holds, self.fails, self.between, self.missing)
        return ("unknown",) if self.chance is None else VERDICTS[:-1]


class Question(Model):
    """Everything that a question's file says."""

    format: Literal[1]
    kind: Literal["question"]
    id: int
    slug: Name
    asked_in: list[Source] = Field([])
    asked_year: int
    asked: Said
    council: bool = False
    numbers: dict[Name, Source] = Field({})
    dates: dict[Name, Any] = Field({})
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
    def _ruled(self) -> Question:
        for name in self.verdict.names:
            if name not in self.numbers:
                raise wrong(f"verdict: nothing is called {name}", ", ".join(self.numbers))
        if "depends" in self.verdict.possible and self.depends_on is None:
            raise wrong("the key depends_on is missing: the verdict may be that it depends")
        for part in PARTS:
            for said in getattr(self, part):
                for name in (said.when, said.unless):
                    if name is not None and name not in self.numbers:
                        raise wrong(f"{part}: when and unless name a number of this file (got {name})")
        return self

    @property
    def file(self) -> str:
        """Return the file, as messages name it."""
        return self.place.partition(":")[0]


def read(path: Path, sources: Iterable[str] | None = None) -> Question:
    """Return what a question's file says; the read is on record.

    ``path``: the file. ``sources``: names of all numbers that exist; None where that is not asked (``kik
    check`` asks). ParameterError with every problem, one line each: ``FILE:LINE: key: what (got ...; expected
    ...)``.
    """
    problems, found, shown = Problems(), None, project.relative(path)
    files.read_bytes(path)
    top = yaml.load(path, problems, shown_as=shown)
    if top is not None:
        context: dict[str, Any] = {"sources": None if sources is None else tuple(sources)}
        nodes = [top.get(section) for section in _SECTIONS]
        context["known"] = {k.text for node in nodes if isinstance(node, yaml.Mapping) for k, _ in node}
        found = models.check(Question, top, problems, context)
    problems.raise_if_any(ParameterError)
    assert found is not None
    return found


def folders(scenario: Path, *, published: bool) -> Iterator[Path]:
    """Yield where questions stand: the shipped ones (where history is published), then a scenario's own."""
    if published:
        yield project.params(FOLDER)
    yield scenario.parent / OWN


def read_all(scenario: Path, sources: Iterable[str], *, published: bool) -> tuple[Question, ...]:
    """Return all questions of a scenario's file, the shipped ones first, each by its number.

    ParameterError with the problems of all files, or when two questions have one number or one slug.
    """
    found: list[Question] = []
    lines: list[str] = []
    known = tuple(sources)
    for folder in folders(scenario, published=published):
        group = []
        for path in files.listing(folder, "*.yml"):
            try:
                group.append(read(path, known))
            except ParameterError as error:
                lines += error.lines
        found += sorted(group, key=lambda one: one.id)
    for place, one in enumerate(found):
        for other in found[:place]:
            if one.slug == other.slug or one.id == other.id:
                lines.append(f"{one.file}: id and slug are another question's too (got {one.id} {one.slug}, "
                             f"as in {other.file})")  # fmt: skip
    if lines:
        raise ParameterError(lines)
    return tuple(found)
