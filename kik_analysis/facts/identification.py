"""What ``params/identification.yml`` says: unknowns, statements about them, assumptions, questions.

A file may extend another: its variables, assumptions and quantities replace those of the same name, its
definitions and claims come on top. So a researcher tries a claim or an assumption in a file of a few lines.
A statement becomes linear constraints when the claims it names are read, so that the record of reads holds
exactly the claims that bear on a question.
"""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, WithJsonSchema, model_validator

from kik_analysis import project
from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.evidence.display import name_list
from kik_analysis.evidence.reads import note
from kik_analysis.facts.claims import claims
from kik_analysis.facts.precision import wide_interval
from kik_analysis.reading import models, yaml
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.storage import bytes_digest
from kik_analysis.statistics import linear_system
from kik_analysis.statistics.linear_system import DEFINITION, ONE, Constraint, Form, Relation, System, between

FILE = "identification.yml"
TITLE = "Identification file of Kansen in Kaart"
SHARE = "share"
RELATIONS: dict[str, Relation] = {
    "equals": "==", "at_least": ">=", "at_most": "<=", "above": ">", "below": "<",
}  # fmt: skip
"""Key in the file -> relation; ``above`` and ``below`` leave the limit itself out."""
LARGEST = 10**9
"""Numerator and denominator of a number in the file: larger ones cannot be counted exactly."""
_HEAD = {"format": 1, "kind": "identification"}
_GENERATIONS = 8


def _text(text: str) -> str:
    if not text.strip():
        raise wrong("not a text", "words")
    return text


def _words(text: str) -> str:
    if any(sign.isdigit() for sign in text):
        raise wrong("holds a digit; numbers stand in constraints")
    return text


def _counted(whole: bool) -> bool:
    if not whole:
        raise wrong("unknowns are whole numbers; count in a smaller unit, such as minutes", "true")
    return whole


def _number(value: object) -> object:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong("not a number", "a number, with a point for decimals")
    if max(abs(linear_system.exact(value).numerator), linear_system.exact(value).denominator) > LARGEST:
        raise wrong("too many digits to count exactly", "nine digits at most")
    return value


