"""What the published counts count, and how near a history has to come to them.

``params/measurement.yml`` says the first, read with file and line in every message: events of the model add
up to a count, in both readings of the letter's words; a person stands somewhere in Figure 1; a published
number is one of these or a ratio of two.

The numbers are targets on the log scale (:func:`published`). The error that each may have has three parts:
the width that the wording of a claim leaves open (a printed share is one of those that round to it), chance
(the covariance of the counts over runs of the same assumptions), and the distance that a small model may keep
(``history.discrepancy``). Whole numbers that are printed exactly are no exact targets: chance alone moves
them.
"""

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

from kik_analysis import project
from kik_analysis.capacity.compiled import Kind
from kik_analysis.capacity.measures import EVENTS
from kik_analysis.evidence.reads import note
from kik_analysis.facts.claims import claims, limits
from kik_analysis.facts.identification import ClaimId
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.history import OUTPUTS, Floats
from kik_analysis.reading import models, yaml
from kik_analysis.reading.models import Model, wrong
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.storage import file_digest

TITLE = "Measurement file of Kansen in Kaart"
Reading = Literal["sequence", "attempt"]
"""What one of the published invitations is: a whole sequence of letters, or each letter."""
READINGS: tuple[Reading, ...] = get_args(Reading)
Category = Literal["spoken", "not_yet_approached", "declined_or_wij", "not_reached"]
StateName = Literal[
    "never_invited",
    "invited",
    "appointment",
    "in_contact",
    "overdue",
    "declined",
    "not_reached",
    "known_to_wij",
]
Ratio = tuple[tuple[str, ...], tuple[str, ...]]
"""Outputs of the model that are added up, over outputs that are; over one where there are none."""
_SMALL = 0.5  # persons that stand for none, as nought has no logarithm


Event = Annotated[str, models.known("events", "no event", f"one of {', '.join(EVENTS)}")]
Events = Annotated[list[Event], Field(min_length=1)]
_OTHERWISE = f"a name under counts, or one of {', '.join(OUTPUTS)}"
Quantity = Annotated[str, models.known("quantities", "no count, category or output", _OTHERWISE)]


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

    claim: ClaimId
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
    Count,
    BeforeValidator(
        lambda found: dict.fromkeys(READINGS, found) if isinstance(found, list) else found,
        json_schema_input_type=Count | Events,
    ),
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

    def quantities(self, reading: Reading, which: str = "targets") -> dict[str, tuple[str, Ratio]]:
        """Return the claim and the ratio of every published number of a section of the file."""
        section: dict[str, Published] = getattr(self, which)

        def made(name: str | None) -> tuple[str, ...]:
            known = self.counts.get(name)  # type: ignore[call-overload]
            return tuple(getattr(known, reading)) if known else (name,) if name else ()

        return {name: (one.claim, (made(one.of), made(one.per))) for name, one in section.items()}

    def category(self, state: str, contact: bool, refused: bool, kind: str) -> str:
        """Return where a person stands in Figure 1."""
        return next(line.category for line in self.figure1 if line.when.fits(state, contact, refused, kind))


def measurement(path: str | Path | None = None) -> Measurement:
    """Return what a measurement file says; the read is on record.

    ``path``: the file; by default the project's ``params/measurement.yml``. ParameterError with every problem
    in the file, one line each: ``FILE:LINE: key: what (got ...; expected ...)``.
    """
    file = project.params("measurement.yml") if path is None else Path(path)
    problems, shown = Problems(), project.relative(file) if path is None else str(path)
    top = yaml.load(file, problems, shown_as=shown)
    names = (*models.keys(top, "counts"), *OUTPUTS)
    context = {"quantities": names, "events": EVENTS, "claims": claims().ids()}
    found = models.whole(Measurement, top, problems, context)
    note("file", project.relative(file), file_digest(file))
    return found


def logs(outputs: Floats, ratios: Mapping[str, Ratio]) -> Floats:
    """Return the logarithms of outputs or ratios of them, one column each."""

    def log(names: Sequence[str]) -> Floats:
        found: Floats = sum(outputs[:, OUTPUTS.index(name)] for name in names)  # type: ignore[assignment]
        return np.log(np.maximum(found, _SMALL))

    return np.stack([log(top) - (log(low) if low else 0.0) for top, low in ratios.values()], axis=1)


@dataclass(frozen=True)
class Targets:
    """The published numbers as a multivariate normal on the log scale.

    ``ratios``: by name, the outputs that each is made of. ``centre``: logarithms of the published numbers;
    the middle of what the wording leaves open. ``covariance``: of the errors.
    """

    ratios: Mapping[str, Ratio]
    centre: Floats
    covariance: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the targets, in order."""
        return tuple(self.ratios)

    @functools.cached_property
    def highest(self) -> float:
        """The log-likelihood of a perfect fit."""
        return -0.5 * float(np.linalg.slogdet(2 * math.pi * self.covariance)[1])

    @functools.cached_property
    def _root(self) -> Floats:
        return np.linalg.inv(np.linalg.cholesky(self.covariance))

    def residuals(self, outputs: Floats) -> Floats:
        """Return model less published, one row per run, in standard deviations of each target's error."""
        return (logs(outputs, self.ratios) - self.centre) / np.sqrt(np.diag(self.covariance))

    def likelihood(self, outputs: Floats) -> Floats:
        """Return the log-likelihood of outputs, one row per run."""
        scaled = (logs(outputs, self.ratios) - self.centre) @ self._root.T
        return self.highest - 0.5 * (scaled**2).sum(1)  # type: ignore[no-any-return]


def published(
    scenario: Scenario,
    reading: Reading = "sequence",
    *,
    discrepancy: float | None = None,
    runs: Sequence[Floats] = (),
    required: tuple[str, float] | None = None,
    without: str = "",
) -> Targets:
    """Return the published targets.

    ``scenario``: whose ``history.discrepancy`` and ``history.discrepancy_not_reached`` hold. ``reading``:
    what one invitation is. ``discrepancy``: another distance than the scenario's central one, for all but the
    people not reached. ``runs``: outputs of draws with chance: their mean covariance is added. ``required``:
    a ratio of the section ``footnote`` that is to have a value, as an assumption. ``without``: a target that
    is left out.
    """
    from scipy.linalg import block_diag

    central = float(scenario["history.discrepancy"])  # type: ignore[arg-type]
    silent = float(scenario["history.discrepancy_not_reached"])  # type: ignore[arg-type]
    centre, variance, said = [], [], measurement()
    for name, (claim, _) in said.quantities(reading).items():
        low, high = limits(claims()[claim])
        # evenly over what the wording leaves open, on the log scale
        centre.append((math.log(low) + math.log(high)) / 2)
        wide = (math.log(high) - math.log(low)) / math.sqrt(12)
        far = silent if name == "not_reached" else central if discrepancy is None else discrepancy
        variance.append(wide**2 + far**2)
    ratios = {name: ratio for name, (_, ratio) in said.quantities(reading).items()}
    covariance = np.diag(variance)
    if runs:
        covariance = covariance + np.mean([np.cov(logs(one, ratios).T) for one in runs], axis=0)
    if required:
        name, value = required
        ratios["footnote"] = said.quantities(reading, "footnote")[name][1]
        centre, covariance = [*centre, math.log(value)], block_diag(covariance, [[central**2]])
    kept = [k for k, one in enumerate(ratios) if one != without]
    ratios.pop(without, None)
    return Targets(ratios, np.array(centre)[kept], covariance[np.ix_(kept, kept)])
