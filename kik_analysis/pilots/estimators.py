"""The answer strategy: estimators, intervals and tests on counts, for many pilots at once.

Each is one function, registered by name; ``draws`` is the first axis everywhere, what is estimated the last.
Differences are arm less control. Sources stand with the functions.
"""

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, prod

import numpy as np
import scipy

from kik_analysis.errors import ModelError
from kik_analysis.evidence.display import expect
from kik_analysis.pilots.assignment import Counts, gaps, luck, redealt
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.document import CONTROL, SEEN
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics import estimates, intervals
from kik_analysis.statistics.intervals import log_choose
from kik_analysis.statistics.power import sequential
from kik_analysis.statistics.power.cluster_trials import series_columns
from kik_analysis.statistics.tests import TIE, assignment_table

#: Tables less likely than this, given their margins, are left out of a permutation distribution.
NEGLIGIBLE = 1e-12
#: Up to this many assignments of clusters all are gone through.
MOST_ASSIGNMENTS = 20_000
#: How often lots are drawn anew by the design's own rule: for one pilot, for each of many.
REDRAWN = (9_999, 199)


@dataclass(frozen=True, eq=False)
class Fit:
    """Estimates with their standard errors, shape (draws, contrasts); NaN where a fit failed."""

    estimate: arg.Floats
    se: arg.Floats
    df: arg.Floats


def _fit(estimate: arg.Floats, variance: arg.Floats, df: arg.Floats | float = np.inf) -> Fit:
    return Fit(estimate, np.sqrt(np.maximum(variance, 0.0)), np.broadcast_to(df, np.shape(estimate)))


def difference_in_means(counts: Counts, design: Design) -> Fit:
    """Blocks weighted by their share of the frame, variance of Neyman (1923); clusters by their means.

    With clusters: the mean of cluster shares per arm, spread pooled over arms (and within blocks), as in
    Donner and Klar (2000), chapter 6.
    """
    if not design.clustered:
        _, n, x, weights = counts.table(design)
        mean, spread = x / n, x / n * (1.0 - x / n) / (n - 1.0)
        df: arg.Floats | float = np.inf
    else:
        arms, shares = counts.arms(tuple(design.arms)), counts.x / counts.n
        n = counts.summed(arms, counts.block, of=np.ones((1, len(arms))))
        mean = counts.summed(arms, counts.block, of=shares) / n
        squares = counts.summed(arms, counts.block, of=shares**2) - n * mean**2
        df, weights = float(n.sum() - n.size), np.bincount(counts.block) / len(counts.block)
        spread = squares.sum(axis=(1, 2), keepdims=True) / df / n
    return _fit(_summed(design.signs, mean, weights), _summed(design.signs, spread, weights, 2), df)


def _summed(contrast: arg.Floats, values: arg.Floats, weights: arg.Floats, power: int = 1) -> arg.Floats:
    """Return contrasts of a table (draws, arms, blocks); of variances with the squares of all weights."""
    return np.asarray(np.einsum("ka,dab,b->dk", contrast**power, values, weights**power))


def regression(counts: Counts, design: Design) -> Fit:
    """Least squares on arms, blocks, and in a stepped wedge clusters and periods; HC2, or CR2 with clusters.

    HC2: MacKinnon and White (1985). CR2 with degrees of freedom of Bell and McCaffrey (2002): Pustejovsky and
    Tipton (2018), with independent errors of one variance as working model.
    """
    names = tuple(design.arms)
    arms = counts.arms(names)
    wedge = design.kind == "stepped_wedge"
    axes = (counts.cluster, counts.period) if wedge else (counts.block,)
    columns = [(arms[:, None] == np.arange(len(names))).astype(float)]
    columns += [(axis[:, None] == np.arange(1, axis.max() + 1)).astype(float) for axis in axes]
    x = np.concatenate(columns, axis=1)
    n, y = counts.n, counts.x
    bread = np.linalg.pinv(np.einsum("dc,cp,cq->dpq", n, x, x), hermitian=True)
    beta = np.einsum("dpq,dq->dp", bread, y @ x)
    beta[:, : len(names)] += np.where(n @ columns[0] > 0.0, 0.0, np.nan)  # an arm that has nobody left
    fitted = beta @ x.T
    contrast = np.zeros((len(design.contrasts), x.shape[1]))
    contrast[:, : len(names)] = design.signs
    v = np.einsum("kp,dpq,cq->dkc", contrast, bread, x)
    if counts.cluster[0] >= 0:
        variance, df = _cr2(counts, x, bread, v, y - n * fitted)
        return _fit(beta @ contrast.T, variance, df)
    leverage = np.einsum("cp,dpq,cq->dc", x, bread, x)
    squares = (y * (1.0 - fitted) ** 2 + (n - y) * fitted**2) / (1.0 - leverage)
    return _fit(beta @ contrast.T, np.einsum("dkc,dc->dk", v**2, squares))


