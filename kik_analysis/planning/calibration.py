"""The assumptions fitted to the published history, the alternatives beside them, and what they predict."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kik_analysis.facts.claims import claims, limits
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import history, sampler
from kik_analysis.planning.history import PATHS, Floats
from kik_analysis.planning.prior import Prior
from kik_analysis.planning.sampler import Population
from kik_analysis.planning.targets import FOOTNOTE, READINGS, Ratio, logs, published, quantities

OLD, NEW = 0.3, 0.7
"""The two modes: of the people printed as not yet approached, at most or at least this share is new."""
REQUIRED = (0.7, 0.8, 0.9)
"""What "slightly fewer" in footnote 2 may ask of unique people over invitations."""
FEW, PRIOR, ROUGH, RUNS, NEVER = 200, 20_000, (200, 12), 300, 1e6
"""Particles below which reweighting is not honest; prior draws that weigh an end of a range; particles and
sweeps of a rough fit; runs of a draw that give the spread by chance; a month that does not come."""
COLUMN = {path: k for k, path in enumerate(PATHS.values())}
"""Parameter -> column of a draw."""
FITS = 0.99
"""Probability that the errors of a true history stay within what counts as reproduced."""
OWN, REWEIGHTED = "own_run", "reweighted"
Told = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How large the samples are: of the main fit and of each alternative."""

    starts: int = 4
    particles: int = 1500
    sweeps: int = 250
    other_particles: int = 400
    other_sweeps: int = 100
    workers: int | None = 2
    draws: int = 1000


@dataclass(frozen=True)
class Alternative:
    """Another reading, or an ablation: what differs from the main fit."""

    name: str
    kind: str = "reading"
    reading: str = "sequence"
    late: bool = False
    fixed: Mapping[str, float] = field(default_factory=dict)
    discrepancy: float | None = None
    required: tuple[str, float] | None = None
    without: str = ""


BOUGHT = PATHS["bought"]
MAIN = Alternative("main", fixed={BOUGHT: 0.0})


def alternatives(scenario: Scenario) -> Iterator[Alternative]:
    """Yield the readings and ablations that are shown beside the main fit."""
    none = {BOUGHT: 0.0}
    yield Alternative("attempt", reading="attempt", fixed=none)
    yield Alternative("october", late=True, fixed=none)
    yield Alternative("october_attempt", reading="attempt", late=True, fixed=none)
    yield Alternative("contractor", fixed={})
    for name, value in itertools.product(FOOTNOTE, REQUIRED):
        yield Alternative(f"footnote_{name}_{value:.1f}", "footnote", fixed=none, required=(name, value))
    distance = scenario.value("history.discrepancy").at(scenario.start)
    for name, size in (("strict", distance.low), ("lenient", distance.high)):
        yield Alternative(f"discrepancy_{name}", "sensitivity", fixed=none, discrepancy=float(size))  # type: ignore[arg-type]
    equal = {PATHS[f"exits_{who}"]: 1.0 for who in ("declined", "spoken", "silent")}
    for name, fixed in {
        "no_reinvitation": {PATHS["again_from"]: NEVER},
        "no_follow_ups": {PATHS["follow_share"]: 0.0},
        "rho_0": {PATHS["printed"]: 0.0},
        "rho_1": {PATHS["printed"]: 1.0},
        "no_wij": {PATHS["wij"]: 0.0},
        "equal_exits": equal,
    }.items():
        yield Alternative(name, "ablation", fixed={**none, **fixed})


class Problem:
    """One posterior: a prior, a calendar and targets; ``spread`` comes from :func:`by_chance`."""

    def __init__(
        self, scenario: Scenario, which: Alternative = MAIN, spread: list[Floats] | None = None
    ) -> None:
        self.which, self.prior = which, Prior(scenario, which.fixed)
        self.calendar = history.Calendar(scenario, late=which.late)
        targets = published(scenario, which.reading, which.discrepancy)
        if spread:
            targets = targets.with_chance(spread)
        if which.required:
            name, value = which.required
            sd = float(scenario["history.discrepancy"])  # type: ignore[arg-type]
            targets = targets.requiring("footnote", _ratio(name, which.reading), value, sd)
        self.targets = targets.without(which.without) if which.without else targets
        self._likelihood = self.targets.likelihood()

    def outputs(self, places: Floats) -> Floats:
        """Return what the history gives at places on the prior's scale."""
        return history.run(self.prior.values(places), self.calendar)[0]

    def __call__(self, places: Floats) -> Floats:
        """Return the log-likelihood at places on the prior's scale."""
        return self._likelihood(self.outputs(places))

    def sample(
        self, seed: int, starts: int, particles: int, sweeps: int, told: Told, workers: int | None = None
    ) -> list[Population]:
        """Sample the posterior; see :func:`sampler.populations`."""

        def progress(start: int, power: float) -> None:
            if self.which is MAIN or power == 1:
                told(f"{self.which.name}: population {start + 1} of {starts} at power {power:.3g}")

        asked: Any = {"particles": particles, "sweeps": sweeps, "workers": workers, "progress": progress}
        return sampler.populations(self, len(PATHS), starts=starts, seed=(seed, self.which.name), **asked)


