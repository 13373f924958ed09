"""The assumptions fitted to the published history, the alternatives beside them, and what they predict.

The sampler is tempered sequential Monte Carlo with differential-evolution moves, for posteriors with more
than one mode. Particles start as unselected draws of the prior (standard normal in every coordinate) and pass
through likelihoods raised to rising powers (Del Moral, Doucet and Jasra 2006): at each power they are
weighted, resampled systematically, and moved by differential evolution (ter Braak 2006; Nelson, Ford and
Payne 2014), one half of the population with the differences of the other half, in turn, which leaves the
target exactly as it is. The weight of each mode comes from the tempering; a start chosen among the best draws
would decide it before the first step, with every diagnostic content. So independent populations are made, and
the weight of each mode stands beside R-hat for every one of them.
"""

import itertools
import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kik_analysis.facts.claims import claims, limits
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import history
from kik_analysis.planning.history import PATHS, Floats, Prior, column
from kik_analysis.planning.measurement import Reading, logs, measurement, published

Likelihood = Callable[[Floats], Floats]  # of points, one row each: its logarithm
PROGRESS = logging.getLogger(__name__)  #: what is sampled, as far as it has come
KEPT, CALM, JUMPS, CROSSED = 0.5, 0.1, 0.1, (0.2, 0.5, 1.0)
"""Effective share of particles kept per step; correlation with the start of a step that ends its moves; share
of moves with the whole difference, from mode to mode; shares of coordinates that a move changes."""


@dataclass(frozen=True)
class Population:
    """One independent sample.

    ``points``, ``log_likelihood``: particles, equally weighted: one row each; and the log-likelihood of each.
    ``log_evidence``: logarithm of the mean likelihood under the prior, estimated.
    """

    points: Floats
    log_likelihood: Floats
    log_evidence: float


def generator(*words: int | str) -> np.random.Generator:
    """Return a stream of random numbers that depends on these words alone."""
    entropy = [part for word in words for part in (word.encode() if isinstance(word, str) else (word,))]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy)))


def _next_power(log_likelihood: Floats, power: float) -> float:
    """The largest power at which the weights keep the effective share, by bisection."""

    def effective(to: float) -> float:
        w = np.exp((to - power) * (log_likelihood - log_likelihood.max()))
        return float(w.sum() ** 2 / (w**2).sum()) / len(w)

    if effective(1.0) >= KEPT:
        return 1.0
    low, high = power, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= KEPT else (low, middle)
    return low if low > power else high


def _move(
    x: Floats, ll: Floats, others: Floats, power: float, target: Likelihood, rng: np.random.Generator
) -> None:
    """Move one half of the particles by differences of the other half, in place."""
    n, d = x.shape
    first = rng.integers(len(others), size=n)
    second = (first + 1 + rng.integers(len(others) - 1, size=n)) % len(others)
    crossed = rng.random((n, d)) < rng.choice(CROSSED, size=(n, 1))
    crossed[np.arange(n), rng.integers(d, size=n)] = True
    step = 2.38 / np.sqrt(2 * crossed.sum(1)) * np.exp(0.4 * rng.standard_normal(n))
    step = np.where(rng.random(n) < JUMPS, 1.0, step)[:, None]
    new = x + crossed * (step * (others[first] - others[second]) + 1e-4 * rng.standard_normal((n, d)))
    found = target(new)
    ratio = power * (found - ll) + 0.5 * ((x**2).sum(1) - (new**2).sum(1))
    taken = np.log(rng.random(n)) < ratio
    x[taken], ll[taken] = new[taken], found[taken]


