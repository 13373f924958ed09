"""The data strategy: who comes under which arm, and the counts that a pilot would bring in.

A pilot is counted in *cells*: people of one block (or cluster, or period) in one arm. For yes or no these
counts say all there is, so that draws are of counts; people are drawn one by one where ``lots`` are wanted, or
to check the counts. Units are exchangeable: which team comes first makes no difference to chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import NDArray

from kik_analysis.pilots.design import Design, not_possible
from kik_analysis.pilots.document import CONTROL
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.coverage import binomial_pmf
from kik_analysis.statistics.rounding import shared_out

Integers = NDArray[np.int64]
#: How often an assignment is drawn anew before a rerandomised design is called impossible.
PATIENCE = 1_000


@dataclass(frozen=True, eq=False)
class Counts:
    """What a pilot brings in: per cell how many people, and how many of them with the outcome.

    Attributes
    ----------
    arm
        Name of the arm, one per cell; what follows a first letter is called ``less>firm``.
    block, cluster, period
        Whole numbers from 0, one per cell; the cluster is -1 where lots fall on people.
    n, x
        People counted, and those with the outcome: shape (draws, cells); ``n`` may have one row for all.
    seen
        People whose outcome is seen, of whom ``x`` are with it; None where that is everybody.
    took
        Whether the cell holds those who got what their arm offers; None where nobody asks.
    """

    arm: tuple[str, ...]
    block: Integers
    cluster: Integers
    period: Integers
    n: arg.Floats
    x: arg.Floats
    seen: arg.Floats | None = None
    took: NDArray[np.bool_] | None = None

    def summed(self, *axes: Integers, of: arg.Floats | None = None) -> arg.Floats:
        """Return counts added up over cells: shape (draws, size of each axis); an axis is a code per cell."""
        shape = tuple(int(one.max()) + 1 for one in axes)
        flat = np.ravel_multi_index(axes, shape)
        into = np.zeros((len(flat), int(np.prod(shape))))
        into[np.arange(len(flat)), flat] = 1.0
        found = self.x if of is None else of
        return np.asarray((found @ into).reshape(len(found), *shape))

    def arms(self, names: tuple[str, ...]) -> Integers:
        """Return the place of each cell's arm among names; cells of other arms are an error."""
        return np.array([names.index(one) for one in self.arm])


def _grid(arms: tuple[str, ...], *sizes: int) -> tuple[tuple[str, ...], Integers, Integers]:
    """Return arm, block and period per cell, for all combinations."""
    a, b, t = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(arms), *sizes)), indexing="ij"))
    return tuple(arms[k] for k in a), b, t


def dealt(rng: np.random.Generator, draws: int, arms: list[int], blocks: list[int]) -> arg.Floats:
    """Return how many of each block come under each arm by lot: shape (draws, arms, blocks)."""
    left = np.tile(np.array(blocks), (draws, 1))
    found = np.zeros((draws, len(arms), len(blocks)))
    for place, size in enumerate(arms):
        wanted = np.full(draws, size)
        for block in range(len(blocks)):
            others = left[:, block + 1 :].sum(axis=1)
            found[:, place, block] = got = rng.hypergeometric(left[:, block], others, wanted)
            wanted = wanted - got
        left = left - found[:, place].astype(np.int64)
    return found


def _by_lot(design: Design, rng: np.random.Generator, draws: int) -> arg.Floats:
    arms, blocks = list(design.arms.values()), list(design.blocks.values())
    if len(blocks) == 1:
        return np.array(arms, dtype=np.float64)[None, :, None]
    if design.kind == "blocked":
        return np.array([[list(one.values()) for one in design.sizes.values()]])
    found = dealt(rng, draws, arms, blocks)
    if design.kind != "rerandomised":
        return found
    most = design.number("data.assignment.tolerance", 0.01)
    for _ in range(PATIENCE):
        shares = found / found.sum(axis=2, keepdims=True)
        wrong = np.ptp(shares, axis=1).max(axis=1) > most
        if not wrong.any():
            return found
        found[wrong] = dealt(rng, int(wrong.sum()), arms, blocks)
    raise not_possible(
        design, f"no assignment keeps all gaps within {most:g}; widen data.assignment.tolerance"
    )