def _ratio(name: str, reading: str) -> Ratio:
    top, low = FOOTNOTE[name]
    return top, READINGS[reading] if low == READINGS["sequence"] else low


def by_chance(scenario: Scenario, seed: int, told: Told = lambda _: None) -> list[Floats]:
    """Return runs with chance of draws that fit: the spread of the counts when all assumptions are known."""
    rough = Problem(scenario)
    found = rough.sample(seed, 1, *ROUGH, told)[0]
    best = rough.prior.values(found.points[np.argsort(-found.log_likelihood, kind="stable")[: ROUGH[1]]])
    return [
        history.run(np.repeat(one[None], RUNS, 0), rough.calendar, chance=k)[0] for k, one in enumerate(best)
    ]


def quantiles(
    values: Floats, weights: Floats, prefix: str = "", at: tuple[int, ...] = (5, 50, 95)
) -> dict[str, Any]:
    """Return weighted quantiles as cells: the least value with at least that share of the weight up to it."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    places = np.searchsorted(sums, np.array(at) / 100 * sums[-1] * (1 - 1e-12))
    found = values[order][np.minimum(places, len(values) - 1)]
    return {f"{prefix}q{q:02d}": float(one) for q, one in zip(at, found, strict=True)}


def share_new(outputs: Floats) -> Floats:
    """Return the share of the people printed as not yet approached who never were."""
    return history.column(outputs, "new") / np.maximum(history.column(outputs, "not_yet"), 1e-9)


def modes(problem: Problem, found: list[Population]) -> list[dict[str, Any]]:
    """Return one row per unselected start: its evidence, its weight, and the weight of each mode in it."""
    rows = []
    for start, (one, weight) in enumerate(zip(found, sampler.pooled(found), strict=True), 1):
        new = share_new(problem.outputs(one.points))
        rows.append(
            {"start": start, "particles": len(new), "log_evidence": one.log_evidence, "weight": weight}
            | {"mostly_new": float(np.mean(new >= NEW)), "mostly_old": float(np.mean(new <= OLD))}
            | {"steps": len(one.powers) - 1, "sweeps": one.sweeps}
        )
    return rows


class Pool:
    """All particles of a fit with their weights, outputs and values."""

    def __init__(self, problem: Problem, found: list[Population]) -> None:
        self.problem, self.found = problem, found
        self.places = np.concatenate([one.points for one in found])
        self.weights = np.repeat(sampler.pooled(found), [len(one.points) for one in found])
        self.weights = self.weights / self.weights.sum()
        self.outputs = problem.outputs(self.places)
        self.values = problem.prior.values(self.places)

    def evidence(self) -> float:
        """Return the logarithm of the mean likelihood under the prior."""
        return float(
            np.logaddexp.reduce([one.log_evidence for one in self.found]) - math.log(len(self.found))
        )

    def assumptions(self) -> list[dict[str, Any]]:
        """Return prior beside posterior per parameter, with contraction and R-hat over the populations."""
        rows, middle = [], self.weights @ self.places
        variance = self.weights @ (self.places - middle) ** 2
        for k, path in enumerate(PATHS.values()):
            if path in self.problem.prior.fixed:
                continue
            low, central, high = self.problem.prior.ranges[k]
            chains = np.stack([one.points[:, k] for one in self.found])
            rows.append(
                {"path": path, "low": low, "central": central, "high": high}
                | quantiles(self.values[:, k], self.weights)
                | {"contraction": 1 - float(variance[k]), "rhat": sampler.rhat(chains)}
            )
        return rows

    def ridges(self, least: float = 0.4) -> list[dict[str, Any]]:
        """Return the pairs of parameters that the data tie together: correlated on the prior's scale."""
        found, paths = np.cov(self.places.T, aweights=self.weights), list(PATHS.values())
        scale = np.sqrt(np.diag(found))
        found = found / np.outer(scale, scale)
        pairs = [(i, j) for i in range(len(paths)) for j in range(i) if abs(found[i, j]) >= least]
        pairs.sort(key=lambda pair: -abs(found[pair]))
        return [{"path": paths[j], "other": paths[i], "correlation": float(found[i, j])} for i, j in pairs]

    def prediction(self) -> list[dict[str, Any]]:
        """Return what the posterior predicts of every published figure of the history, fitted or not."""
        reading, rows = self.problem.which.reading, []
        spread = np.sqrt(np.diag(self.problem.targets.covariance))
        for name, (claim, ratio) in {**quantities(reading), **also(reading)}.items():
            found = np.exp(logs(self.outputs, {name: ratio})[:, 0])
            low, high = limits(claims()[claim])
            cells = quantiles(found, self.weights)
            fitted = name in self.problem.targets.names
            far = math.log(cells["q50"]) - (math.log(low) + math.log(high)) / 2
            residual = far / spread[self.problem.targets.names.index(name)] if fitted else None
            rows.append(
                {"quantity": name, "claims": claim, "fitted": fitted, "low": low, "high": high}
                | cells
                | {"residual": residual}
            )
        return rows

    def row(self, weights: Floats | None = None) -> dict[str, Any]:
        """Return the numbers by which alternatives are compared; ``unique``: both readings of footnote 2."""
        w = self.weights if weights is None else weights
        new, far = share_new(self.outputs), self.problem.targets.residuals(self.outputs)
        worst = int(np.argmax(np.abs(w @ far)))
        out: dict[str, Any] = {"mostly_new": float(w @ (new >= NEW)), "mostly_old": float(w @ (new <= OLD))}
        out |= quantiles(self.values[:, COLUMN[PATHS["accept"]]], w, "acceptance_")
        for name in FOOTNOTE:
            ratio = logs(self.outputs, {name: _ratio(name, self.problem.which.reading)})[:, 0]
            out |= quantiles(np.exp(ratio), w, f"unique_{name}_")
        return out | {"worst": self.problem.targets.names[worst], "residual": float((w @ far)[worst])}