def _terms(value: object) -> object:
    if isinstance(value, str) and value:
        return {value: 1}
    if not isinstance(value, dict) or not value or "" in value:
        raise wrong("not a linear form", "a variable, or {variable: factor, ...}")
    return value


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Text = Annotated[str, AfterValidator(_text)]
Words = Annotated[
    Text, AfterValidator(_words), WithJsonSchema({"type": "string", "minLength": 1, "pattern": "^[^0-9]*$"})
]
_NAMED = Field(json_schema_extra={"additionalProperties": False})
VariableName = Annotated[str, models.known("variables", "unknown variable", "a name under variables")]
ClaimId = Annotated[str, models.known("claims", "no such claim", "an id in claims.csv")]
AssumptionName = Annotated[str, models.known("assumptions", "no such assumption", "a name under assumptions")]
Number = Annotated[Any, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
_FACTORS = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number"}}
_SHAPES = [{"type": "string", "minLength": 1}, _FACTORS]
Linear = Annotated[dict[VariableName, Number], BeforeValidator(_terms), WithJsonSchema({"anyOf": _SHAPES})]
"""The name of a variable, or variables with their coefficients."""
Side = Annotated[
    dict[VariableName, Number],
    # a number travels under an empty name
    BeforeValidator(lambda side: _terms(side) if isinstance(side, dict | list | str) else {"": side}),
    WithJsonSchema({"anyOf": [*_SHAPES, {"type": "number"}]}),
]
"""What a form is compared with: another one, or a number."""


def _one_of(*names: str) -> list[Any]:
    return [{"required": [name]} for name in names]


def form(found: Mapping[str, linear_system.Exactly] | None) -> Form:
    """Return what a file says as a linear form; one where it says nothing."""
    if found is None:
        return ONE
    return Form.of({name: by for name, by in found.items() if name}, found.get("", 0))


class Said(Model):
    """What something is, in Dutch and in English, without digits: no reader could trace them."""

    nl: Words
    en: Words

    @property
    def words(self) -> dict[str, str]:
        """Return the text by language."""
        return {"nl": self.nl, "en": self.en}


class Unknown(Said):
    """An unknown whole number, at least nought."""

    whole: Annotated[bool, AfterValidator(_counted), WithJsonSchema({"const": True})] = True


class Comparison(Model):
    """A form compared with others: what holds by the meaning of the variables."""

    model_config = pydantic.ConfigDict(json_schema_extra={"anyOf": _one_of(*RELATIONS)})
    of: Linear
    equals: Side | None = None
    at_least: Side | None = None
    at_most: Side | None = None
    above: Side | None = None
    below: Side | None = None

    @property
    def limits(self) -> tuple[tuple[Relation, Form], ...]:
        """Return what the form is compared with: relation and form."""
        found = ((relation, getattr(self, name)) for name, relation in RELATIONS.items())
        return tuple((relation, form(side)) for relation, side in found if side is not None)


class Definition(Comparison):
    """A comparison without a number of its own, as that needs something behind it."""

    @model_validator(mode="after")
    def _check(self) -> "Definition":
        if any(side.constant for _, side in self.limits):
            raise wrong("a definition holds no number; make it a claim or an assumption")
        if not self.limits:
            raise wrong("says nothing about its form", f"one of {', '.join(RELATIONS)}")
        return self


class _Read(Model):
    """How a claim is read: of what a share is a share, which of its limits, in which reading of its words."""

    per: Linear | None = None
    side: Literal["both", "low", "high", "value"] = "both"
    reading: Literal["narrow", "wide"] = "narrow"


class ClaimUse(_Read):
    """A claim's limits hold for a form, or for ``of / per``; side ``value`` takes the number as exact."""

    claim: ClaimId
    of: Linear


class Statement(Comparison, _Read):
    """One sentence about the unknowns: limits of its own, or those of a claim."""

    model_config = pydantic.ConfigDict(
        json_schema_extra={
            "anyOf": _one_of(*RELATIONS, "claim"),
            "dependencies": {name: ["claim"] for name in _Read.model_fields},
        }
    )
    claim: ClaimId | None = None
    _made: dict[Any, tuple[Constraint, ...]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> "Statement":
        if self.claim is None:
            for name in _Read.model_fields:
                if name in self.model_fields_set:
                    raise wrong(f"{name} has a meaning with a claim only")
            if not self.limits:
                raise wrong("says nothing about its form", f"one of {', '.join((*RELATIONS, 'claim'))}")
        elif self.limits:
            raise wrong("takes its limits from a claim and from itself; keep one of them")
        return self

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Return the variables that the statement ties together."""
        sides = (getattr(self, name) or {} for name in ("of", "per", *RELATIONS))
        return frozenset(name for side in sides for name in side if name)

    @property
    def alone(self) -> bool:
        """Tell whether the statement is about a single variable."""
        return self.per is None and len(self.names) == 1

    def _open(self) -> tuple[int | float | None, int | float | None]:
        """Return what the wording of the claim leaves open, as far as the statement uses it."""
        claim = claims()[self.claim or ""]
        if self.side == "value":
            return claim.value, claim.value
        low, high = claim.limits
        if self.reading == "wide" and claim.value is not None:
            low, high = wide_interval(claim.value, claim.precision, claim.unit) or (low, high)
        return (None if self.side == "high" else low), (None if self.side == "low" else high)

    def pins(self) -> bool:
        """Tell whether a statement about a single variable gives it a single number; its claim is read."""
        if self.claim is None:
            return any(relation == "==" for relation, _ in self.limits)
        low, high = self._open()
        return low is not None and low == high

    def constraints(self, label: str) -> tuple[Constraint, ...]:
        """Return the statement as constraints under a label; the claim it names is read."""
        ends = self._open() if self.claim else (None, None)
        if self.claim and (claims()[self.claim].unit == SHARE) != (self.per is not None):
            what = "no share; leave out per" if self.per else "a share; say of what, with per"
            raise ModelError(f"{self.place}: claim {self.claim} is {what}")
        if self.claim and ends == (None, None):
            raise ModelError(f"{self.place}: claim {self.claim} has no number on the side that is asked for")
        if (label, ends) not in self._made:
            of = form(self.of)
            own = (Constraint(label, of - side, relation) for relation, side in self.limits)
            self._made[label, ends] = (*own, *between(label, of, *ends, form(self.per)))
        return self._made[label, ends]


class Assumption(Said):
    """Something that is not published; an interval holds under the assumptions named with it."""

    why: Text
    constraints: Annotated[list[Statement], Field(min_length=1)]
    on: bool = True


class Quantity(Said):
    """A question: a linear form, or a ratio of two, and the sets of assumptions to answer it under."""

    unit: Literal["share", "persons", "invitations", "conversations", "ratio", "count"]
    of: Linear
    per: Linear | None = None
    given: Annotated[list[list[AssumptionName]], Field(min_length=1)]

    @property
    def forms(self) -> tuple[Form, Form]:
        """Return numerator and denominator, which is one where the question is no ratio."""
        return form(self.of), form(self.per)


class Identification(Model):
    """Everything an identification file says, with those it extends; ``file`` names it in messages."""

    format: Literal[1]
    kind: Literal["identification"]
    title: Said | None = None
    extends: Text | None = Field(None, description="the file that this one adds to")
    variables: Annotated[dict[Name, Unknown], _NAMED, Field(min_length=1)]
    definitions: list[Definition] = Field([])
    claims: list[ClaimUse] = Field([])
    assumptions: Annotated[dict[Name, Assumption], _NAMED] = Field({})
    quantities: Annotated[dict[Name, Quantity], _NAMED, Field(min_length=1)]

    @property
    def file(self) -> str:
        """Return the file, as messages name it."""
        return self.place.partition(":")[0]

    def _named(self, what: str, name: str, known: Iterable[str]) -> None:
        known = tuple(known)
        if not isinstance(name, str) or name not in known:
            near = did_you_mean(str(name), known)
            raise ModelError(f"{self.file}: no {what} {name}{near} (expected one of {', '.join(known)})")

    def quantity(self, name: str) -> Quantity:
        """Return a question by name; raise ModelError, naming the nearest, when there is none."""
        self._named("quantity", name, self.quantities)
        return self.quantities[name]

    def switched_on(self, given: Iterable[str]) -> tuple[str, ...]:
        """Return the assumptions of a set that the file has switched on, each once, in the file's order.

        ModelError when there is no assumption of that name.
        """
        asked = name_list(given, "assumptions")
        for name in asked:
            self._named("assumption", name, self.assumptions)
        return tuple(name for name, one in self.assumptions.items() if name in asked and one.on)

    def sets(self, quantity: str) -> tuple[tuple[str, ...], ...]:
        """Return the sets of assumptions of a question, with what is switched off left out, each once."""
        return tuple(dict.fromkeys(self.switched_on(given) for given in self.quantity(quantity).given))

    @functools.cached_property
    def _published(self) -> tuple[tuple[str, Statement], ...]:
        """The definitions and claims as labelled statements."""
        both = [(DEFINITION, one) for one in self.definitions] + [(one.claim, one) for one in self.claims]
        found = []
        for label, one in both:
            found.append((label, Statement.model_construct(one.model_fields_set, **dict(one))))
            found[-1][1]._place = one.place
        return tuple(found)

    def _labelled(self, given: Iterable[str]) -> tuple[tuple[str, Statement], ...]:
        assumed = ((name, one) for name in given for one in self.assumptions[name].constraints)
        return (*self._published, *assumed)

    def bearing(self, quantity: str, given: Iterable[str]) -> tuple[tuple[str, Statement], ...]:
        """Return the labelled statements that bear on a question: those linked to its variables.

        A variable that one statement pins to a single number links nothing: what else is known of it can
        contradict that number, but not move it. Claims are read only as far as the links reach.
        """
        labelled, reached = self._labelled(self.switched_on(given)), frozenset[str]()
        fresh = frozenset().union(*(part.names for part in self.quantity(quantity).forms))
        found: set[int] = set()
        while fresh:
            alone = {place for place, (_, one) in enumerate(labelled) if one.alone and one.names <= fresh}
            pinned = frozenset().union(*(labelled[at][1].names for at in alone if labelled[at][1].pins()))
            linked = {place for place, (_, one) in enumerate(labelled) if one.names & (fresh - pinned)}
            found |= alone | linked
            reached |= fresh
            fresh = frozenset().union(*(labelled[place][1].names for place in linked)) - reached
        return tuple(labelled[place] for place in sorted(found))

    def system(self, statements: Iterable[tuple[str, Statement]], *forms: Form) -> System:
        """Return statements as constraints, with the unknowns in them and in some forms; claims are read."""
        statements = tuple(statements)
        names = frozenset().union(*(one.names for _, one in statements), *(one.names for one in forms))
        rows = (row for label, one in statements for row in one.constraints(label))
        return System(tuple(name for name in self.variables if name in names), tuple(rows))

    def whole(self, given: Iterable[str]) -> System:
        """Return all constraints under a set of assumptions; all their claims are read."""
        everything = (Form.of(name) for name in self.variables)
        return self.system(self._labelled(self.switched_on(given)), *everything)


def _merged(parent: yaml.Mapping, own: yaml.Mapping) -> yaml.Mapping:
    """Return a file on top of the one it extends: what has a name replaces, what is listed is added."""
    entries = {name.text: (name, node) for name, node in parent}
    for name, node in own:
        before = entries.get(name.text, (name, None))[1]
        if isinstance(before, yaml.Mapping) and isinstance(node, yaml.Mapping) and name.text != "title":
            replaced = {one.text: (one, content) for part in (before, node) for one, content in part}
            node = dataclasses.replace(node, entries=tuple(replaced.values()))
        elif isinstance(before, yaml.Sequence) and isinstance(node, yaml.Sequence):
            node = dataclasses.replace(node, items=before.items + node.items)
        entries[name.text] = (name, node)
    return dataclasses.replace(own, entries=tuple(entries.values()))


def _file(
    path: Path, shown_as: str, read: dict[Path, str], problems: Problems, named: yaml.Node | None = None
) -> yaml.Mapping | None:
    """Return a file merged with those it extends, each added to ``read``; None where one cannot be used.

    ``named``: where another extends it; then no line is told of a file that is not of this kind.
    """
    found = Problems()
    top = yaml.load(path, found, shown_as=shown_as)
    if named is not None and not any(key.text in Identification.model_fields for key, _ in top or ()):
        what = "this file is no identification file" if path.is_file() else "no such file"
        expected = "identification.yml, or the path of another"
        problems.add(named, what, key="extends", got=models.got(named), expected=expected)
        return None
    problems.extend(found.sorted)
    if top is None:
        return None
    read[path.resolve()] = bytes_digest(path.read_bytes())
    for key, value in _HEAD.items():
        node = top.get(key)
        if node is None:
            problems.add(top, f"the key {key} is missing")
        elif not (isinstance(node, yaml.Scalar) and node.value == value):
            problems.add(node, "not a file of this kind", key=key, got=models.got(node), expected=str(value))
            return None
    named = top.get("extends")
    if not (isinstance(named, yaml.Scalar) and isinstance(named.value, str)):
        return top
    beside, ours = path.parent / named.text, project.params(FILE)
    parent = ours if named.text == FILE and not beside.exists() else beside
    if parent.resolve() in read or len(read) >= _GENERATIONS:
        problems.add(named, "files extend each other in a circle", key="extends", got=models.got(named))
        return None
    below = project.relative(ours) if parent == ours else (Path(shown_as).parent / named.text).as_posix()
    under = _file(parent, below, read, problems, named)
    return None if under is None else _merged(under, top)


_remembered: dict[tuple[Path, str, frozenset[str]], tuple[dict[Path, str], Identification]] = {}


def identification(path: str | Path | None = None) -> Identification:
    """Return what an identification file says; the files read are on record.

    ``path``: the file; by default the project's ``params/identification.yml``. ParameterError with every
    problem in the file, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    asked: object = path
    if not isinstance(asked, str | Path | None):
        got = type(asked).__name__
        raise ParameterError(f"an identification is read from a file (got {got}; expected a path)")
    file = project.params(FILE) if path is None else Path(path)
    shown_as = project.relative(file) if path is None else str(path)
    key = (file.resolve(), shown_as, frozenset(claims().ids()))
    read, found = _remembered.get(key, ({}, None))
    fresh = all(one.is_file() and bytes_digest(one.read_bytes()) == digest for one, digest in read.items())
    if found is None or not fresh:
        problems, read = Problems(), {}
        top = _file(file, shown_as, read, problems)
        context = {name: {"", *models.keys(top, name)} for name in ("variables", "assumptions")}
        found = models.whole(Identification, top, problems, {"claims": key[2], **context})
        _remembered[key] = read, found
    for one, digest in read.items():
        note("file", project.relative(one), digest)
    return found