def temper(
    target: Likelihood, dimension: int, *, particles: int, sweeps: int, seed: Sequence[int | str]
) -> Population:
    """Sample the posterior of a standard normal prior and a likelihood.

    ``target``: log-likelihood; finite everywhere. ``dimension``: coordinates of a point. ``particles``: size
    of the population, even. ``sweeps``: most sweeps at one power. ``seed``: what the sample is a function of,
    besides the likelihood.
    """
    rng = generator(*seed)
    x = rng.standard_normal((particles, dimension))
    ll, power, evidence = target(x), 0.0, 0.0
    half = particles // 2
    while power < 1:
        rising = _next_power(ll, power)
        weights = np.exp((rising - power) * (ll - ll.max()))
        evidence += float(np.log(weights.mean()) + (rising - power) * ll.max())
        places = (np.arange(particles) + rng.random()) / particles  # systematic resampling
        chosen = np.minimum(np.searchsorted(np.cumsum(weights / weights.sum()), places), particles - 1)
        x, ll, power = x[chosen], ll[chosen], rising
        order = rng.permutation(particles)  # copies of one particle fall into both halves
        x, ll = x[order], ll[order]
        before = x - x.mean(0)
        for _ in range(sweeps):
            _move(x[:half], ll[:half], x[half:].copy(), power, target, rng)
            _move(x[half:], ll[half:], x[:half].copy(), power, target, rng)
            now = x - x.mean(0)
            norm = np.sqrt((before**2).sum(0) * (now**2).sum(0))
            if np.max((before * now).sum(0) / np.maximum(norm, 1e-300)) < CALM:
                break
        PROGRESS.log(logging.INFO if power == 1 else logging.DEBUG, "%s at power %.3g", seed[1:], power)
    return Population(x, ll, evidence)


def populations(
    target: Likelihood,
    dimension: int,
    *,
    starts: int,
    seed: Sequence[int | str],
    workers: int | None = None,
    **size: int,
) -> list[Population]:
    """Return independent populations, the same to the bit whatever the number of workers.

    ``target``, ``dimension``, ``size`` (``particles``, ``sweeps``): as in :func:`temper`. ``starts``: how
    many populations. ``seed``: together with the number of the population what it is a function of.
    ``workers``: threads; default one per population.
    """

    def one(start: int) -> Population:
        return temper(target, dimension, seed=(*seed, start), **size)

    with ThreadPoolExecutor(workers or starts) as pool:
        return list(pool.map(one, range(starts)))


