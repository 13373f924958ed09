"""Tempered sequential Monte Carlo with differential-evolution moves, for posteriors with more than one mode.

Particles start as unselected draws of the prior (standard normal in every coordinate) and pass through
likelihoods raised to rising powers (Del Moral, Doucet and Jasra 2006): at each power they are weighted,
resampled systematically, and moved by differential evolution (ter Braak 2006; Nelson, Ford and Payne 2014),
one half of the population with the differences of the other half, in turn, which leaves the target exactly as
it is. The weight of each mode comes from the tempering; a start chosen among the best draws would decide it
before the first step, with every diagnostic content. So independent populations are made, and the weight of
each mode stands beside R-hat for every one of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Likelihood = Callable[[Floats], Floats]  # of points, one row each: its logarithm
KEPT, CALM, JUMPS, CROSSED = 0.5, 0.1, 0.1, (0.2, 0.5, 1.0)
"""Effective share of particles kept per step; correlation with the start of a step that ends its moves; share
of moves with the whole difference, from mode to mode; shares of coordinates that a move changes."""


@dataclass(frozen=True)
class Population:
    """One independent sample.

    ``points``, ``log_likelihood``: particles, equally weighted: one row each; and the log-likelihood of each.
    ``log_evidence``: logarithm of the mean likelihood under the prior, estimated. ``powers``, ``sweeps``:
    powers of the likelihood passed through, and how often all particles were moved.
    """

    points: Floats
    log_likelihood: Floats
    log_evidence: float
    powers: tuple[float, ...]
    sweeps: int


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
    target: Likelihood,
    dimension: int,
    *,
    particles: int,
    sweeps: int,
    seed: Sequence[int | str],
    told: Callable[[float], None] = lambda _: None,
) -> Population:
    """Sample the posterior of a standard normal prior and a likelihood.

    ``target``: log-likelihood; finite everywhere. ``dimension``: coordinates of a point. ``particles``: size
    of the population, even. ``sweeps``: most sweeps at one power. ``seed``: what the sample is a function of,
    besides the likelihood. ``told``: called with each power that is reached.
    """
    rng = generator(*seed)
    x = rng.standard_normal((particles, dimension))
    ll, power, evidence, powers, done = target(x), 0.0, 0.0, [0.0], 0
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
            done += 1
            now = x - x.mean(0)
            norm = np.sqrt((before**2).sum(0) * (now**2).sum(0))
            if np.max((before * now).sum(0) / np.maximum(norm, 1e-300)) < CALM:
                break
        powers.append(power)
        told(power)
    return Population(x, ll, evidence, tuple(powers), done)


def populations(
    target: Likelihood,
    dimension: int,
    *,
    starts: int,
    seed: Sequence[int | str],
    workers: int | None = None,
    progress: Callable[[int, float], None] = lambda _, __: None,
    **size: int,
) -> list[Population]:
    """Return independent populations, the same to the bit whatever the number of workers.

    ``target``, ``dimension``, ``size`` (``particles``, ``sweeps``): as in :func:`temper`. ``starts``: how
    many populations. ``seed``: together with the number of the population what it is a function of.
    ``workers``: threads; default one per population. ``progress``: called with the number of a population and
    the power that it reached.
    """

    def one(start: int) -> Population:
        return temper(target, dimension, seed=(*seed, start), told=functools.partial(progress, start), **size)

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
        if within == 0:
            return 1.0
        return float(np.sqrt((z.shape[1] - 1) / z.shape[1] + between / within / z.shape[1]))

    return max(one(split), one(np.abs(split - np.median(split))))


def pooled(found: Sequence[Population]) -> Floats:
    """Return the weight of each population: its share of the evidence, so that the pool is consistent."""
    evidence = np.array([one.log_evidence for one in found])
    weights = np.exp(evidence - evidence.max())
    return weights / weights.sum()  # type: ignore[no-any-return]
