"""What the history has to come near: published numbers on the log scale, with the error each may have.

An error has three parts: the width that the wording of a claim leaves open (a printed share is one of those
that round to it), chance (the covariance of the counts over runs of the same assumptions), and the distance
that a small model may keep (``history.discrepancy``). Whole numbers that are printed exactly are no exact
targets: chance alone moves them. What each number counts stands in ``params/measurement.yml``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kik_analysis.facts.claims import claims, limits
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.history import OUTPUTS, Floats
from kik_analysis.planning.measurement import READINGS, Ratio, Reading, measurement
from kik_analysis.reading.digest import digest

_SMALL = 0.5  # persons that stand for none, as nought has no logarithm


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
    the middle of what the wording leaves open. ``covariance``: of the errors: wording, distance of the model,
    and chance where it was added.
    """

    ratios: Mapping[str, Ratio]
    centre: Floats
    covariance: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the targets, in order."""
        return tuple(self.ratios)

    def residuals(self, outputs: Floats) -> Floats:
        """Return model less published, one row per run, in standard deviations of each target's error."""
        return (logs(outputs, self.ratios) - self.centre) / np.sqrt(np.diag(self.covariance))

    def highest(self) -> float:
        """Return the log-likelihood of a perfect fit."""
        return -0.5 * float(np.linalg.slogdet(2 * math.pi * self.covariance)[1])

    def likelihood(self) -> Callable[[Floats], Floats]:
        """Return the log-likelihood as a function of outputs."""
        root = np.linalg.inv(np.linalg.cholesky(self.covariance))
        highest = self.highest()

        def of(outputs: Floats) -> Floats:
            scaled = (logs(outputs, self.ratios) - self.centre) @ root.T
            return highest - 0.5 * (scaled**2).sum(1)  # type: ignore[no-any-return]

        return of

    def with_chance(self, runs: Sequence[Floats]) -> Targets:
        """Return the targets with the mean covariance over runs of the same assumptions added."""
        spread = np.mean([np.cov(logs(one, self.ratios).T) for one in runs], axis=0)
        return replace(self, covariance=self.covariance + spread)

    def without(self, name: str) -> Targets:
        """Return the targets without one of them."""
        kept = [k for k, one in enumerate(self.names) if one != name]
        ratios = {self.names[k]: self.ratios[self.names[k]] for k in kept}
        return Targets(ratios, self.centre[kept], self.covariance[np.ix_(kept, kept)])

    def requiring(self, name: str, ratio: Ratio, value: float, sd: float) -> Targets:
        """Return the targets with one more: a ratio that is required to have a value, as an assumption."""
        n = len(self.names)
        covariance = np.zeros((n + 1, n + 1))
        covariance[:n, :n], covariance[n, n] = self.covariance, sd**2
        return Targets({**self.ratios, name: ratio}, np.append(self.centre, math.log(value)), covariance)


def published(scenario: Scenario, reading: Reading = "sequence", discrepancy: float | None = None) -> Targets:
    """Return the published targets without chance.

    ``scenario``: whose ``history.discrepancy`` and ``history.discrepancy_not_reached`` hold. ``reading``:
    what one invitation is. ``discrepancy``: another distance than the scenario's central one, for all but the
    people not reached.
    """
    own = float(scenario["history.discrepancy"]) if discrepancy is None else discrepancy  # type: ignore[arg-type]
    silent = float(scenario["history.discrepancy_not_reached"])  # type: ignore[arg-type]
    found, centre, variance = measurement().quantities(reading), [], []
    for name, (claim, _) in found.items():
        low, high = limits(claims()[claim])
        # evenly over what the wording leaves open, on the log scale
        centre.append((math.log(low) + math.log(high)) / 2)
        wide = (math.log(high) - math.log(low)) / math.sqrt(12)
        variance.append(wide**2 + (silent if name == "not_reached" else own) ** 2)
    ratios = {name: ratio for name, (_, ratio) in found.items()}
    return Targets(ratios, np.array(centre), np.diag(variance))


def digests() -> dict[str, str]:
    """Return digests of the claims that a posterior rests on and of the measurement: others make it stale."""
    said = measurement()
    used = sorted({claim for claim, _ in said.quantities("sequence").values()} | {"L009", "L028"})
    found = ((one, claims()[one]) for one in used)
    values = {one: [claim.value, claim.low, claim.high, claim.as_of] for one, claim in found}
    return {"claims": digest(values), "measurement": digest([said.quantities(one) for one in READINGS])}
