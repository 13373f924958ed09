"""The data strategy: who comes under which arm, and the counts that a pilot would bring in.

A pilot is counted in *cells*: people of one block (or cluster, or period) in one arm. For yes or no these
counts say all there is, so that draws are of counts; people are drawn one by one to check them. Units are
exchangeable: which team comes first makes no difference to chance. Without a source of chance every draw is
its own mean: the counts that are expected, from which the flow of a pilot is made (``docs/pilots.md``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from kik_analysis.errors import ModelError
from kik_analysis.pilots.design import ALL, Design
from kik_analysis.pilots.document import CONTROL
from kik_analysis.statistics import arguments as arg
from kik_analysis.statistics.intervals import binomial_pmf
from kik_analysis.statistics.rounding import shared_out

Integers = NDArray[np.int64]
Rng = np.random.Generator
#: How often an assignment is drawn anew before a rerandomised design is called impossible.
PATIENCE = 10_000
NEVER = 1e-12  # a chance that has a beta distribution around it, and never comes


@dataclass(frozen=True, eq=False)
class Counts:
    """What a pilot brings in: per cell how many people, and how many of them with the outcome.

    ``arm``: name of the arm, one per cell; what follows a first letter is called ``less>firm``. ``block``,
    ``cluster``, ``period``: whole numbers from 0, one per cell; the cluster is -1 where lots fall on people.
    ``n``, ``x``: people counted, and those with the outcome: shape (draws, cells); ``n`` may have one row for
    all. ``seen``: people whose outcome is seen, of whom ``x`` are with it; None where that is everybody.
    ``took``: whether the cell holds those who got what their arm offers; None where nobody asks.
    """

    arm: tuple[str, ...]
    block: Integers
    cluster: Integers
    period: Integers
    n: arg.Floats
    x: arg.Floats
    seen: arg.Floats | None = None
    took: NDArray[np.bool_] | None = None

    def summed(self, *axes: Integers, of: arg.Floats) -> arg.Floats:
        """Return counts added up over cells: shape (draws, size of each axis); an axis is a code per cell."""
        shape = tuple(int(one.max()) + 1 for one in axes)
        flat = np.ravel_multi_index(axes, shape)
        into = np.zeros((len(flat), int(np.prod(shape))))
        into[np.arange(len(flat)), flat] = 1.0
        return np.asarray((of @ into).reshape(len(of), *shape))

    def table(self, design: Design, *more: Integers) -> tuple[arg.Floats, arg.Floats, arg.Floats, arg.Floats]:
        """Return people, people seen and outcomes by arm and block (or a further axis), and blocks' weights.

        Where lots are not drawn within blocks, these are one block.
        """
        blocked = design.kind == "blocked"
        block = self.block if blocked else np.zeros_like(self.block)
        arms, three = self.arms(tuple(design.arms)), (self.n, self.x, self.seen)
        n, x, *rest = (self.summed(arms, block, *more, of=one) for one in three if one is not None)
        n, seen = (np.broadcast_to(one, x.shape) for one in (n, *(rest or [n])))
        return n, seen, x, design.weights if blocked else np.ones(1)

    def arms(self, names: tuple[str, ...]) -> Integers:
        """Return the place of each cell's arm among names."""
        return np.array([names.index(one) for one in self.arm])


def _cells(arms: tuple[str, ...], *sizes: int) -> tuple[tuple[str, ...], Integers, Integers]:
    """Return arm, block and period per cell, for all combinations."""
    a, b, t = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(arms), *sizes)), indexing="ij"))
    return tuple(arms[k] for k in a), b, t


def offered(design: Design, arm: str) -> arg.Floats:
    """Return the chance of the outcome per block for people drawn for an arm, whether they took it or not."""
    base = design.rates[CONTROL]
    return np.asarray(base + design.uptake.get(arm, 0.0) * (design.rates[arm] - base))


