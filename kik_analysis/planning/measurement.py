"""What the published counts count: ``params/measurement.yml``, read with file and line in every message.

Events of the model add up to a count, in both readings of the letter's words; a person stands somewhere in
Figure 1; a published number is one of these or a ratio of two.
``python -m kik_analysis.planning.measurement`` writes the JSON Schema of such files.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from kik_analysis import project
from kik_analysis.capacity.compiled import Kind
from kik_analysis.capacity.measures import EVENTS
from kik_analysis.errors import ParameterError
from kik_analysis.evidence.reads import note
from kik_analysis.facts.claims import claims
from kik_analysis.planning.history import OUTPUTS
from kik_analysis.reading import models, yaml
from kik_analysis.reading.digest import file_digest
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems, did_you_mean

TITLE = "Measurement file of Kansen in Kaart"
Reading = Literal["sequence", "attempt"]
"""What one of the published invitations is: a whole sequence of letters, or each letter."""
READINGS: tuple[Reading, ...] = get_args(Reading)
Category = Literal["spoken", "not_yet_approached", "declined_or_wij", "not_reached"]
StateName = Literal[
    "never_invited", "invited", "appointment", "in_contact", "overdue", "declined", "not_reached",
    "known_to_wij",
]  # fmt: skip
Ratio = tuple[tuple[str, ...], tuple[str, ...]]
"""Outputs of the model that are added up, over outputs that are; over one where there are none."""


def _one_of(kind: str, known: tuple[str, ...], name: str) -> str:
    if name not in known:
        raise wrong(f"no {kind}{did_you_mean(name, known)}", f"one of {', '.join(known)}")
    return name


def _quantity(name: str, info: ValidationInfo) -> str:
    return _one_of("count, category or output", (*info.context["counts"], *OUTPUTS), name)  # type: ignore[index]


def _claim(name: str) -> str:
    if name not in claims().ids():
        raise wrong(f"no such claim{did_you_mean(name, claims().ids())}", "an id in claims.csv")
    return name


Events = Annotated[
    list[Annotated[str, AfterValidator(lambda name: _one_of("event", EVENTS, name))]], Field(min_length=1)
]
Quantity = Annotated[str, AfterValidator(_quantity)]


class Count(Model):
    """Events that add up to a published count, in each reading of its words; a list where both agree."""

    sequence: Events
    attempt: Events


class When(Model):
    """What is known of a person: where they are, and their history; what is left out may be anything."""

    state: Annotated[list[StateName], Field(min_length=1)] | None = None
    contact: bool | None = None
    refused: bool | None = None
    kind: Literal["first", "again", "follow_up"] | None = None

    def fits(self, state: str, contact: bool, refused: bool, kind: str) -> bool:
        """Tell whether a person is meant."""
        rest = ((self.contact, contact), (self.refused, refused), (self.kind, kind))
        return (self.state is None or state in self.state) and all(a in (None, b) for a, b in rest)


class Line(Model):
    """Where somebody stands in Figure 1."""

    category: Category
    when: When


class Published(Model):
    """A published number: a count, a category or an output of the model, over another where it is a share."""

    claim: Annotated[str, AfterValidator(_claim)]
    of: Quantity
    per: Quantity | None = None


def _whole(lines: list[Line]) -> list[Line]:
    """Everybody fits somewhere, and every line is the first that fits somebody."""
    used = set()
    kinds = [kind.name.lower() for kind in Kind]
    for person in itertools.product(get_args(StateName), (False, True), (False, True), kinds):
        found = [k for k, line in enumerate(lines) if line.when.fits(*person)]
        if not found:
            words = "state {}, contact {}, refused {}, kind {} stands".format(*person).lower()
            raise wrong(f"nobody says where {words}")
        used.add(found[0])
    for k in set(range(len(lines))) - used:
        raise wrong(f"line {k + 1} is never the first that fits")
    return lines


Counted = Annotated[
    Count, BeforeValidator(lambda found: dict.fromkeys(READINGS, found) if isinstance(found, list) else found)
]


class Measurement(Model):
    """Everything that a measurement file says."""

    format: Literal[1]
    kind: Literal["measurement"]
    counts: dict[Literal["invitation", "conversation", "declined", "no_contact"], Counted]
    figure1: Annotated[list[Line], AfterValidator(_whole)]
    targets: Annotated[dict[str, Published], Field(min_length=1)]
    also: dict[str, Published] = Field({})
    footnote: dict[str, Published] = Field({})

    def ratio(self, one: Published, reading: Reading) -> Ratio:
        """Return outputs of the model that a published number is made of, in a reading."""
        names = [one.of, *([one.per] if one.per else [])]
        found = [tuple(getattr(self.counts[n], reading)) if n in self.counts else (n,) for n in names]
        return found[0], found[1] if one.per else ()

    def quantities(self, reading: Reading, which: str = "targets") -> dict[str, tuple[str, Ratio]]:
        """Return the claim and the ratio of every published number of a section of the file."""
        section: dict[str, Published] = getattr(self, which)
        return {name: (one.claim, self.ratio(one, reading)) for name, one in section.items()}

    def category(self, state: str, contact: bool, refused: bool, kind: str) -> str:
        """Return where a person stands in Figure 1."""
        return next(line.category for line in self.figure1 if line.when.fits(state, contact, refused, kind))


def measurement(path: str | Path | None = None) -> Measurement:
    """Return what a measurement file says; the read is on record.

    ``path``: the file; by default the project's ``params/measurement.yml``. ParameterError with every problem
    in the file, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    file = project.params("measurement.yml") if path is None else Path(path)
    problems, found = Problems(), None
    shown = project.relative(file) if path is None else str(path)
    top = yaml.load(file, problems, shown_as=shown)
    if top is not None:
        found = models.check(Measurement, top, problems, {"counts": tuple(_names(top, "counts"))})
    problems.raise_if_any(ParameterError)
    assert found is not None
    note("file", project.relative(file), file_digest(file))
    return found


def _names(top: yaml.Mapping, section: str) -> Iterator[str]:
    node = top.get(section)
    yield from (name.text for name, _ in node) if isinstance(node, yaml.Mapping) else ()


if __name__ == "__main__":
    schema = project.params("schema", "measurement.schema.json")
    schema.write_text(models.schema_text(Measurement, TITLE), "utf-8", newline="\n")
