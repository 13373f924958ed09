"""Branch and bound (Land & Doig 1960): the largest value of a linear form in whole numbers, proved.

Every node is narrowed exactly, then relaxed by HiGHS; what prunes it is an exact limit, and what counts as
a world is checked exactly. So the result does not rest on the word of a floating-point solver.
"""

from __future__ import annotations

import heapq
import math
from fractions import Fraction

from kik_analysis.errors import RunError
from kik_analysis.statistics.certificates import allowed, elastic, outer_limit, world_near
from kik_analysis.statistics.highs import Limits, Program, program, relaxed, whole
from kik_analysis.statistics.linear_system import Form, System, World
from kik_analysis.statistics.propagation import dive, narrow, plain

MOST_NODES = 20_000
FEW_NODES = 12
"""Nodes after which HiGHS's own mixed-integer search is asked for a good world."""
FAR = 10**7
"""Where unlimited unknowns are cut off to look for one large value before an endless direction is sought."""


def unproved(what: str) -> RunError:
    """Return the error to raise when an answer could not be proved."""
    return RunError(f"the solver found {what} that it could not prove; simplify or rescale the system")


def _impossible(system: System, limits: Limits) -> bool:
    """Tell whether no world exists even with counts divisible, by an exact proof."""
    eased, minus_amount = elastic(system, limits)
    given = program(eased)
    answer = relaxed(given, minus_amount, given.limits)
    proved = outer_limit(given, minus_amount, given.limits, answer) if answer.status == "optimal" else None
    return proved is not None and proved < 0


def _split(limits: Limits, name: str, value: float) -> tuple[Limits, Limits]:
    """Return the limits below and above a broken value of a whole unknown."""
    low, high = limits[name]
    below = math.floor(value)
    return {**limits, name: (low, below)}, {**limits, name: (below + 1, high)}


def _between(limits: tuple[int | Fraction | None, int | Fraction | None], value: float) -> bool:
    low, high = limits
    return (low is None or low < value) and (high is None or value < high)


def _most_broken(system: System, limits: Limits, x: tuple[float, ...]) -> tuple[str, float] | None:
    """Return the whole unknown that is farthest from a whole number, with its value.

    A value outside an unknown's limits is none: to split there would widen them.
    """
    if not x:
        return None
    counted = [
        (one.name, value)
        for one, value in zip(system.variables, x, strict=True)
        if one.whole and _between(limits[one.name], value)
    ]
    name, value = max(counted, key=lambda pair: abs(pair[1] - round(pair[1])), default=("", 0.0))
    return (name, value) if abs(value - round(value)) > 1e-6 else None