def rhat(chains: Floats) -> float:
    """Return the rank-normalised split R-hat (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021).

    ``chains``: one row per population. The larger of the values for the numbers and for their distance from
    the median is returned, so that populations of different width are noticed too.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    half = chains.shape[1] // 2
    split = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])

    def one(values: Floats) -> float:
        z = ndtri((rankdata(values).reshape(values.shape) - 0.375) / (values.size + 0.25))
        within = z.var(axis=1, ddof=1).mean()
        between = z.shape[1] * z.mean(axis=1).var(ddof=1)
        if within == 0:  # each stands still: in one place, or in different ones
            return float(np.inf) if between else 1.0
        return float(np.sqrt((z.shape[1] - 1) / z.shape[1] + between / within / z.shape[1]))

    return max(one(split), one(np.abs(split - np.median(split))))


def pooled(found: Sequence[Population]) -> Floats:
    """Return the weight of each population: its share of the evidence, so that the pool is consistent."""
    evidence = np.array([one.log_evidence for one in found])
    weights = np.exp(evidence - evidence.max())
    return weights / weights.sum()  # type: ignore[no-any-return]


OLD, NEW = 0.3, 0.7
"""The two modes: of the people printed as not yet approached, at most or at least this share is new."""
REQUIRED = (0.7, 0.8, 0.9)
"""What "slightly fewer" in footnote 2 may ask of unique people over invitations."""
FEW, PRIOR, RUNS, NEVER = 200, 20_000, 300, 1e6
"""Particles below which reweighting is not honest; prior draws that weigh an end of a range; runs of a draw
that give the spread by chance; a month that does not come."""
ROUGH = {"starts": 1, "particles": 200, "sweeps": 12}
COLUMN = {path: k for k, path in enumerate(PATHS.values())}
"""Parameter -> column of a draw."""
FITS = 0.99
"""Probability that the errors of a true history stay within what counts as reproduced."""


MAIN_SIZE: Mapping[str, int] = {"starts": 4, "particles": 1500, "sweeps": 250, "workers": 2}
OTHER_SIZE: Mapping[str, int] = {"starts": 2, "particles": 400, "sweeps": 100, "workers": 2}
"""How large the samples are: of the main fit, and of each alternative."""
NO_BUREAU = {PATHS["bought"]: 0.0}


@dataclass(frozen=True)
class Alternative:
    """Another reading, or an ablation: what differs from the main fit."""

    name: str
    kind: str = "reading"
    fixed: Mapping[str, float] = field(default_factory=lambda: NO_BUREAU)
    reading: Reading = "sequence"
    late: bool = False
    discrepancy: float | None = None
    required: tuple[str, float] | None = None
    without: str = ""


MAIN = Alternative("main")


def alternatives(scenario: Scenario) -> Iterator[Alternative]:
    """Yield the readings and ablations that are shown beside the main fit."""
    yield Alternative("attempt", reading="attempt")
    yield Alternative("october", late=True)
    yield Alternative("october_attempt", reading="attempt", late=True)
    yield Alternative("contractor", fixed={})
    for name, value in itertools.product(measurement().footnote, REQUIRED):
        yield Alternative(f"footnote_{name}_{value:.1f}", "footnote", required=(name, value))
    distance = scenario.value("history.discrepancy").at(scenario.start)
    for name, size in (("strict", distance.low), ("lenient", distance.high)):
        yield Alternative(f"discrepancy_{name}", "sensitivity", discrepancy=float(size))  # type: ignore[arg-type]
    for name, fixed in {
        "no_reinvitation": {"again_from": NEVER},
        "no_follow_ups": {"follow_share": 0.0},
        "rho_0": {"printed": 0.0},
        "rho_1": {"printed": 1.0},
        "no_wij": {"wij": 0.0},
        "equal_exits": {f"exits_{who}": 1.0 for who in ("declined", "spoken", "silent")},
    }.items():
        named = {PATHS[one]: value for one, value in fixed.items()}
        yield Alternative(name, "ablation", NO_BUREAU | named)


class Problem:
    """One posterior: a prior, a calendar and targets; ``spread`` comes from :func:`by_chance`."""

    def __init__(self, scenario: Scenario, which: Alternative = MAIN, spread: Sequence[Floats] = ()) -> None:
        self.which, self.prior = which, Prior(scenario, which.fixed)
        self.calendar = history.Calendar(scenario, late=which.late)
        how: Any = {name: getattr(which, name) for name in ("required", "without", "discrepancy")}
        self.targets = published(scenario, which.reading, runs=spread, **how)
        # density of a requirement that is met: left out, as evidence would hang on how sharp it is
        sd = float(scenario["history.discrepancy"])  # type: ignore[arg-type]
        self.met = -math.log(sd * math.sqrt(2 * math.pi)) if which.required else 0.0

    def outputs(self, places: Floats) -> Floats:
        """Return what the history gives at places on the prior's scale."""
        return history.run(self.prior.values(places), self.calendar)[0]

    def __call__(self, places: Floats) -> Floats:
        """Return the log-likelihood at places on the prior's scale; a requirement that is met adds 0."""
        return self.targets.likelihood(self.outputs(places)) - self.met

    def sample(self, seed: int, **size: Any) -> list[Population]:
        """Sample the posterior; ``size``: as :func:`populations` takes it."""
        return populations(self, len(PATHS), seed=(seed, self.which.name), **size)


def by_chance(scenario: Scenario, seed: int) -> list[Floats]:
    """Return runs with chance of draws that fit: the spread of the counts when all assumptions are known."""
    rough = Problem(scenario)
    found = rough.sample(seed, **ROUGH)[0]
    best = rough.prior.values(
        found.points[np.argsort(-found.log_likelihood, kind="stable")[: ROUGH["sweeps"]]]
    )
    return [
        history.run(np.repeat(one[None], RUNS, 0), rough.calendar, chance=k)[0] for k, one in enumerate(best)
    ]


