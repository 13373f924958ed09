"""Draws of uncertain parameters from their ranges.

A range is a 5th and a 95th percentile with a central value between. A parameter moves along a split normal
distribution (Fechner 1897; Wallis 2014, "The two-piece normal, binormal, or double Gaussian distribution"):
below the centre with the lower half's spread, above it with the upper half's, on the scale of its unit's
family
(``params/units.csv``): the logit for shares, the logarithm for times and odds, plain for the rest. Where an
end of the range has no logit or logarithm (a share of 0), the plain scale is used, cut off at what is
possible.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from statistics import NormalDist

import numpy as np

from kik_analysis.evidence.reads import recording
from kik_analysis.parameters.catalogue import Atom, catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import Amount

Z95 = NormalDist().inv_cdf(0.95)


def _split(ends: list[float], z: float) -> float:
    low, central, high = ends
    return central + z / Z95 * (high - central if z > 0 else central - low)


def moved(amount: Amount, z: float, family: str, minimum: Atom | None, maximum: Atom | None) -> float:
    """Return the value at ``z`` standard deviations: low, central and high at -1.645, 0 and 1.645.

    ``amount``: low, central and high, numbers. ``z``: place on the standard normal scale. ``family``: of the
    parameter's unit (``params/units.csv``); decides the scale. ``minimum``, ``maximum``: what is impossible
    outside.
    """
    low, central, high = (float(a) for a in amount.atoms)  # type: ignore[arg-type]
    if family == "beta" and low > 0 and high < 1:
        logit = [math.log(x / (1 - x)) for x in (low, central, high)]
        value = 1 / (1 + math.exp(-_split(logit, z)))
    elif family == "lognormal" and low > 0:
        value = math.exp(_split([math.log(x) for x in (low, central, high)], z))
    else:
        value = _split([low, central, high], z)
    floor = float(minimum) if isinstance(minimum, int | float) else -math.inf
    ceiling = float(maximum) if isinstance(maximum, int | float) else math.inf
    return min(max(value, floor), ceiling)


def uncertain(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths that have a range somewhere, in the order of the catalogue."""
    return tuple(path for path in scenario.paths if not scenario.timeline(path).exact)


def used(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths with a range that a simulation reads: what others say cannot move its outcome."""
    from kik_analysis.capacity.compilation import compile_scenario

    with recording() as recorder:
        compile_scenario(scenario)
    paths = dict.fromkeys(read.name for read in recorder.leaves if read.kind == "parameter")
    return tuple(path for path in paths if not scenario.timeline(path).exact)


def parts(paths: Iterable[str]) -> Iterator[str]:
    """Yield what is drawn for some paths: each path, and every part of a composition by itself."""
    book = catalogue()
    for path in paths:
        composed = path in book and book[path].composition
        yield from [f"{path}.{part}" for part in book[path].keys] if composed else [path]


def spread(scenario: Scenario, seed: int, number: int) -> list[dict[str, float]]:
    """Return ``number`` draws that together cover every range evenly: a Latin hypercube.

    Each path's range is cut in ``number`` equally likely parts, each part is met once, in an order of the
    path's own (McKay, Beckman and Conover 1979). Each draw alone is distributed as in :func:`draw`; bands
    made of a few dozen are much smoother than those of independent draws.

    ``scenario``: the scenario. ``seed``, ``number``: the draws are a function of both: other draws for
    another number. Returns for every draw the places of the paths that a simulation reads (:func:`used`).
    """
    out: list[dict[str, float]] = [{} for _ in range(number)]
    for path in parts(used(scenario)):
        entropy = np.random.SeedSequence([*b"spread", seed, number, *path.encode()])
        words = entropy.generate_state(2 * number, np.uint64)
        for r, part in enumerate(np.argsort(words[:number], kind="stable")):
            inside = (int(words[number + r]) + 0.5) / 2**64
            out[r][path] = NormalDist().inv_cdf((int(part) + inside) / number)
    return out


def draw(scenario: Scenario, seed: int, number: int) -> dict[str, float]:
    """Return one draw: for every uncertain path a number on the standard normal scale.

    Draw ``number`` of a seed is the same whatever other draws are made, and a path's number does not depend
    on which other paths are uncertain, so scenarios compare under common draws.
    """
    return places(uncertain(scenario), seed, number)


def places(paths: Iterable[str], seed: int, number: int) -> dict[str, float]:
    """Return where one draw puts some paths: :func:`draw` without a scenario."""
    out = {}
    for path in parts(paths):
        words = np.random.SeedSequence([seed, number, *path.encode()]).generate_state(1, np.uint64)
        u = (int(words[0]) + 0.5) / 2**64
        out[path] = NormalDist().inv_cdf(u)
    return out