def cluster_table(design: Design) -> tuple[tuple[str, ...], Integers, Integers]:
    """Return arm, block and people of every cluster, where chance decides only which is which."""
    blocks = [Fraction(n, design.people) for n in design.blocks.values()]
    by_block = design.kind == "blocked_cluster"
    many = shared_out(design.clusters, blocks) if by_block else [design.clusters]
    arm: list[str] = []
    left = dict(design.arms)
    for place, clusters in enumerate(many):
        rest = sum(many[place:])
        parts = shared_out(clusters, [Fraction(n, rest) for n in left.values()] + [
            Fraction(rest - sum(left.values()), rest)])  # fmt: skip
        for name, part in zip(left, parts, strict=False):
            arm += [name] * part
            left[name] -= part
        arm += [""] * parts[-1]
    block = np.repeat(np.arange(len(many)), many)
    people = np.array(shared_out(design.people, [Fraction(1)] * design.clusters))
    kept = np.array([bool(one) for one in arm])
    return tuple(one for one in arm if one), block[kept], people[kept]


def _quantile(u: arg.Floats, n: int, p: float, icc: float) -> arg.Floats:
    """Return (beta-)binomial counts at chances ``u``: the same chances give counts that rise with p."""
    from scipy.special import betaln, gammaln

    if icc == 0.0 or p in (0.0, 1.0):
        mass = binomial_pmf(n, p)
    else:
        a, b, k = p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc, np.arange(n + 1.0)
        ways = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
        mass = np.exp(ways + betaln(k + a, n - k + b) - betaln(a, b))
    return np.minimum(np.searchsorted(np.cumsum(mass), u), n).astype(np.float64)


def binomial(
    rng: np.random.Generator, draws: int, n: arg.Floats, p: arg.Floats, icc: float = 0.0
) -> arg.Floats:
    """Return counts with the outcome, shape (draws, cells), for chances ``p`` per cell.

    Cells of a fixed size are drawn by inversion, one chance per draw and cell, so that designs in a grid
    share their luck.
    """
    u = rng.random((draws, n.shape[1]))
    if len(n) == 1:
        columns = [_quantile(u[:, c], int(n[0, c]), float(p[c]), icc) for c in range(n.shape[1])]
        return np.stack(columns, axis=1)
    if icc > 0.0:
        p = np.asarray(rng.beta(p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc, n.shape))
    return rng.binomial(n.astype(np.int64), p).astype(np.float64)


def _stayed(
    design: Design, rng: np.random.Generator, draws: int, n: arg.Floats, arm: tuple[str, ...]
) -> arg.Floats:
    lost = np.array([design.attrition[one.partition(">")[0]] for one in arm])
    if not lost.any():
        return n
    return rng.binomial(np.broadcast_to(n, (draws, n.shape[1])).astype(np.int64), 1.0 - lost).astype(
        np.float64
    )


def offered(design: Design, arm: str) -> arg.Floats:
    """Return the chance of the outcome per block for people drawn for an arm, whether they took it or not."""
    base = design.rates[CONTROL] if CONTROL in design.rates else design.rates[arm]
    return np.asarray(base + design.uptake[arm] * (design.rates[arm] - base))