def quantiles(
    values: Floats, weights: Floats, prefix: str = "", at: tuple[int, ...] = (5, 50, 95)
) -> dict[str, float]:
    """Return weighted quantiles as cells: the least value with at least that share of the weight up to it."""
    found = np.quantile(values, np.array(at) / 100, weights=weights, method="inverted_cdf")
    return {f"{prefix}q{q:02d}": float(one) for q, one in zip(at, found, strict=True)}


def share_new(outputs: Floats) -> Floats:
    """Return the share of the people printed as not yet approached who never were."""
    return column(outputs, "new") / np.maximum(column(outputs, "not_yet_approached"), 1e-9)


class Pool:
    """All particles of a fit with weights, outputs, values; ``evidence``: log of the mean likelihood."""

    def __init__(self, problem: Problem, found: list[Population]) -> None:
        self.problem, self.found = problem, found
        self.places = np.concatenate([one.points for one in found])
        self.weights = np.repeat(pooled(found), [len(one.points) for one in found])
        self.weights = self.weights / self.weights.sum()
        self.evidence = float(np.logaddexp.reduce([one.log_evidence for one in found]) - math.log(len(found)))
        self.outputs = problem.outputs(self.places)
        self.values = problem.prior.values(self.places)

    def modes(self) -> list[dict[str, Any]]:
        """Return a row per unselected start: its evidence, its weight, and the weight of each mode in it."""
        rows = []
        for start, (one, weight) in enumerate(zip(self.found, pooled(self.found), strict=True), 1):
            new = share_new(self.problem.outputs(one.points))
            rows.append(
                {"start": start, "particles": len(new), "log_evidence": one.log_evidence, "weight": weight}
                | {"mostly_new": float(np.mean(new >= NEW)), "mostly_old": float(np.mean(new <= OLD))}
            )
        return rows

    def assumptions(self) -> list[dict[str, Any]]:
        """Return prior beside posterior per parameter, with contraction and R-hat over the populations."""
        rows, middle = [], self.weights @ self.places
        variance = self.weights @ (self.places - middle) ** 2
        for path, k in COLUMN.items():
            if path not in self.problem.prior.fixed:
                low, central, high = self.problem.prior.ranges[k]
                chains = np.stack([one.points[:, k] for one in self.found])
                rows.append(
                    {"path": path, "low": low, "central": central, "high": high}
                    | quantiles(self.values[:, k], self.weights)
                    | {"contraction": 1 - float(variance[k]), "rhat": rhat(chains)}
                )
        return rows

    def ridges(self, least: float = 0.4) -> list[dict[str, Any]]:
        """Return the pairs of parameters that the data tie together: correlated on the prior's scale."""
        found, paths = np.cov(self.places.T, aweights=self.weights), list(COLUMN)
        scale = np.sqrt(np.diag(found))
        found = found / np.outer(scale, scale)
        pairs = [(i, j) for i in range(len(paths)) for j in range(i) if abs(found[i, j]) >= least]
        pairs.sort(key=lambda pair: -abs(found[pair]))
        return [{"path": paths[j], "other": paths[i], "correlation": float(found[i, j])} for i, j in pairs]

    def prediction(self) -> list[dict[str, Any]]:
        """Return what the posterior predicts of every published figure of the history, fitted or not."""
        reading, rows, said = self.problem.which.reading, [], measurement()
        spread = np.sqrt(np.diag(self.problem.targets.covariance))
        for name, (claim, ratio) in (said.quantities(reading) | said.quantities(reading, "also")).items():
            found = np.exp(logs(self.outputs, {name: ratio})[:, 0])
            low, high = limits(claims()[claim])
            cells = quantiles(found, self.weights)
            fitted = name in self.problem.targets.names
            far = math.log(cells["q50"]) - (math.log(low) + math.log(high)) / 2
            residual = far / spread[self.problem.targets.names.index(name)] if fitted else None
            head = {"quantity": name, "claims": claim, "fitted": fitted, "low": low, "high": high}
            rows.append(head | cells | {"residual": residual})
        return rows

    def row(self, weights: Floats | None = None) -> dict[str, Any]:
        """Return the numbers by which alternatives are compared; ``unique``: both readings of footnote 2."""
        w = self.weights if weights is None else weights
        new, far = share_new(self.outputs), w @ self.problem.targets.residuals(self.outputs)
        worst = int(np.argmax(np.abs(far)))
        out: dict[str, Any] = {"mostly_new": float(w @ (new >= NEW)), "mostly_old": float(w @ (new <= OLD))}
        out |= quantiles(self.values[:, COLUMN[PATHS["accept"]]], w, "acceptance_")
        for name, (_, ratio) in measurement().quantities(self.problem.which.reading, "footnote").items():
            out |= quantiles(np.exp(logs(self.outputs, {name: ratio})[:, 0]), w, f"unique_{name}_")
        return out | {"worst": self.problem.targets.names[worst], "residual": float(far[worst])}