def chances(design: Design, arm: tuple[str, ...], block: Integers, period: Integers) -> arg.Floats:
    """Return the chance of the outcome per cell: before the change as it was, and the chosen as they are."""
    lots = design.document.data.assignment
    before = lots.before if design.document.answer.estimator == "change" else 0
    p = np.array([offered(design, a)[b] for a, b in zip(arm, block, strict=True)])
    if "model.before" in design.values:
        p = np.where(period < before, design.number("model.before"), p)
    if design.kind == "none" and not design.seen:
        p = p + design.number("model.selection") * (np.array(arm) != CONTROL) * (period >= before)
    return np.asarray(np.clip(p, 0.0, 1.0))


# ---- lots


def _dealt(rng: Rng, arms: Integers, blocks: Integers) -> arg.Floats:
    """Return how many of each block come under each arm by lot, from how many there are: (draws, ...)."""
    left, found = blocks, []
    for wanted in arms.T:
        part = np.empty_like(left)
        for block in range(left.shape[1]):
            others = left[:, block + 1 :].sum(axis=1)
            part[:, block] = rng.hypergeometric(left[:, block], others, wanted)
            wanted = wanted - part[:, block]
        left = left - part
        found.append(part)
    return np.stack(found, axis=1).astype(np.float64)


def _by_lot(design: Design, rng: Rng | None, draws: int) -> arg.Floats:
    if len(design.blocks) == 1 or design.kind == "blocked" or rng is None:
        return np.array([[list(one.values()) for one in design.sizes.values()]])
    arms, blocks = (np.tile(list(one.values()), (draws, 1)) for one in (design.arms, design.blocks))
    most = design.number("data.assignment.tolerance") if design.kind == "rerandomised" else 1.0
    return redealt(design, rng, arms, blocks, np.full(draws, most))


def cluster_table(design: Design) -> tuple[tuple[str, ...], Integers, Integers]:
    """Return arm, block and people of every cluster; chance decides only which cluster is which."""
    sizes = list(design.blocks.values()) if design.kind == "blocked_cluster" else [1]
    many, left = shared_out(design.clusters, list(map(Fraction, sizes))), dict(design.arms)
    left[""] = design.clusters - sum(left.values())
    arm: list[str] = []
    for clusters in many:
        parts = shared_out(clusters, [Fraction(n) for n in left.values()])
        arm += [name for name, part in zip(left, parts, strict=True) for _ in range(part)]
        left = {name: n - part for (name, n), part in zip(left.items(), parts, strict=True)}
    kept = np.array([bool(one) for one in arm])
    people = np.array(shared_out(design.people, [Fraction(1)] * design.clusters))
    return tuple(filter(None, arm)), np.repeat(np.arange(len(many)), many)[kept], people[kept]