def _people(design: Design, rng: np.random.Generator, draws: int) -> Counts:
    """Lots on people: complete, blocked, factorial, rerandomised, and groups chosen by hand."""
    names = tuple(design.arms)
    sizes = _by_lot(design, rng, draws)
    arm, block, period = _grid(names, sizes.shape[2], 1)
    n = _stayed(design, rng, draws, sizes.reshape(len(sizes), -1), arm)
    cluster = np.full(len(block), -1)
    p = np.array([offered(design, a)[b] for a, b in zip(arm, block, strict=True)])
    if design.seen:
        return _seen(design, rng, draws, Counts(arm, block, cluster, period, n, n), p)
    if design.document.answer.estimator == "cace":
        return _took(design, rng, draws, Counts(arm, block, cluster, period, n, n))
    return Counts(arm, block, cluster, period, n, binomial(rng, draws, n, np.clip(p, 0.0, 1.0)))


def _took(design: Design, rng: np.random.Generator, draws: int, one: Counts) -> Counts:
    share = np.array([design.uptake[a] if a != CONTROL else 0.0 for a in one.arm])
    took = binomial(rng, draws, one.n, share)
    n = np.concatenate([took, one.n - took], axis=1)
    rate = [design.rates[a][b] for a, b in zip(one.arm, one.block, strict=True)]
    rate += [design.rates[CONTROL][b] for b in one.block]
    twice = (np.tile(axis, 2) for axis in (one.block, one.cluster, one.period))
    flags = np.arange(n.shape[1]) < took.shape[1]
    return Counts(one.arm * 2, *twice, n, binomial(rng, draws, n, np.array(rate)), took=flags)


def _seen(design: Design, rng: np.random.Generator, draws: int, one: Counts, p: arg.Floats) -> Counts:
    """Outcomes seen for some; those seen in one arm only differ by ``model.selection``."""
    share = np.array([design.seen[a] for a in one.arm])
    extra = 1.0 - min(design.seen.values()) / np.maximum(share, 1e-300)
    seen = binomial(rng, draws, one.n, share)
    p = np.clip(p + extra * design.number("model.selection"), 0.0, 1.0)
    return Counts(one.arm, one.block, one.cluster, one.period, one.n, binomial(rng, draws, seen, p), seen)


def _chosen(design: Design, rng: np.random.Generator, draws: int) -> Counts:
    """No lots: groups chosen by hand, and with ``change`` the same groups in periods before and after."""
    lots = design.document.data.assignment
    before = lots.before if design.document.answer.estimator == "change" else 0
    after = lots.after if before else 1
    names = tuple(design.arms)
    sizes = _by_lot(design, rng, draws)
    arm, block, period = _grid(names, sizes.shape[2], before + after)
    n = _stayed(design, rng, draws, np.repeat(sizes.reshape(len(sizes), -1), before + after, axis=1), arm)
    p = np.array([offered(design, a)[b] for a, b in zip(arm, block, strict=True)])
    if "model.before" in design.values:
        p = np.where(period < before, design.number("model.before"), p)
    p = p + np.where(np.array(arm) != CONTROL, design.number("model.selection"), 0.0) * (period >= before)
    one = Counts(arm, block, np.full(len(block), -1), period, n, n)
    if design.seen:
        return _seen(design, rng, draws, one, p)
    return Counts(arm, block, one.cluster, period, n, binomial(rng, draws, n, np.clip(p, 0.0, 1.0)))


def _clusters(design: Design, rng: np.random.Generator, draws: int) -> Counts:
    arm, block, people = cluster_table(design)
    n = people[None, :].astype(np.float64)
    if design.size_cv:
        shape = 1.0 / design.size_cv**2
        n = np.maximum(np.rint(rng.gamma(shape, n / shape, (draws, len(arm)))), 1.0)
    n = _stayed(design, rng, draws, n, arm)
    at = block if design.kind == "blocked_cluster" else None
    p = [offered(design, a)[b] if at is not None else offered(design, a) @ design.weights
         for a, b in zip(arm, block, strict=True)]  # fmt: skip
    x = binomial(rng, draws, n, np.array(p), design.icc)
    return Counts(arm, block, np.arange(len(arm)), np.zeros_like(block), n, x)