def compare(
    scenario: Scenario, main: Pool, spread: list[Floats], seed: int, size: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return one row per alternative: reweighted where enough particles carry it, else with its own run."""
    own: dict[str, Any] = {"method": "own_run"}
    rows = [{"alternative": "main", "kind": "reading", **own, "log_evidence": 0.0} | main.row()]
    for which in alternatives(scenario):
        weights = _reweighted(scenario, main, which, spread)
        if weights is not None:
            total = float(weights.sum())
            made = {"method": "reweighted", "log_evidence": math.log(total)} | main.row(weights / total)
        else:
            problem = Problem(scenario, which, spread)
            pool = Pool(problem, problem.sample(seed, **size))
            made = {**own, "log_evidence": pool.evidence - main.evidence} | pool.row()
        rows.append({"alternative": which.name, "kind": which.kind} | made)
    return rows


def _reweighted(scenario: Scenario, main: Pool, which: Alternative, spread: list[Floats]) -> Floats | None:
    """Return weights under an alternative, or None where too few particles would carry them."""
    if which.kind not in ("footnote", "ablation"):
        return None  # another model, other targets or a wider prior
    weights = main.weights.copy()
    anyhow = main.problem.prior.values(generator(which.name).standard_normal((PRIOR, len(PATHS))))
    for path, value in which.fixed.items():
        # only an end at which the range is cut off has a probability of its own
        prior = np.mean(anyhow[:, COLUMN[path]] == value)
        weights = weights * (main.values[:, COLUMN[path]] == value) / max(prior, 1 / PRIOR)
    if which.required:
        weights = weights * np.exp(Problem(scenario, which, spread)(main.places) - main.problem(main.places))
    total = weights.sum()
    return weights if total > 0 and total**2 / (weights**2).sum() >= FEW else None


def misfit(scenario: Scenario, spread: list[Floats], seed: int) -> dict[str, Any]:
    """Tell whether the history can be reproduced at all; if not, what stands out and what would restore it.

    Returns ``fits``; ``residuals``: standard deviations by target at the best draw, the largest first; and
    ``restored_without``: the claims that, left out alone, let the rest be reproduced.
    """
    from scipy.stats import chi2

    def best(without: str = "") -> tuple[dict[str, float], bool]:
        problem = Problem(scenario, Alternative("misfit", without=without), spread)
        found = problem.sample(seed, **ROUGH)[0]
        place = int(np.argmax(found.log_likelihood))
        far = problem.targets.residuals(problem.outputs(found.points[[place]]))[0]
        # twice the distance to the likelihood of a perfect fit
        lost = 2 * (problem.targets.highest - found.log_likelihood[place])
        named = zip(problem.targets.names, map(float, far), strict=True)
        return dict(sorted(named, key=lambda one: -abs(one[1]))), bool(lost <= chi2.ppf(FITS, len(far)))

    residuals, fits = best()
    sources = {name: claim for name, (claim, _) in measurement().quantities("sequence").items()}
    restored = [] if fits else [sources[name] for name in residuals if best(name)[1]]
    return {"fits": fits, "residuals": residuals, "restored_without": restored}