def also(reading: str) -> dict[str, tuple[str, Ratio]]:
    """Return the published figures of the history that are no targets: they follow from others, or nearly."""
    return {
        "conversation_share": ("L012", ("conversations", READINGS[reading])),
        "group": ("L040", ("group", None)),
        "spoken_share": ("L043", ("spoken", "group")),
        "not_yet_approached_share": ("L0471", ("not_yet", "group")),
        "declined_or_wij_share": ("L045", ("declined", "group")),
        "not_reached_share": ("L046", ("silent", "group")),
    }


def compare(
    scenario: Scenario, main: Pool, spread: list[Floats], seed: int, size: Size, told: Told
) -> list[dict[str, Any]]:
    """Return one row per alternative: reweighted where enough particles carry it, else with its own run."""
    rows = [{"alternative": "main", "kind": "reading", "method": OWN, "log_evidence": 0.0} | main.row()]
    for which in alternatives(scenario):
        head: dict[str, Any] = {"alternative": which.name, "kind": which.kind}
        weights = _reweighted(scenario, main, which, spread)
        if weights is not None:
            total = float(weights.sum())
            rows.append(
                head | {"method": REWEIGHTED, "log_evidence": math.log(total)} | main.row(weights / total)
            )
            continue
        problem = Problem(scenario, which, spread)
        found = problem.sample(seed, 2, size.other_particles, size.other_sweeps, told, size.workers)
        pool = Pool(problem, found)
        rows.append(head | {"method": OWN, "log_evidence": pool.evidence() - main.evidence()} | pool.row())
    return rows


def _reweighted(scenario: Scenario, main: Pool, which: Alternative, spread: list[Floats]) -> Floats | None:
    """Return weights under an alternative, or None where too few particles would carry them."""
    if which.kind not in ("footnote", "ablation"):
        return None  # another model, other targets or a wider prior
    weights = main.weights.copy()
    anyhow = main.problem.prior.values(sampler.generator(which.name).standard_normal((PRIOR, len(PATHS))))
    for path, value in which.fixed.items():
        # only an end at which the range is cut off has a probability of its own
        prior = np.mean(anyhow[:, COLUMN[path]] == value)
        weights = weights * (main.values[:, COLUMN[path]] == value) / max(prior, 1 / PRIOR)
    if which.required:
        required = Problem(scenario, which, spread)
        weights = weights * np.exp(required(main.places) - main.problem(main.places))
    total = weights.sum()
    return weights if total > 0 and total**2 / (weights**2).sum() >= FEW else None


def misfit(
    scenario: Scenario, spread: list[Floats], seed: int, told: Told = lambda _: None
) -> dict[str, Any]:
    """Tell whether the history can be reproduced at all; if not, what stands out and what would restore it.

    Returns ``fits``; ``residuals``: standard deviations by target at the best draw, the largest first; and
    ``restored_without``: the claims that, left out alone, let the rest be reproduced.
    """
    from scipy.stats import chi2

    def best(without: str = "") -> tuple[dict[str, float], bool]:
        problem = Problem(scenario, Alternative("misfit", fixed={BOUGHT: 0.0}, without=without), spread)
        found = problem.sample(seed, 1, *ROUGH, lambda _: None)[0]
        place = int(np.argmax(found.log_likelihood))
        far = problem.targets.residuals(problem.outputs(found.points[[place]]))[0]
        # twice the distance to the likelihood of a perfect fit
        lost = 2 * (problem.targets.highest() - found.log_likelihood[place])
        named = zip(problem.targets.names, map(float, far), strict=True)
        return dict(sorted(named, key=lambda one: -abs(one[1]))), bool(lost <= chi2.ppf(FITS, len(far)))

    residuals, fits = best()
    restored = [] if fits else [name for name in residuals if best(name)[1]]
    sources = {name: claim for name, (claim, _) in quantities("sequence").items()}
    return {"fits": fits, "residuals": residuals, "restored_without": [sources[name] for name in restored]}