def _wedge(design: Design, rng: np.random.Generator, draws: int) -> Counts:
    """Clusters cross over in steps; new people in every period. A cluster keeps its place among clusters."""
    from scipy.special import betaincinv

    lots = design.document.data.assignment
    periods, clusters = lots.before + lots.after * lots.steps, design.clusters
    step = np.repeat(np.arange(lots.steps), clusters // lots.steps)
    cluster, period = (
        axis.ravel() for axis in np.meshgrid(np.arange(clusters), np.arange(periods), indexing="ij")
    )
    treated = period >= lots.before + lots.after * step[cluster]
    arm = tuple("treated" if one else CONTROL for one in treated)
    each = design.people // (clusters * periods)
    if each < 1:
        raise not_possible(
            design, f"{design.people} people over {clusters} clusters and {periods} periods leaves none"
        )
    p = np.array([offered(design, a) @ design.weights for a in ("treated", CONTROL)])
    if design.icc:
        u, scale = rng.random((draws, clusters)), (1.0 - design.icc) / design.icc
        rates = np.stack([betaincinv(one * scale, (1.0 - one) * scale, u) for one in p])
    else:
        rates = np.broadcast_to(p[:, None, None], (2, draws, clusters))
    n = _stayed(design, rng, draws, np.full((1, len(arm)), float(each)), arm)
    chance = np.where(treated, rates[0][:, cluster], rates[1][:, cluster])
    x = rng.binomial(np.broadcast_to(n, chance.shape).astype(np.int64), chance).astype(np.float64)
    return Counts(arm, np.zeros_like(cluster), cluster, period, n, x)


def _two_stage(design: Design, rng: np.random.Generator, draws: int) -> Counts:
    """A first letter by lot; half of those it does not reach get a firm second one, half a repeat."""
    names, second = tuple(design.arms), design.document.data.assignment.second
    n = np.array([list(design.arms.values())], dtype=np.float64)
    n = _stayed(design, rng, draws, n, names)
    x = binomial(rng, draws, n, np.array([offered(design, one) @ design.weights for one in names]))
    arm, again, reached = list(names), [n], [x]
    left = n - x
    for name, part in zip(second, (np.floor(left / 2.0), np.ceil(left / 2.0)), strict=True):
        arm += [f"{one}>{name}" for one in names]
        again.append(part)
        reached.append(binomial(rng, draws, part, np.full(len(names), design.rates[name] @ design.weights)))
    flat = np.zeros(len(arm), dtype=np.int64)
    counts = [
        np.concatenate([np.broadcast_to(k, (draws, len(names))) for k in one], axis=1)
        for one in (again, reached)
    ]
    return Counts(tuple(arm), flat, flat - 1, flat, *counts)


DRAWN: dict[str, Callable[[Design, np.random.Generator, int], Counts]] = {
    "complete": _people,
    "blocked": _people,
    "factorial": _people,
    "rerandomised": _people,
    "none": _chosen,
    "cluster": _clusters,
    "blocked_cluster": _clusters,
    "stepped_wedge": _wedge,
    "two_stage": _two_stage,
}
"""Kind of assignment -> what draws the counts of many pilots."""


def persons(design: Design, rng: np.random.Generator, draws: int) -> tuple[Counts, dict[str, arg.Floats]]:
    """Return counts from people drawn one by one, and the true difference of each arm in the frame.

    Chance gives each person one number: the outcome under an arm is there where that number lies below the
    arm's rate. So it checks the draws of counts, which use neither that number nor the lots.
    """
    names, blocks = tuple(design.arms), list(design.blocks.values())
    codes, edges = lots(design, rng, draws), np.cumsum([0, *blocks])
    u = rng.random((draws, design.people), dtype=np.float32)
    n, x = (np.zeros((draws, len(names), len(blocks))) for _ in range(2))
    truth = {name: np.zeros(draws) for name in names}
    for b in range(len(blocks)):
        part = slice(edges[b], edges[b + 1])
        base = u[:, part] < np.float32(offered(design, CONTROL)[b])
        for a, name in enumerate(names):
            yes = u[:, part] < np.float32(offered(design, name)[b])
            mine = codes[:, part] == a
            n[:, a, b], x[:, a, b] = mine.sum(axis=1), (mine & yes).sum(axis=1)
            truth[name] += (yes.sum(axis=1) - base.sum(axis=1)) / design.people
    arm, block, period = _grid(names, len(blocks), 1)
    return Counts(
        arm, block, np.full_like(block, -1), period, n.reshape(draws, -1), x.reshape(draws, -1)
    ), truth


def lots(design: Design, rng: np.random.Generator, draws: int = 1) -> NDArray[np.int8]:
    """Return the arm of every unit, as its place in ``design.arms``: shape (draws, people or clusters).

    The number of arms stands for "in no arm". People stand block by block; clusters too. In a stepped wedge
    the number is the step at which a cluster crosses over, from 0.
    """
    if design.kind == "stepped_wedge":
        steps = design.document.data.assignment.steps
        sizes = [[design.clusters // steps] * steps]
    elif design.clustered:
        arm, block, _ = cluster_table(design)
        sizes = [[sum(a == name and b == k for a, b in zip(arm, block, strict=True)) for name in design.arms]
                 for k in range(int(block.max()) + 1)]  # fmt: skip
        units = [design.clusters] if len(sizes) == 1 else [sum(one) for one in sizes]
        return _drawn(rng, draws, units, sizes)
    elif design.kind == "blocked":
        sizes = [[int(one[name]) for one in design.sizes.values()] for name in design.blocks]
        return _drawn(rng, draws, list(design.blocks.values()), sizes)
    elif design.kind == "rerandomised":
        return _until_even(design, rng, draws)
    else:
        sizes = [list(design.arms.values())]
    return _drawn(rng, draws, [design.clusters if design.clustered else design.people], sizes)


def _drawn(
    rng: np.random.Generator, draws: int, units: list[int], sizes: list[list[int]]
) -> NDArray[np.int8]:
    found = []
    for size, arms in zip(units, sizes, strict=True):
        keys, ends = rng.random((draws, size)), np.cumsum(arms)
        ends = ends[ends < size]
        limits = np.partition(keys, ends, axis=1)[:, ends] if len(ends) else np.empty((draws, 0))
        codes = np.zeros(keys.shape, np.int8)
        for limit in limits.T:
            codes += keys >= limit[:, None]
        found.append(codes)
    return np.concatenate(found, axis=1)


def _until_even(design: Design, rng: np.random.Generator, draws: int) -> NDArray[np.int8]:
    edges, most = np.cumsum([0, *design.blocks.values()]), design.number("data.assignment.tolerance", 0.01)
    found = _drawn(rng, draws, [design.people], [list(design.arms.values())])
    for _ in range(PATIENCE):
        shares = np.array([[(found[:, low:high] == a).sum(axis=1) / n for a, n in enumerate(design.arms.values())]
                           for low, high in zip(edges, edges[1:], strict=False)])  # fmt: skip
        wrong = np.ptp(shares, axis=1).max(axis=0) > most
        if not wrong.any():
            return found
        found[wrong] = _drawn(rng, int(wrong.sum()), [design.people], [list(design.arms.values())])
    raise not_possible(
        design, f"no assignment keeps all gaps within {most:g}; widen data.assignment.tolerance"
    )


def ways(design: Design) -> int:
    """Return how many assignments of clusters there are, given how many go to each arm."""
    arm, block, _ = cluster_table(design)
    found = 1
    for k in range(int(block.max()) + 1):
        mine = [a for a, b in zip(arm, block, strict=True) if b == k]
        found *= comb(len(mine), mine.count(CONTROL))
    return found