def _widest(system: System, limits: Limits) -> tuple[str, float]:
    """Return the whole unknown with the widest range, with its middle: where to split without help.

    Raises
    ------
    RunError
        When no whole unknown with limits is left to split.
    """
    ranges = [(one.name, limits[one.name]) for one in system.variables if one.whole]
    widths = [(high - low, name, low) for name, (low, high) in ranges if low is not None and high is not None]
    width, name, low = max(widths, default=(0, "", 0))
    if width == 0:
        raise unproved("a world")
    return name, float(low + width // 2)


def _reach(form: Form, limits: Limits) -> int | Fraction | None:
    """Return how large a form is at most when each unknown goes to its own limit; None for no limit."""
    total: int | Fraction = plain(form.constant)
    for name, factor in form.terms:
        end = limits[name][1 if factor > 0 else 0]
        if end is None:
            return None
        total += plain(factor) * end
    return total


class OpenEndedError(Exception):
    """HiGHS knows no largest value: the form may grow for ever, or nothing may be possible."""


class Search:
    """Branch and bound, the node with the highest proved limit first.

    Parameters
    ----------
    given
        The program.
    form
        The form to maximise, with whole, coprime coefficients and no constant.
    above
        With a number, any world whose value lies above it will do; without, the best is sought.
    """

    def __init__(self, given: Program, form: Form, above: Fraction | None = None) -> None:
        self.given = given
        self.form = form
        self.above = above
        self.counted = frozenset(variable.name for variable in given.system.variables if variable.whole)
        self.step = form.names <= self.counted
        self.best: tuple[Fraction, World] | None = None
        self.open: list[tuple[int | Fraction, int, Limits, tuple[float, ...]]] = []
        self.visited = 0

    def hopeful(self, proved: int | Fraction) -> bool:
        """Tell whether a value would be an improvement."""
        if self.best is not None:
            return proved > self.best[0]
        return self.above is None or proved > self.above

    def offer(self, limits: Limits, x: tuple[float, ...]) -> None:
        """Keep the exact world near a floating-point one, if it is the best so far."""
        world = world_near(self.given, limits, x)
        if world is not None and self.hopeful(value := self.form.at(world)):
            self.best = (value, world)

    def settle(self, limits: Limits) -> None:
        """Decide a node in which a single world is left: no solver is needed, or could help."""
        world = {name: Fraction(low) for name, (low, _) in limits.items() if low is not None}
        if len(world) == len(limits) and allowed(self.given, limits, world):
            self.best = (self.form.at(world), world)

    def dive(self, limits: Limits, reach: int | Fraction | None) -> bool:
        """Try for a world without a solver: one that is enough, or one that reaches what no world passes."""
        goal = reach if self.above is None else math.floor(self.above) + 1
        if goal is None or not self.step:
            return False
        goal = min(goal, reach) if reach is not None else goal
        row = (tuple((name, -int(factor)) for name, factor in self.form.terms), goal)
        rows = self.given.lines.adding(row)
        ranges = narrow(rows, dict(limits), self.counted)
        world = None if ranges is None else dive(rows, ranges, self.counted)
        if world is None or not allowed(self.given, limits, world):
            return False
        self.best = (self.form.at(world), world)
        return True

    def far(self, limits: Limits) -> bool:
        """Look for a world that is enough, every unknown cut off somewhere; tell whether one is found."""
        cut = {
            name: (-FAR if low is None else low, FAR if high is None else high)
            for name, (low, high) in limits.items()
        }
        self.offer(limits, relaxed(self.given, self.form, cut).x)
        return self.best is not None

    def push(self, wider: Limits, touched: str | None = None) -> None:
        """Narrow and relax a node; keep it when worlds better than the best may be in it."""
        self.visited += 1
        if self.visited > MOST_NODES:
            raise RunError(
                f"no proof within {MOST_NODES} steps; give the unknowns limits, or simplify the system"
            )
        limits = narrow(self.given.lines, dict(wider), self.counted, None if touched is None else [touched])
        if limits is None:
            return
        reach = _reach(self.form, limits)
        if reach is not None and not self.hopeful(reach):
            return
        if all(low == high for low, high in limits.values()):
            self.settle(limits)
            return
        if touched is None and self.dive(limits, reach):
            return
        if reach is None and self.above is not None and self.far(limits):
            return
        answer = relaxed(self.given, self.form, limits)
        if answer.status == "open" and reach is None:
            raise OpenEndedError
        if answer.status == "infeasible" and _impossible(self.given.system, limits):
            return
        self.offer(limits, answer.x)
        if self.above is not None and self.best is not None:
            return
        proved = outer_limit(self.given, self.form, limits, answer) if answer.status == "optimal" else None
        if proved is None:
            if reach is None:
                raise unproved("a limit")
            proved = Fraction(reach)
        if self.step:
            proved = Fraction(math.floor(proved))
        if self.hopeful(proved):
            heapq.heappush(self.open, (-proved, self.visited, limits, answer.x))

    def run(self) -> tuple[Fraction, World] | None:
        """Return the largest value and a world that has it; None when no world is (good) enough."""
        self.push(self.given.limits)
        asked = False
        while self.open and (self.above is None or self.best is None):
            proved, _, limits, x = heapq.heappop(self.open)
            if not self.hopeful(-proved):
                break
            if self.visited > FEW_NODES and not asked:
                self.offer(self.given.limits, whole(self.given, self.form, limits).x)
                asked = True
            name, value = _most_broken(self.given.system, limits, x) or _widest(self.given.system, limits)
            for part in _split(limits, name, value):
                self.push(part, name)
        return self.best