def _cr2(
    counts: Counts, x: arg.Floats, bread: arg.Floats, v: arg.Floats, residual: arg.Floats
) -> tuple[arg.Floats, arg.Floats]:
    """Variance and degrees of freedom; within a cell people are alike, so that cells carry all there is."""
    root = np.sqrt(counts.n)
    hat = np.einsum("dc,cp,dpq,eq,de->dce", root, x, bread, x, root)
    rest = np.eye(len(x)) - hat
    variance, parts = 0.0, []
    for g in range(int(counts.cluster.max()) + 1):
        mine = np.flatnonzero(counts.cluster == g)
        values, vectors = np.linalg.eigh(rest[:, mine[:, None], mine])
        half = np.where(values > 1e-9, 1.0 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
        adjust = np.einsum("dij,dj,dkj->dik", vectors, half, vectors)
        lead = np.einsum("dki,di,dij->dkj", v[:, :, mine], root[:, mine], adjust)
        own = residual[:, mine] / np.maximum(root[:, mine], TIE)  # nought of a team and period without people
        variance = variance + np.einsum("dkj,dj->dk", lead, own) ** 2
        parts.append(np.einsum("dcj,dkj->dkc", rest[:, :, mine], lead))
    every = np.stack(parts, axis=2)
    inner = np.einsum("dkgc,dkhc->dkgh", every, every)
    return np.asarray(variance), np.einsum("dkgg->dk", inner) ** 2 / (inner**2).sum(axis=(2, 3))


def inverse_probability(counts: Counts, design: Design) -> Fit:
    """People weighted by the inverse chance of their path through two letters.

    Whoever the first letter reaches has weight 1, the others 2 (Murphy 2005; Nahum-Shani et al. 2012), so
    that a path's mean is ``p + (1 - p) q``, and 1 where the first letter reaches everybody. The estimates
    are: first letter, second letter, both new.
    """
    new = next(name for name in design.arms if name != CONTROL)
    repeat, firm = design.document.data.assignment.second

    def share(*names: str) -> tuple[arg.Floats, arg.Floats]:
        mine = [place for place, arm in enumerate(counts.arm) if arm in names]  # a row for each block, or one
        n, x = (one[:, mine].sum(axis=1) for one in (counts.n, counts.x))
        return x / n, x / n * (1.0 - x / n) / (n - 1.0)

    (p1, v1), (p0, v0) = share(new), share(CONTROL)
    (q1, u1), (q0, u0) = share(f"{new}>{firm}"), share(f"{CONTROL}>{repeat}")
    (f, vf), (r, vr) = (share(*(f"{one}>{name}" for one in (new, CONTROL))) for name in (firm, repeat))
    q1, u1, q0, u0 = (np.where(p < 1, x, 0.0) for p, x in ((p1, q1), (p1, u1), (p0, q0), (p0, u0)))
    path = p1 + (1 - p1) * q1 - p0 - (1 - p0) * q0
    spread = (1 - q1) ** 2 * v1 + (1 - p1) ** 2 * u1 + (1 - q0) ** 2 * v0 + (1 - p0) ** 2 * u0
    return _fit(np.stack([p1 - p0, f - r, path], axis=1), np.stack([v1 + v0, vf + vr, spread], axis=1))


def change(counts: Counts, design: Design) -> Fit:
    """Return after less before; with more periods the change in level of a segmented regression.

    Wagner, Soumerai, Zhang and Ross-Degnan (2002): level and trend before, and their changes; least squares
    on the shares of periods. With one period on either side: the difference of two shares.
    """
    lots, names = design.document.data.assignment, tuple(design.arms)
    treated, axes = [names.index(one) for one in design.contrasts], (counts.arms(names), counts.period)
    n, x = (counts.summed(*axes, of=one)[:, treated] for one in (counts.n, counts.x))
    shares = x / n
    if not design.series:
        weight = np.repeat([-1.0 / lots.before, 1.0 / lots.after], [lots.before, lots.after])
        return _fit(shares @ weight, (shares * (1.0 - shares) / (n - 1.0)) @ weight**2)
    columns = series_columns(lots.before, lots.after)
    solved = np.linalg.pinv(columns)
    rest = shares - shares @ (columns @ solved).T
    df = columns.shape[0] - columns.shape[1]
    return _fit(shares @ solved[2], (rest**2).sum(axis=2) / df * (solved[2] @ solved[2]), df)


def cace(counts: Counts, design: Design) -> Fit:
    """Return the effect on those whom the lot moves: intention to treat over uptake (Angrist et al. 1996)."""
    n, _, x, weights = counts.table(design, np.asarray(counts.took).astype(np.int64))
    people, yes = n.sum(axis=3), x.sum(axis=3)
    reach, gain = (_summed(design.signs, one / people, weights) for one in (n[..., 1], yes))
    effect = gain / np.where(np.abs(reach) > TIE, reach, np.nan)  # with as many takers nobody is moved
    by, n, x, people = effect[:, :, None, None], n[:, None], x[:, None], people[:, None]
    first = (yes[:, None] - by * n[..., 1]) / people
    square = (x[..., 0] + x[..., 1] * (1.0 - by) ** 2 + (n - x)[..., 1] * by**2) / people
    spread = (square - first**2) / people
    variance = np.einsum("ka,dkab,b->dk", design.signs**2, spread, weights**2)
    return _fit(effect, variance / reach**2)


ESTIMATORS: dict[str, Callable[[Counts, Design], Fit]] = {
    one.__name__: one for one in (difference_in_means, regression, inverse_probability, change, cace)
}
"""Name in the file -> function; a new one is a function here and a row in ``pilots.toml``."""
ESTIMATORS["mean"] = difference_in_means  # a share is a difference from nothing: its contrast has one arm

# ---- intervals

Limits = tuple[arg.Floats, arg.Floats]


def wald(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Estimate and standard error, with the t distribution where there are degrees of freedom."""
    reach = -scipy.special.stdtrit(fit.df, design.alpha / 2.0) * fit.se
    return fit.estimate - reach, fit.estimate + reach


def newcombe(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Wilson's limits of each arm and block, squared and added (Newcombe 1998; Zou and Donner 2008)."""
    n, _, x, weights = counts.table(design)
    low, high = intervals.limits(x, n, "wilson", 1.0 - design.alpha)
    up, down = np.maximum(design.signs, 0.0), np.maximum(-design.signs, 0.0)

    def reach(first: arg.Floats, second: arg.Floats) -> arg.Floats:
        above, below = (x / n - first) ** 2, (second - x / n) ** 2
        return np.sqrt(_summed(up, above, weights, 2) + _summed(down, below, weights, 2))

    return fit.estimate - reach(low, high), fit.estimate + reach(2 * x / n - high, 2 * x / n - low)


def clopper_pearson(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Exact limits of a share (Clopper and Pearson 1934)."""
    n, _, x, _ = counts.table(design)
    return intervals.limits(x[:, :, 0], n[:, :, 0], "clopper-pearson", 1.0 - design.alpha)


def confidence_sequence(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Limits that hold at every look (``statistics.power.sequential``), at the last one; blocks weighted.

    Tuned to half of the people planned: tuned to those counted so far they would hold at one look only.
    """
    n, _, x, weights = counts.table(design)
    p, gap = (x + 1.0) / (n + 2.0), (x[:, 1:] / n[:, 1:] - x[:, :1] / n[:, :1]) @ weights
    variance, people = (p * (1.0 - p) / n) @ weights**2, n.sum(axis=2)
    together = people[:, 1:] + people[:, :1]
    planned = np.array([design.arms[one] + design.arms[CONTROL] for one in design.contrasts]) // 2
    reach = sequential.reach(variance[:, 1:] + variance[:, :1], together, planned, design.alpha)
    least = n.min(axis=2)
    reach = np.where(np.minimum(least[:, 1:], least[:, :1]) >= sequential.ENOUGH, reach, 2.0)
    return np.maximum(gap - reach, -1.0), np.minimum(gap + reach, 1.0)


def permutation_limits(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Effects that the permutation test on cluster means does not reject, for an effect the same everywhere.

    For each assignment the shifts under which it lies as far out as the seen one form an interval around the
    estimate; a limit is where fewer than alpha of all assignments do.
    """
    seen, moved, overlap = _reassigned(counts, design)
    most = int(design.alpha * moved.shape[1] * (1.0 + TIE))
    ends = np.stack([(seen - moved) / (1.0 - overlap), (seen + moved) / (1.0 + overlap)])
    always = np.isclose(np.abs(overlap), 1.0)
    low = np.sort(np.where(always, -np.inf, ends.min(axis=0)), axis=1)
    high = -np.sort(-np.where(always, np.inf, ends.max(axis=0)), axis=1)
    return low[:, most : most + 1], high[:, most : most + 1]


def manski(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Smallest and largest effect that the unseen outcomes allow (Manski 1989), blocks weighted."""
    n, seen, x, weights = counts.table(design)
    few, many = (x / n) @ weights, ((x + n - seen) / n) @ weights
    return few[:, 1:] - many[:, :1], many[:, 1:] - few[:, :1]


def lee(counts: Counts, design: Design, fit: Fit) -> Limits:
    """Bounds for those who would be seen either way: the arm where more is seen is trimmed (Lee 2009).

    Within blocks, where those who would be seen either way are as many as the arm where less is seen says.
    """
    n, seen, x, weights = counts.table(design)
    either = np.minimum((seen / n)[:, 1:], (seen / n)[:, :1])

    def share(arm: slice) -> Limits:
        kept = np.maximum(n[:, arm] * either, TIE)  # nobody of a block: it has no weight
        return np.maximum(0.0, x[:, arm] - (seen[:, arm] - kept)) / kept, np.minimum(x[:, arm], kept) / kept

    (few, many), (fewest, most) = share(slice(1, None)), share(slice(0, 1))
    w = weights * either / (either @ weights)[..., None]
    return ((few - most) * w).sum(axis=2), ((many - fewest) * w).sum(axis=2)


INTERVALS: dict[str, Callable[[Counts, Design, Fit], Limits]] = {
    "wald": wald,
    "newcombe": newcombe,
    "clopper-pearson": clopper_pearson,
    "confidence_sequence": confidence_sequence,
    "permutation": permutation_limits,
    "manski": manski,
    "lee": lee,
}

# ---- tests


def wald_test(counts: Counts, design: Design, fit: Fit) -> arg.Floats:
    """Estimate over its own standard error, two-sided."""
    p = 2.0 * scipy.special.stdtr(fit.df, -np.abs(fit.estimate / fit.se))
    return np.asarray(np.where((fit.se == 0.0) & np.isfinite(fit.estimate), (fit.estimate == 0.0) * 1.0, p))


def z_test(counts: Counts, design: Design, fit: Fit) -> arg.Floats:
    """The two-share z test: spread pooled over both arms (within blocks)."""
    z = np.abs(fit.estimate) / np.sqrt(pooled_variance(counts, design))
    return np.asarray(np.nan_to_num(2.0 * scipy.special.ndtr(-z), nan=1.0))


def pooled_variance(counts: Counts, design: Design) -> arg.Floats:
    """Return the variance of the z test, which takes all arms of a contrast to be alike within blocks."""
    n, _, x, weights = counts.table(design)
    used = (design.signs != 0.0).astype(float)
    pooled = np.einsum("ka,dab->dkb", used, x) / np.einsum("ka,dab->dkb", used, n)
    spread = pooled * (1.0 - pooled) * np.einsum("ka,dab->dkb", design.signs**2, 1.0 / n)
    return np.asarray(spread @ weights**2)


def permutation_test(counts: Counts, design: Design, fit: Fit) -> arg.Floats:
    """How many assignments lie as far out: all of them for clusters, given the margins for people."""
    if design.kind == "rerandomised":
        return redrawn(counts, design, fit)
    if counts.cluster[0] < 0:
        return given_margins(counts, design, fit, by_chance=False)
    seen, moved, _ = _reassigned(counts, design)
    return np.asarray((np.abs(moved) >= np.abs(seen) - TIE).mean(axis=1)[:, None])


def redrawn(counts: Counts, design: Design, fit: Fit) -> arg.Floats:
    """p among lots drawn anew by the rule of the design, the seen one among them (Morgan and Rubin 2012).

    Drawn are how many people of each block come under the arm, then how many of these have the outcome. Where
    losses left arms less alike than the design accepts, lots that are no less alike are accepted too.
    """
    axes, every = (counts.arms(tuple(design.arms)), counts.block), np.broadcast_to(counts.n, counts.x.shape)
    n, x = (counts.summed(*axes, of=one).astype(np.int64) for one in (every, counts.x))
    most = np.maximum(design.number("data.assignment.tolerance"), gaps(n))
    many, rng = REDRAWN[len(x) > 1], luck(design, 0)
    sizes, pools, yes = n.sum(axis=2), n.sum(axis=1), x.sum(axis=1)[:, None]
    _, first, which = np.unique(np.c_[sizes, pools, most], axis=0, return_index=True, return_inverse=True)
    same = np.repeat(first, many)  # pilots with the same sizes share their lots
    drawn = redealt(design, rng, sizes[same], pools[same], most[same])[:, 1].astype(np.int64)
    treated = drawn.reshape(len(first), many, -1)[which.ravel()]
    had = rng.hypergeometric(yes, pools[:, None] - yes, treated).sum(axis=2)
    moved = np.abs(had / sizes[:, 1:] - (yes.sum(axis=2) - had) / sizes[:, :1])
    return np.asarray((1.0 + (moved >= np.abs(fit.estimate) - TIE).sum(axis=1, keepdims=True)) / (many + 1.0))


def _reassigned(counts: Counts, design: Design) -> tuple[arg.Floats, arg.Floats, arg.Floats]:
    """Return the seen difference in cluster means, that under every assignment, and their likeness to it."""
    shares, treated = counts.x / counts.n, np.array([one != CONTROL for one in counts.arm])
    weights, own, rows = np.bincount(counts.block) / len(counts.block), np.zeros(len(treated)), []
    groups = [np.flatnonzero(counts.block == b) for b in range(len(weights))]
    if (ways := prod(comb(len(mine), int(treated[mine].sum())) for mine in groups)) > MOST_ASSIGNMENTS:
        key = "interval" if design.document.answer.interval == "permutation" else "test"
        what = f"at most {MOST_ASSIGNMENTS} assignments of clusters are gone through"
        raise design.wrong(f"answer.{key}", what, str(ways), "wald")
    for mine, weight in zip(groups, weights, strict=True):
        k = int(treated[mine].sum())
        each, others = weight / k, -weight / (len(mine) - k)
        chosen = assignment_table(len(mine), k)
        row = np.zeros((len(chosen), len(treated)))
        row[:, mine] = others
        np.put_along_axis(row, mine[chosen], each, axis=1)
        rows.append(row)
        own[mine] = np.where(treated[mine], each, others)
    table = np.array([np.sum(parts, axis=0) for parts in itertools.product(*rows)])
    centred = shares - shares.mean(axis=1, keepdims=True)
    return (centred @ own)[:, None], centred @ table.T, table @ treated.astype(np.float64)


def given_margins(counts: Counts, design: Design, fit: Fit, *, by_chance: bool = True) -> arg.Floats:
    """p given how many have the outcome in each block: hypergeometric tables, which add up over blocks.

    Ordered by the weighted difference; or by the chance of how many in the arm have the outcome, which is
    Fisher's exact test, over blocks that of Mantel and Haenszel (Mehta, Patel and Gray 1985), as
    mantelhaen.test of R.
    """
    _, seen, x, weights = counts.table(design)
    p = np.ones((len(x), len(design.contrasts)))
    for k in range(p.shape[1]):
        sizes, yes = (one[:, [k + 1, 0]].transpose(0, 2, 1).astype(np.int64) for one in (seen, x))
        margins = np.concatenate([sizes, yes.sum(axis=2, keepdims=True)], axis=2)
        unique, which, many = np.unique(margins, axis=0, return_inverse=True, return_counts=True)
        groups = np.split(np.argsort(which.ravel(), kind="stable"), np.cumsum(many)[:-1])
        number, gaps = yes[:, :, 0].sum(axis=1), (yes / sizes) @ np.array([1.0, -1.0]) @ weights
        for mine, row in zip(groups, unique.tolist(), strict=True):
            if by_chance:
                least, of_each = _fisher(tuple(map(tuple, row)))
                p[mine, k] = of_each[number[mine] - least]
            else:
                value, chance = np.zeros(1), np.ones(1)
                for (n1, n0, total), weight in zip(row, weights, strict=True):
                    found, mass = _block(n1, n0, total)
                    gap = weight * (found / n1 - (total - found) / n0)
                    value, chance = np.add.outer(value, gap).ravel(), np.outer(chance, mass).ravel()
                    kept = chance > NEGLIGIBLE * chance.max()
                    value, chance = value[kept], chance[kept]
                order = np.argsort(np.abs(value))
                tail = np.append(np.cumsum(chance[order][::-1])[::-1], 0.0)
                p[mine, k] = tail[np.searchsorted(np.abs(value)[order], np.abs(gaps[mine]) - TIE)]
    return np.minimum(p, 1.0)


@functools.lru_cache(10_000)  # blocks with the same margins lie beside ever other blocks
def _block(n1: int, n0: int, total: int) -> tuple[arg.Floats, arg.Floats]:
    """Return how many of a block's outcomes can lie in the arm, and how likely each number is."""
    yes = np.arange(max(0, total - n0), min(n1, total) + 1.0)
    return yes, np.exp(log_choose(n1, yes) + log_choose(n0, total - yes) - log_choose(n1 + n0, total))


@functools.lru_cache(100_000)  # a search and an enumeration meet the same margins again and again
def _fisher(margins: tuple[tuple[int, int, int], ...]) -> tuple[int, arg.Floats]:
    """Return the fewest outcomes that can lie in the arm over all blocks, and p for every number from it."""
    least, chance = 0, np.ones(1)
    for row in margins:
        yes, mass = _block(*row)
        least, chance = least + int(yes[0]), np.convolve(chance, mass)
    ordered = np.sort(chance)
    return least, np.cumsum(ordered)[np.searchsorted(ordered, chance * (1.0 + 1e-7), side="right") - 1]


def e_process(counts: Counts, design: Design, fit: Fit) -> arg.Floats:
    """p that may be looked at every time: one over the largest evidence so far of the safe 2x2 test.

    Evidence of blocks is multiplied (Turner and Grunwald 2023): each is a fair bet where arms are alike.
    """
    n, _, x, _ = counts.table(design, counts.period)
    evidence = estimates.e_process(x[:, 1:], n[:, 1:], *np.broadcast_arrays(x[:, :1], n[:, :1], x[:, 1:])[:2])
    return np.asarray(np.minimum(1.0, 1.0 / evidence.prod(axis=2).max(axis=2)))


TESTS: dict[str, Callable[[Counts, Design, Fit], arg.Floats]] = {
    "wald": wald_test,
    "z": z_test,
    "fisher": given_margins,
    "permutation": permutation_test,
    "e_process": e_process,
}


Own = Callable[[Counts, Design], Fit]
"""An estimator of one's own: what it is called with, and what it returns."""


def answers(pilots: Sequence[tuple[Design, Counts]], own: Own | None = None) -> list[dict[str, arg.Floats]]:
    """Return the answers of a pilot's outcomes, the first one first; p of the others by Holm's rule."""
    found = [answer(design, counts, own) for design, counts in pilots]
    if len(found) > 1:
        p = np.nan_to_num(np.hstack([one["p"] for one in found[1:]]), nan=1.0)
        adjusted = np.split(np.apply_along_axis(estimates.holm, 1, p), len(found) - 1, axis=1)
        found[1:] = [one | {"p": p} for one, p in zip(found[1:], adjusted, strict=True)]
    return found


def answer(design: Design, counts: Counts, estimator: Own | None = None) -> dict[str, arg.Floats]:
    """Return estimate, limits and p of every pilot as the design announces them: each (draws, contrasts).

    ``estimator`` takes the place of the announced one. Without a test p is 0 where the limits leave out no
    effect, else 1.
    """
    said = design.document.answer
    with np.errstate(all="ignore"):
        fit = (estimator or ESTIMATORS[said.estimator])(counts, design)
        expect(fit, Fit, "diagnose: estimator", "a Fit of estimates with their errors", "estimators.Fit")
        asked = (len(counts.x), len(design.contrasts))
        if estimator and any(np.shape(part) != asked for part in (fit.estimate, fit.se)):
            got = f"{np.shape(fit.estimate)}, {np.shape(fit.se)}"
            what = "diagnose: estimator: a row for each draw, a column for each contrast"
            raise ModelError(f"{what} (got {got}; expected {asked})")
        low, high = INTERVALS[said.interval](counts, design, fit)
        out = np.where((low > 0.0) | (high < 0.0), 0.0, 1.0)
        p = out if said.test == "none" else TESTS[said.test](counts, design, fit)
    estimate = (low + high) / 2.0 if said.interval in SEEN else fit.estimate  # bounds have none: their middle
    return {"estimate": estimate, "low": low, "high": high, "p": p}