def groups(design: Design) -> list[tuple[int, list[int]]]:
    """Return units, and units per arm, of each part of the frame within which lots are drawn."""
    whole = design.clusters or design.people
    if design.kind == "stepped_wedge":
        steps = design.document.data.assignment.steps
        return [(whole, [whole // steps] * steps)]
    if design.kind == "blocked_cluster":
        arm, block, _ = cluster_table(design)
        cells = [[a for a, b in zip(arm, block, strict=True) if b == k] for k in range(int(block.max()) + 1)]
        many = shared_out(design.clusters, list(map(Fraction, design.blocks.values())))
        drawn = zip(many, cells, strict=True)
        return [(whole, [cell.count(name) for name in design.arms]) for whole, cell in drawn]
    if design.kind == "blocked":
        return [(n, [int(one[name]) for one in design.sizes.values()]) for name, n in design.blocks.items()]
    return [(whole, list(design.arms.values()))]


def lots(design: Design, rng: Rng, draws: int = 1) -> NDArray[np.int8]:
    """Return the arm of every unit, as its place in ``design.arms``: shape (draws, people or clusters).

    The number of arms stands for "in no arm". People stand block by block; clusters too. In a stepped wedge
    the number is the step at which a cluster crosses over, from 0.
    """
    if design.kind != "rerandomised":
        return _drawn(rng, draws, groups(design))
    people, found = design.blocks.values(), _by_lot(design, rng, draws).astype(np.int64)
    parts = (list(zip(people, one.T.tolist(), strict=True)) for one in found)
    return np.concatenate([_drawn(rng, 1, one) for one in parts])


def gaps(people: NDArray[Any]) -> arg.Floats:
    """Return the largest difference between arms in any block's share, from people by arm and block."""
    return np.asarray(np.ptp(people / people.sum(axis=2, keepdims=True), axis=1).max(axis=1))


def redealt(design: Design, rng: Rng, arms: Integers, blocks: Integers, most: arg.Floats) -> arg.Floats:
    """Return lots as :func:`_dealt` does, each drawn anew until its gaps are ``most`` at most."""
    found, rows = _dealt(rng, arms, blocks), np.arange(len(arms))
    for _ in range(PATIENCE):
        rows = rows[gaps(found[rows]) > most[rows]]
        if not len(rows):
            return found
        found[rows] = _dealt(rng, arms[rows], blocks[rows])
    what = f"no lot of {PATIENCE} keeps arms as alike in every block as this; choose a larger one"
    raise design.wrong("data.assignment.tolerance", what, f"{most[rows[0]]:g}", "or kind: blocked")


def _drawn(rng: Rng, draws: int, groups: list[tuple[int, list[int]]]) -> NDArray[np.int8]:
    found = []
    for size, arms in groups:
        keys, ends = rng.random((draws, size)), np.cumsum(arms)
        ends = ends[ends < size]
        limits = np.partition(keys, ends, axis=1)[:, ends] if len(ends) else keys[:, :0]
        codes = np.zeros(keys.shape, np.int8)
        for limit in limits.T:
            codes += keys >= limit[:, None]
        found.append(codes)
    return np.concatenate(found, axis=1)


# ---- outcomes


def binomial(rng: Rng | None, draws: int, n: arg.Floats, p: arg.Floats, icc: float = 0.0) -> arg.Floats:
    """Return counts with the outcome, shape (draws, cells), for chances ``p`` per cell (or draw and cell).

    Cells of a fixed size are drawn by inversion, one chance per draw and cell, so that designs in a grid
    share their luck.
    """
    from scipy.stats import betabinom

    if rng is None:
        return n * p
    if len(n) == 1 and p.ndim == 1:
        u = rng.random((draws, n.shape[1]))
        x, scale = np.empty_like(u), (1.0 - icc) / max(icc, 1e-300)
        for c, (many, one) in enumerate(zip(n[0].astype(int).tolist(), p.tolist(), strict=True)):
            if icc == 0.0 or one in (0.0, 1.0):
                mass = binomial_pmf(many, one)
            else:
                mass = betabinom.pmf(np.arange(many + 1), many, one * scale, (1.0 - one) * scale)
            x[:, c] = np.minimum(np.searchsorted(np.cumsum(mass), u[:, c]), many)
        return x
    whole = np.broadcast_to(n, (draws, n.shape[1])).astype(np.int64)
    if icc > 0.0:
        p = np.clip(p, NEVER, 1.0 - NEVER)  # where nobody, or everybody, has the outcome clusters are alike
        p = rng.beta(p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc, whole.shape)
    return rng.binomial(whole, p).astype(np.float64)


def _stayed(design: Design, rng: Rng | None, draws: int, n: arg.Floats, arm: tuple[str, ...]) -> arg.Floats:
    lost = np.array([design.attrition[one] for one in arm])
    return binomial(rng, draws, np.repeat(n, draws // len(n), axis=0), 1.0 - lost) if lost.any() else n


def _people(design: Design, rng: Rng | None, draws: int) -> Counts:
    """Lots on people, and groups chosen by hand; with ``change`` each group in periods before and after."""
    said, lots = design.document.answer, design.document.data.assignment
    periods = lots.before + lots.after if said.estimator == "change" else 1
    sizes = _by_lot(design, rng, draws)
    arm, block, period = _cells(tuple(design.arms), sizes.shape[2], periods)
    n = _stayed(design, rng, draws, np.repeat(sizes.reshape(len(sizes), -1), periods, axis=1), arm)
    cluster, p = np.full(len(block), -1), chances(design, arm, block, period)
    if design.seen:  # those seen in one arm only differ by model.selection
        share = np.array([design.seen[one] for one in arm])
        extra = 1.0 - min(design.seen.values()) / np.maximum(share, 1e-300)
        seen = binomial(rng, draws, n, share)
        p = np.clip(p + extra * design.number("model.selection"), 0.0, 1.0)
        return Counts(arm, block, cluster, period, n, binomial(rng, draws, seen, p), seen)
    if said.estimator != "cace":
        found = Counts(arm, block, cluster, period, n, binomial(rng, draws, n, p))
        return followed(found, rng, said.looks) if said.test == "e_process" and rng is not None else found
    shares = np.array([0.0 if one == CONTROL else design.uptake[one] for one in arm])
    took = binomial(rng, draws, n, shares)
    n, takes = np.concatenate([took, n - took], axis=1), np.repeat([True, False], len(arm))
    block, cluster, period = (np.tile(one, 2) for one in (block, cluster, period))
    p = np.array([design.rates[a][b] for a, b in zip((*arm, *[CONTROL] * len(arm)), block, strict=True)])
    return Counts(arm * 2, block, cluster, period, n, binomial(rng, draws, n, p), took=takes)


def followed(counts: Counts, rng: Rng, looks: int) -> Counts:
    """Return the same counts look by look: people come in any order, equally many new ones at each look."""
    left, yes = np.broadcast_to(counts.n, counts.x.shape).astype(np.int64), counts.x.astype(np.int64)
    n, x = [], []
    for look in range(looks):
        part = -(-left // (looks - look))
        found = rng.hypergeometric(yes, left - yes, part)
        left, yes = left - part, yes - found
        n.append(part.astype(np.float64))
        x.append(found.astype(np.float64))
    block, cluster = (np.tile(one, looks) for one in (counts.block, counts.cluster))
    period = np.repeat(np.arange(looks), len(counts.arm))
    return Counts(counts.arm * looks, block, cluster, period, np.hstack(n), np.hstack(x))


def _clusters(design: Design, rng: Rng | None, draws: int) -> Counts:
    arm, block, people = cluster_table(design)
    n, cv = people[None, :].astype(np.float64), design.number("model.size_cv")
    if cv and rng is not None:  # one person and others, in whole people, so many on average as the file says
        others, spread = np.maximum(n - 1.0, NEVER), (cv * n) ** 2
        found = rng.gamma(others**2 / spread, spread / others, (draws, len(arm)))
        n = 1.0 + np.floor(found + rng.random(found.shape))
    rates = {one: offered(design, one) for one in design.arms}
    by_block = design.kind == "blocked_cluster"
    p = [rates[a][b] if by_block else rates[a] @ design.weights for a, b in zip(arm, block, strict=True)]
    n = _stayed(design, rng, draws, n, arm)
    x = binomial(rng, draws, n, np.array(p), design.number("model.icc"))
    return Counts(arm, block, np.arange(len(arm)), np.zeros_like(block), n, x)


def _wedge(design: Design, rng: Rng | None, draws: int) -> Counts:
    """Clusters cross over in steps; new people in every period. A cluster keeps its place among clusters."""
    lots, icc = design.document.data.assignment, design.number("model.icc")
    many = (design.clusters, lots.before + lots.after * lots.steps)
    cluster, period = (axis.ravel() for axis in np.meshgrid(*map(np.arange, many), indexing="ij"))
    treated = period >= lots.before + lots.after * (cluster // (design.clusters // lots.steps))
    arm = tuple("treated" if one else CONTROL for one in treated)
    people = np.array([shared_out(design.people, [Fraction(1)] * len(arm))], dtype=np.float64)
    p = np.array([offered(design, one) @ design.weights for one in ("treated", CONTROL)])
    p = np.clip(p, NEVER, 1.0 - NEVER)
    rates = np.broadcast_to(p[:, None, None], (2, draws, design.clusters))
    if icc and rng is not None:
        u, scale = rng.random((draws, design.clusters)), (1.0 - icc) / icc
        rates = np.stack([scipy.special.betaincinv(one * scale, (1.0 - one) * scale, u) for one in p])
    n = _stayed(design, rng, draws, people, arm)
    x = binomial(rng, draws, n, np.where(treated, rates[0][:, cluster], rates[1][:, cluster]))
    return Counts(arm, np.zeros_like(cluster), cluster, period, n, x)


def _two_stage(design: Design, rng: Rng | None, draws: int) -> Counts:
    """A first letter by lot; half of those it does not reach get a firm second one, half a repeat."""
    arm, w = tuple(design.arms), design.weights
    n = _stayed(design, rng, draws, np.array([list(design.arms.values())], dtype=np.float64), arm)
    x = binomial(rng, draws, n, np.array([offered(design, one) @ w for one in arm]))
    people, reached, left = [np.broadcast_to(n, x.shape)], [x], (n - x) / 2.0
    # half of the time somebody is left over, for the firm letter
    halves = (left - 0.25, left + 0.25) if rng is None else (np.floor(left), np.ceil(left))
    second = design.document.data.assignment.second
    for name, part in zip(second, halves, strict=True):
        people.append(part)
        reached.append(binomial(rng, draws, part, np.full(len(design.arms), design.rates[name] @ w)))
    arm += tuple(f"{one}>{name}" for name in second for one in design.arms)
    flat = np.zeros(len(arm), dtype=np.int64)
    return Counts(arm, flat, flat - 1, flat, np.concatenate(people, axis=1), np.concatenate(reached, axis=1))


DRAWN: dict[str, Callable[[Design, Rng | None, int], Counts]] = {
    **dict.fromkeys(("complete", "blocked", "factorial", "rerandomised", "none"), _people),
    **dict.fromkeys(("cluster", "blocked_cluster"), _clusters),
    "stepped_wedge": _wedge,
    "two_stage": _two_stage,
}
"""Kind of assignment -> what draws the counts of many pilots."""


def expected(design: Design) -> Counts:
    """Return the counts that a pilot brings in on average, as those of one draw."""
    return DRAWN[design.kind](design, None, 1)


def persons(design: Design, rng: Rng, draws: int) -> tuple[Counts, arg.Floats]:
    """Return counts from people drawn one by one, and the true differences in each frame.

    Chance gives each person one number: the outcome under an arm is there where that number lies below the
    arm's rate. So it checks the draws of counts, which use neither that number nor the lots.
    """
    names, blocks = tuple(design.arms), list(design.blocks.values())
    codes, edges = lots(design, rng, draws), np.cumsum([0, *blocks])
    u = rng.random((draws, design.people), dtype=np.float32)
    n, x, every = np.zeros((3, draws, len(names), len(blocks)))
    for b in range(len(blocks)):
        part = slice(edges[b], edges[b + 1])
        for a, name in enumerate(names):
            yes, mine = u[:, part] < np.float32(offered(design, name)[b]), codes[:, part] == a
            n[:, a, b], x[:, a, b] = np.count_nonzero(mine, axis=1), np.count_nonzero(mine & yes, axis=1)
            every[:, a, b] = np.count_nonzero(yes, axis=1)
    shares = every.sum(axis=2) / design.people
    arm, block, period = _cells(names, len(blocks), 1)
    counts = Counts(arm, block, np.full_like(block, -1), period, n.reshape(draws, -1), x.reshape(draws, -1))
    return counts, np.stack([shares[:, names.index(one)] - shares[:, 0] for one in design.contrasts], axis=1)


# ---- the flow


@dataclass(frozen=True)
class Step:
    """One box: its layer, its step, the arm (or block) it belongs to, its people, the boxes it comes from.

    ``step`` and ``arm`` are names: ``pilots.step`` in the texts, and the names that the design file gives.
    """

    layer: int
    step: str
    arm: str
    people: int
    after: tuple[int, ...] = ()


def added_up(name: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the boxes of a flow; each points by place to the boxes that its people come from.

    ModelError when people appear or vanish: boxes with the same origin must add up to it.
    """
    for place, one in enumerate(steps):
        boxes = [steps[origin] for origin in one.after if origin < place]
        if one.people < 0 or len(boxes) < len(one.after):
            what = f"{one.people} people" if one.people < 0 else "it comes before its origin"
            raise ModelError(f"flow {name}: {one.step} {one.arm}: {what}; it cannot be drawn")
        given = sum(box.people for box in boxes)
        out = sum(other.people for other in steps if other.after == one.after)
        if boxes and given != out:
            names = " and ".join(f"{box.step} {box.arm}".strip() for box in boxes)
            raise ModelError(
                f"flow {name}: {given} people in {names}, {out} come out of it; the numbers do not add up "
                "and cannot be drawn"
            )
    return steps


def flow(design: Design) -> tuple[Step, ...]:
    """Return the flow that a design expects at its numbers: whole people, shared out so that all adds up."""
    named = {name: int(design.values[f"model.named.{name}"]) for name in design.document.model.named}
    blocks = named or {name: people for name, people in design.blocks.items() if name != ALL}
    steps = [Step(0, "block", name, people) for name, people in blocks.items()]
    origins = tuple(range(len(steps)))
    if named:
        steps.append(Step(1, "left_out", "", sum(named.values()) - design.people, origins))
    steps.append(Step(1, "frame", "", design.people, origins))
    counts, arms = expected(design), dict[str, dict[str, Fraction]]()
    known = counts.n if counts.seen is None else counts.seen
    change = design.document.answer.estimator == "change"  # the pilot is the last period
    last = counts.period == counts.period.max() if change else True
    for arm in dict.fromkeys(counts.arm):
        mine = last & np.array([one == arm for one in counts.arm])
        n, seen, x = (Fraction(float(one[0, mine].sum())) for one in (counts.n, known, counts.x))
        arms[arm] = {"with": x, "without": seen - x}
        if ">" not in arm:
            arms[arm]["lost"] = n / (1 - Fraction(design.attrition[arm])) - seen
    drawn = sum(sum(ends.values()) for arm, ends in arms.items() if ">" not in arm)
    if 2 * (outside := Fraction(design.people - drawn)) > 1:
        arms[""] = {"outside": outside}
    left = {"": len(steps) - 1}  # the box that what follows an arm comes from
    for head in ("", *filter(None, arms)):
        names, origin = [arm for arm in arms if arm.rpartition(">")[0] == head], left[head]
        sizes = [sum(arms[name].values(), Fraction(0)) for name in names]
        for name, people in zip(names, shared_out(steps[origin].people, sizes), strict=True):
            layer, place = steps[origin].layer + 1, len(steps)
            steps.append(Step(layer, "arm" if name else "outside", name, people, (origin,)))
            ends = shared_out(people, list(arms[name].values())) if name else []
            for step, part in zip(arms[name] if name else (), ends, strict=True):
                if step == "without":
                    left[name] = len(steps)
                steps.append(Step(layer + 1, step, name, part, (place,)))
    return added_up(design.name, tuple(steps))


def luck(design: Design, seed: int) -> Rng:
    """Return the source of chance of a design and a seed."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(design.hash[:12], 16)])))


def without_effect(design: Design, draws: int, seed: int) -> tuple[Design, Counts, Rng]:
    """Return a design whose effect is nought, all else as it says, counts of such pilots, and the rng."""
    null = design.replace({"model.effect": 1.0 if design.document.model.scale == "odds_ratio" else 0.0})
    rng = luck(design, seed)
    return null, DRAWN[null.kind](null, rng, draws), rng
